/*
 * One request and its answer, on a curl handle of its own.
 *
 * HTTP/1.1 over http or https and nothing else: no redirect, cookie, netrc,
 * HSTS, alternative service, authentication or Expect; a proxy only when it
 * is configured, never from the environment. TLS 1.2 or later, the peer's
 * certificate and its name checked.
 */
#ifndef KARCIS_LINK_CARRIER_EXCHANGE_H
#define KARCIS_LINK_CARRIER_EXCHANGE_H

#include <curl/curl.h>

#include "carrier.h"
#include "carrier_body.h"
#include "carrier_head.h"
#include "carrier_sockets.h"
#include "frame.h"

enum {
	EXCHANGE_CONNECT_MS = 3000,  /* name, TCP and TLS together */
	EXCHANGE_LONGEST_MS = 600000 /* whatever a request asks for */
};

/* May not be moved while it is open: curl points into it. */
struct exchange {
	CURL *easy;
	struct curl_slist *headers;
	const struct carrier_sockets *sockets;
	struct carrier_head head;
	struct carrier_body body;
	bool unasked; /* given up, unsent: something came on its connection */
	enum frame_fate fate;     /* of exchange_end */
	char trouble[FRAME_TEXT]; /* "" = none */
	char curl_says[CURL_ERROR_SIZE];
};

/* Signs and makes ready; what q borrows stays until exchange_close, and
 * sockets until curl closed them. -EINVAL: no request that could be sent;
 * -ENOMEM. *x is to be closed in any case. */
int exchange_open(struct exchange *x, const struct carrier_config *c,
    const struct frame_request *q, int64_t timeout_ms,
    struct carrier_sockets *sockets, struct err *e) MUST_USE;
/* Tells from curl's result what became of it: fate and trouble. Only an
 * answer that came whole keeps head and body. */
void exchange_end(struct exchange *x, CURLcode result);
void exchange_close(struct exchange *x);

#endif
