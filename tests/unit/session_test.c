#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "firmware/core/session.h"

/* Tuesday 2026-11-24 09:00:00 in WIB = 02:00:00 UTC. */
enum { DAY = 20781, NINE = 1795485600 };

static struct session_rules rules;
static struct session s;
static int64_t mono;

static const char code_text[] = "0000000000"; /* 0 mod 37 = 0 */

static int set_up(void **state)
{
	(void)state;
	memset(&rules, 0, sizeof(rules));
	rules.checkin.office = 4102;
	rules.checkin.offset_s = 7 * 3600;
	rules.checkin.clock_floor_s = NINE - 86400;
	rules.checkin.early_minutes = 30;
	rules.checkin.late_minutes = 30;
	rules.checkin.late = LATE_COUNTER;
	for (int d = MON; d < WEEKDAYS; d++)
		if (!hours_parse(str_from("07:30-12:00 13:00-15:00"),
			&rules.checkin.hours, (enum weekday)d))
			return -1;
	rules.code = code_profile_own();
	rules.lang = LANG_ID;
	session_init(&s, &rules);
	s.printer.proves_paper = true;
	mono = 1000000;
	return 0;
}

static struct event event(enum event_kind kind)
{
	struct event ev;

	memset(&ev, 0, sizeof(ev));
	ev.kind = kind;
	ev.now_s = NINE;
	ev.mono_ms = mono;
	return ev;
}

static unsigned step(const struct event *ev)
{
	return session_step(&s, &rules, ev).bits;
}

static unsigned scan(const char *text)
{
	struct event ev = event(EV_SCAN);

	ev.text = str_from(text);
	return step(&ev);
}

static unsigned act(enum action a)
{
	struct event ev = event(EV_ACTION);

	ev.action = a;
	return step(&ev);
}

static unsigned type(const char *keys)
{
	unsigned bits = 0;

	for (; *keys != '\0'; keys++) {
		struct event ev = event(EV_KEY);

		ev.symbol = *keys;
		bits |= step(&ev);
	}
	return bits;
}

static unsigned tick_after(int64_t ms)
{
	struct event ev;

	mono += ms;
	ev = event(EV_TICK);
	return step(&ev);
}

static struct event good_facts(void)
{
	struct event ev = event(EV_FACTS);
	struct booking *b = &ev.facts.booking;

	ev.facts.storage_ok = true;
	ev.facts.found = true;
	b->office = 4102;
	b->day = DAY;
	b->start_min = 540;
	b->end_min = 555;
	b->service = 1;
	b->booking_class = CLASS_BOOKED;
	b->status = BOOKING_CONFIRMED;
	return ev;
}

static struct event claimed(void)
{
	struct event ev = event(EV_CLAIMED);

	ev.admission.n = 7;
	ev.admission.ticket.letter = 1;
	ev.admission.ticket.number = 17;
	return ev;
}

static struct event printed(enum print_verdict v)
{
	struct event ev = event(EV_PRINT);

	ev.job_id = s.job_id;
	ev.print = v;
	return ev;
}

static void to_printing(void)
{
	struct event ev;

	scan(code_text);
	ev = good_facts();
	assert_true(step(&ev) & EFFECT_CLAIM);
	ev = claimed();
	assert_true(step(&ev) & EFFECT_PRINT);
	assert_int_equal(s.state, SESSION_PRINTING);
}

static void end_print(enum print_verdict v)
{
	struct event ev = printed(v);

	step(&ev);
}

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

static void test_printed_shows_the_ticket_for_10_s(void **state)
{
	(void)state;
	to_printing();
	end_print(PRINT_PRINTED);
	assert_int_equal(s.state, SESSION_TICKET);
	tick_after(9999);
	assert_int_equal(s.state, SESSION_TICKET);
	assert_true(tick_after(1) & EFFECT_WIPED);
	assert_int_equal(s.state, SESSION_HOME);
}

static void test_a_verdict_of_another_job_changes_nothing(void **state)
{
	struct event ev;

	(void)state;
	to_printing();
	ev = printed(PRINT_PRINTED);
	ev.job_id--;
	assert_int_equal(step(&ev), 0);
	assert_int_equal(s.state, SESSION_PRINTING);
}

static void test_no_paper_puts_the_number_on_the_screen(void **state)
{
	static const enum print_verdict all[] = {PRINT_NOT_PRINTED,
	    PRINT_PARTIAL, PRINT_UNSURE};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		to_printing();
		end_print(all[i]);
		assert_int_equal(s.state, SESSION_NUMBER);
		assert_int_equal(s.admission.ticket.number, 17);
		act(ACTION_DONE);
	}
}

static struct event health(enum fact connected, enum fact paper_out)
{
	struct event ev = event(EV_HEALTH);

