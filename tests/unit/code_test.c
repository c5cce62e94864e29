#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "firmware/core/code.h"

static enum code_verdict parse(const char *text, struct booking_code *out)
{
	struct code_profile own = code_profile_own();

	return code_parse(&own, str_from(text), out);
}

/*
 * Worked out by hand: 32 is -5 modulo 37, so 32^9 = (-5)^9 = 31 and
 * 2^45 - 1 leaves 30, symbol Y. ABCDEFGHJ (10 11 .. 18) by Horner: 10, 35,
 * 22, 14, 18, 36, 21, 23, 14: symbol E. 37 = 1 * 32 + 5 leaves 0.
 */
static void test_the_check_symbol_is_the_value_mod_37(void **state)
{
	static const struct {
		uint64_t value;
		const char *text;
	} cases[] = {
	    {0, "0000000000"},
	    {1, "0000000011"},
	    {31, "00000000ZZ"},
	    {37, "0000000150"},
	    {(UINT64_C(1) << 45) - 1, "ZZZZZZZZZY"},
	};
	struct booking_code code;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(code_issue(cases[i].value, &code));
		assert_string_equal(code.text, cases[i].text);
		assert_int_equal(parse(cases[i].text, &code), CODE_OK);
	}
	assert_int_equal(parse("ABCDEFGHJE", &code), CODE_OK);
}

static void test_codes_with_an_odd_check_or_a_q_are_not_issued(void **state)
{
	struct booking_code code;

	(void)state;
	for (uint64_t v = 32; v <= 36; v++)
		assert_false(code_issue(v, &code)); /* checks * ~ $ = U */
	assert_false(code_issue(23, &code));        /* body and check Q */
	assert_false(code_issue(37 + 23, &code));   /* 1W, check Q */
	assert_false(code_issue(23 * 32, &code));   /* body Q0 */
	assert_false(code_issue(UINT64_C(1) << 45, &code));
	assert_string_equal(code.text, "");
}

static void test_a_code_is_read_as_people_write_it(void **state)
{
	static const char *const same[] = {"ABC-DEF-GHJ-E", "abcdefghje",
	    " ABC DEF GHJ E ", "AB-CDEFGHJE-"};
	struct booking_code code;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		assert_int_equal(parse(same[i], &code), CODE_OK);
		assert_string_equal(code.text, "ABCDEFGHJE");
	}
	assert_int_equal(parse("OoOOOOOIil", &code), CODE_BAD_CHECK);
	assert_string_equal(code.text, "0000000111");
	assert_int_equal(parse("OOOOOOOOIL", &code), CODE_OK);
	assert_string_equal(code.text, "0000000011");
	/* Q is read: body 0..0Q (23), check Q. */
	assert_int_equal(parse("00000000QQ", &code), CODE_OK);
}

static void test_what_is_no_code_has_bad_form(void **state)
{
	static const char *const bad[] = {"", "-", "ABCDEFGHJ", "ABCDEFGHJEE",
	    "ABCDEFGHUE", "ABCDEFGHJU", "ABCDEFGHJ*", "ABCDEFGH\xC3\xA9",
	    "ABCDEFGHJE\n", "https://example.org/a",
	    "0000000000000000000000000000000000000000000000000000000000"};
	struct booking_code code;
	struct code_profile own = code_profile_own();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(parse(bad[i], &code), CODE_BAD_FORM);
		assert_string_equal(code.text, "");
	}
	assert_int_equal(code_parse(&own, str_of("ABCDE\0GHJE", 10), &code),
	    CODE_BAD_FORM);
}

static void test_every_single_wrong_symbol_is_caught(void **state)
{
	struct code_profile own = code_profile_own();
	struct booking_code code;

	(void)state;
	for (size_t at = 0; at < CODE_OWN_LEN; at++)
		for (const char *c = own.alphabet; *c != '\0'; c++) {
			char text[] = "ABCDEFGHJE";

			if (text[at] == *c)
				continue;
			text[at] = *c;
			assert_int_equal(parse(text, &code), CODE_BAD_CHECK);
		}
}

static void test_every_swap_of_neighbours_is_caught(void **state)
{
	struct booking_code code;

	(void)state;
	for (size_t at = 0; at + 2 < CODE_OWN_LEN; at++) {
		char text[] = "ABCDEFGHJE";
		char left = text[at];

		text[at] = text[at + 1];
		text[at + 1] = left;
		assert_int_equal(parse(text, &code), CODE_BAD_CHECK);
	}
}

static void test_an_office_profile_sets_prefix_and_alphabet(void **state)
{
	struct code_profile p = {.prefix = "IMI",
	    .alphabet = "0123456789ABCO",
	    .length = 6,
	    .group = 2,
	    .check = CODE_CHECK_NONE};
	struct booking_code code;

	(void)state;
	assert_int_equal(code_parse(&p, str_from("imi-12 34 AB"), &code),
	    CODE_OK);
	assert_string_equal(code.text, "1234AB");
	assert_int_equal(code_parse(&p, str_from("1234AO"), &code), CODE_OK);
	assert_string_equal(code.text, "1234AO"); /* O is its own here */
	assert_int_equal(code_parse(&p, str_from("1234AD"), &code),
	    CODE_BAD_FORM);
	assert_int_equal(code_parse(&p, str_from("IMX1234AB"), &code),
	    CODE_BAD_FORM);
	p.check = CODE_CHECK_UNSET;
	assert_int_equal(code_parse(&p, str_from("1234AB"), &code),
	    CODE_BAD_CHECK);
}

static void test_a_key_types_its_symbol_or_none(void **state)
{
	struct code_profile own = code_profile_own();

	(void)state;
	assert_int_equal(code_symbol(&own, 'a'), 'A');
	assert_int_equal(code_symbol(&own, 'o'), '0');
	assert_int_equal(code_symbol(&own, 'L'), '1');
	assert_int_equal(code_symbol(&own, 'U'), 0);
	assert_int_equal(code_symbol(&own, '\0'), 0);
	assert_int_equal(code_symbol(&own, '-'), 0);
}

static void test_codes_are_shown_in_groups(void **state)
{
	static const struct {
		const char *symbols, *shown;
	} cases[] = {{"ABCDEFGHJE", "ABC-DEF-GHJ-E"}, {"", ""}, {"ABC", "ABC"},
	    {"ABCD", "ABC-D"}};
	struct code_profile own = code_profile_own();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char room[32];
		struct buf b;

		buf_init(&b, room, sizeof(room));
		code_format(&own, str_from(cases[i].symbols), &b);
		assert_string_equal(buf_cstr(&b), cases[i].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_check_symbol_is_the_value_mod_37),
	    cmocka_unit_test(
		test_codes_with_an_odd_check_or_a_q_are_not_issued),
	    cmocka_unit_test(test_a_code_is_read_as_people_write_it),
	    cmocka_unit_test(test_what_is_no_code_has_bad_form),
	    cmocka_unit_test(test_every_single_wrong_symbol_is_caught),
	    cmocka_unit_test(test_every_swap_of_neighbours_is_caught),
	    cmocka_unit_test(test_an_office_profile_sets_prefix_and_alphabet),
	    cmocka_unit_test(test_a_key_types_its_symbol_or_none),
	    cmocka_unit_test(test_codes_are_shown_in_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
