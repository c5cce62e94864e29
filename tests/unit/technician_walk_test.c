/* Every state of the technician's session x every event, and every event
 * after that: what must hold whatever happens. */
#include "test_technician.h"

enum { EVENTS_MAX = 160, STARTS_MAX = 48 };

static struct tech_event events[EVENTS_MAX];
static size_t n_events;
static struct tech_session starts[STARTS_MAX];
static size_t n_starts;
static char zeros[TICKET_DIGITS + 1];

static struct tech_event *more(enum tech_event_kind kind)
{
	assert_true(n_events < EVENTS_MAX);
	events[n_events] = event(kind);
	return &events[n_events++];
}

static void more_scans(void)
{
	static const char *const texts[] = {"", "7M4RX92AKW",
	    "KARCIS-TECHNICIAN-0", "KARCIS-OFFICER-0"};
	static const char *const names[] = {"Sri",
	    "a name of more than thirty-one bytes", "\xff\xfe"};

	memset(zeros, '0', TICKET_DIGITS);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		more(TECH_EV_SCAN)->text = str_from(texts[i]);
	more(TECH_EV_SCAN)->text = str_from(zeros);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		more(TECH_EV_SCAN)->name = str_from(names[i]);
}

static void more_answers(void)
{
	static const enum tech_event_kind kinds[] = {TECH_EV_SYNCED,
	    TECH_EV_FETCHED, TECH_EV_ADOPTED, TECH_EV_STORED, TECH_EV_TESTED,
	    TECH_EV_CLOCK};

	for (int p = 0; p <= TECH_PIN_LOCKED + 1; p++) {
		struct tech_event *ev = more(TECH_EV_PIN);

		ev->pin = (enum tech_pin)p;
		ev->tries = 2;
		ev->wait_ms = 60000;
	}
	more(TECH_EV_PIN)->pin = TECH_PIN_LOCKED;
	events[n_events - 1].wait_ms = INT64_MAX;
	for (int v = PRINT_UNSET; v <= PRINT_UNSURE; v++)
		more(TECH_EV_PRINTED)->print = (enum print_verdict)v;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		for (int ok = 0; ok < 2; ok++) {
			struct tech_event *ev = more(kinds[i]);

			ev->ok = ok != 0;
			ev->detail = str_from("what was said of it");
		}
	more(TECH_EV_FETCHED)->ok = true;
	events[n_events - 1].files = 3;
	more(TECH_EV_FETCHED)->ok = true;
	events[n_events - 1].files = 3;
	events[n_events - 1].problems = 1;
}

static void all_events(void)
{
	static const char keys[] = "0189A\b\xff";
	static const int64_t ticks[] = {0, 2000, 10000, 15000, 30000, 60000,
	    120000, 300000, INT64_MAX - 2000000};

	n_events = 0;
	more(TECH_EV_UNSET);
	more(TECH_EVENTS);
	more(TECH_EV_ERASE);
	more(TECH_EV_SWITCH);
	more(TECH_EV_SWITCH)->ok = true;
	for (size_t i = 0; i < ARRAY_LEN(ticks); i++)
		more(TECH_EV_TICK)->mono_ms = mono + ticks[i];
	for (int p = 0; p <= TECH_PRESSES; p++)
		more(TECH_EV_PRESS)->press = (enum tech_press)p;
	for (size_t i = 0; i < sizeof(keys); i++)
		more(TECH_EV_KEY)->symbol = keys[i];
	for (int p = 0; p <= UPDATE_PHASES; p++)
		more(TECH_EV_REPORT)->report.phase = (enum update_phase)p;
	more(TECH_EV_REPORT)->report.outcome = UPDATE_RETURNED;
	more_scans();
	more_answers();
}

static void start(enum tech_state want)
{
	if (s.state != want)
		fail_msg("%s in place of %s", tech_state_name(s.state),
		    tech_state_name(want));
	assert_true(n_starts < STARTS_MAX);
	starts[n_starts++] = s;
	tech_init(&s, &rules);
	report(UPDATE_IDLE);
}

