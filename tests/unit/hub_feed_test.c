/* The feed: what a terminal holds after it is what the hub holds. */
#include "test_hub_feed.h"

static struct client k1, k2, far, channel;

static int make_kiosks(void **state)
{
	int r = make_hub(state);

	if (r != 0)
		return r;
	k1 = enrolled(OFFICE, "kiosk", "kiosk-1");
	k2 = enrolled(OFFICE, "kiosk", "kiosk-2");
	far = enrolled(OTHER_OFFICE, "kiosk", "kiosk-1");
	channel = enrolled(OFFICE, "channel", "web");
	view_reset(&view);
	return 0;
}

static void book_many(unsigned from, unsigned to)
{
	char code[16];

	for (unsigned i = from; i < to; i++) {
		snprintf(code, sizeof(code), "CODE%04u", i);
		book(&channel, code, DAY, "confirmed");
	}
}

static void walk_in(const char *op, unsigned i)
{
	begin();
	put_admit(&batch, op, hash_of(i), WALK_IN);
	send(&k1);
}

static void test_an_empty_day_has_an_epoch_and_a_digest_of_zeros(void **state)
{
	(void)state;
	assert_int_equal(get_feed(&k1, 0, 0, ""), 200);
	assert_string_equal(answer.kind, "feed");
	assert_true(number_of(reply, "epoch") >= 1);
	assert_true(number_of(reply, "epoch") < INT64_C(1) << 53);
	assert_int_equal(number_of(reply, "head"), 0);
	assert_int_equal(number_of(reply, "to"), 0);
	assert_int_equal(number_of(reply, "office"), OFFICE);
	assert_string_equal(text_of(reply, "day"), DAY);
	assert_true(json_is_false(json_object_get(reply, "more")));
	assert_string_equal(text_of(reply, "digest"),
	    "00000000000000000000000000000000"
	    "00000000000000000000000000000000");
	/* Version 1, three devices of this office. */
	assert_int_equal(number_of(reply, "roster"), 4);
	/* The epoch stays. */
	view.epoch = number_of(reply, "epoch");
	assert_int_equal(get_feed(&k2, view.epoch, 0, ""), 200);
	assert_int_equal(number_of(reply, "epoch"), view.epoch);
}

static void test_a_row_of_each_kind_has_its_fields(void **state)
{
	char body[512], hash[33], gone[64] = "/v1/bookings/";
	const json_t *ops, *row;

	(void)state;
	snprintf(body, sizeof(body),
	    "{\"bookings\": [{\"code\": \"AB-12 cd\", \"service\": 7, "
	    "\"date\": \"" DAY "\", \"start\": \"09:00\", \"end\": \"09:15\", "
	    "\"class\": \"priority\", \"name\": \"Siti Wahyuni\", "
	    "\"birth_date\": \"1990-02-28\", \"permit_expires\": "
	    "\"2027-01-01\", \"companions\": 2}]}");
	assert_int_equal(ask(&channel, "POST", "/v1/bookings", body), 200);
	hash_of_code(OFFICE, "AB12CD", hash);
	begin();
	put_done(&batch, op_of(1), hash, PRIORITY, 'C', 2047);
	send(&k1);
	book(&channel, "GONE0001", DAY, "confirmed");
	hash_of_code(OFFICE, "GONE0001", gone + 13);
	assert_int_equal(ask(&channel, "DELETE", gone, ""), 200);
	assert_int_equal(get_feed(&k1, 0, 0, ""), 200);
	ops = json_object_get(reply, "ops");
	assert_int_equal(json_array_size(ops), 3);
	row = json_array_get(ops, 0);
	assert_int_equal(json_number(row, 0), 1);
	assert_string_equal(json_text(row, 1), "put");
	assert_string_equal(json_text(row, 2), hash);
	assert_int_equal(json_number(row, 3), 540);
	assert_int_equal(json_number(row, 4), 555);
	assert_int_equal(json_number(row, 5), 7);
	assert_int_equal(json_number(row, 6), 2);
	assert_int_equal(json_number(row, 7), 1);
	assert_int_equal(json_number(row, 8), 2);
	assert_int_equal(strlen(json_text(row, 9)), 16);
	/* 2027-01-01 is 36 days after DAY. */
	assert_int_equal(json_number(row, 10), DAY_N + 36);
	assert_int_equal(json_number(row, 11), NOW);
	assert_string_equal(json_text(row, 12), "S*** W******");
	row = json_array_get(ops, 1);
	assert_int_equal(json_number(row, 0), 2);
	assert_string_equal(json_text(row, 1), "adm");
	assert_string_equal(json_text(row, 2), hash);
	assert_string_equal(json_text(row, 3), op_of(1));
	assert_int_equal(json_number(row, 4), k1.device);
	assert_string_equal(json_text(row, 5), "C");
	assert_int_equal(json_number(row, 6), 2047);
	assert_int_equal(json_number(row, 7), 1795651260);
	/* put was 3, and is gone. */
	row = json_array_get(ops, 2);
	assert_int_equal(json_number(row, 0), 4);
	assert_string_equal(json_text(row, 1), "del");
	assert_string_equal(json_text(row, 2), gone + 13);
	assert_int_equal(json_array_size(row), 3);
	assert_true(view_take(&view));
}

