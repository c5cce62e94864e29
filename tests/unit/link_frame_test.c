/* link/frame: bytes worked out by hand from the table in frame.h. */
#include "firmware/link/frame.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* 17 fixed bytes, "GET", "/v1/time", no If-None-Match, "{}":
 * 1+4+4+8 + 2+3 + 2+8 + 2 + 4+2 = 40 = 0x28. */
static const char REQUEST[] = "\x00\x00\x00\x28"
			      "R"
			      "\x00\x00\x00\x07"
			      "\x00\x00\x05\xdc" /* 1500 ms */
			      "\x00\x00\x00\x01\x00\x00\x12\x67"
			      "\x00\x03GET"
			      "\x00\x08/v1/time"
			      "\x00\x00"
			      "\x00\x00\x00\x02{}";

/* 16 fixed bytes, "feed", "AA==", "\"1\"", "", "x":
 * 1+4+1+2+4+4 + 2+4 + 2+4 + 2+3 + 2 + 4+1 = 40 = 0x28. */
static const char ANSWER[] = "\x00\x00\x00\x28"
			     "A"
			     "\x00\x00\x00\x07"
			     "\x01"
			     "\x00\xc8"         /* 200 */
			     "\x00\x00\x00\x05" /* Retry-After */
			     "\x00\x00\x00\x02" /* epoch */
			     "\x00\x04"
			     "feed"
			     "\x00\x04"
			     "AA=="
			     "\x00\x03"
			     "\"1\""
			     "\x00\x00"
			     "\x00\x00\x00\x01"
			     "x";

#define BYTES(literal) str_of(literal, sizeof(literal) - 1)

static const struct frame_request request = {.id = 7,
    .timeout_ms = 1500,
    .counter = 0x100001267,
    .method = {"GET", 3},
    .path = {"/v1/time", 8},
    .if_none_match = {"", 0},
    .body = {"{}", 2}};

static const struct frame_answer answer = {.id = 7,
    .fate = FRAME_CAME,
    .status = 200,
    .retry_after_s = 5,
    .epoch = 2,
    .kind = {"feed", 4},
    .signature = {"AA==", 4},
    .etag = {"\"1\"", 3},
    .trouble = {"", 0},
    .body = {"x", 1}};

static void check_bytes(const struct buf *b, struct str expected)
{
	assert_false(b->full);
	assert_int_equal(b->len, expected.len);
	assert_memory_equal(b->ptr, expected.ptr, expected.len);
}

static void test_a_request_is_these_bytes(void **state)
{
	uint8_t room[64];
	struct frame_request back;
	struct buf b;

	(void)state;
	buf_init(&b, room, sizeof(room));
	frame_put_request(&b, &request);
	check_bytes(&b, BYTES(REQUEST));
	assert_true(frame_get_request(BYTES(REQUEST), &back));
	assert_int_equal(back.id, 7);
	assert_int_equal(back.timeout_ms, 1500);
	assert_true(back.counter == 0x100001267);
	assert_true(str_is(back.method, "GET"));
	assert_true(str_is(back.path, "/v1/time"));
	assert_int_equal(back.if_none_match.len, 0);
	assert_true(str_is(back.body, "{}"));
}

static void test_an_answer_is_these_bytes(void **state)
{
	uint8_t room[64];
	struct frame_answer back;
	struct buf b;

	(void)state;
	buf_init(&b, room, sizeof(room));
	frame_put_answer(&b, &answer);
	check_bytes(&b, BYTES(ANSWER));
	assert_true(frame_get_answer(BYTES(ANSWER), &back));
	assert_int_equal(back.id, 7);
	assert_int_equal(back.fate, FRAME_CAME);
	assert_int_equal(back.status, 200);
	assert_int_equal(back.retry_after_s, 5);
	assert_int_equal(back.epoch, 2);
	assert_true(str_is(back.kind, "feed"));
	assert_true(str_is(back.signature, "AA=="));
	assert_true(str_is(back.etag, "\"1\""));
	assert_int_equal(back.trouble.len, 0);
	assert_true(str_is(back.body, "x"));
}

static void test_a_frame_begun_is_not_there_yet(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(REQUEST) - 1; n++)
		assert_int_equal(frame_length(str_of(REQUEST, n)), 0);
	assert_int_equal(frame_length(BYTES(REQUEST)), 44);
	/* The first byte of the next one changes nothing. */
	assert_int_equal(frame_length(str_of(REQUEST, sizeof(REQUEST))), 44);
}

static void test_a_length_over_the_bound_is_no_frame(void **state)
{
	(void)state;
	/* FRAME_MAX = 0x401000 */
	assert_int_equal(frame_length(BYTES("\x00\x40\x10\x00")), 0);
	assert_int_equal(frame_length(BYTES("\x00\x40\x10\x01")), -EBADMSG);
	assert_int_equal(frame_length(BYTES("\xff\xff\xff\xff")), -EBADMSG);
	assert_int_equal(frame_length(BYTES("GET ")), -EBADMSG);
}

/* Any shorter or longer frame, with its length field as it was or made to
 * fit. */
static void check_lengths(struct str good, bool (*is_good)(struct str))
{
	char bytes[64];

	for (size_t n = 0; n < good.len + 8; n++) {
		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes, good.ptr, n < good.len ? n : good.len);
		assert_int_equal(is_good(str_of(bytes, n)), n == good.len);
		if (n < FRAME_HEAD)
			continue;
		bytes[3] = (char)(n - FRAME_HEAD);
		assert_int_equal(is_good(str_of(bytes, n)), n == good.len);
	}
}

