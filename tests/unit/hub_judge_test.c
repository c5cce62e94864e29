/* The judgement alone: 2,000 orders of asking, telling and retrying. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/core/booking.h"
#include "firmware/hub/claims_judge.h"

enum {
	OFFICE = 4102,
	DAY_N = 20783,
	SEEDS = 2000,
	OPS = 12,
	BOOKINGS = 4,
	DEVICES = 3,
	STEPS = 24,
	BATCH_MAX = 4
};

static struct claims c;

/* SplitMix64. */
static uint64_t state_of_random;
static uint64_t draw(void)
{
	uint64_t z = state_of_random += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}
static unsigned below(unsigned n)
{
	return (unsigned)(draw() % n);
}

/* The store, as small as can be. */
static struct {
	struct claim_row_op op[OPS];
	bool op_there[OPS];
	uint32_t op_device[OPS];
	struct claim_row_admission admission[BOOKINGS];
	bool admitted[BOOKINGS];
	uint8_t status[BOOKINGS]; /* 0 = no booking */
	struct hub_bucket bucket;
	unsigned doubles[OPS], others;
} store;

/* What was ever answered. */
static enum claim_answer heard[OPS];

static struct op_id id_of(unsigned op)
{
	struct op_id id = {{(uint8_t)(op + 1), 0xbb}};

	return id;
}

static struct code_hash booking_of(unsigned op)
{
	struct code_hash h = {{(uint8_t)(op % BOOKINGS + 1), 0xaa}};

	return h;
}

static unsigned booking_n(const struct code_hash *h)
{
	return h->bytes[0] - 1u;
}

static void reset(void)
{
	claims_init(&c);
	c.n = c.at_n = c.reports_n = c.buckets_n = 0;
	memset(c.in, 0, (BATCH_MAX + 1) * sizeof(c.in[0]));
	c.office = OFFICE;
	c.today = INT32_MAX;
}

static void load(unsigned op)
{
	const struct op_id id = id_of(op);
	const struct code_hash h = booking_of(op);
	const struct claim_key op_key = claims_key_op(&id);
	const struct claim_key key = claims_key_booking(&h, DAY_N);
	unsigned b = booking_n(&h);

	if (store.op_there[op]) {
		struct claim_row_op *row = claims_put(&c.ops, &op_key);

		*row = store.op[op];
		row->fresh = row->told = false;
		row->mine = store.op_device[op] == c.device;
	}
	if (store.admitted[b]) {
		struct claim_row_admission *row = claims_put(&c.admissions,
		    &key);

		*row = store.admission[b];
		row->fresh = row->changed = false;
		row->before = row->now;
	}
	if (store.status[b] != 0) {
		struct claim_row_booking *row = claims_put(&c.bookings, &key);

		row->status = store.status[b];
	}
}

static void save(void)
{
	for (size_t i = 0; i < c.ops.n; i++) {
		unsigned op = c.op_rows[i].key.bytes[0] - 1u;

		if (c.op_rows[i].fresh)
			store.op_device[op] = c.device;
		store.op[op] = c.op_rows[i];
		store.op_there[op] = true;
	}
	for (size_t i = 0; i < c.admissions.n; i++) {
		unsigned b = booking_n(&c.admission_rows[i].now.booking);

		store.admission[b] = c.admission_rows[i];
		store.admitted[b] = true;
	}
	store.bucket = c.buckets[0];
	for (size_t i = 0; i < c.reports_n; i++)
		if (c.reports[i].kind == CLAIM_REPORT_DOUBLE)
			store.doubles[c.reports[i].op_id.bytes[0] - 1]++;
		else
			store.others++;
}

static void put_in(unsigned op, bool done)
{
	struct claim_in *in = &c.in[c.n++];

	in->kind = CLAIM_ADMIT;
	in->has_id = true;
	in->op_id = id_of(op);
	in->day = DAY_N;
	in->booking = booking_of(op);
	in->done = done;
	in->service = 1;
	in->op_class = CLASS_BOOKED;
	in->letter = done ? 19 : 0;
	in->number = done ? (uint16_t)(op + 1) : 0;
	in->key_id = 1;
	in->n = op + 1;
	in->time_s = 1000 + op;
}

/* A batch of one device: ops of its own, asked or told, some twice. */
static void one_batch(void)
{
	unsigned device = below(DEVICES), n = 1 + below(BATCH_MAX);

	reset();
	c.device = device + 1;
	c.buckets[0] = store.bucket;
	c.buckets_n = 1;
	for (unsigned i = 0; i < n; i++)
		put_in(below(OPS / DEVICES) * DEVICES + device, below(2) == 1);
	for (unsigned i = 0; i < n; i++)
		load(c.in[i].op_id.bytes[0] - 1u);
	claims_judge(&c);
	/* One in eight is rolled back: nothing of it was ever said. */
	if (below(8) == 0)
		return;
	save();
	for (unsigned i = 0; i < n; i++) {
		unsigned op = c.in[i].op_id.bytes[0] - 1u;
		enum claim_answer a = c.results[i].answer;

		assert_true(heard[op] == CLAIM_UNSET || heard[op] == a);
		heard[op] = a;
	}
}

