/* Mounts of one process alone. */
#ifndef KARCIS_UPDATE_MOUNTS_H
#define KARCIS_UPDATE_MOUNTS_H

#include "firmware/core/err.h"

/* What this process mounts from now on is seen by nobody else and goes with
 * it. It needs CAP_SYS_ADMIN. */
int mounts_own(struct err *e) MUST_USE;

#endif
