#!/usr/bin/env python3
"""The Debian packages of build/deb: what is in them, what installing,
upgrading and removing does, and their units on a started systemd.
Usage: package_test.py [--debs build/deb] [NAME...]"""
import glob
import hashlib
import os
import re
import subprocess
import sys
import tempfile

from common import ROOT, Skipped, main, read, run
from machine import Machine

TERMINAL = ("common", "control", "terminal", "appliance")
# Each package's programs, units and settings, documents left out.
FILES = {
    "karcis-terminal": """
        /lib/systemd/system/karcis-link.socket
        /lib/systemd/system/karcis-link@.service
        /lib/systemd/system/karcis-prepare.service
        /lib/systemd/system/karcis-splash.service
        /lib/systemd/system/karcis-update.service
        /lib/systemd/system/karcis-update.socket
        /lib/systemd/system/karcis.service
        /lib/udev/rules.d/70-karcis.rules
        /usr/bin/karcis
        /usr/lib/sysusers.d/karcis.conf
        /usr/lib/tmpfiles.d/karcis.conf
        /usr/libexec/karcis/karcis-link
        /usr/libexec/karcis/karcis-splash
        /usr/libexec/karcis/karcis-update
        /usr/share/man/man1/karcis-link.1.gz
        /usr/share/man/man1/karcis-update.1.gz
        /usr/share/man/man1/karcis.1.gz""",
    "karcis-control": """
        /usr/bin/karcis-ctl
        /usr/share/man/man1/karcis-ctl.1.gz""",
    "karcis-hub": """
        /lib/systemd/system/karcis-hub.service
        /usr/bin/karcis-hub
        /usr/share/man/man1/karcis-hub.1.gz""",
    "karcis-appliance": """
        /lib/systemd/system/multi-user.target.wants/karcis-update.service
        /lib/systemd/system/multi-user.target.wants/karcis.service
        /lib/systemd/system/rauc.service.d/karcis.conf
        /lib/systemd/system/sockets.target.wants/karcis-link.socket
        /lib/systemd/system/sockets.target.wants/karcis-update.socket
        /lib/systemd/system/sysinit.target.wants/karcis-splash.service
        /lib/systemd/journald.conf.d/karcis.conf
        /lib/systemd/logind.conf.d/karcis.conf
        /usr/lib/modules-load.d/karcis.conf
        /usr/lib/sysctl.d/60-karcis.conf
        /usr/lib/tmpfiles.d/karcis-appliance.conf
        /usr/share/dbus-1/system.d/karcis.conf""",
    "karcis-common": """
        /usr/share/bash-completion/completions/karcis
        /usr/share/bash-completion/completions/karcis-ctl
        /usr/share/bash-completion/completions/karcis-hub
        /usr/share/karcis/gate.ini
        /usr/share/karcis/holidays.csv
        /usr/share/karcis/karcis-hub.ini
        /usr/share/karcis/karcis.ini
        /usr/share/karcis/services.ini
        /usr/share/karcis/units/network-printer.conf
        /usr/share/locale/en/LC_MESSAGES/karcis.mo
        /usr/share/locale/id/LC_MESSAGES/karcis.mo""",
}


def deb(o, name):
    found = glob.glob(os.path.join(ROOT, o.debs, "karcis-%s_*.deb" % name))
    assert len(found) == 1, found
    return found[0]


def debs(o, names=TERMINAL):
    return [deb(o, n) for n in names]


def machine(o):
    return Machine(sorted(glob.glob(os.path.join(ROOT, o.debs, "*.deb"))))


def older(o, folder, version="0.3.9"):
    """The same packages with a lower version."""
    out = []
    for name in TERMINAL:
        tree = os.path.join(folder, name)
        run("dpkg-deb", "-R", deb(o, name), tree)
        path = os.path.join(tree, "DEBIAN/control")
        text = read(path)
        now = re.search(r"^Version: (.*)$", text, re.M).group(1)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(now, version))
        out.append(os.path.join(folder, "karcis-%s_%s.deb" % (name, version)))
        run("dpkg-deb", "-b", "--root-owner-group", tree, out[-1])
    return out


