/*
 * What the technician's screens show (ui_show_tech), filled by the
 * application as struct view is: flat, cleared first, compared bytewise.
 */
#ifndef KARCIS_UI_TECH_VIEW_H
#define KARCIS_UI_TECH_VIEW_H

#include "firmware/core/msg.h"
#include "firmware/core/technician.h"

/* What a line says of itself. Only GOOD is green. */
enum tech_mark {
	TECH_MARK_UNKNOWN = 0,
	TECH_MARK_GOOD,
	TECH_MARK_WARN,
	TECH_MARK_BAD,
	TECH_MARK_NONE /* a plain value */
};

/* "Printer   Paper is there". Texts are ids of msg.def (MSG_TECH_...). */
struct tech_line {
	enum tech_mark mark;
	enum msg_id name; /* at the left; NONE: `value` alone is the line */
	enum msg_id text; /* at the right, {1} = value; NONE = the value */
	char value[160];  /* UTF-8 */
};
enum { TECH_LINES = 24 };

/* A paper as it should look: one bit a dot, 1 = black, highest bit first. */
struct tech_paper {
	int32_t width_dots, height_dots; /* 0 = none */
	int32_t stride_bytes;
	uint32_t serial;     /* another number for another picture */
	const uint8_t *bits; /* borrowed until another view is shown */
};

struct tech_view {
	struct tech_session session;
	struct tech_rules rules;
	char office[64];   /* "" = a machine without a configuration */
	char terminal[32]; /* "" = the same */
	char version[24];  /* of the program: "0.4.0" */
	int32_t day, minute;
	int32_t seconds_left; /* tech_seconds_left() */
	/* STATUS, SELFTEST: what was found. SETUP: the files of the stick and
	 * what becomes of each (GOOD = new or changed, NONE = the same).
	 * CLOSED of a bare machine: why it is one. */
	struct tech_line line[TECH_LINES];
	uint8_t lines;
	/* SETUP: "file:line: reason", as check-config says them. */
	struct tech_line problem[TECH_LINES];
	uint8_t problems;
	struct tech_paper paper; /* PRINT */
};

#endif
