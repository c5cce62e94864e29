/*
 * A USB ticket printer for the real libusb: paper, cover, process ids, unplug.
 *
 * Runs under umockdev-wrapper, prints the test bed's directory, then obeys
 * lines on stdin and answers each with one line. See `commands` below.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/usbdevice_fs.h>
#include <umockdev.h>

enum { URBS = 32, PAPER_MAX = 1 << 20, REPLY_MAX = 4096 };

struct urb {
	UMockdevIoctlData *data, *buffer;
	struct usbdevfs_urb head;
	int done, status;
};

static GMutex lock;
static UMockdevTestbed *bed;
static UMockdevIoctlBase *handler;
static char *syspath, node[64];
static int address, fifo = -1;
static bool plugged;
static struct urb pending[URBS], reapable[URBS];
static int pendings, reapables;

static uint8_t paper[PAPER_MAX], cmd[16];
static size_t printed, cmd_len, paper_left = SIZE_MAX, unplug_at = SIZE_MAX,
    stall_at = SIZE_MAX, short_every;
static bool paper_out, cover_open, asb_on, proof_on = true;
static int proof_delay_ms, resets, wakes;
static int64_t proof_due_ms = -1;
static char proof[4], id1284[256] =
    "MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;";
static uint8_t reply[REPLY_MAX];
static int replies;
static const char *vidpid = "04b82e02";
static int class_now = 7;

static int64_t now_ms(void)
{
	return g_get_monotonic_time() / 1000;
}

/* ---- the printer itself ---- */

static void answer(const void *bytes, int n)
{
	if (replies + n <= REPLY_MAX) {
		memcpy(reply + replies, bytes, (size_t)n);
		replies += n;
	}
}

static void asb(void)
{
	uint8_t b[4] = {0x10, 0, 0, 0};

	if (paper_out || cover_open)
		b[0] |= 0x08;
	if (cover_open)
		b[0] |= 0x20;
	if (paper_out)
		b[2] |= 0x0c;
	if (asb_on)
		answer(b, 4);
}

static void dle_eot(int n)
{
	uint8_t b = 0x12;

	if (n == 1 && (paper_out || cover_open))
		b |= 0x08;
	if (n == 2)
		b |= (uint8_t)((cover_open ? 0x04 : 0) |
		    (paper_out ? 0x20 : 0));
	if (n == 4 && paper_out)
		b |= 0x60;
	answer(&b, 1);
}

static void prove(void)
{
	uint8_t b[7] = {0x37, 0x22, 0, 0, 0, 0, 0};

	memcpy(b + 2, proof, 4);
	answer(b, 7);
	proof_due_ms = -1;
}

/* 1: taken as a command, 0: not a command, -1: more bytes needed */
static int command(void)
{
	if (cmd[0] == 0x1b)
		return cmd_len < 2 ? -1 : cmd[1] == '@' ? (wakes++, 1) : 0;
	if (cmd[0] == 0x10) {
		if (cmd_len < 3)
			return cmd_len == 2 && cmd[1] != 4 ? 0 : -1;
		dle_eot(cmd[2]);
		return 1;
	}
	if (cmd[0] != 0x1d)
		return 0;
	if (cmd_len < 2)
		return -1;
	if (cmd[1] == 'a') {
		if (cmd_len < 3)
			return -1;
		asb_on = cmd[2] != 0;
		asb();
		return 1;
	}
	if (cmd[1] != '(')
		return 0;
	if (cmd_len < 11)
		return -1;
	memcpy(proof, cmd + 7, 4);
	proof_due_ms = proof_on ? now_ms() + proof_delay_ms : -1;
	return 1;
}

/* False when the printer does not take the byte now. */
static bool take(uint8_t byte)
{
	int r;

	if (cmd_len == 0 && byte != 0x1b && byte != 0x10 && byte != 0x1d) {
		if (paper_left == 0 && !paper_out) {
			paper_out = true;
			asb();
		}
		if (paper_out || printed == PAPER_MAX)
			return false;
		paper[printed++] = byte;
		if (paper_left != SIZE_MAX)
			paper_left--;
		return true;
	}
	cmd[cmd_len++] = byte;
	r = command();
	if (r >= 0)
		cmd_len = 0;
	return true;
}

/* ---- usbfs ---- */

