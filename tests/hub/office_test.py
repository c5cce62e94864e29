#!/usr/bin/env python3
"""Hub and terminals under real faults: the real programs, scans over
pseudo-terminals, a network between them that cuts and spoils, stores that are
put back, disks that are full, kills. Groups of tests run side by side, each
in a process of its own below build/office/BUILD/GROUP. NAMES as arguments run
only the tests whose group or name holds one of them."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import traceback

import office_desk
import office_disks
import office_gate
import office_gate_again
import office_kills
import office_network
import office_race
import office_restore
import office_state
from office_common import WITH_US, Bench, Failed, Skip, end_in_order

# The longest first. A module's TESTS: its tests by group.
GROUPS = {name: tests for module in (
    office_kills, office_race, office_restore, office_state, office_network,
    office_disks, office_desk, office_gate,
    office_gate_again) for name, tests in module.TESTS.items()}
LIMIT_S = 150  # of a group; one that takes longer has failed


def tests_of(group, names):
    return [t for t in GROUPS[group]
            if not names or any(n in group or n in t.__name__
                                for n in names)]


def run_one(bench, test):
    """'passed', 'failed' or 'skipped'; says which and why."""
    name = test.__name__[len("test_"):].replace("_", " ")
    if bench.store != "sqlite":
        name += f" ({bench.store})"
    started = time.monotonic()
    try:
        test(bench)
        result, words = "passed", []
    except Skip as e:
        result, words = "skipped", [f"skipped: {e}"]
    except Failed as e:
        result, words = "failed", [f"FAILED: {e}"]
    except Exception:  # a broken test counts as a failed one
        result, words = "failed", ["FAILED: " + traceback.format_exc()]
    finally:
        said = bench.end_test()
    print(f"{name} ({time.monotonic() - started:.1f} s) "
          f"{'; '.join(said + words)}", flush=True)
    return result


def run_group(group, names, build):
    """This process is a group's."""
    count = {"passed": 0, "failed": 0, "skipped": 0}
    folder = os.path.join("build/office", os.path.basename(build), group)
    shutil.rmtree(folder, ignore_errors=True)
    bench = Bench(build, folder,
                  "postgres" if group == "postgres" else "sqlite")
    try:
        for test in tests_of(group, names):
            count[run_one(bench, test)] += 1
    finally:
        bench.close()
    print(f"{count['passed']} passed, {count['failed']} failed, "
          f"{count['skipped']} skipped")
    return 1 if count["failed"] else 0


class Display:
    """An X server for all; windows lie upon each other, which tells nobody
    anything: what a kiosk shows it also writes."""

    def __init__(self):
        read, write = os.pipe()
        self.process = subprocess.Popen(
            [*WITH_US, "Xvfb", "-displayfd", str(write), "-screen", "0",
             "540x960x24", "-nolisten", "tcp"], pass_fds=[write],
            stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as f:
            self.name = ":" + f.readline().strip()
        if self.name == ":":
            raise Failed("Xvfb does not start")

    def close(self):
        self.process.kill()
        self.process.wait()


def own_mounts():
    """A command's head that gives it mounts of its own, or none."""
    for words in (["unshare", "-m"], ["unshare", "-r", "-m"]):
        if subprocess.run([*words, "true"], stderr=subprocess.DEVNULL,
                          check=False).returncode == 0:
            return words
    return []


class Group:
    """A group's process and its log."""

    def __init__(self, name, args, head):
        self.name = name
        self.log = os.path.join("build", f"office-{name}.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*WITH_US, *head, sys.executable, os.path.abspath(__file__),
                 "--build", args.build, "--group", name, *args.names],
                stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT)
        self.until = time.monotonic() + LIMIT_S

    def wait(self):
        """Its log, with what its last line counts."""
        late = ""
        try:
            self.process.wait(max(0, self.until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait()
            late = f"FAILED: the group {self.name} took over {LIMIT_S} s\n"
        with open(self.log, encoding="utf-8", errors="replace") as f:
            text = f.read() + late
        found = re.search(r"(\d+) passed, (\d+) failed, (\d+) skipped\n$",
                          text)
        if not found:
            lines = text.splitlines()
            return text, [sum(" s) " in n and "FAILED" not in n and
                              "skipped: " not in n for n in lines),
                          1 + text.count(" s) FAILED"), 0]
        return text[:found.start()], [int(n) for n in found.groups()]


def run_all(args):
    total = [0, 0, 0]
    display = Display()
    os.environ["KARCIS_OFFICE_DISPLAY"] = display.name
    groups = [Group(g, args, own_mounts() if g == "disks" else [])
              for g in GROUPS if tests_of(g, args.names)]
    try:
        for g in groups:
            text, counts = g.wait()
            print(f"{g.name}:\n{text}", end="", flush=True)
            total = [a + b for a, b in zip(total, counts)]
    finally:
        for g in groups:
            if g.process.poll() is None:
                g.process.terminate()
                g.process.wait()
        display.close()
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/gcc")
    parser.add_argument("--group")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    end_in_order()
    args.build = os.path.abspath(args.build)
    if args.group:
        return run_group(args.group, args.names, args.build)
    return run_all(args)


if __name__ == "__main__":
    sys.exit(main())
