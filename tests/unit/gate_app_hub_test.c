/* The gatehouse under a hub with two gates. The hub's words are put where sync
 * keeps them: how they come there is for the tests of sync. */
#include "test_gatehouse.h"

#include <signal.h>
#include <sodium.h>
#include <sys/resource.h>

#include "firmware/app/sync/sync_inner.h"
#include "firmware/store/journal_file.h"

enum { HERE = 17, THERE = 18 };

static struct enrolment enrolled;

static uint32_t draw(void *ctx)
{
	(void)ctx;
	return 4;
}

static void set_roster(void)
{
	static struct roster r;

	memset(&r, 0, sizeof(r));
	r.version = 3;
	r.count = 3;
	r.item[0] = (struct roster_device){.device = 16,
	    .name = "kiosk-1",
	    .role = ROSTER_KIOSK,
	    .letter = 1,
	    .live = true,
	    .epoch = 1,
	    .key_id = stores.keys.key_id};
	memcpy(r.item[0].ticket_key, stores.keys.ticket_public,
	    TICKET_PUBLIC_BYTES);
	for (size_t i = 1; i < 3; i++) {
		r.item[i] = r.item[0];
		r.item[i].role = ROSTER_GATE;
		r.item[i].letter = 0;
		r.item[i].device = i == 1 ? HERE : THERE;
		r.item[i].key_id = (uint16_t)(stores.keys.key_id ^ i);
		r.item[i].name[0] = 'g';
		r.item[i].name[1] = (char)('0' + i);
		r.item[i].name[2] = '\0';
	}
	assert_int_equal(cache_set_roster(stores.cache, &r, &e), 0);
}

static int make_hub(void **state)
{
	struct sync_options o = {.enrolment = &enrolled,
	    .offset_s = OFFSET_S,
	    .random = draw};
	int r = make_gate(state);

	if (r < 0)
		return r;
	enrolled = (struct enrolment){.office = OFFICE,
	    .device = HERE,
	    .role = ROSTER_GATE,
	    .epoch = 5};
	stores.enrolled = true;
	stores.enrolment = enrolled;
	o.cache = stores.cache;
	o.journal = stores.journal;
	set_roster();
	r = sync_open(&o, &hub_sync, &e);
	if (r < 0)
		return r;
	hub_sync->up = true;
	open_gate("[terminal]\nrole = gate\n[hub]\nurl = https://h.example\n"
		  "key = hub.pub\n[gate]\nreentry = yes\n");
	return 0;
}

static int unmake_hub(void **state)
{
	sync_close(hub_sync);
	return unmake_gate(state);
}

static void turn(int64_t ms)
{
	mono_ms += ms;
	gatehouse_hub(g, now_s, mono_ms);
}

static void hub_says(enum claim_answer a, const struct claim_by *by)
{
	hub_sync->ask.state = SYNC_ASK_ANSWERED;
	hub_sync->ask.answer = (struct client_answer){.answer = a};
	hub_sync->ask.answer.op_id = g->passing.asked.op_id;
	if (by != NULL)
		hub_sync->ask.answer.by = *by;
	turn(10);
}

static const struct claim_by other = {.op_id = {{9}},
    .device = THERE,
    .terminal = "g2",
    .letter = 1,
    .number = 1,
    .time_s = NOW - 300};

static void test_it_opens_when_the_hub_has_said_yes(void **state)
{
	(void)state;
	scan(ticket(1));
	assert_int_equal(g->session.state, GATE_ENTERING);
	assert_int_equal(hub_sync->ask.state, SYNC_ASK_WAITING);
	turn(100);
	assert_int_equal(g->session.state, GATE_ENTERING);
	assert_int_equal(hand.opened, 0);
	hub_says(CLAIM_ADMITTED, NULL);
	assert_shown(GATE_OPEN);
	assert_int_equal(hand.opened, 1);
	assert_int_equal(hand.durable, 1);
	turn(100);
	assert_int_equal(hand.opened, 1);
}

static void test_used_elsewhere_is_told_with_time_and_gate(void **state)
{
	(void)state;
	scan(ticket(1));
	hub_says(CLAIM_USED, &other);
	assert_shown(GATE_USED);
	assert_int_equal(g->session.used_s, NOW - 300);
	assert_string_equal(g->session.by.terminal, "g2");
	assert_int_equal(hand.opened, 0);
	assert_int_equal(hand.sound, UI_SOUND_NO);
}

static void test_no_answer_is_not_a_no(void **state)
{
	(void)state;
	scan(ticket(1));
	turn(SYNC_ASK_PASS_MS - 1);
	assert_int_equal(hand.opened, 0);
	turn(1);
	assert_shown(GATE_OPEN);
	assert_int_equal(hand.durable, 1);
}

