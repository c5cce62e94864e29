/*
 * Scanners for a real terminal: keyboard wedges (evdev) and HID-POS (hidraw)
 * on an emulated kernel (umockdev). Serial scanners are pseudo-terminals and
 * need no emulator.
 *
 * Runs with LD_PRELOAD=libumockdev-preload.so.0 and prints the test bed's
 * folder. Then each line on standard input is a command, answered by one
 * line, "ok VALUE" or "no":
 *
 *   wedge NAME VID PID          plugs in /dev/input/NAME
 *   held-wedge NAME VID PID     the same, and somebody else holds it
 *   silent-wedge NAME VID PID   the same, and udev says nothing
 *   hidpos NAME VID PID HEX     plugs in /dev/NAME with this descriptor
 *   unplug NAME
 *   keys NAME WORD...           CODE:VALUE is a key event, +MS a pause before
 *                               the next, drop is SYN_DROPPED, wait until all
 *                               is read
 *   report NAME HEX             one HID report
 *   grab NAME busy|free         whether somebody else holds it
 *   held NAME                   grabs it has now
 *   change NAME                 udev says that it changed
 *   wait NAME                   until all is read
 *   unread NAME                 bytes that nobody has read
 *
 * A node is a FIFO, so that it is ready when something waits; reports stay
 * apart as packets. Time in events is the emulator's own: 2 ms a key event.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/hidraw.h>
#include <linux/input.h>
#include <umockdev.h>

enum {
	DEVICES = 8,
	PATHS = 32,
	STEP_MS = 2,
	WAIT_MS = 3000,
	LINE = 1 << 16,
	PIPE_BYTES = 1 << 20
};

struct device {
	char name[16], node[32], *syspath;
	bool hid, busy;
	unsigned vendor, product;
	int fifo, held;
	uint8_t descriptor[HID_MAX_DESCRIPTOR_SIZE];
	size_t descriptor_len;
};

static UMockdevTestbed *bed;
static UMockdevIoctlBase *handler;
static struct device devices[DEVICES]; /* name "" = unused */
static int64_t event_ms = 1000000;
static GMutex lock;

static struct device *find(const char *name)
{
	for (size_t i = 0; i < DEVICES; i++)
		if (strcmp(devices[i].name, name) == 0)
			return &devices[i];
	return NULL;
}

static size_t unhex(const char *hex, uint8_t *out, size_t cap)
{
	size_t n = 0;
	unsigned byte;

	for (; n < cap && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		out[n++] = (uint8_t)byte;
	return n;
}

/* ---- what the kernel answers ---- */

static void answer_wedge(const struct device *d, unsigned nr, uint8_t *out)
{
	struct input_id id = {BUS_USB, (uint16_t)d->vendor,
	    (uint16_t)d->product, 0x110};

	if (nr == _IOC_NR(EVIOCGVERSION))
		memcpy(out, &(int){EV_VERSION}, sizeof(int));
	else if (nr == _IOC_NR(EVIOCGID))
		memcpy(out, &id, sizeof(id));
	else if (nr == _IOC_NR(EVIOCGNAME(0)))
		memcpy(out, "wedge", 6);
	else if (nr == _IOC_NR(EVIOCGBIT(0, 0)))
		out[0] = 1 << EV_SYN | 1 << EV_KEY;
	else if (nr == _IOC_NR(EVIOCGBIT(EV_KEY, 0)))
		memset(out, 0xff, 32); /* keys 0 to 255 */
}

static void answer_hid(const struct device *d, unsigned nr, uint8_t *out)
{
	struct hidraw_devinfo info = {BUS_USB, (int16_t)d->vendor,
	    (int16_t)d->product};
	uint32_t size = (uint32_t)d->descriptor_len;

	if (nr == _IOC_NR(HIDIOCGRDESCSIZE) || nr == _IOC_NR(HIDIOCGRDESC))
		memcpy(out, &size, sizeof(size));
	if (nr == _IOC_NR(HIDIOCGRDESC))
		memcpy(out + sizeof(size), d->descriptor, size);
	if (nr == _IOC_NR(HIDIOCGRAWINFO))
		memcpy(out, &info, sizeof(info));
}

static void answer(struct device *d, UMockdevIoctlClient *c)
{
	unsigned long request = umockdev_ioctl_client_get_request(c);
	static uint8_t out[8192];
	size_t size = _IOC_SIZE(request);
	UMockdevIoctlData *data, *argument;
	bool grab = request == EVIOCGRAB;
	bool on;

	if (grab) {
		argument = umockdev_ioctl_client_get_arg(c);
		on = *(void **)(void *)argument->data != NULL;
		if (!d->busy)
			d->held = on;
		umockdev_ioctl_client_complete(c, d->busy ? -1 : 0,
		    d->busy ? EBUSY : 0);
		return;
	}
	if ((_IOC_DIR(request) & _IOC_READ) == 0 || size > sizeof(out)) {
		umockdev_ioctl_client_complete(c, 0, 0);
		return;
	}
	memset(out, 0, sizeof(out));
	if (d->hid)
		answer_hid(d, _IOC_NR(request), out);
	else
		answer_wedge(d, _IOC_NR(request), out);
	data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(c), 0,
	    size, NULL);
	if (data != NULL) {
		umockdev_ioctl_data_update(data, 0, out, (gint)size);
		umockdev_ioctl_data_unref(data);
	}
	umockdev_ioctl_client_complete(c, d->hid ? 0 : (glong)size, 0);
}

