/* Numbers and allowances; days after a restore; what people read. */
#include "test_hub_feed.h"

static struct client k1, k2, channel;

static int make_kiosks(void **state)
{
	int r = make_hub(state);

	if (r != 0)
		return r;
	k1 = enrolled(OFFICE, "kiosk", "kiosk-1");
	k2 = enrolled(OFFICE, "kiosk", "kiosk-2");
	channel = enrolled(OFFICE, "channel", "web");
	view_reset(&view);
	return 0;
}

static void assert_granted(size_t i, int64_t first, int64_t last)
{
	assert_string_equal(word(i), "granted");
	assert_int_equal(number_of(result(i), "first"), first);
	assert_int_equal(number_of(result(i), "last"), last);
}

static void set_pool(int service, int quota)
{
	struct hub_slot s = {OFFICE, DAY_N, (uint8_t)service, 3, 0, 0, quota};

	assert_int_equal(hub_slot_set(h, db, &s, &e), 0);
}

static void test_numbers_of_a_letter_go_on_and_never_repeat(void **state)
{
	(void)state;
	begin();
	numbers(op_of(1), 'A', 20);
	numbers(op_of(2), 'A', 20);
	numbers(op_of(3), 'R', 1);
	send(&k1);
	assert_granted(0, 1, 20);
	assert_granted(1, 21, 40);
	assert_granted(2, 1, 1);
	begin();
	numbers(op_of(4), 'A', 100);
	send(&k2);
	assert_granted(0, 41, 140);
	/* The answer of an op is the same for ever. */
	begin();
	numbers(op_of(2), 'A', 20);
	numbers(op_of(2), 'A', 5);
	send(&k1);
	assert_granted(0, 21, 40);
	assert_granted(1, 21, 40);
	/* Another day starts anew, but not before it has begun. */
	begin();
	batch.day = "2026-11-27";
	numbers(op_of(5), 'A', 3);
	send(&k1);
	assert_granted(0, 0, 0);
	now_s += 86400;
	begin();
	batch.day = "2026-11-27";
	numbers(op_of(6), 'A', 3);
	send(&k1);
	assert_granted(0, 1, 3);
}

static void test_numbers_end_at_2047(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < 20; i++)
		numbers(op_of(i), 'A', 100);
	send(&k1);
	assert_granted(19, 1901, 2000);
	begin();
	numbers(op_of(20), 'A', 46);
	numbers(op_of(21), 'A', 100);
	numbers(op_of(22), 'A', 1);
	send(&k1);
	assert_granted(0, 2001, 2046);
	assert_granted(1, 2047, 2047);
	assert_granted(2, 0, 0);
}

static void test_a_number_that_was_used_is_not_granted(void **state)
{
	(void)state;
	begin();
	put_done(&batch, op_of(1), hash_of(1), WALK_IN, 'A', 57);
	put_done(&batch, op_of(2), hash_of(2), WALK_IN, 'T', 90);
	numbers(op_of(3), 'A', 2);
	send(&k1);
	assert_granted(2, 58, 59);
}

static void test_allowances_never_pass_the_quota(void **state)
{
	(void)state;
	set_pool(1, 8);
	set_pool(2, 0);
	begin();
	allowance(op_of(1), 1, 5);
	allowance(op_of(2), 2, 5);
	allowance(op_of(3), 3, 5);
	send(&k1);
	assert_string_equal(word(0), "granted");
	assert_int_equal(number_of(result(0), "count"), 5);
	assert_int_equal(number_of(result(1), "count"), 0);
	assert_int_equal(number_of(result(2), "count"), 0);
	begin();
	allowance(op_of(4), 1, 5);
	allowance(op_of(5), 1, 5);
	allowance(op_of(1), 1, 5);
	send(&k2);
	assert_int_equal(number_of(result(0), "count"), 3);
	assert_int_equal(number_of(result(1), "count"), 0);
	assert_string_equal(word(2), "bad");
	/* A quota that is raised gives more; lowered it takes nothing back. */
	set_pool(1, 9);
	begin();
	allowance(op_of(6), 1, 5);
	send(&k1);
	assert_int_equal(number_of(result(0), "count"), 1);
	set_pool(1, 2);
	begin();
	allowance(op_of(7), 1, 5);
	allowance(op_of(6), 1, 5);
	send(&k1);
	assert_int_equal(number_of(result(0), "count"), 0);
	assert_int_equal(number_of(result(1), "count"), 1);
}

