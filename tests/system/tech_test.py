#!/usr/bin/env python3
"""The technician's screens with the real programs: a badge and a PIN by
pointer presses, every entry of the menu, updates and files from a directory
that stands for a stick, and a machine that is not set up yet. NAMES as
arguments run only the tests whose names hold one of them; --build as
system_test.py."""

import argparse
import datetime
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../update"))
import bundles  # noqa: E402
import update_common  # noqa: E402
from gate_test import Gate
from terminal import (PAUSE_S, TYPE, Bench, Failed, Office, admitted,
                      end_together, holds, home, journal_copy, kill, same,
                      shows, sql, stays, wait_for)

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


def records(office, kind=TECHNICIAN):
    """Of the journal, when the terminal has ended."""
    return [t.replace("_", " ") for t in sql(
        journal_copy(office), "SELECT replace(text, ' ', '_') FROM entry "
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


# ---- badge, PIN, menu ----

def test_a_badge_and_its_pin_open_and_back_closes(b):
    o, badge = kiosk(b, "open")
    enter(o, badge)
    leave(o)
    admitted(o, o.codes["good"][0])
    o.stop()
    same(records(o), ["added: Agus", "Agus: opens, badge and PIN",
                      "Agus: closes, by a press"], "the journal")
    with open(os.path.join(o.folder, "state/technicians"),
              encoding="ascii") as f:
        text = f.read()
    if badge[18:] in text or PIN in text:
        raise Failed("the state directory holds a badge or a PIN")


def test_five_wrong_pins_lock_and_a_restart_does_not_unlock(b):
    o, badge = kiosk(b, "lock")
    scan(o, badge)
    screen(o, "pin")
    for left in (4, 3, 2, 1):
        key_pin(o, "314159")
        shows(o, f"PIN tidak cocok. Kesempatan: {left} lagi.")
        # Keys do not count for a moment after a wrong one.
        time.sleep(2.2)
    key_pin(o, "314159")
    screen(o, "locked")
    shows(o, "PIN terkunci")
    kill(o)
    o.start(b.screen.display)
    o.wait_screen("home")
    scan(o, badge)
    screen(o, "pin")
    key_pin(o, PIN)
    screen(o, "locked")
    press(o, "back")
    o.wait_screen("home")
    listed = json.loads(o.ctl("technician", "list", "--json").stdout)
    locked = listed["technicians"][0]["locked_s"]
    if not 200 < locked <= 300:
        raise Failed(f"locked for {locked} s, not for five minutes")
    o.ctl("technician", "unlock", "Agus")
    enter(o, badge)
    leave(o)
    o.stop()
    holds(" ".join(records(o)), "PIN locked for 300 s", "the journal")


def test_a_badge_opens_nothing_while_a_visitor_is_there(b):
    o, badge = kiosk(b, "busy")
    o.press_action(TYPE)
    o.wait_screen("keypad")
    scan(o, badge)
    stays(o, "keypad")
    o.press_action(2)  # back
    o.wait_screen("home")
    # One that nobody has, and one that was taken away.
    scan(o, "KARCIS-TECHNICIAN-" + 26 * "0")
    stays(o, "home")
    o.ctl("technician", "remove", "Agus")
    scan(o, badge)
    stays(o, "home")


def test_a_new_pin_counts_and_the_old_one_does_not(b):
    o, badge = kiosk(b, "pin")
    technician(o, pin="1618033988", verb="pin")
    scan(o, badge)
    screen(o, "pin")
    key_pin(o, PIN)
    shows(o, "PIN tidak cocok.")
    time.sleep(2.2)
    key_pin(o, "1618033988")
    screen(o, "menu")


def test_a_pin_that_everybody_tries_is_refused(b):
    o = b.office("weak", run=False)
    for pin in ("123456", "000000", "12345", "12345678901", "abcdef"):
        try:
            technician(o, pin=pin)
        except Failed as e:
            holds(str(e), "a PIN has 6 to 10 digits")
        else:
            raise Failed(f"the PIN {pin} was taken")
    same(json.loads(o.ctl("technician", "list", "--json").stdout),
         {"technicians": []}, "the list")


def test_every_entry_without_a_stick(b):
    o, badge = kiosk(b, "menu")
    enter(o, badge)
    for name in ("update", "export", "setup", "power", "sync", "clock"):
        if offers(o, name):
            raise Failed(f"{name} is offered without what it needs")
    press(o, "status")
    screen(o, "status")
    for text in ("berfungsi", "MB", "0.4.0"):
        shows(o, text)
    press(o, "back")
    screen(o, "menu")
    before = len(o.papers())
    press(o, "print")
    screen(o, "print")
    press(o, "start")
    shows(o, "Printer membuktikan bahwa kertas sudah keluar.")
    same(len(o.papers()), before + 1, "papers")
    press(o, "back")
    screen(o, "menu")
    press(o, "scanner")
    screen(o, "scanner")
    scan(o, 200 * "0")
    shows(o, "Terbaca: lembar uji")
    scan(o, o.codes["good"][0])
    shows(o, "Terbaca: kode lain")
    if o.codes["good"][0] in " ".join(o.texts()):
        raise Failed("a booking code is on the screen")
    press(o, "back")
    screen(o, "menu")
    press(o, "lang")
    shows(o, "Test print")
    press(o, "lang")
    leave(o)
    # The code that the scanner test read was not used.
    admitted(o, o.codes["good"][0])


def test_the_self_test_prints_what_it_found(b):
    o, badge = kiosk(b, "selftest")
    enter(o, badge)
    press(o, "selftest")
    screen(o, "selftest")
    before = len(o.papers())
    press(o, "start")
    shows(o, "Semua berfungsi")
    same(len(o.papers()), before + 1, "papers")
    press(o, "back")
    screen(o, "menu")
    open(os.path.join(o.paper, "NO-PAPER"), "w", encoding="ascii").close()
    time.sleep(1)
    press(o, "selftest")
    screen(o, "selftest")
    press(o, "start")
    shows(o, "Ada yang perlu diperbaiki")
    same(len(o.papers()), before + 1, "papers without paper")


def test_the_touch_test_counts_what_is_hit(b):
    o, badge = kiosk(b, "touch")
    enter(o, badge)
    press(o, "touch")
    screen(o, "touch")
    for target in range(1, 9):
        o.press_key(str(target))
        time.sleep(0.3)
    shows(o, "Semua 8 kotak kena")


def test_cleaning_is_dead_to_presses_for_a_minute(b):
    o, badge = kiosk(b, "clean")
    enter(o, badge)
    press(o, "cleaning")
    screen(o, "cleaning")
    o.xdotool("mousemove", 540, 1800, "click", 1)
    stays(o, "tech-cleaning", 3)
    screen(o, "menu", 65)


def test_a_gates_technician_comes_by_the_same_badge(b):
    gate = Gate(b, "tech-gate")
    gate.ctl("init")
    badge = technician(gate)
    gate.run()
    enter(gate, badge)
    if offers(gate, "print"):
        raise Failed("a gate without a printer offers a test print")
    press(gate, "status")
    screen(gate, "status")
    leave(gate, "ready")


def test_the_service_manager_hears_of_ready_and_of_each_half_of_its_time(b):
    o = b.office("notify", run=False)
    o.ctl("init", check=False)
    path = f"/tmp/karcis-notify-{os.getpid()}"
    listen = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listen.bind(path)
    listen.settimeout(10)
    real = o.environment
    o.environment = lambda: {**real(), "NOTIFY_SOCKET": path,
                             "WATCHDOG_USEC": "4000000"}
    try:
        o.start(b.screen.display)
        o.wait_screen("home")
        same(listen.recv(200), b"READY=1", "the first word")
        begun = time.monotonic()
        for _ in range(3):
            same(listen.recv(200), b"WATCHDOG=1", "a word")
        took = time.monotonic() - begun
        if not 2 < took < 8:
            raise Failed(f"three words took {took:.1f} s")
        # A loop that stands still says nothing.
        os.kill(o.process.pid, signal.SIGSTOP)
        listen.settimeout(3)
        try:
            raise Failed(f"a stopped terminal said {listen.recv(200)!r}")
        except TimeoutError:
            pass
        os.kill(o.process.pid, signal.SIGCONT)
        o.stop()
    finally:
        listen.close()
        os.unlink(path)


# ---- updates ----

def loader_says(o, slot, what):
    wait_for(f"{what} of slot {slot}; the loader says "
             f"{o.machine.loader()!r}", lambda: what in o.machine.loader())


def update_to(o, badge, version):
    """Through the screens, up to the restart."""
    enter(o, badge)
    press(o, "update")
    screen(o, "update")
    press(o, "start")
    shows(o, "Pembaruan ditemukan")
    shows(o, "0.4.0")
    shows(o, version)
    shows(o, "Karcis Signer")
    press(o, "confirm")
    wait_for(f"ready; it shows {o.texts()!r}", lambda:
             "Nyalakan ulang untuk memakainya" in o.texts(), 60)
    press(o, "restart")
    screen(o, "done")
    same(o.machine.ended(), 0, "exit of karcis-update at the restart")
    o.stop()


def boot(b, o):
    """The machine comes up: the loader picks, then both programs start."""
    slot = o.machine.boot()
    o.machine.start()
    o.start(b.screen.display)
    o.wait_screen("home")
    return slot


def test_an_update_goes_through_the_screens_and_is_marked_good(b):
    o, badge = with_machine(b, "update")
    o.machine.put(bundle_of(b, "0.4.1"))
    update_to(o, badge, "0.4.1")
    holds(boot(b, o), "b", "the slot")
    wait_for("good", lambda: o.machine.report()["trial"] == "no")
    wait_for("logged", lambda: o.machine.report()["outcome"] == "none")
    enter(o, badge)
    press(o, "status")
    shows(o, "0.4.1")
    leave(o)
    admitted(o, o.codes["good"][0])
    o.stop()
    holds(" ".join(records(o)), "Agus: update 0.4.0 to 0.4.1", "the journal")
    same(records(o, UPDATE), ["installed: 0.4.0 to 0.4.1"], "the outcome")
    # Started once more: it stands there once.
    o.start(b.screen.display)
    o.wait_screen("home")
    time.sleep(1)
    o.stop()
    same(len(records(o, UPDATE)), 1, "entries of the outcome")
    same(o.ctl("audit", "verify", check=False).returncode, 0, "audit verify")


def test_a_version_that_never_gets_healthy_returns_and_is_told(b):
    o, badge = with_machine(b, "return")
    o.machine.put(bundle_of(b, "0.4.1"))
    update_to(o, badge, "0.4.1")
    holds(o.machine.boot(), "b", "the slot in trial")
    # Nobody says that it is good; the machine starts again.
    holds(boot(b, o), "a", "the slot after the trial")
    wait_for("logged", lambda: o.machine.report()["outcome"] == "none")
    o.stop()
    same(records(o, UPDATE), ["returned: 0.4.0 to 0.4.1"], "the outcome")


def refused_with(o, sentence):
    press(o, "start")
    shows(o, "Tidak dipasang")
    shows(o, sentence)


def test_what_is_refused_is_told_and_changes_nothing(b):
    o, badge = with_machine(b, "refuse")
    keys, root, _, _, _ = keys_of(b)
    other = keys.signer("Stranger", keys.root("Other Root"))
    image = bundles.image(keys.path("strange"), bundles.release("0.4.1", 3))
    strange = bundles.bundle(keys.path("strange.raucb"), image,
                             bundles.manifest("0.4.1"), other)
    before = o.machine.held()
    enter(o, badge)
    press(o, "update")
    screen(o, "update")
    refused_with(o, "Tidak ada pembaruan di stik.")
    o.machine.put(strange)
    refused_with(o, "tidak dipercaya")
    o.machine.put(bundle_of(b, "0.4.0"))
    refused_with(o, "Versi ini sudah dipakai.")
    same(o.machine.held(), before, "slots and state after refusals")
    leave(o)
    o.stop()
    same(records(o, UPDATE), ["refused: no-bundle", "refused: wrong-signer",
                              "refused: same-version"], "the journal")


def test_sticks_are_let_in_on_their_screens_alone(b):
    o, badge = with_machine(b, "storage")

    def storage(wanted):
        wait_for(f"storage {wanted}", lambda:
                 o.machine.report()["storage"] == wanted)
    storage("no")
    enter(o, badge)
    storage("no")
    press(o, "export")
    screen(o, "export")
    storage("yes")
    press(o, "back")
    screen(o, "menu")
    storage("no")
    press(o, "update")
    screen(o, "update")
    storage("yes")
    kill(o)
    o.start(b.screen.display)
    o.wait_screen("home")
    storage("no")


# ---- files to and from a stick ----

def test_logs_and_the_audit_trail_go_to_a_stick(b):
    o, badge = with_machine(b, "export")
    code = o.codes["good"][0]
    admitted(o, code)
    home(o)
    enter(o, badge)
    press(o, "export")
    screen(o, "export")
    press(o, "start")
    shows(o, "Tersimpan.")
    out = os.path.join(o.machine.stick, "karcis-out")
    folder, = os.listdir(out)
    if not re.fullmatch(r"kiosk-1-\d{8}-\d{6}", folder):
        raise Failed(f"a folder {folder!r}")
    folder = os.path.join(out, folder)
    names = sorted(os.listdir(folder))
    for name in ("audit.txt", "karcis.log", "status.json"):
        if name not in names:
            raise Failed(f"{name} is not among {names!r}")
    told = o.ctl("audit", "verify", os.path.join(folder, "audit.txt"))
    holds(told.stdout, "entries", "audit verify")
    with open(os.path.join(folder, "status.json"), encoding="utf-8") as f:
        same(json.load(f)["terminal"], "kiosk-1", "the status")
    with open(os.path.join(folder, "karcis.log"), encoding="utf-8") as f:
        holds(f.read(), "technician: Agus: opens", "the log")
    for name in names:
        with open(os.path.join(folder, name), "rb") as f:
            text = f.read()
        for secret in (code, code.replace("-", ""), "Siti", badge):
            if secret.encode() in text:
                raise Failed(f"{name} holds {secret}")
    # Once more: nothing of the first is in the way.
    time.sleep(1.1)
    press(o, "start")
    wait_for("a second folder", lambda: len(os.listdir(out)) == 2)


def test_a_stick_changes_a_terminal_that_is_set_up(b):
    o, badge = with_machine(b, "change")
    with open(os.path.join(o.folder, "karcis.ini"), encoding="utf-8") as f:
        config = f.read()
    enter(o, badge)
    press(o, "setup")
    screen(o, "setup")
    o.machine.bring({"karcis.ini": config.replace("id = kiosk-1",
                                                  "id = kiosk 1")})
    press(o, "start")
    shows(o, "Masalah: 1.")
    shows(o, "karcis.ini:6:")
    if offers(o, "confirm"):
        raise Failed("a file with problems may be taken over")
    o.machine.bring({"karcis.ini": config.replace("Singkawang", "Sambas")})
    press(o, "start")
    shows(o, "Berkas ditemukan: 1")
    press(o, "confirm")
    screen(o, "done")
    same(o.process.wait(10), 0, "exit after the files were taken over")
    same(o.ctl("prepare").returncode, 0, "exit of prepare")
    o.start(b.screen.display)
    o.wait_screen("home")
    shows(o, "Sambas")
    admitted(o, o.codes["good"][0])
    o.stop()
    holds(" ".join(records(o)), "files of a stick taken over", "the journal")


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


def test_a_bare_machine_is_set_up_from_a_stick_to_its_first_check_in(b):
    o = Bare(b, "bare")
    # Without --setup it is an error, as everywhere.
    r = subprocess.run([os.path.join(b.build, "karcis"), "--config",
                        o.config], env=o.environment(), check=False,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    same(r.returncode, 2, "exit without --setup")
    o.start(b.screen.display)
    screen(o, "closed")
    shows(o, "Mesin ini belum disiapkan")
    shows(o, "Belum ada karcis.ini.")
    press(o, "begin")
    screen(o, "setup")
    o.machine.bring({**o.files, "karcis.ini":
                     o.files["karcis.ini"].replace("WIB", "WIX")})
    press(o, "start")
    shows(o, "Masalah: 1.")
    shows(o, "karcis.ini:4: office.timezone")
    if offers(o, "confirm"):
        raise Failed("a file with problems may be taken over")
    same(os.listdir(o.etc), [".next"], "the folder while it is only read")
    o.machine.bring(o.files)
    press(o, "start")
    shows(o, "Berkas ditemukan: 5")
    press(o, "confirm")
    screen(o, "done")
    same(o.process.wait(10), 0, "exit after the files were taken over")
    told = o.ctl("prepare").stdout
    for part in ("keys were drawn", "technicians: 1", "import:", "ready"):
        holds(told, part, "what prepare says")
    same(sorted(os.listdir(o.etc)), ["holidays.csv", "karcis.ini",
                                     "services.ini"], "what stays")
    same(o.ctl("prepare").stdout, "prepare: ready\n", "a second prepare")
    o.start(b.screen.display)
    o.wait_screen("home")
    admitted(o, o.codes["good"][0])
    home(o)
    enter(o, o.badge)
    leave(o)


def test_a_broken_machine_asks_the_technicians_it_knows(b):
    o = Bare(b, "broken")
    o.machine.bring(o.files)
    for name, text in o.files.items():
        with open(os.path.join(o.etc, name), "w", encoding="utf-8") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(text)
    o.ctl("prepare")
    with open(o.config, "a", encoding="utf-8") as f:
        f.write("\nnonsense\n")
    o.start(b.screen.display)
    screen(o, "closed")
    shows(o, "karcis.ini:")
    if offers(o, "begin"):
        raise Failed("anybody may set up a machine that knows technicians")
    enter(o, o.badge)
    press(o, "setup")
    screen(o, "setup")
    press(o, "start")
    shows(o, "Berkas ditemukan: 5")
    press(o, "confirm")
    screen(o, "done")
    same(o.process.wait(10), 0, "exit after the files were taken over")
    o.ctl("prepare")
    o.start(b.screen.display)
    o.wait_screen("home")
    admitted(o, o.codes["good"][0])


def test_an_enrolment_that_fails_is_told_and_tried_again(b):
    o = Bare(b, "enrol")
    text = ("karcis-enrol:1 https://127.0.0.1:9 " + 32 * "0" + " " +
            32 * "0" + "\n")
    files = {**o.files, "hub.pub": 64 * "0" + "\n", "enrol.txt": text,
             "karcis.ini": o.files["karcis.ini"] +
             "\n[hub]\nurl = https://127.0.0.1:9\nkey = hub.pub\n"}
    del files["bookings.csv"]
    o.machine.bring(files)
    o.start(b.screen.display)
    screen(o, "closed")
    press(o, "begin")
    press(o, "start")
    shows(o, "Berkas ditemukan: 6")
    press(o, "confirm")
    same(o.process.wait(10), 0, "exit after the files were taken over")
    told = o.ctl("prepare", check=False)
    same(told.returncode, 1, "exit of prepare without its hub")
    holds(told.stdout, "enrol: ", "what prepare says")
    if not os.path.exists(os.path.join(o.etc, "enrol.txt")):
        raise Failed("the enrolment text is gone, and was of no use")
    o.start(b.screen.display)
    screen(o, "closed")
    shows(o, "enrol: ")
    # The technicians came, whatever became of the hub.
    if offers(o, "begin"):
        raise Failed("the technicians are not known")
    enter(o, o.badge)


TESTS = [
    test_a_badge_and_its_pin_open_and_back_closes,
    test_five_wrong_pins_lock_and_a_restart_does_not_unlock,
    test_a_badge_opens_nothing_while_a_visitor_is_there,
    test_a_new_pin_counts_and_the_old_one_does_not,
    test_a_pin_that_everybody_tries_is_refused,
    test_every_entry_without_a_stick,
    test_the_self_test_prints_what_it_found,
    test_the_touch_test_counts_what_is_hit,
    test_cleaning_is_dead_to_presses_for_a_minute,
    test_a_gates_technician_comes_by_the_same_badge,
    test_the_service_manager_hears_of_ready_and_of_each_half_of_its_time,
    test_an_update_goes_through_the_screens_and_is_marked_good,
    test_a_version_that_never_gets_healthy_returns_and_is_told,
    test_what_is_refused_is_told_and_changes_nothing,
    test_sticks_are_let_in_on_their_screens_alone,
    test_logs_and_the_audit_trail_go_to_a_stick,
    test_a_stick_changes_a_terminal_that_is_set_up,
    test_a_bare_machine_is_set_up_from_a_stick_to_its_first_check_in,
    test_a_broken_machine_asks_the_technicians_it_knows,
    test_an_enrolment_that_fails_is_told_and_tried_again,
]


def main():
    from system_test import run_one
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/gcc")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    end_together()
    count = {"passed": 0, "failed": 0, "skipped": 0}
    bench = Bench(os.path.abspath(args.build))
    bench.folder = os.path.abspath(bench.folder + "-tech")
    bench.machines = []
    update_common.PROGRAM = os.path.join(bench.build, "karcis-update")
    shutil.rmtree(bench.folder, ignore_errors=True)
    os.makedirs(bench.folder)
    try:
        for test in TESTS:
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


if __name__ == "__main__":
    sys.exit(main())
