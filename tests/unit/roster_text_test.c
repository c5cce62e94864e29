/* The roster document and the gate's request: read, written, refused. Their
 * texts and signatures were made outside (tests/unit/vectors/roster.txt). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_roster.h"

#define ROSTER_DOMAIN "karcis-roster-v1\n"
#define GATE_DOMAIN   "karcis-gate-v1\n"

static struct roster_room room;
static struct roster_text got;
static struct err e;

static void zero(const void *what, size_t len)
{
	assert_true(sodium_is_zero(what, len));
}

static int parse(void)
{
	int r;

	e = (struct err){0};
	memset(&got, 0x5a, sizeof(got));
	r = roster_text_parse(room_text(&room), &got, &e);
	if (r < 0) {
		assert_int_equal(e.code, r);
		zero(&got, sizeof(got));
	}
	return r;
}

static void says(const char *part)
{
	if (strstr(e.text, part) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", e.text, part);
}

static void key_is(const uint8_t *key, uint8_t seed)
{
	uint8_t public_key[32], secret[64];

	seed_pair(seed, public_key, secret);
	assert_memory_equal(key, public_key, 32);
}

/* ---- what it says ---- */

static void test_the_document_says_office_version_and_devices(void **state)
{
	const struct roster_device *d = got.roster.item;

	(void)state;
	room_read(&room, "document");
	assert_int_equal(parse(), 0);
	assert_int_equal(got.office, 4102);
	assert_int_equal(got.roster.version, 17);
	assert_int_equal(got.made_s, 1793500000);
	key_is(got.root, 0);
	assert_int_equal(got.roster.count, 5);
	assert_int_equal(d[0].device, 1);
	assert_string_equal(d[0].name, "kiosk-1");
	assert_int_equal(d[0].role, ROSTER_KIOSK);
	assert_int_equal(d[0].letter, 19);
	assert_true(d[0].live);
	assert_int_equal(d[0].epoch, 3);
	assert_int_equal(d[0].key_id, 4711);
	key_is(d[0].ticket_key, 0x80);
	assert_int_equal(d[0].from_day, 0);
	assert_int_equal(d[0].until_day, 0);
	assert_false(d[0].revoked);
	assert_int_equal(d[3].role, ROSTER_GATE);
	assert_int_equal(d[3].key_id, 0);
	assert_int_equal(d[3].letter, 0);
	assert_string_equal(d[4].name, "gate-2");
}

static void test_an_earlier_key_is_closed_and_has_its_days(void **state)
{
	const struct roster_device *d = got.roster.item;

	(void)state;
	room_read(&room, "document");
	assert_int_equal(parse(), 0);
	assert_false(d[1].live);
	/* 2026-11-20, 2026-01-02, 2026-10-05 since 1970-01-01 */
	assert_int_equal(d[1].until_day, 20777);
	assert_false(d[1].revoked);
	assert_int_equal(d[2].from_day, 20455);
	assert_int_equal(d[2].until_day, 20731);
	assert_true(d[2].revoked);
	key_is(d[2].ticket_key, 0xc0);
}

static void test_the_box_of_a_gate_is_found_by_its_name(void **state)
{
	uint8_t box[ROSTER_BOX_BYTES];

	(void)state;
	room_read(&room, "document");
	assert_int_equal(parse(), 0);
	assert_int_equal(got.sealed_count, 1);
	vector_hex("roster", "sealed_box", box, sizeof(box));
	assert_memory_equal(roster_sealed_for(&got, "gate-1")->box, box,
	    sizeof(box));
	assert_null(roster_sealed_for(&got, "gate-2"));
}

static void test_a_document_is_built_byte_for_byte(void **state)
{
	static uint8_t storage[ROSTER_TEXT_MAX];
	uint8_t public_key[32], secret[64];
	struct buf b;

	(void)state;
	room_read(&room, "document");
	assert_int_equal(parse(), 0);
	seed_pair(0, public_key, secret);
	buf_init(&b, storage, sizeof(storage));
	assert_int_equal(roster_text_build(&got, secret, &b, &e), 0);
	assert_int_equal(b.len, room.len);
	assert_memory_equal(b.ptr, room.bytes, room.len);
}

static void test_a_request_is_read_and_built_byte_for_byte(void **state)
{
	uint8_t public_key[32], secret[64], storage[ROSTER_REQUEST_MAX];
	struct roster_request q;
	struct buf b;

	(void)state;
	room_read(&room, "request");
	assert_int_equal(roster_request_parse(room_text(&room), &q, &e), 0);
	assert_int_equal(q.office, 4102);
	assert_string_equal(q.name, "gate-1");
	key_is(q.key, 0x20);
	seed_pair(0x20, public_key, secret);
	buf_init(&b, storage, sizeof(storage));
	assert_int_equal(roster_request_build(&q, secret, &b, &e), 0);
	assert_int_equal(b.len, room.len);
	assert_memory_equal(b.ptr, room.bytes, room.len);
}

