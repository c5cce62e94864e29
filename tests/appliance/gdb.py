"""QEMU's gdb stub, as far as a hang needs it: the machine's processors stand
still for ever, with interrupts off, as after a fault of the hardware."""

import re
import socket
import time

from machine import Failed

# Order of the registers in QEMU's x86-64 description.
RIP, EFLAGS = 16, 17
INTERRUPTS = 0x200
JUMP_TO_ITSELF = b"\xeb\xfe"


class Stub:
    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(30)
        self.s.connect(path)
        self.left = b""
        # Only who has asked for the registers' names may ask for one.
        self.ask("qXfer:features:read:target.xml:0,ffb")

    def packet(self):
        """The next packet's text."""
        while True:
            m = re.search(rb"\$([^#]*)#..", self.left, re.S)
            if m:
                self.left = self.left[m.end():]
                self.s.sendall(b"+")
                return m.group(1).decode()
            more = self.s.recv(65536)
            if not more:
                raise Failed("the gdb stub ended")
            self.left += more

    def ask(self, text):
        """One packet of the remote protocol and its answer; that the machine
        stopped is told in between."""
        body = text.encode()
        self.s.sendall(b"$" + body + b"#%02x" % (sum(body) & 255))
        while True:
            answer = self.packet()
            if not answer.startswith("T"):
                return answer

    def word(self, register):
        """QEMU tells registers in the machine's order: low byte first."""
        return int.from_bytes(bytes.fromhex(self.ask(f"p{register:x}")),
                              "little")

    def set_word(self, register, value, size):
        raw = value.to_bytes(size, "little").hex()
        if self.ask(f"P{register:x}={raw}") != "OK":
            raise Failed("a register can't be set")

    def choose(self, n):
        if self.ask(f"Hg{n:x}") != "OK":
            raise Failed(f"no processor {n}")

    def hang(self, processors):
        """False when one is in a program, whose page may be shared."""
        places = {}
        for n in range(1, processors + 1):
            self.choose(n)
            places[n] = self.word(RIP)
            if places[n] >> 63 == 0:
                return False
        for n, at in places.items():
            self.choose(n)
            flags = self.word(EFLAGS)
            if self.ask(f"M{at:x},2:{JUMP_TO_ITSELF.hex()}") != "OK":
                raise Failed("memory can't be set")
            self.set_word(EFLAGS, flags & ~INTERRUPTS, 4)
        return True

    # The machine goes on when the stub is left.
    def close(self):
        self.ask("D")
        self.s.close()


def hang(m, processors, tries=40):
    """The machine (started with -gdb at its socket "gdb") stands still."""
    for _ in range(tries):
        stub = Stub(m.socket_of("gdb"))
        try:
            if stub.hang(processors):
                return
        finally:
            stub.close()
        time.sleep(0.3)
    raise Failed("the machine never was in its kernel")