static void start_menu(void)
{
	static const struct {
		enum tech_press press;
		enum tech_state state;
		bool works;
	} entries[] = {{TECH_PRESS_STATUS, TECH_STATUS, false},
	    {TECH_PRESS_PRINT, TECH_PRINT, true},
	    {TECH_PRESS_TOUCH, TECH_TOUCH, false},
	    {TECH_PRESS_SCANNER, TECH_SCANNER, false},
	    {TECH_PRESS_SYNC, TECH_SYNC, true},
	    {TECH_PRESS_UPDATE, TECH_UPDATE, true},
	    {TECH_PRESS_EXPORT, TECH_EXPORT, true},
	    {TECH_PRESS_SETUP, TECH_SETUP, true},
	    {TECH_PRESS_SELFTEST, TECH_SELFTEST, true},
	    {TECH_PRESS_CLEANING, TECH_CLEANING, false},
	    {TECH_PRESS_SCREEN, TECH_SCREEN, false},
	    {TECH_PRESS_CLOCK, TECH_CLOCK, false},
	    {TECH_PRESS_POWER, TECH_POWER, false}};

	for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
		enter();
		press(entries[i].press);
		start(entries[i].state);
		if (!entries[i].works)
			continue;
		turn(true);
		press(entries[i].press);
		press(TECH_PRESS_START);
		assert_int_equal(s.work, TECH_WORK_RUNNING);
		start(entries[i].state);
	}
}

static void start_deep(void)
{
	struct tech_event ev = event(TECH_EV_FETCHED);

	ev.ok = true;
	ev.files = 2;
	enter();
	press(TECH_PRESS_UPDATE);
	report(UPDATE_OFFERED);
	start(TECH_UPDATE);
	enter();
	press(TECH_PRESS_UPDATE);
	report(UPDATE_WRITING);
	start(TECH_UPDATE);
	enter();
	press(TECH_PRESS_SETUP);
	press(TECH_PRESS_START);
	step(&ev);
	start(TECH_SETUP);
	enter();
	press(TECH_PRESS_SETUP);
	press(TECH_PRESS_START);
	step(&ev);
	press(TECH_PRESS_CONFIRM);
	start(TECH_SETUP); /* adopting */
	enter();
	press(TECH_PRESS_CLOCK);
	type("261120261024");
	start(TECH_CLOCK);
	enter();
	press(TECH_PRESS_CLOCK);
	type("261120261024");
	press(TECH_PRESS_ENTER);
	start(TECH_CLOCK); /* being set */
	enter();
	press(TECH_PRESS_POWER);
	press(TECH_PRESS_POWER_OFF);
	start(TECH_POWER);
	enter();
	press(TECH_PRESS_POWER);
	press(TECH_PRESS_RESTART);
	press(TECH_PRESS_CONFIRM);
	start(TECH_DONE);
	enter();
	press(TECH_PRESS_TOUCH);
	type("12345678");
	start(TECH_TOUCH);
}

static void all_starts(void)
{
	n_starts = 0;
	tech_init(&s, &rules);
	report(UPDATE_IDLE);
	start(TECH_CLOSED);
	badge("Budi");
	start(TECH_PIN);
	badge("Budi");
	type("4711081234");
	start(TECH_PIN);
	key_pin();
	pin(TECH_PIN_WRONG);
	start(TECH_PIN); /* a pause */
	key_pin();
	start(TECH_CHECKING);
	key_pin();
	pin(TECH_PIN_LOCKED);
	start(TECH_LOCKED);
	enter();
	start(TECH_MENU);
	turn(true);
	start(TECH_MENU);
	start_menu();
	start_deep();
}

/* Nobody comes in but by these three. */
static void check_door(const struct tech_session *before,
    const struct tech_event *ev)
{
	bool open = tech_is_open(&s);

	if (open && !tech_is_open(before)) {
		bool by_pin = ev->kind == TECH_EV_PIN &&
		    ev->pin == TECH_PIN_OK && before->state == TECH_CHECKING;
		bool by_switch = ev->kind == TECH_EV_SWITCH && ev->ok;
		bool by_bare = ev->kind == TECH_EV_PRESS &&
		    ev->press == TECH_PRESS_BEGIN && rules.bare &&
		    !rules.technicians;

		assert_true(by_pin || by_switch || by_bare);
		assert_int_equal(s.by == TECH_BY_BADGE, by_pin);
		assert_int_equal(s.by == TECH_BY_SWITCH, by_switch);
		assert_true(fx.bits & TECH_EFFECT_RECORD);
	}
	assert_int_equal(s.by != TECH_BY_NOBODY, open);
	if (s.by == TECH_BY_BADGE)
		assert_true(s.badge[0] != '\0');
	if (tech_is_open(before) && !open) {
		assert_int_equal(s.state, TECH_CLOSED);
		assert_true(fx.bits & TECH_EFFECT_RECORD);
	}
	assert_int_equal((fx.bits & TECH_EFFECT_CLOSED) != 0,
	    s.state == TECH_CLOSED && before->state != TECH_CLOSED);
}

