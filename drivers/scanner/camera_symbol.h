/*
 * The ticket's symbol as every ticket shows it (QR version 8, 49 x 49), and
 * how much a place in a picture looks like a part of it. Pure. Inside this
 * room only.
 */
#ifndef KARCIS_SCANNER_CAMERA_SYMBOL_H
#define KARCIS_SCANNER_CAMERA_SYMBOL_H

#include "camera_clean.h"

enum {
	SYMBOL_MODULES = 49,
	SYMBOL_CORNERS = SYMBOL_MODULES - 7, /* between two finders' middles */
	SYMBOL_PERFECT = 64,                 /* contrast of a perfect print */
	SYMBOL_FINDER = 4, /* modules around a finder's middle, with its rim */
};

struct spot {
	float x, y;
};

/* A flat piece of the symbol: the middle of one of its modules, and a step
 * along the rows (to the right) and along the columns (down). */
struct piece {
	struct spot o, u, v;
};

/* 1 = light, -1 = dark, 0 = data; outside, the symbol's quiet zone is light.
 * x and y from -SYMBOL_FINDER to SYMBOL_MODULES + SYMBOL_FINDER - 1. */
int symbol_pattern(int x, int y);
/* The picture between pixels, CLEAN_MIDDLE = 0; 0 outside. */
float symbol_light(const struct grey *g, float x, float y);
struct spot symbol_spot(const struct piece *p, float x, float y);
/* Contrast at the modules' middles around the module (x, y), which is the
 * piece's origin; modules that are known count double, and against it when
 * they are not as they must be. */
float symbol_likeness(const struct grey *g, const struct piece *p, int x, int y,
    int reach);
/* Moves, turns and stretches a piece until the finder around the module
 * (x, y) looks most like one; how much it does. */
float symbol_fit_finder(const struct grey *g, struct piece *p, int x, int y);

#endif
