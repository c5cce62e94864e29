/* What each verdict of a gate says: its word, its one reason, what to do. */
#include "screen_gate.h"

const char *gate_reason_text(const struct build *b, enum pass_reason r)
{
	switch (r) {
	case PASS_REASON_UNREADABLE:
		return build_msg(b, MSG_GATE_UNREADABLE);
	case PASS_REASON_LOST:
		return build_msg(b, MSG_GATE_REASON_LOST);
	case PASS_REASON_COMPANION:
		return build_msg(b, MSG_GATE_COMPANION);
	case PASS_REASON_EMERGENCY:
		return build_msg(b, MSG_GATE_EMERGENCY);
	case PASS_REASON_ORDER:
		return build_msg(b, MSG_GATE_ORDER);
	case PASS_REASON_NONE:
	case PASS_REASONS:
		return "";
	}
	return "";
}

static struct words desk(const struct build *b)
{
	return build_fill(b, MSG_GATE_DO_DESK,
	    b->g->desk[0] != '\0' ? b->g->desk
				  : build_msg(b, MSG_HELP_STAFF_DESK),
	    "");
}

static void wait_until(const struct build *b, struct gate_words *o)
{
	struct words from = build_minute(b->g->session.from_min);

	o->word = build_fill(b, MSG_GATE_WAIT_AT, from.text, "");
	o->reason = build_fill(b, MSG_GATE_WAIT_WHY, from.text, "");
	o->todo = build_text_of(b, MSG_GATE_WAIT_DO);
}

static void pause(const struct build *b, struct gate_words *o)
{
	struct words left = build_number(b->g->pause_s);

	o->reason = build_text_of(b, MSG_GATE_PAUSE_WHY);
	o->todo = build_fill(b, MSG_GATE_PAUSE_DO, left.text, "");
}

/* A day that is over needs a new ticket, one to come a visit then. */
static void on_day(const struct build *b, struct gate_words *o, enum msg_id why,
    int32_t day)
{
	struct words date = build_date(b, day);

	o->reason = build_fill(b, why, date.text, "");
	o->todo = day > b->g->day     ? build_text_of(b, MSG_GATE_DAY_DO)
	    : why == MSG_GATE_DAY_WHY ? build_text_of(b, MSG_GATE_DO_NEW)
				      : build_text_of(b, MSG_DAY_PAST_DO);
}

static void other_day(const struct build *b, struct gate_words *o)
{
	on_day(b, o, MSG_GATE_DAY_WHY, b->g->session.ticket.day);
}

static void over(const struct build *b, struct gate_words *o)
{
	const struct ticket *t = &b->g->session.ticket;
	struct words end = build_minute(
	    ((int32_t)t->slot_min + t->window_min) % (24 * 60));

	o->reason = build_fill(b, MSG_GATE_OVER_WHY, end.text, "");
	o->todo = desk(b);
}

static void used(const struct build *b, struct gate_words *o)
{
	const struct gate_session *s = &b->g->session;
	struct words at = gate_time(b, s->used_s);

	/* Where people come back, an exit that was not scanned looks like
	 * this too. */
	o->todo = build_text_of(b,
	    b->g->reentry ? MSG_GATE_USED_INSIDE : MSG_GATE_USED_DO);
	if (s->used_s == 0)
		o->reason = build_text_of(b, MSG_GATE_USED_WHY);
	else if (s->by.terminal[0] == '\0')
		o->reason = build_fill(b, MSG_GATE_USED_AT, at.text, "");
	else
		o->reason = build_fill(b, MSG_GATE_USED_THERE, at.text,
		    s->by.terminal);
}

static void other_gate(const struct build *b, struct gate_words *o)
{
	o->reason = build_fill(b, MSG_GATE_GO_TO, b->g->session.home, "");
	o->todo = build_text_of(b,
	    b->g->hub ? MSG_GATE_GO_TO_WHY : MSG_GATE_GO_TO_DOOR);
}

static void code_closed(const struct build *b, struct gate_words *o)
{
	const struct decision *d = &b->g->session.decision;
	struct words day, from;

	o->reason = build_text_of(b, MSG_GATE_CODE_CLOSED);
	if (d->day < 0) {
		o->todo = desk(b);
		return;
	}
	day = build_date(b, d->day);
	from = build_minute(d->from_min);
	o->todo = build_fill(b, MSG_GATE_CODE_OPENS, day.text, from.text);
}

