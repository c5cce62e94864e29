"""USB sticks as files: one FAT file system on the whole stick, or in a first
partition as shops sell them. No mount, no root: mtools."""

import os
import struct
import subprocess

PART_AT = 2048 * 512  # where the first partition begins, bytes


def _image(path, offset):
    return f"{path}@@{offset}" if offset else path


def make(path, files, megabytes=64, partitioned=True):
    """files: {name on the stick: bytes or a path}. Folders come by names with
    a slash."""
    offset = PART_AT if partitioned else 0
    if os.path.exists(path):
        os.unlink(path)
    with open(path, "wb") as f:
        f.truncate((megabytes << 20) + offset)
        if partitioned:
            # An MBR with one entry: FAT32 LBA (0x0c).
            f.seek(446)
            f.write(struct.pack("<B3sB3sII", 0, b"\xfe\xff\xff", 0x0c,
                                b"\xfe\xff\xff", offset // 512,
                                (megabytes << 20) // 512))
            f.seek(510)
            f.write(b"\x55\xaa")
    subprocess.run(["mformat", "-i", _image(path, offset), "-F", "-v",
                    "KARCIS", "-T", str((megabytes << 20) // 512), "-h", "64",
                    "-s", "32", "::"],
                   check=True)
    for name in sorted(files):
        put(path, name, files[name], offset)
    return path


def put(path, name, content, offset=PART_AT):
    image = _image(path, offset)
    done = ""
    for part in name.split("/")[:-1]:
        done += part + "/"
        subprocess.run(["mmd", "-i", image, "-D", "s", "::" + done[:-1]],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False)
    if isinstance(content, (bytes, bytearray)):
        subprocess.run(["mcopy", "-i", image, "-o", "-", "::" + name],
                       input=content, check=True)
    else:
        subprocess.run(["mcopy", "-i", image, "-o", content, "::" + name],
                       check=True)


def names(path, folder="", offset=PART_AT):
    r = subprocess.run(["mdir", "-i", _image(path, offset), "-b", "-/",
                        "::" + folder], text=True, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL, check=False)
    return [line[3:] for line in r.stdout.splitlines()
            if line.startswith("::/")]


def get(path, name, offset=PART_AT):
    r = subprocess.run(["mtype", "-i", _image(path, offset), "::" + name],
                       stdout=subprocess.PIPE, check=True)
    return r.stdout
