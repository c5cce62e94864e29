#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "firmware/core/civil.h"

enum {
	WIB = 7 * 3600,
	WITA = 8 * 3600,
	WIT = 9 * 3600,
	TUESDAY = 20781
}; /* 2026-11-24: 20454 (1 January) + 327 */

static void test_days_count_from_1970(void **state)
{
	static const struct {
		struct civil_date date;
		int32_t day;
		enum weekday weekday;
	} cases[] = {
	    {{1970, 1, 1}, 0, THU},
	    {{1969, 12, 31}, -1, WED},
	    {{1900, 1, 1}, -25567, MON},
	    {{1900, 2, 28}, -25509, WED},
	    {{1900, 3, 1}, -25508, THU},
	    {{2000, 1, 1}, 10957, SAT},
	    {{2000, 2, 29}, 11016, TUE},
	    {{2000, 3, 1}, 11017, WED},
	    {{2020, 1, 1}, 18262, WED},
	    {{2024, 2, 29}, 19782, THU},
	    {{2026, 11, 24}, TUESDAY, TUE},
	    {{2100, 2, 28}, 47540, SUN},
	    {{2100, 3, 1}, 47541, MON},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct civil_date d = civil_date(cases[i].day);

		assert_int_equal(civil_day(cases[i].date), cases[i].day);
		assert_int_equal(d.year, cases[i].date.year);
		assert_int_equal(d.month, cases[i].date.month);
		assert_int_equal(d.day, cases[i].date.day);
		assert_int_equal(civil_weekday(cases[i].day), cases[i].weekday);
	}
}

static void test_every_day_of_400_years_comes_back(void **state)
{
	int32_t first = civil_day((struct civil_date){1900, 1, 1});

	(void)state;
	for (int32_t day = first; day < first + 146097; day++)
		assert_int_equal(civil_day(civil_date(day)), day);
	/* The Gregorian calendar repeats after 400 years. */
	assert_int_equal(civil_date(first + 146097).year, 2300);
}

static void test_the_office_day_rolls_at_local_midnight(void **state)
{
	/* Midnight in UTC: 17.00 (WIB), 16.00 (WITA), 15.00 (WIT). */
	static const struct {
		int32_t offset_s, utc_hour;
	} zones[] = {{WIB, 17}, {WITA, 16}, {WIT, 15}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		int64_t midnight = (int64_t)TUESDAY * 86400 +
		    zones[i].utc_hour * 3600;
		struct civil_now last = civil_local(midnight - 1,
		    zones[i].offset_s);
		struct civil_now first = civil_local(midnight,
		    zones[i].offset_s);

		assert_int_equal(last.day, TUESDAY);
		assert_int_equal(last.second, 86399);
		assert_int_equal(last.minute, 1439);
		assert_int_equal(first.day, TUESDAY + 1);
		assert_int_equal(first.second, 0);
		assert_int_equal(civil_unix(TUESDAY + 1, 0, zones[i].offset_s),
		    midnight);
	}
}

static void test_times_before_1970_and_west_of_utc_round_down(void **state)
{
	struct civil_now now = civil_local(-1, 0);

	(void)state;
	assert_int_equal(now.day, -1);
	assert_int_equal(now.second, 86399);
	now = civil_local(0, -3 * 3600 - 1800);
	assert_int_equal(now.day, -1);
	assert_int_equal(now.minute, 20 * 60 + 30);
}

static void test_only_real_iso_dates_are_read(void **state)
{
	static const char *const good[] = {"2026-11-24", "2024-02-29",
	    "2000-02-29", "1900-01-01", "2199-12-31"};
	static const char *const bad[] = {"2026-02-29", "1900-02-29",
	    "2100-02-29", "2026-04-31", "2026-13-01", "2026-00-10",
	    "2026-01-00", "2026-1-1", "24-11-2026", "2026/11/24", "1899-12-31",
	    "2200-01-01", "2026-11-24 ", "", "2026-11-2a", "-026-11-24"};
	struct civil_date d;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(civil_parse_date(str_from(good[i]), &d));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(civil_parse_date(str_from(bad[i]), &d));
}

static void test_minutes_run_from_0000_to_2400(void **state)
{
	static const char *const bad[] = {"24:01", "25:00", "07:60", "7:30",
	    "07.30", "07:3", "", "07:30:00", "-1:30"};
	int32_t m = -1;

	(void)state;
	assert_true(civil_parse_minute(str_from("00:00"), &m));
	assert_int_equal(m, 0);
	assert_true(civil_parse_minute(str_from("07:30"), &m));
	assert_int_equal(m, 450);
	assert_true(civil_parse_minute(str_from("24:00"), &m));
	assert_int_equal(m, 1440);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(civil_parse_minute(str_from(bad[i]), &m));
}

static void test_zones_are_indonesian_names_or_offsets(void **state)
{
	static const struct {
		const char *text;
		int32_t offset_s;
	} good[] = {{"WIB", 25200}, {"WITA", 28800}, {"WIT", 32400},
	    {"+07:00", 25200}, {"-03:30", -12600}, {"+14:00", 50400},
	    {"-14:00", -50400}, {"+00:00", 0}};
	static const char *const bad[] = {"wib", "WI", "+14:01", "-14:01",
	    "07:00", "+7:00", "+0700", "UTC", "", "WIBX"};
	int32_t v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(civil_parse_zone(str_from(good[i].text), &v));
		assert_int_equal(v, good[i].offset_s);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(civil_parse_zone(str_from(bad[i]), &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_days_count_from_1970),
	    cmocka_unit_test(test_every_day_of_400_years_comes_back),
	    cmocka_unit_test(test_the_office_day_rolls_at_local_midnight),
	    cmocka_unit_test(test_times_before_1970_and_west_of_utc_round_down),
	    cmocka_unit_test(test_only_real_iso_dates_are_read),
	    cmocka_unit_test(test_minutes_run_from_0000_to_2400),
	    cmocka_unit_test(test_zones_are_indonesian_names_or_offsets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
