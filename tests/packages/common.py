"""What the cases of this folder share."""
import argparse
import inspect
import os
import subprocess
import sys
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNITS = os.path.join(ROOT, "assets", "units")


class Skipped(Exception):
    pass


def run(*argv, check=True, timeout=60, **more):
    p = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, timeout=timeout, **more)
    if check:
        assert p.returncode == 0, "%s: exit %d\n%s" % (
            " ".join(argv), p.returncode, p.stdout)
    return p


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as f:
        return f.read()


def settings(text):
    """[(section, key, value)] of a unit or a drop-in."""
    out, section = [], ""
    for line in text.replace("\\\n", " ").splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line[1:-1]
        elif "=" in line and line[0] not in "#;":
            key, value = line.split("=", 1)
            out.append((section, key.strip(), value.strip()))
    return out


def main(module, **arguments):
    p = argparse.ArgumentParser()
    for name, default in arguments.items():
        p.add_argument("--" + name, default=default)
    p.add_argument("names", nargs="*")
    o = p.parse_args()
    count = {"ok": 0, "not ok": 0, "skipped:": 0}
    for name, case in inspect.getmembers(module):
        if not name.startswith("test_"):
            continue
        if o.names and not any(w in name for w in o.names):
            continue
        begun = time.monotonic()
        try:
            case(o)
            result, why = "ok", ""
        except Skipped as s:
            result, why = "skipped:", ": %s" % s
        except BaseException:
            result, why = "not ok", "\n" + traceback.format_exc()
        count[result] += 1
        print("%s %s (%.1f s)%s" % (result, name[5:].replace("_", " "),
                                    time.monotonic() - begun, why), flush=True)
    print("%d passed, %d failed, %d skipped" % tuple(count.values()))
    sys.exit(count["not ok"] > 0)
