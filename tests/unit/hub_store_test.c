/* Stores: how they open, what a newer release's is told, full disks, and what
 * is done by halves (nothing). */
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "firmware/hub/hub_db.h"
#include "firmware/hub/hub_schema.h"
#include "test_hub_feed.h"

static struct client kiosk;

static int make_kiosk(void **state)
{
	int r = make_hub(state);

	if (r == 0)
		kiosk = enrolled(OFFICE, "kiosk", "kiosk-1");
	view_reset(&view);
	return r;
}

static int remove_kiosk(void **state)
{
	/* Left mounted only by a test that failed. */
	umount2(dir, MNT_DETACH);
	return remove_hub(state);
}

/* A statement beside the hub. */
static void beside(const char *sql)
{
	char path[96];
	sqlite3 *lite;
	PGconn *c;
	PGresult *r;

	if (on_postgres()) {
		c = PQconnectdb(store + 9);
		r = PQexec(c, sql);
		assert_int_equal(PQresultStatus(r), PGRES_COMMAND_OK);
		PQclear(r);
		PQfinish(c);
		return;
	}
	snprintf(path, sizeof(path), "%s/hub.db", dir);
	assert_int_equal(sqlite3_open(path, &lite), SQLITE_OK);
	assert_int_equal(sqlite3_exec(lite, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(lite);
}

static int64_t one_number(enum hub_sql id, const struct hub_arg *args, size_t n,
    int column)
{
	int64_t v;

	assert_int_equal(hub_db_one(db, id, args, n, &e), 1);
	v = hub_db_int(db, column);
	hub_db_rollback(db);
	return v;
}

static void test_a_store_has_a_kind(void **state)
{
	static const char *const names[] = {"", "hub.db", "mysql:x", "sqlite",
	    "SQLITE:x"};
	struct hub_db *d;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(hub_db_open(names[i], &d, &e), -EINVAL);
		assert_null(d);
	}
	assert_true(hub_db_open("sqlite:/nowhere/hub.db", &d, &e) < 0);
	assert_null(d);
	assert_non_null(strstr(e.text, "/nowhere/hub.db"));
	assert_int_equal(hub_db_open("postgres:host=/nowhere dbname=x", &d, &e),
	    -ECONNREFUSED);
	assert_null(d);
	assert_true(strlen(e.text) > 20);
	hub_db_close(NULL);
}

static void test_the_file_is_for_its_owner_alone(void **state)
{
	char path[96];
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/hub.db", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(path, sizeof(path), "%s/hub.db-wal", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_a_store_of_a_newer_release_is_left_alone(void **state)
{
	char sql[96];
	struct hub_db *d;

	(void)state;
	snprintf(sql, sizeof(sql),
	    "UPDATE meta SET value = %d WHERE name = 'schema'",
	    HUB_SCHEMA_VERSION + 1);
	beside(sql);
	assert_int_equal(hub_db_open(store, &d, &e), -EPROTO);
	assert_null(d);
	assert_non_null(strstr(e.text, "newer release"));
	snprintf(sql, sizeof(sql),
	    "UPDATE meta SET value = %d WHERE name = 'schema'",
	    HUB_SCHEMA_VERSION);
	beside(sql);
	d = open_store();
	hub_db_close(d);
}

/* What step 2 of the schema added is taken away: a store as release 1 left it,
 * with its rows. */
static void put_back_to_1(void)
{
	static const char *const sql[] = {"DROP TABLE log",
	    "DROP TABLE log_entry", "DROP TABLE log_tile",
	    "DROP TABLE audit_chain", "DROP INDEX admission_pass",
	    "ALTER TABLE admission DROP COLUMN pass",
	    "ALTER TABLE device DROP COLUMN revoked_s",
	    "ALTER TABLE report DROP COLUMN device",
	    "UPDATE meta SET value = 1 WHERE name = 'schema'"};

	for (size_t i = 0; i < ARRAY_LEN(sql); i++)
		beside(sql[i]);
}

static void test_a_store_of_release_1_is_brought_up_to_date(void **state)
{
	int64_t roster;

	(void)state;
	begin();
	put_done(&batch, op_of(1), hash_of(1), WALK_IN, 'A', 1);
	put_done(&batch, op_of(2), hash_of(1), WALK_IN, 'A', 2);
	send(&kiosk);
	view_sync(&view, &kiosk, 500);
	roster = one_number(HUB_SQL_OFFICE_GET, HUB_ARGS(hub_n(OFFICE)), 3);
	hub_db_close(db);
	put_back_to_1();
	db = open_store();
	/* Devices ask for rosters again, which say more now. */
	assert_int_equal(
	    one_number(HUB_SQL_OFFICE_GET, HUB_ARGS(hub_n(OFFICE)), 3),
	    roster + 1);
	/* The feed goes on, and its digest holds. */
	begin();
	put_done(&batch, op_of(3), hash_of(3), WALK_IN, 'A', 3);
	put_admit(&batch, op_of(4), hash_of(1), WALK_IN);
	send(&kiosk);
	assert_string_equal(word(0), "admitted");
	assert_string_equal(word(1), "used");
	view_sync(&view, &kiosk, 500);
	assert_int_equal(view.n, 2);
	view_reset(&view);
	view_sync(&view, &kiosk, 500);
	assert_int_equal(view.n, 2);
	/* And once more nothing happens. */
	hub_db_close(db);
	db = open_store();
	assert_int_equal(
	    one_number(HUB_SQL_OFFICE_GET, HUB_ARGS(hub_n(OFFICE)), 3),
	    roster + 1);
}

static void *open_new(void *arg)
{
	struct hub_db **d = arg;
	struct err mine;

	if (hub_db_open(store, d, &mine) < 0)
		print_error("%s\n", mine.text);
	return NULL;
}

static void test_eight_open_a_new_store_at_once(void **state)
{
	struct hub_db *d[8] = {NULL};
	pthread_t t[8];

	(void)state;
	assert_int_equal(make_store(), 0);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&t[i], NULL, open_new, &d[i]),
		    0);
	for (size_t i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	for (size_t i = 0; i < 8; i++) {
		assert_non_null(d[i]);
		assert_int_equal(hub_db_ping(d[i], &e), 0);
		hub_db_close(d[i]);
	}
	assert_int_equal(remove_store(), 0);
}

static void test_all_is_there_when_a_store_opens_again(void **state)
{
	(void)state;
	begin();
	put_done(&batch, op_of(1), hash_of(1), WALK_IN, 'A', 1);
	send(&kiosk);
	view_sync(&view, &kiosk, 500);
	hub_db_close(db);
	db = open_store();
	begin();
	put_done(&batch, op_of(1), hash_of(1), WALK_IN, 'A', 1);
	put_admit(&batch, op_of(2), hash_of(1), WALK_IN);
	send(&kiosk);
	assert_string_equal(word(0), "admitted");
	assert_string_equal(word(1), "used");
	assert_int_equal(get_feed(&kiosk, view.epoch, 1, ""), 200);
	assert_int_equal(number_of(reply, "head"), 1);
}

static void test_what_is_rolled_back_was_never_there(void **state)
{
	(void)state;
	assert_int_equal(hub_db_begin(db, HUB_DB_WRITE, &e), 0);
	assert_int_equal(
	    hub_db_run(db, HUB_SQL_OFFICE_ROSTER, HUB_ARGS(hub_n(OFFICE)), &e),
	    0);
	assert_int_equal(
	    hub_db_one(db, HUB_SQL_OFFICE_GET, HUB_ARGS(hub_n(OFFICE)), &e), 1);
	assert_int_equal(hub_db_int(db, 3), 3);
	hub_db_rollback(db);
	assert_int_equal(
	    one_number(HUB_SQL_OFFICE_GET, HUB_ARGS(hub_n(OFFICE)), 3), 2);
	/* Also when it was left open by mistake. */
	assert_int_equal(hub_db_begin(db, HUB_DB_WRITE, &e), 0);
	assert_int_equal(
	    hub_db_run(db, HUB_SQL_OFFICE_ROSTER, HUB_ARGS(hub_n(OFFICE)), &e),
	    0);
	assert_int_equal(hub_db_begin(db, HUB_DB_READ, &e), 0);
	assert_int_equal(
	    one_number(HUB_SQL_OFFICE_GET, HUB_ARGS(hub_n(OFFICE)), 3), 2);
}

static void test_rows_come_in_the_order_of_asking(void **state)
{
	const struct hub_arg args[] = {hub_n(OFFICE), hub_n(DAY_N)};

	(void)state;
	enrolled(OFFICE, "kiosk", "kiosk-2");
	assert_int_equal(hub_db_begin(db, HUB_DB_READ, &e), 0);
	assert_int_equal(hub_db_ask(db, HUB_SQL_OFFICE_GET, args, 1, &e), 0);
	assert_int_equal(hub_db_ask(db, HUB_SQL_DEVICE_OFFICE, args, 1, &e), 0);
	assert_int_equal(hub_db_ask(db, HUB_SQL_BUCKET_GET, args, 2, &e), 0);
	assert_int_equal(hub_db_next(db, &e), 0);
	assert_int_equal(hub_db_row(db, &e), 1);
	assert_int_equal(hub_db_int(db, 0), OFFICE);
	assert_int_equal(hub_db_row(db, &e), 0);
	assert_int_equal(hub_db_row(db, &e), 0);
	/* The second of two rows is passed over. */
	assert_int_equal(hub_db_next(db, &e), 0);
	assert_int_equal(hub_db_row(db, &e), 1);
	assert_int_equal(hub_db_int(db, 0), kiosk.device);
	assert_true(str_is(hub_db_text(db, 2), "kiosk-1"));
	assert_int_equal(hub_db_next(db, &e), 0);
	assert_int_equal(hub_db_row(db, &e), 0);
	assert_int_equal(hub_db_next(db, &e), -EINVAL);
	hub_db_rollback(db);
}

static void test_the_smallest_and_the_largest_numbers_come_back(void **state)
{
	(void)state;
	assert_int_equal(hub_db_begin(db, HUB_DB_WRITE, &e), 0);
	assert_int_equal(hub_db_run(db, HUB_SQL_DEVICE_WINDOW,
			     HUB_ARGS(hub_n(kiosk.device), hub_n(INT64_MAX),
				 hub_n(INT64_MIN), hub_n(-1)),
			     &e),
	    0);
	assert_int_equal(hub_db_commit(db, &e), 0);
	assert_int_equal(hub_db_one(db, HUB_SQL_DEVICE_GET,
			     HUB_ARGS(hub_n(kiosk.device)), &e),
	    1);
	assert_true(hub_db_int(db, 10) == -1);
	assert_true(hub_db_int(db, 11) == INT64_MAX);
	assert_true(hub_db_int(db, 12) == INT64_MIN);
	hub_db_rollback(db);
}

/* A disk of its own under the store, as far as it goes. */
static bool mount_small(const char *size)
{
	hub_db_close(db);
	db = NULL;
	if (mount("none", dir, "tmpfs", 0, size) == 0)
		return true;
	db = open_store();
	return false;
}

static void test_a_full_disk_is_503_and_nothing_by_halves(void **state)
{
	int status = 200, taken = 0;

	(void)state;
	if (!mount_small("size=1m")) {
		print_message("skipped: a small tmpfs needs root\n");
		skip();
	}
	db = open_store();
	add_office(OFFICE);
	kiosk = enrolled(OFFICE, "kiosk", "kiosk-1");
	for (unsigned i = 0; i < 200 && status == 200; i++) {
		begin();
		for (unsigned k = 0; k < 50; k++)
			put_admit(&batch, op_of(i * 50 + k),
			    hash_of(i * 50 + k), WALK_IN);
		status = send_at(&kiosk, "");
		taken += status == 200;
	}
	assert_int_equal(status, 503);
	assert_error(503, "storage");
	assert_true(answer.retry_after_s > 0);
	assert_int_equal(answer.failure.code, -ENOSPC);
	assert_true(taken > 2);
	/* With room again: what was answered is there, and no more. */
	assert_int_equal(mount("none", dir, "tmpfs", MS_REMOUNT, "size=9m"), 0);
	view_sync(&view, &kiosk, 500);
	assert_int_equal(view.n, taken * 50);
	begin();
	put_admit(&batch, op_of(100000), hash_of(100000), WALK_IN);
	send(&kiosk);
	assert_string_equal(word(0), "admitted");
	hub_db_close(db);
	db = NULL;
	assert_int_equal(umount(dir), 0);
}

static void test_a_store_that_cannot_be_written_is_503(void **state)
{
	(void)state;
	if (!mount_small("size=9m")) {
		print_message("skipped: a small tmpfs needs root\n");
		skip();
	}
	db = open_store();
	add_office(OFFICE);
	kiosk = enrolled(OFFICE, "kiosk", "kiosk-1");
	/* Any table that a claim needs. */
	beside("ALTER TABLE op RENAME TO op_away");
	begin();
	put_admit(&batch, op_of(1), hash_of(1), WALK_IN);
	assert_int_equal(send_at(&kiosk, ""), 503);
	assert_error(503, "storage");
	assert_non_null(strstr(answer.failure.text, "OP_FIND"));
	/* What the device hears tells nothing of the inside. */
	assert_null(strstr(answer.body, "OP_FIND"));
	beside("ALTER TABLE op_away RENAME TO op");
	begin();
	put_admit(&batch, op_of(1), hash_of(1), WALK_IN);
	send(&kiosk);
	assert_string_equal(word(0), "admitted");
	hub_db_close(db);
	db = NULL;
	assert_int_equal(umount(dir), 0);
}

/* Another process that holds the lock for 300 ms. */
static pid_t hold_lock(void)
{
	char path[96], byte;
	int pipe_fd[2], fd;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/hub.db-lock", dir);
	assert_int_equal(pipe(pipe_fd), 0);
	pid = fork();
	if (pid == 0) {
		fd = open(path, O_RDWR);
		if (fd < 0 || flock(fd, LOCK_EX) < 0 ||
		    write(pipe_fd[1], "x", 1) != 1)
			_exit(1);
		usleep(300000);
		_exit(0);
	}
	assert_int_equal(read(pipe_fd[0], &byte, 1), 1);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	return pid;
}

static void test_a_writer_waits_for_another_process(void **state)
{
	struct timespec from, to;
	int status;
	pid_t pid;

	(void)state;
	pid = hold_lock();
	clock_gettime(CLOCK_MONOTONIC, &from);
	/* Readers do not wait; a counter that is taken does. */
	assert_int_equal(hub_db_ping(db, &e), 0);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(ask(&kiosk, "GET", "/v1/time?nonce=00", ""), 200);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_true((to.tv_sec - from.tv_sec) * 1000 +
		(to.tv_nsec - from.tv_nsec) / 1000000 >=
	    200);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, make_kiosk, remove_kiosk)

int main(void)
{
	const struct CMUnitTest both[] = {
	    T(test_a_store_has_a_kind),
	    T(test_a_store_of_a_newer_release_is_left_alone),
	    T(test_a_store_of_release_1_is_brought_up_to_date),
	    cmocka_unit_test(test_eight_open_a_new_store_at_once),
	    T(test_all_is_there_when_a_store_opens_again),
	    T(test_what_is_rolled_back_was_never_there),
	    T(test_rows_come_in_the_order_of_asking),
	    T(test_the_smallest_and_the_largest_numbers_come_back),
	};
	/* Of the file, which PostgreSQL keeps for itself. */
	const struct CMUnitTest sqlite[] = {
	    T(test_the_file_is_for_its_owner_alone),
	    T(test_a_full_disk_is_503_and_nothing_by_halves),
	    T(test_a_store_that_cannot_be_written_is_503),
	    T(test_a_writer_waits_for_another_process),
	};
	int r = cmocka_run_group_tests(both, NULL, NULL);

	if (!on_postgres())
		r += cmocka_run_group_tests(sqlite, NULL, NULL);
	return r;
}
