#!/usr/bin/env python3
"""A kiosk and its gate, without a hub: the kiosk prints, keys go by files as
on a stick, the gate judges what its scanner reads. The real programs, each on
its own X server. NAMES as arguments run only the tests whose names hold one
of them; --build as system_test.py."""

import argparse
import atexit
import datetime
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import time

from terminal import (PAUSE_S, Bench, Failed, Office, Screen, admitted,
                      end_together, holds, home, journal_copy, kill, same,
                      shows, sql, wait_for)

PASS, REFUSAL, CLOCK = 13, 14, 7  # enum audit_kind of firmware/core/audit.h


class Gate(Office):
    """The same files and process, but a gate's, on a screen of its own."""

    def __init__(self, bench, name, extra="direction = both\nreentry = no\n",
                 days=0, **kw):
        super().__init__(bench.build, os.path.join(bench.folder, name),
                         size="1280x800", diagonal="10.1",
                         terminal="gate-1", role="gate",
                         extra="[gate]\n" + extra, **kw)
        self.today += datetime.timedelta(days=days)
        bench.offices.append(self)
        self.bench = bench
        self.preload = []

    def environment(self):
        env = super().environment()
        env["LD_PRELOAD"] = ":".join([env["LD_PRELOAD"], *self.preload])
        env["SDL_AUDIODRIVER"] = "dummy"
        return env

    def run(self):
        if not hasattr(self.bench, "gate_screen"):
            self.bench.gate_screen = Screen("1280x800")
            atexit.register(self.bench.gate_screen.close)
        self.start(self.bench.gate_screen.display)
        self.wait_screen("ready")

    def press(self, name):
        """A button by its name, as --dump-layout tells it."""
        def there():
            return [i for i in self.read_layout()[1]
                    if i[4] == "gate-" + name]
        try:
            self.press_at(wait_for(name, there, 5)[0])
        except Failed as e:
            raise Failed(f"{e}; the screen {self.read_layout()[0]} shows "
                         f"{self.texts()!r}") from e

    def shown(self, *texts):
        """Comes to show a verdict with all these texts."""
        def there():
            screen, items = self.read_layout()
            words = " ".join(i[6] for i in items)
            return screen == "shown" and all(t in words for t in texts)
        try:
            wait_for("the verdict", there, 10)
        except Failed as e:
            raise Failed(f"{texts!r} are not shown; {self.read_layout()[0]} "
                         f"shows {self.texts()!r}; {self.tail_log()}") from e

    def sees(self, digits, *texts):
        """Scans and is shown; a scanner tells the same code once a second."""
        time.sleep(PAUSE_S)
        self.scan(digits)
        self.shown(*texts)

    def whole_log(self):
        with open(os.path.join(self.folder, "karcis.log"),
                  encoding="utf-8", errors="replace") as f:
            return f.read()

    def persons(self):
        return json.loads(self.ctl("inside", "--json").stdout)["persons"]

    def entries(self, what, kind):
        """Of the journal, when the gate has ended."""
        return sql(journal_copy(self), f"SELECT {what} FROM entry "
                   f"WHERE kind = {kind} ORDER BY n")


def fingerprint(text):
    found = re.findall(r"\b(?:[0-9a-f]{4}[- ]){7}[0-9a-f]{4}\b", text)
    if not found:
        raise Failed(f"no fingerprint in {text!r}")
    return found[0]


def bring_keys(kiosk, gate):
    """A stick goes to the kiosk and back; people compare fingerprints."""
    request = os.path.join(gate.folder, "request")
    roster = os.path.join(kiosk.folder, "roster-" +
                          os.path.basename(gate.folder))
    gate.ctl("roster", "export", request)
    told = kiosk.ctl("roster", "import", request, check=False)
    same(told.returncode, 1, "exit of an import without a fingerprint")
    kiosk.ctl("roster", "import", request, fingerprint(told.stdout))
    kiosk.ctl("roster", "export", roster)
    told = gate.ctl("roster", "import", roster, check=False)
    same(told.returncode, 1, "exit of an import without a fingerprint")
    gate.ctl("roster", "import", roster, fingerprint(told.stdout))


