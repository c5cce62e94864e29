/* What every refusal says: what, why, what to do, and when. */
#include "screens.h"

#include <sodium.h>

/* The card: label, head line, the big value, two notes. */
static void card(struct build *b, const struct outcome *o, struct box x)
{
	bool wide = b->t->wide;
	double pad = wide ? 5 : 12, line = wide ? 7.6 : 14;
	struct box in = {x.x + pad, x.y + pad * 0.6, x.w - 2 * pad,
	    x.h - 1.2 * pad};
	struct style st = build_style(b, FONT_SEMI, TYPE_LABEL, COL_INK2,
	    ALIGN_CENTRE);

	build_card(b, x);
	if (o->label != NULL) {
		build_text(b, (struct box){in.x, in.y, in.w, line}, st, 1,
		    o->label);
		in.y += line;
		in.h -= line;
	}
	if (o->head.text[0] != '\0') {
		double h = wide ? 11 : 20;

		build_text(b, (struct box){in.x, in.y, in.w, h},
		    build_style(b, FONT_BOLD, TYPE_HEAD, COL_INK, ALIGN_CENTRE),
		    1, o->head.text);
		in.y += h;
		in.h -= h;
	}
	st = build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_CENTRE);
	if (o->note2.text[0] != '\0') {
		build_text(b,
		    (struct box){in.x, in.y + in.h - line, in.w, line}, st, 1,
		    o->note2.text);
		in.h -= line;
	}
	if (o->note.text[0] != '\0') {
		double h = o->note2.text[0] != '\0' && !o->mono ? line
								: line * 2;

		build_text(b, (struct box){in.x, in.y + in.h - h, in.w, h}, st,
		    2, o->note.text);
		in.h -= h;
	}
	in.y += in.h * 0.06;
	in.h *= 0.88;
	build_text(b, in,
	    build_style(b, o->mono ? FONT_MONO : FONT_BOLD, o->role, COL_INK,
		ALIGN_CENTRE),
	    o->role == TYPE_NUMBER || o->mono ? 1 : 3, o->big.text);
}

static void to_do(struct build *b, struct box x, const char *text)
{
	bool wide = b->t->wide;
	double pad = wide ? 3.4 : 12, line = wide ? 7.4 : 16;

	build_box(b, x, COL_CARD, COL_BORDER, wide ? 4 : 8);
	if (wide &&
	    b->m->width(b->m->self, FONT_REGULAR, theme_type(b->t, TYPE_BODY),
		str_from(text)) > 1.8 * (x.w - 2 * pad) * b->t->px) {
		/* Three lines leave no room for a heading. */
		build_text(b, (struct box){x.x + pad, x.y, x.w - 2 * pad, x.h},
		    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK,
			ALIGN_LEFT),
		    3, text);
		return;
	}
	build_text(b,
	    (struct box){x.x + pad, x.y + pad * 0.6, x.w - 2 * pad, line},
	    build_style(b, FONT_BOLD, TYPE_LABEL, COL_INK, ALIGN_LEFT), 1,
	    build_msg(b, MSG_WHAT_TO_DO));
	build_text(b,
	    (struct box){x.x + pad, x.y + pad * 0.6 + line, x.w - 2 * pad,
		x.h - pad * (wide ? 0.8 : 1.2) - line},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK, ALIGN_LEFT), 3,
	    text);
}

void build_outcome(struct build *b, const struct outcome *o)
{
	build_footer(b, &o->footer);
	build_answer(b, o);
}

void build_answer(struct build *b, const struct outcome *o)
{
	bool wide = b->t->wide, has_do = o->todo.text[0] != '\0';
	double do_h = wide ? 28 : 58, gap = wide ? 3 : 9, card_h;
	struct band band = *o->band;
	struct box x;

	if (o->icon != ICON_NONE)
		band.icon = o->icon;
	x = build_band(b, &band, o->title, o->sub.text);
	if (o->big.text[0] == '\0' && o->head.text[0] == '\0') {
		if (has_do)
			to_do(b, (struct box){x.x, x.y, x.w, wide ? 40 : 72},
			    o->todo.text);
		return;
	}
	card_h = x.h - (has_do ? do_h + gap : 0);
	if (card_h > (wide ? 78 : 132))
		card_h = wide ? 78 : 132;
	card(b, o, (struct box){x.x, x.y, x.w, card_h});
	if (has_do)
		to_do(b, (struct box){x.x, x.y + card_h + gap, x.w, do_h},
		    o->todo.text);
}

