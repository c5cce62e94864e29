/* Claims: one answer for ever, at most one admission, every double told. */
#include "test_hub_claims.h"

static struct client k1, k2, far, channel;

static int make_kiosks(void **state)
{
	int r = make_hub(state);

	if (r != 0)
		return r;
	k1 = enrolled(OFFICE, "kiosk", "kiosk-1");
	k2 = enrolled(OFFICE, "kiosk", "kiosk-2");
	far = enrolled(OTHER_OFFICE, "kiosk", "kiosk-1");
	channel = enrolled(OFFICE, "channel", "web");
	return 0;
}

static json_t *day_report(uint32_t office)
{
	char *text = NULL;
	json_t *o;

	assert_int_equal(hub_report_day(h, db, office, DAY_N, &text, &e), 0);
	o = json_loads(text, 0, NULL);
	assert_non_null(o);
	free(text);
	return o;
}

static size_t reports_n(const char *list)
{
	json_t *o = day_report(OFFICE);
	size_t n = json_array_size(json_object_get(o, list));

	json_decref(o);
	return n;
}

/* A booking of the day with that status, by its hash. */
static const char *booked(const char *code, const char *status)
{
	static char hash[4][33];
	static unsigned turn;
	char *out = hash[turn++ % 4];

	book(&channel, code, DAY, status);
	hash_of_code(OFFICE, code, out);
	return out;
}

static void test_the_first_is_admitted_the_next_hears_by_whom(void **state)
{
	const char *b = booked("CODE0001", "confirmed");
	const json_t *by;

	(void)state;
	assert_string_equal(ask_one(&k1, op_of(1), b), "admitted");
	assert_string_equal(ask_one(&k2, op_of(2), b), "used");
	by = json_object_get(result(0), "by");
	assert_string_equal(text_of(by, "op_id"), op_of(1));
	assert_int_equal(number_of(by, "device"), k1.device);
	assert_string_equal(text_of(by, "terminal"), "kiosk-1");
	assert_string_equal(text_of(by, "letter"), "");
	assert_int_equal(number_of(by, "number"), 0);
	assert_int_equal(number_of(by, "time"), 1795651200);
	assert_null(json_object_get(result(0), "double"));
	/* Told what paper says, the next hears that too. */
	assert_string_equal(tell_one(&k1, op_of(1), b, 'A', 12), "admitted");
	assert_string_equal(ask_one(&k2, op_of(3), b), "used");
	by = json_object_get(result(0), "by");
	assert_string_equal(text_of(by, "letter"), "A");
	assert_int_equal(number_of(by, "number"), 12);
	assert_int_equal(number_of(by, "time"), 1795651260);
}

static void test_an_answer_is_the_same_for_ever(void **state)
{
	const char *b = booked("CODE0001", "confirmed");

	(void)state;
	assert_string_equal(ask_one(&k1, op_of(1), b), "admitted");
	assert_string_equal(ask_one(&k2, op_of(2), b), "used");
	booked("CODE0001", "cancelled");
	for (int i = 0; i < 3; i++) {
		assert_string_equal(ask_one(&k1, op_of(1), b), "admitted");
		assert_string_equal(ask_one(&k2, op_of(2), b), "used");
	}
	assert_string_equal(ask_one(&k1, op_of(3), b), "cancelled");
	booked("CODE0001", "confirmed");
	assert_string_equal(ask_one(&k1, op_of(3), b), "cancelled");
}

static void test_the_status_of_a_booking_is_its_answer(void **state)
{
	static const char *const words[] = {"cancelled", "rescheduled",
	    "blocked", "revoked"};
	char code[16];

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(words); i++) {
		snprintf(code, sizeof(code), "CODE000%u", i);
		assert_string_equal(
		    ask_one(&k1, op_of(i), booked(code, words[i])), words[i]);
	}
	assert_string_equal(ask_one(&k1, op_of(9), hash_of(9)), "unknown");
	assert_int_equal(reports_n("reports"), 0);
}

static void test_a_booking_of_another_day_is_unknown(void **state)
{
	char hash[33];

	(void)state;
	book(&channel, "CODE0001", "2026-11-27", "confirmed");
	hash_of_code(OFFICE, "CODE0001", hash);
	assert_string_equal(ask_one(&k1, op_of(1), hash), "unknown");
	begin();
	batch.day = "2026-11-27";
	asked(op_of(2), hash);
	send(&k1);
	assert_string_equal(word(0), "admitted");
}

