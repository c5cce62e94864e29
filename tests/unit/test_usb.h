/* Descriptors of USB devices, written by hand after USB 2.0, 9.6. */
#ifndef KARCIS_TEST_USB_H
#define KARCIS_TEST_USB_H

#include <string.h>

#include "firmware/core/usb_policy.h"

struct usb_bytes {
	uint8_t at[16500];
	size_t len;
};

static inline void usb_add(struct usb_bytes *b, const void *bytes, size_t len)
{
	memcpy(b->at + b->len, bytes, len);
	b->len += len;
	/* wTotalLength of the configuration */
	if (b->len >= 18 + 9) {
		b->at[20] = (uint8_t)(b->len - 18);
		b->at[21] = (uint8_t)((b->len - 18) >> 8);
	}
}

/* The device and its configuration, without interfaces. */
static inline struct usb_bytes usb_device(uint16_t vendor, uint16_t product,
    uint8_t class, uint8_t interfaces)
{
	const uint8_t device[18] = {18, 1, 0x00, 0x02, class, 0, 0, 64,
	    (uint8_t)vendor, (uint8_t)(vendor >> 8), (uint8_t)product,
	    (uint8_t)(product >> 8), 0x00, 0x01, 1, 2, 3, 1};
	const uint8_t configuration[9] = {9, 2, 9, 0, interfaces, 1, 0, 0x80,
	    50};
	struct usb_bytes b = {.len = 0};

	usb_add(&b, device, sizeof(device));
	usb_add(&b, configuration, sizeof(configuration));
	return b;
}

/* An alternate setting with one bulk endpoint. */
static inline void usb_interface(struct usb_bytes *b, uint8_t number,
    uint8_t alternate, uint8_t class, uint8_t subclass, uint8_t protocol)
{
	const uint8_t interface[9] = {9, 4, number, alternate, 1, class,
	    subclass, protocol, 0};
	const uint8_t endpoint[7] = {7, 5, 0x81, 2, 64, 0, 0};

	usb_add(b, interface, sizeof(interface));
	usb_add(b, endpoint, sizeof(endpoint));
}

/* A device of one interface. */
static inline struct usb_bytes usb_simple(uint16_t vendor, uint16_t product,
    uint8_t class, uint8_t subclass, uint8_t protocol)
{
	struct usb_bytes b = usb_device(vendor, product, 0, 1);

	usb_interface(&b, 0, 0, class, subclass, protocol);
	return b;
}

static inline struct usb_judgement usb_judge(const struct usb_bytes *b,
    const struct usb_id *list, size_t n, bool storage_open)
{
	return usb_policy(str_of(b->at, b->len), list, n, storage_open);
}

#endif
