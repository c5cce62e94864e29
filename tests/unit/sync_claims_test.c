/* app/sync: what was done here is told to the hub, and what it answers:
 * doubles, what it can't take, intents that a crash left, a visitor's question,
 * and what it grants. */
#include "test_hubside.h"

/* ---- claims ---- */

static void test_admissions_are_told_once(void **state)
{
	struct asked *q;

	(void)state;
	settle();
	admit(1);
	admit(2);
	must_be_quiet();
	sync_poke(s, mono_ms);
	assert_int_equal(status().waiting, 2);
	q = must_take("/v1/claims");
	assert_non_null(strstr(q->body, "\"done\":true"));
	serve(q);
	assert_int_equal(outbox(), 0);
	assert_int_equal(status().waiting, 0);
	sync_poke(s, mono_ms);
	must_be_quiet();
	restart();
	settle();
	assert_int_equal(outbox(), 0);
}

static void test_a_lost_reply_is_asked_for_again(void **state)
{
	struct asked *q;
	char body[BODY];

	(void)state;
	settle();
	admit(1);
	sync_poke(s, mono_ms);
	q = must_take("/v1/claims");
	memcpy(body, q->body, sizeof(body));
	no_answer(q);
	assert_int_equal(outbox(), 1);
	sync_lost(s, mono_ms);
	mono_ms += 60000;
	serve(must_take("/v1/feed"));
	must_take("/v1/feed");
	q = must_take("/v1/claims");
	assert_string_equal(q->body, body);
	serve(q);
	assert_int_equal(outbox(), 0);
}

static void test_a_hub_that_is_back_need_not_be_waited_for(void **state)
{
	struct asked *poll = settle();

	(void)state;
	lot = UINT32_MAX;
	admit(1);
	sync_poke(s, mono_ms);
	no_answer(must_take("/v1/claims"));
	mono_ms += 20;
	must_be_quiet();
	serve(poll);
	serve(must_take("/v1/claims"));
	assert_int_equal(outbox(), 0);
}

static void test_answers_for_other_claims_settle_nothing(void **state)
{
	static const char *const bad[] = {"{\"answers\":[]}", "{}", "[]",
	    ("{\"answers\":[{\"op_id\":\"00000000000000000000000000000000\","
	     "\"answer\":\"admitted\"}]}")};

	(void)state;
	settle();
	admit(1);
	sync_poke(s, mono_ms);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		answer(must_take("/v1/claims"), 200, "claims", bad[i]);
		assert_int_equal(outbox(), 1);
		assert_int_equal(stuck(), 0);
		s->lane[LANE_CLAIMS].next_ms = mono_ms;
	}
	serve(must_take("/v1/claims"));
	assert_int_equal(outbox(), 0);
}

#define BY_OTHER \
	"\"by\":{\"op_id\":\"f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff\"," \
	"\"device\":18,\"terminal\":\"kiosk-2\",\"letter\":\"T\"," \
	"\"number\":12,\"time\":1795651201}"

static const char *judged;
static const char *judge_all(const json_t *op)
{
	(void)op;
	return judged;
}

static void test_a_double_is_recorded_once(void **state)
{
	static const char *const answers[] = {
	    "\"answer\":\"used\",\"double\":true," BY_OTHER,
	    "\"answer\":\"used\"," BY_OTHER,
	    /* An answer stays; only the double is added. */
	    "\"answer\":\"admitted\",\"double\":true," BY_OTHER,
	    "\"answer\":\"unknown\",\"double\":true," BY_OTHER,
	    "\"answer\":\"cancelled\",\"double\":true," BY_OTHER};

	(void)state;
	settle();
	hub.judge = judge_all;
	for (uint32_t i = 0; i < ARRAY_LEN(answers); i++) {
		judged = answers[i];
		admit(i);
		sync_poke(s, mono_ms);
		serve(must_take("/v1/claims"));
		assert_int_equal(outbox(), 0);
		assert_int_equal(stuck(), 0);
		assert_int_equal(doubles(), i + 1);
	}
	/* The hub lost its memory and is told again. */
	assert_int_equal(journal_resend(j, DAY, &e), 0);
	judged = answers[0];
	sync_poke(s, mono_ms);
	serve(must_take("/v1/claims"));
	assert_int_equal(outbox(), 0);
	assert_int_equal(doubles(), ARRAY_LEN(answers));
}

