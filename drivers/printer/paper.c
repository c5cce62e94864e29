#include "paper.h"

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WIDTH_MAX = 576,
	ESC = 0x1b,
	GS = 0x1d,
	LF = 0x0a,
	CELL_W = 12, /* font A */
	CELL_H = 24,
	CELL_EM = 20,     /* a mono font's advance is 0.6 em */
	LINE_ROWS = 30,   /* default line spacing, 1/6 inch less a bit */
	LINE_CHARS = 64,  /* characters of a line buffer */
	CUTTER_ROWS = 80, /* head to cutter, GS V 66 */
	MARGIN = 24,
};

struct paper {
	const struct glyph_source *glyphs;
	struct bitmap strip;
	struct paper_facts facts;
	uint8_t cmd[8];
	size_t cmd_len;
	/* Of the raster or skipped block that is coming in. */
	size_t data_left;
	bool skipping;
	int raster_width, raster_x, raster_at;
	/* Print modes. */
	bool bold;
	int wide, high, align;
	uint8_t line[LINE_CHARS];
	int line_len;
	uint8_t last;
};

int paper_open(int width_dots, const struct glyph_source *glyphs,
    struct paper **out, struct err *e)
{
	struct paper *p;

	*out = NULL;
	if (width_dots < 8 || width_dots > WIDTH_MAX || width_dots % 8 != 0)
		return err_set(e, -EINVAL, "paper: width of %d dots",
		    width_dots);
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return err_set(e, -ENOMEM, "paper: out of memory");
	p->glyphs = glyphs;
	p->wide = p->high = 1;
	p->strip.width = width_dots;
	p->strip.stride = width_dots / 8;
	p->strip.height = PAPER_ROWS_MAX;
	p->strip.bits = calloc(PAPER_ROWS_MAX, (size_t)p->strip.stride);
	if (p->strip.bits == NULL) {
		paper_close(p);
		return err_set(e, -ENOMEM, "paper: out of memory");
	}
	*out = p;
	return 0;
}

void paper_close(struct paper *p)
{
	if (p == NULL)
		return;
	free(p->strip.bits);
	free(p);
}

static void advance(struct paper *p, int rows)
{
	p->facts.rows += rows;
	if (p->facts.rows > PAPER_ROWS_MAX) {
		p->facts.rows = PAPER_ROWS_MAX;
		p->facts.cut_off = true;
	}
}

static void dot(struct paper *p, int x, int y)
{
	if (x >= 0 && x < p->strip.width && y >= 0 && y < PAPER_ROWS_MAX)
		p->strip.bits[y * p->strip.stride + x / 8] |= (uint8_t)(0x80 >>
		    x % 8);
}

static int aligned(const struct paper *p, int width)
{
	int left = p->strip.width - width;

	return left <= 0    ? 0
	    : p->align == 1 ? left / 2
	    : p->align == 2 ? left
			    : 0;
}

/* Windows-1252 to UTF-8; what the text form uses of 0x80..0x9F. */
static struct str utf8(uint8_t c, char out[4])
{
	struct buf b;

	buf_init(&b, out, 4);
	if (c == 0x96)
		buf_text(&b, "–");
	else if (c < 0x80)
		buf_byte(&b, c);
	else {
		buf_byte(&b, 0xc0u | c >> 6);
		buf_byte(&b, 0x80u | (c & 0x3f));
	}
	return buf_view(&b);
}

static void cell(struct paper *p, uint8_t c, int x, int y)
{
	int w = CELL_W * p->wide, h = CELL_H * p->high, i;
	char text[4];

	if (p->glyphs != NULL) {
		int em = CELL_EM * (p->wide < p->high ? p->wide : p->high);

		p->glyphs->draw(p->glyphs->self,
		    p->bold ? GLYPH_MONO_BOLD : GLYPH_MONO, em, utf8(c, text),
		    &p->strip, x, y, false);
		return;
	}
	for (i = 2; c != ' ' && i < w - 2; i++) {
		dot(p, x + i, y + 2);
		dot(p, x + i, y + h - 3);
	}
	for (i = 2; c != ' ' && i < h - 2; i++) {
		dot(p, x + 2, y + i);
		dot(p, x + w - 3, y + i);
	}
}

