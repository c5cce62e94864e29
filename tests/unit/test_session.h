/* A session that is open at nine, and the events that drive it. */
#ifndef KARCIS_TESTS_TEST_SESSION_H
#define KARCIS_TESTS_TEST_SESSION_H

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

static inline int set_up(void **state)
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

static inline struct event event(enum event_kind kind)
{
	struct event ev;

	memset(&ev, 0, sizeof(ev));
	ev.kind = kind;
	ev.now_s = NINE;
	ev.mono_ms = mono;
	return ev;
}

static inline unsigned step(const struct event *ev)
{
	return session_step(&s, &rules, ev).bits;
}

static inline unsigned scan(const char *text)
{
	struct event ev = event(EV_SCAN);

	ev.text = str_from(text);
	return step(&ev);
}

static inline unsigned act(enum action a)
{
	struct event ev = event(EV_ACTION);

	ev.action = a;
	return step(&ev);
}

static inline unsigned type(const char *keys)
{
	unsigned bits = 0;

	for (; *keys != '\0'; keys++) {
		struct event ev = event(EV_KEY);

		ev.symbol = *keys;
		bits |= step(&ev);
	}
	return bits;
}

static inline unsigned tick_after(int64_t ms)
{
	struct event ev;

	mono += ms;
	ev = event(EV_TICK);
	return step(&ev);
}

static inline struct event good_facts(void)
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

static inline struct event claimed(void)
{
	struct event ev = event(EV_CLAIMED);

	ev.admission.n = 7;
	ev.admission.ticket.letter = 1;
	ev.admission.ticket.number = 17;
	return ev;
}

static inline struct event printed(enum print_verdict v)
{
	struct event ev = event(EV_PRINT);

	ev.job_id = s.job_id;
	ev.print = v;
	return ev;
}

static inline void to_printing(void)
{
	struct event ev;

	scan(code_text);
	ev = good_facts();
	assert_true(step(&ev) & EFFECT_CLAIM);
	ev = claimed();
	assert_true(step(&ev) & EFFECT_PRINT);
	assert_int_equal(s.state, SESSION_PRINTING);
}

static inline void end_print(enum print_verdict v)
{
	struct event ev = printed(v);

	step(&ev);
}

#define T(name) cmocka_unit_test_setup(name, set_up)

#endif
