"""A whole machine in QEMU: started and driven over QMP, its USB devices, its
screen, its disk. Everything waits with a bound; what was seen stays in the
machine's folder (serial.log, qemu.log, *.png, paper/)."""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
PROGRAMS = os.path.join(ROOT, "build/appliance")
OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
OVMF_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"
WIDTH, HEIGHT = 1080, 1920
KEPT = 40  # pictures of the screen
# Emulation on a loaded machine: what takes 1 s there may take 20 here.
SLOW = float(os.environ.get("APPLIANCE_SLOW", "1"))


class Failed(Exception):
    """A check that did not hold."""


def wait_for(what, ask, seconds, pause=0.2):
    """What ask() gives once it is true; Failed after so many seconds."""
    end = time.monotonic() + seconds * SLOW
    while True:
        got = ask()
        if got:
            return got
        if time.monotonic() > end:
            raise Failed(f"no {what} within {seconds * SLOW:.0f} s")
        time.sleep(pause)


class Qmp:
    """QEMU's monitor. Events that came by are kept in order."""

    def __init__(self, path, seconds=20):
        self.path = path
        self.left = b""
        self.events = []
        self.socket = wait_for("QMP socket", self.connect, seconds)
        self.read(10, "QMP")
        self.run("qmp_capabilities")

    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(self.path)
        except OSError:
            s.close()
            return None
        return s

    def line(self, seconds):
        """One message, or None when none came in time."""
        end = time.monotonic() + seconds
        while b"\n" not in self.left:
            rest = max(0, end - time.monotonic())
            if not select.select([self.socket], [], [], rest)[0]:
                return None
            got = self.socket.recv(65536)
            if not got:
                raise Failed("QEMU ended")
            self.left += got
        text, self.left = self.left.split(b"\n", 1)
        return json.loads(text)

    def read(self, seconds, *keys):
        """The next message with one of the keys."""
        end = time.monotonic() + seconds * SLOW
        while time.monotonic() < end:
            m = self.line(end - time.monotonic())
            if m is None:
                break
            self.take_event(m)
            if any(k in m for k in keys):
                return m
        raise Failed(f"QEMU does not answer with {' or '.join(keys)}")

    def run(self, command, seconds=60, **arguments):
        m = {"execute": command, "arguments": arguments}
        try:
            self.socket.sendall(json.dumps(m).encode() + b"\n")
        except OSError as e:
            raise Failed("QEMU ended") from e
        answer = self.read(seconds, "return", "error")
        if "error" in answer:
            raise Failed(f"QEMU, {command}: {answer['error']['desc']}")
        return answer["return"]

    def look(self, seconds=0):
        """Takes in events that have come."""
        while True:
            m = self.line(seconds)
            if m is None:
                return
            self.take_event(m)

    def take_event(self, m):
        if "event" in m:
            m["seen"] = time.monotonic()
            self.events.append(m)

    def count(self, event):
        self.look()
        return sum(1 for e in self.events if e["event"] == event)

    def close(self):
        self.socket.close()


class Lines:
    """A program that obeys lines: a printer, a scanner, a touch screen."""

    def __init__(self, argv, log):
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            bufsize=0, start_new_session=True)
        self.left = b""

    def line(self, seconds):
        end = time.monotonic() + seconds
        while b"\n" not in self.left:
            rest = end - time.monotonic()
            if rest < 0 or not select.select([self.process.stdout], [], [],
                                             rest)[0]:
                raise Failed(f"{self.process.args[0]} does not answer")
            got = os.read(self.process.stdout.fileno(), 4096)
            if not got:
                raise Failed(f"{self.process.args[0]} ended")
            self.left += got
        text, self.left = self.left.split(b"\n", 1)
        return text.decode()

    def tell(self, text):
        """Its answer; lines about other things are passed over."""
        self.process.stdin.write(text.encode() + b"\n")
        while True:
            answer = self.line(20 * SLOW)
            if not answer.startswith("fired"):
                return answer

    def close(self):
        self.process.kill()
        self.process.wait()
        for f in (self.process.stdin, self.process.stdout):
            f.close()


