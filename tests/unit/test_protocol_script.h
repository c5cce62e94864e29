/*
 * What is asked in tests/unit/vectors/protocol.txt, one after the other, by
 * two kiosks, two gates and a booking channel; and the text of it. What kiosks
 * and gates ask is made by the terminal's own code. Passes and the log are in
 * test_protocol_gates.h.
 */
#ifndef KARCIS_TESTS_TEST_PROTOCOL_SCRIPT_H
#define KARCIS_TESTS_TEST_PROTOCOL_SCRIPT_H

#include "test_protocol.h"

#include "firmware/link/client.h"

static struct client k1, k2, gate, gate_2, channel;
static struct secret_key office_key;
static int64_t epoch_now; /* of the feed of DAY */
static char token[33];

/* ---- writing a block ---- */

static char transcript[TRANSCRIPT];
static struct buf script;

static void put_request(const char *name, const struct hub_request *q)
{
	buf_fmt(&script, "== %s\n", name);
	buf_str(&script, q->method);
	buf_byte(&script, ' ');
	buf_str(&script, q->path);
	if (q->signature.ptr != NULL) {
		buf_text(&script, "\nKarcis-Device: ");
		buf_str(&script, q->device);
		buf_text(&script, "\nKarcis-Counter: ");
		buf_str(&script, q->counter);
		buf_text(&script, "\nKarcis-Signature: ");
		buf_str(&script, q->signature);
	}
	if (q->if_none_match.ptr != NULL) {
		buf_text(&script, "\nIf-None-Match: ");
		buf_str(&script, q->if_none_match);
	}
	buf_byte(&script, '\n');
	buf_str(&script, q->body);
	if (q->body.len > 0)
		buf_byte(&script, '\n');
}

static void put_whole_answer(void)
{
	put_answer(&script, &answer);
	buf_byte(&script, '\n');
	assert_false(script.full);
}

/* Asks as c with that counter; the exchange becomes a block. */
static void exchange_at(const char *name, const struct client *c,
    uint64_t counter, const char *method, const char *path, const char *body,
    const char *if_none_match)
{
	char device_text[16], counter_text[24], base64[WIRE_BASE64 + 1];
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	struct wire_request w = {str_from(method), str_from(path),
	    str_from(body), c->device, counter};
	struct hub_request q = {w.method, w.path, w.body, .now_s = now_s};

	forget();
	assert_true(wire_sign_request(&w, c->secret, signature));
	wire_base64(signature, sizeof(signature), base64);
	(void)snprintf(device_text, sizeof(device_text), "%lu",
	    (unsigned long)c->device);
	(void)snprintf(counter_text, sizeof(counter_text), "%llu",
	    (unsigned long long)counter);
	q.device = str_from(device_text);
	q.counter = str_from(counter_text);
	q.signature = str_from(base64);
	if (if_none_match != NULL)
		q.if_none_match = str_from(if_none_match);
	put_request(name, &q);
	hub_handle(h, db, &q, &answer);
	take_answer();
	put_whole_answer();
}

static void exchange(const char *name, struct client *c, const char *method,
    const char *path, const char *body)
{
	exchange_at(name, c, ++c->counter, method, path, body, NULL);
}

static void happens(const char *name, const char *what)
{
	buf_fmt(&script, "== %s\n! %s\n", name, what);
	act(str_from(what), &script);
	buf_byte(&script, '\n');
	assert_false(script.full);
}

static void expect(int status)
{
	if (answer.status != status)
		fail_msg("%d instead of %d: %s", answer.status, status,
		    answer.body == NULL ? "" : answer.body);
}

/* ---- who asks ---- */

static inline struct client fixed_client(unsigned first)
{
	struct client c = {0};
	uint8_t unused[64];

	key_pair(first, c.public_key, c.secret);
	key_pair(first + 0x20, c.ticket_key, unused);
	return c;
}

static void give_token(const char *name, const char *role, const char *device)
{
	char what[128];
	const char *at;

	(void)snprintf(what, sizeof(what), "token %s %s", role, device);
	happens(name, what);
	assert_false(script.full);
	script.ptr[script.len] = '\0';
	at = strstr((const char *)script.ptr + script.len - 128, "example ");
	assert_non_null(at);
	memcpy(token, at + 8, 32);
	token[32] = '\0';
}

static void enrol(const char *block, const struct client *c, const char *name)
{
	char text[512];
	struct client unknown = *c;
	struct buf body;

	unknown.device = 0;
	buf_init(&body, text, sizeof(text));
	client_enrol_body(&body, token, c->public_key, c->ticket_key, name);
	assert_false(body.full);
	exchange_at(block, &unknown, 0, "POST", "/v1/enrol", buf_cstr(&body),
	    NULL);
}

