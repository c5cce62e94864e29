/* What the technician's screens ask for, and what becomes of the answers:
 * print, touch, scanner, update, set-up, logs, brightness, clock. */
#include "test_technician.h"

static void test_a_test_print_says_what_is_proven(void **state)
{
	static const struct {
		enum print_verdict verdict;
		enum tech_work work;
	} cases[] = {{PRINT_PRINTED, TECH_WORK_GOOD},
	    {PRINT_UNSURE, TECH_WORK_BAD}, {PRINT_PARTIAL, TECH_WORK_BAD},
	    {PRINT_NOT_PRINTED, TECH_WORK_BAD}, {PRINT_UNSET, TECH_WORK_BAD}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct tech_event ev;

		set_up(state);
		enter_to(TECH_PRESS_PRINT);
		assert_int_equal(press(TECH_PRESS_START),
		    TECH_EFFECT_TEST_PRINT | TECH_EFFECT_RECORD |
			TECH_EFFECT_SHOW);
		assert_string_equal(fx.record, "Budi: test print");
		ev = event(TECH_EV_PRINTED);
		ev.print = cases[i].verdict;
		step(&ev);
		assert_int_equal(s.work, cases[i].work);
		assert_int_equal(s.print, cases[i].verdict);
		assert_true(s.answered);
	}
}

/* Work that runs is waited for; it ends by its answer or its deadline. */
static void test_work_without_an_answer_ends(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_SYNC);
	assert_true(press(TECH_PRESS_START) & TECH_EFFECT_SYNC);
	assert_int_equal(press(TECH_PRESS_BACK), 0);
	assert_int_equal(press(TECH_PRESS_START), 0);
	assert_int_equal(tick_after(TECH_WORK_MS - 1), 0);
	assert_int_equal(s.work, TECH_WORK_RUNNING);
	tick_after(1);
	assert_int_equal(s.work, TECH_WORK_BAD);
	assert_false(s.answered);
	assert_int_equal(answer(TECH_EV_SYNCED, true, ""), 0); /* too late */
	assert_int_equal(s.work, TECH_WORK_BAD);
	/* It was the machine that took its time: not idle before now. */
	assert_int_equal(tick_after(IDLE_MS - 1), 0);
	assert_int_equal(s.state, TECH_SYNC);
}

static void test_an_answer_is_told_with_its_detail(void **state)
{
	char longest[200];

	(void)state;
	enter_to(TECH_PRESS_SYNC);
	press(TECH_PRESS_START);
	assert_int_equal(answer(TECH_EV_STORED, true, ""), 0); /* not awaited */
	answer(TECH_EV_SYNCED, false, "link: no answer");
	assert_int_equal(s.work, TECH_WORK_BAD);
	assert_true(s.answered);
	assert_string_equal(s.detail, "link: no answer");
	press(TECH_PRESS_START);
	assert_string_equal(s.detail, "");
	/* Cut by whole characters: 95 bytes hold 47 of two bytes. */
	for (size_t i = 0; i + 1 < sizeof(longest); i += 2)
		memcpy(longest + i, "é", 2);
	longest[198] = '\0';
	answer(TECH_EV_SYNCED, true, longest);
	assert_int_equal(strlen(s.detail), 94);
	assert_true(str_is_utf8(str_from(s.detail)));
	press(TECH_PRESS_START);
	answer(TECH_EV_SYNCED, false, "\xff\xfe no text");
	assert_string_equal(s.detail, "");
}

static void test_the_touch_test_counts_what_it_missed(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_TOUCH);
	assert_int_equal(s.target, 1);
	type("1");
	assert_int_equal(s.target, 2);
	type("1"); /* hit already */
	press(TECH_PRESS_MISS);
	assert_int_equal(s.target, 2);
	assert_int_equal(s.misses, 2);
	type("9");
	assert_int_equal(s.misses, 2); /* there is no such target */
	type("2345678");
	assert_int_equal(s.target, 9);
	assert_string_equal(fx.record, "Budi: touch test, 2 misses");
	assert_int_equal(press(TECH_PRESS_MISS), 0);
	assert_int_equal(type("1"), 0);
}

