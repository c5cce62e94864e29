"""Figures of the whole terminal: start, memory, first byte to the printer,
and how still it stands when nobody touches it.

usage: terminal_bench.py --build DIR --work DIR {start|idle}
Prints one line per figure: name, measured, goal, unit, tab-separated.
A figure that misses its goal is no failure; a terminal that ends is."""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../assets/demo"))
from office import Failed, Office, Screen, wait_for  # noqa: E402

STARTS = 11
CHECK_INS = 10
STILL_S = 60
FAKED = ("LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def say(name, measured, goal, unit):
    print(f"{name}\t{measured:.4g}\t{goal}\t{unit}", flush=True)


def exec_to_first_frame(office, screen):
    """Milliseconds from exec to the first line about a picture that stands
    on the screen; on the real clock, with nothing preloaded."""
    env = office.environment()
    for name in FAKED:
        env.pop(name)
    env["DISPLAY"] = screen.display
    with open(os.path.join(office.folder, "start.log"), "ab") as log:
        begun = time.monotonic()
        p = subprocess.Popen([os.path.join(office.build, "karcis"),
                              "--config", office.config, "--window",
                              office.size, "--dump-layout"], env=env,
                             stdout=subprocess.PIPE, stderr=log)
        line = p.stdout.readline()
        took = (time.monotonic() - begun) * 1e3
        p.terminate()
        p.stdout.read()
        p.wait(10)
    if not line.startswith(b"screen "):
        raise Failed("karcis ended before its first frame, see "
                     + office.folder + "/start.log")
    return took


def family(pid):
    """pid and everything it started."""
    found = [pid]
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        for child in f.read().split():
            found += family(int(child))
    return found


def status_kb(pid, field):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(field + r":\s+(\d+)", f.read()).group(1))


def switches(pid):
    """Voluntary context switches of every thread: each is one wake-up."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status",
                  encoding="ascii") as f:
            total += int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)",
                                   f.read()).group(1))
    return total


def cpu_ms(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / TICKS_A_SECOND


def check_in(office, code):
    """One visitor, from the scan to the ticket in the hand."""
    before = len(office.papers())
    office.scan(code)
    wait_for("a paper", lambda: len(office.papers()) > before)
    office.wait_screen("ticket")


def memory(office, screen):
    office.start(screen.display)
    office.wait_screen("home")
    check_in(office, office.codes["good"][0])
    pids = family(office.process.pid)
    say("RSS after the first check-in",
        sum(status_kb(p, "VmRSS") for p in pids) / 1024, 40, "MB")
    say("peak RSS", sum(status_kb(p, "VmHWM") for p in pids) / 1024, 40,
        "MB")
    office.stop()


def start_traced(office, screen, trace):
    """strace with a filter in the kernel, so that only the calls that are
    named cost anything; the clock is faked for the terminal alone."""
    env = office.environment()
    give = []
    for name in FAKED:
        give += ["-E", f"{name}={env.pop(name)}"]
    env["DISPLAY"] = office.display = screen.display
    office.log = open(os.path.join(office.folder, "karcis.log"), "ab")
    office.out = open(os.path.join(office.folder, "layout.txt"), "wb")
    office.process = subprocess.Popen(
        ["strace", "-f", "--seccomp-bpf", "-qq", "-ttt", "-T", "-e",
         "trace=fdatasync,openat", "-e", "signal=none", "-o", trace, *give,
         os.path.join(office.build, "karcis"), "--config", office.config,
         "--window", office.size, "--dump-layout"],
        env=env, stdout=office.out, stderr=office.log)
    office.wait_screen("home")


def first_bytes(lines):
    """Milliseconds from the admission on disk to the opening of the paper,
    one per ticket. Two syncs of the journal come before a paper: the
    admission's, then the print's own entry."""
    syncs, found = [], []
    for line in lines:
        m = re.match(r"\d+\s+(\d+\.\d+) (.*?)(?:<(\d+\.\d+)>)?$", line)
        if m and m.group(2).startswith("fdatasync"):
            syncs.append(float(m.group(1)) + float(m.group(3) or 0))
        elif m and ".bin.new" in m.group(2) and len(syncs) >= 2:
            at = float(m.group(1))
            found.append(((at - syncs[-2]) * 1e3, (at - syncs[-1]) * 1e3))
            syncs = []
    return found


def first_byte(office, screen):
    trace = os.path.join(office.folder, "trace")
    start_traced(office, screen, trace)
    terminal = family(office.process.pid)[1]
    try:
        for code in office.codes["good"][1:1 + CHECK_INS]:
            check_in(office, code)
            time.sleep(0.3)
    finally:  # strace itself does not hear a SIGTERM
        os.kill(terminal, signal.SIGTERM)
        office.process.wait(20)
    with open(trace, encoding="utf-8", errors="replace") as f:
        found = first_bytes(f)
    if len(found) != CHECK_INS:
        raise Failed(f"{CHECK_INS} check-ins, {len(found)} papers in the "
                     "trace")
    say("first byte to the printer after the admission, p50",
        statistics.median(a for a, _ in found), 20, "ms")
    say("  of it after the print's own journal entry",
        statistics.median(b for _, b in found), "-", "ms")
    say("  the very first ticket since the start", found[0][0], 20, "ms")


def start(office, screen):
    memory(office, screen)
    first_byte(office, screen)
    # Last, for it runs on the real clock: after that, the faked one would
    # stand before the journal's newest entry.
    took = [exec_to_first_frame(office, screen) for _ in range(STARTS)]
    say("exec to first frame, p50", statistics.median(took), 100, "ms")
    say("  fastest", min(took), 100, "ms")


def away_from_other_ptys(office):
    """The scanner watches the directory of its device. In /dev/pts every
    shell of this machine that opens or ends would wake the terminal."""
    folder = os.path.join(office.folder, "dev")
    os.mkdir(folder)
    path = os.path.join(folder, "scanner")
    tty = os.ttyname(office.scanner_slave)
    os.symlink(tty, path)
    with open(office.config, encoding="utf-8") as f:
        config = f.read()
    if "serial:" + tty not in config:
        raise Failed("the configuration does not name " + tty)
    with open(office.config, "w", encoding="utf-8") as f:
        f.write(config.replace("serial:" + tty, "serial:" + path))


def idle(office, screen):
    """A minute nobody touches, after a minute nobody touched. The virtual
    printer is watched by inotify: it has no status to poll."""
    away_from_other_ptys(office)
    office.start(screen.display)
    office.wait_screen("home")
    time.sleep(STILL_S + 2)
    pids = family(office.process.pid)
    woken = [switches(p) for p in pids]
    spent = [cpu_ms(p) for p in pids]
    time.sleep(STILL_S)
    if office.process.poll() is not None:
        raise Failed("karcis ended: " + office.tail_log())
    say("idle wake-ups a minute (no status poll: inotify)",
        sum(switches(p) for p in pids) - sum(woken), 4, "")
    say("idle CPU of a core",
        (sum(cpu_ms(p) for p in pids) - sum(spent)) / STILL_S / 10, "-",
        "%")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("what", choices=["start", "idle"])
    a = p.parse_args()
    screen = Screen("1080x1920")
    office = None
    try:
        office = Office(a.build, os.path.join(a.work, a.what + "-office"))
        office.make_bookings()
        (start if a.what == "start" else idle)(office, screen)
    except (Failed, subprocess.SubprocessError) as e:
        print(f"terminal_bench: {e}", file=sys.stderr)
        return 1
    finally:
        if office is not None:
            office.close()
        screen.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
