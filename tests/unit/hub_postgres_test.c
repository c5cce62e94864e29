/* What only PostgreSQL can do to a hub: late commits, lost connections, a
 * restart in the middle of a claim, notices to other hubs. Skipped without
 * KARCIS_HUB_STORE (tests/hub/store.sh). */
#include <poll.h>
#include <pthread.h>

#include "test_hub_feed.h"

static struct client k1, k2;

static int make_kiosks(void **state)
{
	int r;

	if (!on_postgres())
		return 0;
	r = make_hub(state);
	if (r != 0)
		return r;
	k1 = enrolled(OFFICE, "kiosk", "kiosk-1");
	k2 = enrolled(OFFICE, "kiosk", "kiosk-2");
	view_reset(&view);
	return 0;
}

static int remove_kiosks(void **state)
{
	return on_postgres() ? remove_hub(state) : 0;
}

static void need_postgres(void)
{
	if (on_postgres())
		return;
	print_message("skipped: KARCIS_HUB_STORE names no PostgreSQL\n");
	skip();
}

/* A session of its own in the test's schema. */
static PGconn *session(void)
{
	PGconn *c = PQconnectdb(store + 9);

	assert_int_equal(PQstatus(c), CONNECTION_OK);
	return c;
}

static void run(PGconn *c, const char *sql)
{
	PGresult *r = PQexec(c, sql);

	if (PQresultStatus(r) != PGRES_COMMAND_OK &&
	    PQresultStatus(r) != PGRES_TUPLES_OK)
		print_error("%s: %s\n", sql, PQerrorMessage(c));
	assert_true(PQresultStatus(r) == PGRES_COMMAND_OK ||
	    PQresultStatus(r) == PGRES_TUPLES_OK);
	PQclear(r);
}

static int64_t count(PGconn *c, const char *sql)
{
	PGresult *r = PQexec(c, sql);
	int64_t n = -1;

	if (PQresultStatus(r) == PGRES_TUPLES_OK)
		n = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	return n;
}

/* Waits until that many sessions wait for a lock. */
static void await_blocked(PGconn *c, int64_t n)
{
	for (int i = 0; i < 5000; i++) {
		if (count(c,
			"SELECT COUNT(*) FROM pg_stat_activity WHERE "
			"wait_event_type = 'Lock' AND application_name = "
			"'karcis-hub'") >= n)
			return;
		usleep(2000);
	}
	fail_msg("no session waits for a lock");
}

/* A claim in a thread, through a connection of its own. */
struct claim {
	pthread_t thread;
	struct hub_db *db;
	struct client c;
	char body[2048];
	struct hub_answer answer;
};

static void send_request(struct claim *t, const struct wire_request *w)
{
	char device[16], counter[24], base64[WIRE_BASE64 + 1];
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	struct hub_request q = {w->method, w->path, w->body, .now_s = now_s};

	if (!wire_sign_request(w, t->c.secret, signature))
		return;
	wire_base64(signature, sizeof(signature), base64);
	snprintf(device, sizeof(device), "%u", w->device);
	snprintf(counter, sizeof(counter), "%llu",
	    (unsigned long long)w->counter);
	q.device = str_from(device);
	q.counter = str_from(counter);
	q.signature = str_from(base64);
	hub_handle(h, t->db, &q, &t->answer);
}

static void *send_claim(void *arg)
{
	struct claim *t = arg;
	struct wire_request w = {str_from("POST"), str_from("/v1/claims"),
	    str_from(t->body), t->c.device, t->c.counter};

	send_request(t, &w);
	return NULL;
}

static void start_claim(struct claim *t, struct client *c, const char *op,
    unsigned booking)
{
	memset(t, 0, sizeof(*t));
	t->db = open_store();
	c->counter++;
	t->c = *c;
	begin();
	put_admit(&batch, op, hash_of(booking), WALK_IN);
	end_with(&batch, "");
	assert_true(batch.len < sizeof(t->body));
	memcpy(t->body, batch.text, batch.len + 1);
	assert_int_equal(pthread_create(&t->thread, NULL, send_claim, t), 0);
}

