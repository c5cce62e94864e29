/* Audit chains at the hub: what is taken, told and refused. Proofs are checked
 * as a terminal checks them; that they are those of RFC 6962 is the matter of
 * hub_log_test.c and merkle_test.c. */
#include "test_hub_log.h"

static struct client k1, k2, far;
static struct chain one, two;
static struct known known;

static int make_devices(void **state)
{
	int r = make_hub(state);

	if (r != 0)
		return r;
	k1 = enrolled(OFFICE, "kiosk", "kiosk-1");
	k2 = enrolled(OFFICE, "gate", "gate-1");
	far = enrolled(OTHER_OFFICE, "kiosk", "kiosk-1");
	chain_begin(&one);
	chain_begin(&two);
	memset(&known, 0, sizeof(known));
	return 0;
}

static void must_refuse(int status, const char *error, int64_t n)
{
	struct client_error x;

	assert_error(status, error);
	assert_int_equal(client_error(str_of(answer.body, answer.len), &x, &e),
	    0);
	assert_int_equal(x.n, n);
}

static uint64_t log_size(uint32_t office)
{
	char path[64];

	snprintf(path, sizeof(path), "/v1/log/%u/checkpoint", office);
	assert_int_equal(fetch(path), 200);
	return open_note(office, str_of(answer.body, answer.len)).size;
}

/* Reports of the day, as "kind device terminal n" each. */
static void must_report(const char *want)
{
	char *text = NULL, got[256] = "";
	size_t len = 0, i;
	json_t *o, *r;

	assert_int_equal(hub_report_day(h, db, OFFICE, DAY_N, &text, &e), 0);
	o = json_loads(text, 0, NULL);
	free(text);
	json_array_foreach(json_object_get(o, "reports"), i, r)
	{
		assert_int_equal(number_of(r, "time"), now_s);
		len += (size_t)snprintf(got + len, sizeof(got) - len,
		    "%s %d %s %d\n", text_of(r, "kind"),
		    (int)number_of(r, "device"), text_of(r, "terminal"),
		    (int)number_of(r, "n"));
		assert_true(len < sizeof(got));
	}
	json_decref(o);
	assert_string_equal(got, want);
}

static void test_a_chain_is_taken_and_is_in_the_log(void **state)
{
	(void)state;
	chain_grow(&one, 3);
	must_take(&k1, &one, 1, 3, &known);
	assert_int_equal(known.log.taken, 3);
	assert_int_equal(known.log.index, 2);
	assert_int_equal(known.at.size, 3);
	assert_int_equal(known.log.consistencies, 0);
	must_report("");
}

static void test_the_next_piece_follows_and_the_log_only_grows(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 70; n++) {
		chain_grow(&one, n);
		must_take(&k1, &one, n, n, &known);
		assert_int_equal(known.log.taken, n);
		assert_int_equal(known.at.size, n);
	}
}

static void test_what_is_sent_again_is_answered_the_same(void **state)
{
	char first[4096];

	(void)state;
	chain_grow(&one, 20);
	must_take(&k1, &one, 1, 20, &known);
	upload_of(&one, 1, 20, 7);
	assert_int_equal(upload_send(&k1), 200);
	assert_true(
	    str_copy(first, sizeof(first), str_of(answer.body, answer.len)));
	assert_int_equal(upload_send(&k1), 200);
	assert_string_equal(answer.body, first);
	assert_int_equal(log_size(OFFICE), 20);
	/* And what goes on from the middle is known and new. */
	chain_grow(&one, 25);
	must_take(&k1, &one, 11, 25, &known);
	assert_int_equal(known.at.size, 25);
	assert_int_equal(known.log.taken, 25);
}

static void test_500_entries_at_once_and_no_more(void **state)
{
	(void)state;
	chain_grow(&one, 501);
	upload_of(&one, 1, 501, 0);
	upload_send(&k1);
	must_refuse(413, "too_large", 0);
	must_take(&k1, &one, 1, 500, &known);
	assert_int_equal(known.log.taken, 500);
	must_take(&k1, &one, 501, 501, &known);
	assert_int_equal(known.at.size, 501);
}

