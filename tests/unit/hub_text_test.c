/* Growing text, braces in SQL, bounded JSON, queries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/hub/hub_call.h"

static void test_text_grows_and_stays_whole(void **state)
{
	struct hub_text t = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		hub_text_fmt(&t, "%04d", i);
	assert_false(t.failed);
	assert_int_equal(t.len, 4000);
	assert_int_equal(strlen(t.ptr), 4000);
	assert_memory_equal(t.ptr + 3996, "0999", 4);
	hub_text_clear(&t);
	hub_text_int(&t, INT64_MIN);
	assert_string_equal(t.ptr, "-9223372036854775808");
	hub_text_fini(&t);
	assert_null(t.ptr);
}

static void test_quoted_text_is_json(void **state)
{
	struct hub_text t = {0};

	(void)state;
	hub_text_quote(&t, str_of("a\"b\\c\n\x01\xc3\xa9", 9));
	assert_string_equal(t.ptr, "\"a\\\"b\\\\c\\u000a\\u0001\xc3\xa9\"");
	hub_text_clear(&t);
	hub_text_hex(&t, "\x00\xff\x1a", 3);
	assert_string_equal(t.ptr, "\"00ff1a\"");
	hub_text_clear(&t);
	hub_text_str(&t, "[");
	hub_text_comma(&t);
	hub_text_str(&t, "1");
	hub_text_comma(&t);
	assert_string_equal(t.ptr, "[1,");
	hub_text_fini(&t);
}

static void expanded(enum hub_dialect d, const char *text, const char *want)
{
	char *got = hub_sql_expand(text, d);

	assert_string_equal(got, want);
	free(got);
}

static void test_braces_become_what_each_store_says(void **state)
{
	(void)state;
	expanded(HUB_SQLITE, "SELECT 1{lock}", "SELECT 1");
	expanded(HUB_POSTGRES, "SELECT 1{lock}", "SELECT 1 FOR UPDATE");
	expanded(HUB_SQLITE, "FROM {each $2} j", "FROM json_each($2) j");
	expanded(HUB_POSTGRES, "FROM {each $2} j",
	    "FROM jsonb_array_elements(CAST($2 AS jsonb)) j");
	expanded(HUB_SQLITE, "day {among $2}",
	    "day IN (SELECT value FROM json_each($2))");
	expanded(HUB_POSTGRES, "day {among $2}",
	    "day = ANY (CAST(translate($2, '[]', '{}') AS bigint[]))");
	expanded(HUB_SQLITE, "a{pg  b c} d", "a d");
	expanded(HUB_POSTGRES, "a{pg  b c} d", "a b c d");
	expanded(HUB_POSTGRES, "{words $12} a{lock}",
	    "jsonb_array_elements_text(CAST($12 AS jsonb)) a FOR UPDATE");
}

static void test_every_statement_has_a_name_and_no_brace_left(void **state)
{
	(void)state;
	for (int i = 0; i < HUB_SQL_COUNT; i++)
		for (int d = HUB_SQLITE; d <= HUB_POSTGRES; d++) {
			char *sql = hub_sql_text((enum hub_sql)i,
			    (enum hub_dialect)d);

			assert_non_null(sql);
			assert_true(strlen(sql) > 20);
			assert_null(strstr(sql, "{e"));
			assert_null(strstr(sql, "{w"));
			assert_null(strstr(sql, "{l"));
			assert_true(strlen(hub_sql_name((enum hub_sql)i)) > 3);
			free(sql);
		}
	assert_string_equal(hub_sql_name(HUB_SQL_OP_FIND), "OP_FIND");
}

/* Each but these few is of one office: its texts say so. */
static void test_every_statement_about_people_names_its_office(void **state)
{
	(void)state;
	for (int i = 0; i < HUB_SQL_COUNT; i++) {
		static const enum hub_sql others[] = {HUB_SQL_PING,
		    HUB_SQL_OFFICE_LIST, HUB_SQL_TOKEN_LOCK, HUB_SQL_TOKEN_BIND,
		    HUB_SQL_DEVICE_GET, HUB_SQL_DEVICE_LOCK,
		    HUB_SQL_DEVICE_WINDOW, HUB_SQL_DEVICE_LAST,
		    HUB_SQL_DEVICE_SKIP, HUB_SQL_GAUGES};
		char *sql = hub_sql_text((enum hub_sql)i, HUB_SQLITE);
		bool other = false;

		for (size_t k = 0; k < ARRAY_LEN(others); k++)
			other = other || others[k] == (enum hub_sql)i;
		if (!other && strstr(sql, "office = $1") == NULL &&
		    strstr(sql, "office + 0 = $1") == NULL &&
		    strstr(sql, "INSERT INTO") == NULL)
			fail_msg("%s", hub_sql_name((enum hub_sql)i));
		free(sql);
	}
}

static enum hub_json_verdict parse(const char *text)
{
	char why[96];
	struct buf b;
	json_t *o;
	enum hub_json_verdict v;

	buf_init(&b, why, sizeof(why));
	v = hub_json_parse(str_from(text), &o, &b);
	assert_true((v == HUB_JSON_OK) == (o != NULL));
	assert_true((v == HUB_JSON_OK) == (b.len == 0));
	json_decref(o);
	return v;
}

