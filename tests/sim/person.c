/*
 * Persons: each walks to a kiosk, shows a code, reads the screen and does as
 * told. An honest one with a booking who came in time must end with a ticket
 * or with a reason that is true.
 */
#include <stdlib.h>
#include <string.h>

#include "judge.h"

enum {
	ACT_ARRIVE,
	ACT_REACT,
	ACT_LEAVE,
	WALKS_MAX = 16,      /* then to the desk */
	CLOCK_OFF_MS = 60000 /* a person sees that a clock is so far off */
};

/* What was planned for a person and did not come to pass is forgotten: the
 * serial is of the last plan. */
static void plan(struct world *w, int i, int64_t ms, int act)
{
	int64_t serial = ++w->person[i].serial;

	world_at(w, w->now_ms + ms, person_act, i, serial << 8 | act, NULL);
}

static int64_t seconds(struct world *w, int64_t lo, int64_t hi)
{
	return rng_range(&w->person_rng, lo * SECOND, hi * SECOND);
}

static struct booking_plan *booking_of(struct world *w, const struct person *p)
{
	return p->booking < 0 ? NULL : &w->booking[p->booking];
}

static void ends(struct world *w, int i, enum end end)
{
	struct person *p = &w->person[i];

	if (p->end == END_NONE || end == END_WRONG)
		p->end = end;
	if (end == END_DESK && p->in_time)
		w->totals.desk++;
	p->serial++;
}

static void walk(struct world *w, int i, int kiosk, int64_t ms)
{
	struct person *p = &w->person[i];

	if (++p->walks > WALKS_MAX) {
		ends(w, i, END_DESK);
		return;
	}
	p->kiosk = kiosk;
	plan(w, i, ms, ACT_ARRIVE);
}

static void walk_anywhere(struct world *w, int i, int64_t lo_s, int64_t hi_s)
{
	int kiosk = (int)rng_range(&w->person_rng, 0, w->kiosks - 1);

	walk(w, i, kiosk, seconds(w, lo_s, hi_s));
}

static void walk_elsewhere(struct world *w, int i)
{
	walk_anywhere(w, i, 15, 60);
}

static bool named(const struct world *w, const char *name, int *kiosk)
{
	for (*kiosk = 0; *kiosk < w->kiosks; ++*kiosk)
		if (strcmp(w->kiosk[*kiosk].name, name) == 0)
			return true;
	return false;
}

static void wronged(struct world *w, int i, const struct kiosk *k)
{
	const struct person *p = &w->person[i];

	if (p->honest && p->in_time)
		judge_break(w, I11_NOBODY_WRONGED,
		    "person %d at %s was refused: %s", i, k->name,
		    verdict_name(p->last));
	ends(w, i, END_WRONG);
}

/* ---- what the screen says ---- */

static bool has_ticket(const struct kiosk *k, const struct booking_plan *b)
{
	struct admission unused;
	struct err e = {0};

	return k->on &&
	    journal_find_admission(k->journal, &b->hash, b->day, &unused, &e) ==
	    0;
}

static void react_used(struct world *w, int i, const struct kiosk *k,
    const char *terminal)
{
	struct person *p = &w->person[i];
	const struct booking_plan *b = booking_of(w, p);
	int kiosk;

	if (p->ticket || !p->honest || b == NULL) {
		ends(w, i, p->ticket ? END_TICKET : END_REASON);
		return;
	}
	/* Used here, and the ticket is nowhere: it was this kiosk's own
	 * question, which it should have asked again. */
	if ((terminal[0] == '\0' || strcmp(terminal, k->name) == 0) &&
	    !has_ticket(k, b)) {
		wronged(w, i, k);
		return;
	}
	/* An admission that the person never saw, of a kiosk that died: the
	 * ticket is there. */
	if (terminal[0] != '\0' && named(w, terminal, &kiosk) &&
	    kiosk != k->index && p->walks < WALKS_MAX / 2)
		walk(w, i, kiosk, seconds(w, 20, 60));
	else
		ends(w, i, END_DESK);
}

static void react_status(struct world *w, int i, const struct kiosk *k)
{
	const struct booking_plan *b = booking_of(w, &w->person[i]);

	if (b != NULL && b->status != BOOKING_CONFIRMED && b->changed_ms != 0)
		ends(w, i, END_REASON);
	else
		wronged(w, i, k);
}