/* Writable means reapable to libusb: a full FIFO makes it wait. */
static void set_ready(bool ready)
{
	char room[4096];

	memset(room, 0, sizeof(room));
	if (ready)
		while (read(fifo, room, sizeof(room)) > 0)
			;
	else
		while (write(fifo, room, sizeof(room)) > 0)
			;
}

static void complete(int i, int status)
{
	pending[i].status = status;
	reapable[reapables++] = pending[i];
	pendings--;
	memmove(pending + i, pending + i + 1,
	    (size_t)(pendings - i) * sizeof(pending[0]));
	set_ready(true);
}

static void unplug(void);

static void control_urb(int i)
{
	struct urb *u = &pending[i];
	const uint8_t *setup = u->buffer->data;
	size_t n = strlen(id1284);
	uint8_t back[512];

	if (setup[0] == 0xa1 && setup[1] == 0) {
		back[0] = (uint8_t)((n + 2) >> 8);
		back[1] = (uint8_t)(n + 2);
		memcpy(back + 2, id1284, n);
		umockdev_ioctl_data_update(u->buffer, 8, back, (int)n + 2);
		u->done = (int)n + 2;
		complete(i, n > 0 ? 0 : -EPIPE);
	} else if (setup[0] == 0x21 && setup[1] == 2) {
		resets++;
		cmd_len = 0;
		proof_due_ms = -1;
		complete(i, 0);
	} else {
		complete(i, -EPIPE);
	}
}

static bool out_urb(int i)
{
	struct urb *u = &pending[i];
	int from = u->done;

	while (u->done < u->head.buffer_length) {
		if (printed == unplug_at) {
			unplug_at = SIZE_MAX;
			unplug();
			return true;
		}
		if (printed == stall_at) {
			stall_at = SIZE_MAX;
			complete(i, -EPIPE);
			return true;
		}
		if (short_every > 0 && (size_t)(u->done - from) == short_every)
			break;
		if (!take(u->buffer->data[u->done]))
			return false;
		u->done++;
	}
	complete(i, 0);
	return true;
}

static void in_urb(int i)
{
	struct urb *u = &pending[i];
	int n = replies < u->head.buffer_length ? replies :
	    u->head.buffer_length;

	umockdev_ioctl_data_update(u->buffer, 0, reply, n);
	replies -= n;
	memmove(reply, reply + n, (size_t)replies);
	u->done = n;
	complete(i, 0);
}

static bool one_urb(void)
{
	for (int i = 0; i < pendings; i++) {
		struct urb *u = &pending[i];

		if (u->head.type == USBDEVFS_URB_TYPE_CONTROL) {
			control_urb(i);
			return true;
		}
		if ((u->head.endpoint & 0x80) && replies > 0) {
			in_urb(i);
			return true;
		}
		if (!(u->head.endpoint & 0x80) && out_urb(i))
			return true;
	}
	return false;
}

static void work(void)
{
	if (proof_due_ms >= 0 && now_ms() >= proof_due_ms)
		prove();
	while (one_urb())
		if (proof_due_ms >= 0 && now_ms() >= proof_due_ms)
			prove();
}

static void submit(UMockdevIoctlClient *c, UMockdevIoctlData *arg)
{
	struct urb u = {0};

	u.data = umockdev_ioctl_data_resolve(arg, 0, sizeof(u.head), NULL);
	if (u.data == NULL || pendings == URBS) {
		umockdev_ioctl_client_complete(c, -1, EFAULT);
		return;
	}
	memcpy(&u.head, u.data->data, sizeof(u.head));
	if (u.head.buffer_length > 0)
		u.buffer = umockdev_ioctl_data_resolve(u.data,
		    offsetof(struct usbdevfs_urb, buffer),
		    (gsize)u.head.buffer_length, NULL);
	pending[pendings++] = u;
	umockdev_ioctl_client_complete(c, 0, 0);
	work();
}