static void test_without_entries_a_checkpoint_is_told(void **state)
{
	(void)state;
	chain_grow(&one, 4);
	upload_of(&one, 1, 4, 0);
	upload.a.n = 0;
	assert_int_equal(upload_send(&k1), 200);
	assert_int_equal(
	    client_log(str_of(answer.body, answer.len), &known.log, &e), 0);
	assert_int_equal(known.log.taken, 0);
	assert_int_equal(known.log.inclusions, 0);
	assert_int_equal(open_note(OFFICE, str_from(known.log.checkpoint)).size,
	    0);
	must_take(&k1, &one, 1, 4, &known);
	upload_of(&one, 1, 4, known.at.size);
	upload.a.n = 0;
	upload_send(&k1);
	must_agree(&k1, &one, &known);
	assert_int_equal(known.log.taken, 4);
}

static void test_a_gap_is_refused_with_what_is_held(void **state)
{
	(void)state;
	chain_grow(&one, 9);
	upload_of(&one, 2, 9, 0);
	upload_send(&k1);
	must_refuse(409, "gap", 0);
	must_take(&k1, &one, 1, 5, &known);
	upload_of(&one, 7, 9, 0);
	upload_send(&k1);
	must_refuse(409, "gap", 5);
	assert_int_equal(log_size(OFFICE), 5);
	must_take(&k1, &one, 6, 9, &known);
	must_report("");
}

/* Entry 4 of the chain becomes another, and all that follow on it. */
static void fork_at_4(struct chain *x)
{
	x->entry[3].kind++;
	for (size_t n = 4; n <= x->n; n++)
		chain_link(x, n);
}

static void test_another_entry_than_is_held_is_a_fork(void **state)
{
	char want[64];

	(void)state;
	chain_grow(&one, 6);
	must_take(&k1, &one, 1, 6, &known);
	fork_at_4(&one);
	chain_grow(&one, 8);
	for (size_t from = 1; from <= 4; from++) {
		upload_of(&one, from, 8, 6);
		upload_send(&k1);
		must_refuse(409, "fork", 4);
	}
	upload_of(&one, 5, 8, 6);
	upload_send(&k1);
	must_refuse(409, "fork", 5);
	/* Staff are told of each once; the log is what it was. */
	snprintf(want, sizeof(want), "fork %u kiosk-1 4\nfork %u kiosk-1 5\n",
	    k1.device, k1.device);
	must_report(want);
	assert_int_equal(log_size(OFFICE), 6);
}

static void test_what_does_not_follow_is_a_fork_before_it(void **state)
{
	(void)state;
	chain_grow(&one, 6);
	must_take(&k1, &one, 1, 6, &known);
	fork_at_4(&one);
	chain_grow(&one, 8);
	upload_of(&one, 7, 8, 6);
	upload_send(&k1);
	must_refuse(409, "fork", 6);
	assert_int_equal(log_size(OFFICE), 6);
}

static void test_a_head_that_is_not_what_is_held_is_a_fork(void **state)
{
	(void)state;
	chain_grow(&one, 6);
	must_take(&k1, &one, 1, 6, &known);
	fork_at_4(&one);
	upload_of(&one, 1, 3, 6);
	upload_send(&k1);
	must_refuse(409, "fork", 6);
	upload.a.n = 0;
	upload_send(&k1);
	must_refuse(409, "fork", 6);
}

