#!/usr/bin/env python3
"""Every stick of hostile_fs.py, plugged into a guest with a real kernel, where
the real karcis-update finds, mounts and judges it. One machine for all of
them: it must live on. About five seconds a stick under emulation.

usage: hostile_guest.py [--build DIR] [NAMES]

Not in `make test`: `make test-sticks`."""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile

import bundles
import hostile_fs

sys.path.insert(0, os.path.join(hostile_fs.ROOT, "tests/appliance"))
import guest  # noqa: E402
import machine  # noqa: E402
from checks import Checks  # noqa: E402
from machine import Failed, wait_for  # noqa: E402

FOLDER = os.path.join(hostile_fs.ROOT, "build/appliance/sticks")
STICK_S = 300


def wait_line(m, word, count):
    """The count-th line that begins with the word."""
    found = []

    def ask():
        text = guest.output(m)
        found[:] = re.findall(f"^{word}.*$", text, re.M)
        if len(found) >= count:
            return True
        if re.search("^fault ", text, re.M) or not m.running():
            raise Failed(f"the guest fell over: {text[-400:]!r}")
        return False
    wait_for(f"line {count} of {word}", ask, STICK_S)
    return found[count - 1]


def judge(stick, look, end):
    """What to say of it; Failed where it is wrong."""
    kind = stick["image"].rpartition(".")[2]
    if kind == "good":
        if look[1] != "offered" or end[1] != "ready":
            raise Failed(f"not taken: {look} {end}")
        return "taken"
    if end[1] != "refused" or end[2] not in stick["wanted"]:
        raise Failed(f"{end[1:]}, wanted {stick['wanted']}")
    if end[3] != "none":
        raise Failed("slot b was written")
    if kind == "img" and look[1] != "refused":
        raise Failed(f"refused, but it was offered before: {end}")
    return end[2]


def try_one(m, n, stick):
    wait_line(m, "waits", n)
    name = m.plug_stick(os.path.join(FOLDER, stick["image"]), read_only=True)
    try:
        look, end = (wait_line(m, word + " ", n).split(None, 4)
                     for word in ("look", "end"))
    finally:
        m.pull_stick(name)
    return judge(stick, look, end)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", default="build/gcc")
    p.add_argument("names", nargs="*")
    o = p.parse_args()
    c = Checks()
    if not shutil.which("qemu-system-x86_64"):
        c.skip("hostile sticks", "no qemu-system-x86_64 here")
        sys.exit(c.end())
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    program = os.path.join(FOLDER, "hostile-guest")
    bundles.run("gcc", "-D_GNU_SOURCE", "-std=c17", "-O2", "-Wall", "-Wextra",
                "-Werror", "-o", program, os.path.join(
                    os.path.dirname(__file__), "hostile_guest.c"))
    with tempfile.TemporaryDirectory() as folder:
        ring = hostile_fs.write_all(FOLDER, folder, None)
        shutil.copy(ring, os.path.join(FOLDER, "keyring.pem"))
    running = bundles.image(os.path.join(FOLDER, "running.squashfs"),
                            bundles.release("0.4.0", 3), 4096)
    with open(os.path.join(FOLDER, "expected.json")) as f:
        sticks = [s for s in json.load(f) if not o.names or
                  any(n in s["image"] for n in o.names)]
    update = os.path.abspath(os.path.join(o.build, "karcis-update"))
    with guest.guest(os.path.join(FOLDER, "guest"),
                     [program, update, running, FOLDER + "/keyring.pem",
                      str(len(sticks))],
                     adds=[running, FOLDER + "/keyring.pem"], usb=[],
                     programs=[update, "/usr/bin/rauc",
                               "/usr/bin/unsquashfs"]) as m:
        m.start()
        m.wait_said("guest: begins", 240)
        for n, stick in enumerate(sticks, 1):
            said = c.run(f"{stick['image']}: {stick['what']}", try_one, m, n,
                         stick)
            print("       ", said, flush=True)
            if said is None and (guest.exit_code(m) is not None or
                                 not m.running()):
                break
    sys.exit(c.end())


if __name__ == "__main__":
    main()
