/* The audit export: what it holds, who can check it, and that nothing erased
 * is in it. Edits of it are audit_edit_test.c's. */
#include "test_export.h"
#include "test_vectors.h"

#include <signal.h>
#include <sys/resource.h>

#include "firmware/store/audit_payload.h"
#include "firmware/store/audit_text.h"

static void test_an_entry_is_written_as_documented(void **state)
{
	static const char payload[] = "karcis";
	struct audit_row row = {.n = 1,
	    .time_s = 1764000000,
	    .kind = 2,
	    .whole = true};
	char commitment[256], hash[256], want[512], text[AUDIT_LINE];
	struct buf b;

	(void)state;
	/* entry_1 of the vectors: salt 00..0f, payload "karcis" */
	vector("journal", "commitment", commitment);
	vector("journal", "entry_1", hash);
	vector_hex("journal", "commitment", row.commitment.bytes, 32);
	vector_hex("journal", "entry_1", row.hash.bytes, 32);
	for (size_t i = 0; i < sizeof(row.salt); i++)
		row.salt[i] = (uint8_t)i;
	row.payload = str_from(payload);
	(void)snprintf(want, sizeof(want),
	    "1 1764000000 2 %.64s %.64s 000102030405060708090a0b0c0d0e0f "
	    "6b6172636973\n",
	    commitment, hash);
	buf_init(&b, text, sizeof(text));
	audit_row_put(&row, false, &b);
	assert_string_equal(buf_cstr(&b), want);
	(void)snprintf(want, sizeof(want), "1 1764000000 2 %.64s %.64s\n",
	    commitment, hash);
	buf_init(&b, text, sizeof(text));
	audit_row_put(&row, true, &b);
	assert_string_equal(buf_cstr(&b), want);
	row.whole = false;
	buf_init(&b, text, sizeof(text));
	audit_row_put(&row, false, &b);
	assert_string_equal(buf_cstr(&b), want);
}

static void test_an_export_has_header_entries_and_head(void **state)
{
	static const char *const start[] = {"karcis-audit 1", "office 4102",
	    "terminal kiosk-1", "made 1764009000", "key ", "form full",
	    "entries 45", "erased 0", "signed ", "1 1764000000 1 "};
	char *text, *at;
	size_t len;

	(void)state;
	/* genesis and start; 12 admissions with 2 prints and 3 refusals;
	 * import; 2 + 12 x 3 + 3 + 1 = 42, and 3 more */
	fill_journal(12);
	admit(50, A);
	admit(51, A);
	admit(52, A);
	back_up();
	assert_int_equal(write_export(false), 45);
	text = slurp(out_path, &len);
	at = text;
	for (size_t i = 0; i < ARRAY_LEN(start); i++) {
		assert_memory_equal(at, start[i], strlen(start[i]));
		if (i < ARRAY_LEN(start) - 1)
			at = strchr(at, '\n') + 1;
	}
	for (size_t n = 0; n < 45; n++)
		at = strchr(at, '\n') + 1;
	assert_memory_equal(at, "head 45 ", 8);
	assert_ptr_equal(strchr(at, '\n') + 1, text + len);
	free(text);
}

static void test_whoever_has_the_public_key_can_check_it(void **state)
{
	struct audit_header h;
	struct audit_finding f;

	(void)state;
	fill_journal(5);
	back_up();
	write_export(false);
	assert_int_equal(audit_export_check(out_path, keys.audit_public, NULL,
			     NULL, &h, &f, &e),
	    0);
	assert_int_equal(f.where, AUDIT_NOWHERE);
	assert_int_equal(h.office, 4102);
	assert_string_equal(h.terminal, "kiosk-1");
	assert_int_equal(h.made_s, NOW + 9000);
	assert_memory_equal(h.key, keys.audit_public, sizeof(h.key));
	assert_false(h.bare);
	assert_int_equal(h.entries, 20);
	assert_int_equal(h.erased, 0);
}

