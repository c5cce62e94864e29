/* Which interface of a USB device is a printer's, by its descriptors. Pure;
 * any descriptors are safe. Inside this room only. */
#ifndef KARCIS_PRINTER_USB_INTERFACE_H
#define KARCIS_PRINTER_USB_INTERFACE_H

#include "firmware/core/base.h"

#include <libusb.h>

struct usb_interface {
	uint8_t configuration, interface, alternate;
	uint8_t ep_out;
	uint8_t ep_in; /* 0: it only listens */
};

/* The first setting of class 7 with bulk OUT and, where there is one, bulk
 * IN; endpoints in any order. False: none. */
bool usb_interface_find(const struct libusb_config_descriptor *config,
    struct usb_interface *out) MUST_USE;

#endif