static void code_over(const struct build *b, struct gate_words *o)
{
	const struct decision *d = &b->g->session.decision;
	struct words slot = build_slot(d->slot_start_min, d->slot_end_min);

	o->reason = build_fill(b, MSG_GATE_CODE_OVER, slot.text, "");
	o->todo = build_text_of(b, MSG_OVER_DO);
}

static void code_old(const struct build *b, struct gate_words *o)
{
	struct words at = gate_time(b, b->g->heard_s);

	o->reason = b->g->heard_s == 0
	    ? build_text_of(b, MSG_GATE_CUT_NEVER)
	    : build_fill(b, MSG_GATE_CODE_OLD, at.text, "");
	o->todo = desk(b);
}

/* A booking code by the kiosk's decision; what cannot come from it here, as
 * a gate asks for no birth date and prints no copy, needs staff. */
static void code(const struct build *b, struct gate_words *o)
{
	const struct decision *d = &b->g->session.decision;

	o->todo = desk(b);
	switch (d->verdict) {
	case VERDICT_BAD_FORM:
	case VERDICT_BAD_CHECK:
		o->reason = build_text_of(b, MSG_GATE_CODE_FORM);
		return;
	case VERDICT_OTHER_OFFICE:
		o->reason = build_text_of(b, MSG_GATE_CODE_OFFICE);
		o->todo = build_text_of(b, MSG_OFFICE_DO);
		return;
	case VERDICT_UNKNOWN:
		o->reason = build_text_of(b, MSG_GATE_CODE_UNKNOWN);
		o->todo = build_text_of(b, MSG_GATE_CODE_UNKNOWN_DO);
		return;
	case VERDICT_DATA_OLD:
		code_old(b, o);
		return;
	case VERDICT_CANCELLED:
		o->reason = build_text_of(b, MSG_GATE_CODE_CANCELLED);
		o->todo = build_text_of(b, MSG_CANCELLED_DO);
		return;
	case VERDICT_RESCHEDULED:
		o->reason = build_text_of(b, MSG_GATE_CODE_MOVED);
		return;
	case VERDICT_OTHER_DAY:
		on_day(b, o, MSG_GATE_CODE_DAY, d->day);
		return;
	case VERDICT_CLOSED:
	case VERDICT_NOT_OPEN_YET:
		code_closed(b, o);
		return;
	case VERDICT_TOO_LATE:
		code_over(b, o);
		return;
	case VERDICT_RATE_LIMITED:
		o->reason = build_text_of(b, MSG_GATE_CODE_PAUSE);
		o->todo = build_text_of(b, MSG_GATE_CODE_PAUSE_DO);
		return;
	case VERDICT_CLOCK_UNSURE:
		o->reason = build_text_of(b, MSG_GATE_CLOCK_WHY);
		return;
	case VERDICT_STORAGE_FAULT:
		o->reason = build_text_of(b, MSG_GATE_STORAGE_WHY);
		return;
	case VERDICT_UNSET:
	case VERDICT_MISMATCH:
	case VERDICT_TRIES_USED:
	case VERDICT_BLOCKED:
	case VERDICT_REVOKED:
	case VERDICT_USED:
	case VERDICT_USED_COPY:
	case VERDICT_TOO_EARLY:
	case VERDICT_OTHER_TERMINAL:
	case VERDICT_PERMIT_CHECK:
	case VERDICT_QUOTA_FULL:
	case VERDICT_ADMIT_BOOKED:
	case VERDICT_ADMIT_LATE:
	case VERDICT_ADMIT_PRIORITY:
	case VERDICTS:
		break;
	}
	o->reason = build_text_of(b, MSG_GATE_CODE_STAFF);
}

/* A verdict has words of its own, or plain ones; MSG_NONE as `todo` sends
 * the visitor to the desk. */
struct saying {
	void (*fill)(const struct build *b, struct gate_words *o);
	enum msg_id word, reason, todo;
};

