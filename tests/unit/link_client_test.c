/* link/client: what a terminal asks its hub, byte by byte, and what it takes
 * from the answers: the examples of docs/PROTOCOL.md, and nothing that is not
 * of their form. Feed and roster are in link_client_feed_test.c. */
#include "test_client.h"

/* ---- what is asked ---- */

static char room[4096];
static struct buf out;

static void begin(void)
{
	buf_init(&out, room, sizeof(room) - 1);
}

static void must_be(const char *expected)
{
	assert_false(out.full);
	assert_string_equal(buf_cstr(&out), expected);
}

static void test_paths(void **state)
{
	uint8_t nonce[16];

	(void)state;
	begin();
	client_feed_path(&out, 4102, DAY, 812, 3, 500, 25);
	must_be("/v1/feed?office=4102&day=2026-11-26&epoch=812&after=3"
		"&limit=500&wait=25");
	begin();
	client_feed_path(&out, UINT32_MAX, DAY, 9007199254740991,
	    9007199254740991, 5000, 60);
	must_be("/v1/feed?office=4294967295&day=2026-11-26"
		"&epoch=9007199254740991&after=9007199254740991&limit=5000"
		"&wait=60");
	begin();
	client_roster_path(&out, 4102);
	must_be("/v1/roster?office=4102");
	count_up(nonce, sizeof(nonce), 0xf0);
	begin();
	client_time_path(&out, nonce);
	must_be("/v1/time?nonce=" OP_2);
}

static struct client_op admit_op(void)
{
	struct client_op o = {.op = CLAIM_ADMIT,
	    .day = DAY,
	    .time_s = 1795651200,
	    .service = 1,
	    .booking_class = 1,
	    .verdict = VERDICT_ADMIT_BOOKED};

	count_up(o.op_id.bytes, OP_ID_BYTES, 0);
	count_up(o.booking.bytes, CODE_HASH_BYTES, 0xa0);
	return o;
}

static void test_asks_before_it_admits(void **state)
{
	struct client_op o = admit_op();
	struct client_at at = {DAY, 812, 3};

	(void)state;
	begin();
	client_claims_body(&out, &o, 1, &at, 1);
	must_be("{\"ops\":[{\"op\":\"admit\",\"op_id\":\"" OP_1 "\","
		"\"day\":\"2026-11-26\",\"booking\":\"" HASH "\","
		"\"done\":false,\"time\":1795651200,\"service\":1,\"class\":1,"
		"\"verdict\":\"admit-booked\"}],"
		"\"at\":[{\"day\":\"2026-11-26\",\"epoch\":812,\"after\":3}]}");
}

static void test_tells_of_an_admission(void **state)
{
	struct client_op o = admit_op();

	(void)state;
	o.done = true;
	o.verdict = VERDICT_ADMIT_PRIORITY;
	o.booking_class = CLASS_PRIORITY;
	o.letter = 19;
	o.number = 2047;
	o.key_id = 65535;
	o.seq = 16777215;
	o.n = 18446744073709551615u;
	begin();
	client_claims_body(&out, &o, 1, NULL, 0);
	must_be("{\"ops\":[{\"op\":\"admit\",\"op_id\":\"" OP_1 "\","
		"\"day\":\"2026-11-26\",\"booking\":\"" HASH "\","
		"\"done\":true,\"time\":1795651200,\"service\":1,\"class\":2,"
		"\"verdict\":\"admit-priority\",\"letter\":\"S\","
		"\"number\":2047,\"key_id\":65535,\"seq\":16777215,"
		"\"n\":18446744073709551615}],\"at\":[]}");
}

static void test_asks_for_numbers_and_an_allowance(void **state)
{
	struct client_op o[2] = {
	    {.op = CLAIM_NUMBERS, .day = DAY, .letter = 1, .count = 20},
	    {.op = CLAIM_ALLOWANCE,
		.day = DAY,
		.service = 255,
		.booking_class = CLASS_WALK_IN,
		.count = 5}};

	(void)state;
	count_up(o[0].op_id.bytes, OP_ID_BYTES, 0);
	count_up(o[1].op_id.bytes, OP_ID_BYTES, 0xf0);
	begin();
	client_claims_body(&out, o, 2, NULL, 0);
	must_be("{\"ops\":[{\"op\":\"numbers\",\"op_id\":\"" OP_1 "\","
		"\"day\":\"2026-11-26\",\"letter\":\"A\",\"count\":20},"
		"{\"op\":\"allowance\",\"op_id\":\"" OP_2 "\","
		"\"day\":\"2026-11-26\",\"service\":255,\"class\":3,"
		"\"count\":5}],\"at\":[]}");
}