static void test_a_walk_in_needs_no_booking(void **state)
{
	(void)state;
	begin();
	put_admit(&batch, op_of(1), hash_of(1), WALK_IN);
	put_admit(&batch, op_of(2), hash_of(1), WALK_IN);
	put_admit(&batch, op_of(3), hash_of(2), BOOKED);
	send(&k1);
	assert_string_equal(word(0), "admitted");
	assert_string_equal(word(1), "used");
	assert_string_equal(word(2), "unknown");
}

static void test_what_a_disk_holds_is_a_fact(void **state)
{
	const char *b = booked("CODE0001", "cancelled");

	(void)state;
	assert_string_equal(tell_one(&k1, op_of(1), b, 'A', 1), "admitted");
	assert_string_equal(text_of(result(0), "note"), "cancelled");
	assert_string_equal(tell_one(&k1, op_of(2), hash_of(2), 'A', 2),
	    "admitted");
	assert_string_equal(text_of(result(0), "note"), "unknown");
	/* Again: the same answer, and one report each. */
	assert_string_equal(tell_one(&k1, op_of(1), b, 'A', 1), "admitted");
	assert_string_equal(text_of(result(0), "note"), "cancelled");
	assert_int_equal(reports_n("reports"), 2);
	assert_int_equal(reports_n("doubles"), 0);
}

static void test_a_second_admission_is_a_double_that_names_both(void **state)
{
	const char *b = booked("CODE0001", "confirmed");
	json_t *o;
	const json_t *d, *ops;

	(void)state;
	assert_string_equal(tell_one(&k1, op_of(1), b, 'A', 1), "admitted");
	for (int i = 0; i < 2; i++) {
		assert_string_equal(tell_one(&k2, op_of(2), b, 'T', 7), "used");
		assert_true(json_is_true(json_object_get(result(0), "double")));
		assert_string_equal(
		    text_of(json_object_get(result(0), "by"), "op_id"),
		    op_of(1));
	}
	o = day_report(OFFICE);
	assert_int_equal(json_array_size(json_object_get(o, "doubles")), 1);
	d = json_array_get(json_object_get(o, "doubles"), 0);
	assert_string_equal(text_of(d, "booking"), b);
	ops = json_object_get(d, "ops");
	assert_string_equal(text_of(json_array_get(ops, 0), "op_id"), op_of(2));
	assert_string_equal(text_of(json_array_get(ops, 0), "terminal"),
	    "kiosk-2");
	assert_string_equal(text_of(json_array_get(ops, 0), "letter"), "T");
	assert_int_equal(number_of(json_array_get(ops, 0), "number"), 7);
	assert_string_equal(text_of(json_array_get(ops, 1), "op_id"), op_of(1));
	assert_string_equal(text_of(json_array_get(ops, 1), "terminal"),
	    "kiosk-1");
	assert_int_equal(number_of(json_array_get(ops, 1), "number"), 1);
	assert_int_equal(number_of(o, "admitted"), 1);
	json_decref(o);
}

static void test_used_and_then_admitted_becomes_a_double(void **state)
{
	const char *b = booked("CODE0001", "confirmed");

	(void)state;
	assert_string_equal(ask_one(&k1, op_of(1), b), "admitted");
	assert_string_equal(ask_one(&k2, op_of(2), b), "used");
	assert_int_equal(reports_n("doubles"), 0);
	assert_string_equal(tell_one(&k2, op_of(2), b, 'T', 1), "used");
	assert_true(json_is_true(json_object_get(result(0), "double")));
	assert_int_equal(reports_n("doubles"), 1);
	/* It stays one, also when it is only asked again. */
	assert_string_equal(ask_one(&k2, op_of(2), b), "used");
	assert_true(json_is_true(json_object_get(result(0), "double")));
}

static void test_refused_and_then_admitted_keeps_its_answer(void **state)
{
	const char *b = booked("CODE0001", "cancelled");

	(void)state;
	assert_string_equal(ask_one(&k1, op_of(1), b), "cancelled");
	assert_string_equal(tell_one(&k1, op_of(1), b, 'A', 1), "cancelled");
	assert_int_equal(reports_n("reports"), 1);
	/* The fact counts: the next one is used. */
	booked("CODE0001", "confirmed");
	assert_string_equal(ask_one(&k2, op_of(2), b), "used");
	assert_string_equal(text_of(json_object_get(result(0), "by"), "op_id"),
	    op_of(1));
}

