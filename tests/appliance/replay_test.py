#!/usr/bin/env python3
"""The replayer of power cuts on logs that QEMU really writes (qemu-io)."""

import json
import os
import random
import shutil
import subprocess
import sys

import disk
import replay
from checks import Checks
from machine import Failed

FOLDER = "build/appliance/replay"
SIZE = 1 << 20


def record(*commands):
    """A disk of zeros, the log of what qemu-io did to it."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    base, log = f"{FOLDER}/base.img", f"{FOLDER}/log"
    work = f"{FOLDER}/work.img"
    for path in (base, work):
        with open(path, "wb") as f:
            f.truncate(SIZE)
    with open(log, "wb"):
        pass
    options = json.dumps({
        "driver": "blklogwrites",
        "file": {"driver": "raw",
                 "file": {"driver": "file", "filename": work}},
        "log": {"driver": "file", "filename": log}})
    argv = ["qemu-io", "-t", "writeback"]
    for c in commands:
        argv += ["-c", c]
    subprocess.run(argv + ["json:" + options], check=True,
                   stdout=subprocess.DEVNULL)
    return replay.Replay(base, log, f"{FOLDER}/state.img")


def byte(r, at):
    with open(r.state_path, "rb") as f:
        f.seek(at)
        return f.read(1)[0]


def same(got, wanted, what):
    if got != wanted:
        raise Failed(f"{what}: {got!r}, not {wanted!r}")


def flushed_writes_are_always_there():
    r = record("write -P 1 0 4096", "flush", "write -P 2 4096 4096")
    for seed in range(50):
        r.cut(len(r.entries), random.Random(seed))
        same(byte(r, 0), 1, "a flushed byte")
        r.back()
    r.close()


def unflushed_writes_are_sometimes_lost():
    r = record("write -P 1 0 4096", "flush", "write -P 2 4096 4096")
    # Closing flushes: the point before that.
    last = max(i for i, e in enumerate(r.entries) if e.writes()) + 1
    seen = set()
    for seed in range(100):
        same(r.cut(last, random.Random(seed))[0], 1, "writes in doubt")
        seen.add((byte(r, 4096), byte(r, 8191)))
        r.back()
        same(byte(r, 4096), 0, "what was taken back")
    # lost, whole, and torn
    same(seen, {(0, 0), (2, 2), (2, 0)}, "what a cut leaves")
    r.close()


def later_writes_survive_earlier_ones():
    r = record("write -P 1 0 512", "write -P 2 512 512")
    last = max(i for i, e in enumerate(r.entries) if e.writes()) + 1
    seen = set()
    for seed in range(200):
        r.cut(last, random.Random(seed))
        seen.add((byte(r, 0), byte(r, 512)))
        r.back()
    same(seen, {(0, 0), (1, 0), (0, 2), (1, 2)}, "what a cut leaves")
    r.close()


def all_of_the_log_is_the_disk():
    r = record("write -P 1 0 4096", "write -P 3 100k 64k", "flush",
               "write -P 4 1k 512")
    r.advance(len(r.entries))
    with open(r.state_path, "rb") as f, open(f"{FOLDER}/work.img",
                                             "rb") as g:
        same(f.read() == g.read(), True, "state and disk are equal")
    r.close()


def points_are_behind_writes_and_seeded():
    r = record("write -P 1 0 4096", "flush", "write -P 2 8k 4096", "flush")
    a = replay.points(r.entries, 20, 7)
    same(a, replay.points(r.entries, 20, 7), "the same seed")
    for p in a:
        same(r.entries[p - 1].writes(), True, "behind a write")
    r.close()


def what_is_no_log_is_said():
    with open(f"{FOLDER}/no", "wb") as f:
        f.write(b"x" * 4096)
    try:
        replay.entries(f"{FOLDER}/no")
    except Failed:
        return
    raise Failed("it was read")


def grubenv_is_read_as_grub_does():
    whole = (disk.GRUBENV_HEAD + b"ORDER=A B\nA_OK=1\n").ljust(1024, b"#")
    same(disk.grubenv(whole), {"ORDER": "A B", "A_OK": "1"}, "variables")
    same(disk.grubenv(whole[:1023]), None, "a short one")
    same(disk.grubenv(b"x" + whole[1:]), None, "another head")
    same(disk.grubenv(b"\0" * 1024), None, "zeros")


def main():
    c = Checks()
    for case in (flushed_writes_are_always_there,
                 unflushed_writes_are_sometimes_lost,
                 later_writes_survive_earlier_ones,
                 all_of_the_log_is_the_disk,
                 points_are_behind_writes_and_seeded,
                 what_is_no_log_is_said, grubenv_is_read_as_grub_does):
        c.run(case.__name__, case)
    return c.end()


if __name__ == "__main__":
    sys.exit(main())
