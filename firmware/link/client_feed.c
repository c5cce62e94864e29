/* The feed and the roster, as the hub sends them. */
#include "client.h"

#include <errno.h>
#include <string.h>

#include "client_json.h"
#include "firmware/core/pass.h"

/* No sequence number, epoch or version is larger: JSON's integers. */
#define HIGHEST ((INT64_C(1) << 53) - 1)

static void put_day(struct buf *out, int32_t day)
{
	struct civil_date d = civil_date(day);

	buf_fmt(out, "%04d-%02d-%02d", d.year, d.month, d.day);
}

void client_feed_path(struct buf *out, uint32_t office, int32_t day,
    int64_t epoch, int64_t after, int32_t limit, int32_t wait_s)
{
	buf_fmt(out, "/v1/feed?office=%lu&day=", (unsigned long)office);
	put_day(out, day);
	buf_fmt(out, "&epoch=%lld&after=%lld&limit=%ld&wait=%ld",
	    (long long)epoch, (long long)after, (long)limit, (long)wait_s);
}

void client_roster_path(struct buf *out, uint32_t office)
{
	buf_fmt(out, "/v1/roster?office=%lu", (unsigned long)office);
}

/* Element i of an array as a number of 0..hi. */
static int64_t element(const json_t *op, size_t i, int64_t lo, int64_t hi,
    bool *ok)
{
	int64_t v = 0;

	if (!client_int(json_array_get(op, i), lo, hi, &v))
		*ok = false;
	return v;
}

static void element_hex(const json_t *op, size_t i, uint8_t *out, size_t len,
    bool *ok)
{
	struct str s;

	if (!client_text(json_array_get(op, i), &s) || !wire_unhex(s, out, len))
		*ok = false;
}

static void element_birth(const json_t *op, size_t i, uint64_t *out, bool *ok)
{
	uint8_t bytes[8];
	struct str s;

	*out = 0;
	if (!client_text(json_array_get(op, i), &s) ||
	    (s.len > 0 && !wire_unhex(s, bytes, sizeof(bytes))))
		*ok = false;
	else if (s.len > 0)
		for (size_t k = 0; k < sizeof(bytes); k++)
			*out = *out << 8 | bytes[k];
}

static bool read_put(const json_t *op, struct booking *b)
{
	struct str name;
	bool ok = json_array_size(op) >= 13;

	element_hex(op, 2, b->hash.bytes, CODE_HASH_BYTES, &ok);
	b->start_min = (int16_t)element(op, 3, 0, DAY_MINUTES, &ok);
	b->end_min = (int16_t)element(op, 4, 0, DAY_MINUTES, &ok);
	b->service = (uint8_t)element(op, 5, 1, UINT8_MAX, &ok);
	b->booking_class = (uint8_t)element(op, 6, 1, CLASS_STANDBY, &ok);
	b->status = (uint8_t)element(op, 7, 1, BOOKING_REVOKED, &ok);
	b->companions = (uint8_t)element(op, 8, 0, 7, &ok);
	element_birth(op, 9, &b->birth, &ok);
	b->permit_expires_day = (int32_t)element(op, 10, 0, INT32_MAX, &ok);
	b->status_s = element(op, 11, 0, HIGHEST, &ok);
	return client_text(json_array_get(op, 12), &name) && ok &&
	    str_is_utf8(name) &&
	    str_copy(b->masked_name, sizeof(b->masked_name), name);
}

static bool read_adm(const json_t *op, struct feed_admission *a)
{
	bool ok = json_array_size(op) >= 8;

	element_hex(op, 2, a->booking.bytes, CODE_HASH_BYTES, &ok);
	element_hex(op, 3, a->op_id.bytes, OP_ID_BYTES, &ok);
	a->device = (uint32_t)element(op, 4, 1, UINT32_MAX, &ok);
	a->number = (uint16_t)element(op, 6, 0, TICKET_NUMBER_MAX, &ok);
	a->time_s = element(op, 7, 0, HIGHEST, &ok);
	return client_letter(json_array_get(op, 5), &a->letter) && ok;
}

/* As an admission, and what passed. */
static bool read_pas(const json_t *op, struct feed_admission *a)
{
	struct pass_move move;
	bool ok = json_array_size(op) >= 9;

	a->pass = (uint8_t)element(op, 8, 0, UINT8_MAX, &ok);
	return ok && read_adm(op, a) && pass_byte_read(a->pass, &move);
}

/* 0, -EBADMSG or -EOPNOTSUPP, without a sentence. */
static int read_op(const json_t *op, uint32_t office, int32_t day,
    struct feed_op *out)
{
	/* Of an op that is not known no more than this can be said. */
	bool ok = json_array_size(op) >= 2;
	struct str word;

	memset(out, 0, sizeof(*out));
	out->seq = element(op, 0, 1, HIGHEST, &ok);
	if (!client_text(json_array_get(op, 1), &word) || !ok)
		return -EBADMSG;
	out->booking.office = office;
	out->booking.day = day;
	if (str_is(word, "put")) {
		out->kind = FEED_PUT;
		return read_put(op, &out->booking) ? 0 : -EBADMSG;
	}
	if (str_is(word, "del")) {
		out->kind = FEED_DEL;
		element_hex(op, 2, out->booking.hash.bytes, CODE_HASH_BYTES,
		    &ok);
		return ok ? 0 : -EBADMSG;
	}
	if (str_is(word, "adm")) {
		out->kind = FEED_ADM;
		return read_adm(op, &out->admission) ? 0 : -EBADMSG;
	}
	if (str_is(word, "pas")) {
		out->kind = FEED_PAS;
		return read_pas(op, &out->admission) ? 0 : -EBADMSG;
	}
	return -EOPNOTSUPP;
}

