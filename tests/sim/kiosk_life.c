/*
 * A terminal without devices: its loop, as in firmware/app/terminal.c, and how
 * it is switched on and off and dies.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "firmware/app/clock.h" /* CLOCK_RELEASE_S; no clock is read */
#include "firmware/store/journal_file.h"
#include "judge.h"
#include "kiosk_inner.h"

enum { CLOCK_OFF_S = 120 };

/* ---- the loop (terminal.c) ---- */

void kiosk_hub_clock(struct world *w, struct kiosk *k)
{
	struct checkin_rules *r = &k->rules.checkin;
	int64_t hub_s = sync_hub_time_s(k->sync, kiosk_mono_ms(w, k));

	if (hub_s == 0)
		return;
	r->clock_floor_s = hub_s - CLOCK_OFF_S;
	if (r->clock_floor_s < CLOCK_RELEASE_S)
		r->clock_floor_s = CLOCK_RELEASE_S;
	r->clock_ceiling_s = hub_s + CLOCK_OFF_S;
}

static int purge(struct world *w, struct kiosk *k, struct err *e)
{
	int64_t removed, now_s = kiosk_wall_s(w, k);
	int32_t today = kiosk_local(w, k).day, before = today - KEEP_DAYS;
	int r;

	if (today == k->purged_day ||
	    !checkin_clock_sure(&k->rules.checkin, now_s) ||
	    sync_hub_time_s(k->sync, kiosk_mono_ms(w, k)) == 0)
		return 0;
	r = cache_purge(k->cache, before, &removed, e);
	if (r == 0)
		r = journal_void_unspent(k->journal, now_s, today, e);
	if (r == 0)
		r = journal_purge(k->journal, now_s, before, e);
	if (r == 0)
		k->purged_day = today;
	return r;
}

void kiosk_try_storage(struct world *w, struct kiosk *k)
{
	struct err e = {0};
	struct event ev;

	if (k->storage_ok)
		return;
	if (journal_try(k->journal, &e) < 0 || purge(w, k, &e) < 0) {
		kiosk_storage_failed(w, k, &e);
		return;
	}
	k->storage_ok = true;
	ev = kiosk_event(w, k, EV_HEALTH);
	kiosk_step(w, k, &ev);
}

static void minute_work(struct world *w, struct kiosk *k)
{
	struct event ev = kiosk_event(w, k, EV_HEALTH);
	struct err e = {0};

	if (ev.now_s / 60 == k->minute)
		return;
	k->minute = ev.now_s / 60;
	kiosk_try_storage(w, k);
	if (k->storage_ok && purge(w, k, &e) < 0)
		kiosk_storage_failed(w, k, &e);
	kiosk_step(w, k, &ev);
}

/* The mistake: what was only sent counts as taken. */
static void mark_early(struct kiosk *k, const struct frame_request *q)
{
	static struct admission out[200];
	size_t n = 0;

	if (str_is(q->path, "/v1/claims") &&
	    journal_outbox(k->journal, out, ARRAY_LEN(out), &n, NULL) == 0 &&
	    n > 0 && journal_sent(k->journal, out[n - 1].n, NULL) < 0)
		return;
}

static void send_all(struct world *w, struct kiosk *k)
{
	struct frame_request q;

	while (!kiosk_dead(k) &&
	    sync_next(k->sync, kiosk_wall_s(w, k), kiosk_mono_ms(w, k), &q)) {
		if (kiosk_dead(k))
			return;
		net_send(w, k, &q);
		if (w->options.fault == FAULT_EARLY_MARK)
			mark_early(k, &q);
	}
}

static void wake(struct world *w, const struct happening *h)
{
	struct kiosk *k = &w->kiosk[h->who];

	if (k->on && k->wake_ms == h->at_ms)
		kiosk_service(w, k);
}

static void plan_wake(struct world *w, struct kiosk *k)
{
	int64_t mono_ms = kiosk_mono_ms(w, k), due = mono_ms + MINUTE;
	int64_t at = sync_deadline_ms(k->sync);

	due = at < due ? at : due;
	at = k->session.deadline_ms;
	due = at < due ? at : due;
	if (due <= mono_ms)
		due = mono_ms + 1;
	k->wake_ms = w->now_ms + due - mono_ms;
	world_at(w, k->wake_ms, wake, k->index, 0, NULL);
}

void kiosk_service(struct world *w, struct kiosk *k)
{
	struct event ev;

	send_all(w, k);
	if (!kiosk_dead(k))
		kiosk_take_hub(w, k);
	send_all(w, k);
	if (!kiosk_dead(k))
		minute_work(w, k);
	ev = kiosk_event(w, k, EV_TICK);
	kiosk_step(w, k, &ev);
	if (kiosk_dead(k))
		kiosk_die(w, k, rng_chance(&w->disk_rng, 700));
	else
		plan_wake(w, k);
}

void kiosk_answer(struct world *w, struct kiosk *k,
    const struct frame_answer *a)
{
	sync_answer(k->sync, a, kiosk_wall_s(w, k), kiosk_mono_ms(w, k));
	if (!kiosk_dead(k) && str_is(a->kind, "feed"))
		judge_feed(w, k);
	kiosk_service(w, k);
}

/* ---- on and off ---- */

static uint32_t draw(void *ctx)
{
	(void)ctx;
	return randombytes_random();
}

