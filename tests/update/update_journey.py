"""Updates from the stick to the restart and what the next start tells."""

import os
import pwd
import signal
import socket
import subprocess
import time

import bundles
from cases import Skipped, holds, same, true
from update_common import Client, make_bundle, tree, wait_for

PHASES = ["looking", "offered", "copying", "verifying", "writing", "checking",
          "ready"]


def test_an_update_is_installed_tried_and_marked_good(w, d):
    with w.machine(d) as m:
        m.put(w.next)
        report = m.look()
        same((report["from"], report["to"], report["signer"]),
             ("0.4.0", "0.5.0", "Karcis Signer"), "the offer")
        true(int(report["signed"]) > 1790000000, "the offer has its time")
        m.client.ask("update")
        report = m.client.phase("ready", "refused")
        same(m.client.phases[-len(PHASES):], PHASES, "the phases")
        same(report["security"], "4", "the security that was proven")
        holds(m.loader(), "first b\nok-a yes\ntry-a no\nok-b yes\ntry-b no\n"
              "running a\n", "the loader's state")
        m.client.ask("restart")
        m.client.phase("restarting")
        same(m.ended(), 0, "the restart")
        same(m.boot(), "b", "the slot that starts")
        report = m.start().report()
        same((report["trial"], report["from"], report["outcome"]),
             ("yes", "0.5.0", "none"), "the trial")
        same(os.path.exists(m.path("state/floor")), False,
             "there is a floor before it was good")
        m.client.ask("good")
        report = m.client.until(lambda r: r["outcome"] != "none")
        same((report["trial"], report["outcome"], report["outcome-from"],
              report["outcome-to"], report["floor"]),
             ("no", "installed", "0.4.0", "0.5.0", "4"), "the outcome")
        same(bundles.read(m.path("state/floor")), b"security 4\n", "the floor")
        holds(m.loader(), "try-b no\nrunning b", "the loader's state")


def test_progress_is_told_in_bytes(w, d):
    with w.machine(d) as m:
        m.put(w.big)
        report = m.try_update()
        same(report["phase"], "ready", "the update")
        size = os.path.getsize(w.big)
        steps = [done for phase, done, total in m.client.progress
                 if phase == "copying" and total == size]
        same(steps, sorted(steps), "the bytes rise")
        true(steps[-1] == size, "all bytes were told")
        written = [done for phase, done, _ in m.client.progress
                   if phase == "writing"]
        same(written, sorted(written), "the written bytes rise")


def returned(w, m):
    """A trial that nobody calls good; the old system runs again."""
    m.put(w.next)
    same(m.try_update()["phase"], "ready", "the update")
    m.client.ask("restart")
    m.ended()
    same(m.boot(), "b", "the slot that starts")
    m.start(more=["--trial", "1"])
    same(m.client.report()["trial"], "yes", "the trial")
    begun = time.monotonic()
    m.client.phase("restarting")
    true(0.5 < time.monotonic() - begun < 20, "it waits its second")
    same(m.ended(), 0, "the restart")
    same(m.boot(), "a", "the slot that starts after the trial")
    return m.start().report()


def test_a_system_that_never_gets_healthy_is_left(w, d):
    with w.machine(d) as m:
        report = returned(w, m)
        same((report["outcome"], report["outcome-from"], report["outcome-to"],
              report["from"], report["trial"], report["floor"]),
             ("returned", "0.4.0", "0.5.0", "0.4.0", "no", "3"),
             "the outcome")
        holds(m.loader(), "ok-b no", "the failed slot is bad")


def test_an_outcome_is_told_until_it_was_logged(w, d):
    with w.machine(d) as m:
        number = returned(w, m)["outcome-id"]
        m.stop()
        same(m.start().report()["outcome-id"], number, "after a restart")
        m.client.ask("logged 4000000000")
        same(m.client.report()["outcome"], "returned", "another id")
        m.client.ask(f"logged {number}")
        same(m.client.report()["outcome"], "none", "the id")
        m.stop()
        same(m.start().report()["outcome"], "none", "after a restart")


