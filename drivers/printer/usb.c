/*
 * The USB printer class over libusb: asynchronous transfers only.
 *
 * Life of a device: arrived (queued by the hot-plug callback) -> asked for
 * its IEEE 1284 id -> claimed -> UP -> gone or failed -> closing, until every
 * transfer has come back -> closed. A device that failed but is still plugged
 * in is tried again.
 */
#include "transport.h"
#include "profile.h"
#include "usb_interface.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Short enough that no transfer is ever split. Tests build longer ones. */
#ifndef USB_SLICE_BYTES
#define USB_SLICE_BYTES 4096
#endif

enum {
	SLICE_BYTES = USB_SLICE_BYTES,
	IN_BYTES = 512,
	QUEUE_MAX = 16,
	ID_BYTES = 1024,
	CONTROL_MS = 1000,
	RETRY_MS = 500,
	CLOSE_TRIES = 50
};
/* USB Printer Class 1.1, 4.2 */
enum { GET_DEVICE_ID = 0, SOFT_RESET = 2 };

enum usb_state { USB_AWAY = 0, USB_ASKING, USB_UP, USB_CLOSING };

struct usb {
	struct transport t;
	int vendor, product; /* -1: any */
	enum usb_state state;
	libusb_context *ctx;
	libusb_hotplug_callback_handle hotplug;
	bool watching;
	struct {
		libusb_device *dev;
		bool arrived;
	} queue[QUEUE_MAX];
	size_t queued;
	libusb_device *dev[QUEUE_MAX]; /* plugged in, referenced */
	size_t devs;
	bool refused[QUEUE_MAX]; /* not a ticket printer: never asked again */
	libusb_device *current;
	libusb_device_handle *handle;
	struct usb_interface at;
	struct libusb_transfer *in, *out, *control;
	bool in_busy, out_busy, control_busy;
	uint8_t in_bytes[IN_BYTES];
	uint8_t control_bytes[LIBUSB_CONTROL_SETUP_SIZE + ID_BYTES];
	const uint8_t *run;
	size_t run_left;
	bool stalled, in_stalled, stopping;
	int64_t now_ms, retry_ms;
	char name[128];
	enum printer_profile profile;
};

static struct usb *usb_of(struct transport *t)
{
	return (struct usb *)(void *)t;
}

/* libusb's codes, as errno. */
static int errno_of(int code)
{
	switch (code) {
	case LIBUSB_ERROR_ACCESS:
		return -EACCES;
	case LIBUSB_ERROR_NO_DEVICE:
	case LIBUSB_ERROR_NOT_FOUND:
		return -ENODEV;
	case LIBUSB_ERROR_BUSY:
		return -EBUSY;
	case LIBUSB_ERROR_NO_MEM:
		return -ENOMEM;
	case LIBUSB_ERROR_NOT_SUPPORTED:
		return -ENOTSUP;
	}
	return -EIO;
}

/* ---- finding the interface ---- */

static bool find_interface(struct usb *u, libusb_device *dev)
{
	struct libusb_config_descriptor *config;
	bool found;

	if (libusb_get_active_config_descriptor(dev, &config) != 0 &&
	    libusb_get_config_descriptor(dev, 0, &config) != 0)
		return false;
	found = usb_interface_find(config, &u->at);
	libusb_free_config_descriptor(config);
	return found;
}

/* ---- transfers ---- */

static void leave(struct usb *u, size_t maybe);
static void asked(struct usb *u, const uint8_t *bytes, int len);

static void LIBUSB_CALL on_in(struct libusb_transfer *x)
{
	struct usb *u = x->user_data;

	u->in_busy = false;
	if (u->state != USB_UP)
		return;
	if (x->actual_length > 0)
		u->t.tell(u->t.owner,
		    &(struct transport_event){.kind = TRANSPORT_BYTES,
			.bytes = u->in_bytes,
			.n = (size_t)x->actual_length});
	if (u->state != USB_UP)
		return;
	if (x->status == LIBUSB_TRANSFER_STALL && !u->in_stalled) {
		u->in_stalled = true;
		(void)libusb_clear_halt(u->handle, u->at.ep_in);
	} else if (x->status == LIBUSB_TRANSFER_COMPLETED) {
		u->in_stalled = false;
	} else if (x->status != LIBUSB_TRANSFER_TIMED_OUT) {
		leave(u, 0);
		return;
	}
	if (libusb_submit_transfer(x) == 0)
		u->in_busy = true;
	else
		leave(u, 0);
}

