"""Sticks: what lies on them, how they are pulled, fail and change."""

import errno
import os
import random
import threading
import time

import bundles
import hostile_fs
from cases import Failed, same, true
from hostile_machine import Machine, Reads

SEED = 7
FAR = 1 << 60
# Whatever it looks like where it broke, but never a good end.
ANY = ("corrupt", "unsigned", "wrong-signer", "signing-time", "truncated",
       "changed", "not-a-bundle", "revoked")


# ---- what lies there ----

def test_no_bundle_and_two_are_refused(w, d):
    with Machine(w, d) as m:
        m.refuses("no-bundle", "an empty stick")
        m.put(w.data, "update.raucb.txt")
        bundles.write(m.path("stick/raucb"), w.data)
        os.mkdir(m.path("stick/karcis"))
        bundles.write(m.path("stick/karcis/update.raucb"), w.data)
        m.refuses("no-bundle", "other names, other folders")
        for other in ("b.raucb", "B.RAUCB", "update.Raucb", "\n.raucb"):
            m.put(w.data)
            bundles.write(m.path("stick", other), b"x")
            m.refuses("two-bundles", f"update.raucb and {other!r}")


def test_side_files_of_macos_are_passed_over(w, d):
    with Machine(w, d) as m:
        m.put(b"\0\5\x16\7", "._update.raucb")
        m.refuses("no-bundle", "a side file alone")
        m.put(w.data)
        for name in ("._update.raucb", "._a.raucb", ".DS_Store", "._."):
            bundles.write(m.path("stick", name), b"\0\5\x16\7")
        m.takes("a good one with side files")


def test_what_is_no_regular_file_is_refused(w, d):
    secret = bundles.write(d + "/secret", w.data)
    with Machine(w, d + "/m") as m:
        name = m.path("stick/update.raucb")
        for what, make in (
                ("a link to a good bundle", lambda: os.symlink(secret, name)),
                ("a link to itself", lambda: os.symlink(name, name)),
                ("a link to a device", lambda: os.symlink("/dev/zero", name)),
                ("a link to nothing", lambda: os.symlink("/no", name)),
                ("a pipe", lambda: os.mkfifo(name)),
                ("a folder", lambda: os.mkdir(name)),
                ("a folder with one in it", lambda: (
                    os.mkdir(name),
                    bundles.write(name + "/x.raucb", w.data)))):
            m.clear()
            make()
            begun = time.monotonic()
            m.refuses(("not-a-bundle", "no-bundle"), what)
            true(time.monotonic() - begun < 10, f"{what}: it waited")


def test_names_are_only_compared(w, d):
    names = ("a\nb.raucb", "\x1b[31m.raucb", "$(reboot).raucb", "-c.raucb",
             "--version.raucb", "a;b|c&.raucb", "%s%n.raucb", " .raucb",
             "\xff\xfe.raucb", "a'b\"c.raucb", "x" * 249 + ".raucb",
             "\u202egpj.raucb")
    for i, name in enumerate(names):
        with Machine(w, f"{d}/{i}") as m:
            raw = os.fsencode(name) if name != names[8] else b"\xff\xfe.raucb"
            with open(os.path.join(os.fsencode(m.path("stick")), raw),
                      "wb") as f:
                f.write(w.data)
            m.takes(repr(name))
            for text in m.report.values():
                true(text.isprintable(), f"{name!r}: the report has {text!r}")


def test_impossible_lengths_are_refused(w, d):
    with Machine(w, d) as m:
        m.refuses_bytes(("truncated", "not-a-bundle"), "no bytes", b"")
        m.put(w.data)
        os.truncate(m.path("stick/update.raucb"), (2 << 30) + 1)
        m.refuses("too-big", "2 GiB and a byte, most of it a hole")
        os.truncate(m.path("stick/update.raucb"), 1 << 40)
        m.refuses("too-big", "1 TiB")
        os.truncate(m.path("stick/update.raucb"), 2 << 30)
        m.refuses(("unsigned", "truncated"), "2 GiB of which zeros at the end")


def test_a_folder_without_end_is_refused(w, d):
    with Machine(w, d) as m:
        for i in range(4200):
            open(m.path("stick", f"{i}.txt"), "w").close()
        m.refuses("damaged-fs", "4200 files")


