/* The journal: admit once, numbers, prints, and its file. */
#include <sys/stat.h>

#include "test_journal.h"
#include "test_vectors.h"

static void assert_same(const struct admission *a, const struct admission *b)
{
	assert_int_equal(a->n, b->n);
	assert_int_equal(a->time_s, b->time_s);
	assert_memory_equal(a->op_id.bytes, b->op_id.bytes, OP_ID_BYTES);
	assert_memory_equal(&a->booking, &b->booking, sizeof(a->booking));
	assert_int_equal(a->ticket.type, b->ticket.type);
	assert_int_equal(a->ticket.key_id, b->ticket.key_id);
	assert_int_equal(a->ticket.seq, b->ticket.seq);
	assert_int_equal(a->ticket.day, b->ticket.day);
	assert_int_equal(a->ticket.service, b->ticket.service);
	assert_int_equal(a->ticket.letter, b->ticket.letter);
	assert_int_equal(a->ticket.number, b->ticket.number);
	assert_int_equal(a->ticket.slot_min, b->ticket.slot_min);
	assert_int_equal(a->ticket.window_min, b->ticket.window_min);
	assert_int_equal(a->ticket.flags, b->ticket.flags);
	assert_int_equal(a->ticket.companions, b->ticket.companions);
	assert_int_equal(a->booking_class, b->booking_class);
	assert_int_equal(a->verdict, b->verdict);
	assert_memory_equal(a->hash.bytes, b->hash.bytes, AUDIT_HASH_BYTES);
}

static void test_nothing_known_is_all_zero(void **state)
{
	struct usage u = usage_of(1), zero = {0};

	(void)state;
	assert_memory_equal(&u, &zero, sizeof(u));
}

static void test_an_admission_holds_the_whole_ticket(void **state)
{
	struct admission a = admit(1, A);

	(void)state;
	assert_int_equal(a.time_s, NOW + 1);
	assert_int_equal(a.ticket.key_id, keys.key_id);
	assert_int_equal(a.ticket.seq, 1);
	assert_int_equal(a.ticket.day, DAY);
	assert_int_equal(a.ticket.letter, A);
	assert_int_equal(a.ticket.number, 1);
	assert_int_equal(a.ticket.service, 3);
	assert_int_equal(a.ticket.slot_min, 540);
	assert_int_equal(a.ticket.window_min, 45);
	assert_int_equal(a.ticket.flags, TICKET_BOOKED);
	assert_int_equal(a.ticket.companions, 2);
	assert_int_equal(a.verdict, VERDICT_ADMIT_BOOKED);
}

static void test_a_second_admission_of_the_day_is_the_first_one(void **state)
{
	struct admission a = admit(1, A), b;
	struct admit_request q = request_of(1, B);

	(void)state;
	assert_int_equal(journal_admit(j, &q, &b, &e), -EEXIST);
	assert_same(&a, &b);
	reopen();
	assert_int_equal(journal_admit(j, &q, &b, &e), -EEXIST);
	assert_same(&a, &b);
	/* the refused claim took no number */
	assert_int_equal(admit(2, A).ticket.number, 2);
	assert_int_equal(admit(3, B).ticket.number, 1);
}

static void test_another_day_is_another_admission(void **state)
{
	struct admit_request q = request_of(1, A);
	struct admission a;

	(void)state;
	admit(1, A);
	q.day = DAY + 1;
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	assert_int_equal(a.ticket.number, 1);
	assert_int_equal(a.ticket.seq, 2);
}

static void test_numbers_go_on_after_a_restart(void **state)
{
	struct admission a;

	(void)state;
	admit(1, A);
	admit(2, A);
	admit(3, B);
	reopen();
	a = admit(4, A);
	assert_int_equal(a.ticket.number, 3);
	assert_int_equal(a.ticket.seq, 4);
	assert_int_equal(admit(5, B).ticket.number, 2);
}

static void test_a_letter_has_2047_numbers_a_day(void **state)
{
	struct admit_request q = request_of(5000, A);
	struct admission a;
	unsigned i;

	(void)state;
	for (i = 1; i <= 2047; i++)
		a = admit(i, A);
	assert_int_equal(a.ticket.number, 2047);
	assert_int_equal(journal_admit(j, &q, &a, &e), -ERANGE);
	assert_non_null(strstr(e.text, "letter A"));
	q.letter = B;
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	assert_int_equal(a.ticket.number, 1);
}

