"""A developer's machine for karcis-update: slots as files, a folder for a
stick, and the client's end of its socket."""

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time

import bundles

PROGRAM = "build/gcc/karcis-update"  # the tests set theirs
WAIT_S = 60


def wait_for(what, seconds=WAIT_S, step=0.02):
    """What it says, once it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(step)
    raise RuntimeError(f"nothing in {seconds} s")


def tree(folder):
    """Every file below it, by its bytes."""
    found = {}
    for root, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(root, name)
            info = os.lstat(path)
            body = (hashlib.sha256(bundles.read(path)).hexdigest()
                    if os.path.isfile(path) else "")
            found[os.path.relpath(path, folder)] = (info.st_mode, body)
    return found


class Client:
    """The terminal's end."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(WAIT_S)
        self.socket.connect(path)
        self.phases = []
        self.progress = []

    def report(self):
        data = self.socket.recv(4096)
        if not data:
            raise EOFError("the server is gone")
        report = dict(line.split(" ", 1)
                      for line in data.decode().splitlines())
        if not self.phases or self.phases[-1] != report["phase"]:
            self.phases.append(report["phase"])
        self.progress.append((report["phase"], int(report["done"]),
                              int(report["total"])))
        return report

    def ask(self, text):
        self.socket.send((text + "\n").encode())

    def until(self, test):
        """The first report that passes."""
        for _ in range(10000):
            report = self.report()
            if test(report):
                return report
        raise RuntimeError("no such report")

    def phase(self, *names):
        return self.until(lambda r: r["phase"] in names)

    def close(self):
        self.socket.close()


class Machine:
    """One machine: slots, state, stick, and karcis-update while it runs."""

    def __init__(self, folder, keyring, image, more=()):
        self.folder = os.path.abspath(folder)
        os.makedirs(self.folder)
        self.slots = self.path("slots")
        self.state = self.path("state")
        self.stick = self.path("stick")
        self.socket = self.path("update.sock")
        self.keyring = keyring
        self.more = list(more)
        self.program = None
        self.client = None
        self.log = self.path("log")
        for name in ("stick", "in", "out"):
            os.mkdir(self.path(name))
        self.tool("--make", image)

    def path(self, name):
        return os.path.join(self.folder, name)

    def tool(self, *words):
        done = subprocess.run([PROGRAM, "--backend", f"files:{self.slots}",
                               *words], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, timeout=WAIT_S)
        if done.returncode != 0:
            raise RuntimeError(done.stdout)
        return done.stdout.strip()

    def words(self):
        return [PROGRAM, "--backend", f"files:{self.slots}", "--keyring",
                self.keyring, "--state", self.state, "--stick",
                f"dir:{self.stick}", "--in", self.path("in"), "--out",
                self.path("out"), "--socket", self.socket, *self.more]

    def start(self, more=(), env=None, wrapper=()):
        with open(self.log, "ab") as log:
            self.program = subprocess.Popen(
                [*wrapper, *self.words(), *more], stderr=log, stdout=log,
                start_new_session=True, env=dict(os.environ, **(env or {})))
        self.client = self.connect()
        return self.client

    def connect(self):
        def attempt():
            if self.program.poll() is not None:
                raise RuntimeError("it ended: " + self.logged()[-600:])
            try:
                return Client(self.socket)
            except (FileNotFoundError, ConnectionRefusedError):
                return None
        return wait_for(attempt)

    def logged(self):
        return bundles.read(self.log).decode(errors="replace")

    def stop(self, how=signal.SIGTERM):
        if self.client:
            self.client.close()
            self.client = None
        if self.program:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.program.pid, how)
            self.program.wait(timeout=WAIT_S)
            self.program = None

    def boot(self):
        """The machine starts anew: the loader picks a slot."""
        self.stop(signal.SIGKILL)
        return self.tool("--boot")

    def ended(self):
        """It restarted the machine, by ending."""
        code = self.program.wait(timeout=WAIT_S)
        self.program = None
        self.client.close()
        self.client = None
        return code

    def good(self):
        """A healthy terminal: what runs is marked good."""
        self.client.ask("report")
        trial = self.client.report()["trial"] == "yes"
        self.client.ask("good")
        wait_for(lambda: "try-" + self.running() + " no" in self.loader())
        if trial:
            self.client.until(lambda r: r["trial"] == "no")

    def loader(self):
        return bundles.read(os.path.join(self.slots, "boot")).decode()

    def running(self):
        return self.loader().split("running ")[1][0]

    def put(self, bundle, name="update.raucb"):
        shutil.copyfile(bundle, os.path.join(self.stick, name))

    def clear_stick(self):
        shutil.rmtree(self.stick, ignore_errors=True)
        os.mkdir(self.stick)

    def look(self):
        """Storage on, then what is on the stick."""
        self.client.ask("storage-on")
        self.client.ask("cancel")
        self.client.phase("idle", "ready")
        self.client.ask("look")
        return self.client.phase("offered", "refused")

    def try_update(self):
        """Look and update; the last report: ready or refused."""
        report = self.look()
        if report["phase"] == "refused":
            return report
        self.client.ask("update")
        return self.client.phase("ready", "refused")

    def held(self):
        """All that a refusal must not change."""
        return (tree(self.slots),
                {name: value for name, value in tree(self.state).items()
                 if name != "lock" and name != "work"})


def office(folder):
    """Keys, a keyring with an empty revocation list, an image 0.4.0."""
    keys = bundles.Keys(folder)
    root = keys.root("Karcis Test Root")
    signer = keys.signer("Karcis Signer", root)
    keyring = keys.keyring("keyring.pem", root.cert,
                           keys.revocations("root", root))
    image = bundles.image(keys.path("rootfs-0.4.0"),
                          bundles.release("0.4.0", 3))
    return keys, root, signer, keyring, image


def make_bundle(keys, signer, name, version, security=3, size=300000,
                release=None, text=None, seed=2):
    image = bundles.image(keys.path(name + ".squashfs"),
                          release or bundles.release(version, security),
                          size=size, seed=seed)
    return bundles.bundle(keys.path(name + ".raucb"), image,
                          text or bundles.manifest(version), signer)
