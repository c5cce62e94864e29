#define _GNU_SOURCE /* pthread_cond_clockwait */
#include "server_inner.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS_SQLITE = 4, WORKERS_POSTGRES = 16, NS = 1000000000 };

/* For what a worker has in hand when the grace is over. */
enum { LAST_MS = 400 };

int64_t server_mono_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS + t.tv_nsec;
}

int64_t server_mono_ms(void)
{
	return server_mono_ns() / 1000000;
}

void server_say(struct server *s, int level, const char *fmt, ...)
{
	char text[400];
	va_list args;

	va_start(args, fmt);
	if (vsnprintf(text, sizeof(text), fmt, args) < 0)
		text[0] = '\0';
	va_end(args);
	s->log(level, text);
}

const char *server_address(const struct server *s)
{
	return s->address;
}

/* Deadlines are monotonic, also those that are waited for. */
static int make_locks(struct server *s, struct err *e)
{
	pthread_condattr_t mono;
	int r = pthread_condattr_init(&mono);

	if (r == 0)
		r = pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	if (r == 0)
		r = pthread_mutex_init(&s->lock, NULL);
	if (r == 0)
		r = pthread_cond_init(&s->work, &mono);
	if (r == 0)
		r = pthread_cond_init(&s->clock, &mono);
	if (r == 0)
		r = pthread_cond_init(&s->idle, &mono);
	pthread_condattr_destroy(&mono);
	return r == 0
	    ? 0
	    : err_set(e, -r, "server: no locks to be had: %s", strerror(r));
}

static int open_store(struct server *s, const struct server_options *o,
    struct err *e)
{
	struct hub_options h = {.keys = o->keys,
	    .url = o->url,
	    .changed = server_park_changed,
	    .changed_ctx = s};
	size_t n = (size_t)o->workers;
	int r = hub_open(&h, &s->hub, e);

	if (n == 0)
		n = strcmp(s->store_kind, "sqlite") == 0 ? WORKERS_SQLITE
							 : WORKERS_POSTGRES;
	for (; r == 0 && s->workers < n; s->workers += r == 0) {
		s->worker[s->workers].server = s;
		r = hub_db_open(o->store, &s->worker[s->workers].db, e);
	}
	return r;
}

/* Only a store of several processes has something to listen to. */
static int open_notices(struct server *s, const struct server_options *o,
    struct err *e)
{
	int r = hub_db_open(o->store, &s->notice_db, e);

	if (r < 0)
		return r;
	r = hub_db_listen(s->notice_db, e);
	if (r >= 0)
		return 0;
	hub_db_close(s->notice_db);
	s->notice_db = NULL;
	return r == -1 ? 0 : r;
}

static int start_thread(pthread_t *t, void *(*run)(void *), void *of,
    struct err *e)
{
	int r = pthread_create(t, NULL, run, of);

	return r == 0
	    ? 0
	    : err_set(e, -r, "server: no thread to be had: %s", strerror(r));
}

static int start_threads(struct server *s, struct err *e)
{
	int r = start_thread(&s->time_thread, server_park_time, s, e);

	s->time_started = r == 0;
	if (r == 0 && s->notice_db != NULL) {
		r = start_thread(&s->notice_thread, server_notice, s, e);
		s->notice_started = r == 0;
	}
	while (r == 0 && s->started < s->workers) {
		struct worker *w = &s->worker[s->started];

		r = start_thread(&w->thread, server_work, w, e);
		if (r == 0) {
			pthread_mutex_lock(&s->lock);
			s->running++;
			pthread_mutex_unlock(&s->lock);
			s->started++;
		}
	}
	return r;
}

static void note_kind(struct server *s, const char *store)
{
	struct str kind, rest = str_from(store);

	if (!str_split(&rest, ':', &kind) ||
	    !str_copy(s->store_kind, sizeof(s->store_kind), kind))
		s->store_kind[0] = '\0';
}

