/* The journal's chain: what is edited is named, what is purged is gone. */
#include "test_journal.h"
#include "test_vectors.h"

static void test_the_head_is_signed_as_documented(void **state)
{
	uint8_t seed[32], public[32], secret[64], want[64], got[64];
	uint8_t message[HEAD_BYTES], bytes[HEAD_BYTES];
	struct audit_hash hash;

	(void)state;
	vector_hex("journal", "entry_1", hash.bytes, sizeof(hash.bytes));
	head_message(1, &hash, message);
	vector_hex("journal", "head", bytes, sizeof(bytes));
	assert_memory_equal(message, bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)i;
	assert_int_equal(crypto_sign_seed_keypair(public, secret, seed), 0);
	crypto_sign_detached(got, NULL, message, sizeof(message), secret);
	vector_hex("journal", "head_signature", want, sizeof(want));
	assert_memory_equal(got, want, sizeof(want));
}

static void test_entries_cannot_be_updated_or_deleted(void **state)
{
	(void)state;
	admit(1, A);
	journal_close(j);
	j = NULL;
	run_sql("UPDATE entry SET number = 9", SQLITE_CONSTRAINT);
	run_sql("DELETE FROM entry", SQLITE_CONSTRAINT);
}

static void test_a_sound_journal_has_no_finding(void **state)
{
	struct journal_finding f;
	uint64_t entries = 0;

	(void)state;
	admit(1, A);
	reopen();
	assert_int_equal(journal_finding(j).n, 0);
	assert_int_equal(journal_check(j, &f, &e), 0);
	assert_int_equal(f.n, 0);
	journal_close(j);
	j = NULL;
	/* genesis, start, admission, start */
	assert_int_equal(
	    journal_verify(path, keys.audit_public, &f, &entries, &e), 0);
	assert_int_equal(f.n, 0);
	assert_int_equal(entries, 4);
}

static void test_an_edit_is_named_at_the_next_start(void **state)
{
	static const struct {
		const char *sql;
		uint64_t n;
	} edits[] = {
	    /* 1 genesis, 2 start, 3 4 5 admissions */
	    {"UPDATE entry SET number = 9 WHERE n = 4", 4},
	    {"DELETE FROM entry WHERE n = 3", 3},
	    {"DELETE FROM entry WHERE n = 5", 5},
	    {"DELETE FROM entry WHERE n >= 4", 4},
	    {"UPDATE entry SET n = 60 WHERE n = 4", 4},
	    {"UPDATE entry SET time_s = time_s + 1 WHERE n = 3", 3},
	    {"UPDATE head SET n = 4", 5},
	    {"DELETE FROM head", 5},
	    {"UPDATE entry SET op_id = NULL, booking = NULL, epoch = 0,"
	     " letter = 0, day = 0, label = 0, number = 0, key_id = 0,"
	     " seq = 0, slot = 0, window = 0, type = 0, flags = 0,"
	     " companions = 0, service = 0, class = 0, verdict = 0,"
	     " print = 0, detail = 0, outbox = 0, text = NULL,"
	     " salt = NULL, payload = NULL WHERE n = 4",
		4},
	};
	static char sql[1024];
	struct journal_finding f;
	unsigned i;

	for (i = 0; i < ARRAY_LEN(edits); i++) {
		admit(1, A);
		admit(2, A);
		admit(3, A);
		journal_close(j);
		j = NULL;
		snprintf(sql, sizeof(sql),
		    "DROP TRIGGER entry_no_update;"
		    "DROP TRIGGER entry_no_delete; %s",
		    edits[i].sql);
		run_sql(sql, SQLITE_OK);
		assert_int_equal(
		    journal_verify(path, keys.audit_public, &f, NULL, &e), 0);
		open_at(NOW);
		if (journal_finding(j).n != edits[i].n || f.n != edits[i].n)
			fail_msg("%s: %s", edits[i].sql, f.text);
		assert_int_equal(remove_journal(state), 0);
		assert_int_equal(make_journal(state), 0);
	}
}

static void test_a_head_signed_by_another_key_is_named(void **state)
{
	struct keys other;
	struct journal_finding f;

	(void)state;
	assert_int_equal(keys_draw(&other, (struct keys_place){0}, &e), 0);
	journal_close(j);
	j = NULL;
	assert_int_equal(journal_verify(path, other.audit_public, &f, NULL, &e),
	    0);
	assert_int_equal(f.n, 2);
	assert_non_null(strstr(f.text, "signature"));
}

