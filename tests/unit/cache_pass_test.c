/* Passes in the hub's feed: who went through any gate. */
#include "test_feed.h"

enum { A = 1, B = 2 };

static struct pass_subject ticket_of(unsigned i)
{
	return (struct pass_subject){.of = PASS_TICKET,
	    .day = DAY,
	    .key_id = 7,
	    .seq = i,
	    .letter = A,
	    .number = (uint16_t)i};
}

static struct pass_subject label_of(uint8_t letter, unsigned number)
{
	return (struct pass_subject){.of = PASS_LABEL,
	    .day = DAY,
	    .letter = letter,
	    .number = (uint16_t)number};
}

static struct pass_subject code_of(unsigned i)
{
	return (struct pass_subject){.of = PASS_CODE,
	    .day = DAY,
	    .booking = key(i)};
}

/* As the hub tells it. 0x80 | out << 6 | (of - 1) << 4 | companions */
static struct feed_op pas_op(int64_t seq, struct pass_subject s, uint8_t move,
    bool out)
{
	struct feed_op op = {.kind = FEED_PAS, .seq = seq};
	struct feed_admission *a = &op.admission;

	a->booking = pass_key(&s, move);
	a->op_id = pass_op_id(18, 1, &a->booking);
	a->device = 18;
	a->letter = s.letter;
	a->number = s.number;
	a->time_s = NOW + move;
	a->pass = (uint8_t)(0x80 | (out ? 0x40 : 0) |
	    ((unsigned)s.of - 1) << 4 | 2);
	return op;
}

/* The whole feed of the day: its digest is worked out from the rows alone. */
static struct feed_page page_with(int64_t from, const struct feed_op *ops,
    size_t n, struct feed_digest *sum)
{
	struct feed_page p = {.office = OFFICE,
	    .day = DAY,
	    .epoch = EPOCH,
	    .from = from,
	    .to = from + (int64_t)n,
	    .head = from + (int64_t)n,
	    .ops = ops,
	    .n = n};

	for (size_t i = 0; i < n; i++)
		feed_add_admission(sum, OFFICE, DAY, &ops[i].admission);
	p.digest = *sum;
	return p;
}

static struct pass_history history_of(struct pass_subject s)
{
	struct pass_history h;

	memset(&h, 0x5a, sizeof(h));
	assert_int_equal(cache_pass_history(c, &s, &h, &e), 0);
	return h;
}

/* What most tests start with. */
static struct feed_digest load_passes(void)
{
	const struct feed_op ops[] = {
	    pas_op(1, ticket_of(9), 0, false),
	    pas_op(2, ticket_of(9), 2, false),
	    pas_op(3, label_of(A, 9), 1, true),
	    pas_op(4, label_of(B, 9), 0, false),
	    pas_op(5, ticket_of(8), 0, false),
	    pas_op(6, code_of(4), 3, false),
	};
	struct feed_digest sum = {{0}};

	assert_int_equal(apply(page_with(0, ops, ARRAY_LEN(ops), &sum)), 0);
	return sum;
}

static void test_without_a_feed_nothing_went_through(void **state)
{
	(void)state;
	assert_int_equal(history_of(ticket_of(9)).n, 0);
}

static void test_a_ticket_has_its_own_passes_and_its_number_s(void **state)
{
	struct pass_subject t = ticket_of(9);
	struct pass_history h;

	(void)state;
	load_passes();
	for (int i = 0; i < 2; i++) {
		h = history_of(t);
		assert_int_equal(h.n, 3);
		assert_int_equal(h.item[0].of, PASS_TICKET);
		assert_int_equal(h.item[0].device, 18);
		assert_int_equal(h.item[0].time_s, NOW);
		assert_int_equal(h.item[0].companions, 2);
		assert_int_equal(h.item[0].letter, A);
		assert_int_equal(h.item[0].number, 9);
		assert_false(h.item[0].out);
		assert_int_equal(h.item[1].of, PASS_LABEL);
		assert_true(h.item[1].out);
		assert_int_equal(h.item[2].time_s, NOW + 2);
		reopen();
	}
	t.day++;
	assert_int_equal(history_of(t).n, 0);
	t.day--;
	t.key_id++; /* the same number, and another ticket */
	assert_int_equal(history_of(t).n, 1);
}