int server_open(const struct server_options *o, struct server **out,
    struct err *e)
{
	struct server *s = calloc(1, sizeof(*s));
	int r;

	*out = NULL;
	if (s == NULL)
		return err_set(e, -ENOMEM, "server: out of memory");
	s->log = o->log;
	s->listen_fd = -1;
	s->queue_end = &s->queue_first;
	s->wake_ms = INT64_MAX;
	s->starting = true;
	note_kind(s, o->store);
	s->stop_fd = eventfd(0, EFD_CLOEXEC);
	r = make_locks(s, e);
	if (r == 0 && s->stop_fd < 0)
		r = err_set(e, -errno, "server: eventfd: %s", strerror(errno));
	if (r == 0)
		r = server_listen(o->listen, &s->listen_fd, s->address, e);
	if (r == 0)
		r = open_store(s, o, e);
	if (r == 0)
		r = open_notices(s, o, e);
	if (r == 0)
		r = start_threads(s, e);
	if (r == 0)
		r = server_http_start(s, o, e);
	if (r < 0) {
		struct err ignored;

		if (server_stop(s, 5000, &ignored) == 0)
			server_close(s);
		return r;
	}
	*out = s;
	return 0;
}

bool server_alive(struct server *s)
{
	bool alive;

	pthread_mutex_lock(&s->lock);
	alive = s->done != s->done_seen || s->queued == 0;
	s->done_seen = s->done;
	pthread_mutex_unlock(&s->lock);
	return alive;
}

/* Under the lock. */
static bool wait_zero(struct server *s, const size_t *count, int64_t until_ms)
{
	struct timespec t = {until_ms / 1000, until_ms % 1000 * 1000000};

	while (*count > 0 &&
	    pthread_cond_clockwait(&s->idle, &s->lock, CLOCK_MONOTONIC, &t) !=
		ETIMEDOUT)
		;
	return *count == 0;
}

static void stop_listening(struct server *s)
{
	if (s->daemon != NULL)
		s->listen_fd = MHD_quiesce_daemon(s->daemon);
	if (s->listen_fd >= 0)
		close(s->listen_fd);
	s->listen_fd = -1;
}

int server_stop(struct server *s, int grace_ms, struct err *e)
{
	int64_t until_ms = server_mono_ms() + grace_ms;
	bool ended;

	stop_listening(s);
	s->draining = true;
	server_park_wake(s, true);
	pthread_mutex_lock(&s->lock);
	/* Those whose body is still on its way are cut by libmicrohttpd. */
	wait_zero(s, &s->active, until_ms);
	s->stopping = true;
	pthread_cond_broadcast(&s->work);
	pthread_cond_broadcast(&s->clock);
	ended = wait_zero(s, &s->running, until_ms + LAST_MS);
	pthread_mutex_unlock(&s->lock);
	return ended ? 0
		     : err_set(e, -ETIMEDOUT,
			   "server: the store did not answer before the end");
}

void server_close(struct server *s)
{
	const uint64_t one = 1;

	if (s == NULL)
		return;
	if (write(s->stop_fd, &one, sizeof(one)) < 0)
		server_say(s, SERVER_LOG_ERROR, "server: eventfd");
	for (size_t i = 0; i < s->started; i++)
		pthread_join(s->worker[i].thread, NULL);
	if (s->time_started)
		pthread_join(s->time_thread, NULL);
	if (s->notice_started)
		pthread_join(s->notice_thread, NULL);
	if (s->daemon != NULL)
		MHD_stop_daemon(s->daemon);
	for (size_t i = 0; i < s->workers; i++)
		hub_db_close(s->worker[i].db);
	hub_db_close(s->notice_db);
	hub_close(s->hub);
	if (s->stop_fd >= 0)
		close(s->stop_fd);
	pthread_cond_destroy(&s->work);
	pthread_cond_destroy(&s->clock);
	pthread_cond_destroy(&s->idle);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
