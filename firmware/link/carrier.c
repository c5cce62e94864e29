#include "carrier.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "carrier_exchange.h"

/* What is kept in memory for a terminal that asks faster than the hub
 * answers, or reads slower. At any of these bounds the link stops reading or
 * starting, and the socket holds the terminal back. */
enum {
	WAITING = 64,
	WAITING_BYTES = 2 * FRAME_BODY_MAX,
	UNREAD_BYTES = FRAME_BODY_MAX,
	READ_BYTES = 65536,
	IDLE_MS = 60000
};

/* A request from its frame to its answer. */
struct job {
	struct job *next;       /* in order of arrival */
	struct frame_request q; /* views into frame */
	int64_t deadline_ms;
	bool is_long, running;
	struct exchange x; /* when running */
	size_t len;
	char frame[];
};

/* Bytes between here and the terminal: at..len are there. */
struct pipe {
	uint8_t *ptr;
	size_t at, len, cap;
};

struct carrier {
	int fd;
	const struct carrier_config *config;
	CURLM *multi;
	struct job *jobs;
	int running, running_long, waiting;
	size_t waiting_bytes;
	struct pipe in, out;
	struct carrier_sockets sockets;
};

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int no_memory(struct err *e)
{
	return err_set(e, -ENOMEM, "link: out of memory");
}

/* Room for `more` bytes behind len. */
static bool pipe_reserve(struct pipe *p, size_t more)
{
	size_t cap = p->cap == 0 ? READ_BYTES : p->cap;
	uint8_t *bytes;

	if (p->at > 0) {
		memmove(p->ptr, p->ptr + p->at, p->len - p->at);
		p->len -= p->at;
		p->at = 0;
	}
	while (cap - p->len < more)
		cap *= 2;
	if (cap == p->cap)
		return true;
	bytes = realloc(p->ptr, cap);
	if (bytes == NULL)
		return false;
	p->ptr = bytes;
	p->cap = cap;
	return true;
}

static size_t pipe_left(const struct pipe *p)
{
	return p->len - p->at;
}

/* An empty pipe gives the room of a large answer back. */
static void pipe_shrink(struct pipe *p)
{
	if (pipe_left(p) > 0)
		return;
	p->at = p->len = 0;
	if (p->cap > READ_BYTES) {
		free(p->ptr);
		p->ptr = NULL;
		p->cap = 0;
	}
}

static void count(struct carrier *c, const struct job *j, int by)
{
	if (j->running) {
		c->running += by;
		c->running_long += j->is_long ? by : 0;
		return;
	}
	c->waiting += by;
	if (by > 0)
		c->waiting_bytes += j->len;
	else
		c->waiting_bytes -= j->len;
}

static int add_job(struct carrier *c, struct str frame, struct err *e)
{
	struct job *j = calloc(1, sizeof(*j) + frame.len), **end = &c->jobs;
	int64_t ms;

	if (j == NULL)
		return no_memory(e);
	memcpy(j->frame, frame.ptr, frame.len);
	j->len = frame.len;
	if (!frame_get_request(str_of(j->frame, j->len), &j->q)) {
		free(j);
		return err_set(e, -EBADMSG,
		    "link: the terminal sent no request of this version");
	}
	ms = j->q.timeout_ms;
	if (ms > EXCHANGE_LONGEST_MS)
		ms = EXCHANGE_LONGEST_MS;
	j->deadline_ms = now_ms() + ms;
	j->is_long = ms > CARRIER_LONG_MS;
	while (*end != NULL)
		end = &(*end)->next;
	*end = j;
	count(c, j, 1);
	return 0;
}

static void drop_job(struct carrier *c, struct job *j)
{
	struct job **at = &c->jobs;

	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	count(c, j, -1);
	if (j->running) {
		(void)curl_multi_remove_handle(c->multi, j->x.easy);
		exchange_close(&j->x);
	}
	free(j);
}

static int answer(struct carrier *c, struct job *j, struct frame_answer a,
    struct err *e)
{
	struct buf b;
	size_t most = FRAME_HEAD + FRAME_MAX - FRAME_BODY_MAX + a.body.len;

	a.id = j->q.id;
	if (!pipe_reserve(&c->out, most))
		return no_memory(e);
	buf_init(&b, c->out.ptr, c->out.cap);
	b.len = c->out.len;
	frame_put_answer(&b, &a);
	c->out.len = b.len;
	drop_job(c, j);
	return b.full ? no_memory(e) : 0;
}

