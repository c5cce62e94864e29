#include "gate_turn.h"

#include <sodium.h>
#include <string.h>

#define NEVER INT64_MAX

enum { APART_S = 3600 }; /* clocks of two gates, at most */

static const char *const names[GATE_STATES] = {
    [GATE_STATE_UNSET] = "unset",
    [GATE_READY] = "ready",
    [GATE_LOOKING] = "looking",
    [GATE_ENTERING] = "entering",
    [GATE_SHOWN] = "shown",
    [GATE_KEYPAD] = "keypad",
    [GATE_COMPARE] = "compare",
    [GATE_OFFICER] = "officer",
    [GATE_LOST] = "lost",
    [GATE_LIST] = "list",
};

const char *gate_state_name(enum gate_state s)
{
	return (unsigned)s < GATE_STATES ? names[s] : names[GATE_STATE_UNSET];
}

int64_t gate_turn_after(int64_t mono_ms, int64_t wait_ms)
{
	return mono_ms > NEVER - wait_ms ? NEVER : mono_ms + wait_ms;
}

static int64_t deadline(const struct gate_turn *t, enum gate_state state)
{
	int64_t now_ms = t->ev->mono_ms;

	switch (state) {
	case GATE_STATE_UNSET:
		return now_ms;
	case GATE_READY:
		return t->s->out_until_ms != 0 ? t->s->out_until_ms : NEVER;
	case GATE_LOOKING:
	case GATE_ENTERING:
		return gate_turn_after(now_ms, GATE_LOOK_MS);
	case GATE_SHOWN:
		return gate_turn_after(now_ms, t->rules->show_ms);
	case GATE_COMPARE:
		return gate_turn_after(now_ms, GATE_COMPARE_MS);
	case GATE_OFFICER:
		return gate_turn_after(now_ms, GATE_OFFICER_MS);
	case GATE_KEYPAD:
	case GATE_LOST:
	case GATE_LIST:
		return gate_turn_after(now_ms, GATE_IDLE_MS);
	case GATE_STATES:
		return now_ms;
	}
	return now_ms;
}

void gate_turn_enter(struct gate_turn *t, enum gate_state state)
{
	t->s->state = state;
	t->s->deadline_ms = deadline(t, state);
	t->fx |= GATE_EFFECT_SHOW;
}

int32_t gate_turn_day(const struct gate_turn *t)
{
	return civil_local(t->ev->now_s, t->rules->gate.checkin.offset_s).day;
}

void gate_turn_way(struct gate_turn *t)
{
	struct gate_session *s = t->s;

	if (s->out_until_ms != 0 && t->ev->mono_ms >= s->out_until_ms)
		s->out_until_ms = 0;
	s->out = gate_goes_out(&t->rules->gate, s->out_until_ms != 0);
}

void gate_turn_forget(struct gate_session *s)
{
	sodium_memzero(&s->ticket, sizeof(s->ticket));
	sodium_memzero(&s->subject, sizeof(s->subject));
	s->moves = 0;
	s->moved_s = 0;
}

void gate_turn_wipe(struct gate_session *s)
{
	sodium_memzero(s->typed, sizeof(s->typed));
	s->typed_wrong = false;
}

void gate_turn_put_down(struct gate_session *s)
{
	gate_turn_forget(s);
	gate_turn_wipe(s);
	sodium_memzero(&s->code, sizeof(s->code));
	sodium_memzero(&s->code_hash, sizeof(s->code_hash));
	sodium_memzero(&s->pass, sizeof(s->pass));
	sodium_memzero(&s->decision, sizeof(s->decision));
	memset(&s->by, 0, sizeof(s->by));
	memset(s->home, 0, sizeof(s->home));
	memset(s->officer, 0, sizeof(s->officer));
	s->verdict = s->held = GATE_UNSET;
	s->overridden = false;
	s->from_min = 0;
	s->used_s = s->pause_ms = 0;
	s->list_page = 0;
}

void gate_turn_ready(struct gate_turn *t)
{
	gate_turn_put_down(t->s);
	gate_turn_way(t);
	gate_turn_enter(t, GATE_READY);
}

void gate_session_init(struct gate_session *s,
    const struct gate_session_rules *rules)
{
	memset(s, 0, sizeof(*s));
	s->state = GATE_READY;
	s->lang = rules->lang;
	s->deadline_ms = NEVER;
	s->storage_ok = true;
	s->out = gate_goes_out(&rules->gate, false);
}

static unsigned sound(enum gate_verdict v)
{
	if (gate_opens(v))
		return GATE_EFFECT_SOUND_YES;
	return v == GATE_WAIT || v == GATE_WAIT_STANDBY ? GATE_EFFECT_SOUND_WAIT
							: GATE_EFFECT_SOUND_NO;
}

