/* Claims: people are admitted, their tickets printed, some refused. */
#include "powercut.h"

#include <errno.h>
#include <string.h>

#include "firmware/store/journal_file.h"

enum { LETTERS = 3, OWN_LETTER = 19 };

struct code_hash person_hash(uint32_t person)
{
	struct code_hash h;
	struct chance c = chance_of(person, 1, 2, 3);

	for (size_t i = 0; i < sizeof(h.bytes); i++)
		h.bytes[i] = (uint8_t)(chance_next(&c) >> 56);
	return h;
}

static bool good(struct world *w, int r, const struct err *e, const char *what)
{
	if (r < 0)
		wrong(w, FAULT_DAMAGED, "%s: %s", what, e->text);
	return r == 0;
}

void mark_entries(struct world *w, const struct promise *p)
{
	struct audit_hash hash;
	uint64_t n;

	journal_head(w->journal, &n, &hash);
	if (n > PC_MARKS)
		die("too many entries for the marks");
	while (w->marks < n)
		w->mark[w->marks++] = (struct mark){.promise = *p};
	if (n > 0) {
		w->mark[n - 1].known = true;
		w->mark[n - 1].hash = hash;
	}
}

void open_journal(struct world *w)
{
	struct journal_options o = {.keys = &w->keys,
	    .letter = OWN_LETTER,
	    .hub = w->hub.on,
	    .now_s = PC_NOW + (int64_t)w->marks};
	struct promise p;
	struct err e;

	promise_begin(&p);
	if (!good(w, journal_open(w->journal_path, &o, &w->journal, &e), &e,
		"open the journal"))
		return;
	promise_kept(&p);
	if (!promise_made(&w->journal_made))
		w->journal_made = p;
	mark_entries(w, &p);
	if (journal_finding(w->journal).n != 0)
		wrong(w, FAULT_DAMAGED, "%s", journal_finding(w->journal).text);
	if (w->normal)
		sqlite3_exec(w->journal->db, "PRAGMA synchronous = NORMAL",
		    NULL, NULL, NULL);
}

void close_journal(struct world *w)
{
	journal_close(w->journal);
	w->journal = NULL;
}

struct admit_request request_of(struct world *w, uint32_t person, int32_t day)
{
	return (struct admit_request){
	    .op_id = journal_op_id(),
	    .time_s = PC_NOW + (int64_t)w->marks,
	    .booking = person_hash(person),
	    .day = day,
	    .letter = (uint8_t)(1 + person % LETTERS),
	    .service = (uint8_t)(1 + person % 5),
	    .slot_min = (uint16_t)(480 + person % 300),
	    .window_min = 30,
	    .flags = TICKET_BOOKED,
	    .companions = (uint8_t)(person % 3),
	    .booking_class = CLASS_BOOKED,
	    .verdict = VERDICT_ADMIT_BOOKED,
	};
}

struct told *admit(struct world *w, uint32_t person,
    const struct admit_request *q)
{
	struct told *t = &w->told[w->tolds];
	struct err e;

	if (w->tolds == PC_TICKETS)
		die("too many tickets");
	memset(t, 0, sizeof(*t));
	t->person = person;
	promise_settle(&t->print, false);
	promise_begin(&t->promise);
	if (!good(w, journal_admit(w->journal, q, &t->a, &e), &e, "admit"))
		return NULL;
	promise_kept(&t->promise);
	w->tolds++;
	mark_entries(w, &t->promise);
	return t;
}

void print_one(struct world *w, struct told *t)
{
	enum print_verdict how = chance_below(&w->chance, 5) == 0
	    ? PRINT_NOT_PRINTED
	    : PRINT_PRINTED;
	struct promise p;
	struct err e;
	int r;

	promise_begin(&p);
	r = journal_print_start(w->journal, t->a.time_s + 1, &t->a, false, &e);
	if (!good(w, r, &e, "begin a print"))
		return;
	promise_kept(&p);
	mark_entries(w, &p);
	promise_begin(&p);
	r = journal_print_end(w->journal, t->a.time_s + 2, &t->a, false, how,
	    &e);
	if (!good(w, r, &e, "end a print"))
		return;
	promise_kept(&p);
	mark_entries(w, &p);
	if (how == PRINT_PRINTED)
		t->print = p;
}

static void side_work(struct world *w, uint32_t person, int32_t day)
{
	struct code_hash h = person_hash(person);
	struct promise p;
	struct err e;
	int r = 0;

	promise_begin(&p);
	switch (chance_below(&w->chance, 8)) {
	case 0:
		r = journal_refuse(w->journal, PC_NOW, day, VERDICT_MISMATCH,
		    &h, &e);
		break;
	case 1:
		r = journal_note(w->journal, PC_NOW, AUDIT_CLOCK, 7,
		    str_from("stepped"), &e);
		break;
	case 2: /* written and taken back */
		r = journal_try(w->journal, &e);
		break;
	default:
		break;
	}
	if (!good(w, r, &e, "write what is no ticket"))
		return;
	promise_kept(&p);
	mark_entries(w, &p);
}

