/* Passes and refusals of a gate in the journal. */
#include "test_journal_gate.h"
#include "test_vectors.h"

static void assert_same(const struct pass *a, const struct pass *b)
{
	assert_int_equal(a->n, b->n);
	assert_memory_equal(&a->op_id, &b->op_id, sizeof(a->op_id));
	assert_memory_equal(&a->key, &b->key, sizeof(a->key));
	assert_int_equal(a->subject.of, b->subject.of);
	assert_int_equal(a->subject.day, b->subject.day);
	assert_int_equal(a->subject.key_id, b->subject.key_id);
	assert_int_equal(a->subject.seq, b->subject.seq);
	assert_int_equal(a->subject.letter, b->subject.letter);
	assert_int_equal(a->subject.number, b->subject.number);
	assert_int_equal(a->subject.companions, b->subject.companions);
	assert_int_equal(a->move, b->move);
	assert_int_equal(a->out, b->out);
	assert_int_equal(a->time_s, b->time_s);
	assert_string_equal(a->officer, b->officer);
	assert_int_equal(a->reason, b->reason);
	assert_int_equal(a->overruled, b->overruled);
}

static struct pass overridden(void)
{
	struct pass p = pass_of(ticket_of(5), 1, true);

	p.subject.key_id = 0x1234;
	p.subject.number = 17;
	p.subject.companions = 2;
	p.key = pass_key(&p.subject, 1);
	p.op_id = pass_op_id(3, 1, &p.key);
	snprintf(p.officer, sizeof(p.officer), "budi");
	p.reason = PASS_REASON_EMERGENCY;
	p.overruled = GATE_OVER;
	return p;
}

/* The payload was put together with Python's struct and hashlib after the
 * table in docs/FORMATS.md; 15 = GATE_OVER, 4 = PASS_REASON_EMERGENCY. */
static void test_a_pass_is_one_entry_as_documented(void **state)
{
	struct pass p = overridden(), got;
	char want[256], sql[400];
	uint64_t before, after;
	struct audit_hash h;
	uint8_t key[16];

	(void)state;
	vector_hex("journal", "pass_key", key, sizeof(key));
	assert_memory_equal(p.key.bytes, key, sizeof(key));
	with_hub(S); /* genesis, start, start: the pass is entry 4 */
	journal_head(j, &before, &h);
	assert_int_equal(before, 3);
	assert_int_equal(journal_pass(j, &p, &got, &e), 0);
	journal_head(j, &after, &h);
	assert_int_equal(after, 4);
	assert_int_equal(got.n, 4);
	p.n = 4;
	assert_same(&p, &got);
	/* its place in the outbox is its own number, which here is 4 */
	vector("journal", "pass_payload", want);
	snprintf(sql, sizeof(sql),
	    "SELECT replace(lower(hex(payload)), '%s', '') = '' FROM entry"
	    " WHERE n = 4 AND kind = 13",
	    want);
	assert_int_equal(number(sql), 1);
	assert_int_equal(number("SELECT time_s FROM entry WHERE n = 4"),
	    NOW + 1);
	assert_chain();
}

static void test_without_a_hub_a_pass_is_for_no_outbox(void **state)
{
	(void)state;
	through(ticket_of(1), 0, false);
	assert_int_equal(number("SELECT outbox FROM entry WHERE kind = 13"), 0);
	close_journal();
	open_as(true, S);
	assert_int_equal(through(ticket_of(2), 0, false).n, 5);
	assert_int_equal(
	    number("SELECT outbox FROM entry WHERE kind = 13 AND n > 3"), 5);
}

static void test_a_movement_is_made_once(void **state)
{
	struct pass first = through(ticket_of(1), 0, false), again, got;
	struct pass_subject other = ticket_of(1);

	(void)state;
	again = pass_of(ticket_of(1), 0, false);
	again.time_s += 60;
	for (int i = 0; i < 2; i++) {
		uint64_t n, now;
		struct audit_hash h;

		journal_head(j, &n, &h);
		assert_int_equal(journal_pass(j, &again, &got, &e), -EEXIST);
		assert_same(&first, &got);
		journal_head(j, &now, &h);
		assert_int_equal(now, n);
		reopen();
	}
	/* The next movement, another ticket and another day are others. */
	through(ticket_of(1), 1, true);
	through(ticket_of(2), 0, false);
	other.day++;
	through(other, 0, false);
	assert_int_equal(number("SELECT count(*) FROM entry WHERE kind = 13"),
	    4);
	assert_chain();
}