/* The head goes before its entries, and holds whoever wrote it to them. */
static void test_a_head_binds_the_entries_to_come(void **state)
{
	struct audit_hash early;

	(void)state;
	chain_grow(&one, 10);
	must_take(&k1, &one, 1, 4, &known);
	early = one.entry[9].hash;
	/* Edited, and signed anew. */
	one.entry[6].time_s++;
	for (size_t n = 7; n <= 10; n++)
		chain_link(&one, n);
	chain_grow(&one, 12);
	/* An older head than the one that is kept does not replace it. */
	one.n = 6;
	must_take(&k1, &one, 5, 6, &known);
	one.n = 12;
	upload_of(&one, 7, 12, 0);
	upload_send(&k1);
	must_refuse(409, "fork", 10);
	upload_of(&one, 1, 6, 0);
	sign_head(one.secret, 10, &one.entry[9].hash);
	upload_send(&k1);
	must_refuse(409, "fork", 10);
	must_report("fork 1 kiosk-1 10\n");
	assert_int_equal(log_size(OFFICE), 6);
	/* What was signed first is still welcome. */
	one.entry[6].time_s--;
	for (size_t n = 7; n <= 12; n++)
		chain_link(&one, n);
	assert_memory_equal(&early, &one.entry[9].hash, sizeof(early));
	must_take(&k1, &one, 7, 12, &known);
}

static void test_a_device_has_one_audit_key(void **state)
{
	char want[64];

	(void)state;
	chain_grow(&one, 2);
	must_take(&k1, &one, 1, 2, &known);
	chain_grow(&two, 2);
	upload_of(&two, 1, 2, 0);
	upload_send(&k1);
	must_refuse(409, "fork", 1);
	snprintf(want, sizeof(want), "fork %u kiosk-1 1\n", k1.device);
	must_report(want);
	/* Also where the chain is the same. */
	memcpy(&two, &one, sizeof(two));
	crypto_sign_keypair(two.key, two.secret);
	upload_of(&two, 1, 2, 0);
	upload_send(&k1);
	must_refuse(409, "fork", 1);
}

static void test_a_hash_that_is_none_of_its_fields_is_refused(void **state)
{
	static const struct {
		size_t at; /* of the entries */
		const char *detail;
	} cases[] = {
	    {0, "entries: the hash of entry 1 is not that of its fields"},
	    {5, "entries: the hash of entry 6 is not that of its fields"},
	    {8, "entries: the hash of entry 9 is not that of its fields"}};

	(void)state;
	chain_grow(&one, 9);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		upload_of(&one, 1, 9, 0);
		upload.entry[cases[i].at].time_s++;
		upload_send(&k1);
		must_refuse(400, "bad_request", 0);
		assert_string_equal(text_of(reply, "detail"), cases[i].detail);
	}
	assert_int_equal(log_size(OFFICE), 0);
	/* Fields of one that is held are looked at, too. */
	must_take(&k1, &one, 1, 9, &known);
	upload_of(&one, 2, 9, 0);
	upload.entry[0].kind++;
	upload_send(&k1);
	must_refuse(400, "bad_request", 0);
	assert_string_equal(text_of(reply, "detail"),
	    "entries: the hash of entry 2 is not that of its fields");
	must_report("");
}

static void test_a_head_must_be_signed_by_the_audit_key(void **state)
{
	(void)state;
	chain_grow(&one, 3);
	upload_of(&one, 1, 3, 0);
	upload.signature[63] ^= 1;
	upload_send(&k1);
	must_refuse(400, "bad_request", 0);
	assert_string_equal(text_of(reply, "detail"),
	    "head: its signature does not fit audit_key");
	upload_of(&one, 1, 3, 0);
	upload.a.head_n++;
	upload_send(&k1);
	must_refuse(400, "bad_request", 0);
	upload_of(&one, 1, 3, 0);
	upload.a.head.bytes[0] ^= 0x80;
	upload_send(&k1);
	must_refuse(400, "bad_request", 0);
	assert_int_equal(log_size(OFFICE), 0);
}

static void test_a_head_fits_the_entries(void **state)
{
	(void)state;
	chain_grow(&one, 3);
	upload_of(&one, 1, 3, 0);
	sign_head(one.secret, 3, &one.entry[1].hash);
	upload_send(&k1);
	must_refuse(400, "bad_request", 0);
	assert_string_equal(text_of(reply, "detail"),
	    "head: its hash is not that of its entry");
	sign_head(one.secret, 2, &one.entry[1].hash);
	upload_send(&k1);
	must_refuse(400, "bad_request", 0);
	assert_string_equal(text_of(reply, "detail"),
	    "head: is older than an entry");
	assert_int_equal(log_size(OFFICE), 0);
}