static void test_what_the_hub_holds_against_it_stays_admitted(void **state)
{
	(void)state;
	settle();
	hub.judge = judge_all;
	judged = "\"answer\":\"cancelled\",\"note\":\"cancelled\"";
	admit(1);
	sync_poke(s, mono_ms);
	serve(must_take("/v1/claims"));
	assert_int_equal(outbox(), 0);
	assert_int_equal(stuck(), 0);
	assert_int_equal(doubles(), 0);
	assert_non_null(strstr(sentence, "the booking is cancelled"));
}

static void test_what_the_hub_cannot_take_is_set_aside(void **state)
{
	static const char *const answers[] = {"\"answer\":\"bad\"",
	    "\"answer\":\"unsupported\"", "\"answer\":\"perhaps\""};

	(void)state;
	settle();
	hub.judge = judge_all;
	for (int i = 0; i < 3; i++) {
		judged = answers[i];
		admit((unsigned)i);
		sync_poke(s, mono_ms);
		serve(must_take("/v1/claims"));
		assert_int_equal(outbox(), 0);
		assert_int_equal(stuck(), i + 1);
		assert_int_equal(status().stuck, i + 1);
	}
	/* Each start tries it once. */
	hub.judge = NULL;
	restart();
	settle();
	assert_int_equal(stuck(), 0);
	assert_int_equal(outbox(), 0);
}

static char poison[33];
static size_t longest;
/* A hub that refuses whole requests: poisoned ones and long ones. */
static unsigned serve_claims_until_quiet(int refusal)
{
	unsigned requests = 0;
	struct asked *q;

	while (outbox() > 0) {
		q = must_take("/v1/claims");
		assert_true(++requests < 60);
		if ((poison[0] != '\0' && strstr(q->body, poison) != NULL) ||
		    strlen(q->body) > longest)
			answer_error(q, refusal, "bad_request");
		else
			serve(q);
		s->lane[LANE_CLAIMS].next_ms = mono_ms;
		sync_poke(s, mono_ms);
	}
	return requests;
}

static void test_one_poisoned_entry_does_not_stop_the_others(void **state)
{
	static const unsigned places[] = {0, 50, 99};

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct admission a, bad = {0};

		settle();
		longest = BODY;
		for (unsigned k = 0; k < 100; k++) {
			a = admit(k);
			if (k == places[i])
				bad = a;
		}
		wire_hex(bad.op_id.bytes, OP_ID_BYTES, poison);
		sync_poke(s, mono_ms);
		assert_in_range(serve_claims_until_quiet(400), 8, 40);
		assert_int_equal(stuck(), 1);
		assert_non_null(strstr(sentence, "it can't take entry"));
		/* It is that one. */
		assert_int_equal(journal_resend(j, 0, &e), 0);
		assert_int_equal(outbox(), 100);
		assert_int_equal(remove_hubside(state), 0);
		assert_int_equal(make_hubside(state), 0);
	}
	poison[0] = '\0';
}

static void test_too_large_sends_less_at_once(void **state)
{
	(void)state;
	settle();
	for (unsigned k = 0; k < 100; k++)
		admit(k);
	longest = 4000; /* about ten */
	sync_poke(s, mono_ms);
	assert_in_range(serve_claims_until_quiet(413), 10, 50);
	assert_int_equal(stuck(), 0);
	longest = BODY;
}

static void test_other_refusals_set_nothing_aside(void **state)
{
	static const int refusal[] = {403, 404, 409, 429, 503};

	(void)state;
	settle();
	admit(1);
	sync_poke(s, mono_ms);
	for (int i = 0; i < 40; i++) {
		answer_error(must_take("/v1/claims"), refusal[i % 5], "busy");
		s->lane[LANE_CLAIMS].next_ms = mono_ms;
	}
	assert_int_equal(outbox(), 1);
	assert_int_equal(stuck(), 0);
}

/* ---- intents ---- */

