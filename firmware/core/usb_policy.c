#include "usb_policy.h"

#include <string.h>

/* USB 2.0, 9.5 and 9.6; HID 1.11; class codes of usb.org. */
enum {
	DT_DEVICE = 1,
	DT_CONFIGURATION = 2,
	DT_INTERFACE = 4,
	DEVICE_BYTES = 18,
	CONFIGURATION_BYTES = 9,
	INTERFACE_BYTES = 9,

	CLASS_PER_INTERFACE = 0x00,
	CLASS_AUDIO = 0x01,
	CLASS_COMM = 0x02,
	CLASS_HID = 0x03,
	CLASS_PRINTER = 0x07,
	CLASS_STORAGE = 0x08,
	CLASS_HUB = 0x09,
	CLASS_COMM_DATA = 0x0a,
	CLASS_VIDEO = 0x0e,
	CLASS_MISC = 0xef, /* interfaces are grouped */
	CLASS_APPLICATION = 0xfe,
	CLASS_VENDOR = 0xff,

	COMM_ACM = 2,
	/* New firmware (DFU 1.1, 4.2); no driver of the kernel takes it. */
	APPLICATION_DFU = 1,
	/* ACM with this protocol is a network card (RNDIS). */
	COMM_PROTOCOL_VENDOR = 0xff,
};

struct face {
	uint8_t number, class, subclass, protocol;
};

struct device {
	struct usb_id id;
	uint8_t class;
	struct face face[USB_SETTINGS_MAX]; /* each alternate setting */
	size_t faces;
};

static uint8_t byte_at(struct str s, size_t at)
{
	return (uint8_t)s.ptr[at];
}

static uint16_t word_at(struct str s, size_t at)
{
	return (uint16_t)(byte_at(s, at) | byte_at(s, at + 1) << 8);
}

/* ---- reading: all of it is understood, or it is broken ---- */

static enum usb_reason read_device(struct str s, struct device *d)
{
	if (s.ptr == NULL || s.len < DEVICE_BYTES)
		return USB_REASON_BROKEN;
	d->class = byte_at(s, 4);
	d->id.vendor = word_at(s, 8);
	d->id.product = word_at(s, 10);
	if (byte_at(s, 0) != DEVICE_BYTES || byte_at(s, 1) != DT_DEVICE)
		return USB_REASON_BROKEN;
	return byte_at(s, 17) == 1 ? USB_REASON_NONE
				   : USB_REASON_CONFIGURATIONS;
}

static enum usb_reason read_face(struct str one, struct device *d)
{
	if (one.len != INTERFACE_BYTES)
		return USB_REASON_BROKEN;
	if (d->faces == USB_SETTINGS_MAX)
		return USB_REASON_INTERFACES;
	d->face[d->faces++] = (struct face){.number = byte_at(one, 2),
	    .class = byte_at(one, 5),
	    .subclass = byte_at(one, 6),
	    .protocol = byte_at(one, 7)};
	return USB_REASON_NONE;
}

/* Of numbers 0..count-1 each is there, and no other. */
static bool numbered(const struct device *d, unsigned count)
{
	bool seen[USB_INTERFACES_MAX] = {false};
	unsigned distinct = 0;

	if (count == 0 || count > USB_INTERFACES_MAX)
		return false;
	for (size_t i = 0; i < d->faces; i++) {
		if (d->face[i].number >= count)
			return false;
		distinct += !seen[d->face[i].number];
		seen[d->face[i].number] = true;
	}
	return distinct == count;
}

static enum usb_reason read_configuration(struct str s, struct device *d)
{
	enum usb_reason r = USB_REASON_NONE;
	unsigned count;
	size_t at, len;

	if (s.len < CONFIGURATION_BYTES ||
	    byte_at(s, 0) != CONFIGURATION_BYTES ||
	    byte_at(s, 1) != DT_CONFIGURATION || word_at(s, 2) != s.len)
		return USB_REASON_BROKEN;
	count = byte_at(s, 4);
	for (at = CONFIGURATION_BYTES; at < s.len; at += len) {
		len = byte_at(s, at);
		if (len < 2 || len > s.len - at)
			return USB_REASON_BROKEN;
		if (byte_at(s, at + 1) == DT_DEVICE ||
		    byte_at(s, at + 1) == DT_CONFIGURATION)
			return USB_REASON_BROKEN;
		if (byte_at(s, at + 1) == DT_INTERFACE)
			r = read_face(str_cut(s, at, len), d);
		if (r != USB_REASON_NONE)
			return r;
	}
	return numbered(d, count) ? USB_REASON_NONE : USB_REASON_INTERFACES;
}

