#include "officers.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "firmware/core/wire.h"
#include "state.h"

#define FIRST_LINE "karcis-officers 1"
enum { FILE_MAX = 16384, HEX_HASH = 2 * OFFICERS_HASH_BYTES };

static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

bool officers_is_name(struct str s)
{
	if (s.len == 0 || s.len >= PASS_OFFICER || !str_is_utf8(s) ||
	    s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if ((uint8_t)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return false;
	return true;
}

static void hash_badge(const struct officers *o, struct str badge,
    uint8_t out[OFFICERS_HASH_BYTES])
{
	crypto_generichash(out, OFFICERS_HASH_BYTES, (const uint8_t *)badge.ptr,
	    badge.len, o->key.bytes, KEY_BYTES);
}

static int find_name(const struct officers *o, struct str name)
{
	for (int i = 0; i < o->count; i++)
		if (str_is(name, o->item[i].name))
			return i;
	return -1;
}

static bool is_badge(struct str s)
{
	size_t prefix = sizeof(OFFICERS_PREFIX) - 1;

	if (s.len != prefix + OFFICERS_SYMBOLS ||
	    !str_is(str_cut(s, 0, prefix), OFFICERS_PREFIX))
		return false;
	for (size_t i = prefix; i < s.len; i++)
		if (memchr(symbols, s.ptr[i], sizeof(symbols) - 1) == NULL)
			return false;
	return true;
}

const char *officers_find(const struct officers *o, struct str badge)
{
	uint8_t hash[OFFICERS_HASH_BYTES];
	const char *name = NULL;

	if (!is_badge(badge))
		return NULL;
	hash_badge(o, badge, hash);
	/* All are compared, whether or not one was found. */
	for (size_t i = 0; i < o->count; i++)
		if (sodium_memcmp(hash, o->item[i].hash, sizeof(hash)) == 0)
			name = o->item[i].name;
	sodium_memzero(hash, sizeof(hash));
	return name;
}

/* 32 symbols divide 256 evenly, so each byte's low five bits are uniform. */
static void draw_badge(char badge[OFFICERS_BADGE])
{
	uint8_t bits[OFFICERS_SYMBOLS];
	struct buf b;

	randombytes_buf(bits, sizeof(bits));
	buf_init(&b, badge, OFFICERS_BADGE);
	buf_text(&b, OFFICERS_PREFIX);
	for (size_t i = 0; i < sizeof(bits); i++)
		buf_byte(&b, (unsigned char)symbols[bits[i] & 31]);
	buf_byte(&b, '\0');
	sodium_memzero(bits, sizeof(bits));
}

int officers_add(struct officers *o, struct str name,
    char badge[OFFICERS_BADGE], struct err *e)
{
	badge[0] = '\0';
	if (sodium_init() < 0)
		return err_set(e, -EIO, "officers: libsodium does not start");
	if (!officers_is_name(name))
		return err_set(e, -EINVAL,
		    "officers: a name has 1 to 23 bytes, no control characters "
		    "and no space at its ends");
	if (find_name(o, name) >= 0)
		return err_set(e, -EEXIST,
		    "officers: %.*s has a badge; remove it first",
		    (int)name.len, name.ptr);
	if (o->count == OFFICERS)
		return err_set(e, -ENOSPC, "officers: there are %d already",
		    OFFICERS);
	if (o->count == 0)
		randombytes_buf(o->key.bytes, sizeof(o->key.bytes));
	draw_badge(badge);
	memset(&o->item[o->count], 0, sizeof(o->item[0]));
	if (!str_copy(o->item[o->count].name, PASS_OFFICER, name))
		return err_set(e, -EINVAL, "officers: the name is too long");
	hash_badge(o, str_from(badge), o->item[o->count].hash);
	o->count++;
	return 0;
}

bool officers_remove(struct officers *o, struct str name)
{
	int i = find_name(o, name);

	if (i < 0)
		return false;
	o->count--;
	memmove(&o->item[i], &o->item[i + 1],
	    sizeof(o->item[0]) * (size_t)(o->count - i));
	memset(&o->item[o->count], 0, sizeof(o->item[0]));
	return true;
}

void officers_fini(struct officers *o)
{
	if (o != NULL)
		sodium_memzero(o, sizeof(*o));
}

/* "officer HASH NAME"; the name goes on to the line's end. */
static bool read_officer(struct str line, struct officers *o)
{
	struct str word;

	if (o->count == OFFICERS || !str_split(&line, ' ', &word) ||
	    !str_is(word, "officer") || !str_split(&line, ' ', &word) ||
	    !wire_unhex(word, o->item[o->count].hash, OFFICERS_HASH_BYTES) ||
	    !officers_is_name(line) || find_name(o, line) >= 0 ||
	    !str_copy(o->item[o->count].name, PASS_OFFICER, line))
		return false;
	o->count++;
	return true;
}

static bool read_key(struct str line, struct officers *o)
{
	struct str word;

	return str_split(&line, ' ', &word) && str_is(word, "key") &&
	    line.ptr != NULL &&
	    wire_unhex(line, o->key.bytes, sizeof(o->key.bytes));
}

static int read_text(const char *path, struct str text, struct officers *o,
    struct err *e)
{
	struct str line;
	int at = 0;

	while (str_split(&text, '\n', &line)) {
		at++;
		if (at > 2 && text.ptr == NULL && line.len == 0)
			return 0;
		if (text.ptr == NULL ||
		    (at == 1          ? !str_is(line, FIRST_LINE)
			    : at == 2 ? !read_key(line, o)
				      : !read_officer(line, o)))
			break;
	}
	return err_set(e, -EBADMSG,
	    "officers: %s:%d: not a line of an officers file", path, at);
}

int officers_load(const char *path, struct officers *out, struct err *e)
{
	char text[FILE_MAX];
	size_t len;
	int r;

	memset(out, 0, sizeof(*out));
	r = state_read(path, "officers", text, sizeof(text), &len, e);
	if (r == -ENOENT) {
		if (e != NULL) /* none is an answer, no failure */
			*e = (struct err){0};
		return 0;
	}
	if (r == 0)
		r = read_text(path, str_of(text, len), out, e);
	sodium_memzero(text, sizeof(text));
	if (r < 0)
		officers_fini(out);
	return r;
}

int officers_save(const char *path, const struct officers *o, struct err *e)
{
	char text[FILE_MAX], hex[HEX_HASH + 1];
	struct buf b;
	int r;

	buf_init(&b, text, sizeof(text));
	wire_hex(o->key.bytes, sizeof(o->key.bytes), hex);
	buf_fmt(&b, FIRST_LINE "\nkey %s\n", hex);
	for (size_t i = 0; i < o->count; i++) {
		wire_hex(o->item[i].hash, OFFICERS_HASH_BYTES, hex);
		buf_fmt(&b, "officer %s %s\n", hex, o->item[i].name);
	}
	r = b.full ? err_set(e, -E2BIG, "officers: too much for one file")
		   : state_write(path, "officers", buf_view(&b), true, e);
	sodium_memzero(text, sizeof(text));
	sodium_memzero(hex, sizeof(hex));
	return r;
}
