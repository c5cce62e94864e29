/* The cache under a hub's feed: what is shown when, and what counts. */
#include "test_feed.h"

/* ---- loading ---- */

static void test_a_day_never_asked_for_is_all_zero(void **state)
{
	static const struct cache_feed zero;
	struct cache_feed s = state_of(DAY);
	struct code_hash h = key(0);
	struct feed_admission a;

	(void)state;
	assert_int_equal(s.epoch, 0);
	assert_int_equal(s.at, 0);
	assert_int_equal(s.synced_s, 0);
	assert_false(s.whole);
	assert_true(feed_digest_eq(&s.digest, &zero.digest));
	assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e), -ENOENT);
	assert_int_equal(a.device, 0);
}

static void test_a_whole_page_is_shown_with_every_field(void **state)
{
	struct code_hash h = key(0);
	struct feed_admission a;
	struct feed_digest digest;
	struct cache_feed s;
	struct booking b, want = booking_of(1);

	(void)state;
	load_three();
	reopen();
	s = state_of(DAY);
	assert_int_equal(s.epoch, EPOCH);
	assert_int_equal(s.at, 5);
	assert_int_equal(s.synced_s, NOW);
	assert_true(s.whole);
	digest = model_digest(&model, DAY);
	assert_memory_equal(&s.digest, &digest, sizeof(digest));
	b = found(1);
	assert_memory_equal(&b.hash, &want.hash, sizeof(b.hash));
	assert_int_equal(b.office, OFFICE);
	assert_int_equal(b.day, DAY);
	assert_int_equal(b.start_min, 540);
	assert_int_equal(b.end_min, 555);
	assert_int_equal(b.service, 1);
	assert_int_equal(b.booking_class, CLASS_BOOKED);
	assert_int_equal(b.status, BOOKING_CONFIRMED);
	assert_int_equal(b.companions, 1);
	assert_true(b.birth == 0xfedcba9876543211u);
	assert_int_equal(b.permit_expires_day, 20500);
	assert_int_equal(b.status_s, NOW - 60);
	assert_string_equal(b.masked_name, "S*** W*****");
	assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e), 0);
	assert_memory_equal(&a.booking, &h, sizeof(h));
	assert_int_equal(a.op_id.bytes[0], 1);
	assert_int_equal(a.device, 17);
	assert_int_equal(a.letter, 1);
	assert_int_equal(a.number, 12);
	assert_int_equal(a.time_s, NOW);
	assert_int_equal(cache_find_admission(c, &h, DAY + 1, &a, &e), -ENOENT);
	h = key(1);
	assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e), -ENOENT);
	assert_int_equal(a.device, 0);
}

