/* What the gate says of tickets, short codes and booking codes. */
#include "test_gate.h"

static int set_up(void **state)
{
	(void)state;
	gate_office();
	return 0;
}
#define T(name) cmocka_unit_test_setup(name, set_up)

static void test_a_ticket_of_today_in_its_time_is_good(void **state)
{
	struct ticket t = good();
	struct ticket_text text = signed_by(&t, secret_s);
	struct gate_ticket g = gate_check_ticket(&rules, str_from(text.digits),
	    NINE);
	uint8_t want[TICKET_HEADER_BYTES], got[TICKET_HEADER_BYTES];

	(void)state;
	assert_int_equal(g.verdict, GATE_UNSET);
	assert_true(ticket_pack(&t, want) && ticket_pack(&g.ticket, got));
	assert_memory_equal(got, want, sizeof(want));
	assert_false(gate_opens(g.verdict)); /* the use is still to be judged */
}

static void test_an_unsure_clock_is_said_before_all_else(void **state)
{
	(void)state;
	roster.version = 0;
	assert_int_equal(judge(str_from("x"), rules.checkin.clock_floor_s - 1),
	    GATE_CLOCK);
	assert_int_equal(judge(str_from("x"), rules.checkin.clock_floor_s),
	    GATE_NO_KEYS);
	rules.checkin.clock_ceiling_s = NINE;
	assert_int_equal(judge(str_from("x"), NINE), GATE_NO_KEYS);
	assert_int_equal(judge(str_from("x"), NINE + 1), GATE_CLOCK);
}

static void test_without_a_roster_nothing_is_judged(void **state)
{
	struct ticket t = good();
	struct ticket_text text = signed_by(&t, secret_s);

	(void)state;
	roster.version = 0;
	assert_int_equal(judge_text(&text, NINE), GATE_NO_KEYS);
	rules.roster = NULL;
	assert_int_equal(judge_text(&text, NINE), GATE_NO_KEYS);
}

/* Each ticket has its own fault and all those that come later. */
static void test_the_first_reason_in_the_fixed_order_is_said(void **state)
{
	struct ticket t = good();
	struct ticket_text text;
	struct roster_device *kiosk = &roster.item[0];

	(void)state;
	t.day = DAY - 1; /* other day; and its window is over */
	t.slot_min = 0;
	t.window_min = 5;
	text = signed_by(&t, secret_s);
	assert_int_equal(judge_text(&text, NINE), GATE_OTHER_DAY);
	text = signed_by(&t, secret_t);
	assert_int_equal(judge_text(&text, NINE), GATE_SIGNATURE);
	kiosk->until_day = DAY - 2;
	assert_int_equal(judge_text(&text, NINE), GATE_KEY_DATE);
	kiosk->revoked = true;
	assert_int_equal(judge_text(&text, NINE), GATE_KEY_REVOKED);
	kiosk->key_id = 7;
	assert_int_equal(judge_text(&text, NINE), GATE_KEY);
	text.digits[0] = '4'; /* over 2^660: another version */
	assert_int_equal(judge_text(&text, NINE), GATE_VERSION);
	text.digits[199] = 'x';
	assert_int_equal(judge_text(&text, NINE), GATE_FORM);
}

static void test_a_key_signs_from_its_first_to_its_last_day(void **state)
{
	static const struct {
		int32_t from, until;
		enum gate_verdict want;
	} cases[] = {
	    {0, 0, GATE_UNSET},
	    {DAY, DAY, GATE_UNSET},
	    {DAY + 1, 0, GATE_KEY_DATE},
	    {DAY, 0, GATE_UNSET},
	    {0, DAY, GATE_UNSET},
	    {0, DAY - 1, GATE_KEY_DATE},
	};
	struct ticket t = good();
	struct ticket_text text = signed_by(&t, secret_s);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		roster.item[0].from_day = cases[i].from;
		roster.item[0].until_day = cases[i].until;
		assert_int_equal(judge_text(&text, NINE), cases[i].want);
	}
}

/* Yesterday's ticket of a key that ended yesterday: its key was good. */
static void test_key_dates_are_held_against_the_tickets_own_day(void **state)
{
	struct ticket t = good();
	struct ticket_text text;

	(void)state;
	roster.item[0].until_day = DAY - 1;
	t.day = DAY - 1;
	text = signed_by(&t, secret_s);
	assert_int_equal(judge_text(&text, NINE), GATE_OTHER_DAY);
}

