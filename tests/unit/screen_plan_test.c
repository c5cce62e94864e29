/* When the screen is dark and how bright: by hours, time and touch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "firmware/core/screen_plan.h"

/* 2026-11-23 is a Monday (day 20780 since 1970-01-01, a Thursday: 20780 =
 * 2968 * 7 + 4, and Thursday + 4 is Monday). */
enum { MONDAY = 20780, NEVER = -1 };

static struct config c;

static int setup(void **state)
{
	(void)state;
	config_defaults(&c, "karcis.ini");
	for (enum weekday d = MON; d <= FRI; d++)
		if (!hours_parse(str_from("07:30-12:00 13:00-15:00"), &c.hours,
			d))
			return -1;
	c.blank_closed = true;
	c.blank_minutes = 30;
	c.brightness = 80;
	c.dim_from_min = c.dim_until_min = -1;
	c.dim_brightness = 25;
	return 0;
}

static int32_t at(int hour, int minute)
{
	return hour * 60 + minute;
}

static bool dark(int32_t day, int32_t minute)
{
	return screen_plan(&c, day, minute, NEVER).dark;
}

static void test_it_is_dark_from_so_long_after_closing(void **state)
{
	(void)state;
	assert_false(dark(MONDAY, at(15, 0)));
	assert_false(dark(MONDAY, at(15, 29)));
	assert_true(dark(MONDAY, at(15, 30)));
	assert_true(dark(MONDAY, at(23, 59)));
}

static void test_it_is_lit_from_so_long_before_opening(void **state)
{
	(void)state;
	assert_true(dark(MONDAY, 0));
	assert_true(dark(MONDAY, at(6, 59)));
	assert_false(dark(MONDAY, at(7, 0)));
	assert_false(dark(MONDAY, at(9, 0)));
}

static void test_a_short_gap_stays_lit(void **state)
{
	(void)state;
	assert_false(dark(MONDAY, at(12, 29)));
	assert_false(dark(MONDAY, at(12, 30)));
	c.blank_minutes = 29;
	assert_false(dark(MONDAY, at(12, 28)));
	assert_true(dark(MONDAY, at(12, 29)));
	assert_true(dark(MONDAY, at(12, 30)));
	assert_false(dark(MONDAY, at(12, 31)));
}

static void test_days_without_hours_are_dark(void **state)
{
	(void)state;
	assert_true(dark(MONDAY + 5, at(9, 0)));
	assert_int_equal(hours_add_holiday(&c.hours, MONDAY + 1), 0);
	assert_true(dark(MONDAY + 1, at(9, 0)));
	assert_false(dark(MONDAY + 2, at(9, 0)));
}

static void test_hours_reach_over_midnight(void **state)
{
	(void)state;
	assert_true(hours_parse(str_from("00:10-23:50"), &c.hours, WED));
	assert_true(dark(MONDAY + 1, at(23, 39)));
	assert_false(dark(MONDAY + 1, at(23, 40)));
	assert_false(dark(MONDAY + 3, at(0, 19)));
	assert_true(dark(MONDAY + 3, at(0, 20)));
	/* Not those of a holiday. */
	assert_int_equal(hours_add_holiday(&c.hours, MONDAY + 2), 0);
	assert_true(dark(MONDAY + 1, at(23, 40)));
	assert_true(dark(MONDAY + 3, at(0, 19)));
}

static void test_never_is_never_dark(void **state)
{
	(void)state;
	c.blank_closed = false;
	assert_false(dark(MONDAY, 0));
	assert_false(dark(MONDAY + 6, at(12, 0)));
}

static void test_a_touch_keeps_it_lit_for_five_minutes(void **state)
{
	(void)state;
	assert_false(screen_plan(&c, MONDAY, at(22, 0), 0).dark);
	assert_false(screen_plan(&c, MONDAY, at(22, 0), 299).dark);
	assert_true(screen_plan(&c, MONDAY, at(22, 0), 300).dark);
}

static int percent(int32_t minute)
{
	return screen_plan(&c, MONDAY, minute, NEVER).percent;
}

static void test_dim_hours_are_half_open(void **state)
{
	(void)state;
	assert_int_equal(percent(at(13, 0)), 80);
	c.dim_from_min = at(12, 0);
	c.dim_until_min = at(13, 0);
	assert_int_equal(percent(at(11, 59)), 80);
	assert_int_equal(percent(at(12, 0)), 25);
	assert_int_equal(percent(at(12, 59)), 25);
	assert_int_equal(percent(at(13, 0)), 80);
}

static void test_dim_hours_go_past_midnight(void **state)
{
	(void)state;
	c.dim_from_min = at(18, 0);
	c.dim_until_min = at(6, 30);
	assert_int_equal(percent(at(17, 59)), 80);
	assert_int_equal(percent(at(18, 0)), 25);
	assert_int_equal(percent(at(23, 59)), 25);
	assert_int_equal(percent(0), 25);
	assert_int_equal(percent(at(6, 29)), 25);
	assert_int_equal(percent(at(6, 30)), 80);
	c.dim_until_min = DAY_MINUTES;
	assert_int_equal(percent(at(23, 59)), 25);
	assert_int_equal(percent(0), 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, setup)
	    TEST(test_it_is_dark_from_so_long_after_closing),
	    TEST(test_it_is_lit_from_so_long_before_opening),
	    TEST(test_a_short_gap_stays_lit),
	    TEST(test_days_without_hours_are_dark),
	    TEST(test_hours_reach_over_midnight),
	    TEST(test_never_is_never_dark),
	    TEST(test_a_touch_keeps_it_lit_for_five_minutes),
	    TEST(test_dim_hours_are_half_open),
	    TEST(test_dim_hours_go_past_midnight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
