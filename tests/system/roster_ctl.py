"""Keys on a stick between a kiosk and its gates, officers' badges, the words
of the day: what karcis-ctl does for an office without a hub."""

import hashlib
import json
import os
import re
import stat
import subprocess
import time

from terminal import (DONE, Failed, Office, admitted, holds, journal_copy,
                      label_on, paper_after, qr_of, same, sql)

ROSTER, OFFICER = 15, 19  # enum audit_kind of firmware/core/audit.h
GROUPS = r"\b(?:[0-9a-f]{4}-){7}[0-9a-f]{4}\b"
WRONG = "0123-4567-89ab-cdef-0123-4567-89ab-cdef"


class Place(Office):
    """A kiosk or gate whose terminal does not run."""

    def __init__(self, bench, name, terminal, role="kiosk", **kw):
        super().__init__(bench.build, os.path.join(bench.folder, name),
                         terminal=terminal, role=role, **kw)
        bench.offices.append(self)
        self.ctl("init")

    def state(self):
        """Every small file of the state directory, as a digest each."""
        found = {}
        folder = os.path.join(self.folder, "state")
        for name in sorted(os.listdir(folder)):
            if name.startswith(("journal", "cache", "lock", "control")):
                continue
            with open(os.path.join(folder, name), "rb") as f:
                found[name] = hashlib.sha256(f.read()).hexdigest()
        return found

    def show(self):
        return json.loads(self.ctl("roster", "show", "--json").stdout)

    def print_of(self):
        return self.show()["fingerprint"]

    def words(self):
        return self.ctl("words", "2026-12-01", "--days", "5").stdout

    def takes(self, path, *fingerprint):
        r = self.ctl("roster", "import", path, *fingerprint, check=False)
        same(r.returncode, 0, f"exit of import ({r.stdout})")
        return r.stdout

    def refuses(self, path, *fingerprint, saying, code=1):
        before = self.state()
        r = self.ctl("roster", "import", path, *fingerprint, check=False)
        same(r.returncode, code, f"exit of import ({r.stdout})")
        holds(r.stdout, saying, "import")
        same(self.state(), before, "the state after a refusal")
        return r.stdout

    def exports(self, name):
        path = os.path.join(self.folder, name)
        r = self.ctl("roster", "export", path, check=False)
        same(r.returncode, 0, f"exit of export ({r.stdout})")
        return path, r.stdout


def carry(kiosk, gate, name):
    """A gate's request to the kiosk, compared."""
    request, _ = gate.exports("request-" + name)
    kiosk.takes(request, gate.print_of())


def pair(b, name):
    kiosk = Place(b, name + "-kiosk", "kiosk-1")
    gate = Place(b, name + "-gate", "gate-1", "gate")
    carry(kiosk, gate, name)
    roster, _ = kiosk.exports("roster-1")
    gate.takes(roster, kiosk.print_of())
    return kiosk, gate, roster


def test_a_gate_gets_its_keys_when_both_fingerprints_were_compared(b):
    kiosk = Place(b, "walk-kiosk", "kiosk-1")
    gate = Place(b, "walk-gate", "gate-1", "gate")
    request, told = gate.exports("request")
    same(re.findall(GROUPS, told), [gate.print_of()], "what the gate shows")
    same(stat.S_IMODE(os.stat(request).st_mode), 0o600, "mode of the file")
    told = kiosk.refuses(request, saying="nothing was changed")
    same(re.findall(GROUPS, told), [gate.print_of()], "what the kiosk shows")
    kiosk.refuses(request, WRONG, saying="the fingerprint is another one")
    kiosk.refuses(request, "0123", saying="is no fingerprint")
    # The groups may be words of their own.
    kiosk.takes(request, *gate.print_of().upper().split("-"))
    holds(kiosk.takes(request), "gate-1 is known already", "import")
    roster, told = kiosk.exports("roster")
    holds(told, "with secrets for gate-1", "export")
    told = gate.refuses(roster, saying="this gate trusts no kiosk yet")
    same(re.findall(GROUPS, told), [kiosk.print_of()], "what the gate shows")
    gate.refuses(roster, WRONG, saying="the fingerprint is another one")
    told = gate.takes(roster, kiosk.print_of())
    holds(told, "tickets, short codes and booking codes can be judged",
          "import")
    shown = gate.show()
    same(shown["trusts"], kiosk.print_of(), "whom the gate trusts")
    same(shown["secrets"], True, "the gate's secrets")
    same([d["name"] for d in shown["devices"]], ["kiosk-1", "gate-1"],
         "devices")
    same(gate.words(), kiosk.words(), "the words of both")


