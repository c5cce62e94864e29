/* From the claim to the paper: checking, printing, ticket, number. */
#include "screens.h"

#include <string.h>

static void label_of(const struct build *b, char out[8])
{
	const struct ticket *t = &b->v->session.admission.ticket;

	ticket_label(t->letter, t->number, out);
}

static bool is_late(const struct build *b)
{
	return b->v->session.admission.verdict == VERDICT_ADMIT_LATE;
}

static struct words slot_of(const struct build *b)
{
	const struct decision *d = &b->v->session.decision;
	const struct booking *k = &b->v->session.facts.booking;

	return d->slot_end_min > d->slot_start_min
	    ? build_slot(d->slot_start_min, d->slot_end_min)
	    : build_slot(k->start_min, k->end_min);
}

static const char *title_of(const struct build *b)
{
	return build_msg(b,
	    b->v->session.copy ? MSG_COPY_TITLE
		: is_late(b)   ? MSG_LATE_TITLE
			       : MSG_OK_TITLE);
}

static struct words sub_of(const struct build *b)
{
	struct words slot = slot_of(b);

	if (is_late(b))
		return build_fill(b, MSG_LATE_SUB, slot.text, "");
	return build_fill(b, MSG_OK_BOOKED, slot.text,
	    b->v->service.name[b->lang]);
}

static void fact(struct build *b, struct box x, enum msg_id name,
    const char *value)
{
	if (b->t->wide) {
		double w = b->m->width(b->m->self, FONT_REGULAR,
			       theme_type(b->t, TYPE_BODY),
			       str_from(build_msg(b, name))) /
			b->t->px +
		    1;

		build_text(b, (struct box){x.x, x.y, w, x.h},
		    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2,
			ALIGN_LEFT),
		    1, build_msg(b, name));
		build_text(b, (struct box){x.x + w + 2, x.y, x.w - w - 2, x.h},
		    build_style(b, FONT_BOLD, TYPE_BODY, COL_INK, ALIGN_LEFT),
		    1, value);
		return;
	}
	build_text(b, (struct box){x.x, x.y, x.w, x.h * 0.46},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_LEFT), 1,
	    build_msg(b, name));
	build_text(b, (struct box){x.x, x.y + x.h * 0.48, x.w, x.h * 0.52},
	    build_style(b, FONT_BOLD, TYPE_BUTTON, COL_INK, ALIGN_LEFT), 1,
	    value);
}

/* The number, and below it where and when. */
static void number_card(struct build *b, struct box x)
{
	bool wide = b->t->wide;
	double pad = wide ? 5 : 14, line = wide ? 8 : 16, low = wide ? 9 : 36;
	struct words slot = slot_of(b);
	char label[8];
	struct box in = {x.x + pad, x.y + pad * 0.6, x.w - 2 * pad,
	    x.h - 1.1 * pad};
	double y = in.y + in.h - low, half = in.w * (wide ? 0.34 : 0.42);

	if (is_late(b) && wide) {
		low = 15;
		y = in.y + in.h - low;
	}
	label_of(b, label);
	build_card(b, x);
	build_text(b, (struct box){in.x, in.y, in.w, line},
	    build_style(b, FONT_SEMI, TYPE_LABEL, COL_INK2, ALIGN_CENTRE), 1,
	    build_msg(b, MSG_OK_YOUR_NUMBER));
	build_text(b,
	    (struct box){in.x, in.y + line + 1, in.w,
		in.h - line - low - (wide ? 4 : 6)},
	    build_style(b, FONT_BOLD, TYPE_NUMBER, COL_INK, ALIGN_CENTRE), 1,
	    label);
	build_box(b,
	    (struct box){in.x, y - (wide ? 1.5 : 3), in.w, wide ? 0.4 : 0.7},
	    COL_HAIR, COL_NONE, 0);
	if (is_late(b)) {
		build_text(b, (struct box){in.x, y, in.w, low},
		    build_style(b, FONT_SEMI, TYPE_BODY, COL_WARN,
			ALIGN_CENTRE),
		    2, build_msg(b, MSG_LATE_NOTE));
		return;
	}
	if (b->v->service.counter[0] != '\0')
		fact(b, (struct box){in.x, y, half, low}, MSG_OK_COUNTER,
		    b->v->service.counter);
	else
		half = 0;
	fact(b, (struct box){in.x + half, y, in.w - half, low}, MSG_OK_SLOT,
	    slot.text);
}

