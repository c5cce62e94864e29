#include "ticket.h"

#include <sodium.h>
#include <string.h>

/*
 * Header, big-endian, from the most significant bit (docs/FORMATS.md):
 *   4 version | 4 type | 16 key id | 24 seq | 16 day since 2020-01-01 |
 *   8 service | 5 letter | 11 number | 11 slot start | 8 window x 5 min |
 *   5 flags | 3 companions | 37 zero
 */
enum {
	VERSION = 1, VERSION_BITS = 4, TYPE_BITS = 4, KEY_ID_BITS = 16,
	SEQ_BITS = 24, DAY_BITS = 16, SERVICE_BITS = 8, LETTER_BITS = 5,
	NUMBER_BITS = 11, SLOT_BITS = 11, WINDOW_BITS = 8, FLAG_BITS = 5,
	COMPANION_BITS = 3, ZERO_BITS = 37, WINDOW_STEP = 5, LETTERS = 26,
};

static const char sign_context[16] = "karcis-ticket-v1"; /* no NUL */
static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct bits {
	uint8_t *bytes;
	unsigned at;
};

static void put_bits(struct bits *b, uint64_t value, unsigned count)
{
	while (count-- > 0) {
		unsigned bit = (unsigned)(value >> count) & 1U;

		b->bytes[b->at / 8] |= (uint8_t)(bit << (7 - b->at % 8));
		b->at++;
	}
}

static uint64_t get_bits(const uint8_t *bytes, unsigned *at, unsigned count)
{
	uint64_t value = 0;

	while (count-- > 0) {
		value = value << 1 | (bytes[*at / 8] >> (7 - *at % 8) & 1U);
		(*at)++;
	}
	return value;
}

static bool in_range(const struct ticket *t)
{
	return t->type <= TICKET_STANDBY && t->seq < 1U << SEQ_BITS &&
	    t->day >= TICKET_EPOCH_DAY && t->day - TICKET_EPOCH_DAY <= 0xFFFF &&
	    t->letter >= 1 && t->letter <= LETTERS && t->number >= 1 &&
	    t->number <= TICKET_NUMBER_MAX && t->slot_min < DAY_MINUTES &&
	    t->window_min % WINDOW_STEP == 0 &&
	    t->window_min / WINDOW_STEP <= 0xFF &&
	    t->flags < 1U << FLAG_BITS && t->companions < 1U << COMPANION_BITS;
}

bool ticket_pack(const struct ticket *t, uint8_t out[TICKET_HEADER_BYTES])
{
	struct bits b = {out, 0};

	if (!in_range(t))
		return false;
	memset(out, 0, TICKET_HEADER_BYTES);
	put_bits(&b, VERSION, VERSION_BITS);
	put_bits(&b, t->type, TYPE_BITS);
	put_bits(&b, t->key_id, KEY_ID_BITS);
	put_bits(&b, t->seq, SEQ_BITS);
	put_bits(&b, (uint64_t)(t->day - TICKET_EPOCH_DAY), DAY_BITS);
	put_bits(&b, t->service, SERVICE_BITS);
	put_bits(&b, t->letter, LETTER_BITS);
	put_bits(&b, t->number, NUMBER_BITS);
	put_bits(&b, t->slot_min, SLOT_BITS);
	put_bits(&b, t->window_min / WINDOW_STEP, WINDOW_BITS);
	put_bits(&b, t->flags, FLAG_BITS);
	put_bits(&b, t->companions, COMPANION_BITS);
	put_bits(&b, 0, ZERO_BITS);
	return true;
}

