"""Cases about bytes: what leaves the terminal arrives once, in order."""

import os
import re
import subprocess
import time

from printer_bench import (NOT_PRINTED, PARTIAL, PRINTED, ROOT, UNSURE,
                           Failed, among, holds, same, wait_for)


def printed_once(e, t, served):
    t.wait_verdicts([PRINTED] * served)
    same(len(e.papers()), served, "papers")
    t.stop()
    t.judge()


def p1_odd_ids_and_alternate_settings(b):
    """P1 vendor unknown, IN before OUT, the setting that answers is taken"""
    e, t = b.pair(profile="epson", before=["vidpid 1fc91234",
                                           "shape alternates"])
    same(t.serve(), "ticket", "the screen")
    holds(e.state()["alternate"] >= 1, "no alternate setting was chosen")
    printed_once(e, t, 1)


def p2_device_ids_with_wrong_lengths(b):
    """P2 an IEEE 1284 id whose length bytes are wrong is read all the same"""
    e, t = b.pair()
    served = 0
    for length in (0, 1, 3, 255, 65535):
        e("unplug")
        t.wait_printer(value="no")
        e("id-length %d" % length)
        e("plug")
        t.wait_printer()
        same(t.serve(), "ticket", f"the screen with length {length}")
        served += 1
    printed_once(e, t, served)


def p3_taken_from_usblp_and_given_back(b):
    """P3 usblp is detached and attached again; a busy one is tried again"""
    e, t = b.pair(before=["usblp on", "busy on"], run=False)
    t.start()
    wait_for("the log to say so", lambda: "in use by another program" in
             t.tail_log())
    same(e.state()["claims"], 0, "claims while it is busy")
    e("busy off")
    t.wait_printer()
    same(t.serve(), "ticket", "the screen")
    same(e.state()["attached"], 0, "attached before the end")
    printed_once(e, t, 1)
    same(e.state()["attached"], 1, "attached after the end")


