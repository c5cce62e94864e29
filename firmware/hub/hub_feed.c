/* A day's feed: pages, and polls that wait for one. */
#include "hub_call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub_bucket.h"

enum {
	LIMIT = 500,
	LIMIT_MAX = 5000,
	WAIT_MAX_S = 60,
	ROUNDS = 3,
	KIND_ADM = 2 /* of FEED_PAGE; 0 and 1: a booking, there or gone */
};
#define EPOCH_MAX INT64_C(9007199254740991)

/* NULL, or what is wrong with the query. */
static const char *read_query(struct hub_call *c, struct hub_poll *p)
{
	int64_t office, limit, wait;

	memset(p, 0, sizeof(*p));
	if (!hub_query_number(c->query, "office", 1, UINT32_MAX, 0, &office))
		return "office: not a number from 1 to 4294967295";
	if (!hub_query_day(c->query, "day", &p->day))
		return "day: not a day like 2026-11-26";
	if (!hub_query_number(c->query, "epoch", 0, EPOCH_MAX, -1, &p->epoch))
		return "epoch: not a number from 0 to 9007199254740991";
	if (!hub_query_number(c->query, "after", 0, EPOCH_MAX, -1, &p->after))
		return "after: not a number from 0 to 9007199254740991";
	if (p->epoch == 0 && p->after != 0)
		return "after: without an epoch it is 0";
	if (!hub_query_number(c->query, "limit", 1, LIMIT_MAX, LIMIT, &limit))
		return "limit: not a number from 1 to 5000";
	if (!hub_query_number(c->query, "wait", 0, WAIT_MAX_S, 0, &wait))
		return "wait: not a number from 0 to 60";
	p->office = (uint32_t)office;
	p->limit = (int32_t)limit;
	p->wait_s = (int32_t)wait;
	p->device = c->device.device;
	p->device_epoch = c->device.epoch;
	p->counter = c->counter;
	if (c->q->if_none_match.ptr != NULL &&
	    !str_copy(p->if_none_match, sizeof(p->if_none_match),
		c->q->if_none_match))
		p->if_none_match[0] = '\0';
	return NULL;
}

static const char *word_of(int64_t kind, int64_t pass)
{
	if (kind != KIND_ADM)
		return kind == 0 ? "put" : "del";
	return pass == 0 ? "adm" : "pas";
}

/* Columns of FEED_PAGE: seq, kind, hash, a, b, c, d (of an admission: its
 * pass), e, f, birth, permit, time_s, tail. */
static void put_row(struct hub_text *t, struct hub_db *db)
{
	int64_t kind = hub_db_int(db, 1);

	hub_text_comma(t);
	hub_text_str(t, "[");
	hub_text_int(t, hub_db_int(db, 0));
	hub_text_fmt(t, ",\"%s\",", word_of(kind, hub_db_int(db, 6)));
	hub_text_quote(t, hub_db_text(db, 2));
	if (kind == 0) {
		uint64_t birth = (uint64_t)hub_db_int(db, 9);

		for (int i = 3; i <= 8; i++) {
			hub_text_str(t, ",");
			hub_text_int(t, hub_db_int(db, i));
		}
		if (birth == 0)
			hub_text_str(t, ",\"\",");
		else
			hub_text_fmt(t, ",\"%016llx\",",
			    (unsigned long long)birth);
		hub_text_int(t, hub_db_int(db, 10));
		hub_text_str(t, ",");
		hub_text_int(t, hub_db_int(db, 11));
		hub_text_str(t, ",");
		hub_text_quote(t, hub_db_text(db, 12));
	} else if (kind == KIND_ADM) {
		int64_t letter = hub_db_int(db, 4);
		char text[2] = {letter > 0 && letter <= 26
			? (char)('A' + letter - 1)
			: '\0'};

		hub_text_str(t, ",");
		hub_text_quote(t, hub_db_text(db, 12));
		hub_text_str(t, ",");
		hub_text_int(t, hub_db_int(db, 3));
		hub_text_fmt(t, ",\"%s\",", text);
		hub_text_int(t, hub_db_int(db, 5));
		hub_text_str(t, ",");
		hub_text_int(t, hub_db_int(db, 11));
		if (hub_db_int(db, 6) != 0)
			hub_text_fmt(t, ",%d", (int)hub_db_int(db, 6));
	}
	hub_text_str(t, "]");
}

