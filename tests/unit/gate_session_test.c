/* The gate's session, a sentence at a time. */
#include "test_gate_session.h"

enum {
	SOUNDS = GATE_EFFECT_SOUND_YES | GATE_EFFECT_SOUND_WAIT |
	    GATE_EFFECT_SOUND_NO
};

static void refused_as(unsigned fx, enum gate_verdict v)
{
	assert_int_equal(s.state, GATE_SHOWN);
	assert_int_equal(s.verdict, v);
	assert_true(fx & GATE_EFFECT_REFUSE);
	assert_int_equal(fx & GATE_EFFECT_OPEN, 0);
}

static void test_a_good_ticket_is_looked_up_then_passed_then_opened(
    void **state)
{
	unsigned fx;

	(void)state;
	fx = scan_good();
	assert_int_equal(fx, GATE_EFFECT_SHOW | GATE_EFFECT_LOOK);
	assert_int_equal(s.subject.of, PASS_TICKET);
	assert_int_equal(s.subject.seq, 0xabcdef);
	fx = answer("");
	assert_int_equal(fx, GATE_EFFECT_SHOW | GATE_EFFECT_PASS);
	fx = pass_it();
	assert_int_equal(fx,
	    GATE_EFFECT_SHOW | GATE_EFFECT_OPEN | GATE_EFFECT_SOUND_YES);
	assert_int_equal(s.state, GATE_SHOWN);
	assert_int_equal(s.verdict, GATE_OPEN);
	assert_int_equal(s.ticket.companions, 2);
	assert_false(s.overridden);
	tick_after(3999);
	assert_int_equal(s.state, GATE_SHOWN);
	tick_after(1);
	assert_int_equal(s.state, GATE_READY);
}

/* The key and op id of ticket_0 are of pass.txt for device 17, epoch 1. */
static void test_a_pass_has_the_key_and_op_id_of_its_movement(void **state)
{
	struct ticket t = good();
	uint8_t want[16];

	(void)state;
	gate.epoch = 1;
	scan_ticket(&t);
	answer("");
	vector_hex("pass", "ticket_0", want, 16);
	assert_memory_equal(s.pass.key.bytes, want, 16);
	vector_hex("pass", "op_hub", want, 16);
	assert_memory_equal(s.pass.op_id.bytes, want, 16);
	assert_int_equal(s.pass.move, 0);
	assert_int_equal(s.pass.time_s, NINE);
	assert_string_equal(s.pass.officer, "");
}

/* Two gates' clocks differ, or one was set: movements of one ticket stay in
 * their order all the same. */
static void test_a_movement_is_later_than_the_one_before(void **state)
{
	static const struct {
		int64_t before_s, want_s;
	} cases[] = {{NINE - 1, NINE}, {NINE, NINE + 1}, {NINE + 90, NINE + 91},
	    {NINE + 3599, NINE + 3600},
	    /* A clock that is wrong by an hour is not followed. */
	    {NINE + 3600, NINE}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct gate_event ev = event(GATE_EV_KNOWN);
		struct pass_move m = went(1, cases[i].before_s, false);

		(void)set_up(state);
		ev.known.storage_ok = true;
		assert_true(pass_history_add(&ev.known.history, &m));
		(void)press(GATE_PRESS_WAY_OUT);
		(void)scan_good();
		assert_true((step(&ev) & GATE_EFFECT_PASS) != 0);
		assert_int_equal(s.pass.time_s, cases[i].want_s);
	}
}

static void test_what_is_not_durable_does_not_open(void **state)
{
	struct gate_event ev;

	(void)state;
	scan_good();
	answer("");
	ev = passed();
	ev.pass.n = 0;
	refused_as(step(&ev), GATE_STORAGE);
	assert_false(s.storage_ok);
}

static void test_another_movements_answer_changes_nothing(void **state)
{
	struct gate_event ev;

	(void)state;
	scan_good();
	answer("");
	ev = passed();
	ev.pass.op_id.bytes[15] ^= 1;
	assert_int_equal(step(&ev), 0);
	assert_int_equal(s.state, GATE_ENTERING);
	assert_true(pass_it() & GATE_EFFECT_OPEN);
}

