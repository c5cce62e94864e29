/* The terminal's end of the link, against sockets of this test. What sync
 * would say and hear is written down instead. */
#include "firmware/app/uplink.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/link/frame.h"

static char folder[64], path[96];
static struct office office;
static int listener = -1;
static int answers, losses;
static bool asks; /* sync has a request */

bool sync_next(struct sync *s, int64_t now_s, int64_t mono_ms,
    struct frame_request *out)
{
	(void)s;
	(void)now_s;
	(void)mono_ms;
	if (!asks)
		return false;
	asks = false;
	*out = (struct frame_request){.id = 7,
	    .timeout_ms = 1000,
	    .method = str_from("GET"),
	    .path = str_from("/v1/time")};
	return true;
}

void sync_answer(struct sync *s, const struct frame_answer *a, int64_t now_s,
    int64_t mono_ms)
{
	(void)s;
	(void)now_s;
	(void)mono_ms;
	assert_int_equal(a->id, 7);
	answers++;
}

void sync_lost(struct sync *s, int64_t mono_ms)
{
	(void)s;
	(void)mono_ms;
	losses++;
}

/* Never looked into. */
static struct sync *const some_sync = (struct sync *)folder;

static void listen_at(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	assert_true(str_copy(a.sun_path, sizeof(a.sun_path), str_from(path)));
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 4), 0);
}

/* The link's end of a connection; -1: nobody came. */
static int taken(void)
{
	return accept(listener, NULL, NULL);
}

static int start(void **state)
{
	(void)state;
	memset(&office, 0, sizeof(office));
	answers = losses = 0;
	asks = false;
	snprintf(folder, sizeof(folder), "/tmp/karcis-uplink-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/link.sock", folder);
	snprintf(office.config.state, sizeof(office.config.state), "%s",
	    folder);
	snprintf(office.config.hub_url, sizeof(office.config.hub_url),
	    "https://hub.example");
	snprintf(office.config.hub_link, sizeof(office.config.hub_link), "%s",
	    path);
	return 0;
}

static int end(void **state)
{
	(void)state;
	if (listener >= 0)
		close(listener);
	listener = -1;
	unlink(path);
	return rmdir(folder);
}

static struct uplink *begun(void)
{
	struct uplink *u;
	struct err e = {0};

	assert_int_equal(uplink_start(&office, &u, &e), 0);
	assert_non_null(u);
	return u;
}

static void serve(struct uplink *u, int64_t mono_ms)
{
	uplink_service(u, some_sync, 0, mono_ms);
}

static void test_without_a_hub_there_is_no_link(void **state)
{
	struct uplink *u = (struct uplink *)folder;
	struct err e = {0};

	(void)state;
	office.config.hub_url[0] = '\0';
	assert_int_equal(uplink_start(&office, &u, &e), 0);
	assert_null(u);
	assert_false(uplink_present(NULL));
	assert_true(uplink_deadline_ms(NULL) == INT64_MAX);
	uplink_close(NULL);
}

static void test_the_socket_s_path_is_absolute_and_fits(void **state)
{
	struct uplink *u;
	struct err e = {0};
	char *link = office.config.hub_link;

	(void)state;
	snprintf(link, CONFIG_TEXT, "run/link.sock");
	assert_int_equal(uplink_start(&office, &u, &e), -EINVAL);
	assert_null(u);
	memset(link, 'x', 108);
	link[0] = '/';
	link[108] = '\0';
	assert_int_equal(uplink_start(&office, &u, &e), -EINVAL);
	link[107] = '\0';
	assert_int_equal(uplink_start(&office, &u, &e), 0);
	uplink_close(u);
}

static void test_it_connects_when_somebody_listens(void **state)
{
	struct uplink *u = begun();
	int fd;

	(void)state;
	serve(u, 5000);
	assert_false(uplink_present(u));
	assert_true(uplink_deadline_ms(u) == 6000);
	listen_at();
	serve(u, 5999);
	assert_false(uplink_present(u));
	serve(u, 6000);
	assert_true(uplink_present(u));
	assert_true(uplink_deadline_ms(u) == INT64_MAX);
	fd = taken();
	assert_true(fd >= 0);
	close(fd);
	uplink_close(u);
}

static void test_requests_and_answers_go_over_it(void **state)
{
	struct frame_answer a = {.id = 7, .fate = FRAME_NO_ANSWER};
	struct frame_request q;
	uint8_t bytes[4096];
	struct pollfd fds[2];
	struct uplink *u;
	struct buf b;
	ssize_t n;
	int fd;

	(void)state;
	listen_at();
	u = begun();
	asks = true;
	serve(u, 1000);
	fd = taken();
	n = recv(fd, bytes, sizeof(bytes), 0);
	assert_true(n > 0);
	assert_true(frame_get_request(str_of(bytes, (size_t)n), &q));
	assert_int_equal(q.id, 7);
	assert_int_equal(uplink_pollfds(u, fds, 2), 1);
	buf_init(&b, bytes, sizeof(bytes));
	frame_put_answer(&b, &a);
	assert_int_equal(send(fd, bytes, b.len, 0), b.len);
	assert_int_equal(poll(fds, 1, 1000), 1);
	serve(u, 1001);
	assert_int_equal(answers, 1);
	assert_int_equal(losses, 0);
	close(fd);
	uplink_close(u);
}

