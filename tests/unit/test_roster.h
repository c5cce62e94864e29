/* The roster document and the gate's request of tests/unit/vectors, and
 * changed ones that are signed anew. */
#ifndef KARCIS_TESTS_TEST_ROSTER_H
#define KARCIS_TESTS_TEST_ROSTER_H

#include <sodium.h>

#include "firmware/core/roster_text.h"
#include "test_vectors.h"

enum { ROSTER_ROOM = ROSTER_TEXT_MAX + 4096 };
struct roster_room {
	char bytes[ROSTER_ROOM];
	size_t len;
};

static inline void room_read(struct roster_room *r, const char *name)
{
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "tests/unit/vectors/roster.%s",
	    name);
	f = fopen(path, "rb");
	assert_non_null(f);
	r->len = fread(r->bytes, 1, sizeof(r->bytes), f);
	fclose(f);
}

static inline struct str room_text(const struct roster_room *r)
{
	return str_of(r->bytes, r->len);
}

/* The key pair of the seed first, first + 1, .. */
static inline void seed_pair(uint8_t first, uint8_t public_key[32],
    uint8_t secret[64])
{
	uint8_t seed[32];

	for (int i = 0; i < 32; i++)
		seed[i] = (uint8_t)(first + i);
	crypto_sign_seed_keypair(public_key, secret, seed);
}

static inline void room_add(struct roster_room *r, const char *text)
{
	size_t n = strlen(text);

	assert_true(r->len + n <= sizeof(r->bytes));
	memcpy(r->bytes + r->len, text, n);
	r->len += n;
}

/* Takes the line "sign" off. */
static inline void room_unsign(struct roster_room *r)
{
	size_t at = r->len - 1;

	while (at > 0 && r->bytes[at - 1] != '\n')
		at--;
	r->len = at;
}

static inline void room_sign(struct roster_room *r, const char *domain,
    uint8_t first)
{
	static uint8_t whole[ROSTER_ROOM + 64];
	uint8_t public_key[32], secret[64], signature[64];
	char hex[129];
	size_t n = strlen(domain);

	seed_pair(first, public_key, secret);
	memcpy(whole, domain, n);
	memcpy(whole + n, r->bytes, r->len);
	crypto_sign_detached(signature, NULL, whole, n + r->len, secret);
	sodium_bin2hex(hex, sizeof(hex), signature, sizeof(signature));
	room_add(r, "sign ");
	room_add(r, hex);
	room_add(r, "\n");
}

/* Puts `with` where `what` stands first, before the signature. */
static inline void room_swap(struct roster_room *r, const char *what,
    const char *with)
{
	static struct roster_room tail;
	char *at;

	assert_true(r->len < sizeof(r->bytes));
	r->bytes[r->len] = '\0';
	at = strstr(r->bytes, what);
	assert_non_null(at);
	tail.len = (size_t)(r->bytes + r->len - at) - strlen(what);
	memcpy(tail.bytes, at + strlen(what), tail.len);
	r->len = (size_t)(at - r->bytes);
	room_add(r, with);
	memcpy(r->bytes + r->len, tail.bytes, tail.len);
	r->len += tail.len;
}

#endif
