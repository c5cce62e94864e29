/*
 * Where the three finder patterns of a QR symbol lie in a picture (ISO/IEC
 * 18004, 1 : 1 : 3 : 1 : 1 along any line through the middle). Pure; any
 * pixels are safe, and the work is bounded. Inside this room only.
 */
#ifndef KARCIS_SCANNER_CAMERA_FINDER_H
#define KARCIS_SCANNER_CAMERA_FINDER_H

#include "camera_symbol.h"

enum { FINDER_MAX = 96 };

struct finder {
	struct spot at;
	float size; /* of the seven modules along rows and columns, px */
	int votes;
};
/* Of a stretched picture: dark is below CLEAN_MIDDLE. How many, most votes
 * first. */
size_t finder_search(const struct grey *g, struct finder out[FINDER_MAX]);

#endif
