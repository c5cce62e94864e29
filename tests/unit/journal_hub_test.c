/* With a hub: intents, granted numbers and seats, and what nobody got. */
#include "test_journal_hub.h"

/* ---- intents ---- */

static size_t intents(struct admit_request *out, size_t cap)
{
	size_t n = 99;

	assert_int_equal(journal_intents(j, out, cap, &n, &e), 0);
	return n;
}

static int find_intent(unsigned i, int32_t day, struct admit_request *out)
{
	struct code_hash h = person(i);

	memset(out, 0x5a, sizeof(*out));
	return journal_intent(j, &h, day, out, &e);
}

static void assert_request(const struct admit_request *a,
    const struct admit_request *b)
{
	assert_memory_equal(&a->op_id, &b->op_id, sizeof(a->op_id));
	assert_int_equal(a->time_s, b->time_s);
	assert_memory_equal(&a->booking, &b->booking, sizeof(a->booking));
	assert_int_equal(a->day, b->day);
	assert_int_equal(a->letter, b->letter);
	assert_int_equal(a->service, b->service);
	assert_int_equal(a->slot_min, b->slot_min);
	assert_int_equal(a->window_min, b->window_min);
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->companions, b->companions);
	assert_int_equal(a->booking_class, b->booking_class);
	assert_int_equal(a->verdict, b->verdict);
}

static void test_an_intent_is_whole_after_a_power_cut(void **state)
{
	struct admit_request q = request_of(1, A), got, list[4];

	(void)state;
	q.type = TICKET_STANDBY;
	q.flags = TICKET_PRIORITY | TICKET_LATE;
	q.booking_class = CLASS_PRIORITY;
	q.verdict = VERDICT_ADMIT_PRIORITY;
	intend(&q);
	crash();
	assert_int_equal(find_intent(1, DAY, &got), 0);
	assert_request(&got, &q);
	assert_int_equal(intents(list, 4), 1);
	assert_request(&list[0], &q);
}

static void test_one_intent_for_a_booking_and_day(void **state)
{
	struct admit_request q = request_of(1, A), again = request_of(1, B),
			     other = request_of(1, A), got;
	struct admit_request zero;

	(void)state;
	memset(&zero, 0, sizeof(zero));
	assert_int_equal(find_intent(1, DAY, &got), -ENOENT);
	assert_memory_equal(&got, &zero, sizeof(got));
	intend(&q);
	assert_int_equal(journal_intend(j, &again, &e), -EEXIST);
	assert_int_equal(journal_intend(j, &q, &e), -EEXIST);
	assert_int_equal(find_intent(1, DAY, &got), 0);
	assert_request(&got, &q);
	other.day = DAY + 1;
	intend(&other);
	assert_int_equal(find_intent(1, DAY + 1, &got), 0);
	assert_request(&got, &other);
	assert_int_equal(find_intent(1, DAY + 2, &got), -ENOENT);
	assert_int_equal(find_intent(2, DAY, &got), -ENOENT);
	assert_memory_equal(&got, &zero, sizeof(got));
}

static void test_intents_are_listed_oldest_first(void **state)
{
	struct admit_request q[3], list[4];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		q[i] = request_of(7 - i, A);
		intend(&q[i]);
	}
	assert_int_equal(intents(list, 4), 3);
	for (unsigned i = 0; i < 3; i++)
		assert_request(&list[i], &q[i]);
	assert_int_equal(intents(list, 2), 2);
	assert_request(&list[1], &q[1]);
	assert_int_equal(intents(list, 0), 0);
}

static void test_an_admission_does_its_own_intent_alone(void **state)
{
	struct admit_request q = request_of(1, A), other = request_of(2, A),
			     list[4], foreign = request_of(2, A);
	struct admission a;

	(void)state;
	intend(&q);
	intend(&other);
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	crash();
	assert_int_equal(intents(list, 4), 1);
	assert_request(&list[0], &other);
	/* Another op's admission of that booking leaves the question open. */
	assert_int_equal(journal_admit(j, &foreign, &a, &e), 0);
	assert_int_equal(intents(list, 4), 1);
	assert_int_equal(journal_admit(j, &other, &a, &e), -EEXIST);
	assert_memory_equal(&a.op_id, &foreign.op_id, sizeof(a.op_id));
	assert_int_equal(intents(list, 4), 1);
	assert_chain();
}