static bool next_slice(struct usb *u)
{
	size_t n = u->run_left < SLICE_BYTES ? u->run_left : SLICE_BYTES;

	/* libusb's OUT buffer is not const; it only reads from it. */
	libusb_fill_bulk_transfer(u->out, u->handle, u->at.ep_out,
	    (uint8_t *)(uintptr_t)u->run, (int)n, u->out->callback, u, 0);
	if (libusb_submit_transfer(u->out) != 0)
		return false;
	u->out_busy = true;
	return true;
}

static void run_stopped(struct usb *u)
{
	u->run_left = 0;
	u->stopping = false;
	transport_say(&u->t, TRANSPORT_STOPPED, 0);
}

/* The slice came back; `actual` counts whatever the status is. */
static void LIBUSB_CALL on_out(struct libusb_transfer *x)
{
	struct usb *u = x->user_data;
	size_t actual = (size_t)x->actual_length;
	size_t rest = (size_t)x->length - actual;

	u->out_busy = false;
	u->run += actual;
	u->run_left -= actual;
	if (actual > 0 && u->run_left > 0)
		u->stalled = false;
	if (actual > 0)
		transport_say(&u->t, TRANSPORT_TAKEN, actual);
	if (u->state == USB_CLOSING) {
		u->run_left = 0;
		transport_say(&u->t, TRANSPORT_LOST, rest);
		return;
	}
	switch (x->status) {
	case LIBUSB_TRANSFER_COMPLETED:
	case LIBUSB_TRANSFER_TIMED_OUT:
		break;
	case LIBUSB_TRANSFER_STALL:
		if (u->stalled ||
		    libusb_clear_halt(u->handle, u->at.ep_out) != 0) {
			run_stopped(u);
			return;
		}
		u->stalled = true;
		break;
	case LIBUSB_TRANSFER_CANCELLED:
		run_stopped(u);
		return;
	case LIBUSB_TRANSFER_NO_DEVICE:
	case LIBUSB_TRANSFER_ERROR:
	case LIBUSB_TRANSFER_OVERFLOW:
		leave(u, rest);
		return;
	}
	if (u->stopping)
		run_stopped(u);
	else if (u->run_left == 0)
		transport_say(&u->t, TRANSPORT_DRAINED, 0);
	else if (!u->out_busy && !next_slice(u))
		leave(u, 0);
}

static void say_up(struct usb *u, bool held)
{
	u->t.tell(u->t.owner,
	    &(struct transport_event){.kind = TRANSPORT_UP,
		.text = u->name,
		.profile = u->profile,
		.held = held});
}

static void LIBUSB_CALL on_control(struct libusb_transfer *x)
{
	struct usb *u = x->user_data;
	uint8_t request = libusb_control_transfer_get_setup(x)->bRequest;
	bool ok = x->status == LIBUSB_TRANSFER_COMPLETED;

	u->control_busy = false;
	if (x->status == LIBUSB_TRANSFER_NO_DEVICE) {
		leave(u, 0);
	} else if (request == GET_DEVICE_ID && u->state == USB_ASKING) {
		asked(u, libusb_control_transfer_get_data(x),
		    ok ? x->actual_length : 0);
	} else if (request == SOFT_RESET && u->state == USB_UP) {
		if (!ok)
			transport_note(&u->t, "printer: no soft reset");
		say_up(u, !ok);
	}
}

static bool control(struct usb *u, uint8_t type, uint8_t request,
    uint16_t index, uint16_t length)
{
	if (u->control_busy)
		return false;
	libusb_fill_control_setup(u->control_bytes, type, request, 0, index,
	    length);
	libusb_fill_control_transfer(u->control, u->handle, u->control_bytes,
	    on_control, u, CONTROL_MS);
	u->control_busy = libusb_submit_transfer(u->control) == 0;
	return u->control_busy;
}

/* USB Printer Class 1.1, 4.2.3: wIndex is the interface; UP follows. */
static bool soft_reset(struct usb *u)
{
	return control(u, 0x21, SOFT_RESET, (uint16_t)u->at.interface, 0);
}

