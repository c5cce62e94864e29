/* app/sync: what a terminal asks its hub when, and what it does with feed,
 * roster, time and refusals, in virtual time. Claims are in sync_claims_test.c,
 * a link that lies is in sync_hostile_test.c. */
#include "test_hubside.h"

/* ---- the order of questions ---- */

static void test_todays_feed_finds_out_whether_the_hub_is_there(void **state)
{
	struct asked *q;

	(void)state;
	admit(1);
	q = must_take("/v1/feed");
	must_get(q, FEED("26", "0", "0", "0"));
	assert_int_equal(q->timeout_ms, 10000);
	must_be_quiet();
	assert_false(sync_up(s));
	serve(q);
	assert_true(sync_up(s));
	assert_int_equal(status().heard_s, now_s());
}

static void test_then_everything_else(void **state)
{
	struct asked *q;

	(void)state;
	with_letter(1);
	hub.rows[1] = 3;
	serve(must_take("/v1/feed"));
	assert_int_equal(bookings(DAY), 3);
	q = must_take("/v1/feed");
	must_get(q, FEED("26", "812", "3", "25"));
	assert_in_range(q->timeout_ms, 25001, 60000);
	q = must_take("/v1/claims");
	assert_string_equal(q->method, "POST");
	assert_non_null(strstr(q->body, "\"op\":\"numbers\""));
	assert_non_null(strstr(q->body,
	    "\"at\":[{\"day\":\"2026-11-26\",\"epoch\":812,\"after\":3}]"));
	serve(must_take("/v1/time?nonce="));
	assert_int_equal(sync_hub_time_s(s, mono_ms + 2500), now_s() + 2);
	q = must_take("/v1/roster");
	must_get(q, "/v1/roster?office=4102");
	serve(q);
	assert_int_equal(sync_roster(s)->version, 4);
	q = must_take("/v1/feed");
	must_get(q, FEED("27", "0", "0", "0"));
	serve(q);
	q = must_take("/v1/feed");
	must_get(q, FEED("28", "0", "0", "0"));
	serve(q);
	must_be_quiet();
}

static void test_a_long_poll_only_when_the_day_is_whole(void **state)
{
	(void)state;
	options.days_ahead = 0;
	restart();
	hub.rows[1] = 2500;
	must_get(must_take("/v1/feed"), FEED("26", "0", "0", "0"));
	sync_lost(s, mono_ms);
	mono_ms += 60000;
	serve(must_take("/v1/feed"));
	assert_int_equal(bookings(DAY), 0);
	/* The day goes first: time and claims are behind it. */
	for (int i = 1; i < 3; i++) {
		struct asked *q = must_take("/v1/feed");

		assert_int_equal(of_path(q->path, "after"), 1000 * i);
		assert_int_equal(of_path(q->path, "wait"), 0);
		serve(q);
	}
	assert_int_equal(bookings(DAY), 2500);
	must_get(must_take("/v1/feed"), FEED("26", "812", "2500", "25"));
}

static void test_no_long_poll_while_the_hub_is_away(void **state)
{
	struct asked *poll = settle();

	(void)state;
	no_answer(poll);
	assert_false(sync_up(s));
	assert_string_equal(sentence,
	    "hub: no answer, this terminal goes on with what it has");
	mono_ms += 60000;
	must_get(must_take("/v1/feed"), FEED("26", "812", "0", "0"));
}

static void test_each_lane_has_one_question(void **state)
{
	struct admit_request visitor = request_of(1);

	(void)state;
	admit(2);
	serve(must_take("/v1/feed"));
	must_take("/v1/feed");
	must_take("/v1/claims");
	must_take("/v1/time");
	must_be_quiet();
	sync_ask(s, &visitor, mono_ms);
	must_take("/v1/claims");
	admit(3);
	sync_poke(s, mono_ms);
	must_be_quiet();
}

static void test_a_counter_is_never_given_twice(void **state)
{
	uint64_t last = 0;
	uint32_t id = 0;

	(void)state;
	for (int i = 0; i < 600; i++) {
		struct asked *q = must_take("/v1/feed");

		assert_true(q->counter > last && q->id != id);
		last = q->counter;
		id = q->id;
		no_answer(q);
		mono_ms += 60000;
		if (i == 399)
			restart();
	}
}

/* ---- failures ---- */