static void test_a_disk_that_fails_is_shown_at_once(void **state)
{
	struct gate_event ev = event(GATE_EV_KNOWN);

	(void)state;
	scan_good();
	refused_as(step(&ev), GATE_STORAGE); /* cleared: not storage_ok */
	assert_false(s.storage_ok);
	scan_good();
	answer("");
	assert_true(s.storage_ok);
	refused_as(not_passed(GATE_STORAGE), GATE_STORAGE);
	scan_good();
	answer("");
	refused_as(not_passed(GATE_OPEN), GATE_STORAGE); /* no such answer */
	assert_false(s.storage_ok);
	scan_good();
	answer("");
	pass_it();
	assert_true(s.storage_ok);
}

static void test_an_answer_that_does_not_come_is_a_storage_fault(void **state)
{
	(void)state;
	scan_good();
	tick_after(2999);
	assert_int_equal(s.state, GATE_LOOKING);
	refused_as(tick_after(1), GATE_STORAGE);
	scan_good();
	answer("");
	tick_after(2999);
	assert_int_equal(s.state, GATE_ENTERING);
	refused_as(tick_after(1), GATE_STORAGE);
}

static void test_a_late_answer_opens_nothing(void **state)
{
	struct gate_event late;

	(void)state;
	scan_good();
	answer("");
	late = passed();
	tick_after(3000);
	assert_int_equal(step(&late), 0);
	assert_int_equal(s.verdict, GATE_STORAGE);
}

static void test_a_copy_is_told_when_and_where_the_first_went_in(void **state)
{
	struct gate_event ev;

	(void)state;
	scan_good();
	ev = known("i");
	ev.known.history.item[0].device = GATE_DEVICE;
	refused_as(step(&ev), GATE_USED);
	assert_int_equal(s.used_s, NINE - 3600);
	assert_int_equal(s.by.device, GATE_DEVICE);
	assert_string_equal(s.by.terminal, "gate-1");
	scan_good();
	refused_as(answer("i"), GATE_USED);
	assert_int_equal(s.by.device, 0); /* here */
	assert_string_equal(s.by.terminal, "");
}

static void test_used_by_the_hubs_word_is_told_too(void **state)
{
	struct gate_event ev;

	(void)state;
	scan_good();
	answer("");
	ev = event(GATE_EV_NOT_PASSED);
	ev.verdict = GATE_USED;
	ev.by.device = 18;
	ev.by.time_s = NINE - 60;
	memset(ev.by.terminal, 'x', sizeof(ev.by.terminal));
	refused_as(step(&ev), GATE_USED);
	assert_int_equal(s.used_s, NINE - 60);
	assert_int_equal(strlen(s.by.terminal), CLAIM_NAME - 1);
}

static void test_a_forged_ticket_leaves_no_number(void **state)
{
	unsigned fx;

	(void)state;
	fx = scan_forged();
	refused_as(fx, GATE_SIGNATURE);
	assert_int_equal(fx & SOUNDS, GATE_EFFECT_SOUND_NO);
	assert_int_equal(fx & GATE_EFFECT_LOOK, 0);
	assert_int_equal(s.ticket.letter, 0);
	assert_int_equal(s.subject.of, PASS_UNSET);
	assert_int_equal(s.last[0].letter, 0);
	assert_int_equal(s.last[0].verdict, GATE_SIGNATURE);
}

static void test_what_is_no_ticket_is_refused_by_form(void **state)
{
	(void)state;
	refused_as(scan("https://example.org/"), GATE_FORM);
	refused_as(scan(""), GATE_FORM);
	refused_as(scan("'; DROP TABLE entry;"), GATE_FORM);
}

static void test_a_ticket_of_another_day_shows_its_number(void **state)
{
	struct ticket t = good();

	(void)state;
	t.day = DAY - 1;
	refused_as(scan_ticket(&t), GATE_OTHER_DAY);
	assert_int_equal(s.ticket.number, 17);
	assert_int_equal(s.subject.of, PASS_TICKET);
}

static void test_too_early_waits_with_its_time_and_its_sound(void **state)
{
	struct ticket t = good();
	unsigned fx;

	(void)state;
	t.slot_min = 600;
	fx = scan_ticket(&t);
	refused_as(fx, GATE_WAIT);
	assert_int_equal(s.from_min, 570);
	assert_int_equal(fx & SOUNDS, GATE_EFFECT_SOUND_WAIT);
	t.type = TICKET_STANDBY;
	t.slot_min = 540;
	fx = scan_ticket(&t);
	refused_as(fx, GATE_WAIT_STANDBY);
	assert_int_equal(fx & SOUNDS, GATE_EFFECT_SOUND_WAIT);
}

