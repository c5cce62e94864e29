/* The cache: what comes in comes out, imports are all or nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "firmware/store/cache.h"

static char dir[64], path[96];
static struct cache *c;
static struct err e;

static int make_cache(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/karcis-cache-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/cache.db", dir);
	return cache_open(path, &c, &e);
}

static int remove_cache(void **state)
{
	char cmd[128];

	(void)state;
	cache_close(c);
	c = NULL;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static struct booking booking_of(unsigned i)
{
	struct booking b = {
	    .office = 4294967295u,
	    .day = 20416,
	    .start_min = 540,
	    .end_min = 555,
	    .service = 255,
	    .booking_class = CLASS_BOOKED,
	    .status = BOOKING_CONFIRMED,
	    .companions = 7,
	    .birth = 0xfedcba9876543210u,
	    .permit_expires_day = 20500,
	    .status_s = 1764000000,
	    .masked_name = "S*** W*****",
	};

	b.hash.bytes[0] = (uint8_t)(i * 73);
	b.hash.bytes[14] = (uint8_t)(i >> 8);
	b.hash.bytes[15] = (uint8_t)i;
	return b;
}

static void put(const struct booking *b)
{
	assert_int_equal(cache_import_put(c, b, &e), 0);
}

static void begin(void)
{
	assert_int_equal(cache_import_begin(c, &e), 0);
}

static void commit(void)
{
	assert_int_equal(cache_import_commit(c, 77, &e), 0);
}

static int64_t count(void)
{
	int64_t rows = -1;

	assert_int_equal(cache_count(c, &rows, &e), 0);
	return rows;
}

static void run_sql(const char *sql)
{
	sqlite3 *db;

	cache_close(c);
	c = NULL;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void test_every_field_comes_back(void **state)
{
	struct booking b = booking_of(1), got;

	(void)state;
	begin();
	put(&b);
	commit();
	cache_close(c);
	assert_int_equal(cache_open(path, &c, &e), 0);
	assert_int_equal(cache_find(c, &b.hash, &got, &e), 0);
	assert_memory_equal(&got.hash, &b.hash, sizeof(b.hash));
	assert_int_equal(got.office, 4294967295u);
	assert_int_equal(got.day, 20416);
	assert_int_equal(got.start_min, 540);
	assert_int_equal(got.end_min, 555);
	assert_int_equal(got.service, 255);
	assert_int_equal(got.booking_class, CLASS_BOOKED);
	assert_int_equal(got.status, BOOKING_CONFIRMED);
	assert_int_equal(got.companions, 7);
	assert_true(got.birth == 0xfedcba9876543210u);
	assert_int_equal(got.permit_expires_day, 20500);
	assert_int_equal(got.status_s, 1764000000);
	assert_string_equal(got.masked_name, "S*** W*****");
}

static void test_an_unknown_hash_is_enoent_and_all_zero(void **state)
{
	struct booking b = booking_of(1), zero, got;

	(void)state;
	memset(&zero, 0, sizeof(zero));
	assert_int_equal(cache_find(c, &b.hash, &got, &e), -ENOENT);
	assert_memory_equal(&got, &zero, sizeof(got));
	assert_int_equal(count(), 0);
}

static void test_a_code_twice_in_one_import_is_refused(void **state)
{
	struct booking b = booking_of(1), got;
	unsigned i;

	(void)state;
	begin();
	/* more than the first size of the table of rows, to see it grow */
	for (i = 0; i < 3000; i++) {
		b = booking_of(i);
		put(&b);
	}
	for (i = 0; i < 3000; i++) {
		b = booking_of(i);
		b.service = 9;
		assert_int_equal(cache_import_put(c, &b, &e), -EEXIST);
	}
	commit();
	assert_int_equal(count(), 3000);
	assert_int_equal(cache_find(c, &b.hash, &got, &e), 0);
	assert_int_equal(got.service, 255);
}

static void test_a_second_import_replaces(void **state)
{
	struct booking b = booking_of(1), other = booking_of(2), got;

	(void)state;
	begin();
	put(&b);
	commit();
	b.status = BOOKING_CANCELLED;
	begin();
	put(&other);
	put(&b);
	commit();
	assert_int_equal(count(), 2);
	assert_int_equal(cache_find(c, &b.hash, &got, &e), 0);
	assert_int_equal(got.status, BOOKING_CANCELLED);
}

