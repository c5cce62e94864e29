#include "technician_turn.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int64_t tech_after(int64_t from_ms, int64_t wait_ms)
{
	return wait_ms > INT64_MAX - from_ms ? INT64_MAX : from_ms + wait_ms;
}

bool tech_is_open(const struct tech_session *s)
{
	return s->state >= TECH_MENU && s->state < TECH_STATES;
}

static bool needs_stick(enum tech_state state)
{
	return state == TECH_UPDATE || state == TECH_EXPORT ||
	    state == TECH_SETUP;
}

void tech_take(char *dst, size_t cap, struct str text)
{
	size_t len = text.len < cap ? text.len : cap - 1;

	memset(dst, 0, cap);
	/* A character is at most 4 bytes (RFC 3629). */
	for (int i = 0; i < 4 && !str_is_utf8(str_cut(text, 0, len)); i++)
		len -= len > 0;
	if (str_is_utf8(str_cut(text, 0, len)) && len > 0)
		memcpy(dst, text.ptr, len);
}

uint16_t tech_count(uint16_t n)
{
	return n < UINT16_MAX ? (uint16_t)(n + 1) : n;
}

/* How long a state waits for a touch. */
static int64_t wait_ms(const struct tech_turn *t)
{
	switch (t->s->state) {
	case TECH_PIN:
		return TECH_PIN_MS;
	case TECH_CHECKING:
		return TECH_CHECK_MS;
	case TECH_LOCKED:
		return TECH_LOCKED_MS;
	case TECH_TOUCH:
		return TECH_TOUCH_MS;
	case TECH_CLEANING:
		return TECH_CLEANING_MS;
	case TECH_DONE:
		return TECH_DONE_MS;
	case TECH_MENU:
	case TECH_STATUS:
	case TECH_PRINT:
	case TECH_SCANNER:
	case TECH_SYNC:
	case TECH_UPDATE:
	case TECH_EXPORT:
	case TECH_SETUP:
	case TECH_SELFTEST:
	case TECH_SCREEN:
	case TECH_CLOCK:
	case TECH_POWER:
		return t->rules->idle_ms;
	case TECH_STATE_UNSET:
	case TECH_CLOSED:
	case TECH_STATES:
		break;
	}
	return INT64_MAX;
}

void tech_turn_touch(struct tech_turn *t)
{
	t->s->deadline_ms = tech_after(t->ev->mono_ms, wait_ms(t));
	t->fx.bits |= TECH_EFFECT_SHOW;
}

/* What belongs to one screen, and to nobody after it. */
static void forget(struct tech_session *s)
{
	sodium_memzero(s->pin, sizeof(s->pin));
	memset(s->typed, 0, sizeof(s->typed));
	memset(s->detail, 0, sizeof(s->detail));
	memset(s->device, 0, sizeof(s->device));
	s->pin_wrong = s->pin_unsure = s->typed_wrong = false;
	s->is_test_code = s->fetched = s->answered = false;
	s->pause_ms = 0;
	s->work = TECH_WORK_NONE;
	s->print = PRINT_UNSET;
	s->files = s->problems = s->misses = s->page = 0;
	s->scans = s->length = 0;
	s->tries = s->target = 0;
	s->brightness = s->volume = 0;
	s->ask = TECH_PRESS_NONE;
}

void tech_turn_go(struct tech_turn *t, enum tech_state state)
{
	struct tech_session *s = t->s;

	if (s->state == TECH_UPDATE && tech_can_cancel(&s->report))
		t->fx.bits |= TECH_EFFECT_CANCEL;
	forget(s);
	s->state = state;
	if (needs_stick(state) != s->storage) {
		s->storage = !s->storage;
		t->fx.bits |= s->storage ? TECH_EFFECT_STORAGE_ON
					 : TECH_EFFECT_STORAGE_OFF;
	}
	tech_turn_touch(t);
}

static const char *who(const struct tech_session *s)
{
	if (s->by == TECH_BY_SWITCH)
		return "key switch";
	return s->by == TECH_BY_BARE ? "nobody known" : s->badge;
}

void tech_turn_record(struct tech_turn *t, const char *fmt, ...)
{
	struct buf out;
	char what[TECH_RECORD];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	buf_init(&out, t->fx.record, sizeof(t->fx.record));
	buf_fmt(&out, "%s: %s", who(t->s), what);
	(void)buf_cstr(&out);
	t->fx.bits |= TECH_EFFECT_RECORD;
}

