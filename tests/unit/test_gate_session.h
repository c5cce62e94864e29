/* A gate at nine, and the events that drive it. */
#ifndef KARCIS_TESTS_TEST_GATE_SESSION_H
#define KARCIS_TESTS_TEST_GATE_SESSION_H

#include "firmware/core/gate_session.h"

#include "test_gate.h"

static struct gate_session_rules gate;
static struct gate_session s;
static int64_t mono;

static const char code_text[] = "0000000000"; /* 0 mod 37 = 0 */

static inline int set_up(void **state)
{
	(void)state;
	gate_office();
	memset(&gate, 0, sizeof(gate));
	rules.accept = ACCEPT_BOTH;
	rules.way = WAY_BOTH;
	gate.gate = rules;
	gate.code = code_profile_own();
	memset(gate.office_key.bytes, 6, KEY_BYTES);
	gate.lang = LANG_ID;
	gate.show_ms = 4000;
	gate.device = GATE_DEVICE;
	gate.epoch = 2;
	gate_session_init(&s, &gate);
	mono = 1000000;
	return 0;
}
#define T(name) cmocka_unit_test_setup(name, set_up)

static inline struct gate_event event(enum gate_event_kind kind)
{
	struct gate_event ev;

	memset(&ev, 0, sizeof(ev));
	ev.kind = kind;
	ev.now_s = NINE;
	ev.mono_ms = mono;
	memset(ev.random.bytes, 0x77, sizeof(ev.random.bytes));
	return ev;
}

static inline unsigned step(const struct gate_event *ev)
{
	return gate_step(&s, &gate, ev);
}

static inline unsigned scan_at(const char *text, int64_t now_s)
{
	struct gate_event ev = event(GATE_EV_SCAN);

	ev.text = str_from(text);
	ev.now_s = now_s;
	return step(&ev);
}

static inline unsigned scan(const char *text)
{
	return scan_at(text, NINE);
}

static inline unsigned scan_ticket(const struct ticket *t)
{
	struct ticket_text text = signed_by(t, secret_s);

	return scan(text.digits);
}

static inline unsigned scan_good(void)
{
	struct ticket t = good();

	return scan_ticket(&t);
}

static inline unsigned scan_forged(void)
{
	struct ticket t = good();
	struct ticket_text text = signed_by(&t, secret_gate);

	return scan(text.digits);
}

static inline unsigned badge(const char *officer)
{
	struct gate_event ev = event(GATE_EV_SCAN);

	ev.text = str_from("KARCIS-OFFICER-0");
	(void)snprintf(ev.officer, sizeof(ev.officer), "%s", officer);
	return step(&ev);
}

static inline unsigned press(enum gate_press p)
{
	struct gate_event ev = event(GATE_EV_PRESS);

	ev.press = p;
	return step(&ev);
}

static inline unsigned type(const char *keys)
{
	unsigned fx = 0;

	for (; *keys != '\0'; keys++) {
		struct gate_event ev = event(GATE_EV_KEY);

		ev.symbol = *keys;
		fx |= step(&ev);
	}
	return fx;
}

static inline unsigned tick_after(int64_t ms)
{
	struct gate_event ev;

	mono += ms;
	ev = event(GATE_EV_TICK);
	return step(&ev);
}

/* i = went in, o = went out, from 08.00 on, a minute apart, here; by
 * KEY_S's A-017. */
static inline struct gate_event known(const char *moves)
{
	struct gate_event ev = event(GATE_EV_KNOWN);

	ev.known.storage_ok = true;
	for (uint8_t i = 0; moves[i] != '\0'; i++) {
		struct pass_move m = went((uint8_t)(i + 1),
		    NINE - 3600 + i * 60, moves[i] == 'o');

		m.letter = 1;
		m.number = 17;
		assert_true(pass_history_add(&ev.known.history, &m));
	}
	return ev;
}

static inline unsigned answer(const char *moves)
{
	struct gate_event ev = known(moves);

	return step(&ev);
}

/* A booking of today, 09.00 to 09.15, with one companion. */
static inline struct gate_event booked(const char *moves)
{
	struct gate_event ev = known(moves);
	struct booking *b = &ev.known.facts.booking;

	ev.known.facts.storage_ok = true;
	ev.known.facts.found = true;
	b->office = OFFICE;
	b->day = DAY;
	b->start_min = 540;
	b->end_min = 555;
	b->service = 1;
	b->booking_class = CLASS_BOOKED;
	b->status = BOOKING_CONFIRMED;
	b->companions = 1;
	return ev;
}

static inline struct gate_event passed(void)
{
	struct gate_event ev = event(GATE_EV_PASSED);

	ev.pass = s.pass;
	ev.pass.n = 7;
	return ev;
}

static inline unsigned pass_it(void)
{
	struct gate_event ev = passed();

	return step(&ev);
}

static inline unsigned not_passed(enum gate_verdict v)
{
	struct gate_event ev = event(GATE_EV_NOT_PASSED);

	ev.verdict = v;
	return step(&ev);
}

static inline void short_of(uint8_t letter, uint16_t number,
    char out[SHORT_CODE_SYMBOLS + 1])
{
	struct day_key key = ticket_day_key(&rules.gate_secret, DAY);

	ticket_short_code(&key, OFFICE, DAY, letter, number, out);
}

/* Right in its check symbol and in nothing else: one of the next numbers
 * whose own check symbol fits. */
static inline void wrong_short(char out[SHORT_CODE_SYMBOLS + 1])
{
	static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	static const char *at;

	short_of(1, 17, out);
	for (int i = 7; i > 3; i--) {
		at = strchr(symbols, out[i]);
		out[i] = at[1] == '\0' ? '0' : at[1];
		for (int k = 0; k < 32; k++) {
			out[8] = symbols[k];
			if (!gate_short_slip(str_from(out)))
				return;
		}
	}
	fail_msg("no wrong short code");
}

static inline unsigned enter_short(const char *code)
{
	press(GATE_PRESS_TYPE);
	type(code);
	return press(GATE_PRESS_ENTER);
}

static inline bool is_zero(const void *p, size_t len)
{
	return sodium_is_zero(p, len);
}

#endif
