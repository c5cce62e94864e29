"""When paper did not come: what is printed again, by whom and how."""

import json
import os
import time

from terminal import (COPY, PAUSE_S, Failed, home, label_on, paper_after,
                      qr_of, same, shows, stays, wait_for)


def no_paper(office, out=True):
    flag = os.path.join(office.paper, "NO-PAPER")
    if out:
        with open(flag, "w", encoding="utf-8"):
            pass
    else:
        os.unlink(flag)
    wait_for("the printer to notice", lambda: json.loads(office.ctl(
        "status", "--json").stdout)["printer"]["paper_out"] ==
        ("yes" if out else "no"))


def on_screen(office, code):
    """Checks in without paper; the digits of the screen's QR."""
    office.scan(code)
    office.wait_screen("number")
    shot = os.path.join(office.folder, "number.png")
    office.shot(shot)
    return qr_of(shot)


def says_copy(paper):
    """The picture of the word is in no text: ask for it in the bytes of the
    text form."""
    with open(paper[:-4] + ".bin", "rb") as f:
        return b"SALINAN" in f.read()


def offered(office):
    return any(i[5] == COPY for i in office.read_layout()[1])


def test_paper_loaded_in_time_prints_the_original(b):
    o = b.office("reprint", form="text")
    no_paper(o)
    digits = on_screen(o, o.codes["good"][0])
    label = label_on(o)
    no_paper(o, False)
    o.wait_screen("ticket")
    same(label_on(o), label, "the number")
    paper = paper_after(o, 0)
    same(qr_of(paper), digits, "the paper's QR")
    same(says_copy(paper), False, "SALINAN on the paper")
    same(json.loads(o.ctl("status", "--json").stdout)["in_doubt"], [],
         "tickets in doubt")


def test_paper_loaded_too_late_prints_nothing_by_itself(b):
    o = b.office("noreprint", form="text")
    no_paper(o)
    on_screen(o, o.codes["good"][0])
    label = label_on(o)
    home(o)
    no_paper(o, False)
    stays(o, "home")
    same(len(o.papers()), 0, "papers")
    doubt = json.loads(o.ctl("status", "--json").stdout)["in_doubt"]
    same([(d["number"], d["print"], d["copies"]) for d in doubt],
         [(label, "not printed", 0)], "tickets in doubt")


def test_a_new_scan_offers_one_copy_with_the_same_qr(b):
    o = b.office("copy", form="text")
    no_paper(o)
    digits = on_screen(o, o.codes["good"][0])
    label = label_on(o)
    home(o)
    no_paper(o, False)
    time.sleep(PAUSE_S)
    o.scan(o.codes["good"][0])
    o.wait_screen("result")
    shows(o, "Kode ini sudah dipakai")
    o.press_action(COPY)
    o.wait_screen("ticket")
    same(label_on(o), label, "the number")
    paper = paper_after(o, 0)
    same(qr_of(paper), digits, "the copy's QR")
    same(says_copy(paper), True, "SALINAN on the copy")
    home(o)
    time.sleep(PAUSE_S)
    o.scan(o.codes["good"][0])
    o.wait_screen("result")
    if offered(o):
        raise Failed("a second copy is offered")
    same(len(o.papers()), 1, "papers")


TESTS = [
    test_paper_loaded_in_time_prints_the_original,
    test_paper_loaded_too_late_prints_nothing_by_itself,
    test_a_new_scan_offers_one_copy_with_the_same_qr,
]
