#include <errno.h>
#include <fcntl.h>
#include <libudev.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stick_inner.h"

enum { DEVICES_MAX = 256 };

/* Boot sectors: Microsoft's FAT specification 1.03 (jump, 55aa, "FAT" at 54
 * or 82) and exFAT's revision 1.00, 3.1. */
enum stick_fs stick_fs_of(const uint8_t b[STICK_BOOT_BYTES])
{
	if (b[510] != 0x55 || b[511] != 0xaa)
		return STICK_FS_NONE;
	if (b[0] == 0xeb && b[1] == 0x76 && b[2] == 0x90 &&
	    memcmp(b + 3, "EXFAT   ", 8) == 0)
		return STICK_FS_EXFAT;
	if ((b[0] == 0xeb || b[0] == 0xe9) &&
	    (memcmp(b + 54, "FAT", 3) == 0 || memcmp(b + 82, "FAT", 3) == 0))
		return STICK_FS_VFAT;
	return STICK_FS_NONE;
}

/* What the walk over the block devices has found. */
struct search {
	bool counts; /* no more than that: nothing is opened */
	unsigned disks;
	char node[STICK_PATH]; /* the biggest file system so far */
	enum stick_fs fs;
	uint64_t sectors;
};

static bool is_on_usb(struct udev_device *d)
{
	return udev_device_get_parent_with_subsystem_devtype(d, "usb",
		   "usb_device") != NULL;
}

static uint64_t size_of(struct udev_device *d)
{
	const char *text = udev_device_get_sysattr_value(d, "size");
	int64_t n = 0;

	return text != NULL &&
		str_number(str_trim(str_from(text)), 0, INT64_MAX, &n)
	    ? (uint64_t)n
	    : 0;
}

static enum stick_fs look_at(const char *node)
{
	uint8_t boot[STICK_BOOT_BYTES];
	int fd = open(node, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : pread(fd, boot, sizeof(boot), 0);

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)sizeof(boot) ? stick_fs_of(boot) : STICK_FS_NONE;
}

static void consider(struct search *s, struct udev_device *d)
{
	const char *type = udev_device_get_devtype(d);
	const char *node = udev_device_get_devnode(d);
	uint64_t sectors = size_of(d);
	enum stick_fs fs;

	if (type == NULL || node == NULL || sectors == 0 || !is_on_usb(d))
		return;
	if (strcmp(type, "disk") == 0)
		s->disks++;
	if (s->counts)
		return;
	fs = look_at(node);
	if (fs == STICK_FS_NONE || sectors <= s->sectors ||
	    !str_copy(s->node, sizeof(s->node), str_from(node)))
		return;
	s->fs = fs;
	s->sectors = sectors;
}

static void walk(struct search *s)
{
	struct udev *udev = udev_new();
	struct udev_enumerate *list = NULL;
	struct udev_list_entry *entry;
	unsigned n = 0;

	if (udev != NULL)
		list = udev_enumerate_new(udev);
	if (list == NULL ||
	    udev_enumerate_add_match_subsystem(list, "block") < 0 ||
	    udev_enumerate_scan_devices(list) < 0)
		goto out;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(list))
	{
		struct udev_device *d = udev_device_new_from_syspath(udev,
		    udev_list_entry_get_name(entry));

		if (d != NULL)
			consider(s, d);
		udev_device_unref(d);
		if (++n >= DEVICES_MAX)
			break;
	}
out:
	udev_enumerate_unref(list);
	udev_unref(udev);
}

int stick_find_device(char node[STICK_PATH], enum stick_fs *fs,
    enum update_refusal *why, struct err *e)
{
	struct search s = {.fs = STICK_FS_NONE};

	walk(&s);
	*fs = s.fs;
	memcpy(node, s.node, sizeof(s.node));
	if (s.disks == 1 && s.fs != STICK_FS_NONE)
		return 0;
	*why = s.disks == 1 ? UPDATE_WRONG_FS : UPDATE_NO_STICK;
	if (s.disks == 0)
		return err_set(e, -EBADMSG, "update: no stick is there");
	if (s.disks > 1)
		return err_set(e, -EBADMSG,
		    "update: %u sticks are there: leave one", s.disks);
	return err_set(e, -EBADMSG,
	    "update: the stick has neither vfat nor exfat");
}

unsigned stick_count_disks(void)
{
	struct search s = {.counts = true};

	walk(&s);
	return s.disks;
}
