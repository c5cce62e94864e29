#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum {
	READ_BYTES = 4096, /* a terminal's whole input queue (N_TTY) */
	READS = 4,         /* a turn, so that one device starves nobody */
};

/* Raw 8N1. The speed is kept: CDC-ACM has none, a real UART is set up by
 * whoever wired it (stty, udev rule). */
static int make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) != 0)
		return -errno;
	cfmakeraw(&t);
	t.c_cflag &= ~(tcflag_t)(CSTOPB | PARENB | CSIZE | CRTSCTS);
	t.c_cflag |= CS8 | CREAD | CLOCAL;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (tcsetattr(fd, TCSANOW, &t) != 0)
		return -errno;
	return 0;
}

int serial_open(struct device *d, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) != 0)
		r = -errno;
	else if (!S_ISCHR(st.st_mode))
		r = -ENOTTY;
	else
		r = make_raw(fd);
	if (r < 0) {
		close(fd);
		return r;
	}
	/* Keeps modem probes and terminals away. Not every driver knows it,
	 * and reading works without, so a refusal changes nothing. */
	(void)ioctl(fd, TIOCEXCL);
	/* What was sent while nobody listened is nobody's scan. */
	(void)tcflush(fd, TCIFLUSH);
	scan_line_init(&d->line, SCAN_SILENCE_ENDS);
	d->kind = DEVICE_SERIAL;
	d->fd = fd;
	return 0;
}

bool serial_read(struct scanner *s, struct device *d, int64_t mono_ms)
{
	uint8_t bytes[READ_BYTES];
	struct scan scan;
	ssize_t n;
	int turn;
	ssize_t i;

	/* Had there been silence, the deadline would have ended the line;
	 * what waits when the caller is late followed at once. */
	scan_line_join(&d->line, mono_ms);
	for (turn = 0; turn < READS; turn++) {
		n = read(d->fd, bytes, sizeof(bytes));
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		for (i = 0; i < n; i++)
			if (scan_line_byte(&d->line, bytes[i], mono_ms, &scan))
				scanner_push(s, &scan, mono_ms);
		if (n < (ssize_t)sizeof(bytes))
			return true;
	}
	return true;
}