static void test_a_closed_kiosks_tickets_of_the_day_stay_good(void **state)
{
	struct ticket t = good();
	struct ticket_text text = signed_by(&t, secret_s);

	(void)state;
	roster.item[0].live = false;
	roster.item[0].until_day = DAY;
	assert_int_equal(judge_text(&text, NINE), GATE_UNSET);
}

static void test_a_gates_key_signs_no_ticket(void **state)
{
	struct ticket t = good();
	struct ticket_text text;

	(void)state;
	t.key_id = 9;
	text = signed_by(&t, secret_gate);
	assert_int_equal(judge_text(&text, NINE), GATE_KEY);
}

static void test_every_key_of_an_id_is_tried(void **state)
{
	struct ticket t = good();
	struct ticket_text text;

	(void)state;
	roster.item[1].key_id = KEY_S;
	text = signed_by(&t, secret_t);
	assert_int_equal(judge_text(&text, NINE), GATE_UNSET);
	text = signed_by(&t, secret_s);
	assert_int_equal(judge_text(&text, NINE), GATE_UNSET);
	text = signed_by(&t, secret_gate);
	assert_int_equal(judge_text(&text, NINE), GATE_SIGNATURE);
}

/* Two keys of one id: what is against the one that signed is the reason. */
static void test_of_several_keys_the_one_that_fits_gives_the_reason(
    void **state)
{
	struct ticket t = good();
	struct ticket_text text = signed_by(&t, secret_s);

	(void)state;
	roster.item[1].key_id = KEY_S;
	roster.item[0].revoked = true;
	assert_int_equal(judge_text(&text, NINE), GATE_KEY_REVOKED);
	roster.item[0].revoked = false;
	roster.item[0].from_day = DAY + 1;
	assert_int_equal(judge_text(&text, NINE), GATE_KEY_DATE);
	/* Signed by none: the one key that may sign says so. */
	text = signed_by(&t, secret_gate);
	assert_int_equal(judge_text(&text, NINE), GATE_SIGNATURE);
	roster.item[1].revoked = true;
	assert_int_equal(judge_text(&text, NINE), GATE_KEY_DATE);
}

/* 02:00 UTC is 09.00 here; the office's day rolls at local midnight. */
static void test_the_day_is_the_offices(void **state)
{
	struct ticket t = good();
	struct ticket_text text;
	int64_t midnight = NINE - 9 * 3600;

	(void)state;
	t.slot_min = 0;
	t.window_min = 1275;
	text = signed_by(&t, secret_s);
	assert_int_equal(judge_text(&text, midnight - 1), GATE_OTHER_DAY);
	assert_int_equal(judge_text(&text, midnight), GATE_UNSET);
	t.slot_min = 1439;
	rules.early_minutes = 720;
	text = signed_by(&t, secret_s);
	assert_int_equal(judge_text(&text, midnight + 86399), GATE_UNSET);
	assert_int_equal(judge_text(&text, midnight + 86400), GATE_OTHER_DAY);
}

/* Slot 09.00, 30 minutes early, 45 long: from 08.30.00 until 09.44.59. */
static void test_the_window_is_half_open(void **state)
{
	struct ticket t = good();
	struct ticket_text text = signed_by(&t, secret_s);
	struct gate_ticket g;

	(void)state;
	g = gate_check_ticket(&rules, str_from(text.digits), NINE - 1801);
	assert_int_equal(g.verdict, GATE_WAIT);
	assert_int_equal(g.from_min, 510);
	assert_int_equal(judge_text(&text, NINE - 1800), GATE_UNSET);
	assert_int_equal(judge_text(&text, NINE + 2699), GATE_UNSET);
	assert_int_equal(judge_text(&text, NINE + 2700), GATE_OVER);
}

static void test_a_standby_ticket_waits_inside_its_window(void **state)
{
	struct ticket t = good();
	struct ticket_text text;

	(void)state;
	t.type = TICKET_STANDBY;
	text = signed_by(&t, secret_s);
	assert_int_equal(judge_text(&text, NINE - 1801), GATE_WAIT);
	assert_int_equal(judge_text(&text, NINE), GATE_WAIT_STANDBY);
	assert_int_equal(judge_text(&text, NINE + 2700), GATE_OVER);
}

static void short_of(int32_t day, uint8_t letter, uint16_t number,
    char out[SHORT_CODE_SYMBOLS + 1])
{
	struct day_key key = ticket_day_key(&rules.gate_secret, day);

	ticket_short_code(&key, OFFICE, day, letter, number, out);
}

