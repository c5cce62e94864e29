"""What a broken disk, a stuck process or a hostile terminal can do to
karcis-update: it goes on, and what it tells stays true."""

import os
import signal
import subprocess

import bundles
from cases import Skipped, holds, same, true
from update_common import wait_for
from update_journey import CAPABILITIES

QUICK_S = 20


def test_a_configuration_without_an_end_holds_up_nobody(w, d):
    """It belongs to the terminal, which may have been taken over."""
    config = os.path.join(d, "karcis.ini")
    with w.machine(d, more=["--config", config]) as m:
        for make in (os.mkfifo, os.mkdir,
                     lambda path: os.symlink("/dev/zero", path)):
            make(config)
            client = m.connect()
            client.socket.settimeout(QUICK_S)
            same(client.report()["phase"], "idle", "the report")
            client.close()
            os.rename(config, config + make.__name__)


def test_a_configuration_names_no_file_that_is_read(w, d):
    config, pipe = os.path.join(d, "karcis.ini"), os.path.join(d, "pipe")
    os.mkfifo(pipe)
    bundles.write(config, f"[services]\nfile = {pipe}\n[hours]\nholidays = "
                  f"{pipe}\n".encode())
    with w.machine(d, more=["--config", config]) as m:
        client = m.connect()
        client.socket.settimeout(QUICK_S)
        same(client.report()["phase"], "idle", "the report")


def ready(w, m):
    m.put(w.next)
    same(m.try_update()["phase"], "ready", "the update")
    m.stop()


def record(m):
    return bundles.read(m.path("state/record")).decode()


def test_what_shows_that_an_activation_took_place_is_recorded(w, d):
    """The helper or the power went between the activation and its record."""
    with w.machine(d) as m:
        ready(w, m)
        text = record(m)
        holds(text, "stage activated\n", "the record")
        cut = text.replace("activated", "activating").encode()
        bundles.write(m.path("state/record"), cut)
        same(m.start().report()["phase"], "ready", "the next start")
        same(record(m), text, "the record before the restart")
        m.stop()
        bundles.write(m.path("state/record"), cut)
        same(m.boot(), "b", "the slot that starts")
        same(m.start().report()["trial"], "yes", "the trial")
        same(record(m), text, "the record in the trial")


def test_what_a_stick_brought_does_not_outlive_the_helper(w, d):
    with w.machine(d) as m:
        os.mkdir(os.path.join(m.stick, "karcis"))
        bundles.write(os.path.join(m.stick, "karcis/bookings.csv"), b"names")
        m.client.ask("storage-on")
        m.client.ask("fetch")
        m.client.until(lambda r: r["files"] == "fetched")
        same(os.listdir(m.path("in")), ["bookings.csv"], "what was fetched")
        m.stop(signal.SIGKILL)
        m.start().report()
        same(os.listdir(m.path("in")), [], "after the next start")


def test_a_slot_that_cannot_be_marked_bad_hides_no_outcome(w, d):
    with w.machine(d) as m:
        ready(w, m)
        same((m.boot(), m.boot()), ("b", "a"), "the slots that start")
        os.mkdir(os.path.join(m.slots, ".boot.new"))
        report = m.start().report()
        same((report["outcome"], report["outcome-to"]), ("returned", "0.5.0"),
             "the outcome")
        m.client.ask("logged " + report["outcome-id"])
        same(m.client.report()["outcome"], "none", "once it was logged")
        m.stop()
        os.rmdir(os.path.join(m.slots, ".boot.new"))
        same(m.start().report()["outcome"], "none", "the next start")


def test_a_full_disk_leaves_a_trial_unmarked(w, d):
    """Or it would be good for the loader and on trial for ever."""
    with w.machine(d) as m:
        ready(w, m)
        text = record(m)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none",
                           m.state], stderr=subprocess.DEVNULL).returncode:
            raise Skipped("no small disk can be mounted here")
        try:
            bundles.write(m.path("state/record"), text.encode())
            same(m.boot(), "b", "the slot that starts")
            m.start()
            with open(m.path("state/filler"), "wb", buffering=0) as f:
                try:
                    while f.write(b"x" * 4096):
                        pass
                except OSError:
                    pass
            m.client.ask("good")
            m.client.until(lambda r: "No space" in r["detail"])
            holds(m.loader(), "try-b yes\n", "the loader's state")
            os.unlink(m.path("state/filler"))
            m.good()
            holds(m.loader(), "try-b no\n", "with room")
            m.stop()
        finally:
            subprocess.run(["umount", m.state], check=True)


def test_what_a_reader_left_is_taken_away_at_the_start(w, d):
    if os.geteuid() != 0:
        raise Skipped("only root can give files away")
    with w.machine(d, start=False) as m:
        folder = m.path("state/work/shut/inner")
        os.makedirs(folder)
        bundles.write(os.path.join(folder, "file"), b"x")
        outside = bundles.write(m.path("state/floor"), b"security 9\n")
        os.symlink(m.state, m.path("state/work/shut/link"))
        for path in (folder, os.path.dirname(folder)):
            os.chmod(path, 0)
            os.chown(path, 65534, 65534)
        m.start(wrapper=["setpriv", "--bounding-set", CAPABILITIES])
        same(m.client.report()["floor"], "9", "the floor")
        same(os.listdir(m.path("state/work")), [], "the work folder")
        true(os.path.exists(outside), "what a link names is gone")


def test_a_stuck_worker_holds_up_nobody(w, d):
    """A stick that does not answer keeps whoever reads it, killed or not."""
    with w.machine(d, start=False) as m:
        m.put(w.next)
        m.start(env={"LD_PRELOAD": w.stuck})
        m.client.socket.settimeout(QUICK_S)
        same(m.look()["phase"], "offered", "the look")
        m.client.ask("cancel")
        m.client.phase("idle")
        same(m.look()["phase"], "offered", "the next look")
        m.stop(signal.SIGKILL)


def test_an_outcome_is_kept_where_it_can_be_told(w, d):
    """A helper that ends between the end and the log tells it again."""
    with w.machine(d) as m:
        ready(w, m)
        m.boot()
        m.start()
        m.good()
        m.stop(signal.SIGKILL)
        same(m.start().report()["outcome"], "installed", "the next start")
        wait_for(lambda: "stage installed\n" in record(m))
