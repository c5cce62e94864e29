/* An office with two kiosks and a gate at nine, and the tickets they sign. */
#ifndef KARCIS_TESTS_TEST_GATE_H
#define KARCIS_TESTS_TEST_GATE_H

#include "firmware/core/gate.h"

#include "test_vectors.h"

/* 2026-11-26; 09:00:00 in WIB = 02:00:00 UTC of day 20783. */
enum { OFFICE = 4102, DAY = 20783, NINE = 1795658400 };
enum { KEY_S = 0x1234, KEY_T = 0x1235, GATE_DEVICE = 17 };

static uint8_t secret_s[TICKET_SECRET_BYTES], secret_t[TICKET_SECRET_BYTES];
static uint8_t secret_gate[TICKET_SECRET_BYTES];
static struct roster roster;
static struct gate_rules rules;

static inline struct roster_device *enrol(uint32_t device, const char *name,
    enum roster_role role, uint16_t key_id, uint8_t seed_byte,
    uint8_t secret[TICKET_SECRET_BYTES])
{
	struct roster_device *d = &roster.item[roster.count++];
	uint8_t seed[32];

	memset(d, 0, sizeof(*d));
	memset(seed, seed_byte, sizeof(seed));
	d->device = device;
	(void)snprintf(d->name, sizeof(d->name), "%s", name);
	d->role = (uint8_t)role;
	d->live = true;
	d->epoch = 1;
	d->key_id = key_id;
	(void)crypto_sign_seed_keypair(d->ticket_key, secret, seed);
	return d;
}

static inline void gate_office(void)
{
	memset(&roster, 0, sizeof(roster));
	memset(&rules, 0, sizeof(rules));
	roster.version = 3;
	enrol(3, "kiosk-1", ROSTER_KIOSK, KEY_S, 1, secret_s);
	enrol(4, "kiosk-2", ROSTER_KIOSK, KEY_T, 2, secret_t);
	enrol(GATE_DEVICE, "gate-1", ROSTER_GATE, 9, 3, secret_gate);
	rules.checkin.office = OFFICE;
	rules.checkin.offset_s = 7 * 3600;
	rules.checkin.clock_floor_s = NINE - DAY_SECONDS;
	rules.checkin.early_minutes = 30;
	rules.checkin.late_minutes = 30;
	rules.checkin.late = LATE_COUNTER;
	for (int d = MON; d < WEEKDAYS; d++)
		assert_true(hours_parse(str_from("07:30-12:00 13:00-15:00"),
		    &rules.checkin.hours, (enum weekday)d));
	rules.roster = &roster;
	memset(rules.gate_secret.bytes, 5, KEY_BYTES);
	rules.has_secret = true;
	rules.accept = ACCEPT_TICKETS;
	rules.way = WAY_IN;
	rules.early_minutes = 30;
}

/* A-017 of kiosk-1, slot 09.00, good until 09.45. */
static inline struct ticket good(void)
{
	struct ticket t = {TICKET_QUEUE, KEY_S, 0xabcdef, DAY, 3, 1, 17, 540,
	    45, TICKET_BOOKED, 2};

	return t;
}

static inline struct ticket_text signed_by(const struct ticket *t,
    const uint8_t secret[TICKET_SECRET_BYTES])
{
	struct ticket_text text;

	assert_true(ticket_sign(t, OFFICE, secret, &text));
	return text;
}

static inline enum gate_verdict judge(struct str digits, int64_t now_s)
{
	return gate_check_ticket(&rules, digits, now_s).verdict;
}

static inline enum gate_verdict judge_text(const struct ticket_text *text,
    int64_t now_s)
{
	return judge(str_from(text->digits), now_s);
}

static inline struct pass_move went(uint8_t key, int64_t time_s, bool out)
{
	struct pass_move m = {.of = PASS_TICKET, .time_s = time_s, .out = out};

	m.key.bytes[0] = key;
	return m;
}

#endif