static void test_what_no_ticket_can_hold_is_refused(void **state)
{
	struct admit_request bad[8], q = request_of(1, A);
	struct admission a;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = q;
	bad[0].verdict = VERDICT_UNSET;
	bad[1].verdict = VERDICT_TOO_LATE;
	bad[2].letter = 0;
	bad[3].letter = 27;
	bad[4].slot_min = 1440;
	bad[5].window_min = 47;
	bad[6].companions = 8;
	bad[7].day = TICKET_EPOCH_DAY - 1;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(journal_admit(j, &bad[i], &a, &e), -EINVAL);
	q.letter = 26;
	q.slot_min = 1439;
	q.window_min = 1275;
	q.companions = 7;
	q.day = TICKET_EPOCH_DAY;
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
}

static void test_usage_follows_admission_and_prints(void **state)
{
	struct admission a = admit(1, A);
	struct usage u = usage_of(1);

	(void)state;
	assert_true(u.used);
	assert_int_equal(u.used_s, NOW + 1);
	assert_int_equal(u.letter, A);
	assert_int_equal(u.number, 1);
	assert_false(u.last_print_proven);
	assert_int_equal(u.copies, 0);
	assert_int_equal(journal_print_start(j, NOW, &a, false, &e), 0);
	assert_false(usage_of(1).last_print_proven);
	assert_int_equal(
	    journal_print_end(j, NOW, &a, false, PRINT_PRINTED, &e), 0);
	assert_true(usage_of(1).last_print_proven);
}

static void test_a_copy_counts_unless_no_paper_came(void **state)
{
	struct admission a = admit(1, A);

	(void)state;
	assert_int_equal(journal_print_start(j, NOW, &a, true, &e), 0);
	assert_int_equal(usage_of(1).copies, 1);
	assert_int_equal(
	    journal_print_end(j, NOW, &a, true, PRINT_NOT_PRINTED, &e), 0);
	assert_int_equal(usage_of(1).copies, 0);
	assert_int_equal(journal_print_start(j, NOW, &a, true, &e), 0);
	assert_int_equal(journal_print_end(j, NOW, &a, true, PRINT_UNSURE, &e),
	    0);
	assert_int_equal(usage_of(1).copies, 1);
	assert_false(usage_of(1).last_print_proven);
}

static void test_wrong_tries_are_counted_per_hash_and_day(void **state)
{
	struct code_hash h = person(7);
	struct usage u;

	(void)state;
	assert_int_equal(journal_refuse(j, NOW, DAY, VERDICT_MISMATCH, &h, &e),
	    0);
	assert_int_equal(journal_refuse(j, NOW, DAY, VERDICT_MISMATCH, &h, &e),
	    0);
	assert_int_equal(journal_refuse(j, NOW, DAY, VERDICT_TOO_EARLY, &h, &e),
	    0);
	assert_int_equal(
	    journal_refuse(j, NOW, DAY, VERDICT_BAD_FORM, NULL, &e), 0);
	assert_int_equal(usage_of(7).wrong_tries, 2);
	assert_false(usage_of(7).used);
	assert_int_equal(usage_of(8).wrong_tries, 0);
	assert_int_equal(journal_usage(j, &h, DAY + 1, &u, &e), 0);
	assert_int_equal(u.wrong_tries, 0);
	reopen();
	assert_int_equal(usage_of(7).wrong_tries, 2);
}

static void test_an_admitting_verdict_is_no_refusal(void **state)
{
	(void)state;
	assert_int_equal(
	    journal_refuse(j, NOW, DAY, VERDICT_ADMIT_LATE, NULL, &e), -EINVAL);
	assert_int_equal(journal_refuse(j, NOW, DAY, VERDICT_UNSET, NULL, &e),
	    -EINVAL);
}

static void test_a_print_cut_by_a_restart_is_unsure(void **state)
{
	struct admission a = admit(1, A), b = admit(2, A), c = admit(3, A);
	static struct journal_report r;

	(void)state;
	assert_int_equal(journal_print_start(j, NOW, &a, false, &e), 0);
	assert_int_equal(journal_print_start(j, NOW, &b, false, &e), 0);
	assert_int_equal(
	    journal_print_end(j, NOW, &b, false, PRINT_PRINTED, &e), 0);
	reopen();
	assert_int_equal(journal_report(j, DAY, &r, &e), 0);
	assert_int_equal(r.admitted, 3);
	assert_int_equal(journal_interrupted(j), 1);
	assert_int_equal(r.print[PRINT_UNSURE], 1);
	assert_int_equal(r.print[PRINT_PRINTED], 1);
	assert_int_equal(r.print[PRINT_UNSET], 1);
	/* b is on paper; staff see the others, the newest first. */
	assert_int_equal(r.doubts, 2);
	assert_int_equal(r.doubt[0].number, 3);
	assert_int_equal(r.doubt[0].last, PRINT_UNSET);
	assert_int_equal(r.doubt[0].time_s, c.time_s);
	assert_int_equal(r.doubt[1].number, 1);
	assert_int_equal(r.doubt[1].letter, A);
	assert_int_equal(r.doubt[1].last, PRINT_UNSURE);
	assert_int_equal(r.service[3], 3);
	assert_int_equal(r.verdict[VERDICT_ADMIT_BOOKED], 3);
	assert_int_equal(c.ticket.number, 3);
	/* and ended once only */
	reopen();
	assert_int_equal(journal_interrupted(j), 0);
	assert_int_equal(journal_report(j, DAY, &r, &e), 0);
	assert_int_equal(r.print[PRINT_UNSURE], 1);
}