static void test_the_kind_of_a_file_is_known_by_its_first_line(void **state)
{
	(void)state;
	assert_int_equal(roster_text_kind(str_from("karcis-roster 1\n")),
	    ROSTER_KIND_ROSTER);
	assert_int_equal(roster_text_kind(str_from("karcis-roster 9\nx")),
	    ROSTER_KIND_ROSTER);
	assert_int_equal(roster_text_kind(str_from("karcis-gate 1\n")),
	    ROSTER_KIND_GATE);
	assert_int_equal(roster_text_kind(str_from("karcis-keys 1\n")),
	    ROSTER_KIND_UNSET);
	assert_int_equal(roster_text_kind(str_from("karcis-roster")),
	    ROSTER_KIND_ROSTER);
	assert_int_equal(roster_text_kind(str_from("")), ROSTER_KIND_UNSET);
}

/* ---- what is refused ---- */

static const struct {
	const char *what, *with, *sentence;
} hostile[] = {
    {"karcis-roster 1", "karcis-keys 1", "line 1: not a file of this kind"},
    {"office 4102", "office 0", "line 2: not a number in its range"},
    {"office 4102", "office 4294967296", "line 2: not a number in its range"},
    {"office 4102", "office 04102", "line 2: not a number in its range"},
    {"office 4102", "office +4102", "line 2: not a number in its range"},
    {"office 4102", "office 4102 ", "line 2: not a number in its range"},
    {"office 4102\nversion 17\n", "version 17\noffice 4102\n",
	"line 2: not the line \"office ...\""},
    {"office 4102\n", "office 4102\noffice 4102\n",
	"line 3: not the line \"version ...\""},
    {"office 4102\n", "office 4102\r\n", "line 2: a byte that is no printable"},
    {"office 4102\n", "office 4102\n\n", "line 3: not the line \"version"},
    {"version 17", "version 0", "line 3: not a number in its range"},
    {"version 17", "version -1", "line 3: not a number in its range"},
    {"version 17", "version 9223372036854775808", "line 3: not a number"},
    {"made 1793500000", "made yesterday", "line 4: not a number"},
    {"root 03a107", "root 03A107", "line 5: a key has 64 digits"},
    {"root 03a107", "root 03a1", "line 5: a key has 64 digits"},
    {"device 1 ", "device 0 ", "line 6: not a number from 1"},
    {"device 1 ", "device 4294967296 ", "line 6: not a number from 1"},
    {"kiosk-1 kiosk S live", "Kiosk kiosk S live", "line 6: a name has"},
    {"kiosk-1 kiosk S live", "abcdefghijklmnopqrstuvwxyz012345 kiosk S live",
	"line 6: a name has"},
    {"kiosk-1 kiosk S live", " kiosk S live", "line 6: a name has"},
    {"kiosk-1 kiosk S live", "kiosk-1 counter S live", "line 6: the role"},
    {"kiosk-1 kiosk S live", "kiosk-1 kiosk - live", "line 6: the letter"},
    {"kiosk-1 kiosk S live", "kiosk-1 kiosk s live", "line 6: the letter"},
    {"kiosk-1 kiosk S live", "kiosk-1 kiosk S dead", "line 6: live or closed"},
    {"live 3 4711", "live 0 4711", "line 6: not a number from 1"},
    {"live 3 4711", "live 3 0", "line 6: a key id is a number"},
    {"live 3 4711", "live 3 65536", "line 6: a key id is a number"},
    {"cd14b37f", "cd14b37", "line 6: a key has 64 digits"},
    {" - - good\n", " - - fine\n", "line 6: live or closed, good or revoked"},
    {" - - good\n", " - - good extra\n", "line 6: a device has eleven fields"},
    {" - - good\n", " - good\n", "line 6: a device has eleven fields"},
    {"- 2026-11-20", "- 2026-11-31", "line 7: a day is a date"},
    {"- 2026-11-20", "- 2019-12-31", "line 7: a day is a date"},
    {"- 2026-11-20", "2026-11-21 2026-11-20", "line 7: a key ends before"},
    {"device 66000", "device 1", "line 7: this device number came before"},
    {"closed 2 464", "closed 2 4711", "line 7: this key id came before"},
    {"S closed 2", "S live 2", "line 7: this name came before"},
    {"gate-1 gate -", "gate-1 gate A", "line 9: a gate has no letter"},
    {"live 1 0 -", "live 1 5 -", "line 9: a gate has no letter"},
    {"device 3 gate-2", "device 3 gate-1", "line 10: this name came before"},
    {"sealed gate-1 E75P", "sealed gate-1 E75", "line 11: not a name and a"},
    {"sealed gate-1", "sealed kiosk-1", "line 11: sealed for a gate that"},
    {"sealed gate-1", "sealed gate-9", "line 11: sealed for a gate that"},
    {"sealed gate-1", "sealer gate-1", "line 11: not a line that may stand"},
    {"device 2 gate-1 gate - live", "device 2 gate-1 gate - closed",
	"line 11: sealed for a gate that"},
};

