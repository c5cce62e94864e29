"""karcis-link and its terminal: turns, bounds, the end, and the process."""
import os
import random
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time

from link_common import (KEY, Gate, Skipped, cpu_s, folder, landlock, lost,
                         peak_kb, says, says_and_closes, until)
from link_server import (BODY_MAX, CAME, CUT, NO_ANSWER, Hub, Link, Terminal,
                         answer, request_frame, tls)


def test_long_polls_leave_room_for_a_claim():
    gate = Gate()
    with Hub(gate) as hub, Link(hub.url()) as link:
        polls = [link.send(path="/hold/%d" % n, timeout_ms=60000)
                 for n in range(8)]
        until(lambda: hub.count() == 6, "six long ones are under way")
        a = link.ask(path="/claim", timeout_ms=1500)
        assert (a.fate, a.body) == (CAME, b"/claim")
        assert hub.count() == 7
        for _ in range(8):
            gate.go.release()
        got = sorted(link.take().id for _ in range(8))
        assert got == polls


def test_the_ninth_waits_for_a_place():
    gate = Gate()
    with Hub(gate) as hub, Link(hub.url()) as link:
        for n in range(8):
            link.send(path="/hold/%d" % n, timeout_ms=5000)
        until(lambda: hub.count() == 8, "eight are under way")
        ninth = link.send(path="/quick", timeout_ms=4000)
        time.sleep(0.2)
        assert hub.count() == 8
        gate.go.release()
        got = {link.take().id, link.take().id}
        assert ninth in got and hub.count() == 9
        for _ in range(7):
            gate.go.release()
        for _ in range(7):
            assert link.take().fate == CAME


def test_of_those_that_wait_the_most_urgent_goes_first():
    gate = Gate()
    with Hub(gate) as hub, Link(hub.url()) as link:
        for n in range(8):
            link.send(path="/hold/%d" % n, timeout_ms=5000)
        until(lambda: hub.count() == 8, "eight are under way")
        for path, ms in (("/hold/c", 4800), ("/hold/a", 3500),
                         ("/hold/b", 4000)):
            link.send(path=path, timeout_ms=ms)
        time.sleep(0.1)
        for n in range(3):
            gate.go.release()
            until(lambda n=n: hub.count() == 9 + n, "the next one begins")
        assert [q.path for q in hub.requests[8:]] == [
            "/hold/a", "/hold/b", "/hold/c"]


def test_time_runs_out_while_waiting_too():
    with Hub(Gate()) as hub, Link(hub.url()) as link:
        for n in range(8):
            link.send(path="/hold/%d" % n, timeout_ms=4000)
        until(lambda: hub.count() == 8, "eight are under way")
        begun = time.monotonic()
        a = link.ask(path="/late", timeout_ms=300)
        lost(a, NO_ANSWER, "before its turn")
        assert 0.29 <= a.at - begun < 1.5
        assert hub.count() == 8


def test_1000_requests_at_once_are_all_answered():
    with Hub(lambda q, conn, _: conn.sendall(answer(
            body=q.path.encode())) or True) as hub, Link(hub.url()) as link:
        def send():
            for n in range(1000):
                link.send(path="/%d" % (n + 1), timeout_ms=60000)
        sender = threading.Thread(target=send)
        sender.start()
        got = [link.take(30) for _ in range(1000)]
        sender.join()
        assert all(a.body == b"/%d" % a.id for a in got)
        assert len({a.id for a in got}) == 1000


def test_1000_connections_leak_no_descriptor():
    kinds = [says_and_closes(answer(body=b"{}",
                                    headers=["Connection: close"])),
             says_and_closes(answer(body=b"{", length=9)),
             says_and_closes(b""), says_and_closes(b"junk\r\n\r\n")]

    def handler(q, conn, hub):
        return kinds[int(q.headers["karcis-counter"]) % 4](q, conn, hub)
    with Hub(handler) as hub, Link(hub.url(), max_files=24) as link:
        for n in range(1000):
            a = link.ask(counter=n)
            assert (a.fate == CAME) == (n % 4 == 0), (n, a.fate, a.trouble)
            if n % 4 == 1:
                assert a.fate == CUT, a.trouble
        assert hub.count() == 1000


def test_memory_stays_where_it_was():
    body = b"x" * 100000
    with Hub(says("200 OK", body)) as hub, Link(hub.url()) as link:
        for n in range(100):
            link.ask(counter=n)
        before = peak_kb(link)
        for n in range(900):
            link.ask(counter=n, method="POST", body=body)
        assert peak_kb(link) - before < 4000, peak_kb(link) - before


