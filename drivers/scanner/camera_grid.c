#include "camera_grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	STEP = 2,                            /* modules between two nodes */
	NODES = (SYMBOL_MODULES + 1) / STEP, /* a side */
	NEAR = 3,                            /* nodes that foretell another */
	PATCH = 4,                           /* modules around a node */
};
/* What a node must gain to be moved from where its neighbours foretell it, a
 * module away: about a third of the contrast. */
static const float STIFF = 20.0F;
/* Less likeness than this, and a finder is torn off: nothing grows there. */
static const float FINDER_WORTH = 24.0F;

struct mesh {
	const struct grey *g;
	struct spot u, v; /* a module, on the whole */
	struct spot at[NODES][NODES], next[NODES][NODES];
	float score[NODES][NODES]; /* of next; < 0 = not at the rim */
	bool known[NODES][NODES];
};

/* Sums of a weighted least-squares fit of an affine piece. */
struct sums {
	float w, x, y, xx, xy, yy;
	struct spot p, px, py;
};

static void sum_up(struct sums *s, float x, float y, float w, struct spot at)
{
	s->w += w;
	s->x += w * x;
	s->y += w * y;
	s->xx += w * x * x;
	s->xy += w * x * y;
	s->yy += w * y * y;
	s->p.x += w * at.x;
	s->p.y += w * at.y;
	s->px.x += w * x * at.x;
	s->px.y += w * x * at.y;
	s->py.x += w * y * at.x;
	s->py.y += w * y * at.y;
}

static void solve(const struct sums *s, float p, float px, float py, float *o,
    float *u, float *v)
{
	/* Cramer; the prior keeps the determinant away from zero. */
	float a = s->xx * s->yy - s->xy * s->xy;
	float b = s->xy * s->y - s->x * s->yy;
	float c = s->x * s->xy - s->xx * s->y;
	float det = s->w * a + s->x * b + s->y * c;

	*o = (p * a + px * b + py * c) / det;
	*u = (p * b + px * (s->w * s->yy - s->y * s->y) +
		 py * (s->x * s->y - s->w * s->xy)) /
	    det;
	*v = (p * c + px * (s->x * s->y - s->w * s->xy) +
		 py * (s->w * s->xx - s->x * s->x)) /
	    det;
}

/* The piece around node (i, j) as its known neighbours foretell it. */
static struct piece foretell(const struct mesh *m, int i, int j)
{
	/* A direction of which the neighbours say nothing is as on the
	 * whole. */
	const float prior = 0.3F;
	struct sums s = {.xx = prior,
	    .yy = prior,
	    .px = {prior * m->u.x, prior * m->u.y},
	    .py = {prior * m->v.x, prior * m->v.y}};
	struct piece p;

	for (int dj = -NEAR; dj <= NEAR; dj++)
		for (int di = -NEAR; di <= NEAR; di++) {
			int a = i + di, b = j + dj;

			if (a < 0 || b < 0 || a >= NODES || b >= NODES ||
			    (di == 0 && dj == 0) || !m->known[b][a])
				continue;
			sum_up(&s, (float)(di * STEP), (float)(dj * STEP),
			    1 / (float)(di * di + dj * dj), m->at[b][a]);
		}
	solve(&s, s.p.x, s.px.x, s.py.x, &p.o.x, &p.u.x, &p.v.x);
	solve(&s, s.p.y, s.px.y, s.py.y, &p.o.y, &p.u.y, &p.v.y);
	return p;
}

/* Moves the piece to where it looks most like modules, at most half a module
 * away; returns how much it does. */
static float settle(const struct mesh *m, struct piece *p, int i, int j)
{
	const struct spot start = p->o;
	float best = symbol_likeness(m->g, p, i * STEP, j * STEP, PATCH);
	float x = 0, y = 0;

	for (float step = 0.28F; step > 0.05F; step /= 2) {
		float cx = x, cy = y;

		for (int k = 0; k < 9; k++) {
			float tx = cx + step * (float)(k % 3 - 1);
			float ty = cy + step * (float)(k / 3 - 1);
			struct piece q = *p;
			float l;

			if (k == 4)
				continue;
			q.o = start;
			q.o = symbol_spot(&q, tx, ty);
			l = symbol_likeness(m->g, &q, i * STEP, j * STEP,
				PATCH) -
			    STIFF * (tx * tx + ty * ty);
			if (l > best) {
				best = l;
				x = tx;
				y = ty;
				p->o = q.o;
			}
		}
	}
	return best;
}

static void look_at(struct mesh *m, int i, int j)
{
	struct piece p;

	if (i < 0 || j < 0 || i >= NODES || j >= NODES || m->known[j][i])
		return;
	p = foretell(m, i, j);
	m->score[j][i] = fmaxf(settle(m, &p, i, j), 0);
	m->next[j][i] = p.o;
}

