#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keep.h"
#include "slots_rauc_inner.h"

enum {
	INSTALL_STEP_US = 500 * 1000,
	/* The seventh figure of /sys/class/block/NAME/stat, in sectors of 512
	 * bytes: Documentation/block/stat.rst of the kernel. */
	WRITE_SECTORS = 7,
	SECTOR = 512
};

struct install {
	bool ended;
	int32_t result;
	const char *device;
	bool counts; /* the kernel counts what is written to it */
	int64_t before, told;
};

static int on_completed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct install *i = userdata;
	int r = sd_bus_message_read_basic(m, 'i', &i->result);

	(void)error;
	i->ended = r >= 0;
	return r < 0 ? r : 0;
}

bool slots_rauc_written(struct str stat, int64_t *bytes)
{
	struct str word;
	int64_t sectors;
	int n = 0;

	stat = str_trim(stat);
	while (str_split(&stat, ' ', &word)) {
		if (word.len == 0)
			continue;
		if (++n < WRITE_SECTORS)
			continue;
		if (!str_number(word, 0, INT64_MAX / SECTOR, &sectors))
			return false;
		*bytes = sectors * SECTOR;
		return true;
	}
	return false;
}

/* What the kernel wrote to the slot's device since its start. */
static bool read_written(const char *device, int64_t *bytes)
{
	char room[KEEP_BYTES], dir[KEEP_PATH];
	char *path = realpath(device, NULL);
	const char *name = path == NULL ? NULL : strrchr(path, '/');
	struct str text;
	bool good;

	good = name != NULL && keep_path(dir, "/sys/class/block", name + 1) &&
	    keep_read(dir, "stat", room, &text, NULL) == 0 &&
	    slots_rauc_written(text, bytes);
	free(path);
	return good;
}

/* RAUC's own figure, for a device that the kernel does not count: it stands
 * still while the image is written. */
static void tell_percent(struct slots *s, const struct slots_image *image,
    const struct slots_progress *p)
{
	sd_bus_message *m = NULL;
	int32_t percent = 0;
	int r;

	r = sd_bus_get_property(s->bus, RAUC_SERVICE, RAUC_OBJECT,
	    RAUC_INTERFACE, "Progress", NULL, &m, "(isi)");
	if (r >= 0)
		r = sd_bus_message_enter_container(m, 'r', "isi");
	if (r >= 0)
		r = sd_bus_message_read_basic(m, 'i', &percent);
	if (r >= 0 && percent >= 0 && percent <= 100)
		p->tell(p->context, image->bytes * percent / 100, image->bytes);
	sd_bus_message_unref(m);
}

static void tell_progress(struct slots *s, struct install *i,
    const struct slots_image *image, const struct slots_progress *p)
{
	int64_t now;

	if (!i->counts || !read_written(i->device, &now)) {
		tell_percent(s, image, p);
		return;
	}
	now -= i->before;
	if (now > image->bytes)
		now = image->bytes;
	if (now < i->told)
		now = i->told;
	i->told = now;
	p->tell(p->context, now, image->bytes);
}

static int last_error(struct slots *s, struct err *e)
{
	char *text = NULL;
	int r = sd_bus_get_property_string(s->bus, RAUC_SERVICE, RAUC_OBJECT,
	    RAUC_INTERFACE, "LastError", NULL, &text);

	err_set(e, -EIO, "update: rauc: %s",
	    r >= 0 && text[0] != '\0' ? text : "the installation failed");
	free(text);
	return -EIO;
}

/* The caller bounds the time: it ends the process. */
static int wait_for_end(struct slots *s, const struct slots_image *image,
    const struct slots_progress *p, struct install *i, struct err *e)
{
	while (!i->ended) {
		int r = sd_bus_process(s->bus, NULL);

		if (r == 0) {
			tell_progress(s, i, image, p);
			r = sd_bus_wait(s->bus, INSTALL_STEP_US);
		}
		if (r < 0 && r != -EINTR)
			return rauc_failed(r, "installation", NULL, e);
	}
	return i->result == 0 ? 0 : last_error(s, e);
}

int rauc_write(struct slots *s, const struct slots_image *image,
    const struct slots_progress *progress, struct err *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	struct install install = {0};
	sd_bus_slot *match = NULL;
	struct rauc_slots list;
	int r = rauc_list(s, &list, e);

	if (r < 0)
		return r;
	install.device = list.other->device;
	install.counts = read_written(install.device, &install.before);
	r = sd_bus_match_signal(s->bus, &match, RAUC_SERVICE, RAUC_OBJECT,
	    RAUC_INTERFACE, "Completed", on_completed, &install);
	if (r >= 0)
		r = sd_bus_call_method(s->bus, RAUC_SERVICE, RAUC_OBJECT,
		    RAUC_INTERFACE, "InstallBundle", &error, NULL, "sa{sv}",
		    image->bundle, 0);
	if (r < 0)
		r = rauc_failed(r, "installation", &error, e);
	else
		r = wait_for_end(s, image, progress, &install, e);
	sd_bus_slot_unref(match);
	sd_bus_error_free(&error);
	return r;
}
