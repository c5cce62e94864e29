/* The machine of the hub: its process, its store, the polls it holds, its
 * deaths and its backups. */
#include <errno.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bigserial.h"
#include "judge.h"

enum { HUB_DISK = 0, WAKE_MS = 2 };
#define STORE "sqlite:0.hub.db"

static void wake_polls(struct world *w, const struct happening *h);

static void on_changed(void *ctx, uint32_t office, int32_t day)
{
	struct world *w = ctx;

	(void)office;
	if (disk_dead(HUB_DISK))
		return;
	judge_hub_changed(w, day);
	if (!w->hub.stirred) {
		w->hub.stirred = true;
		world_at(w, w->now_ms + WAKE_MS, wake_polls, w->hub.boot, 0,
		    NULL);
	}
}

/* Dead in the middle of what it did? Then nobody hears of it. */
static bool died(struct world *w)
{
	if (!disk_dead(HUB_DISK))
		return false;
	hubhost_die(w, rng_chance(&w->disk_rng, 700));
	return true;
}

/* ---- requests ---- */

static void park(struct world *w, const struct parcel *p,
    const struct hub_poll *poll);

static void hand_back(struct world *w, int kiosk, int boot, uint32_t id,
    uint64_t counter, struct hub_answer *a)
{
	if (w->options.fault == FAULT_BIGSERIAL && strcmp(a->kind, "feed") == 0)
		bigserial_hide(w, kiosk, counter, a);
	net_answer(w, kiosk, boot, id, a);
}

void hubhost_request(struct world *w, const struct parcel *p)
{
	char device[16], counter[24];
	struct hub_request q = {str_from(p->method), str_from(p->path),
	    str_of(p->body, p->len), .now_s = w->now_ms / SECOND};
	struct hub_answer a;

	snprintf(device, sizeof(device), "%u",
	    (unsigned)w->kiosk[p->kiosk].enrolment.device);
	snprintf(counter, sizeof(counter), "%llu",
	    (unsigned long long)p->counter);
	q.device = str_from(device);
	q.counter = str_from(counter);
	q.signature = str_from(p->signature);
	hub_handle(w->hub.hub, w->hub.db, &q, &a);
	if (a.failure.code != 0)
		world_log(w, "  hub: %s", a.failure.text);
	if (died(w)) {
		net_reset(w, p->kiosk, p->boot, p->id);
	} else if (a.status == 0) {
		park(w, p, &a.poll);
	} else {
		if (strcmp(a.kind, "claims") == 0 && a.status == 200)
			judge_claims(w, str_of(a.body, a.len));
		hand_back(w, p->kiosk, p->boot, p->id, p->counter, &a);
	}
	hub_answer_fini(&a);
}

/* ---- polls ---- */

static void poll_again(struct world *w, struct parked *p, bool expired)
{
	struct parked was = *p;
	struct hub_answer a;

	hub_poll(w->hub.hub, w->hub.db, &p->poll, expired, &a);
	if (!died(w) && a.status != 0) {
		p->used = false;
		hand_back(w, was.kiosk, was.boot, was.id, was.poll.counter, &a);
	}
	hub_answer_fini(&a);
}

static void wake_polls(struct world *w, const struct happening *h)
{
	if (!w->hub.on || w->hub.boot != h->who)
		return;
	w->hub.stirred = false;
	for (int i = 0; i < PARKED && w->hub.on; i++)
		if (w->hub.parked[i].used)
			poll_again(w, &w->hub.parked[i], false);
}

static void poll_expires(struct world *w, const struct happening *h)
{
	struct parked *p = &w->hub.parked[h->who];

	if (w->hub.on && p->used && p->serial == (uint64_t)h->a)
		poll_again(w, p, true);
}