static int refuse(struct carrier *c, struct job *j, const char *why,
    struct err *e)
{
	const struct frame_answer a = {.fate = FRAME_NO_ANSWER,
	    .kind = str_from(""),
	    .signature = str_from(""),
	    .etag = str_from(""),
	    .trouble = str_from(why),
	    .body = str_from("")};

	return answer(c, j, a, e);
}

static int finish(struct carrier *c, struct job *j, CURLcode result,
    struct err *e)
{
	struct exchange *x = &j->x;
	struct frame_answer a = {0};

	exchange_end(x, result);
	a.fate = x->fate;
	a.status = (uint16_t)x->head.status;
	a.retry_after_s = carrier_head_wait_s(&x->head, (int64_t)time(NULL));
	a.epoch = x->head.epoch;
	a.kind = str_from(x->head.kind);
	a.signature = str_from(x->head.signature);
	a.etag = str_from(x->head.etag);
	a.trouble = str_from(x->trouble);
	a.body = str_of(x->body.len == 0 ? "" : x->body.bytes, x->body.len);
	return answer(c, j, a, e);
}

/* Of those that may start: whose time runs out first. */
static struct job *next_job(struct carrier *c)
{
	struct job *first = NULL;

	if (c->running == CARRIER_AT_ONCE || pipe_left(&c->out) >= UNREAD_BYTES)
		return NULL;
	for (struct job *j = c->jobs; j != NULL; j = j->next) {
		if (j->running ||
		    (j->is_long && c->running_long == CARRIER_LONG_AT_ONCE))
			continue;
		if (first == NULL || j->deadline_ms < first->deadline_ms)
			first = j;
	}
	return first;
}

static void set_running(struct carrier *c, struct job *j, bool running)
{
	count(c, j, -1);
	j->running = running;
	count(c, j, 1);
}

static int start(struct carrier *c, struct job *j, bool new_connection,
    struct err *e)
{
	struct err why = {0};
	int r = exchange_open(&j->x, c->config, &j->q,
	    j->deadline_ms - now_ms(), &c->sockets, &why);

	if (r == 0 &&
	    (curl_easy_setopt(j->x.easy, CURLOPT_FRESH_CONNECT,
		 (long)new_connection) != CURLE_OK ||
		curl_multi_add_handle(c->multi, j->x.easy) != CURLM_OK))
		r = no_memory(&why);
	if (r == 0) {
		set_running(c, j, true);
		return 0;
	}
	exchange_close(&j->x);
	return refuse(c, j, why.text, e);
}

/* Its connection was no good and nothing was sent. */
static int start_anew(struct carrier *c, struct job *j, struct err *e)
{
	(void)curl_multi_remove_handle(c->multi, j->x.easy);
	exchange_close(&j->x);
	set_running(c, j, false);
	return start(c, j, true, e);
}

static int start_jobs(struct carrier *c, struct err *e)
{
	struct job *j;
	int r = 0;

	while (r == 0 && (j = next_job(c)) != NULL)
		r = start(c, j, false, e);
	return r;
}

static int expire_jobs(struct carrier *c, struct err *e)
{
	struct job *j, *next;
	int r = 0;

	for (j = c->jobs; j != NULL && r == 0; j = next) {
		next = j->next;
		if (!j->running && j->deadline_ms <= now_ms())
			r = refuse(c, j,
			    "link: its time ran out before its turn", e);
	}
	return r;
}

