#include "audit.h"

#include <sodium.h>

#define DOMAIN "karcis-audit-v1"

static void put_be(uint8_t *out, uint64_t value, unsigned bytes)
{
	while (bytes > 0) {
		out[--bytes] = (uint8_t)(value & 0xff);
		value >>= 8;
	}
}

struct audit_hash audit_commit(const uint8_t salt[AUDIT_SALT_BYTES],
    struct str payload)
{
	crypto_generichash_state h;
	struct audit_hash out = {{0}};

	crypto_generichash_init(&h, NULL, 0, sizeof(out.bytes));
	crypto_generichash_update(&h, salt, AUDIT_SALT_BYTES);
	crypto_generichash_update(&h, (const uint8_t *)payload.ptr,
	    payload.len);
	crypto_generichash_final(&h, out.bytes, sizeof(out.bytes));
	return out;
}

struct audit_hash audit_link(uint64_t n, const struct audit_hash *prev,
    int64_t time_s, uint16_t kind, const struct audit_hash *commitment)
{
	crypto_generichash_state h;
	struct audit_hash out = {{0}};
	uint8_t word[8];

	crypto_generichash_init(&h, NULL, 0, sizeof(out.bytes));
	crypto_generichash_update(&h, (const uint8_t *)DOMAIN,
	    sizeof(DOMAIN) - 1);
	put_be(word, n, 8);
	crypto_generichash_update(&h, word, 8);
	crypto_generichash_update(&h, prev->bytes, sizeof(prev->bytes));
	put_be(word, (uint64_t)time_s, 8);
	crypto_generichash_update(&h, word, 8);
	put_be(word, kind, 2);
	crypto_generichash_update(&h, word, 2);
	crypto_generichash_update(&h, commitment->bytes,
	    sizeof(commitment->bytes));
	crypto_generichash_final(&h, out.bytes, sizeof(out.bytes));
	return out;
}
