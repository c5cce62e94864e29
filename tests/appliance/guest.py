#!/usr/bin/env python3
"""A small guest for what needs a real kernel and no image: Debian's kernel,
busybox, udev and one program with its libraries, on an emulated screen with
emulated USB devices.

    guest.py [--shot S]... [--usb NAMES] [--folder DIR] [--add FILE[:PATH]]...
             [--seconds N] [--size WxH] -- PROGRAM [ARGUMENT...]

The program's output goes to stdout, its exit code is ours. --shot takes a
picture S seconds after its start (screen-S.png in DIR). --add puts a file or
folder into the guest. --usb is a comma list of printer, keyboard, hidpos,
touch, evil. The kernel comes from the Debian package, unpacked once into
build/appliance/kernel."""

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import time

import machine
from machine import Failed, Machine

BASE = os.path.join(machine.PROGRAMS, "kernel")
TOOLS = ["busybox-static", "udev", "kmod", "libkmod2"]
LIBRARIES = dict(os.environ, LD_LIBRARY_PATH=f"{BASE}/lib/x86_64-linux-gnu:"
                 f"{BASE}/usr/lib/x86_64-linux-gnu")
MODULES = """xhci_pci usbhid hid_generic hid_multitouch evdev usblp
    usb_storage uas sd_mod virtio_pci virtio_blk virtio_gpu bochs
    i6300esb vfat exfat nls_cp437 nls_ascii nls_utf8 squashfs ext4
    virtio_rng""".split()
INIT = """#!/bin/sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/ LANG=C.UTF-8
export XDG_RUNTIME_DIR=/run
mount -t proc proc /proc; mount -t sysfs sys /sys
mount -t devtmpfs dev /dev; mkdir -p /dev/shm /dev/pts
mount -t tmpfs run /run; mount -t tmpfs shm /dev/shm
chmod 1777 /tmp
exec >/dev/ttyS0 2>&1 </dev/null
for m in MODULES; do modprobe $m 2>/dev/null; done
/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add; udevadm settle --timeout=30
sleep 3; udevadm settle --timeout=30
echo "guest: begins"
/guest/run
echo "guest: ended $?"
sync; poweroff -f
"""


def fetch_kernel():
    """Debian's kernel and busybox, once."""
    if os.path.exists(os.path.join(BASE, "done")):
        return
    loads = os.path.join(BASE, "packages")
    shutil.rmtree(BASE, ignore_errors=True)
    os.makedirs(loads)
    out = subprocess.run(["apt-cache", "depends", "linux-image-amd64"],
                         text=True, stdout=subprocess.PIPE,
                         check=True).stdout
    name = re.search(r"Depends: (linux-image-\S+)", out).group(1)
    subprocess.run(["apt-get", "download", "-qq", name] + TOOLS, cwd=loads,
                   check=True)
    for deb in glob.glob(os.path.join(loads, "*.deb")):
        subprocess.run(["dpkg", "-x", deb, BASE], check=True)
    shutil.rmtree(loads)
    kmod("depmod", "-b", BASE, version())
    with open(os.path.join(BASE, "done"), "w", encoding="ascii"):
        pass


def kmod(tool, *words):
    return subprocess.run(
        [tool, *words], executable=f"{BASE}/bin/kmod", env=LIBRARIES,
        text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        check=False).stdout


def version():
    return os.path.basename(glob.glob(f"{BASE}/lib/modules/*")[0])


def kernel():
    return glob.glob(f"{BASE}/boot/vmlinuz-*")[0]


def module_files():
    """MODULES and what they need, as modprobe would load them."""
    found = set()
    for m in MODULES:
        found.update(re.findall(
            r"insmod (\S+)",
            kmod("modprobe", "-d", BASE, "-S", version(), "-D", m)))
    return found


def put(tree, path, at=None):
    """A file or folder of this machine into the guest, at the same place."""
    to = tree + (at or os.path.abspath(path))
    os.makedirs(os.path.dirname(to), exist_ok=True)
    if os.path.isdir(path):
        shutil.copytree(path, to, symlinks=True, dirs_exist_ok=True)
    elif not os.path.exists(to):
        shutil.copy(path, to)


def put_program(tree, path):
    """A program with the libraries that ldd names; what was unpacked comes
    to its own place."""
    put(tree, path, path.removeprefix(BASE))
    r = subprocess.run(["ldd", path], text=True, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL, env=LIBRARIES, check=False)
    for lib in re.findall(r"(/\S+) \(0x", r.stdout):
        put(tree, os.path.realpath(lib), lib.removeprefix(BASE))