def pair(b, name, kiosk_form="", **kw):
    """A kiosk that runs, and a gate that has its keys and runs."""
    kiosk = b.office(name + "-kiosk", form=kiosk_form)
    gate = Gate(b, name + "-gate", **kw)
    gate.ctl("init")
    bring_keys(kiosk, gate)
    gate.run()
    return kiosk, gate


def test_a_printed_ticket_opens_the_gate_once(b):
    kiosk, gate = pair(b, "gate-once")
    digits = admitted(kiosk, kiosk.codes["good"][0])
    gate.sees(digits, "BOLEH MASUK", "A-001")
    same(gate.persons(), 1, "persons inside")
    gate.sees(digits, "TIDAK", "Sudah masuk pukul 09.0")
    same(gate.persons(), 1, "persons inside")
    gate.stop()
    same(gate.entries("label, number, detail, class", PASS),
         ["1|1|0|128"], "passes: letter, number, move, byte")
    # 16 is GATE_USED of firmware/core/gate.h's enum, counted by hand.
    same(gate.entries("verdict, number", REFUSAL), ["16|1"], "refusals")
    same(gate.ctl("audit", "verify", check=False).returncode, 0,
         "exit of audit verify")


def test_the_gate_remembers_across_kill_9(b):
    kiosk, gate = pair(b, "gate-kill")
    digits = admitted(kiosk, kiosk.codes["good"][0])
    gate.sees(digits, "BOLEH MASUK")
    kill(gate)
    gate.run()
    same(gate.persons(), 1, "persons inside")
    gate.sees(digits, "TIDAK", "Sudah masuk pukul 09.0")


def test_a_changed_digit_is_told_as_forged(b):
    kiosk, gate = pair(b, "gate-forged")
    digits = admitted(kiosk, kiosk.codes["good"][0])
    # The last digits are of the signature alone.
    forged = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    gate.sees(forged, "TIDAK", "Tiket diubah, atau bukan dari kantor ini.")
    gate.sees("1234", "TIDAK", "Ini bukan tiket.")
    gate.sees(kiosk.codes["good"][0], "TIDAK", "Gerbang ini hanya untuk tiket.")
    same(gate.persons(), 0, "persons inside")
    gate.stop()
    same(gate.entries("count(*)", PASS), ["0"], "passes")
    same(gate.entries("coalesce(number, 0)", REFUSAL), ["0", "0", "0"],
         "numbers of what is not proven")


def test_a_ticket_of_yesterday_does_not_open(b):
    kiosk, gate = pair(b, "gate-yesterday", days=1)
    digits = admitted(kiosk, kiosk.codes["good"][0])
    gate.sees(digits, "TIDAK", "Tiket ini untuk")
    same(gate.persons(), 0, "persons inside")


def test_a_gate_without_keys_says_so_and_opens_nothing(b):
    kiosk = b.office("gate-nokeys-kiosk")
    gate = Gate(b, "gate-nokeys")
    gate.ctl("init")
    gate.run()
    shows(gate, "Belum ada kunci")
    digits = admitted(kiosk, kiosk.codes["good"][0])
    gate.sees(digits, "TIDAK", "Belum ada kunci: impor daftar kunci")
    # The keys come while it runs.
    bring_keys(kiosk, gate)
    gate.sees(digits, "BOLEH MASUK", "A-001")


def test_out_and_in_again_only_where_the_office_allows_it(b):
    for word, again in (("no", ("TIDAK", "Sudah masuk")),
                        ("yes", ("BOLEH MASUK",))):
        kiosk, gate = pair(b, "gate-reentry-" + word,
                           extra=f"direction = both\nreentry = {word}\n")
        digits = admitted(kiosk, kiosk.codes["good"][0])
        gate.sees(digits, "BOLEH MASUK")
        gate.press("back")
        gate.wait_screen("ready")
        gate.press("way-out")
        gate.sees(digits, "SILAKAN KELUAR")
        same(gate.persons(), 0, "persons inside")
        gate.sees(digits, *again)
        same(gate.persons(), 1 if word == "yes" else 0, "persons inside")
        b.close_offices()