static void test_what_is_no_pass_is_refused(void **state)
{
	struct pass bad[16], good = pass_of(ticket_of(1), 0, false), got;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = good;
	bad[n++].subject.of = PASS_UNSET;
	bad[n++].subject.of = PASS_STAFF + 1;
	bad[n++].subject.letter = 0;
	bad[n++].subject.letter = 27;
	bad[n++].subject.number = 0;
	bad[n++].subject.number = 2048;
	bad[n++].subject.companions = 8;
	bad[n++].subject.seq = 1 << 24;
	bad[n++].subject.day = TICKET_EPOCH_DAY - 1;
	bad[n++].subject.day = TICKET_EPOCH_DAY + 65536;
	bad[n++].move = 64;
	bad[n++].reason = PASS_REASONS;
	bad[n++].overruled = GATE_VERDICTS;
	memset(bad[n++].officer, 'x', sizeof(good.officer));
	for (size_t i = 0; i < n; i++) {
		bad[i].key = pass_key(&bad[i].subject, bad[i].move);
		got = good;
		if (journal_pass(j, &bad[i], &got, &e) != -EINVAL)
			fail_msg("bad pass %zu was taken", i);
		assert_int_equal(got.subject.of, PASS_UNSET);
	}
	/* of another movement */
	bad[n].key = pass_key(&good.subject, 1);
	assert_int_equal(journal_pass(j, &bad[n], &got, &e), -EINVAL);
	assert_int_equal(number("SELECT count(*) FROM entry WHERE kind = 13"),
	    0);
}

static void test_the_bounds_of_a_pass_are_inside(void **state)
{
	struct pass p = pass_of(ticket_of(1), 0, false), got;

	(void)state;
	p.subject.letter = 26;
	p.subject.number = 2047;
	p.subject.companions = 7;
	p.subject.seq = (1 << 24) - 1;
	p.subject.key_id = 65535;
	p.subject.day = TICKET_EPOCH_DAY + 65535;
	p.move = 63;
	p.reason = PASS_REASONS - 1;
	p.overruled = GATE_VERDICTS - 1;
	memset(p.officer, 'x', sizeof(p.officer) - 1);
	p.key = pass_key(&p.subject, p.move);
	assert_int_equal(journal_pass(j, &p, &got, &e), 0);
	p.n = got.n;
	assert_same(&p, &got);
	/* and so it is read */
	assert_int_equal(journal_pass(j, &p, &got, &e), -EEXIST);
	assert_same(&p, &got);
	p.subject.day = TICKET_EPOCH_DAY;
	p.key = pass_key(&p.subject, p.move);
	assert_int_equal(journal_pass(j, &p, &got, &e), 0);
}

static void test_a_ticket_has_its_own_movements_and_its_number_s(void **state)
{
	struct pass_subject t = ticket_of(9), twin = ticket_of(9);
	struct pass_history h;

	(void)state;
	assert_int_equal(history_of(t).n, 0);
	through(t, 0, false);
	through(label_of(A, 9), 1, true);
	through(t, 2, false);
	through(ticket_of(8), 0, false);
	through(label_of(B, 9), 0, false);
	through(code_of(9), 0, false);
	through(staff_of(9), 0, false);
	/* The same number under another key is another ticket. */
	twin.key_id = 8;
	through(twin, 3, false);
	for (int i = 0; i < 2; i++) {
		h = history_of(t);
		assert_int_equal(h.n, 3);
		assert_int_equal(h.item[0].of, PASS_TICKET);
		assert_int_equal(h.item[0].time_s, NOW);
		assert_false(h.item[0].out);
		assert_int_equal(h.item[0].companions, 1);
		assert_int_equal(h.item[0].letter, A);
		assert_int_equal(h.item[0].number, 9);
		assert_int_equal(h.item[0].device, 0);
		assert_int_equal(h.item[1].of, PASS_LABEL);
		assert_true(h.item[1].out);
		assert_int_equal(h.item[2].time_s, NOW + 2);
		assert_true(pass_inside(&h));
		reopen();
	}
	t.day++;
	assert_int_equal(history_of(t).n, 0);
}

