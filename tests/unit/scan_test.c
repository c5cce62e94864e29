#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "firmware/core/scan.h"

static struct scan_line line;
static struct scan got;

/* Feeds text at one moment; how many codes it made, the last one in got. */
static int feed(const char *text, int64_t mono_ms)
{
	int n = 0;

	for (; *text != '\0'; text++)
		if (scan_line_byte(&line, (unsigned char)*text, mono_ms, &got))
			n++;
	return n;
}

static int start(void **state, enum scan_silence silence)
{
	(void)state;
	memset(&got, 0, sizeof(got));
	scan_line_init(&line, silence);
	return 0;
}

static int serial(void **state)
{
	return start(state, SCAN_SILENCE_ENDS);
}

static int wedge(void **state)
{
	return start(state, SCAN_SILENCE_DISCARDS);
}

static void test_cr_lf_and_tab_end_a_code_once(void **state)
{
	static const char *const ends[] = {"\r", "\n", "\t", "\r\n", "\n\t\r"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		assert_int_equal(feed("A7-x ~", 5), 0);
		assert_int_equal(feed(ends[i], 5), 1);
		assert_string_equal(got.text, "A7-x ~");
		assert_int_equal(got.len, 6);
	}
}

static void test_256_characters_pass_and_257_do_not(void **state)
{
	char text[258];

	(void)state;
	memset(text, 'K', 257);
	text[257] = '\0';
	feed(text, 0);
	assert_int_equal(feed("\r", 0), 0);
	text[256] = '\0';
	feed(text, 0);
	assert_int_equal(feed("\r", 0), 1);
	assert_int_equal(got.len, 256);
	assert_string_equal(got.text, text);
	feed("]Q1", 0);
	feed(text, 0);
	assert_int_equal(feed("\r", 0), 1);
	assert_int_equal(got.len, 256);
	text[256] = 'K';
	feed("]Q1", 0);
	feed(text, 0);
	assert_int_equal(feed("\r", 0), 0);
}

static void test_4_kb_make_no_code_and_the_next_line_does(void **state)
{
	(void)state;
	for (int i = 0; i < 4096; i++)
		assert_int_equal(feed("9", i), 0);
	assert_int_equal(feed("\rA1\r", 4096), 1);
	assert_string_equal(got.text, "A1");
}

static void test_every_byte_at_every_position(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++)
		for (size_t at = 0; at <= 4; at++) {
			bool end = byte == 9 || byte == 10 || byte == 13;
			bool fine = byte >= 32 && byte <= 126;
			int codes = 0;

			for (size_t i = 0; i <= 4; i++)
				codes += scan_line_byte(&line,
				    i == at ? byte : 'A', 0, &got);
			codes += feed("\r", 0);
			/* A terminator inside makes two codes of four. */
			if (end)
				assert_int_equal(codes,
				    at == 0 || at == 4 ? 1 : 2);
			else
				assert_int_equal(codes, fine ? 1 : 0);
		}
}

