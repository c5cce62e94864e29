/*
 * The head of an HTTP answer, line by line: what the link hands on of it.
 * Nothing is judged here; what is too long or no number counts as not there.
 */
#ifndef KARCIS_LINK_CARRIER_HEAD_H
#define KARCIS_LINK_CARRIER_HEAD_H

#include "frame.h"

enum { CARRIER_WAIT_MAX_S = 3600 };

struct carrier_head {
	int status; /* 0 = no status line yet */
	bool whole; /* the empty line came */
	uint32_t epoch;
	char kind[FRAME_TEXT + 1];
	char signature[FRAME_TEXT + 1];
	char etag[FRAME_TEXT + 1];
	char encoding[64];              /* Content-Encoding */
	char retry_after[64], date[64]; /* as they came */
};

/* One line, with or without its line end. A status line begins anew: what
 * came before it was an interim answer (100, 103). */
void carrier_head_line(struct carrier_head *h, struct str line);
/* Retry-After (RFC 9110 10.2.3) in seconds, CARRIER_WAIT_MAX_S at most; 0:
 * none, not readable or past. A date is counted from the answer's own Date,
 * because the clocks here and there differ; without one from now_s. */
uint32_t carrier_head_wait_s(const struct carrier_head *h, int64_t now_s);

#endif
