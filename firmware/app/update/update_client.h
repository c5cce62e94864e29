/*
 * The terminal's end of karcis-update: requests out, the newest report in.
 *
 * Non-blocking. Lives in the terminal's poll loop, works inside its sandbox
 * (a Unix socket is connected), outlives the other side: when it is away the
 * report is cleared (UPDATE_UNSET) and it is looked for again every
 * UPDATE_CLIENT_AGAIN_MS. On each new connection the server sends a report
 * by itself.
 */
#ifndef KARCIS_APP_UPDATE_CLIENT_H
#define KARCIS_APP_UPDATE_CLIENT_H

#include <poll.h>

#include "firmware/core/update.h"

enum { UPDATE_CLIENT_AGAIN_MS = 2000 };

struct update_client;

/* Does not connect yet: the first service does. An empty path gives NULL in
 * *out: no updates on this machine, and every function below takes NULL.
 * -ENAMETOOLONG: no socket can have that path; -ENOMEM. */
int update_client_open(const char *path, struct update_client **out,
    struct err *e) MUST_USE;
void update_client_close(struct update_client *c);
/* 0 or 1 descriptors to wait for. */
size_t update_client_pollfds(const struct update_client *c, struct pollfd *fds,
    size_t cap);
/* When it wants to be serviced although nothing came: monotonic, INT64_MAX =
 * never. */
int64_t update_client_deadline_ms(const struct update_client *c);
/* Connects, reads what came. True: the report is another one now. */
bool update_client_service(struct update_client *c, int64_t mono_ms);
/* Never NULL; UPDATE_UNSET while nobody is there. Until the next service. */
const struct update_report *update_client_report(const struct update_client *c);
/* Since it was asked last, a report came that told of no files or of some
 * under way: one that tells an end after it is of the newest request. */
bool update_client_moved(struct update_client *c);
/* Sends one. -ENOTCONN: nobody is there now (nothing is kept for later);
 * -EAGAIN: it does not read. */
int update_client_ask(struct update_client *c,
    const struct update_request *request, struct err *e) MUST_USE;
/* The same for a request without a number. */
int update_client_ask_kind(struct update_client *c,
    enum update_request_kind kind, struct err *e) MUST_USE;

#endif
