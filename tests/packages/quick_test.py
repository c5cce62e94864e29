#!/usr/bin/env python3
"""Units, their folders of settings, udev rules and completion, without
building a package. Usage: quick_test.py [--build build/gcc] [NAME...]"""
import glob
import os
import re
import sys
import tempfile

from common import ROOT, UNITS, Skipped, main, read, run, settings

LIMIT = 20  # tenths of systemd's exposure level
SYSTEM = os.path.join(UNITS, "system")


def services():
    found = sorted(glob.glob(os.path.join(UNITS, "*.service")))
    assert len(found) >= 6, found
    return found


def score(path):
    """(within the limit, the number shown)"""
    p = run("systemd-analyze", "security", "--offline=yes", "--no-pager",
            "--threshold=%d" % LIMIT, path, check=False)
    shown = re.search(r"Overall exposure level for .*: ([0-9.]+)", p.stdout)
    assert shown, p.stdout
    assert "ignoring" not in p.stdout, p.stdout
    return p.returncode == 0, float(shown.group(1))


def test_every_service_scores_at_most_2(o):
    table = []
    for path in services():
        fits, number = score(path)
        table.append((os.path.basename(path), number, fits))
        print("    %-24s %.1f" % table[-1][:2])
    assert all(fits for _, _, fits in table), table


def with_drop_in(folder, rauc, drop_in):
    path = os.path.join(folder, "rauc.service")
    with open(path, "w", encoding="utf-8") as f:
        f.write(rauc + "\n" + drop_in)
    return score(path)


def test_rauc_scores_at_most_2_with_our_drop_in(o):
    rauc = read(ROOT, "tests/packages/rauc.service")
    with tempfile.TemporaryDirectory() as d:
        _, alone = with_drop_in(d, rauc, "")
        fits, number = with_drop_in(
            d, rauc, read(UNITS, "rauc.service.d/karcis.conf"))
    print("    %-24s %.1f (Debian's alone: %.1f)" % ("rauc.service", number, alone))
    assert fits and alone > 9


def test_a_weakened_unit_is_seen(o):
    """Each of these alone takes a unit over the limit."""
    text = read(UNITS, "karcis-update.service")
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "karcis-update.service")
        for line in ("NoNewPrivileges=yes", "PrivateNetwork=yes",
                     "RestrictNamespaces=yes", "ProtectKernelTunables=yes"):
            assert line + "\n" in text, line
            with open(path, "w", encoding="utf-8") as f:
                f.write(text.replace(line + "\n", ""))
            assert not score(path)[0], line


def installed(folder):
    """A tree with our units and empty programs where they are named."""
    units = os.path.join(folder, "usr/lib/systemd/system")
    os.makedirs(units)
    for path in services() + glob.glob(os.path.join(UNITS, "*.socket")):
        text = read(path)
        with open(os.path.join(units, os.path.basename(path)), "w",
                  encoding="utf-8") as f:
            f.write(text)
        for _, key, value in settings(text):
            if key == "ExecStart":
                program = os.path.join(folder, value.split()[0].lstrip("/"))
                os.makedirs(os.path.dirname(program), exist_ok=True)
                with open(program, "w", encoding="utf-8"):
                    pass
                os.chmod(program, 0o755)
    for name in ("sysinit", "multi-user", "sockets", "network", "shutdown",
                 "basic", "local-fs"):
        with open(os.path.join(units, name + ".target"), "w",
                  encoding="utf-8") as f:
            f.write("[Unit]\nDescription=%s\n" % name)
    return units


def complaints(text):
    """What systemd-analyze says of our units; others' it does not find."""
    return [line for line in text.splitlines()
            if re.search(r"karcis[^ ]*\.(service|socket):", line) and
            not re.search(r"Command 'man |Unit .* not found", line)]


