/* Home: open, closed, out of order, clock unsure; "code not read". */
#include "screens.h"

static void free_note(struct build *b, struct box x)
{
	bool wide = b->t->wide;
	double pad = wide ? 3.5 : 9, side = wide ? 10 : 21;
	double tx = x.x + pad * 2 + side - 1, tw = x.x + x.w - pad - tx;
	struct style bold = build_style(b, FONT_SEMI, TYPE_BODY, COL_OK,
	    ALIGN_LEFT);
	struct style plain = build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK,
	    ALIGN_LEFT);
	double row = x.h / (wide ? 2.6 : 3.5);
	double y = x.y + (x.h - row * (wide ? 2 : 3)) / 2;

	build_box(b, x, COL_OK_SOFT, COL_NONE, wide ? 4 : 8);
	build_icon(b, (struct box){x.x + pad, x.y + (x.h - side) / 2, side,
	    side}, ICON_CHECK, COL_OK);
	if (wide) {
		struct words both = build_fill(b, MSG_NONE, "", "");
		struct buf buf;

		buf_init(&buf, both.text, sizeof(both.text));
		buf_text(&buf, build_msg(b, MSG_HOME_FREE));
		buf_byte(&buf, ' ');
		buf_text(&buf, build_msg(b, MSG_HOME_NO_BROKER));
		build_text(b, (struct box){tx, y, tw, row}, bold, 1,
		    buf_cstr(&buf));
		build_text(b, (struct box){tx, y + row, tw, row}, plain, 1,
		    build_msg(b, MSG_HOME_COMPLAIN));
		return;
	}
	build_text(b, (struct box){tx, y, tw, row}, bold, 1,
	    build_msg(b, MSG_HOME_FREE));
	build_text(b, (struct box){tx, y + row, tw, row}, bold, 1,
	    build_msg(b, MSG_HOME_NO_BROKER));
	build_text(b, (struct box){tx, y + 2 * row, tw, row}, plain, 1,
	    build_msg(b, MSG_HOME_COMPLAIN));
}

/* Phone, and the arrow to the scanner below it. */
static void phone(struct build *b, struct box x)
{
	double side = x.w < x.h * 0.78 ? x.w : x.h * 0.78;
	double arrow = side * 0.24, gap = x.h - side - arrow;

	build_icon(b, (struct box){x.x + (x.w - side) / 2, x.y, side, side},
	    ICON_PHONE, COL_BRAND);
	build_icon(b, (struct box){x.x + (x.w - arrow) / 2, x.y + side +
	    gap * (b->v->arrow_up ? 0.25 : 0.85), arrow, arrow}, ICON_DOWN,
	    COL_OK);
}

static void scan_card(struct build *b, struct box x)
{
	bool wide = b->t->wide;
	double pad = wide ? 6 : 14, pw = wide ? 46 : 84;
	double tw = x.w - 2 * pad - pw, y = x.y + (wide ? 6 : 17);

	build_card(b, x);
	build_text_top(b, (struct box){x.x + pad, y, tw, wide ? 8 : 12},
	    build_style(b, FONT_SEMI, TYPE_LABEL, COL_BRAND, ALIGN_LEFT), 1,
	    build_msg(b, MSG_HOME_HAVE_CODE));
	y += wide ? 10 : 20;
	build_text_top(b, (struct box){x.x + pad, y, tw, x.h * 0.42},
	    build_style(b, FONT_BOLD, wide ? TYPE_TITLE : TYPE_HEAD, COL_INK,
	    ALIGN_LEFT), 4, build_msg(b, MSG_HOME_SHOW_QR));
	build_text(b, (struct box){x.x + pad, x.y + x.h * (wide ? 0.66 : 0.62),
	    tw, x.h * (wide ? 0.28 : 0.32)}, build_style(b, FONT_REGULAR,
	    TYPE_BODY, COL_INK2, ALIGN_LEFT), 4,
	    build_msg(b, MSG_HOME_FROM_PHONE));
	phone(b, (struct box){x.x + x.w - pad - pw + 4, x.y + (wide ? 4 : 13),
	    pw, x.h - (wide ? 7 : 22)});
}

static bool unreadable(const struct build *b)
{
	return b->v->session.unreadable_until_ms != 0;
}

static void home_open(struct build *b)
{
	bool wide = b->t->wide;
	const struct footer f = {ACTION_NONE, true,
	    build_msg(b, MSG_HOME_TYPE_CODE), ACTION_TYPE, ICON_KEYPAD, NULL,
	    ACTION_NONE};
	double m = b->margin, w = b->w - 2 * m, y, note = wide ? 19 : 54;

	build_footer(b, &f);
	y = b->top + (wide ? 0 : 8);
	if (!wide) {
		build_text(b, (struct box){m, y, w, 32}, build_style(b,
		    FONT_BOLD, TYPE_TITLE, COL_INK, ALIGN_CENTRE), 1,
		    build_msg(b, MSG_HOME_TITLE));
		y += 38;
	} else {
		y += 4;
	}
	if (unreadable(b))
		build_strip(b, (struct box){m, b->bottom - note - (wide ? 3
		    : 0), w, note}, ICON_WARNING, COL_WARN, COL_WARN_SOFT,
		    build_msg(b, MSG_UNREADABLE_TITLE),
		    build_msg(b, MSG_UNREADABLE_SUB));
	else
		free_note(b, (struct box){m, b->bottom - note - (wide ? 3 : 0),
		    w, note});
	scan_card(b, (struct box){m, y, w, b->bottom - note - (wide ? 3 : 0) -
	    (wide ? 3.5 : 9) - y});
}

void screen_home(struct build *b)
{
	home_open(b);
}
