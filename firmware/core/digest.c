#include "digest.h"

#include <sodium.h>
#include <string.h>

enum { BIRTH_HASH_BYTES = 32, MASK_ROOM = 24, MASK_WORDS = 3 };

struct code_hash digest_code(const struct secret_key *office,
    const struct booking_code *code)
{
	struct code_hash h = {{0}};

	/* Fails only for lengths that are constants here. */
	if (crypto_generichash(h.bytes, sizeof(h.bytes),
		(const unsigned char *)code->text, strlen(code->text),
		office->bytes, sizeof(office->bytes)) != 0)
		memset(&h, 0, sizeof(h));
	return h;
}

uint64_t digest_birth(const struct secret_key *office,
    const struct code_hash *booking, struct civil_date birth)
{
	static const char domain[] = "karcis-birth-v1";
	uint8_t bytes[sizeof(domain) - 1 + CODE_HASH_BYTES + 4];
	uint8_t hash[BIRTH_HASH_BYTES] = {0};
	uint64_t v = 0;
	struct buf b;

	buf_init(&b, bytes, sizeof(bytes));
	buf_text(&b, domain);
	buf_put(&b, booking->bytes, sizeof(booking->bytes));
	buf_be(&b, (uint64_t)birth.year, 2);
	buf_be(&b, (uint64_t)birth.month, 1);
	buf_be(&b, (uint64_t)birth.day, 1);
	if (crypto_generichash(hash, sizeof(hash), b.ptr, b.len, office->bytes,
		sizeof(office->bytes)) != 0)
		return 1;
	for (size_t i = 0; i < sizeof(v); i++)
		v = v << 8 | hash[i];
	return v == 0 ? 1 : v;
}

/* Bytes of the character at p, by its lead byte; the caller knows that the
 * text is well-formed UTF-8. */
static size_t char_len(unsigned char lead)
{
	if (lead < 0xC0)
		return 1;
	if (lead < 0xE0)
		return 2;
	return lead < 0xF0 ? 3 : 4;
}

/* C0, DEL, C1, no-break space, the invisible marks of U+2000..206F (which
 * turn the writing direction too) and U+FEFF. */
static bool is_unseen(const unsigned char *p, size_t len)
{
	if (len == 1)
		return p[0] < 0x20 || p[0] == 0x7F;
	if (len == 2)
		return p[0] == 0xC2 && p[1] <= 0xA0;
	if (len == 3 && p[0] == 0xE2)
		return p[1] == 0x80 || (p[1] == 0x81 && p[2] <= 0xAF);
	return len == 3 && p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF;
}

void digest_mask_name(struct str name, char out[24])
{
	const unsigned char *p = (const unsigned char *)name.ptr;
	unsigned words = 0;
	bool in_word = false;
	struct buf b;

	buf_init(&b, out, MASK_ROOM - 1);
	if (!str_is_utf8(name))
		name.len = 0;
	for (size_t i = 0, n; i < name.len && !b.full; i += n) {
		n = char_len(p[i]);
		if (p[i] == ' ' || p[i] == '\t') {
			in_word = false;
		} else if (is_unseen(p + i, n)) {
			continue;
		} else if (in_word) {
			buf_byte(&b, '*');
		} else {
			/* A word's blank comes only with its letter. */
			if (words == MASK_WORDS || b.cap - b.len < n + 1)
				break;
			if (words++ > 0)
				buf_byte(&b, ' ');
			buf_put(&b, p + i, n);
			in_word = true;
		}
	}
	out[b.len] = '\0';
}
