#include "touch.h"

#include "contacts.h"

#include <errno.h>
#include <fcntl.h>
#include <libevdev/libevdev.h>
#include <libudev.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	DEVICES = 8,
	NODE = 192,
	QUEUE = 64, /* a frame gives at most two for each finger */
	TURN_EVENTS =
	    512, /* a turn, so that a device that floods starves nobody */
	UEVENTS = 64,
};

struct axis {
	int64_t min, max;
};

struct device {
	struct libevdev *dev; /* NULL = unused */
	int fd;
	char node[NODE];
	int64_t serial; /* in the upper half of its fingers' names */
	struct axis x, y;
	struct contacts fingers;
};

struct touch {
	struct touch_config config;
	struct udev *udev;
	struct udev_monitor *monitor; /* NULL = what is there at the start */
	int epoll;
	int again;      /* ready while a turn has left events over */
	bool left_over; /* it has: they may wait where poll sees none */
	int64_t serial; /* of the device taken last */
	struct device device[DEVICES];
	struct input queue[QUEUE];
	unsigned first, count;
};

static bool by_name(const struct touch *t)
{
	return t->config.device != NULL &&
	    strcmp(t->config.device, "auto") != 0;
}

/* ---- positions ---- */

static int scale(const struct axis *a, int32_t value, int size_px)
{
	int64_t at = value < a->min ? a->min : value > a->max ? a->max : value;

	return (int)((at - a->min) * size_px / (a->max - a->min + 1));
}

static void push(struct touch *t, const struct device *d,
    const struct contacts_change *c)
{
	struct input *in = &t->queue[(t->first + t->count) % QUEUE];
	int w, h;

	if (t->count == QUEUE)
		return;
	turn_panel(&t->config.turn, &w, &h);
	in->kind = c->kind;
	in->finger = d->serial << 8 | c->slot;
	turn_back(&t->config.turn, scale(&d->x, c->x, w), scale(&d->y, c->y, h),
	    &in->x, &in->y);
	t->count++;
}

/* ---- one device ---- */

static bool take_axis(const struct libevdev *dev, unsigned code, struct axis *a)
{
	const struct input_absinfo *info = libevdev_get_abs_info(dev, code);

	if (info == NULL || info->minimum >= info->maximum)
		return false;
	a->min = info->minimum;
	a->max = info->maximum;
	return true;
}

static bool has(const struct libevdev *dev, unsigned type, unsigned code)
{
	return libevdev_has_event_code(dev, type, code) == 1;
}

/* UNSET = it has no positions that can be pressed. */
static enum contacts_kind kind_of(const struct libevdev *dev, bool named)
{
	bool position = has(dev, EV_ABS, ABS_MT_POSITION_X) &&
	    has(dev, EV_ABS, ABS_MT_POSITION_Y);

	if (position && has(dev, EV_ABS, ABS_MT_SLOT) &&
	    has(dev, EV_ABS, ABS_MT_TRACKING_ID))
		return CONTACTS_SLOTS;
	if (has(dev, EV_ABS, ABS_X) && has(dev, EV_ABS, ABS_Y) &&
	    (has(dev, EV_KEY, BTN_TOUCH) ||
		(named && has(dev, EV_KEY, BTN_LEFT))))
		return CONTACTS_SINGLE;
	return position ? CONTACTS_FRAMES : CONTACTS_UNSET;
}

/* Fingers that lie on it already. */
static void note_fingers(struct device *d)
{
	int slots = libevdev_get_num_slots(d->dev);

	if (d->fingers.kind == CONTACTS_SINGLE &&
	    (libevdev_get_event_value(d->dev, EV_KEY, BTN_TOUCH) != 0 ||
		libevdev_get_event_value(d->dev, EV_KEY, BTN_LEFT) != 0))
		contacts_begin(&d->fingers, 0,
		    libevdev_get_event_value(d->dev, EV_ABS, ABS_X),
		    libevdev_get_event_value(d->dev, EV_ABS, ABS_Y));
	else if (d->fingers.kind == CONTACTS_SINGLE) {
		/* An axis that keeps its value is not told again. */
		d->fingers.contact[0].x = libevdev_get_event_value(d->dev,
		    EV_ABS, ABS_X);
		d->fingers.contact[0].y = libevdev_get_event_value(d->dev,
		    EV_ABS, ABS_Y);
	}
	if (d->fingers.kind != CONTACTS_SLOTS)
		return;
	for (int i = 0; i < slots && i < CONTACTS_MAX; i++) {
		struct contact *f = &d->fingers.contact[i];
		bool down = libevdev_get_slot_value(d->dev, (unsigned)i,
				ABS_MT_TRACKING_ID) >= 0;

		f->x = libevdev_get_slot_value(d->dev, (unsigned)i,
		    ABS_MT_POSITION_X);
		f->y = libevdev_get_slot_value(d->dev, (unsigned)i,
		    ABS_MT_POSITION_Y);
		if (down)
			contacts_begin(&d->fingers, i, f->x, f->y);
	}
	d->fingers.slot = libevdev_get_current_slot(d->dev);
}

