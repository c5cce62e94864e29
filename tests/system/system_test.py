#!/usr/bin/env python3
"""The terminal as people meet it: the real programs, scans over a
pseudo-terminal, pointer presses on an X server, paper drawn as pictures.
One test a sentence, each with an office of its own below build/system/.
NAMES as arguments run only the tests whose names hold one of them."""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "assets/demo"))
from office import Failed, Office, Screen, wait_for  # noqa: E402

# enum action of firmware/core/session.h
TYPE, BACK, HELP, DONE, ENTER, LANG_ID, LANG_EN = 1, 2, 3, 4, 5, 6, 7
PAUSE_S = 1.1  # the scanner takes the same code again after one second


class Skip(Exception):
    """Why a test can't run here."""


class Bench:
    """What the tests share: the programs and an X server."""

    def __init__(self, build):
        self.build = build
        self.screen = Screen("1080x1920")
        self.offices = []

    def office(self, name, count=8, bookings=True, run=True, **kw):
        o = Office(self.build, os.path.join("build/system", name), **kw)
        self.offices.append(o)
        if bookings:
            o.make_bookings(count)
        if run:
            o.start(self.screen.display)
            o.wait_screen("home")
        return o

    def close_offices(self):
        for o in self.offices:
            if o.process and o.process.poll() is None:
                o.process.kill()
                o.process.wait()
            o.close()
        self.offices = []

    def close(self):
        self.close_offices()
        self.screen.close()


def same(got, wanted, what):
    if got != wanted:
        raise Failed(f"{what}: {got!r}, not {wanted!r}")


def holds(text, part, what="the text"):
    if part not in text:
        end = text if len(text) < 400 else "..." + text[-400:]
        raise Failed(f"{what} lacks {part!r}: {end!r}")


def shows(office, text):
    """The screen comes to show this text, on one line or several."""
    wait_for(f"the text {text!r}, it shows {office.texts()!r}",
             lambda: text in " ".join(office.texts()), 5)


def stays(office, screen, seconds=0.6):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if office.process.poll() is not None:
            raise Failed("karcis ended: " + office.tail_log())
        same(office.read_layout()[0], screen, "the screen")
        time.sleep(0.05)


def home(office):
    office.press_action(DONE)
    office.wait_screen("home")


def qr_of(picture):
    r = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable",
                        "-Sqrcode.enable", picture], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                       check=False)
    return r.stdout.strip()


def paper_after(office, before):
    return wait_for("the paper", lambda: len(office.papers()) > before and
                    office.papers()[-1])


def admitted(office, code):
    """Scans a code that must be admitted and gives its paper's digits."""
    before = len(office.papers())
    office.scan(code)
    office.wait_screen("ticket")
    digits = qr_of(paper_after(office, before))
    if len(digits) != 200 or not digits.isdigit():
        raise Failed(f"the paper's QR reads {digits!r}")
    return digits


def refused(office, code, title):
    before = len(office.papers())
    office.scan(code)
    office.wait_screen("result")
    shows(office, title)
    same(len(office.papers()), before, "papers after a refusal")
    home(office)
    same(len(office.papers()), before, "papers after a refusal")


def sql(path, statement):
    r = subprocess.run(["sqlite3", path, statement], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       check=False)
    if r.returncode != 0:
        raise Failed(f"sqlite3 {path}: {r.stdout}")
    return r.stdout.split()


def journal_copy(office):
    """A copy to ask the sqlite3 shell about; the terminal has ended."""
    copy = os.path.join(office.folder, "copy.db")
    for tail in ("", "-wal"):
        if os.path.exists(copy + tail):
            os.unlink(copy + tail)
        source = os.path.join(office.folder, "state/journal.db" + tail)
        if os.path.exists(source):
            shutil.copy(source, copy + tail)
    return copy


def kill(office):
    office.process.send_signal(signal.SIGKILL)
    office.process.wait()


def label_on(office):
    """The big number of the ticket or number screen, as A-001."""
    for text in office.texts():
        if len(text) == 5 and text[1] == "-" and text[2:].isdigit():
            return text
    raise Failed(f"no number on the screen: {office.texts()!r}")


def test_a_scanned_code_becomes_paper_that_verifies(b):
    o = b.office("admit")
    digits = admitted(o, o.codes["good"][0])
    r = o.ctl("ticket", "verify", digits, check=False)
    same(r.returncode, 0, "exit of ticket verify")
    holds(r.stdout, label_on(o), "ticket verify")
    for at in (0, 50, 199):
        flipped = digits[:at] + str((int(digits[at]) + 1) % 10) + \
            digits[at + 1:]
        r = o.ctl("ticket", "verify", flipped, check=False)
        same(r.returncode, 1, f"exit of ticket verify, digit {at} changed")