static void enrolled_as(struct client *c)
{
	expect(200);
	c->device = (uint32_t)number_of(reply, "device");
	c->epoch = (uint32_t)number_of(reply, "epoch");
	c->key_id = (int)number_of(reply, "key_id");
	c->counter = 0;
}

static inline void script_enrol(void)
{
	struct client other = fixed_client(0x90);
	struct client_enrolled got;

	k1 = fixed_client(0x40);
	k2 = fixed_client(0x80);
	gate = fixed_client(0xc0);
	channel = fixed_client(0x10);
	give_token("token", "kiosk", "kiosk-1");
	enrol("enrol", &k1, "kiosk-1");
	enrolled_as(&k1);
	assert_int_equal(
	    client_enrolled(str_from(answer.body), k1.secret, &got, &e), 0);
	office_key = got.office_key;
	enrol("enrol_again", &k1, "kiosk-1");
	expect(200);
	enrol("enrol_another_key", &other, "kiosk-1");
	expect(403);
	give_token("token_kiosk_2", "kiosk", "kiosk-2");
	enrol("enrol_another_name", &k2, "kiosk-3");
	expect(403);
	enrol("enrol_kiosk_2", &k2, "kiosk-2");
	enrolled_as(&k2);
	give_token("token_gate", "gate", "gate-1");
	enrol("enrol_gate", &gate, "gate-1");
	enrolled_as(&gate);
	give_token("token_channel", "channel", "web");
	enrol("enrol_channel", &channel, "web");
	enrolled_as(&channel);
}

/* ---- time and roster ---- */

static inline void script_time_and_roster(void)
{
	uint8_t nonce[16];
	char text[256];
	struct buf path;

	for (unsigned i = 0; i < sizeof(nonce); i++)
		nonce[i] = (uint8_t)(0xa0 + i);
	buf_init(&path, text, sizeof(text));
	client_time_path(&path, nonce);
	exchange("time", &k1, "GET", buf_cstr(&path), "");
	expect(200);
	exchange("time_bad", &k1, "GET", "/v1/time", "");
	expect(400);
	buf_init(&path, text, sizeof(text));
	client_roster_path(&path, OFFICE);
	exchange("roster", &k1, "GET", buf_cstr(&path), "");
	expect(200);
	exchange_at("roster_304", &gate, ++gate.counter, "GET", text, "",
	    "\"5\"");
	expect(304);
}

/* ---- bookings ---- */

static struct code_hash hash_of_code(const char *code)
{
	struct booking_code c = {{0}};

	assert_true(str_copy(c.text, sizeof(c.text), str_from(code)));
	return digest_code(&office_key, &c);
}

static const char *booking_path(const char *code)
{
	static char text[64];
	struct code_hash hash = hash_of_code(code);
	char hex[33];

	wire_hex(hash.bytes, sizeof(hash.bytes), hex);
	(void)snprintf(text, sizeof(text), "/v1/bookings/%s", hex);
	return text;
}

/* One booking of a request; code "" = none is given. */
static void put_booking(struct buf *b, const char *code, int service,
    const char *start, const char *end, const char *more)
{
	if (b->ptr[b->len - 1] == '}')
		buf_text(b, ", ");
	buf_byte(b, '{');
	if (code[0] != '\0')
		buf_fmt(b, "\"code\": \"%s\", ", code);
	buf_fmt(b,
	    "\"service\": %d, \"date\": \"2026-11-26\", \"start\": \"%s\", "
	    "\"end\": \"%s\"%s}",
	    service, start, end, more);
}

static char bookings_text[4096];

static struct buf begin_bookings(void)
{
	struct buf b;

	buf_init(&b, bookings_text, sizeof(bookings_text));
	buf_text(&b, "{\"bookings\": [");
	return b;
}

static void post_bookings(const char *name, struct buf *b)
{
	buf_text(b, "]}");
	assert_false(b->full);
	exchange(name, &channel, "POST", "/v1/bookings", buf_cstr(b));
	expect(200);
}

