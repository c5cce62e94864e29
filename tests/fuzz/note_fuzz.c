/*
 * What a hub's log or whoever stands before it can say: notes, checkpoints,
 * keys, proofs, tile paths, entries. Nothing is believed that was not signed,
 * what is read is written as it came, and a proof of random bytes proves
 * nothing.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/core/log_check.h"
#include "firmware/core/log_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NODES = 64 };

static void must(bool fact)
{
	if (!fact)
		abort();
}

static bool inside(struct str part, struct str whole)
{
	return part.ptr >= whole.ptr &&
	    part.ptr + part.len <= whole.ptr + whole.len;
}

/* The key of a seed that the fuzzer does not know how to use. */
static struct note_key key_of(const char *name, uint8_t secret[64])
{
	uint8_t seed[32] = {42};
	struct note_key k = {.name = ""};

	must(crypto_sign_seed_keypair(k.public_key, secret, seed) == 0);
	must(str_copy(k.name, sizeof(k.name), str_from(name)));
	return k;
}

static void try_open(struct str s)
{
	uint8_t secret[64];
	struct note_key k = key_of("a", secret);
	struct checkpoint c;
	struct str text;
	char vkey[NOTE_VKEY];

	must(note_vkey(&k, vkey));
	/* the secret is nowhere in the input */
	must(!note_open(s, &k, &text));
	must(log_open(s, str_from(vkey), 1, &c) == LOG_BAD_NOTE);
}

/* Whatever can be signed opens as what it was; and no more when one byte of
 * it is another. */
static void try_sign(struct str s)
{
	static uint8_t bytes[NOTE_BYTES];
	uint8_t secret[64];
	struct note_key k = key_of("hub.example/karcis/1", secret);
	struct str body = str_cut(s, 2, s.len), text = {NULL, 0};
	struct checkpoint c;
	struct buf b;
	size_t at;

	buf_init(&b, bytes, sizeof(bytes));
	if (s.len < 2 || !note_sign(body, k.name, secret, &b))
		return;
	must(note_open(buf_view(&b), &k, &text));
	must(inside(text, buf_view(&b)) && str_eq(text, body));
	(void)checkpoint_parse(text, &c);
	at = ((size_t)(uint8_t)s.ptr[0] << 8 | (uint8_t)s.ptr[1]) % b.len;
	bytes[at] ^= 1;
	must(!note_open(buf_view(&b), &k, &text));
}

/* Behind a good signature the input is more signature lines. */
static void try_more_lines(struct str s)
{
	static uint8_t bytes[2 * NOTE_BYTES];
	uint8_t secret[64];
	struct note_key k = key_of("a", secret);
	struct str text;
	struct buf b;

	buf_init(&b, bytes, sizeof(bytes));
	must(note_sign(str_from("text\n"), "a", secret, &b));
	buf_str(&b, s);
	if (!b.full && note_open(buf_view(&b), &k, &text))
		must(str_is(text, "text\n"));
}

static void try_checkpoint(struct str s)
{
	uint8_t bytes[512];
	struct checkpoint c, again;
	struct buf b;

	if (!checkpoint_parse(s, &c))
		return;
	buf_init(&b, bytes, sizeof(bytes));
	must(checkpoint_put(&c, &b));
	must(b.len <= s.len && str_eq(buf_view(&b), str_cut(s, 0, b.len)));
	must(checkpoint_parse(buf_view(&b), &again));
	must(memcmp(&c, &again, sizeof(c)) == 0);
}

static void try_vkey(struct str s)
{
	struct note_key k;
	char back[NOTE_VKEY];

	if (!note_vkey_parse(s, &k))
		return;
	must(note_vkey(&k, back));
	must(str_is(s, back));
}

static void try_tile(struct str s)
{
	uint64_t index;
	unsigned width;
	char back[LOG_PATH];
	int level;

	if (!log_tile_parse(s, &level, &index, &width))
		return;
	must(level >= -1 && level < 64 && width >= 1 && width <= LOG_TILE);
	must(log_tile_path(level, index, width, back));
	must(str_is(s, back));
}

static uint64_t number_of(struct str s, size_t at)
{
	uint64_t v = 0;

	for (size_t i = 0; i < 8; i++)
		v = v << 8 |
		    (at + i < s.len ? (unsigned char)s.ptr[at + i] : 0);
	return v >> ((s.len > 0 ? (unsigned char)s.ptr[0] : 0) % 64);
}

/* Nobody finds a preimage: hashes of the input never lead to this root. */
static void try_proofs(struct str s)
{
	static const struct merkle_hash root = {{1, 2, 3}}, other = {{4}};
	struct merkle_hash proof[NODES];
	uint64_t a = number_of(s, 1), b = number_of(s, 9);
	size_t n = 0;

	for (; n < NODES && s.len >= 17 + (n + 1) * sizeof(proof[0]); n++)
		memcpy(&proof[n], s.ptr + 17 + n * sizeof(proof[0]),
		    sizeof(proof[0]));
	must(!merkle_included(a, b, &other, proof, n, &root) ||
	    memcmp(&other, &root, sizeof(root)) == 0);
	/* from nothing everything grows */
	if (merkle_consistent(a, &other, b, &root, proof, n))
		must(a == 0 && n == 0);
}

static void try_entries(struct str s)
{
	static struct log_walk w;
	uint8_t back[LOG_ENTRY_BYTES];
	struct log_entry x;
	struct log_finding f;

	memset(&w, 0, sizeof(w));
	w.office = (uint32_t)number_of(s, 1);
	for (; s.len > 0; s = str_cut(s, LOG_ENTRY_BYTES, s.len)) {
		struct str one = str_cut(s, 0, LOG_ENTRY_BYTES);
		uint64_t size = w.tree.size;

		if (log_entry_read(one, &x)) {
			log_entry_put(&x, back);
			must(str_eq(one, str_of(back, sizeof(back))));
		}
		if (log_walk_add(&w, one, NULL, &x, &f) == LOG_FAULT_NONE)
			must(w.tree.size == size + 1 && w.chains > 0);
		else
			must(w.tree.size == size && f.index == size);
	}
}

static void try_origin(struct str s)
{
	char origin[NOTE_NAME];
	struct note_key k = {.name = ""};
	char vkey[NOTE_VKEY];

	if (!log_origin(s, 4102, origin))
		return;
	must(str_copy(k.name, sizeof(k.name), str_from(origin)));
	must(note_vkey(&k, vkey));
}

/* The first byte names what the rest is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(struct str) = {try_open, try_sign,
	    try_more_lines, try_checkpoint, try_vkey, try_tile, try_proofs,
	    try_entries, try_origin};
	struct str rest;

	if (size == 0)
		return 0;
	rest = str_of(data + 1, size - 1);
	tries[data[0] % ARRAY_LEN(tries)](rest);
	return 0;
}
