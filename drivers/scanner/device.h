/*
 * One open scanner, and the ways of reading it. Inside this room only.
 */
#ifndef KARCIS_SCANNER_DEVICE_H
#define KARCIS_SCANNER_DEVICE_H

#include "hid_report.h"
#include "wedge.h"
#include "scanner.h"

struct libevdev;

enum device_kind {
	DEVICE_UNSET = 0,
	DEVICE_SERIAL,
	DEVICE_WEDGE,  /* evdev */
	DEVICE_HIDPOS, /* hidraw */
	DEVICE_CAMERA, /* the camera process's pipe */
};

struct device {
	enum device_kind kind;
	int fd; /* -1 = unused */
	char path[SCANNER_SPEC_BYTES];
	struct scan_line line;
	bool more;            /* read again without waiting */
	bool asleep;          /* a camera's process without a camera */
	struct libevdev *dev; /* wedges */
	struct wedge_keys keys;
	struct hidpos_format format;
	struct hidpos_frame frame;
};

/* Where a device hands its codes and its words to. */
void scanner_push(struct scanner *s, const struct scan *scan, int64_t mono_ms);
void scanner_say(struct scanner *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool scanner_allows(const struct scanner_config *cfg,
    struct scanner_id id) MUST_USE;
/* Opens path into *d. 0 or -errno: -ENOENT and -ENODEV (not there), -ENOTTY
 * (not a terminal), others from open(2). */
int serial_open(struct device *d, const char *path) MUST_USE;
/* Reads what is ready; false when the device is gone. */
bool serial_read(struct scanner *s, struct device *d, int64_t mono_ms) MUST_USE;

/* Reads the camera process's pipe, which *d owns from then on; 0 or -errno,
 * and fd is the caller's. */
int camera_take_pipe(struct device *d, int fd) MUST_USE;
/* False when the process is gone. */
bool camera_read(struct scanner *s, struct device *d, int64_t mono_ms) MUST_USE;

/* What an input device turned out to be. */
enum wedge {
	WEDGE_UNSET = 0,
	WEDGE_TAKEN,    /* allowed, grabbed where that exists, in *d */
	WEDGE_FAILED,   /* could not be opened or asked; *why = -errno */
	WEDGE_OTHER,    /* no keyboard, or no HID-POS scanner */
	WEDGE_STRANGER, /* one that is not on the allow list */
	WEDGE_NO_GRAB,  /* allowed, and somebody else holds it */
};

enum wedge evdev_take(struct device *d, const char *path,
    const struct scanner_config *cfg, struct scanner_id *id, int *why) MUST_USE;
bool evdev_read(struct scanner *s, struct device *d, int64_t mono_ms) MUST_USE;
/* The same for HID-POS. Nothing but the person who gives a hidraw node away
 * keeps others from reading it: there is no grab. */
enum wedge hidpos_take(struct device *d, const char *path,
    const struct scanner_config *cfg, struct scanner_id *id, int *why) MUST_USE;
bool hidpos_read_ready(struct scanner *s, struct device *d,
    int64_t mono_ms) MUST_USE;
/* Ends grab and libevdev; leaves fd and path. NULL dev does nothing. */
void evdev_release(struct device *d);

#endif
