#include "client.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "client_json.h"

enum { SEALED_BYTES = 2 * KEY_BYTES + crypto_box_SEALBYTES };
#define HIGHEST ((INT64_C(1) << 53) - 1)

bool client_genuine(const uint8_t hub_key[WIRE_PUBLIC_BYTES], uint32_t device,
    uint64_t counter, const struct frame_answer *a)
{
	struct wire_answer w = {a->kind, a->status, device, counter, a->epoch,
	    a->body};
	uint8_t signature[WIRE_SIGNATURE_BYTES];

	return a->fate == FRAME_CAME && a->kind.len > 0 &&
	    wire_unbase64(a->signature, signature, sizeof(signature)) &&
	    wire_check_answer(&w, hub_key, signature);
}

void client_time_path(struct buf *out, const uint8_t nonce[16])
{
	char hex[33];

	wire_hex(nonce, 16, hex);
	buf_fmt(out, "/v1/time?nonce=%s", hex);
}

static void put_hex(struct buf *out, const char *name, const uint8_t *bytes,
    size_t len)
{
	char hex[2 * 32 + 1];

	wire_hex(bytes, len, hex);
	buf_fmt(out, ",\"%s\":\"%s\"", name, hex);
}

static void put_day(struct buf *out, int32_t day)
{
	struct civil_date d = civil_date(day);

	buf_fmt(out, "\"day\":\"%04d-%02d-%02d\"", d.year, d.month, d.day);
}

/* "A"; "" of 0. */
static void put_letter(struct buf *out, uint8_t letter)
{
	buf_text(out, ",\"letter\":\"");
	if (letter != 0)
		buf_byte(out, 'A' + letter - 1u);
	buf_byte(out, '"');
}

static void put_done(struct buf *out, const struct client_op *o)
{
	put_letter(out, o->letter);
	buf_fmt(out, ",\"number\":%u,\"key_id\":%u,\"seq\":%lu,\"n\":%llu",
	    o->number, o->key_id, (unsigned long)o->seq,
	    (unsigned long long)o->n);
}

static void put_pass(struct buf *out, const struct client_op *o)
{
	put_hex(out, "booking", o->booking.bytes, CODE_HASH_BYTES);
	buf_fmt(out, ",\"done\":%s,\"time\":%lld,\"pass\":%u",
	    o->done ? "true" : "false", (long long)o->time_s, o->pass);
	if (o->done)
		put_done(out, o);
}

static void put_admit(struct buf *out, const struct client_op *o)
{
	put_hex(out, "booking", o->booking.bytes, CODE_HASH_BYTES);
	buf_fmt(out,
	    ",\"done\":%s,\"time\":%lld,\"service\":%u,\"class\":%u,"
	    "\"verdict\":\"%s\"",
	    o->done ? "true" : "false", (long long)o->time_s, o->service,
	    o->booking_class, verdict_name(o->verdict));
	if (o->done)
		put_done(out, o);
}

static void put_op(struct buf *out, const struct client_op *o)
{
	buf_fmt(out, "{\"op\":\"%s\"", claim_op_word(o->op));
	put_hex(out, "op_id", o->op_id.bytes, OP_ID_BYTES);
	buf_byte(out, ',');
	put_day(out, o->day);
	if (o->op == CLAIM_ADMIT)
		put_admit(out, o);
	else if (o->op == CLAIM_PASS)
		put_pass(out, o);
	else if (o->op == CLAIM_NUMBERS)
		buf_fmt(out, ",\"letter\":\"%c\",\"count\":%u",
		    'A' + o->letter - 1, o->count);
	else
		buf_fmt(out, ",\"service\":%u,\"class\":%u,\"count\":%u",
		    o->service, o->booking_class, o->count);
	buf_byte(out, '}');
}

void client_claims_body(struct buf *out, const struct client_op *ops, size_t n,
    const struct client_at *at, size_t ats)
{
	buf_text(out, "{\"ops\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_byte(out, ',');
		put_op(out, &ops[i]);
	}
	buf_text(out, "],\"at\":[");
	for (size_t i = 0; i < ats; i++) {
		buf_text(out, i > 0 ? ",{" : "{");
		put_day(out, at[i].day);
		buf_fmt(out, ",\"epoch\":%lld,\"after\":%lld}",
		    (long long)at[i].epoch, (long long)at[i].after);
	}
	buf_text(out, "]}");
}

