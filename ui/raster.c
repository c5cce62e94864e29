#include "raster.h"

#include <math.h>
#include <string.h>

static uint32_t blend(uint32_t below, uint32_t rgb, uint32_t cover)
{
	uint32_t rb = below & 0xFF00FF, g = below & 0x00FF00;

	/* 0..255 to 0..256, so that full cover is exact. */
	cover += cover >> 7;
	rb += ((rgb & 0xFF00FF) - rb) * cover >> 8;
	g += ((rgb & 0x00FF00) - g) * cover >> 8;
	return (rb & 0xFF00FF) | (g & 0x00FF00);
}

void raster_fill(const struct canvas *c, struct rect r, uint32_t rgb)
{
	uint32_t *first;

	r = rect_clip(r, c->clip);
	if (r.w <= 0 || r.h <= 0)
		return;
	first = c->px + (ptrdiff_t)r.y * c->stride_px + r.x;
	for (int x = 0; x < r.w; x++)
		first[x] = rgb;
	/* The other rows are copies: memcpy is many times as fast. */
	for (int y = 1; y < r.h; y++)
		memcpy(first + (ptrdiff_t)y * c->stride_px, first,
		    (size_t)r.w * sizeof(*first));
}

/* One corner square, centre of its circle at cx, cy. */
static void corner(const struct canvas *c, struct rect r, double cx, double cy,
    double radius, uint32_t rgb)
{
	/* Only the rim needs a square root. */
	double whole = radius > 0.5 ? (radius - 0.5) * (radius - 0.5) : 0;
	double none = (radius + 0.5) * (radius + 0.5);

	r = rect_clip(r, c->clip);
	for (int y = r.y; y < r.y + r.h; y++) {
		uint32_t *p = c->px + (ptrdiff_t)y * c->stride_px;
		double dy = y + 0.5 - cy;

		for (int x = r.x; x < r.x + r.w; x++) {
			double dx = x + 0.5 - cx, d2 = dx * dx + dy * dy;
			double cover;

			if (d2 >= none)
				continue;
			cover = d2 <= whole ? 1 : radius + 0.5 - sqrt(d2);
			if (cover >= 1)
				p[x] = rgb;
			else if (cover > 0)
				p[x] = blend(p[x], rgb,
				    (uint32_t)(cover * 255));
		}
	}
}

/* A radius that does not fit becomes half the shorter side. */
static int fit(struct rect r, int radius)
{
	if (2 * radius > r.w)
		radius = r.w / 2;
	return 2 * radius > r.h ? r.h / 2 : radius;
}

static void corners(const struct canvas *c, struct rect r, int n, uint32_t rgb)
{
	int x1 = r.x + r.w - n, y1 = r.y + r.h - n;

	if (n == 0)
		return;
	corner(c, (struct rect){r.x, r.y, n, n}, r.x + n, r.y + n, n, rgb);
	corner(c, (struct rect){x1, r.y, n, n}, x1, r.y + n, n, rgb);
	corner(c, (struct rect){r.x, y1, n, n}, r.x + n, y1, n, rgb);
	corner(c, (struct rect){x1, y1, n, n}, x1, y1, n, rgb);
}

void raster_round(const struct canvas *c, struct rect r, int radius,
    uint32_t rgb)
{
	int n = fit(r, radius);

	raster_fill(c, (struct rect){r.x, r.y + n, r.w, r.h - 2 * n}, rgb);
	raster_fill(c, (struct rect){r.x + n, r.y, r.w - 2 * n, n}, rgb);
	raster_fill(c, (struct rect){r.x + n, r.y + r.h - n, r.w - 2 * n, n},
	    rgb);
	corners(c, r, n, rgb);
}

void raster_edge(const struct canvas *c, struct rect r, int radius, int stroke,
    uint32_t rgb)
{
	int n = fit(r, radius), x1 = r.x + r.w - stroke;
	int y1 = r.y + r.h - stroke;

	raster_fill(c, (struct rect){r.x + n, r.y, r.w - 2 * n, stroke}, rgb);
	raster_fill(c, (struct rect){r.x + n, y1, r.w - 2 * n, stroke}, rgb);
	raster_fill(c, (struct rect){r.x, r.y + n, stroke, r.h - 2 * n}, rgb);
	raster_fill(c, (struct rect){x1, r.y + n, stroke, r.h - 2 * n}, rgb);
	corners(c, r, n, rgb);
}

/* How many of the first `most` bytes are zero, whole eights of them; 1 when
 * fewer are. */
static int empty(const uint8_t *a, int most)
{
	int n = 0;

	for (; n + 8 <= most; n += 8) {
		uint64_t eight;

		memcpy(&eight, a + n, sizeof(eight));
		if (eight != 0)
			break;
	}
	return n > 0 ? n : 1;
}

void raster_mask(const struct canvas *c, const struct mask *m, int x, int y,
    uint32_t rgb)
{
	struct rect r = rect_clip((struct rect){x, y, m->w, m->h}, c->clip);

	for (int row = r.y; row < r.y + r.h; row++) {
		const uint8_t *a = m->cover + (ptrdiff_t)(row - y) * m->w - x;
		uint32_t *p = c->px + (ptrdiff_t)row * c->stride_px;

		for (int col = r.x; col < r.x + r.w; col++) {
			/* Most of a run is empty or whole. */
			if (a[col] == 255)
				p[col] = rgb;
			else if (a[col] != 0)
				p[col] = blend(p[col], rgb, a[col]);
			else
				col += empty(a + col, r.x + r.w - col) - 1;
		}
	}
}

void raster_scrim(const struct canvas *c, struct rect r)
{
	r = rect_clip(r, c->clip);
	for (int y = r.y; y < r.y + r.h; y++) {
		uint32_t *p = c->px + (ptrdiff_t)y * c->stride_px + r.x;

		for (int x = 0; x < r.w; x++)
			p[x] = blend(p[x], theme_rgb(COL_INK), 158);
	}
}
