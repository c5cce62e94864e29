/* What is keyed: the PIN, date and time. And the lock-out. */
#include "screen_tech.h"

#include <string.h>

/* One dot a digit: how many, never which. */
static void dots(struct build *b, struct box x, int keyed)
{
	double gap = b->t->wide ? 2 : 5;
	double side = (x.w - (TECH_PIN_MAX - 1) * gap) / TECH_PIN_MAX;

	if (side > x.h)
		side = x.h;
	for (int i = 0; i < TECH_PIN_MAX; i++) {
		struct box dot = {x.x + i * (side + gap),
		    x.y + (x.h - side) / 2, side, side};

		build_box(b, dot, i < keyed ? COL_BRAND : COL_CARD,
		    i < keyed ? COL_BRAND : COL_BORDER, side / 2);
	}
}

/* What is wrong with the last one; "" = nothing. */
static struct words trouble(const struct build *b)
{
	const struct tech_session *s = &b->x->session;
	struct words tries = build_number(s->tries);

	if (s->pin_wrong)
		return build_fill(b, MSG_TECH_PIN_WRONG, tries.text, "");
	return build_text_of(b, s->pin_unsure ? MSG_TECH_PIN_UNSURE : MSG_NONE);
}

static void pin_head(struct build *b, struct box x)
{
	const struct tech_session *s = &b->x->session;
	bool wide = b->t->wide;
	double title = wide ? 13 : 30;
	struct words digits, sub, why = trouble(b);
	struct buf buf;

	buf_init(&buf, digits.text, sizeof(digits.text));
	buf_fmt(&buf, "%d–%d", TECH_PIN_MIN, TECH_PIN_MAX);
	sub = build_fill(b, MSG_TECH_PIN_SUB, s->badge, buf_cstr(&buf));
	build_text(b, (struct box){x.x, x.y, x.w, title},
	    build_style(b, FONT_BOLD, TYPE_TITLE, COL_INK, ALIGN_LEFT), 1,
	    build_msg(b, MSG_TECH_PIN_TITLE));
	x.y += title;
	x.h -= title;
	if (why.text[0] != '\0')
		build_strip(b, x, ICON_WARNING, COL_WARN, COL_WARN_SOFT,
		    why.text, NULL);
	else
		build_text_top(b, x,
		    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2,
			ALIGN_LEFT),
		    3,
		    s->state == TECH_CHECKING
			? build_msg(b, MSG_TECH_PIN_CHECKING)
			: sub.text);
}

void tech_pin(struct build *b)
{
	const struct tech_session *s = &b->x->session;
	const struct tech_footer f = {.primary = {TECH_PRESS_ENTER, ICON_NONE,
					  build_msg(b, MSG_TECH_PIN_ENTER)}};
	double m = b->margin, w = b->w - 2 * m, y;
	int keyed = (int)strlen(s->pin);

	tech_footer(b, &f);
	if (b->t->wide) {
		double left = w * 0.56, h = b->bottom - b->top;

		pin_head(b, (struct box){m, b->top + 4, left, 40});
		dots(b, (struct box){m, b->top + 52, left, 20}, keyed);
		build_pad(b,
		    (struct box){m + left + 8, b->top + 4, w - left - 8,
			h - 8});
		return;
	}
	y = b->bottom - (4 * 29 + 3 * 3);
	build_pad(b, (struct box){m + 20, y, w - 40, b->bottom - y});
	dots(b, (struct box){m, y - 46, w, 30}, keyed);
	pin_head(b, (struct box){m, b->top + 12, w, 78});
}