static void take_strip(struct build *b, struct box x, enum icon icon,
    const char *first, const char *second)
{
	bool wide = b->t->wide;
	double pad = wide ? 4 : 14, side = wide ? 13 : 26;
	double tx = x.x + 2 * pad + side, tw = x.x + x.w - pad - tx;
	struct style st = build_style(b, FONT_BOLD, TYPE_BUTTON, COL_OK,
	    ALIGN_LEFT);
	double h = second == NULL ? x.h : x.h * 0.4;

	build_box(b, x, COL_OK_SOFT, COL_NONE, wide ? 4 : 8);
	build_icon(b,
	    (struct box){x.x + pad, x.y + (x.h - side) / 2, side, side}, icon,
	    COL_OK);
	build_text(b,
	    (struct box){tx, x.y + (second == NULL ? 0 : x.h * 0.1), tw, h}, st,
	    second == NULL ? 2 : 1, first);
	if (second != NULL)
		build_text(b, (struct box){tx, x.y + x.h * 0.5, tw, h}, st, 1,
		    second);
}

static void admitted(struct build *b, const struct footer *f, enum icon icon,
    const char *first, const char *second)
{
	bool wide = b->t->wide;
	double gap = wide ? 3.5 : 9, strip = wide ? 22 : 48, card_h;
	struct words sub = sub_of(b);
	struct box x;

	build_footer(b, f);
	x = build_band(b, &band_ok, title_of(b), sub.text);
	card_h = x.h - strip - gap;
	if (card_h > 140)
		card_h = 140;
	number_card(b, (struct box){x.x, x.y, x.w, card_h});
	take_strip(b, (struct box){x.x, x.y + card_h + gap, x.w, strip}, icon,
	    first, second);
}

void screen_printing(struct build *b)
{
	const struct footer f = {.back = ACTION_NONE};

	admitted(b, &f, ICON_PRINTER, build_msg(b, MSG_PRINTING_SUB), NULL);
}

void screen_ticket(struct build *b)
{
	struct footer f = {.help = true, .action = ACTION_DONE};
	struct words left = build_number(b->v->seconds_left);
	struct words done = build_fill(b, MSG_DONE_AUTO, left.text, "");

	f.primary = b->v->seconds_left >= 0 ? done.text
					    : build_msg(b, MSG_DONE);
	if (!b->v->proves_paper) {
		f.secondary = build_msg(b, MSG_NO_PAPER_CAME);
		f.second_action = ACTION_NO_PAPER;
	}
	admitted(b, &f, ICON_DOWN, build_msg(b, MSG_OK_TAKE),
	    build_msg(b, MSG_OK_SHOW));
}

void screen_checking(struct build *b)
{
	const struct footer f = {.back = ACTION_NONE};

	build_footer(b, &f);
	(void)build_band(b, &band_busy, build_msg(b, MSG_CHECKING_TITLE),
	    build_msg(b, MSG_CHECKING_SUB));
}

static const char *trouble(const struct build *b)
{
	const struct session *s = &b->v->session;

	if (s->printer.paper_out == FACT_YES)
		return build_msg(b, MSG_NOPAPER_OUT);
	if (s->print == PRINT_PRINTED ||
	    (s->print == PRINT_UNSURE && !b->v->proves_paper))
		return build_msg(b, MSG_NO_PAPER_CAME);
	return build_msg(b, MSG_NOPAPER_TROUBLE);
}