static void remember(struct gate_turn *t, enum gate_verdict v)
{
	struct gate_session *s = t->s;

	memmove(&s->last[1], &s->last[0], (GATE_LAST - 1) * sizeof(s->last[0]));
	memset(&s->last[0], 0, sizeof(s->last[0]));
	s->last[0].time_s = t->ev->now_s;
	s->last[0].verdict = v;
	s->last[0].letter = s->subject.letter;
	s->last[0].number = s->subject.number;
	s->last[0].companions = s->subject.companions;
}

static void show(struct gate_turn *t, enum gate_verdict v)
{
	struct gate_session *s = t->s;

	s->verdict = v;
	s->held = GATE_UNSET;
	gate_turn_wipe(s);
	sodium_memzero(&s->code, sizeof(s->code));
	remember(t, v);
	gate_turn_enter(t, GATE_SHOWN);
	t->fx |= sound(v);
}

void gate_turn_refuse(struct gate_turn *t, enum gate_verdict v)
{
	if (v == GATE_STORAGE)
		t->s->storage_ok = false;
	show(t, v);
	t->fx |= GATE_EFFECT_REFUSE;
}

static void refuse_code(struct gate_turn *t, enum verdict v)
{
	memset(&t->s->decision, 0, sizeof(t->s->decision));
	t->s->decision.verdict = v;
	gate_turn_refuse(t, GATE_CODE);
}

void gate_turn_look(struct gate_turn *t)
{
	gate_turn_enter(t, GATE_LOOKING);
	t->fx |= GATE_EFFECT_LOOK;
}

/* Histories are kept in the order of their times. The gate where somebody went
 * in may be ahead of this one by minutes, or this one was set: what comes after
 * a movement is later. A clock wrong by more is not followed. */
static int64_t time_of_pass(const struct gate_turn *t)
{
	int64_t ahead_s = t->s->moved_s - t->ev->now_s;

	return ahead_s >= 0 && ahead_s < APART_S ? t->s->moved_s + 1
						 : t->ev->now_s;
}

/* pass.out, and of an override officer, reason and overruled, are set. */
static void start_pass(struct gate_turn *t)
{
	struct gate_session *s = t->s;
	struct pass *p = &s->pass;

	p->n = 0;
	p->subject = s->subject;
	p->move = s->moves;
	p->time_s = time_of_pass(t);
	p->key = pass_key(&p->subject, p->move);
	p->op_id = pass_op_id(t->rules->device, t->rules->epoch, &p->key);
	gate_turn_enter(t, GATE_ENTERING);
	t->fx |= GATE_EFFECT_PASS;
}

void gate_turn_staff(struct gate_turn *t)
{
	struct gate_session *s = t->s;

	gate_turn_forget(s);
	if (sodium_is_zero(t->ev->random.bytes, sizeof(t->ev->random.bytes))) {
		gate_turn_refuse(t, GATE_STORAGE);
		return;
	}
	s->subject.of = PASS_STAFF;
	s->subject.day = gate_turn_day(t);
	s->subject.booking = t->ev->random;
	start_pass(t);
}

static bool takes_codes(const struct gate_turn *t)
{
	static const struct decision none = {.verdict = VERDICT_UNSET};

	return gate_check_code(&t->rules->gate, &none) != GATE_NEED_TICKET;
}

static void take_code(struct gate_turn *t, enum code_verdict form)
{
	struct gate_session *s = t->s;

	if (!checkin_clock_sure(&t->rules->gate.checkin, t->ev->now_s)) {
		gate_turn_refuse(t, GATE_CLOCK);
		return;
	}
	if (form == CODE_BAD_CHECK) {
		if (takes_codes(t))
			refuse_code(t, VERDICT_BAD_CHECK);
		else
			gate_turn_refuse(t, GATE_FORM);
		return;
	}
	s->code_hash = digest_code(&t->rules->office_key, &s->code);
	s->subject.of = PASS_CODE;
	s->subject.day = gate_turn_day(t);
	s->subject.booking = s->code_hash;
	if (!takes_codes(t))
		gate_turn_refuse(t, GATE_NEED_TICKET);
	else if (rate_wait_ms(&s->code_rate, t->ev->mono_ms) > 0)
		refuse_code(t, VERDICT_RATE_LIMITED);
	else
		gate_turn_look(t);
}

static bool is_time(enum gate_verdict v)
{
	return v == GATE_WAIT || v == GATE_WAIT_STANDBY || v == GATE_OVER;
}