static void test_a_number_has_those_of_its_tickets(void **state)
{
	(void)state;
	load_passes();
	assert_int_equal(history_of(label_of(A, 9)).n, 3);
	assert_int_equal(history_of(label_of(B, 9)).n, 1);
	assert_int_equal(history_of(label_of(A, 10)).n, 0);
}

static void test_a_code_has_its_own_passes_alone(void **state)
{
	struct pass_subject staff = code_of(4);
	struct pass_history h;

	(void)state;
	load_passes();
	h = history_of(code_of(4));
	assert_int_equal(h.n, 1);
	assert_int_equal(h.item[0].time_s, NOW + 3);
	assert_int_equal(history_of(code_of(5)).n, 0);
	staff.of = PASS_STAFF;
	assert_int_equal(history_of(staff).n, 0);
}

/* A hub that was not told the number. */
static void test_a_pass_without_a_number_is_known_by_its_key(void **state)
{
	struct feed_op op = pas_op(1, ticket_of(9), 63, false);
	struct feed_digest sum = {{0}};

	(void)state;
	op.admission.letter = 0;
	op.admission.number = 0;
	assert_int_equal(apply(page_with(0, &op, 1, &sum)), 0);
	assert_int_equal(history_of(ticket_of(9)).n, 1);
	assert_int_equal(history_of(label_of(A, 9)).n, 0);
}

static void test_a_pass_is_no_admission_of_a_booking(void **state)
{
	struct pass_subject s = code_of(4);
	struct code_hash k = pass_key(&s, 3);
	struct feed_admission a, zero;
	struct feed_op op = adm_op(7, 4, A, 12);
	struct feed_digest sum = load_passes();
	struct booking b;

	(void)state;
	memset(&zero, 0, sizeof(zero));
	memset(&a, 0x5a, sizeof(a));
	assert_int_equal(cache_find_admission(c, &k, DAY, &a, &e), -ENOENT);
	assert_memory_equal(&a, &zero, sizeof(a));
	assert_int_equal(cache_find(c, &k, &b, &e), -ENOENT);
	/* and an admission is no pass */
	assert_int_equal(apply(page_with(6, &op, 1, &sum)), 0);
	assert_int_equal(
	    cache_find_admission(c, &op.admission.booking, DAY, &a, &e), 0);
	assert_int_equal(a.number, 12);
	assert_int_equal(a.pass, 0);
	assert_int_equal(history_of(label_of(A, 12)).n, 0);
}

static void assert_sum(const struct feed_digest *want)
{
	struct cache_feed s = state_of(DAY);

	assert_memory_equal(&s.digest, want, sizeof(*want));
}

static void test_a_pass_counts_in_the_digest(void **state)
{
	struct feed_digest sum = load_passes(), other = {{0}};
	struct feed_op op = pas_op(7, ticket_of(1), 0, false), as_adm;
	struct feed_page p;

	(void)state;
	assert_sum(&sum);
	/* Its byte is part of it. */
	as_adm = op;
	as_adm.admission.pass = 0;
	other = sum;
	page_with(6, &as_adm, 1, &other);
	p = page_with(6, &op, 1, &sum);
	p.digest = other;
	assert_int_equal(apply(p), -EILSEQ);
	assert_int_equal(history_of(ticket_of(1)).n, 0);
	p.digest = sum;
	assert_int_equal(apply(p), 0);
	/* The same row once more takes its old one off. */
	p.from = 7;
	p.to = p.head = 8;
	op.seq = 8;
	p.ops = &op;
	assert_int_equal(apply(p), 0);
	assert_sum(&sum);
}

static void test_what_is_no_pass_changes_nothing(void **state)
{
	struct feed_digest sum = load_passes(), unused;
	struct feed_op bad[8];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = pas_op(7, ticket_of(1), 0, false);
	bad[n++].admission.pass = 0;
	bad[n++].admission.pass = 0x7f;
	bad[n++].admission.pass = 0x88; /* a bit that is zero */
	bad[n++].admission.letter = 27;
	bad[n++].admission.number = 2048;
	bad[n++].admission.device = 0;
	bad[n++].kind = FEED_ADM; /* a pass that calls itself an admission */
	for (size_t i = 0; i < n; i++) {
		struct dump before = take_dump();

		unused = sum;
		if (apply(page_with(6, &bad[i], 1, &unused)) != -EINVAL)
			fail_msg("bad pass %zu was taken", i);
		assert_unchanged(before);
		sqlite3_free(before.ptr);
	}
}

