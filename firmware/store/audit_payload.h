/*
 * What an audit entry says, read back from its payload (docs/FORMATS.md, Audit
 * payload): the fields that are compared with a paper, and how far a purge
 * went.
 */
#ifndef KARCIS_STORE_AUDIT_PAYLOAD_H
#define KARCIS_STORE_AUDIT_PAYLOAD_H

#include "firmware/core/ticket.h"

struct audit_payload {
	struct ticket
	    ticket;      /* of an admission; key id and seq of others too */
	uint64_t detail; /* AUDIT_PURGE: last entry erased */
};
/* False: not a payload of a version that is known here. The ticket's fields
 * are as they stand, not in their ranges. */
bool audit_payload_read(struct str payload, struct audit_payload *out) MUST_USE;

#endif
