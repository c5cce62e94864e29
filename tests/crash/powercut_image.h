/*
 * What a power failure leaves of a disk (cut_vfs.h) at one operation.
 *
 * Everything that was synced before is kept. Each sector of each write that
 * was not is by chance kept, dropped or torn (its beginning, or a mixture of
 * old bytes, new bytes and noise), whatever happened to the others; so is each
 * change of a file's size, and each name made or removed since the directory
 * was synced. The operation of the cut itself was under way: a sync does not
 * count, the rest may have happened.
 */
#ifndef KARCIS_TESTS_POWERCUT_IMAGE_H
#define KARCIS_TESTS_POWERCUT_IMAGE_H

#include "cut_vfs.h"

/* A sequence of numbers that a seed gives (splitmix64). */
struct chance {
	uint64_t state;
};
struct chance chance_of(uint64_t seed, uint64_t a, uint64_t b, uint64_t c);
uint64_t chance_next(struct chance *c);
/* 0 .. below - 1; below > 0. */
size_t chance_below(struct chance *c, size_t below);

/* What became of what was not synced. */
struct tally {
	size_t kept, dropped, torn; /* sectors */
	size_t sizes;               /* files whose last size did not hold */
	size_t names_gone;          /* made, and not there */
	size_t names_back;          /* removed, and there */
};

/* cut = record->ops: all operations are over, none is under way. *out is
 * the caller's to free; tally is added to and may be NULL. */
void power_cut(const struct image *start, const struct record *record,
    size_t cut, struct chance *chance, struct image *out, struct tally *tally);

#endif
