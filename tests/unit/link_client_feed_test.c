/* link/client: pages of the feed and rosters, and nothing that is not of their
 * form. */
#include "test_client.h"

/* ---- feed ---- */

enum { CAP = 4 };
static struct feed_op ops[CAP];
static struct feed_page page;
static int page_r;

#define PUT \
	"[1,\"put\",\"" HASH "\",540,555,1,2,1,3,\"fedcba9876543210\",20500," \
	"1795651140,\"S*** W\"]"
#define DEL "[2,\"del\",\"" HASH "\"]"
#define ADM "[3,\"adm\",\"" HASH "\",\"" OP_1 "\",17,\"A\",12,1795651200]"
#define PAGE(ops) \
	"{\"office\":4102,\"day\":\"2026-11-26\",\"epoch\":812,\"from\":0," \
	"\"to\":3,\"head\":3,\"more\":false,\"digest\":\"" ZEROS "\"," \
	"\"roster\":4,\"ops\":[" ops "]}"
#define FEED PAGE(PUT "," DEL "," ADM)

static bool read_feed(struct str body)
{
	static const struct feed_page none;

	page_r = client_feed(body, ops, CAP, &page, &e);
	if (page_r < 0)
		assert_memory_equal(&page, &none, sizeof(none));
	return page_r == 0;
}

static void test_a_page_of_the_feed(void **state)
{
	const struct booking *b = &ops[0].booking;
	const struct feed_admission *a = &ops[2].admission;

	(void)state;
	assert_true(read_feed(view(FEED)));
	assert_int_equal(page.office, 4102);
	assert_int_equal(page.day, DAY);
	assert_int_equal(page.epoch, 812);
	assert_int_equal(page.from, 0);
	assert_int_equal(page.to, 3);
	assert_int_equal(page.head, 3);
	assert_false(page.more);
	assert_int_equal(page.roster, 4);
	assert_int_equal(page.n, 3);
	assert_ptr_equal(page.ops, ops);
	assert_int_equal(ops[0].kind, FEED_PUT);
	assert_int_equal(ops[0].seq, 1);
	assert_int_equal(b->hash.bytes[0], 0xa0);
	assert_int_equal(b->office, 4102);
	assert_int_equal(b->day, DAY);
	assert_int_equal(b->start_min, 540);
	assert_int_equal(b->end_min, 555);
	assert_int_equal(b->service, 1);
	assert_int_equal(b->booking_class, CLASS_PRIORITY);
	assert_int_equal(b->status, BOOKING_CONFIRMED);
	assert_int_equal(b->companions, 3);
	assert_true(b->birth == 0xfedcba9876543210u);
	assert_int_equal(b->permit_expires_day, 20500);
	assert_int_equal(b->status_s, 1795651140);
	assert_string_equal(b->masked_name, "S*** W");
	assert_int_equal(ops[1].kind, FEED_DEL);
	assert_int_equal(ops[1].booking.hash.bytes[0], 0xa0);
	assert_int_equal(ops[2].kind, FEED_ADM);
	assert_int_equal(a->booking.bytes[0], 0xa0);
	assert_int_equal(a->op_id.bytes[1], 1);
	assert_int_equal(a->device, 17);
	assert_int_equal(a->letter, 1);
	assert_int_equal(a->number, 12);
	assert_int_equal(a->time_s, 1795651200);
}

