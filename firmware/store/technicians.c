#include "technicians.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "firmware/core/wire.h"
#include "officers.h"
#include "state.h"

_Static_assert(TECHNICIANS_PIN_HASH >= (int)crypto_pwhash_STRBYTES,
    "an Argon2id string fits");

enum { PASSES = 5, MEMORY_BYTES = 7168 * 1024 }; /* as TECHNICIANS_COST */

static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void hash_badge(const struct technicians *t, struct str badge,
    uint8_t out[TECHNICIANS_HASH_BYTES])
{
	crypto_generichash(out, TECHNICIANS_HASH_BYTES,
	    (const uint8_t *)badge.ptr, badge.len, t->key.bytes, KEY_BYTES);
}

static bool is_badge(struct str s)
{
	size_t prefix = sizeof(TECHNICIANS_PREFIX) - 1;

	if (s.len != prefix + TECHNICIANS_SYMBOLS ||
	    !str_is(str_cut(s, 0, prefix), TECHNICIANS_PREFIX))
		return false;
	for (size_t i = prefix; i < s.len; i++)
		if (memchr(symbols, s.ptr[i], sizeof(symbols) - 1) == NULL)
			return false;
	return true;
}

int technicians_find(const struct technicians *t, struct str badge)
{
	uint8_t hash[TECHNICIANS_HASH_BYTES];
	int found = -1;

	if (!is_badge(badge))
		return -1;
	hash_badge(t, badge, hash);
	/* All are compared, whether or not one was found. */
	for (int i = 0; i < t->count; i++)
		if (sodium_memcmp(hash, t->item[i].hash, sizeof(hash)) == 0)
			found = i;
	sodium_memzero(hash, sizeof(hash));
	return found;
}

int technicians_find_name(const struct technicians *t, struct str name)
{
	for (int i = 0; i < t->count; i++)
		if (str_is(name, t->item[i].name))
			return i;
	return -1;
}

/* ---- tries and locks ---- */

static int64_t lock_s(uint8_t locks)
{
	int64_t s = TECHNICIANS_LOCK_S;

	for (uint8_t i = 1; i < locks && s < TECHNICIANS_LOCK_MAX_S; i++)
		s *= 2;
	return s < TECHNICIANS_LOCK_MAX_S ? s : TECHNICIANS_LOCK_MAX_S;
}

static int64_t wait_s(const struct technicians_tries *k, int64_t now_s)
{
	int64_t longest = lock_s(k->locks);

	if (k->until_s <= now_s)
		return 0;
	/* Compared so that no file's number overflows. */
	return k->until_s > now_s + longest ? longest : k->until_s - now_s;
}

int64_t technicians_wait_s(const struct technicians *t, size_t who,
    int64_t now_s)
{
	int64_t all = wait_s(&t->all, now_s);
	int64_t own = who < t->count ? wait_s(&t->item[who].tries, now_s) : 0;

	return own > all ? own : all;
}

/* One more that is wrong until it is known to be right. */
static void count_try(struct technicians_tries *k, uint8_t most, int64_t now_s)
{
	k->until_s = 0;
	k->wrong++;
	if (k->wrong < most)
		return;
	k->wrong = 0;
	if (k->locks < UINT8_MAX)
		k->locks++;
	k->until_s = now_s + lock_s(k->locks);
}

/* After the clock was set back the lock's end is brought nearer for good. */
static int keep_lock(const char *path, struct technicians_tries *k,
    const struct technicians *t, int64_t now_s, struct err *e)
{
	int64_t wait = wait_s(k, now_s);

	if (wait == 0 || k->until_s == now_s + wait)
		return 0;
	k->until_s = now_s + wait;
	return technicians_save(path, t, e);
}