def test_the_same_bundle_may_be_tried_again_after_a_return(w, d):
    with w.machine(d) as m:
        number = int(returned(w, m)["outcome-id"])
        m.good()
        m.client.ask(f"logged {number}")
        same(m.try_update()["phase"], "ready", "the second try")
        m.client.ask("restart")
        m.ended()
        same(m.boot(), "b", "the slot that starts")
        m.start()
        m.client.ask("good")
        report = m.client.until(lambda r: r["outcome"] == "installed")
        same(int(report["outcome-id"]), number + 1, "ids count on")


def test_what_is_ready_stays_ready_when_the_helper_dies(w, d):
    with w.machine(d) as m:
        m.put(w.next)
        same(m.try_update()["phase"], "ready", "the update")
        m.stop(signal.SIGKILL)
        report = m.start().report()
        same((report["phase"], report["to"]), ("ready", "0.5.0"), "the start")


def test_no_update_in_a_trial_and_none_before_health(w, d):
    with w.machine(d) as m:
        m.put(w.next)
        same(m.boot(), "a", "the slot that starts")
        m.start()
        report = m.try_update()
        same(report["refusal"], "slot-sick", "before health")
        m.good()
        same(m.try_update()["phase"], "ready", "after it")
        m.client.ask("restart")
        m.ended()
        m.boot()
        m.start()
        same(m.try_update()["refusal"], "busy", "in a trial")


def test_cancelling_leaves_everything_as_it_was(w, d):
    with w.machine(d) as m:
        m.put(w.big)
        before = m.held()
        for phase in ("offered", "copying", "verifying"):
            m.look()
            if phase != "offered":
                m.client.ask("update")
                m.client.phase(phase)
            m.client.ask("cancel")
            m.client.phase("idle")
            same(m.held(), before, f"slots and state after {phase}")
            same(os.listdir(m.path("state/work")), [], "the copy is gone")


def test_a_slot_that_cannot_be_written_is_told(w, d):
    with w.machine(d) as m:
        m.put(w.next)
        bundles.write(os.path.join(m.slots, "b"), b"no folder")
        report = m.try_update()
        same(report["refusal"], "slot-write", "the refusal")
        holds(m.loader(), "first a\nok-a yes\ntry-a no\nok-b no", "the loader")


def test_a_disk_that_is_too_small_is_told_before_anything_is_copied(w, d):
    with w.machine(d) as m:
        os.makedirs(m.path("state/work"), exist_ok=True)
        m.stop()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none",
                           m.path("state/work")],
                          stderr=subprocess.DEVNULL).returncode != 0:
            raise Skipped("no small disk can be mounted here")
        try:
            m.start()
            m.put(w.next)
            same(m.try_update()["refusal"], "no-room", "the refusal")
            m.stop()
        finally:
            subprocess.run(["umount", m.path("state/work")], check=True)


def test_the_machine_goes_down_by_the_command(w, d):
    script = os.path.join(d, "down")
    bundles.write(script, f'#!/bin/sh\necho "$1" >>{d}/words\n'.encode())
    os.chmod(script, 0o755)
    with w.machine(d, more=["--restart", "command:" + script]) as m:
        m.client.ask("power-off")
        m.client.phase("restarting")
        wait_for(lambda: os.path.exists(d + "/words") and
                 bundles.read(d + "/words") == b"power-off\n")
        m.stop()
        m.start()
        m.client.ask("restart")
        wait_for(lambda: bundles.read(d + "/words") ==
                 b"power-off\nrestart\n")


# ---- who may ask, and what ----