static bool same(const struct admission *a, const struct admission *b)
{
	const struct ticket *s = &a->ticket, *t = &b->ticket;

	return a->n == b->n && a->time_s == b->time_s &&
	    memcmp(&a->op_id, &b->op_id, sizeof(a->op_id)) == 0 &&
	    memcmp(&a->booking, &b->booking, sizeof(a->booking)) == 0 &&
	    memcmp(&a->hash, &b->hash, sizeof(a->hash)) == 0 &&
	    a->booking_class == b->booking_class && a->verdict == b->verdict &&
	    s->type == t->type && s->key_id == t->key_id && s->seq == t->seq &&
	    s->day == t->day && s->service == t->service &&
	    s->letter == t->letter && s->number == t->number &&
	    s->slot_min == t->slot_min && s->window_min == t->window_min &&
	    s->flags == t->flags && s->companions == t->companions;
}

/* Who was admitted comes again and gets the same ticket. */
static void come_again(struct world *w, const struct told *t)
{
	struct admit_request q = request_of(w, 0, t->a.ticket.day);
	struct admission a;
	struct err e;

	q.booking = t->a.booking;
	q.letter = t->a.ticket.letter;
	if (journal_admit(w->journal, &q, &a, &e) != -EEXIST ||
	    !same(&a, &t->a))
		wrong(w, FAULT_FALSE, "ticket %u was not given again",
		    t->a.ticket.seq);
}

void visitor(struct world *w, int32_t day)
{
	uint32_t person = ++w->people;
	struct admit_request q = request_of(w, person, day);
	struct told *t;

	side_work(w, person, day);
	t = admit(w, person, &q);
	if (t == NULL)
		return;
	if (chance_below(&w->chance, 6) == 0)
		come_again(w, t);
	if (chance_below(&w->chance, 8) != 0)
		print_one(w, t);
}

void claims_run(struct world *w)
{
	/* At SQLite's own 1000 pages a checkpoint falls into the first. */
	size_t visitors = w->tight ? 16 : 60, i;

	open_journal(w);
	for (i = 0; i < visitors; i++) {
		if (w->run % 4 >= 2 && i == visitors / 2) {
			close_journal(w);
			open_journal(w);
		}
		visitor(w, PC_DAY + (int32_t)(i % 2));
	}
	close_journal(w);
}

static void judge_ticket(struct world *w, struct told *t)
{
	struct admission a;
	struct usage u;
	struct err e;
	int r = journal_find_admission(w->journal, &t->a.booking,
	    t->a.ticket.day, &a, &e);

	if (r < 0 && r != -ENOENT)
		wrong(w, FAULT_DAMAGED, "find: %s", e.text);
	promise_judge(w, &t->promise, r == 0, "a ticket");
	if (r < 0)
		return;
	if (!same(&a, &t->a))
		wrong(w, FAULT_LOST, "ticket %u came back another",
		    t->a.ticket.seq);
	if (journal_usage(w->journal, &t->a.booking, t->a.ticket.day, &u, &e) <
	    0)
		wrong(w, FAULT_DAMAGED, "usage: %s", e.text);
	promise_judge(w, &t->print, u.last_print_proven, "a ticket's print");
}

void judge_tickets(struct world *w)
{
	struct journal_finding f;
	struct err e;

	for (size_t i = 0; i < w->tolds; i++)
		judge_ticket(w, &w->told[i]);
	if (journal_check(w->journal, &f, &e) < 0)
		wrong(w, FAULT_DAMAGED, "check: %s", e.text);
	else if (f.n != 0)
		wrong(w, FAULT_DAMAGED, "check: %s", f.text);
}

/* Neither the sequence nor the number of a ticket that anybody holds. */
static void judge_new(struct world *w, const struct told *t)
{
	const struct ticket *a = &t->a.ticket, *b;

	for (size_t i = 0; i < w->tolds; i++) {
		b = &w->told[i].a.ticket;
		if (&w->told[i] == t || !promise_made(&w->told[i].promise))
			continue;
		if (a->seq == b->seq ||
		    (a->day == b->day && a->letter == b->letter &&
			a->number == b->number))
			wrong(w, FAULT_FALSE, "ticket %u was given twice",
			    a->seq);
	}
}

/* Somebody who was not told is nobody's double. */
static void forgotten(struct world *w)
{
	struct admit_request q;
	struct told t, *new;

	for (size_t i = 0; i < w->tolds; i++) {
		t = w->told[i];
		if (promise_made(&t.promise))
			continue;
		w->told[i] = w->told[--w->tolds];
		q = request_of(w, t.person, t.a.ticket.day);
		new = admit(w, t.person, &q);
		if (new != NULL)
			judge_new(w, new);
		return;
	}
}

void judge_going_on(struct world *w)
{
	const struct told *t;

	if (w->tolds > 0) {
		t = &w->told[chance_below(&w->chance, w->tolds)];
		if (promise_made(&t->promise))
			come_again(w, t);
	}
	forgotten(w);
	w->people += 1000; /* nobody of before */
	for (int32_t day = PC_DAY; day <= PC_DAY + 1; day++) {
		visitor(w, day);
		judge_new(w, &w->told[w->tolds - 1]);
	}
}

void claims_judge(struct world *w)
{
	open_journal(w);
	if (w->journal == NULL)
		return;
	judge_tickets(w);
	judge_going_on(w);
	close_journal(w);
}