struct seen {
	struct pass_move item[8];
	size_t n;
};

static void see(void *ctx, const struct pass_move *m)
{
	struct seen *s = ctx;

	assert_true(s->n < ARRAY_LEN(s->item));
	s->item[s->n++] = *m;
}

static void test_every_pass_of_a_day_is_told_oldest_first(void **state)
{
	struct seen s = {.n = 0};

	(void)state;
	load_three(); /* bookings, and one admission */
	assert_int_equal(cache_pass_each(c, DAY, see, &s, &e), 0);
	assert_int_equal(s.n, 0);
	assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
	load_passes();
	assert_int_equal(cache_pass_each(c, DAY, see, &s, &e), 0);
	assert_int_equal(s.n, 6);
	for (size_t i = 1; i < s.n; i++)
		assert_true(s.item[i - 1].time_s <= s.item[i].time_s);
	assert_int_equal(s.item[5].of, PASS_CODE);
	assert_int_equal(s.item[5].device, 18);
	s.n = 0;
	assert_int_equal(cache_pass_each(c, DAY + 1, see, &s, &e), 0);
	assert_int_equal(s.n, 0);
}

/* While the day is loaded anew, what was shown counts. */
static void test_only_what_is_shown_counts(void **state)
{
	struct feed_op op = pas_op(1, ticket_of(1), 0, false);
	struct feed_digest sum = {{0}};
	struct feed_page p;

	(void)state;
	load_passes();
	assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
	p = page_with(0, &op, 1, &sum);
	assert_int_equal(apply(more(p, 9)), 0);
	assert_int_equal(history_of(ticket_of(1)).n, 0);
	assert_int_equal(history_of(ticket_of(9)).n, 3);
	assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
	assert_int_equal(apply(p), 0);
	assert_int_equal(history_of(ticket_of(1)).n, 1);
	assert_int_equal(history_of(ticket_of(9)).n, 0);
}

static void test_passes_of_old_days_are_purged(void **state)
{
	int64_t removed = -1;

	(void)state;
	load_passes();
	assert_int_equal(cache_purge(c, DAY, &removed, &e), 0);
	assert_int_equal(history_of(ticket_of(9)).n, 3);
	assert_int_equal(cache_purge(c, DAY + 1, &removed, &e), 0);
	assert_int_equal(history_of(ticket_of(9)).n, 0);
	assert_int_equal(number("SELECT count(*) FROM feed_admission"), 0);
}

static void test_to_forget_leaves_no_pass(void **state)
{
	(void)state;
	load_passes();
	assert_int_equal(cache_forget(c, &e), 0);
	assert_int_equal(history_of(ticket_of(9)).n, 0);
}

static void test_more_than_a_history_holds_is_a_fault(void **state)
{
	struct feed_op ops[PASS_MOVES + 1];
	struct pass_subject t = ticket_of(9);
	struct feed_digest sum = {{0}};
	struct pass_history h;

	(void)state;
	for (uint8_t i = 0; i < PASS_MOVES; i++)
		ops[i] = pas_op(i + 1, t, i, i % 2);
	assert_int_equal(apply(page_with(0, ops, PASS_MOVES, &sum)), 0);
	assert_int_equal(history_of(t).n, 64);
	ops[0] = pas_op(65, label_of(A, 9), 0, false);
	assert_int_equal(apply(page_with(64, ops, 1, &sum)), 0);
	memset(&h, 0x5a, sizeof(h));
	assert_int_equal(cache_pass_history(c, &t, &h, &e), -E2BIG);
	assert_int_equal(h.n, 0);
}

static void test_a_damaged_pass_is_a_fault_and_never_a_pass(void **state)
{
	static const char *const damage[] = {
	    "UPDATE feed_admission SET pass = 8 WHERE pass > 0",
	    "UPDATE feed_admission SET pass = 384 WHERE pass > 0",
	    "UPDATE feed_admission SET hash = x'00' WHERE pass = 210"};
	struct pass_subject t = ticket_of(9);
	struct pass_history h;
	struct seen s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(damage); i++) {
		assert_int_equal(cache_feed_restart(c, DAY, &e), 0);
		load_passes();
		assert_int_equal(db_exec(c->db, "test", damage[i], &e), 0);
		assert_int_equal(cache_pass_history(c, &t, &h, &e), -EUCLEAN);
		assert_int_equal(h.n, 0);
		s.n = 0;
		assert_int_equal(cache_pass_each(c, DAY, see, &s, &e),
		    -EUCLEAN);
	}
}