static void test_an_isolated_gate_sends_to_the_home_gate(void **state)
{
	struct gate_event ev;

	(void)state;
	scan_good();
	ev = known("");
	ev.known.elsewhere = true;
	memset(ev.known.home, 'g', sizeof(ev.known.home));
	refused_as(step(&ev), GATE_OTHER_GATE);
	assert_int_equal(strlen(s.home), CHECKIN_TERMINAL - 1);
}

static void test_a_scan_counts_while_something_is_shown_and_ends_it(
    void **state)
{
	char code[SHORT_CODE_SYMBOLS + 1];

	(void)state;
	scan_forged();
	assert_true(scan_good() & GATE_EFFECT_LOOK);
	answer("");
	pass_it();
	assert_true(scan_good() & GATE_EFFECT_LOOK);
	answer("i");
	press(GATE_PRESS_TYPE);
	type("1");
	assert_true(scan_good() & GATE_EFFECT_LOOK);
	assert_string_equal(s.typed, "");
	answer("i");
	short_of(1, 17, code);
	enter_short(code);
	assert_int_equal(s.state, GATE_COMPARE);
	assert_true(scan_good() & GATE_EFFECT_LOOK);
	answer("i");
	badge("Rahmat");
	assert_true(scan_good() & GATE_EFFECT_LOOK);
	assert_string_equal(s.officer, "");
	answer("i");
	badge("Rahmat");
	press(GATE_PRESS_LOST);
	assert_true(scan_good() & GATE_EFFECT_LOOK);
	answer("i");
	press(GATE_PRESS_LIST);
	assert_true(scan_good() & GATE_EFFECT_LOOK);
}

static void test_a_scan_waits_while_an_answer_is_awaited(void **state)
{
	struct gate_session before;

	(void)state;
	scan_good();
	before = s;
	assert_int_equal(scan_forged(), 0);
	assert_int_equal(badge("Rahmat"), 0);
	assert_memory_equal(&s, &before, sizeof(s));
	answer("");
	before = s;
	assert_int_equal(scan_forged(), 0);
	assert_int_equal(badge("Rahmat"), 0);
	assert_memory_equal(&s, &before, sizeof(s));
}

static void test_the_last_three_verdicts_stay(void **state)
{
	(void)state;
	scan_good();
	answer("");
	pass_it();
	scan_forged();
	scan("x");
	assert_int_equal(s.last[0].verdict, GATE_FORM);
	assert_int_equal(s.last[1].verdict, GATE_SIGNATURE);
	assert_int_equal(s.last[2].verdict, GATE_OPEN);
	assert_int_equal(s.last[2].number, 17);
	assert_int_equal(s.last[2].companions, 2);
	assert_int_equal(s.last[2].time_s, NINE);
	scan_good();
	refused_as(answer("i"), GATE_USED);
	assert_int_equal(s.last[0].number, 17);
	assert_int_equal(s.last[2].verdict, GATE_SIGNATURE);
}

static void test_out_is_for_one_pass(void **state)
{
	(void)state;
	press(GATE_PRESS_WAY_OUT);
	assert_true(s.out);
	scan_good();
	answer("i");
	assert_true(s.pass.out);
	assert_int_equal(s.pass.move, 1);
	assert_true(pass_it() & GATE_EFFECT_OPEN);
	assert_int_equal(s.verdict, GATE_OPEN_OUT);
	assert_false(s.out);
	scan_good();
	refused_as(answer("io"), GATE_USED);
}

static void test_out_falls_back_to_in_after_10_s(void **state)
{
	(void)state;
	press(GATE_PRESS_WAY_OUT);
	tick_after(9999);
	assert_true(s.out);
	tick_after(1);
	assert_false(s.out);
	assert_int_equal(s.deadline_ms, INT64_MAX);
	press(GATE_PRESS_WAY_OUT);
	press(GATE_PRESS_WAY_IN);
	assert_false(s.out);
	press(GATE_PRESS_WAY_OUT);
	mono += 10000; /* and a scan before any tick */
	scan_good();
	assert_false(s.out);
}

static void test_out_stays_asked_for_through_a_refusal(void **state)
{
	(void)state;
	press(GATE_PRESS_WAY_OUT);
	scan_good();
	refused_as(answer(""), GATE_NOT_INSIDE);
	assert_true(s.out);
	tick_after(4000);
	assert_int_equal(s.state, GATE_READY);
	assert_true(s.out);
	tick_after(6000);
	assert_false(s.out);
}

