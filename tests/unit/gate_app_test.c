#define _GNU_SOURCE /* memmem */
/* The gatehouse without a hub. */
#include "test_gatehouse.h"

#include <signal.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct journal_report report(void)
{
	static struct journal_report r;

	assert_int_equal(journal_report(stores.journal, DAY, &r, &e), 0);
	return r;
}

static void test_a_ticket_opens_once_it_is_durable_and_once_only(void **state)
{
	(void)state;
	scan(ticket(1));
	assert_shown(GATE_OPEN);
	assert_int_equal(hand.opened, 1);
	assert_int_equal(hand.durable, 1);
	assert_int_equal(hand.sound, UI_SOUND_YES);
	assert_int_equal(inside_persons(g->inside), 1);
	scan(ticket(1));
	assert_shown(GATE_USED);
	assert_int_equal(g->session.used_s, NOW + 2);
	assert_int_equal(hand.opened, 1);
	assert_int_equal(hand.sound, UI_SOUND_NO);
	assert_int_equal(hand.sounds, 2);
	assert_int_equal(report().gate[GATE_OPEN], 1);
	assert_int_equal(report().gate[GATE_USED], 1);
	assert_int_equal(hand.failed, 0);
}

static void test_another_process_remembers(void **state)
{
	(void)state;
	scan(ticket(1));
	journal_close(stores.journal);
	cache_close(stores.cache);
	open_stores_at(now_s);
	open_gate("");
	tick();
	assert_int_equal(inside_persons(g->inside), 1);
	scan(ticket(1));
	assert_shown(GATE_USED);
	assert_int_equal(hand.opened, 1);
}

static void test_while_the_stores_do_not_serve_nothing_opens(void **state)
{
	(void)state;
	hand.serves = false;
	scan(ticket(1));
	assert_shown(GATE_STORAGE);
	hand.serves = true;
	gatehouse_rules(g, NULL, NULL); /* they are not open at all */
	gatehouse_clock(g, NOW - 100000, 0);
	scan(ticket(1));
	assert_false(gate_opens(g->session.verdict));
	assert_int_equal(hand.opened, 0);
}

static void test_a_disk_that_takes_nothing_opens_nothing(void **state)
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
	assert_true(hand.failed > 0);
	assert_int_equal(hand.opened, 0);
	/* It can be written again. */
	scan(ticket(1));
	assert_shown(GATE_OPEN);
	assert_int_equal(hand.opened, 1);
}

static void test_an_exit_is_another_movement(void **state)
{
	(void)state;
	scan(ticket(1));
	press(GATE_PRESS_BACK);
	press(GATE_PRESS_WAY_OUT);
	scan(ticket(1));
	assert_shown(GATE_OPEN_OUT);
	assert_int_equal(hand.opened, 2);
	assert_int_equal(hand.durable, 2);
	assert_int_equal(inside_persons(g->inside), 0);
	scan(ticket(1));
	assert_shown(GATE_USED); /* reentry = no */
}

static void test_who_moved_too_often_is_used_and_no_fault_of_the_disk(
    void **state)
{
	struct ticket t = ticket_of(1);
	struct pass_subject s = gate_subject(&t, PASS_TICKET),
			    label = gate_subject(&t, PASS_LABEL);
	struct pass p, done;

	(void)state;
	open_gate("reentry = yes\n");
	for (uint8_t i = 0; i < PASS_MOVES - 1; i++) {
		p = pass_of(&s, i, i % 2 == 1, NOW - 600 + i);
		assert_int_equal(journal_pass(stores.journal, &p, &done, &e),
		    0);
	}
	/* 63 movements: the last was an entry. */
	press(GATE_PRESS_WAY_OUT);
	scan(ticket(1));
	assert_shown(GATE_OPEN_OUT);
	scan(ticket(1));
	assert_shown(GATE_USED);
	/* More than a history can hold. */
	p = pass_of(&label, 0, false, NOW - 5);
	assert_int_equal(journal_pass(stores.journal, &p, &done, &e), 0);
	scan(ticket(1));
	assert_shown(GATE_USED);
	assert_int_equal(hand.failed, 0);
	assert_int_equal(hand.opened, 1);
}

