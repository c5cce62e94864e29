#include "civil.h"

enum { YEAR_MIN = 1900, YEAR_MAX = 2199, ZONE_MAX_S = 14 * 3600 };

/* Days before a month in a year that starts in March, so that the leap day
 * is the year's last: 0 31 61 92 122 153 184 214 245 275 306 337. */
static int32_t days_before(int32_t march_month)
{
	return (153 * march_month + 2) / 5;
}

/* Quotient towards minus infinity; b > 0. */
static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* 719468 = days from 0000-03-01 to 1970-01-01; 146097 in 400 years. */
int32_t civil_day(struct civil_date date)
{
	int32_t month = (date.month + 9) % 12;
	int32_t year = date.year - (date.month <= 2);
	int32_t era = (int32_t)floor_div(year, 400);
	int32_t of_era = year - era * 400;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    days_before(month) + date.day - 1 - 719468;
}

struct civil_date civil_date(int32_t day)
{
	int64_t n = (int64_t)day + 719468;
	int64_t era = floor_div(n, 146097);
	int32_t left = (int32_t)(n - era * 146097);
	/* The last day of a 4-, 100- and 400-year cycle must not count as a
	 * year of its own. */
	int32_t year = (left - left / 1460 + left / 36524 - left / 146096) /
	    365;
	int32_t of_year = left - (year * 365 + year / 4 - year / 100);
	int32_t month = (5 * of_year + 2) / 153;
	struct civil_date d;

	d.day = of_year - days_before(month) + 1;
	d.month = month < 10 ? month + 3 : month - 9;
	d.year = (int)(era * 400) + year + (d.month <= 2);
	return d;
}

enum weekday civil_weekday(int32_t day)
{
	/* Day 0 was a Thursday. */
	int64_t n = (int64_t)day + THU;

	return (enum weekday)(n - floor_div(n, WEEKDAYS) * WEEKDAYS);
}

struct civil_now civil_local(int64_t unix_s, int32_t offset_s)
{
	struct civil_now now;
	int64_t local = unix_s + offset_s;

	now.day = (int32_t)floor_div(local, DAY_SECONDS);
	now.second = (int32_t)(local - (int64_t)now.day * DAY_SECONDS);
	now.minute = now.second / 60;
	return now;
}

int64_t civil_unix(int32_t day, int32_t second, int32_t offset_s)
{
	return (int64_t)day * DAY_SECONDS + second - offset_s;
}

static int month_days(int year, int month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
	    30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

bool civil_parse_date(struct str s, struct civil_date *out)
{
	int64_t year, month, day;

	if (s.len != 10 || s.ptr[4] != '-' || s.ptr[7] != '-' ||
	    !str_number(str_cut(s, 0, 4), YEAR_MIN, YEAR_MAX, &year) ||
	    !str_number(str_cut(s, 5, 2), 1, 12, &month) ||
	    !str_number(str_cut(s, 8, 2), 1, month_days((int)year, (int)month),
		&day))
		return false;
	out->year = (int)year;
	out->month = (int)month;
	out->day = (int)day;
	return true;
}

bool civil_parse_minute(struct str s, int32_t *out)
{
	int64_t hour, minute;

	if (s.len != 5 || s.ptr[2] != ':' ||
	    !str_number(str_cut(s, 0, 2), 0, 24, &hour) ||
	    !str_number(str_cut(s, 3, 2), 0, 59, &minute) ||
	    hour * 60 + minute > DAY_MINUTES)
		return false;
	*out = (int32_t)(hour * 60 + minute);
	return true;
}

bool civil_parse_zone(struct str s, int32_t *out)
{
	static const struct {
		const char *name;
		int32_t hours;
	} zones[] = {{"WIB", 7}, {"WITA", 8}, {"WIT", 9}};
	int32_t minute;

	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		if (str_is(s, zones[i].name)) {
			*out = zones[i].hours * 3600;
			return true;
		}
	if (s.len != 6 || (s.ptr[0] != '+' && s.ptr[0] != '-') ||
	    !civil_parse_minute(str_cut(s, 1, 5), &minute) ||
	    minute * 60 > ZONE_MAX_S)
		return false;
	*out = s.ptr[0] == '-' ? -minute * 60 : minute * 60;
	return true;
}
