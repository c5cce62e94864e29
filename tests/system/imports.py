"""Bookings from CSV files."""

import json
import os
import shutil
import subprocess
import time

from terminal import (SmallDisk, admitted, holds, home, label_on, refused,
                      same, stays, wait_for)

HEADER = "code,service,date,start,end\n"


def row(office, code, date=None):
    return f"{code},paspor-baru,{date or office.today},09:00,09:15\n"


def import_bytes(office, name, data):
    path = os.path.join(office.folder, name)
    with open(path, "wb") as f:
        f.write(data)
    return path, office.ctl("import", path, check=False)


def refused_lines(office, name, data, lines, taken):
    """These lines are refused, in this order; this many bookings kept."""
    path, r = import_bytes(office, name, data)
    named = [int(x[len(path) + 1:].split(":")[0])
             for x in r.stdout.splitlines() if x.startswith(path + ":")]
    same(named, lines, f"refused lines of {name}")
    holds(r.stdout, f"import: {taken} bookings taken, {len(lines)} lines "
          "refused", "import")
    same(r.returncode, 1 if lines else 0, "exit of import")


def bookings(office):
    return json.loads(office.ctl("status", "--json").stdout)["bookings"]


def hostile_files(o):
    c = [x.strip() for x in subprocess.run(
        [os.path.join(o.build, "karcis-ctl"), "code", "new", "-n", "9"],
        text=True, stdout=subprocess.PIPE, check=True).stdout.split()]
    before = bookings(o)
    path, r = import_bytes(o, "header.csv", ("code,service,date,begin,end\n"
                                             + row(o, c[0])).encode())
    same(r.returncode, 2, "exit of import with a bad header")
    holds(r.stdout, path + ":1: header: ", "import")
    same(bookings(o), before, "bookings after a bad header")
    refused_lines(o, "lines.csv", b"".join((
        HEADER.encode(), row(o, c[0]).encode(),
        row(o, c[1], "2026-02-30").encode(), row(o, c[0]).encode(),
        b"x" * 10_000_000 + b"\n", row(o, c[2]).encode(),
        row(o, c[3]).encode().replace(b"paspor", b"pas\0por"),
        row(o, c[4]).encode())), [3, 4, 5, 7], 3)
    refused_lines(o, "bom.csv", b"\xef\xbb\xbf" +
                  (HEADER + row(o, c[5])).replace("\n", "\r\n").encode(),
                  [], 1)
    same(bookings(o), before + 4, "bookings")
    return c


def test_import_names_each_refused_line_and_keeps_the_good_ones(b):
    hostile_files(b.office("import", run=False))


def test_import_into_the_running_terminal_counts_at_once(b):
    o = b.office("import-running")
    codes = hostile_files(o)
    admitted(o, codes[5])


def test_an_import_of_many_refused_lines_still_says_its_sum(b):
    o = b.office("import-many", run=False)
    data = HEADER + "bad\n" * 5000 + row(o, o.codes["good"][0])
    r = import_bytes(o, "many.csv", data.encode())[1]
    same(r.returncode, 1, "exit of import")
    holds(r.stdout, "import: 1 bookings taken, 5000 lines refused", "import")


def test_an_import_killed_at_any_moment_is_whole_or_not_there(b):
    o = b.office("import-killed", run=False)
    codes = subprocess.run([os.path.join(b.build, "karcis-ctl"), "code",
                            "new", "-n", "20000"], text=True, check=True,
                           stdout=subprocess.PIPE).stdout.split()
    path = os.path.join(o.folder, "large.csv")
    with open(path, "w", encoding="utf-8") as f:
        f.write(HEADER + "".join(row(o, c) for c in codes))
    before, ends = bookings(o), set()
    state = os.path.join(o.folder, "state")
    shutil.copytree(state, state + ".before")
    for after_ms in range(10, 1000, 15):
        shutil.rmtree(state)
        shutil.copytree(state + ".before", state)
        p = subprocess.Popen([os.path.join(b.build, "karcis-ctl"),
                              "--config", o.config, "import", path],
                             env=o.environment(), stdout=subprocess.DEVNULL)
        time.sleep(after_ms / 1000)
        p.kill()
        ended = p.wait() == 0
        ends.add(bookings(o))
        if ended:
            break
    same(ends, {before, before + len(codes)}, "bookings after the kills")


