#include "slip.h"

#include <errno.h>
#include <string.h>

enum {
	WIDE = 500,  /* from here on the QR has room beside it */
	QR_DOTS = 5, /* a module: 0.63 mm at 203 dpi */
	QR_SIDE = (49 + 2 * 4) * QR_DOTS,
	GUTTER = 16,
	RULE = 3,
	BOX = 20,
	BAND = 42,
	SIZE_SMALL = 22, /* labels: 2.75 mm em */
	SIZE_TEXT = 25,
	SIZE_STRONG = 29,
	SIZE_MIN = 19,
	PAGE_MAX = 4000,
};

struct pen {
	const struct slip *slip;
	const struct glyph_source *glyphs;
	struct slip_page *page;
	int y;
	bool full;
};

struct face {
	enum glyph_font font;
	int size, min;
	bool white;
};

static int max(int a, int b)
{
	return a > b ? a : b;
}

static int line_rows(int size)
{
	return size * 5 / 4;
}

static struct slip_item *item(struct pen *p, enum slip_kind kind, int x, int y,
    int w, int h)
{
	struct slip_item *i;

	if (p->page->count == SLIP_ITEMS || y + h > PAGE_MAX) {
		p->full = true;
		return NULL;
	}
	i = &p->page->item[p->page->count++];
	i->kind = (uint8_t)kind;
	i->x = (int16_t)x;
	i->y = (int16_t)y;
	i->w = (int16_t)w;
	i->h = (int16_t)h;
	return i;
}

static int measure(struct pen *p, struct face f, struct str s)
{
	return p->glyphs->measure(p->glyphs->self, f.font, f.size, s);
}

/* One run, its line's top left at x, y. Control bytes become spaces. */
static void run(struct pen *p, struct face f, int x, int y, struct str s)
{
	struct slip_item *i;
	size_t n;

	i = item(p, SLIP_ITEM_TEXT, x, y, measure(p, f, s), line_rows(f.size));
	if (i == NULL)
		return;
	i->font = (uint8_t)f.font;
	i->white = f.white;
	i->size = (int16_t)f.size;
	if (!str_copy(i->text, sizeof(i->text), s))
		p->full = true;
	for (n = 0; i->text[n] != '\0'; n++)
		if ((unsigned char)i->text[n] < 0x20 || i->text[n] == 0x7f)
			i->text[n] = ' ';
}

/* A size from f.size down to f.min at which s is at most w wide;
 * f.min when none is. */
static struct face fit(struct pen *p, struct face f, struct str s, int w)
{
	int wide = measure(p, f, s);

	/* Near the answer by proportion (hinting makes it inexact). */
	if (wide > w && w > 0)
		f.size = max(f.min, f.size * w / wide + 1);
	while (f.size > f.min && measure(p, f, s) > w)
		f.size--;
	return f;
}

/* Bytes of s that fit into w: whole words, else whole characters, at least
 * one so that the walk ends. */
static size_t line_bytes(struct pen *p, struct face f, struct str s, int w)
{
	size_t n = 0, good = 0, word = 0;

	if (measure(p, f, s) <= w)
		return s.len;
	while (n < s.len) {
		size_t next = n + 1;

		while (
		    next < s.len && ((unsigned char)s.ptr[next] & 0xc0) == 0x80)
			next++;
		if (good > 0 && measure(p, f, str_of(s.ptr, next)) > w)
			return s.ptr[n] == ' ' ? n : word > 0 ? word : good;
		if (s.ptr[n] == ' ')
			word = n;
		good = n = next;
	}
	return n;
}

/* Shrinks, then wraps; moves the pen below and returns the widest line. */
static int words(struct pen *p, struct face f, int x, int w, const char *text)
{
	struct str s = str_trim(str_from(text));
	int widest = 0;

	f = fit(p, f, s, w);
	while (s.len > 0 && !p->full) {
		size_t n = line_bytes(p, f, s, w);
		struct str line = str_of(s.ptr, n);
		int wide = measure(p, f, line);

		run(p, f, x, p->y, line);
		widest = wide > widest ? wide : widest;
		p->y += line_rows(f.size);
		s = str_trim(str_of(s.ptr + n, s.len - n));
	}
	return widest;
}

