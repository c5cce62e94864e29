/* What staff decide at a gate: short codes, overrides, lost tickets. */
#include "test_gate_session.h"

static void refused_as(unsigned fx, enum gate_verdict v)
{
	assert_int_equal(s.state, GATE_SHOWN);
	assert_int_equal(s.verdict, v);
	assert_true(fx & GATE_EFFECT_REFUSE);
	assert_int_equal(fx & GATE_EFFECT_OPEN, 0);
}

static void test_a_short_code_that_fits_shows_its_number_to_compare(
    void **state)
{
	char code[SHORT_CODE_SYMBOLS + 1];

	(void)state;
	short_of(1, 17, code);
	assert_int_equal(enter_short(code), GATE_EFFECT_SHOW);
	assert_int_equal(s.state, GATE_COMPARE);
	assert_int_equal(s.ticket.letter, 1);
	assert_int_equal(s.ticket.number, 17);
	assert_true(is_zero(s.typed, sizeof(s.typed)));
}

static void test_only_the_same_number_on_paper_passes(void **state)
{
	char code[SHORT_CODE_SYMBOLS + 1];

	(void)state;
	short_of(1, 17, code);
	enter_short(code);
	assert_int_equal(press(GATE_PRESS_ENTER), 0);
	assert_true(press(GATE_PRESS_SAME) & GATE_EFFECT_LOOK);
	assert_int_equal(s.subject.of, PASS_LABEL);
	assert_true(answer("") & GATE_EFFECT_PASS);
	assert_true(pass_it() & GATE_EFFECT_OPEN);
	enter_short(code);
	refused_as(press(GATE_PRESS_DIFFERS), GATE_SHORT);
	assert_int_equal(s.subject.of, PASS_UNSET);
	assert_int_equal(s.ticket.letter, 0);
	enter_short(code);
	press(GATE_PRESS_BACK);
	assert_int_equal(s.state, GATE_READY);
	enter_short(code);
	tick_after(29999);
	assert_int_equal(s.state, GATE_COMPARE);
	tick_after(1);
	assert_int_equal(s.state, GATE_READY);
}

/* A dead QR must not cost its holder the children beside him, nor hide them
 * from whoever reads the list of an evacuation. */
static void test_the_companions_on_paper_come_in_on_its_short_code(void **state)
{
	char code[SHORT_CODE_SYMBOLS + 1];

	(void)state;
	short_of(1, 17, code);
	enter_short(code);
	for (int n = 1; n <= 8; n++) {
		assert_int_equal(press(GATE_PRESS_COMPANION), GATE_EFFECT_SHOW);
		assert_int_equal(s.state, GATE_COMPARE);
		/* Seven at most; then none again. */
		assert_int_equal(s.subject.companions, n % 8);
	}
	press(GATE_PRESS_COMPANION);
	press(GATE_PRESS_COMPANION);
	press(GATE_PRESS_SAME);
	assert_true(answer("") & GATE_EFFECT_PASS);
	assert_int_equal(s.pass.subject.companions, 2);
	pass_it();
	assert_int_equal(s.verdict, GATE_OPEN);
	assert_int_equal(s.last[0].companions, 2);
	/* The next one begins with none. */
	short_of(1, 18, code);
	enter_short(code);
	assert_int_equal(s.subject.companions, 0);
	/* Only there: no other screen takes it so. */
	press(GATE_PRESS_BACK);
	assert_int_equal(press(GATE_PRESS_COMPANION), 0);
	assert_int_equal(s.subject.companions, 0);
}

/* The history of a number holds its ticket's movements. */
static void test_a_short_code_is_used_together_with_its_ticket(void **state)
{
	char code[SHORT_CODE_SYMBOLS + 1];

	(void)state;
	short_of(1, 17, code);
	enter_short(code);
	press(GATE_PRESS_SAME);
	refused_as(answer("i"), GATE_USED);
}

static void test_a_slip_of_the_finger_stays_on_the_keypad(void **state)
{
	unsigned fx;

	(void)state;
	fx = enter_short("0000000ZY"); /* 31 checks as Z */
	assert_int_equal(fx & GATE_EFFECT_REFUSE, 0);
	assert_int_equal(s.state, GATE_KEYPAD);
	assert_true(s.typed_wrong);
	assert_string_equal(s.typed, "0000000ZY");
	struct gate_event ev = event(GATE_EV_ERASE);
	step(&ev);
	assert_false(s.typed_wrong);
	assert_string_equal(s.typed, "0000000Z");
	for (int i = 0; i < 20; i++)
		enter_short("0000000ZY");
	assert_true(s.typed_wrong); /* never counted as a guess */
}

