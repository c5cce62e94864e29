/*
 * The hub's log: its entries' bytes, names and paths against
 * tests/unit/vectors/log.txt and C2SP tlog-tiles; what a terminal believes of
 * a checkpoint, and each way in which a hub can lie; the walk that an auditor
 * takes.
 */
#include "firmware/core/log.h"

#include "test_log.h"
#include "test_vectors.h"

static struct log_entry entry_of_vector(void)
{
	struct log_entry x = {.office = 4102,
	    .device = 7,
	    .n = 0x0102030405060708,
	    .time_s = -1,
	    .kind = 13};

	for (size_t i = 0; i < AUDIT_HASH_BYTES; i++) {
		x.commitment.bytes[i] = (uint8_t)i;
		x.hash.bytes[i] = (uint8_t)(64 + i);
	}
	return x;
}

static void test_an_entry_has_the_bytes_of_its_table(void **state)
{
	struct log_entry x = entry_of_vector(), back;
	uint8_t want[LOG_ENTRY_BYTES], got[LOG_ENTRY_BYTES];
	struct merkle_hash leaf, want_leaf;

	(void)state;
	vector_hex("log", "entry", want, sizeof(want));
	log_entry_put(&x, got);
	assert_memory_equal(got, want, sizeof(want));
	leaf = test_log_leaf(got);
	vector_hex("log", "entry_leaf", want_leaf.bytes,
	    sizeof(want_leaf.bytes));
	assert_memory_equal(&leaf, &want_leaf, sizeof(leaf));
	assert_true(log_entry_read(str_of(want, sizeof(want)), &back));
	assert_int_equal(back.office, x.office);
	assert_int_equal(back.device, x.device);
	assert_true(back.n == x.n);
	assert_true(back.time_s == -1);
	assert_int_equal(back.kind, 13);
	assert_memory_equal(&back.commitment, &x.commitment, 32);
	assert_memory_equal(&back.hash, &x.hash, 32);
}

static void test_an_entry_of_another_version_or_length_is_refused(void **state)
{
	uint8_t bytes[LOG_ENTRY_BYTES + 1] = {1};
	struct log_entry x;

	(void)state;
	assert_true(log_entry_read(str_of(bytes, LOG_ENTRY_BYTES), &x));
	assert_false(log_entry_read(str_of(bytes, LOG_ENTRY_BYTES - 1), &x));
	assert_false(log_entry_read(str_of(bytes, LOG_ENTRY_BYTES + 1), &x));
	assert_false(log_entry_read(str_from(""), &x));
	for (unsigned v = 0; v < 256; v++) {
		bytes[0] = (uint8_t)v;
		assert_int_equal(
		    log_entry_read(str_of(bytes, LOG_ENTRY_BYTES), &x), v == 1);
	}
}

static void test_the_origin_is_the_hub_s_address_and_the_office(void **state)
{
	static const struct {
		const char *url;
		uint32_t office;
		const char *want; /* NULL = refused */
	} cases[] = {
	    {"https://hub.example", 4102, "hub.example/karcis/4102"},
	    {"http://hub.example", 1, "hub.example/karcis/1"},
	    {"https://hub.example/", 4102, "hub.example/karcis/4102"},
	    {"https://hub.example:8443/imigrasi/", 4294967295,
		"hub.example:8443/imigrasi/karcis/4294967295"},
	    {"hub.example", 4102, NULL},
	    {"https://", 4102, NULL},
	    {"https:///", 4102, NULL},
	    {"ftp://hub.example", 4102, NULL},
	    {"https://hub example", 4102, NULL},
	    {"https://hub+example", 4102, NULL},
	    {"https://hub\n.example", 4102, NULL},
	    {"https://h\xC3\xBC"
	     "b.example",
		4102, NULL},
	    {"", 4102, NULL},
	};
	char got[NOTE_NAME];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool ok = log_origin(str_from(cases[i].url), cases[i].office,
		    got);

		if (ok != (cases[i].want != NULL))
			fail_msg("%s: %d", cases[i].url, ok);
		assert_string_equal(got, ok ? cases[i].want : "");
	}
}

