/*
 * Icons as shapes on a 24 x 24 grid, drawn by distance: a point's coverage
 * is how far it lies inside the shape, in pixels, cut to 0..1.
 */
#include "raster.h"

#include <math.h>
#include <string.h>

enum shape_kind { LINE, DISC, RING, BOX, TRIANGLE };

/* LINE: a to b, width w. DISC, RING: centre a, radius x1, RING's width w.
 * BOX: corners a, b, corner radius w. TRIANGLE: apex a, base's right end b,
 * mirrored, rounded by w. cut: takes away instead of adding. */
struct shape {
	enum icon icon;
	enum shape_kind kind;
	bool cut;
	double x0, y0, x1, y1, w;
};

/* One shape a line, by hand. */
/* clang-format off */
#define FINDER(i, x, y) \
	{i, BOX, false, x, y, x + 3.2, y + 3.2, 0.2}, \
	{i, BOX, true, x + 0.7, y + 0.7, x + 2.5, y + 2.5, 0.1}, \
	{i, BOX, false, x + 1.15, y + 1.15, x + 2.05, y + 2.05, 0.1}
#define DOT(i, x, y, w) {i, BOX, false, x, y, x + w, y + 0.7, 0}

static const struct shape shapes[] = {
    {ICON_CHECK, DISC, false, 12, 12, 12, 0, 0},
    {ICON_CHECK, LINE, true, 6.8, 12.6, 10.6, 16.3, 2},
    {ICON_CHECK, LINE, true, 10.6, 16.3, 17.4, 8.4, 2},
    {ICON_TICK, LINE, false, 4.5, 12.8, 9.6, 17.9, 3},
    {ICON_TICK, LINE, false, 9.6, 17.9, 19.5, 6.8, 3},
    {ICON_CROSS, DISC, false, 12, 12, 12, 0, 0},
    {ICON_CROSS, LINE, true, 8, 8, 16, 16, 2},
    {ICON_CROSS, LINE, true, 16, 8, 8, 16, 2},
    {ICON_CLOCK, DISC, false, 12, 12, 12, 0, 0},
    {ICON_CLOCK, RING, true, 12, 12, 7, 0, 1.5},
    {ICON_CLOCK, LINE, true, 12, 8.2, 12, 12, 1.5},
    {ICON_CLOCK, LINE, true, 12, 12, 15, 13.6, 1.5},
    {ICON_WARNING, TRIANGLE, false, 12, 2.6, 21.6, 20.6, 1.8},
    {ICON_WARNING, LINE, true, 12, 9, 12, 14, 2},
    {ICON_WARNING, DISC, true, 12, 17.9, 1.2, 0, 0},
    {ICON_INFO, DISC, false, 12, 12, 12, 0, 0},
    {ICON_INFO, LINE, true, 12, 11.2, 12, 17, 2.2},
    {ICON_INFO, DISC, true, 12, 7, 1.4, 0, 0},
    {ICON_DOWN, LINE, false, 12, 3, 12, 21, 2.8},
    {ICON_DOWN, LINE, false, 5, 14, 12, 21, 2.8},
    {ICON_DOWN, LINE, false, 19, 14, 12, 21, 2.8},
    {ICON_BACK, LINE, false, 4, 12, 20.5, 12, 2.2},
    {ICON_BACK, LINE, false, 4, 12, 10, 6, 2.2},
    {ICON_BACK, LINE, false, 4, 12, 10, 18, 2.2},
    {ICON_ERASE, LINE, false, 2, 12, 8, 5, 1.7},
    {ICON_ERASE, LINE, false, 2, 12, 8, 19, 1.7},
    {ICON_ERASE, LINE, false, 8, 5, 22, 5, 1.7},
    {ICON_ERASE, LINE, false, 8, 19, 22, 19, 1.7},
    {ICON_ERASE, LINE, false, 22, 5, 22, 19, 1.7},
    {ICON_ERASE, LINE, false, 11.5, 9, 17.5, 15, 1.7},
    {ICON_ERASE, LINE, false, 17.5, 9, 11.5, 15, 1.7},
    {ICON_KEYPAD, BOX, false, 2, 2, 7.4, 7.4, 1.2},
    {ICON_KEYPAD, BOX, false, 9.3, 2, 14.7, 7.4, 1.2},
    {ICON_KEYPAD, BOX, false, 16.6, 2, 22, 7.4, 1.2},
    {ICON_KEYPAD, BOX, false, 2, 9.3, 7.4, 14.7, 1.2},
    {ICON_KEYPAD, BOX, false, 9.3, 9.3, 14.7, 14.7, 1.2},
    {ICON_KEYPAD, BOX, false, 16.6, 9.3, 22, 14.7, 1.2},
    {ICON_KEYPAD, BOX, false, 2, 16.6, 7.4, 22, 1.2},
    {ICON_KEYPAD, BOX, false, 9.3, 16.6, 14.7, 22, 1.2},
    {ICON_KEYPAD, BOX, false, 16.6, 16.6, 22, 22, 1.2},
    {ICON_PHONE, BOX, false, 4.6, 0.4, 19.4, 23.6, 2.4},
    {ICON_PHONE, BOX, true, 5.5, 1.3, 18.5, 22.7, 1.6},
    {ICON_PHONE, LINE, false, 10.6, 2.7, 13.4, 2.7, 0.6},
    FINDER(ICON_PHONE, 7, 6.5), FINDER(ICON_PHONE, 13.8, 6.5),
    FINDER(ICON_PHONE, 7, 13.3),
    DOT(ICON_PHONE, 10.7, 6.5, 0.7), DOT(ICON_PHONE, 11.7, 7.2, 1.4),
    DOT(ICON_PHONE, 10.7, 8.6, 1.4), DOT(ICON_PHONE, 12.4, 9.3, 0.7),
    DOT(ICON_PHONE, 7, 10.4, 1.4), DOT(ICON_PHONE, 9.1, 10.4, 2.1),
    DOT(ICON_PHONE, 8.4, 11.1, 1.4), DOT(ICON_PHONE, 7, 11.9, 0.7),
    DOT(ICON_PHONE, 10.5, 11.9, 2.1), DOT(ICON_PHONE, 12.1, 10.7, 1.4),
    DOT(ICON_PHONE, 14.3, 10.4, 0.7), DOT(ICON_PHONE, 15.7, 11.1, 1.3),
    DOT(ICON_PHONE, 13.6, 12.0, 1.4), DOT(ICON_PHONE, 11, 13.3, 1.4),
    DOT(ICON_PHONE, 13.2, 13.9, 0.7), DOT(ICON_PHONE, 14.6, 13.3, 2.1),
    DOT(ICON_PHONE, 11.7, 14.6, 2.1), DOT(ICON_PHONE, 15, 14.8, 0.7),
    DOT(ICON_PHONE, 10.9, 15.8, 0.8), DOT(ICON_PHONE, 13, 15.8, 1.3),
    DOT(ICON_PHONE, 15.6, 15.8, 1.4), DOT(ICON_PHONE, 9.9, 19.8, 4.2),
    {ICON_PHONE, BOX, true, 9.5, 19.4, 14.5, 20.9, 0},
    {ICON_HELP, RING, false, 12, 12, 10.6, 0, 2},
    {ICON_HELP, RING, false, 12, 9.6, 2.8, 0, 2},
    {ICON_HELP, BOX, true, 7, 9.8, 12, 13.6, 0},
    {ICON_HELP, LINE, false, 12, 12.4, 12, 13.9, 2},
    {ICON_HELP, DISC, false, 12, 17.2, 1.25, 0, 0},
    {ICON_GLOBE, RING, false, 12, 12, 10.4, 0, 1.7},
    {ICON_GLOBE, LINE, false, 2, 12, 22, 12, 1.6},
    {ICON_GLOBE, LINE, false, 12, 2, 12, 22, 1.6},
    {ICON_GLOBE, LINE, false, 7.4, 8, 7.4, 16, 1.6},
    {ICON_GLOBE, LINE, false, 7.4, 8, 12, 2.4, 1.6},
    {ICON_GLOBE, LINE, false, 7.4, 16, 12, 21.6, 1.6},
    {ICON_GLOBE, LINE, false, 16.6, 8, 16.6, 16, 1.6},
    {ICON_GLOBE, LINE, false, 16.6, 8, 12, 2.4, 1.6},
    {ICON_GLOBE, LINE, false, 16.6, 16, 12, 21.6, 1.6},
    {ICON_PRINTER, BOX, false, 2, 8, 22, 18, 1.6},
    {ICON_PRINTER, BOX, false, 6, 2, 18, 9, 1},
    {ICON_PRINTER, BOX, true, 7.6, 3.6, 16.4, 8, 0.2},
    {ICON_PRINTER, BOX, true, 4.5, 12.4, 19.5, 18.4, 0.6},
    {ICON_PRINTER, BOX, false, 6, 12.4, 18, 23, 0.6},
    {ICON_PRINTER, LINE, true, 8.8, 15.6, 15.2, 15.6, 1.3},
    {ICON_PRINTER, LINE, true, 8.8, 19, 13, 19, 1.3},
    {ICON_CAMERA, BOX, false, 1.5, 6, 22.5, 20.5, 2.2},
    {ICON_CAMERA, BOX, false, 8, 3.4, 16, 8, 1.2},
    {ICON_CAMERA, RING, true, 12, 13, 4, 0, 1.7},
    {ICON_CALENDAR, DISC, false, 12, 12, 12, 0, 0},
    {ICON_CALENDAR, BOX, true, 6, 6.8, 18, 17.8, 1.4},
    {ICON_CALENDAR, BOX, false, 7.4, 10.2, 16.6, 16.4, 0.4},
    {ICON_CALENDAR, LINE, true, 9, 5.4, 9, 7.4, 1.5},
    {ICON_CALENDAR, LINE, true, 15, 5.4, 15, 7.4, 1.5},
    {ICON_CALENDAR, DISC, true, 12, 13.3, 1.5, 0, 0},
    {ICON_PERSON, DISC, false, 12, 12, 12, 0, 0},
    {ICON_PERSON, DISC, true, 12, 8.6, 3, 0, 0},
    {ICON_PERSON, BOX, true, 6.4, 13, 17.6, 18.4, 4.6},
    {ICON_SCAN, LINE, false, 1.2, 6.4, 1.2, 1.2, 1.6},
    {ICON_SCAN, LINE, false, 1.2, 1.2, 6.4, 1.2, 1.6},
    {ICON_SCAN, LINE, false, 17.6, 1.2, 22.8, 1.2, 1.6},
    {ICON_SCAN, LINE, false, 22.8, 1.2, 22.8, 6.4, 1.6},
    {ICON_SCAN, LINE, false, 1.2, 17.6, 1.2, 22.8, 1.6},
    {ICON_SCAN, LINE, false, 1.2, 22.8, 6.4, 22.8, 1.6},
    {ICON_SCAN, LINE, false, 17.6, 22.8, 22.8, 22.8, 1.6},
    {ICON_SCAN, LINE, false, 22.8, 22.8, 22.8, 17.6, 1.6},
    {ICON_SCAN, BOX, false, 4.6, 4.6, 10.9, 10.9, 0.5},
    {ICON_SCAN, BOX, true, 5.9, 5.9, 9.6, 9.6, 0.2},
    {ICON_SCAN, BOX, false, 6.8, 6.8, 8.7, 8.7, 0.2},
    {ICON_SCAN, BOX, false, 13.1, 4.6, 19.4, 10.9, 0.5},
    {ICON_SCAN, BOX, true, 14.4, 5.9, 18.1, 9.6, 0.2},
    {ICON_SCAN, BOX, false, 15.3, 6.8, 17.2, 8.7, 0.2},
    {ICON_SCAN, BOX, false, 4.6, 13.1, 10.9, 19.4, 0.5},
    {ICON_SCAN, BOX, true, 5.9, 14.4, 9.6, 18.1, 0.2},
    {ICON_SCAN, BOX, false, 6.8, 15.3, 8.7, 17.2, 0.2},
    {ICON_SCAN, BOX, false, 13.1, 13.1, 15.2, 15.2, 0},
    {ICON_SCAN, BOX, false, 17.3, 13.1, 19.4, 15.2, 0},
    {ICON_SCAN, BOX, false, 15.2, 15.2, 17.3, 17.3, 0},
    {ICON_SCAN, BOX, false, 13.1, 17.3, 15.2, 19.4, 0},
    {ICON_SCAN, BOX, false, 17.3, 17.3, 19.4, 19.4, 0},
    {ICON_STOP, LINE, false, 4, 4, 20, 20, 4.6},
    {ICON_STOP, LINE, false, 20, 4, 4, 20, 4.6},
    {ICON_LEAVE, LINE, false, 12, 2.5, 3, 2.5, 2.4},
    {ICON_LEAVE, LINE, false, 3, 2.5, 3, 21.5, 2.4},
    {ICON_LEAVE, LINE, false, 3, 21.5, 12, 21.5, 2.4},
    {ICON_LEAVE, LINE, false, 9, 12, 21.6, 12, 2.4},
    {ICON_LEAVE, LINE, false, 16.4, 6.6, 21.6, 12, 2.4},
    {ICON_LEAVE, LINE, false, 16.4, 17.4, 21.6, 12, 2.4},
    {ICON_ENTER, LINE, false, 12, 2.5, 21, 2.5, 2.4},
    {ICON_ENTER, LINE, false, 21, 2.5, 21, 21.5, 2.4},
    {ICON_ENTER, LINE, false, 21, 21.5, 12, 21.5, 2.4},
    {ICON_ENTER, LINE, false, 2.4, 12, 15, 12, 2.4},
    {ICON_ENTER, LINE, false, 9.8, 6.6, 15, 12, 2.4},
    {ICON_ENTER, LINE, false, 9.8, 17.4, 15, 12, 2.4},
    {ICON_GEAR, RING, false, 12, 12, 6, 0, 4},
    {ICON_GEAR, LINE, false, 19.00, 12.00, 21.40, 12.00, 3.4},
    {ICON_GEAR, LINE, false, 16.95, 16.95, 18.65, 18.65, 3.4},
    {ICON_GEAR, LINE, false, 12.00, 19.00, 12.00, 21.40, 3.4},
    {ICON_GEAR, LINE, false, 7.05, 16.95, 5.35, 18.65, 3.4},
    {ICON_GEAR, LINE, false, 5.00, 12.00, 2.60, 12.00, 3.4},
    {ICON_GEAR, LINE, false, 7.05, 7.05, 5.35, 5.35, 3.4},
    {ICON_GEAR, LINE, false, 12.00, 5.00, 12.00, 2.60, 3.4},
    {ICON_GEAR, LINE, false, 16.95, 7.05, 18.65, 5.35, 3.4},
    {ICON_POWER, RING, false, 12, 13, 8.6, 0, 2.6},
    {ICON_POWER, BOX, true, 8.2, 0, 15.8, 9.4, 0},
    {ICON_POWER, LINE, false, 12, 2.6, 12, 11.4, 2.6},
    {ICON_SUN, DISC, false, 12, 12, 5, 0, 0},
    {ICON_SUN, LINE, false, 19.80, 12.00, 22.60, 12.00, 2},
    {ICON_SUN, LINE, false, 17.52, 17.52, 19.50, 19.50, 2},
    {ICON_SUN, LINE, false, 12.00, 19.80, 12.00, 22.60, 2},
    {ICON_SUN, LINE, false, 6.48, 17.52, 4.50, 19.50, 2},
    {ICON_SUN, LINE, false, 4.20, 12.00, 1.40, 12.00, 2},
    {ICON_SUN, LINE, false, 6.48, 6.48, 4.50, 4.50, 2},
    {ICON_SUN, LINE, false, 12.00, 4.20, 12.00, 1.40, 2},
    {ICON_SUN, LINE, false, 17.52, 6.48, 19.50, 4.50, 2},
    {ICON_STICK, BOX, false, 6, 9, 18, 23, 2},
    {ICON_STICK, BOX, false, 7.6, 1, 16.4, 9.6, 0.6},
    {ICON_STICK, BOX, true, 9.4, 2.8, 14.6, 8.4, 0.2},
    {ICON_STICK, BOX, false, 10.2, 4.4, 11.4, 6.2, 0.1},
    {ICON_STICK, BOX, false, 12.6, 4.4, 13.8, 6.2, 0.1},
    {ICON_SYNC, RING, false, 12, 12, 8.2, 0, 2.4},
    {ICON_SYNC, BOX, true, 16.6, 7.4, 24, 11.8, 0},
    {ICON_SYNC, BOX, true, 0, 12.2, 7.4, 16.6, 0},
    {ICON_SYNC, LINE, false, 20.6, 4.4, 20.2, 10, 2.4},
    {ICON_SYNC, LINE, false, 20.2, 10, 14.8, 9.6, 2.4},
    {ICON_SYNC, LINE, false, 3.4, 19.6, 3.8, 14, 2.4},
    {ICON_SYNC, LINE, false, 3.8, 14, 9.2, 14.4, 2.4},
    {ICON_UP, LINE, false, 12, 3, 12, 16, 2.6},
    {ICON_UP, LINE, false, 12, 3, 6, 9, 2.6},
    {ICON_UP, LINE, false, 12, 3, 18, 9, 2.6},
    {ICON_UP, LINE, false, 4, 21, 20, 21, 2.6},
    {ICON_DROP, TRIANGLE, false, 12, 1, 18.6, 16, 1},
    {ICON_DROP, DISC, false, 12, 15.6, 6.9, 0, 0},
    {ICON_DROP, LINE, true, 8.8, 15, 9.6, 18, 1.8},
    {ICON_TOUCH, RING, false, 12, 12, 9.6, 0, 2},
    {ICON_TOUCH, DISC, false, 12, 12, 5, 0, 0},
    {ICON_LIST, DISC, false, 3.6, 5, 2, 0, 0},
    {ICON_LIST, LINE, false, 9, 5, 21.4, 5, 2.4},
    {ICON_LIST, DISC, false, 3.6, 12, 2, 0, 0},
    {ICON_LIST, LINE, false, 9, 12, 21.4, 12, 2.4},
    {ICON_LIST, DISC, false, 3.6, 19, 2, 0, 0},
    {ICON_LIST, LINE, false, 9, 19, 21.4, 19, 2.4},
};
/* clang-format on */

