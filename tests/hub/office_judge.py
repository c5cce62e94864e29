"""What must hold of a hub and its kiosks when all has been told, whatever
happened before: judge() reads the hub's store, backups of the journals, the
caches and the papers, and raises one sentence for each thing that is wrong."""

import collections
import os
import subprocess
import time

from office_common import OFFICE, Failed

ADMIT, NUMBERS = 1, 2                 # enum claim_op
ADMITTED = 1                          # enum claim_answer
DOUBLE = 1                            # enum claim_report_kind
ENTRY_ADMIT, ENTRY_REFUSED = 2, 3     # FORMATS.md, Audit entry
USED = (15, 16)                       # enum verdict: USED, USED_COPY
SAME_MOMENT_S = 2                     # clocks of one machine

Entry = collections.namedtuple(
    "Entry", "n op_id booking day letter number key_id seq time_s")
Op = collections.namedtuple(
    "Op", "op_id day hash answer done letter number key_id seq n device")


def entries_of(journal):
    rows = journal.execute(
        "SELECT n, lower(hex(op_id)), lower(hex(booking)), day, label, "
        "number, key_id, seq, time_s FROM entry WHERE kind = ? "
        "AND payload IS NOT NULL ORDER BY n", (ENTRY_ADMIT,))
    return [Entry(*r) for r in rows]


class KioskFacts:
    """What a kiosk that has ended holds."""

    def __init__(self, kiosk):
        self.name = kiosk.terminal
        journal = kiosk.backup()
        self.admitted = entries_of(journal)
        self.used = journal.execute(
            "SELECT lower(hex(booking)), day, time_s FROM entry "
            "WHERE kind = ? AND verdict IN (?, ?)",
            (ENTRY_REFUSED, *USED)).fetchall()
        self.intents = journal.execute(
            "SELECT count(*) FROM intent").fetchone()[0]
        self.stuck = journal.execute(
            "SELECT n, reason FROM stuck").fetchall()
        self.sent = (journal.execute(
            "SELECT value FROM outbox WHERE name = 'sent'").fetchone() or
            (0,))[0]
        journal.close()
        self.papers = papers_of(kiosk)
        # Days that are whole.
        self.feeds = kiosk.cached(
            "SELECT day, epoch, at, digest FROM feed_day "
            "WHERE shown = load AND day > 0")
        self.audit = kiosk.ctl("audit", "verify", check=False)

    def untold(self):
        """Why this kiosk has something for the hub; "" = it has not."""
        last = max((a.n for a in self.admitted), default=0)
        if self.intents:
            return f"{self.name}: {self.intents} questions are open"
        if self.sent < last:
            return f"{self.name}: told up to entry {self.sent} of {last}"
        return ""


def papers_of(kiosk):
    """(key id, seq) of every whole paper: FORMATS.md, Ticket header."""
    whole = [p for p in kiosk.papers()
             if os.path.exists(p[:-len("png")] + "bin")]
    if not whole:
        return []
    r = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable",
                        "-Sqrcode.enable", *whole], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                       check=False)
    digits = r.stdout.split()
    if len(digits) != len(whole):
        raise Failed(f"{kiosk.terminal}: {len(whole)} papers, and zbarimg "
                     f"reads {len(digits)} of them")
    found = []
    for d in digits:
        header = int(d).to_bytes(83, "big")
        found.append((int.from_bytes(header[1:3], "big"),
                      int.from_bytes(header[3:6], "big")))
    return found


class HubFacts:
    def __init__(self, hub):
        self.ops = [Op(*r) for r in hub.rows(
            "SELECT op_id, day, hash, answer, done, letter, number, key_id, "
            "ticket_seq, journal_n, device FROM op "
            f"WHERE office = {OFFICE} AND kind = {ADMIT}")]
        self.by_id = {o.op_id: o for o in self.ops}
        rows = hub.rows("SELECT day, hash, op_id FROM admission "
                        f"WHERE office = {OFFICE}")
        self.admissions = {(day, h): op_id for day, h, op_id in rows}
        self.twice = len(rows) - len(self.admissions)
        self.doubles = {(o, other) for o, other in hub.rows(
            "SELECT op_id, other FROM report "
            f"WHERE office = {OFFICE} AND kind = {DOUBLE}")}
        self.grants = hub.rows(
            "SELECT day, letter, first, last FROM op "
            f"WHERE office = {OFFICE} AND kind = {NUMBERS} AND last > 0 "
            "ORDER BY day, letter, first")
        self.buckets = {(day, epoch, head): digest
                        for day, epoch, head, digest in hub.rows(
                            "SELECT day, epoch, head, digest FROM bucket "
                            f"WHERE office = {OFFICE}")}


