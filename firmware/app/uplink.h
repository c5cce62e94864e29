/*
 * The terminal's end of karcis-link: bytes between sync.h and the process
 * that speaks HTTPS. On a desk the terminal forks a keeper before it closes
 * itself in; the keeper forks the link, hands the terminal one end of a stream
 * (SCM_RIGHTS over a SOCK_SEQPACKET pair), and does it again when the link
 * dies. It holds the request key; the terminal never reads it.
 *
 * With [hub] link the terminal connects to that socket instead, where the
 * service manager starts a link of another user for each connection, with the
 * enrolment and the key as they are then. A link that died is asked for again
 * after a second; one that dies at once each time, less and less often, each
 * 16 seconds at last.
 */
#ifndef KARCIS_APP_UPLINK_H
#define KARCIS_APP_UPLINK_H

#include <poll.h>

#include "office.h"
#include "firmware/app/sync/sync.h"

struct uplink;

/* Nothing (and *out NULL) for an office without a hub. Called before threads,
 * devices and keys are there. -EINVAL: hub.link is no path of a socket. That
 * nobody listens there is no failure. */
int uplink_start(const struct office *o, struct uplink **out,
    struct err *e) MUST_USE;
void uplink_close(struct uplink *u); /* the link ends too; NULL: nothing */
size_t uplink_pollfds(struct uplink *u, struct pollfd *fds, size_t cap);
/* Hands answers to s and takes its requests. s NULL, as long as there is no
 * enrolment or no store: nothing is connected to and nothing waited for. */
void uplink_service(struct uplink *u, struct sync *s, int64_t now_s,
    int64_t mono_ms);
/* When uplink_service wants to be called at the latest, monotonic; INT64_MAX
 * where poll alone tells. */
int64_t uplink_deadline_ms(const struct uplink *u);
/* False: the link is not there now. */
bool uplink_present(const struct uplink *u);

#endif