def short_code(kiosk):
    with open(kiosk.papers()[-1][:-4] + ".bin", "rb") as f:
        found = re.findall(rb"\b[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}\b",
                           f.read())
    if len(found) != 1:
        raise Failed(f"short codes on the paper: {found!r}")
    return found[0].decode()


def test_a_short_code_is_keyed_compared_and_used_with_its_ticket(b):
    kiosk, gate = pair(b, "gate-short", kiosk_form="text")
    digits = admitted(kiosk, kiosk.codes["good"][0])
    code = short_code(kiosk)
    gate.press("type")
    gate.wait_screen("keypad")
    gate.type_code(code)
    gate.press("enter")
    gate.wait_screen("compare")
    shows(gate, "A-001")
    gate.press("same")
    gate.shown("BOLEH MASUK", "A-001")
    gate.sees(digits, "TIDAK", "Sudah masuk pukul 09.0")
    same(gate.persons(), 1, "persons inside")


def with_companions(kiosk, n):
    """Gives its bookings n companions each."""
    with open(kiosk.bookings, encoding="utf-8") as f:
        head, *rows = f.read().splitlines()
    with open(kiosk.bookings, "w", encoding="utf-8") as f:
        f.write(head + ",companions\n")
        f.writelines(f"{row},{n}\n" for row in rows)
    kiosk.ctl("import", kiosk.bookings)


def test_companions_come_in_on_the_qr_and_on_its_short_code(b):
    kiosk, gate = pair(b, "gate-companions", kiosk_form="text")
    with_companions(kiosk, 2)
    digits = admitted(kiosk, kiosk.codes["good"][0])
    with open(kiosk.papers()[-1][:-4] + ".bin", "rb") as f:
        holds(f.read().decode("latin-1"), "Pendamping: +2", "the paper")
    gate.sees(digits, "BOLEH MASUK", "A-001", "+2")
    same(gate.persons(), 3, "persons inside")
    home(kiosk)
    time.sleep(PAUSE_S)
    admitted(kiosk, kiosk.codes["good"][2])
    gate.press("back")
    gate.wait_screen("ready")
    gate.press("type")
    gate.wait_screen("keypad")
    gate.type_code(short_code(kiosk))
    gate.press("enter")
    gate.wait_screen("compare")
    shows(gate, "Pendamping 0")
    gate.press("companion")
    gate.press("companion")
    wait_for("two companions", lambda: "Pendamping +2" in gate.texts())
    gate.press("same")
    gate.shown("BOLEH MASUK", "A-002", "+2")
    same(gate.persons(), 6, "persons inside")


def test_a_scanner_that_is_gone_is_told_on_the_screen(b):
    _, gate = pair(b, "gate-blind")
    os.close(gate.scanner)
    os.close(gate.scanner_slave)
    try:
        wait_for("the sentence", lambda: "Pemindai tidak tersambung" in
                 " ".join(gate.texts()), 15)
    finally:
        # Others that close them find descriptors of their own.
        gate.scanner, gate.scanner_slave = os.openpty()


def test_a_ticket_at_a_kiosk_is_sent_to_the_door(b):
    kiosk = b.office("kiosk-ticket")
    digits = admitted(kiosk, kiosk.codes["good"][0])
    home(kiosk)
    time.sleep(PAUSE_S)
    kiosk.scan(digits)
    wait_for("the sentence", lambda: "Tunjukkan tiket ke petugas di pintu." in
             " ".join(kiosk.texts()))


def badge_of(told):
    found = re.findall(r"KARCIS-OFFICER-[0-9A-Z]{26}", told)
    if not found:
        raise Failed(f"no badge in {told!r}")
    return found[0]


def scan_badge(gate, badge):
    time.sleep(PAUSE_S)
    os.write(gate.scanner, badge.encode() + b"\r")
    gate.wait_screen("officer")


