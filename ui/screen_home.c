/* Home: open, closed, out of order, clock unsure; "code not read". */
#include "screens.h"

static void free_note(struct build *b, struct box x)
{
	bool wide = b->t->wide;
	double pad = wide ? 3.5 : 7, side = wide ? 10 : 19;
	double tx = x.x + pad * 2 + side - 1, tw = x.x + x.w - pad - tx;
	struct style bold = build_style(b, FONT_SEMI, TYPE_BODY, COL_OK,
	    ALIGN_LEFT);
	struct style plain = build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK,
	    ALIGN_LEFT);
	double row = x.h / (wide ? 2.6 : 3.5);
	double y = x.y + (x.h - row * (wide ? 2 : 3)) / 2;

	build_box(b, x, COL_OK_SOFT, COL_NONE, wide ? 4 : 8);
	build_icon(b,
	    (struct box){x.x + pad, x.y + (x.h - side) / 2, side, side},
	    ICON_CHECK, COL_OK);
	if (wide) {
		struct words both = build_text_of(b, MSG_NONE);
		struct buf buf;

		buf_init(&buf, both.text, sizeof(both.text));
		if (b->lang == LANG_ID) { /* shorter in Indonesian */
			buf_text(&buf, build_msg(b, MSG_HOME_FREE));
			buf_byte(&buf, ' ');
		}
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

/* Phone, and the arrow to the scanner below it. The icon's phone is 15/24
 * of its width. */
static void phone(struct build *b, struct box x)
{
	double arrow = b->t->wide ? 12 : 32, side = x.w * 1.6;
	double room = x.h - arrow, up = b->v->arrow_up ? 0 : 0.16;

	if (side > room * 0.93)
		side = room * 0.93;
	build_icon(b, (struct box){x.x + (x.w - side) / 2, x.y, side, side},
	    ICON_PHONE, COL_BRAND);
	build_icon(b,
	    (struct box){x.x + (x.w - arrow) / 2,
		x.y + x.h - arrow * (1.16 - up), arrow, arrow},
	    ICON_DOWN, COL_OK);
}

static void scan_card(struct build *b, struct box x)
{
	bool wide = b->t->wide;
	double pad = wide ? 6 : 14, pw = wide ? 40 : 84, gap = wide ? 5 : 8;
	double tw = x.w - 2 * pad - pw - gap, y = x.y + (wide ? 5 : 22);

	build_card(b, x);
	build_text_top(b, (struct box){x.x + pad, y, tw, wide ? 8 : 12},
	    build_style(b, FONT_SEMI, TYPE_LABEL, COL_BRAND, ALIGN_LEFT), 1,
	    build_msg(b, MSG_HOME_HAVE_CODE));
	y += wide ? 9.5 : 22;
	build_text_top(b, (struct box){x.x + pad, y, tw, wide ? 23 : x.h * 0.5},
	    build_style(b, FONT_BOLD, TYPE_TITLE, COL_INK, ALIGN_LEFT),
	    wide ? 2 : 4, build_msg(b, MSG_HOME_SHOW_QR));
	build_text(b,
	    (struct box){x.x + pad, x.y + x.h * (wide ? 0.68 : 0.66), tw,
		x.h * (wide ? 0.28 : 0.28)},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_LEFT), 4,
	    build_msg(b, MSG_HOME_FROM_PHONE));
	phone(b,
	    (struct box){x.x + x.w - pad - pw, x.y + (wide ? 5 : 18), pw,
		x.h - (wide ? 7 : 30)});
}

static bool unreadable(const struct build *b)
{
	return b->v->session.unreadable_until_ms != 0;
}

static void not_read(struct build *b, struct box x)
{
	bool ticket = b->v->session.ticket_shown;

	build_strip(b, x, ICON_WARNING, COL_WARN, COL_WARN_SOFT,
	    build_msg(b, ticket ? MSG_TICKET_SHOWN : MSG_UNREADABLE_TITLE),
	    build_msg(b, ticket ? MSG_HELP_HOW_3 : MSG_UNREADABLE_SUB));
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
		build_text(b, (struct box){m, y, w, 32},
		    build_style(b, FONT_BOLD, TYPE_TITLE, COL_INK,
			ALIGN_CENTRE),
		    1, build_msg(b, MSG_HOME_TITLE));
		y += 38;
	} else {
		y += 4;
	}
	if (unreadable(b))
		not_read(b,
		    (struct box){m, b->bottom - note - (wide ? 3 : 0), w,
			note});
	else
		free_note(b,
		    (struct box){m, b->bottom - note - (wide ? 3 : 0), w,
			note});
	scan_card(b,
	    (struct box){m, y, w,
		b->bottom - note - (wide ? 3 : 0) - (wide ? 3.5 : 9) - y});
}

static void home_closed(struct build *b)
{
	const struct hours_answer *h = &b->v->hours;
	struct outcome o = {.band = &band_warn, .footer = {.help = true}};

	outcome_closed(b, &o, h->opens_day, h->opens_min, h->opens_end_min);
	o.todo = build_text_of(b, MSG_CLOSED_KEEP);
	if (unreadable(b))
		o.sub = build_text_of(b,
		    b->v->session.ticket_shown ? MSG_HELP_HOW_3
					       : MSG_UNREADABLE_TITLE);
	build_outcome(b, &o);
}

static void home_out_of_order(struct build *b, enum msg_id title,
    enum msg_id sub)
{
	struct outcome o = {.band = &band_warn,
	    .icon = ICON_WARNING,
	    .title = build_msg(b, title),
	    .sub = build_text_of(b, sub),
	    .role = TYPE_TITLE,
	    .big = build_text_of(b, MSG_FAULT_DO),
	    .footer = {.help = true}};

	if (b->v->desk[0] != '\0')
		o.note = build_fill(b, MSG_HELP_STAFF, b->v->desk, "");
	build_outcome(b, &o);
}

void screen_home(struct build *b)
{
	switch (b->v->home) {
	case HOME_OPEN:
		home_open(b);
		return;
	case HOME_CLOSED:
		home_closed(b);
		return;
	case HOME_CLOCK:
		home_out_of_order(b, MSG_CLOCK_TITLE, MSG_CLOCK_SUB);
		return;
	case HOME_FAULT:
	case HOME_UNSET:
		home_out_of_order(b, MSG_FAULT_TITLE, MSG_FAULT_SUB);
		return;
	}
}
