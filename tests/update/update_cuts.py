"""Power goes at every call that changes something on disk, from the look to
the mark-good. Each time the next start must find a whole system, tell the
true story, and be able to go on."""

import contextlib
import mmap
import os
import shutil
import struct

import bundles
from cases import same, true
from update_common import wait_for

LIMIT = 400


class Cut:
    """Counts the calls; dies at the one that is set."""

    def __init__(self, w, folder, at):
        path = os.path.join(folder, "cut")
        bundles.write(path, struct.pack("<2q", 0, at))
        self.env = {"LD_PRELOAD": w.cut, "KARCIS_CUT": path}
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 0)

    def count(self):
        return struct.unpack_from("<q", self.map)[0]


def whole_update(m, env):
    """Until it is good, or everything died. True: it went to the end."""
    try:
        m.start(env=env)
        if m.try_update()["phase"] != "ready":
            return False
        m.client.ask("restart")
        m.client.phase("restarting")
        m.ended()
        m.boot()
        m.tried = True
        m.start(env=env)
        m.client.ask("good")
        m.client.until(lambda r: r["outcome"] == "installed")
        return True
    except (EOFError, ConnectionResetError, BrokenPipeError, RuntimeError):
        return False


def after(w, m, boots):
    """The start after the cut."""
    m.stop()
    if boots:
        m.boot()
    report = m.start().report()
    slot = m.running()
    image = bundles.read(os.path.join(m.slots, slot, "rootfs.img"))
    same(image, w.images[report["from"]], "the system that runs is whole")
    true(report["phase"] in ("idle", "ready"), f"the phase {report['phase']}")
    if report["outcome"] != "none":
        want = "installed" if slot == "b" else "returned"
        same(report["outcome"], want, "the story")
    elif slot == "b":
        same(report["trial"], "yes", "the new system is on trial")
    else:
        same(m.tried, False, "the return is untold, though it was tried")
    if report["trial"] == "yes":
        same(report["from"], "0.5.0", "what is on trial")
    return report


def goes_on(w, m, report):
    """It gets healthy, and 0.5.0 comes in."""
    if report["phase"] == "ready":
        m.client.ask("restart")
        m.client.phase("restarting")
        m.ended()
        m.boot()
        report = m.start().report()
    if report["trial"] == "yes" or "try-" + m.running() + " yes" in m.loader():
        m.good()
    m.client.ask("report")
    report = m.client.report()
    if report["outcome"] != "none":
        m.client.ask("logged " + report["outcome-id"])
    same(report["outcome"] == "installed", report["from"] == "0.5.0",
         "what is told when it runs")
    if report["from"] == "0.4.0":
        same(m.try_update()["phase"], "ready", "the next try")
    else:
        same(m.running(), "b", "the slot")
        floor = m.path("state/floor")
        wait_for(lambda: os.path.exists(floor) and
                 bundles.read(floor) == b"security 4\n")


def find_out(w, m, n, boots):
    try:
        goes_on(w, m, after(w, m, boots))
    except Exception as e:
        raise type(e)(f"cut {n}, {'power' if boots else 'helper'}: {e}: "
                      f"{m.logged()[-1500:]}") from e


def both_ways(w, m, n):
    """What one cut left meets power and helper that come back."""
    kept = m.folder + "-kept"
    m.stop()
    with contextlib.suppress(FileNotFoundError):
        os.unlink(m.socket)
    shutil.copytree(m.folder, kept, symlinks=True)
    find_out(w, m, n, True)
    m.stop()
    shutil.rmtree(m.folder)
    os.rename(kept, m.folder)
    find_out(w, m, n, False)


def cut_everywhere(w, d, first):
    """Every second call, so that two can share the work."""
    for n in range(first, LIMIT, 2):
        folder = os.path.join(d, str(n))
        with w.machine(folder, start=False) as m:
            m.put(w.next)
            cut = Cut(w, folder, n)
            m.tried = False
            if whole_update(m, cut.env):
                true(cut.count() < n, f"{cut.count()} calls, cut at {n}")
                break
            true(cut.count() >= n, f"it ended by itself before cut {n}")
            both_ways(w, m, n)
        shutil.rmtree(folder)
    true(20 < n < LIMIT - 2, f"{n} cuts")


def test_power_may_go_or_the_helper_die_at_any_odd_write(w, d):
    cut_everywhere(w, d, 1)


def test_power_may_go_or_the_helper_die_at_any_even_write(w, d):
    cut_everywhere(w, d, 2)
