#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drivers/printer/printer.h"
#include "firmware/link/link.h"

/* Time of the tests: a step of the loop takes no time unless told. */
static int64_t clock_ms = 1000;

static struct printer *open_it(const char *device,
    enum printer_profile profile, int fd)
{
	struct printer_config c = {.profile = profile, .fd = fd};
	struct printer *p = NULL;
	struct err e = {0};

	(void)snprintf(c.device, sizeof(c.device), "%s", device);
	assert_int_equal(printer_open(&c, &p, &e), 0);
	return p;
}

static void turn(struct printer *p, int64_t ms)
{
	clock_ms += ms;
	printer_service(p, NULL, 0, clock_ms);
}

static struct printer_event job_event(struct printer *p)
{
	struct printer_event ev;

	while (printer_next_event(p, &ev))
		if (ev.kind == PRINTER_JOB)
			return ev;
	return (struct printer_event){0};
}

static void expect_bytes(int fd, const void *want, size_t n)
{
	uint8_t got[256] = {0};

	assert_int_equal(recv(fd, got, sizeof(got), MSG_DONTWAIT), n);
	assert_memory_equal(got, want, n);
}

/* ESC @, then DLE EOT 1 to 4 and ASB on. Answers: all is well. */
static void wake(struct printer *p, int peer)
{
	turn(p, 0);
	turn(p, 0);
	expect_bytes(peer, "\x1b@", 2);
	assert_int_equal(send(peer, "\x37\x22" "0007\0", 7, 0), 7); /* old */
	turn(p, 50);
	turn(p, 100);
	turn(p, 0);
	expect_bytes(peer, "\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
	    "\x1d\x61\x0e", 15);
	assert_int_equal(send(peer, "\x12\x12\x12\x12\x10\0\0\0", 8, 0), 8);
	turn(p, 0);
	assert_int_equal(printer_status(p)->connected, FACT_YES);
	assert_int_equal(printer_status(p)->paper_out, FACT_NO);
}

static void test_a_proof_over_a_stream_is_printed(void **state)
{
	int pair[2];
	struct printer *p;
	struct err e;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	p = open_it("stream", PRINTER_EPSON, pair[0]);
	wake(p, pair[1]);
	assert_int_equal(printer_submit(p, 10007, (const uint8_t *)"abc", 3,
	    clock_ms, &e), 0);
	turn(p, 0);
	expect_bytes(pair[1], "abc\x1d\x28\x48\x06\0" "000007", 14);
	/* Another job's proof is not ours. */
	assert_int_equal(send(pair[1], "\x37\x22" "0006\0", 7, 0), 7);
	turn(p, 0);
	assert_int_equal(job_event(p).kind, PRINTER_NOTHING);
	assert_int_equal(send(pair[1], "\x37\x22" "0007\0", 7, 0), 7);
	turn(p, 0);
	assert_int_equal(job_event(p).verdict, PRINT_PRINTED);
	/* Doubled: told once. */
	assert_int_equal(send(pair[1], "\x37\x22" "0007\0", 7, 0), 7);
	turn(p, 0);
	assert_int_equal(job_event(p).kind, PRINTER_NOTHING);
	printer_close(p);
	(void)close(pair[1]);
}

static void test_a_proof_after_unsure_is_told_as_late(void **state)
{
	int pair[2];
	struct printer *p;
	struct printer_event ev;
	struct err e;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	p = open_it("stream", PRINTER_EPSON, pair[0]);
	wake(p, pair[1]);
	assert_int_equal(printer_submit(p, 21, (const uint8_t *)"a", 1,
	    clock_ms, &e), 0);
	turn(p, 0);
	turn(p, 15000);
	assert_int_equal(job_event(p).verdict, PRINT_UNSURE);
	assert_int_equal(send(pair[1], "\x37\x22" "0021\0", 7, 0), 7);
	turn(p, 0);
	ev = job_event(p);
	assert_int_equal(ev.verdict, PRINT_PRINTED);
	assert_int_equal(ev.job_id, 21);
	assert_true(ev.late);
	printer_close(p);
	(void)close(pair[1]);
}

static void test_a_cut_stream_without_proof_is_unsure(void **state)
{
	int pair[2];
	struct printer *p;
	struct err e;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	p = open_it("stream", PRINTER_EPSON, pair[0]);
	wake(p, pair[1]);
	assert_int_equal(printer_submit(p, 8, (const uint8_t *)"abc", 3,
	    clock_ms, &e), 0);
	turn(p, 0);
	(void)close(pair[1]);
	turn(p, 0);
	assert_int_equal(job_event(p).verdict, PRINT_UNSURE);
	assert_int_equal(printer_status(p)->connected, FACT_NO);
	assert_int_equal(printer_submit(p, 9, (const uint8_t *)"abc", 3,
	    clock_ms, &e), -ENODEV);
	assert_int_equal(job_event(p).verdict, PRINT_NOT_PRINTED);
	printer_close(p);
}

static void test_an_open_cover_refuses_up_front(void **state)
{
	int pair[2];
	struct printer *p;
	struct err e;
	char none;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	p = open_it("stream", PRINTER_EPSON, pair[0]);
	wake(p, pair[1]);
	assert_int_equal(send(pair[1], "\x38\0\0\0", 4, 0), 4);
	assert_int_equal(printer_submit(p, 8, (const uint8_t *)"abc", 3,
	    clock_ms, &e), -EIO);
	assert_int_equal(job_event(p).verdict, PRINT_NOT_PRINTED);
	assert_int_equal(recv(pair[1], &none, 1, MSG_DONTWAIT), -1);
	printer_close(p);
	(void)close(pair[1]);
}

