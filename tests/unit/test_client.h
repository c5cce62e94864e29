/* A hub's answers for the parsers of link/client: good ones, and each hostile
 * variant of them. */
#ifndef KARCIS_TESTS_TEST_CLIENT_H
#define KARCIS_TESTS_TEST_CLIENT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <sodium.h>

#include "firmware/link/client.h"

enum { OFFICE = 4102, DAY = 20783 /* 2026-11-26 */ };

#define OP_1  "000102030405060708090a0b0c0d0e0f"
#define OP_2  "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
#define HASH  "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define KEY_AA \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct err e;

/* first, first + 1, .. */
static inline void count_up(uint8_t *out, size_t len, unsigned first)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(first + i);
}

static inline struct str view(const char *text)
{
	return str_from(text);
}

/* ---- hostile variants of a good answer ---- */

typedef bool parser(struct str body);

/* "answers/0/by" of o. */
static inline json_t *inside(json_t *o, const char *path)
{
	struct str rest = str_from(path), part;
	int64_t i;

	while (str_split(&rest, '/', &part)) {
		char key[32];

		assert_true(str_copy(key, sizeof(key), part));
		if (part.len == 0)
			continue;
		o = str_number(part, 0, 99, &i) ? json_array_get(o, (size_t)i)
						: json_object_get(o, key);
		assert_non_null(o);
	}
	return o;
}

static inline bool parses(parser *parse, const json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);
	bool ok;

	assert_non_null(text);
	ok = parse(str_from(text));
	free(text);
	return ok;
}

static inline void bad_field(parser *parse, const char *good, const char *path,
    const char *key)
{
	static const char *const other[] = {"null", "true", "1", "-1", "1.5",
	    "1e300", "\"\"", "\"x\"", "[]", "{}", "[[]]"};
	json_t *o, *was;

	for (size_t i = 0; i <= ARRAY_LEN(other); i++) {
		json_t *v = NULL;

		o = json_loads(good, 0, NULL);
		assert_non_null(o);
		was = json_object_get(inside(o, path), key);
		assert_non_null(was);
		if (i == ARRAY_LEN(other)) {
			json_object_del(inside(o, path), key);
		} else {
			v = json_loads(other[i], JSON_DECODE_ANY, NULL);
			assert_non_null(v);
		}
		if (v != NULL &&
		    (json_typeof(v) == json_typeof(was) ||
			(json_is_boolean(v) && json_is_boolean(was)))) {
			json_decref(v);
			json_decref(o);
			continue;
		}
		if (v != NULL)
			json_object_set_new(inside(o, path), key, v);
		if (parses(parse, o))
			fail_msg("%s/%s taken as %s", path, key,
			    v == NULL ? "nothing" : other[i]);
		json_decref(o);
	}
}

/* Each field is needed, and is of one type. */
static inline void bad_fields(parser *parse, const char *good, const char *path,
    const char *fields)
{
	struct str rest = str_from(fields), part;
	char key[32];

	assert_true(parse(str_from(good)));
	while (str_split(&rest, ' ', &part)) {
		assert_true(str_copy(key, sizeof(key), part));
		bad_field(parse, good, path, key);
	}
}

/* good with the first `from` as `to`. */
static const char *swapped(const char *good, const char *from, const char *to)
{
	static char text[8192];
	const char *at = strstr(good, from);

	if (at == NULL)
		fail_msg("no %s in %s", from, good);
	(void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good,
	    to, at + strlen(from));
	return text;
}

struct swap {
	const char *from, *to;
};

static inline void refused(parser *parse, const char *good,
    const struct swap *swap, size_t n)
{
	assert_true(parse(str_from(good)));
	for (size_t i = 0; i < n; i++)
		if (parse(str_from(swapped(good, swap[i].from, swap[i].to))))
			fail_msg("taken: %s as %s", swap[i].from, swap[i].to);
}

static inline void taken(parser *parse, const char *good,
    const struct swap *swap, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!parse(str_from(swapped(good, swap[i].from, swap[i].to))))
			fail_msg("refused: %s as %s: %s", swap[i].from,
			    swap[i].to, e.text);
}

/* What is no JSON object as a whole. */
static inline void bad_bodies(parser *parse, const char *good)
{
	static char deep[100000], twice[16384];
	size_t len = strlen(good);
	const char *const bad[] = {"", " ", "null", "[]", "1", "\"x\"", "{",
	    "{\"", "<html>login</html>", "\xef\xbb\xbf{}", "{}{}",
	    "{\"a\":\"\xff\"}", "{\"a\":\"\xc0\x80\"}",
	    "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\\u0000\"}", "{\"a\":01}",
	    "{\"a\":1,\"a\":1}", "{\"a\":99999999999999999999999999}",
	    "{\"a\":1e999}"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (parse(str_from(bad[i])))
			fail_msg("taken: %s", bad[i]);
	/* Each of its beginnings. */
	for (size_t i = 0; i < len; i++)
		assert_false(parse(str_of(good, i)));
	/* Behind its end, and in it, a NUL. */
	assert_false(parse(str_of(good, len + 1)));
	assert_false(parse(str_of("{\0}", 3)));
	assert_false(parse(str_of(NULL, 0)));
	memset(deep, '[', sizeof(deep));
	memcpy(deep, "{\"a\":", 5);
	assert_false(parse(str_of(deep, sizeof(deep))));
	/* A key twice, an unknown one not. */
	(void)snprintf(twice, sizeof(twice), "{\"later\":[{}],%s", good + 1);
	assert_true(parse(str_from(twice)));
	(void)snprintf(twice, sizeof(twice), "{\"later\":1,\"later\":1,%s",
	    good + 1);
	assert_false(parse(str_from(twice)));
}

#endif
