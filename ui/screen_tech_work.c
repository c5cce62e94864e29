/* Screens with one piece of work: it is begun by the primary button, its
 * answer is awaited, then said. Print, data, logs; and touch and scanner. */
#include "screen_tech.h"

#include <string.h>

/* What a screen says before, while and after its work. */
struct work {
	enum icon icon;
	enum msg_id title, sub, go, runs, good;
};

static const struct band band_plain = {ICON_INFO, COL_BRAND, COL_CARD, COL_INK,
    COL_BRAND};

/* Title and band by how far the work is; what it came to is the caller's. */
static struct outcome work_outcome(const struct build *b, const struct work *w)
{
	const struct tech_session *s = &b->x->session;
	struct outcome o = {.band = &band_plain,
	    .icon = w->icon,
	    .title = build_msg(b, w->title),
	    .sub = build_text_of(b, w->sub),
	    .role = TYPE_HEAD};

	switch (s->work) {
	case TECH_WORK_NONE:
		break;
	case TECH_WORK_RUNNING:
		o.band = &band_busy;
		o.icon = ICON_CLOCK;
		o.title = build_msg(b, MSG_GATE_MOMENT);
		o.sub = build_text_of(b, w->runs);
		break;
	case TECH_WORK_GOOD:
		o.band = &band_ok;
		o.icon = ICON_NONE;
		o.title = build_msg(b, w->good);
		o.sub = build_text_of(b, MSG_NONE);
		break;
	case TECH_WORK_BAD:
		o.band = &band_bad;
		o.icon = ICON_NONE;
		o.title = build_msg(b, MSG_TECH_NOT_YET);
		o.sub = build_text_of(b,
		    s->answered ? MSG_NONE : MSG_TECH_NO_ANSWER);
		break;
	}
	return o;
}

static void work_footer(struct build *b, enum icon icon, enum msg_id go)
{
	const struct tech_footer f = {
	    .primary = {TECH_PRESS_START, icon, build_msg(b, go)}};

	tech_footer(b, &f);
}

void tech_say(struct build *b, const struct outcome *o)
{
	struct band band = *o->band;

	if (o->icon != ICON_NONE)
		band.icon = o->icon;
	if (b->x->session.detail[0] == '\0')
		tech_message(b, &band, o->title, o->sub.text);
	else
		tech_detail(b, build_band(b, &band, o->title, o->sub.text));
}

void tech_detail(struct build *b, struct box x)
{
	bool wide = b->t->wide;
	double pad = wide ? 4 : 10, h = wide ? 34 : 84;

	if (b->x->session.detail[0] == '\0')
		return;
	build_box(b, (struct box){x.x, x.y, x.w, h}, COL_CARD, COL_BORDER,
	    wide ? 4 : 8);
	tech_text_cut(b, (struct box){x.x + pad, x.y + 1, x.w - 2 * pad, h - 2},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK, ALIGN_LEFT), 4,
	    b->x->session.detail);
}

void tech_sync(struct build *b)
{
	static const struct work w = {ICON_SYNC, MSG_TECH_M_SYNC,
	    MSG_TECH_SYNC_SUB, MSG_TECH_SYNC_GO, MSG_TECH_SYNC_RUNS,
	    MSG_TECH_SYNC_GOOD};
	const struct outcome o = work_outcome(b, &w);

	work_footer(b, ICON_SYNC, w.go);
	tech_say(b, &o);
}

void tech_export(struct build *b)
{
	static const struct work w = {ICON_STICK, MSG_TECH_M_EXPORT,
	    MSG_TECH_EXP_SUB, MSG_TECH_EXP_GO, MSG_TECH_EXP_RUNS,
	    MSG_TECH_EXP_GOOD};
	const struct tech_session *s = &b->x->session;
	struct outcome o = work_outcome(b, &w);
	double line = b->t->wide ? 9 : 18;
	struct box x;

	work_footer(b, ICON_STICK, w.go);
	if (s->work == TECH_WORK_NONE) {
		o.todo = build_text_of(b, MSG_TECH_EXP_PLUG);
		build_answer(b, &o);
		return;
	}
	if (s->work != TECH_WORK_GOOD || s->detail[0] == '\0') {
		tech_say(b, &o);
		return;
	}
	x = build_band(b, o.band, o.title, o.sub.text);
	build_text(b, (struct box){x.x, x.y, x.w, line},
	    build_style(b, FONT_SEMI, TYPE_LABEL, COL_INK2, ALIGN_LEFT), 1,
	    build_msg(b, MSG_TECH_EXP_FOLDER));
	x.y += line + 1;
	tech_detail(b, x);
}

