/*
 * The log as anybody reads it, against values that were computed outside this
 * program: roots by Python's hashlib, recursively as RFC 6962 section 2.1 has
 * it, over entries i = 0, 1, 2 .. of office 4102 with device 1 + i mod 3, n i
 * / 3 + 1, time NOW + i, kind 1 + i mod 20, commitment SHA-256("c" || u64 i)
 * and hash SHA-256("h" || u64 i); keys and notes by Python's hashlib and
 * OpenSSL's Ed25519 under the master 09 09 ...
 */
#include "firmware/hub/hub_db.h"
#include "firmware/hub/hub_log.h"
#include "test_hub_log.h"

enum { ENTRIES = 66100 };

static struct log_entry entry_of(uint64_t i)
{
	struct log_entry x = {.office = OFFICE,
	    .device = (uint32_t)(1 + i % 3),
	    .n = i / 3 + 1,
	    .time_s = NOW + (int64_t)i,
	    .kind = (uint16_t)(1 + i % 20)};
	uint8_t text[9];
	struct buf b;

	buf_init(&b, text, sizeof(text));
	buf_byte(&b, 'c');
	buf_be(&b, i, 8);
	crypto_hash_sha256(x.commitment.bytes, text, sizeof(text));
	text[0] = 'h';
	crypto_hash_sha256(x.hash.bytes, text, sizeof(text));
	return x;
}

/* Appends up to that size, at most 500 in a transaction as requests do. */
static void grow(uint64_t to)
{
	static struct log_entry entries[BATCH];
	struct hub_log *l;
	uint64_t size;
	size_t n;

	do {
		assert_int_equal(hub_db_begin(db, HUB_DB_WRITE, &e), 0);
		assert_int_equal(hub_log_open(db, OFFICE, &l, &e), 0);
		size = hub_log_size(l);
		assert_true(size <= to);
		n = to - size < BATCH ? (size_t)(to - size) : BATCH;
		for (size_t i = 0; i < n; i++)
			entries[i] = entry_of(size + i);
		assert_int_equal(hub_log_append(l, entries, n, &e), 0);
		assert_int_equal(hub_log_size(l), size + n);
		hub_log_close(l);
		assert_int_equal(hub_db_commit(db, &e), 0);
	} while (n == BATCH);
}

static struct hub_log *read_log(void)
{
	struct hub_log *l;

	assert_int_equal(hub_db_begin(db, HUB_DB_READ, &e), 0);
	assert_int_equal(hub_log_open(db, OFFICE, &l, &e), 0);
	return l;
}

static void end_log(struct hub_log *l)
{
	hub_log_close(l);
	hub_db_rollback(db);
}

static void must_have_root(const char *hex)
{
	struct hub_log *l = read_log();
	struct merkle_hash root;
	char got[65];

	assert_int_equal(hub_log_root(l, &root, &e), 0);
	wire_hex(root.bytes, sizeof(root.bytes), got);
	assert_string_equal(got, hex);
	end_log(l);
}

static const struct {
	uint64_t size;
	const char *root;
} roots[] = {
    {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {1, "541889567cc17aabd0e867aa8fcff020c4ea1642a23c09aa7b41e051e01ecbd8"},
    {2, "32f237e625ff863ebe4d4eb97ce82a8419413320a8c41ebf756691bc7935f297"},
    {255, "7b3f3d0573258fb2ce0713a82bab5164e5c3f79e74e4a7c30ef1bd1c7261c985"},
    {256, "63c9c36ccf9d9baf1cb0c7914186b4bfca5c9091505753adfe218bad99ffa256"},
    {257, "eecbf5189d98edffbd56a2a2df2a2d2a9ba2f3b701eff5a6c12c9439f25fc328"},
    {511, "97317492755f740b480e9c853fb495de0671fa5da20b973a8f29e46a96f78224"},
    {512, "9bf7481878c8c709982bafd91fbd97a04e41adb7a311677693b2afbcbcf9650e"},
    {513, "3c7237cf871b232498f0c7aec7de522ea939f6a0174815b1eed00e57ee978c2c"},
    {65535, "eccbb9df7e2560a5acde5f3f2edca7f934d37d88660743794b59554e19023608"},
    {65536, "1325be97c87b3ef40c7380d73635b2d5a02c416464d8b61fb2ea7b90db90d973"},
    {65537, "97b4d63e6143f5dc4e6f86724e213d0d4684f7617d081a4a1469635555bb3d7b"},
    {65793, "096a4c648ae9f56be92b4c31fdef99027dc0c1ef9093568ec9fb6228a41f3382"},
    {ENTRIES,
	"c9048e724103360d3a17f7fc33b84f4a784122b6725ed86638d7cbf0d62d4f96"},
};

static struct merkle_hash leaf_of(uint64_t i)
{
	const struct log_entry x = entry_of(i);
	uint8_t bytes[LOG_ENTRY_BYTES];

	log_entry_put(&x, bytes);
	return merkle_leaf(str_of(bytes, sizeof(bytes)));
}

static struct merkle_hash root_of_hex(const char *hex)
{
	struct merkle_hash m;

	assert_true(wire_unhex(str_from(hex), m.bytes, sizeof(m.bytes)));
	return m;
}

/* Against the last root and all earlier ones. */
static void must_prove(void)
{
	static const uint64_t at[] = {0, 1, 254, 255, 256, 257, 511, 512, 65279,
	    65280, 65535, 65536, 65791, 65792, 66098, 66099};
	const struct merkle_hash root = root_of_hex(
	    roots[ARRAY_LEN(roots) - 1].root);
	struct merkle_hash proof[MERKLE_PROOF], leaf;
	struct hub_log *l = read_log();
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		assert_int_equal(hub_log_included(l, at[i], proof, &n, &e), 0);
		leaf = leaf_of(at[i]);
		assert_true(
		    merkle_included(at[i], ENTRIES, &leaf, proof, n, &root));
	}
	for (size_t i = 1; i < ARRAY_LEN(roots); i++) {
		struct merkle_hash from = root_of_hex(roots[i].root);

		assert_int_equal(
		    hub_log_consistent(l, roots[i].size, proof, &n, &e), 0);
		assert_true(merkle_consistent(roots[i].size, &from, ENTRIES,
		    &root, proof, n));
	}
	assert_int_equal(hub_log_included(l, ENTRIES, proof, &n, &e), -EIO);
	assert_int_equal(hub_log_consistent(l, ENTRIES + 1, proof, &n, &e),
	    -EIO);
	end_log(l);
}

