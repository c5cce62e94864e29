/* Report descriptors written by hand from HID 1.11 and HID POS 1.02. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "drivers/scanner/hid_report.h"

/* The form most makers use: id 2, byte count, three identifiers, 56 bytes
 * of data, two bytes of the maker, the flag in bit 0 of the last byte. 64
 * bytes in all. */
static const uint8_t common[] = {
    0x05,
    0x8c,
    0x09,
    0x02,
    0xa1,
    0x01, /* page, scanner, application */
    0x09,
    0x12,
    0xa1,
    0x02,
    0x85,
    0x02, /* scanned data, logical, id 2 */
    0x15,
    0x00,
    0x26,
    0xff,
    0x00,
    0x75,
    0x08,
    0x95,
    0x01,
    0x05,
    0x01,
    0x09,
    0x3b,
    0x81,
    0x02, /* byte count */
    0x95,
    0x03,
    0x05,
    0x8c,
    0x09,
    0xfb,
    0x09,
    0xfc,
    0x09,
    0xfd,
    0x81,
    0x02,
    0x95,
    0x38,
    0x09,
    0xfe,
    0x82,
    0x02,
    0x01, /* data */
    0x06,
    0x66,
    0xff,
    0x95,
    0x02,
    0x09,
    0x04,
    0x09,
    0x00,
    0x81,
    0x02,
    0x05,
    0x8c,
    0x25,
    0x01,
    0x75,
    0x01,
    0x95,
    0x08,
    0x09,
    0xff,
    0x81,
    0x02,
    0xc0, /* the flag, declared for eight bits */
    0x09,
    0x14,
    0xa1,
    0x02,
    0x85,
    0x04,
    0x95,
    0x08,
    0x09,
    0x60,
    0x81,
    0x02,
    0xc0, /* another input report, id 4 */
    0xc0,
};

/* No ids, no byte count: one bit of flag, seven of padding, eight of data.
 * The usage names its page itself, the sizes come back from the stack. */
static const uint8_t small[] = {
    0x0b,
    0x02,
    0x00,
    0x8c,
    0x00,
    0xa1,
    0x01,
    0x75,
    0x08,
    0x95,
    0x08,
    0xa4,
    0x75,
    0x01,
    0x95,
    0x01,
    0x05,
    0x8c,
    0x09,
    0xff,
    0x81,
    0x02,
    0x75,
    0x07,
    0x81,
    0x03,
    0xb4,
    0x05,
    0x8c,
    0x19,
    0xfe,
    0x29,
    0xfe,
    0x81,
    0x02,
    0xc0,
};

static struct hidpos_format format;
static uint8_t data[HID_REPORT_MAX];
static size_t len;

static void test_the_common_descriptor_is_understood(void **state)
{
	const struct hidpos_report *r = &format.report[0];

	(void)state;
	assert_true(hidpos_parse(common, sizeof(common), &format));
	assert_true(format.numbered);
	assert_int_equal(format.reports, 1);
	assert_int_equal(r->id, 2);
	assert_int_equal(r->bytes, 64);
	assert_int_equal(r->length.bit, 0);
	assert_int_equal(r->length.size, 8);
	assert_int_equal(r->data.bit, 32);
	assert_int_equal(r->data.count, 56);
	assert_int_equal(r->more.bit, 496); /* byte 63 of the report */
	assert_int_equal(r->more.size, 1);
}

static void test_a_report_gives_as_much_as_its_byte_count(void **state)
{
	uint8_t report[64] = {2, 5, ']', 'Q', '1', 'A', '7', 'B', '8', 'C',
	    'x'};

	(void)state;
	assert_true(hidpos_parse(common, sizeof(common), &format));
	assert_int_equal(hidpos_read(&format, report, 64, data, &len),
	    HIDPOS_LAST);
	assert_int_equal(len, 5);
	assert_memory_equal(data, "A7B8C", 5);
	report[63] = 1;
	assert_int_equal(hidpos_read(&format, report, 64, data, &len),
	    HIDPOS_MORE);
	report[63] = 2; /* not the flag */
	report[1] = 56;
	assert_int_equal(hidpos_read(&format, report, 64, data, &len),
	    HIDPOS_LAST);
	assert_int_equal(len, 56);
}

static void test_a_report_that_does_not_fit_is_bad(void **state)
{
	uint8_t report[65] = {2, 1, ']', 'Q', '1', 'A'};

	(void)state;
	assert_true(hidpos_parse(common, sizeof(common), &format));
	for (size_t n = 0; n <= 65; n++)
		assert_int_equal(hidpos_read(&format, report, n, data, &len),
		    n == 64 ? HIDPOS_LAST : HIDPOS_BAD);
	for (unsigned count = 57; count < 256; count++) {
		report[1] = (uint8_t)count;
		assert_int_equal(hidpos_read(&format, report, 64, data, &len),
		    HIDPOS_BAD);
		assert_int_equal(len, 0);
	}
}

