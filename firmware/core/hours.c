#include "hours.h"

#include <errno.h>

enum { LOOK_AHEAD_DAYS = 366 };

static bool parse_range(struct str s, struct hours_range *r)
{
	struct str rest = s, from, to;

	return str_split(&rest, '-', &from) && str_split(&rest, '-', &to) &&
	    rest.ptr == NULL && civil_parse_minute(from, &r->start_min) &&
	    civil_parse_minute(to, &r->end_min) && r->start_min < r->end_min;
}

bool hours_parse(struct str s, struct hours *h, enum weekday day)
{
	struct hours_range found[HOURS_RANGES];
	struct str rest = str_trim(s), part;
	uint8_t n = 0;
	int32_t open_until = 0;

	if (str_is(rest, "closed")) {
		h->ranges[day] = 0;
		return true;
	}
	while (str_split(&rest, ' ', &part)) {
		if (part.len == 0)
			continue; /* several blanks between ranges */
		if (n == HOURS_RANGES || !parse_range(part, &found[n]) ||
		    found[n].start_min < open_until)
			return false;
		open_until = found[n].end_min;
		n++;
	}
	if (n == 0)
		return false;
	for (uint8_t i = 0; i < n; i++)
		h->range[day][i] = found[i];
	h->ranges[day] = n;
	return true;
}

bool hours_is_holiday(const struct hours *h, int32_t day)
{
	for (uint16_t i = 0; i < h->holidays; i++)
		if (h->holiday[i] == day)
			return true;
	return false;
}

int hours_add_holiday(struct hours *h, int32_t day)
{
	if (hours_is_holiday(h, day))
		return 0;
	if (h->holidays == HOURS_HOLIDAYS)
		return -ENOSPC;
	h->holiday[h->holidays++] = day;
	return 0;
}

/* Ranges on that very day; 0 on a holiday. */
static uint8_t ranges_on(const struct hours *h, int32_t day)
{
	return hours_is_holiday(h, day) ? 0 : h->ranges[civil_weekday(day)];
}

static void find_next_day(const struct hours *h, int32_t day,
    struct hours_answer *a)
{
	a->state = HOURS_OVER;
	a->opens_day = -1;
	for (int32_t d = day + 1; d <= day + LOOK_AHEAD_DAYS; d++) {
		const struct hours_range *r = h->range[civil_weekday(d)];
		uint8_t n = ranges_on(h, d);

		if (n == 0)
			continue;
		a->opens_day = d;
		a->opens_min = r[0].start_min;
		a->opens_end_min = r[n - 1].end_min;
		return;
	}
}

struct hours_answer hours_at(const struct hours *h, int32_t day, int32_t minute)
{
	const struct hours_range *r = h->range[civil_weekday(day)];
	struct hours_answer a = {.opens_day = -1};
	uint8_t n = ranges_on(h, day);

	for (uint8_t i = 0; i < n; i++) {
		if (minute >= r[i].end_min)
			continue;
		if (minute >= r[i].start_min) {
			a.state = HOURS_OPEN;
			a.closes_min = r[i].end_min;
			return a;
		}
		a.state = HOURS_BEFORE;
		a.opens_day = day;
		a.opens_min = r[i].start_min;
		a.opens_end_min = r[n - 1].end_min;
		return a;
	}
	find_next_day(h, day, &a);
	return a;
}
