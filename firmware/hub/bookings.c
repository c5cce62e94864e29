/* POST, PATCH and DELETE of bookings, by channels. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bookings_rows.h"
#include "hub_call.h"

static int lock_office(struct hub_call *c, struct err *e)
{
	int r = hub_db_one(c->db, HUB_SQL_OFFICE_LOCK,
	    HUB_ARGS(hub_n(c->device.office)), e);

	if (r == 0)
		return err_set(e, -ENOENT, "hub: no office %lu: add it first",
		    (unsigned long)c->device.office);
	return r < 0 ? r : 0;
}

static struct booking_row *own_row(const struct bookings *t,
    const struct code_hash *hash)
{
	size_t n;
	struct booking_row *rows = bookings_of(t, hash, &n);

	for (size_t i = 0; i < n; i++)
		if (rows[i].own && !rows[i].gone)
			return &rows[i];
	return NULL;
}

static struct booking_row *row_on(const struct bookings *t,
    const struct code_hash *hash, int32_t day)
{
	size_t n;
	struct booking_row *rows = bookings_of(t, hash, &n);

	for (size_t i = 0; i < n; i++)
		if (rows[i].b.day == day)
			return &rows[i];
	return NULL;
}

/* Puts the booking where it belongs; what lies on another day stays behind
 * as rescheduled. own and there: rows of the code, NULL = none; fresh: where
 * a new row goes. */
static void put(struct bookings *t, struct booking_row *own,
    struct booking_row *there, struct booking *b, int64_t now_s)
{
	struct booking left;

	b->status_s = now_s;
	if (there->seq != 0 && !there->gone && there->b.status == b->status)
		b->status_s = there->b.status_s;
	if (own != NULL && own != there) {
		left = own->b;
		left.status = BOOKING_RESCHEDULED;
		left.status_s = now_s;
		bookings_place(t, own, &left, false, false);
	}
	bookings_place(t, there, b, true, false);
}

/* POST. */

struct post {
	struct booking_wish wishes[BOOKINGS_BATCH];
	struct code_hash hashes[BOOKINGS_BATCH];
	int32_t days[2 * BOOKINGS_BATCH];
	const struct booking_wish *sorted[BOOKINGS_BATCH];
	size_t n;
	struct bookings t;
};

static int by_code(const void *a, const void *b)
{
	const struct booking_wish *x = *(const struct booking_wish *const *)a;
	const struct booking_wish *y = *(const struct booking_wish *const *)b;
	int c = memcmp(&x->b.hash, &y->b.hash, sizeof(x->b.hash));

	return c != 0 ? c : (x > y) - (x < y);
}

/* A code that comes twice: the first stays. */
static void refuse_twice(struct post *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->wishes[i].error == NULL)
			p->sorted[n++] = &p->wishes[i];
	if (n > 1)
		qsort(p->sorted, n, sizeof(p->sorted[0]), by_code);
	for (size_t i = 1; i < n; i++)
		if (memcmp(&p->sorted[i]->b.hash, &p->sorted[i - 1]->b.hash,
			sizeof(p->sorted[i]->b.hash)) == 0)
			bookings_refuse(&p->wishes[p->sorted[i] - p->wishes],
			    "exists", "code", "comes twice in this request");
}

static int load(struct hub_call *c, struct post *p, struct err *e)
{
	const struct booking_row *own;
	int32_t from = INT32_MAX, to = -1;
	size_t n = 0, days_n = 0;
	int r;

	for (size_t i = 0; i < p->n; i++)
		if (p->wishes[i].error == NULL)
			p->hashes[n++] = p->wishes[i].b.hash;
	r = bookings_load(c->db, &p->t, p->hashes, n, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < p->n; i++) {
		const struct booking_wish *w = &p->wishes[i];

		if (w->error != NULL)
			continue;
		p->days[days_n++] = w->b.day;
		from = w->b.day < from ? w->b.day : from;
		to = w->b.day > to ? w->b.day : to;
		own = own_row(&p->t, &w->b.hash);
		if (own != NULL)
			p->days[days_n++] = own->b.day;
	}
	r = bookings_lock(c->db, &p->t, p->days, days_n, e);
	return r < 0 || days_n == 0
	    ? r
	    : bookings_load_slots(c->db, &p->t, from, to, e);
}