/* docs/PROTOCOL.md: full jitter between 0 and min(60 s, 0.5 s x 2^n). */
static void test_retries_have_full_jitter(void **state)
{
	static const int64_t most[] = {1000, 2000, 4000, 8000, 16000, 32000,
	    60000, 60000, 60000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(most); i++) {
		lot = 0;
		no_answer(must_take("/v1/feed"));
		lot = UINT32_MAX;
		/* 0: at once. The next failure waits the longest. */
		no_answer(must_take("/v1/feed"));
		restart();
		for (size_t k = 0; k < i; k++) {
			no_answer(must_take("/v1/feed"));
			mono_ms += 60000;
		}
		no_answer(must_take("/v1/feed"));
		assert_int_equal(sync_deadline_ms(s), mono_ms + most[i] - 1);
		mono_ms += most[i] - 2;
		must_be_quiet();
		mono_ms++;
		no_answer(must_take("/v1/feed"));
		restart();
	}
}

static void test_retry_after_is_honoured(void **state)
{
	struct asked *poll = settle();
	struct frame_answer a = genuine(poll, 503, "error",
	    "{\"error\":\"busy\",\"detail\":\"\"}");

	(void)state;
	lot = 0;
	a.retry_after_s = 30;
	deliver(&a);
	assert_true(sync_up(s));
	mono_ms += 29999;
	must_be_quiet();
	mono_ms++;
	must_take("/v1/feed");
}

/* Retry-After is not signed, and a login page is no answer. */
static void test_retry_after_cannot_silence_a_terminal(void **state)
{
	struct frame_answer a;

	(void)state;
	login_page(must_take("/v1/feed"), UINT32_MAX);
	assert_true(sync_deadline_ms(s) <= mono_ms + 60000);
	mono_ms += 60000;
	a = genuine(must_take("/v1/feed"), 503, "error",
	    "{\"error\":\"busy\"}");
	a.retry_after_s = UINT32_MAX;
	deliver(&a);
	assert_true(sync_deadline_ms(s) <= mono_ms + 3600000);
}

static void test_a_link_that_forgets_is_given_up(void **state)
{
	struct asked *poll = settle();
	int64_t until = mono_ms + poll->timeout_ms + 1000;

	(void)state;
	mono_ms = until - 1;
	assert_true(sync_up(s));
	assert_int_equal(sync_deadline_ms(s), until);
	while (take(poll))
		serve(poll);
	mono_ms = until;
	lot = 0;
	must_take("/v1/feed");
	assert_false(sync_up(s));
}

static void test_a_lost_link(void **state)
{
	struct admit_request visitor = request_of(1);
	struct client_answer a;

	(void)state;
	settle();
	sync_ask(s, &visitor, mono_ms);
	must_take("/v1/claims");
	sync_lost(s, mono_ms);
	assert_false(sync_up(s));
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_NO_ANSWER);
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_NONE);
	mono_ms += 60000;
	must_get(must_take("/v1/feed"), FEED("26", "812", "0", "0"));
	must_be_quiet();
}

/*
 * Whatever a hub does, a terminal asks no more than so often in an hour of
 * its time, is never woken for nothing, and says no more than this.
 */
static void test_no_hub_makes_a_terminal_busy(void **state)
{
	/* Two lanes at the mean of 30 s: 240 and what comes before. */
	static const struct {
		enum hub_mode mode;
		unsigned requests, sentences;
	} most[] = {{HUB_GOOD, 260, 10}, {HUB_SILENT, 260, 5},
	    {HUB_DOWN, 260, 5}, {HUB_PORTAL, 260, 5}, {HUB_BUSY, 600, 600},
	    {HUB_RUBBISH, 600, 600}, {HUB_EPOCH, 600, 600},
	    {HUB_WRONG_DIGEST, 1400, 1000}, {HUB_STRANGE_OP, 300, 30},
	    {HUB_EAGER, 900, 10}, {HUB_REPLAYED, 600, 600},
	    {HUB_BAD_REQUEST, 600, 600}, {HUB_NO_GRANTS, 260, 10},
	    {HUB_OTHER_OPS, 450, 250}, {HUB_NEWER_WORDS, 450, 250},
	    {HUB_NO_POST, 700, 400}};

	assert_int_equal(ARRAY_LEN(most), HUB_MODES);
	for (size_t i = 0; i < ARRAY_LEN(most); i++) {
		struct admit_request left = request_of(900);

		options.letter[0] = 1;
		options.letters = 1;
		options.pool[0] = (struct sync_pool){1, CLASS_WALK_IN};
		options.pools = 1;
		restart();
		hub.mode = most[i].mode;
		hub.rows[1] = 1200; /* two pages */
		for (unsigned k = 0; k < 5; k++)
			admit(k);
		assert_int_equal(journal_intend(j, &left, &e), 0);
		hub_run(3600000);
		if (hub.requests > most[i].requests || hub.requests < 6 ||
		    said > most[i].sentences)
			fail_msg("mode %zu: %u requests, %u sentences: %s", i,
			    hub.requests, said, sentence);
		if (most[i].mode == HUB_GOOD)
			assert_int_equal(outbox(), 0);
		assert_int_equal(remove_hubside(state), 0);
		assert_int_equal(make_hubside(state), 0);
	}
}