/* fmin() and fmax() are calls for the sake of NaN, which is not met here. */
static double least(double a, double b)
{
	return a < b ? a : b;
}

static double most(double a, double b)
{
	return a > b ? a : b;
}

/* hypot() guards against overflow, which no grid of 24 needs. */
static double length(double x, double y)
{
	return sqrt(x * x + y * y);
}

static double segment(double px, double py, const struct shape *s)
{
	double dx = s->x1 - s->x0, dy = s->y1 - s->y0;
	double len = dx * dx + dy * dy, t = 0;

	if (len > 0)
		t = ((px - s->x0) * dx + (py - s->y0) * dy) / len;
	t = least(1, most(0, t));
	return length(px - s->x0 - t * dx, py - s->y0 - t * dy);
}

static double box(double px, double py, const struct shape *s)
{
	double hx = (s->x1 - s->x0) / 2 - s->w, hy = (s->y1 - s->y0) / 2 - s->w;
	double qx = fabs(px - (s->x0 + s->x1) / 2) - hx;
	double qy = fabs(py - (s->y0 + s->y1) / 2) - hy;

	return length(most(qx, 0), most(qy, 0)) + least(most(qx, qy), 0) - s->w;
}

/* Distance to the two slanted edges and the base, inside by w, then grown. */
static double triangle(double px, double py, const struct shape *s)
{
	double half = s->x1 - s->x0, tall = s->y1 - s->y0;
	double len = length(half, tall), x = fabs(px - s->x0);
	double slant = (x * tall - (py - s->y0) * half) / len + s->w;
	double base = py - s->y1 + s->w;
	double out = length(most(slant, 0), most(base, 0));

	/* The apex is rounded by the circle that touches both slants. */
	if (slant > 0 && py < s->y0 + s->w * len / half)
		out = length(x, py - (s->y0 + s->w * len / half));
	return out + least(most(slant, base), 0) - s->w;
}

