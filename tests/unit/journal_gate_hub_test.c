/* Passes on their way to the hub: with the admissions, in one order. */
#include "test_journal_gate.h"

static size_t outbox(struct admission *out, size_t cap)
{
	size_t n = 99;

	assert_int_equal(journal_outbox(j, out, cap, &n, &e), 0);
	return n;
}

static int64_t waiting(void)
{
	int64_t n = -1;

	assert_int_equal(journal_count_waiting(j, &n, &e), 0);
	return n;
}

static int64_t stuck(void)
{
	int64_t n = -1;

	assert_int_equal(journal_count_stuck(j, &n, &e), 0);
	return n;
}

static void set_stuck(uint64_t n)
{
	assert_int_equal(journal_stuck(j, n, str_from("bad"), &e), 0);
}

/* The outbox is exactly these entries. */
static void assert_waits(const uint64_t *want, size_t n)
{
	struct admission out[16];

	assert_int_equal(outbox(out, ARRAY_LEN(out)), n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(out[i].n, want[i]);
	assert_int_equal(waiting(), n);
}

#define WAITS(...) \
	assert_waits((const uint64_t[]){__VA_ARGS__}, \
	    sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static struct pass through_on(int32_t day, unsigned i)
{
	struct pass_subject s = ticket_of(i);

	s.day = day;
	return through(s, 0, false);
}

static void test_a_pass_waits_with_all_the_hub_needs(void **state)
{
	struct pass p = through(ticket_of(9), 1, true), q;
	struct admission out[4];

	(void)state;
	q = through(code_of(4), 0, false);
	crash();
	assert_int_equal(outbox(out, 4), 2);
	assert_int_equal(out[0].n, p.n);
	assert_int_equal(out[0].time_s, NOW + 1);
	assert_memory_equal(&out[0].op_id, &p.op_id, sizeof(p.op_id));
	assert_memory_equal(&out[0].booking, &p.key, sizeof(p.key));
	/* 0x80 | out | of a ticket | one companion */
	assert_int_equal(out[0].pass, 0xc1);
	assert_int_equal(out[0].ticket.day, DAY);
	assert_int_equal(out[0].ticket.letter, A);
	assert_int_equal(out[0].ticket.number, 9);
	assert_int_equal(out[0].ticket.key_id, 7);
	assert_int_equal(out[0].ticket.seq, 9);
	assert_int_equal(out[0].ticket.companions, 1);
	/* of a code: in, nobody with them, without a number */
	assert_int_equal(out[1].pass, 0xa0);
	assert_memory_equal(&out[1].booking, &q.key, sizeof(q.key));
	assert_int_equal(out[1].ticket.letter, 0);
	assert_int_equal(out[1].ticket.number, 0);
}

/* What a gate overruled has the number of some verdict that admits. */
static void test_a_pass_bears_no_verdict_and_no_class(void **state)
{
	struct pass p = pass_of(ticket_of(1), 0, false), got;
	struct admission out[2], a;

	(void)state;
	p.reason = PASS_REASON_ORDER;
	snprintf(p.officer, sizeof(p.officer), "ani");
	p.overruled = GATE_NEED_TICKET;
	assert_int_equal(journal_pass(j, &p, &got, &e), 0);
	assert_int_equal(outbox(out, 2), 1);
	assert_int_equal(out[0].verdict, VERDICT_UNSET);
	assert_int_equal(out[0].booking_class, CLASS_UNSET);
	a = admit(1, S);
	assert_int_equal(outbox(out, 2), 2);
	assert_int_equal(out[1].n, a.n);
	assert_int_equal(out[1].pass, 0);
	assert_int_equal(out[1].booking_class, CLASS_BOOKED);
}

static void test_passes_and_admissions_wait_in_one_order(void **state)
{
	uint64_t a = admit(1, S).n, p, b, q;
	struct admission out[2];

	(void)state;
	p = through(ticket_of(1), 0, false).n;
	assert_int_equal(journal_gate_refuse(j, NOW, DAY, GATE_USED, NULL, &e),
	    0);
	b = admit(2, S).n;
	q = through(label_of(B, 2), 0, true).n;
	WAITS(a, p, b, q);
	assert_int_equal(outbox(out, 2), 2);
	assert_int_equal(out[1].n, p);
	assert_int_equal(journal_sent(j, p, &e), 0);
	crash();
	WAITS(b, q);
	assert_int_equal(journal_sent(j, q, &e), 0);
	assert_int_equal(outbox(out, 2), 0);
	assert_chain();
}

static void test_a_stuck_pass_does_not_stop_the_others(void **state)
{
	uint64_t p = through(ticket_of(1), 0, false).n, q, r;

	(void)state;
	q = through(ticket_of(2), 0, false).n;
	r = through(ticket_of(3), 0, false).n;
	set_stuck(q);
	WAITS(p, r);
	assert_int_equal(journal_sent(j, r, &e), 0);
	assert_int_equal(waiting(), 0);
	assert_int_equal(stuck(), 1);
	assert_int_equal(journal_retry_stuck(j, &e), 0);
	crash();
	WAITS(q, r);
	assert_int_equal(stuck(), 0);
}

static void test_the_passes_of_a_day_are_sent_again(void **state)
{
	uint64_t p = through_on(DAY, 1).n, q = through_on(DAY + 1, 2).n,
		 r = through_on(DAY + 1, 3).n;

	(void)state;
	set_stuck(r);
	assert_int_equal(journal_sent(j, r, &e), 0);
	assert_int_equal(journal_resend(j, DAY + 2, &e), 0);
	assert_int_equal(waiting(), 0);
	assert_int_equal(journal_resend(j, DAY + 1, &e), 0);
	WAITS(q, r);
	assert_int_equal(stuck(), 0);
	assert_int_equal(journal_resend(j, DAY, &e), 0);
	WAITS(p, q, r);
}

static void test_a_pass_the_hub_has_not_taken_is_not_purged(void **state)
{
	uint64_t p = through_on(DAY, 1).n, q = through_on(DAY, 2).n,
		 r = through_on(DAY, 3).n;

	(void)state;
	assert_int_equal(journal_purge(j, NOW, DAY + 30, &e), 0);
	WAITS(p, q, r);
	assert_int_equal(journal_sent(j, p, &e), 0);
	assert_int_equal(journal_purge(j, NOW, DAY + 30, &e), 0);
	WAITS(q, r);
	assert_int_equal(number("SELECT count(*) FROM entry WHERE kind = 13"
				" AND payload IS NULL"),
	    1);
	set_stuck(q);
	assert_int_equal(journal_purge(j, NOW, DAY + 30, &e), 0);
	WAITS(r);
	assert_int_equal(journal_sent(j, r, &e), 0);
	assert_int_equal(journal_purge(j, NOW, DAY + 30, &e), 0);
	assert_int_equal(journal_resend(j, 0, &e), 0);
	assert_int_equal(waiting(), 0);
	assert_chain();
}

/* Without a hub nobody takes them, and they do not stay for ever. */
static void test_without_a_hub_passes_are_purged(void **state)
{
	(void)state;
	close_journal();
	open_as(false, S);
	through_on(DAY, 1);
	assert_int_equal(journal_purge(j, NOW, DAY + 1, &e), 0);
	assert_int_equal(number("SELECT count(*) FROM entry WHERE kind = 13"
				" AND payload IS NULL"),
	    1);
}

static void assert_text_12(const char *want)
{
	sqlite3_stmt *s = NULL;

	assert_int_equal(sqlite3_prepare_v2(j->db,
			     "SELECT text FROM entry WHERE kind = 12"
			     " ORDER BY n DESC LIMIT 1",
			     -1, &s, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(s, 0), want);
	sqlite3_finalize(s);
}

static void test_a_double_of_a_pass_is_told_once_with_its_time(void **state)
{
	struct claim_by by = {.device = 18,
	    .terminal = "gate-2",
	    .letter = A,
	    .number = 9,
	    .time_s = NOW - 5};
	struct admission out[4];
	bool was = true;

	(void)state;
	through(ticket_of(9), 0, false);
	through(code_of(1), 0, false);
	assert_int_equal(outbox(out, 4), 2);
	assert_int_equal(journal_was_double(j, &out[0].op_id, &was, &e), 0);
	assert_false(was);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(journal_double(j, NOW + 9, &out[0], &by, &e),
		    0);
		crash();
	}
	assert_int_equal(journal_was_double(j, &out[0].op_id, &was, &e), 0);
	assert_true(was);
	assert_int_equal(report().doubles, 1);
	assert_text_12("A-009 through here, through gate-2 at 1763999995");
	assert_int_equal(number("SELECT count(*) FROM entry WHERE kind = 12"
				" AND class = 0x81 AND label = 1 AND number = 9"
				" AND detail = 18 AND day = 20416"),
	    1);
	by.letter = 0;
	assert_int_equal(journal_double(j, NOW + 9, &out[1], &by, &e), 0);
	assert_text_12("? through here, through gate-2 at 1763999995");
	/* Doubles are no further passes. */
	assert_int_equal(waiting(), 2);
	assert_int_equal(report().gate[GATE_OPEN], 2);
	assert_chain();
}

/* The file was edited: better unsent than taken for an admission. */
static void test_a_pass_without_its_byte_is_never_sent(void **state)
{
	(void)state;
	through(ticket_of(1), 0, false);
	close_journal();
	run_sql("DROP TRIGGER entry_no_update;"
		"UPDATE entry SET class = 0 WHERE kind = 13",
	    SQLITE_OK);
	open_as(true, S);
	{
		struct admission out[2];

		assert_int_equal(outbox(out, 2), 0);
	}
}

/* What was made before the terminal was enrolled goes to its hub. */
static void test_passes_of_before_the_hub_are_sent(void **state)
{
	uint64_t p;

	(void)state;
	close_journal();
	open_as(false, S);
	p = through(ticket_of(1), 0, false).n;
	with_hub(S);
	WAITS(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HUB(test_a_pass_waits_with_all_the_hub_needs),
	    HUB(test_a_pass_bears_no_verdict_and_no_class),
	    HUB(test_passes_and_admissions_wait_in_one_order),
	    HUB(test_a_stuck_pass_does_not_stop_the_others),
	    HUB(test_the_passes_of_a_day_are_sent_again),
	    HUB(test_a_pass_the_hub_has_not_taken_is_not_purged),
	    HUB(test_without_a_hub_passes_are_purged),
	    HUB(test_a_double_of_a_pass_is_told_once_with_its_time),
	    HUB(test_a_pass_without_its_byte_is_never_sent),
	    HUB(test_passes_of_before_the_hub_are_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