static void test_what_the_feed_says_meanwhile_counts(void **state)
{
	struct ticket t = ticket_of(1);
	struct pass_subject s = gate_subject(&t, PASS_TICKET);
	struct code_hash key = pass_key(&s, 0);

	(void)state;
	scan(ticket(1));
	feed_move(&key, THERE, 1, 1, NOW, 0x80);
	turn(SYNC_ASK_PASS_MS);
	assert_shown(GATE_USED);
	assert_string_equal(g->session.by.terminal, "g2");
	assert_int_equal(hand.opened, 0);
	assert_int_equal(inside_persons(g->inside), 1);
}

static void test_an_answer_after_the_session_gave_up_opens_nothing(void **state)
{
	(void)state;
	scan(ticket(1));
	mono_ms += GATE_LOOK_MS;
	tick();
	assert_shown(GATE_STORAGE);
	hub_says(CLAIM_ADMITTED, NULL);
	assert_shown(GATE_STORAGE);
	assert_int_equal(hand.opened, 0);
	scan(ticket(1));
	hub_says(CLAIM_ADMITTED, NULL);
	assert_shown(GATE_OPEN);
	assert_int_equal(hand.opened, 1);
}

static void test_cut_off_it_opens_for_what_it_is_the_home_of(void **state)
{
	unsigned sent = 0;

	(void)state;
	hub_sync->up = false;
	for (uint16_t n = 1; n <= 20; n++) {
		struct ticket t = ticket_of(n);
		struct pass_subject s = gate_subject(&t, PASS_TICKET);
		bool here = gate_home(sync_roster(hub_sync), &s)->device ==
		    HERE;

		scan(ticket(n));
		assert_shown(here ? GATE_OPEN : GATE_OTHER_GATE);
		if (!here)
			assert_string_equal(g->session.home, "g2");
		sent += !here;
	}
	assert_int_equal(hand.opened, 20 - sent);
	assert_true(sent > 0 && sent < 20);
}

static void test_one_that_was_asked_for_before_a_crash_still_opens(void **state)
{
	struct ticket t = ticket_of(1);
	struct pass_subject s = gate_subject(&t, PASS_TICKET);
	struct code_hash key = pass_key(&s, 0);

	(void)state;
	/* The hub has it as this gate's; the journal has not. */
	feed_move(&key, HERE, 1, 1, NOW - 5, 0x80);
	scan(ticket(1));
	assert_int_equal(g->session.state, GATE_ENTERING);
	{
		const struct op_id id = pass_op_id(HERE, 5, &key);

		assert_memory_equal(&g->passing.asked.op_id, &id, sizeof(id));
	}
	hub_says(CLAIM_ADMITTED, NULL);
	assert_shown(GATE_OPEN);
	assert_int_equal(hand.durable, 1);
}

static void test_an_officers_word_is_not_asked_about(void **state)
{
	const char *badge = add_officer("Rina");

	(void)state;
	gatehouse_rules(g, &stores, hub_sync);
	gatehouse_clock(g, NOW - 100000, 0);
	scan(ticket(1));
	hub_says(CLAIM_USED, &other);
	assert_shown(GATE_USED);
	scan(badge);
	press(GATE_PRESS_ORDER);
	assert_shown(GATE_OPEN);
	assert_int_equal(hand.opened, 1);
	assert_int_equal(hand.durable, 1);
	assert_int_equal(hub_sync->ask.state, SYNC_ASK_NONE);
}

/* Else the hub would hold a pass that nobody made, and the other gate would
 * say "used". */
static void test_the_hub_is_not_asked_while_the_disk_is_full(void **state)
{
	struct rlimit was, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	none = was;
	none.rlim_cur = 0;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	scan(ticket(1));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_shown(GATE_STORAGE);
	assert_int_equal(hub_sync->ask.state, SYNC_ASK_NONE);
	assert_true(hand.failed > 0);
	scan(ticket(1));
	assert_int_equal(hub_sync->ask.state, SYNC_ASK_WAITING);
	hub_says(CLAIM_ADMITTED, NULL);
	assert_shown(GATE_OPEN);
	assert_int_equal(hand.opened, 1);
}

