/* link/carrier: what it reads of an answer, one exchange, and names that
 * are looked up slowly. Faults of a hub are in tests/hub/link_test.py. */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "firmware/link/carrier.h"

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "firmware/link/carrier_body.h"
#include "firmware/link/carrier_head.h"

/* --- names: hub.test is this machine; the first `stuck` look-ups of it
 * take STUCK_S each. libcurl's call comes here. --- */
enum { STUCK_S = 4, UNSTUCK_MS = 3500 };
static atomic_int stuck;

typedef int look_up(const char *, const char *, const struct addrinfo *,
    struct addrinfo **);

int getaddrinfo(const char *restrict node, const char *restrict service,
    const struct addrinfo *restrict hints, struct addrinfo **restrict out)
{
	look_up *real;
	void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");

	memcpy(&real, &symbol, sizeof(real));
	if (node == NULL || strcmp(node, "hub.test") != 0)
		return real(node, service, hints, out);
	if (atomic_fetch_sub(&stuck, 1) > 0)
		sleep(STUCK_S);
	return real("127.0.0.1", service, hints, out);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- a hub of one answer, in a process of its own --- */
struct hub {
	pid_t pid;
	int requests; /* what it was asked, as it came */
	char url[64];
	struct carrier_config config;
	uint8_t public_key[WIRE_PUBLIC_BYTES];
};

/* A child that a failed test forgot ends with it. */
static pid_t fork_child(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static void serve_one(int conn, const char *reply, size_t len, int requests)
{
	char q[2048];
	ssize_t n = recv(conn, q, sizeof(q), 0);

	if (n > 0 && write(requests, q, (size_t)n) == n)
		(void)send(conn, reply, len, MSG_NOSIGNAL);
	shutdown(conn, SHUT_WR);
	(void)recv(conn, q, sizeof(q), 0);
	close(conn);
}

static void hub_open(struct hub *h, const char *host, const char *reply)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);
	int s = socket(AF_INET, SOCK_STREAM, 0), pipes[2];
	struct buf b;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(s, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s, 16), 0);
	assert_int_equal(getsockname(s, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(pipe(pipes), 0);
	memset(h, 0, sizeof(*h));
	h->pid = fork_child();
	if (h->pid == 0)
		for (;;)
			serve_one(accept(s, NULL, NULL), reply, strlen(reply),
			    pipes[1]);
	close(s);
	close(pipes[1]);
	h->requests = pipes[0];
	buf_init(&b, h->url, sizeof(h->url));
	buf_fmt(&b, "http://%s:%d", host, ntohs(a.sin_port));
	h->config.url = buf_cstr(&b);
	h->config.device = 17;
	crypto_sign_keypair(h->public_key, h->config.secret);
}

static void hub_close(struct hub *h)
{
	kill(h->pid, SIGKILL);
	waitpid(h->pid, NULL, 0);
	close(h->requests);
}

static const char good[] = "HTTP/1.1 200 OK\r\n"
			   "Karcis-Kind: time\r\n"
			   "Karcis-Epoch: 3\r\n"
			   "Karcis-Hub-Signature: c2ln\r\n"
			   "ETag: \"1.2\"\r\n"
			   "Retry-After: 9\r\n"
			   "Content-Length: 2\r\n\r\n{}";

static int once(const struct hub *h, const char *method, const char *body,
    struct carrier_answer *a, struct err *e)
{
	return carrier_once(&h->config, str_from(method), str_from("/v1/x?y=1"),
	    str_from(body), 42, 5000, a, e);
}

static void test_one_exchange_gives_the_answer_and_its_headers(void **state)
{
	struct hub h;
	struct carrier_answer a;
	struct err e = {0};

	(void)state;
	hub_open(&h, "127.0.0.1", good);
	assert_int_equal(once(&h, "GET", "", &a, &e), 0);
	assert_int_equal(a.status, 200);
	assert_int_equal(a.epoch, 3);
	assert_int_equal(a.retry_after_s, 9);
	assert_string_equal(a.kind, "time");
	assert_string_equal(a.signature, "c2ln");
	assert_string_equal(a.etag, "\"1.2\"");
	assert_int_equal(a.len, 2);
	assert_string_equal(a.body, "{}");
	carrier_answer_fini(&a);
	assert_null(a.body);
	carrier_answer_fini(NULL);
	hub_close(&h);
}

/* The value of a header in what the hub was asked. */
static struct str header(struct str request, const char *name)
{
	struct str line, key;

	while (str_split(&request, '\n', &line))
		if (str_split(&line, ':', &key) && str_is_nocase(key, name))
			return str_trim(line);
	return str_from("");
}

static void test_a_request_is_signed_as_the_hub_checks_it(void **state)
{
	const struct wire_request expected = {.method = str_from("POST"),
	    .path = str_from("/v1/x?y=1"),
	    .body = str_from("{\"a\":1}"),
	    .device = 17,
	    .counter = 42};
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	struct carrier_answer a;
	char q[2048];
	struct str all;
	struct hub h;

	(void)state;
	hub_open(&h, "127.0.0.1", good);
	assert_int_equal(once(&h, "POST", "{\"a\":1}", &a, NULL), 0);
	carrier_answer_fini(&a);
	all = str_of(q, (size_t)read(h.requests, q, sizeof(q)));
	assert_true(str_is(header(all, "Karcis-Device"), "17"));
	assert_true(str_is(header(all, "Karcis-Counter"), "42"));
	assert_true(wire_unbase64(header(all, "Karcis-Signature"), signature,
	    sizeof(signature)));
	assert_true(wire_check_request(&expected, h.public_key, signature));
	hub_close(&h);
}

static void test_an_empty_body_is_an_empty_text(void **state)
{
	struct carrier_answer a;
	struct hub h;

	(void)state;
	hub_open(&h, "127.0.0.1",
	    "HTTP/1.1 304 Not Modified\r\nKarcis-Kind: feed\r\n\r\n");
	assert_int_equal(once(&h, "GET", "", &a, NULL), 0);
	assert_int_equal(a.status, 304);
	assert_int_equal(a.len, 0);
	assert_string_equal(a.body, "");
	carrier_answer_fini(&a);
	hub_close(&h);
}

static void check_failure(const struct hub *h, int code)
{
	struct carrier_answer a;
	struct err e = {0};

	assert_int_equal(once(h, "GET", "", &a, &e), code);
	assert_int_equal(e.code, code);
	assert_memory_equal(e.text, "link: ", 6);
	assert_int_equal(a.status, 0);
	assert_null(a.body);
	carrier_answer_fini(&a);
}

static void test_what_became_of_an_exchange_is_its_errno(void **state)
{
	struct hub h;

	(void)state;
	hub_open(&h, "127.0.0.1",
	    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}");
	check_failure(&h, -EPIPE);
	hub_close(&h);
	check_failure(&h, -EHOSTUNREACH);
	h.config.url = "ftp://127.0.0.1";
	check_failure(&h, -EINVAL);
	h.config.url = "https://127.0.0.1";
	h.config.ca_file = "/no/such/file";
	check_failure(&h, -ENOENT);
}

static void test_a_url_is_scheme_host_port_and_folder(void **state)
{
	static const struct {
		const char *url;
		int r;
	} cases[] = {
	    {"https://hub.example", 0},
	    {"http://127.0.0.1:8080", 0},
	    {"https://[::1]:8443/karcis/hub", 0},
	    {"https://hub.example/", -EINVAL},
	    {"hub.example", -EINVAL},
	    {"", -EINVAL},
	    {"https://", -EINVAL},
	    {"https://a b", -EINVAL},
	    {"ftp://hub.example", -EINVAL},
	    {"file:///etc/passwd", -EINVAL},
	    {"https://user@hub.example", -EINVAL},
	    {"https://user:word@hub.example", -EINVAL},
	    {"https://hub.example?x", -EINVAL},
	    {"https://hub.example#x", -EINVAL},
	    {"https://hub.example:port", -EINVAL},
	};
	struct carrier_config c = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		c.url = cases[i].url;
		assert_int_equal(carrier_check(&c, NULL), cases[i].r);
	}
}