static void assert_plan(sqlite3_stmt *of, const char *index)
{
	char sql[600], all[600] = "";
	sqlite3_stmt *s = NULL;

	snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", sqlite3_sql(of));
	assert_int_equal(sqlite3_prepare_v2(c->db, sql, -1, &s, NULL),
	    SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s; ",
		    (const char *)sqlite3_column_text(s, 3));
	sqlite3_finalize(s);
	if (strstr(all, index) == NULL || strstr(all, "SCAN") != NULL)
		fail_msg("%s: %s", sql, all);
}

/* Before a gate opens nothing reads the whole day. */
static void test_lookups_go_by_their_index(void **state)
{
	(void)state;
	assert_plan(c->pass_key, "PRIMARY KEY (hash=? AND day=?");
	assert_plan(c->pass_label, "feed_pass (day=? AND load=? AND letter=?");
}

/* As schema 2 had it: the roster's devices stay, and are asked for anew. */
static void test_the_cache_of_an_earlier_release_takes_passes(void **state)
{
	static struct roster r; /* large */
	struct feed_op op = pas_op(6, ticket_of(1), 0, false);
	struct feed_admission a;
	struct code_hash k = key(0);
	struct cache_feed s;
	struct feed_digest sum;
	sqlite3 *db;

	(void)state;
	load_three();
	r.version = 4;
	r.count = 1;
	r.item[0] = (struct roster_device){.device = 1,
	    .name = "kiosk-1",
	    .role = ROSTER_KIOSK,
	    .letter = 19,
	    .live = true};
	assert_int_equal(cache_set_roster(c, &r, &e), 0);
	cache_close(c);
	c = NULL;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
			     "DROP TABLE told; DROP INDEX feed_pass;"
			     "ALTER TABLE feed_admission DROP COLUMN pass;"
			     "ALTER TABLE roster DROP COLUMN from_day;"
			     "ALTER TABLE roster DROP COLUMN until_day;"
			     "ALTER TABLE roster DROP COLUMN revoked;"
			     "PRAGMA user_version = 2",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
	open_cache();
	assert_int_equal(cache_find_admission(c, &k, DAY, &a, &e), 0);
	assert_int_equal(a.number, 12);
	assert_int_equal(count(), 3);
	memset(&r, 0x5a, sizeof(r));
	assert_int_equal(cache_roster(c, &r, &e), 0);
	assert_int_equal(r.version, 0);
	assert_int_equal(r.count, 1);
	assert_string_equal(r.item[0].name, "kiosk-1");
	assert_int_equal(r.item[0].from_day, 0);
	assert_false(r.item[0].revoked);
	assert_string_equal(r.log_key, "");
	s = state_of(DAY);
	assert_true(s.whole);
	sum = s.digest;
	assert_int_equal(apply(page_with(5, &op, 1, &sum)), 0);
	assert_int_equal(history_of(ticket_of(1)).n, 1);
	reopen();
	assert_int_equal(history_of(ticket_of(1)).n, 1);
	assert_int_equal(number("PRAGMA user_version"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_without_a_feed_nothing_went_through),
	    CASE(test_a_ticket_has_its_own_passes_and_its_number_s),
	    CASE(test_a_number_has_those_of_its_tickets),
	    CASE(test_a_code_has_its_own_passes_alone),
	    CASE(test_a_pass_without_a_number_is_known_by_its_key),
	    CASE(test_a_pass_is_no_admission_of_a_booking),
	    CASE(test_a_pass_counts_in_the_digest),
	    CASE(test_what_is_no_pass_changes_nothing),
	    CASE(test_every_pass_of_a_day_is_told_oldest_first),
	    CASE(test_only_what_is_shown_counts),
	    CASE(test_passes_of_old_days_are_purged),
	    CASE(test_to_forget_leaves_no_pass),
	    CASE(test_more_than_a_history_holds_is_a_fault),
	    CASE(test_a_damaged_pass_is_a_fault_and_never_a_pass),
	    CASE(test_lookups_go_by_their_index),
	    CASE(test_the_cache_of_an_earlier_release_takes_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