void tech_locked(struct build *b)
{
	int32_t left = b->x->seconds_left > 0 ? b->x->seconds_left : 0;
	bool minutes = left > 90;
	struct words n = build_number(minutes ? (left + 59) / 60 : left);
	const struct tech_footer f = {.back = {.text = NULL}};
	const struct outcome o = {.band = &band_bad,
	    .title = build_msg(b, MSG_TECH_LOCKED),
	    .sub = build_text_of(b, MSG_TECH_LOCKED_SUB),
	    .label = build_msg(b, MSG_TECH_LOCKED_AGAIN),
	    .big = build_fill(b, minutes ? MSG_TECH_MINUTES : MSG_TECH_SECONDS,
		n.text, ""),
	    .todo = build_text_of(b, MSG_TECH_LOCKED_DO),
	    .role = TYPE_TITLE};

	tech_footer(b, &f);
	build_answer(b, &o);
}

static void clock_head(struct build *b, struct box x)
{
	const struct tech_session *s = &b->x->session;
	bool wide = b->t->wide, bad = s->work == TECH_WORK_BAD;
	double title = wide ? 11 : 24;

	build_text_top(b, (struct box){x.x, x.y, x.w, title},
	    build_style(b, FONT_BOLD, TYPE_TITLE, COL_INK, ALIGN_LEFT), 1,
	    build_msg(b, MSG_TECH_CK_TITLE));
	x.y += title;
	x.h -= title;
	if (s->typed_wrong || bad)
		build_strip(b, x, ICON_WARNING, COL_WARN, COL_WARN_SOFT,
		    build_msg(b,
			s->typed_wrong     ? MSG_TECH_CK_WRONG
			    : !s->answered ? MSG_TECH_NO_ANSWER
					   : MSG_TECH_NOT_YET),
		    NULL);
	else if (s->work == TECH_WORK_GOOD)
		build_strip(b, x, ICON_CHECK, COL_OK, COL_OK_SOFT,
		    build_msg(b, MSG_TECH_CK_GOOD), NULL);
	else
		build_text_top(b, x,
		    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2,
			ALIGN_LEFT),
		    2,
		    build_msg(b,
			s->work == TECH_WORK_RUNNING ? MSG_TECH_CK_RUNS
						     : MSG_TECH_CK_SUB));
}

void tech_clock(struct build *b)
{
	static const struct digit_part date[] = {{MSG_BIRTH_DAY, 0, 2},
	    {MSG_BIRTH_MONTH, 2, 2}, {MSG_BIRTH_YEAR, 4, 4}};
	static const struct digit_part time[] = {{MSG_TECH_CK_HOUR, 0, 2},
	    {MSG_TECH_CK_MINUTE, 2, 2}};
	const char *typed = b->x->session.typed;
	size_t n = strlen(typed);
	bool whole = n == TECH_DIGITS;
	const struct tech_footer f = {
	    .primary = {TECH_PRESS_ENTER, ICON_NONE,
		build_msg(b, whole ? MSG_TECH_CK_SET : MSG_TECH_CK_ENTER)}};
	char day[9] = "";
	double m = b->margin, w = b->w - 2 * m, y;

	memcpy(day, typed, n < 8 ? n : 8);
	typed = n >= 8 ? typed + 8 : NULL;
	tech_footer(b, &f);
	if (b->t->wide) {
		double left = w * 0.58, h = b->bottom - b->top;

		clock_head(b, (struct box){m, b->top + 2, left, 30.5});
		build_digits(b, (struct box){m, b->top + 33, left, 24}, date,
		    ARRAY_LEN(date), day);
		build_digits(b, (struct box){m, b->top + 58, left * 0.55, 24},
		    time, ARRAY_LEN(time), typed);
		build_pad(b,
		    (struct box){m + left + 6, b->top + 4, w - left - 6,
			h - 8});
		return;
	}
	y = b->bottom - (4 * 29 + 3 * 3);
	build_pad(b, (struct box){m + 20, y, w - 40, b->bottom - y});
	build_digits(b, (struct box){m, y - 48, w * 0.55, 42}, time,
	    ARRAY_LEN(time), typed);
	build_digits(b, (struct box){m, y - 94, w, 42}, date, ARRAY_LEN(date),
	    day);
	clock_head(b, (struct box){m, b->top + 8, w, 70});
}
