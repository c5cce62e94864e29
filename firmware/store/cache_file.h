/* The open cache, shared by the sources of the cache alone. */
#ifndef KARCIS_STORE_CACHE_FILE_H
#define KARCIS_STORE_CACHE_FILE_H

#include "cache.h"
#include "db.h"

#define MODULE "cache"

/* A row's place in the order of keys: the key's first bytes say enough. */
struct place {
	uint64_t key;
	uint32_t row;
};
enum { HEAPS = 256 }; /* one for each first byte of a key */

/* Rows of an import; slot is an open-addressed table of row number + 1. */
struct import {
	struct booking *row;
	size_t rows, cap;
	uint32_t *slot;
	size_t slots;        /* a power of two, at least twice cap */
	size_t heap[HEAPS];  /* rows; when placing: where the next goes */
	struct place *order; /* NULL until the first write */
	size_t placed, sorted, written;
	sqlite3_stmt *put; /* NULL until the transaction is open */
};

struct cache {
	sqlite3 *db;
	sqlite3_stmt *find, *find_fed;
	bool fed; /* the hub feeds it: what was imported does not count */
	sqlite3_stmt *feed_day, *feed_set, *feed_begin, *feed_commit;
	sqlite3_stmt *feed_old, *feed_put, *feed_del;
	sqlite3_stmt *feed_adm_old, *feed_adm_put;
	sqlite3_stmt *pass_key, *pass_label;
	struct import import;
	bool importing;
};

#define CACHE_COLUMNS \
	"hash, office, day, start_min, end_min, service, class, status," \
	" companions, birth, permit_expires_day, status_s, masked_name"
/* False where a column holds what none of ours holds. */
bool cache_read_row(sqlite3_stmt *s, struct booking *b) MUST_USE;
bool cache_valid(const struct booking *b);
/* Binds parameters 1 to 13, in the order of CACHE_COLUMNS. */
void cache_bind_row(sqlite3_stmt *s, const struct booking *b);

/* cache_feed.c: prepares its statements, and lets them go. */
int cache_feed_prepare(struct cache *c, struct err *e) MUST_USE;
void cache_feed_finalize(struct cache *c);
/* cache_pass.c */
int cache_pass_prepare(struct cache *c, struct err *e) MUST_USE;
void cache_pass_finalize(struct cache *c);
/* Removes what the feed said of days before `before_day`. */
int cache_feed_purge(struct cache *c, int32_t before_day, int64_t *removed,
    struct err *e) MUST_USE;

#endif
