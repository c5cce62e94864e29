#!/usr/bin/env python3
"""The terminal as people meet it: the real programs, scans over a
pseudo-terminal, pointer presses on an X server, paper drawn as pictures.
One test a sentence, each with an office of its own below build/system/BUILD/.
NAMES as arguments run only the tests whose names hold one of them."""

import argparse
import os
import shutil
import sys
import time
import traceback

import audits
import copies
import damage
import imports
import roster_ctl
import visits
from terminal import Bench, Failed, Skip, end_together

TESTS = visits.TESTS + audits.TESTS + copies.TESTS + damage.TESTS + \
    imports.TESTS + roster_ctl.TESTS


def run_one(bench, test):
    """'passed', 'failed' or 'skipped'; says which and why."""
    name = test.__name__[len("test_"):].replace("_", " ")
    started = time.monotonic()
    try:
        test(bench)
        result, words = "passed", ""
    except Skip as e:
        result, words = "skipped", f"skipped: {e}"
    except Failed as e:
        result, words = "failed", f"FAILED: {e}"
    except Exception:  # a broken test counts as a failed one
        result, words = "failed", "FAILED: " + traceback.format_exc()
    finally:
        bench.close_offices()
    print(f"{name} ({time.monotonic() - started:.1f} s) {words}", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/gcc")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    end_together()
    count = {"passed": 0, "failed": 0, "skipped": 0}
    bench = Bench(os.path.abspath(args.build))
    shutil.rmtree(bench.folder, ignore_errors=True)
    os.makedirs(bench.folder)
    try:
        for test in TESTS:
            if not args.names or any(n in test.__name__ for n in args.names):
                count[run_one(bench, test)] += 1
    finally:
        bench.close()
    print(f"{count['passed']} passed, {count['failed']} failed, "
          f"{count['skipped']} skipped")
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
