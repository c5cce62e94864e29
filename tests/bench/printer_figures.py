"""Figures of a USB printer on the real libusb, emulated under umockdev: how
still the terminal stands with a transfer pending, and what waiting costs.

usage: printer_figures.py --build DIR {idle|job|answers}
Prints one line per figure: name, measured, goal, unit, tab-separated."""

import argparse
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../device"))
sys.path.insert(0, HERE)
import printer_bench  # noqa: E402
from printer_bench import Bench, Emulator, Failed  # noqa: E402
from printer_proof import block  # noqa: E402
from terminal_bench import (  # noqa: E402
    STILL_S, away_from_other_ptys, cpu_ms, family, say, switches)

JOB_BYTES, SPEED = 65536, 65536  # one second of printing
ANSWERS = 20  # of each kind


def idle(build):
    """A minute nobody touches, after a minute nobody touched."""
    bench = Bench(build)
    try:
        _, terminal = bench.pair(rate=1, run=False)
        away_from_other_ptys(terminal)
        terminal.start()
        terminal.wait_printer()
        time.sleep(STILL_S + 2)
        pids = family(terminal.process.pid)
        woken = sum(map(switches, pids))
        spent = sum(map(cpu_ms, pids))
        time.sleep(STILL_S)
        if terminal.process.poll() is not None:
            raise Failed("karcis ended: " + terminal.tail_log())
        say("idle wake-ups a minute, a USB printer attached",
            sum(map(switches, pids)) - woken, 4, "")
        say("  CPU of a core, its IN transfer pending",
            (sum(map(cpu_ms, pids)) - spent) / STILL_S / 10, 1, "%")
        terminal.stop()
    finally:
        bench.close()


def spent_ms(pid):
    """CPU time of all threads so far, in nanoseconds of the scheduler."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat",
                  encoding="ascii") as f:
            total += int(f.read().split()[0])
    return total / 1e6


def wait_line(driver, word):
    for line in driver.stdout:
        if word in line:
            return line
    raise Failed(f"the driver ended before it said {word!r}")


def job(build):
    folder = os.path.join(printer_bench.FOLDER, "job")
    os.makedirs(folder)
    emulator = Emulator(folder, before=[f"speed {SPEED}", "buffer 4096"])
    env = dict(os.environ, LD_PRELOAD=printer_bench.PRELOAD,
               UMOCKDEV_DIR=emulator.where)
    driver = subprocess.Popen(
        [os.path.join(build, "device/print-one"), "usb:auto"], env=env,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    try:
        wait_line(driver, "status connected=2")
        began, before = time.monotonic(), spent_ms(driver.pid)
        driver.stdin.write(f"submit 7 {JOB_BYTES}\n")
        line = wait_line(driver, " job 7 ")
        took_s = time.monotonic() - began
        if "printed" not in line or "not printed" in line:
            raise Failed("the job ended so: " + line)
        say("64 KB in one run, CPU for each second of printing",
            (spent_ms(driver.pid) - before) / took_s, 10, "ms")
        driver.stdin.write("quit\n")
        driver.wait(10)
    finally:
        driver.kill()
        emulator.close()


def until(terminal, offset, word):
    """Milliseconds until a new picture stands that says the word."""
    began = time.monotonic()
    while word not in terminal.tail(offset):
        if time.monotonic() - began > 5:
            raise Failed(f"no picture with {word!r} in 5 s")
        time.sleep(0.0005)
    return (time.monotonic() - began) * 1e3


def picture_end(terminal):
    return os.path.getsize(terminal.layout_path())


def status_to_screen(emulator, terminal):
    """The paper runs out in the middle of a ticket: the number stands."""
    took = []
    for _ in range(ANSWERS):
        emulator("at 10000 pause")
        terminal.scan_next()
        emulator.wait_fired()
        at = picture_end(terminal)
        emulator("paper out")
        took.append(until(terminal, at, "screen number"))
        emulator("paper in")
        emulator("resume")
        until(terminal, at, "screen ticket")
        terminal.go_home()
    return took


def proof_to_ticket(emulator, terminal):
    """The ticket's screen comes when the verdict is durable, not before."""
    took, asked = [], emulator.state()["process"]
    emulator("proof off")
    for _ in range(ANSWERS):
        at = terminal.scan_next()
        emulator.wait("the job's question",
                      lambda s, old=asked: s["process"] != old)
        asked = emulator.state()["process"]
        time.sleep(0.05)
        emulator("garbage " + block(asked))
        took.append(until(terminal, at, "screen ticket"))
        terminal.go_home()
    return took


def answers(build):
    bench = Bench(build)
    try:
        emulator, terminal = bench.pair(rate=1, count=2 * ANSWERS)
        shown = status_to_screen(emulator, terminal)
        proven = proof_to_ticket(emulator, terminal)
        terminal.stop()
        say("status byte to the screen, p50", statistics.median(shown), 100,
            "ms")
        say("  slowest", max(shown), 100, "ms")
        say("proof to the durable verdict and the screen, p50",
            statistics.median(proven), 50, "ms")
        say("  slowest", max(proven), 50, "ms")
    finally:
        bench.close()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", required=True)
    p.add_argument("what", choices=["idle", "job", "answers"])
    a = p.parse_args()
    try:
        {"idle": idle, "job": job, "answers": answers}[a.what](a.build)
    except (Failed, OSError) as e:
        print(f"printer_figures: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