def test_another_fetch_does_not_take_a_bundle(w, d):
    """The folder karcis is for other files; a bundle there is none."""
    with Machine(w, d) as m:
        os.mkdir(m.path("stick/karcis"))
        bundles.write(m.path("stick/karcis/update.raucb"), w.data)
        m.ask("fetch")
        end = time.monotonic() + 20
        while m.report.get("files") not in ("fetched", "refused"):
            true(time.monotonic() < end, f"no end: {m.report}")
            m.hear()
        same(os.listdir(m.path("in")), [], "what was fetched")


def test_hostile_file_systems_are_damaged_as_they_say(w, d):
    """Those that hostile_guest.py shows to a kernel."""
    for kind, base, changes in (
            ("fat16", hostile_fs.Fat(d, w.data), hostile_fs.FAT_BAD),
            ("exfat", hostile_fs.ExFat(d, w.data), hostile_fs.ExFat.BAD)):
        good = bytes(base.b)
        path = bundles.write(f"{d}/{kind}", good)
        true(not hostile_fs.found_by_fsck(path, kind), f"{kind} is bad")
        for name, change in changes.items():
            name = f"{kind}-{name}"
            base.b = bytearray(good)
            change(base)
            true(base.b != good, f"{name} is a good one")
            bundles.write(path, base.b)
            same(hostile_fs.found_by_fsck(path, kind),
                 name not in hostile_fs.FSCK_PASSES, f"fsck sees {name}")


# ---- pulled, failing, changing ----

def big(w):
    """A bundle that takes its time: 24 MB."""
    path = os.path.join(w.folder, "big.raucb")
    with w.keys.one:
        if not os.path.exists(path):
            image = bundles.image(path + ".squashfs", bundles.release(),
                                  24 << 20, compression="gzip")
            bundles.bundle(path, image, bundles.manifest(), w.signer)
    return path


def test_a_stick_pulled_at_any_moment_is_told(w, d):
    data = bundles.read(big(w))
    seen = set()
    for i in range(16):
        folder = f"{d}/{i}"
        os.makedirs(folder)
        reads = Reads(w, folder)
        with Machine(w, folder, env=reads.env) as m:
            m.put(data)
            reads.set(on=1, after=FAR, delay_us=15000)
            before = m.state()
            same(m.look(), "offered", f"{m.report}")
            pull = (m.path("stick"), m.path("pulled"))
            timer = threading.Timer(i * 0.03, os.rename, pull)
            if i < 14:
                timer.start()
                end = m.update()
                timer.join()
            else:
                m.ask("update")
                m.wait("verifying", "writing", "ready")
                os.rename(*pull)
                end = m.wait("ready", "refused")
            seen.add(end)
            if end == "ready":  # it had been read to its end
                continue
            same(m.report["refusal"], "stick-gone", f"pulled: {m.report}")
            same(m.state(), before, "what changed")
            same(m.copies(), [], "copies that are left")
            os.rename(m.path("pulled"), m.path("stick"))
            reads.set(on=0)
    same(seen, {"refused", "ready"}, "pulled before and after its use")


def test_a_pull_after_the_offer_is_told(w, d):
    with Machine(w, d) as m:
        m.put(w.data)
        same(m.look(), "offered", "a good bundle")

        def pull():
            os.rename(m.path("stick"), m.path("pulled"))
            return m.wait("refused")
        m.refuses("stick-gone", "pulled while it was offered", pull)
        os.rename(m.path("pulled"), m.path("stick"))
        m.takes("the same again")


def test_a_read_that_fails_at_any_byte_is_told(w, d):
    os.makedirs(d + "/m")
    reads = Reads(w, d + "/m")
    with Machine(w, d + "/m", env=reads.env) as m:
        m.put(w.data)
        reads.set(on=1, after=FAR)
        same(m.look(), "offered", "a good bundle")
        looked = reads.get("count")
        true(0 < looked < len(w.data), f"a look reads {looked} bytes")
        ends = [0, 1, 4, 12, looked - 1, looked, looked + 1,
                looked + len(w.data) - 1]
        ends += random.Random(SEED).sample(range(looked + len(w.data)), 40)
        for error, reasons in ((errno.EIO, ("read-error",)),
                               (errno.ENODEV, ("stick-gone",)),
                               (errno.ETIMEDOUT,
                                ("read-error", "stick-gone"))):
            for after in ends:
                reads.set(on=1, after=after, error=error)
                m.refuses(reasons, f"{error} after {after} bytes")
                true(reads.get("hits") > 0, "nothing failed")
        reads.set(on=1, after=FAR)
        m.takes("the same when it can be read")


