/* With a hub: what is sent, doubles, counters, and the chain through it all. */
#include "test_journal_hub.h"

/* ---- the outbox ---- */

static size_t outbox(struct admission *out, size_t cap)
{
	size_t n = 99;

	assert_int_equal(journal_outbox(j, out, cap, &n, &e), 0);
	return n;
}

/* The outbox is exactly these. */
static void assert_outbox(const struct admission *const *want, size_t n)
{
	struct admission out[16];

	assert_int_equal(outbox(out, ARRAY_LEN(out)), n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(out[i].n, want[i]->n);
		assert_memory_equal(&out[i].op_id, &want[i]->op_id,
		    sizeof(out[i].op_id));
		assert_memory_equal(&out[i].booking, &want[i]->booking,
		    sizeof(out[i].booking));
		assert_int_equal(out[i].ticket.number, want[i]->ticket.number);
		assert_int_equal(out[i].booking_class, CLASS_BOOKED);
	}
}

#define OUTBOX(...) \
	assert_outbox((const struct admission *const[]){__VA_ARGS__}, \
	    sizeof((const struct admission *const[]){__VA_ARGS__}) / \
		sizeof(const struct admission *))

static void sent(const struct admission *a)
{
	assert_int_equal(journal_sent(j, a->n, &e), 0);
}

static int64_t stuck(void)
{
	int64_t n = -1;

	assert_int_equal(journal_count_stuck(j, &n, &e), 0);
	return n;
}

static void test_admissions_wait_until_they_are_sent(void **state)
{
	struct code_hash h = person(9);
	struct admission a = admit(1, A), b, c, out[2];

	(void)state;
	assert_int_equal(journal_refuse(j, NOW, DAY, VERDICT_UNKNOWN, &h, &e),
	    0);
	b = admit(2, A);
	assert_int_equal(journal_print_start(j, NOW, &b, false, &e), 0);
	c = admit(3, B);
	OUTBOX(&a, &b, &c);
	assert_int_equal(outbox(out, 2), 2);
	assert_int_equal(out[1].n, b.n);
	sent(&a);
	OUTBOX(&b, &c);
	crash();
	OUTBOX(&b, &c);
	sent(&c);
	assert_int_equal(outbox(out, 2), 0);
	sent(&a); /* a late answer takes nothing back */
	assert_int_equal(outbox(out, 2), 0);
	a = admit(4, A);
	OUTBOX(&a);
	assert_chain();
}

static void test_what_is_stuck_does_not_stop_the_others(void **state)
{
	struct admission a = admit(1, A), b = admit(2, A), c = admit(3, A),
			 out[4];

	(void)state;
	assert_int_equal(stuck(), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    journal_stuck(j, b.n, str_from("field day"), &e), 0);
	assert_int_equal(stuck(), 1);
	OUTBOX(&a, &c);
	sent(&c);
	crash();
	assert_int_equal(outbox(out, 4), 0);
	assert_int_equal(stuck(), 1);
	assert_int_equal(number("SELECT count(*) FROM stuck"
				" WHERE reason = 'field day'"),
	    1);
	assert_chain();
}

static struct admission admit_on(int32_t day, unsigned i)
{
	struct admit_request q = request_of(i, A);
	struct admission a;

	q.day = day;
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	return a;
}

static void test_a_day_is_sent_again_stuck_or_not(void **state)
{
	struct admission a = admit_on(DAY, 1), b = admit_on(DAY + 1, 2),
			 c = admit_on(DAY + 1, 3), out[4];

	(void)state;
	/* Nothing was sent: nothing changes. */
	assert_int_equal(journal_resend(j, DAY + 1, &e), 0);
	OUTBOX(&a, &b, &c);
	assert_int_equal(journal_stuck(j, c.n, str_from("bad"), &e), 0);
	sent(&c);
	assert_int_equal(outbox(out, 4), 0);
	assert_int_equal(journal_resend(j, DAY + 2, &e), 0);
	assert_int_equal(outbox(out, 4), 0);
	assert_int_equal(stuck(), 1);
	assert_int_equal(journal_resend(j, DAY + 1, &e), 0);
	crash();
	OUTBOX(&b, &c);
	assert_int_equal(stuck(), 0);
	sent(&b);
	assert_int_equal(journal_resend(j, DAY, &e), 0);
	OUTBOX(&a, &b, &c);
	assert_chain();
}

static int64_t waiting(void)
{
	int64_t n = -1;

	assert_int_equal(journal_count_waiting(j, &n, &e), 0);
	return n;
}

