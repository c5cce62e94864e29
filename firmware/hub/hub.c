#include "hub_call.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "hub_log.h"

enum { TRIES = 4 };

#define ALL   (1u << HUB_KIOSK | 1u << HUB_GATE | 1u << HUB_CHANNEL)
#define DOORS (1u << HUB_KIOSK | 1u << HUB_GATE)

/* What may be asked. A path that ends with / goes on with a hash. */
static const struct route {
	const char *method, *path, *kind;
	unsigned roles;
	/* WRITE: run inside the transaction that takes the counter; else after
	 * it, and READ: in a snapshot. */
	enum hub_db_mode mode;
	int (*run)(struct hub_call *c, struct err *e);
} routes[] = {
    {"GET", "/v1/time", "time", ALL, HUB_DB_NONE, hub_time_get},
    {"GET", "/v1/feed", "feed", DOORS, HUB_DB_NONE, hub_feed_get},
    {"POST", "/v1/claims", "claims", DOORS, HUB_DB_WRITE, hub_claims_post},
    {"POST", "/v1/audit", "audit", DOORS, HUB_DB_WRITE, hub_audit_post},
    {"GET", "/v1/roster", "roster", DOORS, HUB_DB_READ, hub_roster_get},
    {"POST", "/v1/bookings", "bookings", 1u << HUB_CHANNEL, HUB_DB_WRITE,
	hub_bookings_post},
    {"PATCH", "/v1/bookings/", "bookings", 1u << HUB_CHANNEL, HUB_DB_WRITE,
	hub_booking_patch},
    {"DELETE", "/v1/bookings/", "bookings", 1u << HUB_CHANNEL, HUB_DB_WRITE,
	hub_booking_delete},
    {"GET", "/v1/slots", "slots", 1u << HUB_CHANNEL, HUB_DB_READ,
	hub_slots_get},
};
static const char enrol_path[] = "/v1/enrol";
static const char log_paths[] = "/v1/log/";

int hub_open(const struct hub_options *options, struct hub **out, struct err *e)
{
	uint8_t secret[NOTE_SECRET_BYTES];
	struct note_key key;
	struct hub *h;

	*out = NULL;
	if (sodium_init() < 0)
		return err_set(e, -EIO, "hub: libsodium does not start");
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return err_set(e, -ENOMEM, "hub: out of memory");
	h->keys = *options->keys;
	h->changed = options->changed;
	h->changed_ctx = options->changed_ctx;
	if (!str_copy(h->url, sizeof(h->url), str_from(options->url))) {
		hub_close(h);
		return err_set(e, -EINVAL, "hub: its URL is too long");
	}
	/* The longest name of a log must do. */
	if (hub_log_key(h, UINT32_MAX, &key, secret, e) < 0) {
		hub_close(h);
		return -EINVAL;
	}
	sodium_memzero(secret, sizeof(secret));
	*out = h;
	return 0;
}

void hub_close(struct hub *h)
{
	if (h == NULL)
		return;
	sodium_memzero(h, sizeof(*h));
	free(h);
}

/* Changes. */

void hub_changed(struct hub_changes *changes, struct hub_db *db,
    uint32_t office, int32_t day)
{
	if (changes->n == HUB_CHANGES - 1)
		day = HUB_DAY_ALL;
	for (size_t i = 0; i < changes->n; i++)
		if (changes->item[i].office == office &&
		    (changes->item[i].day == day ||
			changes->item[i].day == HUB_DAY_ALL))
			return;
	if (changes->n == HUB_CHANGES)
		return;
	changes->item[changes->n].office = office;
	changes->item[changes->n].day = day;
	changes->n++;
	hub_db_tell(db, office, day);
}

void hub_changes_tell(const struct hub_changes *changes, const struct hub *h)
{
	if (h->changed == NULL)
		return;
	for (size_t i = 0; i < changes->n; i++)
		h->changed(h->changed_ctx, changes->item[i].office,
		    changes->item[i].day);
}

/* Answers of handlers. */

int hub_refuse(struct hub_call *c, int status, const char *error,
    const char *detail)
{
	hub_answer_error(c->out, status, error, detail);
	return 0;
}

int hub_reply(struct hub_call *c, int status, struct hub_text *body,
    struct err *e)
{
	if (!hub_answer_body(c->out, status, body))
		return err_set(e, -ENOMEM, "hub: out of memory for an answer");
	return 0;
}

bool hub_call_json(struct hub_call *c, json_t **out)
{
	char why[96];
	struct buf b;

	buf_init(&b, why, sizeof(why));
	switch (hub_json_parse(c->q->body, out, &b)) {
	case HUB_JSON_OK:
		return true;
	case HUB_JSON_LARGE:
		hub_refuse(c, 413, "too_large", buf_cstr(&b));
		return false;
	case HUB_JSON_UNSET:
	case HUB_JSON_BAD:
		break;
	}
	hub_refuse(c, 400, "bad_request", buf_cstr(&b));
	return false;
}

