/*
 * The modules of a ticket's symbol (version 8, 49 x 49) on paper that is
 * folded, curled or held at a slant. A general reader lays one flat grid over
 * the symbol; a folded ticket has none. Here the grid grows from the three
 * finder patterns outwards, two modules at a time and where the picture is
 * clearest first, each point where its surroundings look most like modules.
 * It reads nothing into the data: what it gives is drawn as a clean symbol,
 * and the reader's own error correction decides. Pure. Inside this room only.
 */
#ifndef KARCIS_SCANNER_CAMERA_GRID_H
#define KARCIS_SCANNER_CAMERA_GRID_H

#include "camera_corners.h"

enum {
	GRID_QUIET = 4,
	GRID_PIXELS = 4, /* of a drawn module */
	GRID_DRAWN = (SYMBOL_MODULES + 2 * GRID_QUIET) * GRID_PIXELS,
};

struct grid {
	float light[SYMBOL_MODULES][SYMBOL_MODULES]; /* row, column; dark < 0 */
};

/* g is stretched (camera_clean.h), dark below CLEAN_MIDDLE. */
void grid_read(const struct grey *g, const struct corners *c, struct grid *out);
/* GRID_DRAWN pixels a side, rows without gaps. Blur carries light into the
 * modules beside: so much of their mean is taken off each (0..1). The patterns
 * that every such symbol has are drawn as they must be. */
void grid_draw(const struct grid *grid, float crosstalk, uint8_t *pixels);

#endif