/* As many as the outbox holds, which is cut at its room. */
static void test_how_many_wait_is_counted(void **state)
{
	struct code_hash h = person(9);
	struct admission a, b, c, out[2];

	(void)state;
	assert_int_equal(waiting(), 0);
	a = admit(1, A);
	b = admit(2, A);
	assert_int_equal(journal_refuse(j, NOW, DAY, VERDICT_UNKNOWN, &h, &e),
	    0);
	assert_int_equal(journal_print_start(j, NOW, &b, false, &e), 0);
	c = admit(3, B);
	assert_int_equal(waiting(), 3);
	assert_int_equal(outbox(out, 2), 2);
	assert_int_equal(journal_stuck(j, b.n, str_from("bad"), &e), 0);
	assert_int_equal(waiting(), 2);
	sent(&a);
	assert_int_equal(waiting(), 1);
	crash();
	assert_int_equal(waiting(), 1);
	sent(&c);
	assert_int_equal(waiting(), 0);
	assert_int_equal(stuck(), 1);
	assert_int_equal(journal_resend(j, DAY, &e), 0);
	assert_int_equal(waiting(), 3);
}

static void test_what_was_purged_does_not_wait(void **state)
{
	(void)state;
	struct admission a = admit_on(DAY, 1);

	admit_on(DAY + 1, 2);
	assert_int_equal(waiting(), 2);
	sent(&a);
	assert_int_equal(journal_purge(j, NOW, DAY + 1, &e), 0);
	assert_int_equal(waiting(), 1);
}

/* A terminal that was away longer than it keeps its days. */
static void test_what_the_hub_has_not_taken_is_not_purged(void **state)
{
	struct admission a = admit_on(DAY, 1), b = admit_on(DAY, 2), out[4];

	(void)state;
	assert_int_equal(journal_purge(j, NOW, DAY + 30, &e), 0);
	OUTBOX(&a, &b);
	sent(&a);
	assert_int_equal(journal_purge(j, NOW, DAY + 30, &e), 0);
	OUTBOX(&b);
	assert_int_equal(journal_stuck(j, b.n, str_from("bad"), &e), 0);
	assert_int_equal(journal_purge(j, NOW, DAY + 30, &e), 0);
	assert_int_equal(outbox(out, 4), 0);
	assert_int_equal(journal_resend(j, 0, &e), 0);
	assert_int_equal(outbox(out, 4), 0); /* both are gone now */
	assert_chain();
}

static void test_what_is_stuck_is_tried_again_with_what_follows(void **state)
{
	struct admission a = admit(1, A), b = admit(2, A), c = admit(3, A),
			 d = admit(4, A), out[4];

	(void)state;
	assert_int_equal(journal_stuck(j, b.n, str_from("bad"), &e), 0);
	assert_int_equal(journal_stuck(j, d.n, str_from("bad"), &e), 0);
	sent(&d);
	assert_int_equal(outbox(out, 4), 0);
	assert_int_equal(journal_retry_stuck(j, &e), 0);
	OUTBOX(&b, &c, &d); /* not a, which was taken */
	assert_int_equal(stuck(), 0);
	assert_int_equal(waiting(), 3);
	crash();
	OUTBOX(&b, &c, &d);
	/* It is taken at last, or set aside again. */
	sent(&c);
	assert_int_equal(journal_stuck(j, d.n, str_from("bad"), &e), 0);
	assert_int_equal(outbox(out, 4), 0);
	assert_int_equal(stuck(), 1);
	assert_true(a.n < b.n);
	assert_chain();
}

static void test_without_anything_stuck_nothing_is_tried_again(void **state)
{
	struct admission a = admit(1, A), b = admit(2, A), out[4];

	(void)state;
	assert_int_equal(journal_retry_stuck(j, &e), 0); /* nothing sent */
	OUTBOX(&a, &b);
	sent(&a);
	assert_int_equal(journal_retry_stuck(j, &e), 0);
	OUTBOX(&b);
	sent(&b);
	assert_int_equal(journal_retry_stuck(j, &e), 0);
	assert_int_equal(outbox(out, 4), 0);
}

/* What was not sent yet is not skipped by it. */
static void test_a_stuck_one_behind_what_was_sent_takes_nothing_back(
    void **state)
{
	struct admission a = admit(1, A), b = admit(2, A), c = admit(3, A);

	(void)state;
	sent(&a);
	assert_int_equal(journal_stuck(j, c.n, str_from("bad"), &e), 0);
	assert_int_equal(journal_retry_stuck(j, &e), 0);
	OUTBOX(&b, &c);
	assert_int_equal(stuck(), 0);
}