static bool clock_is_off(const struct kiosk *k)
{
	return k->clock_off_ms > CLOCK_OFF_MS ||
	    k->clock_off_ms < -CLOCK_OFF_MS;
}

static void react_time(struct world *w, int i, const struct kiosk *k,
    const struct decision *d)
{
	const struct booking_plan *b = booking_of(w, &w->person[i]);
	/* When the code was read, by the kiosk's clock. */
	int32_t minute = civil_local(
	    (w->person[i].tried_ms + k->clock_off_ms) / SECOND, ZONE_S)
			     .minute;
	enum verdict v = d->verdict;

	if (clock_is_off(k))
		walk_elsewhere(w, i);
	else if ((v == VERDICT_TOO_EARLY || v == VERDICT_NOT_OPEN_YET) &&
	    minute < d->from_min)
		walk(w, i, k->index,
		    (d->from_min - minute) * MINUTE + seconds(w, 10, 90));
	else if (v == VERDICT_TOO_LATE && b != NULL &&
	    minute + 1 >= b->end_min + 30)
		ends(w, i, END_REASON);
	else
		wronged(w, i, k);
}

static void react_unknown(struct world *w, int i, struct kiosk *k)
{
	struct person *p = &w->person[i];
	const struct booking_plan *b = booking_of(w, p);
	int64_t data_ms;

	if (b == NULL || !b->exists || b->posted_ms == 0) {
		ends(w, i, END_REASON);
		return;
	}
	if (clock_is_off(k)) {
		walk_elsewhere(w, i);
		return;
	}
	data_ms = k->on
	    ? sync_data_s(k->sync, kiosk_wall_s(w, k), kiosk_mono_ms(w, k)) *
		SECOND
	    : 0;
	/* The kiosk does not know it yet, or the hub forgot it. */
	if (data_ms - k->clock_off_ms <= b->posted_ms + MINUTE ||
	    p->last == VERDICT_DATA_OLD) {
		if (p->walks < 4)
			walk_anywhere(w, i, 30, 180);
		else
			ends(w, i, END_DESK);
		return;
	}
	wronged(w, i, k);
}

static void react(struct world *w, int i, struct kiosk *k)
{
	const struct session *s = &k->session;
	struct person *p = &w->person[i];
	const struct decision d = s->decision;
	char terminal[CHECKIN_TERMINAL];
	int kiosk;

	memcpy(terminal, s->facts.terminal, sizeof(terminal));
	p->last = d.verdict;
	if (d.verdict == VERDICT_USED_COPY && !p->asked_copy &&
	    (p->wants_paper || !p->ticket)) {
		p->asked_copy = true;
		kiosk_press(w, k, ACTION_COPY);
		return;
	}
	k->front = -1;
	p->there = false;
	kiosk_press(w, k, ACTION_DONE);
	switch (d.verdict) {
	case VERDICT_USED:
	case VERDICT_USED_COPY:
		react_used(w, i, k, terminal);
		return;
	case VERDICT_OTHER_TERMINAL:
		if (named(w, terminal, &kiosk))
			walk(w, i, kiosk, seconds(w, 15, 60));
		else
			wronged(w, i, k);
		return;
	case VERDICT_BLOCKED:
	case VERDICT_REVOKED:
	case VERDICT_CANCELLED:
	case VERDICT_RESCHEDULED:
		react_status(w, i, k);
		return;
	case VERDICT_TOO_EARLY:
	case VERDICT_TOO_LATE:
	case VERDICT_NOT_OPEN_YET:
	case VERDICT_CLOSED:
	case VERDICT_OTHER_DAY:
		react_time(w, i, k, &d);
		return;
	case VERDICT_UNKNOWN:
	case VERDICT_DATA_OLD:
		react_unknown(w, i, k);
		return;
	case VERDICT_STORAGE_FAULT:
	case VERDICT_CLOCK_UNSURE:
	case VERDICT_RATE_LIMITED:
		walk_elsewhere(w, i);
		return;
	case VERDICT_UNSET:
	case VERDICT_BAD_FORM:
	case VERDICT_BAD_CHECK:
	case VERDICT_MISMATCH:
	case VERDICT_TRIES_USED:
	case VERDICT_OTHER_OFFICE:
	case VERDICT_PERMIT_CHECK:
	case VERDICT_QUOTA_FULL:
	case VERDICT_ADMIT_BOOKED:
	case VERDICT_ADMIT_LATE:
	case VERDICT_ADMIT_PRIORITY:
	case VERDICTS:
		break;
	}
	wronged(w, i, k);
}

