/* A machine with everything, and the events that drive its technician. */
#ifndef KARCIS_TESTS_TEST_TECHNICIAN_H
#define KARCIS_TESTS_TEST_TECHNICIAN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "firmware/core/technician.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* 2026-11-26 10.24 WIB */
enum { DAY = 20783, WIB_S = 7 * 3600, IDLE_MS = 300000 };
#define NOW civil_unix(DAY, (10 * 60 + 24) * 60, WIB_S)

static struct tech_rules rules;
static struct tech_session s;
static struct tech_effects fx; /* of the last step */
static int64_t mono;

static inline int set_up(void **state)
{
	(void)state;
	memset(&rules, 0, sizeof(rules));
	rules.lang = LANG_ID;
	rules.idle_ms = IDLE_MS;
	rules.offset_s = WIB_S;
	rules.technicians = rules.printer = rules.hub = rules.updates = true;
	rules.clock = true;
	rules.brightness = 70;
	rules.volume = 50;
	tech_init(&s, &rules);
	memset(&fx, 0, sizeof(fx));
	mono = 1000000;
	return 0;
}
#define T(name) cmocka_unit_test_setup(name, set_up)

static inline struct tech_event event(enum tech_event_kind kind)
{
	struct tech_event ev;

	memset(&ev, 0, sizeof(ev));
	ev.kind = kind;
	ev.now_s = NOW;
	ev.mono_ms = mono;
	return ev;
}

static inline unsigned step(const struct tech_event *ev)
{
	fx = tech_step(&s, &rules, ev);
	return fx.bits;
}

static inline unsigned press(enum tech_press p)
{
	struct tech_event ev = event(TECH_EV_PRESS);

	ev.press = p;
	return step(&ev);
}

static inline unsigned badge(const char *name)
{
	struct tech_event ev = event(TECH_EV_SCAN);

	ev.text = str_from("KARCIS-TECHNICIAN-00000000000000000000000000");
	ev.name = str_from(name);
	ev.device = str_from("ttyACM0");
	return step(&ev);
}

static inline unsigned scan(const char *text)
{
	struct tech_event ev = event(TECH_EV_SCAN);

	ev.text = str_from(text);
	ev.device = str_from("ttyACM0");
	return step(&ev);
}

static inline unsigned turn(bool on)
{
	struct tech_event ev = event(TECH_EV_SWITCH);

	ev.ok = on;
	return step(&ev);
}

static inline unsigned type(const char *keys)
{
	unsigned bits = 0;

	for (; *keys != '\0'; keys++) {
		struct tech_event ev = event(TECH_EV_KEY);

		ev.symbol = *keys;
		bits |= step(&ev);
	}
	return bits;
}

static inline unsigned erase(void)
{
	struct tech_event ev = event(TECH_EV_ERASE);

	return step(&ev);
}

static inline unsigned tick_after(int64_t ms)
{
	struct tech_event ev;

	mono += ms;
	ev = event(TECH_EV_TICK);
	return step(&ev);
}

static inline unsigned pin(enum tech_pin is)
{
	struct tech_event ev = event(TECH_EV_PIN);

	ev.pin = is;
	ev.tries = 4;
	ev.wait_ms = 300000;
	return step(&ev);
}

static inline unsigned answer(enum tech_event_kind kind, bool ok,
    const char *detail)
{
	struct tech_event ev = event(kind);

	ev.ok = ok;
	ev.detail = str_from(detail);
	return step(&ev);
}

static inline unsigned report(enum update_phase phase)
{
	struct tech_event ev = event(TECH_EV_REPORT);

	ev.report.phase = phase;
	ev.report.from = (struct release_version){0, 4, 0};
	ev.report.to = (struct release_version){0, 5, 0};
	return step(&ev);
}

static inline void key_pin(void)
{
	badge("Budi");
	type("471108");
	press(TECH_PRESS_ENTER);
}

static inline void enter(void)
{
	key_pin();
	pin(TECH_PIN_OK);
	assert_int_equal(s.state, TECH_MENU);
}

/* In, and to a screen of the menu. */
static inline void enter_to(enum tech_press p)
{
	report(UPDATE_IDLE);
	enter();
	press(p);
}

static inline void as_bare(bool technicians)
{
	rules.bare = true;
	rules.technicians = technicians;
	rules.printer = rules.hub = false;
	tech_init(&s, &rules);
}

static inline bool is_zero(const void *p, size_t n)
{
	return sodium_is_zero(p, n) == 1;
}

#endif
