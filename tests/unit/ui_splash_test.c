/* The picture before the first screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ui/splash.h"

#include <stdlib.h>
#include <string.h>

/* The ground of the screens and their brand colour. */
enum { PAPER = 0xF3F5F7, BRAND = 0x0B3D78, UNTOUCHED = 0x123456 };

static uint32_t *px;
static int width, height;

/* One pixel more than the picture on the right, to see that it is kept. */
static void draw(int w, int h)
{
	const struct picture p = {NULL, w + 1};
	struct picture to = p;
	struct err e = {0};

	free(px);
	px = malloc((size_t)(w + 1) * (size_t)h * 4);
	assert_non_null(px);
	for (int i = 0; i < (w + 1) * h; i++)
		px[i] = UNTOUCHED;
	to.px = px;
	width = w;
	height = h;
	if (splash_draw(&to, w, h, &e) != 0)
		fail_msg("%s", e.text);
}

static uint32_t at(int x, int y)
{
	return px[(ptrdiff_t)y * (width + 1) + x];
}

/* How many pixels of a row have ink. */
static int ink(int y)
{
	int n = 0;

	for (int x = 0; x < width; x++)
		n += at(x, y) != PAPER;
	return n;
}

static void test_the_words_stand_in_the_middle(void **state)
{
	int left = 1080, right = -1, top = -1, bottom = -1;

	(void)state;
	draw(1080, 1920);
	for (int y = 0; y < height; y++) {
		for (int x = 0; x < width; x++) {
			if (at(x, y) == PAPER)
				continue;
			left = x < left ? x : left;
			right = x > right ? x : right;
			top = top < 0 ? y : top;
			bottom = y;
		}
	}
	/* The mask is half as wide as the picture, the words nearly so. */
	assert_in_range(right - left, 400, 540);
	assert_in_range(left + right, 1080 - 20, 1080 + 20);
	assert_in_range(top, 800, 960);
	assert_in_range(bottom, 960, 1120);
}

static void test_its_colours_are_the_screens(void **state)
{
	int brand = 0;

	(void)state;
	draw(1080, 1920);
	assert_int_equal(at(0, 0), PAPER);
	assert_int_equal(at(1079, 1919), PAPER);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			brand += at(x, y) == BRAND;
	assert_true(brand > 10000);
}

static void test_nothing_is_drawn_beyond_the_picture(void **state)
{
	static const int sizes[][2] = {{1080, 1920}, {1920, 1080}, {1024, 600},
	    {3840, 2160}, {1, 1}, {2, 400}, {400, 2}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		draw(sizes[i][0], sizes[i][1]);
		for (int y = 0; y < height; y++)
			assert_int_equal(at(width, y), UNTOUCHED);
	}
}

/* Three lines of words, with clear rows in between. */
static void test_there_are_three_lines(void **state)
{
	int lines = 0;

	(void)state;
	draw(1920, 1080);
	for (int y = 1; y < height; y++)
		lines += ink(y) > 0 && ink(y - 1) == 0;
	assert_int_equal(lines, 3);
}

static int end(void **state)
{
	(void)state;
	free(px);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_words_stand_in_the_middle),
	    cmocka_unit_test(test_its_colours_are_the_screens),
	    cmocka_unit_test(test_nothing_is_drawn_beyond_the_picture),
	    cmocka_unit_test(test_there_are_three_lines),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
