/* Help, and the question whether somebody is still there. */
#include "screens.h"

static void step(struct build *b, struct box x, int n, const char *text)
{
	bool wide = b->t->wide;
	double side = wide ? 11 : 22, gap = wide ? 4 : 8;
	struct words number = build_number(n);
	struct box disc = {x.x, x.y + (x.h - side) / 2, side, side};

	build_box(b, disc, COL_BRAND, COL_NONE, side / 2);
	build_text(b, disc,
	    build_style(b, FONT_BOLD, TYPE_BUTTON, COL_CARD, ALIGN_CENTRE), 1,
	    number.text);
	build_text(b,
	    (struct box){x.x + side + gap, x.y, x.w - side - gap, x.h},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK, ALIGN_LEFT), 3,
	    text);
}

static void how(struct build *b, struct box x)
{
	static const enum msg_id steps[] = {MSG_HELP_HOW_1, MSG_HELP_HOW_2,
	    MSG_HELP_HOW_3};
	bool wide = b->t->wide;
	double pad = wide ? 4 : 12, head = wide ? 9 : 20, h, y;

	build_card(b, x);
	build_text(b,
	    (struct box){x.x + pad, x.y + pad * 0.7, x.w - 2 * pad, head},
	    build_style(b, FONT_BOLD, TYPE_BUTTON, COL_INK, ALIGN_LEFT), 1,
	    build_msg(b, MSG_HELP_HOW));
	y = x.y + pad * 0.7 + head;
	h = (x.y + x.h - pad * 0.7 - y) / 10;
	for (int i = 0; i < 3; i++) { /* the first is the longest */
		double part = i == 0 ? 4 * h : 3 * h;

		step(b, (struct box){x.x + pad, y, x.w - 2 * pad, part}, i + 1,
		    build_msg(b, steps[i]));
		y += part;
	}
}

static void panel(struct build *b, struct box x, enum icon icon,
    enum colour ink, enum colour soft, const char *text)
{
	bool wide = b->t->wide;
	double pad = wide ? 3.5 : 12, side = wide ? 10 : 24;
	double tx = x.x + 1.8 * pad + side;

	build_box(b, x, soft, COL_NONE, wide ? 4 : 8);
	build_icon(b,
	    (struct box){x.x + pad, x.y + (x.h - side) / 2, side, side}, icon,
	    ink);
	build_text(b, (struct box){tx, x.y + 1, x.x + x.w - pad - tx, x.h - 2},
	    build_style(b, FONT_SEMI, TYPE_BODY, ink, ALIGN_LEFT), 5, text);
}

void screen_help(struct build *b)
{
	const struct footer f = {.back = ACTION_BACK};
	bool wide = b->t->wide;
	double m = b->margin, w = b->w - 2 * m, y = b->top + (wide ? 4 : 10);
	const char *desk = b->v->desk[0] != '\0'
	    ? b->v->desk
	    : build_msg(b, MSG_HELP_STAFF_DESK);
	struct words staff = build_fill(b, MSG_HELP_STAFF, desk, "");
	double gap = wide ? 4 : 9;

	build_footer(b, &f);
	if (wide) {
		double left = w * 0.55, h = b->bottom - y - 3;

		how(b, (struct box){m, y, left, h});
		panel(b,
		    (struct box){m + left + gap, y, w - left - gap, h * 0.36},
		    ICON_PERSON, COL_BRAND, COL_CARD, staff.text);
		panel(b,
		    (struct box){m + left + gap, y + h * 0.36 + gap,
			w - left - gap, h * 0.64 - gap},
		    ICON_CHECK, COL_OK, COL_OK_SOFT,
		    build_msg(b, MSG_HELP_FREE));
		return;
	}
	build_text(b, (struct box){m, y, w, 30},
	    build_style(b, FONT_BOLD, TYPE_TITLE, COL_INK, ALIGN_LEFT), 1,
	    build_msg(b, MSG_HELP_TITLE));
	y += 36;
	how(b, (struct box){m, y, w, 158});
	y += 158 + gap;
	panel(b, (struct box){m, y, w, 52}, ICON_PERSON, COL_BRAND, COL_CARD,
	    staff.text);
	y += 52 + gap;
	panel(b, (struct box){m, y, w, 66}, ICON_CHECK, COL_OK, COL_OK_SOFT,
	    build_msg(b, MSG_HELP_FREE));
}

void screen_warning(struct build *b)
{
	bool wide = b->t->wide;
	double w = wide ? 150 : b->w - 28, h = wide ? 84 : 190;
	struct box x = {(b->w - w) / 2,
	    wide ? (b->h - h) / 2 + 4 : b->h - h - 62, w, h};
	double pad = wide ? 7 : 14, bh = wide ? 20 : 42, side = wide ? 16 : 34;
	struct words left = build_number(
	    b->v->seconds_left > 0 ? b->v->seconds_left : 0);
	struct words sub = build_fill(b, MSG_WARN_SUB, left.text, "");
	double y = x.y + pad, half = (w - 2 * pad - (wide ? 4 : 7)) / 2;

	scene_cover(b->s, build_rect(b, (struct box){0, 0, b->w, b->h}));
	build_box(b, x, COL_CARD, COL_NONE, wide ? 5 : 10);
	build_icon(b, (struct box){x.x + (w - side) / 2, y, side, side},
	    ICON_CLOCK, COL_WARN);
	y += side + (wide ? 2 : 6);
	build_text(b, (struct box){x.x + pad, y, w - 2 * pad, wide ? 14 : 28},
	    build_style(b, FONT_BOLD, TYPE_TITLE, COL_INK, ALIGN_CENTRE), 1,
	    build_msg(b, MSG_WARN_TITLE));
	y += wide ? 14 : 28;
	build_text(b, (struct box){x.x + pad, y, w - 2 * pad, wide ? 10 : 20},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_CENTRE), 1,
	    sub.text);
	y = x.y + h - pad - bh;
	(void)build_button(b, (struct box){x.x + pad, y, half, bh},
	    BUTTON_SECONDARY, ICON_NONE, build_msg(b, MSG_DONE), ACTION_DONE);
	(void)build_button(b, (struct box){x.x + w - pad - half, y, half, bh},
	    BUTTON_PRIMARY, ICON_NONE, build_msg(b, MSG_WARN_STAY),
	    ACTION_STAY);
}
