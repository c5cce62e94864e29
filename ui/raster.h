/* Pixels: anti-aliased boxes and coverage masks on a 0x00RRGGBB canvas. */
#ifndef KARCIS_UI_RASTER_H
#define KARCIS_UI_RASTER_H

#include "scene.h"

struct canvas {
	uint32_t *px;
	int stride_px;
	struct rect clip; /* nothing is drawn outside */
};

/* 8-bit coverage, stride = w. */
struct mask {
	uint8_t *cover;
	int w, h;
};

void raster_fill(const struct canvas *c, struct rect r, uint32_t rgb);
void raster_round(const struct canvas *c, struct rect r, int radius,
    uint32_t rgb);
/* What of raster_round stays to be seen when a raster_round that is `stroke`
 * smaller on every side is painted over it. */
void raster_edge(const struct canvas *c, struct rect r, int radius, int stroke,
    uint32_t rgb);
void raster_mask(const struct canvas *c, const struct mask *m, int x, int y,
    uint32_t rgb);
/* Darkens what is below to two fifths. */
void raster_scrim(const struct canvas *c, struct rect r);
/* The icon in a square mask of side m->w = m->h. */
void icon_draw(enum icon icon, struct mask *m);

#endif