def test_a_lintian_finds_nothing(o):
    p = run("lintian", "--allow-root", "--fail-on", "error,warning",
            "--tag-display-limit", "0",
            *sorted(glob.glob(os.path.join(ROOT, o.debs, "*.deb"))),
            check=False, timeout=300)
    tags = [x for x in p.stdout.splitlines() if re.match("[EW]: ", x)]
    assert p.returncode == 0 and not tags, p.stdout


def test_a_overrides_have_a_reason(o):
    for path in glob.glob(os.path.join(ROOT, "assets/debian/*overrides")):
        lines = [x for x in read(path).splitlines() if x.strip()]
        assert lines and lines[0].startswith("#"), path


def test_a_packages_have_their_files(o):
    for name, text in FILES.items():
        listed = run("dpkg-deb", "-c", deb(o, name[7:])).stdout
        got = {re.sub(r" (->|link to).*", "", line.split(None, 5)[5])[1:]
               for line in listed.splitlines() if not line.startswith("d")}
        got = {f for f in got if not re.match("/usr/share/(doc|lintian)/", f)}
        assert got == set(text.split()), (name, got ^ set(text.split()))


def test_a_nothing_of_the_build_s_folder_is_in_a_program(o):
    with tempfile.TemporaryDirectory() as d:
        for name in ("terminal", "control", "hub"):
            run("dpkg-deb", "-x", deb(o, name), d)
        for path in glob.glob(d + "/usr/bin/*") + glob.glob(d + "/usr/libexec/*/*"):
            with open(path, "rb") as f:
                assert b"work/src" not in f.read(), path


def test_a_two_builds_are_the_same_bytes(o):
    """Another folder, time zone, language and umask."""
    makefile = read(ROOT, "Makefile")
    assert "VERSION" in makefile
    with tempfile.TemporaryDirectory(prefix="karcis-again-") as d:
        env = dict(os.environ, TZ="Asia/Jakarta", LC_ALL="C", LANG="C")
        p = subprocess.run(
            ["bash", "-c", "umask 077; exec make -s deb DEB_DIR='%s/deb'" % d],
            cwd=ROOT, env=env, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=900)
        assert p.returncode == 0, p.stdout.decode()[-2000:]

        def sums(folder):
            out = {}
            for path in glob.glob(os.path.join(folder, "*.deb")):
                with open(path, "rb") as f:
                    out[os.path.basename(path)] = hashlib.sha256(
                        f.read()).hexdigest()
            return out
        first, again = sums(os.path.join(ROOT, o.debs)), sums(d + "/deb")
        assert len(first) == 5 and first == again, (first, again)


def test_b_installing_makes_users_and_folders(o):
    with machine(o) as m:
        m.install(debs(o))
        for user in ("karcis", "karcis-link", "karcis-reader"):
            assert m.sh("getent passwd " + user).stdout.strip().endswith("nologin")
        assert m.owner("/var/lib/karcis") == ["karcis", "karcis", "700"]
        assert m.owner("/var/lib/karcis-update") == ["root", "root", "711"]
        assert m.owner("/etc/karcis") == ["karcis", "karcis", "755"]
        assert os.readlink(m.path(
            "etc/systemd/system/ctrl-alt-del.target")) == "/dev/null"
        out = m.sh("karcis-ctl code new && man -w karcis 2>/dev/null || "
                   "test -s /usr/share/man/man1/karcis.1.gz").stdout
        assert out.strip(), out
        assert m.sh("dpkg --audit").stdout == ""


def test_b_the_hub_installs_alone(o):
    names = ("common", "hub")
    with machine(o) as m:
        m.install(debs(o, names))
        p = m.sh("karcis-hub --help", check=False)
        assert "usage: karcis-hub" in p.stdout, p.stdout
        assert not os.path.exists(m.path("etc/systemd/system/"
                                         "multi-user.target.wants/"
                                         "karcis-hub.service"))


