/*
 * Buckets: a day of an office, with the epoch, head and digest of its feed.
 * Whoever changes rows of a day holds its bucket's lock, so that the order of
 * sequence numbers is the order of commits.
 */
#ifndef KARCIS_HUB_BUCKET_H
#define KARCIS_HUB_BUCKET_H

#include "firmware/core/feed.h"
#include "hub_db.h"

enum hub_restored {
	HUB_FIRST = 0,   /* of its first epoch */
	HUB_LOST = 1,    /* history was lost: no numbers any more */
	HUB_REDRAWN = 2, /* another epoch, from before the day began */
};

struct hub_bucket {
	int32_t day;
	int64_t epoch, head;
	struct feed_digest digest;
	enum hub_restored restored;
	bool changed;
};

/* Locks the days, in their order; one that is not there is made. days is
 * ascending, each once. known_epoch[i]: a device has that epoch already, so a
 * day without a bucket was lost (NULL, 0: not). */
int hub_bucket_lock(struct hub_db *db, uint32_t office, const int32_t *days,
    const int64_t *known_epoch, size_t n, struct hub_bucket *out,
    struct err *e) MUST_USE;
/* Saves those that changed. */
int hub_bucket_save(struct hub_db *db, uint32_t office,
    const struct hub_bucket *buckets, size_t n, struct err *e) MUST_USE;
/* Columns day, epoch, head, digest, restored, from `first` on. */
bool hub_bucket_read(struct hub_db *db, int first,
    struct hub_bucket *out) MUST_USE;

/* What a device says of a day: its epoch and how far it knows it. True when
 * that tells of a history this hub lost; the bucket is changed then: beyond
 * the head of the same epoch it gets a new one. */
bool hub_bucket_judge(struct hub_bucket *b, int64_t epoch,
    int64_t after) MUST_USE;
/* 1..2^53-1, so that every reader of JSON holds it exactly. */
int64_t hub_epoch_draw(void);

#endif