void outcome_closed(const struct build *b, struct outcome *o, int32_t day,
    int32_t from_min, int32_t until_min)
{
	bool today = day == b->v->day;

	o->band = &band_warn;
	o->title = build_msg(b, today ? MSG_NOT_OPEN_TITLE : MSG_CLOSED_TITLE);
	o->sub = build_text_of(b, MSG_NOT_OPEN_SUB);
	if (day < 0) {
		o->role = TYPE_TITLE;
		o->big = build_text_of(b, MSG_CLOSED_NO_DAY);
		return;
	}
	o->label = build_msg(b, MSG_CLOSED_OPENS);
	o->head = build_date(b, day);
	o->role = TYPE_NUMBER;
	o->big = until_min > from_min ? build_slot(from_min, until_min)
				      : build_minute(from_min);
}

static struct words local_minute(const struct build *b, int64_t unix_s)
{
	return build_minute(civil_local(unix_s, b->v->offset_s).minute);
}

/* "Last update 08.40", with its day where that is not today. */
static struct words data_age(const struct build *b)
{
	struct civil_now at = civil_local(b->v->last_sync_s, b->v->offset_s);
	struct words when;

	if (b->v->last_sync_s == 0)
		return build_text_of(b, MSG_NONE);
	when = at.day == b->v->day ? build_minute(at.minute)
				   : build_date(b, at.day);
	return build_fill(b, MSG_DATA_AGE, when.text, "");
}

static void early(const struct build *b, struct outcome *o)
{
	const struct decision *d = &b->v->session.decision;
	struct words from = build_minute(d->from_min);
	struct words slot = build_slot(d->slot_start_min, d->slot_end_min);
	struct words wait = build_number(d->wait_min);

	o->title = build_msg(b, MSG_EARLY_TITLE);
	o->sub = build_text_of(b, MSG_EARLY_SUB);
	o->label = build_msg(b, MSG_EARLY_LABEL);
	o->big = from;
	o->note = build_fill(b, MSG_EARLY_SLOT, slot.text, "");
	o->note2 = build_fill(b, MSG_EARLY_WAIT, wait.text, "");
	o->todo = build_fill(b, MSG_EARLY_DO, from.text, "");
}

static void over(const struct build *b, struct outcome *o)
{
	const struct decision *d = &b->v->session.decision;
	struct words limit = build_number(b->v->late_minutes);

	o->title = build_msg(b, MSG_OVER_TITLE);
	o->sub = build_fill(b, MSG_OVER_SUB, limit.text, "");
	o->label = build_msg(b, MSG_OVER_LABEL);
	o->big = build_slot(d->slot_start_min, d->slot_end_min);
	o->todo = build_text_of(b, MSG_OVER_DO);
}

static void other_day(const struct build *b, struct outcome *o)
{
	const struct decision *d = &b->v->session.decision;
	bool past = d->day < b->v->day;

	o->icon = ICON_CALENDAR;
	o->title = build_msg(b, past ? MSG_OVER_TITLE : MSG_DAY_TITLE);
	o->sub = build_text_of(b, past ? MSG_DAY_PAST_DO : MSG_DAY_SUB);
	o->label = build_msg(b, past ? MSG_DAY_PAST : MSG_DAY_LABEL);
	o->head = build_date(b, d->day);
	o->big = build_minute(d->slot_start_min);
	o->todo = build_text_of(b, past ? MSG_DAY_PAST_DO : MSG_DAY_DO);
	if (past)
		o->sub = build_text_of(b, MSG_NONE);
}

/* "2" of "kiosk-2"; other names as they are. */
static struct words kiosk(const struct build *b)
{
	struct str name = str_from(b->v->session.facts.terminal);
	struct str head = str_cut(name, 0, 6);
	struct words out;

	if (str_is(head, "kiosk-") && name.len > head.len)
		name = str_cut(name, head.len, name.len);
	if (!str_copy(out.text, sizeof(out.text), name))
		out.text[0] = '\0';
	return out;
}

static void other_terminal(const struct build *b, struct outcome *o)
{
	struct words where = kiosk(b);

	o->icon = ICON_INFO;
	o->title_words = build_fill(b, MSG_TERMINAL_TITLE, where.text, "");
	o->title = o->title_words.text;
	o->sub = build_text_of(b, MSG_TERMINAL_SUB);
	o->label = build_msg(b, MSG_TERMINAL_LABEL);
	o->role = where.text[1] == '\0' ? TYPE_NUMBER : TYPE_TITLE;
	o->big = where;
}

