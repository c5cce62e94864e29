/* A paper against the log: what fits, what differs and where, what is only
 * known by its mark, and what is not there. */
#include "test_export.h"

#include <ctype.h>

#include "firmware/app/ctl/audit_paper.h"

static struct admission first, second;
static struct ticket_text paper_text;
static char mark[AUDIT_MARK_SYMBOLS + 1];
static char said[4096];

static int make(void **state)
{
	if (make_journal(state) < 0)
		return -1;
	first = admit(1, A);
	second = admit(2, B);
	back_up();
	write_export(false);
	ticket_audit_mark(second.hash.bytes, mark);
	return ticket_sign(&second.ticket, 4102, keys.ticket_secret,
		   &paper_text)
	    ? 0
	    : -1;
}

/* Shows all entries to a paper; true: it fits. */
static bool ask(const char *digits, const char *typed)
{
	static struct paper p;
	struct audit_header h;
	struct audit_finding f;
	struct buf b;
	bool fits;

	assert_int_equal(paper_read(digits, typed, &p, &e), 0);
	assert_int_equal(audit_export_check(out_path, keys.audit_public,
			     paper_row, &p, &h, &f, &e),
	    0);
	assert_int_equal(f.where, AUDIT_NOWHERE);
	buf_init(&b, said, sizeof(said));
	fits = paper_tell(&p, &b);
	(void)buf_cstr(&b);
	return fits;
}

static void says(const char *what)
{
	if (strstr(said, what) == NULL)
		fail_msg("%s lacks %s", said, what);
}

/* 1 genesis, 2 start, 3 and 4 the admissions */
static void test_a_paper_that_fits_names_its_entry(void **state)
{
	(void)state;
	assert_true(ask(paper_text.digits, mark));
	says("it fits the log at entry 4, mark ");
	says(mark);
}

static void test_without_the_mark_it_says_which_the_paper_must_bear(
    void **state)
{
	(void)state;
	assert_true(ask(paper_text.digits, NULL));
	says("the paper must bear the mark ");
	says(mark);
}

static void test_a_mark_is_read_as_people_type_it(void **state)
{
	char typed[32];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < AUDIT_MARK_SYMBOLS; i++) {
		if (i == 4 || i == 8)
			typed[n++] = i == 4 ? '-' : ' ';
		typed[n++] = mark[i] == '0' ? 'o'
		    : mark[i] == '1'        ? 'l'
				     : (char)tolower((unsigned char)mark[i]);
	}
	typed[n] = '\0';
	assert_true(ask(paper_text.digits, typed));
}

static void test_another_mark_is_named_with_both(void **state)
{
	char other[AUDIT_MARK_SYMBOLS + 1], want[128];

	(void)state;
	memcpy(other, mark, sizeof(other));
	other[11] = other[11] == '7' ? '8' : '7';
	assert_false(ask(paper_text.digits, other));
	(void)snprintf(want, sizeof(want),
	    "the paper says mark %s, the log has %s at entry 4", other, mark);
	says(want);
	/* the mark of another ticket */
	ticket_audit_mark(first.hash.bytes, other);
	assert_false(ask(paper_text.digits, other));
	says("at entry 4");
}

static void test_each_field_that_differs_is_named(void **state)
{
	struct ticket t = second.ticket;

	(void)state;
	t.number = 17;
	assert_true(ticket_sign(&t, 4102, keys.ticket_secret, &paper_text));
	assert_false(ask(paper_text.digits, mark));
	says("the paper says number B-017, the log has B-001 at entry 4");
	t = second.ticket;
	t.day++;
	assert_true(ticket_sign(&t, 4102, keys.ticket_secret, &paper_text));
	assert_false(ask(paper_text.digits, NULL));
	/* day 20416 is 2025-11-24 */
	says("the paper says day 2025-11-25, the log has 2025-11-24 at");
	t = second.ticket;
	t.slot_min = 600;
	t.companions = 3;
	t.flags |= TICKET_PRIORITY;
	t.service = 9;
	t.window_min = 60;
	assert_true(ticket_sign(&t, 4102, keys.ticket_secret, &paper_text));
	assert_false(ask(paper_text.digits, mark));
	says("slot, minute 600, the log has 540");
	says("companions 3, the log has 2");
	says("flags 24, the log has 16");
	says("service 9, the log has 3");
	says("window, minutes 60, the log has 45");
}

