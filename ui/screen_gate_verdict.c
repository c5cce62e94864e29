/* The verdict: the whole screen says it by colour, shape and word. */
#include "screen_gate.h"

/* How one panel lays it out: the shape beside the words, or above them. */
struct frame {
	struct box shape, words;
	enum align align;
	enum colour ink;
};

static struct frame frame_of(const struct build *b)
{
	bool wide = b->t->wide;
	double m = b->margin, h = b->bottom - b->top;
	struct frame f = {.align = wide ? ALIGN_LEFT : ALIGN_CENTRE,
	    .ink = gate_look(b->g->session.verdict)->ink};

	if (wide) {
		f.shape = (struct box){m, b->top + 5, 54, 54};
		f.words = (struct box){m + 61, b->top + 1, b->w - 2 * m - 61,
		    h - 2};
	} else {
		f.shape = (struct box){(b->w - 90) / 2, b->top + 6, 90, 90};
		f.words = (struct box){m, b->top + 102, b->w - 2 * m, h - 102};
	}
	return f;
}

static void line(struct build *b, const struct frame *f, struct box *x,
    double h, enum font font, enum type_role role, int lines, const char *text)
{
	if (text[0] == '\0')
		return;
	build_text(b, (struct box){x->x, x->y, x->w, h},
	    build_style(b, font, role, f->ink, f->align), lines, text);
	x->y += h;
	x->h -= h;
}

/* "New passport, Counter 3" */
static struct words service_text(const struct build *b)
{
	const struct service *s = &b->g->service;
	struct words counter = build_fill(b, MSG_GATE_COUNTER, s->counter, "");
	struct words all = build_text_of(b, MSG_NONE);
	struct buf buf;

	buf_init(&buf, all.text, sizeof(all.text));
	if (s->id != 0)
		buf_text(&buf, s->name[b->lang]);
	if (s->id != 0 && s->counter[0] != '\0') {
		buf_text(&buf, ", ");
		buf_text(&buf, counter.text);
	}
	buf_cstr(&buf);
	return all;
}

static struct words override_text(const struct build *b)
{
	const struct gate_session *s = &b->g->session;
	struct words all = build_text_of(b, MSG_NONE);
	struct words who;
	struct buf buf;

	if (!s->overridden)
		return all;
	who = build_fill(b, MSG_GATE_OPENED_BY, s->pass.officer, "");
	buf_init(&buf, all.text, sizeof(all.text));
	buf_text(&buf, who.text);
	if (s->pass.reason != PASS_REASON_NONE) {
		buf_text(&buf, ": ");
		buf_text(&buf, gate_reason_text(b, s->pass.reason));
	}
	buf_cstr(&buf);
	return all;
}

/* The number; a booking code's slot; or what there is instead. */
static struct words big_text(const struct build *b, bool *number)
{
	const struct gate_session *s = &b->g->session;
	const struct pass_subject *p = &s->subject;
	bool slot = p->of == PASS_CODE &&
	    s->decision.slot_end_min > s->decision.slot_start_min;

	*number = true;
	if (s->ticket.letter != 0)
		return gate_label(b, s->ticket.letter, s->ticket.number, p->of);
	if (p->letter != 0)
		return gate_label(b, p->letter, p->number, p->of);
	if (slot)
		return build_slot(s->decision.slot_start_min,
		    s->decision.slot_end_min);
	*number = false;
	return build_text_of(b, MSG_GATE_NO_NUMBER);
}