static void used(const struct build *b, struct outcome *o)
{
	const struct usage *u = &b->v->session.facts.usage;
	struct words at = local_minute(b, u->used_s);
	bool copy = b->v->session.decision.verdict == VERDICT_USED_COPY;

	o->band = &band_bad;
	o->icon = ICON_WARNING;
	o->title = build_msg(b, MSG_USED_TITLE);
	o->sub = build_fill(b, MSG_USED_SUB, at.text, "");
	o->label = build_msg(b, MSG_USED_LABEL);
	if (u->number != 0)
		ticket_label(u->letter, u->number, o->big.text);
	if (b->v->session.facts.terminal[0] != '\0') {
		struct words where = kiosk(b);

		o->note2 = build_fill(b, MSG_USED_AT, where.text, "");
	}
	o->todo = build_text_of(b, copy ? MSG_USED_COPY_DO : MSG_USED_DO);
	if (copy) {
		o->band = &band_warn;
		o->footer.primary = build_msg(b, MSG_USED_COPY);
		o->footer.action = ACTION_COPY;
		o->footer.icon = ICON_PRINTER;
	}
}

static void cancelled(const struct build *b, struct outcome *o)
{
	int64_t at = b->v->session.facts.booking.status_s;
	struct civil_now then = civil_local(at, b->v->offset_s);
	struct words day = build_date(b, then.day);
	struct words minute = build_minute(then.minute);

	o->band = &band_bad;
	o->title = build_msg(b, MSG_CANCELLED_TITLE);
	if (at != 0)
		o->sub = build_fill(b, MSG_CANCELLED_SUB, day.text,
		    minute.text);
	o->todo = build_text_of(b, MSG_CANCELLED_DO);
}

static void unknown(const struct build *b, struct outcome *o)
{
	const struct session *s = &b->v->session;
	struct buf buf;

	o->band = &band_bad;
	o->title = build_msg(b, MSG_UNKNOWN_TITLE);
	o->sub = build_text_of(b, MSG_UNKNOWN_SUB);
	o->label = build_msg(b,
	    s->was_typed ? MSG_UNKNOWN_TYPED : MSG_UNKNOWN_SCANNED);
	buf_init(&buf, o->big.text, sizeof(o->big.text));
	code_format(&b->v->code, str_from(s->code.text), &buf);
	buf_cstr(&buf);
	o->mono = true;
	o->role = TYPE_CODE;
	o->note = build_text_of(b, MSG_UNKNOWN_DO);
	o->note2 = data_age(b);
	if (s->was_typed) {
		o->footer.primary = build_msg(b, MSG_CORRECT_CODE);
		o->footer.action = ACTION_CORRECT;
	}
}

static void mismatch(const struct build *b, struct outcome *o)
{
	o->band = &band_bad;
	o->title = build_msg(b, MSG_MISMATCH_TITLE);
	o->sub = build_text_of(b, MSG_MISMATCH_SUB);
	o->label = build_msg(b, MSG_MISMATCH_LABEL);
	o->big = build_number(b->v->session.decision.tries_left);
	o->footer.primary = build_msg(b, MSG_TRY_AGAIN);
	o->footer.action = ACTION_CORRECT;
}

static void data_old(const struct build *b, struct outcome *o)
{
	struct words at = local_minute(b, b->v->last_sync_s);

	o->icon = ICON_INFO;
	o->title = build_msg(b, MSG_DATA_OLD_TITLE);
	if (b->v->last_sync_s != 0)
		o->sub = build_fill(b, MSG_DATA_OLD_SUB, at.text, "");
	o->role = TYPE_TITLE;
	o->big = build_text_of(b, MSG_DATA_OLD_DO);
}

static void closed(const struct build *b, struct outcome *o)
{
	const struct decision *d = &b->v->session.decision;

	outcome_closed(b, o, d->day, d->from_min, -1);
}

/* A verdict has a screen of its own, or a plain one of a few words. */
struct reply {
	void (*fill)(const struct build *b, struct outcome *o);
	enum icon icon;
	enum msg_id title, sub, big;
};

