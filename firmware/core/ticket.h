/*
 * The ticket, version 1: 19-byte header and 64-byte Ed25519 signature over
 * "karcis-ticket-v1" || u32 big-endian office || header, carried as 200
 * decimal digits (83 bytes as one big-endian integer, leading zeros kept).
 * docs/FORMATS.md has the bit table and a vector that the tests read.
 */
#ifndef KARCIS_CORE_TICKET_H
#define KARCIS_CORE_TICKET_H

#include "booking.h"

enum {
	TICKET_HEADER_BYTES = 19,
	TICKET_SIG_BYTES = 64,
	TICKET_BYTES = 83,
	TICKET_DIGITS = 200,
	TICKET_PUBLIC_BYTES = 32,
	TICKET_SECRET_BYTES = 64, /* libsodium's seed || public */
	TICKET_EPOCH_DAY = 18262, /* 2020-01-01 as a civil day */
	TICKET_NUMBER_MAX = 2047,
	SHORT_CODE_SYMBOLS = 9,
	AUDIT_MARK_SYMBOLS = 12,
};

enum ticket_type { TICKET_QUEUE = 0, TICKET_STANDBY = 1 };
enum ticket_flag {
	TICKET_BOOKED = 16,
	TICKET_PRIORITY = 8,
	TICKET_DISABLED = 4,
	TICKET_LATE = 2,
	TICKET_STAND_BY = 1
};

struct ticket {
	uint8_t type; /* enum ticket_type */
	uint16_t key_id;
	uint32_t seq; /* 24 bits, never reused per key */
	int32_t day;  /* civil day; 2020-01-01 .. + 65535 */
	uint8_t service;
	uint8_t letter;      /* 1 = A .. 26 = Z */
	uint16_t number;     /* 1..2047 */
	uint16_t slot_min;   /* 0..1439 */
	uint16_t window_min; /* multiple of 5, <= 1275 */
	uint8_t flags;       /* enum ticket_flag, or-ed */
	uint8_t companions;  /* 0..7 */
};

struct ticket_text {
	char digits[TICKET_DIGITS + 1];
};

enum ticket_check {
	TICKET_UNSET = 0,
	TICKET_VALID,
	TICKET_BAD_FORM,
	TICKET_BAD_VERSION,
	TICKET_BAD_SIGNATURE
};

/* false: a field is out of its range; nothing is written. */
bool ticket_pack(const struct ticket *t,
    uint8_t out[TICKET_HEADER_BYTES]) MUST_USE;
bool ticket_unpack(const uint8_t in[TICKET_HEADER_BYTES],
    struct ticket *out) MUST_USE;
bool ticket_sign(const struct ticket *t, uint32_t office,
    const uint8_t secret[TICKET_SECRET_BYTES],
    struct ticket_text *out) MUST_USE;
/* What stands on it, for choosing the key: BAD_FORM, BAD_VERSION, or UNSET,
 * which means well-formed and fills *out; nothing is proven by it. */
enum ticket_check ticket_read(struct str digits, struct ticket *out) MUST_USE;
/* Fills *out for VALID and also whenever the header could be read. */
enum ticket_check ticket_verify(struct str digits, uint32_t office,
    const uint8_t public_key[TICKET_PUBLIC_BYTES], struct ticket *out) MUST_USE;
/* "A-017"; numbers above 999 take four digits. */
void ticket_label(uint8_t letter, uint16_t number, char out[8]);

struct day_key {
	uint8_t bytes[KEY_BYTES];
};
/* BLAKE2b keyed with the gate secret over "karcis-gate-day-v1" || u32 day. */
struct day_key ticket_day_key(const struct secret_key *gate, int32_t day);
/* 8 symbols + check, no hyphens. */
void ticket_short_code(const struct day_key *key, uint32_t office, int32_t day,
    uint8_t letter, uint16_t number, char out[SHORT_CODE_SYMBOLS + 1]);
/* The word of the day, upper-case Indonesian, ASCII; never that of the day
 * before. */
const char *ticket_day_word(const struct day_key *key, int32_t day);
/* First 60 bits of a chain hash as 12 Crockford symbols. */
void ticket_audit_mark(const uint8_t hash[32],
    char out[AUDIT_MARK_SYMBOLS + 1]);

#endif
