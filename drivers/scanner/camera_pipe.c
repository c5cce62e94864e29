#include "camera_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "device.h"

enum {
	READ_BYTES = 4096, /* PIPE_BUF: what the process writes at once */
	READS = 4,         /* a turn, so that one device starves nobody */
};

int camera_take_pipe(struct device *d, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	/* Lines come whole: a pause inside one is a fault. */
	scan_line_init(&d->line, SCAN_SILENCE_DISCARDS);
	d->kind = DEVICE_CAMERA;
	d->asleep = true;
	d->fd = fd;
	return 0;
}

static void take_byte(struct scanner *s, struct device *d, unsigned byte,
    int64_t mono_ms)
{
	struct scan scan;

	if (byte == CAMERA_BYTE_HERE || byte == CAMERA_BYTE_GONE) {
		d->asleep = byte == CAMERA_BYTE_GONE;
		scan_line_drop(&d->line);
	} else if (scan_line_byte(&d->line, byte, mono_ms, &scan)) {
		scanner_push(s, &scan, mono_ms);
	}
}

bool camera_read(struct scanner *s, struct device *d, int64_t mono_ms)
{
	uint8_t bytes[READ_BYTES];

	scan_line_join(&d->line, mono_ms);
	for (int turn = 0; turn < READS; turn++) {
		ssize_t n = read(d->fd, bytes, sizeof(bytes));

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		for (ssize_t i = 0; i < n; i++)
			take_byte(s, d, bytes[i], mono_ms);
		if (n < (ssize_t)sizeof(bytes))
			return true;
	}
	return true;
}
