/* The guard at a folder that looks like sysfs. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/update/usb_guard.h"
#include "test_usb.h"

static char root[64];
static const struct usb_id list[] = {{0x05e0, 0x1200}};

/* ROOT/bus/usb/devices/NAME/FILE */
static void put(const char *name, const char *file, const void *bytes,
    size_t len)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s/%s", root, name,
	    file);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void make_folder(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s", root, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void plug(const char *name, const char *number,
    const struct usb_bytes *b)
{
	make_folder(name);
	put(name, "descriptors", b->at, b->len);
	put(name, "devnum", number, strlen(number));
	put(name, "authorized", "0\n", 2);
}

/* What the kernel shows of a touch screen that is in use. */
static void fill_report(const char *device, const void *report, size_t len)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s:1.0/0003:0EEF:0001.0001", device,
	    device);
	put(path, "report_descriptor", report, len);
}

static void show_report(const char *device, const void *report, size_t len)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s:1.0", device, device);
	make_folder(path);
	snprintf(path, sizeof(path), "%s/%s:1.0/0003:0EEF:0001.0001", device,
	    device);
	make_folder(path);
	fill_report(device, report, len);
}

static void unplug(const char *name)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -r %s/bus/usb/devices/%s", root,
	    name);
	assert_int_equal(system(command), 0);
}

/* '0' or '1' */
static char authorized(const char *name)
{
	char path[256], c = '?';
	FILE *f;

	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s/authorized", root,
	    name);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fread(&c, 1, 1, f), 1);
	fclose(f);
	return c;
}

static struct usb_guard *begun(void)
{
	const struct usb_guard_options o = {root, list, ARRAY_LEN(list)};
	struct usb_guard *g;
	struct err e = {0};

	assert_int_equal(usb_guard_open(&o, &g, &e), 0);
	return g;
}

static void serve(struct usb_guard *g)
{
	struct err e = {0};

	assert_int_equal(usb_guard_service(g, &e), 0);
}

static void set_storage(struct usb_guard *g, bool open)
{
	struct err e = {0};

	assert_int_equal(usb_guard_storage(g, open, &e), 0);
}

/* The next event's text, or "". */
static const char *heard(struct usb_guard *g)
{
	static struct usb_guard_event ev;

	return usb_guard_next_event(g, &ev) ? ev.text : "";
}

static int start(void **state)
{
	char path[128];

	(void)state;
	snprintf(root, sizeof(root), "/tmp/karcis-usb-XXXXXX");
	if (mkdtemp(root) == NULL)
		return -1;
	snprintf(path, sizeof(path), "mkdir -p %s/bus/usb/devices", root);
	return system(path);
}