static void test_intent_and_admission_are_one_transaction(void **state)
{
	struct admit_request q = request_of(1, A), got;
	struct code_hash h = person(1);
	struct admission a;

	(void)state;
	intend(&q);
	assert_int_equal(db_exec(j->db, "test",
			     "CREATE TRIGGER stop BEFORE DELETE ON intent"
			     " BEGIN SELECT RAISE(ABORT, 'no'); END",
			     &e),
	    0);
	assert_true(journal_admit(j, &q, &a, &e) < 0);
	assert_int_equal(journal_find_admission(j, &h, DAY, &a, &e), -ENOENT);
	assert_int_equal(find_intent(1, DAY, &got), 0);
	assert_int_equal(db_exec(j->db, "test", "DROP TRIGGER stop", &e), 0);
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	assert_label(&a, S, 1);
	assert_int_equal(a.ticket.seq, 1);
	assert_int_equal(find_intent(1, DAY, &got), -ENOENT);
	assert_chain();
}

static void test_a_dropped_intent_is_gone(void **state)
{
	struct admit_request q = request_of(1, A), other = request_of(2, A),
			     again = request_of(1, B), got;

	(void)state;
	intend(&q);
	intend(&other);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(journal_intent_drop(j, &q.op_id, &e), 0);
		assert_int_equal(find_intent(1, DAY, &got), -ENOENT);
		assert_int_equal(find_intent(2, DAY, &got), 0);
	}
	intend(&again);
	crash();
	assert_int_equal(find_intent(1, DAY, &got), 0);
	assert_request(&got, &again);
}

/* ---- numbers ---- */

static size_t open_grants(struct journal_grant *out, size_t cap)
{
	size_t n = 99;

	assert_int_equal(journal_grants_open(j, out, cap, &n, &e), 0);
	return n;
}

static void test_a_question_is_open_until_it_is_answered(void **state)
{
	struct journal_grant g[4];
	struct op_id letter = ask(DAY, A, 0, 0);
	struct op_id seats = ask(DAY + 1, 0, 7, CLASS_WALK_IN);
	struct journal_grant twice = {.op_id = letter, .day = DAY, .letter = B};

	(void)state;
	crash();
	memset(g, 0x5a, sizeof(g));
	assert_int_equal(open_grants(g, 4), 2);
	assert_memory_equal(&g[0].op_id, &letter, sizeof(letter));
	assert_int_equal(g[0].day, DAY);
	assert_int_equal(g[0].letter, A);
	assert_int_equal(g[0].service, 0);
	assert_int_equal(g[0].booking_class, 0);
	assert_int_equal(g[0].first, 0);
	assert_int_equal(g[0].count, 0);
	assert_memory_equal(&g[1].op_id, &seats, sizeof(seats));
	assert_int_equal(g[1].day, DAY + 1);
	assert_int_equal(g[1].letter, 0);
	assert_int_equal(g[1].service, 7);
	assert_int_equal(g[1].booking_class, CLASS_WALK_IN);
	assert_int_equal(open_grants(g, 1), 1);
	assert_int_equal(journal_grant_ask(j, &twice, &e), -EEXIST);
	/* Asked for is not granted. */
	assert_int_equal(left(DAY, A), 0);
	take(letter, 21, 20);
	assert_int_equal(open_grants(g, 4), 1);
	assert_memory_equal(&g[0].op_id, &seats, sizeof(seats));
	crash();
	assert_int_equal(open_grants(g, 4), 1);
	assert_int_equal(left(DAY, A), 20);
}

static void test_an_answer_counts_once(void **state)
{
	struct op_id a = ask(DAY, A, 0, 0), unknown = journal_op_id();

	(void)state;
	take(a, 21, 20);
	take(a, 61, 20);
	take(a, 0, 0);
	take(unknown, 81, 20);
	take(unknown, 0, 0);
	assert_int_equal(left(DAY, A), 20);
	assert_int_equal(number("SELECT first FROM granted"), 21);
}

