/* Pictures that are drawn, not photographed: what counts as a text, and what
 * a hostile picture can do. Photographs are in camera_sim_test.c. */
#include "drivers/scanner/camera_decode.h"

#include <qrencode.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

enum { W = 1280, H = 720 };
static uint8_t pixels[W * H];
static struct camera_decoder *decoder;
static struct camera_text got;

/* Any 200 digits: the symbol's reader knows no signature. */
static const char A[] = "0123456789012345678901234567890123456789012345678901"
			"2345678901234567890123456789012345678901234567890123"
			"4567890123456789012345678901234567890123456789012345"
			"67890123456789012345678901234567890123456789";
static const char B[] = "9876543210012345678901234567890123456789012345678901"
			"2345678901234567890123456789012345678901234567890123"
			"4567890123456789012345678901234567890123456789012345"
			"67890123456789012345678901234567890123456789";

static int open_decoder(void **state)
{
	(void)state;
	return camera_decoder_open(&decoder, NULL);
}

static int close_decoder(void **state)
{
	(void)state;
	camera_decoder_close(decoder);
	return 0;
}

static int blank(void **state)
{
	(void)state;
	memset(pixels, 220, sizeof(pixels));
	return 0;
}

static void draw(const char *text, int x0, int y0, int module)
{
	QRcode *q = QRcode_encodeData((int)strlen(text),
	    (const unsigned char *)text, 0, QR_ECLEVEL_L);

	assert_non_null(q);
	assert_true(x0 + q->width * module < W && y0 + q->width * module < H);
	for (int y = 0; y < q->width * module; y++)
		for (int x = 0; x < q->width * module; x++)
			if (q->data[y / module * q->width + x / module] & 1)
				pixels[(y0 + y) * W + x0 + x] = 40;
	QRcode_free(q);
}

/* As the printer draws it: digits, version 8, level H. */
static void draw_ticket(const char *digits, int x0, int y0, int module)
{
	QRinput *in = QRinput_new2(8, QR_ECLEVEL_H);
	QRcode *q;

	assert_int_equal(QRinput_append(in, QR_MODE_NUM, (int)strlen(digits),
			     (const unsigned char *)digits),
	    0);
	q = QRcode_encodeInput(in);
	assert_non_null(q);
	assert_int_equal(q->width, 49);
	for (int y = 0; y < 49 * module; y++)
		for (int x = 0; x < 49 * module; x++)
			if (q->data[y / module * 49 + x / module] & 1)
				pixels[(y0 + y) * W + x0 + x] = 40;
	QRcode_free(q);
	QRinput_free(in);
}

static bool decode(void)
{
	const struct camera_picture p = {pixels, W, H, W};

	return camera_decode(decoder, &p, CAMERA_EFFORT_FULL, &got);
}

static void test_a_ticket_is_read(void **state)
{
	(void)state;
	draw_ticket(A, 300, 100, 5);
	assert_true(decode());
	assert_string_equal(got.text, A);
	assert_int_equal(got.len, 200);
}

static void test_a_booking_code_is_read(void **state)
{
	(void)state;
	draw("K7QM2R9XAC", 300, 100, 6);
	assert_true(decode());
	assert_string_equal(got.text, "K7QM2R9XAC");
}

static void test_white_paper_is_nothing(void **state)
{
	const struct camera_picture p = {pixels, W, H, W};

	(void)state;
	assert_false(camera_glance(decoder, &p));
	assert_false(decode());
	assert_int_equal(got.len, 0);
}

static void test_a_glance_sees_a_ticket_and_a_code(void **state)
{
	const struct camera_picture p = {pixels, W, H, W};

	(void)state;
	draw("K7QM2R9XAC", 300, 100, 6);
	assert_true(camera_glance(decoder, &p));
	(void)blank(NULL);
	draw_ticket(A, 300, 100, 4);
	assert_true(camera_glance(decoder, &p));
}

static void test_two_different_tickets_are_none(void **state)
{
	(void)state;
	draw_ticket(A, 100, 100, 5);
	draw_ticket(B, 700, 100, 5);
	assert_false(decode());
	assert_int_equal(got.len, 0);
}

static void test_the_same_ticket_twice_is_one(void **state)
{
	(void)state;
	draw_ticket(A, 100, 100, 5);
	draw_ticket(A, 700, 100, 5);
	assert_true(decode());
	assert_string_equal(got.text, A);
}

static void test_a_ticket_counts_before_another_text(void **state)
{
	(void)state;
	draw_ticket(A, 100, 100, 5);
	draw("https://example.org/", 700, 100, 6);
	assert_true(decode());
	assert_string_equal(got.text, A);
}

static void test_two_other_texts_are_none(void **state)
{
	(void)state;
	draw("K7QM2R9XAC", 100, 100, 6);
	draw("https://example.org/", 700, 100, 6);
	assert_false(decode());
	assert_int_equal(got.len, 0);
}

static void test_only_printable_ascii_is_a_text(void **state)
{
	static const char *const bad[] = {"tab\there", "line\rend", "bell\a",
	    "\x7f", "caf\xc3\xa9", "\xd9\xa1\xd9\xa2"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		(void)blank(NULL);
		draw(bad[i], 300, 100, 6);
		assert_false(decode());
	}
}