static int end(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

static const uint8_t touch[] = {0x05, 0x0d, 0x09, 0x04, 0xa1, 0x01, 0xc0};
static const uint8_t mouse[] = {0x05, 0x01, 0x09, 0x02, 0xa1, 0x01, 0xc0};
static const uint8_t keys[] = {0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0xc0};

static void test_what_is_plugged_in_already_is_judged(void **state)
{
	struct usb_bytes printer = usb_simple(0x04b8, 0x0202, 7, 1, 2);
	struct usb_bytes keyboard = usb_simple(0x046d, 0xc31c, 3, 1, 1);
	struct usb_guard *g;

	(void)state;
	plug("1-1", "2", &printer);
	g = begun();
	assert_int_equal(authorized("1-1"), '1');
	assert_string_equal(heard(g),
	    "usb: 1-1 (04b8:0202) may be used: a printer");
	plug("1-2.4", "3", &keyboard);
	serve(g);
	assert_int_equal(authorized("1-2.4"), '0');
	assert_string_equal(heard(g),
	    "usb: 1-2.4 (046d:c31c) is shut out: it is a keyboard or mouse "
	    "that is not on the list");
	assert_string_equal(heard(g), "");
	usb_guard_close(g);
}

static void test_a_verdict_is_told_once_a_plug(void **state)
{
	struct usb_bytes keyboard = usb_simple(0x046d, 0xc31c, 3, 1, 1);
	struct usb_guard *g = begun();

	(void)state;
	plug("1-1", "2", &keyboard);
	serve(g);
	serve(g);
	assert_string_not_equal(heard(g), "");
	assert_string_equal(heard(g), "");
	put("1-1", "devnum", "3", 1); /* pulled and plugged between two looks */
	serve(g);
	assert_string_not_equal(heard(g), "");
	unplug("1-1");
	serve(g);
	plug("1-1", "3", &keyboard);
	serve(g);
	assert_string_not_equal(heard(g), "");
	assert_string_equal(heard(g), "");
	usb_guard_close(g);
}

static void test_what_was_in_use_without_right_is_shut_out(void **state)
{
	struct usb_bytes keyboard = usb_simple(0x046d, 0xc31c, 3, 1, 1);
	struct usb_guard *g;

	(void)state;
	plug("1-1", "2", &keyboard);
	put("1-1", "authorized", "1\n", 2);
	g = begun();
	assert_int_equal(authorized("1-1"), '0');
	usb_guard_close(g);
}

static void test_the_list_is_heeded(void **state)
{
	struct usb_bytes scanner = usb_simple(0x05e0, 0x1200, 3, 1, 1);
	struct usb_guard *g;

	(void)state;
	plug("3-1", "2", &scanner);
	g = begun();
	assert_int_equal(authorized("3-1"), '1');
	usb_guard_close(g);
}

static void test_storage_comes_and_goes_with_the_technician(void **state)
{
	struct usb_bytes stick = usb_simple(0x0930, 0x6545, 8, 6, 0x50);
	struct usb_bytes printer = usb_simple(0x04b8, 0x0202, 7, 1, 2);
	struct usb_guard *g;

	(void)state;
	plug("1-1", "2", &stick);
	plug("1-2", "3", &printer);
	g = begun();
	assert_int_equal(authorized("1-1"), '0');
	assert_int_equal(usb_guard_sticks(g), 0);
	set_storage(g, true);
	assert_int_equal(authorized("1-1"), '1');
	assert_int_equal(usb_guard_sticks(g), 1);
	set_storage(g, false);
	assert_int_equal(authorized("1-1"), '0');
	assert_int_equal(authorized("1-2"), '1');
	assert_int_equal(usb_guard_sticks(g), 0);
	usb_guard_close(g);
}

static void test_closing_the_guard_shuts_the_storage(void **state)
{
	struct usb_bytes stick = usb_simple(0x0930, 0x6545, 8, 6, 0x50);
	struct usb_guard *g = begun();

	(void)state;
	set_storage(g, true);
	plug("1-1", "2", &stick);
	serve(g);
	assert_int_equal(authorized("1-1"), '1');
	usb_guard_close(g);
	assert_int_equal(authorized("1-1"), '0');
	usb_guard_close(NULL);
}

/* A guard that died left a stick in; the next one begins with shut storage. */
static void test_a_new_guard_begins_with_shut_storage(void **state)
{
	struct usb_bytes stick = usb_simple(0x0930, 0x6545, 8, 6, 0x50);
	struct usb_guard *g;

	(void)state;
	plug("1-1", "2", &stick);
	put("1-1", "authorized", "1\n", 2);
	g = begun();
	assert_int_equal(authorized("1-1"), '0');
	usb_guard_close(g);
}

static void test_a_stick_that_types_is_told_to_the_technician(void **state)
{
	struct usb_bytes both = usb_device(0x0930, 0x6545, 0, 2);
	struct usb_guard *g = begun();
	struct usb_guard_event ev;

	(void)state;
	usb_interface(&both, 0, 0, 8, 6, 0x50);
	usb_interface(&both, 1, 0, 3, 1, 1);
	set_storage(g, true);
	plug("1-1", "2", &both);
	serve(g);
	assert_int_equal(authorized("1-1"), '0');
	assert_true(usb_guard_next_event(g, &ev));
	assert_int_equal(ev.judgement.reason, USB_REASON_STORAGE_ALSO);
	assert_string_equal(ev.name, "1-1");
	assert_int_equal(usb_guard_sticks(g), 0);
	usb_guard_close(g);
}

static void test_a_touch_screen_stays_in(void **state)
{
	struct usb_bytes screen = usb_simple(0x0eef, 1, 3, 0, 0);
	struct usb_guard *g = begun();

	(void)state;
	plug("1-1", "2", &screen);
	serve(g);
	assert_int_equal(authorized("1-1"), '1');
	show_report("1-1", touch, sizeof(touch));
	serve(g);
	assert_int_equal(authorized("1-1"), '1');
	usb_guard_close(g);
}

/* The kernel makes the file first and fills it when its driver is there. */
static void test_an_empty_report_is_not_judged_yet(void **state)
{
	struct usb_bytes screen = usb_simple(0x0eef, 1, 3, 0, 0);
	struct usb_guard *g = begun();

	(void)state;
	plug("1-1", "2", &screen);
	serve(g);
	show_report("1-1", "", 0);
	serve(g);
	assert_int_equal(authorized("1-1"), '1');
	fill_report("1-1", touch, sizeof(touch));
	serve(g);
	assert_int_equal(authorized("1-1"), '1');
	fill_report("1-1", keys, sizeof(keys));
	serve(g);
	assert_int_equal(authorized("1-1"), '0');
	usb_guard_close(g);
}

/* The report stands there only while it is in use: the refusal stays. */
static void test_a_keyboard_that_claims_to_be_a_touch_screen(void **state)
{
	static const struct {
		const uint8_t *bytes;
		size_t len;
	} cases[] = {{keys, sizeof(keys)}, {mouse, sizeof(mouse)},
	    {keys, sizeof(keys) - 2}};
	struct usb_bytes screen = usb_simple(0x0eef, 1, 3, 0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct usb_guard *g = begun();

		plug("1-1", "2", &screen);
		serve(g);
		assert_string_not_equal(heard(g), "");
		show_report("1-1", cases[i].bytes, cases[i].len);
		serve(g);
		assert_int_equal(authorized("1-1"), '0');
		assert_string_equal(heard(g),
		    "usb: 1-1 (0eef:0001) is shut out: it is a keyboard or "
		    "mouse that is not on the list");
		unplug("1-1/1-1:1.0");
		serve(g);
		assert_int_equal(authorized("1-1"), '0');
		unplug("1-1");
		usb_guard_close(g);
	}
}

/* The kernel's driver of storage knows hundreds of devices by their numbers
 * alone, whatever class they say they are. */
static void bind_driver(const char *device, const char *driver)
{
	char path[256], target[64];

	snprintf(path, sizeof(path), "%s/%s:1.0", device, device);
	make_folder(path);
	snprintf(path, sizeof(path), "%s/bus/usb/devices/%s/%s:1.0/driver",
	    root, device, device);
	snprintf(target, sizeof(target), "../../../drivers/%s", driver);
	assert_int_equal(symlink(target, path), 0);
}

static void test_storage_behind_a_printer_s_face_is_shut_out(void **state)
{
	static const char *const drivers[] = {"usb-storage", "uas",
	    "ums-realtek"};
	struct usb_bytes printer = usb_simple(0x03f0, 0x0107, 7, 1, 2);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
		struct usb_guard *g = begun();

		set_storage(g, i == 1);
		plug("1-1", "2", &printer);
		serve(g);
		assert_string_not_equal(heard(g), "");
		bind_driver("1-1", drivers[i]);
		serve(g);
		assert_int_equal(authorized("1-1"), '0');
		assert_string_equal(heard(g),
		    "usb: 1-1 (03f0:0107) is shut out: it is a stick that is "
		    "something else besides");
		unplug("1-1/1-1:1.0");
		serve(g);
		assert_int_equal(authorized("1-1"), '0');
		unplug("1-1");
		usb_guard_close(g);
	}
}

