"""What staff do at a terminal under a hub: enrol it, ask how it stands; and
what it says when it can't know."""

import hashlib
import json
import os
import stat
import subprocess

from office_common import holds, same, true, wait_for
from office_judge import judge
from office_network import PORTAL, forged

EXIT_COULD_NOT = 2


def keys_of(kiosk):
    """What an enrolment changes, by content."""
    found = {}
    for name in ("keys", "request.key", "enrolment"):
        path = kiosk.state(name)
        if os.path.exists(path):
            with open(path, "rb") as f:
                found[name] = hashlib.sha256(f.read()).hexdigest()
    return found


def test_the_qr_of_a_token_reads_and_enrols(b):
    o = b.office()
    kiosk = o.kiosk("kiosk-1", run=False, enrol=False)
    kiosk.start()
    kiosk.shows("Kiosk ini sedang rusak")
    holds(kiosk.log_text(), "not enrolled; run karcis-ctl enrol", "the log")
    kiosk.stop()
    png = os.path.join(o.hub.folder, "token.png")
    printed = o.hub.token("kiosk", "kiosk-1", png)
    same(stat.S_IMODE(os.stat(png).st_mode), 0o600, "mode of the QR's file")
    r = subprocess.run(["zbarimg", "-q", "--raw", png], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                       check=False)
    same(r.stdout.strip(), printed, "what zbar reads")
    kiosk.enrol(r.stdout.strip())
    o.book(2)
    kiosk.start()
    o.settle()
    kiosk.visit(o.code(), "admitted")
    # The token was for one device.
    other = o.kiosk("kiosk-2", run=False, enrol=False)
    refused(other, printed, "refused")
    judge(o.hub, [kiosk], doubles=0, admitted=1)


def refused(kiosk, text, part):
    """One sentence, and nothing of the enrolment that is there changes."""
    before = keys_of(kiosk)
    r = kiosk.ctl("enrol", text, check=False)
    same(r.returncode, EXIT_COULD_NOT, f"exit of enrol {text[:60]!r}")
    holds(r.stdout, part, f"the answer to {text[:60]!r}")
    same(len(r.stdout.strip().splitlines()), 1,
         f"lines of the answer {r.stdout[:300]!r}")
    true(r.stdout.isprintable() or r.stdout[:-1].isprintable(),
         f"control bytes in the answer {r.stdout!r}")
    same(keys_of(kiosk), before, f"keys after enrol {text[:60]!r}")


def test_hostile_enrolment_texts_change_nothing(b):
    o = b.office()
    net = o.network()
    kiosk = o.kiosk("kiosk-1", net, run=False)
    good = o.hub.token("kiosk", "kiosk-1").replace(o.hub.url, net.url)
    word, url, token, fingerprint = good.split()
    no_text = "not an enrolment text"
    for text in (
            "", " ", word, f"{word} {url} {token}", good + " more",
            good + good, good.replace(":1", ":2"), good.replace(" ", "\t"),
            good.replace(" ", "\n"), "\x1b[2J" + good, good.upper(),
            f"{word} {url} {token[:-1]} {fingerprint}",
            f"{word} {url} {token}0 {fingerprint}",
            f"{word} {url} {token[:-1]}g {fingerprint}",
            f"{word} {url} {token} {fingerprint[:-1]}",
            f"{word} {'http://' + 'a' * 5000} {token} {fingerprint}",
            "\u202e" + good, "A" * 100000, "%n%n%s" * 20):
        refused(kiosk, text, no_text)
    other = format(int(fingerprint, 16) ^ 1, "032x")
    refused(kiosk, f"{word} {url} {token} {other}", "another hub")
    for wrong in ("http://127.0.0.1:1", "https://hub.example"):
        refused(kiosk, f"{word} {wrong} {token} {fingerprint}", "hub.url = ")
    for wrong in ("file:///etc/passwd", "javascript:alert(1)",
                  "http://evil.example", url + "/../..", url + "\u0000x"[1:]):
        r = kiosk.ctl("enrol", f"{word} {wrong} {token} {fingerprint}",
                      check=False)
        same(r.returncode, EXIT_COULD_NOT, f"exit for the URL {wrong}")
    drawn = f"{word} {url} {os.urandom(16).hex()} {fingerprint}"
    refused(kiosk, drawn, "refused: ")
    o.hub.offset_s -= 1200
    old = o.hub.token("kiosk", "kiosk-1").replace(o.hub.url, net.url)
    o.hub.offset_s += 1200
    refused(kiosk, old, "refused: ")
    for answer in (PORTAL, forged("200 OK", "fine")):
        net.set("say", answer)
        refused(kiosk, good, "not the hub whose key is in")
    net.set("say", forged("403 Forbidden", "revoked"))
    refused(kiosk, good, "refused: so it is")
    net.set("carry")
    o.book(1)
    kiosk.start()
    o.settle()
    kiosk.visit(o.code(), "admitted")
    judge(o.hub, o.kiosks, doubles=0, admitted=1)