static void test_what_is_no_frame_ends_the_connection(void **state)
{
	struct uplink *u;
	int fd;

	(void)state;
	listen_at();
	u = begun();
	serve(u, 1000);
	fd = taken();
	assert_int_equal(send(fd, "\xff\xff\xff\xff", 4, 0), 4);
	serve(u, 1001);
	assert_false(uplink_present(u));
	assert_int_equal(losses, 1);
	close(fd);
	uplink_close(u);
}

/* A link that lives 10 s is asked for again after 1 s. */
static void test_a_link_that_died_is_asked_for_after_a_second(void **state)
{
	struct uplink *u;
	int64_t at = 1000;

	(void)state;
	listen_at();
	u = begun();
	for (int i = 0; i < 3; i++) {
		int fd;

		serve(u, at);
		assert_true(uplink_present(u));
		fd = taken();
		assert_true(fd >= 0);
		close(fd);
		serve(u, at + 10000);
		assert_false(uplink_present(u));
		assert_int_equal(losses, i + 1);
		assert_true(uplink_deadline_ms(u) == at + 11000);
		serve(u, at + 10999);
		assert_int_equal(taken(), -1);
		at += 11000;
	}
	uplink_close(u);
}

static void test_one_that_dies_at_once_less_and_less_often(void **state)
{
	static const int64_t waits[] = {1000, 2000, 4000, 8000, 16000, 16000};
	struct uplink *u;
	int64_t at = 1000;

	(void)state;
	listen_at();
	u = begun();
	for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
		int fd;

		serve(u, at);
		fd = taken();
		assert_true(fd >= 0);
		close(fd);
		serve(u, at + 9999);
		assert_true(uplink_deadline_ms(u) == at + 9999 + waits[i]);
		at += 9999 + waits[i];
	}
	uplink_close(u);
}

/* The keeper's link finds no enrolment and ends; the stream came all the
 * same. */
static void test_without_a_path_a_keeper_brings_the_stream(void **state)
{
	struct pollfd fds[2];
	struct uplink *u;

	(void)state;
	office.config.hub_link[0] = '\0';
	u = begun();
	assert_int_equal(uplink_pollfds(u, fds, 2), 1);
	assert_int_equal(poll(fds, 1, 5000), 1);
	serve(u, 1000);
	assert_int_equal(uplink_pollfds(u, fds, 2), uplink_present(u) ? 2 : 1);
	assert_true(uplink_present(u) || losses == 1);
	assert_true(uplink_deadline_ms(u) == INT64_MAX);
	uplink_close(u);
}

/* Not enrolled yet, or without stores: nothing is to be said to a link, and the
 * loop must not turn for one. */
static void test_without_sync_nothing_is_waited_for(void **state)
{
	struct pollfd fds[2];
	struct uplink *u;

	(void)state;
	listen_at();
	u = begun();
	uplink_service(u, NULL, 0, 5000);
	assert_true(uplink_deadline_ms(u) == INT64_MAX);
	assert_int_equal(uplink_pollfds(u, fds, 2), 0);
	assert_int_equal(taken(), -1);
	serve(u, 6000); /* enrolled meanwhile */
	assert_true(uplink_present(u));
	assert_int_equal(uplink_pollfds(u, fds, 2), 1);
	uplink_close(u);
}

static void test_without_sync_a_keeper_s_streams_are_dropped(void **state)
{
	struct pollfd fds[2];
	struct uplink *u;

	(void)state;
	office.config.hub_link[0] = '\0';
	u = begun();
	assert_int_equal(uplink_pollfds(u, fds, 2), 1);
	assert_int_equal(poll(fds, 1, 5000), 1);
	uplink_service(u, NULL, 0, 1000);
	assert_int_equal(poll(fds, 1, 0), 0);
	assert_false(uplink_present(u));
	assert_int_equal(uplink_pollfds(u, fds, 2), 0);
	uplink_close(u);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_without_a_hub_there_is_no_link),
	    CASE(test_the_socket_s_path_is_absolute_and_fits),
	    CASE(test_it_connects_when_somebody_listens),
	    CASE(test_requests_and_answers_go_over_it),
	    CASE(test_what_is_no_frame_ends_the_connection),
	    CASE(test_a_link_that_died_is_asked_for_after_a_second),
	    CASE(test_one_that_dies_at_once_less_and_less_often),
	    CASE(test_without_a_path_a_keeper_brings_the_stream),
	    CASE(test_without_sync_nothing_is_waited_for),
	    CASE(test_without_sync_a_keeper_s_streams_are_dropped),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