/* What the store says of a poll, in one snapshot. */
struct view {
	struct hub_bucket bucket;
	bool there; /* the day has a bucket */
	bool revoked;
	int64_t roster;
	struct hub_text ops; /* list of rows, without brackets */
	int64_t to;          /* last row of it */
};

static int read_view(struct hub_db *db, const struct hub_poll *p,
    struct view *v, struct err *e)
{
	struct hub_device d;
	int r;

	/* The device: it may have been closed while its poll was kept. */
	r = hub_db_next(db, e);
	if (r == 0)
		r = hub_db_row(db, e);
	if (r == 1)
		v->revoked = !hub_device_read(db, &d) || d.closed_s != 0;
	if (r >= 0)
		r = hub_db_next(db, e);
	if (r == 0 && (r = hub_db_row(db, e)) == 1)
		v->roster = hub_db_int(db, 3);
	if (r >= 0)
		r = hub_db_next(db, e);
	if (r == 0 && (r = hub_db_row(db, e)) == 1)
		v->there = hub_bucket_read(db, 0, &v->bucket);
	v->to = p->after;
	if (r >= 0)
		r = hub_db_next(db, e);
	while (r == 0 && (r = hub_db_row(db, e)) == 1) {
		r = 0;
		v->to = hub_db_int(db, 0);
		put_row(&v->ops, db);
	}
	if (r == 0 && v->ops.failed)
		r = err_set(e, -ENOMEM, "hub: out of memory for a page");
	return r;
}

static int look(struct hub_db *db, const struct hub_poll *p, struct view *v,
    struct err *e)
{
	const struct hub_arg args[] = {hub_n(p->office), hub_n(p->day),
	    hub_n(p->after), hub_n(p->limit)};
	int r;

	memset(v, 0, sizeof(*v));
	r = hub_db_begin(db, HUB_DB_READ, e);
	if (r == 0)
		r = hub_db_ask(db, HUB_SQL_DEVICE_GET,
		    HUB_ARGS(hub_n(p->device)), e);
	if (r == 0)
		r = hub_db_ask(db, HUB_SQL_OFFICE_GET, args, 1, e);
	if (r == 0)
		r = hub_db_ask(db, HUB_SQL_BUCKET_GET, args, 2, e);
	if (r == 0)
		r = hub_db_ask(db, HUB_SQL_FEED_PAGE, args, 4, e);
	if (r == 0)
		r = read_view(db, p, v, e);
	hub_db_rollback(db);
	return r;
}

/* The day's bucket is not there yet, or the cursor tells of a history that
 * this hub lost: 0 when that is settled in the store. */
static int amend(struct hub_call *c, const struct hub_poll *p, struct err *e)
{
	struct hub_bucket b;
	int r = hub_db_begin(c->db, HUB_DB_WRITE, e);

	if (r == 0)
		r = hub_bucket_lock(c->db, p->office, &p->day, &p->epoch, 1, &b,
		    e);
	if (r == 0 && hub_bucket_judge(&b, p->epoch, p->after)) {
		r = hub_bucket_save(c->db, p->office, &b, 1, e);
		hub_changed(&c->changes, c->db, p->office, p->day);
	}
	if (r == 0)
		r = hub_db_commit(c->db, e);
	hub_db_rollback(c->db);
	if (r == 0)
		hub_changes_tell(&c->changes, c->hub);
	c->changes.n = 0;
	return r;
}

static int other_epoch(struct hub_call *c, const struct hub_bucket *b,
    struct err *e)
{
	struct hub_text body = {0};
	int r;

	hub_text_fmt(&body,
	    "{\"error\": \"epoch\", \"detail\": \"the cursor is of another "
	    "history of that day: start it over\", \"epoch\": %lld, "
	    "\"head\": %lld}",
	    (long long)b->epoch, (long long)b->head);
	r = hub_reply(c, 409, &body, e);
	if (r == 0)
		snprintf(c->out->error, sizeof(c->out->error), "epoch");
	return r;
}