static void test_what_went_in_elsewhere_is_used(void **state)
{
	struct ticket t = ticket_of(1);
	struct pass_subject s = gate_subject(&t, PASS_TICKET);
	struct code_hash key = pass_key(&s, 0);

	(void)state;
	feed_move(&key, 18, 1, 1, NOW - 60, 0x80);
	scan(ticket(1));
	assert_shown(GATE_USED);
	assert_int_equal(g->session.used_s, NOW - 60);
	assert_int_equal(g->session.by.device, 18);
	assert_int_equal(hand.opened, 0);
}

static void test_a_short_code_is_the_same_ticket(void **state)
{
	struct day_key key = ticket_day_key(&stores.keys.gate, DAY);
	char code[SHORT_CODE_SYMBOLS + 1];

	(void)state;
	ticket_short_code(&key, OFFICE, DAY, 1, 1, code);
	press(GATE_PRESS_TYPE);
	for (const char *c = code; *c != '\0'; c++)
		event((struct gate_event){.kind = GATE_EV_KEY, .symbol = *c});
	press(GATE_PRESS_ENTER);
	assert_int_equal(g->session.state, GATE_COMPARE);
	press(GATE_PRESS_SAME);
	assert_shown(GATE_OPEN);
	assert_int_equal(hand.durable, 1);
	scan(ticket(1));
	assert_shown(GATE_USED);
	assert_int_equal(inside_persons(g->inside), 1);
}

static void test_an_officers_badge_is_known_from_the_next_reading(void **state)
{
	const char *badge = add_officer("Rina");

	(void)state;
	scan(badge);
	assert_shown(GATE_FORM);
	gatehouse_rules(g, &stores, NULL);
	gatehouse_clock(g, NOW - 100000, 0);
	scan(badge);
	assert_int_equal(g->session.state, GATE_OFFICER);
	assert_string_equal(g->session.officer, "Rina");
	press(GATE_PRESS_EMERGENCY);
	assert_shown(GATE_OPEN);
	assert_true(g->session.overridden);
	assert_int_equal(hand.durable, 1);
	assert_int_equal(report().overrides, 1);
	assert_int_equal(inside_persons(g->inside), 1);
	{
		struct gate_view v;

		gatehouse_view(g, now_s, mono_ms, &v);
		assert_string_equal(v.session.officer, "Rina");
		assert_string_equal(v.session.pass.officer, "Rina");
	}
	/* Another person: another random subject, not "used". */
	scan(badge);
	press(GATE_PRESS_EMERGENCY);
	assert_shown(GATE_OPEN);
	assert_int_equal(inside_persons(g->inside), 2);
}

/* Of another gate, or taken away: an officer is told so, and not that it is no
 * ticket. */
static void test_a_badge_that_does_not_count_here_is_told_apart(void **state)
{
	char strange[] = OFFICERS_PREFIX "00000000000000000000000000";
	const char *badge = add_officer("Rina");
	struct gate_view v;

	(void)state;
	gatehouse_rules(g, &stores, NULL);
	gatehouse_clock(g, NOW - 100000, 0);
	scan(strange);
	assert_shown(GATE_FORM);
	gatehouse_view(g, now_s, mono_ms, &v);
	assert_true(v.strange_badge);
	press(GATE_PRESS_LANG);
	gatehouse_view(g, now_s, mono_ms, &v);
	assert_true(v.strange_badge);
	scan("1234");
	gatehouse_view(g, now_s, mono_ms, &v);
	assert_false(v.strange_badge);
	scan(strange);
	scan(badge);
	assert_int_equal(g->session.state, GATE_OFFICER);
	gatehouse_view(g, now_s, mono_ms, &v);
	assert_false(v.strange_badge);
}

static void test_an_officers_file_that_is_damaged_is_told(void **state)
{
	char path[96];
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/officers", dir);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs("rubbish\n", f);
	fclose(f);
	assert_int_equal(chmod(path, 0600), 0);
	gatehouse_rules(g, &stores, NULL);
	assert_non_null(strstr(hand.said, "officers"));
	assert_int_equal(g->officers.count, 0);
	assert_int_equal(officers_find(&g->officers, str_from("")) == NULL,
	    true);
}

static void book(uint64_t value, int16_t start_min, enum booking_status status,
    struct booking_code *code)
{
	struct booking b = {.office = OFFICE,
	    .day = DAY,
	    .start_min = start_min,
	    .end_min = (int16_t)(start_min + 15),
	    .service = 1,
	    .booking_class = CLASS_BOOKED,
	    .status = (uint8_t)status};