def test_the_same_code_again_is_used_and_gets_no_paper(b):
    o = b.office("used")
    admitted(o, o.codes["good"][0])
    number = label_on(o)
    home(o)
    time.sleep(PAUSE_S)
    o.scan(o.codes["good"][0])
    o.wait_screen("result")
    shows(o, "Kode ini sudah dipakai")
    holds(" ".join(o.texts()), number, "the screen")
    home(o)
    time.sleep(0.5)
    same(len(o.papers()), 1, "papers")


def test_two_people_get_different_numbers_and_tickets(b):
    o = b.office("two")
    first = admitted(o, o.codes["good"][0])
    one = label_on(o)
    home(o)
    second = admitted(o, o.codes["good"][2])
    two = label_on(o)
    same((one, two), ("A-001", "A-002"), "the numbers")
    if first == second:
        raise Failed("two people got the same ticket")


def test_a_typed_code_is_admitted(b):
    o = b.office("typed")
    o.press_action(TYPE)
    o.wait_screen("keypad")
    o.type_code(o.codes["good"][1])
    o.press_action(ENTER)
    o.wait_screen("ticket")
    digits = qr_of(paper_after(o, 0))
    same(o.ctl("ticket", "verify", digits, check=False).returncode, 0,
         "exit of ticket verify")


def test_a_wrong_check_symbol_stays_on_the_keypad(b):
    o = b.office("slip")
    code = o.codes["good"][0].replace("-", "")
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    o.press_action(TYPE)
    o.wait_screen("keypad")
    o.type_code(wrong)
    o.press_action(ENTER)
    shows(o, "Ada huruf yang keliru")
    stays(o, "keypad")
    same(len(o.papers()), 0, "papers")


def test_the_language_changes_the_texts_also_after_the_scan(b):
    o = b.office("language")
    shows(o, "Ambil nomor antrean")
    o.press_action(LANG_EN)
    shows(o, "Get your queue number")
    o.press_action(LANG_ID)
    shows(o, "Ambil nomor antrean")
    o.scan(o.codes["early"])
    o.wait_screen("result")
    shows(o, "Anda datang lebih awal")
    o.press_action(LANG_EN)
    shows(o, "You are early")


def test_who_may_not_enter_is_told_why_and_gets_no_paper(b):
    o = b.office("refusals")
    refused(o, o.codes["early"], "Anda datang lebih awal")
    refused(o, o.codes["cancelled"], "Booking ini dibatalkan")
    refused(o, o.codes["other day"], "Jadwal Anda bukan hari ini")
    refused(o, o.codes["expired"], "Jadwal Anda sudah lewat")
    stranger = subprocess.run([os.path.join(b.build, "karcis-ctl"), "code",
                               "new"], text=True, stdout=subprocess.PIPE,
                              check=True).stdout.strip()
    refused(o, stranger, "Kode tidak ditemukan")
    o.stop()
    same(sql(journal_copy(o), "SELECT count(*) FROM entry WHERE kind = 2"),
         ["0"], "admissions")


def test_without_paper_the_screen_is_the_ticket(b):
    o = b.office("nopaper")
    with open(os.path.join(o.paper, "NO-PAPER"), "w", encoding="utf-8"):
        pass
    time.sleep(1.5)  # the printer's status poll
    o.scan(o.codes["good"][0])
    o.wait_screen("number")
    shows(o, "Foto layar ini sebagai tiket Anda.")
    shot = os.path.join(o.folder, "number.png")
    o.shot(shot)
    digits = qr_of(shot)
    r = o.ctl("ticket", "verify", digits or "0", check=False)
    same(r.returncode, 0, "exit of ticket verify of the screen's QR")
    holds(r.stdout, label_on(o), "ticket verify")
    same(len(o.papers()), 0, "papers")


def check_papers(office):
    """Every whole paper's ticket is genuine and its number is in the
    journal; gives the numbers."""
    journal = sql(journal_copy(office),
                  "SELECT char(64 + label) || '-' || printf('%03d', number) "
                  "FROM entry WHERE kind = 2")
    numbers = []
    for paper in office.papers():
        digits = qr_of(paper)
        if not digits:  # killed while the picture was written
            continue
        r = office.ctl("ticket", "verify", digits, check=False)
        same(r.returncode, 0, f"exit of ticket verify of {paper}")
        number = [n for n in journal if n in r.stdout]
        if len(number) != 1:
            raise Failed(f"{paper}: {r.stdout!r} is not in the journal "
                         f"{journal!r}")
        numbers += number
    return numbers


