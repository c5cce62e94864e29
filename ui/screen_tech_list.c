/* Lists: the status, the self-test, and what is on a stick. */
#include "screen_tech.h"

#include <string.h>

static const struct {
	enum icon icon;
	enum colour ink;
} marks[] = {
    [TECH_MARK_UNKNOWN] = {ICON_HELP, COL_INK2},
    [TECH_MARK_GOOD] = {ICON_CHECK, COL_OK},
    [TECH_MARK_WARN] = {ICON_WARNING, COL_WARN},
    [TECH_MARK_BAD] = {ICON_CROSS, COL_BAD},
    [TECH_MARK_NONE] = {ICON_NONE, COL_INK},
};

static int bounded(int n)
{
	return n < TECH_LINES ? n : TECH_LINES;
}

enum { ROWS_MAX = 8 }; /* of text in a line: its value is 159 bytes */

struct list {
	const struct tech_line *line;
	int count;
};

/* A line as it is drawn. */
struct entry {
	enum tech_mark mark;
	struct words left, right;
	double part; /* of the width, for what is at the left */
	int rows;
};

static double row_height(const struct build *b)
{
	return theme_type(b->t, TYPE_BODY) * 1.25 / b->t->px;
}

static double height_of(const struct build *b, const struct entry *e)
{
	return (b->t->wide ? 11.2 : 20) + (e->rows - 1) * row_height(b);
}

/* Mark and gap at the left of a line. */
static double indent(const struct build *b)
{
	return b->t->wide ? 11 : 21;
}

static struct style style_of(const struct build *b, bool value,
    enum tech_mark mark)
{
	return build_style(b, value ? FONT_SEMI : FONT_REGULAR, TYPE_BODY,
	    value ? marks[mark].ink : COL_INK, ALIGN_LEFT);
}

static int most(int a, int b)
{
	return a > b ? a : b;
}

static struct entry entry_of(struct build *b, const struct tech_line *l,
    double width)
{
	struct entry e = {
	    .mark = l->mark <= TECH_MARK_NONE ? l->mark : TECH_MARK_UNKNOWN};
	bool named = l->name != MSG_NONE;
	struct words value = build_fill(b, MSG_NONE, "", "");

	memcpy(value.text, l->value, sizeof(l->value));
	value.text[sizeof(l->value) - 1] = '\0';
	e.left = named              ? build_text_of(b, l->name)
	    : value.text[0] == '\0' ? build_text_of(b, l->text)
				    : value;
	e.right = !named && value.text[0] == '\0' ? value
	    : l->text != MSG_NONE ? build_fill(b, l->text, l->value, "")
	    : named               ? value
				  : build_text_of(b, MSG_NONE);
	width -= indent(b);
	e.part = e.right.text[0] == '\0' ? width : width * 0.4;
	e.rows = most(tech_rows(b, e.part - 2, style_of(b, false, e.mark),
			  ROWS_MAX, e.left.text),
	    tech_rows(b, width - e.part, style_of(b, true, e.mark), ROWS_MAX,
		e.right.text));
	return e;
}

static void draw(struct build *b, struct box x, const struct entry *e)
{
	bool wide = b->t->wide;
	double side = wide ? 8 : 15, in = indent(b);

	if (marks[e->mark].icon != ICON_NONE)
		build_icon(b,
		    (struct box){x.x, x.y + (x.h - side) / 2, side, side},
		    marks[e->mark].icon, marks[e->mark].ink);
	tech_text_cut(b, (struct box){x.x + in, x.y, e->part - 2, x.h},
	    style_of(b, false, e->mark), e->rows, e->left.text);
	tech_text_cut(b,
	    (struct box){x.x + in + e->part, x.y, x.w - in - e->part, x.h},
	    style_of(b, true, e->mark), e->rows, e->right.text);
	build_box(b, (struct box){x.x, x.y + x.h - 0.2, x.w, wide ? 0.3 : 0.6},
	    COL_HAIR, COL_NONE, 0);
}

