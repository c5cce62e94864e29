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

static struct printer *open_it(const char *device, enum printer_profile profile,
    int fd)
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
	assert_int_equal(send(peer,
			     "\x37\x22"
			     "0007\0",
			     7, 0),
	    7); /* old */
	turn(p, 50);
	turn(p, 100);
	turn(p, 0);
	expect_bytes(peer,
	    "\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
	    "\x1d\x61\x0e",
	    15);
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
	assert_int_equal(
	    printer_submit(p, 10007, (const uint8_t *)"abc", 3, clock_ms, &e),
	    0);
	turn(p, 0);
	expect_bytes(pair[1],
	    "abc\x1d\x28\x48\x06\0"
	    "000007",
	    14);
	/* Another job's proof is not ours. */
	assert_int_equal(send(pair[1],
			     "\x37\x22"
			     "0006\0",
			     7, 0),
	    7);
	turn(p, 0);
	assert_int_equal(job_event(p).kind, PRINTER_NOTHING);
	assert_int_equal(send(pair[1],
			     "\x37\x22"
			     "0007\0",
			     7, 0),
	    7);
	turn(p, 0);
	assert_int_equal(job_event(p).verdict, PRINT_PRINTED);
	/* Doubled: told once. */
	assert_int_equal(send(pair[1],
			     "\x37\x22"
			     "0007\0",
			     7, 0),
	    7);
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
	assert_int_equal(
	    printer_submit(p, 21, (const uint8_t *)"a", 1, clock_ms, &e), 0);
	turn(p, 0);
	turn(p, 15000);
	assert_int_equal(job_event(p).verdict, PRINT_UNSURE);
	assert_int_equal(send(pair[1],
			     "\x37\x22"
			     "0021\0",
			     7, 0),
	    7);
	turn(p, 0);
	ev = job_event(p);
	assert_int_equal(ev.verdict, PRINT_PRINTED);
	assert_int_equal(ev.job_id, 21);
	assert_true(ev.late);
	printer_close(p);
	(void)close(pair[1]);
}

static void say(struct printer *p, int peer, const char *bytes, size_t n)
{
	assert_int_equal(send(peer, bytes, n, 0), n);
	turn(p, 0);
}

#define GS_R "\x1dr\x01\x1dr\x01\x1dr\x01"

static struct printer *open_order(int pair[2], enum printer_profile profile)
{
	struct printer *p;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	p = open_it("stream", profile, pair[0]);
	turn(p, 0);
	turn(p, 0);
	expect_bytes(pair[1], "\x1b@", 2);
	turn(p, 100);
	turn(p, 0);
	return p;
}

/* Awake, its echo answered, ready. */
static struct printer *ready_order(int pair[2])
{
	struct printer *p = open_order(pair, PRINTER_ORDER);

	expect_bytes(pair[1],
	    "\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10"
	    "\x04\x04" GS_R,
	    21);
	say(p, pair[1], "\x12\x12\x12\x12\0\0\0", 7);
	assert_int_equal(printer_status(p)->connected, FACT_NO);
	turn(p, 100);
	assert_int_equal(printer_status(p)->connected, FACT_YES);
	assert_true(printer_status(p)->proves_paper);
	return p;
}

static void test_answers_in_order_prove_a_job(void **state)
{
	int pair[2];
	struct printer *p = ready_order(pair);
	struct err e;

	(void)state;
	assert_int_equal(
	    printer_submit(p, 5, (const uint8_t *)"abc", 3, clock_ms, &e), 0);
	turn(p, 0);
	expect_bytes(pair[1], "abc" GS_R, 12);
	say(p, pair[1], "\0\0", 2);
	assert_int_equal(job_event(p).kind, PRINTER_NOTHING);
	say(p, pair[1], "\0", 1);
	assert_int_equal(job_event(p).verdict, PRINT_PRINTED);
	printer_close(p);
	(void)close(pair[1]);
}

static void test_an_answer_without_paper_is_unsure(void **state)
{
	int pair[2];
	struct printer *p = ready_order(pair);
	struct err e;

	(void)state;
	assert_int_equal(
	    printer_submit(p, 5, (const uint8_t *)"abc", 3, clock_ms, &e), 0);
	turn(p, 0);
	say(p, pair[1], "\x0c\x0c\x0c", 3);
	assert_int_equal(job_event(p).verdict, PRINT_UNSURE);
	printer_close(p);
	(void)close(pair[1]);
}

static void test_noise_among_the_answers_proves_nothing(void **state)
{
	int pair[2];
	struct printer *p = ready_order(pair);
	struct err e;

	(void)state;
	assert_int_equal(
	    printer_submit(p, 5, (const uint8_t *)"abc", 3, clock_ms, &e), 0);
	turn(p, 0);
	say(p, pair[1], "\0\0", 2);
	say(p, pair[1], "\xff\0", 2);
	assert_int_equal(job_event(p).kind, PRINTER_NOTHING);
	turn(p, 15000);
	assert_int_equal(job_event(p).verdict, PRINT_UNSURE);
	printer_close(p);
	(void)close(pair[1]);
}