static void test_one_id_in_two_ops_of_a_batch_is_one_op(void **state)
{
	const char *b = booked("CODE0001", "confirmed");

	(void)state;
	begin();
	asked(op_of(1), b);
	done(op_of(1), b, 'A', 3);
	asked(op_of(2), b);
	done(op_of(2), b, 'A', 4);
	done(op_of(2), b, 'A', 4);
	send(&k1);
	assert_string_equal(word(0), "admitted");
	assert_string_equal(word(1), "admitted");
	assert_string_equal(word(2), "used");
	assert_string_equal(word(4), "used");
	assert_true(json_is_true(json_object_get(result(3), "double")));
	assert_int_equal(reports_n("doubles"), 1);
}

static void test_an_id_of_another_is_bad_and_tells_nothing(void **state)
{
	const char *b = booked("CODE0001", "confirmed");
	const char *c = booked("CODE0002", "confirmed");

	(void)state;
	assert_string_equal(ask_one(&k1, op_of(1), b), "admitted");
	/* Another device, another booking, another day, another kind. */
	assert_string_equal(ask_one(&k2, op_of(1), b), "bad");
	assert_null(json_object_get(result(0), "by"));
	assert_string_equal(ask_one(&k1, op_of(1), c), "bad");
	begin();
	numbers(op_of(1), 'A', 5);
	batch.day = "2026-11-27";
	asked(op_of(1), b);
	send(&k1);
	assert_string_equal(word(0), "bad");
	assert_string_equal(word(1), "bad");
	assert_string_equal(ask_one(&k2, op_of(2), c), "admitted");
	/* Another office has its own ids: it hears nothing of this one's. */
	assert_string_equal(ask_one(&far, op_of(1), b), "unknown");
	assert_string_equal(ask_one(&k1, op_of(1), b), "admitted");
}

static void test_a_device_enrolled_again_goes_on_with_its_ops(void **state)
{
	const char *b = booked("CODE0001", "confirmed");
	struct client again;

	(void)state;
	assert_string_equal(ask_one(&k1, op_of(1), b), "admitted");
	again = enrolled(OFFICE, "kiosk", "kiosk-1");
	assert_string_equal(tell_one(&again, op_of(1), b, 'A', 1), "admitted");
	assert_int_equal(reports_n("doubles"), 0);
}

static void test_one_poisoned_op_spoils_no_other(void **state)
{
	static const char *const poison[] = {
	    "5",
	    "null",
	    "[]",
	    "{}",
	    "{\"op\": \"admit\"}",
	    "{\"op\": 5, \"op_id\": \"00112233445566778899aabbccddeeff\"}",
	    "{\"op\": \"numbers\", \"op_id\": "
	    "\"00112233445566778899aabbccddeeff\", \"day\": \"2026-02-30\", "
	    "\"letter\": \"A\", \"count\": 1}",
	    "{\"op\": \"numbers\", \"op_id\": "
	    "\"00112233445566778899aabbccddeeff\", \"day\": \"" DAY "\", "
	    "\"letter\": \"S\", \"count\": 1}",
	    "{\"op\": \"numbers\", \"op_id\": "
	    "\"00112233445566778899aabbccddeeff\", \"day\": \"" DAY "\", "
	    "\"letter\": \"A\", \"count\": 101}",
	    "{\"op\": \"numbers\", \"op_id\": "
	    "\"00112233445566778899aabbccddeeff\", \"day\": \"" DAY "\", "
	    "\"letter\": \"A\", \"count\": 1.0}",
	    "{\"op\": \"numbers\", \"op_id\": "
	    "\"00112233445566778899aabbccddeef\\u0000\", \"day\": \"" DAY
	    "\", \"letter\": \"A\", \"count\": 1}",
	    "{\"op\": \"numbers\", \"op_id\": "
	    "\"00112233445566778899AABBCCDDEEFF\", \"day\": \"" DAY
	    "\", \"letter\": \"A\", \"count\": 1}",
	    "{\"op\": \"allowance\", \"op_id\": "
	    "\"00112233445566778899aabbccddeeff\", \"day\": \"" DAY "\", "
	    "\"service\": 1, \"class\": 1, \"count\": 1}",
	};

	(void)state;
	begin();
	for (unsigned i = 0; i < 50; i++)
		numbers(op_of(i), 'A', 1);
	for (size_t i = 0; i < ARRAY_LEN(poison); i++)
		raw(poison[i]);
	for (unsigned i = 50; i < 100; i++)
		numbers(op_of(i), 'A', 1);
	send(&k1);
	for (size_t i = 0; i < 50; i++)
		assert_string_equal(word(i), "granted");
	for (size_t i = 50; i < 50 + ARRAY_LEN(poison); i++) {
		assert_string_equal(word(i), "bad");
		assert_true(strlen(text_of(result(i), "detail")) > 8);
	}
	assert_string_equal(text_of(result(50), "op_id"), "");
	assert_string_equal(text_of(result(56), "op_id"),
	    "00112233445566778899aabbccddeeff");
	assert_int_equal(number_of(result(50 + ARRAY_LEN(poison) + 49), "last"),
	    100);
	/* Nothing of the bad ones was kept: the id is free. */
	begin();
	numbers("00112233445566778899aabbccddeeff", 'A', 1);
	send(&k1);
	assert_string_equal(word(0), "granted");
}