def test_before_its_keys_came_a_gate_says_so(b):
    gate = Place(b, "fresh-gate", "gate-1", "gate")
    same(gate.show()["trusts"], "no kiosk yet", "whom the gate trusts")
    r = gate.ctl("words", check=False)
    same(r.returncode, 2, "exit of words")
    holds(r.stdout, "no secrets of the office yet", "words")
    r = gate.ctl("ticket", "verify", "0" * 200, check=False)
    same(r.returncode, 2, "exit of ticket verify")
    holds(r.stdout, "no keys yet", "ticket verify")


def test_versions_only_go_up(b):
    kiosk, gate, first = pair(b, "versions")
    one = gate.show()["version"]
    holds(gate.takes(first), f"version {one} is taken already", "import")
    second, _ = kiosk.exports("roster-2")
    third, _ = kiosk.exports("roster-3")
    gate.takes(third)
    three = gate.show()["version"]
    if three <= one:
        raise Failed(f"{three} after {one}")
    told = gate.refuses(second, saying="is older than version")
    holds(told, str(three), "import")
    gate.refuses(first, saying=f"version {one} is older")
    journal = sql(journal_copy(gate), "SELECT detail FROM entry WHERE "
                  f"kind = {ROSTER} ORDER BY n")
    same(journal, [str(one), str(three)], "versions in the journal")
    made = sql(journal_copy(kiosk), "SELECT n FROM entry WHERE kind = "
               f"{ROSTER} AND text = 'roster exported' ORDER BY n")
    same([made[0], made[2]], [str(one), str(three)], "entries of the exports")


def test_another_kiosks_roster_is_refused(b):
    kiosk, gate, _ = pair(b, "other")
    stranger = Place(b, "other-stranger", "kiosk-1")
    carry(stranger, gate, "stranger")
    for n in range(9):  # its version is the higher one
        roster, _ = stranger.exports(f"roster-{n}")
    told = gate.refuses(roster, saying="another kiosk than the one")
    same(set(re.findall(GROUPS, told)),
         {kiosk.print_of(), stranger.print_of()}, "both fingerprints")
    gate.refuses(roster, stranger.print_of(), saying="another kiosk")
    # The kiosk was replaced: a technician says so.
    os.unlink(os.path.join(gate.folder, "state/root"))
    gate.refuses(roster, saying="trusts no kiosk yet")
    gate.takes(roster, stranger.print_of())
    same(gate.show()["trusts"], stranger.print_of(), "whom the gate trusts")
    same(gate.words(), stranger.words(), "the words of both")