static void test_a_roster_that_the_feed_speaks_of_is_asked_for(void **state)
{
	struct asked *poll = settle();

	(void)state;
	hub.roster = 5;
	hub.rows[1] = 1;
	serve(poll);
	must_take("/v1/feed");
	lot = UINT32_MAX;
	/* A pause when it fails, but no longer one. */
	answer(must_take("/v1/roster"), 200, "roster", "{}");
	assert_int_equal(sync_roster(s)->version, 4);
	assert_int_equal(sync_deadline_ms(s), mono_ms + 30000);
	mono_ms += 30000;
	serve(must_take("/v1/roster"));
	assert_int_equal(sync_roster(s)->version, 5);
}

static void test_one_question_that_fails_does_not_hide_the_others(void **state)
{
	(void)state;
	lot = 0;
	serve(must_take("/v1/feed"));
	must_take("/v1/feed");
	answer_error(must_take("/v1/time"), 404, "not_found");
	answer_error(must_take("/v1/roster"), 403, "other_office");
	answer_error(must_take(FEED("27", "0", "0", "0")), 404, "not_found");
	serve(must_take(FEED("28", "0", "0", "0")));
	must_be_quiet();
	/* But they are asked again. */
	mono_ms += 600000;
	settle();
	assert_int_equal(sync_roster(s)->version, 4);
	assert_int_equal(sync_hub_time_s(s, mono_ms), now_s());
}

/* ---- the feed ---- */

static void test_nothing_new_is_304(void **state)
{
	struct asked *poll = settle();

	(void)state;
	mono_ms += 25000;
	answer(poll, 304, "feed", "");
	assert_int_equal(sync_data_s(s, now_s(), mono_ms), now_s());
	must_get(must_take("/v1/feed"), FEED("26", "812", "0", "25"));
	/* Not of a claim, not before the day is there. */
	restart();
	sync_feed_restart(s, DAY);
	answer(must_take("/v1/feed"), 304, "feed", "");
	assert_true(sync_data_s(s, now_s(), mono_ms) < now_s());
}

static void test_what_the_poll_brings_is_shown(void **state)
{
	struct asked *poll = settle();

	(void)state;
	hub.rows[1] = 2;
	mono_ms += 3000;
	serve(poll);
	assert_int_equal(bookings(DAY), 2);
	must_get(must_take("/v1/feed"), FEED("26", "812", "2", "25"));
}

static void test_another_history_starts_the_day_over(void **state)
{
	struct asked *poll, *q;
	struct admission a;
	char hex[33];

	(void)state;
	hub.rows[1] = 3;
	settle();
	a = admit(1);
	sync_poke(s, mono_ms);
	serve(must_take("/v1/claims"));
	assert_int_equal(outbox(), 0);
	sync_lost(s, mono_ms);
	mono_ms += 60000;
	poll = settle();
	lot = UINT32_MAX;
	answer(poll, 409, "error",
	    "{\"error\":\"epoch\",\"detail\":\"\",\"epoch\":9,\"head\":1}");
	/* What was admitted is told again, what is known is still shown. */
	assert_int_equal(outbox(), 1);
	assert_int_equal(bookings(DAY), 3);
	q = must_take("/v1/claims");
	wire_hex(a.op_id.bytes, OP_ID_BYTES, hex);
	assert_non_null(strstr(q->body, hex));
	assert_non_null(strstr(q->body, "\"at\":[]"));
	serve(q);
	assert_int_equal(outbox(), 0);
	hub.epoch[1] = 9;
	hub.rows[1] = 1;
	mono_ms += 999;
	q = must_take("/v1/feed");
	must_get(q, FEED("26", "0", "0", "0"));
	serve(q);
	assert_int_equal(bookings(DAY), 1);
}