static void test_a_ticket_of_nobody_is_not_in_the_log(void **state)
{
	struct ticket t = second.ticket;

	(void)state;
	t.seq = 900;
	assert_true(ticket_sign(&t, 4102, keys.ticket_secret, &paper_text));
	assert_false(ask(paper_text.digits, NULL));
	says("no such ticket in the log");
	assert_false(ask(NULL, "000000000000"));
	says("no such ticket in the log");
	/* with somebody's mark */
	assert_false(ask(paper_text.digits, mark));
	says("the paper says seq 900, the log has 2 at entry 4");
}

static void test_the_mark_alone_finds_the_entry(void **state)
{
	(void)state;
	assert_true(ask(NULL, mark));
	says("stands at entry 4\n");
}

static void test_what_was_erased_is_found_by_its_mark_alone(void **state)
{
	(void)state;
	assert_int_equal(journal_purge(j, NOW, DAY + 1, &e), 0);
	back_up();
	write_export(false);
	assert_true(ask(paper_text.digits, mark));
	says("at entry 4; what it said is not in this log");
	assert_false(ask(paper_text.digits, NULL));
	says("2 admissions do not say their ticket: give the paper's --mark");
}

static void test_a_bare_export_knows_the_mark_alone(void **state)
{
	(void)state;
	write_export(true);
	assert_true(ask(paper_text.digits, mark));
	says("at entry 4; what it said is not in this log");
	assert_false(ask(paper_text.digits, "000000000000"));
	says("no such ticket");
}

/* Only an admission has a ticket; other entries have hashes too. */
static void test_the_mark_of_another_kind_of_entry_is_none(void **state)
{
	struct audit_hash hash;
	uint64_t n;

	(void)state;
	assert_int_equal(
	    journal_note(j, NOW, AUDIT_IMPORT, 1, str_from("x"), &e), 0);
	journal_head(j, &n, &hash);
	ticket_audit_mark(hash.bytes, mark);
	back_up();
	write_export(false);
	assert_false(ask(NULL, mark));
}

static void test_in_the_hub_s_log_the_device_is_named(void **state)
{
	struct paper p;
	struct buf b;

	(void)state;
	assert_int_equal(paper_read(NULL, mark, &p, &e), 0);
	paper_hash(&p, 7, 3, AUDIT_ADMIT, &first.hash);
	paper_hash(&p, 8, 4, AUDIT_VERDICT, &second.hash);
	buf_init(&b, said, sizeof(said));
	assert_false(paper_tell(&p, &b));
	paper_hash(&p, 9, 4, AUDIT_ADMIT, &second.hash);
	paper_hash(&p, 10, 5, AUDIT_ADMIT, &first.hash);
	buf_init(&b, said, sizeof(said));
	assert_true(paper_tell(&p, &b));
	(void)buf_cstr(&b);
	says("stands at entry 4 of device 9");
}

static void test_what_is_no_paper_is_refused(void **state)
{
	static const char *const marks[] = {"", "12345678901", "1234567890123",
	    "12345678901U", "12345678901!", "12345678901\xC3\xA9"};
	struct paper p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		assert_int_equal(paper_read(NULL, marks[i], &p, &e), -EINVAL);
	assert_int_equal(paper_read(NULL, NULL, &p, &e), -EINVAL);
	assert_int_equal(paper_read("", mark, &p, &e), -EINVAL);
	paper_text.digits[199] = '\0';
	assert_int_equal(paper_read(paper_text.digits, mark, &p, &e), -EINVAL);
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, make, remove_journal)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(test_a_paper_that_fits_names_its_entry),
	    WITH(test_without_the_mark_it_says_which_the_paper_must_bear),
	    WITH(test_a_mark_is_read_as_people_type_it),
	    WITH(test_another_mark_is_named_with_both),
	    WITH(test_each_field_that_differs_is_named),
	    WITH(test_a_ticket_of_nobody_is_not_in_the_log),
	    WITH(test_the_mark_alone_finds_the_entry),
	    WITH(test_what_was_erased_is_found_by_its_mark_alone),
	    WITH(test_a_bare_export_knows_the_mark_alone),
	    WITH(test_the_mark_of_another_kind_of_entry_is_none),
	    WITH(test_in_the_hub_s_log_the_device_is_named),
	    WITH(test_what_is_no_paper_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
