/*
 * A device's audit chain, piece by piece, into the log of its office
 * (docs/PROTOCOL.md, POST /v1/audit). What the hub holds of a chain is never
 * changed: a device whose chain says something else is told so, and staff are.
 */
#include "hub_call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "claims_judge.h"
#include "hub_audit_read.h"
#include "hub_log.h"

/* What the store has of the chain. */
struct chain {
	uint8_t audit_key[WIRE_PUBLIC_BYTES];
	bool there;
	uint64_t n, head_n;
	struct audit_hash hash; /* of entry n */
	struct audit_hash head; /* what was signed for entry head_n */
};

struct audit {
	struct hub_audit in;
	struct chain chain;
	/* The hashes that are held of from - 1 and of the entries that came. */
	struct audit_hash held[HUB_AUDIT_ENTRIES + 1];
};

/* What the store knows. */

static int load_chain(struct hub_call *c, struct chain *out, struct err *e)
{
	int r = hub_db_one(c->db, HUB_SQL_CHAIN_GET,
	    HUB_ARGS(hub_n(c->device.office), hub_n(c->device.device)), e);

	if (r <= 0)
		return r;
	out->there = true;
	out->n = (uint64_t)hub_db_int(c->db, 1);
	out->head_n = (uint64_t)hub_db_int(c->db, 3);
	if (!wire_unhex(hub_db_text(c->db, 0), out->audit_key,
		WIRE_PUBLIC_BYTES) ||
	    !wire_unhex(hub_db_text(c->db, 2), out->hash.bytes,
		AUDIT_HASH_BYTES) ||
	    !wire_unhex(hub_db_text(c->db, 4), out->head.bytes,
		AUDIT_HASH_BYTES))
		return err_set(e, -EIO, "hub: a chain's row is no good");
	return 0;
}

/* Entries first..last of the device's chain, all of which are held. */
static int load_held(struct hub_call *c, uint64_t first, uint64_t last,
    struct audit_hash *out, struct err *e)
{
	struct log_entry x;
	uint64_t index, n = first;
	int r = hub_db_ask(c->db, HUB_SQL_LOG_OF_DEVICE,
	    HUB_ARGS(hub_n(c->device.office), hub_n(c->device.device),
		hub_n((int64_t)first), hub_n((int64_t)last)),
	    e);

	if (r == 0)
		r = hub_db_next(c->db, e);
	while (r == 0 && (r = hub_db_row(c->db, e)) == 1) {
		r = 0;
		if (n > last ||
		    !hub_log_row(c->db, c->device.office, &x, &index) ||
		    x.n != n)
			break;
		out[n++ - first] = x.hash;
	}
	if (r == 0 && n != last + 1)
		r = err_set(e, -EIO, "hub: a chain in the log has a gap");
	return r;
}

/* held[i] becomes the hash of from - 1 + i; of entry 0 it is zeros. */
static int load_overlap(struct hub_call *c, struct audit *a, struct err *e)
{
	uint64_t last = a->in.from - 1 + a->in.n;

	if (last > a->chain.n)
		last = a->chain.n;
	if (a->in.from == 1)
		return last == 0 ? 0 : load_held(c, 1, last, &a->held[1], e);
	return load_held(c, a->in.from - 1, last, a->held, e);
}

/* Answers. */

static int refuse_n(struct hub_call *c, const char *error, const char *detail,
    uint64_t n, struct err *e)
{
	struct hub_text body = {0};
	int r;

	hub_text_str(&body, "{\"error\": ");
	hub_text_quote(&body, str_from(error));
	hub_text_str(&body, ", \"detail\": ");
	hub_text_quote(&body, str_from(detail));
	hub_text_fmt(&body, ", \"n\": %llu}", (unsigned long long)n);
	r = hub_reply(c, 409, &body, e);
	if (r == 0)
		snprintf(c->out->error, sizeof(c->out->error), "%s", error);
	return r;
}

