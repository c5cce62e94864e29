/* A gate that waits for the next ticket: what to do, how many are inside,
 * the last scans, and what staff should know. */
#include "screen_gate.h"

#include <math.h>
#include <string.h>

/* What keeps the gate from opening at all, worst first; MSG_NONE = nothing. */
static enum msg_id trouble(const struct gate_view *v, enum msg_id *what)
{
	*what = MSG_GATE_DO_WORD;
	if (!v->session.storage_ok)
		return MSG_GATE_STORAGE_WHY;
	if (v->clock_unsure)
		return MSG_GATE_CLOCK_WHY;
	*what = MSG_GATE_KEYS_DO;
	if (!v->keys)
		return MSG_GATE_KEYS_WHY;
	*what = v->short_codes ? MSG_GATE_BLIND_TYPE : MSG_GATE_BLIND_DO;
	return v->blind ? MSG_GATE_BLIND_WHY : MSG_NONE;
}

/* "Cut off since 08.40", in days where that is not today. */
static struct words cut_text(const struct build *b)
{
	const struct gate_view *v = b->g;
	struct civil_now at = civil_local(v->heard_s, v->offset_s);
	struct words when;

	if (v->heard_s == 0)
		return build_text_of(b, MSG_GATE_CUT_NEVER);
	if (at.day < v->day) {
		when = build_number(v->day - at.day);
		return build_fill(b, MSG_GATE_CUT_DAYS, when.text, "");
	}
	when = build_minute(at.minute);
	return build_fill(b, MSG_GATE_CUT, when.text, "");
}

static void chip(struct build *b, struct box x, const char *text)
{
	bool wide = b->t->wide;
	double side = x.h * 0.66, pad = wide ? 2 : 5;

	build_box(b, x, COL_WARN_SOFT, COL_WARN, x.h / 2);
	build_icon(b,
	    (struct box){x.x + pad, x.y + (x.h - side) / 2, side, side},
	    ICON_WARNING, COL_WARN);
	build_text(b,
	    (struct box){x.x + 1.6 * pad + side, x.y, x.w - 2.8 * pad - side,
		x.h},
	    build_style(b, FONT_SEMI, TYPE_BODY, COL_WARN, ALIGN_LEFT), 1,
	    text);
}

/* Title and line, beside an icon. */
static void saying(struct build *b, struct box x, const char *title,
    const char *sub)
{
	bool wide = b->t->wide;
	double low = x.h * (wide ? 0.44 : 0.4);

	/* Below strip and chip the picture says it. */
	if (x.h < (wide ? 54 : 90))
		low = 0;
	build_text(b, (struct box){x.x, x.y, x.w, x.h - low},
	    build_style(b, FONT_BOLD, TYPE_COUNT, COL_INK, ALIGN_LEFT),
	    wide ? 2 : 3, title);
	if (low > 0)
		build_text(b, (struct box){x.x, x.y + x.h - low, x.w, low},
		    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2,
			ALIGN_LEFT),
		    3, sub);
}

static void trouble_text(struct build *b, struct box x, enum msg_id why,
    enum msg_id what)
{
	build_text(b, (struct box){x.x, x.y, x.w, x.h * 0.56},
	    build_style(b, FONT_BOLD, b->t->wide ? TYPE_HEAD : TYPE_TITLE,
		COL_WARN, ALIGN_LEFT),
	    3, build_msg(b, why));
	build_text(b, (struct box){x.x, x.y + x.h * 0.58, x.w, x.h * 0.42},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK, ALIGN_LEFT), 3,
	    build_msg(b, what));
}

static void scan_card(struct build *b, struct box x)
{
	const struct gate_view *v = b->g;
	bool wide = b->t->wide, out = v->session.out;
	enum msg_id what, why = trouble(v, &what);
	double pad = wide ? 5 : 14, side = wide ? 30 : 78;
	bool cut = v->hub && !v->up;
	double chip_h = cut ? (wide ? 11 : 22) : 0;
	struct box in = {x.x + pad, x.y + pad * 0.6, x.w - 2 * pad,
	    x.h - pad * 1.2};
	struct box words;

	build_card(b, x);
	if (cut) {
		struct words text = cut_text(b);

		chip(b, (struct box){in.x, in.y + in.h - chip_h, in.w, chip_h},
		    text.text);
		in.h -= chip_h + (wide ? 1 : 4);
	}
	if (side > in.h)
		side = in.h;
	words = (struct box){in.x + side + pad * 0.8, in.y,
	    in.w - side - pad * 0.8, in.h};
	build_icon(b, (struct box){in.x, in.y + (in.h - side) / 2, side, side},
	    why != MSG_NONE ? ICON_WARNING
		: out       ? ICON_LEAVE
			    : ICON_SCAN,
	    why != MSG_NONE ? COL_WARN
		: out       ? COL_OK
			    : COL_BRAND);
	if (why != MSG_NONE)
		trouble_text(b, words, why, what);
	else
		saying(b, words,
		    build_msg(b, out ? MSG_GATE_SCAN_OUT : MSG_GATE_SCAN),
		    build_msg(b, MSG_GATE_SCAN_SUB));
}

