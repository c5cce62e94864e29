#include "bookings_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hub_text.h"

void bookings_fini(struct bookings *t)
{
	free(t->rows);
	free(t->buckets);
	free(t->slots);
	memset(t, 0, sizeof(*t));
}

static int out_of_memory(struct err *e)
{
	return err_set(e, -ENOMEM, "hub: out of memory for bookings");
}

/* One more item of that size behind n; NULL: out of memory. */
static void *grow(void **items, size_t *n, size_t *cap, size_t bytes)
{
	size_t want = *cap == 0 ? 64 : *cap * 2;
	void *p;

	if (*n == *cap) {
		p = realloc(*items, want * bytes);
		if (p == NULL)
			return NULL;
		*items = p;
		*cap = want;
	}
	p = (char *)*items + *n * bytes;
	memset(p, 0, bytes);
	(*n)++;
	return p;
}

struct booking_row *bookings_add(struct bookings *t)
{
	void *items = t->rows;
	struct booking_row *row = grow(&items, &t->rows_n, &t->rows_cap,
	    sizeof(*row));

	t->rows = items;
	return row;
}

/* Columns of BOOKING_FIND. */
static bool read_row(struct hub_db *db, uint32_t office,
    struct booking_row *row)
{
	struct booking *b = &row->b;

	b->office = office;
	b->day = (int32_t)hub_db_int(db, 0);
	row->seq = hub_db_int(db, 2);
	row->gone = hub_db_int(db, 3) != 0;
	row->own = hub_db_int(db, 4) != 0;
	b->start_min = (int16_t)hub_db_int(db, 5);
	b->end_min = (int16_t)hub_db_int(db, 6);
	b->service = (uint8_t)hub_db_int(db, 7);
	b->booking_class = (uint8_t)hub_db_int(db, 8);
	b->status = (uint8_t)hub_db_int(db, 9);
	b->companions = (uint8_t)hub_db_int(db, 10);
	b->birth = (uint64_t)hub_db_int(db, 11);
	b->permit_expires_day = (int32_t)hub_db_int(db, 12);
	b->status_s = hub_db_int(db, 13);
	return wire_unhex(hub_db_text(db, 1), b->hash.bytes, CODE_HASH_BYTES) &&
	    str_copy(b->masked_name, sizeof(b->masked_name),
		hub_db_text(db, 14));
}

static int by_hash(const void *a, const void *b)
{
	const struct booking_row *x = a, *y = b;
	int c = memcmp(x->b.hash.bytes, y->b.hash.bytes, CODE_HASH_BYTES);

	return c != 0 ? c : (x->b.day > y->b.day) - (x->b.day < y->b.day);
}

int bookings_load(struct hub_db *db, struct bookings *t,
    const struct code_hash *hashes, size_t n, struct err *e)
{
	struct hub_text list = {0};
	struct booking_row *row;
	int r = 0;

	hub_text_str(&list, "[");
	for (size_t i = 0; i < n; i++) {
		hub_text_comma(&list);
		hub_text_hex(&list, hashes[i].bytes, CODE_HASH_BYTES);
	}
	hub_text_str(&list, "]");
	if (list.failed)
		r = out_of_memory(e);
	if (r == 0)
		r = hub_db_ask(db, HUB_SQL_BOOKING_FIND,
		    HUB_ARGS(hub_n(t->office), hub_t(list.ptr)), e);
	if (r == 0)
		r = hub_db_next(db, e);
	while (r == 0 && (r = hub_db_row(db, e)) == 1) {
		row = bookings_add(t);
		r = row == NULL ? out_of_memory(e) : 0;
		if (row != NULL && !read_row(db, t->office, row))
			r = err_set(e, -EIO, "hub: a booking's row is no good");
	}
	if (r == 0 && t->rows_n > 1)
		qsort(t->rows, t->rows_n, sizeof(t->rows[0]), by_hash);
	t->sorted_n = t->rows_n;
	hub_text_fini(&list);
	return r;
}