/* Negative inside, in grid units. */
static double distance(double px, double py, const struct shape *s)
{
	switch (s->kind) {
	case LINE:
		return segment(px, py, s) - s->w / 2;
	case DISC:
		return length(px - s->x0, py - s->y0) - s->x1;
	case RING:
		return fabs(length(px - s->x0, py - s->y0) - s->x1) - s->w / 2;
	case BOX:
		return box(px, py, s);
	case TRIANGLE:
		return triangle(px, py, s);
	}
	return 1;
}

/* The pixels a shape can touch. */
static struct rect reach(const struct shape *s, double scale,
    const struct mask *m)
{
	double grow = s->w + 0.1, x0 = least(s->x0, s->x1), y0, x1, y1;

	x1 = most(s->x0, s->x1);
	y0 = least(s->y0, s->y1);
	y1 = most(s->y0, s->y1);
	if (s->kind == DISC || s->kind == RING) {
		x0 = s->x0 - s->x1;
		x1 = s->x0 + s->x1;
		y0 = s->y0 - s->x1;
		y1 = s->y0 + s->x1;
	} else if (s->kind == TRIANGLE) {
		x0 = 2 * s->x0 - s->x1;
	}
	x0 = floor((x0 - grow) * scale) - 1;
	y0 = floor((y0 - grow) * scale) - 1;
	return rect_clip((struct rect){(int)x0, (int)y0,
			     (int)ceil((x1 + grow) * scale) + 2 - (int)x0,
			     (int)ceil((y1 + grow) * scale) + 2 - (int)y0},
	    (struct rect){0, 0, m->w, m->h});
}

static void draw_shape(const struct shape *s, struct mask *m)
{
	double scale = m->w / 24.0;

	struct rect at = reach(s, scale, m);

	for (int y = at.y; y < at.y + at.h; y++) {
		double py = (y + 0.5) / scale;

		for (int x = at.x; x < at.x + at.w; x++) {
			double d = distance((x + 0.5) / scale, py, s) * scale;
			int cover = (int)(least(1, most(0, 0.5 - d)) * 255);
			uint8_t *p = &m->cover[y * m->w + x];

			if (s->cut)
				*p = (uint8_t)(*p * (255 - cover) / 255);
			else if (cover > *p)
				*p = (uint8_t)cover;
		}
	}
}

void icon_draw(enum icon icon, struct mask *m)
{
	memset(m->cover, 0, (size_t)m->w * (size_t)m->h);
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		if (shapes[i].icon == icon)
			draw_shape(&shapes[i], m);
	}
}
