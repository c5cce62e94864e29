#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/printer/status.h"

static struct reply feed(struct status_parser *sp, struct printer_status *st,
    const char *bytes, size_t n)
{
	struct reply r = {0}, one;

	for (size_t i = 0; i < n; i++) {
		one = status_byte(sp, (uint8_t)bytes[i], st);
		if (one.kind != REPLY_NONE)
			r = one;
	}
	return r;
}

/* Epson's manual: paper end is bits 5 and 6 of DLE EOT 4, near end 2 and 3. */
static void test_answers_are_told_apart_by_order(void **state)
{
	struct status_parser sp;
	struct printer_status st = {0};

	(void)state;
	status_parser_init(&sp, false, false);
	assert_true(status_asked(&sp, 2));
	assert_true(status_asked(&sp, 4));
	(void)feed(&sp, &st, "\x16", 1);
	assert_int_equal(st.cover_open, FACT_YES);
	assert_int_equal(st.paper_out, FACT_UNKNOWN);
	(void)feed(&sp, &st, "\x1e", 1);
	assert_int_equal(st.paper_out, FACT_NO);
	assert_int_equal(st.paper_low, FACT_YES);
	/* Nothing was asked any more. */
	(void)feed(&sp, &st, "\x72", 1);
	assert_int_equal(st.paper_out, FACT_NO);
}

static void test_asb_tells_paper_and_cover(void **state)
{
	struct status_parser sp;
	struct printer_status st = {0};

	(void)state;
	status_parser_init(&sp, false, false);
	assert_int_equal(feed(&sp, &st, "\x38\x00\x0c\x00", 4).kind,
	    REPLY_FACTS);
	assert_int_equal(st.cover_open, FACT_YES);
	assert_int_equal(st.offline, FACT_YES);
	assert_int_equal(st.paper_out, FACT_YES);
	assert_int_equal(st.paper_low, FACT_NO);
	assert_true(sp.asb_seen);
	(void)feed(&sp, &st, "\x10\x08\x03\x0f", 4);
	assert_int_equal(st.cover_open, FACT_NO);
	assert_int_equal(st.cutter_error, FACT_YES);
	assert_int_equal(st.paper_out, FACT_NO);
	assert_int_equal(st.paper_low, FACT_YES);
}

/* Each of the replies' bytes in each place inside the other. */
static void test_a_process_id_inside_asb_and_the_other_way(void **state)
{
	static const char id[7] = {0x37, 0x22, '0', '0', '4', '2', 0};
	static const char asb[4] = {0x18, 0, 0x0c, 0};

	(void)state;
	for (size_t cut = 0; cut <= 7; cut++) {
		struct status_parser sp;
		struct printer_status st = {0};
		struct reply a, b;

		status_parser_init(&sp, false, false);
		a = feed(&sp, &st, id, cut);
		(void)feed(&sp, &st, asb, 4);
		assert_int_equal(st.paper_out, FACT_YES);
		b = feed(&sp, &st, id + cut, 7 - cut);
		a = cut == 7 ? a : b;
		assert_int_equal(a.kind, REPLY_PROCESS);
		assert_int_equal(a.process_id, 42);
	}
	for (size_t cut = 0; cut <= 4; cut++) {
		struct status_parser sp;
		struct printer_status st = {0};
		struct reply r;

		status_parser_init(&sp, false, false);
		(void)feed(&sp, &st, asb, cut);
		(void)feed(&sp, &st, "\x11", 1);
		r = feed(&sp, &st, id, 7);
		assert_int_equal(r.kind, REPLY_PROCESS);
		assert_int_equal(r.process_id, 42);
		(void)feed(&sp, &st, asb + cut, 4 - cut);
		assert_int_equal(st.paper_out, FACT_YES);
	}
}

static void test_xon_xoff_and_cleared(void **state)
{
	struct status_parser sp;
	struct printer_status st = {0};

	(void)state;
	status_parser_init(&sp, false, false);
	assert_int_equal(feed(&sp, &st, "\x11", 1).kind, REPLY_XON);
	assert_int_equal(feed(&sp, &st, "\x13", 1).kind, REPLY_XOFF);
	assert_int_equal(feed(&sp, &st, "\x37\x25\x00", 3).kind, REPLY_CLEARED);
	assert_int_equal(sp.garbage, 0);
}

