"""A hub for the demo and the tests: its files, its process, and a network
between it and a terminal that can be cut."""

import datetime
import json
import os
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request

from office import ROOT, Failed, Office, faked, wait_for

OFFICE = 4102
WIB = datetime.timezone(datetime.timedelta(hours=7))


def offset_to(clock, day=None):
    """Seconds from the machine's clock to that time of today in WIB."""
    now = datetime.datetime.now(WIB)
    then = datetime.datetime.combine(
        day or now.date(), datetime.time.fromisoformat(clock), WIB)
    return round((then - now).total_seconds())


def free_port():
    """Below those that the kernel gives to connections: nobody takes it
    while the hub is down."""
    for port in random.sample(range(20000, 32000), 100):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
    raise Failed("no port from 20000 to 32000 is free")


class Hub:
    """karcis-hub of one office, below one directory."""

    def __init__(self, build, folder, offset_s=0, store=None, more=""):
        self.build = os.path.abspath(build)
        self.folder = os.path.abspath(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.offset_s = offset_s
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = os.path.join(self.folder, "karcis-hub.ini")
        self.log = os.path.join(self.folder, "hub.log")
        self.process = None
        self.store = store or f"sqlite:{self.folder}/hub.db"
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(f"[hub]\nlisten = 127.0.0.1:{self.port}\n"
                    f"url = {self.url}\nstore = {self.store}\n"
                    f"keys = {self.folder}/hub.keys\n{more}")
        self.ctl("init")
        self.ctl("office", "add", str(OFFICE), "Kantor Imigrasi Singkawang",
                 "WIB")

    def ctl(self, *words, check=True):
        r = subprocess.run([os.path.join(self.build, "karcis-hub"),
                            "--config", self.config, *words],
                           env=faked(f"{self.offset_s:+d}"), text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           check=False)
        if check and r.returncode != 0:
            raise Failed(f"karcis-hub {' '.join(words)}: {r.stdout}")
        return r.stdout if check else r

    def start(self, env=None, under=()):
        e = faked(f"{self.offset_s:+d}")
        e.update(env or {})
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*under, os.path.join(self.build, "karcis-hub"), "--config",
                 self.config], env=e, stderr=log)
        wait_for("the hub", self.answers)

    def answers(self):
        if self.process.poll() is not None:
            raise Failed("karcis-hub ended: " + self.tail_log())
        try:
            with urllib.request.urlopen(self.url + "/healthz",
                                        timeout=2) as r:
                return r.status == 200
        except OSError:
            return False

    def tail_log(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()[-800:]

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)

    def token(self, role, name, png=None):
        words = ["token", str(OFFICE), role, name]
        if png:
            words += ["--png", png]
        return re.search(r"karcis-enrol:1 .*", self.ctl(*words)).group(0)

    def import_bookings(self, path):
        return self.ctl("import", str(OFFICE),
                        os.path.join(ROOT, "assets/example/services.ini"),
                        path)

    def report(self, day):
        return json.loads(self.ctl("report", str(OFFICE), str(day),
                                   "--json"))


def whole_message(s, data=b""):
    """One HTTP message with its body; data: what was read of it."""
    while b"\r\n\r\n" not in data:
        data += more_of(s)
    head, body = data.split(b"\r\n\r\n", 1)
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    wanted = int(length.group(1)) if length else 0
    while len(body) < wanted:
        body += more_of(s)
    return head + b"\r\n\r\n" + body


def more_of(s):
    data = s.recv(65536)
    if not data:
        raise OSError("the other end closed in the middle of a message")
    return data


