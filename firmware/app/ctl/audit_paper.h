/*
 * A paper against the log: the admission that a ticket's digits name (key id
 * and sequence), and the 12 characters of the chain's head that stand under
 * its QR. An entry whose payload was erased is found by these alone.
 */
#ifndef KARCIS_APP_AUDIT_PAPER_H
#define KARCIS_APP_AUDIT_PAPER_H

#include "firmware/store/audit_rows.h"
#include "firmware/core/ticket.h"

struct paper_entry {
	uint64_t n;      /* 0 = none was found */
	uint32_t device; /* in the hub's log; else 0 */
	bool whole;
	struct ticket ticket; /* when whole */
	char mark[AUDIT_MARK_SYMBOLS + 1];
};

struct paper {
	bool has_ticket, has_mark;
	struct ticket ticket;
	char mark[AUDIT_MARK_SYMBOLS + 1];
	struct paper_entry by_key, by_mark;
	uint64_t silent; /* admissions that do not say which ticket */
};

/* digits: a QR's text, NULL = none; mark: as typed, NULL = none; spaces and
 * hyphens are skipped, lower case raised, O read as 0, I and L as 1. -EINVAL:
 * not a ticket's text, or no mark; or neither was given. The ticket's
 * signature is not judged here. */
int paper_read(const char *digits, const char *mark, struct paper *out,
    struct err *e) MUST_USE;
/* Is shown each entry; an audit_row_fn, ctx a struct paper. */
void paper_row(void *ctx, const struct audit_row *row);
/* The same from the hub's log, which holds no payload. */
void paper_hash(struct paper *p, uint32_t device, uint64_t n, uint16_t kind,
    const struct audit_hash *hash);

/* What was found, lines that each begin with "ticket: ". True: the paper fits
 * the log. */
bool paper_tell(const struct paper *p, struct buf *out);

#endif
