#!/usr/bin/env python3
"""`make run-image`: the appliance in QEMU, its screen in a window whose mouse is a
finger on the machine's touch screen, a printer whose papers are files, a scanner
and sticks that obey lines typed here. The image itself is not changed.

    window.py IMAGE FOLDER [--seconds N]
"""
import argparse
import ctypes
import os
import select
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../appliance"))
# pylint: disable=wrong-import-position
from machine import Failed, HEIGHT, Machine, WIDTH  # noqa: E402

HELP = """\
  scan CODE     the scanner reads it
  stick FILE    a stick with these bytes is plugged in (make one with mtools)
  pull          and out again
  shot FILE     a picture of the screen (png)
  power         the power button
  quit          as if the plug were pulled
papers come to {}/paper; karcis-ctl paper makes pictures of them"""
FRAME_S = 0.15

# SDL.h
SDL_INIT_VIDEO = 0x20
SDL_QUIT, SDL_MOUSEMOTION, SDL_MOUSEBUTTONDOWN, SDL_MOUSEBUTTONUP = 0x100, 0x400, 0x401, 0x402
SDL_PIXELFORMAT_RGB24 = 0x17101803
SDL_WINDOWPOS_CENTERED = 0x2FFF0000


class Window:
    """A portrait window that fits the desktop, by SDL."""

    def __init__(self, height):
        self.sdl = ctypes.CDLL("libSDL2-2.0.so.0")
        for name in ("SDL_CreateWindow", "SDL_CreateRenderer", "SDL_CreateTexture"):
            getattr(self.sdl, name).restype = ctypes.c_void_p
        if self.sdl.SDL_Init(SDL_INIT_VIDEO) != 0:
            raise Failed("no window can be opened here")
        self.size = (height * WIDTH // HEIGHT, height)
        self.window = ctypes.c_void_p(self.sdl.SDL_CreateWindow(
            b"Karcis in QEMU", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
            *self.size, 0))
        self.renderer = ctypes.c_void_p(
            self.sdl.SDL_CreateRenderer(self.window, -1, 0))
        self.texture, self.pixels = None, None

    def show(self, ppm):
        """A picture as QEMU's screendump writes it: P6, width height, 255."""
        head = ppm.split(b"\n", 3)
        size = tuple(int(w) for w in head[1].split())
        if size != self.pixels:
            if self.texture is not None:
                self.sdl.SDL_DestroyTexture(self.texture)
            self.texture = ctypes.c_void_p(self.sdl.SDL_CreateTexture(
                self.renderer, SDL_PIXELFORMAT_RGB24, 1, *size))
            self.pixels = size
        self.sdl.SDL_UpdateTexture(self.texture, None, head[3], size[0] * 3)
        self.sdl.SDL_RenderCopy(self.renderer, self.texture, None, None)
        self.sdl.SDL_RenderPresent(self.renderer)

    def events(self):
        """(kind, x, y) with the place in parts of 32768, as the touch screen
        wants it."""
        buf = ctypes.create_string_buffer(64)
        while self.sdl.SDL_PollEvent(buf):
            kind = int.from_bytes(buf[0:4], "little")
            at = {SDL_MOUSEMOTION: 20, SDL_MOUSEBUTTONDOWN: 20, SDL_MOUSEBUTTONUP: 20}.get(kind)
            x = int.from_bytes(buf[at:at + 4], "little", signed=True) if at else 0
            y = int.from_bytes(buf[at + 4:at + 8], "little", signed=True) if at else 0
            yield (kind, max(0, min(32767, x * 32768 // self.size[0])),
                   max(0, min(32767, y * 32768 // self.size[1])))


class Run:
    """The machine, its window if there is one, and the lines typed here."""

    def __init__(self, machine, window):
        self.machine, self.window = machine, window
        self.down = False
        self.at = None
        self.sticks = []
        self.end = False

    def finger(self):
        touch = self.machine.usb["touch"]
        for kind, x, y in self.window.events():
            if kind == SDL_QUIT:
                self.end = True
            elif kind == SDL_MOUSEBUTTONDOWN:
                self.down = touch.tell(f"down 0 {x} {y}") == "ok"
            elif kind == SDL_MOUSEBUTTONUP and self.down:
                touch.tell("up 0")
                self.down = False
            elif kind == SDL_MOUSEMOTION and self.down:
                self.at = (x, y)
        if self.down and self.at:
            touch.tell(f"down 0 {self.at[0]} {self.at[1]}")
        self.at = None

    def picture(self):
        path = os.path.join(self.machine.folder, "window.ppm")
        self.machine.qmp.run("screendump", filename=path)
        with open(path, "rb") as f:
            self.window.show(f.read())

    def obey(self, line):
        word, _, rest = line.strip().partition(" ")
        m = self.machine
        if word == "scan" and rest:
            m.usb["hidpos"].scan(rest)
        elif word == "stick" and os.path.isfile(rest):
            self.sticks.append(m.plug_stick(rest))
        elif word == "pull" and self.sticks:
            m.pull_stick(self.sticks.pop())
        elif word == "shot" and rest:
            shutil.copy(m.screenshot("shot.png"), rest)
        elif word == "power":
            m.qmp.run("system_powerdown")
        elif word == "quit":
            self.end = True
        elif word:
            print(HELP.format(os.path.relpath(m.folder)))

    def turn(self):
        if self.window:
            self.finger()
            self.picture()
        if select.select([sys.stdin], [], [], FRAME_S)[0]:
            line = sys.stdin.readline()
            if line == "":
                time.sleep(FRAME_S)
                return
            try:
                self.obey(line)
            except Failed as e:
                print(e)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("image")
    p.add_argument("folder")
    p.add_argument("--seconds", type=float, help="end by itself")
    p.add_argument("--height", type=int, default=960, help="of the window, in pixels")
    a = p.parse_args()
    shutil.rmtree(a.folder, ignore_errors=True)
    os.makedirs(a.folder)
    # Room for the data partition to grow, as on a real disk.
    disk = os.path.join(os.path.abspath(a.folder), "disk.qcow2")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", os.path.abspath(a.image),
                    "-F", "raw", disk, "4G"], check=True)
    shown = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    window = Window(a.height) if shown else None
    if window is None:
        print("no desktop here, so no window; \"shot FILE\" takes a picture")
    print(HELP.format(os.path.relpath(a.folder)), flush=True)
    end = time.monotonic() + a.seconds if a.seconds else None
    with Machine(a.folder, disk=disk, overlay=False, usb=("printer", "hidpos", "touch"),
                 more=["-nic", "user,model=virtio-net-pci"]) as machine:
        machine.start()
        run = Run(machine, window)
        try:
            while not run.end and machine.running() and (
                    end is None or time.monotonic() < end):
                run.turn()
        except KeyboardInterrupt:
            pass
        except Failed as e:
            if machine.running():
                raise
            print(f"the machine is off ({e})")


main()
