/*
 * Keyboard wedges on an emulated kernel (umockdev): the real libevdev, the
 * real grab. The parent is the kernel's side and answers the ioctls; the
 * child is the scanner and writes the events itself, through a FIFO that
 * stands for the device node. Run under umockdev-wrapper.
 */
#include "drivers/scanner/scanner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <umockdev.h>
#include <unistd.h>

enum { WEDGES = 4, GRAB_NR = 0x90, BIT_NR = 0x20 };

/* event0, event1: allowed; event2: a stranger; event3: held by another. */
static const struct scanner_id IDS[WEDGES] = {
    {0x05e0, 0x1200},
    {0x0c2e, 0x0b61},
    {0x046d, 0xc31c},
    {0x05e0, 0x1300},
};
static int node[WEDGES];
static int failures;
static int64_t sent_ms = 2000; /* the kernel's time of the next event */

#define CHECK(fact) \
	do { \
		if (!(fact)) { \
			fprintf(stderr, "line %d: %s\n", __LINE__, #fact); \
			failures++; \
		} \
	} while (0)

static int answer(int which, unsigned nr, uint8_t *bytes, size_t len)
{
	struct input_id id = {.bustype = BUS_USB,
	    .vendor = IDS[which].vendor,
	    .product = IDS[which].product};

	memset(bytes, 0, len);
	if (nr == _IOC_NR(EVIOCGVERSION))
		memcpy(bytes, &(int){EV_VERSION}, sizeof(int));
	else if (nr == _IOC_NR(EVIOCGID))
		memcpy(bytes, &id, sizeof(id));
	else if (nr == _IOC_NR(EVIOCGNAME(1)))
		memcpy(bytes, "wedge", 6);
	else if (nr == BIT_NR)
		bytes[0] = 1 << EV_SYN | 1 << EV_KEY;
	else if (nr == BIT_NR + EV_KEY)
		memset(bytes, 0xff, 16); /* keys 0 to 127 */
	return 6;
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client,
    gpointer unused)
{
	unsigned long request = umockdev_ioctl_client_get_request(client);
	const char *path = umockdev_ioctl_client_get_devnode(client);
	int which = path[strlen(path) - 1] - '0';
	size_t len = _IOC_SIZE(request);
	UMockdevIoctlData *data;
	uint8_t bytes[1024];
	int r;

	(void)base;
	(void)unused;
	if (_IOC_NR(request) == GRAB_NR) {
		umockdev_ioctl_client_complete(client, which == 3 ? -1 : 0,
		    which == 3 ? EBUSY : 0);
		return TRUE;
	}
	if (len > sizeof(bytes))
		return FALSE;
	data = umockdev_ioctl_data_resolve(
	    umockdev_ioctl_client_get_arg(client), 0, len, NULL);
	r = answer(which, (unsigned)_IOC_NR(request), bytes, len);
	umockdev_ioctl_data_update(data, 0, bytes, (int)len);
	umockdev_ioctl_data_unref(data);
	umockdev_ioctl_client_complete(client, r, 0);
	return TRUE;
}

static void put(int which, unsigned type, unsigned code, int value)
{
	struct input_event ev[2] = {
	    {.type = (uint16_t)type, .code = (uint16_t)code, .value = value},
	    {.type = EV_SYN}};

	ev[0].input_event_sec = ev[1].input_event_sec = sent_ms / 1000;
	ev[0].input_event_usec = ev[1].input_event_usec = sent_ms % 1000 * 1000;
	CHECK(write(node[which], ev, sizeof(ev)) == (ssize_t)sizeof(ev));
}

static void press(int which, unsigned code)
{
	put(which, EV_KEY, code, 1);
	put(which, EV_KEY, code, 0);
}

static void turn(struct scanner *s, int64_t now_ms)
{
	struct pollfd fds[SCANNER_POLLFDS];
	size_t n = scanner_pollfds(s, fds, SCANNER_POLLFDS);

	CHECK(poll(fds, n, 50) >= 0);
	scanner_service(s, fds, n, now_ms);
}

static void expect(struct scanner *s, const char *text)
{
	struct scan scan = {0};
	bool any = scanner_next(s, &scan);

	CHECK(any == (text != NULL));
	if (any && text != NULL && strcmp(scan.text, text) != 0) {
		fprintf(stderr, "got %s, not %s\n", scan.text, text);
		failures++;
	}
}

static void try_keys(struct scanner *s)
{
	press(0, KEY_A); /* plain, shifted, punctuation, Caps Lock */
	put(0, EV_KEY, KEY_LEFTSHIFT, 1);
	press(0, KEY_B);
	press(0, KEY_1);
	put(0, EV_KEY, KEY_LEFTSHIFT, 0);
	press(0, KEY_CAPSLOCK);
	press(0, KEY_C);
	press(0, KEY_2);
	press(0, KEY_CAPSLOCK);
	put(0, EV_KEY, KEY_D, 1);
	put(0, EV_KEY, KEY_D, 2); /* autorepeat */
	put(0, EV_KEY, KEY_D, 0);
	press(0, KEY_3);
	press(0, KEY_3);
	press(0, KEY_ENTER);
	turn(s, 2000);
	expect(s, "aB!C2d33");
	put(0, EV_KEY, KEY_LEFTCTRL, 1);
	press(0, KEY_E);
	put(0, EV_KEY, KEY_LEFTCTRL, 0);
	press(0, KEY_4);
	press(0, KEY_ENTER);
	turn(s, 3000);
	expect(s, NULL);
	sent_ms = 4000;
	press(0, KEY_5);
	turn(s, 4000);
	sent_ms = 4101; /* one too many: the tail goes with the line */
	press(0, KEY_6);
	press(0, KEY_TAB);
	turn(s, 4101);
	expect(s, NULL);
	sent_ms = 5000;
	press(0, KEY_7); /* events were dropped */
	put(0, EV_SYN, SYN_DROPPED, 0);
	turn(s, 5000);
	press(0, KEY_8);
	press(0, KEY_ENTER);
	turn(s, 5050);
	expect(s, NULL);
	press(0, KEY_9);
	press(0, KEY_ENTER);
	turn(s, 5060);
	expect(s, "9");
}

static void try_devices(struct scanner *s)
{
	press(0, KEY_1);
	turn(s, 7000);
	press(1, KEY_9);
	turn(s, 7001);
	press(2, KEY_5);
	press(2, KEY_ENTER);
	press(3, KEY_5);
	press(3, KEY_ENTER);
	press(0, KEY_2);
	press(0, KEY_ENTER);
	turn(s, 7002);
	press(1, KEY_ENTER);
	turn(s, 7003);
	expect(s, "12");
	expect(s, "9");
	expect(s, NULL);
	press(0, KEY_A); /* unplugged in the middle */
	turn(s, 8000);
	close(node[0]);
	turn(s, 8001);
	expect(s, NULL);
}

static int client(void)
{
	struct scanner_config cfg = {.device = {"evdev:auto"},
	    .allow = {IDS[0], IDS[1], IDS[3]},
	    .allow_count = 3};
	struct scanner *s = NULL;
	char text[SCANNER_LOG_BYTES];
	int used = 0, stranger = 0, held = 0, gone = 0;
	struct err e = {0};

	if (scanner_open(&cfg, 1000, &s, &e) != 0)
		return 1;
	try_keys(s);
	try_devices(s);
	while (scanner_next_log(s, text)) {
		used += strstr(text, "is in use") != NULL;
		stranger += strstr(text, "046d:c31c is not allowed") != NULL;
		held += strstr(text, "somebody else holds 05e0:1300") != NULL;
		gone += strstr(text, "went away") != NULL;
	}
	CHECK(used == 2 && stranger == 1 && held == 1 && gone == 1);
	scanner_close(s);
	return failures != 0;
}

static void make_node(UMockdevTestbed *bed, UMockdevIoctlBase *base, int i)
{
	char text[256], path[256];
	GError *error = NULL;

	snprintf(path, sizeof(path), "/dev/input/event%d", i);
	umockdev_testbed_attach_ioctl(bed, path, base, &error);
	snprintf(text, sizeof(text),
	    "P: /devices/input/input%d/event%d\n"
	    "N: input/event%d\nE: DEVNAME=/dev/input/event%d\n"
	    "E: SUBSYSTEM=input\n",
	    i, i, i, i);
	umockdev_testbed_add_from_string(bed, text, &error);
	snprintf(path, sizeof(path), "%s/dev/input/event%d",
	    getenv("UMOCKDEV_DIR"), i);
	CHECK(unlink(path) == 0 && mkfifo(path, 0600) == 0);
	node[i] = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	CHECK(node[i] >= 0);
}

static void on_exit_of(GPid pid, gint status, gpointer loop)
{
	(void)pid;
	failures += status != 0;
	g_main_loop_quit(loop);
}

int main(void)
{
	UMockdevTestbed *bed = umockdev_testbed_new();
	UMockdevIoctlBase *base = umockdev_ioctl_base_new();
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	pid_t pid;
	int i;

	g_signal_connect(base, "handle-ioctl", G_CALLBACK(on_ioctl), NULL);
	for (i = 0; i < WEDGES; i++)
		make_node(bed, base, i);
	pid = fork();
	if (pid == 0)
		_exit(client());
	for (i = 0; i < WEDGES; i++)
		close(node[i]);
	g_child_watch_add(pid, on_exit_of, loop);
	g_main_loop_run(loop);
	g_object_unref(bed);
	printf("scanner_wedge: %s\n", failures == 0 ? "passed" : "FAILED");
	return failures != 0;
}
