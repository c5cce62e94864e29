/* A piece of the audit chain to the hub, and what its log says. */
#include "client.h"

#include <errno.h>
#include <string.h>

#include "client_json.h"

#define HIGHEST ((INT64_C(1) << 53) - 1)

static void put_hex(struct buf *out, const char *before, const uint8_t *bytes,
    size_t len, const char *behind)
{
	char hex[2 * 64 + 1];

	wire_hex(bytes, len, hex);
	buf_fmt(out, "%s\"%s\"%s", before, hex, behind);
}

static void put_entry(struct buf *out, const struct log_entry *x)
{
	buf_fmt(out, "[%llu,%lld,%u", (unsigned long long)x->n,
	    (long long)x->time_s, (unsigned)x->kind);
	put_hex(out, ",", x->commitment.bytes, AUDIT_HASH_BYTES, "");
	put_hex(out, ",", x->hash.bytes, AUDIT_HASH_BYTES, "]");
}

void client_audit_body(struct buf *out, const struct client_audit *a)
{
	uint64_t from = a->n > 0 ? a->entries[0].n : 1;

	put_hex(out, "{\"audit_key\":", a->audit_key, 32, "");
	buf_fmt(out, ",\"from\":%llu,\"entries\":[", (unsigned long long)from);
	for (size_t i = 0; i < a->n; i++) {
		if (i > 0)
			buf_byte(out, ',');
		put_entry(out, &a->entries[i]);
	}
	buf_fmt(out, "],\"head\":{\"n\":%llu", (unsigned long long)a->head_n);
	put_hex(out, ",\"hash\":", a->head.bytes, AUDIT_HASH_BYTES, "");
	put_hex(out, ",\"signature\":", a->signature, 64, "}");
	buf_fmt(out, ",\"tree\":%llu}", (unsigned long long)a->tree);
}

static bool read_proof(const json_t *o, const char *name,
    struct merkle_hash proof[MERKLE_PROOF], size_t *n)
{
	const json_t *list = json_object_get(o, name);
	struct str text;

	if (!json_is_array(list) || json_array_size(list) > MERKLE_PROOF)
		return false;
	for (*n = 0; *n < json_array_size(list); ++*n)
		if (!client_text(json_array_get(list, *n), &text) ||
		    !wire_unbase64(text, proof[*n].bytes, MERKLE_BYTES))
			return false;
	return true;
}

static bool read_log(const json_t *o, struct client_log *out)
{
	int64_t taken = 0, index = 0;
	struct str note;

	if (!client_int_of(o, "taken", 0, HIGHEST, &taken) ||
	    !client_int_of(o, "index", 0, HIGHEST, &index) ||
	    !client_text_of(o, "checkpoint", &note) || note.len == 0 ||
	    !str_is_utf8(note) ||
	    !str_copy(out->checkpoint, sizeof(out->checkpoint), note))
		return false;
	out->taken = (uint64_t)taken;
	out->index = (uint64_t)index;
	return read_proof(o, "inclusion", out->inclusion, &out->inclusions) &&
	    read_proof(o, "consistency", out->consistency, &out->consistencies);
}

int client_log(struct str body, struct client_log *out, struct err *e)
{
	json_t *o = client_object(body);
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = o != NULL && read_log(o, out);
	json_decref(o);
	if (ok)
		return 0;
	memset(out, 0, sizeof(*out));
	return err_set(e, -EBADMSG,
	    "hub: what it says of its log is malformed");
}
