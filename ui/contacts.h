/*
 * Fingers on one touch device, from the kernel's events: pure, no device.
 *
 * The kernel tells what changed and ends each frame with SYN_REPORT
 * (Documentation/input/multi-touch-protocol.rst): by slots (type B), all
 * fingers of each frame anew (type A), or one finger with BTN_TOUCH.
 *
 * A finger that was down already when the device was taken does nothing until
 * it is lifted. After lost events (SYN_DROPPED) a finger that went meanwhile
 * is cancelled: where it was lifted nobody knows.
 */
#ifndef KARCIS_UI_CONTACTS_H
#define KARCIS_UI_CONTACTS_H

#include "presenter.h"

enum { CONTACTS_MAX = 16 };

enum contacts_kind {
	CONTACTS_UNSET = 0,
	CONTACTS_SLOTS,  /* type B */
	CONTACTS_FRAMES, /* type A; its first finger counts */
	CONTACTS_SINGLE  /* ABS_X, ABS_Y and BTN_TOUCH or BTN_LEFT */
};

struct contact {
	bool down;    /* in the frame so far */
	bool again;   /* it was lifted in this frame and put down anew */
	bool told;    /* a press of it was given out */
	bool ignored; /* until it is lifted */
	int32_t x, y; /* in the device's units */
	int32_t told_x, told_y;
};

/* Zero it, set kind. */
struct contacts {
	enum contacts_kind kind;
	struct contact contact[CONTACTS_MAX]; /* by slot; else the first */
	int32_t slot;                         /* of what comes, -1 = too many */
	bool lost;                            /* catching up */
	bool frame_has, frame_full; /* FRAMES: one was begun, is complete */
	int at;                     /* giving out: the contact to look at */
};

struct contacts_change {
	enum input_kind kind; /* PRESS, MOVE, RELEASE, CANCEL */
	int slot;
	int32_t x, y; /* in the device's units */
};

/* A finger that is down when the device is taken. */
void contacts_begin(struct contacts *c, int slot, int32_t x, int32_t y);
/* One event; true when it ended a frame: then contacts_next. */
bool contacts_take(struct contacts *c, unsigned type, unsigned code,
    int32_t value) MUST_USE;
/* What the frame changed, one after the other; false = that was all. */
bool contacts_next(struct contacts *c, struct contacts_change *out) MUST_USE;
/* Events were lost; those that follow bring it up to date until contacts_found,
 * then contacts_next. */
void contacts_lost(struct contacts *c);
void contacts_found(struct contacts *c);
/* The device is gone: true for each finger that was down. */
bool contacts_end(struct contacts *c, struct contacts_change *out) MUST_USE;

#endif
