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
        # One report a code: it cannot be torn by a slow emulation.
        self.scanner = "hidpos"
        self.menu = None
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
            shot = self.screenshot()
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

    def tap_text(self, sample, text):
        """The button that bears the text."""
        self.usb["touch"].touch(*self.place(sample, "text", text))

    def items(self, sample):
        """(x, y, w, h, kind, action, text) of everything on it."""
        if sample not in self.layouts:
            r = subprocess.run(
                [self.office.layout_path, sample], cwd=machine.ROOT,
                text=True, stdout=subprocess.PIPE, timeout=60, check=True)
            rows = [line.split(" ", 6) for line in r.stdout.splitlines()]
            self.layouts[sample] = [
                (*map(int, row[:4]), row[4], row[5], *row[6:])
                for row in rows]
        return self.layouts[sample]

    def place(self, sample, kind, text=""):
        for x, y, w, h, is_kind, _, *said in self.items(sample):
            if is_kind == kind and (not text or said == [text]):
                return x + w // 2, y + h // 2
        raise Failed(f"{sample} has no {kind} {text}")

    def read_item(self, sample, text):
        """What stands where the sample has the line that begins so."""
        where = [i[:4] for i in self.items(sample) if i[4] == "text" and
                 i[6].startswith(text)]
        if not where:
            raise Failed(f"{sample} does not say {text!r}")
        x, y, w, h = where[0]
        self.shot = self.screenshot()
        return machine.read_box(self.shot, max(0, x - 24), y - 8, w + 48,
                                h + 16)

    def stands(self, sample, text):
        return machine.squeeze(text) in machine.squeeze(
            self.read_item(sample, text))

    def wait_item(self, sample, text, seconds, picture=None):
        """Until the line of the sample that begins so stands at its place."""
        try:
            wait_for(f"{text!r} of {sample}",
                     lambda: self.stands(sample, text), seconds)
        except Failed as e:
            raise Failed(f"{e}; there stands "
                         f"{self.read_item(sample, text).strip()!r}") from e
        if picture:
            shutil.copy(self.shot, os.path.join(self.folder, picture))

    def press_menu(self, text):
        """The entry of the technician's menu. Which entries there are
        depends on the machine; their places do not."""
        self.wait_menu()
        shot = self.screenshot()
        for x, y, w, h, kind, *_ in self.items(self.menu):
            if not kind.startswith("tech-") or y > 1700:
                continue
            said = machine.read_box(shot, x + 100, y + 40, w - 120, h - 80)
            if machine.squeeze(text) == machine.squeeze(said):
                self.usb["touch"].touch(x + w // 2, y + h // 2)
                return
        raise Failed(f"no {text} in the menu")

    def wait_menu(self, seconds=90, picture=None):
        """Above the menu may stand what became of an update."""
        menus = ("tech-menu", "tech-menu-installed", "tech-menu-returned")

        def ask():
            self.menu = next((m for m in menus if self.stands(m, "Status")),
                             None)
            return self.menu
        wait_for("the technician's menu", ask, seconds)
        if picture:
            shutil.copy(self.shot, os.path.join(self.folder, picture))

    def type_keys(self, sample, text):
        for c in text:
            self.tap(sample, "key", c)
            time.sleep(0.15 * machine.SLOW)

    # ---- journeys ----

    def home(self, seconds=BOOT_S, picture=None):
        self.wait_screen("HOME_TITLE", seconds, picture=picture)

    def wait_scanner(self, seconds=60):
        wait_for("the guest to read the scanner",
                 self.usb[self.scanner].read_by_guest, seconds)

    def papers(self):
        return self.usb["printer"].papers()

    def scan_until(self, text, what, ask, seconds=90, pause=0.2):
        """Scans until it is seen. Keys of one code that come 100 ms apart are
        no scan for the terminal, and emulation on a loaded machine can be so
        slow: three tries, as a person would."""
        tries = 3
        for left in range(tries - 1, -1, -1):
            self.wait_scanner()
            began = time.monotonic()
            self.usb[self.scanner].scan(text)
            try:
                return wait_for(what, ask, seconds / tries, pause), \
                    time.monotonic() - began
            except Failed:
                if left == 0:
                    raise
        return None

    def check_in(self, code, seconds=90):
        """Scans; gives the paper and the seconds it took."""
        before = len(self.papers())
        _, took = self.scan_until(code.replace("-", ""), "a paper",
                                  lambda: len(self.papers()) > before,
                                  seconds, 0.02)
        return self.papers()[-1], took

    def scan_to(self, text, sample, line, picture=None, seconds=90):
        """Scans until that line of the sample stands on the screen."""
        self.scan_until(text, f"{line!r} of {sample}",
                        lambda: self.stands(sample, line), seconds)
        if picture:
            shutil.copy(self.shot, os.path.join(self.folder, picture))

    def commission(self, stick):
        """A bare machine, as it comes from its box, gets its office."""
        self.wait_screen("TECH_BARE", BOOT_S, picture="bare.png")
        name = self.plug_stick(stick)
        # A touch as the screen comes into use may be too early.
        self.again("tech-bare", "tech-begin", "TECH_SET_SUB")
        self.again("tech-setup", "tech-start", "TECH_SET_FOUND")
        shutil.copy(self.shot, f"{self.folder}/found.png")
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
        self.wait_menu(picture="menu.png")

    def badge(self):
        self.scan_to(self.office.badge, "tech-pin", "Technician's PIN",
                     "pin.png")

    def close_menu(self):
        self.tap("tech-menu", "tech-back")
        self.home(60)

    def offer(self, stick):
        """From the menu to what is offered; the stick's name."""
        name = self.plug_stick(stick)
        self.look_for_update()
        self.wait_item("tech-update-offered", "Update found", 120,
                       "offered.png")
        return name

    def look_for_update(self):
        self.press_menu("Update")
        self.wait_item("tech-update", "Update from a stick", 60)
        # It is let in now, and the kernel needs its time to know it.
        time.sleep(8 * machine.SLOW)
        self.tap("tech-update", "tech-start")

    def update(self, stick, seconds=400):
        """From the menu to the restart; the seconds that copying, checking
        and writing took."""
        name = self.offer(stick)
        began = time.monotonic()
        self.tap("tech-update-offered", "tech-confirm")
        self.wait_item("tech-update-ready", "Restart to use it", seconds,
                       "ready.png")
        took = time.monotonic() - began
        self.pull_stick(name)
        self.tap("tech-update-ready", "tech-restart")
        return took

    def update_refused(self, stick, reason, seconds=120):
        """From the menu to a refusal and back to the menu."""
        name = self.plug_stick(stick)
        self.look_for_update()
        self.wait_screen(reason, seconds, picture="refused.png")
        self.pull_stick(name)
        self.tap("tech-update", "tech-back")
        self.wait_menu()


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
