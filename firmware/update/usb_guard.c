#include "usb_guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libudev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PARTS = 32,   /* interfaces of one device and its HID devices */
	DRAINED = 256 /* kernel events at once; all say only: look again */
};

struct device {
	char name[USB_GUARD_NAME];
	int64_t number; /* devnum: another one each time it is plugged in */
	bool here;      /* in this look */
	enum usb_reason unmasked; /* what it turned out to be in use */
	struct usb_judgement told;
	bool was_told;
};

struct usb_guard {
	struct usb_guard_options options;
	bool storage_open;
	struct udev *udev;
	struct udev_monitor *monitor;
	struct device device[USB_GUARD_DEVICES];
	struct usb_guard_event event[USB_GUARD_EVENTS];
	size_t first, events;
};

/* ---- sysfs ---- */

/* "1-1.4": bus and ports. Root hubs are usb1, interfaces have a colon. */
static bool is_device(const char *name)
{
	size_t len = strlen(name);

	return len < USB_GUARD_NAME && name[0] >= '0' && name[0] <= '9' &&
	    strspn(name, "0123456789-.") == len && strchr(name, '-') != NULL;
}

/* How much was read, or -errno. */
static long read_file(int folder, const char *name, char *out, size_t cap)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0 && len < cap) {
		n = read(fd, out + len, cap - len);
		if (n < 0 && errno == EINTR) {
			n = 1;
			continue;
		}
		len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0)
		n = -errno;
	close(fd);
	return n < 0 ? n : (long)len;
}

static int64_t read_number(int folder, const char *name)
{
	char text[24];
	long n = read_file(folder, name, text, sizeof(text));
	int64_t value;

	if (n < 0 ||
	    !str_number(str_trim(str_of(text, (size_t)n)), 0, INT32_MAX,
		&value))
		return -1;
	return value;
}

static int authorize(int folder, bool on)
{
	int fd = openat(folder, "authorized", O_WRONLY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, on ? "1" : "0", 1) != 1)
		r = -errno;
	close(fd);
	return r;
}

/* ---- a device, once it is in use ---- */

/* Of a folder's sub-folders those that fn wants; -1: more than PARTS. */
static int each_part(int folder, bool (*wanted)(const char *),
    void (*fn)(void *ctx, int part), void *ctx)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), part;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	int n = 0;

	if (d == NULL && fd >= 0)
		close(fd);
	while (d != NULL && (e = readdir(d)) != NULL && n <= PARTS) {
		if (!wanted(e->d_name))
			continue;
		part = openat(fd, e->d_name,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (part < 0)
			continue;
		fn(ctx, part);
		close(part);
		n++;
	}
	if (d != NULL)
		closedir(d);
	return n > PARTS ? -1 : n;
}

/* "1-1:1.0" */
static bool is_interface(const char *name)
{
	return name[0] >= '0' && name[0] <= '9' && strchr(name, ':') != NULL;
}

/* "0003:0EEF:0001.0002": bus, vendor, product, a running number */
static bool is_hid(const char *name)
{
	return strncmp(name, "0003:", 5) == 0;
}

static bool is_storage_driver(const char *name)
{
	return strcmp(name, "usb-storage") == 0 || strcmp(name, "uas") == 0 ||
	    strncmp(name, "ums-", 4) == 0;
}

static void on_driver(void *ctx, int part)
{
	char link[256];
	ssize_t n = readlinkat(part, "driver", link, sizeof(link) - 1);
	const char *slash;

	if (n <= 0)
		return;
	link[n] = '\0';
	slash = strrchr(link, '/');
	if (is_storage_driver(slash == NULL ? link : slash + 1))
		*(bool *)ctx = true;
}

/* One of its parts is used as storage. */
static bool stores(int folder)
{
	bool found = false;

	return each_part(folder, is_interface, on_driver, &found) < 0 || found;
}

struct unmasking {
	int interfaces, reports, touches;
	bool refused;
};

static void on_hid(void *ctx, int part)
{
	static char report[USB_REPORT_MAX + 1];
	struct unmasking *u = ctx;
	long n = read_file(part, "report_descriptor", report, sizeof(report));
	enum usb_report r;

	/* Empty until a driver of the kernel has read it; its binding is an
	 * event, so the next look knows. Without one nothing is typed. */
	if (n <= 0)
		return;
	r = usb_policy_report(str_of(report, (size_t)n));
	u->reports++;
	u->touches += r == USB_REPORT_TOUCH;
	if (r == USB_REPORT_REFUSED)
		u->refused = true;
}

static void on_interface(void *ctx, int part)
{
	struct unmasking *u = ctx;

	u->interfaces++;
	if (each_part(part, is_hid, on_hid, ctx) < 0)
		u->refused = true;
}