/* What the proof, or its lack, says of the paper. */
static void printed(struct build *b, struct outcome *o)
{
	switch (b->x->session.print) {
	case PRINT_PRINTED:
		o->band = &band_ok;
		o->title = build_msg(b, MSG_TECH_PRINT_YES);
		o->sub = build_text_of(b, MSG_TECH_PRINT_PROVEN);
		return;
	case PRINT_UNSURE:
		o->band = &band_warn;
		o->icon = ICON_INFO;
		o->title = build_msg(b, MSG_TECH_PRINT_UNSURE);
		o->sub = build_text_of(b, MSG_TECH_PRINT_LOOK);
		return;
	case PRINT_PARTIAL:
		o->title = build_msg(b, MSG_TECH_PRINT_PART);
		o->sub = build_text_of(b, MSG_TECH_PRINT_DO);
		return;
	case PRINT_NOT_PRINTED:
		o->title = build_msg(b, MSG_TECH_PRINT_NOT);
		o->sub = build_text_of(b, MSG_TECH_PRINT_DO);
		return;
	case PRINT_UNSET:
		return;
	}
}

/* As large as fits, whole. */
static void paper(struct build *b, struct box x)
{
	const struct tech_paper *p = &b->x->paper;
	bool wide = b->t->wide;
	double line = wide ? 9 : 18, gap = 1, w, h;

	if (p->width_dots <= 0 || p->height_dots <= 0)
		return;
	build_text(b, (struct box){x.x, x.y, x.w, line},
	    build_style(b, FONT_SEMI, TYPE_BODY, COL_INK2, ALIGN_CENTRE), 1,
	    build_msg(b, MSG_TECH_PRINT_LIKE));
	x.y += line;
	x.h -= line + 2 * gap;
	h = x.h;
	w = h * p->width_dots / p->height_dots;
	if (w > x.w - 2 * gap) {
		w = x.w - 2 * gap;
		h = w * p->height_dots / p->width_dots;
	}
	x.x += (x.w - w) / 2;
	build_box(b,
	    (struct box){x.x - gap, x.y - gap / 2, w + 2 * gap, h + gap},
	    COL_CARD, COL_BORDER, 1);
	scene_paper(b->s, build_rect(b, (struct box){x.x, x.y, w, h}), p);
}

void tech_print(struct build *b)
{
	static const struct work w = {ICON_PRINTER, MSG_TECH_M_PRINT,
	    MSG_TECH_PRINT_SUB, MSG_TECH_PRINT_GO, MSG_TECH_PRINTING,
	    MSG_TECH_PRINT_YES};
	struct outcome o = work_outcome(b, &w);
	struct band band;
	struct box x;

	if (b->x->session.answered)
		printed(b, &o);
	band = *o.band;
	if (o.icon != ICON_NONE)
		band.icon = o.icon;
	work_footer(b, ICON_PRINTER, w.go);
	if (b->x->paper.width_dots <= 0 ||
	    (b->x->session.answered && b->x->session.print == PRINT_UNSET)) {
		tech_say(b, &o);
		return;
	}
	x = build_band(b, &band, o.title, o.sub.text);
	paper(b, x);
}

static void fact_row(struct build *b, struct box x, enum msg_id name,
    const char *value)
{
	build_text(b, (struct box){x.x, x.y, x.w * 0.48, x.h},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_LEFT), 1,
	    build_msg(b, name));
	tech_text_cut(b, (struct box){x.x + x.w * 0.5, x.y, x.w * 0.5, x.h},
	    build_style(b, FONT_BOLD, TYPE_BODY, COL_INK, ALIGN_LEFT), 2,
	    value);
}

