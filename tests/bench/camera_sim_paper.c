/* The strip: dots of the print head become reflectance. */
#include "camera_sim_inner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/printer/qr.h"

enum { SYMBOL_DOTS = QR_MODULES * 5 };
enum {
	SYMBOL_X = (STRIP_DOTS_W - SYMBOL_DOTS) / 2,
	SYMBOL_Y = (STRIP_DOTS_H - SYMBOL_DOTS) / 2,
};

static uint8_t dots[STRIP_DOTS_H][STRIP_DOTS_W];
static float heat[STRIP_H][STRIP_W], across[STRIP_H][STRIP_W];

static void draw_symbol(const char *digits)
{
	struct qr_grid qr;

	if (qr_draw(digits, &qr, NULL) < 0)
		abort();
	for (int y = 0; y < SYMBOL_DOTS; y++)
		for (int x = 0; x < SYMBOL_DOTS; x++)
			dots[SYMBOL_Y + y][SYMBOL_X + x] = qr.dark[y / 5]
								  [x / 5];
}

static void fill(int x0, int y0, int w, int h)
{
	for (int y = y0; y < y0 + h; y++)
		for (int x = x0; x < x0 + w; x++)
			if (x >= 0 && y >= 0 && x < STRIP_DOTS_W &&
			    y < STRIP_DOTS_H)
				dots[y][x] = 1;
}

/* Upright and level strokes as of letters, `size` dots high. */
static void draw_line(struct dice *d, int y, int size)
{
	int pen = size / 8 + 1;
	int x = 30;

	while (x < STRIP_DOTS_W - 30 - size) {
		if (dice_chance(d, 0.8)) {
			fill(x, y, pen, size);
			if (dice_chance(d, 0.5))
				fill(x + size / 2, y, pen, size);
			fill(x, y + (int)(dice_roll(d) % 3) * (size - pen) / 2,
			    size / 2 + pen, pen);
		}
		x += size * 3 / 4;
	}
}

/* What stands around the symbol: a big number above, lines below. */
static void draw_words(uint64_t seed)
{
	struct dice d = {seed};

	draw_line(&d, 20, 28);
	draw_line(&d, 80, 90);
	for (int y = SYMBOL_Y + SYMBOL_DOTS + 30; y < STRIP_DOTS_H - 30;
	     y += 36)
		draw_line(&d, y, 22);
}

/* The heat of a dot spreads into its neighbours, about half a dot. */
static void spread_heat(void)
{
	static const float tap[5] = {0.06F, 0.24F, 0.40F, 0.24F, 0.06F};

	memset(heat, 0, sizeof(heat));
	memset(across, 0, sizeof(across));
	for (int y = 0; y < STRIP_H; y++)
		for (int x = 2; x < STRIP_W - 2; x++)
			for (int k = 0; k < 5; k++)
				across[y][x] += tap[k] *
				    (float)dots[y / STRIP_SCALE]
					       [(x + k - 2) / STRIP_SCALE];
	for (int y = 2; y < STRIP_H - 2; y++)
		for (int k = 0; k < 5; k++)
			for (int x = 0; x < STRIP_W; x++)
				heat[y][x] += tap[k] * across[y + k - 2][x];
}

static double step(double lo, double hi, double v)
{
	double t = fmin(fmax((v - lo) / (hi - lo), 0), 1);

	return t * t * (3 - 2 * t);
}

static double mm_of(int sample, int samples)
{
	return (sample + 0.5 - samples / 2.0) / (STRIP_SCALE * DOTS_MM);
}

/* What a fold leaves of the ink here, 0..1: cracks, not a clean line. */
static double left_by_fold(const struct fold *f, double x, double y)
{
	double along = f->ny * x - f->nx * y;
	double line = f->nx * x + f->ny * y - f->c;
	double off, reach, flakes;

	if (fabs(line) > f->wander_mm + f->width_mm / 2)
		return 1;
	off = line +
	    f->wander_mm * (smooth_noise(f->seed, along / 4, 0) - 0.5) * 2;
	reach = 1 - step(0.3, 1, fabs(off) / (f->width_mm / 2));
	if (reach <= 0)
		return 1;
	flakes = smooth_noise(f->seed ^ 1, along * 2.5, off * 5);
	return 1 - reach * step(0.7 - f->loss, 1.0 - 0.5 * f->loss, flakes);
}

