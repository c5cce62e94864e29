/*
 * The journal's chain as a text that an outsider checks with the terminal's
 * public audit key alone. docs/FORMATS.md, Audit export.
 */
#ifndef KARCIS_STORE_AUDIT_EXPORT_H
#define KARCIS_STORE_AUDIT_EXPORT_H

#include "audit_rows.h"

enum { AUDIT_KEY_BYTES = 32, AUDIT_SECRET_BYTES = 64, AUDIT_TERMINAL = 64 };

struct audit_export {
	uint32_t office;
	const char *terminal; /* its id: one line */
	int64_t made_s;
	bool bare; /* without salt and payload: hashes and times alone */
	const uint8_t *audit_secret;
};
/* Writes `to` from the rows of a journal's copy. *entries (may be NULL): how
 * many rows were written. -EEXIST: `to` is there already; after a failure it
 * is not there. */
int audit_export_write(const char *copy, const struct audit_export *x,
    const char *to, uint64_t *entries, struct err *e) MUST_USE;

/* Where the first thing stands that does not fit. */
enum audit_where {
	AUDIT_NOWHERE = 0, /* everything fits */
	AUDIT_IN_HEADER,
	AUDIT_IN_ENTRY, /* n */
	AUDIT_IN_HEAD   /* the last line */
};
struct audit_finding {
	enum audit_where where;
	uint64_t n;     /* AUDIT_IN_ENTRY; a missing or added one too */
	char text[192]; /* "entry 17 was changed: it does not fit .." */
};

/* What the header says. */
struct audit_header {
	uint32_t office;
	char terminal[AUDIT_TERMINAL];
	int64_t made_s;
	uint8_t key[AUDIT_KEY_BYTES];
	bool bare;
	uint64_t entries; /* n of the head */
	uint64_t erased;  /* entries up to it may be without payload */
};

/* Each entry that fits, in order, up to the first that does not. */
typedef void audit_row_fn(void *ctx, const struct audit_row *row);

/* Checks a file. key: the audit key to trust; NULL: the one in the file, which
 * proves only that the file was not changed by somebody without it. 0 also
 * when something is found: look at finding->where. header is filled as far as
 * it could be read. each may be NULL. -errno: the file can't be read. */
int audit_export_check(const char *path, const uint8_t *key, audit_row_fn *each,
    void *ctx, struct audit_header *header, struct audit_finding *finding,
    struct err *e) MUST_USE;

/* What a file is, by its first bytes. */
enum audit_form { AUDIT_FORM_UNKNOWN = 0, AUDIT_FORM_EXPORT, AUDIT_FORM_COPY };
int audit_form_of(const char *path, enum audit_form *out,
    struct err *e) MUST_USE;

#endif
