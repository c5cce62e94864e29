/*
 * Where the picture goes and presses come from: a window of the desktop, or
 * the screen itself through a DRM dumb buffer. The screens paint into one
 * picture, upright as the visitor sees it, and say what of it changed;
 * turning it, showing it and finding the screen is the presenter's.
 *
 * Nothing here waits: a screen that is not there yet is taken when it comes.
 */
#ifndef KARCIS_UI_PRESENTER_H
#define KARCIS_UI_PRESENTER_H

#include "scene.h"

#include "firmware/core/err.h"

/* 0x00RRGGBB, the top byte is ignored. */
struct picture {
	uint32_t *px;
	int stride_px;
};

enum input_kind {
	INPUT_NONE = 0,
	INPUT_PRESS,
	INPUT_MOVE,
	INPUT_RELEASE,
	INPUT_CANCEL, /* the finger is gone, nobody knows where: no press */
	INPUT_QUIT,   /* the window was closed */
	INPUT_EXPOSE  /* all of the picture is to be painted again */
};
struct input {
	enum input_kind kind;
	int64_t finger; /* the same from press to release; < 0 = a mouse */
	int x, y;       /* px of the picture; may lie outside */
};

struct presenter;
struct presenter_ops {
	/* Good until the next call of any of these. -EIO, -ENOTSUP, -ERANGE
	 * for a display that cannot hold it. */
	int (*picture)(struct presenter *p, struct picture *out, struct err *e);
	/* Shows these parts, which lie within the picture. Where there is no
	 * screen the picture is kept for it: 0. */
	int (*present)(struct presenter *p, const struct rect *r, int count,
	    struct err *e);
	/* The descriptor to poll for input, -1 = none. */
	int (*fd)(const struct presenter *p);
	/* Next input; false = none now. */
	bool (*next)(struct presenter *p, struct input *out);
	/* Dark and back; the picture is kept meanwhile. */
	void (*blank)(struct presenter *p, bool on);
	/* 1..100 of the light behind the panel. */
	void (*brightness)(struct presenter *p, int percent);
	/* A sentence for the log, once each: a screen came, went, does not
	 * fit; a touch screen was taken. code 0 = no fault. */
	bool (*note)(struct presenter *p, struct err *out);
	/* A screen shows what was presented last, or is dark as it should. */
	bool (*lit)(const struct presenter *p);
	void (*close)(struct presenter *p);
};
/* The first member of each. */
struct presenter {
	const struct presenter_ops *ops;
};

struct window_config {
	int width_px, height_px;
	bool fullscreen;
};
/* SDL's; the desktop does the turning. -ENODEV without a display, -ENOTSUP,
 * -ERANGE when it cannot hold the picture. */
int window_open(const struct window_config *c, struct presenter **out,
    struct err *e) MUST_USE;
/* What a full-screen window would measure; -ENODEV. */
int window_display(int *width_px, int *height_px, struct err *e) MUST_USE;

struct drm_config {
	int width_px, height_px;   /* upright, as the visitor sees it */
	int rotate;                /* 0, 90, 180, 270 clockwise (turn.h) */
	const char *touch;         /* touch.h; borrowed while it is open */
	const char *dir;           /* NULL = /dev/dri; borrowed as well */
	const char *backlight_dir; /* NULL = /sys/class/backlight */
};
/* The screen itself, without a desktop. No screen yet is no failure; one that
 * has no mode of this size is: -ERANGE. */
int drm_presenter_open(const struct drm_config *c, struct presenter **out,
    struct err *e) MUST_USE;

#endif
