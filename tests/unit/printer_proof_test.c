#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/printer/proof.h"

static size_t answer(struct proof_ids *p, unsigned id, uint32_t *late,
    bool *current)
{
	return proof_ids_answer(p, id, late, current);
}

/* ESC/POS command reference: GS ( H pL pH fn m d1 d2 d3 d4; GS r n; Custom
 * VKP80: GS e 3 m. */
static void test_each_family_asks_in_its_own_words(void **state)
{
	static const struct {
		enum printer_profile p;
		const char *bytes;
		size_t n;
	} t[] = {
	    {PRINTER_EPSON,
		"\x1d(H\x06\0\x30\x30"
		"0042",
		11},
	    {PRINTER_ASB, "\x1dr\x01\x1dr\x01\x1dr\x01", 9},
	    {PRINTER_ORDER, "\x1dr\x01\x1dr\x01\x1dr\x01", 9},
	    {PRINTER_CUSTOM,
		"\x1d"
		"e\x03\x0c\x1dr\x01\x1dr\x01\x1dr\x01",
		13},
	    {PRINTER_GENERIC, "", 0},
	    {PRINTER_AUTO, "", 0},
	};
	uint8_t out[PROOF_BYTES_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		/* Job 70042: the id is its last four digits. */
		assert_int_equal(proof_question(t[i].p, 70042, out), t[i].n);
		assert_memory_equal(out, t[i].bytes, t[i].n);
		assert_int_equal(profile_proves(t[i].p), t[i].n > 0);
	}
}

static void test_an_id_proves_its_job_and_all_before(void **state)
{
	struct proof_ids p = {0};
	uint32_t late[PROOF_OPEN_MAX];
	bool current;

	(void)state;
	for (uint32_t id = 1; id <= 3; id++) {
		proof_ids_asked(&p, id);
		proof_ids_ended(&p, PRINT_UNSURE);
	}
	proof_ids_asked(&p, 4);
	assert_int_equal(answer(&p, 2, late, &current), 2);
	assert_int_equal(late[0], 1);
	assert_int_equal(late[1], 2);
	assert_false(current);
	/* Doubled: those are closed. */
	assert_int_equal(answer(&p, 2, late, &current), 0);
	assert_false(current);
	assert_int_equal(answer(&p, 4, late, &current), 1);
	assert_int_equal(late[0], 3);
	assert_true(current);
	proof_ids_ended(&p, PRINT_PRINTED);
	assert_int_equal(p.count, 0);
}

