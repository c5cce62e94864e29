"""Bookings from CSV files."""

import json
import os
import shutil
import subprocess
import time

from terminal import admitted, holds, same

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


TESTS = [
    test_import_names_each_refused_line_and_keeps_the_good_ones,
    test_import_into_the_running_terminal_counts_at_once,
    test_an_import_of_many_refused_lines_still_says_its_sum,
    test_an_import_killed_at_any_moment_is_whole_or_not_there,
]
