/* The audit export of the open journal, in slices. */
#include "test_export.h"

#include <sys/stat.h>

#include "firmware/store/audit_slices.h"

static char slices_path[112];
static struct audit_slices *slices;

static int begin(int64_t most_bytes)
{
	struct audit_export x = export_of(false);

	snprintf(slices_path, sizeof(slices_path), "%s/slices.txt", dir);
	return audit_slices_open(j, &x, slices_path, most_bytes, &slices, &e);
}

/* How many steps it took; *r is how it ended. */
static unsigned run(int *r)
{
	unsigned n = 0;

	do {
		*r = audit_slices_step(slices, &e);
		n++;
	} while (*r > 0 && n < 100000);
	return n;
}

static void end(void)
{
	audit_slices_close(slices);
	slices = NULL;
}

static void same_text(void)
{
	size_t len, want_len;
	char *text = slurp(slices_path, &len),
	     *want = slurp(out_path, &want_len);

	assert_int_equal(len, want_len);
	assert_memory_equal(text, want, len);
	free(text);
	free(want);
}

static void test_it_is_the_text_of_a_copy_s_export(void **state)
{
	int r;

	(void)state;
	fill_journal(12);
	back_up();
	write_export(false);
	assert_int_equal(begin(INT64_MAX), 0);
	(void)run(&r);
	assert_int_equal(r, 0);
	end();
	same_text();
}

static void test_what_a_purge_erased_before_is_told_too(void **state)
{
	int r;

	(void)state;
	fill_journal(5);
	assert_int_equal(journal_purge(j, NOW, DAY + 1, &e), 0);
	back_up();
	write_export(false);
	assert_int_equal(begin(INT64_MAX), 0);
	(void)run(&r);
	assert_int_equal(r, 0);
	end();
	same_text();
	assert_int_equal(check_export(keys.audit_public).where, AUDIT_NOWHERE);
}

/* One look, and 100 rows a step; 42 entries of 12 visitors and 300 notes. */
static void test_a_step_is_a_hundred_entries_at_most(void **state)
{
	int r;

	(void)state;
	fill_journal(12);
	for (int i = 0; i < 300; i++)
		assert_int_equal(journal_note(j, NOW, AUDIT_TECHNICIAN, i,
				     str_from("Agus: test print"), &e),
		    0);
	assert_int_equal(begin(INT64_MAX), 0);
	assert_int_equal(run(&r), 1 + 4);
	assert_int_equal(r, 0);
	end();
	snprintf(out_path, sizeof(out_path), "%s", slices_path);
	assert_int_equal(check_export(keys.audit_public).where, AUDIT_NOWHERE);
}

static void test_what_is_written_meanwhile_waits_for_the_next(void **state)
{
	int r;

	(void)state;
	fill_journal(12);
	back_up();
	write_export(false);
	assert_int_equal(begin(INT64_MAX), 0);
	assert_int_equal(audit_slices_step(slices, &e), 1);
	assert_int_equal(journal_note(j, NOW, AUDIT_TECHNICIAN, 0,
			     str_from("Agus: test print"), &e),
	    0);
	(void)run(&r);
	assert_int_equal(r, 0);
	end();
	same_text();
}

static void test_a_purge_meanwhile_ends_it_and_nothing_is_left(void **state)
{
	int r;

	(void)state;
	fill_journal(12);
	assert_int_equal(begin(INT64_MAX), 0);
	assert_int_equal(audit_slices_step(slices, &e), 1);
	assert_int_equal(journal_purge(j, NOW, DAY + 1, &e), 0);
	(void)run(&r);
	assert_int_equal(r, -EAGAIN);
	end();
	assert_int_equal(access(slices_path, F_OK), -1);
}

static void test_it_grows_to_the_limit_and_not_over_it(void **state)
{
	struct stat st;
	int r;

	(void)state;
	fill_journal(12);
	assert_int_equal(begin(INT64_MAX), 0);
	(void)run(&r);
	end();
	assert_int_equal(stat(slices_path, &st), 0);
	unlink(slices_path);
	assert_int_equal(begin(st.st_size), 0);
	(void)run(&r);
	assert_int_equal(r, 0);
	end();
	unlink(slices_path);
	/* The last line, the head, has over 200 bytes. */
	assert_int_equal(begin(st.st_size - 300), 0);
	(void)run(&r);
	assert_int_equal(r, -EFBIG);
	end();
	assert_int_equal(access(slices_path, F_OK), -1);
}

static void test_closed_half_way_it_leaves_nothing(void **state)
{
	(void)state;
	fill_journal(12);
	assert_int_equal(begin(INT64_MAX), 0);
	assert_int_equal(access(slices_path, F_OK), 0);
	assert_int_equal(audit_slices_step(slices, &e), 1);
	end();
	assert_int_equal(access(slices_path, F_OK), -1);
	end(); /* of none */
}

static void test_a_file_that_is_there_is_left_alone(void **state)
{
	char *text;
	size_t len;

	(void)state;
	snprintf(slices_path, sizeof(slices_path), "%s/slices.txt", dir);
	spill(slices_path, "mine", 4);
	assert_int_equal(begin(INT64_MAX), -EEXIST);
	assert_null(slices);
	text = slurp(slices_path, &len);
	assert_string_equal(text, "mine");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_it_is_the_text_of_a_copy_s_export),
	    CASE(test_what_a_purge_erased_before_is_told_too),
	    CASE(test_a_step_is_a_hundred_entries_at_most),
	    CASE(test_what_is_written_meanwhile_waits_for_the_next),
	    CASE(test_a_purge_meanwhile_ends_it_and_nothing_is_left),
	    CASE(test_it_grows_to_the_limit_and_not_over_it),
	    CASE(test_closed_half_way_it_leaves_nothing),
	    CASE(test_a_file_that_is_there_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
