"""What the printer's tests share: an emulated printer, the real terminal that
prints on it, and the judgement of both: what stands in the journal against
what came out as paper."""

import os
import queue
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "assets/demo"))
from office import (  # noqa: E402,F401
    Failed, Office, Screen, end_together, wait_for)

# The terminal may write below /dev only; the test bed lies there too.
FOLDER = "/dev/shm/karcis-printer.%d" % os.getpid()
PRELOAD = "libumockdev-preload.so.0"
POLL = os.path.join(ROOT, "build/device/fortified_poll.so")
SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PRINTED, NOT_PRINTED, PARTIAL, UNSURE = 1, 2, 3, 4
NAMES = {0: "open", PRINTED: "PRINTED", NOT_PRINTED: "NOT_PRINTED",
         PARTIAL: "PARTIAL", UNSURE: "UNSURE"}
# enum audit_kind of firmware/core/audit.h
ADMIT, PRINT_END, COPY_START, PRINT_START = 2, 4, 5, 10
# enum action of firmware/core/session.h
DONE, COPY, NO_PAPER = 4, 10, 11


class Skip(Exception):
    """Why a test can't run here."""


def same(got, wanted, what):
    if got != wanted:
        raise Failed(f"{what}: {got!r}, not {wanted!r}")


def among(got, allowed, what):
    if got not in allowed:
        raise Failed(f"{what}: {got!r}, not one of {allowed!r}")


def holds(condition, what):
    if not condition:
        raise Failed(what)


class Emulator:
    """One emulated printer; lines in, state out."""

    def __init__(self, folder, front="usb", family="epson", plug=True,
                 before=()):
        self.papers_dir = os.path.join(folder, "papers")
        os.makedirs(self.papers_dir)
        words = {"usb": [], "tcp": ["0"],
                 "pty": [os.path.join(folder, "lp0")]}[front]
        env = dict(os.environ, TMPDIR=folder)
        if front == "usb":
            env["LD_PRELOAD"] = PRELOAD
        # EMULATOR_WRAP: what to run it under, to look into the emulator.
        self.p = subprocess.Popen(
            [*os.environ.get("EMULATOR_WRAP", "").split(),
             os.path.join(ROOT, "build/device/printer-emulator"), front,
             self.papers_dir, *words], env=env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, bufsize=1)
        self.answers, self.fired = queue.Queue(), queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.where = self.answers.get(timeout=10)
        self.device = {"usb": "usb:auto",
                       "tcp": f"tcp:127.0.0.1:{self.where}",
                       "pty": f"device:{self.where}"}[front]
        self.front = front
        self("model " + family)
        for line in before:
            self(line)
        if plug:
            self("plug")

    def _read(self):
        for line in self.p.stdout:
            (self.fired if line.startswith("fired") else
             self.answers).put(line.strip())
        self.answers.put("ended")

    def __call__(self, line):
        try:
            self.p.stdin.write(line + "\n")
            self.p.stdin.flush()
        except OSError:
            raise Failed(f"the emulator ended with {self.p.wait(5)}") \
                from None
        try:
            answer = self.answers.get(timeout=10)
        except queue.Empty:
            raise Failed(f"the emulator does not answer {line!r}") from None
        if not answer.startswith("ok "):
            raise Failed(f"the emulator says {answer!r} to {line!r}")
        return {k: int(v) if v.lstrip("-").isdigit() and k != "process"
                else v for k, v in (f.split("=") for f in
                                    answer.split()[1:])}

    def state(self):
        return self("state")

    def wait(self, what, test, seconds=10):
        return wait_for(what, lambda: test(self.state()), seconds)

    def wait_fired(self, seconds=10):
        try:
            return self.fired.get(timeout=seconds)
        except queue.Empty:
            raise Failed(f"no `at` fired in {seconds} s: "
                         f"{self.state()}") from None

    def papers(self, kind=""):
        """Bytes of the papers of a kind: "" cut off, torn-, joined-."""
        out = []
        for name in sorted(os.listdir(self.papers_dir)):
            if re.fullmatch(re.escape(kind) + r"\d+\.bin", name):
                with open(os.path.join(self.papers_dir, name), "rb") as f:
                    out.append(f.read())
        return out

    def close(self):
        try:
            self.p.stdin.write("quit\n")
            self.p.stdin.flush()
            self.p.wait(5)
        except (OSError, subprocess.TimeoutExpired):
            self.p.kill()
            self.p.wait()