/* Once for each device and n. */
static int report(struct hub_call *c, enum claim_report_kind kind, uint64_t n,
    struct err *e)
{
	char id[2 * OP_ID_BYTES + 1];
	int64_t today;
	int r = hub_db_one(c->db, HUB_SQL_OFFICE_GET,
	    HUB_ARGS(hub_n(c->device.office)), e);

	if (r <= 0)
		return r;
	today = civil_local(c->q->now_s, (int32_t)hub_db_int(c->db, 2)).day;
	snprintf(id, sizeof(id), "%016lx%016llx",
	    (unsigned long)c->device.device, (unsigned long long)n);
	return hub_db_run(c->db, HUB_SQL_CHAIN_REPORT,
	    HUB_ARGS(hub_n(c->device.office), hub_n(today), hub_n(kind),
		hub_t(id), hub_n((int64_t)n), hub_n(c->q->now_s),
		hub_n(c->device.device)),
	    e);
}

static int forked(struct hub_call *c, uint64_t n, const char *detail,
    struct err *e)
{
	int r = report(c, CLAIM_REPORT_FORK, n, e);

	return r < 0 ? r : refuse_n(c, "fork", detail, n, e);
}

static int went_back(struct hub_call *c, const struct audit *a, struct err *e)
{
	int r = report(c, CLAIM_REPORT_HISTORY, a->in.tree, e);

	if (r < 0)
		return r;
	return hub_refuse(c, 409, "history",
	    "the device knows a larger log than this hub has: the hub was put "
	    "back");
}

static void put_proof(struct hub_text *t, const char *name,
    const struct merkle_hash *proof, size_t n)
{
	char base64[(MERKLE_BYTES + 2) / 3 * 4 + 1];

	hub_text_fmt(t, ", \"%s\": [", name);
	for (size_t i = 0; i < n; i++) {
		wire_base64(proof[i].bytes, MERKLE_BYTES, base64);
		hub_text_comma(t);
		hub_text_fmt(t, "\"%s\"", base64);
	}
	hub_text_str(t, "]");
}

static int put_proofs(struct hub_log *l, const struct audit *a, uint64_t taken,
    uint64_t index, struct hub_text *t, struct err *e)
{
	struct merkle_hash proof[MERKLE_PROOF];
	size_t n = 0;
	int r = 0;

	if (taken > 0)
		r = hub_log_included(l, index, proof, &n, e);
	hub_text_fmt(t, ", \"index\": %llu", (unsigned long long)index);
	put_proof(t, "inclusion", proof, n);
	n = 0;
	if (r == 0 && a->in.tree > 0)
		r = hub_log_consistent(l, a->in.tree, proof, &n, e);
	put_proof(t, "consistency", proof, n);
	return r;
}

/* Where entry `taken` stands. */
static int find_index(struct hub_call *c, uint64_t taken, uint64_t *index,
    struct err *e)
{
	struct log_entry x;
	int r;

	*index = 0;
	if (taken == 0)
		return 0;
	r = hub_db_one(c->db, HUB_SQL_LOG_OF_DEVICE,
	    HUB_ARGS(hub_n(c->device.office), hub_n(c->device.device),
		hub_n((int64_t)taken), hub_n((int64_t)taken)),
	    e);
	if (r < 0)
		return r;
	if (r == 0 || !hub_log_row(c->db, c->device.office, &x, index))
		return err_set(e, -EIO, "hub: a chain in the log has a gap");
	return 0;
}

static int answer(struct hub_call *c, const struct audit *a, struct hub_log *l,
    struct err *e)
{
	uint64_t index,
	    taken = a->chain.n < a->in.head.n ? a->chain.n : a->in.head.n;
	struct hub_text body = {0}, note = {0};
	int r = hub_log_checkpoint(l, c->hub, &note, e);

