/* Mounts of karcis-update's workers: nobody else sees them, and none stays. */
#ifndef KARCIS_UPDATE_MOUNTS_H
#define KARCIS_UPDATE_MOUNTS_H

#include "firmware/core/err.h"
#include "keep.h"

/* What this process mounts from now on is not seen outside. It needs
 * CAP_SYS_ADMIN. */
int mounts_own(struct err *e) MUST_USE;
/* DIR/NAME made and nothing mounted there; its path. */
int mounts_point(const char *dir, const char *name, char path[KEEP_PATH],
    struct err *e) MUST_USE;
/* Takes away what a worker that was ended left at DIR/NAME. */
void mounts_clear(const char *dir, const char *name);

/* The names. */
#define MOUNTS_STICK "stick"
#define MOUNTS_SLOT  "slot"

#endif