def hostile(roster):
    """(name, bytes, sentence) of files that are no good roster."""
    with open(roster, "rb") as f:
        good = f.read()
    lines = good.split(b"\n")
    yield "empty", b"", "not a roster"
    yield "noise", bytes(range(256)) * 40, "not a roster"
    yield "nul", b"\0" + good, "not a roster"
    yield "mark", b"\xef\xbb\xbf" + good, "not a roster"
    yield "long", good + b"x" * 70000, "longer than 65536 bytes"
    yield "zeros", b"karcis-roster 1\n" + b"0" * 60000, "line 2"
    yield "crlf", good.replace(b"\n", b"\r\n"), "line 1: a byte"
    yield "cut", good[:-40], "line"
    yield "more", good + b"device 9\n", "something follows the signature"
    yield "newer", good.replace(b"karcis-roster 1", b"karcis-roster 2"), \
        "a newer release"
    yield "version", good.replace(lines[2], b"version 999999"), \
        "the signature does not fit"
    yield "office", good.replace(b"office 4102", b"office 4103"), \
        "the signature does not fit"
    yield "twice", good.replace(lines[5], lines[5] + b"\n" + lines[5]), \
        "line 7: this device number came before"
    yield "swapped", good.replace(lines[1] + b"\n" + lines[2],
                                  lines[2] + b"\n" + lines[1]), "line 2: not"
    yield "unsigned", b"\n".join(lines[:-2]) + b"\n", "line"
    yield "escape", good.replace(b"kiosk-1", b"kio\x1b[2J"), "line 6: a byte"
    yield "format", good.replace(b"kiosk-1", b"%n%s%n%"), "line 6: a name"
    yield "path", good.replace(b"kiosk-1", b"../../x"), "line 6: a name"


def test_hostile_sticks_change_nothing_and_are_named(b):
    kiosk, gate, roster = pair(b, "hostile")
    for name, data, sentence in hostile(roster):
        path = os.path.join(gate.folder, name)
        with open(path, "wb") as f:
            f.write(data)
        gate.refuses(path, saying=sentence)
        kiosk.refuses(path, saying="roster")
    gate.refuses(gate.folder, saying="not a regular file", code=2)
    gate.refuses("/dev/zero", saying="not a regular file", code=2)
    gate.refuses(os.path.join(gate.folder, "nowhere"), saying="No such file",
                 code=2)
    pipe = os.path.join(gate.folder, "pipe")
    os.mkfifo(pipe)
    gate.refuses(pipe, saying="not a regular file", code=2)
    # Each file at its place only.
    gate.refuses(gate.exports("request-own")[0], saying="import it at the "
                 "kiosk")
    kiosk.refuses(roster, saying="import it at a gate")
    # A shorter file at the end: the roster that was there still counts.
    holds(gate.takes(roster), "is taken already", "import")


def test_a_request_of_another_office_or_name_is_refused(b):
    kiosk = Place(b, "request-kiosk", "kiosk-1")
    same_name = Place(b, "request-same", "kiosk-1", "gate")
    kiosk.refuses(same_name.exports("request")[0], same_name.print_of(),
                  saying="is called kiosk-1 like this kiosk")
    other = Place(b, "request-other", "gate-1", "gate")
    with open(other.config, encoding="utf-8") as f:
        text = f.read()
    with open(other.config, "w", encoding="utf-8") as f:
        f.write(text.replace("id = 4102", "id = 4103"))
    kiosk.refuses(other.exports("request")[0], other.print_of(),
                  saying="of office 4103")
    with open(other.exports("request-2")[0], "rb") as f:
        data = f.read().replace(b"gate-1", b"gate-9")
    path = os.path.join(other.folder, "changed")
    with open(path, "wb") as f:
        f.write(data)
    kiosk.refuses(path, other.print_of(), saying="the signature does not fit")


def test_an_import_killed_at_any_moment_can_be_done_again(b):
    kiosk = Place(b, "killed-kiosk", "kiosk-1")
    gate = Place(b, "killed-gate", "gate-1", "gate")
    carry(kiosk, gate, "killed")
    cut = 0
    for n in range(15):
        roster, _ = kiosk.exports(f"roster-{n}")
        wanted = kiosk.show()["version"]
        before = gate.show()["version"]
        p = subprocess.Popen(
            [os.path.join(gate.build, "karcis-ctl"), "--config", gate.config,
             "roster", "import", roster, kiosk.print_of()],
            env=gate.environment(), stdout=subprocess.DEVNULL)
        time.sleep(0.003 * n)
        p.kill()
        cut += p.wait() != 0
        shown = gate.show()
        if shown["version"] not in (before, wanted):
            raise Failed(f"version {shown['version']} after a kill, between "
                         f"{before} and {wanted}")
        gate.takes(roster, kiosk.print_of())
        shown = gate.show()
        same((shown["version"], shown["secrets"]), (wanted, True),
             "version and secrets")
        same(gate.words(), kiosk.words(), "the words of both")
    if cut < 5:
        raise Failed(f"only {cut} of 15 imports were cut off")