def of_a_kiosk(hub, k):
    """What is on its disk or on paper is in the hub."""
    for a in k.admitted:
        what = f"{k.name}: entry {a.n}"
        op = hub.by_id.get(a.op_id)
        if op is None or not op.done:
            yield f"{what} is not in the hub"
            continue
        if (op.day, op.hash, op.letter, op.number, op.key_id, op.seq) != \
                (a.day, a.booking, a.letter, a.number, a.key_id, a.seq):
            yield f"{what} is another in the hub: {op} for {a}"
        if (a.day, a.booking) not in hub.admissions:
            yield f"{what}: the hub admits nobody on that booking"
    given = {(a.key_id, a.seq) for a in k.admitted}
    for paper in k.papers:
        if paper not in given:
            yield f"{k.name}: the paper {paper} is not in the journal"
    for paper, n in collections.Counter(k.papers).items():
        if n > 1:
            yield f"{k.name}: {n} papers of the ticket {paper}"
    for booking, n in collections.Counter(
            (a.booking, a.day) for a in k.admitted).items():
        if n > 1:
            yield f"{k.name}: admitted {booking} {n} times"
    if k.stuck:
        yield f"{k.name}: the hub can't take {k.stuck}"
    if k.untold():
        yield k.untold()
    if k.audit.returncode != 0:
        yield f"{k.name}: {k.audit.stdout.strip()}"
    for day, epoch, at, digest in k.feeds:
        if hub.buckets.get((day, epoch, at), digest) != digest:
            yield f"{k.name}: day {day} at {at} has another digest"


def of_used(kiosks):
    """Nobody hears "used" of a code that was never admitted before."""
    first = {}
    for k in kiosks:
        for a in k.admitted:
            key = (a.booking, a.day)
            first[key] = min(a.time_s, first.get(key, a.time_s))
    for k in kiosks:
        for booking, day, time_s in k.used:
            if time_s < first.get((booking, day), 1 << 62) - SAME_MOMENT_S:
                yield (f"{k.name}: said used of {booking}, which nobody had "
                       "admitted")


def of_the_hub(hub, held):
    if hub.twice:
        yield f"{hub.twice} bookings have two admissions"
    for (day, h), op_id in hub.admissions.items():
        if op_id not in held:
            yield f"the hub's admission {op_id} of {h} is at no kiosk"
        if op_id not in hub.by_id:
            yield f"the admission {op_id} has no op"
    answered = collections.Counter(
        (o.day, o.hash) for o in hub.ops if o.answer == ADMITTED and
        hub.admissions.get((o.day, o.hash)) != o.op_id and
        (o.op_id, hub.admissions.get((o.day, o.hash))) not in hub.doubles)
    for key, n in answered.items():
        yield f"{n} ops more were told admitted of {key}, and not reported"
    for o in hub.ops:
        holder = hub.admissions.get((o.day, o.hash))
        if o.done and holder != o.op_id and \
                (o.op_id, holder) not in hub.doubles:
            yield f"the double {o.op_id} beside {holder} is not reported"
    labels = collections.defaultdict(set)
    for o in hub.ops:
        if o.done:
            labels[o.day, o.letter, o.number].add(o.op_id)
    for (day, letter, number), ops in labels.items():
        if len(ops) > 1:
            yield f"{len(ops)} people have {chr(64 + letter)}-{number:03d}"
    before = None
    for day, letter, first, last in hub.grants:
        if before and before[:2] == (day, letter) and first <= before[2]:
            yield f"numbers {chr(64 + letter)} {first}..{last} granted twice"
        before = (day, letter, last)


def drain(kiosks, seconds=25):
    """Waits until the kiosks, which run, have nothing for the hub: also no
    question that a crash left open. Then they end."""
    until = time.monotonic() + seconds
    for k in kiosks:
        k.come_back(seconds)
    for k in kiosks:
        while time.monotonic() < until:
            k.come_back(max(1, until - time.monotonic()))
            with k.backup() as journal:
                open_ = journal.execute(
                    "SELECT count(*) FROM intent").fetchone()[0]
            journal.close()
            if open_ == 0:
                break
            k.sync()
            time.sleep(0.2)
    for k in kiosks:
        k.stop()


def wrongs(h, facts):
    """All sentences about what does not hold."""
    held = {a.op_id for k in facts for a in k.admitted}
    wrong = [w for k in facts for w in of_a_kiosk(h, k)]
    wrong += of_used(facts)
    wrong += of_the_hub(h, held)
    return wrong


def judge(hub, kiosks, doubles=None, admitted=None):
    """Ends the kiosks when they have told all, and raises what does not
    hold. doubles, admitted: so many of them."""
    drain(kiosks)
    facts = [KioskFacts(k) for k in kiosks]
    h = HubFacts(hub)
    wrong = wrongs(h, facts)
    if doubles is not None and len(h.doubles) != doubles:
        wrong.append(f"{len(h.doubles)} doubles are reported, not {doubles}")
    if admitted is not None and len(h.admissions) != admitted:
        wrong.append(f"the hub holds {len(h.admissions)} admissions, not "
                     f"{admitted}")
    if wrong:
        raise Failed(f"{len(wrong)} wrong: " + "; ".join(wrong[:6]))
    return facts, h
