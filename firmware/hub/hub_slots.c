/* Slots and walk-in quotas: set by administrators, read by channels. */
#include "hub_call.h"

#include <errno.h>
#include <string.h>

#include "bookings_rows.h"

enum { DAYS_MAX = 366, QUOTA_MAX = 1000000 };

static const char *check(const struct hub_slot *s)
{
	bool walk_in = s->slot_class == CLASS_WALK_IN;

	if (s->service == 0)
		return "service: from 1 to 255";
	if (s->slot_class < CLASS_BOOKED || s->slot_class > CLASS_WALK_IN)
		return "class: 1 booked, 2 priority, 3 walk-in";
	if (s->day < 0)
		return "day: from 1970-01-01";
	if (walk_in ? s->start_min != 0 || s->end_min != 0
		    : s->start_min < 0 || s->start_min >= s->end_min ||
		    s->end_min > DAY_MINUTES)
		return "start and end: start before end; 0 and 0 for walk-in";
	if (s->quota < 0 || s->quota > QUOTA_MAX)
		return "quota: from 0 to 1000000";
	return NULL;
}

/* The day's lock keeps grants of allowances away meanwhile. */
static int set(struct hub_db *db, const struct hub_slot *s, struct err *e)
{
	struct hub_bucket b;
	int r = hub_db_begin(db, HUB_DB_WRITE, e);

	if (r == 0)
		r = hub_db_one(db, HUB_SQL_OFFICE_LOCK,
		    HUB_ARGS(hub_n(s->office)), e);
	if (r == 0)
		return err_set(e, -ENOENT, "hub: no office %lu: add it first",
		    (unsigned long)s->office);
	if (r > 0)
		r = hub_bucket_lock(db, s->office, &s->day, NULL, 1, &b, e);
	if (r == 0)
		r = hub_db_run(db, HUB_SQL_SLOT_SET,
		    HUB_ARGS(hub_n(s->office), hub_n(s->day), hub_n(s->service),
			hub_n(s->slot_class), hub_n(s->start_min),
			hub_n(s->end_min), hub_n(s->quota)),
		    e);
	return r < 0 ? r : hub_db_commit(db, e);
}

int hub_slot_set(struct hub *h, struct hub_db *db, const struct hub_slot *s,
    struct err *e)
{
	const char *why = check(s);
	int r;

	(void)h;
	if (why != NULL)
		return err_set(e, -EINVAL, "hub: %s", why);
	r = set(db, s, e);
	hub_db_rollback(db);
	return r;
}

static void put_minute(struct hub_text *t, const char *name, int minute)
{
	hub_text_fmt(t, ", \"%s\": \"%02d:%02d\"", name, minute / 60,
	    minute % 60);
}

static void put_slot(struct hub_text *t, const struct booking_slot *s)
{
	hub_text_comma(t);
	hub_text_str(t, "{\"day\": ");
	hub_text_day(t, s->day);
	hub_text_fmt(t, ", \"service\": %u, \"class\": \"%s\"",
	    (unsigned)s->service,
	    s->slot_class == CLASS_PRIORITY ? "priority" : "booked");
	put_minute(t, "start", s->start_min);
	put_minute(t, "end", s->end_min);
	hub_text_fmt(t, ", \"quota\": %ld, \"booked\": %ld}", (long)s->quota,
	    (long)s->booked);
}

static const char *read_query(struct hub_call *c, int64_t *office,
    int32_t *from, int32_t *to)
{
	if (!hub_query_number(c->query, "office", 1, UINT32_MAX, 0, office))
		return "office: not a number from 1 to 4294967295";
	if (!hub_query_day(c->query, "from", from))
		return "from: not a day like 2026-11-26";
	if (!hub_query_day(c->query, "to", to))
		return "to: not a day like 2026-11-26";
	if (*to < *from || *to - *from >= DAYS_MAX)
		return "to: before from, or more than 366 days";
	return NULL;
}

int hub_slots_get(struct hub_call *c, struct err *e)
{
	struct bookings t = {.office = c->device.office};
	struct hub_text body = {0};
	int32_t from, to;
	int64_t office;
	const char *why = read_query(c, &office, &from, &to);
	int r;

	if (why != NULL)
		return hub_refuse(c, 400, "bad_request", why);
	if (office != c->device.office)
		return hub_refuse(c, 403, "other_office",
		    "not the office of this device");
	r = bookings_load_slots(c->db, &t, from, to, e);
	hub_text_str(&body, "{\"slots\": [");
	for (size_t i = 0; i < t.slots_n; i++)
		if (t.slots[i].slot_class != CLASS_WALK_IN)
			put_slot(&body, &t.slots[i]);
	hub_text_str(&body, "]}");
	if (r == 0)
		r = hub_reply(c, 200, &body, e);
	hub_text_fini(&body);
	bookings_fini(&t);
	return r;
}
