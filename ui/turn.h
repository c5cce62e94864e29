/*
 * Turning the upright picture onto a panel that hangs on its side: by
 * quarters, clockwise, the damaged part only. By 90, the picture's top is at
 * the panel's right edge: the panel hangs turned to the left.
 */
#ifndef KARCIS_UI_TURN_H
#define KARCIS_UI_TURN_H

#include "presenter.h"

struct turn {
	int width_px, height_px; /* of the upright picture */
	int degrees;             /* 0, 90, 180, 270 clockwise */
};

/* What the panel itself measures. */
void turn_panel(const struct turn *t, int *width_px, int *height_px);
/* Where a part of the upright picture lies on the panel. */
struct rect turn_rect(const struct turn *t, struct rect r);
/* Where a point of the panel lies in the upright picture. */
void turn_back(const struct turn *t, int panel_x, int panel_y, int *x, int *y);
/* Copies part r of the upright picture, which it lies within, to its place on
 * the panel. */
void turn_copy(const struct turn *t, const struct picture *from, struct rect r,
    const struct picture *panel);

#endif