	if (r == 0)
		r = find_index(c, taken, &index, e);
	hub_text_fmt(&body,
	    "{\"taken\": %llu, \"checkpoint\": ", (unsigned long long)taken);
	hub_text_quote(&body, str_of(note.ptr, note.len));
	if (r == 0)
		r = put_proofs(l, a, taken, index, &body, e);
	hub_text_str(&body, "}");
	body.failed = body.failed || note.failed;
	if (r == 0)
		r = hub_reply(c, 200, &body, e);
	hub_text_fini(&body);
	hub_text_fini(&note);
	return r;
}

/* Judging. */

static bool same(const struct audit_hash *x, const struct audit_hash *y)
{
	return memcmp(x->bytes, y->bytes, sizeof(x->bytes)) == 0;
}

static int broken(struct hub_call *c, uint64_t n)
{
	char why[96];

	snprintf(why, sizeof(why),
	    "entries: the hash of entry %llu is not that of its fields",
	    (unsigned long long)n);
	return hub_refuse(c, 400, "bad_request", why);
}

/* What was signed for entry n before its turn to come, and is another. */
static bool breaks_word(const struct audit *a, uint64_t n,
    const struct audit_hash *hash)
{
	return a->chain.there && n == a->chain.head_n && n > a->chain.n &&
	    !same(hash, &a->chain.head);
}

static int broke_word(struct hub_call *c, uint64_t n, struct err *e)
{
	return forked(c, n,
	    "the device signed another entry of that number before", e);
}

/* 1 = every entry follows on the one before and is the one that is held, where
 * one is. */
static int judge_entries(struct hub_call *c, const struct audit *a,
    struct err *e)
{
	const struct audit_hash *before = &a->held[0];
	struct audit_hash hash;

	for (size_t i = 0; i < a->in.n; before = &a->in.entry[i++].hash) {
		const struct log_entry *x = &a->in.entry[i];
		bool held = x->n <= a->chain.n;

		if (held && !same(&x->hash, &a->held[i + 1]))
			return forked(c, x->n,
			    "the hub's log holds another entry of that number",
			    e);
		hash = audit_link(x->n, before, x->time_s, x->kind,
		    &x->commitment);
		if (same(&hash, &x->hash)) {
			if (breaks_word(a, x->n, &x->hash))
				return broke_word(c, x->n, e);
			continue;
		}
		/* It may be good, and follow on another one than is held. */
		if (i == 0 && a->in.from > 1 && !held)
			return forked(c, a->in.from - 1,
			    "the next entry does not follow on the one of that "
			    "number in the hub's log",
			    e);
		return broken(c, x->n);
	}
	return 1;
}

/* The head against the entry of its number: 1 = they agree, or it is of a
 * later one. */
static int judge_head(struct hub_call *c, const struct audit *a, struct err *e)
{
	struct audit_hash held;
	int r;

	if (a->in.n > 0 && a->in.head.n == a->in.entry[a->in.n - 1].n)
		return same(&a->in.head.hash, &a->in.entry[a->in.n - 1].hash)
		    ? 1
		    : hub_refuse(c, 400, "bad_request",
			  "head: its hash is not that of its entry");
	if (breaks_word(a, a->in.head.n, &a->in.head.hash))
		return broke_word(c, a->in.head.n, e);
	if (a->in.head.n > a->chain.n)
		return 1;
	r = load_held(c, a->in.head.n, a->in.head.n, &held, e);
	if (r < 0 || same(&held, &a->in.head.hash))
		return r < 0 ? r : 1;
	return forked(c, a->in.head.n,
	    "the hub's log holds another entry of that number", e);
}

/* 1 = fits what the hub has. */
static int judge(struct hub_call *c, struct audit *a, const struct hub_log *l,
    struct err *e)
{
	int r;

	if (a->in.tree > hub_log_size(l))
		return went_back(c, a, e);
	if (a->chain.there &&
	    memcmp(a->chain.audit_key, a->in.audit_key, WIRE_PUBLIC_BYTES) != 0)
		return forked(c, 1, "another audit key is bound to this device",
		    e);
	if (a->in.from > a->chain.n + 1)
		return refuse_n(c, "gap",
		    "entries before these are missing in the hub's log",
		    a->chain.n, e);
	r = load_overlap(c, a, e);
	if (r == 0)
		r = judge_entries(c, a, e);
	return r <= 0 ? r : judge_head(c, a, e);
}

