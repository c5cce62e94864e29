/*
 * Which finders are the three corners of one ticket's symbol; a third that
 * is creased or torn is looked for where the other two foretell it. Pure.
 * Inside this room only.
 */
#ifndef KARCIS_SCANNER_CAMERA_CORNERS_H
#define KARCIS_SCANNER_CAMERA_CORNERS_H

#include "camera_finder.h"
#include "camera_symbol.h"

enum corner { CORNER = 0, CORNER_ALONG, CORNER_DOWN, CORNERS };
enum { CORNERS_MAX = 3 };

struct corners {
	struct spot at[CORNERS]; /* middles of the finders */
	float promise;           /* likeness, SYMBOL_PERFECT at best */
};

/* g is stretched. At most CORNERS_MAX that are worth reading, the most
 * promising first. */
size_t corners_search(const struct grey *g, const struct finder *f, size_t n,
    struct corners out[CORNERS_MAX]);
/* The flat piece that three corners span, around one of them, and its module
 * in the symbol. */
struct piece corners_piece(const struct corners *c, enum corner at);
int corners_module_x(enum corner at);
int corners_module_y(enum corner at);

#endif
