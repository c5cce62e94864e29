/*
 * The picture of the time before the first screen: the name and "starting" in
 * both languages, in the screens' colours. Drawn from a mask that is part of
 * the program; no fonts, no SDL.
 */
#ifndef KARCIS_UI_SPLASH_H
#define KARCIS_UI_SPLASH_H

#include "presenter.h"

/* Paints all of an upright picture of that size. -EIO, -ENOMEM: the words are
 * missing, the background is there. */
int splash_draw(const struct picture *to, int width_px, int height_px,
    struct err *e) MUST_USE;

#endif
