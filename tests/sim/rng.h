/* Chance that one seed repeats: splitmix64 (S. Vigna), streams by name, and
 * the same as the source of all that libsodium and SQLite draw. */
#ifndef KARCIS_TESTS_SIM_RNG_H
#define KARCIS_TESTS_SIM_RNG_H

#include "firmware/core/base.h"

struct rng {
	uint64_t state;
};

/* A stream of its own: what one part of the world draws does not move what
 * another does. */
struct rng rng_stream(uint64_t seed, const char *name);
uint64_t rng_next(struct rng *r);
/* From lo to hi, both counted. */
int64_t rng_range(struct rng *r, int64_t lo, int64_t hi);
/* True so many times of 1000. */
bool rng_chance(struct rng *r, int per_mille);
void rng_fill(struct rng *r, void *to, size_t len);

/* libsodium's randombytes from here on. */
void rng_serve_sodium(uint64_t seed);

#endif
