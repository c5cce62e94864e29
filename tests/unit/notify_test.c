/* What the service manager hears, over a real socket of its kind. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/app/notify.h"

static int manager = -1;
static char folder[] = "/tmp/karcis-notify-XXXXXX";
static char path[64];

/* The manager's socket at the address, "@" for an abstract one. */
static void listen_at(const char *address)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t len = strlen(address);

	memcpy(a.sun_path, address, len);
	if (address[0] == '@')
		a.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(manager >= 0);
	assert_int_equal(
	    bind(manager, (struct sockaddr *)&a,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
	    0);
	setenv("NOTIFY_SOCKET", address, 1);
}

static int start(void **state)
{
	(void)state;
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/notify", folder);
	listen_at(path);
	return 0;
}

static int end(void **state)
{
	(void)state;
	close(manager);
	unlink(path);
	return rmdir(folder);
}

/* The next message, or "" when there is none. */
static const char *heard(void)
{
	static char text[512];
	ssize_t n = recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static struct notify begun(void)
{
	struct notify n;
	struct err e = {0};

	assert_int_equal(notify_init(&n, &e), 0);
	return n;
}

static void test_ready_is_told_once(void **state)
{
	struct notify n = begun();

	(void)state;
	notify_ready(&n, 1000);
	notify_ready(&n, 2000);
	assert_string_equal(heard(), "READY=1");
	assert_string_equal(heard(), "");
	notify_fini(&n);
}

static void test_abstract_names_are_reached(void **state)
{
	char name[64];
	struct notify n;

	(void)state;
	close(manager);
	snprintf(name, sizeof(name), "@karcis-notify-%ld", (long)getpid());
	listen_at(name);
	n = begun();
	notify_stopping(&n);
	assert_string_equal(heard(), "STOPPING=1");
	notify_fini(&n);
}

/* 60 s: every 30 s at the latest, and from 15 s on when something woke us. */
static void test_watchdog_is_fed_between_a_quarter_and_a_half(void **state)
{
	struct notify n;

	(void)state;
	setenv("WATCHDOG_USEC", "60000000", 1);
	n = begun();
	notify_ready(&n, 1000);
	assert_string_equal(heard(), "READY=1");
	assert_true(notify_deadline_ms(&n) == 31000);
	notify_alive(&n, 15999);
	assert_string_equal(heard(), "");
	notify_alive(&n, 16000);
	assert_string_equal(heard(), "WATCHDOG=1");
	assert_true(notify_deadline_ms(&n) == 46000);
	notify_alive(&n, 46000);
	assert_string_equal(heard(), "WATCHDOG=1");
	assert_true(notify_deadline_ms(&n) == 76000);
	notify_fini(&n);
}

static void test_watchdog_does_not_count_before_ready(void **state)
{
	struct notify n;

	(void)state;
	setenv("WATCHDOG_USEC", "60000000", 1);
	n = begun();
	notify_alive(&n, 100000);
	assert_string_equal(heard(), "");
	assert_true(notify_deadline_ms(&n) == INT64_MAX);
	notify_fini(&n);
}

static void test_watchdog_of_another_process_is_none(void **state)
{
	struct notify n;
	char pid[24];

	(void)state;
	setenv("WATCHDOG_USEC", "60000000", 1);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid() + 1);
	setenv("WATCHDOG_PID", pid, 1);
	n = begun();
	assert_true(n.every_ms == 0);
	notify_fini(&n);
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "60000000", 1);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	n = begun();
	assert_true(n.every_ms == 30000);
	notify_fini(&n);
}

static void test_odd_watchdog_times_are_none(void **state)
{
	static const char *const odd[] = {"", "0", "-1", "60s",
	    "99999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct notify n;

		setenv("NOTIFY_SOCKET", path, 1);
		setenv("WATCHDOG_USEC", odd[i], 1);
		n = begun();
		assert_true(n.every_ms == 0);
		notify_fini(&n);
	}
}

static void test_status_is_told_when_it_differs(void **state)
{
	struct notify n = begun();

	(void)state;
	notify_status(&n, "serving");
	notify_status(&n, "serving");
	notify_status(&n, "closed");
	assert_string_equal(heard(), "STATUS=serving");
	assert_string_equal(heard(), "STATUS=closed");
	assert_string_equal(heard(), "");
	notify_fini(&n);
}

static void test_status_is_one_line_of_127_bytes(void **state)
{
	struct notify n = begun();
	char text[300];

	(void)state;
	notify_status(&n, "one\nREADY=1");
	assert_string_equal(heard(), "STATUS=one");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	notify_status(&n, text);
	assert_int_equal(strlen(heard()), 7 + 127);
	notify_fini(&n);
}

