#!/usr/bin/env python3
"""The real terminal without a desktop: its picture on an emulated DRM card,
touches from an emulated touch screen, and the splash before it. The cases are
D1 to D14.

usage: screen_test.py [--build DIR] [NAMES]
NAMES run only the cases whose names hold one of them."""

import argparse
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "assets/demo"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from card import Card  # noqa: E402
from office import Failed, Office, end_together, wait_for  # noqa: E402

# The terminal may write below /dev only; the test bed lies there too.
FOLDER = "/dev/shm/karcis-screen.%d" % os.getpid()
PRELOAD = "libumockdev-preload.so.0"
FAKE = os.path.join(ROOT, "build/device/drm_fake.so")
WIDTH, HEIGHT = 1080, 1920
TYPE, BACK, HELP = 1, 2, 3  # enum action of firmware/core/session.h
PAPER = bytes([0xF3, 0xF5, 0xF7])  # the screens' and the splash's ground
KEY_ENTER = 28


def same(got, wanted, what):
    if got != wanted:
        raise Failed(f"{what}: {got!r}, not {wanted!r}")


class Emulator:
    """The emulated touch screens; a line in, a number out."""

    def __init__(self):
        env = dict(os.environ, TMPDIR=FOLDER, LD_PRELOAD=PRELOAD)
        self.p = subprocess.Popen(
            [os.path.join(ROOT, "build/device/touch-emulator")], env=env,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            bufsize=1)
        self.answers = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.where = self.answers.get(timeout=10)

    def _read(self):
        for line in self.p.stdout:
            self.answers.put(line.strip())
        self.answers.put("ended")

    def __call__(self, line):
        self.p.stdin.write(line + "\n")
        self.p.stdin.flush()
        answer = self.answers.get(timeout=10)
        if not answer.startswith("ok "):
            raise Failed(f"the emulator says {answer!r} to {line!r}")
        return int(answer[3:])

    def close(self):
        self.p.stdin.close()
        self.p.wait(10)


class Terminal(Office):
    """The real terminal on a card; `bench` has its emulated kernel."""

    def __init__(self, bench, rotate=0, touch="auto"):
        self.bench, self.rotate, self.words = bench, rotate, []
        super().__init__(bench.build, os.path.join(bench.folder, "office"),
                         size=f"{WIDTH}x{HEIGHT}")
        with open(self.config, encoding="utf-8") as f:
            text = f.read()
        text = text.replace("[scanner]", f"presenter = drm\n"
                            f"rotate = {rotate}\ntouch = {touch}\n[scanner]")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text)

    def environment(self):
        env = super().environment()
        env.pop("DISPLAY", None)
        env["LD_PRELOAD"] = f"{self.bench.sanitizer} " + env["LD_PRELOAD"]
        env["ASAN_OPTIONS"] = "detect_leaks=0:exitcode=99"
        env["UBSAN_OPTIONS"] = "halt_on_error=1:exitcode=99"
        return env

    def start(self, display=None, window=None, under=()):
        env = self.environment()
        env["LD_PRELOAD"] = " ".join(
            [self.bench.sanitizer, FAKE, PRELOAD, env["LD_PRELOAD"]])
        env["UMOCKDEV_DIR"] = self.bench.emu.where
        env["DRM_FAKE"] = self.bench.card.folder
        self.log = open(os.path.join(self.folder, "karcis.log"), "ab")
        self.out = open(os.path.join(self.folder, "layout.txt"), "wb")
        self.process = subprocess.Popen(
            [os.path.join(self.build, "karcis"), "--config", self.config,
             "--dump-layout", *self.words], env=env, stdout=self.out,
            stderr=self.log)

    def log_text(self):
        with open(os.path.join(self.folder, "karcis.log"),
                  encoding="utf-8", errors="replace") as f:
            return f.read()

    def logged(self, text):
        wait_for(f"the log line {text!r}; it ends {self.tail_log()}",
                 lambda: text in self.log_text(), 10)

    def middle(self, action):
        """Of a button, in the upright picture."""
        for item in self.read_layout()[1]:
            if item[5] == action:
                return item[0] + item[2] // 2, item[1] + item[3] // 2
        raise Failed(f"there is no button for action {action}")

    def units(self, x, y):
        """Where on the touch screen that is: 4096 x 2048 units, y from 100,
        over the whole panel, which hangs turned."""
        panel_w, panel_h = (WIDTH, HEIGHT) if self.rotate % 180 == 0 \
            else (HEIGHT, WIDTH)
        px, py = {0: (x, y), 90: (HEIGHT - 1 - y, x),
                  180: (WIDTH - 1 - x, HEIGHT - 1 - y),
                  270: (y, WIDTH - 1 - x)}[self.rotate]
        return (int((px + 0.5) * 4096 / panel_w),
                100 + int((py + 0.5) * 2048 / panel_h))

    def tap(self, x, y, device=1):
        tx, ty = self.units(x, y)
        emu = self.bench.emu
        self.bench.finger += 1
        emu(f"touch {device} 0 {self.bench.finger} {tx} {ty}")
        time.sleep(0.05)
        emu(f"lift {device} 0")

    def tap_action(self, action, device=1):
        self.tap(*self.middle(action), device)