def test_c_an_upgrade_keeps_state_and_configuration(o):
    with machine(o) as m, tempfile.TemporaryDirectory() as d:
        m.install(older(o, d))
        assert "0.3.9" in m.sh("dpkg-query -W karcis-terminal").stdout
        m.write("etc/karcis/karcis.ini", "; of the office\n")
        m.sh("echo kept >/var/lib/karcis/keys; chown karcis: /var/lib/karcis/keys")
        numbers = m.sh("id karcis").stdout
        m.install(debs(o))
        version = run("dpkg-deb", "-f", deb(o, "terminal"), "Version").stdout
        assert version.strip() in m.sh("dpkg-query -W karcis-terminal").stdout
        assert m.read("etc/karcis/karcis.ini") == "; of the office\n"
        assert m.read("var/lib/karcis/keys") == "kept\n"
        assert m.sh("id karcis").stdout == numbers
        assert m.sh("dpkg --audit").stdout == ""


def test_c_removing_and_purging_keep_the_state_alone(o):
    with machine(o) as m:
        before = set(m.sh("find / -xdev -not -path '/proc/*'").stdout.split())
        m.install(debs(o))
        m.sh("echo kept >/var/lib/karcis/keys")
        m.sh("dpkg -r karcis-appliance karcis-terminal karcis-control "
             "karcis-common")
        assert not os.path.exists(m.path("usr/bin/karcis"))
        assert not os.path.lexists(m.path(
            "etc/systemd/system/ctrl-alt-del.target"))
        out = m.sh("dpkg -P karcis-appliance karcis-terminal karcis-control "
                   "karcis-common").stdout
        assert "/var/lib/karcis is kept" in out, out
        assert m.read("var/lib/karcis/keys") == "kept\n"
        after = set(m.sh("find / -xdev -not -path '/proc/*'").stdout.split())
        left = {f for f in after - before
                if not re.match("/var/(lib|log|cache)/(dpkg|apt|dbus)|/tmp/", f)}
        assert all(re.match("/var/lib/karcis|/etc/karcis$|/run/karcis|"
                            "/var/lib/rauc$|/var/lib/systemd/deb-systemd-helper|"
                            "/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$",
                            f) for f in left), left


def active(m, unit):
    return m.show(unit, "ActiveState")[0]


def prepared(o, m):
    """Installed; without slots, so that nobody waits for RAUC."""
    m.install(debs(o))
    m.mask("rauc.service")


def ready(m):
    m.until(lambda: active(m, "karcis.service") == "active",
            "the terminal is not ready")


def test_d_a_machine_that_is_not_set_up_shows_why(o):
    with machine(o) as m:
        prepared(o, m)
        with m.started():
            ready(m)
            assert active(m, "karcis-update.socket") == "active"
            assert active(m, "karcis-link.socket") == "active"
            # Its folders in /run are for whom they are.
            p = m.run("stat", "-c", "%U %G %a %n", "/run/karcis",
                      "/run/karcis/stick/in", "/run/karcis/stick/out",
                      "/run/karcis/update.sock", "/run/karcis/link.sock")
            assert p.stdout.splitlines() == [
                "root root 755 /run/karcis",
                "root karcis 750 /run/karcis/stick/in",
                "karcis root 2770 /run/karcis/stick/out",
                "karcis karcis 600 /run/karcis/update.sock",
                "karcis karcis 600 /run/karcis/link.sock"], p.stdout
            assert "not set up" in m.log("-u", "karcis.service"), m.log()


def test_d_the_terminal_is_closed_in_by_its_unit(o):
    """What its process may do, as the kernel tells."""
    with machine(o) as m:
        prepared(o, m)
        with m.started():
            ready(m)
            pid, = m.show("karcis.service", "MainPID")
            status = m.run("cat", "/proc/%s/status" % pid).stdout
            for word in ("CapEff:\t0000000000000000", "NoNewPrivs:\t1",
                         "Seccomp:\t2"):
                assert word in status, status
            user = m.run("id", "-u", "karcis").stdout.strip()
            assert re.search(r"^Uid:\t%s\t" % user, status, re.M), status
            inside = ("nsenter", "-t", pid, "-m", "--")
            assert m.run(*inside, "touch", "/etc/x", check=False).returncode
            assert m.run(*inside, "touch", "/etc/karcis/x").returncode == 0
            assert m.run(*inside, "ls", "/run/dbus", check=False).stdout == "" or \
                m.run(*inside, "ls", "/run/dbus/system_bus_socket",
                      check=False).returncode