static void test_the_floor_is_the_newest_time(void **state)
{
	(void)state;
	assert_int_equal(journal_floor_s(j), NOW);
	admit(100, A);
	assert_int_equal(journal_floor_s(j), NOW + 100);
	admit(50, A);
	assert_int_equal(journal_floor_s(j), NOW + 100);
	journal_close(j);
	j = NULL;
	open_at(NOW + 10);
	assert_int_equal(journal_floor_s(j), NOW + 100);
}

static void test_a_backup_is_whole_and_verifies(void **state)
{
	struct journal_finding f;
	char to[128];
	struct stat st;
	uint64_t entries = 0;

	(void)state;
	admit(1, A);
	snprintf(to, sizeof(to), "%s/back?up#1.db", dir);
	assert_int_equal(journal_backup(j, to, &e), 0);
	assert_int_equal(journal_backup(j, to, &e), -EEXIST);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(
	    journal_verify(to, keys.audit_public, &f, &entries, &e), 0);
	assert_int_equal(f.n, 0);
	assert_int_equal(entries, 3);
	assert_int_equal(
	    journal_verify("/nowhere", keys.audit_public, &f, NULL, &e),
	    -ENOENT);
}

static void test_one_process_at_a_time(void **state)
{
	struct journal_options o = {&keys, 19, NOW, false};
	struct journal_finding f;
	struct journal *k;

	(void)state;
	assert_int_equal(journal_open(path, &o, &k, &e), -EBUSY);
	assert_null(k);
	assert_non_null(strstr(e.text, "another process"));
	assert_int_equal(journal_verify(path, keys.audit_public, &f, NULL, &e),
	    -EBUSY);
}

