/*
 * Keyed hashes under which the terminal stores what it must not hold plain.
 * All are BLAKE2b (RFC 7693) through libsodium's crypto_generichash.
 */
#ifndef KARCIS_CORE_DIGEST_H
#define KARCIS_CORE_DIGEST_H

#include "civil.h"
#include "code.h"

enum { KEY_BYTES = 32, CODE_HASH_BYTES = 16 };

struct secret_key {
	uint8_t bytes[KEY_BYTES];
};
struct code_hash {
	uint8_t bytes[CODE_HASH_BYTES];
};

/* BLAKE2b-128 keyed with the office key over the normalised code. */
struct code_hash digest_code(const struct secret_key *office,
    const struct booking_code *code);
/* First 8 bytes, big-endian, of BLAKE2b-256 keyed with the office key over
 * "karcis-birth-v1" || code hash || u16 year || u8 month || u8 day.
 * Never 0: 0 means "the booking came without a date". */
uint64_t digest_birth(const struct secret_key *office,
    const struct code_hash *booking, struct civil_date birth);
/* "Siti Wahyuni" -> "S*** W******": first letter of each of the first three
 * words, a star for each further character, at most 23 bytes; control
 * characters never pass, a name that is not UTF-8 gives "". */
void digest_mask_name(struct str name, char out[24]);

#endif
