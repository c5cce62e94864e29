#!/usr/bin/env python3
"""What the terminal costs without a desktop (DRM, an emulated card) and in a
window: from exec to the first picture, and memory with it; and the splash.
Rows for run.sh: figure, measured, goal, unit. usage: screen_figures.py BUILD"""

import os
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/device"))
sys.path.insert(0, os.path.join(ROOT, "assets/demo"))
from card import Card  # noqa: E402
from office import Office, Screen  # noqa: E402

ROUNDS = 7
FAKE = os.path.join(ROOT, "build/device/drm_fake.so")
FOLDER = "/dev/shm/karcis-screen-bench.%d" % os.getpid()


def memory_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        rows = dict(line.split(":", 1) for line in f)
    return [int(rows[n].split()[0]) / 1024 for n in ("VmRSS", "RssAnon",
                                                     "RssShmem")]


def start(words, env):
    """Milliseconds to the first picture, memory then."""
    began = time.monotonic()
    p = subprocess.Popen(words, env=env, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL)
    line = p.stdout.readline()
    ms = (time.monotonic() - began) * 1000
    if not line.startswith(b"screen"):
        raise SystemExit(f"no picture: {line!r}")
    time.sleep(0.3)
    mb = memory_mb(p.pid)
    p.terminate()
    p.stdout.read()
    p.wait(20)
    return ms, mb


def office_of(build, drm, rotate):
    o = Office(build, os.path.join(FOLDER, "office"))
    with open(o.config, encoding="utf-8") as f:
        text = f.read()
    if drm:
        text = text.replace("[scanner]", "presenter = drm\n"
                            f"rotate = {rotate}\n[scanner]")
    with open(o.config, "w", encoding="utf-8") as f:
        f.write(text)
    o.make_bookings(4)
    return o


def figures(name, words, env):
    rounds = [start(words, env) for _ in range(ROUNDS)]
    ms = statistics.median(r[0] for r in rounds)
    mb = rounds[-1][1]
    # On a real card what is mapped of it counts as nobody's.
    print(f"{name}: exec to the first picture\t{ms:.0f}\t-\tms")
    print(f"  memory but for the card's or X server's picture\t"
          f"{mb[0] - mb[2]:.1f}\t40\tMB")


def splash(build, card):
    env = dict(os.environ, LD_PRELOAD=FAKE, DRM_FAKE=card.folder)
    times = []
    for _ in range(ROUNDS):
        card.state.shows = 0
        began = time.monotonic()
        p = subprocess.Popen([os.path.join(build, "karcis-splash")], env=env)
        while card.state.shows == 0 and time.monotonic() < began + 10:
            pass
        times.append((time.monotonic() - began) * 1000)
        p.terminate()
        p.wait(20)
    print(f"splash: exec to its picture\t{statistics.median(times):.0f}\t"
          "100\tms")


def main():
    build = os.path.abspath(sys.argv[1])
    screen = Screen("1080x1920")
    try:
        for rotate in (None, 0, 90):
            o = office_of(build, rotate is not None, rotate)
            env = dict(os.environ, KARCIS_LOCALE=os.path.join(
                ROOT, "build/locale"), DISPLAY=screen.display)
            words = [os.path.join(build, "karcis"), "--config", o.config,
                     "--dump-layout"]
            if rotate is None:
                figures("in a window", words + ["--window", "1080x1920"], env)
            else:
                panel = (1080, 1920) if rotate == 0 else (1920, 1080)
                card = Card(os.path.join(FOLDER, f"dri{rotate}"), *panel)
                env.update(LD_PRELOAD=FAKE, DRM_FAKE=card.folder)
                figures("without a desktop" if rotate == 0 else
                        "  turned by 90", words, env)
            o.close()
        splash(build, card)
    finally:
        screen.close()
        subprocess.run(["rm", "-rf", FOLDER], check=False)


if __name__ == "__main__":
    main()