static void test_a_damaged_file_gives_one_sentence(void **state)
{
	struct journal_options o = {&keys, 19, NOW, false};
	FILE *f;

	(void)state;
	journal_close(j);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(
	    fputs("This is no database, only text that is long enough"
		  " to be taken for the header of one; and so on and so on.",
		f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(journal_open(path, &o, &j, &e), -EUCLEAN);
	assert_non_null(strstr(e.text, "damaged"));
	assert_int_equal(journal_open("/nowhere/j.db", &o, &j, &e), -ENOENT);
}

static void test_a_newer_schema_is_refused(void **state)
{
	struct journal_options o = {&keys, 19, NOW, false};

	(void)state;
	journal_close(j);
	run_sql("PRAGMA user_version = 99", SQLITE_OK);
	assert_int_equal(journal_open(path, &o, &j, &e), -EPROTO);
	assert_non_null(strstr(e.text, "schema 99"));
}

static void test_a_taken_number_is_a_fault_and_no_admission(void **state)
{
	struct admit_request q = request_of(3, A);
	struct admission a;

	(void)state;
	admit(1, A);
	admit(2, A);
	journal_close(j);
	j = NULL;
	/* stands for any constraint that refuses the row */
	run_sql("CREATE TRIGGER steal BEFORE INSERT ON entry WHEN NEW.kind = 2"
		" BEGIN SELECT RAISE(ABORT, 'taken'); END",
	    SQLITE_OK);
	open_at(NOW);
	assert_int_equal(journal_admit(j, &q, &a, &e), -EUCLEAN);
	assert_int_equal(a.ticket.number, 0);
	assert_non_null(strstr(e.text, "given already"));
}

static void test_its_pages_are_small(void **state)
{
	sqlite3 *db;
	int64_t size = 0;

	(void)state;
	journal_close(j);
	j = NULL;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(db_number(db, "test", "PRAGMA page_size", &size, &e),
	    0);
	assert_int_equal(size, 1024);
	sqlite3_close(db);
}

/* Written out by hand with Python's struct after the table in entry.h; the
 * numbers of enum verdict are part of the format (25 = ADMIT_BOOKED). */
static void test_the_payload_of_an_admission_is_as_documented(void **state)
{
	char expected[256];
	struct admit_request q = request_of(1, A);
	struct admission a;
	sqlite3_stmt *s;
	sqlite3 *db;
	uint8_t i;

	(void)state;
	vector("journal", "payload", expected);
	keys.key_id = 0x1234;
	reopen();
	for (i = 0; i < OP_ID_BYTES; i++)
		q.op_id.bytes[i] = (uint8_t)(0x10 + i);
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	journal_close(j);
	j = NULL;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
			     "SELECT lower(hex(payload))"
			     " FROM entry WHERE n = 4",
			     -1, &s, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(s, 0), expected);
	sqlite3_finalize(s);
	sqlite3_close(db);
}

static void test_rekeying_starts_sequence_and_epoch_anew(void **state)
{
	struct admission a = admit(1, A), b;
	struct code_hash h = person(1);

	(void)state;
	journal_close(j);
	assert_int_equal(keys_rekey(&keys, (struct keys_place){0}, &e), 0);
	open_at(NOW);
	assert_int_equal(journal_finding(j).n, 0);
	assert_int_equal(admit(2, A).ticket.seq, 1);
	assert_int_equal(journal_find_admission(j, &h, DAY, &b, &e), 0);
	assert_same(&a, &b);
}

static void fill_disk(void)
{
	struct code_hash h = person(1);
	int r = 0, i;

	for (i = 0; r == 0 && i < 20000; i++)
		r = journal_refuse(j, NOW, DAY, VERDICT_UNKNOWN, &h, &e);
	assert_int_equal(r, -ENOSPC);
	assert_non_null(strstr(e.text, "disk is full"));
}

static void test_a_full_disk_loses_nothing_and_is_told(void **state)
{
	struct journal_options o = {&keys, 19, NOW, false};
	struct admit_request q = request_of(1, A);
	struct journal_finding f;
	struct admission a;
	uint16_t room = 0;
	int r;

	(void)state;
	journal_close(j);
	j = NULL;
	if (mount("none", dir, "tmpfs", 0, "size=400k") < 0) {
		print_message("skipped: a small tmpfs needs root: %s\n",
		    strerror(errno));
		skip();
	}
	open_at(NOW);
	fill_disk();
	/* A refusal may need one page more than an admission. */
	do {
		struct admit_request other = request_of(2u + room, A);

		r = journal_admit(j, &other, &a, &e);
		if (r == 0)
			room++;
	} while (r == 0);
	assert_int_equal(journal_admit(j, &q, &a, &e), -ENOSPC);
	assert_int_equal(journal_try(j, &e), -ENOSPC);
	assert_int_equal(mount("none", dir, "tmpfs", MS_REMOUNT, "size=9m"), 0);
	assert_int_equal(journal_try(j, &e), 0);
	assert_int_equal(journal_admit(j, &q, &a, &e), 0);
	assert_int_equal(a.ticket.number, room + 1);
	assert_int_equal(a.ticket.seq, room + 1);
	assert_int_equal(journal_check(j, &f, &e), 0);
	assert_int_equal(f.n, 0);
	journal_close(j);
	j = NULL;
	assert_int_equal(
	    mount("none", dir, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=9m"), 0);
	r = journal_open(path, &o, &j, &e);
	assert_int_equal(journal_verify(path, keys.audit_public, &f, NULL, &e),
	    0);
	assert_int_equal(umount(dir), 0);
	assert_int_equal(r, -EROFS);
	assert_int_equal(f.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_nothing_known_is_all_zero),
	    CASE(test_an_admission_holds_the_whole_ticket),
	    CASE(test_a_second_admission_of_the_day_is_the_first_one),
	    CASE(test_another_day_is_another_admission),
	    CASE(test_numbers_go_on_after_a_restart),
	    CASE(test_a_letter_has_2047_numbers_a_day),
	    CASE(test_what_no_ticket_can_hold_is_refused),
	    CASE(test_usage_follows_admission_and_prints),
	    CASE(test_a_copy_counts_unless_no_paper_came),
	    CASE(test_wrong_tries_are_counted_per_hash_and_day),
	    CASE(test_an_admitting_verdict_is_no_refusal),
	    CASE(test_a_print_cut_by_a_restart_is_unsure),
	    CASE(test_the_floor_is_the_newest_time),
	    CASE(test_a_backup_is_whole_and_verifies),
	    CASE(test_one_process_at_a_time),
	    CASE(test_a_damaged_file_gives_one_sentence),
	    CASE(test_a_newer_schema_is_refused),
	    CASE(test_a_full_disk_loses_nothing_and_is_told),
	    CASE(test_a_taken_number_is_a_fault_and_no_admission),
	    CASE(test_its_pages_are_small),
	    CASE(test_the_payload_of_an_admission_is_as_documented),
	    CASE(test_rekeying_starts_sequence_and_epoch_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