def test_a_stranger_gets_no_answer(w, d):
    if os.geteuid() != 0:
        raise Skipped("only root can be another user")
    with w.machine(d) as m:
        same(os.stat(m.socket).st_mode & 0o777, 0o600, "the socket's mode")
        os.chmod(m.socket, 0o666)
        os.chmod(d, 0o755)
        os.chmod(m.folder, 0o755)
        code = ("import socket,sys;s=socket.socket(socket.AF_UNIX,"
                "socket.SOCK_SEQPACKET);s.connect(sys.argv[1]);"
                "s.settimeout(20)\ntry: print(s.recv(4096))\n"
                "except ConnectionResetError: print(b'')")
        done = subprocess.run(
            ["setpriv", "--reuid", "65534", "--clear-groups", "python3", "-c",
             code, m.socket], stdout=subprocess.PIPE, text=True, timeout=60)
        same((done.returncode, done.stdout), (0, "b''\n"), "the answer")
        same(m.connect().report()["phase"], "idle", "our own answer")


def test_what_is_no_request_ends_its_connection_alone(w, d):
    with w.machine(d) as m:
        for words in ("install /tmp/x.raucb", "look /etc", "x" * 3000):
            other = m.connect()
            other.report()
            other.ask(words)
            try:
                while True:
                    other.report()
            except (EOFError, ConnectionResetError):
                other.close()
        m.client.ask("report")
        same(m.client.report()["phase"], "idle", "the server")


def test_one_that_does_not_read_holds_up_nobody(w, d):
    with w.machine(d) as m:
        sleeper = m.connect()
        m.put(w.big)
        same(m.try_update()["phase"], "ready", "the update")
        for _ in range(2000):
            m.client.ask("report")
            m.client.report()
        same(sleeper.until(lambda r: r["phase"] == "ready")["to"], "0.5.0",
             "what it reads in the end")


def test_two_cannot_work_on_one_state(w, d):
    with w.machine(d) as m:
        done = subprocess.run([*m.words(), "--socket", m.path("other")],
                              stderr=subprocess.PIPE, text=True, timeout=60)
        same(done.returncode, 2, "the second one")
        holds(done.stderr, "another karcis-update works there", "its words")


def readers(pid):
    """Users that children of the process run as."""
    users = set()
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/status") as f:
                text = f.read()
        except OSError:
            continue
        if f"\nPPid:\t{pid}\n" in text:
            users.add(int(text.split("\nUid:\t")[1].split("\t")[1]))
    return users


def test_what_reads_the_bundle_is_not_root(w, d):
    if os.geteuid() != 0:
        raise Skipped("only root can give up root")
    for folder in (d, w.folder):
        os.chmod(folder, 0o755)
    with w.machine(d, more=["--reader", "nobody"]) as m:
        os.chmod(m.folder, 0o755)
        m.put(w.big)
        m.look()
        m.client.ask("update")
        m.client.phase("verifying")
        wait_for(lambda: readers(m.program.pid) == {65534}, step=0.001)
        same(m.client.phase("ready", "refused")["phase"], "ready",
             "the update")
        same(os.listdir(m.path("state/work")), [], "the copy is gone")


CAPABILITIES = "-all,+sys_admin,+setuid,+setgid,+chown,+kill"


