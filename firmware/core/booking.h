/* A booking as the cache holds it: no name, number or plain code. */
#ifndef KARCIS_CORE_BOOKING_H
#define KARCIS_CORE_BOOKING_H

#include "digest.h"

enum booking_status {
	BOOKING_UNSET = 0,
	BOOKING_CONFIRMED,
	BOOKING_CANCELLED,
	BOOKING_RESCHEDULED, /* day/start are the new ones only in a new row */
	BOOKING_BLOCKED,
	BOOKING_REVOKED,
};

enum booking_class {
	CLASS_UNSET = 0,
	CLASS_BOOKED,
	CLASS_PRIORITY,
	CLASS_WALK_IN,
	CLASS_STANDBY,
};

enum { MASKED_NAME_BYTES = 24 };

struct booking {
	struct code_hash hash;
	uint32_t office;            /* 1.. */
	int32_t day;                /* civil day */
	int16_t start_min, end_min; /* slot, half-open, local minutes */
	uint8_t service;            /* id in the services file, 1..255 */
	uint8_t booking_class;      /* enum booking_class */
	uint8_t status;             /* enum booking_status */
	uint8_t companions;         /* 0..7 */
	uint64_t birth;             /* digest_birth, 0 = came without a date */
	int32_t permit_expires_day; /* 0 = none */
	int64_t status_s;           /* when the status changed, 0 = not known */
	char masked_name[MASKED_NAME_BYTES]; /* "" = none */
};

#endif