	assert_true(code_issue(value, code));
	b.hash = digest_code(&stores.keys.office, code);
	assert_int_equal(cache_import_begin(stores.cache, &e), 0);
	assert_int_equal(cache_import_put(stores.cache, &b, &e), 0);
	assert_int_equal(cache_import_commit(stores.cache, NOW, &e), 0);
}

static void test_a_booking_code_opens_where_codes_do(void **state)
{
	struct booking_code good, cancelled;

	(void)state;
	book(4, 540, BOOKING_CONFIRMED, &good);
	book(8, 540, BOOKING_CANCELLED, &cancelled);
	scan(good.text);
	assert_shown(GATE_NEED_TICKET);
	open_gate("accept = codes\n");
	scan(good.text);
	assert_shown(GATE_OPEN);
	scan(good.text);
	assert_shown(GATE_USED);
	scan(cancelled.text);
	assert_shown(GATE_CODE);
	assert_int_equal(g->session.decision.verdict, VERDICT_CANCELLED);
	assert_int_equal(hand.opened, 1);
	assert_int_equal(inside_persons(g->inside), 1);
}

/* A document's roster: this kiosk's key and gates. */
static void give_roster(const char *const *gates, size_t n)
{
	struct roster *r = &g->roster;

	memset(r, 0, sizeof(*r));
	r->version = 3;
	r->count = (uint16_t)(1 + n);
	r->item[0] = (struct roster_device){.device = 1,
	    .name = "kiosk-1",
	    .role = ROSTER_KIOSK,
	    .live = true,
	    .key_id = stores.keys.key_id};
	memcpy(r->item[0].ticket_key, stores.keys.ticket_public,
	    TICKET_PUBLIC_BYTES);
	for (size_t i = 0; i < n; i++) {
		r->item[1 + i] = (struct roster_device){
		    .device = (uint32_t)(2 + i),
		    .role = ROSTER_GATE,
		    .live = true};
		assert_true(str_copy(r->item[1 + i].name, CLAIM_NAME,
		    str_from(gates[i])));
	}
}

static void be(const char *name)
{
	assert_true(str_copy(office.config.terminal_id,
	    sizeof(office.config.terminal_id), str_from(name)));
}

/* Two gates that never hear of each other, so each has a journal of its own:
 * here what one opened is judged on a fresh one by the other. */
static void test_without_a_hub_each_ticket_has_one_door(void **state)
{
	static const char *const gates[] = {"gate-1", "gate-2"};
	bool opened[2][21] = {{false}};
	unsigned n[2] = {0, 0};

	for (size_t i = 0; i < 2; i++) {
		give_roster(gates, 2);
		be(gates[i]);
		for (uint16_t number = 1; number <= 20; number++) {
			scan(ticket(number));
			opened[i][number] = g->session.verdict == GATE_OPEN;
			n[i] += opened[i][number];
			if (opened[i][number])
				continue;
			assert_shown(GATE_OTHER_GATE);
			assert_string_equal(g->session.home, gates[1 - i]);
		}
		assert_int_equal(unmake_gate(state), 0);
		assert_int_equal(make_gate(state), 0);
	}
	for (uint16_t number = 1; number <= 20; number++)
		assert_int_equal(opened[0][number] + opened[1][number], 1);
	assert_true(n[0] > 0 && n[1] > 0);
}

static void test_the_only_gate_opens_for_all(void **state)
{
	static const char *const gates[] = {"gate-1"};

	(void)state;
	give_roster(gates, 1);
	be("gate-1");
	for (uint16_t number = 1; number <= 8; number++)
		scan(ticket(number));
	assert_int_equal(hand.opened, 8);
}

static void test_a_gate_that_its_roster_does_not_name_has_no_tickets(
    void **state)
{
	static const char *const gates[] = {"gate-1", "gate-2"};

	(void)state;
	give_roster(gates, 2);
	be("gate-3");
	for (uint16_t number = 1; number <= 8; number++) {
		scan(ticket(number));
		assert_shown(GATE_OTHER_GATE);
	}
	assert_int_equal(hand.opened, 0);
}

/* One of two was removed and is told so by the newest roster: else a copy would
 * open there what the other has opened. */
