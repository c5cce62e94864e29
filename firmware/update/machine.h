/* The machine as a whole. Over the system bus logind restarts it and switches
 * it off, timedated sets clock and RTC. */
#ifndef KARCIS_UPDATE_MACHINE_H
#define KARCIS_UPDATE_MACHINE_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

enum { MACHINE_BOOT_ID = 48, MACHINE_SLOT = 16 };

/* The kernel's; another one after each start. */
int machine_boot_id(char out[MACHINE_BOOT_ID], struct err *e) MUST_USE;
/* The slot that the boot loader said it started (`rauc.slot=A` of the kernel's
 * command line), in lower case; "" = it said none. */
void machine_booted_slot(char out[MACHINE_SLOT]);
/* The same, of a command line. */
void machine_slot_of(struct str line, char out[MACHINE_SLOT]);

/* Returns when it was accepted. Where logind does not, systemd is told by a
 * signal; on a machine that systemd did not start that is an error. */
int machine_restart(struct err *e) MUST_USE;
int machine_power_off(struct err *e) MUST_USE;
/* Network time is switched off first: it would not take a time by hand. */
int machine_set_clock(int64_t now_s, struct err *e) MUST_USE;

#endif
