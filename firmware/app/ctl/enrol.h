/* How a terminal comes under a hub: `karcis-ctl enrol TEXT`, and `sync now`
 * while no terminal runs. */
#ifndef KARCIS_APP_ENROL_H
#define KARCIS_APP_ENROL_H

#include "firmware/app/office.h"

/* `text` is what the hub's QR says. The terminal must be stopped. After a lost
 * answer the same text may be given again. Says on standard output what was
 * done. */
int enrol_run(const struct office *o, const char *text, struct err *e) MUST_USE;
/* One round with the hub, in this process; says what came. An exit code. */
int enrol_sync(const struct office *o, struct stores *s, struct buf *out);
/* What sync needs to know of the office. */
struct sync_options;
void enrol_sync_options(const struct office *o, struct stores *s,
    struct sync_options *out);

#endif