static void test_a_number_has_the_movements_of_all_its_tickets(void **state)
{
	struct pass_subject twin = ticket_of(9);
	struct pass_history h;

	(void)state;
	twin.key_id = 8;
	through(ticket_of(9), 0, false);
	through(twin, 1, true);
	through(label_of(A, 9), 2, false);
	through(label_of(A, 10), 3, false);
	through(code_of(9), 4, false);
	h = history_of(label_of(A, 9));
	assert_int_equal(h.n, 3);
	assert_int_equal(h.item[2].of, PASS_LABEL);
}

/* Movement 1 was made at another gate. */
static void test_a_code_has_its_own_movements_alone(void **state)
{
	struct pass_history h;

	(void)state;
	through(code_of(1), 0, false);
	through(code_of(1), 2, false);
	through(code_of(1), 63, true);
	through(code_of(2), 1, false);
	through(staff_of(1), 1, false);
	through(ticket_of(1), 0, false);
	h = history_of(code_of(1));
	assert_int_equal(h.n, 3);
	assert_int_equal(h.item[1].time_s, NOW + 2);
	assert_int_equal(h.item[2].time_s, NOW + 63);
	assert_int_equal(h.item[0].letter, 0);
	h = history_of(staff_of(1));
	assert_int_equal(h.n, 1);
	assert_int_equal(h.item[0].of, PASS_STAFF);
}

/* Of what is not known whole nothing is said: the gate refuses. */
static void test_more_movements_than_a_history_holds_are_a_fault(void **state)
{
	struct pass_subject t = ticket_of(1), l = label_of(A, 1);
	struct pass_history h;

	(void)state;
	for (unsigned i = 0; i < PASS_MOVES; i++)
		through(t, i, i % 2);
	assert_int_equal(history_of(t).n, 64);
	through(l, 0, false);
	memset(&h, 0x5a, sizeof(h));
	assert_int_equal(journal_pass_history(j, &t, &h, &e), -E2BIG);
	assert_int_equal(h.n, 0);
	assert_non_null(strstr(e.text, "more than 64 times"));
	assert_int_equal(journal_pass_history(j, &l, &h, &e), -E2BIG);
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

static void test_every_movement_of_a_day_is_told_oldest_first(void **state)
{
	struct pass_subject other = ticket_of(3);
	struct seen s = {.n = 0};

	(void)state;
	other.day = DAY + 1;
	through(code_of(5), 0, false);
	through(other, 0, false);
	admit(1, A);
	through(label_of(B, 1), 0, true);
	assert_int_equal(journal_gate_refuse(j, NOW, DAY, GATE_USED, NULL, &e),
	    0);
	through(ticket_of(2), 0, false);
	assert_int_equal(journal_pass_each(j, DAY, see, &s, &e), 0);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.item[0].of, PASS_CODE);
	assert_int_equal(s.item[1].of, PASS_LABEL);
	assert_true(s.item[1].out);
	assert_int_equal(s.item[1].letter, B);
	assert_int_equal(s.item[2].of, PASS_TICKET);
	assert_int_equal(s.item[2].companions, 1);
	s.n = 0;
	assert_int_equal(journal_pass_each(j, DAY + 2, see, &s, &e), 0);
	assert_int_equal(s.n, 0);
}

static void test_a_pass_is_no_admission(void **state)
{
	struct pass p = through(ticket_of(1), 0, false);
	struct journal_report r;
	struct admission a;
	struct usage u, zero = {0};

	(void)state;
	assert_int_equal(journal_find_admission(j, &p.key, DAY, &a, &e),
	    -ENOENT);
	assert_int_equal(journal_usage(j, &p.key, DAY, &u, &e), 0);
	assert_memory_equal(&u, &zero, sizeof(u));
	/* It takes neither number nor sequence, also after a restart. */
	reopen();
	a = admit(1, A);
	assert_int_equal(a.ticket.number, 1);
	assert_int_equal(a.ticket.seq, 1);
	/* Under the terminal's own key too. */
	{
		struct pass_subject own = ticket_of(500);

		own.key_id = keys.key_id;
		through(own, 0, false);
	}
	reopen();
	a = admit(2, A);
	assert_int_equal(a.ticket.number, 2);
	assert_int_equal(a.ticket.seq, 2);
	r = report();
	assert_int_equal(r.admitted, 2);
	assert_int_equal(r.verdict[VERDICT_ADMIT_BOOKED], 2);
	assert_int_equal(r.doubts, 2);
	assert_chain();
}

