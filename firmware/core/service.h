/*
 * The services file: what an office offers, its letters and its fees.
 *
 * INI by the line discipline of ini.h, one section a service:
 *
 *     [service.paspor-baru]
 *     id = 1
 *     name.id = Paspor baru
 *     name.en = New passport
 *     counter = 3
 *     fee = 350000
 *     pay.id = bayar di bank atau kantor pos
 *     pay.en = pay at a bank or post office
 *     need.id = KTP elektronik, asli dan fotokopi
 *     need.en = Electronic ID card, original and copy
 *     letter.booked = A
 *
 * need.id and need.en may be repeated and stand in pairs; id, both names
 * and letter.booked are required; bookings name a service by the section's
 * name (paspor-baru). Letters are A-R, each used once in the file.
 */
#ifndef KARCIS_CORE_SERVICE_H
#define KARCIS_CORE_SERVICE_H

#include "booking.h"
#include "err.h"

enum {
	SERVICES_MAX = 16,
	SERVICE_NEEDS = 6,
	SERVICE_TEXT = 64,
	SERVICE_KEY = 32,
	LANGS = 2
};
enum lang { LANG_ID, LANG_EN };

struct service {
	uint8_t id;            /* 1..255, 0 = unused entry */
	char key[SERVICE_KEY]; /* section name after "service." */
	char name[LANGS][SERVICE_TEXT];
	char counter[16];
	char need[LANGS][SERVICE_NEEDS][SERVICE_TEXT];
	uint8_t needs;
	int64_t fee_rupiah;            /* 0 = none */
	char pay[LANGS][SERVICE_TEXT]; /* where to pay */
	/* Letters 1 = A .. 18 = R, each used once in the file; 0 = none. */
	uint8_t letter_booked, letter_walk_in, letter_priority, letter_standby;
};

struct services {
	struct service item[SERVICES_MAX];
	uint8_t count;
};

const struct service *service_find(const struct services *s, uint8_t id);
const struct service *service_find_name(const struct services *s,
    struct str name); /* by key */
/* Letter for a class; 0 when the service has none (never admits). */
uint8_t service_letter(const struct service *s, enum booking_class c);

/* Reads the file line by line, as config.h does. */
struct services_reader {
	struct services *out;
	char file[192]; /* for messages */
	int current;    /* entry being filled, -1 = none */
	bool section_begun;
	uint32_t seen; /* keys of the present section */
	uint8_t needs_seen[LANGS];
	unsigned problems; /* so far */
};

/* Empties *out, which is borrowed until services_finish. */
void services_begin(struct services_reader *r, struct services *out,
    const char *file);
void services_line(struct services_reader *r, struct str line, unsigned line_no,
    struct buf *problems);
/* True when neither a line nor the whole has a problem. */
bool services_finish(struct services_reader *r, struct buf *problems) MUST_USE;

#endif
