"""One line a check, "ok" or "not ok", and their sum as the last line."""

import subprocess
import time
import traceback

from machine import Failed


class Checks:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.figures = []
        self.began = time.monotonic()

    def at(self):
        return f"{time.monotonic() - self.began:6.1f} s"

    def ok(self, name):
        self.passed += 1
        print(f"{self.at()}  ok {name.replace('_', ' ')}", flush=True)

    def not_ok(self, name, why):
        self.failed += 1
        print(f"{self.at()}  not ok {name.replace('_', ' ')}: {why}",
              flush=True)

    def skip(self, name, why):
        self.skipped += 1
        print(f"{self.at()}  skipped: {name.replace('_', ' ')}: {why}",
              flush=True)

    def run(self, name, test, *arguments):
        """What the test gives; None when it failed."""
        try:
            got = test(*arguments)
        except (Failed, OSError, subprocess.SubprocessError, ValueError,
                KeyError) as e:
            if not isinstance(e, Failed):
                traceback.print_exc()
            self.not_ok(name, e)
            return None
        self.ok(name)
        return True if got is None else got

    def figure(self, name, value):
        self.figures.append((name, value))

    def end(self):
        for name, value in self.figures:
            print(f"figure {name}: {value}")
        print(f"{self.passed} passed, {self.failed} failed, "
              f"{self.skipped} skipped", flush=True)
        return 1 if self.failed else 0