static void test_a_claim_that_knows_more_than_the_hub_draws_anew(void **state)
{
	char at[128];
	int64_t epoch;

	(void)state;
	set_pool(1, 8);
	assert_int_equal(get_feed(&k1, 0, 0, ""), 200);
	epoch = number_of(reply, "epoch");
	/* Equal to the head is no more than the hub knows. */
	snprintf(at, sizeof(at),
	    "{\"day\": \"" DAY "\", \"epoch\": %lld, \"after\": 0}",
	    (long long)epoch);
	begin();
	numbers(op_of(1), 'A', 2);
	assert_int_equal(send_at(&k1, at), 200);
	assert_granted(0, 1, 2);
	at[strlen(at) - 2] = '9';
	begin();
	numbers(op_of(2), 'A', 2);
	allowance(op_of(3), 1, 2);
	put_admit(&batch, op_of(4), hash_of(1), WALK_IN);
	assert_int_equal(send_at(&k1, at), 200);
	assert_granted(0, 0, 0);
	assert_int_equal(number_of(result(1), "count"), 0);
	assert_string_equal(word(2), "admitted");
	assert_int_equal(get_feed(&k1, epoch, 0, ""), 409);
	assert_int_not_equal(number_of(reply, "epoch"), epoch);
	/* What was granted before is as it was. */
	begin();
	numbers(op_of(1), 'A', 2);
	send(&k1);
	assert_granted(0, 1, 2);
}

static void test_a_claim_of_an_epoch_the_hub_forgot_stops_numbers(void **state)
{
	(void)state;
	begin();
	numbers(op_of(1), 'A', 2);
	send(&k1);
	assert_granted(0, 1, 2);
	begin();
	numbers(op_of(2), 'A', 2);
	assert_int_equal(send_at(&k2,
			     "{\"day\": \"" DAY
			     "\", \"epoch\": 4711, \"after\": 0}"),
	    200);
	assert_granted(0, 0, 0);
}

static void test_after_a_restore_begun_days_grant_nothing(void **state)
{
	static const char *const days[] = {"2026-11-25", DAY, "2026-11-27",
	    "2026-11-28"};

	(void)state;
	/* One begun; the others have no bucket yet. */
	begin();
	numbers(op_of(1), 'A', 2);
	send(&k1);
	assert_int_equal(hub_restored(h, db, now_s, &e), 0);
	begin();
	for (unsigned i = 0; i < ARRAY_LEN(days); i++) {
		batch.day = days[i];
		numbers(op_of(10 + i), 'A', 2);
	}
	send(&k1);
	assert_granted(0, 0, 0);
	assert_granted(1, 0, 0);
	assert_granted(2, 0, 0); /* they have not begun */
	assert_granted(3, 0, 0);
	now_s += 86400;
	begin();
	batch.day = days[2];
	numbers(op_of(20), 'A', 2);
	send(&k1);
	assert_granted(0, 1, 2);
}

static void test_a_day_to_come_whose_epoch_changed_still_grants(void **state)
{
	char at[128];
	int64_t epoch;

	(void)state;
	assert_int_equal(ask(&k1, "GET",
			     "/v1/feed?office=4102&day=2026-11-27"
			     "&epoch=0&after=0",
			     ""),
	    200);
	epoch = number_of(reply, "epoch");
	assert_int_equal(hub_restored(h, db, now_s, &e), 0);
	/* The device's epoch is an old one of this very hub. */
	snprintf(at, sizeof(at),
	    "{\"day\": \"2026-11-27\", \"epoch\": %lld, \"after\": 0}",
	    (long long)epoch);
	now_s += 86400;
	begin();
	batch.day = "2026-11-27";
	numbers(op_of(1), 'A', 2);
	assert_int_equal(send_at(&k1, at), 200);
	assert_granted(0, 1, 2);
}

/* The store is copied, or taken back from the copy; the hub is closed. */
static void copy_store(bool back)
{
	char cmd[STORE_TEXT + 192];

	hub_db_close(db);
	db = NULL;
	if (!on_postgres()) {
		snprintf(cmd, sizeof(cmd), "cp %s/%s.db %s/%s.db", dir,
		    back ? "backup" : "hub", dir, back ? "hub" : "backup");
	} else if (back) {
		snprintf(cmd, sizeof(cmd),
		    "SET client_min_messages = warning; "
		    "DROP SCHEMA \"%s\" CASCADE",
		    schema);
		postgres_exec(cmd);
		snprintf(cmd, sizeof(cmd),
		    "psql -q -o /dev/null -d '%s' <%s/backup.sql",
		    store_given() + 9, dir);
	} else {
		snprintf(cmd, sizeof(cmd),
		    "pg_dump -d '%s' -n '\"%s\"' >%s/backup.sql",
		    store_given() + 9, schema, dir);
	}
	assert_int_equal(system(cmd), 0);
	db = open_store();
}