static void test_each_409_waits_longer(void **state)
{
	struct asked *q = settle();

	(void)state;
	lot = UINT32_MAX;
	for (int n = 1; n < 7; n++) {
		answer_error(q, 409, "epoch");
		assert_int_equal(s->lane[LANE_FEED].next_ms,
		    mono_ms + (500 << n) - 1);
		mono_ms = s->lane[LANE_FEED].next_ms;
		q = must_take("/v1/feed");
	}
}

static void test_a_409_elsewhere_restarts_nothing(void **state)
{
	(void)state;
	lot = 0;
	hub.rows[1] = 2;
	serve(must_take("/v1/feed"));
	must_take("/v1/feed");
	sentence[0] = '\0';
	answer_error(must_take("/v1/time"), 409, "epoch");
	answer_error(must_take("/v1/roster"), 409, "epoch");
	assert_int_equal(bookings(DAY), 2);
	assert_int_equal(bookings(0), 0);
	assert_null(strstr(sentence, "loaded anew"));
}

static void test_an_unknown_op_stops_that_day_and_says_so(void **state)
{
	struct asked *poll = settle();

	(void)state;
	hub.rows[1] = 2;
	hub.mode = HUB_STRANGE_OP;
	serve(poll);
	assert_string_equal(sentence,
	    "hub: the feed has an op this release does not know; update this "
	    "terminal");
	assert_int_equal(bookings(DAY), 0);
	hub.mode = HUB_GOOD;
	mono_ms += 600000;
	settle();
	assert_int_equal(bookings(DAY), 2);
}

static void test_a_page_of_another_day_or_office_changes_nothing(void **state)
{
	struct asked *poll = settle();
	char other[BODY];

	(void)state;
	hub.rows[1] = hub.rows[2] = 2;
	answer(poll, 200, "feed", page_of(DAY + 1, 0, 1000));
	assert_int_equal(bookings(DAY), 0);
	assert_int_equal(bookings(DAY + 1), 0);
	mono_ms += 60000;
	assert_true(
	    str_copy(other, sizeof(other), str_from(page_of(DAY, 0, 1000))));
	other[13] = '5'; /* office 4502 */
	answer(must_take("/v1/feed"), 200, "feed", other);
	assert_int_equal(bookings(DAY), 0);
}

/* ---- days ---- */

static void test_midnight(void **state)
{
	struct asked *poll;

	(void)state;
	with_letter(1);
	hub.rows[2] = 4;
	poll = settle();
	assert_int_equal(bookings(DAY + 1), 4);
	/* 23:59:59 */
	wall_s += 17 * 3600 - 1 - (now_s() - NOW);
	must_be_quiet();
	wall_s++;
	/* Its numbers; the poll of the old day is still out. */
	assert_non_null(
	    strstr(must_take("/v1/claims")->body, "\"day\":\"2026-11-27\""));
	must_get(must_take("/v1/feed"), FEED("29", "0", "0", "0"));
	mono_ms += 5000;
	serve(poll);
	must_get(must_take("/v1/feed"), FEED("27", "812", "4", "25"));
}

static void test_clocks_that_jump(void **state)
{
	static const int days[] = {1, -1, 2, -2, 400, -400, -20000, 20000, 60,
	    -60, 61, -61};

	(void)state;
	hub.rows[1] = 1;
	settle();
	for (size_t i = 0; i < ARRAY_LEN(days); i++) {
		wall_s += (int64_t)days[i] * DAY_SECONDS;
		sync_lost(s, mono_ms);
		mono_ms += 60000;
		no_answer(must_take("/v1/feed"));
		mono_ms += 60000;
		if (civil_local(now_s(), OFFSET_S).day == DAY)
			settle();
		assert_true(sync_data_s(s, now_s(), mono_ms) <= now_s() + 120);
	}
	assert_int_equal(bookings(DAY), 1);
}

/* ---- the hub refuses this device ---- */

static void test_revoked_forgets_the_bookings(void **state)
{
	struct roster r;

	(void)state;
	hub.rows[1] = hub.rows[2] = 3;
	answer_error(settle(), 403, "revoked");
	assert_int_equal(sync_state(s), SYNC_REVOKED);
	assert_false(sync_up(s));
	assert_int_equal(bookings(DAY), 0);
	assert_int_equal(bookings(DAY + 1), 0);
	assert_int_equal(cache_roster(c, &r, &e), 0);
	assert_int_equal(r.version, 0);
	assert_int_equal(sync_roster(s)->version, 0);
	must_be_quiet();
	assert_true(sync_deadline_ms(s) == INT64_MAX);
}