static enum gate_verdict judge_short(const char *typed)
{
	return gate_check_short(&rules, str_from(typed), NINE).verdict;
}

/* The code itself is of the vector that Python made, office 4102. */
static void test_a_short_code_of_today_fits_and_says_its_number(void **state)
{
	char code[256];
	struct gate_ticket g;

	(void)state;
	vector_hex("ticket", "gate", rules.gate_secret.bytes, KEY_BYTES);
	vector("ticket", "short", code); /* B-017 of day 20780 */
	rules.checkin.clock_floor_s = 0;
	g = gate_check_short(&rules, str_from(code), NINE - 3 * 86400);
	assert_int_equal(g.verdict, GATE_UNSET);
	assert_int_equal(g.ticket.letter, 2);
	assert_int_equal(g.ticket.number, 17);
	assert_int_equal(g.ticket.day, DAY - 3);
	assert_int_equal(gate_check_short(&rules, str_from(code), NINE).verdict,
	    GATE_SHORT);
}

static void test_a_short_code_is_read_as_people_type(void **state)
{
	char code[10], typed[32];
	size_t n = 0;

	(void)state;
	short_of(DAY, 1, 17, code);
	assert_int_equal(judge_short(code), GATE_UNSET);
	for (size_t i = 0; i < 9; i++) {
		char c = code[i];

		if (i % 3 == 0)
			typed[n++] = i % 2 ? '-' : ' ';
		if (c == '0')
			c = 'o';
		else if (c == '1')
			c = i % 2 ? 'I' : 'l';
		else if (c >= 'A')
			c = (char)(c - 'A' + 'a');
		typed[n++] = c;
	}
	typed[n] = '\0';
	assert_int_equal(judge_short(typed), GATE_UNSET);
}

static void test_no_other_short_code_fits(void **state)
{
	static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char code[12], was;
	int fit = 0;

	(void)state;
	short_of(DAY, 1, 17, code);
	for (int i = 0; i < 9; i++) {
		was = code[i];
		for (int k = 0; k < 32; k++) {
			code[i] = symbols[k];
			fit += judge_short(code) == GATE_UNSET;
		}
		code[i] = was;
	}
	assert_int_equal(fit, 9); /* once in each place: itself */
	code[8] = '\0';
	assert_int_equal(judge_short(code), GATE_SHORT); /* eight */
	short_of(DAY, 1, 17, code);
	code[9] = '0';
	code[10] = '\0';
	assert_int_equal(judge_short(code), GATE_SHORT); /* ten */
	assert_int_equal(judge_short(""), GATE_SHORT);
	assert_int_equal(judge_short("10800000U"), GATE_SHORT);
}

static void test_short_codes_of_other_days_offices_and_secrets_do_not_fit(
    void **state)
{
	char code[10];

	(void)state;
	short_of(DAY - 1, 1, 17, code);
	assert_int_equal(judge_short(code), GATE_SHORT);
	short_of(DAY + 1, 1, 17, code);
	assert_int_equal(judge_short(code), GATE_SHORT);
	short_of(DAY, 1, 17, code);
	rules.checkin.office = OFFICE + 1;
	assert_int_equal(judge_short(code), GATE_SHORT);
	rules.checkin.office = OFFICE;
	rules.gate_secret.bytes[31] ^= 1;
	assert_int_equal(judge_short(code), GATE_SHORT);
}

/* Right in every bit but of a number that no ticket bears. */
static void test_letter_0_and_27_and_number_0_are_refused(void **state)
{
	static const struct {
		uint8_t letter;
		uint16_t number;
		enum gate_verdict want;
	} cases[] = {{0, 17, GATE_SHORT}, {1, 0, GATE_SHORT},
	    {1, 1, GATE_UNSET}, {26, 2047, GATE_UNSET}, {27, 17, GATE_SHORT},
	    {31, 17, GATE_SHORT}};
	char code[10];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct gate_ticket g;

		short_of(DAY, cases[i].letter, cases[i].number, code);
		g = gate_check_short(&rules, str_from(code), NINE);
		assert_int_equal(g.verdict, cases[i].want);
		if (g.verdict != GATE_UNSET)
			assert_int_equal(g.ticket.letter, 0);
	}
}

