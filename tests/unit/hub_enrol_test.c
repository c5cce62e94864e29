/* Enrolment: one token, one device, one letter; closing; after a restore. */
#include "firmware/link/client.h"
#include "test_hub.h"

static void test_a_kiosk_gets_its_keys_letter_and_epoch(void **state)
{
	struct client k = enrolled(OFFICE, "kiosk", "kiosk-1");
	uint8_t sealed[64 + crypto_box_SEALBYTES], plain[64], want[32];
	uint8_t box_public[32], box_secret[32];
	uint8_t text[20] = "karcis-office-v1\x00\x00\x10\x06";
	char hub_key[65];

	(void)state;
	assert_string_equal(answer.kind, "enrol");
	assert_int_equal(k.office, OFFICE);
	assert_int_equal(k.epoch, 1);
	assert_string_equal(k.letter, "S");
	assert_true(k.key_id >= 1 && k.key_id <= 65535);
	assert_string_equal(text_of(reply, "role"), "kiosk");
	assert_string_equal(text_of(reply, "name"), "kiosk-1");
	assert_int_equal(number_of(reply, "time"), NOW);
	wire_hex(keys.public_key, 32, hub_key);
	assert_string_equal(text_of(reply, "hub_key"), hub_key);
	/* 4102 = 0x1006: its key is of that office alone. */
	assert_true(wire_unbase64(str_from(text_of(reply, "sealed")), sealed,
	    sizeof(sealed)));
	assert_int_equal(
	    crypto_sign_ed25519_pk_to_curve25519(box_public, k.public_key), 0);
	assert_int_equal(
	    crypto_sign_ed25519_sk_to_curve25519(box_secret, k.secret), 0);
	assert_int_equal(crypto_box_seal_open(plain, sealed, sizeof(sealed),
			     box_public, box_secret),
	    0);
	crypto_generichash(want, 32, text, 20, keys.master.bytes, 32);
	assert_memory_equal(plain, want, 32);
	crypto_generichash(want, 32,
	    (const uint8_t *)"karcis-gate-v1\0\0\x10\x06", 18,
	    keys.master.bytes, 32);
	assert_memory_equal(plain + 32, want, 32);
}

static void test_a_channel_gets_no_keys_and_no_letter(void **state)
{
	struct client c = enrolled(OFFICE, "channel", "web");

	(void)state;
	assert_string_equal(text_of(reply, "sealed"), "");
	assert_string_equal(c.letter, "");
	assert_int_equal(c.key_id, 0);
}

static void test_a_gate_gets_keys_and_no_letter(void **state)
{
	struct client c = enrolled(OFFICE, "gate", "gate-1");

	(void)state;
	assert_true(strlen(text_of(reply, "sealed")) > 100);
	assert_string_equal(c.letter, "");
	assert_true(c.key_id > 0);
}

static void test_the_same_body_again_gets_the_same_device(void **state)
{
	struct client c = new_client();
	struct client first;
	char token[33];

	(void)state;
	take_token(OFFICE, "kiosk", "kiosk-1", token);
	assert_int_equal(try_enrol(&c, token, "kiosk-1"), 200);
	first = c;
	now_s += 3600;
	assert_int_equal(try_enrol(&c, token, "kiosk-1"), 200);
	assert_int_equal(c.device, first.device);
	assert_int_equal(c.epoch, first.epoch);
	assert_int_equal(c.key_id, first.key_id);
	assert_string_equal(c.letter, first.letter);
}

static void test_another_key_cannot_use_a_token_again(void **state)
{
	struct client c = new_client(), other = new_client();
	char token[33];

	(void)state;
	take_token(OFFICE, "kiosk", "kiosk-1", token);
	assert_int_equal(try_enrol(&c, token, "kiosk-1"), 200);
	assert_int_equal(try_enrol(&other, token, "kiosk-1"), 403);
	assert_error(403, "token");
	/* Nor with the public half of the device's ticket key. */
	memcpy(other.ticket_key, c.ticket_key, sizeof(c.ticket_key));
	assert_int_equal(try_enrol(&other, token, "kiosk-1"), 403);
	assert_error(403, "token");
	memset(c.ticket_key, 1, sizeof(c.ticket_key));
	assert_int_equal(try_enrol(&c, token, "kiosk-1"), 403);
}

