#include "ticket.h"

#include <sodium.h>
#include <string.h>

/*
 * Header, big-endian bits (docs/FORMATS.md):
 *   4 version | 4 type | 16 key id | 24 seq | 16 day since 2020-01-01
 *   8 service | 5 letter | 11 number | 11 slot start | 8 window / 5
 *   5 flags | 3 companions | 37 zero
 */
enum {
	VERSION = 1,
	SEQ_MAX = (1 << 24) - 1,
	DAY_MAX = 65535,
	WINDOW_STEP = 5,
	WINDOW_MAX = 255 * WINDOW_STEP,
	ZERO_BITS = 37,
};

static const char SYMBOLS[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct bits {
	uint8_t *ptr;
	unsigned at;
};

static void put(struct bits *b, uint32_t value, unsigned count)
{
	while (count-- > 0) {
		if (value >> count & 1)
			b->ptr[b->at / 8] |= (uint8_t)(0x80 >> b->at % 8);
		b->at++;
	}
}

static uint32_t get(const uint8_t *in, unsigned *at, unsigned count)
{
	uint32_t value = 0;

	for (; count > 0; count--, ++*at)
		value = value << 1 |
		    ((unsigned)in[*at / 8] >> (7u - *at % 8) & 1u);
	return value;
}

static bool in_range(const struct ticket *t)
{
	return t->type <= TICKET_STANDBY && t->seq <= SEQ_MAX &&
	    t->day >= TICKET_EPOCH_DAY &&
	    t->day <= TICKET_EPOCH_DAY + DAY_MAX && t->letter >= 1 &&
	    t->letter <= 26 && t->number >= 1 &&
	    t->number <= TICKET_NUMBER_MAX && t->slot_min < DAY_MINUTES &&
	    t->window_min <= WINDOW_MAX && t->window_min % WINDOW_STEP == 0 &&
	    t->flags <= 31 && t->companions <= 7;
}

bool ticket_pack(const struct ticket *t, uint8_t out[TICKET_HEADER_BYTES])
{
	struct bits b = {out, 0};

	if (!in_range(t))
		return false;
	memset(out, 0, TICKET_HEADER_BYTES);
	put(&b, VERSION, 4);
	put(&b, t->type, 4);
	put(&b, t->key_id, 16);
	put(&b, t->seq, 24);
	put(&b, (uint32_t)(t->day - TICKET_EPOCH_DAY), 16);
	put(&b, t->service, 8);
	put(&b, t->letter, 5);
	put(&b, t->number, 11);
	put(&b, t->slot_min, 11);
	put(&b, t->window_min / WINDOW_STEP, 8);
	put(&b, t->flags, 5);
	put(&b, t->companions, 3);
	return true;
}

bool ticket_unpack(const uint8_t in[TICKET_HEADER_BYTES], struct ticket *out)
{
	struct ticket t = {0};
	unsigned at = 0;

	memset(out, 0, sizeof(*out));
	if (get(in, &at, 4) != VERSION)
		return false;
	t.type = (uint8_t)get(in, &at, 4);
	t.key_id = (uint16_t)get(in, &at, 16);
	t.seq = get(in, &at, 24);
	t.day = (int32_t)get(in, &at, 16) + TICKET_EPOCH_DAY;
	t.service = (uint8_t)get(in, &at, 8);
	t.letter = (uint8_t)get(in, &at, 5);
	t.number = (uint16_t)get(in, &at, 11);
	t.slot_min = (uint16_t)get(in, &at, 11);
	t.window_min = (uint16_t)(get(in, &at, 8) * WINDOW_STEP);
	t.flags = (uint8_t)get(in, &at, 5);
	t.companions = (uint8_t)get(in, &at, 3);
	if (get(in, &at, ZERO_BITS - 32) != 0 || get(in, &at, 32) != 0)
		return false;
	if (!in_range(&t))
		return false;
	*out = t;
	return true;
}

/* What is signed: the office stands in it but not on the ticket. */
enum { DOMAIN_BYTES = 16, MESSAGE_BYTES = DOMAIN_BYTES + 4 + 19 };

static void message(uint32_t office, const uint8_t header[TICKET_HEADER_BYTES],
    uint8_t out[MESSAGE_BYTES])
{
	struct buf b;

	buf_init(&b, out, MESSAGE_BYTES);
	buf_put(&b, "karcis-ticket-v1", DOMAIN_BYTES);
	buf_be(&b, office, 4);
	buf_put(&b, header, TICKET_HEADER_BYTES);
}

static void to_digits(const uint8_t bytes[TICKET_BYTES],
    char digits[TICKET_DIGITS + 1])
{
	uint8_t left[TICKET_BYTES];
	size_t i, j;

	memcpy(left, bytes, sizeof(left));
	for (i = TICKET_DIGITS; i-- > 0;) {
		unsigned rest = 0;

		for (j = 0; j < TICKET_BYTES; j++) {
			rest = rest << 8 | left[j];
			left[j] = (uint8_t)(rest / 10);
			rest %= 10;
		}
		digits[i] = (char)('0' + rest);
	}
	digits[TICKET_DIGITS] = '\0';
}

/* false: not 200 digits, or 2^664 and above. */
static bool from_digits(struct str digits, uint8_t bytes[TICKET_BYTES])
{
	size_t i, j;

	memset(bytes, 0, TICKET_BYTES);
	if (digits.len != TICKET_DIGITS)
		return false;
	for (i = 0; i < TICKET_DIGITS; i++) {
		unsigned carry = (unsigned char)digits.ptr[i];

		if (carry < '0' || carry > '9')
			return false;
		carry -= '0';
		for (j = TICKET_BYTES; j-- > 0;) {
			carry += bytes[j] * 10u;
			bytes[j] = (uint8_t)carry;
			carry >>= 8;
		}
		if (carry != 0)
			return false;
	}
	return true;
}

bool ticket_sign(const struct ticket *t, uint32_t office,
    const uint8_t secret[TICKET_SECRET_BYTES], struct ticket_text *out)
{
	uint8_t bytes[TICKET_BYTES], signed_bytes[MESSAGE_BYTES];

	memset(out, 0, sizeof(*out));
	if (office == 0 || !ticket_pack(t, bytes))
		return false;
	message(office, bytes, signed_bytes);
	if (crypto_sign_detached(bytes + TICKET_HEADER_BYTES, NULL,
		signed_bytes, sizeof(signed_bytes), secret) != 0)
		return false;
	to_digits(bytes, out->digits);
	return true;
}

/* UNSET: well-formed. */
static enum ticket_check read_bytes(struct str digits,
    uint8_t bytes[TICKET_BYTES], struct ticket *out)
{
	memset(out, 0, sizeof(*out));
	if (!from_digits(digits, bytes))
		return TICKET_BAD_FORM;
	if (bytes[0] >> 4 != VERSION)
		return TICKET_BAD_VERSION;
	return ticket_unpack(bytes, out) ? TICKET_UNSET : TICKET_BAD_FORM;
}

enum ticket_check ticket_read(struct str digits, struct ticket *out)
{
	uint8_t bytes[TICKET_BYTES];

	return read_bytes(digits, bytes, out);
}

enum ticket_check ticket_verify(struct str digits, uint32_t office,
    const uint8_t public_key[TICKET_PUBLIC_BYTES], struct ticket *out)
{
	uint8_t bytes[TICKET_BYTES], signed_bytes[MESSAGE_BYTES];
	enum ticket_check read = read_bytes(digits, bytes, out);

	if (read != TICKET_UNSET)
		return read;
	message(office, bytes, signed_bytes);
	if (office == 0 ||
	    crypto_sign_verify_detached(bytes + TICKET_HEADER_BYTES,
		signed_bytes, sizeof(signed_bytes), public_key) != 0)
		return TICKET_BAD_SIGNATURE;
	return TICKET_VALID;
}

void ticket_label(uint8_t letter, uint16_t number, char out[8])
{
	struct buf b;

	buf_init(&b, out, 8);
	if (letter >= 1 && letter <= 26)
		buf_fmt(&b, "%c-%03u", 'A' + letter - 1, number % 10000u);
	(void)buf_cstr(&b);
}

struct day_key ticket_day_key(const struct secret_key *gate, int32_t day)
{
	struct day_key key;
	uint8_t in[22];
	struct buf b;

	buf_init(&b, in, sizeof(in));
	buf_text(&b, "karcis-gate-day-v1");
	buf_be(&b, (uint32_t)day, 4);
	(void)crypto_generichash(key.bytes, sizeof(key.bytes), in, b.len,
	    gate->bytes, sizeof(gate->bytes));
	return key;
}

static uint32_t short_mac(const struct day_key *key, uint32_t office,
    int32_t day, uint8_t letter, uint16_t number, uint8_t try)
{
	uint8_t in[32], mac[32];
	struct buf b;

	buf_init(&b, in, sizeof(in));
	buf_text(&b, "karcis-short-v1");
	buf_be(&b, office, 4);
	buf_be(&b, (uint32_t)day, 4);
	buf_byte(&b, letter);
	buf_be(&b, number, 2);
	buf_byte(&b, try);
	(void)crypto_generichash(mac, sizeof(mac), in, b.len, key->bytes,
	    sizeof(key->bytes));
	return (uint32_t)mac[0] << 16 | (uint32_t)mac[1] << 8 | mac[2];
}

void ticket_short_code(const struct day_key *key, uint32_t office, int32_t day,
    uint8_t letter, uint16_t number, char out[SHORT_CODE_SYMBOLS + 1])
{
	uint64_t value = 0;
	unsigned try, i;

	/* Each try fails with 5 in 37; 256 in a row do not happen. */
	for (try = 0; try < 256; try++) {
		value = (uint64_t)(letter & 31u) << 35 |
		    (uint64_t)(number & 2047u) << 24 |
		    short_mac(key, office, day, letter, number, (uint8_t)try);
		if (value % 37 < 32)
			break;
	}
	for (i = 0; i < 8; i++)
		out[i] = SYMBOLS[value >> (35 - 5 * i) & 31];
	out[8] = SYMBOLS[value % 37 & 31];
	out[9] = '\0';
}

static const char *const WORDS[] = {
#define WORD(w) #w,
#include "ticket_words.def"
#undef WORD
};

/* Days take turns in two halves of the list: yesterday's paper must not bear
 * today's word. */
const char *ticket_day_word(const struct day_key *key, int32_t day)
{
	enum { HALF = ARRAY_LEN(WORDS) / 2 };
	static const uint8_t domain[] = {'k', 'a', 'r', 'c', 'i', 's', '-', 'w',
	    'o', 'r', 'd', '-', 'v', '1'};
	uint8_t mac[16];

	(void)crypto_generichash(mac, sizeof(mac), domain, sizeof(domain),
	    key->bytes, sizeof(key->bytes));
	return WORDS[((uint32_t)mac[0] << 8 | mac[1]) % HALF * 2 +
	    ((uint32_t)day & 1)];
}

void ticket_audit_mark(const uint8_t hash[32], char out[AUDIT_MARK_SYMBOLS + 1])
{
	unsigned at = 0, i;

	for (i = 0; i < AUDIT_MARK_SYMBOLS; i++)
		out[i] = SYMBOLS[get(hash, &at, 5)];
	out[AUDIT_MARK_SYMBOLS] = '\0';
}
