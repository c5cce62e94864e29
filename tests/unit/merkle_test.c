/*
 * Trees and proofs against RFC 6962: roots that Certificate Transparency's
 * tests know, and tests/unit/vectors/log.txt. Every proof of every tree up to
 * 40 leaves is made, verified, and refused with any bit, index, size or node
 * changed.
 */
#include "firmware/core/merkle.h"

#include <errno.h>

#include "test_vectors.h"

enum { LEAVES = 40, LEVELS = 7, BIG = 70000 };

/* All perfect subtrees of a tree of LEAVES leaves, built by merkle_node
 * alone. */
static struct merkle_hash tree[LEVELS][LEAVES];
static struct merkle_hash roots[LEAVES + 1];
static unsigned reads;

static int read_node(void *ctx, unsigned level, uint64_t index,
    struct merkle_hash *out)
{
	(void)ctx;
	reads++;
	assert_true(level < LEVELS && index < (unsigned)LEAVES >> level);
	*out = tree[level][index];
	return 0;
}

static int refuse(void *ctx, unsigned level, uint64_t index,
    struct merkle_hash *out)
{
	(void)ctx;
	(void)level;
	(void)index;
	(void)out;
	return -EIO;
}

static int make_tree(void **state)
{
	struct merkle m = {0};

	(void)state;
	roots[0] = merkle_root(&m);
	for (unsigned i = 0; i < LEAVES; i++) {
		uint8_t byte = (uint8_t)i;

		tree[0][i] = merkle_leaf(str_of(&byte, 1));
		merkle_add(&m, &tree[0][i]);
		roots[i + 1] = merkle_root(&m);
	}
	for (unsigned level = 1; level < LEVELS; level++)
		for (unsigned i = 0; i < (unsigned)LEAVES >> level; i++)
			tree[level][i] = merkle_node(&tree[level - 1][2 * i],
			    &tree[level - 1][2 * i + 1]);
	return 0;
}