static void test_a_token_is_good_for_900_seconds(void **state)
{
	struct client c = new_client();
	char token[33];

	(void)state;
	take_token(OFFICE, "kiosk", "kiosk-1", token);
	now_s += 900;
	assert_int_equal(try_enrol(&c, token, "kiosk-1"), 403);
	assert_error(403, "token");
	now_s -= 1;
	assert_int_equal(try_enrol(&c, token, "kiosk-1"), 200);
}

static void test_a_token_is_for_one_name_and_must_exist(void **state)
{
	struct client c = new_client();
	char token[33];

	(void)state;
	take_token(OFFICE, "kiosk", "kiosk-1", token);
	assert_int_equal(try_enrol(&c, token, "kiosk-2"), 403);
	assert_error(403, "token");
	token[0] = token[0] == '0' ? '1' : '0';
	assert_int_equal(try_enrol(&c, token, "kiosk-1"), 403);
	assert_error(403, "token");
}

static void test_enrolment_must_be_signed_by_its_own_key(void **state)
{
	struct client c = new_client(), thief = new_client();
	char token[33];

	(void)state;
	take_token(OFFICE, "kiosk", "kiosk-1", token);
	memcpy(thief.public_key, c.public_key, sizeof(c.public_key));
	assert_int_equal(try_enrol(&thief, token, "kiosk-1"), 401);
	assert_error(401, "unsigned");
	assert_int_equal(try_enrol(&c, token, "kiosk-1"), 200);
}

static void test_enrolment_bodies_that_are_no_good_are_named(void **state)
{
	static const char *const bodies[] = {"", "[]", "{", "{\"token\": 5}",
	    "{\"token\": \"00112233445566778899aabbccddeeff\"}",
	    "{\"token\": \"00112233445566778899aabbccddeeff\", "
	    "\"request_key\": "
	    "\"00000000000000000000000000000000000000000000000000000000000000"
	    "00\", \"ticket_key\": "
	    "\"00000000000000000000000000000000000000000000000000000000000000"
	    "00\", \"name\": \"k\"}"};
	struct client c = new_client();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		send_by(db, &c, 0, "POST", "/v1/enrol", str_from(bodies[i]),
		    NULL);
		assert_error(400, "bad_request");
	}
	send_by(db, &c, 0, "GET", "/v1/enrol", str_from(""), NULL);
	assert_error(405, "method");
}

static void test_the_same_name_again_closes_the_earlier_device(void **state)
{
	struct client a = enrolled(OFFICE, "kiosk", "kiosk-1");
	struct client b = enrolled(OFFICE, "kiosk", "kiosk-1");

	(void)state;
	assert_int_equal(b.epoch, 2);
	assert_int_not_equal(b.device, a.device);
	assert_int_not_equal(b.key_id, a.key_id);
	assert_string_equal(b.letter, "T");
	assert_int_equal(ask(&a, "GET", "/v1/time?nonce=00", ""), 403);
	assert_error(403, "revoked");
	assert_int_equal(ask(&b, "GET", "/v1/time?nonce=00", ""), 200);
}

static void test_a_letter_rests_for_the_day_of_its_last_use(void **state)
{
	struct client c;

	(void)state;
	enrolled(OFFICE, "kiosk", "kiosk-1");
	assert_int_equal(hub_revoke(h, db, OFFICE, "kiosk-1", now_s, &e), 0);
	c = enrolled(OFFICE, "kiosk", "kiosk-2");
	assert_string_equal(c.letter, "T");
	/* 23:59:59 of that day, and local midnight, 17:00 UTC. */
	now_s = NOW + 12 * 3600 - 1;
	c = enrolled(OFFICE, "kiosk", "kiosk-3");
	assert_string_equal(c.letter, "U");
	now_s = NOW + 12 * 3600;
	c = enrolled(OFFICE, "kiosk", "kiosk-4");
	assert_string_equal(c.letter, "S");
}

static void test_the_ninth_live_kiosk_gets_no_letter(void **state)
{
	struct client c = new_client();
	char name[16], token[33];

	(void)state;
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		assert_int_equal(enrolled(OFFICE, "kiosk", name).letter[0],
		    'S' + i);
	}
	take_token(OFFICE, "kiosk", "k8", token);
	assert_int_equal(try_enrol(&c, token, "k8"), 409);
	assert_error(409, "no_letter");
	/* Nothing was kept of it: another office is not concerned, and with a
	 * free letter tomorrow the same token's name may come. */
	assert_string_equal(enrolled(OTHER_OFFICE, "kiosk", "k8").letter, "S");
	enrolled(OFFICE, "gate", "gate-1");
	assert_int_equal(hub_revoke(h, db, OFFICE, "k3", now_s, &e), 0);
	now_s += 86400;
	take_token(OFFICE, "kiosk", "k8", token);
	assert_int_equal(try_enrol(&c, token, "k8"), 200);
	assert_string_equal(c.letter, "V");
}

