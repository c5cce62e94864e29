"""Runs tests that are functions: each name is a sentence, each gets a folder of
its own. The last line is "N passed, N failed, N skipped"."""

import argparse
import concurrent.futures
import os
import sys
import tempfile
import time
import traceback


class Failed(Exception):
    """What is not as it should be."""


class Skipped(Exception):
    """Why it can't run here."""


def same(got, wanted, what):
    if got != wanted:
        raise Failed(f"{what}: {got!r}, not {wanted!r}")


def true(fact, what):
    if not fact:
        raise Failed(what)


def holds(text, part, what):
    if part not in text:
        raise Failed(f"{what} lacks {part!r}: {text[-600:]!r}")


def run_one(case, common):
    begun = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="karcis-") as folder:
            case(common, folder)
        result, why = "ok", ""
    except Skipped as s:
        result, why = "skipped:", f": {s}"
    except Failed as f:
        result, why = "not ok", f": {f}"
    except Exception:  # a broken test is a failed one
        result, why = "not ok", "\n" + traceback.format_exc()
    name = case.__name__[5:].replace("_", " ")
    return result, f"{name} ({time.monotonic() - begun:.1f} s){why}"


def main(modules, prepare, jobs=2):
    """prepare(arguments, folder) makes what all cases share. Cases are the
    test_ functions of the modules, in their order."""
    p = argparse.ArgumentParser()
    p.add_argument("--build", default="build/gcc")
    p.add_argument("--long", action="store_true", help="every byte")
    p.add_argument("--jobs", type=int, default=jobs)
    p.add_argument("names", nargs="*")
    o = p.parse_args()
    o.build = os.path.abspath(o.build)
    cases = [f for m in modules for n, f in vars(m).items()
             if n.startswith("test_") and
             (not o.names or any(w in n for w in o.names))]
    count = {"ok": 0, "not ok": 0, "skipped:": 0}
    with tempfile.TemporaryDirectory(prefix="karcis-") as folder:
        common = prepare(o, folder)
        with concurrent.futures.ThreadPoolExecutor(o.jobs) as pool:
            for result, line in pool.map(lambda c: run_one(c, common), cases):
                count[result] += 1
                print(result, line, flush=True)
    print("%d passed, %d failed, %d skipped" % tuple(count.values()))
    sys.exit(1 if count["not ok"] or not cases else 0)
