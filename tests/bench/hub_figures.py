"""Figures of the hub: claims beside pgbench and the bare disk, hot codes, a
day's feed into a fresh terminal, a thousand long-polls, waking.

usage: hub_figures.py --build DIR --work DIR
Prints one line per figure: name, measured, goal, unit, tab-separated.
Ratios are of turns side by side, the median of three or five. Where other
programs took much of the machine between the turns, a ratio to pgbench is
shown without its goal, and one to the bare disk not at all. A figure that
misses its goal is no failure; a part of the bench that fails, or a wrong
number of admissions, is."""

import argparse
import glob
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../hub"))
from hub_program import Hub  # noqa: E402

CLIENTS, BATCHES = (1, 8, 64), (50, 1)
TURNS, TURNS_LATE = {1: 5, 8: 5, 64: 3}, 3  # with pgbench
LATE_S = 70  # since the start: a slow machine, or a busy one
SQLITE_TURNS = 3
TURN_S = 0.6  # of the hub
LOOK_S, QUIET = 0.1, 0.15  # share of the CPUs that others may take
PGBENCH_S = {1: 1, 8: 1, 64: 2}  # with the time to prepare its statements
GUESSED_RATE = {50: 120, 1: 600}  # requests a second, for the first turn
FEWEST = 3  # requests of a client in a turn
SYNC_MS, REPLAY_MS = 150, 400
IDLE_S = 10
ROUNDS = 150  # of waking
PAGE = 1000
# What hub_db_postgres.c sets for its connections: the plans are the same.
SETTINGS = {"client_min_messages": "warning", "enable_seqscan": "off",
            "enable_bitmapscan": "off", "enable_hashjoin": "off",
            "enable_mergejoin": "off", "enable_material": "off", "jit": "off",
            "plan_cache_mode": "force_generic_plan"}


class Failed(Exception):
    """A part of the bench that gave no figure."""


def say(name, measured, goal="-", unit=""):
    if not isinstance(measured, str):
        measured = f"{measured:.4g}" if measured < 1e4 else f"{measured:.0f}"
    print(f"{name}\t{measured}\t{goal}\t{unit}", flush=True)


def cpu_ticks():
    """Busy and all, of all CPUs, since the machine started."""
    with open("/proc/stat", encoding="ascii") as f:
        fields = [int(x) for x in f.readline().split()[1:9]]
    return sum(fields) - fields[3] - fields[4], sum(fields)


def others():
    """The share of the CPUs that is taken while nothing of ours runs."""
    busy, everything = cpu_ticks()
    time.sleep(LOOK_S)
    busy_then, everything_then = cpu_ticks()
    return (busy_then - busy) / max(1, everything_then - everything)


class Goals:
    """Goals are judged on a quiet machine alone."""

    loud = []

    @classmethod
    def under(cls, goal, looks):
        share = statistics.median(looks)
        if share <= QUIET:
            return goal
        cls.loud.append(share)
        return "-"

    @classmethod
    def say_loud(cls):
        if cls.loud:
            print(f"the goals of {len(cls.loud)} ratios to pgbench\t\t-\t"
                  f"other programs took {max(cls.loud):.0%} of the CPUs")


def ms_of(p50, p99):
    """Two times in one column."""
    return "/".join(f"{v:.1f}" if v < 10 else f"{v:.0f}" for v in (p50, p99))


def run(*words, env=None):
    r = subprocess.run(list(map(str, words)), capture_output=True, text=True,
                       timeout=300, env=env, check=False)
    if r.returncode != 0 or "aborted" in r.stderr:
        raise Failed(f"{words[0]} {words[1]}: {r.stderr.strip()[-600:]}")
    return r.stdout