def test_an_officer_decides_otherwise_and_is_named_in_the_journal(b):
    kiosk, gate = pair(b, "gate-officer")
    badge = badge_of(gate.ctl("officer", "add", "Ibu Rina").stdout)
    digits = admitted(kiosk, kiosk.codes["good"][0])
    gate.sees(digits, "BOLEH MASUK")
    gate.sees(digits, "TIDAK", "Sudah masuk")
    scan_badge(gate, badge)
    shows(gate, "Ibu Rina")
    gate.press("order")
    gate.shown("BOLEH MASUK", "Dibuka oleh Ibu Rina")
    # Somebody who shows nothing at all.
    gate.press("back")
    gate.wait_screen("ready")
    scan_badge(gate, badge)
    gate.press("emergency")
    gate.shown("BOLEH MASUK", "Dibuka oleh Ibu Rina")
    # A badge that was taken away opens nothing, and is told as one.
    gate.ctl("officer", "remove", "Ibu Rina")
    time.sleep(PAUSE_S)
    os.write(gate.scanner, badge.encode() + b"\r")
    gate.shown("TIDAK", "Lencana ini tidak berlaku di gerbang ini.")
    gate.stop()
    rows = sql(journal_copy(gate), "SELECT detail, verdict, print, "
               "replace(text, ' ', '_') FROM entry WHERE kind = 13 "
               "ORDER BY n")
    # 16 GATE_USED overruled; reasons 5 ORDER and 4 EMERGENCY.
    same(rows, ["0|0|0|", "1|16|5|Ibu_Rina", "0|0|4|Ibu_Rina"],
         "move, overruled, reason, officer")
    with open(os.path.join(gate.folder, "state/officers"),
              encoding="utf-8") as f:
        if badge in f.read():
            raise Failed("the badge's text is in the state directory")


def test_a_lost_ticket_leaves_by_its_number(b):
    kiosk, gate = pair(b, "gate-lost")
    badge = badge_of(gate.ctl("officer", "add", "Budi").stdout)
    digits = admitted(kiosk, kiosk.codes["good"][0])
    gate.sees(digits, "BOLEH MASUK")
    scan_badge(gate, badge)
    gate.press("lost")
    gate.wait_screen("lost")
    gate.type_code("A001")
    gate.press("enter")
    gate.shown("SILAKAN KELUAR")
    same(gate.persons(), 0, "persons inside")


def test_the_list_shows_who_is_inside_without_names(b):
    kiosk, gate = pair(b, "gate-list")
    for at in (0, 2):
        gate.sees(admitted(kiosk, kiosk.codes["good"][at]), "BOLEH MASUK")
        home(kiosk)
        time.sleep(PAUSE_S)
    gate.press("list")
    gate.wait_screen("list")
    for text in ("A-001", "A-002", "orang di dalam"):
        shows(gate, text)
    listed = json.loads(gate.ctl("inside", "--json").stdout)["inside"]
    same([r["number"] for r in listed], ["A-001", "A-002"], "the list")


OPENER = """#!/bin/sh
# What the journal's files hold at this moment, and when it is.
read -r up rest </proc/uptime
mkdir -p {folder}/seen
cp {folder}/state/journal.db* {folder}/seen/
n=$(sqlite3 {folder}/seen/journal.db \
    "SELECT count(*) FROM entry WHERE kind = 13")
echo "$up $n" >>{folder}/opened
"""


def write_opener(gate):
    path = os.path.join(gate.folder, "open.sh")
    with open(path, "w", encoding="utf-8") as f:
        f.write(OPENER.format(folder=gate.folder))
    os.chmod(path, stat.S_IRWXU)


def opened(gate):
    try:
        with open(os.path.join(gate.folder, "opened"), encoding="ascii") as f:
            return [(float(a), int(n)) for a, n in
                    (line.split() for line in f)]
    except FileNotFoundError:
        return []


