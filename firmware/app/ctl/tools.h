/* karcis-ctl's subcommands that need no running terminal: ticket verify,
 * rekey, code, paper. */
#ifndef KARCIS_APP_TOOLS_H
#define KARCIS_APP_TOOLS_H

#include "firmware/app/office.h"

/* argv[0] is the subcommand; config may be NULL where it needs none. */
int tools_run(const char *config, int argc, char **argv);
/* `rekey`: new keys for this place, and the old ticket key's end. Says on
 * standard output what was done. */
int tools_rekey(const struct office *o, struct err *e) MUST_USE;

#endif