static void test_a_hub_that_knows_better_wants_an_enrolment(void **state)
{
	static const struct {
		int status;
		const char *word;
		enum sync_state state;
	} cases[] = {{409, "re_enrol", SYNC_RE_ENROL},
	    {403, "unknown_device", SYNC_RE_ENROL},
	    /* Neither of them with another status, nor a word alone. */
	    {403, "re_enrol", SYNC_SERVING},
	    {409, "unknown_device", SYNC_SERVING},
	    {409, "revoked", SYNC_SERVING}, {400, "revoked", SYNC_SERVING},
	    {403, "other_office", SYNC_SERVING},
	    {401, "unsigned", SYNC_SERVING}, {404, "not_found", SYNC_SERVING},
	    {429, "slow_down", SYNC_SERVING}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		hub.rows[1] = 3;
		answer_error(settle(), cases[i].status, cases[i].word);
		assert_int_equal(sync_state(s), cases[i].state);
		assert_int_equal(bookings(DAY), 3);
		if (cases[i].state != SYNC_SERVING)
			must_be_quiet();
		assert_int_equal(remove_hubside(state), 0);
		assert_int_equal(make_hubside(state), 0);
	}
}

/* A hub that does not know the device knows no epoch of it. */
static void test_unknown_device_is_signed_without_an_epoch(void **state)
{
	struct asked *q = must_take("/v1/feed");
	struct frame_answer a = signed_by(hub.secret, DEVICE, 0, q, 403,
	    "error", str_from("{\"error\":\"unknown_device\"}"));

	(void)state;
	deliver(&a);
	assert_int_equal(sync_state(s), SYNC_RE_ENROL);
}

static void test_an_answer_to_another_enrolment_is_none(void **state)
{
	static const uint32_t epoch[] = {0, ENROLLED - 1, ENROLLED + 1};

	(void)state;
	hub.rows[1] = 3;
	for (size_t i = 0; i < ARRAY_LEN(epoch); i++) {
		struct asked *q = must_take("/v1/feed");
		struct frame_answer a = signed_by(hub.secret, DEVICE, epoch[i],
		    q, 200, "feed", str_from(page_for(q)));

		deliver(&a);
		assert_false(sync_up(s));
		assert_int_equal(bookings(DAY), 0);
		mono_ms += 60000;
	}
}

static void test_an_answer_of_another_kind_or_status_is_refused(void **state)
{
	static const struct {
		int status;
		const char *kind;
	} cases[] = {{200, "roster"}, {200, "claims"}, {200, "Feed"},
	    {404, "feed"}, {201, "feed"}, {500, "feed"}};

	(void)state;
	hub.rows[1] = 3;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct asked *q = must_take("/v1/feed");

		answer(q, cases[i].status, cases[i].kind, page_for(q));
		assert_int_equal(bookings(DAY), 0);
		sync_lost(s, mono_ms);
		mono_ms += 60000;
	}
	serve(must_take("/v1/feed"));
	assert_int_equal(bookings(DAY), 3);
}

static void test_replayed_takes_the_next_counter(void **state)
{
	struct asked *q = settle();
	uint64_t counter = q->counter;

	(void)state;
	lot = 0;
	answer_error(q, 409, "replayed");
	assert_true(sync_up(s));
	q = must_take("/v1/feed");
	assert_true(q->counter > counter);
}

/* ---- the rest ---- */

static void test_once_ends(void **state)
{
	static struct asked q;
	unsigned n = 0;

	(void)state;
	options.once = true;
	with_letter(1);
	admit(1);
	hub.rows[1] = 1500;
	hub.rows[2] = hub.rows[3] = 2;
	while (take(&q)) {
		assert_true(++n < 20);
		if (is_path(&q, "/v1/feed"))
			assert_int_equal(of_path(q.path, "wait"), 0);
		serve(&q);
		mono_ms += 20;
	}
	assert_int_equal(bookings(DAY), 1500);
	assert_int_equal(bookings(DAY + 1), 2);
	assert_int_equal(bookings(DAY + 2), 2);
	assert_int_equal(outbox(), 0);
	assert_int_equal(sync_roster(s)->version, 4);
	assert_true(sync_up(s));
}