def test_nobody_is_lost_or_doubled_by_kill_9_at_any_moment(b):
    o = b.office("kill", count=14, run=False)
    seed = random.randrange(1 << 30)
    print(f"kill -9: seed {seed}")
    moment = random.Random(seed)
    for code in o.codes["good"][:14]:
        o.start(b.screen.display)
        o.wait_screen("home")
        o.scan(code)
        time.sleep(moment.random() ** 2 * 0.15)
        kill(o)
    copy = journal_copy(o)
    done = int(sql(copy, "SELECT count(*) FROM entry WHERE kind = 2")[0])
    print(f"kill -9: {done} of 14 admitted, {len(o.papers())} papers")
    check_papers(o)
    o.start(b.screen.display)
    o.wait_screen("home")
    for code in o.codes["good"][:14]:
        o.scan(code)
        wait_for("an answer", lambda: o.read_layout()[0] in
                 ("ticket", "result"))
        if o.read_layout()[0] == "result":
            shows(o, "Kode ini sudah dipakai")
        home(o)
    whole = o.ctl("audit", "verify", check=False)
    same(whole.returncode, 0, "exit of audit verify: " + whole.stdout)
    o.stop()
    copy = journal_copy(o)
    same(sql(copy, "SELECT count(*), count(DISTINCT hex(booking)), "
             "count(DISTINCT label * 10000 + number), "
             "count(DISTINCT key_id * 16777216 + seq) "
             "FROM entry WHERE kind = 2"), ["14|14|14|14"],
         "admissions|bookings|numbers|tickets")
    check_papers(o)


def edit_journal(office, statement):
    """As somebody with the sqlite3 shell would, leaving no trace in the
    schema; the terminal has ended."""
    path = os.path.join(office.folder, "state/journal.db")
    guard = " ".join(sql(path, "SELECT sql FROM sqlite_master "
                         "WHERE name = 'entry_no_update'"))
    sql(path, f"DROP TRIGGER entry_no_update; {statement}; {guard};")


def test_a_hand_edited_journal_is_named(b):
    o = b.office("edited")
    for code in o.codes["good"][:2]:
        admitted(o, code)
        home(o)
    o.stop()
    same(o.ctl("audit", "verify", check=False).returncode, 0,
         "exit of audit verify before the edit")
    n = sql(journal_copy(o), "SELECT min(n) FROM entry WHERE kind = 2")[0]
    edit_journal(o, f"UPDATE entry SET number = 7 WHERE n = {n}")
    r = o.ctl("audit", "verify", check=False)
    same(r.returncode, 1, "exit of audit verify")
    holds(r.stdout, f"entry {n} ", "audit verify")


def give_birth_date(office, digits):
    office.wait_screen("identity")
    office.type_code(digits)
    office.press_action(ENTER)


def test_birth_date_a_wrong_date_looks_like_an_unknown_code(b):
    o = b.office("identity", birth_date="ask")
    stranger = subprocess.run([os.path.join(b.build, "karcis-ctl"), "code",
                               "new"], text=True, stdout=subprocess.PIPE,
                              check=True).stdout.strip()
    seen = []
    for code, date in ((o.codes["good"][0], "08031990"),
                       (stranger, "07031990")):
        o.scan(code)
        give_birth_date(o, date)
        o.wait_screen("result")
        time.sleep(0.2)
        seen.append(o.read_layout()[1])
        home(o)
        time.sleep(PAUSE_S)
    same(seen[1], seen[0], "the screen of an unknown code")
    holds(" ".join(i[6] for i in seen[0]),
          "Kode atau tanggal lahir tidak cocok", "the screen")
    same(len(o.papers()), 0, "papers")
    o.scan(o.codes["good"][0])
    give_birth_date(o, "07031990")
    o.wait_screen("ticket")


def test_hostile_scans_leave_the_home_screen(b):
    o = b.office("hostile")
    for bytes_ in (b"A" * 4096 + b"\r", bytes(range(1, 32)) + b"\r",
                   b"\x00\x1b@\x1d(k\xff\xfe\r", b"\r\n\r\n\r",
                   b"\x1b[A\x1b]0;x\x07" * 100 + b"\r"):
        os.write(o.scanner, bytes_)
        stays(o, "home", 0.4)
    os.write(o.scanner, b"'; DROP TABLE booking; --\r")
    time.sleep(0.4)
    if o.read_layout()[0] == "result":
        shows(o, "Ini bukan kode booking")
        home(o)
    stays(o, "home", 0.2)
    same(len(o.papers()), 0, "papers")
    admitted(o, o.codes["good"][0])