static void rule(struct pen *p, int before, int after)
{
	p->y += before;
	(void)item(p, SLIP_ITEM_RULE, 0, p->y, p->page->width, RULE);
	p->y += RULE + after;
}

static const struct face SMALL = {GLYPH_REGULAR, SIZE_SMALL, SIZE_MIN, false};
static const struct face TEXT = {GLYPH_REGULAR, SIZE_TEXT, 21, false};
static const struct face STRONG = {GLYPH_BOLD, SIZE_STRONG, 23, false};

/* Left and right on one line where both fit, else one under the other. */
static void pair(struct pen *p, struct face left, const char *l,
    struct face right, const char *r)
{
	int lw = measure(p, left, str_from(l)), rw, drop;

	right = fit(p, right, str_from(r), p->page->width - GUTTER - lw);
	rw = measure(p, right, str_from(r));
	drop = p->glyphs->ascent(p->glyphs->self, left.font, left.size) -
	    p->glyphs->ascent(p->glyphs->self, right.font, right.size);

	if (lw + rw + GUTTER > p->page->width) {
		(void)words(p, left, 0, p->page->width, l);
		(void)words(p, right, 0, p->page->width, r);
		return;
	}
	run(p, left, 0, p->y, str_from(l));
	if (rw > 0) /* on the same baseline */
		run(p, right, p->page->width - rw, p->y + (drop > 0 ? drop : 0),
		    str_from(r));
	p->y += line_rows(left.size);
}

static void heading(struct pen *p)
{
	const struct slip *s = p->slip;

	(void)words(p, STRONG, 0, p->page->width, s->office);
	pair(p, TEXT, s->date, TEXT, s->word[SLIP_PRINTED_AT]);
	rule(p, 4, 0);
}

static void band(struct pen *p, const char *text)
{
	struct face f = {GLYPH_BOLD, 34, 24, true};
	int w;

	p->y += 10;
	(void)item(p, SLIP_ITEM_BAR, 0, p->y, p->page->width, BAND);
	f = fit(p, f, str_from(text), p->page->width - 2 * GUTTER);
	w = measure(p, f, str_from(text));
	run(p, f, (p->page->width - w) / 2,
	    p->y + (BAND - line_rows(f.size)) / 2, str_from(text));
	p->y += BAND;
}

/* As wide as the paper; capitals and digits need only cap height, so the
 * line's empty top and descender are given back. */
static void number(struct pen *p)
{
	struct face f = {GLYPH_BOLD, 224, 60, false};
	struct str label = str_from(p->slip->label);
	int top, cap;

	if (p->slip->copy)
		f.size = 136; /* what the band above it takes, in bytes */
	f = fit(p, f, label, p->page->width);
	cap = f.size * 73 / 100;
	top = p->glyphs->ascent(p->glyphs->self, f.font, f.size) - cap;
	p->y += 18;
	run(p, f, (p->page->width - measure(p, f, label)) / 2, p->y - top,
	    label);
	p->y += cap + 20;
}

/* A label with its value under it, in a column; returns the column's end. */
static int fact(struct pen *p, int x, int w, enum slip_word label,
    const char *value)
{
	int y = p->y, end;

	(void)words(p, SMALL, x, w, p->slip->word[label]);
	(void)words(p, STRONG, x, w, value);
	end = p->y;
	p->y = y;
	return end;
}

