"""What the cases of karcis-link share: hubs that say what they are told to,
and looks at the running process."""
import ctypes
import os
import threading
import time

from link_server import Hub, Key, Link, answer

KEY = Key()
HEADERS = ["Karcis-Kind: feed", "Karcis-Epoch: 3", 'ETag: "8.2.1"',
           "Karcis-Hub-Signature: bm90IGp1ZGdlZA=="]


class Skipped(Exception):
    pass


def says(*args, **more):
    """A handler that always sends these bytes and keeps the connection."""
    data = args[0] if isinstance(args[0], bytes) else answer(*args, **more)

    def handler(_, conn, __):
        conn.sendall(data)
        return True
    return handler


def says_and_closes(data):
    def handler(_, conn, __):
        conn.sendall(data)
        return False
    return handler


def one(handler, *more, context=None, scheme="http", env=None, **q):
    """(answer, requests of the hub) to one request."""
    with Hub(handler, context) as hub, \
            Link(hub.url(scheme), *more, env=env) as link:
        return link.ask(**q), hub.requests


def lost(a, fate, *words):
    """Nothing of an answer, and a sentence."""
    assert a.fate == fate, (a.fate, a.trouble)
    assert (a.status, a.retry, a.epoch) == (0, 0, 0)
    assert a.kind == a.signature == a.etag == "" and a.body == b""
    assert a.trouble.startswith("link: "), a.trouble
    for w in words:
        assert w in a.trouble, a.trouble


def folder():
    return Link.folder


def packed(data, *more):
    return answer("200 OK", data, ["Content-Encoding: gzip"] + list(more))


def peak_kb(link):
    with open("/proc/%d/status" % link.process.pid) as f:
        for line in f:
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    raise AssertionError("no VmHWM")


def cpu_s(link):
    with open("/proc/%d/stat" % link.process.pid) as f:
        words = f.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def until(fact, what, timeout_s=10):
    end = time.monotonic() + timeout_s
    while not fact():
        assert time.monotonic() < end, what
        time.sleep(0.01)


class Gate:
    """A handler that holds every request whose path is /hold until it is
    let go; others are answered at once."""

    def __init__(self):
        self.go = threading.Semaphore(0)

    def __call__(self, q, conn, hub):
        if q.path.startswith("/hold"):
            while not self.go.acquire(timeout=0.1):
                if hub.over.is_set():
                    return False
        conn.sendall(answer(body=q.path.encode()))
        return True


def landlock():
    return ctypes.CDLL(None).syscall(444, None, 0, 1) >= 1