static void end_claim(struct claim *t)
{
	hub_answer_fini(&t->answer);
	hub_db_close(t->db);
}

static void lock_bucket(PGconn *c)
{
	run(c, "BEGIN");
	run(c,
	    "SELECT * FROM bucket WHERE office = 4102 AND day = 20783 "
	    "FOR UPDATE");
}

static void walk_in(const char *op, unsigned booking)
{
	begin();
	put_admit(&batch, op, hash_of(booking), WALK_IN);
	send(&k1);
}

static void test_a_late_commit_loses_no_row(void **state)
{
	struct claim late;
	char digest[FEED_DIGEST_HEX + 1], sql[512];
	struct feed_admission a = {.device = 1, .time_s = 5};
	struct feed_digest d;
	PGconn *c;

	(void)state;
	need_postgres();
	walk_in(op_of(1), 1);
	view_sync(&view, &k1, 500);
	d = view.digest;
	/* Another hub has taken number 2 and does not commit yet. */
	c = session();
	lock_bucket(c);
	a.device = k2.device;
	a.booking.bytes[0] = 0xcc;
	a.op_id.bytes[0] = 0xdd;
	feed_add_admission(&d, OFFICE, DAY_N, &a);
	feed_digest_hex(&d, digest);
	snprintf(sql, sizeof(sql),
	    "INSERT INTO admission VALUES (4102, 20783, "
	    "'cc000000000000000000000000000000', "
	    "'dd000000000000000000000000000000', %u, 0, 0, 5, 2)",
	    k2.device);
	run(c, sql);
	snprintf(sql, sizeof(sql),
	    "UPDATE bucket SET head = 2, digest = '%s' WHERE office = 4102 AND "
	    "day = 20783",
	    digest);
	run(c, sql);
	/* A claim after it waits, and no reader sees beyond 1. */
	start_claim(&late, &k2, op_of(3), 3);
	await_blocked(c, 1);
	view_sync(&view, &k1, 500);
	assert_int_equal(view.after, 1);
	run(c, "COMMIT");
	pthread_join(late.thread, NULL);
	assert_int_equal(late.answer.status, 200);
	/* From the cursor 1 both come, 2 before 3. */
	view_sync(&view, &k1, 500);
	assert_int_equal(view.after, 3);
	assert_int_equal(view.n, 3);
	end_claim(&late);
	PQfinish(c);
}

/* The feed, in a thread, with the batch's connection. */
static void *read_feed(void *arg)
{
	struct claim *t = arg;
	struct wire_request w = {str_from("GET"), str_from(t->body),
	    str_from(""), t->c.device, t->c.counter};

	send_request(t, &w);
	return NULL;
}

static void test_a_page_and_its_digest_are_of_one_moment(void **state)
{
	struct claim t = {0};
	PGconn *c, *watch;

	(void)state;
	need_postgres();
	walk_in(op_of(1), 1);
	/* The reader has seen the head; its page waits for the table. */
	t.db = open_store();
	c = session();
	watch = session();
	run(c, "BEGIN");
	run(c, "LOCK TABLE admission IN ACCESS EXCLUSIVE MODE");
	k2.counter++;
	t.c = k2;
	snprintf(t.body, sizeof(t.body),
	    "/v1/feed?office=4102&day=" DAY "&epoch=0&after=0");
	assert_int_equal(pthread_create(&t.thread, NULL, read_feed, &t), 0);
	await_blocked(watch, 1);
	run(c,
	    "INSERT INTO admission SELECT office, day, "
	    "'cc000000000000000000000000000000', op_id, device, letter, "
	    "number, time_s, 2 FROM admission");
	run(c, "UPDATE bucket SET head = 2");
	run(c, "COMMIT");
	pthread_join(t.thread, NULL);
	assert_int_equal(t.answer.status, 200);
	forget();
	answer = t.answer;
	memset(&t.answer, 0, sizeof(t.answer));
	keep_reply();
	assert_int_equal(number_of(reply, "head"), 1);
	assert_true(view_take(&view));
	assert_int_equal(view.n, 1);
	end_claim(&t);
	PQfinish(c);
	PQfinish(watch);
}

