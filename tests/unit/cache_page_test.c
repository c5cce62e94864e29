/* Pages of a hub's feed that do not fit change nothing. */
#include "test_feed.h"

static void test_a_page_that_does_not_begin_where_we_are_is_stale(void **state)
{
	const struct feed_op six = put_op(6, 3), seven = put_op(7, 4),
			     first[] = {put_op(1, 0), put_op(2, 1),
				 put_op(4, 2), adm_op(5, 0, 1, 12)};
	struct feed_page page, replay, other, skip;
	struct dump before;

	(void)state;
	load_three();
	before = take_dump();
	model_apply(&model, &six);
	skip = page_of(6, 7, &seven, 1); /* the second before the first */
	assert_int_equal(apply(skip), -ESTALE);
	memset(&model, 0, sizeof(model));
	replay = page_of(0, 5, first, ARRAY_LEN(first));
	assert_int_equal(apply(replay), -ESTALE);
	page = page_of(5, 6, &six, 1);
	other = page;
	other.epoch = EPOCH + 1;
	assert_int_equal(apply(other), -ESTALE);
	other.epoch = EPOCH - 1;
	assert_int_equal(apply(other), -ESTALE);
	other = page;
	other.from = 4;
	assert_int_equal(apply(other), -ESTALE);
	assert_unchanged(before);
	sqlite3_free(before.ptr);
	assert_int_equal(apply(page), 0);
	before = take_dump();
	assert_int_equal(apply(page), -ESTALE);
	assert_int_equal(apply(replay), -ESTALE);
	assert_unchanged(before);
	sqlite3_free(before.ptr);
	assert_int_equal(apply(skip), 0);
	assert_int_equal(count(), 5);
}

static void test_a_page_of_a_day_not_begun_must_begin_it(void **state)
{
	const struct feed_op op = put_op(6, 3);
	struct dump before = take_dump();

	(void)state;
	memset(&model, 0, sizeof(model));
	assert_int_equal(apply(page_of(5, 6, &op, 1)), -ESTALE);
	assert_unchanged(before);
	sqlite3_free(before.ptr);
}

#define SPOIL(name, change) \
	static void name(struct feed_page *p, struct feed_op *ops) \
	{ \
		(void)p; \
		(void)ops; \
		change; \
	}
SPOIL(epoch_none, p->epoch = 0)
SPOIL(epoch_below, p->epoch = -1)
SPOIL(day_none, {
	p->day = 0;
	ops[0].booking.day = ops[1].booking.day = 0;
})
SPOIL(day_below, {
	p->day = -DAY;
	ops[0].booking.day = ops[1].booking.day = -DAY;
})
SPOIL(office_none, p->office = 0)
SPOIL(from_below, p->from = -1)
SPOIL(to_below_from, p->to = p->head = 4)
SPOIL(head_below_to, p->head = 8)
SPOIL(more_at_head, p->more = true)
SPOIL(none_more_below_head, p->head = 10)
SPOIL(more_and_no_step, {
	p->to = p->from;
	p->n = 0;
	p->more = true;
})
SPOIL(seq_at_from, ops[0].seq = 5)
SPOIL(seq_twice, ops[1].seq = 6)
SPOIL(seq_back, {
	ops[0].seq = 7;
	ops[1].seq = 6;
})
SPOIL(seq_beyond, ops[3].seq = 10)
SPOIL(kind_unset, ops[0].kind = FEED_UNSET)
SPOIL(kind_unknown, ops[0].kind = (enum feed_op_kind)(FEED_ADM + 1))
SPOIL(other_day, ops[0].booking.day = DAY + 1)
SPOIL(other_office, ops[0].booking.office = OFFICE + 1)
SPOIL(no_service, ops[0].booking.service = 0)
SPOIL(companions, ops[0].booking.companions = 8)
SPOIL(start_below, ops[0].booking.start_min = -1)
SPOIL(end_at_start, ops[0].booking.end_min = 540)
SPOIL(end_beyond, ops[0].booking.end_min = 1441)
SPOIL(class_unset, ops[0].booking.booking_class = CLASS_UNSET)
SPOIL(class_beyond, ops[0].booking.booking_class = CLASS_STANDBY + 1)
SPOIL(status_unset, ops[0].booking.status = BOOKING_UNSET)
SPOIL(status_beyond, ops[0].booking.status = BOOKING_REVOKED + 1)
SPOIL(permit_below, ops[0].booking.permit_expires_day = -1)
SPOIL(name_endless, memset(ops[0].booking.masked_name, 'x', MASKED_NAME_BYTES))
SPOIL(second_bad, ops[1].booking.status = BOOKING_UNSET)
SPOIL(letter_beyond, ops[3].admission.letter = 27)
SPOIL(number_beyond, ops[3].admission.number = TICKET_NUMBER_MAX + 1)
SPOIL(device_none, ops[3].admission.device = 0)

