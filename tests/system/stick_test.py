#!/usr/bin/env python3
"""Updates and files from a directory that stands for a stick, through the
technician's screens with the real programs, and a machine that is not set up
yet. NAMES as arguments
run only the tests whose names hold one of them; --build as system_test.py."""

import json
import os
import re
import signal
import subprocess
import sys
import time

from tech_common import (UPDATE, Bare, bundle_of, bundles, enter, keys_of,
                         leave, offers, press, records, run_tests, screen,
                         with_machine)
from terminal import (QUIET, Failed, Skip, admitted, holds, home, kill, same,
                      shows, wait_for)


def loader_says(o, slot, what):
    wait_for(f"{what} of slot {slot}; the loader says "
             f"{o.machine.loader()!r}", lambda: what in o.machine.loader())


def update_to(o, badge, version):
    """Through the screens, up to the restart."""
    enter(o, badge)
    press(o, "update")
    screen(o, "update")
    press(o, "start")
    shows(o, "Pembaruan ditemukan")
    shows(o, "0.4.0")
    shows(o, version)
    shows(o, "Karcis Signer")
    press(o, "confirm")
    press(o, "restart", 60)
    screen(o, "done")
    same(o.machine.ended(), 0, "exit of karcis-update at the restart")
    o.stop()


def boot(b, o):
    """The machine comes up: the loader picks, then both programs start."""
    slot = o.machine.boot()
    o.machine.start()
    o.start(b.screen.display)
    o.wait_screen("home")
    return slot


def test_an_update_goes_through_the_screens_and_is_marked_good(b):
    o, badge = with_machine(b, "update")
    o.machine.put(bundle_of(b, "0.4.1"))
    update_to(o, badge, "0.4.1")
    holds(boot(b, o), "b", "the slot")
    wait_for("good", lambda: o.machine.report()["trial"] == "no")
    wait_for("logged", lambda: o.machine.report()["outcome"] == "none")
    enter(o, badge)
    press(o, "status")
    shows(o, "0.4.1")
    leave(o)
    admitted(o, o.codes["good"][0])
    o.stop()
    holds(" ".join(records(o)), "Agus: update 0.4.0 to 0.4.1", "the journal")
    same(records(o, UPDATE), ["installed: 0.4.0 to 0.4.1"], "the outcome")
    # Started once more: it stands there once.
    o.start(b.screen.display)
    o.wait_screen("home")
    time.sleep(1)
    o.stop()
    same(len(records(o, UPDATE)), 1, "entries of the outcome")
    same(o.ctl("audit", "verify", check=False).returncode, 0, "audit verify")


def test_a_version_that_never_gets_healthy_returns_and_is_told(b):
    o, badge = with_machine(b, "return")
    o.machine.put(bundle_of(b, "0.4.1"))
    update_to(o, badge, "0.4.1")
    holds(o.machine.boot(), "b", "the slot in trial")
    # Nobody says that it is good; the machine starts again.
    holds(boot(b, o), "a", "the slot after the trial")
    wait_for("logged", lambda: o.machine.report()["outcome"] == "none")
    o.stop()
    same(records(o, UPDATE), ["returned: 0.4.0 to 0.4.1"], "the outcome")


def refused_with(o, sentence):
    press(o, "start")
    shows(o, "Tidak dipasang")
    shows(o, sentence)


def test_what_is_refused_is_told_and_changes_nothing(b):
    o, badge = with_machine(b, "refuse")
    keys, root, _, _, _ = keys_of(b)
    other = keys.signer("Stranger", keys.root("Other Root"))
    image = bundles.image(keys.path("strange"), bundles.release("0.4.1", 3))
    strange = bundles.bundle(keys.path("strange.raucb"), image,
                             bundles.manifest("0.4.1"), other)
    before = o.machine.held()
    enter(o, badge)
    press(o, "update")
    screen(o, "update")
    refused_with(o, "Tidak ada pembaruan di stik.")
    o.machine.put(strange)
    refused_with(o, "tidak dipercaya")
    o.machine.put(bundle_of(b, "0.4.0"))
    refused_with(o, "Versi ini sudah dipakai.")
    same(o.machine.held(), before, "slots and state after refusals")
    leave(o)
    o.stop()
    same(records(o, UPDATE), ["refused: no-bundle", "refused: wrong-signer",
                              "refused: same-version"], "the journal")