static void test_claims_sent_again_after_a_restore_are_the_same(void **state)
{
	(void)state;
	begin();
	put_done(&batch, op_of(1), hash_of(1), WALK_IN, 'A', 1);
	send(&k1);
	view_sync(&view, &k1, 500);
	/* Yesterday's backup, after which another one was admitted. */
	copy_store(false);
	begin();
	put_done(&batch, op_of(2), hash_of(2), WALK_IN, 'A', 2);
	send(&k1);
	view_sync(&view, &k1, 500);
	assert_int_equal(view.after, 2);
	copy_store(true);
	assert_int_equal(get_feed(&k1, view.epoch, 2, ""), 409);
	assert_error(409, "epoch");
	/* The device starts over and tells its day again. */
	begin();
	put_done(&batch, op_of(1), hash_of(1), WALK_IN, 'A', 1);
	put_done(&batch, op_of(2), hash_of(2), WALK_IN, 'A', 2);
	numbers(op_of(3), 'A', 5);
	send(&k1);
	assert_string_equal(word(0), "admitted");
	assert_string_equal(word(1), "admitted");
	assert_granted(2, 0, 0);
	view_reset(&view);
	view_sync(&view, &k1, 500);
	assert_int_equal(view.n, 2);
}

static void test_reports_name_devices_and_count_a_day(void **state)
{
	char *text = NULL;
	json_t *o;
	const json_t *d;

	(void)state;
	book(&channel, "CODE0001", DAY, "confirmed");
	book(&channel, "CODE0002", DAY, "confirmed");
	book(&channel, "CODE0003", DAY, "cancelled");
	begin();
	put_admit(&batch, op_of(1), hash_of(1), WALK_IN);
	put_done(&batch, op_of(2), hash_of(2), WALK_IN, 'A', 1);
	put_done(&batch, op_of(3), hash_of(2), WALK_IN, 'A', 2);
	send(&k1);
	assert_int_equal(hub_report_day(h, db, OFFICE, DAY_N, &text, &e), 0);
	o = json_loads(text, 0, NULL);
	free(text);
	assert_non_null(o);
	assert_string_equal(text_of(o, "day"), DAY);
	assert_string_equal(text_of(o, "name"), "Kantor");
	assert_int_equal(number_of(json_object_get(o, "bookings"), "confirmed"),
	    2);
	assert_int_equal(number_of(json_object_get(o, "bookings"), "cancelled"),
	    1);
	assert_int_equal(number_of(o, "admitted"), 2);
	assert_int_equal(number_of(o, "told"), 1);
	assert_int_equal(json_array_size(json_object_get(o, "doubles")), 1);
	json_decref(o);
	assert_int_equal(hub_revoke(h, db, OFFICE, "kiosk-2", now_s, &e), 0);
	assert_int_equal(hub_report_devices(h, db, OFFICE, &text, &e), 0);
	o = json_loads(text, 0, NULL);
	free(text);
	assert_int_equal(json_array_size(json_object_get(o, "devices")), 3);
	d = json_array_get(json_object_get(o, "devices"), 1);
	assert_string_equal(text_of(d, "name"), "kiosk-2");
	assert_string_equal(text_of(d, "role"), "kiosk");
	assert_int_equal(number_of(d, "closed"), NOW);
	assert_true(json_is_false(json_object_get(d, "live")));
	d = json_array_get(json_object_get(o, "devices"), 2);
	assert_string_equal(text_of(d, "role"), "channel");
	assert_int_equal(number_of(d, "heard"), NOW);
	json_decref(o);
	assert_int_equal(hub_report_devices(h, db, 9, &text, &e), -ENOENT);
	assert_null(text);
	assert_int_equal(hub_report_day(h, db, 9, DAY_N, &text, &e), -ENOENT);
}

static void test_gauges_count_what_is_there(void **state)
{
	struct hub_gauges g;

	(void)state;
	book(&channel, "CODE0001", DAY, "confirmed");
	begin();
	put_done(&batch, op_of(2), hash_of(2), WALK_IN, 'A', 1);
	put_done(&batch, op_of(3), hash_of(2), WALK_IN, 'A', 2);
	send(&k1);
	assert_int_equal(hub_gauges(h, db, &g, &e), 0);
	assert_int_equal(g.offices, 2);
	assert_int_equal(g.devices, 3);
	assert_int_equal(g.bookings, 1);
	assert_int_equal(g.admissions, 1);
	assert_int_equal(g.doubles, 1);
}

#define T(test) cmocka_unit_test_setup_teardown(test, make_kiosks, remove_hub)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_numbers_of_a_letter_go_on_and_never_repeat),
	    T(test_numbers_end_at_2047),
	    T(test_a_number_that_was_used_is_not_granted),
	    T(test_allowances_never_pass_the_quota),
	    T(test_a_claim_that_knows_more_than_the_hub_draws_anew),
	    T(test_a_claim_of_an_epoch_the_hub_forgot_stops_numbers),
	    T(test_after_a_restore_begun_days_grant_nothing),
	    T(test_a_day_to_come_whose_epoch_changed_still_grants),
	    T(test_claims_sent_again_after_a_restore_are_the_same),
	    T(test_reports_name_devices_and_count_a_day),
	    T(test_gauges_count_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
