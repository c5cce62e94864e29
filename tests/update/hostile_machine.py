"""A machine for hostile sticks: the real karcis-update with slots that are
files and a folder for a stick. `refuses` is the promise: the reason, and not a
byte of slots, floor and record is another one."""

import hashlib
import mmap
import os
import shutil
import socket
import struct
import subprocess
import time

import bundles
from cases import Failed, same, true

WAIT_S = 60
RUNNING = "0.4.0"
RUNNING_SECURITY = 3
BOOT = ("first a\nok-a yes\ntry-a no\nok-b no\ntry-b no\nrunning a\n"
        "boots 1\n")


class World:
    """What all machines share: keys, the image that runs, a good bundle."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.program = os.path.join(options.build, "karcis-update")
        self.keys = k = bundles.Keys(os.path.join(folder, "keys"))
        self.root = k.root("root")
        self.signer = k.signer("Build", self.root)
        self.revoked = k.signer("Lost", self.root)
        self.ring = k.keyring("ring.pem", self.root.cert, k.revocations(
            "list", self.root, [self.revoked.serial]))
        self.running = self.image("running", RUNNING, size=4096)
        self.next = self.image("next", "0.4.1")
        self.good = bundles.bundle(os.path.join(folder, "good.raucb"),
                                   self.next, bundles.manifest("0.4.1"),
                                   self.signer)
        self.data = bundles.read(self.good)
        self.preload = os.path.join(folder, "hostile_read.so")
        bundles.run("gcc", "-D_GNU_SOURCE", "-std=c17", "-O1", "-Wall",
                    "-Wextra", "-Werror", "-shared", "-fPIC", "-o",
                    self.preload, os.path.join(os.path.dirname(__file__),
                                               "hostile_read.c"))

    def image(self, name, version="0.4.1", security=RUNNING_SECURITY,
              size=60000, **more):
        return bundles.image(os.path.join(self.folder, name + ".squashfs"),
                             bundles.release(version, security, **more), size)

    def bundle_of(self, name, text=None, signer=None, when=None, **more):
        """The bytes of a bundle of an image that says `more`."""
        path = os.path.join(self.folder, name + ".raucb")
        bundles.bundle(path, self.image(name, **more),
                       text or bundles.manifest(more.get("version", "0.4.1")),
                       signer or self.signer, when)
        data = bundles.read(path)
        os.unlink(path)
        return data


class Reads:
    """What hostile_read.c does to what is read from the stick."""

    FIELDS = ("on", "after", "error", "delay_us", "count", "hits")

    def __init__(self, world, folder):
        path = os.path.join(folder, "control")
        bundles.write(path, bytes(8 * len(self.FIELDS)))
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 0)
        self.env = {"LD_PRELOAD": world.preload, "HOSTILE_CONTROL": path,
                    "HOSTILE_STICK": os.path.join(folder, "stick"),
                    # The sanitizer's library would be the first.
                    "ASAN_OPTIONS": "verify_asan_link_order=0:" +
                                    os.environ.get("ASAN_OPTIONS", "")}

    def set(self, **values):
        struct.pack_into("<6q", self.map, 0,
                         *(values.get(f, 0) for f in self.FIELDS))

    def get(self, field):
        return struct.unpack_from("<q", self.map,
                                  8 * self.FIELDS.index(field))[0]


class Machine:
    def __init__(self, world, folder, floor=None, env=None, words=()):
        self.world, self.folder = world, folder
        for name in ("slots/a", "state", "stick", "in", "out"):
            os.makedirs(self.path(name))
        shutil.copyfile(world.running, self.path("slots/a/rootfs.img"))
        with open(self.path("slots/boot"), "w") as f:
            f.write(BOOT)
        if floor is not None:
            with open(self.path("state/floor"), "w") as f:
                f.write(f"security {floor}\n")
        self.env = dict(os.environ, **(env or {}))
        self.words, self.socket, self.process = words, None, None
        self.report = {}

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def __enter__(self):
        self.log = open(self.path("log"), "w")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", self.world.program,
             "--backend", "files:" + self.path("slots"),
             "--stick", "dir:" + self.path("stick"),
             "--keyring", self.world.ring, "--state", self.path("state"),
             "--in", self.path("in"), "--out", self.path("out"),
             "--socket", self.path("sock"), "--restart", "exit",
             *self.words],
            env=self.env, stdout=self.log, stderr=self.log)
        end = time.monotonic() + WAIT_S
        while self.socket is None:
            try:
                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                s.connect(self.path("sock"))
                self.socket = s
            except OSError:
                s.close()
                if self.process.poll() is not None or time.monotonic() > end:
                    raise Failed("karcis-update does not start: " +
                                 self.said()) from None
                time.sleep(0.01)
        self.socket.settimeout(1)
        self.wait("idle")
        self.ask("storage-on")
        return self

    def __exit__(self, *_):
        if self.socket:
            self.socket.close()
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()

    def said(self):
        with open(self.path("log"), errors="replace") as f:
            return f.read()[-1500:]

    def ask(self, words):
        self.socket.send(words.encode() + b"\n")

    def hear(self):
        """The next report, or None when a second brings none."""
        try:
            text = self.socket.recv(4096).decode()
        except socket.timeout:
            return None
        if not text:
            raise Failed("karcis-update went away: " + self.said())
        self.report = dict(line.split(" ", 1) if " " in line else (line, "")
                           for line in text.splitlines())
        return self.report

    def wait(self, *phases, limit_s=WAIT_S):
        end = time.monotonic() + limit_s
        while self.report.get("phase") not in phases:
            if time.monotonic() > end:
                raise Failed(f"no {phases}: {self.report} {self.said()}")
            self.hear()
        return self.report["phase"]

    def put(self, data, name="update.raucb"):
        """The only file on the stick."""
        self.clear()
        return bundles.write(self.path("stick", name), data)

    def clear(self):
        stick = self.path("stick")
        for name in os.listdir(os.fsencode(stick)):
            path = os.path.join(os.fsencode(stick), name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)

    def look(self):
        """The phase that a look at the stick ends in."""
        if self.report["phase"] != "idle":
            self.ask("cancel")
            self.wait("idle")
        self.ask("look")
        self.wait("looking")
        return self.wait("offered", "refused")

    def update(self):
        """From the offer to the end."""
        self.ask("update")
        self.wait("copying", "verifying", "writing", "checking", "ready",
                  "refused")
        return self.wait("ready", "refused")

    def attempt(self):
        phase = self.look()
        return self.update() if phase == "offered" else phase

    def state(self):
        """Everything that must stay: path -> what is there."""
        found = {}
        for top in ("slots", "state"):
            for folder, _, files in os.walk(self.path(top)):
                if "/work" in folder[len(self.folder):]:
                    continue
                for name in files:
                    path = os.path.join(folder, name)
                    found[path[len(self.folder):]] = hashlib.sha256(
                        bundles.read(path)).hexdigest()
        return found

    def copies(self):
        """What is left of a copy that is no longer wanted."""
        left = []
        for folder, _, files in os.walk(self.path("state")):
            left += [os.path.join(folder, n) for n in files
                     if n in ("bundle.raucb", "rootfs.squashfs")]
        return left

    def refuses(self, reasons, what, act=None):
        """`act` brings it to its end (an attempt from the start on)."""
        reasons = (reasons,) if isinstance(reasons, str) else reasons
        before = self.state()
        phase = (act or self.attempt)()
        same((phase, self.report["refusal"] in reasons), ("refused", True),
             f"{what}: {self.report['refusal']} ({self.report['detail']}), "
             f"wanted {reasons}; ended as wanted")
        after = self.state()
        same([p for p in before | after if before.get(p) != after.get(p)],
             [], f"{what}: what changed")
        same(self.copies(), [], f"{what}: copies that are left")

    def refuses_bytes(self, reasons, what, data, name="update.raucb"):
        self.put(data, name)
        self.refuses(reasons, what)

    def takes(self, what):
        """It was no false alarm: the same machine takes a good one."""
        same(self.attempt(), "ready",
             f"{what}: {self.report['refusal']} {self.report['detail']}; it")
        holds = bundles.read(self.path("slots/b/rootfs.img"))
        true(holds == bundles.read(self.world.next), "slot b is not the image")
        with open(self.path("slots/boot")) as f:
            same(f.readline(), "first b\n", "the slot that is started next")
