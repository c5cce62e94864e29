/*
 * Rows of bookings between the rules and the store: what is known of some
 * codes, the days they lie on, the slots they sit in; and their places in the
 * feed. Booking channels of one office follow each other: the office's lock
 * is held, so nobody else moves a booking meanwhile.
 */
#ifndef KARCIS_HUB_BOOKINGS_ROWS_H
#define KARCIS_HUB_BOOKINGS_ROWS_H

#include "bookings_read.h"
#include "hub_bucket.h"

/* A code's row of one day. */
struct booking_row {
	struct booking b;
	int64_t seq; /* 0 = new */
	bool gone;   /* a tombstone */
	bool own;    /* where the code lies today */
	bool changed;
};
struct booking_slot {
	int32_t day;
	uint8_t service, slot_class;
	int16_t start_min, end_min;
	int32_t quota, booked;
};
struct bookings {
	uint32_t office;
	struct booking_row *rows;
	size_t rows_n, rows_cap;
	size_t sorted_n; /* of them, by hash; those that were added follow */
	struct hub_bucket *buckets; /* ascending */
	size_t buckets_n;
	struct booking_slot *slots;
	size_t slots_n, slots_cap;
};
void bookings_fini(struct bookings *t);

/* All rows of these codes, after the office is locked; sorted by hash. */
int bookings_load(struct hub_db *db, struct bookings *t,
    const struct code_hash *hashes, size_t n, struct err *e) MUST_USE;
/* The first row of a code, and how many there are. */
struct booking_row *bookings_of(const struct bookings *t,
    const struct code_hash *hash, size_t *n);
/* Locks the days; any order, also twice. */
int bookings_lock(struct hub_db *db, struct bookings *t, int32_t *days,
    size_t n, struct err *e) MUST_USE;
/* The slots of these days and who sits in them. */
int bookings_load_slots(struct hub_db *db, struct bookings *t, int32_t from,
    int32_t to, struct err *e) MUST_USE;
/* Gives the row its new content, a new place in the feed and its part of the
 * digest. Nothing happens when nothing changes. Its day is locked. */
void bookings_place(struct bookings *t, struct booking_row *row,
    const struct booking *b, bool own, bool gone);
/* Room for one more row; rows move. NULL: out of memory. */
struct booking_row *bookings_add(struct bookings *t);
/* A seat for b: NULL, or why there is none. was: where the code sat, or
 * NULL. */
const char *bookings_seat(struct bookings *t, const struct booking *b,
    const struct booking *was);
int bookings_save(struct hub_db *db, const struct bookings *t,
    struct err *e) MUST_USE;

#endif
