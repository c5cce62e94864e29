/*
 * Exchanges with a hub whose keys, clock and randomness are fixed, as text:
 * tests/unit/vectors/protocol.txt. A block is
 *
 *   == name
 *   POST /v1/claims             what is asked; or what else happens, "! .."
 *   Karcis-Device: 1            .. its headers
 *   {"ops":[]}                  .. its body, one line
 *   => 200                      what comes, the same way
 *
 * and an empty line. A text of several lines has "| " before each, and bytes
 * are "bytes " and hexadecimal digits. "=> held": a poll that has nothing to
 * tell yet; "! news" and "! the wait is over" ask for it again. What is no
 * exchange begins with ! (see act).
 */
#ifndef KARCIS_TESTS_TEST_PROTOCOL_H
#define KARCIS_TESTS_TEST_PROTOCOL_H

#include "test_hub.h"

#define VECTORS "tests/unit/vectors/protocol.txt"

/* 09:00 of DAY in WIB. */
enum { NINE = 1795658400, TRANSCRIPT = 256 * 1024 };

/* ---- fixed randomness: BLAKE2b-512 of 0, 1, 2 .. in eight bytes ---- */

static struct {
	uint64_t turn;
	uint8_t block[64];
	size_t used;
} lot;

static void lot_begin(void)
{
	lot.turn = 0;
	lot.used = sizeof(lot.block);
}

static const char *lot_name(void)
{
	return "fixed";
}

static void lot_block(void)
{
	uint8_t turn[8];
	struct buf b;

	buf_init(&b, turn, sizeof(turn));
	buf_be(&b, lot.turn++, sizeof(turn));
	crypto_generichash(lot.block, sizeof(lot.block), turn, sizeof(turn),
	    NULL, 0);
	lot.used = 0;
}

static void lot_bytes(void *out, const size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (lot.used == sizeof(lot.block))
			lot_block();
		((uint8_t *)out)[i] = lot.block[lot.used++];
	}
}

static uint32_t lot_number(void)
{
	uint8_t b[4];

	lot_bytes(b, sizeof(b));
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	    (uint32_t)b[2] << 8 | b[3];
}

static struct randombytes_implementation lot_implementation = {
    .implementation_name = lot_name,
    .random = lot_number,
    .buf = lot_bytes,
};

/* ---- the hub ---- */

static inline void key_pair(unsigned first, uint8_t public_key[32],
    uint8_t secret[64])
{
	uint8_t seed[32];

	for (unsigned i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)(first + i);
	crypto_sign_seed_keypair(public_key, secret, seed);
}

static inline int make_fixed_hub(void **state)
{
	struct hub_options o = {&keys, "https://hub.example", NULL, NULL};

	(void)state;
	if (randombytes_set_implementation(&lot_implementation) != 0 ||
	    sodium_init() < 0 || make_store() < 0)
		return -1;
	key_pair(0, keys.public_key, keys.secret);
	for (unsigned i = 0; i < KEY_BYTES; i++)
		keys.master.bytes[i] = (uint8_t)(0x20 + i);
	now_s = NINE;
	if (hub_open(&o, &h, &e) < 0)
		return -1;
	db = open_store();
	add_office(OFFICE);
	lot_begin();
	return 0;
}

/* ---- answers, as text ---- */

static inline void put_text_body(struct buf *out, struct str text)
{
	struct str line;

	while (str_split(&text, '\n', &line)) {
		if (text.ptr == NULL && line.len == 0)
			break;
		buf_text(out, line.len > 0 ? "| " : "|");
		buf_str(out, line);
		buf_byte(out, '\n');
	}
}

static inline void put_body(struct buf *out, const struct hub_answer *a)
{
	if (a->type == NULL) {
		buf_put(out, a->body, a->len);
		buf_byte(out, '\n');
	} else if (strncmp(a->type, "text/", 5) == 0) {
		put_text_body(out, str_of(a->body, a->len));
	} else {
		buf_text(out, "bytes ");
		for (size_t i = 0; i < a->len; i++)
			buf_fmt(out, "%02x", (uint8_t)a->body[i]);
		buf_byte(out, '\n');
	}
}

