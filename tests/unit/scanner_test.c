#define _XOPEN_SOURCE 700 /* posix_openpt */

/* drivers/scanner over pseudo-terminals: the real serial back end. */
#include "drivers/scanner/scanner.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* A scanner on a cable: the terminal opens the slave end by a link, so that
 * it can be unplugged and come back under the same name. */
struct cable {
	int master;
	char link[48];
};

static char dir[32];
static int64_t now_ms;

static void plug(struct cable *c, const char *name)
{
	c->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(c->master >= 0);
	assert_int_equal(grantpt(c->master), 0);
	assert_int_equal(unlockpt(c->master), 0);
	snprintf(c->link, sizeof(c->link), "%s/%s", dir, name);
	assert_int_equal(symlink(ptsname(c->master), c->link), 0);
}

static void unplug(struct cable *c)
{
	assert_int_equal(unlink(c->link), 0);
	assert_int_equal(close(c->master), 0);
}

static struct scanner *open_on(const char *a, const char *b)
{
	struct scanner_config cfg = {0};
	struct scanner *s = NULL;
	struct err e = {0};

	snprintf(cfg.device[0], SCANNER_SPEC_BYTES, "serial:%s/%s", dir, a);
	if (b != NULL)
		snprintf(cfg.device[1], SCANNER_SPEC_BYTES, "serial:%s/%s", dir,
		    b);
	assert_int_equal(scanner_open(&cfg, now_ms, &s, &e), 0);
	return s;
}

/* One turn of the caller's loop, at now_ms. */
static void turn(struct scanner *s)
{
	struct pollfd fds[SCANNER_POLLFDS];
	size_t n = scanner_pollfds(s, fds, SCANNER_POLLFDS);

	assert_true(poll(fds, n, 50) >= 0);
	scanner_service(s, fds, n, now_ms);
}

/* The kernel carries bytes across a pseudo-terminal in its own time: waits
 * until a terminal, not only the watch on its folder, has something. */
static void arrive(struct scanner *s)
{
	struct pollfd fds[SCANNER_POLLFDS], ttys[SCANNER_POLLFDS];
	size_t n = scanner_pollfds(s, fds, SCANNER_POLLFDS);
	nfds_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (isatty(fds[i].fd))
			ttys[count++] = fds[i];
	assert_true(poll(ttys, count, 5000) > 0);
}

static void send(struct cable *c, const char *text, struct scanner *s)
{
	size_t len = strlen(text);

	assert_int_equal(write(c->master, text, len), (ssize_t)len);
	arrive(s);
	turn(s);
}

static void expect(struct scanner *s, const char *text)
{
	struct scan scan = {0};

	if (text == NULL) {
		assert_false(scanner_next(s, &scan));
		return;
	}
	assert_true(scanner_next(s, &scan));
	assert_string_equal(scan.text, text);
}

static void test_a_line_becomes_one_scan(void **state)
{
	struct cable c;
	struct scanner *s;

	(void)state;
	plug(&c, "a");
	s = open_on("a", NULL);
	assert_true(scanner_present(s));
	assert_int_equal(scanner_deadline_ms(s), -1);
	send(&c, "K7M2P9QRTX\r\n", s);
	expect(s, "K7M2P9QRTX");
	expect(s, NULL);
	assert_int_equal(scanner_deadline_ms(s), -1);
	scanner_close(s);
	unplug(&c);
}

static void test_split_reads_are_one_scan(void **state)
{
	struct cable c;
	struct scanner *s;

	(void)state;
	plug(&c, "a");
	s = open_on("a", NULL);
	send(&c, "]Q1K7M", s);
	now_ms += 100;
	send(&c, "2P9", s);
	expect(s, NULL);
	now_ms += 100;
	send(&c, "QRTX\r", s);
	expect(s, "K7M2P9QRTX");
	scanner_close(s);
	unplug(&c);
}

static void test_silence_is_a_deadline_and_ends_a_scan(void **state)
{
	struct cable c;
	struct scanner *s;

	(void)state;
	plug(&c, "a");
	s = open_on("a", NULL);
	send(&c, "ABC", s);
	assert_int_equal(scanner_deadline_ms(s), now_ms + 101);
	now_ms += 101;
	turn(s);
	expect(s, "ABC");
	assert_int_equal(scanner_deadline_ms(s), -1);
	scanner_close(s);
	unplug(&c);
}