class Bench:
    """An emulated kernel, a card, and what was started on them."""

    def __init__(self, build, name):
        self.build, self.folder = build, os.path.join(
            ROOT, "build/device", "screen." + name)
        shutil.rmtree(FOLDER, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(FOLDER)
        os.makedirs(self.folder)
        self.sanitizer = subprocess.check_output(
            ["gcc", "-print-file-name=libasan.so"], text=True).strip() \
            if "address" in build else ""
        self.emu = Emulator()
        # umockdev has the sandbox allow the test bed's /dev.
        self.card = Card(os.path.join(self.emu.where, "dev/dri"), WIDTH,
                         HEIGHT)
        self.t = None
        self.splash_process = None
        self.finger = 0

    def terminal(self, rotate=0, touch="auto", plugged=True, bookings=True):
        if plugged:
            self.emu("plug 1 multi")
        if rotate % 180 != 0:
            self.card.state.mode[0].width = HEIGHT
            self.card.state.mode[0].height = WIDTH
        self.t = Terminal(self, rotate, touch)
        if bookings:
            self.t.make_bookings(4)
        return self.t

    def started(self, **kw):
        t = self.terminal(**kw)
        t.start()
        t.wait_screen("home")
        return t

    def splash(self, *words):
        env = dict(os.environ, DRM_FAKE=self.card.folder,
                   LD_PRELOAD=f"{self.sanitizer} {FAKE}".strip(),
                   ASAN_OPTIONS="detect_leaks=0:exitcode=99")
        env.pop("DISPLAY", None)
        self.splash_process = subprocess.Popen(
            [os.path.join(self.build, "karcis-splash"), *words], env=env)
        return self.splash_process

    def lit(self, what="a picture", seconds=10):
        wait_for(what + " on the screen",
                 lambda: self.card.state.shown != 0, seconds)

    def pixel(self, x, y):
        return self.card.screen()[2][y][3 * x:3 * x + 3]

    def close(self):
        try:
            if self.splash_process and self.splash_process.poll() is None:
                self.splash_process.kill()
                self.splash_process.wait()
            if self.t and self.t.process and self.t.process.poll() is None:
                self.t.stop()
                same(self.t.process.returncode, 0, "the terminal's exit")
        finally:
            if self.t:
                self.t.close()
            self.emu.close()
            shutil.rmtree(FOLDER, ignore_errors=True)


def d1_a_tap_presses_the_button_whatever_the_turn(b):
    b.emu("plug 1 multi")
    for rotate in (0, 90, 180, 270):
        t = b.started(rotate=rotate, plugged=False)
        b.lit()
        before = b.card.screen()
        t.tap_action(HELP)
        t.wait_screen("help")
        if b.card.screen() == before:
            raise Failed("help is not on the screen")
        t.tap_action(BACK)
        t.wait_screen("home")
        t.stop()
        same(t.process.returncode, 0, "the exit")
        t.close()
        b.card.state.mode[0].width = WIDTH
        b.card.state.mode[0].height = HEIGHT
    b.t = None


def d2_a_visitor_checks_in_and_sees_the_number(b):
    t = b.started(rotate=90)
    t.scan(t.codes["good"][0])
    t.wait_screen("ticket")
    wait_for("the paper", t.papers, 10)
    b.card.save(os.path.join(b.folder, "ticket.png"))


def d3_a_touch_screen_plugged_into_a_running_terminal_works(b):
    t = b.started(plugged=False)
    t.logged("touch: a touch screen is not there yet")
    b.emu("plug 1 multi")
    t.logged("touch: /dev/input/event1 is taken")
    t.tap_action(HELP)
    t.wait_screen("help")
    b.emu("unplug 1")
    t.logged("touch: /dev/input/event1 went away")
    b.emu("plug 1 single")
    wait_for("the new one", lambda: b.emu("held 1"), 5)


def d4_a_touch_screen_pulled_out_under_a_finger_presses_nothing(b):
    t = b.started()
    x, y = t.units(*t.middle(HELP))
    b.emu(f"touch 1 0 1 {x} {y}")
    time.sleep(0.2)
    b.emu("unplug 1")
    t.logged("went away")
    time.sleep(0.3)
    same(t.read_layout()[0], "home", "the screen after")
    b.emu("plug 2 multi")
    wait_for("the new one", lambda: b.emu("held 2"), 5)
    t.tap_action(HELP, 2)
    t.wait_screen("help")


def d5_a_finger_lost_in_a_gap_presses_nothing(b):
    t = b.started()
    x, y = t.units(*t.middle(HELP))
    b.emu(f"touch 1 0 1 {x} {y}")
    time.sleep(0.2)
    b.emu("lose 1 0")
    time.sleep(0.5)
    same(t.read_layout()[0], "home", "the screen after")
    b.finger = 10
    t.tap_action(HELP)
    t.wait_screen("help")


def d6_a_palm_beside_the_finger_does_nothing(b):
    t = b.started()
    x, y = t.units(*t.middle(HELP))
    px, py = t.units(*t.middle(TYPE))
    b.emu(f"touch 1 0 1 {x} {y}")
    b.emu(f"touch 1 1 2 {px} {py}")
    b.emu("lift 1 1")
    time.sleep(0.3)
    same(t.read_layout()[0], "home", "the screen with the finger down")
    b.emu("lift 1 0")
    t.wait_screen("help")


def d7_keyboards_are_not_touched(b):
    b.emu("plug 2 keyboard")
    t = b.started()
    same(b.emu("held 1"), 1, "the touch screen is grabbed")
    same(b.emu("held 2"), 0, "the keyboard is grabbed")
    b.emu(f"key 2 {KEY_ENTER}")
    time.sleep(0.3)
    same(t.read_layout()[0], "home", "the screen after")


def d8_a_terminal_without_a_monitor_serves_and_takes_one_when_it_comes(b):
    b.card.state.connected = 0
    t = b.terminal()
    t.start()
    t.wait_screen("home")
    t.logged("screen: no monitor is connected to /dev/dri/card0")
    t.scan(t.codes["good"][0])
    t.wait_screen("ticket")
    same(b.card.state.shown, 0, "the picture shown")
    b.card.state.connected = 1
    b.emu("card change")
    b.lit("the ticket", 2)
    b.card.state.connected = 0
    b.emu("card change")
    t.logged("screen: HDMI-A-1 was unplugged")
    same(t.process.poll(), None, "the terminal's exit")


def d9_a_card_that_another_driver_replaces_is_taken_anew(b):
    t = b.started()
    b.lit()
    b.card.state.gone = 1
    t.tap_action(HELP)
    t.wait_screen("help")
    b.card.state.gone = 0
    before = b.card.state.shows
    wait_for("the picture on the new card",
             lambda: b.card.state.shows > before, 5)
    t.tap_action(BACK)
    t.wait_screen("home")


def d10_a_panel_of_another_size_is_a_clear_error(b):
    t = b.terminal()
    b.card.state.mode[0].width = 1024
    b.card.state.mode[0].height = 600
    t.start()
    same(t.process.wait(20), 2, "the exit")
    t.logged("screen: HDMI-A-1 has no mode of 1080x1920, which screen.size "
             "and screen.rotate ask for; its own is 1024x600")


def d14_one_that_comes_later_ends_a_terminal_that_can_show_why(b):
    b.card.state.connected = 0
    b.card.state.mode[0].width = 1024
    b.card.state.mode[0].height = 600
    t = b.terminal()
    t.words = ["--setup", os.path.join(t.folder, "update.sock")]
    t.start()
    t.wait_screen("home")
    b.card.state.connected = 1
    b.emu("card change")
    t.logged("screen: HDMI-A-1 has no mode of 1080x1920")
    # To be started anew, with the panel's own size.
    same(t.process.wait(10), 0, "the exit")


def d11_the_splash_stays_until_the_terminal_shows_its_picture(b):
    t = b.terminal(rotate=270)
    splash = b.splash("--config", t.config)
    b.lit("the splash")
    wait_for("the splash to let go", lambda: b.card.state.master == 0, 5)
    first = b.card.state.shown
    same(b.pixel(5, 5), PAPER, "the splash's ground")
    b.card.save(os.path.join(b.folder, "splash.png"))
    t.start()
    t.wait_screen("home")
    same(splash.wait(5), 0, "the splash's exit")
    same(b.card.state.went_black, 0, "times the screen went black")
    if b.card.state.shown in (0, first):
        raise Failed("the terminal's picture is not on the screen")
    t.tap_action(HELP)
    t.wait_screen("help")


def d12_the_splash_waits_for_a_screen_and_ends_when_it_is_told(b):
    b.card.state.connected = 0
    splash = b.splash()
    time.sleep(0.3)
    same(splash.poll(), None, "the splash's exit without a screen")
    b.card.state.connected = 1
    b.lit("the splash", 2)
    picture = os.path.join(b.folder, "splash.png")
    b.card.save(picture)
    words = subprocess.run(["tesseract", picture, "-", "-l", "ind+eng"],
                           text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, check=True).stdout
    for word in ("Karcis", "Menyiapkan", "Starting"):
        if word not in words:
            raise Failed(f"the splash reads {words!r}")
    # simpledrm's card goes, the real driver's comes.
    b.card.state.gone = 1
    time.sleep(0.3)
    before = b.card.state.shows
    b.card.state.gone = 0
    wait_for("the splash on the new card",
             lambda: b.card.state.shows > before, 5)
    splash.terminate()
    same(splash.wait(5), 0, "the splash's exit")


def d13_the_splash_gives_way_to_whoever_came_first(b):
    # The test itself, by a descriptor it does not have.
    b.card.state.master = os.getpid() << 16 | 1000
    b.card.state.opener[0] = b.card.state.master
    same(b.splash().wait(10), 0, "the splash's exit")
    same(b.card.state.shows, 0, "times it showed a picture")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/gcc")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    end_together()
    cases = [(n, f) for n, f in globals().items()
             if n.startswith("d") and n[1:2].isdigit() and
             (not args.names or any(part in n for part in args.names))]
    passed = failed = 0
    for name, case in cases:
        bench = Bench(os.path.abspath(args.build), name.split("_")[0])
        try:
            try:
                case(bench)
            finally:
                bench.close()
            print(f"ok {name}", flush=True)
            passed += 1
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc()
            print(f"FAILED {name}", flush=True)
            failed += 1
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
