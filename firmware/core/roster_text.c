#include "roster_text_inner.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "civil.h"

enum {
	HEX_KEY = 2 * WIRE_PUBLIC_BYTES,
	HEX_SIGNATURE = 2 * WIRE_SIGNATURE_BYTES,
	BASE64_BOX = (ROSTER_BOX_BYTES + 2) / 3 * 4
};

const char *const roster_role_word[] = {
    [ROSTER_UNSET] = "", [ROSTER_KIOSK] = "kiosk", [ROSTER_GATE] = "gate"};

bool roster_is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= 'a' && s.ptr[i] <= 'z') &&
		    !(s.ptr[i] >= '0' && s.ptr[i] <= '9') && s.ptr[i] != '-')
			return false;
	return s.len > 0 && s.len < CLAIM_NAME;
}

enum roster_kind roster_text_kind(struct str text)
{
	struct str first;

	if (!str_split(&text, '\n', &first) || !str_split(&first, ' ', &text))
		return ROSTER_KIND_UNSET;
	if (str_is(text, "karcis-roster"))
		return ROSTER_KIND_ROSTER;
	return str_is(text, "karcis-gate") ? ROSTER_KIND_GATE
					   : ROSTER_KIND_UNSET;
}

bool roster_signed_text(const char *domain, struct str text, struct buf *b)
{
	buf_text(b, domain);
	buf_str(b, text);
	return !b->full;
}

static int put_signature(const char *domain,
    const uint8_t secret[WIRE_SECRET_BYTES], struct buf *out, struct err *e)
{
	uint8_t whole[ROSTER_SIGNED_MAX];
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	char hex[HEX_SIGNATURE + 1];
	struct buf b;

	buf_init(&b, whole, sizeof(whole));
	if (out->full || !roster_signed_text(domain, buf_view(out), &b))
		return err_set(e, -E2BIG, "roster: it does not fit its file");
	crypto_sign_detached(signature, NULL, b.ptr, b.len, secret);
	wire_hex(signature, sizeof(signature), hex);
	buf_fmt(out, "sign %s\n", hex);
	if (out->full)
		return err_set(e, -E2BIG, "roster: it does not fit its file");
	return 0;
}

static void put_day(struct buf *b, int32_t day)
{
	struct civil_date d = civil_date(day);

	if (day == 0)
		buf_text(b, " -");
	else
		buf_fmt(b, " %04d-%02d-%02d", d.year, d.month, d.day);
}

static void put_device(struct buf *b, const struct roster_device *d)
{
	char hex[HEX_KEY + 1];

	wire_hex(d->ticket_key, sizeof(d->ticket_key), hex);
	buf_fmt(b, "device %lu %s %s %c %s %lu %u %s", (unsigned long)d->device,
	    d->name, d->role <= ROSTER_GATE ? roster_role_word[d->role] : "",
	    d->letter == 0 ? '-' : 'A' + d->letter - 1,
	    d->live ? "live" : "closed", (unsigned long)d->epoch, d->key_id,
	    d->key_id == 0 ? "-" : hex);
	put_day(b, d->from_day);
	put_day(b, d->until_day);
	buf_text(b, d->revoked ? " revoked\n" : " good\n");
}

static void put_sealed(struct buf *b, const struct roster_sealed *s)
{
	char text[BASE64_BOX + 1];

	wire_base64(s->box, sizeof(s->box), text);
	buf_fmt(b, "sealed %s %s\n", s->name, text);
}

static void put_roster(const struct roster_text *t,
    const uint8_t root[WIRE_PUBLIC_BYTES], struct buf *b)
{
	char hex[HEX_KEY + 1];

	wire_hex(root, WIRE_PUBLIC_BYTES, hex);
	buf_fmt(b, ROSTER_FIRST "\noffice %lu\nversion %lld\nmade %lld\n",
	    (unsigned long)t->office, (long long)t->roster.version,
	    (long long)t->made_s);
	buf_fmt(b, "root %s\n", hex);
	for (size_t i = 0; i < t->roster.count && i < ROSTER_DEVICES; i++)
		put_device(b, &t->roster.item[i]);
	for (size_t i = 0; i < t->sealed_count && i < ROSTER_GATES; i++)
		put_sealed(b, &t->sealed[i]);
}

int roster_text_build(const struct roster_text *t,
    const uint8_t secret[WIRE_SECRET_BYTES], struct buf *out, struct err *e)
{
	uint8_t root[WIRE_PUBLIC_BYTES];
	struct roster_text again;
	struct err why = {0};
	int r;

	crypto_sign_ed25519_sk_to_pk(root, secret);
	put_roster(t, root, out);
	r = put_signature(ROSTER_DOMAIN, secret, out, e);
	if (r == 0 && roster_text_parse(buf_view(out), &again, &why) < 0)
		r = err_set(e, -EINVAL, "%.200s; nothing is written", why.text);
	return r;
}

int roster_request_build(const struct roster_request *q,
    const uint8_t secret[WIRE_SECRET_BYTES], struct buf *out, struct err *e)
{
	uint8_t key[WIRE_PUBLIC_BYTES];
	struct roster_request again;
	char hex[HEX_KEY + 1];
	struct err why = {0};
	int r;

	crypto_sign_ed25519_sk_to_pk(key, secret);
	wire_hex(key, sizeof(key), hex);
	buf_fmt(out, GATE_FIRST "\noffice %lu\nname %s\nkey %s\n",
	    (unsigned long)q->office, q->name, hex);
	r = put_signature(GATE_DOMAIN, secret, out, e);
	if (r == 0 && roster_request_parse(buf_view(out), &again, &why) < 0)
		r = err_set(e, -EINVAL, "%.200s; nothing is written", why.text);
	return r;
}

const struct roster_sealed *roster_sealed_for(const struct roster_text *t,
    const char *name)
{
	for (size_t i = 0; i < t->sealed_count; i++)
		if (strcmp(t->sealed[i].name, name) == 0)
			return &t->sealed[i];
	return NULL;
}

/* ---- fingerprints ---- */

void roster_fingerprint(const uint8_t key[WIRE_PUBLIC_BYTES],
    char out[ROSTER_FINGERPRINT_TEXT])
{
	enum { GROUP = 4 };
	uint8_t print[WIRE_FINGERPRINT_BYTES];
	char hex[2 * WIRE_FINGERPRINT_BYTES + 1];
	size_t n = 0;

	wire_fingerprint(key, print);
	wire_hex(print, sizeof(print), hex);
	for (size_t i = 0; hex[i] != '\0'; i++) {
		if (i > 0 && i % GROUP == 0)
			out[n++] = '-';
		out[n++] = hex[i];
	}
	out[n] = '\0';
}

enum roster_match roster_fingerprint_match(struct str typed,
    const uint8_t key[WIRE_PUBLIC_BYTES])
{
	uint8_t print[WIRE_FINGERPRINT_BYTES], given[WIRE_FINGERPRINT_BYTES];
	char hex[2 * WIRE_FINGERPRINT_BYTES];
	size_t n = 0;

	for (size_t i = 0; i < typed.len; i++) {
		char c = typed.ptr[i];

		if (c == ' ' || c == '-' || c == ':')
			continue;
		if (n == sizeof(hex))
			return ROSTER_NO_FINGERPRINT;
		hex[n++] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
	}
	if (!wire_unhex(str_of(hex, n), given, sizeof(given)))
		return ROSTER_NO_FINGERPRINT;
	wire_fingerprint(key, print);
	return memcmp(given, print, sizeof(print)) == 0 ? ROSTER_SAME
							: ROSTER_DIFFERENT;
}
