"""A machine's disk when it is off: partitions, files of the data partition
and of the EFI partition, without mounting anything."""

import os
import shutil
import struct
import subprocess
import uuid

from machine import Failed

SECTOR = 512


def run(*argv, ok=(0,), **kw):
    """What it prints; Failed when it ends otherwise than ok."""
    r = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       stdin=subprocess.DEVNULL, check=False, timeout=600,
                       **kw)
    if r.returncode not in ok:
        raise Failed(f"{' '.join(argv[:3])} ended with {r.returncode}: "
                     f"{r.stdout.decode(errors='replace')[-300:]}")
    return r.stdout.decode(errors="replace")


def raw(path, out):
    """A raw copy of whatever the machine wrote (qcow2 overlay or raw)."""
    run("qemu-img", "convert", "-O", "raw", path, out)
    return out


def partitions(path):
    """{name: (first byte, bytes)} of a GPT disk (UEFI 2.10, 5.3)."""
    found = {}
    with open(path, "rb") as f:
        f.seek(SECTOR)
        head = f.read(92)
        if head[:8] != b"EFI PART":
            raise Failed(f"{path}: no GPT")
        at, count, size = struct.unpack_from("<QII", head, 72)
        f.seek(at * SECTOR)
        table = f.read(count * size)
    for i in range(count):
        e = table[i * size:(i + 1) * size]
        if uuid.UUID(bytes_le=e[:16]).int == 0:
            continue
        first, last = struct.unpack_from("<QQ", e, 32)
        name = e[56:128].decode("utf-16-le").rstrip("\0")
        found[name] = (first * SECTOR, (last - first + 1) * SECTOR)
    return found


def copy_part(disk, where, out):
    """One partition as a sparse file of its own."""
    first, size = where
    with open(disk, "rb") as f, open(out, "wb") as o:
        o.truncate(size)
        at = first
        while at < first + size:
            try:
                at = os.lseek(f.fileno(), at, os.SEEK_DATA)
                end = os.lseek(f.fileno(), at, os.SEEK_HOLE)
            except OSError:
                break  # nothing but a hole
            end = min(end, first + size)
            while at < end:
                n = os.copy_file_range(f.fileno(), o.fileno(),
                                       min(end - at, 1 << 26), at,
                                       at - first)
                if n == 0:
                    break
                at += n
    return out


def take_data(part, folder):
    """All files of an ext4 partition into a folder. The journal is replayed
    first, as the next mount would; Failed when it is damaged then."""
    # 0: clean; 1: the journal was replayed
    run("e2fsck", "-p", "-E", "journal_only", part, ok=(0, 1))
    run("e2fsck", "-fn", part)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    out = run("debugfs", "-R", f"rdump / {folder}", part)
    if "rdump:" in out:
        raise Failed(f"{part} can't be read: {out[-200:]}")
    # Whoever looks at it now is its owner: keys are for that one alone.
    for at, folders, names in os.walk(folder):
        for name in folders + names:
            os.chown(os.path.join(at, name), os.getuid(), os.getgid(),
                     follow_symlinks=False)
    return folder


def esp_file(part, name):
    """A file of the EFI partition; None when it is not there."""
    r = subprocess.run(["mtype", "-i", part, "::" + name],
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                       check=False, timeout=60)
    return r.stdout if r.returncode == 0 else None


GRUBENV_HEAD = b"# GRUB Environment Block\n"


def grubenv(content):
    """Its variables; None when GRUB would not read it (GRUB manual, 15.2:
    1024 bytes, the head, lines, filled with '#')."""
    if content is None or len(content) != 1024 or \
            not content.startswith(GRUBENV_HEAD):
        return None
    found = {}
    for line in content[len(GRUBENV_HEAD):].split(b"\n"):
        if line.startswith(b"#") or not line:
            continue
        name, eq, value = line.partition(b"=")
        if not eq:
            return None
        found[name.decode()] = value.decode()
    return found
