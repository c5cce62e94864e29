/* When a freshly started terminal is good: a new version is kept from then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "firmware/app/tech/health.h"

static struct health whole(void)
{
	return (struct health){.presented = true,
	    .lit = true,
	    .stores = true,
	    .printer = true,
	    .found = FACT_YES,
	    .hub = true,
	    .heard = true,
	    .up_ms = 100};
}

static void test_nothing_known_is_not_good(void **state)
{
	const struct health none = {.up_ms = INT64_MAX};

	(void)state;
	assert_false(health_is_good(&none));
}

static void test_all_there_is_good_at_once(void **state)
{
	struct health h = whole();

	(void)state;
	assert_true(health_is_good(&h));
}

static void test_no_picture_or_no_stores_is_never_good(void **state)
{
	struct health h = whole();

	(void)state;
	h.up_ms = INT64_MAX;
	h.presented = false;
	assert_false(health_is_good(&h));
	h = whole();
	h.up_ms = INT64_MAX;
	h.stores = false;
	assert_false(health_is_good(&h));
}

static void test_a_screen_that_stays_dark_is_taken_as_absent_after_10_s(
    void **state)
{
	struct health h = whole();

	(void)state;
	h.lit = false;
	h.up_ms = 9999;
	assert_false(health_is_good(&h));
	h.up_ms = 10000;
	assert_true(health_is_good(&h));
}

static void test_a_monitor_that_is_there_must_show_the_picture(void **state)
{
	struct health h = whole();

	(void)state;
	h.monitor = true;
	assert_true(health_is_good(&h));
	h.lit = false;
	h.up_ms = INT64_MAX;
	assert_false(health_is_good(&h));
}

static void test_a_printer_must_be_found_or_known_to_be_absent(void **state)
{
	struct health h = whole();

	(void)state;
	h.found = FACT_UNKNOWN;
	h.up_ms = INT64_MAX;
	assert_false(health_is_good(&h));
	h.found = FACT_NO;
	assert_true(health_is_good(&h));
	h.found = FACT_UNKNOWN;
	h.printer = false;
	assert_true(health_is_good(&h));
}

static void test_a_hub_that_is_silent_counts_as_offline_after_45_s(void **s)
{
	struct health h = whole();

	(void)s;
	h.heard = false;
	h.up_ms = 44999;
	assert_false(health_is_good(&h));
	h.up_ms = 45000;
	assert_true(health_is_good(&h));
	h.up_ms = 0;
	h.hub = false;
	assert_true(health_is_good(&h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_known_is_not_good),
	    cmocka_unit_test(test_all_there_is_good_at_once),
	    cmocka_unit_test(test_no_picture_or_no_stores_is_never_good),
	    cmocka_unit_test(
		test_a_screen_that_stays_dark_is_taken_as_absent_after_10_s),
	    cmocka_unit_test(
		test_a_monitor_that_is_there_must_show_the_picture),
	    cmocka_unit_test(
		test_a_printer_must_be_found_or_known_to_be_absent),
	    cmocka_unit_test(
		test_a_hub_that_is_silent_counts_as_offline_after_45_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