static void opened(struct build *b, const struct frame *f, struct box x)
{
	const struct gate_session *s = &b->g->session;
	bool wide = b->t->wide, number;
	int with = s->subject.companions;
	struct words big = big_text(b, &number), service = service_text(b);
	struct words by = override_text(b);
	double h = wide ? 33 : 74, more = with > 0 && wide ? 36 : 0;

	build_text(b, (struct box){x.x, x.y, x.w - more, h},
	    build_style(b, FONT_BOLD, number ? TYPE_NUMBER : TYPE_TITLE, f->ink,
		f->align),
	    1, big.text);
	if (with > 0) {
		struct words plus = build_number(with);
		struct words all = build_number(with + 1);
		struct words persons = build_fill(b, MSG_GATE_WITH, plus.text,
		    all.text);
		struct buf buf;

		buf_init(&buf, plus.text, sizeof(plus.text));
		buf_fmt(&buf, "+%d", with);
		buf_cstr(&buf);
		if (wide)
			build_text(b,
			    (struct box){x.x + x.w - more, x.y, more, h},
			    build_style(b, FONT_BOLD, TYPE_VERDICT, f->ink,
				ALIGN_RIGHT),
			    1, plus.text);
		x.y += h;
		if (!wide)
			line(b, f, &x, 40, FONT_BOLD, TYPE_VERDICT, 1,
			    plus.text);
		line(b, f, &x, wide ? 9 : 22, FONT_SEMI, TYPE_BODY, 1,
		    persons.text);
	} else {
		x.y += h;
	}
	/* Who let somebody in counts more than where that one goes. */
	if (!wide || with == 0 || !s->overridden)
		line(b, f, &x, wide ? 9 : 24, FONT_SEMI, TYPE_BUTTON, 1,
		    service.text);
	line(b, f, &x, wide ? 17 : 34, FONT_SEMI, TYPE_BODY, 2, by.text);
}

static void refused(struct build *b, const struct frame *f, struct box x,
    const struct gate_words *w)
{
	bool wide = b->t->wide;
	double badge = w->badge ? (wide ? 9 : 30) : 0;

	line(b, f, &x, wide ? 29 : 84, FONT_BOLD, TYPE_TITLE, wide ? 2 : 3,
	    w->reason.text);
	line(b, f, &x, wide ? 20 : 56, FONT_SEMI,
	    wide ? TYPE_HEAD : TYPE_BUTTON, wide ? 2 : 3, w->todo.text);
	if (w->badge)
		build_text(b, (struct box){x.x, x.y, x.w, badge},
		    build_style(b, FONT_REGULAR, TYPE_BODY, f->ink, f->align),
		    wide ? 1 : 2, build_msg(b, MSG_GATE_BADGE));
}

void gate_verdict_screen(struct build *b)
{
	const struct gate_session *s = &b->g->session;
	const struct gate_look *look = gate_look(s->verdict);
	struct gate_footer foot = {
	    .left = {{GATE_PRESS_BACK, ICON_BACK, build_msg(b, MSG_DONE)}},
	    .bare = true};
	bool wide = b->t->wide, opens = gate_opens(s->verdict);
	struct gate_words w;
	struct frame f;

	if (!opens && b->g->short_codes)
		*(wide ? &foot.left[1]
		       : &foot.secondary) = (struct gate_button){
		    GATE_PRESS_TYPE, ICON_KEYPAD, build_msg(b, MSG_GATE_TYPE)};
	gate_footer(b, &foot);
	gate_words_fill(b, &w);
	f = frame_of(b);
	build_icon(b, f.shape, look->icon, look->ink);
	if (!opens && s->ticket.letter != 0) {
		struct words label = gate_label(b, s->ticket.letter,
		    s->ticket.number, PASS_UNSET);
		struct box at = {f.shape.x, f.shape.y + f.shape.h + 5,
		    f.shape.w, 15};

		if (!wide) {
			at = (struct box){f.words.x, f.words.y, f.words.w, 24};
			f.words.y += 24;
			f.words.h -= 24;
		}
		build_text(b, at,
		    build_style(b, FONT_BOLD, TYPE_TITLE, f.ink, ALIGN_CENTRE),
		    1, label.text);
	}
	line(b, &f, &f.words, wide ? 24 : 46, FONT_BOLD, TYPE_VERDICT, 1,
	    w.word.text);
	if (opens)
		opened(b, &f, f.words);
	else
		refused(b, &f, f.words, &w);
}