static void test_garbage_never_becomes_a_proof(void **state)
{
	static const char bad[][7] = {{0x37, 0x22, '0', '0', '4', 'A', 0},
	    {0x37, 0x22, '0', '0', '4', '2', 1},
	    {0x37, 0x21, '0', '0', '4', '2', 0},
	    {0x36, 0x22, '0', '0', '4', '2', 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct status_parser sp;
		struct printer_status st = {0};

		status_parser_init(&sp, false, false);
		assert_int_not_equal(feed(&sp, &st, bad[i], 7).kind,
		    REPLY_PROCESS);
	}
}

static void test_1284_id_is_read_whatever_its_length_says(void **state)
{
	static const char text[] = "MFG:EPSON;CMD:ESC/POS,X;MDL:TM-T20II;";
	static const char *const head[] = {"\x00\x27", "\xff\xff", "\x01\x00",
	    ""};
	char bytes[64];
	struct ieee1284 id;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(head); i++) {
		size_t n = i == 3 ? 0 : 2;

		memcpy(bytes, head[i], n);
		memcpy(bytes + n, text, sizeof(text) - 1);
		ieee1284_parse(str_of(bytes, n + sizeof(text) - 1), &id);
		assert_true(str_is(id.manufacturer, "EPSON"));
		assert_true(str_is(id.model, "TM-T20II"));
		assert_true(ieee1284_speaks(&id, "ESC/POS"));
		assert_true(ieee1284_speaks(&id, "X"));
		assert_false(ieee1284_speaks(&id, "PCL"));
	}
	ieee1284_parse(str_of("", 0), &id);
	assert_false(ieee1284_speaks(&id, "ESC/POS"));
}

/* ESC/POS GS r 1: one byte 0xx0xxxx; only families that have it. */
static void test_an_answer_in_order_is_one_byte(void **state)
{
	struct status_parser sp;
	struct printer_status st = {0};
	struct reply r;

	(void)state;
	status_parser_init(&sp, true, false);
	r = feed(&sp, &st, "\x03", 1);
	assert_int_equal(r.kind, REPLY_ORDER);
	assert_int_equal(r.value, 3);
	/* Inside ASB the same byte is ASB's. */
	assert_int_equal(feed(&sp, &st, "\x10\0\0\0", 4).kind, REPLY_FACTS);
	assert_int_equal(feed(&sp, &st, "\x60", 1).kind, REPLY_ORDER);
	status_parser_init(&sp, false, false);
	assert_int_equal(feed(&sp, &st, "\x03", 1).kind, REPLY_NONE);
	assert_int_equal(sp.garbage, 1);
}

/* Custom VKP80, DLE EOT 20: 10 0F paper user recoverable unrecoverable. */
static void test_a_full_status_tells_paper_mouth_and_faults(void **state)
{
	static const struct {
		const char *bytes;
		bool ticket, moving, fault;
		enum fact out, low, cover, cutter;
	} t[] = {
	    {"\x10\x0f\0\0\0\0", 0, 0, 0, 1, 1, 1, 1},
	    {"\x10\x0f\x01\0\0\0", 0, 0, 1, 2, 1, 1, 1},
	    {"\x10\x0f\x04\0\0\0", 0, 0, 0, 1, 2, 1, 1},
	    {"\x10\x0f\x20\0\0\0", 1, 0, 0, 1, 1, 1, 1},
	    {"\x10\x0f\x20\x0c\0\0", 1, 1, 0, 1, 1, 1, 1},
	    {"\x10\x0f\0\x02\0\0", 0, 0, 1, 1, 1, 2, 1},
	    {"\x10\x0f\0\0\x40\0", 0, 0, 1, 1, 1, 1, 1},
	    {"\x10\x0f\0\0\x20\0", 0, 0, 0, 1, 1, 1, 1},
	    {"\x10\x0f\0\0\0\x01", 0, 0, 1, 1, 1, 1, 2},
	    {"\x10\x0f\0\0\0\x40", 0, 0, 1, 1, 1, 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct status_parser sp;
		struct printer_status st = {0};
		struct reply r;

		status_parser_init(&sp, true, true);
		r = feed(&sp, &st, t[i].bytes, 6);
		assert_int_equal(r.kind, REPLY_FULL);
		assert_int_equal(r.full.ticket, t[i].ticket);
		assert_int_equal(r.full.moving, t[i].moving);
		assert_int_equal(r.full.fault, t[i].fault);
		assert_int_equal(st.paper_out, t[i].out);
		assert_int_equal(st.paper_low, t[i].low);
		assert_int_equal(st.cover_open, t[i].cover);
		assert_int_equal(st.cutter_error, t[i].cutter);
	}
}

static void test_a_broken_full_status_leaves_nothing_open(void **state)
{
	struct status_parser sp;
	struct printer_status st = {0};

	(void)state;
	status_parser_init(&sp, true, true);
	(void)feed(&sp, &st, "\x10\x11", 2);
	assert_int_equal(feed(&sp, &st, "\x0f\0\0\0\0", 5).kind, REPLY_ORDER);
	assert_int_equal(st.paper_out, FACT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_answer_in_order_is_one_byte),
	    cmocka_unit_test(test_a_full_status_tells_paper_mouth_and_faults),
	    cmocka_unit_test(test_a_broken_full_status_leaves_nothing_open),
	    cmocka_unit_test(test_answers_are_told_apart_by_order),
	    cmocka_unit_test(test_asb_tells_paper_and_cover),
	    cmocka_unit_test(test_a_process_id_inside_asb_and_the_other_way),
	    cmocka_unit_test(test_xon_xoff_and_cleared),
	    cmocka_unit_test(test_garbage_never_becomes_a_proof),
	    cmocka_unit_test(test_1284_id_is_read_whatever_its_length_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
