/*
 * The statements of one batch of claims, as the hub sent them to its store
 * (hub_bench_record.c); what is made of them is in hub_bench_script.c.
 *
 * Ids, numbers of the feed and the kiosk are such that they are found again in
 * the arguments: MARK is where the batch's sixteen digits belong, HEAD where
 * the feed's do. MARK is found in one place even behind a 7.
 */
#ifndef KARCIS_TESTS_HUB_BENCH_RECORD_H
#define KARCIS_TESTS_HUB_BENCH_RECORD_H

#include "firmware/hub/hub_db.h"
#include "hub_bench.h"

#define RECORD_MARK "7777777777777770"
#define RECORD_HEAD "8888888888888888"

enum {
	RECORD_OFFICE = 99999,
	RECORD_DEVICE = 9999901,
	RECORD_STEPS = 64,
	RECORD_ARGS = 8,
	RECORD_LOOKS = 20 /* batches whose bookings are there to be found */
};

enum step_kind {
	STEP_UNSET = 0,
	STEP_READ,
	STEP_WRITE,
	STEP_RUN,
	STEP_ASK,
	STEP_NEXT,
	STEP_COMMIT,
	STEP_TELL
};

struct step {
	enum step_kind kind;
	enum hub_sql id;
	struct hub_arg arg[RECORD_ARGS];
	size_t args;
};

struct record {
	struct hub_db db;
	struct hub_db *inner;
	struct step step[RECORD_STEPS];
	size_t n;
};

/* Handles a batch on a store of its own below dir. */
const struct record *bench_record(const char *dir, unsigned batch);

#endif
