#!/usr/bin/env python3
"""make demo: an office of today, on a window or, without a display or with
DEMO=headless, in pictures below build/demo/."""

import argparse
import html
import os
import select
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gate import Gate, digits_of, join  # noqa: E402
from office import Failed, Office, Screen, wait_for  # noqa: E402
from service import PIN, Service, walk  # noqa: E402

# enum action of firmware/core/session.h
TYPE, BACK, HELP, DONE, ENTER = 1, 2, 3, 4, 5
LANG_ID, LANG_EN = 6, 7


class Story:
    """Pictures in the order they were taken, with what they show."""

    def __init__(self, folder):
        self.folder = folder
        self.steps = []

    def picture(self, office, name, words):
        office.shot(os.path.join(self.folder, name + ".png"))
        self.steps.append((name + ".png", words))
        print(f"  {words}: build/demo/{name}.png")

    def paper(self, source, name, words):
        shutil.copy(source, os.path.join(self.folder, name + ".png"))
        self.steps.append((name + ".png", words))
        print(f"  {words}: build/demo/{name}.png")

    def write_page(self):
        with open(os.path.join(self.folder, "index.html"), "w",
                  encoding="utf-8") as f:
            f.write("<!doctype html><meta charset=utf-8><title>Karcis"
                    "</title><style>body{font-family:sans-serif;"
                    "background:#ddd}figure{display:inline-block;margin:8px;"
                    "vertical-align:top}img{width:300px;"
                    "background:#fff}</style><h1>Karcis</h1>\n")
            for picture, words in self.steps:
                f.write(f"<figure><img src='{picture}'><figcaption>"
                        f"{html.escape(words)}</figcaption></figure>\n")


def next_paper(office, before):
    return wait_for("the paper", lambda: len(office.papers()) > before and
                    office.papers()[-1])


def check_in(office, story):
    good = office.codes["good"][0]
    office.scan(good)
    office.wait_screen("ticket")
    story.picture(office, "02-ticket", "A booking code is scanned: admitted")
    paper = next_paper(office, 0)
    story.paper(paper, "03-paper", "Its paper")
    digits = digits_of(paper)
    print("  the paper's QR, read by zbar: " +
          office.ctl("ticket", "verify", digits).stdout.replace("\n", "; "))
    office.press_action(DONE)
    office.wait_screen("home")
    time.sleep(1.1)  # the scanner's same-code pause


def refusals(office, story):
    for n, (what, words) in enumerate((
            (office.codes["good"][0], "The same code again: used"),
            (office.codes["early"], "A slot at 10.30: early"),
            (office.codes["cancelled"], "A cancelled booking"),
            (office.codes["other day"], "A slot of tomorrow"),
            (office.codes["expired"], "A slot that has passed"))):
        office.scan(what)
        office.wait_screen("result")
        story.picture(office, f"{n + 4:02d}-refused", words)
        office.press_action(DONE)
        office.wait_screen("home")
        time.sleep(1.1)  # the scanner's same-code pause


def unknown(office, story):
    office.press_action(TYPE)
    office.wait_screen("keypad")
    office.type_code("0000000000")
    story.picture(office, "09-keypad", "A code is typed")
    office.press_action(ENTER)
    office.wait_screen("result")
    story.picture(office, "10-unknown", "It is not known")
    office.press_action(LANG_EN)
    story.picture(office, "11-unknown-en", "The same in English")
    office.press_action(DONE)
    office.wait_screen("home")


def paper_out(office, story):
    flag = os.path.join(office.paper, "NO-PAPER")
    with open(flag, "w", encoding="utf-8"):
        pass
    time.sleep(1.5)  # the printer's status poll
    office.scan(office.codes["good"][1])
    office.wait_screen("number")
    story.picture(office, "12-no-paper", "No paper: the ticket on the screen")
    office.press_action(DONE)
    office.wait_screen("home")
    os.unlink(flag)


def at_the_gate(gate, story, digits):
    """The ticket of the kiosk's first visitor, and what people try."""
    forged = digits[:100] + str((int(digits[100]) + 1) % 10) + digits[101:]

    def show(text, name, words):
        gate.scan(text)
        gate.wait_screen("shown")
        story.picture(gate, name, words)
        gate.wait_screen("ready")

    story.picture(gate, "14-gate", "The gate at the door waits")
    show(digits, "15-gate-in", "The paper's QR at the gate: may come in")
    show(digits, "16-gate-used", "A photograph of it: went in already")
    show(forged, "17-gate-forged", "One digit changed: not ours")
    show("https://example.org/free-number", "18-gate-form",
         "Something else: no ticket at all")
    gate.press("gate-way-out")
    show(digits, "19-gate-out", "The same person leaves")
    show(digits, "20-gate-again", "And comes in again, where that is allowed")
    gate.press("gate-list")
    gate.wait_screen("list")
    story.picture(gate, "21-gate-list", "Who is inside, for an evacuation")
    gate.press("gate-back")
    gate.wait_screen("ready")
    print("demo: the gate's " + gate.ctl("audit", "verify").stdout.strip())