def build_preload(b, name):
    """A library of tests/device, to be preloaded."""
    out = os.path.abspath(os.path.join(b.folder, name + ".so"))
    subprocess.run(["gcc", "-D_GNU_SOURCE", "-std=c17", "-O1", "-Wall", "-Wextra", "-Werror",
                    "-shared", "-fPIC", "-I.", "-o", out,
                    f"tests/device/{name}.c", "-ldl"], check=True)
    return out


def uptime():
    with open("/proc/uptime", encoding="ascii") as f:
        return float(f.read().split()[0])


def test_the_output_opens_after_the_pass_is_durable_and_only_then(b):
    kiosk = b.office("gate-output-kiosk")
    gate = Gate(b, "gate-output")
    with open(gate.config, "a", encoding="utf-8") as f:
        f.write(f"output = command:{gate.folder}/open.sh\nopen_ms = 5000\n")
    write_opener(gate)
    gate.ctl("init")
    bring_keys(kiosk, gate)
    gate.preload = [build_preload(b, "slow_sync")]
    gate.run()
    digits = admitted(kiosk, kiosk.codes["good"][0])
    time.sleep(PAUSE_S)
    asked = uptime()
    gate.scan(digits)
    gate.shown("BOLEH MASUK")
    (at, passes), = wait_for("the output", lambda: opened(gate))
    same(passes, 1, "passes in the journal as the output opened")
    # The disk takes 400 ms; /proc/uptime has hundredths.
    if at - asked < 0.39:
        raise Failed(f"opened {at - asked:.2f} s after the scan, before the "
                     f"disk was done")
    gate.sees(digits, "TIDAK", "Sudah masuk")
    gate.sees("9" * 200, "TIDAK")
    time.sleep(1)
    same(len(opened(gate)), 1, "openings")