	ev.storage_ok = true;
	ev.printer.proves_paper = true;
	ev.printer.connected = connected;
	ev.printer.paper_out = paper_out;
	return ev;
}

static void test_what_certainly_did_not_print_is_printed_again_once(
    void **state)
{
	struct session_effects fx;
	struct event ev = health(FACT_YES, FACT_NO);

	(void)state;
	step(&ev);
	to_printing();
	ev = printed(PRINT_NOT_PRINTED);
	fx = session_step(&s, &rules, &ev);
	assert_true(fx.bits & EFFECT_PRINT);
	assert_false(fx.copy);
	assert_int_equal(s.state, SESSION_PRINTING);
	assert_int_equal(s.job_id, ev.job_id + 1);
	ev = printed(PRINT_NOT_PRINTED);
	assert_false(step(&ev) & EFFECT_PRINT);
	assert_int_equal(s.state, SESSION_NUMBER);
	ev = health(FACT_YES, FACT_NO);
	assert_false(step(&ev) & EFFECT_PRINT);
}

static void test_only_not_printed_is_printed_again_by_itself(void **state)
{
	static const enum print_verdict other[] = {PRINT_PRINTED, PRINT_PARTIAL,
	    PRINT_UNSURE};
	struct event ev;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(other); i++) {
		ev = health(FACT_YES, FACT_NO);
		step(&ev);
		to_printing();
		ev = printed(other[i]);
		assert_false(step(&ev) & EFFECT_PRINT);
		ev = health(FACT_YES, FACT_NO);
		assert_false(step(&ev) & EFFECT_PRINT);
		act(ACTION_DONE);
	}
}

static void test_a_printer_that_is_reset_is_waited_for_3_s(void **state)
{
	struct event ev;

	(void)state;
	for (int back = 0; back < 2; back++) {
		ev = health(FACT_YES, FACT_NO);
		step(&ev);
		to_printing();
		ev = health(FACT_NO, FACT_UNKNOWN);
		step(&ev);
		end_print(PRINT_NOT_PRINTED);
		assert_int_equal(s.state, SESSION_PRINTING);
		tick_after(2999);
		assert_int_equal(s.state, SESSION_PRINTING);
		if (!back) {
			tick_after(1);
			assert_int_equal(s.state, SESSION_NUMBER);
			assert_int_equal(s.print, PRINT_NOT_PRINTED);
		} else {
			ev = health(FACT_YES, FACT_NO);
			assert_true(step(&ev) & EFFECT_PRINT);
		}
		set_up(NULL);
	}
}

static void test_trouble_in_the_middle_shows_the_number_at_once(void **state)
{
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		struct event ev = health(FACT_YES, FACT_NO);

		step(&ev);
		to_printing();
		ev.printer.paper_out = kind == 0 ? FACT_YES : FACT_NO;
		ev.printer.cover_open = kind == 1 ? FACT_YES : FACT_UNKNOWN;
		ev.printer.cutter_error = kind == 2 ? FACT_YES : FACT_UNKNOWN;
		assert_true(step(&ev) & EFFECT_SHOW);
		assert_int_equal(s.state, SESSION_NUMBER);
		/* the job is not given up, and not begun again */
		ev = health(FACT_YES, FACT_NO);
		assert_false(step(&ev) & EFFECT_PRINT);
		assert_int_equal(s.state, SESSION_NUMBER);
		end_print(PRINT_PRINTED);
		assert_int_equal(s.state, SESSION_TICKET);
		act(ACTION_DONE);
	}
}

static void test_little_paper_or_a_silent_printer_is_no_trouble(void **state)
{
	struct event ev = health(FACT_YES, FACT_NO);

	(void)state;
	step(&ev);
	to_printing();
	ev.printer.paper_low = FACT_YES;
	ev.printer.offline = FACT_YES;
	step(&ev);
	assert_int_equal(s.state, SESSION_PRINTING);
	ev = health(FACT_UNKNOWN, FACT_UNKNOWN);
	step(&ev);
	assert_int_equal(s.state, SESSION_PRINTING);
}

static void test_paper_loaded_while_the_owner_stands_there_prints(void **state)
{
	struct event ev = health(FACT_YES, FACT_YES);

	(void)state;
	step(&ev);
	to_printing();
	end_print(PRINT_NOT_PRINTED);
	assert_int_equal(s.state, SESSION_NUMBER);
	ev = health(FACT_YES, FACT_NO);
	assert_true(step(&ev) & EFFECT_PRINT);
	assert_int_equal(s.state, SESSION_PRINTING);
	end_print(PRINT_PRINTED);
	assert_int_equal(s.state, SESSION_TICKET);
	act(ACTION_DONE);
	/* Gone: nobody would take it. */
	ev = health(FACT_YES, FACT_YES);
	step(&ev);
	to_printing();
	end_print(PRINT_NOT_PRINTED);
	act(ACTION_DONE);
	ev = health(FACT_YES, FACT_NO);
	assert_false(step(&ev) & EFFECT_PRINT);
}

