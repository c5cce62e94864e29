/* Feeds of any order of changes, pages, faults and restarts, beside a model. */
#include "test_feed.h"

static uint32_t seed;

static unsigned draw(unsigned below)
{
	/* xorshift32 (Marsaglia, 2003) */
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

static struct feed_op random_op(int64_t seq, unsigned keys)
{
	unsigned i = draw(keys), kind = draw(10);
	struct feed_op op;

	if (kind < 2)
		return del_op(seq, i);
	if (kind < 4) {
		op = adm_op(seq, i, (uint8_t)draw(27),
		    (uint16_t)draw(TICKET_NUMBER_MAX + 1));
		if (i % 4 == 3) { /* which the key of a pass always is */
			op.kind = FEED_PAS;
			op.admission.pass = (uint8_t)(0x80 | draw(8) << 4 |
			    draw(8));
		}
		return op;
	}
	op = put_op(seq, i);
	op.booking.status = (uint8_t)(1 + draw(BOOKING_REVOKED));
	op.booking.service = (uint8_t)(1 + draw(255));
	op.booking.birth = draw(UINT32_MAX);
	op.booking.masked_name[draw(MASKED_NAME_BYTES)] = '\0';
	return op;
}

enum { OPS = 499 };
static void test_equal_cursors_mean_equal_digests(void **state)
{
	static const size_t sizes[] = {1, 2, 7, 500};
	static struct feed_op ops[OPS];
	static struct feed_digest at[OPS + 1];

	(void)state;
	seed = 41;
	memset(&model, 0, sizeof(model));
	for (int i = 0; i < OPS; i++) {
		ops[i] = random_op(i + 1, KEYS);
		model_apply(&model, &ops[i]);
		at[i + 1] = model_digest(&model, DAY);
	}
	for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
		size_t step = sizes[k];

		assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
		for (size_t i = 0; i < OPS; i += step) {
			size_t n = i + step > OPS ? OPS - i : step;
			struct cache_feed s;
			struct feed_page p = {.office = OFFICE,
			    .day = DAY,
			    .epoch = EPOCH,
			    .from = (int64_t)i,
			    .to = (int64_t)(i + n),
			    .head = OPS,
			    .more = i + n < OPS,
			    .digest = at[OPS],
			    .ops = ops + i,
			    .n = n};

			assert_int_equal(apply(p), 0);
			s = state_of(DAY);
			assert_int_equal(s.at, p.to);
			assert_memory_equal(&s.digest, &at[p.to],
			    sizeof(s.digest));
		}
		assert_true(state_of(DAY).whole);
	}
}

/* A hub of one day: each row's newest op alone, as the protocol has it. */
enum { FEW = 12 };
struct hub {
	int64_t epoch, head;
	struct feed_op row[2 * FEW]; /* of bookings, then of admissions */
	struct model state;
};

static void hub_change(struct hub *h)
{
	struct feed_op op = random_op(++h->head, FEW);
	unsigned i = op.kind == FEED_ADM || op.kind == FEED_PAS
	    ? FEW + index_of(&op.admission.booking)
	    : index_of(&op.booking.hash);

	h->row[i] = op;
	model_apply(&h->state, &op);
}

