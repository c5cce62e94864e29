/* The words of claims, as in docs/PROTOCOL.md, POST /v1/claims. */
#include "firmware/core/claim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	enum claim_op op;
	const char *word;
} ops[] = {
    {CLAIM_ADMIT, "admit"},
    {CLAIM_NUMBERS, "numbers"},
    {CLAIM_ALLOWANCE, "allowance"},
    {CLAIM_PASS, "pass"},
};

static const struct {
	enum claim_answer answer;
	const char *word;
} answers[] = {
    {CLAIM_ADMITTED, "admitted"},
    {CLAIM_USED, "used"},
    {CLAIM_CANCELLED, "cancelled"},
    {CLAIM_RESCHEDULED, "rescheduled"},
    {CLAIM_BLOCKED, "blocked"},
    {CLAIM_REVOKED, "revoked"},
    {CLAIM_UNKNOWN, "unknown"},
    {CLAIM_GRANTED, "granted"},
    {CLAIM_BAD, "bad"},
    {CLAIM_UNSUPPORTED, "unsupported"},
};

static void test_every_op_has_its_word_and_back(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_LEN(ops), CLAIM_OPS - 1);
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		assert_string_equal(claim_op_word(ops[i].op), ops[i].word);
		assert_int_equal(claim_op_parse(str_from(ops[i].word)),
		    ops[i].op);
	}
}

static void test_every_answer_has_its_word_and_back(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_LEN(answers), CLAIM_ANSWERS - 1);
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		assert_string_equal(claim_answer_word(answers[i].answer),
		    answers[i].word);
		assert_int_equal(claim_answer_parse(str_from(answers[i].word)),
		    answers[i].answer);
	}
}

static void test_what_is_no_op_or_answer_has_no_word(void **state)
{
	static const int none[] = {0, CLAIM_OPS, CLAIM_OPS + 1, -1, 1 << 30};
	static const int nothing[] = {0, CLAIM_ANSWERS, CLAIM_ANSWERS + 1, -1,
	    1 << 30};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		assert_string_equal(claim_op_word((enum claim_op)none[i]), "");
		assert_string_equal(
		    claim_answer_word((enum claim_answer)nothing[i]), "");
	}
}

static void test_a_word_that_is_none_is_unset(void **state)
{
	static const struct str other[] = {{"", 0}, {NULL, 0}, {"Admit", 5},
	    {"ADMITTED", 8}, {"Used", 4}, {"admits", 6}, {"admi", 4},
	    {"admit ", 6}, {" admit", 6}, {"admit\n", 6}, {"admit", 6},
	    {"admitte", 7}, {"used ", 5}, {" used", 5}, {"used\n", 5},
	    {"use", 3}, {"used", 5}, {"unset", 5}, {"double", 6}, {"number", 6},
	    {"\xff\xfe", 2}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(other); i++) {
		assert_int_equal(claim_op_parse(other[i]), CLAIM_OP_UNSET);
		assert_int_equal(claim_answer_parse(other[i]), CLAIM_UNSET);
	}
}

static void test_a_word_needs_no_terminator(void **state)
{
	(void)state;
	assert_int_equal(claim_op_parse(str_of("admitted", 5)), CLAIM_ADMIT);
	assert_int_equal(claim_answer_parse(str_of("used\"}", 4)), CLAIM_USED);
}

/* An op is no answer, and an answer no op. */
static void test_words_of_ops_and_answers_are_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		assert_int_equal(claim_answer_parse(str_from(ops[i].word)),
		    CLAIM_UNSET);
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		assert_int_equal(claim_op_parse(str_from(answers[i].word)),
		    CLAIM_OP_UNSET);
}

static void test_a_batch_is_as_the_protocol_says(void **state)
{
	(void)state;
	assert_int_equal(CLAIM_BATCH, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_op_has_its_word_and_back),
	    cmocka_unit_test(test_every_answer_has_its_word_and_back),
	    cmocka_unit_test(test_what_is_no_op_or_answer_has_no_word),
	    cmocka_unit_test(test_a_word_that_is_none_is_unset),
	    cmocka_unit_test(test_a_word_needs_no_terminator),
	    cmocka_unit_test(test_words_of_ops_and_answers_are_apart),
	    cmocka_unit_test(test_a_batch_is_as_the_protocol_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
