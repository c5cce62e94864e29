"""A hub that does what a case tells it to, byte by byte, and the terminal's
end of karcis-link: frames as in firmware/link/frame.h."""
import base64
import ctypes
import os
import resource
import select
import socket
import ssl
import struct
import subprocess
import threading
import time

CAME, NO_ANSWER, CUT = 1, 2, 3
BODY_MAX = 4 << 20
sodium = ctypes.CDLL("libsodium.so.23")


def blake2b(data):
    out = ctypes.create_string_buffer(32)
    sodium.crypto_generichash(out, 32, data, len(data), None, 0)
    return out.raw


class Key:
    def __init__(self, seed=b"\x07" * 32):
        public, secret = (ctypes.create_string_buffer(n) for n in (32, 64))
        sodium.crypto_sign_seed_keypair(public, secret, seed)
        self.public, self.secret = public.raw, secret.raw

    def write(self, path, mode=0o600):
        with open(path, "w") as f:
            f.write("karcis-request 1\nrequest_secret %s\n"
                    % self.secret.hex())
        os.chmod(path, mode)

    def signed(self, signature, text):
        return sodium.crypto_sign_verify_detached(
            signature, text, ctypes.c_ulonglong(len(text)), self.public) == 0


class Request:
    """What came, as it came; `again` counts requests on one connection."""

    def __init__(self, head, body, again):
        line, *rest = head.decode("latin-1").split("\r\n")
        self.line, self.body, self.again = line, body, again
        self.method, self.path, self.version = line.split(" ", 2)
        self.headers = {}
        for h in rest:
            name, _, value = h.partition(":")
            self.headers[name.lower()] = value.strip()

    def signed_by(self, key, path=None):
        text = "karcis-req-v1\n%s\n%s\n%s\n%s\n%s" % (
            self.method, path or self.path, blake2b(self.body).hex(),
            self.headers["karcis-device"], self.headers["karcis-counter"])
        return key.signed(base64.b64decode(self.headers["karcis-signature"]),
                          text.encode())


def answer(status="200 OK", body=b"", headers=(), length=None):
    lines = ["HTTP/1.1 " + status]
    lines += ["Content-Length: %d" % (len(body) if length is None
                                      else length)]
    return "\r\n".join(lines + list(headers)).encode() + b"\r\n\r\n" + body


