/* The machine as a whole, asked over the system bus: logind restarts it and
 * switches it off, timedated sets clock and RTC. */
#ifndef KARCIS_UPDATE_MACHINE_H
#define KARCIS_UPDATE_MACHINE_H

#include "firmware/core/err.h"

/* Returns when it was accepted. */
int machine_restart(struct err *e) MUST_USE;
int machine_power_off(struct err *e) MUST_USE;
/* Network time is switched off first: it would not take a time by hand. */
int machine_set_clock(int64_t now_s, struct err *e) MUST_USE;

#endif
