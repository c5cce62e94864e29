/*
 * Touch screens of an emulated kernel (umockdev), for tests and an emulator:
 * what evdev answers, how they come and go, and what fingers on them tell.
 * Each node is a FIFO, so that it is ready when events wait and quiet else.
 */
#ifndef KARCIS_TESTS_TOUCH_KERNEL_H
#define KARCIS_TESTS_TOUCH_KERNEL_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/input.h>
#include <umockdev.h>

enum { NODES = 8, SLOTS = 10 };

enum what { MULTI, SINGLE, FRAMES, TABLET, KEYBOARD, FLAT };

/* What the emulated kernel knows; read on the test bed's thread too. */
struct node {
	enum what what;
	int fifo;
	bool busy, held;
	int32_t id[SLOTS], x[SLOTS], y[SLOTS]; /* id -1 = nothing there */
	bool down;                             /* SINGLE */
	char *syspath;
};

static UMockdevTestbed *bed;
static UMockdevIoctlBase *handler;
static struct node nodes[NODES];
static bool attached[NODES];
static GMutex lock;

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "touch kernel: %s: %s\n", what, strerror(errno));
	abort();
}

/* ---- what the kernel answers ---- */

static void set_bit(uint8_t *bits, unsigned bit)
{
	bits[bit / 8] = (uint8_t)(bits[bit / 8] | 1U << bit % 8);
}

static void answer_axis(const struct node *n, unsigned code, uint8_t *out)
{
	struct input_absinfo a = {0};
	bool x = code == ABS_X || code == ABS_MT_POSITION_X;

	a.maximum = x ? 4095 : 2147;
	a.minimum = x ? 0 : 100; /* 2048 rows from 100 on */
	if (code == ABS_MT_SLOT)
		a = (struct input_absinfo){.maximum = SLOTS - 1};
	else if (code == ABS_MT_TRACKING_ID)
		a = (struct input_absinfo){.maximum = 65535};
	else if (n->what == FLAT)
		a.maximum = a.minimum;
	else if (code == ABS_X || code == ABS_Y)
		a.value = x ? n->x[0] : n->y[0];
	memcpy(out, &a, sizeof(a));
}

static void answer_axes(const struct node *n, uint8_t *out)
{
	bool many = n->what == MULTI || n->what == FRAMES || n->what == FLAT;

	if (n->what == KEYBOARD)
		return;
	set_bit(out, many ? ABS_MT_POSITION_X : ABS_X);
	set_bit(out, many ? ABS_MT_POSITION_Y : ABS_Y);
	if (n->what == MULTI || n->what == FLAT) {
		set_bit(out, ABS_MT_SLOT);
		set_bit(out, ABS_MT_TRACKING_ID);
		set_bit(out, ABS_X); /* for programs that know one finger */
		set_bit(out, ABS_Y);
	}
}

static void answer_keys(const struct node *n, uint8_t *out)
{
	if (n->what == MULTI || n->what == SINGLE)
		set_bit(out, BTN_TOUCH);
	else if (n->what == TABLET)
		set_bit(out, BTN_LEFT);
	else if (n->what == KEYBOARD)
		set_bit(out, KEY_ENTER);
}

static void answer_slots(const struct node *n, size_t size, uint8_t *out)
{
	int32_t code, *value = (int32_t *)(void *)(out + sizeof(code));

	memcpy(&code, out, sizeof(code));
	for (size_t i = 0; i < SLOTS && (i + 2) * sizeof(code) <= size; i++)
		value[i] = code == ABS_MT_TRACKING_ID ? n->id[i]
		    : code == ABS_MT_POSITION_X       ? n->x[i]
						      : n->y[i];
}

static void answer(const struct node *n, unsigned nr, size_t size, uint8_t *out)
{
	struct input_id id = {BUS_USB, 0x222a, 0x0001, 0x110};

	if (nr == _IOC_NR(EVIOCGMTSLOTS(0))) {
		answer_slots(n, size, out);
		return;
	}
	memset(out, 0, size);
	if (nr == _IOC_NR(EVIOCGVERSION))
		memcpy(out, &(int){EV_VERSION}, sizeof(int));
	else if (nr == _IOC_NR(EVIOCGID))
		memcpy(out, &id, sizeof(id));
	else if (nr == _IOC_NR(EVIOCGNAME(0)))
		memcpy(out, "panel", 6);
	else if (nr == _IOC_NR(EVIOCGBIT(0, 0)))
		out[0] = 1 << EV_SYN | 1 << EV_KEY |
		    (n->what == KEYBOARD ? 0 : 1 << EV_ABS);
	else if (nr == _IOC_NR(EVIOCGBIT(EV_KEY, 0)))
		answer_keys(n, out);
	else if (nr == _IOC_NR(EVIOCGBIT(EV_ABS, 0)))
		answer_axes(n, out);
	else if (nr == _IOC_NR(EVIOCGKEY(0)) && n->down)
		set_bit(out, n->what == TABLET ? BTN_LEFT : BTN_TOUCH);
	else if (nr >= _IOC_NR(EVIOCGABS(0)) &&
	    nr < _IOC_NR(EVIOCGABS(0)) + ABS_CNT)
		answer_axis(n, nr - (unsigned)_IOC_NR(EVIOCGABS(0)), out);
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *c,
    gpointer unused)
{
	unsigned long request = umockdev_ioctl_client_get_request(c);
	const char *path = umockdev_ioctl_client_get_devnode(c);
	struct node *n = &nodes[path[strlen(path) - 1] - '0'];
	size_t size = _IOC_SIZE(request);
	UMockdevIoctlData *data;

	(void)base;
	(void)unused;
	g_mutex_lock(&lock);
	if (request == EVIOCGRAB) {
		data = umockdev_ioctl_client_get_arg(c);
		if (!n->busy)
			n->held = *(void **)(void *)data->data != NULL;
		umockdev_ioctl_client_complete(c, n->busy ? -1 : 0,
		    n->busy ? EBUSY : 0);
	} else if ((_IOC_DIR(request) & _IOC_READ) == 0) {
		umockdev_ioctl_client_complete(c, 0, 0);
	} else {
		data = umockdev_ioctl_data_resolve(
		    umockdev_ioctl_client_get_arg(c), 0, size, NULL);
		if (data != NULL) {
			uint8_t *out = g_memdup2(data->data, size);

			answer(n, _IOC_NR(request), size, out);
			umockdev_ioctl_data_update(data, 0, out, (gint)size);
			umockdev_ioctl_data_unref(data);
			g_free(out);
		}
		/* As the kernel: how much, but here nothing. */
		umockdev_ioctl_client_complete(c,
		    _IOC_NR(request) == _IOC_NR(EVIOCGMTSLOTS(0)) ? 0
								  : (glong)size,
		    0);
	}
	g_mutex_unlock(&lock);
	return TRUE;
}