/* With the ticket, or its number from the screen. */
static void leave(struct world *w, int i, struct kiosk *k)
{
	struct person *p = &w->person[i];
	bool no_paper = k->session.state == SESSION_NUMBER ||
	    k->session.under == SESSION_NUMBER;

	k->front = -1;
	p->there = false;
	kiosk_press(w, k, ACTION_DONE);
	ends(w, i, END_TICKET);
	if (no_paper && p->wants_paper && !p->asked_copy) {
		walk(w, i, k->index, seconds(w, 5, 60));
	} else if (p->again > 0) {
		p->again--;
		walk_anywhere(w, i, 30, 1800);
	}
}

void person_sees(struct world *w, struct kiosk *k, int i)
{
	struct person *p = &w->person[i];
	const struct session *s = &k->session;

	world_log(w, "person %d at %s: %s %s %s", i, k->name,
	    session_state_name(s->state),
	    s->state == SESSION_RESULT ? verdict_name(s->decision.verdict) : "",
	    s->state == SESSION_RESULT ? s->facts.terminal : "");
	switch (k->session.state) {
	case SESSION_RESULT:
		plan(w, i, seconds(w, 1, 4), ACT_REACT);
		return;
	case SESSION_TICKET:
		p->ticket = true;
		plan(w, i, seconds(w, 1, 5), ACT_LEAVE);
		return;
	case SESSION_NUMBER:
		p->ticket = true;
		plan(w, i, seconds(w, 5, 20), ACT_LEAVE);
		return;
	case SESSION_HOME:
		k->front = -1;
		p->there = false;
		if (p->ticket)
			ends(w, i, END_TICKET);
		else
			walk_elsewhere(w, i);
		return;
	case SESSION_PRINTING: /* "admitted" is on the screen */
		p->ticket = true;
		return;
	case SESSION_UNSET:
	case SESSION_KEYPAD:
	case SESSION_IDENTITY:
	case SESSION_CHECKING:
	case SESSION_HELP:
	case SESSION_WARNING:
	case SESSION_STATES:
		return;
	}
}

void person_left_alone(struct world *w, int i)
{
	struct person *p = &w->person[i];

	p->there = false;
	if (rng_chance(&w->person_rng, 400))
		walk(w, i, p->kiosk, seconds(w, 30, 180));
	else
		walk_elsewhere(w, i);
}

static void arrive(struct world *w, int i)
{
	struct person *p = &w->person[i];
	struct kiosk *k = &w->kiosk[p->kiosk];

	if (p->came_ms == 0)
		p->came_ms = w->now_ms;
	if (!k->on) {
		walk_elsewhere(w, i);
		return;
	}
	if (!kiosk_free(w, k)) {
		plan(w, i, seconds(w, 2, 9), ACT_ARRIVE);
		return;
	}
	p->tried_ms = w->now_ms;
	if (p->booking < 0) {
		kiosk_walk_in(w, k, i);
		ends(w, i, p->ticket ? END_TICKET : END_REASON);
		return;
	}
	k->front = i;
	p->there = true;
	kiosk_scan(w, k, w->booking[p->booking].code.text);
	/* One that takes no scan shows nothing new. */
	if (k->front == i && k->seen == SESSION_UNSET) {
		k->front = -1;
		p->there = false;
		walk_elsewhere(w, i);
	}
}

void person_act(struct world *w, const struct happening *h)
{
	int i = h->who;
	struct person *p = &w->person[i];
	struct kiosk *k = &w->kiosk[p->kiosk];

	if (h->a >> 8 != p->serial)
		return;
	switch (h->a & 255) {
	case ACT_ARRIVE:
		arrive(w, i);
		return;
	case ACT_REACT:
		if (p->there && k->on && k->front == i &&
		    k->session.state == SESSION_RESULT)
			react(w, i, k);
		return;
	case ACT_LEAVE:
		if (p->there && k->on && k->front == i)
			leave(w, i, k);
		return;
	default:
		return;
	}
}

bool persons_done(const struct world *w)
{
	for (int i = 0; i < w->persons; i++)
		if (w->person[i].end == END_NONE)
			return false;
	return true;
}
