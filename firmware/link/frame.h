/*
 * What the terminal and karcis-link say to each other over a Unix stream
 * socket: the terminal hands over a request, the link signs it, carries it to
 * the hub and hands back what came, unjudged. One frame is
 *
 *   offset  bytes  what
 *   0       4      length of all that follows
 *   4       1      'R' request, 'A' answer
 *   5       4      id, the terminal's; an answer bears its request's
 * a request:
 *   9       4      milliseconds the whole exchange may take, waiting for its
 *                  turn counted; over 600,000 counts as that
 *   13      8      counter
 *   21      2+n    method, its length first
 *   ..      2+n    path with query
 *   ..      2+n    If-None-Match, n = 0: none
 *   ..      4+n    body
 * an answer:
 *   9       1      enum frame_fate
 *   10      2      status of HTTP, 0 = none came
 *   12      4      Retry-After in seconds, 0 = none
 *   16      4      Karcis-Epoch, 0 = none
 *   20      2+n    Karcis-Kind
 *   ..      2+n    Karcis-Hub-Signature, base64
 *   ..      2+n    ETag
 *   ..      2+n    what went wrong, for the log
 *   ..      4+n    body, decoded
 *
 * Where no answer came whole, only id, fate and what went wrong are filled.
 * Integers are big-endian. Both sides treat the other's bytes as hostile: a
 * frame that is not exactly of this form ends the connection.
 */
#ifndef KARCIS_LINK_FRAME_H
#define KARCIS_LINK_FRAME_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

enum {
	FRAME_HEAD = 4,
	FRAME_BODY_MAX = 4 << 20,          /* decoded, of an answer */
	FRAME_MAX = FRAME_BODY_MAX + 4096, /* length field at most */
	FRAME_TEXT = 512,                  /* any other text */
};

enum frame_fate {
	FRAME_UNSET = 0,
	FRAME_CAME,      /* an HTTP answer, whole */
	FRAME_NO_ANSWER, /* not reached, refused, TLS, timed out */
	FRAME_CUT,       /* an answer began and broke off, or was too large */
};

/* Views into the caller's bytes. */
struct frame_request {
	uint32_t id, timeout_ms;
	uint64_t counter;
	struct str method, path, if_none_match, body;
};
struct frame_answer {
	uint32_t id;
	enum frame_fate fate;
	uint16_t status;
	uint32_t retry_after_s, epoch;
	struct str kind, signature, etag, trouble, body;
};

/* Appends a whole frame or, with out->full, nothing: it does not fit, a text
 * is over FRAME_TEXT or the body over FRAME_BODY_MAX. */
void frame_put_request(struct buf *out, const struct frame_request *q);
void frame_put_answer(struct buf *out, const struct frame_answer *a);
/* How many bytes the frame at the front of `bytes` has, its length field
 * counted; 0 = not all of it is there; -EBADMSG: too long to be one. */
long frame_length(struct str bytes) MUST_USE;
/* Of exactly one frame. False: not of its form. */
bool frame_get_request(struct str frame, struct frame_request *out) MUST_USE;
bool frame_get_answer(struct str frame, struct frame_answer *out) MUST_USE;

#endif
