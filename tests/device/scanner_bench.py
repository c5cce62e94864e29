"""What the scanners' tests share: emulated scanners, the real terminal that
reads them, and what is asked of its screen."""

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "assets/demo"))
from office import (  # noqa: E402,F401
    Failed, Office, Screen, end_together, wait_for)

# The terminal may write below /dev only; the test bed lies there too.
FOLDER = "/dev/shm/karcis-scanner.%d" % os.getpid()
# What is opened below /dev umockdev counts, and it counts to 50.
OFFICES = os.path.join(ROOT, "build/device/scanner.%d" % os.getpid())
PRELOAD = "libumockdev-preload.so.0"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# enum action of firmware/core/session.h
TYPE, BACK, HELP, DONE = 1, 2, 3, 4

# linux/input-event-codes.h, US layout
PLAIN = {"-": 12, "=": 13, "\t": 15, "[": 26, "]": 27, "\r": 28, ";": 39,
         "'": 40, "`": 41, "\\": 43, ",": 51, ".": 52, "/": 53, " ": 57}
PLAIN.update({c: 2 + i for i, c in enumerate("1234567890")})
PLAIN.update({c: 16 + i for i, c in enumerate("qwertyuiop")})
PLAIN.update({c: 30 + i for i, c in enumerate("asdfghjkl")})
PLAIN.update({c: 44 + i for i, c in enumerate("zxcvbnm")})
SHIFTED = {c: PLAIN[p] for c, p in zip(
    "!@#$%^&*()_+{}|:\"~<>?", "1234567890-=[]\\;'`,./")}
SHIFTED.update({c.upper(): k for c, k in PLAIN.items() if c.isalpha()})
SHIFT, CAPS = 42, 58

ENTER = "\r"
SCANNER, OTHER_SCANNER = "05e0 1200", "0c2e 0b61"  # on the allow list
STRANGER = "046d c31c"

# Id 2: byte count, three identifiers, 56 bytes of data, two of the maker's,
# "continued" in bit 0 of the last byte (HID POS Usage Tables 1.02).
HIDPOS = ("058c0902a1010912a1028502150026ff007508950105 01093b8102"
          "9503058c09fb09fc09fd8102953809fe8202010666ff9502090409008102"
          "058c25017501950809ff8102c0c0").replace(" ", "")


def taps(code):
    return f"{code}:1 {code}:0"


def typed(text):
    """The key events of a wedge that types this."""
    words = []
    for c in text:
        if c in PLAIN:
            words.append(taps(PLAIN[c]))
        else:
            words.append(f"{SHIFT}:1 {taps(SHIFTED[c])} {SHIFT}:0")
    return " ".join(words)


def report(data, more=False, count=None):
    """One HID-POS report of 64 bytes, as hexadecimal digits."""
    data = data.encode() if isinstance(data, str) else data
    head = bytes([2, len(data) if count is None else count]) + b"]Q1"
    return (head + data.ljust(56, b"\0") + b"\0\0" +
            bytes([1 if more else 0])).hex()


def makes_code(text):
    """Whether a text is a booking code, by the rules in docs/FORMATS.md."""
    if len(text) > 3 and re.match(r"\][A-Za-z][0-9]", text):
        text = text[3:]
    s = text.upper().replace("-", "").replace(" ", "")
    s = s.replace("O", "0").replace("I", "1").replace("L", "1")
    if len(s) != 10 or any(c not in CROCKFORD for c in s):
        return False
    value = 0
    for c in s[:9]:
        value = value * 32 + CROCKFORD.index(c)
    return value % 37 == CROCKFORD.index(s[9])


def same(got, wanted, what):
    if got != wanted:
        raise Failed(f"{what}: {got!r}, not {wanted!r}")