static void test_the_keypad_takes_nine_symbols_and_waits_for_enter(void **state)
{
	(void)state;
	press(GATE_PRESS_TYPE);
	type("u!-oIl");
	assert_string_equal(s.typed, "011");
	press(GATE_PRESS_ENTER);
	assert_int_equal(s.state, GATE_KEYPAD);
	type("2345678");
	assert_string_equal(s.typed, "011234567");
	assert_int_equal(s.state, GATE_KEYPAD);
}

static void test_a_guess_is_refused_and_after_ten_comes_a_pause(void **state)
{
	char wrong[SHORT_CODE_SYMBOLS + 1], right[SHORT_CODE_SYMBOLS + 1];

	(void)state;
	wrong_short(wrong);
	short_of(1, 17, right);
	for (int i = 0; i < 10; i++) {
		refused_as(enter_short(wrong), GATE_SHORT);
		assert_true(is_zero(s.typed, sizeof(s.typed)));
		mono += 1000;
	}
	refused_as(enter_short(right), GATE_SHORT_WAIT);
	assert_int_equal(s.pause_ms, mono + 50000);
	scan_good(); /* tickets go on */
	answer("");
	assert_true(pass_it() & GATE_EFFECT_OPEN);
	mono += 49999;
	refused_as(enter_short(right), GATE_SHORT_WAIT);
	mono += 1;
	enter_short(right);
	assert_int_equal(s.state, GATE_COMPARE);
}

static void test_without_the_secret_no_short_code_is_keyed_in(void **state)
{
	(void)state;
	gate.gate.has_secret = false;
	assert_int_equal(press(GATE_PRESS_TYPE), 0);
	assert_int_equal(s.state, GATE_READY);
}

static void test_an_idle_keypad_is_wiped_after_30_s(void **state)
{
	(void)state;
	press(GATE_PRESS_TYPE);
	type("1");
	tick_after(29999);
	type("0");
	tick_after(29999);
	assert_string_equal(s.typed, "10");
	tick_after(1);
	assert_int_equal(s.state, GATE_READY);
	assert_string_equal(s.typed, "");
}

static void test_a_badge_alone_lets_somebody_in_who_shows_nothing(void **state)
{
	static const uint8_t random[CODE_HASH_BYTES] = {0x77, 0x77, 0x77, 0x77,
	    0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77,
	    0x77};

	(void)state;
	assert_int_equal(badge("Rahmat"), GATE_EFFECT_SHOW);
	assert_int_equal(s.state, GATE_OFFICER);
	assert_string_equal(s.officer, "Rahmat");
	assert_true(press(GATE_PRESS_EMERGENCY) & GATE_EFFECT_PASS);
	assert_int_equal(s.pass.subject.of, PASS_STAFF);
	assert_int_equal(s.pass.subject.day, DAY);
	assert_memory_equal(s.pass.subject.booking.bytes, random,
	    sizeof(random));
	assert_string_equal(s.pass.officer, "Rahmat");
	assert_int_equal(s.pass.reason, PASS_REASON_EMERGENCY);
	assert_int_equal(s.pass.overruled, GATE_UNSET);
	assert_true(pass_it() & GATE_EFFECT_OPEN);
	assert_true(s.overridden);
	assert_int_equal(s.verdict, GATE_OPEN);
}

static void test_each_reason_has_its_press(void **state)
{
	static const struct {
		enum gate_press press;
		enum pass_reason reason;
	} cases[] = {{GATE_PRESS_UNREADABLE, PASS_REASON_UNREADABLE},
	    {GATE_PRESS_COMPANION, PASS_REASON_COMPANION},
	    {GATE_PRESS_EMERGENCY, PASS_REASON_EMERGENCY},
	    {GATE_PRESS_ORDER, PASS_REASON_ORDER}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		badge("Rahmat");
		press(cases[i].press);
		assert_int_equal(s.pass.reason, cases[i].reason);
		pass_it();
	}
}

static void test_no_reason_opens_without_a_badge(void **state)
{
	static const enum gate_press all[] = {GATE_PRESS_UNREADABLE,
	    GATE_PRESS_COMPANION, GATE_PRESS_EMERGENCY, GATE_PRESS_ORDER,
	    GATE_PRESS_LOST, GATE_PRESS_SAME};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		assert_int_equal(press(all[i]), 0);
		scan_forged();
		assert_int_equal(press(all[i]), 0);
		press(GATE_PRESS_BACK);
	}
}