/* A thread of umockdev's. */
static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *c,
    gpointer unused)
{
	const char *node = umockdev_ioctl_client_get_devnode(c);
	struct device *found = NULL;

	(void)base;
	(void)unused;
	g_mutex_lock(&lock);
	for (size_t i = 0; i < DEVICES; i++)
		if (devices[i].name[0] != '\0' &&
		    strcmp(devices[i].node, node) == 0)
			found = &devices[i];
	if (found == NULL)
		umockdev_ioctl_client_complete(c, -1, ENODEV);
	else
		answer(found, c);
	g_mutex_unlock(&lock);
	return TRUE;
}

/* ---- commands ---- */

/* Once a path: a handler that goes while the terminal asks makes umockdev
 * abort the terminal. Without a device the answer is ENODEV. */
static bool attach(const char *node)
{
	static char attached[PATHS][32];
	GError *e = NULL;

	for (size_t i = 0; i < PATHS; i++) {
		if (strcmp(attached[i], node) == 0)
			return true;
		if (attached[i][0] != '\0')
			continue;
		snprintf(attached[i], sizeof(attached[i]), "%s", node);
		return umockdev_testbed_attach_ioctl(bed, node, handler, &e);
	}
	return false;
}

/* The node, ready and open before anybody can see it. */
static bool make_node(struct device *d)
{
	char *root = umockdev_testbed_get_root_dir(bed);
	char path[256], early[256];
	bool good;

	snprintf(path, sizeof(path), "%s%s", root, d->node);
	snprintf(early, sizeof(early), "%s/early", root);
	g_free(root);
	if (!attach(d->node) || mkfifo(early, 0600) != 0)
		return false;
	d->fifo = open(early, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	/* A packet takes a page. */
	good = d->fifo >= 0 && fcntl(d->fifo, F_SETPIPE_SZ, PIPE_BYTES) >= 0 &&
	    (!d->hid || fcntl(d->fifo, F_SETFL, O_NONBLOCK | O_DIRECT) == 0);
	return good && rename(early, path) == 0;
}

static bool tell_udev(struct device *d)
{
	char text[256];
	GError *e = NULL;

	snprintf(text, sizeof(text),
	    "P: /devices/scanner/%s\n"
	    "E: DEVNAME=%s\nE: SUBSYSTEM=%s\n",
	    d->name, d->node, d->hid ? "hidraw" : "input");
	if (!umockdev_testbed_add_from_string(bed, text, &e))
		return false;
	snprintf(text, sizeof(text), "/sys/devices/scanner/%s", d->name);
	d->syspath = g_strdup(text);
	umockdev_testbed_uevent(bed, d->syspath, "add");
	return true;
}

static bool do_plug(char *words, bool hid, bool busy, bool silent)
{
	struct device *d = find("");
	char name[16];
	unsigned vendor, product;
	int used = 0;
	bool good;

	if (d == NULL ||
	    sscanf(words, "%15s %x %x %n", name, &vendor, &product, &used) != 3)
		return false;
	g_mutex_lock(&lock);
	memset(d, 0, sizeof(*d));
	snprintf(d->name, sizeof(d->name), "%s", name);
	snprintf(d->node, sizeof(d->node), "/dev/%s%s", hid ? "" : "input/",
	    name);
	d->hid = hid;
	d->busy = busy;
	d->vendor = vendor;
	d->product = product;
	if (hid)
		d->descriptor_len = unhex(words + used, d->descriptor,
		    sizeof(d->descriptor));
	g_mutex_unlock(&lock);
	good = make_node(d) && (silent || tell_udev(d));
	if (!good)
		d->name[0] = '\0';
	return good;
}

static void unplug(struct device *d)
{
	char *root = umockdev_testbed_get_root_dir(bed);
	char path[512];

	snprintf(path, sizeof(path), "%s%s", root, d->node);
	unlink(path);
	close(d->fifo);
	if (d->syspath != NULL) {
		umockdev_testbed_uevent(bed, d->syspath, "remove");
		umockdev_testbed_remove_device(bed, d->syspath);
	}
	g_free(d->syspath);
	g_free(root);
	g_mutex_lock(&lock);
	memset(d, 0, sizeof(*d));
	g_mutex_unlock(&lock);
}

static int unread(const struct device *d)
{
	int n = 0;

	/* Past umockdev, which answers for a node's path by itself. */
	return syscall(SYS_ioctl, d->fifo, FIONREAD, &n) == 0 ? n : -1;
}

static bool wait_read(const struct device *d)
{
	for (int i = 0; i < WAIT_MS && unread(d) > 0; i++)
		usleep(1000);
	return unread(d) == 0;
}

static bool put_event(struct device *d, unsigned type, unsigned code, int value)
{
	struct input_event ev[2] = {
	    {.type = (uint16_t)type, .code = (uint16_t)code, .value = value},
	    {.type = EV_SYN}};

	ev[0].input_event_sec = ev[1].input_event_sec = event_ms / 1000;
	ev[0].input_event_usec = ev[1].input_event_usec = event_ms % 1000 *
	    1000;
	event_ms += STEP_MS;
	return write(d->fifo, ev, sizeof(ev)) == (ssize_t)sizeof(ev);
}

static bool do_keys(struct device *d, char *words)
{
	char *word, *rest = words;
	bool good = true;
	unsigned code;
	int value;

	while (good && (word = strsep(&rest, " ")) != NULL) {
		if (word[0] == '+')
			event_ms += atoi(word + 1);
		else if (strcmp(word, "drop") == 0)
			good = put_event(d, EV_SYN, SYN_DROPPED, 0);
		else if (strcmp(word, "wait") == 0)
			good = wait_read(d);
		else if (sscanf(word, "%u:%d", &code, &value) == 2)
			good = put_event(d, EV_KEY, code, value);
	}
	return good;
}

static bool do_report(struct device *d, const char *hex)
{
	static uint8_t bytes[4096];
	size_t n = unhex(hex, bytes, sizeof(bytes));

	return write(d->fifo, bytes, n) == (ssize_t)n;
}

/* The value to answer with, -1 = no. */
static int obey(char *line)
{
	char *words = line, *verb = strsep(&words, " "), *name;
	struct device *d;

	if (words == NULL)
		return -1;
	if (strcmp(verb, "wedge") == 0)
		return do_plug(words, false, false, false) ? 0 : -1;
	if (strcmp(verb, "held-wedge") == 0)
		return do_plug(words, false, true, false) ? 0 : -1;
	if (strcmp(verb, "silent-wedge") == 0)
		return do_plug(words, false, false, true) ? 0 : -1;
	if (strcmp(verb, "hidpos") == 0)
		return do_plug(words, true, false, false) ? 0 : -1;
	name = strsep(&words, " ");
	d = find(name);
	if (d == NULL || name[0] == '\0')
		return -1;
	if (strcmp(verb, "unplug") == 0)
		unplug(d);
	else if (strcmp(verb, "keys") == 0 && words != NULL)
		return do_keys(d, words) ? 0 : -1;
	else if (strcmp(verb, "report") == 0 && words != NULL)
		return do_report(d, words) ? 0 : -1;
	else if (strcmp(verb, "grab") == 0 && words != NULL)
		d->busy = strcmp(words, "busy") == 0;
	else if (strcmp(verb, "held") == 0)
		return d->held;
	else if (strcmp(verb, "change") == 0)
		umockdev_testbed_uevent(bed, d->syspath, "change");
	else if (strcmp(verb, "wait") == 0)
		return wait_read(d) ? 0 : -1;
	else if (strcmp(verb, "unread") == 0)
		return unread(d);
	else
		return -1;
	return 0;
}

int main(void)
{
	static char line[LINE];
	char *root;

	bed = umockdev_testbed_new();
	handler = umockdev_ioctl_base_new();
	g_signal_connect(handler, "handle-ioctl", G_CALLBACK(on_ioctl), NULL);
	root = umockdev_testbed_get_root_dir(bed);
	/* There before the terminal watches them. */
	snprintf(line, sizeof(line), "%s/dev/input", root);
	g_mkdir_with_parents(line, 0755);
	printf("%s\n", root);
	g_free(root);
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		int value;

		line[strcspn(line, "\n")] = '\0';
		value = obey(line);
		if (value < 0)
			printf("no\n");
		else
			printf("ok %d\n", value);
		fflush(stdout);
	}
	g_object_unref(bed);
	return 0;
}
