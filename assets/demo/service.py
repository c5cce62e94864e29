"""Service mode in the demo: a technician with a badge and a PIN, karcis-update
with files in place of slots, and a folder in place of a stick."""

import os
import re
import shutil
import subprocess

from office import ROOT, Failed, wait_for

PIN = "271828"


def run(words, **kw):
    r = subprocess.run(words, text=True, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, check=False, **kw)
    if r.returncode != 0:
        raise Failed(f"{words[0]}: {r.stdout}")
    return r.stdout


class Service:
    """What stands beside one office's terminal; made before it starts. The
    office's configuration names the socket (line())."""

    @staticmethod
    def line(folder):
        return f"[update]\nsocket = {os.path.abspath(folder)}/update.sock\n"

    def __init__(self, office, folder):
        self.office, self.folder = office, os.path.abspath(folder)
        self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("usb", "stick/in", "stick/out", "state"):
            os.makedirs(os.path.join(self.folder, name))
        self.usb = os.path.join(self.folder, "usb")
        self.slots = os.path.join(self.folder, "slots")
        self.update = os.path.join(office.build, "karcis-update")
        self.ctl = os.path.join(office.build, "karcis-ctl")
        self.keys = os.path.join(self.folder, "keys")
        run(["sh", os.path.join(ROOT, "assets/rauc/test-keys.sh"), self.ctl,
             self.keys])
        run([self.update, "--backend", "files:" + self.slots, "--make",
             self._system("0.4.0", 1)])
        self.badge = self._technician("Agus")

    def _system(self, version, security):
        """A root file system of nothing but its release."""
        root = os.path.join(self.folder, version)
        os.makedirs(os.path.join(root, "usr/share/karcis"))
        with open(os.path.join(root, "usr/share/karcis/release"), "w",
                  encoding="ascii") as f:
            f.write(f"product karcis\ncompatible karcis-x86-64\n"
                    f"version {version}\nsecurity {security}\n"
                    f"built 1793466000\n")
        run(["mksquashfs", root, root + ".squashfs", "-quiet",
             "-no-progress"])
        return root + ".squashfs"

    def bundle(self, version, security):
        """Its file on the stick."""
        out = os.path.join(self.usb, f"karcis-{version}.raucb")
        run([self.ctl, "bundle", "make",
             "--key", os.path.join(self.keys, "signer/signer.key"),
             "--cert", os.path.join(self.keys, "signer/signer.pem"),
             "--keyring", os.path.join(self.keys, "keyring.pem"),
             "--image", self._system(version, security), "--out", out])
        return out

    def _technician(self, name):
        read, write = os.pipe()
        os.write(write, (PIN + "\n").encode())
        os.close(write)
        text = run([self.ctl, "--config", self.office.config, "technician",
                    "add", name, "--pin-fd", str(read)], pass_fds=[read],
                   env=self.office.environment())
        os.close(read)
        return re.findall(r"KARCIS-TECHNICIAN-[0-9A-Z]{26}", text)[0]

    def start(self):
        socket = os.path.join(self.folder, "update.sock")
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [self.update, "--backend", "files:" + self.slots, "--keyring",
                 os.path.join(self.keys, "keyring.pem"), "--state",
                 os.path.join(self.folder, "state"), "--stick",
                 "dir:" + self.usb, "--in", self.folder + "/stick/in",
                 "--out", self.folder + "/stick/out", "--socket", socket],
                stdout=log, stderr=log)
        wait_for("karcis-update", lambda: os.path.exists(socket))

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait(20)

    # What a person does at the terminal.

    def press(self, name):
        def there():
            return [i for i in self.office.read_layout()[1]
                    if i[4] == "tech-" + name]
        self.office.press_at(wait_for("the button " + name, there)[0])

    def wait_text(self, text):
        wait_for(f"{text!r} on the screen", lambda: text in " ".join(
            self.office.texts()), 60)

    def open(self):
        self.office.scan_plain(self.badge)
        self.office.wait_screen("tech-pin")
        for digit in PIN:
            self.office.press_key(digit)
        self.press("enter")
        self.office.wait_screen("tech-menu")


def walk(service, story):
    """A technician's morning: a look, a damaged update, the right one."""
    office = service.office
    bundle = service.bundle("0.5.0", 2)
    with open(bundle, "rb") as f:
        good = f.read()
    with open(bundle, "r+b") as f:
        f.seek(len(good) // 3)
        f.write(bytes([good[len(good) // 3] ^ 1]))
    service.open()
    story.picture(office, "22-service", "A technician's badge and PIN: "
                  "service mode")
    service.press("status")
    office.wait_screen("tech-status")
    story.picture(office, "23-service-status", "How the machine is")
    service.press("back")
    service.press("update")
    office.wait_screen("tech-update")
    service.press("start")
    service.wait_text("Pembaruan ditemukan")
    story.picture(office, "24-update-offered", "An update from a stick: "
                  "from, to, and who signed it")
    service.press("confirm")
    service.wait_text("Tidak dipasang")
    story.picture(office, "25-update-refused", "One bit of it is not as it "
                  "was signed: nothing is changed")
    with open(bundle, "wb") as f:
        f.write(good)
    service.press("start")
    service.wait_text("Pembaruan ditemukan")
    service.press("confirm")
    service.wait_text("Mulai ulang")
    story.picture(office, "26-update-ready", "The right one is in the other "
                  "slot and waits for a restart")
    service.press("back")
    service.press("back")
    office.wait_screen("home")