def large_file(office, rows):
    codes = subprocess.run([os.path.join(office.build, "karcis-ctl"), "code",
                            "new", "-n", str(rows)], text=True, check=True,
                           stdout=subprocess.PIPE).stdout.split()
    path = os.path.join(office.folder, "large.csv")
    with open(path, "w", encoding="utf-8") as f:
        f.write(HEADER + "".join(row(office, c) for c in codes))
    return path, codes


def begin_import(office, path):
    """karcis-ctl import as a process; returns once the running terminal is at it."""
    p = subprocess.Popen([os.path.join(office.build, "karcis-ctl"),
                          "--config", office.config, "import", path],
                         env=office.environment(), text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wait_for("an import under way", lambda: office.ctl("status", check=False)
             .stdout.startswith("karcis-ctl: busy, an import is under way"))
    return p


def test_visitors_are_served_while_100000_rows_are_imported(b):
    o = b.office("import-busy")
    path, codes = large_file(o, 100000)
    with open(path, "a", encoding="utf-8") as f:
        f.write("\n" * 15_000_000)  # and it lasts until the visitor is served
    before = bookings(o)
    p = begin_import(o, path)
    begun = time.monotonic()
    o.scan(o.codes["good"][0])
    o.wait_screen("ticket")
    took = time.monotonic() - begun
    same(p.poll(), None, "the import's exit when the visitor has a number")
    label = label_on(o)
    holds(p.communicate()[0], "import: 100000 bookings taken, 0 lines "
          "refused", "import")
    print(f"served after {took:.2f} s, the import ended after "
          f"{time.monotonic() - begun:.2f} s")
    same((p.returncode, label), (0, "A-001"), "exit of import and number")
    same(bookings(o), before + 100000, "bookings")
    home(o)
    admitted(o, codes[99999])


def test_a_terminal_that_ends_while_it_imports_leaves_the_old_bookings(b):
    o = b.office("import-ended")
    path, codes = large_file(o, 100000)
    before = bookings(o)
    p = begin_import(o, path)
    o.stop()
    same(o.process.returncode, 0, "exit of karcis")
    same((p.wait(10), bookings(o)), (2, before), "exit of import, bookings")
    o.start(b.screen.display)
    o.wait_screen("home")
    refused(o, codes[0], "Kode tidak ditemukan")


def test_an_import_that_fills_the_disk_gives_it_back(b):
    o = b.office("import-full", run=False)
    path = large_file(o, 100000)[0]
    before = bookings(o)
    with SmallDisk(o):
        o.start(b.screen.display)
        o.wait_screen("home")
        r = o.ctl("import", path, check=False)
        same(r.returncode, 2, "exit of import")
        holds(r.stdout, "cache: the disk is full", "import")
        same(bookings(o), before, "bookings")
        admitted(o, o.codes["good"][0])


def test_a_pipe_is_no_file_to_import(b):
    o = b.office("import-pipe")
    pipe = os.path.join(o.folder, "pipe.csv")
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDWR)
    r = o.ctl("import", pipe, check=False)
    os.close(end)
    same((r.returncode, r.stdout), (2, f"karcis-ctl: {pipe}: not a regular "
                                    "file\n"), "exit and words of import")
    stays(o, "home")


TESTS = [
    test_import_names_each_refused_line_and_keeps_the_good_ones,
    test_import_into_the_running_terminal_counts_at_once,
    test_an_import_of_many_refused_lines_still_says_its_sum,
    test_visitors_are_served_while_100000_rows_are_imported,
    test_a_terminal_that_ends_while_it_imports_leaves_the_old_bookings,
    test_an_import_that_fills_the_disk_gives_it_back,
    test_a_pipe_is_no_file_to_import,
    test_an_import_killed_at_any_moment_is_whole_or_not_there,
]
