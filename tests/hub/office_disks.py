"""Full disks: a terminal's and the hub's."""

import errno
import os
import shutil
import subprocess
import time

from office_common import Failed, Skip, home_of, holds, same, \
    wait_for
from office_gate import office_with_gates
from office_judge import judge

BLOCK = 4096
BLOCKS_LEFT = (0, 1, 2, 3)
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL,
         "check": False}


class SmallDisk:
    """A folder on a file system of its own. The mount is this group's alone
    (unshare) and ends with it."""

    def __init__(self, folder, size):
        self.folder = folder
        self.filler = os.path.join(folder, "filler")
        kept = folder + ".kept"
        if os.path.exists(folder):
            os.rename(folder, kept)
        os.makedirs(folder)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}",
                           "tmpfs", folder], **QUIET).returncode != 0:
            raise Skip("mount -t tmpfs needs root and CAP_SYS_ADMIN")
        os.chmod(folder, 0o700)
        if os.path.exists(kept):
            shutil.copytree(kept, folder, dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns("control.sock"))

    def fill(self, left=0):
        """Up to so many blocks."""
        with open(self.filler, "ab", buffering=0) as f:
            try:
                while True:
                    f.write(bytes(BLOCK))
            except OSError as e:
                same(e.errno, errno.ENOSPC, "the error of a full disk")
            f.truncate(os.path.getsize(self.filler) - left * BLOCK)

    def clear(self):
        os.unlink(self.filler)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        subprocess.run(["umount", "-l", self.folder], **QUIET)


def last_visitor(o, kiosk):
    """Visitors until the disk shows: the code of one who is told that the
    kiosk is out of order, or None when the admission went in and its print's
    entry not, and the number is on the screen. A transaction that fits into
    what is allocated is no error."""
    for _ in range(8):
        code, entries = o.code(), kiosk.entries()
        kiosk.scan(code)

        def told(before=entries):
            s = kiosk.status()
            if "Kiosk ini sedang rusak" in " ".join(kiosk.texts()):
                return "refused"
            return s["journal_entries"] > before and \
                s["screen"] in ("ticket", "number") and s["screen"]
        answer = wait_for("an answer", told)
        if answer != "ticket":
            return code if answer == "refused" else None
    raise Failed("the disk was never full")


def test_a_full_disk_at_a_terminal_loses_nobody(b):
    """With so many blocks left the question may fit and the admission not:
    then the hub must not hold what nobody got."""
    o = b.office()
    one, two = o.two_kiosks(codes=40)
    one.visit(o.code(), "admitted")
    one.come_back()
    one.stop()
    with SmallDisk(one.state().rstrip("/"), "4m") as disk:
        one.start()
        o.settle()
        for blocks in BLOCKS_LEFT:
            one.visit(o.code(), "admitted")
            one.come_back()
            disk.fill(blocks)
            code = last_visitor(o, one)
            same(one.status()["storage"], "fault", "storage in status")
            if code is not None:
                answer = two.visit(code)
                same(answer.word, "admitted", f"with {blocks} blocks left: "
                     f"kiosk-1 refuses, kiosk-2 says {answer!r}")
            disk.clear()
            if code is None:  # it would show the number for a minute
                one.stop()
                one.start()
                one.come_back()
            one.visit(o.code(), "admitted")
            same(one.status()["storage"], "ok", "storage in status")
        holds(one.log_text(), "the disk is full", "the terminal's log")
        disk.fill()
        new = o.book(3)
        time.sleep(0.3)
        disk.clear()
        one.come_back()
        o.heard(one)
        one.visit(new[0], "admitted")
        judge(o.hub, o.kiosks, doubles=0)


def test_a_full_disk_at_the_hub_loses_nobody(b):
    """The hub says so, the kiosks go on with the home rule, and what they
    did is told when there is room."""
    store = os.path.join(b.folder, "small")
    with SmallDisk(store, "1m") as disk:
        o = b.office(hub_store=f"sqlite:{store}/hub.db")
        one, two = o.two_kiosks(codes=30)
        one.visit(o.code(), "admitted")
        o.catch_up()
        disk.fill()
        for k in (one, two):  # the first to ask finds out
            k.visit(o.code(home=k), "admitted")
        admitted = 3
        for _ in range(4):
            code = o.code()
            home = home_of(o.kiosks, code)
            words = {k.terminal: k.visit(code).word for k in (one, two)}
            same(words[home.terminal], "admitted", f"the home, {words}")
            same(sorted(words.values()), ["admitted", "elsewhere"],
                 f"at both kiosks, {words}")
            admitted += 1
        holds(o.hub.log_text(), "full", "the hub's log")
        for k in (one, two):
            holds(k.log_text(), "503 storage: ", f"the log of {k.terminal}")
        disk.clear()
        for k in (one, two):
            k.come_back()
            k.visit(o.code(), "admitted")
        judge(o.hub, o.kiosks, doubles=0, admitted=admitted + 2)


def last_at_gate(gate, tickets):
    """Lets in until the disk shows: the ticket that is refused for it."""
    while tickets:
        ticket = tickets.pop()
        gate.scan(ticket)

        def told():
            shown = " ".join(gate.texts())
            return gate.read_layout()[0] == "shown" and (
                "in" if "BOLEH MASUK" in shown else
                "out of order" if "belum bisa mencatat" in shown else None)
        if wait_for("a verdict", told) == "out of order":
            return ticket
        gate.wait_screen("ready")
    raise Failed("the disk was never full")


def test_a_full_disk_at_a_gate_turns_nobody_away_everywhere(b):
    """What the hub holds and its gate does not would be "used" at the other
    one: it asks only for what will fit."""
    o, one, (g1, g2), _, digits = office_with_gates(b, visitors=14)
    g1.come_back()
    g1.stop()
    with SmallDisk(os.path.join(g1.folder, "state"), "4m") as disk:
        g1.start()
        o.settle()
        for blocks in BLOCKS_LEFT:
            g1.show(digits.pop(), "BOLEH MASUK")
            g1.come_back()
            g1.wait_screen("ready")
            disk.fill(blocks)
            refused = last_at_gate(g1, digits)
            same(g1.status()["storage"], "fault", "storage in status")
            g2.show(refused, "BOLEH MASUK")
            disk.clear()
            g1.wait_screen("ready")
        g1.show(refused, "TIDAK", "Sudah masuk", "gate-2")
        g1.come_back()
        same(o.hub.report(g1.today)["doubles"], [], "doubles at the hub")
        g1.stop()


TESTS = {"disks": [
    test_a_full_disk_at_a_gate_turns_nobody_away_everywhere,
    test_a_full_disk_at_a_terminal_loses_nobody,
    test_a_full_disk_at_the_hub_loses_nobody,
]}
