#!/usr/bin/env python3
"""karcis-link against a hub that fails in every way: each test_ function is
one sentence. Usage: link_test.py --build build/gcc [NAME...]"""
import argparse
import concurrent.futures
import inspect
import os
import sys
import tempfile
import time
import traceback

import link_answers
import link_desk
from link_common import KEY, Skipped
from link_server import Link, make_certificates


def run(case):
    begun = time.monotonic()
    try:
        case()
        result, why = "ok", ""
    except Skipped as s:
        result, why = "skipped:", str(s)
    except BaseException:
        result, why = "not ok", traceback.format_exc()
    name = case.__name__[5:].replace("_", " ")
    return result, name, why, time.monotonic() - begun


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", default="build/gcc")
    p.add_argument("--jobs", type=int, default=6)
    p.add_argument("names", nargs="*")
    o = p.parse_args()
    Link.program = os.path.join(o.build, "karcis-link")
    cases = [f for module in (link_answers, link_desk)
             for n, f in inspect.getmembers(module) if n.startswith("test_") and
             (not o.names or any(w in n for w in o.names))]
    count = {"ok": 0, "not ok": 0, "skipped:": 0}
    with tempfile.TemporaryDirectory() as Link.folder:
        make_certificates(Link.folder)
        KEY.write(os.path.join(Link.folder, "key"))
        with concurrent.futures.ThreadPoolExecutor(o.jobs) as pool:
            for result, name, why, s in pool.map(run, cases):
                count[result] += 1
                print("%s %s (%.1f s)%s" % (result, name, s,
                                            "\n" + why if why else ""))
    print("%d passed, %d failed, %d skipped" % tuple(count.values()))
    return count["not ok"] > 0


if __name__ == "__main__":
    sys.exit(main())
