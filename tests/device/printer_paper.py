"""Cases about paper, cover, cutter and presenter."""

import time

from printer_bench import (DONE, NOT_PRINTED, PARTIAL, PRINTED, UNSURE,
                           among, holds, same, wait_for)


def next_is_whole(e, t, before):
    """After all that, a visitor gets a whole ticket."""
    t.go_home()
    t.wait_printer()
    wait_for("the printer to be usable", lambda: all(
        t.printer()[k] == "no" for k in ("paper_out", "cover_open")))
    same(t.serve(), "ticket", "the next visitor's screen")
    t.wait_verdicts(before + [PRINTED])
    t.stop()
    return t.judge()


def p7_paper_loaded_after_thirty_seconds(b):
    """P7 paper out in the middle, loaded after 30 s: goes on, PRINTED once"""
    for family in ("epson",):
        e, t = b.pair(rate=20, family=family)
        e("paper-left 10000")
        at = t.scan_next()
        t.wait_printer("paper_out")
        time.sleep(30 / 20)
        same(len(e.papers()), 0, "papers while it is out")
        same(t.verdicts(), [0], "the verdict while it is out")
        e("paper in")
        t.wait_verdicts([PRINTED])
        among(t.outcome(at), ("ticket", "number"), "the screen")
        same(len(e.papers()), 1, "papers")
        next_is_whole(e, t, [PRINTED])


def p7_the_next_visitor_comes_while_paper_is_out(b):
    """P7 paper out in a ticket, its owner leaves with the number, the next
    comes: both are printed once it is loaded, and both verdicts are kept"""
    e, t = b.pair()
    e("at 10000 paper out")
    same(t.serve(), "number", "the first one's screen")
    t.press_action(DONE)
    t.wait_screen("home")
    same(t.serve(), "number", "the second one's screen")
    e("paper in")
    t.wait_verdicts([PRINTED, PRINTED])
    t.wait_screen("ticket")
    t.stop()
    t.judge()
    same(len(e.papers()), 2, "papers")


def p8_paper_never_comes(b):
    """P8 paper out for ever: PARTIAL at the deadline, the next is whole"""
    e, t = b.pair(rate=20)
    resets = e.state()["resets"]
    e("paper-left 10000")
    started = time.monotonic()
    same(t.serve(), "number", "the screen")
    t.wait_verdicts([PARTIAL])
    waited = (time.monotonic() - started) * 20
    holds(58 < waited < 80, f"PARTIAL after {waited:.0f} s, not 60")
    # 10,000 bytes printed and a full buffer of 4,096 behind them.
    same(len(e.papers()), 0, "papers")
    e.wait("a soft reset", lambda s: s["resets"] == resets + 1)
    same(len(e.papers("torn-")[-1]), 10000, "bytes on the torn paper")
    e("paper in")
    same(len(e.papers()), 0, "papers after it was loaded")
    next_is_whole(e, t, [PARTIAL])
    same(len(e.papers()), 1, "papers")


def p14_automatic_status(b):
    """P14 near-end: staff is told and the job runs; end: told at once"""
    for family in ("epson", "asb"):
        e, t = b.pair(family=family)
        e("near-end on")
        t.wait_printer("paper_low")
        same(t.printer()["paper_out"], "no", "paper_out")
        same(t.serve(), "ticket", "the screen")
        t.go_home()
        asked = e.state()["asked"]
        e("paper out")
        t.wait_printer("paper_out", seconds=2)
        e("paper in")
        e("near-end off")
        t.wait_printer("paper_out", "no", 2)
        t.wait_printer("paper_low", "no", 2)
        if t.printer()["proves_paper"]:
            same(t.verdicts(), [PRINTED], "verdict")
            same(e.state()["asked"], asked, "questions; it tells by itself")
        t.stop()
        t.judge()


def p14_status_by_asking(b):
    """P14 a printer without automatic status is asked once a second"""
    for family in ("order", "generic", "custom"):
        e, t = b.pair(family=family, before=["near-end on"])
        t.wait_printer("paper_low")
        asked = e.state()["asked"]
        time.sleep(1)  # four of the terminal's
        asked = e.state()["asked"] - asked
        each = 1 if family == "custom" else 4
        holds(2 * each <= asked <= 7 * each,
              f"{asked} questions in 4 s, not {4 * each}")
        e("paper out")
        t.wait_printer("paper_out", seconds=3)
        e("paper in")
        t.wait_printer("paper_out", "no", 3)
        among(t.serve(), ("ticket", "number"), "the screen")
        t.stop()
        t.judge()


def p15_cover_open_before(b):
    """P15 cover open or paper out before a job: refused, no byte"""
    for line, fact, mend in (("cover open", "cover_open", "cover closed"),
                             ("paper out", "paper_out", "paper in")):
        e, t = b.pair(rate=4)
        e(line)
        t.wait_printer(fact)
        taken = e.state()["taken"]
        same(t.serve(), "number", f"the screen with {line}")
        same(e.state()["taken"], taken, f"bytes with {line}")
        t.wait_verdicts([NOT_PRINTED])
        t.press_action(DONE)
        t.wait_screen("home")
        e(mend)
        t.wait_printer(fact, "no")
        time.sleep(0.3)
        same(len(e.papers()), 0, "papers of a visitor who has left")
        next_is_whole(e, t, [NOT_PRINTED])


def p16_cutter(b):
    """P16 a cutter error: no PRINTED while it lasts, PRINTED once mended"""
    e, t = b.pair(rate=20)
    e("cutter jam")
    at = t.scan_next()
    e.wait("the cut to fail", lambda s: s["waiting"] > 0)
    time.sleep(1)
    same(len(e.papers()), 0, "papers")
    same(t.verdicts(), [0], "the verdict while it is jammed")
    e("cutter ok")
    t.wait_verdicts([PRINTED])
    among(t.outcome(at), ("ticket", "number"), "the screen")
    t.go_home()
    e("cutter jam")
    same(t.serve(), "number", "the screen, never mended")
    t.wait_verdicts([PRINTED, UNSURE])
    t.go_home()
    at = t.scan_next()
    same(t.outcome(at), "number", "the screen of who comes then")
    e("cutter ok")
    t.go_home()
    t.stop()
    t.judge(whole=False)


CASES = [p8_paper_never_comes, p16_cutter,
         p7_paper_loaded_after_thirty_seconds,
         p7_the_next_visitor_comes_while_paper_is_out, p14_automatic_status,
         p14_status_by_asking, p15_cover_open_before]