def test_systemd_understands_every_unit(o):
    with tempfile.TemporaryDirectory() as d:
        units = installed(d)
        names = sorted(n.replace("@.", "@x.") for n in os.listdir(units)
                       if n.startswith("karcis"))
        assert len(names) >= 8, names
        p = run("systemd-analyze", "--root=" + d, "--man=no", "verify", *names,
                check=False)
        assert not complaints(p.stdout), p.stdout
        with open(os.path.join(units, "karcis.service"), "a",
                  encoding="utf-8") as f:
            f.write("[Service]\nWatchdogSeconds=30\n")
        p = run("systemd-analyze", "--root=" + d, "--man=no", "verify", *names,
                check=False)
        assert complaints(p.stdout), "a planted key was not seen"


def test_programs_of_units_are_installed_where_they_say(o):
    rules = read(ROOT, "tests/tests.mk")
    in_libexec = re.search(r"^IN_LIBEXEC = \$\(filter (.*),", rules, re.M).group(1)
    mains = {os.path.basename(m)[5:-2].replace("_", "-")
             for m in glob.glob(os.path.join(ROOT, "firmware/app/main_*.c"))}
    for path in services():
        for _, key, value in settings(read(path)):
            if key != "ExecStart":
                continue
            folder, name = os.path.split(value.split()[0])
            assert name in mains, "%s: nobody builds %s" % (path, name)
            want = "/usr/libexec/karcis" if "%/" + name in in_libexec.split() \
                else "/usr/bin"
            assert folder == want, (path, folder)


def seconds(unit, key, default=None):
    return int(unit[key] if default is None else unit.get(key, default))


def test_the_terminal_has_a_watchdog_and_limits_that_end_in_a_restart(o):
    s = {k: v for _, k, v in settings(read(UNITS, "karcis.service"))
         if k != "ReadWritePaths"}
    assert s["Type"] == "notify" and s["Restart"] == "always"
    assert 1 <= int(s["WatchdogSec"]) <= 60
    assert s["StartLimitAction"] == "reboot"


def test_a_program_that_hangs_ends_in_a_restart_of_the_machine_too(o):
    """The burst fits into the interval however a start fails: at once, after
    the longest wait for READY=1, or by the watchdog."""
    first = {"karcis.service": "karcis-prepare.service"}
    for name in ("karcis.service", "karcis-update.service"):
        s = {k: v for _, k, v in settings(read(UNITS, name))}
        assert s["StartLimitAction"] == "reboot", name
        # 90: systemd's own.
        start = seconds(s, "TimeoutStartSec", 90)
        longest = max(start, seconds(s, "WatchdogSec", 0)) + \
            seconds(s, "TimeoutStopSec") + seconds(s, "RestartSec")
        if name in first:
            longest += seconds({k: v for _, k, v in settings(
                read(UNITS, first[name]))}, "TimeoutStartSec")
        assert seconds(s, "StartLimitBurst") * longest \
            < seconds(s, "StartLimitIntervalSec"), (name, longest)


def test_a_hub_that_cannot_start_is_tried_for_ever(o):
    """systemd's own limit is five starts in ten seconds, and RestartSec= is
    two: a database that comes up late must not end it for good."""
    s = {k: v for _, k, v in settings(read(UNITS, "karcis-hub.service"))}
    assert s.get("StartLimitIntervalSec") == "0", s


def test_the_update_helper_is_there_again_however_it_ended(o):
    """Nobody else authorises printers and screens, or ends a trial."""
    s = {k: v for _, k, v in settings(read(UNITS, "karcis-update.service"))}
    assert s["Restart"] == "always", s["Restart"]


def test_the_terminal_has_no_network_and_no_capability(o):
    s = settings(read(UNITS, "karcis.service"))
    assert ("Service", "CapabilityBoundingSet", "") in s
    assert ("Service", "IPAddressDeny", "any") in s
    families = [v for _, k, v in s if k == "RestrictAddressFamilies"]
    assert families == ["AF_UNIX AF_NETLINK"], families


def test_the_sockets_are_the_terminal_s_alone(o):
    for name in ("karcis-link.socket", "karcis-update.socket"):
        s = {k: v for _, k, v in settings(read(UNITS, name))}
        assert (s["SocketUser"], s["SocketMode"]) == ("karcis", "0600"), s
        listens = s.get("ListenStream") or s["ListenSequentialPacket"]
        assert listens.startswith("/run/karcis/"), s