/* 0 = it is one, taken; -ENOTTY = it is none. */
static int judge(struct touch *t, struct device *d)
{
	enum contacts_kind kind = kind_of(d->dev, by_name(t));
	bool many = kind == CONTACTS_SLOTS || kind == CONTACTS_FRAMES;

	memset(&d->fingers, 0, sizeof(d->fingers));
	if (kind == CONTACTS_UNSET ||
	    !take_axis(d->dev, many ? ABS_MT_POSITION_X : ABS_X, &d->x) ||
	    !take_axis(d->dev, many ? ABS_MT_POSITION_Y : ABS_Y, &d->y))
		return -ENOTTY;
	d->fingers.kind = kind;
	note_fingers(d);
	return libevdev_grab(d->dev, LIBEVDEV_GRAB);
}

static void forget(struct device *d)
{
	if (d->dev != NULL) {
		/* Closing the descriptor ends the grab whatever this says. */
		if (libevdev_grab(d->dev, LIBEVDEV_UNGRAB) < 0)
			errno = 0;
		libevdev_free(d->dev);
		d->dev = NULL;
	}
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

/* What a broken or hostile device does wrong does not fill the log. */
static void say_nothing(const struct libevdev *dev,
    enum libevdev_log_priority priority, void *data, const char *file, int line,
    const char *func, const char *format, va_list args)
{
	(void)dev;
	(void)priority;
	(void)data;
	(void)file;
	(void)line;
	(void)func;
	(void)format;
	(void)args;
}

static int open_quietly(int fd, struct libevdev **out)
{
	struct libevdev *dev = libevdev_new();
	int r = -ENOMEM;

	*out = NULL;
	if (dev == NULL)
		return r;
	libevdev_set_device_log_function(dev, say_nothing, LIBEVDEV_LOG_ERROR,
	    NULL);
	r = libevdev_set_fd(dev, fd);
	if (r == 0)
		*out = dev;
	else
		libevdev_free(dev);
	return r;
}

static int open_device(struct touch *t, struct device *d, const char *node)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int r;

	d->fd = open(node, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (d->fd < 0)
		return -errno;
	r = open_quietly(d->fd, &d->dev);
	if (r == 0)
		r = judge(t, d);
	if (r == 0 && epoll_ctl(t->epoll, EPOLL_CTL_ADD, d->fd, &ev) != 0)
		r = -errno;
	if (r < 0)
		forget(d);
	return r;
}

static struct device *find(struct touch *t, const char *node)
{
	for (int i = 0; i < DEVICES; i++)
		if (t->device[i].dev != NULL &&
		    strcmp(t->device[i].node, node) == 0)
			return &t->device[i];
	return NULL;
}

static struct device *unused(struct touch *t)
{
	for (int i = 0; i < DEVICES; i++)
		if (t->device[i].dev == NULL)
			return &t->device[i];
	return NULL;
}

static void consider(struct touch *t, const char *node)
{
	struct device *d = unused(t);
	struct said *said = t->config.said;
	int r;

	if (find(t, node) != NULL || strlen(node) >= NODE)
		return;
	if (d == NULL) {
		said_add(said, -ENOSPC, "touch: %s: there are %d already", node,
		    DEVICES);
		return;
	}
	r = open_device(t, d, node);
	if (r < 0 && (r != -ENOENT || !by_name(t)))
		said_add(said, r, "touch: %s cannot be used: %s", node,
		    r == -ENOTTY ? "it tells no positions" : strerror(-r));
	if (r < 0)
		return;
	snprintf(d->node, sizeof(d->node), "%s", node);
	d->serial = ++t->serial;
	said_add(said, 0, "touch: %s is taken", node);
}

/* The fingers on it went with it. */
static void lose(struct touch *t, struct device *d)
{
	struct contacts_change c;

	while (contacts_end(&d->fingers, &c))
		push(t, d, &c);
	said_add(t->config.said, -ENODEV, "touch: %s went away", d->node);
	forget(d);
}

/* ---- which are there ---- */

static bool is_touch_screen(struct udev_device *u)
{
	const char *is = udev_device_get_property_value(u,
	    "ID_INPUT_TOUCHSCREEN");
	const char *name = udev_device_get_sysname(u);

	return is != NULL && strcmp(is, "1") == 0 && name != NULL &&
	    strncmp(name, "event", 5) == 0;
}

/* Whether udev has looked at it: where no udev runs, it says nothing. */
static bool is_unjudged(struct udev_device *u)
{
	const char *name = udev_device_get_sysname(u);

	return access("/run/udev/control", F_OK) != 0 && name != NULL &&
	    strncmp(name, "event", 5) == 0 &&
	    udev_device_get_property_value(u, "ID_INPUT") == NULL;
}

/* Without udev: INPUT_PROP_DIRECT is what makes it a screen. */
static bool looks_like_one(const char *node)
{
	int fd = open(node, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct libevdev *dev = NULL;
	bool is = false;

	if (fd >= 0 && open_quietly(fd, &dev) == 0)
		is = libevdev_has_property(dev, INPUT_PROP_DIRECT) == 1 &&
		    kind_of(dev, false) != CONTACTS_UNSET;
	libevdev_free(dev);
	if (fd >= 0)
		close(fd);
	return is;
}

static void meet(struct touch *t, struct udev_device *u)
{
	const char *action = udev_device_get_action(u);
	const char *node = udev_device_get_devnode(u);

	if (node == NULL)
		return;
	if (action != NULL && strcmp(action, "remove") == 0) {
		struct device *d = find(t, node);

		if (d != NULL)
			lose(t, d);
		return;
	}
	if (by_name(t))
		consider(t, t->config.device);
	else if (is_touch_screen(u) || (is_unjudged(u) && looks_like_one(node)))
		consider(t, node);
}

static void enumerate(struct touch *t)
{
	struct udev_enumerate *all = udev_enumerate_new(t->udev);
	struct udev_list_entry *at;

	if (all == NULL ||
	    udev_enumerate_add_match_subsystem(all, "input") < 0 ||
	    udev_enumerate_scan_devices(all) < 0) {
		udev_enumerate_unref(all);
		return;
	}
	udev_list_entry_foreach(at, udev_enumerate_get_list_entry(all))
	{
		struct udev_device *u = udev_device_new_from_syspath(t->udev,
		    udev_list_entry_get_name(at));

		if (u != NULL)
			meet(t, u);
		udev_device_unref(u);
	}
	udev_enumerate_unref(all);
}

static void watch(struct touch *t)
{
	struct epoll_event ev = {.events = EPOLLIN};

	t->monitor = udev_monitor_new_from_netlink(t->udev, "udev");
	if (t->monitor == NULL)
		return;
	if (udev_monitor_filter_add_match_subsystem_devtype(t->monitor, "input",
		NULL) < 0 ||
	    udev_monitor_enable_receiving(t->monitor) < 0 ||
	    epoll_ctl(t->epoll, EPOLL_CTL_ADD, udev_monitor_get_fd(t->monitor),
		&ev) != 0) {
		udev_monitor_unref(t->monitor);
		t->monitor = NULL;
	}
}

static void take_uevents(struct touch *t)
{
	for (int i = 0; i < UEVENTS && t->monitor != NULL; i++) {
		struct udev_device *u = udev_monitor_receive_device(t->monitor);

		if (u == NULL)
			return;
		meet(t, u);
		udev_device_unref(u);
	}
}

static int make_ears(struct touch *t, struct err *e)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int r = 0;

	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	t->again = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->epoll < 0 || t->again < 0 ||
	    epoll_ctl(t->epoll, EPOLL_CTL_ADD, t->again, &ev) != 0)
		r = -errno;
	t->udev = udev_new();
	if (r == 0 && t->udev == NULL)
		r = -ENOMEM;
	return r < 0
	    ? err_set(e, r, "touch: no events to wait for: %s", strerror(-r))
	    : 0;
}

