#!/usr/bin/env python3
"""karcis-ctl pki and bundle, with the real programs; what they make is read
with openssl, unsquashfs and rauc.

usage: pki_test.py [--build DIR] [NAMES]"""

import os
import pty
import re
import resource
import shutil
import signal
import subprocess
import sys
import termios
import time

import bundles
import cases
from cases import Failed, holds, same, true

PHRASE = "correct horse battery staple"
DAY = 86400


class Ctl:
    def __init__(self, options, folder):
        self.program = os.path.join(options.build, "karcis-ctl")
        self.folder = folder
        # A root, a signer and an image that some cases share.
        self.root = os.path.join(folder, "root")
        self.signer = os.path.join(folder, "signer")
        self.ring = os.path.join(folder, "ring.pem")
        self.done("pki", "root", self.root, "--name", "Shared root")
        self.done("pki", "signer", self.root, self.signer, "--name", "Build")
        self.done("pki", "keyring", self.root, self.ring)
        self.image = bundles.image(os.path.join(folder, "rootfs.squashfs"),
                                   bundles.release("1.2.3", 7))

    def run(self, *words, phrase=PHRASE, when=None, env=None):
        """(code, what it says); pki asks for the phrase on descriptor 0."""
        more = (["--pass-fd", "0"] if words[0] == "pki" and
                words[1] in ("root", "signer", "crl") else [])
        done = subprocess.run(
            [*bundles.at_time(when), self.program, *words, *more],
            input=phrase + "\n", text=True, timeout=120, env=env,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def done(self, *words, **more):
        code, said = self.run(*words, **more)
        same(code, 0, f"{words[:2]} says {said!r}; its code")
        return said

    def refused(self, code, part, *words, **more):
        got, said = self.run(*words, **more)
        same(got, code, f"{words} says {said!r}; its code")
        holds(said, part, "what it says")

    def bundle(self, out, signer=None, image=None, ring=None, **more):
        signer = signer or self.signer
        return self.run("bundle", "make", "--key", signer + "/signer.key",
                        "--cert", signer + "/signer.pem", "--keyring",
                        ring or self.ring, "--image", image or self.image,
                        "--out", out, **more)


def openssl(*words, **more):
    return bundles.run("openssl", *words, **more)


def listing(folder):
    """Every path below with its mode and content."""
    found = {}
    for top, _, files in os.walk(folder):
        found[top] = os.stat(top).st_mode & 0o7777
        for name in files:
            path = os.path.join(top, name)
            found[path] = (os.stat(path).st_mode & 0o7777, bundles.read(path))
    return found


def text_of(kind, path):
    return openssl(kind, "-in", path, "-noout", "-text")


def serial_of(path):
    return bundles.Signer(None, path).serial


# ---- roots and signers ----

def test_a_root_may_sign_signers_and_lists_only(c, d):
    c.done("pki", "root", d + "/r", "--name", "Karcis root", "--days", "400")
    text = text_of("x509", d + "/r/root.pem")
    for part in ("Subject: CN = Karcis root", "Issuer: CN = Karcis root",
                 "NIST CURVE: P-256", "ecdsa-with-SHA256",
                 "Basic Constraints: critical\n                CA:TRUE, "
                 "pathlen:0",
                 "Key Usage: critical\n                Certificate Sign, CRL "
                 "Sign\n"):
        holds(text, part, "the root")
    start, end = (int(time.mktime(time.strptime(
        re.search(f"{w} *: (.*) GMT", text).group(1), "%b %d %H:%M:%S %Y")))
        for w in ("Not Before", "Not After"))
    same(end - start, 400 * DAY, "its life")
    openssl("verify", "-CAfile", d + "/r/root.pem", d + "/r/root.pem")


def test_a_signer_may_sign_code_only(c, d):
    text = text_of("x509", c.signer + "/signer.pem")
    for part in ("Subject: CN = Build", "Issuer: CN = Shared root",
                 "NIST CURVE: P-256",
                 "Basic Constraints: critical\n                CA:FALSE",
                 "Key Usage: critical\n                Digital Signature\n",
                 "Extended Key Usage: critical\n                Code "
                 "Signing\n"):
        holds(text, part, "the signer")
    openssl("verify", "-crl_check", "-CAfile", c.ring,
            c.signer + "/signer.pem")
    same(openssl("pkey", "-in", c.signer + "/signer.key", "-pubout"),
         openssl("x509", "-in", c.signer + "/signer.pem", "-noout",
                 "-pubkey"), "key and certificate")


def test_the_root_key_opens_with_its_passphrase_alone(c, d):
    key = c.root + "/root.key"
    holds(bundles.read(key).decode(), "BEGIN ENCRYPTED PRIVATE KEY", "it")
    openssl("pkey", "-in", key, "-noout", "-passin", "pass:" + PHRASE)
    try:
        openssl("pkey", "-in", key, "-noout", "-passin", "pass:" + PHRASE[1:])
    except RuntimeError:
        pass
    else:
        raise Failed("another passphrase opens it")
    holds(openssl("asn1parse", "-in", key), "scrypt", "its encryption")
    c.refused(1, "the passphrase does not open the root key", "pki", "signer",
              c.root, d + "/s", "--name", "X", phrase=PHRASE + "x")
    true(not os.path.exists(d + "/s"), "a signer was made")


def test_nobody_else_can_read_the_files(c, d):
    c.done("pki", "root", d + "/r", "--name", "R")
    c.done("pki", "signer", d + "/r", d + "/s", "--name", "S")
    for path in listing(d + "/r") | listing(d + "/s"):
        mode = os.stat(path).st_mode & 0o7777
        same(oct(mode), "0o700" if os.path.isdir(path) else "0o600", path)


def test_a_wide_umask_opens_nothing(c, d):
    made = ("pki root {d}/r --name R", "pki signer {d}/r {d}/s --name S",
            "pki revoke {d}/r SERIAL", "pki crl {d}/r")
    for words in made:
        words = words.format(d=d).split()
        if "SERIAL" in words:
            words[-1] = serial_of(d + "/s/signer.pem")
        more = ["--pass-fd", "0"] if words[1] != "revoke" else []
        subprocess.run(["sh", "-c", 'umask 0; exec "$@"', "sh", c.program,
                        *words, *more], input=PHRASE + "\n", text=True,
                       check=True, stdout=subprocess.DEVNULL)
    for path in listing(d + "/r") | listing(d + "/s"):
        mode = os.stat(path).st_mode & 0o7777
        same(oct(mode), "0o700" if os.path.isdir(path) else "0o600", path)


def test_a_crash_leaves_no_passphrase(c, d):
    """No core dump and no debugger, from before it is read."""
    cap = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if cap == 0:
        raise cases.Skipped("core dumps are off here for everybody")
    child = subprocess.Popen(
        [c.program, "pki", "root", d + "/r", "--name", "R", "--pass-fd", "0"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE,
                                              (cap, cap)))
    limits = None
    try:
        end = time.monotonic() + 10
        while limits != ("0", "0"):
            true(time.monotonic() < end, f"its core dumps: {limits}")
            with open(f"/proc/{child.pid}/limits") as f:
                limits = re.search(r"Max core file size +(\S+) +(\S+)",
                                   f.read()).groups()
            time.sleep(0.01)
    finally:
        child.stdin.close()
        child.wait(20)


def test_a_full_disk_leaves_nothing_half_made(c, d):
    script = ('mount -t tmpfs -o size=$1k tmpfs "$2"; shift 2; "$@"; '
              'echo "code $?"; find "$OUT" -mindepth 1')
    seen = set()
    for pages in (1, 2, 3, 4, 16):
        place = f"{d}/{pages}"
        os.mkdir(place)
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", script, "sh", str(4 * pages),
             place, c.program, "pki", "root", place + "/r", "--name", "R",
             "--pass-fd", "0"], input=PHRASE + "\n", text=True,
            env=dict(os.environ, OUT=place), timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if "code" not in done.stdout or "ermi" in done.stdout:
            raise cases.Skipped("no file system may be mounted here: " +
                                done.stdout[-100:])
        said, _, rest = done.stdout.partition("code ")
        code, *found = rest.split()
        if code == "0":
            same(len(found), 6, f"{pages} pages: {found}")
        else:
            holds(said, "No space left", f"{pages} pages")
            same(found, [], f"{pages} pages: what is left")
        seen.add(code == "0")
    same(seen, {True, False}, "both were seen")


