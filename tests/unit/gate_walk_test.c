/* Every state of the gate's session x every event, and every event after
 * that: what must hold whatever happens. */
#include "test_gate_session.h"

enum { EVENTS_MAX = 160, STARTS_MAX = 24 };

static struct gate_event events[EVENTS_MAX];
static size_t n_events;
static struct gate_session starts[STARTS_MAX];
static size_t n_starts;
static struct ticket_text texts[4]; /* borrowed by the events */

static struct gate_event *more(enum gate_event_kind kind)
{
	assert_true(n_events < EVENTS_MAX);
	events[n_events] = event(kind);
	return &events[n_events++];
}

static void more_scans(void)
{
	static const char *const other[] = {code_text, "0000000001", "", "x"};
	struct ticket t = good();

	texts[0] = signed_by(&t, secret_s);
	texts[1] = signed_by(&t, secret_gate);
	t.day = DAY - 1;
	texts[2] = signed_by(&t, secret_s);
	t = good();
	t.slot_min = 600;
	texts[3] = signed_by(&t, secret_s);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		more(GATE_EV_SCAN)->text = str_from(texts[i].digits);
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		more(GATE_EV_SCAN)->text = str_from(other[i]);
	(void)snprintf(more(GATE_EV_SCAN)->officer, PASS_OFFICER, "Sri");
}

/* Op ids of PASSED are filled in when it is their turn. */
enum { OP_NONE, OP_OTHER, OP_RIGHT };
static uint8_t op_of[EVENTS_MAX];

static void more_answers(void)
{
	static const char *const moves[] = {"", "i", "io"};

	for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
		*more(GATE_EV_KNOWN) = known(moves[i]);
		*more(GATE_EV_KNOWN) = booked(moves[i]);
	}
	more(GATE_EV_KNOWN); /* cleared: the disk does not answer */
	*more(GATE_EV_KNOWN) = booked("");
	events[n_events - 1].known.elsewhere = true;
	*more(GATE_EV_KNOWN) = booked("");
	events[n_events - 1].known.history.n = PASS_MOVES;
	for (uint8_t op = OP_NONE; op <= OP_RIGHT; op++)
		for (uint64_t n = 0; n < 2; n++) {
			op_of[n_events] = op;
			more(GATE_EV_PASSED)->pass.n = n;
		}
	for (int v = 0; v <= GATE_VERDICTS; v++)
		more(GATE_EV_NOT_PASSED)->verdict = (enum gate_verdict)v;
}

static void all_events(void)
{
	static const char keys[] = "A7oU-\0\xff ";
	static const int64_t ticks[] = {0, 3000, 4000, 10000, 30000};

	n_events = 0;
	memset(op_of, 0, sizeof(op_of));
	more(GATE_EV_UNSET);
	more(GATE_EVENTS);
	more(GATE_EV_ERASE);
	for (size_t i = 0; i < ARRAY_LEN(ticks); i++)
		more(GATE_EV_TICK)->mono_ms = mono + ticks[i];
	for (int p = 0; p <= GATE_PRESSES; p++)
		more(GATE_EV_PRESS)->press = (enum gate_press)p;
	more(GATE_EV_PRESS)->press = GATE_PRESS_ORDER;
	memset(&events[n_events - 1].random, 0, sizeof(struct code_hash));
	for (size_t i = 0; i < sizeof(keys); i++)
		more(GATE_EV_KEY)->symbol = keys[i];
	more_scans();
	more_answers();
}

static void start(enum gate_state want)
{
	assert_int_equal(s.state, want);
	assert_true(n_starts < STARTS_MAX);
	starts[n_starts++] = s;
	gate_session_init(&s, &gate);
}

