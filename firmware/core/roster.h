/*
 * The roster: the devices of an office, as the hub signed it. The letters and
 * ticket keys of devices that were closed stay, for their tickets of the day.
 */
#ifndef KARCIS_CORE_ROSTER_H
#define KARCIS_CORE_ROSTER_H

#include "claim.h"
#include "note.h"

enum { ROSTER_DEVICES = 256 };

enum roster_role { ROSTER_UNSET = 0, ROSTER_KIOSK, ROSTER_GATE };

struct roster_device {
	uint32_t device; /* 1.. */
	char name[CLAIM_NAME];
	uint8_t role;   /* enum roster_role */
	uint8_t letter; /* 1 = A; 0 = none (gates) */
	bool live;
	uint32_t epoch;
	uint16_t key_id;
	uint8_t ticket_key[TICKET_PUBLIC_BYTES];
	/* The key signs tickets of these days, both included; 0 = no bound. */
	int32_t from_day, until_day;
	bool revoked; /* its tickets are refused, whatever their day */
};

struct roster {
	int64_t version; /* 0 = none yet */
	uint16_t count;
	struct roster_device item[ROSTER_DEVICES];
	char log_key[NOTE_VKEY]; /* of the hub's log, as note_vkey writes it;
				    "" = not told */
};

/* NULL: none such. */
const struct roster_device *roster_find(const struct roster *r,
    uint32_t device);
/* The live kiosk that is the home of a code; NULL when there is none. */
const struct roster_device *roster_home(const struct roster *r,
    const struct code_hash *booking);

#endif