static bool is_request(struct str bytes)
{
	struct frame_request q;

	return frame_get_request(bytes, &q);
}

static bool is_answer(struct str bytes)
{
	struct frame_answer a;

	return frame_get_answer(bytes, &a);
}

static void test_a_frame_that_is_short_or_long_is_refused(void **state)
{
	(void)state;
	check_lengths(BYTES(REQUEST), is_request);
	check_lengths(BYTES(ANSWER), is_answer);
}

static void test_the_other_kind_is_refused(void **state)
{
	(void)state;
	assert_false(is_request(BYTES(ANSWER)));
	assert_false(is_answer(BYTES(REQUEST)));
}

static void test_a_fate_outside_the_table_is_refused(void **state)
{
	static const struct {
		char fate;
		bool good;
	} cases[] = {{0, false}, {1, true}, {2, true}, {3, true}, {4, false},
	    {'\xff', false}};
	char bytes[sizeof(ANSWER)];

	(void)state;
	memcpy(bytes, ANSWER, sizeof(ANSWER));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bytes[9] = cases[i].fate;
		assert_int_equal(is_answer(str_of(bytes, sizeof(bytes) - 1)),
		    cases[i].good);
	}
}

/* A request whose path has n bytes. */
static size_t put_path(struct buf *b, size_t n)
{
	static char path[FRAME_TEXT + 1];
	struct frame_request q = request;

	memset(path, 'p', sizeof(path));
	q.path = str_of(path, n);
	b->len = 0;
	b->full = false;
	frame_put_request(b, &q);
	return b->len;
}

static void test_a_text_over_the_bound_is_neither_put_nor_got(void **state)
{
	/* 32 bytes without the path, and its length field's 4. */
	uint8_t room[1024];
	struct frame_request back;
	struct buf b;

	(void)state;
	buf_init(&b, room, sizeof(room));
	assert_int_equal(put_path(&b, FRAME_TEXT), 36 + FRAME_TEXT);
	assert_true(frame_get_request(buf_view(&b), &back));
	assert_int_equal(back.path.len, FRAME_TEXT);
	assert_int_equal(put_path(&b, FRAME_TEXT + 1), 0);
	assert_true(b.full);
	/* The same by hand: one byte more in path and length fields. */
	assert_int_equal(put_path(&b, FRAME_TEXT), 36 + FRAME_TEXT);
	memmove(room + 29, room + 28, b.len - 28);
	b.len++;
	room[3]++;  /* 0x220 -> 0x221 */
	room[27]++; /* 0x200 -> 0x201 */
	assert_false(frame_get_request(buf_view(&b), &back));
}

static void test_a_body_of_the_bound_passes_and_one_more_does_not(void **state)
{
	size_t cap = FRAME_HEAD + FRAME_MAX;
	uint8_t *room = malloc(cap);
	char *body = calloc(1, FRAME_BODY_MAX + 1);
	struct frame_answer a = answer, back;
	struct buf b;

	(void)state;
	assert_non_null(room);
	assert_non_null(body);
	buf_init(&b, room, cap);
	a.body = str_of(body, FRAME_BODY_MAX + 1);
	frame_put_answer(&b, &a);
	assert_true(b.full);
	assert_int_equal(b.len, 0);
	buf_init(&b, room, cap);
	a.body.len--;
	frame_put_answer(&b, &a);
	assert_false(b.full);
	assert_int_equal(frame_length(buf_view(&b)), (long)b.len);
	assert_true(frame_get_answer(buf_view(&b), &back));
	assert_int_equal(back.body.len, FRAME_BODY_MAX);
	free(body);
	free(room);
}

static void test_the_largest_answer_fits_the_largest_frame(void **state)
{
	(void)state;
	assert_true(
	    16 + 4 * (2 + FRAME_TEXT) + 4 + FRAME_BODY_MAX <= FRAME_MAX);
}

static void test_a_frame_that_does_not_fit_leaves_the_buffer(void **state)
{
	uint8_t room[sizeof(REQUEST) + 8];
	struct buf b;

	(void)state;
	/* 44 bytes: one too few, then exactly enough. */
	buf_init(&b, room, 43);
	frame_put_request(&b, &request);
	assert_true(b.full);
	assert_int_equal(b.len, 0);
	buf_init(&b, room, 44);
	frame_put_request(&b, &request);
	check_bytes(&b, BYTES(REQUEST));
	/* After another one, too. */
	frame_put_request(&b, &request);
	assert_true(b.full);
	assert_int_equal(b.len, 44);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_request_is_these_bytes),
	    cmocka_unit_test(test_an_answer_is_these_bytes),
	    cmocka_unit_test(test_a_frame_begun_is_not_there_yet),
	    cmocka_unit_test(test_a_length_over_the_bound_is_no_frame),
	    cmocka_unit_test(test_a_frame_that_is_short_or_long_is_refused),
	    cmocka_unit_test(test_the_other_kind_is_refused),
	    cmocka_unit_test(test_a_fate_outside_the_table_is_refused),
	    cmocka_unit_test(test_a_text_over_the_bound_is_neither_put_nor_got),
	    cmocka_unit_test(
		test_a_body_of_the_bound_passes_and_one_more_does_not),
	    cmocka_unit_test(test_the_largest_answer_fits_the_largest_frame),
	    cmocka_unit_test(test_a_frame_that_does_not_fit_leaves_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
