/*
 * Keyboard wedges through the real libevdev and libudev, under umockdev.
 *
 * Run by umockdev-wrapper. Each node is a FIFO, so that it is ready when
 * events wait and quiet else; the ioctls of evdev are answered here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/input.h>
#include <umockdev.h>

#include "drivers/scanner/scanner.h"

enum { STEP_MS = 2 };

static UMockdevTestbed *bed;
static UMockdevIoctlBase *handler;
static struct scanner *scanner;
static struct scanner_config cfg;
static int fifo[2] = {-1, -1};
/* Used on the test bed's thread too. */
static _Atomic bool grab_refused, caps_lit;
static _Atomic int grabs;
static int64_t now_ms; /* the kernel's time of the next event */

static const struct input_id IDS[2] = {
    {BUS_USB, 0x0c2e, 0x0b61, 0x110},
    {BUS_USB, 0x046d, 0xc31c, 0x110},
};

static bool wrapped(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload != NULL && strstr(preload, "umockdev") != NULL;
}

static void set_bit(uint8_t *bits, unsigned bit)
{
	bits[bit / 8] = (uint8_t)(bits[bit / 8] | 1u << bit % 8);
}

/* Answers one read-type request into size bytes. */
static void answer(unsigned which, unsigned nr, uint8_t *out, size_t size)
{
	int version = EV_VERSION;

	if (nr == _IOC_NR(EVIOCGVERSION) && size >= sizeof(version))
		memcpy(out, &version, sizeof(version));
	else if (nr == _IOC_NR(EVIOCGID) && size >= sizeof(IDS[0]))
		memcpy(out, &IDS[which], sizeof(IDS[0]));
	else if (nr == _IOC_NR(EVIOCGNAME(0)) && size >= 6)
		memcpy(out, "wedge", 6);
	else if (nr == _IOC_NR(EVIOCGBIT(0, 0))) {
		set_bit(out, EV_SYN);
		set_bit(out, EV_KEY);
		set_bit(out, EV_LED);
	} else if (nr == _IOC_NR(EVIOCGBIT(EV_KEY, 0))) {
		for (unsigned k = KEY_ESC; k <= KEY_COMPOSE && k / 8 < size;
		     k++)
			set_bit(out, k);
	} else if (nr == _IOC_NR(EVIOCGBIT(EV_LED, 0)))
		set_bit(out, LED_CAPSL);
	else if (nr == _IOC_NR(EVIOCGLED(0)) && caps_lit)
		set_bit(out, LED_CAPSL);
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *c,
    gpointer unused)
{
	unsigned long request = umockdev_ioctl_client_get_request(c);
	unsigned which = strcmp(umockdev_ioctl_client_get_devnode(c),
			     "/dev/input/event1") == 0;
	uint8_t out[512] = {0};
	size_t size = _IOC_SIZE(request);
	UMockdevIoctlData *data;

	(void)base;
	(void)unused;
	if (request == EVIOCGRAB) {
		grabs++;
		umockdev_ioctl_client_complete(c, grab_refused ? -1 : 0,
		    grab_refused ? EBUSY : 0);
		return TRUE;
	}
	if (_IOC_DIR(request) != _IOC_READ || size > sizeof(out)) {
		umockdev_ioctl_client_complete(c, 0, 0);
		return TRUE;
	}
	answer(which, _IOC_NR(request), out, size);
	data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(c), 0,
	    size, NULL);
	if (data != NULL)
		umockdev_ioctl_data_update(data, 0, out, (gint)size);
	umockdev_ioctl_client_complete(c, (glong)size, 0);
	return TRUE;
}

static void plug(unsigned i)
{
	char path[256], text[512], node[32];
	char *root = umockdev_testbed_get_root_dir(bed);
	GError *e = NULL;

	snprintf(node, sizeof(node), "/dev/input/event%u", i);
	snprintf(path, sizeof(path), "%s/dev", root);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/dev/input", root);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s%s", root, node);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	fifo[i] = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(fifo[i] >= 0);
	assert_true(umockdev_testbed_attach_ioctl(bed, node, handler, &e));
	snprintf(text, sizeof(text),
	    "P: /devices/wedge%u/input%u/event%u\n"
	    "E: DEVNAME=/dev/input/event%u\nE: SUBSYSTEM=input\n",
	    i, i, i, i);
	assert_true(umockdev_testbed_add_from_string(bed, text, &e));
	g_free(root);
}

static void turn(int wait_ms)
{
	struct pollfd fds[SCANNER_POLLFDS];
	size_t n = scanner_pollfds(scanner, fds, SCANNER_POLLFDS);

	if (poll(fds, n, wait_ms) >= 0)
		scanner_service(scanner, fds, n, now_ms);
}

