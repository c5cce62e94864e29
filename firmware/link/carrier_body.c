#include "carrier_body.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
	FIRST_BYTES = 4096,
	GZIP_WINDOW = 15 + 16 /* inflateInit2: the largest, gzip alone */
};

static bool set_state(struct carrier_body *b, enum carrier_body_state state)
{
	b->state = state;
	return state == BODY_PLAIN || state == BODY_PACKED ||
	    state == BODY_UNPACKED;
}

/* Room for len bytes and a NUL. */
static bool reserve(struct carrier_body *b, size_t len)
{
	size_t cap = b->cap == 0 ? FIRST_BYTES : b->cap;
	char *bytes;

	while (cap <= len)
		cap *= 2;
	if (cap == b->cap)
		return true;
	bytes = realloc(b->bytes, cap);
	if (bytes == NULL)
		return false;
	b->bytes = bytes;
	b->cap = cap;
	return true;
}

static bool begin(struct carrier_body *b, struct str encoding)
{
	z_stream *z;

	if (encoding.len == 0 || str_is_nocase(encoding, "identity"))
		return set_state(b, BODY_PLAIN);
	if (!str_is_nocase(encoding, "gzip") &&
	    !str_is_nocase(encoding, "x-gzip"))
		return set_state(b, BODY_BROKEN);
	z = calloc(1, sizeof(*z));
	if (z == NULL || inflateInit2(z, GZIP_WINDOW) != Z_OK) {
		free(z);
		return set_state(b, BODY_NO_MEMORY);
	}
	b->inflater = z;
	return set_state(b, BODY_PACKED);
}

static bool add_plain(struct carrier_body *b, struct str bytes)
{
	if (bytes.len > FRAME_BODY_MAX - b->len)
		return set_state(b, BODY_TOO_LARGE);
	if (!reserve(b, b->len + bytes.len))
		return set_state(b, BODY_NO_MEMORY);
	memcpy(b->bytes + b->len, bytes.ptr, bytes.len);
	b->len += bytes.len;
	b->bytes[b->len] = '\0';
	return true;
}

static bool add_packed(struct carrier_body *b, struct str bytes)
{
	Bytef in[1024], out[16384];
	z_stream *z = b->inflater;
	int r = Z_OK;

	while (bytes.len > 0 || z->avail_out == 0) {
		struct str some = str_cut(bytes, 0, sizeof(in));

		memcpy(in, some.ptr, some.len);
		z->next_in = in;
		z->avail_in = (uInt)some.len;
		z->next_out = out;
		z->avail_out = sizeof(out);
		r = inflate(z, Z_NO_FLUSH);
		if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
			return set_state(b,
			    r == Z_MEM_ERROR ? BODY_NO_MEMORY : BODY_BROKEN);
		if (!add_plain(b, str_of(out, sizeof(out) - z->avail_out)))
			return false;
		bytes = str_cut(bytes, some.len - z->avail_in, bytes.len);
		if (r == Z_STREAM_END)
			return set_state(b,
			    bytes.len == 0 ? BODY_UNPACKED : BODY_BROKEN);
	}
	return true;
}

bool carrier_body_add(struct carrier_body *b, const char *encoding,
    struct str bytes)
{
	if (bytes.len == 0)
		return true;
	if (b->state == BODY_NONE && !begin(b, str_from(encoding)))
		return false;
	switch (b->state) {
	case BODY_PLAIN:
		return add_plain(b, bytes);
	case BODY_PACKED:
		return add_packed(b, bytes);
	case BODY_UNPACKED: /* something behind the end */
		return set_state(b, BODY_BROKEN);
	case BODY_NONE:
	case BODY_BROKEN:
	case BODY_TOO_LARGE:
	case BODY_NO_MEMORY:
		break;
	}
	return false;
}

const char *carrier_body_trouble(const struct carrier_body *b)
{
	switch (b->state) {
	case BODY_NONE:
	case BODY_PLAIN:
	case BODY_UNPACKED:
		return NULL;
	case BODY_PACKED:
		return "the answer's gzip breaks off";
	case BODY_BROKEN:
		return "the answer's encoding is no good";
	case BODY_TOO_LARGE:
		return "the answer is larger than 4 MiB";
	case BODY_NO_MEMORY:
		break;
	}
	return "out of memory for the answer";
}

void carrier_body_fini(struct carrier_body *b)
{
	if (b->inflater != NULL)
		(void)inflateEnd(b->inflater);
	free(b->inflater);
	free(b->bytes);
	memset(b, 0, sizeof(*b));
}
