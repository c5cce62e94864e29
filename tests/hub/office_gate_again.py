"""A gate that is enrolled again in the middle of a day, or whose card was put
back: what went through it stays used, and nothing of it is called a double."""

import os
import shutil

from office_common import OFFICE, Hub, same, true, wait_for
from gate import digits_of  # found by office_common
from office_gate import home_of, office_with_gates, passes


def doubles_shown(gate):
    """Of all that the gate shows while it waits."""
    gate.wait_screen("ready")
    return [t for t in gate.texts() if "dua kali" in t.lower()]


def enrol_again(o, gate):
    gate.stop()
    gate.enrol()
    gate.device = None
    gate.start()
    o.settle()
    gate.come_back()


def closed(gate, word):
    def there():
        gate.ask("sync", "now")
        return gate.hub_status().get("state") == word
    wait_for(f"{gate.terminal} to be closed: {word}", there)


def test_a_gate_enrolled_again_calls_nothing_a_double(b):
    o, _, (g1, g2), _, digits = office_with_gates(b, visitors=2)
    g1.show(digits[0], "BOLEH MASUK")
    g1.come_back()
    enrol_again(o, g1)
    wait_for("gate-1's count", lambda: g1.inside() == 1)
    same(doubles_shown(g1), [], "doubles on gate-1's screen")
    same(g1.status().get("doubles", 0), 0, "doubles gate-1 counts")
    g1.show(digits[0], "TIDAK", "Sudah masuk")
    g2.show(digits[0], "TIDAK", "Sudah masuk")
    g1.show(digits[1], "BOLEH MASUK")
    g1.come_back()
    same(len(passes(o)), 2, "passes at the hub")
    same(o.hub.report(g1.today)["doubles"], [], "doubles the hub reports")


def test_a_gates_old_card_opens_nothing_until_it_is_enrolled_again(b):
    """What went through after the copy was made comes back by the feed."""
    o, _, (g1, _), _, digits = office_with_gates(b, visitors=3)
    g1.show(digits[0], "BOLEH MASUK")
    g1.come_back()
    g1.stop()
    state = os.path.join(g1.folder, "state")
    copy = state + ".old"
    shutil.copytree(state, copy,
                    ignore=shutil.ignore_patterns("control.sock"))
    for d in digits[1:]:
        g1.start()
        g1.come_back()
        g1.show(d, "BOLEH MASUK")
        g1.come_back()
        g1.stop()
    shutil.rmtree(state)
    os.rename(copy, state)
    g1.start()
    closed(g1, "re-enrol")
    opened = len(passes(o))
    g1.scan(digits[1])
    g1.wait_screen("shown")
    true("BOLEH MASUK" not in " ".join(g1.texts()),
         f"a closed gate shows {g1.texts()!r}")
    enrol_again(o, g1)
    for d in digits:
        g1.show(d, "TIDAK", "Sudah masuk")
    wait_for("its count", lambda: g1.inside() == 3)
    same(doubles_shown(g1), [], "doubles on gate-1's screen")
    same(len(passes(o)), opened, "passes at the hub")
    same(o.hub.rows("SELECT COUNT(*) FROM admission WHERE pass <> 0 AND "
                    f"office = {OFFICE}")[0][0], 3, "who went through")


def test_with_one_gate_cut_off_a_copy_passes_at_both_and_is_told(b):
    """What nobody can refuse: its home gate never turns a ticket away for lack
    of an answer, and the other one asks a hub that has not heard of it."""
    o, _, gates, nets, digits = office_with_gates(b, networks=True,
                                                  visitors=1)
    home = home_of(gates, digits[0])
    other = gates[1 - gates.index(home)]
    nets[gates.index(home)].set("cut")
    home.go_down()
    home.show(digits[0], "BOLEH MASUK")
    other.show(digits[0], "BOLEH MASUK")
    nets[gates.index(home)].set("carry")
    home.come_back()
    wait_for("the double on its screen", lambda: doubles_shown(home))
    same(len(o.hub.report(home.today)["doubles"]), 1, "doubles at the hub")


def move_to(hub, terminal):
    """Another hub, of which nothing came along: a new master key."""
    with open(terminal.config, encoding="utf-8") as f:
        text = f.read()
    with open(terminal.config, "w", encoding="utf-8") as f:
        f.write(text.replace(terminal.url, hub.url)
                .replace(f"{terminal.hub.folder}/hub.pub",
                         f"{hub.folder}/hub.pub"))
    terminal.hub, terminal.url = hub, hub.url
    terminal.enrol()


def test_a_gate_that_moves_to_another_hub_takes_its_roster(b):
    """Its versions begin anew, below those of the hub before."""
    o, one, gates, _, _ = office_with_gates(b, visitors=1)
    for k in o.kiosks:
        k.wait_up()
        k.stop()
    for _ in range(3):  # versions that the other hub is far from
        o.hub.ctl("revoke", str(OFFICE), "gate-2")
        gates[1].enrol()
    gates[0].start()
    o.kiosks = gates[:1]
    o.settle()
    gates[0].stop()
    other = Hub(o.build, os.path.join(o.folder, "other"), o.hub.offset_s)
    o.hub.stop()
    o.hub = other
    other.start()
    for k in (one, gates[0]):
        move_to(other, k)
    o.kiosks = [one, gates[0]]
    o.book(1)
    before = len(one.papers())
    for k in o.kiosks:
        k.start()
    o.settle()
    one.visit(o.codes.pop(), "admitted")
    digits = digits_of(wait_for("the paper", lambda: len(
        one.papers()) == before + 1 and one.papers()[-1]))
    gates[0].show(digits, "BOLEH MASUK")


TESTS = {"gates again": [
    test_a_gate_that_moves_to_another_hub_takes_its_roster,
    test_with_one_gate_cut_off_a_copy_passes_at_both_and_is_told,
    test_a_gate_enrolled_again_calls_nothing_a_double,
    test_a_gates_old_card_opens_nothing_until_it_is_enrolled_again,
]}
