/* What the application found out: a PIN, and how a piece of work ended. */
#include "technician_turn.h"

#include <sodium.h>
#include <string.h>

/* Back to the keypad; no key counts for a moment. */
static void pin_again(struct tech_turn *t)
{
	struct tech_session *s = t->s;

	s->state = TECH_PIN;
	s->pause_ms = tech_after(t->ev->mono_ms, TECH_PAUSE_MS);
	s->deadline_ms = s->pause_ms;
	t->fx.bits |= TECH_EFFECT_SHOW;
}

static void pin_locked(struct tech_turn *t)
{
	struct tech_session *s = t->s;

	tech_turn_record(t, "PIN locked for %lld s",
	    (long long)(t->ev->wait_ms / 1000));
	tech_turn_go(t, TECH_LOCKED);
	s->pause_ms = tech_after(t->ev->mono_ms, t->ev->wait_ms);
}

static void on_pin(struct tech_turn *t)
{
	struct tech_session *s = t->s;

	if (s->state != TECH_CHECKING)
		return;
	sodium_memzero(s->pin, sizeof(s->pin));
	switch (t->ev->pin) {
	case TECH_PIN_OK:
		tech_turn_open(t, TECH_BY_BADGE, "badge and PIN");
		return;
	case TECH_PIN_WRONG:
		s->pin_wrong = true;
		s->tries = t->ev->tries;
		tech_turn_record(t, "wrong PIN, %u tries left",
		    (unsigned)s->tries);
		pin_again(t);
		return;
	case TECH_PIN_LOCKED:
		pin_locked(t);
		return;
	case TECH_PIN_UNSET:
		break;
	}
	s->pin_unsure = true;
	pin_again(t);
}

static void work_ends(struct tech_turn *t, bool good)
{
	struct tech_session *s = t->s;

	s->work = good ? TECH_WORK_GOOD : TECH_WORK_BAD;
	s->answered = true;
	tech_take(s->detail, sizeof(s->detail), t->ev->detail);
	tech_turn_touch(t);
}

static void fetched(struct tech_turn *t)
{
	struct tech_session *s = t->s;

	work_ends(t, t->ev->ok);
	s->fetched = t->ev->ok;
	s->files = t->ev->ok ? t->ev->files : 0;
	s->problems = t->ev->ok ? t->ev->problems : 0;
}

static void adopted(struct tech_turn *t)
{
	struct tech_session *s = t->s;

	tech_turn_record(t, "files of a stick %s",
	    t->ev->ok ? "taken over" : "not taken over");
	if (t->ev->ok) {
		tech_turn_go(t, TECH_DONE);
		return;
	}
	work_ends(t, false);
	s->fetched = false;
}

/* The state that waits for the answer; UNSET = none does. */
static enum tech_state waiting_for(const struct tech_event *ev)
{
	switch (ev->kind) {
	case TECH_EV_PRINTED:
		return TECH_PRINT;
	case TECH_EV_SYNCED:
		return TECH_SYNC;
	case TECH_EV_FETCHED:
	case TECH_EV_ADOPTED:
		return TECH_SETUP;
	case TECH_EV_STORED:
		return TECH_EXPORT;
	case TECH_EV_TESTED:
		return TECH_SELFTEST;
	case TECH_EV_CLOCK:
		return TECH_CLOCK;
	case TECH_EV_UNSET:
	case TECH_EV_TICK:
	case TECH_EV_SCAN:
	case TECH_EV_SWITCH:
	case TECH_EV_KEY:
	case TECH_EV_ERASE:
	case TECH_EV_PRESS:
	case TECH_EV_PIN:
	case TECH_EV_REPORT:
	case TECH_EVENTS:
		break;
	}
	return TECH_STATE_UNSET;
}

void tech_turn_answer(struct tech_turn *t)
{
	struct tech_session *s = t->s;
	enum tech_event_kind kind = t->ev->kind;

	if (kind == TECH_EV_PIN) {
		on_pin(t);
		return;
	}
	if (s->work != TECH_WORK_RUNNING || s->state != waiting_for(t->ev))
		return;
	if (kind == TECH_EV_FETCHED) {
		if (!s->fetched)
			fetched(t);
	} else if (kind == TECH_EV_ADOPTED) {
		if (s->fetched)
			adopted(t);
	} else if (kind == TECH_EV_PRINTED) {
		s->print = t->ev->print;
		work_ends(t, s->print == PRINT_PRINTED);
	} else {
		work_ends(t, t->ev->ok);
		if (kind == TECH_EV_CLOCK && t->ev->ok)
			memset(s->typed, 0, sizeof(s->typed));
	}
}
