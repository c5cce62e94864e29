"""karcis-update and the real RAUC service, on a bus of their own, with slots
that are files and a grubenv. Installing needs device-mapper, which only a whole
machine has (tests/appliance)."""

import contextlib
import os
import shutil
import subprocess

import bundles
from cases import Skipped, holds, same
from update_common import wait_for

BUS = """<busconfig><type>system</type><listen>unix:path={0}/bus</listen>
<auth>EXTERNAL</auth><policy context="default"><allow user="*"/>
<allow own="*"/><allow send_destination="*"/><allow eavesdrop="true"/>
</policy></busconfig>
"""
NEEDED = ("dbus-daemon", "rauc", "grub-editenv")


class Rauc:
    """A folder with bus, slots and boot loader's variables."""

    def __init__(self, w, folder):
        self.folder = folder
        self.programs = []
        self.address = f"unix:path={folder}/bus"
        self.env = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=self.address)
        for name in ("a.img", "b.img"):
            bundles.write(self.path(name), bytes(1 << 20))
        os.makedirs(self.path("root/usr/share/karcis"))
        bundles.write(self.path("root/usr/share/karcis/release"),
                      bundles.release("0.4.0", 3).encode())
        with open("assets/rauc/system.conf") as f:
            text = f.read()
        for old, new in (("@COMPATIBLE@", bundles.COMPATIBLE),
                         ("/boot/esp/EFI/karcis/grubenv", self.path("grubenv")),
                         ("/var/lib/rauc/status", self.path("status")),
                         ("/run/rauc", self.path("mnt")),
                         ("/etc/rauc/keyring.pem", w.keyring),
                         ("/run/slots/karcis-a", self.path("a.img")),
                         ("/run/slots/karcis-b", self.path("b.img"))):
            if old not in text:
                raise RuntimeError(f"system.conf lacks {old}")
            text = text.replace(old, new)
        bundles.write(self.path("system.conf"), text.encode())
        bundles.write(self.path("bus.conf"), BUS.format(folder).encode())

    def path(self, name):
        return os.path.join(self.folder, name)

    def env_set(self, **values):
        if not os.path.exists(self.path("grubenv")):
            bundles.run("grub-editenv", self.path("grubenv"), "create")
        bundles.run("grub-editenv", self.path("grubenv"), "set",
                    *(f"{k}={v}" for k, v in values.items()))

    def env_get(self):
        """Nothing while another grub-editenv writes it."""
        try:
            said = bundles.run("grub-editenv", self.path("grubenv"), "list")
        except RuntimeError:
            return {}
        return dict(line.split("=", 1) for line in said.splitlines())

    def run(self, *words):
        with open(self.path("log"), "ab") as log:
            self.programs.append(subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *words], env=self.env,
                stdout=log, stderr=log))

    def start(self, slot):
        self.run("dbus-daemon", "--config-file=" + self.path("bus.conf"),
                 "--nofork", "--nopidfile")
        wait_for(lambda: os.path.exists(self.path("bus")))
        self.run("rauc", "-c", self.path("system.conf"),
                 "--override-boot-slot=" + slot, "service")
        wait_for(lambda: subprocess.run(
            ["dbus-send", "--bus=" + self.address, "--print-reply",
             "--dest=de.pengutronix.rauc", "/",
             "de.pengutronix.rauc.Installer.GetPrimary"], env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0)

    def stop(self):
        for program in reversed(self.programs):
            program.kill()
            program.wait(60)
        self.programs = []


@contextlib.contextmanager
def machine(w, d, slot="A", **env):
    lacking = [n for n in NEEDED if shutil.which(n) is None]
    if lacking:
        raise Skipped("there is no " + ", ".join(lacking))
    rauc = Rauc(w, os.path.join(d))
    rauc.env_set(**{"ORDER": "A B", "A_OK": 1, "A_TRY": 0, "B_OK": 1,
                    "B_TRY": 0, **env})
    try:
        rauc.start(slot)
        with w.machine(os.path.join(d, "m"), start=False, more=[
                "--backend", "rauc:" + rauc.path("root"),
                "--trial", "86400"]) as m:
            m.start(env=rauc.env)
            yield m, rauc
    finally:
        rauc.stop()


def test_the_real_rauc_tells_slot_release_and_health(w, d):
    with machine(w, d) as (m, _):
        report = m.client.report()
        same((report["slot"], report["from"], report["floor"],
              report["trial"]), ("a", "0.4.0", "3", "no"), "the report")
        m.put(w.next)
        same(m.look()["phase"], "offered", "a look: A is good")


def test_the_real_rauc_marks_what_runs_good(w, d):
    with machine(w, d, A_TRY=1) as (m, rauc):
        m.put(w.next)
        same(m.look()["refusal"], "slot-sick", "a look before health")
        m.client.ask("good")
        wait_for(lambda: rauc.env_get().get("A_TRY") == "0")
        same(rauc.env_get()["A_OK"], "1", "A")
        same(m.look()["phase"], "offered", "a look after it")


RECORD = ("id 5\nstage {}\nfrom 0.4.0\nto 0.5.0\nfrom-slot {}\nto-slot {}\n"
          "boot {}\ntime 0\n")
OTHER_BOOT = "00000000-0000-0000-0000-000000000000"


def told(m, rauc, text):
    """The story of a start with that record."""
    m.stop()
    bundles.write(m.path("state/record"), text.encode())
    return m.start(env=rauc.env).report()


def test_a_return_is_told_and_the_other_slot_marked_bad(w, d):
    with machine(w, d, B_OK=1, B_TRY=1, ORDER="B A") as (m, rauc):
        report = told(m, rauc, RECORD.format("activated", "a", "b",
                                             OTHER_BOOT))
        same((report["outcome"], report["outcome-id"], report["outcome-to"]),
             ("returned", "5", "0.5.0"), "the outcome")
        env = rauc.env_get()
        same((env["B_OK"], env["A_OK"]), ("0", "1"), "the loader's variables")


def test_a_trial_is_seen_and_ends_with_a_mark(w, d):
    with machine(w, d, slot="B", ORDER="B A", B_TRY=1) as (m, rauc):
        report = told(m, rauc, RECORD.format("activated", "a", "b",
                                             OTHER_BOOT))
        same((report["trial"], report["slot"]), ("yes", "b"), "the trial")
        m.client.ask("good")
        report = m.client.until(lambda r: r["outcome"] != "none")
        same(report["outcome"], "installed", "the outcome")
        same(rauc.env_get()["B_TRY"], "0", "the loader's variable")


def test_what_is_activated_is_ready_in_the_same_start(w, d):
    with machine(w, d, ORDER="B A") as (m, rauc):
        boot = bundles.read("/proc/sys/kernel/random/boot_id").decode()
        report = told(m, rauc, RECORD.format("activated", "a", "b",
                                             boot.strip()))
        same((report["phase"], report["to"]), ("ready", "0.5.0"), "the start")


def test_an_installation_that_fails_leaves_the_running_slot_first(w, d):
    """Here there is no device-mapper, and a file is no device to mount."""
    with machine(w, d) as (m, rauc):
        m.put(w.next)
        report = m.try_update()
        same((report["phase"], report["refusal"] in
              ("slot-write", "bad-release")), ("refused", True), "the report")
        same("writing" in m.client.phases, True, "it came to the slot")
        env = rauc.env_get()
        same((env["ORDER"][0], env["A_OK"], env["A_TRY"]), ("A", "1", "0"),
             "the loader's variables")
        same(os.path.exists(m.path("state/record")), False,
             "something was activated")


def test_a_service_that_is_not_there_is_told(w, d):
    with machine(w, d) as (m, rauc):
        m.stop()
        rauc.stop()
        report = m.start(env=rauc.env).report()
        same((report["phase"], report["slot"]), ("idle", ""), "the report")
        holds(m.logged(), "no system bus", "the log")