static void test_a_used_ticket_is_let_in_as_its_next_movement(void **state)
{
	(void)state;
	scan_good();
	refused_as(answer("i"), GATE_USED);
	badge("Rahmat");
	assert_int_equal(s.verdict, GATE_USED);
	assert_true(press(GATE_PRESS_COMPANION) & GATE_EFFECT_LOOK);
	assert_true(answer("i") & GATE_EFFECT_PASS);
	assert_int_equal(s.pass.subject.of, PASS_TICKET);
	assert_int_equal(s.pass.subject.seq, 0xabcdef);
	assert_int_equal(s.pass.move, 1);
	assert_int_equal(s.pass.overruled, GATE_USED);
	assert_true(pass_it() & GATE_EFFECT_OPEN);
}

/* One more person, not the ticket's three once more. */
static void test_who_is_let_in_again_counts_as_one_person(void **state)
{
	(void)state;
	scan_good();
	answer("i");
	badge("Rahmat");
	press(GATE_PRESS_COMPANION);
	answer("i");
	assert_int_equal(s.pass.subject.companions, 0);
	pass_it();
	assert_int_equal(s.last[0].companions, 0);
	scan_good();
	refused_as(answer("io"), GATE_USED);
	badge("Rahmat");
	press(GATE_PRESS_ORDER);
	answer("io");
	assert_int_equal(s.pass.subject.companions, 2);
}

/* The hub said that the first movement was made elsewhere; no history here
 * knows of it yet. */
static void test_the_hubs_used_counts_as_a_movement_when_overruled(void **state)
{
	struct gate_event ev;

	(void)state;
	scan_good();
	answer("");
	ev = event(GATE_EV_NOT_PASSED);
	ev.verdict = GATE_USED;
	ev.by.time_s = NINE - 60;
	step(&ev);
	badge("Rahmat");
	press(GATE_PRESS_ORDER);
	answer("");
	assert_int_equal(s.pass.move, 1);
}

static void test_early_late_and_standby_are_overruled_under_their_number(
    void **state)
{
	static const struct {
		uint16_t slot_min;
		uint8_t type;
		enum gate_verdict want;
	} cases[] = {{600, TICKET_QUEUE, GATE_WAIT},
	    {400, TICKET_QUEUE, GATE_OVER},
	    {540, TICKET_STANDBY, GATE_WAIT_STANDBY}};
	struct ticket t = good();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		t.slot_min = cases[i].slot_min;
		t.type = cases[i].type;
		refused_as(scan_ticket(&t), cases[i].want);
		badge("Rahmat");
		assert_true(press(GATE_PRESS_ORDER) & GATE_EFFECT_LOOK);
		assert_true(answer("") & GATE_EFFECT_PASS);
		assert_int_equal(s.pass.subject.of, PASS_TICKET);
		assert_int_equal(s.pass.overruled, cases[i].want);
		assert_true(pass_it() & GATE_EFFECT_OPEN);
	}
}

static void staff_for(enum gate_verdict v)
{
	assert_int_equal(s.verdict, v);
	badge("Rahmat");
	assert_true(press(GATE_PRESS_ORDER) & GATE_EFFECT_PASS);
	assert_int_equal(s.pass.subject.of, PASS_STAFF);
	assert_int_equal(s.pass.subject.seq, 0);
	assert_int_equal(s.pass.subject.letter, 0);
	assert_int_equal(s.pass.subject.day, DAY);
	assert_int_equal(s.pass.overruled, v);
	assert_int_equal(s.ticket.letter, 0);
	pass_it();
}

static void test_what_is_forged_is_overruled_as_nobodys(void **state)
{
	struct ticket t = good();
	char wrong[SHORT_CODE_SYMBOLS + 1];

	(void)state;
	scan_forged();
	staff_for(GATE_SIGNATURE);
	scan("x");
	staff_for(GATE_FORM);
	t.key_id = 7;
	scan_ticket(&t);
	staff_for(GATE_KEY);
	roster.item[0].revoked = true;
	scan_good();
	staff_for(GATE_KEY_REVOKED);
	roster.item[0].revoked = false;
	roster.item[0].until_day = DAY - 1;
	scan_good();
	staff_for(GATE_KEY_DATE);
	wrong_short(wrong);
	enter_short(wrong);
	staff_for(GATE_SHORT);
}