static bool read_by(const json_t *o, struct claim_by *by)
{
	int64_t device = 0, number = 0;
	struct str name;

	if (!client_hex_of(o, "op_id", by->op_id.bytes, OP_ID_BYTES) ||
	    !client_int_of(o, "device", 0, UINT32_MAX, &device) ||
	    !client_text_of(o, "terminal", &name) ||
	    !client_letter(json_object_get(o, "letter"), &by->letter) ||
	    !client_int_of(o, "number", 0, TICKET_NUMBER_MAX, &number) ||
	    !client_int_of(o, "time", 0, HIGHEST, &by->time_s))
		return false;
	by->device = (uint32_t)device;
	by->number = (uint16_t)number;
	client_printable(name, by->terminal, sizeof(by->terminal));
	return true;
}

/* Numbers: first..last, 0..0 for none; an allowance: count. */
static bool read_granted(const json_t *o, struct client_answer *a)
{
	int64_t first = 0, last = 0, count = 0;

	if (json_object_get(o, "first") == NULL) {
		if (!client_int_of(o, "count", 0, CLAIM_ALLOWANCE_MAX, &count))
			return false;
		a->count = (uint16_t)count;
		return true;
	}
	if (!client_int_of(o, "first", 0, TICKET_NUMBER_MAX, &first) ||
	    !client_int_of(o, "last", 0, TICKET_NUMBER_MAX, &last) ||
	    last < first || (first == 0) != (last == 0))
		return false;
	a->first = (uint16_t)first;
	a->count = first == 0 ? 0 : (uint16_t)(last - first + 1);
	return true;
}

static bool read_answer(const json_t *o, struct client_answer *a)
{
	const json_t *by = json_object_get(o, "by");
	struct str word, detail;

	memset(a, 0, sizeof(*a));
	if (!client_hex_of(o, "op_id", a->op_id.bytes, OP_ID_BYTES) ||
	    !client_text_of(o, "answer", &word))
		return false;
	a->answer = claim_answer_parse(word);
	if (client_text_of(o, "detail", &detail))
		client_printable(detail, a->detail, sizeof(a->detail));
	if (by != NULL && !read_by(by, &a->by))
		return false;
	if (a->answer == CLAIM_USED && by == NULL)
		return false;
	a->dbl = by != NULL && json_is_true(json_object_get(o, "double"));
	return a->answer != CLAIM_GRANTED || read_granted(o, a);
}

int client_claims(struct str body, struct client_answer *out, size_t cap,
    size_t *n, struct err *e)
{
	json_t *o = client_object(body);
	const json_t *list = json_object_get(o, "answers");
	bool ok = json_is_array(list) && json_array_size(list) <= cap;

	*n = 0;
	for (size_t i = 0; ok && i < json_array_size(list); i++)
		ok = read_answer(json_array_get(list, i), &out[i]);
	if (ok)
		*n = json_array_size(list);
	json_decref(o);
	return ok
	    ? 0
	    : err_set(e, -EBADMSG, "hub: its answers to claims are malformed");
}

int client_time(struct str body, const uint8_t nonce[16], int64_t *time_s,
    struct err *e)
{
	json_t *o = client_object(body);
	uint8_t echo[16];
	int64_t t = 0;
	bool ok = client_hex_of(o, "nonce", echo, sizeof(echo)) &&
	    memcmp(echo, nonce, sizeof(echo)) == 0 &&
	    client_int_of(o, "time", 1, HIGHEST, &t);

	json_decref(o);
	*time_s = ok ? t : 0;
	return ok ? 0 : err_set(e, -EBADMSG, "hub: its time is malformed");
}

int client_error(struct str body, struct client_error *out, struct err *e)
{
	json_t *o = client_object(body);
	struct str word, detail;
	int64_t n = 0;
	bool ok = client_text_of(o, "error", &word);

	memset(out, 0, sizeof(*out));
	if (ok) {
		client_printable(word, out->word, sizeof(out->word));
		if (client_text_of(o, "detail", &detail))
			client_printable(detail, out->detail,
			    sizeof(out->detail));
		if (!client_int_of(o, "epoch", 1, HIGHEST, &out->epoch) ||
		    !client_int_of(o, "head", 0, HIGHEST, &out->head))
			out->epoch = out->head = 0;
		if (client_int_of(o, "n", 0, HIGHEST, &n))
			out->n = (uint64_t)n;
	}
	json_decref(o);
	return ok ? 0 : err_set(e, -EBADMSG, "hub: an error is malformed");
}

