"""An office for the appliance: what a technician has on the commissioning
stick, and what the host needs to know about it."""

import datetime
import glob
import os
import re
import shutil
import subprocess
import time

import sticks
from machine import ROOT, Failed

PIN = "482913"
CONFIG = """[office]
id = 4102
name = Kantor Imigrasi Singkawang
timezone = WIB
[terminal]
id = kiosk-1
letter = S
role = kiosk
state = {state}
language = en
[hours]
{days}holidays = holidays.csv
[arrival]
early_minutes = 120
late = counter
late_minutes = 240
[screen]
size = 1080x1920
diagonal_inches = 21.5
presenter = drm
[scanner]
device = hidraw:auto
device = evdev:auto
allow = 05e0:1200
allow = 0c2e:0b61
[printer]
device = {printer}
[identity]
birth_date = off
[services]
file = services.ini
[clock]
trust = system
[privacy]
masked_name = yes
{update}"""
UPDATE = """[update]
socket = /run/karcis/update.sock
"""


class Office:
    """
    build: where karcis-ctl is. The guest's day is tomorrow, 09.00 in WIB: it
    is past the build's day, whatever the hour.
    """

    def __init__(self, build, folder, count=80):
        self.ctl_path = os.path.join(os.path.abspath(build), "karcis-ctl")
        self.layout_path = os.path.join(os.path.abspath(build),
                                        "appliance/layout")
        self.folder = os.path.abspath(folder)
        self.day = datetime.date.today() + datetime.timedelta(days=1)
        noon = datetime.datetime.combine(self.day, datetime.time(2),
                                         datetime.timezone.utc)
        self.now = int(noon.timestamp())  # 09.00 WIB
        self.made = time.monotonic()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.codes = self.run("code", "new", "-n", str(count)).split()
        self.write_files()
        self.badge = self.make_technician()

    def later(self, *words):
        """karcis-ctl with the machines' clock: their day is tomorrow's."""
        libs = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
        if not libs:
            raise Failed("libfaketime is missing")
        ahead = self.clock() - int(time.time())
        return self.run(*words, env=dict(os.environ, LD_PRELOAD=libs[0],
                                         FAKETIME=f"{ahead:+d}"))

    def run(self, *words, stdin=None, ok=(0,), env=None):
        r = subprocess.run([self.ctl_path, *words], input=stdin, text=True,
                           env=env,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           timeout=120, check=False)
        if r.returncode not in ok:
            raise Failed(f"karcis-ctl {' '.join(words[:4])}: {r.stdout}")
        return r.stdout

    def path(self, name):
        return os.path.join(self.folder, name)

    def write_config(self, name, **how):
        days = "".join(f"{d} = 00:00-24:00\n"
                       for d in "mon tue wed thu fri sat sun".split())
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(CONFIG.format(days=days, **how))

    def write_files(self):
        example = os.path.join(ROOT, "assets/example")
        shutil.copy(f"{example}/services.ini", self.folder)
        with open(self.path("holidays.csv"), "w", encoding="utf-8") as f:
            f.write("; none\n")
        self.write_config("karcis.ini", state="/var/lib/karcis",
                          printer="usb:auto", update=UPDATE)
        os.makedirs(self.path("desk"))
        for n in ("services.ini", "holidays.csv"):
            shutil.copy(self.path(n), self.path("desk"))
        self.write_config("desk/karcis.ini", state=self.path("desk/state"),
                          printer=f"virtual:{self.path('desk')}", update="")
        with open(self.path("bookings.csv"), "w", encoding="utf-8") as f:
            f.write("code,service,date,start,end,name,birth_date,status\n")
            for i, code in enumerate(self.codes):
                start = 540 + i % 4 * 15
                end = start + 15
                f.write(f"{code},paspor-baru,{self.day},"
                        f"{start // 60:02}:{start % 60:02},"
                        f"{end // 60:02}:{end % 60:02},"
                        "Siti Wahyuni,1990-03-07,confirmed\n")

    def clock(self):
        """Unix seconds that a machine's clock has now: it never goes back,
        however often the machine is switched on."""
        return self.now + int(time.monotonic() - self.made)

    def make_technician(self):
        """The badge's text; the file with both hashes is for the stick."""
        config = self.path("desk/karcis.ini")
        self.run("--config", config, "init")
        said = self.run("--config", config, "technician", "add", "Rina",
                        "--pin-fd", "0", stdin=PIN + "\n")
        m = re.search(r"KARCIS-TECHNICIAN-[0-9A-Z]{26}", said)
        if not m:
            raise Failed(f"no badge: {said}")
        shutil.copy(self.path("desk/state/technicians"), self.folder)
        return m.group(0)

    def stick(self, path):
        """The commissioning stick."""
        return sticks.make(path, {
            f"karcis/{n}": self.path(n)
            for n in ("karcis.ini", "services.ini", "holidays.csv",
                      "bookings.csv", "technicians")})

    def config_for(self, state, name):
        """A configuration of this office for a state that was taken off a
        machine's disk."""
        os.makedirs(self.path(name), exist_ok=True)
        for n in ("services.ini", "holidays.csv"):
            shutil.copy(self.path(n), self.path(name))
        self.write_config(f"{name}/karcis.ini", state=state,
                          printer=f"virtual:{self.path(name)}", update="")
        return self.path(f"{name}/karcis.ini")

    def ticket(self, paper, picture):
        """The digits of the QR on a paper."""
        self.run("paper", paper, picture)
        r = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable",
                            "-Sqrcode.enable", picture], text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                           timeout=60, check=False)
        digits = r.stdout.strip()
        if len(digits) != 200 or not digits.isdigit():
            raise Failed(f"the paper's QR reads {digits[:40]!r}")
        return digits
