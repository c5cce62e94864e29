#!/usr/bin/env python3
"""karcis-link as its units start it: URL, authorities and device from the
terminal's files, one process for each connection.
Usage: link_test.py [--build build/gcc] [NAME...]"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from common import ROOT, UNITS, Skipped, main, read, settings

sys.path.insert(0, os.path.join(ROOT, "tests", "hub"))
from link_common import says  # noqa: E402
from link_server import Hub, Key, Terminal, make_certificates, tls  # noqa: E402

KEY = Key()
INI = """[office]
id = 4102
name = Kantor
timezone = WIB
[terminal]
id = kiosk-1
role = kiosk
state = {state}
[hours]
mon = 07:30-12:00
tue = closed
wed = closed
thu = closed
fri = closed
sat = closed
sun = closed
[services]
file = services.ini
[scanner]
device = evdev:auto
allow = 05e0:1200
[printer]
device = virtual:{state}
[hub]
url = {url}
key = hub.pub
{more}
"""


class Office:
    """The files of a terminal in a folder of their own."""

    def __init__(self, url, more="", device=17):
        self.folder = tempfile.mkdtemp(prefix="karcis-link-")
        self.config = os.path.join(self.folder, "karcis.ini")
        shutil.copy(os.path.join(ROOT, "assets/example/services.ini"),
                    self.folder)
        self.write("hub.pub", "00" * 32 + "\n")
        self.write("karcis.ini", INI.format(state=self.folder, url=url,
                                            more=more))
        self.enrol(url, device)
        KEY.write(os.path.join(self.folder, "request.key"))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, 0o600)
        return path

    def enrol(self, url, device):
        self.write("enrolment", (
            "karcis-enrolment 1\nurl %s\nhub_key %s\noffice 4102\ndevice %d\n"
            "name kiosk-1\nrole kiosk\nletter A\nepoch 3\n")
            % (url, "00" * 32, device))

    def argv(self, o):
        return [os.path.join(ROOT, o.build, "karcis-link"),
                "--config", self.config,
                "--enrolment", os.path.join(self.folder, "enrolment"),
                "--key", os.path.join(self.folder, "request.key")]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)


class Started(Terminal):
    """One karcis-link at a pair of sockets."""

    def __init__(self, argv):
        mine, theirs = socket.socketpair()
        super().__init__(mine)
        self.process = subprocess.Popen(
            argv + ["--fd", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),), stderr=subprocess.PIPE)
        theirs.close()

    def end(self):
        self.sock.close()
        _, log = self.process.communicate(timeout=10)
        return self.process.returncode, log.decode()


def asked(office, o):
    """(answer, exit code and log) of one request."""
    link = Started(office.argv(o))
    try:
        a = link.ask(path="/v1/time", timeout_ms=3000)
    finally:
        ended = link.end()
    return a, ended


def refused(office, o, *words):
    """It ends with 2 and says these words."""
    link = Started(office.argv(o))
    link.process.wait(timeout=10)
    code, log = link.end()
    assert code == 2, (code, log)
    for w in words:
        assert w in log, log


def test_url_and_device_come_from_the_terminal_s_files(o):
    with Hub(says("200 OK", b"{}")) as hub, Office(hub.url()) as office:
        a, (code, log) = asked(office, o)
        assert a.status == 200 and code == 0, (a.status, a.trouble, log)
        q, = hub.requests
        assert q.headers["karcis-device"] == "17" and q.signed_by(KEY)


def test_the_authorities_are_those_of_the_configuration(o):
    with tempfile.TemporaryDirectory() as d:
        make_certificates(d)
        for ca, came in (("ca.pem", True), ("alone.pem", False)):
            with Hub(says("200 OK", b"{}"), tls(d, "good")) as hub, \
                    Office(hub.url("https"), "ca = hub-ca.pem") as office:
                shutil.copy(os.path.join(d, ca),
                            os.path.join(office.folder, "hub-ca.pem"))
                a, ended = asked(office, o)
                assert (a.status == 200) == came, (ca, a.trouble, ended)


def test_not_enrolled_is_said(o):
    with Office("http://127.0.0.1:1") as office:
        os.unlink(os.path.join(office.folder, "enrolment"))
        refused(office, o, "enrolment")


def test_a_configuration_without_a_hub_is_said(o):
    with Office("http://127.0.0.1:1") as office:
        text = read(office.config).split("[hub]")[0]
        office.write("karcis.ini", text.replace(
            "role = kiosk", "role = kiosk\nletter = S"))
        refused(office, o, "names no hub")


def test_a_broken_configuration_is_said(o):
    with Office("http://127.0.0.1:1") as office:
        office.write("karcis.ini", "[office]\nid = -1\n")
        refused(office, o, "office.id")


def test_a_key_that_others_can_read_is_refused(o):
    with Office("http://127.0.0.1:1") as office:
        os.chmod(os.path.join(office.folder, "request.key"), 0o640)
        refused(office, o, "request.key")


def test_uses_cannot_be_mixed(o):
    with Office("http://127.0.0.1:1") as office:
        for more in (["--url", "http://x.example"], ["--device", "3"],
                     ["--ca", "/x"], ["--printer", "h:1"]):
            p = subprocess.run(office.argv(o) + more, stderr=subprocess.PIPE,
                               timeout=10)
            assert p.returncode == 2 and b"usage:" in p.stderr, (more, p)
        for left_out in (1, 3, 5):
            argv = office.argv(o)
            del argv[left_out:left_out + 2]
            p = subprocess.run(argv, stderr=subprocess.PIPE, timeout=10)
            assert p.returncode == 2 and b"usage:" in p.stderr, argv


class Activated:
    """The socket unit's work: a karcis-link for each connection, with the
    words of the service unit."""

    def __init__(self, office, o):
        if shutil.which("systemd-socket-activate") is None:
            raise Skipped("no systemd-socket-activate")
        unit = settings(read(UNITS, "karcis-link@.service"))
        words = [v for _, k, v in unit if k == "ExecStart"][0].split()[1:]
        places = {"/etc/karcis/karcis.ini": office.config,
                  "%d/enrolment": os.path.join(office.folder, "enrolment"),
                  "%d/request.key": os.path.join(office.folder, "request.key")}
        self.path = os.path.join(office.folder, "link.sock")
        self.process = subprocess.Popen(
            ["systemd-socket-activate", "--accept", "-l", self.path,
             office.argv(o)[0]] + [places.get(w, w) for w in words],
            stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while not os.path.exists(self.path):
            assert time.monotonic() < end, "nobody listens"
            time.sleep(0.01)

    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        s.connect(self.path)
        return Terminal(s)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)


def test_each_connection_has_a_link_of_its_own(o):
    with Hub(says("200 OK", b"{}")) as hub, Office(hub.url()) as office, \
            Activated(office, o) as unit:
        first, second = unit.connect(), unit.connect()
        assert first.ask(path="/v1/time").status == 200
        assert second.ask(path="/v1/time").status == 200
        first.sock.close()
        assert second.ask(path="/v1/time").status == 200
        second.sock.close()


def test_after_a_new_enrolment_the_next_connection_has_it(o):
    with Hub(says("200 OK", b"{}")) as hub, Office(hub.url()) as office, \
            Activated(office, o) as unit:
        for device in (17, 18):
            office.enrol(hub.url(), device)
            terminal = unit.connect()
            assert terminal.ask(path="/v1/time").status == 200
            terminal.sock.close()
        assert [q.headers["karcis-device"] for q in hub.requests] == \
            ["17", "18"]


main(sys.modules[__name__], build="build/gcc")
