#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/printer/paper.h"

static struct paper_facts print(const void *bytes, size_t len, struct paper **p)
{
	assert_int_equal(paper_open(384, NULL, p, NULL), 0);
	paper_feed(*p, bytes, len);
	return paper_end(*p);
}

static void test_feed_moves_paper_by_its_dots(void **state)
{
	struct paper *p;

	(void)state;
	assert_int_equal(print("\x1b@\x1bJ\xff\x1bJ\x01", 8, &p).rows, 256);
	paper_close(p);
}

static void test_raster_stands_where_it_was_sent(void **state)
{
	struct paper *p;
	struct paper_facts f;

	(void)state;
	f = print("\x1dv0\0\1\0\2\0\x81\x7e", 10, &p);
	assert_int_equal(f.rows, 2);
	assert_int_equal(paper_strip(p).bits[0], 0x81);
	assert_int_equal(paper_strip(p).bits[48], 0x7e);
	paper_close(p);
}

static void test_unknown_bytes_are_counted_and_passed_over(void **state)
{
	struct paper *p;
	struct paper_facts f;

	(void)state;
	f = print("\x1bZ\x07\x10\x04\x1dVA", 8, &p);
	assert_int_equal(f.unknown, 4); /* ESC Z, 07, 10, 04 */
	assert_int_equal(f.real_time, 1);
	assert_int_equal(f.cuts, 0); /* GS V 65 still lacks its n */
	paper_close(p);
}

static void test_paper_ends_after_its_longest_strip(void **state)
{
	struct paper *p;
	struct paper_facts f;

	(void)state;
	f = print("\x1dv0\0\1\0\xff\xff", 8, &p);
	assert_int_equal(f.rows, 0);
	while (!f.cut_off) {
		paper_feed(p, "\0", 1);
		f = paper_end(p);
	}
	assert_int_equal(f.rows, PAPER_ROWS_MAX);
	paper_close(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_feed_moves_paper_by_its_dots),
	    cmocka_unit_test(test_raster_stands_where_it_was_sent),
	    cmocka_unit_test(test_unknown_bytes_are_counted_and_passed_over),
	    cmocka_unit_test(test_paper_ends_after_its_longest_strip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