static enum usb_reason read_all(struct str s, struct device *d)
{
	enum usb_reason r = read_device(s, d);

	if (r == USB_REASON_NONE && s.len > USB_DESCRIPTORS_MAX)
		r = USB_REASON_BROKEN;
	if (r == USB_REASON_NONE)
		r = read_configuration(
		    str_cut(s, DEVICE_BYTES, s.len - DEVICE_BYTES), d);
	return r;
}

/* ---- judging ---- */

static bool listed(struct usb_id id, const struct usb_id *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].vendor == id.vendor &&
		    list[i].product == id.product)
			return true;
	return false;
}

static size_t count_class(const struct device *d, uint8_t class)
{
	size_t n = d->class == class;

	for (size_t i = 0; i < d->faces; i++)
		n += d->face[i].class == class;
	return n;
}

/* The kernel also binds drivers by the device's class: it must not say
 * something else than the interfaces do. */
static bool all_are(const struct device *d, uint8_t class)
{
	for (size_t i = 0; i < d->faces; i++)
		if (d->face[i].class != class)
			return false;
	return d->class == CLASS_PER_INTERFACE || d->class == class;
}

/* What a listed scanner, camera or printer may consist of. */
static bool face_fits_list(const struct face *f)
{
	switch (f->class) {
	case CLASS_COMM:
		return f->subclass == COMM_ACM &&
		    f->protocol != COMM_PROTOCOL_VENDOR;
	case CLASS_APPLICATION:
		return f->subclass == APPLICATION_DFU;
	case CLASS_AUDIO: /* a camera's microphone: nothing reads it */
	case CLASS_HID:
	case CLASS_PRINTER:
	case CLASS_COMM_DATA:
	case CLASS_VIDEO:
	case CLASS_VENDOR:
		return true;
	default:
		return false;
	}
}

static bool fits_list(const struct device *d)
{
	static const uint8_t whole[] = {CLASS_PER_INTERFACE, CLASS_COMM,
	    CLASS_HID, CLASS_PRINTER, CLASS_MISC, CLASS_VENDOR};

	for (size_t i = 0; i < d->faces; i++)
		if (!face_fits_list(&d->face[i]))
			return false;
	return memchr(whole, d->class, sizeof(whole)) != NULL;
}

/* Boot keyboard and mouse say so in subclass and protocol (HID 1.11, 4.2 and
 * 4.3); a protocol without the subclass is a doubt, and refused. */
static bool could_touch(const struct device *d)
{
	for (size_t i = 0; i < d->faces; i++)
		if (d->face[i].protocol != 0)
			return false;
	return true;
}

static void allow(struct usb_judgement *j, enum usb_kind kind)
{
	j->verdict = USB_ALLOWED;
	j->kind = kind;
}

static void judge_storage(const struct device *d, bool open,
    struct usb_judgement *j)
{
	if (!all_are(d, CLASS_STORAGE)) {
		j->reason = USB_REASON_STORAGE_ALSO;
		return;
	}
	j->kind = USB_KIND_STORAGE;
	if (open)
		allow(j, USB_KIND_STORAGE);
	else
		j->reason = USB_REASON_STORAGE_SHUT;
}

static enum usb_reason why_not(const struct device *d)
{
	static const uint8_t ours[] = {CLASS_HUB, CLASS_PRINTER, CLASS_HID};

	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (count_class(d, ours[i]) > 0 && !all_are(d, ours[i]))
			return USB_REASON_MIXED;
	if (count_class(d, CLASS_HID) > 0)
		return USB_REASON_KEYBOARD;
	return count_class(d, CLASS_COMM) > 0 ||
		count_class(d, CLASS_VENDOR) > 0
	    ? USB_REASON_NOT_LISTED
	    : USB_REASON_CLASS;
}