/* --- the head --- */
static struct carrier_head head_of(const char *text)
{
	struct carrier_head h;
	struct str rest = str_from(text), line;

	memset(&h, 0, sizeof(h));
	while (str_split(&rest, '|', &line))
		carrier_head_line(&h, line);
	return h;
}

static void test_a_head_is_read_line_by_line(void **state)
{
	struct carrier_head h = head_of("HTTP/1.1 409 Conflict\r\n|"
					"KARCIS-kind:error \r\n|"
					"karcis-epoch: 4294967295\r\n|"
					"X-Karcis-Kind: x\r\n|"
					"no colon\r\n|ETag: \"a:b\"\r\n|"
					"Content-Encoding: gzip\r\n|\r\n");

	(void)state;
	assert_int_equal(h.status, 409);
	assert_true(h.whole);
	assert_string_equal(h.kind, "error");
	assert_true(h.epoch == UINT32_MAX);
	assert_string_equal(h.etag, "\"a:b\"");
	assert_string_equal(h.encoding, "gzip");
	h = head_of("HTTP/1.1 200 OK|Karcis-Kind: a|Karcis-Epoch: 1| ");
	assert_false(h.whole);
}

static void test_a_status_line_begins_anew_and_trailers_are_passed_over(
    void **state)
{
	struct carrier_head h = head_of("HTTP/1.1 103 Early|Karcis-Kind: a|"
					"Karcis-Epoch: 1||HTTP/1.1 200 OK|"
					"ETag: b||ETag: c|Karcis-Kind: d");

	(void)state;
	assert_int_equal(h.status, 200);
	assert_string_equal(h.kind, "");
	assert_int_equal(h.epoch, 0);
	assert_string_equal(h.etag, "b");
}