static inline void put_answer(struct buf *out, const struct hub_answer *a)
{
	if (a->status == 0) {
		buf_text(out, "=> held\n");
		return;
	}
	buf_fmt(out, "=> %d\n", a->status);
	if (a->kind[0] != '\0')
		buf_fmt(out,
		    "Karcis-Kind: %s\nKarcis-Epoch: %lu\n"
		    "Karcis-Hub-Signature: %s\n",
		    a->kind, (unsigned long)a->epoch, a->signature);
	if (a->etag[0] != '\0')
		buf_fmt(out, "ETag: %s\n", a->etag);
	if (a->retry_after_s != 0)
		buf_fmt(out, "Retry-After: %d\n", a->retry_after_s);
	if (a->type != NULL)
		buf_fmt(out, "Content-Type: %s%s\n", a->type,
		    a->immutable ? ", immutable" : "");
	if (a->len > 0)
		put_body(out, a);
}

/* The poll that is held; what comes is in `answer`. */
static struct hub_poll held;

static inline void take_answer(void)
{
	if (answer.status == 0)
		held = answer.poll;
	keep_reply();
}

static inline void poll_again(bool expired)
{
	forget();
	hub_poll(h, db, &held, expired, &answer);
	take_answer();
}

/* ---- what administrators do ---- */

static inline int64_t word_number(struct str *rest)
{
	struct str part;
	int64_t n;

	assert_true(str_split(rest, ' ', &part));
	assert_true(str_number(part, 0, UINT32_MAX, &n));
	return n;
}

static inline void word_text(struct str *rest, char out[64])
{
	struct str part;

	assert_true(str_split(rest, ' ', &part));
	assert_true(str_copy(out, 64, part));
}

static inline int32_t word_day(struct str *rest)
{
	struct civil_date date;
	struct str part;

	assert_true(str_split(rest, ' ', &part));
	assert_true(civil_parse_date(part, &date));
	return civil_day(date);
}

/* "slot DAY SERVICE CLASS START END QUOTA", minutes of the day. */
static inline void act_slot(struct str rest)
{
	struct hub_slot s = {.office = OFFICE};

	s.day = word_day(&rest);
	s.service = (uint8_t)word_number(&rest);
	s.slot_class = (uint8_t)word_number(&rest);
	s.start_min = (int16_t)word_number(&rest);
	s.end_min = (int16_t)word_number(&rest);
	s.quota = (int32_t)word_number(&rest);
	assert_int_equal(hub_slot_set(h, db, &s, &e), 0);
}

/* Does what a line behind "! " says, and appends what comes of it: "token
 * ROLE NAME", "revoke NAME", "revoke-tickets NAME", "slot ..", "news", "the
 * wait is over". */
static inline void act(struct str line, struct buf *out)
{
	char word[64], role[64], name[64], text[HUB_TOKEN_TEXT];
	struct str rest = line;

	word_text(&rest, word);
	if (strcmp(word, "token") == 0) {
		word_text(&rest, role);
		word_text(&rest, name);
		assert_int_equal(
		    hub_token(h, db, OFFICE, role, name, now_s, text, &e), 0);
		buf_fmt(out, "=> %s\n", text);
	} else if (strcmp(word, "revoke") == 0) {
		word_text(&rest, name);
		assert_int_equal(hub_revoke(h, db, OFFICE, name, now_s, &e), 0);
	} else if (strcmp(word, "revoke-tickets") == 0) {
		word_text(&rest, name);
		assert_int_equal(
		    hub_revoke_tickets(h, db, OFFICE, name, now_s, &e), 0);
	} else if (strcmp(word, "slot") == 0) {
		act_slot(rest);
	} else {
		assert_true(
		    str_is(line, "news") || str_is(line, "the wait is over"));
		poll_again(!str_is(line, "news"));
		put_answer(out, &answer);
	}
}