static void line_out(struct paper *p)
{
	int w = CELL_W * p->wide, i;
	int x = aligned(p, w * p->line_len);
	int rows = CELL_H * p->high + LINE_ROWS - CELL_H;

	if (p->facts.rows + rows + CELL_H < PAPER_ROWS_MAX)
		for (i = 0; i < p->line_len; i++)
			cell(p, p->line[i], x + i * w, p->facts.rows);
	p->line_len = 0;
	advance(p, rows);
}

static void flush_line(struct paper *p)
{
	if (p->line_len > 0)
		line_out(p);
}

static void character(struct paper *p, uint8_t c)
{
	if (c == LF) {
		line_out(p);
		return;
	}
	if (c < 0x20) {
		p->facts.unknown++;
		return;
	}
	if (p->line_len == LINE_CHARS ||
	    (p->line_len + 1) * CELL_W * p->wide > p->strip.width)
		line_out(p);
	p->line[p->line_len++] = c;
}

static void raster_begin(struct paper *p)
{
	int bytes = p->cmd[4] | p->cmd[5] << 8;
	int rows = p->cmd[6] | p->cmd[7] << 8;

	flush_line(p);
	p->raster_width = bytes;
	p->raster_x = aligned(p, bytes * 8);
	p->raster_at = 0;
	p->data_left = (size_t)bytes * (size_t)rows;
	p->skipping = false;
}

static void raster_byte(struct paper *p, uint8_t byte)
{
	int x = p->raster_x + p->raster_at % p->raster_width * 8, i;

	for (i = 0; i < 8; i++)
		if (byte >> (7 - i) & 1)
			dot(p, x + i, p->facts.rows);
	p->raster_at++;
	if (p->raster_at % p->raster_width == 0) {
		advance(p, 1);
		p->raster_at = 0;
	}
}

static void reset(struct paper *p)
{
	p->bold = false;
	p->wide = p->high = 1;
	p->align = 0;
	p->line_len = 0;
}

/* Bytes that the command in cmd takes in all, as far as can be told yet;
 * 0 = not one of ours. */
static size_t command_len(const uint8_t *c, size_t n)
{
	if (n < 2)
		return 2;
	if (c[0] == ESC)
		return c[1] == '@'                      ? 2
		    : memchr("JdtE!a", c[1], 6) != NULL ? 3
							: 0;
	if (c[1] == '!' || c[1] == 'a')
		return 3;
	if (c[1] == 'V')
		return n >= 3 && (c[2] == 65 || c[2] == 66) ? 4 : 3;
	if (c[1] == '(')
		return 5;
	return c[1] == 'v' ? 8 : 0;
}

static void escape(struct paper *p)
{
	uint8_t n = p->cmd[2];

	switch (p->cmd[1]) {
	case '@':
		reset(p);
		return;
	case 'J':
		flush_line(p);
		advance(p, n);
		return;
	case 'd':
		flush_line(p);
		advance(p, n * LINE_ROWS);
		return;
	case 'E':
		p->bold = n & 1;
		return;
	case '!':
		p->bold = n & 8;
		p->high = n & 16 ? 2 : 1;
		p->wide = n & 32 ? 2 : 1;
		return;
	case 'a':
		p->align = n & 3;
		return;
	default: /* ESC t: one code page is known */
		return;
	}
}

