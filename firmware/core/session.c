#include "session.h"

#include <sodium.h>
#include <string.h>

#define NEVER INT64_MAX

/* How long each state waits untouched, and where it goes then. */
static const struct {
	int64_t wait_ms;
	enum session_state then;
	const char *name;
} waits[SESSION_STATES] = {
    [SESSION_UNSET] = {0, SESSION_HOME, "unset"},
    [SESSION_HOME] = {IDLE_MS, SESSION_HOME, "home"},
    [SESSION_KEYPAD] = {IDLE_MS, SESSION_WARNING, "keypad"},
    [SESSION_IDENTITY] = {IDLE_MS, SESSION_WARNING, "identity"},
    [SESSION_CHECKING] = {CHECK_WAIT_MS, SESSION_RESULT, "checking"},
    [SESSION_RESULT] = {RESULT_MS, SESSION_WARNING, "result"},
    [SESSION_PRINTING] = {PRINT_WAIT_MS, SESSION_NUMBER, "printing"},
    [SESSION_TICKET] = {TICKET_MS, SESSION_HOME, "ticket"},
    [SESSION_NUMBER] = {NUMBER_MS, SESSION_WARNING, "number"},
    [SESSION_HELP] = {IDLE_MS, SESSION_WARNING, "help"},
    [SESSION_WARNING] = {WARNING_MS, SESSION_HOME, "warning"},
};

const char *session_state_name(enum session_state s)
{
	return s < SESSION_STATES ? waits[s].name : "unset";
}

static void enter(struct session *s, enum session_state state,
    const struct event *ev, struct session_effects *fx)
{
	s->state = state;
	s->deadline_ms = ev->mono_ms + waits[state].wait_ms;
	fx->bits |= EFFECT_SHOW;
}

/* The visitor is gone: nothing of theirs stays in memory. */
static void wipe(struct session *s, const struct session_rules *rules,
    const struct event *ev, struct session_effects *fx)
{
	sodium_memzero(s->typed, sizeof(s->typed));
	sodium_memzero(s->birth, sizeof(s->birth));
	sodium_memzero(&s->code, sizeof(s->code));
	sodium_memzero(&s->hash, sizeof(s->hash));
	sodium_memzero(&s->facts, sizeof(s->facts));
	sodium_memzero(&s->decision, sizeof(s->decision));
	sodium_memzero(&s->admission, sizeof(s->admission));
	s->typed_slip = s->was_typed = s->birth_bad = s->copy = false;
	s->print = PRINT_UNSET;
	s->reprint = REPRINT_NONE;
	s->hopeful = false;
	s->under = SESSION_UNSET;
	s->unreadable_until_ms = 0;
	s->lang = rules->lang;
	enter(s, SESSION_HOME, ev, fx);
	s->deadline_ms = NEVER;
	fx->bits |= EFFECT_WIPED;
}

void session_init(struct session *s, const struct session_rules *rules)
{
	memset(s, 0, sizeof(*s));
	s->state = SESSION_HOME;
	s->lang = rules->lang;
	s->deadline_ms = NEVER;
	s->storage_ok = true;
}

static bool counts_as_wrong(enum verdict v)
{
	return v == VERDICT_UNKNOWN || v == VERDICT_MISMATCH ||
	    v == VERDICT_TRIES_USED;
}

static void refuse(struct session *s, const struct event *ev,
    struct session_effects *fx)
{
	if (counts_as_wrong(s->decision.verdict))
		rate_wrong(&s->rate, ev->mono_ms);
	enter(s, SESSION_RESULT, ev, fx);
	fx->bits |= EFFECT_RECORD;
}

static void refuse_as(struct session *s, enum verdict v, const struct event *ev,
    struct session_effects *fx)
{
	memset(&s->decision, 0, sizeof(s->decision));
	s->decision.verdict = v;
	refuse(s, ev, fx);
}

static void look_up(struct session *s, const struct event *ev,
    struct session_effects *fx)
{
	memset(&s->decision, 0, sizeof(s->decision));
	enter(s, SESSION_CHECKING, ev, fx);
	fx->bits |= EFFECT_LOOKUP;
}

