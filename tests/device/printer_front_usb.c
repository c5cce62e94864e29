/*
 * The emulator as USB printers for the real libusb (umockdev).
 *
 * The device node is a FIFO: full means "nothing to reap" to libusb's poll,
 * drained means "reap". Requests come on a thread of umockdev's.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/usbdevice_fs.h>
#include <umockdev.h>

#include "printer_emulator.h"

enum { URBS = 32, FIRST = 10 };

struct urb {
	UMockdevIoctlClient *client;
	UMockdevIoctlData *data, *buffer;
	struct usbdevfs_urb head;
	int done, status;
};

/* One plugging in. Old ones stay: a program may still fetch from them what
 * the unplug sent back. */
struct usb {
	struct device *d;
	struct usb *older;
	bool live;
	char node[64], *syspath;
	int address, fifo;
	struct urb pending[URBS], reapable[URBS];
	int pendings, reapables;
	bool stalled; /* OUT: refuses until the halt is cleared */
	bool failed;  /* an OUT transfer did: those behind it wait */
};

static UMockdevTestbed *bed;
static UMockdevIoctlBase *handler;
static int addresses = FIRST;
static struct usb *newest;
static bool plug_due[DEVICES], remove_due[DEVICES];

static struct usb *usb_of(struct device *d)
{
	return d->front;
}

static void set_ready(struct usb *u, bool ready)
{
	char room[4096];

	memset(room, 0, sizeof(room));
	if (ready)
		while (read(u->fifo, room, sizeof(room)) > 0)
			;
	else
		while (write(u->fifo, room, sizeof(room)) > 0)
			;
}

static void complete(struct usb *u, int i, int status)
{
	u->pending[i].status = status;
	if (u->reapables < URBS)
		u->reapable[u->reapables++] = u->pending[i];
	u->pendings--;
	memmove(u->pending + i, u->pending + i + 1,
	    (size_t)(u->pendings - i) * sizeof(u->pending[0]));
	set_ready(u, true);
}

/* ---- transfers ---- */

static void control_urb(struct device *d, int i)
{
	struct usb *u = usb_of(d);
	struct urb *x = &u->pending[i];
	const uint8_t *setup = x->buffer->data;
	size_t n = strlen(d->look.id),
	       told = d->look.id_length >= 0 ? (size_t)d->look.id_length
					     : n + 2;
	uint8_t back[512];

	if (setup[0] == 0xa1 && setup[1] == 0 && n > 0) {
		back[0] = (uint8_t)(told >> 8);
		back[1] = (uint8_t)told;
		memcpy(back + 2, d->look.id, n);
		umockdev_ioctl_data_update(x->buffer, 8, back, (int)n + 2);
		x->done = (int)n + 2;
		complete(u, i, 0);
	} else if (setup[0] == 0x21 && setup[1] == 2 && !d->look.no_reset) {
		d->resets++;
		u->stalled = false;
		model_reset(&d->m);
		complete(u, i, 0);
	} else {
		complete(u, i, -EPIPE);
	}
}

static bool any_out(const struct usb *u)
{
	for (int i = 0; i < u->pendings; i++)
		if (u->pending[i].head.type != USBDEVFS_URB_TYPE_CONTROL &&
		    !(u->pending[i].head.endpoint & 0x80))
			return true;
	return false;
}

/* False when the printer takes nothing now. */
static bool out_urb(struct device *d, int i)
{
	struct usb *u = usb_of(d);
	struct urb *x = &u->pending[i];
	size_t left = (size_t)(x->head.buffer_length - x->done), took;
	size_t most = d->short_every > 0 && d->short_every < left
	    ? d->short_every
	    : left;
	unsigned cables = d->cables;
	int fault;

	/* The model looks ahead in what the transfer holds. */
	took = emulator_take(d, x->buffer->data + x->done, most);
	if (d->cables != cables)
		return true; /* the transfer went with the cable */
	x->done += (int)took;
	fault = d->fault;
	d->fault = 0;
	if (fault == 0 && x->done < x->head.buffer_length &&
	    (d->short_every == 0 || took == 0))
		return false;
	complete(u, i, fault);
	u->stalled = fault == -EPIPE;
	u->failed = fault != 0 && !u->stalled && any_out(u);
	return true;
}