static void test_a_retry_that_fails_changes_nothing(void **state)
{
	struct admission a = admit(1, A), out[4];

	(void)state;
	assert_int_equal(journal_stuck(j, a.n, str_from("bad"), &e), 0);
	sent(&a);
	assert_int_equal(sqlite3_exec(j->db,
			     "CREATE TEMP TRIGGER t BEFORE DELETE ON stuck"
			     " BEGIN SELECT raise(ABORT, 'no'); END",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	assert_true(journal_retry_stuck(j, &e) < 0);
	assert_true(strlen(e.text) > 8);
	assert_int_equal(outbox(out, 4), 0);
	assert_int_equal(stuck(), 1);
	/* The file is free again. */
	assert_int_equal(
	    sqlite3_exec(j->db, "DROP TRIGGER t", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(journal_retry_stuck(j, &e), 0);
	OUTBOX(&a);
}

/* What is not sent again stays among what the hub could not take. */
static void test_a_stuck_one_of_an_earlier_day_stays_stuck(void **state)
{
	struct admission a = admit_on(DAY, 1), b = admit_on(DAY + 1, 2);

	(void)state;
	assert_int_equal(journal_stuck(j, a.n, str_from("bad"), &e), 0);
	sent(&b);
	assert_int_equal(journal_resend(j, DAY + 1, &e), 0);
	OUTBOX(&b);
	assert_int_equal(stuck(), 1);
}

static void test_questions_of_a_purged_day_go_with_it(void **state)
{
	struct admit_request old = request_of(1, A), day = request_of(1, A);
	struct admission a;
	struct admit_request got;

	(void)state;
	day.day = DAY + 1;
	intend(&old);
	intend(&day);
	assert_int_equal(journal_purge(j, NOW, DAY + 1, &e), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(journal_intent(j, &old.booking, DAY, &got, &e),
		    -ENOENT);
		assert_int_equal(
		    journal_intent(j, &day.booking, DAY + 1, &got, &e), 0);
		crash();
	}
	assert_int_equal(journal_admit(j, &day, &a, &e), 0);
	assert_int_equal(journal_intent(j, &day.booking, DAY + 1, &got, &e),
	    -ENOENT);
}

static void test_what_was_purged_is_not_sent(void **state)
{
	struct admission a = admit_on(DAY, 1), b = admit_on(DAY + 1, 2), out[4];

	(void)state;
	sent(&a);
	assert_int_equal(journal_purge(j, NOW, DAY + 1, &e), 0);
	OUTBOX(&b);
	assert_int_equal(journal_resend(j, DAY, &e), 0);
	OUTBOX(&b);
	sent(&b);
	assert_int_equal(journal_purge(j, NOW, DAY + 2, &e), 0);
	assert_int_equal(outbox(out, 4), 0);
	assert_int_equal(journal_resend(j, 0, &e), 0);
	assert_int_equal(outbox(out, 4), 0);
	assert_chain();
}

/* ---- doubles and counters ---- */

static struct claim_by elsewhere(void)
{
	struct claim_by by = {.device = 18,
	    .terminal = "kiosk-2",
	    .letter = B,
	    .number = 33,
	    .time_s = NOW - 5};

	return by;
}

static uint32_t doubles(int32_t day)
{
	struct journal_report r;

	assert_int_equal(journal_report(j, day, &r, &e), 0);
	return r.doubles;
}

static void assert_text_12(const char *want)
{
	sqlite3_stmt *s = NULL;

	assert_int_equal(sqlite3_prepare_v2(j->db,
			     "SELECT text, detail, number FROM entry"
			     " WHERE kind = 12 ORDER BY n DESC LIMIT 1",
			     -1, &s, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(s, 0), want);
	assert_int_equal(sqlite3_column_int(s, 1), 18);
	sqlite3_finalize(s);
}

static void test_a_double_is_told_once(void **state)
{
	struct claim_by by = elsewhere();
	struct admission a = admit(1, S), b = admit(2, S);

	(void)state;
	assert_int_equal(doubles(DAY), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(journal_double(j, NOW + 9, &a, &by, &e), 0);
		assert_int_equal(doubles(DAY), 1);
		crash();
	}
	assert_text_12("S-001 here, B-033 at kiosk-2");
	by.letter = 0;
	by.number = 0;
	memset(by.terminal, 'x', sizeof(by.terminal)); /* no end */
	assert_int_equal(journal_double(j, NOW + 9, &b, &by, &e), 0);
	assert_text_12("S-002 here, ? at xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	assert_int_equal(doubles(DAY), 2);
	assert_int_equal(doubles(DAY + 1), 0);
	/* Doubles are no further admissions. */
	{
		struct journal_report r;
		struct admission out[4];

		assert_int_equal(journal_report(j, DAY, &r, &e), 0);
		assert_int_equal(r.admitted, 2);
		assert_int_equal(outbox(out, 4), 2);
	}
	assert_chain();
}

static void test_counters_never_repeat(void **state)
{
	uint64_t first, last = 0;

	(void)state;
	for (uint32_t n = 1; n <= 100; n += 33) {
		assert_int_equal(journal_counters(j, n, &first, &e), 0);
		assert_true(first == last + 1);
		last += n;
		crash();
	}
	assert_int_equal(journal_counters(j, UINT32_MAX, &first, &e), 0);
	assert_true(first == last + 1);
	last += UINT32_MAX;
	assert_int_equal(journal_counters(j, 1, &first, &e), 0);
	assert_true(first == last + 1);
	/* The mark of what was sent is another number. */
	assert_int_equal(journal_sent(j, 3, &e), 0);
	assert_int_equal(journal_counters(j, 1, &first, &e), 0);
	assert_true(first == last + 2);
}

/* ---- all of it together ---- */

static void test_without_a_hub_everything_is_as_before(void **state)
{
	struct admission a;

	(void)state;
	close_journal();
	open_as(false, S);
	a = admit(1, A);
	assert_label(&a, A, 1);
	a = admit(2, A);
	assert_label(&a, A, 2);
	a = admit(3, B);
	assert_label(&a, B, 1);
	assert_int_equal(admit_walk_in(4), 0);
	assert_int_equal(admit_walk_in(4), -EEXIST);
	assert_int_equal(number("SELECT (SELECT count(*) FROM intent)"
				" + (SELECT count(*) FROM granted)"
				" + (SELECT count(*) FROM outbox"
				" WHERE name != 'key')"
				" + (SELECT count(*) FROM stuck)"),
	    0);
	/* Enrolled now: what the letter gave before is not given again. */
	with_hub(S);
	numbers(DAY, A, 1, 5);
	assert_int_equal(left(DAY, A), 2);
	a = admit(5, A);
	assert_label(&a, A, 4);
	assert_chain();
}

static void test_an_earlier_release_s_file_is_taken(void **state)
{
	struct admission a = admit(1, S), out[4];

	(void)state;
	close_journal();
	run_sql("DROP TABLE intent; DROP TABLE granted; DROP TABLE outbox;"
		"DROP TABLE stuck; DROP TABLE logged; DROP INDEX entry_double;"
		"DROP INDEX entry_pass; DROP INDEX entry_pass_label;"
		"PRAGMA user_version = 1",
	    SQLITE_OK);
	open_as(true, S);
	assert_int_equal(journal_finding(j).n, 0);
	assert_int_equal(outbox(out, 4), 1);
	assert_int_equal(out[0].n, a.n);
	numbers(DAY, A, 3, 3);
	a = admit(2, A);
	assert_label(&a, A, 3);
}

static void test_the_file_of_it_all_verifies(void **state)
{
	struct claim_by by = elsewhere();
	struct admit_request q = request_of(50, A);
	struct journal_finding f;
	struct admission a;
	uint64_t first, entries;
	char to[128];

	(void)state;
	numbers(DAY, A, 1, 3);
	intend(&q);
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	a = admit(1, A);
	assert_int_equal(journal_double(j, NOW, &a, &by, &e), 0);
	assert_int_equal(journal_counters(j, 64, &first, &e), 0);
	assert_int_equal(journal_stuck(j, a.n, str_from("bad"), &e), 0);
	sent(&a);
	void_before(DAY + 1);
	crash();
	assert_int_equal(journal_purge(j, NOW, DAY + 1, &e), 0);
	assert_chain();
	snprintf(to, sizeof(to), "%s/backup.db", dir);
	assert_int_equal(journal_backup(j, to, &e), 0);
	assert_int_equal(
	    journal_verify(to, keys.audit_public, &f, &entries, &e), 0);
	assert_int_equal(f.n, 0);
	journal_head(j, &first, &a.hash);
	assert_int_equal(entries, first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HUB(test_admissions_wait_until_they_are_sent),
	    HUB(test_what_is_stuck_does_not_stop_the_others),
	    HUB(test_a_day_is_sent_again_stuck_or_not),
	    HUB(test_a_stuck_one_of_an_earlier_day_stays_stuck),
	    HUB(test_how_many_wait_is_counted),
	    HUB(test_what_was_purged_does_not_wait),
	    HUB(test_what_the_hub_has_not_taken_is_not_purged),
	    HUB(test_what_is_stuck_is_tried_again_with_what_follows),
	    HUB(test_without_anything_stuck_nothing_is_tried_again),
	    HUB(test_a_stuck_one_behind_what_was_sent_takes_nothing_back),
	    HUB(test_a_retry_that_fails_changes_nothing),
	    HUB(test_what_was_purged_is_not_sent),
	    HUB(test_questions_of_a_purged_day_go_with_it),
	    HUB(test_a_double_is_told_once),
	    HUB(test_counters_never_repeat),
	    HUB(test_without_a_hub_everything_is_as_before),
	    HUB(test_an_earlier_release_s_file_is_taken),
	    HUB(test_the_file_of_it_all_verifies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
