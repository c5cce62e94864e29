#include "wire.h"

#include <sodium.h>
#include <string.h>

enum { REQUEST_TEXT = 1024, ANSWER_TEXT = 256 };

static bool is_line(struct str s, size_t longest)
{
	return s.len == 0 ||
	    (s.len <= longest && memchr(s.ptr, '\n', s.len) == NULL &&
		memchr(s.ptr, '\0', s.len) == NULL);
}

static void put_digest(struct buf *b, struct str body)
{
	uint8_t digest[WIRE_DIGEST_BYTES];
	char hex[2 * WIRE_DIGEST_BYTES + 1];

	crypto_generichash(digest, sizeof(digest),
	    (const unsigned char *)body.ptr, body.len, NULL, 0);
	wire_hex(digest, sizeof(digest), hex);
	buf_text(b, hex);
}

static bool request_text(const struct wire_request *q, struct buf *b)
{
	if (!is_line(q->method, WIRE_METHOD) || !is_line(q->path, WIRE_PATH))
		return false;
	buf_text(b, "karcis-req-v1\n");
	buf_str(b, q->method);
	buf_byte(b, '\n');
	buf_str(b, q->path);
	buf_byte(b, '\n');
	put_digest(b, q->body);
	buf_fmt(b, "\n%lu\n%llu", (unsigned long)q->device,
	    (unsigned long long)q->counter);
	return !b->full;
}

static bool answer_text(const struct wire_answer *a, struct buf *b)
{
	if (!is_line(a->kind, WIRE_KIND) || a->status < 100 || a->status > 599)
		return false;
	buf_text(b, "karcis-ans-v1\n");
	buf_str(b, a->kind);
	buf_fmt(b, "\n%d\n%lu\n%lu\n%llu\n", a->status,
	    (unsigned long)a->device, (unsigned long)a->epoch,
	    (unsigned long long)a->counter);
	put_digest(b, a->body);
	return !b->full;
}

bool wire_sign_request(const struct wire_request *q,
    const uint8_t secret[WIRE_SECRET_BYTES], uint8_t out[WIRE_SIGNATURE_BYTES])
{
	uint8_t text[REQUEST_TEXT];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	return request_text(q, &b) &&
	    crypto_sign_detached(out, NULL, b.ptr, b.len, secret) == 0;
}

bool wire_sign_answer(const struct wire_answer *a,
    const uint8_t secret[WIRE_SECRET_BYTES], uint8_t out[WIRE_SIGNATURE_BYTES])
{
	uint8_t text[ANSWER_TEXT];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	return answer_text(a, &b) &&
	    crypto_sign_detached(out, NULL, b.ptr, b.len, secret) == 0;
}

bool wire_check_request(const struct wire_request *q,
    const uint8_t public_key[WIRE_PUBLIC_BYTES],
    const uint8_t signature[WIRE_SIGNATURE_BYTES])
{
	uint8_t text[REQUEST_TEXT];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	return request_text(q, &b) &&
	    crypto_sign_verify_detached(signature, b.ptr, b.len, public_key) ==
	    0;
}

bool wire_check_answer(const struct wire_answer *a,
    const uint8_t public_key[WIRE_PUBLIC_BYTES],
    const uint8_t signature[WIRE_SIGNATURE_BYTES])
{
	uint8_t text[ANSWER_TEXT];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	return answer_text(a, &b) &&
	    crypto_sign_verify_detached(signature, b.ptr, b.len, public_key) ==
	    0;
}

void wire_fingerprint(const uint8_t public_key[WIRE_PUBLIC_BYTES],
    uint8_t out[WIRE_FINGERPRINT_BYTES])
{
	uint8_t digest[WIRE_DIGEST_BYTES];

	crypto_generichash(digest, sizeof(digest), public_key,
	    WIRE_PUBLIC_BYTES, NULL, 0);
	memcpy(out, digest, WIRE_FINGERPRINT_BYTES);
}

void wire_hex(const uint8_t *bytes, size_t len, char *out)
{
	sodium_bin2hex(out, 2 * len + 1, bytes, len);
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool wire_unhex(struct str hex, uint8_t *out, size_t len)
{
	int high, low;

	if (hex.len != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		high = nibble(hex.ptr[2 * i]);
		low = nibble(hex.ptr[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

void wire_base64(const uint8_t *bytes, size_t len, char *out)
{
	sodium_bin2base64(out, (len + 2) / 3 * 4 + 1, bytes, len,
	    sodium_base64_VARIANT_ORIGINAL);
}

/* libsodium 1.0.18 reads each byte of 80 and above as a slash. */
static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

bool wire_unbase64(struct str text, uint8_t *out, size_t len)
{
	size_t got = 0;

	return text.len == (len + 2) / 3 * 4 && is_ascii(text) &&
	    sodium_base642bin(out, len, text.ptr, text.len, NULL, &got, NULL,
		sodium_base64_VARIANT_ORIGINAL) == 0 &&
	    got == len;
}

enum wire_counter wire_window_take(struct wire_window *w, uint64_t counter)
{
	uint64_t back;

	if (counter > w->high) {
		back = counter - w->high;
		w->seen = back < WIRE_WINDOW ? w->seen << back | 1 : 1;
		w->high = counter;
		return WIRE_COUNTER_FRESH;
	}
	back = w->high - counter;
	if (back >= WIRE_WINDOW)
		return WIRE_COUNTER_OLD;
	if ((w->seen >> back & 1) != 0)
		return WIRE_COUNTER_SEEN;
	w->seen |= UINT64_C(1) << back;
	return WIRE_COUNTER_FRESH;
}