def test_d_the_update_helper_is_root_with_five_rights(o):
    """Of sysfs it can write to devices alone; it has no network."""
    with machine(o) as m:
        prepared(o, m)
        with m.started():
            m.until(lambda: active(m, "karcis-update.service") == "active",
                    "the helper is not ready")
            pid, = m.show("karcis-update.service", "MainPID")
            status = m.run("cat", "/proc/%s/status" % pid).stdout
            # CHOWN 0, KILL 5, SETGID 6, SETUID 7, SYS_ADMIN 21
            for word in ("CapBnd:\t00000000002000e1", "NoNewPrivs:\t1",
                         "Seccomp:\t2"):
                assert word in status, status
            inside = ("nsenter", "-t", pid, "-m", "-n", "--", "sh", "-c")
            power = "/sys/devices/virtual/mem/null/power/control"
            m.run(*inside, "echo auto >" + power)
            p = m.run(*inside, "echo 1 >/sys/kernel/mm/ksm/run", check=False)
            assert "Read-only" in p.stdout, p.stdout
            p = m.run(*inside, "cat /proc/net/dev")
            names = re.findall(r"^\s*(\w+):", p.stdout, re.M)
            assert names == ["lo"], p.stdout


# Opens devices in a unit's control group: what the kernel says of each. The
# nodes are made before, for making one is a right of its own.
OPENS = """
import errno, os, sys
nodes = {}
for i, name in enumerate(sys.argv[2:]):
    kind, major, minor = name.split(":")
    nodes[name] = "/dev/probe%d" % i
    os.mknod(nodes[name], {"c": 0o020000, "b": 0o060000}[kind] | 0o666,
             os.makedev(int(major), int(minor)))
with open("/sys/fs/cgroup/system.slice/%s/cgroup.procs" % sys.argv[1], "w") as f:
    f.write(str(os.getpid()))
for name, path in nodes.items():
    try:
        os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
        said = "opened"
    except OSError as e:
        said = errno.errorcode[e.errno]
    os.unlink(path)
    print(name, said)
"""


def test_d_units_reach_their_devices_and_no_others(o):
    """The kernel refuses a device before it looks for its driver: EPERM is the
    unit's answer, ENXIO and the like are a missing driver's."""
    units = {
        # serial scanners, usblp, libusb, touch, panel, camera, sound; not:
        # memory, consoles, disks, loop
        "karcis.service": (
            "c:166:0 c:188:0 c:180:0 c:189:0 c:13:64 c:226:0 c:81:0 c:116:0",
            "c:1:1 c:4:1 c:4:64 b:8:0 b:7:0 b:259:0"),
        # sticks and slots; not: memory, consoles, panel, keys
        "karcis-update.service": ("b:8:0 b:8:17",
                                  "c:1:1 c:4:1 c:226:0 c:13:64 b:259:0"),
    }
    with machine(o) as m:
        prepared(o, m)
        m.write("root/opens.py", OPENS)
        with m.started():
            ready(m)
            m.until(lambda: active(m, "karcis-update.service") == "active",
                    "the helper is not ready")
            for unit, (may, may_not) in units.items():
                p = m.run("python3", "/root/opens.py", unit,
                          *(may + " " + may_not).split())
                said = dict(x.split() for x in p.stdout.splitlines())
                assert len(said) == len((may + " " + may_not).split()), said
                for name, word in said.items():
                    assert (word == "EPERM") == (name in may_not.split()), \
                        (unit, said)


