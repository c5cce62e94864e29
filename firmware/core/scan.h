/*
 * What a scanner read: bytes become lines, lines become scans.
 *
 * A line takes one byte at a time with its monotonic time. It ends with CR,
 * LF or TAB, or, on devices that send no terminator, by SCAN_SILENCE_MS of
 * silence. Only printable ASCII (0x20-0x7E) makes a scan; any other byte, or
 * more than SCAN_MAX characters, discards everything up to the end of the
 * line. An AIM prefix ("]" letter digit, ISO/IEC 15424) is
 * taken off. Nothing here looks at a clock: time is a value.
 */
#ifndef KARCIS_CORE_SCAN_H
#define KARCIS_CORE_SCAN_H

#include "str.h"

enum {
	/* Characters of one code, AIM prefix not counted: a ticket has 200, a
	 * booking code at most 32. */
	SCAN_MAX = 256,
	SCAN_AIM = 3,          /* "]Q1" */
	SCAN_SILENCE_MS = 100, /* more than this between two bytes is silence */
	SCAN_FORGIVE_MS = 1000, /* a broken line is over after this pause */
	SCAN_SAME_MS = 1000,    /* the same code within this is one scan */
	SCAN_SEEN = 4,          /* codes remembered: scanners in turn */
};

struct scan {
	char text[SCAN_MAX + 1]; /* NUL-terminated, printable ASCII, never "" */
	size_t len;
};

/* What silence means to a device. What a device does is never learnt from
 * what it sends: a visitor's barcode could then teach it to fall silent. */
enum scan_silence {
	SCAN_SILENCE_UNSET = 0, /* as DISCARDS */
	SCAN_SILENCE_ENDS,      /* the line is whole: a terminator may lack */
	/* The line is broken: a person typing, a fault. It goes with its
	 * tail, up to its terminator or a pause of SCAN_FORGIVE_MS. */
	SCAN_SILENCE_DISCARDS,
};

struct scan_line {
	char text[SCAN_AIM + SCAN_MAX];
	size_t len;
	bool bad; /* discards until the line ends */
	int64_t
	    last_ms; /* of the last byte; holds while something is pending */
	enum scan_silence silence;
};

void scan_line_init(struct scan_line *l, enum scan_silence silence);
/* Feeds one byte. True when it completed a code, then in *out. With
 * SCAN_SILENCE_ENDS a byte after silence drops what scan_line_quiet was not
 * asked for. */
bool scan_line_byte(struct scan_line *l, unsigned byte, int64_t mono_ms,
    struct scan *out) MUST_USE;
/* Settles what is pending when mono_ms lies more than SCAN_SILENCE_MS after
 * the last byte; true when that completed a code, then in *out. */
bool scan_line_quiet(struct scan_line *l, int64_t mono_ms,
    struct scan *out) MUST_USE;
/* When scan_line_quiet has something to do, -1 = never: nothing is pending,
 * or silence discards, which the next byte finds out by itself. */
int64_t scan_line_deadline_ms(const struct scan_line *l);
/* The caller was late and cannot know about silence: what it feeds now
 * follows what is pending. */
void scan_line_join(struct scan_line *l, int64_t mono_ms);
/* The line cannot be trusted: what came and what still comes of it goes. */
void scan_line_spoil(struct scan_line *l, int64_t mono_ms);
/* Forgets everything pending: the device went away. */
void scan_line_drop(struct scan_line *l);

/* The same code again within SCAN_SAME_MS of its last sight is not news. */
struct scan_debounce {
	struct {
		struct scan scan; /* len 0 = free */
		int64_t last_ms;
	} seen[SCAN_SEEN];
};

/* True when the scan is to be acted on. Each sight starts the time anew, so
 * a code held before the scanner is one scan. Cleared = nothing seen. */
bool scan_debounce(struct scan_debounce *d, const struct scan *s,
    int64_t mono_ms) MUST_USE;

#endif
