/*
 * When the screen is dark and how bright it is else: by opening hours, the
 * time of day and the last touch. Asked once a minute and after a touch.
 */
#ifndef KARCIS_CORE_SCREEN_PLAN_H
#define KARCIS_CORE_SCREEN_PLAN_H

#include "config.h"

/* So long a touch keeps a screen lit that would be dark. */
enum { SCREEN_WOKEN_S = 300 };

struct screen_plan {
	bool dark;
	int32_t percent; /* 1..100 of its light, also for when it is lit */
};

/* day and minute are local; touched_s is how many seconds ago somebody
 * touched, scanned or was served, -1 = never. With blank = closed it is dark
 * from blank_minutes after a range of opening hours ends until as long before
 * the next begins: a gap of twice that or less stays lit. The dim hours are
 * half-open and may go past midnight. */
struct screen_plan screen_plan(const struct config *c, int32_t day,
    int32_t minute, int64_t touched_s) MUST_USE;

#endif