static void all_starts(void)
{
	char code[SHORT_CODE_SYMBOLS + 1];

	n_starts = 0;
	start(GATE_READY);
	press(GATE_PRESS_WAY_OUT);
	start(GATE_READY);
	scan_good();
	start(GATE_LOOKING);
	scan(code_text);
	start(GATE_LOOKING);
	scan_good();
	answer("i");
	badge("Rahmat");
	press(GATE_PRESS_ORDER);
	start(GATE_LOOKING); /* of an override */
	scan_good();
	answer("");
	start(GATE_ENTERING);
	badge("Rahmat");
	press(GATE_PRESS_ORDER);
	start(GATE_ENTERING);
	scan_good();
	answer("");
	pass_it();
	start(GATE_SHOWN);
	scan_good();
	answer("i");
	start(GATE_SHOWN);
	scan_forged();
	start(GATE_SHOWN);
	badge("Rahmat");
	press(GATE_PRESS_ORDER);
	pass_it();
	start(GATE_SHOWN);
	press(GATE_PRESS_TYPE);
	short_of(1, 17, code);
	type(code);
	start(GATE_KEYPAD);
	press(GATE_PRESS_TYPE);
	type("0000000Z");
	start(GATE_KEYPAD);
	enter_short(code);
	start(GATE_COMPARE);
	badge("Rahmat");
	start(GATE_OFFICER);
	scan_good();
	answer("i");
	badge("Rahmat");
	start(GATE_OFFICER);
	badge("Rahmat");
	press(GATE_PRESS_LOST);
	type("A017");
	start(GATE_LOST);
	press(GATE_PRESS_LIST);
	start(GATE_LIST);
}

static unsigned sounds(unsigned fx)
{
	return fx &
	    (GATE_EFFECT_SOUND_YES | GATE_EFFECT_SOUND_WAIT |
		GATE_EFFECT_SOUND_NO);
}

static void check_open(const struct gate_session *before,
    const struct gate_event *ev, unsigned fx)
{
	bool opens = (fx & GATE_EFFECT_OPEN) != 0;
	bool shown = s.state == GATE_SHOWN && gate_opens(s.verdict);

	if (opens) {
		assert_int_equal(ev->kind, GATE_EV_PASSED);
		assert_int_equal(before->state, GATE_ENTERING);
		assert_true(ev->pass.n != 0 && s.pass.n == ev->pass.n);
		assert_memory_equal(&ev->pass.op_id, &before->pass.op_id,
		    sizeof(struct op_id));
		assert_true(shown);
		assert_int_equal(sounds(fx), GATE_EFFECT_SOUND_YES);
	}
	/* Nothing else shows green, and nothing shown green is not durable. */
	if (shown) {
		assert_true(s.pass.n != 0);
		assert_true(opens ||
		    (before->state == GATE_SHOWN &&
			before->pass.n == s.pass.n));
	}
	assert_int_equal(sounds(fx) == GATE_EFFECT_SOUND_YES, opens);
}

static void check_effects(const struct gate_session *before, unsigned fx)
{
	struct code_hash key;

	assert_int_equal((fx & GATE_EFFECT_LOOK) != 0,
	    s.state == GATE_LOOKING && before->state != GATE_LOOKING);
	assert_int_equal((fx & GATE_EFFECT_PASS) != 0,
	    s.state == GATE_ENTERING && before->state != GATE_ENTERING);
	if (fx & GATE_EFFECT_PASS) {
		assert_int_equal(s.pass.n, 0);
		key = pass_key(&s.pass.subject, s.pass.move);
		assert_memory_equal(&key, &s.pass.key, sizeof(key));
		assert_false(is_zero(&s.pass.key, sizeof(key)));
		assert_false(is_zero(&s.pass.op_id, sizeof(struct op_id)));
		assert_true(s.pass.move < PASS_MOVES);
		assert_int_equal(s.pass.subject.day, DAY);
		assert_int_equal(s.pass.reason != PASS_REASON_NONE,
		    s.pass.officer[0] != '\0');
	}
	if (fx & GATE_EFFECT_REFUSE) {
		assert_int_equal(s.state, GATE_SHOWN);
		assert_false(gate_opens(s.verdict));
		assert_int_not_equal(s.verdict, GATE_UNSET);
		assert_true(sounds(fx) == GATE_EFFECT_SOUND_NO ||
		    sounds(fx) == GATE_EFFECT_SOUND_WAIT);
	} else if (!(fx & GATE_EFFECT_OPEN)) {
		assert_int_equal(sounds(fx), 0);
	}
	if (fx & GATE_EFFECT_LIST)
		assert_int_equal(s.state, GATE_LIST);
	if (fx == 0)
		assert_memory_equal(&s, before, sizeof(s));
}

static void check_deadline(const struct gate_session *before,
    const struct gate_event *ev)
{
	assert_true(s.state > GATE_STATE_UNSET && s.state < GATE_STATES);
	if (s.state == GATE_READY) {
		assert_true(s.deadline_ms ==
		    (s.out_until_ms != 0 ? s.out_until_ms : INT64_MAX));
		return;
	}
	assert_true(s.deadline_ms <= ev->mono_ms + 30000 ||
	    s.deadline_ms == before->deadline_ms);
	assert_true(s.deadline_ms < INT64_MAX);
	if (ev->kind == GATE_EV_TICK)
		assert_true(s.deadline_ms > ev->mono_ms);
}

