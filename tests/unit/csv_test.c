#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "firmware/core/csv.h"

enum { OFFICE = 4102 };

static const struct services offered = {
    .item = {{.id = 1, .key = "paspor-baru"},
	{.id = 2, .key = "penggantian-paspor"}},
    .count = 2,
};

static char reason_room[256];
static struct buf reason;

static enum csv_result header(const char *line, struct csv_layout *l)
{
	buf_init(&reason, reason_room, sizeof(reason_room));
	return csv_header(str_from(line), l, &reason);
}

static enum csv_result row_of(const char *titles, struct str line,
    struct csv_booking *out)
{
	struct code_profile own = code_profile_own();
	struct csv_context context = {&own, &offered, OFFICE};
	struct csv_layout l;

	assert_int_equal(header(titles, &l), CSV_OK);
	buf_init(&reason, reason_room, sizeof(reason_room));
	return csv_row(&l, &context, line, out, &reason);
}

static const char short_titles[] = "code,service,date,start,end";
static const char full_titles[] =
    "code,service,date,start,end,office,class,"
    "name,birth_date,contact,document,permit_expires,companions,status";

static enum csv_result row(const char *line, struct csv_booking *out)
{
	return row_of(short_titles, str_from(line), out);
}

static void expect_reason(const char *want)
{
	assert_string_equal(buf_cstr(&reason), want);
}

static void test_a_header_names_the_columns_in_any_order(void **state)
{
	struct csv_layout l;

	(void)state;
	assert_int_equal(header("end,code,name,service,date,start\r\n", &l),
	    CSV_OK);
	assert_int_equal(l.at[CSV_END], 0);
	assert_int_equal(l.at[CSV_CODE], 1);
	assert_int_equal(l.at[CSV_NAME], 2);
	assert_int_equal(l.at[CSV_START], 5);
	assert_int_equal(l.at[CSV_STATUS], -1);
	assert_int_equal(l.fields, 6);
	assert_int_equal(header(full_titles, &l), CSV_OK);
	assert_int_equal(l.fields, CSV_COLUMNS);
}

static void test_a_byte_order_mark_and_quotes_are_accepted(void **state)
{
	struct csv_layout l;

	(void)state;
	assert_int_equal(
	    header("\xEF\xBB\xBF\"code\",service,date,start,end", &l), CSV_OK);
	assert_int_equal(l.at[CSV_CODE], 0);
}

static void test_a_bad_header_says_why(void **state)
{
	static const struct {
		const char *line, *reason;
	} cases[] = {
	    {"", "header: is missing"},
	    {"\xEF\xBB\xBF\r\n", "header: is missing"},
	    {"code,service,date,start", "end: column is missing"},
	    {"service,date,start,end", "code: column is missing"},
	    {"code,service,date,start,end,code", "code: column is there twice"},
	    {"code,service,date,start,end,phone",
		"header: field 6 is no known column"},
	    {"Code,service,date,start,end",
		"header: field 1 is no known column"},
	    {"code;service;date;start;end",
		"header: field 1 is no known column"},
	    {"code,service,date,start,end,",
		"header: field 6 is no known column"},
	    {"\"code,service", "a quote that is not closed or not alone"},
	};
	struct csv_layout l;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(header(cases[i].line, &l), CSV_REFUSED);
		expect_reason(cases[i].reason);
	}
}

static void test_the_five_required_columns_make_a_booking(void **state)
{
	struct csv_booking b;

	(void)state;
	assert_int_equal(row("ABC-DEF-GHJ-E,paspor-baru,2026-11-24,09:00,09:15"
			     "\r\n",
			     &b),
	    CSV_OK);
	assert_string_equal(b.code.text, "ABCDEFGHJE");
	assert_int_equal(b.service, 1);
	assert_int_equal(b.day, 20781);
	assert_int_equal(b.start_min, 540);
	assert_int_equal(b.end_min, 555);
	assert_int_equal(b.office, OFFICE);
	assert_int_equal(b.booking_class, CLASS_BOOKED);
	assert_int_equal(b.status, BOOKING_CONFIRMED);
	assert_int_equal(b.companions, 0);
	assert_int_equal(b.permit_expires_day, 0);
	assert_false(b.has_birth);
	assert_string_equal(b.name, "");
}