PATTERN = b"\x1b@" + bytes(65 + (i * 7 + i // 251) % 26
                           for i in range(2, 65536))


def one_job(b, e, argument, size=65536, program="print-one"):
    """The driver alone sends a pattern; its words."""
    env = dict(os.environ, LD_PRELOAD=(
        b.sanitizer + " libumockdev-preload.so.0").strip(),
        UMOCKDEV_DIR=e.where, ASAN_OPTIONS="detect_leaks=0")
    p = subprocess.Popen([*b.wrapper, os.path.join(b.build,
                                                   "device", program),
                          argument], env=env, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True, bufsize=1)
    words = []
    try:
        while True:
            line = p.stdout.readline()
            if not line:
                raise Failed(f"print-one ended: {words[-5:]}")
            words.append(line)
            if "status connected=2" in line and size:
                p.stdin.write("submit 41 %d\n" % size)
                p.stdin.flush()
                size = 0
            if " job 41 " in line:
                break
        p.stdin.write("quit\n")
        p.stdin.flush()
        same(p.wait(10), 0, "exit of print-one")
    finally:
        p.kill()
        p.wait()
    return words


def p4_sixty_four_kilobytes_exactly(b):
    """P4 a job of 65,536 bytes arrives exactly"""
    e, _ = b.pair(run=False)
    words = one_job(b, e, "usb:auto")
    holds("job 41 printed taken=65550 total=65550" in words[-1], words[-1])
    e("power off")
    holds(e.papers("torn-")[-1].removesuffix(PATTERN) in (b"", b"\x1b@"),
          "the paper is not the job")


def split_job(b, e):
    """A job in one transfer, of which libusb makes several."""
    last = one_job(b, e, "usb:auto", program="print-one-split")[-1]
    verdict, taken = re.search(r"job 41 (\w+) taken=(\d+)", last).groups()
    return verdict, int(taken)


def exact_split_job(b, e, what):
    same(split_job(b, e), ("printed", 65550), f"the job {what}")
    e("power off")
    holds(e.papers("torn-")[-1].endswith(PATTERN),
          f"the paper is not the job {what}")
    e("power on")


def p10_split_transfers(b):
    """P10 a job in one transfer that libusb splits: unplugged at N, no byte is
    counted that was not taken, and none is proof of all; the next is exact"""
    e, _ = b.pair(run=False, before=["splits on"])
    for at in (1, 16383, 16384, 16385, 32768, 50000):
        e("at %d unplug" % at)
        verdict, taken = split_job(b, e)
        among(verdict, ("partial", "unsure"), f"unplugged at {at}")
        # libusb tells only of parts that came back whole before
        holds(taken <= at and taken % 16384 == 0,
              f"{taken} counted, unplugged at {at}")
        same(e.state()["job"], at, "taken")
        e("plug")
        exact_split_job(b, e, f"after one unplugged at {at}")


def p6_split_stalls(b):
    """P6 a stall in the middle of a transfer that libusb splits: each byte
    once"""
    e, _ = b.pair(run=False, before=["splits on"])
    for at in (1, 16383, 16384, 16385, 40000, 65535):
        e("at %d stall" % at)
        exact_split_job(b, e, f"with a stall at {at}")


def test_slip(e, t):
    """Bytes of one more slip of `karcis-ctl print test`."""
    before = len(e.papers())

    def sent():
        return t.ctl("print", "test", check=False).returncode == 0
    wait_for("the test slip to be taken", sent)
    wait_for("the test slip", lambda: len(e.papers()) > before)
    return e.papers()[-1]


def same_slip(got, wanted, what):
    """But for the minute, which is drawn on it."""
    if got != wanted:
        raise Failed(f"{what}: {len(got)} bytes, not those {len(wanted)}")


def p5_a_printer_that_takes_a_thousand_bytes(b):
    """P5 a short write every 1,000 bytes: each byte once"""
    e, t = b.pair(rate=1)
    whole = test_slip(e, t)
    for short in (1000, 64, 4095):
        e("short %d" % short)
        same_slip(test_slip(e, t), whole, f"short writes of {short}")
    e("short 1000")
    same(t.serve(), "ticket", "the screen")
    t.wait_verdicts([PRINTED])
    t.stop()
    same(e.state()["unknown"] + e.state()["texts"], 0, "bytes out of place")


def p6_stalls(b):
    """P6 a stall at 0, 1, 63, 64, 65, 20,000 and the last byte"""
    e, t = b.pair(rate=1)
    whole = test_slip(e, t)
    last = e.state()["job"] - 1
    for at in (0, 1, 63, 64, 65, 20000, last):
        e("at %d stall" % at)
        same_slip(test_slip(e, t), whole, f"stall at {at}")
        e.wait_fired()
    same(e.state()["wakes"], 1 + 8, "ESC @, one to wake and one a slip")
    e("at 4096 stall")
    same(t.serve(), "ticket", "the screen")
    t.wait_verdicts([PRINTED])
    t.stop()
    same(e.state()["unknown"] + e.state()["texts"], 0, "bytes out of place")


def p9_protocol_error(b):
    """P9 EPROTO ends the job as PARTIAL at most; the next one is whole"""
    e, t = b.pair(count=8)
    for at in (1, 5000, 20000):
        e("at %d eproto" % at)
        same(t.serve(), "number", f"the screen, EPROTO at {at}")
        e.wait_fired()
        t.go_home()
        t.wait_printer()
        same(t.serve(), "ticket", f"the next, EPROTO at {at}")
        t.go_home()
    t.stop()
    verdicts = t.verdicts()
    same(verdicts[1::2], [PRINTED] * 3, "verdicts of the next ones")
    for v in verdicts[::2]:
        among(v, (NOT_PRINTED, PARTIAL, UNSURE), "verdict after EPROTO")
    t.judge()


def p18_images_hold_no_commands(b):
    """P18 no image holds a sequence that a printer takes for a command"""
    e, t = b.pair(count=24)
    for _ in range(24):
        same(t.serve(), "ticket", "the screen")
    t.stop()
    same(len(e.papers()), 24, "papers")
    for paper in e.papers():
        for code in (4, 5, 0x14):
            holds(bytes((0x10, code)) not in paper, "10 %02x" % code)
    same(e.state()["image"], 0, "real-time commands inside images")
    planted = b"\x1b@\x1dv0\0\x02\0\x02\0\x10\x04\x01\0\x1dVB\0"
    folder = os.path.join(t.folder, "planted")
    os.makedirs(folder)
    seen = planted_image(folder, planted)
    same(seen["image"], 1, "the planted one, as the emulator counts")


def planted_image(folder, bytes_):
    """The emulator must see what it is there to see."""
    from printer_bench import Emulator
    import socket
    e = Emulator(folder, "tcp")
    try:
        with socket.create_connection(("127.0.0.1", int(e.where))) as s:
            s.sendall(bytes_)
            e.wait("the planted image", lambda x: x["papers"] == 1)
        return e.state()
    finally:
        e.close()


def p24_what_is_no_ticket_printer_is_not_touched(b):
    """P24 a disk and an office printer (CMD:PCL) get no byte"""
    e, t = b.pair(plug=False, before=["class 8", "id"], run=False)
    e("plug")
    e("use 2")
    e("vidpid 03f00c17")
    e("id MFG:HP;CMD:PCL,PJL;MDL:LaserJet 1320;CLS:PRINTER;")
    e("plug")
    t.start()
    same(t.serve(), "number", "the screen")
    time.sleep(0.5)
    for device in (1, 2):
        s = e("use %d" % device)
        same((s["taken"], s["claims"], s["resets"]), (0, 0, 0),
             f"bytes, claims, resets of device {device}")
    t.wait_verdicts([NOT_PRINTED])
    t.stop()


def p25_two_printers(b):
    """P25 of two printers one is used; when it goes, the other"""
    e, t = b.pair()
    e("use 2")
    e("plug")
    time.sleep(0.3)
    for _ in range(3):
        same(t.serve(), "ticket", "the screen")
    same((e("use 1")["papers"], e("use 2")["papers"]), (3, 0), "papers")
    e("use 1")
    e("unplug")
    e.wait("the second to be taken", lambda _: e("use 2")["claims"] == 1)
    t.wait_printer()
    same(t.serve(), "ticket", "the screen at the second")
    same((e("use 1")["papers"], e("use 2")["papers"]), (3, 1), "papers")
    t.wait_verdicts([PRINTED] * 4)
    t.stop()


def p25_a_named_printer(b):
    """P25 usb:VVVV:PPPP takes that one and leaves the other alone"""
    e, t = b.pair(device="usb:04b8:0e28", plug=False, run=False)
    e("plug")
    e("use 2")
    e("vidpid 04b80e28")
    e("plug")
    t.start()
    t.wait_printer()
    same(t.serve(), "ticket", "the screen")
    same((e("use 1")["taken"], e("use 2")["papers"]), (0, 1),
         "bytes of the first, papers of the second")
    t.stop()


HOSTILE = [b"\x1b@Siti \x10\x04\x01 \x1dV0", "Ünal Çelik Ørsted".encode(),
           "王小明".encode(), b"\x10\x14\x08\x01\x03Bob", b"\x1b=\x02Dewi",
           b"\x10\x04\x14 \x1d(H\x06"]


def p27_names_are_no_commands(b):
    """P27 a name with ESC @, DLE, UTF-8 prints as text, or not at all"""
    for form in ("text", "picture"):
        e, t = b.pair(form=form, names=HOSTILE, count=len(HOSTILE))
        served = 0
        while served < len(HOSTILE):
            at = t.scan_next()
            served += 1
            among(t.outcome(at), ("ticket", "result"), "the screen")
            if t.read_layout()[0] != "ticket":
                t.go_home()
        t.stop()
        papers = t.judge()
        holds(len(papers) >= 2, f"only {len(papers)} papers came out")
        s = e.state()
        same(s["wakes"], 1 + len(papers), f"ESC @ in form {form}")
        same(s["papers"], s["jobs"], f"cuts a job in form {form}")
        for paper in e.papers():
            for bad in (b"\x10\x04", b"\x10\x14", b"\x1b="):
                holds(bad not in paper, f"{bad!r} in form {form}")


def p28_the_picture_of_the_paper(b):
    """P28 number, requirements, one cut; the QR is the signed ticket"""
    e, t = b.pair()
    same(t.serve(), "ticket", "the screen")
    label = t.journal()[0].label
    t.stop()
    paper = e.papers()[0]
    same(paper.count(b"\x1dV"), 1, "cuts in the bytes")
    same(e.state()["papers"], 1, "papers")
    r = t.ctl("ticket", "verify", t.paper_qr(paper), check=False)
    same(r.returncode, 0, "exit of ticket verify: " + r.stdout)
    holds(label in r.stdout, f"{label} is not in {r.stdout!r}")
    with open(os.path.join(t.folder, "services.ini"), encoding="utf-8") as f:
        needs = re.findall(r"^needs?\.id *= *(.+)$|^requirements?\.id *= *"
                           r"(.+)$", f.read(), re.M)
    # As a page, and as words wherever they stand: with some QRs tesseract
    # takes the big number of the page for a picture.
    text = "".join(subprocess.run(
        ["tesseract", t.paper_picture(paper), "-", "-l", "ind", "--psm", way],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        check=True).stdout for way in ("3", "11"))
    holds(label in text, f"tesseract does not read {label}: {text!r}")
    for word in ("KTP", "Kartu Keluarga"):
        holds(word in text, f"tesseract does not read {word!r}: {text!r} "
              f"({needs})")
    t.judge()


CASES = [p1_odd_ids_and_alternate_settings, p2_device_ids_with_wrong_lengths,
         p3_taken_from_usblp_and_given_back, p4_sixty_four_kilobytes_exactly,
         p5_a_printer_that_takes_a_thousand_bytes, p6_stalls,
         p9_protocol_error, p6_split_stalls,
         p10_split_transfers, p18_images_hold_no_commands,
         p24_what_is_no_ticket_printer_is_not_touched, p25_two_printers,
         p25_a_named_printer, p27_names_are_no_commands,
         p28_the_picture_of_the_paper]
assert os.path.isdir(ROOT)