static void facts(struct pen *p)
{
	const struct slip *s = p->slip;
	int w = p->page->width, x = 0, end = p->y;
	int column = w >= WIDE ? 136 : 120;

	if (s->counter[0] != '\0') {
		end = fact(p, 0, column - GUTTER, SLIP_COUNTER, s->counter);
		x = column;
	}
	if (s->slot[0] != '\0') {
		column = w >= WIDE ? 200 : w - x;
		end = max(end, fact(p, x, column - GUTTER, SLIP_SLOT, s->slot));
		x += column;
	}
	if (w < WIDE) {
		p->y = end;
		x = 0;
	}
	p->y = max(end, fact(p, x, w - x, SLIP_SERVICE, s->service));
	if (s->late) {
		p->y += 6;
		(void)words(p, STRONG, 0, w, s->word[SLIP_LATE]);
	}
}

static void labelled(struct pen *p, int x, int w, enum slip_word label,
    struct face f, const char *value)
{
	if (value[0] == '\0')
		return;
	p->y += 7;
	(void)words(p, SMALL, x, w, p->slip->word[label]);
	(void)words(p, f, x, w, value);
}

/* What the guard needs: beside the QR, or under it on narrow paper. */
static void door(struct pen *p)
{
	static const struct face code = {GLYPH_MONO_BOLD, 36, 24, false};
	static const struct face name = {GLYPH_MONO_BOLD, 28, 20, false};
	static const struct face day = {GLYPH_BOLD, 44, 28, false};
	const struct slip *s = p->slip;
	bool beside = p->page->width >= WIDE;
	int x = beside ? QR_SIDE + 4 : 0, w = p->page->width - x;
	int top = p->y, left = beside ? 0 : (p->page->width - QR_SIDE) / 2;
	struct slip_item *qr;

	qr = item(p, SLIP_ITEM_QR, left, top, QR_SIDE, QR_SIDE);
	if (qr == NULL)
		return;
	qr->size = QR_DOTS;
	memcpy(qr->text, s->qr.digits, sizeof(qr->text));
	p->y = beside ? top + 10 : top + QR_SIDE;
	(void)words(p, STRONG, x, w, s->word[SLIP_SHOW_AT_DOOR]);
	(void)words(p, SMALL, x, w, s->word[SLIP_VALID_UNTIL]);
	labelled(p, x, w, SLIP_IF_UNREADABLE, code, s->short_code);
	labelled(p, x, w, SLIP_COMPANIONS, STRONG, s->companions);
	labelled(p, x, w, SLIP_GATE, STRONG, s->gate);
	labelled(p, x, w, SLIP_NAME, name, s->masked_name);
	labelled(p, x, w, SLIP_WORD_OF_DAY, day, s->day_word);
	if (beside)
		p->y = max(p->y, top + QR_SIDE);
}

static void bring(struct pen *p)
{
	const struct slip *s = p->slip;
	int i, w = p->page->width - BOX - 14;

	if (s->needs > 0)
		(void)words(p, STRONG, 0, p->page->width, s->word[SLIP_BRING]);
	for (i = 0; i < s->needs && i < SERVICE_NEEDS; i++) {
		p->y += 3;
		(void)item(p, SLIP_ITEM_BOX, 0, p->y + 6, BOX, BOX);
		(void)words(p, TEXT, BOX + 14, w, s->need[i]);
	}
	if (s->fee[0] != '\0') {
		p->y += 8;
		pair(p, STRONG, s->word[SLIP_FEE], TEXT, s->pay);
	}
}

static void free_bar(struct pen *p)
{
	static const struct face strong = {GLYPH_BOLD, 28, 22, true};
	static const struct face text = {GLYPH_REGULAR, SIZE_TEXT, 21, true};
	int w = p->page->width - 2 * GUTTER, top;
	struct slip_item *bar;

	p->y += 10;
	top = p->y;
	bar = item(p, SLIP_ITEM_BAR, 0, top, p->page->width, 0);
	p->y += 9;
	(void)words(p, strong, GUTTER, w, p->slip->word[SLIP_FREE]);
	(void)words(p, text, GUTTER, w, p->slip->word[SLIP_COMPLAINT]);
	p->y += 9;
	if (bar != NULL)
		bar->h = (int16_t)(p->y - top);
	p->y += 8;
}

