#!/usr/bin/env python3
"""Sticks whose file system means harm, for a kernel that mounts them (the
whole machine in QEMU: here no vfat can be mounted).

usage: hostile_fs.py FOLDER [KEYS]

Writes NAME.img for each that must be refused when the machine looks at it,
NAME.copy for each that may be offered and must be refused then, NAME.good for
each that must be taken as far as the offer, and expected.json with what each is
and the reasons that are right. The bundle on them is small and genuine: signed
with the keys of the folder KEYS (build/pki), where there are some."""

import json
import os
import struct
import subprocess
import sys
import tempfile

import bundles
from hostile_exfat import ExFat

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
MB = 1 << 20
DAMAGED = ("damaged-fs", "wrong-fs")
BROKEN = ("damaged-fs", "read-error", "truncated", "corrupt", "not-a-bundle",
          "unsigned", "no-bundle", "stick-gone")


def run(*words):
    return bundles.run(*words)


class Fat:
    """A FAT file system in memory with a bundle and another file on it."""

    def __init__(self, folder, data, bits=16, megabytes=4):
        path = os.path.join(folder, "fat")
        with open(path, "wb") as f:
            f.truncate(megabytes * MB)
        run("mkfs.vfat", "-F", str(bits), "-i", "6b617263", "-n", "KARCIS",
            "-s", "1", path)
        for name, content in (("other.bin", b"other" * 9000),
                              ("update.raucb", data)):
            bundles.write(path + ".file", content)
            run("mcopy", "-i", path, path + ".file", "::" + name)
        run("mmd", "-i", path, "::karcis")
        self.bits = bits
        self.b = bytearray(bundles.read(path))
        (self.sector, self.per, self.reserved, self.fats,
         self.roots) = struct.unpack_from("<HBHBH", self.b, 11)
        self.fat_sectors = (struct.unpack_from("<I", self.b, 36)[0]
                            if bits == 32 else
                            struct.unpack_from("<H", self.b, 22)[0])
        self.fat = self.reserved * self.sector
        self.root = self.fat + self.fats * self.fat_sectors * self.sector
        self.data = self.root + self.roots * 32
        self.size = self.per * self.sector

    def at(self, cluster):
        return self.data + (cluster - 2) * self.size

    def entry(self, short):
        """Where the directory entry with this 8.3 name begins."""
        begin = self.root if self.bits == 16 else self.at(
            struct.unpack_from("<I", self.b, 44)[0])
        for at in range(begin, begin + 4096, 32):
            if self.b[at:at + 11] == short and self.b[at + 11] != 0x0f:
                return at
        raise RuntimeError(f"no {short}")

    @property
    def bundle(self):
        return self.entry(b"UPDATE~1RAU")

    def start(self, at):
        return (struct.unpack_from("<H", self.b, at + 20)[0] << 16 |
                struct.unpack_from("<H", self.b, at + 26)[0])

    def set_start(self, at, cluster):
        struct.pack_into("<H", self.b, at + 20, cluster >> 16)
        struct.pack_into("<H", self.b, at + 26, cluster & 0xffff)

    def next(self, cluster):
        width = self.bits // 8
        return int.from_bytes(self.b[self.fat + cluster * width:][:width],
                              "little")

    def link(self, cluster, to, fats=(0, 1)):
        width = self.bits // 8
        for n in fats:
            at = self.fat + n * self.fat_sectors * self.sector
            self.b[at + cluster * width:at + (cluster + 1) * width] = (
                to.to_bytes(width, "little"))

    def chain(self, at=None):
        end = 0xfff8 if self.bits == 16 else 0x0ffffff8
        found, cluster = [], self.start(at or self.bundle)
        while cluster < end:
            found.append(cluster)
            cluster = self.next(cluster)
        return found


# ---- FAT: each changes a good one; (text, reasons) ----

