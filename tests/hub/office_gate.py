"""Gates under a hub: copies, homes, doubles, exits, revoked keys, and the
hub's log of what every terminal did."""

import atexit
import hashlib
import json
import os
import sqlite3
import subprocess
import time
import urllib.request

from office_common import (OFFICE, PAUSE_S, WITH_US, Failed, Terminal, holds,
                           same, true, wait_for)
from gate import digits_of  # noqa: E402 (found by office_common)
from office import Screen  # noqa: E402

WAIT_S = 1.6      # SYNC_ASK_PASS_MS and what a screen takes
TICKET, IN = 1, 0  # enum pass_of; a way


class Gate(Terminal):
    """A gate whose screen is followed by what it writes."""

    def __init__(self, hub, folder, name, network=None, more="", **kw):
        super().__init__(hub, folder, name, network, role="gate",
                         size="1024x600", diagonal="10.1",
                         more="[gate]\ndirection = both\nreentry = yes\n"
                              "sound = no\n" + more, **kw)
        self.scanned = {}
        self.screen = None

    def start(self, display=None, window="1024x600", under=WITH_US,
              wait=True):
        super().start(display or self.screen or
                      os.environ["KARCIS_OFFICE_DISPLAY"], window, under)
        if wait:
            self.wait_screen("ready")

    def own_screen(self):
        """Where it can be pressed: on the common one windows lie upon each
        other, and a press meets the one on top. Before it starts."""
        screen = Screen("1024x600")
        atexit.register(screen.close)
        self.screen = screen.display

    def entries(self):
        return self.status().get("journal_entries", -1)

    def show(self, text, *words, seconds=8):
        """Scans; its verdict must show these words. Gives the seconds."""
        if text in self.scanned:  # not taken again within a second
            time.sleep(max(0, self.scanned[text] + PAUSE_S -
                           time.monotonic()))
        before = self.entries()
        begun = time.monotonic()
        self.scan(text)
        self.scanned[text] = time.monotonic()

        def there():
            return self.entries() > before and \
                self.read_layout()[0] == "shown"
        try:
            wait_for("a verdict", there, seconds)
        except Failed as e:
            raise Failed(f"{self.terminal}: {e}; {self.texts()!r}; "
                         f"{self.tail_log()}") from e
        took = time.monotonic() - begun
        shown = " ".join(self.texts())
        for w in words:
            holds(shown, w, f"what {self.terminal} shows")
        return took

    def press_named(self, name):
        for item in self.read_layout()[1]:
            if item[4] == name:
                self.press_at(item)
                return
        raise Failed(f"{self.terminal} has no button {name}: "
                     f"{self.read_layout()}")

    def sync(self):
        self.ask("sync", "now")

    def inside(self):
        return json.loads(self.ctl("inside", "--json").stdout)["persons"]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def come_back(self):
        def there():
            s = self.hub_status()
            if s.get("up") and s["waiting"] == 0:
                return True
            self.ask("sync", "now")
            return False
        wait_for(f"{self.terminal} to have told all", there)

    def go_down(self):
        def down():
            s = self.hub_status()
            if s.get("up"):
                self.ask("sync", "now")
            return s.get("up") is False
        wait_for(f"{self.terminal} to find the hub away", down)


def office_with_gates(b, networks=False, visitors=3, pressed=False):
    """A kiosk that printed `visitors` tickets, gate-1 and gate-2 that know
    it and each other. pressed: each on a screen of its own."""
    o = b.office()
    one = o.kiosk("kiosk-1", run=False)
    o.book(visitors)
    nets = [o.network() if networks else None for _ in range(2)]
    gates = [Gate(o.hub, os.path.join(o.folder, f"gate-{i + 1}"),
                  f"gate-{i + 1}", nets[i]) for i in range(2)]
    for g in gates:
        g.device = None
        if pressed:
            g.own_screen()
    o.kiosks += gates  # closed with it; settled like them
    one.start()
    for g in gates:
        g.start()
    o.settle()
    digits = []
    for _ in range(visitors):
        one.visit(o.code(), "admitted")
        digits.append(digits_of(wait_for(
            "the paper", lambda: len(one.papers()) == len(digits) + 1 and
            one.papers()[-1])))
    return o, one, gates, nets, digits


def label_of(digits):
    """(day since 1970, letter, number): docs/FORMATS.md, Ticket header."""
    header = int(digits).to_bytes(83, "big")[:19]
    bits = int.from_bytes(header, "big")
    return (18262 + (bits >> 88 & 0xffff), bits >> 75 & 31, bits >> 64 & 2047)


