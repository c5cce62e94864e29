#include "turn.h"

#include <string.h>

/* A block of both pictures that stays in the nearest cache: 4 KB each. */
enum { BLOCK = 32 };

void turn_panel(const struct turn *t, int *width_px, int *height_px)
{
	bool side = t->degrees == 90 || t->degrees == 270;

	*width_px = side ? t->height_px : t->width_px;
	*height_px = side ? t->width_px : t->height_px;
}

struct rect turn_rect(const struct turn *t, struct rect r)
{
	int right = t->width_px - r.x - r.w;
	int below = t->height_px - r.y - r.h;

	if (t->degrees == 90)
		return (struct rect){below, r.x, r.h, r.w};
	if (t->degrees == 180)
		return (struct rect){right, below, r.w, r.h};
	if (t->degrees == 270)
		return (struct rect){r.y, right, r.h, r.w};
	return r;
}

void turn_back(const struct turn *t, int panel_x, int panel_y, int *x, int *y)
{
	*x = panel_x;
	*y = panel_y;
	if (t->degrees == 90) {
		*x = panel_y;
		*y = t->height_px - 1 - panel_x;
	} else if (t->degrees == 180) {
		*x = t->width_px - 1 - panel_x;
		*y = t->height_px - 1 - panel_y;
	} else if (t->degrees == 270) {
		*x = t->width_px - 1 - panel_y;
		*y = panel_x;
	}
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* How far the source moves for one step right and one step down on the panel,
 * and where it starts. */
struct walk {
	const uint32_t *from;
	ptrdiff_t right, down;
};

static struct walk walk_of(const struct turn *t, const struct picture *from,
    struct rect r)
{
	ptrdiff_t row = from->stride_px;
	const uint32_t *first = from->px + r.y * row + r.x;
	const uint32_t *last_row = first + (r.h - 1) * row;

	if (t->degrees == 90)
		return (struct walk){last_row, -row, 1};
	if (t->degrees == 180)
		return (struct walk){last_row + r.w - 1, -1, -row};
	if (t->degrees == 270)
		return (struct walk){first + r.w - 1, row, -1};
	return (struct walk){first, 1, row};
}

static void copy_block(const struct walk *w, uint32_t *to, ptrdiff_t stride,
    struct rect block)
{
	for (int y = block.y; y < block.y + block.h; y++) {
		const uint32_t *in = w->from + y * w->down + block.x * w->right;
		uint32_t *out = to + y * stride + block.x;

		for (int x = 0; x < block.w; x++)
			out[x] = in[x * w->right];
	}
}

void turn_copy(const struct turn *t, const struct picture *from, struct rect r,
    const struct picture *panel)
{
	struct rect there = turn_rect(t, r);
	struct walk w;
	ptrdiff_t stride = panel->stride_px;
	uint32_t *to = panel->px + there.y * stride + there.x;

	if (r.w <= 0 || r.h <= 0)
		return;
	w = walk_of(t, from, r);
	if (w.right == 1) {
		for (int y = 0; y < r.h; y++)
			memcpy(to + y * stride, w.from + y * w.down,
			    (size_t)r.w * sizeof(*to));
		return;
	}
	for (int y = 0; y < there.h; y += BLOCK)
		for (int x = 0; x < there.w; x += BLOCK)
			copy_block(&w, to, stride,
			    (struct rect){x, y, least(BLOCK, there.w - x),
				least(BLOCK, there.h - y)});
}
