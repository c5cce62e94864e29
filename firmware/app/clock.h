/* The clocks, read in one place: the wall for people, the monotonic one for
 * every time-out. */
#ifndef KARCIS_APP_CLOCK_H
#define KARCIS_APP_CLOCK_H

#include "firmware/core/base.h"

int64_t clock_wall_s(void);  /* Unix seconds */
int64_t clock_wall_ms(void); /* the same, finer */
int64_t clock_mono_ms(void); /* since boot */
int64_t clock_boot_ms(void); /* since boot, also while it sleeps */

/* The wall clock is unsure below this: the day of the release. */
enum { CLOCK_RELEASE_S = 1793466000 }; /* 2026-11-01 00:00 WIB */

/* Whether somebody set the wall clock. Cleared = not looked yet. */
enum { CLOCK_STEP_MS = 2000 };
struct clock_watch {
	bool looked;
	int64_t ahead_ms; /* the wall's lead over the other, at the last look */
};
/* By how many seconds it was set since the last look, rounded; 0: not, or by
 * no more than CLOCK_STEP_MS. To be called once a minute: what an NTP client
 * slews in that time is far less. */
int64_t clock_stepped_s(struct clock_watch *w, int64_t wall_ms,
    int64_t boot_ms);

#endif