static void test_short_codes_need_the_secret(void **state)
{
	char code[10];

	(void)state;
	short_of(DAY, 1, 17, code);
	rules.has_secret = false;
	assert_int_equal(judge_short(code), GATE_SHORT);
	roster.version = 0;
	assert_int_equal(judge_short(code), GATE_NO_KEYS);
}

/* 00000000ZZ is worked out by hand in docs/FORMATS.md: 31 checks as Z. */
static void test_a_slip_is_seen_by_the_check_symbol_alone(void **state)
{
	(void)state;
	assert_false(gate_short_slip(str_from("0000000ZZ")));
	assert_false(gate_short_slip(str_from("000000150"))); /* 37 mod 37 */
	assert_true(gate_short_slip(str_from("0000000ZY")));
	assert_false(gate_short_slip(str_from("000000055")));
	assert_true(gate_short_slip(str_from("000000015")));
	assert_false(gate_short_slip(str_from("0000000Z")));
	assert_false(gate_short_slip(str_from("0000000ZYY")));
}

static void test_codes_open_only_where_the_office_accepts_them(void **state)
{
	struct decision d = {.verdict = VERDICT_ADMIT_BOOKED};

	(void)state;
	rules.accept = ACCEPT_UNSET;
	assert_int_equal(gate_check_code(&rules, &d), GATE_NEED_TICKET);
	rules.accept = ACCEPT_TICKETS;
	assert_int_equal(gate_check_code(&rules, &d), GATE_NEED_TICKET);
	rules.accept = ACCEPT_CODES;
	assert_int_equal(gate_check_code(&rules, &d), GATE_UNSET);
	rules.accept = ACCEPT_BOTH;
	assert_int_equal(gate_check_code(&rules, &d), GATE_UNSET);
}

static void test_a_code_is_judged_by_its_decision(void **state)
{
	(void)state;
	rules.accept = ACCEPT_BOTH;
	for (int v = VERDICT_UNSET; v < VERDICTS; v++) {
		struct decision d = {.verdict = (enum verdict)v};
		enum gate_verdict want = GATE_CODE;

		if (v == VERDICT_ADMIT_BOOKED || v == VERDICT_ADMIT_LATE ||
		    v == VERDICT_ADMIT_PRIORITY)
			want = GATE_UNSET;
		else if (v == VERDICT_TOO_EARLY || v == VERDICT_NOT_OPEN_YET)
			want = GATE_WAIT;
		else if (v == VERDICT_STORAGE_FAULT)
			want = GATE_STORAGE;
		else if (v == VERDICT_CLOCK_UNSURE)
			want = GATE_CLOCK;
		assert_int_equal(gate_check_code(&rules, &d), want);
	}
}

static struct pass_history history(const char *moves)
{
	struct pass_history h = {.n = 0};

	for (uint8_t i = 0; moves[i] != '\0'; i++) {
		struct pass_move m = went((uint8_t)(i + 1), NINE + i,
		    moves[i] == 'o');

		assert_true(pass_history_add(&h, &m));
	}
	return h;
}

/* i = went in, o = went out. */
static void test_the_way_in_and_out(void **state)
{
	static const struct {
		const char *moves;
		bool reentry, out;
		enum gate_verdict want;
	} cases[] = {
	    {"", false, false, GATE_OPEN},
	    {"i", false, false, GATE_USED},
	    {"i", true, false, GATE_USED},
	    {"io", false, false, GATE_USED},
	    {"io", true, false, GATE_OPEN},
	    {"ioi", true, false, GATE_USED},
	    {"", true, true, GATE_NOT_INSIDE},
	    {"i", false, true, GATE_OPEN_OUT},
	    {"io", true, true, GATE_NOT_INSIDE},
	    {"ioi", true, true, GATE_OPEN_OUT},
	    {"ii", false, true, GATE_OPEN_OUT},
	};

	(void)state;
	rules.way = WAY_BOTH;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pass_history h = history(cases[i].moves);

		rules.reentry = cases[i].reentry;
		assert_int_equal(
		    gate_check_used(&rules, &h, cases[i].out, false),
		    cases[i].want);
	}
}