static void kill_hub_sessions(PGconn *c)
{
	run(c,
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
	    "WHERE application_name = 'karcis-hub'");
}

static void test_a_connection_lost_while_idle_is_made_anew(void **state)
{
	PGconn *c;

	(void)state;
	need_postgres();
	walk_in(op_of(1), 1);
	c = session();
	kill_hub_sessions(c);
	usleep(50000);
	walk_in(op_of(2), 2);
	assert_string_equal(word(0), "admitted");
	kill_hub_sessions(c);
	usleep(50000);
	assert_int_equal(hub_db_ping(db, &e), 0);
	PQfinish(c);
}

static void test_a_connection_lost_in_a_claim_is_503_and_no_half(void **state)
{
	struct claim t;
	PGconn *c;

	(void)state;
	need_postgres();
	walk_in(op_of(1), 1);
	c = session();
	lock_bucket(c);
	start_claim(&t, &k2, op_of(2), 2);
	await_blocked(c, 1);
	kill_hub_sessions(c);
	pthread_join(t.thread, NULL);
	run(c, "COMMIT");
	assert_int_equal(t.answer.status, 503);
	assert_string_equal(t.answer.error, "storage");
	assert_string_equal(t.answer.kind, "error");
	assert_true(t.answer.retry_after_s > 0);
	assert_int_equal(t.answer.failure.code, -ECONNRESET);
	assert_int_equal(count(c, "SELECT COUNT(*) FROM op"), 1);
	assert_int_equal(count(c, "SELECT COUNT(*) FROM admission"), 1);
	hub_answer_fini(&t.answer);
	/* Sent again through the same connection, with the same counter: it
	 * was not kept either. */
	send_claim(&t);
	assert_int_equal(t.answer.status, 200);
	end_claim(&t);
	PQfinish(c);
}

static int pg_ctl(const char *verb)
{
	char cmd[512];

	snprintf(cmd, sizeof(cmd), "%s %s", getenv("KARCIS_PG_CTL"), verb);
	return system(cmd);
}

static void test_a_database_restarted_in_a_claim_keeps_what_it_said(
    void **state)
{
	struct claim t;
	PGconn *c;

	(void)state;
	need_postgres();
	if (getenv("KARCIS_PG_CTL") == NULL) {
		print_message("skipped: KARCIS_PG_CTL is not set\n");
		skip();
	}
	walk_in(op_of(1), 1);
	assert_string_equal(word(0), "admitted");
	c = session();
	lock_bucket(c);
	start_claim(&t, &k2, op_of(2), 2);
	await_blocked(c, 1);
	assert_int_equal(pg_ctl("kill"), 0);
	pthread_join(t.thread, NULL);
	PQfinish(c);
	assert_int_equal(t.answer.status, 503);
	assert_string_equal(t.answer.error, "storage");
	hub_answer_fini(&t.answer);
	send_claim(&t);
	assert_int_equal(t.answer.status, 503);
	hub_answer_fini(&t.answer);
	assert_true(hub_db_ping(db, &e) < 0);
	assert_int_equal(pg_ctl("start"), 0);
	send_claim(&t);
	assert_int_equal(t.answer.status, 200);
	view_sync(&view, &k1, 500);
	assert_int_equal(view.n, 2);
	end_claim(&t);
}

static void test_an_id_taken_meanwhile_is_judged_again(void **state)
{
	struct claim t;
	char sql[512];
	PGconn *c;

	(void)state;
	need_postgres();
	walk_in(op_of(1), 1);
	/* Another device uses the id on another day, and commits first. */
	c = session();
	run(c, "BEGIN");
	snprintf(sql, sizeof(sql),
	    "INSERT INTO op SELECT office, '%s', %u, 1, kind, hash, answer, "
	    "note, done, service, class, letter, number, key_id, ticket_seq, "
	    "journal_n, first, last, time_s, verdict, told_s FROM op",
	    op_of(2), k1.device);
	run(c, sql);
	start_claim(&t, &k2, op_of(2), 2);
	await_blocked(c, 1);
	run(c, "COMMIT");
	pthread_join(t.thread, NULL);
	assert_int_equal(t.answer.status, 200);
	assert_non_null(strstr(t.answer.body, "\"bad\""));
	assert_int_equal(count(c, "SELECT COUNT(*) FROM admission"), 1);
	end_claim(&t);
	PQfinish(c);
}