static void test_what_an_administrator_asks_wrongly_is_refused(void **state)
{
	struct hub_office o = {OFFICE, "x", 0}, zero = {0, "x", 0};
	struct hub_office far = {5, "x", 15 * 3600};
	char text[HUB_TOKEN_TEXT];

	(void)state;
	assert_int_equal(hub_office_add(h, db, &o, &e), -EEXIST);
	assert_int_equal(hub_office_add(h, db, &zero, &e), -EINVAL);
	assert_int_equal(hub_office_add(h, db, &far, &e), -EINVAL);
	assert_int_equal(hub_token(h, db, 9, "kiosk", "k", now_s, text, &e),
	    -ENOENT);
	assert_int_equal(hub_token(h, db, OFFICE, "king", "k", now_s, text, &e),
	    -EINVAL);
	assert_int_equal(
	    hub_token(h, db, OFFICE, "kiosk", "a b", now_s, text, &e), -EINVAL);
	assert_int_equal(hub_token(h, db, OFFICE, "kiosk", "", now_s, text, &e),
	    -EINVAL);
	assert_int_equal(hub_token(h, db, OFFICE, "kiosk",
			     "a-name-of-thirty-two-characters", now_s, text,
			     &e),
	    0);
	assert_int_equal(hub_token(h, db, OFFICE, "kiosk",
			     "a-name-of-thirty-two-characters1", now_s, text,
			     &e),
	    -EINVAL);
	assert_int_equal(hub_revoke(h, db, OFFICE, "nobody", now_s, &e),
	    -ENOENT);
	assert_true(strlen(e.text) > 10);
}

static void test_the_roster_names_all_but_channels(void **state)
{
	struct client k = enrolled(OFFICE, "kiosk", "kiosk-1");
	struct client g = enrolled(OFFICE, "gate", "gate-1");
	struct client c = enrolled(OFFICE, "channel", "web");
	const json_t *d;
	char key[65];

	(void)state;
	enrolled(OTHER_OFFICE, "kiosk", "kiosk-9");
	assert_int_equal(hub_revoke(h, db, OFFICE, "gate-1", now_s, &e), 0);
	assert_int_equal(ask(&k, "GET", "/v1/roster?office=4102", ""), 200);
	assert_string_equal(answer.kind, "roster");
	/* Version 1, three devices, one closed. */
	assert_int_equal(number_of(reply, "version"), 5);
	assert_string_equal(answer.etag, "\"5\"");
	d = json_object_get(reply, "devices");
	assert_int_equal(json_array_size(d), 2);
	wire_hex(k.ticket_key, 32, key);
	d = json_array_get(json_object_get(reply, "devices"), 0);
	assert_int_equal(number_of(d, "device"), k.device);
	assert_string_equal(text_of(d, "name"), "kiosk-1");
	assert_string_equal(text_of(d, "role"), "kiosk");
	assert_string_equal(text_of(d, "letter"), "S");
	assert_string_equal(text_of(d, "ticket_key"), key);
	assert_int_equal(number_of(d, "key_id"), k.key_id);
	assert_int_equal(number_of(d, "epoch"), 1);
	assert_true(json_is_true(json_object_get(d, "live")));
	d = json_array_get(json_object_get(reply, "devices"), 1);
	assert_int_equal(number_of(d, "device"), g.device);
	assert_true(json_is_false(json_object_get(d, "live")));
	assert_int_equal(send_by(db, &k, ++k.counter, "GET",
			     "/v1/roster?office=4102", str_from(""), "\"5\""),
	    304);
	assert_int_equal(answer.len, 0);
	assert_int_equal(ask(&c, "GET", "/v1/roster?office=4102", ""), 403);
	assert_error(403, "other_office");
	assert_int_equal(ask(&k, "GET", "/v1/roster?office=77", ""), 403);
	assert_error(403, "other_office");
	assert_int_equal(ask(&k, "GET", "/v1/roster", ""), 400);
}