def test_an_export_never_writes_over_a_file(b):
    kiosk, gate, roster = pair(b, "overwrite")
    before = kiosk.state()
    for place, path in ((kiosk, roster), (gate, gate.config)):
        r = place.ctl("roster", "export", path, check=False)
        same(r.returncode, 2, "exit of export")
        holds(r.stdout, "exists already and stays", "export")
    same(kiosk.state(), before, "the state")
    r = kiosk.ctl("roster", "export", "/proc/nowhere/x", check=False)
    same(r.returncode, 2, "exit of export to nowhere")


def test_a_removed_gate_gets_no_secrets(b):
    kiosk, gate, _ = pair(b, "removed")
    kiosk.ctl("roster", "remove", "gate-1")
    same(kiosk.ctl("roster", "remove", "gate-1", check=False).returncode, 1,
         "exit of a second removal")
    roster, told = kiosk.exports("roster-2")
    holds(told, "no gate", "export")
    with open(roster, "rb") as f:
        same(b"gate-1" in f.read(), False, "gate-1 in the roster")
    told = gate.takes(roster)
    holds(told, "gate-1 is not among its gates", "import")
    same([(g["name"], g["state"]) for g in kiosk.show()["gates"]],
         [("gate-1", "removed")], "the kiosk's gates")


def test_bookings_that_came_before_the_keys_are_told(b):
    """Their hashes are of a key that the roster replaces; no code would be
    known any more where codes open."""
    said = ("1 bookings that were imported before fit no code; "
            "import them again")
    kiosk = Place(b, "before-kiosk", "kiosk-1")
    gate = Place(b, "before-gate", "gate-1", "gate")
    code = gate.ctl("code", "new").stdout.strip()
    bookings = os.path.join(gate.folder, "bookings.csv")
    with open(bookings, "w", encoding="utf-8") as f:
        f.write("code,service,date,start,end\n"
                f"{code},paspor-baru,{gate.today},09:00,09:15\n")
    gate.ctl("import", bookings)
    carry(kiosk, gate, "before")
    roster, _ = kiosk.exports("roster-1")
    holds(gate.takes(roster, kiosk.print_of()), said, "import")
    # The same key again: they are good.
    gate.ctl("import", bookings)
    roster, _ = kiosk.exports("roster-2")
    told = gate.takes(roster)
    same(said in told, False, f"said once more in {told!r}")


def test_a_box_for_an_older_key_of_the_gate_is_told(b):
    kiosk, gate, _ = pair(b, "newkey")
    # The gate's card was lost: same name, new keys.
    again = Place(b, "newkey-again", "gate-1", "gate")
    roster, _ = kiosk.exports("roster-2")
    r = again.ctl("roster", "import", roster, kiosk.print_of(), check=False)
    same(r.returncode, 1, "exit of import")
    holds(r.stdout, "for another key of gate-1", "import")
    same(again.show()["secrets"], False, "secrets")
    same(again.ctl("words", check=False).returncode, 2, "exit of words")
    carry(kiosk, again, "again")
    same(len(kiosk.show()["gates"]), 1, "gates of the kiosk")
    roster, _ = kiosk.exports("roster-3")
    again.takes(roster)
    same(again.words(), kiosk.words(), "the words of both")