static void test_paper_that_comes_late_still_shows_the_ticket(void **state)
{
	(void)state;
	to_printing();
	tick_after(20000);
	assert_int_equal(s.state, SESSION_NUMBER);
	end_print(PRINT_PRINTED);
	assert_int_equal(s.state, SESSION_TICKET);
}

static void test_unsure_of_a_printer_without_proof_shows_the_ticket(
    void **state)
{
	(void)state;
	s.printer.proves_paper = false;
	to_printing();
	end_print(PRINT_UNSURE);
	assert_int_equal(s.state, SESSION_TICKET);
	act(ACTION_NO_PAPER);
	assert_int_equal(s.state, SESSION_NUMBER);
}

static void test_proven_paper_has_no_no_paper_button(void **state)
{
	(void)state;
	to_printing();
	end_print(PRINT_PRINTED);
	act(ACTION_NO_PAPER);
	assert_int_equal(s.state, SESSION_TICKET);
}

static void test_a_silent_printer_ends_as_number_after_20_s(void **state)
{
	(void)state;
	to_printing();
	tick_after(19999);
	assert_int_equal(s.state, SESSION_PRINTING);
	tick_after(1);
	assert_int_equal(s.state, SESSION_NUMBER);
	assert_int_equal(s.print, PRINT_UNSURE);
}

static void test_a_scan_does_not_take_the_only_ticket_away(void **state)
{
	(void)state;
	to_printing();
	assert_int_equal(scan(code_text), 0);
	end_print(PRINT_NOT_PRINTED);
	assert_int_equal(scan(code_text), 0);
	assert_int_equal(s.state, SESSION_NUMBER);
}

static void test_a_scan_on_the_ticket_screen_serves_the_next(void **state)
{
	(void)state;
	to_printing();
	end_print(PRINT_PRINTED);
	assert_true(scan(code_text) & EFFECT_LOOKUP);
	assert_int_equal(s.admission.n, 0);
}

static void test_a_used_code_may_be_copied_when_the_rules_say_so(void **state)
{
	struct event ev;
	struct session_effects fx;

	(void)state;
	scan(code_text);
	ev = good_facts();
	ev.facts.usage.used = true;
	ev.facts.usage.used_s = NINE - 60;
	step(&ev);
	assert_int_equal(s.decision.verdict, VERDICT_USED_COPY);
	assert_true(act(ACTION_COPY) & EFFECT_FIND_COPY);
	ev = claimed();
	fx = session_step(&s, &rules, &ev);
	assert_true(fx.bits & EFFECT_PRINT);
	assert_true(fx.copy);
}

static void test_a_used_code_without_the_right_gives_no_copy(void **state)
{
	struct event ev;

	(void)state;
	scan(code_text);
	ev = good_facts();
	ev.facts.usage.used = true;
	ev.facts.usage.used_s = NINE - 60;
	ev.facts.usage.last_print_proven = true;
	step(&ev);
	assert_int_equal(s.decision.verdict, VERDICT_USED);
	assert_int_equal(act(ACTION_COPY), 0);
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

#define T(name) cmocka_unit_test_setup(name, set_up)

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
	    T(test_what_is_no_code_changes_no_other_screen),
	    T(test_a_wrong_check_symbol_stays_on_the_keypad),
	    T(test_letters_o_i_l_are_read_as_digits),
	    T(test_an_eleventh_symbol_is_not_taken),
	    T(test_birth_date_is_asked_before_any_lookup),
	    T(test_a_fitting_birth_date_admits_and_another_does_not),
	    T(test_printed_shows_the_ticket_for_10_s),
	    T(test_a_verdict_of_another_job_changes_nothing),
	    T(test_no_paper_puts_the_number_on_the_screen),
	    T(test_what_certainly_did_not_print_is_printed_again_once),
	    T(test_only_not_printed_is_printed_again_by_itself),
	    T(test_a_printer_that_is_reset_is_waited_for_3_s),
	    T(test_trouble_in_the_middle_shows_the_number_at_once),
	    T(test_little_paper_or_a_silent_printer_is_no_trouble),
	    T(test_paper_loaded_while_the_owner_stands_there_prints),
	    T(test_paper_that_comes_late_still_shows_the_ticket),
	    T(test_unsure_of_a_printer_without_proof_shows_the_ticket),
	    T(test_proven_paper_has_no_no_paper_button),
	    T(test_a_silent_printer_ends_as_number_after_20_s),
	    T(test_a_scan_does_not_take_the_only_ticket_away),
	    T(test_a_scan_on_the_ticket_screen_serves_the_next),
	    T(test_a_used_code_may_be_copied_when_the_rules_say_so),
	    T(test_a_used_code_without_the_right_gives_no_copy),
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
