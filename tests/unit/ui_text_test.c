/* Catalogues, dates and minutes as the screens write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ui/ui.h"

#include <string.h>

static void test_values_are_filled_in_once(void **state)
{
	uint8_t room[64];
	struct buf b;
	struct str v[2] = {str_from("{2}"), str_from("x")};

	(void)state;
	buf_init(&b, room, sizeof(room));
	msg_fill(&b, str_from("{1}-{2}-{3}-{5}-{"), v, 2);
	assert_string_equal(buf_cstr(&b), "{2}-x--{5}-{");
}

static void test_dates_in_both_languages(void **state)
{
	uint8_t room[64];
	struct err e = {0};
	struct buf b;

	(void)state;
	assert_int_equal(text_init("build/locale", &e), 0);
	buf_init(&b, room, sizeof(room));
	text_date(LANG_ID, 20781, &b); /* 2026-11-24, a Tuesday */
	assert_string_equal(buf_cstr(&b), "Selasa, 24 November 2026");
	buf_init(&b, room, sizeof(room));
	text_date(LANG_EN, 20781, &b);
	assert_string_equal(buf_cstr(&b), "Tuesday 24 November 2026");
	buf_init(&b, room, sizeof(room));
	text_minute(9 * 60 + 5, &b);
	assert_string_equal(buf_cstr(&b), "09.05");
}

/* Every text is found in both catalogues: the English one says what the source
 * says, the Indonesian one something else but for a few. */
static void test_every_text_is_translated(void **state)
{
	struct err e = {0};
	int alike = 0;

	(void)state;
	assert_int_equal(text_init("build/locale", &e), 0);
	for (int id = MSG_NONE + 1; id < MSGS; id++) {
		const char *source = msg_source((enum msg_id)id);

		assert_string_equal(text_get(LANG_EN, (enum msg_id)id), source);
		assert_ptr_not_equal(text_get(LANG_EN, (enum msg_id)id),
		    source);
		assert_ptr_not_equal(text_get(LANG_ID, (enum msg_id)id),
		    source);
		alike += strcmp(text_get(LANG_ID, (enum msg_id)id), source) ==
		    0;
	}
	assert_in_range(alike, 0, 20); /* loan words, times */
}

static void test_a_missing_catalogue_is_one_sentence(void **state)
{
	struct err e = {0};

	(void)state;
	assert_true(text_init("/nonexistent", &e) < 0);
	assert_true(e.text[0] != '\0');
	assert_string_equal(text_get(LANG_ID, MSG_BACK), "Back");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values_are_filled_in_once),
	    cmocka_unit_test(test_dates_in_both_languages),
	    cmocka_unit_test(test_every_text_is_translated),
	    cmocka_unit_test(test_a_missing_catalogue_is_one_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
