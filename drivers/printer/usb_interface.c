#include "usb_interface.h"

#include <string.h>

static void take_setting(const struct libusb_interface_descriptor *s,
    struct usb_interface *out)
{
	uint8_t ep_in = 0, ep_out = 0;

	if (s->bInterfaceClass != LIBUSB_CLASS_PRINTER)
		return;
	for (int i = 0; i < s->bNumEndpoints; i++) {
		const struct libusb_endpoint_descriptor *ep = &s->endpoint[i];

		if ((ep->bmAttributes & 3) != LIBUSB_TRANSFER_TYPE_BULK)
			continue;
		if (ep->bEndpointAddress & LIBUSB_ENDPOINT_IN)
			ep_in = ep->bEndpointAddress;
		else
			ep_out = ep->bEndpointAddress;
	}
	/* One that answers is better than one that only listens. */
	if (ep_out == 0 ||
	    (out->ep_out != 0 && (out->ep_in != 0 || ep_in == 0)))
		return;
	out->ep_in = ep_in;
	out->ep_out = ep_out;
	out->interface = s->bInterfaceNumber;
	out->alternate = s->bAlternateSetting;
}

bool usb_interface_find(const struct libusb_config_descriptor *config,
    struct usb_interface *out)
{
	memset(out, 0, sizeof(*out));
	out->configuration = config->bConfigurationValue;
	for (int i = 0; i < config->bNumInterfaces; i++)
		for (int a = 0; a < config->interface[i].num_altsetting; a++)
			take_setting(&config->interface[i].altsetting[a], out);
	return out->ep_out != 0;
}
