#include <string.h>

#include "firmware/app/clock.h"
#include "firmware/app/log.h"
#include "server_inner.h"

static void tell_stick(struct server *s, bool present)
{
	struct update_event ev = {.kind = UPDATE_EV_STICK,
	    .now_s = clock_wall_s(),
	    .mono_ms = clock_mono_ms(),
	    .present = present};

	server_step(s, &ev);
}

static void tell_device(struct server *s, const struct usb_guard_event *g)
{
	struct update_event ev = {.kind = UPDATE_EV_DEVICE,
	    .now_s = clock_wall_s(),
	    .mono_ms = clock_mono_ms(),
	    .detail = str_from(g->text),
	    .more = g->judgement.reason == USB_REASON_STORAGE_ALSO};

	log_line(g->judgement.verdict == USB_ALLOWED ? LOG_LEVEL_INFO
						     : LOG_LEVEL_WARNING,
	    "%s", g->text);
	/* A stick that waits for a technician is no device to tell of. */
	if (g->judgement.verdict == USB_REFUSED &&
	    g->judgement.reason != USB_REASON_STORAGE_SHUT)
		server_step(s, &ev);
}

void server_guard_open(struct server *s)
{
	struct usb_guard_options o = {.sysfs = s->o->sysfs,
	    .allow = s->guarded,
	    .allow_n = s->allow_n};
	struct err e = {0};

	memcpy(s->guarded, s->allow, sizeof(s->guarded));
	s->guarded_n = s->allow_n;
	if (s->o->sysfs == NULL)
		return;
	if (usb_guard_open(&o, &s->guard, &e) < 0) {
		log_err(&e);
		s->guard = NULL;
	}
}

static void service_guard(struct server *s)
{
	struct usb_guard_event g;
	struct err e = {0};

	if (s->guard == NULL)
		return;
	if (usb_guard_service(s->guard, &e) < 0)
		log_err(&e);
	while (usb_guard_next_event(s->guard, &g))
		tell_device(s, &g);
}

/* What the last stick brought. */
static void empty_in(struct server *s)
{
	struct err e = {0};

	if (s->o->worker.in != NULL && stick_empty(s->o->worker.in, &e) < 0)
		log_err(&e);
}

void server_devices_open(struct server *s)
{
	service_guard(s);
	empty_in(s);
	if (s->o->worker.stick.is_folder)
		return;
	/* The kernel's own events: udevd's do not reach another network
	 * namespace. */
	s->udev = udev_new();
	if (s->udev != NULL)
		s->disks = udev_monitor_new_from_netlink(s->udev, "kernel");
	if (s->disks == NULL ||
	    udev_monitor_filter_add_match_subsystem_devtype(s->disks, "block",
		NULL) < 0 ||
	    udev_monitor_enable_receiving(s->disks) < 0)
		log_line(LOG_LEVEL_WARNING,
		    "update: no events of disks: sticks are looked for each "
		    "second");
}

void server_devices_close(struct server *s)
{
	usb_guard_close(s->guard);
	s->guard = NULL;
	udev_monitor_unref(s->disks);
	udev_unref(s->udev);
}

static void drain_disks(struct server *s)
{
	struct udev_device *d;

	while (s->disks != NULL &&
	    (d = udev_monitor_receive_device(s->disks)) != NULL)
		udev_device_unref(d);
}

void server_devices_service(struct server *s)
{
	drain_disks(s);
	service_guard(s);
	tell_stick(s, stick_is_there(&s->o->worker.stick));
}

void server_guard_renew(struct server *s)
{
	if (s->o->sysfs == NULL ||
	    (s->guarded_n == s->allow_n &&
		memcmp(s->guarded, s->allow,
		    s->allow_n * sizeof(s->allow[0])) == 0))
		return;
	usb_guard_close(s->guard);
	s->guard = NULL;
	server_guard_open(s);
	if (s->update.report.storage)
		server_storage(s, true);
}

void server_storage(struct server *s, bool open)
{
	struct err e = {0};

	if (s->guard != NULL && usb_guard_storage(s->guard, open, &e) < 0)
		log_err(&e);
	service_guard(s);
	if (!open)
		empty_in(s);
}
