/*
 * Touch screens through the real libevdev and libudev, under umockdev, and a
 * monitor whose coming and going udev tells.
 *
 * Run with LD_PRELOAD=libumockdev-preload.so.0.
 */
#define _GNU_SOURCE /* RTLD_NEXT, nftw */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/test_drm.h"

#include <dirent.h>

#include "ui/touch.h"

/* Behind the session's own EV_KEY. */
#include "touch_kernel.h"

enum { WAIT_MS = 3000, WIDTH = 1080, HEIGHT = 1920 };

static struct touch *touch;
static struct said said;

static int setup(void **state)
{
	memset(&said, 0, sizeof(said));
	kernel_start();
	return card_setup(state);
}

static int teardown(void **state)
{
	touch_close(touch);
	touch = NULL;
	kernel_stop();
	return card_teardown(state);
}

static void start_named(const char *device, int rotate)
{
	const struct touch_config c = {device, {WIDTH, HEIGHT, rotate}, &said};
	struct err e = {0};

	if (touch_open(&c, &touch, &e) != 0)
		fail_msg("%s", e.text);
}

static void start(int rotate)
{
	start_named("auto", rotate);
}

static bool has_said(int code, const char *text)
{
	struct err e;

	while (said_take(&said, &e))
		if (e.code == code && strcmp(e.text, text) == 0)
			return true;
	return false;
}

/* Next input within a while; fails without one. */
static struct input next(void)
{
	struct input in = {0};

	for (int i = 0; i < WAIT_MS / 100; i++) {
		struct pollfd p = {touch_fd(touch), POLLIN, 0};

		if (touch_next(touch, &in))
			return in;
		poll(&p, 1, 100);
	}
	fail_msg("nothing was heard");
	return in;
}

static void expect(enum input_kind kind, int x, int y)
{
	struct input in = next();

	assert_int_equal(in.kind, kind);
	assert_int_equal(in.x, x);
	assert_int_equal(in.y, y);
}

static void expect_nothing(void)
{
	struct pollfd p = {touch_fd(touch), POLLIN, 0};
	struct input in;

	for (int i = 0; i < 3; i++) {
		assert_false(touch_next(touch, &in));
		poll(&p, 1, 30);
	}
}

/* What is told by udev takes its time. */
static void wait_count(int count)
{
	struct input in;

	for (int i = 0; i < WAIT_MS / 10 && touch_count(touch) != count; i++) {
		assert_false(touch_next(touch, &in));
		poll(NULL, 0, 10);
	}
	assert_int_equal(touch_count(touch), count);
}

static void test_touch_screens_are_taken_and_nothing_else(void **state)
{
	(void)state;
	plug(0, KEYBOARD);
	plug(1, MULTI);
	plug(2, TABLET);
	plug(3, SINGLE);
	start(0);
	assert_int_equal(touch_count(touch), 2);
	assert_false(nodes[0].held);
	assert_true(nodes[1].held);
	assert_false(nodes[2].held);
	assert_true(nodes[3].held);
}

/* 4096 x 2048 units on 1080 x 1920 pixels: by hand. */
static void test_the_range_of_the_device_is_the_panel(void **state)
{
	(void)state;
	plug(1, MULTI);
	start(0);
	finger(1, 0, 1, 0, 100);
	expect(INPUT_PRESS, 0, 0);
	finger(1, 0, 1, 2048, 1124); /* half of each */
	expect(INPUT_MOVE, 540, 960);
	finger(1, 0, 1, 4095, 2147);
	expect(INPUT_MOVE, 1079, 1919);
	finger(1, 0, -1, 0, 0);
	expect(INPUT_RELEASE, 1079, 1919);
}

static void test_what_lies_outside_the_range_is_at_its_edge(void **state)
{
	(void)state;
	plug(1, MULTI);
	start(0);
	finger(1, 0, 1, -5, 0);
	expect(INPUT_PRESS, 0, 0);
	finger(1, 0, 1, 99999, 2148);
	expect(INPUT_MOVE, 1079, 1919);
}

/* The device's own upper left corner, and a point right of it, in the upright
 * picture. Turned to the side, the panel is 1920 wide: 1024 of 4096 units are
 * 480 of its pixels; upright they are 270. */
