/*
 * The hub over HTTP: carries requests to hub_handle and its answers back,
 * holds long-polls, tells /healthz and /metrics.
 *
 * A pool of libmicrohttpd's threads moves bytes. A request that is whole is
 * suspended there and queued; workers, each with its own connection to the
 * store, take requests from the queue, so a slow store holds up no bytes. A
 * long-poll that has nothing to tell yet is parked until a commit, another
 * hub's notice or its own end wakes it; while it is parked it costs memory
 * only. One thread keeps all deadlines.
 */
#ifndef KARCIS_HUB_SERVER_H
#define KARCIS_HUB_SERVER_H

#include "hub.h"

struct server;

enum { SERVER_LOG_ERROR = 3, SERVER_LOG_WARNING = 4, SERVER_LOG_INFO = 6 };

struct server_options {
	const struct hub_keys *keys; /* copied */
	const char *url, *store;     /* copied */
	const char *listen;          /* "127.0.0.1:8443"; port 0 = any */
	/* PEM texts, used while the server is open; NULL = plain HTTP. */
	const char *certificate, *key;
	int workers; /* 0: 4, with PostgreSQL 16 */
	int threads; /* 0: one a CPU */
	int connections;
	/* Called from any thread; level as in syslog. */
	void (*log)(int level, const char *text);
};

/* Serves as soon as it returns 0. */
int server_open(const struct server_options *options, struct server **out,
    struct err *e) MUST_USE;
/* "127.0.0.1:40123", with the port that was picked. */
const char *server_address(const struct server *s);
/* False: requests wait and none was answered since the last call. */
bool server_alive(struct server *s);
/* Takes no more connections, answers the long-polls with what is there, lets
 * running requests end. -ETIMEDOUT: some did not in grace_ms; then the server
 * can't be closed, and the process should end. */
int server_stop(struct server *s, int grace_ms, struct err *e) MUST_USE;
/* After server_stop returned 0, or after a server_open that failed. */
void server_close(struct server *s);

#endif
