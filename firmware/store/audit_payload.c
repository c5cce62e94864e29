#include "audit_payload.h"

enum { VERSION = 1, OPTIONAL_BYTES = 16 };

struct reader {
	struct str rest;
	bool bad;
};

static uint64_t take(struct reader *r, size_t bytes)
{
	uint64_t v = 0;

	if (r->rest.len < bytes) {
		r->bad = true;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | (unsigned char)r->rest.ptr[i];
	r->rest = str_cut(r->rest, bytes, r->rest.len);
	return v;
}

/* Its length, 0 or 16, and then that many bytes. */
static void skip_optional(struct reader *r)
{
	uint64_t len = take(r, 1);

	if (len != 0 && (len != OPTIONAL_BYTES || r->rest.len < len))
		r->bad = true;
	else
		r->rest = str_cut(r->rest, (size_t)len, r->rest.len);
}

/* In the order of docs/FORMATS.md, from epoch to outbox. */
static void read_fields(struct reader *r, struct audit_payload *out)
{
	struct ticket *t = &out->ticket;

	take(r, 4); /* epoch */
	take(r, 1); /* the terminal's letter */
	t->day = (int32_t)take(r, 4);
	t->letter = (uint8_t)take(r, 1);
	t->number = (uint16_t)take(r, 2);
	t->key_id = (uint16_t)take(r, 2);
	t->seq = (uint32_t)take(r, 4);
	t->slot_min = (uint16_t)take(r, 2);
	t->window_min = (uint16_t)take(r, 2);
	t->type = (uint8_t)take(r, 1);
	t->flags = (uint8_t)take(r, 1);
	t->companions = (uint8_t)take(r, 1);
	t->service = (uint8_t)take(r, 1);
	take(r, 3); /* class, verdict, print */
	out->detail = take(r, 8);
	take(r, 8); /* outbox */
}

bool audit_payload_read(struct str payload, struct audit_payload *out)
{
	struct reader r = {payload, false};
	struct audit_payload x = {0};

	if (take(&r, 1) != VERSION)
		return false;
	skip_optional(&r); /* op_id */
	skip_optional(&r); /* booking */
	read_fields(&r, &x);
	if (take(&r, 2) != r.rest.len || r.bad)
		return false;
	*out = x;
	return true;
}
