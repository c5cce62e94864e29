/*
 * The audit chain: hash = BLAKE2b-256("karcis-audit-v1" || u64 n || prev ||
 * i64 time || u16 kind || commitment), commitment = BLAKE2b-256(salt ||
 * payload), all integers big-endian, prev of entry 1 = 32 zero bytes.
 * Payload and salt can be erased later; the chain stays valid.
 */
#ifndef KARCIS_CORE_AUDIT_H
#define KARCIS_CORE_AUDIT_H

#include "str.h"

enum { AUDIT_HASH_BYTES = 32, AUDIT_SALT_BYTES = 16 };

enum audit_kind {
	AUDIT_UNSET = 0,
	AUDIT_GENESIS = 1, /* init, rekey */
	AUDIT_ADMIT = 2,
	AUDIT_VERDICT = 3, /* a refusal */
	AUDIT_PRINT = 4,   /* a print job ended, with its verdict */
	AUDIT_COPY = 5,    /* a copy was started */
	AUDIT_PURGE = 6,
	AUDIT_CLOCK = 7,
	AUDIT_IMPORT = 8,
	AUDIT_VOID = 9, /* a number that nobody holds */
	AUDIT_PRINT_START = 10,
	AUDIT_START = 11,     /* the terminal started */
	AUDIT_DOUBLE = 12,    /* another op holds the booking of an admission */
	AUDIT_PASS = 13,      /* somebody went through a gate */
	AUDIT_GATE = 14,      /* a gate refused, with its verdict */
	AUDIT_ROSTER = 15,    /* a roster was made or taken */
	AUDIT_QUOTA = 16,     /* a signed record changed a quota */
	AUDIT_COMPLAINT = 17, /* commitments of complaints */
	AUDIT_UPDATE = 18,
	AUDIT_OFFICER = 19, /* an officer's badge was made or taken away */
	AUDIT_LOG = 20, /* the hub's log does not hold what it held before */
	AUDIT_TECHNICIAN = 21 /* service mode: who, and what was done */
};

struct audit_hash {
	uint8_t bytes[AUDIT_HASH_BYTES];
};

struct audit_hash audit_commit(const uint8_t salt[AUDIT_SALT_BYTES],
    struct str payload);
struct audit_hash audit_link(uint64_t n, const struct audit_hash *prev,
    int64_t time_s, uint16_t kind, const struct audit_hash *commitment);

#endif