static void group(struct paper *p)
{
	switch (p->cmd[1]) {
	case '!':
		p->wide = (p->cmd[2] >> 4 & 7) + 1;
		p->high = (p->cmd[2] & 7) + 1;
		return;
	case 'V':
		flush_line(p);
		if (p->cmd_len == 4)
			advance(p, p->cmd[3] + CUTTER_ROWS);
		p->facts.cuts++;
		return;
	case '(':
		p->data_left = (size_t)(p->cmd[3] | p->cmd[4] << 8);
		p->skipping = true;
		return;
	case 'v':
		raster_begin(p);
		return;
	default: /* GS a: status only */
		return;
	}
}

static void byte_in(struct paper *p, uint8_t byte)
{
	size_t want;

	if (p->last == 0x10 && (byte == 4 || byte == 5 || byte == 0x14))
		p->facts.real_time++;
	p->last = byte;
	if (p->data_left > 0) {
		p->data_left--;
		if (!p->skipping && !p->facts.cut_off)
			raster_byte(p, byte);
		return;
	}
	if (p->cmd_len == 0 && byte != ESC && byte != GS) {
		character(p, byte);
		return;
	}
	p->cmd[p->cmd_len++] = byte;
	want = command_len(p->cmd, p->cmd_len);
	if (want == 0) {
		p->facts.unknown++;
		p->cmd_len = 0;
	} else if (p->cmd_len == want) {
		if (p->cmd[0] == ESC)
			escape(p);
		else
			group(p);
		p->cmd_len = 0;
	}
}

void paper_feed(struct paper *p, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		byte_in(p, b[i]);
}

struct paper_facts paper_end(struct paper *p)
{
	flush_line(p);
	return p->facts;
}

struct bitmap paper_strip(const struct paper *p)
{
	struct bitmap b = p->strip;

	b.height = p->facts.rows;
	return b;
}

static void png_row(const struct paper *p, int y, uint8_t *row, size_t len)
{
	int x;

	memset(row, 0xff, len);
	if (y < 0 || y >= p->facts.rows)
		return;
	for (x = 0; x < p->strip.stride; x++)
		row[MARGIN / 8 + x] = (uint8_t)~p->strip
					  .bits[y * p->strip.stride + x];
}

/* libpng leaves by longjmp: nothing here changes between setjmp and it. */
static bool write_png(const struct paper *p, FILE *f, png_structp png,
    png_infop info)
{
	uint8_t row[(WIDTH_MAX + 2 * MARGIN) / 8];
	volatile int y;

	if (setjmp(png_jmpbuf(png)))
		return false;
	png_init_io(png, f);
	png_set_IHDR(png, info, (png_uint_32)(p->strip.width + 2 * MARGIN),
	    (png_uint_32)(p->facts.rows + 2 * MARGIN), 1, PNG_COLOR_TYPE_GRAY,
	    PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
	    PNG_FILTER_TYPE_DEFAULT);
	png_set_pHYs(png, info, 8000, 8000, PNG_RESOLUTION_METER);
	png_write_info(png, info);
	for (y = -MARGIN; y < p->facts.rows + MARGIN; y++) {
		png_row(p, y, row, sizeof(row));
		png_write_row(png, row);
	}
	png_write_end(png, info);
	return true;
}

int paper_png(const struct paper *p, const char *path, struct err *e)
{
	png_structp png = NULL;
	png_infop info = NULL;
	FILE *f;
	int r = 0;

	f = fopen(path, "wb");
	if (f == NULL) {
		r = -errno;
		return err_set(e, r, "paper: %s: %s", path, strerror(-r));
	}
	png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	if (png != NULL)
		info = png_create_info_struct(png);
	if (info == NULL)
		r = err_set(e, -ENOMEM, "paper: out of memory");
	else if (!write_png(p, f, png, info))
		r = err_set(e, -EIO, "paper: %s: cannot write PNG", path);
	png_destroy_write_struct(&png, &info);
	if (fclose(f) != 0 && r == 0)
		r = err_set(e, -EIO, "paper: %s: cannot write", path);
	return r;
}