static bool in_urb(struct device *d, int i)
{
	struct usb *u = usb_of(d);
	struct urb *x = &u->pending[i];
	uint8_t bytes[64];
	size_t cap = (size_t)x->head.buffer_length < sizeof(bytes)
	    ? (size_t)x->head.buffer_length
	    : sizeof(bytes);
	size_t n = model_replies(&d->m, bytes, cap, emulator_us());

	if (n == 0)
		return false;
	umockdev_ioctl_data_update(x->buffer, 0, bytes, (int)n);
	x->done = (int)n;
	complete(u, i, 0);
	return true;
}

static bool one_urb(struct device *d)
{
	struct usb *u = usb_of(d);
	bool waits = u->failed; /* an earlier OUT transfer is not done */

	for (int i = 0; i < u->pendings; i++) {
		const struct urb *x = &u->pending[i];
		bool in = (x->head.endpoint & 0x80) != 0;

		if (x->head.type == USBDEVFS_URB_TYPE_CONTROL) {
			control_urb(d, i);
			return true;
		}
		if (!in && u->stalled) {
			complete(u, i, -EPIPE);
			return true;
		}
		if (in ? in_urb(d, i) : !waits && out_urb(d, i))
			return true;
		waits = waits || !in;
	}
	return false;
}

static void submit(struct device *d, UMockdevIoctlClient *c,
    UMockdevIoctlData *arg)
{
	struct usb *u = usb_of(d);
	struct urb x = {.client = c};

	x.data = umockdev_ioctl_data_resolve(arg, 0, sizeof(x.head), NULL);
	if (x.data == NULL || u->pendings == URBS) {
		umockdev_ioctl_client_complete(c, -1, EFAULT);
		return;
	}
	memcpy(&x.head, x.data->data, sizeof(x.head));
	if (x.head.buffer_length > 0)
		x.buffer = umockdev_ioctl_data_resolve(x.data,
		    offsetof(struct usbdevfs_urb, buffer),
		    (gsize)x.head.buffer_length, NULL);
	/* Never given back: no other client may come to have its address,
	 * and umockdev may be at work for one that was killed. */
	g_object_ref(c);
	u->pending[u->pendings++] = x;
	umockdev_ioctl_client_complete(c, 0, 0);
	while (one_urb(d))
		;
}

static void reap(struct usb *u, bool plugged, UMockdevIoctlClient *c,
    UMockdevIoctlData *arg)
{
	UMockdevIoctlData *ptr;
	struct urb x;
	int i = 0;

	while (i < u->reapables && u->reapable[i].client != c)
		i++;
	if (i == u->reapables) {
		if (plugged)
			set_ready(u, false);
		umockdev_ioctl_client_complete(c, -1,
		    plugged ? EAGAIN : ENODEV);
		return;
	}
	x = u->reapable[i];
	u->reapables--;
	memmove(u->reapable + i, u->reapable + i + 1,
	    (size_t)(u->reapables - i) * sizeof(x));
	if (u->reapables == 0 && plugged)
		set_ready(u, false);
	umockdev_ioctl_data_update(x.data,
	    offsetof(struct usbdevfs_urb, status), (guint8 *)&x.status,
	    sizeof(int));
	umockdev_ioctl_data_update(x.data,
	    offsetof(struct usbdevfs_urb, actual_length), (guint8 *)&x.done,
	    sizeof(int));
	ptr = umockdev_ioctl_data_resolve(arg, 0, sizeof(gulong), NULL);
	if (ptr != NULL) /* else it was killed just now */
		umockdev_ioctl_data_set_ptr(ptr, 0, x.data);
	umockdev_ioctl_client_complete(c, 0, 0);
}

static void discard(struct usb *u, UMockdevIoctlClient *c,
    UMockdevIoctlData *arg)
{
	gulong at;

	memcpy(&at, arg->data, sizeof(at));
	for (int i = 0; i < u->pendings; i++)
		if (u->pending[i].client == c &&
		    u->pending[i].data->client_addr == at) {
			complete(u, i, -ENOENT);
			u->failed = u->failed && any_out(u);
			umockdev_ioctl_client_complete(c, 0, 0);
			return;
		}
	umockdev_ioctl_client_complete(c, -1, EINVAL);
}

/* ---- other requests ---- */

static void claim(struct device *d, UMockdevIoctlClient *c, bool detaches)
{
	if (d->look.busy || (d->look.usblp && !detaches)) {
		umockdev_ioctl_client_complete(c, -1, EBUSY);
		return;
	}
	d->claims++;
	d->look.usblp = false;
	umockdev_ioctl_client_complete(c, 0, 0);
}

