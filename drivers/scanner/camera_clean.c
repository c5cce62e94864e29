#include "camera_clean.h"

#include <math.h>
#include <string.h>

void clean_half(const struct grey *in, struct grey *out)
{
	int w = in->width / 2, h = in->height / 2;

	out->width = w;
	out->height = h;
	for (int y = 0; y < h; y++) {
		const uint8_t *a = in->pixels + (size_t)(2 * y * in->width);
		const uint8_t *b = a + in->width;
		uint8_t *to = out->pixels + (size_t)(y * w);

		for (int x = 0; x < w; x++)
			to[x] = (uint8_t)((a[2 * x] + a[2 * x + 1] + b[2 * x] +
					      b[2 * x + 1] + 2) /
			    4);
	}
}

static int inside(int v, int end)
{
	return v < 0 ? 0 : v >= end ? end - 1 : v;
}

void clean_blur(const struct grey *in, struct grey *out)
{
	int w = in->width, h = in->height;

	out->width = w;
	out->height = h;
	for (int y = 0; y < h; y++) {
		const uint8_t *mid = in->pixels + (size_t)(y * w);
		const uint8_t *up = in->pixels + (size_t)(inside(y - 1, h) * w);
		const uint8_t *down = in->pixels +
		    (size_t)(inside(y + 1, h) * w);
		uint8_t *to = out->pixels + (size_t)(y * w);
		int left = up[0] + mid[0] + down[0], here = left;

		for (int x = 0; x < w; x++) {
			int n = x + 1 < w ? x + 1 : x;
			int right = up[n] + mid[n] + down[n];

			to[x] = (uint8_t)((left + here + right + 4) / 9);
			left = here;
			here = right;
		}
	}
}

/* Integral pictures modulo 2^32: differences over a window of 81 x 81 pixels
 * of at most 255^2 stay below it. */
static void integrate(const struct grey *in, uint32_t *sums, uint32_t *squares)
{
	size_t row = (size_t)in->width + 1;

	memset(sums, 0, row * sizeof(*sums));
	memset(squares, 0, row * sizeof(*squares));
	for (size_t y = 0; y < (size_t)in->height; y++) {
		const uint8_t *p = in->pixels + y * (size_t)in->width;
		const uint32_t *s0 = sums + y * row, *q0 = squares + y * row;
		uint32_t *s = sums + (y + 1) * row;
		uint32_t *q = squares + (y + 1) * row;
		uint32_t a = 0, b = 0;

		s[0] = q[0] = 0;
		for (size_t x = 0; x + 1 < row; x++) {
			a += p[x];
			b += (uint32_t)p[x] * p[x];
			s[x + 1] = s0[x + 1] + a;
			q[x + 1] = q0[x + 1] + b;
		}
	}
}

/* gain over the deviation, by the variance: a table, because a square root
 * and two divisions a pixel took three quarters of the time. */
enum { VARIANCE_STEP = 8, VARIANCES = 255 * 255 / 4 / VARIANCE_STEP + 2 };

static void fill_factors(float factor[VARIANCES], float gain, float quiet)
{
	for (int i = 0; i < VARIANCES; i++) {
		float spread = sqrtf(((float)i + 0.5F) * VARIANCE_STEP);

		factor[i] = spread < quiet ? 0 : gain / spread;
	}
}

static uint8_t stretched(int v, uint32_t sum, uint32_t square, float per_pixel,
    const float factor[VARIANCES])
{
	float mean = (float)sum * per_pixel, by;
	int variance = (int)((float)square * per_pixel - mean * mean);
	int i = variance < 0 ? 0 : variance / VARIANCE_STEP;
	float out;

	by = factor[i < VARIANCES ? i : VARIANCES - 1];
	if (!(by > 0))
		return 255;
	out = (float)CLEAN_MIDDLE + ((float)v - mean) * by;
	return (uint8_t)(out < 0 ? 0 : out > 255 ? 255 : out);
}

void clean_stretch(const struct grey *in, struct grey *out, int radius,
    float gain, float quiet, uint32_t *sums, uint32_t *squares)
{
	int w = in->width, h = in->height;
	float factor[VARIANCES];

	fill_factors(factor, gain, quiet);
	integrate(in, sums, squares);
	out->width = w;
	out->height = h;
	for (int y = 0; y < h; y++) {
		int y0 = inside(y - radius, h), y1 = inside(y + radius, h) + 1;
		const uint32_t *s0 = sums + (size_t)y0 * (size_t)(w + 1);
		const uint32_t *s1 = sums + (size_t)y1 * (size_t)(w + 1);
		const uint32_t *q0 = squares + (size_t)y0 * (size_t)(w + 1);
		const uint32_t *q1 = squares + (size_t)y1 * (size_t)(w + 1);
		int full = (2 * radius + 1) * (y1 - y0);
		float per_pixel = 1.0F / (float)full;

		for (int x = 0; x < w; x++) {
			int x0 = inside(x - radius, w);
			int x1 = inside(x + radius, w) + 1;
			int n = (x1 - x0) * (y1 - y0);
			size_t i = (size_t)(y * w + x);

			out->pixels[i] = stretched(in->pixels[i],
			    s1[x1] - s1[x0] - s0[x1] + s0[x0],
			    q1[x1] - q1[x0] - q0[x1] + q0[x0],
			    n == full ? per_pixel : 1.0F / (float)n, factor);
		}
	}
}
