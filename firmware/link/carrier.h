/*
 * karcis-link's part for the hub: it takes requests from the terminal
 * (frame.h), signs them with the request key, speaks HTTPS and hands back
 * what came. It judges nothing, follows no redirect, keeps no state and no
 * cookie, and holds no ticket key.
 */
#ifndef KARCIS_LINK_CARRIER_H
#define KARCIS_LINK_CARRIER_H

#include "firmware/core/err.h"
#include "firmware/core/wire.h"

struct carrier_config {
	/* "https://hub.example", perhaps with a port and a folder that a proxy
	 * in front of the hub takes off again; no slash at the end. */
	const char *url;
	const char *ca_file; /* instead of the system's; NULL = the system's */
	const char *proxy;   /* "http://HOST:PORT"; NULL = none, whatever the
			      * environment says */
	uint32_t device;
	uint8_t secret[WIRE_SECRET_BYTES]; /* the request key */
};

/* -EINVAL: the URL is not of that form; else -errno: the CA file cannot be
 * read. Nobody is asked. */
int carrier_check(const struct carrier_config *c, struct err *e) MUST_USE;
/*
 * Runs until the other end of fd, a Unix stream socket, is closed: 0 then.
 * -EBADMSG: what came was no frame of a request; what carrier_check says;
 * else -errno. fd stays open.
 *
 * Up to CARRIER_AT_ONCE requests are under way at once; of those that may
 * take longer than CARRIER_LONG_MS (long-polls) only CARRIER_LONG_AT_ONCE,
 * so that a claim always finds a place. Others wait; the one whose time runs
 * out first goes first. Time spent waiting counts. Answers come in any order.
 *
 * A request whose kept connection turns out to be closed is sent again with
 * the same counter, by curl, before any byte of an answer came: where the hub
 * had taken the first one, the answer is its 409 `replayed`.
 */
enum { CARRIER_AT_ONCE = 8, CARRIER_LONG_AT_ONCE = 6, CARRIER_LONG_MS = 5000 };
int carrier_run(int fd, const struct carrier_config *c, struct err *e) MUST_USE;

/* One exchange, in this process (enrolment, `sync now` without a terminal):
 * device and counter as given. The body of the answer is malloc'd, with a NUL
 * behind it. 0: an answer came whole; else out->status is 0 and the sentence
 * says why: -EINVAL no such URL or request, -EHOSTUNREACH no answer, -EPIPE it
 * was cut or too large, -ENOMEM; and what carrier_check says. */
struct carrier_answer {
	int status; /* 0 = none came */
	uint32_t epoch, retry_after_s;
	char kind[WIRE_KIND + 1];
	char signature[WIRE_BASE64 + 1];
	char etag[64];
	char *body;
	size_t len;
};
int carrier_once(const struct carrier_config *c, struct str method,
    struct str path, struct str body, uint64_t counter, int timeout_ms,
    struct carrier_answer *out, struct err *e) MUST_USE;
void carrier_answer_fini(struct carrier_answer *a);

#endif
