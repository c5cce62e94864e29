#!/usr/bin/env python3
"""The technician's screens with the real programs: a badge and a PIN by
pointer presses, the key switch, and every entry that needs no stick. NAMES as arguments
run only the tests whose names hold one of them; --build as system_test.py."""

import datetime
import json
import os
import signal
import socket
import sys
import threading
import time

from gate_test import CLOCK, Gate, build_preload
from tech_common import (PIN, enter, key_pin, kiosk, leave, nine_o_clock,
                         offers, press, records, run_tests, scan, screen,
                         technician, with_machine)
from terminal import (BACK, TYPE, Failed, admitted, holds, kill, same, shows,
                      stays, wait_for)
from hub import Hub, Network, Terminal  # noqa: E402 (assets/demo)


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
    o.press_action(BACK)
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


def test_data_is_fetched_when_the_hub_answers_and_told_when_not(b):
    hub = Hub(b.build, os.path.join(b.folder, "sync-hub"),
              offset_s=nine_o_clock())
    hub.start()
    network = Network(hub.port)
    try:
        o = Terminal(hub, os.path.join(b.folder, "sync"), "kiosk-1",
                     network=network)
        b.offices.append(o)
        badge = technician(o)
        o.start(b.screen.display)
        o.wait_screen("home")
        o.wait_up()
        enter(o, badge)
        press(o, "sync")
        screen(o, "sync")
        press(o, "start")
        shows(o, "Data sudah terbaru")
        network.set("cut")
        press(o, "start")
        wait_for("the failure", lambda: "sync: the hub does not answer" in
                 " ".join(o.texts()), 30)
        network.set("carry")
    finally:
        b.close_offices()
        network.close()
        hub.stop()


class FakeUpdate:
    """karcis-update as far as the clock goes: it says what a real one said,
    and sets the clock that libfaketime tells the terminal."""

    def __init__(self, path, said, steps):
        self.steps, self.said, self.asked = steps, said, []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.path.exists(path):
            os.unlink(path)
        self.listener.bind(path)
        self.listener.listen(1)
        self.sets = True
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        peer, _ = self.listener.accept()
        peer.send(self.said)
        while True:
            text = peer.recv(4096)
            if not text:
                return
            words = text.decode().split()
            self.asked.append(words)
            if words[0] == "clock" and self.sets:
                ahead = int(words[1]) - int(time.time())
                with open(self.steps, "w", encoding="ascii") as f:
                    f.write(f"{ahead:+d}s")


def test_the_clock_is_set_by_karcis_update_and_is_in_the_journal(b):
    o, badge = with_machine(b, "clock", run=False)
    o.machine.client.ask("report")
    said = o.machine.client.socket.recv(4096)
    o.machine.stop()
    # libfaketime reads the file anew; it lies where the sandbox lets it.
    steps = os.path.join(o.folder, "state/clock")
    with open(steps, "w", encoding="ascii") as f:
        f.write(f"{o.offset_s:+d}s")
    real = o.environment

    def environment():
        env = real()
        del env["FAKETIME"]
        env.update(FAKETIME_TIMESTAMP_FILE=steps, FAKETIME_NO_CACHE="1")
        return env
    o.environment = environment
    fake = FakeUpdate(o.machine.socket, said, steps)
    o.start(b.screen.display)
    o.wait_screen("home")
    enter(o, badge)
    press(o, "clock")
    screen(o, "clock")
    day = o.today.strftime("%d%m%Y")
    for digit in day + "2561":
        o.press_key(digit)
    press(o, "enter")
    shows(o, "Perbaiki")
    press(o, "back")
    screen(o, "menu")
    press(o, "clock")
    screen(o, "clock")
    for digit in day + "1003":
        o.press_key(digit)
    press(o, "enter")
    shows(o, "Jam sudah diatur.")
    shows(o, "10.03")
    fake.sets = False
    for digit in day + "1104":
        o.press_key(digit)
    press(o, "enter")
    wait_for("the failure", lambda: "Belum berhasil" in o.texts(), 12)
    leave(o)
    # The minute's work looks at the clock, and the loop turns for a scan.
    scan(o, "1234")
    time.sleep(1)
    o.stop()
    ten = datetime.datetime.combine(o.today, datetime.time(3, 3),
                                    datetime.timezone.utc)
    same([w for w in fake.asked if w[0] == "clock"][0],
         ["clock", str(int(ten.timestamp()))], "what was asked")
    holds(" ".join(records(o)), "Agus: clock ", "the journal")
    rows = [int(n) for n in records(o, CLOCK, "detail")]
    if not any(3500 < n < 3900 for n in rows):
        raise Failed(f"clock entries {rows!r}, none of about an hour")


class Chip:
    """A GPIO chip of one line, as tests/device/gpiod_switch.c plays it."""

    def __init__(self, b):
        self.path = f"/dev/shm/karcis-key-{os.getpid()}"
        self.preload = build_preload(b, "gpiod_switch")
        self.turn("0")

    def turn(self, value):
        with open(self.path, "w", encoding="ascii") as f:
            f.write(value)

    def close(self):
        os.unlink(self.path)


def test_the_key_opens_when_nobody_is_there_and_closes_when_turned_back(b):
    chip = Chip(b)
    try:
        o = b.office("key", run=False,
                     extra=f"[technician]\nswitch = gpio:{chip.path}:3\n")
        real = o.environment

        def environment():
            env = real()
            env["LD_PRELOAD"] += ":" + chip.preload
            return env
        o.environment = environment
        o.start(b.screen.display)
        o.wait_screen("home")
        chip.turn("1")
        screen(o, "menu")
        press(o, "status")
        screen(o, "status")
        chip.turn("0")
        o.wait_screen("home")
        # A visitor is served to the end first.
        o.press_action(TYPE)
        o.wait_screen("keypad")
        chip.turn("1")
        stays(o, "keypad")
        o.press_action(BACK)
        screen(o, "menu")
        # By the screen it can be left, too; the key does not open it again.
        leave(o)
        stays(o, "home")
        chip.turn("0")
        stays(o, "home", 0.4)
        chip.turn("1")
        screen(o, "menu")
        o.stop()
        same(records(o)[:2], ["key switch: opens, turned",
                              "key switch: closes, turned back"],
             "the journal")
    finally:
        chip.close()


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
    test_data_is_fetched_when_the_hub_answers_and_told_when_not,
    test_the_clock_is_set_by_karcis_update_and_is_in_the_journal,
    test_the_key_opens_when_nobody_is_there_and_closes_when_turned_back,
    test_the_service_manager_hears_of_ready_and_of_each_half_of_its_time,
]


if __name__ == "__main__":
    sys.exit(run_tests(TESTS, "tech"))
