#include "escpos.h"

#include <errno.h>
#include <string.h>

enum {
	ESC = 0x1b,
	GS = 0x1d,
	DLE = 0x10,
	FEED_MAX = 255,  /* ESC J n */
	FEED_ROWS = 2,   /* blank rows that are fed, not sent */
	WIDTH_SLACK = 5, /* bytes of trim that pay for a new raster */
	RASTER_ROWS = 4, /* and rows it must have by then */
	FEED_TO_CUTTER = 16,
};

/* ESC J n: n dots of feed (at the default unit of one dot). */
static void feed(struct buf *out, int rows)
{
	while (rows > 0) {
		int n = rows < FEED_MAX ? rows : FEED_MAX;

		buf_put(out, (uint8_t[]){ESC, 'J', (uint8_t)n}, 3);
		rows -= n;
	}
}

/* Bytes of the row up to its last black one. */
static int used_bytes(const struct bitmap *b, int y)
{
	const uint8_t *row = b->bits + (size_t)y * (size_t)b->stride;
	int n = (b->width + 7) / 8;

	while (n > 0 && row[n - 1] == 0)
		n--;
	return n;
}

static bool real_time(uint8_t byte)
{
	return byte == 0x04 || byte == 0x05 || byte == 0x14;
}

/* GS v 0, rows from..to of b, `bytes` wide. */
static void raster(struct buf *out, const struct bitmap *b, int from, int to,
    int bytes)
{
	int rows = to - from, y, x;
	size_t start;

	buf_put(out,
	    (uint8_t[]){GS, 'v', '0', 0, (uint8_t)bytes, 0, (uint8_t)rows,
		(uint8_t)(rows >> 8)},
	    8);
	start = out->len;
	for (y = from; y < to; y++)
		buf_put(out, b->bits + (size_t)y * (size_t)b->stride,
		    (size_t)bytes);
	if (out->full)
		return;
	/* A lone dot gets a neighbour; see escpos.h. */
	for (x = 0; x + 1 < bytes * rows; x++)
		if (out->ptr[start + (size_t)x] == DLE &&
		    real_time(out->ptr[start + (size_t)x + 1]))
			out->ptr[start + (size_t)x] = 0x18;
}

/* The end of the raster that starts at `from`: before enough blank rows, or
 * where the width changes so much that a new header pays. */
static int raster_end(const struct bitmap *b, int from, int rows, int *bytes)
{
	int y, blank = 0;

	*bytes = used_bytes(b, from);
	for (y = from + 1; y < rows; y++) {
		int n = used_bytes(b, y);

		blank = n == 0 ? blank + 1 : 0;
		if (blank == FEED_ROWS)
			return y + 1 - blank;
		if (n > 0 && y - from >= RASTER_ROWS && blank == 0 &&
		    (n > *bytes + WIDTH_SLACK || n + WIDTH_SLACK < *bytes))
			return y;
		*bytes = n > *bytes ? n : *bytes;
	}
	return y - blank;
}

/* Sends the first `rows` rows; returns the blank ones left at the end. */
static int rows_out(struct buf *out, const struct bitmap *b, int rows, int owed)
{
	int y = 0, bytes;

	while (y < rows) {
		int end;

		if (used_bytes(b, y) == 0) {
			owed++;
			y++;
			continue;
		}
		feed(out, owed);
		owed = 0;
		end = raster_end(b, y, rows, &bytes);
		raster(out, b, y, end, bytes);
		y = end;
	}
	return owed;
}

/* Dots from..to of one row, a byte at a time. */
static void fill_row(uint8_t *row, int from, int to, bool black)
{
	for (int i = from / 8; i * 8 < to; i++) {
		unsigned bits = 0xff;

		if (i * 8 < from)
			bits &= 0xffu >> (from - i * 8);
		if (i * 8 + 8 > to)
			bits &= 0xff00u >> (to - i * 8);
		row[i] = (uint8_t)(black ? row[i] | bits : row[i] & ~bits);
	}
}

static void fill(struct bitmap *b, int x, int y, int w, int h, bool black)
{
	int from = x < 0 ? 0 : x, to = x + w < b->width ? x + w : b->width;

	for (int j = y < 0 ? 0 : y; j < y + h && j < b->height; j++)
		fill_row(b->bits + (size_t)j * (size_t)b->stride, from, to,
		    black);
}

