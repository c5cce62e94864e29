/* When the camera's process works, and when a text is news. */
#include "drivers/scanner/camera_watch.h"

#include <qrencode.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { W = 640, H = 480 };
static uint8_t pixels[W * H];
static const struct camera_picture picture = {pixels, W, H, W};
static struct watch watch;
static struct camera_text got;
static struct camera_decoder *decoder;

static int set_up(void **state)
{
	(void)state;
	memset(&watch, 0, sizeof(watch));
	memset(pixels, 200, sizeof(pixels));
	return camera_decoder_open(&decoder, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	camera_decoder_close(decoder);
	return 0;
}

static void draw(const char *text)
{
	QRcode *q = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);

	assert_non_null(q);
	for (int y = 0; y < q->width * 6; y++)
		for (int x = 0; x < q->width * 6; x++)
			pixels[(100 + y) * W + 200 + x] =
			    q->data[y / 6 * q->width + x / 6] & 1 ? 30 : 200;
	QRcode_free(q);
}

static bool look(int64_t mono_ms)
{
	return watch_picture(&watch, decoder, &picture, mono_ms, &got);
}

static struct camera_text text(const char *s)
{
	struct camera_text t = {.len = strlen(s)};

	memcpy(t.text, s, t.len);
	return t;
}

static void test_a_text_in_sight_is_told_once(void **state)
{
	int told = 0;

	(void)state;
	draw("ABC");
	for (int64_t ms = 0; ms < 20000; ms += 33)
		told += look(ms);
	assert_int_equal(told, 1);
	assert_string_equal(got.text, "ABC");
}

static void test_a_text_is_news_after_two_seconds_out_of_sight(void **state)
{
	struct camera_text a = text("A");

	(void)state;
	assert_true(watch_news(&watch, &a, 1000));
	assert_false(watch_news(&watch, &a, 2999));
	assert_false(watch_news(&watch, &a, 4998));
	assert_true(watch_news(&watch, &a, 6998));
}

static void test_two_texts_in_turn_are_told_once_each(void **state)
{
	struct camera_text a = text("A"), b = text("B");
	int told = 0;

	(void)state;
	for (int64_t ms = 0; ms < 10000; ms += 200)
		told += watch_news(&watch, ms % 400 == 0 ? &a : &b, ms);
	assert_int_equal(told, 2);
}

static void test_another_text_is_told_at_the_next_look(void **state)
{
	(void)state;
	draw("ABC");
	assert_true(look(0));
	draw("XYZ");
	assert_false(look(WATCH_READ_MS - 1));
	assert_true(look(WATCH_READ_MS));
	assert_string_equal(got.text, "XYZ");
}

static void test_pictures_in_between_are_passed_over(void **state)
{
	(void)state;
	assert_false(look(0));
	draw("ABC");
	assert_false(look(WATCH_MS - 1));
	assert_true(look(WATCH_MS));
}

static void test_a_still_scene_is_not_tried_again_for_a_second(void **state)
{
	(void)state;
	assert_true(watch_changed(&watch, &picture, 5000));
	assert_false(watch_changed(&watch, &picture, 5000 + 999));
	assert_true(watch_changed(&watch, &picture, 5000 + 1000));
	assert_false(watch_changed(&watch, &picture, 6000 + 1));
}

static void test_a_change_in_one_cell_is_seen(void **state)
{
	(void)state;
	assert_true(watch_changed(&watch, &picture, 0));
	for (int y = 0; y < H / WATCH_CELLS_Y + 1; y++)
		memset(pixels + y * W, 200 - WATCH_CHANGE + 1,
		    W / WATCH_CELLS_X + 1);
	assert_false(watch_changed(&watch, &picture, 1));
	for (int y = 0; y < H / WATCH_CELLS_Y + 1; y++)
		memset(pixels + y * W, 200 - WATCH_CHANGE,
		    W / WATCH_CELLS_X + 1);
	assert_true(watch_changed(&watch, &picture, 2));
}

/* Larger than the decoder's bounds, and smaller than a cell's grid. */
static void test_a_size_out_of_bounds_is_nothing(void **state)
{
	const struct camera_picture big = {pixels, CAMERA_WIDTH_MAX + 1, 100,
	    CAMERA_WIDTH_MAX + 1};
	const struct camera_picture small = {pixels, 10, 10, 10};

	(void)state;
	assert_false(watch_picture(&watch, decoder, &big, 0, &got));
	assert_false(watch_picture(&watch, decoder, &small, 1000, &got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_a_text_in_sight_is_told_once,
		set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_a_text_is_news_after_two_seconds_out_of_sight, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		test_two_texts_in_turn_are_told_once_each, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_another_text_is_told_at_the_next_look, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_pictures_in_between_are_passed_over, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_a_still_scene_is_not_tried_again_for_a_second, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(test_a_change_in_one_cell_is_seen,
		set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_a_size_out_of_bounds_is_nothing, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
