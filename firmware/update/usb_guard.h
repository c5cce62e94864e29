/*
 * Carries out core/usb_policy.h: it lets the devices in that may come in.
 *
 * The kernel is started with usbcore.authorized_default=0. The guard looks at
 * every device below bus/usb/devices of sysfs, judges its `descriptors`, and
 * writes `authorized`. It does so for all of them at each kernel event, so an
 * event that was lost costs nothing, and storage that is shut again is taken
 * out of use by the same look. A touch screen that turns out to be a keyboard
 * is shut out again, for as long as it is plugged in. Root hubs belong to the
 * machine and are passed over. It needs to be root; nothing blocks but sysfs
 * itself.
 */
#ifndef KARCIS_UPDATE_USB_GUARD_H
#define KARCIS_UPDATE_USB_GUARD_H

#include "firmware/core/err.h"
#include "firmware/core/usb_policy.h"

enum {
	USB_GUARD_DEVICES = 64, /* looked at; a bus with more is refused the
				 * rest */
	USB_GUARD_EVENTS = 16,  /* waiting; one more drops the oldest */
	USB_GUARD_NAME = 32,    /* "1-1.4" */
	USB_GUARD_TEXT = 160
};

struct usb_guard_options {
	/* The root of sysfs. "/sys": kernel events are listened to; any other
	 * is a tree that stands still between two usb_guard_service(). */
	const char *sysfs;
	const struct usb_id *allow; /* borrowed for the guard's life */
	size_t allow_n;
};

/* A device that was refused, or allowed, or taken out of use. Told once for
 * each time it is plugged in, and again when the verdict changes. */
struct usb_guard_event {
	struct usb_judgement judgement;
	char name[USB_GUARD_NAME];
	char text[USB_GUARD_TEXT]; /* for the log and the technician: one
				    * sentence; of the device only its numbers,
				    * never its own words */
};

struct usb_guard;

/* Judges what is plugged in already. -ENOENT: there is no such tree, or the
 * kernel has no USB; -EACCES, -EPERM, -EROFS: `authorized` cannot be written;
 * -ENOMEM. A single device that does not work is no failure. */
int usb_guard_open(const struct usb_guard_options *o, struct usb_guard **out,
    struct err *e) MUST_USE;
/* Shuts the storage; what else was let in stays in. NULL: nothing. */
void usb_guard_close(struct usb_guard *g);

/* POLLIN there, then usb_guard_service; -1 = no kernel events. */
int usb_guard_fd(const struct usb_guard *g);
/* Judges all devices again. An error is of one device (the sentence names
 * it); the others were judged all the same. */
int usb_guard_service(struct usb_guard *g, struct err *e) MUST_USE;

/* Storage may come in from now on, or is taken out at once. Errors as of
 * usb_guard_service; shutting never leaves a stick in that can be reached. */
int usb_guard_storage(struct usb_guard *g, bool open, struct err *e) MUST_USE;
/* Storage that is in use now. */
unsigned usb_guard_sticks(const struct usb_guard *g);

/* False when there is none. */
bool usb_guard_next_event(struct usb_guard *g,
    struct usb_guard_event *out) MUST_USE;

#endif