static void test_a_first_load_is_seen_when_it_is_whole(void **state)
{
	const struct feed_op one[] = {put_op(1, 0), adm_op(2, 0, 1, 12)},
			     two[] = {put_op(3, 1)}, three[] = {put_op(9, 2)};
	struct feed_admission a;
	struct code_hash h = key(0);

	(void)state;
	memset(&model, 0, sizeof(model));
	assert_int_equal(apply(more(page_of(0, 2, one, 2), 9)), 0);
	assert_int_equal(apply(more(page_of(2, 3, two, 1), 9)), 0);
	/* In the middle of it, also after a restart. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(find(0), -ENOENT);
		assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e),
		    -ENOENT);
		assert_int_equal(count(), 0);
		assert_int_equal(count_day(DAY), 0);
		assert_false(state_of(DAY).whole);
		assert_int_equal(state_of(DAY).at, 3);
		assert_int_equal(state_of(DAY).synced_s, 0);
		reopen();
	}
	assert_int_equal(apply(page_of(3, 9, three, 1)), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(find(i), 0);
	assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e), 0);
	assert_int_equal(count_day(DAY), 3);
	assert_true(state_of(DAY).whole);
}

static void test_an_empty_day_is_whole(void **state)
{
	(void)state;
	memset(&model, 0, sizeof(model));
	assert_int_equal(apply(page_of(0, 0, NULL, 0)), 0);
	assert_true(state_of(DAY).whole);
	assert_int_equal(state_of(DAY).synced_s, NOW);
	assert_int_equal(count_day(DAY), 0);
}

static void test_an_update_is_seen_at_once(void **state)
{
	struct feed_op ops[] = {put_op(6, 1), put_op(7, 3), del_op(8, 2)};
	struct feed_page p;

	(void)state;
	load_three();
	ops[0].booking.status = BOOKING_CANCELLED;
	p = page_of(5, 8, ops, ARRAY_LEN(ops));
	assert_int_equal(apply_at(&p, NOW + 9), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(found(1).status, BOOKING_CANCELLED);
		assert_int_equal(found(3).status, BOOKING_CONFIRMED);
		assert_int_equal(find(2), -ENOENT);
		assert_int_equal(count(), 3);
		assert_int_equal(state_of(DAY).at, 8);
		assert_int_equal(state_of(DAY).synced_s, NOW + 9);
		reopen();
	}
}

static void test_a_page_without_rows_moves_the_time_alone(void **state)
{
	struct feed_page p;

	(void)state;
	load_three();
	p = page_of(5, 5, NULL, 0);
	assert_int_equal(apply_at(&p, NOW + 60), 0);
	assert_int_equal(state_of(DAY).synced_s, NOW + 60);
	assert_int_equal(state_of(DAY).at, 5);
	assert_int_equal(count(), 3);
}

static void test_a_row_twice_counts_once(void **state)
{
	struct feed_op ops[] = {put_op(6, 1), put_op(7, 1), del_op(8, 9),
	    del_op(9, 9)};

	(void)state;
	load_three();
	ops[0].booking.service = 2;
	ops[1].booking.service = 3;
	/* A row that goes and is not there is no fault. */
	assert_int_equal(apply(page_of(5, 9, ops, ARRAY_LEN(ops))), 0);
	assert_int_equal(found(1).service, 3);
	assert_int_equal(count(), 3);
}

static void test_a_row_that_goes_comes_back(void **state)
{
	const struct feed_op ops[] = {del_op(6, 1), put_op(7, 1), del_op(8, 1),
	    put_op(9, 1)};

	(void)state;
	load_three();
	for (int64_t i = 0; i < 4; i++) {
		assert_int_equal(apply(page_of(5 + i, 6 + i, &ops[i], 1)), 0);
		assert_int_equal(find(1), i % 2 == 0 ? -ENOENT : 0);
	}
}

static void test_a_label_told_later_replaces_the_admission(void **state)
{
	const struct feed_op asked = adm_op(6, 1, 0, 0),
			     told = adm_op(7, 1, 19, 2047);
	struct code_hash h = key(1);
	struct feed_admission a;

	(void)state;
	load_three();
	assert_int_equal(apply(page_of(5, 6, &asked, 1)), 0);
	assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e), 0);
	assert_int_equal(a.letter, 0);
	assert_int_equal(a.number, 0);
	assert_int_equal(apply(page_of(6, 7, &told, 1)), 0);
	assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e), 0);
	assert_int_equal(a.letter, 19);
	assert_int_equal(a.number, 2047);
	assert_int_equal(number("SELECT count(*) FROM feed_admission"), 2);
}

static void test_an_admission_outlives_its_booking(void **state)
{
	const struct feed_op op = del_op(6, 0);
	struct code_hash h = key(0);
	struct feed_admission a;

	(void)state;
	load_three();
	assert_int_equal(apply(page_of(5, 6, &op, 1)), 0);
	assert_int_equal(find(0), -ENOENT);
	assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e), 0);
}

/* ---- a digest that is not ours ---- */