static void draw_qr(struct bitmap *b, const struct qr_grid *qr, int x, int y,
    int dots)
{
	int i, j;

	for (j = 0; j < QR_MODULES; j++)
		for (i = 0; i < QR_MODULES; i++)
			if (qr->dark[j][i])
				fill(b, x + (i + QR_QUIET) * dots,
				    y + (j + QR_QUIET) * dots, dots, dots,
				    true);
}

static void draw_item(struct escpos_picture *enc, const struct slip_item *i,
    struct bitmap *to)
{
	int y = i->y - enc->next_y;

	switch ((enum slip_kind)i->kind) {
	case SLIP_ITEM_UNSET:
		return;
	case SLIP_ITEM_TEXT:
		enc->glyphs->draw(enc->glyphs->self, (enum glyph_font)i->font,
		    i->size, str_from(i->text), to, i->x, y, i->white);
		return;
	case SLIP_ITEM_RULE:
	case SLIP_ITEM_BAR:
		fill(to, i->x, y, i->w, i->h, true);
		return;
	case SLIP_ITEM_BOX:
		fill(to, i->x, y, i->w, i->h, true);
		fill(to, i->x + 2, y + 2, i->w - 4, i->h - 4, false);
		return;
	case SLIP_ITEM_QR:
		draw_qr(to, &enc->qr, i->x, y, i->size);
		return;
	}
}

int escpos_picture_begin(struct escpos_picture *enc,
    const struct slip_page *page, const struct glyph_source *glyphs,
    struct err *e)
{
	int i, r;

	memset(enc, 0, sizeof(*enc));
	enc->page = page;
	enc->glyphs = glyphs;
	if (page->width < 8 || page->width > ESCPOS_WIDTH_MAX ||
	    page->width % 8 != 0 || page->height < 1 ||
	    page->count > SLIP_ITEMS)
		return err_set(e, -EINVAL, "escpos: a page of %d x %d dots",
		    page->width, page->height);
	for (i = 0; i < page->count; i++) {
		/* Two dots at least: what keeps a symbol free of lone dots. */
		if (page->item[i].kind != SLIP_ITEM_QR)
			continue;
		if (page->item[i].size < 2)
			return err_set(e, -EINVAL, "escpos: QR too small");
		r = qr_draw(page->item[i].text, &enc->qr, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Where the band that starts at next_y may end: at a row that no item
 * crosses, else at its full height. */
static int band_end(const struct escpos_picture *enc)
{
	const struct slip_page *page = enc->page;
	int i, end = enc->next_y;

	for (i = 0; i < page->count; i++) {
		const struct slip_item *it = &page->item[i];

		if (it->y + it->h <= enc->next_y)
			continue;
		if (end > enc->next_y && it->y >= end)
			break;
		if (it->y + it->h > end)
			end = it->y + it->h;
	}
	if (end == enc->next_y || end > page->height)
		end = page->height;
	if (end > enc->next_y + ESCPOS_BAND_ROWS)
		end = enc->next_y + ESCPOS_BAND_ROWS;
	return end;
}

bool escpos_picture_next(struct escpos_picture *enc, struct buf *out)
{
	const struct slip_page *page = enc->page;
	struct bitmap b = {enc->band, page->width, 0, page->width / 8};
	int i, end;

	if (enc->done)
		return false;
	if (!enc->begun)
		buf_put(out, (uint8_t[]){ESC, '@'}, 2);
	enc->begun = true;
	end = band_end(enc);
	b.height = end - enc->next_y;
	memset(enc->band, 0, (size_t)b.height * (size_t)b.stride);
	for (i = 0; i < page->count; i++)
		if (page->item[i].y < end &&
		    page->item[i].y + page->item[i].h > enc->next_y)
			draw_item(enc, &page->item[i], &b);
	enc->fed = rows_out(out, &b, b.height, enc->fed);
	enc->next_y = end;
	if (end < page->height)
		return true;
	/* GS V 66 n: feed to the cutter and n dots more, partial cut. */
	buf_put(out, (uint8_t[]){GS, 'V', 66, FEED_TO_CUTTER}, 4);
	enc->done = true;
	return true;
}

int escpos_picture(const struct slip_page *page,
    const struct glyph_source *glyphs, struct buf *out, struct err *e)
{
	struct escpos_picture enc;
	int r = escpos_picture_begin(&enc, page, glyphs, e);

	if (r < 0)
		return r;
	while (escpos_picture_next(&enc, out))
		;
	if (out->full)
		return err_set(e, -E2BIG, "escpos: picture over %zu bytes",
		    out->cap);
	return 0;
}