static void test_a_gate_of_one_way_has_no_other(void **state)
{
	(void)state;
	gate.gate.way = WAY_IN;
	press(GATE_PRESS_WAY_OUT);
	assert_false(s.out);
	assert_int_equal(s.deadline_ms, INT64_MAX);
	gate.gate.way = WAY_OUT;
	gate_session_init(&s, &gate);
	assert_true(s.out);
	press(GATE_PRESS_WAY_IN);
	assert_true(s.out);
	scan_good();
	assert_true(answer("i") & GATE_EFFECT_PASS);
	assert_true(s.pass.out);
	pass_it();
	tick_after(4000);
	assert_true(s.out);
	scan_good();
	refused_as(answer(""), GATE_NOT_INSIDE);
}

static void test_re_entry_is_where_the_office_allows_it(void **state)
{
	(void)state;
	scan_good();
	refused_as(answer("io"), GATE_USED);
	gate.gate.reentry = true;
	scan_good();
	assert_true(answer("io") & GATE_EFFECT_PASS);
	assert_int_equal(s.pass.move, 2);
	assert_false(s.pass.out);
}

/* Slot 08.00, good for 30 minutes: over at nine. */
static void test_time_does_not_keep_anybody_inside(void **state)
{
	struct ticket t = good();

	(void)state;
	t.slot_min = 480;
	t.window_min = 30;
	press(GATE_PRESS_WAY_OUT);
	assert_true(scan_ticket(&t) & GATE_EFFECT_LOOK);
	assert_true(answer("i") & GATE_EFFECT_PASS);
	pass_it();
	assert_int_equal(s.verdict, GATE_OPEN_OUT);
	refused_as(scan_ticket(&t), GATE_OVER); /* on the way in */
}

static void test_time_binds_re_entry_only_of_who_never_was_inside(void **state)
{
	struct ticket t = good();

	(void)state;
	gate.gate.reentry = true;
	t.slot_min = 480;
	t.window_min = 30;
	assert_true(scan_ticket(&t) & GATE_EFFECT_LOOK);
	refused_as(answer(""), GATE_OVER);
	scan_ticket(&t);
	assert_true(answer("io") & GATE_EFFECT_PASS);
	pass_it();
	scan_ticket(&t);
	refused_as(answer("ioi"), GATE_USED);
	t.slot_min = 600;
	scan_ticket(&t);
	refused_as(answer(""), GATE_WAIT);
	assert_int_equal(s.from_min, 570);
}

static void test_midnight_between_question_and_answer_refuses(void **state)
{
	struct gate_event ev;

	(void)state;
	scan_good();
	ev = known("");
	ev.now_s = NINE + 15 * 3600;
	refused_as(step(&ev), GATE_OTHER_DAY);
}

static void test_a_booking_code_opens_by_the_kiosks_decision(void **state)
{
	struct gate_event ev;

	(void)state;
	assert_true(scan(code_text) & GATE_EFFECT_LOOK);
	assert_int_equal(s.subject.of, PASS_CODE);
	assert_memory_equal(&s.subject.booking, &s.code_hash,
	    sizeof(s.code_hash));
	ev = booked("");
	assert_true(step(&ev) & GATE_EFFECT_PASS);
	assert_int_equal(s.pass.subject.companions, 1);
	assert_true(pass_it() & GATE_EFFECT_OPEN);
	scan(code_text);
	ev = booked("i");
	refused_as(step(&ev), GATE_USED);
}

static void test_a_code_the_decision_refuses_says_why(void **state)
{
	struct gate_event ev;

	(void)state;
	scan(code_text);
	ev = booked("");
	ev.known.facts.booking.status = BOOKING_CANCELLED;
	refused_as(step(&ev), GATE_CODE);
	assert_int_equal(s.decision.verdict, VERDICT_CANCELLED);
	scan(code_text);
	ev = booked("");
	ev.known.facts.booking.start_min = 600;
	ev.known.facts.booking.end_min = 615;
	refused_as(step(&ev), GATE_WAIT);
	assert_int_equal(s.from_min, 570);
}

/* A gate does not consume a booking, nor ask for a birth date. */
static void test_a_code_used_at_the_kiosk_opens_without_a_birth_date(
    void **state)
{
	struct gate_event ev;

	(void)state;
	gate.gate.checkin.ask_birth_date = true;
	scan(code_text);
	ev = booked("");
	ev.known.facts.usage.used = true;
	ev.known.facts.booking.birth = 42;
	assert_true(step(&ev) & GATE_EFFECT_PASS);
}

