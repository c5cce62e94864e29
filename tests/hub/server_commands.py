"""What administrators and service managers meet."""

import json
import os
import socket
import stat
import subprocess

import hub_program as hp
from hub_program import Device, same, true


def one_line(text, what):
    same((text.count("\n"), text.startswith("karcis-hub: ")), (1, True),
         f"{what} is one sentence: {text!r}")


def test_init_draws_keys_once(bench):
    hub = bench.hub(init=False)
    out = hub.run("init")
    with open(hub.folder + "/hub.pub", encoding="ascii") as f:
        public = f.read()
    true(public[:64] in out and len(public) == 65, "the public key is said")
    keys = hub.settings["keys"]
    same(stat.S_IMODE(os.stat(keys).st_mode), 0o600, "mode of the keys")
    with open(keys, "rb") as f:
        before = f.read()
    one_line(hub.run("init", want=2), "a second init")
    with open(keys, "rb") as f:
        same(f.read(), before, "the keys")


def test_init_writes_a_public_key_that_is_gone(bench):
    hub = bench.hub()
    os.unlink(hub.folder + "/hub.pub")
    hub.run("init")
    with open(hub.folder + "/hub.pub", encoding="ascii") as f:
        same(bytes.fromhex(f.read()), hub.key, "the public key")


def test_without_keys_it_does_not_serve(bench):
    hub = bench.hub(init=False)
    said = hub.run(want=2)
    true("init" in said and said.count("\n") == 1, f"{said!r}")


def test_keys_that_others_can_read_are_refused(bench):
    hub = bench.hub()
    os.chmod(hub.settings["keys"], 0o640)
    true("chmod 600" in hub.run(want=2), "the sentence")
    true("chmod 600" in hub.run("devices", hp.OFFICE, want=2), "a command")


def test_an_address_that_is_taken_is_named(bench):
    hub = bench.hub()
    with socket.create_server(("127.0.0.1", 0)) as s:
        address = f"127.0.0.1:{s.getsockname()[1]}"
        hub.configure(listen=address)
        said = hub.run(want=2)
    true(address in said and "in use" in said, f"{said!r}")


def test_a_certificate_that_is_none_is_named(bench):
    hub = bench.hub(tls_certificate="/etc/hostname", tls_key="/etc/hostname")
    true("/etc/hostname: is no PEM file" in hub.run(want=2), "the sentence")


def test_check_config_names_each_problem_and_exits_with_1(bench):
    hub = bench.hub(init=False)
    same(hub.run("check-config"), f"{hub.ini}: no problems\n", "a good one")
    hub.configure(port=1, workers=0)
    said = hub.run("check-config", want=1)
    true(f"{hub.ini}:6: hub.port: unknown key\n" in said and
         f"{hub.ini}:7: hub.workers: must be a whole number from 1 to 256\n"
         in said, f"{said!r}")
    hub.run(want=2)


BAD = (("tokn", 4102), ("token", 4102, "kiosk"), ("office",),
       ("office", "remove", 4102), ("token", 4102, "kiosk", "k", "--json"),
       ("devices", "0"), ("devices", 4102, 4103), ("report", 4102, "tomorrow"),
       ("report", 4102, "2026-02-30"), ("office", "add", 1, "x", "MARS"),
       ("slot", 4102, "2026-11-26", 0, "09:00", "09:15", 5),
       ("slot", 4102, "2026-11-26", 1, "09:15", "09:00", 5),
       ("slot", 4102, "2026-11-26", 1, "9:00", "09:15", 5),
       ("walk-in", 4102, "2026-11-26", 1, -1), ("restored", "now"),
       ("token", 4102, "king", "k"), ("token", 9, "kiosk", "k"),
       ("revoke", 4102, "nobody"), ("office", "add", hp.OFFICE, "x", "WIB"))


def test_bad_usage_is_one_sentence_and_2(bench):
    hub = bench.hub()
    for words in BAD:
        one_line(hub.run(*words, want=2), " ".join(map(str, words)))


def test_a_token_is_shown_as_text_and_as_a_qr(bench):
    hub = bench.hub()
    found = hub.token("kiosk", "kiosk-1")
    same(found[1], hp.URL, "its URL")
    same(found[3], hp.blake(hub.key)[:32], "the key's fingerprint")
    png = hub.folder + "/token.png"
    out = hub.run("token", hp.OFFICE, "kiosk", "kiosk-1", "--png", png)
    read = subprocess.run(["zbarimg", "-q", "--raw", png], check=True,
                          capture_output=True, text=True).stdout
    true(read.strip() in out.splitlines(), "the QR says the text")
    same(stat.S_IMODE(os.stat(png).st_mode), 0o600, "mode of the picture")
    one_line(hub.run("token", hp.OFFICE, "kiosk", "kiosk-1", "--png", png,
                     want=2), "a picture that exists")