static const struct reply replies[VERDICTS] = {
    [VERDICT_TOO_EARLY] = {.fill = early},
    [VERDICT_TOO_LATE] = {.fill = over},
    [VERDICT_OTHER_DAY] = {.fill = other_day},
    [VERDICT_USED] = {.fill = used},
    [VERDICT_USED_COPY] = {.fill = used},
    [VERDICT_CANCELLED] = {.fill = cancelled},
    [VERDICT_UNKNOWN] = {.fill = unknown},
    [VERDICT_MISMATCH] = {.fill = mismatch},
    [VERDICT_DATA_OLD] = {.fill = data_old},
    [VERDICT_CLOSED] = {.fill = closed},
    [VERDICT_NOT_OPEN_YET] = {.fill = closed},
    [VERDICT_BAD_FORM] = {NULL, ICON_INFO, MSG_FORM_TITLE, MSG_NONE,
	MSG_FORM_SUB},
    [VERDICT_BAD_CHECK] = {NULL, ICON_WARNING, MSG_SLIP_TITLE, MSG_NONE,
	MSG_SLIP_SUB},
    [VERDICT_RATE_LIMITED] = {NULL, ICON_CLOCK, MSG_RATE_TITLE, MSG_NONE,
	MSG_RATE_SUB},
    [VERDICT_TRIES_USED] = {NULL, ICON_PERSON, MSG_TRIES_TITLE, MSG_TRIES_SUB,
	MSG_FAULT_DO},
    [VERDICT_BLOCKED] = {NULL, ICON_PERSON, MSG_BLOCKED_TITLE, MSG_BLOCKED_SUB,
	MSG_FAULT_DO},
    [VERDICT_REVOKED] = {NULL, ICON_PERSON, MSG_BLOCKED_TITLE, MSG_BLOCKED_SUB,
	MSG_FAULT_DO},
    [VERDICT_PERMIT_CHECK] = {NULL, ICON_PERSON, MSG_BLOCKED_TITLE,
	MSG_BLOCKED_SUB, MSG_FAULT_DO},
    [VERDICT_OTHER_OFFICE] = {NULL, ICON_INFO, MSG_OFFICE_TITLE, MSG_NONE,
	MSG_OFFICE_DO},
    [VERDICT_RESCHEDULED] = {NULL, ICON_CALENDAR, MSG_MOVED_TITLE, MSG_NONE,
	MSG_MOVED_DO},
    [VERDICT_OTHER_TERMINAL] = {.fill = other_terminal},
    [VERDICT_QUOTA_FULL] = {NULL, ICON_WARNING, MSG_FULL_TITLE, MSG_NONE,
	MSG_FAULT_DO},
    [VERDICT_CLOCK_UNSURE] = {NULL, ICON_WARNING, MSG_CLOCK_TITLE,
	MSG_CLOCK_SUB, MSG_FAULT_DO},
};

/* Whatever else it is, it admits nobody and is a fault. */
static const struct reply fault = {NULL, ICON_WARNING, MSG_FAULT_TITLE,
    MSG_FAULT_SUB, MSG_FAULT_DO};

static void plain(const struct build *b, struct outcome *o,
    const struct reply *r)
{
	o->band = &band_warn;
	o->icon = r->icon;
	o->title = build_msg(b, r->title);
	o->sub = build_text_of(b, r->sub);
	o->role = TYPE_TITLE;
	o->big = build_text_of(b, r->big);
	if (r->big == MSG_FAULT_DO && b->v->desk[0] != '\0')
		o->note = build_fill(b, MSG_HELP_STAFF, b->v->desk, "");
}

static void fill(const struct build *b, struct outcome *o)
{
	enum verdict verdict = b->v->session.decision.verdict;
	const struct reply *r = verdict < VERDICTS ? &replies[verdict] : &fault;

	if (r->fill != NULL)
		r->fill(b, o);
	else
		plain(b, o, r->title != MSG_NONE ? r : &fault);
}

void screen_result(struct build *b)
{
	struct outcome o = {.band = &band_warn, .role = TYPE_NUMBER};

	o.footer = (struct footer){ACTION_DONE, true, build_msg(b, MSG_OK),
	    ACTION_DONE, ICON_NONE, NULL, ACTION_NONE};
	fill(b, &o);
	if (o.footer.action == ACTION_DONE)
		o.footer.back = ACTION_NONE; /* the same as the button */
	build_outcome(b, &o);
	sodium_memzero(&o, sizeof(o));
}
