/* Keys, op ids and bytes of passes, against tests/unit/vectors/pass.txt, and
 * what a history of movements says. */
#include "firmware/core/pass.h"

#include "test_vectors.h"

enum { DAY = 20783 /* 2026-11-26 */ };

static struct pass_subject ticket(void)
{
	struct pass_subject s = {.of = PASS_TICKET,
	    .day = DAY,
	    .key_id = 0x1234,
	    .seq = 0xabcdef,
	    .letter = 1,
	    .number = 17,
	    .companions = 2};

	return s;
}

static struct pass_subject label(uint8_t letter, uint16_t number)
{
	struct pass_subject s = {.of = PASS_LABEL,
	    .day = DAY,
	    .letter = letter,
	    .number = number};

	return s;
}

static struct pass_subject by_hash(enum pass_of of)
{
	struct pass_subject s = {.of = of, .day = DAY};

	for (uint8_t i = 0; i < CODE_HASH_BYTES; i++)
		s.booking.bytes[i] = (uint8_t)(0x20 + i);
	return s;
}

static void assert_key(const struct pass_subject *s, uint8_t move,
    const char *name)
{
	struct code_hash key = pass_key(s, move);
	uint8_t want[16];

	vector_hex("pass", name, want, sizeof(want));
	assert_memory_equal(key.bytes, want, sizeof(want));
}

static void test_a_key_is_the_documented_hash_of_subject_and_move(void **state)
{
	struct pass_subject widest = ticket(), early = ticket();
	struct pass_subject t = ticket(), a = label(1, 17), z = label(26, 2047);
	struct pass_subject code = by_hash(PASS_CODE);
	struct pass_subject staff = by_hash(PASS_STAFF);

	(void)state;
	widest.day = INT32_MAX;
	widest.key_id = UINT16_MAX;
	widest.seq = UINT32_MAX;
	early.day = -1;
	early.key_id = 1;
	early.seq = 1;
	assert_key(&t, 0, "ticket_0");
	assert_key(&t, 1, "ticket_1");
	assert_key(&t, 63, "ticket_63");
	assert_key(&widest, 255, "ticket_widest");
	assert_key(&early, 0, "ticket_before_1970");
	assert_key(&a, 0, "label_0");
	assert_key(&z, 1, "label_widest");
	assert_key(&code, 0, "code_0");
	assert_key(&staff, 0, "staff_0");
}

static void test_a_tickets_key_depends_on_its_id_alone(void **state)
{
	struct pass_subject s = ticket();

	(void)state;
	s.letter = 2;
	s.number = 18;
	s.companions = 0;
	s.booking.bytes[0] = 1;
	assert_key(&s, 0, "ticket_0");
}

static void test_nothing_has_the_key_of_zeros(void **state)
{
	struct pass_subject none = {.of = PASS_UNSET, .day = DAY};
	struct pass_subject wild = {.of = (enum pass_of)5, .day = DAY};
	struct code_hash a = pass_key(&none, 0), b = pass_key(&wild, 0);

	(void)state;
	assert_true(sodium_is_zero(a.bytes, sizeof(a.bytes)));
	assert_true(sodium_is_zero(b.bytes, sizeof(b.bytes)));
}

static void assert_op(uint32_t device, uint32_t epoch, const char *name)
{
	struct pass_subject t = ticket();
	struct code_hash key = pass_key(&t, 0);
	struct op_id id = pass_op_id(device, epoch, &key);
	uint8_t want[16];

	vector_hex("pass", name, want, sizeof(want));
	assert_memory_equal(id.bytes, want, sizeof(want));
}

static void test_an_op_id_is_the_documented_hash(void **state)
{
	(void)state;
	assert_op(17, 1, "op_hub");
	assert_op(17, 2, "op_again");
	assert_op(0, 1, "op_alone");
	assert_op(UINT32_MAX, UINT32_MAX, "op_widest");
}