static void test_every_hostile_line_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		room_read(&room, "document");
		room_unsign(&room);
		room_swap(&room, hostile[i].what, hostile[i].with);
		room_sign(&room, ROSTER_DOMAIN, 0);
		assert_int_equal(parse(), -EBADMSG);
		says(hostile[i].sentence);
	}
}

static void test_a_second_box_or_a_device_behind_one_is_refused(void **state)
{
	char line[256];
	uint8_t box[ROSTER_BOX_BYTES];
	char text[200];

	(void)state;
	vector_hex("roster", "sealed_box", box, sizeof(box));
	sodium_bin2base64(text, sizeof(text), box, sizeof(box),
	    sodium_base64_VARIANT_ORIGINAL);
	(void)snprintf(line, sizeof(line), "sealed gate-1 %s\n", text);
	room_read(&room, "document");
	room_unsign(&room);
	room_add(&room, line);
	room_sign(&room, ROSTER_DOMAIN, 0);
	assert_int_equal(parse(), -EBADMSG);
	says("line 12: this name came before");
	room_read(&room, "document");
	room_unsign(&room);
	room_add(&room, "device 4 gate-4 gate - live 1 0 - - - good\n");
	room_sign(&room, ROSTER_DOMAIN, 0);
	assert_int_equal(parse(), -EBADMSG);
	says("line 12: not a line that may stand here");
}

static void test_a_later_version_says_so(void **state)
{
	(void)state;
	room_read(&room, "document");
	room_unsign(&room);
	room_swap(&room, "karcis-roster 1", "karcis-roster 2");
	room_sign(&room, ROSTER_DOMAIN, 0);
	assert_int_equal(parse(), -EPROTO);
	says("a newer release");
}

static void test_a_signature_of_another_key_or_domain_is_refused(void **state)
{
	(void)state;
	room_read(&room, "document");
	room_unsign(&room);
	room_sign(&room, ROSTER_DOMAIN, 1);
	assert_int_equal(parse(), -EACCES);
	says("line 12: the signature does not fit");
	room_unsign(&room);
	room_sign(&room, "karcis-roster-v2\n", 0);
	assert_int_equal(parse(), -EACCES);
	room_unsign(&room);
	room_sign(&room, "", 0);
	assert_int_equal(parse(), -EACCES);
	room_unsign(&room);
	room_sign(&room, ROSTER_DOMAIN, 0);
	assert_int_equal(parse(), 0);
}

static void test_every_one_bit_change_is_refused(void **state)
{
	(void)state;
	room_read(&room, "document");
	for (size_t i = 0; i < room.len * 8; i++) {
		room.bytes[i / 8] = (char)(room.bytes[i / 8] ^ 1 << i % 8);
		assert_true(parse() < 0);
		assert_true(e.text[0] != '\0');
		room.bytes[i / 8] = (char)(room.bytes[i / 8] ^ 1 << i % 8);
	}
	assert_int_equal(parse(), 0);
}

static void test_a_document_that_is_cut_anywhere_is_refused(void **state)
{
	size_t whole;

	(void)state;
	room_read(&room, "document");
	whole = room.len;
	for (room.len = 0; room.len < whole; room.len++)
		assert_int_equal(parse(), -EBADMSG);
}

static void test_nothing_may_follow_the_signature(void **state)
{
	static const char *const more[] = {"\n", " ", "sign 00\n", "x"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		room_read(&room, "document");
		room_add(&room, more[i]);
		assert_int_equal(parse(), -EBADMSG);
		says("line 12: something follows the signature");
	}
}

static void test_a_roster_without_a_device_is_refused(void **state)
{
	char *at;

	(void)state;
	room_read(&room, "document");
	room.bytes[room.len] = '\0';
	at = strstr(room.bytes, "device");
	room.len = (size_t)(at - room.bytes);
	room_sign(&room, ROSTER_DOMAIN, 0);
	assert_int_equal(parse(), -EBADMSG);
	says("line 6: a roster names at least one device");
}

