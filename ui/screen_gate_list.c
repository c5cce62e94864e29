/* Who is inside, for an evacuation: no names, no badge asked for. */
#include "screen_gate.h"

static void head(struct build *b, struct box x)
{
	bool wide = b->t->wide;
	struct words count = build_number(b->g->inside);
	int n = b->g->pages > 0 ? b->g->session.list_page % b->g->pages : 0;
	struct words page = build_number(n + 1);
	struct words pages = build_number(b->g->pages);
	struct words of = build_fill(b, MSG_GATE_PAGE, page.text, pages.text);
	struct style big = build_style(b, FONT_BOLD, TYPE_COUNT, COL_INK,
	    ALIGN_LEFT);
	struct style small = build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2,
	    ALIGN_LEFT);
	double cw = b->m->width(b->m->self, big.font, big.size,
			str_from(count.text)) /
		b->t->px +
	    (wide ? 3 : 6);
	struct box row = {x.x, x.y, x.w, wide ? x.h : 34};
	struct box persons = {row.x + cw, row.y, row.w - cw, row.h};
	struct box sub = {x.x, row.y + 34, x.w, 14}, at = sub;

	at.y += 14;
	if (wide) {
		persons.h = sub.h = at.h = x.h * 0.48;
		persons.w -= 62;
		at = (struct box){x.x + x.w - 62, x.y, 62, at.h};
		sub = persons;
		sub.y += x.h * 0.5;
	}
	build_text(b, row, big, 1, count.text);
	build_text(b, persons,
	    build_style(b, FONT_BOLD, wide ? TYPE_BUTTON : TYPE_TITLE, COL_INK,
		ALIGN_LEFT),
	    1, build_msg(b, MSG_GATE_PERSONS));
	build_text(b, sub, small, 1, build_msg(b, MSG_GATE_LIST_SUB));
	small.align = wide ? ALIGN_RIGHT : ALIGN_LEFT;
	if (b->g->pages > 1)
		build_text(b, at, small, 1, of.text);
}

static void entry(struct build *b, struct box x, const struct gate_inside *i)
{
	bool wide = b->t->wide;
	double label_w = wide ? 31.5 : 52, time_w = wide ? 22 : 40;
	struct words label = gate_label(b, i->letter, i->number, i->of);
	struct words time = gate_time(b, i->time_s), persons;
	struct buf buf;

	buf_init(&buf, persons.text, sizeof(persons.text));
	buf_fmt(&buf, "×%d", (int)i->persons);
	build_text(b, (struct box){x.x, x.y, label_w, x.h},
	    build_style(b, FONT_BOLD, TYPE_LABEL, COL_INK, ALIGN_LEFT), 1,
	    label.text);
	build_text(b, (struct box){x.x + label_w, x.y, time_w, x.h},
	    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2, ALIGN_LEFT), 1,
	    time.text);
	build_text(b,
	    (struct box){x.x + label_w + time_w, x.y,
		x.w - label_w - time_w - 1, x.h},
	    build_style(b, FONT_SEMI, TYPE_BODY, COL_INK, ALIGN_LEFT), 1,
	    buf_cstr(&buf));
}

void gate_list(struct build *b)
{
	const struct gate_view *v = b->g;
	bool wide = b->t->wide, pages = v->pages > 1;
	int columns = wide ? 3 : 2, per = GATE_LIST_ROWS / columns;
	const struct gate_footer f = {
	    .left = {{GATE_PRESS_BACK, ICON_BACK, build_msg(b, MSG_BACK)}},
	    .primary = {pages ? GATE_PRESS_MORE : GATE_PRESS_NONE, ICON_DOWN,
		pages ? build_msg(b, MSG_GATE_MORE) : NULL}};
	double m = b->margin, w = b->w - 2 * m, top = wide ? 17 : 64, y, h, cw;

	gate_footer(b, &f);
	y = b->top + (wide ? 0.5 : 8);
	head(b, (struct box){m, y, w, top});
	y += top;
	h = b->bottom - y - (wide ? 0.5 : 0);
	if (v->rows == 0) {
		build_text(b, (struct box){m, y, w, h},
		    build_style(b, FONT_REGULAR, TYPE_HEAD, COL_INK2,
			ALIGN_CENTRE),
		    1, build_msg(b, MSG_GATE_NOBODY));
		return;
	}
	build_box(b, (struct box){m, y, w, wide ? 0.4 : 0.7}, COL_HAIR,
	    COL_NONE, 0);
	y += wide ? 0.5 : 2;
	cw = w / columns;
	h = (b->bottom - y - (wide ? 0.5 : 0)) / per;
	for (int i = 0; i < v->rows && i < GATE_LIST_ROWS; i++)
		entry(b, (struct box){m + i / per * cw, y + i % per * h, cw, h},
		    &v->list[i]);
}