int touch_open(const struct touch_config *c, struct touch **out, struct err *e)
{
	struct touch *t = calloc(1, sizeof(*t));
	int r = 0;

	*out = NULL;
	if (t == NULL)
		return err_set(e, -ENOMEM, "touch: out of memory");
	t->config = *c;
	for (int i = 0; i < DEVICES; i++)
		t->device[i].fd = -1;
	r = make_ears(t, e);
	if (r < 0) {
		touch_close(t);
		return r;
	}
	/* First the ear, then the look: none falls in between. */
	watch(t);
	if (by_name(t))
		consider(t, t->config.device);
	else
		enumerate(t);
	if (touch_count(t) == 0)
		said_add(c->said, -ENODEV, "touch: %s is not there yet",
		    by_name(t) ? t->config.device : "a touch screen");
	*out = t;
	return 0;
}

void touch_close(struct touch *t)
{
	if (t == NULL)
		return;
	for (int i = 0; i < DEVICES; i++)
		forget(&t->device[i]);
	udev_monitor_unref(t->monitor);
	udev_unref(t->udev);
	if (t->again >= 0)
		close(t->again);
	if (t->epoll >= 0)
		close(t->epoll);
	free(t);
}

int touch_fd(const struct touch *t)
{
	return t->epoll;
}