static void test_a_gate_opens_only_its_ways(void **state)
{
	static const struct {
		enum gate_way way;
		enum gate_verdict in, out;
	} cases[] = {{WAY_UNSET, GATE_USED, GATE_NOT_INSIDE},
	    {WAY_IN, GATE_OPEN, GATE_NOT_INSIDE},
	    {WAY_OUT, GATE_USED, GATE_OPEN_OUT},
	    {WAY_BOTH, GATE_OPEN, GATE_OPEN_OUT}};
	struct pass_history none = history(""), in = history("i");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		rules.way = cases[i].way;
		assert_int_equal(gate_check_used(&rules, &none, false, false),
		    cases[i].in);
		assert_int_equal(gate_check_used(&rules, &in, true, false),
		    cases[i].out);
	}
}

static void test_a_gate_of_one_way_is_not_asked(void **state)
{
	(void)state;
	rules.way = WAY_IN;
	assert_false(gate_goes_out(&rules, true));
	rules.way = WAY_OUT;
	assert_true(gate_goes_out(&rules, false));
	rules.way = WAY_BOTH;
	assert_false(gate_goes_out(&rules, false));
	assert_true(gate_goes_out(&rules, true));
	rules.way = WAY_UNSET;
	assert_false(gate_goes_out(&rules, true));
}

static void test_another_gate_is_said_only_of_what_would_come_in(void **state)
{
	struct pass_history none = history(""), in = history("i");

	(void)state;
	rules.way = WAY_BOTH;
	assert_int_equal(gate_check_used(&rules, &none, false, true),
	    GATE_OTHER_GATE);
	assert_int_equal(gate_check_used(&rules, &in, false, true), GATE_USED);
	assert_int_equal(gate_check_used(&rules, &in, true, true),
	    GATE_OPEN_OUT);
	assert_int_equal(gate_check_used(&rules, &none, true, true),
	    GATE_NOT_INSIDE);
}

static void test_64_movements_are_used_both_ways(void **state)
{
	struct pass_history h = history("ioioioioioioioioioioioioioioioio"
					"ioioioioioioioioioioioioioioioi");

	(void)state;
	rules.way = WAY_BOTH;
	rules.reentry = true;
	assert_int_equal(h.n, 63);
	assert_int_equal(gate_check_used(&rules, &h, true, false),
	    GATE_OPEN_OUT);
	h.n = 64;
	h.item[63] = went(99, NINE + 99, false);
	assert_int_equal(gate_check_used(&rules, &h, true, false), GATE_USED);
	h.item[63].out = true;
	assert_int_equal(gate_check_used(&rules, &h, false, false), GATE_USED);
}

static void test_time_binds_who_comes_in_the_first_time(void **state)
{
	struct pass_history none = history(""), was = history("io");

	(void)state;
	assert_true(gate_time_counts(&rules, &none, false));
	assert_true(gate_time_counts(&rules, &was, false));
	assert_false(gate_time_counts(&rules, &was, true));
	rules.reentry = true;
	assert_true(gate_time_counts(&rules, &none, false));
	assert_false(gate_time_counts(&rules, &was, false));
}

static void test_a_subject_is_the_ticket_or_its_number(void **state)
{
	struct ticket t = good();
	struct pass_subject s = gate_subject(&t, PASS_TICKET);
	struct pass_subject l = gate_subject(&t, PASS_LABEL);

	(void)state;
	assert_int_equal(s.of, PASS_TICKET);
	assert_int_equal(s.key_id, KEY_S);
	assert_int_equal(s.seq, 0xabcdef);
	assert_int_equal(s.companions, 2);
	assert_int_equal(l.of, PASS_LABEL);
	assert_int_equal(l.key_id, 0);
	assert_int_equal(l.seq, 0);
	assert_int_equal(l.day, DAY);
	assert_int_equal(l.letter, 1);
	assert_int_equal(l.number, 17);
}

static void five_gates(void)
{
	static const uint32_t gates[] = {3, 17, 18, 40, 4000000000};
	static uint8_t secret[TICKET_SECRET_BYTES];

	roster.count = 0;
	for (size_t i = 0; i < ARRAY_LEN(gates); i++)
		enrol(gates[i], "gate", ROSTER_GATE, 0, 1, secret);
}

static void test_a_number_has_its_documented_home(void **state)
{
	struct pass_subject s = {.of = PASS_LABEL, .day = DAY, .letter = 1};
	struct pass_subject code = {.of = PASS_CODE, .day = DAY};
	char homes[256], home[256];

	(void)state;
	five_gates();
	vector("pass", "homes", homes);
	for (uint16_t n = 1; n <= 200; n++) {
		s.number = n;
		assert_ptr_equal(gate_home(&roster, &s),
		    &roster.item[homes[n - 1] - '0']);
	}
	for (uint8_t i = 0; i < CODE_HASH_BYTES; i++)
		code.booking.bytes[i] = (uint8_t)(0x20 + i);
	vector("pass", "home_code", home);
	assert_ptr_equal(gate_home(&roster, &code),
	    &roster.item[home[0] - '0']);
}

