/*
 * karcis-link's part for a printer on the network: it connects, the terminal
 * prints.
 *
 * The terminal holds no right to open sockets. Over one end of a Unix
 * SOCK_SEQPACKET pair it asks with LINK_CONNECT; the answer is one byte,
 * LINK_CONNECTED with the socket attached (SCM_RIGHTS), or LINK_REFUSED.
 * It asks again when the connection is lost.
 */
#ifndef KARCIS_LINK_H
#define KARCIS_LINK_H

#include "firmware/core/err.h"

/* One packet of one byte each. */
enum link_word {
	LINK_NOTHING = 0,
	LINK_CONNECT = 'c',   /* terminal: connect, please */
	LINK_CONNECTED = 'C', /* link: here is the socket */
	LINK_REFUSED = 'R',   /* link: it did not answer in time */
};

enum { LINK_CONNECT_MS = 3000 };

/* Runs until the other end of fd is closed; returns 0 then, or -errno. */
int link_run_printer(int fd, const char *host, const char *port) MUST_USE;
/* Connects within timeout_ms: a non-blocking socket, or -errno. */
int link_connect(const char *host, const char *port, int timeout_ms,
    struct err *e) MUST_USE;

#endif