/* One device of the roster, by its place. */
static const json_t *roster_device(struct client *c, size_t i)
{
	assert_int_equal(ask(c, "GET", "/v1/roster?office=4102", ""), 200);
	return json_array_get(json_object_get(reply, "devices"), i);
}

/* 17:00 UTC is midnight in the office's WIB. */
static void test_a_key_is_good_from_its_enrolment_to_its_closing(void **state)
{
	struct client k, g;
	const json_t *d;

	(void)state;
	now_s = NOW + 12 * 3600 - 1;
	k = enrolled(OFFICE, "kiosk", "kiosk-1");
	now_s++;
	g = enrolled(OFFICE, "gate", "gate-1");
	d = roster_device(&g, 0);
	assert_string_equal(text_of(d, "from"), "2026-11-26");
	assert_string_equal(text_of(d, "until"), "");
	assert_true(json_is_false(json_object_get(d, "revoked")));
	assert_string_equal(text_of(roster_device(&g, 1), "from"),
	    "2026-11-27");
	now_s += 24 * 3600 - 1;
	assert_int_equal(hub_revoke(h, db, OFFICE, "kiosk-1", now_s, &e), 0);
	d = roster_device(&g, 0);
	assert_int_equal(number_of(d, "device"), k.device);
	assert_string_equal(text_of(d, "from"), "2026-11-26");
	assert_string_equal(text_of(d, "until"), "2026-11-27");
	assert_true(json_is_false(json_object_get(d, "revoked")));
}

static void test_a_name_that_is_enrolled_again_ends_its_earlier_key(
    void **state)
{
	struct client k = enrolled(OFFICE, "kiosk", "kiosk-1");
	const json_t *d;

	(void)state;
	now_s += 24 * 3600;
	k = enrolled(OFFICE, "kiosk", "kiosk-1");
	d = roster_device(&k, 0);
	assert_string_equal(text_of(d, "until"), "2026-11-27");
	d = roster_device(&k, 1);
	assert_string_equal(text_of(d, "from"), "2026-11-27");
	assert_string_equal(text_of(d, "until"), "");
}

static void test_with_its_tickets_a_device_loses_all_its_keys(void **state)
{
	struct client g = enrolled(OFFICE, "gate", "gate-1");
	int64_t version;

	(void)state;
	enrolled(OFFICE, "kiosk", "kiosk-1");
	enrolled(OFFICE, "kiosk", "kiosk-1");
	enrolled(OFFICE, "kiosk", "kiosk-2");
	roster_device(&g, 0);
	version = number_of(reply, "version");
	told_n = 0;
	assert_int_equal(
	    hub_revoke_tickets(h, db, OFFICE, "kiosk-1", now_s, &e), 0);
	assert_int_equal(told_n, 1);
	assert_int_equal(told[0].day, HUB_DAY_ALL);
	for (size_t i = 0; i < 4; i++) {
		const json_t *d = roster_device(&g, i);
		bool gone = strcmp(text_of(d, "name"), "kiosk-1") == 0;

		assert_int_equal(json_is_true(json_object_get(d, "revoked")),
		    gone);
		assert_int_equal(json_is_true(json_object_get(d, "live")),
		    !gone);
	}
	assert_int_equal(number_of(reply, "version"), version + 1);
	/* There is nothing left to take. */
	assert_int_equal(
	    hub_revoke_tickets(h, db, OFFICE, "kiosk-1", now_s, &e), -ENOENT);
	assert_int_equal(hub_revoke_tickets(h, db, OFFICE, "nobody", now_s, &e),
	    -ENOENT);
	/* Of one that was closed before, there is. */
	assert_int_equal(hub_revoke(h, db, OFFICE, "kiosk-2", now_s, &e), 0);
	assert_true(
	    json_is_false(json_object_get(roster_device(&g, 3), "revoked")));
	assert_int_equal(
	    hub_revoke_tickets(h, db, OFFICE, "kiosk-2", now_s, &e), 0);
	assert_true(
	    json_is_true(json_object_get(roster_device(&g, 3), "revoked")));
}

