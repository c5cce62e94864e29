/*
 * The lines of an audit export (docs/FORMATS.md): header, entries, head. Each
 * has one text; what is read is written the same. Lines are without their LF.
 * Parsers take hostile bytes.
 */
#ifndef KARCIS_STORE_AUDIT_TEXT_H
#define KARCIS_STORE_AUDIT_TEXT_H

#include "audit_export.h"

enum {
	AUDIT_PAYLOAD = 512,   /* longest payload of an entry */
	AUDIT_LINE = 2048,     /* longest line, with NUL */
	AUDIT_HEADER = 512,    /* the header's lines together */
	AUDIT_HEADER_LINES = 9 /* the signature's counted */
};

/* All lines but the signature's, each with LF. False: it does not fit, or a
 * field is out of its range. */
bool audit_header_put(const struct audit_header *h, struct buf *out) MUST_USE;
/* text: those lines, each with LF. *line on failure: the first bad one, from
 * 1. */
bool audit_header_read(struct str text, struct audit_header *out,
    unsigned *line) MUST_USE;
void audit_signed_put(const uint8_t signature[64], struct buf *out);
bool audit_signed_read(struct str line, uint8_t signature[64]) MUST_USE;

/* "N TIME KIND COMMITMENT HASH SALT PAYLOAD"; bare or erased without the last
 * two. */
void audit_row_put(const struct audit_row *row, bool bare, struct buf *out);
/* payload: room for what row->payload shows. */
bool audit_row_read(struct str line, struct audit_row *row,
    uint8_t payload[AUDIT_PAYLOAD]) MUST_USE;

/* "head N HASH SIGNATURE" */
void audit_head_put(const struct audit_head *h, struct buf *out);
bool audit_head_read(struct str line, struct audit_head *out) MUST_USE;

#endif