void client_enrol_body(struct buf *out, const char *token,
    const uint8_t request_key[WIRE_PUBLIC_BYTES],
    const uint8_t ticket_key[TICKET_PUBLIC_BYTES], const char *name)
{
	buf_fmt(out, "{\"token\":\"%s\"", token);
	put_hex(out, "request_key", request_key, WIRE_PUBLIC_BYTES);
	put_hex(out, "ticket_key", ticket_key, TICKET_PUBLIC_BYTES);
	buf_fmt(out, ",\"name\":\"%s\"}", name);
}

static bool unseal(const json_t *o,
    const uint8_t request_secret[WIRE_SECRET_BYTES],
    struct client_enrolled *out)
{
	uint8_t sealed[SEALED_BYTES], plain[2 * KEY_BYTES];
	uint8_t public_ed[WIRE_PUBLIC_BYTES],
	    public_x[crypto_box_PUBLICKEYBYTES];
	uint8_t secret_x[crypto_box_SECRETKEYBYTES];
	struct str text;
	bool ok;

	crypto_sign_ed25519_sk_to_pk(public_ed, request_secret);
	ok = client_text_of(o, "sealed", &text) &&
	    wire_unbase64(text, sealed, sizeof(sealed)) &&
	    crypto_sign_ed25519_pk_to_curve25519(public_x, public_ed) == 0 &&
	    crypto_sign_ed25519_sk_to_curve25519(secret_x, request_secret) ==
		0 &&
	    crypto_box_seal_open(plain, sealed, sizeof(sealed), public_x,
		secret_x) == 0;
	if (ok) {
		memcpy(out->office_key.bytes, plain, KEY_BYTES);
		memcpy(out->gate_secret.bytes, plain + KEY_BYTES, KEY_BYTES);
	}
	sodium_memzero(plain, sizeof(plain));
	sodium_memzero(secret_x, sizeof(secret_x));
	return ok;
}

static bool read_enrolled(const json_t *o, struct client_enrolled *out)
{
	int64_t office = 0, device = 0, epoch = 0, key_id = 0;
	struct str name, role;
	bool ok = client_int_of(o, "office", 1, UINT32_MAX, &office) &&
	    client_int_of(o, "device", 1, UINT32_MAX, &device) &&
	    client_int_of(o, "epoch", 1, UINT32_MAX, &epoch) &&
	    client_int_of(o, "key_id", 1, UINT16_MAX, &key_id) &&
	    client_int_of(o, "time", 1, HIGHEST, &out->time_s) &&
	    client_text_of(o, "name", &name) && name.len > 0 &&
	    name.len < sizeof(out->name) && client_text_of(o, "role", &role) &&
	    client_letter(json_object_get(o, "letter"), &out->letter) &&
	    client_hex_of(o, "hub_key", out->hub_key, WIRE_PUBLIC_BYTES);

	if (!ok)
		return false;
	out->office = (uint32_t)office;
	out->device = (uint32_t)device;
	out->epoch = (uint32_t)epoch;
	out->key_id = (uint16_t)key_id;
	client_printable(name, out->name, sizeof(out->name));
	out->role = str_is(role, "kiosk") ? ROSTER_KIOSK
	    : str_is(role, "gate")        ? ROSTER_GATE
					  : ROSTER_UNSET;
	return out->role != ROSTER_UNSET &&
	    (out->role == ROSTER_GATE || out->letter != 0);
}

int client_enrolled(struct str body,
    const uint8_t request_secret[WIRE_SECRET_BYTES],
    struct client_enrolled *out, struct err *e)
{
	json_t *o = client_object(body);
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = read_enrolled(o, out) && unseal(o, request_secret, out);
	json_decref(o);
	if (ok)
		return 0;
	sodium_memzero(out, sizeof(*out));
	return err_set(e, -EBADMSG,
	    "enrol: the hub's answer is malformed or was sealed for another "
	    "device");
}