static void test_the_file_is_its_owner_s_alone(void **state)
{
	struct stat st;

	(void)state;
	back_up();
	write_export(false);
	assert_int_equal(stat(out_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_a_file_that_exists_is_never_written_over(void **state)
{
	struct audit_export x = export_of(false);
	char *text;
	size_t len;

	(void)state;
	back_up();
	spill(out_path, "mine", 4);
	assert_int_equal(audit_export_write(copy_path, &x, out_path, NULL, &e),
	    -EEXIST);
	text = slurp(out_path, &len);
	assert_string_equal(text, "mine");
	free(text);
}

static void test_a_disk_that_is_full_leaves_no_half_export(void **state)
{
	struct audit_export x = export_of(false);
	struct rlimit before, small;

	(void)state;
	fill_journal(10);
	back_up();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 6000;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(audit_export_write(copy_path, &x, out_path, NULL, &e),
	    -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(access(out_path, F_OK), -1);
}

struct seen {
	uint64_t n;
	unsigned whole, bare;
};

static void see(void *ctx, const struct audit_row *row)
{
	struct seen *s = ctx;

	assert_true(row->n == s->n + 1);
	s->n = row->n;
	s->whole += row->whole;
	s->bare += !row->whole;
}

static void test_a_bare_export_tells_hashes_and_times_alone(void **state)
{
	struct code_hash mark;
	struct admit_request q = request_of(1, A);
	struct admission a;
	struct audit_header h;
	struct audit_finding f;
	struct seen seen = {0};
	char *text;
	size_t len;

	(void)state;
	memset(mark.bytes, 0xA7, sizeof(mark.bytes));
	q.booking = mark;
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	back_up();
	write_export(false);
	text = slurp(out_path, &len);
	assert_non_null(strstr(text, "a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7"));
	free(text);
	write_export(true);
	text = slurp(out_path, &len);
	assert_null(strstr(text, "a7a7a7a7"));
	assert_non_null(strstr(text, "\nform bare\n"));
	free(text);
	assert_int_equal(audit_export_check(out_path, keys.audit_public, see,
			     &seen, &h, &f, &e),
	    0);
	assert_int_equal(f.where, AUDIT_NOWHERE);
	assert_true(h.bare);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.bare, 3);
}

static void test_what_a_purge_erased_is_not_in_it_and_it_still_fits(
    void **state)
{
	struct code_hash old;
	struct admit_request q = request_of(2, A);
	struct audit_header h;
	struct audit_finding f;
	struct seen seen = {0};
	struct admission a;
	char *text;
	size_t len;

	(void)state;
	memset(old.bytes, 0xA7, sizeof(old.bytes));
	q.booking = old;
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	q = request_of(3, A);
	q.day = DAY + 1;
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	assert_int_equal(journal_purge(j, NOW, DAY + 1, &e), 0);
	q = request_of(4, A);
	q.day = DAY + 1;
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	back_up();
	write_export(false);
	text = slurp(out_path, &len);
	assert_null(strstr(text, "a7a7a7a7"));
	/* 1 genesis, 2 start, 3 erased, 4 kept, 5 the purge, 6 */
	assert_non_null(strstr(text, "\nerased 3\n"));
	free(text);
	assert_int_equal(audit_export_check(out_path, keys.audit_public, see,
			     &seen, &h, &f, &e),
	    0);
	if (f.where != AUDIT_NOWHERE)
		fail_msg("%s", f.text);
	/* genesis stays whole, the start and the admission do not */
	assert_int_equal(seen.whole, 4);
	assert_int_equal(seen.bare, 2);
	write_export(true);
	assert_int_equal(check_export(keys.audit_public).where, AUDIT_NOWHERE);
	/* everything is gone, and once more */
	assert_int_equal(journal_purge(j, NOW, DAY + 9, &e), 0);
	assert_int_equal(journal_purge(j, NOW, DAY + 9, &e), 0);
	admit(9, A);
	back_up();
	write_export(false);
	f = check_export(keys.audit_public);
	if (f.where != AUDIT_NOWHERE)
		fail_msg("%s", f.text);
}

static void test_another_key_than_the_one_to_trust_is_named(void **state)
{
	struct keys other;
	struct audit_export x = export_of(false);
	struct audit_finding f;

	(void)state;
	assert_int_equal(keys_draw(&other, (struct keys_place){0}, &e), 0);
	back_up();
	write_export(false);
	f = check_export(other.audit_public);
	assert_int_equal(f.where, AUDIT_IN_HEADER);
	assert_non_null(strstr(f.text, "another audit key"));
	/* the header by the other key, the head by the terminal's */
	unlink(out_path);
	x.audit_secret = other.audit_secret;
	assert_int_equal(audit_export_write(copy_path, &x, out_path, NULL, &e),
	    0);
	f = check_export(other.audit_public);
	assert_int_equal(f.where, AUDIT_IN_HEAD);
	f = check_export(NULL);
	assert_int_equal(f.where, AUDIT_IN_HEAD);
}

/* Everybody can link a chain; only the key's holder can sign its head. */
static void test_a_chain_that_was_linked_anew_is_found_at_the_head(void **state)
{
	sqlite3 *db;
	sqlite3_stmt *s;
	struct audit_hash prev = {{0}};
	struct audit_finding f;

	(void)state;
	fill_journal(3);
	back_up();
	assert_int_equal(sqlite3_open(copy_path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db,
		"DROP TRIGGER entry_no_update;"
		"UPDATE entry SET time_s = time_s + 60 WHERE n = 4",
		NULL, NULL, NULL),
	    SQLITE_OK);
	for (int n = 1; n <= 13; n++) {
		struct audit_hash commitment, hash;
		char sql[96];

		(void)snprintf(sql, sizeof(sql),
		    "SELECT time_s, kind, commitment FROM entry WHERE n = %d",
		    n);
		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL),
		    SQLITE_OK);
		if (sqlite3_step(s) != SQLITE_ROW) {
			sqlite3_finalize(s);
			break;
		}
		memcpy(&commitment, sqlite3_column_blob(s, 2), 32);
		hash = audit_link((uint64_t)n, &prev,
		    sqlite3_column_int64(s, 0),
		    (uint16_t)sqlite3_column_int(s, 1), &commitment);
		sqlite3_finalize(s);
		prev = hash;
		assert_int_equal(sqlite3_prepare_v2(db,
				     "UPDATE entry SET hash = ?1 WHERE n = ?2",
				     -1, &s, NULL),
		    SQLITE_OK);
		sqlite3_bind_blob(s, 1, &hash, 32, SQLITE_STATIC);
		sqlite3_bind_int(s, 2, n);
		assert_int_equal(sqlite3_step(s), SQLITE_DONE);
		sqlite3_finalize(s);
	}
	sqlite3_close(db);
	write_export(false);
	f = check_export(keys.audit_public);
	assert_int_equal(f.where, AUDIT_IN_HEAD);
	assert_non_null(strstr(f.text, "another chain"));
}

static void test_a_copy_that_is_damaged_is_told(void **state)
{
	static const struct {
		const char *sql;
		int want;
		const char *says;
	} cases[] = {
	    {"DELETE FROM head", -ENODATA, "no signed head"},
	    {"UPDATE head SET signature = x'00'", -ENODATA, "no signed head"},
	    {"UPDATE entry SET hash = x'00' WHERE n = 2", -EUCLEAN, "entry 2"},
	    {"UPDATE entry SET salt = NULL WHERE n = 2", -EUCLEAN, "entry 2"},
	    {"UPDATE entry SET kind = 0 WHERE n = 2", -EUCLEAN, "entry 2"},
	    {"UPDATE entry SET payload = zeroblob(600) WHERE n = 2", -EUCLEAN,
		"entry 2"},
	    {"DROP TABLE entry", -EIO, "entry"},
	};
	struct audit_export x = export_of(false);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char sql[256];
		sqlite3 *db;

		back_up();
		assert_int_equal(sqlite3_open(copy_path, &db), SQLITE_OK);
		(void)snprintf(sql, sizeof(sql),
		    "DROP TRIGGER entry_no_update; %s", cases[i].sql);
		assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL),
		    SQLITE_OK);
		sqlite3_close(db);
		assert_int_equal(
		    audit_export_write(copy_path, &x, out_path, NULL, &e),
		    cases[i].want);
		if (strstr(e.text, cases[i].says) == NULL)
			fail_msg("%s: %s", cases[i].sql, e.text);
		assert_int_equal(access(out_path, F_OK), -1);
	}
}