bool ticket_unpack(const uint8_t in[TICKET_HEADER_BYTES], struct ticket *out)
{
	unsigned at = 0;

	memset(out, 0, sizeof(*out));
	if (get_bits(in, &at, VERSION_BITS) != VERSION)
		return false;
	out->type = (uint8_t)get_bits(in, &at, TYPE_BITS);
	out->key_id = (uint16_t)get_bits(in, &at, KEY_ID_BITS);
	out->seq = (uint32_t)get_bits(in, &at, SEQ_BITS);
	out->day = TICKET_EPOCH_DAY + (int32_t)get_bits(in, &at, DAY_BITS);
	out->service = (uint8_t)get_bits(in, &at, SERVICE_BITS);
	out->letter = (uint8_t)get_bits(in, &at, LETTER_BITS);
	out->number = (uint16_t)get_bits(in, &at, NUMBER_BITS);
	out->slot_min = (uint16_t)get_bits(in, &at, SLOT_BITS);
	out->window_min = (uint16_t)(get_bits(in, &at, WINDOW_BITS) *
	    WINDOW_STEP);
	out->flags = (uint8_t)get_bits(in, &at, FLAG_BITS);
	out->companions = (uint8_t)get_bits(in, &at, COMPANION_BITS);
	return get_bits(in, &at, ZERO_BITS) == 0 && in_range(out);
}

/* 83 bytes as one big-endian integer, divided by ten 200 times. */
static void to_digits(const uint8_t in[TICKET_BYTES], char *digits)
{
	uint8_t n[TICKET_BYTES];

	memcpy(n, in, sizeof(n));
	for (int d = TICKET_DIGITS - 1; d >= 0; d--) {
		unsigned rest = 0;

		for (int i = 0; i < TICKET_BYTES; i++) {
			rest = rest << 8 | n[i];
			n[i] = (uint8_t)(rest / 10);
			rest %= 10;
		}
		digits[d] = (char)('0' + rest);
	}
	digits[TICKET_DIGITS] = '\0';
}

/* False: not 200 digits, or 2^664 and more. */
static bool from_digits(struct str s, uint8_t out[TICKET_BYTES])
{
	memset(out, 0, TICKET_BYTES);
	if (s.len != TICKET_DIGITS)
		return false;
	for (size_t d = 0; d < s.len; d++) {
		unsigned carry;

		if (s.ptr[d] < '0' || s.ptr[d] > '9')
			return false;
		carry = (unsigned)(s.ptr[d] - '0');
		for (int i = TICKET_BYTES - 1; i >= 0; i--) {
			carry += out[i] * 10U;
			out[i] = (uint8_t)(carry & 0xFFU);
			carry >>= 8;
		}
		if (carry != 0)
			return false;
	}
	return true;
}

enum { SIGNED_BYTES = sizeof(sign_context) + 4 + TICKET_HEADER_BYTES };

static void signed_text(uint32_t office,
    const uint8_t header[TICKET_HEADER_BYTES], uint8_t out[SIGNED_BYTES])
{
	struct buf b;

	buf_init(&b, out, SIGNED_BYTES);
	buf_put(&b, sign_context, sizeof(sign_context));
	buf_be(&b, office, 4);
	buf_put(&b, header, TICKET_HEADER_BYTES);
}

bool ticket_sign(const struct ticket *t, uint32_t office,
    const uint8_t secret[TICKET_SECRET_BYTES], struct ticket_text *out)
{
	uint8_t whole[TICKET_BYTES], text[SIGNED_BYTES];

	memset(out, 0, sizeof(*out));
	if (!ticket_pack(t, whole))
		return false;
	signed_text(office, whole, text);
	if (crypto_sign_detached(whole + TICKET_HEADER_BYTES, NULL, text,
		sizeof(text), secret) != 0)
		return false;
	to_digits(whole, out->digits);
	return true;
}

enum ticket_check ticket_verify(struct str digits, uint32_t office,
    const uint8_t public_key[TICKET_PUBLIC_BYTES], struct ticket *out)
{
	uint8_t whole[TICKET_BYTES], text[SIGNED_BYTES];

	memset(out, 0, sizeof(*out));
	if (!from_digits(digits, whole))
		return TICKET_BAD_FORM;
	if (whole[0] >> 4 != VERSION)
		return TICKET_BAD_VERSION;
	if (!ticket_unpack(whole, out)) {
		memset(out, 0, sizeof(*out));
		return TICKET_BAD_FORM;
	}
	signed_text(office, whole, text);
	if (crypto_sign_verify_detached(whole + TICKET_HEADER_BYTES, text,
		sizeof(text), public_key) != 0)
		return TICKET_BAD_SIGNATURE;
	return TICKET_VALID;
}