/* Its key would be one of another day's list. */
static void test_another_days_ticket_is_overruled_as_nobodys(void **state)
{
	struct ticket t = good();

	(void)state;
	t.day = DAY - 1;
	scan_ticket(&t);
	staff_for(GATE_OTHER_DAY);
}

static void test_a_refused_code_is_overruled_under_its_hash(void **state)
{
	struct gate_event ev;

	(void)state;
	scan(code_text);
	ev = booked("");
	ev.known.facts.booking.status = BOOKING_BLOCKED;
	refused_as(step(&ev), GATE_CODE);
	badge("Rahmat");
	press(GATE_PRESS_ORDER);
	assert_true(step(&ev) & GATE_EFFECT_PASS);
	assert_int_equal(s.pass.subject.of, PASS_CODE);
	assert_memory_equal(&s.pass.subject.booking, &s.code_hash,
	    sizeof(s.code_hash));
}

static void test_an_override_never_opens_with_a_storage_fault(void **state)
{
	struct gate_event ev = event(GATE_EV_KNOWN);

	(void)state;
	badge("Rahmat");
	press(GATE_PRESS_EMERGENCY);
	refused_as(not_passed(GATE_STORAGE), GATE_STORAGE);
	scan_good();
	answer("i");
	badge("Rahmat");
	press(GATE_PRESS_ORDER);
	refused_as(step(&ev), GATE_STORAGE);
}

static void test_an_override_after_64_movements_is_nobodys(void **state)
{
	struct gate_event ev;

	(void)state;
	scan_good();
	ev = known("");
	ev.known.history.n = PASS_MOVES;
	refused_as(step(&ev), GATE_USED);
	badge("Rahmat");
	press(GATE_PRESS_ORDER);
	assert_true(step(&ev) & GATE_EFFECT_PASS);
	assert_int_equal(s.pass.subject.of, PASS_STAFF);
	assert_int_equal(s.pass.move, 0);
}

static void test_without_a_random_hash_nobody_is_let_in(void **state)
{
	struct gate_event ev;

	(void)state;
	badge("Rahmat");
	ev = event(GATE_EV_PRESS);
	ev.press = GATE_PRESS_ORDER;
	memset(&ev.random, 0, sizeof(ev.random));
	refused_as(step(&ev), GATE_STORAGE);
}

static void test_a_badge_that_nobody_follows_up_is_forgotten_after_20_s(
    void **state)
{
	(void)state;
	badge("Rahmat");
	tick_after(19999);
	assert_int_equal(s.state, GATE_OFFICER);
	tick_after(1);
	assert_int_equal(s.state, GATE_READY);
	assert_string_equal(s.officer, "");
}

static void test_a_badge_while_open_is_shown_is_for_the_next_person(
    void **state)
{
	(void)state;
	scan_good();
	answer("");
	pass_it();
	badge("Rahmat");
	assert_int_equal(s.verdict, GATE_UNSET);
	press(GATE_PRESS_COMPANION);
	assert_int_equal(s.pass.subject.of, PASS_STAFF);
}

static void test_a_second_badge_takes_over(void **state)
{
	(void)state;
	scan_good();
	answer("i");
	badge("Rahmat");
	badge("Sri");
	press(GATE_PRESS_ORDER);
	answer("i");
	assert_string_equal(s.pass.officer, "Sri");
	assert_int_equal(s.pass.subject.of, PASS_TICKET);
	assert_int_equal(s.pass.overruled, GATE_USED);
}

static void test_an_officer_chooses_the_way(void **state)
{
	(void)state;
	scan_good();
	refused_as(answer("i"), GATE_USED);
	badge("Rahmat");
	press(GATE_PRESS_WAY_OUT);
	assert_int_equal(s.state, GATE_OFFICER);
	press(GATE_PRESS_ORDER);
	answer("i");
	assert_true(s.pass.out);
	assert_int_equal(s.pass.subject.companions, 2);
	pass_it();
	assert_int_equal(s.verdict, GATE_OPEN_OUT);
}

