/* Devices: their rows, the roster, the time. */
#include "hub_call.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "firmware/core/roster.h"
#include "hub_log.h"

static const char *const role_words[] = {
    [HUB_ROLE_UNSET] = "",
    [HUB_KIOSK] = "kiosk",
    [HUB_GATE] = "gate",
    [HUB_CHANNEL] = "channel",
};

const char *hub_role_word(enum hub_role role)
{
	return (unsigned)role < ARRAY_LEN(role_words) ? role_words[role] : "";
}

enum hub_role hub_role_parse(struct str word)
{
	for (unsigned i = HUB_KIOSK; i < ARRAY_LEN(role_words); i++)
		if (str_is(word, role_words[i]))
			return (enum hub_role)i;
	return HUB_ROLE_UNSET;
}

bool hub_device_read(struct hub_db *db, struct hub_device *out)
{
	struct hub_device d = {
	    .device = (uint32_t)hub_db_int(db, 0),
	    .office = (uint32_t)hub_db_int(db, 1),
	    .role = (enum hub_role)hub_db_int(db, 3),
	    .letter = (uint8_t)hub_db_int(db, 4),
	    .epoch = (uint32_t)hub_db_int(db, 5),
	    .key_id = (uint16_t)hub_db_int(db, 6),
	    .closed_s = hub_db_int(db, 9),
	    .last_s = hub_db_int(db, 10),
	    .window.high = (uint64_t)hub_db_int(db, 11),
	    .window.seen = (uint64_t)hub_db_int(db, 12),
	    .enrolled_s = hub_db_int(db, 13),
	    .revoked_s = hub_db_int(db, 14),
	};

	if (!str_copy(d.name, sizeof(d.name), hub_db_text(db, 2)) ||
	    !wire_unhex(hub_db_text(db, 7), d.request_key,
		sizeof(d.request_key)) ||
	    !wire_unhex(hub_db_text(db, 8), d.ticket_key, sizeof(d.ticket_key)))
		return false;
	*out = d;
	return true;
}

void hub_office_keys(const struct hub *h, uint32_t office,
    struct secret_key *code_key, struct secret_key *gate_secret)
{
	static const char *const domains[] = {"karcis-office-v1",
	    "karcis-gate-v1"};
	struct secret_key *const keys[] = {code_key, gate_secret};
	uint8_t text[32];
	struct buf b;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (keys[i] == NULL)
			continue;
		buf_init(&b, text, sizeof(text));
		buf_text(&b, domains[i]);
		buf_be(&b, office, 4);
		crypto_generichash(keys[i]->bytes, KEY_BYTES, b.ptr, b.len,
		    h->keys.master.bytes, KEY_BYTES);
	}
}

int hub_time_get(struct hub_call *c, struct err *e)
{
	enum { NONCE_MAX = 64 };
	struct hub_text body = {0};
	struct str nonce;

	if (!hub_query_text(c->query, "nonce", &nonce) || nonce.len == 0 ||
	    nonce.len > NONCE_MAX)
		return hub_refuse(c, 400, "bad_request",
		    "nonce: not 1 to 64 hexadecimal digits");
	for (size_t i = 0; i < nonce.len; i++)
		if (strchr("0123456789abcdef", nonce.ptr[i]) == NULL)
			return hub_refuse(c, 400, "bad_request",
			    "nonce: not 1 to 64 hexadecimal digits");
	hub_text_str(&body, "{\"nonce\": ");
	hub_text_quote(&body, nonce);
	hub_text_fmt(&body, ", \"time\": %lld}", (long long)c->q->now_s);
	return hub_reply(c, 200, &body, e);
}

static void put_letter(struct hub_text *t, uint8_t letter)
{
	hub_text_fmt(t, letter == 0 ? "\"\"" : "\"%c\"",
	    (char)('A' + letter - 1));
}

/* The office's day of a time, "" of none. */
static void put_day(struct hub_text *t, const char *name, int64_t time_s,
    int32_t offset_s)
{
	hub_text_fmt(t, ", \"%s\": ", name);
	if (time_s == 0)
		hub_text_str(t, "\"\"");
	else
		hub_text_day(t, civil_local(time_s, offset_s).day);
}