/* ---- coming and going ---- */

static void cancel_all(struct usb *u)
{
	if (u->in_busy)
		(void)libusb_cancel_transfer(u->in);
	if (u->out_busy)
		(void)libusb_cancel_transfer(u->out);
	if (u->control_busy)
		(void)libusb_cancel_transfer(u->control);
}

/* The device is gone or of no use. With a slice under way, LOST waits for it
 * to come back with its count. */
static void leave(struct usb *u, size_t maybe)
{
	enum usb_state was = u->state;

	if (was == USB_AWAY || was == USB_CLOSING)
		return;
	u->state = USB_CLOSING;
	u->retry_ms = u->now_ms + RETRY_MS;
	if (was == USB_UP && !u->out_busy) {
		u->run_left = 0;
		transport_say(&u->t, TRANSPORT_LOST, maybe);
	}
	cancel_all(u);
}

static void finish_closing(struct usb *u)
{
	if (u->state != USB_CLOSING || u->in_busy || u->out_busy ||
	    u->control_busy)
		return;
	(void)libusb_release_interface(u->handle, u->at.interface);
	libusb_close(u->handle);
	u->handle = NULL;
	u->current = NULL;
	u->state = USB_AWAY;
}

static void refuse(struct usb *u, bool for_ever)
{
	for (size_t i = 0; i < u->devs; i++)
		if (u->dev[i] == u->current)
			u->refused[i] = for_ever;
	leave(u, 0);
}

static void name_it(struct usb *u, uint16_t vendor, uint16_t product,
    const struct ieee1284 *id)
{
	struct buf b;

	buf_init(&b, u->name, sizeof(u->name) - 1);
	buf_fmt(&b, "USB %04x:%04x", vendor, product);
	for (int part = 0; part < 2; part++) {
		struct str s = part ? id->model : id->manufacturer;

		buf_byte(&b, ' ');
		/* It is the device's text: nothing but plain ASCII. */
		for (size_t i = 0; i < s.len && i < 40; i++)
			if (s.ptr[i] >= 0x20 && s.ptr[i] < 0x7f)
				buf_byte(&b, (uint8_t)s.ptr[i]);
	}
	u->name[b.len] = '\0';
}

static int claim(struct usb *u)
{
	int configuration = 0, r;

	(void)libusb_set_auto_detach_kernel_driver(u->handle, 1);
	if (libusb_get_configuration(u->handle, &configuration) == 0 &&
	    configuration != u->at.configuration)
		(void)libusb_set_configuration(u->handle, u->at.configuration);
	r = libusb_claim_interface(u->handle, u->at.interface);
	if (r == 0 && u->at.alternate != 0)
		r = libusb_set_interface_alt_setting(u->handle, u->at.interface,
		    u->at.alternate);
	return r;
}

/* Its id came (or none): is it ours? */
static void asked(struct usb *u, const uint8_t *bytes, int len)
{
	struct libusb_device_descriptor d;
	struct ieee1284 id;
	bool ticket;
	int r;

	ieee1284_parse(str_of(bytes, (size_t)len), &id);
	(void)libusb_get_device_descriptor(u->current, &d);
	u->profile = profile_of_usb(d.idVendor, &id, &ticket);
	if (u->vendor < 0 && !ieee1284_speaks(&id, "ESC/POS") &&
	    !(ticket && id.commands.len == 0)) {
		refuse(u, true);
		return;
	}
	r = claim(u);
	if (r != 0) {
		transport_note(&u->t,
		    r == LIBUSB_ERROR_BUSY
			? "printer: in use by another program, trying again"
			: "printer: cannot be claimed, trying again");
		refuse(u, false);
		return;
	}
	name_it(u, d.idVendor, d.idProduct, &id);
	u->state = USB_UP;
	u->stalled = u->in_stalled = u->stopping = false;
	u->run_left = 0;
	if (u->at.ep_in != 0) {
		libusb_fill_bulk_transfer(u->in, u->handle, u->at.ep_in,
		    u->in_bytes, IN_BYTES, on_in, u, 0);
		u->in_busy = libusb_submit_transfer(u->in) == 0;
	}
	/* Half an image that a lost connection or a killed program left in the
	 * printer would swallow the next ticket's beginning. */
	if (!soft_reset(u))
		say_up(u, true);
}