/* The modules of one finder, of one that is there. */
static void sow(struct mesh *m, const struct corners *c, enum corner corner)
{
	struct piece p = corners_piece(c, corner);
	int x = corners_module_x(corner), y = corners_module_y(corner);

	if (symbol_fit_finder(m->g, &p, x, y) < FINDER_WORTH)
		return;
	for (int k = 0; k < 16; k++) {
		int dx = k % 4 * STEP - 3, dy = k / 4 * STEP - 3;

		m->at[(y + dy) / STEP][(x + dx) / STEP] = symbol_spot(&p,
		    (float)dx, (float)dy);
		m->known[(y + dy) / STEP][(x + dx) / STEP] = true;
	}
}

static void grow(struct mesh *m)
{
	for (int k = 0; k < NODES * NODES; k++) {
		int i = k % NODES, j = k / NODES;

		m->score[j][i] = -1;
		if ((i > 0 && m->known[j][i - 1]) ||
		    (i + 1 < NODES && m->known[j][i + 1]) ||
		    (j > 0 && m->known[j - 1][i]) ||
		    (j + 1 < NODES && m->known[j + 1][i]))
			look_at(m, i, j);
	}
	for (;;) {
		float best = -1;
		int i = 0, j = 0;

		for (int k = 0; k < NODES * NODES; k++)
			if (!m->known[k / NODES][k % NODES] &&
			    m->score[k / NODES][k % NODES] > best) {
				i = k % NODES;
				j = k / NODES;
				best = m->score[j][i];
			}
		if (best < 0)
			return;
		m->at[j][i] = m->next[j][i];
		m->known[j][i] = true;
		look_at(m, i - 1, j);
		look_at(m, i + 1, j);
		look_at(m, i, j - 1);
		look_at(m, i, j + 1);
	}
}

/* Once more, now that each node has neighbours on all sides. */
static void smooth(struct mesh *m)
{
	for (int j = 0; j < NODES; j++)
		for (int i = 0; i < NODES; i++) {
			struct piece p = foretell(m, i, j);

			(void)settle(m, &p, i, j);
			m->at[j][i] = p.o;
		}
}

/* A module's middle: a node, or between two or four of them. */
static struct spot middle(const struct mesh *m, int x, int y)
{
	const struct spot *a = &m->at[y / STEP][x / STEP];
	const struct spot *b = &m->at[y / STEP][(x + 1) / STEP];
	const struct spot *c = &m->at[(y + 1) / STEP][x / STEP];
	const struct spot *d = &m->at[(y + 1) / STEP][(x + 1) / STEP];

	return (struct spot){(a->x + b->x + c->x + d->x) / 4,
	    (a->y + b->y + c->y + d->y) / 4};
}

/* The middle counts double: the rim belongs to the neighbours as well. */
static float module_light(const struct mesh *m, struct spot s)
{
	float ux = m->u.x / 5, uy = m->u.y / 5;
	float vx = m->v.x / 5, vy = m->v.y / 5;

	return (2 * symbol_light(m->g, s.x, s.y) +
		   symbol_light(m->g, s.x + ux, s.y + uy) +
		   symbol_light(m->g, s.x - ux, s.y - uy) +
		   symbol_light(m->g, s.x + vx, s.y + vy) +
		   symbol_light(m->g, s.x - vx, s.y - vy)) /
	    6;
}

void grid_read(const struct grey *g, const struct corners *c, struct grid *out)
{
	struct piece p = corners_piece(c, CORNER);
	struct mesh m = {.g = g, .u = p.u, .v = p.v};

	for (int i = 0; i < CORNERS; i++)
		sow(&m, c, (enum corner)i);
	grow(&m);
	smooth(&m);
	for (int y = 0; y < SYMBOL_MODULES; y++)
		for (int x = 0; x < SYMBOL_MODULES; x++)
			out->light[y][x] = module_light(&m, middle(&m, x, y));
}

/* Outside the symbol is white paper. */
static float light_of(const struct grid *g, int x, int y)
{
	return x < 0 || y < 0 || x >= SYMBOL_MODULES || y >= SYMBOL_MODULES
	    ? SYMBOL_PERFECT
	    : g->light[y][x];
}

static bool is_dark(const struct grid *g, float crosstalk, int x, int y)
{
	int known = symbol_pattern(x, y);

	if (known != 0)
		return known < 0;
	return g->light[y][x] < crosstalk / 4 *
	    (light_of(g, x - 1, y) + light_of(g, x + 1, y) +
		light_of(g, x, y - 1) + light_of(g, x, y + 1));
}

void grid_draw(const struct grid *grid, float crosstalk, uint8_t *pixels)
{
	for (int y = 0; y < GRID_DRAWN; y++)
		for (int x = 0; x < GRID_DRAWN; x++)
			pixels[y * GRID_DRAWN + x] = is_dark(grid, crosstalk,
							 x / GRID_PIXELS -
							     GRID_QUIET,
							 y / GRID_PIXELS -
							     GRID_QUIET)
			    ? 20
			    : 235;
}
