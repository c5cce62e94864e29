"""The hub's store is put back to a copy of yesterday."""

import os
import shutil
import sqlite3

from office_common import same, wait_for
from office_judge import judge

BEFORE, SINCE, AFTER = 6, 10, 3  # visitors at each kiosk


def files_of(hub):
    path = hub.store.removeprefix("sqlite:")
    return [path + tail for tail in ("", "-wal", "-shm")]


def take_backup(hub):
    hub.stop()
    for path in files_of(hub):
        if os.path.exists(path):
            shutil.copy(path, path + ".yesterday")
    hub.start()


def put_back(hub, tell):
    """tell: the administrator does what the manual says."""
    hub.stop()
    for path in files_of(hub):
        if os.path.exists(path):
            os.unlink(path)
        if os.path.exists(path + ".yesterday"):
            shutil.copy(path + ".yesterday", path)
    if tell:
        hub.ctl("restored")
    hub.start()


def visits(o, count):
    """So many at each kiosk, admitted; the codes."""
    codes = []
    for _ in range(count):
        codes += [o.code(), o.code()]
        for k, code in zip(o.kiosks, codes[-2:]):
            k.begin(code)
        for k in o.kiosks[:2]:
            same(k.end().word, "admitted", f"the answer of {k.terminal}")
    return codes


def all_logged(o):
    """Each kiosk's chain is in the hub's log to its end, and the log is one
    that an auditor finds whole."""
    key = o.hub.ctl("log-key", "4102").strip()

    def logged(k):
        k.sync()
        k.verified = k.ctl("audit", "verify", "--hub", o.hub.url, "--log-key",
                           key, check=False)
        return k.verified.returncode == 0 and \
            " 0 are not there yet" in k.verified.stdout

    for k in o.kiosks:
        wait_for(f"the log to hold all of {k.terminal}", lambda: logged(k))


def breaks(k):
    """How often a kiosk's chain says that the log broke (kind 20)."""
    copy = os.path.join(k.folder, "breaks.db")
    k.ctl("backup", copy)
    with sqlite3.connect(copy) as db:
        n = db.execute("SELECT count(*) FROM entry WHERE kind = 20")
        n = n.fetchone()[0]
    db.close()
    os.unlink(copy)
    return n


def all_is_told_again(b, tell):
    """A second block of numbers was granted after the backup; a third kiosk
    asks the hub that forgot it for one."""
    o = b.office()
    one, two = o.two_kiosks(codes=2 * (BEFORE + SINCE + AFTER) + 4)
    codes = visits(o, BEFORE)
    o.catch_up()
    all_logged(o)
    take_backup(o.hub)
    o.catch_up()
    codes += visits(o, SINCE)
    o.catch_up()
    all_logged(o)
    put_back(o.hub, tell)
    for k in (one, two):
        k.sync()
    wait_for("the hub to hear of all admissions again",
             lambda: len(o.hub.admissions()) == len(codes))
    o.catch_up()
    for code in codes[-2:]:
        for k in (one, two):
            k.visit(code, "used")
    codes += visits(o, AFTER)
    three = o.kiosk("kiosk-3")
    o.settle()
    for _ in range(2):
        three.visit(o.code(), "admitted")
    # The first to speak finds a log that is smaller than it was, the second
    # one that is as large and another.
    all_logged(o)
    same([breaks(k) for k in o.kiosks], [1, 1, 0], "breaks of the log")
    _, hub = judge(o.hub, o.kiosks, doubles=0, admitted=len(codes) + 2)
    b.say(f"{len(codes) + 2} admissions, {len(hub.grants)} blocks of "
          "numbers at the hub")


def test_a_hub_put_back_to_yesterday_hears_all_again(b):
    all_is_told_again(b, tell=True)


def test_a_hub_put_back_in_silence_hears_all_again(b):
    all_is_told_again(b, tell=False)


def test_a_double_that_a_lost_memory_made_is_reported(b):
    """kiosk-1 admits; the hub forgets; kiosk-2, which never heard of it, is
    there first."""
    o = b.office()
    one, two, net, net2 = o.two_kiosks(networks=2, codes=10)
    take_backup(o.hub)
    o.catch_up()
    net2.set("cut")
    two.go_down()
    code = o.code(home=one)
    one.visit(code, "admitted")
    one.come_back()
    o.heard(one)
    net.set("cut")
    one.go_down()
    put_back(o.hub, tell=False)
    net2.set("carry")
    two.come_back()
    two.visit(code, "admitted")
    two.come_back()
    net.set("carry")
    facts, _ = judge(o.hub, o.kiosks, doubles=1, admitted=1)
    same([len(k.papers) for k in facts], [1, 1], "papers")
    report = o.hub.report(o.today())
    same([sorted(op["terminal"] for op in d["ops"])
          for d in report["doubles"]], [["kiosk-1", "kiosk-2"]],
         "who stands in the hub's report")


TESTS = {"restore": [
    test_a_hub_put_back_to_yesterday_hears_all_again,
    test_a_hub_put_back_in_silence_hears_all_again,
    test_a_double_that_a_lost_memory_made_is_reported,
]}
