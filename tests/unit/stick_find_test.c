/* USB disks as udev would show them; what is not asked for is not opened: a
 * stick that does not answer would hold up whoever reads it. */
#include <errno.h>
#include <libudev.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/update/keep.h"
#include "firmware/update/stick_inner.h"

/* ---- udev, played: linked before the library ---- */

struct udev_device {
	const char *type, *sectors;
	bool usb;
	char node[96];
};

static struct udev_device devices[4];
static unsigned count;

/* Never looked into. */
struct udev *udev_new(void)
{
	return (struct udev *)devices;
}

struct udev *udev_unref(struct udev *u)
{
	(void)u;
	return NULL;
}

struct udev_enumerate *udev_enumerate_new(struct udev *u)
{
	return (struct udev_enumerate *)u;
}

struct udev_enumerate *udev_enumerate_unref(struct udev_enumerate *list)
{
	(void)list;
	return NULL;
}

int udev_enumerate_add_match_subsystem(struct udev_enumerate *list,
    const char *subsystem)
{
	(void)list;
	assert_string_equal(subsystem, "block");
	return 0;
}

int udev_enumerate_scan_devices(struct udev_enumerate *list)
{
	(void)list;
	return 0;
}

struct udev_list_entry *udev_enumerate_get_list_entry(
    struct udev_enumerate *list)
{
	(void)list;
	return count == 0 ? NULL : (struct udev_list_entry *)&devices[0];
}

struct udev_list_entry *udev_list_entry_get_next(struct udev_list_entry *entry)
{
	struct udev_device *next = (struct udev_device *)entry + 1;

	return next == devices + count ? NULL : (struct udev_list_entry *)next;
}

const char *udev_list_entry_get_name(struct udev_list_entry *entry)
{
	return (const char *)entry;
}

struct udev_device *udev_device_new_from_syspath(struct udev *u,
    const char *path)
{
	(void)u;
	return &devices[(size_t)(path - (const char *)devices) /
	    sizeof(devices[0])];
}

struct udev_device *udev_device_unref(struct udev_device *d)
{
	(void)d;
	return NULL;
}

const char *udev_device_get_devtype(struct udev_device *d)
{
	return d->type;
}

const char *udev_device_get_devnode(struct udev_device *d)
{
	return d->node;
}

const char *udev_device_get_sysattr_value(struct udev_device *d,
    const char *name)
{
	assert_string_equal(name, "size");
	return d->sectors;
}

struct udev_device *udev_device_get_parent_with_subsystem_devtype(
    struct udev_device *d, const char *subsystem, const char *type)
{
	assert_string_equal(subsystem, "usb");
	assert_string_equal(type, "usb_device");
	return d->usb ? d : NULL;
}

/* ---- the tests ---- */

static char dir[64];

static void plug(const char *type, const char *sectors, bool usb,
    const char *name, const char *content)
{
	struct udev_device *d = &devices[count++];
	char boot[STICK_BOOT_BYTES] = {0};
	struct err e = {0};

	*d = (struct udev_device){.type = type, .sectors = sectors, .usb = usb};
	assert_true((size_t)snprintf(d->node, sizeof(d->node), "%s/%s", dir,
			name) < sizeof(d->node));
	if (strcmp(content, "vfat") == 0) {
		boot[0] = (char)0xeb;
		memcpy(boot + 54, "FAT16", 5);
		boot[510] = 0x55;
		boot[511] = (char)0xaa;
	}
	assert_int_equal(keep_write(dir, name, str_of(boot, sizeof(boot)), &e),
	    0);
}

static int make(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/karcis-stick-XXXXXX");
	count = 0;
	return mkdtemp(dir) == NULL;
}

static int unmake(void **state)
{
	(void)state;
	for (unsigned i = 0; i < count; i++)
		(void)unlink(devices[i].node);
	return rmdir(dir);
}

static void test_a_stick_is_counted_without_being_opened(void **state)
{
	char events[4096];
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	(void)state;
	plug("disk", "2048\n", true, "sda", "none");
	plug("partition", "2000\n", true, "sda1", "vfat");
	assert_true(watch >= 0);
	assert_true(inotify_add_watch(watch, dir, IN_OPEN) >= 0);
	assert_int_equal(stick_count_disks(), 1);
	assert_true(read(watch, events, sizeof(events)) < 0);
	close(watch);
}

static void test_only_usb_disks_with_a_medium_are_sticks(void **state)
{
	(void)state;
	assert_int_equal(stick_count_disks(), 0);
	plug("disk", "2048\n", false, "sda", "vfat");
	plug("disk", "0\n", true, "sdb", "vfat");
	assert_int_equal(stick_count_disks(), 0);
	plug("disk", "2048\n", true, "sdc", "vfat");
	assert_int_equal(stick_count_disks(), 1);
}

static void test_the_biggest_file_system_of_the_one_stick_is_taken(void **state)
{
	enum update_refusal why = UPDATE_REFUSAL_UNSET;
	enum stick_fs fs;
	char node[STICK_PATH];
	struct err e = {0};

	(void)state;
	assert_int_equal(stick_find_device(node, &fs, &why, &e), -EBADMSG);
	assert_int_equal(why, UPDATE_NO_STICK);
	plug("disk", "4096\n", true, "sda", "none");
	assert_int_equal(stick_find_device(node, &fs, &why, &e), -EBADMSG);
	assert_int_equal(why, UPDATE_WRONG_FS);
	plug("partition", "100\n", true, "sda1", "vfat");
	plug("partition", "200\n", true, "sda2", "vfat");
	assert_int_equal(stick_find_device(node, &fs, &why, &e), 0);
	assert_int_equal(fs, STICK_FS_VFAT);
	assert_string_equal(node, devices[2].node);
	plug("disk", "4096\n", true, "sdb", "vfat");
	assert_int_equal(stick_find_device(node, &fs, &why, &e), -EBADMSG);
	assert_int_equal(why, UPDATE_NO_STICK);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EACH(test_a_stick_is_counted_without_being_opened),
	    EACH(test_only_usb_disks_with_a_medium_are_sticks),
	    EACH(test_the_biggest_file_system_of_the_one_stick_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
