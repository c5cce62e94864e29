/*
 * The rows of a journal's copy, oldest first, as an auditor sees them: what
 * the chain holds, and the payload where it was not erased. Nothing is judged
 * here.
 */
#ifndef KARCIS_STORE_AUDIT_ROWS_H
#define KARCIS_STORE_AUDIT_ROWS_H

#include "firmware/core/audit.h"
#include "firmware/core/err.h"
#include "firmware/core/note.h"

struct audit_row {
	uint64_t n;
	int64_t time_s;
	uint16_t kind;
	struct audit_hash commitment, hash;
	bool whole; /* salt and payload are there */
	uint8_t salt[AUDIT_SALT_BYTES];
	struct str payload;
};

struct audit_head {
	uint64_t n;
	struct audit_hash hash;
	uint8_t signature[64];
	uint64_t erased; /* last entry that a purge says it erased; 0 = none */
};

struct audit_rows;
/* A file nobody has open (a backup), unchanged by it. -ENOENT: no such file;
 * -EUCLEAN: damaged, or no journal. */
int audit_rows_open(const char *path, struct audit_rows **out,
    struct err *e) MUST_USE;
void audit_rows_close(struct audit_rows *r);
/* -ENODATA: it has no signed head. */
int audit_rows_head(struct audit_rows *r, struct audit_head *out,
    struct err *e) MUST_USE;
/* The hub's checkpoint that came with the newest entries it took; "" = none. */
int audit_rows_checkpoint(struct audit_rows *r, char out[NOTE_BYTES],
    struct err *e) MUST_USE;
/* 1: *out is the next row, its payload good until the next call; 0: the end.
 * -EUCLEAN: a row that no journal holds, named. */
int audit_rows_next(struct audit_rows *r, struct audit_row *out,
    struct err *e) MUST_USE;

#endif