static void test_a_ticket_and_its_short_code_have_one_home(void **state)
{
	struct ticket t = good();

	(void)state;
	five_gates();
	for (t.number = 1; t.number <= 50; t.number++) {
		struct pass_subject a = gate_subject(&t, PASS_TICKET);
		struct pass_subject b = gate_subject(&t, PASS_LABEL);

		t.seq++;
		assert_ptr_equal(gate_home(&roster, &a),
		    gate_home(&roster, &b));
	}
}

static void test_only_live_gates_are_homes_and_one_alone_is_none(void **state)
{
	struct ticket t = good();
	struct pass_subject s = gate_subject(&t, PASS_TICKET);
	static uint8_t secret[TICKET_SECRET_BYTES];

	(void)state;
	assert_null(gate_home(&roster, &s)); /* one gate, two kiosks */
	enrol(18, "gate-2", ROSTER_GATE, 0, 1, secret);
	assert_non_null(gate_home(&roster, &s));
	assert_int_equal(gate_home(&roster, &s)->role, ROSTER_GATE);
	roster.item[3].live = false;
	assert_null(gate_home(&roster, &s));
}

static void test_verdicts_have_stable_names_and_two_open(void **state)
{
	int open = 0;

	(void)state;
	for (int v = 0; v < GATE_VERDICTS; v++) {
		const char *name = gate_verdict_name((enum gate_verdict)v);

		open += gate_opens((enum gate_verdict)v);
		for (int w = 0; w < v; w++)
			assert_string_not_equal(name,
			    gate_verdict_name((enum gate_verdict)w));
	}
	assert_int_equal(open, 2);
	assert_true(gate_opens(GATE_OPEN) && gate_opens(GATE_OPEN_OUT));
	assert_string_equal(gate_verdict_name(GATE_UNSET), "unset");
	assert_string_equal(gate_verdict_name(GATE_OPEN), "open");
	assert_string_equal(gate_verdict_name(GATE_KEY_REVOKED), "key-revoked");
	assert_string_equal(gate_verdict_name(GATE_VERDICTS), "unset");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_ticket_of_today_in_its_time_is_good),
	    T(test_an_unsure_clock_is_said_before_all_else),
	    T(test_without_a_roster_nothing_is_judged),
	    T(test_the_first_reason_in_the_fixed_order_is_said),
	    T(test_a_key_signs_from_its_first_to_its_last_day),
	    T(test_key_dates_are_held_against_the_tickets_own_day),
	    T(test_a_closed_kiosks_tickets_of_the_day_stay_good),
	    T(test_a_gates_key_signs_no_ticket),
	    T(test_every_key_of_an_id_is_tried),
	    T(test_of_several_keys_the_one_that_fits_gives_the_reason),
	    T(test_the_day_is_the_offices),
	    T(test_the_window_is_half_open),
	    T(test_a_standby_ticket_waits_inside_its_window),
	    T(test_a_short_code_of_today_fits_and_says_its_number),
	    T(test_a_short_code_is_read_as_people_type),
	    T(test_no_other_short_code_fits),
	    T(test_short_codes_of_other_days_offices_and_secrets_do_not_fit),
	    T(test_letter_0_and_27_and_number_0_are_refused),
	    T(test_short_codes_need_the_secret),
	    T(test_a_slip_is_seen_by_the_check_symbol_alone),
	    T(test_codes_open_only_where_the_office_accepts_them),
	    T(test_a_code_is_judged_by_its_decision),
	    T(test_the_way_in_and_out),
	    T(test_a_gate_opens_only_its_ways),
	    T(test_a_gate_of_one_way_is_not_asked),
	    T(test_another_gate_is_said_only_of_what_would_come_in),
	    T(test_64_movements_are_used_both_ways),
	    T(test_time_binds_who_comes_in_the_first_time),
	    T(test_a_subject_is_the_ticket_or_its_number),
	    T(test_a_number_has_its_documented_home),
	    T(test_a_ticket_and_its_short_code_have_one_home),
	    T(test_only_live_gates_are_homes_and_one_alone_is_none),
	    T(test_verdicts_have_stable_names_and_two_open),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