static void test_children_do_not_inherit_the_address(void **state)
{
	struct notify n;

	(void)state;
	setenv("WATCHDOG_USEC", "60000000", 1);
	n = begun();
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	notify_fini(&n);
}

static void test_without_a_manager_nothing_is_told(void **state)
{
	struct notify n;

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	setenv("WATCHDOG_USEC", "60000000", 1);
	n = begun();
	notify_ready(&n, 0);
	notify_alive(&n, 100000);
	notify_status(&n, "serving");
	notify_stopping(&n);
	assert_string_equal(heard(), "");
	assert_true(notify_deadline_ms(&n) == INT64_MAX);
	notify_fini(&n);
}

static void test_an_address_that_is_none_is_said(void **state)
{
	static const char *const odd[] = {"", "/", "@", "notify", "vsock:2:1"};
	struct err e = {0};
	struct notify n;
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		setenv("NOTIFY_SOCKET", odd[i], 1);
		assert_int_equal(notify_init(&n, &e), -EINVAL);
		notify_ready(&n, 0);
		notify_fini(&n);
	}
	memset(text, 'x', sizeof(text) - 1);
	text[0] = '/';
	text[sizeof(text) - 1] = '\0';
	setenv("NOTIFY_SOCKET", text, 1);
	assert_int_equal(notify_init(&n, &e), -EINVAL);
	notify_fini(&n);
}

/* More than a socket's queue holds. */
static void test_a_manager_that_does_not_read_blocks_nobody(void **state)
{
	struct notify n = begun();

	(void)state;
	alarm(20);
	for (int i = 0; i < 2000; i++)
		notify_status(&n, i % 2 == 0 ? "a" : "b");
	alarm(0);
	assert_string_equal(heard(), "STATUS=a");
	notify_fini(&n);
}

/* Its queue is full: as many messages as it takes before one would wait. */
static void fill(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int n = 0;

	memcpy(a.sun_path, path, strlen(path));
	while (n < 10000 &&
	    sendto(fd, "X", 1, MSG_DONTWAIT, (struct sockaddr *)&a,
		sizeof(a)) == 1)
		n++;
	assert_int_equal(errno, EAGAIN);
	close(fd);
}

static void drain(void)
{
	while (strcmp(heard(), "") != 0)
		;
}

/* A manager that never hears of it would end the terminal after minutes. */
static void test_ready_that_was_lost_is_told_again(void **state)
{
	struct notify n;

	(void)state;
	setenv("WATCHDOG_USEC", "60000000", 1);
	n = begun();
	fill();
	notify_ready(&n, 1000);
	assert_true(notify_deadline_ms(&n) == 2000);
	drain();
	notify_ready(&n, 2000);
	assert_string_equal(heard(), "READY=1");
	assert_true(notify_deadline_ms(&n) == 32000);
	notify_ready(&n, 3000);
	assert_string_equal(heard(), "");
	notify_fini(&n);
}

static void test_a_watchdog_that_was_lost_is_fed_a_second_later(void **state)
{
	struct notify n;

	(void)state;
	setenv("WATCHDOG_USEC", "60000000", 1);
	n = begun();
	notify_ready(&n, 1000);
	fill();
	notify_alive(&n, 31000);
	assert_true(notify_deadline_ms(&n) == 32000);
	drain();
	notify_alive(&n, 32000);
	assert_string_equal(heard(), "WATCHDOG=1");
	assert_true(notify_deadline_ms(&n) == 62000);
	notify_fini(&n);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_ready_is_told_once),
	    CASE(test_abstract_names_are_reached),
	    CASE(test_watchdog_is_fed_between_a_quarter_and_a_half),
	    CASE(test_watchdog_does_not_count_before_ready),
	    CASE(test_watchdog_of_another_process_is_none),
	    CASE(test_odd_watchdog_times_are_none),
	    CASE(test_status_is_told_when_it_differs),
	    CASE(test_status_is_one_line_of_127_bytes),
	    CASE(test_children_do_not_inherit_the_address),
	    CASE(test_without_a_manager_nothing_is_told),
	    CASE(test_an_address_that_is_none_is_said),
	    CASE(test_a_manager_that_does_not_read_blocks_nobody),
	    CASE(test_ready_that_was_lost_is_told_again),
	    CASE(test_a_watchdog_that_was_lost_is_fed_a_second_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
