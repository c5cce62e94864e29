#include "test_session.h"
#include "test_vectors.h"

static void test_a_scanned_code_is_looked_up(void **state)
{
	(void)state;
	assert_true(scan(code_text) & EFFECT_LOOKUP);
	assert_int_equal(s.state, SESSION_CHECKING);
}

static void test_nothing_is_claimed_before_the_facts(void **state)
{
	struct event ev = claimed();

	(void)state;
	scan(code_text);
	assert_false(step(&ev) & EFFECT_PRINT);
	assert_int_equal(s.state, SESSION_CHECKING);
}

static void test_paper_moves_only_after_the_durable_claim(void **state)
{
	struct event ev;

	(void)state;
	scan(code_text);
	ev = good_facts();
	assert_int_equal(step(&ev) & (EFFECT_CLAIM | EFFECT_PRINT),
	    EFFECT_CLAIM);
	ev = claimed();
	assert_true(step(&ev) & EFFECT_PRINT);
}

static void test_a_claim_without_an_entry_is_refused(void **state)
{
	struct event ev;

	(void)state;
	scan(code_text);
	ev = good_facts();
	step(&ev);
	ev = claimed();
	ev.admission.n = 0;
	assert_false(step(&ev) & EFFECT_PRINT);
	assert_int_equal(s.decision.verdict, VERDICT_STORAGE_FAULT);
}

static void test_cleared_facts_never_admit(void **state)
{
	struct event ev;

	(void)state;
	scan(code_text);
	ev = event(EV_FACTS);
	assert_false(step(&ev) & EFFECT_CLAIM);
	assert_int_equal(s.state, SESSION_RESULT);
	assert_int_equal(s.decision.verdict, VERDICT_STORAGE_FAULT);
}

static void test_a_refusal_is_recorded(void **state)
{
	struct event ev;

	(void)state;
	scan(code_text);
	ev = good_facts();
	ev.facts.found = false;
	assert_true(step(&ev) & EFFECT_RECORD);
	assert_int_equal(s.decision.verdict, VERDICT_UNKNOWN);
}

static void test_what_is_no_code_shows_unreadable_on_home_for_4_s(void **state)
{
	(void)state;
	assert_int_equal(
	    scan("https://example.org/") & (EFFECT_LOOKUP | EFFECT_RECORD), 0);
	assert_int_equal(s.state, SESSION_HOME);
	assert_true(s.unreadable_until_ms != 0);
	tick_after(3999);
	assert_true(s.unreadable_until_ms != 0);
	tick_after(1);
	assert_int_equal(s.unreadable_until_ms, 0);
}

/* It is of a booking code that the screen speaks, and a ticket opens a door. */
static void test_a_ticket_is_told_apart_from_what_can_not_be_read(void **state)
{
	char digits[256];

	(void)state;
	vector("ticket", "digits", digits);
	assert_int_equal(scan(digits) & (EFFECT_LOOKUP | EFFECT_RECORD), 0);
	assert_int_equal(s.state, SESSION_HOME);
	assert_true(s.unreadable_until_ms != 0);
	assert_true(s.ticket_shown);
	scan("https://example.org/");
	assert_false(s.ticket_shown);
	/* 201 digits are none. */
	strcat(digits, "0");
	scan(digits);
	assert_false(s.ticket_shown);
}

static void test_what_is_no_code_changes_no_other_screen(void **state)
{
	(void)state;
	act(ACTION_TYPE);
	type("7M4");
	assert_int_equal(scan("garbage;DROP TABLE"), 0);
	assert_int_equal(s.state, SESSION_KEYPAD);
	assert_string_equal(s.typed, "7M4");
}

static void test_a_wrong_check_symbol_stays_on_the_keypad(void **state)
{
	(void)state;
	act(ACTION_TYPE);
	type("0000000001");
	assert_int_equal(act(ACTION_ENTER) & EFFECT_LOOKUP, 0);
	assert_int_equal(s.state, SESSION_KEYPAD);
	assert_true(s.typed_slip);
	assert_string_equal(s.typed, "0000000001");
	type("\b");
	act(ACTION_NONE);
	struct event ev = event(EV_ERASE);
	step(&ev);
	assert_false(s.typed_slip);
	assert_string_equal(s.typed, "000000000");
}

static void test_letters_o_i_l_are_read_as_digits(void **state)
{
	(void)state;
	act(ACTION_TYPE);
	type("oIl");
	assert_string_equal(s.typed, "011");
}

static void test_an_eleventh_symbol_is_not_taken(void **state)
{
	(void)state;
	act(ACTION_TYPE);
	type("00000000007");
	assert_string_equal(s.typed, "0000000000");
	assert_true(act(ACTION_ENTER) & EFFECT_LOOKUP);
	assert_true(s.was_typed);
}