static void add_devices(int from, int to)
{
	char line[64];

	for (int i = from; i <= to; i++) {
		(void)snprintf(line, sizeof(line),
		    "device %d gate-%d gate - live 1 0 - - - good\n", i, i);
		room_add(&room, line);
	}
}

static void test_256_devices_are_taken_and_257_are_not(void **state)
{
	(void)state;
	for (int n = 256; n <= 257; n++) {
		room_read(&room, "document");
		room_unsign(&room);
		room_unsign(&room); /* the sealed line too */
		add_devices(4, n - 5 + 3);
		room_sign(&room, ROSTER_DOMAIN, 0);
		assert_int_equal(parse(), n == 256 ? 0 : -EBADMSG);
	}
	says("line 262: more than 256 devices");
}

static void test_64_KB_are_looked_at_and_one_byte_more_is_not(void **state)
{
	(void)state;
	memset(room.bytes, 'x', sizeof(room.bytes));
	room.len = ROSTER_TEXT_MAX;
	assert_int_equal(parse(), -EBADMSG);
	room.len++;
	assert_int_equal(parse(), -EFBIG);
	says("longer than 65536 bytes");
}

static const struct {
	const char *what, *with, *sentence;
} requests[] = {
    {"karcis-gate 1", "karcis-roster 1", "line 1: not a file of this kind"},
    {"office 4102", "office x", "line 2: not a number"},
    {"name gate-1", "name Gate 1", "line 3: a name has"},
    {"name gate-1", "name", "line 3: not the line \"name ...\""},
    {"key 29ac", "key 29", "line 4: a key has 64 digits"},
};

static void test_every_hostile_line_of_a_request_is_named(void **state)
{
	struct roster_request q;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		room_read(&room, "request");
		room_unsign(&room);
		room_swap(&room, requests[i].what, requests[i].with);
		room_sign(&room, GATE_DOMAIN, 0x20);
		assert_int_equal(roster_request_parse(room_text(&room), &q, &e),
		    -EBADMSG);
		says(requests[i].sentence);
		zero(&q, sizeof(q));
	}
}

static void test_every_one_bit_change_of_a_request_is_refused(void **state)
{
	struct roster_request q;

	(void)state;
	room_read(&room, "request");
	for (size_t i = 0; i < room.len * 8; i++) {
		room.bytes[i / 8] = (char)(room.bytes[i / 8] ^ 1 << i % 8);
		assert_true(roster_request_parse(room_text(&room), &q, &e) < 0);
		zero(&q, sizeof(q));
		room.bytes[i / 8] = (char)(room.bytes[i / 8] ^ 1 << i % 8);
	}
	/* A roster's signature is no request's. */
	room_unsign(&room);
	room_sign(&room, ROSTER_DOMAIN, 0x20);
	assert_int_equal(roster_request_parse(room_text(&room), &q, &e),
	    -EACCES);
}

static void build_refuses(const struct roster_text *t)
{
	static uint8_t storage[ROSTER_TEXT_MAX];
	uint8_t public_key[32], secret[64];
	struct buf b;

	seed_pair(0, public_key, secret);
	buf_init(&b, storage, sizeof(storage));
	assert_int_equal(roster_text_build(t, secret, &b, &e), -EINVAL);
	says("nothing is written");
}

static void test_what_could_not_be_read_again_is_not_built(void **state)
{
	static struct roster_text good, bad;

	(void)state;
	room_read(&room, "document");
	assert_int_equal(parse(), 0);
	good = got;
	bad = good;
	bad.office = 0;
	build_refuses(&bad);
	bad = good;
	bad.roster.version = 0;
	build_refuses(&bad);
	bad = good;
	memcpy(bad.roster.item[0].name, "x y", 4);
	build_refuses(&bad);
	bad = good;
	memcpy(bad.roster.item[0].name, "x\ny", 4);
	build_refuses(&bad);
	bad = good;
	bad.roster.item[3].device = 1;
	build_refuses(&bad);
	bad = good;
	bad.roster.item[0].role = ROSTER_UNSET;
	build_refuses(&bad);
	bad = good;
	bad.roster.count = 0;
	build_refuses(&bad);
}

