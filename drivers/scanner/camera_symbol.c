#include "camera_symbol.h"

#include <math.h>
#include <stdlib.h>

enum { TIMING = 6, FRACTION = 16 };

/* ISO/IEC 18004, 6.3: finders with their rims, six alignment patterns (three
 * more would lie on finders), timing. The version's bits count as data. */
int symbol_pattern(int x, int y)
{
	static const int middles[3] = {TIMING, 24, 42};
	const int far = SYMBOL_MODULES - 8;

	if (x < 0 || y < 0 || x >= SYMBOL_MODULES || y >= SYMBOL_MODULES)
		return 1;
	if ((x < 8 || x >= far) && (y < 8 || y >= far) && (x < 8 || y < 8)) {
		int dx = abs(x - (x < 8 ? 3 : SYMBOL_MODULES - 4));
		int dy = abs(y - (y < 8 ? 3 : SYMBOL_MODULES - 4));
		int ring = dx > dy ? dx : dy;

		return ring == 2 || ring == 4 ? 1 : -1;
	}
	for (int i = 0; i < 9; i++) {
		int dx = abs(x - middles[i % 3]), dy = abs(y - middles[i / 3]);

		if (i != 0 && i != 2 && i != 6 && dx <= 2 && dy <= 2)
			return (dx > dy ? dx : dy) == 1 ? 1 : -1;
	}
	if (x == TIMING || y == TIMING)
		return (x + y) % 2 == 0 ? -1 : 1;
	return 0;
}

float symbol_light(const struct grey *g, float x, float y)
{
	int fx, fy, ix, iy, u, v;
	const uint8_t *p;

	if (!(x >= 0) || !(y >= 0) || !(x < (float)(g->width - 1)) ||
	    !(y < (float)(g->height - 1)))
		return 0;
	fx = (int)(x * FRACTION);
	fy = (int)(y * FRACTION);
	ix = fx / FRACTION;
	iy = fy / FRACTION;
	u = fx % FRACTION;
	v = fy % FRACTION;
	p = g->pixels + (size_t)(iy * g->width + ix);
	return (float)((p[0] * (FRACTION - u) + p[1] * u) * (FRACTION - v) +
		   (p[g->width] * (FRACTION - u) + p[g->width + 1] * u) * v) /
	    (FRACTION * FRACTION) -
	    (float)CLEAN_MIDDLE;
}

struct spot symbol_spot(const struct piece *p, float x, float y)
{
	return (struct spot){p->o.x + x * p->u.x + y * p->v.x,
	    p->o.y + x * p->u.y + y * p->v.y};
}

/* The pattern with its margin, computed once: it is asked for some hundred
 * thousand times a picture. */
enum { TABLE = SYMBOL_MODULES + 2 * SYMBOL_FINDER };
static const int8_t *pattern_row(int x, int y)
{
	static int8_t table[TABLE][TABLE];
	static bool done;

	for (int i = 0; !done && i < TABLE * TABLE; i++)
		table[i / TABLE][i % TABLE] = (int8_t)symbol_pattern(
		    i % TABLE - SYMBOL_FINDER, i / TABLE - SYMBOL_FINDER);
	done = true;
	return &table[y + SYMBOL_FINDER][x + SYMBOL_FINDER];
}

float symbol_likeness(const struct grey *g, const struct piece *p, int x, int y,
    int reach)
{
	float sum = 0;
	int n = 0;

	for (int dy = -reach; dy <= reach; dy++) {
		const int8_t *sign = pattern_row(x, y + dy);

		for (int dx = -reach; dx <= reach; dx++) {
			struct spot s = symbol_spot(p, (float)dx, (float)dy);
			float l = symbol_light(g, s.x, s.y);

			if (sign[dx] == 0) {
				sum += fabsf(l);
				n += 1;
			} else {
				sum += sign[dx] > 0 ? 2 * l : -2 * l;
				n += 2;
			}
		}
	}
	return sum / (float)n;
}

/* Parameter k of six; a direction acts four modules away. */
static void move(struct piece *p, int k, float by)
{
	float *const of[6] = {&p->o.x, &p->o.y, &p->u.x, &p->u.y, &p->v.x,
	    &p->v.y};

	*of[k] += k < 2 ? by : by / SYMBOL_FINDER;
}

float symbol_fit_finder(const struct grey *g, struct piece *p, int x, int y)
{
	float best = symbol_likeness(g, p, x, y, SYMBOL_FINDER);
	float size = hypotf(p->u.x, p->u.y);

	for (float step = 0.4F * size; step > 0.04F * size; step *= 0.6F)
		for (int k = 0; k < 24; k++) {
			struct piece q = *p;
			float l;

			move(&q, k / 2 % 6, k % 2 == 0 ? step : -step);
			l = symbol_likeness(g, &q, x, y, SYMBOL_FINDER);
			if (l > best) {
				best = l;
				*p = q;
			}
		}
	return best;
}
