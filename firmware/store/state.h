/* The state directory belongs to one process at a time. */
#ifndef KARCIS_STORE_STATE_H
#define KARCIS_STORE_STATE_H

#include "firmware/core/err.h"

/* Takes the lock DIR/lock (made with mode 0600) and returns its descriptor in
 * *fd; closing that, or dying, gives it back. -EBUSY: another process of
 * Karcis works there; -ENOENT: no such directory; else -errno. */
int state_lock(const char *dir, int *fd, struct err *e) MUST_USE;

#endif
