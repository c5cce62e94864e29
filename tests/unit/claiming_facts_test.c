/* What a visitor is judged by beyond the journal: the hub's word, the home of
 * the code, and what the feed says of other terminals. */
#include "test_claiming.h"

/* ---- words become facts ---- */

static struct checkin_facts known(void)
{
	struct checkin_facts f = {.storage_ok = true,
	    .found = true,
	    .booking = booking_of(DAY, 0)};

	return f;
}

static void test_an_empty_word_changes_no_fact(void **state)
{
	struct checkin_facts f = known(), was;

	(void)state;
	memcpy(&was, &f, sizeof(was)); /* its padding too */
	memset(&word, 0, sizeof(word));
	claiming_put(&word, &f);
	assert_memory_equal(&f, &was, sizeof(f));
}

static void test_a_refusal_becomes_the_booking_s_status(void **state)
{
	static const struct {
		enum claim_answer answer;
		enum booking_status status;
	} t[] = {{CLAIM_CANCELLED, BOOKING_CANCELLED},
	    {CLAIM_RESCHEDULED, BOOKING_RESCHEDULED},
	    {CLAIM_BLOCKED, BOOKING_BLOCKED}, {CLAIM_REVOKED, BOOKING_REVOKED},
	    /* These are put nowhere. */
	    {CLAIM_ADMITTED, BOOKING_CONFIRMED},
	    {CLAIM_GRANTED, BOOKING_CONFIRMED}, {CLAIM_BAD, BOOKING_CONFIRMED},
	    {CLAIM_UNSUPPORTED, BOOKING_CONFIRMED}};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(t); i++) {
		struct checkin_facts f = known();

		memset(&word, 0, sizeof(word));
		word.answer = t[i].answer;
		claiming_put(&word, &f);
		assert_int_equal(f.booking.status, t[i].status);
		assert_true(f.found);
		assert_false(f.usage.used);
		assert_false(f.elsewhere);
	}
}

static void test_unknown_is_not_found(void **state)
{
	struct checkin_facts f = known();

	(void)state;
	memset(&word, 0, sizeof(word));
	word.answer = CLAIM_UNKNOWN;
	claiming_put(&word, &f);
	assert_false(f.found);
}

static void test_used_names_where_and_when(void **state)
{
	struct checkin_facts f = known();

	(void)state;
	memset(&word, 0, sizeof(word));
	word.answer = CLAIM_USED;
	word.by = (struct claim_by){.device = 18,
	    .terminal = "kiosk-2",
	    .letter = 20,
	    .number = 7,
	    .time_s = NOW - 100};
	claiming_put(&word, &f);
	assert_true(f.usage.used);
	assert_int_equal(f.usage.used_s, NOW - 100);
	assert_int_equal(f.usage.letter, 20);
	assert_int_equal(f.usage.number, 7);
	assert_true(f.usage.last_print_proven); /* no copy of it here */
	assert_string_equal(f.terminal, "kiosk-2");
	assert_false(f.elsewhere);
}

static void test_elsewhere_names_the_home(void **state)
{
	struct checkin_facts f = known();

	(void)state;
	memset(&word, 0, sizeof(word));
	word.elsewhere = true;
	(void)snprintf(word.terminal, sizeof(word.terminal), "kiosk-2");
	claiming_put(&word, &f);
	assert_true(f.elsewhere);
	assert_string_equal(f.terminal, "kiosk-2");
	assert_false(f.usage.used);
}

/* ---- facts beyond the journal ---- */

static struct checkin_facts facts_of(unsigned i, struct checkin_facts f)
{
	struct code_hash h = person(i);

	assert_int_equal(
	    claiming_facts(&claiming, &h, now_s(), mono_ms, &f, &e), 0);
	return f;
}

static void test_facts_tell_how_old_the_data_is(void **state)
{
	struct checkin_facts f;

	(void)state;
	f = facts_of(0, known());
	assert_int_equal(f.last_sync_s, 0);
	come_up();
	f = facts_of(0, known());
	assert_int_equal(f.last_sync_s, now_s());
	assert_false(f.usage.used);
	sync_lost(s, mono_ms);
	mono_ms += 700 * 1000;
	f = facts_of(0, known());
	assert_int_equal(f.last_sync_s, now_s() - 700);
}

static void test_an_admission_of_the_feed_is_a_use(void **state)
{
	struct op_id other = journal_op_id();
	struct checkin_facts f;

	(void)state;
	come_up();
	feed_admits(0, &other, 18);
	feed_admits(1, &other, 99); /* the roster has no 99 */
	f = facts_of(0, known());
	assert_true(f.usage.used);
	assert_int_equal(f.usage.letter, 20);
	assert_int_equal(f.usage.number, 7);
	assert_int_equal(f.usage.used_s, NOW - 100);
	assert_true(f.usage.last_print_proven);
	assert_string_equal(f.terminal, "kiosk-2");
	f = facts_of(1, known());
	assert_true(f.usage.used);
	assert_string_equal(f.terminal, "");
	f = facts_of(2, known());
	assert_false(f.usage.used);
}

/* The hub admitted what a crash kept from being finished here: that is this
 * visitor's own question, not a use. */
static void test_the_own_question_is_no_use(void **state)
{
	struct admit_request q = request_of(0), other = request_of(1);
	struct op_id foreign = journal_op_id();
	struct checkin_facts f;

	(void)state;
	come_up();
	assert_int_equal(journal_intend(j, &q, &e), 0);
	feed_admits(0, &q.op_id, DEVICE);
	f = facts_of(0, known());
	assert_false(f.usage.used);
	/* An intent of ours, but it was another op that was admitted. */
	assert_int_equal(journal_intend(j, &other, &e), 0);
	feed_admits(1, &foreign, 18);
	f = facts_of(1, known());
	assert_true(f.usage.used);
	/* Without the intent it is one. */
	assert_int_equal(journal_intent_drop(j, &q.op_id, &e), 0);
	f = facts_of(0, known());
	assert_true(f.usage.used);
}

static void test_what_the_journal_knows_stays(void **state)
{
	struct op_id other = journal_op_id();
	struct checkin_facts f = known();

	(void)state;
	come_up();
	feed_admits(0, &other, 18);
	f.usage.used = true;
	f.usage.letter = 1;
	f.usage.number = 3;
	f = facts_of(0, f);
	assert_int_equal(f.usage.letter, 1);
	assert_int_equal(f.usage.number, 3);
	assert_false(f.usage.last_print_proven);
	assert_string_equal(f.terminal, "");
}

static void test_facts_that_can_not_be_read_are_a_failure(void **state)
{
	struct checkin_facts f = known();
	struct code_hash h = person(0);

	(void)state;
	come_up();
	assert_int_equal(
	    sqlite3_exec(c->db, "DROP TABLE feed_admission", NULL, NULL, NULL),
	    SQLITE_OK);
	assert_true(
	    claiming_facts(&claiming, &h, now_s(), mono_ms, &f, &e) < 0);
	assert_true(strlen(e.text) > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CLAIMING(test_an_empty_word_changes_no_fact),
	    CLAIMING(test_a_refusal_becomes_the_booking_s_status),
	    CLAIMING(test_unknown_is_not_found),
	    CLAIMING(test_used_names_where_and_when),
	    CLAIMING(test_elsewhere_names_the_home),
	    CLAIMING(test_facts_tell_how_old_the_data_is),
	    CLAIMING(test_an_admission_of_the_feed_is_a_use),
	    CLAIMING(test_the_own_question_is_no_use),
	    CLAIMING(test_what_the_journal_knows_stays),
	    CLAIMING(test_facts_that_can_not_be_read_are_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
