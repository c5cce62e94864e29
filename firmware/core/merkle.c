#include "merkle.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

/* Domains of RFC 6962 section 2.1: no leaf can be taken for a node. */
enum { DOMAIN_LEAF = 0x00, DOMAIN_NODE = 0x01 };

struct merkle_hash merkle_leaf(struct str entry)
{
	crypto_hash_sha256_state h;
	struct merkle_hash out = {{0}};
	const uint8_t domain = DOMAIN_LEAF;

	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, &domain, 1);
	crypto_hash_sha256_update(&h, (const uint8_t *)entry.ptr, entry.len);
	crypto_hash_sha256_final(&h, out.bytes);
	return out;
}

struct merkle_hash merkle_node(const struct merkle_hash *left,
    const struct merkle_hash *right)
{
	crypto_hash_sha256_state h;
	struct merkle_hash out = {{0}};
	const uint8_t domain = DOMAIN_NODE;

	crypto_hash_sha256_init(&h);
	crypto_hash_sha256_update(&h, &domain, 1);
	crypto_hash_sha256_update(&h, left->bytes, sizeof(left->bytes));
	crypto_hash_sha256_update(&h, right->bytes, sizeof(right->bytes));
	crypto_hash_sha256_final(&h, out.bytes);
	return out;
}

static struct merkle_hash empty_root(void)
{
	struct merkle_hash out = {{0}};

	crypto_hash_sha256(out.bytes, NULL, 0);
	return out;
}

static bool same(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

void merkle_add(struct merkle *m, const struct merkle_hash *leaf)
{
	struct merkle_hash h = *leaf;
	unsigned level = 0;

	if (m->size >= UINT64_MAX >> 1)
		return; /* 63 levels are full; no log gets there */
	for (; (m->size >> level & 1) != 0; level++)
		h = merkle_node(&m->peak[level], &h);
	m->peak[level] = h;
	m->size++;
}

struct merkle_hash merkle_root(const struct merkle *m)
{
	struct merkle_hash h = empty_root();
	bool any = false;

	for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
		if ((m->size >> level & 1) == 0)
			continue;
		h = any ? merkle_node(&m->peak[level], &h) : m->peak[level];
		any = true;
	}
	return h;
}

/* The way up from the right edge of `first` leaves through a tree of which
 * `last` is the last leaf (RFC 9162: fn and sn). */
struct way {
	uint64_t first, last;
};

/* True when the next node of the proof stands on the left. */
static bool way_left(struct way *w)
{
	if ((w->first & 1) == 0 && w->first != w->last)
		return false;
	while ((w->first & 1) == 0 && w->first != 0) {
		w->first >>= 1;
		w->last >>= 1;
	}
	return true;
}

static void way_up(struct way *w)
{
	w->first >>= 1;
	w->last >>= 1;
}

bool merkle_included(uint64_t index, uint64_t size,
    const struct merkle_hash *leaf, const struct merkle_hash *proof, size_t n,
    const struct merkle_hash *root)
{
	struct merkle_hash h = *leaf;
	struct way w = {index, size - 1};

	if (index >= size)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (w.last == 0)
			return false;
		h = way_left(&w) ? merkle_node(&proof[i], &h)
				 : merkle_node(&h, &proof[i]);
		way_up(&w);
	}
	return w.last == 0 && same(&h, root);
}

/* 0 < from < to. */
static bool grows(uint64_t from, const struct merkle_hash *from_root,
    uint64_t to, const struct merkle_hash *to_root,
    const struct merkle_hash *proof, size_t n)
{
	struct way w = {from - 1, to - 1};
	struct merkle_hash old, now;
	size_t i = 0;

	for (; (w.first & 1) != 0; way_up(&w))
		;
	/* A perfect tree is its own first node and is not sent. */
	old = now = w.first == 0 ? *from_root : proof[i++];
	for (; i < n; i++) {
		if (w.last == 0)
			return false;
		if (way_left(&w)) {
			old = merkle_node(&proof[i], &old);
			now = merkle_node(&proof[i], &now);
		} else {
			now = merkle_node(&now, &proof[i]);
		}
		way_up(&w);
	}
	return w.last == 0 && same(&old, from_root) && same(&now, to_root);
}

