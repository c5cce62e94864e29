/*
 * Which USB device may be used: judged from its descriptors alone, before any
 * driver of the kernel has touched it (usbcore.authorized_default=0).
 *
 * Allowed are hubs, printers, touch screens, the scanners that the
 * configuration lists, and storage while a technician has opened it. A device
 * is one of these with all its interfaces, or it is none: a stick that is also
 * a keyboard stays shut, and so does everything that is not understood to its
 * last byte.
 *
 * The list is for what cannot be known by its class: scanners, cameras, and
 * honest devices of a mixed kind, such as a touch screen with a boot mouse
 * beside it or a printer with a part of its maker's own. Nothing gets storage
 * in that way: a printer or scanner that is also a stick (drivers for Windows
 * on it) has to have that part switched off.
 *
 * A descriptor is the device's own claim. A keyboard can claim to be a touch
 * screen; what it really sends stands in its report descriptor, which can only
 * be read once it is in use. usb_policy_report judges that, right after: each
 * of its parts must be no keyboard, and one must be a touch screen.
 */
#ifndef KARCIS_CORE_USB_POLICY_H
#define KARCIS_CORE_USB_POLICY_H

#include "str.h"

enum {
	/* As the kernel hands them out: 18 bytes of the device, then the
	 * configuration with its wTotalLength. */
	USB_DESCRIPTORS_MAX = 16384, /* a camera of many picture sizes: some
				      * thousand */
	USB_INTERFACES_MAX = 16,
	USB_SETTINGS_MAX = 64, /* of all interfaces; a camera with a
				* microphone has some 20 */
	USB_REPORT_MAX = 4096  /* HID_MAX_DESCRIPTOR_SIZE of the kernel */
};

struct usb_id {
	uint16_t vendor, product;
};

enum usb_kind {
	USB_KIND_NONE = 0,
	USB_KIND_HUB,
	USB_KIND_PRINTER,
	USB_KIND_TOUCH,  /* HID that is neither boot keyboard nor mouse; its
			  * report descriptor is judged next */
	USB_KIND_LISTED, /* on the allow list: HID, serial line, camera,
			  * printer or a maker's own class */
	USB_KIND_STORAGE,
};

enum usb_verdict {
	USB_REFUSED = 0,
	USB_ALLOWED,
};

enum usb_reason {
	USB_REASON_NONE = 0,       /* allowed */
	USB_REASON_BROKEN,         /* cut short, or lengths that lie */
	USB_REASON_CONFIGURATIONS, /* none or more than one */
	USB_REASON_INTERFACES,     /* none, too many, or numbered wrong */
	USB_REASON_MIXED,          /* a printer, stick, hub or touch screen that
				    * is something else besides */
	USB_REASON_STORAGE_ALSO,   /* the same, and one of it is storage */
	USB_REASON_KEYBOARD,       /* keyboard or mouse, not on the list */
	USB_REASON_NOT_LISTED,     /* serial or a maker's own class, not on
				    * the list */
	USB_REASON_STORAGE_SHUT,   /* storage, and nobody opened it */
	USB_REASON_CLASS,          /* a class that has no use here */
};

struct usb_judgement {
	enum usb_verdict verdict;
	enum usb_reason reason;
	enum usb_kind kind; /* also of storage that is refused as shut */
	struct usb_id id;   /* 0:0 when not even that could be read */
};

/* descriptors: the sysfs file of that name. The list may be NULL when n is
 * 0. A listed device still may not be storage, a hub or a network card. */
struct usb_judgement usb_policy(struct str descriptors,
    const struct usb_id *list, size_t n, bool storage_open) MUST_USE;

/* What a HID report descriptor offers. */
enum usb_report {
	USB_REPORT_REFUSED = 0, /* keys (01:06, 01:07, page 07), or broken */
	USB_REPORT_OTHER,       /* neither keys nor fingers */
	USB_REPORT_TOUCH /* a touch screen or pad (0d:04, 0d:05), no keys */
};
enum usb_report usb_policy_report(struct str report) MUST_USE;

/* Half a sentence, e.g. "it is a keyboard or mouse that is not on the list". */
const char *usb_reason_text(enum usb_reason reason);

#endif
