/*
 * What families of printers can say, and which device belongs to which.
 *
 *   epson    ASB; GS ( H function 48: a process id comes back when printing
 *            is done (ESC/POS command reference: TM-T88IV to VII, T20, m30)
 *   asb      ASB; GS r is answered in order, so after the cut
 *   order    DLE EOT on request; GS r in order
 *   custom   DLE EOT 20 (full status) on request; GS r in order; a presenter
 *            (GS e) holds the ticket until it is taken
 *   generic  DLE EOT on request, where it answers; no proof of paper
 *
 * A family is given only to models whose manual promises it: boards that
 * answer GS r at once, before the paper, would make every proof a lie.
 */
#ifndef KARCIS_PRINTER_PROFILE_H
#define KARCIS_PRINTER_PROFILE_H

#include "printer.h"
#include "status.h"

struct profile_facts {
	const char *name;
	bool asb;        /* GS a turns automatic status back on */
	bool process_id; /* GS ( H function 48 */
	bool in_order;   /* GS r 1, ORDER_RUN times */
	bool presenter;  /* DLE EOT 20, GS e */
};

/* AUTO has the facts of GENERIC. Never NULL. */
const struct profile_facts *profile_facts(enum printer_profile p);
/* True when a job's end can be proved. */
bool profile_proves(enum printer_profile p);
/* The family of a USB device; *ticket: it is a ticket printer even when its
 * IEEE 1284 id names no language. */
enum printer_profile profile_of_usb(uint16_t vendor, const struct ieee1284 *id,
    bool *ticket) MUST_USE;

#endif
