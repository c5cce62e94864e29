/*
 * The terminal's side of the hub's protocol (docs/PROTOCOL.md): what it asks,
 * as paths and JSON, and what came, judged. Nothing that an answer says is
 * used before client_genuine has checked the hub's signature over it.
 *
 * Parsers take hostile bytes, fill *out only on success and return 0 or
 * -EBADMSG with a sentence, -ENOMEM.
 */
#ifndef KARCIS_LINK_CLIENT_H
#define KARCIS_LINK_CLIENT_H

#include "firmware/core/feed.h"
#include "firmware/core/log.h"
#include "firmware/core/roster.h"
#include "firmware/core/wire.h"

#include "frame.h"

/* True when the hub signed exactly this answer to exactly this request. */
bool client_genuine(const uint8_t hub_key[WIRE_PUBLIC_BYTES], uint32_t device,
    uint64_t counter, const struct frame_answer *a) MUST_USE;

void client_feed_path(struct buf *out, uint32_t office, int32_t day,
    int64_t epoch, int64_t after, int32_t limit, int32_t wait_s);
void client_roster_path(struct buf *out, uint32_t office);
/* nonce: 16 bytes. */
void client_time_path(struct buf *out, const uint8_t nonce[16]);

struct client_op {
	enum claim_op op;
	struct op_id op_id;
	int32_t day;
	struct code_hash booking; /* ADMIT; PASS: its key */
	bool done;                /* ADMIT, PASS: a disk holds it already */
	int64_t time_s;
	uint8_t service, booking_class;
	enum verdict verdict; /* ADMIT */
	/* ADMIT, PASS, done: the label, 0 = none (PASS); NUMBERS: letter. */
	uint8_t letter;
	uint16_t number;
	uint16_t key_id;
	uint32_t seq;
	uint64_t n;
	uint16_t count; /* NUMBERS, ALLOWANCE: how many */
	uint8_t pass;   /* PASS: core/pass.h pass_byte; booking is its key */
};
/* How far a day's feed is known. */
struct client_at {
	int32_t day;
	int64_t epoch, after;
};
/* Appends the body; out->full when it does not fit. */
void client_claims_body(struct buf *out, const struct client_op *ops, size_t n,
    const struct client_at *at, size_t ats);

struct client_answer {
	struct op_id op_id;
	enum claim_answer answer; /* UNSET: a word we do not know */
	bool dbl;                 /* a double: `by` holds the booking */
	struct claim_by by;
	uint16_t first, count; /* GRANTED; numbers: first, how many */
	char detail[120];      /* BAD, UNSUPPORTED; printable */
};
int client_claims(struct str body, struct client_answer *out, size_t cap,
    size_t *n, struct err *e) MUST_USE;

/* ops: room for cap of them. -EOPNOTSUPP: it holds an op this release does
 * not know. */
int client_feed(struct str body, struct feed_op *ops, size_t cap,
    struct feed_page *out, struct err *e) MUST_USE;
/* Devices of a role this release does not know are left out. What a hub of
 * an earlier release does not tell is none: dates, revoked, log_key. */
int client_roster(struct str body, uint32_t office, struct roster *out,
    struct err *e) MUST_USE;
int client_time(struct str body, const uint8_t nonce[16], int64_t *time_s,
    struct err *e) MUST_USE;

/* POST /v1/audit: a piece of the chain, and what the hub's log says of it. */
struct client_audit {
	const uint8_t *audit_key;        /* 32 bytes */
	const struct log_entry *entries; /* ascending, without gaps */
	size_t n;
	uint64_t head_n; /* the newest entry of the chain ... */
	struct audit_hash head;
	const uint8_t *signature; /* ... signed by the audit key, 64 bytes */
	uint64_t tree; /* size of the checkpoint that is known here, 0 = none */
};
/* Without entries it asks for a checkpoint and a proof of what is taken. */
void client_audit_body(struct buf *out, const struct client_audit *a);
struct client_log {
	uint64_t taken; /* the chain is in the log up to here */
	char checkpoint[NOTE_BYTES];
	uint64_t index; /* of entry `taken` in the tree */
	struct merkle_hash inclusion[MERKLE_PROOF], consistency[MERKLE_PROOF];
	size_t inclusions, consistencies;
};
int client_log(struct str body, struct client_log *out, struct err *e) MUST_USE;

struct client_error {
	char word[24]; /* "revoked" */
	char detail[160];
	int64_t epoch, head; /* of "epoch" */
	/* Of "fork": the first entry that is known to differ; of "gap": the
	 * newest one that the hub holds, 0 = none. */
	uint64_t n;
};
int client_error(struct str body, struct client_error *out,
    struct err *e) MUST_USE;

struct client_enrolled {
	uint32_t office, device, epoch;
	char name[CLAIM_NAME];
	uint8_t role, letter; /* enum roster_role; 1 = A, 0 = none */
	uint16_t key_id;
	uint8_t hub_key[WIRE_PUBLIC_BYTES];
	struct secret_key office_key, gate_secret;
	int64_t time_s;
};
void client_enrol_body(struct buf *out, const char *token,
    const uint8_t request_key[WIRE_PUBLIC_BYTES],
    const uint8_t ticket_key[TICKET_PUBLIC_BYTES], const char *name);
/* Opens what was sealed to the request key. The caller compares hub_key with
 * the fingerprint and the answer's signature with hub_key. */
int client_enrolled(struct str body,
    const uint8_t request_secret[WIRE_SECRET_BYTES],
    struct client_enrolled *out, struct err *e) MUST_USE;

#endif
