/* The ticket's QR symbol: 200 digits, numeric mode, version 8, level H. */
#ifndef KARCIS_PRINTER_QR_H
#define KARCIS_PRINTER_QR_H

#include "firmware/core/err.h"
#include "firmware/core/ticket.h"

enum { QR_MODULES = 49, QR_QUIET = 4 /* ISO/IEC 18004: modules a side */ };

struct qr_grid {
	uint8_t dark[QR_MODULES][QR_MODULES]; /* 1 = black */
};

/* -EINVAL: `digits` is not TICKET_DIGITS decimal digits; -ENOMEM. */
int qr_draw(const char *digits, struct qr_grid *out, struct err *e) MUST_USE;

#endif