/* Rows of codes that are new go behind the sorted ones. */
static int place(struct post *p, struct booking_wish *w, int64_t now_s,
    struct err *e)
{
	struct booking_row *own = own_row(&p->t, &w->b.hash);
	struct booking_row *there = row_on(&p->t, &w->b.hash, w->b.day);
	size_t own_at = own == NULL ? 0 : (size_t)(own - p->t.rows);
	const char *why;

	if (w->drawn && (own != NULL || there != NULL)) {
		bookings_refuse(w, "exists", "code",
		    "the code that was drawn is taken: send it again");
		return 0;
	}
	why = bookings_seat(&p->t, &w->b, own == NULL ? NULL : &own->b);
	if (why != NULL) {
		bookings_refuse(w, "slot_full", "start", why);
		return 0;
	}
	if (there == NULL) {
		there = bookings_add(&p->t);
		if (there == NULL)
			return err_set(e, -ENOMEM, "hub: out of memory");
		own = own == NULL ? NULL : &p->t.rows[own_at];
	}
	put(&p->t, own, there, &w->b, now_s);
	return 0;
}

static void put_taken(struct hub_text *t, const struct booking_wish *w)
{
	hub_text_comma(t);
	hub_text_str(t, "{\"booking\": ");
	hub_text_hex(t, w->b.hash.bytes, CODE_HASH_BYTES);
	hub_text_str(t, ", \"code\": ");
	hub_text_quote(t, str_from(w->code.text));
	hub_text_str(t, "}");
}

static void put_refused(struct hub_text *t, size_t at,
    const struct booking_wish *w)
{
	hub_text_comma(t);
	hub_text_fmt(t,
	    "{\"at\": %zu, \"field\": \"%s\", \"error\": \"%s\", "
	    "\"detail\": ",
	    at, w->field, w->error);
	hub_text_quote(t, str_from(w->detail));
	hub_text_str(t, "}");
}

static int answer(struct hub_call *c, const struct post *p, struct err *e)
{
	struct hub_text body = {0};
	size_t taken = 0;

	for (size_t i = 0; i < p->n; i++)
		taken += p->wishes[i].error == NULL;
	hub_text_fmt(&body, "{\"accepted\": %zu, \"bookings\": [", taken);
	for (size_t i = 0; i < p->n; i++)
		if (p->wishes[i].error == NULL)
			put_taken(&body, &p->wishes[i]);
	hub_text_str(&body, "], \"refused\": [");
	for (size_t i = 0; i < p->n; i++)
		if (p->wishes[i].error != NULL)
			put_refused(&body, i, &p->wishes[i]);
	hub_text_str(&body, "]}");
	return hub_reply(c, 200, &body, e);
}

static void tell_changes(struct hub_call *c, const struct bookings *t)
{
	for (size_t i = 0; i < t->buckets_n; i++)
		if (t->buckets[i].changed)
			hub_changed(&c->changes, c->db, t->office,
			    t->buckets[i].day);
}

/* Everything between reading the wishes and answering them. */
static int take(struct hub_call *c, struct post *p, struct err *e)
{
	int r;

	refuse_twice(p);
	r = lock_office(c, e);
	if (r == 0)
		r = load(c, p, e);
	for (size_t i = 0; i < p->n && r == 0; i++)
		if (p->wishes[i].error == NULL)
			r = place(p, &p->wishes[i], c->q->now_s, e);
	if (r == 0)
		r = bookings_save(c->db, &p->t, e);
	if (r == 0)
		tell_changes(c, &p->t);
	return r;
}

