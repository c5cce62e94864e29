/* Whole screens on an emulated card are those of a window, turned, pixel by
 * pixel; and so they are when only what changed was painted. */
#define _GNU_SOURCE /* RTLD_NEXT, nftw */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test_drm.h"
#include "tests/bench/ui_screens.c"

#include <png.h>
#include <stdlib.h>

enum { WIDTH = 1080, HEIGHT = 1920 };

static struct ui *window, *screen;
static uint32_t *upright; /* what the window shows */

static struct ui_config config_of(bool drm, int rotate)
{
	return (struct ui_config){.width_px = WIDTH,
	    .height_px = HEIGHT,
	    .diagonal_tenth_inch = 215,
	    .drm = drm,
	    .rotate = rotate,
	    .touch = "/dev/no-touch-screen",
	    .drm_dir = card_dir};
}

static int setup(void **state)
{
	const struct ui_config c = config_of(false, 0);
	struct err e = {0};

	upright = malloc((size_t)WIDTH * HEIGHT * sizeof(*upright));
	if (upright == NULL || card_setup(state) != 0 ||
	    setenv("SDL_VIDEODRIVER", "dummy", 1) != 0 ||
	    text_init("build/locale", &e) < 0 || ui_open(&c, &window, &e) < 0) {
		print_error("%s\n", e.text);
		return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	ui_close(window);
	free(upright);
	return card_teardown(state);
}

/* The window's picture, by its PNG. */
static void take_window(void)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	char path[96];
	struct err e = {0};

	snprintf(path, sizeof(path), "%s/window.png", card_dir);
	assert_int_equal(ui_save_png(window, path, &e), 0);
	assert_int_not_equal(png_image_begin_read_from_file(&image, path), 0);
	assert_int_equal(image.width, WIDTH);
	assert_int_equal(image.height, HEIGHT);
	image.format = PNG_FORMAT_BGRA;
	assert_int_not_equal(
	    png_image_finish_read(&image, NULL, upright, 0, NULL), 0);
}

static void show(int sample)
{
	static struct view v;
	struct err e = {0};

	assert_non_null(sample_view(sample, LANG_ID, &v));
	if (ui_show(window, &v, &e) < 0 || ui_show(screen, &v, &e) < 0)
		fail_msg("%s", e.text);
	take_window();
}

static void test_screens_are_those_of_a_window_turned(void **state)
{
	(void)state;
	for (int degrees = 0; degrees < 360; degrees += 90) {
		const struct ui_config c = config_of(true, degrees);
		bool side = degrees % 180 != 0;
		struct err e = {0};

		card_mode(0, side ? HEIGHT : WIDTH, side ? WIDTH : HEIGHT);
		if (ui_open(&c, &screen, &e) < 0)
			fail_msg("%s", e.text);
		for (int sample = 0; sample < 9; sample += 4) {
			show(sample);
			assert_true(ui_lit(screen));
			assert_true(
			    card_shows(upright, WIDTH, HEIGHT, degrees));
		}
		ui_close(screen);
	}
}

/* A key more on the keypad: a small part is painted, on both. */
static void test_what_changed_gives_the_same_screen(void **state)
{
	static struct view v;
	const struct ui_config c = config_of(true, 270);
	struct err e = {0};
	int64_t pixels;

	(void)state;
	card_mode(0, HEIGHT, WIDTH);
	if (ui_open(&c, &screen, &e) < 0)
		fail_msg("%s", e.text);
	show(7);
	assert_non_null(sample_view(7, LANG_ID, &v));
	v.session.typed[4] = 'X';
	pixels = ui_show(screen, &v, &e);
	assert_true(pixels > 0 && pixels < (int64_t)WIDTH * HEIGHT / 10);
	assert_true(ui_show(window, &v, &e) > 0);
	take_window();
	assert_true(card_shows(upright, WIDTH, HEIGHT, 270));
	ui_close(screen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_screens_are_those_of_a_window_turned),
	    cmocka_unit_test(test_what_changed_gives_the_same_screen),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
