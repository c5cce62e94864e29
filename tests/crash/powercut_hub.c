/* A terminal with a hub: intents, grants, the outbox and request counters. */
#include "powercut.h"

#include <errno.h>
#include <string.h>

#include "firmware/store/journal_file.h"

enum { VISITORS = 10, BLOCK = 3, ASKED_AT_ONCE = 64 };

static void kept(struct world *w, struct promise *p)
{
	promise_kept(p);
	mark_entries(w, p);
	state_note(w, p, w->journal->db);
}

static bool good(struct world *w, int r, const struct err *e, const char *what)
{
	if (r < 0)
		wrong(w, FAULT_DAMAGED, "%s: %s", what, e->text);
	return r == 0;
}

/* Numbers of a letter: asked for, then granted. */
static void grant(struct world *w, uint8_t letter)
{
	struct journal_grant g = {.op_id = journal_op_id(),
	    .day = PC_DAY,
	    .letter = letter};
	struct promise p;
	struct err e;

	promise_begin(&p);
	if (!good(w, journal_grant_ask(w->journal, &g, &e), &e, "ask"))
		return;
	kept(w, &p);
	promise_begin(&p);
	w->hub.granted = (uint16_t)(w->hub.granted + BLOCK);
	if (!good(w,
		journal_grant_take(w->journal, &g.op_id,
		    (uint16_t)(w->hub.granted - BLOCK + 1), BLOCK, &e),
		&e, "grant"))
		return;
	kept(w, &p);
}

static void counters(struct world *w)
{
	struct counted *c = &w->hub.counted[w->hub.counteds];
	uint64_t first;
	struct err e;

	if (w->hub.counteds == PC_ASKED)
		die("too many counters");
	promise_begin(&c->promise);
	if (!good(w, journal_counters(w->journal, 4, &first, &e), &e,
		"counters"))
		return;
	kept(w, &c->promise);
	for (size_t i = 0; i < w->hub.counteds; i++)
		if (promise_made(&w->hub.counted[i].promise) &&
		    first <= w->hub.counted[i].last)
			wrong(w, FAULT_LOST, "a request counter came again");
	c->last = first + 3;
	w->hub.counteds++;
}

static void intend(struct world *w, uint32_t person)
{
	struct asked *a = &w->hub.asked[w->hub.askeds];
	struct err e;

	if (w->hub.askeds == PC_ASKED)
		die("too many intents");
	a->request = request_of(w, person, PC_DAY);
	promise_settle(&a->dropped, false);
	promise_begin(&a->asked);
	if (!good(w, journal_intend(w->journal, &a->request, &e), &e, "intend"))
		return;
	kept(w, &a->asked);
	w->hub.askeds++;
}

static void drop(struct world *w, struct asked *a)
{
	struct err e;

	promise_begin(&a->dropped);
	if (good(w, journal_intent_drop(w->journal, &a->request.op_id, &e), &e,
		"drop"))
		kept(w, &a->dropped);
}

/* What the hub may say of an admission afterwards. */
static void answer(struct world *w, const struct told *t)
{
	const struct claim_by by = {.device = 9, .terminal = "kiosk-9"};
	struct promise p;
	struct err e;
	int r = 0;

	promise_begin(&p);
	switch (chance_below(&w->chance, 5)) {
	case 0:
		r = journal_stuck(w->journal, t->a.n, str_from("cannot"), &e);
		break;
	case 1:
		r = journal_double(w->journal, PC_NOW, &t->a, &by, &e);
		break;
	case 2:
		break;
	default:
		r = journal_sent(w->journal, t->a.n, &e);
		break;
	}
	if (good(w, r, &e, "an answer"))
		kept(w, &p);
}

static void ask_and_admit(struct world *w, uint32_t person)
{
	size_t at = w->hub.askeds;
	struct asked *a = &w->hub.asked[at];
	struct told *t;

	intend(w, person);
	if (w->hub.askeds == at)
		return;
	if (chance_below(&w->chance, 5) == 0) {
		drop(w, a);
		return;
	}
	counters(w);
	t = admit(w, person, &a->request);
	if (t == NULL)
		return;
	state_note(w, &t->promise, w->journal->db);
	print_one(w, t);
	answer(w, t);
}

static void first_state(struct world *w)
{
	struct promise p;

	promise_settle(&p, true);
	w->states = 0;
	state_note(w, &p, w->journal->db);
}

