/*
 * Inside the guest: says what input devices, HID scanners and the class
 * printer give, one line each, for so many seconds.
 *
 *   guest-probe SECONDS
 *
 *   input N NAME            /dev/input/eventN is there
 *   event N TYPE CODE VALUE
 *   hidraw N HEX            one report
 *   printer HEX             the USB printer took DLE EOT 1 and answered
 *   usb BUS-PORT VID:PID AUTHORIZED
 *   ready                   from here on it listens
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/input.h>

enum { NODES = 16, STEP_MS = 200, LP_TRIES = 25 };

static struct pollfd fds[2 * NODES];
static int number[2 * NODES];
static nfds_t opened, events;

static void open_all(const char *form)
{
	char path[64], name[128] = "";

	for (int i = 0; i < NODES; i++) {
		snprintf(path, sizeof(path), form, i);
		fds[opened].fd = open(path, O_RDONLY | O_NONBLOCK);
		if (fds[opened].fd < 0)
			continue;
		fds[opened].events = POLLIN;
		number[opened] = i;
		if (strstr(form, "event") != NULL) {
			(void)ioctl(fds[opened].fd, EVIOCGNAME(sizeof(name)),
			    name);
			printf("input %d %s\n", i, name);
		}
		opened++;
	}
}

static void say_hex(const char *what, int n, const uint8_t *bytes, size_t len)
{
	printf(n < 0 ? "%s " : "%s %d ", what, n);
	for (size_t i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	printf("\n");
}

static void read_one(nfds_t i)
{
	struct input_event ev;
	uint8_t report[256];
	ssize_t n;

	if (i >= events) {
		n = read(fds[i].fd, report, sizeof(report));
		if (n > 0)
			say_hex("hidraw", number[i], report, (size_t)n);
		return;
	}
	while (read(fds[i].fd, &ev, sizeof(ev)) == (ssize_t)sizeof(ev))
		if (ev.type != EV_SYN)
			printf("event %d %u %u %d\n", number[i], ev.type,
			    ev.code, ev.value);
}

static void try_printer(void)
{
	int fd = open("/dev/usb/lp0", O_RDWR | O_NONBLOCK);
	uint8_t back[16];
	ssize_t n = -1;

	if (fd < 0)
		return;
	if (write(fd, "\x10\x04\x01", 3) != 3)
		printf("printer refuses\n");
	for (int i = 0; i < LP_TRIES && n <= 0; i++) {
		n = read(fd, back, sizeof(back));
		if (n <= 0)
			(void)poll(NULL, 0, STEP_MS);
	}
	say_hex("printer", -1, back, n > 0 ? (size_t)n : 0);
	(void)close(fd);
}

static void sys_text(const char *dev, const char *what, char *out, size_t cap)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/usb/devices/%s/%s", dev, what);
	out[0] = '\0';
	f = fopen(path, "r");
	if (f == NULL)
		return;
	if (fgets(out, (int)cap, f) != NULL)
		out[strcspn(out, "\n")] = '\0';
	(void)fclose(f);
}

static void list_usb(void)
{
	DIR *d = opendir("/sys/bus/usb/devices");
	struct dirent *e;
	char vendor[16], product[16], authorized[16];

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || strchr(e->d_name, ':') != NULL)
			continue;
		sys_text(e->d_name, "idVendor", vendor, sizeof(vendor));
		sys_text(e->d_name, "idProduct", product, sizeof(product));
		sys_text(e->d_name, "authorized", authorized,
		    sizeof(authorized));
		printf("usb %s %s:%s %s\n", e->d_name, vendor, product,
		    authorized);
	}
	if (d != NULL)
		(void)closedir(d);
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);

	setvbuf(stdout, NULL, _IOLBF, 0);
	list_usb();
	open_all("/dev/input/event%d");
	events = opened;
	open_all("/dev/hidraw%d");
	try_printer();
	printf("ready\n");
	while (time(NULL) < end) {
		(void)poll(fds, opened, STEP_MS);
		for (nfds_t i = 0; i < opened; i++)
			if (fds[i].revents & POLLIN)
				read_one(i);
	}
	return 0;
}
