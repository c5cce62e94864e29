/* karcis-hub import: an office's bookings from a CSV file (FORMATS.md). */
#ifndef KARCIS_APP_HUB_IMPORT_H
#define KARCIS_APP_HUB_IMPORT_H

#include "firmware/hub/hub.h"

/* Each refused line is named on standard output, never with a code or name;
 * the good ones are taken, a thousand in a transaction. `services` is the
 * office's services file. *refused counts. */
int hub_import_run(struct hub *h, struct hub_db *db, uint32_t office,
    const char *services, const char *csv, int64_t now_s, unsigned *refused,
    struct err *e) MUST_USE;

#endif