static void test_a_gate_that_was_removed_sends_to_the_one_that_is_left(
    void **state)
{
	static const char *const gates[] = {"gate-1"};

	(void)state;
	office.config.role = ROLE_GATE;
	give_roster(gates, 1);
	be("gate-2");
	scan(ticket(1));
	assert_shown(GATE_OTHER_GATE);
	assert_string_equal(g->session.home, "gate-1");
	assert_int_equal(hand.opened, 0);
}

static void test_a_kiosks_machine_stands_in_for_the_only_gate(void **state)
{
	static const char *const gates[] = {"gate-1"};

	(void)state;
	office.config.role = ROLE_KIOSK;
	give_roster(gates, 1);
	be("kiosk-1");
	scan(ticket(1));
	assert_shown(GATE_OPEN);
}

static void test_a_gate_whose_roster_names_none_opens(void **state)
{
	(void)state;
	office.config.role = ROLE_GATE;
	give_roster(NULL, 0);
	be("gate-1");
	scan(ticket(1));
	assert_shown(GATE_OPEN);
}

/* The clock was five minutes fast and is set right while somebody is inside. */
static void test_a_clock_that_is_set_back_does_not_turn_exit_and_entry_round(
    void **state)
{
	(void)state;
	open_gate("reentry = yes\n");
	now_s += 300;
	scan(ticket(1));
	assert_shown(GATE_OPEN);
	now_s -= 300;
	press(GATE_PRESS_WAY_OUT);
	scan(ticket(1));
	assert_shown(GATE_OPEN_OUT);
	assert_int_equal(inside_persons(g->inside), 0);
	scan(ticket(1));
	assert_shown(GATE_OPEN);
	assert_int_equal(inside_persons(g->inside), 1);
	/* As another process reads it. */
	gatehouse_rules(g, &stores, NULL);
	gatehouse_clock(g, NOW - 100000, 0);
	tick();
	assert_int_equal(inside_persons(g->inside), 1);
	assert_int_equal(hand.opened, 3);
}

static void test_a_gate_with_no_roster_has_no_keys(void **state)
{
	struct gate_view v;

	(void)state;
	open_gate("[terminal]\nrole = gate\n");
	gatehouse_view(g, now_s, mono_ms, &v);
	assert_false(v.keys);
	assert_false(v.short_codes);
	scan(ticket(1));
	assert_shown(GATE_NO_KEYS);
	assert_int_equal(hand.opened, 0);
	assert_string_equal(hand.said, "");
}

static void test_a_new_day_begins_with_nobody_inside(void **state)
{
	(void)state;
	scan(ticket(1));
	assert_int_equal(inside_persons(g->inside), 1);
	now_s = NOW + 15 * 3600; /* its midnight */
	tick();
	assert_int_equal(inside_day(g->inside), DAY + 1);
	assert_int_equal(inside_persons(g->inside), 0);
}

static void test_a_clock_out_of_bounds_judges_nothing(void **state)
{
	struct gate_view v;

	(void)state;
	gatehouse_clock(g, NOW + 3600, 0);
	scan(ticket(1));
	assert_shown(GATE_CLOCK);
	gatehouse_view(g, now_s, mono_ms, &v);
	assert_true(v.clock_unsure);
	gatehouse_clock(g, NOW - 3600, NOW - 60);
	scan(ticket(1));
	assert_shown(GATE_CLOCK);
}

static void test_the_list_has_pages(void **state)
{
	struct gate_view v;

	(void)state;
	for (uint16_t i = 1; i <= GATE_LIST_ROWS + 1; i++)
		scan(ticket(i));
	press(GATE_PRESS_LIST);
	gatehouse_view(g, now_s, mono_ms, &v);
	assert_int_equal(v.inside, GATE_LIST_ROWS + 1);
	assert_int_equal(v.pages, 2);
	assert_int_equal(v.rows, GATE_LIST_ROWS);
	assert_int_equal(v.list[0].number, 1);
	press(GATE_PRESS_MORE);
	gatehouse_view(g, now_s, mono_ms, &v);
	assert_int_equal(v.rows, 1);
	assert_int_equal(v.list[0].number, GATE_LIST_ROWS + 1);
	assert_int_equal(v.session.list_page, 1);
	press(GATE_PRESS_MORE);
	gatehouse_view(g, now_s, mono_ms, &v);
	assert_int_equal(v.session.list_page, 0);
	assert_int_equal(v.rows, GATE_LIST_ROWS);
}

