"""karcis-hub as a process, and devices that ask it: signed requests, checked
answers (docs/PROTOCOL.md), over the standard library and libsodium."""

import base64
import ctypes
import gzip
import http.client
import json
import os
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

sodium = ctypes.CDLL("libsodium.so.23")
if sodium.sodium_init() < 0:
    raise RuntimeError("libsodium does not start")

URL = "https://hub.example"
OFFICE, OTHER_OFFICE = 4102, 77


class Failed(Exception):
    """What a test found wrong."""


class Skip(Exception):
    """Why a test can't run here."""


def same(got, wanted, what):
    if got != wanted:
        raise Failed(f"{what}: {got!r}, not {wanted!r}")


def true(fact, what):
    if not fact:
        raise Failed(what)


def keypair():
    public = ctypes.create_string_buffer(32)
    secret = ctypes.create_string_buffer(64)
    sodium.crypto_sign_keypair(public, secret)
    return public.raw, secret.raw


def sign(secret, text):
    out = ctypes.create_string_buffer(64)
    sodium.crypto_sign_detached(out, None, text,
                                ctypes.c_ulonglong(len(text)), secret)
    return out.raw


def verify(public, text, signature):
    return len(signature) == 64 and sodium.crypto_sign_verify_detached(
        signature, text, ctypes.c_ulonglong(len(text)), public) == 0


def blake(body):
    out = ctypes.create_string_buffer(32)
    sodium.crypto_generichash(out, ctypes.c_size_t(32), body,
                              ctypes.c_ulonglong(len(body)), None,
                              ctypes.c_size_t(0))
    return out.raw.hex()


class Answer:
    """What came back; `signed`: the hub's signature over it fits."""

    def __init__(self, response, body, hub_key, device, counter):
        self.status = response.status
        self.headers = response.headers
        self.wire_bytes = len(body)
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        self.body = body
        self.kind = self.headers["Karcis-Kind"]
        self.signed = False
        if self.kind and hub_key:
            text = "\n".join((
                "karcis-ans-v1", self.kind, str(self.status), str(device),
                self.headers["Karcis-Epoch"], str(counter), blake(body)))
            self.signed = verify(hub_key, text.encode(), base64.b64decode(
                self.headers["Karcis-Hub-Signature"]))

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json["error"]

    def refused(self, status, error, signed=True):
        """Raises unless it is that refusal."""
        same((self.status, self.error), (status, error), "the refusal")
        true(len(self.json["detail"]) > 8, "a refusal has a sentence")
        same(self.signed, signed, "whether the refusal is signed")


