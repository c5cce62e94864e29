"""Cases about the families of printers: what proves paper in each, and the
same faults with every proof and over every transport."""

import time

from printer_bench import (DONE, NOT_PRINTED, PARTIAL, PRINTED, UNSURE,
                           Failed, among, holds, same, wait_for)

FAMILIES = (("epson", "auto"), ("asb", "auto"), ("order", "order"),
            ("custom", "auto"))


def p26_proved_by_the_presenter(b):
    """P26 a ticket is PRINTED when it stands in the presenter's mouth"""
    e, t = b.pair(family="custom", rate=10)
    same(t.serve(), "ticket", "the screen")
    s = e.state()
    same((s["shown"], s["papers"]), (1, 1), "shown, papers")
    e("remove")
    t.go_home()
    e("present fails")
    same(t.serve(), "number", "the screen, the ticket stuck on its way")
    t.wait_verdicts([PRINTED, UNSURE])
    e("present ok")
    e("remove")
    t.go_home()
    wait_for("the printer", lambda: t.printer()["connected"] == "yes")
    same(t.serve(), "ticket", "the next visitor's screen")
    t.stop()
    t.judge()


def p26_not_taken_is_pulled_back(b):
    """P26 a ticket that nobody takes is pulled back after a minute, one that
    is taken is not; the next one is not hindered"""
    e, t = b.pair(family="custom", rate=20)
    same(t.serve(), "ticket", "the screen")
    time.sleep(50 / 20)
    same(e.state()["retracted"], 0, "pulled back after 50 s")
    e.wait("it to be pulled back", lambda s: s["retracted"] == 1, 3)
    t.go_home()
    same(t.serve(), "ticket", "the screen")
    e("remove")
    time.sleep(70 / 20)
    s = e.state()
    same((s["retracted"], s["removed"]), (1, 1), "pulled back, taken")
    t.go_home()
    for _ in range(2):  # the second pushes the first out
        same(t.serve(), "ticket", "the screen")
    same(e.state()["ejected"], 1, "pushed out")
    t.stop()
    same(t.verdicts(), [PRINTED] * 4, "verdicts")
    t.judge()


def p26_a_fault_of_the_presenter(b):
    """P26 a paper jam or a cutter's fault: never PRINTED while it lasts"""
    for full in ("full 0 64 0", "full 0 0 1", "full 0 0 64", "full 8 0 0"):
        e, t = b.pair(family="custom", rate=20)
        e("at cut " + full)
        among(t.serve(), ("number",), f"the screen with {full}")
        t.wait_verdicts([UNSURE])
        e("full 0 0 0")
        e("remove")
        t.go_home()
        wait_for("the printer to be well", lambda: t.printer()
                 ["connected"] == "yes" and t.printer()["offline"] == "no")
        same(t.serve(), "ticket", "the next visitor's screen")
        t.stop()
        t.judge()


def p13_in_order_is_no_proof_without_paper(b):
    """P13 an answer in order that says "no paper", or none, is no proof"""
    for family, profile in FAMILIES[1:3]:
        e, t = b.pair(family=family, profile=profile, rate=20)
        e("at cut replies drop")
        same(t.serve(), "number", f"the screen with {family}, no answers")
        e("replies normal")
        t.wait_verdicts([UNSURE])
        t.go_home()
        t.wait_printer()
        e("at cut pause")
        at = t.scan_next()
        e.wait_fired()
        e.wait_fired()
        time.sleep(0.1)
        # The printer's own question is open: what it says counts.
        e("garbage 0c 0c 0c")
        same(t.outcome(at), "number", f"the screen with {family}, no paper")
        e("resume")
        t.wait_verdicts([UNSURE, UNSURE])
        t.go_home()
        t.wait_printer()
        same(t.serve(), "ticket", "the next visitor's screen")
        t.stop()
        t.judge()


def recover(e, t):
    """The next visitor's ticket is whole, whatever was before."""
    t.go_home()
    t.wait_printer()
    wait_for("the printer to be usable", lambda: all(
        t.printer()[k] != "yes" for k in ("paper_out", "cover_open",
                                          "offline", "cutter_error")))
    got = t.serve()
    if got != "ticket":
        raise Failed(f"the next visitor's screen: {got}; {e.state()}; "
                     f"{t.verdicts()}; {t.tail_log()}")
    t.go_home()


FAULTS = [
    # what happens at 5,000 bytes, what a second later, allowed verdicts
    ("unplug", ["plug"], (PARTIAL,)),
    ("power cycle", [], (PARTIAL, UNSURE)),
    ("paper out", ["paper in"], (PRINTED,)),
    ("cover open", ["cover closed"], (PRINTED,)),
    ("replies split", ["replies normal"], (PRINTED,)),
    ("buffer 100", ["buffer 4096"], (PRINTED,)),
    ("near-end on", ["near-end off"], (PRINTED,)),
]
# Without a soft reset a torn head stays on the next paper.
USB_FAULTS = [("stall", [], (PRINTED,)), ("eproto", [], (PARTIAL, UNSURE)),
              ("short 64", ["short 0"], (PRINTED,))]