static int unsigned_401(struct hub_call *c)
{
	return hub_refuse(c, 401, "unsigned",
	    "no signature of a device, or it does not fit");
}

/* Who asks. */

struct proof {
	uint32_t device;
	uint64_t counter;
	uint8_t signature[WIRE_SIGNATURE_BYTES];
};

static bool read_proof(const struct hub_request *q, struct proof *p)
{
	int64_t device, counter;

	if (q->device.ptr == NULL || q->counter.ptr == NULL ||
	    q->signature.ptr == NULL ||
	    !str_number(q->device, 0, UINT32_MAX, &device) ||
	    !str_number(q->counter, 0, INT64_MAX, &counter) ||
	    !wire_unbase64(q->signature, p->signature, WIRE_SIGNATURE_BYTES))
		return false;
	p->device = (uint32_t)device;
	p->counter = (uint64_t)counter;
	return true;
}

static bool fits(const struct hub_request *q, const struct proof *p,
    const uint8_t key[WIRE_PUBLIC_BYTES])
{
	const struct wire_request w = {q->method, q->path, q->body, p->device,
	    p->counter};

	return wire_check_request(&w, key, p->signature);
}

static const struct route *find_route(struct hub_call *c, bool *path_known)
{
	*path_known = false;
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		size_t len = strlen(routes[i].path);
		bool tail = routes[i].path[len - 1] == '/';

		if (!str_eq(tail ? str_cut(c->path, 0, len) : c->path,
			str_from(routes[i].path)))
			continue;
		*path_known = true;
		if (str_is(c->q->method, routes[i].method))
			return &routes[i];
	}
	return NULL;
}

/* NULL and answered, or what is asked. */
static const struct route *choose(struct hub_call *c)
{
	bool path_known;
	const struct route *r = find_route(c, &path_known);

	if (c->q->body.len > WIRE_BODY_MAX)
		hub_refuse(c, 413, "too_large",
		    "at most 1048576 bytes in one request");
	else if (r == NULL && path_known)
		hub_refuse(c, 405, "method", "not with this method");
	else if (r == NULL)
		hub_refuse(c, 404, "not_found", "no such path");
	else if ((r->roles >> c->device.role & 1) == 0)
		hub_refuse(c, 403, "other_office",
		    "not for a device of this role");
	else
		return r;
	return NULL;
}

/* 1 = known and live, 0 = answered. */
static int judge_device(struct hub_call *c)
{
	if (c->device.closed_s == 0)
		return 1;
	return hub_refuse(c, 403, "revoked",
	    "this device was closed by the administrator");
}

/* Locks the device and takes the counter: 1, or 0 when answered. */
static int take_counter(struct hub_call *c, struct err *e)
{
	int r = hub_db_one(c->db, HUB_SQL_DEVICE_LOCK,
	    HUB_ARGS(hub_n(c->device.device)), e);

	if (r < 0)
		return r;
	if (r == 0 || !hub_device_read(c->db, &c->device))
		return err_set(e, -EIO, "hub: a device's row is no good");
	r = judge_device(c);
	if (r == 0)
		return 0;
	switch (wire_window_take(&c->device.window, c->counter)) {
	case WIRE_COUNTER_FRESH:
		return 1;
	case WIRE_COUNTER_SEEN:
		return hub_refuse(c, 409, "replayed",
		    "this counter was used before");
	case WIRE_COUNTER_UNSET:
	case WIRE_COUNTER_OLD:
		break;
	}
	return hub_refuse(c, 409, "re_enrol",
	    "this counter is far below the last one: an old copy of the "
	    "device must be enrolled again");
}

static int keep_counter(struct hub_call *c, struct err *e)
{
	return hub_db_run(c->db, HUB_SQL_DEVICE_WINDOW,
	    HUB_ARGS(hub_n(c->device.device),
		hub_n((int64_t)c->device.window.high),
		hub_n((int64_t)c->device.window.seen), hub_n(c->q->now_s)),
	    e);
}

/* The transaction that takes the counter; a handler that writes runs in it.
 * *route is what is left to be run after it, or NULL. */
static int first_part(struct hub_call *c, const struct route **route,
    struct err *e)
{
	const struct route *chosen;
	int r;

	*route = NULL;
	r = hub_db_begin(c->db, HUB_DB_WRITE, e);
	if (r == 0)
		r = take_counter(c, e);
	if (r <= 0)
		return r;
	chosen = choose(c);
	r = 0;
	if (chosen != NULL && chosen->mode == HUB_DB_WRITE)
		r = chosen->run(c, e);
	else
		*route = chosen;
	if (r == 0)
		r = keep_counter(c, e);
	return r < 0 ? r : hub_db_commit(c->db, e);
}

static int second_part(struct hub_call *c, const struct route *route,
    struct err *e)
{
	int r = 0;

