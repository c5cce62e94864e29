#include "hub_log.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "hub_call.h"

/* A batch of 500 changes eleven tiles at most, a proof reads two a level. */
enum { TILES = 32, IN_TILE = 8 /* levels */, HEX = 2 * MERKLE_BYTES };

struct tile {
	unsigned level; /* of tiles */
	uint64_t index;
	unsigned n; /* hashes; 0 = no tile */
	bool changed;
	uint64_t used; /* when last */
	struct merkle_hash hash[LOG_TILE];
};

struct hub_log {
	struct hub_db *db;
	uint32_t office;
	uint64_t size, turn;
	struct tile tile[TILES];
	struct err *e; /* of the call under way, for read_node */
};

int hub_log_open(struct hub_db *db, uint32_t office, struct hub_log **out,
    struct err *e)
{
	struct hub_log *l;
	int r;

	*out = NULL;
	r = hub_db_one(db, HUB_SQL_LOG_GET, HUB_ARGS(hub_n(office)), e);
	if (r < 0)
		return r;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return err_set(e, -ENOMEM, "hub: out of memory for a log");
	l->db = db;
	l->office = office;
	l->size = r == 1 ? (uint64_t)hub_db_int(db, 0) : 0;
	*out = l;
	return 0;
}

void hub_log_close(struct hub_log *l)
{
	free(l);
}

uint64_t hub_log_size(const struct hub_log *l)
{
	return l->size;
}

static int no_good(const struct hub_log *l, struct err *e)
{
	return err_set(e, -EIO, "hub: the log of office %lu is no good",
	    (unsigned long)l->office);
}

bool hub_log_hashes(struct str text, struct merkle_hash *out, size_t *n)
{
	*n = text.len / HEX;
	if (text.len % HEX != 0 || *n == 0 || *n > LOG_TILE)
		return false;
	for (size_t i = 0; i < *n; i++)
		if (!wire_unhex(str_cut(text, i * HEX, HEX), out[i].bytes,
			MERKLE_BYTES))
			return false;
	return true;
}

/* The one that was used least lately; one that changed stays. */
static struct tile *free_tile(struct hub_log *l)
{
	struct tile *best = NULL;

	for (size_t i = 0; i < TILES; i++)
		if (!l->tile[i].changed &&
		    (best == NULL || l->tile[i].used < best->used))
			best = &l->tile[i];
	if (best != NULL)
		memset(best, 0, sizeof(*best));
	return best;
}

/* From the store, unless it is at hand. *out may be an empty one. */
static int find_tile(struct hub_log *l, unsigned level, uint64_t index,
    struct tile **out, struct err *e)
{
	struct tile *t;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < TILES; i++) {
		t = &l->tile[i];
		if (t->n > 0 && t->level == level && t->index == index) {
			t->used = ++l->turn;
			*out = t;
			return 0;
		}
	}
	t = free_tile(l);
	if (t == NULL)
		return err_set(e, -ENOBUFS, "hub: too much of a log at once");
	r = hub_db_one(l->db, HUB_SQL_LOG_TILE,
	    HUB_ARGS(hub_n(l->office), hub_n(level), hub_n((int64_t)index)), e);
	if (r < 0)
		return r;
	if (r == 1 && !hub_log_hashes(hub_db_text(l->db, 0), t->hash, &n))
		return no_good(l, e);
	t->level = level;
	t->index = index;
	t->n = (unsigned)n;
	t->used = ++l->turn;
	*out = t;
	return 0;
}

/* The root of 2^levels hashes. */
static struct merkle_hash root_of(const struct merkle_hash *hash,
    unsigned levels)
{
	struct merkle_hash row[LOG_TILE];
	size_t n = (size_t)1 << levels;

	memcpy(row, hash, n * sizeof(row[0]));
	for (; n > 1; n /= 2)
		for (size_t i = 0; i < n / 2; i++)
			row[i] = merkle_node(&row[2 * i], &row[2 * i + 1]);
	return row[0];
}

/* Any node of a perfect subtree, for the proofs of core/merkle.h. */
static int read_node(void *log, unsigned level, uint64_t index,
    struct merkle_hash *out)
{
	struct hub_log *l = log;
	unsigned inner = level % IN_TILE;
	uint64_t first = index << inner;
	struct tile *t;
	int r = find_tile(l, level / IN_TILE, first / LOG_TILE, &t, l->e);