static void park(struct world *w, const struct parcel *p,
    const struct hub_poll *poll)
{
	for (int i = 0; i < PARKED; i++) {
		struct parked *at = &w->hub.parked[i];

		if (at->used)
			continue;
		*at = (struct parked){.used = true,
		    .kiosk = p->kiosk,
		    .boot = p->boot,
		    .id = p->id,
		    .poll = *poll,
		    .serial = ++w->hub.serial};
		world_at(w, w->now_ms + poll->wait_s * SECOND, poll_expires, i,
		    (int64_t)at->serial, NULL);
		return;
	}
	net_reset(w, p->kiosk, p->boot, p->id);
}

/* ---- on and off ---- */

void hubhost_start(struct world *w)
{
	struct hub_options o = {&w->hub.keys, "https://hub.example", on_changed,
	    w};
	struct err e = {0};
	sqlite3 *witness = NULL;

	if (w->hub.on)
		return;
	disk_fuse(HUB_DISK, -1);
	w->hub.boot++;
	w->hub.stirred = false;
	if (hub_open(&o, &w->hub.hub, &e) < 0 ||
	    hub_db_open(STORE, &w->hub.db, &e) < 0)
		world_fatal(w, "the hub does not start: %s", e.text);
	if (sqlite3_open_v2("0.hub.db", &witness, SQLITE_OPEN_READWRITE,
		NULL) != SQLITE_OK)
		world_fatal(w, "no witness of the hub");
	w->hub.witness = witness;
	w->hub.on = true;
	/* What it committed and did not live to tell. */
	judge_hub_changed(w, HUB_DAY_ALL);
	world_log(w, "the hub starts");
}

static void close_all(struct world *w)
{
	for (int i = 0; i < PARKED; i++) {
		struct parked *p = &w->hub.parked[i];

		if (p->used)
			net_reset(w, p->kiosk, p->boot, p->id);
		p->used = false;
	}
	sqlite3_close(w->hub.witness);
	hub_db_close(w->hub.db);
	hub_close(w->hub.hub);
	w->hub.witness = NULL;
	w->hub.db = NULL;
	w->hub.hub = NULL;
	w->hub.on = false;
}

void hubhost_stop(struct world *w)
{
	if (w->hub.on)
		close_all(w);
}

void hubhost_die(struct world *w, bool power)
{
	if (!w->hub.on)
		return;
	world_log(w, "the hub %s", power ? "loses power" : "is killed");
	w->totals.hub_crashes++;
	disk_fuse(HUB_DISK, 0);
	close_all(w);
	disk_fuse(HUB_DISK, -1);
	if (power) {
		w->totals.power_cuts++;
		disk_power_cut(HUB_DISK, &w->disk_rng);
	}
	plan_hub_back(w);
}

void hubhost_backup(struct world *w)
{
	if (!w->hub.on)
		return;
	disk_image_free(w->hub.backup.image);
	w->hub.backup.image = disk_copy(HUB_DISK);
	w->hub.backup.at_ms = w->now_ms;
	world_log(w, "the hub is backed up");
}

void hubhost_restore(struct world *w, bool announced)
{
	struct err e = {0};

	if (w->hub.backup.image == NULL)
		return;
	if (w->hub.on)
		hubhost_die(w, false);
	disk_restore(HUB_DISK, w->hub.backup.image);
	disk_full(HUB_DISK, false); /* whoever puts it back makes room */
	w->totals.restores++;
	w->hub.restored = true;
	if (!announced)
		w->hub.unannounced = true;
	world_log(w, "the hub is put back to %lld minutes ago%s",
	    (long long)((w->now_ms - w->hub.backup.at_ms) / MINUTE),
	    announced ? "" : ", untold");
	judge_restored(w, w->hub.backup.at_ms);
	hubhost_start(w);
	if (announced &&
	    hub_restored(w->hub.hub, w->hub.db, w->now_ms / SECOND, &e) < 0)
		world_fatal(w, "restored: %s", e.text);
}

void hubhost_close(struct world *w)
{
	if (w->hub.on)
		close_all(w);
	disk_image_free(w->hub.backup.image);
	w->hub.backup.image = NULL;
}
