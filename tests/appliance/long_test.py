#!/usr/bin/env python3
"""What a kiosk survives: power cuts while people check in and while it is
updated, a machine that hangs, a printer that never answers, an update that
never gets well, hostile sticks.

    long_test.py [--build BUILD] [--folder DIR] [--seed N] [--kills N]
                 [--points N] [--image DIR] [--keys DIR] [PART...]

Parts: kills, points, hang, printer, sick, sticks; all without words. The
office of short_test.py is set up once; each part begins with a copy of that
disk."""

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time

import bundles
import disk
import gdb
import machine
import replay
from checks import Checks
from kiosk import AUDIT_UPDATE, Data, Kiosk, number_of
from machine import Failed, Machine, wait_for
from office import PIN, Office

AUDIT_START = 11
REAL_BOOTS = 3  # of the points
STICKS = 6  # of those that make test-sticks has


class Long:
    def __init__(self, a):
        self.a = a
        self.c = Checks()
        self.folder = a.folder
        self.ctl = os.path.abspath(os.path.join(a.build, "karcis-ctl"))
        self.rng = random.Random(a.seed)
        self.office = Office(a.build, f"{a.folder}/office", 400)
        self.codes = iter(self.office.codes)
        self.base = f"{a.folder}/commissioned.qcow2"
        self.made = {}

    # ---- what all parts begin with ----

    def set_up_once(self):
        # Whoever makes a new image meanwhile does not disturb.
        image = disk.raw(os.path.join(bundles.IMAGE, "karcis.img"),
                         f"{self.folder}/karcis.img")
        k = Kiosk(f"{self.folder}/set-up", self.office, image)
        with k:
            k.start()
            k.commission(self.office.stick(f"{self.folder}/set-up.img"))
            time.sleep(10)
            self.quiet_off(k)
        disk.run("qemu-img", "convert", "-O", "qcow2", k.drive, self.base)

    @staticmethod
    def quiet_off(k):
        """Off while nobody waits for anything."""
        time.sleep(8)
        k.kill()

    def kiosk(self, name, **kw):
        folder = f"{self.folder}/{name}"
        shutil.rmtree(folder, ignore_errors=True)
        return Kiosk(folder, self.office, self.base, **kw)

    def bundle(self, kind, version):
        """Made when it is first asked for."""
        if kind not in self.made:
            root = bundles.make_root(f"{self.folder}/roots", kind, version, 1)
            self.made[kind] = bundles.make_bundle(
                self.ctl, root, f"{self.folder}/{kind}.raucb")
            self.made[kind + " root"] = root
        return self.made[kind]

    def acknowledged(self, paper):
        """The number that somebody holds in their hand."""
        return number_of(self.office.ticket(paper, paper[:-4] + ".png"))

    def take(self, k):
        """A check-in's number. Behind a kill the printer may first cut off
        what it had of the last ticket: that piece has no whole QR."""
        before = len(k.papers())
        paper, _ = k.check_in(next(self.codes))
        try:
            return self.acknowledged(paper)
        except Failed:
            wait_for("a whole paper", lambda: len(k.papers()) > before + 1, 30)
            return self.acknowledged(k.papers()[-1])

    # ---- kills ----

    def kills(self):
        """One machine, killed again and again; nothing acknowledged may be
        missing and each start must reach the home screen."""
        k = self.kiosk("kills")
        acked = set()
        stick = bundles.update_stick(f"{self.folder}/kills.img",
                                     self.bundle("good", "0.9.1"))
        with k:
            for i in range(self.a.kills):
                kind = "update" if i % 4 == 3 else "check-ins"
                self.c.run(f"kill {i + 1} during {kind}", self.one_kill, k,
                           kind, stick, acked)
            self.c.run("the last start after the kills", self.start_home, k)
            self.quiet_off(k)
            self.c.run("nothing acknowledged is missing after the kills",
                       self.nothing_missing, k, acked)
        self.c.figure("tickets acknowledged before a kill", len(acked))

    def start_home(self, k):
        k.start()
        k.home(300)

    def nothing_missing(self, k, acked):
        d = Data(k, f"{k.folder}/data")
        d.whole()
        missing = acked - d.admissions()
        shutil.rmtree(d.folder)
        if missing:
            raise Failed(f"missing: {sorted(missing)}")

    def one_kill(self, k, kind, stick, acked):
        try:
            self.start_home(k)
            if kind == "update":
                self.kill_in_update(k, stick)
            else:
                self.kill_in_check_ins(k, acked)
        finally:
            k.kill()
        self.nothing_missing(k, acked)

    def kill_in_check_ins(self, k, acked):
        """Some whole ones, then the power goes at a moment of the next."""
        for _ in range(self.rng.randrange(3)):
            acked.add(self.take(k))
        before = len(k.papers())
        k.wait_scanner()
        k.usb[k.scanner].scan(next(self.codes).replace("-", ""))
        time.sleep(self.rng.uniform(0, 3) * machine.SLOW)
        k.kill()
        for paper in k.papers()[before:]:
            with contextlib.suppress(Failed):  # torn: nobody's ticket
                acked.add(self.acknowledged(paper))

    def kill_in_update(self, k, stick):
        k.technician(PIN)
        k.offer(stick)  # the stick goes with the machine
        k.tap("tech-update-offered", "tech-confirm")
        time.sleep(self.rng.uniform(0, 25) * machine.SLOW)
        k.kill()

    # ---- points of a recorded disk ----

    def record(self):
        """A day on a recorded disk: starts, check-ins, an update. Gives
        [(bytes of the log when it was acknowledged, number)]."""
        base, work = f"{self.folder}/base.raw", f"{self.folder}/work.raw"
        log = f"{self.folder}/writes.log"
        disk.raw(self.base, base)
        with open(base, "rb") as f, open(work, "wb") as o:
            replay.copy_sparse(f, o)
        with open(log, "wb"):
            pass
        acked = []
        shutil.rmtree(f"{self.folder}/record", ignore_errors=True)
        k = Kiosk(f"{self.folder}/record", self.office, work, overlay=False,
                  blocklog=os.path.abspath(log))

        def take(n):
            for _ in range(n):
                paper, _ = k.check_in(next(self.codes))
                size = os.path.getsize(log)
                acked.append((size, self.acknowledged(paper)))
        with k:
            self.start_home(k)
            take(10)
            k.home(60)
            k.technician(PIN)
            began = time.monotonic()
            k.update(bundles.update_stick(f"{self.folder}/points.img",
                                          self.bundle("good", "0.9.1")))
            k.wait_reset(began)
            k.home(300)
            take(6)
            time.sleep(30)  # and is marked good
            k.kill()
        return base, log, acked

    def points(self):
        base, log, acked = self.record()
        r = replay.Replay(base, log, f"{self.folder}/state.raw")
        parts = disk.partitions(base)
        wanted = self.places(r.entries, parts)
        boots = set(self.rng.sample(range(len(wanted)),
                                    min(REAL_BOOTS, len(wanted))))
        bad, in_doubt, lost = [], 0, 0
        for i, point in enumerate(wanted):
            doubt, kept = r.cut(point, self.rng)
            in_doubt += doubt
            lost += doubt - kept
            end = r.entries[point - 1].end
            try:
                self.point_holds(r.state_path, parts, base,
                                 {n for size, n in acked if size < end})
                if i in boots:
                    self.point_boots(r.state_path, i)
            except Failed as e:
                bad.append(f"point {point}: {e}")
                print(f"# {bad[-1]}", flush=True)
            r.back()
        r.close()
        for path in (base, r.state_path, log, f"{self.folder}/work.raw"):
            os.unlink(path)
        self.c.figure("power cuts replayed", f"{len(wanted)} "
                      f"({in_doubt} writes in doubt, {lost} lost)")
        if bad:
            raise Failed(f"{len(bad)} of {len(wanted)} points: {bad[0]}")

    def places(self, entries, parts):
        """Points behind writes: a quarter in the EFI partition, a quarter
        anywhere, the rest in the data."""
        def inside(e, name):
            first, size = parts[name]
            return first <= e.sector * 512 < first + size
        kinds = {"esp": [], "karcis-data": [], "any": []}
        for i, e in enumerate(entries):
            if not e.writes():
                continue
            kinds["any"].append(i + 1)
            for name in ("esp", "karcis-data"):
                if inside(e, name):
                    kinds[name].append(i + 1)
        n = self.a.points
        picked = []
        for name, count in (("esp", n // 4), ("any", n // 4),
                            ("karcis-data", n - 2 * (n // 4))):
            if not kinds[name]:
                raise Failed(f"no write into {name} was recorded")
            picked += [self.rng.choice(kinds[name]) for _ in range(count)]
        return sorted(picked)

    def point_holds(self, state, parts, base, acked):
        """What a technician would find after that power cut."""
        folder = f"{self.folder}/point"
        os.makedirs(folder, exist_ok=True)
        esp = disk.copy_part(state, parts["esp"], f"{folder}/esp.img")
        good = disk.copy_part(base, parts["esp"], f"{folder}/good.img") \
            if not os.path.exists(f"{folder}/good.img") \
            else f"{folder}/good.img"
        for name in ("EFI/BOOT/BOOTX64.EFI", "EFI/karcis/grub.cfg"):
            if disk.esp_file(esp, name) != disk.esp_file(good, name):
                raise Failed(f"{name} is not what it was")
        env = [disk.grubenv(disk.esp_file(esp, f"EFI/karcis/{n}"))
               for n in ("grubenv.spare", "grubenv")]
        if env == [None, None]:
            raise Failed("both copies of grubenv are unreadable")
        both = {}
        for e in env:
            both.update(e or {})
        if both.get("ORDER", "A").startswith("B"):
            self.slot_holds(state, parts["karcis-b"])
        data = disk.copy_part(state, parts["karcis-data"],
                              f"{folder}/data.img")
        files = disk.take_data(data, f"{folder}/data")
        d = Data.__new__(Data)
        d.folder, d.files = folder, files
        d.state = os.path.join(files, "karcis")
        d.whole()
        missing = acked - d.admissions()
        if missing:
            raise Failed(f"acknowledged and gone: {sorted(missing)}")

    def slot_holds(self, state, where):
        """Only a slot that holds all of the new system may be first."""
        root = self.made["good root"]
        size = os.path.getsize(root)
        with open(state, "rb") as f:
            f.seek(where[0])
            got = hashlib.sha256(f.read(size)).digest()
        with open(root, "rb") as f:
            if hashlib.sha256(f.read()).digest() != got:
                raise Failed("slot B is first and not whole")

    def point_boots(self, state, i):
        folder = f"{self.folder}/boot-{i}"
        shutil.rmtree(folder, ignore_errors=True)
        with Kiosk(folder, self.office, state) as k:
            self.start_home(k)

    # ---- what hangs ----

    def hang(self):
        """A machine that stands still is started anew by its watchdog."""
        folder = f"{self.folder}/hang"
        shutil.rmtree(folder, ignore_errors=True)
        k = Kiosk(folder, self.office, self.base)
        k.more = ["-gdb", f"unix:{k.socket_of('gdb')},server=on,wait=off"]
        with k:
            self.start_home(k)
            gdb.hang(k, 2)
            began = time.monotonic()
            wait_for("watchdog", lambda: k.qmp.count("WATCHDOG") > 0, 300)
            self.c.figure("hang to the watchdog's reset",
                          f"{time.monotonic() - began:.0f} s")
            k.home(300)

    def printer(self):
        """A printer that takes nothing: people get their number on the
        screen, and no watchdog bites."""
        with self.kiosk("printer") as k:
            self.start_home(k)
            resets = k.qmp.count("RESET")
            p = k.usb["printer"]
            p.tell("pause")
            for _ in range(2):
                k.scan_to(next(self.codes).replace("-", ""), "number",
                          "Take a photo", "hung.png", 150)
                k.tap_text("number", "I have the photo, done")
                k.home(60)
            time.sleep(100)  # longer than WatchdogSec of karcis.service
            k.home(10)
            p.tell("resume")
            wait_for("a paper again", lambda: self.serves(k), 200, 3)
            if k.qmp.count("RESET") != resets:
                raise Failed("the machine started anew")
            self.quiet_off(k)
            starts = self.starts(k.drive) - self.starts(self.base)
            if starts != 1:
                raise Failed(f"the terminal started {starts} times")

    def starts(self, drive):
        """How often the terminal began, by the journal on that disk."""
        folder = f"{self.folder}/starts"
        shutil.rmtree(folder, ignore_errors=True)
        off = Machine.__new__(Machine)
        off.drive = drive
        return Data(off, folder).rows(
            "SELECT count(*) FROM entry WHERE kind = ?", AUDIT_START)[0][0]

    def serves(self, k):
        with contextlib.suppress(Failed):
            k.home(20)
            k.check_in(next(self.codes), 20)
            return True
        return False

    # ---- updates that do not get well ----

    def sick(self):
        """The new system starts and its terminal does not: back after the
        trial's 300 s."""
        bundle = self.bundle("never-healthy", "0.9.3")
        with self.kiosk("sick") as k:
            self.start_home(k)
            k.technician(PIN)
            resets = k.qmp.count("RESET")
            k.update(bundles.update_stick(f"{self.folder}/sick.img", bundle))
            began = time.monotonic()
            wait_for("two restarts", lambda: k.qmp.count("RESET") >=
                     resets + 2, 700)
            k.home(300)
            self.c.figure("never healthy to home again",
                          f"{time.monotonic() - began:.0f} s")
            k.check_in(next(self.codes))
            self.quiet_off(k)
            d = Data(k, f"{k.folder}/data")
            if not any("0.9.3" in t for t in d.texts(AUDIT_UPDATE)):
                raise Failed(f"no word of it: {d.texts(AUDIT_UPDATE)}")

    # ---- sticks that nobody should trust ----

    def sticks(self):
        """Some of the file systems that are no file systems: a sentence on
        the screen, and the machine lives on. `make test-sticks` plugs all of
        them in."""
        folder = f"{self.folder}/hostile"
        os.makedirs(folder, exist_ok=True)
        subprocess.run([sys.executable, os.path.join(
            machine.ROOT, "tests/update/hostile_fs.py"), folder, bundles.PKI],
                       check=True)
        with open(f"{folder}/expected.json", encoding="utf-8") as f:
            refused = [e["image"] for e in json.load(f)
                       if "offered" not in e["wanted"]]
        with self.kiosk("sticks") as k:
            self.start_home(k)
            k.technician(PIN)
            for name in sorted(self.rng.sample(refused, STICKS)):
                self.c.run(f"hostile stick {name}", self.hostile, k,
                           os.path.join(folder, name))
            k.close_menu()
            k.check_in(next(self.codes))

    def hostile(self, k, path):
        k.update_refused(path, "TECH_UP_REFUSED")

    PARTS = ("kills", "points", "hang", "printer", "sick", "sticks")
    NAMES = {"points": "power cuts of a recorded disk",
             "hang": "a machine that hangs is started anew",
             "printer": "a printer that never answers stops nobody",
             "sick": "an update that never gets well comes back",
             "sticks": "hostile sticks are refused",
             "kills": "kills"}

    def tell(self):
        if self.c.run("the office is set up", self.set_up_once) is None:
            return
        for part in self.a.part or self.PARTS:
            if part == "kills":
                self.kills()
            else:
                self.c.run(self.NAMES[part], getattr(self, part))


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("--build", default="build/gcc")
    p.add_argument("--image", default=bundles.IMAGE)
    p.add_argument("--keys", default=bundles.PKI)
    p.add_argument("--folder", default="build/appliance/long")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--kills", type=int, default=20)
    p.add_argument("--points", type=int, default=500)
    p.add_argument("part", nargs="*", choices=[[], *Long.PARTS])
    a = p.parse_args()
    bundles.IMAGE, bundles.PKI = a.image, a.keys
    shutil.rmtree(a.folder, ignore_errors=True)
    os.makedirs(a.folder)
    try:
        story = Long(a)
    except Failed as e:
        print(f"not ok: {e}\n0 passed, 1 failed, 0 skipped")
        return 1
    story.tell()
    return story.c.end()


if __name__ == "__main__":
    sys.exit(main())
