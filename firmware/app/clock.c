#include "clock.h"

#include <time.h>

static int64_t read_ms(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) != 0)
		return 0;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_wall_s(void)
{
	return clock_wall_ms() / 1000;
}

int64_t clock_wall_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

int64_t clock_mono_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

int64_t clock_boot_ms(void)
{
	return read_ms(CLOCK_BOOTTIME);
}

int64_t clock_stepped_s(struct clock_watch *w, int64_t wall_ms, int64_t boot_ms)
{
	int64_t ahead_ms = wall_ms - boot_ms, step_ms = 0;

	if (w->looked)
		step_ms = ahead_ms - w->ahead_ms;
	w->looked = true;
	w->ahead_ms = ahead_ms;
	if (step_ms >= -CLOCK_STEP_MS && step_ms <= CLOCK_STEP_MS)
		return 0;
	return (step_ms + (step_ms > 0 ? 500 : -500)) / 1000;
}