static bool same(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static void test_roots_are_those_of_certificate_transparency(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} leaves[] = {{"", 0}, {"\x00", 1}, {"\x10", 1}, {"\x20\x21", 2},
	    {"\x30\x31", 2}, {"\x40\x41\x42\x43", 4},
	    {"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
	    {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
		16}};
	struct merkle m = {0};

	(void)state;
	for (size_t n = 0; n <= ARRAY_LEN(leaves); n++) {
		struct merkle_hash want, got = merkle_root(&m);
		char name[16];

		(void)snprintf(name, sizeof(name), "root_%zu", n);
		vector_hex("log", name, want.bytes, sizeof(want.bytes));
		assert_memory_equal(&got, &want, sizeof(want));
		if (n == ARRAY_LEN(leaves))
			break;
		got = merkle_leaf(str_of(leaves[n].bytes, leaves[n].len));
		merkle_add(&m, &got);
	}
}

static void test_roots_of_all_sizes_to_40_are_the_recursive_ones(void **state)
{
	uint8_t want[32], got[32];

	(void)state;
	vector_hex("log", "roots_40", want, sizeof(want));
	crypto_hash_sha256(got, (const uint8_t *)roots, sizeof(roots));
	assert_memory_equal(got, want, sizeof(want));
}

static void test_a_tree_of_70000_leaves_has_its_root(void **state)
{
	struct merkle_hash want, got;
	struct merkle m = {0};

	(void)state;
	for (uint32_t i = 0; i < BIG; i++) {
		uint8_t bytes[4] = {(uint8_t)(i >> 24), (uint8_t)(i >> 16),
		    (uint8_t)(i >> 8), (uint8_t)i};

		got = merkle_leaf(str_of(bytes, sizeof(bytes)));
		merkle_add(&m, &got);
	}
	got = merkle_root(&m);
	vector_hex("log", "root_70000", want.bytes, sizeof(want.bytes));
	assert_memory_equal(&got, &want, sizeof(want));
}

/* The number and the digest of all proofs are Python's. */
static void compare_proofs(const char *count, const char *digest,
    crypto_hash_sha256_state *h, unsigned nodes)
{
	uint8_t want[32], got[32];
	char text[256], number[16];

	vector("log", count, text);
	(void)snprintf(number, sizeof(number), "%u", nodes);
	assert_string_equal(text, number);
	vector_hex("log", digest, want, sizeof(want));
	crypto_hash_sha256_final(h, got);
	assert_memory_equal(got, want, sizeof(want));
}

static void test_every_proof_of_inclusion_is_the_rfc_s(void **state)
{
	struct merkle_hash proof[MERKLE_PROOF];
	crypto_hash_sha256_state h;
	unsigned nodes = 0;
	size_t n;

	(void)state;
	crypto_hash_sha256_init(&h);
	for (uint64_t size = 1; size <= LEAVES; size++)
		for (uint64_t i = 0; i < size; i++) {
			assert_int_equal(merkle_prove_included(read_node, NULL,
					     i, size, proof, &n),
			    0);
			nodes += (unsigned)n;
			crypto_hash_sha256_update(&h, (const uint8_t *)proof,
			    n * sizeof(proof[0]));
		}
	compare_proofs("inclusions", "inclusions_digest", &h, nodes);
}

static void test_every_proof_of_consistency_is_the_rfc_s(void **state)
{
	struct merkle_hash proof[MERKLE_PROOF];
	crypto_hash_sha256_state h;
	unsigned nodes = 0;
	size_t n;

	(void)state;
	crypto_hash_sha256_init(&h);
	for (uint64_t to = 1; to <= LEAVES; to++)
		for (uint64_t from = 1; from <= to; from++) {
			assert_int_equal(merkle_prove_consistent(read_node,
					     NULL, from, to, proof, &n),
			    0);
			nodes += (unsigned)n;
			crypto_hash_sha256_update(&h, (const uint8_t *)proof,
			    n * sizeof(proof[0]));
		}
	compare_proofs("consistencies", "consistencies_digest", &h, nodes);
}

/* Calls back with each bit of the hash flipped, and puts it back. */
static void each_bit(struct merkle_hash *h, bool (*accepts)(void *), void *ctx)
{
	for (unsigned bit = 0; bit < 8 * MERKLE_BYTES; bit++) {
		h->bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_false(accepts(ctx));
		h->bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

struct inclusion {
	uint64_t index, size;
	struct merkle_hash leaf, root, proof[MERKLE_PROOF];
	size_t n;
};

static bool includes(void *ctx)
{
	const struct inclusion *x = ctx;

	return merkle_included(x->index, x->size, &x->leaf, x->proof, x->n,
	    &x->root);
}

static struct inclusion inclusion(uint64_t index, uint64_t size)
{
	struct inclusion x = {.index = index, .size = size};

	x.leaf = tree[0][index];
	x.root = roots[size];
	assert_int_equal(
	    merkle_prove_included(read_node, NULL, index, size, x.proof, &x.n),
	    0);
	return x;
}

/* A proof alone does not tell the size: size and root come together, from a
 * checkpoint. */
static void test_a_proof_of_inclusion_is_of_one_leaf_and_one_tree(void **state)
{
	(void)state;
	for (uint64_t size = 1; size <= LEAVES; size++)
		for (uint64_t i = 0; i < size; i++) {
			struct inclusion x = inclusion(i, size);

			assert_true(includes(&x));
			for (x.index = 0; x.index < 2 * LEAVES; x.index++)
				assert_int_equal(includes(&x), x.index == i);
			x.index = i;
			for (uint64_t to = 0; to <= LEAVES; to++) {
				x.root = roots[to];
				assert_int_equal(includes(&x), to == size);
				x.size = to;
				assert_int_equal(includes(&x), to == size);
				x.size = size;
			}
			x.root = roots[size];
			x.n++;
			assert_false(includes(&x));
			if (x.n > 1) {
				x.n -= 2;
				assert_false(includes(&x));
			}
		}
}

static void test_no_bit_of_a_proof_of_inclusion_can_change(void **state)
{
	(void)state;
	for (uint64_t size = 1; size <= LEAVES; size++)
		for (uint64_t i = 0; i < size; i++) {
			struct inclusion x = inclusion(i, size);

			each_bit(&x.leaf, includes, &x);
			each_bit(&x.root, includes, &x);
			for (size_t k = 0; k < x.n; k++)
				each_bit(&x.proof[k], includes, &x);
		}
}

struct growth {
	uint64_t from, to;
	struct merkle_hash from_root, to_root, proof[MERKLE_PROOF];
	size_t n;
};

static bool grows(void *ctx)
{
	const struct growth *x = ctx;

	return merkle_consistent(x->from, &x->from_root, x->to, &x->to_root,
	    x->proof, x->n);
}

static struct growth growth(uint64_t from, uint64_t to)
{
	struct growth x = {.from = from, .to = to};

	x.from_root = roots[from];
	x.to_root = roots[to];
	assert_int_equal(
	    merkle_prove_consistent(read_node, NULL, from, to, x.proof, &x.n),
	    0);
	return x;
}

static void test_a_proof_of_consistency_is_of_two_trees(void **state)
{
	(void)state;
	for (uint64_t to = 1; to <= LEAVES; to++)
		for (uint64_t from = 1; from <= to; from++) {
			struct growth x = growth(from, to);

			assert_true(grows(&x));
			for (x.from = 1; x.from < 2 * LEAVES; x.from++)
				if (x.from != from)
					assert_false(grows(&x));
			x.from = from;
			for (unsigned other = 0; other <= LEAVES; other++) {
				x.from_root = roots[other];
				assert_int_equal(grows(&x), other == from);
				x.from_root = roots[from];
				x.to_root = roots[other];
				assert_int_equal(grows(&x), other == to);
				x.to = other;
				if (other != to)
					assert_false(grows(&x));
				x.to = to;
				x.to_root = roots[to];
			}
			x.n++;
			assert_false(grows(&x));
			if (x.n > 1) {
				x.n -= 2;
				assert_false(grows(&x));
			}
		}
}

static void test_no_bit_of_a_proof_of_consistency_can_change(void **state)
{
	(void)state;
	for (uint64_t to = 1; to <= LEAVES; to++)
		for (uint64_t from = 1; from <= to; from++) {
			struct growth x = growth(from, to);

			each_bit(&x.from_root, grows, &x);
			each_bit(&x.to_root, grows, &x);
			for (size_t k = 0; k < x.n; k++)
				each_bit(&x.proof[k], grows, &x);
		}
}

static void test_the_empty_tree_is_the_beginning_of_all(void **state)
{
	(void)state;
	assert_true(merkle_consistent(0, &roots[0], 9, &roots[9], NULL, 0));
	assert_false(
	    merkle_consistent(0, &roots[0], 9, &roots[9], &roots[9], 1));
	assert_true(merkle_consistent(0, &roots[0], 0, &roots[0], NULL, 0));
	assert_false(merkle_consistent(0, &roots[0], 0, &roots[1], NULL, 0));
	assert_false(merkle_consistent(9, &roots[9], 8, &roots[8], NULL, 0));
	assert_false(merkle_included(0, 0, &tree[0][0], NULL, 0, &roots[0]));
}

static void test_sizes_near_the_end_of_64_bits_are_refused(void **state)
{
	struct merkle_hash proof[MERKLE_PROOF] = {{{0}}};
	struct merkle full = {.size = UINT64_MAX >> 1};
	size_t n;

	(void)state;
	for (size_t k = 0; k <= MERKLE_PROOF; k++) {
		assert_false(merkle_included(UINT64_MAX - 1, UINT64_MAX,
		    &roots[1], proof, k, &roots[2]));
		assert_false(merkle_consistent(UINT64_MAX - 1, &roots[1],
		    UINT64_MAX, &roots[2], proof, k));
		assert_false(merkle_consistent(1, &roots[1], UINT64_MAX,
		    &roots[2], proof, k));
	}
	assert_int_equal(
	    merkle_prove_included(read_node, NULL, 0, UINT64_MAX, proof, &n),
	    -EINVAL);
	assert_int_equal(
	    merkle_prove_consistent(read_node, NULL, 1, UINT64_MAX, proof, &n),
	    -EINVAL);
	assert_int_equal(merkle_load(read_node, NULL, UINT64_MAX, &full),
	    -EINVAL);
	/* A tree that is full stays as it is. */
	merkle_add(&full, &roots[1]);
	assert_true(full.size == UINT64_MAX >> 1);
}

static void test_there_is_no_proof_of_what_is_not_there(void **state)
{
	struct merkle_hash proof[MERKLE_PROOF];
	size_t n = 7;

	(void)state;
	assert_int_equal(
	    merkle_prove_included(read_node, NULL, 9, 9, proof, &n), -EINVAL);
	assert_int_equal(n, 0);
	assert_int_equal(
	    merkle_prove_included(read_node, NULL, 0, 0, proof, &n), -EINVAL);
	assert_int_equal(
	    merkle_prove_consistent(read_node, NULL, 10, 9, proof, &n),
	    -EINVAL);
	assert_int_equal(
	    merkle_prove_consistent(read_node, NULL, 0, 9, proof, &n), 0);
	assert_int_equal(n, 0);
}

static void test_a_node_that_cannot_be_read_is_told(void **state)
{
	struct merkle_hash proof[MERKLE_PROOF];
	struct merkle m = {.size = 3};
	size_t n;

	(void)state;
	assert_int_equal(merkle_prove_included(refuse, NULL, 3, 9, proof, &n),
	    -EIO);
	assert_int_equal(merkle_prove_consistent(refuse, NULL, 3, 9, proof, &n),
	    -EIO);
	assert_int_equal(merkle_load(refuse, NULL, 9, &m), -EIO);
	assert_int_equal(m.size, 3);
}

static void test_a_tree_that_was_loaded_grows_like_the_first(void **state)
{
	(void)state;
	for (uint64_t size = 0; size <= LEAVES; size++) {
		struct merkle m = {0};
		struct merkle_hash root;

		assert_int_equal(merkle_load(read_node, NULL, size, &m), 0);
		for (uint64_t i = size;; i++) {
			root = merkle_root(&m);
			assert_true(same(&root, &roots[i]));
			if (i == LEAVES)
				break;
			merkle_add(&m, &tree[0][i]);
		}
	}
}

/* 40 leaves: at most 6 levels, and one node of each peak beside. */
static void test_a_proof_reads_few_nodes(void **state)
{
	struct merkle_hash proof[MERKLE_PROOF];
	size_t n;

	(void)state;
	for (uint64_t i = 0; i < LEAVES; i++) {
		reads = 0;
		assert_int_equal(merkle_prove_included(read_node, NULL, i,
				     LEAVES - 1, proof, &n),
		    i < LEAVES - 1 ? 0 : -EINVAL);
		assert_true(reads <= 12);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_roots_are_those_of_certificate_transparency),
	    cmocka_unit_test(
		test_roots_of_all_sizes_to_40_are_the_recursive_ones),
	    cmocka_unit_test(test_a_tree_of_70000_leaves_has_its_root),
	    cmocka_unit_test(test_every_proof_of_inclusion_is_the_rfc_s),
	    cmocka_unit_test(test_every_proof_of_consistency_is_the_rfc_s),
	    cmocka_unit_test(
		test_a_proof_of_inclusion_is_of_one_leaf_and_one_tree),
	    cmocka_unit_test(test_no_bit_of_a_proof_of_inclusion_can_change),
	    cmocka_unit_test(test_a_proof_of_consistency_is_of_two_trees),
	    cmocka_unit_test(test_no_bit_of_a_proof_of_consistency_can_change),
	    cmocka_unit_test(test_the_empty_tree_is_the_beginning_of_all),
	    cmocka_unit_test(test_sizes_near_the_end_of_64_bits_are_refused),
	    cmocka_unit_test(test_there_is_no_proof_of_what_is_not_there),
	    cmocka_unit_test(test_a_node_that_cannot_be_read_is_told),
	    cmocka_unit_test(test_a_tree_that_was_loaded_grows_like_the_first),
	    cmocka_unit_test(test_a_proof_reads_few_nodes),
	};

	return cmocka_run_group_tests(tests, make_tree, NULL);
}
