/* The clock that somebody sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "firmware/app/clock.h"

/* 2026-11-26 09:00 WIB, an hour after the machine came up. */
static const int64_t WALL_MS = INT64_C(1795658400000), BOOT_MS = 3600000;
enum { MINUTE_MS = 60000 };

static void test_the_first_look_tells_nothing(void **state)
{
	struct clock_watch w = {0};

	(void)state;
	assert_int_equal(clock_stepped_s(&w, WALL_MS, BOOT_MS), 0);
	assert_int_equal(
	    clock_stepped_s(&w, WALL_MS + MINUTE_MS, BOOT_MS + MINUTE_MS), 0);
}

static void test_a_step_of_over_two_seconds_is_told_with_its_seconds(
    void **state)
{
	static const struct {
		int64_t step_ms, told_s;
	} cases[] = {{2000, 0}, {2001, 2}, {2499, 2}, {2500, 3}, {-2000, 0},
	    {-2001, -2}, {-2500, -3}, {600000, 600}, {-86400000, -86400}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct clock_watch w = {0};

		assert_int_equal(clock_stepped_s(&w, WALL_MS, BOOT_MS), 0);
		assert_int_equal(clock_stepped_s(&w,
				     WALL_MS + MINUTE_MS + cases[i].step_ms,
				     BOOT_MS + MINUTE_MS),
		    cases[i].told_s);
	}
}

static void test_a_step_is_told_once(void **state)
{
	struct clock_watch w = {0};

	(void)state;
	assert_int_equal(clock_stepped_s(&w, WALL_MS, BOOT_MS), 0);
	assert_int_equal(clock_stepped_s(&w, WALL_MS + 5000, BOOT_MS), 5);
	assert_int_equal(clock_stepped_s(&w, WALL_MS + 5000, BOOT_MS), 0);
	assert_int_equal(clock_stepped_s(&w, WALL_MS, BOOT_MS), -5);
}

static void test_a_clock_that_drifts_or_is_slewed_is_not_told(void **state)
{
	struct clock_watch w = {0};
	int64_t wall_ms = WALL_MS, boot_ms = BOOT_MS;

	(void)state;
	/* adjtimex slews by 500 ppm at most: 30 ms a minute; for a day. */
	for (int i = 0; i < 24 * 60; i++) {
		assert_int_equal(clock_stepped_s(&w, wall_ms, boot_ms), 0);
		wall_ms += MINUTE_MS + 30;
		boot_ms += MINUTE_MS;
	}
}

static void test_the_clocks_run(void **state)
{
	int64_t wall_ms = clock_wall_ms(), boot_ms = clock_boot_ms();

	(void)state;
	assert_true(clock_wall_s() - wall_ms / 1000 <= 5);
	assert_true(boot_ms > 0);
	assert_true(clock_mono_ms() > 0);
	assert_true(clock_boot_ms() - boot_ms < 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_first_look_tells_nothing),
	    cmocka_unit_test(
		test_a_step_of_over_two_seconds_is_told_with_its_seconds),
	    cmocka_unit_test(test_a_step_is_told_once),
	    cmocka_unit_test(test_a_clock_that_drifts_or_is_slewed_is_not_told),
	    cmocka_unit_test(test_the_clocks_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