static void test_256_characters_are_a_text_and_257_are_not(void **state)
{
	char text[258];

	(void)state;
	memset(text, 'K', 257);
	text[257] = '\0';
	draw(text, 100, 50, 6);
	assert_false(decode());
	(void)blank(NULL);
	text[256] = '\0';
	draw(text, 100, 50, 6);
	assert_true(decode());
	assert_int_equal(got.len, 256);
}

static void test_a_size_out_of_bounds_is_nothing(void **state)
{
	static const struct camera_picture bad[] = {
	    {pixels, CAMERA_SIDE_MIN - 1, 480, 640},
	    {pixels, 640, CAMERA_SIDE_MIN - 1, 640},
	    {pixels, CAMERA_WIDTH_MAX + 1, 64, CAMERA_WIDTH_MAX + 1},
	    {pixels, 64, CAMERA_HEIGHT_MAX + 1, 64},
	    {pixels, 640, 480, 639},
	    {pixels, -1, 480, 640},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_false(camera_glance(decoder, &bad[i]));
		assert_false(
		    camera_decode(decoder, &bad[i], CAMERA_EFFORT_FULL, &got));
	}
}

static void test_rows_may_be_padded(void **state)
{
	const struct camera_picture p = {pixels + 200, 700, 500, W};

	(void)state;
	draw_ticket(A, 300, 100, 5);
	assert_true(camera_decode(decoder, &p, CAMERA_EFFORT_FULL, &got));
	assert_string_equal(got.text, A);
}

/* Folded so far that no flat grid fits: the lower half is a module higher
 * and to the left. zbar alone does not read it. */
static void test_a_broken_grid_is_read(void **state)
{
	const struct camera_picture p = {pixels, W, H, W};

	(void)state;
	draw_ticket(A, 300, 100, 5);
	for (int y = 100 + 24 * 5; y < H - 5; y++)
		memmove(pixels + y * W, pixels + (y + 5) * W + 4, W - 4);
	assert_false(camera_decode(decoder, &p, CAMERA_EFFORT_PLAIN, &got));
	assert_true(decode());
	assert_string_equal(got.text, A);
}

/* Half the modules are chance: nothing can be read, and nothing is. */
static void test_what_is_spoilt_is_never_a_wrong_text(void **state)
{
	uint32_t chance = 1;

	(void)state;
	for (int round = 0; round < 10; round++) {
		(void)blank(NULL);
		draw_ticket(A, 300, 100, 5);
		for (int m = 0; m < 49 * 49; m++) {
			int x = m % 49, y = m / 49;

			chance = chance * 1664525 + 1013904223;
			if (chance >> 31 != 0 || (x < 9 && y < 9) ||
			    (x < 9 && y > 39) || (x > 39 && y < 9))
				continue;
			for (int k = 0; k < 25; k++)
				pixels[(100 + y * 5 + k / 5) * W + 300 + x * 5 +
				    k % 5] = chance >> 30 & 1 ? 220 : 40;
		}
		assert_false(decode());
	}
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Noise, stripes, and a wall of finder patterns: each asks for much work. A
 * sanitizer's build is some ten times slower. */
static void test_hostile_pictures_take_bounded_time(void **state)
{
	static const char row[7][8] = {"#######", "#     #", "# ### #",
	    "# ### #", "# ### #", "#     #", "#######"};
	uint32_t chance = 7;

	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		double from = seconds();

		for (int i = 0; i < W * H; i++) {
			int x = i % W / 3 % 9, y = i / W / 3 % 9;

			chance = chance * 1664525 + 1013904223;
			pixels[i] = kind == 0 ? (uint8_t)(chance >> 24) : 255;
			if ((kind == 1 && i % W / 2 % 2 == 0) ||
			    (kind == 2 && (i % W / 4 + i / W / 4) % 2 == 0) ||
			    (kind == 3 && x < 7 && y < 7 && row[y][x] == '#'))
				pixels[i] = 0;
		}
		assert_false(decode());
		assert_true(seconds() - from < 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_a_ticket_is_read, blank),
	    cmocka_unit_test_setup(test_a_booking_code_is_read, blank),
	    cmocka_unit_test_setup(test_white_paper_is_nothing, blank),
	    cmocka_unit_test_setup(test_a_glance_sees_a_ticket_and_a_code,
		blank),
	    cmocka_unit_test_setup(test_two_different_tickets_are_none, blank),
	    cmocka_unit_test_setup(test_the_same_ticket_twice_is_one, blank),
	    cmocka_unit_test_setup(test_a_ticket_counts_before_another_text,
		blank),
	    cmocka_unit_test_setup(test_two_other_texts_are_none, blank),
	    cmocka_unit_test_setup(test_only_printable_ascii_is_a_text, blank),
	    cmocka_unit_test_setup(
		test_256_characters_are_a_text_and_257_are_not, blank),
	    cmocka_unit_test_setup(test_a_size_out_of_bounds_is_nothing, blank),
	    cmocka_unit_test_setup(test_rows_may_be_padded, blank),
	    cmocka_unit_test_setup(test_a_broken_grid_is_read, blank),
	    cmocka_unit_test_setup(test_what_is_spoilt_is_never_a_wrong_text,
		blank),
	    cmocka_unit_test_setup(test_hostile_pictures_take_bounded_time,
		blank),
	};

	return cmocka_run_group_tests(tests, open_decoder, close_decoder);
}
