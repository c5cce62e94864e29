"""Cases about the proof of printing, lost cables and strange answers."""

import random
import time

from printer_bench import (NOT_PRINTED, PARTIAL, PRINTED, UNSURE, among,
                           holds, same, wait_for)


def p10_unplugged_in_the_middle(b):
    """P10 unplugged at N, plugged in at a new address: ready in 2 s, nothing
    again by itself"""
    e, t = b.pair(count=16)
    wanted = []
    for at in (1, 4096, 10000, 30000):
        e("at %d unplug" % at)
        same(t.serve(), "number", f"the screen, unplugged at {at}")
        e.wait_fired()
        t.wait_printer(value="no")
        jobs, papers = e.state()["jobs"], len(e.papers())
        e("plug")
        started = time.monotonic()
        t.wait_printer()
        ready = time.monotonic() - started
        holds(ready < 2, f"ready after {ready:.1f} s")
        time.sleep(0.2)
        same((e.state()["jobs"], len(e.papers())), (jobs, papers),
             "jobs and papers after the replug")
        t.go_home()
        same(t.serve(), "ticket", "the next visitor's screen")
        t.go_home()
        wanted += [PARTIAL, PRINTED]
    t.wait_verdicts(wanted)
    t.stop()
    t.judge()
    same(len(e.papers()), 4, "papers")


def p10_the_printer_keeps_what_it_took(b):
    """P10 a cable pulled from a printer that keeps its bytes: the next ticket
    is whole all the same"""
    e, t = b.pair(before=["keeps on"])
    e("at 10000 unplug")
    same(t.serve(), "number", "the screen")
    e("plug")
    t.wait_printer()
    t.go_home()
    same(t.serve(), "ticket", "the next visitor's screen")
    t.stop()
    same(t.verdicts(), [PARTIAL, PRINTED], "verdicts")
    t.judge()


def p11_unplugged_before_the_proof(b):
    """P11 unplugged after the last byte, before the proof: UNSURE"""
    for keeps in ("off", "on"):
        e, t = b.pair(before=["keeps " + keeps, "speed 200000"])
        e("at cut unplug")
        same(t.serve(), "number", "the screen")
        t.wait_verdicts([UNSURE])
        e("plug")
        t.wait_printer()
        time.sleep(0.3)
        same(e.state()["jobs"], 1, "jobs after the replug")
        t.go_home()
        same(t.serve(), "ticket", "the next visitor's screen")
        t.stop()
        same(t.verdicts(), [UNSURE, PRINTED], "verdicts")
        t.judge()


def p12_a_proof_after_nine_seconds(b):
    """P12 a proof that takes 9 s counts"""
    e, t = b.pair(rate=4, before=["proof-delay 2250"])
    started = time.monotonic()
    same(t.serve(), "ticket", "the screen")
    waited = (time.monotonic() - started) * 4
    holds(9 <= waited < 12, f"after {waited:.1f} s")
    t.stop()
    same(t.verdicts(), [PRINTED], "verdict")
    t.judge()


def p12_proofs_doubled_and_split(b):
    """P12 a proof that comes twice counts once; in seven packets it counts"""
    for how in ("double", "split"):
        e, t = b.pair(before=["replies " + how])
        for _ in range(3):
            same(t.serve(), "ticket", f"the screen, replies {how}")
        t.stop()
        same([t_.jobs for t_ in t.journal()], [[[0, PRINTED]]] * 3,
             f"verdicts, replies {how}")
        t.judge()


def p12_a_proof_of_an_older_job(b):
    """P12 an older job's proof proves nothing of this one; a newer one's
    proves both"""
    e, t = b.pair(rate=10, before=["proof off"])
    same(t.serve(), "number", "the screen without a proof")
    t.wait_verdicts([UNSURE])
    t.go_home()
    older = e.state()["process"]
    at = t.scan_next()
    e.wait("the second job's end", lambda s: s["papers"] == 2)
    e("garbage " + block(older))
    time.sleep(0.2)
    same(t.outcome(at), "number", "the screen with an older proof")
    t.wait_verdicts([PRINTED, UNSURE])  # it was the first job's, late
    t.go_home()
    e("proof on")
    same(t.serve(), "ticket", "the screen of the third")
    t.wait_verdicts([PRINTED, PRINTED, PRINTED])
    t.stop()
    t.judge()


def block(digits):
    return " ".join("%02x" % x for x in
                    b"\x37\x22" + digits.encode() + b"\x00")


