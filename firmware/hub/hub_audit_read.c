#include "hub_audit_read.h"

#include <sodium.h>
#include <string.h>

enum { FIELDS = 5, HEAD_BYTES = 54 };
#define JSON_INT_MAX INT64_C(9007199254740991)

static bool number_at(const json_t *list, size_t i, int64_t lo, int64_t hi,
    int64_t *out)
{
	const json_t *v = json_array_get(list, i);

	*out = json_is_integer(v) ? json_integer_value(v) : 0;
	return json_is_integer(v) && *out >= lo && *out <= hi;
}

static bool hash_at(const json_t *list, size_t i, struct audit_hash *out)
{
	const json_t *v = json_array_get(list, i);

	return json_is_string(v) &&
	    wire_unhex(str_of(json_string_value(v), json_string_length(v)),
		out->bytes, AUDIT_HASH_BYTES);
}

static bool read_entry(const json_t *list, struct log_entry *x)
{
	int64_t n, kind;

	if (json_array_size(list) != FIELDS ||
	    !number_at(list, 0, 1, JSON_INT_MAX, &n) ||
	    !number_at(list, 1, -JSON_INT_MAX, JSON_INT_MAX, &x->time_s) ||
	    !number_at(list, 2, 1, UINT16_MAX, &kind) ||
	    !hash_at(list, 3, &x->commitment) || !hash_at(list, 4, &x->hash))
		return false;
	x->n = (uint64_t)n;
	x->kind = (uint16_t)kind;
	return true;
}

static bool read_head(const json_t *o, struct hub_audit_head *out)
{
	const json_t *head = json_object_get(o, "head");
	int64_t n;

	if (!hub_json_number(head, "n", 1, JSON_INT_MAX, &n) ||
	    !hub_json_hex(head, "hash", out->hash.bytes, AUDIT_HASH_BYTES) ||
	    !hub_json_hex(head, "signature", out->signature,
		sizeof(out->signature)))
		return false;
	out->n = (uint64_t)n;
	return true;
}

/* docs/FORMATS.md, Signed head. */
static bool head_fits(const struct hub_audit *a)
{
	uint8_t text[HEAD_BYTES];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	buf_text(&b, "karcis-head-v1");
	buf_be(&b, a->head.n, 8);
	buf_put(&b, a->head.hash.bytes, AUDIT_HASH_BYTES);
	return crypto_sign_verify_detached(a->head.signature, b.ptr, b.len,
		   a->audit_key) == 0;
}

static const char *read_entries(const json_t *list, struct hub_audit *a)
{
	a->n = json_array_size(list);
	for (size_t i = 0; i < a->n; i++) {
		if (!read_entry(json_array_get(list, i), &a->entry[i]))
			return "entries: one is not [n, time, kind, "
			       "commitment, hash]";
		if (a->entry[i].n != a->from + i)
			return "entries: not one after the other, beginning "
			       "with from";
	}
	if (a->n > 0 && a->head.n < a->entry[a->n - 1].n)
		return "head: is older than an entry";
	return NULL;
}

const char *hub_audit_read(const json_t *o, struct hub_audit *a)
{
	int64_t from, tree;
	const char *why;

	if (!hub_json_hex(o, "audit_key", a->audit_key, sizeof(a->audit_key)))
		return "audit_key: not 64 hexadecimal digits";
	if (!hub_json_number(o, "from", 1, JSON_INT_MAX, &from))
		return "from: not a number from 1";
	if (!hub_json_number(o, "tree", 0, JSON_INT_MAX, &tree))
		return "tree: not a number from 0";
	if (!read_head(o, &a->head))
		return "head: not n, hash and signature";
	a->from = (uint64_t)from;
	a->tree = (uint64_t)tree;
	why = read_entries(json_object_get(o, "entries"), a);
	if (why == NULL && !head_fits(a))
		why = "head: its signature does not fit audit_key";
	return why;
}