static int post(struct hub_call *c, struct post *p, const json_t *list,
    struct err *e)
{
	struct secret_key key;
	int r;

	hub_office_keys(c->hub, c->device.office, &key, NULL);
	p->t.office = c->device.office;
	p->n = json_array_size(list);
	for (size_t i = 0; i < p->n; i++)
		bookings_read(json_array_get(list, i), &key, p->t.office,
		    &p->wishes[i]);
	r = take(c, p, e);
	return r < 0 ? r : answer(c, p, e);
}

/* Without a request: hub_bookings_put. */
static int put_once(struct hub_call *c, const struct booking *b, size_t n,
    struct post *p, struct err *e)
{
	int r;

	memset(p, 0, sizeof(*p));
	p->t.office = c->device.office;
	p->n = n;
	for (size_t i = 0; i < n; i++)
		p->wishes[i].b = b[i];
	r = hub_db_begin(c->db, HUB_DB_WRITE, e);
	if (r == 0)
		r = take(c, p, e);
	if (r == 0)
		r = hub_db_commit(c->db, e);
	if (r < 0)
		hub_db_rollback(c->db);
	bookings_fini(&p->t);
	return r;
}

int hub_bookings_put(struct hub *h, struct hub_db *db, uint32_t office,
    const struct booking *b, size_t n, int64_t now_s, const char **why,
    struct err *e)
{
	const struct hub_request q = {.now_s = now_s};
	struct hub_call c = {.hub = h, .db = db, .q = &q};
	struct post *p;
	int r, tries = 5;

	if (n > BOOKINGS_BATCH)
		return err_set(e, -E2BIG, "hub: more than %d bookings at once",
		    BOOKINGS_BATCH);
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return err_set(e, -ENOMEM, "hub: out of memory for bookings");
	c.device.office = office;
	do
		r = put_once(&c, b, n, p, e);
	while (r == -EAGAIN && --tries > 0);
	for (size_t i = 0; r == 0 && i < n; i++)
		why[i] = p->wishes[i].error == NULL ? NULL
						    : p->wishes[i].detail;
	if (r == 0)
		hub_changes_tell(&c.changes, h);
	free(p);
	return r;
}

void hub_code_key(struct hub *h, uint32_t office, struct secret_key *out)
{
	hub_office_keys(h, office, out, NULL);
}

int hub_bookings_post(struct hub_call *c, struct err *e)
{
	json_t *request, *list;
	struct post *p = NULL;
	int r = 0;

	if (!hub_call_json(c, &request))
		return 0;
	list = json_object_get(request, "bookings");
	if (!json_is_array(list)) {
		hub_refuse(c, 400, "bad_request",
		    "bookings: is missing or no list");
		goto out;
	}
	if (json_array_size(list) > BOOKINGS_BATCH) {
		hub_refuse(c, 413, "too_large",
		    "at most 1000 bookings in one request");
		goto out;
	}
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		r = err_set(e, -ENOMEM, "hub: out of memory for bookings");
	else
		r = post(c, p, list, e);
out:
	if (p != NULL)
		bookings_fini(&p->t);
	free(p);
	json_decref(request);
	return r;
}

/* PATCH and DELETE. */

/* The hash of the path, and the code's rows with the office locked; own_at:
 * where the code lies. 1, 0 = refused. */
static int find(struct hub_call *c, struct bookings *t, struct code_hash *hash,
    size_t *own_at, struct err *e)
{
	const struct booking_row *own;
	static const char path[] = "/v1/bookings/";
	struct str text = str_cut(c->path, sizeof(path) - 1, c->path.len);
	int r;

	t->office = c->device.office;
	if (!wire_unhex(text, hash->bytes, sizeof(hash->bytes)))
		return hub_refuse(c, 404, "not_found",
		    "not the 32 hexadecimal digits of a booking");
	r = lock_office(c, e);
	if (r == 0)
		r = bookings_load(c->db, t, hash, 1, e);
	if (r < 0)
		return r;
	own = own_row(t, hash);
	if (own == NULL)
		return hub_refuse(c, 404, "not_found",
		    "no such booking in this office");
	*own_at = (size_t)(own - t->rows);
	return 1;
}

