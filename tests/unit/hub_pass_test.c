/* Passes of gates: judged as admissions are, and counted apart from them. */
#include "firmware/core/pass.h"
#include "test_hub_feed.h"

static struct client g1, g2, kiosk, channel;

static int make_gates(void **state)
{
	int r = make_hub(state);

	if (r != 0)
		return r;
	g1 = enrolled(OFFICE, "gate", "gate-1");
	g2 = enrolled(OFFICE, "gate", "gate-2");
	kiosk = enrolled(OFFICE, "kiosk", "kiosk-1");
	channel = enrolled(OFFICE, "channel", "web");
	return 0;
}

/* In, of a ticket with two companions; and out, of a number. */
enum { IN = 0x82, OUT = 0xd0 };

static void pass(const char *op, const char *key, int byte)
{
	comma(&batch);
	put_text(&batch,
	    "{\"op\": \"pass\", \"op_id\": \"%s\", \"day\": \"%s\", "
	    "\"booking\": \"%s\", \"done\": false, \"time\": 1795651200, "
	    "\"pass\": %d}",
	    op, batch.day, key, byte);
}

static void pass_done(const char *op, const char *key, int byte,
    const char *letter, int number)
{
	comma(&batch);
	put_text(&batch,
	    "{\"op\": \"pass\", \"op_id\": \"%s\", \"day\": \"%s\", "
	    "\"booking\": \"%s\", \"done\": true, \"time\": 1795651260, "
	    "\"pass\": %d, \"letter\": \"%s\", \"number\": %d, "
	    "\"key_id\": 311, \"seq\": 5, \"n\": 9}",
	    op, batch.day, key, byte, letter, number);
}

static const char *ask_pass(struct client *c, const char *op, const char *key)
{
	begin();
	pass(op, key, IN);
	send(c);
	return word(0);
}

static const char *tell_pass(struct client *c, const char *op, const char *key,
    const char *letter, int number)
{
	begin();
	pass_done(op, key, IN, letter, number);
	send(c);
	return word(0);
}

static json_t *day_report(void)
{
	char *text = NULL;
	json_t *o;

	assert_int_equal(hub_report_day(h, db, OFFICE, DAY_N, &text, &e), 0);
	o = json_loads(text, 0, NULL);
	free(text);
	assert_non_null(o);
	return o;
}

static void test_the_first_gate_passes_the_next_hears_by_whom(void **state)
{
	const json_t *by;

	(void)state;
	assert_string_equal(ask_pass(&g1, op_of(1), hash_of(1)), "admitted");
	assert_string_equal(ask_pass(&g2, op_of(2), hash_of(1)), "used");
	by = json_object_get(result(0), "by");
	assert_string_equal(text_of(by, "op_id"), op_of(1));
	assert_int_equal(number_of(by, "device"), g1.device);
	assert_string_equal(text_of(by, "terminal"), "gate-1");
	assert_string_equal(text_of(by, "letter"), "");
	assert_int_equal(number_of(by, "number"), 0);
	assert_int_equal(number_of(by, "time"), 1795651200);
	assert_string_equal(tell_pass(&g1, op_of(1), hash_of(1), "A", 12),
	    "admitted");
	assert_string_equal(ask_pass(&g2, op_of(3), hash_of(1)), "used");
	by = json_object_get(result(0), "by");
	assert_string_equal(text_of(by, "letter"), "A");
	assert_int_equal(number_of(by, "number"), 12);
	assert_int_equal(number_of(by, "time"), 1795651260);
}

static void test_an_answer_is_the_same_for_ever(void **state)
{
	(void)state;
	assert_string_equal(ask_pass(&g2, op_of(2), hash_of(1)), "admitted");
	assert_string_equal(ask_pass(&g1, op_of(1), hash_of(1)), "used");
	for (int i = 0; i < 3; i++) {
		assert_string_equal(ask_pass(&g1, op_of(1), hash_of(1)),
		    "used");
		assert_string_equal(ask_pass(&g2, op_of(2), hash_of(1)),
		    "admitted");
	}
}

/* No booking stands behind a pass, so none can be unknown or cancelled. */
static void test_a_pass_needs_no_booking(void **state)
{
	(void)state;
	assert_string_equal(ask_pass(&g1, op_of(1), hash_of(1)), "admitted");
	assert_null(json_object_get(result(0), "note"));
	assert_string_equal(tell_pass(&g1, op_of(2), hash_of(2), "", 0),
	    "admitted");
	assert_null(json_object_get(result(0), "note"));
}

