/* A visitor's way from "may be admitted" to the admission, under a hub that
 * answers, refuses, keeps silent or is not there. */
#include "test_claiming.h"

/* ---- the hub is there ---- */

static void test_the_hub_is_asked_once_an_intent_is_on_disk(void **state)
{
	struct admit_request q, intent;
	struct asked *a;
	char op[64] = "\"op_id\":\"";

	(void)state;
	come_up();
	a = asked_about(0, &q);
	assert_string_equal(a->method, "POST");
	wire_hex(q.op_id.bytes, OP_ID_BYTES, op + strlen(op));
	assert_non_null(strstr(a->body, op));
	assert_non_null(strstr(a->body, "\"done\":false"));
	assert_int_equal(intents(), 1);
	assert_int_equal(journal_intent(j, &q.booking, q.day, &intent, &e), 0);
	assert_true(is_op(&intent.op_id, &q.op_id));
}

static void test_admitted_by_the_hub_admits_once(void **state)
{
	struct admit_request q;
	struct asked *a;

	(void)state;
	come_up();
	a = asked_about(0, &q);
	hub_says(a, &q, "admitted", "");
	assert_int_equal(go_on(), CLAIMING_ADMIT);
	assert_no_word();
	assert_true(is_op(&claiming.asked.op_id, &q.op_id));
	assert_memory_equal(&claiming.asked.booking, &q.booking,
	    sizeof(q.booking));
	/* Told once; the intent goes with the admission itself. */
	assert_int_equal(go_on(), CLAIMING_IDLE);
	assert_int_equal(intents(), 1);
}

static void test_nothing_is_under_way_before_anybody_asks(void **state)
{
	(void)state;
	assert_int_equal(go_on(), CLAIMING_IDLE);
	assert_no_word();
}

static void test_a_refusal_is_judged_again_and_its_intent_is_gone(void **state)
{
	static const struct {
		const char *answer_word, *rest;
		enum claim_answer answer;
	} t[] = {
	    {"used", BY, CLAIM_USED},
	    {"cancelled", "", CLAIM_CANCELLED},
	    {"rescheduled", "", CLAIM_RESCHEDULED},
	    {"blocked", "", CLAIM_BLOCKED},
	    {"revoked", "", CLAIM_REVOKED},
	    {"unknown", "", CLAIM_UNKNOWN},
	};

	(void)state;
	come_up();
	for (unsigned i = 0; i < ARRAY_LEN(t); i++) {
		struct admit_request q;
		struct asked *a = asked_about(i, &q);

		hub_says(a, &q, t[i].answer_word, t[i].rest);
		assert_int_equal(go_on(), CLAIMING_JUDGE);
		assert_int_equal(word.answer, t[i].answer);
		assert_false(word.elsewhere);
		assert_int_equal(intents(), 0);
		assert_int_equal(go_on(), CLAIMING_IDLE);
	}
}

static void test_used_says_by_whom(void **state)
{
	struct admit_request q;
	struct asked *a;

	(void)state;
	come_up();
	a = asked_about(0, &q);
	hub_says(a, &q, "used", BY);
	assert_int_equal(go_on(), CLAIMING_JUDGE);
	assert_int_equal(word.by.device, 18);
	assert_string_equal(word.by.terminal, "kiosk-2");
	assert_int_equal(word.by.letter, 20);
	assert_int_equal(word.by.number, 7);
	assert_int_equal(word.by.time_s, 1795651100);
}

/* ---- no answer is not a no ---- */

/* What the hub may say that is no word about this booking. */
static void nothing_useful(unsigned way, const struct asked *a,
    const struct admit_request *q)
{
	struct op_id other = q->op_id;

	other.bytes[0] ^= 1;
	switch (way) {
	case 0:
		hub_says(a, q, "perhaps", "");
		return;
	case 1:
		hub_says(a, q, "bad", ",\"detail\":\"verdict: not known\"");
		return;
	case 2:
		hub_says(a, q, "unsupported", "");
		return;
	case 3:
		hub_says(a, q, "granted", ",\"count\":1");
		return;
	case 4:
		no_answer(a);
		return;
	case 5:
		login_page(a, 0);
		return;
	case 6:
		answer_error(a, 503, "busy");
		return;
	case 7:
		answer_error(a, 400, "bad_request");
		return;
	case 8: /* its "used", but the link broke */
		sync_lost(s, mono_ms);
		return;
	case 9: /* another op's, then time is up */
		answer(a, 200, "claims", body_of(&other, "used", BY));
		break;
	case 10: /* signed, of another kind */
		answer(a, 200, "feed", body_of(&q->op_id, "cancelled", ""));
		break;
	case 11: /* no JSON */
		answer(a, 200, "claims", "<html>");
		break;
	case 12: /* "used" by nobody */
		hub_says(a, q, "used", "");
		break;
	case 13: /* none at all */
		answer(a, 200, "claims", "{\"answers\":[]}");
		break;
	default:
		break;
	}
	assert_int_equal(go_on(), CLAIMING_WAIT);
	mono_ms += SYNC_ASK_MS;
}

