#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/core/issue.h"

static struct services services;
static struct booking booking;
static struct decision decision;

static int set_up(void **state)
{
	(void)state;
	memset(&services, 0, sizeof(services));
	services.count = 1;
	services.item[0].id = 7;
	services.item[0].letter_booked = 1;
	memset(&booking, 0, sizeof(booking));
	booking.service = 7;
	booking.booking_class = CLASS_BOOKED;
	booking.start_min = 540;
	booking.end_min = 555;
	booking.companions = 2;
	memset(&decision, 0, sizeof(decision));
	decision.verdict = VERDICT_ADMIT_BOOKED;
	decision.until_min = 585; /* 09.15 and 30 minutes */
	return 0;
}

static struct ticket issue(int32_t minute)
{
	struct civil_now now = {20781, minute * 60, minute};
	struct ticket t;

	assert_true(issue_ticket(&decision, &booking, &services, now, &t));
	return t;
}

static void test_the_ticket_bears_what_was_booked(void **state)
{
	struct ticket t = issue(540);

	(void)state;
	assert_int_equal(t.letter, 1);
	assert_int_equal(t.service, 7);
	assert_int_equal(t.slot_min, 540);
	assert_int_equal(t.companions, 2);
	assert_int_equal(t.flags, 16);
	assert_int_equal(t.day, 20781);
}

static void test_the_door_admits_until_the_window_ends(void **state)
{
	(void)state;
	/* 09.45 - 09.00; at 09.15 the 30 minutes to the door end there too */
	assert_int_equal(issue(540).window_min, 45);
	assert_int_equal(issue(555).window_min, 45);
}

static void test_the_last_one_admitted_has_30_minutes_to_the_door(void **state)
{
	(void)state;
	/* 09.16 + 30 = 09.46, in steps of five: 09.50 */
	assert_int_equal(issue(556).window_min, 50);
	/* 09.44 + 30 = 10.14 -> 10.15 */
	assert_int_equal(issue(584).window_min, 75);
}

static void test_the_window_ends_with_the_day(void **state)
{
	(void)state;
	booking.start_min = 1400;
	decision.until_min = 1430;
	assert_int_equal(issue(1425).window_min, 40);
}

static void test_late_and_priority_are_flags(void **state)
{
	(void)state;
	decision.late = true;
	assert_int_equal(issue(540).flags, 16 + 2);
	services.item[0].letter_priority = 3;
	booking.booking_class = CLASS_PRIORITY;
	assert_int_equal(issue(540).flags, 16 + 8 + 2);
	assert_int_equal(issue(540).letter, 3);
}

static void test_nobody_is_admitted_without_a_verdict_service_or_letter(
    void **state)
{
	struct civil_now now = {20781, 540 * 60, 540};
	struct ticket t;

	(void)state;
	decision.verdict = VERDICT_UNSET;
	assert_false(issue_ticket(&decision, &booking, &services, now, &t));
	decision.verdict = VERDICT_TOO_LATE;
	assert_false(issue_ticket(&decision, &booking, &services, now, &t));
	decision.verdict = VERDICT_ADMIT_BOOKED;
	booking.service = 8;
	assert_false(issue_ticket(&decision, &booking, &services, now, &t));
	booking.service = 7;
	services.item[0].letter_booked = 0;
	assert_false(issue_ticket(&decision, &booking, &services, now, &t));
}

static void test_fees_are_written_with_dots(void **state)
{
	static const struct {
		int64_t fee;
		const char *text;
	} cases[] = {
	    {0, ""},
	    {999, "Rp 999"},
	    {1000, "Rp 1.000"},
	    {350000, "Rp 350.000"},
	    {1000050, "Rp 1.000.050"},
	};
	char out[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		issue_fee(cases[i].fee, out);
		assert_string_equal(out, cases[i].text);
	}
}

#define T(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    T(test_the_ticket_bears_what_was_booked),
	    T(test_the_door_admits_until_the_window_ends),
	    T(test_the_last_one_admitted_has_30_minutes_to_the_door),
	    T(test_the_window_ends_with_the_day),
	    T(test_late_and_priority_are_flags),
	    T(test_nobody_is_admitted_without_a_verdict_service_or_letter),
	    T(test_fees_are_written_with_dots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
