/*
 * The words of claims, as hub and terminal say them to each other
 * (docs/PROTOCOL.md, POST /v1/claims).
 */
#ifndef KARCIS_CORE_CLAIM_H
#define KARCIS_CORE_CLAIM_H

#include "admission.h"

enum claim_op {
	CLAIM_OP_UNSET = 0, /* also one this release does not know */
	CLAIM_ADMIT,
	CLAIM_NUMBERS,
	CLAIM_ALLOWANCE,
	CLAIM_PASS, /* a gate's: judged like ADMIT, but by no booking */
	CLAIM_OPS
};

enum claim_answer {
	CLAIM_UNSET = 0, /* also a word this release does not know */
	CLAIM_ADMITTED,
	CLAIM_USED,
	CLAIM_CANCELLED,
	CLAIM_RESCHEDULED,
	CLAIM_BLOCKED,
	CLAIM_REVOKED,
	CLAIM_UNKNOWN,
	CLAIM_GRANTED,
	CLAIM_BAD,
	CLAIM_UNSUPPORTED,
	CLAIM_ANSWERS
};

enum {
	CLAIM_BATCH = 500,       /* ops in one request */
	CLAIM_NUMBERS_MAX = 100, /* numbers in one grant */
	CLAIM_ALLOWANCE_MAX = 100,
	CLAIM_NAME = 32 /* of a device, with NUL */
};

/* "admit"; "" for UNSET. The words of the protocol. */
const char *claim_op_word(enum claim_op op);
enum claim_op claim_op_parse(struct str word);
const char *claim_answer_word(enum claim_answer a);
enum claim_answer claim_answer_parse(struct str word);

/* Whose op holds a booking's admission. */
struct claim_by {
	struct op_id op_id;
	uint32_t device;
	char terminal[CLAIM_NAME];
	uint8_t letter;  /* 1 = A; 0 = not told yet */
	uint16_t number; /* 0 = not told yet */
	int64_t time_s;
};

#endif
