/*
 * Audit chains of devices and what a hub's log says of them. A chain is made
 * of entries of any kind whose commitments are hashes of their number.
 */
#ifndef KARCIS_TESTS_TEST_HUB_LOG_H
#define KARCIS_TESTS_TEST_HUB_LOG_H

#include "firmware/link/client.h"
#include "test_hub.h"

enum { CHAIN_MAX = 1100, BATCH = 500 };

struct chain {
	uint8_t key[32], secret[64];
	struct log_entry entry[CHAIN_MAX];
	size_t n;
};

static inline void chain_begin(struct chain *x)
{
	memset(x, 0, sizeof(*x));
	crypto_sign_keypair(x->key, x->secret);
}

/* Links entry n (from 1) anew to the one before it. */
static inline void chain_link(struct chain *x, size_t n)
{
	static const struct audit_hash zero;
	struct log_entry *at = &x->entry[n - 1];

	at->hash = audit_link(at->n, n == 1 ? &zero : &x->entry[n - 2].hash,
	    at->time_s, at->kind, &at->commitment);
}

static inline void chain_grow(struct chain *x, size_t to)
{
	for (; x->n < to; x->n++) {
		struct log_entry *at = &x->entry[x->n];

		at->n = x->n + 1;
		at->time_s = NOW + (int64_t)x->n;
		at->kind = (uint16_t)(1 + x->n % 20);
		crypto_generichash(at->commitment.bytes, AUDIT_HASH_BYTES,
		    (const uint8_t *)&at->n, sizeof(at->n), NULL, 0);
		chain_link(x, x->n + 1);
	}
}

/* What the next request says, to be spoilt before it is sent. */
static struct {
	struct log_entry entry[CHAIN_MAX];
	uint8_t key[32], signature[64];
	struct client_audit a;
	char text[256 * 1024];
} upload;

static inline void sign_head(const uint8_t secret[64], uint64_t n,
    const struct audit_hash *hash)
{
	uint8_t text[54];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	buf_text(&b, "karcis-head-v1");
	buf_be(&b, n, 8);
	buf_put(&b, hash->bytes, AUDIT_HASH_BYTES);
	crypto_sign_detached(upload.signature, NULL, text, sizeof(text),
	    secret);
	upload.a.head_n = n;
	upload.a.head = *hash;
	upload.a.signature = upload.signature;
}

/* Entries from..to of the chain, its newest head, and a known tree. */
static inline void upload_of(const struct chain *x, size_t from, size_t to,
    uint64_t tree)
{
	memset(&upload.a, 0, sizeof(upload.a));
	upload.a.n = to + 1 - from;
	memcpy(upload.entry, &x->entry[from - 1],
	    upload.a.n * sizeof(upload.entry[0]));
	memcpy(upload.key, x->key, sizeof(upload.key));
	upload.a.audit_key = upload.key;
	upload.a.entries = upload.entry;
	upload.a.tree = tree;
	sign_head(x->secret, x->n, &x->entry[x->n - 1].hash);
}

static inline int upload_send(struct client *c)
{
	struct buf body;

	buf_init(&body, upload.text, sizeof(upload.text));
	client_audit_body(&body, &upload.a);
	assert_false(body.full);
	return ask(c, "POST", "/v1/audit", buf_cstr(&body));
}

/* What a device knows of the log. */
struct known {
	struct checkpoint at;
	struct client_log log;
};

static inline struct note_key log_key_of(uint32_t office)
{
	struct note_key key;
	char vkey[NOTE_VKEY];

	assert_int_equal(hub_log_vkey(h, db, office, vkey, &e), 0);
	assert_true(note_vkey_parse(str_from(vkey), &key));
	return key;
}

static inline struct checkpoint open_note(uint32_t office, struct str note)
{
	struct note_key key = log_key_of(office);
	struct checkpoint c;
	struct str text;

	assert_true(note_open(note, &key, &text));
	assert_true(checkpoint_parse(text, &c));
	assert_string_equal(c.origin, key.name);
	return c;
}

/* Reads the answer, and proves: entry `taken` of the chain is in the tree, and
 * the tree begins with the one that was known. */
static inline void must_agree(const struct client *c, const struct chain *x,
    struct known *k)
{
	struct checkpoint before = k->at;
	uint8_t bytes[LOG_ENTRY_BYTES];
	struct merkle_hash leaf;
	struct log_entry last;

	assert_int_equal(answer.status, 200);
	assert_string_equal(answer.kind, "audit");
	assert_int_equal(
	    client_log(str_of(answer.body, answer.len), &k->log, &e), 0);
	k->at = open_note(c->office, str_from(k->log.checkpoint));
	assert_true(k->log.taken >= 1 && k->log.taken <= x->n);
	last = x->entry[k->log.taken - 1];
	last.office = c->office;
	last.device = c->device;
	log_entry_put(&last, bytes);
	leaf = merkle_leaf(str_of(bytes, sizeof(bytes)));
	assert_true(merkle_included(k->log.index, k->at.size, &leaf,
	    k->log.inclusion, k->log.inclusions, &k->at.root));
	assert_true(merkle_consistent(before.size, &before.root, k->at.size,
	    &k->at.root, k->log.consistency, k->log.consistencies));
}

/* Uploads entries from..to, which are taken. */
static inline void must_take(struct client *c, const struct chain *x,
    size_t from, size_t to, struct known *k)
{
	upload_of(x, from, to, k->at.size);
	upload_send(c);
	if (answer.status != 200)
		print_error("%s %s\n", answer.body, answer.failure.text);
	must_agree(c, x, k);
}

/* A GET that anybody may send. */
static inline int fetch(const char *path)
{
	struct hub_request q = {str_from("GET"), str_from(path), str_from(""),
	    .now_s = now_s};

	forget();
	hub_handle(h, db, &q, &answer);
	keep_reply();
	return answer.status;
}

#endif
