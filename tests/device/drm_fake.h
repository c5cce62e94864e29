/*
 * A card with one screen, in two files of a folder: card0 holds the buffers,
 * one behind the other, and card0.state this, which tests read and write while
 * a program uses it.
 */
#ifndef KARCIS_TESTS_DRM_FAKE_H
#define KARCIS_TESTS_DRM_FAKE_H

#include <stdbool.h>
#include <stdint.h>

enum { FAKE_MODES = 4, FAKE_BUFFERS = 16, FAKE_OPENERS = 8, FAKE_PARTS = 16 };

struct fake_mode {
	uint16_t width, height;
	uint8_t preferred, interlaced;
};
struct fake_buffer {
	uint32_t used, is_frame; /* frame: ADDFB was called */
	uint32_t width, height, pitch;
	uint64_t offset, size;
	int64_t owner; /* 0 = given back */
};
struct fake_opener {
	int64_t key; /* process << 16 | descriptor, 0 = none */
};

struct drm_fake {
	/* What a test sets. */
	uint32_t connected, gone;
	uint32_t unprobed;   /* its modes are not known until it is asked */
	uint32_t no_power;   /* no property DPMS */
	uint32_t phantom;    /* 1024x768 on a first connector of its own */
	int32_t dirty_fails; /* errno of DIRTYFB, 0 = none */
	int32_t show_fails;  /* errno of SETCRTC, 0 = none */
	uint32_t mode_count;
	struct fake_mode mode[FAKE_MODES];
	/* What a test reads. */
	uint32_t shown; /* the buffer on the screen, 0 = black */
	uint32_t shows, powers, probes, dirties;
	uint32_t power_off;
	uint32_t parts;               /* of the last DIRTYFB */
	uint16_t part[FAKE_PARTS][4]; /* x1 y1 x2 y2 */
	uint32_t went_black;          /* times the screen lost its picture */
	int64_t master;
	/* Its own. */
	struct fake_opener opener[FAKE_OPENERS];
	struct fake_buffer buffer[FAKE_BUFFERS]; /* number = index + 1 */
	uint64_t end;                            /* of the buffers */
};

#endif