static void test_a_device_that_knows_a_larger_log_is_told(void **state)
{
	char want[64];

	(void)state;
	chain_grow(&one, 5);
	must_take(&k1, &one, 1, 4, &known);
	upload_of(&one, 5, 5, 5);
	upload_send(&k1);
	must_refuse(409, "history", 0);
	snprintf(want, sizeof(want), "history %u kiosk-1 5\n", k1.device);
	must_report(want);
	/* Nothing was taken with it. */
	assert_int_equal(log_size(OFFICE), 4);
	must_take(&k1, &one, 5, 5, &known);
}

static void test_an_old_copy_is_told_of_what_it_has(void **state)
{
	static struct chain old;

	(void)state;
	chain_grow(&one, 10);
	must_take(&k1, &one, 1, 10, &known);
	memcpy(&old, &one, sizeof(old));
	old.n = 7;
	must_take(&k1, &old, 5, 7, &known);
	assert_int_equal(known.log.taken, 7);
	assert_int_equal(known.log.index, 6);
}

static void test_the_devices_of_an_office_share_a_log(void **state)
{
	struct known other = {.at = {.size = 0}};

	(void)state;
	chain_grow(&one, 300);
	chain_grow(&two, 300);
	for (size_t n = 0; n < 300; n += 50) {
		must_take(&k1, &one, n + 1, n + 50, &known);
		assert_int_equal(known.log.index, 2 * n + 49);
		must_take(&k2, &two, n + 1, n + 50, &other);
		assert_int_equal(other.log.index, 2 * n + 99);
	}
	assert_int_equal(other.at.size, 600);
	/* The other one's tree is one's own. */
	must_take(&k1, &one, 300, 300, &other);
	assert_int_equal(other.log.index, 549);
}

static void test_an_office_has_a_log_and_key_of_its_own(void **state)
{
	struct note_key ours = log_key_of(OFFICE),
			theirs = log_key_of(OTHER_OFFICE);
	struct known there = {.at = {.size = 0}};

	(void)state;
	assert_string_equal(ours.name, "hub.example/karcis/4102");
	assert_string_equal(theirs.name, "hub.example/karcis/77");
	assert_memory_not_equal(ours.public_key, theirs.public_key, 32);
	chain_grow(&one, 3);
	chain_grow(&two, 2);
	must_take(&k1, &one, 1, 3, &known);
	must_take(&far, &two, 1, 2, &there);
	assert_int_equal(known.at.size, 3);
	assert_int_equal(there.at.size, 2);
	assert_int_equal(there.log.index, 1);
}

/* The journal goes on; to the log it is another device's chain. */
static void test_who_enrols_again_begins_again(void **state)
{
	(void)state;
	chain_grow(&one, 4);
	must_take(&k1, &one, 1, 4, &known);
	k1 = enrolled(OFFICE, "kiosk", "kiosk-1");
	upload_of(&one, 4, 4, 0);
	upload_send(&k1);
	must_refuse(409, "gap", 0);
	chain_grow(&one, 6);
	must_take(&k1, &one, 1, 6, &known);
	assert_int_equal(known.log.taken, 6);
	assert_int_equal(known.at.size, 10);
}

static void test_the_log_is_there_when_the_store_opens_again(void **state)
{
	(void)state;
	chain_grow(&one, 600);
	must_take(&k1, &one, 1, 300, &known);
	hub_db_close(db);
	db = open_store();
	must_take(&k1, &one, 301, 600, &known);
	assert_int_equal(known.at.size, 600);
}

#define HEX32 "0000000000000000000000000000000000000000000000000000000000000000"
#define HEAD \
	"\"head\": {\"n\": 1, \"hash\": \"" HEX32 \
	"\", \"signature\": \"" HEX32 HEX32 "\"}"
#define BODY(key, from, entries, head, tree) \
	"{\"audit_key\": " key ", \"from\": " from ", \"entries\": " entries \
	", " head ", \"tree\": " tree "}"