def home_of(gates, digits):
    """docs/FORMATS.md, Home gate: of the label, first movement."""
    day, letter, number = label_of(digits)
    key = hashlib.blake2b(
        b"karcis-pass-v1" + bytes([2]) + day.to_bytes(4, "big") +
        bytes([letter]) + number.to_bytes(2, "big") + bytes([0]),
        digest_size=16).digest()

    def score(gate):
        return hashlib.blake2b(
            b"karcis-home-v1" + key + gate.device.to_bytes(4, "big"),
            digest_size=32).digest()[:8]
    return max(gates, key=score)


def passes(o):
    return o.hub.rows("SELECT device, letter, number, pass FROM admission "
                      f"WHERE office = {OFFICE} AND pass <> 0")


def test_a_copy_is_refused_at_the_other_gate_at_once(b):
    o, _, (g1, g2), _, digits = office_with_gates(b, visitors=2)
    took = g1.show(digits[0], "BOLEH MASUK", "A-001")
    g2.show(digits[0], "TIDAK", "Sudah masuk", "gate-1")
    g2.show(digits[1], "BOLEH MASUK", "A-002")
    g1.show(digits[1], "TIDAK", "gate-2")
    wait_for("both in the count of both", lambda: g1.inside() == 2 and
             g2.inside() == 2)
    same(len(passes(o)), 2, "passes at the hub")
    b.say(f"{took:.2f} s with the hub asked")


def test_out_at_one_gate_and_in_again_at_the_other(b):
    o, _, (g1, g2), _, digits = office_with_gates(b, visitors=1, pressed=True)
    g1.show(digits[0], "BOLEH MASUK")
    wait_for("him at gate-2", lambda: g2.inside() == 1)
    g2.press_named("gate-way-out")
    wait_for("the way out on the screen", lambda: any(
        i[4] == "gate-way-in" for i in g2.read_layout()[1]))
    g2.show(digits[0], "SILAKAN KELUAR")
    wait_for("nobody at gate-1", lambda: g1.inside() == 0)
    g1.show(digits[0], "BOLEH MASUK")
    same(len(passes(o)), 3, "movements at the hub")


def test_cut_off_each_ticket_opens_at_its_home_alone(b):
    o, _, gates, nets, digits = office_with_gates(b, networks=True,
                                                  visitors=6)
    for n in nets:
        n.set("cut")
    for g in gates:
        g.go_down()
    for d in digits:
        home = home_of(gates, d)
        other = [g for g in gates if g is not home][0]
        other.show(d, "TIDAK", home.terminal)
        home.show(d, "BOLEH MASUK")
        other.show(d, "TIDAK", home.terminal)
    same(len({home_of(gates, d).terminal for d in digits}), 2,
         "homes of six tickets (a draw of one in 32 has one)")
    for n in nets:
        n.set("carry")
    for g in gates:
        g.come_back()
    same(len(passes(o)), 6, "passes at the hub")
    same(o.hub.report(gates[0].today)["doubles"], [], "doubles")


def test_a_double_is_shown_to_staff_with_both_times(b):
    o, _, (g1, g2), nets, digits = office_with_gates(b, networks=True,
                                                     visitors=1)
    nets[1].set("hang", cut=False)  # gate-2 believes itself connected
    g1.show(digits[0], "BOLEH MASUK")
    took = g2.show(digits[0], "BOLEH MASUK")
    true(took < WAIT_S, f"nobody waits {took:.2f} s")
    nets[1].set("carry")
    g2.come_back()
    g2.wait_screen("ready")
    wait_for("the double on gate-2's screen", lambda: "gate-1" in
             " ".join(g2.texts()) and "A-001" in " ".join(g2.texts()))
    report = o.hub.report(g1.today)
    same(len(report["doubles"]), 1, "doubles the hub reports")
    b.say(f"opened {took:.2f} s after the scan")


def test_a_gate_killed_at_any_moment_lets_nobody_in_twice(b):
    o, _, (g1, _), _, digits = office_with_gates(b, visitors=4)
    for i, d in enumerate(digits):
        g1.scan(d)
        time.sleep(0.02 * (i + 1))
        g1.kill()
        g1.start()
        g1.wait_up()
        g1.show(d)  # in now, or he went in before
        g1.show(d, "TIDAK", "Sudah masuk")
    same(sorted(n for _, _, n, _ in passes(o)), [1, 2, 3, 4],
         "passes at the hub")