static void test_a_status_that_is_none_is_0(void **state)
{
	static const char *const cases[] = {"HTTP/1.1 20 OK", "HTTP/1.1 2000",
	    "HTTP/1.1 099 x", "HTTP/1.1", "HTTP/1.1  200", "HTTP/1.1 -20"};

	(void)state;
	assert_int_equal(head_of("HTTP/1.1 200").status, 200);
	assert_int_equal(head_of("HTTP/1.0 999 x").status, 999);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(head_of(cases[i]).status, 0);
}

static void test_an_epoch_that_is_no_number_is_0(void **state)
{
	static const char *const cases[] = {"HTTP/1.1 200|Karcis-Epoch: -1",
	    "HTTP/1.1 200|Karcis-Epoch: 4294967296",
	    "HTTP/1.1 200|Karcis-Epoch: 1x", "HTTP/1.1 200|Karcis-Epoch:"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(head_of(cases[i]).epoch, 0);
}

static void test_retry_after_is_seconds_up_to_an_hour(void **state)
{
	/* Sun, 06 Nov 1994 08:49:37 GMT (RFC 9110 5.6.7) = 784111777 */
	static const struct {
		const char *head;
		uint32_t wait_s;
	} cases[] = {
	    {"HTTP/1.1 503", 0},
	    {"HTTP/1.1 503|Retry-After: 0", 0},
	    {"HTTP/1.1 503|Retry-After: 120", 120},
	    {"HTTP/1.1 503|Retry-After: 3600", 3600},
	    {"HTTP/1.1 503|Retry-After: 3601", 3600},
	    {"HTTP/1.1 503|Retry-After: 99999999999999999999", 3600},
	    {"HTTP/1.1 503|Retry-After: -5", 0},
	    {"HTTP/1.1 503|Retry-After: later", 0},
	    {"HTTP/1.1 503|Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", 17},
	    {"HTTP/1.1 503|Retry-After: Sun, 06 Nov 1994 08:49:20 GMT", 0},
	    {"HTTP/1.1 503|Retry-After: Sun, 06 Nov 1994 08:49:00 GMT", 0},
	    {"HTTP/1.1 503|Retry-After: Sun, 06 Nov 1994 10:49:37 GMT", 3600},
	    {"HTTP/1.1 503|Retry-After: Mon, 07 Nov 1994 00:00:30 GMT|"
	     "Date: Mon, 07 Nov 1994 00:00:00 GMT",
		30},
	    {"HTTP/1.1 503|Date: Mon, 07 Nov 1994 00:00:00 GMT|"
	     "Retry-After: Sun, 06 Nov 1994 23:59:00 GMT",
		0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct carrier_head h = head_of(cases[i].head);

		assert_int_equal(carrier_head_wait_s(&h, 784111760),
		    cases[i].wait_s);
	}
}

/* --- the body --- */

/* "hello" with gzip's head, stored uncompressed: RFC 1952 and 1951 by hand;
 * CRC-32 of "hello" is 0x3610a686. */
static const char packed[] = "\x1f\x8b\x08\0\0\0\0\0\0\xff"
			     "\x01\x05\0\xfa\xff"
			     "hello"
			     "\x86\xa6\x10\x36\x05\0\0\0";

static void test_gzip_is_undone_in_pieces_of_any_size(void **state)
{
	struct carrier_body b;
	size_t len = sizeof(packed) - 1;

	(void)state;
	for (size_t piece = 1; piece <= len; piece++) {
		memset(&b, 0, sizeof(b));
		for (size_t at = 0; at < len; at += piece) {
			struct str some = str_cut(str_of(packed, len), at,
			    piece);

			assert_true(carrier_body_add(&b, "gzip", some));
			assert_int_equal(carrier_body_trouble(&b) == NULL,
			    at + piece >= len);
		}
		assert_int_equal(b.len, 5);
		assert_string_equal(b.bytes, "hello");
		carrier_body_fini(&b);
	}
}

static void test_gzip_that_is_not_whole_is_no_body(void **state)
{
	struct carrier_body b;
	char bad[sizeof(packed)];

	(void)state;
	for (size_t at = 0; at < sizeof(packed) - 1; at++) {
		memset(&b, 0, sizeof(b));
		memcpy(bad, packed, sizeof(packed));
		/* Not what may be anything: time, flags, system (1952 2.3)
		 * and the bits before a stored block (1951 3.2.4). */
		if (at >= 4 && at <= 10)
			continue;
		bad[at] = (char)(bad[at] ^ 0x10);
		assert_false(carrier_body_add(&b, "gzip",
				 str_of(bad, sizeof(bad) - 1)) &&
		    carrier_body_trouble(&b) == NULL);
		carrier_body_fini(&b);
	}
}

static void test_a_body_ends_at_its_bound(void **state)
{
	struct carrier_body b = {0};
	char *block = calloc(1, FRAME_BODY_MAX);

	(void)state;
	assert_non_null(block);
	assert_true(carrier_body_add(&b, "", str_of(block, FRAME_BODY_MAX)));
	assert_null(carrier_body_trouble(&b));
	assert_false(carrier_body_add(&b, "", str_of(block, 1)));
	assert_non_null(carrier_body_trouble(&b));
	assert_false(carrier_body_add(&b, "", str_of(block, 1)));
	carrier_body_fini(&b);
	free(block);
}

/* --- looking up names --- */
struct desk {
	struct hub hub;
	pid_t pid;
	int fd;
	int64_t begun_ms;
};

/* The link, with the first `lookups` of hub.test stuck. */
static void desk_open(struct desk *d, int lookups)
{
	struct err e = {0};
	int pair[2];

	hub_open(&d->hub, "hub.test", good);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	d->pid = fork_child();
	if (d->pid == 0) {
		close(pair[0]);
		atomic_store(&stuck, lookups);
		_exit(carrier_run(pair[1], &d->hub.config, &e) == 0 ? 0 : 1);
	}
	close(pair[1]);
	d->fd = pair[0];
	d->begun_ms = now_ms();
}

static void desk_ask(struct desk *d, uint32_t id, uint32_t timeout_ms)
{
	const struct frame_request q = {.id = id,
	    .timeout_ms = timeout_ms,
	    .counter = id,
	    .method = str_from("GET"),
	    .path = str_from("/v1/time"),
	    .if_none_match = str_from(""),
	    .body = str_from("")};
	char room[256];
	struct buf b;

	buf_init(&b, room, sizeof(room));
	frame_put_request(&b, &q);
	assert_int_equal(send(d->fd, b.ptr, b.len, 0), (ssize_t)b.len);
}

/* The next answer's id and fate, long before a look-up is unstuck. */
static void desk_hear(struct desk *d, uint32_t *id, enum frame_fate *fate)
{
	struct pollfd p = {.fd = d->fd, .events = POLLIN};
	struct frame_answer a;
	uint8_t head[FRAME_HEAD], room[1024];
	int64_t left = d->begun_ms + UNSTUCK_MS - now_ms();
	size_t len;

	assert_int_equal(poll(&p, 1, left < 0 ? 0 : (int)left), 1);
	assert_int_equal(recv(d->fd, head, sizeof(head), MSG_WAITALL), 4);
	len = (size_t)head[2] << 8 | head[3];
	assert_true(len + FRAME_HEAD <= sizeof(room));
	memcpy(room, head, sizeof(head));
	assert_int_equal(recv(d->fd, room + FRAME_HEAD, len, MSG_WAITALL), len);
	assert_true(frame_get_answer(str_of(room, len + FRAME_HEAD), &a));
	*id = a.id;
	*fate = a.fate;
}

/* The link ends at once, whatever is still looked up. */
static void desk_close(struct desk *d)
{
	int status = 1;

	close(d->fd);
	assert_int_equal(waitpid(d->pid, &status, 0), d->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(now_ms() < d->begun_ms + UNSTUCK_MS);
	hub_close(&d->hub);
}

/* Two processes cut the time to whole milliseconds. */
enum { EARLY_MS = 5 };

static void test_a_name_looked_up_slowly_ends_with_its_requests_time(
    void **state)
{
	struct desk d;
	enum frame_fate fate;
	uint32_t id;

	(void)state;
	desk_open(&d, 100);
	desk_ask(&d, 1, 600);
	desk_ask(&d, 2, 300);
	desk_hear(&d, &id, &fate);
	assert_int_equal(id, 2);
	assert_int_equal(fate, FRAME_NO_ANSWER);
	assert_true(now_ms() >= d.begun_ms + 300 - EARLY_MS);
	desk_hear(&d, &id, &fate);
	assert_int_equal(id, 1);
	assert_int_equal(fate, FRAME_NO_ANSWER);
	assert_true(now_ms() >= d.begun_ms + 600 - EARLY_MS);
	desk_close(&d);
}

static void test_a_name_looked_up_slowly_holds_nobody_else_up(void **state)
{
	struct desk d;
	enum frame_fate fate;
	uint32_t id, got = 0;

	(void)state;
	desk_open(&d, 1);
	desk_ask(&d, 1, 300);
	desk_hear(&d, &id, &fate);
	assert_int_equal(fate, FRAME_NO_ANSWER);
	/* The first look-up is still stuck; this is the second. */
	for (id = 2; id < 5; id++) {
		desk_ask(&d, id, 2000);
		desk_hear(&d, &got, &fate);
		assert_int_equal(got, id);
		assert_int_equal(fate, FRAME_CAME);
	}
	desk_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_one_exchange_gives_the_answer_and_its_headers),
	    cmocka_unit_test(test_a_request_is_signed_as_the_hub_checks_it),
	    cmocka_unit_test(test_an_empty_body_is_an_empty_text),
	    cmocka_unit_test(test_what_became_of_an_exchange_is_its_errno),
	    cmocka_unit_test(test_a_url_is_scheme_host_port_and_folder),
	    cmocka_unit_test(test_a_head_is_read_line_by_line),
	    cmocka_unit_test(
		test_a_status_line_begins_anew_and_trailers_are_passed_over),
	    cmocka_unit_test(test_a_status_that_is_none_is_0),
	    cmocka_unit_test(test_an_epoch_that_is_no_number_is_0),
	    cmocka_unit_test(test_retry_after_is_seconds_up_to_an_hour),
	    cmocka_unit_test(test_gzip_is_undone_in_pieces_of_any_size),
	    cmocka_unit_test(test_gzip_that_is_not_whole_is_no_body),
	    cmocka_unit_test(test_a_body_ends_at_its_bound),
	    cmocka_unit_test(
		test_a_name_looked_up_slowly_ends_with_its_requests_time),
	    cmocka_unit_test(test_a_name_looked_up_slowly_holds_nobody_else_up),
	};

	return sodium_init() < 0 ? 1
				 : cmocka_run_group_tests(tests, NULL, NULL);
}