def test_d_an_upgrade_starts_the_terminal_anew_and_a_removal_ends_it(o):
    with machine(o) as m, tempfile.TemporaryDirectory() as d:
        m.install(older(o, d))
        m.mask("rauc.service")
        for path in debs(o):
            m.copy(path, "root/debs")
        with m.started():
            ready(m)
            pids = [m.show(u, "MainPID") for u in
                    ("karcis.service", "karcis-update.service")]
            m.run("sh", "-ec", "dpkg -i /root/debs/*.deb")
            m.until(lambda: all(m.show(u, "MainPID") not in (pid, ["0"])
                                for u, pid in zip(
                                    ("karcis.service", "karcis-update.service"),
                                    pids)), "the old programs go on")
            ready(m)
            m.run("dpkg", "-r", "karcis-appliance", "karcis-terminal")
            m.until(lambda: active(m, "karcis.service") == "inactive" and
                    active(m, "karcis-update.service") == "inactive" and
                    active(m, "karcis-link.socket") == "inactive",
                    "they go on without their package")


def test_d_a_terminal_that_hangs_is_started_anew(o):
    with machine(o) as m:
        prepared(o, m)
        m.write("etc/systemd/system/karcis.service.d/quick.conf",
                "[Service]\nWatchdogSec=4\n")
        with m.started():
            ready(m)
            pid, = m.show("karcis.service", "MainPID")
            # It is fed while it lives ...
            m.run("sleep", "9")
            assert m.show("karcis.service", "MainPID", "NRestarts") == [pid, "0"]
            # ... and ended when it hangs.
            m.run("systemctl", "kill", "-s", "STOP", "karcis.service")
            m.until(lambda: m.show("karcis.service", "NRestarts") != ["0"],
                    "nobody noticed")
            ready(m)
            assert m.show("karcis.service", "MainPID") != [pid]
            assert "atchdog" in m.log("-u", "karcis.service")


def test_d_a_terminal_that_dies_again_and_again_restarts_the_machine(o):
    for program, ends in (("/bin/false", True), ("/bin/sleep infinity", False)):
        with machine(o) as m:
            prepared(o, m)
            m.write("etc/systemd/system/karcis.service.d/quick.conf",
                    "[Service]\nExecStart=\nExecStart=%s\nType=simple\n"
                    "WatchdogSec=0\nRestartSec=50ms\n" % program)
            assert m.ends(40 if ends else 15) == ends, program


def configure(m, hub=""):
    """The example office's files; paper goes to a folder."""
    for name in ("services.ini", "holidays.csv"):
        m.write("etc/karcis/" + name, read(ROOT, "assets/example", name))
    ini = read(ROOT, "assets/example/karcis.ini")
    for old, new in (("device = usb:auto", "device = virtual:/var/lib/karcis"),
                     ("letter = S\n", "" if hub else "letter = S\n")):
        assert old in ini, old
        ini = ini.replace(old, new)
    m.write("etc/karcis/karcis.ini", ini + hub)
    m.sh("chown -R karcis: /etc/karcis")


def test_d_a_terminal_that_is_set_up_serves_and_prints(o):
    """Keys are made by its preparing unit. There is no panel here."""
    with machine(o) as m:
        prepared(o, m)
        configure(m)
        line = re.search("^ExecStart=(.*)$", m.read(
            "lib/systemd/system/karcis.service"), re.M).group(1)
        m.write("etc/systemd/system/karcis.service.d/panel.conf",
                "[Service]\nEnvironment=SDL_VIDEODRIVER=dummy\nExecStart=\n"
                "ExecStart=%s --window 540x960\n" % line)
        with m.started():
            ready(m)
            as_karcis = ("setpriv", "--reuid=karcis", "--regid=karcis",
                         "--clear-groups", "karcis-ctl", "--config",
                         "/etc/karcis/karcis.ini")
            p = m.run(*as_karcis, "status")
            for word in ("running: true", "screen: home", "storage: ok",
                         "seccomp: true"):
                assert word in p.stdout, p.stdout
            m.run(*as_karcis, "print", "test")
            m.until(lambda: glob.glob(m.path("var/lib/karcis/*.png")) or
                    glob.glob(m.path("var/lib/karcis/*.bin")), "no paper")
            assert m.show("karcis.service", "NRestarts") == ["0"]
            assert m.owner_on("/var/lib/karcis/keys") == [
                "karcis", "karcis", "600"]