static void test_virtual_paper_keeps_the_exact_bytes(void **state)
{
	char dir[] = "/tmp/karcis-paper-XXXXXX", path[64], device[64];
	char got[8] = {0};
	struct printer *p;
	struct err e;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(device, sizeof(device), "virtual:%s", dir);
	p = open_it(device, PRINTER_AUTO, -1);
	turn(p, 0);
	assert_int_equal(printer_submit(p, 1, (const uint8_t *)"\x1b@\0z", 4,
	    clock_ms, &e), 0);
	turn(p, 0);
	assert_int_equal(job_event(p).verdict, PRINT_PRINTED);
	(void)snprintf(path, sizeof(path), "%s/0001.bin", dir);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fread(got, 1, 8, f), 4);
	assert_memory_equal(got, "\x1b@\0z", 4);
	(void)fclose(f);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/NO-PAPER", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fclose(f);
	assert_int_equal(printer_submit(p, 2, (const uint8_t *)"z", 1,
	    clock_ms, &e), -ENOSPC);
	assert_int_equal(job_event(p).verdict, PRINT_NOT_PRINTED);
	(void)unlink(path);
	turn(p, 0);
	assert_int_equal(printer_status(p)->paper_out, FACT_NO);
	printer_close(p);
	assert_int_equal(rmdir(dir), 0);
}

static void test_a_regular_file_gets_the_job_and_nothing_else(void **state)
{
	char path[] = "/tmp/karcis-file-XXXXXX", device[64], got[8];
	int fd = mkstemp(path);
	struct printer *p;
	struct err e;

	(void)state;
	(void)snprintf(device, sizeof(device), "device:%s", path);
	p = open_it(device, PRINTER_AUTO, -1);
	turn(p, 0);
	assert_int_equal(printer_submit(p, 1, (const uint8_t *)"abc", 3,
	    clock_ms, &e), 0);
	turn(p, 0);
	turn(p, 50);
	assert_int_equal(job_event(p).verdict, PRINT_UNSURE);
	assert_int_equal(read(fd, got, sizeof(got)), 3);
	assert_memory_equal(got, "abc", 3);
	printer_close(p);
	(void)close(fd);
	(void)unlink(path);
}

static void wait_real(struct printer *p, bool (*done)(struct printer *))
{
	for (int i = 0; i < 200 && !done(p); i++) {
		struct pollfd fds[8];
		size_t n = printer_pollfds(p, fds, 8);

		(void)poll(fds, (nfds_t)n, 20);
		clock_ms += 20;
		printer_service(p, fds, n, clock_ms);
	}
}

static bool is_connected(struct printer *p)
{
	return printer_status(p)->connected == FACT_YES;
}

/* karcis-link in a process of its own, a printer on 127.0.0.1 that is mute. */
static void test_link_hands_over_a_socket(void **state)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0), pair[2], peer;
	char port[8], got[16] = {0};
	struct printer *p;
	struct err e;
	pid_t child;
	int status = -1;

	(void)state;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len),
	    0);
	(void)snprintf(port, sizeof(port), "%d", ntohs(a.sin_port));
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    pair), 0);
	child = fork();
	if (child == 0) {
		(void)close(pair[0]);
		_exit(link_run_printer(pair[1], "127.0.0.1", port) == 0 ? 0 :
		    1);
	}
	(void)close(pair[1]);
	p = open_it("tcp:127.0.0.1:9100", PRINTER_GENERIC, pair[0]);
	wait_real(p, is_connected);
	assert_true(is_connected(p));
	peer = accept(listener, NULL, NULL);
	assert_true(peer >= 0);
	assert_int_equal(recv(peer, got, sizeof(got), 0) > 1, 1);
	assert_memory_equal(got, "\x1b@", 2);
	assert_int_equal(printer_submit(p, 3, (const uint8_t *)"abc", 3,
	    clock_ms, &e), 0);
	printer_close(p);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	(void)close(peer);
	(void)close(listener);
}

static void test_device_strings(void **state)
{
	static const char *const good[] = {"usb:auto", "usb:04b8:0202",
	    "usb:04B8:0E02", "device:/dev/usb/lp0", "stream",
	    "tcp:10.0.0.9:9100", "tcp:printer.local:65535", "virtual:paper"};
	static const char *const bad[] = {"", "usb:", "usb:04b8", "usb:04b8:",
	    "usb:04b8:020g", "usb:04b8:00202", "device:", "tcp:host",
	    "tcp::9100", "tcp:host:0", "tcp:host:65536", "virtual:", "lp0",
	    "streams"};
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(printer_check_device(good[i], &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(printer_check_device(bad[i], &e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device_strings),
		cmocka_unit_test(test_a_proof_over_a_stream_is_printed),
		cmocka_unit_test(test_a_proof_after_unsure_is_told_as_late),
		cmocka_unit_test(test_a_cut_stream_without_proof_is_unsure),
		cmocka_unit_test(test_an_open_cover_refuses_up_front),
		cmocka_unit_test(test_virtual_paper_keeps_the_exact_bytes),
		cmocka_unit_test(
		    test_a_regular_file_gets_the_job_and_nothing_else),
		cmocka_unit_test(test_link_hands_over_a_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