static void test_a_name_that_is_no_line_is_refused(void **state)
{
	static const char *const names[] = {"", "two\nlines", "\xFF",
	    "0123456789012345678901234567890123456789012345678901234567890123"};
	struct audit_export x = export_of(false);

	(void)state;
	back_up();
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		x.terminal = names[i];
		assert_int_equal(
		    audit_export_write(copy_path, &x, out_path, NULL, &e),
		    -EINVAL);
		assert_int_equal(access(out_path, F_OK), -1);
	}
	x.terminal = names[3] + 1;
	assert_int_equal(audit_export_write(copy_path, &x, out_path, NULL, &e),
	    0);
}

static void test_a_file_is_known_by_its_first_bytes(void **state)
{
	enum audit_form form;
	char missing[128];

	(void)state;
	back_up();
	write_export(true);
	assert_int_equal(audit_form_of(out_path, &form, &e), 0);
	assert_int_equal(form, AUDIT_FORM_EXPORT);
	assert_int_equal(audit_form_of(copy_path, &form, &e), 0);
	assert_int_equal(form, AUDIT_FORM_COPY);
	spill(out_path, "karcis-audit", 12);
	assert_int_equal(audit_form_of(out_path, &form, &e), 0);
	assert_int_equal(form, AUDIT_FORM_UNKNOWN);
	spill(out_path, "", 0);
	assert_int_equal(audit_form_of(out_path, &form, &e), 0);
	assert_int_equal(form, AUDIT_FORM_UNKNOWN);
	(void)snprintf(missing, sizeof(missing), "%s/none", dir);
	assert_int_equal(audit_form_of(missing, &form, &e), -ENOENT);
	assert_int_equal(audit_form_of(dir, &form, &e), -EIO);
}