static inline void script_bookings(void)
{
	struct buf b = begin_bookings();

	put_booking(&b, "ABC-DEF-GHJ-E", 1, "09:00", "09:15",
	    ", \"class\": \"booked\", \"name\": \"Siti W\", "
	    "\"birth_date\": \"1990-02-28\", "
	    "\"permit_expires\": \"2026-12-31\", \"companions\": 2, "
	    "\"status\": \"confirmed\"");
	put_booking(&b, "", 1, "09:00", "09:15", ", \"class\": \"priority\"");
	put_booking(&b, "klinik 42", 2, "09:30", "09:45", "");
	post_bookings("bookings", &b);
	b = begin_bookings();
	put_booking(&b, "KLINIK43", 1, "09:15", "09:30", "");
	put_booking(&b, "klinik-43", 1, "09:30", "09:45", "");
	put_booking(&b, "KLINIK44", 2, "09:30", "09:45", "");
	put_booking(&b, "KLINIK44", 2, "10:00", "10:15", "");
	put_booking(&b, "KLINIK45", 1, "09:30", "09:15", "");
	put_booking(&b, "K/1", 1, "09:00", "09:15", "");
	post_bookings("bookings_refused", &b);
}

static inline void script_slots(void)
{
	happens("slot", "slot 2026-11-26 2 1 570 585 1");
	happens("slot_2", "slot 2026-11-26 2 1 585 600 5");
	script_bookings();
	exchange("slots", &channel, "GET",
	    "/v1/slots?office=4102&from=2026-11-26&to=2026-11-27", "");
	expect(200);
	exchange("bookings_bad", &channel, "POST", "/v1/bookings",
	    "{\"booking\": []}");
	expect(400);
}

static inline void script_more_bookings(void)
{
	struct buf b = begin_bookings();

	put_booking(&b, "KLINIK50", 1, "09:00", "09:15",
	    ", \"status\": \"cancelled\"");
	put_booking(&b, "KLINIK51", 1, "09:00", "09:15",
	    ", \"status\": \"blocked\"");
	put_booking(&b, "KLINIK52", 1, "09:00", "09:15",
	    ", \"status\": \"revoked\"");
	put_booking(&b, "KLINIK53", 1, "09:00", "09:15", "");
	put_booking(&b, "KLINIK46", 2, "09:45", "10:00", "");
	post_bookings("bookings_more", &b);
}

static inline void script_changes(void)
{
	exchange("booking_moved", &channel, "PATCH", booking_path("KLINIK53"),
	    "{\"date\": \"2026-11-27\", \"start\": \"10:00\", "
	    "\"end\": \"10:15\"}");
	expect(200);
	exchange("booking_slot_full", &channel, "PATCH",
	    booking_path("KLINIK46"),
	    "{\"start\": \"09:30\", \"end\": \"09:45\"}");
	expect(409);
	exchange("booking_bad", &channel, "PATCH", booking_path("KLINIK46"),
	    "{\"status\": \"lost\"}");
	expect(400);
	exchange("booking_deleted", &channel, "DELETE",
	    booking_path("KLINIK43"), "");
	expect(200);
	exchange("booking_not_found", &channel, "DELETE",
	    booking_path("KLINIK43"), "");
	expect(404);
}

/* ---- the feed ---- */

static const char *feed_path(int32_t day, int64_t epoch, int64_t from,
    int32_t limit, int32_t wait_s)
{
	static char text[256];
	struct buf path;

	buf_init(&path, text, sizeof(text));
	client_feed_path(&path, OFFICE, day, epoch, from, limit, wait_s);
	return buf_cstr(&path);
}

static void feed(const char *name, int64_t epoch, int64_t from, int32_t limit,
    int32_t wait_s)
{
	exchange(name, &k1, "GET", feed_path(DAY_N, epoch, from, limit, wait_s),
	    "");
}

static inline void script_first_feed(void)
{
	feed("feed_empty", 0, 0, 500, 0);
	expect(200);
	epoch_now = number_of(reply, "epoch");
}

static inline void script_feed(void)
{
	char etag[HUB_ETAG];

	feed("feed_page_1", epoch_now, 0, 2, 0);
	expect(200);
	feed("feed_page_2", epoch_now, 2, 2, 0);
	expect(200);
	memcpy(etag, answer.etag, sizeof(etag));
	exchange_at("feed_304", &k1, ++k1.counter, "GET",
	    feed_path(DAY_N, epoch_now, number_of(reply, "head"), 500, 0), "",
	    etag);
	expect(304);
	feed("feed_waits", epoch_now, 4, 500, 25);
	expect(0);
	script_more_bookings();
	happens("feed_waits_and_has_news", "news");
	expect(200);
	feed("feed_waits_again", epoch_now, 9, 500, 25);
	expect(0);
	happens("feed_still_waits", "news");
	expect(0);
	happens("feed_waits_in_vain", "the wait is over");
	expect(200);
}

static inline void script_feed_of_changes(void)
{
	feed("feed_changes", epoch_now, 9, 500, 0);
	expect(200);
	exchange("feed_tomorrow", &k1, "GET",
	    feed_path(DAY_N + 1, 0, 0, 500, 0), "");
	expect(200);
}