static void test_nothing_is_seen_before_commit_or_after_rollback(void **state)
{
	struct booking b = booking_of(1);

	(void)state;
	begin();
	put(&b);
	assert_int_equal(count(), 0);
	assert_int_equal(cache_import_begin(c, &e), -EALREADY);
	cache_import_rollback(c);
	assert_int_equal(count(), 0);
	assert_int_equal(cache_import_commit(c, 1, &e), -EINVAL);
	assert_int_equal(cache_import_put(c, &b, &e), -EINVAL);
	begin();
	put(&b);
	commit();
	assert_int_equal(count(), 1);
}

/* Rows 0..4 were there with service 1; rows 3..9 come with service 2. */
static void put_rows(unsigned from, unsigned to, uint8_t service)
{
	for (unsigned i = from; i <= to; i++) {
		struct booking b = booking_of(i);

		b.service = service;
		put(&b);
	}
}

enum seen { SEEN_UNSET, SEEN_OLD, SEEN_NEW, SEEN_HALF };

static enum seen seen(void)
{
	bool old = true, new = true;

	for (unsigned i = 0; i <= 9; i++) {
		struct booking b = booking_of(i), got;
		int r = cache_find(c, &b.hash, &got, &e);
		int service = r == 0 ? got.service : 0;

		assert_true(r == 0 || r == -ENOENT);
		old = old && service == (i <= 4 ? 1 : 0);
		new = new &&service == (i <= 2 ? 1 : 2);
	}
	return old ? SEEN_OLD : new ? SEEN_NEW : SEEN_HALF;
}

static void test_an_import_in_steps_is_seen_whole_or_not_at_all(void **state)
{
	enum seen last = SEEN_OLD;
	int r, round, steps;

	(void)state;
	begin();
	put_rows(0, 4, 1);
	commit();
	for (round = 0; round < 2; round++) {
		begin();
		put_rows(3, 9, 2);
		assert_int_equal(seen(), SEEN_OLD);
		for (r = 1, steps = 0; r == 1; steps++) {
			r = cache_import_write(c, 1, &e);
			assert_true(r >= 0 && steps < 20);
			assert_true(seen() == last || seen() == SEEN_NEW);
			last = seen();
		}
		assert_true(steps >= 7);
		assert_int_equal(last, SEEN_NEW);
		if (round == 0) {
			cache_import_rollback(c);
			assert_int_equal(seen(), SEEN_OLD);
			last = SEEN_OLD;
		}
	}
	commit();
	assert_int_equal(seen(), SEEN_NEW);
	assert_int_equal(count(), 10);
}

static void test_no_row_comes_after_the_first_write(void **state)
{
	struct booking b = booking_of(1), late = booking_of(2);

	(void)state;
	assert_int_equal(cache_import_write(c, 1, &e), -EINVAL);
	begin();
	put(&b);
	assert_int_equal(cache_import_write(c, 1, &e), 1);
	assert_int_equal(cache_import_put(c, &late, &e), -EINVAL);
	commit();
	assert_int_equal(count(), 1);
}

static void test_fields_out_of_range_are_refused(void **state)
{
	struct booking bad[10], b = booking_of(1);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = b;
	bad[0].office = 0;
	bad[1].service = 0;
	bad[2].companions = 8;
	bad[3].start_min = -1;
	bad[4].end_min = 540;
	bad[5].end_min = 1441;
	bad[6].booking_class = CLASS_UNSET;
	bad[7].booking_class = CLASS_STANDBY + 1;
	bad[8].status = BOOKING_UNSET;
	memset(bad[9].masked_name, 'x', sizeof(bad[9].masked_name));
	begin();
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(cache_import_put(c, &bad[i], &e), -EINVAL);
	b.end_min = 1440;
	put(&b);
	commit();
	assert_int_equal(count(), 1);
}

static void test_last_sync_is_zero_until_set(void **state)
{
	int64_t s = -1;

	(void)state;
	assert_int_equal(cache_last_sync(c, &s, &e), 0);
	assert_int_equal(s, 0);
	assert_int_equal(cache_set_last_sync(c, 1764000000, &e), 0);
	assert_int_equal(cache_last_sync(c, &s, &e), 0);
	assert_int_equal(s, 1764000000);
	begin();
	commit();
	assert_int_equal(cache_last_sync(c, &s, &e), 0);
	assert_int_equal(s, 77);
}

