#include "rng.h"

#include <sodium.h>
#include <string.h>

static struct rng sodium_stream;

uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

struct rng rng_stream(uint64_t seed, const char *name)
{
	struct rng r = {seed};

	for (; *name != '\0'; name++)
		r.state = rng_next(&r) ^ (uint8_t)*name;
	return r;
}

int64_t rng_range(struct rng *r, int64_t lo, int64_t hi)
{
	return lo + (int64_t)(rng_next(r) % (uint64_t)(hi - lo + 1));
}

bool rng_chance(struct rng *r, int per_mille)
{
	return rng_next(r) % 1000 < (uint64_t)per_mille;
}

void rng_fill(struct rng *r, void *to, size_t len)
{
	uint8_t *p = to;

	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(rng_next(r) >> 24);
}

static const char *name(void)
{
	return "karcis-sim";
}

static uint32_t draw(void)
{
	return (uint32_t)(rng_next(&sodium_stream) >> 32);
}

static void draw_bytes(void *const to, const size_t len)
{
	rng_fill(&sodium_stream, to, len);
}

void rng_serve_sodium(uint64_t seed)
{
	static struct randombytes_implementation implementation;

	implementation.implementation_name = name;
	implementation.random = draw;
	implementation.buf = draw_bytes;
	sodium_stream = rng_stream(seed, "sodium");
	randombytes_set_implementation(&implementation);
}