class Printer(Lines):
    """The ticket printer; its papers are files of the folder."""

    def __init__(self, path, papers, log):
        os.makedirs(papers, exist_ok=True)
        super().__init__([f"{PROGRAMS}/printer", "usbredir", papers, path],
                         log)
        self.papers_folder = papers
        self.line(10)
        self.tell("plug")

    def papers(self):
        return sorted(os.path.join(self.papers_folder, f)
                      for f in os.listdir(self.papers_folder)
                      if f[0].isdigit() and f.endswith(".bin"))

    def state(self):
        return dict(w.split("=", 1) for w in self.tell("state").split()
                    if "=" in w)


class Usb(Lines):
    """A device of usb-device: keyboard, hidpos, touch, evil."""

    def __init__(self, kind, path, log):
        super().__init__([f"{PROGRAMS}/usb-device", kind, path], log)
        self.kind = kind
        wait_for("socket of the device", lambda: os.path.exists(path), 10)

    def state(self):
        return dict(w.split("=", 1) for w in self.tell("state").split()
                    if "=" in w)

    def configured(self):
        return self.state()["configured"] != "0"

    def read_by_guest(self):
        return self.state()["read"] == "1"

    def scan(self, code):
        word = "code" if self.kind == "hidpos" else "type"
        if self.tell(f"{word} {code}") != "ok":
            raise Failed(f"nobody reads the scanner ({self.state()})")

    def touch(self, x, y, hold_s=0.15):
        """A finger down and up again at a pixel of the upright picture."""
        wait_for("the guest to read the touch screen", self.read_by_guest,
                 90)
        at = (int((x + 0.5) * 32768 / WIDTH), int((y + 0.5) * 32768 / HEIGHT))
        if self.tell(f"down 0 {at[0]} {at[1]}") != "ok":
            raise Failed("nobody reads the touch screen")
        time.sleep(hold_s * SLOW)
        self.tell("up 0")


