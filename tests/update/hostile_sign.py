"""Who signed, when, and for what: all with valid form and whole content,
unless the test says otherwise."""

import os
import struct
import subprocess

import bundles
from bundles import DAY
from hostile_machine import Machine


def test_a_good_bundle_is_taken(w, d):
    with Machine(w, d) as m:
        m.put(w.data)
        m.takes("a good bundle")


def test_unsigned_bundles_are_refused(w, d):
    payload, _ = bundles.split(w.data)
    with Machine(w, d) as m:
        m.refuses_bytes("unsigned", "a bare image", bundles.read(w.next))
        m.refuses_bytes("unsigned", "no signature", payload)
        m.refuses_bytes("unsigned", "one of no bytes", payload + bytes(8))
        m.refuses_bytes("unsigned", "zeros for a signature",
                        bundles.join(payload, bytes(1000)))
        m.refuses_bytes("unsigned", "text for a signature",
                        bundles.join(payload, b"genuine! " * 100))


def test_other_signers_are_refused(w, d):
    k = w.keys
    other = k.root("other root")
    others = bundles.Keys(d + "/keys")
    namesake = others.root("root")  # the same name, another key
    signers = {
        "another root's signer": k.signer("s1", other),
        "a signer of the root's namesake": others.signer("s2", namesake),
        "the root itself": w.root,
        "a root of nobody": other,
        "a certificate for mail": k.signer("s3", w.root, kind="mail"),
        "a signer's signer": k.make("s4", "signer", w.signer,
                                    k.now - 20 * DAY, k.now + 20 * DAY),
    }
    with Machine(w, d) as m:
        for what, signer in signers.items():
            m.refuses_bytes("wrong-signer", what,
                            bundles.resigned(w.data, signer))


def test_signing_times_outside_the_certificate_are_refused(w, d):
    k = w.keys
    over = k.signer("over", w.root, k.now - 50 * DAY, k.now - 10 * DAY)
    ahead = k.signer("ahead", w.root, k.now + 10 * DAY, k.now + 20 * DAY)
    cases = [
        ("signed a day before the signer began", w.signer, k.now - 51 * DAY),
        ("signed a day after the signer ended", w.signer, k.now + 366 * DAY),
        ("signed now, the signer has ended", over, None),
        ("signed now, the signer begins later", ahead, None),
        ("signed before the root began", w.signer, k.now - 101 * DAY),
        ("signed a second before the signer began", over,
         k.now - 50 * DAY - 1),
        ("signed in the second the signer ended", over, k.now - 10 * DAY),
    ]
    with Machine(w, d) as m:
        for what, signer, when in cases:
            m.refuses_bytes("signing-time", what,
                            bundles.resigned(w.data, signer, when=when))


def test_a_signer_that_ended_since_is_still_believed(w, d):
    k = w.keys
    over = k.signer("over2", w.root, k.now - 50 * DAY, k.now - 10 * DAY)
    for i, when in enumerate((k.now - 50 * DAY, k.now - 10 * DAY - 1)):
        with Machine(w, f"{d}/{i}") as m:
            m.put(bundles.resigned(w.data, over, when=when))
            m.takes("signed in its first or last second")


def test_revoked_signers_are_refused_whenever_they_signed(w, d):
    with Machine(w, d) as m:
        for when in (None, w.keys.now - 49 * DAY, w.keys.now + 300 * DAY):
            m.refuses_bytes("revoked", f"signed at {when}", bundles.resigned(
                w.data, w.revoked, when=when))


def test_a_signature_in_another_form_is_refused(w, d):
    k = w.keys
    more = {
        "no signing time": ["-noattr"],
        "two certificates": ["-certfile", w.root.cert],
        "no certificate": ["-nocerts"],
        "named by its key": ["-keyid"],
    }
    reasons = ("corrupt", "unsigned")
    with Machine(w, d) as m:
        for what, words in more.items():
            m.refuses_bytes(reasons, what, bundles.resigned(
                w.data, w.signer, more=words))
        for first, second in ((w.signer, w.revoked), (w.revoked, w.signer),
                              (w.signer, k.signer("third", w.root))):
            m.refuses_bytes(reasons, "two signers", bundles.resigned(
                w.data, first, second))
        payload, cms = bundles.split(w.data)
        m.refuses_bytes(reasons, "something behind the signature",
                        bundles.join(payload, cms + b"\0"))
        m.refuses_bytes(reasons + ("truncated",), "64 KiB and one byte",
                        bundles.join(payload, cms.ljust(65537, b"\0")))


def test_old_formats_are_refused(w, d):
    payload, cms = bundles.split(w.data)
    detached = subprocess.run(
        ["openssl", "cms", "-sign", "-binary", "-nosmimecap", "-outform",
         "DER", "-md", "sha256", "-signer", w.signer.cert, "-inkey",
         w.signer.key], input=payload, check=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL).stdout
    with Machine(w, d) as m:
        m.refuses_bytes("not-a-bundle", "rauc's plain bundle", w.bundle_of(
            "plain", bundles.manifest(bundle="format=plain")))
        m.refuses_bytes("not-a-bundle", "a signature over the content",
                        bundles.join(payload, detached))
        for text in (b"format=plain", b"format=crypt", b"format=", b""):
            m.refuses_bytes("not-a-bundle", f"a manifest with {text}",
                            bundles.resigned(
                                w.data, w.signer, change=lambda t, new=text:
                                t.replace(b"format=verity", new)))