/* 20 admissions, printed, with refusals: about 80 entries to edit. */
static void fill(void)
{
	struct admission a;
	struct code_hash h;
	unsigned i;

	for (i = 0; i < 20; i++) {
		a = admit(i, i % 3 == 0 ? B : A);
		h = person(100 + i);
		assert_int_equal(journal_print_start(j, NOW, &a, false, &e), 0);
		assert_int_equal(
		    journal_print_end(j, NOW, &a, false, PRINT_PRINTED, &e), 0);
		assert_int_equal(
		    journal_refuse(j, NOW, DAY, VERDICT_UNKNOWN, &h, &e), 0);
	}
	assert_int_equal(journal_note(j, NOW, AUDIT_IMPORT, 120,
			     str_from("bookings.csv"), &e),
	    0);
}

/* One random column of entry n gets another value of its type. */
static void edit(sqlite3 *db, unsigned n, unsigned seed)
{
	static const char *const numbers[] = {
	    "time_s",
	    "kind",
	    "epoch",
	    "letter",
	    "day",
	    "label",
	    "number",
	    "key_id",
	    "seq",
	    "slot",
	    "window",
	    "type",
	    "flags",
	    "companions",
	    "service",
	    "class",
	    "verdict",
	    "print",
	    "detail",
	    "outbox",
	};
	static const char *const blobs[] = {
	    "op_id",
	    "booking",
	    "salt",
	    "payload",
	    "commitment",
	    "hash",
	};
	unsigned pick = seed % (ARRAY_LEN(numbers) + ARRAY_LEN(blobs));
	char sql[160];

	if (pick < ARRAY_LEN(numbers))
		snprintf(sql, sizeof(sql),
		    "UPDATE entry SET %s = %s + %u"
		    " WHERE n = %u",
		    numbers[pick], numbers[pick], 1 + seed / 64 % 500, n);
	else
		snprintf(sql, sizeof(sql),
		    "UPDATE entry SET %s ="
		    " randomblob(coalesce(length(%s), 16)) WHERE n = %u",
		    blobs[pick - ARRAY_LEN(numbers)],
		    blobs[pick - ARRAY_LEN(numbers)], n);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static sqlite3 *copy_without_guards(void)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db,
		"PRAGMA synchronous = OFF;"
		"DROP TRIGGER entry_no_update; DROP INDEX entry_booking;"
		"DROP INDEX entry_number",
		NULL, NULL, NULL),
	    SQLITE_OK);
	return db;
}

static void test_500_random_edits_are_located(void **state)
{
	static const char *const undo =
	    "DELETE FROM entry; INSERT INTO entry SELECT * FROM kept";
	struct journal_finding f;
	uint64_t entries;
	sqlite3 *db;
	unsigned i, n;

	(void)state;
	fill();
	journal_head(j, &entries, &(struct audit_hash){{0}});
	journal_close(j);
	j = NULL;
	db = copy_without_guards();
	assert_int_equal(sqlite3_exec(db,
			     "PRAGMA journal_mode = DELETE;"
			     "DROP TRIGGER entry_no_delete;"
			     "CREATE TABLE kept AS SELECT * FROM entry",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	srandom(20261124);
	for (i = 0; i < 500; i++) {
		n = 1 + (unsigned)random() % (unsigned)entries;
		edit(db, n, (unsigned)random());
		assert_int_equal(
		    journal_verify(path, keys.audit_public, &f, NULL, &e), 0);
		if (f.n != n)
			fail_msg("edit %u of entry %u: %s", i, n, f.text);
		assert_int_equal(sqlite3_exec(db, undo, NULL, NULL, NULL),
		    SQLITE_OK);
	}
	assert_int_equal(journal_verify(path, keys.audit_public, &f, NULL, &e),
	    0);
	assert_int_equal(f.n, 0);
	sqlite3_close(db);
}

static void test_a_purge_erases_and_the_chain_stays_whole(void **state)
{
	struct code_hash old = person(1);
	struct admit_request q = request_of(2, A);
	struct journal_finding f;
	struct admission a;
	char cmd[256];

	(void)state;
	memset(old.bytes, 0xA7, sizeof(old.bytes));
	q.booking = old;
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	q = request_of(3, A);
	q.day = DAY + 1;
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	assert_int_equal(journal_purge(j, NOW, DAY + 1, &e), 0);
	assert_int_equal(journal_find_admission(j, &old, DAY, &a, &e), -ENOENT);
	assert_int_equal(journal_find_admission(j, &q.booking, DAY + 1, &a, &e),
	    0);
	assert_int_equal(journal_check(j, &f, &e), 0);
	assert_int_equal(f.n, 0);
	/* 16 bytes of A7 stand nowhere in the files any more */
	snprintf(cmd, sizeof(cmd),
	    "cat %s* | LC_ALL=C grep -qaP"
	    " '\\xA7{16}'",
	    path);
	assert_int_not_equal(system(cmd), 0);
	reopen();
	assert_int_equal(journal_finding(j).n, 0);
	/* key sequence goes on although its entry is bare */
	assert_int_equal(admit(9, A).ticket.seq, 3);
	assert_int_equal(journal_purge(j, NOW, DAY + 9, &e), 0);
	assert_int_equal(journal_purge(j, NOW, DAY + 9, &e), 0);
	reopen();
	assert_int_equal(journal_finding(j).n, 0);
	assert_int_equal(admit(10, A).ticket.seq, 4);
	journal_close(j);
	j = NULL;
	run_sql("UPDATE entry SET number = 9", SQLITE_CONSTRAINT);
}

static int64_t bare_entries(void)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;
	int64_t n = -1;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
			     "SELECT count(*) FROM entry"
			     " WHERE payload IS NULL",
			     -1, &s, NULL),
	    SQLITE_OK);
	if (sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return n;
}

