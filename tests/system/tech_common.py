"""Technicians, their screens, and a machine with karcis-update and a folder
that stands for a stick: what the tests of the service screens share."""

import argparse
import datetime
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../update"))
import bundles  # noqa: E402,F401
import update_common  # noqa: E402
from terminal import (PAUSE_S, Bench, Failed, Office,  # noqa: E402
                      end_together, journal_copy, sql, wait_for)

TECHNICIAN, UPDATE = 21, 18  # enum audit_kind of firmware/core/audit.h
PIN = "271828"


def technician(office, name="Agus", pin=PIN, verb="add"):
    """A badge's text; the PIN goes in by a pipe."""
    read, write = os.pipe()
    os.write(write, (pin + "\n").encode())
    os.close(write)
    r = subprocess.run(
        [os.path.join(office.build, "karcis-ctl"), "--config", office.config,
         "technician", verb, name, "--pin-fd", str(read)], pass_fds=[read],
        env=office.environment(), text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False)
    os.close(read)
    if r.returncode != 0:
        raise Failed(f"technician {verb}: {r.stdout}")
    found = re.findall(r"KARCIS-TECHNICIAN-[0-9A-Z]{26}", r.stdout)
    return found[0] if found else ""


def scan(office, text):
    time.sleep(PAUSE_S)
    os.write(office.scanner, text.encode() + b"\r")


def press(office, name, seconds=5):
    """A button of the service screens, as --dump-layout names it."""
    def there():
        return [i for i in office.read_layout()[1] if i[4] == "tech-" + name]
    try:
        office.press_at(wait_for("the button " + name, there, seconds)[0])
    except Failed as e:
        raise Failed(f"{e}; {office.read_layout()[0]} shows "
                     f"{office.texts()!r}; {office.tail_log()}") from e


def offers(office, name):
    return any(i[4] == "tech-" + name for i in office.read_layout()[1])


def screen(office, name, seconds=10):
    office.wait_screen("tech-" + name, seconds)


def key_pin(office, pin):
    for digit in pin:
        office.press_key(digit)
        time.sleep(0.03)
    press(office, "enter")


def enter(office, badge, pin=PIN):
    scan(office, badge)
    screen(office, "pin")
    key_pin(office, pin)
    screen(office, "menu")


def leave(office, to="home"):
    if office.read_layout()[0] != "tech-menu":
        press(office, "back")
        screen(office, "menu")
    press(office, "back")
    office.wait_screen(to)


def records(office, kind=TECHNICIAN, what="text"):
    """Of the journal, when the terminal has ended."""
    return [t.replace("_", " ") for t in sql(
        journal_copy(office), f"SELECT replace({what}, ' ', '_') FROM entry "
        f"WHERE kind = {kind} ORDER BY n")]


def kiosk(b, name, extra="", **kw):
    o = b.office(name, extra=extra, **kw)
    return o, technician(o)


# ---- a machine with karcis-update and a folder for a stick ----

class Machine(update_common.Machine):
    """Slots, stick and karcis-update of one office: it leaves a stick's files
    where the terminal looks for them, beside the socket."""

    def __init__(self, office, keyring, image):
        super().__init__(os.path.join(office.folder, "machine"), keyring,
                         image)
        self.config = office.config
        self.socket = os.path.join(office.folder, "update.sock")
        self.beside = os.path.join(office.folder, "stick")
        for name in ("in", "out"):
            os.makedirs(os.path.join(self.beside, name))
        self.brought = os.path.join(self.stick, "karcis")

    def words(self):
        return [update_common.PROGRAM, "--backend", f"files:{self.slots}",
                "--keyring", self.keyring, "--state", self.state, "--stick",
                f"dir:{self.stick}", "--in", f"{self.beside}/in", "--out",
                f"{self.beside}/out", "--socket", self.socket, "--config",
                self.config]

    def report(self):
        self.client.ask("report")
        return self.client.report()

    def bring(self, files):
        """Texts by their names, into the stick's folder karcis."""
        shutil.rmtree(self.brought, ignore_errors=True)
        os.makedirs(self.brought)
        for name, text in files.items():
            with open(os.path.join(self.brought, name), "w",
                      encoding="utf-8") as f:
                f.write(text)


