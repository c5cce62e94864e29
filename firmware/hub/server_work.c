/* The queue of whole requests, and the workers that answer them. */
#include "server_inner.h"

#include <string.h>
#include <time.h>

enum { GAUGES_MS = 1000, SAY_AGAIN_MS = 60000 };

static const char JSON[] = "application/json";
static const char METRICS[] = "text/plain; version=0.0.4; charset=utf-8";

void server_work_add(struct client *c)
{
	struct server *s = c->server;

	if (c->job == JOB_HEALTH) {
		server_park_hold(&s->health, c);
		server_park_deadline(c, server_mono_ms() + HEALTH_MS);
		s->health_wanted = true;
	} else {
		c->queue_next = NULL;
		*s->queue_end = c;
		s->queue_end = &c->queue_next;
		s->queued++;
	}
	pthread_cond_signal(&s->work);
}

static struct client *take(struct server *s)
{
	struct client *c = s->queue_first;

	s->queue_first = c->queue_next;
	if (s->queue_first == NULL)
		s->queue_end = &s->queue_first;
	s->queued--;
	return c;
}

void server_work_finish(struct client *c, const char *type)
{
	struct server *s = c->server;

	metrics_request(&s->metrics, str_from(c->path), c->answer.status,
	    c->answer.error, c->work_ns + server_mono_ns() - c->since_ns);
	server_answer_build(c, type);
	pthread_mutex_lock(&s->lock);
	c->stage = STAGE_ANSWERED;
	server_park_deadline(c, server_mono_ms() + SEND_MS);
	s->done++;
	pthread_mutex_unlock(&s->lock);
	MHD_resume_connection(c->connection);
}

void server_work_health(struct client *c, int status, const char *word)
{
	c->answer.body = strdup(word);
	c->answer.len = c->answer.body == NULL ? 0 : strlen(word);
	c->answer.status = status;
	server_work_finish(c, "text/plain; charset=utf-8");
}

static struct str view(const struct field *f)
{
	return str_of(f->given ? f->text : NULL, f->len);
}

static void handle(struct worker *w, struct client *c)
{
	struct hub_request q = {
	    .method = str_from(c->method),
	    .path = str_from(c->path),
	    .body = str_of(c->body_len > 0 ? c->body : "", c->body_len),
	    .device = view(&c->device),
	    .counter = view(&c->counter),
	    .signature = view(&c->signature),
	    .if_none_match = view(&c->if_none_match),
	    .now_s = (int64_t)time(NULL),
	};

	hub_handle(w->server->hub, w->db, &q, &c->answer);
}

/* A parked poll keeps its place in `answer.poll`. */
static void poll_again(struct worker *w, struct client *c, bool expired)
{
	struct hub_poll poll = c->answer.poll;

	hub_answer_fini(&c->answer);
	memset(&c->answer, 0, sizeof(c->answer));
	hub_poll(w->server->hub, w->db, &poll, expired, &c->answer);
	if (c->answer.status == 0 && expired)
		hub_answer_error(&c->answer, 503, "busy",
		    "the wait is over and there is no answer");
	else if (c->answer.status == 0)
		c->answer.poll = poll;
}

/* Says once that the store went and once that it is back. */
static void mind_store(struct server *s, bool down, const struct err *e)
{
	bool news;

	pthread_mutex_lock(&s->lock);
	news = s->store_down != down;
	s->store_down = down;
	pthread_mutex_unlock(&s->lock);
	if (news && down)
		server_say(s, SERVER_LOG_ERROR, "%s", e->text);
	else if (news)
		server_say(s, SERVER_LOG_INFO, "the store answers again");
}

/* A request failed in the store. Asking makes a lost connection anew, here at
 * once, of the other workers before their next request. A store that answers
 * and yet fails (a full disk) is told once a minute. */
static void store_failed(struct worker *w, const struct err *why)
{
	struct server *s = w->server;
	int64_t now_ms = server_mono_ms();
	struct err e = {0};
	bool down = hub_db_ping(w->db, &e) < 0, say;

	mind_store(s, down, &e);
	pthread_mutex_lock(&s->lock);
	w->failures = ++s->failures;
	say = !down && now_ms >= s->store_said_ms;
	if (say)
		s->store_said_ms = now_ms + SAY_AGAIN_MS;
	pthread_mutex_unlock(&s->lock);
	if (say)
		server_say(s, SERVER_LOG_ERROR, "%s", why->text);
}

