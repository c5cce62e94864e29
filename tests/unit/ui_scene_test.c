/* The screens: nothing overflows, overlaps or is too small to read or hit,
 * in both languages on every panel; presses and damage are right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/bench/ui_screens.c"
#include "scene_checks.h"

static struct scene other;

/* Runs check over every view, language and panel; counts the bad ones. */
static int each(int (*check)(const struct theme *t, const char *name))
{
	struct view v;
	const char *name;
	int bad = 0;

	for (int p = 0; p < sample_panel_count; p++) {
		struct theme t = theme_of(&sample_panels[p]);

		for (int n = 0; (name = sample_view(n, LANG_ID, &v)) != NULL;
		     n++) {
			for (int lang = 0; lang < LANGS; lang++) {
				(void)sample_view(n, (enum lang)lang, &v);
				screens_build(&scene, &t, &metrics, &v);
				bad += check(&t, name);
			}
		}
	}
	return bad;
}

static void test_no_text_overflows(void **state)
{
	(void)state;
	assert_int_equal(each(overflows), 0);
}

static void test_no_text_meets_another(void **state)
{
	(void)state;
	assert_int_equal(each(overlaps), 0);
}

static void test_every_text_can_be_read(void **state)
{
	(void)state;
	assert_int_equal(each(unreadably_small), 0);
}

static void test_every_key_can_be_hit(void **state)
{
	(void)state;
	assert_int_equal(each(too_small_to_hit), 0);
}

static int without_language(const struct theme *t, const char *name)
{
	for (int i = 0; i < scene.count; i++) {
		if (scene.item[i].action == ACTION_LANG_ID ||
		    scene.item[i].action == ACTION_LANG_EN)
			return 0;
	}
	if (strcmp(name, "warning") == 0)
		return 0; /* one question only */
	print_error("%dx%d %s: no language button\n", t->width_px, t->height_px,
	    name);
	return 1;
}

static void test_language_is_on_every_screen(void **state)
{
	(void)state;
	assert_int_equal(each(without_language), 0);
}

static const struct item *symbol_item(char symbol)
{
	for (int i = 0; i < scene.count; i++) {
		if (scene.item[i].symbol == symbol)
			return &scene.item[i];
	}
	return NULL;
}

static void build(int n)
{
	struct theme t = theme_of(&sample_panels[0]);
	struct view v;

	assert_non_null(sample_view(n, LANG_ID, &v));
	screens_build(&scene, &t, &metrics, &v);
}

static void test_keys_are_those_of_the_code(void **state)
{
	(void)state;
	build(7);
	assert_non_null(symbol_item('A'));
	assert_non_null(symbol_item('O')); /* read as 0 */
	assert_non_null(symbol_item('\b'));
	assert_null(symbol_item('U')); /* no Crockford symbol */
}

static void test_hit_is_inside_only(void **state)
{
	const struct item *it;
	int i;

	(void)state;
	build(7);
	it = symbol_item('1');
	if (it == NULL)
		abort();
	i = (int)(it - scene.item);
	assert_int_equal(scene_hit(&scene, it->r.x, it->r.y), i);
	assert_int_equal(
	    scene_hit(&scene, it->r.x + it->r.w - 1, it->r.y + it->r.h - 1), i);
	assert_int_equal(scene_hit(&scene, it->r.x - 1, it->r.y), -1);
	assert_int_equal(scene_hit(&scene, it->r.x, it->r.y - 1), -1);
}

static void test_equal_scenes_have_no_damage(void **state)
{
	struct rect panel = {0, 0, 1080, 1920};
	struct damage d;

	(void)state;
	build(7);
	other = scene;
	scene_damage(&scene, &other, panel, &d);
	assert_int_equal(d.count, 0);
	scene_press(&other, 10);
	scene_damage(&scene, &other, panel, &d);
	assert_int_equal(d.count, 1);
	assert_memory_equal(&d.r[0], &scene.item[10].r, sizeof(d.r[0]));
}

/* The figures of the design's table, by WCAG 2.1's formula. */
static void test_contrasts(void **state)
{
	(void)state;
	assert_true(theme_contrast(COL_INK, COL_PAPER) >= 15.0);
	assert_true(theme_contrast(COL_INK2, COL_PAPER) >= 4.5);
	assert_true(theme_contrast(COL_CARD, COL_BRAND) >= 4.5);
	assert_true(theme_contrast(COL_BRAND_SOFT, COL_BRAND) >= 4.5);
	assert_true(theme_contrast(COL_CARD, COL_OK) >= 4.5);
	assert_true(theme_contrast(COL_OK, COL_OK_SOFT) >= 4.5);
	assert_true(theme_contrast(COL_WARN, COL_WARN_SOFT) >= 4.5);
	assert_true(theme_contrast(COL_BAD, COL_BAD_SOFT) >= 4.5);
	assert_true(theme_contrast(COL_OFF_INK, COL_OFF) >= 4.5);
	assert_true(theme_contrast(COL_BORDER, COL_PAPER) >= 3.0);
	assert_true(theme_contrast(COL_BORDER, COL_CARD) >= 3.0);
	assert_true(theme_contrast(COL_CARD, COL_BAD) >= 4.5);
	assert_true(theme_contrast(COL_INK, COL_AMBER) >= 4.5);
	/* Black on white is 21 by definition; here paper stands for both. */
	assert_true(theme_contrast(COL_INK, COL_INK) < 1.001);
}

static void test_small_panels_are_refused(void **state)
{
	struct theme t;

	(void)state;
	/* 1024x600: 221 x 130 mm at 10.1 inch, 199.6 x 117 mm at 9.1 */
	assert_int_equal(theme_init(&t, 1024, 600, 101), 0);
	assert_int_equal(theme_init(&t, 1024, 600, 91), -34 /* ERANGE */);
	assert_int_equal(theme_init(&t, 0, 600, 101), -22 /* EINVAL */);
}

static void test_a_missing_font_names_its_package(void **state)
{
	struct fonts *f = NULL;
	struct err e = {0};

	(void)state;
	assert_int_equal(fonts_open("/nonexistent", &f, &e), -2 /* ENOENT */);
	assert_null(f);
	assert_non_null(strstr(e.text, "Inter-Regular.otf"));
	assert_non_null(strstr(e.text, "fonts-inter"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_text_overflows),
	    cmocka_unit_test(test_no_text_meets_another),
	    cmocka_unit_test(test_every_text_can_be_read),
	    cmocka_unit_test(test_every_key_can_be_hit),
	    cmocka_unit_test(test_language_is_on_every_screen),
	    cmocka_unit_test(test_keys_are_those_of_the_code),
	    cmocka_unit_test(test_hit_is_inside_only),
	    cmocka_unit_test(test_equal_scenes_have_no_damage),
	    cmocka_unit_test(test_contrasts),
	    cmocka_unit_test(test_small_panels_are_refused),
	    cmocka_unit_test(test_a_missing_font_names_its_package),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
