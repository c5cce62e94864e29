#!/usr/bin/env python3
"""karcis-hub as devices and administrators meet it: the real program on
SQLite or, where KARCIS_HUB_STORE says postgres:CONNINFO (tests/hub/pg.sh), on
that PostgreSQL. One test a sentence, each with a hub and a store of its own
below build/hub/. NAMES as arguments run only the tests whose names hold one
of them; --quick leaves out what takes half a minute, and PostgreSQL is not
asked again about what the store has no part in."""

import argparse
import os
import shutil
import subprocess
import sys
import time
import traceback

import server_commands
import server_http
import server_log
import server_polls
from hub_program import Failed, Hub, Skip

MODULES = (server_commands, server_polls, server_http, server_log)
SLOW = server_http.test_a_request_must_be_there_within_30_seconds


def wanted(args, postgres):
    """The tests to run, what takes long last."""
    tests = [t for m in MODULES for t in m.TESTS
             if t not in (m.WITHOUT_STORE if postgres else m.POSTGRES_ONLY)]
    tests = [t for t in tests
             if not args.names or any(n in t.__name__ for n in args.names)]
    slow = [t for t in tests if t is SLOW and not args.quick]
    return [t for t in tests if t is not SLOW] + slow


class Bench:
    """What tests share: the build, the store, the hubs that run."""

    def __init__(self, build, store):
        self.build, self.base = build, store
        self.postgres = store is not None
        self.sanitized = "address" in build or "thread" in build
        self.folder = os.path.abspath(os.path.join(
            "build/hub", os.path.basename(build) +
            ("-postgres" if store else "")))
        self.hubs, self.schemas, self.slow = [], 0, None
        local = time.time() + 7 * 3600  # WIB, that of the offices
        self.day, self.tomorrow = (
            time.strftime("%Y-%m-%d", time.gmtime(local + n * 86400))
            for n in (0, 1))
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)

    def new_store(self):
        """A schema of its own; None: SQLite in the hub's folder."""
        if not self.postgres:
            return None
        self.schemas += 1
        name = f"s{os.getpid()}_{self.schemas}"
        conninfo = self.base.removeprefix("postgres:")
        subprocess.run(["psql", "-q", "-c", f"CREATE SCHEMA {name}",
                        conninfo], check=True)
        return f"{self.base} options='-c search_path={name}'"

    def hub(self, name="hub", store=None, init=True, **settings):
        h = Hub(self.build, os.path.join(self.folder, name),
                store or self.new_store(), **settings)
        self.hubs.append(h)
        return h.init() if init else h

    @staticmethod
    def postgres_ctl(verb):
        subprocess.run(os.environ["KARCIS_PG_CTL"].split() + [verb],
                       check=True)

    def wait_for(self, fact, what, seconds=10):
        end = time.monotonic() + seconds
        while not fact():
            if time.monotonic() > end:
                raise Failed(f"no {what} within {seconds} s")
            time.sleep(0.02)

    def close(self, but=None):
        """What the sanitizers found, with leaks, is told at a hub's end."""
        ended, self.hubs = self.hubs, [h for h in self.hubs if h is but]
        for h in ended:
            if h is but:
                continue
            running = h.process and h.process.poll() is None
            code = h.end()[0] if running and self.sanitized else 0
            h.close()
            if code != 0 or "Sanitizer" in "".join(h.log):
                raise Failed(f"exit {code}: " + "".join(h.log))


def run_one(bench, test):
    """'passed', 'failed' or 'skipped'; says which and why."""
    name = test.__name__[len("test_"):].replace("_", " ")
    begun = time.monotonic()
    try:
        test(bench)
        result, words = "passed", ""
    except Skip as e:
        result, words = "skipped", f"skipped: {e}"
    except Failed as e:
        result, words = "failed", f"FAILED: {e}"
    except Exception:  # a broken test counts as a failed one
        result, words = "failed", "FAILED: " + traceback.format_exc()
    if result == "failed":
        words += "".join("\n  log: " + x.rstrip() for h in bench.hubs
                         for x in h.log[-5:])
    try:
        bench.close(bench.slow and bench.slow[0])
    except Failed as e:
        result, words = "failed", words + f"FAILED at its end: {e}"
    print(f"{name} ({time.monotonic() - begun:.1f} s) {words}", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/gcc")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    bench = Bench(args.build, os.environ.get("KARCIS_HUB_STORE") or None)
    tests = wanted(args, bench.postgres)
    count = {"passed": 0, "failed": 0, "skipped": 0}
    try:
        if SLOW in tests:
            bench.slow = server_http.begin_slow(bench)
        for test in tests:
            count[run_one(bench, test)] += 1
    finally:
        bench.close()
    print(f"{count['passed']} passed, {count['failed']} failed, "
          f"{count['skipped']} skipped")
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
