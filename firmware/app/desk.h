/* What stands around the terminal's loop: its devices, its link and the
 * sandbox that closes after they are open. */
#ifndef KARCIS_APP_DESK_H
#define KARCIS_APP_DESK_H

#include "terminal.h"

/* Forks karcis-link for a tcp: printer; nothing for others. */
int desk_start_link(struct terminal *t, struct err *e) MUST_USE;
int desk_open_devices(struct terminal *t, struct err *e) MUST_USE;
/* No further file, program or network than what the terminal needs. */
int desk_close_in(struct terminal *t, struct err *e) MUST_USE;

#endif
