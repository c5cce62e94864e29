/* When to ask again after a failure: full jitter (M. Brooker, "Exponential
 * Backoff And Jitter"), between 0 and min(60 s, 0.5 s x 2^fails). */
#ifndef KARCIS_CORE_RETRY_H
#define KARCIS_CORE_RETRY_H

#include "base.h"

enum { RETRY_FIRST_MS = 500, RETRY_LAST_MS = 60000 };

/* fails: in a row, 1 = the first; random: any 32 bits. Milliseconds. */
static inline int64_t retry_wait_ms(unsigned fails, uint32_t random)
{
	int64_t most = fails < 8 ? (int64_t)RETRY_FIRST_MS << fails
				 : RETRY_LAST_MS;

	if (most > RETRY_LAST_MS)
		most = RETRY_LAST_MS;
	return (int64_t)((uint64_t)most * random >> 32);
}

#endif