/* A terminal takes no more: it would never hear of a revocation again. */
static void test_the_roster_has_room_for_the_live_ones(void **state)
{
	struct client first = enrolled(OFFICE, "gate", "gate-1"), last;
	struct client shut = enrolled(OFFICE, "gate", "gate-0");
	static struct roster ro;

	(void)state;
	(void)enrolled(OFFICE, "channel", "web");
	for (int i = 0; i < ROSTER_DEVICES; i++)
		last = enrolled(OFFICE, "gate", "gate-2");
	now_s++;
	assert_int_equal(hub_revoke(h, db, OFFICE, "gate-0", now_s, &e), 0);
	assert_int_equal(ask(&first, "GET", "/v1/roster?office=4102", ""), 200);
	assert_int_equal(
	    client_roster(str_of(answer.body, answer.len), OFFICE, &ro, &e), 0);
	assert_int_equal(ro.count, ROSTER_DEVICES);
	assert_int_equal(ro.item[0].device, first.device);
	assert_int_equal(ro.item[1].device, shut.device);
	assert_int_equal(ro.item[ROSTER_DEVICES - 1].device, last.device);
	assert_true(ro.item[ROSTER_DEVICES - 1].live);
	/* The two that closed first are left out. */
	assert_int_equal(ro.item[2].device, last.device - ROSTER_DEVICES + 3);
}

static void test_the_roster_tells_the_key_of_the_log(void **state)
{
	struct client g = enrolled(OFFICE, "gate", "gate-1");
	char vkey[NOTE_VKEY];

	(void)state;
	assert_int_equal(hub_log_vkey(h, db, OFFICE, vkey, &e), 0);
	roster_device(&g, 0);
	assert_string_equal(text_of(reply, "log_key"), vkey);
}

/* Terminals refuse an older roster than theirs, and theirs may be of after the
 * backup. */
static void test_after_a_restore_the_roster_is_newer_than_any(void **state)
{
	struct client g = enrolled(OFFICE, "gate", "gate-1");

	(void)state;
	assert_int_equal(hub_restored(h, db, now_s, &e), 0);
	roster_device(&g, 0);
	assert_int_equal(number_of(reply, "version"), now_s);
	assert_int_equal(hub_restored(h, db, now_s, &e), 0);
	roster_device(&g, 0);
	assert_int_equal(number_of(reply, "version"), now_s + 1);
}

static void test_a_change_of_the_roster_is_told(void **state)
{
	(void)state;
	told_n = 0;
	enrolled(OFFICE, "kiosk", "kiosk-1");
	assert_int_equal(told_n, 1);
	assert_int_equal(told[0].office, OFFICE);
	assert_int_equal(told[0].day, HUB_DAY_ALL);
	assert_int_equal(hub_revoke(h, db, OFFICE, "kiosk-1", now_s, &e), 0);
	assert_int_equal(told_n, 2);
	assert_int_equal(told[1].day, HUB_DAY_ALL);
}

static void test_devices_after_a_restore_get_numbers_nobody_had(void **state)
{
	struct client a = enrolled(OFFICE, "kiosk", "kiosk-1");
	struct client b;

	(void)state;
	assert_int_equal(hub_restored(h, db, now_s, &e), 0);
	b = enrolled(OFFICE, "kiosk", "kiosk-2");
	assert_true(b.device > a.device + 1000);
}

#define T(test) cmocka_unit_test_setup_teardown(test, make_hub, remove_hub)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_kiosk_gets_its_keys_letter_and_epoch),
	    T(test_a_channel_gets_no_keys_and_no_letter),
	    T(test_a_gate_gets_keys_and_no_letter),
	    T(test_the_same_body_again_gets_the_same_device),
	    T(test_another_key_cannot_use_a_token_again),
	    T(test_a_token_is_good_for_900_seconds),
	    T(test_a_token_is_for_one_name_and_must_exist),
	    T(test_enrolment_must_be_signed_by_its_own_key),
	    T(test_enrolment_bodies_that_are_no_good_are_named),
	    T(test_the_same_name_again_closes_the_earlier_device),
	    T(test_a_letter_rests_for_the_day_of_its_last_use),
	    T(test_the_ninth_live_kiosk_gets_no_letter),
	    T(test_what_an_administrator_asks_wrongly_is_refused),
	    T(test_the_roster_names_all_but_channels),
	    T(test_a_key_is_good_from_its_enrolment_to_its_closing),
	    T(test_a_name_that_is_enrolled_again_ends_its_earlier_key),
	    T(test_with_its_tickets_a_device_loses_all_its_keys),
	    T(test_the_roster_has_room_for_the_live_ones),
	    T(test_the_roster_tells_the_key_of_the_log),
	    T(test_after_a_restore_the_roster_is_newer_than_any),
	    T(test_a_change_of_the_roster_is_told),
	    T(test_devices_after_a_restore_get_numbers_nobody_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
