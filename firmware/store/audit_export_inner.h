/* What the two ways to write an audit export share: of a copy in one go
 * (audit_export.c), of the open journal in slices (audit_slices.c). */
#ifndef KARCIS_STORE_AUDIT_EXPORT_INNER_H
#define KARCIS_STORE_AUDIT_EXPORT_INNER_H

#include <sqlite3.h>
#include <stdio.h>

#include "audit_export.h"

/* `to` is f's name, for the sentences. */
int audit_put_header(FILE *f, const struct audit_export *x,
    const struct audit_head *head, const char *to, struct err *e) MUST_USE;
int audit_put_row(FILE *f, const struct audit_export *x,
    const struct audit_row *row, const char *to, struct err *e) MUST_USE;
/* The last line; then everything is handed to the disk. */
int audit_put_head(FILE *f, const struct audit_head *head, const char *to,
    struct err *e) MUST_USE;

/* The signed head; out->erased is left alone. -ENODATA: there is none. */
int audit_read_head(sqlite3 *db, struct audit_head *out,
    struct err *e) MUST_USE;
/* One row of a statement that begins with AUDIT_COLUMNS; -EUCLEAN. */
#define AUDIT_COLUMNS "n, time_s, kind, commitment, hash, salt, payload"
int audit_read_row(sqlite3_stmt *s, struct audit_row *out,
    struct err *e) MUST_USE;

#endif