/* Nobody is caught in it when the panel is dead. */
static void test_the_touch_test_ends_by_itself(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_TOUCH);
	tick_after(TECH_TOUCH_MS - 1);
	assert_int_equal(s.state, TECH_TOUCH);
	tick_after(1);
	assert_int_equal(s.state, TECH_MENU);
}

static void test_the_scanner_test_keeps_no_code(void **state)
{
	char zeros[TICKET_DIGITS + 2];

	(void)state;
	enter_to(TECH_PRESS_SCANNER);
	scan("7M4RX92AKW");
	assert_int_equal(s.scans, 1);
	assert_int_equal(s.length, 10);
	assert_false(s.is_test_code);
	assert_string_equal(s.device, "ttyACM0");
	for (size_t i = 0; i + 10 <= sizeof(s); i++)
		assert_memory_not_equal((const char *)&s + i, "7M4RX92AKW", 10);
	memset(zeros, '0', sizeof(zeros));
	zeros[TICKET_DIGITS] = '\0';
	scan(zeros);
	assert_true(s.is_test_code);
	assert_int_equal(s.scans, 2);
	zeros[TICKET_DIGITS - 1] = '\0'; /* one digit less */
	scan(zeros);
	assert_false(s.is_test_code);
	memset(zeros, '0', sizeof(zeros));
	zeros[TICKET_DIGITS + 1] = '\0'; /* one more */
	scan(zeros);
	assert_false(s.is_test_code);
	zeros[TICKET_DIGITS] = '\0';
	zeros[7] = '1';
	scan(zeros);
	assert_false(s.is_test_code);
	badge("Siti"); /* a badge is a code like others here */
	assert_int_equal(s.state, TECH_SCANNER);
	assert_int_equal(s.scans, 6);
}

static void test_an_update_from_the_stick(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_UPDATE);
	assert_true(press(TECH_PRESS_START) & TECH_EFFECT_LOOK);
	report(UPDATE_LOOKING);
	assert_int_equal(press(TECH_PRESS_CONFIRM), 0); /* nothing offered */
	report(UPDATE_OFFERED);
	assert_int_equal(press(TECH_PRESS_CONFIRM),
	    TECH_EFFECT_UPDATE | TECH_EFFECT_RECORD | TECH_EFFECT_SHOW);
	assert_string_equal(fx.record, "Budi: update 0.4.0 to 0.5.0");
	report(UPDATE_COPYING);
	assert_int_equal(press(TECH_PRESS_BACK), 0);
	assert_true(tech_offers(&s, &rules, TECH_PRESS_CANCEL));
	report(UPDATE_WRITING);
	assert_false(tech_offers(&s, &rules, TECH_PRESS_CANCEL));
	report(UPDATE_READY);
	assert_true(press(TECH_PRESS_RESTART) & TECH_EFFECT_RESTART);
	assert_string_equal(fx.record, "Budi: starts the machine anew");
	assert_int_equal(s.state, TECH_DONE);
	assert_int_equal(s.ask, TECH_PRESS_RESTART);
}

static void test_an_update_can_be_taken_back(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_UPDATE);
	report(UPDATE_COPYING);
	assert_true(press(TECH_PRESS_CANCEL) & TECH_EFFECT_CANCEL);
	assert_string_equal(fx.record, "Budi: takes the update back");
	report(UPDATE_REFUSED);
	assert_int_equal(s.work, TECH_WORK_NONE);
	assert_true(tech_offers(&s, &rules, TECH_PRESS_START));
}

/* Bytes that go on are no idleness; when they stand still, it closes and the
 * update is taken back. */