static int page(struct hub_call *c, const struct hub_poll *p, struct view *v,
    struct err *e)
{
	char digest[FEED_DIGEST_HEX + 1];
	struct hub_text body = {0};

	feed_digest_hex(&v->bucket.digest, digest);
	hub_text_fmt(&body,
	    "{\"office\": %lu, \"day\": ", (unsigned long)p->office);
	hub_text_day(&body, p->day);
	hub_text_fmt(&body,
	    ", \"epoch\": %lld, \"from\": %lld, \"to\": %lld, \"head\": %lld, "
	    "\"more\": %s, \"digest\": \"%s\", \"roster\": %lld, \"ops\": [",
	    (long long)v->bucket.epoch, (long long)p->after, (long long)v->to,
	    (long long)v->bucket.head,
	    v->to < v->bucket.head ? "true" : "false", digest,
	    (long long)v->roster);
	hub_text_put(&body, v->ops.ptr, v->ops.len);
	hub_text_str(&body, "]}");
	return hub_reply(c, 200, &body, e);
}

/* Answers, or leaves status 0 when there is nothing to tell yet. */
static int tell(struct hub_call *c, const struct hub_poll *p, bool expired,
    struct view *v, struct err *e)
{
	bool known, nothing;
	int r;

	snprintf(c->out->etag, sizeof(c->out->etag), "\"%lld.%lld.%lld\"",
	    (long long)v->bucket.epoch, (long long)v->bucket.head,
	    (long long)v->roster);
	known = hub_etag_fits(str_from(p->if_none_match), c->out->etag);
	nothing = p->epoch != 0 && p->after == v->bucket.head &&
	    (known || p->if_none_match[0] == '\0');
	if (nothing && p->wait_s > 0 && !expired) {
		c->out->poll = *p;
		return 0;
	}
	r = page(c, p, v, e);
	if (r == 0 && nothing && known)
		hub_answer_unchanged(c->out);
	return r;
}

static int answer(struct hub_call *c, const struct hub_poll *p, bool expired,
    struct err *e)
{
	struct view v;
	int r = -EAGAIN;

	for (int i = 0; i < ROUNDS && r == -EAGAIN; i++) {
		r = look(c->db, p, &v, e);
		if (r == 0 && !v.revoked &&
		    (!v.there ||
			hub_bucket_judge(&v.bucket, p->epoch, p->after))) {
			hub_text_fini(&v.ops);
			r = amend(c, p, e);
			if (r == 0)
				r = err_set(e, -EAGAIN,
				    "hub: a day changes all the time");
		}
	}
	if (r == 0 && v.revoked)
		hub_refuse(c, 403, "revoked",
		    "this device was closed by the administrator");
	else if (r == 0 && p->epoch != 0 && p->epoch != v.bucket.epoch)
		r = other_epoch(c, &v.bucket, e);
	else if (r == 0)
		r = tell(c, p, expired, &v, e);
	hub_text_fini(&v.ops);
	return r;
}

int hub_feed_get(struct hub_call *c, struct err *e)
{
	struct hub_poll p;
	const char *why = read_query(c, &p);

	if (why != NULL)
		return hub_refuse(c, 400, "bad_request", why);
	if (p.office != c->device.office)
		return hub_refuse(c, 403, "other_office",
		    "not the office of this device");
	return answer(c, &p, false, e);
}

void hub_poll(struct hub *h, struct hub_db *db, const struct hub_poll *p,
    bool expired, struct hub_answer *out)
{
	struct hub_call c = {.hub = h, .db = db, .out = out};
	struct err e = {0};

	memset(out, 0, sizeof(*out));
	if (answer(&c, p, expired, &e) < 0)
		hub_answer_failure(out, &e);
	if (out->status != 0)
		hub_answer_sign(out, &h->keys, "feed", p->device,
		    p->device_epoch, p->counter);
}