def verdict(place, digits):
    r = place.ctl("ticket", "verify", digits, check=False)
    return r.returncode, r.stdout.split("\n", 1)[0]


def gate_says(place, digits):
    found = re.search(r"^gate: (.*)$",
                      place.ctl("ticket", "verify", digits).stdout, re.M)
    return found.group(1)


def test_a_key_ends_with_its_day_and_can_be_revoked(b):
    kiosk = b.office("revoke-kiosk")
    digits = admitted(kiosk, kiosk.codes["good"][0])
    kiosk.stop()
    kiosk = b.offices[-1]
    gate = Place(b, "revoke-gate", "gate-1", "gate")
    old = kiosk_show(kiosk)["devices"][0]["key_id"]
    r = kiosk.ctl("roster", "revoke", str(old), check=False)
    same(r.returncode, 1, "exit of revoke of the present key")
    holds(r.stdout, "first rekey", "revoke")
    told = kiosk.ctl("rekey").stdout
    holds(told, f"key {old} is good for tickets up to {kiosk.today}", "rekey")
    request, _ = gate.exports("request")
    kiosk.ctl("roster", "import", request, gate.print_of())
    kiosk.ctl("roster", "export", kiosk.folder + "/one")
    gate.takes(kiosk.folder + "/one", kiosk_show(kiosk)["fingerprint"])
    same(verdict(gate, digits), (0, "ticket: valid"), "the ticket's verdict")
    same(gate_says(gate, digits), "open, if it was not used", "the gate")
    same(gate.show()["devices"][1]["until"], str(kiosk.today), "until")
    same(kiosk.ctl("roster", "revoke", "0", check=False).returncode, 1,
         "exit of revoke of no key")
    kiosk.ctl("roster", "revoke", str(old))
    holds(kiosk.ctl("roster", "revoke", str(old)).stdout, "already", "revoke")
    same(verdict(gate, digits), (0, "ticket: valid"), "before the stick came")
    kiosk.ctl("roster", "export", kiosk.folder + "/two")
    gate.takes(kiosk.folder + "/two")
    for place in (gate, kiosk):
        same(verdict(place, digits), (1, "ticket: key-revoked: its key is "
                                      "revoked"), "the ticket's verdict")


def kiosk_show(kiosk):
    return json.loads(kiosk.ctl("roster", "show", "--json").stdout)


def test_ticket_verify_speaks_like_the_gate(b):
    kiosk = b.office("verify-kiosk")
    digits = admitted(kiosk, kiosk.codes["good"][0])
    same(gate_says(kiosk, digits), "open, if it was not used", "at 9")
    kiosk.clock = "16:30:00"
    same(gate_says(kiosk, digits), "over", "at 16.30")
    other = str((int(digits[100]) + 1) % 10)
    forged = digits[:100] + other + digits[101:]
    same(verdict(kiosk, forged)[0], 1, "exit of a changed digit")
    r = kiosk.ctl("ticket", "verify", forged, check=False).stdout
    if "label" in r:
        raise Failed(f"a forged ticket's label is told: {r}")
    same(verdict(kiosk, digits[1:]), (1, "ticket: form: not the text of a "
                                      "ticket"), "199 digits")


