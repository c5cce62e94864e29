#include "camera_decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zbar.h>

#include "camera_grid.h"

enum {
	PIXELS = CAMERA_WIDTH_MAX * CAMERA_HEIGHT_MAX,
	SUMS = (CAMERA_WIDTH_MAX + 1) * (CAMERA_HEIGHT_MAX + 1),
	/* Windows of the local stretch, px. For judging modules: several of
	 * them. */
	RADIUS_GLANCE = 6,
	RADIUS_MODULES = 25,
	VOTES_GLANCE = 3, /* rows that cross a finder, at half the size */
	TICKET_CHARS = 200,
};
static const float GAIN = (float)SYMBOL_PERFECT; /* one deviation */
static const float GAIN_HARD = 400;
/* Deviations: twice the noise of a poor camera's blurred picture; a faded
 * finder has 12 and more. */
static const float QUIET = 5, QUIET_GLANCE = 8;
/* Focus and motion spread a module over its neighbours, more or less. */
static const float CROSSTALK[] = {0.25F, 0, 0.5F, 0.75F};

struct camera_decoder {
	zbar_image_scanner_t *zbar;
	zbar_image_t *image;
	struct grey whole, soft, sharp, drawn;
	uint32_t *sums, *squares;
	struct finder finder[FINDER_MAX];
};

static int make_zbar(struct camera_decoder *d)
{
	d->zbar = zbar_image_scanner_create();
	d->image = zbar_image_create();
	if (d->zbar == NULL || d->image == NULL)
		return -ENOMEM;
	zbar_image_set_format(d->image, zbar_fourcc('Y', '8', '0', '0'));
	/* Nothing but QR: a shop's bar code is no business of a gate. */
	if (zbar_image_scanner_set_config(d->zbar, ZBAR_NONE, ZBAR_CFG_ENABLE,
		0) != 0 ||
	    zbar_image_scanner_set_config(d->zbar, ZBAR_QRCODE, ZBAR_CFG_ENABLE,
		1) != 0)
		return -ENOTSUP;
	return 0;
}

int camera_decoder_open(struct camera_decoder **out, struct err *e)
{
	struct camera_decoder *d = calloc(1, sizeof(*d));
	int r = -ENOMEM;

	*out = NULL;
	if (d == NULL)
		return err_set(e, r, "camera: out of memory");
	d->whole.pixels = malloc(PIXELS);
	d->soft.pixels = malloc(PIXELS);
	d->sharp.pixels = malloc(PIXELS);
	d->drawn.pixels = malloc(GRID_DRAWN * GRID_DRAWN);
	d->sums = malloc(SUMS * sizeof(*d->sums));
	d->squares = malloc(SUMS * sizeof(*d->squares));
	if (d->whole.pixels != NULL && d->soft.pixels != NULL &&
	    d->sharp.pixels != NULL && d->drawn.pixels != NULL &&
	    d->sums != NULL && d->squares != NULL)
		r = make_zbar(d);
	if (r < 0) {
		camera_decoder_close(d);
		return err_set(e, r, "camera: no decoder: %s", strerror(-r));
	}
	*out = d;
	return 0;
}

void camera_decoder_close(struct camera_decoder *d)
{
	if (d == NULL)
		return;
	if (d->image != NULL)
		zbar_image_destroy(d->image);
	if (d->zbar != NULL)
		zbar_image_scanner_destroy(d->zbar);
	free(d->whole.pixels);
	free(d->soft.pixels);
	free(d->sharp.pixels);
	free(d->drawn.pixels);
	free(d->sums);
	free(d->squares);
	free(d);
}

static bool printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return len > 0 && len <= CAMERA_TEXT;
}

static bool is_ticket(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return len == TICKET_CHARS;
}

/* What one picture's symbols came to. */
struct choice {
	struct camera_text ticket, other;
	bool two_tickets, two_others;
};

static void note(struct camera_text *first, bool *two, const char *text,
    size_t len)
{
	if (first->len == 0) {
		memcpy(first->text, text, len);
		first->len = len;
	} else if (first->len != len || memcmp(first->text, text, len) != 0) {
		*two = true;
	}
}

static bool choose(const struct choice *c, struct camera_text *out)
{
	*out = c->ticket.len > 0 ? c->ticket : c->other;
	return c->ticket.len > 0 ? !c->two_tickets
				 : out->len > 0 && !c->two_others;
}

/* True: zbar read something, of which *out holds what counts (len 0: two
 * things). */