static void say(void *ctx, bool bad, const char *sentence)
{
	const struct world *w = ctx;

	world_log(w, "  says%s: %s", bad ? "!" : "", sentence);
}

static void sync_options_of(struct world *w, struct kiosk *k,
    struct sync_options *o)
{
	memset(o, 0, sizeof(*o));
	o->enrolment = &k->enrolment;
	o->cache = k->cache;
	o->journal = k->journal;
	o->offset_s = ZONE_S;
	o->days_ahead = DAYS_AHEAD;
	o->random = draw;
	o->say = say;
	o->ctx = w;
	for (size_t i = 0; i < w->services.count; i++) {
		const struct service *s = &w->services.item[i];

		o->letter[o->letters++] = s->letter_booked;
		o->letter[o->letters++] = s->letter_priority;
		o->letter[o->letters++] = s->letter_walk_in;
		o->pool[o->pools++] = (struct sync_pool){s->id, CLASS_WALK_IN};
	}
}

static int open_all(struct world *w, struct kiosk *k, struct err *e)
{
	char cache[32], journal[32];
	const struct journal_options options = {.keys = &k->keys,
	    .letter = k->enrolment.letter,
	    .now_s = kiosk_wall_s(w, k),
	    .hub = true};
	struct sync_options so;
	int r;

	snprintf(cache, sizeof(cache), "%d.cache.db", k->disk);
	snprintf(journal, sizeof(journal), "%d.journal.db", k->disk);
	r = cache_open(cache, &k->cache, e);
	if (r == 0)
		r = journal_open(journal, &options, &k->journal, e);
	if (r == 0 && w->options.fault == FAULT_NORMAL)
		r = db_exec(k->journal->db, "journal",
		    "PRAGMA synchronous = NORMAL", e);
	if (r < 0)
		return r;
	sync_options_of(w, k, &so);
	r = sync_open(&so, &k->sync, e);
	k->claiming = (struct claiming){.sync = k->sync,
	    .cache = k->cache,
	    .journal = k->journal,
	    .offset_s = ZONE_S};
	return r;
}

static void close_all(struct kiosk *k)
{
	sync_close(k->sync);
	journal_close(k->journal);
	cache_close(k->cache);
	k->sync = NULL;
	k->journal = NULL;
	k->cache = NULL;
	k->on = false;
	k->wake_ms = 0;
}

static void make_rules(struct world *w, struct kiosk *k)
{
	struct session_rules *r = &k->rules;

	memset(r, 0, sizeof(*r));
	r->checkin.office = OFFICE;
	r->checkin.offset_s = ZONE_S;
	r->checkin.clock_floor_s = journal_floor_s(k->journal);
	if (r->checkin.clock_floor_s < CLOCK_RELEASE_S)
		r->checkin.clock_floor_s = CLOCK_RELEASE_S;
	for (int d = 0; d < WEEKDAYS; d++) {
		r->checkin.hours.range[d][0] = (struct hours_range){OPENS_MIN,
		    CLOSES_MIN};
		r->checkin.hours.ranges[d] = 1;
	}
	r->checkin.early_minutes = 30;
	r->checkin.late_minutes = 30;
	r->checkin.late = LATE_COUNTER;
	r->checkin.hub_configured = true;
	r->code = code_profile_own();
	r->office_key = k->keys.office;
	(void)w;
}

void kiosk_start(struct world *w, struct kiosk *k)
{
	struct err e = {0};
	struct event ev;

	if (k->on)
		return;
	disk_fuse(k->disk, -1);
	k->boot++;
	k->boot_ms = w->now_ms;
	k->minute = k->wake_ms = 0;
	k->purged_day = 0;
	k->job.id = k->last_job.id = 0;
	if (open_all(w, k, &e) < 0) {
		if (e.code != -ENOSPC)
			judge_break(w, I3_NOTHING_LOST, "%s does not open: %s",
			    k->name, e.text);
		close_all(k);
		return;
	}
	k->on = k->storage_ok = true;
	if (journal_finding(k->journal).n != 0)
		judge_break(w, I9_CHAINS, "%s: %s", k->name,
		    journal_finding(k->journal).text);
	make_rules(w, k);
	session_init(&k->session, &k->rules);
	k->session.job_id = 1 + randombytes_uniform(90000000);
	k->front = -1;
	ev = kiosk_event(w, k, EV_HEALTH);
	kiosk_step(w, k, &ev);
	world_log(w, "%s starts (%d)", k->name, k->boot);
	kiosk_service(w, k);
}

static void leave_alone(struct world *w, struct kiosk *k)
{
	int person = k->front;

	k->front = -1;
	if (person >= 0)
		person_left_alone(w, person);
}

void kiosk_stop(struct world *w, struct kiosk *k)
{
	if (!k->on)
		return;
	world_log(w, "%s is switched off", k->name);
	close_all(k);
	leave_alone(w, k);
}

void kiosk_die(struct world *w, struct kiosk *k, bool power)
{
	if (!k->on)
		return;
	world_log(w, "%s %s", k->name, power ? "loses power" : "is killed");
	w->totals.crashes++;
	/* Closing must not write what the dead process did not. */
	disk_fuse(k->disk, 0);
	close_all(k);
	disk_fuse(k->disk, -1);
	if (power) {
		w->totals.power_cuts++;
		disk_power_cut(k->disk, &w->disk_rng);
	}
	plan_kiosk_back(w, k->index);
	leave_alone(w, k);
}
