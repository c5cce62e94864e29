#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/hidraw.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { REPORTS = 64 }; /* a turn, so that one device starves nobody */

static int read_descriptor(int fd, struct hidpos_format *out, bool *scanner)
{
	/* Too large for a stack, and this room has one thread. */
	static struct hidraw_report_descriptor raw;
	int size = 0;

	_Static_assert(HID_DESCRIPTOR_MAX == HID_MAX_DESCRIPTOR_SIZE, "hid.h");
	memset(&raw, 0, sizeof(raw));
	if (ioctl(fd, HIDIOCGRDESCSIZE, &size) < 0)
		return -errno;
	if (size < 0 || size > HID_DESCRIPTOR_MAX)
		return -EMSGSIZE;
	raw.size = (uint32_t)size;
	if (ioctl(fd, HIDIOCGRDESC, &raw) < 0)
		return -errno;
	if (raw.size > (uint32_t)size)
		return -EMSGSIZE;
	*scanner = hidpos_parse(raw.value, raw.size, out);
	return 0;
}

static enum wedge judge(int fd, struct device *d,
    const struct scanner_config *cfg, struct scanner_id *id, int *why)
{
	struct hidraw_devinfo info = {0};
	bool scanner = false;

	*why = read_descriptor(fd, &d->format, &scanner);
	if (*why == 0 && scanner && ioctl(fd, HIDIOCGRAWINFO, &info) < 0)
		*why = -errno;
	if (*why < 0)
		return WEDGE_FAILED;
	if (!scanner)
		return WEDGE_OTHER;
	id->vendor = (uint16_t)info.vendor;
	id->product = (uint16_t)info.product;
	return scanner_allows(cfg, *id) ? WEDGE_TAKEN : WEDGE_STRANGER;
}

enum wedge hidpos_take(struct device *d, const char *path,
    const struct scanner_config *cfg, struct scanner_id *id, int *why)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	enum wedge w;

	if (fd < 0) {
		*why = -errno;
		return WEDGE_FAILED;
	}
	w = judge(fd, d, cfg, id, why);
	if (w != WEDGE_TAKEN) {
		close(fd);
		return w;
	}
	scan_line_init(&d->line, SCAN_SILENCE_DISCARDS);
	memset(&d->frame, 0, sizeof(d->frame));
	d->kind = DEVICE_HIDPOS;
	d->fd = fd;
	return w;
}

bool hidpos_read_ready(struct scanner *s, struct device *d, int64_t mono_ms)
{
	uint8_t report[HID_REPORT_MAX + 1]; /* one more shows: too long */
	struct scan scan;
	ssize_t n;
	int i;

	d->more = false;
	for (i = 0; i < REPORTS; i++) {
		n = read(d->fd, report, sizeof(report));
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		if (hidpos_take_report(&d->frame, &d->line, &d->format, report,
			(size_t)n, mono_ms, &scan))
			scanner_push(s, &scan, mono_ms);
	}
	return true;
}
