/* The rows of a batch of claims: from the store and back, one statement for
 * each table. */
#ifndef KARCIS_HUB_CLAIMS_ROWS_H
#define KARCIS_HUB_CLAIMS_ROWS_H

#include "claims_judge.h"

/* The buckets are locked already. */
int claims_rows_load(struct hub_db *db, struct claims *c,
    struct err *e) MUST_USE;
int claims_rows_save(struct hub_db *db, const struct claims *c, int64_t now_s,
    struct err *e) MUST_USE;
/* "cancelled"; "unknown" for CLAIMS_NOTE_UNKNOWN. */
const char *claims_note_word(uint8_t note);

#endif