/* ---- the file ---- */

struct exchange {
	char name[64];
	struct str act; /* behind "! "; ptr NULL = it is a request */
	struct hub_request q;
	struct str answer; /* the lines from "=>" on; "" = none */
	/* .. and in parts: */
	struct str status, kind, epoch, signature, etag, body;
};

static inline char *read_vectors(void)
{
	static char text[TRANSCRIPT];
	FILE *f = fopen(VECTORS, "r");
	size_t n;

	if (f == NULL)
		fail_msg("no %s: run this in the root of the sources", VECTORS);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	assert_true(n > 0 && n < sizeof(text) - 1);
	text[n] = '\0';
	return text;
}

static inline bool after(struct str line, const char *start, struct str *out)
{
	size_t n = strlen(start);

	if (!str_is(str_cut(line, 0, n), start))
		return false;
	*out = str_cut(line, n, line.len);
	return true;
}

static inline void read_request_line(struct str line, struct exchange *x)
{
	struct str rest = line;

	if (after(line, "Karcis-Device: ", &x->q.device) ||
	    after(line, "Karcis-Counter: ", &x->q.counter) ||
	    after(line, "Karcis-Signature: ", &x->q.signature) ||
	    after(line, "If-None-Match: ", &x->q.if_none_match) ||
	    after(line, "! ", &x->act))
		return;
	if (line.ptr[0] == '{') {
		x->q.body = line;
		return;
	}
	assert_true(str_split(&rest, ' ', &x->q.method));
	x->q.path = rest;
}

static inline void read_answer_line(struct str line, struct exchange *x)
{
	if (after(line, "=> ", &x->status) ||
	    after(line, "Karcis-Kind: ", &x->kind) ||
	    after(line, "Karcis-Epoch: ", &x->epoch) ||
	    after(line, "Karcis-Hub-Signature: ", &x->signature) ||
	    after(line, "ETag: ", &x->etag) ||
	    str_is(str_cut(line, 0, 14), "Content-Type: "))
		return;
	x->body = line;
}

static inline struct str first_line(struct str text)
{
	struct str line;

	assert_true(str_split(&text, '\n', &line));
	return line;
}

/* Takes the next block off *rest; false at the end. */
static inline bool next_exchange(struct str *rest, struct exchange *x)
{
	struct str line, name;

	memset(x, 0, sizeof(*x));
	x->q.now_s = now_s;
	x->q.body = x->answer = x->body = str_from("");
	do
		if (!str_split(rest, '\n', &line))
			return false;
	while (!after(line, "== ", &name));
	assert_true(str_copy(x->name, sizeof(x->name), name));
	while (rest->len > 0 && rest->ptr[0] != '\n') {
		line = first_line(*rest);
		if (x->answer.len == 0 && !after(line, "=>", &name)) {
			read_request_line(line, x);
		} else {
			if (x->answer.len == 0)
				x->answer.ptr = line.ptr;
			x->answer.len += line.len + 1;
			read_answer_line(line, x);
		}
		*rest = str_cut(*rest, line.len + 1, rest->len);
	}
	return true;
}

/* Equal to the byte, or the first line that is not is told. */
static inline void assert_text(const char *what, struct str got,
    struct str want)
{
	int line_n = 1;

	while (!str_eq(got, want) && got.len > 0 && want.len > 0) {
		struct str g = first_line(got), w = first_line(want);

		if (!str_eq(g, w))
			fail_msg("%s, line %d:\n%.*s\ninstead of\n%.*s", what,
			    line_n, (int)g.len, g.ptr, (int)w.len, w.ptr);
		got = str_cut(got, g.len + 1, got.len);
		want = str_cut(want, w.len + 1, want.len);
		line_n++;
	}
	if (!str_eq(got, want))
		fail_msg("%s ends at line %d of one, not of the other", what,
		    line_n);
}

#endif
