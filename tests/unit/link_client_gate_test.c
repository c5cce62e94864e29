/* link/client: what gates ask and are told, the dates of keys, and a piece of
 * the audit chain with what the hub's log says of it: byte by byte, and nothing
 * that is not of its form. */
#include "test_client.h"

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

/* ---- passes ---- */

static struct client_op pass_op(void)
{
	struct client_op o = {.op = CLAIM_PASS,
	    .day = DAY,
	    .time_s = 1795651200,
	    .pass = 0x82};

	count_up(o.op_id.bytes, OP_ID_BYTES, 0);
	count_up(o.booking.bytes, CODE_HASH_BYTES, 0xa0);
	return o;
}

static void test_a_gate_asks_before_it_opens(void **state)
{
	struct client_op o = pass_op();

	(void)state;
	begin();
	client_claims_body(&out, &o, 1, NULL, 0);
	must_be("{\"ops\":[{\"op\":\"pass\",\"op_id\":\"" OP_1 "\","
		"\"day\":\"2026-11-26\",\"booking\":\"" HASH "\","
		"\"done\":false,\"time\":1795651200,\"pass\":130}],"
		"\"at\":[]}");
}

static void test_a_gate_tells_who_went_through(void **state)
{
	struct client_op o = pass_op();

	(void)state;
	o.done = true;
	o.letter = 26;
	o.number = 2047;
	o.key_id = 65535;
	o.seq = 16777215;
	o.n = 18446744073709551615u;
	begin();
	client_claims_body(&out, &o, 1, NULL, 0);
	must_be("{\"ops\":[{\"op\":\"pass\",\"op_id\":\"" OP_1 "\","
		"\"day\":\"2026-11-26\",\"booking\":\"" HASH "\","
		"\"done\":true,\"time\":1795651200,\"pass\":130,"
		"\"letter\":\"Z\",\"number\":2047,\"key_id\":65535,"
		"\"seq\":16777215,\"n\":18446744073709551615}],\"at\":[]}");
}

static void test_what_has_no_number_is_told_without(void **state)
{
	struct client_op o = pass_op();

	(void)state;
	o.done = true;
	o.n = 1;
	begin();
	client_claims_body(&out, &o, 1, NULL, 0);
	must_be("{\"ops\":[{\"op\":\"pass\",\"op_id\":\"" OP_1 "\","
		"\"day\":\"2026-11-26\",\"booking\":\"" HASH "\","
		"\"done\":true,\"time\":1795651200,\"pass\":130,"
		"\"letter\":\"\",\"number\":0,\"key_id\":0,\"seq\":0,"
		"\"n\":1}],\"at\":[]}");
}

/* ---- passes in the feed ---- */

static struct feed_op ops[2];
static struct feed_page page;
static int page_r;

#define PAS "[3,\"pas\",\"" HASH "\",\"" OP_1 "\",17,\"A\",12,1795651200,210]"
#define PAGE(ops) \
	"{\"office\":4102,\"day\":\"2026-11-26\",\"epoch\":812,\"from\":0," \
	"\"to\":3,\"head\":3,\"more\":false,\"digest\":\"" ZEROS "\"," \
	"\"roster\":4,\"ops\":[" ops "]}"

static bool read_feed(struct str body)
{
	page_r = client_feed(body, ops, ARRAY_LEN(ops), &page, &e);
	return page_r == 0;
}

static void test_a_pass_in_the_feed(void **state)
{
	const struct feed_admission *a = &ops[0].admission;

	(void)state;
	assert_true(read_feed(view(PAGE(PAS))));
	assert_int_equal(page.n, 1);
	assert_int_equal(ops[0].kind, FEED_PAS);
	assert_int_equal(ops[0].seq, 3);
	assert_int_equal(a->booking.bytes[0], 0xa0);
	assert_int_equal(a->op_id.bytes[1], 1);
	assert_int_equal(a->device, 17);
	assert_int_equal(a->letter, 1);
	assert_int_equal(a->number, 12);
	assert_int_equal(a->time_s, 1795651200);
	assert_int_equal(a->pass, 210);
}

static void test_an_admission_in_the_feed_is_no_pass(void **state)
{
	(void)state;
	assert_true(read_feed(view(PAGE("[3,\"adm\",\"" HASH "\",\"" OP_1
					"\",17,\"A\",12,1795651200,210]"))));
	assert_int_equal(ops[0].kind, FEED_ADM);
	assert_int_equal(ops[0].admission.pass, 0);
}