static void test_bytes_read_late_belong_to_their_line(void **state)
{
	struct cable c;
	struct scanner *s;

	(void)state;
	plug(&c, "a");
	s = open_on("a", NULL);
	send(&c, "AB", s);
	now_ms += 400; /* the caller was busy, nobody settled the line */
	send(&c, "12\r", s);
	expect(s, "AB12");
	scanner_close(s);
	unplug(&c);
}

static void test_four_kilobytes_are_no_scan(void **state)
{
	char big[4097];
	struct cable c;
	struct scanner *s;
	int i;

	(void)state;
	memset(big, 'A', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	plug(&c, "a");
	s = open_on("a", NULL);
	/* In pieces, as a terminal's queue holds 4095 bytes. */
	for (i = 0; i < 4; i++) {
		assert_int_equal(write(c.master, big, 1024), 1024);
		turn(s);
	}
	send(&c, "\rNEXT\r", s);
	expect(s, "NEXT");
	expect(s, NULL);
	scanner_close(s);
	unplug(&c);
}

/* A terminal that is not raw would act on these: ^C, ^D, ^Z, ^S, erase. */
static void test_control_characters_reach_the_check_and_stop(void **state)
{
	static const char *const bad[] = {
	    "AB\x03"
	    "CD\r",
	    "AB\x04"
	    "CD\r",
	    "AB\x1a"
	    "CD\r",
	    "AB\x13"
	    "CD\r",
	    "AB\x7f"
	    "CD\r",
	    "AB\x1b[ACD\r",
	    "AB\xc3\xa9"
	    "CD\r",
	};
	struct cable c;
	struct scanner *s;
	size_t i;

	(void)state;
	plug(&c, "a");
	s = open_on("a", NULL);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		send(&c, bad[i], s);
		expect(s, NULL);
	}
	send(&c, "GOOD\r", s);
	expect(s, "GOOD");
	scanner_close(s);
	unplug(&c);
}

static void test_every_byte_at_every_position(void **state)
{
	static const char code[] = "K7M2P9QRTX";
	enum { LEN = sizeof(code) - 1 };
	struct cable c;
	struct scanner *s;

	(void)state;
	plug(&c, "a");
	s = open_on("a", NULL);
	for (unsigned byte = 0; byte < 256; byte++)
		for (size_t at = 0; at < LEN; at++) {
			bool end = byte == 9 || byte == 10 || byte == 13;
			char line[LEN + 2] = "K7M2P9QRTX\r", part[LEN + 1];

			now_ms += 2000; /* the same code is news again */
			line[at] = (char)byte;
			assert_int_equal(write(c.master, line, LEN + 1),
			    LEN + 1);
			arrive(s);
			turn(s);
			/* An end inside leaves two parts, none of them whole.
			 */
			snprintf(part, sizeof(part), "%.*s",
			    end ? (int)at : LEN, line);
			if (end ? at > 0 : byte >= 0x20 && byte <= 0x7e)
				expect(s, part);
			if (end && at + 1 < LEN)
				expect(s, code + at + 1);
			expect(s, NULL);
		}
	scanner_close(s);
	unplug(&c);
}

static void test_the_same_code_within_a_second_is_one_scan(void **state)
{
	struct cable c;
	struct scanner *s;

	(void)state;
	plug(&c, "a");
	s = open_on("a", NULL);
	send(&c, "ABC\rABC\r", s);
	expect(s, "ABC");
	expect(s, NULL);
	now_ms += 1000;
	send(&c, "ABC\r", s);
	expect(s, "ABC");
	scanner_close(s);
	unplug(&c);
}

static void test_unplug_drops_half_a_line_and_replug_works(void **state)
{
	struct cable c;
	struct scanner *s;

	(void)state;
	plug(&c, "a");
	s = open_on("a", NULL);
	send(&c, "HALF", s);
	unplug(&c);
	turn(s);
	assert_false(scanner_present(s));
	now_ms += 5000;
	turn(s);
	expect(s, NULL);
	/* Gone, its folder watched: nothing to wake for. */
	assert_int_equal(scanner_deadline_ms(s), -1);
	plug(&c, "a");
	turn(s);
	assert_true(scanner_present(s));
	send(&c, "WHOLE\r", s);
	expect(s, "WHOLE");
	expect(s, NULL);
	scanner_close(s);
	unplug(&c);
}