def each_fault(b, faults, front="usb", family="epson", profile="auto",
               proves=True):
    e, t = b.pair(front=front, family=family, profile=profile, rate=10,
                  form="text", count=2 * len(faults) + 2)
    for fault, mend, allowed in faults:
        before = len(t.verdicts())
        e("at 5000 " + fault)
        at = t.scan_next()
        e.wait_fired()
        time.sleep(0.1)  # a second of the terminal's
        for line in mend:
            e(line)
        what = f"{front}, {family}, {fault}"
        wait_for(f"the end of the job, {what}", lambda: len(
            t.verdicts()) > before and 0 not in t.verdicts())
        t.outcome(at)
        among(t.verdicts()[before], allowed if proves else
              (UNSURE, PARTIAL), f"the verdict, {what}")
        try:
            recover(e, t)
        except Failed as x:
            raise Failed(f"after {what}: {x}") from None
        if proves:
            same(t.verdicts()[-1], PRINTED, f"the next verdict, {what}")
    t.stop()
    t.judge(whole=front == "usb")


def p10_faults_of_every_family(b):
    """P5 P6 P7 P9 P10 P15 P20 in the middle of a job, with every proof"""
    for family, profile in FAMILIES:
        each_fault(b, FAULTS + USB_FAULTS, "usb", family, profile)


def p10_faults_over_tcp(b):
    """P7 P10 P15 P20 over tcp:, with every proof and with none"""
    # A connection that ends says nothing of what the network still held.
    lost = [(f, m, (PARTIAL, UNSURE)) if f in ("unplug", "power cycle")
            else (f, m, a) for f, m, a in FAULTS]
    for family in ("epson", "asb", "order", "custom"):
        each_fault(b, lost, "tcp", family, family)
    each_fault(b, lost, "tcp", "generic", "generic", False)


def p10_faults_over_a_device_file(b):
    """P7 P10 P15 P20 over device:, with every proof and with none"""
    lost = [(f, m, (PARTIAL, UNSURE)) if f in ("unplug", "power cycle")
            else (f, m, a) for f, m, a in FAULTS]
    for family in ("epson", "asb", "order", "custom"):
        each_fault(b, lost, "pty", family, family)
    each_fault(b, lost, "pty", "generic", "generic", False)


def p15_mended_while_the_visitor_waits(b):
    """P15 refused for a cover or for paper, mended while the visitor is
    there: printed once, by itself"""
    for line, mend in (("cover open", "cover closed"),
                       ("paper out", "paper in")):
        e, t = b.pair(rate=4)
        e(line)
        wait_for("the printer to say so",
                 lambda: "yes" in (t.printer()["paper_out"],
                                   t.printer()["cover_open"]))
        t.scan_next()
        t.wait_verdicts([NOT_PRINTED])
        same(len(e.papers()), 0, "papers before")
        e(mend)
        t.wait_verdicts([NOT_PRINTED, PRINTED])
        t.wait_screen("ticket")
        t.press_action(DONE)
        t.wait_screen("home")
        time.sleep(0.5)
        t.stop()
        same(len(e.papers()), 1, "papers")
        t.judge()


def p15_unplugged_before_a_byte(b):
    """P15 no printer there, plugged in while the visitor waits: printed once,
    by itself"""
    e, t = b.pair(rate=4)
    e("unplug")
    t.wait_printer(value="no")
    t.scan_next()
    t.wait_verdicts([NOT_PRINTED])
    e("plug")
    t.wait_screen("ticket")
    t.wait_verdicts([NOT_PRINTED, PRINTED])
    t.stop()
    same(len(e.papers()), 1, "papers")
    t.judge()


def p8_loaded_after_it_was_given_up(b):
    """P8 a job given up, then paper: the printer has forgotten it"""
    for family, profile in FAMILIES:
        e, t = b.pair(family=family, profile=profile, rate=20, form="text",
                      before=["buffer 65536"])
        e("paper-left 5000")
        same(t.serve(), "number", f"the screen with {family}")
        # All bytes are in its buffer, so nobody can say "partial".
        t.wait_verdicts([UNSURE], 10)
        e("paper in")
        time.sleep(0.3)
        same(len(e.papers()), 0, f"papers of nobody, {family}")
        recover(e, t)
        t.stop()
        same(t.verdicts(), [UNSURE, PRINTED], "verdicts")
        t.judge()


def p14_a_model_whose_esc_at_ends_asb(b):
    """P14 where ESC @ ends the automatic status, paper out is seen all the
    same"""
    for family in ("epson", "asb"):
        e, t = b.pair(family=family, rate=10,
                      before=["init-stops-asb on"])
        same(t.serve(), "ticket", "the screen")
        t.go_home()
        e("paper out")
        t.wait_printer("paper_out", seconds=3)
        e("paper in")
        t.wait_printer("paper_out", "no", 3)
        e("at 5000 paper out")
        at = t.scan_next()
        e.wait_fired()
        t.wait_printer("paper_out", seconds=3)
        time.sleep(2.5)  # 25 s: longer than an unknown cause is waited for
        e("paper in")
        t.wait_verdicts([PRINTED, PRINTED])
        t.outcome(at)
        t.stop()
        t.judge()


CASES = [p10_faults_over_tcp, p10_faults_over_a_device_file,
         p10_faults_of_every_family, p8_loaded_after_it_was_given_up,
         p26_not_taken_is_pulled_back, p26_a_fault_of_the_presenter,
         p26_proved_by_the_presenter, p13_in_order_is_no_proof_without_paper,
         p15_mended_while_the_visitor_waits, p15_unplugged_before_a_byte,
         p14_a_model_whose_esc_at_ends_asb]
