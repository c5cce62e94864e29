/* app/sync for a gate: passes told and asked, doubles, homes. */
#include "test_hubside.h"

#include "firmware/app/sync/passing.h"

static struct admission last_double;
static struct claim_by last_by;
static unsigned doubled_n;

static void doubled(void *ctx, const struct admission *a,
    const struct claim_by *by)
{
	(void)ctx;
	last_double = *a;
	last_by = *by;
	doubled_n++;
}

static int make_gate(void **state)
{
	int r = make_hubside(state);

	enrolled.role = ROSTER_GATE;
	enrolled.letter = 0;
	(void)snprintf(enrolled.name, sizeof(enrolled.name), "gate-1");
	options.doubled = doubled;
	doubled_n = 0;
	if (r == 0)
		restart();
	return r;
}

#define GATE_CASE(f) \
	cmocka_unit_test_setup_teardown(f, make_gate, remove_hubside)

static struct pass pass_of(uint16_t number)
{
	struct pass p = {.subject = {.of = PASS_TICKET,
			     .day = DAY,
			     .key_id = 311,
			     .seq = number,
			     .letter = 1,
			     .number = number,
			     .companions = 2},
	    .time_s = now_s()};

	p.key = pass_key(&p.subject, 0);
	p.op_id = pass_op_id(DEVICE, ENROLLED, &p.key);
	return p;
}

static void pass_here(const struct pass *p)
{
	struct pass out;

	assert_int_equal(journal_pass(j, p, &out, &e), 0);
	sync_poke(s, mono_ms);
}

/* Gates 17 (this one) and 19, one of them closed on demand. */
static const char *gates_roster(bool other_live)
{
	static char text[1024];
	char key[65];

	memset(key, 'a', 64);
	key[64] = '\0';
	(void)snprintf(text, sizeof(text),
	    "{\"office\":%d,\"version\":%lld,\"devices\":["
	    "{\"device\":17,\"name\":\"gate-1\",\"role\":\"gate\","
	    "\"letter\":\"\",\"epoch\":3,\"live\":true,\"key_id\":311,"
	    "\"ticket_key\":\"%s\",\"from\":\"2026-11-01\",\"until\":\"\","
	    "\"revoked\":false},"
	    "{\"device\":19,\"name\":\"gate-2\",\"role\":\"gate\","
	    "\"letter\":\"\",\"epoch\":1,\"live\":%s,\"key_id\":312,"
	    "\"ticket_key\":\"%s\",\"from\":\"2026-11-01\",\"until\":\"\","
	    "\"revoked\":false}],\"log_key\":\"\"}",
	    OFFICE, (long long)hub.roster, key, other_live ? "true" : "false",
	    key);
	return text;
}

static void take_roster(bool other_live)
{
	struct asked *q;

	serve(must_take("/v1/feed"));
	must_take("/v1/feed"); /* the long poll */
	q = must_take("/v1/time");
	serve(q);
	answer(must_take("/v1/roster"), 200, "roster",
	    gates_roster(other_live));
}

static struct asked *claims_request(void)
{
	static struct asked q;

	while (take(&q))
		if (is_path(&q, "/v1/claims"))
			return &q;
	fail_msg("no claims are told");
	return NULL;
}

static void must_hold(const char *body, const char *part)
{
	if (strstr(body, part) == NULL)
		fail_msg("%s is not in %s", part, body);
}

static void test_a_pass_is_told_with_its_ticket(void **state)
{
	struct pass p = pass_of(17);
	char hex[33], part[64];
	struct asked *q;

	(void)state;
	pass_here(&p);
	serve(must_take("/v1/feed"));
	q = claims_request();
	must_hold(q->body, "\"op\":\"pass\"");
	must_hold(q->body, "\"done\":true");
	must_hold(q->body, "\"letter\":\"A\",\"number\":17");
	must_hold(q->body, "\"key_id\":311,\"seq\":17");
	/* 0x80 | in | ticket | two companions */
	must_hold(q->body, "\"pass\":130");
	wire_hex(p.key.bytes, sizeof(p.key.bytes), hex);
	(void)snprintf(part, sizeof(part), "\"booking\":\"%s\"", hex);
	must_hold(q->body, part);
}

static const char *admitted(const json_t *op)
{
	(void)op;
	return "\"answer\":\"admitted\"";
}

static const char *doubly_used(const json_t *op)
{
	(void)op;
	return "\"answer\":\"used\",\"double\":true,\"by\":{\"op_id\":"
	       "\"10111213141516171819202122232425\",\"device\":19,"
	       "\"terminal\":\"gate-2\",\"letter\":\"A\",\"number\":17,"
	       "\"time\":1795651140}";
}

