/*
 * What the files of the server share.
 *
 * server.c          opens and stops
 * server_socket.c   the listening socket
 * server_http.c     libmicrohttpd's callbacks: requests in, responses out
 * server_head.c     a request's head: kept, judged
 * server_answer.c   an answer as a response, gzip
 * server_work.c     queue and workers
 * server_park.c     long-polls, deadlines
 * server_notice.c   changes that other hubs tell of
 *
 * A client is a connection with its request at hand. Who may touch it goes by
 * its stage: libmicrohttpd's thread while it is not suspended; then whoever
 * holds it from the queue or the parked ones. What stands under "locked" is
 * touched under server.lock alone. libmicrohttpd is never called with the
 * lock held.
 */
#ifndef KARCIS_HUB_SERVER_INNER_H
#define KARCIS_HUB_SERVER_INNER_H

#include <microhttpd.h>
#include <pthread.h>

#include "metrics.h"
#include "server.h"

enum {
	SERVER_FIELD = 128, /* a header's value */
	SERVER_WORKERS = 256,
	SERVER_SLOTS = 1024,     /* of parked long-polls */
	SERVER_QUEUE = 2048,     /* requests that wait for a worker */
	SERVER_BODIES = 1 << 27, /* bytes of all bodies at hand */
	SERVER_DROP = 1 << 24,   /* bytes of a body read only to drop them */
	READ_MS = 30000,         /* a whole request */
	SEND_MS = 120000,        /* a whole answer */
	IDLE_MS = 90000,         /* until the next request's first line */
	HEALTH_MS = 2000,
	TICK_MS = 250 /* deadlines are kept to this */
};

enum stage {
	STAGE_IDLE = 0,
	STAGE_READING,
	STAGE_DROPPING, /* the body is not wanted */
	STAGE_WORKING,  /* suspended */
	STAGE_ANSWERED  /* response and status stand */
};

enum job { JOB_UNSET = 0, JOB_HANDLE, JOB_POLL, JOB_METRICS, JOB_HEALTH };

/* What the server answers without the hub. */
struct refusal {
	int status;
	const char *error, *detail;
	int retry_after_s;
};

struct field {
	char text[SERVER_FIELD];
	size_t len;
	bool given;
};

struct client {
	struct server *server;
	struct MHD_Connection *connection;
	int fd;

	/* The request at hand. */
	enum stage stage;
	enum job job;
	const struct refusal *refusal; /* of DROPPING */
	char method[WIRE_METHOD + 1];
	char path[WIRE_PATH + 1];
	bool path_long, gzip;
	struct field device, counter, signature, if_none_match;
	char *body;
	size_t body_len, body_cap, dropped;

	/* Its answer. */
	struct hub_answer answer;
	struct MHD_Response *response;
	int64_t since_ns, work_ns;
	int64_t until_ms; /* a poll's end; 0 = it was never parked */

	/* Locked. */
	struct client *prev, *next; /* of all */
	struct client *queue_next;
	struct client *held_next, **held_at; /* of the parked; NULL = not */
	int64_t deadline_ms;                 /* INT64_MAX = none */
	bool expired;                        /* a poll's wait is over */
};

struct slot {
	struct client *first;
	uint64_t changed; /* server.changes at the last change */
};

struct worker {
	struct server *server;
	struct hub_db *db;
	pthread_t thread;
	uint64_t failures; /* of the server's, that it knows of */
};

struct server {
	struct hub *hub;
	void (*log)(int level, const char *text);
	char address[80], store_kind[16], *store;
	int listen_fd, stop_fd; /* an eventfd */
	struct MHD_Daemon *daemon;
	struct worker worker[SERVER_WORKERS];
	size_t workers, started; /* opened; with a thread */
	struct hub_db *notice_db;
	pthread_t notice_thread, time_thread;
	bool notice_started, time_started;
	atomic_bool starting, draining;
	_Atomic size_t body_bytes;
	struct metrics metrics;

	pthread_mutex_t lock;
	pthread_cond_t work;  /* for workers */
	pthread_cond_t clock; /* for the keeper of deadlines */
	pthread_cond_t idle;  /* for server_stop */
	/* Locked. */
	struct client *clients;
	size_t connections, active, running, parked, queued;
	struct client *queue_first, **queue_end;
	struct slot slot[SERVER_SLOTS];
	uint64_t changes;
	struct client *health; /* who asks for it */
	bool health_wanted, health_running, store_down;
	int64_t wake_ms; /* when the keeper of deadlines looks next */
	uint64_t done, done_seen;
	struct hub_gauges gauges;
	int64_t gauges_ms; /* when they were read, 0 = never */
	uint64_t failures; /* of the store */
	int64_t store_said_ms;
	bool gauges_good, stopping;
};

/* server.c */
int64_t server_mono_ms(void);
int64_t server_mono_ns(void);
void server_say(struct server *s, int level, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* server_socket.c: a listening socket and its address as text. */
int server_listen(const char *listen, int *fd, char address[80],
    struct err *e) MUST_USE;

/* server_http.c */
int server_http_start(struct server *s, const struct server_options *o,
    struct err *e) MUST_USE;

/* server_head.c: takes method and headers; not NULL: refused, whatever its
 * body. */
const struct refusal *server_head(struct client *c, const char *method,
    const char *version);
extern const struct refusal server_head_too_large;

/* server_answer.c: client.response from client.answer; NULL when there is no
 * memory. type: of the body. */
void server_answer_build(struct client *c, const char *type);
bool server_answer_takes_gzip(struct str accept_encoding);

/* server_work.c */
void *server_work(void *worker);
/* Under the lock: a suspended client waits for a worker. */
void server_work_add(struct client *c);
/* The answer stands: builds the response, resumes the connection. The client
 * is not the caller's any more. */
void server_work_finish(struct client *c, const char *type);
/* The same with a word for /healthz. */
void server_work_health(struct client *c, int status, const char *word);

/* server_park.c */
void *server_park_time(void *server);
/* Keeps a poll that has nothing to tell. False: something changed since
 * `changes` was read, or the server stops; ask again. */
bool server_park(struct client *c, uint64_t changes) MUST_USE;
void server_park_changed(void *server, uint32_t office, int32_t day);
/* Asks all of them again; expired: their wait is over. */
void server_park_wake(struct server *s, bool expired);
/* Under the lock. */
void server_park_hold(struct client **first, struct client *c);
void server_park_release(struct client *c);
/* Under the lock: has the keeper look no later than that. */
void server_park_deadline(struct client *c, int64_t deadline_ms);

/* server_notice.c */
void *server_notice(void *server);

#endif