static void test_none_left_forgets_the_question(void **state)
{
	struct op_id a = ask(DAY, A, 0, 0);
	struct journal_grant g[2];

	(void)state;
	take(a, 0, 0);
	assert_int_equal(open_grants(g, 2), 0);
	assert_int_equal(left(DAY, A), 0);
	take(a, 1, 20); /* too late: it would be told twice */
	assert_int_equal(left(DAY, A), 0);
}

static void test_numbers_no_ticket_has_are_refused(void **state)
{
	static const struct {
		uint16_t first, count;
		int r;
	} t[] = {
	    {2047, 2, -EINVAL},
	    {2048, 1, -EINVAL},
	    {1, 2048, -EINVAL},
	    {65535, 65535, -EINVAL},
	    {2047, 1, 0},
	};
	struct op_id a = ask(DAY, A, 0, 0);
	struct journal_grant g[2];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		assert_int_equal(open_grants(g, 2), 1);
		assert_int_equal(
		    journal_grant_take(j, &a, t[i].first, t[i].count, &e),
		    t[i].r);
	}
	assert_int_equal(left(DAY, A), 1);
}

/* A-5..7 and A-11..12, then the own letter; A-20..21 later, then it again. */
static void test_after_a_failure_the_block_is_looked_up_again(void **state)
{
	struct admit_request q = request_of(1, A);
	struct admission a;

	(void)state;
	numbers(DAY, A, 21, 40);
	assert_int_equal(db_exec(j->db, "test",
			     "CREATE TRIGGER stop BEFORE INSERT ON entry"
			     " BEGIN SELECT RAISE(ABORT, 'no'); END",
			     &e),
	    0);
	assert_true(journal_admit(j, &q, &a, &e) < 0);
	assert_int_equal(db_exec(j->db, "test", "DROP TRIGGER stop", &e), 0);
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	assert_int_equal(a.ticket.number, 21);
}

static void test_blocks_are_used_in_order_then_the_own_letter(void **state)
{
	static const struct {
		uint8_t letter;
		uint16_t number;
		int64_t left; /* of A, after it */
	} t[] = {
	    {A, 5, 4},
	    {A, 6, 3},
	    {A, 7, 2},
	    {A, 11, 1},
	    {A, 12, 0},
	    {S, 1, 0},
	    {S, 2, 2}, /* 20..21 are granted after it */
	    {A, 20, 1},
	    {A, 21, 0},
	    {S, 3, 0},
	};

	(void)state;
	for (int cut = 0; cut < 2; cut++) {
		int32_t day = DAY + cut;

		numbers(day, A, 11, 12); /* answered in another order */
		numbers(day, A, 5, 7);
		assert_int_equal(left(day, A), 5);
		for (unsigned i = 0; i < ARRAY_LEN(t); i++) {
			struct admit_request q = request_of(i, A);
			struct admission a;

			q.day = day;
			assert_int_equal(journal_admit(j, &q, &a, &e), 0);
			assert_label(&a, t[i].letter, t[i].number);
			if (i == 6)
				numbers(day, A, 20, 21);
			assert_int_equal(left(day, A), t[i].left);
			if (cut == 1)
				crash();
		}
	}
	assert_chain();
}

/* A journal of before: what was granted since is not known to it. */
static void test_grants_end_with_their_enrolment(void **state)
{
	struct journal_grant open[4];
	size_t n = 9;
	struct admission a;

	(void)state;
	numbers(DAY, A, 1, 20);
	ask(DAY, B, 0, 0);
	with_hub(S);
	assert_int_equal(left(DAY, A), 20);
	keys.key_id++;
	with_hub(S + 1);
	assert_int_equal(left(DAY, A), 0);
	assert_int_equal(journal_grants_open(j, open, 4, &n, &e), 0);
	assert_int_equal(n, 0);
	a = admit(1, A);
	assert_label(&a, S + 1, 1);
	numbers(DAY, A, 41, 60);
	with_hub(S + 1);
	a = admit(2, A);
	assert_label(&a, A, 41);
	keys.key_id--;
	assert_chain();
}

static void test_the_own_letter_needs_no_grant(void **state)
{
	struct admission a;

	(void)state;
	a = admit(1, S);
	assert_label(&a, S, 1);
	a = admit(2, A); /* nothing granted */
	assert_label(&a, S, 2);
	a = admit(3, S);
	assert_label(&a, S, 3);
	numbers(DAY, B, 1, 1);
	a = admit(4, A);
	assert_label(&a, S, 4);
	a = admit(5, B);
	assert_label(&a, B, 1);
}