static void try_device(struct usb *u, size_t i)
{
	struct libusb_device_descriptor d;
	int r;

	if (libusb_get_device_descriptor(u->dev[i], &d) != 0 ||
	    (u->vendor >= 0 &&
		(d.idVendor != u->vendor || d.idProduct != u->product)) ||
	    !find_interface(u, u->dev[i])) {
		u->refused[i] = true;
		return;
	}
	r = libusb_open(u->dev[i], &u->handle);
	if (r != 0) {
		u->handle = NULL;
		u->retry_ms = u->now_ms + RETRY_MS;
		transport_note(&u->t,
		    errno_of(r) == -EACCES
			? "printer: no permission to open the USB device"
			: "printer: the USB device does not open");
		return;
	}
	u->current = u->dev[i];
	u->state = USB_ASKING;
	/* wIndex: interface in the high byte, alternate setting in the low */
	if (!control(u, 0xa1, GET_DEVICE_ID,
		(uint16_t)(u->at.interface << 8 | u->at.alternate), ID_BYTES))
		asked(u, NULL, 0);
}

/* Only enqueues: libusb forbids most calls in here. */
static int LIBUSB_CALL on_hotplug(libusb_context *ctx, libusb_device *dev,
    libusb_hotplug_event event, void *user)
{
	struct usb *u = user;

	(void)ctx;
	if (u->queued == QUEUE_MAX)
		return 0;
	u->queue[u->queued].dev = libusb_ref_device(dev);
	u->queue[u->queued].arrived = event ==
	    LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED;
	u->queued++;
	return 0;
}

static void forget(struct usb *u, libusb_device *dev)
{
	for (size_t i = 0; i < u->devs; i++) {
		if (u->dev[i] != dev)
			continue;
		libusb_unref_device(dev);
		u->devs--;
		u->dev[i] = u->dev[u->devs];
		u->refused[i] = u->refused[u->devs];
		return;
	}
}

static void take_queue(struct usb *u)
{
	for (size_t i = 0; i < u->queued; i++) {
		libusb_device *dev = u->queue[i].dev;

		if (!u->queue[i].arrived) {
			if (dev == u->current)
				leave(u, 0);
			forget(u, dev);
			libusb_unref_device(dev);
		} else if (u->devs < QUEUE_MAX) {
			u->refused[u->devs] = false;
			u->dev[u->devs++] = dev;
			u->retry_ms = 0;
		} else {
			libusb_unref_device(dev);
		}
	}
	u->queued = 0;
}

static void look_for_one(struct usb *u)
{
	if (u->now_ms < u->retry_ms)
		return;
	for (size_t i = 0; i < u->devs && u->state == USB_AWAY; i++)
		if (!u->refused[i])
			try_device(u, i);
}

/* ---- the transport's calls ---- */

static bool waiting(const struct usb *u)
{
	if (u->state != USB_AWAY)
		return false;
	for (size_t i = 0; i < u->devs; i++)
		if (!u->refused[i])
			return true;
	return false;
}

static int64_t usb_deadline(const struct transport *t)
{
	const struct usb *u = (const struct usb *)(const void *)t;
	struct timeval tv;
	int64_t due = waiting(u) ? u->retry_ms : INT64_MAX;

	if (u->queued > 0)
		return 0;
	if (libusb_get_next_timeout(u->ctx, &tv) == 1) {
		int64_t ms = u->now_ms + tv.tv_sec * 1000 + tv.tv_usec / 1000;

		due = ms < due ? ms : due;
	}
	return due;
}

static size_t usb_pollfds(struct transport *t, struct pollfd *fds, size_t cap)
{
	const struct libusb_pollfd **list = libusb_get_pollfds(usb_of(t)->ctx);
	size_t n = 0;

	for (size_t i = 0; list != NULL && list[i] != NULL && n < cap; i++)
		fds[n++] = (struct pollfd){.fd = list[i]->fd,
		    .events = list[i]->events};
	libusb_free_pollfds(list);
	return n;
}