def test_keys_are_carried_while_both_run(b):
    kiosk = b.office("running-kiosk")
    gate = Place(b, "running-gate", "gate-1", "gate")
    gate.start(b.screen.display)
    gate.wait_screen("ready")
    request, told = gate.exports("request")
    kiosk.ctl("roster", "import", request, re.findall(GROUPS, told)[0])
    kiosk.ctl("roster", "export", kiosk.folder + "/roster")
    gate.takes(kiosk.folder + "/roster", kiosk_show(kiosk)["fingerprint"])
    s = json.loads(gate.ctl("status", "--json").stdout)
    same((s["roster"], s["gates"], s["secrets"], s["inside"], s["officers"],
          s["output"], s["printer"]),
         (kiosk_show(kiosk)["version"], 1, True, 0, 0, "none", "none"),
         "the gate's status")
    s = json.loads(gate.ctl("inside", "--json").stdout)
    same(s, {"inside": [], "persons": 0}, "who is inside")
    # What was brought counts at once: nothing is started anew.
    gate.scan(admitted(kiosk, kiosk.codes["good"][0]))
    gate.wait_screen("shown")
    s = json.loads(gate.ctl("inside", "--json").stdout)
    same((s["persons"], s["inside"][0]["number"], s["inside"][0]["at"]),
         (1, label_on(kiosk), "09.00"), "who is inside")
    badge = badge_of(gate.ctl("officer", "add", "Budi").stdout)
    os.write(gate.scanner, badge.encode() + b"\r")
    gate.wait_screen("officer")
    r = gate.ctl("print", "test", check=False)
    same(r.returncode, 2, "exit of print test at a gate")
    holds(r.stdout, "a gate has no printer", "print test")
    day = json.loads(gate.ctl("report", str(gate.today), "--json").stdout)
    same((day["went_in"], day["went_out"], day["overrides"]), (1, 0, 0),
         "the gate's report")


def test_an_office_with_a_hub_enrols_its_gates_there(b):
    place = Place(b, "hub-kiosk", "kiosk-1")
    with open(place.config, "a", encoding="utf-8") as f:
        f.write("[hub]\nurl = https://hub.example\nkey = hub.pub\n")
    with open(place.folder + "/hub.pub", "w", encoding="ascii") as f:
        f.write("00" * 32 + "\n")
    with open(place.folder + "/state/enrolment", "w", encoding="ascii") as f:
        f.write("karcis-enrolment 1\nurl https://hub.example\nhub_key "
                + "00" * 32 + "\noffice 4102\ndevice 1\nname kiosk-1\n"
                "role kiosk\nletter S\nepoch 1\n")
    os.chmod(place.folder + "/state/enrolment", 0o600)
    for words in (("export", place.folder + "/x"), ("remove", "gate-1"),
                  ("revoke", "7"), ("import", place.config)):
        r = place.ctl("roster", *words, check=False)
        same(r.returncode, 2, f"exit of roster {words[0]}")
        holds(r.stdout, "this office has a hub: gates enrol there", "roster")


def badge_of(text):
    return re.findall(r"KARCIS-OFFICER-[0-9A-HJKMNP-TV-Z]{26}", text)[0]


def test_a_badge_is_shown_once_and_kept_nowhere(b):
    gate = Place(b, "officer-gate", "gate-1", "gate")
    png = gate.folder + "/badge.png"
    told = gate.ctl("officer", "add", "Budi Santoso", "--png", png).stdout
    badge = badge_of(told)
    same(qr_of(png), badge, "what the picture says")
    same(stat.S_IMODE(os.stat(png).st_mode), 0o600, "mode of the picture")
    told = gate.ctl("officer", "add", "Siti").stdout
    if "\u2588" not in told or badge_of(told) == badge:
        raise Failed("no QR, or the same badge twice")
    for name in os.listdir(gate.folder + "/state"):
        with open(gate.folder + "/state/" + name, "rb") as f:
            same(badge[15:].encode() in f.read(), False, f"badge in {name}")
    same(json.loads(gate.ctl("officer", "list", "--json").stdout),
         {"officers": [{"name": "Budi Santoso"}, {"name": "Siti"}]},
         "officers")
    same(gate.ctl("officer", "add", "Siti", check=False).returncode, 1,
         "exit of a second badge for a name")
    same(gate.ctl("officer", "add", "x" * 24, check=False).returncode, 1,
         "exit of a long name")
    r = gate.ctl("officer", "add", "New", "--png", png, check=False)
    same(r.returncode, 2, "exit where the picture exists")
    gate.ctl("officer", "remove", "Siti")
    same(gate.ctl("officer", "remove", "Siti", check=False).returncode, 1,
         "exit of a second removal")
    same(gate.ctl("officer", "list").stdout, "officers: Budi Santoso\n",
         "officers")
    text = sql(journal_copy(gate), "SELECT replace(text, ' ', '_') FROM "
               f"entry WHERE kind = {OFFICER} ORDER BY n")
    same(text, ["added:_Budi_Santoso", "added:_Siti", "removed:_Siti"],
         "the journal")


