/* What was done while the journal was closed comes into it later. */
#include <errno.h>

#include "firmware/app/tech/late.h"
#include "firmware/store/keys.h"
#include "test_state_dir.h"

static struct journal *j;
static struct err e;
static struct keys keys;

static int begin(void **state)
{
	struct journal_options o = {.keys = &keys,
	    .letter = 19,
	    .now_s = 1800000000};
	char db[96];

	if (make_dir(state) != 0 ||
	    keys_draw(&keys, (struct keys_place){0}, &e) < 0)
		return -1;
	(void)snprintf(db, sizeof(db), "%s/journal.db", state_dir);
	return journal_open(db, &o, &j, &e);
}

static int end(void **state)
{
	journal_close(j);
	return remove_dir(state);
}

static uint64_t entries(void)
{
	struct audit_hash hash;
	uint64_t n;

	journal_head(j, &n, &hash);
	return n;
}

static int keep(int64_t time_s, const char *text)
{
	return late_keep(path, time_s, str_from(text), &e);
}

static void test_lines_are_kept_with_their_time(void **state)
{
	char text[256];

	(void)state;
	assert_int_equal(keep(1800000001, "Agus: opens, badge and PIN"), 0);
	assert_int_equal(keep(1800000002, "Agus: closes\nnot this"), 0);
	read_bytes(text, sizeof(text));
	assert_string_equal(text,
	    "1800000001 Agus: opens, badge and PIN\n"
	    "1800000002 Agus: closes\n");
}

static void test_each_line_becomes_an_entry_and_the_file_goes(void **state)
{
	uint64_t before = entries();

	(void)state;
	assert_int_equal(late_take(path, j, 1800000010, &e), 0);
	assert_int_equal(entries(), before);
	assert_int_equal(keep(1800000001, "Agus: opens"), 0);
	assert_int_equal(keep(1800000002, "Agus: closes"), 0);
	assert_int_equal(late_take(path, j, 1800000010, &e), 0);
	assert_int_equal(entries(), before + 2);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(late_take(path, j, 1800000010, &e), 0);
	assert_int_equal(entries(), before + 2);
}

static void test_what_is_no_line_is_passed_over(void **state)
{
	uint64_t before = entries();

	(void)state;
	write_text("\nAgus\n12\n-1 Agus\n99999999999999999999 x\n7 Agus\ncut");
	assert_int_equal(late_take(path, j, 1800000010, &e), 0);
	assert_int_equal(entries(), before + 1);
}

static void test_8192_bytes_fit_and_no_more(void **state)
{
	static char full[LATE_BYTES + 1];

	(void)state;
	memset(full, 'x', LATE_BYTES - 4);
	write_text(full);
	/* "1 a\n" */
	assert_int_equal(keep(1, "a"), 0);
	assert_int_equal(keep(1, "a"), -ENOSPC);
	write_text(full);
	assert_int_equal(keep(1, "ab"), -ENOSPC);
}

#define WITH_JOURNAL(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_JOURNAL(test_lines_are_kept_with_their_time),
	    WITH_JOURNAL(test_each_line_becomes_an_entry_and_the_file_goes),
	    WITH_JOURNAL(test_what_is_no_line_is_passed_over),
	    WITH_JOURNAL(test_8192_bytes_fit_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
