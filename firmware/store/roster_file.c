#include "roster_file.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "state.h"

#define ROOT_FIRST "karcis-root 1\nroot "
enum {
	ROOT_FIRST_BYTES = sizeof(ROOT_FIRST) - 1,
	HEX_KEY = 2 * WIRE_PUBLIC_BYTES,
	ROOT_BYTES = ROOT_FIRST_BYTES + HEX_KEY + 1, /* line end */
	OLD_DEVICE = 65536,
	KIOSK_DEVICE = 1
};

static int judge(const char *path, const uint8_t root[WIRE_PUBLIC_BYTES],
    uint32_t office, const struct roster_text *t, struct err *e)
{
	char print[ROSTER_FINGERPRINT_TEXT];

	roster_fingerprint(t->root, print);
	if (memcmp(t->root, root, WIRE_PUBLIC_BYTES) != 0)
		return err_set(e, -EACCES,
		    "roster: %s is signed by %s, which is not trusted here",
		    path, print);
	if (t->office != office)
		return err_set(e, -EINVAL,
		    "roster: %s is of office %lu, the configuration says %lu",
		    path, (unsigned long)t->office, (unsigned long)office);
	return 0;
}

int roster_file_read(const char *path, const uint8_t root[WIRE_PUBLIC_BYTES],
    uint32_t office, struct roster_text *out, struct buf *text, struct err *e)
{
	char storage[ROSTER_TEXT_MAX];
	size_t len;
	int r;

	memset(out, 0, sizeof(*out));
	r = state_read(path, "roster", storage, sizeof(storage), &len, e);
	if (r == 0)
		r = roster_text_parse(str_of(storage, len), out, e);
	if (r == 0)
		r = judge(path, root, office, out, e);
	if (r == 0 && text != NULL)
		buf_put(text, storage, len);
	if (r < 0)
		memset(out, 0, sizeof(*out));
	return r;
}

int roster_file_load(const char *path, const uint8_t root[WIRE_PUBLIC_BYTES],
    uint32_t office, struct roster *out, struct err *e)
{
	struct roster_text t;
	int r = roster_file_read(path, root, office, &t, NULL, e);

	*out = t.roster;
	return r;
}

int roster_file_save(const char *path, struct str text, struct err *e)
{
	return state_write(path, "roster", text, true, e);
}

int roster_root_load(const char *path, uint8_t root[WIRE_PUBLIC_BYTES],
    struct err *e)
{
	char storage[ROOT_BYTES];
	struct str text;
	size_t len = 0;
	int r;

	memset(root, 0, WIRE_PUBLIC_BYTES);
	r = state_read(path, "roster", storage, sizeof(storage), &len, e);
	text = str_of(storage, len);
	if (r == -EFBIG ||
	    (r == 0 &&
		(!str_is(str_cut(text, 0, ROOT_FIRST_BYTES), ROOT_FIRST) ||
		    !wire_unhex(str_cut(text, ROOT_FIRST_BYTES, HEX_KEY), root,
			WIRE_PUBLIC_BYTES) ||
		    !str_is(str_cut(text, ROOT_FIRST_BYTES + HEX_KEY, len),
			"\n"))))
		r = err_set(e, -EBADMSG, "roster: %s does not hold a root key",
		    path);
	if (r < 0)
		memset(root, 0, WIRE_PUBLIC_BYTES);
	return r;
}

int roster_root_save(const char *path, const uint8_t root[WIRE_PUBLIC_BYTES],
    struct err *e)
{
	char storage[ROOT_BYTES], hex[HEX_KEY + 1];
	struct buf b;

	wire_hex(root, WIRE_PUBLIC_BYTES, hex);
	buf_init(&b, storage, sizeof(storage));
	buf_text(&b, ROOT_FIRST);
	buf_text(&b, hex);
	buf_byte(&b, '\n');
	return state_write(path, "roster", buf_view(&b), true, e);
}

/* ---- what a kiosk knows by itself ---- */

static void put_name(struct roster_device *d, const char *name)
{
	if (!str_copy(d->name, sizeof(d->name), str_from(name)))
		d->name[0] = '\0';
}