/* The answer to an old question must not prove the next job: after UNSURE
 * the printer is not ready before it has answered once more. */
static void test_a_late_answer_in_order_proves_no_other_job(void **state)
{
	int pair[2];
	struct printer *p = ready_order(pair);
	struct err e;
	char none[64];

	(void)state;
	assert_int_equal(
	    printer_submit(p, 5, (const uint8_t *)"abc", 3, clock_ms, &e), 0);
	turn(p, 0);
	turn(p, 15000);
	assert_int_equal(job_event(p).verdict, PRINT_UNSURE);
	turn(p, 0);
	/* What hangs there is cut off before anything else is printed. */
	expect_bytes(pair[1], "abc" GS_R "\x1b@\x1dVB\0", 18);
	turn(p, 100);
	turn(p, 0); /* awake again, asked again */
	assert_int_equal(
	    printer_submit(p, 6, (const uint8_t *)"d", 1, clock_ms, &e),
	    -ENODEV);
	assert_int_equal(job_event(p).verdict, PRINT_NOT_PRINTED);
	/* The old answer, then the new one. */
	say(p, pair[1], "\0\0\0", 3);
	turn(p, 50);
	say(p, pair[1], "\x12\x12\x12\x12\0\0\0", 7);
	turn(p, 99);
	assert_int_equal(printer_status(p)->connected, FACT_NO);
	turn(p, 1);
	assert_int_equal(printer_status(p)->connected, FACT_YES);
	while (recv(pair[1], none, sizeof(none), MSG_DONTWAIT) > 0)
		;
	assert_int_equal(
	    printer_submit(p, 7, (const uint8_t *)"e", 1, clock_ms, &e), 0);
	turn(p, 0);
	assert_int_equal(job_event(p).kind, PRINTER_NOTHING);
	say(p, pair[1], "\0\0\0", 3);
	assert_int_equal(job_event(p).verdict, PRINT_PRINTED);
	printer_close(p);
	(void)close(pair[1]);
}

static void test_without_an_answer_in_order_it_is_not_ready(void **state)
{
	int pair[2];
	struct printer *p = open_order(pair, PRINTER_ASB);
	struct err e;
	char got[64];

	(void)state;
	expect_bytes(pair[1],
	    "\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10"
	    "\x04\x04\x1d\x61\x0e" GS_R,
	    24);
	say(p, pair[1], "\x12\x12\x12\x12", 4);
	turn(p, 499);
	assert_int_equal(printer_status(p)->connected, FACT_NO);
	turn(p, 1);
	assert_int_equal(printer_status(p)->connected, FACT_YES);
	assert_int_equal(printer_status(p)->offline, FACT_YES);
	assert_int_equal(
	    printer_submit(p, 5, (const uint8_t *)"abc", 3, clock_ms, &e),
	    -EIO);
	turn(p, 0);
	assert_true(recv(pair[1], got, sizeof(got), MSG_DONTWAIT) > 9);
	/* Asked again; now it speaks. */
	say(p, pair[1], "\x12\x12\x12\x12\0\0\0", 7);
	turn(p, 100);
	assert_int_equal(printer_status(p)->offline, FACT_NO);
	assert_int_equal(
	    printer_submit(p, 6, (const uint8_t *)"abc", 3, clock_ms, &e), 0);
	printer_close(p);
	(void)close(pair[1]);
}

#define FULL(paper, user) "\x10\x0f" paper user "\0\0", 6

static void test_a_ticket_in_the_mouth_is_printed_and_pulled_back(void **state)
{
	int pair[2];
	struct printer *p = open_order(pair, PRINTER_CUSTOM);
	struct err e;

	(void)state;
	expect_bytes(pair[1], "\x10\x04\x14" GS_R, 12);
	say(p, pair[1], FULL("\0", "\0"));
	say(p, pair[1], "\0\0\0", 3);
	turn(p, 100);
	assert_int_equal(printer_status(p)->connected, FACT_YES);
	assert_int_equal(
	    printer_submit(p, 5, (const uint8_t *)"abc", 3, clock_ms, &e), 0);
	turn(p, 0);
	expect_bytes(pair[1],
	    "abc\x1d"
	    "e\x03\x0c" GS_R,
	    16);
	turn(p, 0);
	expect_bytes(pair[1], "\x10\x04\x14", 3);
	say(p, pair[1], FULL("\0", "\x08"));
	say(p, pair[1], "\0\0\0", 3);
	assert_int_equal(job_event(p).kind, PRINTER_NOTHING);
	turn(p, 0);
	expect_bytes(pair[1], "\x10\x04\x14", 3);
	say(p, pair[1], FULL("\x20", "\0"));
	assert_int_equal(job_event(p).verdict, PRINT_PRINTED);
	assert_int_equal(printer_status(p)->ticket_out, FACT_YES);
	/* Nobody takes it for a minute. */
	for (int s = 0; s < 59; s++) {
		turn(p, 1000);
		turn(p, 0);
		expect_bytes(pair[1], "\x10\x04\x14", 3);
		say(p, pair[1], FULL("\x20", "\0"));
	}
	turn(p, 1000);
	turn(p, 0);
	expect_bytes(pair[1],
	    "\x1d"
	    "e\x02\x10\x04\x14",
	    6);
	printer_close(p);
	(void)close(pair[1]);
}