static void test_every_page_size_gives_the_same_state(void **state)
{
	static const int limits[] = {1, 2, 7, 500, 5000};

	(void)state;
	book_many(0, 20);
	for (unsigned i = 0; i < 10; i++)
		walk_in(op_of(i), i);
	book_many(5, 15);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		view_reset(&view);
		view_sync(&view, &k1, limits[i]);
		assert_int_equal(view.n, 30);
	}
	assert_int_equal(get_feed(&k1, 0, 0, "&limit=0"), 400);
	assert_int_equal(get_feed(&k1, 0, 0, "&limit=5001"), 400);
}

static void test_a_row_that_changes_comes_again_at_the_end(void **state)
{
	char path[64] = "/v1/bookings/";

	(void)state;
	book_many(0, 3);
	view_sync(&view, &k1, 500);
	assert_int_equal(view.after, 3);
	hash_of_code(OFFICE, "CODE0001", path + 13);
	assert_int_equal(
	    ask(&channel, "PATCH", path, "{\"status\": \"cancelled\"}"), 200);
	assert_int_equal(get_feed(&k1, view.epoch, 3, ""), 200);
	assert_int_equal(json_array_size(json_object_get(reply, "ops")), 1);
	assert_true(view_take(&view));
	assert_int_equal(view.n, 3);
	assert_int_equal(view.after, 4);
	/* From the start, the old row is not there. */
	assert_int_equal(get_feed(&k2, 0, 0, ""), 200);
	assert_int_equal(json_array_size(json_object_get(reply, "ops")), 3);
}

static void test_an_admission_that_is_told_comes_again(void **state)
{
	(void)state;
	walk_in(op_of(1), 1);
	view_sync(&view, &k1, 500);
	assert_int_equal(view.row[0].admission.number, 0);
	begin();
	put_done(&batch, op_of(1), hash_of(1), WALK_IN, 'B', 9);
	send(&k1);
	view_sync(&view, &k1, 500);
	assert_int_equal(view.n, 1);
	assert_int_equal(view.row[0].admission.number, 9);
	assert_int_equal(view.row[0].admission.letter, 2);
	assert_int_equal(view.after, 2);
}

static void test_a_cursor_of_another_epoch_is_409(void **state)
{
	int64_t epoch;

	(void)state;
	walk_in(op_of(1), 1);
	view_sync(&view, &k1, 500);
	epoch = view.epoch;
	/* An administrator tells of a restore. */
	assert_int_equal(hub_restored(h, db, now_s, &e), 0);
	assert_int_equal(get_feed(&k1, epoch, 1, ""), 409);
	assert_error(409, "epoch");
	assert_int_not_equal(number_of(reply, "epoch"), epoch);
	assert_int_equal(number_of(reply, "head"), 1);
	epoch = number_of(reply, "epoch");
	view_reset(&view);
	assert_int_equal(get_feed(&k1, epoch, 0, ""), 200);
	assert_true(view_take(&view));
}

static void test_a_cursor_beyond_the_head_draws_a_new_epoch(void **state)
{
	int64_t epoch;

	(void)state;
	walk_in(op_of(1), 1);
	view_sync(&view, &k1, 500);
	epoch = view.epoch;
	assert_int_equal(get_feed(&k1, epoch, 2, ""), 409);
	assert_error(409, "epoch");
	assert_int_not_equal(number_of(reply, "epoch"), epoch);
	epoch = number_of(reply, "epoch");
	/* Drawn once: the old cursor is 409 with that epoch. */
	assert_int_equal(get_feed(&k2, view.epoch, 1, ""), 409);
	assert_int_equal(number_of(reply, "epoch"), epoch);
	/* No numbers are granted on that day any more. */
	begin();
	numbers(op_of(2), 'A', 5);
	batch.day = "2026-11-25";
	numbers(op_of(3), 'A', 5);
	send(&k1);
	assert_string_equal(word(0), "granted");
	assert_int_equal(number_of(result(0), "first"), 0);
	assert_int_equal(number_of(result(0), "last"), 0);
	assert_int_equal(number_of(result(1), "first"), 1);
}