static void event(unsigned i, unsigned type, unsigned code, int value)
{
	struct input_event ev[2] = {0};

	ev[0].input_event_sec = ev[1].input_event_sec = now_ms / 1000;
	ev[0].input_event_usec = ev[1].input_event_usec = now_ms % 1000 * 1000;
	ev[0].type = (uint16_t)type;
	ev[0].code = (uint16_t)code;
	ev[0].value = value;
	assert_int_equal(write(fifo[i], ev, sizeof(ev)), sizeof(ev));
	turn(1000);
	now_ms += STEP_MS;
}

static void key(unsigned i, unsigned code)
{
	event(i, EV_KEY, code, 1);
	event(i, EV_KEY, code, 0);
}

static void expect(const char *text)
{
	struct scan s;

	assert_true(scanner_next(scanner, &s));
	assert_string_equal(s.text, text);
	assert_false(scanner_next(scanner, &s));
}

static void expect_none(void)
{
	struct scan s;

	assert_false(scanner_next(scanner, &s));
}

static int logged(const char *part)
{
	char text[SCANNER_LOG_BYTES];
	int n = 0;

	while (scanner_next_log(scanner, text))
		if (strstr(text, part) != NULL)
			n++;
	return n;
}

static void open_auto(void)
{
	struct err e;

	assert_int_equal(scanner_open(&cfg, now_ms, &scanner, &e), 0);
}