/* 127 bytes of a name, NUL not counted: "https://" is no part of it. */
static void test_an_origin_that_is_too_long_is_refused(void **state)
{
	char url[256] = "https://", got[NOTE_NAME];
	size_t fits = NOTE_NAME - 1 - strlen("/karcis/4102");

	(void)state;
	memset(url + 8, 'h', fits);
	assert_true(log_origin(str_of(url, 8 + fits), 4102, got));
	assert_int_equal(strlen(got), NOTE_NAME - 1);
	url[8 + fits] = 'h';
	assert_false(log_origin(str_of(url, 8 + fits + 1), 4102, got));
	assert_string_equal(got, "");
}

static const struct {
	int level;
	uint64_t index;
	unsigned width;
	const char *path;
} tiles[] = {
    {0, 0, 256, "tile/0/000"},
    {0, 0, 1, "tile/0/000.p/1"},
    {0, 999, 255, "tile/0/999.p/255"},
    {0, 1000, 256, "tile/0/x001/000"},
    /* the example of C2SP tlog-tiles */
    {0, 1234067, 256, "tile/0/x001/x234/067"},
    {-1, 1234067, 8, "tile/entries/x001/x234/067.p/8"},
    {-1, 0, 12, "tile/entries/000.p/12"},
    {-1, 1067, 256, "tile/entries/x001/067"},
    {63, 1, 17, "tile/63/001.p/17"},
    {2, UINT64_MAX, 256, "tile/2/x018/x446/x744/x073/x709/x551/615"},
};

static void test_a_tile_has_the_path_of_c2sp(void **state)
{
	char got[LOG_PATH];
	uint64_t index;
	unsigned width;
	int level;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tiles); i++) {
		assert_true(log_tile_path(tiles[i].level, tiles[i].index,
		    tiles[i].width, got));
		assert_string_equal(got, tiles[i].path);
		assert_true(
		    log_tile_parse(str_from(got), &level, &index, &width));
		assert_int_equal(level, tiles[i].level);
		assert_true(index == tiles[i].index);
		assert_int_equal(width, tiles[i].width);
	}
	assert_false(log_tile_path(-2, 0, 1, got));
	assert_false(log_tile_path(64, 0, 1, got));
	assert_false(log_tile_path(0, 0, 0, got));
	assert_false(log_tile_path(0, 0, 257, got));
}

static void test_what_is_no_tile_s_path_is_refused(void **state)
{
	static const char *const paths[] = {"", "tile", "tile/", "tile/0",
	    "tile/0/", "/tile/0/000", "tile/0/000/", "tile/0/0", "tile/0/00",
	    "tile/0/0000", "tile/0/x000", "tile/0/x000/000", "tile/0/001/000",
	    "tile/0/x001/x000", "tile/0/x01/000", "tile/0/x001//000",
	    "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0",
	    "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/1/",
	    "tile/0/000.p/1/1", "tile/0/x000.p/1", "tile/0/000.q/1",
	    "tile/00/000", "tile/01/000", "tile/64/000", "tile/-1/000",
	    "tile/Entries/000", "tile/data/000", "tile/0/ 00", "tile/0/+00",
	    /* one more than 64 bits hold */
	    "tile/2/x018/x446/x744/x073/x709/x551/616",
	    "tile/2/x999/x999/x999/x999/x999/x999/999",
	    "tile/2/x001/x018/x446/x744/x073/x709/x551/615"};
	uint64_t index = 7;
	unsigned width = 7;
	int level = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (log_tile_parse(str_from(paths[i]), &level, &index, &width))
			fail_msg("%s was read", paths[i]);
	assert_false(
	    log_tile_parse(str_of("tile/0/000\0", 11), &level, &index, &width));
	assert_true(level == 7 && index == 7 && width == 7);
}

/*
 * What a terminal believes. It sent entries up to `ours`, knows the checkpoint
 * of 20 entries, and is told of one of 33.
 */
enum { BEFORE = 20, NOW = 33, OURS = 30 };

static struct test_log theirs;

struct answer {
	struct log_question q;
	struct log_entry entry;
	char note[NOTE_BYTES], known[NOTE_BYTES];
	struct merkle_hash inclusion[MERKLE_PROOF], consistency[MERKLE_PROOF];
};