def test_sticks_are_let_in_on_their_screens_alone(b):
    o, badge = with_machine(b, "storage")

    def storage(wanted):
        wait_for(f"storage {wanted}", lambda:
                 o.machine.report()["storage"] == wanted)
    storage("no")
    enter(o, badge)
    storage("no")
    press(o, "export")
    screen(o, "export")
    storage("yes")
    press(o, "back")
    screen(o, "menu")
    storage("no")
    press(o, "update")
    screen(o, "update")
    storage("yes")
    kill(o)
    o.start(b.screen.display)
    o.wait_screen("home")
    storage("no")


def test_a_karcis_update_that_died_is_told_again(b):
    o, badge = with_machine(b, "again")

    def told():
        with open(os.path.join(o.folder, "karcis.log"),
                  encoding="utf-8") as f:
            return f.read().count("health: good")
    wait_for("good", lambda: told() == 1)
    enter(o, badge)
    press(o, "export")
    screen(o, "export")
    wait_for("storage", lambda: o.machine.report()["storage"] == "yes")
    o.machine.stop(signal.SIGKILL)
    o.machine.start()
    wait_for("good again", lambda: told() == 2)
    wait_for("storage", lambda: o.machine.report()["storage"] == "yes")


# ---- files to and from a stick ----

def test_logs_and_the_audit_trail_go_to_a_stick(b):
    o, badge = with_machine(b, "export")
    code = o.codes["good"][0]
    admitted(o, code)
    home(o)
    enter(o, badge)
    press(o, "export")
    screen(o, "export")
    press(o, "start")
    shows(o, "Tersimpan.")
    out = os.path.join(o.machine.stick, "karcis-out")
    folder, = os.listdir(out)
    if not re.fullmatch(r"kiosk-1-\d{8}-\d{6}", folder):
        raise Failed(f"a folder {folder!r}")
    folder = os.path.join(out, folder)
    names = sorted(os.listdir(folder))
    for name in ("audit.txt", "karcis.log", "status.json"):
        if name not in names:
            raise Failed(f"{name} is not among {names!r}")
    told = o.ctl("audit", "verify", os.path.join(folder, "audit.txt"))
    holds(told.stdout, "entries", "audit verify")
    with open(os.path.join(folder, "status.json"), encoding="utf-8") as f:
        status = json.load(f)
    same((status["terminal"], status["update"]["phase"],
          status["update"]["runs"], status["update"]["sticks"]),
         ("kiosk-1", "idle", "0.4.0", True), "the status")
    with open(os.path.join(folder, "karcis.log"), encoding="utf-8") as f:
        holds(f.read(), "technician: opens, badge and PIN", "the log")
    for name in names:
        with open(os.path.join(folder, name), "rb") as f:
            text = f.read()
        secrets = [code, code.replace("-", ""), "Siti", badge]
        if name != "audit.txt":  # that one says who did what
            secrets.append("Agus")
        for secret in secrets:
            if secret.encode() in text:
                raise Failed(f"{name} holds {secret}")
    # Once more: nothing of the first is in the way.
    time.sleep(1.1)
    press(o, "start")
    wait_for("a second folder", lambda: len(os.listdir(out)) == 2)


def test_an_audit_trail_that_is_too_large_is_told_and_the_rest_goes(b):
    o, badge = with_machine(b, "large", run=False)
    place = os.path.join(o.machine.beside, "out")
    # Status and log take a page each; half of what is left is 4 KB.
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,mode=700",
                       "tmpfs", place], **QUIET).returncode != 0:
        raise Skip("mount -t tmpfs needs root and CAP_SYS_ADMIN")
    try:
        o.start(b.screen.display)
        o.wait_screen("home")
        for code in o.codes["good"][:4]:
            admitted(o, code)
            home(o)
        enter(o, badge)
        press(o, "export")
        screen(o, "export")
        wait_for("the stick", lambda: o.machine.report()["stick"] == "yes")
        press(o, "start")
        shows(o, "the audit trail is too large")
        folder, = os.listdir(os.path.join(o.machine.stick, "karcis-out"))
        names = os.listdir(os.path.join(o.machine.stick, "karcis-out",
                                        folder))
        for name in ("karcis.log", "status.json"):
            if name not in names:
                raise Failed(f"{name} is not among {names!r}")
        if "audit.txt" in names:
            raise Failed("half an audit trail is on the stick")
        wait_for("the memory given back", lambda: not os.listdir(place))
    finally:
        subprocess.run(["umount", "-l", place], **QUIET)