static int finish_jobs(struct carrier *c, struct err *e)
{
	struct CURLMsg *m;
	int left, r = 0;

	while (r == 0 && (m = curl_multi_info_read(c->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		for (struct job *j = c->jobs; j != NULL; j = j->next)
			if (j->running && j->x.easy == m->easy_handle) {
				r = j->x.unasked
				    ? start_anew(c, j, e)
				    : finish(c, j, m->data.result, e);
				break;
			}
	}
	return r;
}

static bool has_room(const struct carrier *c)
{
	return c->waiting < WAITING && c->waiting_bytes < WAITING_BYTES;
}

/* Whole frames become jobs. */
static int take_frames(struct carrier *c, struct err *e)
{
	struct str in;
	long len = 0;
	int r = 0;

	while (r == 0 && has_room(c)) {
		in = str_of(c->in.ptr + c->in.at, pipe_left(&c->in));
		len = in.len == 0 ? 0 : frame_length(in);
		if (len < 0)
			return err_set(e, -EBADMSG,
			    "link: the terminal sent no frame");
		if (len == 0)
			break;
		r = add_job(c, str_of(in.ptr, (size_t)len), e);
		c->in.at += (size_t)len;
	}
	return r;
}

/* 1 = the terminal's end is closed. */
static int read_terminal(struct carrier *c, struct err *e)
{
	ssize_t n;

	pipe_shrink(&c->in);
	if (!pipe_reserve(&c->in, READ_BYTES))
		return no_memory(e);
	n = recv(c->fd, c->in.ptr + c->in.len, c->in.cap - c->in.len,
	    MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return 1;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR
		    ? 0
		    : err_set(e, -errno, "link: the terminal's socket: %s",
			  strerror(errno));
	c->in.len += (size_t)n;
	return 0;
}

/* 1 = the terminal's end is closed. */
static int write_terminal(struct carrier *c, struct err *e)
{
	ssize_t n;

	while (pipe_left(&c->out) > 0) {
		n = send(c->fd, c->out.ptr + c->out.at, pipe_left(&c->out),
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return 1;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n < 0)
			return err_set(e, -errno,
			    "link: the terminal's socket: %s", strerror(errno));
		c->out.at += (size_t)n;
	}
	pipe_shrink(&c->out);
	return 0;
}

static int64_t wait_ms(const struct carrier *c)
{
	int64_t now = now_ms(), ms = IDLE_MS;

	for (const struct job *j = c->jobs; j != NULL; j = j->next)
		if (!j->running && j->deadline_ms - now < ms)
			ms = j->deadline_ms - now;
	return ms < 0 ? 0 : ms;
}

/* curl waits for its sockets and the terminal's. It does not tell of a hang
 * up, so that is asked afterwards. 1 = the terminal's end is closed. */
static int wait_for_work(struct carrier *c, struct err *e)
{
	struct curl_waitfd w = {.fd = c->fd};
	struct pollfd p = {.fd = c->fd};

	if (has_room(c))
		w.events |= CURL_WAIT_POLLIN;
	if (pipe_left(&c->out) > 0)
		w.events |= CURL_WAIT_POLLOUT;
	if (curl_multi_poll(c->multi, &w, 1, (int)wait_ms(c), NULL) != CURLM_OK)
		return err_set(e, -EIO, "link: curl cannot wait");
	p.events = has_room(c) ? POLLIN : 0;
	if (poll(&p, 1, 0) <= 0)
		return 0;
	if ((p.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
		return 1;
	return (p.revents & POLLIN) != 0 ? read_terminal(c, e) : 0;
}

static int step(struct carrier *c, struct err *e)
{
	int running, r;

	r = take_frames(c, e);
	if (r == 0)
		r = expire_jobs(c, e);
	if (r == 0)
		r = start_jobs(c, e);
	if (r == 0 && curl_multi_perform(c->multi, &running) != CURLM_OK)
		r = err_set(e, -EIO, "link: curl cannot go on");
	if (r == 0)
		r = finish_jobs(c, e);
	if (r == 0)
		r = start_jobs(c, e);
	if (r == 0)
		r = write_terminal(c, e);
	return r == 0 ? wait_for_work(c, e) : r;
}

int carrier_run(int fd, const struct carrier_config *config, struct err *e)
{
	struct carrier c = {.fd = fd, .config = config};
	int r = carrier_check(config, e);

	if (r < 0)
		return r;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, -EIO, "link: curl does not start");
	c.multi = curl_multi_init();
	r = c.multi == NULL ||
		curl_multi_setopt(c.multi, CURLMOPT_MAXCONNECTS,
		    (long)CARRIER_AT_ONCE) != CURLM_OK
	    ? no_memory(e)
	    : 0;
	while (r == 0)
		r = step(&c, e);
	while (c.jobs != NULL)
		drop_job(&c, c.jobs);
	(void)curl_multi_cleanup(c.multi);
	curl_global_cleanup();
	free(c.in.ptr);
	free(c.out.ptr);
	return r < 0 ? r : 0;
}