static void put_device(struct hub_text *t, const struct hub_device *d,
    int32_t offset_s)
{
	hub_text_comma(t);
	hub_text_fmt(t,
	    "{\"device\": %lu, \"name\": ", (unsigned long)d->device);
	hub_text_quote(t, str_from(d->name));
	hub_text_fmt(t,
	    ", \"role\": \"%s\", \"letter\": ", hub_role_word(d->role));
	put_letter(t, d->letter);
	hub_text_fmt(t,
	    ", \"epoch\": %lu, \"live\": %s, \"key_id\": %u, \"ticket_key\": ",
	    (unsigned long)d->epoch, d->closed_s == 0 ? "true" : "false",
	    (unsigned)d->key_id);
	hub_text_hex(t, d->ticket_key, sizeof(d->ticket_key));
	put_day(t, "from", d->enrolled_s, offset_s);
	put_day(t, "until", d->closed_s, offset_s);
	hub_text_fmt(t, ", \"revoked\": %s}",
	    d->revoked_s != 0 ? "true" : "false");
}

/* Rows of DEVICE_ROSTER. */
static int put_devices(struct hub_call *c, struct hub_text *t, int32_t offset_s,
    struct err *e)
{
	struct hub_device d;
	int r = hub_db_next(c->db, e);

	while (r == 0 && (r = hub_db_row(c->db, e)) == 1) {
		r = 0;
		if (!hub_device_read(c->db, &d))
			r = err_set(e, -EIO, "hub: a device's row is no good");
		else
			put_device(t, &d, offset_s);
	}
	return r;
}

static int log_vkey(struct hub_call *c, char out[NOTE_VKEY], struct err *e)
{
	uint8_t secret[NOTE_SECRET_BYTES];
	struct note_key key;
	int r = hub_log_key(c->hub, c->device.office, &key, secret, e);

	sodium_memzero(secret, sizeof(secret));
	if (r == 0 && !note_vkey(&key, out))
		r = err_set(e, -EINVAL, "hub: the log's key makes no text");
	return r;
}

int hub_roster_get(struct hub_call *c, struct err *e)
{
	const struct hub_arg office = hub_n(c->device.office);
	char vkey[NOTE_VKEY] = "";
	struct hub_text body = {0};
	long long version = 0;
	int32_t offset_s = 0;
	int64_t asked;
	int r;

	if (!hub_query_number(c->query, "office", 1, UINT32_MAX, 0, &asked))
		return hub_refuse(c, 400, "bad_request",
		    "office: not a number from 1 to 4294967295");
	if (asked != c->device.office)
		return hub_refuse(c, 403, "other_office",
		    "not the office of this device");
	r = hub_db_ask(c->db, HUB_SQL_OFFICE_GET, &office, 1, e);
	if (r == 0)
		r = hub_db_ask(c->db, HUB_SQL_DEVICE_ROSTER,
		    HUB_ARGS(office, hub_n(HUB_CHANNEL), hub_n(ROSTER_DEVICES)),
		    e);
	if (r == 0)
		r = hub_db_next(c->db, e);
	if (r == 0 && (r = hub_db_row(c->db, e)) == 1) {
		version = hub_db_int(c->db, 3);
		offset_s = (int32_t)hub_db_int(c->db, 2);
	}
	if (r >= 0)
		r = log_vkey(c, vkey, e);
	if (r < 0)
		return r;
	hub_text_fmt(&body,
	    "{\"office\": %lu, \"version\": %lld, \"log_key\": ",
	    (unsigned long)c->device.office, version);
	hub_text_quote(&body, str_from(vkey));
	hub_text_str(&body, ", \"devices\": [");
	r = put_devices(c, &body, offset_s, e);
	hub_text_str(&body, "]}");
	if (r == 0)
		r = hub_reply(c, 200, &body, e);
	hub_text_fini(&body);
	snprintf(c->out->etag, sizeof(c->out->etag), "\"%lld\"", version);
	if (r == 0 && hub_etag_fits(c->q->if_none_match, c->out->etag))
		hub_answer_unchanged(c->out);
	return r;
}