static void test_other_hubs_are_told_after_the_commit(void **state)
{
	struct hub_db *other;
	struct pollfd p = {.events = POLLIN};
	uint32_t office = 0;
	int32_t day = 0;
	PGconn *c;

	(void)state;
	need_postgres();
	other = open_store();
	p.fd = hub_db_listen(other, &e);
	assert_true(p.fd >= 0);
	assert_int_equal(hub_db_listen(other, &e), p.fd);
	assert_false(hub_db_notice(other, &office, &day));
	walk_in(op_of(1), 1);
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_true(hub_db_notice(other, &office, &day));
	assert_int_equal(office, OFFICE);
	assert_int_equal(day, DAY_N);
	assert_false(hub_db_notice(other, &office, &day));
	assert_int_equal(hub_revoke(h, db, OFFICE, "kiosk-2", now_s, &e), 0);
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_true(hub_db_notice(other, &office, &day));
	assert_int_equal(day, HUB_DAY_ALL);
	/* Lost: readable without a notice, and heard again. */
	c = session();
	kill_hub_sessions(c);
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_false(hub_db_notice(other, &office, &day));
	/* The server says that it goes, and then goes. */
	do {
		p.fd = hub_db_listen(other, &e);
		assert_true(p.fd >= 0);
		assert_false(hub_db_notice(other, &office, &day));
	} while (poll(&p, 1, 100) == 1);
	walk_in(op_of(2), 2);
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_true(hub_db_notice(other, &office, &day));
	hub_db_close(other);
	PQfinish(c);
}

static void test_every_statement_goes_by_an_index(void **state)
{
	PGconn *c;

	(void)state;
	need_postgres();
	for (unsigned i = 0; i < 20; i++)
		walk_in(op_of(i), i);
	c = session();
	/* Sessions report when they end. */
	hub_db_close(db);
	db = open_store();
	for (int i = 0; i < 50; i++) {
		if (count(c,
			"SELECT COALESCE(SUM(idx_scan), 0) FROM "
			"pg_stat_user_tables WHERE relname = 'op' AND "
			"schemaname = current_schema()") > 0)
			break;
		usleep(20000);
	}
	assert_int_equal(
	    count(c,
		"SELECT COALESCE(SUM(seq_scan), 0) FROM "
		"pg_stat_user_tables WHERE schemaname = current_schema() "
		"AND relname IN ('op', 'admission', 'booking', 'bucket', "
		"'device') AND seq_tup_read > 0"),
	    0);
	/* Nor does a claim go by the feed's index, from a plan of the time
	 * when the tables were empty: it would read the day for each op. */
	assert_int_equal(
	    count(c,
		"SELECT COALESCE(SUM(idx_scan), 0) FROM "
		"pg_stat_user_indexes WHERE schemaname = current_schema() "
		"AND indexrelname IN ('admission_seq', 'booking_seq')"),
	    0);
	PQfinish(c);
}

#define T(test) \
	cmocka_unit_test_setup_teardown(test, make_kiosks, remove_kiosks)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_late_commit_loses_no_row),
	    T(test_a_page_and_its_digest_are_of_one_moment),
	    T(test_a_connection_lost_while_idle_is_made_anew),
	    T(test_a_connection_lost_in_a_claim_is_503_and_no_half),
	    T(test_a_database_restarted_in_a_claim_keeps_what_it_said),
	    T(test_an_id_taken_meanwhile_is_judged_again),
	    T(test_other_hubs_are_told_after_the_commit),
	    T(test_every_statement_goes_by_an_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
