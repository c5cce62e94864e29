"""kill -9 of the terminal, its link, the link's keeper and the hub at random
moments while two kiosks serve. What died is started again; in the end every
paper and every admission is at the hub. SEED=N repeats a run's choices."""

import os
import random
import signal
import threading
import time

from office_common import ANSWERS, same, true, wait_for
from office_judge import judge

SECONDS = 20
CODES = 260
AGAIN_PART = 0.3  # of the scans are of codes that were shown before
LEAST_KILLS = 8


def comm_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii") as f:
            return f.read().strip()
    except OSError:
        return ""


def children_of(parent):
    """Those that live."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat", encoding="ascii") as f:
                state, of = f.read().rsplit(")", 1)[1].split()[:2]
                if int(of) == parent and state != "Z":
                    found.append(int(name))
        except (OSError, ValueError, IndexError):
            continue  # no process, or gone since
    return found


def keeper_of(kiosk):
    return next((p for p in children_of(kiosk.process.pid)
                 if comm_of(p) == "karcis-keeper"), None)


def link_of(kiosk):
    keeper = keeper_of(kiosk)
    return next((p for p in children_of(keeper or -1)
                 if comm_of(p) == "karcis-link"), None)


class Visitors(threading.Thread):
    """One after the other at one kiosk, whatever happens to it. Starts no
    process: those end with the thread that started them."""

    def __init__(self, kiosk, codes, shown, seed):
        super().__init__(daemon=True)
        self.kiosk, self.codes, self.shown = kiosk, codes, shown
        self.random = random.Random(seed)
        self.scans = 0
        self.over = False

    def next_code(self):
        if self.shown and self.random.random() < AGAIN_PART:
            return self.random.choice(self.shown)
        code = self.codes.popleft()
        self.shown.append(code)
        return code

    def run(self):
        while not self.over and self.codes:
            status = self.kiosk.status()
            if status.get("screen") not in ("home", *ANSWERS):
                time.sleep(0.05)
                continue
            self.kiosk.scan(self.next_code())
            self.scans += 1
            # Most stay until they are served, some codes come at once.
            time.sleep(self.random.uniform(0.05, 0.35))


def kill_one(o, rng, kills):
    """Kills one of the processes and starts again what does not by
    itself."""
    kiosk = rng.choice(o.kiosks)
    what = rng.choice(("karcis", "link", "keeper", "hub"))
    if what == "hub":
        o.hub.kill()
        time.sleep(rng.uniform(0, 0.5))
        o.hub.start()
    elif what == "link":
        pid = link_of(kiosk)
        if pid is None:
            return
        os.kill(pid, signal.SIGKILL)
    else:
        if what == "keeper":
            pid = keeper_of(kiosk)
            if pid is None:
                return
            os.kill(pid, signal.SIGKILL)
            # It can't start another keeper: it serves without the hub.
            wait_for("the link to end with its keeper", lambda: not
                     kiosk.hub_status().get("link", False), 5)
            true(kiosk.process.poll() is None, "the terminal lives on")
            time.sleep(rng.uniform(0, 0.5))
            kiosk.stop()
        else:
            kiosk.kill()
        kiosk.start(wait=False)  # somebody may scan at once
    kills[what] = kills.get(what, 0) + 1


def test_kills_at_random_moments_lose_nobody(b):
    seed = int(os.environ.get("SEED", random.randrange(1 << 31)))
    rng = random.Random(seed)
    b.say(f"SEED={seed}")
    o = b.office()
    one, two = o.two_kiosks(codes=CODES)
    codes, shown, kills = o.codes, [], {}
    visitors = [Visitors(k, codes, shown, rng.random()) for k in (one, two)]
    for v in visitors:
        v.start()
    until = time.monotonic() + SECONDS
    try:
        while time.monotonic() < until:
            time.sleep(rng.uniform(0.1, 0.7))
            kill_one(o, rng, kills)
    finally:
        for v in visitors:
            v.over = True
        for v in visitors:
            v.join()
    true(codes, "there were codes to the end")
    facts, hub = judge(o.hub, o.kiosks)
    true(sum(kills.values()) >= LEAST_KILLS, f"only {kills} kills")
    b.say(f"killed {kills}, {sum(v.scans for v in visitors)} scans, "
          f"{len(hub.admissions)} admissions, {len(hub.doubles)} doubles, "
          f"{sum(len(k.papers) for k in facts)} papers")
    true(len(hub.admissions) > 20, "people were admitted")


def test_a_link_that_is_killed_comes_back_by_itself(b):
    o = b.office()
    one, two = o.two_kiosks(codes=6)
    for _ in range(2):
        pid = link_of(one)
        os.kill(pid, signal.SIGKILL)
        wait_for("another link", lambda pid=pid: link_of(one) not in
                 (None, pid), 5)
        one.come_back()
        one.visit(o.code(), "admitted")
    judge(o.hub, o.kiosks, doubles=0, admitted=2)


def test_without_its_keeper_a_terminal_serves_and_says_so(b):
    o = b.office()
    one, two = o.two_kiosks(codes=12)
    os.kill(keeper_of(one), signal.SIGKILL)
    wait_for("status to say so", lambda: one.hub_status().get("link") is
             False and one.hub_status().get("up") is False)
    one.visit(o.code(home=one), "admitted")
    one.visit(o.code(home=two), "elsewhere")
    same(one.log_text().count("its keeper is gone"), 1,
         "times that the log says so")
    same(children_of(one.process.pid), [], "processes that are left over")
    one.stop()
    one.start()
    judge(o.hub, o.kiosks, doubles=0, admitted=1)


TESTS = {"kills": [
    test_kills_at_random_moments_lose_nobody,
    test_a_link_that_is_killed_comes_back_by_itself,
    test_without_its_keeper_a_terminal_serves_and_says_so,
]}