def headless_gate(build, folder, story, kiosk, digits):
    screen = Screen("1024x600")
    gate = Gate(build, folder + "/gate",
                "direction = both\nreentry = yes\nsound = no\n")
    try:
        gate.ctl("init")
        print("demo: " + join(kiosk, gate, folder + "/stick").strip())
        gate.start(screen.display)
        gate.wait_screen("ready")
        at_the_gate(gate, story, digits)
    finally:
        gate.close()
        screen.close()


def headless(build):
    folder = "build/demo"
    screen = Screen("1080x1920")
    office = Office(build, folder + "/office",
                    extra=Service.line(folder + "/service"))
    story = Story(folder)
    service = None
    try:
        print(f"demo: {office.make_bookings().strip()}")
        service = Service(office, folder + "/service")
        service.start()
        print(f"demo: under libfaketime at 09:00 (WIB) of {office.today}")
        office.start(screen.display)
        office.wait_screen("home")
        story.picture(office, "01-home", "The home screen")
        check_in(office, story)
        refusals(office, story)
        unknown(office, story)
        paper_out(office, story)
        headless_gate(build, folder, story, office,
                      digits_of(office.papers()[0]))
        walk(service, story)
        print("demo: " + office.ctl("audit", "verify").stdout.strip())
        print(office.ctl("report", str(office.today)).stdout)
        story.write_page()
        print("demo: all pictures on one page: build/demo/index.html")
    finally:
        office.close()
        if service:
            service.close()
        screen.close()


def list_codes(office, service):
    print("Type or paste a code here and press Enter: it is scanned.")
    for what in ("early", "cancelled", "other day", "expired"):
        print(f"  {what:10} {office.codes[what]}")
    print("  bookings of about now:")
    for code in office.codes["good"][:12]:
        print(f"    {code}")
    print("  gate       the last paper is shown at the gate")
    print("  badge      a technician's badge is shown at the kiosk; its PIN is "
          + PIN)
    print(f"Updates lie on the stick {service.usb}.")
    print(f"Papers are drawn in {office.paper}; NO-PAPER there takes the "
          "paper out. Ctrl-C ends.")


def on_window(build):
    office = Office(build, "build/demo/office",
                    extra=Service.line("build/demo/service"))
    gate = Gate(build, "build/demo/gate", "direction = both\nreentry = yes\n")
    viewer = service = None
    try:
        print(office.make_bookings().strip())
        service = Service(office, "build/demo/service")
        service.bundle("0.5.0", 2)
        service.start()
        print(f"demo: under libfaketime at 09:00 (WIB) of {office.today}")
        office.start(os.environ["DISPLAY"], window="540x960")
        gate.ctl("init")
        print(join(office, gate, "build/demo/stick").strip())
        gate.start(os.environ["DISPLAY"], window="1024x600")
        list_codes(office, service)
        shown = 0
        while office.process.poll() is None:
            ready, _, _ = select.select([sys.stdin], [], [], 0.5)
            if ready:
                line = sys.stdin.readline()
                if not line:
                    break
                if line.strip() == "gate" and office.papers():
                    gate.scan(digits_of(office.papers()[-1]))
                elif line.strip() == "badge":
                    office.scan_plain(service.badge)
                else:
                    office.scan(line.strip())
            if len(office.papers()) > shown:
                shown = len(office.papers())
                if viewer:
                    viewer.terminate()
                # beside the window, which stands in the middle
                viewer = subprocess.Popen(["display", "-resize", "360x",
                                           "-geometry", "+0+0",
                                           office.papers()[-1]])
    except KeyboardInterrupt:
        print()
    finally:
        if viewer:
            viewer.terminate()
        gate.close()
        office.close()
        if service:
            service.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/gcc")
    args = parser.parse_args()
    os.makedirs("build/demo", exist_ok=True)
    try:
        if os.environ.get("DEMO") == "headless" or \
                not os.environ.get("DISPLAY"):
            headless(args.build)
        else:
            on_window(args.build)
    except Failed as e:
        print(f"demo: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
