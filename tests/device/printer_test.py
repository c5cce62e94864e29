#!/usr/bin/env python3
"""The printer driver on the real libusb, against an emulated USB printer.

usage: printer_test.py BUILD/device [sanitizers]
"""
import concurrent.futures
import os
import re
import select
import subprocess
import sys
import time

BUILD = sys.argv[1]
SAN = sys.argv[2] if len(sys.argv) > 2 else ""
PRELOAD = "libumockdev-preload.so.0"


class Failed(Exception):
    pass


class Process:
    def __init__(self, argv, env):
        self.p = subprocess.Popen(argv, env=env, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, bufsize=0)
        self.buffer = b""
        self.lines = []

    def line(self, seconds):
        end = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0:
                return None
            if select.select([self.p.stdout], [], [], left)[0]:
                got = os.read(self.p.stdout.fileno(), 65536)
                if not got:
                    raise Failed("process ended: %s" % self.lines[-5:])
                self.buffer += got
        line, self.buffer = self.buffer.split(b"\n", 1)
        self.lines.append(line.decode())
        return self.lines[-1]

    def wait_for(self, pattern, seconds=3.0):
        end = time.monotonic() + seconds
        while True:
            line = self.line(max(0.0, end - time.monotonic()))
            if line is None:
                raise Failed("no %r in %.1f s; got %s" %
                             (pattern, seconds, self.lines[-12:]))
            if re.search(pattern, line):
                return line

    def write(self, text):
        self.p.stdin.write((text + "\n").encode())

    def end(self):
        try:
            self.write("quit")
        except BrokenPipeError:
            pass
        return self.p.wait(10)


class Bench:
    """One emulated printer and one driver process."""

    def __init__(self, before=(), device="usb:auto"):
        env = dict(os.environ, LD_PRELOAD=PRELOAD)
        self.emulator = Process([BUILD + "/usb-printer"], env)
        root = self.emulator.line(5)
        for c in before:
            self.emu(c)
        env["UMOCKDEV_DIR"] = root
        if "address" in SAN:
            asan = subprocess.check_output(
                ["gcc", "-print-file-name=libasan.so"], text=True).strip()
            env["LD_PRELOAD"] = asan + " " + PRELOAD
        self.driver = Process([BUILD + "/print-one", device], env)

    def emu(self, command):
        self.emulator.write(command)
        line = self.emulator.line(5)
        if line is None or not line.startswith("ok"):
            raise Failed("emulator: %s -> %s" % (command, line))
        return dict(f.split("=") for f in line.split()[1:])

    def ready(self, seconds=2.0):
        return self.driver.wait_for(r"status connected=2 ", seconds)

    def submit(self, job, size):
        self.driver.write("submit %d %d" % (job, size))

    def verdict(self, job, seconds):
        line = self.driver.wait_for(r" job %d " % job, seconds)
        return re.sub(r"^\d+ ", "", line)

    def paper(self):
        path = "/tmp/karcis-paper.%d" % self.emulator.p.pid
        self.emu("save " + path)
        with open(path, "rb") as f:
            data = f.read()
        os.unlink(path)
        return data

    def end(self):
        r = self.driver.end()  # the client stops before the emulator
        self.emulator.end()
        if r != 0:
            raise Failed("the driver ended with %d" % r)