static void prove(struct answer *a, struct test_log *l, uint64_t ours,
    uint64_t from, uint64_t size)
{
	a->q.index = ours;
	assert_int_equal(merkle_prove_included(test_log_node, l, ours, size,
			     a->inclusion, &a->q.inclusions),
	    0);
	assert_int_equal(merkle_prove_consistent(test_log_node, l, from, size,
			     a->consistency, &a->q.consistencies),
	    0);
}

static void honest(struct answer *a, uint64_t from, uint64_t size)
{
	memset(a, 0, sizeof(*a));
	test_log_fill(&theirs, 40);
	a->q.log_key = str_from(theirs.vkey);
	a->q.office = TEST_OFFICE;
	assert_true(log_entry_read(str_of(theirs.entry[OURS], LOG_ENTRY_BYTES),
	    &a->entry));
	a->q.entry = &a->entry;
	test_log_checkpoint(&theirs, size, a->note);
	if (from > 0)
		test_log_checkpoint(&theirs, from, a->known);
	a->q.note = str_from(a->note);
	a->q.known = str_from(a->known);
	a->q.inclusion = a->inclusion;
	a->q.consistency = a->consistency;
	prove(a, &theirs, OURS, from, size);
}

static void test_a_log_that_grew_agrees(void **state)
{
	static struct answer a;

	(void)state;
	for (uint64_t from = 0; from <= NOW; from++) {
		honest(&a, from, NOW);
		assert_int_equal(log_check(&a.q), LOG_AGREES);
	}
}

static void test_without_a_key_nothing_is_believed(void **state)
{
	static struct answer a;

	(void)state;
	honest(&a, BEFORE, NOW);
	a.q.log_key = str_from("");
	assert_int_equal(log_check(&a.q), LOG_BAD_KEY);
	a.q.log_key = str_cut(str_from(theirs.vkey), 1, NOTE_VKEY);
	assert_int_equal(log_check(&a.q), LOG_BAD_KEY);
}

static void test_a_checkpoint_that_the_key_did_not_sign_is_refused(void **state)
{
	static struct answer a;
	struct merkle_hash root;
	uint8_t secret[64];
	char vkey[NOTE_VKEY];

	(void)state;
	honest(&a, BEFORE, NOW);
	test_log_key(8, TEST_ORIGIN, secret, vkey);
	root = test_log_root(theirs.leaf, NOW);
	test_log_sign(TEST_ORIGIN, NOW, &root, secret, a.note);
	a.q.note = str_from(a.note);
	assert_int_equal(log_check(&a.q), LOG_BAD_NOTE);
	a.q.note = str_from("");
	assert_int_equal(log_check(&a.q), LOG_BAD_NOTE);
	honest(&a, BEFORE, NOW);
	strchr(a.note, '\n')[1] ^= 1;
	assert_int_equal(log_check(&a.q), LOG_BAD_NOTE);
}

static void test_a_signed_note_that_is_no_checkpoint_is_refused(void **state)
{
	static struct answer a;
	struct buf b;

	(void)state;
	honest(&a, BEFORE, NOW);
	buf_init(&b, a.note, sizeof(a.note));
	assert_true(note_sign(str_from("all is well\n"), TEST_ORIGIN,
	    theirs.secret, &b));
	a.q.note = buf_view(&b);
	assert_int_equal(log_check(&a.q), LOG_BAD_NOTE);
}

/* The same key signs for two names; the same hub has two offices. */
static void test_the_log_of_another_office_is_refused(void **state)
{
	static const char *const others[] = {"hub.example/karcis/4103",
	    "hub.example/karcis/14102", "hub.example/karcis/410",
	    "hub.example/4102", "/karcis/4102", "hub.example/karcis/04102"};
	static struct answer a;
	struct merkle_hash root;
	uint8_t secret[64];
	char vkey[NOTE_VKEY];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		honest(&a, BEFORE, NOW);
		root = test_log_root(theirs.leaf, NOW);
		test_log_key(7, others[i], secret, vkey);
		test_log_sign(others[i], NOW, &root, secret, a.note);
		a.q.log_key = str_from(vkey);
		a.q.note = str_from(a.note);
		assert_int_equal(log_check(&a.q), LOG_OTHER_ORIGIN);
	}
	honest(&a, BEFORE, NOW);
	a.q.office = 4103;
	assert_int_equal(log_check(&a.q), LOG_OTHER_ORIGIN);
}