static void foot(struct pen *p)
{
	static const struct face mono = {GLYPH_MONO, 20, 17, false};
	static const struct face text = {GLYPH_REGULAR, 21, 17, false};
	const struct slip *s = p->slip;
	char line[200];
	struct buf b;

	buf_init(&b, line, sizeof(line));
	buf_fmt(&b, "%s · %s · %s %s", s->terminal, s->label,
	    s->word[SLIP_TRAIL], s->audit_mark);
	(void)words(p, mono, 0, p->page->width, buf_cstr(&b));
	(void)words(p, text, 0, p->page->width, s->word[SLIP_PRIVACY]);
}

/* Stable: a bar stays before the texts that stand on it. */
static void sort_by_y(struct slip_page *page)
{
	int i, j;

	for (i = 1; i < page->count; i++) {
		struct slip_item moved = page->item[i];

		for (j = i; j > 0 && page->item[j - 1].y > moved.y; j--)
			page->item[j] = page->item[j - 1];
		page->item[j] = moved;
	}
}

static int begin(struct slip_page *out, int width_dots, struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (width_dots < QR_SIDE || width_dots > 576)
		return err_set(e, -EINVAL, "slip: no layout for %d dots",
		    width_dots);
	out->width = (int16_t)width_dots;
	return 0;
}

static int finish(const struct pen *p, struct err *e)
{
	if (p->full)
		return err_set(e, -E2BIG, "slip: does not fit on its page");
	p->page->height = (int16_t)p->y;
	sort_by_y(p->page);
	return 0;
}

int slip_list_layout(const struct slip_list *l, int width_dots,
    const struct glyph_source *g, struct slip_page *out, struct err *e)
{
	static const struct face word = {GLYPH_BOLD, 34, 24, false};
	struct pen p = {NULL, g, out, 0, false};
	int r = begin(out, width_dots, e);

	if (r < 0)
		return r;
	(void)words(&p, STRONG, 0, width_dots, l->office);
	(void)words(&p, STRONG, 0, width_dots, l->title);
	(void)words(&p, TEXT, 0, width_dots, l->span);
	rule(&p, 4, 8);
	for (size_t i = 0; i < l->days && i < SLIP_LIST_DAYS; i++) {
		pair(&p, TEXT, l->day[i].date, word, l->day[i].word);
		p.y += 12; /* the word is the higher one */
	}
	rule(&p, 0, 4);
	(void)words(&p, SMALL, 0, width_dots, l->note);
	(void)words(&p, SMALL, 0, width_dots, l->made);
	return finish(&p, e);
}

int slip_report_layout(const struct slip_report *r, int width_dots,
    const struct glyph_source *g, struct slip_page *out, struct err *e)
{
	static const struct face found = {GLYPH_BOLD, SIZE_TEXT, 21, false};
	struct pen p = {NULL, g, out, 0, false};
	int code = begin(out, width_dots, e);

	if (code < 0)
		return code;
	(void)words(&p, STRONG, 0, width_dots, r->office);
	(void)words(&p, STRONG, 0, width_dots, r->title);
	rule(&p, 8, 8);
	for (size_t i = 0; i < r->lines && i < SLIP_REPORT_LINES; i++)
		pair(&p, TEXT, r->line[i].name, found, r->line[i].found);
	rule(&p, 8, 8);
	(void)words(&p, SMALL, 0, width_dots, r->made);
	return finish(&p, e);
}

int slip_layout(const struct slip *s, int width_dots,
    const struct glyph_source *g, struct slip_page *out, struct err *e)
{
	struct pen p = {s, g, out, 0, false};
	int r = begin(out, width_dots, e);

	if (r < 0)
		return r;
	heading(&p);
	if (s->copy)
		band(&p, s->word[SLIP_COPY]);
	number(&p);
	facts(&p);
	rule(&p, 8, 4);
	door(&p);
	rule(&p, 4, 8);
	bring(&p);
	free_bar(&p);
	foot(&p);
	return finish(&p, e);
}
