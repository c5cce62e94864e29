#include "gate_turn.h"

#include <string.h>

/* The symbol as it is stored at this place; 0 = none such. */
static char number_symbol(char c, size_t at)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (at == 0)
		return c >= 'A' && c <= 'Z' ? c : '\0';
	return c >= '0' && c <= '9' ? c : '\0';
}

enum { LABEL_SYMBOLS = 5 }; /* "A2047" */

void gate_turn_key(struct gate_turn *t)
{
	struct gate_session *s = t->s;
	size_t len = strlen(s->typed), room;
	char c = t->ev->symbol;

	if (s->state == GATE_KEYPAD) {
		room = SHORT_CODE_SYMBOLS;
		c = gate_short_symbol(c);
	} else if (s->state == GATE_LOST) {
		room = LABEL_SYMBOLS;
		c = number_symbol(c, len);
	} else {
		return;
	}
	gate_turn_enter(t, s->state);
	if (c == '\0' || len >= room)
		return;
	s->typed[len] = c;
	s->typed[len + 1] = '\0';
	s->typed_wrong = false;
}

void gate_turn_erase(struct gate_turn *t)
{
	struct gate_session *s = t->s;
	size_t len = strlen(s->typed);

	if (s->state != GATE_KEYPAD && s->state != GATE_LOST)
		return;
	gate_turn_enter(t, s->state);
	if (len > 0)
		s->typed[len - 1] = '\0';
	s->typed_wrong = false;
}

static void fit_short(struct gate_turn *t)
{
	struct gate_session *s = t->s;
	struct gate_ticket g = gate_check_short(&t->rules->gate,
	    str_from(s->typed), t->ev->now_s);

	if (g.verdict != GATE_UNSET) {
		if (g.verdict == GATE_SHORT)
			rate_wrong(&s->rate, t->ev->mono_ms);
		gate_turn_refuse(t, g.verdict);
		return;
	}
	gate_turn_wipe(s);
	s->ticket = g.ticket;
	s->subject = gate_subject(&g.ticket, PASS_LABEL);
	gate_turn_enter(t, GATE_COMPARE);
}

static void enter_short(struct gate_turn *t)
{
	struct gate_session *s = t->s;
	int64_t wait_ms = rate_wait_ms(&s->rate, t->ev->mono_ms);

	gate_turn_enter(t, GATE_KEYPAD);
	if (strlen(s->typed) != SHORT_CODE_SYMBOLS)
		return;
	if (wait_ms > 0) {
		s->pause_ms = gate_turn_after(t->ev->mono_ms, wait_ms);
		gate_turn_refuse(t, GATE_SHORT_WAIT);
	} else if (gate_short_slip(str_from(s->typed))) {
		s->typed_wrong = true;
	} else {
		fit_short(t);
	}
}

/* "A017" to its number; false: none that a ticket can have. */
static bool read_number(const char *typed, struct pass_subject *out)
{
	int64_t number;

	if (typed[0] < 'A' || typed[0] > 'Z' ||
	    !str_number(str_from(typed + 1), 1, TICKET_NUMBER_MAX, &number))
		return false;
	out->letter = (uint8_t)(typed[0] - 'A' + 1);
	out->number = (uint16_t)number;
	return true;
}

static void override(struct gate_turn *t, enum pass_reason reason,
    enum gate_verdict overruled, bool out)
{
	struct pass *p = &t->s->pass;

	memset(p, 0, sizeof(*p));
	memcpy(p->officer, t->s->officer, sizeof(p->officer));
	p->reason = reason;
	p->overruled = (uint8_t)overruled;
	p->out = out;
}

static void on_reason(struct gate_turn *t, enum pass_reason reason)
{
	struct gate_session *s = t->s;
	enum pass_of of = s->subject.of;

	override(t, reason, s->verdict, s->out);
	/* How often it has moved may have changed since it was refused. */
	if (s->subject.day == gate_turn_day(t) &&
	    (of == PASS_TICKET || of == PASS_LABEL || of == PASS_CODE))
		gate_turn_look(t);
	else
		gate_turn_staff(t);
}

static void enter_lost(struct gate_turn *t)
{
	struct gate_session *s = t->s;
	struct pass_subject label;

	memset(&label, 0, sizeof(label));
	gate_turn_enter(t, GATE_LOST);
	if (!read_number(s->typed, &label)) {
		s->typed_wrong = true;
		return;
	}
	gate_turn_wipe(s);
	label.of = PASS_LABEL;
	label.day = gate_turn_day(t);
	s->subject = label;
	override(t, PASS_REASON_LOST, GATE_UNSET, true);
	gate_turn_look(t);
}

static void to_lost(struct gate_turn *t)
{
	char officer[PASS_OFFICER];

	memcpy(officer, t->s->officer, sizeof(officer));
	gate_turn_put_down(t->s);
	memcpy(t->s->officer, officer, sizeof(officer));
	gate_turn_enter(t, GATE_LOST);
}