static void reap(UMockdevIoctlClient *c, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *ptr;
	struct urb u;

	if (reapables == 0) {
		if (plugged)
			set_ready(false);
		umockdev_ioctl_client_complete(c, -1,
		    plugged ? EAGAIN : ENODEV);
		return;
	}
	u = reapable[0];
	reapables--;
	memmove(reapable, reapable + 1, (size_t)reapables * sizeof(u));
	if (reapables == 0 && plugged)
		set_ready(false);
	umockdev_ioctl_data_update(u.data,
	    offsetof(struct usbdevfs_urb, status), (guint8 *)&u.status,
	    sizeof(int));
	umockdev_ioctl_data_update(u.data,
	    offsetof(struct usbdevfs_urb, actual_length), (guint8 *)&u.done,
	    sizeof(int));
	ptr = umockdev_ioctl_data_resolve(arg, 0, sizeof(gulong), NULL);
	umockdev_ioctl_data_set_ptr(ptr, 0, u.data);
	umockdev_ioctl_client_complete(c, 0, 0);
}

static void discard(UMockdevIoctlClient *c, UMockdevIoctlData *arg)
{
	gulong at;

	memcpy(&at, arg->data, sizeof(at));
	for (int i = 0; i < pendings; i++)
		if (pending[i].data->client_addr == at) {
			complete(i, -ENOENT);
			umockdev_ioctl_client_complete(c, 0, 0);
			return;
		}
	umockdev_ioctl_client_complete(c, -1, EINVAL);
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *c,
    void *user)
{
	UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg(c), *to;
	gulong request = umockdev_ioctl_client_get_request(c);
	guint32 caps = USBDEVFS_CAP_NO_PACKET_SIZE_LIM |
	    USBDEVFS_CAP_REAP_AFTER_DISCONNECT;

	(void)base, (void)user;
	g_mutex_lock(&lock);
	if (request == USBDEVFS_REAPURBNDELAY) {
		/* Old handles may fetch what the unplug sent back. */
		reap(c, arg);
	} else if (!plugged ||
	    strcmp(umockdev_ioctl_client_get_devnode(c), node) != 0) {
		umockdev_ioctl_client_complete(c, -1, ENODEV);
	} else if (request == USBDEVFS_SUBMITURB) {
		submit(c, arg);
	} else if (request == USBDEVFS_DISCARDURB) {
		discard(c, arg);
	} else if (request == USBDEVFS_GET_CAPABILITIES) {
		to = umockdev_ioctl_data_resolve(arg, 0, sizeof(caps), NULL);
		umockdev_ioctl_data_update(to, 0, (guint8 *)&caps,
		    sizeof(caps));
		umockdev_ioctl_client_complete(c, 0, 0);
	} else if (request == USBDEVFS_GETDRIVER) {
		umockdev_ioctl_client_complete(c, -1, ENODATA);
	} else {
		umockdev_ioctl_client_complete(c, 0, 0);
	}
	g_mutex_unlock(&lock);
	return TRUE;
}

/* ---- plugging ---- */

static void descriptors(char *hex, size_t cap)
{
	/* USB 2.0 9.6: device, configuration, interface (IN before OUT) */
	snprintf(hex, cap,
	    "1201000200000040%c%c%c%c%c%c%c%c000100000001"
	    "09022000010100c001"
	    "0904000002%02x010200"
	    "0705810240000007050302400000", vidpid[2], vidpid[3], vidpid[0],
	    vidpid[1], vidpid[6], vidpid[7], vidpid[4], vidpid[5], class_now);
}

static void plug(void)
{
	char text[2048], hex[256], dir[512], path[600];
	GError *e = NULL;
	char *root = umockdev_testbed_get_root_dir(bed);

	address++;
	reapables = pendings = replies = 0;
	cmd_len = 0;
	asb_on = false;
	snprintf(node, sizeof(node), "/dev/bus/usb/001/%03d", address);
	snprintf(dir, sizeof(dir), "%s/dev/bus/usb/001", root);
	g_mkdir_with_parents(dir, 0755);
	snprintf(path, sizeof(path), "%s%s", root, node);
	if (fifo >= 0)
		close(fifo);
	if (mkfifo(path, 0600) != 0)
		perror(path);
	fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	fcntl(fifo, F_SETPIPE_SZ, 4096);
	set_ready(false);
	plugged = true;
	umockdev_testbed_attach_ioctl(bed, node, handler, &e);
	descriptors(hex, sizeof(hex));
	snprintf(text, sizeof(text),
	    "P: /devices/pci0000:00/0000:00:14.0/usb1/1-%d\n"
	    "E: DEVNAME=/dev/bus/usb/001/%03d\nE: DEVTYPE=usb_device\n"
	    "E: SUBSYSTEM=usb\nE: BUSNUM=001\nE: DEVNUM=%03d\n"
	    "A: bConfigurationValue=1\\n\nA: busnum=1\\n\nA: devnum=%d\\n\n"
	    "A: speed=12\\n\nH: descriptors=%s\n\n", address, address, address,
	    address, hex);
	g_free(syspath);
	syspath = g_strdup_printf(
	    "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-%d", address);
	g_mutex_unlock(&lock);
	if (e == NULL && !umockdev_testbed_add_from_string(bed, text, &e))
		fprintf(stderr, "%s\n", e->message);
	g_mutex_lock(&lock);
	g_free(root);
}

