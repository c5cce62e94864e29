/* The services file: what an office offers, its letters and its fees. */
#ifndef KARCIS_CORE_SERVICE_H
#define KARCIS_CORE_SERVICE_H

#include "booking.h"
#include "err.h"

enum { SERVICES_MAX = 16, SERVICE_NEEDS = 6, SERVICE_TEXT = 64, LANGS = 2 };
enum lang { LANG_ID, LANG_EN };

struct service {
	uint8_t id;                       /* 1..255, 0 = unused entry */
	char name[LANGS][SERVICE_TEXT];
	char counter[16];
	char need[LANGS][SERVICE_NEEDS][SERVICE_TEXT];
	uint8_t needs;
	int64_t fee_rupiah;               /* 0 = none */
	char pay[LANGS][SERVICE_TEXT];    /* where to pay */
	/* Letters 1 = A .. 18 = R, each used once in the file; 0 = none. */
	uint8_t letter_booked, letter_walk_in, letter_priority, letter_standby;
};

struct services {
	struct service item[SERVICES_MAX];
	uint8_t count;
};

const struct service *service_find(const struct services *s, uint8_t id);
const struct service *service_find_name(const struct services *s,
    struct str name); /* by section name = key, see config.h */
/* Letter for a class; 0 when the service has none (never admits). */
uint8_t service_letter(const struct service *s, enum booking_class c);

#endif