static void test_what_the_hub_took_is_not_told_again(void **state)
{
	struct pass p = pass_of(17);
	struct asked *q;

	(void)state;
	hub.judge = admitted;
	pass_here(&p);
	serve(must_take("/v1/feed"));
	q = claims_request();
	answer(q, 200, "claims", claims_text(q->body));
	assert_int_equal(outbox(), 0);
}

static void test_a_double_is_told_to_staff_once_with_both_times(void **state)
{
	struct pass p = pass_of(17);
	struct asked *q;

	(void)state;
	hub.judge = doubly_used;
	pass_here(&p);
	serve(must_take("/v1/feed"));
	for (int i = 0; i < 2; i++) {
		q = claims_request();
		answer(q, 200, "claims", claims_text(q->body));
		assert_int_equal(journal_resend(j, DAY, &e), 0);
		sync_poke(s, mono_ms);
	}
	assert_int_equal(doubled_n, 1);
	assert_int_equal(last_double.time_s, p.time_s);
	assert_int_equal(last_double.ticket.number, 17);
	assert_int_equal(last_by.time_s, 1795651140);
	assert_string_equal(last_by.terminal, "gate-2");
	assert_int_equal(doubles(), 1);
}

static void test_a_pass_is_asked_for_with_its_own_op_id(void **state)
{
	struct pass p = pass_of(17);
	struct client_answer a;
	struct asked *q;
	char hex[33];

	(void)state;
	hub.judge = admitted;
	take_roster(true);
	assert_true(sync_gate_asks(s, mono_ms));
	sync_ask_pass(s, &p, mono_ms);
	q = must_take("/v1/claims");
	assert_in_range(q->timeout_ms, 1, 1000);
	must_hold(q->body, "\"op\":\"pass\"");
	must_hold(q->body, "\"done\":false");
	wire_hex(p.op_id.bytes, sizeof(p.op_id.bytes), hex);
	must_hold(q->body, hex);
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_WAITING);
	answer(q, 200, "claims", claims_text(q->body));
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_ANSWERED);
	assert_int_equal(a.answer, CLAIM_ADMITTED);
}

static void test_nobody_waits_longer_than_a_second_at_a_gate(void **state)
{
	struct pass p = pass_of(17);
	struct client_answer a;

	(void)state;
	take_roster(true);
	sync_ask_pass(s, &p, mono_ms);
	must_take("/v1/claims");
	mono_ms += 999;
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_WAITING);
	mono_ms += 1;
	assert_int_equal(sync_asked(s, mono_ms, &a), SYNC_ASK_NO_ANSWER);
	assert_false(sync_up(s));
}

/* ---- app/passing ---- */

static enum passing_step ask_and_hear(const struct pass *p,
    const char *(*judge)(const json_t *op), struct claim_by *by)
{
	struct passing passing = {.sync = s};
	struct asked *q;

	hub.judge = judge;
	take_roster(true);
	assert_int_equal(passing_begin(&passing, p, mono_ms), PASSING_WAIT);
	assert_int_equal(passing_go_on(&passing, mono_ms, by), PASSING_WAIT);
	q = must_take("/v1/claims");
	if (judge == NULL)
		no_answer(q);
	else
		answer(q, 200, "claims", claims_text(q->body));
	return passing_go_on(&passing, mono_ms, by);
}

static const char *used(const json_t *op)
{
	(void)op;
	return "\"answer\":\"used\",\"by\":{\"op_id\":"
	       "\"10111213141516171819202122232425\",\"device\":19,"
	       "\"terminal\":\"gate-2\",\"letter\":\"A\",\"number\":17,"
	       "\"time\":1795651140}";
}

static const char *used_by_itself(const json_t *op)
{
	static char text[256];

	(void)snprintf(text, sizeof(text),
	    "\"answer\":\"used\",\"by\":{\"op_id\":\"%s\","
	    "\"device\":17,\"terminal\":\"gate-1\",\"letter\":\"A\","
	    "\"number\":17,\"time\":1795651140}",
	    json_string_value(json_object_get(op, "op_id")));
	return text;
}

static const char *unsupported(const json_t *op)
{
	(void)op;
	return "\"answer\":\"unsupported\"";
}

static void test_the_hubs_yes_lets_in(void **state)
{
	struct pass p = pass_of(17);
	struct claim_by by;

	(void)state;
	assert_int_equal(ask_and_hear(&p, admitted, &by), PASSING_GO);
}

static void test_the_hubs_used_does_not_and_says_where(void **state)
{
	struct pass p = pass_of(17);
	struct claim_by by;

	(void)state;
	assert_int_equal(ask_and_hear(&p, used, &by), PASSING_USED);
	assert_string_equal(by.terminal, "gate-2");
	assert_int_equal(by.time_s, 1795651140);
}

