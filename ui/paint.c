#include "paint.h"

#include <qrencode.h>
#include <string.h>

enum { QR_QUIET = 4, QR_VERSION_TICKET = 8 };

static void paint_box(const struct canvas *c, const struct item *it)
{
	if (it->edge == COL_NONE) {
		raster_round(c, it->r, it->radius, theme_rgb(it->fill));
		return;
	}
	raster_edge(c, it->r, it->radius, it->stroke, theme_rgb(it->edge));
	raster_round(c, rect_inset(it->r, it->stroke),
	    it->radius > it->stroke ? it->radius - it->stroke : 0,
	    theme_rgb(it->fill));
}

/* Numeric mode: the ticket's digits, version 8, level H. */
static void qr_encode(struct qr_cache *q, const struct ticket_text *text)
{
	QRinput *in = QRinput_new2(QR_VERSION_TICKET, QR_ECLEVEL_H);
	QRcode *code = NULL;

	q->side = 0;
	if (in != NULL &&
	    QRinput_append(in, QR_MODE_NUM, (int)strlen(text->digits),
		(const unsigned char *)text->digits) == 0)
		code = QRcode_encodeInput(in);
	if (code != NULL && code->width <= QR_SIDE_MAX) {
		q->side = code->width;
		q->of = *text;
		for (int i = 0; i < code->width * code->width; i++)
			q->module[i] = code->data[i] & 1;
	}
	QRcode_free(code);
	QRinput_free(in);
}

static void paint_qr(const struct canvas *c, const struct item *it,
    const struct ticket_text *text, struct qr_cache *q)
{
	int unit, left, top;

	if (q->side == 0 || memcmp(&q->of, text, sizeof(*text)) != 0)
		qr_encode(q, text);
	if (q->side == 0)
		return;
	unit = it->r.w / (q->side + 2 * QR_QUIET);
	left = it->r.x + (it->r.w - unit * q->side) / 2;
	top = it->r.y + (it->r.h - unit * q->side) / 2;
	raster_fill(c, it->r, theme_rgb(COL_CARD));
	for (int y = 0; y < q->side; y++) {
		for (int x = 0; x < q->side; x++) {
			if (q->module[y * q->side + x])
				raster_fill(c,
				    (struct rect){left + x * unit,
					top + y * unit, unit, unit},
				    0x000000);
		}
	}
}

/* How many of 255 parts of the dots x0..x1, y0..y1 are black. */
static uint8_t blackness(const struct tech_paper *p, int x0, int x1, int y0,
    int y1)
{
	int black = 0, all = (x1 - x0) * (y1 - y0);

	for (int y = y0; y < y1; y++) {
		const uint8_t *row = p->bits +
		    (size_t)y * (size_t)p->stride_bytes;

		for (int x = x0; x < x1; x++)
			black += row[x / 8] >> (7 - x % 8) & 1;
	}
	return (uint8_t)(all > 0 ? black * 255 / all : 0);
}

/* Each pixel is the mean of the dots below it. */
static void paint_paper(const struct canvas *c, const struct item *it,
    const struct tech_paper *p)
{
	struct rect at = rect_clip(it->r, c->clip);

	if (p->bits == NULL || it->r.w <= 0 || it->r.h <= 0)
		return;
	for (int y = at.y; y < at.y + at.h; y++) {
		int64_t row = y - it->r.y;
		int y0 = (int)(row * p->height_dots / it->r.h);
		int y1 = (int)((row + 1) * p->height_dots / it->r.h);

		for (int x = at.x; x < at.x + at.w; x++) {
			int64_t col = x - it->r.x;
			int x0 = (int)(col * p->width_dots / it->r.w);
			int x1 = (int)((col + 1) * p->width_dots / it->r.w);
			uint32_t grey = 255u -
			    blackness(p, x0, x1 > x0 ? x1 : x0 + 1, y0,
				y1 > y0 ? y1 : y0 + 1);

			c->px[y * c->stride_px + x] = grey * 0x010101u;
		}
	}
}

static void paint_item(const struct canvas *c, const struct scene *s,
    const struct item *it, struct fonts *f, struct qr_cache *qr)
{
	const struct mask *m = NULL;

	switch (it->kind) {
	case ITEM_BOX:
		paint_box(c, it);
		return;
	case ITEM_TEXT:
		m = fonts_text(f, it->font, it->size, str_from(it->text));
		break;
	case ITEM_ICON:
		m = fonts_icon(f, it->icon, it->r.w);
		break;
	case ITEM_QR:
		paint_qr(c, it, &s->qr, qr);
		return;
	case ITEM_SCRIM:
		raster_scrim(c, it->r);
		return;
	case ITEM_PAPER:
		paint_paper(c, it, &s->paper);
		return;
	case ITEM_NONE:
		return;
	}
	if (m != NULL)
		raster_mask(c, m, it->r.x, it->r.y, theme_rgb(it->fill));
}

/* The last plain box that covers the clip hides everything before it. */
static int first_visible(const struct canvas *c, const struct scene *s)
{
	for (int i = s->count - 1; i > 0; i--) {
		const struct item *it = &s->item[i];

		if (it->kind == ITEM_BOX &&
		    rect_contains(rect_inset(it->r, it->radius), c->clip))
			return i;
	}
	return 0;
}

void paint_scene(const struct canvas *c, const struct scene *s, struct fonts *f,
    struct qr_cache *qr)
{
	for (int i = first_visible(c, s); i < s->count; i++) {
		if (rect_meets(s->item[i].r, c->clip))
			paint_item(c, s, &s->item[i], f, qr);
	}
}
