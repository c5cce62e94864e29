/*
 * An admission as the journal stores it: enough for a bit-identical ticket at
 * any later time.
 */
#ifndef KARCIS_CORE_ADMISSION_H
#define KARCIS_CORE_ADMISSION_H

#include "audit.h"
#include "checkin.h"
#include "ticket.h"

enum { OP_ID_BYTES = 16 };
struct op_id {
	uint8_t bytes[OP_ID_BYTES];
};

struct admission {
	uint64_t n; /* its entry in the audit chain; 0 = none */
	int64_t time_s;
	struct op_id op_id;
	struct code_hash booking;
	struct ticket ticket;  /* key id, seq, day, label, slot, flags */
	uint8_t booking_class; /* enum booking_class */
	enum verdict verdict;
	/* Not 0: a gate's pass (core/pass.h), and booking is its key. */
	uint8_t pass;
	struct audit_hash hash; /* of its entry: the mark on the paper */
};

#endif