/* A note by the right key under the right name, whose text names another. */
static void test_a_checkpoint_s_origin_is_its_key_s_name(void **state)
{
	static struct answer a;
	struct checkpoint c = {.origin = "evil.example/karcis/4102",
	    .size = NOW};
	uint8_t text[512];
	struct buf b, note;

	(void)state;
	honest(&a, BEFORE, NOW);
	c.root = test_log_root(theirs.leaf, NOW);
	buf_init(&b, text, sizeof(text));
	assert_true(checkpoint_put(&c, &b));
	buf_init(&note, a.note, sizeof(a.note));
	assert_true(note_sign(buf_view(&b), TEST_ORIGIN, theirs.secret, &note));
	a.q.note = buf_view(&note);
	assert_int_equal(log_check(&a.q), LOG_OTHER_ORIGIN);
}

static void test_a_log_that_went_back_is_named(void **state)
{
	static struct answer a;

	(void)state;
	for (size_t size = OURS + 1; size < NOW; size++) {
		honest(&a, 0, size);
		test_log_checkpoint(&theirs, NOW, a.known);
		a.q.known = str_from(a.known);
		assert_int_equal(log_check(&a.q), LOG_WENT_BACK);
	}
}

/* The hub changed one old entry and built its tree anew. */
static void test_a_log_that_was_rewritten_is_named(void **state)
{
	static struct answer a;

	(void)state;
	for (size_t i = 0; i < BEFORE; i++) {
		honest(&a, BEFORE, NOW);
		theirs.entry[i][40] ^= 1;
		theirs.leaf[i] = test_log_leaf(theirs.entry[i]);
		test_log_checkpoint(&theirs, NOW, a.note);
		a.q.note = str_from(a.note);
		prove(&a, &theirs, OURS, BEFORE, NOW);
		assert_int_equal(log_check(&a.q), LOG_NOT_CONSISTENT);
		/* with the old proof instead */
		honest(&a, BEFORE, NOW);
		theirs.leaf[i].bytes[0] ^= 1;
		test_log_checkpoint(&theirs, NOW, a.note);
		a.q.note = str_from(a.note);
		assert_int_equal(log_check(&a.q), LOG_NOT_CONSISTENT);
	}
}

static void test_a_proof_of_consistency_that_is_cut_or_bent_is_refused(
    void **state)
{
	static struct answer a;

	(void)state;
	honest(&a, BEFORE, NOW);
	for (size_t i = 0; i < a.q.consistencies; i++) {
		a.consistency[i].bytes[31] ^= 0x80;
		assert_int_equal(log_check(&a.q), LOG_NOT_CONSISTENT);
		a.consistency[i].bytes[31] ^= 0x80;
	}
	a.q.consistencies--;
	assert_int_equal(log_check(&a.q), LOG_NOT_CONSISTENT);
	a.q.consistencies = 0;
	assert_int_equal(log_check(&a.q), LOG_NOT_CONSISTENT);
	honest(&a, 0, NOW);
	a.q.consistencies = 1;
	assert_int_equal(log_check(&a.q), LOG_NOT_CONSISTENT);
}

/* Two trees of one size: the hub tells each terminal another story. */
static void test_another_tree_of_the_known_size_is_named(void **state)
{
	static struct answer a;

	(void)state;
	honest(&a, NOW, NOW);
	theirs.leaf[3].bytes[0] ^= 1;
	test_log_checkpoint(&theirs, NOW, a.note);
	a.q.note = str_from(a.note);
	prove(&a, &theirs, OURS, NOW, NOW);
	assert_int_equal(log_check(&a.q), LOG_NOT_CONSISTENT);
}

