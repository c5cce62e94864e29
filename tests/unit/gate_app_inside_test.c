/* Who is inside: from a journal and a feed that are real files. Bytes of
 * passes are worked out by hand: 0x80 ticket in, 0xc0 ticket out, | companions;
 * 0x90 and 0xd0 of a number, 0xa0 and 0xe0 of a code. */
#include "test_gate_app.h"

static struct inside *in;

static int make(void **state)
{
	return make_stores(state) < 0 || inside_open(&in, &e) < 0 ? -1 : 0;
}

static int unmake(void **state)
{
	inside_close(in);
	in = NULL;
	return remove_stores(state);
}

static void load_as(uint32_t device)
{
	assert_int_equal(
	    inside_load(in, stores.journal, stores.cache, DAY, device, &e), 0);
}

static struct pass_subject subject(uint16_t number, uint8_t companions)
{
	struct ticket t = ticket_of(number);

	t.companions = companions;
	return gate_subject(&t, PASS_TICKET);
}

/* Made durable here. */
static void went(const struct pass_subject *s, uint8_t move, bool out,
    int64_t time_s)
{
	struct pass p = pass_of(s, move, out, time_s), done;

	assert_int_equal(journal_pass(stores.journal, &p, &done, &e), 0);
}

static void assert_row(size_t i, uint16_t number, int persons, int64_t time_s)
{
	size_t n;
	const struct gate_inside *row = inside_rows(in, &n);

	assert_true(i < n);
	assert_int_equal(row[i].letter, number == 0 ? 0 : 1);
	assert_int_equal(row[i].number, number);
	assert_int_equal(row[i].persons, persons);
	assert_int_equal(row[i].time_s, time_s);
}

static size_t rows(void)
{
	size_t n;

	(void)inside_rows(in, &n);
	return n;
}

static void test_nobody_is_inside_of_a_new_day(void **state)
{
	struct inside_double d;

	(void)state;
	load_as(0);
	assert_int_equal(inside_day(in), DAY);
	assert_int_equal(inside_persons(in), 0);
	assert_int_equal(rows(), 0);
	assert_int_equal(inside_doubles(in, &d), 0);
}

static void test_who_went_in_is_counted_with_companions(void **state)
{
	struct pass_subject a = subject(2, 0), b = subject(1, 2);

	(void)state;
	went(&a, 0, false, NOW + 60);
	went(&b, 0, false, NOW + 120);
	load_as(0);
	assert_int_equal(inside_persons(in), 4);
	assert_int_equal(rows(), 2);
	/* By their time, not their number. */
	assert_row(0, 2, 1, NOW + 60);
	assert_row(1, 1, 3, NOW + 120);
}

static void test_who_left_is_not_inside_and_may_be_again(void **state)
{
	struct pass_subject a = subject(1, 2);

	(void)state;
	went(&a, 0, false, NOW + 60);
	went(&a, 1, true, NOW + 120);
	load_as(0);
	assert_int_equal(inside_persons(in), 0);
	went(&a, 2, false, NOW + 180);
	load_as(0);
	assert_int_equal(inside_persons(in), 3);
	assert_row(0, 1, 3, NOW + 180);
}

static void test_in_and_out_within_a_second_are_followed_in_order(void **state)
{
	struct pass_subject s;

	(void)state;
	/* By their keys alone some of these would come the wrong way round. */
	for (uint16_t i = 1; i <= 20; i++) {
		s = subject(i, 0);
		went(&s, 0, false, NOW + 60);
		went(&s, 1, true, NOW + 60);
	}
	load_as(0);
	assert_int_equal(inside_persons(in), 0);
}

static void test_a_number_keyed_in_is_its_ticket(void **state)
{
	struct ticket t = ticket_of(1);
	struct pass_subject ticket = subject(1, 1),
			    label = gate_subject(&t, PASS_LABEL);

	(void)state;
	went(&ticket, 0, false, NOW + 60);
	/* Lost inside: leaves by its number, and those with it. */
	went(&label, 1, true, NOW + 120);
	load_as(0);
	assert_int_equal(inside_persons(in), 0);
}

static void test_a_helper_let_in_on_the_same_ticket_counts(void **state)
{
	struct pass_subject a = subject(1, 0);
	struct inside_double d;

	(void)state;
	went(&a, 0, false, NOW + 60);
	went(&a, 1, false, NOW + 120);
	load_as(0);
	assert_int_equal(inside_persons(in), 2);
	assert_row(0, 1, 2, NOW + 60);
	/* One gate: an officer did it, and it is no double. */
	assert_int_equal(inside_doubles(in, &d), 0);
	went(&a, 2, true, NOW + 180);
	load_as(0);
	assert_int_equal(inside_persons(in), 0);
}

