#!/usr/bin/env python3
"""make demo-office: a hub, two kiosks and a gate on this machine; kiosk 2 is
cut off and brought back, and what each knew when is printed. Pictures in
build/demo-office/. With a display and without DEMO=headless the kiosks stay
open afterwards, for scans typed as "1 CODE" or "2 CODE", "cut" and "carry"."""

import argparse
import datetime
import hashlib
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from demo import Story  # noqa: E402
from gate import digits_of  # noqa: E402
from hub import OFFICE, Hub, Network, Terminal, offset_to  # noqa: E402
from office import Failed, Screen, end_together, wait_for  # noqa: E402

DONE = 4  # enum action of firmware/core/session.h
FOLDER = "build/demo-office"


class Account:
    """What the hub and each kiosk knew at each step."""

    def __init__(self, hub, kiosks):
        self.hub, self.kiosks = hub, kiosks
        self.rows = []

    def note(self, words):
        zone = datetime.timezone(datetime.timedelta(hours=7))
        now = datetime.datetime.now(zone) + datetime.timedelta(
            seconds=self.hub.offset_s)
        report = self.hub.report(self.kiosks[0].today)
        row = [now.strftime("%H:%M:%S"), words,
               f"{report['admitted']} in, {len(report['doubles'])} double"]
        for k in self.kiosks:
            s = k.hub_status()
            known = "up" if s["up"] else "cut off"
            if s["waiting"]:
                known += f", {s['waiting']} to tell"
            age = now.timestamp() - s["data_s"]
            row.append(f"{known}, data {max(0, round(age))} s old")
        self.rows.append(row)
        print(f"  {row[0]} {words}")

    def show(self):
        head = ["time", "what happened", "the hub knew"]
        head += [f"{k.terminal} knew" for k in self.kiosks]
        rows = [head, *self.rows]
        wide = [max(len(r[i]) for r in rows) for i in range(len(head))]
        for r in rows:
            print("  " + " | ".join(c.ljust(w) for c, w in zip(r, wide)))


def code_hash(kiosk, code):
    """The code's keyed hash: FORMATS.md, Code hash."""
    with open(kiosk.folder + "/state/keys", encoding="ascii") as f:
        keys = dict(line.split(" ", 1) for line in f)
    return hashlib.blake2b(code.replace("-", "").encode(), digest_size=16,
                           key=bytes.fromhex(keys["office"].strip())).digest()


def home_of(kiosks, code):
    """FORMATS.md, Home terminal."""
    h = code_hash(kiosks[0], code)

    def score(kiosk):
        device = kiosk.hub_status()["device"]
        return hashlib.blake2b(b"karcis-home-v1" + h +
                               device.to_bytes(4, "big"),
                               digest_size=32).digest()[:8]
    return max(kiosks, key=score)


def make_bookings(hub, today, count):
    codes = subprocess.run([os.path.join(hub.build, "karcis-ctl"), "code",
                            "new", "-n", str(count)], text=True,
                           stdout=subprocess.PIPE, check=True).stdout.split()
    path = os.path.join(hub.folder, "bookings.csv")
    write_bookings(path, today, codes, "confirmed")
    print("  " + hub.import_bookings(path).strip())
    return codes


def write_bookings(path, today, codes, status):
    with open(path, "w", encoding="utf-8") as f:
        f.write("code,service,date,start,end,name,status\n")
        for code in codes:
            f.write(f"{code},paspor-baru,{today},09:00,09:30,Siti Wahyuni,"
                    f"{status}\n")


def next_visitor(kiosk):
    if kiosk.read_layout()[0] != "home":
        kiosk.press_action(DONE)
    kiosk.wait_screen("home")