def test_a_stick_changes_a_terminal_that_is_set_up(b):
    o, badge = with_machine(b, "change")
    with open(os.path.join(o.folder, "karcis.ini"), encoding="utf-8") as f:
        config = f.read()
    enter(o, badge)
    press(o, "setup")
    screen(o, "setup")
    o.machine.bring({"karcis.ini": config.replace("id = kiosk-1",
                                                  "id = kiosk 1")})
    press(o, "start")
    shows(o, "Masalah: 1.")
    shows(o, "karcis.ini:6:")
    if offers(o, "confirm"):
        raise Failed("a file with problems may be taken over")
    o.machine.bring({"karcis.ini": config.replace("Singkawang", "Sambas")})
    press(o, "start")
    shows(o, "Berkas ditemukan: 1")
    press(o, "confirm")
    screen(o, "done")
    same(o.process.wait(10), 0, "exit after the files were taken over")
    same(o.ctl("prepare").returncode, 0, "exit of prepare")
    o.start(b.screen.display)
    o.wait_screen("home")
    shows(o, "Sambas")
    admitted(o, o.codes["good"][0])
    o.stop()
    holds(" ".join(records(o)), "files of a stick taken over", "the journal")


def test_a_bare_machine_is_set_up_from_a_stick_to_its_first_check_in(b):
    o = Bare(b, "bare")
    # Without --setup it is an error, as everywhere.
    r = subprocess.run([os.path.join(b.build, "karcis"), "--config",
                        o.config], env=o.environment(), check=False,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    same(r.returncode, 2, "exit without --setup")
    o.start(b.screen.display)
    screen(o, "closed")
    shows(o, "Mesin ini belum disiapkan")
    shows(o, "Belum ada karcis.ini.")
    press(o, "begin")
    screen(o, "setup")
    o.machine.bring({**o.files, "karcis.ini":
                     o.files["karcis.ini"].replace("WIB", "WIX")})
    press(o, "start")
    shows(o, "Masalah: 1.")
    shows(o, "karcis.ini:4: office.timezone")
    if offers(o, "confirm"):
        raise Failed("a file with problems may be taken over")
    same(os.listdir(o.etc), [".next"], "the folder while it is only read")
    o.machine.bring(o.files)
    press(o, "start")
    shows(o, "Berkas ditemukan: 5")
    press(o, "confirm")
    screen(o, "done")
    same(o.process.wait(10), 0, "exit after the files were taken over")
    told = o.ctl("prepare").stdout
    for part in ("keys were drawn", "technicians: 1", "import:", "ready"):
        holds(told, part, "what prepare says")
    same(sorted(os.listdir(o.etc)), ["holidays.csv", "karcis.ini",
                                     "services.ini"], "what stays")
    same(o.ctl("prepare").stdout, "prepare: ready\n", "a second prepare")
    o.start(b.screen.display)
    o.wait_screen("home")
    admitted(o, o.codes["good"][0])
    home(o)
    enter(o, o.badge)
    leave(o)


def test_a_broken_machine_asks_the_technicians_it_knows(b):
    o = Bare(b, "broken")
    o.machine.bring(o.files)
    for name, text in o.files.items():
        with open(os.path.join(o.etc, name), "w", encoding="utf-8") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(text)
    o.ctl("prepare")
    with open(o.config, "a", encoding="utf-8") as f:
        f.write("\nnonsense\n")
    o.start(b.screen.display)
    screen(o, "closed")
    shows(o, "karcis.ini:")
    if offers(o, "begin"):
        raise Failed("anybody may set up a machine that knows technicians")
    enter(o, o.badge)
    press(o, "setup")
    screen(o, "setup")
    press(o, "start")
    shows(o, "Berkas ditemukan: 5")
    press(o, "confirm")
    screen(o, "done")
    same(o.process.wait(10), 0, "exit after the files were taken over")
    o.ctl("prepare")
    o.start(b.screen.display)
    o.wait_screen("home")
    admitted(o, o.codes["good"][0])


def test_a_list_of_technicians_that_cannot_be_read_lets_nobody_in(b):
    o = Bare(b, "unreadable")
    for name, text in o.files.items():
        with open(os.path.join(o.etc, name), "w", encoding="utf-8") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(text)
    o.ctl("prepare")
    with open(o.config, "a", encoding="utf-8") as f:
        f.write("\nnonsense\n")
    with open(os.path.join(o.folder, "state/technicians"), "w",
              encoding="utf-8") as f:
        f.write("damaged\n")
    o.start(b.screen.display)
    screen(o, "closed")
    shows(o, "karcis.ini:")
    if offers(o, "begin"):
        raise Failed("anybody may set up a machine that knows technicians")


def test_a_stick_that_came_too_late_is_read_at_the_next_try(b):
    o, badge = with_machine(b, "late")
    with open(os.path.join(o.folder, "karcis.ini"), encoding="utf-8") as f:
        config = f.read()
    os.rename(o.machine.stick, o.machine.stick + ".away")
    enter(o, badge)
    press(o, "setup")
    screen(o, "setup")
    press(o, "start")
    shows(o, "stick")
    wait_for("a refusal", lambda: o.machine.report()["files"] == "refused")
    wait_for("the button", lambda: offers(o, "start"))
    os.rename(o.machine.stick + ".away", o.machine.stick)
    o.machine.bring({"karcis.ini": config})
    wait_for("the stick", lambda: o.machine.report()["stick"] == "yes")
    press(o, "start")
    shows(o, "Berkas ditemukan: 1")
    # Another stick: what the first brought is not shown again.
    o.machine.bring({"karcis.ini": config, "holidays.csv":
                     "2026-12-25,Natal\n"})
    press(o, "back")
    screen(o, "menu")
    press(o, "setup")
    screen(o, "setup")
    wait_for("the stick", lambda: o.machine.report()["stick"] == "yes")
    press(o, "start")
    shows(o, "Berkas ditemukan: 2")


class Sized(Bare):
    """Set up, on a display of 1080x1920; the configuration says another."""

    def __init__(self, b, name, size):
        super().__init__(b, name)
        for name, text in self.files.items():
            with open(os.path.join(self.etc, name), "w",
                      encoding="utf-8") as f:
                os.fchmod(f.fileno(), 0o600)
                f.write(text.replace("size = 1080x1920", f"size = {size}"))
        self.ctl("prepare")

    def start(self, display, window=None, under=(), setup=True):
        env = self.environment()
        env["DISPLAY"] = display
        words = ["--setup", self.machine.socket] if setup else []
        self.log = open(os.path.join(self.folder, "karcis.log"), "ab")
        self.out = open(os.path.join(self.folder, "layout.txt"), "wb")
        self.process = subprocess.Popen(
            [os.path.join(self.build, "karcis"), "--config", self.config,
             "--dump-layout", *words], env=env, stdout=self.out,
            stderr=self.log)
        self.display = display


def test_a_size_that_does_not_fit_the_panel_is_told_and_mended(b):
    o = Sized(b, "sized", "1920x1080")
    o.start(b.screen.display, setup=False)
    same(o.process.wait(10), 2, "exit without --setup")
    o.start(b.screen.display)
    screen(o, "closed")
    shows(o, "Mesin ini belum disiapkan")
    shows(o, "the display is 1080x1920, the configured panel 1920x1080")
    if offers(o, "begin"):
        raise Failed("anybody may set up a machine that knows technicians")
    enter(o, o.badge)
    press(o, "setup")
    screen(o, "setup")
    o.machine.bring({"karcis.ini": o.files["karcis.ini"]})
    press(o, "start")
    shows(o, "Berkas ditemukan: 1")
    press(o, "confirm")
    screen(o, "done")
    same(o.process.wait(10), 0, "exit after the files were taken over")
    o.ctl("prepare")
    o.start(b.screen.display)
    o.wait_screen("home")
    admitted(o, o.codes["good"][0])


def test_a_machine_that_has_served_is_nobodys_whatever_its_screen(b):
    o = Sized(b, "nobodys", "1920x1080")
    os.unlink(os.path.join(o.folder, "state/technicians"))
    o.start(b.screen.display)
    screen(o, "closed")
    shows(o, "the configured panel 1920x1080")
    if offers(o, "begin"):
        raise Failed("anybody may set up a machine that has served")


def test_an_enrolment_that_fails_is_told_and_tried_again(b):
    o = Bare(b, "enrol")
    text = ("karcis-enrol:1 https://127.0.0.1:9 " + 32 * "0" + " " +
            32 * "0" + "\n")
    files = {**o.files, "hub.pub": 64 * "0" + "\n", "enrol.txt": text,
             "karcis.ini": o.files["karcis.ini"] +
             "\n[hub]\nurl = https://127.0.0.1:9\nkey = hub.pub\n"}
    del files["bookings.csv"]
    o.machine.bring(files)
    o.start(b.screen.display)
    screen(o, "closed")
    press(o, "begin")
    screen(o, "setup")
    wait_for("the stick", lambda: o.machine.report()["stick"] == "yes")
    press(o, "start")
    shows(o, "Berkas ditemukan: 6")
    press(o, "confirm")
    same(o.process.wait(10), 0, "exit after the files were taken over")
    told = o.ctl("prepare", check=False)
    same(told.returncode, 1, "exit of prepare without its hub")
    holds(told.stdout, "enrol: ", "what prepare says")
    if not os.path.exists(os.path.join(o.etc, "enrol.txt")):
        raise Failed("the enrolment text is gone, and was of no use")
    o.start(b.screen.display)
    screen(o, "closed")
    shows(o, "enrol: ")
    # The technicians came, whatever became of the hub.
    if offers(o, "begin"):
        raise Failed("the technicians are not known")
    enter(o, o.badge)


def move_disk(o):
    """The keys say another machine."""
    path = os.path.join(o.folder, "state/keys")
    with open(path, encoding="ascii") as f:
        text = f.read()
    found = re.search(r"^machine ([0-9a-f]{32})$", text, re.MULTILINE)
    if found is None or set(found.group(1)) == {"0"}:
        raise Skip("this machine has no /etc/machine-id")
    with open(path, "w", encoding="ascii") as f:
        f.write(text.replace(found.group(1), 32 * "1"))


def test_a_disk_from_another_machine_is_made_its_own_by_a_stick(b):
    o, badge = with_machine(b, "moved", run=False)
    move_disk(o)
    with open(os.path.join(o.folder, "karcis.ini"), encoding="utf-8") as f:
        config = f.read()
    o.start(b.screen.display)
    o.wait_screen("home")
    shows(o, "Kiosk ini sedang rusak")
    enter(o, badge)
    press(o, "status")
    shows(o, "milik mesin lain")
    press(o, "back")
    press(o, "setup")
    screen(o, "setup")
    o.machine.bring({"karcis.ini": config, "rekey.txt": "kiosk-2\n"})
    press(o, "start")
    shows(o, "rekey.txt:1:")
    o.machine.bring({"karcis.ini": config, "rekey.txt": "kiosk-1\n"})
    press(o, "start")
    shows(o, "Berkas ditemukan: 2")
    press(o, "confirm")
    screen(o, "done")
    same(o.process.wait(10), 0, "exit after the files were taken over")
    told = o.ctl("prepare").stdout
    holds(told, "rekey: epoch 2", "what prepare says")
    if os.path.exists(os.path.join(o.folder, "rekey.txt")):
        raise Failed("the order is still there")
    o.start(b.screen.display)
    o.wait_screen("home")
    admitted(o, o.codes["good"][0])
    o.stop()
    # What was done while the journal was closed is in it now.
    entries = records(o)
    for text in ("late: Agus: opens, badge and PIN",
                 "late: Agus: files of a stick taken over"):
        if text not in entries:
            raise Failed(f"{text!r} is not among {entries!r}")
    same(o.ctl("audit", "verify", check=False).returncode, 0, "audit verify")


TESTS = [
    test_an_update_goes_through_the_screens_and_is_marked_good,
    test_a_version_that_never_gets_healthy_returns_and_is_told,
    test_what_is_refused_is_told_and_changes_nothing,
    test_sticks_are_let_in_on_their_screens_alone,
    test_a_karcis_update_that_died_is_told_again,
    test_logs_and_the_audit_trail_go_to_a_stick,
    test_an_audit_trail_that_is_too_large_is_told_and_the_rest_goes,
    test_a_stick_changes_a_terminal_that_is_set_up,
    test_a_bare_machine_is_set_up_from_a_stick_to_its_first_check_in,
    test_a_broken_machine_asks_the_technicians_it_knows,
    test_a_list_of_technicians_that_cannot_be_read_lets_nobody_in,
    test_a_stick_that_came_too_late_is_read_at_the_next_try,
    test_a_size_that_does_not_fit_the_panel_is_told_and_mended,
    test_a_machine_that_has_served_is_nobodys_whatever_its_screen,
    test_an_enrolment_that_fails_is_told_and_tried_again,
    test_a_disk_from_another_machine_is_made_its_own_by_a_stick,
]


if __name__ == "__main__":
    sys.exit(run_tests(TESTS, "stick"))