static void test_touches_turn_with_the_picture(void **state)
{
	static const struct {
		int rotate, x, y, right_x, right_y;
	} cases[] = {{0, 0, 0, 270, 0}, {90, 0, 1919, 0, 1439},
	    {180, 1079, 1919, 809, 1919}, {270, 1079, 0, 1079, 480}};

	(void)state;
	plug(1, MULTI);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		start(cases[i].rotate);
		finger(1, 0, 1, 0, 100);
		expect(INPUT_PRESS, cases[i].x, cases[i].y);
		finger(1, 0, 1, 1024, 100);
		expect(INPUT_MOVE, cases[i].right_x, cases[i].right_y);
		finger(1, 0, -1, 0, 0);
		assert_int_equal(next().kind, INPUT_RELEASE);
		touch_close(touch);
		touch = NULL;
	}
}

static void test_fingers_and_devices_are_told_apart(void **state)
{
	int64_t name[3];

	(void)state;
	plug(1, MULTI);
	plug(2, MULTI);
	start(0);
	finger(1, 0, 1, 0, 100);
	name[0] = next().finger;
	finger(1, 1, 2, 0, 100);
	name[1] = next().finger;
	finger(2, 0, 1, 0, 100);
	name[2] = next().finger;
	assert_int_not_equal(name[0], name[1]);
	assert_int_not_equal(name[0], name[2]);
	assert_int_not_equal(name[1], name[2]);
	finger(1, 1, -1, 0, 0);
	assert_int_equal(next().finger, name[1]);
}

static void test_a_single_touch_screen_works(void **state)
{
	(void)state;
	plug(1, SINGLE);
	start(0);
	put(1, EV_ABS, ABS_X, 2048);
	put(1, EV_ABS, ABS_Y, 1124);
	put(1, EV_KEY, BTN_TOUCH, 1);
	end_frame(1);
	expect(INPUT_PRESS, 540, 960);
	put(1, EV_KEY, BTN_TOUCH, 0);
	end_frame(1);
	expect(INPUT_RELEASE, 540, 960);
}

/* The kernel tells no axis that keeps its value. */
static void test_a_first_touch_where_the_last_one_was_is_there(void **state)
{
	(void)state;
	plug(1, SINGLE);
	nodes[1].x[0] = 2048;
	nodes[1].y[0] = 1124;
	start(0);
	put(1, EV_KEY, BTN_TOUCH, 1);
	end_frame(1);
	expect(INPUT_PRESS, 540, 960);
	put(1, EV_KEY, BTN_TOUCH, 0);
	end_frame(1);
	expect(INPUT_RELEASE, 540, 960);
	plug(2, MULTI);
	nodes[2].x[0] = 1024;
	nodes[2].y[0] = 612;
	wait_count(2);
	put(2, EV_ABS, ABS_MT_TRACKING_ID, 5);
	end_frame(2);
	expect(INPUT_PRESS, 270, 480);
}

static void test_a_screen_without_slots_works(void **state)
{
	(void)state;
	plug(1, FRAMES);
	start(0);
	put(1, EV_ABS, ABS_MT_POSITION_X, 2048);
	put(1, EV_ABS, ABS_MT_POSITION_Y, 1124);
	put(1, EV_SYN, SYN_MT_REPORT, 0);
	end_frame(1);
	expect(INPUT_PRESS, 540, 960);
	put(1, EV_SYN, SYN_MT_REPORT, 0);
	end_frame(1);
	expect(INPUT_RELEASE, 540, 960);
}

static void test_a_tablet_is_taken_when_it_is_named(void **state)
{
	(void)state;
	plug(1, MULTI);
	plug(2, TABLET);
	start_named("/dev/input/event2", 0);
	assert_int_equal(touch_count(touch), 1);
	assert_false(nodes[1].held);
	put(2, EV_ABS, ABS_X, 2048);
	put(2, EV_ABS, ABS_Y, 1124);
	end_frame(2);
	put(2, EV_KEY, BTN_LEFT, 1);
	end_frame(2);
	expect(INPUT_PRESS, 540, 960);
}

static void test_a_named_device_is_waited_for(void **state)
{
	(void)state;
	start_named("/dev/input/event1", 0);
	assert_true(
	    has_said(-ENODEV, "touch: /dev/input/event1 is not there yet"));
	plug(2, MULTI);
	plug(1, MULTI);
	wait_count(1);
	assert_true(nodes[1].held);
	assert_false(nodes[2].held);
}

