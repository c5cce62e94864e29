/* The technician's session: who comes in and how, where the menu leads, when
 * it ends. technician_screens_test.c has the screens' work, and
 * technician_walk_test.c walks all states and events. */
#include "test_technician.h"

static void test_a_badge_asks_for_the_pin(void **state)
{
	(void)state;
	assert_int_equal(badge("Budi"), TECH_EFFECT_SHOW);
	assert_int_equal(s.state, TECH_PIN);
	assert_string_equal(s.badge, "Budi");
	assert_false(tech_is_open(&s));
}

static void test_what_is_no_badge_opens_nothing(void **state)
{
	(void)state;
	assert_int_equal(scan("7M4RX92AKW"), 0);
	assert_int_equal(s.state, TECH_CLOSED);
	assert_int_equal(press(TECH_PRESS_STATUS), 0);
	assert_int_equal(press(TECH_PRESS_BEGIN), 0);
	assert_int_equal(type("471108"), 0);
	assert_int_equal(s.state, TECH_CLOSED);
}

/* A name of 31 bytes fits, one of 32 does not and is nobody's. */
static void test_names_are_bounded(void **state)
{
	(void)state;
	badge("0123456789012345678901234567890"); /* 31 */
	assert_int_equal(s.state, TECH_PIN);
	set_up(state);
	badge("01234567890123456789012345678901");
	assert_int_equal(s.state, TECH_CLOSED);
	badge("\xff\xfe"); /* no UTF-8 */
	assert_int_equal(s.state, TECH_CLOSED);
}

/* Six to ten digits; nothing but digits. */
static void test_a_pin_has_six_to_ten_digits(void **state)
{
	(void)state;
	badge("Budi");
	type("47110");
	assert_false(tech_offers(&s, &rules, TECH_PRESS_ENTER));
	assert_int_equal(press(TECH_PRESS_ENTER), 0);
	type("x8-");
	assert_string_equal(s.pin, "471108");
	assert_true(tech_offers(&s, &rules, TECH_PRESS_ENTER));
	type("12345");
	assert_string_equal(s.pin, "4711081234");
	erase();
	assert_string_equal(s.pin, "471108123");
	assert_int_equal(press(TECH_PRESS_ENTER),
	    TECH_EFFECT_CHECK_PIN | TECH_EFFECT_SHOW);
	assert_int_equal(s.state, TECH_CHECKING);
}

static void test_the_right_pin_opens(void **state)
{
	(void)state;
	key_pin();
	assert_int_equal(pin(TECH_PIN_OK),
	    TECH_EFFECT_RECORD | TECH_EFFECT_SHOW);
	assert_int_equal(s.state, TECH_MENU);
	assert_int_equal(s.by, TECH_BY_BADGE);
	assert_string_equal(fx.record, "Budi: opens, badge and PIN");
	assert_true(is_zero(s.pin, sizeof(s.pin)));
}

static void test_a_wrong_pin_is_counted_and_recorded(void **state)
{
	(void)state;
	key_pin();
	assert_int_equal(pin(TECH_PIN_WRONG),
	    TECH_EFFECT_RECORD | TECH_EFFECT_SHOW);
	assert_int_equal(s.state, TECH_PIN);
	assert_true(s.pin_wrong);
	assert_int_equal(s.tries, 4);
	assert_string_equal(fx.record, "Budi: wrong PIN, 4 tries left");
	assert_true(is_zero(s.pin, sizeof(s.pin)));
	assert_int_equal(s.by, TECH_BY_NOBODY);
}

/* Two seconds: keys do nothing in the last millisecond of it. */
static void test_a_wrong_pin_makes_a_pause(void **state)
{
	(void)state;
	key_pin();
	pin(TECH_PIN_WRONG);
	assert_int_equal(tech_seconds_left(&s, mono), 2);
	assert_int_equal(tick_after(1999), 0);
	assert_int_equal(type("4"), 0);
	assert_int_equal(badge("Siti"), 0);
	assert_int_equal(tick_after(1), TECH_EFFECT_SHOW);
	type("4");
	assert_string_equal(s.pin, "4");
	assert_false(s.pin_wrong);
}

static void test_a_lock_out_is_told_with_its_time(void **state)
{
	(void)state;
	key_pin();
	pin(TECH_PIN_LOCKED); /* for 300 s */
	assert_int_equal(s.state, TECH_LOCKED);
	assert_string_equal(fx.record, "Budi: PIN locked for 300 s");
	assert_int_equal(tech_seconds_left(&s, mono), 300);
	assert_int_equal(type("471108"), 0);
	tick_after(14999);
	assert_int_equal(s.state, TECH_LOCKED);
	assert_int_equal(tech_seconds_left(&s, mono), 286); /* 285.001 */
	assert_true(tick_after(1) & TECH_EFFECT_CLOSED);
	assert_int_equal(s.state, TECH_CLOSED);
}