class Machine:
    """
    disk: a raw or qcow2 file, written to an overlay unless `keep`;
    kernel, initrd, append: boots these directly; without them OVMF boots the
    disk. now: the guest's clock at the start, Unix seconds UTC or None.
    usb: names of Usb kinds and "printer" that are plugged in from the start.
    """

    def __init__(self, folder, disk=None, kernel=None, initrd=None,
                 append="", now=None, usb=("printer", "hidpos", "touch"),
                 memory=1024, blocklog=None, overlay=True, more=(),
                 unplugged=()):
        self.folder = os.path.abspath(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.serial = os.path.join(self.folder, "serial.log")
        # Short: a Unix socket's path has 107 bytes.
        self.sockets = tempfile.mkdtemp(prefix="karcis-machine-")
        self.log = open(os.path.join(self.folder, "qemu.log"), "ab")
        self.disk, self.overlay, self.blocklog = disk, overlay, blocklog
        self.boot = (kernel, initrd, append)
        self.now, self.memory, self.more = now, memory, list(more)
        self.names = list(usb)
        self.unplugged = unplugged  # of usb: their cable is out at first
        self.usb = {}
        self.process = self.qmp = None
        self.shots = 0
        self.shot = None
        self.sticks = 0
        self.started = None
        self.drive = None
        if disk:
            self.drive = self.make_drive()

    # ---- what it is made of ----

    def make_drive(self):
        if not self.overlay:
            return self.disk
        path = os.path.join(self.folder, "disk.qcow2")
        if not os.path.exists(path):
            kind = "qcow2" if self.disk.endswith(".qcow2") else "raw"
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b",
                            os.path.abspath(self.disk), "-F", kind, path],
                           check=True)
        return path

    def drive_arguments(self):
        if self.drive is None:
            return []
        kind = "qcow2" if self.drive.endswith(".qcow2") else "raw"
        base = {"driver": kind, "node-name": "disk",
                "file": {"driver": "file", "filename": self.drive}}
        if self.blocklog:
            base = {"driver": "blklogwrites", "node-name": "disk",
                    "file": dict(base, **{"node-name": "below"}),
                    "log": {"driver": "file", "filename": self.blocklog}}
        return ["-blockdev", json.dumps(base),
                "-device", "virtio-blk-pci,drive=disk,serial=KARCISTEST,"
                "write-cache=on"]

    def firmware_arguments(self):
        kernel, initrd, append = self.boot
        if kernel:
            return ["-kernel", kernel, "-append", append] + (
                ["-initrd", initrd] if initrd else [])
        vars_ = os.path.join(self.folder, "vars.fd")
        if not os.path.exists(vars_):
            shutil.copy(OVMF_VARS, vars_)
        return ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF_CODE}",
                "-drive", f"if=pflash,format=raw,file={vars_}"]

    def socket_of(self, name):
        return os.path.join(self.sockets, name)

    def usb_arguments(self):
        a = ["-device", "qemu-xhci,id=xhci,p2=8,p3=8"]
        for name in self.names:
            a += ["-chardev", f"socket,id=c-{name},reconnect=1,"
                  f"path={self.socket_of(name)}",
                  "-device", f"usb-redir,chardev=c-{name},id=u-{name},"
                  "bus=xhci.0"]
        return a

    def arguments(self):
        rtc = "utc"
        if self.now is not None:
            rtc = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(self.now))
        return (["qemu-system-x86_64", "-name", "karcis-test",
                 "-nodefaults", "-no-user-config", "-machine", "q35",
                 "-accel", "tcg,thread=multi", "-cpu", "qemu64",
                 "-smp", "2", "-m", str(self.memory), "-display", "none",
                 "-device", f"virtio-vga,xres={WIDTH},yres={HEIGHT}",
                 "-device", "virtio-rng-pci", "-rtc", f"base={rtc}",
                 "-device", "i6300esb", "-action", "watchdog=reset",
                 # GRUB gives the kernel a serial console for this word.
                 "-smbios", "type=11,value=karcis-serial",
                 "-chardev", f"file,id=serial,path={self.serial},append=on",
                 "-serial", "chardev:serial",
                 "-qmp", f"unix:{self.socket_of('qmp')},server=on,wait=off"] +
                self.usb_arguments() + self.drive_arguments() +
                self.firmware_arguments() + self.more)

    # ---- its life ----

    def plug_usb(self):
        for name in self.names:
            if name in self.usb:
                continue
            path = self.socket_of(name)
            if name == "printer":
                self.usb[name] = Printer(
                    path, os.path.join(self.folder, "paper"), self.log)
            else:
                self.usb[name] = Usb(name, path, self.log)
                if name not in self.unplugged:
                    self.usb[name].tell("plug")

    def start(self):
        self.plug_usb()
        self.log.write((" ".join(self.arguments()) + "\n").encode())
        self.log.flush()
        self.process = subprocess.Popen(
            self.arguments(), stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, start_new_session=True)
        self.started = time.monotonic()
        try:
            self.qmp = Qmp(self.socket_of("qmp"))
        except Failed as e:
            raise Failed(f"{e}: {self.tail('qemu.log')}") from e
        return self

    def running(self):
        return self.process is not None and self.process.poll() is None

    def since_start(self):
        return time.monotonic() - self.started

    def kill(self):
        """Power off at once, as a hand pulls the plug."""
        if self.process is not None:
            if self.process.poll() is None:
                os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
        if self.qmp is not None:
            self.qmp.close()
            self.qmp = None
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.socket_of("qmp"))

    def powerdown(self, seconds=120):
        """The power button; the guest shuts down by itself."""
        self.qmp.run("system_powerdown")
        try:
            self.process.wait(seconds * SLOW)
        except subprocess.TimeoutExpired as e:
            raise Failed("the guest does not shut down") from e
        self.kill()

    def close(self):
        self.kill()
        for d in self.usb.values():
            d.close()
        self.usb = {}
        self.log.close()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()

    # ---- what is seen ----

    def tail(self, name, n=400):
        try:
            with open(os.path.join(self.folder, name), "rb") as f:
                return f.read()[-n:].decode(errors="replace")
        except OSError:
            return ""

    def said(self, text, after=0):
        """Whether the serial line said it behind byte `after`."""
        try:
            with open(self.serial, "rb") as f:
                f.seek(after)
                return text.encode() in f.read()
        except OSError:
            return False

    def wait_said(self, text, seconds, after=0):
        def ask():
            runs = self.running()
            if not self.said(text, after) and not runs:
                raise Failed("QEMU ended: " + self.tail("qemu.log"))
            return self.said(text, after)
        wait_for(f"{text!r} on the serial line", ask, seconds)

    def screenshot(self, name=None):
        self.shots += 1
        # The newest pictures tell what went before a failure.
        path = os.path.join(self.folder, name or
                            f"last-{self.shots % KEPT:02}.png")
        self.qmp.run("screendump", filename=path, format="png")
        return path

    def text(self, name=None):
        """What the screen says, read by tesseract."""
        self.shot = self.screenshot(name)
        return read_text(self.shot)

    def wait_text(self, text, seconds, name=None):
        """Until the screen shows one of the texts; gives all it says."""
        wanted = (text,) if isinstance(text, str) else text
        last = [""]

        def ask():
            last[0] = self.text()
            return any(squeeze(w) in squeeze(last[0]) for w in wanted)
        try:
            wait_for(f"{' or '.join(wanted)!r} on the screen", ask, seconds,
                     0.5)
        except Failed as e:
            raise Failed(f"{e}; it shows {squeeze(last[0])[:300]!r}") from e
        if name:
            shutil.copy(self.shot, os.path.join(self.folder, name))
        return last[0]

    # ---- sticks ----

    def plug_stick(self, path, read_only=False):
        """A USB stick whose content is the file; gives its name."""
        self.sticks += 1
        name = f"stick{self.sticks}"
        self.qmp.run("blockdev-add", **{
            "driver": "raw", "node-name": name, "read-only": read_only,
            "file": {"driver": "file", "filename": os.path.abspath(path),
                     "locking": "off"}})
        self.qmp.run("device_add", driver="usb-storage", id="d" + name,
                     drive=name, bus="xhci.0", removable=True)
        return name

    def pull_stick(self, name):
        self.qmp.run("device_del", id="d" + name)
        wait_for("end of the stick", lambda: self.stick_gone(name), 30)

    def reads_of(self, name):
        """How often the guest has read the stick."""
        for b in self.qmp.run("query-blockstats", **{"query-nodes": False}):
            if b.get("qdev", "").find("d" + name + "/") >= 0 or \
                    b.get("node-name") == name:
                return b["stats"]["rd_operations"]
        raise Failed(f"QEMU knows no {name}")

    def wait_reset(self, began, seconds=120):
        """Until the machine started anew since then (a monotonic time)."""
        wait_for("restart", lambda: any(
            e["event"] == "RESET" and e["seen"] >= began
            for e in self.events()), seconds)

    def events(self):
        self.qmp.look()
        return self.qmp.events

    def stick_gone(self, name):
        try:
            self.qmp.run("blockdev-del", **{"node-name": name})
            return True
        except Failed:
            return False