static void test_several_days_are_told_and_no_ops(void **state)
{
	struct client_at at[2] = {{DAY, 812, 3}, {DAY + 1, 1, 0}};

	(void)state;
	begin();
	client_claims_body(&out, NULL, 0, at, 2);
	must_be("{\"ops\":[],\"at\":["
		"{\"day\":\"2026-11-26\",\"epoch\":812,\"after\":3},"
		"{\"day\":\"2026-11-27\",\"epoch\":1,\"after\":0}]}");
}

static void test_claims_that_do_not_fit_say_so(void **state)
{
	struct client_op o = admit_op();
	char small[64];

	(void)state;
	buf_init(&out, small, sizeof(small));
	client_claims_body(&out, &o, 1, NULL, 0);
	assert_true(out.full);
}

static void test_enrols_with_its_keys(void **state)
{
	uint8_t request_key[32] = {0}, ticket_key[32];

	(void)state;
	memset(ticket_key, 0xaa, sizeof(ticket_key));
	begin();
	client_enrol_body(&out, OP_1, request_key, ticket_key, "kiosk-1");
	must_be("{\"token\":\"" OP_1 "\",\"request_key\":\"" ZEROS "\","
		"\"ticket_key\":\"" KEY_AA "\",\"name\":\"kiosk-1\"}");
}

/* ---- claims ---- */

enum { CAP = 4 };
static struct client_answer got[CAP];
static size_t got_n;

#define BY \
	"\"by\":{\"op_id\":\"" OP_2 "\",\"device\":18,\"terminal\":" \
	"\"kiosk-2\",\"letter\":\"T\",\"number\":12,\"time\":1795651201}"
#define USED \
	"{\"answers\":[{\"op_id\":\"" OP_1 "\",\"answer\":\"used\"," BY "}]}"
#define ONE(rest) "{\"answers\":[{\"op_id\":\"" OP_1 "\"," rest "}]}"
#define NUMBERS   ONE("\"answer\":\"granted\",\"first\":21,\"last\":40")
#define ALLOWANCE ONE("\"answer\":\"granted\",\"count\":3")

static bool read_claims(struct str body)
{
	int r = client_claims(body, got, CAP, &got_n, &e);

	assert_true(r == 0 || (r == -EBADMSG && got_n == 0));
	return r == 0;
}

static void test_answers_to_claims(void **state)
{
	static const char body[] = "{\"answers\": [\n"
				   "  {\"op_id\": \"" OP_1
				   "\", \"answer\": \"admitted\"},\n"
				   "  {\"op_id\": \"" OP_2
				   "\", \"answer\": \"granted\", "
				   "\"first\": 21, \"last\": 40},\n"
				   "  {\"op_id\": \"" OP_1
				   "\", \"answer\": \"granted\", \"count\": "
				   "3}]}";

	(void)state;
	assert_true(read_claims(view(body)));
	assert_int_equal(got_n, 3);
	assert_int_equal(got[0].op_id.bytes[15], 15);
	assert_int_equal(got[0].answer, CLAIM_ADMITTED);
	assert_false(got[0].dbl);
	assert_int_equal(got[1].op_id.bytes[0], 0xf0);
	assert_int_equal(got[1].answer, CLAIM_GRANTED);
	assert_int_equal(got[1].first, 21);
	assert_int_equal(got[1].count, 20);
	assert_int_equal(got[2].first, 0);
	assert_int_equal(got[2].count, 3);
	assert_true(read_claims(view("{\"answers\":[]}")));
	assert_int_equal(got_n, 0);
}