static void test_homes_of_codes(void **state)
{
	unsigned here = 0, there = 0;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		struct code_hash h = person(i);

		/* No roster: this one may. */
		assert_null(sync_elsewhere(s, &h));
	}
	settle();
	for (unsigned i = 0; i < 200; i++) {
		struct code_hash h = person(i);
		const struct roster_device *d = sync_elsewhere(s, &h);
		bool home = feed_home_score(&h, 17) >= feed_home_score(&h, 18);

		assert_int_equal(d == NULL, home);
		if (d != NULL)
			assert_string_equal(d->name, "kiosk-2");
		here += d == NULL;
		there += d != NULL;
	}
	assert_in_range(here, 50, 150);
	assert_in_range(there, 50, 150);
	assert_string_equal(sync_device_name(s, 18), "kiosk-2");
	assert_string_equal(sync_device_name(s, 19), "");
	/* It is there after a restart, before the hub answers. */
	restart();
	assert_string_equal(sync_device_name(s, 18), "kiosk-2");
}

static void test_how_old_the_bookings_are(void **state)
{
	struct asked *poll;

	(void)state;
	assert_int_equal(sync_data_s(s, now_s(), mono_ms), 0);
	assert_int_equal(status().heard_s, 0);
	poll = settle();
	assert_int_equal(sync_data_s(s, now_s(), mono_ms), now_s());
	mono_ms += 20000;
	assert_int_equal(sync_data_s(s, now_s(), mono_ms), now_s() - 20);
	serve(poll);
	assert_int_equal(sync_data_s(s, now_s(), mono_ms), now_s());
	mono_ms += 700000;
	assert_int_equal(sync_data_s(s, now_s(), mono_ms), now_s() - 700);
}

static void test_the_roster_and_other_days_are_asked_in_turn(void **state)
{
	struct asked *poll = settle();

	(void)state;
	mono_ms += 299999;
	serve(poll);
	must_take("/v1/feed");
	must_be_quiet();
	mono_ms++;
	serve(must_take("/v1/roster"));
	must_get(must_take("/v1/feed"), FEED("27", "812", "0", "0"));
}

static void test_poke_all_asks_everything(void **state)
{
	(void)state;
	settle();
	mono_ms += 1000;
	sync_poke_all(s, mono_ms);
	serve(must_take("/v1/time"));
	serve(must_take("/v1/roster"));
	serve(must_take(FEED("27", "812", "0", "0")));
	serve(must_take(FEED("28", "812", "0", "0")));
	must_be_quiet();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_todays_feed_finds_out_whether_the_hub_is_there),
	    CASE(test_then_everything_else),
	    CASE(test_a_long_poll_only_when_the_day_is_whole),
	    CASE(test_no_long_poll_while_the_hub_is_away),
	    CASE(test_each_lane_has_one_question),
	    CASE(test_a_counter_is_never_given_twice),
	    CASE(test_retries_have_full_jitter),
	    CASE(test_retry_after_is_honoured),
	    CASE(test_retry_after_cannot_silence_a_terminal),
	    CASE(test_a_link_that_forgets_is_given_up),
	    CASE(test_a_lost_link),
	    CASE(test_no_hub_makes_a_terminal_busy),
	    CASE(test_a_roster_that_the_feed_speaks_of_is_asked_for),
	    CASE(test_one_question_that_fails_does_not_hide_the_others),
	    CASE(test_nothing_new_is_304),
	    CASE(test_what_the_poll_brings_is_shown),
	    CASE(test_another_history_starts_the_day_over),
	    CASE(test_each_409_waits_longer),
	    CASE(test_a_409_elsewhere_restarts_nothing),
	    CASE(test_an_unknown_op_stops_that_day_and_says_so),
	    CASE(test_a_page_of_another_day_or_office_changes_nothing),
	    CASE(test_midnight),
	    CASE(test_clocks_that_jump),
	    CASE(test_revoked_forgets_the_bookings),
	    CASE(test_a_hub_that_knows_better_wants_an_enrolment),
	    CASE(test_unknown_device_is_signed_without_an_epoch),
	    CASE(test_an_answer_to_another_enrolment_is_none),
	    CASE(test_an_answer_of_another_kind_or_status_is_refused),
	    CASE(test_replayed_takes_the_next_counter),
	    CASE(test_once_ends),
	    CASE(test_homes_of_codes),
	    CASE(test_how_old_the_bookings_are),
	    CASE(test_the_roster_and_other_days_are_asked_in_turn),
	    CASE(test_poke_all_asks_everything),
	};

	return sodium_init() < 0 ? 1
				 : cmocka_run_group_tests(tests, NULL, NULL);
}