static const struct saying sayings[GATE_VERDICTS] = {
    [GATE_OPEN] = {.word = MSG_GATE_YES},
    [GATE_OPEN_OUT] = {.word = MSG_GATE_YES_OUT},
    [GATE_WAIT] = {.fill = wait_until},
    [GATE_WAIT_STANDBY] = {NULL, MSG_GATE_WAIT, MSG_GATE_STANDBY_WHY,
	MSG_GATE_STANDBY_DO},
    [GATE_STORAGE] = {NULL, MSG_GATE_NO, MSG_GATE_STORAGE_WHY,
	MSG_GATE_DO_WORD},
    [GATE_CLOCK] = {NULL, MSG_GATE_NO, MSG_GATE_CLOCK_WHY, MSG_GATE_DO_WORD},
    [GATE_NO_KEYS] = {NULL, MSG_GATE_NO, MSG_GATE_KEYS_WHY, MSG_GATE_KEYS_DO},
    [GATE_FORM] = {NULL, MSG_GATE_NO, MSG_GATE_FORM_WHY, MSG_GATE_FORM_DO},
    [GATE_VERSION] = {NULL, MSG_GATE_NO, MSG_GATE_VERSION_WHY, MSG_NONE},
    [GATE_KEY] = {NULL, MSG_GATE_NO, MSG_GATE_KEY_WHY, MSG_NONE},
    [GATE_KEY_DATE] = {NULL, MSG_GATE_NO, MSG_GATE_KEY_DATE_WHY, MSG_NONE},
    [GATE_KEY_REVOKED] = {NULL, MSG_GATE_NO, MSG_GATE_REVOKED_WHY, MSG_NONE},
    [GATE_SIGNATURE] = {NULL, MSG_GATE_NO, MSG_GATE_SIGNATURE_WHY,
	MSG_GATE_DO_NEW},
    [GATE_OTHER_DAY] = {.fill = other_day},
    [GATE_OVER] = {.fill = over},
    [GATE_USED] = {.fill = used},
    [GATE_NOT_INSIDE] = {NULL, MSG_GATE_NO, MSG_GATE_NOT_INSIDE_WHY, MSG_NONE},
    [GATE_OTHER_GATE] = {.fill = other_gate},
    [GATE_SHORT] = {NULL, MSG_GATE_NO, MSG_GATE_SHORT_WHY, MSG_GATE_SHORT_DO},
    [GATE_SHORT_WAIT] = {.fill = pause},
    [GATE_CODE] = {.fill = code},
    [GATE_NEED_TICKET] = {NULL, MSG_GATE_NO, MSG_GATE_TICKET_WHY,
	MSG_GATE_TICKET_DO},
};

/* Whatever else it is, it lets nobody in and is a fault. */
static const struct saying fault = {NULL, MSG_GATE_NO, MSG_GATE_FAULT_WHY,
    MSG_GATE_FAULT_DO};

/* What no ticket is may be an officer's badge of another gate, or one that was
 * taken away. */
static bool strange_badge(const struct gate_view *v)
{
	enum gate_verdict g = v->session.verdict;

	return v->strange_badge && (g == GATE_FORM || g == GATE_CODE);
}

/* A badge opens nothing that cannot be recorded. */
static bool badge_helps(const struct gate_view *v)
{
	enum gate_verdict g = v->session.verdict;

	return v->officers && !gate_opens(g) && g != GATE_STORAGE &&
	    g != GATE_CLOCK && g != GATE_UNSET;
}

void gate_words_fill(const struct build *b, struct gate_words *o)
{
	enum gate_verdict v = b->g->session.verdict;
	const struct saying *s = v < GATE_VERDICTS ? &sayings[v] : &fault;

	if (s->fill == NULL && s->word == MSG_NONE)
		s = &fault;
	*o = (struct gate_words){.badge = badge_helps(b->g)};
	o->word = build_text_of(b, s->word != MSG_NONE ? s->word : MSG_GATE_NO);
	if (strange_badge(b->g)) {
		o->badge = false;
		o->reason = build_text_of(b, MSG_GATE_BADGE_WHY);
		o->todo = build_text_of(b, MSG_GATE_BADGE_DO);
		return;
	}
	if (s->fill != NULL) {
		s->fill(b, o);
		return;
	}
	o->reason = build_text_of(b, s->reason);
	if (gate_opens(v))
		return;
	o->todo = s->todo != MSG_NONE ? build_text_of(b, s->todo) : desk(b);
}