class Hub:
    """handler(request, conn, hub): True keeps the connection. bodies False:
    nobody reads the requests' bodies. A case that closes its port needs a
    host of its own: another case may be given the port."""

    def __init__(self, handler, context=None, port=0, bodies=True,
                 host="127.0.0.1"):
        self.handler, self.context, self.bodies = handler, context, bodies
        self.requests, self.conns, self.lock = [], [], threading.Lock()
        self.over = threading.Event()  # what a handler may wait for
        self.listener = socket.create_server((host, port), backlog=128)
        self.host, self.port = self.listener.getsockname()
        threading.Thread(target=self.accept, daemon=True).start()

    def url(self, scheme="http"):
        return "%s://%s:%d" % (scheme, self.host, self.port)

    def accept(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.conns.append(conn)
            threading.Thread(target=self.serve, args=(conn,),
                             daemon=True).start()

    def serve(self, raw):
        conn = raw
        try:
            if self.context:
                conn = self.context.wrap_socket(raw, server_side=True)
            again = 0
            while (q := self.read(conn, again)) is not None:
                with self.lock:
                    self.requests.append(q)
                if not self.handler(q, conn, self):
                    break
                again += 1
        except (OSError, ValueError):
            pass
        finally:
            conn.close()
            raw.close()

    def read(self, conn, again):
        data = b""
        while b"\r\n\r\n" not in data:
            got = conn.recv(65536)
            if not got:
                return None
            data += got
        head, _, body = data.partition(b"\r\n\r\n")
        q = Request(head, body, again)
        want = int(q.headers.get("content-length", 0)) * self.bodies
        parts, have = [q.body], len(q.body)
        while have < want:
            got = conn.recv(65536)
            if not got:
                return None
            parts.append(got)
            have += len(got)
        q.body = b"".join(parts)
        return q

    def count(self):
        with self.lock:
            return len(self.requests)

    def kill(self):
        """As kill -9: every socket is gone at once."""
        self.over.set()
        # A thread in accept() keeps the socket until it is woken.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            for c in self.conns:
                reset(c)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


def reset(conn):
    """Closes with RST instead of FIN."""
    try:
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
        conn.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    try:
        conn.close()
    except OSError:
        pass


def text(s):
    s = s if isinstance(s, bytes) else s.encode("latin-1")
    return struct.pack(">H", len(s)) + s


def request_frame(ident, path="/v1/time", method="GET", counter=1, body=b"",
                  etag="", timeout_ms=10000):
    rest = (b"R" + struct.pack(">IIQ", ident, timeout_ms, counter) +
            text(method) + text(path) + text(etag) +
            struct.pack(">I", len(body)) + body)
    return struct.pack(">I", len(rest)) + rest


class Answer:
    def __init__(self, frame):
        kind, self.id, self.fate, self.status, self.retry, self.epoch = \
            struct.unpack(">cIBHII", frame[:16])
        assert kind == b"A", kind
        at, texts = 16, []
        for size in ("H",) * 4 + ("I",):
            n = struct.calcsize(">" + size)
            length, = struct.unpack(">" + size, frame[at:at + n])
            texts.append(frame[at + n:at + n + length])
            at += n + length
        assert at == len(frame), (at, len(frame))
        self.kind, self.signature, self.etag, self.trouble = (
            t.decode("latin-1") for t in texts[:4])
        self.body = texts[4]
        self.at = time.monotonic()


class Terminal:
    """The terminal's end of a stream socket to the link."""

    def __init__(self, sock):
        self.sock, self.data, self.ident = sock, b"", 0

    def send(self, **q):
        self.ident += 1
        self.sock.sendall(request_frame(self.ident, **q))
        return self.ident

    def take(self, timeout_s=15):
        """The next answer; None when the link closed its end."""
        end = time.monotonic() + timeout_s
        while True:
            if len(self.data) >= 4:
                n, = struct.unpack(">I", self.data[:4])
                if len(self.data) >= 4 + n:
                    frame = self.data[4:4 + n]
                    self.data = self.data[4 + n:]
                    return Answer(frame)
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                raise TimeoutError("no answer within %s s" % timeout_s)
            got = self.sock.recv(1 << 20)
            if not got:
                return None
            self.data += got

    def ask(self, **q):
        ident = self.send(**q)
        a = self.take(q.get("timeout_ms", 10000) / 1000 + 5)
        assert a is not None, "the link closed"
        assert a.id == ident, (a.id, ident)
        return a


class Link(Terminal):
    """karcis-link --fd with a socket pair."""
    program = "build/gcc/karcis-link"
    folder = None

    def __init__(self, url, *more, device=17, key=None, env=None,
                 max_files=None, pass_fds=()):
        mine, theirs = socket.socketpair()
        super().__init__(mine)
        fd = theirs.fileno()
        argv = [self.program, "--fd", str(fd), "--url", url, "--device",
                str(device), "--key",
                key or os.path.join(self.folder, "key")] + list(more)

        def limit():
            if max_files:
                resource.setrlimit(resource.RLIMIT_NOFILE,
                                   (max_files, max_files))
        self.process = subprocess.Popen(
            argv, pass_fds=(fd,) + tuple(pass_fds), preexec_fn=limit,
            env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        theirs.close()

    def end(self, timeout_s=10):
        """(exit code, log) after the terminal's end was closed."""
        self.sock.close()
        return self.wait(timeout_s)

    def wait(self, timeout_s=10):
        _, log = self.process.communicate(timeout=timeout_s)
        return self.process.returncode, log.decode()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            try:
                code, log = self.end()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.communicate()
                raise
            if kind is None:
                assert code == 0, (code, log)
        self.sock.close()


def make_certificates(folder):
    """ca.pem signs good, other (a wrong name) and old (expired); alone.pem
    is its own authority."""
    def openssl(*words):
        subprocess.run(("openssl",) + words, cwd=folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def key_and(name, *words):
        openssl("req", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                name + ".key", "-subj", "/CN=" + name, *words)
    key_and("ca", "-x509", "-days", "30", "-out", "ca.pem")
    key_and("alone", "-x509", "-days", "30", "-out", "alone.pem", "-addext",
            "subjectAltName=IP:127.0.0.1")
    for name, san, days in (("good", "IP:127.0.0.1", "30"),
                            ("other", "DNS:other.example", "30"),
                            ("old", "IP:127.0.0.1", "-1")):
        key_and(name, "-out", name + ".csr")
        with open(os.path.join(folder, name + ".ext"), "w") as f:
            f.write("subjectAltName=%s\n" % san)
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem",
                "-CAkey", "ca.key", "-CAcreateserial", "-days", days,
                "-extfile", name + ".ext", "-out", name + ".pem")


def tls(folder, name):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain(os.path.join(folder, name + ".pem"),
                      os.path.join(folder, name + ".key"))
    return c
