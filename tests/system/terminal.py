"""The real terminal for the system tests, and what they ask of it."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "assets/demo"))
from office import (  # noqa: E402,F401
    Failed, Office, Screen, end_together, wait_for)

# enum action of firmware/core/session.h
TYPE, BACK, HELP, DONE, ENTER, LANG_ID, LANG_EN = 1, 2, 3, 4, 5, 6, 7
COPY = 10
PAUSE_S = 1.1  # the scanner takes the same code again after one second


QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL,
         "check": False}


class Skip(Exception):
    """Why a test can't run here."""


class Bench:
    """What the tests share: the programs and an X server."""

    def __init__(self, build):
        self.build = build
        self.folder = "build/system/" + os.path.basename(build)
        self.screen = Screen("1080x1920")
        self.offices = []

    def office(self, name, count=8, bookings=True, run=True, **kw):
        o = Office(self.build, os.path.join(self.folder, name), **kw)
        self.offices.append(o)
        if bookings:
            o.make_bookings(count)
        if run:
            o.start(self.screen.display)
            o.wait_screen("home")
        return o

    def close_offices(self):
        for o in self.offices:
            if o.process and o.process.poll() is None:
                o.process.kill()
                o.process.wait()
            o.close()
        self.offices = []

    def close(self):
        self.close_offices()
        self.screen.close()


def same(got, wanted, what):
    if got != wanted:
        raise Failed(f"{what}: {got!r}, not {wanted!r}")


def holds(text, part, what="the text"):
    if part not in text:
        end = text if len(text) < 400 else "..." + text[-400:]
        raise Failed(f"{what} lacks {part!r}: {end!r}")


def shows(office, text):
    """The screen comes to show this text, on one line or several."""
    wait_for(f"the text {text!r}, it shows {office.texts()!r}",
             lambda: text in " ".join(office.texts()), 5)


def stays(office, screen, seconds=0.6):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if office.process.poll() is not None:
            raise Failed("karcis ended: " + office.tail_log())
        same(office.read_layout()[0], screen, "the screen")
        time.sleep(0.05)


def home(office):
    office.press_action(DONE)
    office.wait_screen("home")


def qr_of(picture):
    r = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable",
                        "-Sqrcode.enable", picture], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                       check=False)
    return r.stdout.strip()


def paper_after(office, before):
    return wait_for("the paper", lambda: len(office.papers()) > before and
                    office.papers()[-1])


def admitted(office, code):
    """Scans a code that must be admitted and gives its paper's digits."""
    before = len(office.papers())
    office.scan(code)
    office.wait_screen("ticket")
    digits = qr_of(paper_after(office, before))
    if len(digits) != 200 or not digits.isdigit():
        raise Failed(f"the paper's QR reads {digits!r}")
    return digits


def refused(office, code, title):
    before = len(office.papers())
    office.scan(code)
    office.wait_screen("result")
    shows(office, title)
    same(len(office.papers()), before, "papers after a refusal")
    home(office)
    same(len(office.papers()), before, "papers after a refusal")


def sql(path, statement):
    r = subprocess.run(["sqlite3", path, statement], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       check=False)
    if r.returncode != 0:
        raise Failed(f"sqlite3 {path}: {r.stdout}")
    return r.stdout.split()


def journal_copy(office):
    """A copy to ask the sqlite3 shell about; the terminal has ended."""
    copy = os.path.join(office.folder, "copy.db")
    for tail in ("", "-wal"):
        if os.path.exists(copy + tail):
            os.unlink(copy + tail)
        source = os.path.join(office.folder, "state/journal.db" + tail)
        if os.path.exists(source):
            shutil.copy(source, copy + tail)
    return copy


def kill(office):
    office.process.send_signal(signal.SIGKILL)
    office.process.wait()


def label_on(office):
    """The big number of the ticket or number screen, as A-001."""
    for text in office.texts():
        if len(text) == 5 and text[1] == "-" and text[2:].isdigit():
            return text
    raise Failed(f"no number on the screen: {office.texts()!r}")


def check_papers(office):
    """Every whole paper's ticket is genuine and its number is in the
    journal; gives the numbers."""
    journal = sql(journal_copy(office),
                  "SELECT char(64 + label) || '-' || printf('%03d', number) "
                  "FROM entry WHERE kind = 2")
    numbers = []
    for paper in office.papers():
        digits = qr_of(paper)
        if not digits:  # killed while the picture was written
            continue
        r = office.ctl("ticket", "verify", digits, check=False)
        same(r.returncode, 0, f"exit of ticket verify of {paper}")
        number = [n for n in journal if n in r.stdout]
        if len(number) != 1:
            raise Failed(f"{paper}: {r.stdout!r} is not in the journal "
                         f"{journal!r}")
        numbers += number
    return numbers


class SmallDisk:
    """The state directory on a file system of its own, of 2 MB."""

    def __init__(self, office):
        self.state = os.path.join(office.folder, "state")
        self.filler = os.path.join(self.state, "filler")
        kept = self.state + ".kept"
        os.rename(self.state, kept)
        os.mkdir(self.state)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs",
                           self.state], **QUIET).returncode != 0:
            raise Skip("mount -t tmpfs needs root and CAP_SYS_ADMIN")
        os.chmod(self.state, 0o700)
        shutil.copytree(kept, self.state, dirs_exist_ok=True)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        subprocess.run(["umount", "-l", self.state], **QUIET)

    def fill(self):
        with open(self.filler, "ab", buffering=0) as f:
            try:
                while True:
                    f.write(bytes(4096))
            except OSError as e:
                same(e.errno, errno.ENOSPC, "the error of a full disk")

    def clear(self):
        os.unlink(self.filler)