static void test_a_day_that_was_lost_grants_no_numbers(void **state)
{
	int64_t epoch;

	(void)state;
	/* The hub has no such day; the device knows it. */
	assert_int_equal(get_feed(&k1, 4711, 20, ""), 409);
	epoch = number_of(reply, "epoch");
	assert_int_not_equal(epoch, 4711);
	assert_int_equal(get_feed(&k1, epoch, 0, ""), 200);
	begin();
	numbers(op_of(2), 'A', 5);
	send(&k1);
	assert_int_equal(number_of(result(0), "first"), 0);
}

static void test_queries_that_are_no_good_are_400(void **state)
{
	static const char *const queries[] = {"", "?", "?office=4102",
	    "?office=4102&day=" DAY, "?office=4102&day=" DAY "&epoch=0",
	    "?office=4102&day=2026-11-31&epoch=0&after=0",
	    "?office=4102&day=" DAY "&epoch=-1&after=0",
	    "?office=4102&day=" DAY "&epoch=0&after=1",
	    "?office=4102&day=" DAY "&epoch=9007199254740992&after=0",
	    "?office=4102&day=" DAY "&epoch=0&after=0&wait=61",
	    "?office=4102&day=" DAY "&epoch=0&after=0&epoch=0",
	    "?office=0&day=" DAY "&epoch=0&after=0",
	    "?office=4102&day=%32%30&epoch=0&after=0"};
	char path[160];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
		snprintf(path, sizeof(path), "/v1/feed%s", queries[i]);
		assert_int_equal(ask(&k1, "GET", path, ""), 400);
		assert_error(400, "bad_request");
	}
	assert_int_equal(get_feed(&k1, 0, 0, "&colour=blue&x"), 200);
}

static void test_an_etag_that_fits_is_304_with_nothing(void **state)
{
	char etag[HUB_ETAG], path[160];

	(void)state;
	walk_in(op_of(1), 1);
	view_sync(&view, &k1, 500);
	snprintf(etag, sizeof(etag), "\"%lld.1.4\"", (long long)view.epoch);
	assert_string_equal(answer.etag, etag);
	snprintf(path, sizeof(path),
	    "/v1/feed?office=4102&day=" DAY "&epoch=%lld&after=1",
	    (long long)view.epoch);
	assert_int_equal(
	    send_by(db, &k1, ++k1.counter, "GET", path, str_from(""), etag),
	    304);
	assert_int_equal(answer.len, 0);
	assert_string_equal(answer.kind, "feed");
	assert_string_equal(answer.etag, etag);
	/* A cursor that is behind gets its rows all the same. */
	path[strlen(path) - 1] = '0';
	assert_int_equal(
	    send_by(db, &k1, ++k1.counter, "GET", path, str_from(""), etag),
	    200);
	path[strlen(path) - 1] = '1';
	enrolled(OFFICE, "gate", "gate-1");
	assert_int_equal(
	    send_by(db, &k1, ++k1.counter, "GET", path, str_from(""), etag),
	    200);
	assert_int_equal(number_of(reply, "roster"), 5);
}

/* Asks again for the poll that was kept. */
static int poll_again(const struct hub_poll *p, const struct client *c,
    bool expired)
{
	forget();
	hub_poll(h, db, p, expired, &answer);
	if (answer.status != 0)
		check_signature(c, p->counter);
	keep_reply();
	return answer.status;
}

static void test_a_poll_waits_until_there_is_something(void **state)
{
	struct hub_poll p;

	(void)state;
	walk_in(op_of(1), 1);
	view_sync(&view, &k1, 500);
	assert_int_equal(get_feed(&k1, view.epoch, 1, "&wait=60"), 0);
	p = answer.poll;
	assert_int_equal(p.office, OFFICE);
	assert_int_equal(p.day, DAY_N);
	assert_int_equal(p.wait_s, 60);
	assert_int_equal(p.counter, k1.counter);
	assert_int_equal(poll_again(&p, &k1, false), 0);
	/* Another day is not this day. */
	begin();
	batch.day = "2026-11-27";
	put_admit(&batch, op_of(2), hash_of(1), WALK_IN);
	send(&k2);
	assert_int_equal(poll_again(&p, &k1, false), 0);
	walk_in(op_of(3), 2);
	assert_int_equal(poll_again(&p, &k1, false), 200);
	assert_true(view_take(&view));
	assert_int_equal(view.n, 2);
}