static void test_a_lost_ticket_goes_out_by_its_number(void **state)
{
	(void)state;
	badge("Rahmat");
	press(GATE_PRESS_LOST);
	assert_int_equal(s.state, GATE_LOST);
	type("a-017");
	assert_string_equal(s.typed, "A017");
	assert_true(press(GATE_PRESS_ENTER) & GATE_EFFECT_LOOK);
	assert_true(answer("i") & GATE_EFFECT_PASS);
	assert_int_equal(s.pass.subject.of, PASS_LABEL);
	assert_int_equal(s.pass.subject.letter, 1);
	assert_int_equal(s.pass.subject.number, 17);
	assert_true(s.pass.out);
	assert_int_equal(s.pass.reason, PASS_REASON_LOST);
	assert_string_equal(s.pass.officer, "Rahmat");
	assert_int_equal(s.pass.overruled, GATE_UNSET);
	assert_int_equal(s.pass.move, 1);
	assert_true(pass_it() & GATE_EFFECT_OPEN);
	assert_int_equal(s.verdict, GATE_OPEN_OUT);
}

static void test_a_lost_ticket_of_nobody_inside_says_so_in_the_record(
    void **state)
{
	(void)state;
	badge("Rahmat");
	press(GATE_PRESS_LOST);
	type("B2047");
	press(GATE_PRESS_ENTER);
	answer("");
	assert_int_equal(s.pass.overruled, GATE_NOT_INSIDE);
	assert_int_equal(s.pass.subject.number, 2047);
}

static void test_a_lost_ticket_goes_out_at_a_gate_for_the_way_in_too(
    void **state)
{
	(void)state;
	gate.gate.way = WAY_IN;
	badge("Rahmat");
	press(GATE_PRESS_LOST);
	type("A17");
	press(GATE_PRESS_ENTER);
	answer("i");
	assert_true(pass_it() & GATE_EFFECT_OPEN);
	assert_int_equal(s.verdict, GATE_OPEN_OUT);
	assert_false(s.out); /* the next one goes in */
}

static void test_a_number_that_no_ticket_bears_is_not_taken(void **state)
{
	static const char *const bad[] = {"A", "A0", "A2048", "A9999", ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		badge("Rahmat");
		press(GATE_PRESS_LOST);
		type(bad[i]);
		assert_int_equal(press(GATE_PRESS_ENTER), GATE_EFFECT_SHOW);
		assert_int_equal(s.state, GATE_LOST);
		assert_true(s.typed_wrong);
		press(GATE_PRESS_BACK);
		assert_int_equal(s.state, GATE_READY);
	}
	badge("Rahmat");
	press(GATE_PRESS_LOST);
	type("1 7A"); /* a letter first */
	assert_string_equal(s.typed, "A");
	type("12345");
	assert_string_equal(s.typed, "A1234");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_short_code_that_fits_shows_its_number_to_compare),
	    T(test_the_companions_on_paper_come_in_on_its_short_code),
	    T(test_only_the_same_number_on_paper_passes),
	    T(test_a_short_code_is_used_together_with_its_ticket),
	    T(test_a_slip_of_the_finger_stays_on_the_keypad),
	    T(test_the_keypad_takes_nine_symbols_and_waits_for_enter),
	    T(test_a_guess_is_refused_and_after_ten_comes_a_pause),
	    T(test_without_the_secret_no_short_code_is_keyed_in),
	    T(test_an_idle_keypad_is_wiped_after_30_s),
	    T(test_a_badge_alone_lets_somebody_in_who_shows_nothing),
	    T(test_each_reason_has_its_press),
	    T(test_no_reason_opens_without_a_badge),
	    T(test_a_used_ticket_is_let_in_as_its_next_movement),
	    T(test_who_is_let_in_again_counts_as_one_person),
	    T(test_the_hubs_used_counts_as_a_movement_when_overruled),
	    T(test_early_late_and_standby_are_overruled_under_their_number),
	    T(test_what_is_forged_is_overruled_as_nobodys),
	    T(test_another_days_ticket_is_overruled_as_nobodys),
	    T(test_a_refused_code_is_overruled_under_its_hash),
	    T(test_an_override_never_opens_with_a_storage_fault),
	    T(test_an_override_after_64_movements_is_nobodys),
	    T(test_without_a_random_hash_nobody_is_let_in),
	    T(test_a_badge_that_nobody_follows_up_is_forgotten_after_20_s),
	    T(test_a_badge_while_open_is_shown_is_for_the_next_person),
	    T(test_a_second_badge_takes_over),
	    T(test_an_officer_chooses_the_way),
	    T(test_a_lost_ticket_goes_out_by_its_number),
	    T(test_a_lost_ticket_of_nobody_inside_says_so_in_the_record),
	    T(test_a_lost_ticket_goes_out_at_a_gate_for_the_way_in_too),
	    T(test_a_number_that_no_ticket_bears_is_not_taken),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