class Emulator:
    """The emulated scanners; a line in, a number out."""

    def __init__(self):
        env = dict(os.environ, TMPDIR=FOLDER, LD_PRELOAD=PRELOAD)
        self.p = subprocess.Popen(
            [os.path.join(ROOT, "build/device/scanner-emulator")], env=env,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            bufsize=1)
        self.answers = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.where = self.answers.get(timeout=10)

    def _read(self):
        for line in self.p.stdout:
            self.answers.put(line.strip())
        self.answers.put("ended")

    def __call__(self, line):
        self.p.stdin.write(line + "\n")
        self.p.stdin.flush()
        try:
            answer = self.answers.get(timeout=10)
        except queue.Empty:
            raise Failed(f"the emulator does not answer {line[:60]!r}") \
                from None
        if not answer.startswith("ok "):
            raise Failed(f"the emulator says {answer!r} to {line[:60]!r}")
        return int(answer[3:])

    def close(self):
        self.p.stdin.close()
        self.p.wait(10)


class Terminal(Office):
    """The real terminal with serial scanners, wedges and HID-POS scanners.
    Its bookings are many: each admission uses one up. Without an emulator
    only the serial scanners are real."""

    def __init__(self, build, emulator, bench, folder="office"):
        self.emulator, self.sanitizer = emulator, bench.sanitizer
        self.wrap = bench.wrap
        self.cable = os.path.join(FOLDER, "tty-plain")
        super().__init__(build, os.path.join(OFFICES, folder),
                         size="540x960")
        with open(self.config, encoding="utf-8") as f:
            text = f.read()
        allow = "".join("allow = " + i.replace(" ", ":") + "\n"
                        for i in (SCANNER, OTHER_SCANNER))
        # The plain one's cable is not in yet. Not under umockdev: there each
        # open of what is missing costs a socket for ever.
        more = "device = evdev:auto\ndevice = hidraw:auto\n" if emulator \
            else f"device = serial:{self.cable}\n"
        text = text.replace("[printer]", more + allow + "[printer]")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text)

    def environment(self):
        env = super().environment()
        env["LD_PRELOAD"] = f"{self.sanitizer} {env['LD_PRELOAD']}".strip()
        env["ASAN_OPTIONS"] = "detect_leaks=0:exitcode=99"
        env["UBSAN_OPTIONS"] = "halt_on_error=1:exitcode=99"
        env["TSAN_OPTIONS"] = "exitcode=99"
        return env

    def start(self, display, window=None, under=()):
        real = self.environment
        env = real()
        if self.emulator:
            env["LD_PRELOAD"] += " " + PRELOAD
            env["UMOCKDEV_DIR"] = self.emulator.where
        self.environment = lambda: env
        super().start(display, window, under or self.wrap)
        self.environment = real

    def code(self, like=lambda code: True):
        """A code that nobody has used yet."""
        for i, code in enumerate(self.codes["good"]):
            plain = code.replace("-", "")
            if plain and like(plain):
                self.codes["good"][i] = ""
                return plain
        raise Failed("no code is left for this test")

    def write(self, data):
        """Bytes of the serial scanner, in pieces its queue can hold."""
        data = data.encode() if isinstance(data, str) else data
        for i in range(0, len(data), 1024):
            os.write(self.scanner, data[i:i + 1024])

    def pictures(self):
        with open(os.path.join(self.folder, "layout.txt"),
                  encoding="utf-8", errors="replace") as f:
            return re.findall(r"^screen (\S+)$", f.read(), re.M)

    def log_text(self):
        with open(os.path.join(self.folder, "karcis.log"),
                  encoding="utf-8", errors="replace") as f:
            return f.read()

    def descriptors(self):
        """But for sockets: umockdev leaves one for each open that fails."""
        folder = f"/proc/{self.process.pid}/fd"
        links = []
        for name in os.listdir(folder):
            try:
                links.append(os.readlink(os.path.join(folder, name)))
            except FileNotFoundError:
                pass  # closed since
        return sorted(n for n in links if not n.startswith("socket:"))

    def settle(self):
        """The terminal has gone round its loop with nothing left to read:
        it answers on its control socket."""
        time.sleep(0.15)  # more than the silence that ends a serial line
        self.ctl("status")

    def home(self):
        wait_for("the end of a print", lambda: self.read_layout()[0] not in
                 ("checking", "printing"))
        screen = self.read_layout()[0]
        if screen != "home":
            self.press_action(BACK if screen in ("keypad", "help") else DONE)
            self.wait_screen("home")

    def admits(self, send):
        """What send does brings one ticket: one screen, one paper."""
        self.home()
        papers, before = len(self.papers()), len(self.pictures())
        send()
        try:
            wait_for("the paper", lambda: len(self.papers()) > papers, 5)
            self.wait_screen("ticket", 5)
        except Failed as e:
            raise Failed(f"{e}; log {self.tail_log()}") from e
        self.settle()
        same(len(self.papers()), papers + 1, "papers")
        same(self.read_layout()[0], "ticket", "the screen after")
        seen = set(self.pictures()[before:])
        same(seen - {"home", "checking", "printing", "ticket"}, set(),
             "other screens visited")
        self.home()

    def ignores(self, send, screen="home"):
        """What send does visits no other screen and prints nothing."""
        if screen == "home":
            self.home()
        papers, before = len(self.papers()), len(self.pictures())
        same(self.read_layout()[0], screen, "the screen before")
        send()
        self.settle()
        if self.process.poll() is not None:
            raise Failed("karcis ended: " + self.tail_log())
        seen = set(self.pictures()[before:]) - {screen}
        same(seen, set(), "other screens visited")
        same(self.read_layout()[0], screen, "the screen after")
        same(len(self.papers()), papers, "papers")


