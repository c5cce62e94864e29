/* The newest lines of the log, for a technician's stick. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/app/log.h"

static char text[LOG_KEPT_BYTES + 1];

static const char *kept(void)
{
	struct buf b;

	buf_init(&b, text, LOG_KEPT_BYTES);
	log_kept(&b);
	assert_false(b.full);
	text[b.len] = '\0';
	return text;
}

static void test_a_line_is_kept_with_time_and_level(void **state)
{
	(void)state;
	assert_string_equal(kept(), "");
	log_line(LOG_LEVEL_WARNING, "printer: %s", "out of paper");
	/* 2026-11-26T09:00:00Z <4> printer: out of paper */
	assert_int_equal(strlen(kept()), 20 + 5 + 21 + 1);
	assert_int_equal(text[4], '-');
	assert_int_equal(text[10], 'T');
	assert_string_equal(text + 19, "Z <4> printer: out of paper\n");
}

static void test_the_oldest_lines_go_and_none_is_cut(void **state)
{
	char *line;
	int first = -1, last = -1, n;

	(void)state;
	/* 37 bytes each: more than three rings full. */
	for (int i = 0; i < 3000; i++)
		log_line(LOG_LEVEL_INFO, "number %04d", i);
	assert_int_equal(kept()[4], '-');
	for (line = strtok(text, "\n"); line != NULL;
	     line = strtok(NULL, "\n")) {
		assert_int_equal(strlen(line), 36);
		assert_int_equal(sscanf(line + 25, "number %d", &n), 1);
		assert_true(first < 0 || n == last + 1);
		first = first < 0 ? n : first;
		last = n;
	}
	assert_int_equal(last, 2999);
	/* 32768 / 37 = 885.6; the one at the edge is lost. */
	assert_int_equal(last - first + 1, 885);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_line_is_kept_with_time_and_level),
	    cmocka_unit_test(test_the_oldest_lines_go_and_none_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
