/* A visitor under a hub: what is asked, what the hub and its feed say. */
#ifndef KARCIS_TESTS_TEST_CLAIMING_H
#define KARCIS_TESTS_TEST_CLAIMING_H

#include "test_hubside.h"

#include "firmware/app/sync/claiming.h"
#include "firmware/store/cache_file.h"
#undef MODULE
#include "firmware/store/journal_file.h"

enum { PEOPLE = 40 };

static struct claiming claiming;
static struct claiming_word word;

static inline void open_claiming(void)
{
	claiming = (struct claiming){.sync = s,
	    .cache = c,
	    .journal = j,
	    .offset_s = OFFSET_S};
}

static inline int make_claiming(void **state)
{
	int r = make_hubside(state);

	hub.rows[day_at(DAY)] = PEOPLE;
	open_claiming();
	return r;
}

/* Another terminal and its hub. */
static inline void anew(void **state)
{
	assert_int_equal(remove_hubside(state), 0);
	assert_int_equal(make_claiming(state), 0);
}

static inline void come_up(void)
{
	settle();
	assert_true(sync_up(s));
	assert_int_equal(bookings(DAY), PEOPLE);
}

/* It was up, so that it has the day's bookings and the roster. */
static inline void go_down(void)
{
	come_up();
	sync_lost(s, mono_ms);
	assert_false(sync_up(s));
}

static inline void crash(void)
{
	restart();
	open_claiming();
}

/* Somebody whose code has its home at that device: 17 is this terminal. */
static inline unsigned of_home(uint32_t device)
{
	for (unsigned i = 0; i < PEOPLE; i++) {
		struct code_hash h = person(i);
		bool at_17 = feed_home_score(&h, 17) >= feed_home_score(&h, 18);

		if (at_17 == (device == 17))
			return i;
	}
	fail_msg("all have their home at the other one");
	return 0;
}

static inline enum claiming_step begin(const struct admit_request *q)
{
	memset(&word, 0xff, sizeof(word));
	return claiming_begin(&claiming, q, mono_ms, &word, &e);
}

static inline enum claiming_step go_on(void)
{
	memset(&word, 0xff, sizeof(word));
	return claiming_go_on(&claiming, mono_ms, &word, &e);
}

static inline void assert_no_word(void)
{
	assert_int_equal(word.answer, CLAIM_UNSET);
	assert_false(word.elsewhere);
	assert_string_equal(word.terminal, "");
}

static inline bool is_op(const struct op_id *a, const struct op_id *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* The hub is asked about person i; the question. */
static inline struct asked *asked_about(unsigned i, struct admit_request *q)
{
	*q = request_of(i);
	assert_int_equal(begin(q), CLAIMING_WAIT);
	assert_int_equal(go_on(), CLAIMING_WAIT);
	assert_no_word();
	return must_take("/v1/claims");
}

#define BY \
	",\"by\":{\"op_id\":\"000102030405060708090a0b0c0d0e0f\"," \
	"\"device\":18,\"terminal\":\"kiosk-2\",\"letter\":\"T\"," \
	"\"number\":7,\"time\":1795651100}"

/* The answer of an op, as a body; rest: behind the answer's word. */
static inline const char *body_of(const struct op_id *op_id,
    const char *answer_word, const char *rest)
{
	static char text[512];
	char hex[33];

	wire_hex(op_id->bytes, OP_ID_BYTES, hex);
	(void)snprintf(text, sizeof(text),
	    "{\"answers\":[{\"op_id\":\"%s\",\"answer\":\"%s\"%s}]}", hex,
	    answer_word, rest);
	return text;
}

static inline void hub_says(const struct asked *q,
    const struct admit_request *of, const char *answer_word, const char *rest)
{
	answer(q, 200, "claims", body_of(&of->op_id, answer_word, rest));
}

/* ---- what the feed says ---- */

/* One more row of a day's feed. */
static inline void feed_says_on(int32_t day, struct feed_op op)
{
	struct feed_page page = {.office = OFFICE, .day = day, .roster = 4};
	struct cache_feed state;
	struct booking was;

	assert_int_equal(cache_feed_state(c, day, &state, &e), 0);
	page.digest = state.digest;
	if (op.kind == FEED_ADM)
		feed_add_admission(&page.digest, OFFICE, day, &op.admission);
	else if (cache_find(c, &op.booking.hash, &was, &e) == 0 &&
	    was.day == day)
		feed_take_booking(&page.digest, &was);
	if (op.kind == FEED_PUT)
		feed_add_booking(&page.digest, &op.booking);
	op.seq = state.at + 1;
	page.epoch = state.epoch;
	page.from = state.at;
	page.to = page.head = op.seq;
	page.ops = &op;
	page.n = 1;
	assert_int_equal(cache_feed_apply(c, &page, now_s(), &e), 0);
}

static inline void feed_says(struct feed_op op)
{
	feed_says_on(DAY, op);
}

static inline void feed_puts(unsigned i, enum booking_status status)
{
	struct feed_op op = {.kind = FEED_PUT, .booking = booking_of(DAY, i)};

	op.booking.status = (uint8_t)status;
	feed_says(op);
}

static inline void feed_admits(unsigned i, const struct op_id *op_id,
    uint32_t device)
{
	struct feed_op op = {.kind = FEED_ADM};

	op.admission.booking = person(i);
	op.admission.op_id = *op_id;
	op.admission.device = device;
	op.admission.letter = 20;
	op.admission.number = 7;
	op.admission.time_s = NOW - 100;
	feed_says(op);
}

static inline void feed_deletes(unsigned i)
{
	struct feed_op op = {.kind = FEED_DEL};

	op.booking.hash = person(i);
	feed_says(op);
}

#define CLAIMING(f) \
	cmocka_unit_test_setup_teardown(f, make_claiming, remove_hubside)

#endif
