/* A hub's log in memory: entries of a few devices' chains, the tree over them,
 * and checkpoints that are signed by its key. */
#ifndef KARCIS_TESTS_TEST_LOG_H
#define KARCIS_TESTS_TEST_LOG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "firmware/core/log_check.h"
#include "firmware/core/log_walk.h"

enum { TEST_LOG = 700, TEST_DEVICES = 5, TEST_OFFICE = 4102 };
#define TEST_ORIGIN "hub.example/karcis/4102"

struct test_log {
	uint8_t entry[TEST_LOG][LOG_ENTRY_BYTES];
	struct merkle_hash leaf[TEST_LOG];
	size_t n;
	struct log_chain chain[TEST_DEVICES + 1];
	uint8_t secret[64];
	char vkey[NOTE_VKEY];
};

static inline void test_log_key(uint8_t seed_byte, const char *name,
    uint8_t secret[64], char vkey[NOTE_VKEY])
{
	uint8_t bytes[32] = {seed_byte};
	struct note_key k = {.name = ""};

	assert_int_equal(crypto_sign_seed_keypair(k.public_key, secret, bytes),
	    0);
	assert_true(str_copy(k.name, sizeof(k.name), str_from(name)));
	assert_true(note_vkey(&k, vkey));
}

static inline struct merkle_hash test_log_leaf(const uint8_t *entry)
{
	return merkle_leaf(str_of(entry, LOG_ENTRY_BYTES));
}

static inline void test_log_add(struct test_log *l, uint32_t device,
    int64_t time_s, uint16_t kind)
{
	struct log_chain *c = &l->chain[device];
	struct log_entry x = {.office = TEST_OFFICE,
	    .device = device,
	    .n = c->n + 1,
	    .time_s = time_s,
	    .kind = kind};
	uint8_t salt[16] = {(uint8_t)device, (uint8_t)x.n, (uint8_t)(x.n >> 8)};

	assert_true(l->n < TEST_LOG && device <= TEST_DEVICES);
	x.commitment = audit_commit(salt, str_from("said"));
	x.hash = audit_link(x.n, &c->hash, time_s, kind, &x.commitment);
	c->n = x.n;
	c->hash = x.hash;
	log_entry_put(&x, l->entry[l->n]);
	l->leaf[l->n] = test_log_leaf(l->entry[l->n]);
	l->n++;
}

/* n entries of all devices, in turn but not evenly. */
static inline void test_log_fill(struct test_log *l, size_t n)
{
	memset(l, 0, sizeof(*l));
	test_log_key(7, TEST_ORIGIN, l->secret, l->vkey);
	for (size_t i = 0; i < n; i++)
		test_log_add(l, 1 + (uint32_t)((i * i + i / 3) % TEST_DEVICES),
		    1764000000 + (int64_t)i, (uint16_t)(2 + i % 5));
}

/* Nodes straight from the leaves: slow, and simple. */
static inline struct merkle_hash test_log_root(const struct merkle_hash *leaf,
    size_t n)
{
	struct merkle m = {0};

	for (size_t i = 0; i < n; i++)
		merkle_add(&m, &leaf[i]);
	return merkle_root(&m);
}

static inline int test_log_node(void *ctx, unsigned level, uint64_t index,
    struct merkle_hash *out)
{
	const struct test_log *l = ctx;

	*out = test_log_root(l->leaf + (index << level), (size_t)1 << level);
	return 0;
}

static inline void test_log_sign(const char *origin, uint64_t size,
    const struct merkle_hash *root, const uint8_t secret[64],
    char out[NOTE_BYTES])
{
	struct checkpoint c = {.size = size, .root = *root};
	uint8_t text[512];
	struct buf b, note;

	assert_true(str_copy(c.origin, sizeof(c.origin), str_from(origin)));
	buf_init(&b, text, sizeof(text));
	assert_true(checkpoint_put(&c, &b));
	buf_init(&note, out, NOTE_BYTES);
	assert_true(note_sign(buf_view(&b), origin, secret, &note));
	buf_cstr(&note);
}

static inline void test_log_checkpoint(const struct test_log *l, size_t size,
    char out[NOTE_BYTES])
{
	struct merkle_hash root = test_log_root(l->leaf, size);

	test_log_sign(TEST_ORIGIN, size, &root, l->secret, out);
}

#endif