struct booking_row *bookings_of(const struct bookings *t,
    const struct code_hash *hash, size_t *n)
{
	size_t lo = 0, hi = t->sorted_n;

	*n = 0;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (memcmp(t->rows[mid].b.hash.bytes, hash->bytes,
			CODE_HASH_BYTES) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo + *n < t->sorted_n &&
	    memcmp(t->rows[lo + *n].b.hash.bytes, hash->bytes,
		CODE_HASH_BYTES) == 0)
		(*n)++;
	return *n == 0 ? NULL : &t->rows[lo];
}

static int by_day(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

int bookings_lock(struct hub_db *db, struct bookings *t, int32_t *days,
    size_t n, struct err *e)
{
	size_t kept = 0;

	if (n > 1)
		qsort(days, n, sizeof(days[0]), by_day);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || days[kept - 1] != days[i])
			days[kept++] = days[i];
	t->buckets = calloc(kept + 1, sizeof(t->buckets[0]));
	if (t->buckets == NULL)
		return out_of_memory(e);
	t->buckets_n = kept;
	return hub_bucket_lock(db, t->office, days, NULL, kept, t->buckets, e);
}

static struct hub_bucket *bucket_of(const struct bookings *t, int32_t day)
{
	for (size_t i = 0; i < t->buckets_n; i++)
		if (t->buckets[i].day == day)
			return &t->buckets[i];
	return NULL;
}

static bool same(const struct booking *a, const struct booking *b)
{
	return a->start_min == b->start_min && a->end_min == b->end_min &&
	    a->service == b->service && a->booking_class == b->booking_class &&
	    a->status == b->status && a->companions == b->companions &&
	    a->birth == b->birth && a->status_s == b->status_s &&
	    a->permit_expires_day == b->permit_expires_day &&
	    strcmp(a->masked_name, b->masked_name) == 0;
}

void bookings_place(struct bookings *t, struct booking_row *row,
    const struct booking *b, bool own, bool gone)
{
	struct hub_bucket *k = bucket_of(t, b->day);
	bool was = row->seq != 0 && !row->gone;

	if (k == NULL ||
	    (row->seq != 0 && row->gone == gone && row->own == own &&
		same(&row->b, b)))
		return;
	if (was)
		feed_take_booking(&k->digest, &row->b);
	row->b = *b;
	row->own = own;
	row->gone = gone;
	if (!gone)
		feed_add_booking(&k->digest, &row->b);
	row->seq = ++k->head;
	row->changed = true;
	k->changed = true;
}

/* Slots. */

static struct booking_slot *find_slot(const struct bookings *t,
    const struct booking *b)
{
	for (size_t i = 0; i < t->slots_n; i++) {
		struct booking_slot *s = &t->slots[i];

		if (s->day == b->day && s->service == b->service &&
		    s->slot_class == b->booking_class &&
		    s->start_min == b->start_min && s->end_min == b->end_min)
			return s;
	}
	return NULL;
}

static bool has_slots(const struct bookings *t, const struct booking *b)
{
	for (size_t i = 0; i < t->slots_n; i++)
		if (t->slots[i].day == b->day &&
		    t->slots[i].service == b->service &&
		    t->slots[i].slot_class == b->booking_class)
			return true;
	return false;
}

const char *bookings_seat(struct bookings *t, const struct booking *b,
    const struct booking *was)
{
	struct booking_slot *to = find_slot(t, b), *from = NULL;

	if (was != NULL && was->status == BOOKING_CONFIRMED)
		from = find_slot(t, was);
	if (b->status != BOOKING_CONFIRMED)
		to = NULL;
	else if (to == NULL && has_slots(t, b))
		return "no slot is offered at that time";
	if (to != from) {
		if (to != NULL && to->booked >= to->quota)
			return "the slot is full";
		if (to != NULL)
			to->booked++;
		if (from != NULL)
			from->booked--;
	}
	return NULL;
}

static int add_slot(struct hub_db *db, struct bookings *t, struct err *e)
{
	void *items = t->slots;
	struct booking_slot *s = grow(&items, &t->slots_n, &t->slots_cap,
	    sizeof(*s));

	t->slots = items;
	if (s == NULL)
		return out_of_memory(e);
	s->day = (int32_t)hub_db_int(db, 0);
	s->service = (uint8_t)hub_db_int(db, 1);
	s->slot_class = (uint8_t)hub_db_int(db, 2);
	s->start_min = (int16_t)hub_db_int(db, 3);
	s->end_min = (int16_t)hub_db_int(db, 4);
	s->quota = (int32_t)hub_db_int(db, 5);
	return 0;
}

