#include "address.h"
#include "printer.h"

#include <errno.h>
#include <string.h>

static bool hex4(struct str s, int *out)
{
	*out = 0;
	if (s.len != 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		char c = s.ptr[i];
		int v = c >= '0' && c <= '9' ? c - '0'
		    : c >= 'a' && c <= 'f'   ? c - 'a' + 10
		    : c >= 'A' && c <= 'F'   ? c - 'A' + 10
					     : -1;

		if (v < 0)
			return false;
		*out = *out * 16 + v;
	}
	return true;
}

static bool usb_address(struct str s, struct address *a)
{
	struct str vendor;

	a->vendor = a->product = -1;
	if (str_is(s, "auto"))
		return true;
	return str_split(&s, ':', &vendor) && s.ptr != NULL &&
	    hex4(vendor, &a->vendor) && hex4(s, &a->product);
}

static bool tcp_address(struct str s)
{
	size_t colon = s.len;
	int64_t port;

	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == ':')
			colon = i;
	return colon > 0 && colon < s.len &&
	    str_number(str_cut(s, colon + 1, s.len - colon - 1), 1, 65535,
		&port);
}

bool address_parse(const char *device, struct address *a)
{
	static const struct {
		const char *prefix;
		enum address_kind kind;
	} forms[] = {{"usb:", ADDRESS_USB}, {"device:", ADDRESS_DEVICE},
	    {"tcp:", ADDRESS_TCP}, {"virtual:", ADDRESS_VIRTUAL}};
	struct str rest;

	memset(a, 0, sizeof(*a));
	if (strcmp(device, "stream") == 0)
		a->kind = ADDRESS_STREAM;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		size_t n = strlen(forms[i].prefix);

		if (strncmp(device, forms[i].prefix, n) == 0) {
			a->kind = forms[i].kind;
			a->rest = device + n;
		}
	}
	rest = str_from(a->rest);
	switch (a->kind) {
	case ADDRESS_NONE:
		return false;
	case ADDRESS_USB:
		return usb_address(rest, a);
	case ADDRESS_DEVICE:
	case ADDRESS_VIRTUAL:
		return rest.len > 0;
	case ADDRESS_TCP:
		return tcp_address(rest);
	case ADDRESS_STREAM:
		return true;
	}
	return false;
}

int printer_check_device(const char *device, struct err *e)
{
	struct address a;

	if (address_parse(device, &a))
		return 0;
	return err_set(e, -EINVAL,
	    "printer: \"%s\" is none of usb:auto, "
	    "usb:VVVV:PPPP, device:PATH, tcp:HOST:PORT, virtual:DIR",
	    device);
}