def pattern(n):
    return bytes(65 + (i * 7 + i // 251) % 26 for i in range(n))


def same(got, want, what):
    if got != want:
        raise Failed("%s: got %r, wanted %r" % (what, got, want))


def happy_path(b):
    """every byte arrives once and the proof makes it PRINTED"""
    b.ready()
    b.submit(41, 65536)
    same(b.verdict(41, 5), "job 41 printed taken=65547 total=65547",
         "verdict")
    same(b.paper() == pattern(65536), True, "paper equals the job")


def short_writes(b):
    """a printer that takes 1,000 bytes at a time gets each byte once"""
    b.ready()
    b.emu("short 1000")
    b.submit(42, 20000)
    same(b.verdict(42, 5), "job 42 printed taken=20011 total=20011",
         "verdict")
    same(b.paper() == pattern(20000), True, "paper equals the job")


def stalls(b):
    """after a stall the job goes on at the byte that was not taken"""
    b.ready()
    for job, at in enumerate((0, 1, 63, 64, 65, 20000), 50):
        before = len(b.paper())
        b.emu("stall-at %d" % (before + at))
        b.submit(job, 20001)
        same(b.verdict(job, 5).split()[2], "printed", "stall at %d" % at)
        same(b.paper()[before:] == pattern(20001), True,
             "paper, stall at %d" % at)


def paper_out_before(b):
    """without paper the job is refused and no byte goes out"""
    b.driver.wait_for("connected=2 paper_out=2", 2)
    b.submit(43, 5000)
    same(b.verdict(43, 2), "job 43 not printed taken=0 total=5000",
         "verdict")
    same(len(b.paper()), 0, "bytes on paper")


def paper_loaded(b):
    """paper loaded in the middle of a job: it goes on, PRINTED once"""
    b.ready()
    b.emu("paper-left 10000")
    b.submit(44, 20000)
    b.driver.wait_for("paper_out=2", 2)
    time.sleep(1)
    b.emu("paper in")
    same(b.verdict(44, 3).split()[2], "printed", "verdict")
    same(b.paper() == pattern(20000), True, "paper equals the job")


def unplug_mid_job(b):
    """unplugged in the middle: PARTIAL; back in 2 s; nothing again"""
    b.ready()
    b.emu("unplug-at 10000")
    b.submit(45, 20000)
    same(b.verdict(45, 3).split()[2], "partial", "verdict")
    b.driver.wait_for("connected=1", 2)
    replug(b, 10000)


def replug(b, printed):
    b.emu("plug")
    start = time.monotonic()
    b.ready(2)
    same(time.monotonic() - start < 2, True, "ready in 2 s")
    time.sleep(0.3)
    same(len(b.paper()), printed, "bytes on paper after the replug")
    b.submit(90, 3000)
    same(b.verdict(90, 3).split()[2], "printed", "the next job")
    same(b.paper()[printed:] == pattern(3000), True, "the next paper")


def unplug_after_last(b):
    """unplugged after the last byte, before the proof: UNSURE"""
    b.ready()
    b.emu("proof-delay 5000")
    b.submit(46, 4000)
    b.driver.wait_for("progress 46 4011 4011", 3)
    b.emu("unplug")
    same(b.verdict(46, 3).split()[2], "unsure", "verdict")
    b.emu("proof-delay 0")
    replug(b, 4000)


def proof_late(b):
    """a proof that takes 9 s still counts"""
    b.ready()
    b.emu("proof-delay 9000")
    b.submit(47, 400)
    same(b.verdict(47, 11).split()[2], "printed", "verdict")


def proof_never(b):
    """without a proof it is UNSURE after 15 s, never PRINTED"""
    b.ready()
    b.emu("proof off")
    b.submit(48, 400)
    start = time.monotonic()
    same(b.verdict(48, 18).split()[2], "unsure", "verdict")
    same(14.5 < time.monotonic() - start < 17, True, "after 15 s")


def idle(b):
    """waiting with an open IN transfer costs less than 1 % of a core"""
    b.ready()
    time.sleep(0.3)
    stat = "/proc/%d/stat" % b.driver.p.pid
    ticks = []
    for _ in range(2):
        with open(stat) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        ticks.append(int(fields[11]) + int(fields[12]))
        time.sleep(3 if len(ticks) == 1 else 0)
    spent = (ticks[1] - ticks[0]) / os.sysconf("SC_CLK_TCK")
    same(spent <= 0.03, True, "%.2f s of CPU in 3 s" % spent)


def office_printer(b):
    """a printer of pages (CMD:PCL) and a disk are not touched"""
    time.sleep(1)
    b.submit(49, 400)
    same(b.verdict(49, 2).split()[2], "not", "verdict")
    same(b.emu("count")["wakes"], "0", "bytes sent to it")


def paper_never(b):
    """paper out for ever: PARTIAL at the deadline, then it forgets the job"""
    b.ready()
    b.emu("paper-left 10000")
    b.submit(44, 20000)
    same(b.verdict(44, 65).split()[2], "partial", "verdict")
    time.sleep(0.5)
    same(b.emu("count")["resets"], "1", "soft resets")
    same(len(b.paper()), 10000, "bytes on paper")


CASES = [
    (happy_path, ["plug"]), (short_writes, ["plug"]), (stalls, ["plug"]),
    (paper_out_before, ["paper out", "plug"]), (paper_loaded, ["plug"]),
    (unplug_mid_job, ["plug"]), (unplug_after_last, ["plug"]),
    (office_printer, ["id MFG:HP;CMD:PCL,PJL;MDL:LaserJet;", "plug"]),
    (idle, ["plug"]), (proof_late, ["plug"]), (proof_never, ["plug"]),
    (paper_never, ["plug"]),
]


def run(case, before):
    b = None
    try:
        b = Bench(before)
        case(b)
        b.end()
        print("ok   printer: %s" % case.__doc__, flush=True)
        return 0
    except (Failed, OSError) as e:
        print("FAIL printer: %s: %s" % (case.__name__, e), flush=True)
        if b is not None:
            b.driver.p.kill()
            b.emulator.p.kill()
        return 1


def main():
    only = os.environ.get("CASE", "")
    cases = [c for c in CASES if not only or c[0].__name__ in only.split(",")]
    # Most of their time is waiting for a deadline: the longest begin first.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        failed = sum(pool.map(lambda c: run(*c), reversed(cases)))
    print("device tests of the printer: %d passed, %d failed" %
          (len(cases) - failed, failed))
    return 1 if failed else 0


sys.exit(main())