static void test_what_is_out_of_range_in_a_page(void **state)
{
	static const struct swap swap[] = {{":4102", ":0"},
	    {":4102", ":4294967296"}, {"2026-11-26", "2026-11-31"},
	    {"2026-11-26", "26-11-26"}, {":812", ":0"},
	    {":812", ":9007199254740992"}, {":812", ":99999999999999999999999"},
	    {"\"from\":0", "\"from\":-1"}, {"\"to\":3", "\"to\":-1"},
	    {"\"head\":3", "\"head\":-1"}, {"\"roster\":4", "\"roster\":-1"},
	    {ZEROS, "00"}, {"\"0000", "\"000g"}, {"false", "0"},
	    {"false", "\"false\""}, {"[1,", "[0,"}, {"[1,", "[-1,"},
	    {"[1,", "[1.0,"}, {"[1,", "[\"1\","}, {"\"put\"", "1"},
	    {"[1,\"put\"", "[[\"put\"]"}, {HASH, "a0"}, {"a0a1", "A0A1"},
	    {"540", "-1"}, {"540", "1441"}, {"555", "1441"},
	    {"555,1,", "555,0,"}, {"555,1,", "555,256,"},
	    {"1,2,1,3,", "1,0,1,3,"}, {"1,2,1,3,", "1,5,1,3,"},
	    {"1,2,1,3,", "1,2,0,3,"}, {"1,2,1,3,", "1,2,6,3,"},
	    {"1,2,1,3,", "1,2,1,8,"}, {"1,2,1,3,", "1,2,1,-1,"},
	    {"\"fed", "\"ed"}, {"\"fedc", "\"Fedc"},
	    {"\"fedcba9876543210\"", "0"}, {"20500", "-1"},
	    {"20500", "2147483648"}, {"1795651140", "-1"},
	    {"S*** W", "123456789012345678901234"}, {"\"S*** W\"", "null"},
	    {",\"S*** W\"", ""}, {"[2,\"del\",\"" HASH "\"", "[2,\"del\""},
	    {"17,\"A\"", "0,\"A\""}, {"17,\"A\"", "4294967296,\"A\""},
	    {"17,\"A\"", "17,\"a\""}, {"17,\"A\"", "17,1"}, {",12,", ",2048,"},
	    {",12,", ",-1,"}, {"1795651200", "9007199254740992"},
	    {",1795651200", ""}, {OP_1, "0001"}, {PUT, "{}"}, {PUT, "[]"},
	    {PUT, "[1]"}, {PUT, "null"}, {PUT, "\"put\""}};

	(void)state;
	bad_bodies(read_feed, FEED);
	bad_fields(read_feed, FEED, "",
	    "office day epoch from to head more digest roster ops");
	refused(read_feed, FEED, swap, ARRAY_LEN(swap));
	assert_int_equal(page_r, -EBADMSG);
}

static void test_what_is_at_the_edge_in_a_page(void **state)
{
	static const struct swap swap[] = {{":4102", ":4294967295"},
	    {":812", ":9007199254740991"}, {"540", "0"}, {"555", "1440"},
	    {"555,1,", "555,255,"}, {"1,2,1,3,", "1,4,5,7,"},
	    {"\"fedcba9876543210\"", "\"\""}, {"20500", "0"},
	    {"S*** W", "12345678901234567890123"}, {"S*** W", ""},
	    {"S*** W", "\xc3\xa9"}, {"17,\"A\",12", "1,\"\",0"},
	    {"17,\"A\",12", "4294967295,\"Z\",2047"},
	    /* Unknown fields, of an op behind its last. */
	    {"1795651200]", "1795651200,{\"x\":[]},null]"},
	    {HASH "\"]", HASH "\",1]"}};

	(void)state;
	taken(read_feed, FEED, swap, ARRAY_LEN(swap));
}

static void test_an_unknown_op_is_told_from_a_malformed_page(void **state)
{
	static const struct swap swap[] = {{"\"put\"", "\"swap\""},
	    {DEL, "[2,\"vip\",{\"any\":[]}]"}, {DEL, "[2,\"all\"]"},
	    {"\"adm\"", "\"ADM\""}, {"\"adm\"", "\"\""}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(swap); i++) {
		refused(read_feed, FEED, &swap[i], 1);
		assert_int_equal(page_r, -EOPNOTSUPP);
	}
	/* A page that is malformed anyway is that. */
	assert_false(read_feed(view(
	    swapped(PAGE("[1,\"swap\",\"\"]"), "\"roster\":4", "\"r\":4"))));
	assert_int_equal(page_r, -EBADMSG);
}

static void test_a_page_of_more_ops_than_asked(void **state)
{
	(void)state;
	assert_true(read_feed(view(PAGE(DEL "," DEL "," DEL "," DEL))));
	assert_false(
	    read_feed(view(PAGE(DEL "," DEL "," DEL "," DEL "," DEL))));
	assert_true(read_feed(view(PAGE(""))));
	assert_int_equal(page.n, 0);
}

/* ---- roster ---- */

static struct roster roster;

#define DEVICE_1 \
	"{\"device\":17,\"name\":\"kiosk-1\",\"role\":\"kiosk\"," \
	"\"letter\":\"S\",\"epoch\":1,\"live\":true,\"key_id\":311," \
	"\"ticket_key\":\"" KEY_AA "\"}"
#define DEVICE_2 \
	"{\"device\":18,\"name\":\"gate-1\",\"role\":\"gate\"," \
	"\"letter\":\"\",\"epoch\":2,\"live\":false,\"key_id\":312," \
	"\"ticket_key\":\"" ZEROS "\"}"
