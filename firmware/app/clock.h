/* The two clocks, read in one place: the wall for people, the monotonic one
 * for every time-out. */
#ifndef KARCIS_APP_CLOCK_H
#define KARCIS_APP_CLOCK_H

#include "firmware/core/base.h"

int64_t clock_wall_s(void);  /* Unix seconds */
int64_t clock_mono_ms(void); /* since boot */

/* The wall clock is unsure below this: the day of the release. */
enum { CLOCK_RELEASE_S = 1793466000 }; /* 2026-11-01 00:00 WIB */

#endif
