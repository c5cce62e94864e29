/* Enrolment: a token, once, becomes a device with keys, a letter and an
 * epoch. */
#include "hub_call.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "hub_json.h"

enum {
	TOKEN_BYTES = 16,
	KEY_IDS = 65536,
	FIRST_LETTER = 19, /* S */
	LAST_LETTER = 26,
	HEX_KEY = 2 * WIRE_PUBLIC_BYTES + 1,
	SEALED_BYTES = 2 * KEY_BYTES + crypto_box_SEALBYTES,
	SEALED_BASE64 = (SEALED_BYTES + 2) / 3 * 4 + 1
};

/* What the device sends. */
struct wish {
	uint8_t token[TOKEN_BYTES];
	uint8_t request_key[WIRE_PUBLIC_BYTES];
	uint8_t ticket_key[WIRE_PUBLIC_BYTES];
	char name[HUB_NAME];
	char token_hash[HEX_KEY];
	uint8_t box_key[crypto_box_PUBLICKEYBYTES];
};

struct token {
	uint32_t office, device;
	enum hub_role role;
	char name[HUB_NAME];
	int64_t expires_s;
	uint8_t request_key[WIRE_PUBLIC_BYTES];
	bool bound;
};

void hub_token_hash(const uint8_t token[16], char out[65])
{
	uint8_t hash[32];

	crypto_generichash(hash, sizeof(hash), token, TOKEN_BYTES, NULL, 0);
	wire_hex(hash, sizeof(hash), out);
}

/* NULL, or what is wrong. */
static const char *read_wish(const json_t *o, struct wish *w)
{
	struct str name;

	if (!hub_json_hex(o, "token", w->token, sizeof(w->token)))
		return "token: not 32 hexadecimal digits";
	if (!hub_json_hex(o, "request_key", w->request_key,
		sizeof(w->request_key)))
		return "request_key: not 64 hexadecimal digits";
	if (!hub_json_hex(o, "ticket_key", w->ticket_key,
		sizeof(w->ticket_key)))
		return "ticket_key: not 64 hexadecimal digits";
	if (!hub_json_text(o, "name", &name) ||
	    !str_copy(w->name, sizeof(w->name), name))
		return "name: not a text of up to 31 bytes";
	if (crypto_sign_ed25519_pk_to_curve25519(w->box_key, w->request_key) !=
	    0)
		return "request_key: not an Ed25519 key";
	hub_token_hash(w->token, w->token_hash);
	return NULL;
}

static bool read_token(struct hub_db *db, struct token *t)
{
	struct str key = hub_db_text(db, 4);

	memset(t, 0, sizeof(*t));
	t->office = (uint32_t)hub_db_int(db, 0);
	t->role = (enum hub_role)hub_db_int(db, 1);
	t->expires_s = hub_db_int(db, 3);
	t->device = (uint32_t)hub_db_int(db, 5);
	t->bound = key.len > 0;
	return str_copy(t->name, sizeof(t->name), hub_db_text(db, 2)) &&
	    (!t->bound ||
		wire_unhex(key, t->request_key, sizeof(t->request_key)));
}

/* The office as its devices are: what is taken already. */
struct taken {
	uint8_t key_ids[KEY_IDS / 8];
	uint32_t letters; /* bit = letter */
};

static int read_taken(struct hub_call *c, uint32_t office, int32_t today,
    int32_t offset_s, struct taken *out, struct err *e)
{
	const struct hub_arg arg = hub_n(office);
	struct hub_device d;
	int r = hub_db_ask(c->db, HUB_SQL_DEVICE_OFFICE, &arg, 1, e);

	if (r == 0)
		r = hub_db_next(c->db, e);
	while (r == 0 && (r = hub_db_row(c->db, e)) == 1) {
		r = 0;
		if (!hub_device_read(c->db, &d))
			return err_set(e, -EIO,
			    "hub: a device's row is no good");
		out->key_ids[d.key_id / 8] |= (uint8_t)(1u << d.key_id % 8);
		/* A letter rests for the day on which it was given back. */
		if (d.closed_s == 0 ||
		    civil_local(d.closed_s, offset_s).day >= today)
			out->letters |= 1u << d.letter;
	}
	return r;
}

static uint8_t free_letter(uint32_t taken)
{
	for (uint8_t l = FIRST_LETTER; l <= LAST_LETTER; l++)
		if ((taken >> l & 1) == 0)
			return l;
	return 0;
}

/* An office has a few devices and 65535 ids: a free one comes soon. */
static uint16_t free_key_id(const struct taken *t)
{
	for (int i = 0; i < KEY_IDS; i++) {
		uint16_t id = (uint16_t)(1 + randombytes_uniform(KEY_IDS - 1));

		if ((t->key_ids[id / 8] >> id % 8 & 1) == 0)
			return id;
	}
	return 0;
}