static int refuse_locked(const char *path, struct technicians *t, size_t who,
    int64_t now_s, struct technicians_answer *out, struct err *e)
{
	int r = keep_lock(path, &t->all, t, now_s, e);

	if (r == 0)
		r = keep_lock(path, &t->item[who].tries, t, now_s, e);
	if (r == 0)
		*out = (struct technicians_answer){TECHNICIANS_LOCKED, 0,
		    technicians_wait_s(t, who, now_s)};
	return r;
}

static bool pin_fits(const char *hash, struct str pin)
{
	return pin.len >= TECHNICIANS_PIN_MIN &&
	    pin.len <= TECHNICIANS_PIN_MAX &&
	    crypto_pwhash_str_verify(hash, pin.ptr, pin.len) == 0;
}

static uint8_t tries_left(const struct technicians *t, size_t who)
{
	int own = TECHNICIANS_TRIES - t->item[who].tries.wrong;
	int all = TECHNICIANS_TRIES_ALL - t->all.wrong;

	return (uint8_t)(own < all ? own : all);
}

int technicians_check(const char *path, struct technicians *t, size_t who,
    struct str pin, int64_t now_s, struct technicians_answer *out,
    struct err *e)
{
	int r;

	*out = (struct technicians_answer){0};
	if (who >= t->count)
		return err_set(e, -EINVAL, "technicians: there is no such one");
	if (technicians_wait_s(t, who, now_s) > 0)
		return refuse_locked(path, t, who, now_s, out, e);
	count_try(&t->item[who].tries, TECHNICIANS_TRIES, now_s);
	count_try(&t->all, TECHNICIANS_TRIES_ALL, now_s);
	r = technicians_save(path, t, e);
	if (r < 0)
		return r;
	if (!pin_fits(t->item[who].pin, pin)) {
		out->word = TECHNICIANS_WRONG;
		out->wait_s = technicians_wait_s(t, who, now_s);
		out->left = out->wait_s > 0 ? 0 : tries_left(t, who);
		return 0;
	}
	t->item[who].tries = t->all = (struct technicians_tries){0};
	r = technicians_save(path, t, e);
	if (r == 0)
		out->word = TECHNICIANS_RIGHT;
	return r;
}

void technicians_forget_tries(struct technicians *t)
{
	t->all = (struct technicians_tries){0};
	for (size_t i = 0; i < t->count; i++)
		t->item[i].tries = (struct technicians_tries){0};
}

/* ---- PINs ---- */

bool technicians_is_pin(struct str pin)
{
	bool same = true, up = true, down = true;

	if (pin.len < TECHNICIANS_PIN_MIN || pin.len > TECHNICIANS_PIN_MAX)
		return false;
	for (size_t i = 0; i < pin.len; i++) {
		int step = i == 0 ? 0 : pin.ptr[i] - pin.ptr[i - 1];

		if (pin.ptr[i] < '0' || pin.ptr[i] > '9')
			return false;
		same = same && step == 0;
		up = up && (i == 0 || step == 1);
		down = down && (i == 0 || step == -1);
	}
	return !same && !up && !down;
}

int technicians_hash_pin(struct str pin, char out[TECHNICIANS_PIN_HASH],
    struct err *e)
{
	memset(out, 0, TECHNICIANS_PIN_HASH);
	if (sodium_init() < 0)
		return err_set(e, -EIO,
		    "technicians: libsodium does not start");
	if (!technicians_is_pin(pin))
		return err_set(e, -EINVAL,
		    "technicians: a PIN has 6 to 10 digits, not all the same "
		    "and not in a row");
	if (crypto_pwhash_str(out, pin.ptr, pin.len, PASSES, MEMORY_BYTES) != 0)
		return err_set(e, -ENOMEM,
		    "technicians: no memory to hash a PIN");
	return 0;
}

/* A cost of our own, and nothing that would break the line. */
static bool is_pin_hash(struct str s)
{
	size_t prefix = sizeof(TECHNICIANS_COST) - 1;

	if (s.len <= prefix || s.len >= TECHNICIANS_PIN_HASH ||
	    !str_is(str_cut(s, 0, prefix), TECHNICIANS_COST))
		return false;
	for (size_t i = prefix; i < s.len; i++)
		if (s.ptr[i] <= ' ' || (uint8_t)s.ptr[i] > '~')
			return false;
	return true;
}

