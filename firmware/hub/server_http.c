/*
 * libmicrohttpd's callbacks. A connection is one struct client, which is also
 * the request at hand; libmicrohttpd presents the requests of a connection
 * one after the other.
 */
#include "server_inner.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* gnutls_priority_init(3). */
#define TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

enum {
	BODY_FIRST = 4096,
	MEMORY_BYTES = 16384, /* of a connection: its headers, two buffers */
	IDLE_S = 75
};

static const struct refusal many_bodies = {503, "busy",
    "too many bytes are on their way to this hub", 5};
static const struct refusal full_queue = {503, "busy",
    "too many requests wait at this hub", 2};

static struct client *client_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info == NULL ? NULL : info->socket_context;
}

static void set_deadline(struct client *c, int64_t deadline_ms)
{
	pthread_mutex_lock(&c->server->lock);
	server_park_deadline(c, deadline_ms);
	pthread_mutex_unlock(&c->server->lock);
}

static void drop_body(struct client *c)
{
	atomic_fetch_sub(&c->server->body_bytes, c->body_cap);
	free(c->body);
	c->body = NULL;
	c->body_len = 0;
	c->body_cap = 0;
}

/* Ready for the connection's next request. */
static void forget_request(struct client *c)
{
	drop_body(c);
	hub_answer_fini(&c->answer);
	memset(&c->answer, 0, sizeof(c->answer));
	if (c->response != NULL)
		MHD_destroy_response(c->response);
	c->response = NULL;
	c->stage = STAGE_IDLE;
	c->job = JOB_UNSET;
	c->refusal = NULL;
	c->expired = false;
	c->dropped = 0;
	c->work_ns = 0;
	c->until_ms = 0;
}

static struct client *begin_client(struct server *s,
    struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct client *c = info == NULL ? NULL : calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->server = s;
	c->connection = connection;
	c->fd = info->connect_fd;
	pthread_mutex_lock(&s->lock);
	c->next = s->clients;
	if (c->next != NULL)
		c->next->prev = c;
	s->clients = c;
	s->connections++;
	server_park_deadline(c, server_mono_ms() + READ_MS);
	pthread_mutex_unlock(&s->lock);
	return c;
}

static void end_client(struct client *c)
{
	struct server *s = c->server;

	pthread_mutex_lock(&s->lock);
	if (c->next != NULL)
		c->next->prev = c->prev;
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		s->clients = c->next;
	s->connections--;
	pthread_mutex_unlock(&s->lock);
	forget_request(c);
	free(c);
}

/* The descriptor is open until CLOSED returns. */
static void on_connection(void *server, struct MHD_Connection *connection,
    void **context, enum MHD_ConnectionNotificationCode code)
{
	switch (code) {
	case MHD_CONNECTION_NOTIFY_STARTED:
		*context = begin_client(server, connection);
		return;
	case MHD_CONNECTION_NOTIFY_CLOSED:
		if (*context != NULL)
			end_client(*context);
		*context = NULL;
		return;
	}
}

/* The request line as it came, which is what is signed: afterwards
 * libmicrohttpd decodes it. */
static void *on_request_line(void *server, const char *uri,
    struct MHD_Connection *connection)
{
	struct client *c = client_of(connection);

	(void)server;
	if (c == NULL)
		return NULL;
	c->path_long = !str_copy(c->path, sizeof(c->path), str_from(uri));
	set_deadline(c, server_mono_ms() + READ_MS);
	return c;
}

static enum MHD_Result send_answer(struct client *c)
{
	if (c->response == NULL)
		return MHD_NO;
	return MHD_queue_response(c->connection, (unsigned)c->answer.status,
	    c->response);
}

static void build_refusal(struct client *c, const struct refusal *why)
{
	c->refusal = why;
	drop_body(c);
	hub_answer_error(&c->answer, why->status, why->error, why->detail);
	c->answer.retry_after_s = why->retry_after_s;
	server_answer_build(c, "application/json");
	c->stage = STAGE_ANSWERED;
	metrics_request(&c->server->metrics, str_from(c->path), why->status,
	    why->error, 0);
	set_deadline(c, server_mono_ms() + SEND_MS);
}

static enum MHD_Result refuse(struct client *c, const struct refusal *why)
{
	build_refusal(c, why);
	return send_answer(c);
}

static enum job job_of(const struct client *c)
{
	switch (server_path_of(str_from(c->path))) {
	case PATH_HEALTH:
		return JOB_HEALTH;
	case PATH_METRICS:
		return JOB_METRICS;
	case PATH_ENROL:
	case PATH_TIME:
	case PATH_FEED:
	case PATH_CLAIMS:
	case PATH_ROSTER:
	case PATH_BOOKINGS:
	case PATH_BOOKING:
	case PATH_SLOTS:
	case PATH_AUDIT:
	case PATH_LOG:
	case PATH_OTHER:
	case PATHS:
		return JOB_HANDLE;
	}
	return JOB_HANDLE;
}

static enum MHD_Result begin_request(struct client *c, const char *method,
    const char *version)
{
	const struct refusal *why;

	pthread_mutex_lock(&c->server->lock);
	c->server->active++;
	pthread_mutex_unlock(&c->server->lock);
	c->stage = STAGE_READING;
	c->job = job_of(c);
	why = server_head(c, method, version);
	return why == NULL ? MHD_YES : refuse(c, why);
}