static void answer_request(struct device *d, UMockdevIoctlClient *c,
    UMockdevIoctlData *arg, gulong request)
{
	/* Without the first, libusb splits what is longer than 16 KB. */
	guint32 caps = (d->look.splits ? 0 : USBDEVFS_CAP_NO_PACKET_SIZE_LIM) |
	    USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
	UMockdevIoctlData *to;

	switch (request) {
	case USBDEVFS_SUBMITURB:
		submit(d, c, arg);
		return;
	case USBDEVFS_DISCARDURB:
		discard(usb_of(d), c, arg);
		return;
	case USBDEVFS_GET_CAPABILITIES:
		to = umockdev_ioctl_data_resolve(arg, 0, sizeof(caps), NULL);
		umockdev_ioctl_data_update(to, 0, (guint8 *)&caps,
		    sizeof(caps));
		break;
	case USBDEVFS_GETDRIVER:
		umockdev_ioctl_client_complete(c, -1,
		    d->look.usblp ? EBUSY : ENODATA);
		return;
	case USBDEVFS_CLAIMINTERFACE:
		claim(d, c, false);
		return;
	case USBDEVFS_DISCONNECT_CLAIM:
		claim(d, c, true);
		return;
	case USBDEVFS_IOCTL: /* the only one: usblp may have it again */
		d->attached++;
		break;
	case USBDEVFS_SETINTERFACE:
		d->alternate++;
		usb_of(d)->stalled = false;
		break;
	case USBDEVFS_CLEAR_HALT:
		usb_of(d)->stalled = false;
		break;
	}
	umockdev_ioctl_client_complete(c, 0, 0);
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *c,
    void *user)
{
	UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg(c);
	gulong request = umockdev_ioctl_client_get_request(c);
	const char *node = umockdev_ioctl_client_get_devnode(c);
	struct usb *u = newest;

	(void)base, (void)user;
	emulator_lock();
	while (u != NULL && strcmp(node, u->node) != 0)
		u = u->older;
	if (request == USBDEVFS_REAPURBNDELAY && u != NULL)
		reap(u, u->live, c, arg);
	else if (u == NULL || !u->live)
		umockdev_ioctl_client_complete(c, -1, ENODEV);
	else
		answer_request(u->d, c, arg, request);
	emulator_unlock();
	return TRUE;
}

static int without(struct urb *x, int n, const UMockdevIoctlClient *c)
{
	int kept = 0;

	for (int i = 0; i < n; i++) {
		if (c != NULL && x[i].client != c)
			x[kept++] = x[i];
	}
	return kept;
}

/* The program ended, or closed the device: its transfers are cancelled.
 * c NULL: whoever it was. */
static void drop_urbs(const UMockdevIoctlClient *c)
{
	for (struct usb *u = newest; u != NULL; u = u->older) {
		u->pendings = without(u->pending, u->pendings, c);
		u->reapables = without(u->reapable, u->reapables, c);
		if (u->reapables == 0 && u->live)
			set_ready(u, false);
	}
}

static void on_vanished(UMockdevIoctlBase *base, UMockdevIoctlClient *c,
    void *user)
{
	(void)base, (void)user;
	emulator_lock();
	drop_urbs(c);
	emulator_unlock();
}

static void usb_killed(void)
{
	drop_urbs(NULL);
}

/* ---- plugging ---- */

static void descriptors(const struct device *d, char *hex, size_t cap)
{
	/* USB 2.0 9.6: endpoints as they come, IN before OUT */
	static const char *const ends[] = {
	    [SHAPE_PLAIN] = "%s0705810240000007050302400000",
	    [SHAPE_LISTENS] = "%s07050302400000",
	    /* bulk endpoints of setting 1 differ from those of setting 0 */
	    [SHAPE_ALTERNATES] = "%s07050302400000"
				 "090400010207010200"
				 "0705810240000007050302400000",
	};
	static const int lengths[] =
	    {[SHAPE_PLAIN] = 32, [SHAPE_LISTENS] = 25, [SHAPE_ALTERNATES] = 48};
	static const int counts[] =
	    {[SHAPE_PLAIN] = 2, [SHAPE_LISTENS] = 1, [SHAPE_ALTERNATES] = 1};
	const char *v = d->look.vidpid;
	char head[256];
	int shape = d->look.shape;

	snprintf(head, sizeof(head),
	    "1201000200000040%c%c%c%c%c%c%c%c000100000001"
	    "0902%02x00010100c001"
	    "09040000%02x%02x01%02x00",
	    v[2], v[3], v[0], v[1], v[6], v[7], v[4], v[5], lengths[shape],
	    counts[shape], d->look.class_,
	    shape == SHAPE_LISTENS || shape == SHAPE_ALTERNATES ? 1 : 2);
	snprintf(hex, cap, ends[shape], head);
}

