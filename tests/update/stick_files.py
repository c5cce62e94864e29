"""Files that a stick brings and takes."""

import os
import re

import bundles
from cases import holds, same, true

SMALL = 4 << 20
NAMES = ["karcis.ini", "services.ini", "holidays.csv", "hub.pub", "hub-ca.pem",
         "enrol.txt", "rekey.txt", "technicians", "officers",
         "bookings.csv", "roster"]


def fetch(m):
    m.client.ask("storage-on")
    m.client.ask("fetch")
    m.client.until(lambda r: r["files"] == "fetching")
    return m.client.until(lambda r: r["files"] in ("fetched", "refused"))


def store(m):
    m.client.ask("storage-on")
    m.client.ask("store")
    m.client.until(lambda r: r["files"] == "storing")
    return m.client.until(lambda r: r["files"] in ("stored", "refused"))


def brought(m):
    return sorted(os.listdir(m.path("in")))


def bring(m, name, data=b"x"):
    folder = os.path.join(m.stick, "karcis")
    os.makedirs(folder, exist_ok=True)
    return bundles.write(os.path.join(folder, name), data)


def test_the_files_of_a_commissioning_are_fetched(w, d):
    with w.machine(d) as m:
        for name in NAMES:
            bring(m, name, name.encode())
        report = fetch(m)
        same((report["files"], report["file-count"]), ("fetched", "11"),
             "the report")
        same(brought(m), sorted(NAMES), "the files")
        for name in NAMES:
            path = m.path("in/" + name)
            same(bundles.read(path), name.encode(), name)
            same(os.stat(path).st_mode & 0o777, 0o640, "the mode of " + name)


def test_other_names_are_never_fetched(w, d):
    with w.machine(d) as m:
        for name in ("karcis.ini~", ".karcis.ini", "Karcis.ini", "request.key",
                     "keys", "x\ny", "\x1b[2J"):
            bring(m, name)
        bundles.write(os.path.join(m.stick, "karcis.ini"), b"at the root")
        report = fetch(m)
        same((report["files"], report["file-count"]), ("fetched", "0"),
             "the report")
        same(brought(m), [], "the files")


def test_a_stick_without_the_folder_brings_nothing(w, d):
    with w.machine(d) as m:
        bundles.write(m.path("in/karcis.ini"), b"of the last stick")
        report = fetch(m)
        same((report["files"], report["file-count"]), ("fetched", "0"),
             "the report")
        same(brought(m), [], "what the last stick brought is gone")


def test_a_file_above_its_bound_brings_nothing_at_all(w, d):
    with w.machine(d) as m:
        bring(m, "services.ini", bytes(SMALL))
        same(fetch(m)["files"], "fetched", "4 MB")
        bring(m, "services.ini", bytes(SMALL + 1))
        bring(m, "karcis.ini")
        report = fetch(m)
        same((report["files"], report["files-refusal"]),
             ("refused", "too-big"), "4 MB and a byte")
        same(brought(m), [], "the files")
        os.unlink(os.path.join(m.stick, "karcis/services.ini"))
        bring(m, "bookings.csv", bytes(SMALL + 1))
        same(fetch(m)["file-count"], "2", "bookings may be longer")


def test_what_is_no_regular_file_brings_nothing_at_all(w, d):
    makers = {"link": lambda p: os.symlink("/etc/passwd", p),
              "folder": os.mkdir, "fifo": os.mkfifo}
    for what, make in makers.items():
        with w.machine(os.path.join(d, what)) as m:
            bring(m, "services.ini")
            make(os.path.join(m.stick, "karcis/karcis.ini"))
            report = fetch(m)
            same((report["files"], report["files-refusal"]),
                 ("refused", "damaged-fs"), what)
            same(brought(m), [], "the files")


def test_a_link_in_place_of_the_folder_is_refused(w, d):
    with w.machine(d) as m:
        os.mkdir(m.path("else"))
        bundles.write(m.path("else/karcis.ini"), b"x")
        os.symlink(m.path("else"), os.path.join(m.stick, "karcis"))
        same(fetch(m)["files"], "refused", "the report")
        same(brought(m), [], "the files")


def test_fetched_files_are_gone_when_storage_is_shut(w, d):
    with w.machine(d) as m:
        bring(m, "bookings.csv")
        same(fetch(m)["file-count"], "1", "the report")
        m.client.ask("storage-off")
        m.client.until(lambda r: r["files"] == "none")
        same(brought(m), [], "the files")


def test_what_the_terminal_left_is_stored_under_name_and_time(w, d):
    config = os.path.join(d, "karcis.ini")
    bundles.write(config, b"[terminal]\nid = kios-3\n")
    with w.machine(d, more=["--config", config]) as m:
        bundles.write(m.path("out/audit.jsonl"), b"a" * 70000)
        bundles.write(m.path("out/status.json"), b"{}")
        report = store(m)
        same(report["files"], "stored", "the report")
        folders = os.listdir(os.path.join(m.stick, "karcis-out"))
        same(len(folders), 1, "the folders")
        true(re.fullmatch(r"kios-3-20\d{6}-\d{6}", folders[0]),
             f"the name {folders[0]}")
        at = os.path.join(m.stick, "karcis-out", folders[0])
        same(bundles.read(at + "/audit.jsonl"), b"a" * 70000, "the export")
        same(bundles.read(at + "/status.json"), b"{}", "the status")
        extra = set(os.listdir(at)) - {"audit.jsonl", "status.json"}
        true(extra <= {"system.log"}, f"the rest: {extra}")
        same(int(report["file-count"]), 2 + len(extra), "the count")


def test_only_plain_files_are_stored(w, d):
    with w.machine(d) as m:
        bundles.write(m.path("out/status.json"), b"{}")
        bundles.write(m.path("out/.hidden"), b"x")
        bundles.write(m.path("out/a b"), b"x")
        bundles.write(m.path("out/system.log"), b"not the terminal's")
        os.symlink("/etc/shadow", m.path("out/shadow"))
        os.mkdir(m.path("out/folder"))
        same(store(m)["files"], "stored", "the report")
        at = os.path.join(m.stick, "karcis-out")
        at = os.path.join(at, os.listdir(at)[0])
        true(set(os.listdir(at)) <= {"status.json", "system.log"},
             f"the files: {os.listdir(at)}")
        if os.path.exists(at + "/system.log"):
            true(bundles.read(at + "/system.log") != b"not the terminal's",
                 "the system's log is the system's")


def test_a_stick_that_takes_nothing_is_told(w, d):
    with w.machine(d) as m:
        bundles.write(m.path("out/status.json"), b"{}")
        bundles.write(os.path.join(m.stick, "karcis-out"), b"no folder")
        report = store(m)
        same(report["files"], "refused", "the report")
        holds(report["detail"], "karcis-out", "the sentence")


def test_files_need_storage_and_a_stick(w, d):
    with w.machine(d) as m:
        bring(m, "karcis.ini")
        for words in ("fetch", "store"):
            m.client.ask(words)
            report = m.client.until(lambda r: r["files"] == "refused")
            same(report["files-refusal"], "no-stick", words)
        same(brought(m), [], "the files")