/* ---- claims ---- */

enum { FIRST_OP = 0x10 };

static struct client_op numbered_op(enum claim_op op, unsigned i)
{
	struct client_op o = {.op = op, .day = DAY_N};

	for (unsigned at = 0; at < OP_ID_BYTES; at++)
		o.op_id.bytes[at] = (uint8_t)(i * FIRST_OP + at);
	return o;
}

static struct client_op admit_op(unsigned i, const char *code)
{
	struct client_op o = numbered_op(CLAIM_ADMIT, i);

	o.booking = hash_of_code(code);
	o.time_s = NINE;
	o.service = 1;
	o.booking_class = CLASS_BOOKED;
	o.verdict = VERDICT_ADMIT_BOOKED;
	return o;
}

static struct client_op done_op(const struct client *c, unsigned i,
    const char *code, uint8_t letter, uint16_t number)
{
	struct client_op o = admit_op(i, code);

	o.done = true;
	o.time_s = NINE + 20;
	o.letter = letter;
	o.number = number;
	o.key_id = (uint16_t)c->key_id;
	o.seq = number;
	o.n = number + 7u;
	return o;
}

static void claims(const char *name, struct client *c,
    const struct client_op *ops, size_t n, int64_t known)
{
	static char text[8192];
	struct client_at at = {DAY_N, epoch_now, known};
	struct buf body;

	buf_init(&body, text, sizeof(text));
	client_claims_body(&body, ops, n, &at, known < 0 ? 0 : 1);
	assert_false(body.full);
	exchange(name, c, "POST", "/v1/claims", buf_cstr(&body));
	expect(200);
}

static void claim(const char *name, struct client *c, struct client_op op)
{
	claims(name, c, &op, 1, -1);
}

static inline void script_admissions(void)
{
	struct client_op walk_in = admit_op(3, "NOBODY");

	claim("claims_admitted", &k1, admit_op(1, "ABCDEFGHJE"));
	claim("claims_used", &k2, admit_op(2, "ABCDEFGHJE"));
	claim("claims_same_again", &k1, admit_op(1, "ABCDEFGHJE"));
	claim("claims_done", &k1, done_op(&k1, 1, "ABCDEFGHJE", 1, 1));
	claim("claims_used_and_told", &k2, admit_op(2, "ABCDEFGHJE"));
	claim("claims_double", &k2, done_op(&k2, 4, "ABCDEFGHJE", 20, 1));
	walk_in.booking_class = CLASS_WALK_IN;
	claim("claims_walk_in", &k1, walk_in);
}

static inline void script_refused_claims(void)
{
	struct client_op ask[5] = {admit_op(5, "KLINIK50"),
	    admit_op(6, "KLINIK53"), admit_op(7, "KLINIK51"),
	    admit_op(8, "KLINIK52"), admit_op(9, "NOBODY")};

	claims("claims_refused", &k1, ask, 5, -1);
	claim("claims_note", &k2, done_op(&k2, 10, "KLINIK50", 20, 2));
	/* It was cut off before the refusal reached it. */
	claim("claims_after_refusal", &k1, done_op(&k1, 6, "KLINIK53", 19, 1));
}

static inline void script_grants(void)
{
	struct client_op ask[2] = {numbered_op(CLAIM_NUMBERS, 11),
	    numbered_op(CLAIM_ALLOWANCE, 12)};

	ask[0].letter = 1;
	ask[0].count = 20;
	ask[1].service = 3;
	ask[1].booking_class = CLASS_WALK_IN;
	ask[1].count = 5;
	happens("quota", "slot 2026-11-26 3 3 0 0 6");
	claims("claims_granted", &k1, ask, 2, 9);
	ask[0].op_id = numbered_op(CLAIM_NUMBERS, 13).op_id;
	ask[1].op_id = numbered_op(CLAIM_NUMBERS, 14).op_id;
	claims("claims_granted_less", &k2, ask, 2, -1);
	ask[1].op_id = numbered_op(CLAIM_NUMBERS, 15).op_id;
	claims("claims_granted_none", &k2, &ask[1], 1, -1);
}

#define OP_E "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
#define OP_F "ffffffffffffffffffffffffffffffff"
#define OP_1 "101112131415161718191a1b1c1d1e1f" /* was an admission */