	if (r < 0)
		return r;
	if (t->n < first % LOG_TILE + ((size_t)1 << inner))
		return no_good(l, l->e);
	*out = root_of(&t->hash[first % LOG_TILE], inner);
	return 0;
}

/* Adding. */

static int put_hash(struct hub_log *l, uint64_t at, struct merkle_hash hash,
    struct err *e)
{
	struct tile *t;
	int r = 0;

	for (unsigned level = 0; r == 0; level++) {
		r = find_tile(l, level, at / LOG_TILE, &t, e);
		if (r < 0)
			return r;
		if (t->n != at % LOG_TILE)
			return no_good(l, e);
		t->hash[t->n++] = hash;
		t->changed = true;
		if (t->n < LOG_TILE)
			break;
		hash = root_of(t->hash, IN_TILE);
		at /= LOG_TILE;
	}
	return r;
}

static void put_row(struct hub_text *t, uint64_t at, const struct log_entry *x)
{
	hub_text_comma(t);
	hub_text_fmt(t, "[%llu,%lu,%llu,%lld,%u,", (unsigned long long)at,
	    (unsigned long)x->device, (unsigned long long)x->n,
	    (long long)x->time_s, (unsigned)x->kind);
	hub_text_hex(t, x->commitment.bytes, AUDIT_HASH_BYTES);
	hub_text_str(t, ",");
	hub_text_hex(t, x->hash.bytes, AUDIT_HASH_BYTES);
	hub_text_str(t, "]");
}

static int save_tile(struct hub_log *l, struct tile *t, struct err *e)
{
	struct hub_text hex = {0};
	char one[HEX + 1];
	int r;

	for (unsigned i = 0; i < t->n; i++) {
		wire_hex(t->hash[i].bytes, MERKLE_BYTES, one);
		hub_text_put(&hex, one, HEX);
	}
	if (hex.failed)
		r = err_set(e, -ENOMEM, "hub: out of memory for a log");
	else
		r = hub_db_run(l->db, HUB_SQL_LOG_TILE_PUT,
		    HUB_ARGS(hub_n(l->office), hub_n(t->level),
			hub_n((int64_t)t->index), hub_t(hex.ptr)),
		    e);
	hub_text_fini(&hex);
	t->changed = r != 0;
	return r;
}

static int save(struct hub_log *l, const char *rows, struct err *e)
{
	int r = hub_db_run(l->db, HUB_SQL_LOG_ADD,
	    HUB_ARGS(hub_n(l->office), hub_t(rows)), e);

	for (size_t i = 0; i < TILES && r == 0; i++)
		if (l->tile[i].changed)
			r = save_tile(l, &l->tile[i], e);
	if (r == 0)
		r = hub_db_run(l->db, HUB_SQL_LOG_PUT,
		    HUB_ARGS(hub_n(l->office), hub_n((int64_t)l->size)), e);
	return r;
}

int hub_log_append(struct hub_log *l, const struct log_entry *entries, size_t n,
    struct err *e)
{
	uint8_t leaf[LOG_ENTRY_BYTES];
	struct hub_text rows = {0};
	int r = 0;

	if (n == 0)
		return 0;
	hub_text_str(&rows, "[");
	for (size_t i = 0; i < n && r == 0; i++) {
		log_entry_put(&entries[i], leaf);
		put_row(&rows, l->size, &entries[i]);
		r = put_hash(l, l->size,
		    merkle_leaf(str_of(leaf, sizeof(leaf))), e);
		l->size++;
	}
	hub_text_str(&rows, "]");
	if (r == 0 && rows.failed)
		r = err_set(e, -ENOMEM, "hub: out of memory for a log");
	if (r == 0)
		r = save(l, rows.ptr, e);
	hub_text_fini(&rows);
	return r;
}

/* Telling. */

int hub_log_root(struct hub_log *l, struct merkle_hash *out, struct err *e)
{
	struct merkle edge;
	int r;

	l->e = e;
	r = merkle_load(read_node, l, l->size, &edge);
	l->e = NULL;
	if (r == 0)
		*out = merkle_root(&edge);
	return r;
}