static void take_ticket(struct gate_turn *t)
{
	struct gate_ticket g = gate_check_ticket(&t->rules->gate, t->ev->text,
	    t->ev->now_s);
	struct gate_session *s = t->s;

	if (!gate_proven(g.verdict)) {
		gate_turn_refuse(t, g.verdict);
		return;
	}
	s->ticket = g.ticket;
	s->subject = gate_subject(&g.ticket, PASS_TICKET);
	s->from_min = g.from_min;
	/* Time may not count: the history says so. */
	if (is_time(g.verdict) && (s->out || t->rules->gate.reentry)) {
		s->held = g.verdict;
		gate_turn_look(t);
	} else if (g.verdict != GATE_UNSET) {
		gate_turn_refuse(t, g.verdict);
	} else {
		gate_turn_look(t);
	}
}

static void take_badge(struct gate_turn *t)
{
	struct gate_session *s = t->s;
	bool stays = s->state == GATE_OFFICER ||
	    (s->state == GATE_SHOWN && !gate_opens(s->verdict));

	if (!stays)
		gate_turn_put_down(s);
	memset(&s->pass, 0, sizeof(s->pass));
	memcpy(s->officer, t->ev->officer, sizeof(s->officer));
	s->officer[sizeof(s->officer) - 1] = '\0';
	gate_turn_enter(t, GATE_OFFICER);
}

static void on_scan(struct gate_turn *t)
{
	struct gate_session *s = t->s;
	enum code_verdict form;

	if (s->state == GATE_LOOKING || s->state == GATE_ENTERING)
		return;
	gate_turn_way(t);
	if (t->ev->officer[0] != '\0') {
		take_badge(t);
		return;
	}
	gate_turn_put_down(s);
	form = code_parse(&t->rules->code, t->ev->text, &s->code);
	if (form == CODE_OK || form == CODE_BAD_CHECK)
		take_code(t, form);
	else
		take_ticket(t);
}

/* The kiosk's decision without what a gate does not ask or keep. */
static enum gate_verdict judge_code(struct gate_turn *t)
{
	const struct checkin_facts *known = &t->ev->known.facts;
	struct checkin_rules rules = t->rules->gate.checkin;
	struct gate_session *s = t->s;
	struct checkin_facts facts;

	memset(&facts, 0, sizeof(facts));
	facts.storage_ok = true;
	facts.found = known->found;
	facts.booking = known->booking;
	facts.last_sync_s = known->last_sync_s;
	rules.ask_birth_date = false;
	s->decision = checkin_decide(&rules, &facts, t->ev->now_s);
	s->from_min = s->decision.from_min;
	if (s->decision.verdict == VERDICT_UNKNOWN)
		rate_wrong(&s->code_rate, t->ev->mono_ms);
	return gate_check_code(&t->rules->gate, &s->decision);
}

/* Before "used". */
static enum gate_verdict judge_known(struct gate_turn *t)
{
	const struct pass_history *h = &t->ev->known.history;
	struct gate_session *s = t->s;
	enum gate_verdict v = s->held;
	bool late = false;

	if (s->subject.day != gate_turn_day(t))
		return GATE_OTHER_DAY;
	/* Who is inside may leave, whatever became of the booking. */
	if (s->subject.of == PASS_CODE && !s->out) {
		v = judge_code(t);
		late = v == GATE_CODE &&
		    s->decision.verdict == VERDICT_TOO_LATE;
	}
	if ((is_time(v) || late) &&
	    !gate_time_counts(&t->rules->gate, h, s->out))
		return GATE_UNSET;
	return v;
}

/* When and where it went in. */
static void note_use(struct gate_turn *t)
{
	const struct pass_history *h = &t->ev->known.history;
	const struct roster *roster = t->rules->gate.roster;
	const struct roster_device *d = NULL;
	struct gate_session *s = t->s;
	size_t i = h->n;

	while (i > 0 && h->item[i - 1].out)
		i--;
	if (i == 0)
		return;
	s->used_s = s->by.time_s = h->item[i - 1].time_s;
	s->by.device = h->item[i - 1].device;
	s->by.letter = h->item[i - 1].letter;
	s->by.number = h->item[i - 1].number;
	if (roster != NULL && s->by.device != 0)
		d = roster_find(roster, s->by.device);
	if (d != NULL)
		memcpy(s->by.terminal, d->name, sizeof(s->by.terminal));
}