static void test_numbers_are_of_one_day(void **state)
{
	struct admit_request q = request_of(1, A);
	struct admission a;

	(void)state;
	numbers(DAY, A, 1, 5);
	q.day = DAY + 1;
	assert_int_equal(left(DAY + 1, A), 0);
	assert_int_equal(left(DAY, B), 0);
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	assert_label(&a, S, 1);
	assert_int_equal(left(DAY, A), 5);
}

static void test_without_an_own_letter_a_grant_is_needed(void **state)
{
	struct admit_request q = request_of(1, A);
	struct admission a;
	int64_t before;

	(void)state;
	with_hub(0);
	before = number("SELECT count(*) FROM entry");
	intend(&q);
	assert_int_equal(journal_admit(j, &q, &a, &e), -ERANGE);
	assert_non_null(strstr(e.text, "used up"));
	assert_int_equal(a.ticket.number, 0);
	assert_int_equal(number("SELECT count(*) FROM entry"), before);
	assert_int_equal(number("SELECT count(*) FROM intent"), 1);
	numbers(DAY, A, 2046, 2047);
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	assert_label(&a, A, 2046);
	a = admit(2, A);
	assert_label(&a, A, 2047);
	q = request_of(3, A);
	assert_int_equal(journal_admit(j, &q, &a, &e), -ERANGE);
	assert_chain();
}

static void test_a_try_needs_no_grant_and_leaves_nothing(void **state)
{
	uint64_t n, after;
	struct audit_hash h;
	struct admission a;

	(void)state;
	for (uint8_t letter = 0; letter <= S; letter += S) {
		with_hub(letter);
		journal_head(j, &n, &h);
		assert_int_equal(journal_try(j, &e), 0);
		journal_head(j, &after, &h);
		assert_int_equal(after, n);
		assert_int_equal(number("SELECT count(*) FROM entry"),
		    (int64_t)n);
	}
	numbers(DAY, A, 1, 5);
	assert_int_equal(journal_try(j, &e), 0);
	a = admit(1, A);
	assert_label(&a, A, 1);
	assert_int_equal(a.ticket.seq, 1);
}

static uint32_t seed = 2463534242u;

static unsigned draw(unsigned below)
{
	/* xorshift32 (Marsaglia, 2003) */
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

static int pages_written(void)
{
	int now = 0, highest = 0;

	assert_int_equal(db_flush(j->db, "test", &e), 0);
	assert_int_equal(sqlite3_db_status(j->db, SQLITE_DBSTATUS_CACHE_WRITE,
			     &now, &highest, 1),
	    SQLITE_OK);
	return now;
}

/* Else it would say that there is room where an admission finds none. */
/* What the hub is asked about has room, and nothing of it stays. */
static void test_whether_an_admission_fits_leaves_nothing(void **state)
{
	struct admit_request q = {.op_id = journal_op_id(),
	    .time_s = NOW,
	    .booking = person(1),
	    .day = DAY,
	    .letter = A,
	    .service = 1,
	    .booking_class = CLASS_BOOKED,
	    .verdict = VERDICT_ADMIT_BOOKED};
	struct admission a;

	(void)state;
	numbers(DAY, A, 5, 9);
	intend(&q);
	assert_int_equal(journal_fits(j, &q, &e), 0);
	assert_int_equal(number("SELECT count(*) FROM entry WHERE kind = 2"),
	    0);
	assert_int_equal(number("SELECT count(*) FROM intent"), 1);
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	assert_label(&a, A, 5);
	/* Why it is not admitted again is told by journal_admit. */
	assert_int_equal(journal_fits(j, &q, &e), 0);
	a = admit(2, A);
	assert_label(&a, A, 6);
	assert_chain();
}

static void test_a_try_writes_no_less_than_an_admission(void **state)
{
	int tried;

	(void)state;
	pages_written();
	assert_int_equal(journal_try(j, &e), 0);
	tried = pages_written();
	admit(1, S);
	assert_true(tried >= pages_written());
}

/* Any order of grants, admissions and restarts: a label is given once, and
 * of a letter that is not the own one only what was granted. */
static void test_labels_never_repeat(void **state)
{
	unsigned next[3] = {1, 1, 1};

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		uint8_t letter = (uint8_t)(1 + draw(2));
		unsigned what = draw(30);

		if (what == 0) {
			crash();
		} else if (what < 4) {
			unsigned n = 1 + draw(9);

			next[letter] += draw(3); /* another terminal's */
			numbers(DAY, letter, next[letter],
			    next[letter] + n - 1);
			next[letter] += n;
		} else {
			admit(i, what == 4 ? S : letter);
		}
	}
	assert_int_equal(number("SELECT count(*) - count(DISTINCT"
				" label * 10000 + number) FROM entry"
				" WHERE kind = 2"),
	    0);
	assert_true(number("SELECT count(*) FROM entry WHERE kind = 2"
			   " AND label = 1") > 20);
	assert_true(number("SELECT count(*) FROM entry WHERE kind = 2"
			   " AND label = 19") > 20);
	assert_int_equal(
	    number("SELECT count(*) FROM entry AS x WHERE kind = 2"
		   " AND label != 19 AND NOT EXISTS (SELECT 1 FROM granted"
		   " WHERE letter = x.label AND x.number >= first"
		   " AND x.number < first + count)"),
	    0);
	assert_chain();
}