static void test_a_device_of_the_list_with_storage_s_driver_too(void **state)
{
	struct usb_bytes scanner = usb_simple(0x05e0, 0x1200, 3, 1, 1);
	struct usb_guard *g = begun();

	(void)state;
	plug("1-1", "2", &scanner);
	serve(g);
	bind_driver("1-1", "usb-storage");
	serve(g);
	assert_int_equal(authorized("1-1"), '0');
	usb_guard_close(g);
}

static void test_the_drivers_of_its_kind_do_no_harm(void **state)
{
	struct usb_bytes printer = usb_simple(0x04b8, 0x0202, 7, 1, 2);
	struct usb_bytes stick = usb_simple(0x0930, 0x6545, 8, 6, 0x50);
	struct usb_guard *g = begun();

	(void)state;
	set_storage(g, true);
	plug("1-1", "2", &printer);
	plug("1-2", "3", &stick);
	serve(g);
	bind_driver("1-1", "usblp");
	bind_driver("1-2", "usb-storage");
	serve(g);
	assert_int_equal(authorized("1-1"), '1');
	assert_int_equal(authorized("1-2"), '1');
	usb_guard_close(g);
}

static void test_root_hubs_and_interfaces_are_passed_over(void **state)
{
	struct usb_bytes keyboard = usb_simple(0x046d, 0xc31c, 3, 1, 1);
	static const char *const names[] = {"usb1", "1-1:1.0", "1-1x"};
	struct usb_guard *g;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		plug(names[i], "2", &keyboard);
		put(names[i], "authorized", "1\n", 2);
	}
	g = begun();
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(authorized(names[i]), '1');
	assert_string_equal(heard(g), "");
	usb_guard_close(g);
}

static void test_descriptors_that_cannot_be_read_are_refused(void **state)
{
	struct usb_bytes printer = usb_simple(0x04b8, 0x0202, 7, 1, 2);
	char path[256];
	struct usb_guard *g;

	(void)state;
	plug("1-1", "2", &printer);
	snprintf(path, sizeof(path), "%s/bus/usb/devices/1-1/descriptors",
	    root);
	assert_int_equal(unlink(path), 0);
	g = begun();
	assert_int_equal(authorized("1-1"), '0');
	usb_guard_close(g);
}

