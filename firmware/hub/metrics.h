/*
 * What /metrics tells, in the text format 0.0.4 of Prometheus. Counters may
 * be counted from any thread. Labels come from fixed tables: whatever a
 * client sends, the number of series stays bounded.
 */
#ifndef KARCIS_HUB_METRICS_H
#define KARCIS_HUB_METRICS_H

#include <stdatomic.h>

#include "hub.h"
#include "server_path.h"

enum { METRICS_STATUSES = 12, METRICS_ERRORS = 21, METRICS_BUCKETS = 13 };

struct metrics {
	_Atomic uint64_t requests[PATHS][METRICS_STATUSES];
	_Atomic uint64_t buckets[PATHS][METRICS_BUCKETS];
	_Atomic uint64_t ns[PATHS];
	_Atomic uint64_t errors[METRICS_ERRORS];
	_Atomic uint64_t slow; /* cut for being slow */
};

/* What is measured when asked. */
struct metrics_now {
	const struct hub_gauges *gauges; /* NULL: the store does not answer */
	size_t connections, long_polls, queued, workers, body_bytes;
	const char *store; /* "sqlite" */
};

/* Counts an answer: path as on the request line, error "" for none, and the
 * time that was worked on it (a long-poll's wait is none). */
void metrics_request(struct metrics *m, struct str path, int status,
    const char *error, int64_t work_ns);
/* malloc'd; NULL: out of memory. */
char *metrics_text(const struct metrics *m, const struct metrics_now *now,
    size_t *len);

#endif
