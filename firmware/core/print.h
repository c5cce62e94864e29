/*
 * What a printer may truthfully be said to have done, and what it knows.
 */
#ifndef KARCIS_CORE_PRINT_H
#define KARCIS_CORE_PRINT_H

#include "base.h"

/* Verdict of a job. Completed transfers say nothing about paper. */
enum print_verdict {
	PRINT_UNSET = 0,
	PRINT_PRINTED,     /* proof seen */
	PRINT_NOT_PRINTED, /* no byte taken, or cleared before any line */
	PRINT_PARTIAL,     /* some taken, cannot end */
	PRINT_UNSURE,      /* all taken, no proof in time, or a crash */
};

/* Every fact can be unknown and goes stale. */
enum fact { FACT_UNKNOWN = 0, FACT_NO, FACT_YES };

struct printer_status {
	enum fact connected, paper_out, paper_low, cover_open, cutter_error,
	    offline;
	enum fact ticket_out; /* a presenter holds a ticket for somebody */
	bool proves_paper;    /* its profile has a proof of paper */
};

#endif
