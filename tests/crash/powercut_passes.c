/* A gate: people go through it, in and out, and some are refused. */
#include "powercut.h"

#include <errno.h>
#include <string.h>

#include "firmware/store/journal_file.h"

static bool good(struct world *w, int r, const struct err *e, const char *what)
{
	if (r < 0)
		wrong(w, FAULT_DAMAGED, "%s: %s", what, e->text);
	return r == 0;
}

/* Tickets for the most part; what else can go through a gate too. */
static struct pass_subject subject_of(uint32_t person)
{
	static const enum pass_of of[] = {PASS_TICKET, PASS_TICKET, PASS_LABEL,
	    PASS_TICKET, PASS_CODE, PASS_TICKET, PASS_STAFF};
	struct pass_subject s = {.of = of[person % ARRAY_LEN(of)],
	    .day = PC_DAY,
	    .key_id = 7,
	    .seq = person,
	    .letter = (uint8_t)(1 + person % 3),
	    .number = (uint16_t)(1 + person % TICKET_NUMBER_MAX),
	    .companions = (uint8_t)(person % 4)};

	s.booking = person_hash(person);
	return s;
}

static struct pass pass_of(struct world *w, uint32_t person, uint8_t move)
{
	struct pass p = {.subject = subject_of(person),
	    .move = move,
	    .out = move % 2 == 1,
	    .time_s = PC_NOW + (int64_t)w->marks};

	p.key = pass_key(&p.subject, move);
	p.op_id = pass_op_id(3, 1, &p.key);
	if (p.subject.of == PASS_STAFF) {
		memcpy(p.officer, "budi", sizeof("budi"));
		p.reason = PASS_REASON_EMERGENCY;
		p.overruled = GATE_FORM;
	}
	return p;
}

static bool same(const struct pass *a, const struct pass *b)
{
	return a->n == b->n && a->time_s == b->time_s && a->move == b->move &&
	    a->out == b->out && a->reason == b->reason &&
	    a->overruled == b->overruled &&
	    strcmp(a->officer, b->officer) == 0 &&
	    memcmp(&a->op_id, &b->op_id, sizeof(a->op_id)) == 0 &&
	    memcmp(&a->key, &b->key, sizeof(a->key)) == 0 &&
	    a->subject.of == b->subject.of &&
	    a->subject.day == b->subject.day &&
	    a->subject.companions == b->subject.companions;
}

static void go_through(struct world *w, uint32_t person, uint8_t move)
{
	struct gone *g = &w->gone[w->gones];
	struct pass p = pass_of(w, person, move);
	struct err e;

	if (w->gones == PC_PASSES)
		die("too many passes");
	g->person = person;
	promise_begin(&g->promise);
	if (!good(w, journal_pass(w->journal, &p, &g->pass, &e), &e, "pass"))
		return;
	promise_kept(&g->promise);
	mark_entries(w, &g->promise);
	w->gones++;
}

/* The same movement again is none. */
static void go_again(struct world *w, const struct gone *g)
{
	struct pass p = pass_of(w, g->person, g->pass.move), found;
	struct err e;
	int r = journal_pass(w->journal, &p, &found, &e);

	if (r != -EEXIST)
		wrong(w, FAULT_FALSE, "a pass was made twice: %d", r);
	else if (!same(&found, &g->pass))
		wrong(w, FAULT_LOST, "a pass came back another");
}

static void refuse(struct world *w, uint32_t person)
{
	struct pass_subject s = subject_of(person);
	struct promise p;
	struct err e;

	promise_begin(&p);
	if (!good(w,
		journal_gate_refuse(w->journal, PC_NOW, PC_DAY, GATE_USED, &s,
		    &e),
		&e, "refuse"))
		return;
	promise_kept(&p);
	mark_entries(w, &p);
}

static void hub_heard(struct world *w)
{
	struct err e;

	good(w,
	    journal_set_logged(w->journal, w->marks, str_from("checkpoint\n"),
		&e),
	    &e, "logged");
}

static void one_person(struct world *w)
{
	uint32_t person = ++w->people;

	if (chance_below(&w->chance, 5) == 0)
		visitor(w, PC_DAY);
	go_through(w, person, 0);
	if (chance_below(&w->chance, 4) == 0)
		refuse(w, person);
	if (chance_below(&w->chance, 3) == 0)
		go_through(w, person, 1);
	if (chance_below(&w->chance, 8) == 0)
		hub_heard(w);
	if (chance_below(&w->chance, 6) == 0 && w->gones > 0)
		go_again(w, &w->gone[w->gones - 1]);
}

void passes_run(struct world *w)
{
	/* At SQLite's own 1000 pages a checkpoint falls into the first. */
	size_t persons = w->tight ? 20 : 80, i;

	w->hub.on = w->run % 4 >= 2;
	open_journal(w);
	for (i = 0; i < persons; i++) {
		if (w->run % 4 >= 2 && i == persons / 2) {
			close_journal(w);
			open_journal(w);
		}
		one_person(w);
	}
	close_journal(w);
}

/* How often the outbox has it; it went to no hub yet. */
static size_t in_outbox(const struct admission *out, size_t n,
    const struct gone *g)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += out[i].pass != 0 &&
		    memcmp(&out[i].booking, &g->pass.key,
			sizeof(out[i].booking)) == 0;
	return found;
}

static bool in_history(struct world *w, const struct gone *g)
{
	struct pass_subject s = subject_of(g->person);
	struct pass_history h;
	struct err e;

	if (!good(w, journal_pass_history(w->journal, &s, &h, &e), &e,
		"history"))
		return false;
	for (size_t i = 0; i < h.n; i++)
		if (memcmp(&h.item[i].key, &g->pass.key,
			sizeof(h.item[i].key)) == 0)
			return true;
	return false;
}

static void judge_passes(struct world *w)
{
	enum { OUT = PC_PASSES + PC_TICKETS };
	static struct admission out[OUT];
	struct err e;
	size_t n = 0;

	if (!good(w, journal_outbox(w->journal, out, OUT, &n, &e), &e,
		"outbox"))
		return;
	for (size_t i = 0; i < w->gones; i++) {
		struct gone *g = &w->gone[i];
		bool seen = in_history(w, g);

		promise_judge(w, &g->promise, seen, "a pass");
		if (in_outbox(out, n, g) != seen)
			wrong(w, FAULT_LOST, "a pass is not sent once");
		if (seen)
			go_again(w, g);
	}
}

/* Who was not told goes through now, and once. */
static void forgotten(struct world *w)
{
	for (size_t i = 0; i < w->gones; i++) {
		struct gone g = w->gone[i];

		if (promise_made(&g.promise))
			continue;
		w->gone[i] = w->gone[--w->gones];
		go_through(w, g.person, g.pass.move);
		if (w->gones > 0)
			go_again(w, &w->gone[w->gones - 1]);
		return;
	}
}

void passes_judge(struct world *w)
{
	open_journal(w);
	if (w->journal == NULL)
		return;
	judge_tickets(w);
	judge_passes(w);
	forgotten(w);
	w->people += 1000; /* nobody of before */
	one_person(w);
	one_person(w);
	close_journal(w);
}
