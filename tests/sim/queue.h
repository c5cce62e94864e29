/* What will happen, in the order of virtual time. */
#ifndef KARCIS_TESTS_SIM_QUEUE_H
#define KARCIS_TESTS_SIM_QUEUE_H

#include "firmware/core/base.h"

struct world;
struct happening;
typedef void (*happen_fn)(struct world *w, const struct happening *h);

struct happening {
	int64_t at_ms;  /* Unix time, milliseconds */
	uint64_t order; /* of those at one moment: as they were put in */
	happen_fn fn;
	int who;
	int64_t a;
	void *parcel; /* the function frees it */
};

struct queue {
	struct happening *item; /* a heap */
	size_t n, cap;
	uint64_t order;
};

void queue_put(struct queue *q, const struct happening *h);
/* False: it is empty. */
bool queue_take(struct queue *q, struct happening *out) MUST_USE;
void queue_fini(struct queue *q);

#endif
