/*
 * The booking channel: a device of the hub like others, on a good line and
 * stubborn. It says what it wants until the hub has taken it.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

enum { BODY_BYTES = 96 * 1024, AGAIN_MS = 20 * SECOND };

static bool send(struct world *w, const char *method, const char *path,
    struct str body)
{
	char device[16], counter[24], signature[WIRE_BASE64 + 1];
	uint8_t bytes[WIRE_SIGNATURE_BYTES];
	struct wire_request wire = {str_from(method), str_from(path), body,
	    w->hub.channel, ++w->hub.channel_counter};
	struct hub_request q = {wire.method, wire.path, body,
	    .now_s = w->now_ms / SECOND};
	struct hub_answer a;
	bool ok;

	if (!w->hub.on ||
	    !wire_sign_request(&wire, w->hub.channel_secret, bytes))
		return false;
	wire_base64(bytes, sizeof(bytes), signature);
	snprintf(device, sizeof(device), "%u", (unsigned)wire.device);
	snprintf(counter, sizeof(counter), "%llu",
	    (unsigned long long)wire.counter);
	q.device = str_from(device);
	q.counter = str_from(counter);
	q.signature = str_from(signature);
	hub_handle(w->hub.hub, w->hub.db, &q, &a);
	ok = a.status == 200 && !disk_dead(0);
	if (a.status != 200 && a.status != 0 && a.status < 500)
		world_fatal(w, "the channel got %d: %s", a.status,
		    a.body == NULL ? "" : a.body);
	hub_answer_fini(&a);
	if (disk_dead(0))
		hubhost_die(w, rng_chance(&w->disk_rng, 700));
	return ok;
}

static void put_time(struct buf *b, const char *name, int32_t minute)
{
	buf_fmt(b, ",\"%s\":\"%02d:%02d\"", name, (int)minute / 60,
	    (int)minute % 60);
}

static const char *status_word(uint8_t status)
{
	return status == BOOKING_CANCELLED  ? "cancelled"
	    : status == BOOKING_BLOCKED     ? "blocked"
	    : status == BOOKING_RESCHEDULED ? "rescheduled"
					    : "confirmed";
}

static void put_booking(struct buf *b, const struct booking_plan *p)
{
	struct civil_date d = civil_date(p->day);

	buf_fmt(b,
	    "{\"code\":\"%s\",\"service\":%u,\"date\":\"%04d-%02d-%02d\"",
	    p->code.text, p->service, d.year, d.month, d.day);
	put_time(b, "start", p->start_min);
	put_time(b, "end", p->end_min);
	buf_fmt(b, ",\"class\":\"%s\",\"name\":\"Siti W\",\"status\":\"%s\"}",
	    p->booking_class == CLASS_PRIORITY ? "priority" : "booked",
	    status_word(p->status));
}

/* The walk-in quotas of the day, by the administrator. */
bool channel_slots(struct world *w)
{
	struct err e = {0};
	bool ok = w->hub.on;

	for (uint8_t i = 1; ok && i <= SERVICES; i++) {
		const struct hub_slot slot = {.office = OFFICE,
		    .day = w->day,
		    .service = i,
		    .slot_class = CLASS_WALK_IN,
		    .quota = WALK_IN_QUOTA};

		ok = hub_slot_set(w->hub.hub, w->hub.db, &slot, &e) == 0 &&
		    !disk_dead(0);
	}
	if (disk_dead(0))
		hubhost_die(w, true);
	return ok;
}

bool channel_post(struct world *w, int first, int n)
{
	static char text[BODY_BYTES];
	struct buf b;
	bool any = false;

	buf_init(&b, text, sizeof(text));
	buf_text(&b, "{\"bookings\":[");
	for (int i = first; i < first + n; i++) {
		if (!w->booking[i].exists)
			continue;
		if (any)
			buf_text(&b, ",");
		any = true;
		put_booking(&b, &w->booking[i]);
	}
	buf_text(&b, "]}");
	if (b.full)
		world_fatal(w, "the channel's text does not fit");
	if (any && !send(w, "POST", "/v1/bookings", buf_view(&b)))
		return false;
	for (int i = first; i < first + n; i++) {
		struct booking_plan *p = &w->booking[i];

		if (p->exists && p->posted_ms == 0)
			p->posted_ms = w->now_ms;
		if (p->exists && p->status != BOOKING_CONFIRMED &&
		    p->status_ms == 0)
			p->status_ms = w->now_ms;
	}
	return true;
}

bool channel_status(struct world *w, int booking)
{
	struct booking_plan *p = &w->booking[booking];
	char path[96], hash[2 * CODE_HASH_BYTES + 1], body[64];

	if (p->posted_ms == 0)
		return channel_post(w, booking, 1);
	wire_hex(p->hash.bytes, CODE_HASH_BYTES, hash);
	snprintf(path, sizeof(path), "/v1/bookings/%s", hash);
	snprintf(body, sizeof(body), "{\"status\":\"%s\"}",
	    status_word(p->status));
	if (!send(w, "PATCH", path, str_from(body)))
		return false;
	p->status_ms = w->now_ms;
	return true;
}

/* a: what becomes of the booking; BOOKING_CONFIRMED: it is made now. */
void channel_change(struct world *w, const struct happening *h)
{
	struct booking_plan *p = &w->booking[h->who];
	bool done;

	p->exists = true;
	p->status = (uint8_t)h->a;
	if (p->changed_ms == 0)
		p->changed_ms = w->now_ms;
	done = h->a == BOOKING_CONFIRMED ? channel_post(w, h->who, 1)
					 : channel_status(w, h->who);
	if (!done)
		world_at(w, w->now_ms + AGAIN_MS, channel_change, h->who, h->a,
		    NULL);
}

/* After the hub was put back: everything of the day once more. */
void channel_repost(struct world *w, const struct happening *h)
{
	(void)h;
	if (!channel_slots(w) || !channel_post(w, 0, w->bookings))
		world_at(w, w->now_ms + AGAIN_MS, channel_repost, 0, 0, NULL);
}