/* Today's start and import bear no day; nobody was admitted yet. */
static void test_a_purge_of_old_days_spares_what_was_just_written(void **state)
{
	(void)state;
	assert_int_equal(
	    journal_note(j, NOW, AUDIT_IMPORT, 120, str_from("refused 0"), &e),
	    0);
	assert_int_equal(journal_purge(j, NOW, DAY - 30, &e), 0);
	journal_close(j);
	j = NULL;
	assert_int_equal(bare_entries(), 0);
}

/* The next number after it would be none. */
static void test_an_entry_of_the_highest_number_stops_nothing(void **state)
{
	static const struct {
		const char *n;
		uint64_t at; /* of genesis, start, admission */
	} put[] = {{"9223372036854775807", 4}, {"-9223372036854775808", 1},
	    {"0", 1}};
	char sql[400];

	for (size_t i = 0; i < ARRAY_LEN(put); i++) {
		admit(1, A);
		journal_close(j);
		j = NULL;
		snprintf(sql, sizeof(sql),
		    "CREATE TEMP TABLE x AS SELECT * FROM entry WHERE n = 3;"
		    "UPDATE x SET n = %s, kind = 11;"
		    "INSERT INTO entry SELECT * FROM x",
		    put[i].n);
		run_sql(sql, SQLITE_OK);
		for (unsigned k = 2; k < 5; k++) {
			open_at(NOW);
			/* one after the last, of which there are more now */
			assert_int_equal(journal_finding(j).n,
			    put[i].at == 1 ? 1 : put[i].at + 2 * (k - 2));
			assert_int_equal(admit(k, A).ticket.number, k);
			journal_close(j);
			j = NULL;
		}
		assert_int_equal(remove_journal(state), 0);
		assert_int_equal(make_journal(state), 0);
	}
}

/* As long as the head is there. */
static void test_a_journal_without_entries_is_noticed(void **state)
{
	static const char *const edits[] = {
	    "DROP TRIGGER entry_no_delete; DELETE FROM entry",
	    "DROP TRIGGER entry_no_delete; DELETE FROM entry;"
	    "UPDATE head SET signature = x'00'"};
	struct journal_finding f;

	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		journal_close(j);
		j = NULL;
		run_sql(edits[i], SQLITE_OK);
		assert_int_equal(
		    journal_verify(path, keys.audit_public, &f, NULL, &e), 0);
		assert_int_equal(f.n, 1);
		open_at(NOW);
		assert_int_equal(journal_finding(j).n, 1);
		assert_int_equal(remove_journal(state), 0);
		assert_int_equal(make_journal(state), 0);
	}
}

static void test_a_repeated_ticket_is_named(void **state)
{
	struct journal_finding f;
	uint64_t n;

	(void)state;
	admit(1, A);
	admit(2, A);
	assert_int_equal(journal_check(j, &f, &e), 0);
	assert_int_equal(f.n, 0);
	/* what no caller can do: the counter goes back by one */
	j->chain.seq--;
	n = admit(3, A).n;
	admit(4, A);
	assert_int_equal(journal_check(j, &f, &e), 0);
	assert_int_equal(f.n, n);
	assert_non_null(strstr(f.text, "repeats a ticket"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_head_is_signed_as_documented),
	    CASE(test_entries_cannot_be_updated_or_deleted),
	    CASE(test_a_sound_journal_has_no_finding),
	    CASE(test_an_edit_is_named_at_the_next_start),
	    CASE(test_a_head_signed_by_another_key_is_named),
	    CASE(test_500_random_edits_are_located),
	    CASE(test_a_purge_erases_and_the_chain_stays_whole),
	    CASE(test_a_purge_of_old_days_spares_what_was_just_written),
	    CASE(test_an_entry_of_the_highest_number_stops_nothing),
	    CASE(test_a_journal_without_entries_is_noticed),
	    CASE(test_a_repeated_ticket_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
