/* A program that is run to its end, with what it said. */
#ifndef KARCIS_APP_BUNDLE_CHILD_H
#define KARCIS_APP_BUNDLE_CHILD_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

enum { CHILD_S = 900 }; /* a bundle of 2 GiB on a slow disk */

/* argv ends with NULL; its first word is looked for in PATH, no shell is
 * asked. What it writes to standard output (with_errors: and error) goes to
 * `said`, as much as fits. -EPROTO: it ended with an error or a signal;
 * -ETIMEDOUT: not within CHILD_S, and was killed; -ENOENT: no such program. */
int child_run(const char *const *argv, bool with_errors, struct buf *said,
    struct err *e) MUST_USE;

#endif