static void test_a_first_load_that_does_not_agree_begins_again(void **state)
{
	const struct feed_op one = put_op(1, 0), two = put_op(2, 1);
	static const struct feed_digest none;
	struct feed_page p;
	struct cache_feed s;

	(void)state;
	memset(&model, 0, sizeof(model));
	assert_int_equal(apply(more(page_of(0, 1, &one, 1), 2)), 0);
	p = page_of(1, 2, &two, 1);
	p.digest.word[3] ^= 1;
	assert_int_equal(apply(p), -EILSEQ);
	assert_non_null(strstr(e.text, "digest"));
	assert_int_equal(state_of(DAY).at, 1); /* undone, no more */
	assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
	for (int i = 0; i < 2; i++) {
		s = state_of(DAY);
		assert_int_equal(s.epoch, 0);
		assert_int_equal(s.at, 0);
		assert_false(s.whole);
		assert_true(feed_digest_eq(&s.digest, &none));
		assert_int_equal(count(), 0);
		assert_int_equal(find(0), -ENOENT);
		assert_int_equal(number("SELECT count(*) FROM feed_booking"),
		    0);
		reopen();
	}
	load_three();
	assert_int_equal(count(), 3);
}

static void test_an_update_that_does_not_agree_is_undone(void **state)
{
	struct feed_op ops[] = {put_op(6, 1), del_op(7, 2), put_op(8, 3),
	    adm_op(9, 1, 2, 3)};
	struct code_hash h = key(1);
	struct feed_admission a;
	struct feed_page p;
	struct cache_feed s;

	(void)state;
	load_three();
	ops[0].booking.status = BOOKING_CANCELLED;
	p = page_of(5, 9, ops, ARRAY_LEN(ops));
	p.digest.word[0]++;
	assert_int_equal(apply(p), -EILSEQ);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(found(1).status, BOOKING_CONFIRMED);
		assert_int_equal(find(2), 0);
		assert_int_equal(find(3), -ENOENT);
		assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e),
		    -ENOENT);
		assert_int_equal(count_day(DAY), 3);
		s = state_of(DAY);
		assert_int_equal(s.at, 5);
		assert_true(s.whole);
		assert_int_equal(s.synced_s, NOW);
		reopen();
	}
}

/* Twice, so that either load is the one beside the shown. */
static void test_a_day_is_loaded_anew_beside_what_is_shown(void **state)
{
	const struct feed_op first[] = {put_op(1, 7), put_op(2, 8)},
			     last = put_op(3, 9);
	struct code_hash h = key(0);
	struct feed_admission a;

	(void)state;
	for (int round = 0; round < 2; round++) {
		load_three();
		assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
		memset(&model, 0, sizeof(model));
		assert_int_equal(apply(more(page_of(0, 2, first, 2), 3)), 0);
		reopen();
		/* What is shown is the old day, whole. */
		assert_int_equal(count_day(DAY), 3);
		assert_int_equal(find(0), 0);
		assert_int_equal(find(7), -ENOENT);
		assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e), 0);
		assert_false(state_of(DAY).whole);
		assert_int_equal(apply(page_of(2, 3, &last, 1)), 0);
		assert_int_equal(count_day(DAY), 3);
		assert_int_equal(find(0), -ENOENT);
		assert_int_equal(find(7), 0);
		assert_int_equal(find(9), 0);
		assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e),
		    -ENOENT);
		assert_true(state_of(DAY).whole);
		/* Nothing of the old one is left. */
		assert_int_equal(number("SELECT count(*) FROM feed_booking"),
		    3);
		assert_int_equal(number("SELECT count(*) FROM feed_admission"),
		    0);
		if (round == 0)
			assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
	}
}

static void test_a_restart_in_the_middle_forgets_the_half(void **state)
{
	const struct feed_op one = put_op(1, 5), other = put_op(1, 6);

	(void)state;
	load_three();
	assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
	memset(&model, 0, sizeof(model));
	assert_int_equal(apply(more(page_of(0, 1, &one, 1), 2)), 0);
	assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
	assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
	assert_int_equal(count(), 3);
	memset(&model, 0, sizeof(model));
	assert_int_equal(apply(page_of(0, 1, &other, 1)), 0);
	assert_int_equal(count(), 1);
	assert_int_equal(find(5), -ENOENT);
	assert_int_equal(find(6), 0);
}