class Demo:
    def __init__(self, build, window):
        shutil.rmtree(FOLDER, ignore_errors=True)
        os.makedirs(FOLDER)
        self.window = window
        self.story = Story(FOLDER)
        offset = offset_to("09:00:00")
        self.hub = Hub(build, FOLDER + "/hub", offset)
        self.hub.start()
        self.network = Network(self.hub.port)
        self.screens = []
        print(f"demo-office: the hub is at {self.hub.url}; everything runs "
              "under libfaketime, from 09:00 (WIB) of today on")
        self.hub.token("kiosk", "kiosk-1", FOLDER + "/00-token.png")
        self.one = Terminal(self.hub, FOLDER + "/kiosk-1", "kiosk-1")
        self.two = Terminal(self.hub, FOLDER + "/kiosk-2", "kiosk-2",
                            self.network)
        self.gate = Terminal(self.hub, FOLDER + "/gate", "gate-1",
                             role="gate", size="1024x600", diagonal="10.1",
                             more="[gate]\nsound = no\n")
        self.codes = make_bookings(self.hub, self.one.today, 40)
        self.account = Account(self.hub, [self.one, self.two])
        for k in (self.one, self.two):
            k.start(self.display(), window="540x960" if window else None)
        self.gate.start(self.display("1024x600"),
                        window="1024x600" if window else None)
        for k in (self.one, self.two):
            k.wait_screen("home")
            k.wait_fresh()
        self.gate.wait_screen("ready")
        self.tell_homes()

    def display(self, size="1080x1920"):
        if self.window:
            return os.environ["DISPLAY"]
        self.screens.append(Screen(size))
        return self.screens[-1].display

    def tell_homes(self):
        wait_for("the roster of both kiosks", lambda: all(
            k.hub_status()["roster"] >= 3 for k in (self.one, self.two)))
        kiosks = [self.one, self.two]
        self.at_one = [c for c in self.codes
                       if home_of(kiosks, c) is self.one]
        self.at_two = [c for c in self.codes
                       if home_of(kiosks, c) is self.two]

    def picture(self, kiosk, name, words):
        if not self.window:
            kiosk.shot(os.path.join(FOLDER, name + ".png"))
            self.story.steps.append((name + ".png", words))

    def visit(self, kiosk, code, screen, name, words):
        next_visitor(kiosk)
        kiosk.scan(code)
        kiosk.wait_screen(screen)
        self.picture(kiosk, name, words)
        self.account.note(words)

    def online(self):
        a = self.at_one.pop()
        self.visit(self.one, a, "ticket", "01-one", "kiosk-1 admits Ani")
        self.visit(self.two, a, "result", "02-used",
                   "Ani's code at kiosk-2: used at kiosk 1")
        self.visit(self.two, self.at_two.pop(), "ticket", "03-two",
                   "kiosk-2 admits Budi")
        cancelled = self.at_two.pop()
        path = os.path.join(self.hub.folder, "cancelled.csv")
        write_bookings(path, self.one.today, [cancelled], "cancelled")
        self.hub.import_bookings(path)
        self.visit(self.two, cancelled, "result", "04-cancelled",
                   "Citra's booking was cancelled at the hub a moment ago")

    def cut_off(self):
        self.network.set("cut")
        self.two.wait_up(False)
        self.account.note("kiosk-2 is cut off")
        self.visit(self.two, self.at_two.pop(), "ticket", "05-alone",
                   "kiosk-2 admits Dewi, whose code is at home there")
        away = self.at_one.pop()
        self.visit(self.two, away, "result", "06-elsewhere",
                   "Eko is sent to kiosk 1, the home of his code")
        self.visit(self.one, away, "ticket", "07-eko",
                   "kiosk-1 admits Eko")
        sold = self.at_two.pop()
        self.visit(self.one, sold, "ticket", "08-sold",
                   "kiosk-1 admits a code that a broker sold twice")
        self.visit(self.two, sold, "ticket", "09-twice",
                   "kiosk-2, cut off, admits the same code: its home")

    def back(self):
        self.network.set("carry")
        self.two.wait_up(True, 90)
        self.two.wait_sent()
        wait_for("the double at the hub", lambda: self.hub.report(
            self.one.today)["doubles"])
        self.account.note("kiosk-2 is back, and has told what it did")

    def at_the_gate(self):
        """The gate heard of both kiosks' keys from the hub."""
        for n, kiosk in enumerate((self.one, self.two)):
            digits = digits_of(kiosk.papers()[-1])
            for m, words in enumerate((
                    f"gate-1 lets in the last paper of {kiosk.terminal}",
                    "gate-1 sees it once more: a copy")):
                time.sleep(1.1)  # the scanner's same-code pause
                self.gate.scan(digits)
                self.gate.wait_screen("shown")
                self.picture(self.gate, f"{10 + 2 * n + m}-gate", words)
                self.account.note(words)
                self.gate.wait_screen("ready")

    def tell(self):
        print("\nWhat each knew when:")
        self.account.show()
        print("\nThe hub's report of the day:")
        print(self.hub.ctl("report", str(OFFICE), str(self.one.today)))
        for k in (self.one, self.two, self.gate):
            print(f"{k.terminal}: " + k.ctl("audit", "verify").stdout.strip())
            k.ask("sync", "now")
            wait_for(f"the log of what {k.terminal} did", lambda k=k:
                     k.hub_status()["logged"] > 0)
        key = self.hub.ctl("log-key", str(OFFICE)).strip().splitlines()[-1]
        print("the hub's log: " + self.one.ctl(
            "audit", "verify", "--hub", self.hub.url, "--log-key", key,
            "--office", str(OFFICE)).stdout.strip())
        if not self.window:
            self.story.write_page()
            print(f"all pictures on one page: {FOLDER}/index.html")

    def stay(self):
        print('Type "1 CODE" or "2 CODE" to scan, "cut", "carry"; Ctrl-C '
              "ends. Codes:")
        for code in self.at_one[:6] + self.at_two[:6]:
            print(f"  {code}")
        for line in sys.stdin:
            words = line.split()
            if words and words[0] in ("cut", "carry"):
                self.network.set(words[0])
            elif len(words) == 2 and words[0] in ("1", "2"):
                (self.one if words[0] == "1" else self.two).scan(words[1])

    def close(self):
        for k in (self.one, self.two, self.gate):
            k.close()
        self.hub.stop()
        self.network.close()
        for s in self.screens:
            s.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/gcc")
    args = parser.parse_args()
    end_together()
    window = bool(os.environ.get("DISPLAY")) and \
        os.environ.get("DEMO") != "headless"
    demo = None
    try:
        demo = Demo(args.build, window)
        demo.online()
        demo.cut_off()
        demo.back()
        demo.at_the_gate()
        demo.tell()
        if window:
            demo.stay()
    except Failed as e:
        print(f"demo-office: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
    finally:
        if demo:
            demo.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
