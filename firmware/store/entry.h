/*
 * One row of the journal, as a flat struct: how it becomes the payload that
 * the chain commits to, how it goes into the table and comes back.
 *
 * Payload, version 1, big-endian (bytes in brackets):
 *   version = 1 [1] | length of op_id, 0 or 16 [1], op_id |
 *   length of booking, 0 or 16 [1], booking |
 *   epoch [4], letter [1], day [4], label [1], number [2], key_id [2],
 *   seq [4], slot [2], window [2], type [1], flags [1], companions [1],
 *   service [1], class [1], verdict [1], print [1], detail [8], outbox [8] |
 *   length of text [2], text
 */
#ifndef KARCIS_STORE_ENTRY_H
#define KARCIS_STORE_ENTRY_H

#include <sqlite3.h>

#include "journal.h"

enum entry_field {
	ENTRY_EPOCH,
	ENTRY_LETTER,
	ENTRY_DAY,
	ENTRY_LABEL,
	ENTRY_NUMBER,
	ENTRY_KEY_ID,
	ENTRY_SEQ,
	ENTRY_SLOT,
	ENTRY_WINDOW,
	ENTRY_TYPE,
	ENTRY_FLAGS,
	ENTRY_COMPANIONS,
	ENTRY_SERVICE,
	ENTRY_CLASS,
	ENTRY_VERDICT,
	ENTRY_PRINT,
	ENTRY_DETAIL,
	ENTRY_OUTBOX,
	ENTRY_FIELDS
};

enum { ENTRY_TEXT = 200, ENTRY_PAYLOAD = 512 };

struct entry {
	uint64_t n;
	int64_t time_s;
	uint16_t kind; /* enum audit_kind */
	bool has_op, has_booking;
	struct op_id op_id;
	struct code_hash booking;
	int64_t field[ENTRY_FIELDS];
	char text[ENTRY_TEXT];
	uint8_t text_len;
	uint8_t salt[AUDIT_SALT_BYTES];
	struct audit_hash commitment, hash;
};

/* The columns in the order of entry_bind and entry_read. */
#define ENTRY_COLUMNS \
	"n, time_s, kind, op_id, booking, epoch, letter, day," \
	" label, number, key_id, seq, slot, window, type, flags, companions," \
	" service, class, verdict, print, detail, outbox, text, salt," \
	" payload, commitment, hash"
#define ENTRY_PARAMS \
	"?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15," \
	"?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28"

/* Fills commitment and hash from all the rest; false: a field is too wide. */
bool entry_seal(struct entry *x, const struct audit_hash *prev,
    struct buf *payload) MUST_USE;
/* Binds a sealed entry to INSERT ... VALUES (ENTRY_PARAMS); payload and entry
 * must live until the statement is reset. */
void entry_bind(sqlite3_stmt *s, const struct entry *x,
    const struct buf *payload);
/* The row as an entry, not checked. */
void entry_read(sqlite3_stmt *s, struct entry *x);
/* NULL when the row fits the chain after prev (whose n is n_prev), else what
 * does not. *erased: its payload was taken away. x is filled like entry_read.
 */
const char *entry_fault(sqlite3_stmt *s, uint64_t n_prev,
    const struct audit_hash *prev, struct entry *x, bool *erased);

#endif
