/*
 * The cache: today's bookings and those to come, in cache.db. The hub or an
 * import owns it and it can be replaced; it holds no name, number or plain
 * code, and the key of a row is the booking code's keyed hash.
 *
 * WAL, synchronous=FULL, exclusive locking, secure_delete. All calls:
 * -ENOSPC disk full, -EROFS read-only, -EIO device fault, -EUCLEAN damaged,
 * -EBUSY another process has it, -EPROTO made by a newer release.
 */
#ifndef KARCIS_STORE_CACHE_H
#define KARCIS_STORE_CACHE_H

#include "firmware/core/booking.h"
#include "firmware/core/err.h"

struct cache;

/* Opens or makes the file and brings its schema up to date. */
int cache_open(const char *path, struct cache **out, struct err *e) MUST_USE;
void cache_close(struct cache *c);

/* -ENOENT (without a sentence): no such booking. */
int cache_find(struct cache *c, const struct code_hash *hash,
    struct booking *out, struct err *e) MUST_USE;
int cache_count(struct cache *c, int64_t *rows, struct err *e) MUST_USE;
/* Bookings of one civil day. */
int cache_count_day(struct cache *c, int32_t day, int64_t *rows,
    struct err *e) MUST_USE;

/* When the data was last known to be complete; 0 = never. */
int cache_last_sync(struct cache *c, int64_t *last_sync_s,
    struct err *e) MUST_USE;
int cache_set_last_sync(struct cache *c, int64_t last_sync_s,
    struct err *e) MUST_USE;

/*
 * An import is all or nothing: rows are gathered in memory, and commit writes
 * them sorted by key in one transaction. A booking that the cache already has
 * is replaced. One import at a time (-EALREADY).
 */
int cache_import_begin(struct cache *c, struct err *e) MUST_USE;
/* -EEXIST: the same code came before in this import; the first stays.
 * -EINVAL: a field is out of its range. -ENOMEM. */
int cache_import_put(struct cache *c, const struct booking *b,
    struct err *e) MUST_USE;
/*
 * Writes at most so many rows, for callers that have other work between. 1:
 * call it again; 0: all are written, commit; less: roll back. From the first
 * call on no row can be put any more, and from the first row written on
 * cache_find answers as if all of them were.
 */
int cache_import_write(struct cache *c, size_t rows, struct err *e) MUST_USE;
/* Ends the import, also when it fails, after writing what is left.
 * last_sync_s is stored with it. */
int cache_import_commit(struct cache *c, int64_t last_sync_s,
    struct err *e) MUST_USE;
void cache_import_rollback(struct cache *c);
/* Meanwhile nothing else may write: no purge. */
bool cache_importing(const struct cache *c);

/* Removes bookings of days before `before_day`, from the file and the WAL. */
int cache_purge(struct cache *c, int32_t before_day, int64_t *removed,
    struct err *e) MUST_USE;

#endif