enum { WAYS = 15 };

static void test_what_is_no_answer_admits_with_the_same_op(void **state)
{
	(void)state;
	for (unsigned way = 0; way < WAYS; way++) {
		struct admit_request q;
		struct asked *a;

		come_up();
		a = asked_about(way, &q);
		nothing_useful(way, a, &q);
		if (go_on() != CLAIMING_ADMIT)
			fail_msg("way %u does not admit", way);
		assert_no_word();
		assert_true(is_op(&claiming.asked.op_id, &q.op_id));
		assert_int_equal(intents(), 1);
		assert_int_equal(journal_intent_drop(j, &q.op_id, &e), 0);
		crash();
	}
}

static void test_a_forged_refusal_admits(void **state)
{
	struct admit_request q;
	struct asked *a;
	struct frame_answer forged;
	uint8_t unused[WIRE_PUBLIC_BYTES], secret[WIRE_SECRET_BYTES];

	(void)state;
	come_up();
	a = asked_about(0, &q);
	crypto_sign_keypair(unused, secret);
	forged = signed_by(secret, DEVICE, ENROLLED, a, 200, "claims",
	    str_from(body_of(&q.op_id, "cancelled", "")));
	deliver(&forged);
	assert_int_equal(go_on(), CLAIMING_ADMIT);
}

static void test_a_visitor_waits_a_second_and_a_half(void **state)
{
	struct admit_request q;
	struct asked *a;

	(void)state;
	come_up();
	a = asked_about(0, &q);
	assert_true(a->timeout_ms <= SYNC_ASK_MS);
	mono_ms += SYNC_ASK_MS - 1;
	assert_int_equal(go_on(), CLAIMING_WAIT);
	mono_ms += 1;
	assert_int_equal(go_on(), CLAIMING_ADMIT);
	/* The next visitor need not wait: the hub counts as down. */
	q = request_of(of_home(17));
	assert_int_equal(begin(&q), CLAIMING_ADMIT);
}

static void test_a_late_answer_changes_nothing(void **state)
{
	struct admit_request q, next;
	struct asked *a, *b;

	(void)state;
	come_up();
	a = asked_about(0, &q);
	mono_ms += SYNC_ASK_MS;
	assert_int_equal(go_on(), CLAIMING_ADMIT);
	hub_says(a, &q, "cancelled", "");
	assert_int_equal(go_on(), CLAIMING_IDLE);
	assert_int_equal(intents(), 1);
	assert_int_equal(journal_intent_drop(j, &q.op_id, &e), 0);
	/* Nor for who comes next. */
	come_up();
	b = asked_about(1, &next);
	hub_says(a, &q, "cancelled", "");
	assert_int_equal(go_on(), CLAIMING_WAIT);
	hub_says(b, &next, "admitted", "");
	assert_int_equal(go_on(), CLAIMING_ADMIT);
	assert_true(is_op(&claiming.asked.op_id, &next.op_id));
}

/* ---- while it kept silent, its feed spoke ---- */

static void test_a_status_that_came_meanwhile_is_judged(void **state)
{
	static const enum booking_status status[] = {BOOKING_CANCELLED,
	    BOOKING_RESCHEDULED, BOOKING_BLOCKED, BOOKING_REVOKED};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(status); i++) {
		struct admit_request q;
		struct asked *a;

		come_up();
		a = asked_about(i, &q);
		feed_puts(i, status[i]);
		no_answer(a);
		assert_int_equal(go_on(), CLAIMING_JUDGE);
		assert_no_word(); /* fresh facts have it */
		assert_int_equal(intents(), 0);
		anew(state);
	}
}

static void test_a_booking_that_was_deleted_meanwhile_is_judged(void **state)
{
	struct admit_request q;
	struct asked *a;

	(void)state;
	come_up();
	a = asked_about(0, &q);
	feed_deletes(0);
	no_answer(a);
	assert_int_equal(go_on(), CLAIMING_JUDGE);
	assert_no_word();
	assert_int_equal(intents(), 0);
}

/* Its old day's row says so, or is gone already. */
static void test_a_booking_that_was_moved_meanwhile_is_judged(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct feed_op moved = {.kind = FEED_PUT,
		    .booking = booking_of(DAY + 1, 0)};
		struct admit_request q;
		struct asked *a;

		come_up();
		a = asked_about(0, &q);
		if (i == 0)
			feed_puts(0, BOOKING_RESCHEDULED);
		else
			feed_deletes(0);
		feed_says_on(DAY + 1, moved);
		no_answer(a);
		assert_int_equal(go_on(), CLAIMING_JUDGE);
		assert_int_equal(intents(), 0);
		anew(state);
	}
}