static void test_a_purge_leaves_the_day_and_later(void **state)
{
	struct booking b;
	int64_t gone, rows;
	char cmd[256];
	int i;

	(void)state;
	begin();
	for (i = 0; i < 3; i++) {
		b = booking_of((unsigned)i);
		b.day = 20415 + i;
		if (i == 0)
			memcpy(b.masked_name, "Gone Forever", 13);
		put(&b);
	}
	commit();
	assert_int_equal(cache_purge(c, 20416, &gone, &e), 0);
	assert_int_equal(gone, 1);
	assert_int_equal(count(), 2);
	assert_int_equal(cache_count_day(c, 20415, &rows, &e), 0);
	assert_int_equal(rows, 0);
	assert_int_equal(cache_count_day(c, 20416, &rows, &e), 0);
	assert_int_equal(rows, 1);
	snprintf(cmd, sizeof(cmd), "cat %s* | grep -qa 'Gone Forever'", path);
	assert_int_not_equal(system(cmd), 0);
}

static void test_the_file_is_set_up_as_promised(void **state)
{
	struct stat st;
	sqlite3 *db;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* Exclusive: nobody else reads while it is open. */
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "SELECT * FROM booking", NULL, NULL, NULL),
	    SQLITE_BUSY);
	sqlite3_close(db);
	cache_close(c);
	c = NULL;
	cache_close(NULL);
	/* WAL is format 2 in bytes 18 and 19 of the header (fileformat2). */
	assert_int_equal(truncate(path, 20), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 20);
	{
		uint8_t head[20];
		FILE *f = fopen(path, "rb");

		assert_non_null(f);
		assert_int_equal(fread(head, 1, 20, f), 20);
		fclose(f);
		assert_int_equal(head[16] << 8 | head[17], 4096);
		assert_int_equal(head[18], 2);
		assert_int_equal(head[19], 2);
	}
}

static void test_a_damaged_row_is_a_fault_and_never_a_booking(void **state)
{
	struct booking b = booking_of(1), got;

	(void)state;
	begin();
	put(&b);
	commit();
	run_sql("UPDATE booking SET status = 0");
	assert_int_equal(cache_open(path, &c, &e), 0);
	assert_int_equal(cache_find(c, &b.hash, &got, &e), -EUCLEAN);
	assert_int_equal(got.status, BOOKING_UNSET);
	run_sql("UPDATE booking SET status = 1, service = 256");
	assert_int_equal(cache_open(path, &c, &e), 0);
	assert_int_equal(cache_find(c, &b.hash, &got, &e), -EUCLEAN);
}

static void test_a_file_that_cannot_be_used_gives_one_sentence(void **state)
{
	FILE *f;

	(void)state;
	run_sql("PRAGMA user_version = 9");
	assert_int_equal(cache_open(path, &c, &e), -EPROTO);
	assert_non_null(strstr(e.text, "schema 9"));
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(
	    fputs("not a database, but more than a hundred bytes of"
		  " text so that it is looked at: lorem ipsum dolor sit amet.",
		f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(cache_open(path, &c, &e), -EUCLEAN);
	assert_non_null(strstr(e.text, "damaged"));
	assert_null(c);
	assert_int_equal(cache_open("/nowhere/c.db", &c, &e), -ENOENT);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_cache, remove_cache)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_every_field_comes_back),
	    CASE(test_an_unknown_hash_is_enoent_and_all_zero),
	    CASE(test_a_code_twice_in_one_import_is_refused),
	    CASE(test_a_second_import_replaces),
	    CASE(test_nothing_is_seen_before_commit_or_after_rollback),
	    CASE(test_an_import_in_steps_is_seen_whole_or_not_at_all),
	    CASE(test_no_row_comes_after_the_first_write),
	    CASE(test_fields_out_of_range_are_refused),
	    CASE(test_last_sync_is_zero_until_set),
	    CASE(test_a_purge_leaves_the_day_and_later),
	    CASE(test_the_file_is_set_up_as_promised),
	    CASE(test_a_damaged_row_is_a_fault_and_never_a_booking),
	    CASE(test_a_file_that_cannot_be_used_gives_one_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
