"""What befalls a terminal: weeks in a store room, an old copy of its state, a
hub that closes it."""

import os
import shutil
import time

from office_common import OFFICE, same, true, wait_for
from office_judge import judge


def labels(kiosk):
    """The numbers it gave, as (day, letter, number)."""
    with kiosk.backup() as journal:
        rows = journal.execute(
            "SELECT day, label, number FROM entry WHERE kind = 2 AND "
            "payload IS NOT NULL ORDER BY n").fetchall()
    journal.close()
    return rows


def off_for(b, days):
    """Admits two while cut off, is off for that long, comes back: the old
    admissions go up, the new day's bookings come."""
    o = b.office()
    one, two, net = o.two_kiosks(networks=1, codes=20)
    one.visit(o.code(), "admitted")
    one.come_back()
    net.set("cut")
    one.go_down()
    for _ in range(2):
        one.visit(o.code(home=one), "admitted")
    for k in (one, two):
        k.stop()
    o.hub.stop()
    o.hub.offset_s += days * 86400
    for k in (one, two):
        k.move(days)
    o.hub.start()
    o.codes.clear()
    o.book(6)
    net.set("carry")
    for k in (one, two):
        k.start()
    o.settle()
    one.visit(o.code(), "admitted")
    two.visit(o.code(), "admitted")
    one.come_back()
    days_told = o.hub.rows("SELECT day, COUNT(*) FROM op WHERE kind = 1 AND "
                           "done = 1 GROUP BY day ORDER BY day")
    today = o.hub.day(o.today())
    same(days_told, [(today - days, 3), (today, 2)],
         "admissions that the hub was told, by day")
    return o


def test_a_terminal_off_for_30_days_tells_and_learns(b):
    o = off_for(b, 30)
    judge(o.hub, o.kiosks, doubles=0, admitted=5)


def test_what_waits_for_the_hub_outlives_the_days_that_are_kept(b):
    off_for(b, 45)


def closed(kiosk, state):
    """The screen and the status of a kiosk that the hub closed."""
    wait_for(f"the state {state} at {kiosk.terminal}", lambda: (
        kiosk.sync() or kiosk.hub_status().get("state") == state))
    kiosk.shows("Kiosk ini sedang rusak")


def refuses(o, kiosk):
    """A scan admits nobody there."""
    before = len(kiosk.papers())
    kiosk.scan(o.code())
    time.sleep(0.5)
    same(len(kiosk.papers()), before, "papers of a kiosk that is closed")
    true(kiosk.process.poll() is None, "the kiosk goes on running")


def enrol_again(o, kiosk):
    kiosk.stop()
    kiosk.enrol()
    kiosk.start()
    o.settle()


def test_a_revoked_terminal_is_wiped_and_can_be_enrolled_again(b):
    """Also with an admission that the hub has not heard of."""
    o = b.office()
    one, two, net = o.two_kiosks(networks=1, codes=20)
    one.visit(o.code(), "admitted")
    one.come_back()
    net.set("cut")
    one.go_down()
    one.visit(o.code(home=one), "admitted")
    one.stop()
    one.start()
    o.hub.ctl("revoke", str(OFFICE), "kiosk-1")
    net.set("carry")
    closed(one, "revoked")
    same(one.status()["bookings"], 0, "bookings of a revoked terminal")
    for table in ("feed_booking", "feed_admission", "roster"):
        same(one.cached(f"SELECT count(*) FROM {table}"), [(0,)],
             f"rows of {table}")
    refuses(o, one)
    one.stop()
    one.start()
    closed(one, "revoked")
    enrol_again(o, one)
    one.visit(o.code(), "admitted")
    two.visit(o.code(), "admitted")
    judge(o.hub, o.kiosks, doubles=0, admitted=4)


def test_an_old_copy_of_a_terminals_state_is_closed_until_enrolled(b):
    """Each start takes a block of request counters: the copy's are behind
    those that the hub has seen. Numbers given after the copy was made are
    not given again."""
    o = b.office()
    one, two = o.two_kiosks(codes=20)
    one.visit(o.code(), "admitted")
    one.come_back()
    one.stop()
    copy = one.state().rstrip("/") + ".old"
    shutil.copytree(one.state(), copy,
                    ignore=shutil.ignore_patterns("control.sock"))
    given = []
    for _ in range(2):
        one.start()
        one.come_back()
        one.visit(o.code(), "admitted")
        one.come_back()
        given = labels(one)
        one.stop()
    shutil.rmtree(one.state())
    os.rename(copy, one.state())
    one.start()
    closed(one, "re-enrol")
    refuses(o, one)
    enrol_again(o, one)
    for _ in range(2):
        one.visit(o.code(), "admitted")
    new = labels(one)[1:]
    true(not set(new) & set(given),
         f"numbers were given twice: {sorted(set(new) & set(given))}")
    one.come_back()
    told = o.hub.rows("SELECT COUNT(*) FROM admission")[0][0]
    same(told, 5, "admissions at the hub, with those the copy forgot")


TESTS = {"state": [
    test_a_terminal_off_for_30_days_tells_and_learns,
    test_what_waits_for_the_hub_outlives_the_days_that_are_kept,
    test_a_revoked_terminal_is_wiped_and_can_be_enrolled_again,
    test_an_old_copy_of_a_terminals_state_is_closed_until_enrolled,
]}