/* Closes who has the name; *epoch is the next one. */
static int close_earlier(struct hub_call *c, const struct token *t,
    uint32_t *epoch, struct err *e)
{
	const struct hub_arg args[] = {hub_n(t->office), hub_t(t->name),
	    hub_n(c->q->now_s)};
	struct hub_device d;
	int r = hub_db_ask(c->db, HUB_SQL_DEVICE_NAMED, args, 2, e);

	*epoch = 1;
	if (r == 0)
		r = hub_db_next(c->db, e);
	while (r == 0 && (r = hub_db_row(c->db, e)) == 1) {
		r = 0;
		if (hub_device_read(c->db, &d) && d.epoch >= *epoch)
			*epoch = d.epoch + 1;
	}
	return r < 0 ? r : hub_db_run(c->db, HUB_SQL_DEVICE_CLOSE, args, 3, e);
}

static int add_device(struct hub_call *c, const struct wish *w,
    const struct hub_device *d, struct err *e)
{
	char request_key[HEX_KEY], ticket_key[HEX_KEY];
	int r;

	wire_hex(d->request_key, WIRE_PUBLIC_BYTES, request_key);
	wire_hex(d->ticket_key, WIRE_PUBLIC_BYTES, ticket_key);
	r = hub_db_run(c->db, HUB_SQL_DEVICE_ADD,
	    HUB_ARGS(hub_n(d->device), hub_n(d->office), hub_t(d->name),
		hub_n(d->role), hub_n(d->letter), hub_n(d->epoch),
		hub_n(d->key_id), hub_t(request_key), hub_t(ticket_key),
		hub_n(c->q->now_s)),
	    e);
	if (r == 0)
		r = hub_db_run(c->db, HUB_SQL_TOKEN_BIND,
		    HUB_ARGS(hub_t(w->token_hash), hub_t(request_key),
			hub_n(d->device)),
		    e);
	if (r == 0)
		r = hub_db_run(c->db, HUB_SQL_OFFICE_ROSTER,
		    HUB_ARGS(hub_n(d->office)), e);
	return r;
}

static int next_number(struct hub_call *c, uint32_t *out, struct err *e)
{
	int r = hub_db_one(c->db, HUB_SQL_DEVICE_LAST, NULL, 0, e);
	int64_t last;

	if (r < 0)
		return r;
	last = r == 1 ? hub_db_int(c->db, 0) : 0;
	if (last >= UINT32_MAX)
		return err_set(e, -ERANGE, "hub: no device number is left");
	*out = (uint32_t)last + 1;
	return 0;
}

/* Devices before their office: the order in which all lock. 1 = *d is a new
 * device, 0 = refused. */
static int make_device(struct hub_call *c, const struct wish *w,
    const struct token *t, struct hub_device *d, struct err *e)
{
	struct taken taken = {.letters = 0};
	int32_t offset_s;
	int r;

	memset(d, 0, sizeof(*d));
	r = close_earlier(c, t, &d->epoch, e);
	if (r == 0)
		r = hub_db_one(c->db, HUB_SQL_OFFICE_LOCK,
		    HUB_ARGS(hub_n(t->office)), e);
	if (r <= 0)
		return r < 0
		    ? r
		    : hub_refuse(c, 403, "token", "its office is no more");
	offset_s = (int32_t)hub_db_int(c->db, 2);
	r = read_taken(c, t->office, civil_local(c->q->now_s, offset_s).day,
	    offset_s, &taken, e);
	if (r == 0)
		r = next_number(c, &d->device, e);
	if (r < 0)
		return r;
	d->letter = t->role == HUB_KIOSK ? free_letter(taken.letters) : 0;
	if (t->role == HUB_KIOSK && d->letter == 0)
		return hub_refuse(c, 409, "no_letter",
		    "the letters S to Z are all in use today");
	d->key_id = t->role == HUB_CHANNEL ? 0 : free_key_id(&taken);
	d->office = t->office;
	d->role = t->role;
	memcpy(d->name, t->name, sizeof(d->name));
	memcpy(d->request_key, w->request_key, sizeof(d->request_key));
	memcpy(d->ticket_key, w->ticket_key, sizeof(d->ticket_key));
	r = add_device(c, w, d, e);
	return r < 0 ? r : 1;
}

/* The device of a token that was used: 1, 0 = refused. */
static int known_device(struct hub_call *c, const struct wish *w,
    const struct token *t, struct hub_device *d, struct err *e)
{
	int r;

	if (memcmp(t->request_key, w->request_key, WIRE_PUBLIC_BYTES) != 0)
		return hub_refuse(c, 403, "token",
		    "another device used this token");
	r = hub_db_one(c->db, HUB_SQL_DEVICE_GET, HUB_ARGS(hub_n(t->device)),
	    e);
	if (r < 0)
		return r;
	if (r == 0 || !hub_device_read(c->db, d))
		return err_set(e, -EIO, "hub: a device's row is no good");
	if (d->closed_s != 0)
		return hub_refuse(c, 403, "token",
		    "the device of this token was closed");
	if (memcmp(d->ticket_key, w->ticket_key, WIRE_PUBLIC_BYTES) != 0)
		return hub_refuse(c, 403, "token",
		    "this token was used with another ticket key");
	return 1;
}

