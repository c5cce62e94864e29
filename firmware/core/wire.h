/*
 * What hub and device sign for each other (docs/PROTOCOL.md, "Who signs
 * what"; docs/FORMATS.md, Signed request and Signed answer). All Ed25519
 * (RFC 8032) and BLAKE2b (RFC 7693) through libsodium's pure functions.
 */
#ifndef KARCIS_CORE_WIRE_H
#define KARCIS_CORE_WIRE_H

#include "str.h"

enum {
	WIRE_PUBLIC_BYTES = 32,
	WIRE_SECRET_BYTES = 64, /* libsodium's seed || public */
	WIRE_SIGNATURE_BYTES = 64,
	WIRE_BASE64 = 88, /* symbols of a signature, padding counted */
	WIRE_DIGEST_BYTES = 32,
	WIRE_FINGERPRINT_BYTES = 16,
	WIRE_METHOD = 8,        /* longest method */
	WIRE_PATH = 512,        /* longest path?query */
	WIRE_KIND = 16,         /* longest kind */
	WIRE_BODY_MAX = 1 << 20 /* of a request */
};

struct wire_request {
	struct str method; /* "GET" */
	struct str path;   /* "/v1/feed?office=..", as on the request line */
	struct str body;   /* "" for none */
	uint32_t device;   /* 0 = not enrolled yet */
	uint64_t counter;
};

struct wire_answer {
	struct str kind; /* "feed" */
	int status;      /* of HTTP, 100..599 */
	uint32_t device; /* of the request ... */
	uint64_t counter;
	uint32_t epoch;  /* of the device's enrolment */
	struct str body; /* before any Content-Encoding */
};

/* 64 bytes each. False: a text is too long or holds a line break; nothing is
 * signed. */
bool wire_sign_request(const struct wire_request *q,
    const uint8_t secret[WIRE_SECRET_BYTES],
    uint8_t out[WIRE_SIGNATURE_BYTES]) MUST_USE;
bool wire_sign_answer(const struct wire_answer *a,
    const uint8_t secret[WIRE_SECRET_BYTES],
    uint8_t out[WIRE_SIGNATURE_BYTES]) MUST_USE;
bool wire_check_request(const struct wire_request *q,
    const uint8_t public_key[WIRE_PUBLIC_BYTES],
    const uint8_t signature[WIRE_SIGNATURE_BYTES]) MUST_USE;
bool wire_check_answer(const struct wire_answer *a,
    const uint8_t public_key[WIRE_PUBLIC_BYTES],
    const uint8_t signature[WIRE_SIGNATURE_BYTES]) MUST_USE;

/* The first 16 bytes of BLAKE2b-256 of a public key. */
void wire_fingerprint(const uint8_t public_key[WIRE_PUBLIC_BYTES],
    uint8_t out[WIRE_FINGERPRINT_BYTES]);

/* Lower-case hexadecimal, 2 * len digits and NUL. */
void wire_hex(const uint8_t *bytes, size_t len, char *out);
/* Exactly 2 * len hexadecimal digits, lower case; else false. */
bool wire_unhex(struct str hex, uint8_t *out, size_t len) MUST_USE;
/* Base64 (RFC 4648, padded); out holds len / 3 rounded up * 4 + 1. */
void wire_base64(const uint8_t *bytes, size_t len, char *out);
/* Exactly len bytes, else false. */
bool wire_unbase64(struct str text, uint8_t *out, size_t len) MUST_USE;

/*
 * Counters a device has used: any is taken once that is above the highest, or
 * not yet used among the last 64, the highest counted.
 */
enum { WIRE_WINDOW = 64 };
enum wire_counter {
	WIRE_COUNTER_UNSET = 0,
	WIRE_COUNTER_FRESH,
	WIRE_COUNTER_SEEN, /* replayed */
	WIRE_COUNTER_OLD   /* below the window: an old copy of the device */
};
struct wire_window {
	uint64_t high; /* highest used, 0 = none */
	uint64_t seen; /* bit i = high - i was used */
};
/* FRESH marks it as used; nothing else changes the window. */
enum wire_counter wire_window_take(struct wire_window *w,
    uint64_t counter) MUST_USE;

#endif