static void test_used_says_by_whom(void **state)
{
	(void)state;
	assert_true(read_claims(view(USED)));
	assert_int_equal(got[0].answer, CLAIM_USED);
	assert_int_equal(got[0].by.op_id.bytes[0], 0xf0);
	assert_int_equal(got[0].by.device, 18);
	assert_string_equal(got[0].by.terminal, "kiosk-2");
	assert_int_equal(got[0].by.letter, 20);
	assert_int_equal(got[0].by.number, 12);
	assert_int_equal(got[0].by.time_s, 1795651201);
	assert_false(got[0].dbl);
	/* While the other's number is not told. */
	assert_true(read_claims(view(swapped(USED, "\"T\"", "\"\""))));
	assert_int_equal(got[0].by.letter, 0);
	/* A double, whatever the answer was. */
	assert_true(read_claims(
	    view(ONE("\"answer\":\"admitted\",\"double\":true," BY))));
	assert_int_equal(got[0].answer, CLAIM_ADMITTED);
	assert_true(got[0].dbl);
	assert_true(
	    read_claims(view(ONE("\"answer\":\"used\",\"double\":false," BY))));
	assert_false(got[0].dbl);
}

static void test_each_word_of_an_answer(void **state)
{
	static const struct {
		const char *word;
		enum claim_answer answer;
	} word[] = {{"admitted", CLAIM_ADMITTED},
	    {"cancelled", CLAIM_CANCELLED}, {"rescheduled", CLAIM_RESCHEDULED},
	    {"blocked", CLAIM_BLOCKED}, {"revoked", CLAIM_REVOKED},
	    {"unknown", CLAIM_UNKNOWN}, {"bad", CLAIM_BAD},
	    {"unsupported", CLAIM_UNSUPPORTED}, {"perhaps", CLAIM_UNSET},
	    {"", CLAIM_UNSET}, {"Admitted", CLAIM_UNSET},
	    {"admitted ", CLAIM_UNSET}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(word); i++) {
		char body[256];

		(void)snprintf(body, sizeof(body),
		    ONE("\"answer\":\"%s\",\"detail\":\"a\\tb\xc3\xa9\""),
		    word[i].word);
		assert_true(read_claims(view(body)));
		assert_int_equal(got[0].answer, word[i].answer);
		assert_string_equal(got[0].detail, "a?b??");
	}
}

static void test_a_long_detail_is_cut(void **state)
{
	char detail[400], body[512];

	(void)state;
	memset(detail, 'x', sizeof(detail) - 1);
	detail[sizeof(detail) - 1] = '\0';
	(void)snprintf(body, sizeof(body),
	    ONE("\"answer\":\"bad\",\"detail\":\"%s\""), detail);
	assert_true(read_claims(view(body)));
	assert_int_equal(strlen(got[0].detail), sizeof(got[0].detail) - 1);
}

static void test_malformed_answers_are_refused(void **state)
{
	static const struct swap swap[] = {{OP_1, "00"}, {OP_1, OP_1 "00"},
	    {"0001", "000G"}, {"a0b", "A0B"},
	    {"\"device\":18", "\"device\":-1"},
	    {"\"device\":18", "\"device\":4294967296"}, {"\"T\"", "\"t\""},
	    {"\"T\"", "\"TT\""}, {"\"T\"", "\"[\""},
	    {"\"number\":12", "\"number\":-1"},
	    {"\"number\":12", "\"number\":2048"},
	    {"\"time\":1795651201", "\"time\":-1"},
	    {"\"time\":1795651201", "\"time\":9007199254740992"}};

	(void)state;
	bad_bodies(read_claims, USED);
	bad_fields(read_claims, USED, "", "answers");
	bad_fields(read_claims, USED, "answers/0", "op_id answer by");
	bad_fields(read_claims, USED, "answers/0/by",
	    "op_id device terminal letter number time");
	refused(read_claims, USED, swap, ARRAY_LEN(swap));
	assert_false(read_claims(view("{\"answers\":[1]}")));
	assert_false(read_claims(view("{\"answers\":[[]]}")));
}

static void test_malformed_grants_are_refused(void **state)
{
	static const struct swap numbers[] = {{"21", "41"}, {"21", "0"},
	    {"21", "-1"}, {":40", ":2048"}, {":40", ":0"}, {":40", ":20"}};
	static const struct swap count[] = {{"3}", "-1}"}, {"3}", "101}"}};
	static const struct swap fine[] = {{"21", "40"}, {":40", ":2047"},
	    {"21,\"last\":40", "0,\"last\":0"}};
	static const struct swap few[] = {{"3}", "0}"}, {"3}", "100}"}};

	(void)state;
	bad_fields(read_claims, NUMBERS, "answers/0", "first last");
	bad_fields(read_claims, ALLOWANCE, "answers/0", "count");
	refused(read_claims, NUMBERS, numbers, ARRAY_LEN(numbers));
	refused(read_claims, ALLOWANCE, count, ARRAY_LEN(count));
	taken(read_claims, NUMBERS, fine, ARRAY_LEN(fine));
	assert_int_equal(got[0].count, 0); /* 0..0: none left */
	taken(read_claims, ALLOWANCE, few, ARRAY_LEN(few));
}