static int begin(void **state)
{
	(void)state;
	if (!wrapped())
		return 0;
	now_ms = 50000;
	grab_refused = caps_lit = false;
	grabs = 0;
	memset(&cfg, 0, sizeof(cfg));
	snprintf(cfg.device[0], sizeof(cfg.device[0]), "evdev:auto");
	cfg.allow[0] = (struct scanner_id){0x0c2e, 0x0b61};
	cfg.allow_count = 1;
	bed = umockdev_testbed_new();
	handler = umockdev_ioctl_base_new();
	g_signal_connect(handler, "handle-ioctl", G_CALLBACK(on_ioctl), NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scanner_close(scanner);
	scanner = NULL;
	for (size_t i = 0; i < 2; i++) {
		if (fifo[i] >= 0)
			close(fifo[i]);
		fifo[i] = -1;
	}
	g_clear_object(&bed);
	g_clear_object(&handler);
	return 0;
}

static void needs_umockdev(void)
{
	if (wrapped())
		return;
	print_message("not under umockdev-wrapper: no input devices here\n");
	skip();
}

static void test_an_allowed_wedge_is_grabbed_and_read(void **state)
{
	(void)state;
	needs_umockdev();
	plug(0);
	open_auto();
	assert_true(scanner_present(scanner));
	assert_int_equal(grabs, 1);
	key(0, KEY_K);
	key(0, KEY_7);
	key(0, KEY_7);
	key(0, KEY_MINUS);
	key(0, KEY_KP0);
	key(0, KEY_ENTER);
	expect("k77-0");
	assert_int_equal(scanner_deadline_ms(scanner), -1);
}

static void test_shift_makes_capitals_and_punctuation(void **state)
{
	(void)state;
	needs_umockdev();
	plug(0);
	open_auto();
	event(0, EV_KEY, KEY_LEFTSHIFT, 1);
	key(0, KEY_Q);
	key(0, KEY_2);
	key(0, KEY_SLASH);
	event(0, EV_KEY, KEY_LEFTSHIFT, 0);
	key(0, KEY_Q);
	event(0, EV_KEY, KEY_RIGHTSHIFT, 1);
	key(0, KEY_BACKSLASH);
	event(0, EV_KEY, KEY_RIGHTSHIFT, 0);
	key(0, KEY_TAB);
	expect("Q@?q|");
}

static void test_caps_lock_turns_letters_only(void **state)
{
	(void)state;
	needs_umockdev();
	plug(0);
	caps_lit = true;
	open_auto();
	key(0, KEY_A);
	key(0, KEY_1);
	event(0, EV_KEY, KEY_LEFTSHIFT, 1);
	key(0, KEY_A);
	key(0, KEY_1);
	event(0, EV_KEY, KEY_LEFTSHIFT, 0);
	key(0, KEY_CAPSLOCK);
	key(0, KEY_A);
	key(0, KEY_ENTER);
	expect("A1a!a");
}

static void test_autorepeat_types_nothing(void **state)
{
	(void)state;
	needs_umockdev();
	plug(0);
	open_auto();
	event(0, EV_KEY, KEY_B, 1);
	event(0, EV_KEY, KEY_B, 2);
	event(0, EV_KEY, KEY_B, 2);
	event(0, EV_KEY, KEY_B, 0);
	key(0, KEY_ENTER);
	expect("b");
}

static void test_control_characters_and_unknown_keys_spoil(void **state)
{
	(void)state;
	needs_umockdev();
	plug(0);
	open_auto();
	key(0, KEY_A);
	event(0, EV_KEY, KEY_LEFTCTRL, 1);
	key(0, KEY_C);
	event(0, EV_KEY, KEY_LEFTCTRL, 0);
	key(0, KEY_B);
	key(0, KEY_ENTER);
	key(0, KEY_A);
	key(0, KEY_F1);
	key(0, KEY_ENTER);
	expect_none();
}

static void test_a_gap_of_more_than_100_ms_discards(void **state)
{
	(void)state;
	needs_umockdev();
	plug(0);
	open_auto();
	key(0, KEY_A);
	now_ms += 100 - 2 * STEP_MS;
	key(0, KEY_B);
	key(0, KEY_ENTER);
	expect("ab");
	key(0, KEY_C);
	now_ms += 101 - 2 * STEP_MS;
	key(0, KEY_D);
	key(0, KEY_ENTER);
	expect_none();
}

static void test_dropped_events_discard_the_line(void **state)
{
	(void)state;
	needs_umockdev();
	plug(0);
	open_auto();
	key(0, KEY_A);
	event(0, EV_SYN, SYN_DROPPED, 0);
	key(0, KEY_B);
	key(0, KEY_ENTER);
	expect_none();
	key(0, KEY_C);
	key(0, KEY_ENTER);
	expect("c");
}

static void test_a_strange_keyboard_is_left_alone(void **state)
{
	(void)state;
	needs_umockdev();
	plug(1);
	open_auto();
	assert_false(scanner_present(scanner));
	assert_int_equal(grabs, 0);
	assert_int_equal(logged("046d:c31c"), 1);
}

static void test_a_refused_grab_is_told_once(void **state)
{
	(void)state;
	needs_umockdev();
	plug(0);
	grab_refused = true;
	snprintf(cfg.device[0], sizeof(cfg.device[0]),
	    "evdev:/dev/input/event0");
	open_auto();
	assert_false(scanner_present(scanner));
	assert_int_equal(logged("somebody else holds"), 1);
	plug(1);
	turn(2000);
	assert_int_equal(grabs, 2);
	assert_int_equal(logged("somebody else holds"), 0);
}

static void test_udev_alone_tells_that_a_wedge_changed(void **state)
{
	(void)state;
	needs_umockdev();
	plug(0);
	grab_refused = true;
	open_auto();
	turn(0); /* what its folder had to say */
	assert_false(scanner_present(scanner));
	grab_refused = false;
	turn(100);
	assert_false(scanner_present(scanner));
	umockdev_testbed_uevent(bed, "/sys/devices/wedge0/input0/event0",
	    "change");
	turn(2000);
	assert_true(scanner_present(scanner));
}

static void test_a_held_wedge_is_asked_again_after_30_s(void **state)
{
	(void)state;
	needs_umockdev();
	plug(0);
	grab_refused = true;
	open_auto();
	turn(0);
	assert_int_equal(scanner_deadline_ms(scanner), now_ms + 30000);
	grab_refused = false;
	now_ms += 29999;
	turn(0);
	assert_false(scanner_present(scanner));
	now_ms += 1;
	turn(0);
	assert_true(scanner_present(scanner));
	assert_int_equal(scanner_deadline_ms(scanner), -1);
}

static void test_a_wedge_may_come_and_go(void **state)
{
	(void)state;
	needs_umockdev();
	open_auto();
	plug(0);
	turn(2000);
	assert_true(scanner_present(scanner));
	key(0, KEY_A);
	close(fifo[0]);
	fifo[0] = -1;
	turn(2000);
	assert_false(scanner_present(scanner));
	expect_none();
}

#define BED(t) cmocka_unit_test_setup_teardown(t, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BED(test_an_allowed_wedge_is_grabbed_and_read),
	    BED(test_shift_makes_capitals_and_punctuation),
	    BED(test_caps_lock_turns_letters_only),
	    BED(test_autorepeat_types_nothing),
	    BED(test_control_characters_and_unknown_keys_spoil),
	    BED(test_a_gap_of_more_than_100_ms_discards),
	    BED(test_dropped_events_discard_the_line),
	    BED(test_a_strange_keyboard_is_left_alone),
	    BED(test_a_refused_grab_is_told_once),
	    BED(test_udev_alone_tells_that_a_wedge_changed),
	    BED(test_a_held_wedge_is_asked_again_after_30_s),
	    BED(test_a_wedge_may_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