static void test_a_byte_holds_way_kind_and_companions(void **state)
{
	static const struct {
		enum pass_of of;
		bool out;
		uint8_t companions, byte;
	} cases[] = {{PASS_TICKET, false, 0, 0x80},
	    {PASS_TICKET, true, 7, 0xc7}, {PASS_LABEL, false, 1, 0x91},
	    {PASS_CODE, true, 0, 0xe0}, {PASS_STAFF, true, 7, 0xf7}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pass_move m = {.of = cases[i].of,
		    .out = cases[i].out,
		    .companions = cases[i].companions};
		struct pass_move back = {.of = PASS_UNSET};

		assert_int_equal(pass_byte(&m), cases[i].byte);
		assert_true(pass_byte_read(cases[i].byte, &back));
		assert_int_equal(back.of, m.of);
		assert_int_equal(back.out, m.out);
		assert_int_equal(back.companions, m.companions);
	}
}

/* Bit 7 set and bit 3 not: a quarter of all. */
static void test_of_256_bytes_64_are_passes_and_no_other_is_read(void **state)
{
	int good = 0;

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		struct pass_move m = {.of = PASS_UNSET};

		if (!pass_byte_read((uint8_t)byte, &m)) {
			assert_int_equal(m.of, PASS_UNSET);
			continue;
		}
		assert_int_equal(byte & 0x88, 0x80);
		assert_int_equal(pass_byte(&m), byte);
		good++;
	}
	assert_int_equal(good, 64);
}

static void test_no_byte_is_written_for_nothing_or_for_8_companions(
    void **state)
{
	struct pass_move m = {.of = PASS_UNSET};

	(void)state;
	assert_int_equal(pass_byte(&m), 0);
	m.of = (enum pass_of)5;
	assert_int_equal(pass_byte(&m), 0);
	m.of = PASS_TICKET;
	m.companions = 7;
	assert_int_equal(pass_byte(&m), 0x87);
	m.companions = 8;
	assert_int_equal(pass_byte(&m), 0);
}

static struct pass_move move(uint8_t key, int64_t time_s, bool out)
{
	struct pass_move m = {.of = PASS_TICKET, .time_s = time_s, .out = out};

	m.key.bytes[15] = key;
	return m;
}

static bool add(struct pass_history *h, uint8_t key, int64_t time_s, bool out)
{
	struct pass_move m = move(key, time_s, out);

	return pass_history_add(h, &m);
}

static void test_a_history_is_in_the_order_of_time_however_it_came(void **state)
{
	struct pass_history h = {.n = 0};

	(void)state;
	assert_true(add(&h, 3, 300, false));
	assert_true(add(&h, 1, 100, false));
	assert_true(add(&h, 2, 200, true));
	assert_true(add(&h, 4, 200, false)); /* of one second: behind it */
	assert_int_equal(h.n, 4);
	assert_int_equal(h.item[0].key.bytes[15], 1);
	assert_int_equal(h.item[1].key.bytes[15], 2);
	assert_int_equal(h.item[2].key.bytes[15], 4);
	assert_int_equal(h.item[3].key.bytes[15], 3);
}

static void test_a_movement_heard_of_twice_counts_once(void **state)
{
	struct pass_history h = {.n = 0};

	(void)state;
	assert_true(add(&h, 1, 100, false));
	assert_true(add(&h, 1, 500, true));
	assert_int_equal(h.n, 1);
	assert_int_equal(h.item[0].time_s, 100);
	assert_false(h.item[0].out);
}

static void test_a_history_holds_64_movements_and_not_65(void **state)
{
	struct pass_history h = {.n = 0};

	(void)state;
	for (uint8_t i = 0; i < 64; i++)
		assert_true(add(&h, i, i, false));
	assert_false(add(&h, 64, 64, false));
	assert_true(add(&h, 63, 64, false)); /* is there already */
	assert_int_equal(h.n, 64);
}

static void test_inside_is_who_came_in_last(void **state)
{
	struct pass_history h = {.n = 0};

	(void)state;
	assert_false(pass_inside(&h));
	(void)add(&h, 1, 100, false);
	assert_true(pass_inside(&h));
	(void)add(&h, 2, 200, true);
	assert_false(pass_inside(&h));
	(void)add(&h, 3, 300, false);
	assert_true(pass_inside(&h));
}

