"""Visitors: codes, papers, refusals, and a terminal killed under them."""

import json
import os
import random
import socket
import subprocess
import time

from terminal import (ENTER, Failed, LANG_EN, LANG_ID, PAUSE_S, TYPE, admitted,
                      check_papers, holds, home, journal_copy, kill, label_on,
                      paper_after, qr_of, refused, same, shows, sql, stays,
                      wait_for)


def give_birth_date(office, digits):
    office.wait_screen("identity")
    office.type_code(digits)
    office.press_action(ENTER)


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


def test_status_is_json_with_and_without_the_terminal(b):
    o = b.office("status")
    running = json.loads(o.ctl("status", "--json").stdout)
    same((running["running"], running["screen"], running["storage"],
          running["bookings"]), (True, "home", "ok", 12), "status")
    same(running["printer"]["connected"], "yes", "the printer")
    o.stop()
    same(json.loads(o.ctl("status", "--json").stdout)["running"], False,
         "running")


def test_a_silent_guest_at_the_control_socket_gives_way(b):
    o = b.office("silent")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as guest:
        guest.connect(os.path.join(o.folder, "state/control.sock"))
        time.sleep(0.2)
        started = time.monotonic()
        same(json.loads(o.ctl("status", "--json").stdout)["running"], True,
             "running")
        if not 1 < time.monotonic() - started < 10:
            raise Failed("the guest was not waited for, or too long")


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
    test_birth_date_a_wrong_date_looks_like_an_unknown_code,
    test_hostile_scans_leave_the_home_screen,
    test_the_language_changes_the_texts_also_after_the_scan,
    test_status_is_json_with_and_without_the_terminal,
    test_a_silent_guest_at_the_control_socket_gives_way,
    test_the_number_on_the_ticket_screen_reads_as_printed,
]
