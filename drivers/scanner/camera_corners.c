#include "camera_corners.h"

#include <math.h>
#include <string.h>

enum {
	CONSIDERED = 36, /* finders that take part */
	PAIRS = 6,       /* of which a third is looked for */
	AROUND = 16,     /* steps of the search on each side */
};
static const float STEP_MODULES = 0.75F;
/* Least likeness. Three random places of a picture reach about 30 at times,
 * faded and folded finders begin at 40. */
static const float WORTH = 28.0F;
static const float WORTH_PAIR = 34.0F;

int corners_module_x(enum corner at)
{
	return at == CORNER_ALONG ? SYMBOL_MODULES - 4 : 3;
}

int corners_module_y(enum corner at)
{
	return at == CORNER_DOWN ? SYMBOL_MODULES - 4 : 3;
}

static struct spot less(struct spot a, struct spot b, float by)
{
	return (struct spot){(a.x - b.x) * by, (a.y - b.y) * by};
}

struct piece corners_piece(const struct corners *c, enum corner at)
{
	const float by = 1.0F / SYMBOL_CORNERS;

	return (struct piece){c->at[at],
	    less(c->at[CORNER_ALONG], c->at[CORNER], by),
	    less(c->at[CORNER_DOWN], c->at[CORNER], by)};
}

static float likeness_at(const struct grey *g, const struct corners *c,
    enum corner at)
{
	struct piece p = corners_piece(c, at);

	return symbol_likeness(g, &p, corners_module_x(at),
	    corners_module_y(at), SYMBOL_FINDER);
}

/* Whether the finders' own size fits a module of the size of u. A row
 * crosses a turned pattern at a slant. */
static bool size_fits(const struct finder *f, struct spot u)
{
	float size = hypotf(u.x, u.y);
	float want = 7 * size * size / fmaxf(fabsf(u.x), fabsf(u.y));

	return f->size < 1.5F * want && want < 1.5F * f->size;
}

/* Seen from the front, of a likely shape. */
static bool shape_fits(struct spot u, struct spot v)
{
	float lu = hypotf(u.x, u.y), lv = hypotf(v.x, v.y);

	return u.x * v.y - u.y * v.x > 0.75F * lu * lv && lu < 1.8F * lv &&
	    lv < 1.8F * lu;
}

/* Keeps the `most` best, best first. */
static size_t keep(struct corners *out, size_t n, size_t most,
    const struct corners *c)
{
	size_t at = n;

	while (at > 0 && out[at - 1].promise < c->promise)
		at--;
	if (at == most)
		return n;
	if (n < most)
		n++;
	memmove(out + at + 1, out + at, (n - 1 - at) * sizeof(*out));
	out[at] = *c;
	return n;
}

static size_t triples(const struct grey *g, const struct finder *f, size_t n,
    struct corners out[CORNERS_MAX])
{
	size_t found = 0;

	for (size_t i = 0; i < n * n * n; i++) {
		const struct finder *three[CORNERS] = {&f[i % n], &f[i / n % n],
		    &f[i / n / n]};
		struct corners c = {{three[0]->at, three[1]->at, three[2]->at},
		    0};
		struct piece p = corners_piece(&c, CORNER);

		if (!shape_fits(p.u, p.v) || !size_fits(three[0], p.u) ||
		    !size_fits(three[1], p.u) || !size_fits(three[2], p.v))
			continue;
		for (int k = 0; k < CORNERS; k++)
			c.promise += likeness_at(g, &c, (enum corner)k) / 3;
		if (c.promise > WORTH)
			found = keep(out, found, CORNERS_MAX, &c);
	}
	return found;
}

/* The third corner of a square, as it would be seen from the front. */
static void square_up(struct corners *c, enum corner lacks)
{
	struct spot *at = c->at, d;

	switch (lacks) {
	case CORNER_DOWN:
		d = less(at[CORNER_ALONG], at[CORNER], 1);
		at[CORNER_DOWN] = (struct spot){at[CORNER].x - d.y,
		    at[CORNER].y + d.x};
		return;
	case CORNER_ALONG:
		d = less(at[CORNER_DOWN], at[CORNER], 1);
		at[CORNER_ALONG] = (struct spot){at[CORNER].x + d.y,
		    at[CORNER].y - d.x};
		return;
	case CORNER:
		d = less(at[CORNER_ALONG], at[CORNER_DOWN], 0.5F);
		at[CORNER] = (struct spot){at[CORNER_ALONG].x - d.x + d.y,
		    at[CORNER_ALONG].y - d.x - d.y};
		return;
	case CORNERS:
		return;
	}
}

/* Pairs, each as each two of the three corners. */
static size_t pairs(const struct grey *g, const struct finder *f, size_t n,
    struct corners out[PAIRS], enum corner lacks)
{
	enum corner a = lacks == CORNER ? CORNER_ALONG : CORNER;
	enum corner b = lacks == CORNER_DOWN ? CORNER_ALONG : CORNER_DOWN;
	size_t found = 0;

	for (size_t i = 0; i < n * n; i++) {
		const struct finder *one = &f[i % n], *two = &f[i / n];
		struct corners c = {{{0, 0}}, 0};
		struct piece p;

		if (one == two)
			continue;
		c.at[a] = one->at;
		c.at[b] = two->at;
		square_up(&c, lacks);
		p = corners_piece(&c, CORNER);
		if (!size_fits(one, p.u) || !size_fits(two, p.u))
			continue;
		c.promise = (likeness_at(g, &c, a) + likeness_at(g, &c, b)) / 2;
		if (c.promise > WORTH_PAIR)
			found = keep(out, found, PAIRS, &c);
	}
	return found;
}

/* Where the third corner looks most like one. When nowhere does, it stays
 * where a square has it: torn off, perhaps. */
static void find_third(const struct grey *g, struct corners *c,
    enum corner lacks)
{
	const struct corners start = *c;
	const struct piece p = corners_piece(c, CORNER);
	float best = WORTH / 2, two = c->promise;

	for (int k = 0; k < (2 * AROUND + 1) * (2 * AROUND + 1); k++) {
		struct corners t = start;
		struct piece q;
		float l;
		float x = (float)(k % (2 * AROUND + 1) - AROUND) * STEP_MODULES;
		float y = (float)(k / (2 * AROUND + 1) - AROUND) * STEP_MODULES;

		t.at[lacks].x += x * p.u.x + y * p.v.x;
		t.at[lacks].y += x * p.u.y + y * p.v.y;
		q = corners_piece(&t, CORNER);
		if (!shape_fits(q.u, q.v))
			continue;
		l = likeness_at(g, &t, lacks);
		if (l > best) {
			best = l;
			c->at[lacks] = t.at[lacks];
		}
	}
	c->promise = (2 * two + best) / 3;
}

size_t corners_search(const struct grey *g, const struct finder *f, size_t n,
    struct corners out[CORNERS_MAX])
{
	struct corners pair[PAIRS];
	size_t found;

	if (n > CONSIDERED)
		n = CONSIDERED;
	found = triples(g, f, n, out);
	/* Two corners would be seen in the three as well. */
	if (found > 0)
		return found;
	for (int lacks = 0; lacks < CORNERS; lacks++) {
		size_t many = pairs(g, f, n, pair, (enum corner)lacks);

		for (size_t i = 0; i < many; i++) {
			find_third(g, &pair[i], (enum corner)lacks);
			found = keep(out, found, CORNERS_MAX, &pair[i]);
		}
	}
	return found;
}