#define ROSTER \
	"{\"office\":4102,\"version\":4,\"devices\":[" DEVICE_1 "," DEVICE_2 \
	"]}"

static bool read_roster(struct str body)
{
	static const struct roster none;
	int r = client_roster(body, OFFICE, &roster, &e);

	if (r < 0) {
		assert_int_equal(r, -EBADMSG);
		assert_memory_equal(&roster, &none, sizeof(none));
	}
	return r == 0;
}

static void test_a_roster(void **state)
{
	(void)state;
	assert_true(read_roster(view(ROSTER)));
	assert_int_equal(roster.version, 4);
	assert_int_equal(roster.count, 2);
	assert_int_equal(roster.item[0].device, 17);
	assert_string_equal(roster.item[0].name, "kiosk-1");
	assert_int_equal(roster.item[0].role, ROSTER_KIOSK);
	assert_int_equal(roster.item[0].letter, 19);
	assert_int_equal(roster.item[0].epoch, 1);
	assert_true(roster.item[0].live);
	assert_int_equal(roster.item[0].key_id, 311);
	assert_int_equal(roster.item[0].ticket_key[31], 0xaa);
	assert_int_equal(roster.item[1].role, ROSTER_GATE);
	assert_int_equal(roster.item[1].letter, 0);
	assert_false(roster.item[1].live);
	assert_true(read_roster(
	    view("{\"office\":4102,\"version\":1,\"devices\":[]}")));
}

static void test_malformed_rosters_are_refused(void **state)
{
	static const struct swap swap[] = {{"4102", "4103"}, {"4102", "0"},
	    {"\"version\":4", "\"version\":0"},
	    {"\"version\":4", "\"version\":9007199254740992"}, {":17", ":0"},
	    {":17", ":4294967296"}, {"kiosk-1", ""},
	    {"kiosk-1", "12345678901234567890123456789012"}, {"\"S\"", "\"s\""},
	    {"\"S\"", "\"ST\""}, {":1,\"live", ":0,\"live"},
	    {":1,\"live", ":4294967296,\"live"}, {"true", "1"}, {":311", ":0"},
	    {":311", ":65536"}, {KEY_AA, KEY_AA "aa"}, {"\"aaaa", "\"aa"},
	    {DEVICE_1, "1"},
	    /* Twice the same device. */
	    {":18", ":17"}};

	(void)state;
	bad_bodies(read_roster, ROSTER);
	bad_fields(read_roster, ROSTER, "", "office version devices");
	bad_fields(read_roster, ROSTER, "devices/0",
	    "device name role letter epoch live key_id ticket_key");
	refused(read_roster, ROSTER, swap, ARRAY_LEN(swap));
}

/* A later hub may have other devices: they are none of ours. */
static void test_devices_of_unknown_roles_are_left_out(void **state)
{
	(void)state;
	assert_true(
	    read_roster(view(swapped(ROSTER, "\"kiosk\"", "\"signpost\""))));
	assert_int_equal(roster.count, 1);
	assert_int_equal(roster.item[0].device, 18);
}

static void test_a_roster_of_at_most_256_devices(void **state)
{
	static char body[80000];
	char device[512];
	struct buf out;

	(void)state;
	for (int n = 256; n <= 257; n++) {
		buf_init(&out, body, sizeof(body) - 1);
		buf_text(&out, "{\"office\":4102,\"version\":4,\"devices\":[");
		for (int i = 1; i <= n; i++) {
			(void)snprintf(device, sizeof(device),
			    "{\"device\":%d,%s", i,
			    strstr(DEVICE_1, "\"name\""));
			buf_fmt(&out, "%s%s", i > 1 ? "," : "", device);
		}
		buf_text(&out, "]}");
		assert_int_equal(read_roster(view(buf_cstr(&out))), n == 256);
	}
	assert_int_equal(roster.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_page_of_the_feed),
	    cmocka_unit_test(test_what_is_out_of_range_in_a_page),
	    cmocka_unit_test(test_what_is_at_the_edge_in_a_page),
	    cmocka_unit_test(test_an_unknown_op_is_told_from_a_malformed_page),
	    cmocka_unit_test(test_a_page_of_more_ops_than_asked),
	    cmocka_unit_test(test_a_roster),
	    cmocka_unit_test(test_malformed_rosters_are_refused),
	    cmocka_unit_test(test_devices_of_unknown_roles_are_left_out),
	    cmocka_unit_test(test_a_roster_of_at_most_256_devices),
	};

	return sodium_init() < 0 ? 1
				 : cmocka_run_group_tests(tests, NULL, NULL);
}