def test_the_journal_is_bounded(o):
    s = {k: v for _, k, v in
         settings(read(SYSTEM, "journald.conf.d/karcis.conf"))}
    for key in ("SystemMaxUse", "RuntimeMaxUse"):
        assert re.fullmatch(r"\d+M", s[key]) and int(s[key][:-1]) <= 64, s
    assert int(s["RateLimitBurst"]) > 0 and s["RateLimitIntervalSec"] != "0"


def test_the_journal_outlives_a_restart(o):
    """Nothing else makes its folder on the data partition."""
    s = {k: v for _, k, v in
         settings(read(SYSTEM, "journald.conf.d/karcis.conf"))}
    assert s.get("Storage") == "persistent", s


def test_a_removal_ends_every_unit(o):
    """Of the terminal's package, with the links of a socket."""
    ended = read(ROOT, "assets/debian/karcis-terminal.prerm")
    for path in services() + glob.glob(os.path.join(UNITS, "*.socket")):
        name = os.path.basename(path).replace("@.", "@*.")
        if name != "karcis-hub.service":
            assert re.search(r"[\s']" + re.escape(name) + r"[\s']", ended), name


def test_no_login_at_the_screen_and_no_magic_key(o):
    s = {k: v for _, k, v in settings(read(SYSTEM, "logind.conf.d/karcis.conf"))}
    assert s["NAutoVTs"] == "0" and s["ReserveVT"] == "0"
    keys = dict(re.findall(r"^([\w.-]+) = (.*)$",
                           read(SYSTEM, "sysctl.d/60-karcis.conf"), re.M))
    assert keys["kernel.sysrq"] == "0"
    assert "helper mask ctrl-alt-del.target" in read(
        ROOT, "assets/debian/karcis-appliance.postinst")


def test_the_users_are_made(o):
    if os.geteuid() != 0:
        raise Skipped("systemd-sysusers writes as root")
    with tempfile.TemporaryDirectory() as d:
        os.makedirs(os.path.join(d, "etc"))
        run("systemd-sysusers", "--root=" + d,
            os.path.join(SYSTEM, "sysusers.d/karcis.conf"))
        users = {line.split(":")[0]: line.split(":")
                 for line in read(d, "etc/passwd").splitlines()}
        for name in ("karcis", "karcis-link", "karcis-reader"):
            assert users[name][6].endswith("/nologin"), users
            assert 0 < int(users[name][2]) < 1000, users
        used = set()
        for path in services():
            used |= {v for _, k, v in settings(read(path)) if k == "User"}
        assert used - set(users) <= {"karcis-hub"}, used


def test_the_folders_are_made_for_whom_they_are(o):
    """user, group and mode of each, as the programs expect them."""
    want = {"/run/karcis": ("root", "root", "0755"),
            "/run/karcis/stick/in": ("root", "karcis", "0750"),
            "/run/karcis/stick/out": ("karcis", "root", "2770"),
            "/var/lib/karcis": ("karcis", "karcis", "0700")}
    got = {}
    for line in read(SYSTEM, "tmpfiles.d/karcis.conf").splitlines():
        w = line.split()
        if w and w[0] == "d":
            got[w[1]] = (w[3], w[4], w[2])
    for path, owner in want.items():
        assert got[path] == owner, (path, got)


def test_udev_rules_give_groups_and_start_nothing_else(o):
    rules = read(ROOT, "assets/udev/70-karcis.rules")
    for line in rules.splitlines():
        for program in re.findall(r'RUN[^"]*"([^"]*)"', line):
            assert re.fullmatch(r"/bin/(chgrp video|chmod g\+w) "
                                r"\$sys\$devpath/brightness", program), program
        assert "IMPORT" not in line and "PROGRAM" not in line, line
        code = line.split("#")[0].strip()
        for term in filter(None, re.split(r",\s*(?=[A-Z])", code)):
            assert re.fullmatch(r'[A-Z]+(\{\w+\})?(==|!=|\+?=)"[^"]*"', term), term
    assert "mount" not in rules.replace("mounts or", "")