static void judge(const struct device *d, bool is_listed, bool open,
    struct usb_judgement *j)
{
	if (count_class(d, CLASS_STORAGE) > 0)
		judge_storage(d, open, j);
	else if (is_listed && fits_list(d))
		allow(j, USB_KIND_LISTED);
	else if (all_are(d, CLASS_HUB))
		allow(j, USB_KIND_HUB);
	else if (all_are(d, CLASS_PRINTER))
		allow(j, USB_KIND_PRINTER);
	else if (all_are(d, CLASS_HID) && could_touch(d))
		allow(j, USB_KIND_TOUCH);
	else
		j->reason = why_not(d);
}

struct usb_judgement usb_policy(struct str descriptors,
    const struct usb_id *list, size_t n, bool storage_open)
{
	struct usb_judgement j = {.verdict = USB_REFUSED};
	struct device d = {.faces = 0};

	j.reason = read_all(descriptors, &d);
	j.id = d.id;
	if (j.reason == USB_REASON_NONE)
		judge(&d, listed(d.id, list, n), storage_open, &j);
	return j;
}

/* ---- report descriptors (HID 1.11, 6.2.2) ---- */

enum {
	ITEM_LONG = 0xfe,
	ITEM_TAG_AND_TYPE = 0xfc,
	ITEM_USAGE_PAGE = 0x04,
	ITEM_USAGE = 0x08,
	ITEM_USAGE_MINIMUM = 0x18,
	ITEM_USAGE_MAXIMUM = 0x28,
	PAGE_DESKTOP = 0x01,
	PAGE_KEYBOARD = 0x07,
	PAGE_DIGITIZER = 0x0d,
};

struct usages {
	uint32_t page;
	bool touches, types;
};

static void take_usage(struct usages *u, uint32_t page, uint32_t usage)
{
	if (page == PAGE_DIGITIZER && (usage == 4 || usage == 5))
		u->touches = true;
	/* 06 keyboard, 07 keypad */
	if (page == PAGE_KEYBOARD ||
	    (page == PAGE_DESKTOP && (usage == 6 || usage == 7)))
		u->types = true;
}

static void take_item(struct usages *u, unsigned item, uint32_t value,
    size_t bytes)
{
	switch (item & ITEM_TAG_AND_TYPE) {
	case ITEM_USAGE_PAGE:
		u->page = value;
		take_usage(u, value, 0);
		return;
	case ITEM_USAGE:
	case ITEM_USAGE_MINIMUM:
	case ITEM_USAGE_MAXIMUM:
		/* Four bytes bring their own page. */
		if (bytes == 4)
			take_usage(u, value >> 16, value & 0xffff);
		else
			take_usage(u, u->page, value);
		return;
	default:
		return;
	}
}

enum usb_report usb_policy_report(struct str report)
{
	static const uint8_t sizes[] = {0, 1, 2, 4};
	struct usages u = {0};
	size_t at = 0;

	if (report.ptr == NULL || report.len > USB_REPORT_MAX)
		return USB_REPORT_REFUSED;
	while (at < report.len) {
		unsigned item = byte_at(report, at++);
		size_t bytes = sizes[item & 3];
		uint32_t value = 0;

		/* The kernel knows no long item either. */
		if (item == ITEM_LONG || bytes > report.len - at)
			return USB_REPORT_REFUSED;
		for (size_t i = 0; i < bytes; i++)
			value |= (uint32_t)byte_at(report, at + i) << 8 * i;
		take_item(&u, item, value, bytes);
		at += bytes;
	}
	if (u.types)
		return USB_REPORT_REFUSED;
	return u.touches ? USB_REPORT_TOUCH : USB_REPORT_OTHER;
}

const char *usb_reason_text(enum usb_reason reason)
{
	switch (reason) {
	case USB_REASON_NONE:
		return "it is allowed";
	case USB_REASON_BROKEN:
		return "its description is broken";
	case USB_REASON_CONFIGURATIONS:
		return "it has not exactly one configuration";
	case USB_REASON_INTERFACES:
		return "its parts are numbered wrong or too many";
	case USB_REASON_MIXED:
		return "it is something else besides";
	case USB_REASON_STORAGE_ALSO:
		return "it is a stick that is something else besides";
	case USB_REASON_KEYBOARD:
		return "it is a keyboard or mouse that is not on the list";
	case USB_REASON_NOT_LISTED:
		return "it is a serial or special device that is not on the "
		       "list";
	case USB_REASON_STORAGE_SHUT:
		return "it is a stick and no technician is at work";
	case USB_REASON_CLASS:
		return "there is no use for its kind";
	}
	return "it was not judged";
}