static bool remove_due;

static void unplug(void)
{
	plugged = false;
	while (pendings > 0)
		complete(0, -ESHUTDOWN);
	set_ready(true);
	remove_due = true;
}

static void remove_node(void)
{
	remove_due = false;
	g_mutex_unlock(&lock);
	umockdev_testbed_uevent(bed, syspath, "remove");
	umockdev_testbed_remove_device(bed, syspath);
	g_mutex_lock(&lock);
}

/* ---- commands ---- */

static void save(const char *path)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(paper, 1, printed, f) != printed ||
	    fclose(f) != 0)
		perror(path);
}

static bool number(const char *line, const char *word, size_t *out)
{
	size_t n = strlen(word);

	if (strncmp(line, word, n) != 0)
		return false;
	*out = strtoul(line + n, NULL, 10);
	return true;
}

/* `commands`: plug, unplug, paper out|in, paper-left N, cover open|closed,
 * proof on|off, proof-delay MS, unplug-at N, stall-at N, short N, class N,
 * id TEXT, save FILE, count, quit */
static bool obey(char *line)
{
	size_t n;

	if (remove_due)
		remove_node();
	if (strcmp(line, "plug") == 0)
		plug();
	else if (strcmp(line, "unplug") == 0)
		unplug();
	else if (strcmp(line, "paper out") == 0)
		paper_out = true, asb();
	else if (strcmp(line, "paper in") == 0)
		paper_left = SIZE_MAX, paper_out = false, asb();
	else if (number(line, "paper-left ", &n))
		paper_left = n;
	else if (strcmp(line, "cover open") == 0)
		cover_open = true, asb();
	else if (strcmp(line, "cover closed") == 0)
		cover_open = false, asb();
	else if (strcmp(line, "proof on") == 0)
		proof_on = true;
	else if (strcmp(line, "proof off") == 0)
		proof_on = false;
	else if (number(line, "proof-delay ", &n))
		proof_delay_ms = (int)n;
	else if (number(line, "unplug-at ", &unplug_at) ||
	    number(line, "stall-at ", &stall_at) ||
	    number(line, "short ", &short_every))
		;
	else if (number(line, "class ", &n))
		class_now = (int)n;
	else if (strncmp(line, "id ", 3) == 0)
		g_strlcpy(id1284, line + 3, sizeof(id1284));
	else if (strncmp(line, "save ", 5) == 0)
		save(line + 5);
	else if (strcmp(line, "quit") == 0)
		return false;
	else if (strcmp(line, "count") != 0)
		printf("what? ");
	return true;
}

int main(void)
{
	struct pollfd in = {.fd = 0, .events = POLLIN};
	char line[1024], *root;
	bool go = true;

	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	bed = umockdev_testbed_new();
	handler = umockdev_ioctl_base_new();
	g_signal_connect(handler, "handle-ioctl", G_CALLBACK(on_ioctl), NULL);
	root = umockdev_testbed_get_root_dir(bed);
	printf("%s\n", root);
	while (go) {
		int r = poll(&in, 1, 10);

		g_mutex_lock(&lock);
		if (r > 0) {
			if (fgets(line, sizeof(line), stdin) == NULL)
				go = false;
			else {
				line[strcspn(line, "\n")] = '\0';
				go = obey(line);
			}
		}
		work();
		if (remove_due)
			remove_node();
		if (r > 0)
			printf("ok printed=%zu resets=%d wakes=%d\n", printed,
			    resets, wakes);
		g_mutex_unlock(&lock);
	}
	g_free(root);
	g_object_unref(handler);
	g_object_unref(bed);
	return 0;
}