static void test_an_admission_that_came_meanwhile_is_judged(void **state)
{
	struct op_id other = journal_op_id();
	struct admit_request q;
	struct asked *a;

	(void)state;
	come_up();
	a = asked_about(0, &q);
	feed_admits(0, &other, 18);
	no_answer(a);
	assert_int_equal(go_on(), CLAIMING_JUDGE);
	assert_no_word();
	assert_int_equal(intents(), 0);
}

/* The hub admitted it, its answer was lost, its feed was not. */
static void test_the_own_admission_that_came_meanwhile_admits(void **state)
{
	struct admit_request q;
	struct asked *a;

	(void)state;
	come_up();
	a = asked_about(0, &q);
	feed_admits(0, &q.op_id, DEVICE);
	no_answer(a);
	assert_int_equal(go_on(), CLAIMING_ADMIT);
	assert_int_equal(intents(), 1);
}

/* The hub's word is newer than what its feed brought. */
static void test_what_the_hub_admitted_is_not_judged_again(void **state)
{
	struct admit_request q;
	struct asked *a;

	(void)state;
	come_up();
	a = asked_about(0, &q);
	feed_puts(0, BOOKING_CANCELLED);
	hub_says(a, &q, "admitted", "");
	assert_int_equal(go_on(), CLAIMING_ADMIT);
}

static void test_a_walk_in_has_no_booking_to_look_at(void **state)
{
	struct admit_request q = request_of(PEOPLE + 1);
	struct asked *a;

	(void)state;
	come_up();
	q.booking_class = CLASS_WALK_IN;
	assert_int_equal(begin(&q), CLAIMING_WAIT);
	a = must_take("/v1/claims");
	no_answer(a);
	assert_int_equal(go_on(), CLAIMING_ADMIT);
}

/* ---- the hub is known to be away ---- */

static void test_without_a_roster_this_terminal_admits(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		struct admit_request q = request_of(i);

		assert_int_equal(begin(&q), CLAIMING_ADMIT);
		assert_no_word();
		assert_true(is_op(&claiming.asked.op_id, &q.op_id));
	}
	assert_int_equal(intents(), 0);
	assert_int_equal(go_on(), CLAIMING_IDLE);
}

static void test_while_it_is_down_the_home_admits(void **state)
{
	struct admit_request q;

	(void)state;
	go_down();
	q = request_of(of_home(17));
	assert_int_equal(begin(&q), CLAIMING_ADMIT);
	assert_no_word();
	assert_int_equal(intents(), 0);
	assert_int_equal(go_on(), CLAIMING_IDLE);
}

static void test_while_it_is_down_others_are_sent_to_their_home(void **state)
{
	struct admit_request q;

	(void)state;
	go_down();
	q = request_of(of_home(18));
	assert_int_equal(begin(&q), CLAIMING_JUDGE);
	assert_int_equal(word.answer, CLAIM_UNSET);
	assert_true(word.elsewhere);
	assert_string_equal(word.terminal, "kiosk-2");
	assert_int_equal(intents(), 0);
	assert_int_equal(go_on(), CLAIMING_IDLE);
}

/* ---- a crash while the hub was asked ---- */

static void test_after_a_crash_the_same_op_asks_again(void **state)
{
	struct admit_request q, again;
	struct asked *a;

	(void)state;
	come_up();
	(void)asked_about(0, &q);
	crash();
	assert_int_equal(go_on(), CLAIMING_IDLE);
	sync_poke_all(s, mono_ms);
	/* Up, but for claims: they would settle the intent by themselves. */
	a = must_take("/v1/feed");
	serve(a);
	again = request_of(0);
	assert_false(is_op(&again.op_id, &q.op_id));
	assert_int_equal(begin(&again), CLAIMING_WAIT);
	assert_true(is_op(&claiming.asked.op_id, &q.op_id));
	assert_int_equal(intents(), 1);
	a = must_take("/v1/claims");
	hub_says(a, &q, "admitted", "");
	assert_int_equal(go_on(), CLAIMING_ADMIT);
	assert_true(is_op(&claiming.asked.op_id, &q.op_id));
}

