/*
 * The audit export of the journal that is open, in slices between other work:
 * the same text as audit_export_write makes of a copy, and no copy is needed.
 * It holds the entries that were there when it began; those written meanwhile
 * wait for the next export.
 */
#ifndef KARCIS_STORE_AUDIT_SLICES_H
#define KARCIS_STORE_AUDIT_SLICES_H

#include "audit_export.h"
#include "journal.h"

/* A slice: some milliseconds on a slow machine. */
enum { AUDIT_SLICE_ROWS = 100, AUDIT_SLICE_LOOKED = 2000 };

struct audit_slices;
/* Begins; j must outlive it, and x->terminal and x->audit_secret too. `to` is
 * made, mode 0600, and grows to most_bytes at the most. -EEXIST: it is there
 * already; -ENODATA: the journal has no signed head. */
int audit_slices_open(struct journal *j, const struct audit_export *x,
    const char *to, int64_t most_bytes, struct audit_slices **out,
    struct err *e) MUST_USE;
/* 1: there is more to do; 0: the export is whole; -EFBIG: it does not fit in
 * most_bytes; -EAGAIN: old days were erased meanwhile, begin anew; else -errno
 * of the file or the journal. */
int audit_slices_step(struct audit_slices *s, struct err *e) MUST_USE;
/* An export that is not whole is removed. NULL does nothing. */
void audit_slices_close(struct audit_slices *s);

#endif