static void test_a_keyboard_that_is_named_is_refused(void **state)
{
	(void)state;
	plug(0, KEYBOARD);
	start_named("/dev/input/event0", 0);
	assert_int_equal(touch_count(touch), 0);
	assert_true(has_said(-ENOTTY,
	    "touch: /dev/input/event0 cannot be used: it tells no positions"));
}

static void test_a_screen_without_a_range_is_refused(void **state)
{
	(void)state;
	plug(1, FLAT);
	start(0);
	assert_int_equal(touch_count(touch), 0);
	assert_true(has_said(-ENOTTY,
	    "touch: /dev/input/event1 cannot be used: it tells no positions"));
}

static void test_a_screen_that_somebody_else_holds_is_not_used(void **state)
{
	(void)state;
	plug(1, MULTI);
	nodes[1].busy = true;
	start(0);
	assert_int_equal(touch_count(touch), 0);
	assert_true(has_said(-EBUSY,
	    "touch: /dev/input/event1 cannot be used: "
	    "Device or resource busy"));
}

static void test_a_screen_plugged_later_is_taken(void **state)
{
	(void)state;
	start(0);
	assert_int_equal(touch_count(touch), 0);
	plug(1, MULTI);
	wait_count(1);
	finger(1, 0, 1, 0, 100);
	expect(INPUT_PRESS, 0, 0);
}

static void test_a_screen_that_goes_cancels_its_fingers(void **state)
{
	struct input in;

	(void)state;
	plug(1, MULTI);
	start(0);
	finger(1, 0, 1, 2048, 1124);
	expect(INPUT_PRESS, 540, 960);
	unplug(1);
	in = next();
	assert_int_equal(in.kind, INPUT_CANCEL);
	assert_int_equal(touch_count(touch), 0);
	assert_true(has_said(-ENODEV, "touch: /dev/input/event1 went away"));
	plug(1, MULTI);
	wait_count(1);
	finger(1, 0, 1, 2048, 1124);
	expect(INPUT_PRESS, 540, 960);
}

static void test_a_finger_that_lay_there_at_the_start_does_nothing(void **state)
{
	(void)state;
	plug(1, MULTI);
	nodes[1].id[0] = 7;
	start(0);
	finger(1, 0, 7, 5, 105);
	finger(1, 0, -1, 0, 0);
	expect_nothing();
	finger(1, 0, 8, 2048, 1124);
	expect(INPUT_PRESS, 540, 960);
}

static void test_a_finger_lifted_in_a_gap_is_cancelled(void **state)
{
	(void)state;
	plug(1, MULTI);
	start(0);
	finger(1, 0, 1, 2048, 1124);
	expect(INPUT_PRESS, 540, 960);
	nodes[1].id[0] = -1;
	drop(1);
	expect(INPUT_CANCEL, 540, 960);
	finger(1, 0, 2, 0, 100);
	expect(INPUT_PRESS, 0, 0);
}

static void test_a_finger_that_stays_over_a_gap_goes_on(void **state)
{
	(void)state;
	plug(1, MULTI);
	start(0);
	finger(1, 0, 1, 2048, 1124);
	expect(INPUT_PRESS, 540, 960);
	nodes[1].x[0] = 0;
	nodes[1].y[0] = 100;
	drop(1);
	expect(INPUT_MOVE, 0, 0);
	finger(1, 0, -1, 0, 0);
	expect(INPUT_RELEASE, 0, 0);
}

static void test_another_finger_after_a_gap_presses_anew(void **state)
{
	(void)state;
	plug(1, MULTI);
	start(0);
	finger(1, 0, 1, 2048, 1124);
	expect(INPUT_PRESS, 540, 960);
	nodes[1].id[0] = 9;
	nodes[1].x[0] = 0;
	nodes[1].y[0] = 100;
	drop(1);
	expect(INPUT_CANCEL, 540, 960);
	expect(INPUT_PRESS, 0, 0);
}

static int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void come_and_go(void)
{
	struct input in;

	plug(1, MULTI);
	wait_count(1);
	finger(1, 0, 1, 0, 100);
	expect(INPUT_PRESS, 0, 0);
	unplug(1);
	in = next();
	assert_int_equal(in.kind, INPUT_CANCEL);
	/* One that is refused once it is open. */
	plug(2, FLAT);
	for (int i = 0; i < WAIT_MS / 10; i++) {
		assert_false(touch_next(touch, &in));
		if (has_said(-ENOTTY,
			"touch: /dev/input/event2 cannot be "
			"used: it tells no positions"))
			break;
		poll(NULL, 0, 10);
	}
	unplug(2);
}

