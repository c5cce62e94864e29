/* What fails on a day, and what is done about it. */
#include <stdio.h>
#include <string.h>

#include "judge.h"

enum { BACKUP_DAYS = 6 };
/* A kiosk's clock is wrong by that much at most. */
#define CLOCK_AHEAD_MS  (45 * 24 * HOUR)
#define CLOCK_BEHIND_MS (3 * HOUR)

/* ---- the network ---- */

static void net_lost(struct world *w, const struct happening *h)
{
	w->net[h->who].down++;
	w->totals.partitions++;
}

static void net_back(struct world *w, const struct happening *h)
{
	if (w->net[h->who].down > 0)
		w->net[h->who].down--;
}

static void net_page(struct world *w, const struct happening *h)
{
	w->net[h->who].page = (enum page)h->a;
}

/* ---- kiosks ---- */

static void kiosk_on(struct world *w, const struct happening *h)
{
	struct kiosk *k = &w->kiosk[h->who];

	if (!k->closed && !k->absent && (!k->away || w->draining))
		kiosk_start(w, k);
}

/* a: 1 = power, 0 = killed; and comes back. */
static void kiosk_off(struct world *w, const struct happening *h)
{
	if (w->draining || !w->kiosk[h->who].on)
		return;
	kiosk_die(w, &w->kiosk[h->who], h->a != 0);
}

/* It will die in the middle of something. */
static void kiosk_fuse(struct world *w, const struct happening *h)
{
	if (!w->draining && w->kiosk[h->who].on)
		disk_fuse(w->kiosk[h->who].disk,
		    rng_range(&w->disk_rng, 1, 60));
}

void plan_kiosk_back(struct world *w, int kiosk)
{
	world_at(w, w->now_ms + rng_range(&w->rng, 15 * SECOND, 8 * MINUTE),
	    kiosk_on, kiosk, 0, NULL);
}

/* a: with a new card. */
static void kiosk_enrols(struct world *w, const struct happening *h)
{
	struct kiosk *k = &w->kiosk[h->who];

	if (w->draining && !w->kiosk[h->who].closed)
		return;
	kiosk_stop(w, k);
	if (hubhost_enrol(w, k, h->a != 0))
		kiosk_start(w, k);
	else if (!w->draining)
		world_at(w, w->now_ms + rng_range(&w->rng, MINUTE, 5 * MINUTE),
		    kiosk_enrols, h->who, h->a, NULL);
}

/* Its card is broken; what it had not told is gone. */
static void card_dies(struct world *w, const struct happening *h)
{
	struct kiosk *k = &w->kiosk[h->who];

	if (w->draining || k->closed || w->enrolled_today > 1)
		return;
	kiosk_die(w, k, true);
	disk_wipe(k->disk);
	world_log(w, "the card of %s is lost", k->name);
	w->totals.cards++;
	judge_card_lost(w, k);
	k->closed = true;
	world_at(w, w->now_ms + rng_range(&w->rng, MINUTE, 20 * MINUTE),
	    kiosk_enrols, h->who, 1, NULL);
}

/* The administrator closes it, and thinks better of it. */
static void kiosk_revoked(struct world *w, const struct happening *h)
{
	struct kiosk *k = &w->kiosk[h->who];
	struct err e = {0};

	if (w->draining || k->closed || !w->hub.on || w->enrolled_today > 1)
		return;
	if (hub_revoke(w->hub.hub, w->hub.db, OFFICE, k->name,
		w->now_ms / SECOND, &e) == 0 &&
	    !disk_dead(0)) {
		world_log(w, "%s is revoked", k->name);
		w->totals.revoked++;
		world_at(w, w->now_ms + rng_range(&w->rng, MINUTE, 20 * MINUTE),
		    kiosk_enrols, h->who, 0, NULL);
	}
	if (disk_dead(0))
		hubhost_die(w, true);
}

static void kiosk_clock(struct world *w, const struct happening *h)
{
	if (!w->draining)
		w->kiosk[h->who].clock_off_ms = h->a;
}

static void disk_fills(struct world *w, const struct happening *h)
{
	disk_full(h->who, h->a != 0 && !w->draining);
}

/* ---- the hub ---- */

static void hub_on(struct world *w, const struct happening *h)
{
	(void)h;
	hubhost_start(w);
}

static void hub_off(struct world *w, const struct happening *h)
{
	if (w->draining || !w->hub.on)
		return;
	hubhost_die(w, h->a != 0);
}