void tech_scanner(struct build *b)
{
	const struct tech_session *s = &b->x->session;
	const struct tech_footer f = {.back = {.text = NULL}};
	bool wide = b->t->wide, any = s->scans > 0;
	struct band band = !any ? band_plain
	    : s->is_test_code   ? band_ok
				: band_busy;
	struct words count = build_number(s->scans);
	struct words length = build_number(s->length);
	double line = wide ? 18 : 32, pad = wide ? 4 : 10;
	struct box x;

	if (!s->is_test_code)
		band.icon = any ? ICON_INFO : ICON_SCAN;
	tech_footer(b, &f);
	x = build_band(b, &band,
	    build_msg(b,
		!any                  ? MSG_TECH_SCAN_DO
		    : s->is_test_code ? MSG_TECH_SCAN_TEST
				      : MSG_TECH_SCAN_OTHER),
	    build_msg(b, MSG_TECH_SCAN_SUB));
	build_card(b, (struct box){x.x, x.y, x.w, (any ? 3 : 1) * line + pad});
	x = (struct box){x.x + pad, x.y + pad / 2, x.w - 2 * pad, line};
	fact_row(b, x, MSG_TECH_SCAN_COUNT, count.text);
	if (!any)
		return;
	x.y += line;
	fact_row(b, x, MSG_TECH_SCAN_DEVICE, s->device);
	x.y += line;
	fact_row(b, x, MSG_TECH_SCAN_LENGTH, length.text);
}

/* Eight squares round the panel's edge, hit one after the other. */
static void targets(struct build *b)
{
	static const struct {
		double across, down;
	} at[TECH_TARGETS] = {{0, 0}, {0.5, 0}, {1, 0}, {1, 0.5}, {1, 1},
	    {0.5, 1}, {0, 1}, {0, 0.5}};
	double side = b->t->wide ? 20 : 34;
	const struct tech_session *s = &b->x->session;

	for (int i = 0; i < TECH_TARGETS; i++) {
		bool hit = i + 1 < s->target, next = i + 1 == s->target;
		struct box x = {at[i].across * (b->w - side),
		    at[i].down * (b->h - side), side, side};

		build_box(b, x,
		    hit        ? COL_OK
			: next ? COL_BRAND
			       : COL_CARD,
		    COL_BORDER, b->t->wide ? 3 : 6)
		    ->symbol = (char)('1' + i);
	}
}

void tech_touch(struct build *b)
{
	const struct tech_session *s = &b->x->session;
	bool wide = b->t->wide, all = s->target > TECH_TARGETS;
	double w = wide ? 130 : 180, x = (b->w - w) / 2;
	double y = wide ? 26 : 150, bw = wide ? 54 : 120, bh = wide ? 20 : 42;
	struct words n = build_number(TECH_TARGETS);
	struct words misses = build_number(s->misses);
	struct words done = build_fill(b, MSG_TECH_TOUCH_DONE, n.text, "");
	struct words sub = build_fill(b, MSG_TECH_TOUCH_SUB, misses.text, "");
	const struct tech_button back = {TECH_PRESS_BACK, ICON_BACK,
	    build_msg(b, MSG_BACK)};

	if (!all)
		build_box(b, (struct box){0, 0, b->w, b->h}, COL_PAPER,
		    COL_NONE, 0)
		    ->tech = TECH_PRESS_MISS;
	targets(b);
	build_text(b, (struct box){x, y, w, wide ? 14 : 60},
	    build_style(b, FONT_BOLD, TYPE_TITLE, COL_INK, ALIGN_CENTRE), 2,
	    all ? done.text : build_msg(b, MSG_TECH_TOUCH_DO));
	y += wide ? 16 : 64;
	build_text(b, (struct box){x, y, w, wide ? 10 : 24},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_CENTRE), 1,
	    sub.text);
	y += wide ? 16 : 50;
	tech_button(b, (struct box){(b->w - bw) / 2, y, bw, bh},
	    BUTTON_SECONDARY, &back);
}
