"""Audit exports, checked by whoever has the public key: a few lines of Python
and OpenSSL that know nothing of this program but docs/FORMATS.md. And a paper
in somebody's hand against the log."""

import hashlib
import os
import struct
import subprocess

from terminal import Failed, admitted, holds, home, same, sql, journal_copy

HEADER = 9  # lines


def blake(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def openssl_verifies(folder, public, text, signature):
    # RFC 8410: the fixed head of an Ed25519 key's SubjectPublicKeyInfo.
    for name, data in (("key", bytes.fromhex("302a300506032b6570032100") +
                        public), ("text", text), ("signature", signature)):
        with open(os.path.join(folder, "check." + name), "wb") as f:
            f.write(data)
    return subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform",
         "DER", "-inkey", "check.key", "-in", "check.text", "-sigfile",
         "check.signature"], cwd=folder, check=False,
        capture_output=True).returncode == 0


def check_export(folder, path, key):
    """What is wrong, or None. key: the public audit key in hexadecimal."""
    with open(path, encoding="utf-8", newline="") as f:
        lines = f.read().split("\n")
    if lines.pop() != "":
        return "no line end"
    header = dict(line.split(" ", 1) for line in lines[:HEADER])
    text = "".join(line + "\n" for line in lines[:HEADER - 1]).encode()
    if header["key"] != key or not openssl_verifies(
            folder, bytes.fromhex(key), text,
            bytes.fromhex(header["signed"])):
        return "header"
    n, prev = 0, bytes(32)
    for line in lines[HEADER:-1]:
        n += 1
        number, time_s, kind, commitment, chain, *said = line.split(" ")
        commitment = bytes.fromhex(commitment)
        if int(number) != n:
            return f"entry {n}"
        if said and blake(bytes.fromhex("".join(said))) != commitment:
            return f"entry {n}"
        if not said and header["form"] == "full" and \
                n > int(header["erased"]):
            return f"entry {n}"
        prev = blake(b"karcis-audit-v1" + struct.pack(">Q", n) + prev +
                     struct.pack(">qH", int(time_s), int(kind)) + commitment)
        if prev.hex() != chain:
            return f"entry {n}"
    word, number, chain, signature = lines[-1].split(" ")
    if (word, int(number), chain) != ("head", n, prev.hex()) or \
            n != int(header["entries"]):
        return "head"
    message = b"karcis-head-v1" + struct.pack(">Q", n) + prev
    return None if openssl_verifies(folder, bytes.fromhex(key), message,
                                    bytes.fromhex(signature)) else "head"


def outsider(office, *words):
    """karcis-ctl without this terminal's configuration."""
    return subprocess.run(
        [os.path.join(office.build, "karcis-ctl"), "audit", *words],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=False)


def export(office, name, *words):
    path = os.path.join(office.folder, name)
    r = office.ctl("audit", "export", path, *words, check=False)
    same(r.returncode, 0, f"exit of audit export ({r.stdout})")
    return path


def change_line(path, at, change):
    """A copy with one line changed; counted from 0."""
    with open(path, encoding="utf-8", newline="") as f:
        lines = f.read().split("\n")
    lines[at] = change(lines[at])
    with open(path + ".bent", "w", encoding="utf-8", newline="") as f:
        f.write("\n".join(lines))
    return path + ".bent"


def test_an_outsider_checks_the_export_of_a_running_terminal(b):
    o = b.office("export")
    for code in o.codes["good"][:3]:
        admitted(o, code)
        home(o)
    key = o.ctl("audit", "key").stdout.strip()
    full, bare = export(o, "full.txt"), export(o, "bare.txt", "--bare")
    for path in (full, bare):
        same(check_export(o.folder, path, key), None, f"our check of {path}")
        r = outsider(o, "verify", path, "--key", key)
        same(r.returncode, 0, f"exit of audit verify ({r.stdout})")
        holds(r.stdout, "the chain is whole", "audit verify")
    r = outsider(o, "verify", full)
    same(r.returncode, 0, "exit without a key")
    holds(r.stdout, "WARNING", "audit verify without a key")
    same(os.stat(full).st_mode & 0o777, 0o600, "mode of the export")
    for left in os.listdir(os.path.join(o.folder, "state")):
        if left.startswith("audit"):
            raise Failed(f"{left} was left in the state directory")


def test_an_edited_export_names_the_entry_to_everybody(b):
    o = b.office("bent", run=False)
    key = o.ctl("audit", "key").stdout.strip()
    path = export(o, "full.txt")
    with open(path, encoding="utf-8") as f:
        entries = len(f.read().split("\n")) - HEADER - 2
    for n in range(1, entries + 1):
        bent = change_line(path, HEADER + n - 1, lambda line: " ".join(
            str(int(word) + 1) if i == 1 else word
            for i, word in enumerate(line.split(" "))))
        same(check_export(o.folder, bent, key), f"entry {n}", "our check")
        r = outsider(o, "verify", bent, "--key", key)
        same(r.returncode, 1, f"exit of audit verify ({r.stdout})")
        holds(r.stdout, f"entry {n} ", "audit verify")
    r = o.ctl("audit", "export", path, check=False)
    same(r.returncode, 2, "exit of an export over another")


def test_a_paper_is_compared_with_the_log(b):
    o = b.office("paper")
    digits = admitted(o, o.codes["good"][0])
    home(o)
    r = o.ctl("audit", "verify", "--ticket", digits, check=False)
    same(r.returncode, 0, f"exit of audit verify --ticket ({r.stdout})")
    mark = r.stdout.strip().rsplit(" ", 1)[1]
    bare = export(o, "bare.txt", "--bare")
    o.stop()
    # The mark is 60 bits of the admission's own hash.
    bits = int(sql(journal_copy(o), "SELECT hex(hash) FROM entry WHERE "
                   "kind = 2")[0][:15], 16)
    same(mark, "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"
                       [bits >> 55 - 5 * i & 31] for i in range(12)),
         "the mark")
    r = o.ctl("audit", "verify", "--ticket", digits, "--mark", mark.lower(),
              check=False)
    same(r.returncode, 0, f"exit with the mark ({r.stdout})")
    other = ("0" if mark[0] != "0" else "1") + mark[1:]
    r = o.ctl("audit", "verify", "--ticket", digits, "--mark", other,
              check=False)
    same(r.returncode, 1, "exit with another mark")
    holds(r.stdout, f"the paper says mark {other}, the log has {mark}",
          "audit verify")
    r = outsider(o, "verify", bare, "--mark", mark)
    same(r.returncode, 0, f"exit of a bare export ({r.stdout})")
    r = outsider(o, "verify", bare, "--mark", other)
    same(r.returncode, 1, "exit of a bare export with another mark")


TESTS = [test_an_outsider_checks_the_export_of_a_running_terminal,
         test_an_edited_export_names_the_entry_to_everybody,
         test_a_paper_is_compared_with_the_log]