static void check_storage(const struct tech_session *before)
{
	bool due = s.state == TECH_UPDATE || s.state == TECH_EXPORT ||
	    s.state == TECH_SETUP;

	assert_int_equal(s.storage, due);
	assert_int_equal((fx.bits & TECH_EFFECT_STORAGE_ON) != 0,
	    s.storage && !before->storage);
	assert_int_equal((fx.bits & TECH_EFFECT_STORAGE_OFF) != 0,
	    !s.storage && before->storage);
}

static void check_secrets(const struct tech_session *before)
{
	if (s.state != TECH_PIN && s.state != TECH_CHECKING)
		assert_true(is_zero(s.pin, sizeof(s.pin)));
	if (s.state != TECH_CLOCK)
		assert_true(is_zero(s.typed, sizeof(s.typed)));
	if (s.state <= TECH_CLOSED)
		assert_true(is_zero(s.badge, sizeof(s.badge)));
	assert_true(memchr(s.pin, '\0', sizeof(s.pin)) != NULL);
	assert_true(memchr(s.typed, '\0', sizeof(s.typed)) != NULL);
	if (fx.bits & TECH_EFFECT_CHECK_PIN) {
		assert_int_equal(s.state, TECH_CHECKING);
		assert_int_equal(before->state, TECH_PIN);
		assert_int_equal(before->pause_ms, 0);
		assert_in_range(strlen(s.pin), 6, 10);
	}
	if (fx.bits & TECH_EFFECT_RECORD) {
		assert_true(fx.record[0] != '\0');
		assert_true(memchr(fx.record, '\0', TECH_RECORD) != NULL);
		assert_true(str_is_utf8(str_from(fx.record)));
		assert_null(strstr(fx.record, "471108"));
		assert_null(strstr(fx.record, "RX92"));
	} else {
		assert_int_equal(fx.record[0], '\0');
	}
}

/* Each effect comes from its own screen, and in its own conditions. */
static void check_effects(const struct tech_session *before,
    const struct tech_event *ev)
{
	static const struct {
		enum tech_effect effect;
		enum tech_state state;
	} own[] = {{TECH_EFFECT_TEST_PRINT, TECH_PRINT},
	    {TECH_EFFECT_SYNC, TECH_SYNC}, {TECH_EFFECT_LOOK, TECH_UPDATE},
	    {TECH_EFFECT_UPDATE, TECH_UPDATE},
	    {TECH_EFFECT_CANCEL, TECH_UPDATE}, {TECH_EFFECT_STORE, TECH_EXPORT},
	    {TECH_EFFECT_FETCH, TECH_SETUP}, {TECH_EFFECT_ADOPT, TECH_SETUP},
	    {TECH_EFFECT_SELFTEST, TECH_SELFTEST},
	    {TECH_EFFECT_SET_CLOCK, TECH_CLOCK},
	    {TECH_EFFECT_BRIGHTNESS, TECH_SCREEN},
	    {TECH_EFFECT_VOLUME, TECH_SCREEN}};

	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		if (fx.bits & (unsigned)own[i].effect)
			assert_int_equal(before->state, own[i].state);
	}
	if (fx.bits & TECH_EFFECT_UPDATE)
		assert_int_equal(before->report.phase, UPDATE_OFFERED);
	if (fx.bits & TECH_EFFECT_CANCEL)
		assert_true(tech_can_cancel(&before->report));
	if (fx.bits & TECH_EFFECT_ADOPT)
		assert_true(before->fetched && before->files > 0 &&
		    before->problems == 0);
	if (fx.bits & (TECH_EFFECT_RESTART | TECH_EFFECT_POWER_OFF)) {
		assert_int_equal(ev->kind, TECH_EV_PRESS);
		assert_int_equal(s.state, TECH_DONE);
		assert_true(before->ask != TECH_PRESS_NONE ||
		    before->report.phase == UPDATE_READY);
	}
	if (fx.bits & TECH_EFFECT_SET_CLOCK)
		assert_true(fx.clock_s > INT64_C(1700000000));
	if (fx.bits & (TECH_EFFECT_BRIGHTNESS | TECH_EFFECT_VOLUME))
		assert_in_range(fx.percent, 0, 100);
	/* What is not shown has not changed. */
	if (!(fx.bits & TECH_EFFECT_SHOW))
		assert_memory_equal(&s, before, sizeof(s));
}