/* "A-017" and "+2"; a dash where nothing was known. */
static void last_number(struct build *b, struct box x,
    const struct gate_last *l)
{
	double more_w = b->t->wide ? 13 : 24;
	struct style plain = build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2,
	    ALIGN_LEFT);
	char label[8], more[8];
	struct buf buf;

	if (l->letter == 0) {
		build_text(b, x, plain, 1, "–");
		return;
	}
	ticket_label(l->letter, l->number, label);
	build_text(b, (struct box){x.x, x.y, x.w - more_w, x.h},
	    build_style(b, FONT_BOLD, TYPE_BUTTON, COL_INK, ALIGN_LEFT), 1,
	    label);
	if (l->companions == 0)
		return;
	buf_init(&buf, more, sizeof(more));
	buf_fmt(&buf, "+%d", (int)l->companions);
	build_text(b, (struct box){x.x + x.w - more_w, x.y, more_w, x.h},
	    build_style(b, FONT_SEMI, TYPE_BODY, COL_INK2, ALIGN_RIGHT), 1,
	    buf_cstr(&buf));
}

static void last_row(struct build *b, struct box x, const struct gate_last *l)
{
	const struct gate_look *look = gate_look(l->verdict);
	double side = fmin(x.h * 0.66, b->t->wide ? 8.5 : 20);
	double at = x.x + side + (b->t->wide ? 3 : 8);
	double time_w = b->t->wide ? 22 : 38;
	struct words time = gate_time(b, l->time_s);

	build_icon(b, (struct box){x.x, x.y + (x.h - side) / 2, side, side},
	    look->icon, look->mark);
	build_text(b, (struct box){at, x.y, time_w, x.h},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_LEFT), 1,
	    time.text);
	at += time_w;
	last_number(b, (struct box){at, x.y, x.x + x.w - at, x.h}, l);
}

static void count_card(struct build *b, struct box x)
{
	const struct gate_view *v = b->g;
	bool wide = b->t->wide;
	double pad = wide ? 4 : 12, head = wide ? 15 : 40;
	struct box in = {x.x + pad, x.y + pad * 0.5, x.w - 2 * pad, x.h - pad};
	struct words count = build_number(v->inside);
	double line = (in.h - head - (wide ? 1 : 4)) / GATE_LAST;

	build_card(b, x);
	build_text(b, (struct box){in.x, in.y, in.w * 0.55, head},
	    build_style(b, FONT_SEMI, TYPE_BUTTON, COL_INK2, ALIGN_LEFT), 1,
	    build_msg(b, MSG_GATE_INSIDE));
	build_text(b, (struct box){in.x + in.w * 0.55, in.y, in.w * 0.45, head},
	    build_style(b, FONT_BOLD, TYPE_COUNT, COL_INK, ALIGN_RIGHT), 1,
	    count.text);
	build_box(b, (struct box){in.x, in.y + head, in.w, wide ? 0.4 : 0.7},
	    COL_HAIR, COL_NONE, 0);
	in.y += head + (wide ? 1 : 4);
	if (v->session.last[0].time_s == 0)
		build_text(b, (struct box){in.x, in.y, in.w, line * GATE_LAST},
		    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2,
			ALIGN_CENTRE),
		    2, build_msg(b, MSG_GATE_NO_SCANS));
	for (int i = 0; i < GATE_LAST; i++) {
		if (v->session.last[i].time_s != 0)
			last_row(b,
			    (struct box){in.x, in.y + i * line, in.w, line},
			    &v->session.last[i]);
	}
}

/* "a, b" */
static struct words joined(const char *a, const char *b)
{
	struct words out;
	struct buf buf;

