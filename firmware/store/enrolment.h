/*
 * What a terminal knows of its hub, in STATE/enrolment (docs/FORMATS.md,
 * Enrolment file): text, mode 0600. The request key is in a file of its own,
 * which the terminal hands to karcis-link.
 */
#ifndef KARCIS_STORE_ENROLMENT_H
#define KARCIS_STORE_ENROLMENT_H

#include "firmware/core/err.h"
#include "firmware/core/roster.h"
#include "firmware/core/wire.h"

enum { ENROLMENT_URL = 192 };

struct enrolment {
	char url[ENROLMENT_URL]; /* of the hub, no slash at the end */
	uint8_t hub_key[WIRE_PUBLIC_BYTES];
	uint32_t office, device; /* 1.. */
	char name[CLAIM_NAME];
	uint8_t role;   /* enum roster_role */
	uint8_t letter; /* 1 = A; 0 = none (gates) */
	uint32_t epoch; /* of this enrolment, 1.. */
};

/* -ENOENT: not enrolled; -EPERM, -EBADMSG, -EFBIG: not a file of ours. */
int enrolment_load(const char *path, struct enrolment *out,
    struct err *e) MUST_USE;
/* -EINVAL: a field that could not be read again; nothing is written. */
int enrolment_save(const char *path, const struct enrolment *x,
    struct err *e) MUST_USE;

/* "karcis-enrol:1 URL TOKEN FINGERPRINT": what the hub's QR says. */
struct enrolment_text {
	char url[ENROLMENT_URL];
	char token[33]; /* 32 hexadecimal digits */
	uint8_t fingerprint[WIRE_FINGERPRINT_BYTES];
};
bool enrolment_text_parse(struct str s, struct enrolment_text *out) MUST_USE;

#endif