static void test_malformed_passes_are_refused(void **state)
{
	static const struct swap swap[] = {{",210]", "]"}, {",210]", ",0]"},
	    {",210]", ",1]"}, {",210]", ",127]"}, {",210]", ",136]"},
	    {",210]", ",256]"}, {",210]", ",-46]"}, {",210]", ",\"d2\"]"},
	    {",210]", ",210.0]"}, {"17,\"A\"", "0,\"A\""},
	    {"17,\"A\"", "17,\"a\""}, {",12,", ",2048,"}, {"1795651200", "-1"},
	    {OP_1, "0001"}, {HASH, "a0"}};

	(void)state;
	refused(read_feed, PAGE(PAS), swap, ARRAY_LEN(swap));
	assert_int_equal(page_r, -EBADMSG);
}

static void test_passes_at_their_edge(void **state)
{
	static const struct swap swap[] = {{",210]", ",128]"},
	    {",210]", ",247]"}, {",210]", ",210,null]"},
	    {"17,\"A\",12", "4294967295,\"\",0"}};

	(void)state;
	taken(read_feed, PAGE(PAS), swap, ARRAY_LEN(swap));
}

/* ---- the roster's keys ---- */

static struct roster roster;

#define VKEY \
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define DEVICE(more) \
	"{\"device\":17,\"name\":\"kiosk-1\",\"role\":\"kiosk\"," \
	"\"letter\":\"S\",\"epoch\":1,\"live\":true,\"key_id\":311," \
	"\"ticket_key\":\"" KEY_AA "\"" more "}"
#define ROSTER(more, device) \
	"{\"office\":4102,\"version\":4" more ",\"devices\":[" device "]}"
#define DATED \
	ROSTER(",\"log_key\":\"" VKEY "\"", \
	    DEVICE(",\"from\":\"2026-11-02\",\"until\":\"2026-11-26\"," \
		   "\"revoked\":true"))

static bool read_roster(struct str body)
{
	static const struct roster none;

	if (client_roster(body, OFFICE, &roster, &e) == 0)
		return true;
	assert_memory_equal(&roster, &none, sizeof(none));
	return false;
}

static void test_a_key_has_its_dates(void **state)
{
	(void)state;
	assert_true(read_roster(view(DATED)));
	assert_int_equal(roster.item[0].from_day, DAY - 24);
	assert_int_equal(roster.item[0].until_day, DAY);
	assert_true(roster.item[0].revoked);
	assert_string_equal(roster.log_key, VKEY);
	assert_true(read_roster(view(ROSTER(",\"log_key\":\"\"",
	    DEVICE(",\"from\":\"\",\"until\":\"\",\"revoked\":false")))));
	assert_int_equal(roster.item[0].from_day, 0);
	assert_int_equal(roster.item[0].until_day, 0);
	assert_false(roster.item[0].revoked);
	assert_string_equal(roster.log_key, "");
}

static void test_an_earlier_hub_tells_no_dates(void **state)
{
	(void)state;
	assert_true(read_roster(view(ROSTER("", DEVICE("")))));
	assert_int_equal(roster.item[0].from_day, 0);
	assert_int_equal(roster.item[0].until_day, 0);
	assert_false(roster.item[0].revoked);
	assert_string_equal(roster.log_key, "");
}

static void test_malformed_dates_and_keys_are_refused(void **state)
{
	static const struct swap swap[] = {{"2026-11-02", "2026-11-31"},
	    {"2026-11-02", "20261102"}, {"\"2026-11-02\"", "0"},
	    {"\"2026-11-02\"", "null"}, {"2026-11-26", "never"},
	    {"\"2026-11-26\"", "20783"}, {"2026-11-26", "1970-01-01"},
	    {"true}", "1}"}, {"true}", "\"true\"}"}, {"true}", "null}"},
	    {"c74f20a3", "c74f20a4"}, {"ARpc", "ARpd"},
	    {"PeterNeumann", "Peter Neumann"}, {"\"" VKEY "\"", "1"},
	    {"\"" VKEY "\"", "null"}};

	(void)state;
	refused(read_roster, DATED, swap, ARRAY_LEN(swap));
}

/* ---- the audit chain ---- */

