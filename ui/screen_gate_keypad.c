/* A short code, or the number of a lost ticket, keyed in. */
#include "screen_gate.h"

#include <string.h>

/* Nine symbols as the paper shows them, XXX-XXX-XXX. */
static struct code_profile short_profile(void)
{
	struct code_profile p = code_profile_own();

	p.length = SHORT_CODE_SYMBOLS;
	p.group = 3;
	return p;
}

/* A letter, a hyphen, up to four digits. */
static struct code_profile label_profile(const char *typed)
{
	struct code_profile p = {
	    .alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	    .length = 4,
	    .group = 0,
	    .check = CODE_CHECK_NONE};

	p.length = strlen(typed) > 4 ? 5 : 4;
	return p;
}

static bool is_label(const char *typed)
{
	size_t n = strlen(typed);

	return n >= 2 && n <= 5 && typed[0] >= 'A' && typed[0] <= 'Z' &&
	    strspn(typed + 1, "0123456789") == n - 1;
}

struct pad {
	struct code_profile shown, keys;
	const char *typed, *head, *sub, *slip;
	double part; /* of the width, for what is typed on wide panels */
};

static void head_text(struct build *b, const struct pad *p, struct box x)
{
	bool wide = b->t->wide;
	double title = wide ? 0 : 26;

	if (b->g->session.typed_wrong) {
		build_strip(b, x, ICON_WARNING, COL_WARN, COL_WARN_SOFT,
		    p->slip, NULL);
		return;
	}
	if (!wide)
		build_text_top(b, (struct box){x.x, x.y, x.w, title},
		    build_style(b, FONT_BOLD, TYPE_TITLE, COL_INK, ALIGN_LEFT),
		    1, p->head);
	build_text(b, (struct box){x.x, x.y + title, x.w, x.h - title},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_LEFT), 2,
	    p->sub);
}

static void pad_build(struct build *b, const struct pad *p)
{
	bool wide = b->t->wide;
	double m = b->margin, w = b->w - 2 * m, y;

	if (wide) {
		double boxes = w * p->part;

		y = b->top + 2.5;
		build_typed(b, (struct box){m, y, boxes, 16}, &p->shown,
		    p->typed);
		head_text(b, p,
		    (struct box){m + boxes + 3, y - 1, w - boxes - 3, 18});
		y += 18.5;
		build_keys(b, (struct box){m, y, w, b->bottom - 2 - y},
		    &p->keys);
		return;
	}
	y = b->bottom - (4 * 29 + 3 * 3);
	build_keys(b, (struct box){m, y, w, b->bottom - y}, &p->keys);
	build_typed(b, (struct box){m, y - 60, w, 44}, &p->shown, p->typed);
	head_text(b, p, (struct box){m, b->top + 12, w, 54});
}

void gate_keypad(struct build *b)
{
	const char *typed = b->g->session.typed;
	struct words n = build_number(SHORT_CODE_SYMBOLS);
	struct words enter = build_fill(b, MSG_KEYPAD_ENTER, n.text, "");
	struct words sub = build_fill(b, MSG_GATE_SHORT_SUB, n.text, "");
	bool whole = strlen(typed) == SHORT_CODE_SYMBOLS;
	const struct gate_footer f = {
	    .left = {{GATE_PRESS_BACK, ICON_BACK, build_msg(b, MSG_BACK)}},
	    .primary = {whole ? GATE_PRESS_ENTER : GATE_PRESS_NONE, ICON_NONE,
		whole ? build_msg(b, MSG_GATE_CHECK) : enter.text}};
	const struct pad p = {short_profile(), short_profile(), typed,
	    build_msg(b, MSG_GATE_SHORT_HEAD), sub.text,
	    build_msg(b, MSG_GATE_SHORT_SLIP), 0.5};

	gate_footer(b, &f);
	pad_build(b, &p);
}

void gate_lost(struct build *b)
{
	const char *typed = b->g->session.typed;
	bool whole = is_label(typed);
	const struct gate_footer f = {
	    .left = {{GATE_PRESS_BACK, ICON_BACK, build_msg(b, MSG_BACK)}},
	    .primary = {whole ? GATE_PRESS_ENTER : GATE_PRESS_NONE, ICON_LEAVE,
		build_msg(b, whole ? MSG_GATE_LOST_GO : MSG_GATE_LOST_ENTER)}};
	const struct pad p = {label_profile(typed), label_profile(typed), typed,
	    build_msg(b, MSG_GATE_LOST_HEAD), build_msg(b, MSG_GATE_LOST_SUB),
	    build_msg(b, MSG_GATE_LOST_SLIP), 0.33};

	gate_footer(b, &f);
	pad_build(b, &p);
}