static void test_what_has_no_number_is_counted_first_in_first_out(void **state)
{
	struct pass_subject s[3];

	(void)state;
	for (uint8_t i = 0; i < 3; i++) {
		s[i] = (struct pass_subject){.of = PASS_CODE, .day = DAY};
		s[i].booking.bytes[0] = (uint8_t)(i + 1);
		went(&s[i], 0, false, NOW + 60 * (i + 1));
	}
	went(&s[2], 1, true, NOW + 300);
	load_as(0);
	assert_int_equal(inside_persons(in), 2);
	assert_row(0, 0, 1, NOW + 120);
	assert_row(1, 0, 1, NOW + 180);
}

static void test_an_exit_without_an_entry_counts_nobody(void **state)
{
	struct pass_subject a = subject(1, 0), b = subject(2, 0),
			    staff = {.of = PASS_STAFF, .day = DAY};

	(void)state;
	staff.booking.bytes[5] = 9;
	went(&a, 0, true, NOW + 60);
	went(&staff, 0, true, NOW + 60);
	went(&b, 0, false, NOW + 120);
	load_as(0);
	assert_int_equal(inside_persons(in), 1);
}

static void test_other_gates_movements_come_by_the_feed(void **state)
{
	struct pass_subject a = subject(1, 0), b = subject(2, 1);
	struct code_hash a_in = pass_key(&a, 0), b_in = pass_key(&b, 0);

	(void)state;
	feed_move(&a_in, 18, 1, 1, NOW + 60, 0x80);
	feed_move(&b_in, 18, 1, 2, NOW + 70, 0x81);
	load_as(17);
	assert_int_equal(inside_persons(in), 3);
	went(&a, 1, true, NOW + 120);
	load_as(17);
	assert_int_equal(inside_persons(in), 2);
	assert_row(0, 2, 2, NOW + 70);
}

static void test_of_this_gate_only_the_journal_tells(void **state)
{
	struct pass_subject a = subject(1, 0), b = subject(2, 0);
	struct code_hash a_in = pass_key(&a, 0), b_in = pass_key(&b, 0);
	struct inside_double d;

	(void)state;
	went(&a, 0, false, NOW + 60);
	feed_move(&a_in, 17, 1, 1, NOW + 60, 0x80);
	/* The hub was asked, and then the power went. */
	feed_move(&b_in, 17, 1, 2, NOW + 70, 0x80);
	load_as(17);
	assert_int_equal(inside_persons(in), 1);
	assert_int_equal(inside_doubles(in, &d), 0);
}

static void test_one_movement_made_at_two_gates_is_a_double(void **state)
{
	struct pass_subject a = subject(7, 0);
	struct code_hash key = pass_key(&a, 0);
	struct inside_double d;

	(void)state;
	went(&a, 0, false, NOW + 300);
	feed_move(&key, 18, 1, 7, NOW + 120, 0x80);
	load_as(17);
	assert_int_equal(inside_persons(in), 1);
	assert_int_equal(inside_doubles(in, &d), 1);
	assert_int_equal(d.what.letter, 1);
	assert_int_equal(d.what.number, 7);
	assert_int_equal(d.what.here_s, NOW + 300);
	assert_int_equal(d.what.there_s, NOW + 120);
	assert_int_equal(d.device, 18);
	/* Also after one more person. */
	{
		struct pass_subject b = subject(8, 0);
		struct pass p = pass_of(&b, 0, false, NOW + 400);
		struct pass_move m = {.key = p.key,
		    .of = PASS_TICKET,
		    .letter = 1,
		    .number = 8,
		    .time_s = NOW + 400};

		assert_int_equal(inside_put(in, &m, &e), 0);
	}
	assert_int_equal(inside_doubles(in, &d), 1);
	assert_int_equal(inside_persons(in), 2);
}

static void test_what_was_told_under_an_earlier_number_is_no_double(
    void **state)
{
	struct pass_subject a = subject(7, 0);
	struct code_hash key = pass_key(&a, 0);
	struct inside_double d;

	(void)state;
	/* Enrolled again: the journal stayed, the feed knows it as 18's. */
	went(&a, 0, false, NOW + 60);
	feed_move(&key, 18, 1, 7, NOW + 60, 0x80);
	load_as(19);
	assert_int_equal(inside_doubles(in, &d), 0);
	assert_int_equal(inside_persons(in), 1);
}

static void test_a_code_used_at_two_gates_is_a_double_too(void **state)
{
	struct pass_subject a = {.of = PASS_CODE, .day = DAY};
	struct inside_double d;
	struct code_hash key;

	(void)state;
	a.booking.bytes[3] = 1;
	key = pass_key(&a, 0);
	went(&a, 0, false, NOW + 300);
	feed_move(&key, 18, 0, 0, NOW + 120, 0xa0);
	load_as(17);
	assert_int_equal(inside_doubles(in, &d), 1);
	assert_int_equal(d.what.letter, 0);
	assert_int_equal(d.what.here_s, NOW + 300);
	assert_int_equal(inside_persons(in), 1);
}

