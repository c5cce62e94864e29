/* core/scan: lines, silence, hostile bytes, the AIM prefix, the debounce. */
#include "firmware/core/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* Feeds bytes at one moment; counts codes, the last one stays in *out. */
static int feed(struct scan_line *l, const char *bytes, size_t len,
    int64_t mono_ms, struct scan *out)
{
	int codes = 0;
	size_t i;

	for (i = 0; i < len; i++)
		if (scan_line_byte(l, (unsigned char)bytes[i], mono_ms, out))
			codes++;
	return codes;
}

static int feed_text(struct scan_line *l, const char *text, int64_t mono_ms,
    struct scan *out)
{
	return feed(l, text, strlen(text), mono_ms, out);
}

static void test_cr_lf_and_tab_each_end_a_line(void **state)
{
	static const char *const ends[] = {"\r", "\n", "\t", "\r\n"};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(ends); i++) {
		struct scan_line l = {0};
		struct scan s = {0};

		assert_int_equal(feed_text(&l, "K7M2P9QRTX", 5, &s), 0);
		assert_int_equal(feed_text(&l, ends[i], 5, &s), 1);
		assert_string_equal(s.text, "K7M2P9QRTX");
		assert_int_equal(s.len, 10);
		assert_int_equal(scan_line_deadline_ms(&l), -1);
	}
}

static void test_an_empty_line_is_no_scan(void **state)
{
	struct scan_line l = {0};
	struct scan s = {0};

	(void)state;
	assert_int_equal(feed_text(&l, "\r\n\t\r", 0, &s), 0);
	assert_int_equal(feed_text(&l, "]Q1\r", 0, &s), 0);
}

static void test_64_characters_pass_and_65_do_not(void **state)
{
	struct scan_line l = {0};
	struct scan s = {0};
	char a[66];

	(void)state;
	memset(a, 'A', sizeof(a));
	a[64] = '\r';
	assert_int_equal(feed(&l, a, 65, 0, &s), 1);
	assert_int_equal(s.len, 64);
	assert_int_equal(s.text[64], '\0');
	a[64] = 'A';
	a[65] = '\r';
	assert_int_equal(feed(&l, a, 66, 0, &s), 0);
	assert_int_equal(feed_text(&l, "B\r", 0, &s), 1);
	assert_string_equal(s.text, "B");
}

static void test_the_prefix_does_not_count_towards_64(void **state)
{
	struct scan_line l = {0};
	struct scan s = {0};
	char a[SCAN_AIM + 66];

	(void)state;
	memset(a, 'A', sizeof(a));
	memcpy(a, "]Q1", 3);
	a[67] = '\r';
	assert_int_equal(feed(&l, a, 68, 0, &s), 1);
	assert_int_equal(s.len, 64);
	assert_int_equal(s.text[0], 'A');
	a[67] = 'A';
	a[68] = '\r';
	assert_int_equal(feed(&l, a, 69, 0, &s), 0);
}

static void test_only_a_whole_aim_prefix_is_taken_off(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"]Q1ABC\r", "ABC"},   {"]C0ABC\r", "ABC"},
		{"]d2ABC\r", "ABC"},   {"]QQABC\r", "]QQABC"},
		{"]11ABC\r", "]11ABC"}, {"Q1ABC\r", "Q1ABC"},
		{"]Q\r", "]Q"},        {"A]Q1BC\r", "A]Q1BC"},
		{"]Q1]Q1A\r", "]Q1A"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct scan_line l = {0};
		struct scan s = {0};

		assert_int_equal(feed_text(&l, cases[i].in, 0, &s), 1);
		assert_string_equal(s.text, cases[i].out);
	}
}

/* Every byte at every position of a ten-character code. */
static void test_any_other_byte_discards_its_line_only(void **state)
{
	unsigned byte;
	size_t at;

	(void)state;
	for (byte = 0; byte < 256; byte++) {
		bool ends = byte == '\r' || byte == '\n' || byte == '\t';
		bool prints = byte >= 0x20 && byte <= 0x7e;

		for (at = 0; at < 10 && !ends; at++) {
			char code[12] = "0123456789\r";
			struct scan_line l = {0};
			struct scan s = {0};

			code[at] = (char)byte;
			assert_int_equal(feed(&l, code, 11, 0, &s), prints);
			assert_int_equal(feed_text(&l, "NEXT\r", 0, &s), 1);
			assert_string_equal(s.text, "NEXT");
		}
	}
}