def keys_of(b):
    """Made once: keys, keyring and the image that runs."""
    if not hasattr(b, "update_keys"):
        b.update_keys = update_common.office(os.path.join(b.folder, "keys"))
    return b.update_keys


def bundle_of(b, version, name=None, **kw):
    keys, _, signer, _, _ = keys_of(b)
    name = name or "v" + version
    path = keys.path(name + ".raucb")
    if not os.path.exists(path):
        update_common.make_bundle(keys, signer, name, version, **kw)
    return path


def socket_line(b, name):
    return f"[update]\nsocket = {os.path.abspath(b.folder)}/{name}/update.sock"


def nine_o_clock():
    """Seconds from now to 09.00 in WIB of this day: a clock that goes on from
    one program to the next."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return int((now.replace(hour=2, minute=0, second=0) - now)
               .total_seconds())


def with_machine(b, name, run=True):
    """A kiosk with bookings and a technician, and its karcis-update."""
    o = b.office(name, extra=socket_line(b, name), run=False,
                 offset_s=nine_o_clock())
    badge = technician(o)
    _, _, _, keyring, image = keys_of(b)
    o.machine = Machine(o, keyring, image)
    b.machines.append(o.machine)
    o.machine.start()
    if run:
        o.start(b.screen.display)
        o.wait_screen("home")
    return o, badge


class Bare(Office):
    """A machine with nothing on it: what Office wrote is on a stick."""

    def __init__(self, b, name):
        super().__init__(b.build, os.path.join(b.folder, name),
                         extra=socket_line(b, name),
                         offset_s=nine_o_clock())
        b.offices.append(self)
        self.make_bookings(4, import_them=False)
        self.badge = technician(self)
        self.files = {}
        for at, name in (("", "karcis.ini"), ("", "services.ini"),
                         ("", "holidays.csv"), ("", "bookings.csv"),
                         ("state", "technicians")):
            with open(os.path.join(self.folder, at, name),
                      encoding="utf-8") as f:
                self.files[name] = f.read()
        for name in ("karcis.ini", "services.ini", "holidays.csv",
                     "bookings.csv"):
            os.unlink(os.path.join(self.folder, name))
        shutil.rmtree(os.path.join(self.folder, "state"))
        self.etc = os.path.join(self.folder, "etc")
        os.mkdir(self.etc)
        self.config = os.path.join(self.etc, "karcis.ini")
        _, _, _, keyring, image = keys_of(b)
        self.machine = Machine(self, keyring, image)
        b.machines.append(self.machine)
        self.machine.start()

    def start(self, display, window=None, under=()):
        env = self.environment()
        env["DISPLAY"] = display
        self.log = open(os.path.join(self.folder, "karcis.log"), "ab")
        self.out = open(os.path.join(self.folder, "layout.txt"), "wb")
        self.process = subprocess.Popen(
            [os.path.join(self.build, "karcis"), "--config", self.config,
             "--setup", self.machine.socket, "--window", self.size,
             "--dump-layout"], env=env, stdout=self.out, stderr=self.log)
        self.display = display


def run_tests(tests, name):
    """A test program's main: NAMES as arguments run only the tests whose names
    hold one of them."""
    from system_test import run_one
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/gcc")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    end_together()
    count = {"passed": 0, "failed": 0, "skipped": 0}
    bench = Bench(os.path.abspath(args.build))
    bench.folder = os.path.abspath(bench.folder + "-" + name)
    bench.machines = []
    update_common.PROGRAM = os.path.join(bench.build, "karcis-update")
    shutil.rmtree(bench.folder, ignore_errors=True)
    os.makedirs(bench.folder)
    try:
        for test in tests:
            if not args.names or any(n in test.__name__ for n in args.names):
                count[run_one(bench, test)] += 1
                for machine in bench.machines:
                    machine.stop(signal.SIGKILL)
                bench.machines = []
    finally:
        bench.close()
    print(f"{count['passed']} passed, {count['failed']} failed, "
          f"{count['skipped']} skipped")
    return 1 if count["failed"] else 0