def test_the_link_ends_with_the_terminal():
    with Hub(Gate()) as hub:
        for how, count in (("idle", 0), ("busy", 12), ("full", 100),
                           ("half", 12)):
            link = Link(hub.url())
            if count > 0:
                had = hub.count()
                for n in range(count):
                    link.send(path="/hold/%d" % n, timeout_ms=60000)
                until(lambda had=had: hub.count() == had + 6, "under way")
            begun = time.monotonic()
            if how == "half":
                link.sock.shutdown(socket.SHUT_WR)
                code, log = link.wait()
            else:
                code, log = link.end()
            assert code == 0, log
            assert time.monotonic() - begun < 2


def test_the_link_ends_with_a_terminal_that_does_not_read():
    with Hub(says("200 OK", b"x" * BODY_MAX)) as hub:
        link = Link(hub.url())
        for _ in range(100):
            link.sock.setblocking(False)
            try:
                link.send(timeout_ms=60000)
            except BlockingIOError:
                break
        until(lambda: hub.count() >= 1, "asked")
        time.sleep(0.3)
        code, log = link.end()
        assert code == 0, log


def test_a_terminal_that_reads_slowly_gets_everything_later():
    body = os.urandom(BODY_MAX)
    with Hub(says("200 OK", body)) as hub, Link(hub.url()) as link:
        for _ in range(40):
            link.send(timeout_ms=60000)
        until(lambda: hub.count() >= 1, "asked")
        time.sleep(1)
        # It does not fetch 160 MiB for somebody who does not read.
        assert peak_kb(link) < 120000, peak_kb(link)
        begun = cpu_s(link)
        time.sleep(0.5)
        assert cpu_s(link) - begun < 0.1, "it spins"
        for _ in range(40):
            assert link.take(30).body == body


def test_an_idle_link_does_nothing():
    with Hub(says("200 OK")) as hub, Link(hub.url()) as link:
        link.ask()
        begun = cpu_s(link)
        time.sleep(0.5)
        assert cpu_s(link) - begun < 0.05


def test_what_is_no_frame_ends_the_link():
    good = request_frame(1)
    bad = [b"\xff\xff\xff\xff", b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\0",
           struct.pack(">I", 3) + b"Rxx", good.replace(b"R", b"A", 1),
           struct.pack(">I", len(good) - 3) + good[4:] + b"x",
           struct.pack(">I", len(good) - 5) + good[4:-1]]
    with Hub(says("200 OK")) as hub:
        for frame in bad:
            link = Link(hub.url())
            link.sock.sendall(frame)
            assert link.take() is None
            code, log = link.wait()
            assert code == 2 and "the terminal sent no" in log, (frame, log)
            link.sock.close()
        assert hub.count() == 0


def test_every_mutation_of_a_frame_is_answered_or_ends_the_link():
    draw = random.Random(5)
    with Hub(says("200 OK", b"{}")) as hub:
        for _ in range(60):
            data = bytearray(request_frame(1, path="/v1/time", body=b"{}",
                                           timeout_ms=2000))
            for _ in range(draw.randint(1, 3)):
                data[draw.randrange(len(data))] = draw.randrange(256)
            link = Link(hub.url())
            link.sock.sendall(data)
            select.select([link.sock], [], [], 0.05)
            link.sock.shutdown(socket.SHUT_WR)
            while link.take() is not None:
                pass
            code, log = link.wait()
            assert code in (0, 2), (code, log)
            link.sock.close()


def test_what_cannot_be_sent_is_no_answer():
    bad = [dict(path="/a\r\nX-Other: 1"), dict(path="/a b"), dict(path=""),
           dict(path="v1/time"), dict(path="//\x00"), dict(path="/a#b"),
           dict(path="/\xe9"), dict(path="@other.example/"),
           dict(method="CONNECT"), dict(method=""), dict(method="get"),
           dict(method="GET /x HTTP/1.1\r\n"), dict(etag="a\r\nX-Other: 1")]
    with Hub(says("200 OK")) as hub, Link(hub.url()) as link:
        for q in bad:
            lost(link.ask(**q), NO_ANSWER)
        assert hub.count() == 0
        assert link.ask().fate == CAME


def test_a_frame_may_come_byte_by_byte():
    with Hub(says("200 OK", b"{}")) as hub, Link(hub.url()) as link:
        for b in request_frame(9, path="/slow"):
            link.sock.sendall(bytes([b]))
        a = link.take()
        assert (a.id, a.fate, hub.requests[0].path) == (9, CAME, "/slow")


def test_the_process_is_closed_in():
    with Hub(says("200 OK")) as hub, Link(hub.url()) as link:
        link.ask()
        with open("/proc/%d/status" % link.process.pid) as f:
            s = dict(line.split(":", 1) for line in f)
        assert s["Seccomp"].strip() == "2" and s["NoNewPrivs"].strip() == "1"
        _, log = link.end()
        assert "seccomp on" in log
        assert ("landlock abi 0" in log) != landlock(), log


