#include "feed.h"

#include <sodium.h>
#include <string.h>

enum { ROW_BYTES = 128 };

static struct feed_digest row_digest(const struct buf *b)
{
	uint8_t hash[8 * FEED_DIGEST_WORDS];
	struct feed_digest d = {{0}};

	crypto_generichash(hash, sizeof(hash), b->ptr, b->len, NULL, 0);
	for (size_t i = 0; i < sizeof(hash); i++)
		d.word[i / 8] = d.word[i / 8] << 8 | hash[i];
	return d;
}

static void add(struct feed_digest *d, struct feed_digest row)
{
	for (int i = 0; i < FEED_DIGEST_WORDS; i++)
		d->word[i] += row.word[i];
}

static void take(struct feed_digest *d, struct feed_digest row)
{
	for (int i = 0; i < FEED_DIGEST_WORDS; i++)
		d->word[i] -= row.word[i];
}

static struct feed_digest booking_digest(const struct booking *x)
{
	uint8_t row[ROW_BYTES];
	size_t name_len = strnlen(x->masked_name, sizeof(x->masked_name));
	struct buf b;

	buf_init(&b, row, sizeof(row));
	buf_text(&b, "karcis-put-v1");
	buf_be(&b, x->office, 4);
	buf_be(&b, (uint32_t)x->day, 4);
	buf_put(&b, x->hash.bytes, CODE_HASH_BYTES);
	buf_be(&b, (uint16_t)x->start_min, 2);
	buf_be(&b, (uint16_t)x->end_min, 2);
	buf_byte(&b, x->service);
	buf_byte(&b, x->booking_class);
	buf_byte(&b, x->status);
	buf_byte(&b, x->companions);
	buf_be(&b, x->birth, 8);
	buf_be(&b, (uint32_t)x->permit_expires_day, 4);
	buf_be(&b, (uint64_t)x->status_s, 8);
	buf_byte(&b, (unsigned)name_len);
	buf_put(&b, x->masked_name, name_len);
	return row_digest(&b);
}

static struct feed_digest admission_digest(uint32_t office, int32_t day,
    const struct feed_admission *a)
{
	uint8_t row[ROW_BYTES];
	struct buf b;

	buf_init(&b, row, sizeof(row));
	buf_text(&b, a->pass == 0 ? "karcis-adm-v1" : "karcis-pas-v1");
	buf_be(&b, office, 4);
	buf_be(&b, (uint32_t)day, 4);
	buf_put(&b, a->booking.bytes, CODE_HASH_BYTES);
	buf_put(&b, a->op_id.bytes, OP_ID_BYTES);
	buf_be(&b, a->device, 4);
	buf_byte(&b, a->letter);
	buf_be(&b, a->number, 2);
	buf_be(&b, (uint64_t)a->time_s, 8);
	if (a->pass != 0)
		buf_byte(&b, a->pass);
	return row_digest(&b);
}

void feed_add_booking(struct feed_digest *d, const struct booking *b)
{
	add(d, booking_digest(b));
}

void feed_take_booking(struct feed_digest *d, const struct booking *b)
{
	take(d, booking_digest(b));
}

void feed_add_admission(struct feed_digest *d, uint32_t office, int32_t day,
    const struct feed_admission *a)
{
	add(d, admission_digest(office, day, a));
}

void feed_take_admission(struct feed_digest *d, uint32_t office, int32_t day,
    const struct feed_admission *a)
{
	take(d, admission_digest(office, day, a));
}

bool feed_digest_eq(const struct feed_digest *a, const struct feed_digest *b)
{
	return memcmp(a->word, b->word, sizeof(a->word)) == 0;
}

void feed_digest_hex(const struct feed_digest *d, char out[FEED_DIGEST_HEX + 1])
{
	static const char digit[] = "0123456789abcdef";

	for (int i = 0; i < FEED_DIGEST_HEX; i++)
		out[i] = digit[d->word[i / 16] >> (60 - i % 16 * 4) & 15];
	out[FEED_DIGEST_HEX] = '\0';
}

static bool add_digit(uint64_t *word, char c)
{
	unsigned value;

	if (c >= '0' && c <= '9')
		value = (unsigned)(c - '0');
	else if (c >= 'a' && c <= 'f')
		value = (unsigned)(c - 'a') + 10;
	else
		return false;
	*word = *word << 4 | value;
	return true;
}

bool feed_digest_parse(struct str hex, struct feed_digest *out)
{
	memset(out, 0, sizeof(*out));
	if (hex.len != FEED_DIGEST_HEX)
		return false;
	for (size_t i = 0; i < hex.len; i++)
		if (!add_digit(&out->word[i / 16], hex.ptr[i])) {
			memset(out, 0, sizeof(*out));
			return false;
		}
	return true;
}

uint64_t feed_home_score(const struct code_hash *booking, uint32_t device)
{
	uint8_t text[ROW_BYTES], hash[32];
	uint64_t score = 0;
	struct buf b;

	buf_init(&b, text, sizeof(text));
	buf_text(&b, "karcis-home-v1");
	buf_put(&b, booking->bytes, CODE_HASH_BYTES);
	buf_be(&b, device, 4);
	crypto_generichash(hash, sizeof(hash), b.ptr, b.len, NULL, 0);
	for (size_t i = 0; i < sizeof(score); i++)
		score = score << 8 | hash[i];
	return score;
}

size_t feed_home(const struct code_hash *booking, const uint32_t *devices,
    size_t n)
{
	uint64_t best = 0, score;
	size_t home = n;

	for (size_t i = 0; i < n; i++) {
		score = feed_home_score(booking, devices[i]);
		if (home == n || score > best ||
		    (score == best && devices[i] < devices[home])) {
			home = i;
			best = score;
		}
	}
	return home;
}