/* A well-formed code is in hand, however it came. */
static void take_code(struct session *s, const struct session_rules *rules,
    const struct booking_code *code, bool was_typed, const struct event *ev,
    struct session_effects *fx)
{
	s->code = *code;
	s->hash = digest_code(&rules->office_key, code);
	s->was_typed = was_typed;
	s->copy = false;
	s->under = SESSION_UNSET;
	s->unreadable_until_ms = 0;
	memset(&s->facts, 0, sizeof(s->facts));
	memset(&s->admission, 0, sizeof(s->admission));
	sodium_memzero(s->birth, sizeof(s->birth));
	s->birth_bad = false;
	if (!was_typed)
		sodium_memzero(s->typed, sizeof(s->typed));
	if (!s->storage_ok)
		refuse_as(s, VERDICT_STORAGE_FAULT, ev, fx);
	else if (!checkin_clock_sure(&rules->checkin, ev->now_s))
		refuse_as(s, VERDICT_CLOCK_UNSURE, ev, fx);
	else if (rate_wait_ms(&s->rate, ev->mono_ms) > 0)
		refuse_as(s, VERDICT_RATE_LIMITED, ev, fx);
	else if (rules->checkin.ask_birth_date)
		enter(s, SESSION_IDENTITY, ev, fx);
	else
		look_up(s, ev, fx);
}

/* Work is under way, or the only copy of a ticket is on the screen. */
static bool takes_scans(const struct session *s)
{
	enum session_state at = s->state;

	if (at == SESSION_WARNING || at == SESSION_HELP)
		at = s->under;
	return at != SESSION_CHECKING && at != SESSION_PRINTING &&
	    at != SESSION_NUMBER;
}

static void on_scan(struct session *s, const struct session_rules *rules,
    const struct event *ev, struct session_effects *fx)
{
	struct booking_code code;
	struct ticket ticket;

	if (!takes_scans(s))
		return;
	if (code_parse(&rules->code, ev->text, &code) == CODE_OK) {
		if (s->state == SESSION_TICKET)
			wipe(s, rules, ev, fx);
		take_code(s, rules, &code, false, ev, fx);
	} else if (s->state == SESSION_HOME) {
		s->ticket_shown = ticket_read(ev->text, &ticket) !=
		    TICKET_BAD_FORM;
		s->unreadable_until_ms = ev->mono_ms + HOME_UNREADABLE_MS;
		fx->bits |= EFFECT_SHOW;
	}
	sodium_memzero(&code, sizeof(code));
}

static void on_key(struct session *s, const struct session_rules *rules,
    const struct event *ev, struct session_effects *fx)
{
	char *field = s->state == SESSION_KEYPAD ? s->typed : s->birth;
	size_t room, len = strlen(field);
	char c = ev->symbol;

	if (s->state == SESSION_KEYPAD) {
		room = rules->code.length;
		c = code_symbol(&rules->code, c);
	} else if (s->state == SESSION_IDENTITY) {
		room = BIRTH_DIGITS;
		c = c >= '0' && c <= '9' ? c : '\0';
	} else {
		return;
	}
	if (room > SESSION_TYPED)
		room = SESSION_TYPED;
	enter(s, s->state, ev, fx);
	if (c == '\0' || len >= room)
		return;
	field[len] = c;
	field[len + 1] = '\0';
	s->typed_slip = s->birth_bad = false;
}

static void on_erase(struct session *s, const struct event *ev,
    struct session_effects *fx)
{
	char *field = s->state == SESSION_KEYPAD ? s->typed : s->birth;
	size_t len = strlen(field);

	if (s->state != SESSION_KEYPAD && s->state != SESSION_IDENTITY)
		return;
	enter(s, s->state, ev, fx);
	if (len > 0)
		field[len - 1] = '\0';
	s->typed_slip = s->birth_bad = false;
}

static void enter_code(struct session *s, const struct session_rules *rules,
    const struct event *ev, struct session_effects *fx)
{
	struct booking_code code;
	struct str typed = str_from(s->typed);

	enter(s, SESSION_KEYPAD, ev, fx);
	if (typed.len != rules->code.length)
		return;
	if (code_parse(&rules->code, typed, &code) == CODE_OK)
		take_code(s, rules, &code, true, ev, fx);
	else
		s->typed_slip = true;
	sodium_memzero(&code, sizeof(code));
}

/* Typed as DDMMYYYY. */
static bool read_birth(const char *typed, struct civil_date *out)
{
	char iso[11] = {typed[4], typed[5], typed[6], typed[7], '-', typed[2],
	    typed[3], '-', typed[0], typed[1], '\0'};
	bool ok = civil_parse_date(str_from(iso), out);

	sodium_memzero(iso, sizeof(iso));
	return ok;
}