static void test_progress_keeps_it_open(void **state)
{
	struct tech_event ev;

	(void)state;
	enter_to(TECH_PRESS_UPDATE);
	report(UPDATE_COPYING);
	for (int i = 1; i <= 4; i++) {
		assert_int_equal(tick_after(IDLE_MS - 1), 0);
		ev = event(TECH_EV_REPORT);
		ev.report.phase = UPDATE_COPYING;
		ev.report.done_bytes = i;
		step(&ev);
	}
	assert_int_equal(step(&ev), 0); /* the same again says nothing */
	assert_true(tick_after(IDLE_MS) & TECH_EFFECT_CANCEL);
	assert_true(fx.bits & TECH_EFFECT_STORAGE_OFF);
	assert_int_equal(s.state, TECH_CLOSED);
	/* Whoever waited for it has time to press "restart". */
	enter_to(TECH_PRESS_UPDATE);
	report(UPDATE_CHECKING);
	tick_after(IDLE_MS - 1);
	report(UPDATE_READY);
	assert_int_equal(tick_after(IDLE_MS - 1), 0);
	assert_true(tick_after(1) & TECH_EFFECT_CLOSED);
}

/* What is written is not taken back; nor is what is ready. */
static void test_closing_leaves_a_written_update(void **state)
{
	static const struct {
		enum update_phase phase;
		bool cancel;
	} cases[] = {{UPDATE_IDLE, false}, {UPDATE_LOOKING, true},
	    {UPDATE_OFFERED, true}, {UPDATE_COPYING, true},
	    {UPDATE_VERIFYING, true}, {UPDATE_WRITING, false},
	    {UPDATE_CHECKING, false}, {UPDATE_READY, false},
	    {UPDATE_REFUSED, false}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		set_up(state);
		report(UPDATE_IDLE);
		turn(true);
		press(TECH_PRESS_UPDATE);
		report(cases[i].phase);
		assert_int_equal((turn(false) & TECH_EFFECT_CANCEL) != 0,
		    cases[i].cancel);
	}
}

static void test_look_without_an_answer_ends(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_UPDATE);
	press(TECH_PRESS_START);
	tick_after(TECH_LOOK_MS - 1);
	assert_int_equal(s.work, TECH_WORK_RUNNING);
	tick_after(1);
	assert_int_equal(s.work, TECH_WORK_BAD);
}

/* The outcome is said until the next start, though it was recorded. */
static void test_an_outcome_is_remembered(void **state)
{
	struct tech_event ev = event(TECH_EV_REPORT);

	(void)state;
	ev.report.phase = UPDATE_IDLE;
	ev.report.outcome = UPDATE_RETURNED;
	ev.report.outcome_id = 7;
	assert_int_equal(step(&ev), TECH_EFFECT_SHOW);
	report(UPDATE_IDLE); /* it was logged */
	assert_int_equal(s.report.outcome, UPDATE_OUTCOME_NONE);
	assert_int_equal(s.outcome.outcome, UPDATE_RETURNED);
	assert_int_equal(s.outcome.outcome_id, 7);
	enter();
	press(TECH_PRESS_BACK);
	assert_int_equal(s.outcome.outcome, UPDATE_RETURNED);
}

static unsigned fetched(uint16_t files, uint16_t problems)
{
	struct tech_event ev = event(TECH_EV_FETCHED);

	ev.ok = true;
	ev.files = files;
	ev.problems = problems;
	return step(&ev);
}

static void test_set_up_from_a_stick(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_SETUP);
	assert_true(press(TECH_PRESS_START) & TECH_EFFECT_FETCH);
	assert_int_equal(answer(TECH_EV_ADOPTED, true, ""), 0);
	fetched(3, 0);
	assert_true(press(TECH_PRESS_CONFIRM) & TECH_EFFECT_ADOPT);
	assert_int_equal(fetched(9, 0), 0); /* not awaited any more */
	assert_true(
	    answer(TECH_EV_ADOPTED, true, "") & TECH_EFFECT_STORAGE_OFF);
	assert_string_equal(fx.record, "Budi: files of a stick taken over");
	assert_int_equal(s.state, TECH_DONE);
}