static void test_what_no_hub_says_changes_nothing(void **state)
{
	static const struct {
		const char *what;
		void (*spoil)(struct feed_page *p, struct feed_op *ops);
	} bad[] = {
	    {"epoch 0", epoch_none},
	    {"epoch -1", epoch_below},
	    {"day 0", day_none},
	    {"day below 0", day_below},
	    {"office 0", office_none},
	    {"from -1", from_below},
	    {"to below from", to_below_from},
	    {"head below to", head_below_to},
	    {"more at the head", more_at_head},
	    {"no more below the head", none_more_below_head},
	    {"more without a step", more_and_no_step},
	    {"seq at from", seq_at_from},
	    {"seq twice", seq_twice},
	    {"seq goes back", seq_back},
	    {"seq beyond to", seq_beyond},
	    {"an op of no kind", kind_unset},
	    {"an op of an unknown kind", kind_unknown},
	    {"a booking of another day", other_day},
	    {"a booking of another office", other_office},
	    {"service 0", no_service},
	    {"8 companions", companions},
	    {"start -1", start_below},
	    {"end at start", end_at_start},
	    {"end 1441", end_beyond},
	    {"class 0", class_unset},
	    {"class 5", class_beyond},
	    {"status 0", status_unset},
	    {"status 6", status_beyond},
	    {"permit before 1970", permit_below},
	    {"a name without an end", name_endless},
	    {"the second op is bad", second_bad},
	    {"letter 27", letter_beyond},
	    {"number 2048", number_beyond},
	    {"device 0", device_none},
	};
	const struct feed_op good[] = {put_op(6, 3), put_op(7, 1), del_op(8, 2),
	    adm_op(9, 1, 26, TICKET_NUMBER_MAX)};
	struct feed_op ops[ARRAY_LEN(good)];
	struct feed_page page, p;
	struct dump before;

	(void)state;
	load_three();
	before = take_dump();
	page = page_of(5, 9, good, ARRAY_LEN(good));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		memcpy(ops, good, sizeof(ops));
		p = page;
		p.ops = ops;
		bad[i].spoil(&p, ops);
		if (apply(p) != -EINVAL)
			fail_msg("%s was taken", bad[i].what);
		assert_unchanged(before);
	}
	sqlite3_free(before.ptr);
	/* Without any of it the same page is good. */
	assert_int_equal(apply(page), 0);
}

static void test_a_feed_waits_for_an_import(void **state)
{
	const struct feed_op op = put_op(6, 3);
	static struct roster r;
	struct booking b = booking_of(9);
	struct feed_page p;
	int64_t gone;

	(void)state;
	load_three();
	p = page_of(5, 6, &op, 1);
	for (int written = 0; written < 2; written++) {
		assert_int_equal(cache_import_begin(c, &e), 0);
		assert_int_equal(cache_import_put(c, &b, &e), 0);
		for (int i = 0; i < 2 * written; i++)
			assert_true(cache_import_write(c, 1, &e) >= 0);
		assert_int_equal(apply(p), -EBUSY);
		assert_int_equal(cache_feed_restart(c, DAY, &e), -EBUSY);
		assert_int_equal(cache_set_roster(c, &r, &e), -EBUSY);
		assert_int_equal(cache_purge(c, 1, &gone, &e), -EBUSY);
		assert_int_equal(find(9), -ENOENT);
		assert_int_equal(cache_import_commit(c, NOW, &e), 0);
		assert_int_equal(number("SELECT count(*) FROM booking"), 1);
	}
	assert_int_equal(state_of(DAY).at, 5);
	assert_int_equal(apply(p), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_a_page_that_does_not_begin_where_we_are_is_stale),
	    CASE(test_a_page_of_a_day_not_begun_must_begin_it),
	    CASE(test_what_no_hub_says_changes_nothing),
	    CASE(test_a_feed_waits_for_an_import),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
