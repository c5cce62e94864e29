"""Two kiosks and one code: in the same second, with the hub away, after its
booking was cancelled."""

import collections
import json
import os
import shutil
import sqlite3
import time

import hub_program
from office_common import home_of, same, true, wait_for
from office_judge import HubFacts, KioskFacts, judge, wrongs

RACES = 50
AT_BOTH = 12
CANCEL_S = 3.0
CANCELLED = 2  # FORMATS.md, Cache


def test_a_code_at_two_kiosks_in_one_second_gets_one_ticket(b):
    o = b.office()
    one, two = o.two_kiosks(codes=RACES)
    tickets = collections.Counter()
    for n in range(RACES):
        code = o.code()
        first, second = (one, two) if n % 2 else (two, one)
        first.begin(code)
        second.begin(code)
        words = {k.terminal: k.end().word for k in (one, two)}
        same(sorted(words.values()), ["admitted", "used"],
             f"the answers to code {n}, {words}")
        tickets[min(words, key=words.get)] += 1
    facts, _ = judge(o.hub, o.kiosks, doubles=0, admitted=RACES)
    same(sum(len(k.papers) for k in facts), RACES, "papers")
    b.say(f"{RACES} codes, tickets at {dict(tickets)}")


def test_without_the_hub_each_code_is_admitted_at_its_home_alone(b):
    o = b.office()
    one, two = o.two_kiosks(codes=AT_BOTH + 10)
    o.hub.kill()
    for k in (one, two):
        k.go_down()
    for n in range(AT_BOTH):
        code = o.code()
        home = home_of(o.kiosks, code)
        away = two if home is one else one
        for k in ((one, two) if n % 2 else (two, one)):
            answer = k.visit(code, "admitted" if k is home else "elsewhere")
            if k is away:
                true(home.terminal[-1] in " ".join(answer.texts),
                     f"{answer!r} does not name {home.terminal}")
        home.visit(code, "used")
    o.hub.start()
    judge(o.hub, o.kiosks, doubles=0, admitted=AT_BOTH)


def test_a_booking_cancelled_at_the_hub_is_refused_at_both(b):
    o = b.office()
    one, two = o.two_kiosks(codes=6)
    code = o.code()
    cancelled = time.monotonic()
    o.give([code], "cancelled")
    for k in (one, two):
        k.visit(code, "cancelled")
    took = time.monotonic() - cancelled
    true(took < CANCEL_S, f"refused at both only after {took:.1f} s")
    one.visit(o.code(), "admitted")
    judge(o.hub, o.kiosks, doubles=0, admitted=1)
    b.say(f"{took:.1f} s after the command began")


class Channel(hub_program.Device):
    """A booking channel of the demo's hub."""

    def __init__(self, hub):
        with open(hub.folder + "/hub.pub", encoding="ascii") as f:
            self.key = bytes.fromhex(f.read().strip())
        super().__init__(self)
        self.port = hub.port
        token = hub.token("channel", "web").split()[2]
        a = self.enrol(token, "web")
        same((a.status, a.signed), (200, True), "the channel's enrolment")

    def connect(self):
        return hub_program.http.client.HTTPConnection("127.0.0.1", self.port,
                                                      timeout=10)

    def cancel(self, code_hash):
        a = self.ask("PATCH", f"/v1/bookings/{code_hash}",
                     json.dumps({"status": "cancelled"}).encode())
        same((a.status, a.signed), (200, True), f"the answer {a.body!r}")


def knows_cancelled(kiosk, code):
    return kiosk.cached("SELECT status FROM feed_booking WHERE hash = "
                        f"x'{kiosk.hash_of(code)}'") == [(CANCELLED,)]


def test_a_cancelled_booking_is_refused_by_who_is_cut_off_later(b):
    o = b.office()
    one, two, net, net2 = o.two_kiosks(networks=2, codes=8)
    channel = Channel(o.hub)
    codes = [o.code(home=one), o.code(home=two)]
    cancelled = time.monotonic()
    for code in codes:
        channel.cancel(one.hash_of(code))
    wait_for("the cancels at both kiosks", lambda: all(
        knows_cancelled(k, code) for k in (one, two) for code in codes),
        CANCEL_S)
    took = time.monotonic() - cancelled
    for n in (net, net2):
        n.set("cut")
    for k in (one, two):
        k.go_down()
        for code in codes:
            k.visit(code, "cancelled")
    for n in (net, net2):
        n.set("carry")
    judge(o.hub, o.kiosks, doubles=0, admitted=0)
    b.say(f"both knew {took:.2f} s after the first request")


def test_the_judge_finds_what_is_planted(b):
    """Each edit of the hub's store or of a kiosk's files is named."""
    o = b.office()
    one, two = o.two_kiosks(codes=4)
    for k in (one, two):
        k.visit(o.code(), "admitted")
        k.visit(o.code(), "admitted")
    facts, hub = judge(o.hub, o.kiosks, doubles=0, admitted=4)
    o.hub.stop()
    path = o.hub.store.removeprefix("sqlite:")
    shutil.copy(path, path + ".good")
    op = "(SELECT op_id FROM op WHERE kind = 1 ORDER BY op_id LIMIT 1)"
    for edit, sentence in (
            (f"DELETE FROM op WHERE op_id = {op}", "is not in the hub"),
            (f"UPDATE op SET done = 0 WHERE op_id = {op}",
             "is not in the hub"),
            (f"DELETE FROM admission WHERE op_id = {op}",
             "the hub admits nobody on that booking"),
            (f"UPDATE op SET letter = 1, number = 99 WHERE op_id = {op}",
             "is another in the hub"),
            ("UPDATE op SET letter = 1, number = 1 WHERE kind = 1",
             "4 people have A-001"),
            ("UPDATE op SET first = 1, last = 20 WHERE kind = 2 AND "
             "letter = 1", "numbers A 1..20 granted twice"),
            ("UPDATE admission SET op_id = 'ab' || substr(op_id, 3)",
             "is not reported"),
            ("UPDATE bucket SET digest = replace(digest, '1', '2')",
             "has another digest")):
        shutil.copy(path + ".good", path)
        db = sqlite3.connect(path)
        with db:
            db.execute(edit)
        db.close()
        found = " / ".join(wrongs(HubFacts(o.hub), facts))
        true(sentence in found, f"{edit}: the judge says {found!r}")
    for where, sentence in ((one, "papers of the ticket"),
                            (two, "is not in the journal")):
        for tail in ("png", "bin"):
            shutil.copy(one.papers()[0][:-len("png")] + tail,
                        os.path.join(where.paper, "0009." + tail))
        found = " / ".join(wrongs(hub, [KioskFacts(where)]))
        true(sentence in found, f"a paper more: the judge says {found!r}")


TESTS = {"race": [
    test_the_judge_finds_what_is_planted,
    test_a_code_at_two_kiosks_in_one_second_gets_one_ticket,
    test_without_the_hub_each_code_is_admitted_at_its_home_alone,
    test_a_booking_cancelled_at_the_hub_is_refused_at_both,
    test_a_cancelled_booking_is_refused_by_who_is_cut_off_later,
]}
