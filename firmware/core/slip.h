/*
 * The slip: what a paper says (struct slip), and where each thing stands on
 * it (struct slip_page). Layout is pure; a driver turns the page into bytes.
 * Texts come from the caller in the visitor's language; values from the
 * admission. Nothing on it names the person beyond the mask.
 */
#ifndef KARCIS_CORE_SLIP_H
#define KARCIS_CORE_SLIP_H

#include "glyph.h"
#include "service.h"
#include "ticket.h"

enum slip_word {
	SLIP_PRINTED_AT, /* "dicetak {1}" */
	SLIP_COUNTER,
	SLIP_SLOT,
	SLIP_SERVICE,
	SLIP_SHOW_AT_DOOR,
	SLIP_IF_UNREADABLE,
	SLIP_NAME,
	SLIP_WORD_OF_DAY,
	SLIP_BRING,
	SLIP_FEE,
	SLIP_FREE,
	SLIP_COMPLAINT,
	SLIP_TRAIL,
	SLIP_PRIVACY,
	SLIP_COPY,
	SLIP_LATE,
	SLIP_VALID_UNTIL,
	SLIP_GATE,
	SLIP_COMPANIONS,
	SLIP_WORDS
};

struct slip {
	char office[64];
	char date[40];      /* written out */
	char printed_at[8]; /* 08.42 */
	char label[8];      /* */
	char slot[16];      /* 09.00-09.15 */
	char service[SERVICE_TEXT];
	char counter[16];
	struct ticket_text qr;
	char short_code[12]; /* 4K7-M2R-X9B */
	char masked_name[MASKED_NAME_BYTES];
	char day_word[16];
	char gate[32];      /* its home gate; "" = any */
	char companions[8]; /* "+2"; "" = none */
	char need[SERVICE_NEEDS][SERVICE_TEXT];
	uint8_t needs;
	char fee[32]; /* "Rp 350.000", "" = none */
	char pay[SERVICE_TEXT];
	char terminal[32];
	char audit_mark[16]; /* 7QX2-M9KD-4RTB */
	bool copy;           /* bears SALINAN */
	bool late;
	char word[SLIP_WORDS][96]; /* translated; {1} is filled in already */
};

enum slip_kind {
	SLIP_ITEM_UNSET = 0,
	SLIP_ITEM_TEXT,
	SLIP_ITEM_RULE,
	SLIP_ITEM_BAR /* black box, texts on it are white */,
	SLIP_ITEM_BOX /* empty check box */,
	SLIP_ITEM_QR
};

struct slip_item {
	uint8_t kind; /* enum slip_kind */
	uint8_t font; /* enum glyph_font */
	bool white;
	int16_t size;       /* text: em in dots; QR: dots a module */
	int16_t x, y, w, h; /* dots, the paper's printable area */
	char text[TICKET_DIGITS + 1];
};

enum { SLIP_ITEMS = 160 };
struct slip_page {
	int16_t width, height; /* dots */
	uint8_t count;
	struct slip_item item[SLIP_ITEMS]; /* by rising y */
};

/* width_dots 576 (80 mm paper) or 384 (58 mm). -E2BIG when it does not fit
 * in SLIP_ITEMS; long texts shrink, then wrap, never overlap or overflow. */
int slip_layout(const struct slip *s, int width_dots,
    const struct glyph_source *g, struct slip_page *out,
    struct err *e) MUST_USE;

/* The guard's list: the word of each coming day. */
enum { SLIP_LIST_DAYS = 31 };
struct slip_list_day {
	char date[40]; /* written out */
	char word[16];
};
struct slip_list {
	char office[64];
	char made[48];  /* date and time */
	char title[96]; /* these three translated */
	char span[96];
	char note[128];
	struct slip_list_day day[SLIP_LIST_DAYS];
	uint8_t days;
};
int slip_list_layout(const struct slip_list *l, int width_dots,
    const struct glyph_source *g, struct slip_page *out,
    struct err *e) MUST_USE;

/* A report for technicians: names at the left, what was found at the right. */
enum { SLIP_REPORT_LINES = 24 };
struct slip_report {
	char office[64];
	char made[64]; /* terminal, date and time */
	char title[96];
	struct {
		char name[48];
		char found[96];
	} line[SLIP_REPORT_LINES];
	uint8_t lines;
};
int slip_report_layout(const struct slip_report *r, int width_dots,
    const struct glyph_source *g, struct slip_page *out,
    struct err *e) MUST_USE;

#endif
