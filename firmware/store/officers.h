/*
 * The officers of a terminal, in STATE/officers (docs/FORMATS.md, Officers
 * file): who may decide against the gate. A badge is a text of 130 random bits
 * that an officer carries as a QR code; the file knows only its keyed hash, so
 * nobody can make a badge from it. Text, mode 0600.
 */
#ifndef KARCIS_STORE_OFFICERS_H
#define KARCIS_STORE_OFFICERS_H

#include "firmware/core/digest.h"
#include "firmware/core/err.h"
#include "firmware/core/pass.h"

#define OFFICERS_PREFIX "KARCIS-OFFICER-"
enum {
	OFFICERS = 64,
	OFFICERS_SYMBOLS = 26, /* of 5 bits */
	OFFICERS_BADGE = sizeof(OFFICERS_PREFIX) + OFFICERS_SYMBOLS, /* NUL */
	OFFICERS_HASH_BYTES = 32
};

struct officers {
	struct secret_key key; /* the file's own, random */
	uint8_t count;
	struct {
		char name[PASS_OFFICER];
		uint8_t hash[OFFICERS_HASH_BYTES];
	} item[OFFICERS];
};

/* No file is no officers. -EPERM, -EBADMSG, -EFBIG: not a file of ours. */
int officers_load(const char *path, struct officers *out,
    struct err *e) MUST_USE;
int officers_save(const char *path, const struct officers *o,
    struct err *e) MUST_USE;

/* Whose badge this is, in a time that does not tell; NULL: nobody's. */
const char *officers_find(const struct officers *o, struct str badge);
/* 1 to 23 bytes of printable UTF-8, no space at either end. */
bool officers_is_name(struct str name);
/* Draws a badge for a name; not saved. The text is nowhere else: show it now.
 * -EINVAL: not a name; -EEXIST: the name has a badge; -ENOSPC: OFFICERS. */
int officers_add(struct officers *o, struct str name,
    char badge[OFFICERS_BADGE], struct err *e) MUST_USE;
/* False: no such officer. */
bool officers_remove(struct officers *o, struct str name) MUST_USE;
/* Wipes it; NULL does nothing. */
void officers_fini(struct officers *o);

#endif