static int finish(struct hub_call *c, const struct bookings *t,
    const struct code_hash *hash, struct err *e)
{
	struct hub_text body = {0};
	int r = bookings_save(c->db, t, e);

	if (r < 0)
		return r;
	tell_changes(c, t);
	hub_text_str(&body, "{\"booking\": ");
	hub_text_hex(&body, hash->bytes, CODE_HASH_BYTES);
	hub_text_str(&body, "}");
	return hub_reply(c, 200, &body, e);
}

static int refuse_field(struct hub_call *c, const char *field, const char *why)
{
	char text[128];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	buf_fmt(&b, "%s: %s", field, why);
	return hub_refuse(c, 400, "bad_request", buf_cstr(&b));
}

/* 1 = placed, 0 = refused. */
static int move(struct hub_call *c, struct bookings *t, size_t own_at,
    struct booking *b, struct err *e)
{
	int32_t days[2] = {t->rows[own_at].b.day, b->day};
	struct booking_row *there;
	const char *why;
	int r = bookings_lock(c->db, t, days, 2, e);

	if (r == 0)
		r = bookings_load_slots(c->db, t, b->day, b->day, e);
	if (r < 0)
		return r;
	why = bookings_seat(t, b, &t->rows[own_at].b);
	if (why != NULL)
		return hub_refuse(c, 409, "slot_full", why);
	there = row_on(t, &b->hash, b->day);
	if (there == NULL)
		there = bookings_add(t);
	if (there == NULL)
		return err_set(e, -ENOMEM, "hub: out of memory");
	put(t, &t->rows[own_at], there, b, c->q->now_s);
	return 1;
}

static int patch(struct hub_call *c, struct bookings *t, const json_t *request,
    struct err *e)
{
	struct code_hash hash;
	const char *field, *detail;
	struct booking b;
	size_t own_at = 0;
	int r = find(c, t, &hash, &own_at, e);

	if (r <= 0)
		return r;
	b = t->rows[own_at].b;
	if (!bookings_change(request, &b, &field, &detail))
		return refuse_field(c, field, detail);
	r = move(c, t, own_at, &b, e);
	return r <= 0 ? r : finish(c, t, &hash, e);
}

int hub_booking_patch(struct hub_call *c, struct err *e)
{
	struct bookings t = {0};
	json_t *request;
	int r;

	if (!hub_call_json(c, &request))
		return 0;
	r = patch(c, &t, request, e);
	bookings_fini(&t);
	json_decref(request);
	return r;
}

/* Every day's row of the code becomes a tombstone with nothing in it. */
static int erase(struct hub_call *c, struct bookings *t,
    const struct code_hash *hash, struct err *e)
{
	size_t n;
	struct booking_row *rows = bookings_of(t, hash, &n);
	int32_t *days = calloc(n + 1, sizeof(days[0]));
	int r;

	if (days == NULL)
		return err_set(e, -ENOMEM, "hub: out of memory");
	for (size_t i = 0; i < n; i++)
		days[i] = rows[i].b.day;
	r = bookings_lock(c->db, t, days, n, e);
	free(days);
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct booking none = {.hash = *hash,
		    .office = t->office,
		    .day = rows[i].b.day};

		bookings_place(t, &rows[i], &none, false, true);
	}
	return r < 0 ? r : finish(c, t, hash, e);
}

int hub_booking_delete(struct hub_call *c, struct err *e)
{
	struct bookings t = {0};
	struct code_hash hash;
	size_t own_at;
	int r = find(c, &t, &hash, &own_at, e);

	if (r > 0)
		r = erase(c, &t, &hash, e);
	bookings_fini(&t);
	return r;
}