def out_of_order(b, office, sentence):
    """The kiosk starts, says that it is out of order and logs one clear
    sentence; a scan is answered, admits nobody and ends nothing."""
    office.start(b.screen.display)
    office.wait_screen("home")
    shows(office, "Kiosk ini sedang rusak")
    shows(office, "Booking Anda tetap berlaku.")
    same(office.tail_log().count(sentence), 1,
         f"times that the log says {sentence!r}")
    office.scan(office.codes["good"][0])
    time.sleep(0.5)
    if office.read_layout()[0] not in ("home", "result"):
        raise Failed(f"it shows {office.read_layout()[0]}")
    same(len(office.papers()), 0, "papers")
    office.stop()
    same(office.process.returncode, 0, "exit of karcis")


def in_state(office, name):
    return os.path.join(office.folder, "state", name)


def overwrite(path, at, count):
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(b"\xa5" * count)


def test_a_damaged_cache_puts_the_kiosk_out_of_order(b):
    o = b.office("badcache", run=False)
    overwrite(in_state(o, "cache.db"), 0, 4096)
    out_of_order(b, o, "cache.db is damaged, restore it from a backup")


def test_a_cache_damaged_behind_its_first_page_is_out_of_order_too(b):
    o = b.office("badpages", run=False)
    size = os.path.getsize(in_state(o, "cache.db"))
    overwrite(in_state(o, "cache.db"), 4096, size - 4096)
    out_of_order(b, o, "cache.db is damaged, restore it from a backup")


def test_a_damaged_journal_puts_the_kiosk_out_of_order(b):
    o = b.office("badjournal", run=False)
    overwrite(in_state(o, "journal.db"), 0, 4096)
    out_of_order(b, o, "journal.db is damaged, restore it from a backup")


def test_a_missing_state_directory_is_said(b):
    o = b.office("nostate", run=False)
    shutil.rmtree(os.path.join(o.folder, "state"))
    out_of_order(b, o, "state/lock: No such file or directory")
    r = o.ctl("status", check=False)
    same((r.returncode, r.stdout.count("\n")), (2, 1),
         "exit and lines of status")


def test_a_read_only_state_directory_is_said(b):
    o = b.office("readonly", run=False)
    state = os.path.join(o.folder, "state")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL,
             "check": False}
    if subprocess.run(["mount", "--bind", state, state],
                      **quiet).returncode != 0:
        raise Skip("mount --bind needs root and CAP_SYS_ADMIN")
    try:
        if subprocess.run(["mount", "-o", "remount,ro,bind", state],
                          **quiet).returncode != 0:
            raise Skip("a bind mount can't be made read-only here")
        out_of_order(b, o, "state/lock: Read-only file system")
    finally:
        subprocess.run(["umount", "-l", state], **quiet)


def ends_with(b, office, sentence, count=1):
    """karcis ends at once with exit 2; its log is this many lines, the last
    one with the sentence."""
    office.start(b.screen.display)
    same(office.process.wait(10), 2, "exit of karcis")
    log = office.tail_log().splitlines()
    same(len(log), count, f"lines of the log {log!r}")
    holds(log[-1], sentence, "the log's last line")


def test_a_broken_configuration_is_named_line_by_line(b):
    o = b.office("badconfig", run=False)
    with open(o.config, encoding="utf-8") as f:
        n = len(f.read().splitlines())
    with open(o.config, "a", encoding="utf-8") as f:
        f.write("nonsense = 1\n[screen]\nviewing_mm = wide\n")
    ends_with(b, o, "the configuration has problems", 3)
    log = o.tail_log()
    holds(log, f"karcis.ini:{n + 1}: services.nonsense: unknown key", "log")
    holds(log, f"karcis.ini:{n + 3}: screen.viewing_mm: ", "log")
    r = o.ctl("check-config", o.config, check=False)
    same(r.returncode, 1, "exit of check-config")


def test_a_missing_catalogue_is_said(b):
    o = b.office("nocatalogue", run=False)
    right = o.environment
    o.environment = lambda: dict(right(), KARCIS_LOCALE="/nonexistent")
    ends_with(b, o, "/nonexistent/id/LC_MESSAGES/karcis.mo cannot be read")


def test_a_missing_paper_directory_is_made(b):
    o = b.office("nopaperdir", run=False)
    shutil.rmtree(o.paper)
    o.start(b.screen.display)
    o.wait_screen("home")
    o.scan(o.codes["good"][0])
    o.wait_screen("ticket")
    wait_for("the paper", lambda: os.path.isdir(o.paper) and o.papers())