def test_a_short_passphrase_is_refused(c, d):
    c.refused(1, "at least 12 bytes", "pki", "root", d + "/r", "--name", "R",
              phrase="elevenbytes")
    same(os.listdir(d), [], "what is there")
    c.done("pki", "root", d + "/r", "--name", "R", phrase="twelve-bytes")


def test_what_is_there_stays(c, d):
    c.done("pki", "root", d + "/r", "--name", "R")
    c.done("pki", "signer", d + "/r", d + "/s", "--name", "S")
    before = listing(d)
    c.refused(1, "is there already", "pki", "root", d + "/r", "--name", "Q")
    c.refused(1, "is there already", "pki", "signer", d + "/r", d + "/s",
              "--name", "Q")
    c.refused(1, "is there already", "pki", "root", d + "/r/root.pem",
              "--name", "Q")
    bundles.write(d + "/k.pem", b"mine")
    before[d + "/k.pem"] = (os.stat(d + "/k.pem").st_mode & 0o7777, b"mine")
    got, _ = c.run("pki", "keyring", d + "/r", d + "/k.pem")
    same(got, 1, "a keyring over a file")
    same(listing(d), before, "what is there")


def test_a_signer_ends_before_its_root(c, d):
    c.done("pki", "root", d + "/r", "--name", "R", "--days", "10")
    c.refused(1, "say fewer --days", "pki", "signer", d + "/r", d + "/s",
              "--name", "S", "--days", "11")
    true(not os.path.exists(d + "/s"), "it was made")
    same(os.listdir(d + "/r/signers"), [], "the record")
    c.done("pki", "signer", d + "/r", d + "/s", "--name", "S", "--days", "9")