static void test_missing_at_start_is_told_once_and_waited_for(void **state)
{
	char text[SCANNER_LOG_BYTES];
	struct cable c;
	struct scanner *s;

	(void)state;
	s = open_on("later", NULL);
	assert_false(scanner_present(s));
	assert_true(scanner_next_log(s, text));
	assert_non_null(strstr(text, "/later: No such file"));
	assert_false(scanner_next_log(s, text));
	assert_int_equal(scanner_deadline_ms(s), -1);
	plug(&c, "later");
	turn(s);
	assert_true(scanner_present(s));
	scanner_close(s);
	unplug(&c);
}

static void test_two_scanners_interleaved_stay_apart(void **state)
{
	struct cable a, b;
	struct scanner *s;

	(void)state;
	plug(&a, "a");
	plug(&b, "b");
	s = open_on("a", "b");
	send(&a, "ONE", s);
	send(&b, "TW", s);
	send(&a, "ONE", s);
	send(&b, "O\r", s);
	send(&a, "\r", s);
	expect(s, "TWO");
	expect(s, "ONEONE");
	expect(s, NULL);
	scanner_close(s);
	unplug(&a);
	unplug(&b);
}

static void test_a_full_queue_drops_the_oldest(void **state)
{
	char line[16], last[16];
	struct cable c;
	struct scanner *s;
	int i;

	(void)state;
	plug(&c, "a");
	s = open_on("a", NULL);
	for (i = 0; i <= SCANNER_QUEUE; i++) {
		snprintf(line, sizeof(line), "N%d\r", i);
		send(&c, line, s);
	}
	for (i = 1; i <= SCANNER_QUEUE; i++) {
		snprintf(last, sizeof(last), "N%d", i);
		expect(s, last);
	}
	expect(s, NULL);
	scanner_close(s);
	unplug(&c);
}

static void test_a_device_line_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = {
	    "usb:1",
	    "serial:",
	    "serial:ttyACM0",
	    "evdev:",
	    "evdev:event3",
	    "hidraw:",
	    "hidraw:hidraw0",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		struct scanner_config cfg = {0};
		struct scanner *s = NULL;
		struct err e = {0};

		snprintf(cfg.device[0], SCANNER_SPEC_BYTES, "%s", bad[i]);
		assert_int_equal(scanner_open(&cfg, 0, &s, &e), -EINVAL);
		assert_null(s);
		assert_non_null(strstr(e.text, bad[i]));
	}
	scanner_close(NULL);
}

static void test_an_id_is_four_and_four_hexadecimal_digits(void **state)
{
	static const char *const bad[] = {
	    "",
	    "05e0",
	    "05e0:120",
	    "05e0:12000",
	    "05e0-1200",
	    "05g0:1200",
	    " 5e0:1200",
	    "05e:01200",
	};
	struct scanner_id id = {0};
	size_t i;

	(void)state;
	assert_true(scanner_id_parse(str_from("05e0:12aF"), &id));
	assert_int_equal(id.vendor, 0x05e0);
	assert_int_equal(id.product, 0x12af);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(scanner_id_parse(str_from(bad[i]), &id));
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/karcis-scan-XXXXXX");
	now_ms = 100000;
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_line_becomes_one_scan),
	    cmocka_unit_test(test_split_reads_are_one_scan),
	    cmocka_unit_test(test_silence_is_a_deadline_and_ends_a_scan),
	    cmocka_unit_test(test_bytes_read_late_belong_to_their_line),
	    cmocka_unit_test(test_four_kilobytes_are_no_scan),
	    cmocka_unit_test(test_control_characters_reach_the_check_and_stop),
	    cmocka_unit_test(test_every_byte_at_every_position),
	    cmocka_unit_test(test_the_same_code_within_a_second_is_one_scan),
	    cmocka_unit_test(test_unplug_drops_half_a_line_and_replug_works),
	    cmocka_unit_test(test_missing_at_start_is_told_once_and_waited_for),
	    cmocka_unit_test(test_two_scanners_interleaved_stay_apart),
	    cmocka_unit_test(test_a_full_queue_drops_the_oldest),
	    cmocka_unit_test(test_a_device_line_that_is_none_is_refused),
	    cmocka_unit_test(test_an_id_is_four_and_four_hexadecimal_digits),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
