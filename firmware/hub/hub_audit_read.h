/* A piece of an audit chain as it comes: JSON to struct hub_audit, with what
 * can be judged of it alone (docs/PROTOCOL.md, POST /v1/audit). */
#ifndef KARCIS_HUB_HUB_AUDIT_READ_H
#define KARCIS_HUB_HUB_AUDIT_READ_H

#include "firmware/core/log.h"
#include "firmware/core/wire.h"
#include "hub_json.h"

enum { HUB_AUDIT_ENTRIES = 500 };

struct hub_audit_head {
	uint64_t n;
	struct audit_hash hash;
	uint8_t signature[WIRE_SIGNATURE_BYTES];
};

struct hub_audit {
	uint8_t audit_key[WIRE_PUBLIC_BYTES];
	uint64_t from, tree;
	struct hub_audit_head head; /* not older than an entry */
	/* n = from, from + 1 ..; office and device are 0. */
	struct log_entry entry[HUB_AUDIT_ENTRIES];
	size_t n;
};
/* NULL, or what is wrong; also a head that audit_key did not sign. The caller
 * has looked that `entries` is a list that is not too long. */
const char *hub_audit_read(const json_t *request,
    struct hub_audit *out) MUST_USE;

#endif