static void check_time(const struct tech_session *before,
    const struct tech_event *ev)
{
	assert_true(s.state > TECH_STATE_UNSET && s.state < TECH_STATES);
	if (s.state == TECH_CLOSED) {
		assert_true(s.deadline_ms == INT64_MAX);
		return;
	}
	assert_true(s.deadline_ms - ev->mono_ms <= IDLE_MS ||
	    s.deadline_ms == before->deadline_ms);
	if (ev->kind == TECH_EV_TICK && ev->mono_ms < INT64_MAX - IDLE_MS)
		assert_true(s.deadline_ms > ev->mono_ms);
	if (s.work == TECH_WORK_RUNNING)
		assert_true(s.deadline_ms <= ev->mono_ms + TECH_WORK_MS ||
		    s.deadline_ms == before->deadline_ms);
}

static void walk_one(const struct tech_event *ev)
{
	struct tech_session before = s;

	step(ev);
	check_door(&before, ev);
	check_storage(&before);
	check_secrets(&before);
	check_effects(&before, ev);
	check_time(&before, ev);
}

/* Time alone ends everything: at most work, a test, then the menu. */
static void check_end(void)
{
	for (int i = 0; i < 4 && s.state != TECH_CLOSED; i++) {
		struct tech_event ev = event(TECH_EV_TICK);

		ev.mono_ms = s.deadline_ms;
		walk_one(&ev);
	}
	assert_int_equal(s.state, TECH_CLOSED);
	assert_false(s.storage);
}

static size_t walk(void)
{
	struct tech_session then;
	size_t steps = 0;

	for (size_t at = 0; at < n_starts; at++)
		for (size_t a = 0; a < n_events; a++) {
			s = starts[at];
			walk_one(&events[a]);
			then = s;
			for (size_t b = 0; b < n_events; b++) {
				s = then;
				walk_one(&events[b]);
				steps++;
			}
			s = then;
			check_end();
		}
	return steps;
}

static void test_every_event_and_every_event_after_it_in_every_state(
    void **state)
{
	bool seen[TECH_STATES] = {false};

	(void)state;
	all_starts();
	all_events();
	for (size_t i = 0; i < n_starts; i++)
		seen[starts[i].state] = true;
	for (int i = TECH_CLOSED; i < TECH_STATES; i++)
		assert_true(seen[i]);
	assert_true(walk() == n_starts * n_events * n_events);
}

/* The same where less is there, and on machines that are not set up. */
static void test_the_walk_holds_on_other_machines(void **state)
{
	for (int i = 0; i < 4; i++) {
		all_starts();
		all_events();
		rules.bare = i % 2 != 0;
		rules.technicians = i < 2;
		rules.printer = rules.hub = rules.clock = false;
		rules.updates = i == 3;
		rules.brightness = rules.volume = -1;
		assert_true(walk() == n_starts * n_events * n_events);
		set_up(state);
	}
}

/* From CLOSED no row of 3 visitor's events opens anything, and none of them
 * does anything at all. */
static void test_a_visitor_never_gets_in(void **state)
{
	struct tech_event visitor[64];
	size_t n = 0;

	(void)state;
	all_events();
	for (size_t i = 0; i < n_events; i++) {
		const struct tech_event *ev = &events[i];

		if (ev->kind == TECH_EV_KEY || ev->kind == TECH_EV_ERASE ||
		    ev->kind == TECH_EV_PRESS ||
		    (ev->kind == TECH_EV_SCAN && ev->name.len == 0)) {
			assert_true(n < ARRAY_LEN(visitor));
			visitor[n++] = *ev;
		}
	}
	assert_true(n > TECH_PRESSES);
	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < n; b++)
			for (size_t c = 0; c < n; c++) {
				assert_int_equal(step(&visitor[a]), 0);
				assert_int_equal(step(&visitor[b]), 0);
				assert_int_equal(step(&visitor[c]), 0);
			}
	assert_int_equal(s.state, TECH_CLOSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_every_event_and_every_event_after_it_in_every_state),
	    T(test_the_walk_holds_on_other_machines),
	    T(test_a_visitor_never_gets_in),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
