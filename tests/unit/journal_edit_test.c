/*
 * Edits of the journal's file, each located at the entry that was touched.
 *
 * Every edit is made in a transaction on a copy without its guards, judged,
 * and taken back. Where an edit is located is worked out from what it does: a
 * changed or a missing entry is itself, of several the first; what was put in
 * is the number it got; what was added at the end is one after the last; a
 * head that does not sign is the entry it ought to sign.
 */
#include <sodium.h>

#include "test_journal_gate.h"

enum { EDITS = 3000, PURGED = 12 };

static sqlite3 *db;
static uint64_t entries;  /* of the journal that is edited */
static char old_path[96]; /* its backup of before the purge */
static uint32_t seed;
static char log_text[400]; /* what the edit at hand is */

static unsigned draw(unsigned below)
{
	/* xorshift32 (Marsaglia, 2003) */
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

static uint64_t any_entry(void)
{
	return 1 + draw((unsigned)entries);
}

static int exec(const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static void must(const char *sql)
{
	if (exec(sql) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static void edit(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void edit(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(log_text, sizeof(log_text), fmt, ap);
	va_end(ap);
	must(log_text);
}

static int64_t ask_one(const char *fmt, ...) PRINTF_LIKE(1, 2);
static int64_t ask_one(const char *fmt, ...)
{
	int64_t n = -1;
	char sql[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof(sql), fmt, ap);
	va_end(ap);
	assert_int_equal(db_number(db, "test", sql, &n, &e), 0);
	return n;
}

/* ---- the journal that is edited: every kind of entry, and a purge ---- */

static void one_visit(unsigned i)
{
	struct admission a = admit(i, i % 3 == 0 ? B : A);
	struct pass_subject t = ticket_of(i);
	struct code_hash h = person(100 + i);

	assert_int_equal(journal_print_start(j, NOW, &a, i % 4 == 0, &e), 0);
	assert_int_equal(
	    journal_print_end(j, NOW, &a, i % 4 == 0, PRINT_PRINTED, &e), 0);
	assert_int_equal(journal_refuse(j, NOW, DAY, VERDICT_UNKNOWN, &h, &e),
	    0);
	through(t, 0, false);
	assert_int_equal(journal_gate_refuse(j, NOW, DAY, GATE_USED, &t, &e),
	    0);
	if (i % 2 == 0)
		through(label_of(B, i), 1, true);
}

static void one_override(void)
{
	struct pass p = pass_of(staff_of(1), 0, false), got;

	snprintf(p.officer, sizeof(p.officer), "budi");
	p.reason = PASS_REASON_EMERGENCY;
	p.overruled = GATE_FORM;
	assert_int_equal(journal_pass(j, &p, &got, &e), 0);
}

static void old_days(void)
{
	struct pass_subject s = ticket_of(900);

	s.day = DAY - 1;
	for (unsigned i = 0; i < PURGED - 2; i++)
		through(s, i, i % 2);
	snprintf(old_path, sizeof(old_path), "%s/old.db", dir);
	assert_int_equal(journal_backup(j, old_path, &e), 0);
	assert_int_equal(journal_purge(j, NOW, DAY, &e), 0);
}

static void fill(void)
{
	static const enum audit_kind notes[] = {AUDIT_CLOCK, AUDIT_IMPORT,
	    AUDIT_ROSTER, AUDIT_QUOTA, AUDIT_COMPLAINT, AUDIT_UPDATE,
	    AUDIT_OFFICER, AUDIT_LOG, AUDIT_TECHNICIAN};

	old_days();
	for (unsigned i = 1; i <= 8; i++)
		one_visit(i);
	one_override();
	for (size_t i = 0; i < ARRAY_LEN(notes); i++)
		assert_int_equal(
		    journal_note(j, NOW, notes[i], 120, str_from("a note"), &e),
		    0);
}

/* A copy whose columns take anything, NULL too: STRICT and NOT NULL are the
 * schema's, which an intruder can change. */
static void loosen(void)
{
	must("PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF;"
	     "DROP TRIGGER entry_no_update; DROP TRIGGER entry_no_delete;"
	     "CREATE TABLE loose (n INTEGER PRIMARY KEY, time_s, kind, op_id,"
	     " booking, epoch, letter, day, label, number, key_id, seq, slot,"
	     " window, type, flags, companions, service, class, verdict,"
	     " print, detail, outbox, text, salt, payload, commitment, hash);"
	     "INSERT INTO loose SELECT * FROM entry; DROP TABLE entry;"
	     "ALTER TABLE loose RENAME TO entry;"
	     "CREATE TABLE free (id, n, hash, signature);"
	     "INSERT INTO free SELECT * FROM head; DROP TABLE head;"
	     "ALTER TABLE free RENAME TO head");
}

static int make_edited(void **state)
{
	struct audit_hash hash;

	if (make_journal(state) != 0)
		return -1;
	fill();
	journal_head(j, &entries, &hash);
	close_journal();
	seed = 20261124;
	if (sqlite3_open(path, &db) != SQLITE_OK)
		return -1;
	loosen();
	return 0;
}

static int remove_edited(void **state)
{
	sqlite3_close(db);
	db = NULL;
	return remove_journal(state);
}

/* ---- the edits; each returns where it is ---- */

static const char *const counts[] = {"time_s", "kind", "epoch", "letter", "day",
    "label", "number", "key_id", "seq", "slot", "window", "type", "flags",
    "companions", "service", "class", "verdict", "print", "detail", "outbox"};
static const char *const blobs[] = {"op_id", "booking", "text", "salt",
    "payload", "commitment", "hash"};

static const char *any_column(void)
{
	unsigned i = draw(ARRAY_LEN(counts) + ARRAY_LEN(blobs));

	return i < ARRAY_LEN(counts) ? counts[i] : blobs[i - ARRAY_LEN(counts)];
}

/* The value with the column's name for each @. */
static const char *value_of(const char *how, const char *column)
{
	static char out[160];
	struct buf b;

	buf_init(&b, out, sizeof(out) - 1);
	for (; *how != '\0'; how++)
		if (*how == '@')
			buf_text(&b, column);
		else
			buf_byte(&b, (unsigned char)*how);
	assert_false(b.full);
	return buf_cstr(&b);
}

static uint64_t another_number(void)
{
	const char *column = counts[draw(ARRAY_LEN(counts))];
	uint64_t n = any_entry();
	static const char *const how[] = {"@ + 1", "@ - 1", "@ + 256",
	    "@ + 65536", "@ + 4294967296", "-@ - 1", "NULL", "CAST(@ AS TEXT)",
	    "CAST(@ AS BLOB)", "@ + 0.5"};

	edit("UPDATE entry SET %s = %s WHERE n = %llu", column,
	    value_of(how[draw(ARRAY_LEN(how))], column), (unsigned long long)n);
	return n;
}

static uint64_t another_blob(void)
{
	const char *column = blobs[draw(ARRAY_LEN(blobs))];
	uint64_t n = any_entry();
	static const char *const how[] = {
	    "randomblob(max(coalesce(length(@), 0), 16))",
	    "CAST(coalesce(@, x'') || x'00' AS BLOB)",
	    "substr(coalesce(@, zeroblob(17)), 2)", "''", "x''", "zeroblob(16)",
	    "7", "CAST(coalesce(@, 'a') || 'b' AS TEXT)"};

	edit("UPDATE entry SET %s = %s WHERE n = %llu", column,
	    value_of(how[draw(ARRAY_LEN(how))], column), (unsigned long long)n);
	return n;
}

/* One bit of one column's bytes. */
static uint64_t one_bit(void)
{
	const char *column = blobs[draw(ARRAY_LEN(blobs))];
	uint64_t n = any_entry();
	sqlite3_stmt *s = NULL;
	uint8_t bytes[600];
	int len;
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT %s FROM entry WHERE n = %llu",
	    column, (unsigned long long)n);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	len = sqlite3_column_bytes(s, 0);
	if (len > 0 && len < (int)sizeof(bytes))
		memcpy(bytes, sqlite3_column_blob(s, 0), (size_t)len);
	sqlite3_finalize(s);
	if (len == 0)
		return 0;
	bytes[draw((unsigned)len)] ^= (uint8_t)(1u << draw(8));
	snprintf(log_text, sizeof(log_text), "a bit of %s of %llu", column,
	    (unsigned long long)n);
	snprintf(sql, sizeof(sql), "UPDATE entry SET %s = ?1 WHERE n = %llu",
	    column, (unsigned long long)n);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	if (strcmp(column, "text") == 0)
		sqlite3_bind_text(s, 1, (const char *)bytes, len,
		    SQLITE_STATIC);
	else
		sqlite3_bind_blob(s, 1, bytes, len, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(s), SQLITE_DONE);
	sqlite3_finalize(s);
	return n;
}

static uint64_t nothing_in_it(void)
{
	uint64_t n = any_entry();

	edit("UPDATE entry SET %s = NULL WHERE n = %llu", any_column(),
	    (unsigned long long)n);
	return n;
}

static uint64_t deleted(void)
{
	uint64_t n = any_entry();

	edit("DELETE FROM entry WHERE n = %llu", (unsigned long long)n);
	return n;
}

static uint64_t several_deleted(void)
{
	uint64_t n = any_entry();

	edit("DELETE FROM entry WHERE n BETWEEN %llu AND %llu",
	    (unsigned long long)n, (unsigned long long)n + draw(9));
	return n;
}

/* What follows is moved up, so that no number is missing. */
static uint64_t deleted_and_closed(void)
{
	uint64_t n = any_entry();

	edit("DELETE FROM entry WHERE n = %llu;"
	     "UPDATE entry SET n = -n WHERE n > %llu;"
	     "UPDATE entry SET n = -n - 1 WHERE n < 0",
	    (unsigned long long)n, (unsigned long long)n);
	return n;
}

static uint64_t swapped(void)
{
	uint64_t a = any_entry(), b = any_entry();

	edit("UPDATE entry SET n = -1 WHERE n = %llu;"
	     "UPDATE entry SET n = %llu WHERE n = %llu;"
	     "UPDATE entry SET n = %llu WHERE n = -1",
	    (unsigned long long)a, (unsigned long long)a, (unsigned long long)b,
	    (unsigned long long)b);
	return a < b ? a : b;
}

/* The same column of two entries. */
static uint64_t columns_swapped(void)
{
	const char *c = any_column();
	uint64_t a = any_entry(), b = any_entry();

	edit("CREATE TEMP TABLE two AS SELECT n, %s AS v FROM entry"
	     " WHERE n IN (%llu, %llu);"
	     "UPDATE entry SET %s = (SELECT v FROM two WHERE two.n !="
	     " entry.n) WHERE n IN (SELECT n FROM two);"
	     "DROP TABLE two",
	    c, (unsigned long long)a, (unsigned long long)b, c);
	return a < b ? a : b;
}

#define FIELDS \
	" booking, epoch, letter, day, label, number, key_id, seq, slot," \
	" window, type," \
	" flags, companions, service, class, verdict, print, detail, outbox," \
	" text, salt, payload, commitment, hash"

/* A copy of another entry, between two. */
static uint64_t put_between(void)
{
	uint64_t n = any_entry(), from = any_entry();

	edit("CREATE TEMP TABLE x AS SELECT * FROM entry WHERE n = %llu;"
	     "UPDATE entry SET n = -n WHERE n >= %llu;"
	     "UPDATE entry SET n = -n + 1 WHERE n < 0;"
	     "INSERT INTO entry SELECT %llu, time_s, kind, op_id," FIELDS
	     " FROM x; DROP TABLE x",
	    (unsigned long long)from, (unsigned long long)n,
	    (unsigned long long)n);
	/* Of an entry and its copy the second is the one too many. */
	return from == n ? n + 1 : n;
}

static uint64_t added_at_the_end(void)
{
	edit("INSERT INTO entry SELECT %llu, time_s, kind, op_id," FIELDS
	     " FROM entry WHERE n = %llu",
	    (unsigned long long)entries + 1, (unsigned long long)any_entry());
	return entries + 1;
}

static uint64_t added_further_on(void)
{
	edit("INSERT INTO entry SELECT %llu, time_s, kind, op_id," FIELDS
	     " FROM entry WHERE n = %llu",
	    (unsigned long long)entries + 2 + draw(1000),
	    (unsigned long long)any_entry());
	return entries + 1;
}

/* Before the first: no entry has such a number. */
static uint64_t put_before_all(void)
{
	edit("INSERT INTO entry SELECT %d, time_s, kind, op_id," FIELDS
	     " FROM entry WHERE n = %llu;"
	     "UPDATE entry SET hash = zeroblob(32) WHERE n < 1 AND %u",
	    -(int)draw(3), (unsigned long long)any_entry(), draw(2));
	return 1;
}

static uint64_t moved_away(void)
{
	uint64_t n = any_entry();

	edit("UPDATE entry SET n = %llu WHERE n = %llu",
	    (unsigned long long)entries + 1 + draw(500), (unsigned long long)n);
	/* Of the last its old place is the one that the head signs. */
	return n;
}

/* All that a purge takes away, without a purge. */
static uint64_t erased(void)
{
	uint64_t n = any_entry();

	if (ask_one("SELECT payload IS NULL FROM entry WHERE n = %llu",
		(unsigned long long)n))
		return 0;
	edit("UPDATE entry SET op_id = NULL, booking = NULL, epoch = 0,"
	     " letter = 0, day = 0, label = 0, number = 0, key_id = 0,"
	     " seq = 0, slot = 0, window = 0, type = 0, flags = 0,"
	     " companions = 0, service = 0, class = 0, verdict = 0,"
	     " print = 0, detail = 0, outbox = 0, text = NULL,"
	     " salt = NULL, payload = NULL WHERE n = %llu",
	    (unsigned long long)n);
	return n;
}

static uint64_t head_edited(void)
{
	static const char *const how[] = {"DELETE FROM head",
	    "UPDATE head SET n = n + 1", "UPDATE head SET n = n - 1",
	    "UPDATE head SET n = NULL", "UPDATE head SET hash = randomblob(32)",
	    "UPDATE head SET signature = randomblob(64)",
	    "UPDATE head SET signature = NULL", "UPDATE head SET hash = x''",
	    "INSERT INTO head SELECT 2, n, hash, signature FROM head",
	    "INSERT INTO head SELECT 0, 3, hash, signature FROM head"};

	edit("%s", how[draw(ARRAY_LEN(how))]);
	return entries;
}

/* ---- an intruder who can count: hashes that fit, but no key ---- */

/* Appends an entry that follows the last one as it should. */
static uint64_t forged_at_the_end(void)
{
	struct entry x = {.n = entries + 1,
	    .time_s = NOW,
	    .kind = (uint16_t)(1 + draw(AUDIT_TECHNICIAN))};
	uint8_t storage[ENTRY_PAYLOAD];
	struct audit_hash prev;
	sqlite3_stmt *s = NULL;
	struct buf b;

	assert_int_equal(sqlite3_prepare_v2(db,
			     "SELECT hash FROM entry ORDER BY n DESC LIMIT 1",
			     -1, &s, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	memcpy(prev.bytes, sqlite3_column_blob(s, 0), sizeof(prev.bytes));
	sqlite3_finalize(s);
	x.has_booking = x.has_op = true;
	x.field[ENTRY_DAY] = DAY;
	x.field[ENTRY_CLASS] = 0x80;
	buf_init(&b, storage, sizeof(storage));
	assert_true(entry_seal(&x, &prev, &b));
	assert_int_equal(sqlite3_prepare_v2(db,
			     "INSERT INTO entry (" ENTRY_COLUMNS
			     ") VALUES (" ENTRY_PARAMS ")",
			     -1, &s, NULL),
	    SQLITE_OK);
	entry_bind(s, &x, &b);
	assert_int_equal(sqlite3_step(s), SQLITE_DONE);
	sqlite3_finalize(s);
	snprintf(log_text, sizeof(log_text), "a forged entry of kind %u",
	    x.kind);
	return entries + 1;
}

/* Another value with a payload and commitment that agree with it; the link to
 * what follows does not. */
static uint64_t forged_payload(void)
{
	uint64_t n = any_entry();
	uint8_t storage[ENTRY_PAYLOAD];
	struct audit_hash unused = {{0}};
	sqlite3_stmt *s = NULL;
	struct entry x;
	char sql[400];
	struct buf b;

	snprintf(sql, sizeof(sql),
	    "SELECT " ENTRY_COLUMNS " FROM entry WHERE n = %llu"
	    " AND payload IS NOT NULL",
	    (unsigned long long)n);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	if (sqlite3_step(s) != SQLITE_ROW) {
		sqlite3_finalize(s);
		return 0;
	}
	entry_read(s, &x);
	memcpy(x.salt, sqlite3_column_blob(s, 24), sizeof(x.salt));
	memcpy(&unused, sqlite3_column_blob(s, 27), sizeof(unused));
	sqlite3_finalize(s);
	x.field[ENTRY_NUMBER] = x.field[ENTRY_NUMBER] + 1;
	buf_init(&b, storage, sizeof(storage));
	{
		struct audit_hash hash = x.hash;

		assert_true(entry_seal(&x, &unused, &b));
		if (draw(2) == 0)
			x.hash = hash; /* or one of another link */
	}
	must("DELETE FROM entry WHERE n = 0");
	edit("DELETE FROM entry WHERE n = %llu", (unsigned long long)n);
	assert_int_equal(sqlite3_prepare_v2(db,
			     "INSERT INTO entry (" ENTRY_COLUMNS
			     ") VALUES (" ENTRY_PARAMS ")",
			     -1, &s, NULL),
	    SQLITE_OK);
	entry_bind(s, &x, &b);
	assert_int_equal(sqlite3_step(s), SQLITE_DONE);
	sqlite3_finalize(s);
	snprintf(log_text, sizeof(log_text), "a forged payload of %llu",
	    (unsigned long long)n);
	return n;
}

static const struct {
	const char *name;
	uint64_t (*make)(void);
} all_edits[] = {
    {"another number", another_number},
    {"another blob", another_blob},
    {"one bit", one_bit},
    {"NULL", nothing_in_it},
    {"deleted", deleted},
    {"several deleted", several_deleted},
    {"deleted and closed", deleted_and_closed},
    {"swapped", swapped},
    {"columns swapped", columns_swapped},
    {"put between", put_between},
    {"added at the end", added_at_the_end},
    {"added further on", added_further_on},
    {"put before all", put_before_all},
    {"moved away", moved_away},
    {"erased", erased},
    {"head edited", head_edited},
    {"forged at the end", forged_at_the_end},
    {"forged payload", forged_payload},
};

static void add_value(crypto_generichash_state *h, sqlite3_stmt *s, int i)
{
	int type = sqlite3_column_type(s, i);
	const void *p = sqlite3_column_blob(s, i);
	uint64_t len = (uint64_t)sqlite3_column_bytes(s, i);

	crypto_generichash_update(h, (const uint8_t *)&type, sizeof(type));
	crypto_generichash_update(h, (const uint8_t *)&len, sizeof(len));
	if (len > 0)
		crypto_generichash_update(h, p, len);
}

/* Everything the two tables say, with types. */
static void digest(uint8_t out[32])
{
	static const char *const sql[] = {"SELECT * FROM entry ORDER BY n",
	    "SELECT * FROM head"};
	crypto_generichash_state h;
	sqlite3_stmt *s = NULL;

	crypto_generichash_init(&h, NULL, 0, 32);
	for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
		assert_int_equal(sqlite3_prepare_v2(db, sql[i], -1, &s, NULL),
		    SQLITE_OK);
		while (sqlite3_step(s) == SQLITE_ROW)
			for (int k = 0; k < sqlite3_column_count(s); k++) {
				add_value(&h, s, k);
			}
		sqlite3_finalize(s);
	}
	crypto_generichash_final(&h, out, 32);
}

static void test_random_edits_are_located(void **state)
{
	unsigned made[ARRAY_LEN(all_edits)] = {0}, none = 0;
	uint8_t before[32], after[32];
	struct journal_finding f;

	(void)state;
	digest(before);
	for (int i = 0; i < EDITS; i++) {
		unsigned k = draw(ARRAY_LEN(all_edits));
		uint64_t n;

		must("BEGIN");
		n = all_edits[k].make();
		digest(after);
		/* Some change nothing: NULL to NULL, equal values swapped. */
		if (memcmp(before, after, sizeof(before)) == 0)
			n = 0;
		assert_int_equal(
		    chain_check(db, keys.audit_public, &f, NULL, &e), 0);
		if (f.n != n)
			fail_msg("edit %d, %s (%s): at %llu, found %llu (%s)",
			    i, all_edits[k].name, log_text,
			    (unsigned long long)n, (unsigned long long)f.n,
			    f.text);
		must("ROLLBACK");
		made[k] += n != 0;
		none += n == 0;
	}
	/* Each kind really edited something. */
	for (size_t k = 0; k < ARRAY_LEN(all_edits); k++)
		if (made[k] < 60)
			fail_msg("%s: only %u", all_edits[k].name, made[k]);
	print_message("%d edits located, %u changed nothing\n",
	    EDITS - (int)none, none);
	assert_true(EDITS - (int)none >= 2500);
}

static void test_every_column_of_every_entry_counts(void **state)
{
	struct journal_finding f;

	(void)state;
	for (uint64_t n = 1; n <= entries; n++)
		for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
			must("BEGIN");
			edit("UPDATE entry SET %s = %s + 1 WHERE n = %llu",
			    counts[i], counts[i], (unsigned long long)n);
			assert_int_equal(
			    chain_check(db, keys.audit_public, &f, NULL, &e),
			    0);
			if (f.n != n)
				fail_msg("%s: %s", log_text, f.text);
			must("ROLLBACK");
		}
}

/* Who has a copy of before the purge can make the entries whole again. */
static void test_what_was_purged_and_put_back_is_named(void **state)
{
	struct journal_finding f;

	(void)state;
	must(value_of("ATTACH '@' AS old", old_path));
	for (int n = 2; n <= PURGED; n++) {
		must("BEGIN");
		edit("DELETE FROM entry WHERE n = %d;"
		     "INSERT INTO entry SELECT * FROM old.entry WHERE n = %d",
		    n, n);
		assert_int_equal(
		    chain_check(db, keys.audit_public, &f, NULL, &e), 0);
		assert_int_equal(f.n, n);
		assert_non_null(strstr(f.text, "put back"));
		must("ROLLBACK");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_random_edits_are_located,
		make_edited, remove_edited),
	    cmocka_unit_test_setup_teardown(
		test_every_column_of_every_entry_counts, make_edited,
		remove_edited),
	    cmocka_unit_test_setup_teardown(
		test_what_was_purged_and_put_back_is_named, make_edited,
		remove_edited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