/* Taking. */

static int save_chain(struct hub_call *c, const struct audit *a, struct err *e)
{
	char key[2 * WIRE_PUBLIC_BYTES + 1], hash[2 * AUDIT_HASH_BYTES + 1],
	    head[2 * AUDIT_HASH_BYTES + 1],
	    signature[2 * WIRE_SIGNATURE_BYTES + 1];

	wire_hex(a->in.audit_key, WIRE_PUBLIC_BYTES, key);
	wire_hex(a->chain.hash.bytes, AUDIT_HASH_BYTES, hash);
	wire_hex(a->in.head.hash.bytes, AUDIT_HASH_BYTES, head);
	wire_hex(a->in.head.signature, WIRE_SIGNATURE_BYTES, signature);
	return hub_db_run(c->db, HUB_SQL_CHAIN_PUT,
	    HUB_ARGS(hub_n(c->device.office), hub_n(c->device.device),
		hub_t(key), hub_n((int64_t)a->chain.n), hub_t(hash),
		hub_n((int64_t)a->in.head.n), hub_t(head), hub_t(signature),
		hub_n(c->q->now_s)),
	    e);
}

static int take(struct hub_call *c, struct audit *a, struct hub_log *l,
    struct err *e)
{
	size_t known = (size_t)(a->chain.n + 1 - a->in.from);
	int r = 0;

	for (size_t i = 0; i < a->in.n; i++) {
		a->in.entry[i].office = c->device.office;
		a->in.entry[i].device = c->device.device;
	}
	if (known < a->in.n) {
		r = hub_log_append(l, a->in.entry + known, a->in.n - known, e);
		a->chain.n = a->in.entry[a->in.n - 1].n;
		a->chain.hash = a->in.entry[a->in.n - 1].hash;
	}
	/* An older head than the one that is kept proves nothing new. */
	if (r == 0 &&
	    (known < a->in.n || !a->chain.there ||
		a->in.head.n > a->chain.head_n))
		r = save_chain(c, a, e);
	return r;
}

static int run(struct hub_call *c, struct audit *a, struct err *e)
{
	struct hub_log *l = NULL;
	int r = hub_db_one(c->db, HUB_SQL_OFFICE_LOCK,
	    HUB_ARGS(hub_n(c->device.office)), e);

	if (r == 0)
		r = err_set(e, -EIO, "hub: a device's office is no more");
	if (r > 0)
		r = hub_log_open(c->db, c->device.office, &l, e);
	if (r == 0)
		r = load_chain(c, &a->chain, e);
	if (r == 0)
		r = judge(c, a, l, e);
	if (r == 1)
		r = take(c, a, l, e);
	else if (r == 0)
		goto out; /* refused */
	if (r == 0)
		r = answer(c, a, l, e);
out:
	hub_log_close(l);
	return r;
}

static int read_and_run(struct hub_call *c, const json_t *o, struct err *e)
{
	const json_t *entries = json_object_get(o, "entries");
	struct audit *a;
	const char *why;
	int r;

	if (!json_is_array(entries))
		return hub_refuse(c, 400, "bad_request",
		    "entries: is missing or no list");
	if (json_array_size(entries) > HUB_AUDIT_ENTRIES)
		return hub_refuse(c, 413, "too_large",
		    "at most 500 entries in one request");
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return err_set(e, -ENOMEM, "hub: out of memory for entries");
	why = hub_audit_read(o, &a->in);
	r = why != NULL ? hub_refuse(c, 400, "bad_request", why) : run(c, a, e);
	free(a);
	return r;
}

int hub_audit_post(struct hub_call *c, struct err *e)
{
	json_t *o = NULL;
	int r;

	if (!hub_call_json(c, &o))
		return 0;
	r = read_and_run(c, o, e);
	json_decref(o);
	return r;
}