static void enter_birth(struct session *s, const struct session_rules *rules,
    const struct event *ev, struct session_effects *fx)
{
	struct civil_date date = {0, 0, 0};

	enter(s, SESSION_IDENTITY, ev, fx);
	if (strlen(s->birth) != BIRTH_DIGITS)
		return;
	if (!read_birth(s->birth, &date)) {
		s->birth_bad = true;
		return;
	}
	s->facts.birth_given = true;
	s->facts.birth = digest_birth(&rules->office_key, &s->hash, date);
	sodium_memzero(&date, sizeof(date));
	sodium_memzero(s->birth, sizeof(s->birth));
	look_up(s, ev, fx);
}

/* Back to where the wrong answer can be mended. */
static void correct(struct session *s, const struct session_rules *rules,
    const struct event *ev, struct session_effects *fx)
{
	enum verdict v = s->decision.verdict;

	if (v == VERDICT_MISMATCH && s->decision.tries_left == 0)
		wipe(s, rules, ev, fx);
	else if (s->was_typed &&
	    (v == VERDICT_UNKNOWN || v == VERDICT_MISMATCH))
		enter(s, SESSION_KEYPAD, ev, fx);
	else if (v == VERDICT_MISMATCH)
		enter(s, SESSION_IDENTITY, ev, fx);
	else
		wipe(s, rules, ev, fx);
}

static bool no_proof(const struct session *s)
{
	return !s->printer.proves_paper || s->print != PRINT_PRINTED;
}

static bool help_is_drawn(enum session_state state)
{
	return state == SESSION_HOME || state == SESSION_KEYPAD ||
	    state == SESSION_IDENTITY || state == SESSION_RESULT ||
	    state == SESSION_TICKET || state == SESSION_NUMBER;
}

/* Actions that mean the same on every screen; true = it was one. */
static bool common_action(struct session *s, const struct event *ev,
    struct session_effects *fx)
{
	if (ev->action == ACTION_LANG_ID || ev->action == ACTION_LANG_EN) {
		s->lang = ev->action == ACTION_LANG_ID ? LANG_ID : LANG_EN;
		if (s->state != SESSION_CHECKING &&
		    s->state != SESSION_PRINTING)
			enter(s, s->state, ev, fx);
		fx->bits |= EFFECT_SHOW;
		return true;
	}
	if (ev->action == ACTION_HELP && help_is_drawn(s->state)) {
		s->under = s->state;
		enter(s, SESSION_HELP, ev, fx);
		return true;
	}
	return false;
}

static void on_result_action(struct session *s,
    const struct session_rules *rules, const struct event *ev,
    struct session_effects *fx)
{
	if (ev->action == ACTION_CORRECT) {
		correct(s, rules, ev, fx);
	} else if (ev->action == ACTION_COPY &&
	    s->decision.verdict == VERDICT_USED_COPY) {
		s->copy = true;
		enter(s, SESSION_CHECKING, ev, fx);
		fx->bits |= EFFECT_FIND_COPY;
	} else if (ev->action == ACTION_DONE || ev->action == ACTION_BACK) {
		wipe(s, rules, ev, fx);
	}
}

static void on_action(struct session *s, const struct session_rules *rules,
    const struct event *ev, struct session_effects *fx)
{
	bool leave = ev->action == ACTION_DONE || ev->action == ACTION_BACK;

	if (common_action(s, ev, fx))
		return;
	switch (s->state) {
	case SESSION_HOME:
		if (ev->action == ACTION_TYPE)
			enter(s, SESSION_KEYPAD, ev, fx);
		return;
	case SESSION_KEYPAD:
		if (ev->action == ACTION_ENTER)
			enter_code(s, rules, ev, fx);
		else if (leave)
			wipe(s, rules, ev, fx);
		return;
	case SESSION_IDENTITY:
		if (ev->action == ACTION_ENTER)
			enter_birth(s, rules, ev, fx);
		else if (leave)
			wipe(s, rules, ev, fx);
		return;
	case SESSION_RESULT:
		on_result_action(s, rules, ev, fx);
		return;
	case SESSION_TICKET:
		if (ev->action == ACTION_NO_PAPER && no_proof(s))
			enter(s, SESSION_NUMBER, ev, fx);
		else if (leave)
			wipe(s, rules, ev, fx);
		return;
	case SESSION_NUMBER:
		if (leave)
			wipe(s, rules, ev, fx);
		return;
	case SESSION_HELP:
		if (leave)
			enter(s, s->under, ev, fx);
		return;
	case SESSION_WARNING:
		if (ev->action == ACTION_STAY)
			enter(s, s->under, ev, fx);
		else if (leave)
			wipe(s, rules, ev, fx);
		return;
	case SESSION_CHECKING:
	case SESSION_PRINTING:
	case SESSION_UNSET:
	case SESSION_STATES:
		return;
	}
}

