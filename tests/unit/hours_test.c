#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "firmware/core/hours.h"

enum { TUESDAY = 20781, FRIDAY = 20784, MONDAY = 20787 };

/* Monday to Friday 07:30-12:00 13:00-15:00. */
static struct hours week(void)
{
	struct hours h;

	memset(&h, 0, sizeof(h));
	for (int d = MON; d <= FRI; d++)
		assert_true(hours_parse(str_from("07:30-12:00 13:00-15:00"), &h,
		    (enum weekday)d));
	return h;
}

static void test_ranges_are_half_open(void **state)
{
	static const struct {
		int32_t minute;
		enum hours_state state;
		int32_t opens_min;
	} cases[] = {
	    {0, HOURS_BEFORE, 450},
	    {449, HOURS_BEFORE, 450},
	    {450, HOURS_OPEN, 0},
	    {719, HOURS_OPEN, 0},
	    {720, HOURS_BEFORE, 780},
	    {779, HOURS_BEFORE, 780},
	    {780, HOURS_OPEN, 0},
	    {899, HOURS_OPEN, 0},
	    {900, HOURS_OVER, 450},
	    {1439, HOURS_OVER, 450},
	};
	struct hours h = week();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct hours_answer a = hours_at(&h, TUESDAY, cases[i].minute);

		assert_int_equal(a.state, cases[i].state);
		if (a.state != HOURS_OPEN)
			assert_int_equal(a.opens_min, cases[i].opens_min);
		if (a.state == HOURS_BEFORE)
			assert_int_equal(a.opens_day, TUESDAY);
		if (a.state == HOURS_OVER)
			assert_int_equal(a.opens_day, TUESDAY + 1);
	}
	assert_int_equal(hours_at(&h, TUESDAY, 450).closes_min, 720);
	assert_int_equal(hours_at(&h, TUESDAY, 780).closes_min, 900);
}

static void test_after_friday_comes_monday_or_the_day_after(void **state)
{
	struct hours h = week();
	struct hours_answer a = hours_at(&h, FRIDAY, 900);

	(void)state;
	assert_int_equal(a.opens_day, MONDAY);
	assert_int_equal(a.opens_end_min, 900);
	assert_int_equal(hours_add_holiday(&h, MONDAY), 0);
	a = hours_at(&h, FRIDAY, 900);
	assert_int_equal(a.opens_day, MONDAY + 1);
}

static void test_a_holiday_is_closed_all_day(void **state)
{
	struct hours h = week();

	(void)state;
	assert_int_equal(hours_add_holiday(&h, TUESDAY), 0);
	assert_int_equal(hours_at(&h, TUESDAY, 600).state, HOURS_OVER);
	assert_int_equal(hours_at(&h, TUESDAY, 600).opens_day, TUESDAY + 1);
}

static void test_no_hours_at_all_never_open(void **state)
{
	struct hours h;
	struct hours_answer a;

	(void)state;
	memset(&h, 0, sizeof(h));
	a = hours_at(&h, TUESDAY, 600);
	assert_int_equal(a.state, HOURS_OVER);
	assert_int_equal(a.opens_day, -1);
}

static void test_ranges_ascend_and_do_not_overlap(void **state)
{
	static const char *const good[] = {"closed", "00:00-24:00",
	    "07:30-12:00 12:00-15:00", "08:00-09:00  10:00-11:00",
	    "01:00-02:00 03:00-04:00 05:00-06:00 07:00-08:00"};
	static const char *const bad[] = {"", "07:30", "12:00-07:30",
	    "07:30-07:30", "07:30-12:00 11:59-15:00", "13:00-15:00 07:30-12:00",
	    "07:30-24:01", "07:30-12:00-13:00",
	    "01:00-02:00 03:00-04:00 05:00-06:00 07:00-08:00 09:00-10:00",
	    "open", "07:30 - 12:00"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct hours h = week();

		assert_true(hours_parse(str_from(good[i]), &h, TUE));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct hours h = week();

		assert_false(hours_parse(str_from(bad[i]), &h, TUE));
		assert_int_equal(h.ranges[TUE], 2); /* left as it was */
	}
}

static void test_the_holiday_table_says_when_it_is_full(void **state)
{
	struct hours h = week();

	(void)state;
	for (int32_t i = 0; i < HOURS_HOLIDAYS; i++)
		assert_int_equal(hours_add_holiday(&h, 30000 + i), 0);
	assert_int_equal(hours_add_holiday(&h, 30000), 0); /* again */
	assert_int_equal(hours_add_holiday(&h, 40000), -ENOSPC);
	assert_false(hours_is_holiday(&h, 40000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ranges_are_half_open),
	    cmocka_unit_test(test_after_friday_comes_monday_or_the_day_after),
	    cmocka_unit_test(test_a_holiday_is_closed_all_day),
	    cmocka_unit_test(test_no_hours_at_all_never_open),
	    cmocka_unit_test(test_ranges_ascend_and_do_not_overlap),
	    cmocka_unit_test(test_the_holiday_table_says_when_it_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
