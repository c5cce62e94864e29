/* Bookings as channels send them: JSON to what is stored of them. */
#ifndef KARCIS_HUB_BOOKINGS_READ_H
#define KARCIS_HUB_BOOKINGS_READ_H

#include "firmware/core/booking.h"
#include "hub_json.h"

enum { BOOKINGS_BATCH = 1000, BOOKINGS_NAME_MAX = 127 };

/* One booking of a request. */
struct booking_wish {
	struct booking_code code; /* plain: for the answer alone */
	bool drawn;               /* by the hub */
	struct booking b;         /* hashed and masked; status_s 0 */
	/* Why it is refused; NULL = it is not. */
	const char *error, *field, *detail;
};
void bookings_refuse(struct booking_wish *w, const char *error,
    const char *field, const char *detail);
/* Everything but what the store knows. */
void bookings_read(const json_t *o, const struct secret_key *office_key,
    uint32_t office, struct booking_wish *out);

/* A change: what is given of status, date, start and end is put into b. False:
 * *field and *detail say why not, and b is no good. */
bool bookings_change(const json_t *o, struct booking *b, const char **field,
    const char **detail) MUST_USE;

/* "confirmed"; "" for UNSET. */
const char *bookings_status_word(unsigned status);

#endif