bool merkle_consistent(uint64_t from, const struct merkle_hash *from_root,
    uint64_t to, const struct merkle_hash *to_root,
    const struct merkle_hash *proof, size_t n)
{
	if (from > to)
		return false;
	if (from == to)
		return n == 0 && same(from_root, to_root);
	if (from == 0)
		return n == 0;
	return n > 0 && grows(from, from_root, to, to_root, proof, n);
}

/* Leaves lo .. hi - 1, where lo is a multiple of the power of two that holds
 * them. */
struct range {
	uint64_t lo, hi;
};

struct maker {
	merkle_read_fn *read;
	void *ctx;
	struct merkle_hash *proof;
	size_t n;
};

/* Root of a range, from its perfect subtrees, the rightmost first. */
static int range_root(const struct maker *m, struct range r,
    struct merkle_hash *out)
{
	uint64_t size = r.hi - r.lo, start;
	struct merkle_hash h;
	bool any = false;
	int err;

	for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
		if ((size >> level & 1) == 0)
			continue;
		start = r.lo + (size >> level >> 1 << level << 1);
		err = m->read(m->ctx, level, start >> level, &h);
		if (err < 0)
			return err;
		*out = any ? merkle_node(&h, out) : h;
		any = true;
	}
	return 0;
}

static int put(struct maker *m, struct range r)
{
	int err;

	if (m->n == MERKLE_PROOF)
		return -EINVAL;
	err = range_root(m, r, &m->proof[m->n]);
	if (err < 0)
		return err;
	m->n++;
	return 0;
}

/* Halves a range (RFC 6962: k, the largest power of two below its size). */
static struct range right_half(struct range r)
{
	uint64_t k = 1;

	while (k < (r.hi - r.lo + 1) / 2)
		k <<= 1;
	return (struct range){r.lo + k, r.hi};
}

/* Goes down to the subtree whose last leaf is edge - 1 (`leaf`: to that leaf
 * alone), putting the other half of each step. */
static int descend(struct maker *m, struct range *r, uint64_t edge, bool leaf)
{
	struct range right;
	int err = 0;

	while (err == 0 && (leaf ? r->hi - r->lo > 1 : r->hi != edge)) {
		right = right_half(*r);
		if (edge <= right.lo) {
			err = put(m, right);
			r->hi = right.lo;
		} else {
			err = put(m, (struct range){r->lo, right.lo});
			r->lo = right.lo;
		}
	}
	return err;
}

/* Proofs are read from the leaf up. */
static void turn(struct maker *m)
{
	struct merkle_hash h;

	for (size_t i = 0; i < m->n / 2; i++) {
		h = m->proof[i];
		m->proof[i] = m->proof[m->n - 1 - i];
		m->proof[m->n - 1 - i] = h;
	}
}

int merkle_prove_included(merkle_read_fn *read, void *ctx, uint64_t index,
    uint64_t size, struct merkle_hash *proof, size_t *n)
{
	struct maker m = {read, ctx, proof, 0};
	struct range r = {0, size};
	int err;

	*n = 0;
	if (index >= size || size > UINT64_MAX >> 1)
		return -EINVAL;
	err = descend(&m, &r, index + 1, true);
	if (err < 0)
		return err;
	turn(&m);
	*n = m.n;
	return 0;
}

int merkle_prove_consistent(merkle_read_fn *read, void *ctx, uint64_t from,
    uint64_t to, struct merkle_hash *proof, size_t *n)
{
	struct maker m = {read, ctx, proof, 0};
	struct range r = {0, to};
	int err;

	*n = 0;
	if (from > to || to > UINT64_MAX >> 1)
		return -EINVAL;
	if (from == 0 || from == to)
		return 0;
	err = descend(&m, &r, from, false);
	/* The old tree itself, where it is perfect, is known already. */
	if (err == 0 && r.lo != 0)
		err = put(&m, r);
	if (err < 0)
		return err;
	turn(&m);
	*n = m.n;
	return 0;
}

int merkle_load(merkle_read_fn *read, void *ctx, uint64_t size,
    struct merkle *out)
{
	struct merkle m = {0};
	int err;

	if (size > UINT64_MAX >> 1)
		return -EINVAL;
	m.size = size;
	for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
		if ((size >> level & 1) == 0)
			continue;
		err = read(ctx, level, size >> level >> 1 << 1, &m.peak[level]);
		if (err < 0)
			return err;
	}
	*out = m;
	return 0;
}