static bool seal(const struct hub_call *c, const struct wish *w,
    const struct hub_device *d, char out[SEALED_BASE64])
{
	struct secret_key keys[2];
	uint8_t plain[2 * KEY_BYTES], sealed[SEALED_BYTES];
	bool ok;

	out[0] = '\0';
	/* A booking channel hashes nothing and opens no gate. */
	if (d->role == HUB_CHANNEL)
		return true;
	hub_office_keys(c->hub, d->office, &keys[0], &keys[1]);
	memcpy(plain, keys[0].bytes, KEY_BYTES);
	memcpy(plain + KEY_BYTES, keys[1].bytes, KEY_BYTES);
	ok = crypto_box_seal(sealed, plain, sizeof(plain), w->box_key) == 0;
	if (ok)
		wire_base64(sealed, sizeof(sealed), out);
	sodium_memzero(plain, sizeof(plain));
	sodium_memzero(keys, sizeof(keys));
	return ok;
}

static int answer(struct hub_call *c, const struct wish *w,
    const struct hub_device *d, struct err *e)
{
	char sealed[SEALED_BASE64];
	const char letter[2] = {
	    d->letter == 0 ? '\0' : (char)('A' + d->letter - 1), '\0'};
	struct hub_text body = {0};

	if (!seal(c, w, d, sealed))
		return err_set(e, -EIO, "hub: keys could not be sealed");
	hub_text_fmt(&body,
	    "{\"device\": %lu, \"office\": %lu, \"role\": \"%s\"",
	    (unsigned long)d->device, (unsigned long)d->office,
	    hub_role_word(d->role));
	hub_text_str(&body, ", \"name\": ");
	hub_text_quote(&body, str_from(d->name));
	hub_text_fmt(&body,
	    ", \"letter\": \"%s\", \"epoch\": %lu, \"key_id\": %u, "
	    "\"hub_key\": ",
	    letter, (unsigned long)d->epoch, (unsigned)d->key_id);
	hub_text_hex(&body, c->hub->keys.public_key, WIRE_PUBLIC_BYTES);
	hub_text_fmt(&body, ", \"sealed\": \"%s\", \"time\": %lld}", sealed,
	    (long long)c->q->now_s);
	return hub_reply(c, 200, &body, e);
}

/* With the token's row locked. */
static int use_token(struct hub_call *c, const struct wish *w, struct err *e)
{
	struct hub_device d = {0};
	struct token t;
	int r;

	if (!read_token(c->db, &t))
		return err_set(e, -EIO, "hub: a token's row is no good");
	if (!t.bound && c->q->now_s >= t.expires_s)
		return hub_refuse(c, 403, "token", "this token is too old");
	if (strcmp(t.name, w->name) != 0)
		return hub_refuse(c, 403, "token",
		    "this token is for another name");
	r = t.bound ? known_device(c, w, &t, &d, e)
		    : make_device(c, w, &t, &d, e);
	if (r <= 0)
		return r;
	r = answer(c, w, &d, e);
	if (r == 0 && !t.bound)
		hub_changed(&c->changes, c->db, t.office, HUB_DAY_ALL);
	return r < 0 ? r : hub_db_commit(c->db, e);
}

static int enrol(struct hub_call *c, const json_t *o, struct err *e)
{
	struct wish w;
	const char *why = read_wish(o, &w);
	int r;

	if (why != NULL)
		return hub_refuse(c, 400, "bad_request", why);
	if (!hub_enrol_signed(c->q, w.request_key))
		return hub_refuse(c, 401, "unsigned",
		    "not signed with its request key, as device 0, counter 0");
	r = hub_db_begin(c->db, HUB_DB_WRITE, e);
	if (r == 0)
		r = hub_db_one(c->db, HUB_SQL_TOKEN_LOCK,
		    HUB_ARGS(hub_t(w.token_hash)), e);
	if (r < 0)
		return r;
	if (r == 0)
		return hub_refuse(c, 403, "token", "this token is not known");
	return use_token(c, &w, e);
}

int hub_enrol(struct hub_call *c, struct err *e)
{
	json_t *o;
	int r;

	if (!str_is(c->q->method, "POST"))
		return hub_refuse(c, 405, "method", "not with this method");
	if (c->q->body.len > WIRE_BODY_MAX)
		return hub_refuse(c, 413, "too_large",
		    "at most 1048576 bytes in one request");
	if (!hub_call_json(c, &o))
		return 0;
	r = enrol(c, o, e);
	json_decref(o);
	return r;
}