void tech_turn_open(struct tech_turn *t, enum tech_by by, const char *how)
{
	t->s->by = by;
	if (by != TECH_BY_BADGE)
		memset(t->s->badge, 0, sizeof(t->s->badge));
	tech_turn_record(t, "opens, %s", how);
	tech_turn_go(t, by == TECH_BY_BARE ? TECH_SETUP : TECH_MENU);
}

void tech_turn_close(struct tech_turn *t, const char *why)
{
	struct tech_session *s = t->s;

	if (tech_is_open(s))
		tech_turn_record(t, "closes, %s", why);
	tech_turn_go(t, TECH_CLOSED);
	s->by = TECH_BY_NOBODY;
	memset(s->badge, 0, sizeof(s->badge));
	s->lang = t->rules->lang;
	t->fx.bits |= TECH_EFFECT_CLOSED;
}

void tech_turn_work(struct tech_turn *t, enum tech_effect effect,
    int64_t limit_ms, const char *record)
{
	struct tech_session *s = t->s;

	memset(s->detail, 0, sizeof(s->detail));
	s->work = TECH_WORK_RUNNING;
	s->answered = false;
	s->deadline_ms = tech_after(t->ev->mono_ms, limit_ms);
	t->fx.bits |= (unsigned)effect | TECH_EFFECT_SHOW;
	if (record != NULL)
		tech_turn_record(t, "%s", record);
}

/* A badge, where one is waited for; anything else is for the scanner test. */
static void on_scan(struct tech_turn *t)
{
	struct tech_session *s = t->s;
	const struct tech_event *ev = t->ev;

	if (s->state == TECH_SCANNER) {
		s->scans = tech_count(s->scans);
		tech_take(s->device, sizeof(s->device), ev->device);
		s->length = (uint16_t)(ev->text.len > UINT16_MAX
			? UINT16_MAX
			: ev->text.len);
		s->is_test_code = tech_is_test_code(ev->text);
		tech_turn_touch(t);
		return;
	}
	if ((s->state != TECH_CLOSED && s->state != TECH_PIN) ||
	    s->pause_ms != 0 || ev->name.len == 0 ||
	    ev->name.len >= TECH_NAME || !str_is_utf8(ev->name))
		return;
	tech_turn_go(t, TECH_PIN);
	tech_take(s->badge, sizeof(s->badge), ev->name);
}

static void on_switch(struct tech_turn *t)
{
	if (t->ev->ok && !tech_is_open(t->s))
		tech_turn_open(t, TECH_BY_SWITCH, "turned");
	else if (!t->ev->ok && t->s->by == TECH_BY_SWITCH)
		tech_turn_close(t, "turned back");
}

/* Copying reports its bytes as they go: whoever waits for it is not idle. */
static void on_report(struct tech_turn *t)
{
	struct tech_session *s = t->s;
	const struct update_report *r = &t->ev->report;

	if (s->state == TECH_UPDATE && s->work == TECH_WORK_RUNNING) {
		s->work = TECH_WORK_NONE;
		tech_turn_touch(t);
	}
	if (memcmp(r, &s->report, sizeof(*r)) == 0)
		return;
	s->report = *r;
	if (r->outcome != UPDATE_OUTCOME_NONE)
		s->outcome = *r;
	t->fx.bits |= TECH_EFFECT_SHOW;
	if (s->state != TECH_UPDATE)
		return;
	if (r->phase == UPDATE_RESTARTING) {
		tech_turn_go(t, TECH_DONE);
		s->ask = TECH_PRESS_RESTART;
	} else if (tech_updating(r) || r->phase == UPDATE_READY) {
		tech_turn_touch(t);
	}
}

static void work_is_late(struct tech_turn *t)
{
	t->s->work = TECH_WORK_BAD;
	t->s->fetched = false;
	tech_turn_touch(t);
}

static void pin_is_late(struct tech_turn *t)
{
	struct tech_session *s = t->s;

	sodium_memzero(s->pin, sizeof(s->pin));
	s->state = TECH_PIN;
	s->pin_unsure = true;
	tech_turn_touch(t);
}

