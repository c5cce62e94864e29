/*
 * The light behind the panel, through /sys/class/backlight: opened once, while
 * the process may still open files, and set as often as wanted. The files must
 * be writable (a udev rule gives them to the group video).
 */
#ifndef KARCIS_UI_BACKLIGHT_H
#define KARCIS_UI_BACKLIGHT_H

#include "firmware/core/err.h"

enum { BACKLIGHTS = 4 };

struct backlight {
	int fd[BACKLIGHTS];
	int64_t most[BACKLIGHTS]; /* its own units at full light */
	int count;
};

/* NULL = /sys/class/backlight. How many there are; 0 = none can be set, and e
 * says why (code 0: there is none). */
int backlight_init(struct backlight *b, const char *dir, struct err *e);
void backlight_fini(struct backlight *b);
/* 1..100, clipped; never quite dark. 0 or -errno of the last that failed. */
int backlight_set(const struct backlight *b, int percent,
    struct err *e) MUST_USE;

#endif
