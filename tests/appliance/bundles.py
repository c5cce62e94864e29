"""Further versions of the system, made of the image's root file system: a
healthy one, one whose kernel panics, one whose terminal never comes up. And
update sticks with their bundles."""

import os
import subprocess

import sticks
from machine import ROOT, Failed

IMAGE = os.path.join(ROOT, "build/image")
PKI = os.path.join(ROOT, "build/pki")


def run(*argv, **kw):
    r = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       stdin=subprocess.DEVNULL, check=False, timeout=900,
                       **kw)
    if r.returncode != 0:
        raise Failed(f"{' '.join(argv[:4])}: "
                     f"{r.stdout.decode(errors='replace')[-400:]}")
    return r.stdout.decode(errors="replace")


# What makes a system sick: a script that is given the unpacked tree.
SICK = {
    "good": None,
    # The first program ends at once: the kernel panics.
    "panics": """rm -f "$1/sbin/init"
printf '#!/bin/sh\\nexit 1\\n' >"$1/sbin/init"
chmod 755 "$1/sbin/init"
""",
    # The terminal shows nothing and never says that it is well.
    "never-healthy": """printf '#!/bin/sh\\nexec sleep 100000\\n' \
    >"$1/usr/bin/karcis"
""",
}


def make_root(folder, kind, version, security):
    """The image's root file system as another version."""
    os.makedirs(folder, exist_ok=True)
    out = os.path.join(folder, f"{kind}.squashfs")
    argv = ["bash", os.path.join(ROOT, "assets/image/rerelease.sh"),
            f"{IMAGE}/rootfs.squashfs", version, str(security), out]
    if SICK[kind]:
        script = os.path.join(folder, f"{kind}.sh")
        with open(script, "w", encoding="ascii") as f:
            f.write("#!/bin/sh\nset -e\n" + SICK[kind])
        os.chmod(script, 0o755)
        argv.append(os.path.abspath(script))
    run(*argv)
    return out


def make_bundle(ctl, root, out):
    """Signed with the key that the image trusts (build/pki)."""
    if os.path.exists(out):
        os.unlink(out)
    run(ctl, "bundle", "make", "--key", f"{PKI}/signer/signer.key", "--cert",
        f"{PKI}/signer/signer.pem", "--keyring", f"{PKI}/keyring.pem",
        "--image", root, "--out", out)
    return out


def update_stick(path, bundle, name="update.raucb", **more):
    files = {name: bundle}
    files.update(more)
    size = sum(os.path.getsize(f) if isinstance(f, str) else len(f)
               for f in files.values())
    return sticks.make(path, files, max(64, (size >> 20) + 32))
