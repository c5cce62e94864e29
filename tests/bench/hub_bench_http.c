#include "hub_bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

enum {
	HEAD_MAX = 1024, /* of a request */
	READ_BYTES = 16384,
	EVENTS = 64,
	BODY_MAX = FRAME_BODY_MAX
};

struct line {
	int fd;
	struct exchange *x; /* NULL = free */
};
struct http {
	int epoll;
	size_t n;
	struct line *line;
	struct epoll_event event[EVENTS];
	int events, at; /* of the last epoll_wait */
};

/* Requests. */

void exchange_make(struct exchange *x, struct bench_device *d,
    const char *method, const char *path, struct str body)
{
	struct wire_request w = {str_from(method), str_from(path), body,
	    d->device, ++d->counter};
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	char base64[WIRE_BASE64 + 1];
	struct buf b;

	memset(x, 0, sizeof(*x));
	x->counter = d->counter;
	x->request = malloc(HEAD_MAX + body.len);
	if (x->request == NULL || !wire_sign_request(&w, d->secret, signature))
		bench_die("request", path);
	wire_base64(signature, sizeof(signature), base64);
	buf_init(&b, x->request, HEAD_MAX + body.len);
	/* What karcis-link sends. */
	buf_fmt(&b,
	    "%s %s HTTP/1.1\r\nHost: hub\r\nAccept-Encoding: gzip\r\n"
	    "Karcis-Device: %u\r\nKarcis-Counter: %llu\r\n"
	    "Karcis-Signature: %s\r\n",
	    method, path, d->device, (unsigned long long)d->counter, base64);
	if (body.len > 0)
		buf_fmt(&b,
		    "Content-Type: application/json\r\n"
		    "Content-Length: %zu\r\n",
		    body.len);
	buf_text(&b, "\r\n");
	buf_str(&b, body);
	if (b.full)
		bench_die("request", "too long");
	x->request_len = b.len;
}

void exchange_fini(struct exchange *x)
{
	free(x->request);
	free(x->answer);
	memset(x, 0, sizeof(*x));
}

/* Answers. */

static struct str field(const struct exchange *x, const char *name)
{
	struct str rest = str_of(x->answer, x->head), row, key;

	while (str_split(&rest, '\n', &row))
		if (str_split(&row, ':', &key) && row.ptr != NULL &&
		    str_is_nocase(key, name))
			return str_trim(row);
	return str_from("");
}

static int64_t number_field(const struct exchange *x, const char *name)
{
	int64_t n = 0;

	return str_number(field(x, name), 0, INT32_MAX, &n) ? n : 0;
}

static struct str inflated(struct str body, char **out)
{
	z_stream z = {0};

	*out = malloc(BODY_MAX);
	if (*out == NULL || inflateInit2(&z, 15 + 16) != Z_OK)
		bench_die("answer", "out of memory");
	z.next_in = (Bytef *)(uintptr_t)body.ptr;
	z.avail_in = (uInt)body.len;
	z.next_out = (Bytef *)*out;
	z.avail_out = BODY_MAX;
	if (inflate(&z, Z_FINISH) != Z_STREAM_END)
		bench_die("answer", "no whole gzip");
	inflateEnd(&z);
	return str_of(*out, z.total_out);
}

struct frame_answer exchange_answer(const struct exchange *x, char **body)
{
	struct frame_answer a = {.fate = FRAME_CAME};
	int64_t status = 0;

	*body = NULL;
	if (x->done_ns == 0 ||
	    !str_number(str_cut(str_of(x->answer, x->head), 9, 3), 100, 599,
		&status))
		bench_die("answer", "none came");
	a.status = (uint16_t)status;
	a.kind = field(x, "Karcis-Kind");
	a.signature = field(x, "Karcis-Hub-Signature");
	a.etag = field(x, "ETag");
	a.epoch = (uint32_t)number_field(x, "Karcis-Epoch");
	a.body = str_of(x->answer + x->head, x->total - x->head);
	if (str_is(field(x, "Content-Encoding"), "gzip"))
		a.body = inflated(a.body, body);
	return a;
}

void exchange_check(const struct exchange *x, const struct bench_device *d,
    const uint8_t hub_key[WIRE_PUBLIC_BYTES], int status,
    struct frame_answer *a, char **body)
{
	*a = exchange_answer(x, body);
	if (a->status != status)
		bench_die("the hub's answer", x->answer);
	if (!client_genuine(hub_key, d->device, x->counter, a))
		bench_die("the hub's answer", "is not signed by it");
}

/* Connections. */

static int connected(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || connect(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0)
		bench_die("connect", strerror(errno));
	return fd;
}

struct http *http_open(uint16_t port, size_t lines)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h != NULL)
		h->line = calloc(lines, sizeof(*h->line));
	if (h == NULL || h->line == NULL)
		bench_die("http", "out of memory");
	h->n = lines;
	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < lines; i++) {
		struct epoll_event ev = {EPOLLIN, {.u64 = i}};

		h->line[i].fd = connected(port);
		if (epoll_ctl(h->epoll, EPOLL_CTL_ADD, h->line[i].fd, &ev) < 0)
			bench_die("epoll", strerror(errno));
	}
	return h;
}

void http_close(struct http *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < h->n; i++)
		close(h->line[i].fd);
	close(h->epoll);
	free(h->line);
	free(h);
}

void http_send(struct http *h, size_t line, struct exchange *x)
{
	size_t sent = 0;
	ssize_t n;

	h->line[line].x = x;
	x->sent_ns = bench_ns();
	while (sent < x->request_len) {
		n = send(h->line[line].fd, x->request + sent,
		    x->request_len - sent, MSG_NOSIGNAL);
		if (n < 0)
			bench_die("send", strerror(errno));
		sent += (size_t)n;
	}
}

static void measure(struct exchange *x)
{
	const char *end = strstr(x->answer, "\r\n\r\n");

	if (end == NULL)
		return;
	x->head = (size_t)(end - x->answer) + 4;
	x->total = x->head + (size_t)number_field(x, "Content-Length");
}

/* True: the answer is whole. */
static bool take(struct line *l)
{
	struct exchange *x = l->x;
	ssize_t n;

	if (x == NULL)
		bench_die("the hub", "closed a connection that was kept");
	if (x->cap - x->len < 2) {
		x->cap = x->cap == 0 ? READ_BYTES : 2 * x->cap;
		x->answer = realloc(x->answer, x->cap);
		if (x->answer == NULL)
			bench_die("answer", "out of memory");
	}
	n = recv(l->fd, x->answer + x->len, x->cap - x->len - 1, 0);
	if (n <= 0)
		bench_die("recv", n == 0 ? "the hub hung up" : strerror(errno));
	x->len += (size_t)n;
	x->answer[x->len] = '\0';
	if (x->head == 0)
		measure(x);
	return x->head > 0 && x->len >= x->total;
}

long http_wait(struct http *h, int timeout_ms)
{
	for (;;) {
		while (h->at < h->events) {
			size_t i = (size_t)h->event[h->at++].data.u64;

			if (!take(&h->line[i]))
				continue;
			h->line[i].x->done_ns = bench_ns();
			h->line[i].x = NULL;
			return (long)i;
		}
		h->at = 0;
		h->events = epoll_wait(h->epoll, h->event, EVENTS, timeout_ms);
		if (h->events < 0 && errno != EINTR)
			bench_die("epoll", strerror(errno));
		if (h->events == 0)
			return -1;
	}
}

void http_ask(struct http *h, size_t line, struct exchange *x)
{
	http_send(h, line, x);
	if (http_wait(h, 30000) != (long)line)
		bench_die("the hub", "does not answer");
}
