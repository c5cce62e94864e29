/* The session from the claim on: prints, prints again, copies, trouble. */
#include "test_session.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
