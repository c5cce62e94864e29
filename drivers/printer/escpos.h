/*
 * A slip as ESC/POS bytes, in two forms.
 *
 * picture: the laid-out page drawn with the caller's glyphs and sent band by
 *          band (GS v 0), blank rows fed (ESC J), each band trimmed right.
 * text:    the printer's own fonts; only number and QR are raster. For slow
 *          boards: at most 16 KB.
 *
 * No byte below 0x20 comes from data, and no raster holds a sequence that a
 * printer takes for a real-time command (10 04, 10 05, 10 14): the 10, one
 * lone dot, becomes 18, two dots. A QR module is at least two dots wide, so
 * a symbol never holds that byte and stays exact. Both forms begin with
 * ESC @ and end with feed and cut; a caller appends its process id.
 */
#ifndef KARCIS_PRINTER_ESCPOS_H
#define KARCIS_PRINTER_ESCPOS_H

#include "firmware/core/slip.h"

#include "qr.h"

enum {
	ESCPOS_WIDTH_MAX = 576, /* dots */
	ESCPOS_BAND_ROWS = 384, /* items are drawn this many rows at once */
	ESCPOS_RASTER_MAX = ESCPOS_BAND_ROWS * ESCPOS_WIDTH_MAX / 8, /* bytes */
	ESCPOS_PICTURE_MAX = 65536 /* storage that always suffices for `out` */
};

/* The encoder's state and its band; borrows page and glyphs until done. */
struct escpos_picture {
	const struct slip_page *page;
	const struct glyph_source *glyphs;
	struct qr_grid qr;
	bool has_qr, begun, done;
	int next_y; /* first row not yet sent */
	int fed;    /* blank rows owed */
	uint8_t band[ESCPOS_BAND_ROWS * (ESCPOS_WIDTH_MAX / 8)];
};

/* -EINVAL: page wider than ESCPOS_WIDTH_MAX, or a QR that is no ticket. */
int escpos_picture_begin(struct escpos_picture *enc,
    const struct slip_page *page, const struct glyph_source *glyphs,
    struct err *e) MUST_USE;
/* Appends the next band; false when the ticket is complete (the cut was in
 * the call before). Check out->full at the end. */
bool escpos_picture_next(struct escpos_picture *enc, struct buf *out) MUST_USE;
/* The whole ticket. -E2BIG: `out` is too small. */
int escpos_picture(const struct slip_page *page,
    const struct glyph_source *glyphs, struct buf *out, struct err *e) MUST_USE;
/* columns 48 (80 mm) or 32 (58 mm). -E2BIG, -EINVAL as above. Lines with
 * characters outside Windows-1252 are drawn with `glyphs`. */
int escpos_text(const struct slip *s, int columns,
    const struct glyph_source *glyphs, struct buf *out, struct err *e) MUST_USE;

#endif
