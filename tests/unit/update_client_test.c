/* The terminal's end, against a real socket. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/app/update/update_client.h"
#include "firmware/core/update_wire.h"

static char dir[] = "/tmp/karcis-client-XXXXXX";
static struct sockaddr_un at;
static struct update_client *c;
static int listener = -1;

static void listen_there(void)
{
	listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 4), 0);
}

static void listen_no_more(void)
{
	close(listener);
	unlink(at.sun_path);
	listener = -1;
}

static int make(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	at.sun_family = AF_UNIX;
	assert_true(str_copy(at.sun_path, sizeof(at.sun_path), str_from(dir)));
	memcpy(at.sun_path + strlen(dir), "/socket", 8);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	return rmdir(dir);
}

static int open_it(void **state)
{
	struct err e = {0};

	(void)state;
	listen_there();
	return update_client_open(at.sun_path, &c, &e);
}

static int close_it(void **state)
{
	(void)state;
	update_client_close(c);
	c = NULL;
	listen_no_more();
	return 0;
}

static void say(int fd, enum update_phase phase)
{
	struct update_report r;
	char room[UPDATE_REPORT_BYTES];
	struct buf b;

	memset(&r, 0, sizeof(r));
	r.phase = phase;
	buf_init(&b, room, sizeof(room));
	update_report_write(&r, &b);
	assert_int_equal(send(fd, room, b.len, 0), (ssize_t)b.len);
}

static int meet(int64_t mono_ms)
{
	int fd;

	(void)update_client_service(c, mono_ms);
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	return fd;
}

static void test_no_socket_means_no_updates(void **state)
{
	struct update_client *none;
	struct pollfd p;
	struct err e = {0};

	(void)state;
	assert_int_equal(update_client_open("", &none, &e), 0);
	assert_null(none);
	assert_false(update_client_service(NULL, 0));
	assert_int_equal(update_client_pollfds(NULL, &p, 1), 0);
	assert_true(update_client_deadline_ms(NULL) == INT64_MAX);
	assert_int_equal(update_client_report(NULL)->phase, UPDATE_UNSET);
	assert_int_equal(update_client_ask_kind(NULL, UPDATE_ASK_LOOK, &e),
	    -ENOTCONN);
	update_client_close(NULL);
}

static void test_a_path_that_no_socket_can_have_is_told(void **state)
{
	char path[200];
	struct update_client *none;
	struct err e = {0};

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(update_client_open(path, &none, &e), -ENAMETOOLONG);
}

static void test_the_newest_report_counts(void **state)
{
	struct pollfd p;
	int fd;

	(void)state;
	fd = meet(1000);
	assert_int_equal(update_client_report(c)->phase, UPDATE_UNSET);
	assert_int_equal(update_client_pollfds(c, &p, 1), 1);
	assert_true(update_client_deadline_ms(c) == INT64_MAX);
	say(fd, UPDATE_LOOKING);
	say(fd, UPDATE_OFFERED);
	assert_true(update_client_service(c, 1001));
	assert_int_equal(update_client_report(c)->phase, UPDATE_OFFERED);
	assert_false(update_client_service(c, 1002));
	close(fd);
}

static void test_requests_arrive_as_they_are_written(void **state)
{
	struct update_request logged = {.kind = UPDATE_ASK_LOGGED, .id = 12};
	struct err e = {0};
	char room[64];
	int fd;

	(void)state;
	fd = meet(1000);
	assert_int_equal(update_client_ask_kind(c, UPDATE_ASK_LOOK, &e), 0);
	assert_int_equal(recv(fd, room, sizeof(room), 0), 5);
	assert_memory_equal(room, "look\n", 5);
	assert_int_equal(update_client_ask(c, &logged, &e), 0);
	assert_int_equal(recv(fd, room, sizeof(room), 0), 10);
	assert_memory_equal(room, "logged 12\n", 10);
	close(fd);
}

static void test_it_outlives_the_server_and_looks_again(void **state)
{
	struct err e = {0};
	int fd;

	(void)state;
	fd = meet(1000);
	say(fd, UPDATE_READY);
	assert_true(update_client_service(c, 1001));
	close(fd);
	assert_true(update_client_service(c, 5000));
	assert_int_equal(update_client_report(c)->phase, UPDATE_UNSET);
	assert_int_equal(update_client_ask_kind(c, UPDATE_ASK_GOOD, &e),
	    -ENOTCONN);
	assert_true(
	    update_client_deadline_ms(c) == 5000 + UPDATE_CLIENT_AGAIN_MS);
	/* Not before the time. */
	assert_false(update_client_service(c, 6999));
	assert_true(update_client_deadline_ms(c) == 7000);
	fd = meet(7000);
	say(fd, UPDATE_IDLE);
	assert_true(update_client_service(c, 7001));
	assert_int_equal(update_client_report(c)->phase, UPDATE_IDLE);
	close(fd);
}

static void test_what_is_no_report_ends_the_connection(void **state)
{
	int fd;

	(void)state;
	fd = meet(1000);
	say(fd, UPDATE_READY);
	assert_int_equal(send(fd, "phase ready\n", 12, 0), 12);
	(void)update_client_service(c, 1001);
	assert_int_equal(update_client_report(c)->phase, UPDATE_UNSET);
	assert_true(update_client_deadline_ms(c) != INT64_MAX);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_socket_means_no_updates),
	    cmocka_unit_test(test_a_path_that_no_socket_can_have_is_told),
	    cmocka_unit_test_setup_teardown(test_the_newest_report_counts,
		open_it, close_it),
	    cmocka_unit_test_setup_teardown(
		test_requests_arrive_as_they_are_written, open_it, close_it),
	    cmocka_unit_test_setup_teardown(
		test_it_outlives_the_server_and_looks_again, open_it, close_it),
	    cmocka_unit_test_setup_teardown(
		test_what_is_no_report_ends_the_connection, open_it, close_it),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
