/*
 * Paper: ESC/POS bytes in, the printed strip out. Understands what escpos.h
 * emits (ESC @ J d t E ! a, GS ! v 0 V, text; GS ( H and GS a are skipped);
 * anything else is counted in `unknown` and passed over. Any bytes are safe
 * input; the strip ends at PAPER_ROWS_MAX and the rest is dropped.
 */
#ifndef KARCIS_PRINTER_PAPER_H
#define KARCIS_PRINTER_PAPER_H

#include "firmware/core/err.h"
#include "firmware/core/glyph.h"

enum { PAPER_ROWS_MAX = 8000 }; /* one metre */

struct paper;
struct paper_facts {
	int rows; /* dots of paper that moved */
	int cuts;
	int unknown;   /* bytes or commands that were passed over */
	int real_time; /* 10 04, 10 05, 10 14 seen anywhere, images too */
	bool cut_off;  /* PAPER_ROWS_MAX was reached */
};

/* width_dots 8..576, a multiple of 8. glyphs (borrowed, may be NULL) draw
 * the printer's fonts; without them a character is an outlined cell. */
int paper_open(int width_dots, const struct glyph_source *glyphs,
    struct paper **out, struct err *e) MUST_USE;
void paper_close(struct paper *p);
/* Bytes may come in slices of any size. */
void paper_feed(struct paper *p, const void *bytes, size_t len);
/* Prints what is still in the line buffer; call once, at the end. */
struct paper_facts paper_end(struct paper *p);
/* The strip, owned by p; height = rows. */
struct bitmap paper_strip(const struct paper *p);
/* Writes the strip with a white margin; -errno names the path. */
int paper_png(const struct paper *p, const char *path, struct err *e) MUST_USE;

#endif