class Device:
    """A request key, a counter and, once enrolled, a number."""

    def __init__(self, hub):
        self.hub = hub
        self.public, self.secret = keypair()
        self.ticket_public, _ = keypair()
        self.device, self.counter = 0, 0
        self.lock = threading.Lock()
        self.office = self.epoch = 0
        self.enrolment = None

    def headers(self, method, path, body=b"", counter=None):
        if counter is None:
            with self.lock:
                self.counter += 1
                counter = self.counter
        text = "\n".join(("karcis-req-v1", method, path, blake(body),
                          str(self.device), str(counter)))
        return counter, {
            "Karcis-Device": str(self.device), "Karcis-Counter": str(counter),
            "Karcis-Signature": base64.b64encode(
                sign(self.secret, text.encode())).decode()}

    def ask(self, method, path, body=b"", counter=None, more=None,
            connection=None):
        """An Answer. body: bytes, or what becomes JSON."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        counter, headers = self.headers(method, path, body, counter)
        headers.update(more or {})
        c = connection or self.hub.connect()
        c.request(method, path, body or None, headers)
        r = c.getresponse()
        a = Answer(r, r.read(), self.hub.key, self.device, counter)
        if connection is None:
            c.close()
        return a

    def enrol(self, token, name, **more):
        body = {"token": token, "request_key": self.public.hex(),
                "ticket_key": self.ticket_public.hex(), "name": name, **more}
        a = self.ask("POST", "/v1/enrol", body, counter=0)
        if a.status == 200:
            self.enrolment = a.json
            self.device = a.json["device"]
            self.office = a.json["office"]
            self.epoch = a.json["epoch"]
        return a

    def feed(self, day, epoch=0, after=0, wait=0, limit=500, office=None,
             more=None):
        return self.ask(
            "GET", f"/v1/feed?office={office or self.office}&day={day}"
            f"&epoch={epoch}&after={after}&limit={limit}&wait={wait}",
            more=more)

    def claim(self, *ops, at=()):
        return self.ask("POST", "/v1/claims", {"ops": list(ops),
                                               "at": list(at)})


def admit(day, op_id=None, booking=None, **more):
    """An op: a walk-in by default, which needs no booking."""
    return {"op": "admit", "op_id": op_id or os.urandom(16).hex(),
            "day": day, "booking": booking or os.urandom(16).hex(),
            "done": False, "time": int(time.time()), "service": 1, "class": 3,
            "verdict": "admit-walk-in", **more}


class Hub:
    """karcis-hub in a folder of its own."""

    def __init__(self, build, folder, store=None, **settings):
        self.program = os.path.join(build, "karcis-hub")
        self.folder = os.path.abspath(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.ini = os.path.join(self.folder, "hub.ini")
        self.store = store or f"sqlite:{self.folder}/hub.db"
        self.settings = {
            "url": URL, "listen": "127.0.0.1:0", "store": self.store,
            "keys": f"{self.folder}/hub.keys", **settings}
        self.configure()
        self.process, self.port, self.key, self.log = None, 0, None, []
        self.reader = self.tls = None

    def configure(self, **settings):
        self.settings.update(settings)
        with open(self.ini, "w", encoding="utf-8") as f:
            f.write("[hub]\n")
            for key, value in self.settings.items():
                f.write(f"{key} = {value}\n")

    def run(self, *words, want=0):
        """A command's standard output, after its exit code was as wanted;
        standard error where that is not 0."""
        done = subprocess.run(
            [self.program, "--config", self.ini, *map(str, words)],
            capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != want:
            raise Failed(f"{' '.join(map(str, words))}: exit "
                         f"{done.returncode}: {done.stderr}")
        return done.stderr if want else done.stdout

    def init(self, offices=(OFFICE, OTHER_OFFICE)):
        self.run("init")
        with open(os.path.join(self.folder, "hub.pub"), "rb") as f:
            self.key = bytes.fromhex(f.read().decode())
        for office in offices:
            self.run("office", "add", office, f"Kantor {office}", "WIB")
        return self

    def start(self, env=None):
        # Leaks are looked for by tracing, which only root may do here.
        leaks = {} if os.getuid() == 0 else {
            "ASAN_OPTIONS": "detect_leaks=0"}
        self.process = subprocess.Popen(
            [self.program, "--config", self.ini], stderr=subprocess.PIPE,
            text=True, env={**os.environ, **leaks, **(env or {})})
        first = self.process.stderr.readline()
        found = re.match(r"<6>karcis-hub: listening on .*:(\d+), store ",
                         first)
        if not found:
            raise Failed(f"the hub did not start: {first}"
                         f"{self.process.stderr.read()}")
        self.port = int(found[1])
        self.log = [first]
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()
        return self

    def read_log(self):
        for line in self.process.stderr:
            self.log.append(line)

    def end(self, how=signal.SIGTERM, seconds=20):
        """The exit code and how long it took."""
        begun = time.monotonic()
        self.process.send_signal(how)
        code = self.process.wait(seconds)
        took = time.monotonic() - begun
        self.reader.join(5)
        return code, took

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def connect(self, timeout=70):
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port,
                                               timeout=timeout,
                                               context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.port,
                                          timeout=timeout)

    def get(self, path, **headers):
        """Status and body, unsigned."""
        c = self.connect()
        c.request("GET", path, headers=headers)
        r = c.getresponse()
        body = r.read()
        c.close()
        return r.status, body

    def raw(self, data, seconds=5):
        """Bytes to the hub, and what comes until its end of the stream;
        None: there was none in time."""
        with socket.create_connection(("127.0.0.1", self.port)) as s:
            s.settimeout(seconds)
            s.sendall(data)
            out = b""
            try:
                while part := s.recv(65536):
                    out += part
            except (socket.timeout, TimeoutError):
                return None
            except ConnectionResetError:
                pass
        return out

    def token(self, role, name, office=OFFICE):
        text = self.run("token", office, role, name)
        return re.search(r"^karcis-enrol:1 (\S+) ([0-9a-f]{32}) "
                         r"([0-9a-f]{32})$", text, re.M)

    def device(self, role="kiosk", name="kiosk-1", office=OFFICE):
        d = Device(self)
        a = d.enrol(self.token(role, name, office)[2], name)
        same((a.status, a.signed), (200, True), f"enrolment of {name}")
        return d

    def metrics(self):
        """Samples by name and labels as they stand in the text."""
        status, body = self.get("/metrics")
        same(status, 200, "/metrics")
        return dict((line.rsplit(" ", 1)[0], float(line.rsplit(" ", 1)[1]))
                    for line in body.decode().splitlines()
                    if not line.startswith("#"))

    def usage(self):
        """Resident bytes and CPU seconds of the process."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as f:
            pages = int(f.read().split()[1])
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        ticks = int(fields[11]) + int(fields[12])
        return (pages * os.sysconf("SC_PAGE_SIZE"),
                ticks / os.sysconf("SC_CLK_TCK"))


class Held:
    """A signed GET whose answer is awaited without a thread."""

    def __init__(self, device, path):
        self.device = device
        self.counter, headers = device.headers("GET", path)
        hub = device.hub
        self.socket = socket.create_connection(("127.0.0.1", hub.port))
        if hub.tls:
            self.socket = hub.tls.wrap_socket(self.socket,
                                              server_hostname="127.0.0.1")
        head = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: hub\r\n{head}\r\n".encode())

    def ready(self, seconds=0):
        return bool(select.select([self.socket], [], [], seconds)[0])

    def answer(self, seconds=10):
        self.socket.settimeout(seconds)
        r = http.client.HTTPResponse(self.socket)
        r.begin()
        a = Answer(r, r.read(), self.device.hub.key, self.device.device,
                   self.counter)
        self.socket.close()
        return a

    def close(self):
        self.socket.close()


def trusting(certificate):
    return ssl.create_default_context(cafile=certificate)