static bool scan(struct camera_decoder *d, const struct grey *g,
    struct camera_text *out)
{
	const zbar_symbol_t *s = NULL;
	struct choice c = {0};
	bool any = false;

	zbar_image_set_size(d->image, (unsigned)g->width, (unsigned)g->height);
	zbar_image_set_data(d->image, g->pixels,
	    (unsigned long)g->width * (unsigned long)g->height, NULL);
	if (zbar_scan_image(d->zbar, d->image) > 0)
		s = zbar_image_first_symbol(d->image);
	for (; s != NULL; s = zbar_symbol_next(s)) {
		const char *text = zbar_symbol_get_data(s);
		size_t len = zbar_symbol_get_data_length(s);

		if (zbar_symbol_get_type(s) != ZBAR_QRCODE || text == NULL ||
		    !printable(text, len))
			continue;
		any = true;
		if (is_ticket(text, len))
			note(&c.ticket, &c.two_tickets, text, len);
		else
			note(&c.other, &c.two_others, text, len);
	}
	zbar_image_scanner_recycle_image(d->zbar, d->image);
	zbar_image_set_data(d->image, NULL, 0, NULL);
	if (any && !choose(&c, out))
		memset(out, 0, sizeof(*out));
	return any;
}

static bool take(struct camera_decoder *d, const struct camera_picture *p)
{
	if (p->width < CAMERA_SIDE_MIN || p->height < CAMERA_SIDE_MIN ||
	    p->width > CAMERA_WIDTH_MAX || p->height > CAMERA_HEIGHT_MAX ||
	    p->stride < (size_t)p->width)
		return false;
	d->whole.width = p->width;
	d->whole.height = p->height;
	for (int y = 0; y < p->height; y++)
		memcpy(d->whole.pixels + (size_t)y * (size_t)p->width,
		    p->pixels + (size_t)y * p->stride, (size_t)p->width);
	return true;
}

/* Read module by module, drawn anew and decoded like any other picture. */
static bool scan_corners(struct camera_decoder *d, size_t finders,
    struct camera_text *out)
{
	struct corners corners[CORNERS_MAX];
	size_t n = corners_search(&d->sharp, d->finder, finders, corners);
	struct grid grid;

	d->drawn.width = d->drawn.height = GRID_DRAWN;
	for (size_t i = 0; i < n; i++) {
		grid_read(&d->sharp, &corners[i], &grid);
		for (size_t k = 0; k < ARRAY_LEN(CROSSTALK); k++) {
			grid_draw(&grid, CROSSTALK[k], d->drawn.pixels);
			if (scan(d, &d->drawn, out))
				return true;
		}
	}
	return false;
}

static bool scan_ticket(struct camera_decoder *d, struct camera_text *out)
{
	/* For finding finders, near and far ones: a ring of one module must
	 * not drown in the white around. */
	static const int radius[] = {9, 14};

	clean_blur(&d->whole, &d->soft);
	for (size_t i = 0; i < ARRAY_LEN(radius); i++) {
		size_t n;

		clean_stretch(&d->soft, &d->sharp, radius[i], GAIN, QUIET,
		    d->sums, d->squares);
		n = finder_search(&d->sharp, d->finder);
		clean_stretch(&d->soft, &d->sharp, RADIUS_MODULES, GAIN, QUIET,
		    d->sums, d->squares);
		if (scan_corners(d, n, out))
			return true;
	}
	return false;
}

bool camera_glance(struct camera_decoder *d, const struct camera_picture *p)
{
	if (!take(d, p))
		return false;
	clean_half(&d->whole, &d->soft);
	clean_stretch(&d->soft, &d->sharp, RADIUS_GLANCE, GAIN, QUIET_GLANCE,
	    d->sums, d->squares);
	return finder_search(&d->sharp, d->finder) > 0 &&
	    d->finder[0].votes >= VOTES_GLANCE;
}

bool camera_decode(struct camera_decoder *d, const struct camera_picture *p,
    enum camera_effort effort, struct camera_text *out)
{
	memset(out, 0, sizeof(*out));
	if (!take(d, p))
		return false;
	if (scan(d, &d->whole, out) || effort == CAMERA_EFFORT_PLAIN)
		return out->len > 0;
	if (scan_ticket(d, out))
		return out->len > 0;
	/* Other symbols, faded: d->soft is still the blurred picture. */
	clean_stretch(&d->soft, &d->sharp, RADIUS_MODULES, GAIN_HARD, QUIET,
	    d->sums, d->squares);
	(void)scan(d, &d->sharp, out);
	return out->len > 0;
}