static void test_a_piece_of_the_chain(void **state)
{
	struct log_entry x[2] = {{.n = 7, .time_s = 1795651200, .kind = 2},
	    {.n = 8, .time_s = -1, .kind = 65535}};
	uint8_t key[32], signature[64];
	struct client_audit a = {.audit_key = key,
	    .entries = x,
	    .n = 2,
	    .head_n = 18446744073709551615u,
	    .signature = signature,
	    .tree = 9007199254740991};

	(void)state;
	memset(key, 0xaa, sizeof(key));
	memset(signature, 0xaa, sizeof(signature));
	memset(x[0].commitment.bytes, 0xaa, AUDIT_HASH_BYTES);
	memset(x[1].hash.bytes, 0xaa, AUDIT_HASH_BYTES);
	begin();
	client_audit_body(&out, &a);
	must_be("{\"audit_key\":\"" KEY_AA "\",\"from\":7,\"entries\":["
		"[7,1795651200,2,\"" KEY_AA "\",\"" ZEROS "\"],"
		"[8,-1,65535,\"" ZEROS "\",\"" KEY_AA "\"]],"
		"\"head\":{\"n\":18446744073709551615,\"hash\":\"" ZEROS "\","
		"\"signature\":\"" KEY_AA KEY_AA "\"},"
		"\"tree\":9007199254740991}");
}

static void test_without_entries_it_begins_at_1(void **state)
{
	uint8_t key[32] = {0}, signature[64] = {0};
	struct client_audit a = {.audit_key = key,
	    .head_n = 5,
	    .signature = signature};

	(void)state;
	begin();
	client_audit_body(&out, &a);
	must_be("{\"audit_key\":\"" ZEROS "\",\"from\":1,\"entries\":[],"
		"\"head\":{\"n\":5,\"hash\":\"" ZEROS "\","
		"\"signature\":\"" ZEROS ZEROS "\"},\"tree\":0}");
}

static void test_500_entries_fit_a_request(void **state)
{
	static struct log_entry x[500];
	static char body[WIRE_BODY_MAX];
	uint8_t key[32] = {0}, signature[64] = {0};
	struct client_audit a = {.audit_key = key,
	    .entries = x,
	    .n = ARRAY_LEN(x),
	    .signature = signature};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(x); i++) {
		x[i].n = UINT64_MAX;
		x[i].time_s = INT64_MIN;
		x[i].kind = UINT16_MAX;
	}
	buf_init(&b, body, sizeof(body));
	client_audit_body(&b, &a);
	assert_false(b.full);
	buf_init(&b, body, 1000);
	client_audit_body(&b, &a);
	assert_true(b.full);
}

/* ---- what the log says ---- */

static struct client_log client_log_;

/* Base64 of 32 zero bytes, and of 32 of ff. */
#define B_00 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define B_FF "//////////////////////////////////////////8="
#define LOG \
	"{\"taken\":9,\"checkpoint\":\"hub.example/karcis/4102\\n12\\n\"," \
	"\"index\":11,\"inclusion\":[\"" B_00 "\",\"" B_FF "\"]," \
	"\"consistency\":[\"" B_FF "\"]}"

static bool read_log(struct str body)
{
	static const struct client_log none;
	int r = client_log(body, &client_log_, &e);

	if (r == 0)
		return true;
	assert_int_equal(r, -EBADMSG);
	assert_memory_equal(&client_log_, &none, sizeof(none));
	return false;
}

static void test_what_the_log_says(void **state)
{
	static const uint8_t zero[MERKLE_BYTES];
	uint8_t ones[MERKLE_BYTES];

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	assert_true(read_log(view(LOG)));
	assert_true(client_log_.taken == 9);
	assert_true(client_log_.index == 11);
	assert_string_equal(client_log_.checkpoint,
	    "hub.example/karcis/4102\n12\n");
	assert_int_equal(client_log_.inclusions, 2);
	assert_memory_equal(&client_log_.inclusion[0], zero, sizeof(zero));
	assert_memory_equal(&client_log_.inclusion[1], ones, sizeof(ones));
	assert_int_equal(client_log_.consistencies, 1);
	assert_memory_equal(&client_log_.consistency[0], ones, sizeof(ones));
}