static void hub_fuse(struct world *w, const struct happening *h)
{
	(void)h;
	if (w->draining || !w->hub.on)
		return;
	disk_fuse(0, rng_range(&w->disk_rng, 1, 80));
}

void plan_hub_back(struct world *w)
{
	world_at(w, w->now_ms + rng_range(&w->rng, 3 * SECOND, 8 * MINUTE),
	    hub_on, 0, 0, NULL);
}

static void hub_backed_up(struct world *w, const struct happening *h)
{
	(void)h;
	hubhost_backup(w);
}

static void hub_put_back(struct world *w, const struct happening *h)
{
	/* A kiosk that was off meanwhile tells its last seven days again
	 * (RESEND_DAYS of sync_inner.h): an older backup would lose more. */
	if (w->draining || w->hub.backup.image == NULL ||
	    w->now_ms - w->hub.backup.at_ms > BACKUP_DAYS * 24 * HOUR)
		return;
	hubhost_restore(w, h->a != 0);
	world_at(w, w->now_ms + rng_range(&w->rng, SECOND, 60 * SECOND),
	    channel_repost, 0, 0, NULL);
}

/* ---- the plan ---- */

static void plan_partition(struct world *w, int kiosk)
{
	int64_t from = world_between(w, KIOSKS_MIN, EVENING_MIN - 10);
	int64_t len = rng_chance(&w->rng, 150)
	    ? 180 * MINUTE
	    : rng_range(&w->rng, 20 * SECOND, 25 * MINUTE);

	world_at(w, from, net_lost, kiosk, 0, NULL);
	world_at(w, from + len, net_back, kiosk, 0, NULL);
}

static void plan_net(struct world *w, int kiosk)
{
	struct net *n = &w->net[kiosk];
	struct rng *r = &w->rng;
	int64_t at;

	n->least_ms = rng_range(r, 5, 80);
	n->most_ms = n->least_ms + rng_range(r, 20, 400);
	if (rng_chance(r, 200)) /* a slow one */
		n->most_ms = rng_range(r, 800, 3000);
	n->drop_request = (int)rng_range(r, 0, 30);
	n->drop_reply = (int)rng_range(r, 0, 30);
	n->twice = (int)rng_range(r, 0, 15);
	if (rng_chance(r, 200)) {
		n->garble = 30;
		n->cut = 20;
		n->forge = 60;
		n->replay = 30;
	}
	for (int64_t i = rng_range(r, 0, 3); i > 0; i--)
		plan_partition(w, kiosk);
	if (rng_chance(r, 120)) {
		at = world_between(w, KIOSKS_MIN, EVENING_MIN - 20);
		world_at(w, at, net_page, kiosk,
		    rng_range(r, PAGE_LOGIN, PAGE_BAD_GATEWAY), NULL);
		world_at(w, at + rng_range(r, MINUTE, 10 * MINUTE), net_page,
		    kiosk, PAGE_NONE, NULL);
	}
}

/* At some moment between those minutes. Whatever is drawn is drawn before the
 * call: compilers differ in the order of arguments. */
static int64_t sometime(struct world *w, int32_t lo_min, int32_t hi_min,
    happen_fn fn, int who, int64_t a)
{
	int64_t at_ms = world_between(w, lo_min, hi_min);

	world_at(w, at_ms, fn, who, a, NULL);
	return at_ms;
}

static void plan_full(struct world *w, int disk)
{
	int64_t at_ms = sometime(w, KIOSKS_MIN, EVENING_MIN - 20, disk_fills,
	    disk, 1);

	world_at(w, at_ms + rng_range(&w->rng, MINUTE, 10 * MINUTE), disk_fills,
	    disk, 0, NULL);
}

static void plan_clock(struct world *w, int kiosk)
{
	int64_t off_ms = rng_chance(&w->rng, 500)
	    ? rng_range(&w->rng, -CLOCK_BEHIND_MS, 0)
	    : rng_range(&w->rng, 0, CLOCK_AHEAD_MS);

	sometime(w, KIOSKS_MIN, EVENING_MIN - 20, kiosk_clock, kiosk, off_ms);
	sometime(w, EVENING_MIN - 20, EVENING_MIN, kiosk_clock, kiosk, 0);
}

