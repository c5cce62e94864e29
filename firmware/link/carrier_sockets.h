/*
 * The sockets that curl opens for the link, so that a kept connection on
 * which something came unasked is not used again: a hub or proxy that answers
 * twice would else give each request the answer of the one before.
 */
#ifndef KARCIS_LINK_CARRIER_SOCKETS_H
#define KARCIS_LINK_CARRIER_SOCKETS_H

#include <curl/curl.h>

#include "firmware/core/base.h"

/* Under way, kept and, of a name with several addresses, tried. */
enum { CARRIER_SOCKETS = 64 };

/* Cleared before use; lives longer than every connection. */
struct carrier_sockets {
	int fd[CARRIER_SOCKETS];
	size_t count;
};

/* This handle's new sockets are opened here, with keepalive. */
bool carrier_sockets_open_for(struct carrier_sockets *s, CURL *easy) MUST_USE;
/* True when the socket with this local port has something to read. */
bool carrier_sockets_readable(const struct carrier_sockets *s, int port);

#endif