def test_a_qr_of_blocks_can_be_read(bench):
    """The half blocks drawn as pixels give the text back."""
    hub = bench.hub()
    out = hub.run("token", hp.OFFICE, "kiosk", "kiosk-1")
    rows = [r for r in out.splitlines() if r and set(r) <= set(" ▀▄█")]
    light = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    lines = [[light[c][half] for c in r] for r in rows for half in (0, 1)]
    pgm = hub.folder + "/qr.pgm"
    with open(pgm, "wb") as f:
        f.write(b"P5 %d %d 255\n" % (len(lines[0]) * 4, len(lines) * 4))
        for line in lines:
            f.write(bytes(255 * v for v in line for _ in range(4)) * 4)
    read = subprocess.run(["zbarimg", "-q", "--raw", pgm], check=True,
                          capture_output=True, text=True).stdout
    true(read.strip() in out.splitlines(), "the QR says the text")


def test_a_token_enrols_one_device(bench):
    hub = bench.hub().start()
    token = hub.token("gate", "gate-1")[2]
    d = Device(hub)
    first = d.enrol(token, "gate-1")
    same((first.status, first.signed), (200, True), "the first")
    Device(hub).enrol(token, "gate-1").refused(403, "token")


def test_devices_and_report_are_told_and_are_json(bench):
    hub = bench.hub().start()
    d = hub.device()
    d.claim(hp.admit(bench.day))
    true("kiosk-1" in hub.run("devices", hp.OFFICE), "the name")
    true("kiosk-1" in json.dumps(json.loads(
        hub.run("devices", hp.OFFICE, "--json"))), "in JSON")
    json.loads(hub.run("report", hp.OFFICE, bench.day, "--json"))
    true(len(hub.run("report", hp.OFFICE, bench.day)) > 10, "for people")


def test_a_closed_device_is_refused(bench):
    hub = bench.hub().start()
    d = hub.device()
    hub.run("revoke", hp.OFFICE, "kiosk-1")
    d.ask("GET", "/v1/time?nonce=00").refused(403, "revoked")


def test_restored_draws_new_epochs(bench):
    hub = bench.hub().start()
    d = hub.device()
    before = d.feed(bench.day).json["epoch"]
    hub.run("restored")
    a = d.feed(bench.day, epoch=before, after=0)
    a.refused(409, "epoch")
    true(a.json["epoch"] != before, "the epoch is another")


def test_a_slot_is_offered_to_channels(bench):
    hub = bench.hub().start()
    hub.run("slot", hp.OFFICE, bench.day, 1, "09:00", "09:15", 5)
    a = hub.device("channel", "web").ask(
        "GET", f"/v1/slots?office={hp.OFFICE}&from={bench.day}"
        f"&to={bench.day}")
    wanted = {"day": bench.day, "service": 1, "start": "09:00",
              "end": "09:15", "quota": 5, "booked": 0}
    same([{k: s[k] for k in wanted} for s in a.json["slots"]], [wanted],
         "the slots")


def test_a_walk_in_quota_is_granted_and_no_more(bench):
    hub = bench.hub().start()
    hub.run("walk-in", hp.OFFICE, bench.day, 1, 3)
    d = hub.device()
    op = {"op": "allowance", "day": bench.day, "service": 1, "class": 3,
          "count": 2}
    counts = [d.claim({**op, "op_id": os.urandom(16).hex()}).json["answers"]
              [0]["count"] for _ in range(3)]
    same(counts, [2, 1, 0], "what is granted")


def test_the_service_manager_is_told(bench):
    hub = bench.hub()
    path = hub.folder + "/notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(5)
        hub.start({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"})
        said = [s.recv(100) for _ in range(4)]
        same(said, [b"READY=1"] + [b"WATCHDOG=1"] * 3, "what it said")
        same(hub.end()[0], 0, "exit code")
        while said[-1] != b"STOPPING=1":
            said.append(s.recv(100))


def test_nobody_reads_its_memory(bench):
    hub = bench.hub().start()
    with open(f"/proc/{hub.process.pid}/limits", encoding="ascii") as f:
        core = [x for x in f if x.startswith("Max core file size")][0]
    same(core.split()[4:6], ["0", "0"], "the limit of core dumps")
    if os.getuid() != 0:  # root owns it in any case
        same(os.stat(f"/proc/{hub.process.pid}/maps").st_uid, 0, "its owner")


def test_a_log_holds_no_token_code_or_name(bench):
    hub = bench.hub().start()
    d = hub.device()
    d.claim(hp.admit(bench.day))
    for path in ("/v1/nothing", "/v1/feed"):
        d.ask("GET", path)
    hub.raw(b"\x16\x03\x01 noise\r\n\r\n", 0.2)
    hub.end()
    same(hub.log[1:], ["<6>karcis-hub: stopped\n"], "the log")


# The store has no part in these.
WITHOUT_STORE = {
    test_init_draws_keys_once, test_init_writes_a_public_key_that_is_gone,
    test_without_keys_it_does_not_serve,
    test_an_address_that_is_taken_is_named,
    test_a_certificate_that_is_none_is_named,
    test_check_config_names_each_problem_and_exits_with_1,
    test_a_qr_of_blocks_can_be_read, test_the_service_manager_is_told,
    test_nobody_reads_its_memory}
POSTGRES_ONLY = set()
TESTS = [v for k, v in list(globals().items()) if k.startswith("test_")]
