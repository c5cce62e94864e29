/* Any descriptors: what comes in is understood to its last byte and is one
 * kind alone. Any report descriptor is judged. */
#include "firmware/core/usb_policy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The classes of all interfaces, found by a walk of its own. */
static bool has_class(const uint8_t *data, size_t size, uint8_t class,
    bool alone)
{
	bool all = true, any = false;
	size_t at = 18;

	while (at + 1 < size && data[at] >= 2 && data[at] <= size - at) {
		if (data[at + 1] == 4 && data[at] >= 6) {
			any = any || data[at + 5] == class;
			all = all && data[at + 5] == class;
		}
		at += data[at];
	}
	return alone ? any && all : any;
}

static void check(const uint8_t *data, size_t size, struct usb_judgement j,
    bool open)
{
	if ((j.verdict == USB_ALLOWED) != (j.reason == USB_REASON_NONE))
		abort();
	if (j.verdict != USB_ALLOWED)
		return;
	if (size < 18 + 9 + 9 || size > USB_DESCRIPTORS_MAX || data[17] != 1)
		abort();
	if (has_class(data, size, 8, false) &&
	    (!open || !has_class(data, size, 8, true) ||
		j.kind != USB_KIND_STORAGE))
		abort();
	if (j.kind == USB_KIND_PRINTER && !has_class(data, size, 7, true))
		abort();
	if (j.kind == USB_KIND_TOUCH && !has_class(data, size, 3, true))
		abort();
	if (j.kind == USB_KIND_HUB && !has_class(data, size, 9, true))
		abort();
}

static void judge(const uint8_t *data, size_t size)
{
	struct str s = str_of(data, size);
	struct usb_id own = {0};

	if (size >= 12)
		own = (struct usb_id){(uint16_t)(data[8] | data[9] << 8),
		    (uint16_t)(data[10] | data[11] << 8)};
	for (int open = 0; open <= 1; open++) {
		check(data, size, usb_policy(s, NULL, 0, open), open);
		check(data, size, usb_policy(s, &own, 1, open), open);
	}
}

/* The same with the lengths and types of the front put right, so that what
 * stands behind is looked at. */
static void judge_mended(const uint8_t *data, size_t size)
{
	static uint8_t mended[USB_DESCRIPTORS_MAX];
	size_t rest = size - 18;

	if (size < 27 || size > sizeof(mended))
		return;
	memcpy(mended, data, size);
	mended[0] = 18;
	mended[1] = mended[17] = 1;
	mended[18] = 9;
	mended[19] = 2;
	mended[20] = (uint8_t)rest;
	mended[21] = (uint8_t)(rest >> 8);
	judge(mended, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	judge(data, size);
	judge_mended(data, size);
	if (usb_policy_report(str_of(data, size)) == USB_REPORT_TOUCH &&
	    size < 3)
		abort();
	return 0;
}
