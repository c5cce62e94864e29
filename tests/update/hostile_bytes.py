"""Bundles that are damaged: at any byte, cut off anywhere, with more behind."""

import random
import struct

import bundles
from hostile_machine import Machine

SEED = 6
PAYLOAD_SAMPLE = 300
# A byte that is wrong in the signature may break its form, the certificate,
# the time or the name that stands there.
SIGNATURE = ("corrupt", "unsigned", "wrong-signer", "signing-time",
             "truncated")


def flipped(data, at, mask):
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1:]


def flips(m, data, places, masks, reasons):
    for at in places:
        for mask in masks:
            m.refuses_bytes(reasons, f"byte {at} of {len(data)} ^ {mask:#x}",
                            flipped(data, at, mask))


def test_a_wrong_byte_in_the_signature_is_found(w, d):
    """Each byte of it: the manifest is in it, too."""
    payload, _ = bundles.split(w.data)
    rng = random.Random(SEED)
    masks = (1, 0x20, 0x80, 0xff) if w.options.long else (1, 0x20)
    places = range(len(payload), len(w.data) - bundles.LENGTH_BYTES)
    with Machine(w, d) as m:
        flips(m, w.data, places, masks, SIGNATURE)
        flips(m, w.data, rng.sample(places, 60),
              [rng.randrange(1, 256) for _ in range(4)], SIGNATURE)
        m.put(w.data)
        m.takes("the whole one")


def test_a_wrong_byte_in_the_length_is_found(w, d):
    places = range(len(w.data) - bundles.LENGTH_BYTES, len(w.data))
    with Machine(w, d) as m:
        flips(m, w.data, places, (1, 0x80, 0xff), SIGNATURE)
        for length in (0, 1, 7, len(w.data) - 8, len(w.data), 65536, 65537,
                       1 << 31, 1 << 32, 1 << 63, (1 << 64) - 1):
            m.refuses_bytes(SIGNATURE, f"length {length}",
                            w.data[:-8] + struct.pack(">Q", length))


def test_a_wrong_byte_in_the_content_is_found(w, d):
    """The first and last byte of each block, and more at random."""
    payload, _ = bundles.split(w.data)
    edges = {e for at in range(0, len(payload), 4096)
             for e in (at, at + 4095)}
    more = random.Random(SEED).sample(
        range(len(payload)), PAYLOAD_SAMPLE * (10 if w.options.long else 1))
    with Machine(w, d) as m:
        # The first four say what kind of file it is.
        flips(m, w.data, range(4), (0x01,), "not-a-bundle")
        flips(m, w.data, sorted((edges | set(more)) - set(range(4))), (0x10,),
              "corrupt")
        m.put(w.data)
        m.takes("the whole one")


def test_a_bundle_that_is_cut_off_is_found(w, d):
    size = len(w.data)
    lengths = {0, 1, 7, 8, 9, 4095, 4096, 4097, size // 2, size - 4096}
    lengths |= set(range(size - 24, size))
    lengths |= set(random.Random(SEED).sample(
        range(size), 600 if w.options.long else 60))
    with Machine(w, d) as m:
        for length in sorted(lengths):
            m.refuses_bytes(("truncated", "unsigned", "not-a-bundle",
                             "corrupt"), f"{length} of {size} bytes",
                            w.data[:length])


def test_zeros_in_place_of_a_part_are_found(w, d):
    """What a file system leaves that lost clusters."""
    payload, _ = bundles.split(w.data)
    with Machine(w, d) as m:
        for at in range(4096, len(payload), 4096):
            m.refuses_bytes("corrupt", f"zeros from {at} on",
                            w.data[:at] + bytes(4096) + w.data[at + 4096:])
        m.refuses_bytes("not-a-bundle", "zeros alone", bytes(len(w.data)))
        m.refuses_bytes("not-a-bundle", "no beginning",
                        bytes(4096) + w.data[4096:])


def test_more_behind_the_end_is_found(w, d):
    reasons = ("truncated", "unsigned", "corrupt")
    with Machine(w, d) as m:
        for more in (b"\0", b"\n", bytes(8), bytes(512), bytes(4096), b"x",
                     b"x" * 8):
            m.refuses_bytes(reasons, f"{len(more)} bytes more", w.data + more)
        # A second bundle behind the first: the last signature counts, and
        # its content is not what it signed.
        m.refuses_bytes("corrupt", "twice the same", w.data + w.data)


def test_two_blocks_that_changed_places_are_found(w, d):
    a, b = w.data[8192:12288], w.data[16384:20480]
    with Machine(w, d) as m:
        m.refuses_bytes("corrupt", "two blocks", w.data[:8192] + b +
                        w.data[12288:16384] + a + w.data[20480:])