static void test_more_answers_than_there_is_room_for(void **state)
{
	static const char one[] = "{\"op_id\":\"" OP_1
				  "\",\"answer\":\"admitted\"}";
	char body[1024];
	int n;

	(void)state;
	n = snprintf(body, sizeof(body), "{\"answers\":[%s,%s,%s,%s]}", one,
	    one, one, one);
	assert_true(read_claims(str_of(body, (size_t)n)));
	assert_int_equal(got_n, 4);
	n = snprintf(body, sizeof(body), "{\"answers\":[%s,%s,%s,%s,%s]}", one,
	    one, one, one, one);
	assert_false(read_claims(str_of(body, (size_t)n)));
}

/* ---- time and errors ---- */

static uint8_t nonce[16];
static int64_t time_s;

static bool read_time(struct str body)
{
	int r = client_time(body, nonce, &time_s, &e);

	assert_true(r == 0 || (r == -EBADMSG && time_s == 0));
	return r == 0;
}

static void test_time(void **state)
{
	static const char good[] = "{\"nonce\":\"" OP_1
				   "\",\"time\":1795651200}";
	static const struct swap swap[] = {{"1795651200", "0"},
	    {"1795651200", "-1"}, {"1795651200", "9007199254740992"},
	    {"0f\"", "10\""}, {"0001", "01"}, {"0a", "0A"}};

	(void)state;
	count_up(nonce, sizeof(nonce), 0);
	assert_true(read_time(view(good)));
	assert_int_equal(time_s, 1795651200);
	bad_bodies(read_time, good);
	bad_fields(read_time, good, "", "nonce time");
	refused(read_time, good, swap, ARRAY_LEN(swap));
}

static struct client_error error;

static bool read_error(struct str body)
{
	int r = client_error(body, &error, &e);

	assert_true(r == 0 || (r == -EBADMSG && error.word[0] == '\0'));
	return r == 0;
}

static void test_errors(void **state)
{
	static const char good[] =
	    "{\"error\":\"epoch\",\"detail\":\"a\\nb\",\"epoch\":813,"
	    "\"head\":7}";

	(void)state;
	assert_true(read_error(view(good)));
	assert_string_equal(error.word, "epoch");
	assert_string_equal(error.detail, "a?b");
	assert_int_equal(error.epoch, 813);
	assert_int_equal(error.head, 7);
	assert_true(read_error(view("{\"error\":\"revoked\"}")));
	assert_string_equal(error.word, "revoked");
	assert_string_equal(error.detail, "");
	assert_int_equal(error.epoch, 0);
	/* What does not fit together is not there. */
	assert_true(read_error(view(swapped(good, "813", "0"))));
	assert_int_equal(error.epoch, 0);
	assert_true(read_error(view(swapped(good, "7}", "-1}"))));
	assert_int_equal(error.epoch, 0);
	/* Longer than any word: none that is known. */
	assert_true(
	    read_error(view("{\"error\":\"revokedrevokedrevokedrevoked\"}")));
	assert_string_not_equal(error.word, "revoked");
	bad_bodies(read_error, good);
	bad_fields(read_error, good, "", "error");
}

/* ---- enrolment ---- */

static uint8_t request_public[32], request_secret[64];
static struct client_enrolled enrolled;

static bool read_enrolled(struct str body)
{
	static const struct client_enrolled none;
	int r = client_enrolled(body, request_secret, &enrolled, &e);

	if (r < 0) {
		assert_int_equal(r, -EBADMSG);
		assert_memory_equal(&enrolled, &none, sizeof(none));
	}
	return r == 0;
}