def test_a_clock_before_its_root_is_said(c, d):
    """A computer in a safe has a flat battery one day."""
    c.done("pki", "root", d + "/r", "--name", "R", when=1800000000)
    c.refused(1, "the clock of this computer says 2001-09-09, and the root "
              "began on 2027-01-15", "pki", "signer", d + "/r", d + "/s",
              "--name", "S", when=1000000000)
    true(not os.path.exists(d + "/s"), "it was made")


def test_a_kill_leaves_a_whole_folder_or_none(c, d):
    """Killed while it writes: at once when the folder it will rename is there,
    and a little later each time; the key's encryption before takes longer."""
    whole = {"root.key", "root.pem", "crl.pem", "revoked", "signers"}
    seen = set()
    for i in range(6):
        path = f"{d}/{i}"
        child = subprocess.Popen(
            [c.program, "pki", "root", path, "--name", "R", "--pass-fd", "0"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        child.stdin.write(PHRASE.encode() + b"\n")
        child.stdin.close()
        end = time.monotonic() + 60
        while not any(n.startswith(f"{i}") for n in os.listdir(d)):
            true(time.monotonic() < end, "it never begins")
            time.sleep(0.0005)
        time.sleep(i * i * 0.001)
        child.send_signal(signal.SIGKILL)
        child.wait()
        if os.path.exists(path):
            same(set(os.listdir(path)), whole, "the folder")
        seen.add(os.path.exists(path))
    true(False in seen, "no kill came early")
    # One that was cut off is in nobody's way.
    shutil.rmtree(f"{d}/0", ignore_errors=True)
    c.done("pki", "root", f"{d}/0", "--name", "R")


def ask_on_terminal(c, words, *lines):
    """(code, what the terminal showed) where the answers are typed."""
    pid, tty = pty.fork()
    if pid == 0:
        os.execv(c.program, [c.program, *words])
    shown, typed, end = b"", 0, time.monotonic() + 60
    while time.monotonic() < end:
        try:
            shown += os.read(tty, 1024)
        except OSError:  # closed
            break
        if shown.count(b": ") > typed and typed < len(lines):
            true(not termios.tcgetattr(tty)[3] & termios.ECHO, "it echoes")
            os.write(tty, lines[typed].encode() + b"\n")
            typed += 1
    os.close(tty)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def test_a_typed_passphrase_is_asked_twice_and_not_shown(c, d):
    words = ("pki", "root", d + "/r", "--name", "R")
    code, shown = ask_on_terminal(c, words, PHRASE, PHRASE + "x")
    same(code, 1, f"two that differ: {shown!r}")
    holds(shown, "they are not the same", "it")
    true(not os.path.exists(d + "/r"), "a root was made")
    code, shown = ask_on_terminal(c, words, PHRASE, PHRASE)
    same(code, 0, f"the same twice: {shown!r}")
    true(PHRASE not in shown, "the passphrase was shown")
    openssl("pkey", "-in", d + "/r/root.key", "-noout", "-passin",
            "pass:" + PHRASE)


def make_request(d, name, *key):
    openssl("req", "-new", "-newkey", *key, "-nodes", "-subj",
            "/CN=anybody", "-addext", "basicConstraints=critical,CA:TRUE",
            "-keyout", f"{d}/{name}.key", "-out", f"{d}/{name}.csr")
    return f"{d}/{name}.csr"


def test_a_key_that_stays_where_it_is_becomes_a_signer(c, d):
    """Of its request the key alone counts: no name, no right asked for."""
    csr = make_request(d, "own", "ec", "-pkeyopt",
                       "ec_paramgen_curve:P-256")
    c.done("pki", "signer", c.root, d + "/s", "--name", "Token", "--request",
           csr)
    same(os.listdir(d + "/s"), ["signer.pem"], "the folder")
    text = text_of("x509", d + "/s/signer.pem")
    for part in ("Subject: CN = Token", "CA:FALSE", "Code Signing"):
        holds(text, part, "the signer")
    same(openssl("pkey", "-in", d + "/own.key", "-pubout"),
         openssl("x509", "-in", d + "/s/signer.pem", "-noout", "-pubkey"),
         "key and certificate")
    shutil.copy(d + "/own.key", d + "/s/signer.key")
    same(c.bundle(d + "/b", d + "/s")[0], 0, "a bundle by it")
    c.done("pki", "revoke", shutil.copytree(c.root, d + "/r"),
           serial_of(d + "/s/signer.pem"))


def test_what_is_no_request_is_refused(c, d):
    csr = make_request(d, "own", "ec", "-pkeyopt",
                       "ec_paramgen_curve:P-256")
    good = bundles.read(csr)
    der = subprocess.run(["openssl", "req", "-in", csr, "-outform", "DER"],
                         stdout=subprocess.PIPE, check=True).stdout
    at = der.index(b"anybody")
    forged = subprocess.run(
        ["openssl", "req", "-inform", "DER"], check=True,
        input=der[:at] + b"A" + der[at + 1:], stdout=subprocess.PIPE).stdout
    others = {
        "RSA": bundles.read(make_request(d, "rsa", "rsa:2048")),
        "P-384": bundles.read(make_request(
            d, "p384", "ec", "-pkeyopt", "ec_paramgen_curve:P-384")),
        "Ed25519": bundles.read(make_request(d, "ed", "ed25519")),
        "altered": forged, "nothing": b"", "cut": good[:-100],
        "a certificate": bundles.read(c.root + "/root.pem"),
        "long": good + b" " * 4096, "a NUL": good + b"\0",
    }
    before = listing(c.root)
    for what, text in others.items():
        got, said = c.run("pki", "signer", c.root, d + "/s", "--name", "T",
                          "--request", bundles.write(d + "/x.csr", text))
        same((what, got), (what, 1), f"{said!r}; its code")
        holds(said, "request", what)
    same(listing(c.root), before, "the root's folder")
    true(not os.path.exists(d + "/s"), "there is one")
    c.refused(2, "say pki root DIR", "pki", "root", d + "/r", "--name", "R",
              "--request", csr)


# ---- revocation ----

def test_a_revoked_signer_is_on_the_next_list_and_no_other(c, d):
    c.done("pki", "root", d + "/r", "--name", "R")
    for s in ("one", "two"):
        c.done("pki", "signer", d + "/r", f"{d}/{s}", "--name", s)
    serial = serial_of(d + "/one/signer.pem")
    c.done("pki", "revoke", d + "/r", serial)
    c.refused(1, "is revoked already", "pki", "revoke", d + "/r", serial)
    # Machines must not get a keyring that lacks it.
    c.refused(1, "say pki crl first", "pki", "keyring", d + "/r", d + "/k")
    true(not os.path.exists(d + "/k"), "there is a keyring")
    holds(c.done("pki", "show", d + "/r"), "revoked, but not on the list yet",
          "show")
    c.done("pki", "crl", d + "/r")
    c.done("pki", "keyring", d + "/r", d + "/k")
    text = text_of("crl", d + "/r/crl.pem")
    same(re.findall("Serial Number: (.*)", text), [serial], "the list")
    holds(text, "X509v3 CRL Number: \n                2", "it")
    openssl("verify", "-crl_check", "-CAfile", d + "/k",
            d + "/two/signer.pem")
    try:
        openssl("verify", "-crl_check", "-CAfile", d + "/k",
                d + "/one/signer.pem")
    except RuntimeError as e:
        holds(str(e), "certificate revoked", "openssl")
    else:
        raise Failed("openssl takes it")


def test_a_list_is_valid_as_long_as_its_root(c, d):
    c.done("pki", "root", d + "/r", "--name", "R", when=1800000000)
    c.done("pki", "crl", d + "/r", when=1810000000)
    root, crl = (text_of(kind, f"{d}/r/{name}") for kind, name in
                 (("x509", "root.pem"), ("crl", "crl.pem")))
    for of_root, of_list in (("Not Before: ", "Last Update: "),
                             ("Not After : ", "Next Update: ")):
        same(re.search(of_list + "(.*)", crl).group(1),
             re.search(of_root + "(.*)", root).group(1), of_list)


def test_only_a_signer_of_the_root_is_revoked(c, d):
    before = bundles.read(c.root + "/revoked")
    for serial in ("00", "../x", serial_of(c.root + "/root.pem"),
                   serial_of(c.signer + "/signer.pem").lower()):
        c.refused(1, "no signer of this root", "pki", "revoke", c.root,
                  serial)
    same(bundles.read(c.root + "/revoked"), before, "the record")


def test_show_tells_every_signer_and_its_state(c, d):
    now = int(time.time())
    c.done("pki", "root", d + "/r", "--name", "R", "--days", "1000",
           when=now - 500 * DAY)
    for name, days, when in (("over", "10", now - 400 * DAY),
                             ("soon", "80", now), ("long", "300", now),
                             ("ahead", "300", now + 2 * DAY)):
        c.done("pki", "signer", d + "/r", f"{d}/{name}", "--name", name,
               "--days", days, when=when)
    said = c.done("pki", "show", d + "/r")
    states = dict(re.findall(
        r"(?:root|signer) (\w+)\n  serial: .*\n  from .* until .*: (.*)",
        said))
    same(states, {"R": "valid", "over": "expired", "soon": "ends soon",
                  "long": "valid", "ahead": "not valid yet"}, "the states")
    holds(said, "fingerprint: " + openssl(
        "x509", "-in", d + "/r/root.pem", "-noout", "-fingerprint",
        "-sha256").strip().split("=")[1].replace(":", "").lower(), "it")


def test_damaged_files_are_named(c, d):
    for name, text, part in (
            ("revoked", b"karcis-revoked 1\nxx\n", "revoked: line 2"),
            ("revoked", b"", "revoked begins wrong"),
            ("root.pem", b"no", "crl.pem is not a list of this root"),
            ("crl.pem", b"no", "crl.pem is not a list of this root"),
            ("root.key", b"a\0b", "root.key is no text")):
        shutil.copytree(c.root, d + "/r")
        bundles.write(f"{d}/r/{name}", text)
        c.refused(2, part, "pki", "show", d + "/r")
        shutil.rmtree(d + "/r")


def test_wrong_words_are_refused(c, d):
    for words in (("root", d + "/r"), ("root", d + "/r", "--name", "a/b"),
                  ("root", d + "/r", "--name", "R", "--days", "0"),
                  ("root", d + "/r", "--name", "R", "--days", "10951"),
                  ("root", "--name", "R"), ("signer", c.root, "--name", "S"),
                  ("show",), ("show", c.root, "more"), ("no", c.root),
                  ("crl", c.root, "--name", "X")):
        c.refused(2, "say pki root DIR", "pki", *words)
    same(os.listdir(d), [], "what was made")


# ---- bundles ----

def test_a_bundle_is_what_rauc_takes(c, d):
    code, said = c.bundle(d + "/b.raucb")
    same(code, 0, said)
    bundles.write(d + "/conf", (
        "[system]\ncompatible=x\nbootloader=noop\nbundle-formats=-plain\n"
        f"[keyring]\npath={c.ring}\ncheck-crl=true\ncheck-purpose=codesign\n"
        "use-bundle-signing-time=true\n").encode())
    bundles.run("rauc", "-c", d + "/conf", "extract", d + "/b.raucb",
                d + "/out")
    same(bundles.read(d + "/out/rootfs.squashfs"), bundles.read(c.image),
         "the image")
    _, cms = bundles.split(bundles.read(d + "/b.raucb"))
    manifest = bundles.inner(cms).decode()
    for part in ("compatible=karcis-x86-64\n", "version=1.2.3\n",
                 "build=security 7\n", "format=verity\n"):
        holds(manifest, part, "the manifest")


def test_a_bundle_tells_what_is_in_it(c, d):
    code, said = c.bundle(d + "/b.raucb", when=1800000000 + 0)
    # Signed in 2027-01-15 08:00, within the signer's two years.
    same(code, 0, said)
    said = c.done("bundle", "show", d + "/b.raucb", "--keyring", c.ring)
    for line in ("genuine", "product: karcis", "compatible: karcis-x86-64",
                 "version: 1.2.3", "security: 7",
                 "built: 2026-09-21 14:13 UTC", "signer: Build",
                 "serial: " + serial_of(c.signer + "/signer.pem"),
                 "signed: 2027-01-15 08:00 UTC",
                 f"image: {os.path.getsize(c.image)} bytes"):
        holds(said, line + "\n", "show")


def test_a_bundle_of_the_same_image_has_the_same_content(c, d):
    contents = []
    for name in ("a", "b"):
        same(c.bundle(f"{d}/{name}")[0], 0, "a bundle")
        payload, cms = bundles.split(bundles.read(f"{d}/{name}"))
        size = int(re.search(rb"verity-size=(\d+)",
                             bundles.inner(cms)).group(1))
        contents.append(payload[:-size])
    same(contents[0] == contents[1], True, "the two are the same")


def test_a_bundle_is_made_of_what_its_image_says(c, d):
    empty = bundles.image(d + "/none.squashfs", None)
    code, said = c.bundle(d + "/b", image=empty)
    same(code, 1, said)
    holds(said, "release", "why")
    other = bundles.image(d + "/other.squashfs",
                          bundles.release(product="other"))
    code, said = c.bundle(d + "/b", image=other)
    same(code, 1, said)
    holds(said, "product other", "why")
    code, said = c.bundle(d + "/b", image=c.root + "/root.pem")
    same(code, 1, said)
    same(sorted(os.listdir(d)), ["none.squashfs", "other.squashfs"],
         "what is left")


def test_no_bundle_is_made_that_machines_would_refuse(c, d):
    c.done("pki", "root", d + "/r", "--name", "R")
    c.done("pki", "signer", d + "/r", d + "/s", "--name", "S")
    c.done("pki", "keyring", d + "/r", d + "/k")
    c.done("pki", "revoke", d + "/r", serial_of(d + "/s/signer.pem"))
    c.done("pki", "crl", d + "/r")
    c.done("pki", "keyring", d + "/r", d + "/k2")
    same(c.bundle(d + "/good", d + "/s", ring=d + "/k")[0], 0, "not revoked")
    for ring, part in ((d + "/k2", "revoked"), (c.ring, "issuer")):
        code, said = c.bundle(d + "/bad", d + "/s", ring=ring)
        same(code, 1, said)
        holds(said, part, "why")
    code, said = c.bundle(d + "/bad", d + "/s", ring=d + "/k",
                          when=int(time.time()) + 800 * DAY)
    same(code, 1, said)
    holds(said, "expired", "why")
    true(not os.path.exists(d + "/bad"), "there is one")
    same([n for n in os.listdir(d) if ".new-" in n], [], "left over")


def test_a_bundle_that_is_there_stays(c, d):
    bundles.write(d + "/b", b"mine")
    code, said = c.bundle(d + "/b")
    same(code, 1, said)
    holds(said, "is there already", "why")
    same(bundles.read(d + "/b"), b"mine", "the file")


def test_show_believes_nothing_that_is_not_proven(c, d):
    same(c.bundle(d + "/b")[0], 0, "a bundle")
    good = bundles.read(d + "/b")
    for at in (0, 100000, len(good) - 100):
        bad = bytearray(good)
        bad[at] ^= 1
        bundles.write(d + "/bad", bytes(bad))
        code, said = c.run("bundle", "show", d + "/bad", "--keyring", c.ring)
        same(code, 1, said)
        for word in ("genuine\n", "1.2.3", "Build"):
            true(word not in said, f"it says {word!r}: {said!r}")
    env = dict(os.environ, TMPDIR=d + "/tmp")
    os.mkdir(d + "/tmp")
    code, _ = c.run("bundle", "show", d + "/bad", "--keyring", c.ring,
                    env=env)
    same(code, 1, "its code")
    same(os.listdir(d + "/tmp"), [], "what it leaves")


def test_throw_away_keys_are_made_once(c, d):
    script = os.path.join(os.path.dirname(bundles.__file__),
                          "../../assets/rauc/test-keys.sh")
    for _ in range(2):
        bundles.run("sh", script, c.program, d + "/pki")
        before = listing(d + "/pki")
    same(listing(d + "/pki"), before, "the second time")
    same(c.bundle(d + "/b", d + "/pki/signer",
                  ring=d + "/pki/keyring.pem")[0], 0, "a bundle with them")


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    cases.main([sys.modules["__main__"]], Ctl)