struct reader {
	struct audit_payload last;
	uint64_t n;
};

static void read_admissions(void *ctx, const struct audit_row *row)
{
	struct reader *r = ctx;

	if (!row->whole ||
	    (row->kind != AUDIT_ADMIT && row->kind != AUDIT_PURGE))
		return;
	assert_true(audit_payload_read(row->payload, &r->last));
	r->n++;
}

static void test_a_payload_says_what_the_admission_was(void **state)
{
	struct reader r = {.n = 0};
	struct audit_header h;
	struct audit_finding f;
	struct admission a;

	(void)state;
	admit(1, A);
	a = admit(2, B);
	back_up();
	write_export(false);
	assert_int_equal(
	    audit_export_check(out_path, NULL, read_admissions, &r, &h, &f, &e),
	    0);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.last.ticket.day, a.ticket.day);
	assert_int_equal(r.last.ticket.letter, B);
	assert_int_equal(r.last.ticket.number, 1);
	assert_int_equal(r.last.ticket.key_id, keys.key_id);
	assert_int_equal(r.last.ticket.seq, 2);
	assert_int_equal(r.last.ticket.service, 3);
	assert_int_equal(r.last.ticket.slot_min, 540);
	assert_int_equal(r.last.ticket.window_min, 45);
	assert_int_equal(r.last.ticket.flags, TICKET_BOOKED);
	assert_int_equal(r.last.ticket.companions, 2);
	/* the last entry that a purge took */
	assert_int_equal(journal_purge(j, NOW, DAY + 1, &e), 0);
	back_up();
	write_export(false);
	r.n = 0;
	assert_int_equal(
	    audit_export_check(out_path, NULL, read_admissions, &r, &h, &f, &e),
	    0);
	assert_int_equal(f.where, AUDIT_NOWHERE);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.last.detail, 4);
}

static void test_what_is_no_payload_is_refused(void **state)
{
	static uint8_t bytes[AUDIT_PAYLOAD];
	struct audit_payload p;

	(void)state;
	/* version, two empty options, 45 bytes of fields, an empty text */
	bytes[0] = 1;
	for (size_t len = 0; len < 80; len++)
		assert_int_equal(audit_payload_read(str_of(bytes, len), &p),
		    len == 1 + 1 + 1 + 45 + 2);
	bytes[1] = 16;
	assert_true(audit_payload_read(str_of(bytes, 50 + 16), &p));
	bytes[1] = 15;
	assert_false(audit_payload_read(str_of(bytes, 50 + 15), &p));
	bytes[1] = 0;
	bytes[0] = 2;
	assert_false(audit_payload_read(str_of(bytes, 50), &p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_entry_is_written_as_documented),
	    CASE(test_an_export_has_header_entries_and_head),
	    CASE(test_whoever_has_the_public_key_can_check_it),
	    CASE(test_the_file_is_its_owner_s_alone),
	    CASE(test_a_file_that_exists_is_never_written_over),
	    CASE(test_a_disk_that_is_full_leaves_no_half_export),
	    CASE(test_a_bare_export_tells_hashes_and_times_alone),
	    CASE(test_what_a_purge_erased_is_not_in_it_and_it_still_fits),
	    CASE(test_another_key_than_the_one_to_trust_is_named),
	    CASE(test_a_chain_that_was_linked_anew_is_found_at_the_head),
	    CASE(test_a_copy_that_is_damaged_is_told),
	    CASE(test_a_name_that_is_no_line_is_refused),
	    CASE(test_a_file_is_known_by_its_first_bytes),
	    CASE(test_a_payload_says_what_the_admission_was),
	    cmocka_unit_test(test_what_is_no_payload_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