static void test_the_sixty_fifth_device_is_refused(void **state)
{
	struct usb_bytes printer = usb_simple(0x04b8, 0x0202, 7, 1, 2);
	struct usb_guard *g;
	int in = 0;

	(void)state;
	for (int i = 0; i < 65; i++) {
		char name[16];

		snprintf(name, sizeof(name), "1-%d", i);
		plug(name, "2", &printer);
	}
	g = begun();
	for (int i = 0; i < 65; i++) {
		char name[16];

		snprintf(name, sizeof(name), "1-%d", i);
		in += authorized(name) == '1';
	}
	assert_int_equal(in, 64);
	usb_guard_close(g);
}

static void test_the_oldest_of_seventeen_events_is_dropped(void **state)
{
	struct usb_bytes printer = usb_simple(0x04b8, 0x0202, 7, 1, 2);
	struct usb_guard *g = begun();
	int n = 0;

	(void)state;
	for (int i = 0; i < 17; i++) {
		char name[16];

		snprintf(name, sizeof(name), "1-%d", i);
		plug(name, "2", &printer);
		serve(g);
	}
	assert_string_equal(heard(g),
	    "usb: 1-1 (04b8:0202) may be used: a printer");
	while (heard(g)[0] != '\0')
		n++;
	assert_int_equal(n, 15);
	usb_guard_close(g);
}

/* The stick's switch cannot be written; the printer is let in all the same. */
static void test_one_device_that_fails_stops_no_other(void **state)
{
	struct usb_bytes printer = usb_simple(0x04b8, 0x0202, 7, 1, 2);
	struct usb_guard *g = begun();
	struct err e = {0};
	char path[256];

	(void)state;
	plug("1-1", "2", &printer);
	plug("1-2", "3", &printer);
	snprintf(path, sizeof(path), "%s/bus/usb/devices/1-1/authorized", root);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(usb_guard_service(g, &e), -EISDIR);
	assert_non_null(strstr(e.text, "1-1 could not be let in"));
	assert_int_equal(authorized("1-2"), '1');
	usb_guard_close(g);
}

/* Nor at the start: one broken plug must not take screen and printer away. */
static void test_one_device_that_fails_at_the_start(void **state)
{
	struct usb_bytes printer = usb_simple(0x04b8, 0x0202, 7, 1, 2);
	struct usb_guard *g;
	char path[256];

	(void)state;
	plug("1-1", "2", &printer);
	plug("1-2", "3", &printer);
	snprintf(path, sizeof(path), "%s/bus/usb/devices/1-1/authorized", root);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/full", path), 0); /* -ENOSPC */
	g = begun();
	assert_int_equal(authorized("1-2"), '1');
	usb_guard_close(g);
}

static void test_no_tree_is_said(void **state)
{
	const struct usb_guard_options o = {"/nonexistent", NULL, 0};
	struct usb_guard *g = (struct usb_guard *)root;
	struct err e = {0};

	(void)state;
	assert_int_equal(usb_guard_open(&o, &g, &e), -ENOENT);
	assert_null(g);
	assert_non_null(strstr(e.text, "/nonexistent/bus/usb/devices"));
}

static void test_a_tree_of_a_test_has_no_kernel_events(void **state)
{
	struct usb_guard *g = begun();

	(void)state;
	assert_int_equal(usb_guard_fd(g), -1);
	usb_guard_close(g);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_what_is_plugged_in_already_is_judged),
	    CASE(test_a_verdict_is_told_once_a_plug),
	    CASE(test_what_was_in_use_without_right_is_shut_out),
	    CASE(test_the_list_is_heeded),
	    CASE(test_storage_comes_and_goes_with_the_technician),
	    CASE(test_closing_the_guard_shuts_the_storage),
	    CASE(test_a_new_guard_begins_with_shut_storage),
	    CASE(test_a_stick_that_types_is_told_to_the_technician),
	    CASE(test_a_touch_screen_stays_in),
	    CASE(test_an_empty_report_is_not_judged_yet),
	    CASE(test_a_keyboard_that_claims_to_be_a_touch_screen),
	    CASE(test_storage_behind_a_printer_s_face_is_shut_out),
	    CASE(test_a_device_of_the_list_with_storage_s_driver_too),
	    CASE(test_the_drivers_of_its_kind_do_no_harm),
	    CASE(test_root_hubs_and_interfaces_are_passed_over),
	    CASE(test_descriptors_that_cannot_be_read_are_refused),
	    CASE(test_the_sixty_fifth_device_is_refused),
	    CASE(test_the_oldest_of_seventeen_events_is_dropped),
	    CASE(test_one_device_that_fails_stops_no_other),
	    CASE(test_one_device_that_fails_at_the_start),
	    CASE(test_no_tree_is_said),
	    CASE(test_a_tree_of_a_test_has_no_kernel_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