def test_other_products_are_refused(w, d):
    compatible = bundles.manifest(compatible="karcis-arm64")
    with Machine(w, d) as m:
        m.refuses_bytes("wrong-product", "all for another machine",
                        w.bundle_of("arm", compatible,
                                    compatible="karcis-arm64"))
        m.refuses_bytes("wrong-product", "the manifest for another machine",
                        w.bundle_of("arm2", compatible))
        # Known only when the content is.
        m.refuses_bytes(("wrong-product", "bad-release"),
                        "the image for another machine",
                        w.bundle_of("arm3", compatible="karcis-arm64"))
        m.refuses_bytes("wrong-product", "another product",
                        w.bundle_of("other", product="parking"))


def test_only_higher_versions_are_taken(w, d):
    with Machine(w, d) as m:
        m.refuses_bytes("same-version", "the same", w.bundle_of(
            "same", version="0.4.0"))
        for version in ("0.3.9", "0.3.99", "0.0.1"):
            m.refuses_bytes("downgrade", version, w.bundle_of(
                "old" + version, version=version))
    for i, version in enumerate(("0.4.1", "0.10.0", "1.0.0")):
        with Machine(w, f"{d}/{i}") as m:
            m.put(w.bundle_of("new" + version, version=version))
            m.attempt()
            if m.report["phase"] != "ready":
                raise AssertionError(f"{version}: {m.report}")


def test_nothing_below_the_security_floor_is_taken(w, d):
    low, five = (w.bundle_of(f"sec{n}", security=n) for n in (2, 5))
    with Machine(w, d + "/1") as m:
        m.refuses_bytes("below-floor", "below what runs", low)
    with Machine(w, d + "/2", floor=6) as m:
        m.refuses_bytes("below-floor", "above what runs, below what was good",
                        five)
    with Machine(w, d + "/3", floor=5) as m:
        m.put(five)
        m.attempt()
        if m.report["phase"] != "ready":
            raise AssertionError(f"at the floor: {m.report}")


def test_a_manifest_that_lies_about_its_image_is_refused(w, d):
    with Machine(w, d) as m:
        m.refuses_bytes("bad-release", "a higher version", w.bundle_of(
            "lie1", bundles.manifest("0.9.0")))
        m.refuses_bytes("bad-release", "an old image under a new version",
                        w.bundle_of("lie2", bundles.manifest("0.4.1"),
                                    version="0.3.0"))
        m.refuses_bytes("bad-release", "a higher security", w.bundle_of(
            "lie3", bundles.manifest("0.4.1\nbuild=security 9")))
        m.refuses_bytes("bad-release", "an image that says nothing",
                        bundles.read(bundles.bundle(
                            d + "/x", bundles.image(d + "/n", None, 9000),
                            bundles.manifest(), w.signer)))
        for key, value in ((b"size=", b"size=1"), (b"sha256=", b"sha256=0")):
            m.refuses_bytes(("corrupt", "bad-release"), key.decode(),
                            bundles.resigned(
                                w.data, w.signer, change=lambda t, k=key,
                                v=value: t.replace(k, v, 1)))


def test_a_manifest_that_asks_for_more_is_refused(w, d):
    more = (
        b"\n[hooks]\nfilename=hook.sh\nhooks=install-check\n",
        b"\n[handler]\nfilename=handler.sh\n",
        b"hooks=post-install\n",
        b"variant=x\n",
        b"\n[image.boot]\nfilename=boot.img\nsize=1\nsha256=" + b"0" * 64,
        b"\n[casync]\nstore=/tmp\n",
        b"filename=../../etc/passwd\n",
        b"\0",
        b"\n" + b"x" * 9000 + b"\n",
    )
    reasons = ("bad-release", "corrupt", "not-a-bundle")
    with Machine(w, d) as m:
        for text in more:
            m.refuses_bytes(reasons, repr(text[:40]), bundles.resigned(
                w.data, w.signer, change=lambda t, x=text: t + x))
        for change in (lambda t: b"", lambda t: t[:-1] + b"\xff",
                       lambda t: t.replace(b"rootfs.squashfs", b"../x"),
                       lambda t: t.replace(b"0.4.1", b"0.4.1-rc1"),
                       lambda t: t.replace(b"0.4.1", b"0.4.\n1"),
                       lambda t: t.replace(b"image.rootfs", b"image.boot")):
            m.refuses_bytes(reasons, "a changed manifest", bundles.resigned(
                w.data, w.signer, change=change))


def test_a_bundle_with_more_than_an_image_is_refused(w, d):
    """Signed, whole, and still none of ours."""
    more = {
        "a script": lambda f: bundles.write(f + "/hook.sh", b"#!/bin/sh\n"),
        "a link": lambda f: os.symlink("/etc/passwd", f + "/link"),
        "a pipe": lambda f: os.mkfifo(f + "/pipe"),
        "a folder": lambda f: os.mkdir(f + "/folder"),
        "a hidden file": lambda f: bundles.write(f + "/.x", b"x"),
    }
    with Machine(w, d + "/m") as m:
        for i, (what, put) in enumerate(more.items()):
            m.refuses_bytes("bad-release", what, bundles.read(bundles.bundle(
                f"{d}/{i}.raucb", w.next, bundles.manifest(), w.signer,
                more=put)))


def test_a_signature_of_other_content_is_refused(w, d):
    """A genuine signature before the content of another genuine bundle."""
    payload, _ = bundles.split(w.data)
    other, cms = bundles.split(w.bundle_of("swap", version="0.5.0"))
    with Machine(w, d) as m:
        m.refuses_bytes("corrupt", "the other's signature",
                        bundles.join(payload, cms))
        m.refuses_bytes("corrupt", "longer content", payload +
                        bytes(4096) + cms + struct.pack(">Q", len(cms)))
        m.refuses_bytes("corrupt", "shorter content",
                        payload[:-4096] + cms + struct.pack(">Q", len(cms)))
        m.refuses_bytes("corrupt", "an odd length", payload + b"x" + cms +
                        struct.pack(">Q", len(cms)))
