"""Cases of sudden ends: the terminal killed, the printer's power lost."""

import os
import time

from printer_bench import (COPY, NOT_PRINTED, PARTIAL, PRINTED, UNSURE,
                           Failed, among, holds, same, wait_for)

# Of each job; fewer where a start takes seconds (valgrind).
POINTS = int(os.environ.get("POINTS", 20))


def learn(e, t):
    """The length of a job, by one that goes well."""
    same(t.serve(), "ticket", "the screen of the first")
    t.wait_verdicts([PRINTED])
    return e.state()["job"]


def points(length):
    """So many moments, and the last: the cut has been taken."""
    return [length * k // POINTS for k in range(POINTS)] + ["cut"]


def killed_everywhere(e, t, whole=True):
    length = learn(e, t)
    for at in points(length):
        before = len(t.verdicts())
        e(f"at {at} pause")
        t.scan_next()
        e.wait_fired()
        t.kill()
        e("resume")
        t.start()
        t.wait_printer()
        wait_for("a verdict from the journal",
                 lambda: len(t.verdicts()) > before)
        same(t.verdicts()[before], UNSURE, f"verdict, killed at {at}")
        try:
            same(t.serve(), "ticket", "the next visitor's screen")
        except Failed as x:
            raise Failed(f"killed at {at}: {x}") from None
        t.go_home()
    t.stop()
    verdicts = t.verdicts()
    same(verdicts[1::2], [UNSURE] * (POINTS + 1), "verdicts of the killed")
    same(verdicts[0::2], [PRINTED] * (POINTS + 2), "verdicts of the others")
    marks = t.judge(whole)
    killed = {x.mark for x in t.journal()[1::2]}
    # All bytes taken and the terminal killed: that one is on paper. A
    # network or a line may hold the rest of others.
    most = 2 if e.front == "usb" else POINTS + 1
    holds(len(killed & set(marks)) <= most,
          f"{len(killed & set(marks))} papers of killed jobs")


def p19_killed_everywhere(b):
    """P19 kill -9 at every 1/20 of a job: UNSURE after the restart, no paper
    twice, and the next ticket is whole"""
    e, t = b.pair(rate=4, count=2 * POINTS + 4)
    killed_everywhere(e, t)


def p19_killed_everywhere_in_order(b):
    """P19 the same with a proof in order (TM-T88III), text form"""
    e, t = b.pair(rate=4, count=2 * POINTS + 4, family="asb", form="text")
    killed_everywhere(e, t)


def p19_killed_everywhere_on_a_line(b):
    """P19 the same over tcp: and device:, where nothing can be reset"""
    for front in ("tcp", "pty"):
        e, t = b.pair(front=front, rate=4, count=2 * POINTS + 4,
                      profile="epson")
        killed_everywhere(e, t, whole=False)


def p19_killed_and_no_soft_reset(b):
    """P19 the same on a USB printer that knows no soft reset"""
    e, t = b.pair(rate=4, count=2 * POINTS + 4, before=["no-reset on"])
    killed_everywhere(e, t, whole=False)


def p19_the_copy_of_a_killed_ticket(b):
    """P19 whose ticket was killed gets a copy: same number, same QR"""
    e, t = b.pair(rate=4, before=["proof off"])
    e("at cut pause")
    t.scan_next()
    e.wait_fired()
    t.kill()
    e("resume")
    e("proof on")
    t.start()
    t.wait_printer()
    code = t.codes[0]
    t.scan(code)
    t.wait_screen("result")
    at = len(t.tail(0).encode())
    t.press_action(COPY)
    same(t.outcome(at), "ticket", "the screen")
    t.wait_verdicts([UNSURE, PRINTED])
    t.stop()
    papers = e.papers()
    same(len(papers), 2, "papers, the killed one's and its copy")
    same(t.paper_qr(papers[0]), t.paper_qr(papers[1]), "the QRs")
    t.judge()


def cycled_everywhere(e, t, action="power cycle"):
    length = learn(e, t)
    for at in points(length):
        before = len(t.verdicts())
        e(f"at {at} {action}")
        t.scan_next()
        e.wait_fired()
        wait_for("a verdict", lambda: len(t.verdicts()) > before and
                 0 not in t.verdicts())
        t.wait_printer()
        try:
            t.go_home()
            wait_for("the printer to be usable",
                     lambda: t.printer()["paper_out"] == "no")
            same(t.serve(), "ticket", "the next visitor's screen")
        except Failed as x:
            raise Failed(f"{action} at {at}: {x}") from None
        t.go_home()
    t.stop()
    tickets = t.journal()
    for k, x in enumerate(tickets[1::2]):
        first = x.jobs[0][-1]
        if k == 0:  # no byte was taken: printed again by itself
            among(first, (NOT_PRINTED, PARTIAL, UNSURE), f"{x}, no byte")
        elif k < POINTS:
            among(first, (PARTIAL, UNSURE), f"{x}, {k}/{POINTS}")
        else:
            among(first, (UNSURE, PRINTED), f"{x}, all bytes")
    for x in tickets[0::2]:
        same(x.jobs[-1][-1], PRINTED, f"the verdict of {x}")
    t.judge()


def p20_power_cycled_everywhere(b):
    """P20 the printer's power lost at every 1/20 of a job"""
    e, t = b.pair(rate=10, count=2 * POINTS + 4)
    cycled_everywhere(e, t)


def p20_power_lost_with_a_full_buffer(b):
    """P20 the same when it prints behind what it took, text form"""
    e, t = b.pair(rate=10, count=2 * POINTS + 4, form="text",
                  before=["speed 100000", "buffer 4096"])
    cycled_everywhere(e, t)


def p20_every_family(b):
    """P20 the same with the proofs of the other families, text form"""
    for family, profile in (("asb", "auto"), ("order", "order"),
                            ("custom", "auto")):
        e, t = b.pair(rate=10, count=2 * POINTS + 4, form="text",
                      family=family, profile=profile,
                      before=["speed 400000"])
        cycled_everywhere(e, t)


def p20_off_for_a_while(b):
    """P20 switched off in the middle and on after 10 s: the waiting visitor
    has the number, the next a ticket"""
    e, t = b.pair(rate=10)
    e("at 10000 power off")
    same(t.serve(), "number", "the screen")
    t.wait_verdicts([PARTIAL])
    time.sleep(1)
    e("power on")
    t.wait_printer()
    time.sleep(0.2)
    same(len(e.papers()), 0, "papers by themselves")
    t.go_home()
    same(t.serve(), "ticket", "the next visitor's screen")
    t.stop()
    t.judge()


CASES = [p20_every_family, p20_power_cycled_everywhere,
         p20_power_lost_with_a_full_buffer, p19_killed_everywhere,
         p19_killed_everywhere_on_a_line, p19_killed_and_no_soft_reset,
         p19_killed_everywhere_in_order, p19_the_copy_of_a_killed_ticket,
         p20_off_for_a_while]
