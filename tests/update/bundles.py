"""Update bundles, good and bad, and the keys that sign them.

Made with openssl, mksquashfs and rauc alone, so that what karcis-ctl makes is
compared with something. A bundle in RAUC's verity format is

    squashfs | verity tree | CMS signature with the manifest in it | u64 length

with the length big-endian and of the CMS alone. Times are Unix seconds."""

import os
import random
import shutil
import struct
import subprocess
import threading
import time

DAY = 86400
COMPATIBLE = "karcis-x86-64"
LENGTH_BYTES = 8
RELEASE = "usr/share/karcis/release"

CA_CONFIG = """
[ca]
default_ca = here
[here]
database = {folder}/index.txt
new_certs_dir = {folder}/made
default_md = sha256
policy = any
unique_subject = no
rand_serial = yes
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
commonName = {name}
[root]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,codeSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[mail]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,emailProtection
"""


def run(*words, **more):
    """Runs it; what it says is raised where it fails."""
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, timeout=120, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{words[0]} {words[1]}: {done.stdout[-2000:]}")
    return done.stdout


def asn1_time(at):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(at))


class Signer:
    """A key, its certificate, and the serial in hexadecimal."""

    def __init__(self, key, cert):
        self.key, self.cert = key, cert

    @property
    def serial(self):
        return run("openssl", "x509", "-noout", "-serial", "-in",
                   self.cert).strip().split("=")[1]


class Keys:
    """Roots and signers in a folder, with any days a test wants."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        os.makedirs(os.path.join(self.folder, "made"))
        self.now = int(time.time())
        self.one = threading.Lock()  # openssl ca keeps files here

    def path(self, name):
        return os.path.join(self.folder, name)

    def config(self, name):
        path = self.path("ca.cnf")
        with open(path, "w") as f:
            f.write(CA_CONFIG.format(folder=self.folder, name=name))
        open(self.path("index.txt"), "a").close()
        return path

    def make(self, name, kind, issuer, start, end):
        """A name is used once: files are called so."""
        with self.one:
            return self.make_one(name, kind, issuer, start, end)

    def make_one(self, name, kind, issuer, start, end):
        config, key = self.config(name), self.path(name + ".key")
        request, cert = self.path(name + ".csr"), self.path(name + ".pem")
        run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-config",
            config, "-out", request)
        by = (["-keyfile", issuer.key, "-cert", issuer.cert] if issuer else
              ["-keyfile", key, "-selfsign"])
        run("openssl", "ca", "-batch", "-notext", "-config", config, *by,
            "-in", request, "-extensions", kind, "-startdate",
            asn1_time(start), "-enddate", asn1_time(end), "-out", cert)
        return Signer(key, cert)

    def root(self, name, start=None, end=None):
        return self.make(name, "root", None, start or self.now - 100 * DAY,
                         end or self.now + 3650 * DAY)

    def signer(self, name, root, start=None, end=None, kind="signer"):
        return self.make(name, kind, root, start or self.now - 50 * DAY,
                         end or self.now + 365 * DAY)

    def revocations(self, name, root, serials=()):
        """A list that is valid as long as the root."""
        config, out = self.config(name), self.path(name + ".crl")
        with open(self.path("index.txt"), "w") as f:
            for serial in serials:
                f.write("R\t400101000000Z\t" + asn1_time(self.now)[2:] +
                        f"\t{serial}\tunknown\t/CN=x\n")
        run("openssl", "ca", "-gencrl", "-config", config, "-keyfile",
            root.key, "-cert", root.cert, "-crl_lastupdate",
            asn1_time(self.now - 100 * DAY), "-crl_nextupdate",
            asn1_time(self.now + 3650 * DAY), "-out", out)
        return out

    def keyring(self, name, *parts):
        out = self.path(name)
        with open(out, "wb") as f:
            for part in parts:
                with open(part, "rb") as g:
                    shutil.copyfileobj(g, f)
        return out


def release(version="0.4.1", security=3, product="karcis",
            compatible=COMPATIBLE, built=1790000000):
    return (f"product {product}\ncompatible {compatible}\n"
            f"version {version}\nsecurity {security}\nbuilt {built}\n")


def image(path, text, size=300000, seed=1, compression="gzip"):
    """A root file system: the release text (None = none) and random bytes."""
    tree = path + ".tree"
    os.makedirs(os.path.join(tree, os.path.dirname(RELEASE)))
    if text is not None:
        with open(os.path.join(tree, RELEASE), "w") as f:
            f.write(text)
    with open(os.path.join(tree, "payload"), "wb") as f:
        f.write(random.Random(seed).randbytes(size))
    run("mksquashfs", tree, path, "-quiet", "-no-progress", "-noappend",
        "-all-root", "-comp", compression)
    shutil.rmtree(tree)
    return path


def manifest(version="0.4.1", compatible=COMPATIBLE, bundle="format=verity",
             slot="rootfs", filename="rootfs.squashfs", more=""):
    return (f"[update]\ncompatible={compatible}\nversion={version}\n\n"
            f"[bundle]\n{bundle}\n\n"
            f"[image.{slot}]\nfilename={filename}\n{more}")


# faketime leaves files behind when it is killed, and fails when its process
# number comes again.
SWEEP = ('rm -f "/dev/shm/faketime_shm_$$" "/dev/shm/sem.faketime_sem_$$"; '
         'exec "$@"')


def at_time(when, still=False):
    """A clock that begins there, or stands there still."""
    if when is None:
        return []
    # Zones must not matter: rauc and openssl read the time in UTC.
    return ["sh", "-c", SWEEP, "sh", "env", "TZ=UTC", "faketime", "-f",
            time.strftime(("" if still else "@") + "%Y-%m-%d %H:%M:%S",
                          time.gmtime(when))]


def bundle(out, rootfs, text, signer, when=None, more=None):
    """`rauc bundle`, signed at the time `when`; more(folder) puts further
    files beside the image."""
    folder = out + ".in"
    os.makedirs(folder)
    shutil.copyfile(rootfs, os.path.join(folder, "rootfs.squashfs"))
    with open(os.path.join(folder, "manifest.raucm"), "w") as f:
        f.write(text)
    if more:
        more(folder)
    run(*at_time(when), "rauc", "bundle", "--key", signer.key, "--cert",
        signer.cert, folder, out)
    shutil.rmtree(folder)
    return out


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def split(data):
    """The squashfs with its tree, and the CMS."""
    length, = struct.unpack(">Q", data[-LENGTH_BYTES:])
    at = len(data) - LENGTH_BYTES - length
    return data[:at], data[at:-LENGTH_BYTES]


def join(payload, cms):
    return payload + cms + struct.pack(">Q", len(cms))


def inner(cms):
    """The manifest that a CMS carries, as it was signed; not verified."""
    return subprocess.run(
        ["openssl", "cms", "-verify", "-noverify", "-nosigs", "-binary",
         "-inform", "DER"], input=cms, check=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL).stdout


def sign(text, *signers, when=None, more=()):
    """A CMS over `text` (bytes) by openssl, by as many as there are."""
    words = []
    for signer in signers:
        words += ["-signer", signer.cert, "-inkey", signer.key]
    return subprocess.run(
        [*at_time(when, still=True), "openssl", "cms", "-sign", "-binary",
         "-nodetach", "-nosmimecap", "-md", "sha256", "-outform", "DER",
         *words, *more],
        input=text, check=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL).stdout


def resigned(data, *signers, change=lambda text: text, when=None, more=()):
    """The same payload with a changed manifest, signed anew."""
    payload, cms = split(data)
    return join(payload, sign(change(inner(cms)), *signers, when=when,
                              more=more))
