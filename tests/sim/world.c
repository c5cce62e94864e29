/* One run: an office, and so many days of it. */
#include <jansson.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "wrap.h"

void world_at(struct world *w, int64_t at_ms, happen_fn fn, int who, int64_t a,
    void *parcel)
{
	const struct happening h = {.at_ms = at_ms,
	    .fn = fn,
	    .who = who,
	    .a = a,
	    .parcel = parcel};

	queue_put(&w->queue, &h);
}

int64_t world_minute_ms(const struct world *w, int32_t minute)
{
	return civil_unix(w->day, minute * 60, ZONE_S) * SECOND;
}

int64_t world_between(struct world *w, int32_t lo_min, int32_t hi_min)
{
	return rng_range(&w->rng, world_minute_ms(w, lo_min),
	    world_minute_ms(w, hi_min));
}

static void stamp(const struct world *w, FILE *out)
{
	struct civil_now now = civil_local(w->now_ms / SECOND, ZONE_S);

	fprintf(out, "%d %02d:%02d:%02d.%03d ", w->day_count + 1,
	    now.minute / 60, now.minute % 60, now.second % 60,
	    (int)(w->now_ms % SECOND));
}

void world_log(const struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (!w->options.verbose)
		return;
	stamp(w, stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

void world_fatal(const struct world *w, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "sim: seed %llu, day ", (unsigned long long)w->seed);
	stamp(w, stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	fflush(stdout);
	exit(2);
}

static void run_until(struct world *w, int64_t end_ms)
{
	struct happening h;

	while (w->queue.n > 0 && w->queue.item[0].at_ms <= end_ms &&
	    queue_take(&w->queue, &h)) {
		w->now_ms = h.at_ms;
		w->totals.events++;
		h.fn(w, &h);
	}
	w->now_ms = end_ms;
}

static void run_day(struct world *w)
{
	plan_day(w);
	run_until(w, world_minute_ms(w, DRAINED_MIN));
	judge_day(w);
	w->totals.days++;
}

/* Everything is switched off until the next office-day. */
static void switch_off(struct world *w)
{
	for (int i = 0; i < w->kiosks; i++)
		kiosk_stop(w, &w->kiosk[i]);
	if (rng_chance(&w->rng, 500))
		hubhost_stop(w);
	for (int i = 0; i < PARKED; i++)
		w->hub.parked[i].used = false;
	w->hub.stirred = false;
	queue_fini(&w->queue);
}

/* Or stays on through the night, the line cut, and sees midnight. */
static void stay_on(struct world *w)
{
	w->stayed_on = true;
	w->totals.nights++;
	for (int i = 0; i < w->kiosks; i++)
		w->kiosk[i].front = -1;
}

static void add_totals(struct totals *sum, const struct totals *t)
{
	int64_t *to = (int64_t *)sum;
	const int64_t *from = (const int64_t *)t;

	for (size_t i = 0; i < sizeof(*t) / sizeof(*from); i++)
		to[i] += from[i];
}

/* From one office-day to the next: mostly a night, sometimes a long rest. */
static int32_t rest_days(struct world *w)
{
	if (rng_chance(&w->rng, 700))
		return 1;
	return (int32_t)(rng_chance(&w->rng, 500) ? rng_range(&w->rng, 2, 4)
						  : rng_range(&w->rng, 28, 35));
}

bool world_run(uint64_t seed, const struct options *o, struct totals *sum,
    char digest[17], char broken[8])
{
	struct world *w = calloc(1, sizeof(*w));
	int days;

	if (w == NULL)
		abort();
	w->seed = seed;
	w->options = *o;
	w->rng = rng_stream(seed, "world");
	w->net_rng = rng_stream(seed, "network");
	w->disk_rng = rng_stream(seed, "disk");
	w->person_rng = rng_stream(seed, "person");
	rng_serve_sodium(seed);
	wrap_believe(o->fault == FAULT_UNVERIFIED);
	disks_mount(seed);
	w->judge = judge_open();
	w->day = FIRST_DAY + (int32_t)rng_range(&w->rng, 0, 6);
	w->now_ms = world_minute_ms(w, 7 * 60);
	plan_office(w);
	hubhost_found(w);
	days = (int)rng_range(&w->rng, 1, DAYS_MAX);
	for (w->day_count = 0; w->day_count < days; w->day_count++) {
		w->last_day = w->day_count == days - 1;
		run_day(w);
		if (judge_broken(w->judge) != I_UNSET && !o->count) {
			switch_off(w);
			break;
		}
		w->stayed_on = false;
		if (!w->last_day && rng_chance(&w->rng, 150))
			stay_on(w);
		else
			switch_off(w);
		w->day += w->stayed_on ? 1 : rest_days(w);
	}
	judge_digest(w->judge, digest);
	snprintf(broken, 8, "%s", invariant_name(judge_broken(w->judge)));
	hubhost_close(w);
	net_fini(w);
	queue_fini(&w->queue);
	disks_unmount();
	judge_close(w->judge);
	add_totals(sum, &w->totals);
	free(w);
	return broken[0] == '\0';
}