class Postgres:
    """The server of tests/hub/pg.sh, or why there is none. Its files are on
    a disk: /tmp may be memory."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["bash", os.path.join(HERE, "../hub/pg.sh")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
            env={**os.environ, "TMPDIR": "/var/tmp"})
        self.store = self.process.stdout.readline().strip()
        self.missing = None
        if not self.store:
            self.missing = self.process.stderr.read().strip()
            if self.process.wait() != 77:
                raise Failed(f"pg.sh: {self.missing}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)


class Pgbench:
    """The statements of a batch, as a script; its kiosks are those of
    offices that the hub's clients leave alone."""

    def __init__(self, program, work, store, batch):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/pgbench"))
        if not found:
            raise Failed("pgbench is not beside the PostgreSQL server")
        words, text = run(program, "script", work, batch, 1).split("\n\n", 1)
        self.pgbench, self.words = found[-1], words.split("\n")
        self.conninfo = store.split(":", 1)[1]
        self.folder = os.path.join(work, f"pgbench-{batch}")
        os.makedirs(self.folder)
        self.script = os.path.join(self.folder, "script")
        with open(self.script, "w", encoding="utf-8") as f:
            f.write(text)
        self.used = batch * 10000  # batches of each client
        self.env = {**os.environ, "PGOPTIONS": " ".join(
            f"-c {k}={v}" for k, v in SETTINGS.items())}

    def transactions(self, clients, seconds):
        """(client, milliseconds, end) of each."""
        for old in glob.glob(os.path.join(self.folder, "log*")):
            os.unlink(old)
        run(self.pgbench, "-n", "-M", "prepared", "-f", self.script, "-c",
            clients, "-j", min(clients, 2), "-T", seconds, "-l",
            "--log-prefix", os.path.join(self.folder, "log"), "-D",
            f"n={self.used}", *self.words, self.conninfo, env=self.env)
        self.used += 5000 * seconds
        for path in glob.glob(os.path.join(self.folder, "log*")):
            with open(path, encoding="ascii") as f:
                for line in f:
                    row = [int(x) for x in line.split()]
                    yield row[0], row[2] / 1e3, row[4] + row[5] / 1e6

    def turn(self, clients, seconds=None):
        """While all clients are at work and have prepared everything."""
        seconds = seconds or PGBENCH_S[clients]
        rows = sorted(self.transactions(clients, seconds),
                      key=lambda row: row[2])
        begins = max({c: end for c, _, end in reversed(rows)}.values())
        ends = min({c: end for c, _, end in rows}.values())
        ms = sorted(t for _, t, end in rows if begins < end <= ends)
        if ends - begins < 0.3 or len(ms) < 10:
            if seconds > 16:
                raise Failed("pgbench takes too long for a figure")
            return self.turn(clients, 2 * seconds)
        return {"rate": len(ms) / (ends - begins),
                "p50": ms[len(ms) // 2], "p99": ms[int(len(ms) * .99)]}


class Side:
    """One store with its hub."""

    def __init__(self, name, build, work, store=None):
        self.name, self.work = name, work
        self.program = os.path.join(build, "hub-bench")
        self.hub = Hub(build, os.path.join(work, name), store)
        self.hub.init(offices=())
        self.used = 0  # batches of each client
        self.rates = {}
        self.part("fill")
        self.hub.start()

    def words(self, what, *more):
        hub = self.hub
        if what == "fill":
            return [self.program, what, hub.store]
        if what == "replay":
            return [self.program, what, hub.store, self.work, *more]
        return [self.program, what, hub.store, hub.port, hub.key.hex(), *more]

    def part(self, what, *more):
        return json.loads(run(*self.words(what, *more)))

    def claims(self, clients, batch):
        rate = self.rates.get((clients, batch), GUESSED_RATE[batch])
        n = max(FEWEST, round(rate * TURN_S / clients))
        got = self.part("claims", clients, batch, n, self.used)
        self.used += n
        self.rates[clients, batch] = got["rate"]
        return got

    def replay(self, batch):
        got = self.part("replay", batch, REPLAY_MS, self.used)
        self.used += got["batches"]
        return got["rate"]

    def bare(self):
        return json.loads(run(self.program, "sync", self.work,
                              SYNC_MS))["rate"]

    def restart(self):
        self.hub.end()
        self.hub.start()


def median(turns, key):
    return statistics.median(t[key] for t in turns)


def ratio(turns, key):
    return statistics.median(t["rate"] / t[key] for t in turns)


def title(side, clients, batch):
    how = f"in batches of {batch}" if batch > 1 else "one a request"
    return f"claims {how}, {side.name}, {clients} client" + \
        ("s" if clients > 1 else "")


def say_times(name, turns):
    say(name, ms_of(median(turns, "p50"), median(turns, "p99")), unit="ms")


def say_claims(turns):
    say("  claims a second", median(turns, "claims"))
    say_times("  a request, p50/p99", turns)


def sqlite_claims(side):
    """Its references do not know of clients: one writer, one disk."""
    for batch in BATCHES:
        turns = {clients: [] for clients in CLIENTS}
        looks = []
        for _ in range(SQLITE_TURNS):
            looks.append(others())
            alone = side.replay(batch)
            for clients in CLIENTS:
                before = side.bare()
                got = side.claims(clients, batch)
                turns[clients].append({**got, "alone": alone,
                                       "bare": (before + side.bare()) / 2})
        loud = statistics.median(looks)
        for clients in CLIENTS:
            name = title(side, clients, batch)
            if loud > QUIET:
                print(f"{name}: / fdatasync\t\t-\tother programs took "
                      f"{loud:.0%} of the CPUs")
            else:
                say(name + ": / fdatasync", ratio(turns[clients], "bare"),
                    unit="x")
                say("  / the same statements alone",
                    ratio(turns[clients], "alone"), unit="x")
            say_claims(turns[clients])


def postgres_claims(side, begun):
    goals = {50: ">=0.7", 1: ">=0.3"}
    for batch in BATCHES:
        pgbench = Pgbench(side.program, side.work, side.hub.store, batch)
        for clients in CLIENTS:
            turns, theirs, looks = [], [], []
            most = TURNS[clients] if time.monotonic() - begun < LATE_S \
                else TURNS_LATE
            for i in range(most):
                looks.append(others())
                # Who is first changes, for load comes and goes.
                if i % 2 == 0:
                    theirs.append(pgbench.turn(clients))
                turns.append(side.claims(clients, batch))
                if i % 2 == 1:
                    theirs.append(pgbench.turn(clients))
                turns[-1]["pgbench"] = theirs[-1]["rate"]
            say(title(side, clients, batch) + ": / pgbench",
                ratio(turns, "pgbench"), Goals.under(goals[batch], looks),
                "x")
            say_claims(turns)
            say_times("  of pgbench, p50/p99", theirs)


def hot(side):
    """What the clients were told, and what the store has more than before."""
    count = "karcis_hub_admissions"
    before = side.hub.metrics()[count]
    time.sleep(1.1)  # the hub counts its rows once a second at most
    got = side.part("hot")
    time.sleep(1.1)
    admitted = side.hub.metrics()[count] - before
    if (got["admitted"], got["answers"], admitted) != (200, 100000, 200):
        raise Failed(f"hot codes: {got}, {admitted:.0f} in the store")
    say(f"admitted of 100000 claims on 200 codes, {side.name}",
        got["admitted"], 200)
    say("  claims a second, 64 clients", got["claims"])


def feed(side, bytes_too):
    got = side.part("feed", side.work, "plain", PAGE)
    say(f"feed of {got['rows']} bookings to a fresh terminal, {side.name}",
        got["rate"], unit="rows/s")
    say("  of its time, waiting for the hub",
        100 * got["asked"] / (got["asked"] + got["applied"]), unit="%")
    if not bytes_too:
        return
    say("  compressed bytes a booking", got["bytes"], 25, "B")
    say("  the same with birth dates and names",
        side.part("feed", side.work, "named", PAGE)["bytes"], unit="B")
    say("  the same booked one at a time",
        side.part("feed", side.work, "singly", PAGE)["bytes"], unit="B")


class Held:
    """A thousand terminals that wait."""

    def __init__(self, side):
        side.restart()
        self.side, self.before = side, side.hub.usage()[0]
        self.process = subprocess.Popen(
            list(map(str, side.words("hold"))), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if not self.process.stdout.readline():
            raise Failed(f"hold: {self.process.stderr.read()}")
        end = time.monotonic() + 20
        while side.hub.metrics()["karcis_hub_long_polls"] < 1000:
            if time.monotonic() > end:
                raise Failed("the hub does not hold a thousand long-polls")
            time.sleep(0.1)

    def close(self):
        _, complaint = self.process.communicate()
        if self.process.returncode != 0:
            raise Failed(f"hold: {complaint}")


def polls(sides):
    held = [Held(side) for side in sides]
    before = [side.hub.usage()[1] for side in sides]
    time.sleep(IDLE_S)
    for h, cpu in zip(held, before):
        rss, now = h.side.hub.usage()
        say(f"RSS with 1000 terminals in long-polls, {h.side.name}",
            rss / (1 << 20), unit="MB")
        say("  without them", h.before / (1 << 20), unit="MB")
        say(f"  CPU of it in {IDLE_S} s", (now - cpu) * 1e3, unit="ms")
    for side in sides:
        wake(side)
    for h in held:
        h.close()


def wake(side):
    """Seven terminals of the office wait, the eighth claims; a thousand
    others wait for other days. Its answer leaves right after the commit."""
    got = side.part("wake", ROUNDS)
    say(f"a poll woken, after the claim's answer, {side.name}, p50",
        got["answered_p50"], unit="ms")
    say("  p99", got["answered_p99"], unit="ms")
    say("  after the claim was sent, p50/p99",
        ms_of(got["sent_p50"], got["sent_p99"]), unit="ms")


def figures(sides):
    begun = time.monotonic()
    for side in sides:
        if side.name == "SQLite":
            sqlite_claims(side)
        else:
            postgres_claims(side, begun)
        hot(side)
        feed(side, side.name == "SQLite")
    polls(sides)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", required=True)
    p.add_argument("--work", required=True)
    a = p.parse_args()
    work = os.path.abspath(os.path.join(a.work, "hub"))
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    sides, postgres = [], None
    try:
        postgres = Postgres()
        sides.append(Side("SQLite", a.build, work))
        if postgres.missing is None:
            sides.append(Side("PostgreSQL", a.build, work, postgres.store))
        else:
            print(f"the hub on PostgreSQL\t\t-\t{postgres.missing}")
        figures(sides)
        Goals.say_loud()
        say("load average at the end of these", os.getloadavg()[0])
    except (Failed, OSError, subprocess.SubprocessError) as e:
        print(f"hub_figures: {e}", file=sys.stderr)
        return 1
    finally:
        for side in sides:
            side.hub.close()
        if postgres is not None:
            postgres.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