static void test_files_with_problems_are_not_taken_over(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_SETUP);
	press(TECH_PRESS_START);
	fetched(3, 1);
	assert_int_equal(press(TECH_PRESS_CONFIRM), 0);
	press(TECH_PRESS_START);
	fetched(0, 0);
	assert_int_equal(press(TECH_PRESS_CONFIRM), 0); /* nothing there */
	press(TECH_PRESS_START);
	answer(TECH_EV_FETCHED, false, "stick: gone");
	assert_int_equal(press(TECH_PRESS_CONFIRM), 0);
	assert_string_equal(s.detail, "stick: gone");
}

static void test_what_is_not_taken_over_is_read_again(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_SETUP);
	press(TECH_PRESS_START);
	fetched(3, 0);
	press(TECH_PRESS_CONFIRM);
	answer(TECH_EV_ADOPTED, false, "no room");
	assert_string_equal(fx.record, "Budi: files of a stick not taken over");
	assert_int_equal(s.state, TECH_SETUP);
	assert_int_equal(press(TECH_PRESS_CONFIRM), 0);
	assert_true(press(TECH_PRESS_START) & TECH_EFFECT_FETCH);
}

static void test_what_was_taken_over_too_late_is_read_again(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_SETUP);
	press(TECH_PRESS_START);
	fetched(3, 0);
	press(TECH_PRESS_CONFIRM);
	tick_after(TECH_WORK_MS);
	assert_int_equal(s.work, TECH_WORK_BAD);
	assert_false(tech_offers(&s, &rules, TECH_PRESS_CONFIRM));
	assert_true(press(TECH_PRESS_START) & TECH_EFFECT_FETCH);
}

static void test_logs_go_to_the_stick(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_EXPORT);
	assert_true(press(TECH_PRESS_START) & TECH_EFFECT_STORE);
	assert_string_equal(fx.record,
	    "Budi: logs and audit export to a stick");
	answer(TECH_EV_STORED, true, "kiosk-1-20261126-102412");
	assert_int_equal(s.work, TECH_WORK_GOOD);
	assert_string_equal(s.detail, "kiosk-1-20261126-102412");
}

static void test_the_self_test(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_SELFTEST);
	assert_true(press(TECH_PRESS_START) & TECH_EFFECT_SELFTEST);
	answer(TECH_EV_TESTED, false, "");
	assert_int_equal(s.work, TECH_WORK_BAD);
	press(TECH_PRESS_START);
	answer(TECH_EV_TESTED, true, "");
	assert_int_equal(s.work, TECH_WORK_GOOD);
}

/* A minute in which nothing but time counts. */
static void test_cleaning_is_dead_for_a_minute(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_CLEANING);
	assert_int_equal(tech_seconds_left(&s, mono), 60);
	for (int p = 0; p <= TECH_PRESSES; p++)
		assert_int_equal(press((enum tech_press)p), 0);
	assert_int_equal(type("1"), 0);
	assert_int_equal(tick_after(59999), 0);
	assert_int_equal(tech_seconds_left(&s, mono), 1);
	tick_after(1);
	assert_int_equal(s.state, TECH_MENU);
	assert_int_equal(tech_seconds_left(&s, mono), -1);
}

static void test_brightness_has_ends(void **state)
{
	(void)state;
	rules.brightness = 95;
	enter_to(TECH_PRESS_SCREEN);
	assert_true(press(TECH_PRESS_BRIGHTER) & TECH_EFFECT_BRIGHTNESS);
	assert_int_equal(fx.percent, 100);
	assert_string_equal(fx.record, "Budi: brightness 100 percent");
	assert_int_equal(press(TECH_PRESS_BRIGHTER), 0);
	for (int percent = 90; percent >= 10; percent -= 10) {
		press(TECH_PRESS_DARKER);
		assert_int_equal(fx.percent, percent);
	}
	assert_int_equal(press(TECH_PRESS_DARKER), 0); /* never black */
}

