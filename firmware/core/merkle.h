/*
 * Merkle trees as RFC 6962 section 2.1 defines them, over SHA-256: the tree
 * that grows at its right edge, and its proofs.
 */
#ifndef KARCIS_CORE_MERKLE_H
#define KARCIS_CORE_MERKLE_H

#include "str.h"

enum { MERKLE_BYTES = 32, MERKLE_LEVELS = 63, MERKLE_PROOF = 128 };

struct merkle_hash {
	uint8_t bytes[MERKLE_BYTES];
};

/* SHA-256(0x00 || entry) */
struct merkle_hash merkle_leaf(struct str entry);
/* SHA-256(0x01 || left || right) */
struct merkle_hash merkle_node(const struct merkle_hash *left,
    const struct merkle_hash *right);

/* The right edge of a tree; zeroed = the empty tree. */
struct merkle {
	uint64_t size;
	struct merkle_hash peak[MERKLE_LEVELS]; /* of level i where bit i of
						   size is set */
};
void merkle_add(struct merkle *m, const struct merkle_hash *leaf);
/* Of the empty tree: SHA-256 of nothing. */
struct merkle_hash merkle_root(const struct merkle *m);

/* True when the proof shows that leaf `index` is in the tree of that size and
 * root (RFC 9162 section 2.1.3.2). */
bool merkle_included(uint64_t index, uint64_t size,
    const struct merkle_hash *leaf, const struct merkle_hash *proof, size_t n,
    const struct merkle_hash *root) MUST_USE;
/* True when the tree `to` begins with the tree `from` (RFC 9162 section
 * 2.1.4.2). from 0 needs no proof; from == to needs equal roots and none. */
bool merkle_consistent(uint64_t from, const struct merkle_hash *from_root,
    uint64_t to, const struct merkle_hash *to_root,
    const struct merkle_hash *proof, size_t n) MUST_USE;

/* Reads the node of a perfect subtree: level 0 = leaf hashes, index counted
 * within its level. 0 or -errno. */
typedef int merkle_read_fn(void *ctx, unsigned level, uint64_t index,
    struct merkle_hash *out);
/* Makes a proof (at most MERKLE_PROOF nodes). -EINVAL: no such leaf or tree;
 * else what read returned. */
int merkle_prove_included(merkle_read_fn *read, void *ctx, uint64_t index,
    uint64_t size, struct merkle_hash *proof, size_t *n) MUST_USE;
int merkle_prove_consistent(merkle_read_fn *read, void *ctx, uint64_t from,
    uint64_t to, struct merkle_hash *proof, size_t *n) MUST_USE;
/* The right edge of the tree of that size. */
int merkle_load(merkle_read_fn *read, void *ctx, uint64_t size,
    struct merkle *out) MUST_USE;

#endif
