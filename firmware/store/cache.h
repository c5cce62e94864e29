/*
 * The cache: today's bookings and those to come, in cache.db. The hub or an
 * import owns it and it can be replaced; it holds no name, number or plain
 * code, and the key of a row is the booking code's keyed hash. From the first
 * page of a hub's feed on, only what the feed said counts; imported bookings
 * do not.
 *
 * WAL, synchronous=FULL, exclusive locking, secure_delete. All calls:
 * -ENOSPC disk full, -EROFS read-only, -EIO device fault, -EUCLEAN damaged,
 * -EBUSY another process has it, -EPROTO made by a newer release.
 */
#ifndef KARCIS_STORE_CACHE_H
#define KARCIS_STORE_CACHE_H

#include "firmware/core/err.h"
#include "firmware/core/feed.h"
#include "firmware/core/pass.h"
#include "firmware/core/roster.h"

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

/*
 * The hub's feed. A page and its cursor are one transaction. Of a day nothing
 * is shown until all its pages are there and the digest agrees. An update of
 * it is shown page by page, for each is signed; a last page whose digest does
 * not agree is undone, and the day is loaded anew beside what is shown.
 */
struct cache_feed {
	int64_t epoch,
	    at;           /* ask for the rows after it; 0, 0 = from the start */
	int64_t synced_s; /* when the whole day was there last; 0 = never */
	bool whole;       /* nothing is missing of what was shown last */
	struct feed_digest digest; /* of the rows up to `at` */
};
/* All zero for a day that was never asked for. */
int cache_feed_state(struct cache *c, int32_t day, struct cache_feed *out,
    struct err *e) MUST_USE;
/* 0: applied, durably. -ESTALE: it does not begin where the state ends;
 * nothing changed. -EILSEQ: whole but its digest is not ours; undone, and the
 * caller begins the day again (cache_feed_restart). -EINVAL: a field is out of
 * range; nothing changed. */
int cache_feed_apply(struct cache *c, const struct feed_page *page,
    int64_t now_s, struct err *e) MUST_USE;
/* Loads the day anew, from 0; what is shown stays until then. -EBUSY: an
 * import is under way. */
int cache_feed_restart(struct cache *c, int32_t day, struct err *e) MUST_USE;
/* That a booking was admitted on the day, at whatever terminal. -ENOENT (no
 * sentence): not that the feed knows. */
int cache_find_admission(struct cache *c, const struct code_hash *hash,
    int32_t day, struct feed_admission *out, struct err *e) MUST_USE;
/* What the feed says went through any gate on the subject's day and concerns
 * it. -E2BIG: more than a history holds. */
int cache_pass_history(struct cache *c, const struct pass_subject *s,
    struct pass_history *out, struct err *e) MUST_USE;
/* Every movement of a day that the feed knows, by any device, oldest first. */
typedef void cache_move_fn(void *ctx, const struct pass_move *m);
int cache_pass_each(struct cache *c, int32_t day, cache_move_fn *each,
    void *ctx, struct err *e) MUST_USE;
/* The hub closed this device: every booking and the roster go, and an import
 * under way ends. */
int cache_forget(struct cache *c, struct err *e) MUST_USE;

/* The roster, whole; version 0 when there is none. */
int cache_roster(struct cache *c, struct roster *out, struct err *e) MUST_USE;
/* Replaces it. */
int cache_set_roster(struct cache *c, const struct roster *r,
    struct err *e) MUST_USE;

/* Removes bookings of days before `before_day`, from the file and the WAL. */
int cache_purge(struct cache *c, int32_t before_day, int64_t *removed,
    struct err *e) MUST_USE;

#endif