	buf_init(&buf, out.text, sizeof(out.text));
	buf_text(&buf, a);
	buf_text(&buf, ", ");
	buf_text(&buf, b);
	buf_cstr(&buf);
	return out;
}

/* What was used at two gates, with both times. */
static void doubles(struct build *b, struct box x)
{
	const struct gate_double *d = &b->g->double_;
	struct words here = gate_time(b, d->here_s);
	struct words there = gate_time(b, d->there_s), place, title, sub;
	struct words label = gate_label(b, d->letter, d->number, PASS_UNSET);
	struct buf buf;

	buf_init(&buf, place.text, sizeof(place.text));
	buf_text(&buf, d->there);
	buf_byte(&buf, ' ');
	buf_text(&buf, there.text);
	buf_cstr(&buf);
	sub = build_fill(b, MSG_GATE_DOUBLE_AT, here.text, place.text);
	title = build_fill(b,
	    d->letter == 0 ? MSG_GATE_DOUBLE_CODE : MSG_GATE_DOUBLE, label.text,
	    "");
	if (b->g->doubles > 1) {
		struct words n = build_number(b->g->doubles - 1);
		struct words more = build_fill(b, MSG_GATE_DOUBLE_MORE, n.text,
		    "");

		/* Where there is room for it. */
		if (b->t->wide)
			title = joined(title.text, more.text);
		else if (strlen(d->there) <= 16)
			sub = joined(sub.text, more.text);
	}
	build_strip(b, x, ICON_WARNING, COL_BAD, COL_BAD_SOFT, title.text,
	    sub.text);
}

static struct gate_button way_button(const struct build *b)
{
	bool out = b->g->session.out;

	if (!b->g->both_ways)
		return (struct gate_button){.text = NULL};
	return (
	    struct gate_button){out ? GATE_PRESS_WAY_IN : GATE_PRESS_WAY_OUT,
	    out ? ICON_ENTER : ICON_LEAVE,
	    build_msg(b, out ? MSG_GATE_WAY_IN : MSG_GATE_WAY_OUT)};
}

static struct gate_button type_button(const struct build *b)
{
	if (!b->g->short_codes)
		return (struct gate_button){.text = NULL};
	return (struct gate_button){GATE_PRESS_TYPE, ICON_KEYPAD,
	    build_msg(b, MSG_GATE_TYPE)};
}

/* On a tall panel the footer has room for one; the others stand above. */
static void buttons_tall(struct build *b)
{
	const struct gate_button two[2] = {type_button(b), way_button(b)};
	double m = b->margin, w = b->w - 2 * m, gap = 7;
	int n = (two[0].text != NULL) + (two[1].text != NULL);
	double each = n == 2 ? (w - gap) / 2 : w, x = m;

	if (n == 0)
		return;
	for (int i = 0; i < 2; i++) {
		if (two[i].text == NULL)
			continue;
		gate_button(b, (struct box){x, b->bottom - 42, each, 42},
		    BUTTON_SECONDARY, &two[i]);
		x += each + gap;
	}
	b->bottom -= 42 + 9;
}

void gate_ready(struct build *b)
{
	bool wide = b->t->wide, banner = b->g->doubles > 0;
	const struct gate_button list = {GATE_PRESS_LIST, ICON_LIST,
	    build_msg(b, MSG_GATE_LIST)};
	struct gate_footer f = {.left = {list}};
	double m = b->margin, w = b->w - 2 * m, gap = wide ? 3.5 : 9;
	double strip = wide ? 19 : 50, y, h, left;

	if (wide)
		f = (struct gate_footer){
		    .left = {type_button(b), way_button(b), list}};
	gate_footer(b, &f);
	if (!wide)
		buttons_tall(b);
	y = b->top + (wide ? 4 : 10);
	h = b->bottom - y - (wide ? 3 : 0);
	if (banner) {
		doubles(b, (struct box){m, y + h - strip, w, strip});
		h -= strip + gap;
	}
	if (wide) {
		left = w * 0.56;
		scan_card(b, (struct box){m, y, left, h});
		count_card(b,
		    (struct box){m + left + gap, y, w - left - gap, h});
		return;
	}
	left = (h - gap) * 0.5;
	scan_card(b, (struct box){m, y, w, left});
	count_card(b, (struct box){m, y + left + gap, w, h - left - gap});
}
