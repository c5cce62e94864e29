"""A gate for the demo and the system tests: an Office whose terminal is a
gate, and the walk of the stick that gives it the kiosk's keys."""

import os
import re
import subprocess

from office import Failed, Office

PRINT = re.compile(r"\b(?:[0-9a-f]{4}[- ]){7}[0-9a-f]{4}\b|\b[0-9a-f]{32}\b")


class Gate(Office):
    """`extra`: further lines of its configuration."""

    def __init__(self, build, folder, gate="", **options):
        options.setdefault("terminal", "gate-1")
        options.setdefault("size", "1024x600")
        options.setdefault("diagonal", "10.1")
        super().__init__(build, folder, role="gate",
                         extra="[gate]\n" + gate +
                         options.pop("extra", ""), **options)

    def _write_config(self, *args):
        super()._write_config(*args)
        with open(self.config, encoding="utf-8") as f:
            text = f.read()
        # A gate has no printer of its own.
        text = re.sub(r"\[printer\]\ndevice = .*\n", "", text)
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(text)

    def press(self, name):
        """A button by its press, "gate-type"."""
        for item in self.read_layout()[1]:
            if item[4] == name:
                self.press_at(item)
                return
        raise Failed(f"there is no button {name} on the screen "
                     f"{self.read_layout()[0]}")

    def says(self, words):
        """Whether its screen shows these words, on as many lines as it
        likes."""
        return words in " ".join(self.texts())


def fingerprint(text):
    found = PRINT.search(text)
    if not found:
        raise Failed("no fingerprint in: " + text)
    return found.group(0)


def join(kiosk, gate, stick):
    """The stick goes from the gate to the kiosk and back; both fingerprints
    are compared, here by the machine."""
    os.makedirs(stick, exist_ok=True)
    wish, roster = (os.path.join(stick, n) for n in ("gate", "roster"))
    for path in (wish, roster):
        if os.path.exists(path):
            os.unlink(path)
    own = gate.ctl("roster", "export", wish).stdout
    kiosk.ctl("roster", "import", wish, *fingerprint(own).split())
    made = kiosk.ctl("roster", "export", roster).stdout
    return gate.ctl("roster", "import", roster,
                    *fingerprint(made).split()).stdout


def digits_of(paper):
    """The ticket's digits on a paper, read by zbar."""
    return subprocess.run(["zbarimg", "-q", "--raw", paper], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True).stdout.strip()
