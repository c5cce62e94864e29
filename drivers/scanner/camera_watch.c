#include "camera_watch.h"

#include <stdlib.h>
#include <string.h>

/* A cell's mean, from every fourth row: enough to see a hand. */
static uint8_t cell(const struct camera_picture *p, int cx, int cy)
{
	int x0 = p->width * cx / WATCH_CELLS_X;
	int x1 = p->width * (cx + 1) / WATCH_CELLS_X;
	int y0 = p->height * cy / WATCH_CELLS_Y;
	int y1 = p->height * (cy + 1) / WATCH_CELLS_Y;
	unsigned sum = 0, n = 0;

	for (int y = y0; y < y1; y += 4) {
		const uint8_t *row = p->pixels + (size_t)y * p->stride;

		for (int x = x0; x < x1; x++)
			sum += row[x];
		n += (unsigned)(x1 - x0);
	}
	return (uint8_t)(n == 0 ? 0 : sum / n);
}

bool watch_changed(struct watch *w, const struct camera_picture *p,
    int64_t mono_ms)
{
	uint8_t cells[WATCH_CELLS_Y][WATCH_CELLS_X];
	bool changed = !w->vain || mono_ms - w->vain_ms >= WATCH_STILL_MS;

	for (int y = 0; y < WATCH_CELLS_Y; y++)
		for (int x = 0; x < WATCH_CELLS_X; x++) {
			cells[y][x] = cell(p, x, y);
			if (abs(cells[y][x] - w->cells[y][x]) >= WATCH_CHANGE)
				changed = true;
		}
	if (changed) {
		memcpy(w->cells, cells, sizeof(cells));
		w->vain = true;
		w->vain_ms = mono_ms;
	}
	return changed;
}

bool watch_news(struct watch *w, const struct camera_text *t, int64_t mono_ms)
{
	size_t use = 0;

	for (size_t i = 0; i < WATCH_TEXTS; i++) {
		const struct camera_text *s = &w->seen[i].text;

		if (s->len > 0 && s->len == t->len &&
		    memcmp(s->text, t->text, t->len) == 0) {
			int64_t since_ms = mono_ms - w->seen[i].last_ms;

			w->seen[i].last_ms = mono_ms;
			return since_ms >= WATCH_GONE_MS;
		}
		if (w->seen[use].text.len > 0 &&
		    (s->len == 0 || w->seen[i].last_ms < w->seen[use].last_ms))
			use = i;
	}
	w->seen[use].text = *t;
	w->seen[use].last_ms = mono_ms;
	return true;
}

bool watch_picture(struct watch *w, struct camera_decoder *d,
    const struct camera_picture *p, int64_t mono_ms, struct camera_text *out)
{
	if (mono_ms < w->next_ms)
		return false;
	w->next_ms = mono_ms + WATCH_MS;
	/* The glance comes first: it also refuses sizes out of bounds. */
	if (!camera_glance(d, p) || !watch_changed(w, p, mono_ms) ||
	    !camera_decode(d, p, CAMERA_EFFORT_FULL, out))
		return false;
	w->vain = false;
	w->next_ms = mono_ms + WATCH_READ_MS;
	return watch_news(w, out, mono_ms);
}