static void on_facts(struct session *s, const struct session_rules *rules,
    const struct event *ev, struct session_effects *fx)
{
	bool birth_given = s->facts.birth_given;
	uint64_t birth = s->facts.birth;

	if (s->state != SESSION_CHECKING || s->copy)
		return;
	s->facts = ev->facts;
	s->facts.birth_given = birth_given;
	s->facts.birth = birth;
	s->facts.rate_limited = false; /* asked before the lookup */
	s->decision = checkin_decide(&rules->checkin, &s->facts, ev->now_s);
	if (s->decision.verdict == VERDICT_UNSET)
		refuse_as(s, VERDICT_STORAGE_FAULT, ev, fx);
	else if (verdict_admits(s->decision.verdict))
		fx->bits |= EFFECT_CLAIM;
	else
		refuse(s, ev, fx);
}

static bool mendable(const struct printer_status *p)
{
	return p->paper_out == FACT_YES || p->cover_open == FACT_YES ||
	    p->cutter_error == FACT_YES;
}

static bool usable(const struct printer_status *p)
{
	return p->connected == FACT_YES && p->offline != FACT_YES &&
	    !mendable(p);
}

static void start_print(struct session *s, const struct event *ev,
    struct session_effects *fx)
{
	s->job_id++;
	s->print = PRINT_UNSET;
	enter(s, SESSION_PRINTING, ev, fx);
	fx->bits |= EFFECT_PRINT;
	fx->copy = s->copy;
}

static void on_claimed(struct session *s, const struct event *ev,
    struct session_effects *fx)
{
	if (s->state != SESSION_CHECKING ||
	    (!s->copy && !verdict_admits(s->decision.verdict)))
		return;
	if (ev->admission.n == 0) { /* nothing durable: not admitted */
		refuse_as(s, VERDICT_STORAGE_FAULT, ev, fx);
		return;
	}
	s->admission = ev->admission;
	s->reprint = REPRINT_NONE;
	s->hopeful = usable(&s->printer);
	start_print(s, ev, fx);
}

/* The owner is there, nothing came out, and now it can. */
static void reprint(struct session *s, const struct event *ev,
    struct session_effects *fx)
{
	if ((s->state != SESSION_PRINTING && s->state != SESSION_NUMBER) ||
	    s->reprint != REPRINT_DUE || s->admission.n == 0 ||
	    !usable(&s->printer))
		return;
	s->reprint = REPRINT_DONE;
	start_print(s, ev, fx);
}

static void on_not_printed(struct session *s, const struct event *ev,
    struct session_effects *fx)
{
	bool first = s->reprint == REPRINT_NONE;

	if (first)
		s->reprint = REPRINT_DUE;
	/* One that was ready a moment ago is being reset. */
	if (first && s->state == SESSION_PRINTING && s->hopeful &&
	    !mendable(&s->printer))
		s->deadline_ms = ev->mono_ms + REPRINT_WAIT_MS;
	else if (s->state == SESSION_PRINTING)
		enter(s, SESSION_NUMBER, ev, fx);
	reprint(s, ev, fx);
}

static void on_print(struct session *s, const struct event *ev,
    struct session_effects *fx)
{
	if ((s->state != SESSION_PRINTING && s->state != SESSION_NUMBER) ||
	    ev->job_id != s->job_id)
		return;
	s->print = ev->print;
	switch (ev->print) {
	case PRINT_PRINTED:
		enter(s, SESSION_TICKET, ev, fx);
		return;
	case PRINT_UNSURE:
		/* A printer that can't prove paper is believed for the
		 * ticket's screen, which has a "no paper came out" button. */
		enter(s,
		    s->printer.proves_paper ? SESSION_NUMBER : SESSION_TICKET,
		    ev, fx);
		return;
	case PRINT_NOT_PRINTED:
		on_not_printed(s, ev, fx);
		return;
	case PRINT_PARTIAL:
		enter(s, SESSION_NUMBER, ev, fx);
		return;
	case PRINT_UNSET:
		return;
	}
}