static void test_birth_date_is_asked_before_any_lookup(void **state)
{
	(void)state;
	rules.checkin.ask_birth_date = true;
	assert_int_equal(scan(code_text) & EFFECT_LOOKUP, 0);
	assert_int_equal(s.state, SESSION_IDENTITY);
	type("3002");
	type("1990"); /* 30 February */
	assert_int_equal(act(ACTION_ENTER) & EFFECT_LOOKUP, 0);
	assert_true(s.birth_bad);
	for (int i = 0; i < 8; i++) {
		struct event ev = event(EV_ERASE);

		step(&ev);
	}
	type("28021990");
	assert_true(act(ACTION_ENTER) & EFFECT_LOOKUP);
	assert_true(s.facts.birth_given);
	assert_string_equal(s.birth, "");
}

static void test_a_fitting_birth_date_admits_and_another_does_not(void **state)
{
	struct civil_date date = {1990, 2, 28};
	struct event ev;

	(void)state;
	rules.checkin.ask_birth_date = true;
	for (int right = 0; right < 2; right++) {
		scan(code_text);
		type(right ? "28021990" : "27021990");
		act(ACTION_ENTER);
		ev = good_facts();
		ev.facts.booking.birth = digest_birth(&rules.office_key,
		    &s.hash, date);
		assert_int_equal((step(&ev) & EFFECT_CLAIM) != 0, right);
		if (!right)
			assert_int_equal(s.decision.verdict, VERDICT_MISMATCH);
		act(ACTION_DONE);
	}
}

static void test_idle_keypad_warns_then_wipes(void **state)
{
	(void)state;
	act(ACTION_TYPE);
	type("7M4");
	tick_after(29999);
	assert_int_equal(s.state, SESSION_KEYPAD);
	tick_after(1);
	assert_int_equal(s.state, SESSION_WARNING);
	act(ACTION_STAY);
	assert_int_equal(s.state, SESSION_KEYPAD);
	assert_string_equal(s.typed, "7M4");
	tick_after(30000);
	assert_true(tick_after(20000) & EFFECT_WIPED);
	assert_int_equal(s.state, SESSION_HOME);
	assert_string_equal(s.typed, "");
}

static void test_wipe_leaves_nothing_of_the_visitor(void **state)
{
	struct session clean;

	(void)state;
	to_printing();
	end_print(PRINT_PRINTED);
	act(ACTION_DONE);
	memset(&clean, 0, sizeof(clean));
	assert_memory_equal(&s.code, &clean.code, sizeof(s.code));
	assert_memory_equal(&s.hash, &clean.hash, sizeof(s.hash));
	assert_memory_equal(&s.facts, &clean.facts, sizeof(s.facts));
	assert_memory_equal(&s.admission, &clean.admission,
	    sizeof(s.admission));
}

static void test_help_goes_back_to_where_it_was_asked(void **state)
{
	(void)state;
	act(ACTION_TYPE);
	type("7M");
	act(ACTION_HELP);
	assert_int_equal(s.state, SESSION_HELP);
	act(ACTION_BACK);
	assert_int_equal(s.state, SESSION_KEYPAD);
	assert_string_equal(s.typed, "7M");
}

static void test_language_is_the_visitors_until_the_wipe(void **state)
{
	(void)state;
	act(ACTION_LANG_EN);
	assert_int_equal(s.lang, LANG_EN);
	act(ACTION_TYPE);
	assert_int_equal(s.lang, LANG_EN);
	act(ACTION_BACK);
	assert_int_equal(s.lang, LANG_ID);
}

static void test_a_storage_fault_is_told_before_the_birth_date(void **state)
{
	(void)state;
	rules.checkin.ask_birth_date = true;
	s.storage_ok = false;
	scan(code_text);
	assert_int_equal(s.decision.verdict, VERDICT_STORAGE_FAULT);
}

static void test_ten_wrong_codes_a_minute_pause_the_next(void **state)
{
	struct event ev;

	(void)state;
	for (int i = 0; i < RATE_WRONG; i++) {
		assert_true(scan(code_text) & EFFECT_LOOKUP);
		ev = good_facts();
		ev.facts.found = false;
		step(&ev);
		act(ACTION_DONE);
	}
	assert_int_equal(scan(code_text) & EFFECT_LOOKUP, 0);
	assert_int_equal(s.decision.verdict, VERDICT_RATE_LIMITED);
	act(ACTION_DONE);
	mono += RATE_WINDOW_MS;
	assert_true(scan(code_text) & EFFECT_LOOKUP);
}