static void test_an_aim_prefix_is_taken_off(void **state)
{
	static const struct {
		const char *in, *code; /* NULL = no code */
	} cases[] = {
	    {"]Q1AB12", "AB12"},
	    {"]C0X", "X"},
	    {"]e09", "9"},
	    {"]Q1]Q1A", "]Q1A"},
	    {"]QA1", "]QA1"},
	    {"]11A", "]11A"},
	    {"[Q1A", "[Q1A"},
	    {"]Q", "]Q"},
	    {"]Q1", NULL},
	    {"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		feed(cases[i].in, 0);
		assert_int_equal(feed("\r", 0), cases[i].code != NULL);
		if (cases[i].code != NULL)
			assert_string_equal(got.text, cases[i].code);
	}
}

static void test_silence_over_100_ms_ends_a_serial_line(void **state)
{
	(void)state;
	assert_int_equal(scan_line_deadline_ms(&line), -1);
	feed("A1", 1000);
	assert_int_equal(scan_line_deadline_ms(&line), 1101);
	assert_false(scan_line_quiet(&line, 1100, &got));
	assert_true(scan_line_quiet(&line, 1101, &got));
	assert_string_equal(got.text, "A1");
	assert_int_equal(scan_line_deadline_ms(&line), -1);
	assert_int_equal(feed("\r", 1102), 0);
}

static void test_silence_clears_a_bad_serial_line(void **state)
{
	(void)state;
	feed("A\x01", 0);
	assert_int_equal(scan_line_deadline_ms(&line), 101);
	assert_false(scan_line_quiet(&line, 101, &got));
	assert_int_equal(feed("B\r", 101), 1);
	assert_string_equal(got.text, "B");
}

static void test_a_barcode_cannot_teach_a_device_to_fall_silent(void **state)
{
	(void)state;
	/* A device without terminator reads a code with CR inside. */
	assert_int_equal(feed("X\rY", 0), 1);
	assert_true(scan_line_quiet(&line, 101, &got));
	assert_string_equal(got.text, "Y");
	feed("A1", 3000);
	assert_true(scan_line_quiet(&line, 3101, &got));
	assert_string_equal(got.text, "A1");
}

static void test_a_late_caller_joins_what_it_reads(void **state)
{
	(void)state;
	feed("A", 0);
	scan_line_join(&line, 500);
	assert_int_equal(feed("B\r", 500), 1);
	assert_string_equal(got.text, "AB");
}

static void test_a_gap_over_100_ms_breaks_a_wedge_line(void **state)
{
	(void)state;
	feed("A", 0);
	assert_int_equal(feed("B\r", 100), 1);
	assert_string_equal(got.text, "AB");
	feed("A", 1000);
	assert_int_equal(feed("B\r", 1101), 0);
	assert_int_equal(feed("C\r", 1102), 1);
	assert_string_equal(got.text, "C");
}

static void test_a_line_typed_by_hand_leaves_no_tail(void **state)
{
	(void)state;
	feed("A", 0);
	feed("B", 150);
	feed("C", 300);
	assert_int_equal(feed("D\r", 310), 0);
}

static void test_a_broken_wedge_line_is_over_after_a_second(void **state)
{
	(void)state;
	feed("A", 0);
	assert_int_equal(feed("B\r", 1000), 0);
	feed("A", 2000);
	assert_int_equal(feed("B\r", 3001), 1);
	assert_string_equal(got.text, "B");
	assert_int_equal(scan_line_deadline_ms(&line), -1);
}

static void test_a_spoilt_line_goes_with_its_tail(void **state)
{
	(void)state;
	feed("AB", 0);
	scan_line_spoil(&line, 1);
	assert_int_equal(feed("CD\r", 2), 0);
	assert_int_equal(feed("EF\r", 3), 1);
}

static struct scan code(const char *text)
{
	struct scan s = {.len = strlen(text)};

	memcpy(s.text, text, s.len);
	return s;
}

static void test_the_same_code_within_a_second_is_dropped(void **state)
{
	struct scan_debounce d = {0};
	struct scan a = code("A1"), b = code("A2"), longer = code("A11");

	(void)state;
	assert_true(scan_debounce(&d, &a, 0));
	assert_false(scan_debounce(&d, &a, 999));
	assert_false(scan_debounce(&d, &a, 1998));
	assert_true(scan_debounce(&d, &a, 2998));
	assert_true(scan_debounce(&d, &b, 2998));
	assert_true(scan_debounce(&d, &longer, 2998));
	/* Two scanners in turn. */
	assert_false(scan_debounce(&d, &a, 3000));
	assert_false(scan_debounce(&d, &b, 3000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_cr_lf_and_tab_end_a_code_once, serial),
	    cmocka_unit_test_setup(test_256_characters_pass_and_257_do_not,
		serial),
	    cmocka_unit_test_setup(
		test_4_kb_make_no_code_and_the_next_line_does, serial),
	    cmocka_unit_test_setup(test_every_byte_at_every_position, wedge),
	    cmocka_unit_test_setup(test_an_aim_prefix_is_taken_off, serial),
	    cmocka_unit_test_setup(test_silence_over_100_ms_ends_a_serial_line,
		serial),
	    cmocka_unit_test_setup(test_silence_clears_a_bad_serial_line,
		serial),
	    cmocka_unit_test_setup(
		test_a_barcode_cannot_teach_a_device_to_fall_silent, serial),
	    cmocka_unit_test_setup(test_a_late_caller_joins_what_it_reads,
		serial),
	    cmocka_unit_test_setup(test_a_gap_over_100_ms_breaks_a_wedge_line,
		wedge),
	    cmocka_unit_test_setup(test_a_line_typed_by_hand_leaves_no_tail,
		wedge),
	    cmocka_unit_test_setup(
		test_a_broken_wedge_line_is_over_after_a_second, wedge),
	    cmocka_unit_test_setup(test_a_spoilt_line_goes_with_its_tail,
		wedge),
	    cmocka_unit_test(test_the_same_code_within_a_second_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