static void test_a_refusal_says_of_what_and_why(void **state)
{
	static const char *const wanted[] = {
	    "kind = 14 AND verdict = 16 AND day = 20416 AND time_s = 1764000009"
	    " AND label = 1 AND number = 9 AND key_id = 7 AND seq = 9"
	    " AND booking IS NULL AND op_id IS NULL AND text IS NULL"
	    " AND companions = 0 AND class = 0",
	    "kind = 14 AND verdict = 8 AND label = 0 AND number = 0"
	    " AND key_id = 0 AND seq = 0 AND booking IS NULL",
	    "kind = 14 AND verdict = 21 AND label = 0 AND seq = 0"
	    " AND booking IS NOT NULL",
	    "kind = 14 AND verdict = 19 AND label = 2 AND number = 3"
	    " AND key_id = 0 AND seq = 0",
	};
	struct pass_subject t = ticket_of(9), c = code_of(4),
			    l = label_of(B, 3);
	struct code_hash key = pass_key(&c, 0);
	char sql[512], hex[33];

	(void)state;
	assert_int_equal(
	    journal_gate_refuse(j, NOW + 9, DAY, GATE_USED, &t, &e), 0);
	assert_int_equal(journal_gate_refuse(j, NOW, DAY, GATE_FORM, NULL, &e),
	    0);
	assert_int_equal(journal_gate_refuse(j, NOW, DAY, GATE_CODE, &c, &e),
	    0);
	assert_int_equal(journal_gate_refuse(j, NOW, DAY, GATE_SHORT, &l, &e),
	    0);
	for (unsigned i = 0; i < ARRAY_LEN(wanted); i++) {
		snprintf(sql, sizeof(sql),
		    "SELECT count(*) FROM entry WHERE n = %u AND %s", 3 + i,
		    wanted[i]);
		if (number(sql) != 1)
			fail_msg("%s", wanted[i]);
	}
	sodium_bin2hex(hex, sizeof(hex), key.bytes, sizeof(key.bytes));
	snprintf(sql, sizeof(sql),
	    "SELECT lower(hex(booking)) = '%s' FROM entry WHERE n = 5", hex);
	assert_int_equal(number(sql), 1);
	/* It is no try of a booking, and no movement. */
	assert_int_equal(usage_of(4).wrong_tries, 0);
	assert_int_equal(history_of(t).n, 0);
	assert_chain();
}

static void test_a_verdict_that_opens_is_no_refusal(void **state)
{
	static const enum gate_verdict none[] = {GATE_UNSET, GATE_OPEN,
	    GATE_OPEN_OUT, GATE_VERDICTS};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		assert_int_equal(
		    journal_gate_refuse(j, NOW, DAY, none[i], NULL, &e),
		    -EINVAL);
	assert_int_equal(journal_gate_refuse(j, NOW, DAY, GATE_WAIT, NULL, &e),
	    0);
	assert_int_equal(
	    journal_gate_refuse(j, NOW, DAY, GATE_VERDICTS - 1, NULL, &e), 0);
}

