/*
 * The printer emulator as a USB printer of a whole machine: behind QEMU's
 * usb-redir. One device; the word behind the papers is the socket's path.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <usbredirproto.h>

#include "redir.h"
#include "tests/device/printer_emulator.h"

static struct redir redir;
static char path[108];

/* USB Printer Class 1.1 4.2: device id, soft reset. */
static bool on_control(void *ctx, const struct redir_setup *s, uint8_t *data,
    size_t *len)
{
	struct device *d = ctx;
	size_t n = strlen(d->look.id);

	if (s->type == 0xa1 && s->request == 0 && n > 0) {
		data[0] = (uint8_t)((n + 2) >> 8);
		data[1] = (uint8_t)(n + 2);
		memcpy(data + 2, d->look.id, n);
		*len = n + 2;
		return true;
	}
	if (s->type == 0xa1 && s->request == 1) { /* port status */
		data[0] = d->m.paper_out ? 0x30 : 0x18;
		*len = 1;
		return true;
	}
	if (s->type == 0x21 && s->request == 2 && !d->look.no_reset) {
		d->resets++;
		model_reset(&d->m);
		*len = 0;
		return true;
	}
	return false;
}

static unsigned hex(const char *digits)
{
	unsigned v = 0;

	(void)sscanf(digits, "%4x", &v);
	return v;
}

static void describe(struct device *d)
{
	/* USB 2.0 9.6, high speed: bulk endpoints of 512 bytes. */
	static const uint8_t config[] = {9, 2, 32, 0, 1, 1, 0, 0xc0, 1, 9, 4, 0,
	    0, 2, 7, 1, 2, 0, 7, 5, 0x81, 2, 0, 2, 0, 7, 5, 0x02, 2, 0, 2, 0};
	char id[9];
	unsigned vendor, product;

	memcpy(id, d->look.vidpid, sizeof(id));
	product = hex(id + 4);
	id[4] = '\0';
	vendor = hex(id);
	memcpy(redir.look.device,
	    ((const uint8_t[]){18, 1, 0, 2, 0, 0, 0, 64, (uint8_t)vendor,
		(uint8_t)(vendor >> 8), (uint8_t)product,
		(uint8_t)(product >> 8), 0, 1, 1, 2, 3, 1}),
	    sizeof(redir.look.device));
	memcpy(redir.look.config, config, sizeof(config));
	redir.look.config_len = sizeof(config);
	redir.look.string[1] = "Karcis tests";
	redir.look.string[2] = "Ticket printer";
	redir.look.string[3] = "0001";
}

/* The printer keeps what it has when the bus is reset. */
static void on_gone(void *ctx)
{
	struct device *d = ctx;

	d->m.replies = 0;
}

static bool redir_front_open(struct device *d, const char *arg)
{
	if (d != &devices[0])
		return true;
	snprintf(path, sizeof(path), "%s", arg);
	redir.control = on_control;
	redir.reset = on_gone;
	redir.ctx = d;
	if (!redir_open(&redir, path))
		return false;
	printf("%s\n", path);
	return true;
}

static bool take_out(struct device *d, size_t i)
{
	struct redir_transfer *t = &redir.transfer[i];
	size_t left = t->len - t->done;
	size_t most = d->short_every > 0 && d->short_every < left
	    ? d->short_every
	    : left;
	unsigned cables = d->cables;
	size_t took = emulator_take(d, t->data + t->done, most);
	int fault;

	if (d->cables != cables)
		return true; /* the transfer went with the cable */
	t->done += took;
	fault = d->fault;
	d->fault = 0;
	if (fault == 0 && t->done < t->len &&
	    (d->short_every == 0 || took == 0))
		return false;
	redir_complete(&redir, i,
	    fault == 0            ? usb_redir_success
		: fault == -EPIPE ? usb_redir_stall
				  : usb_redir_ioerror,
	    NULL);
	return true;
}

static bool give_in(struct device *d, size_t i)
{
	struct redir_transfer *t = &redir.transfer[i];
	uint8_t bytes[64];
	size_t cap = t->len < sizeof(bytes) ? t->len : sizeof(bytes);

	t->done = model_replies(&d->m, bytes, cap, emulator_us());
	if (t->done == 0)
		return false;
	redir_complete(&redir, i, usb_redir_success, bytes);
	return true;
}

static bool move_one(struct device *d)
{
	bool waits = false; /* an earlier OUT transfer is not done */

	for (size_t i = 0; i < redir.transfers; i++) {
		bool in = (redir.transfer[i].endpoint & 0x80) != 0;

		if (in ? give_in(d, i) : !waits && take_out(d, i))
			return true;
		waits = waits || !in;
	}
	return false;
}

static void redir_work(struct device *d)
{
	if (d != &devices[0])
		return;
	redir_service(&redir);
	while (d->plugged && move_one(d))
		;
	redir_service(&redir);
}

static void redir_front_plug(struct device *d)
{
	if (d != &devices[0])
		return;
	describe(d);
	redir_plug(&redir);
}

static void redir_front_unplug(struct device *d)
{
	if (d == &devices[0])
		redir_unplug(&redir);
}

static int redir_front_pollfds(struct device *d, struct pollfd *fds)
{
	return d == &devices[0] ? redir_pollfds(&redir, fds) : 0;
}

static void redir_front_close(void)
{
	redir_close(&redir);
	(void)unlink(path);
}

const struct front front_usbredir = {redir_front_open, redir_front_plug,
    redir_front_unplug, redir_work, redir_front_pollfds, redir_front_close,
    NULL};