static void test_a_gate_cannot_use_up_a_booking(void **state)
{
	char booked[33];

	(void)state;
	book(&channel, "CODE0001", DAY, "confirmed");
	hash_of_code(OFFICE, "CODE0001", booked);
	assert_string_equal(ask_pass(&g1, op_of(1), booked), "bad");
	assert_string_equal(text_of(result(0), "detail"),
	    "booking: is a booking's, not the key of a pass");
	assert_string_equal(ask_one(&kiosk, op_of(2), booked), "admitted");
	/* Nor one of a walk-in, which is an admission alone. */
	begin();
	put_admit(&batch, op_of(3), hash_of(3), WALK_IN);
	send(&kiosk);
	assert_string_equal(tell_pass(&g1, op_of(4), hash_of(3), "A", 1),
	    "bad");
}

static void test_gates_send_passes_and_nobody_else_does(void **state)
{
	(void)state;
	begin();
	asked(op_of(1), hash_of(1));
	numbers(op_of(2), 'A', 20);
	allowance(op_of(3), 1, 5);
	pass(op_of(4), hash_of(4), IN);
	send(&g1);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(word(i), "bad");
		assert_string_equal(text_of(result(i), "detail"),
		    "op: not for a device of this role");
	}
	assert_string_equal(word(3), "admitted");
	assert_string_equal(ask_pass(&kiosk, op_of(5), hash_of(5)), "bad");
	assert_string_equal(text_of(result(0), "detail"),
	    "op: not for a device of this role");
	/* Nothing of it was stored. */
	assert_string_equal(ask_pass(&g1, op_of(5), hash_of(5)), "admitted");
}

static void test_a_double_is_told_and_reported_as_a_pass(void **state)
{
	const json_t *d, *ops;
	json_t *o;

	(void)state;
	assert_string_equal(tell_pass(&g1, op_of(1), hash_of(1), "A", 7),
	    "admitted");
	assert_string_equal(tell_pass(&g2, op_of(2), hash_of(1), "A", 7),
	    "used");
	assert_true(json_is_true(json_object_get(result(0), "double")));
	o = day_report();
	assert_int_equal(json_array_size(json_object_get(o, "doubles")), 1);
	d = json_array_get(json_object_get(o, "doubles"), 0);
	assert_string_equal(text_of(d, "op"), "pass");
	ops = json_object_get(d, "ops");
	assert_string_equal(text_of(json_array_get(ops, 0), "terminal"),
	    "gate-2");
	assert_string_equal(text_of(json_array_get(ops, 1), "terminal"),
	    "gate-1");
	assert_int_equal(number_of(json_array_get(ops, 1), "time"), 1795651260);
	json_decref(o);
}

static void test_an_admission_s_double_is_none_of_a_pass(void **state)
{
	json_t *o;

	(void)state;
	begin();
	put_done(&batch, op_of(1), hash_of(1), WALK_IN, 'A', 1);
	put_done(&batch, op_of(2), hash_of(1), WALK_IN, 'A', 2);
	send(&kiosk);
	o = day_report();
	assert_string_equal(
	    text_of(json_array_get(json_object_get(o, "doubles"), 0), "op"),
	    "admit");
	json_decref(o);
}

/* The ticket's number is the admission's; the gate only repeats it. */
static void test_a_pass_bears_the_number_of_an_admission(void **state)
{
	json_t *o;

	(void)state;
	begin();
	put_done(&batch, op_of(1), hash_of(1), WALK_IN, 'A', 12);
	send(&kiosk);
	tell_pass(&g1, op_of(2), hash_of(2), "A", 12);
	tell_pass(&g1, op_of(3), hash_of(3), "A", 12);
	/* Told in the other order, too. */
	tell_pass(&g1, op_of(4), hash_of(4), "A", 13);
	begin();
	put_done(&batch, op_of(5), hash_of(5), WALK_IN, 'A', 13);
	send(&kiosk);
	o = day_report();
	assert_int_equal(json_array_size(json_object_get(o, "reports")), 0);
	json_decref(o);
	/* And takes no number away. */
	tell_pass(&g1, op_of(6), hash_of(6), "B", 40);
	begin();
	numbers(op_of(7), 'B', 1);
	numbers(op_of(8), 'A', 1);
	send(&kiosk);
	assert_int_equal(number_of(result(0), "first"), 1);
	assert_int_equal(number_of(result(1), "first"), 14);
}