static void test_a_check_that_fails_lets_nobody_in(void **state)
{
	(void)state;
	key_pin();
	pin(TECH_PIN_UNSET);
	assert_int_equal(s.state, TECH_PIN);
	assert_true(s.pin_unsure);
	assert_int_equal(s.by, TECH_BY_NOBODY);
}

static void test_a_check_without_an_answer_ends(void **state)
{
	(void)state;
	key_pin();
	tick_after(TECH_CHECK_MS - 1);
	assert_int_equal(s.state, TECH_CHECKING);
	tick_after(1);
	assert_int_equal(s.state, TECH_PIN);
	assert_true(s.pin_unsure);
	assert_true(is_zero(s.pin, sizeof(s.pin)));
	pin(TECH_PIN_OK); /* too late */
	assert_int_equal(s.state, TECH_PIN);
}

static void test_a_pin_nobody_asked_for_opens_nothing(void **state)
{
	(void)state;
	assert_int_equal(pin(TECH_PIN_OK), 0);
	badge("Budi");
	assert_int_equal(pin(TECH_PIN_OK), 0);
	assert_int_equal(s.state, TECH_PIN);
}

static void test_an_abandoned_pin_closes_without_a_record(void **state)
{
	(void)state;
	badge("Budi");
	type("471");
	assert_int_equal(tick_after(TECH_PIN_MS - 1), 0);
	assert_int_equal(tick_after(1), TECH_EFFECT_CLOSED | TECH_EFFECT_SHOW);
	assert_int_equal(s.state, TECH_CLOSED);
	assert_true(is_zero(s.pin, sizeof(s.pin)));
	assert_true(is_zero(s.badge, sizeof(s.badge)));
}

static void test_another_badge_starts_the_pin_anew(void **state)
{
	(void)state;
	badge("Budi");
	type("4711");
	badge("Siti");
	assert_string_equal(s.badge, "Siti");
	assert_true(is_zero(s.pin, sizeof(s.pin)));
}

static void test_the_key_switch_opens_and_closes(void **state)
{
	(void)state;
	turn(true);
	assert_int_equal(s.state, TECH_MENU);
	assert_string_equal(fx.record, "key switch: opens, turned");
	assert_true(turn(false) & TECH_EFFECT_CLOSED);
	assert_string_equal(fx.record, "key switch: closes, turned back");
	assert_int_equal(s.state, TECH_CLOSED);
}

/* Who came in by badge is not thrown out by a switch. */
static void test_the_key_switch_leaves_a_badge_alone(void **state)
{
	(void)state;
	enter();
	assert_int_equal(turn(true), 0);
	assert_int_equal(turn(false), 0);
	assert_int_equal(s.state, TECH_MENU);
	assert_int_equal(s.by, TECH_BY_BADGE);
}

static void test_it_closes_when_nobody_touches_it(void **state)
{
	(void)state;
	enter();
	press(TECH_PRESS_STATUS);
	assert_int_equal(tick_after(IDLE_MS - 1), 0);
	press(TECH_PRESS_MORE);
	assert_int_equal(tick_after(IDLE_MS - 1), 0);
	assert_true(tick_after(1) & TECH_EFFECT_CLOSED);
	assert_string_equal(fx.record, "Budi: closes, untouched");
}

/* A press of what is not offered is no touch. */
static void test_an_idle_press_is_no_touch(void **state)
{
	(void)state;
	enter();
	tick_after(IDLE_MS - 1);
	assert_int_equal(press(TECH_PRESS_CONFIRM), 0);
	assert_true(tick_after(1) & TECH_EFFECT_CLOSED);
}

static void test_a_visitors_scan_does_nothing(void **state)
{
	struct tech_session before;

	(void)state;
	enter();
	before = s;
	assert_int_equal(scan("7M4RX92AKW"), 0);
	assert_int_equal(badge("Siti"), 0);
	assert_memory_equal(&s, &before, sizeof(s));
}