/* ---- who there is ---- */

/* 32 symbols divide 256 evenly, so each byte's low five bits are uniform. */
static void draw_badge(char badge[TECHNICIANS_BADGE])
{
	uint8_t bits[TECHNICIANS_SYMBOLS];
	struct buf b;

	randombytes_buf(bits, sizeof(bits));
	buf_init(&b, badge, TECHNICIANS_BADGE);
	buf_text(&b, TECHNICIANS_PREFIX);
	for (size_t i = 0; i < sizeof(bits); i++)
		buf_byte(&b, (unsigned char)symbols[bits[i] & 31]);
	buf_byte(&b, '\0');
	sodium_memzero(bits, sizeof(bits));
}

static int may_add(const struct technicians *t, struct str name, struct str pin,
    struct err *e)
{
	if (sodium_init() < 0)
		return err_set(e, -EIO,
		    "technicians: libsodium does not start");
	if (!officers_is_name(name))
		return err_set(e, -EINVAL,
		    "technicians: a name has 1 to 23 bytes, no control "
		    "characters and no space at its ends");
	if (!is_pin_hash(pin))
		return err_set(e, -EINVAL,
		    "technicians: not an Argon2id string of this version");
	if (technicians_find_name(t, name) >= 0)
		return err_set(e, -EEXIST,
		    "technicians: %.*s has a badge; remove it first",
		    (int)name.len, name.ptr);
	if (t->count == TECHNICIANS)
		return err_set(e, -ENOSPC, "technicians: there are %d already",
		    TECHNICIANS);
	return 0;
}

int technicians_add(struct technicians *t, struct str name, struct str pin,
    char badge[TECHNICIANS_BADGE], struct err *e)
{
	int r = may_add(t, name, pin, e);

	badge[0] = '\0';
	if (r < 0)
		return r;
	if (t->count == 0)
		randombytes_buf(t->key.bytes, sizeof(t->key.bytes));
	draw_badge(badge);
	memset(&t->item[t->count], 0, sizeof(t->item[0]));
	if (!str_copy(t->item[t->count].name, PASS_OFFICER, name) ||
	    !str_copy(t->item[t->count].pin, TECHNICIANS_PIN_HASH, pin))
		return err_set(e, -EINVAL, "technicians: it is too long");
	hash_badge(t, str_from(badge), t->item[t->count].hash);
	t->count++;
	return 0;
}

int technicians_set_pin(struct technicians *t, struct str name, struct str pin,
    struct err *e)
{
	int who = technicians_find_name(t, name);

	if (who < 0)
		return err_set(e, -ENOENT, "technicians: there is no %.*s",
		    (int)name.len, name.ptr);
	if (!is_pin_hash(pin) ||
	    !str_copy(t->item[who].pin, TECHNICIANS_PIN_HASH, pin))
		return err_set(e, -EINVAL,
		    "technicians: not an Argon2id string of this version");
	t->item[who].tries = (struct technicians_tries){0};
	return 0;
}

bool technicians_unlock(struct technicians *t, struct str name)
{
	int who = technicians_find_name(t, name);

	if (who < 0)
		return false;
	t->item[who].tries = t->all = (struct technicians_tries){0};
	return true;
}

bool technicians_remove(struct technicians *t, struct str name)
{
	int who = technicians_find_name(t, name);

	if (who < 0)
		return false;
	t->count--;
	memmove(&t->item[who], &t->item[who + 1],
	    sizeof(t->item[0]) * (size_t)(t->count - who));
	sodium_memzero(&t->item[t->count], sizeof(t->item[0]));
	return true;
}

void technicians_fini(struct technicians *t)
{
	if (t != NULL)
		sodium_memzero(t, sizeof(*t));
}
