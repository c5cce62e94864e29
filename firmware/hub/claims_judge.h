/*
 * The judgement on a batch of claims, without a store: what came, what the
 * store knows of it, and then the answers and the rows to be written
 * (docs/PROTOCOL.md, POST /v1/claims). The caller holds the locks of all the
 * days and has filled the tables with every row that the batch names; what is
 * not in a table does not exist.
 */
#ifndef KARCIS_HUB_CLAIMS_JUDGE_H
#define KARCIS_HUB_CLAIMS_JUDGE_H

#include "firmware/core/claim.h"
#include "hub_bucket.h"

enum {
	CLAIMS_DAYS = 2 * CLAIM_BATCH, /* of the ops and of `at` */
	CLAIMS_VERDICT = 32,
	CLAIMS_SLOTS =
	    2048, /* of an index, a power of two over 2 * CLAIM_BATCH */
	CLAIMS_REPORTS = 4 * CLAIM_BATCH
};

/* One op as it came. */
struct claim_in {
	enum claim_op kind;
	enum claim_answer refused; /* BAD or UNSUPPORTED: not judged */
	const char *detail;        /* of BAD */
	bool has_id;               /* op_id could be read */
	struct op_id op_id;
	int32_t day;
	struct code_hash booking; /* admit; pass: its key */
	bool done;
	int64_t time_s;
	uint8_t service, op_class;
	char verdict[CLAIMS_VERDICT];
	uint8_t letter; /* 1 = A; numbers, and what is done */
	uint16_t number, key_id;
	uint32_t seq;
	int64_t n; /* of the journal */
	int32_t count;
	uint8_t pass; /* of a pass: core/pass.h */
};

/* What a device says of a day. */
struct claim_at {
	int32_t day;
	int64_t epoch, after;
};

struct claim_key {
	uint8_t bytes[16];
	int32_t day;
};

/* Rows of one kind, found by their key, which stands first in each. */
struct claim_table {
	void *rows;
	size_t row_bytes, n, cap;
	uint16_t slot[CLAIMS_SLOTS]; /* row + 1; 0 = free */
};

struct claim_row_op {
	struct claim_key key; /* op_id, day 0 */
	int32_t day;
	enum claim_op kind;
	struct code_hash booking;
	enum claim_answer answer;
	uint8_t note; /* enum booking_status that forbade it; NOTE_UNKNOWN */
	bool mine;    /* of a device of the same name */
	bool done;
	uint8_t service, op_class, letter;
	uint16_t number, key_id;
	uint32_t seq;
	uint8_t pass; /* of `in`; the store keeps it with the admission alone */
	int64_t n, time_s;
	int32_t first, last;       /* numbers; allowance: last = count */
	const struct claim_in *in; /* what it is written from */
	bool fresh, told;          /* to be added; to be filled in */
};
enum { CLAIMS_NOTE_UNKNOWN = 255 };

struct claim_row_admission {
	struct claim_key key; /* booking, day */
	struct feed_admission now, before;
	char terminal[CLAIM_NAME];
	int64_t seq;
	bool fresh, changed;
};

struct claim_row_booking {
	struct claim_key key; /* booking, day */
	uint8_t status;
};
/* Who told of a label. */
struct claim_row_label {
	struct claim_key key; /* letter, number, day */
	struct op_id op_id;
};
struct claim_row_number {
	struct claim_key key; /* letter, day */
	int32_t last;
	bool changed;
};
struct claim_row_pool {
	struct claim_key key; /* service, day */
	int32_t quota, granted;
	bool changed;
};

/* For staff; each stands in the store once. */
enum claim_report_kind {
	CLAIM_REPORT_UNSET = 0,
	CLAIM_REPORT_DOUBLE,  /* admitted, and so did another */
	CLAIM_REPORT_STATUS,  /* admitted, which its status forbade */
	CLAIM_REPORT_LABEL,   /* a number that another op has too */
	CLAIM_REPORT_ANSWER,  /* admitted after the hub had refused it */
	CLAIM_REPORT_CHANGED, /* told again with another number */
	/* Of a device's chain, by hub_audit.c. */
	CLAIM_REPORT_FORK,    /* it is not the one the log holds */
	CLAIM_REPORT_HISTORY, /* it knows a log that is larger than ours */
	CLAIM_REPORTS_KINDS
};
struct claim_report {
	enum claim_report_kind kind;
	int32_t day;
	struct op_id op_id, other; /* other: of DOUBLE and LABEL */
	struct code_hash booking;
	/* Status of STATUS, answer of ANSWER; of DOUBLE the pass, 0 of an
	 * admission. */
	uint8_t detail;
};

struct claim_result {
	enum claim_answer answer;
	const char *detail; /* of BAD */
	const struct claim_row_op *op;
	const struct claim_row_admission *by; /* whose admission it is */
	bool doubled;
};

struct claims {
	uint32_t office, device;
	char terminal[CLAIM_NAME]; /* the device's name */
	bool gate; /* its ops are passes, which nobody else may send */
	/* Nothing is granted for later days: a hub that is restored knows only
	 * which days had begun. */
	int32_t today;
	struct claim_in in[CLAIM_BATCH];
	size_t n;
	struct claim_at at[CLAIM_BATCH];
	size_t at_n;

	struct hub_bucket buckets[CLAIMS_DAYS];
	size_t buckets_n; /* ascending */
	struct claim_table ops, admissions, bookings, labels, numbers, pools;
	struct claim_row_op op_rows[CLAIM_BATCH];
	struct claim_row_admission admission_rows[CLAIM_BATCH];
	struct claim_row_booking booking_rows[CLAIM_BATCH];
	struct claim_row_label label_rows[CLAIM_BATCH];
	struct claim_row_number number_rows[CLAIM_BATCH];
	struct claim_row_pool pool_rows[CLAIM_BATCH];

	struct claim_result results[CLAIM_BATCH];
	struct claim_report reports[CLAIMS_REPORTS];
	size_t reports_n;
};

/* Makes the tables empty; c is otherwise zero. */
void claims_init(struct claims *c);
struct claim_key claims_key_op(const struct op_id *op);
struct claim_key claims_key_booking(const struct code_hash *booking,
    int32_t day);
struct claim_key claims_key_label(uint8_t letter, uint16_t number, int32_t day);
/* Of a letter, a service. */
struct claim_key claims_key_small(uint8_t what, int32_t day);
/* NULL when it is not there. */
void *claims_find(const struct claim_table *t, const struct claim_key *key);
/* That row, made (all zero but its key) when it is not there; NULL: full. */
void *claims_put(struct claim_table *t, const struct claim_key *key);

/* Judges at[] and then in[], in their order, into results[], rows and
 * reports. */
void claims_judge(struct claims *c);

#endif
