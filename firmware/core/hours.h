/*
 * Opening hours: up to four half-open ranges a weekday, minus holidays.
 */
#ifndef KARCIS_CORE_HOURS_H
#define KARCIS_CORE_HOURS_H

#include "civil.h"

enum { HOURS_RANGES = 4, HOURS_HOLIDAYS = 128 };

struct hours_range {
	int32_t start_min, end_min; /* start < end <= 1440, half-open */
};

struct hours {
	struct hours_range range[WEEKDAYS][HOURS_RANGES]; /* ascending */
	uint8_t ranges[WEEKDAYS];
	int32_t holiday[HOURS_HOLIDAYS]; /* days, any order */
	uint16_t holidays;
};

enum hours_state {
	HOURS_UNSET = 0,
	HOURS_OPEN,
	HOURS_BEFORE, /* opens later today (also in a gap between ranges) */
	HOURS_OVER,   /* closed for the rest of today, or all day */
};

struct hours_answer {
	enum hours_state state;
	int32_t closes_min; /* OPEN: end of the present range */
	int32_t opens_day; /* BEFORE, OVER: next opening, -1 = none in a year */
	int32_t opens_min;
	int32_t opens_end_min; /* end of the last range of that day */
};

/* "07:30-12:00 13:00-15:00", or "closed"; ascending, not overlapping. */
bool hours_parse(struct str s, struct hours *h, enum weekday day) MUST_USE;
/* -ENOSPC when the table is full; a second mention is accepted. */
int hours_add_holiday(struct hours *h, int32_t day) MUST_USE;
bool hours_is_holiday(const struct hours *h, int32_t day);
struct hours_answer hours_at(const struct hours *h, int32_t day,
    int32_t minute);

#endif
