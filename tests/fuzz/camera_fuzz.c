/* Any picture through what looks for a ticket's symbol: whatever is found
 * lies in bounds, and what is drawn is a picture. zbar is not in it: its own
 * faults are why it runs in a process that can reach nothing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/scanner/camera_grid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIDE_MAX = 256, PIXELS = SIDE_MAX * SIDE_MAX };
static uint8_t whole[PIXELS], soft[PIXELS], sharp[PIXELS];
static uint8_t drawn[GRID_DRAWN * GRID_DRAWN];
static uint32_t sums[(SIDE_MAX + 1) * (SIDE_MAX + 1)];
static uint32_t squares[(SIDE_MAX + 1) * (SIDE_MAX + 1)];

/* The input is a picture of a quarter of the size, or less; what lacks is
 * white. */
static void paint(const uint8_t *data, size_t size, const struct grey *g)
{
	for (int y = 0; y < g->height; y++)
		for (int x = 0; x < g->width; x++) {
			size_t i = (size_t)(y / 2 * (g->width / 2) + x / 2);

			g->pixels[y * g->width + x] = i < size ? data[i] : 255;
		}
}

static void check_grid(const struct grey *g, const struct corners *c)
{
	struct grid grid;

	grid_read(g, c, &grid);
	for (int i = 0; i < SYMBOL_MODULES * SYMBOL_MODULES; i++)
		if (!isfinite(
			grid.light[i / SYMBOL_MODULES][i % SYMBOL_MODULES]))
			abort();
	grid_draw(&grid, 0.5F, drawn);
	for (size_t i = 0; i < sizeof(drawn); i++)
		if (drawn[i] != 20 && drawn[i] != 235)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct grey g = {whole, 0, 0}, s = {soft, 0, 0}, h = {sharp, 0, 0};
	struct finder finder[FINDER_MAX];
	struct corners corners[CORNERS_MAX];
	size_t n;

	if (size < 4)
		return 0;
	g.width = 64 + data[0] % (SIDE_MAX - 64 + 1);
	g.height = 64 + data[1] % (SIDE_MAX - 64 + 1);
	paint(data + 4, size - 4, &g);
	clean_blur(&g, &s);
	clean_stretch(&s, &h, 1 + data[2] % 40, 64, 5, sums, squares);
	n = finder_search(&h, finder);
	if (n > FINDER_MAX)
		abort();
	for (size_t i = 0; i < n; i++)
		if (finder[i].at.x < 0 || finder[i].at.y < 0 ||
		    finder[i].at.x > (float)g.width ||
		    finder[i].at.y > (float)g.height)
			abort();
	n = corners_search(&h, finder, n, corners);
	if (n > CORNERS_MAX)
		abort();
	for (size_t i = 0; i < n; i++)
		check_grid(&h, &corners[i]);
	clean_half(&g, &s);
	return 0;
}
