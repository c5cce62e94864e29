/* Where a person decides: the number against the paper, and an officer's
 * reasons. */
#include "screen_gate.h"

static void title(struct build *b, struct box x, const char *text)
{
	build_text(b, x,
	    build_style(b, FONT_BOLD, TYPE_TITLE, COL_INK, ALIGN_LEFT), 1,
	    text);
}

/* Beside the number on wide panels, below it on tall ones. */
static void companions(struct build *b, struct box x)
{
	uint8_t n = b->g->session.subject.companions;
	struct words more, text;
	struct buf buf;

	buf_init(&buf, more.text, sizeof(more.text));
	buf_fmt(&buf, n > 0 ? "+%d" : "%d", (int)n);
	text = build_fill(b, MSG_GATE_COMPANIONS, buf_cstr(&buf), "");
	gate_button(b, x, BUTTON_SECONDARY,
	    &(struct gate_button){GATE_PRESS_COMPANION, ICON_PERSON,
		text.text});
}

static void compared(struct build *b, struct box x, const char *label)
{
	bool beside = b->t->wide && !b->g->session.out;

	build_card(b, x);
	build_text(b,
	    (struct box){x.x + 4, x.y, beside ? x.w * 0.6 - 4 : x.w - 8, x.h},
	    build_style(b, FONT_BOLD, TYPE_NUMBER, COL_INK, ALIGN_CENTRE), 1,
	    label);
}

void gate_compare(struct build *b)
{
	const struct gate_session *s = &b->g->session;
	bool wide = b->t->wide;
	const struct gate_footer f = {
	    .left = {{GATE_PRESS_BACK, ICON_BACK, build_msg(b, MSG_BACK)}},
	    .primary = {GATE_PRESS_SAME, ICON_TICK,
		build_msg(b, MSG_GATE_SAME)},
	    .secondary = {GATE_PRESS_DIFFERS, ICON_NONE,
		build_msg(b, MSG_GATE_DIFFERS)}};
	struct words label = gate_label(b, s->ticket.letter, s->ticket.number,
	    PASS_LABEL);
	double m = b->margin, w = b->w - 2 * m, y, h;

	gate_footer(b, &f);
	y = b->top + (wide ? 3 : 12);
	title(b, (struct box){m, y, w, wide ? 13 : 30},
	    build_msg(b, MSG_GATE_COMPARE));
	y += wide ? 13 : 30;
	build_text(b, (struct box){m, y, w, wide ? 9 : 20},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_LEFT), 1,
	    build_msg(b, MSG_GATE_COMPARE_SUB));
	y += wide ? 11 : 26;
	h = b->bottom - y - (wide ? 4 : 0);
	if (!wide && h > 130)
		h = 130;
	compared(b, (struct box){m, y, w, h}, label.text);
	if (!s->out)
		companions(b,
		    wide ? (struct box){m + w * 0.6, y + h / 2 - 10,
			       w * 0.4 - 4, 20}
			 : (struct box){m, y + h + 9, w, 34});
}

/* Who decides, and about what. */
static void officer_head(struct build *b, struct box x)
{
	const struct gate_session *s = &b->g->session;
	bool wide = b->t->wide;
	struct words who = build_fill(b, MSG_GATE_OFFICER, s->officer, "");
	double small = wide ? 10 : 20, label_w = wide ? 42 : 76;
	double tw = s->ticket.letter != 0 ? x.w - label_w : x.w;

	build_text(b, (struct box){x.x, x.y, tw, small},
	    build_style(b, FONT_SEMI, TYPE_BODY, COL_INK2, ALIGN_LEFT), 1,
	    who.text);
	title(b, (struct box){x.x, x.y + small, x.w, x.h - small},
	    build_msg(b, s->out ? MSG_GATE_WHY_OUT : MSG_GATE_WHY));
	if (s->ticket.letter != 0) {
		const struct gate_look *look = gate_look(s->verdict);
		struct words label = gate_label(b, s->ticket.letter,
		    s->ticket.number, PASS_UNSET);
		double side = wide ? 9 : 18;

		build_icon(b,
		    (struct box){x.x + x.w - label_w, x.y + (small - side) / 2,
			side, side},
		    look->icon, look->mark);
		build_text(b,
		    (struct box){x.x + x.w - label_w + side + 2, x.y,
			label_w - side - 2, small},
		    build_style(b, FONT_BOLD, TYPE_BUTTON, COL_INK,
			ALIGN_RIGHT),
		    1, label.text);
	}
}

void gate_officer(struct build *b)
{
	static const struct {
		enum gate_press press;
		enum icon icon;
		enum msg_id text;
	} reasons[] = {
	    {GATE_PRESS_UNREADABLE, ICON_SCAN, MSG_GATE_UNREADABLE},
	    {GATE_PRESS_COMPANION, ICON_PERSON, MSG_GATE_COMPANION},
	    {GATE_PRESS_EMERGENCY, ICON_WARNING, MSG_GATE_EMERGENCY},
	    {GATE_PRESS_ORDER, ICON_INFO, MSG_GATE_ORDER},
	};
	bool wide = b->t->wide, out = b->g->session.out;
	struct gate_footer f = {
	    .left = {{GATE_PRESS_BACK, ICON_BACK, build_msg(b, MSG_BACK)}},
	    .secondary = {GATE_PRESS_LOST, ICON_NONE,
		build_msg(b, MSG_GATE_LOST)}};
	double m = b->margin, w = b->w - 2 * m, gap = wide ? 3.5 : 8, y, h, bw;
	double head = wide ? 24 : 60;

	if (b->g->both_ways)
		f.left[1] = (struct gate_button){out ? GATE_PRESS_WAY_IN
						     : GATE_PRESS_WAY_OUT,
		    out ? ICON_ENTER : ICON_LEAVE,
		    build_msg(b, out ? MSG_GATE_WAY_IN : MSG_GATE_WAY_OUT)};
	gate_footer(b, &f);
	y = b->top + (wide ? 2 : 12);
	officer_head(b, (struct box){m, y, w, head});
	y += head + (wide ? 1 : 6);
	h = wide ? (b->bottom - y - 3 - gap) / 2 : 46;
	bw = wide ? (w - gap) / 2 : w;
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		double col = wide ? (double)(i % 2) : 0;
		double line = wide ? (double)(i / 2) : (double)i;
		const struct gate_button button = {reasons[i].press,
		    reasons[i].icon, build_msg(b, reasons[i].text)};

		gate_button(b,
		    (struct box){m + col * (bw + gap), y + line * (h + gap), bw,
			h},
		    BUTTON_SECONDARY, &button);
	}
}