class Line:
    """What tests/device/gpiod_fake.c tells of a GPIO line."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "line")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(10)

    def next(self, wanted):
        try:
            at, words = self.socket.recv(200).decode().split(" ", 1)
        except TimeoutError as e:
            raise Failed(f"no call {wanted!r} of the line came") from e
        same(words, wanted, "the call")
        return int(at) / 1000


def test_a_line_closes_after_its_time_and_when_the_gate_is_killed(b):
    kiosk = b.office("gate-line-kiosk")
    gate = Gate(b, "gate-line")
    with open(gate.config, "a", encoding="utf-8") as f:
        f.write("output = gpio:/dev/null:17\nopen_ms = 2000\n")
    gate.ctl("init")
    bring_keys(kiosk, gate)
    # The path of a socket is short; the folder's may not be.
    link = f"/tmp/karcis-line-{os.getpid()}"
    os.symlink(gate.folder, link)
    try:
        line = Line(link)
        gate.preload = [build_preload(b, "gpiod_fake")]
        os.environ["GPIOD_FAKE"] = line.path
        gate.run()
        line.next("request 17 0 0")
        gate.sees(admitted(kiosk, kiosk.codes["good"][0]), "BOLEH MASUK")
        at = line.next("set 17 1")
        took = line.next("set 17 0") - at
        if not 1.99 < took < 2.6:
            raise Failed(f"open for {took:.2f} s, not 2")
        home(kiosk)
        time.sleep(PAUSE_S)
        gate.sees(admitted(kiosk, kiosk.codes["good"][2]), "BOLEH MASUK")
        at = line.next("set 17 1")
        kill(gate)
        took = line.next("set 17 0") - at
        if took > 1.5:
            raise Failed(f"the gate was killed, and the line closed after "
                         f"{took:.2f} s")
        line.next("release 17")
    finally:
        os.environ.pop("GPIOD_FAKE", None)
        os.unlink(link)


def test_a_clock_that_is_set_is_in_the_journal_once(b):
    kiosk, gate = pair(b, "gate-clock")
    gate.stop()
    # libfaketime reads the file anew: a clock that somebody sets. It lies
    # where the gate's sandbox lets it be read.
    steps = os.path.join(gate.folder, "state/clock")
    with open(steps, "w", encoding="ascii") as f:
        f.write("+0s")
    real = gate.environment

    def environment():
        env = real()
        del env["FAKETIME"]
        env.update(FAKETIME_TIMESTAMP_FILE=steps, FAKETIME_NO_CACHE="1")
        return env
    gate.environment = environment
    gate.run()
    with open(steps, "w", encoding="ascii") as f:
        f.write("+600s")
    for text in ("1234", "5678"):  # each turn of the loop looks at the minute
        gate.scan(text)
        gate.shown("Ini bukan tiket.")
        time.sleep(PAUSE_S)
    gate.stop()
    holds(gate.whole_log(), "clock: it was set, by", "the log")
    rows = [int(n) for n in gate.entries("detail", CLOCK)]
    if len(rows) != 1 or not 598 <= rows[0] <= 602:
        raise Failed(f"clock entries {rows!r}, not one of 600 s")
    same(kiosk.process.poll(), None, "the kiosk's end")


def test_a_kiosks_machine_is_a_gate_for_now_by_its_own_keys(b):
    kiosk = b.office("gate-hand")
    digits = admitted(kiosk, kiosk.codes["good"][0])
    kiosk.stop()
    env = kiosk.environment()
    env["DISPLAY"] = b.screen.display
    with open(os.path.join(kiosk.folder, "layout.txt"), "wb") as out:
        kiosk.process = subprocess.Popen(
            [os.path.join(b.build, "karcis"), "--config", kiosk.config,
             "--role", "gate", "--window", "1024x600", "--dump-layout"],
            env=env, stdout=out, stderr=kiosk.log)
    kiosk.wait_screen("ready")
    kiosk.scan(digits)
    kiosk.wait_screen("shown")
    holds(" ".join(kiosk.texts()), "BOLEH MASUK", "the screen")


def test_a_role_that_the_configuration_contradicts_is_refused(b):
    gate = Gate(b, "gate-role")
    gate.ctl("init")
    r = subprocess.run([os.path.join(b.build, "karcis"), "--config",
                        gate.config, "--role", "kiosk"], text=True,
                       env=gate.environment(), stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, check=False)
    same(r.returncode, 2, "exit")
    holds(r.stdout, "terminal.role: it is a gate's")
    for words in (["--role", "counter"], ["--role"]):
        r = subprocess.run([os.path.join(b.build, "karcis"), "--config",
                            gate.config, *words], text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           check=False)
        same(r.returncode, 2, f"exit of {words!r}")
        holds(r.stdout, "usage: karcis")


TESTS = [
    test_a_printed_ticket_opens_the_gate_once,
    test_the_gate_remembers_across_kill_9,
    test_a_changed_digit_is_told_as_forged,
    test_a_ticket_of_yesterday_does_not_open,
    test_a_gate_without_keys_says_so_and_opens_nothing,
    test_out_and_in_again_only_where_the_office_allows_it,
    test_a_short_code_is_keyed_compared_and_used_with_its_ticket,
    test_companions_come_in_on_the_qr_and_on_its_short_code,
    test_a_scanner_that_is_gone_is_told_on_the_screen,
    test_a_ticket_at_a_kiosk_is_sent_to_the_door,
    test_an_officer_decides_otherwise_and_is_named_in_the_journal,
    test_a_lost_ticket_leaves_by_its_number,
    test_the_list_shows_who_is_inside_without_names,
    test_the_output_opens_after_the_pass_is_durable_and_only_then,
    test_a_line_closes_after_its_time_and_when_the_gate_is_killed,
    test_a_clock_that_is_set_is_in_the_journal_once,
    test_a_kiosks_machine_is_a_gate_for_now_by_its_own_keys,
    test_a_role_that_the_configuration_contradicts_is_refused,
]


def main():
    from system_test import run_one
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/gcc")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    end_together()
    count = {"passed": 0, "failed": 0, "skipped": 0}
    bench = Bench(os.path.abspath(args.build))
    bench.folder += "-gate"
    shutil.rmtree(bench.folder, ignore_errors=True)
    os.makedirs(bench.folder)
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