static void test_a_poll_that_expires_is_answered(void **state)
{
	struct hub_poll p;
	char path[160];

	(void)state;
	walk_in(op_of(1), 1);
	view_sync(&view, &k1, 500);
	assert_int_equal(get_feed(&k1, view.epoch, 1, "&wait=5"), 0);
	p = answer.poll;
	assert_int_equal(poll_again(&p, &k1, true), 200);
	assert_int_equal(json_array_size(json_object_get(reply, "ops")), 0);
	snprintf(path, sizeof(path),
	    "/v1/feed?office=4102&day=" DAY "&epoch=%lld&after=1&wait=5",
	    (long long)view.epoch);
	assert_int_equal(send_by(db, &k1, ++k1.counter, "GET", path,
			     str_from(""), p.if_none_match),
	    0);
	snprintf(p.if_none_match, sizeof(p.if_none_match), "\"%lld.1.4\"",
	    (long long)view.epoch);
	assert_int_equal(poll_again(&p, &k1, true), 304);
	assert_int_equal(answer.len, 0);
}

static void test_a_poll_with_nothing_to_wait_for_is_answered(void **state)
{
	(void)state;
	/* Without an epoch there is one to be told. */
	assert_int_equal(get_feed(&k1, 0, 0, "&wait=60"), 200);
	walk_in(op_of(1), 1);
	assert_int_equal(get_feed(&k1, 0, 0, "&wait=60"), 200);
	/* An etag that is of another roster: that is news too. */
	view_sync(&view, &k1, 500);
	{
		char path[160];

		snprintf(path, sizeof(path),
		    "/v1/feed?office=4102&day=" DAY
		    "&epoch=%lld&after=1&wait=60",
		    (long long)view.epoch);
		assert_int_equal(send_by(db, &k1, ++k1.counter, "GET", path,
				     str_from(""), "\"1.1.1\""),
		    200);
	}
}

static void test_a_closed_device_loses_its_poll(void **state)
{
	struct hub_poll p;

	(void)state;
	walk_in(op_of(1), 1);
	view_sync(&view, &k1, 500);
	assert_int_equal(get_feed(&k1, view.epoch, 1, "&wait=60"), 0);
	p = answer.poll;
	assert_int_equal(hub_revoke(h, db, OFFICE, "kiosk-1", now_s, &e), 0);
	assert_int_equal(poll_again(&p, &k1, false), 403);
	assert_error(403, "revoked");
}

static void test_a_poll_hears_of_a_new_epoch(void **state)
{
	struct hub_poll p;

	(void)state;
	walk_in(op_of(1), 1);
	view_sync(&view, &k1, 500);
	assert_int_equal(get_feed(&k1, view.epoch, 1, "&wait=60"), 0);
	p = answer.poll;
	told_n = 0;
	assert_int_equal(hub_restored(h, db, now_s, &e), 0);
	assert_true(told_n >= 1);
	assert_int_equal(poll_again(&p, &k1, false), 409);
	assert_error(409, "epoch");
}

static void test_another_office_is_no_office(void **state)
{
	(void)state;
	walk_in(op_of(1), 1);
	assert_int_equal(ask(&far, "GET",
			     "/v1/feed?office=4102&day=" DAY "&epoch=0&after=0",
			     ""),
	    403);
	assert_error(403, "other_office");
	assert_int_equal(ask(&far, "GET",
			     "/v1/feed?office=77&day=" DAY "&epoch=0&after=0",
			     ""),
	    200);
	assert_int_equal(number_of(reply, "head"), 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, make_kiosks, remove_hub)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_an_empty_day_has_an_epoch_and_a_digest_of_zeros),
	    T(test_a_row_of_each_kind_has_its_fields),
	    T(test_every_page_size_gives_the_same_state),
	    T(test_a_row_that_changes_comes_again_at_the_end),
	    T(test_an_admission_that_is_told_comes_again),
	    T(test_a_cursor_of_another_epoch_is_409),
	    T(test_a_cursor_beyond_the_head_draws_a_new_epoch),
	    T(test_a_day_that_was_lost_grants_no_numbers),
	    T(test_queries_that_are_no_good_are_400),
	    T(test_an_etag_that_fits_is_304_with_nothing),
	    T(test_a_poll_waits_until_there_is_something),
	    T(test_a_poll_that_expires_is_answered),
	    T(test_a_poll_with_nothing_to_wait_for_is_answered),
	    T(test_a_closed_device_loses_its_poll),
	    T(test_a_poll_hears_of_a_new_epoch),
	    T(test_another_office_is_no_office),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
