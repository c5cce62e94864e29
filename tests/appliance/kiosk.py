"""What people do at a kiosk that is a whole machine: scan, touch, type, plug
a stick in. And what is read from its disk afterwards."""

import os
import shutil
import sqlite3
import subprocess
import time

import disk
import machine
import words
from machine import Failed, Machine, find_words, wait_for

BOOT_S = 240
AUDIT_ADMIT, AUDIT_UPDATE, AUDIT_TECHNICIAN = 2, 18, 21
DISK_MB = 1800  # larger than the image: room for a bundle's copy


class Kiosk(Machine):
    def __init__(self, folder, office, image, **kw):
        self.office = office
        self.layouts = {}
        super().__init__(folder, disk=image, **kw)

    def start(self):
        self.now = self.office.clock()
        return super().start()

    def make_drive(self):
        path = super().make_drive()
        if self.overlay and not os.path.exists(path + ".grown"):
            subprocess.run(["qemu-img", "resize", "-q", path,
                            f"{DISK_MB}M"], check=True)
            with open(path + ".grown", "wb"):
                pass
        return path

    # ---- the screen ----

    def shows(self, name, *values):
        text = machine.squeeze(self.text())
        return any(machine.squeeze(w) in text
                   for w in words.both(name, *values))

    def wait_screen(self, name, seconds, *values, picture=None):
        return self.wait_text(words.both(name, *values), seconds, picture)

    def press(self, name, seconds=60):
        """The button with that text."""
        def find():
            shot = self.screenshot("now.png")
            for text in words.both(name):
                at = find_words(shot, text)
                if at:
                    return at
            return None
        x, y = wait_for(f"the button {words.both(name)}", find, seconds)
        self.usb["touch"].touch(x, y)

    def tap(self, sample, kind, text=""):
        """The button of that kind, where layout.c says that it lies."""
        self.usb["touch"].touch(*self.place(sample, kind, text))

    def place(self, sample, kind, text=""):
        if sample not in self.layouts:
            r = subprocess.run(
                [self.office.layout_path, sample], cwd=machine.ROOT,
                text=True, stdout=subprocess.PIPE, timeout=60, check=True)
            self.layouts[sample] = [line.split(" ", 6)
                                    for line in r.stdout.splitlines()]
        for x, y, w, h, is_kind, action, *said in self.layouts[sample]:
            if kind in (is_kind, f"action {action}") and \
                    (not text or said == [text]):
                return int(x) + int(w) // 2, int(y) + int(h) // 2
        raise Failed(f"{sample} has no {kind} {text}")

    def type_keys(self, sample, text):
        for c in text:
            self.tap(sample, "key", c)
            time.sleep(0.15 * machine.SLOW)

    # ---- journeys ----

    def home(self, seconds=BOOT_S, picture=None):
        self.wait_screen("HOME_TITLE", seconds, picture=picture)

    def wait_scanner(self, seconds=60):
        wait_for("the guest to read the scanner",
                 self.usb["keyboard"].read_by_guest, seconds)

    def papers(self):
        return self.usb["printer"].papers()

    def check_in(self, code, seconds=90):
        """Scans; gives the paper and the seconds it took."""
        before = len(self.papers())
        self.wait_scanner()
        began = time.monotonic()
        self.usb["keyboard"].scan(code.replace("-", ""))
        wait_for("a paper", lambda: len(self.papers()) > before, seconds,
                 0.05)
        return self.papers()[-1], time.monotonic() - began

    def commission(self, stick):
        """A bare machine, as it comes from its box, gets its office."""
        self.wait_screen("TECH_BARE", BOOT_S, picture="bare.png")
        name = self.plug_stick(stick)
        # A touch as the screen comes into use may be too early.
        self.again("tech-bare", "tech-begin", "TECH_SET_READ")
        self.again("tech-setup", "tech-start", "TECH_SET_FOUND")
        shutil.copy(f"{self.folder}/now.png", f"{self.folder}/found.png")
        self.tap("tech-setup-found", "tech-confirm")
        self.home(180, picture="home.png")
        self.pull_stick(name)

    def again(self, sample, kind, name, tries=8):
        """Presses until the screen comes: a stick needs its seconds."""
        for i in range(tries):
            self.tap(sample, kind)
            try:
                self.wait_screen(name, 15)
                return
            except Failed:
                if i == tries - 1:
                    raise

    def technician(self, pin):
        """Badge and PIN; the menu stands there afterwards."""
        self.badge()
        self.type_keys("tech-pin", pin)
        self.tap("tech-pin-all", "tech-enter")
        self.wait_screen("TECH_M_SELFTEST", 90, picture="menu.png")

    def badge(self):
        self.wait_scanner()
        self.usb["keyboard"].scan(self.office.badge)
        self.wait_screen("TECH_PIN_TITLE", 60, picture="pin.png")

    def close_menu(self):
        self.tap("tech-menu", "tech-back")
        self.home(60)

    def offer(self, stick):
        """From the menu to what is offered; the stick's name."""
        name = self.plug_stick(stick)
        self.press("TECH_M_UPDATE")
        self.wait_screen("TECH_UP_LOOK", 60)
        self.again("tech-update", "tech-start", "TECH_UP_OFFERED")
        shutil.copy(f"{self.folder}/now.png", f"{self.folder}/offered.png")
        return name

    def update(self, stick, seconds=400):
        """From the menu to the restart; the seconds that copying, checking
        and writing took."""
        name = self.offer(stick)
        began = time.monotonic()
        self.tap("tech-update-offered", "tech-confirm")
        self.wait_screen("TECH_UP_READY", seconds, picture="ready.png")
        took = time.monotonic() - began
        self.pull_stick(name)
        self.tap("tech-update-ready", "tech-restart")
        return took

    def update_refused(self, stick, reason, seconds=180):
        """From the menu to a refusal and back to the menu."""
        name = self.plug_stick(stick)
        self.press("TECH_M_UPDATE")
        self.wait_screen("TECH_UP_LOOK", 60)
        self.again("tech-update", "tech-start", reason, seconds // 15)
        self.pull_stick(name)
        self.tap("tech-update", "tech-back")
        self.wait_screen("TECH_M_SELFTEST", 60)


class Data:
    """A machine's disk when it is off, taken apart."""

    def __init__(self, m, folder):
        self.folder = os.path.abspath(folder)
        os.makedirs(self.folder, exist_ok=True)
        image = disk.raw(m.drive, os.path.join(self.folder, "disk.raw"))
        self.take(image)
        os.unlink(image)

    def take(self, image):
        parts = disk.partitions(image)
        self.esp = disk.copy_part(image, parts["esp"],
                                  os.path.join(self.folder, "esp.img"))
        data = disk.copy_part(image, parts["karcis-data"],
                              os.path.join(self.folder, "data.img"))
        self.files = disk.take_data(data, os.path.join(self.folder, "data"))
        os.unlink(data)
        self.state = os.path.join(self.files, "karcis")

    def grubenv(self):
        """What GRUB reads: the spare, then the first where it is readable."""
        both = [disk.grubenv(disk.esp_file(self.esp, f"EFI/karcis/{n}"))
                for n in ("grubenv.spare", "grubenv")]
        found = {}
        for one in both:
            found.update(one or {})
        return found

    def rows(self, sql, *values):
        db = sqlite3.connect(os.path.join(self.state, "journal.db"))
        try:
            return db.execute(sql, values).fetchall()
        finally:
            db.close()

    def admissions(self):
        """Set of numbers like "A-017" that the journal knows."""
        return {f"{chr(64 + label)}-{number:03}" for label, number in
                self.rows("SELECT label, number FROM entry WHERE kind = ?",
                          AUDIT_ADMIT)}

    def texts(self, kind):
        return [t for (t,) in self.rows(
            "SELECT text FROM entry WHERE kind = ? ORDER BY n", kind)]

    def whole(self):
        """Failed unless every database of the state is whole."""
        for name in ("journal.db", "cache.db"):
            path = os.path.join(self.state, name)
            if not os.path.exists(path):
                raise Failed(f"{name} is missing")
            db = sqlite3.connect(path)
            try:
                got = db.execute("PRAGMA integrity_check").fetchall()
            finally:
                db.close()
            if got != [("ok",)]:
                raise Failed(f"{name}: {got[:3]}")


def number_of(digits):
    """The queue number in a ticket's 200 digits (docs/FORMATS.md)."""
    head = int(digits).to_bytes(83, "big")[:19]
    bits = int.from_bytes(head, "big")
    letter = bits >> (152 - 77) & 31
    return f"{chr(64 + letter)}-{bits >> (152 - 88) & 2047:03}"
