"""One office for the tests with real programs and real faults: a hub, kiosks
and what they are asked. Each group of tests runs in a process of its own and
everything it starts ends with it (setpriv --pdeathsig)."""

import collections
import datetime
import hashlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "assets/demo"))
import hub as demo_hub  # noqa: E402
from hub import OFFICE, WIB, Network, Terminal, offset_to  # noqa: E402,F401
from office import Failed, wait_for  # noqa: E402,F401

NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})")  # hashes are longer
WITH_US = ("setpriv", "--pdeathsig", "KILL")
START = ("09:00", "09:30")
# What a screen says first, in Indonesian.
TITLES = {"Check-in berhasil": "admitted", "Kode ini sudah dipakai": "used",
          "Booking ini dibatalkan": "cancelled",
          "Kode tidak ditemukan": "unknown",
          "Belum bisa memastikan": "cannot check",
          "Silakan ke kiosk": "elsewhere",
          "Kiosk ini sedang rusak": "out of order"}
PAUSE_S = 1.1
ANSWERS = ("result", "ticket", "number")


class Skip(Exception):
    """Why a test can't run here."""


def end_in_order():
    """Whoever ends this process has it close what it started first."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda n, _: sys.exit(128 + n))


def same(got, wanted, what):
    if got != wanted:
        raise Failed(f"{what}: {got!r}, not {wanted!r}")


def true(fact, what):
    if not fact:
        raise Failed(what)


def holds(text, part, what):
    if part not in text:
        raise Failed(f"{what} lacks {part!r}: {text[-300:]!r}")


class Postgres:
    """A server of its own (tests/hub/pg.sh), gone when this process is."""

    def __init__(self):
        self.script = os.path.join(ROOT, "tests/hub/pg.sh")
        self.process = subprocess.Popen(
            ["bash", self.script], stdin=subprocess.PIPE, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.store = self.process.stdout.readline().strip()
        if not self.store:
            why = self.process.stderr.read().strip()
            if self.process.wait() == 77:
                raise Skip(why)
            raise Failed(f"PostgreSQL does not start: {why}")
        self.dir = re.search(r"host=(\S+)", self.store).group(1)
        self.databases = 0

    def new_store(self):
        self.databases += 1
        name = f"office{self.databases}"
        self.psql("postgres", f"CREATE DATABASE {name}")
        return self.store.replace("dbname=postgres", f"dbname={name}")

    def psql(self, database, statement):
        r = subprocess.run(["psql", "-h", self.dir, "-U", "karcis", "-d",
                            database, "-AtqX", "-F", "\t", "-c", statement],
                           text=True, capture_output=True, check=False)
        if r.returncode != 0:
            raise Failed(f"psql: {r.stderr}")
        return r.stdout

    def environment(self):
        return dict(os.environ, KARCIS_PG_DIR=self.dir)

    def ctl(self, verb):
        subprocess.run(["bash", self.script, "--ctl", verb], check=True,
                       env=self.environment())

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.terminate()


class Hub(demo_hub.Hub):
    """The hub, and what its store holds."""

    def __init__(self, *words, postgres=None, **kw):
        self.postgres = postgres
        super().__init__(*words, **kw)

    def start(self, env=None, under=WITH_US):
        super().start(env, under)

    def rows(self, statement):
        """Rows of the store, whether or not the hub runs."""
        if self.postgres:
            name = self.store.rsplit("=", 1)[1]
            return [tuple(int(v) if NUMBER.fullmatch(v) else v
                          for v in line.split("\t"))
                    for line in self.postgres.psql(
                        name, statement).splitlines()]
        path = self.store.removeprefix("sqlite:")
        db = sqlite3.connect(path, timeout=10)
        try:
            return db.execute(statement).fetchall()
        finally:
            db.close()

    def kill(self):
        self.stop(signal.SIGKILL)

    def day(self, today):
        """The day as the store has it."""
        return (today - datetime.date(1970, 1, 1)).days

    def admissions(self):
        return self.rows("SELECT hash, op_id, device, letter, number "
                         f"FROM admission WHERE office = {OFFICE}")

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()


class Answer:
    """What a visitor saw, and how long it took from the scan."""

    def __init__(self, word, screen, texts, waited_s):
        self.word, self.screen, self.texts = word, screen, texts
        self.waited_s = waited_s

    def __repr__(self):
        return f"{self.word} ({' / '.join(self.texts)[:120]})"


def word_of(screen, texts):
    if screen in ("ticket", "number"):
        return "admitted"
    shown = " ".join(texts)
    for title, word in TITLES.items():
        if title in shown:
            return word
    return screen


class Kiosk(Terminal):
    """A kiosk whose screen is followed as it changes."""

    def start(self, display=None, window="540x960", under=WITH_US, wait=True):
        super().start(display or os.environ["KARCIS_OFFICE_DISPLAY"], window,
                      under)
        self.seen = 0
        self.scanned = {}
        self.tail = b""
        self.pictures = []
        if wait:
            self.wait_screen("home")

    def look(self):
        """Names of all pictures that were shown since the start."""
        with open(os.path.join(self.folder, "layout.txt"), "rb") as f:
            f.seek(self.seen)
            new = f.read()
        self.seen += len(new)
        lines = (self.tail + new).split(b"\n")
        self.tail = lines.pop()
        self.pictures += [line[7:].decode() for line in lines
                          if line.startswith(b"screen ")]
        return self.pictures

    def scan(self, code):
        super().scan(code)
        self.scanned[code] = time.monotonic()

    def entries(self):
        return self.status().get("journal_entries", -1)

    def begin(self, code):
        """Scans; `end` gives the answer."""
        if code in self.scanned:  # not taken again within a second
            time.sleep(max(0, self.scanned[code] + PAUSE_S -
                           time.monotonic()))
        self.visiting = (len(self.look()), self.entries(), time.monotonic())
        self.scan(code)

    def decided(self):
        """True when a visitor's decision is on the screen."""
        shown = self.look()
        return len(shown) > self.visiting[0] and \
            shown[-1] in ("printing", *ANSWERS)

    def answered(self):
        """The journal has an entry more (a refusal, an admission and its
        print) and the visit is at its end."""
        s = self.status()
        return s.get("screen") in ANSWERS and \
            s["journal_entries"] > self.visiting[1]

    def end(self, seconds=10):
        until = time.monotonic() + seconds
        waited = None
        while time.monotonic() < until:
            if waited is None and self.decided():
                waited = time.monotonic() - self.visiting[2]
            if self.answered():
                break
            time.sleep(0.01)
        else:
            raise Failed(f"{self.terminal}: no answer in {seconds} s; it "
                         f"showed {self.look()[self.visiting[0]:]}; "
                         f"{self.tail_log()}")
        self.status()  # what was drawn before this is drawn now
        screen, _ = self.read_layout()
        texts = self.texts()
        return Answer(word_of(screen, texts), screen, texts, waited or
                      time.monotonic() - self.visiting[2])

    def visit(self, code, wanted=None, seconds=10):
        """Scans a code and gives the answer, which must be the wanted."""
        self.begin(code)
        answer = self.end(seconds)
        if wanted:
            same(answer.word, wanted,
                 f"the answer of {self.terminal}, {answer!r}")
        return answer

    def shows(self, text, seconds=8):
        wait_for(f"{self.terminal} to show {text!r}, it shows "
                 f"{self.texts()!r}", lambda: text in " ".join(self.texts()),
                 seconds)

    def sync(self):
        """The hub is asked for everything now, not after a pause."""
        self.ask("sync", "now")

    def come_back(self, seconds=20):
        """Up again and nothing left to tell; asks without a pause."""
        def there():
            s = self.hub_status()
            if s.get("up") and s["waiting"] == 0:
                return True
            if s:  # each of its requests may have a pause of its own
                self.sync()
                time.sleep(0.2)
            return False
        wait_for(f"{self.terminal} to be up and to have told all", there,
                 seconds)

    def go_down(self, seconds=10):
        """Knows that nobody answers."""
        def down():
            s = self.hub_status()
            if s.get("up"):
                self.sync()
            return s.get("up") is False
        wait_for(f"{self.terminal} to find the hub away", down, seconds)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def log_text(self):
        with open(os.path.join(self.folder, "karcis.log"),
                  encoding="utf-8", errors="replace") as f:
            return f.read()

    def state(self, name=""):
        return os.path.join(self.folder, "state", name)

    def backup(self):
        """A copy of the journal, by karcis-ctl backup, opened."""
        path = os.path.join(self.folder, "backup.db")
        if os.path.exists(path):
            os.unlink(path)
        self.ctl("backup", path)
        return sqlite3.connect(path)

    def cached(self, statement):
        """Rows of the cache, which the terminal has for itself: of a copy,
        taken again when it was being written."""
        copy = os.path.join(self.folder, "cache-copy.db")
        for tries in range(20):
            for tail in ("-wal", ""):
                if os.path.exists(copy + tail):
                    os.unlink(copy + tail)
                if os.path.exists(self.state("cache.db" + tail)):
                    shutil.copy(self.state("cache.db" + tail), copy + tail)
            db = sqlite3.connect(copy)
            try:
                return db.execute(statement).fetchall()
            except sqlite3.DatabaseError as e:
                if tries == 19:
                    raise Failed(f"{self.terminal}'s cache: {e}") from e
                time.sleep(0.05)
            finally:
                db.close()

    def move(self, days):
        self.offset_s += days * 86400
        self.today += datetime.timedelta(days=days)

    def office_key(self):
        with open(self.state("keys"), encoding="ascii") as f:
            keys = dict(line.split(" ", 1) for line in f)
        return bytes.fromhex(keys["office"].strip())

    def hash_of(self, code):
        """FORMATS.md, Code hash, as the hub has it."""
        return hashlib.blake2b(code.replace("-", "").encode(),
                               key=self.office_key(),
                               digest_size=16).hexdigest()