static void test_intents_that_a_crash_left_are_finished(void **state)
{
	static const struct {
		const char *answer;
		bool admitted, left;
	} cases[] = {{"\"answer\":\"admitted\"", true, false},
	    {"\"answer\":\"used\"," BY_OTHER, false, false},
	    {"\"answer\":\"cancelled\"", false, false},
	    {"\"answer\":\"rescheduled\"", false, false},
	    {"\"answer\":\"blocked\"", false, false},
	    {"\"answer\":\"revoked\"", false, false},
	    {"\"answer\":\"unknown\"", false, false},
	    {"\"answer\":\"bad\"", false, false},
	    {"\"answer\":\"unsupported\"", false, true},
	    {"\"answer\":\"perhaps\"", false, true}};

	hub.judge = judge_all;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct admit_request left = request_of(7);
		struct admission a;
		struct asked *q;
		char hex[33];

		hub.judge = judge_all;
		judged = cases[i].answer;
		assert_int_equal(journal_intend(j, &left, &e), 0);
		restart();
		mono_ms += 7000;
		serve(must_take("/v1/feed"));
		must_take("/v1/feed");
		q = must_take("/v1/claims");
		wire_hex(left.op_id.bytes, OP_ID_BYTES, hex);
		assert_non_null(strstr(q->body, hex));
		assert_non_null(strstr(q->body, "\"done\":false"));
		serve(q);
		assert_int_equal(intents(), cases[i].left);
		assert_int_equal(
		    journal_find_admission(j, &left.booking, DAY, &a, &e),
		    cases[i].admitted ? 0 : -ENOENT);
		if (cases[i].admitted)
			assert_memory_equal(&a.op_id, &left.op_id, OP_ID_BYTES);
		assert_int_equal(outbox(), cases[i].admitted);
		assert_int_equal(remove_hubside(state), 0);
		assert_int_equal(make_hubside(state), 0);
	}
}

static void test_an_intent_without_an_answer_is_asked_again(void **state)
{
	struct admit_request left = request_of(7);
	struct asked *q;
	char hex[33];

	(void)state;
	wire_hex(left.op_id.bytes, OP_ID_BYTES, hex);
	assert_int_equal(journal_intend(j, &left, &e), 0);
	for (int i = 0; i < 3; i++) {
		restart();
		serve(must_take("/v1/feed"));
		must_take("/v1/feed");
		q = must_take("/v1/claims");
		assert_non_null(strstr(q->body, hex));
		no_answer(q);
		assert_int_equal(intents(), 1);
	}
}

/* A walk-in's seat that was spent since: it can't be finished. */
static void test_an_intent_that_fails_does_not_stop_the_others(void **state)
{
	struct admit_request left = request_of(7);

	(void)state;
	left.booking_class = CLASS_WALK_IN;
	settle();
	assert_int_equal(journal_intend(j, &left, &e), 0);
	admit(1);
	admit(2);
	sync_poke(s, mono_ms);
	serve(must_take("/v1/claims"));
	assert_int_equal(outbox(), 0);
	assert_int_equal(intents(), 1);
	assert_non_null(strstr(sentence, "allowed no further walk-in"));
}

static void test_the_visitor_in_front_is_not_asked_for_twice(void **state)
{
	struct admit_request visitor = request_of(7);
	struct client_answer a;
	struct asked *q;

	(void)state;
	settle();
	assert_int_equal(journal_intend(j, &visitor, &e), 0);
	sync_ask(s, &visitor, mono_ms);
	q = must_take("/v1/claims");
	sync_poke(s, mono_ms);
	must_be_quiet();
	serve(q);
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_ANSWERED);
	assert_int_equal(a.answer, CLAIM_ADMITTED);
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_NONE);
	/* Whoever asked admits; should it not, the intent is still there. */
	assert_int_equal(intents(), 1);
	sync_poke(s, mono_ms);
	must_take("/v1/claims");
}

static void test_an_intent_under_way_whose_visitor_comes_back(void **state)
{
	struct admit_request visitor = request_of(7);
	struct client_answer a;
	struct asked *claims, *ask;

	(void)state;
	assert_int_equal(journal_intend(j, &visitor, &e), 0);
	serve(must_take("/v1/feed"));
	must_take("/v1/feed");
	claims = must_take("/v1/claims");
	sync_ask(s, &visitor, mono_ms);
	ask = must_take("/v1/claims");
	serve(claims);
	assert_int_equal(intents(), 1);
	assert_int_equal(outbox(), 0);
	serve(ask);
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_ANSWERED);
}

/* ---- a visitor's question ---- */

static void test_a_question_is_answered(void **state)
{
	static const struct {
		const char *answer;
		enum claim_answer what;
	} cases[] = {{"\"answer\":\"admitted\"", CLAIM_ADMITTED},
	    {"\"answer\":\"used\"," BY_OTHER, CLAIM_USED},
	    {"\"answer\":\"cancelled\"", CLAIM_CANCELLED},
	    {"\"answer\":\"unknown\"", CLAIM_UNKNOWN},
	    {"\"answer\":\"perhaps\"", CLAIM_UNSET}};

	(void)state;
	settle();
	hub.judge = judge_all;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct admit_request visitor = request_of((unsigned)i);
		struct client_answer a;
		struct asked *q;

		judged = cases[i].answer;
		sync_ask(s, &visitor, mono_ms);
		q = must_take("/v1/claims");
		assert_int_equal(q->timeout_ms, 1500);
		assert_non_null(strstr(q->body, "\"done\":false"));
		assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_WAITING);
		mono_ms += 700;
		serve(q);
		assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_ANSWERED);
		assert_int_equal(a.answer, cases[i].what);
		if (a.answer == CLAIM_USED)
			assert_string_equal(a.by.terminal, "kiosk-2");
	}
	assert_int_equal(outbox(), 0);
}