static bool read_head(const json_t *o, struct feed_page *p)
{
	int64_t office = 0;
	struct str hex;
	bool ok = client_int_of(o, "office", 1, UINT32_MAX, &office) &&
	    client_day_of(o, "day", &p->day) &&
	    client_int_of(o, "epoch", 1, HIGHEST, &p->epoch) &&
	    client_int_of(o, "from", 0, HIGHEST, &p->from) &&
	    client_int_of(o, "to", 0, HIGHEST, &p->to) &&
	    client_int_of(o, "head", 0, HIGHEST, &p->head) &&
	    client_int_of(o, "roster", 0, HIGHEST, &p->roster) &&
	    client_bool_of(o, "more", &p->more) &&
	    client_text_of(o, "digest", &hex) &&
	    feed_digest_parse(hex, &p->digest);

	p->office = (uint32_t)office;
	return ok;
}

static int read_page(const json_t *o, struct feed_op *ops, size_t cap,
    struct feed_page *p)
{
	const json_t *list = json_object_get(o, "ops");
	int r = 0;

	if (!read_head(o, p) || !json_is_array(list) ||
	    json_array_size(list) > cap)
		return -EBADMSG;
	for (; r == 0 && p->n < json_array_size(list); p->n++)
		r = read_op(json_array_get(list, p->n), p->office, p->day,
		    &ops[p->n]);
	p->ops = ops;
	return r;
}

int client_feed(struct str body, struct feed_op *ops, size_t cap,
    struct feed_page *out, struct err *e)
{
	struct feed_page p = {0};
	json_t *o = client_object(body);
	int r = o == NULL ? -EBADMSG : read_page(o, ops, cap, &p);

	json_decref(o);
	memset(out, 0, sizeof(*out));
	if (r == 0)
		*out = p;
	else if (r == -EOPNOTSUPP)
		return err_set(e, r,
		    "hub: the feed has an op this release does not know; "
		    "update this terminal");
	else
		return err_set(e, r, "hub: a page of the feed is malformed");
	return 0;
}

/* A day, "" or nothing. */
static bool read_bound(const json_t *o, const char *name, int32_t *day)
{
	struct str text;

	*day = 0;
	if (json_object_get(o, name) == NULL ||
	    (client_text_of(o, name, &text) && text.len == 0))
		return true;
	return client_day_of(o, name, day) && *day > 0;
}

static bool read_key_dates(const json_t *o, struct roster_device *d)
{
	return read_bound(o, "from", &d->from_day) &&
	    read_bound(o, "until", &d->until_day) &&
	    (json_object_get(o, "revoked") == NULL ||
		client_bool_of(o, "revoked", &d->revoked));
}

static bool read_log_key(const json_t *o, struct roster *out)
{
	struct note_key key;
	struct str text;

	if (json_object_get(o, "log_key") == NULL)
		return true;
	return client_text_of(o, "log_key", &text) &&
	    (text.len == 0 || note_vkey_parse(text, &key)) &&
	    str_copy(out->log_key, sizeof(out->log_key), text);
}

static bool read_device(const json_t *o, struct roster_device *d)
{
	int64_t device = 0, epoch = 0, key_id = 0;
	struct str name, role;
	bool ok = client_int_of(o, "device", 1, UINT32_MAX, &device) &&
	    client_text_of(o, "name", &name) && name.len > 0 &&
	    client_text_of(o, "role", &role) &&
	    client_letter(json_object_get(o, "letter"), &d->letter) &&
	    client_int_of(o, "epoch", 1, UINT32_MAX, &epoch) &&
	    client_bool_of(o, "live", &d->live) &&
	    client_int_of(o, "key_id", 1, UINT16_MAX, &key_id) &&
	    client_hex_of(o, "ticket_key", d->ticket_key, TICKET_PUBLIC_BYTES);

	if (!ok || name.len >= sizeof(d->name) || !read_key_dates(o, d))
		return false;
	d->device = (uint32_t)device;
	d->epoch = (uint32_t)epoch;
	d->key_id = (uint16_t)key_id;
	d->role = str_is(role, "kiosk") ? ROSTER_KIOSK
	    : str_is(role, "gate")      ? ROSTER_GATE
					: ROSTER_UNSET;
	client_printable(name, d->name, sizeof(d->name));
	return true;
}

static bool read_roster(const json_t *o, uint32_t office, struct roster *out)
{
	const json_t *list = json_object_get(o, "devices");
	struct roster_device d;
	int64_t of = 0;

	if (!client_int_of(o, "office", 1, UINT32_MAX, &of) || of != office ||
	    !client_int_of(o, "version", 1, HIGHEST, &out->version) ||
	    !json_is_array(list) || json_array_size(list) > ROSTER_DEVICES ||
	    !read_log_key(o, out))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++) {
		memset(&d, 0, sizeof(d));
		if (!read_device(json_array_get(list, i), &d) ||
		    roster_find(out, d.device) != NULL)
			return false;
		if (d.role != ROSTER_UNSET)
			out->item[out->count++] = d;
	}
	return true;
}

int client_roster(struct str body, uint32_t office, struct roster *out,
    struct err *e)
{
	json_t *o = client_object(body);
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = o != NULL && read_roster(o, office, out);
	json_decref(o);
	if (ok)
		return 0;
	memset(out, 0, sizeof(*out));
	return err_set(e, -EBADMSG, "hub: the roster is malformed");
}