static bool make_room(struct client *c, size_t len)
{
	size_t cap = c->body_cap == 0 ? BODY_FIRST : c->body_cap;
	char *grown;

	while (cap < c->body_len + len)
		cap *= 2;
	if (cap == c->body_cap)
		return true;
	grown = realloc(c->body, cap);
	if (grown == NULL)
		return false;
	atomic_fetch_add(&c->server->body_bytes, cap - c->body_cap);
	c->body = grown;
	c->body_cap = cap;
	return atomic_load(&c->server->body_bytes) <= SERVER_BODIES;
}

/* libmicrohttpd takes an answer before a body or after it, so one that is
 * not wanted is read to its end, within bounds. */
static enum MHD_Result take_body(struct client *c, const char *bytes,
    size_t len)
{
	if (c->stage == STAGE_READING) {
		if (len > WIRE_BODY_MAX - c->body_len)
			c->refusal = &server_head_too_large;
		else if (!make_room(c, len))
			c->refusal = &many_bodies;
		if (c->refusal != NULL) {
			c->stage = STAGE_DROPPING;
			drop_body(c);
		}
	}
	if (c->stage == STAGE_READING) {
		memcpy(c->body + c->body_len, bytes, len);
		c->body_len += len;
		return MHD_YES;
	}
	c->dropped += len;
	return c->dropped <= SERVER_DROP ? MHD_YES : MHD_NO;
}

/* The client becomes the queue's. libmicrohttpd calls again when the
 * connection was resumed, be that before this returns; so it is suspended
 * first, also when there is no place. */
static enum MHD_Result hand_over(struct client *c)
{
	struct server *s = c->server;
	bool taken;

	c->stage = STAGE_WORKING;
	c->since_ns = server_mono_ns();
	MHD_suspend_connection(c->connection);
	pthread_mutex_lock(&s->lock);
	server_park_deadline(c, INT64_MAX);
	taken = !s->stopping && s->queued < SERVER_QUEUE;
	if (taken)
		server_work_add(c);
	pthread_mutex_unlock(&s->lock);
	if (!taken) {
		build_refusal(c, &full_queue);
		MHD_resume_connection(c->connection);
	}
	return MHD_YES;
}

static enum MHD_Result on_request(void *server,
    struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *bytes, size_t *len, void **context)
{
	struct client *c = client_of(connection);
	size_t n = *len;

	(void)server;
	(void)url;
	(void)context;
	if (c == NULL)
		return MHD_NO;
	switch (c->stage) {
	case STAGE_IDLE:
		return begin_request(c, method, version);
	case STAGE_READING:
	case STAGE_DROPPING:
		*len = 0;
		if (n > 0)
			return take_body(c, bytes, n);
		return c->refusal != NULL ? refuse(c, c->refusal)
					  : hand_over(c);
	case STAGE_ANSWERED:
		return send_answer(c);
	case STAGE_WORKING:
		return MHD_NO;
	}
	return MHD_NO;
}

/* Also of a request that was never presented: its head was no good. */
static void on_completed(void *server, struct MHD_Connection *connection,
    void **context, enum MHD_RequestTerminationCode code)
{
	struct client *c = client_of(connection);
	struct server *s = server;
	bool begun;

	(void)context;
	(void)code;
	if (c == NULL)
		return;
	begun = c->stage != STAGE_IDLE;
	forget_request(c);
	pthread_mutex_lock(&s->lock);
	server_park_deadline(c, server_mono_ms() + IDLE_MS);
	if (begun)
		s->active--;
	if (begun && s->active == 0)
		pthread_cond_broadcast(&s->idle);
	pthread_mutex_unlock(&s->lock);
}

/* Once it serves, it would only tell what strangers send. */
static void PRINTF_LIKE(2, 0)
    on_log(void *server, const char *fmt, va_list args)
{
	struct server *s = server;
	char text[200];

	if (!s->starting || vsnprintf(text, sizeof(text), fmt, args) < 0)
		return;
	text[strcspn(text, "\r\n")] = '\0';
	server_say(s, SERVER_LOG_ERROR, "http: %s", text);
}

static unsigned threads_of(const struct server_options *o)
{
	long n = o->threads > 0 ? o->threads : sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 64 ? 64 : (unsigned)n;
}

/* The callbacks are told the server; the options of TLS stand last, behind an
 * end that stands in their place where there is none. */
int server_http_start(struct server *s, const struct server_options *o,
    struct err *e)
{
	const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD |
	    MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	bool tls = o->certificate != NULL;

	s->daemon = MHD_start_daemon(tls ? flags | MHD_USE_TLS : flags, 0, NULL,
	    NULL, on_request, s,
	    /* The first one, so that it hears of the others. */
	    MHD_OPTION_EXTERNAL_LOGGER, on_log, s, MHD_OPTION_LISTEN_SOCKET,
	    s->listen_fd, MHD_OPTION_THREAD_POOL_SIZE, threads_of(o),
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)o->connections,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
	    MHD_OPTION_STRICT_FOR_CLIENT, 0, MHD_OPTION_URI_LOG_CALLBACK,
	    on_request_line, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    tls ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, o->certificate,
	    MHD_OPTION_HTTPS_MEM_KEY, o->key, MHD_OPTION_HTTPS_PRIORITIES,
	    TLS_PRIORITIES, MHD_OPTION_END);
	s->starting = false;
	if (s->daemon == NULL)
		return err_set(e, -EPROTO,
		    tls ? "http: the server does not start; do tls_certificate"
			  " and tls_key fit each other?"
			: "http: the server does not start");
	return 0;
}