def p12_a_proof_between_status_bytes(b):
    """P12 status bytes inside a proof and a proof inside status bytes"""
    e, t = b.pair(rate=4, before=["proof off"])
    asked = e.state()["process"]
    for inside in (True, False):
        at = t.scan_next()
        e.wait("the job's question", lambda s: s["process"] != asked)
        asked = e.state()["process"]
        proof = block(asked).split()
        asb = "10 00 00 00".split()
        mixed = proof[:4] + asb + proof[4:] if inside else \
            asb[:1] + proof + asb[1:]
        e("garbage " + " ".join(mixed))
        same(t.outcome(at), "ticket", f"the screen, inside {inside}")
    t.stop()
    same(t.verdicts(), [PRINTED, PRINTED], "verdicts")
    t.judge()


def p13_no_proof_at_all(b):
    """P13 a proof that never comes: UNSURE after 15 s, never PRINTED"""
    rate = 2 if b.wrapper else 10
    e, t = b.pair(rate=rate, before=["proof off"])
    started = time.monotonic()
    same(t.serve(), "number", "the screen")
    t.wait_verdicts([UNSURE])
    waited = (time.monotonic() - started) * rate
    holds(14 < waited < 22, f"UNSURE after {waited:.1f} s, not 15")
    t.go_home()
    e("replies drop")
    same(t.serve(), "number", "the screen when nothing is answered")
    t.wait_verdicts([UNSURE, UNSURE])
    t.stop()
    t.judge()


def p13_printers_without_a_proof(b):
    """P13 a printer without a proof: UNSURE, and the visitor may say so"""
    for family in ("generic", "mute"):
        e, t = b.pair(family=family)
        same(t.serve(), "ticket", f"the screen with {family}")
        t.wait_verdicts([UNSURE])
        t.press_action(10 + 1)  # no paper came out
        t.wait_screen("number")
        t.stop()
        same(len(e.papers()), 1, "papers")
        t.judge()


def p17_garbage(b):
    """P17 answers that mean nothing prove nothing and break nothing"""
    seed = random.randrange(1 << 30)
    r = random.Random(seed)
    e, t = b.pair(rate=10, count=12)
    sent = 0
    for what in ("all", "random", "random", "random", "random"):
        noise = list(range(256)) if what == "all" else \
            [r.randrange(256) for _ in range(100)]
        e("proof " + r.choice(("on", "off")))
        at = t.scan_next()
        e("garbage " + " ".join("%02x" % x for x in noise[:160]))
        e("garbage " + " ".join("%02x" % x for x in noise[160:]))
        among(t.outcome(at), ("ticket", "number"), f"screen, seed {seed}")
        sent += 1
        t.go_home()
    # Noise may be read as "paper out", until the printer says otherwise.
    e("replies normal")
    e("proof on")
    e("power cycle")
    time.sleep(0.2)
    t.wait_printer()
    t.wait_printer("paper_out", "no")
    same(t.serve(), "ticket", f"the screen after the noise, seed {seed}")
    t.stop()
    same(t.verdicts()[-1], PRINTED, "the last verdict")
    t.judge()
    e, t = b.pair(rate=10, before=["proof off"])
    at = t.scan_next()
    e("garbage 37 22 30 30 30 00 37 22 37 22 25 00 37 22 41 42 43 44 00")
    same(t.outcome(at), "number", "the screen without a proof")
    t.stop()
    same(t.verdicts(), [UNSURE], "verdict")
    among(NOT_PRINTED, (2,), "the names")


def p17_a_printer_that_forgets(b):
    """P17 a printer that clears its buffer in the middle: never PRINTED, and
    the next ticket is whole"""
    e, t = b.pair(rate=10, form="text")
    e("at 5000 clear")
    t.scan_next()
    t.wait_verdicts([UNSURE])
    e.wait_fired()
    e("power off")
    t.wait_printer(value="no")
    e("power on")
    t.wait_printer()
    t.go_home()
    same(t.serve(), "ticket", "the next visitor's screen")
    t.stop()
    same(t.verdicts(), [UNSURE, PRINTED], "verdicts")


CASES = [p17_a_printer_that_forgets, p13_no_proof_at_all,
         p12_a_proof_of_an_older_job, p17_garbage,
         p12_a_proof_after_nine_seconds, p10_unplugged_in_the_middle,
         p10_the_printer_keeps_what_it_took, p11_unplugged_before_the_proof,
         p12_proofs_doubled_and_split, p12_a_proof_between_status_bytes,
         p13_printers_without_a_proof]