static void plan_kiosk(struct world *w, int kiosk)
{
	const int32_t from = KIOSKS_MIN + 5, until = EVENING_MIN - 5;
	struct rng *r = &w->rng;

	for (int64_t i = rng_range(r, 0, 2); i > 0; i--) {
		happen_fn fn = rng_chance(r, 600) ? kiosk_fuse : kiosk_off;
		int64_t power = rng_range(r, 0, 1);

		sometime(w, from, until, fn, kiosk, power);
	}
	if (rng_chance(r, 150))
		plan_clock(w, kiosk);
	if (rng_chance(r, 15))
		sometime(w, from, until - 15, card_dies, kiosk, 0);
	if (rng_chance(r, 20))
		sometime(w, from, until - 15, kiosk_revoked, kiosk, 0);
	w->kiosk[kiosk].bad_printer = rng_chance(r, 150) ? 300 : 15;
	if (rng_chance(r, 100))
		plan_full(w, kiosk + 1);
}

static void plan_hub(struct world *w)
{
	const int32_t until = EVENING_MIN - 10;
	struct rng *r = &w->rng;
	int64_t crashes = rng_chance(r, 400) ? rng_range(r, 1, 3) : 0;

	for (; crashes > 0; crashes--) {
		happen_fn fn = rng_chance(r, 600) ? hub_fuse : hub_off;
		int64_t power = rng_range(r, 0, 1);

		sometime(w, KIOSKS_MIN, until, fn, 0, power);
	}
	if (rng_chance(r, 80))
		plan_full(w, 0);
	if (w->day_count == 0 || rng_chance(r, 300))
		sometime(w, POST_MIN + 1, until, hub_backed_up, 0, 0);
	if (rng_chance(r, 200)) {
		int64_t announced = rng_range(r, 0, 1);

		sometime(w, KIOSKS_MIN + 10, until, hub_put_back, 0, announced);
	}
}

/* ---- in the evening everything works again ---- */

static void mend_net(struct net *n)
{
	n->down = n->drop_request = n->drop_reply = n->twice = 0;
	n->garble = n->cut = n->forge = n->replay = 0;
	n->page = PAGE_NONE;
	n->least_ms = 5;
	n->most_ms = 50;
}

/* Whoever is locked out is enrolled again. */
static void let_in(struct world *w, const struct happening *h)
{
	struct kiosk *k = &w->kiosk[h->who];

	if (k->absent || (k->on && sync_up(k->sync)))
		return;
	world_log(w, "%s is locked out", k->name);
	kiosk_stop(w, k);
	if (hubhost_enrol(w, k, k->closed))
		kiosk_start(w, k);
	else /* no letter is left today */
		k->absent = true;
}

static void evening(struct world *w, const struct happening *h)
{
	(void)h;
	world_log(w, "evening");
	w->draining = true;
	for (int i = 0; i < DISKS; i++)
		disk_full(i, false);
	disk_fuse(0, -1);
	hubhost_start(w);
	for (int i = 0; i < w->kiosks; i++) {
		struct kiosk *k = &w->kiosk[i];

		mend_net(&w->net[i]);
		k->clock_off_ms = 0;
		k->bad_printer = 0;
		disk_fuse(k->disk, -1);
		/* Somebody pulled the plug and went home. */
		k->absent = !w->options.calm && !w->options.never_up &&
		    !w->last_day && rng_chance(&w->rng, 80);
		if (k->absent) {
			w->totals.absent++;
			kiosk_stop(w, k);
			continue;
		}
		if (!k->closed)
			kiosk_start(w, k);
		world_at(w, w->now_ms + 3 * MINUTE, let_in, i, 0, NULL);
	}
}

void fate_day(struct world *w)
{
	const struct options *o = &w->options;
	bool storm = !o->calm && !o->never_up;

	for (int i = 0; i < w->kiosks; i++) {
		struct kiosk *k = &w->kiosk[i];

		mend_net(&w->net[i]);
		if (w->stayed_on) {
			w->net[i].down = 1;
			world_at(w, world_minute_ms(w, MORNING_MIN), net_back,
			    i, 0, NULL);
		}
		k->absent = false;
		k->away = storm && rng_chance(&w->rng, 30);
		world_at(w, world_between(w, KIOSKS_MIN, KIOSKS_MIN + 5),
		    k->closed ? kiosk_enrols : kiosk_on, i, 1, NULL);
		if (o->never_up)
			world_at(w, world_minute_ms(w, PERSONS_MIN - 5),
			    net_lost, i, 0, NULL);
		if (storm) {
			plan_net(w, i);
			plan_kiosk(w, i);
		}
	}
	if (storm)
		plan_hub(w);
	world_at(w, world_minute_ms(w, EVENING_MIN), evening, 0, 0, NULL);
}