static void on_tick(struct tech_turn *t)
{
	struct tech_session *s = t->s;

	if (t->ev->mono_ms < s->deadline_ms)
		return;
	if (s->work == TECH_WORK_RUNNING) {
		work_is_late(t);
	} else if (s->state == TECH_CHECKING) {
		pin_is_late(t);
	} else if (s->state == TECH_PIN && s->pause_ms != 0) {
		s->pause_ms = 0;
		tech_turn_touch(t);
	} else if (s->state == TECH_CLEANING || s->state == TECH_TOUCH ||
	    s->state == TECH_DONE) {
		tech_turn_go(t, TECH_MENU);
	} else if (s->state > TECH_CLOSED) {
		tech_turn_close(t, "untouched");
	}
}

static void dispatch(struct tech_turn *t)
{
	switch (t->ev->kind) {
	case TECH_EV_TICK:
		on_tick(t);
		return;
	case TECH_EV_SCAN:
		on_scan(t);
		return;
	case TECH_EV_SWITCH:
		on_switch(t);
		return;
	case TECH_EV_KEY:
		tech_turn_key(t);
		return;
	case TECH_EV_ERASE:
		tech_turn_erase(t);
		return;
	case TECH_EV_PRESS:
		tech_turn_press(t);
		return;
	case TECH_EV_REPORT:
		on_report(t);
		return;
	case TECH_EV_PIN:
	case TECH_EV_PRINTED:
	case TECH_EV_SYNCED:
	case TECH_EV_FETCHED:
	case TECH_EV_ADOPTED:
	case TECH_EV_STORED:
	case TECH_EV_TESTED:
	case TECH_EV_CLOCK:
		tech_turn_answer(t);
		return;
	case TECH_EV_UNSET:
	case TECH_EVENTS:
		return;
	}
}

void tech_init(struct tech_session *s, const struct tech_rules *rules)
{
	memset(s, 0, sizeof(*s));
	s->state = TECH_CLOSED;
	s->lang = rules->lang;
	s->deadline_ms = INT64_MAX;
}

struct tech_effects tech_step(struct tech_session *s,
    const struct tech_rules *rules, const struct tech_event *ev)
{
	struct tech_turn t = {.s = s, .rules = rules, .ev = ev};

	dispatch(&t);
	return t.fx;
}

bool tech_can_cancel(const struct update_report *r)
{
	return r->phase == UPDATE_LOOKING || r->phase == UPDATE_OFFERED ||
	    r->phase == UPDATE_COPYING || r->phase == UPDATE_VERIFYING;
}

bool tech_updating(const struct update_report *r)
{
	return r->phase == UPDATE_LOOKING || r->phase == UPDATE_COPYING ||
	    r->phase == UPDATE_VERIFYING || r->phase == UPDATE_WRITING ||
	    r->phase == UPDATE_CHECKING;
}

bool tech_is_test_code(struct str text)
{
	if (text.len != TICKET_DIGITS)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] != '0')
			return false;
	}
	return true;
}

int32_t tech_seconds_left(const struct tech_session *s, int64_t mono_ms)
{
	int64_t until = s->state == TECH_CLEANING             ? s->deadline_ms
	    : s->state == TECH_PIN || s->state == TECH_LOCKED ? s->pause_ms
							      : 0;
	int64_t left_s;

	if (until == 0)
		return -1;
	left_s = until > mono_ms ? (until - mono_ms - 1) / 1000 + 1 : 1;
	return left_s > INT32_MAX ? INT32_MAX : (int32_t)left_s;
}

const char *tech_state_name(enum tech_state s)
{
	static const char *const names[TECH_STATES] = {
	    [TECH_STATE_UNSET] = "unset",
	    [TECH_CLOSED] = "closed",
	    [TECH_PIN] = "pin",
	    [TECH_CHECKING] = "checking",
	    [TECH_LOCKED] = "locked",
	    [TECH_MENU] = "menu",
	    [TECH_STATUS] = "status",
	    [TECH_PRINT] = "print",
	    [TECH_TOUCH] = "touch",
	    [TECH_SCANNER] = "scanner",
	    [TECH_SYNC] = "sync",
	    [TECH_UPDATE] = "update",
	    [TECH_EXPORT] = "export",
	    [TECH_SETUP] = "setup",
	    [TECH_SELFTEST] = "selftest",
	    [TECH_CLEANING] = "cleaning",
	    [TECH_SCREEN] = "screen",
	    [TECH_CLOCK] = "clock",
	    [TECH_POWER] = "power",
	    [TECH_DONE] = "done"};

	return s < TECH_STATES && names[s] != NULL ? names[s] : "unset";
}