def home_of(kiosks, code):
    """FORMATS.md, Home terminal."""
    h = bytes.fromhex(kiosks[0].hash_of(code))

    def score(kiosk):
        return hashlib.blake2b(
            b"karcis-home-v1" + h + kiosk.device.to_bytes(4, "big"),
            digest_size=32).digest()[:8]
    return max(kiosks, key=score)


class Office:
    """A hub and its kiosks below one folder; closed in the end."""

    def __init__(self, build, folder, postgres=None, hub_store=None):
        self.build = build
        self.folder = folder
        self.kiosks, self.networks = [], []
        self.hub = Hub(build, os.path.join(folder, "hub"),
                       offset_to("09:00:00"), postgres=postgres,
                       store=postgres.new_store() if postgres else hub_store)
        self.codes = collections.deque()
        self.hub.start()

    def network(self):
        self.networks.append(Network(self.hub.port))
        return self.networks[-1]

    def kiosk(self, name, network=None, run=True, **kw):
        k = Kiosk(self.hub, os.path.join(self.folder, name), name, network,
                  **kw)
        self.kiosks.append(k)
        if run:
            k.start()
        return k

    def two_kiosks(self, networks=0, codes=30):
        """kiosk-1 (behind a network when there is one), kiosk-2 (behind a
        second one), with fresh bookings and each other's names."""
        nets = [self.network() for _ in range(networks)]
        one = self.kiosk("kiosk-1", nets[0] if nets else None, run=False)
        two = self.kiosk("kiosk-2", nets[1] if len(nets) > 1 else None,
                         run=False)
        self.book(codes)
        for k in (one, two):
            k.start()
        self.settle()
        return (one, two, *nets)

    def settle(self):
        """Every kiosk has today's bookings and the newest roster."""
        roster = self.hub.rows("SELECT roster FROM office WHERE office = "
                               f"{OFFICE}")[0][0]
        for k in self.kiosks:
            k.wait_fresh()
            if k.hub_status().get("roster") != roster:
                k.sync()
            wait_for(f"the roster at {k.terminal}",
                     lambda k=k: k.hub_status().get("roster") == roster)
            k.device = k.hub_status()["device"]

    def heard(self, kiosk):
        """Waits until the kiosk knows all that the hub has of today."""
        today = self.hub.day(self.today())
        wanted = self.hub.rows("SELECT epoch, head FROM bucket WHERE "
                               f"office = {OFFICE} AND day = {today}")
        kiosk.sync()
        wait_for(f"the news at {kiosk.terminal}", lambda: kiosk.cached(
            "SELECT epoch, at FROM feed_day WHERE shown = load AND "
            f"day = {today}") == wanted)

    def catch_up(self):
        """Every kiosk has told all, and heard all."""
        for k in self.kiosks:
            k.come_back()
        for k in self.kiosks:
            self.heard(k)

    def new_codes(self, count):
        return subprocess.run(
            [os.path.join(self.build, "karcis-ctl"), "code", "new", "-n",
             str(count)], text=True, stdout=subprocess.PIPE,
            check=True).stdout.split()

    def book(self, count):
        """Fresh bookings. A kiosk that runs already may hear of them within
        a minute only: they come by a command, beside the hub's process."""
        codes = self.new_codes(count)
        self.give(codes, "confirmed")
        self.codes.extend(codes)
        return codes

    def give(self, codes, status):
        """Bookings of these codes, at the hub, of the kiosks' today."""
        path = os.path.join(self.hub.folder, "bookings.csv")
        with open(path, "w", encoding="utf-8") as f:
            f.write("code,service,date,start,end,name,status\n")
            for code in codes:
                f.write(f"{code},paspor-baru,{self.today()},{START[0]},"
                        f"{START[1]},Siti Wahyuni,{status}\n")
        self.hub.import_bookings(path)

    def today(self):
        return datetime.datetime.fromtimestamp(
            time.time() + self.hub.offset_s, WIB).date()

    def code(self, home=None):
        """A fresh one; of this kiosk as its home."""
        for _ in range(len(self.codes)):
            code = self.codes.popleft()
            if home is None or home_of(self.kiosks, code) is home:
                return code
            self.codes.append(code)
        raise Failed("no code is left: book more")

    def close(self):
        for k in self.kiosks:
            if k.process and k.process.poll() is None:
                k.kill()
            k.close()
        self.hub.kill()
        for n in self.networks:
            n.close()


class Bench:
    """What the tests of a group share. `store`: sqlite or postgres."""

    def __init__(self, build, folder, store):
        self.build = build
        self.folder = os.path.abspath(folder)
        self.store = store
        self.server = None
        self.offices, self.said = [], []
        self.number = 0

    def postgres(self):
        if self.store == "postgres" and self.server is None:
            self.server = Postgres()
        return self.server

    def office(self, **kw):
        """Of the test that runs, gone after it."""
        self.number += 1
        self.offices.append(Office(
            self.build, os.path.join(self.folder, str(self.number)),
            self.postgres(), **kw))
        return self.offices[-1]

    def say(self, words):
        """A figure for the test's line."""
        self.said.append(words)

    def end_test(self):
        for o in self.offices:
            o.close()
        self.offices, said, self.said = [], self.said, []
        return said

    def close(self):
        self.end_test()
        if self.server:
            self.server.close()