static void test_codes_do_not_open_where_tickets_are_asked(void **state)
{
	(void)state;
	gate.gate.accept = ACCEPT_TICKETS;
	refused_as(scan(code_text), GATE_NEED_TICKET);
	assert_true(is_zero(&s.code, sizeof(s.code)));
	refused_as(scan("0000000001"), GATE_FORM); /* bad check: no code */
}

static void test_a_slip_in_a_code_is_told(void **state)
{
	(void)state;
	refused_as(scan("0000000001"), GATE_CODE);
	assert_int_equal(s.decision.verdict, VERDICT_BAD_CHECK);
	assert_int_equal(s.subject.of, PASS_UNSET);
}

static void test_tickets_open_in_every_mode(void **state)
{
	(void)state;
	for (int a = ACCEPT_TICKETS; a <= ACCEPT_BOTH; a++) {
		gate.gate.accept = (enum gate_accept)a;
		scan_good();
		answer("");
		assert_true(pass_it() & GATE_EFFECT_OPEN);
	}
}

static void test_codes_need_no_roster_and_all_else_does(void **state)
{
	struct gate_event ev = booked("");

	(void)state;
	roster.version = 0;
	refused_as(scan_good(), GATE_NO_KEYS);
	assert_true(scan(code_text) & GATE_EFFECT_LOOK);
	assert_true(step(&ev) & GATE_EFFECT_PASS);
}

static void test_after_ten_unknown_codes_a_minute_codes_pause(void **state)
{
	struct gate_event ev = known("");

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_true(scan(code_text) & GATE_EFFECT_LOOK);
		refused_as(answer(""), GATE_CODE);
		assert_int_equal(s.decision.verdict, VERDICT_UNKNOWN);
	}
	refused_as(scan(code_text), GATE_CODE);
	assert_int_equal(s.decision.verdict, VERDICT_RATE_LIMITED);
	scan_good();
	assert_true(step(&ev) & GATE_EFFECT_PASS); /* tickets go on */
	pass_it();
	mono += 60000;
	assert_true(scan(code_text) & GATE_EFFECT_LOOK);
}

static void test_who_is_inside_may_leave_whatever_became_of_the_booking(
    void **state)
{
	struct gate_event ev;

	(void)state;
	press(GATE_PRESS_WAY_OUT);
	scan(code_text);
	ev = booked("i");
	ev.known.facts.booking.status = BOOKING_REVOKED;
	assert_true(step(&ev) & GATE_EFFECT_PASS);
	assert_true(s.pass.out);
}

static void test_a_revoked_booking_does_not_come_in_again(void **state)
{
	struct gate_event ev;

	(void)state;
	gate.gate.reentry = true;
	scan(code_text);
	ev = booked("io");
	ev.known.facts.booking.start_min = 480;
	ev.known.facts.booking.end_min = 495;
	assert_true(step(&ev) & GATE_EFFECT_PASS); /* too late, was inside */
	pass_it();
	scan(code_text);
	ev = booked("io");
	ev.known.facts.booking.status = BOOKING_REVOKED;
	refused_as(step(&ev), GATE_CODE);
}

static void test_without_a_sure_clock_nothing_is_judged(void **state)
{
	(void)state;
	refused_as(scan_at(code_text, 0), GATE_CLOCK);
	assert_int_equal(s.subject.of, PASS_UNSET);
	refused_as(scan_at("x", 0), GATE_CLOCK);
}

static void test_nothing_of_the_visitor_stays_when_the_screen_goes(void **state)
{
	struct gate_event ev;

	(void)state;
	scan(code_text);
	ev = booked("i");
	step(&ev);
	assert_true(is_zero(&s.code, sizeof(s.code)));
	press(GATE_PRESS_BACK);
	assert_int_equal(s.state, GATE_READY);
	assert_true(is_zero(&s.code_hash, sizeof(s.code_hash)));
	assert_true(is_zero(&s.subject, sizeof(s.subject)));
	assert_true(is_zero(&s.pass, sizeof(s.pass)));
	assert_true(is_zero(&s.decision, sizeof(s.decision)));
	assert_true(is_zero(&s.by, sizeof(s.by)));
	press(GATE_PRESS_TYPE);
	type("108");
	press(GATE_PRESS_BACK);
	assert_true(is_zero(s.typed, sizeof(s.typed)));
}