class Bench:
    """One X server, one emulator, one terminal for all cases."""

    def __init__(self, build, wrap=""):
        shutil.rmtree(FOLDER, ignore_errors=True)
        os.makedirs(FOLDER)
        self.wrap = wrap.split()
        self.sanitized = "address" in build
        self.sanitizer = subprocess.check_output(
            ["gcc", "-print-file-name=libasan.so"], text=True).strip() \
            if self.sanitized else ""
        self.screen = Screen("540x960")
        self.emu = Emulator()
        self.emu(f"wedge event0 {SCANNER}")
        self.emu(f"hidpos hidraw0 {OTHER_SCANNER} {HIDPOS}")
        self.build = build
        self.t = Terminal(build, self.emu, self)
        self.t.make_bookings(80)
        self.t.start(self.screen.display)
        self.t.wait_screen("home")
        self.t.settle()
        self.descriptors = self.t.descriptors()

    def plain_terminal(self):
        """One more, which may open what appears below the real /dev:
        umockdev has the sandbox allow the test bed's /dev instead."""
        t = Terminal(self.build, None, self, "plain")
        t.make_bookings(3)
        t.start(self.screen.display)
        t.wait_screen("home")
        return t

    def keys(self, words, name="event0"):
        self.emu(f"keys {name} {words} wait")

    def reports(self, *digits, name="hidraw0"):
        for d in digits:
            self.emu(f"report {name} {d}")
        self.emu(f"wait {name}")

    def logged(self, text, times=1, terminal=None):
        t = terminal or self.t
        try:
            wait_for(f"the log line {text!r} {times} times",
                     lambda: t.log_text().count(text) == times, 5)
        except Failed as e:
            raise Failed(f"{e}; the log ends {t.tail_log()}") from e

    def close(self, keep):
        code = None
        try:
            if self.t.process and self.t.process.poll() is None:
                self.t.stop()  # before the devices it reads
            code = self.t.process.returncode
            self.t.close()
        finally:
            self.emu.close()
            self.screen.close()
        if code != 0:
            raise Failed(f"karcis ended with {code}: {self.t.tail_log()}")
        shutil.rmtree(FOLDER, ignore_errors=True)
        if not keep:
            shutil.rmtree(OFFICES, ignore_errors=True)
