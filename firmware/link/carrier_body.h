/*
 * The body of an answer, gzip undone (RFC 1952). curl could undo it, but it
 * takes a stream that breaks off for a whole one, and brings decoders that
 * nobody asked for.
 */
#ifndef KARCIS_LINK_CARRIER_BODY_H
#define KARCIS_LINK_CARRIER_BODY_H

#include "frame.h"

enum carrier_body_state {
	BODY_NONE = 0, /* no byte came */
	BODY_PLAIN,
	BODY_PACKED,
	BODY_UNPACKED, /* the end of the gzip stream came */
	BODY_BROKEN,
	BODY_TOO_LARGE, /* more than FRAME_BODY_MAX bytes, unpacked */
	BODY_NO_MEMORY
};

/* Cleared before use; holds memory until carrier_body_fini. */
struct carrier_body {
	enum carrier_body_state state;
	char *bytes; /* malloc'd, NUL behind them; NULL = none */
	size_t len, cap;
	void *inflater;
};

/* Takes what came next. `encoding` is Content-Encoding as it came, "" for
 * none. False: the exchange is to be ended. */
bool carrier_body_add(struct carrier_body *b, const char *encoding,
    struct str bytes) MUST_USE;
/* All has come: NULL, or why it is no body. */
const char *carrier_body_trouble(const struct carrier_body *b);
void carrier_body_fini(struct carrier_body *b);

#endif