static void test_other_reports_are_passed_over_and_unknown_are_bad(void **state)
{
	uint8_t report[64] = {0};

	(void)state;
	assert_true(hidpos_parse(common, sizeof(common), &format));
	for (unsigned id = 0; id < 256; id++) {
		report[0] = (uint8_t)id;
		assert_int_equal(hidpos_read(&format, report, 64, data, &len),
		    id == 2       ? HIDPOS_LAST
			: id == 4 ? HIDPOS_OTHER
				  : HIDPOS_BAD);
	}
}

static void test_without_a_count_data_ends_before_its_zeros(void **state)
{
	uint8_t report[9] = {0, 'K', '7', 0, 'M'};

	(void)state;
	assert_true(hidpos_parse(small, sizeof(small), &format));
	assert_false(format.numbered);
	assert_int_equal(format.report[0].bytes, 9);
	assert_int_equal(hidpos_read(&format, report, 9, data, &len),
	    HIDPOS_LAST);
	assert_int_equal(len, 4);
	assert_memory_equal(data, "K7\0M", 4);
	report[0] = 1;
	assert_int_equal(hidpos_read(&format, report, 9, data, &len),
	    HIDPOS_MORE);
}

/* Cut anywhere, a descriptor is refused: its collections stay open. */
static void test_a_cut_descriptor_is_refused(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(common); n++) {
		assert_false(hidpos_parse(common, n, &format));
		assert_int_equal(format.reports, 0);
	}
}