/* What a tile's hashes are, computed from the leaves. */
static struct merkle_hash node_of(unsigned level, uint64_t index)
{
	struct merkle m = {0};

	for (uint64_t i = index << level; i < (index + 1) << level; i++) {
		struct merkle_hash leaf = leaf_of(i);

		merkle_add(&m, &leaf);
	}
	return merkle_root(&m);
}

static void must_serve_tile(const char *path, unsigned level, uint64_t first,
    size_t n)
{
	char whole[128];

	snprintf(whole, sizeof(whole), "/v1/log/4102/%s", path);
	assert_int_equal(fetch(whole), 200);
	assert_int_equal(answer.len, n * MERKLE_BYTES);
	assert_string_equal(answer.type, "application/octet-stream");
	assert_int_equal(answer.immutable, n == LOG_TILE);
	assert_string_equal(answer.kind, "");
	for (size_t i = 0; i<n; i += n> 4 ? n / 4 : 1) {
		struct merkle_hash want = node_of(level, first + i);

		assert_memory_equal(answer.body + i * MERKLE_BYTES, &want,
		    MERKLE_BYTES);
	}
}

static void must_serve_entries(const char *path, uint64_t first, size_t n)
{
	uint8_t want[2 + LOG_ENTRY_BYTES] = {0, LOG_ENTRY_BYTES};
	char whole[128];

	snprintf(whole, sizeof(whole), "/v1/log/4102/%s", path);
	assert_int_equal(fetch(whole), 200);
	assert_int_equal(answer.len, n * sizeof(want));
	assert_string_equal(answer.type, "application/octet-stream");
	assert_int_equal(answer.immutable, n == LOG_TILE);
	for (size_t i = 0; i < n; i++) {
		struct log_entry x = entry_of(first + i);

		log_entry_put(&x, want + 2);
		assert_memory_equal(answer.body + i * sizeof(want), want,
		    sizeof(want));
	}
}

/* 66,100 entries: 258 full tiles of 256 and 52 more; 258 full ones are one
 * full tile of level 1 and 2 more; and one of level 2. */
static void must_serve_tiles(void)
{
	must_serve_tile("tile/0/000", 0, 0, 256);
	must_serve_tile("tile/0/257", 0, UINT64_C(257) * 256, 256);
	must_serve_tile("tile/0/258.p/52", 0, UINT64_C(258) * 256, 52);
	must_serve_tile("tile/0/258.p/1", 0, UINT64_C(258) * 256, 1);
	must_serve_tile("tile/0/000.p/7", 0, 0, 7);
	must_serve_tile("tile/1/000", 8, 0, 256);
	must_serve_tile("tile/1/001.p/2", 8, 256, 2);
	must_serve_tile("tile/2/000.p/1", 16, 0, 1);
	must_serve_entries("tile/entries/000", 0, 256);
	must_serve_entries("tile/entries/258.p/52", UINT64_C(258) * 256, 52);
	must_serve_entries("tile/entries/003.p/200", UINT64_C(3) * 256, 200);
}

/* With a sentence, and signed by nobody. */
static void must_be_missing(const char *path)
{
	if (fetch(path) != 404)
		print_error("%s\n", path);
	assert_int_equal(answer.status, 404);
	assert_string_equal(text_of(reply, "error"), "not_found");
	assert_true(strlen(text_of(reply, "detail")) > 8);
	assert_string_equal(answer.kind, "");
	assert_null(answer.type);
}