def test_an_import_at_a_terminal_with_a_hub_is_refused(b):
    o = b.office()
    o.book(3)
    kiosk = o.kiosk("kiosk-1")
    o.settle()
    path = os.path.join(o.hub.folder, "bookings.csv")
    for runs in (True, False):
        if not runs:
            kiosk.stop()
        r = kiosk.ctl("import", path, check=False)
        same(r.returncode, EXIT_COULD_NOT, "exit of import")
        holds(r.stdout, "bookings come from the hub here (hub.url)", "import")
        same(len(r.stdout.splitlines()), 1, "lines of the refusal")
    same(kiosk.cached("SELECT count(*) FROM booking"), [(0,)],
         "imported bookings")


HUB_STATUS = {
    "state": str, "up": bool, "link": bool, "device": int, "name": str,
    "letter": str, "heard_s": int, "data_s": int, "waiting": int,
    "stuck": int, "hub_time_s": int, "roster": int, "logged": int,
    "log_size": int}


def test_status_tells_how_the_hub_stands(b):
    o = b.office()
    net = o.network()
    o.book(6)
    kiosk = o.kiosk("kiosk-1", net)
    o.settle()
    wait_for("the hub's time", lambda: kiosk.hub_status()["hub_time_s"])
    whole = json.loads(kiosk.ctl("status", "--json").stdout)
    s = whole["hub"]
    same({k: type(v) for k, v in s.items()}, HUB_STATUS, "types of `hub`")
    same((s["state"], s["up"], s["link"], s["name"], s["letter"],
          s["waiting"], s["stuck"], whole["bookings_today"],
          whole["doubles_today"]),
         ("serving", True, True, "kiosk-1", "S", 0, 0, 6, 0), "`hub`, up")
    for name in ("heard_s", "data_s"):
        true(abs(s["hub_time_s"] - s[name]) < 60, f"{name} is of now: {s}")
    plain = kiosk.ctl("status").stdout
    hub_line = [n for n in plain.splitlines() if n.startswith("hub:")]
    same(len(hub_line), 1, f"lines of the hub in {plain!r}")
    holds(hub_line[0], '"state":', "the hub's line of status")
    net.set("cut")
    kiosk.go_down()
    kiosk.visit(o.code(), "admitted")
    kiosk.visit(o.code(), "admitted")
    down = kiosk.hub_status()
    same((down["up"], down["waiting"], down["stuck"], down["state"]),
         (False, 2, 0, "serving"), "`hub` while cut off")
    net.set("carry")
    kiosk.come_back()
    kiosk.stop()
    out = kiosk.ctl("sync", "now")
    holds(out.stdout, "sync: 6 bookings", "sync now without a terminal")


def test_a_code_that_is_not_known_to_old_data_cannot_be_checked(b):
    o = b.office()
    net = o.network()
    o.book(3)
    kiosk = o.kiosk("kiosk-1", net)
    o.settle()
    unknown = o.new_codes(3)
    kiosk.visit(unknown[0], "unknown")
    net.set("cut")
    kiosk.go_down()
    kiosk.visit(unknown[1], "unknown")  # the data is of a moment ago
    kiosk.stop()
    kiosk.offset_s += 11 * 60
    kiosk.start()
    kiosk.go_down()
    kiosk.visit(unknown[1], "cannot check")
    kiosk.visit(o.code(), "admitted")
    kiosk.stop()
    kiosk.offset_s -= 11 * 60
    net.set("carry")
    o.hub.offset_s += 11 * 60
    kiosk.offset_s += 11 * 60
    o.hub.stop()
    o.hub.start()
    kiosk.start()
    kiosk.come_back()
    kiosk.visit(unknown[2], "unknown")
    judge(o.hub, o.kiosks, doubles=0, admitted=1)


def test_a_new_terminal_without_its_first_bookings_cannot_check(b):
    o = b.office()
    net = o.network()
    kiosk = o.kiosk("kiosk-1", net, run=False)
    o.book(2)
    net.set("cut")
    kiosk.start()
    kiosk.visit(o.code(), "cannot check")
    net.set("carry")
    kiosk.come_back()
    o.settle()
    kiosk.visit(o.code(), "admitted")
    judge(o.hub, o.kiosks, doubles=0, admitted=1)


TESTS = {"desk": [
    test_the_qr_of_a_token_reads_and_enrols,
    test_hostile_enrolment_texts_change_nothing,
    test_an_import_at_a_terminal_with_a_hub_is_refused,
    test_status_tells_how_the_hub_stands,
    test_a_code_that_is_not_known_to_old_data_cannot_be_checked,
    test_a_new_terminal_without_its_first_bookings_cannot_check,
]}