def test_a_paper_directory_that_can_not_be_made_is_said(b):
    o = b.office("badpaperdir", run=False)
    shutil.rmtree(o.paper)
    with open(o.paper, "w", encoding="utf-8"):
        pass
    ends_with(b, o, "paper: Not a directory")


def test_a_second_terminal_on_the_same_state_leaves_the_first_alone(b):
    o = b.office("second")
    with open(os.path.join(o.folder, "second.log"), "w",
              encoding="utf-8") as log:
        second = subprocess.Popen(
            [os.path.join(b.build, "karcis"), "--config", o.config,
             "--window", "1080x1920"], stdout=subprocess.DEVNULL,
            stderr=log, env=dict(o.environment(),
                                 DISPLAY=b.screen.display))
    try:
        time.sleep(1)
        with open(log.name, encoding="utf-8") as f:
            holds(f.read(), "another karcis is using", "the second's log")
        status = json.loads(o.ctl("status", "--json").stdout)
        same((status["running"], status["storage"]), (True, "ok"),
             "running and storage")
    finally:
        second.terminate()
        second.wait(10)
    same(json.loads(o.ctl("status", "--json").stdout)["running"], True,
         "running after the second has ended")
    admitted(o, o.codes["good"][0])


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


def test_status_is_json_with_and_without_the_terminal(b):
    o = b.office("status")
    running = json.loads(o.ctl("status", "--json").stdout)
    same((running["running"], running["screen"], running["storage"],
          running["bookings"]), (True, "home", "ok", 12), "status")
    same(running["printer"]["connected"], "yes", "the printer")
    o.stop()
    same(json.loads(o.ctl("status", "--json").stdout)["running"], False,
         "running")


def test_the_number_on_the_ticket_screen_reads_as_printed(b):
    """tesseract, in Indonesian, at a distance: a third of the size."""
    o = b.office("read")
    o.scan(o.codes["good"][0])
    o.wait_screen("ticket")
    label = label_on(o)
    big = max((i for i in o.read_layout()[1] if i[6] == label),
              key=lambda i: i[3])
    shot = os.path.join(o.folder, "ticket.png")
    part = os.path.join(o.folder, "number.png")
    o.shot(shot)
    subprocess.run(["convert", shot, "-crop",
                    f"{big[2]}x{big[3]}+{big[0]}+{big[1]}", "+repage",
                    "-resize", "33%", "-bordercolor", "white", "-border",
                    "20", part], check=True)
    r = subprocess.run(["tesseract", part, "-", "-l", "ind", "--psm", "7"],
                       text=True, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL, check=True)
    same(r.stdout.strip(), label, "the number tesseract reads")


TESTS = [
    test_a_scanned_code_becomes_paper_that_verifies,
    test_the_same_code_again_is_used_and_gets_no_paper,
    test_two_people_get_different_numbers_and_tickets,
    test_a_typed_code_is_admitted,
    test_a_wrong_check_symbol_stays_on_the_keypad,
    test_who_may_not_enter_is_told_why_and_gets_no_paper,
    test_without_paper_the_screen_is_the_ticket,
    test_nobody_is_lost_or_doubled_by_kill_9_at_any_moment,
    test_a_hand_edited_journal_is_named,
    test_birth_date_a_wrong_date_looks_like_an_unknown_code,
    test_hostile_scans_leave_the_home_screen,
    test_the_language_changes_the_texts_also_after_the_scan,
    test_a_damaged_cache_puts_the_kiosk_out_of_order,
    test_a_cache_damaged_behind_its_first_page_is_out_of_order_too,
    test_a_damaged_journal_puts_the_kiosk_out_of_order,
    test_a_missing_state_directory_is_said,
    test_a_read_only_state_directory_is_said,
    test_a_broken_configuration_is_named_line_by_line,
    test_a_missing_catalogue_is_said,
    test_a_missing_paper_directory_is_made,
    test_a_paper_directory_that_can_not_be_made_is_said,
    test_a_second_terminal_on_the_same_state_leaves_the_first_alone,
    test_import_names_each_refused_line_and_keeps_the_good_ones,
    test_import_into_the_running_terminal_counts_at_once,
    test_an_import_of_many_refused_lines_still_says_its_sum,
    test_an_import_killed_at_any_moment_is_whole_or_not_there,
    test_status_is_json_with_and_without_the_terminal,
    test_the_number_on_the_ticket_screen_reads_as_printed,
]


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
    shutil.rmtree("build/system", ignore_errors=True)
    os.makedirs("build/system")
    count = {"passed": 0, "failed": 0, "skipped": 0}
    bench = Bench(os.path.abspath(args.build))
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
