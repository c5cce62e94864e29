/* Any USB descriptors, as libusb hands them over: interfaces, settings and
 * endpoints are drawn from the bytes. What is chosen must be there. */
#include "drivers/printer/usb_interface.h"

#include <stdlib.h>
#include <string.h>

enum { INTERFACES = 4, SETTINGS = 4, ENDPOINTS = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *at;
	size_t left;
};

static uint8_t next(struct bytes *b)
{
	if (b->left == 0)
		return 0;
	b->left--;
	return *b->at++;
}

static struct libusb_endpoint_descriptor endpoint[INTERFACES][SETTINGS]
						 [ENDPOINTS];
static struct libusb_interface_descriptor setting[INTERFACES][SETTINGS];
static struct libusb_interface interface[INTERFACES];

static void draw_setting(struct bytes *b, int i, int a)
{
	struct libusb_interface_descriptor *s = &setting[i][a];

	memset(s, 0, sizeof(*s));
	s->bInterfaceClass = next(b) % 2 == 0 ? LIBUSB_CLASS_PRINTER : next(b);
	s->bInterfaceNumber = next(b);
	s->bAlternateSetting = next(b);
	s->bNumEndpoints = next(b) % (ENDPOINTS + 1);
	s->endpoint = endpoint[i][a];
	for (int e = 0; e < s->bNumEndpoints; e++) {
		endpoint[i][a][e].bEndpointAddress = next(b);
		endpoint[i][a][e].bmAttributes = next(b);
	}
}

static bool has(const struct libusb_interface_descriptor *s, uint8_t address)
{
	for (int e = 0; e < s->bNumEndpoints; e++)
		if (s->endpoint[e].bEndpointAddress == address &&
		    (s->endpoint[e].bmAttributes & 3) ==
			LIBUSB_TRANSFER_TYPE_BULK)
			return true;
	return false;
}

static bool is_there(const struct libusb_config_descriptor *c,
    const struct usb_interface *u)
{
	for (int i = 0; i < c->bNumInterfaces; i++)
		for (int a = 0; a < c->interface[i].num_altsetting; a++) {
			const struct libusb_interface_descriptor
			    *s = &c->interface[i].altsetting[a];

			if (s->bInterfaceClass == LIBUSB_CLASS_PRINTER &&
			    s->bInterfaceNumber == u->interface &&
			    s->bAlternateSetting == u->alternate &&
			    has(s, u->ep_out) &&
			    (u->ep_in == 0 || has(s, u->ep_in)))
				return true;
		}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = {data, size};
	struct libusb_config_descriptor c = {.interface = interface};
	struct usb_interface u;

	c.bConfigurationValue = next(&b);
	c.bNumInterfaces = next(&b) % (INTERFACES + 1);
	for (int i = 0; i < c.bNumInterfaces; i++) {
		interface[i].altsetting = setting[i];
		interface[i].num_altsetting = next(&b) % (SETTINGS + 1);
		for (int a = 0; a < interface[i].num_altsetting; a++)
			draw_setting(&b, i, a);
	}
	if (usb_interface_find(&c, &u) &&
	    (!is_there(&c, &u) || (u.ep_out & LIBUSB_ENDPOINT_IN) != 0 ||
		(u.ep_in != 0 && (u.ep_in & LIBUSB_ENDPOINT_IN) == 0)))
		abort();
	return 0;
}