static void test_used_by_this_very_question_lets_in(void **state)
{
	struct pass p = pass_of(17);
	struct claim_by by;

	(void)state;
	assert_int_equal(ask_and_hear(&p, used_by_itself, &by), PASSING_GO);
}

static void test_no_answer_is_not_a_no(void **state)
{
	struct pass p = pass_of(17);
	struct claim_by by;

	(void)state;
	assert_int_equal(ask_and_hear(&p, NULL, &by), PASSING_GO);
}

static void test_a_hub_that_cannot_judge_is_told_afterwards(void **state)
{
	struct pass p = pass_of(17);
	struct claim_by by;

	(void)state;
	assert_int_equal(ask_and_hear(&p, unsupported, &by), PASSING_GO);
}

static void test_an_officers_word_is_not_asked_about(void **state)
{
	static struct asked q;
	struct passing passing = {.sync = s};
	struct pass p = pass_of(17);
	struct claim_by by;

	(void)state;
	take_roster(true);
	p.reason = PASS_REASON_UNREADABLE;
	assert_int_equal(passing_begin(&passing, &p, mono_ms), PASSING_GO);
	assert_int_equal(passing_go_on(&passing, mono_ms, &by), PASSING_IDLE);
	while (take(&q))
		assert_false(is_path(&q, "/v1/claims"));
}

static void test_without_a_hub_nobody_is_asked(void **state)
{
	struct passing passing = {.sync = NULL};
	struct pass p = pass_of(17);

	(void)state;
	assert_int_equal(passing_begin(&passing, &p, mono_ms), PASSING_GO);
}

static void test_the_only_gate_asks_nobody_and_is_every_home(void **state)
{
	struct pass p = pass_of(17);

	(void)state;
	take_roster(false);
	assert_false(sync_gate_asks(s, mono_ms));
	sync_lost(s, mono_ms);
	assert_null(sync_other_gate(s, &p.subject, mono_ms));
}

static void test_cut_off_a_ticket_has_one_home(void **state)
{
	unsigned here = 0;

	(void)state;
	take_roster(true);
	for (uint16_t i = 1; i <= 200; i++) {
		struct pass p = pass_of(i);

		assert_null(sync_other_gate(s, &p.subject, mono_ms));
	}
	sync_lost(s, mono_ms);
	for (uint16_t i = 1; i <= 200; i++) {
		struct pass p = pass_of(i);
		const struct roster_device *d = sync_other_gate(s, &p.subject,
		    mono_ms);

		here += d == NULL;
		if (d != NULL)
			assert_string_equal(d->name, "gate-2");
	}
	assert_in_range(here, 60, 140);
}

static void test_an_older_roster_does_not_bring_a_key_back(void **state)
{
	(void)state;
	hub.roster = 7;
	take_roster(false);
	assert_int_equal(sync_roster(s)->version, 7);
	sync_poke_all(s, mono_ms);
	hub.roster = 6;
	serve(must_take("/v1/time"));
	said_bad = 0;
	answer(must_take("/v1/roster"), 200, "roster", gates_roster(true));
	assert_int_equal(sync_roster(s)->version, 7);
	assert_false(sync_roster(s)->item[1].live);
	assert_int_equal(said_bad, 1);
	assert_string_equal(sentence,
	    "hub: its roster 6 is older than 7, which stays");
	restart();
	assert_int_equal(sync_roster(s)->version, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    GATE_CASE(test_a_pass_is_told_with_its_ticket),
	    GATE_CASE(test_what_the_hub_took_is_not_told_again),
	    GATE_CASE(test_a_double_is_told_to_staff_once_with_both_times),
	    GATE_CASE(test_a_pass_is_asked_for_with_its_own_op_id),
	    GATE_CASE(test_nobody_waits_longer_than_a_second_at_a_gate),
	    GATE_CASE(test_the_hubs_yes_lets_in),
	    GATE_CASE(test_the_hubs_used_does_not_and_says_where),
	    GATE_CASE(test_used_by_this_very_question_lets_in),
	    GATE_CASE(test_no_answer_is_not_a_no),
	    GATE_CASE(test_a_hub_that_cannot_judge_is_told_afterwards),
	    GATE_CASE(test_an_officers_word_is_not_asked_about),
	    GATE_CASE(test_without_a_hub_nobody_is_asked),
	    GATE_CASE(test_the_only_gate_asks_nobody_and_is_every_home),
	    GATE_CASE(test_cut_off_a_ticket_has_one_home),
	    GATE_CASE(test_an_older_roster_does_not_bring_a_key_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