static void must_not_serve_more(void)
{
	static const char *const paths[] = {"tile/0/258", "tile/0/258.p/53",
	    "tile/0/259.p/1", "tile/1/001", "tile/1/001.p/3", "tile/2/000",
	    "tile/2/000.p/2", "tile/3/000.p/1", "tile/entries/258",
	    "tile/entries/258.p/53", "tile/entries/259.p/1",
	    "tile/0/x036/028/797/018/963/967", "tile/0/000.p/0",
	    "tile/0/000.p/256", "tile/0/0", "tile/0/x000", "tile/0/", "tile/0",
	    "tile/64/000", "tile/00/000", "tile/-1/000", "tile/entries", "tile",
	    "", "checkpoint/", "Checkpoint", "index.html"};
	char whole[128];

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		snprintf(whole, sizeof(whole), "/v1/log/4102/%s", paths[i]);
		must_be_missing(whole);
	}
}

/* The only test of a large log: it takes a second or two to make. */
static void test_a_log_of_66100_entries(void **state)
{
	static const char note[] =
	    "hub.example/karcis/4102\n66100\n"
	    "yQSOckEDNg06F/f8M7hPSnhBIrZyXthmONfL8NYtT5Y=\n\n"
	    "\xE2\x80\x94 hub.example/karcis/4102 "
	    "jqaBfTNrvg4cQhvdWJgfsR/iy5VB/YA8kXJdLt7vpHsZX0ufzVPPZlx6K5RsWxvX"
	    "UahfKr64OAiNy1ePymg6YhQJdQ4=\n";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		grow(roots[i].size);
		must_have_root(roots[i].root);
	}
	must_prove();
	must_serve_tiles();
	must_not_serve_more();
	assert_int_equal(fetch("/v1/log/4102/checkpoint"), 200);
	assert_string_equal(answer.body, note);
}

static void test_the_checkpoint_of_an_empty_log(void **state)
{
	static const char note[] =
	    "hub.example/karcis/77\n0\n"
	    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
	    "\xE2\x80\x94 hub.example/karcis/77 "
	    "9DonDTveaTy4aPmC1w0e/lyQtSvSNjEpDT6KVwLiSfJuuhyInZ1IUEsT0Nlznp+A"
	    "F1zSvvfuThwWOe9p0oYxwMHJGw8=\n";

	(void)state;
	assert_int_equal(fetch("/v1/log/77/checkpoint"), 200);
	assert_string_equal(answer.body, note);
	assert_string_equal(answer.type, "text/plain; charset=utf-8");
	assert_false(answer.immutable);
	assert_string_equal(answer.kind, "");
	assert_int_equal(fetch("/v1/log/77/tile/0/000.p/1"), 404);
	assert_int_equal(fetch("/v1/log/77/tile/entries/000.p/1"), 404);
}

static void test_an_office_s_log_key_is_as_documented(void **state)
{
	char vkey[NOTE_VKEY];

	(void)state;
	assert_int_equal(hub_log_vkey(h, db, OFFICE, vkey, &e), 0);
	assert_string_equal(vkey,
	    "hub.example/karcis/4102+8ea6817d+"
	    "AUEr1TkinUaL+c9P10ZlMcbQ47FhJQsQM0V4aBi5xa+s");
	assert_int_equal(hub_log_vkey(h, db, OTHER_OFFICE, vkey, &e), 0);
	assert_string_equal(vkey,
	    "hub.example/karcis/77+f43a270d+"
	    "AaDYkCW3Antzfjqmp2Vk2LB+OZCPuRyX5wZgYkkFaGy9");
	assert_int_equal(hub_log_vkey(h, db, 9, vkey, &e), -ENOENT);
	assert_string_equal(vkey, "");
}

static void test_offices_that_are_none_have_no_log(void **state)
{
	static const char *const paths[] = {"/v1/log/9/checkpoint",
	    "/v1/log/0/checkpoint", "/v1/log/04102/checkpoint",
	    "/v1/log/4294967296/checkpoint", "/v1/log//checkpoint",
	    "/v1/log/x/checkpoint", "/v1/log/4102", "/v1/log/"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		must_be_missing(paths[i]);
	}
}

static void test_a_log_is_only_read(void **state)
{
	struct hub_request q = {str_from("POST"),
	    str_from("/v1/log/4102/checkpoint"), str_from(""), .now_s = now_s};

	(void)state;
	forget();
	hub_handle(h, db, &q, &answer);
	keep_reply();
	assert_int_equal(answer.status, 405);
	assert_string_equal(answer.error, "method");
}

static void test_a_hub_s_url_must_make_a_name(void **state)
{
	static const char *const urls[] = {"https://", "hub.example",
	    "https://hub.example/a+b",
	    "https://"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    ".example"};
	struct hub_options o = {.keys = &keys};
	struct hub *other;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		o.url = urls[i];
		assert_int_equal(hub_open(&o, &other, &e), -EINVAL);
		assert_null(other);
		assert_non_null(strstr(e.text, "URL"));
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, make_hub, remove_hub)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_log_of_66100_entries),
	    T(test_the_checkpoint_of_an_empty_log),
	    T(test_an_office_s_log_key_is_as_documented),
	    T(test_offices_that_are_none_have_no_log),
	    T(test_a_log_is_only_read),
	    T(test_a_hub_s_url_must_make_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