static void test_the_feed_tells_of_a_pass_with_its_byte(void **state)
{
	const json_t *row;

	(void)state;
	view_reset(&view);
	assert_string_equal(ask_pass(&g1, op_of(1), hash_of(1)), "admitted");
	view_sync(&view, &g2, 500);
	row = json_array_get(json_object_get(reply, "ops"), 0);
	assert_string_equal(json_text(row, 1), "pas");
	assert_string_equal(json_text(row, 2), hash_of(1));
	assert_string_equal(json_text(row, 3), op_of(1));
	assert_int_equal(json_number(row, 4), g1.device);
	assert_string_equal(json_text(row, 5), "");
	assert_int_equal(json_number(row, 6), 0);
	assert_int_equal(json_number(row, 7), 1795651200);
	assert_int_equal(json_number(row, 8), IN);
	begin();
	pass_done(op_of(1), hash_of(1), IN, "A", 12);
	pass_done(op_of(2), hash_of(2), OUT, "", 0);
	send(&g1);
	begin();
	put_done(&batch, op_of(3), hash_of(3), WALK_IN, 'A', 12);
	send(&kiosk);
	/* The digest of the day is checked with the last page. */
	view_sync(&view, &g2, 1);
	assert_int_equal(view.n, 3);
	row = json_array_get(json_object_get(reply, "ops"), 0);
	assert_string_equal(json_text(row, 1), "adm");
	view_reset(&view);
	view_sync(&view, &kiosk, 500);
	assert_int_equal(view.n, 3);
}

/* What was asked and what then happened may differ in who came along. */
static void test_what_is_done_counts_over_what_was_asked(void **state)
{
	(void)state;
	view_reset(&view);
	assert_string_equal(ask_pass(&g1, op_of(1), hash_of(1)), "admitted");
	begin();
	pass_done(op_of(1), hash_of(1), 0x83, "A", 12);
	send(&g1);
	assert_string_equal(word(0), "admitted");
	view_sync(&view, &g2, 500);
	assert_int_equal(view.n, 1);
	assert_int_equal(view.row[0].admission.pass, 0x83);
}

static void test_passes_are_counted_apart(void **state)
{
	struct hub_gauges g;
	json_t *o;

	(void)state;
	begin();
	put_done(&batch, op_of(1), hash_of(1), WALK_IN, 'A', 1);
	send(&kiosk);
	tell_pass(&g1, op_of(2), hash_of(2), "A", 1);
	tell_pass(&g1, op_of(3), hash_of(3), "A", 2);
	tell_pass(&g2, op_of(4), hash_of(3), "A", 2);
	o = day_report();
	assert_int_equal(number_of(o, "admitted"), 1);
	assert_int_equal(number_of(o, "told"), 1);
	assert_int_equal(number_of(o, "passes"), 2);
	json_decref(o);
	assert_int_equal(hub_gauges(h, db, &g, &e), 0);
	assert_int_equal(g.admissions, 1);
	assert_int_equal(g.passes, 2);
	assert_int_equal(g.doubles, 0);
	assert_int_equal(g.pass_doubles, 1);
}

static void test_an_op_id_is_for_one_key(void **state)
{
	(void)state;
	assert_string_equal(ask_pass(&g1, op_of(1), hash_of(1)), "admitted");
	assert_string_equal(ask_pass(&g1, op_of(1), hash_of(2)), "bad");
	/* Nor may another device use it. */
	assert_string_equal(ask_pass(&g2, op_of(1), hash_of(1)), "bad");
}

#define ASK(more) \
	"{\"op\": \"pass\", \"op_id\": \"11111111111111111111111111111111\", " \
	"\"day\": \"2026-11-26\", \"booking\": " \
	"\"22222222222222222222222222222222\", " more "}"
#define DONE(more) \
	ASK("\"done\": true, \"time\": 1, \"pass\": 128, \"n\": 1, " more)