static unsigned holder_of(unsigned b)
{
	return store.admission[b].now.op_id.bytes[0] - 1u;
}

static void check_invariants(void)
{
	struct feed_digest digest = {{0}};
	unsigned admitted[BOOKINGS] = {0};

	for (unsigned op = 0; op < OPS; op++) {
		const struct code_hash h = booking_of(op);
		unsigned b = booking_n(&h);
		bool holds = store.admitted[b] && holder_of(b) == op;

		if (!store.op_there[op])
			continue;
		if (store.op[op].answer == CLAIM_ADMITTED)
			admitted[b]++;
		/* Nobody hears "used" of a code that nobody was admitted on;
		 * who was refused and did not come in holds nothing. */
		if (store.op[op].answer == CLAIM_USED)
			assert_true(store.admitted[b] && !holds);
		if (holds)
			assert_true(store.op[op].answer == CLAIM_ADMITTED ||
			    store.op[op].done);
		/* Two on one code: each after the first is reported, once. */
		assert_int_equal(store.doubles[op],
		    store.op[op].done && !holds ? 1 : 0);
	}
	for (unsigned b = 0; b < BOOKINGS; b++) {
		assert_true(admitted[b] <= 1);
		if (store.admitted[b])
			feed_add_admission(&digest, OFFICE, DAY_N,
			    &store.admission[b].now);
	}
	assert_true(feed_digest_eq(&digest, &store.bucket.digest));
}

static void test_2000_orders_give_one_answer_and_one_admission(void **state)
{
	unsigned answers[CLAIM_ANSWERS] = {0};

	(void)state;
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		state_of_random = seed;
		memset(&store, 0, sizeof(store));
		memset(heard, 0, sizeof(heard));
		store.bucket.day = DAY_N;
		store.bucket.epoch = 1;
		for (unsigned b = 0; b < BOOKINGS; b++)
			store.status[b] = (uint8_t)below(3);
		for (unsigned i = 0; i < STEPS; i++) {
			one_batch();
			/* A booking is cancelled, or confirmed again. */
			if (below(8) == 0)
				store.status[below(BOOKINGS)] = (uint8_t)(1 +
				    below(2));
			check_invariants();
		}
		for (unsigned op = 0; op < OPS; op++)
			answers[heard[op]]++;
	}
	/* The orders did lead everywhere. */
	assert_true(answers[CLAIM_ADMITTED] > SEEDS);
	assert_true(answers[CLAIM_USED] > SEEDS);
	assert_true(answers[CLAIM_CANCELLED] > SEEDS / 4);
	assert_true(answers[CLAIM_UNKNOWN] > SEEDS / 4);
	assert_int_equal(answers[CLAIM_BAD], 0);
}

static void test_a_row_gets_a_new_number_each_time_it_changes(void **state)
{
	(void)state;
	memset(&store, 0, sizeof(store));
	store.bucket.day = DAY_N;
	store.bucket.head = 7;
	store.status[0] = BOOKING_CONFIRMED;
	reset();
	c.device = 1;
	c.buckets[0] = store.bucket;
	c.buckets_n = 1;
	put_in(0, false);
	put_in(0, true);
	put_in(0, true);
	load(0);
	claims_judge(&c);
	assert_int_equal(c.buckets[0].head, 9);
	assert_int_equal(c.admission_rows[0].seq, 9);
	assert_int_equal(c.admission_rows[0].now.number, 1);
	assert_true(c.op_rows[0].fresh);
}

static void test_tables_hold_500_rows_and_find_each(void **state)
{
	struct claim_key key;
	struct op_id id = {{0}};

	(void)state;
	reset();
	for (unsigned i = 0; i < CLAIM_BATCH; i++) {
		id.bytes[0] = (uint8_t)i;
		id.bytes[15] = (uint8_t)(i >> 8);
		key = claims_key_op(&id);
		assert_null(claims_find(&c.ops, &key));
		assert_non_null(claims_put(&c.ops, &key));
		assert_ptr_equal(claims_put(&c.ops, &key),
		    claims_find(&c.ops, &key));
	}
	for (unsigned i = 0; i < CLAIM_BATCH; i++) {
		id.bytes[0] = (uint8_t)i;
		id.bytes[15] = (uint8_t)(i >> 8);
		key = claims_key_op(&id);
		assert_ptr_equal(claims_find(&c.ops, &key), &c.op_rows[i]);
	}
	id.bytes[7] = 1;
	key = claims_key_op(&id);
	assert_null(claims_find(&c.ops, &key));
	assert_null(claims_put(&c.ops, &key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_2000_orders_give_one_answer_and_one_admission),
	    cmocka_unit_test(test_a_row_gets_a_new_number_each_time_it_changes),
	    cmocka_unit_test(test_tables_hold_500_rows_and_find_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