static void expire(struct session *s, const struct session_rules *rules,
    const struct event *ev, struct session_effects *fx)
{
	enum session_state then = waits[s->state].then;

	if (then == SESSION_WARNING) {
		if (s->state != SESSION_HELP)
			s->under = s->state;
		else if (s->under == SESSION_HOME) {
			wipe(s, rules, ev, fx);
			return;
		}
		enter(s, SESSION_WARNING, ev, fx);
	} else if (then == SESSION_RESULT) {
		refuse_as(s, VERDICT_STORAGE_FAULT, ev, fx);
	} else if (then == SESSION_NUMBER) {
		if (s->reprint != REPRINT_DUE)
			s->print = PRINT_UNSURE;
		enter(s, SESSION_NUMBER, ev, fx);
	} else {
		wipe(s, rules, ev, fx);
	}
}

static void on_tick(struct session *s, const struct session_rules *rules,
    const struct event *ev, struct session_effects *fx)
{
	if (s->unreadable_until_ms != 0 &&
	    ev->mono_ms >= s->unreadable_until_ms) {
		s->unreadable_until_ms = 0;
		fx->bits |= EFFECT_SHOW;
	}
	if (ev->mono_ms >= s->deadline_ms)
		expire(s, rules, ev, fx);
}

static void on_health(struct session *s, const struct event *ev,
    struct session_effects *fx)
{
	s->storage_ok = ev->storage_ok;
	s->printer = ev->printer;
	fx->bits |= EFFECT_SHOW;
	/* Nobody waits before a printer that waits for staff. The job goes on:
	 * when it is mended and PRINTED, the ticket's screen comes. */
	if (s->state == SESSION_PRINTING && mendable(&s->printer))
		enter(s, SESSION_NUMBER, ev, fx);
	reprint(s, ev, fx);
}

static void on_claim_failed(struct session *s, const struct event *ev,
    struct session_effects *fx)
{
	if (s->state == SESSION_CHECKING)
		refuse_as(s,
		    ev->full ? VERDICT_QUOTA_FULL : VERDICT_STORAGE_FAULT, ev,
		    fx);
}

struct session_effects session_step(struct session *s,
    const struct session_rules *rules, const struct event *ev)
{
	struct session_effects fx = {0, false};

	switch (ev->kind) {
	case EV_TICK:
		on_tick(s, rules, ev, &fx);
		return fx;
	case EV_SCAN:
		s->touched_ms = ev->mono_ms;
		on_scan(s, rules, ev, &fx);
		return fx;
	case EV_KEY:
		s->touched_ms = ev->mono_ms;
		on_key(s, rules, ev, &fx);
		return fx;
	case EV_ERASE:
		s->touched_ms = ev->mono_ms;
		on_erase(s, ev, &fx);
		return fx;
	case EV_ACTION:
		s->touched_ms = ev->mono_ms;
		on_action(s, rules, ev, &fx);
		return fx;
	case EV_FACTS:
		on_facts(s, rules, ev, &fx);
		return fx;
	case EV_CLAIMED:
		on_claimed(s, ev, &fx);
		return fx;
	case EV_CLAIM_FAILED:
		on_claim_failed(s, ev, &fx);
		return fx;
	case EV_PRINT:
		on_print(s, ev, &fx);
		return fx;
	case EV_HEALTH:
		on_health(s, ev, &fx);
		return fx;
	case EV_UNSET:
	case EVENTS:
		return fx;
	}
	return fx;
}

enum home_state session_home(const struct session *s,
    const struct session_rules *rules, int64_t now_s,
    struct hours_answer *hours)
{
	struct civil_now now = civil_local(now_s, rules->checkin.offset_s);

	*hours = hours_at(&rules->checkin.hours, now.day, now.minute);
	if (!s->storage_ok)
		return HOME_FAULT;
	if (!checkin_clock_sure(&rules->checkin, now_s))
		return HOME_CLOCK;
	return hours->state == HOURS_OPEN ? HOME_OPEN : HOME_CLOSED;
}
