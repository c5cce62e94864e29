/* The state directory belongs to one process at a time; its small files are
 * secret and replaced in one step. */
#ifndef KARCIS_STORE_STATE_H
#define KARCIS_STORE_STATE_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

/* Takes the lock DIR/lock (made with mode 0600) and returns its descriptor in
 * *fd; closing that, or dying, gives it back. -EBUSY: another process of
 * Karcis works there; -ENOENT: no such directory; else -errno. */
int state_lock(const char *dir, int *fd, struct err *e) MUST_USE;

/* Reads a file of at most cap bytes; the module's name begins each sentence.
 * -ENOENT: none; -EPERM: readable by group or others, or of another owner;
 * -EFBIG: longer than cap. */
int state_read(const char *path, const char *module, char *out, size_t cap,
    size_t *len, struct err *e) MUST_USE;
/* Writes it with mode 0600; after a power cut it is the old one or the new
 * one. -EEXIST: there is one already and it was not to be replaced. */
int state_write(const char *path, const char *module, struct str text,
    bool replace, struct err *e) MUST_USE;

/* Room on the disk that is kept for the moment when there is none: a file of
 * that many bytes, really there. -ENOSPC: there is not as much left. */
int state_reserve(const char *path, size_t bytes, struct err *e) MUST_USE;
/* Gives it back. True: there was some. */
bool state_release(const char *path);

#endif