static void test_no_answer_after_1500_ms(void **state)
{
	struct admit_request visitor = request_of(1);
	struct client_answer a;
	struct asked *q;

	(void)state;
	settle();
	sync_ask(s, &visitor, mono_ms);
	q = must_take("/v1/claims");
	mono_ms += 1499;
	assert_int_equal(sync_deadline_ms(s), mono_ms + 1);
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_WAITING);
	mono_ms++;
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_NO_ANSWER);
	assert_false(sync_up(s));
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_NONE);
	/* Too late. */
	serve(q);
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_NONE);
	assert_false(sync_up(s));
	/* The long poll could be out for 25 s more: the hub is asked anew. */
	must_get(must_take("/v1/feed"), FEED("26", "812", "0", "0"));
	must_be_quiet();
}

/* The hub is there, but its store is not: the home admits meanwhile. */
static void test_a_hub_without_its_store_is_not_asked(void **state)
{
	struct admit_request visitor = request_of(1);
	struct client_answer a;

	(void)state;
	settle();
	assert_true(sync_judges(s, mono_ms));
	sync_ask(s, &visitor, mono_ms);
	answer_error(must_take("/v1/claims"), 503, "storage");
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_NO_ANSWER);
	assert_true(sync_up(s));
	assert_false(sync_judges(s, mono_ms));
	assert_false(sync_judges(s, mono_ms + CANNOT_MS - 1));
	assert_true(sync_judges(s, mono_ms + CANNOT_MS));
	/* What was done meanwhile finds out sooner. */
	admit(1);
	sync_poke(s, mono_ms);
	serve(must_take("/v1/claims"));
	assert_true(sync_judges(s, mono_ms));
}

static void test_an_answer_that_nobody_signed_is_no_answer(void **state)
{
	struct admit_request visitor = request_of(1);
	struct client_answer a;

	(void)state;
	settle();
	sync_ask(s, &visitor, mono_ms);
	login_page(must_take("/v1/claims"), 0);
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_NO_ANSWER);
	assert_false(sync_up(s));
}

static void test_the_next_visitor_gets_no_answer_of_the_last(void **state)
{
	struct admit_request first = request_of(1), second = request_of(2);
	struct client_answer a;
	struct asked *one, *two;

	(void)state;
	settle();
	sync_ask(s, &first, mono_ms);
	one = must_take("/v1/claims");
	sync_ask(s, &second, mono_ms);
	two = must_take("/v1/claims");
	serve(one);
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_WAITING);
	/* Nor when the hub mixes them up. */
	answer(two, 200, "claims", claims_text(one->body));
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_WAITING);
	mono_ms += 1000;
	two = must_take("/v1/claims");
	assert_int_equal(two->timeout_ms, 500);
	serve(two);
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_ANSWERED);
	assert_memory_equal(&a.op_id, &second.op_id, OP_ID_BYTES);
}

static void test_a_hub_that_refuses_a_question(void **state)
{
	struct admit_request visitor = request_of(1);
	struct client_answer a;

	(void)state;
	settle();
	sync_ask(s, &visitor, mono_ms);
	answer_error(must_take("/v1/claims"), 400, "bad_request");
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_NO_ANSWER);
	assert_int_equal(s->batch, BATCH);
	sync_ask(s, &visitor, mono_ms);
	answer_error(must_take("/v1/claims"), 403, "revoked");
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_NO_ANSWER);
	assert_int_equal(sync_state(s), SYNC_REVOKED);
}

/* ---- grants ---- */

static int64_t numbers_left(int32_t day, uint8_t letter)
{
	int64_t n;

	assert_int_equal(journal_numbers_left(j, day, letter, &n, &e), 0);
	return n;
}

static void test_numbers_are_kept_ahead(void **state)
{
	struct asked *q;

	(void)state;
	with_letter(1);
	settle();
	assert_int_equal(numbers_left(DAY, 1), 20);
	for (unsigned i = 0; i < 15; i++) {
		struct admit_request r = request_of(i);
		struct admission a;

		r.letter = 1;
		assert_int_equal(journal_admit(j, &r, &a, &e), 0);
		assert_int_equal(a.ticket.number, i + 1);
		sync_poke(s, mono_ms);
		q = must_take("/v1/claims");
		if (i < 14)
			assert_null(strstr(q->body, "numbers"));
		else /* five are left */
			assert_non_null(strstr(q->body, "\"count\":20"));
		serve(q);
	}
	assert_int_equal(numbers_left(DAY, 1), 25);
}