static void test_fields_that_are_no_good_are_named(void **state)
{
	static const struct {
		const char *body, *field;
	} cases[] = {
	    {"{}", "entries:"},
	    {BODY("\"00\"", "1", "[]", HEAD, "0"), "audit_key:"},
	    {BODY("5", "1", "[]", HEAD, "0"), "audit_key:"},
	    {BODY("\"" HEX32 "\"", "0", "[]", HEAD, "0"), "from:"},
	    {BODY("\"" HEX32 "\"", "9007199254740992", "[]", HEAD, "0"),
		"from:"},
	    {BODY("\"" HEX32 "\"", "1", "{}", HEAD, "0"), "entries:"},
	    {BODY("\"" HEX32 "\"", "1", "[]", HEAD, "-1"), "tree:"},
	    {BODY("\"" HEX32 "\"", "1", "[]", HEAD, "\"0\""), "tree:"},
	    {BODY("\"" HEX32 "\"", "1", "[]", "\"head\": 1", "0"), "head:"},
	    {BODY("\"" HEX32 "\"", "1", "[]", HEAD, "0"), "head:"},
	};
	static const char *const entries[] = {"{}", "[]", "[1]",
	    "[2,0,1,\"" HEX32 "\",\"" HEX32 "\"]",
	    "[\"1\",0,1,\"" HEX32 "\",\"" HEX32 "\"]",
	    "[1,0.5,1,\"" HEX32 "\",\"" HEX32 "\"]",
	    "[1,0,0,\"" HEX32 "\",\"" HEX32 "\"]",
	    "[1,0,65536,\"" HEX32 "\",\"" HEX32 "\"]",
	    "[1,0,1,\"00\",\"" HEX32 "\"]", "[1,0,1,\"" HEX32 "\",7]",
	    "[1,0,1,\"" HEX32 "\",\"" HEX32 "\",0]"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ask(&k1, "POST", "/v1/audit", cases[i].body);
		must_refuse(400, "bad_request", 0);
		assert_memory_equal(text_of(reply, "detail"), cases[i].field,
		    strlen(cases[i].field));
	}
	chain_grow(&one, 1);
	for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
		char *at, tail[512];

		upload_of(&one, 1, 1, 0);
		upload.a.n = 0;
		upload_send(&k1);
		at = strstr(upload.text, "[]");
		assert_true(str_copy(tail, sizeof(tail), str_from(at + 2)));
		snprintf(at, sizeof(upload.text) / 2, "[%s]%s", entries[i],
		    tail);
		ask(&k1, "POST", "/v1/audit", upload.text);
		must_refuse(400, "bad_request", 0);
		assert_memory_equal(text_of(reply, "detail"), "entries:", 8);
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, make_devices, remove_hub)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_chain_is_taken_and_is_in_the_log),
	    T(test_the_next_piece_follows_and_the_log_only_grows),
	    T(test_what_is_sent_again_is_answered_the_same),
	    T(test_500_entries_at_once_and_no_more),
	    T(test_without_entries_a_checkpoint_is_told),
	    T(test_a_gap_is_refused_with_what_is_held),
	    T(test_another_entry_than_is_held_is_a_fork),
	    T(test_what_does_not_follow_is_a_fork_before_it),
	    T(test_a_head_that_is_not_what_is_held_is_a_fork),
	    T(test_a_head_binds_the_entries_to_come),
	    T(test_a_device_has_one_audit_key),
	    T(test_a_hash_that_is_none_of_its_fields_is_refused),
	    T(test_a_head_must_be_signed_by_the_audit_key),
	    T(test_a_head_fits_the_entries),
	    T(test_a_device_that_knows_a_larger_log_is_told),
	    T(test_an_old_copy_is_told_of_what_it_has),
	    T(test_the_devices_of_an_office_share_a_log),
	    T(test_an_office_has_a_log_and_key_of_its_own),
	    T(test_who_enrols_again_begins_again),
	    T(test_the_log_is_there_when_the_store_opens_again),
	    T(test_fields_that_are_no_good_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