static void test_only_unsure_leaves_a_question_open(void **state)
{
	static const struct {
		enum print_verdict v;
		size_t open;
	} t[] = {{PRINT_PRINTED, 0}, {PRINT_NOT_PRINTED, 0}, {PRINT_PARTIAL, 0},
	    {PRINT_UNSURE, 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct proof_ids p = {0};

		proof_ids_asked(&p, 9);
		proof_ids_ended(&p, t[i].v);
		assert_int_equal(p.count, t[i].open);
	}
}

static void test_the_ninth_open_question_drops_the_oldest(void **state)
{
	struct proof_ids p = {0};
	uint32_t late[PROOF_OPEN_MAX];
	bool current;

	(void)state;
	for (uint32_t id = 1; id <= 9; id++) {
		proof_ids_asked(&p, id);
		proof_ids_ended(&p, PRINT_UNSURE);
	}
	assert_int_equal(answer(&p, 1, late, &current), 0);
	assert_int_equal(answer(&p, 9, late, &current), 8);
	assert_int_equal(late[0], 2);
}

static enum order_says last(const char *bytes, size_t n)
{
	struct order_run o = {0};
	enum order_says says = ORDER_NOTHING;

	for (size_t i = 0; i < n; i++)
		says = order_byte(&o, (uint8_t)bytes[i]);
	return says;
}

static void test_three_equal_answers_in_a_row_pass(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum order_says says;
	} t[] = {
	    {"\0", 1, ORDER_NOTHING},
	    {"\0\0", 2, ORDER_NOTHING},
	    {"\0\0\0", 3, ORDER_PASSED},
	    {"\3\3\3", 3, ORDER_PASSED},
	    {"\0\0\3", 3, ORDER_NOTHING},
	    {"\0\3\3\3", 4, ORDER_PASSED},
	    {"\0\0\0\0", 4, ORDER_NOTHING},
	    {"\1\1\1", 3, ORDER_NOTHING},
	    {"\x0c\x0c\x0c", 3, ORDER_NO_PAPER},
	    {"\x0f\x0f\x0f", 3, ORDER_NO_PAPER},
	    {"\x60\x60\x60", 3, ORDER_NOTHING},
	    {"\x6c\x6c\x6c", 3, ORDER_NOTHING},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		assert_int_equal(last(t[i].bytes, t[i].n), t[i].says);
}

static void test_a_presented_ticket_is_seen_after_an_empty_mouth(void **state)
{
	static const struct full_status empty = {false, true, false},
					there = {true, false, false},
					moves = {true, true, false},
					broken = {true, false, true};
	struct presenter p;

	(void)state;
	/* Empty, then there, then the answer in order. */
	presenter_begin(&p, FACT_UNKNOWN);
	assert_false(presenter_status(&p, &empty));
	assert_false(presenter_status(&p, &there));
	assert_true(presenter_passed(&p));
	/* The answer first. */
	presenter_begin(&p, FACT_NO);
	assert_false(presenter_passed(&p));
	assert_false(presenter_status(&p, &empty));
	assert_false(presenter_status(&p, &moves));
	assert_false(presenter_status(&p, &broken));
	assert_true(presenter_status(&p, &there));
	/* The one before still stands there: it proves nothing. */
	presenter_begin(&p, FACT_YES);
	assert_false(presenter_status(&p, &there));
	assert_false(presenter_passed(&p));
	/* Past the question it can only be this one. */
	assert_true(presenter_status(&p, &there));
}

static struct ieee1284 id_of(const char *text)
{
	struct ieee1284 id;

	ieee1284_parse(str_from(text), &id);
	return id;
}

static void test_models_have_the_family_their_manual_promises(void **state)
{
	static const struct {
		uint16_t vendor;
		const char *id;
		enum printer_profile profile;
		bool ticket;
	} t[] = {
	    {0x04b8, "MDL:TM-T88VI;", PRINTER_EPSON, false},
	    {0x04b8, "MDL:TM-T20III;", PRINTER_EPSON, false},
	    {0x04b8, "MDL:tm-m30II;", PRINTER_EPSON, false},
	    {0x04b8, "MDL:TM-T88III;", PRINTER_ASB, false},
	    {0x04b8, "MDL:TM-U220;", PRINTER_GENERIC, false},
	    {0x04b8, "", PRINTER_GENERIC, false},
	    {0x0dd4, "MDL:VKP80III;", PRINTER_CUSTOM, true},
	    {0x0dd4, "MDL:KUBE;", PRINTER_GENERIC, true},
	    {0x0416, "MDL:TM-T20;", PRINTER_GENERIC, true},
	    {0x03f0, "MDL:TM-T20;", PRINTER_GENERIC, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct ieee1284 id = id_of(t[i].id);
		bool ticket = !t[i].ticket;

		assert_int_equal(profile_of_usb(t[i].vendor, &id, &ticket),
		    t[i].profile);
		assert_int_equal(ticket, t[i].ticket);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_family_asks_in_its_own_words),
	    cmocka_unit_test(test_an_id_proves_its_job_and_all_before),
	    cmocka_unit_test(test_only_unsure_leaves_a_question_open),
	    cmocka_unit_test(test_the_ninth_open_question_drops_the_oldest),
	    cmocka_unit_test(test_three_equal_answers_in_a_row_pass),
	    cmocka_unit_test(
		test_a_presented_ticket_is_seen_after_an_empty_mouth),
	    cmocka_unit_test(test_models_have_the_family_their_manual_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