/* Which entry leads where; storage is let in for three of them. */
static void test_the_menu(void **state)
{
	static const struct {
		enum tech_press press;
		enum tech_state state;
		bool storage;
	} entries[] = {{TECH_PRESS_STATUS, TECH_STATUS, false},
	    {TECH_PRESS_PRINT, TECH_PRINT, false},
	    {TECH_PRESS_TOUCH, TECH_TOUCH, false},
	    {TECH_PRESS_SCANNER, TECH_SCANNER, false},
	    {TECH_PRESS_SYNC, TECH_SYNC, false},
	    {TECH_PRESS_UPDATE, TECH_UPDATE, true},
	    {TECH_PRESS_EXPORT, TECH_EXPORT, true},
	    {TECH_PRESS_SETUP, TECH_SETUP, true},
	    {TECH_PRESS_SELFTEST, TECH_SELFTEST, false},
	    {TECH_PRESS_CLEANING, TECH_CLEANING, false},
	    {TECH_PRESS_SCREEN, TECH_SCREEN, false},
	    {TECH_PRESS_CLOCK, TECH_CLOCK, false},
	    {TECH_PRESS_POWER, TECH_POWER, false}};

	for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
		unsigned on = entries[i].storage ? TECH_EFFECT_STORAGE_ON : 0;
		unsigned off = entries[i].storage ? TECH_EFFECT_STORAGE_OFF : 0;

		set_up(state);
		report(UPDATE_IDLE);
		enter();
		assert_int_equal(press(entries[i].press) &
			(TECH_EFFECT_STORAGE_ON | TECH_EFFECT_STORAGE_OFF),
		    on);
		assert_int_equal(s.state, entries[i].state);
		if (s.state == TECH_CLEANING)
			continue; /* nothing leads out of it but time */
		assert_int_equal(press(TECH_PRESS_BACK) &
			(TECH_EFFECT_STORAGE_ON | TECH_EFFECT_STORAGE_OFF),
		    off);
		assert_int_equal(s.state, TECH_MENU);
	}
}

static void test_closing_shuts_storage(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_EXPORT);
	assert_true(s.storage);
	assert_true(tick_after(IDLE_MS) & TECH_EFFECT_STORAGE_OFF);
	assert_false(s.storage);
	set_up(state);
	report(UPDATE_IDLE);
	turn(true);
	press(TECH_PRESS_SETUP);
	assert_true(turn(false) & TECH_EFFECT_STORAGE_OFF);
}

static void test_power_is_asked_twice(void **state)
{
	(void)state;
	enter_to(TECH_PRESS_POWER);
	assert_int_equal(press(TECH_PRESS_CONFIRM), 0);
	assert_int_equal(press(TECH_PRESS_POWER_OFF), TECH_EFFECT_SHOW);
	press(TECH_PRESS_BACK); /* no */
	assert_int_equal(s.state, TECH_POWER);
	assert_int_equal(s.ask, TECH_PRESS_NONE);
	press(TECH_PRESS_POWER_OFF);
	assert_int_equal(press(TECH_PRESS_CONFIRM) &
		(TECH_EFFECT_POWER_OFF | TECH_EFFECT_RESTART),
	    TECH_EFFECT_POWER_OFF);
	assert_string_equal(fx.record, "Budi: switches the machine off");
	assert_int_equal(s.state, TECH_DONE);
	/* It did not happen: the technician is not locked out. */
	tick_after(TECH_DONE_MS);
	assert_int_equal(s.state, TECH_MENU);
	press(TECH_PRESS_POWER);
	press(TECH_PRESS_RESTART);
	assert_int_equal(press(TECH_PRESS_CONFIRM) &
		(TECH_EFFECT_POWER_OFF | TECH_EFFECT_RESTART),
	    TECH_EFFECT_RESTART);
}

static void test_the_language_changes_and_comes_back(void **state)
{
	(void)state;
	enter();
	press(TECH_PRESS_LANG);
	assert_int_equal(s.lang, LANG_EN);
	press(TECH_PRESS_STATUS);
	assert_int_equal(s.lang, LANG_EN);
	press(TECH_PRESS_BACK);
	press(TECH_PRESS_BACK);
	assert_int_equal(s.lang, LANG_ID);
}

/* The language never prolongs a pause, a check or a piece of work. */
static void test_the_language_buys_no_time(void **state)
{
	int64_t until;

	(void)state;
	key_pin();
	pin(TECH_PIN_WRONG);
	until = s.deadline_ms;
	mono += 1000;
	press(TECH_PRESS_LANG);
	assert_true(s.deadline_ms == until);
	tick_after(1000);
	type("471108");
	press(TECH_PRESS_ENTER);
	until = s.deadline_ms;
	mono += 1000;
	press(TECH_PRESS_LANG);
	assert_true(s.deadline_ms == until);
	pin(TECH_PIN_OK);
	press(TECH_PRESS_SYNC);
	press(TECH_PRESS_START);
	until = s.deadline_ms;
	mono += 1000;
	press(TECH_PRESS_LANG);
	assert_true(s.deadline_ms == until);
}

static void test_a_bare_machine_is_set_up_by_a_press(void **state)
{
	(void)state;
	as_bare(false);
	assert_true(press(TECH_PRESS_BEGIN) & TECH_EFFECT_STORAGE_ON);
	assert_int_equal(s.state, TECH_SETUP);
	assert_int_equal(s.by, TECH_BY_BARE);
	assert_string_equal(fx.record,
	    "nobody known: opens, to set the machine up");
	press(TECH_PRESS_BACK);
	assert_int_equal(s.state, TECH_MENU);
}

