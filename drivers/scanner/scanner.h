/*
 * Barcode scanners: any number of devices, one bounded queue of scans.
 *
 * Serial devices (CDC-ACM, a pseudo-terminal) are read raw, 8N1. Keyboard
 * wedges are read through evdev, only when their VID:PID is on the allow list
 * and only when the kernel grants the grab, so that nothing they send reaches
 * anyone else. HID-POS scanners are read through hidraw by their own report
 * descriptor, on the same allow list. A camera is read by a process of its own
 * (camera_watch.h), of which only a pipe with texts comes here. A missing
 * device is not an error: it is taken into use when it appears. Nothing blocks
 * and there is no thread; the caller polls the descriptors of scanner_pollfds
 * until scanner_deadline_ms and calls scanner_service. Idle and complete, there
 * is no deadline at all.
 *
 * What a device sent is checked by core/scan.h. A line that is broken (gap,
 * unplug, dropped events, byte that is not printable) gives no scan.
 */
#ifndef KARCIS_SCANNER_SCANNER_H
#define KARCIS_SCANNER_SCANNER_H

#include "firmware/core/err.h"
#include "firmware/core/scan.h"

#include <poll.h>

enum {
	SCANNER_SPECS = 4,    /* device lines of the configuration */
	SCANNER_ALLOWED = 16, /* VID:PID pairs */
	SCANNER_DEVICES = 8,  /* open at the same time */
	SCANNER_QUEUE = 16,   /* scans waiting; one more drops the oldest */
	SCANNER_LOGS = 16,    /* sentences waiting; further ones are dropped */
	SCANNER_POLLFDS = SCANNER_DEVICES + 2,
	SCANNER_LOG_BYTES = 256,
	SCANNER_SPEC_BYTES = 64,
};

struct scanner_id {
	uint16_t vendor, product;
};

struct scanner_config {
	/* "serial:/dev/ttyACM0", "evdev:auto", "evdev:/dev/input/event3",
	 * "hidraw:auto", "hidraw:/dev/hidraw0", "camera:/dev/video0"; "" =
	 * not used. */
	char device[SCANNER_SPECS][SCANNER_SPEC_BYTES];
	struct scanner_id allow[SCANNER_ALLOWED];
	size_t allow_count;
	/* The reading end of the camera process's pipe; 0 or -1 = none. It
	 * belongs to the first "camera:" line: others have no camera. */
	int camera_fd;
};

struct scanner;

/* "0c2e:0b61", four hexadecimal digits each; false otherwise. */
bool scanner_id_parse(struct str s, struct scanner_id *out) MUST_USE;

/* Opens what is there and watches for the rest; mono_ms is the caller's
 * monotonic time now. -EINVAL: a device line cannot be read (the sentence
 * names it); -ENOMEM. The configuration is copied; camera_fd is the scanner's
 * to close, also after an error. */
int scanner_open(const struct scanner_config *cfg, int64_t mono_ms,
    struct scanner **out, struct err *e) MUST_USE;
/* NULL does nothing. Grabs end, scans that wait are lost. */
void scanner_close(struct scanner *s);

/* Fills at most cap entries to wait for, returns how many; SCANNER_POLLFDS
 * is always enough. Ask anew before each poll. */
size_t scanner_pollfds(const struct scanner *s, struct pollfd *fds, size_t cap);
/* Monotonic time by which scanner_service must be called, -1 = none. */
int64_t scanner_deadline_ms(const struct scanner *s);
/* Reads what is ready, notices what came and went. fds as poll returned
 * them; descriptors of other modules among them are ignored. */
void scanner_service(struct scanner *s, const struct pollfd *fds, size_t n,
    int64_t mono_ms);

/* The oldest scan that waits; false when there is none. */
bool scanner_next(struct scanner *s, struct scan *out) MUST_USE;
/* The oldest sentence for the log ("scanner: ..."); false when none. */
bool scanner_next_log(struct scanner *s, char text[SCANNER_LOG_BYTES]) MUST_USE;
/* True while at least one device is open (evdev: and grabbed; a camera: and
 * giving pictures). */
bool scanner_present(const struct scanner *s);

#endif
