#!/usr/bin/env python3
"""The real terminal on an emulated ticket printer, case by case.

usage: printer_test.py [--build DIR] [--jobs N] [--wrap COMMAND] [NAMES]
NAMES run only the cases whose names hold one of them. Every case begins with
printer and terminal of its own, and ends with papers and journal compared.
"""

import argparse
import os
import queue
import shutil
import sys
import threading
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import printer_bench  # noqa: E402
import printer_bytes  # noqa: E402
import printer_crash  # noqa: E402
import printer_family  # noqa: E402
import printer_load  # noqa: E402
import printer_paper  # noqa: E402
import printer_proof  # noqa: E402
from printer_bench import (  # noqa: E402
    Bench, Failed, Skip, end_together)

# What takes longest begins first.
MODULES = [printer_load, printer_family, printer_crash, printer_paper,
           printer_proof, printer_bytes]
lock = threading.Lock()
count = {"passed": 0, "failed": 0, "skipped": 0}


def run_one(bench, case):
    started = time.monotonic()
    try:
        case(bench)
        result, words = "passed", ""
    except Skip as e:
        result, words = "skipped", f"skipped: {e}"
    except Failed as e:
        result, words = "failed", f"FAILED: {e}"
    except Exception:  # a broken test counts as a failed one
        result, words = "failed", "FAILED: " + traceback.format_exc()
    folders = "" if result != "failed" else \
        f" [{printer_bench.FOLDER}/{bench.display[1:]}-{bench.number}]"
    bench.close_pairs(result != "failed")
    with lock:
        count[result] += 1
        print(f"{case.__doc__} ({time.monotonic() - started:.1f} s) "
              f"{words}{folders}", flush=True)


def work(build, wrap, todo):
    bench = Bench(build)
    bench.wrapper = wrap
    try:
        while True:
            try:
                case = todo.get_nowait()
            except queue.Empty:
                return
            run_one(bench, case)
    finally:
        bench.close()


def wanted(case, args):
    without = [n for n in args.without.split(",") if n]
    if any(n in case.__name__ for n in without):
        return False
    return not args.names or any(n in case.__name__ for n in args.names)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/gcc")
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--wrap", default="")
    parser.add_argument("--not", dest="without", default="",
                        help="names of cases to leave out, with commas")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    end_together()
    todo = queue.Queue()
    for case in [c for module in MODULES for c in module.CASES]:
        if wanted(case, args):
            todo.put(case)
    workers = [threading.Thread(target=work, args=(
        args.build, args.wrap.split(), todo)) for _ in range(args.jobs)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    if not count["failed"]:
        shutil.rmtree(printer_bench.FOLDER, ignore_errors=True)
    print(f"{count['passed']} passed, {count['failed']} failed, "
          f"{count['skipped']} skipped")
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