/* ESC @ may end automatic status: a ticket turns it on again. */
static void test_automatic_status_survives_the_tickets_reset(void **state)
{
	int pair[2];
	struct printer *p;
	struct err e;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	p = open_it("stream", PRINTER_EPSON, pair[0]);
	wake(p, pair[1]);
	assert_int_equal(
	    printer_submit(p, 21, (const uint8_t *)"\x1b@abc", 5, clock_ms, &e),
	    0);
	turn(p, 0);
	expect_bytes(pair[1],
	    "\x1b@\x1d\x61\x0e"
	    "abc\x1d(H\x06\0"
	    "000021",
	    19);
	printer_close(p);
	(void)close(pair[1]);
}

static void test_what_an_earlier_run_left_is_cut_off(void **state)
{
	int pair[2];
	struct printer *p;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	p = open_it("stream", PRINTER_CUSTOM, pair[0]);
	printer_assume_torn(p);
	turn(p, 0);
	turn(p, 0);
	expect_bytes(pair[1],
	    "\x1b@\x1dVB\0\x1d"
	    "e\5",
	    9);
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
	assert_int_equal(
	    printer_submit(p, 8, (const uint8_t *)"abc", 3, clock_ms, &e), 0);
	turn(p, 0);
	(void)close(pair[1]);
	turn(p, 0);
	assert_int_equal(job_event(p).verdict, PRINT_UNSURE);
	assert_int_equal(printer_status(p)->connected, FACT_NO);
	assert_int_equal(
	    printer_submit(p, 9, (const uint8_t *)"abc", 3, clock_ms, &e),
	    -ENODEV);
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
	assert_int_equal(
	    printer_submit(p, 8, (const uint8_t *)"abc", 3, clock_ms, &e),
	    -EIO);
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
	assert_int_equal(
	    printer_submit(p, 1, (const uint8_t *)"\x1b@\0z", 4, clock_ms, &e),
	    0);
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
	assert_int_equal(
	    printer_submit(p, 2, (const uint8_t *)"z", 1, clock_ms, &e),
	    -ENOSPC);
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
	assert_int_equal(
	    printer_submit(p, 1, (const uint8_t *)"abc", 3, clock_ms, &e), 0);
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
	int status = -1, filled;

	(void)state;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	(void)snprintf(port, sizeof(port), "%d", ntohs(a.sin_port));
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	child = fork();
	if (child == 0) {
		(void)close(pair[0]);
		_exit(
		    link_run_printer(pair[1], "127.0.0.1", port) == 0 ? 0 : 1);
	}
	(void)close(pair[1]);
	p = open_it("tcp:127.0.0.1:9100", PRINTER_GENERIC, pair[0]);
	wait_real(p, is_connected);
	assert_true(is_connected(p));
	peer = accept(listener, NULL, NULL);
	assert_true(peer >= 0);
	/* First the rest of the largest image: 384 rows of 72 bytes. */
	for (filled = 0; filled < 27648; filled++) {
		assert_int_equal(recv(peer, got, 1, MSG_WAITALL), 1);
		assert_int_equal(got[0], 0);
	}
	assert_int_equal(recv(peer, got, 2, MSG_WAITALL), 2);
	assert_memory_equal(got, "\x1b@", 2);
	assert_int_equal(
	    printer_submit(p, 3, (const uint8_t *)"abc", 3, clock_ms, &e), 0);
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
	static const char *const bad[] = {"", "usb:", "usb:04b8",
	    "usb:04b8:", "usb:04b8:020g", "usb:04b8:00202",
	    "device:", "tcp:host", "tcp::9100", "tcp:host:0", "tcp:host:65536",
	    "virtual:", "lp0", "streams"};
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
	    cmocka_unit_test(test_answers_in_order_prove_a_job),
	    cmocka_unit_test(test_an_answer_without_paper_is_unsure),
	    cmocka_unit_test(test_noise_among_the_answers_proves_nothing),
	    cmocka_unit_test(test_a_late_answer_in_order_proves_no_other_job),
	    cmocka_unit_test(test_without_an_answer_in_order_it_is_not_ready),
	    cmocka_unit_test(
		test_a_ticket_in_the_mouth_is_printed_and_pulled_back),
	    cmocka_unit_test(test_automatic_status_survives_the_tickets_reset),
	    cmocka_unit_test(test_what_an_earlier_run_left_is_cut_off),
	    cmocka_unit_test(test_a_cut_stream_without_proof_is_unsure),
	    cmocka_unit_test(test_an_open_cover_refuses_up_front),
	    cmocka_unit_test(test_virtual_paper_keeps_the_exact_bytes),
	    cmocka_unit_test(test_a_regular_file_gets_the_job_and_nothing_else),
	    cmocka_unit_test(test_link_hands_over_a_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