static void usb_service(struct transport *t, const struct pollfd *fds, size_t n,
    int64_t mono_ms)
{
	struct usb *u = usb_of(t);
	struct timeval zero = {0, 0};

	(void)fds, (void)n; /* libusb looks for itself */
	u->now_ms = mono_ms;
	(void)libusb_handle_events_timeout_completed(u->ctx, &zero, NULL);
	take_queue(u);
	finish_closing(u);
	look_for_one(u);
	finish_closing(u);
}

static int usb_send(struct transport *t, const uint8_t *bytes, size_t n)
{
	struct usb *u = usb_of(t);

	if (u->state != USB_UP)
		return -ENODEV;
	if (u->out_busy || u->run_left > 0)
		return -EBUSY;
	u->run = bytes;
	u->run_left = n;
	u->stalled = false;
	if (next_slice(u))
		return 0;
	u->run_left = 0;
	return -EIO;
}

static void usb_stop(struct transport *t)
{
	struct usb *u = usb_of(t);

	if (!u->out_busy) {
		run_stopped(u);
		return;
	}
	u->stopping = true;
	(void)libusb_cancel_transfer(u->out);
}

static void usb_reset(struct transport *t)
{
	struct usb *u = usb_of(t);

	if (u->state == USB_UP && !soft_reset(u))
		leave(u, 0);
}

static void deaf(void *owner, const struct transport_event *ev)
{
	(void)owner, (void)ev;
}

static void drop_all(struct transport *t)
{
	struct usb *u = usb_of(t);
	struct timeval tv = {0, 10000};

	u->t.tell = deaf;
	if (u->handle != NULL) {
		u->state = USB_CLOSING;
		cancel_all(u);
	}
	for (int i = 0;
	     i < CLOSE_TRIES && (u->in_busy || u->out_busy || u->control_busy);
	     i++)
		(void)libusb_handle_events_timeout_completed(u->ctx, &tv, NULL);
	finish_closing(u);
}

static void usb_close(struct transport *t)
{
	struct usb *u = usb_of(t);

	if (u->ctx != NULL) {
		drop_all(t);
		if (u->watching)
			libusb_hotplug_deregister_callback(u->ctx, u->hotplug);
		for (size_t i = 0; i < u->queued; i++)
			libusb_unref_device(u->queue[i].dev);
		for (size_t i = 0; i < u->devs; i++)
			libusb_unref_device(u->dev[i]);
	}
	/* A transfer that never came back still points into u: leave both
	 * to the end of the process. */
	if (u->in_busy || u->out_busy || u->control_busy)
		return;
	libusb_free_transfer(u->in);
	libusb_free_transfer(u->out);
	libusb_free_transfer(u->control);
	if (u->ctx != NULL)
		libusb_exit(u->ctx);
	free(u);
}

static const struct transport_ops usb_ops = {
    .close = usb_close,
    .pollfds = usb_pollfds,
    .deadline_ms = usb_deadline,
    .service = usb_service,
    .send = usb_send,
    .stop = usb_stop,
    .reset = usb_reset,
};

int transport_open_usb(int vendor, int product, transport_tell *tell,
    void *owner, struct transport **out, struct err *e)
{
	struct usb *u = calloc(1, sizeof(*u));
	int r;

	*out = NULL;
	if (u == NULL)
		return err_set(e, -ENOMEM, "printer: out of memory");
	u->t = (struct transport){&usb_ops, deaf, owner, true, false};
	u->vendor = vendor;
	u->product = product;
	u->in = libusb_alloc_transfer(0);
	u->out = libusb_alloc_transfer(0);
	u->control = libusb_alloc_transfer(0);
	if (u->in == NULL || u->out == NULL || u->control == NULL) {
		r = err_set(e, -ENOMEM, "printer: out of memory");
		goto out;
	}
	u->out->callback = on_out;
	r = libusb_init(&u->ctx);
	if (r == 0)
		r = libusb_hotplug_register_callback(u->ctx,
		    LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED |
			LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT,
		    LIBUSB_HOTPLUG_ENUMERATE, LIBUSB_HOTPLUG_MATCH_ANY,
		    LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
		    on_hotplug, u, &u->hotplug);
	if (r != 0) {
		r = err_set(e, errno_of(r), "printer: libusb: %s",
		    libusb_error_name(r));
		goto out;
	}
	u->watching = true;
	u->t.tell = tell;
	*out = &u->t;
	u = NULL;
out:
	if (u != NULL)
		usb_close(&u->t);
	return r;
}
