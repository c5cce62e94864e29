/*
 * Filters that make faded, unevenly lit and noisy pictures of printed codes
 * readable. Pure: pixels in, pixels out. Inside this room only.
 */
#ifndef KARCIS_SCANNER_CAMERA_CLEAN_H
#define KARCIS_SCANNER_CAMERA_CLEAN_H

#include "firmware/core/base.h"

/* Rows without gaps. */
struct grey {
	uint8_t *pixels;
	int width, height;
};

/* Each sets the size of out, whose pixels are not those of in and have room:
 * as many as in has, a quarter of them for half. */
void clean_half(const struct grey *in,
    struct grey *out); /* 2x2 box, rounded down */
void clean_blur(const struct grey *in, struct grey *out); /* 3x3 box */

enum { CLEAN_MIDDLE = 128 };
/* Local stretch: what differs from the mean of the (2 radius + 1)^2 pixels
 * around, in parts of their deviation, times gain, around CLEAN_MIDDLE; a
 * gain of 400 is nearly a threshold. Where the deviation is less than quiet
 * there is nothing but noise: white. radius 1..40. sums and squares: scratch
 * of (width + 1) * (height + 1) each. */
void clean_stretch(const struct grey *in, struct grey *out, int radius,
    float gain, float quiet, uint32_t *sums, uint32_t *squares);

#endif