static void test_every_column_reaches_its_place(void **state)
{
	struct csv_booking b;

	(void)state;
	assert_int_equal(
	    row_of(full_titles,
		str_from("ABCDEFGHJE,"
			 "penggantian-paspor,2026-11-24,23:45,24:00,4294967295,"
			 "priority,"
			 "\"Wahyuni, "
			 "\"\"Siti\"\"\",1990-02-28,0812,6172,2026-11-24,7,"
			 "cancelled"),
		&b),
	    CSV_OK);
	assert_int_equal(b.service, 2);
	assert_int_equal(b.end_min, 1440);
	assert_true(b.office == UINT32_MAX);
	assert_int_equal(b.booking_class, CLASS_PRIORITY);
	assert_string_equal(b.name, "Wahyuni, \"Siti\"");
	assert_true(b.has_birth);
	assert_int_equal(b.birth.year, 1990);
	assert_int_equal(b.birth.month, 2);
	assert_int_equal(b.birth.day, 28);
	assert_int_equal(b.permit_expires_day, 20781);
	assert_int_equal(b.companions, 7);
	assert_int_equal(b.status, BOOKING_CANCELLED);
}

static void test_empty_optional_fields_are_defaults(void **state)
{
	struct csv_booking b;

	(void)state;
	assert_int_equal(row_of(full_titles,
			     str_from("ABCDEFGHJE,paspor-baru,"
				      "2026-11-24,09:00,09:15,,,,,,,,,"),
			     &b),
	    CSV_OK);
	assert_int_equal(b.office, OFFICE);
	assert_int_equal(b.status, BOOKING_CONFIRMED);
}

#define GOOD "ABCDEFGHJE,paspor-baru,2026-11-24,09:00,09:15"

static void test_every_refusal_names_its_column(void **state)
{
	static const struct {
		const char *line, *reason;
	} cases[] = {
	    {"ABCDEFGHJ,paspor-baru,2026-11-24,09:00,09:15",
		"code: not a code of this office"},
	    {"ABCDEFGHJF,paspor-baru,2026-11-24,09:00,09:15",
		"code: the check symbol does not fit"},
	    {"ABCDEFGHJE,visa,2026-11-24,09:00,09:15",
		"service: not in the services file"},
	    {"ABCDEFGHJE,,2026-11-24,09:00,09:15",
		"service: not in the services file"},
	    {"ABCDEFGHJE,paspor-baru,24/11/2026,09:00,09:15",
		"date: not a date like 2026-11-24"},
	    {"ABCDEFGHJE,paspor-baru,2026-02-29,09:00,09:15",
		"date: not a date like 2026-11-24"},
	    {"ABCDEFGHJE,paspor-baru,2026-11-24,9:00,09:15",
		"start: not a time like 09:00"},
	    {"ABCDEFGHJE,paspor-baru,2026-11-24,09:00,09.15",
		"end: not a time like 09:00"},
	    {"ABCDEFGHJE,paspor-baru,2026-11-24,09:00,09:00",
		"end: not after start"},
	    {"ABCDEFGHJE,paspor-baru,2026-11-24,09:00",
		"line has 4 fields, the header 5"},
	    {GOOD ",x", "line has 6 fields, the header 5"},
	    {"\"ABCDEFGHJE,paspor-baru",
		"a quote that is not closed or not alone"},
	    {"ABC\"DEFGHJE," GOOD, "a quote that is not closed or not alone"},
	    {"\"ABCDEFGHJE\"x," GOOD,
		"a quote that is not closed or not alone"},
	    {"\xFF" GOOD, "line is not UTF-8"},
	};
	struct csv_booking b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(row(cases[i].line, &b), CSV_REFUSED);
		expect_reason(cases[i].reason);
	}
}

