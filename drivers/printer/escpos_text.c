#include "escpos.h"

#include <errno.h>
#include <string.h>

/* The text form: the printer's fonts, number and QR as raster. */

enum {
	ESC = 0x1b,
	GS = 0x1d,
	CODE_PAGE_1252 = 16, /* ESC t 16 on Epson and its kin */
	NUMBER_EM = 132,
	NUMBER_ROWS = 104, /* of the line, around the capitals */
	QR_DOTS = 5,
	QR_BYTES = (QR_MODULES * QR_DOTS + 7) / 8,
	DRAWN_EM = 22,
	DRAWN_ROWS = 30,
	TEXT_MAX = 16384,
	LINE_BYTES = 256,
};

struct text_form {
	const struct glyph_source *glyphs;
	struct buf *out;
	int columns;
	bool big; /* double width: half the columns */
};

static void cmd2(struct buf *out, int a, int b, int c)
{
	buf_put(out, (uint8_t[]){(uint8_t)a, (uint8_t)b, (uint8_t)c}, 3);
}

/* The next character of s as Windows-1252; 0 = it has none. */
static unsigned next_1252(struct str *s)
{
	const uint8_t *p = (const uint8_t *)s->ptr;
	size_t n = 1;
	unsigned c = p[0];

	if (c >= 0xc2 && c <= 0xc3 && s->len > 1)
		c = (c & 3) << 6 | (p[1] & 0x3fu), n = 2;
	else if (s->len > 2 && memcmp(p, "\xe2\x80\x93", 3) == 0)
		c = 0x96, n = 3;
	else if (c >= 0x80)
		c = 0;
	if (n < 3 && c != 0 && (c < 0x20 || (c >= 0x7f && c < 0xa0)))
		c = ' '; /* controls never pass */
	s->ptr += n;
	s->len -= n;
	return c == 0 && p[0] == 0 ? ' ' : c;
}

/* false: a character is missing in the code page. */
static bool to_1252(struct str s, uint8_t out[LINE_BYTES], int *len)
{
	*len = 0;
	while (s.len > 0 && *len < LINE_BYTES) {
		unsigned c = next_1252(&s);

		if (c == 0)
			return false;
		out[(*len)++] = (uint8_t)c;
	}
	return true;
}

/* GS v 0 with lone dots thickened as escpos.h says. */
static void raster(struct buf *out, struct bitmap *b, int bytes)
{
	int y, x;
	uint8_t *last = NULL;

	buf_put(out,
	    (uint8_t[]){GS, 'v', '0', 0, (uint8_t)bytes, 0, (uint8_t)b->height,
		(uint8_t)(b->height >> 8)},
	    8);
	for (y = 0; y < b->height; y++)
		for (x = 0; x < bytes; x++) {
			uint8_t *p = b->bits + y * b->stride + x;

			if (last != NULL && *last == 0x10 &&
			    (*p == 4 || *p == 5 || *p == 0x14))
				*last = 0x18;
			last = p;
		}
	for (y = 0; y < b->height; y++)
		buf_put(out, b->bits + y * b->stride, (size_t)bytes);
}

static void drawn_run(struct text_form *t, enum glyph_font font, int em,
    int top, int rows, struct str s)
{
	uint8_t bits[NUMBER_ROWS * (ESCPOS_WIDTH_MAX / 8)] = {0};
	struct bitmap b = {bits, t->columns * 12, rows, t->columns * 12 / 8};
	int w = t->glyphs->measure(t->glyphs->self, font, em, s);
	int bytes = (w + 7) / 8 + 1;

	t->glyphs->draw(t->glyphs->self, font, em, s, &b, 0, top, false);
	raster(t->out, &b, bytes < b.stride ? bytes : b.stride);
}

/* One paragraph, wrapped at spaces. */
static void para(struct text_form *t, const char *text)
{
	uint8_t c[LINE_BYTES];
	int columns = t->big ? t->columns / 2 : t->columns, at = 0, len, n, i;

	if (text[0] == '\0')
		return;
	if (!to_1252(str_from(text), c, &len)) {
		if (!str_copy((char *)c, sizeof(c), str_from(text)))
			return;
		for (i = 0; c[i] != '\0'; i++)
			c[i] = c[i] < 0x20 || c[i] == 0x7f ? ' ' : c[i];
		drawn_run(t, GLYPH_REGULAR, DRAWN_EM, 0, DRAWN_ROWS,
		    str_from((const char *)c));
		return;
	}
	while (at < len) {
		n = len - at < columns ? len - at : columns;
		for (i = n; at + n < len && i > 0 && c[at + i] != ' '; i--)
			;
		if (at + n < len && i > 0)
			n = i;
		buf_put(t->out, c + at, (size_t)n);
		buf_byte(t->out, '\n');
		for (at += n; at < len && c[at] == ' '; at++)
			;
	}
}

static void bold(struct text_form *t, const char *text)
{
	cmd2(t->out, ESC, 'E', 1);
	para(t, text);
	cmd2(t->out, ESC, 'E', 0);
}

static void big(struct text_form *t, const char *text)
{
	cmd2(t->out, GS, '!', 0x11);
	t->big = true;
	para(t, text);
	t->big = false;
	cmd2(t->out, GS, '!', 0);
}