static void test_sql_text_is_only_text(void **state)
{
	struct scan_line l = {0};
	struct scan s = {0};

	(void)state;
	assert_int_equal(
	    feed_text(&l, "'; DROP TABLE booking;--\r", 0, &s), 1);
	assert_string_equal(s.text, "'; DROP TABLE booking;--");
}

static void test_silence_ends_a_line_without_terminator(void **state)
{
	struct scan_line l = {0};
	struct scan s = {0};

	(void)state;
	assert_int_equal(feed_text(&l, "ABC", 1000, &s), 0);
	assert_int_equal(scan_line_deadline_ms(&l), 1101);
	assert_false(scan_line_quiet(&l, 1100, &s));
	assert_true(scan_line_quiet(&l, 1101, &s));
	assert_string_equal(s.text, "ABC");
	assert_false(scan_line_quiet(&l, 9000, &s));
}

static void test_a_gap_discards_where_terminators_are_known(void **state)
{
	struct scan_line l = {0};
	struct scan s = {0};

	(void)state;
	assert_int_equal(feed_text(&l, "ONE\r", 0, &s), 1);
	/* 100 ms is still one line ... */
	assert_int_equal(feed_text(&l, "TW", 1000, &s), 0);
	assert_int_equal(feed_text(&l, "O\r", 1100, &s), 1);
	assert_string_equal(s.text, "TWO");
	/* ... 101 ms is not. */
	assert_int_equal(feed_text(&l, "TH", 2000, &s), 0);
	assert_false(scan_line_quiet(&l, 2101, &s));
	assert_int_equal(feed_text(&l, "REE\r", 2101, &s), 1);
	assert_string_equal(s.text, "REE");
}

static void test_silence_ends_discarding(void **state)
{
	struct scan_line l = {0};
	struct scan s = {0};

	(void)state;
	assert_int_equal(feed_text(&l, "A\x01", 0, &s), 0);
	assert_int_equal(feed_text(&l, "B", 100, &s), 0);
	assert_false(scan_line_quiet(&l, 201, &s));
	assert_int_equal(feed_text(&l, "C\r", 201, &s), 1);
	assert_string_equal(s.text, "C");
}

static void test_a_spoiled_line_gives_nothing(void **state)
{
	struct scan_line l = {0};
	struct scan s = {0};

	(void)state;
	assert_int_equal(feed_text(&l, "AB", 0, &s), 0);
	scan_line_spoil(&l, 10);
	assert_int_equal(feed_text(&l, "CD\r", 20, &s), 0);
	assert_int_equal(feed_text(&l, "EF\r", 20, &s), 1);
	assert_string_equal(s.text, "EF");
}

static struct scan of(const char *text)
{
	struct scan s = {0};

	s.len = strlen(text);
	memcpy(s.text, text, s.len);
	return s;
}

static void test_the_same_code_is_news_after_a_second(void **state)
{
	struct scan_debounce d = {0};
	struct scan a = of("A"), b = of("B");

	(void)state;
	assert_true(scan_debounce(&d, &a, 5));
	assert_false(scan_debounce(&d, &a, 1004));
	/* The sight at 1004 started the time anew. */
	assert_false(scan_debounce(&d, &a, 2003));
	assert_true(scan_debounce(&d, &a, 3003));
	assert_true(scan_debounce(&d, &b, 3004));
	assert_false(scan_debounce(&d, &a, 3005));
}

static void test_a_code_that_begins_like_another_is_another(void **state)
{
	struct scan_debounce d = {0};
	struct scan a = of("AB"), b = of("A");

	(void)state;
	assert_true(scan_debounce(&d, &a, 0));
	assert_true(scan_debounce(&d, &b, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cr_lf_and_tab_each_end_a_line),
		cmocka_unit_test(test_an_empty_line_is_no_scan),
		cmocka_unit_test(test_64_characters_pass_and_65_do_not),
		cmocka_unit_test(test_the_prefix_does_not_count_towards_64),
		cmocka_unit_test(test_only_a_whole_aim_prefix_is_taken_off),
		cmocka_unit_test(test_any_other_byte_discards_its_line_only),
		cmocka_unit_test(test_sql_text_is_only_text),
		cmocka_unit_test(test_silence_ends_a_line_without_terminator),
		cmocka_unit_test(
		    test_a_gap_discards_where_terminators_are_known),
		cmocka_unit_test(test_silence_ends_discarding),
		cmocka_unit_test(test_a_spoiled_line_gives_nothing),
		cmocka_unit_test(test_the_same_code_is_news_after_a_second),
		cmocka_unit_test(
		    test_a_code_that_begins_like_another_is_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
