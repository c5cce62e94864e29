/*
 * What a technician did while the journal was closed: a machine whose journal
 * does not open is the very one that needs them. Each line of the record is
 * kept in STATE/technician.late and becomes an entry of the journal when that
 * is open again, with "late: " before its text and the time it was done as the
 * entry's number. Where that file cannot be written, or holds 8 KB already, the
 * log alone has the line.
 */
#ifndef KARCIS_APP_LATE_H
#define KARCIS_APP_LATE_H

#include "firmware/store/journal.h"

enum { LATE_BYTES = 8192 };

/* -ENOSPC: the file is full; else -errno. The text is cut at its first LF. */
int late_keep(const char *path, int64_t time_s, struct str text,
    struct err *e) MUST_USE;
/* Each line into the journal, then the file is removed: after a stop in
 * between they come a second time. No file is no line. */
int late_take(const char *path, struct journal *j, int64_t now_s,
    struct err *e) MUST_USE;

#endif