/* sealed: base64 of the keys, to the X25519 form of `to`. */
static const char *enrol_answer(const uint8_t to[32], size_t len)
{
	static char body[1024];
	uint8_t plain[80], sealed[128], x[32];
	char text[256];

	count_up(plain, sizeof(plain), 1);
	assert_int_equal(crypto_sign_ed25519_pk_to_curve25519(x, to), 0);
	assert_int_equal(crypto_box_seal(sealed, plain, len, x), 0);
	wire_base64(sealed, len + crypto_box_SEALBYTES, text);
	(void)snprintf(body, sizeof(body),
	    "{\"device\":17,\"office\":4102,\"role\":\"kiosk\","
	    "\"name\":\"kiosk-1\",\"letter\":\"S\",\"epoch\":1,"
	    "\"key_id\":311,\"hub_key\":\"" KEY_AA "\",\"sealed\":\"%s\","
	    "\"time\":1795651200}",
	    text);
	return body;
}

static const char *good_enrolment(void)
{
	static const uint8_t seed[32] = {3};

	crypto_sign_seed_keypair(request_public, request_secret, seed);
	return enrol_answer(request_public, 64);
}

static void test_an_enrolment(void **state)
{
	char gate[1024];

	(void)state;
	assert_true(read_enrolled(view(good_enrolment())));
	assert_int_equal(enrolled.office, 4102);
	assert_int_equal(enrolled.device, 17);
	assert_int_equal(enrolled.epoch, 1);
	assert_string_equal(enrolled.name, "kiosk-1");
	assert_int_equal(enrolled.role, ROSTER_KIOSK);
	assert_int_equal(enrolled.letter, 19);
	assert_int_equal(enrolled.key_id, 311);
	assert_int_equal(enrolled.hub_key[0], 0xaa);
	assert_int_equal(enrolled.office_key.bytes[0], 1);
	assert_int_equal(enrolled.office_key.bytes[31], 32);
	assert_int_equal(enrolled.gate_secret.bytes[0], 33);
	assert_int_equal(enrolled.gate_secret.bytes[31], 64);
	assert_int_equal(enrolled.time_s, 1795651200);
	assert_true(str_copy(gate, sizeof(gate),
	    view(swapped(good_enrolment(), "\"kiosk\"", "\"gate\""))));
	assert_true(read_enrolled(view(swapped(gate, "\"S\"", "\"\""))));
	assert_int_equal(enrolled.role, ROSTER_GATE);
}

static void test_malformed_enrolments_are_refused(void **state)
{
	static const struct swap swap[] = {{":17", ":0"},
	    {":17", ":4294967296"}, {"4102", "0"}, {"\"kiosk\"", "\"channel\""},
	    {"\"kiosk\"", "\"\""}, {"kiosk-1", ""},
	    {"kiosk-1", "12345678901234567890123456789012"}, {"\"S\"", "\"\""},
	    {"\"S\"", "\"s\""}, {"\"epoch\":1", "\"epoch\":0"}, {":311", ":0"},
	    {":311", ":65536"}, {"\"aa", "\""}, {"\"aa", "\"AA"},
	    {"1795651200", "0"}};

	(void)state;
	bad_bodies(read_enrolled, good_enrolment());
	bad_fields(read_enrolled, good_enrolment(), "",
	    "device office role name letter epoch key_id hub_key sealed time");
	refused(read_enrolled, good_enrolment(), swap, ARRAY_LEN(swap));
}

static void test_keys_that_were_sealed_for_another_device(void **state)
{
	static const uint8_t seed[32] = {4};
	uint8_t other[32], unused[64];
	char body[1024], *at;

	(void)state;
	(void)good_enrolment();
	crypto_sign_seed_keypair(other, unused, seed);
	assert_false(read_enrolled(view(enrol_answer(other, 64))));
	/* Too few and too many keys. */
	assert_false(read_enrolled(view(enrol_answer(request_public, 63))));
	assert_false(read_enrolled(view(enrol_answer(request_public, 65))));
	/* Each symbol of them counts. */
	assert_true(str_copy(body, sizeof(body), view(good_enrolment())));
	at = strstr(body, "\"sealed\":\"") + 10;
	for (int i = 0; i < 148; i++) {
		at[i] ^= 1;
		assert_false(read_enrolled(view(body)));
		at[i] ^= 1;
	}
	assert_true(read_enrolled(view(body)));
}

/* ---- the hub's signature ---- */