static void test_the_list_turns_pages_and_closes_after_30_s(void **state)
{
	(void)state;
	assert_true(press(GATE_PRESS_LIST) & GATE_EFFECT_LIST);
	assert_int_equal(s.list_page, 0);
	tick_after(29999);
	assert_true(press(GATE_PRESS_MORE) & GATE_EFFECT_LIST);
	assert_int_equal(s.list_page, 1);
	tick_after(29999);
	assert_int_equal(s.state, GATE_LIST);
	tick_after(1);
	assert_int_equal(s.state, GATE_READY);
	assert_int_equal(s.list_page, 0);
}

static void test_the_other_language_is_shown_and_stays(void **state)
{
	(void)state;
	assert_true(press(GATE_PRESS_LANG) & GATE_EFFECT_SHOW);
	assert_int_equal(s.lang, LANG_EN);
	scan_good();
	answer("");
	press(GATE_PRESS_LANG);
	assert_int_equal(s.state, GATE_ENTERING);
	assert_int_equal(s.lang, LANG_ID);
	pass_it();
	press(GATE_PRESS_LANG);
	tick_after(4000);
	assert_int_equal(s.lang, LANG_EN);
}

static void test_states_have_names(void **state)
{
	(void)state;
	assert_string_equal(gate_state_name(GATE_READY), "ready");
	assert_string_equal(gate_state_name(GATE_LIST), "list");
	assert_string_equal(gate_state_name(GATE_STATES), "unset");
	for (int a = 0; a < GATE_STATES; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(
			    gate_state_name((enum gate_state)a),
			    gate_state_name((enum gate_state)b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_good_ticket_is_looked_up_then_passed_then_opened),
	    T(test_a_pass_has_the_key_and_op_id_of_its_movement),
	    T(test_a_movement_is_later_than_the_one_before),
	    T(test_what_is_not_durable_does_not_open),
	    T(test_another_movements_answer_changes_nothing),
	    T(test_a_disk_that_fails_is_shown_at_once),
	    T(test_an_answer_that_does_not_come_is_a_storage_fault),
	    T(test_a_late_answer_opens_nothing),
	    T(test_a_copy_is_told_when_and_where_the_first_went_in),
	    T(test_used_by_the_hubs_word_is_told_too),
	    T(test_a_forged_ticket_leaves_no_number),
	    T(test_what_is_no_ticket_is_refused_by_form),
	    T(test_a_ticket_of_another_day_shows_its_number),
	    T(test_too_early_waits_with_its_time_and_its_sound),
	    T(test_an_isolated_gate_sends_to_the_home_gate),
	    T(test_a_scan_counts_while_something_is_shown_and_ends_it),
	    T(test_a_scan_waits_while_an_answer_is_awaited),
	    T(test_the_last_three_verdicts_stay),
	    T(test_out_is_for_one_pass),
	    T(test_out_falls_back_to_in_after_10_s),
	    T(test_out_stays_asked_for_through_a_refusal),
	    T(test_a_gate_of_one_way_has_no_other),
	    T(test_re_entry_is_where_the_office_allows_it),
	    T(test_time_does_not_keep_anybody_inside),
	    T(test_time_binds_re_entry_only_of_who_never_was_inside),
	    T(test_midnight_between_question_and_answer_refuses),
	    T(test_a_booking_code_opens_by_the_kiosks_decision),
	    T(test_a_code_the_decision_refuses_says_why),
	    T(test_a_code_used_at_the_kiosk_opens_without_a_birth_date),
	    T(test_codes_do_not_open_where_tickets_are_asked),
	    T(test_a_slip_in_a_code_is_told),
	    T(test_tickets_open_in_every_mode),
	    T(test_codes_need_no_roster_and_all_else_does),
	    T(test_after_ten_unknown_codes_a_minute_codes_pause),
	    T(test_who_is_inside_may_leave_whatever_became_of_the_booking),
	    T(test_a_revoked_booking_does_not_come_in_again),
	    T(test_without_a_sure_clock_nothing_is_judged),
	    T(test_nothing_of_the_visitor_stays_when_the_screen_goes),
	    T(test_the_list_turns_pages_and_closes_after_30_s),
	    T(test_the_other_language_is_shown_and_stays),
	    T(test_states_have_names),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
