/*
 * The terminal's end of karcis-link: bytes between sync.h and the process
 * that speaks HTTPS. On a desk the terminal forks a keeper before it closes
 * itself in; the keeper forks the link, hands the terminal one end of a stream
 * (SCM_RIGHTS over a SOCK_SEQPACKET pair), and does it again when the link
 * dies. It holds the request key; the terminal never reads it.
 */
#ifndef KARCIS_APP_UPLINK_H
#define KARCIS_APP_UPLINK_H

#include <poll.h>

#include "office.h"
#include "firmware/app/sync/sync.h"

struct uplink;

/* Nothing (and *out NULL) for an office without a hub. Called before threads,
 * devices and keys are there. */
int uplink_start(const struct office *o, struct uplink **out,
    struct err *e) MUST_USE;
void uplink_close(struct uplink *u); /* the link ends too; NULL: nothing */
size_t uplink_pollfds(struct uplink *u, struct pollfd *fds, size_t cap);
/* Hands answers to s and takes its requests. */
void uplink_service(struct uplink *u, struct sync *s, int64_t now_s,
    int64_t mono_ms);
/* False: the link is not there now. */
bool uplink_present(const struct uplink *u);

#endif