static void test_persons_are_all_entries_since_the_last_exit(void **state)
{
	struct pass_history h = {.n = 0};
	struct pass_move family = move(1, 100, false);

	(void)state;
	assert_int_equal(pass_persons(&h), 0);
	family.companions = 2;
	assert_true(pass_history_add(&h, &family));
	assert_int_equal(pass_persons(&h), 3);
	(void)add(&h, 2, 150, false); /* a helper on the same ticket */
	assert_int_equal(pass_persons(&h), 4);
	(void)add(&h, 3, 200, true);
	assert_int_equal(pass_persons(&h), 0);
	(void)add(&h, 4, 300, false);
	assert_int_equal(pass_persons(&h), 1);
}

static void test_a_number_means_the_ticket_that_bears_it(void **state)
{
	struct pass_subject t = ticket(), a17 = label(1, 17),
			    a18 = label(1, 18);
	struct pass_subject b17 = label(2, 17), code = by_hash(PASS_CODE);
	struct pass_move by_label = {.of = PASS_LABEL,
	    .letter = 1,
	    .number = 17};
	struct pass_move by_ticket = {.of = PASS_TICKET,
	    .letter = 1,
	    .number = 17};
	struct pass_move by_code = {.of = PASS_CODE, .letter = 1, .number = 17};

	(void)state;
	assert_true(pass_concerns(&t, &by_label, false));
	assert_true(pass_concerns(&a17, &by_ticket, false));
	assert_true(pass_concerns(&a17, &by_label, false));
	assert_false(pass_concerns(&a18, &by_ticket, false));
	assert_false(pass_concerns(&b17, &by_ticket, false));
	assert_false(pass_concerns(&code, &by_label, false));
	assert_false(pass_concerns(&a17, &by_code, false));
}

/* Two keys of one number: the numbers of an old and a new card. */
static void test_two_tickets_are_one_only_by_their_key(void **state)
{
	struct pass_subject t = ticket();
	struct pass_move same = {.of = PASS_TICKET, .letter = 1, .number = 17};

	(void)state;
	assert_false(pass_concerns(&t, &same, false));
	assert_true(pass_concerns(&t, &same, true));
}

static void test_no_number_concerns_nobody(void **state)
{
	struct pass_subject none = label(0, 0);
	struct pass_move m = {.of = PASS_LABEL};

	(void)state;
	assert_false(pass_concerns(&none, &m, false));
}

static void test_reasons_have_stable_words(void **state)
{
	static const char *const words[] = {"", "unreadable", "lost",
	    "companion", "emergency", "order"};

	(void)state;
	assert_int_equal(PASS_REASONS, ARRAY_LEN(words));
	for (int i = 0; i < PASS_REASONS; i++)
		assert_string_equal(pass_reason_word((enum pass_reason)i),
		    words[i]);
	assert_string_equal(pass_reason_word(PASS_REASONS), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_a_key_is_the_documented_hash_of_subject_and_move),
	    cmocka_unit_test(test_a_tickets_key_depends_on_its_id_alone),
	    cmocka_unit_test(test_nothing_has_the_key_of_zeros),
	    cmocka_unit_test(test_an_op_id_is_the_documented_hash),
	    cmocka_unit_test(test_a_byte_holds_way_kind_and_companions),
	    cmocka_unit_test(
		test_of_256_bytes_64_are_passes_and_no_other_is_read),
	    cmocka_unit_test(
		test_no_byte_is_written_for_nothing_or_for_8_companions),
	    cmocka_unit_test(
		test_a_history_is_in_the_order_of_time_however_it_came),
	    cmocka_unit_test(test_a_movement_heard_of_twice_counts_once),
	    cmocka_unit_test(test_a_history_holds_64_movements_and_not_65),
	    cmocka_unit_test(test_inside_is_who_came_in_last),
	    cmocka_unit_test(test_persons_are_all_entries_since_the_last_exit),
	    cmocka_unit_test(test_a_number_means_the_ticket_that_bears_it),
	    cmocka_unit_test(test_two_tickets_are_one_only_by_their_key),
	    cmocka_unit_test(test_no_number_concerns_nobody),
	    cmocka_unit_test(test_reasons_have_stable_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