def test_the_words_are_listed_and_printed(b):
    kiosk = b.office("words-kiosk")
    listed = kiosk.ctl("words", "--days", "3").stdout.splitlines()
    same(len(listed), 4, "lines of words")
    holds(listed[0], "Kantor Imigrasi Singkawang", "the list's office")
    same(listed[1][:10], str(kiosk.today), "the first day")
    before = len(kiosk.papers())
    kiosk.ctl("print", "words", "--days", "3")
    paper = paper_after(kiosk, before)
    text = subprocess.run(["tesseract", paper, "-", "-l", "ind", "--psm",
                           "4"], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False).stdout
    for line in listed[1:]:
        holds(text, line.split()[2], "the paper")
    holds(text, "Singkawang", "the paper")
    for words in (("words", "yesterday"), ("words", "--days", "0"),
                  ("words", "--days", "367"), ("print", "words", "--days",
                                               "32"), ("print", "word")):
        same(kiosk.ctl(*words, check=False).returncode, 2, f"exit of {words}")


def gates_of_tickets(kiosk, codes):
    """The home gate that stands on each ticket's paper, in its text form."""
    found = []
    for code in codes:
        before = len(kiosk.papers())
        kiosk.scan(code)
        kiosk.wait_screen("ticket")
        with open(paper_after(kiosk, before)[:-3] + "bin", "rb") as f:
            found.append((re.findall(rb"Pintu: (gate-\d)", f.read()) +
                          [None])[0])
        kiosk.press_action(DONE)
        kiosk.wait_screen("home")
    return found


def test_with_two_gates_the_paper_names_the_home_gate(b):
    kiosk = b.office("home-kiosk", count=24, form="text")
    codes = kiosk.codes["good"]
    same(gates_of_tickets(kiosk, codes[:1]), [None], "gates without any")
    for n in (1, 2):
        gate = Place(b, f"home-gate-{n}", f"gate-{n}", "gate")
        request, told = gate.exports("request")
        kiosk.ctl("roster", "import", request, re.findall(GROUPS, told)[0])
        kiosk.ctl("roster", "export", f"{kiosk.folder}/roster-{n}")
        if n == 1:
            same(gates_of_tickets(kiosk, codes[1:2]), [None],
                 "gates with one")
    found = gates_of_tickets(kiosk, codes[2:22])
    if None in found or len(set(found)) != 2:
        raise Failed(f"home gates: {found}")


TESTS = [
    test_a_gate_gets_its_keys_when_both_fingerprints_were_compared,
    test_before_its_keys_came_a_gate_says_so,
    test_versions_only_go_up,
    test_another_kiosks_roster_is_refused,
    test_hostile_sticks_change_nothing_and_are_named,
    test_a_request_of_another_office_or_name_is_refused,
    test_an_import_killed_at_any_moment_can_be_done_again,
    test_an_export_never_writes_over_a_file,
    test_a_removed_gate_gets_no_secrets,
    test_bookings_that_came_before_the_keys_are_told,
    test_a_box_for_an_older_key_of_the_gate_is_told,
    test_a_key_ends_with_its_day_and_can_be_revoked,
    test_ticket_verify_speaks_like_the_gate,
    test_keys_are_carried_while_both_run,
    test_an_office_with_a_hub_enrols_its_gates_there,
    test_a_badge_is_shown_once_and_kept_nowhere,
    test_the_words_are_listed_and_printed,
    test_with_two_gates_the_paper_names_the_home_gate,
]