def test_content_that_differs_when_it_is_read_again_is_found(w, d):
    """The first reading is good; in the second one byte is another one."""
    os.makedirs(d + "/m")
    reads = Reads(w, d + "/m")
    with Machine(w, d + "/m", env=reads.env) as m:
        m.put(w.data)
        reads.set(on=1, after=FAR)
        same(m.look(), "offered", "a good bundle")
        looked = reads.get("count")
        size = len(w.data)
        cms = len(bundles.split(w.data)[1])
        places = [0, 1, 4096, size - 1, size - 8, size - 9, size - 8 - cms]
        places += random.Random(SEED).sample(range(size), 80)
        for at in places:
            reads.set(on=1, after=looked + at)
            m.refuses(ANY, f"byte {at} at the second reading")
            same(reads.get("hits"), 1, "changes")
        reads.set(on=1, after=FAR)
        m.takes("the same when it stays the same")


def test_a_bundle_that_changes_between_offer_and_copy_is_refused(w, d):
    other = w.bundle_of("later", version="0.5.0")
    with Machine(w, d) as m:
        path = m.path("stick/update.raucb")

        def exchanged(new, reasons, what):
            m.put(w.data)
            same(m.look(), "offered", "a good bundle")
            new()
            m.refuses(reasons, what, m.update)

        # Genuine, but not what was offered.
        exchanged(lambda: m.put(other), "changed", "another good bundle")
        exchanged(lambda: os.truncate(path, len(w.data) - 1), "changed",
                  "a byte less")
        exchanged(lambda: os.truncate(path, len(w.data) + 1), "changed",
                  "a byte more")
        exchanged(m.clear, ("changed", "no-bundle", "stick-gone"), "nothing")
        exchanged(lambda: bundles.write(m.path("stick/b.raucb"), other),
                  "two-bundles", "a second one")
        exchanged(lambda: (os.unlink(path), os.symlink(w.good, path)),
                  ("not-a-bundle", "changed"), "a link to a good one")
        exchanged(lambda: m.put(w.data[:9000] + b"x" + w.data[9001:]),
                  "corrupt", "one byte of the content")
        m.put(w.data)
        m.takes("the same again")


def test_a_bundle_that_is_written_to_while_it_is_copied_never_gets_in(w, d):
    """Somebody writes into it all the time; what gets in is whole."""
    path = big(w)
    data = bundles.read(path)
    image = bundles.read(path + ".squashfs")
    rng = random.Random(SEED)
    ends = set()
    for i in range(6):
        folder = f"{d}/{i}"
        os.makedirs(folder)
        reads = Reads(w, folder)
        with Machine(w, folder, env=reads.env) as m:
            m.put(data)
            reads.set(on=1, after=FAR, delay_us=4000)
            same(m.look(), "offered", f"{m.report}")
            stop = threading.Event()

            def spoil():
                with open(m.path("stick/update.raucb"), "r+b") as f:
                    while not stop.is_set():
                        f.seek(rng.randrange(8192, len(data) - 70000))
                        f.write(b"spoilt")
                        f.flush()
                        time.sleep(0.002)
            writer = threading.Thread(target=spoil)
            before = m.state()
            writer.start()
            try:
                end = m.update()
            finally:
                stop.set()
                writer.join()
            ends.add(end)
            if end == "ready":
                true(bundles.read(m.path("slots/b/rootfs.img")) == image,
                     "what got in is spoilt")
            elif m.report["refusal"] not in ("changed", "corrupt"):
                raise Failed(f"{m.report}")
            else:
                same(m.state(), before, "what changed")
    true("refused" in ends, "it was never noticed")


def test_a_stick_that_is_slow_can_be_left(w, d):
    os.makedirs(d + "/m")
    reads = Reads(w, d + "/m")
    with Machine(w, d + "/m", env=reads.env) as m:
        m.put(bundles.read(big(w)))
        same(m.look(), "offered", "a good bundle")
        before = m.state()
        reads.set(on=1, after=FAR, delay_us=200000)
        m.ask("update")
        m.wait("copying")
        m.ask("cancel")
        m.wait("idle", limit_s=5)
        same(m.state(), before, "what changed")
        same(m.copies(), [], "copies that are left")
