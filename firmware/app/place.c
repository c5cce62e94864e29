/* Where the state directory lies: see office_place. */
#include "office.h"

#include <fcntl.h>
#include <libudev.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void machine_id(char out[PLACE_TEXT])
{
	int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, PLACE_TEXT - 1);

	out[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static void property(struct udev_device *d, const char *name,
    char out[PLACE_TEXT])
{
	const char *value = udev_device_get_property_value(d, name);

	if (value == NULL || !str_copy(out, PLACE_TEXT, str_from(value)))
		out[0] = '\0';
}

/* A directory on no disk of its own (tmpfs, overlay) has neither. */
static void disk(const char *state, struct place_storage *out)
{
	struct udev *udev = udev_new();
	struct udev_device *d = NULL;
	struct stat st;

	if (udev != NULL && stat(state, &st) == 0)
		d = udev_device_new_from_devnum(udev, 'b', st.st_dev);
	if (d != NULL) {
		property(d, "ID_FS_UUID", out->text[KEYS_FILE_SYSTEM]);
		property(d, "ID_SERIAL", out->text[KEYS_DISK]);
	}
	udev_device_unref(d);
	udev_unref(udev);
}

struct keys_place office_place(const struct office *o,
    struct place_storage *storage)
{
	struct keys_place place;

	memset(storage, 0, sizeof(*storage));
	machine_id(storage->text[KEYS_MACHINE]);
	disk(o->config.state, storage);
	for (int i = 0; i < KEYS_PARTS; i++)
		place.part[i] = str_trim(str_from(storage->text[i]));
	return place;
}