static void test_each_signed_part_is_bound(void **state)
{
	static const uint8_t seed[32] = {7}, other_seed[32] = {8};
	uint8_t hub[32], other[32], secret[64], unused[64], signature[64];
	char text[WIRE_BASE64 + 1];
	struct wire_answer w = {str_from("feed"), 200, 17, 4711, 3,
	    str_from("{\"a\":1}")};
	struct frame_answer good = {.fate = FRAME_CAME,
				.status = 200,
				.epoch = 3,
				.kind = str_from("feed"),
				.body = str_from("{\"a\":1}")},
			    a;

	(void)state;
	crypto_sign_seed_keypair(hub, secret, seed);
	crypto_sign_seed_keypair(other, unused, other_seed);
	assert_true(wire_sign_answer(&w, secret, signature));
	wire_base64(signature, sizeof(signature), text);
	good.signature = str_from(text);
	assert_true(client_genuine(hub, 17, 4711, &good));
	assert_false(client_genuine(other, 17, 4711, &good));
	assert_false(client_genuine(hub, 18, 4711, &good));
	assert_false(client_genuine(hub, 17, 4710, &good));
	assert_false(client_genuine(hub, 17, 4712, &good));
	a = good;
	a.status = 201;
	assert_false(client_genuine(hub, 17, 4711, &a));
	a = good;
	a.epoch = 4;
	assert_false(client_genuine(hub, 17, 4711, &a));
	a = good;
	a.kind = str_from("time");
	assert_false(client_genuine(hub, 17, 4711, &a));
	a = good;
	a.body = str_from("{\"a\":2}");
	assert_false(client_genuine(hub, 17, 4711, &a));
	a = good;
	a.body = str_from("");
	assert_false(client_genuine(hub, 17, 4711, &a));
	a = good;
	a.signature = str_from("");
	assert_false(client_genuine(hub, 17, 4711, &a));
	a.signature = str_of(text, 87);
	assert_false(client_genuine(hub, 17, 4711, &a));
	/* The signature is of what came whole. */
	for (int fate = FRAME_UNSET; fate <= FRAME_CUT; fate++) {
		a = good;
		a.fate = (enum frame_fate)fate;
		assert_int_equal(client_genuine(hub, 17, 4711, &a),
		    fate == FRAME_CAME);
	}
	/* What is not signed: the link's own words. */
	a = good;
	a.etag = a.trouble = str_from("x");
	a.id = 9;
	a.retry_after_s = 9;
	assert_true(client_genuine(hub, 17, 4711, &a));
}

/* No kind: never signed, whatever the key. */
static void test_an_answer_without_a_kind_is_not_genuine(void **state)
{
	static const uint8_t seed[32] = {7};
	uint8_t hub[32], secret[64], signature[64];
	char text[WIRE_BASE64 + 1];
	struct wire_answer w = {str_from(""), 200, 17, 1, 3, str_from("")};
	struct frame_answer a = {.fate = FRAME_CAME, .status = 200, .epoch = 3};

	(void)state;
	crypto_sign_seed_keypair(hub, secret, seed);
	assert_true(wire_sign_answer(&w, secret, signature));
	wire_base64(signature, sizeof(signature), text);
	a.signature = str_from(text);
	a.kind = a.body = str_from("");
	assert_false(client_genuine(hub, 17, 1, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_asks_before_it_admits),
	    cmocka_unit_test(test_tells_of_an_admission),
	    cmocka_unit_test(test_asks_for_numbers_and_an_allowance),
	    cmocka_unit_test(test_several_days_are_told_and_no_ops),
	    cmocka_unit_test(test_claims_that_do_not_fit_say_so),
	    cmocka_unit_test(test_enrols_with_its_keys),
	    cmocka_unit_test(test_answers_to_claims),
	    cmocka_unit_test(test_used_says_by_whom),
	    cmocka_unit_test(test_each_word_of_an_answer),
	    cmocka_unit_test(test_a_long_detail_is_cut),
	    cmocka_unit_test(test_malformed_answers_are_refused),
	    cmocka_unit_test(test_malformed_grants_are_refused),
	    cmocka_unit_test(test_more_answers_than_there_is_room_for),
	    cmocka_unit_test(test_time),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_an_enrolment),
	    cmocka_unit_test(test_malformed_enrolments_are_refused),
	    cmocka_unit_test(test_keys_that_were_sealed_for_another_device),
	    cmocka_unit_test(test_each_signed_part_is_bound),
	    cmocka_unit_test(test_an_answer_without_a_kind_is_not_genuine),
	};

	return sodium_init() < 0 ? 1
				 : cmocka_run_group_tests(tests, NULL, NULL);
}
