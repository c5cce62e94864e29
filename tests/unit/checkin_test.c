#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "firmware/core/checkin.h"

enum {
	OFFICE = 4102,
	TUESDAY = 20781,
	WIB = 7 * 3600,
	START = 9 * 60,
	END = 9 * 60 + 15
};

static int64_t at(int hour, int minute, int second)
{
	return civil_unix(TUESDAY, hour * 3600 + minute * 60 + second, WIB);
}

/* Open 07:30-12:00 13:00-15:00; 30 minutes early, 30 late. */
static struct checkin_rules office(void)
{
	struct checkin_rules r = {.office = OFFICE,
	    .offset_s = WIB,
	    .early_minutes = 30,
	    .late_minutes = 30,
	    .late = LATE_COUNTER};

	for (int d = MON; d <= FRI; d++)
		assert_true(hours_parse(str_from("07:30-12:00 13:00-15:00"),
		    &r.hours, (enum weekday)d));
	return r;
}

/* A confirmed booking for today 09.00-09.15. */
static struct checkin_facts booked(void)
{
	struct checkin_facts f = {.storage_ok = true,
	    .found = true,
	    .booking = {.office = OFFICE,
		.day = TUESDAY,
		.start_min = START,
		.end_min = END,
		.service = 1,
		.booking_class = CLASS_BOOKED,
		.status = BOOKING_CONFIRMED}};

	return f;
}

static enum verdict judge(const struct checkin_facts *f, int64_t now_s)
{
	struct checkin_rules r = office();

	return checkin_decide(&r, f, now_s).verdict;
}

static void test_zero_never_admits(void **state)
{
	struct checkin_rules r;
	struct checkin_facts f;

	(void)state;
	memset(&r, 0, sizeof(r));
	memset(&f, 0, sizeof(f));
	assert_false(verdict_admits(VERDICT_UNSET));
	assert_false(verdict_admits(checkin_decide(&r, &f, 0).verdict));
	f.storage_ok = true;
	assert_false(verdict_admits(checkin_decide(&r, &f, 0).verdict));
	f.found = true;
	assert_false(verdict_admits(checkin_decide(&r, &f, 0).verdict));
	f = booked();
	f.booking.status = BOOKING_UNSET;
	assert_int_equal(judge(&f, at(9, 0, 0)), VERDICT_UNKNOWN);
	f = booked();
	f.booking.booking_class = CLASS_UNSET;
	assert_int_equal(judge(&f, at(9, 0, 0)), VERDICT_UNKNOWN);
}

static void test_only_three_verdicts_admit_and_each_has_a_name(void **state)
{
	int admitting = 0;

	(void)state;
	for (int v = 0; v < VERDICTS; v++) {
		admitting += verdict_admits((enum verdict)v);
		assert_non_null(verdict_name((enum verdict)v));
		for (int w = 0; w < v; w++)
			assert_string_not_equal(verdict_name((enum verdict)v),
			    verdict_name((enum verdict)w));
	}
	assert_int_equal(admitting, 3);
	assert_string_equal(verdict_name(VERDICT_UNSET), "unset");
	assert_string_equal(verdict_name((enum verdict)99), "unset");
	assert_false(verdict_admits((enum verdict)99));
}