/* Of a touch screen: it types, or all its parts are known and none is one.
 * While the kernel has not read all of them it is not known yet. */
static bool types(int folder)
{
	struct unmasking u = {0};

	if (each_part(folder, is_interface, on_interface, &u) < 0)
		return true;
	return u.refused ||
	    (u.interfaces > 0 && u.reports >= u.interfaces && u.touches == 0);
}

/* ---- the table ---- */

/* The device's place, a fresh one when it was plugged in anew; NULL: the
 * table is full. */
static struct device *place_of(struct usb_guard *g, const char *name,
    int64_t number)
{
	struct device *d, *empty = NULL;

	for (d = g->device; d < g->device + USB_GUARD_DEVICES; d++) {
		if (d->name[0] == '\0') {
			empty = empty == NULL ? d : empty;
			continue;
		}
		if (strcmp(d->name, name) != 0)
			continue;
		if (d->number == number)
			return d;
		empty = d;
		break;
	}
	if (empty == NULL)
		return NULL;
	*empty = (struct device){.number = number};
	return str_copy(empty->name, sizeof(empty->name), str_from(name))
	    ? empty
	    : NULL;
}

static const char *kind_text(enum usb_kind kind)
{
	switch (kind) {
	case USB_KIND_NONE:
		return "nothing";
	case USB_KIND_HUB:
		return "a hub";
	case USB_KIND_PRINTER:
		return "a printer";
	case USB_KIND_TOUCH:
		return "a touch screen";
	case USB_KIND_LISTED:
		return "a device of the list";
	case USB_KIND_STORAGE:
		return "a stick";
	}
	return "nothing";
}

static void push(struct usb_guard *g, const char *name,
    const struct usb_judgement *j)
{
	struct usb_guard_event *e;

	if (g->events == USB_GUARD_EVENTS) {
		g->first = (g->first + 1) % USB_GUARD_EVENTS;
		g->events--;
	}
	e = &g->event[(g->first + g->events++) % USB_GUARD_EVENTS];
	*e = (struct usb_guard_event){.judgement = *j};
	if (!str_copy(e->name, sizeof(e->name), str_from(name)))
		e->name[0] = '\0';
	(void)snprintf(e->text, sizeof(e->text), "usb: %s (%04x:%04x) %s%s",
	    name, j->id.vendor, j->id.product,
	    j->verdict == USB_ALLOWED ? "may be used: " : "is shut out: ",
	    j->verdict == USB_ALLOWED ? kind_text(j->kind)
				      : usb_reason_text(j->reason));
}

static void tell(struct usb_guard *g, struct device *d,
    const struct usb_judgement *j)
{
	if (d->was_told && d->told.verdict == j->verdict &&
	    d->told.reason == j->reason && d->told.kind == j->kind)
		return;
	d->told = *j;
	d->was_told = true;
	push(g, d->name, j);
}

/* ---- one look at all of them ---- */

static struct usb_judgement judge(struct usb_guard *g, int folder,
    struct device *d, bool in_use)
{
	static char bytes[USB_DESCRIPTORS_MAX + 1];
	long n = read_file(folder, "descriptors", bytes, sizeof(bytes));
	struct usb_judgement j = usb_policy(
	    str_of(bytes, n < 0 ? 0 : (size_t)n), g->options.allow,
	    g->options.allow_n, g->storage_open);

	if (in_use && j.kind == USB_KIND_TOUCH && types(folder))
		d->unmasked = USB_REASON_KEYBOARD;
	if (in_use && j.kind != USB_KIND_STORAGE && stores(folder))
		d->unmasked = USB_REASON_STORAGE_ALSO;
	if (d->unmasked != USB_REASON_NONE) {
		j.verdict = USB_REFUSED;
		j.reason = d->unmasked;
	}
	return j;
}

static int look_at(struct usb_guard *g, int folder, const char *name,
    struct err *e)
{
	bool in_use = read_number(folder, "authorized") == 1;
	struct device *d = place_of(g, name, read_number(folder, "devnum"));
	struct usb_judgement j = {.reason = USB_REASON_INTERFACES};
	bool wanted;
	int r = 0;

	if (d != NULL) {
		d->here = true;
		j = judge(g, folder, d, in_use);
	}
	wanted = j.verdict == USB_ALLOWED;
	if (wanted != in_use)
		r = authorize(folder, wanted);
	/* It was pulled out, or broke; the kernel says so next. */
	if (r == -ENODEV || r == -ENOENT)
		return 0;
	if (r < 0)
		return err_set(e, r, "usb: %s could not be %s: %s", name,
		    wanted ? "let in" : "shut out", strerror(-r));
	if (d != NULL)
		tell(g, d, &j);
	return 0;
}

