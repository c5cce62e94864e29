/* Printer addresses, as `printer.device` of the configuration writes them;
 * printer.h lists the forms. */
#ifndef KARCIS_PRINTER_ADDRESS_H
#define KARCIS_PRINTER_ADDRESS_H

#include "firmware/core/str.h"

enum address_kind {
	ADDRESS_NONE = 0,
	ADDRESS_USB,    /* vendor, product; -1 = any */
	ADDRESS_DEVICE, /* rest: the path */
	ADDRESS_STREAM,
	ADDRESS_TCP,     /* rest: HOST:PORT */
	ADDRESS_VIRTUAL, /* rest: the folder */
};

struct address {
	enum address_kind kind;
	int vendor, product;
	const char *rest; /* into the caller's string */
};

/* False when `device` has no known form. */
bool address_parse(const char *device, struct address *a) MUST_USE;

#endif
