/*
 * What a scanner read: bytes become lines, lines become scans.
 *
 * A line takes one byte at a time with its monotonic time. CR, LF or TAB ends
 * it. A device that has not yet sent one of these may be set to send none:
 * there, more than SCAN_SILENCE_MS of silence ends the line too. Once it has
 * ended a line with a terminator, silence inside a line means that the line
 * is broken and discards it.
 *
 * Only printable ASCII (0x20-0x7E) makes a scan; any other byte, or more than
 * SCAN_MAX characters, discards everything up to the next terminator or
 * silence. An AIM prefix ("]", letter, digit: ISO/IEC 15424) is taken off.
 * Nothing here looks at a clock: time is a value.
 */
#ifndef KARCIS_CORE_SCAN_H
#define KARCIS_CORE_SCAN_H

#include "str.h"

enum {
	SCAN_MAX = 64,         /* characters of a code without its AIM prefix */
	SCAN_AIM = 3,          /* "]Q1" */
	SCAN_SILENCE_MS = 100, /* more than this between two bytes is silence */
	SCAN_SAME_MS = 1000,   /* the same code sooner than this is one scan */
	SCAN_SEEN = 4,         /* codes remembered for that */
};

struct scan {
	char text[SCAN_MAX + 1]; /* NUL-terminated, printable ASCII, never "" */
	size_t len;
};

/* A cleared scan_line is ready for use. */
struct scan_line {
	char text[SCAN_AIM + SCAN_MAX];
	size_t len;
	bool bad;        /* discards until a terminator or silence */
	bool terminates; /* this device is known to send terminators */
	int64_t last_ms; /* of the last byte, while something is pending */
};

/* Feeds one byte. True when it completed a code, then in *out. What silence
 * has broken or ended before this byte is dropped here: call scan_line_quiet
 * first, so that an ended line is not lost. */
bool scan_line_byte(struct scan_line *l, unsigned byte, int64_t mono_ms,
    struct scan *out) MUST_USE;
/* Settles what is pending when mono_ms lies more than SCAN_SILENCE_MS after
 * the last byte; true when that completed a code, then in *out. */
bool scan_line_quiet(struct scan_line *l, int64_t mono_ms,
    struct scan *out) MUST_USE;
/* When scan_line_quiet has something to do, -1 = nothing is pending. */
int64_t scan_line_deadline_ms(const struct scan_line *l);
/* The line cannot be trusted: what came and what still comes of it goes. */
void scan_line_spoil(struct scan_line *l, int64_t mono_ms);

/* The same code again less than SCAN_SAME_MS after its last sight is not
 * news. Cleared = nothing seen. */
struct scan_debounce {
	struct scan_seen {
		struct scan scan; /* len 0 = unused */
		int64_t last_ms;
	} seen[SCAN_SEEN];
	uint8_t next;
};

/* True when the scan is to be acted on. Each sight starts the time anew, so
 * a code held before the scanner is one scan. */
bool scan_debounce(struct scan_debounce *d, const struct scan *s,
    int64_t mono_ms) MUST_USE;

#endif
