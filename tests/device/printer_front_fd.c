/* The emulator's front ends over a file descriptor: TCP and pseudo-terminal. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "printer_emulator.h"

enum { CHUNK = 4096 };

/* One connection at a time; both front ends serve device 1 only. */
static struct {
	int listener, fd, other; /* other: the terminal side, kept open */
	uint16_t port;
	char link[512];
	uint8_t got[CHUNK]; /* read and not yet taken */
	size_t have;
	uint8_t back[CHUNK]; /* to be written */
	size_t due;
} f = {.listener = -1, .fd = -1, .other = -1};

static void shut(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void hang_up(void)
{
	struct linger at_once = {1, 0};

	if (f.fd >= 0 && f.other < 0)
		(void)setsockopt(f.fd, SOL_SOCKET, SO_LINGER, &at_once,
		    sizeof(at_once));
	shut(&f.fd);
	shut(&f.other);
	f.have = f.due = 0;
}

static void move_bytes(struct device *d)
{
	unsigned cables = d->cables;
	size_t took, old;
	ssize_t r;

	do {
		old = f.have;
		r = f.have == sizeof(f.got)
		    ? -1
		    : read(f.fd, f.got + f.have, sizeof(f.got) - f.have);
		if (f.have == sizeof(f.got))
			errno = EAGAIN;
		if (r == 0 ||
		    (r < 0 && errno != EAGAIN && errno != EINTR &&
			f.other < 0 && f.have == 0)) {
			hang_up();
			return;
		}
		if (r > 0)
			f.have += (size_t)r;
		took = f.have > 0 ? emulator_take(d, f.got, f.have) : 0;
		d->fault = 0; /* such a line has no stalls */
		if (d->cables != cables)
			return;
		f.have -= took;
		memmove(f.got, f.got + took, f.have);
	} while (took > 0 || f.have > old);
	f.due += model_replies(&d->m, f.back + f.due, sizeof(f.back) - f.due,
	    emulator_us());
	r = f.due > 0 ? write(f.fd, f.back, f.due) : 0;
	if (r > 0) {
		f.due -= (size_t)r;
		memmove(f.back, f.back + r, f.due);
	}
}

static int fd_pollfds(struct device *d, struct pollfd *fds)
{
	if (d != &devices[0])
		return 0;
	if (f.fd >= 0) {
		/* With bytes that are not taken only time helps. */
		fds[0] = (struct pollfd){.fd = f.fd,
		    .events = f.have < CHUNK ? POLLIN : 0};
		return 1;
	}
	fds[0] = (struct pollfd){.fd = f.listener, .events = POLLIN};
	return f.listener >= 0;
}

static void fd_close(void)
{
	hang_up();
	shut(&f.listener);
	if (f.link[0] != '\0')
		(void)unlink(f.link);
}

/* ---- TCP ---- */

static void tcp_plug(struct device *d)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons(f.port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(a);
	int on = 1, room = 4096;

	(void)d;
	f.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	(void)setsockopt(f.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Little room, so that what is taken is near what was read. */
	(void)setsockopt(f.listener, SOL_SOCKET, SO_RCVBUF, &room,
	    sizeof(room));
	if (bind(f.listener, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(f.listener, 1) != 0 ||
	    getsockname(f.listener, (struct sockaddr *)&a, &len) != 0)
		perror("printer-emulator: tcp");
	f.port = ntohs(a.sin_port);
}

static void tcp_unplug(struct device *d)
{
	(void)d;
	hang_up();
	shut(&f.listener);
}

static bool tcp_open(struct device *d, const char *arg)
{
	if (d != &devices[0])
		return true;
	f.port = (uint16_t)strtoul(arg, NULL, 10);
	tcp_plug(d); /* to know the port */
	tcp_unplug(d);
	printf("%u\n", f.port);
	return f.port != 0;
}

static void tcp_work(struct device *d)
{
	if (d != &devices[0] || !d->plugged)
		return;
	if (f.fd < 0 && f.listener >= 0) {
		f.fd = accept4(f.listener, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (f.fd >= 0)
			d->claims++;
	}
	if (f.fd >= 0)
		move_bytes(d);
}

const struct front front_tcp = {tcp_open, tcp_plug, tcp_unplug, tcp_work,
    fd_pollfds, fd_close, NULL};

/* ---- pseudo-terminal ---- */

static void pty_plug(struct device *d)
{
	struct termios raw;
	const char *name = NULL;

	(void)d;
	f.fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (f.fd >= 0 && grantpt(f.fd) == 0 && unlockpt(f.fd) == 0)
		name = ptsname(f.fd);
	if (name == NULL) {
		perror("printer-emulator: pty");
		return;
	}
	f.other = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tcgetattr(f.other, &raw) == 0) {
		cfmakeraw(&raw);
		(void)tcsetattr(f.other, TCSANOW, &raw);
	}
	(void)unlink(f.link);
	if (symlink(name, f.link) != 0)
		perror(f.link);
}

static void pty_unplug(struct device *d)
{
	(void)d;
	(void)unlink(f.link);
	hang_up();
}

static bool pty_open(struct device *d, const char *arg)
{
	if (d == &devices[0]) {
		snprintf(f.link, sizeof(f.link), "%s", arg);
		printf("%s\n", arg);
	}
	return true;
}

static void pty_work(struct device *d)
{
	if (d == &devices[0] && d->plugged && f.fd >= 0)
		move_bytes(d);
}

const struct front front_pty = {pty_open, pty_plug, pty_unplug, pty_work,
    fd_pollfds, fd_close, NULL};
