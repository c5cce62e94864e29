/*
 * What a printer says: replies, told apart byte by byte, and its IEEE 1284 id.
 *
 * Replies may come in any order, split anywhere and inside one another:
 *   0xx1xx10             answer to DLE EOT n (the n is known by order)
 *   0xx1xx00 + 3 of 0xx0xxxx   automatic status back (ASB)
 *   37 22 d1 d2 d3 d4 00 process id: everything before it is on paper
 *   37 25 00             the receive buffer was cleared
 *   0xx0xxxx             answer to GS r 1, where the family has it
 *   10 0F + 4 of any     answer to DLE EOT 20 (Custom: full status)
 *   11, 13               XON, XOFF
 * Anything else is dropped and counted. Pure; any byte string is safe.
 */
#ifndef KARCIS_PRINTER_STATUS_H
#define KARCIS_PRINTER_STATUS_H

#include "firmware/core/print.h"
#include "firmware/core/str.h"

enum reply_kind {
	REPLY_NONE = 0,
	REPLY_FACTS,   /* `status` now says something else or the same anew */
	REPLY_PROCESS, /* process_id */
	REPLY_CLEARED,
	REPLY_ORDER, /* value: of GS r 1 */
	REPLY_FULL,  /* full; `status` too */
	REPLY_XON,
	REPLY_XOFF,
};

enum {
	STATUS_ASKED_MAX = 8,
	PROCESS_ID_MOD = 10000,
	PROCESS_ID_LEN = 4,
	STATUS_FULL_BYTES = 6
};

/* Custom's full status, as far as `printer_status` has no place for it. */
struct full_status {
	bool ticket; /* one stands in the mouth */
	bool moving; /* paper drag motor on, or spooling */
	bool fault;  /* anything that stops paper */
};

struct status_parser {
	uint8_t asked[STATUS_ASKED_MAX]; /* n of DLE EOT n, oldest first */
	size_t asked_len;
	uint8_t asb[STATUS_FULL_BYTES]; /* or a full status */
	size_t asb_len;                 /* 0: none under way */
	uint8_t block[8];
	size_t block_len; /* 0: no 37 block under way */
	bool asb_on_top;  /* ASB began inside the block */
	bool asb_seen;
	bool in_order;    /* the family answers GS r */
	bool full;        /* the family has full status, and no ASB */
	unsigned garbage; /* bytes dropped */
};

struct reply {
	enum reply_kind kind;
	unsigned process_id; /* 0..9999 */
	uint8_t value;
	struct full_status full;
};

void status_parser_init(struct status_parser *sp, bool in_order, bool full);
/* DLE EOT n was sent, n = 1..4; false when too many are unanswered. */
bool status_asked(struct status_parser *sp, uint8_t n);
/* Unanswered questions are forgotten (the printer never answered). */
void status_forget_asked(struct status_parser *sp);
/* One byte in; facts go to *st. */
struct reply status_byte(struct status_parser *sp, uint8_t byte,
    struct printer_status *st);
bool printer_status_eq(const struct printer_status *a,
    const struct printer_status *b);
/* Paper out, cover open, cutter, offline: people must do something. */
bool printer_status_blocked(const struct printer_status *st);

/* IEEE 1284 device id: "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;" after two length
 * bytes, which are often wrong and therefore not believed. Views into the
 * caller's bytes; what is absent is empty. */
struct ieee1284 {
	struct str manufacturer, model, commands;
};
void ieee1284_parse(struct str bytes, struct ieee1284 *out);
/* True when the command set lists that language, e.g. "ESC/POS". */
bool ieee1284_speaks(const struct ieee1284 *id, const char *language);

#endif