/* It was asked: the hub may have admitted it, nobody else will. */
static void test_after_a_crash_it_admits_without_the_hub(void **state)
{
	unsigned i = of_home(18);
	struct admit_request q, again;

	(void)state;
	come_up();
	(void)asked_about(i, &q);
	crash();
	assert_false(sync_up(s));
	again = request_of(i);
	assert_int_equal(begin(&again), CLAIMING_ADMIT);
	assert_no_word();
	assert_true(is_op(&claiming.asked.op_id, &q.op_id));
	/* Another visitor's home is still elsewhere. */
	for (i++; i < PEOPLE; i++) {
		struct code_hash h = person(i);

		if (feed_home_score(&h, 17) < feed_home_score(&h, 18))
			break;
	}
	again = request_of(i);
	assert_int_equal(begin(&again), CLAIMING_JUDGE);
}

/* ---- closed by the hub meanwhile ---- */

static void test_a_terminal_that_is_closed_admits_nobody(void **state)
{
	static const struct {
		int status;
		const char *error;
		bool answered; /* the hub had admitted the visitor before */
	} t[] = {{403, "revoked", false}, {403, "unknown_device", false},
	    {409, "re_enrol", false}, {403, "revoked", true}};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(t); i++) {
		struct admit_request q;
		struct asked *poll, *a;

		poll = settle();
		q = request_of(i);
		assert_int_equal(begin(&q), CLAIMING_WAIT);
		a = must_take("/v1/claims");
		if (t[i].answered)
			hub_says(a, &q, "admitted", "");
		answer_error(poll, t[i].status, t[i].error);
		assert_int_not_equal(sync_state(s), SYNC_SERVING);
		assert_int_equal(go_on(), CLAIMING_JUDGE);
		assert_no_word();
		assert_int_equal(go_on(), CLAIMING_IDLE);
		anew(state);
	}
}

/* ---- the journal fails ---- */

static void read_only(bool on)
{
	assert_int_equal(
	    sqlite3_exec(j->db,
		on ? "PRAGMA query_only = 1" : "PRAGMA query_only = 0", NULL,
		NULL, NULL),
	    SQLITE_OK);
}

static void test_without_an_intent_nobody_is_asked_for(void **state)
{
	struct admit_request q = request_of(0);
	static struct asked unasked;

	(void)state;
	come_up();
	read_only(true);
	assert_int_equal(begin(&q), CLAIMING_FAILED);
	assert_true(e.code < 0 && strlen(e.text) > 8);
	assert_int_equal(go_on(), CLAIMING_IDLE);
	assert_false(take(&unasked));
	read_only(false);
	assert_int_equal(begin(&q), CLAIMING_WAIT);
}

static void test_an_intent_that_can_not_be_dropped_fails(void **state)
{
	struct admit_request q;
	struct asked *a;

	(void)state;
	come_up();
	a = asked_about(0, &q);
	hub_says(a, &q, "cancelled", "");
	read_only(true);
	assert_int_equal(go_on(), CLAIMING_FAILED);
	assert_true(e.code < 0 && strlen(e.text) > 8);
	assert_int_equal(go_on(), CLAIMING_IDLE);
	read_only(false);
	assert_int_equal(intents(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CLAIMING(test_the_hub_is_asked_once_an_intent_is_on_disk),
	    CLAIMING(test_admitted_by_the_hub_admits_once),
	    CLAIMING(test_nothing_is_under_way_before_anybody_asks),
	    CLAIMING(test_a_refusal_is_judged_again_and_its_intent_is_gone),
	    CLAIMING(test_used_says_by_whom),
	    CLAIMING(test_what_is_no_answer_admits_with_the_same_op),
	    CLAIMING(test_a_forged_refusal_admits),
	    CLAIMING(test_a_visitor_waits_a_second_and_a_half),
	    CLAIMING(test_a_late_answer_changes_nothing),
	    CLAIMING(test_a_status_that_came_meanwhile_is_judged),
	    CLAIMING(test_a_booking_that_was_deleted_meanwhile_is_judged),
	    CLAIMING(test_a_booking_that_was_moved_meanwhile_is_judged),
	    CLAIMING(test_an_admission_that_came_meanwhile_is_judged),
	    CLAIMING(test_the_own_admission_that_came_meanwhile_admits),
	    CLAIMING(test_what_the_hub_admitted_is_not_judged_again),
	    CLAIMING(test_a_walk_in_has_no_booking_to_look_at),
	    CLAIMING(test_without_a_roster_this_terminal_admits),
	    CLAIMING(test_while_it_is_down_the_home_admits),
	    CLAIMING(test_while_it_is_down_others_are_sent_to_their_home),
	    CLAIMING(test_after_a_crash_the_same_op_asks_again),
	    CLAIMING(test_after_a_crash_it_admits_without_the_hub),
	    CLAIMING(test_a_terminal_that_is_closed_admits_nobody),
	    CLAIMING(test_without_an_intent_nobody_is_asked_for),
	    CLAIMING(test_an_intent_that_can_not_be_dropped_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
