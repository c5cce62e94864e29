/*
 * Glyphs for paper: who draws words need not know who has the fonts.
 * ui implements it over SDL_ttf, app hands it to the printer, tests bring
 * their own. All sizes are printer dots (8 a millimetre at 203 dpi).
 */
#ifndef KARCIS_CORE_GLYPH_H
#define KARCIS_CORE_GLYPH_H

#include "str.h"

enum glyph_font { GLYPH_REGULAR, GLYPH_BOLD, GLYPH_MONO, GLYPH_MONO_BOLD };

/* One bit a dot, 1 = black, most significant bit leftmost. */
struct bitmap {
	uint8_t *bits;
	int width, height; /* dots */
	int stride;        /* bytes a row */
};

struct glyph_source {
	void *self;
	/* Width of a run at a capital-to-descender em of `size` dots. */
	int (*measure)(void *self, enum glyph_font font, int size,
	    struct str text);
	/* Dots from the top of the line to the baseline. */
	int (*ascent)(void *self, enum glyph_font font, int size);
	/* Draws the run with its line's top left at x, y; clips to `to`.
	 * `white` clears dots instead of setting them. */
	void (*draw)(void *self, enum glyph_font font, int size,
	    struct str text, struct bitmap *to, int x, int y, bool white);
};

#endif