ALIKE = str.maketrans("|l1!0", "iiiio")


def squeeze(text):
    """Without spaces and case, and what looks alike is alike: so that what
    tesseract reads can be compared."""
    return "".join(text.split()).lower().translate(ALIKE)


def read_text(picture):
    r = subprocess.run(
        ["tesseract", picture, "-", "-l", "eng+ind", "--psm", "11"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=dict(os.environ, OMP_THREAD_LIMIT="1"), timeout=120 * SLOW,
        check=False)
    return r.stdout


def read_box(picture, x, y, w, h):
    """One line of text in a rectangle: there tesseract is sure."""
    crop = subprocess.run(
        ["convert", picture, "-crop", f"{w}x{h}+{x}+{y}", "+repage",
         "-colorspace", "gray", "-normalize", "png:-"],
        stdout=subprocess.PIPE, timeout=60 * SLOW, check=True).stdout
    r = subprocess.run(
        ["tesseract", "-", "-", "-l", "eng", "--psm", "7"], input=crop,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=dict(os.environ, OMP_THREAD_LIMIT="1"), timeout=60 * SLOW,
        check=False)
    return r.stdout.decode(errors="replace")


def find_words(picture, wanted):
    """The centre of a text of one line on a picture, in pixels; None."""
    r = subprocess.run(
        ["tesseract", picture, "-", "-l", "eng+ind", "--psm", "11", "tsv"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=dict(os.environ, OMP_THREAD_LIMIT="1"), timeout=120 * SLOW,
        check=False)
    lines = {}
    for row in r.stdout.splitlines()[1:]:
        c = row.split("\t")
        if len(c) == 12 and c[11].strip():
            lines.setdefault(tuple(c[1:5]), []).append(
                (c[11], *(int(v) for v in c[6:10])))
    for words in lines.values():
        for i in range(len(words)):
            for k in range(i + 1, len(words) + 1):
                part = words[i:k]
                if squeeze("".join(w[0] for w in part)) == squeeze(wanted):
                    left = part[0][1]
                    right = part[-1][1] + part[-1][3]
                    return ((left + right) // 2,
                            part[0][2] + part[0][4] // 2)
    return None