static void make_node(struct usb *u)
{
	char *root = umockdev_testbed_get_root_dir(bed);
	char dir[512], path[600];

	snprintf(dir, sizeof(dir), "%s/dev/bus/usb/001", root);
	g_mkdir_with_parents(dir, 0755);
	snprintf(path, sizeof(path), "%s%s", root, u->node);
	if (mkfifo(path, 0600) != 0)
		perror(path);
	u->fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	fcntl(u->fifo, F_SETPIPE_SZ, 4096);
	set_ready(u, false);
	g_free(root);
}

/* umockdev's own calls wait for its thread, which may wait for our lock. */
static void add_device(struct device *d)
{
	struct usb *u = usb_of(d);
	char text[2048], hex[512];
	GError *e = NULL;

	descriptors(d, hex, sizeof(hex));
	snprintf(text, sizeof(text),
	    "P: /devices/pci0000:00/0000:00:14.0/usb1/1-%d\n"
	    "E: DEVNAME=/dev/bus/usb/001/%03d\nE: DEVTYPE=usb_device\n"
	    "E: SUBSYSTEM=usb\nE: BUSNUM=001\nE: DEVNUM=%03d\n"
	    "A: bConfigurationValue=1\\n\nA: busnum=1\\n\nA: devnum=%d\\n\n"
	    "A: speed=12\\n\nH: descriptors=%s\n\n",
	    u->address, u->address, u->address, u->address, hex);
	emulator_unlock();
	if (!umockdev_testbed_attach_ioctl(bed, u->node, handler, &e) ||
	    !umockdev_testbed_add_from_string(bed, text, &e))
		fprintf(stderr, "%s\n", e->message);
	emulator_lock();
}

static void remove_device(struct usb *u)
{
	char *path = u->syspath;

	u->syspath = NULL;
	if (path == NULL)
		return;
	emulator_unlock();
	umockdev_testbed_uevent(bed, path, "remove");
	umockdev_testbed_remove_device(bed, path);
	emulator_lock();
	g_free(path);
}

/* With a new address each time. */
static struct usb *plug_in(struct device *d)
{
	struct usb *u = g_new0(struct usb, 1);

	u->d = d;
	u->live = true;
	u->address = addresses++;
	snprintf(u->node, sizeof(u->node), "/dev/bus/usb/001/%03d", u->address);
	u->syspath = g_strdup_printf(
	    "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-%d", u->address);
	u->older = newest;
	newest = u;
	make_node(u);
	return u;
}

static void usb_work(struct device *d)
{
	size_t i = (size_t)(d - devices);

	if (remove_due[i]) {
		remove_due[i] = false;
		remove_device(usb_of(d));
	}
	if (plug_due[i]) {
		plug_due[i] = false;
		d->front = plug_in(d);
		add_device(d);
	}
	while (d->front != NULL && usb_of(d)->live && one_urb(d))
		;
}

/* umockdev is told by the main loop. */
static void usb_plug(struct device *d)
{
	plug_due[d - devices] = true;
}

static void usb_unplug(struct device *d)
{
	struct usb *u = usb_of(d);

	plug_due[d - devices] = false;
	if (u == NULL || !u->live)
		return;
	u->live = false;
	while (u->pendings > 0)
		complete(u, 0, -ESHUTDOWN);
	set_ready(u, true);
	remove_due[d - devices] = true;
}

static bool usb_open(struct device *d, const char *arg)
{
	char *root;

	(void)arg;
	d->front = NULL;
	if (bed != NULL)
		return true;
	bed = umockdev_testbed_new();
	handler = umockdev_ioctl_base_new();
	g_signal_connect(handler, "handle-ioctl", G_CALLBACK(on_ioctl), NULL);
	g_signal_connect(handler, "client-vanished", G_CALLBACK(on_vanished),
	    NULL);
	root = umockdev_testbed_get_root_dir(bed);
	printf("%s\n", root);
	g_free(root);
	return true;
}

static int usb_pollfds(struct device *d, struct pollfd *fds)
{
	(void)d, (void)fds; /* requests come on their own thread */
	return 0;
}

static void usb_close(void)
{
	g_object_unref(handler);
	g_object_unref(bed);
}

const struct front front_usb = {usb_open, usb_plug, usb_unplug, usb_work,
    usb_pollfds, usb_close, usb_killed};