static void test_a_grant_is_asked_with_the_same_op_id(void **state)
{
	char body[BODY], *at;
	struct asked *q;

	(void)state;
	with_letter(1);
	serve(must_take("/v1/feed"));
	must_take("/v1/feed");
	q = must_take("/v1/claims");
	memcpy(body, q->body, sizeof(body));
	at = strstr(body, "\"op_id\":\"");
	assert_non_null(at);
	at[41] = '\0'; /* the name and 32 digits */
	for (int i = 0; i < 3; i++) {
		no_answer(q);
		restart();
		serve(must_take("/v1/feed"));
		must_take("/v1/feed");
		q = must_take("/v1/claims");
		assert_non_null(strstr(q->body, at));
	}
	serve(q);
	assert_int_equal(numbers_left(DAY, 1), 20);
}

static void test_when_none_is_left_it_asks_again_later(void **state)
{
	(void)state;
	hub.mode = HUB_NO_GRANTS;
	with_letter(1);
	settle();
	sync_poke(s, mono_ms);
	must_be_quiet();
	hub.mode = HUB_GOOD;
	sync_lost(s, mono_ms);
	mono_ms += 599999;
	sync_poke(s, mono_ms);
	settle();
	assert_int_equal(numbers_left(DAY, 1), 0);
	mono_ms++;
	sync_poke(s, mono_ms);
	serve(must_take("/v1/claims"));
	assert_int_equal(numbers_left(DAY, 1), 20);
}

static void test_numbers_without_a_first_are_none(void **state)
{
	(void)state;
	with_letter(1);
	hub.judge = judge_all;
	judged = "\"answer\":\"granted\",\"count\":20";
	settle();
	assert_int_equal(numbers_left(DAY, 1), 0);
}

static void test_an_allowance(void **state)
{
	int64_t left;
	struct asked *q;

	(void)state;
	options.pool[0] = (struct sync_pool){2, CLASS_WALK_IN};
	options.pools = 1;
	restart();
	serve(must_take("/v1/feed"));
	must_take("/v1/feed");
	q = must_take("/v1/claims");
	assert_non_null(strstr(q->body, "\"op\":\"allowance\""));
	assert_non_null(
	    strstr(q->body, "\"service\":2,\"class\":3,\"count\":5"));
	serve(q);
	assert_int_equal(journal_allowance(j, DAY, 2, CLASS_WALK_IN, &left, &e),
	    0);
	assert_int_equal(left, 5);
	sync_poke(s, mono_ms);
	serve(must_take("/v1/time"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_admissions_are_told_once),
	    CASE(test_a_lost_reply_is_asked_for_again),
	    CASE(test_a_hub_that_is_back_need_not_be_waited_for),
	    CASE(test_answers_for_other_claims_settle_nothing),
	    CASE(test_a_double_is_recorded_once),
	    CASE(test_what_the_hub_holds_against_it_stays_admitted),
	    CASE(test_what_the_hub_cannot_take_is_set_aside),
	    CASE(test_one_poisoned_entry_does_not_stop_the_others),
	    CASE(test_too_large_sends_less_at_once),
	    CASE(test_other_refusals_set_nothing_aside),
	    CASE(test_intents_that_a_crash_left_are_finished),
	    CASE(test_an_intent_without_an_answer_is_asked_again),
	    CASE(test_an_intent_that_fails_does_not_stop_the_others),
	    CASE(test_the_visitor_in_front_is_not_asked_for_twice),
	    CASE(test_an_intent_under_way_whose_visitor_comes_back),
	    CASE(test_a_question_is_answered),
	    CASE(test_no_answer_after_1500_ms),
	    CASE(test_a_hub_without_its_store_is_not_asked),
	    CASE(test_an_answer_that_nobody_signed_is_no_answer),
	    CASE(test_the_next_visitor_gets_no_answer_of_the_last),
	    CASE(test_a_hub_that_refuses_a_question),
	    CASE(test_numbers_are_kept_ahead),
	    CASE(test_a_grant_is_asked_with_the_same_op_id),
	    CASE(test_when_none_is_left_it_asks_again_later),
	    CASE(test_numbers_without_a_first_are_none),
	    CASE(test_an_allowance),
	};

	return sodium_init() < 0 ? 1
				 : cmocka_run_group_tests(tests, NULL, NULL);
}
