/*
 * Touch screens through evdev: multitouch and single-touch, plugged at any
 * time, each grabbed, so that nothing else acts on a touch. Keyboards and
 * mice are none; a virtual machine's tablet is one only where it is named.
 *
 * Positions come out as pixels of the upright picture: scaled by what the
 * device says its range is, which is taken to be the panel, and turned back.
 */
#ifndef KARCIS_UI_TOUCH_H
#define KARCIS_UI_TOUCH_H

#include "said.h"
#include "turn.h"

struct touch;

struct touch_config {
	const char *device; /* NULL or "auto": all that udev calls touch
			       screens; else a path */
	struct turn turn;
	struct said *said; /* borrowed while it is open */
};

/* -ENOMEM, or what the kernel refuses. No device is no failure. */
int touch_open(const struct touch_config *c, struct touch **out,
    struct err *e) MUST_USE;
void touch_close(struct touch *t);
/* Readable when touch_next may have something. */
int touch_fd(const struct touch *t);
/* Never blocks; false = nothing now. */
bool touch_next(struct touch *t, struct input *out) MUST_USE;
/* How many are taken. */
int touch_count(const struct touch *t);

#endif
