/*
 * The feed of one office and day: its rows, what each adds to the digest of
 * the day's state, and where a code's home is (docs/FORMATS.md, Feed digest
 * and Home terminal).
 *
 * The digest of a state is the sum of its rows' digests, so it does not
 * depend on the order in which they came; hub and terminal keep it row by
 * row: a row that goes is taken off, one that comes is added.
 */
#ifndef KARCIS_CORE_FEED_H
#define KARCIS_CORE_FEED_H

#include "admission.h"

/* That a booking was admitted on the day, and by whom. */
struct feed_admission {
	struct code_hash booking;
	struct op_id op_id;
	uint32_t device; /* of the hub's roster */
	uint8_t letter;  /* 1 = A; 0 = not told yet */
	uint16_t number; /* 0 = not told yet */
	int64_t time_s;
	/* 0: a booking was admitted. Else pass_byte: `booking` is the key of a
	 * pass, letter and number its label (0 = it has none). */
	uint8_t pass;
};

enum feed_op_kind {
	FEED_UNSET = 0,
	FEED_PUT, /* booking */
	FEED_DEL, /* booking.hash alone */
	FEED_ADM, /* admission */
	FEED_PAS  /* admission, its pass is not 0 */
};

struct feed_op {
	enum feed_op_kind kind;
	int64_t seq; /* 1.. */
	struct booking booking;
	struct feed_admission admission;
};

enum { FEED_DIGEST_WORDS = 4, FEED_DIGEST_HEX = 64 };
struct feed_digest {
	uint64_t word[FEED_DIGEST_WORDS]; /* all zero = no row */
};

/* One page of a day's feed; ops are borrowed. */
struct feed_page {
	uint32_t office;
	int32_t day;
	int64_t epoch;             /* 1.. */
	int64_t from, to;          /* ops have from < seq <= to, ascending */
	int64_t head;              /* of the whole feed */
	bool more;                 /* to < head */
	struct feed_digest digest; /* of the state at head */
	int64_t roster;            /* its version */
	const struct feed_op *ops;
	size_t n;
};
enum { FEED_PAGE_MAX = 5000 };

/* b->office and b->day say which day it is of. */
void feed_add_booking(struct feed_digest *d, const struct booking *b);
void feed_take_booking(struct feed_digest *d, const struct booking *b);
void feed_add_admission(struct feed_digest *d, uint32_t office, int32_t day,
    const struct feed_admission *a);
void feed_take_admission(struct feed_digest *d, uint32_t office, int32_t day,
    const struct feed_admission *a);
bool feed_digest_eq(const struct feed_digest *a, const struct feed_digest *b);
/* 64 lower-case digits and NUL, and back. */
void feed_digest_hex(const struct feed_digest *d,
    char out[FEED_DIGEST_HEX + 1]);
bool feed_digest_parse(struct str hex, struct feed_digest *out) MUST_USE;

/* How much a device wants to be the home of a code: the highest of the
 * office's live kiosks is, of equal ones the one with the lower number. */
uint64_t feed_home_score(const struct code_hash *booking, uint32_t device);
/* The place in devices of the home; n when there is none. */
size_t feed_home(const struct code_hash *booking, const uint32_t *devices,
    size_t n);

#endif