/* Distance in radii, with a ragged edge; below 1 is inside. */
static double blot_distance(const struct blot *b, double scale, double x,
    double y)
{
	double dx = x - b->x, dy = y - b->y;
	double u = (dx * cos(b->turn) + dy * sin(b->turn)) / sqrt(b->stretch);
	double v = (dy * cos(b->turn) - dx * sin(b->turn)) * sqrt(b->stretch);
	double far = sqrt(u * u + v * v) / (b->radius * scale);
	double ragged;

	if (far > 1.3)
		return far;
	ragged = 0.7 + 0.6 * smooth_noise(b->seed, x / 1.5, y / 1.5);
	return far / ragged;
}

static double blotted(const struct paper *p, double scale)
{
	enum { GRID = 49 };
	int hit = 0;

	for (int i = 0; i < GRID * GRID; i++) {
		double x = ((i % GRID + 0.5) / GRID - 0.5) * SYMBOL_MM;
		double y = ((i / GRID + 0.5) / GRID - 0.5) * SYMBOL_MM;
		bool in = false;

		for (int k = 0; k < p->blots && !in; k++)
			in = blot_distance(&p->blot[k], scale, x, y) < 1;
		hit += in;
	}
	return (double)hit / (GRID * GRID);
}

/* The blots' size at which they cover just the wanted part of the symbol. */
static double blot_scale(const struct paper *p)
{
	double lo = 0.1, hi = 40;

	for (int i = 0; p->blots > 0 && i < 24; i++) {
		double middle = (lo + hi) / 2;

		if (blotted(p, middle) < p->blotted)
			lo = middle;
		else
			hi = middle;
	}
	return hi;
}

static double blot_over(const struct paper *p, double scale, double x, double y,
    double r)
{
	for (int k = 0; k < p->blots; k++) {
		if (blot_distance(&p->blot[k], scale, x, y) >= 1)
			continue;
		switch (p->blot[k].kind) {
		case BLOT_SCRATCH: /* the coat is gone */
			r = p->white;
			break;
		case BLOT_HOLE: /* the hand shows */
			r = 0.25;
			break;
		case BLOT_STAIN: /* a pen, coffee on thermal paper */
			r = 0.10;
			break;
		case BLOT_UNSET:
			break;
		}
	}
	return r;
}

void camera_sim_print(const struct paper *p, const char *digits,
    struct strip *out)
{
	double scale = blot_scale(p);

	memset(dots, 0, sizeof(dots));
	draw_words(p->seed);
	draw_symbol(digits);
	for (int k = 0; k < p->dead_count; k++)
		for (int y = 0; y < STRIP_DOTS_H; y++)
			dots[y][p->dead[k]] = 0;
	spread_heat();
	for (int y = 0; y < STRIP_H; y++)
		for (int x = 0; x < STRIP_W; x++) {
			double mx = mm_of(x, STRIP_W), my = mm_of(y, STRIP_H);
			double ink = step(0.35 - p->gain, 0.65 - p->gain,
			    (double)heat[y][x]);
			double r;

			if (ink > 0)
				ink *= 1 -
				    p->mottle *
					(smooth_noise(p->seed ^ 2, mx / 5,
					     my / 5) +
					    smooth_noise(p->seed ^ 3, mx * 8,
						my * 8));
			for (int k = 0; k < p->folds && ink > 0; k++)
				ink *= left_by_fold(&p->fold[k], mx, my);
			r = p->white - (p->white - p->ink) * ink;
			out->r[y][x] = (float)blot_over(p, scale, mx, my, r);
		}
}