static void test_a_new_epoch_begins_after_a_restart(void **state)
{
	const struct feed_op one = put_op(1, 5);
	struct feed_page p;

	(void)state;
	load_three();
	memset(&model, 0, sizeof(model));
	p = page_of(0, 1, &one, 1);
	p.epoch = EPOCH + 1;
	assert_int_equal(apply(p), -ESTALE);
	assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
	assert_int_equal(apply(p), 0);
	assert_int_equal(state_of(DAY).epoch, EPOCH + 1);
	assert_int_equal(count(), 1);
}

static void test_a_damaged_day_can_begin_again(void **state)
{
	(void)state;
	load_three();
	assert_int_equal(
	    db_exec(c->db, "test", "UPDATE feed_day SET digest = 'x'", &e), 0);
	assert_int_equal(apply(page_of(5, 5, NULL, 0)), -EUCLEAN);
	assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
	assert_int_equal(count(), 3);
	load_three();
	assert_int_equal(count(), 3);
	assert_true(state_of(DAY).whole);
}

static void test_a_damaged_row_is_a_fault_and_never_a_booking(void **state)
{
	const struct feed_op op = put_op(6, 1);
	struct code_hash h = key(1);
	struct feed_admission a;
	struct booking b;

	(void)state;
	load_three();
	assert_int_equal(db_exec(c->db, "test",
			     "UPDATE feed_booking SET status = 0;"
			     "UPDATE feed_admission SET op_id = x'01'",
			     &e),
	    0);
	assert_int_equal(cache_find(c, &h, &b, &e), -EUCLEAN);
	assert_int_equal(b.status, BOOKING_UNSET);
	h = key(0);
	assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e), -EUCLEAN);
	assert_int_equal(a.device, 0);
	assert_int_equal(apply(page_of(5, 6, &op, 1)), -EUCLEAN);
	assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
	load_three();
	assert_int_equal(found(1).status, BOOKING_CONFIRMED);
}

/* ---- what counts ---- */

static void test_imported_bookings_end_with_the_first_page(void **state)
{
	const struct feed_op op = put_op(1, 0);

	(void)state;
	import(20, DAY);
	import(21, DAY + 5);
	assert_int_equal(find(20), 0);
	assert_int_equal(count(), 2);
	assert_int_equal(count_day(DAY), 1);
	memset(&model, 0, sizeof(model));
	/* The first page of several: what is known is now "nothing". */
	assert_int_equal(apply(more(page_of(0, 1, &op, 1), 2)), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(find(20), -ENOENT);
		assert_int_equal(find(21), -ENOENT);
		assert_int_equal(count(), 0);
		assert_int_equal(count_day(DAY), 0);
		assert_int_equal(count_day(DAY + 5), 0);
		reopen();
	}
	import(22, DAY);
	assert_int_equal(find(22), -ENOENT);
	assert_int_equal(count(), 0);
}

static void test_a_refused_page_leaves_the_import(void **state)
{
	const struct feed_op op = put_op(6, 0);
	struct feed_page p;

	(void)state;
	import(20, DAY);
	memset(&model, 0, sizeof(model));
	p = page_of(5, 6, &op, 1);
	assert_int_equal(apply(p), -ESTALE);
	p.epoch = 0;
	assert_int_equal(apply(p), -EINVAL);
	assert_int_equal(find(20), 0);
	reopen();
	assert_int_equal(find(20), 0);
}

/* The last day of the feed goes, and the imported ones stay uncounted. */
static void test_imported_bookings_never_count_again(void **state)
{
	int64_t gone;

	(void)state;
	import(20, DAY + 30);
	load_three();
	assert_int_equal(cache_purge(c, DAY + 1, &gone, &e), 0);
	assert_int_equal(gone, 3);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(find(20), -ENOENT);
		assert_int_equal(count(), 0);
		assert_int_equal(count_day(DAY + 30), 0);
		reopen();
	}
}