static void test_json_is_bounded(void **state)
{
	char deep[64] = "{\"a\": ";
	static char many[2 * 70000 + 64] = "{\"a\": [0";

	(void)state;
	assert_int_equal(parse("{}"), HUB_JSON_OK);
	assert_int_equal(parse("[]"), HUB_JSON_BAD);
	assert_int_equal(parse("{\"a\": 1, \"a\": 2}"), HUB_JSON_BAD);
	assert_int_equal(parse("{\"a\": 99999999999999999999}"), HUB_JSON_BAD);
	assert_int_equal(parse("{\"a\": \"\\ud800\"}"), HUB_JSON_BAD);
	assert_int_equal(parse("{\"a\": \"\xff\"}"), HUB_JSON_BAD);
	/* The object and seven lists, and one more. */
	memset(deep + 6, '[', 7);
	memset(deep + 13, ']', 7);
	memcpy(deep + 20, "}", 2);
	assert_int_equal(parse(deep), HUB_JSON_OK);
	memset(deep + 6, '[', 8);
	memset(deep + 14, ']', 8);
	memcpy(deep + 22, "}", 2);
	assert_int_equal(parse(deep), HUB_JSON_BAD);
	/* Brackets in a text are text. */
	assert_int_equal(parse("{\"a\": \"[[[[[[[[[[\\\"[[\"}"), HUB_JSON_OK);
	for (size_t i = 0; i < HUB_JSON_MEMBERS; i++)
		memcpy(many + 8 + 2 * i, ",0", 2);
	memcpy(many + 8 + 2 * HUB_JSON_MEMBERS, "]}", 3);
	assert_int_equal(parse(many), HUB_JSON_OK);
	memcpy(many + 8 + 2 * HUB_JSON_MEMBERS, ",0]}", 5);
	assert_int_equal(parse(many), HUB_JSON_LARGE);
}

static void test_fields_are_of_their_type(void **state)
{
	json_t *o = json_loads("{\"n\": 5, \"r\": 5.0, \"t\": \"ab\", \"z\": "
			       "\"a\\u0000b\", \"b\": true, \"x\": null}",
	    JSON_ALLOW_NUL, NULL);
	struct str s;
	uint8_t byte;
	int64_t n;
	bool b;

	(void)state;
	assert_true(hub_json_number(o, "n", 5, 5, &n));
	assert_int_equal(n, 5);
	assert_false(hub_json_number(o, "n", 6, 9, &n));
	assert_false(hub_json_number(o, "n", 0, 4, &n));
	assert_false(hub_json_number(o, "r", 0, 9, &n));
	assert_false(hub_json_number(o, "t", 0, 9, &n));
	assert_false(hub_json_number(o, "x", 0, 9, &n));
	assert_false(hub_json_number(o, "q", 0, 9, &n));
	assert_true(hub_json_text(o, "t", &s));
	assert_true(str_is(s, "ab"));
	assert_false(hub_json_text(o, "z", &s));
	assert_false(hub_json_text(o, "n", &s));
	assert_true(hub_json_hex(o, "t", &byte, 1));
	assert_int_equal(byte, 0xab);
	assert_false(hub_json_hex(o, "t", &byte, 2));
	assert_true(hub_json_bool(o, "b", &b));
	assert_true(b);
	assert_false(hub_json_bool(o, "n", &b));
	assert_false(hub_json_bool(json_object_get(o, "n"), "b", &b));
	json_decref(o);
}

static void test_queries_are_read_by_name(void **state)
{
	struct str q = str_from("a=5&b=&c&d=2026-11-26&aa=7&e=1&e=1");
	struct str s;
	int32_t day;
	int64_t n;

	(void)state;
	assert_true(hub_query_number(q, "a", 0, 9, 3, &n));
	assert_int_equal(n, 5);
	assert_false(hub_query_number(q, "a", 6, 9, 3, &n));
	assert_true(hub_query_number(q, "z", 0, 9, 3, &n));
	assert_int_equal(n, 3);
	assert_false(hub_query_number(q, "z", 0, 9, -1, &n));
	assert_false(hub_query_number(q, "b", 0, 9, 3, &n));
	assert_false(hub_query_number(q, "e", 0, 9, 3, &n));
	assert_false(hub_query_text(q, "c", &s));
	assert_true(hub_query_day(q, "d", &day));
	assert_int_equal(day, 20783);
	assert_false(hub_query_day(q, "a", &day));
	assert_true(hub_query_number((struct str){NULL, 0}, "a", 0, 9, 3, &n));
	assert_true(hub_day_parse(str_from("1970-01-01"), &day));
	assert_false(hub_day_parse(str_from("1969-12-31"), &day));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_grows_and_stays_whole),
	    cmocka_unit_test(test_quoted_text_is_json),
	    cmocka_unit_test(test_braces_become_what_each_store_says),
	    cmocka_unit_test(test_every_statement_has_a_name_and_no_brace_left),
	    cmocka_unit_test(
		test_every_statement_about_people_names_its_office),
	    cmocka_unit_test(test_json_is_bounded),
	    cmocka_unit_test(test_fields_are_of_their_type),
	    cmocka_unit_test(test_queries_are_read_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