static void test_a_bare_machine_with_technicians_asks_for_a_badge(void **state)
{
	(void)state;
	as_bare(true);
	assert_int_equal(press(TECH_PRESS_BEGIN), 0);
	assert_int_equal(s.state, TECH_CLOSED);
	enter();
	press(TECH_PRESS_SETUP);
	assert_int_equal(s.state, TECH_SETUP);
}

/* Who is not known does not set the clock, and there is nothing to export. */
static void test_whom_a_bare_machine_lets_where(void **state)
{
	static const struct {
		enum tech_press press;
		bool nobody, badge;
	} cases[] = {{TECH_PRESS_STATUS, true, true},
	    {TECH_PRESS_PRINT, false, false}, {TECH_PRESS_TOUCH, true, true},
	    {TECH_PRESS_SCANNER, false, false}, {TECH_PRESS_SYNC, false, false},
	    {TECH_PRESS_UPDATE, true, true}, {TECH_PRESS_EXPORT, false, false},
	    {TECH_PRESS_SETUP, true, true}, {TECH_PRESS_SELFTEST, false, false},
	    {TECH_PRESS_CLEANING, true, true}, {TECH_PRESS_SCREEN, false, true},
	    {TECH_PRESS_CLOCK, false, true}, {TECH_PRESS_POWER, true, true}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		as_bare(false);
		press(TECH_PRESS_BEGIN);
		press(TECH_PRESS_BACK);
		assert_int_equal(tech_offers(&s, &rules, cases[i].press),
		    cases[i].nobody);
		as_bare(true);
		enter();
		assert_int_equal(tech_offers(&s, &rules, cases[i].press),
		    cases[i].badge);
	}
}

static void test_what_the_machine_lacks_is_not_offered(void **state)
{
	static const enum tech_press lacking[] = {TECH_PRESS_PRINT,
	    TECH_PRESS_SYNC, TECH_PRESS_UPDATE, TECH_PRESS_EXPORT,
	    TECH_PRESS_SETUP, TECH_PRESS_POWER, TECH_PRESS_CLOCK,
	    TECH_PRESS_SCREEN};

	(void)state;
	enter();
	for (size_t i = 0; i < ARRAY_LEN(lacking); i++)
		assert_true(tech_offers(&s, &rules, lacking[i]));
	rules.printer = rules.hub = rules.updates = rules.clock = false;
	rules.brightness = rules.volume = -1;
	for (size_t i = 0; i < ARRAY_LEN(lacking); i++) {
		assert_false(tech_offers(&s, &rules, lacking[i]));
		assert_int_equal(press(lacking[i]), 0);
	}
	assert_int_equal(s.state, TECH_MENU);
}

static void test_states_have_names(void **state)
{
	(void)state;
	assert_string_equal(tech_state_name(TECH_MENU), "menu");
	assert_string_equal(tech_state_name(TECH_STATES), "unset");
	for (int a = TECH_CLOSED; a < TECH_STATES; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(
			    tech_state_name((enum tech_state)a),
			    tech_state_name((enum tech_state)b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_badge_asks_for_the_pin),
	    T(test_what_is_no_badge_opens_nothing),
	    T(test_names_are_bounded),
	    T(test_a_pin_has_six_to_ten_digits),
	    T(test_the_right_pin_opens),
	    T(test_a_wrong_pin_is_counted_and_recorded),
	    T(test_a_wrong_pin_makes_a_pause),
	    T(test_a_lock_out_is_told_with_its_time),
	    T(test_a_check_that_fails_lets_nobody_in),
	    T(test_a_check_without_an_answer_ends),
	    T(test_a_pin_nobody_asked_for_opens_nothing),
	    T(test_an_abandoned_pin_closes_without_a_record),
	    T(test_another_badge_starts_the_pin_anew),
	    T(test_the_key_switch_opens_and_closes),
	    T(test_the_key_switch_leaves_a_badge_alone),
	    T(test_it_closes_when_nobody_touches_it),
	    T(test_an_idle_press_is_no_touch),
	    T(test_a_visitors_scan_does_nothing),
	    T(test_the_menu),
	    T(test_closing_shuts_storage),
	    T(test_power_is_asked_twice),
	    T(test_the_language_changes_and_comes_back),
	    T(test_the_language_buys_no_time),
	    T(test_a_bare_machine_is_set_up_by_a_press),
	    T(test_a_bare_machine_with_technicians_asks_for_a_badge),
	    T(test_whom_a_bare_machine_lets_where),
	    T(test_what_the_machine_lacks_is_not_offered),
	    T(test_states_have_names),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