static void test_the_picture_does_not_change_by_itself(void **state)
{
	struct gate_view a, b;

	(void)state;
	scan(ticket(1));
	press(GATE_PRESS_BACK);
	gatehouse_view(g, now_s, mono_ms, &a);
	tick();
	gatehouse_view(g, now_s, mono_ms, &b);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void test_the_picture_holds_no_code(void **state)
{
	struct booking_code code;
	struct code_hash hash;
	struct gate_view v;

	(void)state;
	open_gate("accept = both\n");
	book(4, 540, BOOKING_CONFIRMED, &code);
	hash = digest_code(&stores.keys.office, &code);
	scan(code.text);
	assert_shown(GATE_OPEN);
	gatehouse_view(g, now_s, mono_ms, &v);
	assert_null(memmem(&v, sizeof(v), code.text, CODE_OWN_LEN));
	assert_null(memmem(&v, sizeof(v), &hash, sizeof(hash)));
}

static void test_a_pause_counts_its_seconds(void **state)
{
	struct gate_view v;
	int64_t due;

	(void)state;
	for (int i = 0; i < RATE_WRONG + 1; i++) {
		struct day_key key = ticket_day_key(&stores.keys.office, DAY);
		char code[SHORT_CODE_SYMBOLS + 1];

		/* Of another office's key: the check fits, nothing else. */
		ticket_short_code(&key, OFFICE, DAY, 1, (uint16_t)(i + 1),
		    code);
		press(GATE_PRESS_TYPE);
		for (const char *c = code; *c != '\0'; c++) {
			struct gate_event ev = {.kind = GATE_EV_KEY,
			    .symbol = *c,
			    .now_s = now_s,
			    .mono_ms = mono_ms};

			gatehouse_event(g, &ev);
		}
		press(GATE_PRESS_ENTER);
	}
	assert_shown(GATE_SHORT_WAIT);
	gatehouse_view(g, now_s, mono_ms, &v);
	/* The first wrong one, at 54 s, leaves the minute at 114 s; 11 turns
	 * of 4 s from 50 s on end at 94 s. */
	assert_int_equal(mono_ms, 94000);
	assert_int_equal(v.pause_s, 20);
	due = gatehouse_deadline_ms(g, mono_ms);
	assert_int_equal(due, mono_ms + 1000);
	assert_int_equal(hand.opened, 0);
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, make_gate, unmake_gate)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HERE(test_a_ticket_opens_once_it_is_durable_and_once_only),
	    HERE(test_another_process_remembers),
	    HERE(test_while_the_stores_do_not_serve_nothing_opens),
	    HERE(test_a_disk_that_takes_nothing_opens_nothing),
	    HERE(test_an_exit_is_another_movement),
	    HERE(test_who_moved_too_often_is_used_and_no_fault_of_the_disk),
	    HERE(test_what_went_in_elsewhere_is_used),
	    HERE(test_a_short_code_is_the_same_ticket),
	    HERE(test_an_officers_badge_is_known_from_the_next_reading),
	    HERE(test_a_badge_that_does_not_count_here_is_told_apart),
	    HERE(test_an_officers_file_that_is_damaged_is_told),
	    HERE(test_a_booking_code_opens_where_codes_do),
	    HERE(test_without_a_hub_each_ticket_has_one_door),
	    HERE(test_the_only_gate_opens_for_all),
	    HERE(test_a_gate_that_its_roster_does_not_name_has_no_tickets),
	    HERE(test_a_gate_that_was_removed_sends_to_the_one_that_is_left),
	    HERE(test_a_kiosks_machine_stands_in_for_the_only_gate),
	    HERE(test_a_gate_whose_roster_names_none_opens),
	    HERE(
		test_a_clock_that_is_set_back_does_not_turn_exit_and_entry_round),
	    HERE(test_a_gate_with_no_roster_has_no_keys),
	    HERE(test_a_new_day_begins_with_nobody_inside),
	    HERE(test_a_clock_out_of_bounds_judges_nothing),
	    HERE(test_the_list_has_pages),
	    HERE(test_the_picture_does_not_change_by_itself),
	    HERE(test_the_picture_holds_no_code),
	    HERE(test_a_pause_counts_its_seconds),
	};

	return sodium_init() < 0 ? 1
				 : cmocka_run_group_tests(tests, NULL, NULL);
}
