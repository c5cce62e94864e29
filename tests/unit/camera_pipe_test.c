#define _GNU_SOURCE /* pipe2 */

/* A terminal's scanner at the end of the camera process's pipe. */
#include "drivers/scanner/camera_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "drivers/scanner/scanner.h"

static int ends[2];
static struct scanner *scanner;
static int64_t now_ms;

static void open_on(const char *first, const char *second)
{
	struct scanner_config c = {0};

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	c.camera_fd = ends[0];
	(void)snprintf(c.device[0], sizeof(c.device[0]), "%s", first);
	(void)snprintf(c.device[1], sizeof(c.device[1]), "%s", second);
	assert_int_equal(scanner_open(&c, now_ms, &scanner, NULL), 0);
}

static int set_up(void **state)
{
	(void)state;
	now_ms = 1000;
	open_on("camera:/dev/video0", "");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scanner_close(scanner);
	scanner = NULL;
	if (ends[1] >= 0)
		close(ends[1]);
	return 0;
}

static void turn(void)
{
	struct pollfd fds[SCANNER_POLLFDS];
	size_t n = scanner_pollfds(scanner, fds, SCANNER_POLLFDS);

	assert_true(poll(fds, n, 0) >= 0);
	scanner_service(scanner, fds, n, now_ms);
}

static void send(const char *bytes)
{
	size_t len = strlen(bytes);

	assert_int_equal(write(ends[1], bytes, len), (ssize_t)len);
	turn();
}

static void expect(const char *text)
{
	struct scan scan;

	assert_true(scanner_next(scanner, &scan));
	assert_string_equal(scan.text, text);
	assert_false(scanner_next(scanner, &scan));
}

static void expect_nothing(void)
{
	struct scan scan;

	assert_false(scanner_next(scanner, &scan));
}

static bool logged(const char *words)
{
	char text[SCANNER_LOG_BYTES];
	bool found = false;

	while (scanner_next_log(scanner, text))
		found = found || strstr(text, words) != NULL;
	return found;
}

static void test_a_line_is_a_scan(void **state)
{
	char digits[202];

	(void)state;
	memset(digits, '7', 200);
	digits[200] = '\r';
	digits[201] = '\0';
	send(digits);
	digits[200] = '\0';
	expect(digits);
}

static void test_a_line_without_an_end_is_none(void **state)
{
	(void)state;
	send("ABC");
	now_ms += 5000;
	turn();
	expect_nothing();
}

static void test_a_line_longer_than_a_scan_is_none(void **state)
{
	char text[SCAN_MAX + SCAN_AIM + 3];

	(void)state;
	memset(text, 'K', sizeof(text));
	text[SCAN_MAX + 1] = '\r';
	text[SCAN_MAX + 2] = '\0';
	send(text);
	expect_nothing();
	send("ABC\r");
	expect("ABC");
}

static void test_a_byte_that_is_not_printable_spoils_its_line(void **state)
{
	(void)state;
	send("AB\x1b[C\r");
	expect_nothing();
	send("AB\x80\r");
	expect_nothing();
}

static void test_the_scanner_is_there_while_the_camera_is(void **state)
{
	(void)state;
	assert_false(scanner_present(scanner));
	send("\x11");
	assert_true(scanner_present(scanner));
	send("\x13");
	assert_false(scanner_present(scanner));
	send("\x11");
	assert_true(scanner_present(scanner));
}

static void test_a_line_that_was_begun_ends_with_the_camera(void **state)
{
	(void)state;
	send("ABC\x13");
	send("DEF\r");
	expect("DEF");
}

static void test_the_end_of_the_process_is_told(void **state)
{
	(void)state;
	send("\x11");
	close(ends[1]);
	ends[1] = -1;
	turn();
	assert_false(scanner_present(scanner));
	assert_true(logged("/dev/video0 went away"));
	now_ms += 5000;
	turn();
	assert_true(logged("no process reads this camera"));
	now_ms += 5000;
	turn();
	assert_false(logged("camera"));
}

static void test_a_second_camera_is_refused_by_name(void **state)
{
	(void)tear_down(state);
	open_on("camera:/dev/video0", "camera:/dev/video2");
	assert_true(logged("/dev/video2: no process reads this camera"));
	send("ABC\r");
	expect("ABC");
}

static void test_a_pipe_is_closed_with_the_scanner(void **state)
{
	int fd = ends[0];

	scanner_close(scanner);
	scanner = NULL;
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	close(ends[1]);
	/* Also where no line wanted it. */
	open_on("", "");
	fd = ends[0];
	(void)tear_down(state);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	ends[1] = -1;
}

static void test_a_camera_needs_a_path(void **state)
{
	struct scanner_config c = {.device = {"camera:video0"}};
	struct scanner *none;
	struct err e;

	(void)state;
	assert_int_equal(scanner_open(&c, 0, &none, &e), -EINVAL);
	assert_non_null(strstr(e.text, "camera:video0"));
	assert_null(none);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_a_line_is_a_scan),
	    TEST(test_a_line_without_an_end_is_none),
	    TEST(test_a_line_longer_than_a_scan_is_none),
	    TEST(test_a_byte_that_is_not_printable_spoils_its_line),
	    TEST(test_the_scanner_is_there_while_the_camera_is),
	    TEST(test_a_line_that_was_begun_ends_with_the_camera),
	    TEST(test_the_end_of_the_process_is_told),
	    TEST(test_a_second_camera_is_refused_by_name),
	    TEST(test_a_pipe_is_closed_with_the_scanner),
	    TEST(test_a_camera_needs_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
