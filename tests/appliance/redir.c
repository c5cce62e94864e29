#include "redir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <usbredirparser.h>

/* USB 2.0 9.4, 9.6 */
enum {
	GET_STATUS = 0,
	GET_DESCRIPTOR = 6,
	DESCRIPTOR_DEVICE = 1,
	DESCRIPTOR_CONFIG = 2,
	DESCRIPTOR_STRING = 3,
	DESCRIPTOR_INTERFACE = 4,
	DESCRIPTOR_ENDPOINT = 5,
	DESCRIPTOR_HID = 0x21,
	DESCRIPTOR_REPORT = 0x22,
};
/* HID 1.11 7.2 */
enum { SET_IDLE = 0x0a, SET_PROTOCOL = 0x0b, SET_REPORT = 9 };

/* ---- the socket ---- */

static int on_read(void *priv, uint8_t *data, int count)
{
	struct redir *r = priv;
	ssize_t n = recv(r->fd, data, (size_t)count, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	return n == 0 ? -1 : (int)n;
}

static int on_write(void *priv, uint8_t *data, int count)
{
	struct redir *r = priv;
	ssize_t n = send(r->fd, data, (size_t)count,
	    MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	return (int)n;
}

static void on_log(void *priv, int level, const char *msg)
{
	(void)priv;
	if (level <= usbredirparser_warning)
		fprintf(stderr, "usbredir: %s\n", msg);
}

static void forget(struct redir *r)
{
	for (size_t i = 0; i < r->transfers; i++)
		free(r->transfer[i].data);
	r->transfers = 0;
	memset(r->polled, 0, sizeof(r->polled));
	r->configuration = 0;
	if (r->reset != NULL)
		r->reset(r->ctx);
}

static void hang_up(struct redir *r)
{
	if (r->parser != NULL)
		usbredirparser_destroy(r->parser);
	r->parser = NULL;
	if (r->fd >= 0)
		(void)close(r->fd);
	r->fd = -1;
	r->connected = false;
	forget(r);
}

/* ---- what the device is ---- */

static int slot_of(uint8_t endpoint)
{
	return (endpoint & 0x80) >> 3 | (endpoint & 0x0f);
}

static void describe(const struct redir *r,
    struct usb_redir_ep_info_header *ends,
    struct usb_redir_interface_info_header *faces)
{
	const uint8_t *c = r->look.config;
	uint8_t face = 0;

	memset(ends, 0, sizeof(*ends));
	memset(faces, 0, sizeof(*faces));
	memset(ends->type, usb_redir_type_invalid, sizeof(ends->type));
	ends->type[0] = ends->type[16] = usb_redir_type_control;
	ends->max_packet_size[0] = ends->max_packet_size[16] = 64;
	for (size_t at = 0; at + 2 <= r->look.config_len && c[at] >= 2;
	     at += c[at]) {
		if (c[at + 1] == DESCRIPTOR_INTERFACE && c[at + 3] == 0) {
			uint32_t n = faces->interface_count++;

			face = c[at + 2];
			faces->interface[n] = face;
			faces->interface_class[n] = c[at + 5];
			faces->interface_subclass[n] = c[at + 6];
			faces->interface_protocol[n] = c[at + 7];
		} else if (c[at + 1] == DESCRIPTOR_ENDPOINT) {
			int e = slot_of(c[at + 2]);

			ends->type[e] = c[at + 3] & 3;
			ends->interval[e] = c[at + 6];
			ends->interface[e] = face;
			ends->max_packet_size[e] = (uint16_t)(c[at + 4] |
			    c[at + 5] << 8);
		}
	}
}

static void tell_ends(struct redir *r)
{
	struct usb_redir_ep_info_header ends;
	struct usb_redir_interface_info_header faces;

	describe(r, &ends, &faces);
	usbredirparser_send_ep_info(r->parser, &ends);
	usbredirparser_send_interface_info(r->parser, &faces);
}

/* QEMU wants endpoints and interfaces before the device. */
static void connect_device(struct redir *r)
{
	const uint8_t *d = r->look.device;
	struct usb_redir_device_connect_header head = {
	    .speed = usb_redir_speed_high,
	    .device_class = d[4],
	    .device_subclass = d[5],
	    .device_protocol = d[6],
	    .vendor_id = (uint16_t)(d[8] | d[9] << 8),
	    .product_id = (uint16_t)(d[10] | d[11] << 8),
	    .device_version_bcd = (uint16_t)(d[12] | d[13] << 8)};

	if (r->parser == NULL || !r->plugged || r->connected ||
	    !usbredirparser_have_peer_caps(r->parser))
		return;
	tell_ends(r);
	usbredirparser_send_device_connect(r->parser, &head);
	r->connected = true;
}

static void on_hello(void *priv, struct usb_redir_hello_header *hello)
{
	(void)hello;
	connect_device(priv);
}

static void on_reset(void *priv)
{
	struct redir *r = priv;

	r->resets++;
	forget(r);
}

/* ---- control transfers ---- */

static size_t string_descriptor(const struct redir *r, unsigned index,
    uint8_t *out)
{
	const char *s;
	size_t n = 2;

	if (index == 0) {
		memcpy(out, (const uint8_t[]){4, DESCRIPTOR_STRING, 9, 4}, 4);
		return 4;
	}
	s = index < REDIR_STRINGS ? r->look.string[index] : NULL;
	for (; s != NULL && *s != '\0' && n < 254; s++) {
		out[n++] = (uint8_t)*s;
		out[n++] = 0;
	}
	out[0] = (uint8_t)n;
	out[1] = DESCRIPTOR_STRING;
	return s != NULL ? n : 0;
}

/* The HID descriptor stands in the configuration, behind its interface. */
static size_t hid_descriptor(const struct redir *r, unsigned face, uint8_t *out)
{
	const uint8_t *c = r->look.config;
	bool here = false;

	for (size_t at = 0; at + 2 <= r->look.config_len && c[at] >= 2;
	     at += c[at]) {
		if (c[at + 1] == DESCRIPTOR_INTERFACE)
			here = c[at + 2] == face;
		if (here && c[at + 1] == DESCRIPTOR_HID) {
			memcpy(out, c + at, c[at]);
			return c[at];
		}
	}
	return 0;
}

static size_t copy(uint8_t *out, const uint8_t *from, size_t n)
{
	memcpy(out, from, n);
	return n;
}

/* 0: stalls. */
static size_t descriptor(const struct redir *r, unsigned kind, unsigned which,
    unsigned index, uint8_t *out)
{
	switch (kind) {
	case DESCRIPTOR_DEVICE:
		return copy(out, r->look.device, sizeof(r->look.device));
	case DESCRIPTOR_CONFIG:
		return which == 0
		    ? copy(out, r->look.config, r->look.config_len)
		    : 0;
	case DESCRIPTOR_STRING:
		return string_descriptor(r, which, out);
	case DESCRIPTOR_HID:
		return hid_descriptor(r, index, out);
	case DESCRIPTOR_REPORT:
		return index < REDIR_INTERFACES && r->look.report[index] != NULL
		    ? copy(out, r->look.report[index],
			  r->look.report_len[index])
		    : 0;
	}
	return 0;
}

/* False: stalls. *len: room; then what there is. */
static bool answer(struct redir *r, const struct redir_setup *s, uint8_t *data,
    size_t *len)
{
	bool standard = (s->type & 0x60) == 0;
	bool hid_set = s->type == 0x21 &&
	    (s->request == SET_IDLE || s->request == SET_PROTOCOL ||
		s->request == SET_REPORT) &&
	    hid_descriptor(r, s->index, data) > 0;

	if (hid_set) {
		*len = 0;
		return true;
	}
	if (!standard)
		return r->control != NULL && r->control(r->ctx, s, data, len);
	if (s->request == GET_DESCRIPTOR) {
		*len = descriptor(r, s->value >> 8, s->value & 0xff, s->index,
		    data);
		return *len > 0;
	}
	if (s->request == GET_STATUS) {
		memset(data, 0, 2);
		*len = 2;
		return true;
	}
	*len = 0;
	return (s->type & 0x80) == 0; /* SET_FEATURE and the like */
}

static void on_control(void *priv, uint64_t id,
    struct usb_redir_control_packet_header *h, uint8_t *data, int data_len)
{
	struct redir *r = priv;
	static uint8_t back[REDIR_CONTROL_MAX];
	struct redir_setup setup = {h->requesttype, h->request, h->value,
	    h->index, h->length};
	size_t len = sizeof(back);
	bool in = (h->requesttype & 0x80) != 0;

	if (!in && data_len > 0 && (size_t)data_len <= sizeof(back))
		memcpy(back, data, (size_t)data_len);
	if (data != NULL)
		usbredirparser_free_packet_data(r->parser, data);
	if (answer(r, &setup, back, &len)) {
		h->status = usb_redir_success;
		len = len < h->length ? len : h->length;
		h->length = (uint16_t)(in ? len : h->length);
	} else {
		h->status = usb_redir_stall;
		h->length = 0;
		len = 0;
	}
	usbredirparser_send_control_packet(r->parser, id, h,
	    in && len > 0 ? back : NULL, in ? (int)len : 0);
}

static void on_set_configuration(void *priv, uint64_t id,
    struct usb_redir_set_configuration_header *h)
{
	struct redir *r = priv;
	struct usb_redir_configuration_status_header back = {
	    .status = usb_redir_success,
	    .configuration = h->configuration};

	r->configuration = h->configuration;
	tell_ends(r);
	usbredirparser_send_configuration_status(r->parser, id, &back);
}

static void on_get_configuration(void *priv, uint64_t id)
{
	struct redir *r = priv;
	struct usb_redir_configuration_status_header back = {
	    .status = usb_redir_success,
	    .configuration = r->configuration};

	usbredirparser_send_configuration_status(r->parser, id, &back);
}

static void on_set_alt(void *priv, uint64_t id,
    struct usb_redir_set_alt_setting_header *h)
{
	struct redir *r = priv;
	struct usb_redir_alt_setting_status_header back = {
	    .status = h->alt == 0 ? usb_redir_success : usb_redir_inval,
	    .interface = h->interface,
	    .alt = 0};

	tell_ends(r);
	usbredirparser_send_alt_setting_status(r->parser, id, &back);
}

static void on_get_alt(void *priv, uint64_t id,
    struct usb_redir_get_alt_setting_header *h)
{
	struct redir *r = priv;
	struct usb_redir_alt_setting_status_header back = {
	    .status = usb_redir_success,
	    .interface = h->interface};

	usbredirparser_send_alt_setting_status(r->parser, id, &back);
}

/* ---- interrupt and bulk transfers ---- */

static void polling(struct redir *r, uint64_t id, uint8_t endpoint, bool on)
{
	struct usb_redir_interrupt_receiving_status_header back = {
	    .status = usb_redir_success,
	    .endpoint = endpoint};

	r->polled[endpoint & 0x0f] = on;
	usbredirparser_send_interrupt_receiving_status(r->parser, id, &back);
}

static void on_start_interrupt(void *priv, uint64_t id,
    struct usb_redir_start_interrupt_receiving_header *h)
{
	polling(priv, id, h->endpoint, true);
}

static void on_stop_interrupt(void *priv, uint64_t id,
    struct usb_redir_stop_interrupt_receiving_header *h)
{
	polling(priv, id, h->endpoint, false);
}

static void on_interrupt_out(void *priv, uint64_t id,
    struct usb_redir_interrupt_packet_header *h, uint8_t *data, int len)
{
	struct redir *r = priv;

	(void)len;
	if (data != NULL)
		usbredirparser_free_packet_data(r->parser, data);
	h->status = usb_redir_success;
	usbredirparser_send_interrupt_packet(r->parser, id, h, NULL, 0);
}

bool redir_interrupt(struct redir *r, uint8_t endpoint, const uint8_t *data,
    size_t len)
{
	struct usb_redir_interrupt_packet_header h = {.endpoint = endpoint,
	    .status = usb_redir_success,
	    .length = (uint16_t)len};
	static uint8_t bytes[64];

	if (r->parser == NULL || !r->polled[endpoint & 0x0f] ||
	    len > sizeof(bytes))
		return false;
	memcpy(bytes, data, len); /* the parser's pointer is not const */
	usbredirparser_send_interrupt_packet(r->parser, 0, &h, bytes, (int)len);
	return true;
}

static void on_bulk(void *priv, uint64_t id,
    struct usb_redir_bulk_packet_header *h, uint8_t *data, int data_len)
{
	struct redir *r = priv;
	size_t len = (size_t)h->length | (size_t)h->length_high << 16;
	bool in = (h->endpoint & 0x80) != 0;
	struct redir_transfer *t = &r->transfer[r->transfers];

	if (r->transfers == REDIR_TRANSFERS || len > REDIR_BULK_MAX) {
		h->status = usb_redir_inval;
		h->length = h->length_high = 0;
		usbredirparser_send_bulk_packet(r->parser, id, h, NULL, 0);
		usbredirparser_free_packet_data(r->parser, data);
		return;
	}
	*t = (struct redir_transfer){.id = id,
	    .endpoint = h->endpoint,
	    .len = in ? len : (size_t)data_len,
	    .stream = h->stream_id,
	    .data = in ? NULL : malloc((size_t)data_len + 1)};
	if (!in && data_len > 0)
		memcpy(t->data, data, (size_t)data_len);
	if (data != NULL)
		usbredirparser_free_packet_data(r->parser, data);
	r->transfers++;
}

void redir_complete(struct redir *r, size_t i, int status, const uint8_t *data)
{
	struct redir_transfer t = r->transfer[i];
	bool in = (t.endpoint & 0x80) != 0;
	struct usb_redir_bulk_packet_header h = {.endpoint = t.endpoint,
	    .status = (uint8_t)status,
	    .length = (uint16_t)t.done,
	    .length_high = (uint16_t)(t.done >> 16),
	    .stream_id = t.stream};
	static uint8_t bytes[REDIR_BULK_MAX];

	r->transfers--;
	memmove(r->transfer + i, r->transfer + i + 1,
	    (r->transfers - i) * sizeof(t));
	if (in && t.done > 0)
		memcpy(bytes, data, t.done);
	usbredirparser_send_bulk_packet(r->parser, t.id, &h,
	    in && t.done > 0 ? bytes : NULL, in ? (int)t.done : 0);
	free(t.data);
}

static void on_cancel(void *priv, uint64_t id)
{
	struct redir *r = priv;

	for (size_t i = 0; i < r->transfers; i++) {
		if (r->transfer[i].id != id)
			continue;
		if (r->transfer[i].endpoint & 0x80)
			r->transfer[i].done = 0;
		redir_complete(r, i, usb_redir_cancelled, NULL);
		return;
	}
}

/* ---- coming and going ---- */

static void accept_one(struct redir *r)
{
	uint32_t caps[USB_REDIR_CAPS_SIZE] = {0};
	struct usbredirparser *p;

	r->fd = accept(r->listener, NULL, NULL);
	if (r->fd < 0)
		return;
	p = r->parser = usbredirparser_create();
	p->priv = r;
	p->log_func = on_log;
	p->read_func = on_read;
	p->write_func = on_write;
	p->hello_func = on_hello;
	p->reset_func = on_reset;
	p->set_configuration_func = on_set_configuration;
	p->get_configuration_func = on_get_configuration;
	p->set_alt_setting_func = on_set_alt;
	p->get_alt_setting_func = on_get_alt;
	p->start_interrupt_receiving_func = on_start_interrupt;
	p->stop_interrupt_receiving_func = on_stop_interrupt;
	p->cancel_data_packet_func = on_cancel;
	p->control_packet_func = on_control;
	p->bulk_packet_func = on_bulk;
	p->interrupt_packet_func = on_interrupt_out;
	usbredirparser_caps_set_cap(caps, usb_redir_cap_connect_device_version);
	usbredirparser_caps_set_cap(caps,
	    usb_redir_cap_ep_info_max_packet_size);
	usbredirparser_caps_set_cap(caps, usb_redir_cap_64bits_ids);
	usbredirparser_caps_set_cap(caps, usb_redir_cap_32bits_bulk_length);
	usbredirparser_init(p, "karcis tests", caps, USB_REDIR_CAPS_SIZE,
	    usbredirparser_fl_usb_host);
}

bool redir_open(struct redir *r, const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	r->fd = -1;
	r->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (strlen(path) >= sizeof(a.sun_path)) {
		fprintf(stderr, "%s: too long for a socket\n", path);
		return false;
	}
	strcpy(a.sun_path, path);
	(void)unlink(path);
	if (r->listener < 0 ||
	    bind(r->listener, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(r->listener, 1) != 0) {
		perror(path);
		return false;
	}
	return true;
}

void redir_close(struct redir *r)
{
	hang_up(r);
	if (r->listener >= 0)
		(void)close(r->listener);
	r->listener = -1;
}

int redir_pollfds(const struct redir *r, struct pollfd *fds)
{
	short out = r->parser != NULL &&
		usbredirparser_has_data_to_write(r->parser) > 0
	    ? POLLOUT
	    : 0;

	if (r->fd >= 0)
		fds[0] = (struct pollfd){.fd = r->fd, .events = POLLIN | out};
	else
		fds[0] = (struct pollfd){.fd = r->listener, .events = POLLIN};
	return 1;
}

static bool ready(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

void redir_service(struct redir *r)
{
	if (r->fd < 0 && ready(r->listener))
		accept_one(r);
	if (r->parser == NULL)
		return;
	if (usbredirparser_do_read(r->parser) == usbredirparser_read_io_error) {
		hang_up(r);
		return;
	}
	while (usbredirparser_has_data_to_write(r->parser) > 0) {
		int before = usbredirparser_has_data_to_write(r->parser);

		if (usbredirparser_do_write(r->parser) != 0) {
			hang_up(r);
			return;
		}
		if (usbredirparser_has_data_to_write(r->parser) == before)
			return;
	}
}

void redir_plug(struct redir *r)
{
	r->plugged = true;
	connect_device(r);
}

void redir_unplug(struct redir *r)
{
	r->plugged = false;
	if (r->connected)
		usbredirparser_send_device_disconnect(r->parser);
	r->connected = false;
	forget(r);
}