static void test_optional_columns_refuse_by_name_too(void **state)
{
	static const struct {
		const char *column, *value, *reason;
	} cases[] = {
	    {"office", "0", "office: not a number from 1 to 4294967295"},
	    {"office", "4294967296",
		"office: not a number from 1 to 4294967295"},
	    {"class", "vip", "class: must be booked or priority"},
	    {"birth_date", "1990-02-30",
		"birth_date: not a date like 1990-01-31"},
	    {"birth_date", "2026-11-25", "birth_date: lies after the booking"},
	    {"permit_expires", "soon",
		"permit_expires: not a date like 2026-11-24"},
	    {"companions", "8", "companions: not a number from 0 to 7"},
	    {"companions", "-1", "companions: not a number from 0 to 7"},
	    {"status", "ok",
		"status: must be confirmed, cancelled,"
		" rescheduled, blocked or revoked"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char titles[80], line[128];
		struct csv_booking b;
		struct buf t, l;

		buf_init(&t, titles, sizeof(titles));
		buf_fmt(&t, "%s,%s", short_titles, cases[i].column);
		buf_init(&l, line, sizeof(line));
		buf_fmt(&l, GOOD ",%s", cases[i].value);
		assert_int_equal(row_of(buf_cstr(&t), buf_view(&l), &b),
		    CSV_REFUSED);
		expect_reason(cases[i].reason);
	}
}

static void test_a_name_takes_127_bytes(void **state)
{
	struct csv_booking b;
	char line[300];
	struct buf l;

	(void)state;
	for (size_t len = 127; len <= 128; len++) {
		buf_init(&l, line, sizeof(line));
		buf_text(&l, GOOD ",");
		for (size_t i = 0; i < len; i++)
			buf_byte(&l, 'n');
		assert_int_equal(row_of("code,service,date,start,end,name",
				     buf_view(&l), &b),
		    len == 127 ? CSV_OK : CSV_REFUSED);
	}
	expect_reason("name: longer than 127 bytes");
}

static void test_a_line_takes_4096_bytes(void **state)
{
	static char line[CSV_LINE_MAX + 1];
	struct csv_booking b;

	(void)state;
	/* Blanks around a field are no part of it. */
	memset(line, ' ', sizeof(line));
	memcpy(line, GOOD, sizeof(GOOD) - 1);
	assert_int_equal(row_of(short_titles, str_of(line, CSV_LINE_MAX), &b),
	    CSV_OK);
	assert_int_equal(
	    row_of(short_titles, str_of(line, CSV_LINE_MAX + 1), &b),
	    CSV_REFUSED);
	expect_reason("line is longer than 4096 bytes");
}

static void test_a_nul_byte_is_refused(void **state)
{
	static const char line[] = GOOD "\0";
	struct csv_booking b;

	(void)state;
	assert_int_equal(
	    row_of(short_titles, str_of(line, sizeof(line) - 1), &b),
	    CSV_REFUSED);
	expect_reason("line holds a NUL byte");
}

static void test_a_blank_line_is_no_record(void **state)
{
	struct csv_booking b;

	(void)state;
	assert_int_equal(row("", &b), CSV_BLANK);
	assert_int_equal(row("\r\n", &b), CSV_BLANK);
	assert_int_equal(row(",", &b), CSV_REFUSED);
}

static void test_the_cache_gets_hashes_and_a_mask_only(void **state)
{
	struct secret_key key = {{1}};
	struct csv_booking row_read;
	struct booking b;
	struct code_hash h;

	(void)state;
	assert_int_equal(row_of("code,service,date,start,end,name,birth_date",
			     str_from(GOOD ",Siti Wahyuni,1990-02-28"),
			     &row_read),
	    CSV_OK);
	b = csv_to_booking(&row_read, &key, true);
	h = digest_code(&key, &row_read.code);
	assert_memory_equal(&b.hash, &h, sizeof(h));
	assert_true(b.birth ==
	    digest_birth(&key, &h, (struct civil_date){1990, 2, 28}));
	assert_string_equal(b.masked_name, "S*** W******");
	assert_int_equal(b.end_min, 555);
	assert_int_equal(b.status, BOOKING_CONFIRMED);
	b = csv_to_booking(&row_read, &key, false);
	assert_string_equal(b.masked_name, "");
	row_read.has_birth = false;
	b = csv_to_booking(&row_read, &key, false);
	assert_true(b.birth == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_header_names_the_columns_in_any_order),
	    cmocka_unit_test(test_a_byte_order_mark_and_quotes_are_accepted),
	    cmocka_unit_test(test_a_bad_header_says_why),
	    cmocka_unit_test(test_the_five_required_columns_make_a_booking),
	    cmocka_unit_test(test_every_column_reaches_its_place),
	    cmocka_unit_test(test_empty_optional_fields_are_defaults),
	    cmocka_unit_test(test_every_refusal_names_its_column),
	    cmocka_unit_test(test_optional_columns_refuse_by_name_too),
	    cmocka_unit_test(test_a_name_takes_127_bytes),
	    cmocka_unit_test(test_a_line_takes_4096_bytes),
	    cmocka_unit_test(test_a_nul_byte_is_refused),
	    cmocka_unit_test(test_a_blank_line_is_no_record),
	    cmocka_unit_test(test_the_cache_gets_hashes_and_a_mask_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