static inline void script_odd_claims(void)
{
	exchange("claims_bad", &k1, "POST", "/v1/claims",
	    "{\"ops\": ["
	    "{\"op\": \"numbers\", \"op_id\": \"" OP_E "\", "
	    "\"day\": \"2026-11-26\", \"letter\": \"S\", \"count\": 20}, "
	    "{\"op\": \"numbers\", \"op_id\": \"" OP_1 "\", "
	    "\"day\": \"2026-11-26\", \"letter\": \"A\", \"count\": 20}, "
	    "{\"op\": \"swap\", \"op_id\": \"" OP_F "\"}]}");
	expect(200);
	exchange("claims_no_ops", &k1, "POST", "/v1/claims", "{\"at\": []}");
	expect(400);
}

/* The hub was put back: kiosk-1 knows more rows than it has. */
static inline void script_lost_history(void)
{
	struct client_op ask = numbered_op(CLAIM_NUMBERS, 0);

	ask.letter = 1;
	ask.count = 20;
	feed("feed_admissions", epoch_now, 12, 500, 0);
	expect(200);
	claims("claims_beyond_head", &k1, &ask, 1, 100);
	feed("feed_other_epoch", epoch_now, 100, 500, 0);
	expect(409);
	epoch_now = number_of(reply, "epoch");
	feed("feed_anew", epoch_now, 0, 500, 0);
	expect(200);
	feed("feed_beyond_head", epoch_now, 100, 500, 0);
	expect(409);
	epoch_now = number_of(reply, "epoch");
}

/* ---- refused ---- */

static const char *too_many_ops(void)
{
	static char text[2048];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	buf_text(&b, "{\"ops\":[");
	for (int i = 0; i < CLAIM_BATCH; i++)
		buf_text(&b, "0,");
	buf_text(&b, "0]}");
	return buf_cstr(&b);
}

static void without_signature(void)
{
	struct hub_request q = {str_from("GET"),
	    str_from("/v1/roster?office=4102"), str_from(""), .now_s = now_s};

	forget();
	put_request("unsigned", &q);
	hub_handle(h, db, &q, &answer);
	put_whole_answer();
	expect(401);
}

static inline void script_errors(void)
{
	struct client stranger = fixed_client(0x90), forger = k1;
	const char *roster = "/v1/roster?office=4102";

	without_signature();
	memcpy(forger.secret, k2.secret, sizeof(forger.secret));
	exchange("unsigned_forged", &forger, "GET", roster, "");
	expect(401);
	stranger.device = 99;
	exchange("unknown_device", &stranger, "GET", roster, "");
	expect(403);
	exchange("other_office", &k1, "GET", "/v1/roster?office=77", "");
	expect(403);
	exchange("other_role", &channel, "POST", "/v1/claims", "{\"ops\":[]}");
	expect(403);
	exchange("bad_query", &k1, "GET",
	    "/v1/feed?office=4102&day=2026-02-30&epoch=0&after=0", "");
	expect(400);
	exchange("bad_json", &k1, "POST", "/v1/claims", "{\"ops\":[}");
	expect(400);
	exchange("not_found", &k1, "GET", "/v1/weather", "");
	expect(404);
	exchange("method", &k1, "DELETE", roster, "");
	expect(405);
	exchange("too_large", &k1, "POST", "/v1/claims", too_many_ops());
	expect(413);
	exchange_at("replayed", &k1, 3, "GET", roster, "", NULL);
	expect(409);
	exchange_at("counter_skips", &k1, 100, "GET", roster, "", "\"6\"");
	expect(304);
	exchange_at("counter_late", &k1, 60, "GET", roster, "", "\"6\"");
	expect(304);
	exchange_at("re_enrol", &k1, 36, "GET", roster, "", NULL);
	expect(409);
	k1.counter = 100;
}

static inline void script_revoked(void)
{
	const struct client was = k1;

	exchange("revoked_waits", &k2, "GET",
	    feed_path(DAY_N + 1, 0, 0, 500, 0), "");
	expect(200);
	exchange("revoked_waits_on", &k2, "GET",
	    feed_path(DAY_N + 1, number_of(reply, "epoch"), 1, 500, 60), "");
	expect(0);
	happens("revoke", "revoke kiosk-2");
	happens("revoked_while_it_waits", "news");
	expect(403);
	happens("revoke_tickets", "revoke-tickets kiosk-2");
	exchange("revoked", &k2, "POST", "/v1/claims", "{\"ops\":[]}");
	expect(403);
	k1 = fixed_client(0x50);
	give_token("token_again", "kiosk", "kiosk-1");
	enrol("enrol_next_epoch", &k1, "kiosk-1");
	enrolled_as(&k1);
	exchange_at("revoked_earlier", &was, 101, "GET",
	    "/v1/roster?office=4102", "", NULL);
	expect(403);
	exchange("roster_at_the_end", &gate, "GET", "/v1/roster?office=4102",
	    "");
	expect(200);
}

#endif