static struct feed_page page_on(int32_t day, const struct feed_op *op,
    int64_t from)
{
	struct feed_page p = {.office = OFFICE,
	    .day = day,
	    .epoch = EPOCH,
	    .from = from,
	    .to = op->seq,
	    .head = op->seq,
	    .ops = op,
	    .n = 1};

	feed_add_booking(&p.digest, &op->booking);
	return p;
}

static void test_of_a_moved_booking_the_confirmed_row_counts(void **state)
{
	static const uint8_t other[] = {BOOKING_CANCELLED, BOOKING_RESCHEDULED,
	    BOOKING_BLOCKED, BOOKING_REVOKED};
	struct feed_op op = put_op(1, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		for (int32_t day = DAY; day <= DAY + 1; day++) {
			/* confirmed on `day`, the other status on the other */
			for (int32_t d = DAY; d <= DAY + 1; d++) {
				op.booking.day = d;
				op.booking.status = d == day ? BOOKING_CONFIRMED
							     : other[i];
				assert_int_equal(cache_feed_restart(c, d, &e),
				    0);
				assert_int_equal(apply(page_on(d, &op, 0)), 0);
			}
			assert_int_equal(found(0).day, day);
			assert_int_equal(found(0).status, BOOKING_CONFIRMED);
			assert_int_equal(count(), 2);
		}
	/* On neither: the later day says what became of it. */
	op.booking.day = DAY + 1;
	op.booking.status = BOOKING_CANCELLED;
	op.seq = 2;
	assert_int_equal(apply(page_on(DAY + 1, &op, 1)), 0);
	op.booking.day = DAY;
	op.booking.status = BOOKING_RESCHEDULED;
	assert_int_equal(apply(page_on(DAY, &op, 1)), 0);
	assert_int_equal(found(0).day, DAY + 1);
	assert_int_equal(found(0).status, BOOKING_CANCELLED);
}

static void test_days_are_counted_and_purged_each_for_itself(void **state)
{
	struct feed_op op = put_op(1, 0), name = put_op(1, 1);
	struct code_hash h = key(0);
	struct feed_admission a;
	int64_t gone = -1;
	char cmd[256];

	(void)state;
	load_three();
	name.booking.day = DAY - 1;
	memcpy(name.booking.masked_name, "Gone Forever", 13);
	assert_int_equal(apply(page_on(DAY - 1, &name, 0)), 0);
	op.booking.day = DAY + 1;
	assert_int_equal(apply(page_on(DAY + 1, &op, 0)), 0);
	assert_int_equal(count(), 5);
	assert_int_equal(count_day(DAY - 1), 1);
	assert_int_equal(count_day(DAY), 3);
	assert_int_equal(count_day(DAY + 1), 1);
	assert_int_equal(cache_purge(c, DAY, &gone, &e), 0);
	assert_int_equal(gone, 1);
	assert_int_equal(count(), 4);
	assert_int_equal(count_day(DAY - 1), 0);
	assert_int_equal(state_of(DAY - 1).at, 0);
	assert_int_equal(state_of(DAY).at, 5);
	snprintf(cmd, sizeof(cmd), "cat %s* | grep -qa 'Gone Forever'", path);
	assert_int_not_equal(system(cmd), 0);
	assert_int_equal(cache_purge(c, DAY + 1, &gone, &e), 0);
	assert_int_equal(gone, 3);
	assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e), -ENOENT);
	assert_int_equal(number("SELECT count(*) FROM feed_admission"), 0);
	/* A purged day that is asked for again begins at its beginning. */
	load_three();
	assert_int_equal(count_day(DAY), 3);
	assert_int_equal(count(), 4);
}