void hub_prepare(struct world *w)
{
	w->hub.on = true;
	open_journal(w);
	grant(w, 1);
	visitor(w, PC_DAY);
	visitor(w, PC_DAY);
	first_state(w);
	if (w->run % 4 < 2)
		close_journal(w);
}

void hub_run(struct world *w)
{
	struct promise p;
	struct err e;

	open_journal(w);
	for (uint32_t i = 0; i < VISITORS; i++) {
		if (i % 3 == 0)
			grant(w, (uint8_t)(1 + i / 3 % 3));
		ask_and_admit(w, ++w->people);
	}
	intend(w, ++w->people); /* and nobody answers */
	promise_begin(&p);
	if (good(w, journal_void_unspent(w->journal, PC_NOW, PC_DAY + 1, &e),
		&e, "void"))
		kept(w, &p);
	promise_begin(&p);
	if (good(w, journal_resend(w->journal, PC_DAY, &e), &e, "resend"))
		kept(w, &p);
	close_journal(w);
}

static bool same_op(const struct op_id *a, const struct op_id *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* An intent goes in the transaction that admits or in the one that drops. */
static void judge_asked(struct world *w, struct asked *a)
{
	const struct admit_request *q = &a->request;
	struct admit_request found;
	struct admission t;
	struct err e;
	bool open = journal_intent(w->journal, &q->booking, q->day, &found,
			&e) == 0 &&
	    same_op(&found.op_id, &q->op_id);
	bool admitted = journal_find_admission(w->journal, &q->booking, q->day,
			    &t, &e) == 0 &&
	    same_op(&t.op_id, &q->op_id);
	bool maybe_dropped = promised(w, &a->dropped) != PROMISED_NOTHING;

	if (open && admitted)
		wrong(w, FAULT_FALSE, "an intent outlived its admission");
	if (open && promised(w, &a->dropped) == PROMISED_SURELY)
		wrong(w, FAULT_LOST, "an intent came back");
	if (open && promised(w, &a->asked) == PROMISED_NOTHING)
		wrong(w, FAULT_FALSE, "an intent is from the future");
	if (!open && !admitted && !maybe_dropped &&
	    promised(w, &a->asked) == PROMISED_SURELY)
		wrong(w, FAULT_LOST, "an intent is lost");
	promise_settle(&a->asked, open || admitted);
	promise_settle(&a->dropped, !open && !admitted);
}

/* Everything that was promised of counters is settled before one is asked. */
static void judge_counters(struct world *w)
{
	for (size_t i = 0; i < w->hub.counteds; i++) {
		struct promise *p = &w->hub.counted[i].promise;

		promise_settle(p, promised(w, p) == PROMISED_SURELY);
	}
	counters(w);
}

/* The same op_id asks again, and is admitted under it. */
static void finish_intents(struct world *w)
{
	static struct admit_request open[ASKED_AT_ONCE];
	struct told *t;
	struct err e;
	size_t n;

	if (!good(w, journal_intents(w->journal, open, ASKED_AT_ONCE, &n, &e),
		&e, "intents"))
		return;
	for (size_t i = 0; i < n; i++) {
		t = admit(w, 0, &open[i]);
		if (t == NULL)
			continue;
		state_note(w, &t->promise, w->journal->db);
		if (!same_op(&t->a.op_id, &open[i].op_id))
			wrong(w, FAULT_FALSE, "another op was admitted");
	}
	if (good(w, journal_intents(w->journal, open, ASKED_AT_ONCE, &n, &e),
		&e, "intents") &&
	    n != 0)
		wrong(w, FAULT_FALSE, "an intent stays after its admission");
}

/* The tickets of intents that were finished take the place of those that the
 * cut undid, which nobody was told of. */
static void forget_undone(struct world *w)
{
	for (size_t i = w->tolds; i > 0; i--)
		if (!promise_made(&w->told[i - 1].promise))
			w->told[i - 1] = w->told[--w->tolds];
}

void hub_judge(struct world *w)
{
	open_journal(w);
	if (w->journal == NULL)
		return;
	state_judge(w, w->journal->db);
	for (size_t i = 0; i < w->hub.askeds; i++)
		judge_asked(w, &w->hub.asked[i]);
	judge_tickets(w);
	forget_undone(w);
	judge_counters(w);
	finish_intents(w);
	w->people += 1000;
	grant(w, 2);
	ask_and_admit(w, ++w->people);
	close_journal(w);
}