static void test_what_no_log_says_is_refused(void **state)
{
	static const struct swap swap[] = {{":9,", ":-1,"},
	    {":9,", ":9007199254740992,"}, {":11,", ":-1,"},
	    {"hub.example/karcis/4102\\n12\\n", ""}, {"hub.example", "\\u0000"},
	    {B_00, "AAAA"}, {"A=\",", "A\","}, {"8=\"],", "8=\",1],"},
	    {"[\"" B_FF "\"]", "[1]"}, {"8=\"]}", "9=\"]}"},
	    {"8=\"]}", "8=\\u00ff\"]}"}};

	(void)state;
	bad_bodies(read_log, LOG);
	bad_fields(read_log, LOG, "",
	    "taken checkpoint index inclusion consistency");
	refused(read_log, LOG, swap, ARRAY_LEN(swap));
}

static void test_a_proof_of_at_most_128_hashes(void **state)
{
	static char body[16384];
	struct buf b;

	(void)state;
	for (int n = MERKLE_PROOF; n <= MERKLE_PROOF + 1; n++) {
		buf_init(&b, body, sizeof(body) - 1);
		buf_text(&b,
		    "{\"taken\":1,\"checkpoint\":\"x\",\"index\":0,"
		    "\"consistency\":[],\"inclusion\":[");
		for (int i = 0; i < n; i++)
			buf_fmt(&b, "%s\"" B_00 "\"", i > 0 ? "," : "");
		buf_text(&b, "]}");
		assert_int_equal(read_log(view(buf_cstr(&b))),
		    n == MERKLE_PROOF);
	}
}

static void test_a_note_of_at_most_4095_bytes(void **state)
{
	static char body[8192];
	char note[NOTE_BYTES + 1];

	(void)state;
	memset(note, 'x', sizeof(note));
	for (int n = NOTE_BYTES - 1; n <= NOTE_BYTES; n++) {
		(void)snprintf(body, sizeof(body),
		    "{\"taken\":1,\"checkpoint\":\"%.*s\",\"index\":0,"
		    "\"consistency\":[],\"inclusion\":[]}",
		    n, note);
		assert_int_equal(read_log(view(body)), n < NOTE_BYTES);
	}
}

/* ---- errors with a number ---- */

static void test_a_fork_and_a_gap_tell_their_n(void **state)
{
	static const struct {
		const char *body;
		uint64_t n;
	} cases[] = {{"{\"error\":\"fork\",\"detail\":\"x\",\"n\":4}", 4},
	    {"{\"error\":\"gap\",\"detail\":\"x\",\"n\":0}", 0},
	    {"{\"error\":\"gap\",\"detail\":\"x\",\"n\":9007199254740991}",
		9007199254740991},
	    {"{\"error\":\"fork\",\"detail\":\"x\",\"n\":-1}", 0},
	    {"{\"error\":\"fork\",\"detail\":\"x\",\"n\":\"4\"}", 0},
	    {"{\"error\":\"history\",\"detail\":\"x\"}", 0}};
	struct client_error x;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(client_error(view(cases[i].body), &x, &e), 0);
		assert_true(x.n == cases[i].n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_gate_asks_before_it_opens),
	    cmocka_unit_test(test_a_gate_tells_who_went_through),
	    cmocka_unit_test(test_what_has_no_number_is_told_without),
	    cmocka_unit_test(test_a_pass_in_the_feed),
	    cmocka_unit_test(test_an_admission_in_the_feed_is_no_pass),
	    cmocka_unit_test(test_malformed_passes_are_refused),
	    cmocka_unit_test(test_passes_at_their_edge),
	    cmocka_unit_test(test_a_key_has_its_dates),
	    cmocka_unit_test(test_an_earlier_hub_tells_no_dates),
	    cmocka_unit_test(test_malformed_dates_and_keys_are_refused),
	    cmocka_unit_test(test_a_piece_of_the_chain),
	    cmocka_unit_test(test_without_entries_it_begins_at_1),
	    cmocka_unit_test(test_500_entries_fit_a_request),
	    cmocka_unit_test(test_what_the_log_says),
	    cmocka_unit_test(test_what_no_log_says_is_refused),
	    cmocka_unit_test(test_a_proof_of_at_most_128_hashes),
	    cmocka_unit_test(test_a_note_of_at_most_4095_bytes),
	    cmocka_unit_test(test_a_fork_and_a_gap_tell_their_n),
	};

	return sodium_init() < 0 ? 1
				 : cmocka_run_group_tests(tests, NULL, NULL);
}