static void test_what_is_no_bar_code_scanner_is_refused(void **state)
{
#define SCANNER(...) \
	{ \
		.bytes = {0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x75, 0x08, \
		    __VA_ARGS__}, \
		.len = 8 + sizeof((uint8_t[]){__VA_ARGS__}) \
	}
	static const struct {
		uint8_t bytes[48];
		size_t len;
	} cases[] = {
	    /* a keyboard; a badge reader; a scanner within a pointer */
	    {{0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x05, 0x07, 0x75, 0x01, 0x95,
		 0x08, 0x19, 0xe0, 0x29, 0xe7, 0x81, 0x02, 0xc0},
		19},
	    {{0x05, 0x8c, 0x09, 0x01, 0xa1, 0x01, 0x75, 0x08, 0x95, 0x08, 0x09,
		 0xfe, 0x81, 0x02, 0xc0},
		15},
	    {{0x05, 0x01, 0x09, 0x02, 0xa1, 0x01, 0x05, 0x8c, 0x09, 0x02, 0xa1,
		 0x01, 0x75, 0x08, 0x95, 0x08, 0x09, 0xfe, 0x81, 0x02, 0xc0,
		 0xc0},
		22},
	    SCANNER(0x95, 0x08, 0x09, 0xfb, 0x81, 0x02, 0xc0), /* no data */
	    SCANNER(0x95, 0x08, 0x09, 0xfe, 0x81, 0x03, 0xc0), /* constant */
	    SCANNER(0x95, 0x08, 0x09, 0xfe, 0x81, 0x00, 0xc0), /* array */
	    SCANNER(0x95, 0x08, 0x09, 0xfe, 0x91, 0x02, 0xc0), /* output */
	    /* data of 16 bits; more than a report; 2^32 - 1 elements */
	    SCANNER(0x75, 0x10, 0x95, 0x08, 0x09, 0xfe, 0x81, 0x02, 0xc0),
	    SCANNER(0x96, 0x00, 0x04, 0x09, 0xfe, 0x81, 0x02, 0xc0),
	    SCANNER(0x97, 0xff, 0xff, 0xff, 0xff, 0x77, 0xff, 0xff, 0xff, 0xff,
		0x09, 0xfe, 0x81, 0x02, 0xc0),
	    /* data in two places; id 0; an id after a field without one */
	    SCANNER(0x95, 0x01, 0x09, 0xfe, 0x81, 0x02, 0x81, 0x03, 0x09, 0xfe,
		0x81, 0x02, 0xc0),
	    SCANNER(0x85, 0x00, 0x95, 0x08, 0x09, 0xfe, 0x81, 0x02, 0xc0),
	    SCANNER(0x95, 0x08, 0x09, 0xfe, 0x81, 0x02, 0x85, 0x01, 0x81, 0x02,
		0xc0),
	    /* nothing pushed; one end too many; a reserved type */
	    SCANNER(0xb4, 0x95, 0x08, 0x09, 0xfe, 0x81, 0x02, 0xc0),
	    SCANNER(0x95, 0x08, 0x09, 0xfe, 0x81, 0x02, 0xc0, 0xc0),
	    SCANNER(0x0c, 0x95, 0x08, 0x09, 0xfe, 0x81, 0x02, 0xc0),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (hidpos_parse(cases[i].bytes, cases[i].len, &format))
			fail_msg("case %zu is accepted", i);
}

static void test_the_last_byte_a_report_may_have(void **state)
{
	/* 1,023 bytes of data: one is kept for an id. A long item before. */
	static const uint8_t large[] = {0xfe, 0x02, 0x11, 0xaa, 0xbb, 0x05,
	    0x8c, 0x09, 0x02, 0xa1, 0x01, 0x75, 0x08, 0x96, 0xff, 0x03, 0x09,
	    0xfe, 0x81, 0x02, 0xc0};

	(void)state;
	assert_true(hidpos_parse(large, sizeof(large), &format));
	assert_int_equal(format.report[0].bytes, 1023);
}

static struct hidpos_frame frame;
static struct scan_line line;
static struct scan scan;

/* One report of the common form; how many codes it completed. */
static int take(const char *text, bool more, int64_t at_ms)
{
	uint8_t report[64] = {2, (uint8_t)strlen(text), ']', 'Q', '1'};

	memcpy(report + 5, text, strlen(text));
	report[63] = more;
	return hidpos_take_report(&frame, &line, &format, report, 64, at_ms,
	    &scan);
}

static int begin_common(void **state)
{
	(void)state;
	memset(&frame, 0, sizeof(frame));
	scan_line_init(&line, SCAN_SILENCE_DISCARDS);
	return hidpos_parse(common, sizeof(common), &format) ? 0 : -1;
}

static void test_a_code_goes_on_within_a_second(void **state)
{
	(void)state;
	assert_int_equal(take("AB", true, 0), 0);
	assert_int_equal(take("CD", true, 1000), 0);
	assert_int_equal(take("EF", false, 2000), 1);
	assert_string_equal(scan.text, "ABCDEF");
	assert_int_equal(take("AB", true, 3000), 0);
	assert_int_equal(take("CD", false, 4001), 1);
	assert_string_equal(scan.text, "CD");
}

static void test_a_bad_report_takes_its_tail_along(void **state)
{
	static const uint8_t bad[] = {9};

	(void)state;
	assert_false(
	    hidpos_take_report(&frame, &line, &format, bad, 1, 0, &scan));
	assert_int_equal(take("CD", false, 10), 0);
	assert_int_equal(take("EF", false, 11), 1);
	assert_false(
	    hidpos_take_report(&frame, &line, &format, bad, 1, 20, &scan));
	assert_int_equal(take("CD", false, 1021), 1);
	assert_int_equal(take("A", true, 2000), 0);
	assert_false(
	    hidpos_take_report(&frame, &line, &format, bad, 1, 2001, &scan));
	assert_int_equal(take("B", false, 2002), 0);
}

static void test_an_end_may_only_end_a_code(void **state)
{
	(void)state;
	assert_int_equal(take("AB\r\n", false, 0), 1);
	assert_string_equal(scan.text, "AB");
	assert_int_equal(take("AB\rCD", false, 1), 0);
	assert_int_equal(take("AB\r", true, 2), 0);
	assert_int_equal(take("CD", false, 3), 0);
	assert_int_equal(take("\tAB", false, 4), 0);
	assert_int_equal(take("\r", false, 5), 0);
	assert_int_equal(take("CD", false, 6), 1);
	assert_string_equal(scan.text, "CD");
}

static void test_another_report_changes_nothing(void **state)
{
	uint8_t other[2] = {4, 1};

	(void)state;
	assert_int_equal(take("AB", true, 0), 0);
	assert_false(
	    hidpos_take_report(&frame, &line, &format, other, 2, 1, &scan));
	assert_int_equal(take("CD", false, 2), 1);
	assert_string_equal(scan.text, "ABCD");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_common_descriptor_is_understood),
	    cmocka_unit_test(test_a_report_gives_as_much_as_its_byte_count),
	    cmocka_unit_test(test_a_report_that_does_not_fit_is_bad),
	    cmocka_unit_test(
		test_other_reports_are_passed_over_and_unknown_are_bad),
	    cmocka_unit_test(test_without_a_count_data_ends_before_its_zeros),
	    cmocka_unit_test(test_a_cut_descriptor_is_refused),
	    cmocka_unit_test(test_what_is_no_bar_code_scanner_is_refused),
	    cmocka_unit_test(test_the_last_byte_a_report_may_have),
	    cmocka_unit_test_setup(test_a_code_goes_on_within_a_second,
		begin_common),
	    cmocka_unit_test_setup(test_a_bad_report_takes_its_tail_along,
		begin_common),
	    cmocka_unit_test_setup(test_an_end_may_only_end_a_code,
		begin_common),
	    cmocka_unit_test_setup(test_another_report_changes_nothing,
		begin_common),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