static void put_present(const struct keys *k, const char *name, uint8_t letter,
    struct roster_device *d)
{
	*d = (struct roster_device){.device = KIOSK_DEVICE,
	    .role = ROSTER_KIOSK,
	    .letter = letter,
	    .live = true,
	    .epoch = k->epoch,
	    .key_id = k->key_id};
	put_name(d, name);
	memcpy(d->ticket_key, k->ticket_public, TICKET_PUBLIC_BYTES);
}

/* Each rekey began one epoch; epochs that a hub gave may lie further apart. */
static uint32_t old_epoch(const struct keys *k, size_t i)
{
	return k->epoch > i + 1 ? k->epoch - 1 - (uint32_t)i : 1;
}

static void put_old(const struct keys *k, size_t i, const char *name,
    uint8_t letter, struct roster_device *d)
{
	const struct keys_old *o = &k->old[i];

	*d = (struct roster_device){.device = OLD_DEVICE + o->key_id,
	    .role = ROSTER_KIOSK,
	    .letter = letter,
	    .epoch = old_epoch(k, i),
	    .key_id = o->key_id,
	    .until_day = o->until_day,
	    .revoked = o->revoked};
	put_name(d, name);
	memcpy(d->ticket_key, o->ticket_public, TICKET_PUBLIC_BYTES);
}

void roster_of_kiosk(const struct keys *k, const char *name, uint8_t letter,
    const struct gates *g, struct roster *out)
{
	memset(out, 0, sizeof(*out));
	put_present(k, name, letter, &out->item[out->count++]);
	for (size_t i = 0; i < k->olds; i++)
		put_old(k, i, name, letter, &out->item[out->count++]);
	for (size_t i = 0; g != NULL && i < g->count; i++) {
		struct roster_device *d = &out->item[out->count];

		if (!g->item[i].live)
			continue;
		out->count++;
		*d = (struct roster_device){.device = g->item[i].device,
		    .role = ROSTER_GATE,
		    .live = true,
		    .epoch = 1};
		put_name(d, g->item[i].name);
	}
}

/* ---- secrets ---- */

int roster_seal(const struct keys *k, const uint8_t gate_key[WIRE_PUBLIC_BYTES],
    uint8_t box[ROSTER_BOX_BYTES], struct err *e)
{
	uint8_t secrets[ROSTER_SECRET_BYTES];
	uint8_t to[crypto_box_PUBLICKEYBYTES];
	int r = 0;

	_Static_assert(crypto_box_SEALBYTES + sizeof(secrets) ==
		ROSTER_BOX_BYTES,
	    "the box has its documented size");
	memcpy(secrets, k->office.bytes, KEY_BYTES);
	memcpy(secrets + KEY_BYTES, k->gate.bytes, KEY_BYTES);
	if (crypto_sign_ed25519_pk_to_curve25519(to, gate_key) != 0 ||
	    crypto_box_seal(box, secrets, sizeof(secrets), to) != 0)
		r = err_set(e, -EINVAL, "roster: a gate's key is no key");
	sodium_memzero(secrets, sizeof(secrets));
	return r;
}

bool roster_unseal(struct keys *k, const uint8_t box[ROSTER_BOX_BYTES],
    const uint8_t root[WIRE_PUBLIC_BYTES])
{
	uint8_t secrets[ROSTER_SECRET_BYTES];
	uint8_t public_key[crypto_box_PUBLICKEYBYTES];
	uint8_t secret[crypto_box_SECRETKEYBYTES];
	struct secret_key office, gate;
	bool ok;

	ok = crypto_sign_ed25519_pk_to_curve25519(public_key,
		 k->audit_public) == 0 &&
	    crypto_sign_ed25519_sk_to_curve25519(secret, k->audit_secret) ==
		0 &&
	    crypto_box_seal_open(secrets, box, ROSTER_BOX_BYTES, public_key,
		secret) == 0;
	if (ok) {
		memcpy(office.bytes, secrets, KEY_BYTES);
		memcpy(gate.bytes, secrets + KEY_BYTES, KEY_BYTES);
		keys_take_secrets(k, &office, &gate, root);
	}
	sodium_memzero(secrets, sizeof(secrets));
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(&office, sizeof(office));
	sodium_memzero(&gate, sizeof(gate));
	return ok;
}