static void test_to_forget_leaves_nothing(void **state)
{
	static struct roster r = {.version = 4,
	    .count = 1,
	    .item = {{.device = 17, .name = "kiosk-1", .role = ROSTER_KIOSK}}};
	struct code_hash h = key(0);
	struct feed_admission a;
	int64_t sync = -1;
	char cmd[256];

	(void)state;
	import(20, DAY);
	load_three();
	assert_int_equal(cache_set_roster(c, &r, &e), 0);
	assert_int_equal(cache_forget(c, &e), 0);
	snprintf(cmd, sizeof(cmd), "cat %s* | grep -qa 'S\\*\\*\\*'", path);
	assert_int_not_equal(system(cmd), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(count(), 0);
		assert_int_equal(find(0), -ENOENT);
		assert_int_equal(find(20), -ENOENT);
		assert_int_equal(cache_find_admission(c, &h, DAY, &a, &e),
		    -ENOENT);
		assert_int_equal(state_of(DAY).at, 0);
		assert_int_equal(cache_roster(c, &r, &e), 0);
		assert_int_equal(r.version, 0);
		assert_int_equal(number("SELECT count(*) FROM roster"), 0);
		assert_int_equal(cache_last_sync(c, &sync, &e), 0);
		assert_int_equal(sync, 0);
		reopen();
	}
	/* It is fed all the same: an import does not count. */
	import(21, DAY);
	assert_int_equal(find(21), -ENOENT);
	reopen();
	assert_int_equal(find(21), -ENOENT);
	assert_int_equal(cache_forget(c, &e), 0);
	load_three();
	assert_int_equal(count(), 3);
}

/* A closed device does not wait for a file to be read to its end. */
static void test_to_forget_ends_an_import(void **state)
{
	struct booking b = booking_of(20);

	(void)state;
	for (int written = 0; written < 2; written++) {
		load_three();
		assert_int_equal(cache_import_begin(c, &e), 0);
		assert_int_equal(cache_import_put(c, &b, &e), 0);
		for (int i = 0; i < 2 * written; i++)
			assert_true(cache_import_write(c, 1, &e) >= 0);
		assert_int_equal(cache_forget(c, &e), 0);
		assert_false(cache_importing(c));
		assert_int_equal(cache_import_commit(c, NOW, &e), -EINVAL);
		assert_int_equal(count(), 0);
		assert_int_equal(number("SELECT count(*) FROM booking"), 0);
	}
}

static void test_an_earlier_release_s_file_is_taken(void **state)
{
	sqlite3 *db;

	(void)state;
	import(20, DAY);
	cache_close(c);
	c = NULL;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
			     "DROP TABLE feed_day; DROP TABLE feed_booking;"
			     "DROP TABLE feed_admission; DROP TABLE roster;"
			     "DROP TABLE told;"
			     "PRAGMA user_version = 1",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
	open_cache();
	assert_int_equal(find(20), 0);
	load_three();
	assert_int_equal(count(), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_a_day_never_asked_for_is_all_zero),
	    CASE(test_a_whole_page_is_shown_with_every_field),
	    CASE(test_a_first_load_is_seen_when_it_is_whole),
	    CASE(test_an_empty_day_is_whole),
	    CASE(test_an_update_is_seen_at_once),
	    CASE(test_a_page_without_rows_moves_the_time_alone),
	    CASE(test_a_row_twice_counts_once),
	    CASE(test_a_row_that_goes_comes_back),
	    CASE(test_a_label_told_later_replaces_the_admission),
	    CASE(test_an_admission_outlives_its_booking),
	    CASE(test_a_first_load_that_does_not_agree_begins_again),
	    CASE(test_an_update_that_does_not_agree_is_undone),
	    CASE(test_a_day_is_loaded_anew_beside_what_is_shown),
	    CASE(test_a_restart_in_the_middle_forgets_the_half),
	    CASE(test_a_new_epoch_begins_after_a_restart),
	    CASE(test_a_damaged_day_can_begin_again),
	    CASE(test_a_damaged_row_is_a_fault_and_never_a_booking),
	    CASE(test_imported_bookings_end_with_the_first_page),
	    CASE(test_a_refused_page_leaves_the_import),
	    CASE(test_imported_bookings_never_count_again),
	    CASE(test_of_a_moved_booking_the_confirmed_row_counts),
	    CASE(test_days_are_counted_and_purged_each_for_itself),
	    CASE(test_to_forget_leaves_nothing),
	    CASE(test_to_forget_ends_an_import),
	    CASE(test_an_earlier_release_s_file_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