def test_a_revoked_kiosks_tickets_open_nothing(b):
    o, _, (g1, _), _, digits = office_with_gates(b, visitors=2)
    g1.show(digits[0], "BOLEH MASUK")
    o.hub.ctl("revoke", str(OFFICE), "kiosk-1", "--tickets")
    roster = o.hub.rows("SELECT roster FROM office")[0][0]
    g1.ask("sync", "now")
    wait_for("the roster", lambda: g1.hub_status()["roster"] == roster)
    g1.show(digits[1], "TIDAK", "dicabut")


def test_an_expired_kiosks_tickets_of_today_still_open(b):
    o, _, (g1, _), _, digits = office_with_gates(b, visitors=1)
    o.hub.ctl("revoke", str(OFFICE), "kiosk-1")
    roster = o.hub.rows("SELECT roster FROM office")[0][0]
    g1.ask("sync", "now")
    wait_for("the roster", lambda: g1.hub_status()["roster"] == roster)
    g1.show(digits[0], "BOLEH MASUK")


# ---- the log ----

def fetch(o, path):
    with urllib.request.urlopen(f"{o.hub.url}/v1/log/{OFFICE}/{path}",
                                timeout=5) as r:
        return r.read()


def log_key(o):
    return o.hub.ctl("log-key", str(OFFICE)).strip().splitlines()[-1]


def all_logged(kiosks):
    for k in kiosks:
        def there(k=k):
            s = k.status()
            if s and s["hub"]["logged"] >= s["journal_entries"]:
                return True
            k.sync()
            return False
        wait_for(f"the log to hold all of {k.terminal}", there, 90)


def verify_hub(o, key, check=0):
    r = subprocess.run([os.path.join(o.build, "karcis-ctl"), "audit",
                        "verify", "--hub", o.hub.url, "--log-key", key,
                        "--office", str(OFFICE)], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       check=False)
    same(r.returncode, check, f"exit of audit verify: {r.stdout!r}")
    return r.stdout


def test_the_log_holds_what_every_terminal_did(b):
    o, one, (g1, g2), _, digits = office_with_gates(b, visitors=1)
    g1.show(digits[0], "BOLEH MASUK")
    all_logged([one, g1, g2])
    key = log_key(o)
    said = verify_hub(o, key)
    size = int(fetch(o, "checkpoint").splitlines()[1])
    holds(said, str(size), "what audit verify says")
    entries = sum(k.status()["journal_entries"] for k in (one, g1, g2))
    true(size <= entries, f"the log has {size} of {entries} entries")
    # The chains themselves, against the log.
    for k in (one, g1):
        k.stop()
        r = k.ctl("audit", "verify", "--hub", o.hub.url, "--log-key", key)
        holds(r.stdout, "entr", "what audit verify says")
    b.say(said.strip().splitlines()[-1])


def test_an_edit_of_the_hubs_log_is_named(b):
    o, one, (g1, g2), _, digits = office_with_gates(b, visitors=1)
    g1.show(digits[0], "BOLEH MASUK")
    all_logged([one, g1, g2])
    key = log_key(o)
    verify_hub(o, key)
    o.hub.stop()
    db = sqlite3.connect(o.hub.store.removeprefix("sqlite:"))
    device, n = db.execute("SELECT device, n FROM log_entry WHERE idx = 2"
                           ).fetchone()
    with db:
        db.execute("UPDATE log_entry SET kind = kind + 1 WHERE idx = 2")
    db.close()
    o.hub.start()
    said = verify_hub(o, key, 1)
    holds(said, f"entry {n}", "what audit verify says")
    holds(said, str(device), "what audit verify says")
    b.say(said.strip().splitlines()[-1])


TESTS = {
    "gates": [test_a_copy_is_refused_at_the_other_gate_at_once,
              test_out_at_one_gate_and_in_again_at_the_other,
              test_cut_off_each_ticket_opens_at_its_home_alone,
              test_a_double_is_shown_to_staff_with_both_times],
    "gate keys": [test_a_gate_killed_at_any_moment_lets_nobody_in_twice,
                  test_a_revoked_kiosks_tickets_open_nothing,
                  test_an_expired_kiosks_tickets_of_today_still_open],
    "log": [test_the_log_holds_what_every_terminal_did,
            test_an_edit_of_the_hubs_log_is_named],
}