static void test_fields_of_an_admission_are_checked(void **state)
{
	/* Each replaces a part of a good op. */
	static const struct {
		const char *from, *to;
	} cases[] = {
	    {"\"letter\": \"A\"", "\"letter\": \"a\""},
	    {"\"letter\": \"A\"", "\"letter\": \"AB\""},
	    {"\"number\": 12", "\"number\": 0"},
	    {"\"number\": 12", "\"number\": 2048"},
	    {"\"key_id\": 311", "\"key_id\": 65536"},
	    {"\"seq\": 5", "\"seq\": 16777216"},
	    {"\"n\": 9", "\"n\": 0"},
	    {"\"n\": 9", "\"m\": 9"},
	    {"\"time\": 1795651260", "\"time\": -1"},
	    {"\"service\": 1", "\"service\": 256"},
	    {"\"class\": 1", "\"class\": 5"},
	    {"\"class\": 1", "\"class\": 0"},
	    {"\"done\": true", "\"done\": 1"},
	    {"\"verdict\": \"admit-booked\"", "\"verdict\": \"A<b>\""},
	    {"\"verdict\": \"admit-booked\"",
		"\"verdict\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""},
	    {"\"day\": \"" DAY "\"", "\"day\": \"1969-12-31\""},
	};
	char body[2048], *at;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		begin();
		done(op_of(1), hash_of(1), 'A', 12);
		end_with(&batch, "");
		at = strstr(batch.text, cases[i].from);
		assert_non_null(at);
		snprintf(body, sizeof(body), "%.*s%s%s", (int)(at - batch.text),
		    batch.text, cases[i].to, at + strlen(cases[i].from));
		assert_int_equal(ask(&k1, "POST", "/v1/claims", body), 200);
		assert_string_equal(word(0), "bad");
	}
	assert_string_equal(tell_one(&k1, op_of(1), hash_of(1), 'A', 12),
	    "admitted");
}

static void test_an_op_nobody_knows_is_unsupported_and_not_kept(void **state)
{
	(void)state;
	begin();
	raw("{\"op\": \"teleport\", \"op_id\": \"0000000000000000000000000000000"
	    "1\"}");
	numbers(op_of(1), 'A', 1);
	send(&k1);
	assert_string_equal(word(0), "unsupported");
	assert_string_equal(text_of(result(0), "op_id"),
	    "00000000000000000000000000000001");
	assert_string_equal(word(1), "granted");
	begin();
	numbers("00000000000000000000000000000001", 'A', 1);
	send(&k1);
	assert_string_equal(word(0), "granted");
}

static void test_requests_that_are_no_batch_are_refused(void **state)
{
	static const char *const bodies[] = {"", "{", "[]", "null", "\xff",
	    "{}", "{\"ops\": {}}", "{\"ops\": [], \"at\": 5}",
	    "{\"ops\": [], \"at\": [{\"day\": 5}]}",
	    "{\"ops\": [], \"ops\": []}", "{\"ops\": []} x",
	    "{\"ops\": [[[[[[[[[[]]]]]]]]]]}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		assert_int_equal(ask(&k1, "POST", "/v1/claims", bodies[i]),
		    400);
		assert_error(400, "bad_request");
	}
	assert_int_equal(ask(&k1, "POST", "/v1/claims", "{\"ops\": []}"), 200);
	assert_string_equal(answer.body, "{\"answers\": []}");
	assert_int_equal(
	    ask(&k1, "POST", "/v1/claims", "{\"ops\": [], \"more\": {}}"), 200);
}

static void test_500_ops_are_served_and_501_refused(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < 500; i++)
		put_admit(&batch, op_of(i), hash_of(i), WALK_IN);
	send(&k1);
	assert_int_equal(json_array_size(json_object_get(reply, "answers")),
	    500);
	for (size_t i = 0; i < 500; i++)
		assert_string_equal(word(i), "admitted");
	begin();
	for (unsigned i = 0; i < 501; i++)
		put_admit(&batch, op_of(i), hash_of(i), WALK_IN);
	assert_int_equal(send_at(&k1, ""), 413);
	assert_error(413, "too_large");
}