int hub_log_included(struct hub_log *l, uint64_t index,
    struct merkle_hash *proof, size_t *n, struct err *e)
{
	int r;

	l->e = e;
	r = merkle_prove_included(read_node, l, index, l->size, proof, n);
	l->e = NULL;
	return r == -EINVAL ? no_good(l, e) : r;
}

int hub_log_consistent(struct hub_log *l, uint64_t from,
    struct merkle_hash *proof, size_t *n, struct err *e)
{
	int r;

	l->e = e;
	r = merkle_prove_consistent(read_node, l, from, l->size, proof, n);
	l->e = NULL;
	return r == -EINVAL ? no_good(l, e) : r;
}

int hub_log_checkpoint(struct hub_log *l, const struct hub *h,
    struct hub_text *out, struct err *e)
{
	uint8_t secret[NOTE_SECRET_BYTES];
	char text[NOTE_BYTES], note[NOTE_BYTES];
	struct checkpoint c = {.size = l->size};
	struct note_key key;
	struct buf t, b;
	int r = hub_log_root(l, &c.root, e);

	if (r == 0)
		r = hub_log_key(h, l->office, &key, secret, e);
	if (r < 0)
		return r;
	memcpy(c.origin, key.name, sizeof(c.origin));
	buf_init(&t, text, sizeof(text));
	buf_init(&b, note, sizeof(note));
	if (!checkpoint_put(&c, &t) ||
	    !note_sign(buf_view(&t), key.name, secret, &b))
		r = err_set(e, -EIO, "hub: a checkpoint could not be signed");
	else
		hub_text_put(out, b.ptr, b.len);
	sodium_memzero(secret, sizeof(secret));
	return r;
}

bool hub_log_row(struct hub_db *db, uint32_t office, struct log_entry *out,
    uint64_t *index)
{
	struct log_entry x = {
	    .office = office,
	    .device = (uint32_t)hub_db_int(db, 1),
	    .n = (uint64_t)hub_db_int(db, 2),
	    .time_s = hub_db_int(db, 3),
	    .kind = (uint16_t)hub_db_int(db, 4),
	};

	*index = (uint64_t)hub_db_int(db, 0);
	if (!wire_unhex(hub_db_text(db, 5), x.commitment.bytes,
		AUDIT_HASH_BYTES) ||
	    !wire_unhex(hub_db_text(db, 6), x.hash.bytes, AUDIT_HASH_BYTES))
		return false;
	*out = x;
	return true;
}

int hub_log_key(const struct hub *h, uint32_t office, struct note_key *key,
    uint8_t secret[NOTE_SECRET_BYTES], struct err *e)
{
	uint8_t seed[crypto_sign_SEEDBYTES], text[32];
	struct buf b;

	if (!log_origin(str_from(h->url), office, key->name))
		return err_set(e, -EINVAL,
		    "hub: its URL makes no name for a log: up to 109 characters "
		    "without + and spaces");
	buf_init(&b, text, sizeof(text));
	buf_text(&b, "karcis-log-v1");
	buf_be(&b, office, 4);
	crypto_generichash(seed, sizeof(seed), b.ptr, b.len,
	    h->keys.master.bytes, KEY_BYTES);
	crypto_sign_seed_keypair(key->public_key, secret, seed);
	sodium_memzero(seed, sizeof(seed));
	return 0;
}

int hub_log_vkey(struct hub *h, struct hub_db *db, uint32_t office,
    char out[NOTE_VKEY], struct err *e)
{
	uint8_t secret[NOTE_SECRET_BYTES];
	struct note_key key;
	int r = hub_db_one(db, HUB_SQL_OFFICE_GET, HUB_ARGS(hub_n(office)), e);

	out[0] = '\0';
	if (r == 0)
		r = err_set(e, -ENOENT, "hub: no office %lu: add it first",
		    (unsigned long)office);
	else if (r == 1)
		r = hub_log_key(h, office, &key, secret, e);
	hub_db_rollback(db);
	if (r < 0)
		return r;
	sodium_memzero(secret, sizeof(secret));
	return note_vkey(&key, out)
	    ? 0
	    : err_set(e, -EINVAL, "hub: the log's key makes no text");
}