	if (route->mode == HUB_DB_READ)
		r = hub_db_begin(c->db, HUB_DB_READ, e);
	if (r == 0)
		r = route->run(c, e);
	return r;
}

static const char *kind_of(struct hub_call *c)
{
	bool known;
	const struct route *r = find_route(c, &known);

	return r == NULL ? "error" : r->kind;
}

/* Again while others are in the way; nothing is kept of a try that failed. */
static int serve(struct hub_call *c, struct err *e)
{
	const struct route *route = NULL;
	int r = -EAGAIN;

	for (int i = 0; i < TRIES && r == -EAGAIN; i++) {
		hub_answer_fini(c->out);
		c->changes.n = 0;
		r = first_part(c, &route, e);
		hub_db_rollback(c->db);
	}
	if (r < 0)
		return r;
	hub_changes_tell(&c->changes, c->hub);
	c->changes.n = 0;
	r = route == NULL ? 0 : -EAGAIN;
	for (int i = 0; i < TRIES && r == -EAGAIN; i++) {
		r = second_part(c, route, e);
		hub_db_rollback(c->db);
	}
	return r;
}

/* Reads whose device it is and checks the signature: 1, 0 = answered. */
static int identify(struct hub_call *c, struct err *e)
{
	struct proof p;
	int r;

	if (!read_proof(c->q, &p))
		return unsigned_401(c);
	c->counter = p.counter;
	c->device.device = p.device;
	r = hub_db_one(c->db, HUB_SQL_DEVICE_GET, HUB_ARGS(hub_n(p.device)), e);
	/* A connection that broke while nobody used it is noticed here. */
	if (r == -ECONNRESET)
		r = hub_db_one(c->db, HUB_SQL_DEVICE_GET,
		    HUB_ARGS(hub_n(p.device)), e);
	if (r < 0)
		return r;
	if (r == 0) {
		hub_refuse(c, 403, "unknown_device",
		    "this hub never enrolled that device");
		hub_answer_sign(c->out, &c->hub->keys, "error", p.device, 0,
		    p.counter);
		return 0;
	}
	if (!hub_device_read(c->db, &c->device))
		return err_set(e, -EIO, "hub: a device's row is no good");
	if (!fits(c->q, &p, c->device.request_key))
		return unsigned_401(c);
	return 1;
}

static void handle_device(struct hub_call *c)
{
	struct err e = {0};
	bool known = false;
	int r;

	r = identify(c, &e);
	hub_db_rollback(c->db);
	if (r > 0) {
		known = true;
		r = judge_device(c);
	}
	if (r > 0)
		r = serve(c, &e);
	if (r < 0)
		hub_answer_failure(c->out, &e);
	if (known && c->out->status != 0)
		hub_answer_sign(c->out, &c->hub->keys, kind_of(c),
		    c->device.device, c->device.epoch, c->counter);
}

/* Nobody is known yet: the key is in the body. */
static void handle_enrol(struct hub_call *c)
{
	struct err e = {0};
	int r = -EAGAIN;

	for (int i = 0; i < TRIES && r == -EAGAIN; i++) {
		hub_answer_fini(c->out);
		c->changes.n = 0;
		r = hub_enrol(c, &e);
		hub_db_rollback(c->db);
	}
	if (r < 0)
		hub_answer_failure(c->out, &e);
	else
		hub_changes_tell(&c->changes, c->hub);
	if (c->out->status != 401)
		hub_answer_sign(c->out, &c->hub->keys, "enrol", 0, 0, 0);
}

/* Nobody has to be known, and nothing is signed but what is a log's. */
static void handle_log(struct hub_call *c)
{
	struct err e = {0};
	int r = -EAGAIN;

	for (int i = 0; i < TRIES && (r == -EAGAIN || r == -ECONNRESET); i++) {
		hub_answer_fini(c->out);
		r = hub_log_public(c, &e);
		hub_db_rollback(c->db);
	}
	if (r < 0)
		hub_answer_failure(c->out, &e);
}

void hub_handle(struct hub *h, struct hub_db *db, const struct hub_request *q,
    struct hub_answer *out)
{
	struct hub_call c = {.hub = h, .db = db, .q = q, .out = out};
	struct str rest = q->path;

	memset(out, 0, sizeof(*out));
	if (!str_split(&rest, '?', &c.path))
		c.path = str_from("");
	c.query = rest;
	if (str_is(c.path, enrol_path))
		handle_enrol(&c);
	else if (str_is(str_cut(c.path, 0, sizeof(log_paths) - 1), log_paths))
		handle_log(&c);
	else
		handle_device(&c);
}

bool hub_enrol_signed(const struct hub_request *q,
    const uint8_t key[WIRE_PUBLIC_BYTES])
{
	struct proof p;

	return read_proof(q, &p) && p.device == 0 && p.counter == 0 &&
	    fits(q, &p, key);
}
