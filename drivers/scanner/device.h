/*
 * One open scanner, and the two ways of reading it. Inside this room only.
 */
#ifndef KARCIS_SCANNER_DEVICE_H
#define KARCIS_SCANNER_DEVICE_H

#include "scanner.h"

struct libevdev;

struct device {
	int fd;                   /* -1 = unused */
	char path[SCANNER_SPEC_BYTES];
	struct scan_line line;
	struct libevdev *dev;     /* NULL = serial */
	bool caps;
	bool more;                /* read again without waiting */
};

/* Where a device hands its codes and its words to. */
void scanner_push(struct scanner *s, const struct scan *scan,
    int64_t mono_ms);
void scanner_say(struct scanner *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Feeds one character of d's line, sent at at_ms of the device's clock. */
void scanner_feed(struct scanner *s, struct device *d, unsigned byte,
    int64_t at_ms, int64_t mono_ms);

/* Opens path into *d. 0 or -errno: -ENOENT and -ENODEV (not there), -ENOTTY
 * (not a terminal), others from open(2). */
int serial_open(struct device *d, const char *path) MUST_USE;
/* Reads what is ready; false when the device is gone. */
bool serial_read(struct scanner *s, struct device *d,
    int64_t mono_ms) MUST_USE;

/* What an input device turned out to be. */
enum wedge {
	WEDGE_UNSET = 0,
	WEDGE_TAKEN,      /* allowed, grabbed, in *d */
	WEDGE_FAILED,     /* could not be opened or asked; *why = -errno */
	WEDGE_OTHER,      /* has no letter keys: a mouse, a button */
	WEDGE_STRANGER,   /* a keyboard that is not on the allow list */
	WEDGE_NO_GRAB,    /* allowed, and somebody else holds it */
};

enum wedge evdev_take(struct device *d, const char *path,
    const struct scanner_config *cfg, struct scanner_id *id,
    int *why) MUST_USE;
bool evdev_read(struct scanner *s, struct device *d,
    int64_t mono_ms) MUST_USE;
/* Ends grab and libevdev; leaves fd and path. NULL dev does nothing. */
void evdev_release(struct device *d);

#endif