static void set_pages(const char *most)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %s", most);
	assert_int_equal(
	    sqlite3_exec(stores.journal->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void make_room(void)
{
	set_pages("4294967294");
}

static void fill_disk(void)
{
	set_pages("1"); /* SQLite: never below what there is */
}

/* What the hub holds already opens: the reserve on the disk is for it. */
static void test_a_pass_the_hub_holds_has_the_reserve(void **state)
{
	unsigned until = 0;

	(void)state;
	hand.make_room = make_room;
	/* A page that is there may have room for a few. */
	for (uint16_t n = 1; hand.room == 0; n++) {
		assert_true(++until < 100);
		scan(ticket(n));
		fill_disk();
		hub_says(CLAIM_ADMITTED, NULL);
		assert_shown(GATE_OPEN);
		make_room();
	}
	assert_int_equal(hand.room, 1);
	assert_int_equal(hand.failed, 1); /* the next is told that it is full */
	assert_int_equal(hand.opened, until);
	/* No reserve: a storage fault, and nothing opens. */
	hand.make_room = NULL;
	for (uint16_t n = 200; g->session.verdict != GATE_STORAGE; n++) {
		assert_true(++until < 200);
		scan(ticket(n));
		fill_disk();
		hub_says(CLAIM_ADMITTED, NULL);
		make_room();
	}
	assert_int_equal(hand.opened, until - 1);
	assert_int_equal(hand.durable, until - 1);
}

static void test_a_double_is_on_the_screen_with_both_times(void **state)
{
	struct admission a = {.ticket = ticket_of(17),
	    .pass = 0x80,
	    .time_s = NOW + 300};
	struct gate_view v;

	(void)state;
	gatehouse_doubled(g, &a, &other);
	gatehouse_view(g, now_s, mono_ms, &v);
	assert_int_equal(v.doubles, 1);
	assert_int_equal(v.double_.letter, 1);
	assert_int_equal(v.double_.number, 17);
	assert_int_equal(v.double_.here_s, NOW + 300);
	assert_int_equal(v.double_.there_s, NOW - 300);
	assert_string_equal(v.double_.there, "g2");
	/* A kiosk's is none of a gate's. */
	a.pass = 0;
	a.ticket.number = 18;
	gatehouse_doubled(g, &a, &other);
	gatehouse_view(g, now_s, mono_ms, &v);
	assert_int_equal(v.doubles, 1);
}

static void test_the_feed_brings_who_went_in_elsewhere(void **state)
{
	struct ticket t = ticket_of(1);
	struct pass_subject s = gate_subject(&t, PASS_TICKET);
	struct code_hash key = pass_key(&s, 0);

	(void)state;
	tick();
	assert_int_equal(inside_persons(g->inside), 0);
	feed_move(&key, THERE, 1, 1, NOW, 0x82);
	turn(10);
	assert_int_equal(inside_persons(g->inside), 3);
}

static void test_slow_is_said_after_300_ms(void **state)
{
	struct gate_view v;

	(void)state;
	scan(ticket(1));
	assert_int_equal(gatehouse_deadline_ms(g, mono_ms), mono_ms + 300);
	gatehouse_view(g, now_s, mono_ms + 299, &v);
	assert_false(v.slow);
	gatehouse_view(g, now_s, mono_ms + 300, &v);
	assert_true(v.slow);
	hub_says(CLAIM_ADMITTED, NULL);
	gatehouse_view(g, now_s, mono_ms + 400, &v);
	assert_false(v.slow);
}

static void test_since_when_is_shown_only_while_cut_off(void **state)
{
	struct gate_view v;

	(void)state;
	hub_sync->heard = true;
	hub_sync->heard_ms = mono_ms - 60000;
	gatehouse_view(g, now_s, mono_ms, &v);
	assert_true(v.hub && v.up);
	assert_int_equal(v.heard_s, 0);
	hub_sync->up = false;
	gatehouse_view(g, now_s, mono_ms, &v);
	assert_false(v.up);
	assert_int_equal(v.heard_s, now_s - 60);
}

#define UNDER(test) cmocka_unit_test_setup_teardown(test, make_hub, unmake_hub)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    UNDER(test_it_opens_when_the_hub_has_said_yes),
	    UNDER(test_used_elsewhere_is_told_with_time_and_gate),
	    UNDER(test_no_answer_is_not_a_no),
	    UNDER(test_what_the_feed_says_meanwhile_counts),
	    UNDER(test_an_answer_after_the_session_gave_up_opens_nothing),
	    UNDER(test_cut_off_it_opens_for_what_it_is_the_home_of),
	    UNDER(test_one_that_was_asked_for_before_a_crash_still_opens),
	    UNDER(test_an_officers_word_is_not_asked_about),
	    UNDER(test_the_hub_is_not_asked_while_the_disk_is_full),
	    UNDER(test_a_pass_the_hub_holds_has_the_reserve),
	    UNDER(test_a_double_is_on_the_screen_with_both_times),
	    UNDER(test_the_feed_brings_who_went_in_elsewhere),
	    UNDER(test_slow_is_said_after_300_ms),
	    UNDER(test_since_when_is_shown_only_while_cut_off),
	};

	return sodium_init() < 0 ? 1
				 : cmocka_run_group_tests(tests, NULL, NULL);
}
