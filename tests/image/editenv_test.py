#!/usr/bin/env python3
"""assets/image/grub-editenv: RAUC's boot state is written over its own bytes, one
copy after the other."""
import os
import shutil
import subprocess
import tempfile

from check import check, end

WRAPPER = os.path.join(os.path.dirname(__file__), "../../assets/image/grub-editenv")
REAL = shutil.which("grub-editenv")


def run(folder, *words, path=None):
    env = dict(os.environ, KARCIS_GRUB_EDITENV=REAL, TMPDIR=folder)
    if path is not None:
        env["PATH"] = path + ":" + env["PATH"]
    return subprocess.run(["sh", WRAPPER, os.path.join(folder, "grubenv"), *words],
                          env=env, text=True, capture_output=True, timeout=20, check=False)


def make(folder):
    for name in ("grubenv", "grubenv.spare"):
        subprocess.run([REAL, os.path.join(folder, name), "create"], check=True)
        subprocess.run([REAL, os.path.join(folder, name), "set", "ENV=1", "A_TRY=1"], check=True)


def value(folder, name, key):
    out = subprocess.run([REAL, os.path.join(folder, name), "list"], text=True,
                         capture_output=True, check=False).stdout
    return dict(line.split("=", 1) for line in out.splitlines()).get(key)


def both(folder, key):
    return value(folder, "grubenv", key), value(folder, "grubenv.spare", key)


def main():
    if REAL is None:
        print("skipped: no grub-editenv here (assets/packages-image.txt)")
        return
    with tempfile.TemporaryDirectory() as d:
        make(d)
        files = [os.path.join(d, n) for n in ("grubenv", "grubenv.spare")]
        before = [os.stat(f).st_ino for f in files]
        check("a value goes into both copies", (run(d, "set", "A_TRY=0").returncode,
              both(d, "A_TRY")), (0, ("0", "0")))
        check("the files stay where they are, of one size",
              ([os.stat(f).st_ino for f in files], [os.stat(f).st_size for f in files]),
              (before, [1024, 1024]))
        check("other values stay", both(d, "ENV"), ("1", "1"))
        check("list prints them", "A_TRY=0" in run(d, "list").stdout.splitlines(), True)
        check("a value with a space", (run(d, "set", "ORDER=B A").returncode,
              both(d, "ORDER")), (0, ("B A", "B A")))
        os.truncate(files[0], 0)
        run(d, "set", "A_TRY=1")
        check("an empty first copy is made anew from the spare",
              (both(d, "A_TRY"), both(d, "ORDER")), (("1", "1"), ("B A", "B A")))
        with open(files[1], "wb") as f:
            f.write(b"x" * 1024)
        run(d, "set", "A_TRY=0")
        check("a spoilt spare is made anew from the first", both(d, "A_TRY"), ("0", "0"))
        for f in files:
            os.truncate(f, 0)
        check("both lost: they begin as the boot loader assumes",
              (run(d, "set", "B_TRY=1").returncode, both(d, "ENV"), both(d, "ORDER"),
               both(d, "A_TRY"), both(d, "B_TRY")),
              (0, ("1", "1"), ("A B", "A B"), ("0", "0"), ("1", "1")))
        run(d, "set", "A_TRY=0")
        os.mkdir(os.path.join(d, "bin"))
        dd = os.path.join(d, "bin", "dd")
        with open(dd, "w", encoding="ascii") as f:
            f.write("#!/bin/sh\n: >%s\nexit 1\n" % files[0])
        os.chmod(dd, 0o755)
        check("a failed write is told", run(d, "set", "A_TRY=1", path=d + "/bin").returncode, 1)
        check("and has left the spare as it was", value(d, "grubenv.spare", "A_TRY"), "0")
        check("no copy is left lying about",
              sorted(os.listdir(d)), ["bin", "grubenv", "grubenv.spare"])
    end()


main()