static void test_the_report_counts_what_the_gate_did(void **state)
{
	struct pass p = overridden(), got;
	struct pass_subject other = ticket_of(3);
	struct journal_report r;

	(void)state;
	other.day = DAY + 1;
	through(ticket_of(1), 0, false);
	through(ticket_of(2), 0, false);
	through(ticket_of(1), 1, true);
	through(other, 0, false);
	/* an override, out; that it was over is counted where it was refused */
	assert_int_equal(journal_pass(j, &p, &got, &e), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    journal_gate_refuse(j, NOW, DAY, GATE_USED, NULL, &e), 0);
	assert_int_equal(
	    journal_gate_refuse(j, NOW, DAY + 1, GATE_WAIT, NULL, &e), 0);
	assert_int_equal(
	    journal_refuse(j, NOW, DAY, VERDICT_TOO_EARLY, NULL, &e), 0);
	r = report();
	assert_int_equal(r.gate[GATE_OPEN], 2);
	assert_int_equal(r.gate[GATE_OPEN_OUT], 2);
	assert_int_equal(r.gate[GATE_USED], 3);
	assert_int_equal(r.gate[GATE_WAIT], 0);
	assert_int_equal(r.gate[GATE_OVER], 0);
	assert_int_equal(r.overrides, 1);
	assert_int_equal(r.admitted, 0);
	assert_int_equal(r.verdict[VERDICT_TOO_EARLY], 1);
	for (int i = 0; i < VERDICTS; i++)
		if (i != VERDICT_TOO_EARLY)
			assert_int_equal(r.verdict[i], 0);
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

/* Over many, as trees grow; and journal_try says whether there is room. */
static void test_a_pass_writes_no_more_than_an_admission(void **state)
{
	int admissions, passes = 0, tried;

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		admit(i, A);
	admissions = pages_written();
	for (unsigned i = 1; i <= 300; i++)
		through(ticket_of(i), 0, false);
	passes = pages_written();
	if (passes > admissions)
		fail_msg("%d pages for 300 passes, %d for 300 admissions",
		    passes, admissions);
	assert_int_equal(journal_try(j, &e), 0);
	tried = pages_written();
	through(ticket_of(301), 0, false);
	assert_true(tried >= pages_written());
}

static void assert_plan(const char *sql, const char *index)
{
	sqlite3_stmt *s = NULL;
	char explain[512];

	snprintf(explain, sizeof(explain), "EXPLAIN QUERY PLAN %s", sql);
	assert_int_equal(sqlite3_prepare_v2(j->db, explain, -1, &s, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	if (strstr((const char *)sqlite3_column_text(s, 3), index) == NULL)
		fail_msg("%s: %s", sql, sqlite3_column_text(s, 3));
	sqlite3_finalize(s);
}

/* Before a gate opens nothing reads the whole journal. */
static void test_lookups_go_by_their_index(void **state)
{
	(void)state;
	assert_plan(sqlite3_sql(j->pass_find), "entry_pass (");
	assert_plan(sqlite3_sql(j->pass_label), "entry_pass_label (");
	assert_plan(sqlite3_sql(j->find), "entry_booking (");
}

static void test_notes_are_of_their_kinds(void **state)
{
	static const uint16_t notes[] = {AUDIT_CLOCK, AUDIT_IMPORT,
	    AUDIT_ROSTER, AUDIT_QUOTA, AUDIT_COMPLAINT, AUDIT_UPDATE,
	    AUDIT_OFFICER, AUDIT_LOG, AUDIT_TECHNICIAN};
	struct str text = str_from("roster 7 taken");

	(void)state;
	for (int kind = 0; kind <= AUDIT_TECHNICIAN + 1; kind++) {
		bool note = false;
		int r;

		for (size_t i = 0; i < ARRAY_LEN(notes); i++)
			note = note || notes[i] == kind;
		r = journal_note(j, NOW, (enum audit_kind)kind, 7, text, &e);
		if (r != (note ? 0 : -EINVAL))
			fail_msg("kind %d: %d", kind, r);
	}
	assert_int_equal(
	    number("SELECT count(*) FROM entry WHERE kind = 15 AND detail = 7"
		   " AND text = 'roster 7 taken'"),
	    1);
	assert_chain();
}

static void test_passes_of_an_old_day_are_erased(void **state)
{
	struct pass_subject today = ticket_of(1);
	struct pass old = overridden(), got;
	struct seen s = {.n = 0};
	char cmd[256];

	(void)state;
	today.day = DAY + 1;
	snprintf(old.officer, sizeof(old.officer), "Xq7officerXq7");
	assert_int_equal(journal_pass(j, &old, &got, &e), 0);
	assert_int_equal(
	    journal_gate_refuse(j, NOW, DAY, GATE_USED, &old.subject, &e), 0);
	through(label_of(B, 4), 0, false);
	through(today, 0, false);
	assert_int_equal(journal_purge(j, NOW, DAY + 1, &e), 0);
	assert_int_equal(journal_pass_each(j, DAY, see, &s, &e), 0);
	assert_int_equal(s.n, 0);
	assert_int_equal(history_of(old.subject).n, 0);
	assert_int_equal(history_of(today).n, 1);
	assert_int_equal(number("SELECT count(*) FROM entry WHERE"
				" payload IS NULL AND kind IN (13, 14)"),
	    3);
	assert_chain();
	/* who let them through stands nowhere in the files any more */
	snprintf(cmd, sizeof(cmd), "cat %s* | grep -qa Xq7officerXq7", path);
	assert_int_not_equal(system(cmd), 0);
	reopen();
	assert_int_equal(journal_finding(j).n, 0);
	through(ticket_of(2), 0, false);
}

static void test_a_damaged_pass_is_a_fault_and_never_a_pass(void **state)
{
	struct pass p = pass_of(ticket_of(1), 0, false), got;
	struct pass_subject t = ticket_of(1);
	struct pass_history h;
	struct seen s = {.n = 0};

	(void)state;
	through(ticket_of(1), 0, false);
	close_journal();
	run_sql("DROP TRIGGER entry_no_update;"
		"UPDATE entry SET class = 2 WHERE kind = 13",
	    SQLITE_OK);
	open_at(NOW);
	assert_int_equal(journal_finding(j).n, 3);
	assert_int_equal(journal_pass_history(j, &t, &h, &e), -EUCLEAN);
	assert_int_equal(h.n, 0);
	assert_non_null(strstr(e.text, "damaged"));
	assert_int_equal(journal_pass_each(j, DAY, see, &s, &e), -EUCLEAN);
	assert_int_equal(journal_pass(j, &p, &got, &e), -EUCLEAN);
	/* others go on */
	through(ticket_of(2), 0, false);
}

/* stands for any constraint that refuses the row */
static void test_a_pass_that_is_refused_without_one_is_a_fault(void **state)
{
	struct pass p = pass_of(ticket_of(1), 0, false), got;

	(void)state;
	assert_int_equal(sqlite3_exec(j->db,
			     "CREATE TEMP TRIGGER t BEFORE INSERT ON entry"
			     " BEGIN SELECT raise(ABORT, 'no'); END",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(journal_pass(j, &p, &got, &e), -EUCLEAN);
	assert_int_equal(got.n, 0);
	assert_int_equal(
	    sqlite3_exec(j->db, "DROP TRIGGER t", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(journal_pass(j, &p, &got, &e), 0);
	assert_chain();
}

static void test_the_journal_of_an_earlier_release_takes_passes(void **state)
{
	struct admission a = admit(1, A);
	uint64_t n;
	char note[NOTE_BYTES];

	(void)state;
	close_journal();
	/* as schema 2 had it */
	run_sql("DROP TABLE logged; DROP INDEX entry_pass;"
		"DROP INDEX entry_pass_label; PRAGMA user_version = 2",
	    SQLITE_OK);
	open_at(NOW);
	assert_int_equal(journal_finding(j).n, 0);
	assert_int_equal(usage_of(1).number, a.ticket.number);
	assert_int_equal(journal_logged(j, &n, note, &e), 0);
	assert_int_equal(n, 0);
	through(ticket_of(1), 0, false);
	assert_int_equal(history_of(ticket_of(1)).n, 1);
	reopen();
	assert_int_equal(number("PRAGMA user_version"), 3);
	assert_chain();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_a_pass_is_one_entry_as_documented),
	    CASE(test_without_a_hub_a_pass_is_for_no_outbox),
	    CASE(test_a_movement_is_made_once),
	    CASE(test_what_is_no_pass_is_refused),
	    CASE(test_the_bounds_of_a_pass_are_inside),
	    CASE(test_a_ticket_has_its_own_movements_and_its_number_s),
	    CASE(test_a_number_has_the_movements_of_all_its_tickets),
	    CASE(test_a_code_has_its_own_movements_alone),
	    CASE(test_more_movements_than_a_history_holds_are_a_fault),
	    CASE(test_every_movement_of_a_day_is_told_oldest_first),
	    CASE(test_a_pass_is_no_admission),
	    CASE(test_a_refusal_says_of_what_and_why),
	    CASE(test_a_verdict_that_opens_is_no_refusal),
	    CASE(test_the_report_counts_what_the_gate_did),
	    CASE(test_a_pass_writes_no_more_than_an_admission),
	    CASE(test_lookups_go_by_their_index),
	    CASE(test_notes_are_of_their_kinds),
	    CASE(test_passes_of_an_old_day_are_erased),
	    CASE(test_a_damaged_pass_is_a_fault_and_never_a_pass),
	    CASE(test_a_pass_that_is_refused_without_one_is_a_fault),
	    CASE(test_the_journal_of_an_earlier_release_takes_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
