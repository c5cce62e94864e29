/*
 * What comes over the wire: texts of hashes and signatures, words of claims,
 * counters, requests and answers. What is read is written as it came; a
 * counter is taken once; two requests that differ have two signatures, and
 * nothing is believed that the key has not signed.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/core/claim.h"
#include "firmware/core/feed.h"
#include "firmware/core/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LONGEST = 256, COUNTERS = 256 };

static void must(bool fact)
{
	if (!fact)
		abort();
}

static void try_hex(struct str s)
{
	uint8_t bytes[LONGEST];
	char back[2 * LONGEST + 1];
	size_t len = s.len / 2;

	if (len > LONGEST || !wire_unhex(s, bytes, len))
		return;
	wire_hex(bytes, len, back);
	must(str_is(s, back));
}

static void try_base64(struct str s)
{
	uint8_t bytes[LONGEST];
	char back[LONGEST / 3 * 4 + 8];
	size_t full = s.len / 4 * 3;

	for (size_t cut = 0; cut < 3 && cut <= full; cut++) {
		size_t len = full - cut;

		if (len > LONGEST || !wire_unbase64(s, bytes, len))
			continue;
		wire_base64(bytes, len, back);
		must(str_is(s, back));
	}
}

static void try_words(struct str s)
{
	enum claim_op op = claim_op_parse(s);
	enum claim_answer answer = claim_answer_parse(s);
	char back[FEED_DIGEST_HEX + 1];
	struct feed_digest d;

	must(op == CLAIM_OP_UNSET || str_is(s, claim_op_word(op)));
	must(answer == CLAIM_UNSET || str_is(s, claim_answer_word(answer)));
	if (!feed_digest_parse(s, &d))
		return;
	feed_digest_hex(&d, back);
	must(str_is(s, back));
}

/* Each byte is a counter near the highest one, or a jump of up to 2^32. */
static void try_window(struct str s)
{
	uint64_t taken[COUNTERS], c;
	struct wire_window w = {0};
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < COUNTERS; i++) {
		uint8_t byte = (uint8_t)s.ptr[i];

		c = byte < 240 ? w.high + byte - 100
			       : w.high + (UINT64_C(1) << 2 * (byte - 240));
		if (wire_window_take(&w, c) != WIRE_COUNTER_FRESH)
			continue;
		for (size_t k = 0; k < n; k++)
			must(taken[k] != c);
		taken[n++] = c;
	}
	for (size_t k = 0; k < n; k++)
		must(wire_window_take(&w, taken[k]) != WIRE_COUNTER_FRESH);
}

/* Two lengths, then the bytes: method, path, body. */
static struct wire_request request_of(struct str lens, struct str bytes)
{
	size_t method = (uint8_t)lens.ptr[0] % 16;
	size_t path = (uint8_t)lens.ptr[1] * 3U;
	struct wire_request q = {str_cut(bytes, 0, method),
	    str_cut(bytes, method, path),
	    str_cut(bytes, method + path, bytes.len), (uint8_t)lens.ptr[2], 1};

	return q;
}

static struct wire_answer answer_of(const struct wire_request *q)
{
	struct wire_answer a = {.kind = q->method,
	    .status = (int)q->path.len + 90,
	    .device = q->device,
	    .counter = q->counter,
	    .epoch = 1,
	    .body = q->body};

	return a;
}

static bool is_same(const struct wire_request *a, const struct wire_request *b)
{
	return str_eq(a->method, b->method) && str_eq(a->path, b->path) &&
	    str_eq(a->body, b->body) && a->device == b->device;
}

static void try_signed(struct str s)
{
	uint8_t seed[32] = {1}, public_key[WIRE_PUBLIC_BYTES];
	uint8_t secret[WIRE_SECRET_BYTES], signature[WIRE_SIGNATURE_BYTES];
	struct str bytes = str_cut(s, 6, s.len);
	struct wire_request q, r;
	struct wire_answer a;

	if (s.len < 6)
		return;
	must(crypto_sign_seed_keypair(public_key, secret, seed) == 0);
	q = request_of(s, bytes);
	r = request_of(str_cut(s, 3, 3), bytes);
	a = answer_of(&q);
	if (bytes.len >= WIRE_SIGNATURE_BYTES) {
		const uint8_t *forged = (const uint8_t *)bytes.ptr;

		must(!wire_check_request(&q, public_key, forged));
		must(!wire_check_answer(&a, public_key, forged));
	}
	if (wire_sign_request(&q, secret, signature)) {
		must(wire_check_request(&q, public_key, signature));
		must(wire_check_request(&r, public_key, signature) ==
		    is_same(&q, &r));
		must(!wire_check_answer(&a, public_key, signature));
	}
	if (wire_sign_answer(&a, secret, signature)) {
		must(wire_check_answer(&a, public_key, signature));
		must(!wire_check_request(&q, public_key, signature));
		a.epoch++;
		must(!wire_check_answer(&a, public_key, signature));
	}
}

/* The first byte names what the rest is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(struct str) = {try_hex, try_base64,
	    try_words, try_window, try_signed};
	struct str rest;

	if (size == 0)
		return 0;
	rest = str_of(data + 1, size - 1);
	tries[data[0] % ARRAY_LEN(tries)](rest);
	return 0;
}
