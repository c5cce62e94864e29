"""USB devices and sticks: a folder that looks like sysfs."""

import os
import struct

import bundles
from cases import holds, same
from update_common import wait_for

STORAGE = (8, 6, 0x50)  # SCSI, bulk only
KEYBOARD = (3, 1, 1)    # boot keyboard
PRINTER = (7, 1, 2)


def descriptors(*interfaces):
    """USB 2.0, 9.6: the device, its one configuration, each interface with
    one bulk endpoint."""
    body = b"".join(
        struct.pack("<9B", 9, 4, number, 0, 1, *kind, 0) +
        struct.pack("<4BHB", 7, 5, 0x81, 2, 64, 0)
        for number, kind in enumerate(interfaces))
    return (struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x200, 0, 0, 0, 64, 0x1234,
                        0x5678, 0x100, 1, 2, 3, 1) +
            struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), len(interfaces), 1,
                        0, 0x80, 50) + body)


def plug(d, name, *interfaces):
    at = os.path.join(d, "sys/bus/usb/devices", name)
    os.makedirs(at)
    bundles.write(at + "/descriptors", descriptors(*interfaces))
    bundles.write(at + "/devnum", b"2\n")
    bundles.write(at + "/authorized", b"0\n")


def let_in(d, name):
    path = os.path.join(d, "sys/bus/usb/devices", name, "authorized")
    return bundles.read(path)[:1] == b"1"


def machine(w, d, *devices):
    for name, *interfaces in devices:
        plug(d, name, *interfaces)
    return w.machine(d, more=["--sysfs", os.path.join(d, "sys")])


def test_a_stick_is_let_in_only_while_it_was_asked_for(w, d):
    with machine(w, d, ("1-1", STORAGE), ("1-2", PRINTER)) as m:
        first = m.client.report()
        same((let_in(d, "1-1"), let_in(d, "1-2")), (False, True),
             "stick and printer at the start")
        same(first["device"], "", "a stick that waits is no fault")
        m.client.ask("storage-on")
        wait_for(lambda: let_in(d, "1-1"))
        m.client.ask("storage-off")
        wait_for(lambda: not let_in(d, "1-1"))
        same(let_in(d, "1-2"), True, "the printer stays")


def test_storage_is_shut_when_the_helper_ends(w, d):
    with machine(w, d, ("1-1", STORAGE)) as m:
        m.client.ask("storage-on")
        wait_for(lambda: let_in(d, "1-1"))
        m.stop()
        same(let_in(d, "1-1"), False, "the stick")


def test_storage_is_shut_when_the_last_terminal_is_gone(w, d):
    with machine(w, d, ("1-1", STORAGE)) as m:
        bundles.write(m.path("in/bookings.csv"), b"names")
        other = m.connect()
        m.client.ask("storage-on")
        wait_for(lambda: let_in(d, "1-1"))
        m.client.close()
        other.ask("report")
        other.until(lambda r: r["storage"] == "yes")
        same(let_in(d, "1-1"), True, "while there is another one")
        other.close()
        wait_for(lambda: not let_in(d, "1-1"))
        wait_for(lambda: os.listdir(m.path("in")) == [])
        same(m.connect().report()["storage"], "no", "the report")


def test_a_stick_that_is_also_a_keyboard_is_refused_by_name(w, d):
    with machine(w, d, ("1-3", STORAGE, KEYBOARD)) as m:
        holds(m.client.report()["device"], "1-3", "the device's sentence")
        os.rmdir(m.stick)
        report = m.look()
        same((report["phase"], report["refusal"]),
             ("refused", "stick-is-more"), "the refusal")
        same(let_in(d, "1-3"), False, "the device")


def test_an_allow_list_counts_from_the_next_connection(w, d):
    config = os.path.join(d, "karcis.ini")
    plug(d, "1-4", KEYBOARD)
    with w.machine(d, more=["--sysfs", os.path.join(d, "sys"), "--config",
                            config]) as m:
        m.client.report()
        same(let_in(d, "1-4"), False, "the device without a configuration")
        bundles.write(config, b"[scanner]\nallow = 1234:5678\n")
        m.connect().report()
        wait_for(lambda: let_in(d, "1-4"))
