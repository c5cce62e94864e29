/*
 * Bookings from a CSV file: every refused line is named, the good ones are
 * kept, and nothing is half-imported. The work is done in steps, so that a
 * terminal serves its visitors meanwhile: while lines are read they are
 * judged by the cache as it was, from the first row written on as it will be.
 */
#ifndef KARCIS_APP_IMPORT_H
#define KARCIS_APP_IMPORT_H

#include "office.h"

struct import;

/* Takes a copy of fd; name is said in sentences. `o`, `s` and `out` must stay
 * until import_close. -EINVAL: not a regular file (a read could block); else
 * -errno. */
int import_open(const struct office *o, struct stores *s, struct str name,
    int fd, struct buf *out, struct import **im, struct err *e) MUST_USE;
/* Works until about `until_ms` (monotonic); the commit is one step. True:
 * there is more to do. At the end the sum, or what went wrong, is in out. */
bool import_step(struct import *im, int64_t until_ms) MUST_USE;
/* Of an import that has ended: an exit code (commands.h). */
int import_exit(const struct import *im) MUST_USE;
/* An import that has not ended leaves nothing behind. NULL does nothing. */
void import_close(struct import *im);

#endif