static void test_the_arrival_window_is_half_open(void **state)
{
	static const struct {
		int hour, minute, second;
		enum verdict verdict;
	} cases[] = {
	    {7, 29, 59, VERDICT_NOT_OPEN_YET},
	    {7, 30, 0, VERDICT_TOO_EARLY},
	    {8, 29, 59, VERDICT_TOO_EARLY},
	    {8, 30, 0, VERDICT_ADMIT_BOOKED},
	    {9, 14, 59, VERDICT_ADMIT_BOOKED},
	    {9, 15, 0, VERDICT_ADMIT_LATE},
	    {9, 44, 59, VERDICT_ADMIT_LATE},
	    {9, 45, 0, VERDICT_TOO_LATE},
	    {11, 59, 59, VERDICT_TOO_LATE},
	    {12, 30, 0, VERDICT_TOO_LATE}, /* coming back cannot help */
	    {14, 59, 59, VERDICT_TOO_LATE},
	    {15, 0, 0, VERDICT_CLOSED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct checkin_facts f = booked();

		assert_int_equal(
		    judge(&f,
			at(cases[i].hour, cases[i].minute, cases[i].second)),
		    cases[i].verdict);
	}
}

static void test_too_early_tells_when_to_come_and_rounds_up(void **state)
{
	struct checkin_rules r = office();
	struct checkin_facts f = booked();
	struct decision d = checkin_decide(&r, &f, at(7, 42, 1));

	(void)state;
	assert_int_equal(d.verdict, VERDICT_TOO_EARLY);
	assert_int_equal(d.from_min, 510); /* 08.30 */
	assert_int_equal(d.wait_min, 48);  /* 47 minutes 59 seconds */
	assert_int_equal(d.slot_start_min, START);
	assert_int_equal(d.slot_end_min, END);
	d = checkin_decide(&r, &f, at(7, 42, 0));
	assert_int_equal(d.wait_min, 48);
	d = checkin_decide(&r, &f, at(8, 29, 59));
	assert_int_equal(d.wait_min, 1);
}

static void test_opening_hours_clip_the_arrival_window(void **state)
{
	struct checkin_rules r = office();
	struct checkin_facts f = booked();
	struct decision d;

	(void)state;
	f.booking.start_min = 450; /* 07.30: from 07.00, but closed */
	f.booking.end_min = 465;
	d = checkin_decide(&r, &f, at(7, 29, 59));
	assert_int_equal(d.verdict, VERDICT_NOT_OPEN_YET);
	assert_int_equal(d.from_min, 450);
	assert_int_equal(judge(&f, at(7, 30, 0)), VERDICT_ADMIT_BOOKED);
	f.booking.start_min = 885; /* 14.45-15.00, late until closing */
	f.booking.end_min = 900;
	assert_int_equal(judge(&f, at(14, 59, 59)), VERDICT_ADMIT_BOOKED);
	d = checkin_decide(&r, &f, at(15, 0, 0));
	assert_int_equal(d.verdict, VERDICT_CLOSED);
	assert_int_equal(d.day, TUESDAY + 1);
	assert_int_equal(d.from_min, 450);
	assert_int_equal(d.until_min, 900);
}

static void test_an_arrival_in_a_gap_is_not_open_yet(void **state)
{
	struct checkin_rules r = office();
	struct checkin_facts f = booked();
	struct decision d;

	(void)state;
	f.booking.start_min = 780; /* 13.00: from 12.30, in the gap */
	f.booking.end_min = 795;
	d = checkin_decide(&r, &f, at(12, 0, 0));
	assert_int_equal(d.verdict, VERDICT_NOT_OPEN_YET);
	assert_int_equal(d.from_min, 780);
	assert_int_equal(d.day, TUESDAY);
	d = checkin_decide(&r, &f, at(12, 59, 59));
	assert_int_equal(d.verdict, VERDICT_NOT_OPEN_YET);
	assert_int_equal(judge(&f, at(13, 0, 0)), VERDICT_ADMIT_BOOKED);
	/* Before the gap: the doors close at 12, so 13.00 is when. */
	d = checkin_decide(&r, &f, at(11, 59, 59));
	assert_int_equal(d.verdict, VERDICT_TOO_EARLY);
	assert_int_equal(d.from_min, 780);
	assert_int_equal(d.wait_min, 61);
	/* A later slot is told its own time, not that of the doors. */
	f.booking.start_min = 840;
	f.booking.end_min = 855;
	d = checkin_decide(&r, &f, at(12, 15, 0));
	assert_int_equal(d.verdict, VERDICT_NOT_OPEN_YET);
	assert_int_equal(d.from_min, 810);
}

static void test_the_late_policy_decides_after_the_slot(void **state)
{
	struct checkin_rules r = office();
	struct checkin_facts f = booked();
	struct decision d;

	(void)state;
	r.late = LATE_REFUSE;
	d = checkin_decide(&r, &f, at(9, 14, 59));
	assert_int_equal(d.verdict, VERDICT_ADMIT_BOOKED);
	d = checkin_decide(&r, &f, at(9, 15, 0));
	assert_int_equal(d.verdict, VERDICT_TOO_LATE);
	r.late = LATE_UNSET;
	d = checkin_decide(&r, &f, at(9, 15, 0));
	assert_int_equal(d.verdict, VERDICT_TOO_LATE);
	r.late = LATE_STANDBY;
	d = checkin_decide(&r, &f, at(9, 15, 0));
	assert_int_equal(d.verdict, VERDICT_ADMIT_LATE);
	assert_true(d.late);
	r.late_minutes = 0;
	d = checkin_decide(&r, &f, at(9, 15, 0));
	assert_int_equal(d.verdict, VERDICT_TOO_LATE);
}

static void test_the_seat_is_kept_until_lateness_or_closing_ends(void **state)
{
	struct checkin_rules r = office();
	struct checkin_facts f = booked();

	(void)state;
	assert_int_equal(checkin_decide(&r, &f, at(9, 0, 0)).until_min, 585);
	assert_int_equal(checkin_decide(&r, &f, at(9, 44, 59)).until_min, 585);
	f.booking.start_min = 870; /* 14.30-14.45 + 30 = 15.15: closing */
	f.booking.end_min = 885;
	assert_int_equal(checkin_decide(&r, &f, at(14, 30, 0)).until_min, 900);
	r.late = LATE_REFUSE;
	assert_int_equal(checkin_decide(&r, &f, at(14, 30, 0)).until_min, 885);
}

static void test_priority_is_admitted_as_priority(void **state)
{
	struct checkin_facts f = booked();

	(void)state;
	f.booking.booking_class = CLASS_PRIORITY;
	assert_int_equal(judge(&f, at(9, 0, 0)), VERDICT_ADMIT_PRIORITY);
	assert_int_equal(judge(&f, at(9, 15, 0)), VERDICT_ADMIT_LATE);
}

static void test_another_day_is_told_its_own_time(void **state)
{
	struct checkin_rules r = office();
	struct checkin_facts f = booked();
	struct decision d;

	(void)state;
	f.booking.day = TUESDAY + 1;
	d = checkin_decide(&r, &f, at(9, 0, 0));
	assert_int_equal(d.verdict, VERDICT_OTHER_DAY);
	assert_int_equal(d.day, TUESDAY + 1);
	assert_int_equal(d.slot_start_min, START);
	assert_int_equal(judge(&f, at(23, 59, 59)), VERDICT_OTHER_DAY);
	f.booking.day = TUESDAY - 1;
	assert_int_equal(judge(&f, at(9, 0, 0)), VERDICT_OTHER_DAY);
	assert_int_equal(judge(&f, at(0, 0, 0) - 1), VERDICT_CLOSED);
}

static void test_a_changed_status_refuses(void **state)
{
	static const struct {
		enum booking_status status;
		enum verdict verdict;
	} cases[] = {
	    {BOOKING_CANCELLED, VERDICT_CANCELLED},
	    {BOOKING_RESCHEDULED, VERDICT_RESCHEDULED},
	    {BOOKING_BLOCKED, VERDICT_BLOCKED},
	    {BOOKING_REVOKED, VERDICT_REVOKED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct checkin_facts f = booked();

		f.booking.status = (uint8_t)cases[i].status;
		assert_int_equal(judge(&f, at(9, 0, 0)), cases[i].verdict);
	}
}

static void test_used_allows_one_copy_within_15_minutes(void **state)
{
	static const struct {
		int64_t after_s;
		bool proven;
		uint8_t copies;
		enum verdict verdict;
	} cases[] = {
	    {0, false, 0, VERDICT_USED_COPY},
	    {899, false, 0, VERDICT_USED_COPY}, {900, false, 0, VERDICT_USED},
	    {10, true, 0, VERDICT_USED}, {10, false, 1, VERDICT_USED},
	    {-1, false, 0, VERDICT_USED}, /* the clock went back */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct checkin_facts f = booked();

		f.usage.used = true;
		f.usage.used_s = at(9, 0, 0);
		f.usage.last_print_proven = cases[i].proven;
		f.usage.copies = cases[i].copies;
		assert_int_equal(judge(&f, at(9, 0, 0) + cases[i].after_s),
		    cases[i].verdict);
	}
}

static void test_an_unknown_code_and_a_wrong_date_look_the_same(void **state)
{
	struct checkin_rules r = office();
	struct checkin_facts known = booked(), unknown;
	struct decision a, b;

	(void)state;
	r.ask_birth_date = true;
	r.hub_configured = true; /* data too old is not told either */
	known.booking.birth = 7;
	known.birth_given = true;
	known.birth = 8;
	memset(&unknown, 0, sizeof(unknown));
	unknown.storage_ok = true;
	unknown.birth_given = true;
	unknown.birth = 8;
	for (uint8_t tries = 0; tries < TRIES_MAX; tries++) {
		known.usage.wrong_tries = tries;
		unknown.usage.wrong_tries = tries;
		a = checkin_decide(&r, &known, at(9, 0, 0));
		b = checkin_decide(&r, &unknown, at(9, 0, 0));
		assert_int_equal(a.verdict, VERDICT_MISMATCH);
		assert_int_equal(a.tries_left, 2 - tries);
		assert_memory_equal(&a, &b, sizeof(a));
	}
	known.usage.wrong_tries = TRIES_MAX;
	unknown.usage.wrong_tries = TRIES_MAX;
	known.birth = 7; /* even the right date now */
	a = checkin_decide(&r, &known, at(9, 0, 0));
	b = checkin_decide(&r, &unknown, at(9, 0, 0));
	assert_int_equal(a.verdict, VERDICT_TRIES_USED);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void test_the_birth_date_is_asked_before_anything_is_said(void **state)
{
	struct checkin_rules r = office();
	struct checkin_facts f = booked();

	(void)state;
	r.ask_birth_date = true;
	f.booking.birth = 7;
	f.booking.status = BOOKING_CANCELLED;
	assert_int_equal(checkin_decide(&r, &f, at(9, 0, 0)).verdict,
	    VERDICT_MISMATCH); /* no date given */
	f.birth_given = true;
	f.birth = 7;
	assert_int_equal(checkin_decide(&r, &f, at(9, 0, 0)).verdict,
	    VERDICT_CANCELLED);
	f.booking.status = BOOKING_CONFIRMED;
	assert_int_equal(checkin_decide(&r, &f, at(9, 0, 0)).verdict,
	    VERDICT_ADMIT_BOOKED);
}

static void test_a_booking_without_a_date_fits_any_date(void **state)
{
	struct checkin_rules r = office();
	struct checkin_facts f = booked();

	(void)state;
	r.ask_birth_date = true;
	f.birth_given = true;
	f.birth = 123;
	assert_int_equal(checkin_decide(&r, &f, at(9, 0, 0)).verdict,
	    VERDICT_ADMIT_BOOKED);
}

static void test_unknown_is_data_old_after_ten_minutes_of_a_hub(void **state)
{
	struct checkin_rules r = office();
	struct checkin_facts f = {.storage_ok = true};
	int64_t now = at(9, 0, 0);

	(void)state;
	assert_int_equal(checkin_decide(&r, &f, now).verdict, VERDICT_UNKNOWN);
	r.hub_configured = true;
	assert_int_equal(checkin_decide(&r, &f, now).verdict,
	    VERDICT_DATA_OLD); /* never synced */
	f.last_sync_s = now - 600;
	assert_int_equal(checkin_decide(&r, &f, now).verdict, VERDICT_UNKNOWN);
	f.last_sync_s = now - 601;
	assert_int_equal(checkin_decide(&r, &f, now).verdict, VERDICT_DATA_OLD);
}

static void test_a_code_at_home_elsewhere_goes_to_that_kiosk(void **state)
{
	struct checkin_facts f = booked();

	(void)state;
	f.elsewhere = true;
	assert_int_equal(judge(&f, at(9, 0, 0)), VERDICT_OTHER_TERMINAL);
	/* Only who would be admitted is sent. */
	assert_int_equal(judge(&f, at(8, 29, 59)), VERDICT_TOO_EARLY);
	f.usage.used = true;
	assert_int_equal(judge(&f, at(9, 0, 0)), VERDICT_USED);
	f.usage.used = false;
	f.booking.permit_expires_day = TUESDAY - 1;
	assert_int_equal(judge(&f, at(9, 0, 0)), VERDICT_OTHER_TERMINAL);
}

static void test_the_clock_is_unsure_below_its_floor(void **state)
{
	struct checkin_rules r = office();
	struct checkin_facts f = booked();

	(void)state;
	r.clock_ceiling_s = at(9, 0, 0);
	assert_int_equal(checkin_decide(&r, &f, at(9, 0, 0)).verdict,
	    VERDICT_ADMIT_BOOKED);
	assert_int_equal(checkin_decide(&r, &f, at(9, 0, 1)).verdict,
	    VERDICT_CLOCK_UNSURE);
	r.clock_ceiling_s = 0; /* none known */
	r.clock_floor_s = at(9, 0, 0);
	assert_int_equal(checkin_decide(&r, &f, at(9, 0, 0)).verdict,
	    VERDICT_ADMIT_BOOKED);
	assert_int_equal(checkin_decide(&r, &f, at(9, 0, 0) - 1).verdict,
	    VERDICT_CLOCK_UNSURE);
}

static void test_a_permit_serves_through_its_last_day(void **state)
{
	struct checkin_facts f = booked();

	(void)state;
	f.booking.permit_expires_day = TUESDAY;
	assert_int_equal(judge(&f, at(9, 0, 0)), VERDICT_ADMIT_BOOKED);
	f.booking.permit_expires_day = TUESDAY - 1;
	assert_int_equal(judge(&f, at(9, 0, 0)), VERDICT_PERMIT_CHECK);
}

/* Every reason at once, taken away one by one: the order of enum verdict. */
static void test_the_first_that_applies_wins(void **state)
{
	struct checkin_rules r = office();
	struct checkin_facts f = booked();
	int64_t now = at(16, 0, 0);

	(void)state;
	r.clock_floor_s = now + 1;
	r.ask_birth_date = true;
	f.storage_ok = false;
	f.rate_limited = true;
	f.booking.office = OFFICE + 1;
	f.booking.status = BOOKING_BLOCKED;
	f.booking.day = TUESDAY + 1;
	f.booking.permit_expires_day = TUESDAY - 1;
	f.usage.used = true;
#define EXPECT(v) assert_int_equal(checkin_decide(&r, &f, now).verdict, v)
	EXPECT(VERDICT_STORAGE_FAULT);
	f.storage_ok = true;
	EXPECT(VERDICT_CLOCK_UNSURE);
	r.clock_floor_s = at(7, 0, 0);
	EXPECT(VERDICT_RATE_LIMITED);
	f.rate_limited = false;
	EXPECT(VERDICT_MISMATCH);
	r.ask_birth_date = false;
	EXPECT(VERDICT_OTHER_OFFICE);
	f.booking.office = OFFICE;
	EXPECT(VERDICT_BLOCKED);
	f.booking.status = BOOKING_CONFIRMED;
	EXPECT(VERDICT_USED);
	f.usage.used = false;
	EXPECT(VERDICT_OTHER_DAY);
	f.booking.day = TUESDAY;
	EXPECT(VERDICT_CLOSED);
	now = at(7, 0, 0);
	EXPECT(VERDICT_NOT_OPEN_YET);
	now = at(7, 30, 0);
	EXPECT(VERDICT_TOO_EARLY);
	now = at(9, 0, 0);
	EXPECT(VERDICT_PERMIT_CHECK);
	f.booking.permit_expires_day = 0;
	EXPECT(VERDICT_ADMIT_BOOKED);
#undef EXPECT
}

static void test_ten_wrong_answers_a_minute_pause_the_next(void **state)
{
	struct rate r;

	(void)state;
	memset(&r, 0, sizeof(r));
	for (int64_t i = 0; i < 9; i++)
		rate_wrong(&r, 1000 + i * 100);
	assert_int_equal(rate_wait_ms(&r, 2000), 0);
	rate_wrong(&r, 2000); /* the tenth; the first was at 1000 */
	assert_int_equal(rate_wait_ms(&r, 2000), 59000);
	assert_int_equal(rate_wait_ms(&r, 60999), 1);
	assert_int_equal(rate_wait_ms(&r, 61000), 0);
	rate_wrong(&r, 61000); /* now the oldest is the second, 1100 */
	assert_int_equal(rate_wait_ms(&r, 61000), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_zero_never_admits),
	    cmocka_unit_test(
		test_only_three_verdicts_admit_and_each_has_a_name),
	    cmocka_unit_test(test_the_arrival_window_is_half_open),
	    cmocka_unit_test(test_too_early_tells_when_to_come_and_rounds_up),
	    cmocka_unit_test(test_opening_hours_clip_the_arrival_window),
	    cmocka_unit_test(test_an_arrival_in_a_gap_is_not_open_yet),
	    cmocka_unit_test(test_the_late_policy_decides_after_the_slot),
	    cmocka_unit_test(
		test_the_seat_is_kept_until_lateness_or_closing_ends),
	    cmocka_unit_test(test_priority_is_admitted_as_priority),
	    cmocka_unit_test(test_another_day_is_told_its_own_time),
	    cmocka_unit_test(test_a_changed_status_refuses),
	    cmocka_unit_test(test_used_allows_one_copy_within_15_minutes),
	    cmocka_unit_test(
		test_an_unknown_code_and_a_wrong_date_look_the_same),
	    cmocka_unit_test(
		test_the_birth_date_is_asked_before_anything_is_said),
	    cmocka_unit_test(test_a_booking_without_a_date_fits_any_date),
	    cmocka_unit_test(
		test_unknown_is_data_old_after_ten_minutes_of_a_hub),
	    cmocka_unit_test(test_the_clock_is_unsure_below_its_floor),
	    cmocka_unit_test(test_a_permit_serves_through_its_last_day),
	    cmocka_unit_test(test_a_code_at_home_elsewhere_goes_to_that_kiosk),
	    cmocka_unit_test(test_the_first_that_applies_wins),
	    cmocka_unit_test(test_ten_wrong_answers_a_minute_pause_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
