/* Small text files of karcis-update that outlive a power cut: each is the old
 * one or the new one, never a piece. */
#ifndef KARCIS_UPDATE_KEEP_H
#define KARCIS_UPDATE_KEEP_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

enum { KEEP_PATH = 256, KEEP_BYTES = 4096 };

/* DIR/NAME. False: does not fit. */
bool keep_path(char path[KEEP_PATH], const char *dir, const char *name);
/* Written beside it, fsync, renamed over it, the folder fsynced; mode 0644. */
int keep_write(const char *dir, const char *name, struct str text,
    struct err *e) MUST_USE;
/* -ENOENT: none; -EFBIG: more than KEEP_BYTES; -EINVAL: no regular file. */
int keep_read(const char *dir, const char *name, char out[KEEP_BYTES],
    struct str *text, struct err *e) MUST_USE;
/* fsync of a folder. */
int keep_sync_dir(const char *dir, struct err *e) MUST_USE;
/* All bytes, whatever signals come. */
int keep_write_all(int fd, const void *bytes, size_t len) MUST_USE;

#endif