static void decide(struct gate_turn *t)
{
	const struct gate_known *known = &t->ev->known;
	struct gate_session *s = t->s;
	enum gate_verdict v = judge_known(t);

	if (v == GATE_UNSET)
		v = gate_check_used(&t->rules->gate, &known->history, s->out,
		    known->elsewhere);
	if (v == GATE_USED)
		note_use(t);
	if (v == GATE_OTHER_GATE) {
		memcpy(s->home, known->home, sizeof(s->home));
		s->home[sizeof(s->home) - 1] = '\0';
	}
	if (!gate_opens(v)) {
		gate_turn_refuse(t, v);
		return;
	}
	memset(&s->pass, 0, sizeof(s->pass));
	s->pass.out = v == GATE_OPEN_OUT;
	start_pass(t);
}

static void decide_override(struct gate_turn *t)
{
	const struct pass_history *h = &t->ev->known.history;
	struct gate_session *s = t->s;

	if (s->subject.day != gate_turn_day(t) || s->moves >= PASS_MOVES) {
		gate_turn_staff(t);
		return;
	}
	if (s->pass.reason == PASS_REASON_LOST && !pass_inside(h))
		s->pass.overruled = GATE_NOT_INSIDE;
	/* One more person, without companions. */
	if (!s->pass.out && pass_inside(h))
		s->subject.companions = s->ticket.companions = 0;
	start_pass(t);
}

static void on_known(struct gate_turn *t)
{
	const struct gate_known *known = &t->ev->known;
	struct gate_session *s = t->s;

	if (s->state != GATE_LOOKING)
		return;
	if (!known->storage_ok) {
		gate_turn_refuse(t, GATE_STORAGE);
		return;
	}
	s->storage_ok = true;
	/* One that was heard of only in an answer may not be in it yet. */
	if (known->history.n > s->moves)
		s->moves = (uint8_t)known->history.n;
	if (known->history.n > 0)
		s->moved_s = known->history.item[known->history.n - 1].time_s;
	if (s->subject.of == PASS_CODE && known->facts.found)
		s->subject.companions = known->facts.booking.companions &
		    PASS_COMPANIONS;
	if (s->pass.reason != PASS_REASON_NONE)
		decide_override(t);
	else
		decide(t);
}

static void on_passed(struct gate_turn *t)
{
	struct gate_session *s = t->s;

	if (s->state != GATE_ENTERING ||
	    memcmp(&t->ev->pass.op_id, &s->pass.op_id, sizeof(struct op_id)))
		return;
	if (t->ev->pass.n == 0) {
		gate_turn_refuse(t, GATE_STORAGE);
		return;
	}
	s->pass.n = t->ev->pass.n;
	s->storage_ok = true;
	s->overridden = s->pass.reason != PASS_REASON_NONE;
	s->out_until_ms = 0;
	gate_turn_way(t);
	show(t, s->pass.out ? GATE_OPEN_OUT : GATE_OPEN);
	t->fx |= GATE_EFFECT_OPEN;
}

static void on_not_passed(struct gate_turn *t)
{
	struct gate_session *s = t->s;

	if (s->state != GATE_ENTERING)
		return;
	if (t->ev->verdict != GATE_USED) {
		gate_turn_refuse(t, GATE_STORAGE);
		return;
	}
	s->by = t->ev->by;
	s->by.terminal[sizeof(s->by.terminal) - 1] = '\0';
	s->used_s = s->by.time_s;
	s->moves++; /* somebody made this one */
	gate_turn_refuse(t, GATE_USED);
}

static void on_tick(struct gate_turn *t)
{
	struct gate_session *s = t->s;

	if (t->ev->mono_ms < s->deadline_ms)
		return;
	if (s->state == GATE_LOOKING || s->state == GATE_ENTERING)
		gate_turn_refuse(t, GATE_STORAGE);
	else
		gate_turn_ready(t);
}

unsigned gate_step(struct gate_session *s,
    const struct gate_session_rules *rules, const struct gate_event *ev)
{
	struct gate_turn t = {s, rules, ev, 0};

	switch (ev->kind) {
	case GATE_EV_TICK:
		on_tick(&t);
		return t.fx;
	case GATE_EV_SCAN:
		on_scan(&t);
		return t.fx;
	case GATE_EV_KEY:
		gate_turn_key(&t);
		return t.fx;
	case GATE_EV_ERASE:
		gate_turn_erase(&t);
		return t.fx;
	case GATE_EV_PRESS:
		gate_turn_press(&t);
		return t.fx;
	case GATE_EV_KNOWN:
		on_known(&t);
		return t.fx;
	case GATE_EV_PASSED:
		on_passed(&t);
		return t.fx;
	case GATE_EV_NOT_PASSED:
		on_not_passed(&t);
		return t.fx;
	case GATE_EV_UNSET:
	case GATE_EVENTS:
		return t.fx;
	}
	return t.fx;
}
