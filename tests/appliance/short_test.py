#!/usr/bin/env python3
"""The life of one kiosk as a whole machine, in a quarter of an hour: a new
disk is set up from a stick, people check in, a technician updates it, a bad
update comes back by itself.

    short_test.py [--build BUILD] [--folder DIR] [--image DIR] [--keys DIR]

Needs build/image (make image) and the keys it trusts (build/pki)."""

import argparse
import os
import shutil
import subprocess
import sys
import time

import bundles
import disk
import machine
from checks import Checks
from kiosk import (AUDIT_TECHNICIAN, AUDIT_UPDATE, Data, Kiosk, number_of)
from machine import Failed, wait_for
from office import PIN, Office

BELOW_THE_CLOCK = "1080x1700+0+220"
MOVES = 20000  # dots: the arrow that goes up and down
QUIET_S = 8  # long enough for a guest to touch what it is let touch


class Story:
    """One machine from its first start on; each step is one check."""

    def __init__(self, build, folder):
        self.c = Checks()
        self.folder = folder
        self.ctl = os.path.abspath(os.path.join(build, "karcis-ctl"))
        self.office = Office(build, f"{folder}/office")
        self.codes = iter(self.office.codes)
        self.tickets = {}  # number -> digits
        # Whoever makes a new image meanwhile does not disturb.
        image = disk.raw(os.path.join(bundles.IMAGE, "karcis.img"),
                         f"{folder}/karcis.img")
        self.data = None
        self.k = Kiosk(f"{folder}/machine", self.office, image,
                       usb=("printer", "hidpos", "keyboard", "touch",
                            "evil"),
                       unplugged=("evil",))

    def step(self, name, test, *arguments):
        """A step that the next ones stand on: the end of the story without
        it."""
        if self.c.run(name, test, *arguments) is None:
            raise Failed(f"the story ends at: {name.replace('_', ' ')}")

    def bundle(self, kind, version):
        root = bundles.make_root(f"{self.folder}/roots", kind, version, 1)
        return bundles.make_bundle(self.ctl, root,
                                   f"{self.folder}/{kind}.raucb")

    # ---- the steps ----

    def first_start(self):
        self.k.start()
        self.k.wait_screen("TECH_BARE", 240, picture="bare.png")
        self.c.figure("power on to the first screen",
                      f"{self.k.since_start():.1f} s")

    def set_up(self):
        self.k.commission(self.office.stick(f"{self.folder}/set-up.img"))

    def take(self, code, figure=None):
        paper, took = self.k.check_in(code)
        digits = self.office.ticket(paper, paper[:-4] + ".png")
        self.tickets[number_of(digits)] = digits
        if figure:
            self.c.figure(figure, f"{took:.2f} s")

    def scan_prints_a_ticket(self):
        self.take(next(self.codes), "scan to paper")
        self.k.wait_screen("OK_TAKE", 30, picture="ticket.png")

    def keyboard_scanner_prints_a_ticket(self):
        self.k.scanner = "keyboard"
        try:
            self.take(next(self.codes))
        finally:
            self.k.scanner = "hidpos"

    def used_code_is_refused(self):
        """The same code once more: no paper."""
        code = self.office.codes[0].replace("-", "")
        before = len(self.k.papers())
        self.k.home(60)
        self.k.scan_to(code, "used", "This code has been used", "used.png")
        if len(self.k.papers()) != before:
            raise Failed("a paper came out")

    def typed_code_prints_a_ticket(self):
        code = next(self.codes).replace("-", "")
        before = len(self.k.papers())
        self.k.home(60)
        self.k.press("HOME_TYPE_CODE")
        self.k.wait_screen("KEYPAD_HINT", 60, picture="keypad.png")
        self.k.type_keys("keypad", code)
        self.k.press("KEYPAD_GO")
        wait_for("a paper", lambda: len(self.k.papers()) > before, 60)
        paper = self.k.papers()[-1]
        digits = self.office.ticket(paper, paper[:-4] + ".png")
        self.tickets[number_of(digits)] = digits
        self.k.home(60)

    def stick_is_not_read_outside_technician_mode(self):
        path = self.office.stick(f"{self.folder}/stranger.img")
        name = self.k.plug_stick(path)
        time.sleep(QUIET_S * machine.SLOW)
        reads = self.k.reads_of(name)
        self.k.pull_stick(name)
        if reads:
            raise Failed(f"{reads} reads")

    def keyboard_stick_is_not_let_in(self):
        u = self.k.usb["evil"]
        u.tell("plug")
        time.sleep(QUIET_S * machine.SLOW)
        state = u.state()
        u.tell("unplug")
        if state["plugged"] != "1":
            raise Failed("QEMU did not take it")
        if state["configured"] != "0" or state["read"] != "0":
            raise Failed(f"it was let in: {state}")

    def printer_pulled_and_plugged_again(self):
        """The next ticket comes once the cable is back; the one in between
        has its number on the screen."""
        p = self.k.usb["printer"]
        p.tell("unplug")
        time.sleep(2)
        self.k.scan_to(next(self.codes).replace("-", ""), "number",
                       "Take a photo", "no-paper.png")
        p.tell("plug")
        self.k.tap_text("number", "I have the photo, done")
        self.k.home(60)
        self.take(next(self.codes))

    def technician_opens_the_menu(self):
        self.k.home(60)
        self.k.technician(PIN)

    def wrong_pin_does_not(self):
        self.k.home(60)
        self.k.badge()
        self.k.type_keys("tech-pin", "111111")
        self.k.tap("tech-pin-all", "tech-enter")
        self.k.wait_item("tech-pin-wrong", "The PIN does not fit", 60,
                         "wrong-pin.png")
        self.k.tap("tech-pin-wrong", "tech-back")
        self.k.home(60)

    def two_bundles_are_refused(self, bundle):
        path = f"{self.folder}/two.img"
        bundles.update_stick(path, bundle, **{"other.raucb": b"x"})
        self.k.update_refused(path, "TECH_R_TWO")

    def update_starts_the_other_slot(self, bundle):
        stick = bundles.update_stick(f"{self.folder}/update.img", bundle)
        took = self.k.update(stick)
        began = time.monotonic()
        self.k.wait_reset(began)
        self.k.home(300, picture="updated.png")
        self.c.figure("update, look to ready", f"{took:.1f} s")
        self.c.figure("restart to home", f"{time.monotonic() - began:.1f} s")

    def bad_update_comes_back(self, bundle):
        stick = bundles.update_stick(f"{self.folder}/bad.img", bundle)
        resets = self.k.qmp.count("RESET")
        self.k.technician(PIN)
        self.k.update(stick)
        began = time.monotonic()
        # The restart, the panic's, and home again.
        wait_for("two restarts", lambda: self.k.qmp.count("RESET") >=
                 resets + 2, 300)
        self.k.home(300, picture="returned.png")
        self.c.figure("bad update to home again",
                      f"{time.monotonic() - began:.1f} s")

    def the_screens_are_the_same(self):
        """Home of the first system, of the new one, and of the one that came
        back: dot by dot, but for the clock and the arrow."""
        for name in ("updated", "returned"):
            r = subprocess.run(
                ["compare", "-metric", "AE", "-extract", BELOW_THE_CLOCK,
                 f"{self.k.folder}/home.png", f"{self.k.folder}/{name}.png",
                 "null:"], text=True, stderr=subprocess.PIPE, check=False)
            if r.returncode > 1 or int(r.stderr) > MOVES:
                raise Failed(f"{name}.png: {r.stderr} dots differ")

    # ---- the disk afterwards ----

    def everything_is_on_the_disk(self):
        time.sleep(10)  # what karcis-update had to say is in the journal
        self.k.kill()
        self.data = Data(self.k, f"{self.folder}/data")
        self.data.whole()
        missing = set(self.tickets) - self.data.admissions()
        if missing:
            raise Failed(f"printed and not in the journal: {missing}")

    def slot_b_is_marked_good(self):
        """And A, that did not get well, is passed over."""
        env = self.data.grubenv()
        want = {"A_OK": "0", "B_OK": "1", "B_TRY": "0", "LAST": "B"}
        # The running slot's try is open from its start to its health.
        if any(env.get(k) != v for k, v in want.items()):
            raise Failed(f"{env}")

    def both_outcomes_are_in_the_log(self):
        texts = self.data.texts(AUDIT_UPDATE)
        if not any("0.9.1" in t for t in texts):
            raise Failed(f"no word of the update: {texts}")
        if not any("0.9.2" in t for t in texts):
            raise Failed(f"no word of the return: {texts}")

    def technician_is_in_the_log(self):
        texts = self.data.texts(AUDIT_TECHNICIAN)
        if not any("Rina" in t for t in texts):
            raise Failed(f"{texts}")

    def audit_chain_verifies(self):
        config = self.office.config_for(self.data.state, "after")
        # The disk is on another machine now: that is what rekey is for.
        self.office.later("--config", config, "rekey")
        self.office.later("--config", config, "audit", "verify")

    def papers_are_genuine(self):
        config = self.office.config_for(self.data.state, "after")
        for digits in self.tickets.values():
            self.office.later("--config", config, "ticket", "verify", digits)

    # ---- all of it ----

    def tell(self):
        k = self.k
        good = self.bundle("good", "0.9.1")
        bad = self.bundle("panics", "0.9.2")
        self.step("a new disk shows the set-up screen", self.first_start)
        self.step("a stick sets the machine up", self.set_up)
        self.step("a scan prints a ticket", self.scan_prints_a_ticket)
        c = self.c
        c.run("a scanner that is a keyboard prints a ticket",
              self.keyboard_scanner_prints_a_ticket)
        c.run("a used code is refused", self.used_code_is_refused)
        c.run("a typed code prints a ticket", self.typed_code_prints_a_ticket)
        c.run("no stick is read outside technician mode",
              self.stick_is_not_read_outside_technician_mode)
        c.run("a stick that is a keyboard is not let in",
              self.keyboard_stick_is_not_let_in)
        c.run("a printer can be pulled and plugged again",
              self.printer_pulled_and_plugged_again)
        c.run("a wrong PIN opens nothing", self.wrong_pin_does_not)
        self.step("badge and PIN open the menu",
                  self.technician_opens_the_menu)
        c.run("two bundles are refused", self.two_bundles_are_refused, good)
        self.step("an update starts the other slot",
                  self.update_starts_the_other_slot, good)
        c.run("it serves as before", self.take, next(self.codes))
        k.home(60)
        c.run("a bad update comes back by itself", self.bad_update_comes_back,
              bad)
        c.run("the home screen is the one before, dot by dot",
              self.the_screens_are_the_same)
        c.run("it serves as before again", self.take, next(self.codes))
        self.step("all that was printed is on the disk",
                  self.everything_is_on_the_disk)
        c.run("slot B is marked good and A bad", self.slot_b_is_marked_good)
        c.run("both outcomes are in the log",
              self.both_outcomes_are_in_the_log)
        c.run("the technician is in the log", self.technician_is_in_the_log)
        c.run("the audit chain verifies", self.audit_chain_verifies)
        c.run("the papers are genuine", self.papers_are_genuine)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("--build", default="build/gcc")
    p.add_argument("--image", default=bundles.IMAGE)
    p.add_argument("--keys", default=bundles.PKI)
    p.add_argument("--folder", default="build/appliance/short")
    a = p.parse_args()
    bundles.IMAGE, bundles.PKI = a.image, a.keys
    shutil.rmtree(a.folder, ignore_errors=True)
    os.makedirs(a.folder)
    story = None
    try:
        story = Story(a.build, a.folder)
        story.tell()
    except Failed as e:
        if story is None:
            print(f"not ok: {e}")
            print("0 passed, 1 failed, 0 skipped")
            return 1
        if not story.c.failed:
            story.c.not_ok("the story", e)
        print(f"# {e}", flush=True)
    finally:
        if story is not None:
            story.k.close()
    return story.c.end()


if __name__ == "__main__":
    sys.exit(main())