static void test_home_says_closed_and_when_it_opens(void **state)
{
	struct hours_answer h;

	(void)state;
	assert_int_equal(session_home(&s, &rules, NINE, &h), HOME_OPEN);
	assert_int_equal(session_home(&s, &rules, NINE - 5401, &h),
	    HOME_CLOSED); /* 07:29:59 */
	assert_int_equal(h.opens_min, 450);
	assert_int_equal(session_home(&s, &rules, NINE - 5400, &h), HOME_OPEN);
	assert_int_equal(session_home(&s, &rules, NINE - 86401, &h),
	    HOME_CLOCK);
	s.storage_ok = false;
	assert_int_equal(session_home(&s, &rules, NINE, &h), HOME_FAULT);
}

/* Every state x every event: no claim or paper without its cause, a deadline
 * in every state that waits, text always ended. */
static void prepare(enum session_state at)
{
	set_up(NULL);
	s.printer.proves_paper = true;
	s.state = at;
	s.under = at == SESSION_HELP || at == SESSION_WARNING ? SESSION_KEYPAD
							      : SESSION_UNSET;
	s.deadline_ms = at == SESSION_HOME ? INT64_MAX : mono + 5000;
	s.printer.connected = FACT_YES;
	if (at == SESSION_PRINTING || at == SESSION_NUMBER)
		s.admission = claimed().admission;
}

static struct event any_event(enum event_kind kind, int variant)
{
	struct event ev = event(kind);

	if (kind == EV_FACTS)
		ev = good_facts();
	else if (kind == EV_CLAIMED)
		ev = claimed();
	else if (kind == EV_PRINT)
		ev = printed((enum print_verdict)(variant % 5));
	ev.action = (enum action)(variant % ACTIONS);
	ev.symbol = (char)('0' + variant);
	ev.text = str_from(variant % 2 ? code_text : "nothing");
	if (variant % 3 == 2)
		ev.mono_ms += 60000;
	return ev;
}

static void check_step(enum session_state at, enum event_kind kind, int variant)
{
	struct session_effects fx;
	struct event ev;

	prepare(at);
	ev = any_event(kind, variant);
	fx = session_step(&s, &rules, &ev);
	assert_in_range(s.state, SESSION_HOME, SESSION_STATES - 1);
	if ((fx.bits & EFFECT_CLAIM) != 0) {
		assert_int_equal(at, SESSION_CHECKING);
		assert_int_equal(kind, EV_FACTS);
	}
	if ((fx.bits & EFFECT_PRINT) != 0)
		assert_true(s.admission.n != 0 &&
		    ((at == SESSION_CHECKING && kind == EV_CLAIMED) ||
			((at == SESSION_PRINTING || at == SESSION_NUMBER) &&
			    kind == EV_PRINT &&
			    ev.print == PRINT_NOT_PRINTED)));
	if (s.state != SESSION_HOME)
		assert_true(s.deadline_ms < INT64_MAX);
	assert_non_null(memchr(s.typed, '\0', sizeof(s.typed)));
	assert_non_null(memchr(s.birth, '\0', sizeof(s.birth)));
	if (s.state != at)
		assert_true(fx.bits & EFFECT_SHOW);
}

static void test_every_state_takes_every_event(void **state)
{
	(void)state;
	for (int at = SESSION_HOME; at < SESSION_STATES; at++)
		for (int kind = EV_UNSET; kind < EVENTS; kind++)
			for (int variant = 0; variant < 24; variant++)
				check_step((enum session_state)at,
				    (enum event_kind)kind, variant);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    T(test_a_scanned_code_is_looked_up),
	    T(test_nothing_is_claimed_before_the_facts),
	    T(test_paper_moves_only_after_the_durable_claim),
	    T(test_a_claim_without_an_entry_is_refused),
	    T(test_cleared_facts_never_admit),
	    T(test_a_refusal_is_recorded),
	    T(test_what_is_no_code_shows_unreadable_on_home_for_4_s),
	    T(test_a_ticket_is_told_apart_from_what_can_not_be_read),
	    T(test_what_is_no_code_changes_no_other_screen),
	    T(test_a_wrong_check_symbol_stays_on_the_keypad),
	    T(test_letters_o_i_l_are_read_as_digits),
	    T(test_an_eleventh_symbol_is_not_taken),
	    T(test_birth_date_is_asked_before_any_lookup),
	    T(test_a_fitting_birth_date_admits_and_another_does_not),
	    T(test_idle_keypad_warns_then_wipes),
	    T(test_wipe_leaves_nothing_of_the_visitor),
	    T(test_help_goes_back_to_where_it_was_asked),
	    T(test_language_is_the_visitors_until_the_wipe),
	    T(test_a_storage_fault_is_told_before_the_birth_date),
	    T(test_ten_wrong_codes_a_minute_pause_the_next),
	    T(test_home_says_closed_and_when_it_opens),
	    T(test_every_state_takes_every_event),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
