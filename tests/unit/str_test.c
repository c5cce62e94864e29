#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "firmware/core/str.h"

static void test_a_number_is_digits_within_its_range(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t value;
	} cases[] = {
	    {"0", true, 0},
	    {"9", true, 9},
	    {"10", true, 10},
	    {"007", true, 7},
	    {"11", false, 0},
	    {"-1", false, 0},
	    {"+1", false, 0},
	    {" 1", false, 0},
	    {"1 ", false, 0},
	    {"", false, 0},
	    {"1a", false, 0},
	    {"99999999999999999999999999", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t v = 0;

		assert_int_equal(str_number(str_from(cases[i].text), 0, 10, &v),
		    cases[i].ok);
		if (cases[i].ok)
			assert_int_equal(v, cases[i].value);
	}
}

static void test_split_gives_every_part_and_the_last_ends_it(void **state)
{
	struct str rest = str_from("a,,b"), part;

	(void)state;
	assert_true(str_split(&rest, ',', &part));
	assert_true(str_is(part, "a"));
	assert_true(str_split(&rest, ',', &part));
	assert_true(str_is(part, ""));
	assert_true(str_split(&rest, ',', &part));
	assert_true(str_is(part, "b"));
	assert_false(str_split(&rest, ',', &part));
}

static void test_an_empty_text_has_one_empty_part(void **state)
{
	struct str rest = str_from(""), part;

	(void)state;
	assert_true(str_split(&rest, ',', &part));
	assert_int_equal(part.len, 0);
	assert_false(str_split(&rest, ',', &part));
}

static void test_utf8_follows_rfc_3629(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool ok;
	} cases[] = {
	    {"a", 1, true},
	    {"", 0, true},
	    {"\0", 1, false},
	    {"\xC2\x80", 2, true},
	    {"\xC1\xBF", 2, false},
	    {"\xE0\xA0\x80", 3, true},
	    {"\xE0\x9F\xBF", 3, false},
	    {"\xED\x9F\xBF", 3, true},
	    {"\xED\xA0\x80", 3, false},
	    {"\xF0\x90\x80\x80", 4, true},
	    {"\xF0\x8F\xBF\xBF", 4, false},
	    {"\xF4\x8F\xBF\xBF", 4, true},
	    {"\xF4\x90\x80\x80", 4, false},
	    {"\xE2\x82", 2, false},
	    {"\x80", 1, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
		    str_is_utf8(str_of(cases[i].bytes, cases[i].len)),
		    cases[i].ok);
}

static void test_a_copy_fits_with_its_nul_or_is_empty(void **state)
{
	char room[4];

	(void)state;
	assert_true(str_copy(room, sizeof(room), str_from("abc")));
	assert_string_equal(room, "abc");
	assert_false(str_copy(room, sizeof(room), str_from("abcd")));
	assert_string_equal(room, "");
}

static void test_a_full_buffer_remembers_and_keeps_its_bounds(void **state)
{
	uint8_t room[5] = {9, 9, 9, 9, 9};
	struct buf b;

	(void)state;
	buf_init(&b, room, 4);
	buf_be(&b, 0x010203, 3);
	assert_false(b.full);
	buf_text(&b, "xy");
	assert_true(b.full);
	assert_int_equal(b.len, 3);
	buf_byte(&b, 4); /* nothing more, though one byte is left */
	assert_int_equal(b.len, 3);
	assert_int_equal(room[2], 3);
	assert_int_equal(room[4], 9);
}

static void test_cut_and_trim_stay_inside(void **state)
{
	struct str s = str_from(" ab\r\n");

	(void)state;
	assert_true(str_is(str_trim(s), "ab"));
	assert_true(str_is(str_cut(str_from("abc"), 1, 9), "bc"));
	assert_true(str_is(str_cut(str_from("abc"), 7, 1), ""));
	assert_true(str_is_nocase(str_from("aB"), "Ab"));
	assert_false(str_is_nocase(str_from("a"), "ab"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_number_is_digits_within_its_range),
	    cmocka_unit_test(test_split_gives_every_part_and_the_last_ends_it),
	    cmocka_unit_test(test_an_empty_text_has_one_empty_part),
	    cmocka_unit_test(test_utf8_follows_rfc_3629),
	    cmocka_unit_test(test_a_copy_fits_with_its_nul_or_is_empty),
	    cmocka_unit_test(test_a_full_buffer_remembers_and_keeps_its_bounds),
	    cmocka_unit_test(test_cut_and_trim_stay_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