class Network:
    """A TCP proxy before a hub: it carries, cuts, or spoils."""

    def __init__(self, port):
        self.to = port
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.mode = "carry"
        self.pairs = []
        self.lock = threading.Lock()
        self.said = None  # what "say" answers
        self.spoilt = 0   # claims or answers that were lost, cut or said
        threading.Thread(target=self._accept, daemon=True).start()

    def set(self, mode, said=None, cut=True):
        """carry; cut: nothing comes through; hang: taken, never answered;
        lose: the hub gets the next claims, its answer is lost; half: half
        the answer comes; twice: the hub gets each claims request again after
        its answer; second: it gets it before, and the answer to the second
        comes back; say: `said` comes instead of the hub's answer. Connections
        that are there end unless `cut` is False."""
        with self.lock:
            self.mode, self.said = mode, said
            if not cut:
                return
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for s in pair:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,),
                             daemon=True).start()

    def _serve(self, near):
        mode = self.mode
        try:
            if mode == "cut":
                near.close()
                return
            if mode == "hang":
                with self.lock:
                    self.pairs.append((near,))
                while near.recv(65536):
                    pass
                return
            if mode == "say":
                near.recv(65536)
                near.sendall(self.said)
                self.spoilt += 1
                near.close()
                return
            far = socket.create_connection(("127.0.0.1", self.to), 5)
            with far:
                with self.lock:
                    # What was on its way when the mode changed is cut too.
                    if self.mode != mode:
                        return
                    self.pairs.append((near, far))
                self._carry(near, far)
        except OSError:
            pass
        finally:
            near.close()

    def _carry(self, near, far):
        claims = False
        while True:
            ready, _, _ = select.select([near, far], [], [], 60)
            for s in ready:
                data = s.recv(65536)
                if not data:
                    return
                mode = self.mode
                if mode == "hang":
                    continue
                if s is near and data.startswith((b"GET ", b"POST ")):
                    claims = data.startswith(b"POST /v1/claims")
                if s is near and claims and mode in ("twice", "second"):
                    self._double(near, far, data, mode)
                elif s is near:
                    far.sendall(data)
                elif mode in ("lose", "half") and claims:
                    self.spoilt += 1
                    if mode == "half":
                        near.sendall(data[:len(data) // 2])
                    near.shutdown(socket.SHUT_RDWR)
                    return
                else:
                    near.sendall(data)

    def _double(self, near, far, data, mode):
        request = whole_message(near, data)
        with socket.create_connection(("127.0.0.1", self.to), 5) as other:
            answers = []
            for s in (far, other) if mode == "twice" else (other, far):
                s.sendall(request)
                answers.append(whole_message(s))
        self.spoilt += 1
        near.sendall(answers[0 if mode == "twice" else 1])

    def close(self):
        self.listener.close()
        self.set("cut")


class Terminal(Office):
    """A kiosk or a gate under a hub."""

    def __init__(self, hub, folder, name, network=None, role="kiosk",
                 enrol=True, more="", **kw):
        self.hub = hub
        self.url = (network or hub).url
        super().__init__(
            hub.build, folder, terminal=name, role=role,
            offset_s=hub.offset_s,
            extra=f"[hub]\nurl = {self.url}\nkey = {hub.folder}/hub.pub\n"
                  f"days_ahead = 2\n{more}", **kw)
        # The day of its own clock, not of the machine's.
        self.today = datetime.datetime.fromtimestamp(
            time.time() + self.offset_s, WIB).date()
        self.role = role
        self.ctl("init")
        if enrol:
            self.enrol()

    def enrol(self, text=None):
        text = text or self.hub.token(self.role, self.terminal)
        return self.ctl("enrol", text.replace(self.hub.url, self.url))

    def ask(self, *words):
        """What the running terminal answers: docs/FORMATS.md, Control
        socket. Gives the exit code and the text."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.settimeout(10)
            s.connect(os.path.join(self.folder, "state/control.sock"))
            s.send("\t".join(words).encode())
            answer = s.recv(65536)
        if not answer:
            raise OSError("the terminal ended before it answered")
        return answer[0], answer[1:].decode()

    def status(self):
        """{}: it does not run, or is about to."""
        try:
            return json.loads(self.ask("status", "--json")[1])
        except (OSError, json.JSONDecodeError):
            return {}

    def hub_status(self):
        return self.status().get("hub", {})

    def wait_up(self, up=True, seconds=20):
        wait_for(f"{self.terminal} {'up' if up else 'down'}",
                 lambda: self.hub_status().get("up") is up, seconds)

    def wait_fresh(self, seconds=20):
        """Up, and today's bookings are whole."""
        wait_for(f"the bookings at {self.terminal}",
                 lambda: self.hub_status().get("up") and
                 self.hub_status().get("data_s"), seconds)

    def wait_sent(self, seconds=30):
        """Nothing waits for the hub any more."""
        wait_for(f"what {self.terminal} has for the hub",
                 lambda: self.hub_status().get("waiting") == 0, seconds)