static int by_seq(const void *a, const void *b)
{
	const struct feed_op *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static struct feed_page hub_page(const struct hub *h, int64_t after,
    size_t limit, struct feed_op ops[2 * FEW])
{
	struct feed_page p = {.office = OFFICE,
	    .day = DAY,
	    .epoch = h->epoch,
	    .from = after,
	    .head = h->head,
	    .digest = model_digest(&h->state, DAY),
	    .ops = ops};

	for (size_t i = 0; i < ARRAY_LEN(h->row); i++)
		if (h->row[i].seq > after)
			ops[p.n++] = h->row[i];
	qsort(ops, p.n, sizeof(*ops), by_seq);
	p.more = p.n > limit;
	if (p.more)
		p.n = limit;
	p.to = p.more ? ops[p.n - 1].seq : h->head;
	return p;
}

static void count_pass(void *ctx, const struct pass_move *m)
{
	int64_t *left = ctx;

	assert_int_equal(m->device, 17);
	--*left;
}

static void assert_shows(const struct model *m)
{
	int64_t rows = 0, passes = 0;

	for (unsigned i = 0; i < FEW; i++) {
		const struct row *row = &m->row[i];
		struct code_hash h = key(i);
		struct feed_admission a;
		struct booking b;
		struct feed_digest got = {{0}}, want = {{0}};

		rows += row->has;
		assert_int_equal(cache_find(c, &h, &b, &e),
		    row->has ? 0 : -ENOENT);
		assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e),
		    row->adm && row->admission.pass == 0 ? 0 : -ENOENT);
		if (row->has) {
			feed_add_booking(&got, &b);
			feed_add_booking(&want, &row->booking);
		}
		passes += row->adm && row->admission.pass != 0;
		if (row->adm && row->admission.pass == 0) {
			feed_add_admission(&got, OFFICE, DAY, &a);
			feed_add_admission(&want, OFFICE, DAY, &row->admission);
		}
		assert_memory_equal(&got, &want, sizeof(got));
	}
	assert_int_equal(count_day(DAY), rows);
	assert_int_equal(cache_pass_each(c, DAY, count_pass, &passes, &e), 0);
	assert_int_equal(passes, 0);
}

/* What the terminal ought to show; `mixed`: an update is half applied. */
struct expected {
	struct model shown;
	bool mixed, loading;
};

static void good_page(const struct hub *h, struct expected *x)
{
	struct feed_op ops[2 * FEW];
	struct cache_feed s = state_of(DAY);
	struct feed_page p = hub_page(h, s.at, 1 + draw(6), ops);

	assert_int_equal(apply(p), 0);
	if (!p.more) {
		x->shown = h->state;
		x->mixed = x->loading = false;
	} else if (!x->loading) {
		x->mixed = true;
	}
}

static void bad_page(const struct hub *h, struct expected *x)
{
	struct feed_op ops[2 * FEW];
	struct cache_feed s = state_of(DAY);
	struct feed_page p = hub_page(h, s.at, 1 + draw(6), ops);
	unsigned how = draw(4);

	if (how == 0 && !p.more) {
		p.digest.word[draw(FEED_DIGEST_WORDS)] ^= 1u << draw(32);
		assert_int_equal(apply(p), -EILSEQ);
		assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
		x->loading = true;
	} else if (how == 1 && s.at > 0) {
		p.epoch++;
		assert_int_equal(apply(p), -ESTALE);
	} else if (how == 2) {
		p.from++;
		p.to++;
		p.head++;
		assert_int_equal(apply(p),
		    p.n > 0 && p.ops[0].seq <= p.from ? -EINVAL : -ESTALE);
	} else if (p.n > 1) {
		struct feed_op swap = ops[0];

		ops[0] = ops[1];
		ops[1] = swap;
		assert_int_equal(apply(p), -EINVAL);
	}
}

static void run_seed(uint32_t start)
{
	static struct expected x;
	static struct hub h;

	seed = start;
	memset(&h, 0, sizeof(h));
	memset(&x, 0, sizeof(x));
	h.epoch = EPOCH;
	x.loading = true;
	assert_int_equal(cache_forget(c, &e), 0);
	for (int i = 0; i < 120; i++) {
		unsigned what = draw(20);

		if (what < 9) {
			hub_change(&h);
		} else if (what < 15) {
			good_page(&h, &x);
		} else if (what < 18) {
			bad_page(&h, &x);
		} else if (what == 18) {
			reopen();
		} else {
			h.epoch++;
			assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
			x.loading = true;
		}
		if (!x.mixed)
			assert_shows(&x.shown);
		assert_int_equal(state_of(DAY).whole, !x.loading);
	}
	do
		good_page(&h, &x);
	while (state_of(DAY).at < h.head || x.loading);
	assert_shows(&h.state);
}

static void test_random_feeds_show_what_the_hub_has(void **state)
{
	(void)state;
	for (uint32_t s = 1; s <= 16; s++)
		run_seed(s * 2654435761u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_equal_cursors_mean_equal_digests),
	    CASE(test_random_feeds_show_what_the_hub_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
