#include "keys.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "firmware/core/wire.h"
#include "state.h"

/*
 * The file, version 1, is text: the line "karcis-keys 1", then one line
 * "name hex" per value, then one line "old_ticket hex" (u16 key id, public
 * key) per earlier key, newest first, one line "old_day hex" (u16 key id, i32
 * last day, u8 revoked) per earlier key of which that is known, and, where a
 * roster brought the office's keys, "secrets_of hex". Every name but the two
 * stands once. Files of before 0.5 have neither old_day nor secrets_of.
 */
#define FIRST_LINE "karcis-keys 1"
enum {
	FILE_MAX = 4096,
	OLD_BYTES = 2 + TICKET_PUBLIC_BYTES,
	OLD_DAY_BYTES = 2 + 4 + 1
};

struct value {
	const char *name;
	uint8_t *bytes;
	size_t len;
};
enum { VALUES = 10, SECRETS_SEEN = VALUES };

/* Where each line's bytes go; numbers pass through big-endian bytes. */
struct numbers {
	uint8_t key_id[2], epoch[4];
};

static void values_of(struct keys *k, struct numbers *n,
    struct value out[VALUES])
{
	const struct value all[VALUES] = {
	    {"office", k->office.bytes, sizeof(k->office.bytes)},
	    {"gate", k->gate.bytes, sizeof(k->gate.bytes)},
	    {"ticket_secret", k->ticket_secret, sizeof(k->ticket_secret)},
	    {"audit_secret", k->audit_secret, sizeof(k->audit_secret)},
	    {"audit_public", k->audit_public, sizeof(k->audit_public)},
	    {"machine", k->fingerprint[KEYS_MACHINE], FINGERPRINT_BYTES},
	    {"file_system", k->fingerprint[KEYS_FILE_SYSTEM],
		FINGERPRINT_BYTES},
	    {"disk", k->fingerprint[KEYS_DISK], FINGERPRINT_BYTES},
	    {"key_id", n->key_id, sizeof(n->key_id)},
	    {"epoch", n->epoch, sizeof(n->epoch)},
	};

	memcpy(out, all, sizeof(all));
}

static uint32_t be(const uint8_t *bytes, size_t len)
{
	uint32_t v = 0;

	while (len-- > 0)
		v = v << 8 | *bytes++;
	return v;
}

static void fingerprint(struct str part, uint8_t out[FINGERPRINT_BYTES])
{
	memset(out, 0, FINGERPRINT_BYTES);
	if (part.len > 0)
		crypto_generichash(out, FINGERPRINT_BYTES,
		    (const uint8_t *)part.ptr, part.len,
		    (const uint8_t *)"karcis-machine-v1", 17);
}

static void belong(struct keys *k, struct keys_place place)
{
	for (int i = 0; i < KEYS_PARTS; i++)
		fingerprint(place.part[i], k->fingerprint[i]);
}

/* Any but 0 and those of earlier keys. */
static uint16_t draw_key_id(const struct keys *k)
{
	uint16_t id;

	do
		id = (uint16_t)(1 + randombytes_uniform(UINT16_MAX));
	while (keys_public(k, id) != NULL);
	return id;
}

int keys_draw(struct keys *out, struct keys_place place, struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (sodium_init() < 0)
		return err_set(e, -EIO, "keys: libsodium does not start");
	randombytes_buf(out->office.bytes, sizeof(out->office.bytes));
	randombytes_buf(out->gate.bytes, sizeof(out->gate.bytes));
	out->key_id = draw_key_id(out);
	crypto_sign_keypair(out->ticket_public, out->ticket_secret);
	crypto_sign_keypair(out->audit_public, out->audit_secret);
	out->epoch = 1;
	belong(out, place);
	return 0;
}

int keys_rekey(struct keys *k, struct keys_place place, struct err *e)
{
	struct keys_old now = {.key_id = k->key_id};

	if (sodium_init() < 0)
		return err_set(e, -EIO, "keys: libsodium does not start");
	memcpy(now.ticket_public, k->ticket_public, TICKET_PUBLIC_BYTES);
	memmove(&k->old[1], &k->old[0], sizeof(k->old[0]) * (KEYS_OLD - 1));
	k->old[0] = now;
	if (k->olds < KEYS_OLD)
		k->olds++;
	k->key_id = draw_key_id(k);
	crypto_sign_keypair(k->ticket_public, k->ticket_secret);
	k->epoch++;
	belong(k, place);
	return 0;
}

void keys_enrolled(struct keys *k, const struct secret_key *office,
    const struct secret_key *gate, uint16_t key_id, uint32_t epoch)
{
	k->office = *office;
	k->gate = *gate;
	memset(k->secrets_of, 0, sizeof(k->secrets_of));
	k->key_id = key_id;
	/* The journal's epochs only go up. */
	k->epoch = epoch > k->epoch ? epoch : k->epoch;
}