/* Draws the page'th page (counted from 0; -1 = none); returns how many there
 * are. *end is where its last line ends. */
static int page_lines(struct build *b, struct box x, const struct list *l,
    int page, double *end)
{
	double y = x.y;
	int at = 0;

	for (int i = 0; i < l->count; i++) {
		struct entry e = entry_of(b, &l->line[i], x.w);
		double h = height_of(b, &e);

		if (y > x.y && y + h > x.y + x.h) {
			at++;
			y = x.y;
		}
		if (at == page) {
			draw(b, (struct box){x.x, y, x.w, h}, &e);
			*end = y + h;
		}
		y += h;
	}
	return at + 1;
}

static int pages(struct build *b, struct box x, const struct list *l)
{
	double end;

	return page_lines(b, x, l, -1, &end);
}

/* Returns where the last line ends. */
static double lines(struct build *b, struct box x, const struct list *l)
{
	double end = x.y;

	(void)page_lines(b, x, l, b->x->session.page % pages(b, x, l), &end);
	return end;
}

void tech_list(struct build *b, struct box x, const struct tech_line *line,
    int count)
{
	const struct list l = {line, bounded(count)};

	(void)lines(b, x, &l);
}

int tech_pages(struct build *b, struct box x, const struct tech_line *line,
    int count)
{
	const struct list l = {line, bounded(count)};

	return pages(b, x, &l);
}

/* Where a list is, below a head of that height, above its footer. */
static struct box room(const struct build *b, double head, bool buttons)
{
	bool wide = b->t->wide;
	double top = b->top + (wide ? 2 : 8) + head;
	double foot = wide ? 27 + 1 : 41 + 8 + (buttons ? 49 + 41 : 0);

	return (struct box){b->margin, top, b->w - 2 * b->margin,
	    b->h - foot - top};
}

static void head(struct build *b, const char *text, enum colour c)
{
	bool wide = b->t->wide;

	build_text(b,
	    (struct box){b->margin, b->top + (wide ? 2 : 8),
		b->w - 2 * b->margin, wide ? 11 : 28},
	    build_style(b, FONT_BOLD, wide ? TYPE_HEAD : TYPE_TITLE, c,
		ALIGN_LEFT),
	    1, text);
}

void tech_status(struct build *b)
{
	const struct tech_view *v = b->x;
	bool wide = b->t->wide;
	const struct list l = {v->line, bounded(v->lines)};
	struct box x = room(b, wide ? 0 : 32, false);
	struct tech_footer f = {.back = {.text = NULL}};
	struct words more;

	if (!wide && pages(b, x, &l) > 1)
		x.h -= 41;
	tech_more(b, &f, pages(b, x, &l), &more);
	tech_footer(b, &f);
	if (!wide)
		head(b, build_msg(b, MSG_TECH_M_STATUS), COL_INK);
	(void)lines(b, x, &l);
}

static void selftest_list(struct build *b)
{
	const struct tech_view *v = b->x;
	bool wide = b->t->wide, good = v->session.work == TECH_WORK_GOOD;
	const struct list l = {v->line, bounded(v->lines)};
	struct tech_footer f = {.primary = {TECH_PRESS_START, ICON_NONE,
				    build_msg(b, MSG_TECH_ST_GO)}};
	struct box x = room(b, wide ? 12 : 32, true);
	struct words more;

	tech_more(b, &f, pages(b, x, &l), &more);
	tech_footer(b, &f);
	head(b, build_msg(b, good ? MSG_TECH_ST_GOOD : MSG_TECH_ST_BAD),
	    good ? COL_OK : COL_BAD);
	(void)lines(b, x, &l);
}