/* Green stays green: the visitor is checked in whatever the printer does. */
static void slim_band(struct build *b, struct box x)
{
	bool wide = b->t->wide;
	double side = wide ? 11 : 26, pad = wide ? 5 : 14;

	build_box(b, x, COL_OK, COL_NONE, 0);
	build_icon(b,
	    (struct box){x.x + pad, x.y + (x.h - side) / 2, side, side},
	    ICON_CHECK, COL_CARD);
	build_text(b,
	    (struct box){x.x + pad * 1.7 + side, x.y, x.w - 2.7 * pad - side,
		x.h},
	    build_style(b, FONT_BOLD, is_late(b) ? TYPE_HEAD : TYPE_TITLE,
		COL_CARD, ALIGN_LEFT),
	    2, title_of(b));
}

static void qr_item(struct build *b, struct box x)
{
	struct rect r;

	if (b->v->qr.digits[0] == '\0')
		return;
	if (x.h < x.w)
		x = (struct box){x.x + (x.w - x.h) / 2, x.y, x.h, x.h};
	else
		x = (struct box){x.x, x.y + (x.h - x.w) / 2, x.w, x.w};
	r = build_rect(b, x);
	r.h = r.w;
	scene_qr(b->s, r, &b->v->qr);
}

static void number_text(struct build *b, struct box x)
{
	double line = b->t->wide ? 8 : 15;
	char label[8];

	label_of(b, label);
	build_text(b, (struct box){x.x, x.y, x.w, line},
	    build_style(b, FONT_SEMI, TYPE_LABEL, COL_INK2, ALIGN_CENTRE), 1,
	    build_msg(b, MSG_OK_YOUR_NUMBER));
	build_text(b, (struct box){x.x, x.y + line + 1, x.w, x.h - line - 3},
	    build_style(b, FONT_BOLD, TYPE_NUMBER, COL_INK, ALIGN_CENTRE), 1,
	    label);
}

static void number_tall(struct build *b)
{
	double m = b->margin, w = b->w - 2 * m, y = b->top, h;
	double photo = 34;

	slim_band(b, (struct box){0, y, b->w, 44});
	y += 44 + 6;
	build_strip(b, (struct box){m, y, w, 30}, ICON_WARNING, COL_WARN,
	    COL_WARN_SOFT, trouble(b), NULL);
	y += 30 + 6;
	h = b->bottom - y - 2;
	build_card(b, (struct box){m, y, w, h});
	number_text(b, (struct box){m + 10, y + 6, w - 20, 70});
	qr_item(b, (struct box){m + 10, y + 74, w - 20, h - 74 - photo});
	build_icon(b, (struct box){m + 14, y + h - photo + 6, 20, 20},
	    ICON_CAMERA, COL_BRAND);
	build_text(b, (struct box){m + 40, y + h - photo, w - 52, photo - 2},
	    build_style(b, FONT_BOLD, TYPE_BUTTON, COL_INK, ALIGN_LEFT), 2,
	    build_msg(b, MSG_NOPAPER_PHOTO));
}

static void number_wide(struct build *b)
{
	double m = b->margin, h = b->bottom - b->top;
	double side = h - 6, x = b->w - m - side, tw = x - 2 * m;

	slim_band(b, (struct box){0, b->top, x - m, 20});
	build_strip(b, (struct box){m, b->top + 22.5, tw, 15}, ICON_WARNING,
	    COL_WARN, COL_WARN_SOFT, trouble(b), NULL);
	number_text(b, (struct box){m, b->top + 38, tw, 29});
	build_icon(b, (struct box){m + 2, b->top + 71, 11, 11}, ICON_CAMERA,
	    COL_BRAND);
	build_text(b, (struct box){m + 16, b->top + 68, tw - 16, h - 69},
	    build_style(b, FONT_BOLD, TYPE_BODY, COL_INK, ALIGN_LEFT), 2,
	    build_msg(b, MSG_NOPAPER_PHOTO));
	build_card(b, (struct box){x, b->top + 3, side, side});
	qr_item(b, (struct box){x + 1, b->top + 4, side - 2, side - 2});
}

void screen_number(struct build *b)
{
	const struct footer f = {ACTION_NONE, true,
	    build_msg(b, MSG_NOPAPER_DONE), ACTION_DONE, ICON_NONE, NULL,
	    ACTION_NONE};

	build_footer(b, &f);
	if (b->t->wide)
		number_wide(b);
	else
		number_tall(b);
}