class Terminal(Office):
    """The real terminal, its clock `rate` times as fast as ours."""

    def __init__(self, bench, folder, emulator, device=None, rate=4,
                 form="picture", profile="auto", names=None):
        self.bench, self.rate, self.emulator = bench, rate, emulator
        self.began = None
        super().__init__(bench.build, folder, size="540x960")
        with open(self.config, encoding="utf-8") as f:
            text = f.read()
        text = text.replace(
            f"device = virtual:{self.paper}",
            f"device = {device or emulator.device}\nform = {form}\n"
            f"profile = {profile}")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text)
        self.form = form
        self.served = 0
        self.names = names or ["Siti Wahyuni"]

    def environment(self):
        """Time goes on over restarts."""
        past = 0 if self.began is None else \
            int((time.monotonic() - self.began) * self.rate) + 2
        self.clock = "%02d:%02d:%02d" % (9 + past // 3600, past // 60 % 60,
                                         past % 60)
        env = super().environment()
        env["FAKETIME"] = f"@{self.today} {self.clock} x{self.rate}"
        del env["FAKETIME_DONT_FAKE_MONOTONIC"]
        if self.emulator.front == "usb":
            env["LD_PRELOAD"] += " " + PRELOAD
            env["UMOCKDEV_DIR"] = self.emulator.where
        env["LD_PRELOAD"] = (self.bench.sanitizer + " " +
                             env["LD_PRELOAD"] + " " + POLL).strip()
        env["ASAN_OPTIONS"] = "detect_leaks=0:exitcode=99"
        env["UBSAN_OPTIONS"] = "halt_on_error=1:exitcode=99"
        env["TSAN_OPTIONS"] = "exitcode=99:halt_on_error=0"
        return env

    def make_bookings(self, count=8):
        self.codes = subprocess.run(
            [os.path.join(self.bench.plain, "karcis-ctl"), "code", "new",
             "-n", str(count)], text=True, stdout=subprocess.PIPE,
            check=True).stdout.split()
        path = os.path.join(self.folder, "bookings.csv")
        with open(path, "wb") as f:
            f.write(b"code,service,date,start,end,name\n")
            for i, code in enumerate(self.codes):
                name = self.names[i % len(self.names)]
                f.write(f"{code},paspor-baru,{self.today},09:00,11:45,"
                        .encode() + (name if isinstance(name, bytes)
                                     else name.encode()) + b"\n")
        self.ctl("init")
        return self.ctl("import", path).stdout

    def ctl(self, *words, check=True):
        """Always the plain build: what is judged is the terminal."""
        env = {k: v for k, v in self.environment().items()
               if k != "UMOCKDEV_DIR"}
        env["LD_PRELOAD"] = env["LD_PRELOAD"].split()[
            1 if self.bench.sanitizer else 0]
        try:
            r = subprocess.run(
                [os.path.join(self.bench.plain, "karcis-ctl"), "--config",
                 self.config, *words], env=env, text=True, timeout=20,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                check=False)
        except subprocess.TimeoutExpired:
            raise Failed("no answer to karcis-ctl " + " ".join(words) +
                         "; " + self.tail_log()) from None
        if check and r.returncode != 0:
            raise Failed(f"karcis-ctl {' '.join(words)}: {r.stdout}")
        return r

    def start(self, wait=True):
        env = self.environment()
        if self.began is None:
            self.began = time.monotonic()
        env["DISPLAY"] = self.bench.display
        self.log = open(os.path.join(self.folder, "karcis.log"), "ab")
        self.out = open(self.layout_path(), "wb")
        self.process = subprocess.Popen(
            [*self.bench.wrapper, os.path.join(self.build, "karcis"),
             "--config", self.config, "--window", self.size,
             "--dump-layout"], env=env, stdout=self.out, stderr=self.log)
        self.log.close()
        self.out.close()
        self.display = self.bench.display
        if wait:
            self.wait_screen("home", 90 if self.bench.wrapper else 20)

    def layout_path(self):
        return os.path.join(self.folder, "layout.txt")

    def tail(self, offset=None):
        """The pictures since an offset, or the last ones."""
        with open(self.layout_path(), encoding="utf-8",
                  errors="replace") as f:
            size = os.fstat(f.fileno()).st_size
            f.seek(max(0, size - 60000) if offset is None else offset)
            return f.read()

    def read_layout(self):
        text = self.tail()
        parts = text.split("screen ")
        if len(parts) < 2:
            return "none", []
        lines = parts[-1].splitlines()
        items = []
        for line in lines[1:]:
            m = re.match(r"(-?\d+) (-?\d+) (\d+) (\d+) (\S+) (\d+) ?(.*)",
                         line)
            if m:
                items.append((*map(int, m.group(1, 2, 3, 4)), m.group(5),
                              int(m.group(6)), m.group(7)))
        return lines[0], items

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise Failed("karcis does not end: " + self.tail_log()) \
                    from None
            same(self.process.returncode, 0,
                 "exit of karcis; its log ends " + self.tail_log())

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.emulator("killed")

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.scanner)
        os.close(self.scanner_slave)

    def printer(self):
        import json
        return json.loads(self.ctl("status", "--json").stdout)["printer"]

    def wait_printer(self, key="connected", value="yes", seconds=10):
        wait_for(f"the printer's {key} = {value}, it is {self.printer()}",
                 lambda: self.printer()[key] == value, seconds)

    def next_code(self):
        self.served += 1
        return self.codes[self.served - 1]

    def scan_next(self):
        """Scans the next code; the offset from where to watch."""
        at = os.path.getsize(self.layout_path())
        self.scan(self.next_code())
        return at

    def outcome(self, at, seconds=20):
        """The screen that a scan led to, past printing."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            seen = re.findall(r"^screen (\w+)$", self.tail(at), re.M)
            if "number" in seen or "result" in seen:
                return "number" if "number" in seen else "result"
            if "printing" in seen and \
                    "ticket" in seen[seen.index("printing"):]:
                return "ticket"
            if self.process.poll() is not None:
                raise Failed("karcis ended: " + self.tail_log())
            time.sleep(0.01)
        raise Failed(f"the scan led to {self.read_layout()[0]} in "
                     f"{seconds} s; {self.emulator.state()}; "
                     f"{self.tail_log()}")

    def serve(self, seconds=20):
        """The next visitor; which screen they end at."""
        return self.outcome(self.scan_next(), seconds)

    def go_home(self):
        for _ in range(3):
            state = self.read_layout()[0]
            if state == "home":
                return
            try:
                self.press_action(DONE)
                self.wait_screen("home", 2)
                return
            except Failed:
                pass  # it went there by itself, or a warning came up
        self.wait_screen("home")

    def journal(self):
        """[Ticket], oldest first, of a copy of the journal."""
        copy = os.path.join(self.folder, "copy.db")
        for tail in ("", "-wal"):
            if os.path.exists(copy + tail):
                os.unlink(copy + tail)
            source = os.path.join(self.folder, "state/journal.db" + tail)
            if os.path.exists(source):
                shutil.copy(source, copy + tail)
        db = sqlite3.connect(copy)
        tickets = {}
        for row in db.execute("SELECT kind, key_id, seq, label, number, "
                              "print, hash FROM entry ORDER BY n"):
            kind, key, seq, label, number, verdict, digest = row
            if kind == ADMIT:
                tickets[key, seq] = Ticket(label, number, digest)
            elif kind in (PRINT_START, COPY_START):
                tickets[key, seq].jobs.append([0])
            elif kind == PRINT_END:
                tickets[key, seq].jobs[-1].append(verdict)
        db.close()
        return list(tickets.values())

    def verdicts(self):
        """The last verdict of each print job, in order of admission."""
        return [job[-1] for t in self.journal() for job in t.jobs]

    def wait_verdicts(self, wanted, seconds=20):
        """The journal comes to hold exactly these."""
        try:
            wait_for("", lambda: self.verdicts() == wanted, seconds)
        except Failed:
            raise Failed(
                f"verdicts {[NAMES[v] for v in self.verdicts()]}, not "
                f"{[NAMES[v] for v in wanted]}; {self.emulator.state()}; "
                f"{self.tail_log()}") from None

    def judge(self, whole=True):
        """No false PRINTED, nothing twice, no byte out of place. `whole`:
        nothing of a given-up ticket stands at the head of a paper."""
        papers = [self.read_paper(p) for p in self.emulator.papers()]
        s = self.emulator.state()
        known = {t.mark: t for t in self.journal()}
        for p in papers:
            holds(p in known, f"a paper with the mark {p} that is not in "
                  f"the journal ({sorted(known)})")
        for mark, t in known.items():
            count = papers.count(mark)
            sure = sum(j[-1] == PRINTED for j in t.jobs)
            most = sure + sum(j[-1] in (UNSURE, 0) for j in t.jobs)
            holds(sure <= count <= most,
                  f"{t}: {count} papers; state {s}; {self.tail_log()}")
        same(s["heads"], 0, "papers with a torn piece at their head")
        same(s["image"], 0, "real-time commands inside images")
        same(s["unknown"], 0, "bytes that are no command")
        if self.form == "picture":
            same(s["texts"], 0, "bytes of pictures printed as text")
        if whole:
            same(s["joined"], 0, "torn heads on a paper")
        return papers

    def read_paper(self, paper):
        """The audit mark of a paper: its text, or what its QR says."""
        if self.form == "text":
            found = re.findall(rb"(?<![0-9A-Z-])[0-9A-HJKMNP-TV-Z]{4}"
                               rb"(?:-[0-9A-HJKMNP-TV-Z]{4}){2}", paper)
            holds(found, "a paper without an audit mark: %r" % paper[-400:])
            return found[-1].decode()
        digits = self.paper_qr(paper)
        holds(len(digits) == 200, f"a paper's QR reads {digits!r}")
        r = self.ctl("ticket", "verify", digits, check=False)
        same(r.returncode, 0, "exit of ticket verify: " + r.stdout)
        found = [t for t in self.journal() if t.label in r.stdout]
        same(len(found), 1, f"tickets in the journal for {r.stdout!r}")
        return found[0].mark

    def paper_picture(self, paper, name="strip"):
        raw = os.path.join(self.folder, name + ".bin")
        png = os.path.join(self.folder, name + ".png")
        with open(raw, "wb") as f:
            f.write(paper)
        self.ctl("paper", raw, png)
        return png

    def paper_qr(self, paper):
        return subprocess.run(
            ["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable",
             self.paper_picture(paper)], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, check=False).stdout.strip()


class Ticket:
    def __init__(self, label, number, digest):
        self.label = "%s-%03d" % (chr(64 + label), number)
        bits = int.from_bytes(digest, "big") >> (256 - 60)
        mark = "".join(SYMBOLS[bits >> (55 - 5 * i) & 31] for i in range(12))
        self.mark = "-".join((mark[:4], mark[4:8], mark[8:]))
        self.jobs = []  # each: 0, then its verdicts

    def __repr__(self):
        return f"{self.label} {[[NAMES[v] for v in j] for j in self.jobs]}"


class Bench:
    """What one worker's tests share: the programs and an X server."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.plain = os.path.join(ROOT, "build/gcc")
        self.sanitizer, self.wrapper = "", []
        if "address" in os.path.basename(self.build):
            self.sanitizer = subprocess.run(
                ["gcc", "-print-file-name=libasan.so"], text=True,
                stdout=subprocess.PIPE, check=True).stdout.strip()
        self.screen = Screen("540x960")
        self.display = self.screen.display
        self.number, self.open = 0, []

    def pair(self, front="usb", family="epson", before=(), plug=True,
             count=8, run=True, **kw):
        """A printer and a terminal that are ready for visitors."""
        self.number += 1
        folder = os.path.join(FOLDER, "%s-%d" % (self.display[1:],
                                                 self.number))
        os.makedirs(folder)
        e = Emulator(folder, front, family, plug, before)
        self.open.append(e)
        t = Terminal(self, os.path.join(folder, "office"), e, **kw)
        self.open.append(t)
        t.make_bookings(count)
        if run:
            t.start()
            if plug:
                t.wait_printer()
        return e, t

    def another(self):
        """The same with a screen of its own."""
        other = Bench(self.build)
        other.wrapper = self.wrapper
        return other

    def close_pairs(self, passed):
        """The terminals first. A failed test's files stay."""
        for x in reversed(self.open):
            x.close()
        for x in self.open:
            if passed and isinstance(x, Terminal):
                shutil.rmtree(os.path.dirname(x.folder), ignore_errors=True)
        self.open = []

    def close(self):
        self.close_pairs(True)
        self.screen.close()
