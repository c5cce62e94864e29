/* The technicians' file: see technicians.h. */
#include "technicians.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "firmware/core/wire.h"
#include "officers.h"
#include "state.h"

#define FIRST_LINE "karcis-technicians 1"
enum { FILE_MAX = 16384, HEX_HASH = 2 * TECHNICIANS_HASH_BYTES };

/* "WRONG LOCKS UNTIL", and what comes after. */
static bool read_tries(struct str *line, uint8_t most,
    struct technicians_tries *out)
{
	struct str word;
	int64_t wrong, locks;

	if (!str_split(line, ' ', &word) ||
	    !str_number(word, 0, most - 1, &wrong) ||
	    !str_split(line, ' ', &word) ||
	    !str_number(word, 0, UINT8_MAX, &locks) ||
	    !str_split(line, ' ', &word) ||
	    !str_number(word, 0, INT64_MAX / 2, &out->until_s))
		return false;
	out->wrong = (uint8_t)wrong;
	out->locks = (uint8_t)locks;
	return true;
}

static bool read_key(struct str line, struct technicians *t)
{
	struct str word;

	return str_split(&line, ' ', &word) && str_is(word, "key") &&
	    line.ptr != NULL &&
	    wire_unhex(line, t->key.bytes, sizeof(t->key.bytes));
}

static bool read_all(struct str line, struct technicians *t)
{
	struct str word;

	return str_split(&line, ' ', &word) && str_is(word, "terminal") &&
	    read_tries(&line, TECHNICIANS_TRIES_ALL, &t->all) &&
	    line.ptr == NULL;
}

/* "technician HASH WRONG LOCKS UNTIL PIN NAME"; the name goes on to the
 * line's end. */
static bool read_technician(struct str line, struct technicians *t)
{
	struct str word, pin;
	char badge[TECHNICIANS_BADGE];
	uint8_t hash[TECHNICIANS_HASH_BYTES];
	struct technicians_tries tries = {0};
	size_t at = t->count;
	struct secret_key key = t->key;
	bool ok = str_split(&line, ' ', &word) && str_is(word, "technician") &&
	    str_split(&line, ' ', &word) &&
	    wire_unhex(word, hash, sizeof(hash)) &&
	    read_tries(&line, TECHNICIANS_TRIES, &tries) &&
	    str_split(&line, ' ', &pin) && line.ptr != NULL &&
	    technicians_add(t, line, pin, badge, NULL) == 0;

	if (ok) {
		/* A badge and a key were drawn for nothing. */
		t->key = key;
		t->item[at].tries = tries;
		memcpy(t->item[at].hash, hash, sizeof(hash));
	}
	sodium_memzero(badge, sizeof(badge));
	sodium_memzero(&key, sizeof(key));
	return ok;
}

static bool read_line(int at, struct str line, struct technicians *t)
{
	switch (at) {
	case 1:
		return str_is(line, FIRST_LINE);
	case 2:
		return read_key(line, t);
	case 3:
		return read_all(line, t);
	}
	return read_technician(line, t);
}

static int read_text(const char *name, struct str text, struct technicians *t,
    struct err *e)
{
	struct str line;
	int at = 0;

	while (str_split(&text, '\n', &line)) {
		at++;
		if (at > 3 && text.ptr == NULL && line.len == 0)
			return 0;
		if (text.ptr == NULL || !read_line(at, line, t))
			break;
	}
	return err_set(e, -EBADMSG,
	    "technicians: %s:%d: not a line of a technicians file", name, at);
}

int technicians_load(const char *path, struct technicians *out, struct err *e)
{
	char text[FILE_MAX];
	size_t len;
	int r;

	memset(out, 0, sizeof(*out));
	r = state_read(path, "technicians", text, sizeof(text), &len, e);
	if (r == -ENOENT) {
		if (e != NULL) /* none is an answer, no failure */
			*e = (struct err){0};
		return 0;
	}
	if (r == 0)
		r = read_text(path, str_of(text, len), out, e);
	sodium_memzero(text, sizeof(text));
	if (r < 0)
		technicians_fini(out);
	return r;
}

static void put_tries(struct buf *b, const struct technicians_tries *k)
{
	buf_fmt(b, " %u %u %lld", k->wrong, k->locks, (long long)k->until_s);
}

int technicians_save(const char *path, const struct technicians *t,
    struct err *e)
{
	char text[FILE_MAX], hex[HEX_HASH + 1];
	struct buf b;
	int r;

	buf_init(&b, text, sizeof(text));
	wire_hex(t->key.bytes, sizeof(t->key.bytes), hex);
	buf_fmt(&b, FIRST_LINE "\nkey %s\nterminal", hex);
	put_tries(&b, &t->all);
	buf_byte(&b, '\n');
	for (size_t i = 0; i < t->count; i++) {
		wire_hex(t->item[i].hash, TECHNICIANS_HASH_BYTES, hex);
		buf_fmt(&b, "technician %s", hex);
		put_tries(&b, &t->item[i].tries);
		buf_fmt(&b, " %s %s\n", t->item[i].pin, t->item[i].name);
	}
	r = b.full ? err_set(e, -E2BIG, "technicians: too much for one file")
		   : state_write(path, "technicians", buf_view(&b), true, e);
	sodium_memzero(text, sizeof(text));
	sodium_memzero(hex, sizeof(hex));
	return r;
}