static void labelled(struct text_form *t, const char *label, const char *value)
{
	char line[LINE_BYTES];
	struct buf b;

	if (value[0] == '\0')
		return;
	buf_init(&b, line, sizeof(line));
	buf_fmt(&b, "%s: %s", label, value);
	para(t, buf_cstr(&b));
}

/* One module's dots of a row, from dot x. */
static void dark(uint8_t *row, int x)
{
	for (int end = x + QR_DOTS; x < end; x++)
		row[x / 8] |= (uint8_t)(0x80 >> x % 8);
}

static void symbol(struct text_form *t, const struct qr_grid *qr)
{
	uint8_t bits[QR_MODULES * QR_DOTS * QR_BYTES] = {0};
	struct bitmap b = {bits, QR_BYTES * 8, QR_MODULES * QR_DOTS, QR_BYTES};
	int x, y, i;

	for (y = 0; y < QR_MODULES; y++) {
		uint8_t *row = bits + y * QR_DOTS * QR_BYTES;

		for (x = 0; x < QR_MODULES; x++)
			if (qr->dark[y][x])
				dark(row, x * QR_DOTS);
		for (i = 1; i < QR_DOTS; i++)
			memcpy(row + i * QR_BYTES, row, QR_BYTES);
	}
	cmd2(t->out, ESC, 'a', 1);
	cmd2(t->out, ESC, 'J', QR_QUIET * QR_DOTS);
	raster(t->out, &b, QR_BYTES);
	cmd2(t->out, ESC, 'J', QR_QUIET * QR_DOTS);
	cmd2(t->out, ESC, 'a', 0);
}

static void head(struct text_form *t, const struct slip *s)
{
	int top = NUMBER_EM * 73 / 100 + 4 -
	    t->glyphs->ascent(t->glyphs->self, GLYPH_BOLD, NUMBER_EM);

	buf_put(t->out, (uint8_t[]){ESC, '@', ESC, 't', CODE_PAGE_1252}, 5);
	bold(t, s->office);
	para(t, s->date);
	para(t, s->word[SLIP_PRINTED_AT]);
	if (s->copy)
		big(t, s->word[SLIP_COPY]);
	cmd2(t->out, ESC, 'a', 1);
	drawn_run(t, GLYPH_BOLD, NUMBER_EM, top, NUMBER_ROWS,
	    str_from(s->label));
	cmd2(t->out, ESC, 'a', 0);
	cmd2(t->out, ESC, 'J', 12);
	labelled(t, s->word[SLIP_COUNTER], s->counter);
	labelled(t, s->word[SLIP_SLOT], s->slot);
	labelled(t, s->word[SLIP_SERVICE], s->service);
	if (s->late)
		bold(t, s->word[SLIP_LATE]);
}

static void tail(struct text_form *t, const struct slip *s)
{
	char line[LINE_BYTES];
	struct buf b;
	int i;

	bold(t, s->word[SLIP_SHOW_AT_DOOR]);
	para(t, s->word[SLIP_VALID_UNTIL]);
	labelled(t, s->word[SLIP_IF_UNREADABLE], s->short_code);
	labelled(t, s->word[SLIP_COMPANIONS], s->companions);
	labelled(t, s->word[SLIP_GATE], s->gate);
	labelled(t, s->word[SLIP_NAME], s->masked_name);
	para(t, s->word[SLIP_WORD_OF_DAY]);
	big(t, s->day_word);
	if (s->needs > 0)
		bold(t, s->word[SLIP_BRING]);
	for (i = 0; i < s->needs && i < SERVICE_NEEDS; i++) {
		buf_init(&b, line, sizeof(line));
		buf_fmt(&b, "[ ] %s", s->need[i]);
		para(t, buf_cstr(&b));
	}
	if (s->fee[0] != '\0') {
		bold(t, s->word[SLIP_FEE]);
		para(t, s->pay);
	}
	bold(t, s->word[SLIP_FREE]);
	bold(t, s->word[SLIP_COMPLAINT]);
	buf_init(&b, line, sizeof(line));
	buf_fmt(&b, "%s · %s · %s %s", s->terminal, s->label,
	    s->word[SLIP_TRAIL], s->audit_mark);
	para(t, buf_cstr(&b));
	para(t, s->word[SLIP_PRIVACY]);
}

int escpos_text(const struct slip *s, int columns,
    const struct glyph_source *glyphs, struct buf *out, struct err *e)
{
	struct text_form t = {glyphs, out, columns, false};
	struct qr_grid qr;
	size_t start = out->len;
	int r;

	if (columns != 48 && columns != 32)
		return err_set(e, -EINVAL, "escpos: %d columns", columns);
	r = qr_draw(s->qr.digits, &qr, e);
	if (r < 0)
		return r;
	head(&t, s);
	symbol(&t, &qr);
	tail(&t, s);
	buf_put(out, (uint8_t[]){GS, 'V', 66, 16}, 4);
	if (out->full || out->len - start > TEXT_MAX)
		return err_set(e, -E2BIG, "escpos: text over its limit");
	return 0;
}
