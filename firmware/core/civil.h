/*
 * Civil time with a fixed offset from UTC, as Indonesian offices keep it
 * (WIB +7, WITA +8, WIT +9; no daylight saving). The office day rolls at
 * local midnight. Days are counted from 1970-01-01 (day 0, a Thursday) in
 * the proleptic Gregorian calendar; minutes and seconds from local midnight.
 */
#ifndef KARCIS_CORE_CIVIL_H
#define KARCIS_CORE_CIVIL_H

#include "str.h"

enum { DAY_MINUTES = 1440, DAY_SECONDS = 86400 };
enum weekday { MON, TUE, WED, THU, FRI, SAT, SUN, WEEKDAYS };

struct civil_date {
	int year;  /* 1970..9999 */
	int month; /* 1..12 */
	int day;   /* 1..31 */
};

struct civil_now {
	int32_t day;    /* days since 1970-01-01, local */
	int32_t second; /* 0..86399 since local midnight */
	int32_t minute; /* second / 60 */
};

int32_t civil_day(struct civil_date date);
struct civil_date civil_date(int32_t day);
enum weekday civil_weekday(int32_t day);
struct civil_now civil_local(int64_t unix_s, int32_t offset_s);
int64_t civil_unix(int32_t day, int32_t second, int32_t offset_s);
/* "2026-11-24" only (ISO 8601 extended), 1900..2199, real dates. */
bool civil_parse_date(struct str s, struct civil_date *out) MUST_USE;
/* "07:30", 00:00..24:00, to minutes. */
bool civil_parse_minute(struct str s, int32_t *out) MUST_USE;
/* WIB, WITA, WIT or +07:00 / -03:30, to seconds; |offset| <= 14 h. */
bool civil_parse_zone(struct str s, int32_t *out) MUST_USE;

#endif