/* ---- devices come and go ---- */

static void plug(unsigned i, enum what what)
{
	static const char *const kinds[] = {[MULTI] = "ID_INPUT_TOUCHSCREEN",
	    [SINGLE] = "ID_INPUT_TOUCHSCREEN",
	    [FRAMES] = "ID_INPUT_TOUCHSCREEN",
	    [FLAT] = "ID_INPUT_TOUCHSCREEN",
	    [TABLET] = "ID_INPUT_MOUSE",
	    [KEYBOARD] = "ID_INPUT_KEYBOARD"};
	char path[256], text[512], node[32];
	char *root = umockdev_testbed_get_root_dir(bed);
	struct node *n = &nodes[i];
	GError *e = NULL;

	n->what = what;
	for (int s = 0; s < SLOTS; s++)
		n->id[s] = -1;
	snprintf(node, sizeof(node), "/dev/input/event%u", i);
	snprintf(path, sizeof(path), "%s%s", root, node);
	must(mkfifo(path, 0600) == 0, path);
	n->fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	must(n->fifo >= 0, path);
	if (!attached[i]) /* once a path */
		must(umockdev_testbed_attach_ioctl(bed, node, handler, &e),
		    node);
	attached[i] = true;
	snprintf(text, sizeof(text),
	    "P: /devices/panel%u/input%u/event%u\n"
	    "E: DEVNAME=%s\nE: SUBSYSTEM=input\nE: ID_INPUT=1\nE: %s=1\n",
	    i, i, i, node, kinds[what]);
	must(umockdev_testbed_add_from_string(bed, text, &e), text);
	snprintf(text, sizeof(text), "/sys/devices/panel%u/input%u/event%u", i,
	    i, i);
	n->syspath = g_strdup(text);
	umockdev_testbed_uevent(bed, n->syspath, "add");
	g_free(root);
}

static void unplug(unsigned i)
{
	char *root = umockdev_testbed_get_root_dir(bed);
	char path[256];
	struct node *n = &nodes[i];

	if (n->syspath == NULL)
		return;
	umockdev_testbed_uevent(bed, n->syspath, "remove");
	umockdev_testbed_remove_device(bed, n->syspath);
	snprintf(path, sizeof(path), "%s/dev/input/event%u", root, i);
	unlink(path);
	close(n->fifo);
	g_free(n->syspath);
	memset(n, 0, sizeof(*n));
	g_free(root);
}

static void kernel_start(void)
{
	char *root, path[256];

	memset(nodes, 0, sizeof(nodes));
	memset(attached, 0, sizeof(attached));
	bed = umockdev_testbed_new();
	handler = umockdev_ioctl_base_new();
	g_signal_connect(handler, "handle-ioctl", G_CALLBACK(on_ioctl), NULL);
	root = umockdev_testbed_get_root_dir(bed);
	/* There before anybody watches them. */
	snprintf(path, sizeof(path), "%s/dev/input", root);
	g_mkdir_with_parents(path, 0755);
	g_free(root);
}

static void kernel_stop(void)
{
	for (unsigned i = 0; i < NODES; i++)
		unplug(i);
	g_object_unref(handler);
	g_object_unref(bed);
}

/* ---- touches ---- */

static void put(unsigned i, unsigned type, unsigned code, int value)
{
	struct input_event ev = {.type = (uint16_t)type,
	    .code = (uint16_t)code,
	    .value = value};

	must(write(nodes[i].fifo, &ev, sizeof(ev)) == sizeof(ev), "event");
}

static void end_frame(unsigned i)
{
	put(i, EV_SYN, SYN_REPORT, 0);
}

/* id -1 lifts it; the truth that a program may ask for changes as well. */
static void finger(unsigned i, int slot, int id, int x, int y)
{
	struct node *n = &nodes[i];
	bool other = n->id[slot] != id;

	g_mutex_lock(&lock);
	n->id[slot] = id;
	n->x[slot] = x;
	n->y[slot] = y;
	g_mutex_unlock(&lock);
	put(i, EV_ABS, ABS_MT_SLOT, slot);
	if (other)
		put(i, EV_ABS, ABS_MT_TRACKING_ID, id);
	if (id >= 0) {
		put(i, EV_ABS, ABS_MT_POSITION_X, x);
		put(i, EV_ABS, ABS_MT_POSITION_Y, y);
	}
	end_frame(i);
}

/* The kernel's buffer ran over; what happened meanwhile can only be asked. */
static void drop(unsigned i)
{
	put(i, EV_SYN, SYN_DROPPED, 0);
	end_frame(i);
}

#endif