static void test_coming_and_going_leaves_no_file_open(void **state)
{
	int before;

	(void)state;
	start(0);
	come_and_go();
	before = open_files();
	for (int i = 0; i < 5; i++)
		come_and_go();
	assert_int_equal(open_files(), before);
}

/* A finger that lies still but is told of again and again while nobody
 * listens; then it is lifted. Whatever a turn leaves over makes
 * the descriptor ready, or the lift would wait for another touch. */
static void test_a_lift_behind_many_events_is_not_left_behind(void **state)
{
	struct pollfd p;
	struct input in;

	(void)state;
	plug(1, MULTI);
	start(0);
	finger(1, 0, 1, 2048, 1124);
	for (int i = 0; i < 1200; i++)
		put(1, EV_ABS, ABS_MT_POSITION_X, 2048);
	finger(1, 0, -1, 0, 0);
	expect(INPUT_PRESS, 540, 960);
	p = (struct pollfd){touch_fd(touch), POLLIN, 0};
	for (int i = 0; i < 10; i++) {
		if (touch_next(touch, &in)) {
			assert_int_equal(in.kind, INPUT_RELEASE);
			assert_false(touch_next(touch, &in));
			assert_int_equal(poll(&p, 1, 0), 0);
			return;
		}
		assert_int_equal(poll(&p, 1, 0), 1);
	}
	fail_msg("the lift was not heard");
}

/* ---- monitors ---- */

static struct presenter *screen;

static void serve_screen(bool lit, int ms)
{
	struct input in;

	for (int i = 0; i < ms / 10 && screen->ops->lit(screen) != lit; i++) {
		struct pollfd p = {screen->ops->fd(screen), POLLIN, 0};

		if (poll(&p, 1, 10) > 0)
			assert_false(screen->ops->next(screen, &in));
	}
	assert_int_equal(screen->ops->lit(screen), lit);
}

