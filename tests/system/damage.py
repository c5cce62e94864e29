"""Files damaged, missing or taken: one clear sentence each."""

import json
import os
import shutil
import subprocess
import time

from terminal import (Failed, PAUSE_S, QUIET, Skip, SmallDisk, admitted,
                      holds, home, journal_copy, label_on, same, shows, sql,
                      wait_for)


def edit_journal(office, statement):
    """As somebody with the sqlite3 shell would, leaving no trace in the
    schema; the terminal has ended."""
    path = os.path.join(office.folder, "state/journal.db")
    guard = " ".join(sql(path, "SELECT sql FROM sqlite_master "
                         "WHERE name = 'entry_no_update'"))
    sql(path, f"DROP TRIGGER entry_no_update; {statement}; {guard};")


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


def ends_with(b, office, sentence, count=1, under=()):
    """karcis ends at once with exit 2; its log is this many lines, the last
    one with the sentence. `under`: the command that runs it."""
    office.start(b.screen.display, under=under)
    same(office.process.wait(10), 2, "exit of karcis")
    log = office.tail_log().splitlines()
    same(len(log), count, f"lines of the log {log!r}")
    holds(log[-1], sentence, "the log's last line")


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
    out_of_order(b, o, "state; karcis-ctl init makes it")
    r = o.ctl("status", check=False)
    same((r.returncode, r.stdout.count("\n")), (2, 1),
         "exit and lines of status")


def test_a_read_only_state_directory_is_said(b):
    o = b.office("readonly", run=False)
    state = os.path.join(o.folder, "state")
    if subprocess.run(["mount", "--bind", state, state],
                      **QUIET).returncode != 0:
        raise Skip("mount --bind needs root and CAP_SYS_ADMIN")
    try:
        if subprocess.run(["mount", "-o", "remount,ro,bind", state],
                          **QUIET).returncode != 0:
            raise Skip("a bind mount can't be made read-only here")
        out_of_order(b, o, "state/lock: Read-only file system")
    finally:
        subprocess.run(["umount", "-l", state], **QUIET)


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


FULL = "the disk is full"


def test_a_disk_that_fills_up_admits_nobody_by_half(b):
    o = b.office("fulldisk", run=False)
    with SmallDisk(o) as disk:
        o.start(b.screen.display)
        o.wait_screen("home")
        admitted(o, o.codes["good"][0])
        home(o)
        disk.fill()
        o.scan(o.codes["good"][2])
        o.wait_screen("result")
        shows(o, "Kiosk ini sedang rusak")
        home(o)
        shows(o, "Kiosk ini sedang rusak")
        time.sleep(PAUSE_S)
        o.scan(o.codes["good"][4])
        o.wait_screen("result")
        home(o)
        same(o.tail_log().count(FULL), 1, "times that the log says it")
        same(len(o.papers()), 1, "papers")
        status = json.loads(o.ctl("status", "--json").stdout)
        same((status["running"], status["storage"]), (True, "fault"),
             "running and storage")
        holds(status["storage_finding"], FULL, "status")
        disk.clear()
        time.sleep(PAUSE_S)
        admitted(o, o.codes["good"][2])
        same(label_on(o), "A-002", "the number after the fault")
        o.stop()
        same(sql(journal_copy(o), "SELECT count(*), count(DISTINCT "
                 "hex(booking)) FROM entry WHERE kind = 2"), ["2|2"],
             "admissions|bookings")
        same(o.ctl("audit", "verify", check=False).returncode, 0,
             "exit of audit verify")


def test_a_disk_that_is_full_at_the_start_is_said_and_tried_again(b):
    o = b.office("fullstart", run=False, clock="09:00:35")
    with SmallDisk(o) as disk:
        disk.fill()
        o.start(b.screen.display)
        o.wait_screen("home")
        shows(o, "Kiosk ini sedang rusak")
        same(o.tail_log().count(FULL), 1, "times that the log says it")
        disk.clear()
        wait_for("the kiosk to serve", lambda: "Kiosk ini sedang rusak"
                 not in " ".join(o.texts()), 45)
        admitted(o, o.codes["good"][0])


def test_a_missing_font_is_named_with_its_package(b):
    o = b.office("nofont", run=False)
    fonts = "/usr/share/fonts/opentype/inter"
    hide = ["unshare", "-m", "sh", "-c",
            f'mount -t tmpfs tmpfs {fonts} && exec "$@"', "sh"]
    if subprocess.run([*hide, "true"], **QUIET).returncode != 0:
        raise Skip("unshare -m and mount need root and CAP_SYS_ADMIN")
    ends_with(b, o, f"the font {fonts}/Inter-Regular.otf is missing: "
              "install the Debian package fonts-inter", under=hide)


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


def on_card(office, uuid, serial, *words):
    """karcis-ctl as on a disk with this file system, told by udev."""
    dev = os.stat(office.folder).st_dev
    card = os.path.join(office.folder, "card.umockdev")
    with open(card, "w", encoding="utf-8") as f:
        f.write("P: /devices/virtual/block/card0\nN: card0\n"
                "E: DEVNAME=/dev/card0\nE: DEVTYPE=disk\n"
                "E: SUBSYSTEM=block\n"
                f"E: MAJOR={os.major(dev)}\nE: MINOR={os.minor(dev)}\n"
                f"E: ID_FS_UUID={uuid}\nE: ID_SERIAL={serial}\n"
                f"A: dev={os.major(dev)}:{os.minor(dev)}\n")
    env = office.environment()
    fake = env.pop("LD_PRELOAD")
    r = subprocess.run(
        ["umockdev-run", "-d", card, "--", "env", "LD_PRELOAD=" + fake +
         " libumockdev-preload.so.0", os.path.join(office.build,
                                                   "karcis-ctl"),
         "--config", office.config, *words], env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return r.returncode, r.stdout


def test_a_copied_card_asks_for_new_keys(b):
    o = b.office("card", run=False)
    same(on_card(o, "f1", "d1", "rekey")[0], 0, "exit of rekey")
    same(on_card(o, "f1", "d1", "audit", "verify")[0], 0,
         "exit on the same card")
    for uuid, serial, what in (("f2", "d1", "file system"),
                               ("f1", "d2", "disk")):
        code, said = on_card(o, uuid, serial, "audit", "verify")
        same(code, 2, "exit on another " + what)
        holds(said, f"made on another {what}; run karcis-ctl rekey", "it")
    same(on_card(o, "f2", "d2", "rekey")[0], 0, "exit of rekey")
    same(on_card(o, "f2", "d2", "audit", "verify")[0], 0,
         "exit after rekey")


TESTS = [
    test_a_copied_card_asks_for_new_keys,
    test_a_hand_edited_journal_is_named,
    test_a_damaged_cache_puts_the_kiosk_out_of_order,
    test_a_cache_damaged_behind_its_first_page_is_out_of_order_too,
    test_a_damaged_journal_puts_the_kiosk_out_of_order,
    test_a_missing_state_directory_is_said,
    test_a_read_only_state_directory_is_said,
    test_a_broken_configuration_is_named_line_by_line,
    test_a_missing_catalogue_is_said,
    test_a_missing_paper_directory_is_made,
    test_a_paper_directory_that_can_not_be_made_is_said,
    test_a_disk_that_fills_up_admits_nobody_by_half,
    test_a_disk_that_is_full_at_the_start_is_said_and_tried_again,
    test_a_missing_font_is_named_with_its_package,
    test_a_second_terminal_on_the_same_state_leaves_the_first_alone,
]
