"""exFAT in memory (Microsoft's specification, revision 1.00), with one bundle
in its root folder, and what can be wrong with it."""

import os
import struct

import bundles

MB = 1 << 20
BROKEN = ("damaged-fs", "wrong-fs", "read-error", "truncated", "corrupt",
          "not-a-bundle", "unsigned", "no-bundle", "stick-gone")
DAMAGED = ("damaged-fs", "wrong-fs")
END = 0xffffffff


def checksum16(data, skip=()):
    """6.3.3: of a directory entry set."""
    n = 0
    for i, byte in enumerate(data):
        if i not in skip:
            n = ((n << 15 | n >> 1) + byte) & 0xffff
    return n


def boot_checksum(data):
    """3.4: volume flags and percentage in use are left out."""
    n = 0
    for i, byte in enumerate(data):
        if i not in (106, 107, 112):
            n = ((n << 31 | n >> 1) + byte) & 0xffffffff
    return n


class ExFat:
    def __init__(self, folder, data, megabytes=4):
        path = os.path.join(folder, "exfat")
        with open(path, "wb") as f:
            f.truncate(megabytes * MB)
        bundles.run("mkfs.exfat", "-c", "4096", path)
        self.b = bytearray(bundles.read(path))
        (fat, self.fat_sectors, heap, self.clusters,
         self.root) = struct.unpack_from("<5I", self.b, 80)
        self.sector = 1 << self.b[108]
        self.size = self.sector << self.b[109]
        self.fat, self.heap = fat * self.sector, heap * self.sector
        self.used = {n for n in range(2, self.clusters + 2) if self.bit(n)}
        self.put(data)

    def at(self, cluster):
        return self.heap + (cluster - 2) * self.size

    def entries(self):
        """(offset, type) of the root folder."""
        for at in range(self.at(self.root), self.at(self.root) + self.size,
                        32):
            yield at, self.b[at]

    def find(self, kind):
        return next(at for at, k in self.entries() if k == kind)

    def bitmap(self):
        return self.at(struct.unpack_from("<I", self.b,
                                          self.find(0x81) + 20)[0])

    def bit(self, cluster):
        n = cluster - 2
        return self.b[self.bitmap() + n // 8] >> n % 8 & 1

    def link(self, cluster, to):
        struct.pack_into("<I", self.b, self.fat + 4 * cluster, to)

    def put(self, data):
        """As a file whose clusters are chained in the FAT, every second one,
        so that the chain counts."""
        name = "update.raucb".encode("utf-16-le")
        need = -(-len(data) // self.size)
        free = [n for n in range(max(self.used) + 1, self.clusters + 2)
                if n % 2][:need]
        for i, c in enumerate(free):
            n = c - 2
            self.b[self.bitmap() + n // 8] |= 1 << n % 8
            self.link(c, free[i + 1] if i + 1 < need else END)
            part = data[i * self.size:(i + 1) * self.size]
            self.b[self.at(c):self.at(c) + len(part)] = part
        self.chain = free
        # 7.4, 7.6, 7.7: file, stream, one name entry of 15 characters.
        file = struct.pack("<BBHHHIIIBBBBB7x", 0x85, 2, 0, 0x20, 0,
                           *[0x5d7a7800] * 3, 0, 0, 0x80, 0x80, 0x80)
        stream = struct.pack("<BBBBHHQIIQ", 0xc0, 1, 0, len(name) // 2,
                             checksum16("UPDATE.RAUCB".encode("utf-16-le")),
                             0, len(data), 0, free[0], len(data))
        names = struct.pack("<BB30s", 0xc1, 0, name)
        self.file = next(at for at, kind in self.entries() if kind == 0)
        self.b[self.file:self.file + 96] = file + stream + names
        self.sign()

    def sign(self):
        """The set's checksum anew, as who means harm would."""
        struct.pack_into("<H", self.b, self.file + 2, checksum16(
            self.b[self.file:self.file + 96], skip=(2, 3)))

    def sign_boot(self):
        for begin in (0, 12 * self.sector):
            n = boot_checksum(self.b[begin:begin + 11 * self.sector])
            at = begin + 11 * self.sector
            self.b[at:at + self.sector] = struct.pack("<I", n) * (
                self.sector // 4)

    def stream(self, offset, form, *values):
        struct.pack_into(form, self.b, self.file + 32 + offset, *values)
        self.sign()

    # Each changes a good one and gives its text and the reasons.

    def chain_back(self):
        self.link(self.chain[len(self.chain) // 2], self.chain[1])
        return "the chain goes back in the middle", BROKEN

    def chain_self(self):
        self.link(self.chain[2], self.chain[2])
        return "a cluster that follows itself", BROKEN

    def chain_free(self):
        self.link(self.chain[len(self.chain) // 2], 0)
        return "the chain leads to a free cluster", BROKEN

    def chain_outside(self):
        self.link(self.chain[len(self.chain) // 2], self.clusters + 100)
        return "the chain leads beyond the end", BROKEN

    def chain_short(self):
        self.link(self.chain[len(self.chain) // 2], END)
        return "the chain ends before the file does", BROKEN

    def no_chain(self):
        """Said to lie in one piece, where every second cluster is free."""
        self.stream(1, "<B", 3)
        return "clusters in one piece that are not", BROKEN

    def beyond(self):
        self.stream(1, "<B", 3)
        self.stream(20, "<I", self.clusters - 1)
        return "one piece that goes beyond the end", BROKEN

    def start_outside(self):
        self.stream(20, "<I", 0x7fffffff)
        return "a beginning beyond the end", BROKEN

    def start_none(self):
        self.stream(20, "<I", 0)
        return "a length without a cluster", BROKEN

    def size_huge(self):
        self.stream(8, "<Q", 1 << 62)
        self.stream(24, "<Q", 1 << 62)
        return "4 EiB", BROKEN + ("too-big",)

    def size_negative(self):
        self.stream(8, "<Q", (1 << 64) - 1)
        self.stream(24, "<Q", (1 << 64) - 1)
        return "a length that is negative to some", BROKEN + ("too-big",)

    def is_a_folder(self):
        struct.pack_into("<H", self.b, self.file + 4, 0x10)
        self.sign()
        return "the bundle is a folder", BROKEN

    def name_long(self):
        self.stream(3, "<B", 255)
        return "a name of 255 characters in one entry", BROKEN

    def count_huge(self):
        self.b[self.file + 1] = 255
        return "255 entries for one file", BROKEN

    def twice(self):
        self.b[self.file + 96:self.file + 192] = self.b[
            self.file:self.file + 96]
        return "the same name twice", ("two-bundles",)

    def root_endless(self):
        for at, kind in list(self.entries()):
            if kind == 0:
                self.b[at:at + 32] = b"\x05".ljust(32, b"\0")
        self.link(self.root, self.root)
        return "a root folder without end", BROKEN + ("two-bundles",)

    def no_bitmap(self):
        self.b[self.find(0x81)] = 0x01
        return "no map of what is in use", DAMAGED

    def bitmap_short(self):
        struct.pack_into("<Q", self.b, self.find(0x81) + 24, 1)
        return "a map of one byte", DAMAGED

    def boot(self, offset, form, value, text):
        for begin in (0, 12 * self.sector):
            struct.pack_into(form, self.b, begin + offset, value)
        self.sign_boot()
        return text, DAMAGED

    def boot_sum(self):
        self.b[11 * self.sector] ^= 1
        return "a boot checksum that is wrong", DAMAGED

    def sector_size(self):
        return self.boot(108, "<B", 40, "sectors of 2^40 bytes")

    def cluster_size(self):
        return self.boot(109, "<B", 40, "clusters of 2^40 sectors")

    def fats(self):
        return self.boot(110, "<B", 9, "nine FATs")

    def fat_outside(self):
        return self.boot(80, "<I", 0x7fffffff, "a FAT beyond the end")

    def root_outside(self):
        return self.boot(96, "<I", 0x7fffffff, "a root beyond the end")

    def not_zero(self):
        return self.boot(40, "<B", 1, "what must be zero is not")

    BAD = {
        "chain-back": chain_back, "chain-self": chain_self,
        "chain-free": chain_free, "chain-outside": chain_outside,
        "chain-short": chain_short, "no-chain": no_chain, "beyond": beyond,
        "start-outside": start_outside, "start-none": start_none,
        "size-huge": size_huge, "size-negative": size_negative,
        "is-a-folder": is_a_folder, "name-long": name_long,
        "count-huge": count_huge, "twice": twice,
        "root-endless": root_endless, "no-bitmap": no_bitmap,
        "bitmap-short": bitmap_short, "boot-sum": boot_sum,
        "sector-size": sector_size, "cluster-size": cluster_size,
        "fats": fats, "fat-outside": fat_outside,
        "root-outside": root_outside, "not-zero": not_zero,
    }
