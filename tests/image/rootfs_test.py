#!/usr/bin/env python3
"""The root file system that `make image` built: what is in it, and what is not."""
import os
import re
import subprocess

from check import check, end

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGE = os.path.join(HERE, "../../assets/image")
ROOTFS = os.path.join(HERE, "../../build/image/rootfs.squashfs")


def cat(path):
    return subprocess.run(["unsquashfs", "-cat", ROOTFS, path], capture_output=True,
                          timeout=60, check=True).stdout.decode()


def words(name):
    with open(os.path.join(IMAGE, name), encoding="ascii") as f:
        return [line.split() for line in f if line.strip() and not line.startswith("#")]


def main():
    if not os.path.exists(ROOTFS):
        print("skipped: no build/image/rootfs.squashfs (say make image)")
        return
    listing = subprocess.run(["unsquashfs", "-lls", ROOTFS], capture_output=True, text=True,
                             timeout=60, check=True).stdout
    files = {}
    for line in listing.splitlines():
        row = line.split(None, 5)
        if len(row) == 6 and row[5].startswith("squashfs-root"):
            name, _, target = row[5].partition(" -> ")
            files[name[len("squashfs-root"):] or "/"] = (row[0], row[1], target)

    check("its size is under 150 MB", os.path.getsize(ROOTFS) < 150 << 20, True)
    check("kernel, initramfs and release are there",
          [f in files for f in ("/boot/vmlinuz", "/boot/initrd.img", "/usr/share/karcis/release")],
          [True] * 3)
    release = dict(line.split(" ", 1) for line in cat("usr/share/karcis/release").splitlines())
    check("the release names product and machine",
          (release["product"], release["compatible"]), ("karcis", "karcis-x86-64"))
    check("version, security and built are numbers",
          [bool(re.fullmatch(p, release[k])) for k, p in
           (("version", r"\d+\.\d+\.\d+"), ("security", r"\d+"), ("built", r"\d+"))], [True] * 3)

    check("only root owns the root", (files["/"][0], files["/"][1]), ("drwxr-xr-x", "root/root"))
    check("no program takes on its owner's rights",
          sorted(n for n, f in files.items() if f[0][0] == "-" and "s" in f[0].lower()), [])
    check("nobody but the owner writes anywhere",
          sorted(n for n, f in files.items()
                 if f[0][0] in "-d" and f[0][8] == "w" and f[0][9] not in "tT"), [])
    shadow = [line.split(":") for line in cat("etc/shadow").splitlines()]
    check("nobody has a password", [w[0] for w in shadow if not re.fullmatch(r"[!*]+", w[1])], [])
    passwd = {w[0]: w[2] for w in (line.split(":") for line in cat("etc/passwd").splitlines())}
    check("users have the numbers of users.txt",
          {n: passwd.get(n) for n, _ in words("users.txt")}, dict(words("users.txt")))
    check("no two users have one number", len(set(passwd.values())), len(passwd))

    masked = ("getty@.service", "serial-getty@.service", "autovt@.service", "console-getty.service",
              "ctrl-alt-del.target", "debug-shell.service")
    check("no login and no restart by keys",
          {u: files.get("/etc/systemd/system/" + u, ("", "", ""))[2] for u in masked},
          {u: "/dev/null" for u in masked})
    programs = {os.path.basename(f) for f in files if f.startswith(("/usr/bin/", "/usr/sbin/"))}
    present = {os.path.basename(f) for f in files}
    check("no remote login, package tool, compiler or interpreter",
          sorted(programs & {"sshd", "apt", "apt-get", "dpkg", "gcc", "perl", "python3", "telnetd"}),
          [])
    check("no Mesa and no LLVM",
          sorted(n for n in present if n.startswith(("libLLVM", "libGLX_mesa", "libEGL_mesa",
                                                     "libgallium"))
                 or n.endswith("_dri.so")), [])

    modules = {os.path.basename(f)[:-3].replace("-", "_") for f in files if f.endswith(".ko")}
    check("the modules that the list wants are there",
          [w[-1] for w in words("modules.txt") if "maybe" not in w and w[-1] not in modules], [])
    check("no driver of a network, radio or camera card that comes by USB but uvcvideo",
          sorted(m for m in modules if re.match(r"(usbnet|cdc_ether|rndis|btusb|cfg80211|asix)", m)),
          [])

    conf = cat("etc/rauc/system.conf")
    for line in ("compatible=karcis-x86-64", "bundle-formats=-plain", "activate-installed=false",
                 "check-crl=true", "use-bundle-signing-time=true", "check-purpose=codesign"):
        check(f"RAUC: {line}", line in conf.splitlines(), True)
    check("the keyring can be read by all, and has no private key",
          (files["/etc/rauc/keyring.pem"][0], "PRIVATE" in cat("etc/rauc/keyring.pem")),
          ("-rw-r--r--", False))
    with open(os.path.join(IMAGE, "../../build/image/packages.txt"), encoding="ascii") as f:
        rows = [line.split() for line in f]
    names = [r[0].split(":")[0] for r in rows]
    check("packages.txt names each package with its version, kernel and our own too",
          ([r for r in rows if len(r) != 2], any(n.startswith("linux-image-") for n in names),
           "karcis-terminal" in names), ([], True, True))
    end()


main()
