/*
 * What holds for every screen, of a kiosk and of a gate: each check looks at
 * `scene`, names what is wrong with it and counts it.
 */
#ifndef KARCIS_TESTS_SCENE_CHECKS_H
#define KARCIS_TESTS_SCENE_CHECKS_H

#include "tests/bench/ui_screens.h"
#include "ui/font.h"
#include "ui/screens.h"

#include <stdlib.h>
#include <string.h>

static struct fonts *fonts;
static struct metrics metrics;
static struct scene scene;

static int setup(void **state)
{
	struct err e = {0};

	(void)state;
	if (text_init("build/locale", &e) < 0 ||
	    fonts_open(NULL, &fonts, &e) < 0) {
		print_error("%s\n", e.text);
		return -1;
	}
	metrics = fonts_metrics(fonts);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fonts_close(fonts);
	return 0;
}

static struct theme theme_of(const struct panel *p)
{
	struct theme t;

	assert_int_equal(theme_init(&t, p->width_px, p->height_px, p->diagonal),
	    0);
	return t;
}

static int overflows(const struct theme *t, const char *name)
{
	struct rect panel = {0, 0, t->width_px, t->height_px};
	int bad = 0;

	for (int i = 0; i < scene.count; i++) {
		const struct item *it = &scene.item[i];

		if (!it->overflow && rect_contains(panel, it->r))
			continue;
		print_error("%dx%d %s: \"%s\" does not fit\n", t->width_px,
		    t->height_px, name, it->text);
		bad++;
	}
	return bad + scene.full;
}

/* Where a text has ink: capitals and descenders. */
static struct rect ink(const struct item *it)
{
	int top = metrics.ascent(metrics.self, it->font, it->size) -
	    it->size * 73 / 100;

	return (struct rect){it->r.x, it->r.y + top, it->r.w,
	    it->size * (strpbrk(it->text, "gjpqy,") != NULL ? 90 : 73) / 100};
}

/* The phone stands in the middle 15/24 of its square. */
static struct rect solid(const struct item *it)
{
	if (it->kind == ITEM_TEXT)
		return ink(it);
	if (it->icon == ICON_PHONE)
		return (struct rect){it->r.x + it->r.w * 4 / 24, it->r.y,
		    it->r.w * 16 / 24, it->r.h};
	return it->r;
}

static int overlaps(const struct theme *t, const char *name)
{
	int bad = 0, from = 0;

	for (int i = 0; i < scene.count; i++) {
		if (scene.item[i].kind == ITEM_SCRIM)
			from = i;
	}
	for (int i = from; i < scene.count; i++) {
		for (int k = i + 1; k < scene.count; k++) {
			const struct item *a = &scene.item[i];
			const struct item *b = &scene.item[k];

			if (a->kind != ITEM_TEXT ||
			    (b->kind != ITEM_TEXT && b->kind != ITEM_ICON &&
				b->kind != ITEM_QR) ||
			    !rect_meets(ink(a), solid(b)))
				continue;
			print_error("%dx%d %s: \"%s\" meets \"%s\"\n",
			    t->width_px, t->height_px, name, a->text, b->text);
			bad++;
		}
	}
	return bad;
}

/* EN 301 549 5.1.4: capitals of 0.7 degree, 7.3 mm at 600 mm on the tall
 * panel, 4.9 mm at 400 mm on the compact ones; capitals are 0.727 em. */
static int unreadably_small(const struct theme *t, const char *name)
{
	double least = t->wide ? 4.85 : 7.3, mm = t->mm / t->px;
	int bad = 0;

	for (int i = 0; i < scene.count; i++) {
		const struct item *it = &scene.item[i];

		if (it->kind != ITEM_TEXT || it->size * 0.727 * mm >= least)
			continue;
		print_error("%dx%d %s: \"%s\" has capitals of %.1f mm\n",
		    t->width_px, t->height_px, name, it->text,
		    it->size * 0.727 * mm);
		bad++;
	}
	return bad;
}

static int too_small_to_hit(const struct theme *t, const char *name)
{
	double w = t->wide ? 15.9 : 19.9, h = t->wide ? 13.9 : 19.9;
	double mm = t->mm / t->px;
	int bad = 0;

	for (int i = 0; i < scene.count; i++) {
		const struct item *it = &scene.item[i];

		if (!item_is_key(it))
			continue;
		if (it->r.w * mm >= w && it->r.h * mm >= h)
			continue;
		print_error("%dx%d %s: a key is %.1f x %.1f mm\n", t->width_px,
		    t->height_px, name, it->r.w * mm, it->r.h * mm);
		bad++;
	}
	return bad;
}

#endif