static void test_a_known_checkpoint_under_another_key_is_no_excuse(void **state)
{
	static struct answer a;
	struct merkle_hash root;
	uint8_t secret[64];
	char vkey[NOTE_VKEY];

	(void)state;
	honest(&a, BEFORE, NOW);
	test_log_key(8, TEST_ORIGIN, secret, vkey);
	root = test_log_root(theirs.leaf, NOW);
	test_log_sign(TEST_ORIGIN, NOW, &root, secret, a.note);
	a.q.note = str_from(a.note);
	a.q.log_key = str_from(vkey);
	assert_int_equal(log_check(&a.q), LOG_NOT_CONSISTENT);
	/* nothing was known */
	a.q.known = str_from("");
	a.q.consistencies = 0;
	assert_int_equal(log_check(&a.q), LOG_AGREES);
}

static void test_a_log_without_our_entry_is_named(void **state)
{
	static struct answer a;

	(void)state;
	/* no field of ours may differ from what is in the tree */
	honest(&a, BEFORE, NOW);
	a.entry.n++;
	assert_int_equal(log_check(&a.q), LOG_NOT_INCLUDED);
	honest(&a, BEFORE, NOW);
	a.entry.device++;
	assert_int_equal(log_check(&a.q), LOG_NOT_INCLUDED);
	honest(&a, BEFORE, NOW);
	a.entry.office++;
	assert_int_equal(log_check(&a.q), LOG_NOT_INCLUDED);
	honest(&a, BEFORE, NOW);
	a.entry.time_s++;
	assert_int_equal(log_check(&a.q), LOG_NOT_INCLUDED);
	honest(&a, BEFORE, NOW);
	a.entry.kind++;
	assert_int_equal(log_check(&a.q), LOG_NOT_INCLUDED);
	honest(&a, BEFORE, NOW);
	a.entry.commitment.bytes[0] ^= 1;
	assert_int_equal(log_check(&a.q), LOG_NOT_INCLUDED);
	honest(&a, BEFORE, NOW);
	a.entry.hash.bytes[31] ^= 1;
	assert_int_equal(log_check(&a.q), LOG_NOT_INCLUDED);
}

static void test_a_proof_of_inclusion_that_is_cut_or_bent_is_refused(
    void **state)
{
	static struct answer a;

	(void)state;
	honest(&a, BEFORE, NOW);
	for (uint64_t i = 0; i < 2 * NOW; i++) {
		a.q.index = i;
		assert_int_equal(log_check(&a.q),
		    i == OURS ? LOG_AGREES : LOG_NOT_INCLUDED);
	}
	a.q.index = OURS;
	for (size_t i = 0; i < a.q.inclusions; i++) {
		a.inclusion[i].bytes[0] ^= 1;
		assert_int_equal(log_check(&a.q), LOG_NOT_INCLUDED);
		a.inclusion[i].bytes[0] ^= 1;
	}
	a.q.inclusions--;
	assert_int_equal(log_check(&a.q), LOG_NOT_INCLUDED);
	/* a tree in which it is not there yet */
	honest(&a, BEFORE, NOW);
	test_log_checkpoint(&theirs, OURS, a.note);
	a.q.note = str_from(a.note);
	assert_int_equal(merkle_prove_consistent(test_log_node, &theirs, BEFORE,
			     OURS, a.consistency, &a.q.consistencies),
	    0);
	assert_int_equal(log_check(&a.q), LOG_NOT_INCLUDED);
}

static void test_every_answer_has_words(void **state)
{
	(void)state;
	for (int a = LOG_AGREES; a < LOG_ANSWERS; a++)
		for (int b = LOG_UNSET; b < a; b++)
			assert_string_not_equal(
			    log_answer_words((enum log_answer)a),
			    log_answer_words((enum log_answer)b));
	assert_string_equal(log_answer_words(LOG_UNSET), "it was not judged");
}

/* The auditor's walk. */
static struct log_walk walk;

static enum log_fault step(size_t i, const struct merkle_hash *told,
    struct log_finding *f)
{
	struct log_entry x;

	return log_walk_add(&walk, str_of(theirs.entry[i], LOG_ENTRY_BYTES),
	    told, &x, f);
}

