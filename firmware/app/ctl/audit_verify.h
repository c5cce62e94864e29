/*
 * `karcis-ctl audit verify`: of the journal, of a file that somebody brought
 * (an export or a journal's copy), or of a hub's log; and a paper against any
 * of them. Each prints lines that begin with "audit: " or "ticket: " and gives
 * an exit code: EXIT_DONE it fits, EXIT_REFUSED something was found, which is
 * named, EXIT_COULD_NOT.
 */
#ifndef KARCIS_APP_AUDIT_VERIFY_H
#define KARCIS_APP_AUDIT_VERIFY_H

#include "audit_paper.h"
#include "firmware/core/note.h"
#include "firmware/app/office.h"

/* path: an export or a copy, told apart by its content. key: the audit key to
 * trust, NULL = not given; own: this terminal's, NULL = not known. A copy
 * needs one of both. */
int audit_verify_file(const char *path, const uint8_t *key, const uint8_t *own,
    struct paper *paper, struct err *e);

struct audit_hub_words {
	const char *url, *log_key;
	uint32_t office;
	const char *ca_file; /* NULL = the system's */
	const char *known;   /* file of checkpoints kept, NULL = none */
	const char *own;     /* a copy of a journal to compare, NULL = none */
	uint32_t own_device;
	const char *before; /* audit_verify_note's, of before that copy */
};
/* The log's checkpoint of now. */
int audit_verify_note(const struct audit_hub_words *w, char out[NOTE_BYTES],
    struct err *e) MUST_USE;
int audit_verify_hub(const struct audit_hub_words *w, struct paper *paper,
    struct err *e);

#endif
