#!/usr/bin/env python3
"""The real karcis-update on a developer's machine: slots that are files, a
folder for a stick, real bundles.

usage: update_test.py [--build DIR] [NAMES]"""

import contextlib
import os

import bundles
import cases
import stick_files
import stick_usb
import update_common
import update_cuts
import update_faults
import update_journey
import update_rauc

HERE = os.path.dirname(os.path.abspath(__file__))


class World:
    """What all machines share."""

    def __init__(self, options, folder):
        self.folder = folder
        update_common.PROGRAM = os.path.join(options.build, "karcis-update")
        (self.keys, self.root, self.signer, self.keyring,
         self.image) = update_common.office(os.path.join(folder, "keys"))
        self.next = update_common.make_bundle(
            self.keys, self.signer, "next", "0.5.0", 4)
        self.big = update_common.make_bundle(
            self.keys, self.signer, "big", "0.5.0", 4, size=40 << 20)
        self.bigger = update_common.make_bundle(
            self.keys, self.signer, "bigger", "0.6.0", 4, size=40 << 20)
        self.images = {
            "0.4.0": bundles.read(self.image),
            "0.5.0": bundles.read(self.keys.path("next.squashfs"))}
        self.cut = self.preloaded("update_cut")
        self.stuck = self.preloaded("update_stuck")

    def preloaded(self, name):
        path = os.path.join(self.folder, name + ".so")
        bundles.run("gcc", "-D_GNU_SOURCE", "-std=c17", "-O1", "-Wall",
                    "-Wextra", "-Werror", "-shared", "-fPIC", "-o", path,
                    os.path.join(HERE, name + ".c"))
        return path

    @contextlib.contextmanager
    def machine(self, folder, more=(), start=True):
        os.makedirs(folder, exist_ok=True)
        m = update_common.Machine(os.path.join(folder, "machine"),
                                  self.keyring, self.image, more)
        try:
            if start:
                m.start()
            yield m
        finally:
            m.stop()


if __name__ == "__main__":
    cases.main([update_journey, update_faults, stick_files, stick_usb,
                update_rauc, update_cuts], World)