/* ---- walk-ins ---- */

static int64_t allowance(int32_t day, uint8_t service, uint8_t booking_class)
{
	int64_t n = -99;

	assert_int_equal(
	    journal_allowance(j, day, service, booking_class, &n, &e), 0);
	return n;
}

static int64_t seats(void)
{
	return allowance(DAY, WALK_IN_SERVICE, CLASS_WALK_IN);
}

static void test_a_walk_in_needs_an_allowance(void **state)
{
	(void)state;
	assert_int_equal(seats(), 0);
	assert_int_equal(admit_walk_in(1), -EDQUOT);
	assert_non_null(strstr(e.text, "walk-in"));
	take(ask(DAY, 0, WALK_IN_SERVICE, CLASS_WALK_IN), 0, 2);
	assert_int_equal(seats(), 2);
	assert_int_equal(admit_walk_in(1), 0);
	crash();
	assert_int_equal(seats(), 1);
	assert_int_equal(admit_walk_in(2), 0);
	assert_int_equal(seats(), 0);
	assert_int_equal(admit_walk_in(3), -EDQUOT);
	crash();
	assert_int_equal(admit_walk_in(3), -EDQUOT);
	take(ask(DAY, 0, WALK_IN_SERVICE, CLASS_WALK_IN), 0, 1);
	assert_int_equal(seats(), 1);
	assert_int_equal(admit_walk_in(3), 0);
	assert_int_equal(admit_walk_in(4), -EDQUOT);
	assert_chain();
}

static void test_an_allowance_is_of_one_day_service_and_class(void **state)
{
	struct admission a;

	(void)state;
	take(ask(DAY + 1, 0, WALK_IN_SERVICE, CLASS_WALK_IN), 0, 5);
	take(ask(DAY, 0, WALK_IN_SERVICE + 1, CLASS_WALK_IN), 0, 5);
	take(ask(DAY, 0, WALK_IN_SERVICE, CLASS_STANDBY), 0, 5);
	(void)ask(DAY, 0, WALK_IN_SERVICE, CLASS_WALK_IN);
	assert_int_equal(admit_walk_in(1), -EDQUOT);
	/* Whoever booked needs none and uses up none. */
	a = admit(2, A);
	assert_label(&a, S, 1);
	take(ask(DAY, 0, WALK_IN_SERVICE, CLASS_WALK_IN), 0, 1);
	admit(3, A);
	assert_int_equal(seats(), 1);
	assert_int_equal(admit_walk_in(1), 0);
	assert_int_equal(allowance(DAY + 1, WALK_IN_SERVICE, CLASS_WALK_IN), 5);
}

static void test_who_was_admitted_is_known_without_an_allowance(void **state)
{
	struct admit_request q = walk_in(1), again = walk_in(1);
	struct admission a, b;

	(void)state;
	take(ask(DAY, 0, WALK_IN_SERVICE, CLASS_WALK_IN), 0, 1);
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	assert_int_equal(journal_admit(j, &again, &b, &e), -EEXIST);
	assert_memory_equal(&b.op_id, &a.op_id, sizeof(b.op_id));
	assert_int_equal(b.n, a.n);
}

