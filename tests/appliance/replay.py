"""Power cuts out of a recorded disk: QEMU's blklogwrites log (the format of
Linux's dm-log-writes) replayed to a point, without some of the writes that no
flush had made durable yet.

The log is a super block and entries, each on a sector of the log:
  super   u64 magic, version, nr_entries; u32 sector size
  entry   u64 sector, nr_sectors, flags, data_len; then the data, unless it is
          a discard or has none
"""

import os
import random
import struct

from machine import Failed

MAGIC = 0x6a736677736872
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
SECTOR = 512


class Entry:
    __slots__ = ("at", "end", "sector", "count", "flags", "data")

    def __init__(self, at, sector, count, flags):
        self.at, self.sector = at, sector
        self.count, self.flags = count, flags
        self.data = at + SECTOR
        self.end = self.data
        if not flags & DISCARD:
            self.end += count * SECTOR

    def writes(self):
        return self.count > 0 and not self.flags & DISCARD


def entries(path):
    """All entries of the log that are whole in the file."""
    found = []
    size = os.path.getsize(path)
    with open(path, "rb") as f:
        magic, version, _, sector = struct.unpack("<QQQI", f.read(28))
        if magic != MAGIC or version != 1 or sector != SECTOR:
            raise Failed(f"{path}: not a log of writes")
        at = SECTOR
        while at + SECTOR <= size:
            f.seek(at)
            s, n, flags, length = struct.unpack("<QQQQ", f.read(32))
            if (s, n, flags, length) == (0, 0, 0, 0) or flags > 15:
                break  # a hole: not yet written
            e = Entry(at, s, n, flags)
            if e.end > size:
                break
            found.append(e)
            at = e.end
    return found


class Replay:
    """
    base: the raw disk before the first entry; state: a file that is made of
    it and holds everything that was flushed up to the point.
    """

    def __init__(self, base, log, state):
        self.log_path = log
        self.entries = entries(log)
        with open(base, "rb") as f, open(state, "wb") as o:
            copy_sparse(f, o)
        self.log = open(log, "rb")
        self.state = open(state, "r+b")
        self.state_path = state
        self.applied = 0    # entries before this one are in the state
        self.undo = []

    def close(self):
        self.log.close()
        self.state.close()

    def content(self, e):
        self.log.seek(e.data)
        return self.log.read(e.count * SECTOR)

    def write(self, e, sectors=None):
        data = self.content(e)
        if sectors is not None:
            data = data[:sectors * SECTOR]
        os.pwrite(self.state.fileno(), data, e.sector * SECTOR)

    def advance(self, point):
        """The state is what is durable for certain once `point` entries were
        logged; what is in doubt is returned, in order."""
        flushed = self.applied
        for i in range(self.applied, point):
            if self.entries[i].flags & FLUSH:
                flushed = i + 1
        for e in self.entries[self.applied:flushed]:
            if e.writes():
                self.write(e)
        self.applied = flushed
        doubt = []
        for e in self.entries[flushed:point]:
            if e.writes():
                doubt.append(e)
        return doubt

    def cut(self, point, rng):
        """Makes the state what a power cut at the point may leave: of the
        writes in doubt some reached the disk, one perhaps by half. FUA writes
        always did. Gives (in doubt, kept)."""
        doubt = self.advance(point)
        chance = rng.choice((0.0, 0.3, 0.5, 0.8, 1.0))
        kept = [e for e in doubt if e.flags & FUA or rng.random() < chance]
        torn = rng.choice(kept) if kept and rng.random() < 0.3 else None
        for e in kept:
            part = None
            if e is torn and e.count > 1 and not e.flags & FUA:
                part = rng.randrange(1, e.count)
            self.keep(e)
            self.write(e, part)
        self.state.flush()
        return len(doubt), len(kept)

    def keep(self, e):
        at = e.sector * SECTOR
        self.undo.append((at, os.pread(self.state.fileno(),
                                       e.count * SECTOR, at)))

    def back(self):
        """Takes the last cut back."""
        for at, old in reversed(self.undo):
            os.pwrite(self.state.fileno(), old, at)
        self.undo = []


def points(log_entries, count, seed, after=0):
    """So many places in the log, in order: behind a write, as power goes
    where something is being written. Seeded."""
    rng = random.Random(seed)
    where = [i + 1 for i, e in enumerate(log_entries)
             if e.writes() and e.end > after]
    if not where:
        raise Failed("the log has no writes")
    return sorted(rng.choice(where) for _ in range(count))


def copy_sparse(f, o):
    size = os.fstat(f.fileno()).st_size
    o.truncate(size)
    at = 0
    while at < size:
        try:
            at = os.lseek(f.fileno(), at, os.SEEK_DATA)
            end = os.lseek(f.fileno(), at, os.SEEK_HOLE)
        except OSError:
            break
        while at < end:
            n = os.copy_file_range(f.fileno(), o.fileno(),
                                   min(end - at, 1 << 26), at, at)
            if n == 0:
                break
            at += n