/* A monitor that shows a picture; freed by the caller: its path in sysfs. */
static char *start_screen(struct picture *p)
{
	const struct drm_config c = {.width_px = 64,
	    .height_px = 48,
	    .touch = "/dev/no-touch-screen",
	    .dir = card_dir,
	    .backlight_dir = "/nonexistent"};
	const struct rect all = {0, 0, 64, 48};
	char *path;
	struct err e = {0};

	path = umockdev_testbed_add_device(bed, "drm", "card0", NULL, NULL,
	    "DEVNAME", "/dev/dri/card0", "HOTPLUG", "1", NULL);
	assert_non_null(path);
	card_mode(0, 64, 48);
	if (drm_presenter_open(&c, &screen, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(screen->ops->picture(screen, p, &e), 0);
	p->px[47 * p->stride_px + 63] = 0xABCDEF;
	assert_int_equal(screen->ops->present(screen, &all, 1, &e), 0);
	assert_true(screen->ops->lit(screen));
	return path;
}

/* What udev tells is heard within this time. */
static void tell_of(const char *path)
{
	struct input in;

	umockdev_testbed_uevent(bed, path, "change");
	for (int i = 0; i < 20; i++) {
		assert_false(screen->ops->next(screen, &in));
		poll(NULL, 0, 10);
	}
}

static bool screen_said(const char *part)
{
	struct err e;
	bool has = false;

	while (screen->ops->note(screen, &e))
		has = has || strstr(e.text, part) != NULL;
	return has;
}

/* Many monitors say that they are gone once they save power, and come back
 * by themselves. To let them go would wake them, all night. */
static void test_a_monitor_that_sleeps_in_the_dark_is_kept(void **state)
{
	struct picture p;
	char *path = start_screen(&p);

	(void)state;
	screen->ops->blank(screen, true);
	screen_said("");
	for (uint32_t i = 0; i < 3; i++) {
		card->connected = i % 2;
		tell_of(path);
	}
	assert_int_equal(card->shows, 1);
	assert_int_equal(card->went_black, 0);
	assert_int_equal(card->power_off, 1);
	assert_false(screen_said(""));
	/* Lit, it is woken, though it does not say yet that it is there. */
	screen->ops->blank(screen, false);
	assert_int_equal(card->power_off, 0);
	assert_true(card_shows(p.px, 64, 48, 0));
	card->connected = 1;
	tell_of(path);
	assert_true(screen->ops->lit(screen));
	assert_int_equal(card->shows, 2);
	screen->ops->close(screen);
	g_free(path);
}

static void test_a_card_that_goes_in_the_dark_is_let_go(void **state)
{
	struct picture p;
	char *path = start_screen(&p);

	(void)state;
	screen->ops->blank(screen, true);
	card->gone = 1;
	umockdev_testbed_uevent(bed, path, "change");
	serve_screen(false, WAIT_MS);
	card->gone = 0;
	umockdev_testbed_uevent(bed, path, "change");
	serve_screen(true, 1000);
	assert_int_equal(card->power_off, 1);
	screen->ops->close(screen);
	g_free(path);
}

/* Not by the timer: it may be seconds until then. */
static void test_the_touch_that_lights_it_looks_for_a_monitor(void **state)
{
	struct picture p;
	char *path = start_screen(&p);

	(void)state;
	card->connected = 0;
	umockdev_testbed_uevent(bed, path, "change");
	serve_screen(false, WAIT_MS);
	screen->ops->blank(screen, true);
	card->connected = 1;
	screen->ops->blank(screen, false);
	assert_true(screen->ops->lit(screen));
	assert_true(card_shows(p.px, 64, 48, 0));
	screen->ops->close(screen);
	g_free(path);
}

static void test_a_monitor_is_let_go_and_taken_as_udev_tells(void **state)
{
	struct picture p;
	char *path = start_screen(&p);

	(void)state;
	card->connected = 0;
	umockdev_testbed_uevent(bed, path, "change");
	serve_screen(false, WAIT_MS);
	card->connected = 1;
	umockdev_testbed_uevent(bed, path, "change");
	/* At once: the timer alone would take two seconds. */
	serve_screen(true, 1000);
	assert_int_equal(card->shows, 2);
	assert_true(card_shows(p.px, 64, 48, 0));
	/* Out and in again between two looks: its mode is set anew. */
	umockdev_testbed_uevent(bed, path, "change");
	for (int i = 0; i < WAIT_MS / 10 && card->shows < 3; i++) {
		struct input in;

		assert_false(screen->ops->next(screen, &in));
		poll(NULL, 0, 10);
	}
	assert_int_equal(card->shows, 3);
	screen->ops->close(screen);
	g_free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	    TEST(test_touch_screens_are_taken_and_nothing_else),
	    TEST(test_the_range_of_the_device_is_the_panel),
	    TEST(test_what_lies_outside_the_range_is_at_its_edge),
	    TEST(test_touches_turn_with_the_picture),
	    TEST(test_fingers_and_devices_are_told_apart),
	    TEST(test_a_single_touch_screen_works),
	    TEST(test_a_first_touch_where_the_last_one_was_is_there),
	    TEST(test_a_screen_without_slots_works),
	    TEST(test_a_tablet_is_taken_when_it_is_named),
	    TEST(test_a_named_device_is_waited_for),
	    TEST(test_a_keyboard_that_is_named_is_refused),
	    TEST(test_a_screen_without_a_range_is_refused),
	    TEST(test_a_screen_that_somebody_else_holds_is_not_used),
	    TEST(test_a_screen_plugged_later_is_taken),
	    TEST(test_a_screen_that_goes_cancels_its_fingers),
	    TEST(test_a_finger_that_lay_there_at_the_start_does_nothing),
	    TEST(test_a_finger_lifted_in_a_gap_is_cancelled),
	    TEST(test_a_finger_that_stays_over_a_gap_goes_on),
	    TEST(test_another_finger_after_a_gap_presses_anew),
	    TEST(test_coming_and_going_leaves_no_file_open),
	    TEST(test_a_lift_behind_many_events_is_not_left_behind),
	    TEST(test_a_monitor_is_let_go_and_taken_as_udev_tells),
	    TEST(test_a_monitor_that_sleeps_in_the_dark_is_kept),
	    TEST(test_a_card_that_goes_in_the_dark_is_let_go),
	    TEST(test_the_touch_that_lights_it_looks_for_a_monitor),
	};
	const char *preload = getenv("LD_PRELOAD");

	if (preload == NULL || strstr(preload, "umockdev") == NULL) {
		fprintf(stderr, "touch_lines: run it under umockdev\n");
		return 2;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