int touch_count(const struct touch *t)
{
	int n = 0;

	for (int i = 0; i < DEVICES; i++)
		n += t->device[i].dev != NULL;
	return n;
}

/* ---- reading ---- */

static void give_out(struct touch *t, struct device *d)
{
	struct contacts_change c;

	while (contacts_next(&d->fingers, &c))
		push(t, d, &c);
}

/* The kernel's buffer ran over: libevdev asks for the state of now. */
static void catch_up(struct touch *t, struct device *d)
{
	struct input_event ev;

	contacts_lost(&d->fingers);
	for (int i = 0; i < TURN_EVENTS; i++) {
		if (libevdev_next_event(d->dev, LIBEVDEV_READ_FLAG_SYNC, &ev) !=
		    LIBEVDEV_READ_STATUS_SYNC)
			break;
		if (contacts_take(&d->fingers, ev.type, ev.code, ev.value))
			break;
	}
	contacts_found(&d->fingers);
	give_out(t, d);
}

/* Until something is to be given out, or nothing is left; false = gone. */
static bool read_device(struct touch *t, struct device *d)
{
	struct input_event ev;

	for (int i = 0; i < TURN_EVENTS && t->count == 0; i++) {
		int r = libevdev_next_event(d->dev, LIBEVDEV_READ_FLAG_NORMAL,
		    &ev);

		if (r == -EAGAIN || r == -EINTR)
			return true;
		if (r < 0)
			return false;
		if (r == LIBEVDEV_READ_STATUS_SYNC)
			catch_up(t, d);
		else if (contacts_take(&d->fingers, ev.type, ev.code, ev.value))
			give_out(t, d);
	}
	t->left_over = t->left_over || t->count == 0;
	return true;
}

static void read_devices(struct touch *t)
{
	for (int i = 0; i < DEVICES && t->count == 0; i++)
		if (t->device[i].dev != NULL && !read_device(t, &t->device[i]))
			lose(t, &t->device[i]);
}

/* libevdev has read more from the kernel than it has told. */
static void come_again(struct touch *t, bool yes)
{
	uint64_t value = 1;
	ssize_t n = yes ? write(t->again, &value, sizeof(value))
			: read(t->again, &value, sizeof(value));

	/* Ready already, or not at all: as was wanted. */
	if (n < 0)
		errno = 0;
}

bool touch_next(struct touch *t, struct input *out)
{
	if (t->left_over)
		come_again(t, false);
	t->left_over = false;
	if (t->count == 0)
		read_devices(t);
	if (t->count == 0)
		take_uevents(t);
	if (t->count == 0 && !t->left_over)
		read_devices(t);
	if (t->left_over)
		come_again(t, true);
	if (t->count == 0)
		return false;
	*out = t->queue[t->first];
	t->first = (t->first + 1) % QUEUE;
	t->count--;
	return true;
}