void ticket_label(uint8_t letter, uint16_t number, char out[8])
{
	struct buf b;

	buf_init(&b, out, 7);
	if (letter >= 1 && letter <= LETTERS)
		buf_fmt(&b, "%c-%03u", 'A' + letter - 1, (unsigned)number);
	out[b.full ? 0 : b.len] = '\0';
}

struct day_key ticket_day_key(const struct secret_key *gate, int32_t day)
{
	static const char context[] = "karcis-gate-day-v1";
	uint8_t text[sizeof(context) - 1 + 4];
	struct day_key key;
	struct buf b;

	buf_init(&b, text, sizeof(text));
	buf_put(&b, context, sizeof(context) - 1);
	buf_be(&b, (uint32_t)day, 4);
	/* Only a wrong length can fail; a key of zeros would be no secret. */
	if (crypto_generichash(key.bytes, sizeof(key.bytes), text,
		sizeof(text), gate->bytes, sizeof(gate->bytes)) != 0)
		sodium_memzero(&key, sizeof(key));
	return key;
}

static uint32_t short_bits(const struct day_key *key, uint32_t office,
    int32_t day, uint8_t letter, uint16_t number, unsigned attempt)
{
	static const char context[] = "karcis-short-v1";
	uint8_t text[sizeof(context) - 1 + 12], hash[16];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	buf_put(&b, context, sizeof(context) - 1);
	buf_be(&b, office, 4);
	buf_be(&b, (uint32_t)day, 4);
	buf_be(&b, letter, 1);
	buf_be(&b, number, 2);
	buf_be(&b, attempt, 1);
	if (crypto_generichash(hash, sizeof(hash), text, sizeof(text),
		key->bytes, sizeof(key->bytes)) != 0)
		return 0;
	return (uint32_t)hash[0] << 16 | (uint32_t)hash[1] << 8 | hash[2];
}

void ticket_short_code(const struct day_key *key, uint32_t office, int32_t day,
    uint8_t letter, uint16_t number, char out[SHORT_CODE_SYMBOLS + 1])
{
	memset(out, 0, SHORT_CODE_SYMBOLS + 1);
	/* 32 of 37 checks are ordinary: 256 tries miss with 2^-740. */
	for (unsigned attempt = 0; attempt < 256; attempt++) {
		uint64_t value = (uint64_t)(letter & 31U) << 35 |
		    (uint64_t)(number & 2047U) << 24 |
		    short_bits(key, office, day, letter, number, attempt);

		if (value % 37 > 31)
			continue;
		for (unsigned i = 0; i < SHORT_CODE_SYMBOLS - 1; i++)
			out[i] = crockford[value >> (35 - 5 * i) & 31U];
		out[SHORT_CODE_SYMBOLS - 1] = crockford[value % 37];
		return;
	}
}

static const char *const day_words[] = {
#define WORD(w) w,
#include "ticket_words.def"
#undef WORD
};

const char *ticket_day_word(const struct day_key *key)
{
	static const char context[] = "karcis-word-v1";
	uint8_t hash[16];

	if (crypto_generichash(hash, sizeof(hash),
		(const unsigned char *)context, sizeof(context) - 1,
		key->bytes, sizeof(key->bytes)) != 0)
		return "";
	return day_words[((unsigned)hash[0] << 8 | hash[1]) %
	    ARRAY_LEN(day_words)];
}

void ticket_audit_mark(const uint8_t hash[32],
    char out[AUDIT_MARK_SYMBOLS + 1])
{
	unsigned at = 0;

	for (unsigned i = 0; i < AUDIT_MARK_SYMBOLS; i++)
		out[i] = crockford[get_bits(hash, &at, 5)];
	out[AUDIT_MARK_SYMBOLS] = '\0';
}
