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
	d->midway = d->ended = false;
	d->kind = DEVICE_HIDPOS;
	d->fd = fd;
	return w;
}

/* One code may take several reports, and the device says how far it is: a
 * pause inside is the caller's delay, but a code that is never continued is
 * given up. */
static void begin_report(struct device *d, int64_t mono_ms)
{
	if (d->midway && mono_ms - d->line.last_ms > SCAN_FORGIVE_MS)
		d->midway = false;
	if (d->midway) {
		scan_line_join(&d->line, mono_ms);
		return;
	}
	scan_line_drop(&d->line);
	d->ended = false;
}

/* A suffix may end a code; a code with an end inside is none. */
static void feed(struct scanner *s, struct device *d, uint8_t byte,
    int64_t mono_ms)
{
	bool end = byte == '\r' || byte == '\n' || byte == '\t';

	if (d->ended && !end)
		scan_line_spoil(&d->line, mono_ms);
	else if (!end)
		scanner_feed(s, d, byte, mono_ms, mono_ms);
	d->ended = d->ended || end;
}

static void take_report(struct scanner *s, struct device *d,
    const uint8_t *report, size_t report_len, int64_t mono_ms)
{
	uint8_t data[HID_REPORT_MAX];
	enum hidpos_verdict v;
	size_t len, i;

	v = hidpos_read(&d->format, report, report_len, data, &len);
	if (v == HIDPOS_UNSET || v == HIDPOS_OTHER)
		return;
	begin_report(d, mono_ms);
	if (v == HIDPOS_BAD)
		scan_line_spoil(&d->line, mono_ms);
	for (i = 0; i < len; i++)
		feed(s, d, data[i], mono_ms);
	if (v == HIDPOS_LAST)
		scanner_feed(s, d, '\r', mono_ms, mono_ms);
	/* What is bad may have been the first of two: its tail goes too. */
	d->midway = v != HIDPOS_LAST;
	d->line.last_ms = mono_ms;
}

bool hidpos_read_ready(struct scanner *s, struct device *d, int64_t mono_ms)
{
	uint8_t report[HID_REPORT_MAX + 1]; /* one more shows: too long */
	ssize_t n;
	int i;

	d->more = false;
	for (i = 0; i < REPORTS; i++) {
		n = read(d->fd, report, sizeof(report));
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		take_report(s, d, report, (size_t)n, mono_ms);
	}
	return true;
}