static void count_booked(struct hub_db *db, struct bookings *t)
{
	const struct booking key = {
	    .day = (int32_t)hub_db_int(db, 0),
	    .service = (uint8_t)hub_db_int(db, 1),
	    .booking_class = (uint8_t)hub_db_int(db, 2),
	    .start_min = (int16_t)hub_db_int(db, 3),
	    .end_min = (int16_t)hub_db_int(db, 4),
	};
	struct booking_slot *s = find_slot(t, &key);

	if (s != NULL)
		s->booked = (int32_t)hub_db_int(db, 5);
}

/* The days that have slots, as a list; false: none has. Slots come by day. */
static bool list_days(const struct bookings *t, struct hub_text *list)
{
	int32_t last = -1;

	hub_text_str(list, "[");
	for (size_t i = 0; i < t->slots_n; i++) {
		const struct booking_slot *s = &t->slots[i];

		if (s->slot_class == CLASS_WALK_IN || s->day == last)
			continue;
		last = s->day;
		hub_text_comma(list);
		hub_text_int(list, s->day);
	}
	hub_text_str(list, "]");
	return last >= 0;
}

static int load_booked(struct hub_db *db, struct bookings *t, struct err *e)
{
	struct hub_text list = {0};
	int r = 0;

	if (!list_days(t, &list))
		goto out;
	if (list.failed)
		r = out_of_memory(e);
	if (r == 0)
		r = hub_db_ask(db, HUB_SQL_SLOT_BOOKED,
		    HUB_ARGS(hub_n(t->office), hub_t(list.ptr)), e);
	if (r == 0)
		r = hub_db_next(db, e);
	while (r == 0 && (r = hub_db_row(db, e)) == 1) {
		count_booked(db, t);
		r = 0;
	}
out:
	hub_text_fini(&list);
	return r;
}

int bookings_load_slots(struct hub_db *db, struct bookings *t, int32_t from,
    int32_t to, struct err *e)
{
	int r = hub_db_ask(db, HUB_SQL_SLOT_LIST,
	    HUB_ARGS(hub_n(t->office), hub_n(from), hub_n(to)), e);

	if (r == 0)
		r = hub_db_next(db, e);
	while (r == 0 && (r = hub_db_row(db, e)) == 1)
		r = add_slot(db, t, e);
	return r < 0 ? r : load_booked(db, t, e);
}

/* Saving. */

static void put_row(struct hub_text *t, const struct booking_row *row)
{
	const struct booking *b = &row->b;
	const int64_t rest[] = {row->seq, row->gone, row->own, b->start_min,
	    b->end_min, b->service, b->booking_class, b->status, b->companions,
	    (int64_t)b->birth, b->permit_expires_day, b->status_s};

	hub_text_comma(t);
	hub_text_fmt(t, "[%ld,", (long)b->day);
	hub_text_hex(t, b->hash.bytes, CODE_HASH_BYTES);
	for (size_t i = 0; i < ARRAY_LEN(rest); i++) {
		hub_text_str(t, ",");
		hub_text_int(t, rest[i]);
	}
	hub_text_str(t, ",");
	hub_text_quote(t, str_from(b->masked_name));
	hub_text_str(t, "]");
}

int bookings_save(struct hub_db *db, const struct bookings *t, struct err *e)
{
	struct hub_text list = {0};
	bool any = false;
	int r = 0;

	hub_text_str(&list, "[");
	for (size_t i = 0; i < t->rows_n; i++)
		if (t->rows[i].changed) {
			put_row(&list, &t->rows[i]);
			any = true;
		}
	hub_text_str(&list, "]");
	if (list.failed)
		r = out_of_memory(e);
	else if (any)
		r = hub_db_run(db, HUB_SQL_BOOKING_PUT,
		    HUB_ARGS(hub_n(t->office), hub_t(list.ptr)), e);
	hub_text_fini(&list);
	return r < 0
	    ? r
	    : hub_bucket_save(db, t->office, t->buckets, t->buckets_n, e);
}