static struct keys_old *find_old(struct keys *k, uint16_t key_id)
{
	for (size_t i = 0; i < k->olds; i++)
		if (k->old[i].key_id == key_id)
			return &k->old[i];
	return NULL;
}

void keys_end_old(struct keys *k, int32_t day)
{
	if (k->olds > 0)
		k->old[0].until_day = day;
}

enum keys_revoke keys_revoke(struct keys *k, uint16_t key_id)
{
	struct keys_old *o = find_old(k, key_id);

	if (key_id != 0 && key_id == k->key_id)
		return KEYS_REVOKE_PRESENT;
	if (o == NULL)
		return KEYS_REVOKE_UNKNOWN;
	if (o->revoked)
		return KEYS_REVOKED_BEFORE;
	o->revoked = true;
	return KEYS_REVOKED;
}

void keys_take_secrets(struct keys *k, const struct secret_key *office,
    const struct secret_key *gate, const uint8_t root[TICKET_PUBLIC_BYTES])
{
	k->office = *office;
	k->gate = *gate;
	wire_fingerprint(root, k->secrets_of);
}

bool keys_secrets_of(const struct keys *k,
    const uint8_t root[TICKET_PUBLIC_BYTES])
{
	uint8_t print[KEYS_ROOT_BYTES];

	wire_fingerprint(root, print);
	return memcmp(print, k->secrets_of, sizeof(print)) == 0;
}

enum keys_part keys_moved(const struct keys *k, struct keys_place place)
{
	struct keys now;

	belong(&now, place);
	for (int i = 0; i < KEYS_PARTS; i++)
		if (!sodium_is_zero(now.fingerprint[i], FINGERPRINT_BYTES) &&
		    !sodium_is_zero(k->fingerprint[i], FINGERPRINT_BYTES) &&
		    memcmp(now.fingerprint[i], k->fingerprint[i],
			FINGERPRINT_BYTES) != 0)
			return (enum keys_part)i;
	return KEYS_PARTS;
}

const uint8_t *keys_public(const struct keys *k, uint16_t key_id)
{
	size_t i;

	if (key_id == 0)
		return NULL;
	if (key_id == k->key_id)
		return k->ticket_public;
	for (i = 0; i < k->olds; i++)
		if (k->old[i].key_id == key_id)
			return k->old[i].ticket_public;
	return NULL;
}

void keys_fini(struct keys *k)
{
	if (k != NULL)
		sodium_memzero(k, sizeof(*k));
}

static void put_line(struct buf *b, const char *name, const uint8_t *bytes,
    size_t len)
{
	char hex[2 * TICKET_SECRET_BYTES + 1];

	sodium_bin2hex(hex, sizeof(hex), bytes, len);
	buf_text(b, name);
	buf_byte(b, ' ');
	buf_text(b, hex);
	buf_byte(b, '\n');
	sodium_memzero(hex, sizeof(hex));
}

static void put_olds(const struct keys *k, struct buf *b)
{
	uint8_t bytes[OLD_BYTES];
	struct buf old;

	for (size_t i = 0; i < k->olds; i++) {
		buf_init(&old, bytes, sizeof(bytes));
		buf_be(&old, k->old[i].key_id, 2);
		buf_put(&old, k->old[i].ticket_public, TICKET_PUBLIC_BYTES);
		put_line(b, "old_ticket", old.ptr, old.len);
	}
	for (size_t i = 0; i < k->olds; i++) {
		if (k->old[i].until_day == 0 && !k->old[i].revoked)
			continue;
		buf_init(&old, bytes, sizeof(bytes));
		buf_be(&old, k->old[i].key_id, 2);
		buf_be(&old, (uint32_t)k->old[i].until_day, 4);
		buf_byte(&old, k->old[i].revoked);
		put_line(b, "old_day", old.ptr, old.len);
	}
}

static void write_text(const struct keys *k, struct buf *b)
{
	struct keys copy = *k;
	struct numbers n;
	struct value v[VALUES];
	struct buf old;
	size_t i;

	n.key_id[0] = (uint8_t)(k->key_id >> 8);
	n.key_id[1] = (uint8_t)(k->key_id & 0xff);
	buf_init(&old, n.epoch, sizeof(n.epoch));
	buf_be(&old, k->epoch, sizeof(n.epoch));
	values_of(&copy, &n, v);
	buf_text(b, FIRST_LINE "\n");
	for (i = 0; i < VALUES; i++)
		put_line(b, v[i].name, v[i].bytes, v[i].len);
	put_olds(k, b);
	if (!sodium_is_zero(k->secrets_of, sizeof(k->secrets_of)))
		put_line(b, "secrets_of", k->secrets_of, sizeof(k->secrets_of));
	keys_fini(&copy);
}

