/* What stands around the terminal's loop: its devices, its link and the
 * sandbox that closes after they are open. */
#ifndef KARCIS_APP_DESK_H
#define KARCIS_APP_DESK_H

#include "terminal.h"

/* Forks what the role and the configuration ask for: karcis-link of a tcp:
 * printer, of the hub, a camera's process, and a gate's output. */
int desk_start_processes(struct terminal *t, struct err *e) MUST_USE;
/* Ends them, where it turns out that the machine is bare. */
void desk_end_processes(struct terminal *t);
/* The scanner, and a kiosk's printer. */
int desk_open_devices(struct terminal *t, struct err *e) MUST_USE;
/* No further file, program or network than what the terminal needs. */
int desk_close_in(struct terminal *t, struct err *e) MUST_USE;

#endif