/* What waits for an answer is left by that answer, or by its deadline. */
static void check_waits(const struct gate_session *before,
    const struct gate_event *ev)
{
	bool over = ev->kind == GATE_EV_TICK &&
	    ev->mono_ms >= before->deadline_ms;

	if (before->state == GATE_LOOKING && s.state != GATE_LOOKING)
		assert_true(ev->kind == GATE_EV_KNOWN || over);
	if (before->state == GATE_ENTERING && s.state != GATE_ENTERING)
		assert_true(ev->kind == GATE_EV_PASSED ||
		    ev->kind == GATE_EV_NOT_PASSED || over);
	if (before->state != GATE_LOOKING && ev->kind == GATE_EV_KNOWN)
		assert_memory_equal(&s, before, sizeof(s));
	if (before->state != GATE_ENTERING &&
	    (ev->kind == GATE_EV_PASSED || ev->kind == GATE_EV_NOT_PASSED))
		assert_memory_equal(&s, before, sizeof(s));
}

/* An officer decides only with a badge, and nothing typed or read stays. */
static void check_traces(void)
{
	bool pending = s.state == GATE_LOOKING || s.state == GATE_ENTERING;

	if (s.state != GATE_KEYPAD && s.state != GATE_LOST)
		assert_true(is_zero(s.typed, sizeof(s.typed)));
	if (!pending)
		assert_true(is_zero(&s.code, sizeof(s.code)));
	if (s.state == GATE_OFFICER || s.state == GATE_LOST)
		assert_true(s.officer[0] != '\0');
	if (s.state == GATE_READY) {
		assert_true(is_zero(&s.subject, sizeof(s.subject)));
		assert_true(is_zero(&s.ticket, sizeof(s.ticket)));
		assert_true(is_zero(s.officer, sizeof(s.officer)));
	}
	if (s.state == GATE_SHOWN && s.overridden)
		assert_true(s.pass.officer[0] != '\0' && s.pass.n != 0);
	assert_true(memchr(s.typed, '\0', sizeof(s.typed)) != NULL);
}

static void walk_one(size_t at)
{
	struct gate_session before = s;
	struct gate_event *ev = &events[at];
	unsigned fx;

	if (op_of[at] != OP_NONE)
		ev->pass.op_id = s.pass.op_id;
	if (op_of[at] == OP_OTHER)
		ev->pass.op_id.bytes[0] ^= 1;
	fx = step(ev);
	check_open(&before, ev, fx);
	check_effects(&before, fx);
	check_deadline(&before, ev);
	check_waits(&before, ev);
	check_traces();
}

static void test_every_event_and_every_event_after_it_in_every_state(
    void **state)
{
	struct gate_session then;
	bool seen[GATE_STATES] = {false};
	size_t steps = 0;

	(void)state;
	all_starts();
	all_events();
	for (size_t at = 0; at < n_starts; at++)
		for (size_t a = 0; a < n_events; a++) {
			s = starts[at];
			seen[s.state] = true;
			walk_one(a);
			then = s;
			for (size_t b = 0; b < n_events; b++) {
				s = then;
				walk_one(b);
				steps++;
			}
		}
	for (int i = GATE_READY; i < GATE_STATES; i++)
		assert_true(seen[i]);
	assert_true(steps == n_starts * n_events * n_events);
}

/* As a gate of the present rules would have come there. */
static void settle(struct gate_session *at)
{
	at->out_until_ms = 0;
	at->out = gate_goes_out(&gate.gate, false);
	if (at->state == GATE_READY)
		at->deadline_ms = INT64_MAX;
}

/* The same at gates of other rules: nothing must depend on them. */
static void test_the_walk_holds_at_other_gates(void **state)
{
	(void)state;
	for (int way = WAY_UNSET; way <= WAY_OUT; way++) {
		all_starts();
		gate.gate.way = (enum gate_way)way;
		gate.gate.reentry = true;
		gate.gate.accept = (enum gate_accept)way;
		all_events();
		for (size_t at = 0; at < n_starts; at++)
			for (size_t a = 0; a < n_events; a++) {
				s = starts[at];
				settle(&s);
				walk_one(a);
			}
		set_up(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_every_event_and_every_event_after_it_in_every_state),
	    T(test_the_walk_holds_at_other_gates),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
