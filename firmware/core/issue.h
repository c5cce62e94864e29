/* From a decision that admits to the fields of the ticket it earns. */
#ifndef KARCIS_CORE_ISSUE_H
#define KARCIS_CORE_ISSUE_H

#include "checkin.h"
#include "service.h"
#include "ticket.h"

/* Whoever is admitted has at least this long to reach the door. */
enum { ISSUE_DOOR_MIN = 30 };

/* Everything of the ticket but key id, seq and number, which the journal
 * gives. False when the service or its letter for this class does not exist,
 * or the decision does not admit: then nobody is admitted. */
bool issue_ticket(const struct decision *d, const struct booking *b,
    const struct services *services, struct civil_now now,
    struct ticket *out) MUST_USE;
/* "Rp 350.000", "" for 0. */
void issue_fee(int64_t rupiah, char out[32]);

#endif