static void test_fields_that_are_no_good_are_named(void **state)
{
	static const struct {
		const char *op, *field;
	} cases[] = {
	    {ASK("\"time\": 1, \"pass\": 128"), "done:"},
	    {ASK("\"done\": 0, \"time\": 1, \"pass\": 128"), "done:"},
	    {ASK("\"done\": false, \"pass\": 128"), "time:"},
	    {ASK("\"done\": false, \"time\": -1, \"pass\": 128"), "time:"},
	    {ASK("\"done\": false, \"time\": 1"), "pass:"},
	    /* Without its highest bit; with bit 3; over a byte. */
	    {ASK("\"done\": false, \"time\": 1, \"pass\": 127"), "pass:"},
	    {ASK("\"done\": false, \"time\": 1, \"pass\": 136"), "pass:"},
	    {ASK("\"done\": false, \"time\": 1, \"pass\": 256"), "pass:"},
	    {DONE("\"number\": 1, \"key_id\": 1, \"seq\": 1"), "letter:"},
	    {DONE("\"letter\": \"a\", \"number\": 1, \"key_id\": 1, "
		  "\"seq\": 1"),
		"letter:"},
	    {DONE("\"letter\": \"AB\", \"number\": 1, \"key_id\": 1, "
		  "\"seq\": 1"),
		"letter:"},
	    {DONE("\"letter\": \"A\", \"number\": 0, \"key_id\": 1, "
		  "\"seq\": 1"),
		"number:"},
	    {DONE("\"letter\": \"\", \"number\": 1, \"key_id\": 1, "
		  "\"seq\": 1"),
		"number:"},
	    {DONE("\"letter\": \"A\", \"number\": 2048, \"key_id\": 1, "
		  "\"seq\": 1"),
		"number:"},
	    {DONE("\"letter\": \"A\", \"number\": 1, \"key_id\": 65536, "
		  "\"seq\": 1"),
		"key_id:"},
	    {DONE("\"letter\": \"A\", \"number\": 1, \"key_id\": 1, "
		  "\"seq\": 16777216"),
		"seq:"},
	    {ASK("\"done\": true, \"time\": 1, \"pass\": 128, "
		 "\"letter\": \"\", \"number\": 0, \"key_id\": 0, "
		 "\"seq\": 0, \"n\": 0"),
		"n:"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		begin();
		raw(cases[i].op);
		send(&g1);
		if (strcmp(word(0), "bad") != 0)
			print_error("%s\n", cases[i].op);
		assert_string_equal(word(0), "bad");
		assert_memory_equal(text_of(result(0), "detail"),
		    cases[i].field, strlen(cases[i].field));
	}
}

static void test_fields_at_their_edge_are_taken(void **state)
{
	static const char *const ops[] = {
	    DONE("\"letter\": \"\", \"number\": 0, \"key_id\": 0, \"seq\": 0"),
	    "{\"op\": \"pass\", \"op_id\": "
	    "\"33333333333333333333333333333333\", \"day\": \"2026-11-26\", "
	    "\"booking\": \"44444444444444444444444444444444\", "
	    "\"done\": true, \"time\": 9007199254740991, \"pass\": 247, "
	    "\"letter\": \"Z\", \"number\": 2047, \"key_id\": 65535, "
	    "\"seq\": 16777215, \"n\": 9007199254740991}",
	};

	(void)state;
	begin();
	raw(ops[0]);
	raw(ops[1]);
	send(&g1);
	assert_string_equal(word(0), "admitted");
	assert_string_equal(word(1), "admitted");
}

#define T(test) cmocka_unit_test_setup_teardown(test, make_gates, remove_hub)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_the_first_gate_passes_the_next_hears_by_whom),
	    T(test_an_answer_is_the_same_for_ever),
	    T(test_a_pass_needs_no_booking),
	    T(test_a_gate_cannot_use_up_a_booking),
	    T(test_gates_send_passes_and_nobody_else_does),
	    T(test_a_double_is_told_and_reported_as_a_pass),
	    T(test_an_admission_s_double_is_none_of_a_pass),
	    T(test_a_pass_bears_the_number_of_an_admission),
	    T(test_the_feed_tells_of_a_pass_with_its_byte),
	    T(test_what_is_done_counts_over_what_was_asked),
	    T(test_passes_are_counted_apart),
	    T(test_an_op_id_is_for_one_key),
	    T(test_fields_that_are_no_good_are_named),
	    T(test_fields_at_their_edge_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
