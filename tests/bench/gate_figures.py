"""Figures of the whole gate: twenty persons in a minute, each with a ticket
that the kiosk printed, from the last byte of the scan to the verdict's picture;
and how still it stands when nobody comes.

usage: gate_figures.py --build DIR --work DIR {minute|idle}
Prints one line per figure: name, measured, goal, unit, tab-separated. A figure
that misses its goal is no failure; a person who is not let in is."""

import argparse
import os
import re
import statistics
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "assets/demo"))
from gate import Gate, digits_of, join  # noqa: E402
from office import Failed, Office, Screen, wait_for  # noqa: E402

PERSONS = 20
MINUTE_S = 60
STILL_S = 62
DONE = 4  # enum action of firmware/core/session.h


def say(name, measured, goal, unit):
    print(f"{name}\t{measured:.4g}\t{goal}\t{unit}", flush=True)


def print_tickets(kiosk, count):
    """The digits of so many papers."""
    for code in kiosk.codes["good"][:count]:
        before = len(kiosk.papers())
        kiosk.scan(code)
        kiosk.wait_screen("ticket")
        wait_for("the paper", lambda before=before:
                 len(kiosk.papers()) > before)
        kiosk.press_action(DONE)
        kiosk.wait_screen("home")
    return [digits_of(p) for p in kiosk.papers()]


class Screens:
    """Counts the pictures that a gate told of, as they come."""

    def __init__(self, gate):
        self.file = open(os.path.join(gate.folder, "layout.txt"), "rb")
        self.tail = b""

    def next(self, name, until):
        """When the next picture of that name began to be told."""
        while time.monotonic() < until:
            new = self.tail + self.file.read()
            lines = new.split(b"\n")
            self.tail = lines.pop()
            if b"screen " + name in lines:
                return time.monotonic()
            time.sleep(0.0005)
        raise Failed(f"no picture {name.decode()}")


def one_minute(gate, digits):
    screens = Screens(gate)
    took = []
    begun = time.monotonic()
    for i, d in enumerate(digits):
        time.sleep(max(0, begun + i * MINUTE_S / PERSONS - time.monotonic()))
        start = time.monotonic()
        gate.scan(d)
        took.append((screens.next(b"shown", start + 5) - start) * 1e3)
    return took


def wake_ups(gate):
    """Voluntary context switches of the terminal itself."""
    with open(f"/proc/{gate.process.pid}/status", encoding="ascii") as f:
        return int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)",
                             f.read()).group(1))


def idle(args, screens):
    gate = Gate(args.build, args.work + "/gate-still", "sound = no\n")
    try:
        gate.ctl("init")
        screens.append(Screen("1024x600"))
        gate.start(screens[-1].display)
        gate.wait_screen("ready")
        time.sleep(STILL_S)  # the arrow stands still after this
        before = wake_ups(gate)
        time.sleep(MINUTE_S)
        say("a gate's wake-ups in an idle minute", wake_ups(gate) - before, 4,
            "")
    finally:
        gate.close()


def minute(args, screens):
    kiosk = Office(args.build, args.work + "/gate-kiosk")
    gate = Gate(args.build, args.work + "/gate-office", "sound = no\n")
    try:
        screens += [Screen("1080x1920"), Screen("1024x600")]
        kiosk.make_bookings()
        kiosk.start(screens[0].display)
        kiosk.wait_screen("home")
        digits = print_tickets(kiosk, PERSONS)
        gate.ctl("init")
        join(kiosk, gate, args.work + "/gate-stick")
        kiosk.stop()
        gate.start(screens[1].display)
        gate.wait_screen("ready")
        took = one_minute(gate, digits)
        inside = gate.ctl("inside").stdout
        if f"persons: {PERSONS}" not in inside.splitlines():
            raise Failed(f"{PERSONS} were scanned, but: {inside}")
        say(f"{PERSONS} persons in a minute: scan to verdict on the screen, "
            "p50", statistics.median(took), 150, "ms")
        say("  the slowest", max(took), 150, "ms")
    finally:
        gate.close()
        kiosk.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("what", choices=("minute", "idle"))
    args = parser.parse_args()
    screens = []
    try:
        (idle if args.what == "idle" else minute)(args, screens)
    except Failed as e:
        print(f"gate_figures: {e}", file=sys.stderr)
        return 1
    finally:
        for s in screens:
            s.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