def chain_back(f):
    c = f.chain()
    f.link(c[len(c) // 2], c[1])
    return "the chain goes back in the middle", BROKEN


def chain_self(f):
    c = f.chain()
    f.link(c[2], c[2])
    return "a cluster that follows itself", BROKEN


def chain_free(f):
    c = f.chain()
    f.link(c[len(c) // 2], 0)
    return "the chain leads to a free cluster", BROKEN


def chain_outside(f):
    c = f.chain()
    f.link(c[len(c) // 2], 0xffef if f.bits == 16 else 0x0fffffef)
    return "the chain leads beyond the end", BROKEN


def chain_bad(f):
    c = f.chain()
    f.link(c[len(c) // 2], 0xfff7 if f.bits == 16 else 0x0ffffff7)
    return "the chain leads to a bad cluster", BROKEN


def chain_reserved(f):
    c = f.chain()
    f.link(c[len(c) // 2], 1)
    return "the chain leads to cluster 1", BROKEN


def chain_short(f):
    c = f.chain()
    f.link(c[len(c) // 2], 0xffff if f.bits == 16 else 0x0fffffff)
    return "the chain ends before the file does", BROKEN


def chain_crossed_at_its_end(f):
    c, other = f.chain(), f.chain(f.entry(b"OTHER   BIN"))
    f.link(c[-2], other[0])
    return "the last cluster is another file's", BROKEN


def chain_crossed_inside(f):
    """What a look reads is whole: the copy is not."""
    c, other = f.chain(), f.chain(f.entry(b"OTHER   BIN"))
    middle = len(c) // 2
    f.link(c[middle - 1], other[0])
    f.link(other[0], c[middle + 1])
    return "one cluster inside is another file's", ("corrupt",)


def size_zero(f):
    struct.pack_into("<I", f.b, f.bundle + 28, 0)
    return "a length of 0 with clusters", BROKEN


def size_huge(f):
    struct.pack_into("<I", f.b, f.bundle + 28, 0xffffffff)
    return "4 GiB in a few clusters", ("too-big",)


def size_more(f):
    size = struct.unpack_from("<I", f.b, f.bundle + 28)[0]
    struct.pack_into("<I", f.b, f.bundle + 28, size + 100 * f.size)
    return "100 clusters more than there are", BROKEN


def start_none(f):
    f.set_start(f.bundle, 0)
    return "a length without a cluster", BROKEN


def start_one(f):
    f.set_start(f.bundle, 1)
    return "cluster 1 for a beginning", BROKEN


def start_outside(f):
    f.set_start(f.bundle, 0xffe0 if f.bits == 16 else 0x0fffffe0)
    return "a beginning beyond the end", BROKEN


def is_a_folder(f):
    f.b[f.bundle + 11] |= 0x10
    return "the bundle is a folder", BROKEN


def folder_in_itself(f):
    """The folder that is called a bundle holds itself."""
    at = f.bundle
    f.b[at + 11] |= 0x10
    c = f.start(at)
    f.b[f.at(c):f.at(c) + 32] = f.b[at:at + 32]
    f.link(c, c)
    return "a folder that holds itself, without end", BROKEN


def twice(f):
    """The same name a second time, byte for byte."""
    at = f.bundle
    names = at
    while f.b[names - 32 + 11] == 0x0f:
        names -= 32
    free = at + 32
    while f.b[free] != 0:
        free += 32
    f.b[free:free + at + 32 - names] = f.b[names:at + 32]
    return "the same name twice", ("two-bundles",)


def label(f):
    f.b[f.bundle + 11] = 0x08
    return "the bundle is the volume's label", ("no-bundle",)


def root_noise(f):
    begin = f.root if f.bits == 16 else f.at(2)
    noise = bundles.random.Random(1).randbytes(f.size)
    f.b[begin:begin + len(noise)] = noise
    return "noise for a root folder", BROKEN


def root_endless(f):
    """FAT32: the root's chain is a circle of full folders."""
    root = struct.unpack_from("<I", f.b, 44)[0]
    begin = f.at(root)
    for at in range(begin, begin + f.size, 32):
        if f.b[at] == 0:
            f.b[at:at + 32] = b"FULL    BIN\x20".ljust(32, b"\0")
    f.link(root, root)
    return "a root folder without end", DAMAGED + ("read-error",
                                                   "two-bundles")


def boot_field(offset, form, value, text):
    def change(f):
        struct.pack_into(form, f.b, offset, value)
        return text, DAMAGED
    return change


FAT_BAD = {
    "chain-back": chain_back, "chain-self": chain_self,
    "chain-free": chain_free, "chain-outside": chain_outside,
    "chain-bad": chain_bad, "chain-reserved": chain_reserved,
    "chain-short": chain_short, "chain-crossed": chain_crossed_at_its_end,
    "size-zero": size_zero, "size-huge": size_huge, "size-more": size_more,
    "start-none": start_none, "start-one": start_one,
    "start-outside": start_outside, "is-a-folder": is_a_folder,
    "folder-in-itself": folder_in_itself, "twice": twice, "label": label,
    "root-noise": root_noise,
    "sector-0": boot_field(11, "<H", 0, "sectors of 0 bytes"),
    "sector-3": boot_field(11, "<H", 3, "sectors of 3 bytes"),
    "sector-32768": boot_field(11, "<H", 32768, "sectors of 32 KiB"),
    "cluster-0": boot_field(13, "<B", 0, "clusters of 0 sectors"),
    "cluster-3": boot_field(13, "<B", 3, "clusters of 3 sectors"),
    "reserved-0": boot_field(14, "<H", 0, "no reserved sector"),
    "fats-0": boot_field(16, "<B", 0, "no FAT"),
    "media": boot_field(21, "<B", 0x17, "no medium that exists"),
}


def boot_noise(f):
    f.b[11:90] = bundles.random.Random(2).randbytes(79)
    return "noise for a boot sector", DAMAGED


def boot_unsigned(f):
    f.b[510:512] = b"\0\0"
    return "a boot sector without its mark", DAMAGED + ("no-stick",)


def fat_length_0(f):
    struct.pack_into("<H", f.b, 22, 0)
    struct.pack_into("<I", f.b, 36, 0)
    return "a FAT of no sectors", DAMAGED


FAT_BAD.update({"boot-noise": boot_noise, "boot-unsigned": boot_unsigned,
                "fat-length-0": fat_length_0})


def second_fat_wrong(f):
    for c in f.chain():
        f.link(c, 0, fats=(1,))
    return "only the second FAT is wrong", ("offered",)


def free_count_wrong(f):
    struct.pack_into("<II", f.b, f.sector + 488, 0xffffff00, 0xffffff00)
    return "a free count that can't be", ("offered",)


# What fsck does not mind, and a kernel or we must.
FSCK_PASSES = {"fat16-label", "fat16-media", "fat16-boot-unsigned",
               "exfat-not-zero"}


def found_by_fsck(path, kind):
    """Whether fsck sees damage, or does not come to an end."""
    words = {"exfat": ["fsck.exfat", "-n"]}.get(kind, ["fsck.vfat", "-n"])
    try:
        return subprocess.run([*words, path], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=10,
                              check=False).returncode != 0
    except subprocess.TimeoutExpired:
        return True


# ---- all of them ----

def whole(kind):
    return lambda f: (f"a good {kind}", ("offered",))


def others(folder, data):
    """Whole sticks without a file system of ours: (bytes, text, reasons)."""
    path = os.path.join(folder, "other")
    noise = bundles.random.Random(3).randbytes(2 * MB)
    yield ("zeros", bytes(2 * MB), "an empty stick", DAMAGED + ("no-stick",))
    yield "noise", noise, "noise", DAMAGED + ("no-stick",)
    yield ("bare-bundle", data.ljust(2 * MB, b"\0"), "a bundle and no file "
           "system", DAMAGED)
    for kind, words in (("ext4", ("mkfs.ext4", "-q", "-F")),
                        ("squashfs", None)):
        if words is None:
            bundles.image(path, bundles.release(), 100000)
        else:
            bundles.write(path, bytes(4 * MB))
            run(*words, path)
        yield kind, bundles.read(path), f"{kind} on a stick", DAMAGED
        os.unlink(path)
    table = bytearray(2 * MB)
    # Two entries, each the whole stick and more, one inside the other.
    for n in range(2):
        struct.pack_into("<B3sB3sII", table, 446 + 16 * n, 0, b"\xfe\xff\xff",
                         0x0c, b"\xfe\xff\xff", n, 0xffffffff)
    table[510:512] = b"\x55\xaa"
    yield ("table", bytes(table), "partitions beyond the end",
           DAMAGED + ("no-stick",))


def partitioned(image):
    table = bytearray(MB)
    struct.pack_into("<B3sB3sII", table, 446, 0, b"\xfe\xff\xff", 0x0c,
                     b"\xfe\xff\xff", MB // 512, len(image) // 512)
    table[510:512] = b"\x55\xaa"
    return bytes(table) + image


def images(folder, data):
    """(name, end, bytes, text, reasons); each is made when it is asked for."""
    fat16 = Fat(folder, data)
    fat32 = Fat(folder, data, 32, 34)
    exfat = ExFat(folder, data)
    # 34 MB each: those that the wider FAT changes.
    wide = {n: c for n, c in FAT_BAD.items()
            if n.split("-")[0] in ("chain", "start", "root", "folder")}
    wide.update({"root-endless": root_endless, "fat-length-0": fat_length_0})
    for kind, base, changes, end in (
            ("fat16", fat16, FAT_BAD, "img"), ("fat32", fat32, wide, "img"),
            ("exfat", exfat, ExFat.BAD, "img"),
            ("fat16", fat16, {"crossed": chain_crossed_inside}, "copy"),
            ("fat32", fat32, {"crossed": chain_crossed_inside}, "copy"),
            ("fat16", fat16, {"whole": whole("FAT16"),
                              "second-fat": second_fat_wrong}, "good"),
            ("fat32", fat32, {"whole": whole("FAT32"),
                              "free-count": free_count_wrong}, "good"),
            ("exfat", exfat, {"whole": whole("exFAT")}, "good")):
        for name, change in changes.items():
            kept = bytes(base.b)
            text, reasons = change(base)
            yield f"{kind}-{name}", end, bytes(base.b), text, reasons
            base.b = bytearray(kept)
    yield ("fat32-partition", "good", partitioned(bytes(fat32.b)),
           "a good FAT32 in a partition", ("offered",))
    for name, content, text, reasons in others(folder, data):
        yield name, "img", content, text, reasons


def genuine(folder, keys):
    """A small bundle of a version that nothing has yet, and the keyring for
    it. keys None: of its own."""
    rootfs = bundles.image(os.path.join(folder, "rootfs.squashfs"),
                           bundles.release("999.0.0", 999), 200000)
    if keys and os.path.exists(os.path.join(keys, "keyring.pem")):
        signer = bundles.Signer(keys + "/signer/signer.key",
                                keys + "/signer/signer.pem")
        ring = os.path.join(keys, "keyring.pem")
    else:
        own = bundles.Keys(os.path.join(folder, "keys"))
        root = own.root("root")
        signer = own.signer("Build", root)
        ring = own.keyring("ring.pem", root.cert,
                           own.revocations("list", root))
    return bundles.read(bundles.bundle(
        os.path.join(folder, "x.raucb"), rootfs, bundles.manifest("999.0.0"),
        signer)), ring


def write_sparse(path, data):
    with open(path, "wb") as f:
        f.truncate(len(data))
        view, zeros = memoryview(data), bytes(4096)
        for at in range(0, len(data), 4096):
            if view[at:at + 4096] != zeros[:len(data) - at]:
                f.seek(at)
                f.write(view[at:at + 4096])


def write_all(out, folder, keys):
    """All of them into `out`; the keyring that their bundle is genuine by."""
    data, ring = genuine(folder, keys)
    expected = []
    for name, end, content, text, reasons in images(folder, data):
        write_sparse(f"{out}/{name}.{end}", content)
        expected.append({"image": f"{name}.{end}", "what": text,
                         "wanted": sorted(reasons)})
    with open(f"{out}/expected.json", "w") as f:
        json.dump(expected, f, indent=1)
    return ring


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    out = sys.argv[1]
    keys = (sys.argv[2:] or [os.path.join(ROOT, "build/pki")])[0]
    os.makedirs(out, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        write_all(out, folder, keys)
    print(f"{len(os.listdir(out)) - 1} sticks in {out}")


if __name__ == "__main__":
    main()