static void forget_gone(struct usb_guard *g)
{
	for (size_t i = 0; i < USB_GUARD_DEVICES; i++) {
		if (!g->device[i].here)
			g->device[i] = (struct device){0};
		g->device[i].here = false;
	}
}

/* An error of the tree. *device: the first of a device, or 0; each is looked
 * at. e is of either. */
static int look_at_all(struct usb_guard *g, int *device, struct err *e)
{
	char path[512];
	const struct dirent *entry;
	struct err none;
	DIR *d;
	int one, folder;

	*device = 0;
	(void)snprintf(path, sizeof(path), "%s/bus/usb/devices",
	    g->options.sysfs);
	d = opendir(path);
	if (d == NULL)
		return err_set(e, -errno, "usb: cannot read %s: %s", path,
		    strerror(errno));
	while ((entry = readdir(d)) != NULL) {
		if (!is_device(entry->d_name))
			continue;
		folder = openat(dirfd(d), entry->d_name,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (folder < 0)
			continue;
		one = look_at(g, folder, entry->d_name,
		    *device == 0 ? e : &none);
		*device = *device == 0 ? one : *device;
		close(folder);
	}
	closedir(d);
	forget_gone(g);
	return 0;
}

static int look(struct usb_guard *g, struct err *e)
{
	int device, r = look_at_all(g, &device, e);

	return r < 0 ? r : device;
}

/* ---- the guard ---- */

static int listen_to_kernel(struct usb_guard *g, struct err *e)
{
	if (strcmp(g->options.sysfs, "/sys") != 0)
		return 0;
	g->udev = udev_new();
	/* Of the kernel, not of udevd: no rule and no other program is waited
	 * for, and it is heard in every network namespace. Of usb the
	 * interfaces too: a driver was bound. */
	if (g->udev != NULL)
		g->monitor = udev_monitor_new_from_netlink(g->udev, "kernel");
	if (g->monitor == NULL ||
	    udev_monitor_filter_add_match_subsystem_devtype(g->monitor, "usb",
		NULL) < 0 ||
	    udev_monitor_filter_add_match_subsystem_devtype(g->monitor, "hid",
		NULL) < 0 ||
	    udev_monitor_enable_receiving(g->monitor) < 0)
		return err_set(e, -ENOMEM,
		    "usb: the kernel's events cannot be heard");
	return 0;
}

int usb_guard_open(const struct usb_guard_options *o, struct usb_guard **out,
    struct err *e)
{
	struct usb_guard *g = calloc(1, sizeof(*g));
	int r, device = 0;

	*out = NULL;
	if (g == NULL)
		return err_set(e, -ENOMEM, "usb: out of memory");
	g->options = *o;
	/* Events first: what comes while we look is seen by the next look. */
	r = listen_to_kernel(g, e);
	if (r == 0)
		r = look_at_all(g, &device, e);
	/* One device that does not work takes no other away; whoever may not
	 * write, may not for any. */
	if (r == 0 &&
	    (device == -EACCES || device == -EPERM || device == -EROFS))
		r = device;
	if (r == 0) {
		*out = g;
		g = NULL;
	}
	usb_guard_close(g);
	return r;
}

void usb_guard_close(struct usb_guard *g)
{
	struct err none;

	if (g == NULL)
		return;
	if (g->storage_open && usb_guard_storage(g, false, &none) < 0)
		g->storage_open = false;
	udev_monitor_unref(g->monitor);
	udev_unref(g->udev);
	free(g);
}

int usb_guard_fd(const struct usb_guard *g)
{
	return g->monitor == NULL ? -1 : udev_monitor_get_fd(g->monitor);
}

int usb_guard_service(struct usb_guard *g, struct err *e)
{
	struct udev_device *d;
	int i;

	for (i = 0; g->monitor != NULL && i < DRAINED &&
	     (d = udev_monitor_receive_device(g->monitor)) != NULL;
	     i++)
		udev_device_unref(d);
	return look(g, e);
}

int usb_guard_storage(struct usb_guard *g, bool open, struct err *e)
{
	g->storage_open = open;
	return look(g, e);
}

unsigned usb_guard_sticks(const struct usb_guard *g)
{
	unsigned n = 0;

	for (size_t i = 0; i < USB_GUARD_DEVICES; i++)
		n += g->device[i].told.verdict == USB_ALLOWED &&
		    g->device[i].told.kind == USB_KIND_STORAGE;
	return n;
}

bool usb_guard_next_event(struct usb_guard *g, struct usb_guard_event *out)
{
	if (g->events == 0)
		return false;
	*out = g->event[g->first];
	g->first = (g->first + 1) % USB_GUARD_EVENTS;
	g->events--;
	return true;
}