def test_a_file_outside_the_rules_is_out_of_reach():
    """curl reads the CA file for each connection. The rule names the file
    that was there; another one put in its place is not named."""
    if not landlock():
        raise Skipped("this kernel has no Landlock")
    with tempfile.TemporaryDirectory() as d:
        ca = os.path.join(d, "ca.pem")
        shutil.copy(folder() + "/ca.pem", ca)
        with Hub(says_and_closes(answer(body=b"{}")),
                 tls(folder(), "good")) as hub, \
                Link(hub.url("https"), "--ca", ca) as link:
            assert link.ask().fate == CAME
            os.rename(ca, ca + ".old")
            shutil.copy(folder() + "/ca.pem", ca)
            lost(link.ask(), NO_ANSWER)
            os.rename(ca + ".old", ca)
            assert link.ask().fate == CAME


def test_no_other_descriptor_is_kept():
    r, w = os.pipe()
    with Hub(says("200 OK")) as hub, Link(hub.url(), pass_fds=[w]) as link:
        os.close(w)
        assert link.ask().fate == CAME
        ended, _, _ = select.select([r], [], [], 5)
        assert ended, "somebody still holds the other end"
    os.close(r)


def test_a_key_or_option_that_is_no_good_ends_the_start():
    def code(url, *more, **options):
        link = Link(url, *more, **options)
        got = link.wait()
        link.sock.close()
        return got
    with tempfile.TemporaryDirectory() as d:
        key = os.path.join(d, "key")
        KEY.write(key, 0o644)
        got = code("http://127.0.0.1", key=key)
        assert got[0] == 2 and "chmod 600" in got[1], got
        assert code("http://127.0.0.1", key=d + "/none")[0] == 2
    for url in ("ftp://h", "hub.example", "https://", "https://h/",
                "https://u:secret@h", "https://h?x", "file:///etc/passwd"):
        got = code(url)
        assert got[0] == 2 and "write https://" in got[1], (url, got)
        assert "secret" not in got[1]
    got = code("https://h", "--ca", "/no/such/file")
    assert got[0] == 2 and "/no/such/file" in got[1]
    for more in (["--device", "0"], ["--device", "x"], ["--printer", "h:1"],
                 ["--fd", "-1"], ["extra"], ["--unknown"]):
        got = code("https://h", *more)
        assert got[0] == 2 and "usage" in got[1], (more, got)


def activated(kind, path, *argv):
    """(listening socket, process) as systemd starts it."""
    listener = socket.socket(socket.AF_UNIX, kind)
    listener.bind(path)
    listener.listen(8)
    process = subprocess.Popen(
        ["bash", "-c", 'exec 3<&%d; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
         % listener.fileno(), "bash", Link.program] + list(argv),
        pass_fds=[listener.fileno()], stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE)
    return listener, process


def dial(kind, path):
    s = socket.socket(socket.AF_UNIX, kind)
    s.connect(path)
    return s


def test_under_systemd_one_terminal_after_the_other_is_served():
    with tempfile.TemporaryDirectory() as d, \
            Hub(says("200 OK", b"{}")) as hub:
        path = os.path.join(d, "link")
        listener, process = activated(
            socket.SOCK_STREAM, path, "--url", hub.url(), "--device", "17",
            "--key", os.path.join(folder(), "key"))
        try:
            for bad in (False, True, False):
                t = Terminal(dial(socket.SOCK_STREAM, path))
                if bad:
                    t.sock.sendall(b"\xff\xff\xff\xff")
                    assert t.take() is None
                else:
                    assert t.ask().fate == CAME
                t.sock.close()
            first = Terminal(dial(socket.SOCK_STREAM, path))
            assert first.ask().fate == CAME
            second = Terminal(dial(socket.SOCK_STREAM, path))
            second.send()  # waits until the first one is gone
            first.sock.close()
            assert second.take().fate == CAME
            second.sock.close()
            assert process.poll() is None
        finally:
            process.terminate()
            process.communicate()
            listener.close()


def test_a_printers_connection_is_handed_over():
    with tempfile.TemporaryDirectory() as d, \
            socket.create_server(("127.0.0.4", 0)) as printer:
        path = os.path.join(d, "link")
        port = printer.getsockname()[1]
        listener, process = activated(socket.SOCK_SEQPACKET, path,
                                      "--printer", "127.0.0.4:%d" % port)
        try:
            s = dial(socket.SOCK_SEQPACKET, path)
            s.settimeout(10)
            s.send(b"c")
            word, fds, _, _ = socket.recv_fds(s, 1, 1)
            assert word == b"C" and len(fds) == 1
            far, _ = printer.accept()
            with socket.socket(fileno=fds[0]) as near, far:
                near.sendall(b"ticket")
                assert far.recv(100) == b"ticket"
            # A process that another case is starting may still hold it.
            printer.shutdown(socket.SHUT_RDWR)
            printer.close()
            s.send(b"c")
            word, fds, _, _ = socket.recv_fds(s, 1, 1)
            assert word == b"R" and fds == []
            s.close()
        finally:
            process.terminate()
            process.communicate()
            listener.close()
