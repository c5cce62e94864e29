/* A new cache in a folder of its own for every test, a hub's pages, and the
 * state they ought to make, worked out from its rows alone. */
#ifndef KARCIS_TESTS_TEST_FEED_H
#define KARCIS_TESTS_TEST_FEED_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "firmware/store/cache_file.h"

enum { OFFICE = 4102, DAY = 20416, NOW = 1764000000, EPOCH = 812 };

static char dir[64], path[96];
static struct cache *c;
static struct err e;

static inline void open_cache(void)
{
	int r = cache_open(path, &c, &e);

	if (r < 0)
		print_error("%s\n", e.text);
	assert_int_equal(r, 0);
}

static inline void reopen(void)
{
	cache_close(c);
	c = NULL;
	open_cache();
}

static inline int make_cache(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/karcis-feed-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/cache.db", dir);
	return cache_open(path, &c, &e);
}

static inline int remove_cache(void **state)
{
	char cmd[128];

	(void)state;
	cache_close(c);
	c = NULL;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static inline struct code_hash key(unsigned i)
{
	struct code_hash h = {{0}};

	h.bytes[0] = (uint8_t)(i * 73);
	h.bytes[15] = (uint8_t)(i + 1);
	return h;
}

static inline struct booking booking_of(unsigned i)
{
	struct booking b = {
	    .hash = key(i),
	    .office = OFFICE,
	    .day = DAY,
	    .start_min = 540,
	    .end_min = 555,
	    .service = 1,
	    .booking_class = CLASS_BOOKED,
	    .status = BOOKING_CONFIRMED,
	    .companions = 1,
	    .birth = 0xfedcba9876543210u + i,
	    .permit_expires_day = 20500,
	    .status_s = NOW - 60,
	    .masked_name = "S*** W*****",
	};

	return b;
}

static inline struct feed_op put_op(int64_t seq, unsigned i)
{
	return (struct feed_op){.kind = FEED_PUT,
	    .seq = seq,
	    .booking = booking_of(i)};
}

/* feed.h: of a del the hash alone. */
static inline struct feed_op del_op(int64_t seq, unsigned i)
{
	return (struct feed_op){.kind = FEED_DEL,
	    .seq = seq,
	    .booking.hash = key(i)};
}

static inline struct feed_op adm_op(int64_t seq, unsigned i, uint8_t letter,
    uint16_t number)
{
	struct feed_op op = {.kind = FEED_ADM, .seq = seq};

	op.admission.booking = key(i);
	op.admission.op_id.bytes[0] = (uint8_t)(i + 1);
	op.admission.device = 17;
	op.admission.letter = letter;
	op.admission.number = number;
	op.admission.time_s = NOW;
	return op;
}

/* A state worked out from its rows alone, for the digest a hub would sign. */
struct row {
	bool has;
	struct booking booking;
	bool adm;
	struct feed_admission admission;
};
enum { KEYS = 64 };
struct model {
	struct row row[KEYS];
};
static struct model model;

static inline unsigned index_of(const struct code_hash *h)
{
	unsigned i = h->bytes[15] - 1u;

	assert_true(i < KEYS);
	return i;
}

static inline void model_apply(struct model *m, const struct feed_op *op)
{
	struct row *row;

	switch (op->kind) {
	case FEED_PUT:
		row = &m->row[index_of(&op->booking.hash)];
		row->has = true;
		row->booking = op->booking;
		break;
	case FEED_DEL:
		m->row[index_of(&op->booking.hash)].has = false;
		break;
	case FEED_ADM:
	case FEED_PAS:
		row = &m->row[index_of(&op->admission.booking)];
		row->adm = true;
		row->admission = op->admission;
		break;
	case FEED_UNSET:
		fail();
	}
}

static inline struct feed_digest model_digest(const struct model *m,
    int32_t day)
{
	struct feed_digest d = {{0}};

	for (unsigned i = 0; i < KEYS; i++) {
		if (m->row[i].has)
			feed_add_booking(&d, &m->row[i].booking);
		if (m->row[i].adm)
			feed_add_admission(&d, OFFICE, day,
			    &m->row[i].admission);
	}
	return d;
}

/* The last page: from..to, whose digest is that of the model after its ops. */
static inline struct feed_page page_of(int64_t from, int64_t to,
    const struct feed_op *ops, size_t n)
{
	struct feed_page p = {.office = OFFICE,
	    .day = DAY,
	    .epoch = EPOCH,
	    .from = from,
	    .to = to,
	    .head = to,
	    .ops = ops,
	    .n = n};

	for (size_t i = 0; i < n; i++)
		model_apply(&model, &ops[i]);
	p.digest = model_digest(&model, DAY);
	return p;
}

static inline struct feed_page more(struct feed_page p, int64_t head)
{
	p.head = head;
	p.more = true;
	memset(&p.digest, 0x5a, sizeof(p.digest)); /* of a state to come */
	return p;
}

static inline int apply_at(const struct feed_page *p, int64_t now_s)
{
	int r;

	memset(&e, 0, sizeof(e));
	r = cache_feed_apply(c, p, now_s, &e);
	assert_int_equal(e.code, r); /* each failure says why */
	return r;
}

static inline int apply(struct feed_page p)
{
	return apply_at(&p, NOW);
}

/* What a test starts with: bookings 0, 1 and 2 are shown, 0 was admitted. */
static inline void load_three(void)
{
	const struct feed_op ops[] = {put_op(1, 0), put_op(2, 1), put_op(4, 2),
	    adm_op(5, 0, 1, 12)};

	memset(&model, 0, sizeof(model));
	assert_int_equal(apply(page_of(0, 5, ops, ARRAY_LEN(ops))), 0);
}

static inline struct cache_feed state_of(int32_t day)
{
	struct cache_feed s;

	memset(&s, 0x5a, sizeof(s));
	assert_int_equal(cache_feed_state(c, day, &s, &e), 0);
	return s;
}

static inline int find(unsigned i)
{
	struct code_hash h = key(i);
	struct booking b;

	return cache_find(c, &h, &b, &e);
}

static inline struct booking found(unsigned i)
{
	struct code_hash h = key(i);
	struct booking b;

	assert_int_equal(cache_find(c, &h, &b, &e), 0);
	return b;
}

static inline int64_t count(void)
{
	int64_t rows = -1;

	assert_int_equal(cache_count(c, &rows, &e), 0);
	return rows;
}

static inline int64_t count_day(int32_t day)
{
	int64_t rows = -1;

	assert_int_equal(cache_count_day(c, day, &rows, &e), 0);
	return rows;
}

static inline int64_t number(const char *sql)
{
	int64_t n = -1;

	assert_int_equal(db_number(c->db, "test", sql, &n, &e), 0);
	return n;
}

/* Every byte of the tables, for "nothing changed". */
struct dump {
	unsigned char *ptr;
	sqlite3_int64 len;
};

static inline struct dump take_dump(void)
{
	struct dump d;

	d.ptr = sqlite3_serialize(c->db, "main", &d.len, 0);
	assert_non_null(d.ptr);
	return d;
}

static inline void assert_unchanged(struct dump before)
{
	struct dump now = take_dump();

	assert_int_equal(now.len, before.len);
	assert_memory_equal(now.ptr, before.ptr, (size_t)now.len);
	sqlite3_free(now.ptr);
}

static inline void import(unsigned i, int32_t day)
{
	struct booking b = booking_of(i);

	b.day = day;
	assert_int_equal(cache_import_begin(c, &e), 0);
	assert_int_equal(cache_import_put(c, &b, &e), 0);
	assert_int_equal(cache_import_commit(c, NOW, &e), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_cache, remove_cache)

#endif