def test_d_the_link_is_started_for_a_connection_with_the_key(o):
    """As its own user, with the network and without the state directory."""
    with machine(o) as m:
        m.install(debs(o))
        m.write("etc/karcis/hub.pub", "00" * 32 + "\n")
        configure(m, "\n[hub]\nurl = http://127.0.0.1:9\nkey = hub.pub\n"
                     "link = /run/karcis/link.sock\n")
        m.write("var/lib/karcis/enrolment", (
            "karcis-enrolment 1\nurl http://127.0.0.1:9\nhub_key %s\n"
            "office 4102\ndevice 17\nname kiosk-1\nrole kiosk\nletter A\n"
            "epoch 3\n") % ("00" * 32), 0o600)
        # The seed 07.. and its public key (RFC 8032).
        m.write("var/lib/karcis/request.key",
                "karcis-request 1\nrequest_secret %s%s\n" % ("07" * 32, public()),
                0o600)
        m.sh("chown -R karcis: /var/lib/karcis")
        m.mask("karcis.service", "karcis-update.service")
        with m.started():
            asks = ("import socket,struct\n"
                    "s = socket.socket(socket.AF_UNIX)\n"
                    "s.settimeout(20)\n"
                    "s.connect('/run/karcis/link.sock')\n"
                    "r = b'R' + struct.pack('>IIQ', 5, 3000, 1) + "
                    "b'\\0\\3GET\\0\\x08/v1/time\\0\\0\\0\\0\\0\\0'\n"
                    "s.sendall(struct.pack('>I', len(r)) + r)\n"
                    "d = s.recv(4096)\n"
                    "print(d[4:5], struct.unpack('>I', d[5:9])[0], d[9])\n"
                    "import subprocess\n"
                    "print(subprocess.run(['sh', '-c', 'for p in $(pidof "
                    "karcis-link); do stat -c %U /proc/$p; done'],"
                    "capture_output=True, text=True).stdout)\n")
            p = m.run("setpriv", "--reuid=karcis", "--regid=karcis",
                      "--clear-groups", "python3", "-c", asks, check=False)
            # An answer to 5: nobody is at that port.
            assert p.stdout.startswith("b'A' 5 2\n"), (p.stdout, m.log())
            p = m.run("setpriv", "--reuid=karcis-reader",
                      "--regid=karcis-reader", "--clear-groups", "python3",
                      "-c", asks, check=False)
            assert "Permission denied" in p.stdout, p.stdout


def public():
    sys.path.insert(0, os.path.join(ROOT, "tests", "hub"))
    from link_server import Key
    return Key().public.hex()


def test_d_rauc_works_closed_in(o):
    with machine(o) as m:
        m.install(debs(o))
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
            "/CN=test", "-keyout", "/dev/null", "-out",
            m.path("tmp/keyring.pem"))
        os.makedirs(m.path("etc/rauc"), exist_ok=True)
        os.rename(m.path("tmp/keyring.pem"), m.path("etc/rauc/keyring.pem"))
        m.write("etc/rauc/system.conf", read(
            ROOT, "assets/rauc/system.conf").replace("@COMPATIBLE@", "karcis-x"))
        with m.started():
            m.run("systemctl", "start", "rauc.service")
            m.until(lambda: active(m, "rauc.service") == "active", "no rauc")
            ask = ("busctl", "get-property", "de.pengutronix.rauc", "/",
                   "de.pengutronix.rauc.Installer", "Compatible")
            assert "karcis-x" in m.run(*ask).stdout
            # Not for those who meet data from outside.
            for user in ("karcis", "karcis-link", "karcis-reader"):
                p = m.run("setpriv", "--reuid=" + user, "--regid=" + user,
                          "--clear-groups", *ask, check=False)
                assert p.returncode != 0 and "denied" in p.stdout, p.stdout


def test_e_debian_s_rauc_unit_is_the_one_that_is_scored(o):
    with machine(o) as m:
        theirs = m.read("lib/systemd/system/rauc.service")
        ours = read(ROOT, "tests/packages/rauc.service")
        assert theirs.split() == ours.split(), theirs


main(sys.modules[__name__], debs="build/deb")
