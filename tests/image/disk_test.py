#!/usr/bin/env python3
"""assets/image/make-disk.sh and make-data.sh with a small root file system: the
layout, what is in it, and the same bytes from the same files."""
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time

from check import check, end

IMAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../assets/image")
MIB = 1 << 20
TOOLS = ("mksquashfs", "sfdisk", "mmd", "mkfs.vfat", "grub-mkimage", "debugfs")


def run(*argv, **env):
    return subprocess.run(argv, env=dict(os.environ, SOURCE_DATE_EPOCH="1760000000", **env),
                          text=True, capture_output=True, timeout=120, check=True).stdout


def digest(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def cut(img, start_mib, mib, out):
    with open(img, "rb") as src, open(out, "wb") as dst:
        src.seek(start_mib * MIB)
        dst.write(src.read(mib * MIB))


def main():
    missing = [t for t in TOOLS if shutil.which(t) is None]
    if missing:
        print("skipped: no", " ".join(missing), "(assets/packages-image.txt)")
        return
    with tempfile.TemporaryDirectory() as d:
        root = os.path.join(d, "root")
        os.makedirs(os.path.join(root, "boot"))
        with open(os.path.join(root, "boot/vmlinuz"), "w", encoding="ascii") as f:
            f.write("kernel\n")
        run("mksquashfs", root, d + "/rootfs.squashfs", "-noappend", "-quiet", "-no-progress")
        img = d + "/karcis.img"
        run("bash", IMAGE + "/make-disk.sh", "amd64", d)
        first = digest(img)
        layout(img)
        inside(img, d)
        time.sleep(2.1)  # vfat's clock ticks every 2 s
        run("bash", IMAGE + "/make-disk.sh", "amd64", d)
        check("the same files give the same disk", digest(img), first)
        data(d)
        with open(d + "/rootfs.squashfs", "ab") as f:
            f.truncate(512 * MIB + 1)
        try:
            run("bash", IMAGE + "/make-disk.sh", "amd64", d)
            said = "built"
        except subprocess.CalledProcessError as e:
            said = e.stderr.strip()
        check("a root file system larger than a slot is refused", said,
              "make-disk: the root file system has 536870913 bytes, a slot 512 MB")
    end()


def layout(img):
    table = json.loads(run("sfdisk", "-J", img))["partitiontable"]
    check("it is a GPT", table["label"], "gpt")
    check("four partitions, in MiB: name, start, size",
          [(p["name"], p["start"] // 2048, p["size"] // 2048) for p in table["partitions"]],
          [("esp", 1, 64), ("karcis-a", 65, 512), ("karcis-b", 577, 512),
           ("karcis-data", 1089, 64)])


def inside(img, d):
    esp = img + "@@1M"
    listing = run("mdir", "-b", "-/", "-i", esp, "::/").splitlines()
    check("the EFI partition has the loader, its rules, two copies of its state",
          sorted(listing), ["::/EFI/", "::/EFI/BOOT/", "::/EFI/BOOT/BOOTX64.EFI", "::/EFI/karcis/",
                            "::/EFI/karcis/grub.cfg", "::/EFI/karcis/grubenv",
                            "::/EFI/karcis/grubenv.spare"])
    run("mcopy", "-n", "-i", esp, "::/EFI/karcis/grubenv", d + "/env")
    env = run("grub-editenv", d + "/env", "list").splitlines()
    check("A comes first, both slots good, no try used",
          [w for w in env if w[:5] in ("ORDER", "A_OK=", "A_TRY", "B_OK=", "B_TRY")],
          ["ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=1", "B_TRY=0"])
    size = os.path.getsize(d + "/rootfs.squashfs")
    for start, name in ((65, "a"), (577, "b")):
        cut(img, start, 1, d + "/slot")
        with open(d + "/slot", "rb") as got, open(d + "/rootfs.squashfs", "rb") as want:
            check(f"slot {name} holds the root file system", got.read(size) == want.read(), True)
    cut(img, 1089, 64, d + "/data.img")
    check("the data partition is a clean ext4",
          subprocess.run(["e2fsck", "-fn", d + "/data.img"], capture_output=True,
                         check=False).returncode, 0)
    rows = [r.split("/") for r in run("debugfs", "-R", "ls -p /", d + "/data.img").splitlines() if r]
    check("its folders: mode, user, group",
          {r[5]: (r[2], r[3], r[4]) for r in rows if r[5] not in (".", "..", "lost+found")},
          {"karcis": ("040700", "901", "901"), "karcis-update": ("040700", "0", "0"),
           "etc-karcis": ("040755", "901", "901"), "rauc": ("040700", "0", "0"),
           "log": ("040755", "0", "0"), "systemd": ("040755", "0", "0")})


def data(d):
    tree = d + "/tree"
    os.makedirs(tree + "/etc-karcis")
    with open(tree + "/etc-karcis/karcis.ini", "w", encoding="ascii") as f:
        f.write("[kiosk]\n")
    run("bash", IMAGE + "/make-data.sh", tree, d + "/one.ext4")
    check("a data partition made of a folder holds its files",
          run("debugfs", "-R", "cat /etc-karcis/karcis.ini", d + "/one.ext4"), "[kiosk]\n")
    time.sleep(1.1)
    run("bash", IMAGE + "/make-data.sh", tree, d + "/two.ext4")
    check("and comes out the same again", digest(d + "/one.ext4"), digest(d + "/two.ext4"))


main()