static bool read_hex(struct str hex, uint8_t *out, size_t len)
{
	size_t got = 0;

	return hex.len == 2 * len &&
	    sodium_hex2bin(out, len, hex.ptr, hex.len, NULL, &got, NULL) == 0 &&
	    got == len;
}

static bool read_old(struct keys *k, struct str hex)
{
	uint8_t bytes[OLD_BYTES];
	struct keys_old *o = &k->old[k->olds];

	if (k->olds == KEYS_OLD || !read_hex(hex, bytes, sizeof(bytes)))
		return false;
	o->key_id = (uint16_t)be(bytes, 2);
	memcpy(o->ticket_public, bytes + 2, TICKET_PUBLIC_BYTES);
	k->olds++;
	return true;
}

/* Of an earlier key that the file has named above. */
static bool read_old_day(struct keys *k, struct str hex)
{
	uint8_t bytes[OLD_DAY_BYTES];
	struct keys_old *o;

	if (!read_hex(hex, bytes, sizeof(bytes)) || bytes[6] > 1)
		return false;
	o = find_old(k, (uint16_t)be(bytes, 2));
	if (o == NULL || o->until_day != 0 || o->revoked)
		return false;
	o->until_day = (int32_t)be(bytes + 2, 4);
	o->revoked = bytes[6] == 1;
	return o->until_day > 0 || (o->until_day == 0 && o->revoked);
}

static bool read_secrets_of(struct keys *k, struct str hex, unsigned *seen)
{
	bool first = (*seen & 1u << SECRETS_SEEN) == 0;

	*seen |= 1u << SECRETS_SEEN;
	return first && read_hex(hex, k->secrets_of, sizeof(k->secrets_of));
}

/* One "name hex" line; *seen has a bit per value. */
static bool read_line(struct keys *k, struct value v[VALUES], struct str line,
    unsigned *seen)
{
	struct str name;
	unsigned i;

	if (!str_split(&line, ' ', &name) || line.ptr == NULL)
		return false;
	if (str_is(name, "old_ticket"))
		return read_old(k, line);
	if (str_is(name, "old_day"))
		return read_old_day(k, line);
	if (str_is(name, "secrets_of"))
		return read_secrets_of(k, line, seen);
	for (i = 0; i < VALUES; i++) {
		if (!str_is(name, v[i].name) || (*seen & 1u << i) != 0)
			continue;
		*seen |= 1u << i;
		return read_hex(line, v[i].bytes, v[i].len);
	}
	return false;
}

static int read_text(const char *path, struct keys *k, struct str text,
    struct err *e)
{
	struct numbers n = {{0}, {0}};
	struct value v[VALUES];
	struct str line;
	unsigned seen = 0;
	int at = 0;

	values_of(k, &n, v);
	while (str_split(&text, '\n', &line)) {
		at++;
		if (text.ptr == NULL && line.len == 0)
			break;
		if (at == 1 ? !str_is(line, FIRST_LINE)
			    : !read_line(k, v, line, &seen))
			return err_set(e, -EBADMSG,
			    "keys: %s:%d: not a line of a keys file", path, at);
	}
	k->key_id = (uint16_t)be(n.key_id, sizeof(n.key_id));
	k->epoch = be(n.epoch, sizeof(n.epoch));
	seen |= 1u << SECRETS_SEEN;
	if (seen != (1u << (VALUES + 1)) - 1 || k->key_id == 0 || k->epoch == 0)
		return err_set(e, -EBADMSG, "keys: %s is not complete", path);
	crypto_sign_ed25519_sk_to_pk(k->ticket_public, k->ticket_secret);
	return 0;
}

int keys_load(const char *path, struct keys *out, struct err *e)
{
	char text[FILE_MAX];
	size_t len;
	int r;

	memset(out, 0, sizeof(*out));
	if (sodium_init() < 0)
		return err_set(e, -EIO, "keys: libsodium does not start");
	r = state_read(path, "keys", text, sizeof(text), &len, e);
	if (r == 0)
		r = read_text(path, out, str_of(text, len), e);
	sodium_memzero(text, sizeof(text));
	if (r < 0)
		keys_fini(out);
	return r;
}

static int save(const char *path, const struct keys *k, bool replace,
    struct err *e)
{
	uint8_t storage[FILE_MAX];
	struct buf b;
	int r;

	buf_init(&b, storage, sizeof(storage));
	write_text(k, &b);
	r = state_write(path, "keys", buf_view(&b), replace, e);
	sodium_memzero(storage, sizeof(storage));
	return r;
}

int keys_save(const char *path, const struct keys *k, struct err *e)
{
	return save(path, k, true, e);
}

int keys_create(const char *path, struct keys_place place, struct keys *out,
    struct err *e)
{
	int r;

	r = keys_draw(out, place, e);
	if (r == 0)
		r = save(path, out, false, e);
	if (r < 0)
		keys_fini(out);
	return r;
}