static void test_what_does_not_fit_is_not_built(void **state)
{
	uint8_t public_key[32], secret[64], storage[2048];
	struct buf b;

	(void)state;
	room_read(&room, "document");
	assert_int_equal(parse(), 0);
	assert_true(room.len < sizeof(storage));
	seed_pair(0, public_key, secret);
	buf_init(&b, storage, room.len - 1);
	assert_int_equal(roster_text_build(&got, secret, &b, &e), -E2BIG);
}

/* ---- fingerprints ---- */

static void test_a_fingerprint_is_shown_in_eight_groups(void **state)
{
	char text[ROSTER_FINGERPRINT_TEXT], wanted[256];
	uint8_t public_key[32], secret[64];

	(void)state;
	seed_pair(0, public_key, secret);
	roster_fingerprint(public_key, text);
	vector("roster", "root_print", wanted);
	assert_string_equal(text, wanted);
	seed_pair(0x20, public_key, secret);
	roster_fingerprint(public_key, text);
	vector("roster", "gate_print", wanted);
	assert_string_equal(text, wanted);
}

static enum roster_match match(const char *typed)
{
	uint8_t public_key[32], secret[64];

	seed_pair(0, public_key, secret);
	return roster_fingerprint_match(str_from(typed), public_key);
}

static void test_a_typed_fingerprint_may_be_grouped_as_one_likes(void **state)
{
	(void)state;
	assert_int_equal(match("9d24-e2ee-af27-c2a0-88a5-64a3-2fc0-3a88"),
	    ROSTER_SAME);
	assert_int_equal(match("9d24e2eeaf27c2a088a564a32fc03a88"),
	    ROSTER_SAME);
	assert_int_equal(match("9D 24 E2 EE AF 27 C2 A0 88 A5 64 A3 2F C0 3A"
			       " 88"),
	    ROSTER_SAME);
	assert_int_equal(match("9d:24:e2:ee:af:27:c2:a0:88:a5:64:a3:2f:c0:3a:"
			       "88"),
	    ROSTER_SAME);
	assert_int_equal(match("9d24-e2ee-af27-c2a0-88a5-64a3-2fc0-3a89"),
	    ROSTER_DIFFERENT);
}

static void test_part_of_a_fingerprint_is_none(void **state)
{
	(void)state;
	assert_int_equal(match(""), ROSTER_NO_FINGERPRINT);
	assert_int_equal(match("9d24-e2ee"), ROSTER_NO_FINGERPRINT);
	assert_int_equal(match("9d24e2eeaf27c2a088a564a32fc03a8"),
	    ROSTER_NO_FINGERPRINT);
	assert_int_equal(match("9d24e2eeaf27c2a088a564a32fc03a880"),
	    ROSTER_NO_FINGERPRINT);
	assert_int_equal(match("gd24e2eeaf27c2a088a564a32fc03a88"),
	    ROSTER_NO_FINGERPRINT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_document_says_office_version_and_devices),
	    cmocka_unit_test(test_an_earlier_key_is_closed_and_has_its_days),
	    cmocka_unit_test(test_the_box_of_a_gate_is_found_by_its_name),
	    cmocka_unit_test(test_a_document_is_built_byte_for_byte),
	    cmocka_unit_test(test_a_request_is_read_and_built_byte_for_byte),
	    cmocka_unit_test(
		test_the_kind_of_a_file_is_known_by_its_first_line),
	    cmocka_unit_test(test_every_hostile_line_is_named),
	    cmocka_unit_test(
		test_a_second_box_or_a_device_behind_one_is_refused),
	    cmocka_unit_test(test_a_later_version_says_so),
	    cmocka_unit_test(
		test_a_signature_of_another_key_or_domain_is_refused),
	    cmocka_unit_test(test_every_one_bit_change_is_refused),
	    cmocka_unit_test(test_a_document_that_is_cut_anywhere_is_refused),
	    cmocka_unit_test(test_nothing_may_follow_the_signature),
	    cmocka_unit_test(test_a_roster_without_a_device_is_refused),
	    cmocka_unit_test(test_256_devices_are_taken_and_257_are_not),
	    cmocka_unit_test(test_64_KB_are_looked_at_and_one_byte_more_is_not),
	    cmocka_unit_test(test_every_hostile_line_of_a_request_is_named),
	    cmocka_unit_test(test_every_one_bit_change_of_a_request_is_refused),
	    cmocka_unit_test(test_what_could_not_be_read_again_is_not_built),
	    cmocka_unit_test(test_what_does_not_fit_is_not_built),
	    cmocka_unit_test(test_a_fingerprint_is_shown_in_eight_groups),
	    cmocka_unit_test(
		test_a_typed_fingerprint_may_be_grouped_as_one_likes),
	    cmocka_unit_test(test_part_of_a_fingerprint_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
