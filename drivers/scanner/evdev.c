#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <libevdev/libevdev.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	EVENTS = 1024, /* a turn, so that one device starves nobody */
};

/* Events were lost: catches up on which keys are down and spoils the line. */
static void resync(struct device *d, int64_t at_ms)
{
	struct input_event ev;
	int r;

	do {
		r = libevdev_next_event(d->dev, LIBEVDEV_READ_FLAG_SYNC, &ev);
		if (r == LIBEVDEV_READ_STATUS_SYNC && ev.type == EV_KEY)
			wedge_hold(&d->keys, ev.code, ev.value);
	} while (r == LIBEVDEV_READ_STATUS_SYNC);
	scan_line_spoil(&d->line, at_ms);
}

bool evdev_read(struct scanner *s, struct device *d, int64_t mono_ms)
{
	struct input_event ev;
	struct scan scan;
	int i;
	int r;

	d->more = false;
	for (i = 0; i < EVENTS; i++) {
		r = libevdev_next_event(d->dev, LIBEVDEV_READ_FLAG_NORMAL, &ev);
		if (r == -EAGAIN || r == -EINTR)
			return true;
		if (r < 0)
			return false;
		if (r == LIBEVDEV_READ_STATUS_SYNC)
			resync(d, wedge_event_ms(&ev));
		else if (wedge_take(&d->keys, &d->line, &ev, &scan))
			scanner_push(s, &scan, mono_ms);
	}
	d->more = true; /* some may lie in libevdev's own queue */
	return true;
}

/* The keys that are held already when the device is taken. */
static void note_keys(struct device *d)
{
	unsigned code;

	memset(&d->keys, 0, sizeof(d->keys));
	for (code = 0; code < KEY_CNT; code++)
		wedge_hold(&d->keys, code,
		    libevdev_get_event_value(d->dev, EV_KEY, code));
	d->keys.caps = libevdev_get_event_value(d->dev, EV_LED, LED_CAPSL) != 0;
}

static enum wedge judge(struct device *d, const struct scanner_config *cfg,
    struct scanner_id *id)
{
	id->vendor = (uint16_t)libevdev_get_id_vendor(d->dev);
	id->product = (uint16_t)libevdev_get_id_product(d->dev);
	if (!libevdev_has_event_code(d->dev, EV_KEY, KEY_1) ||
	    !libevdev_has_event_code(d->dev, EV_KEY, KEY_ENTER))
		return WEDGE_OTHER;
	if (!scanner_allows(cfg, *id))
		return WEDGE_STRANGER;
	if (libevdev_grab(d->dev, LIBEVDEV_GRAB) < 0)
		return WEDGE_NO_GRAB;
	/* Refused, times are of the other clock and gaps nearly as good. */
	if (libevdev_set_clock_id(d->dev, CLOCK_MONOTONIC) < 0)
		errno = 0;
	note_keys(d);
	scan_line_init(&d->line, SCAN_SILENCE_DISCARDS);
	return WEDGE_TAKEN;
}

enum wedge evdev_take(struct device *d, const char *path,
    const struct scanner_config *cfg, struct scanner_id *id, int *why)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	enum wedge w;

	if (fd < 0) {
		*why = -errno;
		return WEDGE_FAILED;
	}
	*why = libevdev_new_from_fd(fd, &d->dev);
	if (*why < 0) {
		d->dev = NULL;
		close(fd);
		return WEDGE_FAILED;
	}
	w = judge(d, cfg, id);
	if (w != WEDGE_TAKEN) {
		libevdev_free(d->dev);
		d->dev = NULL;
		close(fd);
		return w;
	}
	d->kind = DEVICE_WEDGE;
	d->fd = fd;
	return w;
}

void evdev_release(struct device *d)
{
	if (d->dev == NULL)
		return;
	/* Closing the descriptor ends the grab too, whatever this says. */
	(void)libevdev_grab(d->dev, LIBEVDEV_UNGRAB);
	libevdev_free(d->dev);
	d->dev = NULL;
}
