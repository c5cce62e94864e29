/* Draws a scene's items on a canvas. */
#ifndef KARCIS_UI_PAINT_H
#define KARCIS_UI_PAINT_H

#include "font.h"

enum { QR_SIDE_MAX = 177 };

/* The QR last drawn; zero it before first use. */
struct qr_cache {
	struct ticket_text of;
	uint8_t module[QR_SIDE_MAX * QR_SIDE_MAX]; /* 1 = dark */
	int side;                                  /* 0 = none */
};

/* Draws what lies in c->clip. */
void paint_scene(const struct canvas *c, const struct scene *s, struct fonts *f,
    struct qr_cache *qr);

#endif