/* ---- numbers that nobody got ---- */

static void test_unspent_numbers_of_old_days_are_void_once(void **state)
{
	struct journal_grant g[4];
	int64_t entries;

	(void)state;
	numbers(DAY, A, 1, 20);
	numbers(DAY, A, 41, 60);
	numbers(DAY, B, 7, 8);
	numbers(DAY + 1, A, 1, 20);
	take(ask(DAY, 0, WALK_IN_SERVICE, CLASS_WALK_IN), 0, 5);
	(void)ask(DAY, A, 0, 0);
	(void)ask(DAY + 1, B, 0, 0);
	for (unsigned i = 1; i <= 4; i++)
		admit(i, A);
	admit(5, B);
	admit(6, B); /* all of B's are spent */
	entries = number("SELECT count(*) FROM entry");
	void_before(DAY);
	assert_int_equal(number("SELECT count(*) FROM entry"), entries);
	void_before(DAY + 1);
	/* A-5..A-20 and A-41..A-60 */
	assert_int_equal(number("SELECT count(*) FROM entry"), entries + 2);
	assert_int_equal(number("SELECT count(*) FROM entry WHERE kind = 9"
				" AND day = 20416 AND label = 1"
				" AND ((number = 5 AND detail = 20) OR"
				" (number = 41 AND detail = 60))"),
	    2);
	assert_int_equal(left(DAY, A), 0);
	assert_int_equal(left(DAY + 1, A), 20);
	assert_int_equal(seats(), 0);
	/* The old day's questions went with it. */
	assert_int_equal(open_grants(g, 4), 1);
	assert_int_equal(g[0].day, DAY + 1);
	void_before(DAY + 1);
	crash();
	entries = number("SELECT count(*) FROM entry WHERE kind = 9");
	void_before(DAY + 1);
	assert_int_equal(entries, 2);
	assert_int_equal(number("SELECT count(*) FROM entry WHERE kind = 9"),
	    2);
	assert_chain();
}

static void test_a_void_number_is_never_given(void **state)
{
	struct admission a;

	(void)state;
	for (int cut = 0; cut < 2; cut++) {
		uint8_t letter = cut == 0 ? A : B;

		numbers(DAY, letter, 1, 20);
		a = admit(10u + (unsigned)cut, letter);
		assert_label(&a, letter, 1);
		void_before(DAY + 1);
		if (cut == 1)
			crash();
		/* The clock went back, and somebody comes. */
		a = admit(20u + (unsigned)cut, letter);
		assert_label(&a, S, cut + 1);
	}
	assert_chain();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HUB(test_an_intent_is_whole_after_a_power_cut),
	    HUB(test_one_intent_for_a_booking_and_day),
	    HUB(test_intents_are_listed_oldest_first),
	    HUB(test_an_admission_does_its_own_intent_alone),
	    HUB(test_intent_and_admission_are_one_transaction),
	    HUB(test_a_dropped_intent_is_gone),
	    HUB(test_a_question_is_open_until_it_is_answered),
	    HUB(test_an_answer_counts_once),
	    HUB(test_none_left_forgets_the_question),
	    HUB(test_numbers_no_ticket_has_are_refused),
	    HUB(test_after_a_failure_the_block_is_looked_up_again),
	    HUB(test_blocks_are_used_in_order_then_the_own_letter),
	    HUB(test_grants_end_with_their_enrolment),
	    HUB(test_the_own_letter_needs_no_grant),
	    HUB(test_numbers_are_of_one_day),
	    HUB(test_without_an_own_letter_a_grant_is_needed),
	    HUB(test_a_try_needs_no_grant_and_leaves_nothing),
	    HUB(test_whether_an_admission_fits_leaves_nothing),
	    HUB(test_a_try_writes_no_less_than_an_admission),
	    HUB(test_labels_never_repeat),
	    HUB(test_a_walk_in_needs_an_allowance),
	    HUB(test_an_allowance_is_of_one_day_service_and_class),
	    HUB(test_who_was_admitted_is_known_without_an_allowance),
	    HUB(test_unspent_numbers_of_old_days_are_void_once),
	    HUB(test_a_void_number_is_never_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