static void test_volume_goes_down_to_nothing(void **state)
{
	(void)state;
	rules.brightness = -1;
	rules.volume = 10;
	enter_to(TECH_PRESS_SCREEN);
	assert_int_equal(press(TECH_PRESS_BRIGHTER), 0);
	assert_true(press(TECH_PRESS_SOFTER) & TECH_EFFECT_VOLUME);
	assert_int_equal(fx.percent, 0);
	assert_int_equal(press(TECH_PRESS_SOFTER), 0);
}

/* 26 November 2026, 10.24 WIB is 2026-11-26T03:24:00Z = 1795663440. */
static void test_the_clock_is_set_in_local_time(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_CLOCK);
	type("26112026102");
	assert_int_equal(press(TECH_PRESS_ENTER), 0);
	type("4");
	assert_true(press(TECH_PRESS_ENTER) & TECH_EFFECT_SET_CLOCK);
	assert_true(fx.clock_s == INT64_C(1795663440));
	assert_true(fx.bits & TECH_EFFECT_RECORD);
	assert_string_equal(fx.record, "Budi: clock 1795663440 to 1795663440");
	/* Keys do nothing meanwhile, nor do they end the waiting. */
	erase();
	assert_int_equal(type("1"), 0);
	assert_int_equal(s.work, TECH_WORK_RUNNING);
	assert_string_equal(s.typed, "261120261024");
	answer(TECH_EV_CLOCK, true, "");
	assert_int_equal(s.work, TECH_WORK_GOOD);
	assert_string_equal(s.typed, "");
}

static void test_there_are_no_such_times(void **state)
{
	static const char *const wrong[] = {
	    "290220271024", /* no leap year */
	    "310420261024", "011320261024", "000120261024", "261120262400",
	    "261120261060", "311220231024", /* before the least year */
	};
	static const char *const right[] = {"290220281024", "010120240000",
	    "311220262359"};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		set_up(state);
		enter_to(TECH_PRESS_CLOCK);
		type(wrong[i]);
		assert_false(press(TECH_PRESS_ENTER) & TECH_EFFECT_SET_CLOCK);
		assert_true(s.typed_wrong);
		erase();
		assert_false(s.typed_wrong);
	}
	for (size_t i = 0; i < ARRAY_LEN(right); i++) {
		set_up(state);
		enter_to(TECH_PRESS_CLOCK);
		type(right[i]);
		assert_true(press(TECH_PRESS_ENTER) & TECH_EFFECT_SET_CLOCK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_test_print_says_what_is_proven),
	    T(test_work_without_an_answer_ends),
	    T(test_an_answer_is_told_with_its_detail),
	    T(test_the_touch_test_counts_what_it_missed),
	    T(test_the_touch_test_ends_by_itself),
	    T(test_the_scanner_test_keeps_no_code),
	    T(test_an_update_from_the_stick),
	    T(test_an_update_can_be_taken_back),
	    T(test_progress_keeps_it_open),
	    T(test_closing_leaves_a_written_update),
	    T(test_look_without_an_answer_ends),
	    T(test_an_outcome_is_remembered),
	    T(test_set_up_from_a_stick),
	    T(test_files_with_problems_are_not_taken_over),
	    T(test_what_is_not_taken_over_is_read_again),
	    T(test_what_was_taken_over_too_late_is_read_again),
	    T(test_logs_go_to_the_stick),
	    T(test_the_self_test),
	    T(test_cleaning_is_dead_for_a_minute),
	    T(test_brightness_has_ends),
	    T(test_volume_goes_down_to_nothing),
	    T(test_the_clock_is_set_in_local_time),
	    T(test_there_are_no_such_times),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
