/*
 * When a camera's picture is worth how much work, and when a text is news.
 * Pure: pictures and times in, answers out.
 *
 * A gate's camera looks at an empty entrance most of the day. At most
 * WATCH_MS apart pictures are looked at; where a glance sees nothing, nothing
 * follows. A scene that was looked at closely in vain is not again until it
 * changes or WATCH_STILL_MS have passed; one that gave a text is looked at
 * more rarely while the text is in sight.
 */
#ifndef KARCIS_SCANNER_CAMERA_WATCH_H
#define KARCIS_SCANNER_CAMERA_WATCH_H

#include "camera_decode.h"

enum {
	WATCH_MS = 120,        /* a little over eight pictures a second */
	WATCH_READ_MS = 400,   /* while a text that was told is in sight */
	WATCH_STILL_MS = 1000, /* a still scene is tried again */
	WATCH_GONE_MS = 2000,  /* out of sight so long, a text is news again */
	WATCH_TEXTS = 4,       /* remembered: two people in turn */
	WATCH_CELLS_X = 48,
	WATCH_CELLS_Y = 27,
	WATCH_CHANGE = 10, /* of 255, in one cell: a hand, a ticket */
};

struct watch {
	int64_t next_ms; /* no picture is looked at before */
	int64_t vain_ms; /* when all steps were last tried in vain */
	bool vain;       /* cells hold the scene of it */
	uint8_t cells[WATCH_CELLS_Y][WATCH_CELLS_X];
	struct {
		struct camera_text text; /* len 0 = free */
		int64_t last_ms;
	} seen[WATCH_TEXTS];
};

/* Looks at one picture. True: *out holds a text that is to be told. A cleared
 * watch has seen nothing. */
bool watch_picture(struct watch *w, struct camera_decoder *d,
    const struct camera_picture *p, int64_t mono_ms,
    struct camera_text *out) MUST_USE;

/* Its parts: whether the scene differs from the one that was tried in vain
 * (or that is too long ago), which *w then remembers; whether a text that is
 * in sight now is news. */
bool watch_changed(struct watch *w, const struct camera_picture *p,
    int64_t mono_ms) MUST_USE;
bool watch_news(struct watch *w, const struct camera_text *t,
    int64_t mono_ms) MUST_USE;

#endif