def make_tree(tree, program, adds, programs):
    shutil.rmtree(tree, ignore_errors=True)
    for d in ("proc", "sys", "dev", "run", "tmp", "bin", "sbin", "etc",
              "guest"):
        os.makedirs(f"{tree}/{d}")
    put(tree, f"{BASE}/bin/busybox", "/bin/busybox")
    for f in module_files():
        put(tree, f, f[len(BASE):])
    for f in glob.glob(f"{BASE}/lib/modules/*/modules.*"):
        put(tree, f, f[len(BASE):])
    for tool in ("bin/udevadm", "bin/kmod"):
        put_program(tree, f"{BASE}/{tool}")
    for d in ("lib/udev", "lib/systemd"):
        put(tree, f"{BASE}/{d}", f"/{d}")
    for f in ("/etc/passwd", "/etc/group", "/etc/nsswitch.conf"):
        put(tree, f)
    for p in (program[0], *programs):
        put_program(tree, p)
    for a in adds:
        path, _, at = a.partition(":")
        put(tree, path, at or None)
    words = " ".join("'" + w.replace("'", "'\\''") + "'" for w in program)
    scripts = {"/init": INIT.replace("MODULES", " ".join(MODULES)),
               "/guest/run": f"#!/bin/sh\nexec {words}\n"}
    for at, text in scripts.items():
        with open(tree + at, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(tree + at, 0o755)
    subprocess.run(["chroot", tree, "/bin/busybox", "--install", "-s",
                    "/bin"], check=True)


def pack(tree, out):
    with open(out, "wb") as f:
        names = subprocess.Popen(
            ["find", ".", "-print0"], cwd=tree, stdout=subprocess.PIPE)
        cpio = subprocess.Popen(
            ["cpio", "-0", "-o", "-H", "newc", "--quiet"], cwd=tree,
            stdin=names.stdout, stdout=subprocess.PIPE)
        subprocess.run(["gzip", "-1"], stdin=cpio.stdout, stdout=f, check=True)
        if names.wait() or cpio.wait():
            raise Failed("the initramfs can't be packed")


def guest(folder, program, adds=(), usb=(), programs=(), **kw):
    """A machine that will run the program; not started yet. programs: further
    ones that it runs itself."""
    fetch_kernel()
    program = [os.path.abspath(program[0])] + list(program[1:])
    tree = os.path.join(folder, "tree")
    os.makedirs(folder, exist_ok=True)
    make_tree(tree, program, adds, programs)
    pack(tree, os.path.join(folder, "initrd.gz"))
    shutil.rmtree(tree)
    serial = os.path.join(folder, "serial.log")
    if os.path.exists(serial):
        os.unlink(serial)
    return Machine(folder, kernel=kernel(), initrd=f"{folder}/initrd.gz",
                   append="console=ttyS0 quiet panic=-1 "
                   "vt.global_cursor_default=0", usb=usb,
                   more=["-no-reboot"], **kw)


def exit_code(m):
    """The program's, once it has ended; else None."""
    with open(m.serial, "rb") as f:
        r = re.search(rb"guest: ended (\d+)", f.read())
    return int(r.group(1)) if r else None


def wait_exit(m, seconds):
    machine.wait_for("end of the program", lambda: exit_code(m) is not None
                     or not m.running(), seconds)
    if exit_code(m) is None:
        raise Failed("the guest fell over: " + m.tail("serial.log"))
    return exit_code(m)


def output(m):
    with open(m.serial, "rb") as f:
        text = f.read().decode(errors="replace").replace("\r", "")
    text = text.partition("guest: begins\n")[2]
    return text.partition("guest: ended ")[0]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("--shot", type=float, action="append", default=[])
    p.add_argument("--usb", default="")
    p.add_argument("--folder", default="build/appliance/guest")
    p.add_argument("--add", action="append", default=[])
    p.add_argument("--seconds", type=float, default=120)
    p.add_argument("--size", default="1080x1920")
    p.add_argument("program", nargs="+")
    a = p.parse_args()
    machine.WIDTH, machine.HEIGHT = (int(n) for n in a.size.split("x"))
    usb = [u for u in a.usb.split(",") if u]
    try:
        with guest(a.folder, a.program, a.add, usb) as m:
            m.start()
            m.wait_said("guest: begins", 240)
            began = time.monotonic()
            for s in sorted(a.shot):
                time.sleep(max(0, began + s - time.monotonic()))
                if exit_code(m) is not None:
                    raise Failed(f"no picture at {s:g} s: it has ended")
                m.screenshot(f"screen-{s:g}.png")
            code = wait_exit(m, a.seconds)
            print(output(m), end="")
    except Failed as e:
        print(f"guest: {e}", file=sys.stderr)
        code = 125
    sys.exit(code)


if __name__ == "__main__":
    main()