static uint64_t changes_now(struct server *s)
{
	uint64_t n;

	pthread_mutex_lock(&s->lock);
	n = s->changes;
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* Where another worker found the store gone, this connection is lost too. */
static void look_after_failure(struct worker *w)
{
	struct server *s = w->server;
	struct err e = {0};
	bool news;

	pthread_mutex_lock(&s->lock);
	news = w->failures != s->failures;
	w->failures = s->failures;
	pthread_mutex_unlock(&s->lock);
	if (news)
		mind_store(s, hub_db_ping(w->db, &e) < 0, &e);
}

static void run_request(struct worker *w, struct client *c, bool expired)
{
	uint64_t changes;

	look_after_failure(w);
	changes = changes_now(w->server);
	if (c->job == JOB_HANDLE)
		handle(w, c);
	else
		poll_again(w, c, expired);
	while (c->answer.status == 0) {
		c->job = JOB_POLL;
		if (server_park(c, changes))
			return;
		changes = changes_now(w->server);
		poll_again(w, c, w->server->draining);
	}
	if (c->answer.failure.code != 0)
		store_failed(w, &c->answer.failure);
	server_work_finish(c, c->answer.type != NULL ? c->answer.type : JSON);
}

/* Counting rows costs the store something, and anybody may ask. */
static bool read_gauges(struct worker *w, struct hub_gauges *out)
{
	struct server *s = w->server;
	int64_t now_ms = server_mono_ms();
	struct err e = {0};
	bool fresh, good;

	pthread_mutex_lock(&s->lock);
	fresh = s->gauges_ms != 0 && now_ms - s->gauges_ms < GAUGES_MS;
	good = s->gauges_good;
	*out = s->gauges;
	pthread_mutex_unlock(&s->lock);
	if (fresh)
		return good;
	good = hub_gauges(s->hub, w->db, out, &e) == 0;
	pthread_mutex_lock(&s->lock);
	s->gauges = *out;
	s->gauges_good = good;
	s->gauges_ms = now_ms;
	pthread_mutex_unlock(&s->lock);
	return good;
}

static void run_metrics(struct worker *w, struct client *c)
{
	struct server *s = w->server;
	struct hub_gauges gauges;
	struct metrics_now now = {.store = s->store_kind,
	    .workers = s->workers,
	    .body_bytes = atomic_load(&s->body_bytes)};

	if (read_gauges(w, &gauges))
		now.gauges = &gauges;
	pthread_mutex_lock(&s->lock);
	now.connections = s->connections;
	now.long_polls = s->parked;
	now.queued = s->queued;
	pthread_mutex_unlock(&s->lock);
	c->answer.body = metrics_text(&s->metrics, &now, &c->answer.len);
	c->answer.status = c->answer.body == NULL ? 503 : 200;
	server_work_finish(c, METRICS);
}

/* One look at the store answers all who ask meanwhile. */
static void run_health(struct worker *w)
{
	struct server *s = w->server;
	struct client *first = NULL, *c;
	struct err e = {0};
	bool good = hub_db_ping(w->db, &e) == 0;

	pthread_mutex_lock(&s->lock);
	while ((c = s->health) != NULL) {
		server_park_release(c);
		c->queue_next = first;
		first = c;
	}
	s->health_running = false;
	pthread_mutex_unlock(&s->lock);
	mind_store(s, !good, &e);
	while ((c = first) != NULL) {
		first = c->queue_next;
		server_work_health(c, good ? 200 : 503,
		    good ? "ok\n" : "storage\n");
	}
}

void *server_work(void *worker)
{
	struct worker *w = worker;
	struct server *s = w->server;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		bool health = s->health_wanted && !s->health_running;
		struct client *c = NULL;
		bool expired = false;

		if (health) {
			s->health_wanted = false;
			s->health_running = true;
		} else if (s->queue_first != NULL) {
			c = take(s);
			expired = c->expired;
		} else if (s->stopping) {
			break;
		} else {
			pthread_cond_wait(&s->work, &s->lock);
			continue;
		}
		pthread_mutex_unlock(&s->lock);
		if (health)
			run_health(w);
		else if (c->job == JOB_METRICS)
			run_metrics(w, c);
		else
			run_request(w, c, expired);
		pthread_mutex_lock(&s->lock);
	}
	s->running--;
	pthread_cond_broadcast(&s->idle);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}