void tech_selftest(struct build *b)
{
	const struct tech_session *s = &b->x->session;
	const struct tech_footer f = {.primary = {TECH_PRESS_START, ICON_NONE,
					  build_msg(b, MSG_TECH_ST_GO)}};
	struct band band = band_busy;
	enum msg_id title = MSG_GATE_MOMENT, sub = MSG_TECH_ST_RUNS;

	if (s->answered && b->x->lines > 0) {
		selftest_list(b);
		return;
	}
	if (s->work == TECH_WORK_NONE) {
		band.icon = ICON_TICK;
		title = MSG_TECH_M_SELFTEST;
		sub = MSG_TECH_ST_SUB;
	} else if (s->work != TECH_WORK_RUNNING) {
		band = band_bad;
		title = MSG_TECH_NOT_YET;
		sub = MSG_TECH_NO_ANSWER;
	}
	tech_footer(b, &f);
	tech_message(b, &band, build_msg(b, title), build_msg(b, sub));
}

/* What was found on the stick: its files, or what is wrong with them. */
static void found(struct build *b)
{
	const struct tech_view *v = b->x;
	const struct tech_session *s = &v->session;
	bool wide = b->t->wide, bad = s->problems > 0;
	const struct list files = {v->line, bounded(v->lines)};
	const struct list wrong = {v->problem, bounded(v->problems)};
	const struct list *l = bad ? &wrong : &files;
	struct words n = build_number(bad ? s->problems : s->files);
	struct words title = build_fill(b,
	    bad ? MSG_TECH_SET_PROBLEMS : MSG_TECH_SET_FOUND, n.text, "");
	struct tech_footer f = {
	    .primary = {bad ? TECH_PRESS_START : TECH_PRESS_CONFIRM, ICON_NONE,
		build_msg(b, bad ? MSG_TECH_SET_AGAIN : MSG_TECH_SET_TAKE)}};
	struct box x = room(b, wide ? 12 : 32, true);
	struct words more;
	double end;

	tech_more(b, &f, pages(b, x, l), &more);
	tech_footer(b, &f);
	head(b, title.text, bad ? COL_BAD : COL_INK);
	end = lines(b, x, l);
	if (!bad && !wide)
		build_text(b, (struct box){x.x, end + 2, x.w, 32},
		    build_style(b, FONT_REGULAR, TYPE_BODY, COL_INK2,
			ALIGN_LEFT),
		    2, build_msg(b, MSG_TECH_SET_ALL));
}

/* Nothing was found, or it is not known yet. */
static void no_files(struct build *b, struct outcome *o)
{
	const struct tech_session *s = &b->x->session;

	switch (s->work) {
	case TECH_WORK_NONE:
		break;
	case TECH_WORK_RUNNING:
		o->band = &band_busy;
		o->icon = ICON_CLOCK;
		o->title = build_msg(b, MSG_GATE_MOMENT);
		o->sub = build_text_of(b,
		    s->fetched ? MSG_TECH_SET_TAKES : MSG_TECH_SET_RUNS);
		break;
	case TECH_WORK_GOOD:
		o->band = &band_warn;
		o->icon = ICON_STICK;
		o->sub = build_text_of(b, MSG_TECH_SET_NONE);
		o->todo = build_text_of(b, MSG_TECH_SET_NONE_DO);
		break;
	case TECH_WORK_BAD:
		o->band = &band_bad;
		o->icon = ICON_NONE;
		o->title = build_msg(b, MSG_TECH_NOT_YET);
		o->sub = build_text_of(b,
		    s->answered ? MSG_NONE : MSG_TECH_NO_ANSWER);
		break;
	}
}

void tech_setup(struct build *b)
{
	const struct tech_session *s = &b->x->session;
	const struct tech_footer f = {.primary = {TECH_PRESS_START, ICON_STICK,
					  build_msg(b, MSG_TECH_SET_READ)}};
	struct outcome o = {.band = &band_busy,
	    .icon = ICON_STICK,
	    .title = build_msg(b, MSG_TECH_M_SETUP),
	    .sub = build_text_of(b, MSG_TECH_SET_SUB)};
	if (s->fetched && s->work != TECH_WORK_RUNNING &&
	    (s->files > 0 || s->problems > 0)) {
		found(b);
		return;
	}
	no_files(b, &o);
	tech_footer(b, &f);
	if (o.todo.text[0] != '\0')
		build_answer(b, &o);
	else
		tech_say(b, &o);
}