/* First finding in a log of n entries. */
static struct log_finding walked(size_t n)
{
	struct log_finding f = {.fault = LOG_FAULT_NONE};

	memset(&walk, 0, sizeof(walk));
	walk.office = TEST_OFFICE;
	for (size_t i = 0; i < n && f.fault == LOG_FAULT_NONE; i++)
		(void)step(i, &theirs.leaf[i], &f);
	return f;
}

static void test_a_sound_log_is_walked_to_its_root(void **state)
{
	struct merkle_hash want, got;

	(void)state;
	test_log_fill(&theirs, TEST_LOG);
	assert_int_equal(walked(TEST_LOG).fault, LOG_FAULT_NONE);
	got = merkle_root(&walk.tree);
	want = test_log_root(theirs.leaf, TEST_LOG);
	assert_memory_equal(&got, &want, sizeof(got));
	assert_int_equal(walk.chains, TEST_DEVICES);
	for (size_t i = 0; i < walk.chains; i++)
		assert_true(
		    walk.chain[i].n == theirs.chain[walk.chain[i].device].n);
}

static void test_what_does_not_fit_is_named_by_index_device_and_n(void **state)
{
	struct log_entry x;
	struct log_finding f;

	(void)state;
	test_log_fill(&theirs, 40);
	assert_true(
	    log_entry_read(str_of(theirs.entry[17], LOG_ENTRY_BYTES), &x));
	theirs.entry[17][59] ^= 1; /* the hash */
	theirs.leaf[17] = test_log_leaf(theirs.entry[17]);
	f = walked(40);
	assert_int_equal(f.fault, LOG_FAULT_CHAIN);
	assert_int_equal(f.index, 17);
	assert_int_equal(f.device, x.device);
	assert_true(f.n == x.n);
	/* only the tile tells */
	test_log_fill(&theirs, 40);
	theirs.leaf[17].bytes[3] ^= 1;
	f = walked(40);
	assert_int_equal(f.fault, LOG_FAULT_TREE);
	assert_int_equal(f.index, 17);
	assert_true(f.n == x.n);
	/* the version */
	test_log_fill(&theirs, 40);
	theirs.entry[17][0] = 2;
	theirs.leaf[17] = test_log_leaf(theirs.entry[17]);
	f = walked(40);
	assert_int_equal(f.fault, LOG_FAULT_FORM);
	assert_int_equal(f.device, 0);
	/* the office */
	test_log_fill(&theirs, 40);
	theirs.entry[17][4]++;
	theirs.leaf[17] = test_log_leaf(theirs.entry[17]);
	assert_int_equal(walked(40).fault, LOG_FAULT_OFFICE);
}

static void test_an_entry_that_was_left_out_is_named(void **state)
{
	struct log_entry gone, x;
	struct log_finding f;

	(void)state;
	test_log_fill(&theirs, 40);
	assert_true(
	    log_entry_read(str_of(theirs.entry[9], LOG_ENTRY_BYTES), &gone));
	memmove(theirs.entry[9], theirs.entry[10], 30 * LOG_ENTRY_BYTES);
	memmove(&theirs.leaf[9], &theirs.leaf[10], 30 * sizeof(theirs.leaf[0]));
	f = walked(39);
	assert_int_equal(f.fault, LOG_FAULT_MISSING);
	assert_int_equal(f.device, gone.device);
	assert_true(f.n == gone.n);
	/* at that device's next entry */
	assert_true(
	    log_entry_read(str_of(theirs.entry[f.index], LOG_ENTRY_BYTES), &x));
	assert_int_equal(x.device, gone.device);
	assert_true(x.n == gone.n + 1);
}

