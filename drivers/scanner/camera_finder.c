#include "camera_finder.h"

#include <math.h>
#include <string.h>

enum {
	ROW_STEP = 1,  /* a finder's core is three modules high */
	SMALLEST = 10, /* px of seven modules: below, nothing is read */
	LARGEST = 400, /* px: a symbol of 49 modules fills the picture */
};

struct runs {
	int length[5]; /* dark, light, dark, light, dark */
};

/* Within half a module, and the core within one and a half. */
static bool is_finder(const struct runs *r)
{
	int total = 0;

	for (int i = 0; i < 5; i++) {
		if (r->length[i] == 0)
			return false;
		total += r->length[i];
	}
	if (total < SMALLEST || total > LARGEST)
		return false;
	for (int i = 0; i < 5; i++) {
		int wanted = i == 2 ? 3 : 1;
		int off = 7 * r->length[i] - wanted * total;
		/* A pixel of sampling is granted to each run. */
		int may = (i == 2 ? 9 : 4) * total / 8 + 5;

		if (off > may || off < -may)
			return false;
	}
	return true;
}

static bool dark(const struct grey *g, int x, int y)
{
	return g->pixels[y * g->width + x] < CLEAN_MIDDLE;
}

/* Length of the run of one colour from (x, y) on, at most max. */
static int run(const struct grey *g, int x, int y, int dx, int dy, bool colour,
    int max)
{
	int n = 0;

	while (n < max && x >= 0 && y >= 0 && x < g->width && y < g->height &&
	    dark(g, x, y) == colour) {
		n++;
		x += dx;
		y += dy;
	}
	return n;
}

/* Measures across (x, y), which is in the core: the runs, and how far the
 * core's middle lies from it. */
static bool across(const struct grey *g, int x, int y, int dx, int dy, int max,
    float *size, float *off)
{
	struct runs r;
	int back, ahead, total = 0;

	if (!dark(g, x, y))
		return false;
	back = run(g, x, y, -dx, -dy, true, max);
	ahead = run(g, x + dx, y + dy, dx, dy, true, max);
	r.length[2] = back + ahead;
	r.length[1] = run(g, x - back * dx, y - back * dy, -dx, -dy, false,
	    max);
	r.length[0] = run(g, x - (back + r.length[1]) * dx,
	    y - (back + r.length[1]) * dy, -dx, -dy, true, max);
	r.length[3] = run(g, x + (ahead + 1) * dx, y + (ahead + 1) * dy, dx, dy,
	    false, max);
	r.length[4] = run(g, x + (ahead + 1 + r.length[3]) * dx,
	    y + (ahead + 1 + r.length[3]) * dy, dx, dy, true, max);
	for (int i = 0; i < 5; i++)
		total += r.length[i];
	*size = (float)total;
	*off = (float)(ahead - back + 1) / 2;
	return is_finder(&r);
}

static size_t add(struct finder *f, size_t n, float x, float y, float size)
{
	size_t least = 0;

	for (size_t i = 0; i < n; i++) {
		struct finder *k = &f[i];
		float v = (float)k->votes;

		if (fabsf(k->at.x - x) < k->size / 3 &&
		    fabsf(k->at.y - y) < k->size / 3 && size < k->size * 1.6F &&
		    k->size < size * 1.6F) {
			k->at.x = (k->at.x * v + x) / (v + 1);
			k->at.y = (k->at.y * v + y) / (v + 1);
			k->size = (k->size * v + size) / (v + 1);
			k->votes++;
			return n;
		}
		if (k->votes < f[least].votes)
			least = i;
	}
	if (n < FINDER_MAX)
		least = n++;
	else if (f[least].votes > 1)
		return n;
	f[least] = (struct finder){{x, y}, size, 1};
	return n;
}

/* A row's candidate, its core around x: judged along the column, then along
 * the row through the middle that the column gave. */
static size_t consider(const struct grey *g, int x, int y, int total,
    struct finder *f, size_t n)
{
	float down, right, off_x, off_y;
	int max = total * 3 / 4, middle;

	if (!across(g, x, y, 0, 1, max, &down, &off_y))
		return n;
	middle = y + (int)lroundf(off_y);
	if (middle < 0 || middle >= g->height ||
	    !across(g, x, middle, 1, 0, max, &right, &off_x))
		return n;
	if (down > 1.8F * right || right > 1.8F * down)
		return n;
	return add(f, n, (float)x + off_x, (float)y + off_y,
	    (down + right) / 2);
}

static size_t search_row(const struct grey *g, int y, struct finder *f,
    size_t n)
{
	const uint8_t *p = g->pixels + (size_t)(y * g->width);
	struct runs r = {{0}};
	bool colour = false;
	int length = 0;

	for (int x = 0; x <= g->width; x++) {
		bool d = x < g->width && p[x] < CLEAN_MIDDLE;

		if (x < g->width && d == colour) {
			length++;
			continue;
		}
		memmove(r.length, r.length + 1, 4 * sizeof(r.length[0]));
		r.length[4] = length;
		if (colour && is_finder(&r)) {
			int total = 0;

			for (int i = 0; i < 5; i++)
				total += r.length[i];
			n = consider(g,
			    x - r.length[4] - r.length[3] - r.length[2] / 2 - 1,
			    y, total, f, n);
		}
		colour = d;
		length = 1;
	}
	return n;
}

size_t finder_search(const struct grey *g, struct finder out[FINDER_MAX])
{
	size_t n = 0;

	for (int y = 0; y < g->height; y += ROW_STEP)
		n = search_row(g, y, out, n);
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && out[k].votes > out[k - 1].votes;
		     k--) {
			struct finder t = out[k];

			out[k] = out[k - 1];
			out[k - 1] = t;
		}
	return n;
}