static void ask_way(struct gate_turn *t, bool out)
{
	struct gate_session *s = t->s;

	s->out_until_ms = out && t->rules->gate.way == WAY_BOTH
	    ? gate_turn_after(t->ev->mono_ms, GATE_WAY_OUT_MS)
	    : 0;
	gate_turn_way(t);
	if (s->state == GATE_READY || s->state == GATE_OFFICER)
		gate_turn_enter(t, s->state);
	t->fx |= GATE_EFFECT_SHOW;
}

static void to_list(struct gate_turn *t)
{
	gate_turn_put_down(t->s);
	gate_turn_enter(t, GATE_LIST);
	t->fx |= GATE_EFFECT_LIST;
}

static void press_idle(struct gate_turn *t)
{
	enum gate_press press = t->ev->press;

	if (press == GATE_PRESS_TYPE && t->rules->gate.has_secret) {
		gate_turn_put_down(t->s);
		gate_turn_enter(t, GATE_KEYPAD);
	} else if (press == GATE_PRESS_LIST) {
		to_list(t);
	} else if (press == GATE_PRESS_WAY_IN) {
		ask_way(t, false);
	} else if (press == GATE_PRESS_WAY_OUT) {
		ask_way(t, true);
	} else if (press == GATE_PRESS_BACK && t->s->state == GATE_SHOWN) {
		gate_turn_ready(t);
	}
}

/* The short code does not say how many come with its holder: the paper does,
 * and whoever compares it. After the most it begins with none again. */
static void one_more(struct gate_turn *t)
{
	struct gate_session *s = t->s;
	uint8_t n = (uint8_t)((s->subject.companions + 1) & PASS_COMPANIONS);

	s->subject.companions = s->ticket.companions = n;
	gate_turn_enter(t, GATE_COMPARE);
}

static void press_compare(struct gate_turn *t)
{
	if (t->ev->press == GATE_PRESS_SAME) {
		gate_turn_look(t);
	} else if (t->ev->press == GATE_PRESS_COMPANION) {
		one_more(t);
	} else if (t->ev->press == GATE_PRESS_DIFFERS) {
		/* The code is of another paper than this one. */
		gate_turn_forget(t->s);
		gate_turn_refuse(t, GATE_SHORT);
	} else if (t->ev->press == GATE_PRESS_BACK) {
		gate_turn_ready(t);
	}
}

static void press_officer(struct gate_turn *t)
{
	switch (t->ev->press) {
	case GATE_PRESS_UNREADABLE:
		on_reason(t, PASS_REASON_UNREADABLE);
		return;
	case GATE_PRESS_COMPANION:
		on_reason(t, PASS_REASON_COMPANION);
		return;
	case GATE_PRESS_EMERGENCY:
		on_reason(t, PASS_REASON_EMERGENCY);
		return;
	case GATE_PRESS_ORDER:
		on_reason(t, PASS_REASON_ORDER);
		return;
	case GATE_PRESS_LOST:
		to_lost(t);
		return;
	case GATE_PRESS_WAY_IN:
	case GATE_PRESS_WAY_OUT:
		ask_way(t, t->ev->press == GATE_PRESS_WAY_OUT);
		return;
	case GATE_PRESS_BACK:
		gate_turn_ready(t);
		return;
	case GATE_PRESS_NONE:
	case GATE_PRESS_TYPE:
	case GATE_PRESS_ENTER:
	case GATE_PRESS_SAME:
	case GATE_PRESS_DIFFERS:
	case GATE_PRESS_LIST:
	case GATE_PRESS_MORE:
	case GATE_PRESS_LANG:
	case GATE_PRESSES:
		return;
	}
}

static void press_list(struct gate_turn *t)
{
	if (t->ev->press == GATE_PRESS_MORE) {
		t->s->list_page++;
		gate_turn_enter(t, GATE_LIST);
		t->fx |= GATE_EFFECT_LIST;
	} else if (t->ev->press == GATE_PRESS_BACK) {
		gate_turn_ready(t);
	}
}

void gate_turn_press(struct gate_turn *t)
{
	struct gate_session *s = t->s;

	if (t->ev->press == GATE_PRESS_LANG) {
		s->lang = s->lang == LANG_ID ? LANG_EN : LANG_ID;
		t->fx |= GATE_EFFECT_SHOW;
		return;
	}
	switch (s->state) {
	case GATE_READY:
	case GATE_SHOWN:
		gate_turn_way(t);
		press_idle(t);
		return;
	case GATE_KEYPAD:
	case GATE_LOST:
		if (t->ev->press == GATE_PRESS_BACK)
			gate_turn_ready(t);
		else if (t->ev->press != GATE_PRESS_ENTER)
			return;
		else if (s->state == GATE_KEYPAD)
			enter_short(t);
		else
			enter_lost(t);
		return;
	case GATE_COMPARE:
		press_compare(t);
		return;
	case GATE_OFFICER:
		press_officer(t);
		return;
	case GATE_LIST:
		press_list(t);
		return;
	case GATE_STATE_UNSET:
	case GATE_LOOKING:
	case GATE_ENTERING:
	case GATE_STATES:
		return;
	}
}
