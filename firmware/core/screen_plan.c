#include "screen_plan.h"

/* Lit for a range of a day that lies `days` from the one asked about. */
static bool near_range(const struct config *c, int32_t day, int32_t days,
    int32_t minute)
{
	const struct hours *h = &c->hours;
	enum weekday w = civil_weekday(day + days);
	int32_t at = minute - days * DAY_MINUTES;

	if (hours_is_holiday(h, day + days))
		return false;
	for (int i = 0; i < h->ranges[w]; i++)
		if (at >= h->range[w][i].start_min - c->blank_minutes &&
		    at < h->range[w][i].end_min + c->blank_minutes)
			return true;
	return false;
}

/* blank_minutes is under a day: no other day's hours reach this one. */
static bool near_hours(const struct config *c, int32_t day, int32_t minute)
{
	return near_range(c, day, -1, minute) ||
	    near_range(c, day, 0, minute) || near_range(c, day, 1, minute);
}

static bool dimmed(const struct config *c, int32_t minute)
{
	int32_t from = c->dim_from_min, until = c->dim_until_min;

	if (from < 0 || until < 0)
		return false;
	return from <= until ? minute >= from && minute < until
			     : minute >= from || minute < until;
}

struct screen_plan screen_plan(const struct config *c, int32_t day,
    int32_t minute, int64_t touched_s)
{
	bool woken = touched_s >= 0 && touched_s < SCREEN_WOKEN_S;

	return (struct screen_plan){
	    .dark = c->blank_closed && !woken && !near_hours(c, day, minute),
	    .percent = dimmed(c, minute) ? c->dim_brightness : c->brightness,
	};
}