def test_the_capabilities_of_its_unit_are_enough(w, d):
    """Above all: no right to pass over the modes of files."""
    if os.geteuid() != 0:
        raise Skipped("only root can give up root")
    holds(bundles.read("assets/units/karcis-update.service").decode(),
          "CapabilityBoundingSet=CAP_SYS_ADMIN CAP_SETUID CAP_SETGID "
          "CAP_CHOWN CAP_KILL\n", "the unit")
    for folder in (d, w.folder):
        os.chmod(folder, 0o755)
    nobody, group = 65534, pwd.getpwnam("nobody").pw_gid
    with w.machine(d, more=["--reader", "nobody", "--user", "nobody"],
                   start=False) as m:
        os.chmod(m.folder, 0o755)
        os.makedirs(os.path.join(m.stick, "karcis"))
        bundles.write(os.path.join(m.stick, "karcis/karcis.ini"), b"x")
        bundles.write(m.path("out/status.json"), b"{}")
        os.chmod(m.path("out/status.json"), 0o640)
        os.chmod(m.path("out"), 0o2770)
        os.chown(m.path("out/status.json"), nobody, 0)
        os.chown(m.path("out"), nobody, 0)
        m.put(w.next)
        m.start(wrapper=["setpriv", "--bounding-set", CAPABILITIES])
        same(m.try_update()["phase"], "ready", "the update")
        same(os.listdir(m.path("state/work")), [], "the copy is gone")
        m.client.ask("fetch")
        m.client.until(lambda r: r["files"] == "fetched")
        info = os.stat(m.path("in/karcis.ini"))
        same((info.st_uid, info.st_gid, info.st_mode & 0o777),
             (0, group, 0o640), "the file for the terminal")
        m.client.ask("store")
        m.client.until(lambda r: r["files"] == "stored")
        # A worker that is no longer root can still be ended.
        m.client.ask("restart")
        m.ended()
        m.boot()
        m.start(wrapper=["setpriv", "--bounding-set", CAPABILITIES])
        m.good()
        m.client.ask("report")
        m.client.ask("logged " + m.client.until(
            lambda r: r["outcome"] == "installed")["outcome-id"])
        m.clear_stick()
        m.put(w.bigger)
        m.look()
        m.client.ask("update")
        m.client.phase("verifying")
        m.client.ask("cancel")
        m.client.phase("idle")
        same(os.listdir(m.path("state/work")), [], "the copy is gone")


def test_files_beside_the_record_do_not_matter(w, d):
    """A record that cannot be read is begun anew."""
    with w.machine(d) as m:
        m.stop()
        bundles.write(m.path("state/record"), b"stage flying\n")
        bundles.write(m.path("state/floor"), b"\xff\n")
        m.start()
        m.put(w.next)
        same(m.try_update()["phase"], "ready", "the update")
        same(tree(m.state)["record"][1] != "", True, "the record")
        holds(m.logged(), "state/record cannot be read", "the log")


def test_a_client_may_come_before_a_stick_does(w, d):
    with w.machine(d) as m:
        os.rmdir(m.stick)
        report = m.look()
        same(report["refusal"], "no-stick", "the refusal")
        os.mkdir(m.stick)
        m.put(w.next)
        m.client.until(lambda r: r["stick"] == "yes")
        same(m.look()["phase"], "offered", "the look")


def test_the_socket_is_ready_again_after_a_crash(w, d):
    with w.machine(d) as m:
        m.stop(signal.SIGKILL)
        true(os.path.exists(m.socket), "the old socket lies there")
        same(m.start().report()["phase"], "idle", "the start")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.connect(m.socket)
        true(isinstance(m.client, Client), "the client")


def test_a_name_of_the_bundle_says_nothing(w, d):
    """The version comes from inside."""
    with w.machine(d) as m:
        m.put(make_bundle(w.keys, w.signer, "renamed-" + os.path.basename(d),
                          "0.6.0"), "karcis-9.9.9.raucb")
        same(m.look()["to"], "0.6.0", "the offer")


def test_slots_that_cannot_be_asked_leave_the_rest_working(w, d):
    with w.machine(d) as m:
        m.stop()
        bundles.write(os.path.join(m.slots, "boot"), b"first c\n")
        report = m.start().report()
        same((report["phase"], report["from"], report["trial"]),
             ("idle", "", "no"), "the start")
        m.put(w.next)
        same(m.try_update()["refusal"], "slot-sick", "an update")
        m.client.ask("good")
        holds(m.client.until(lambda r: r["detail"] != "" and
                             r["refusal"] != "slot-sick" or
                             "boot" in r["detail"])["detail"],
              "slots/boot, line 1: cannot be read", "the sentence")
        m.client.ask("fetch")
        m.client.until(lambda r: r["files"] == "fetched")
