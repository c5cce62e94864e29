/*
 * The roster as a document that a person carries on a stick, from a kiosk to
 * its gates, and the request that a gate sends the other way (docs/FORMATS.md,
 * Roster document and Gate request). Both are text, signed with Ed25519, and
 * as hostile as any stick: everything is bounded, every line has its place,
 * and the line that is refused is named.
 *
 * A signature says that the key named in the text signed it. Whether that key
 * is the right one is the caller's to judge: by a pinned root, or by the
 * fingerprint that a person compared.
 */
#ifndef KARCIS_CORE_ROSTER_TEXT_H
#define KARCIS_CORE_ROSTER_TEXT_H

#include "err.h"
#include "roster.h"
#include "wire.h"

enum {
	ROSTER_TEXT_MAX = 65536,
	ROSTER_GATES = 64, /* that get secrets with it */
	/* Office key and gate secret as a crypto_box_seal. */
	ROSTER_SECRET_BYTES = 64,
	ROSTER_BOX_BYTES = ROSTER_SECRET_BYTES + 48,
	ROSTER_REQUEST_MAX = 1024,
	ROSTER_FINGERPRINT_TEXT = 40 /* with NUL */
};

struct roster_sealed {
	char name[CLAIM_NAME];
	uint8_t box[ROSTER_BOX_BYTES];
};

struct roster_text {
	uint32_t office;
	int64_t made_s;
	uint8_t root[WIRE_PUBLIC_BYTES];
	struct roster roster;
	uint16_t sealed_count;
	struct roster_sealed sealed[ROSTER_GATES];
};

struct roster_request {
	uint32_t office;
	char name[CLAIM_NAME];
	uint8_t key[WIRE_PUBLIC_BYTES]; /* the gate's audit key */
};

/* "gate-1": 1 to 31 of a-z 0-9 and -. */
bool roster_is_name(struct str name);

/* What a file begins as; UNSET: neither. */
enum roster_kind {
	ROSTER_KIND_UNSET = 0,
	ROSTER_KIND_ROSTER,
	ROSTER_KIND_GATE
};
enum roster_kind roster_text_kind(struct str text);

/* The signed text, into an empty buffer. -EINVAL: a field could not be read
 * again; -E2BIG: it does not fit into out. root is taken from the secret. */
int roster_text_build(const struct roster_text *r,
    const uint8_t secret[WIRE_SECRET_BYTES], struct buf *out,
    struct err *e) MUST_USE;
/* -EFBIG: longer than ROSTER_TEXT_MAX; -EBADMSG: not such a text, the line is
 * named; -EPROTO: of a newer release; -EACCES: the signature does not fit.
 * After a failure *out is zero. */
int roster_text_parse(struct str text, struct roster_text *out,
    struct err *e) MUST_USE;

int roster_request_build(const struct roster_request *q,
    const uint8_t secret[WIRE_SECRET_BYTES], struct buf *out,
    struct err *e) MUST_USE;
int roster_request_parse(struct str text, struct roster_request *out,
    struct err *e) MUST_USE;

/* The box for a gate; NULL: none. */
const struct roster_sealed *roster_sealed_for(const struct roster_text *r,
    const char *name);

/* wire_fingerprint as people compare it: "a41c-0011-..", eight groups. */
void roster_fingerprint(const uint8_t key[WIRE_PUBLIC_BYTES],
    char out[ROSTER_FINGERPRINT_TEXT]);
/* Whether a person typed this key's fingerprint: all 32 digits, in groups of
 * any size (spaces, hyphens, colons), upper or lower case. */
enum roster_match {
	ROSTER_MATCH_UNSET = 0,
	ROSTER_SAME,
	ROSTER_DIFFERENT,
	ROSTER_NO_FINGERPRINT
};
enum roster_match roster_fingerprint_match(struct str typed,
    const uint8_t key[WIRE_PUBLIC_BYTES]) MUST_USE;

#endif
