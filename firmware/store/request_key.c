#include "request_key.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "state.h"

#define FIRST_LINE "karcis-request 1\nrequest_secret "
enum {
	FIRST_BYTES = sizeof(FIRST_LINE) - 1,
	HEX_DIGITS = 2 * WIRE_SECRET_BYTES,
	FILE_BYTES = FIRST_BYTES + HEX_DIGITS + 1 /* line end */
};

/* The public half of a wrong pair would give the secret one away, signature
 * by signature. */
static bool is_pair(const uint8_t secret[WIRE_SECRET_BYTES])
{
	uint8_t public[WIRE_PUBLIC_BYTES], again[WIRE_SECRET_BYTES];
	bool same = crypto_sign_seed_keypair(public, again, secret) == 0 &&
	    sodium_memcmp(again, secret, sizeof(again)) == 0;

	sodium_memzero(again, sizeof(again));
	return same;
}

static bool read_text(struct str text, uint8_t out[WIRE_SECRET_BYTES])
{
	struct str first = str_cut(text, 0, FIRST_BYTES);
	struct str hex = str_cut(text, FIRST_BYTES, HEX_DIGITS);
	struct str end = str_cut(text, FIRST_BYTES + HEX_DIGITS, text.len);

	return str_is(first, FIRST_LINE) && str_is(end, "\n") &&
	    wire_unhex(hex, out, WIRE_SECRET_BYTES) && is_pair(out);
}

int request_key_load(const char *path, uint8_t out[WIRE_SECRET_BYTES],
    struct err *e)
{
	char text[FILE_BYTES];
	size_t len = 0;
	int r;

	memset(out, 0, WIRE_SECRET_BYTES);
	if (sodium_init() < 0)
		return err_set(e, -EIO, "link: libsodium does not start");
	r = state_read(path, "link", text, sizeof(text), &len, e);
	if (r == -EFBIG || (r == 0 && !read_text(str_of(text, len), out)))
		r = err_set(e, -EBADMSG,
		    "link: %s is not a request key; enrol again", path);
	sodium_memzero(text, sizeof(text));
	if (r < 0)
		sodium_memzero(out, WIRE_SECRET_BYTES);
	return r;
}

int request_key_save(const char *path, const uint8_t secret[WIRE_SECRET_BYTES],
    struct err *e)
{
	char hex[HEX_DIGITS + 1], text[FILE_BYTES];
	struct buf b;
	int r;

	wire_hex(secret, WIRE_SECRET_BYTES, hex);
	buf_init(&b, text, sizeof(text));
	buf_text(&b, FIRST_LINE);
	buf_text(&b, hex);
	buf_byte(&b, '\n');
	r = state_write(path, "link", buf_view(&b), true, e);
	sodium_memzero(hex, sizeof(hex));
	sodium_memzero(text, sizeof(text));
	return r;
}