static void test_two_entries_in_a_row_at_two_gates_are_a_double(void **state)
{
	struct pass_subject a = subject(7, 0);
	struct code_hash second = pass_key(&a, 1);
	struct inside_double d;

	(void)state;
	went(&a, 0, false, NOW + 60);
	feed_move(&second, 18, 1, 7, NOW + 90, 0x80);
	load_as(17);
	assert_int_equal(inside_doubles(in, &d), 1);
	assert_int_equal(d.what.here_s, NOW + 60);
	assert_int_equal(d.what.there_s, NOW + 90);
	/* Both may be inside. */
	assert_int_equal(inside_persons(in), 2);
}

static void test_an_entry_after_an_exit_elsewhere_is_no_double(void **state)
{
	struct pass_subject a = subject(7, 0);
	struct code_hash out = pass_key(&a, 1), again = pass_key(&a, 2);
	struct inside_double d;

	(void)state;
	went(&a, 0, false, NOW + 60);
	feed_move(&out, 18, 1, 7, NOW + 90, 0xc0);
	feed_move(&again, 19, 1, 7, NOW + 120, 0x80);
	load_as(17);
	assert_int_equal(inside_doubles(in, &d), 0);
	assert_int_equal(inside_persons(in), 1);
}

static void test_two_other_gates_doubles_are_theirs(void **state)
{
	struct pass_subject a = subject(7, 0);
	struct code_hash one = pass_key(&a, 0), two = pass_key(&a, 1);
	struct inside_double d;

	(void)state;
	feed_move(&one, 18, 1, 7, NOW + 60, 0x80);
	feed_move(&two, 19, 1, 7, NOW + 90, 0x80);
	load_as(17);
	assert_int_equal(inside_doubles(in, &d), 0);
}

static void test_a_double_that_the_hub_tells_counts_once(void **state)
{
	struct inside_double told = {.what = {.letter = 1,
					 .number = 7,
					 .here_s = NOW + 300,
					 .there_s = NOW + 120},
	    .device = 18};
	struct pass_subject a = subject(7, 0);
	struct code_hash key = pass_key(&a, 0);
	struct inside_double d;

	(void)state;
	went(&a, 0, false, NOW + 300);
	load_as(17);
	inside_add_double(in, &told);
	inside_add_double(in, &told);
	assert_int_equal(inside_doubles(in, &d), 1);
	/* The feed says the same later. */
	feed_move(&key, 18, 1, 7, NOW + 120, 0x80);
	load_as(17);
	assert_int_equal(inside_doubles(in, &d), 1);
	/* A newer one is shown. */
	told.what.number = 8;
	told.what.here_s = NOW + 310;
	inside_add_double(in, &told);
	assert_int_equal(inside_doubles(in, &d), 2);
	assert_int_equal(d.what.number, 8);
	/* They are of the day. */
	assert_int_equal(
	    inside_load(in, stores.journal, stores.cache, DAY + 1, 17, &e), 0);
	assert_int_equal(inside_doubles(in, &d), 0);
}

static void test_a_day_of_many_is_counted_whole(void **state)
{
	struct pass_move m = {.of = PASS_TICKET};

	(void)state;
	load_as(0);
	/* 3,000 in, each third out again. */
	for (int i = 0; i < 3000; i++) {
		m.key.bytes[0] = (uint8_t)i;
		m.key.bytes[1] = (uint8_t)(i >> 8);
		m.key.bytes[2] = 0;
		m.letter = (uint8_t)(1 + i / 2000);
		m.number = (uint16_t)(1 + i % 2000);
		m.out = false;
		m.time_s = NOW + i;
		assert_int_equal(inside_put(in, &m, &e), 0);
		if (i % 3 != 0)
			continue;
		m.key.bytes[2] = 1;
		m.out = true;
		assert_int_equal(inside_put(in, &m, &e), 0);
	}
	assert_int_equal(inside_persons(in), 2000);
	assert_int_equal(rows(), 2000);
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HERE(test_nobody_is_inside_of_a_new_day),
	    HERE(test_who_went_in_is_counted_with_companions),
	    HERE(test_who_left_is_not_inside_and_may_be_again),
	    HERE(test_in_and_out_within_a_second_are_followed_in_order),
	    HERE(test_a_number_keyed_in_is_its_ticket),
	    HERE(test_a_helper_let_in_on_the_same_ticket_counts),
	    HERE(test_what_has_no_number_is_counted_first_in_first_out),
	    HERE(test_an_exit_without_an_entry_counts_nobody),
	    HERE(test_other_gates_movements_come_by_the_feed),
	    HERE(test_of_this_gate_only_the_journal_tells),
	    HERE(test_one_movement_made_at_two_gates_is_a_double),
	    HERE(test_what_was_told_under_an_earlier_number_is_no_double),
	    HERE(test_a_code_used_at_two_gates_is_a_double_too),
	    HERE(test_two_entries_in_a_row_at_two_gates_are_a_double),
	    HERE(test_an_entry_after_an_exit_elsewhere_is_no_double),
	    HERE(test_two_other_gates_doubles_are_theirs),
	    HERE(test_a_double_that_the_hub_tells_counts_once),
	    HERE(test_a_day_of_many_is_counted_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
