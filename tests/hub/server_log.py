"""The log of an office as devices fill it and as anybody reads it. What is
told is checked with Python's hashlib and, of notes, OpenSSL: entries, tiles,
roots and proofs (RFC 6962, RFC 9162; C2SP tlog-tiles, signed-note)."""

import base64
import hashlib
import json
import os
import struct
import subprocess
import time

import hub_program as hp
from hub_program import same, true

ENTRIES_MAX, TILE, ENTRY_BYTES = 500, 256, 91


def sha(data):
    return hashlib.sha256(data).digest()


def node(left, right):
    return sha(b"\1" + left + right)


def split_of(n):
    """The largest power of two below n."""
    return 1 << (n - 1).bit_length() - 1


def root(leaves):
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split_of(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def path(m, leaves):
    """RFC 9162, 2.1.3.1."""
    if len(leaves) <= 1:
        return []
    k = split_of(len(leaves))
    if m < k:
        return path(m, leaves[:k]) + [root(leaves[k:])]
    return path(m - k, leaves[k:]) + [root(leaves[:k])]


def growth(m, leaves, whole=True):
    """RFC 9162, 2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [root(leaves)]
    k = split_of(len(leaves))
    if m <= k:
        return growth(m, leaves[:k], whole) + [root(leaves[k:])]
    return growth(m - k, leaves[k:], False) + [root(leaves[:k])]


class Chain:
    """An audit chain (docs/FORMATS.md, Audit entry) of random commitments."""

    def __init__(self):
        self.public, self.secret = hp.keypair()
        self.entries = []  # n, time, kind, commitment, hash

    def grow(self, count):
        for _ in range(count):
            prev = self.entries[-1][4] if self.entries else bytes(32)
            n, when = len(self.entries) + 1, int(time.time())
            kind, commitment = 1 + n % 20, os.urandom(32)
            link = hashlib.blake2b(
                b"karcis-audit-v1" + struct.pack(">Q", n) + prev +
                struct.pack(">qH", when, kind) + commitment, digest_size=32)
            self.entries.append((n, when, kind, commitment, link.digest()))
        return self

    def body(self, first, last, tree=0):
        newest = self.entries[-1]
        head = hp.sign(self.secret, b"karcis-head-v1" +
                       struct.pack(">Q", newest[0]) + newest[4])
        return {"audit_key": self.public.hex(), "from": first, "entries": [
            [e[0], e[1], e[2], e[3].hex(), e[4].hex()]
            for e in self.entries[first - 1:last]],
                "head": {"n": newest[0], "hash": newest[4].hex(),
                         "signature": head.hex()}, "tree": tree}

    def bytes_of(self, n, device):
        """Entry n as the log has it (docs/FORMATS.md, Log entry)."""
        e = self.entries[n - 1]
        return struct.pack(">BIIQqH", 1, hp.OFFICE, device, e[0], e[1],
                           e[2]) + e[3] + e[4]


def openssl_verifies(folder, public, text, signature):
    for name, data in (("key", bytes.fromhex("302a300506032b6570032100") +
                        public), ("text", text), ("signature", signature)):
        with open(f"{folder}/note-{name}", "wb") as f:
            f.write(data)
    return subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform",
         "DER", "-inkey", f"{folder}/note-key", "-in", f"{folder}/note-text",
         "-sigfile", f"{folder}/note-signature"],
        check=False, capture_output=True).returncode == 0


def open_note(hub, note):
    """Size and root of a checkpoint, after all of it was found good."""
    text, rest = note.split("\n\n")
    text += "\n"
    name, key_id, key = hub.run("log-key", hp.OFFICE).strip().split("+", 2)
    public = base64.b64decode(key)
    same((name, public[0]), ("hub.example/karcis/4102", 1), "the log's key")
    public = public[1:]
    want = sha(name.encode() + b"\n\1" + public)[:4]
    same(key_id, want.hex(), "the key's id")
    true(rest.startswith(f"\u2014 {name} ") and rest.count("\n") == 1,
         f"one signature: {rest!r}")
    signed = base64.b64decode(rest.split(" ")[2])
    same(signed[:4], want, "the id in the signature")
    true(openssl_verifies(hub.folder, public, text.encode(), signed[4:]),
         "OpenSSL takes the signature")
    true(not openssl_verifies(hub.folder, public, text.encode() + b"\n",
                              signed[4:]), "of this text alone")
    origin, size, encoded = text.splitlines()
    same(origin, name, "the origin")
    same(size, str(int(size)), "the size")
    return int(size), base64.b64decode(encoded)


def proof(strings):
    return [base64.b64decode(x, validate=True) for x in strings]


class Log:
    """What it must hold, entry by entry."""

    def __init__(self, hub):
        self.hub, self.entries = hub, []

    def upload(self, device, chain, first, last, tree=None):
        """Entries first..last are new; the answer is checked."""
        before = len(self.entries) if tree is None else tree
        a = device.ask("POST", "/v1/audit", chain.body(first, last, before))
        same((a.status, a.signed, a.kind), (200, True, "audit"),
             f"the upload: {a.body[:200]!r}")
        self.entries += [chain.bytes_of(n, device.device)
                         for n in range(first, last + 1)]
        leaves = self.leaves()
        same(open_note(self.hub, a.json["checkpoint"]),
             (len(leaves), root(leaves)), "the checkpoint")
        same((a.json["taken"], a.json["index"]), (last, len(leaves) - 1),
             "what was taken, and where it is")
        same(proof(a.json["inclusion"]), path(len(leaves) - 1, leaves),
             "the proof that it is in it")
        same(proof(a.json["consistency"]),
             growth(before, leaves) if before else [],
             "the proof that it only grew")
        return a

    def leaves(self):
        return [sha(b"\0" + e) for e in self.entries]

    def tiles(self):
        """Every path that must be there, and its bytes."""
        row, level, out = self.leaves(), 0, {}
        while row:
            for at in range(0, len(row), TILE):
                part = row[at:at + TILE]
                out[tile_path(level, at // TILE, len(part))] = b"".join(part)
            row = [root(row[at:at + TILE])
                   for at in range(0, len(row) - TILE + 1, TILE)]
            level += 1
        for at in range(0, len(self.entries), TILE):
            part = self.entries[at:at + TILE]
            out[tile_path("entries", at // TILE, len(part))] = b"".join(
                struct.pack(">H", len(e)) + e for e in part)
        return out


def tile_path(level, index, width):
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    return (f"/v1/log/{hp.OFFICE}/tile/{level}/" + "/".join(groups) +
            (f".p/{width}" if width < TILE else ""))


def read(hub, path_, **headers):
    """Status, headers and body of a GET without a signature."""
    c = hub.connect()
    c.request("GET", path_, headers=headers)
    r = c.getresponse()
    body = r.read()
    c.close()
    return r.status, r.headers, body


def test_the_log_is_what_devices_told(bench):
    hub = bench.hub().start()
    log = Log(hub)
    kiosk, gate = hub.device(), hub.device("gate", "gate-1")
    one, two = Chain().grow(700), Chain().grow(700)
    log.upload(kiosk, one, 1, 1)
    log.upload(gate, two, 1, 255)
    log.upload(kiosk, one, 2, 2)
    log.upload(kiosk, one, 3, 502)
    log.upload(gate, two, 256, 600)
    log.upload(kiosk, one, 503, 700)
    tiles = log.tiles()
    same(len(tiles), 6 + 1 + 6, "1300 entries: tiles of two levels, entries")
    for p, want in tiles.items():
        status, headers, body = read(hub, p)
        same((status, body), (200, want), p)
        same(headers["Content-Type"], "application/octet-stream", p)
        same(headers["Karcis-Kind"], None, f"{p} is not signed")
        same(headers["Cache-Control"], "no-store" if ".p/" in p else
             "public, max-age=31536000, immutable", f"{p} may be kept")
    same(hub.metrics()["karcis_hub_log_entries"], 1300, "the gauge")


def test_a_checkpoint_is_text_and_is_signed(bench):
    hub = bench.hub().start()
    log = Log(hub)
    url = f"/v1/log/{hp.OFFICE}/checkpoint"
    status, headers, body = read(hub, url)
    same((status, headers["Content-Type"], headers["Cache-Control"]),
         (200, "text/plain; charset=utf-8", "no-store"), "of an empty log")
    same(open_note(hub, body.decode()), (0, sha(b"")), "of an empty log")
    log.upload(hub.device(), Chain().grow(3), 1, 3)
    same(open_note(hub, read(hub, url)[2].decode()),
         (3, root(log.leaves())), "of three entries")
    # It is the same whoever asks, and is signed the same.
    same(read(hub, url, **{"Karcis-Device": "7"})[2], read(hub, url)[2],
         "the note")


def test_an_earlier_tile_is_there_in_part_for_ever(bench):
    hub = bench.hub().start()
    log = Log(hub)
    chain, device = Chain().grow(300), hub.device()
    log.upload(device, chain, 1, 100)
    p = f"/v1/log/{hp.OFFICE}/tile/0/000.p/100"
    before = read(hub, p)[2]
    log.upload(device, chain, 101, 300)
    same(read(hub, p)[2], before, "a part of a tile that filled")
    for missing in ("tile/0/001", "tile/0/001.p/45", "tile/0/002.p/1",
                    "tile/2/000.p/1", "tile/entries/001", "nothing",
                    "tile/0/x000/001"):
        status, _, body = read(hub, f"/v1/log/{hp.OFFICE}/{missing}")
        same((status, json.loads(body)["error"]), (404, "not_found"), missing)


def test_a_fork_is_reported_and_nothing_is_taken(bench):
    hub = bench.hub().start()
    log = Log(hub)
    device, chain, other = hub.device(), Chain().grow(5), Chain()
    log.upload(device, chain, 1, 5)
    other.public, other.secret = chain.public, chain.secret
    other.entries = chain.entries[:3]
    a = device.ask("POST", "/v1/audit", other.grow(4).body(2, 7, 5))
    a.refused(409, "fork")
    same(a.json["n"], 4, "the first entry that differs")
    report = json.loads(hub.run("report", hp.OFFICE, bench.day, "--json"))
    same([(r["kind"], r["terminal"], r["n"]) for r in report["reports"]],
         [("fork", "kiosk-1", 4)], "the report")
    same(hub.metrics()["karcis_hub_forks"], 1, "the gauge")
    chain.grow(1)
    log.upload(device, chain, 6, 6)


def test_a_hub_that_was_put_back_is_noticed(bench):
    hub = bench.hub().start()
    log = Log(hub)
    device, chain = hub.device(), Chain().grow(9)
    log.upload(device, chain, 1, 4)
    a = device.ask("POST", "/v1/audit", chain.body(9, 9, 4))
    a.refused(409, "gap")
    same(a.json["n"], 4, "what it holds")
    device.ask("POST", "/v1/audit",
               chain.body(5, 9, 5)).refused(409, "history")
    log.upload(device, chain, 5, 9, 0)


def test_a_pass_is_taken_once_and_told_to_all(bench):
    hub = bench.hub().start()
    gates = [hub.device("gate", f"gate-{i}") for i in (1, 2)]
    key = os.urandom(16).hex()

    def went(device):
        return device.claim({
            "op": "pass", "op_id": os.urandom(16).hex(), "day": bench.day,
            "booking": key, "done": True, "time": int(time.time()),
            "pass": 130, "letter": "A", "number": 7, "key_id": 9, "seq": 3,
            "n": 2}).json["answers"][0]

    same(went(gates[0])["answer"], "admitted", "the first")
    second = went(gates[1])
    same((second["answer"], second["by"]["terminal"], second["double"]),
         ("used", "gate-1", True), "the second")
    ops = hub.device().feed(bench.day).json["ops"]
    same([(o[1], o[2], o[5], o[6], o[8]) for o in ops],
         [("pas", key, "A", 7, 130)], "the feed of a kiosk")
    now = hub.metrics()
    same([now["karcis_hub_" + x] for x in
          ("passes", "pass_doubles", "admissions", "doubles")], [1, 1, 0, 0],
         "the gauges")
    true("pass" in hub.run("report", hp.OFFICE, bench.day), "for people")


def test_a_revoked_key_is_in_the_roster(bench):
    hub = bench.hub().start()
    gate = hub.device("gate", "gate-1")
    hub.device()
    hub.run("revoke", hp.OFFICE, "kiosk-1")

    def kiosk():
        a = gate.ask("GET", f"/v1/roster?office={hp.OFFICE}")
        same(a.json["log_key"], hub.run("log-key", hp.OFFICE).strip(),
             "the log's key")
        d = a.json["devices"][1]
        return d["live"], d["from"], d["until"], d["revoked"]

    same(kiosk(), (False, bench.day, bench.day, False), "closed")
    hub.run("revoke", hp.OFFICE, "kiosk-1", "--tickets")
    same(kiosk(), (False, bench.day, bench.day, True), "and its tickets")
    hub.run("revoke", hp.OFFICE, "kiosk-1", "--tickets", want=2)
    hub.run("log-key", 9, want=2)


WITHOUT_STORE = set()
POSTGRES_ONLY = set()
TESTS = [v for k, v in list(globals().items()) if k.startswith("test_")]