static void test_a_finding_changes_nothing_in_the_walk(void **state)
{
	static struct log_walk before;
	struct log_finding f;
	size_t next = 21;

	(void)state;
	test_log_fill(&theirs, 40);
	(void)walked(20);
	before = walk;
	/* the next one of the same device (bytes 5 to 8) */
	while (memcmp(theirs.entry[next] + 5, theirs.entry[20] + 5, 4) != 0)
		next++;
	assert_int_equal(step(next, NULL, &f), LOG_FAULT_MISSING);
	theirs.entry[20][30] ^= 1;
	assert_int_equal(step(20, NULL, &f), LOG_FAULT_CHAIN);
	theirs.entry[20][30] ^= 1;
	assert_int_equal(step(20, &theirs.leaf[21], &f), LOG_FAULT_TREE);
	assert_int_equal(walk.tree.size, before.tree.size);
	assert_int_equal(walk.chains, before.chains);
	assert_memory_equal(walk.chain, before.chain,
	    before.chains * sizeof(before.chain[0]));
	assert_int_equal(step(20, &theirs.leaf[20], &f), LOG_FAULT_NONE);
}

static void test_an_office_has_1024_devices_at_most(void **state)
{
	uint8_t bytes[LOG_ENTRY_BYTES];
	struct log_finding f;
	struct log_entry x = {.office = TEST_OFFICE, .n = 1, .kind = 1}, got;
	struct audit_hash zero = {{0}};

	(void)state;
	memset(&walk, 0, sizeof(walk));
	walk.office = TEST_OFFICE;
	x.hash = audit_link(1, &zero, 0, 1, &x.commitment);
	for (x.device = 1; x.device <= LOG_DEVICES; x.device++) {
		log_entry_put(&x, bytes);
		assert_int_equal(log_walk_add(&walk,
				     str_of(bytes, sizeof(bytes)), NULL, &got,
				     &f),
		    LOG_FAULT_NONE);
	}
	log_entry_put(&x, bytes);
	assert_int_equal(
	    log_walk_add(&walk, str_of(bytes, sizeof(bytes)), NULL, &got, &f),
	    LOG_FAULT_DEVICES);
	x.device = 7;
	x.n = 2;
	x.hash = audit_link(2, &x.hash, 0, 1, &x.commitment);
	log_entry_put(&x, bytes);
	assert_int_equal(
	    log_walk_add(&walk, str_of(bytes, sizeof(bytes)), NULL, &got, &f),
	    LOG_FAULT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_entry_has_the_bytes_of_its_table),
	    cmocka_unit_test(
		test_an_entry_of_another_version_or_length_is_refused),
	    cmocka_unit_test(
		test_the_origin_is_the_hub_s_address_and_the_office),
	    cmocka_unit_test(test_an_origin_that_is_too_long_is_refused),
	    cmocka_unit_test(test_a_tile_has_the_path_of_c2sp),
	    cmocka_unit_test(test_what_is_no_tile_s_path_is_refused),
	    cmocka_unit_test(test_a_log_that_grew_agrees),
	    cmocka_unit_test(test_without_a_key_nothing_is_believed),
	    cmocka_unit_test(
		test_a_checkpoint_that_the_key_did_not_sign_is_refused),
	    cmocka_unit_test(
		test_a_signed_note_that_is_no_checkpoint_is_refused),
	    cmocka_unit_test(test_the_log_of_another_office_is_refused),
	    cmocka_unit_test(test_a_checkpoint_s_origin_is_its_key_s_name),
	    cmocka_unit_test(test_a_log_that_went_back_is_named),
	    cmocka_unit_test(test_a_log_that_was_rewritten_is_named),
	    cmocka_unit_test(
		test_a_proof_of_consistency_that_is_cut_or_bent_is_refused),
	    cmocka_unit_test(test_another_tree_of_the_known_size_is_named),
	    cmocka_unit_test(
		test_a_known_checkpoint_under_another_key_is_no_excuse),
	    cmocka_unit_test(test_a_log_without_our_entry_is_named),
	    cmocka_unit_test(
		test_a_proof_of_inclusion_that_is_cut_or_bent_is_refused),
	    cmocka_unit_test(test_every_answer_has_words),
	    cmocka_unit_test(test_a_sound_log_is_walked_to_its_root),
	    cmocka_unit_test(
		test_what_does_not_fit_is_named_by_index_device_and_n),
	    cmocka_unit_test(test_an_entry_that_was_left_out_is_named),
	    cmocka_unit_test(test_a_finding_changes_nothing_in_the_walk),
	    cmocka_unit_test(test_an_office_has_1024_devices_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