def program(o, name):
    path = os.path.join(ROOT, o.build, name)
    if not os.path.exists(path):
        raise Skipped("%s is not built" % path)
    return path


def complete(o, name, *words):
    """What bash would offer behind these words; the last is unfinished."""
    line = (program(o, name),) + words
    script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              '_karcis "$1" "${@: -1}" "${@: -2:1}"; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    with tempfile.TemporaryDirectory() as d:
        p = run("bash", "-c", script, "bash",
                os.path.join(ROOT, "assets/completion/karcis"), *line, cwd=d)
    return set(p.stdout.split())


def usage(o, name):
    """{command: its lines} as the program prints them."""
    text = run(program(o, name), "--help", check=False).stdout
    out = {}
    for line in re.findall(r"^  (\S.*)$", text, re.M):
        line = line.replace("(needs --config)", "").strip()
        out.setdefault(line.split()[0], []).append(line)
    assert out, text
    return out


def test_completion_offers_every_command(o):
    for name, at_least in (("karcis-ctl", 15), ("karcis-hub", 10)):
        commands = set(usage(o, name))
        assert len(commands) >= at_least, commands
        offered = complete(o, name, "")
        assert offered == commands | {"--config"}, offered ^ commands
        assert complete(o, name, "--config", "x.ini", "") >= commands


def test_completion_offers_second_words_and_options(o):
    for name, words, want in (
            ("karcis-ctl", ("audit", ""), {"verify", "export", "key"}),
            ("karcis-ctl", ("officer", ""), {"add", "list", "remove"}),
            ("karcis-ctl", ("--config", "x", "officer", "add", "n", "--"),
             {"--png"}),
            ("karcis-ctl", ("status", "--"), {"--json"}),
            ("karcis-ctl", ("technician", ""), {"add", "list", "pin"}),
            ("karcis-ctl", ("pki", ""), {"root", "signer", "revoke", "crl"}),
            ("karcis-ctl", ("bundle", ""), {"make", "show"}),
            ("karcis-hub", ("--config", "x", "office", ""), {"add"}),
            ("karcis-hub", ("--config", "x", "token", "1", "k"), {"kiosk"})):
        assert complete(o, name, *words) >= want, (words, want)


def test_completion_offers_nothing_that_is_not_said(o):
    for name in ("karcis-ctl", "karcis-hub"):
        for command, lines in usage(o, name).items():
            said = set(re.findall(r"[a-z-]+", " ".join(lines)))
            offered = complete(o, name, "--config", "x", command, "")
            assert offered <= said, (command, offered - said)


def test_completion_of_the_terminal(o):
    text = run(program(o, "karcis"), "--help", check=False).stdout
    options = set(re.findall(r"--[a-z-]+", text.split("usage:")[1]))
    assert len(options) >= 4
    assert complete(o, "karcis", "") == options
    assert complete(o, "karcis", "--role", "") == {"kiosk", "gate"}


def test_every_program_has_a_man_page(o):
    for m in glob.glob(os.path.join(ROOT, "firmware/app/main_*.c")):
        name = os.path.basename(m)[5:-2].replace("_", "-")
        if name == "karcis-splash":  # karcis(1) tells of it
            continue
        assert os.path.exists(os.path.join(ROOT, "docs", name + ".1")), name


def test_the_changelog_begins_with_the_version(o):
    version = re.search(r"^VERSION\s*= (\S+)", read(ROOT, "Makefile"), re.M)
    assert read(ROOT, "assets/debian/changelog").startswith(
        "karcis (%s) " % version.group(1))


def test_every_build_dependency_is_a_package_of_the_tree(o):
    named = set(read(ROOT, "assets/packages.txt").split())
    control = read(ROOT, "assets/debian/control")
    field = re.search(r"^Build-Depends: (.*?)\n\S", control, re.M | re.S)
    wanted = {w.split()[0] for w in field.group(1).split(",")}
    assert wanted - {"debhelper-compat"} <= named, wanted - named


main(sys.modules[__name__], build="build/gcc")