static void test_a_batch_may_name_many_days(void **state)
{
	char days[300][16];

	(void)state;
	begin();
	for (unsigned i = 0; i < 300; i++) {
		struct civil_date d = civil_date(
		    DAY_N + (int32_t)(i * 7 % 300));

		snprintf(days[i], sizeof(days[i]), "%04d-%02d-%02d", d.year,
		    d.month, d.day);
		batch.day = days[i];
		put_admit(&batch, op_of(i), hash_of(1), WALK_IN);
	}
	told_n = 0;
	send(&k1);
	for (size_t i = 0; i < 300; i++)
		assert_string_equal(word(i), "admitted");
	/* Too many to name: all days are told of. */
	assert_int_equal(told[told_n - 1].day, HUB_DAY_ALL);
	assert_true(told_n <= 64);
}

static void test_the_day_that_changed_is_told(void **state)
{
	(void)state;
	told_n = 0;
	begin();
	put_admit(&batch, op_of(1), hash_of(1), WALK_IN);
	send(&k1);
	assert_int_equal(told_n, 1);
	assert_int_equal(told[0].office, OFFICE);
	assert_int_equal(told[0].day, DAY_N);
	/* Asked again, nothing is new. */
	begin();
	put_admit(&batch, op_of(1), hash_of(1), WALK_IN);
	send(&k1);
	assert_int_equal(told_n, 1);
}

static void test_doubles_and_labels_of_one_batch_are_reported(void **state)
{
	json_t *o;
	const json_t *r;

	(void)state;
	begin();
	done(op_of(1), hash_of(1), 'A', 12);
	done(op_of(2), hash_of(2), 'A', 12);
	send(&k1);
	/* And over batches; the op's own label is none of another. */
	begin();
	done(op_of(3), hash_of(3), 'A', 12);
	done(op_of(1), hash_of(1), 'A', 12);
	send(&k2);
	o = day_report(OFFICE);
	assert_int_equal(json_array_size(json_object_get(o, "doubles")), 0);
	/* Three statuses (unknown), two labels. */
	assert_int_equal(json_array_size(json_object_get(o, "reports")), 5);
	for (size_t i = 0, n = 0; i < 5; i++) {
		r = json_array_get(json_object_get(o, "reports"), i);
		if (strcmp(text_of(r, "kind"), "label") != 0)
			continue;
		assert_int_equal(json_array_size(json_object_get(r, "ops")), 2);
		assert_string_equal(
		    text_of(json_array_get(json_object_get(r, "ops"), 0),
			"op_id"),
		    op_of(n == 0 ? 2 : 3));
		n++;
	}
	json_decref(o);
}

static void test_the_same_op_with_another_number_is_reported(void **state)
{
	(void)state;
	begin();
	put_done(&batch, op_of(1), hash_of(1), WALK_IN, 'A', 12);
	send(&k1);
	assert_int_equal(reports_n("reports"), 0);
	begin();
	put_done(&batch, op_of(1), hash_of(1), WALK_IN, 'A', 13);
	send(&k1);
	assert_string_equal(word(0), "admitted");
	assert_int_equal(reports_n("reports"), 1);
}

#define T(test) cmocka_unit_test_setup_teardown(test, make_kiosks, remove_hub)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_the_first_is_admitted_the_next_hears_by_whom),
	    T(test_an_answer_is_the_same_for_ever),
	    T(test_the_status_of_a_booking_is_its_answer),
	    T(test_a_booking_of_another_day_is_unknown),
	    T(test_a_walk_in_needs_no_booking),
	    T(test_what_a_disk_holds_is_a_fact),
	    T(test_a_second_admission_is_a_double_that_names_both),
	    T(test_used_and_then_admitted_becomes_a_double),
	    T(test_refused_and_then_admitted_keeps_its_answer),
	    T(test_one_id_in_two_ops_of_a_batch_is_one_op),
	    T(test_an_id_of_another_is_bad_and_tells_nothing),
	    T(test_a_device_enrolled_again_goes_on_with_its_ops),
	    T(test_one_poisoned_op_spoils_no_other),
	    T(test_fields_of_an_admission_are_checked),
	    T(test_an_op_nobody_knows_is_unsupported_and_not_kept),
	    T(test_requests_that_are_no_batch_are_refused),
	    T(test_500_ops_are_served_and_501_refused),
	    T(test_a_batch_may_name_many_days),
	    T(test_the_day_that_changed_is_told),
	    T(test_doubles_and_labels_of_one_batch_are_reported),
	    T(test_the_same_op_with_another_number_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
