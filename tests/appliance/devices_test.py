#!/usr/bin/env python3
"""The emulated USB devices against the drivers of a real kernel, in a guest
without an image: what the whole-machine tests stand on. Three boots.

    devices_test.py [BUILD]"""

import os
import re
import shutil
import subprocess
import sys
import time

import gdb
import guest
import machine
import sticks
from checks import Checks
from machine import wait_for

FOLDER = "build/appliance/devices"
BUILD = sys.argv[1] if len(sys.argv) > 1 else "build/gcc"
LISTEN_S = int(40 * machine.SLOW)
# linux/input-event-codes.h
KEY, ABS = 1, 3
MT_SLOT, MT_X, MT_Y, MT_ID = 47, 53, 54, 57


def events(m, device):
    """(type, code, value) that the guest's device of that name gave."""
    text = guest.output(m)
    n = re.search(rf"^input (\d+) .*{device}", text, re.M)
    if not n:
        return []
    return [tuple(int(v) for v in e) for e in re.findall(
        rf"^event {n.group(1)} (\d+) (\d+) (-?\d+)$", text, re.M)]


def keyboard_types(m):
    """A code comes as its keys: 7, shift-A, minus, enter."""
    m.usb["keyboard"].scan("7A-")
    wait_for("the keys", lambda: (KEY, 28, 0) in
             events(m, "Bar Code Scanner"), 20)
    got = [(c, v) for t, c, v in events(m, "Bar Code Scanner") if t == KEY]
    wanted = [(8, 1), (8, 0), (42, 1), (30, 1), (42, 0), (30, 0), (12, 1),
              (12, 0), (28, 1), (28, 0)]
    if sorted(got) != sorted(wanted):
        raise machine.Failed(f"{got}, not {wanted}")


def touch_lies_where_it_was_put(m):
    """The middle of the panel is the middle of the range."""
    m.usb["touch"].touch(540, 960)
    wait_for("the touch", lambda: (ABS, MT_ID, -1) in
             events(m, "Touch Screen"), 20)
    got = events(m, "Touch Screen")
    # (540.5 / 1080) and (960.5 / 1920) of 32768
    if (ABS, MT_X, 16399) not in got or (ABS, MT_Y, 16392) not in got:
        raise machine.Failed(f"it lies elsewhere: {got}")


def two_fingers_have_two_slots(m):
    before = len(events(m, "Touch Screen"))
    t = m.usb["touch"]
    for line in ("down 0 100 100", "down 1 20000 30000", "up 0", "up 1"):
        if t.tell(line) != "ok":
            raise machine.Failed("nobody reads the screen")
        time.sleep(0.3)
    wait_for("both fingers up", lambda: [e for e in events(
        m, "Touch Screen")[before:] if e == (ABS, MT_ID, -1)][1:], 20)
    got = events(m, "Touch Screen")[before:]
    if (ABS, MT_SLOT, 1) not in got or (ABS, MT_X, 20000) not in got:
        raise machine.Failed(f"the second finger is missing: {got}")


def hidpos_gives_its_report(m):
    m.usb["hidpos"].scan("KTL5-AB")
    # report 2, length 7, the text, zeros up to 58 bytes
    wanted = "0207" + b"KTL5-AB".hex() + "00" * 49
    wait_for("the report", lambda: f" {wanted}\n" in guest.output(m), 20)


def printer_answers(m):
    """DLE EOT 1 of a printer that is on line: 0x12, bits 1 and 4 alone."""
    if "printer 12\n" not in guest.output(m):
        raise machine.Failed(guest.output(m))


def unplugged_and_plugged_again(m):
    u = m.usb["keyboard"]
    u.tell("unplug")
    time.sleep(1)
    if u.read_by_guest():
        raise machine.Failed("it is read without a cable")
    u.tell("plug")
    wait_for("the device to be read again", u.read_by_guest, 20)


def stick_comes_and_goes(m):
    path = os.path.join(FOLDER, "stick.img")
    sticks.make(path, {"hello.txt": b"hello"})
    m.pull_stick(m.plug_stick(path))


def the_driver_prints_and_has_its_proof():
    """drivers/printer over usbfs: usblp gives way, paper comes, once."""
    folder = FOLDER + "-print"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    script = os.path.join(folder, "print.sh")
    program = os.path.abspath(os.path.join(BUILD, "device/print-one"))
    with open(script, "w", encoding="ascii") as f:
        f.write(f"#!/bin/sh\n(sleep 4; echo submit 7 20000; sleep 8; "
                f"echo quit) | {program} usb:auto\n")
    os.chmod(script, 0o755)
    with guest.guest(folder, [script], usb=("printer",),
                     programs=[program]) as m:
        m.start()
        guest.wait_exit(m, 300)
        if " job 7 printed " not in guest.output(m):
            raise machine.Failed(guest.output(m))
        if len(m.usb["printer"].papers()) > 1:
            raise machine.Failed("more than one paper")
        state = m.usb["printer"].state()
        if state["taken"] == "0" or state["proofs"] == "0":
            raise machine.Failed(f"the printer knows nothing: {state}")


def a_machine_that_hangs_is_reset():
    """The watchdog's 30 s; what fed it stands still with the processors."""
    folder = FOLDER + "-hang"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    script = os.path.join(folder, "feed.sh")
    with open(script, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\nexec 3>/dev/watchdog\necho feeding\n"
                "while :; do echo x >&3; sleep 1; done\n")
    os.chmod(script, 0o755)
    with guest.guest(folder, [script]) as m:
        # Without -no-reboot: QEMU would end as the watchdog bites.
        m.more = ["-gdb", f"unix:{m.socket_of('gdb')},server=on,wait=off"]
        m.start()
        m.wait_said("\nfeeding", 240)
        time.sleep(3)
        if m.qmp.count("WATCHDOG"):
            raise machine.Failed("it bit a machine that was alive")
        gdb.hang(m, 2)
        wait_for("watchdog", lambda: m.qmp.count("WATCHDOG") > 0, 120)


CASES = (printer_answers, keyboard_types, touch_lies_where_it_was_put,
         two_fingers_have_two_slots, hidpos_gives_its_report,
         unplugged_and_plugged_again, stick_comes_and_goes)


def main():
    c = Checks()
    try:
        with guest.guest(FOLDER, ["build/appliance/guest-probe",
                                  str(LISTEN_S)],
                         usb=("printer", "keyboard", "touch",
                              "hidpos")) as m:
            m.start()
            m.wait_said("\nready", 240)
            for case in CASES:
                c.run(case.__name__, case, m)
    except (machine.Failed, OSError, subprocess.SubprocessError) as e:
        c.not_ok("the guest", e)
    c.run("the driver prints and has its proof",
          the_driver_prints_and_has_its_proof)
    c.run("a machine that hangs is reset", a_machine_that_hangs_is_reset)
    return c.end()


if __name__ == "__main__":
    sys.exit(main())
