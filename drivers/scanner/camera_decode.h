/*
 * A picture in, the text of the QR symbol in it out, or nothing.
 *
 * libzbar decodes; what stands around it makes pictures of bad prints
 * readable, in the order that costs least, and ends at the first that gives
 * a text: the picture as it is; the ticket's own symbol, found and laid flat
 * (camera_grid.h); the picture stretched to full contrast. No more than that
 * many tries a picture, so the time is bounded. A text is only ever what
 * zbar's error correction gave.
 *
 * Of several symbols in one picture the one ticket (200 digits) counts, else
 * the only text there is. Two different tickets, or two other texts and no
 * ticket, are none: nobody can say which was meant.
 */
#ifndef KARCIS_SCANNER_CAMERA_DECODE_H
#define KARCIS_SCANNER_CAMERA_DECODE_H

#include "firmware/core/err.h"

enum {
	CAMERA_WIDTH_MAX = 1920,
	CAMERA_HEIGHT_MAX = 1080,
	CAMERA_SIDE_MIN = 64,
	CAMERA_TEXT = 256, /* characters of a text; longer ones are none */
};

/* Grey, stride bytes from row to row; borrowed. */
struct camera_picture {
	const uint8_t *pixels;
	int width, height;
	size_t stride;
};
struct camera_text {
	char text[CAMERA_TEXT + 1]; /* printable ASCII, never "" when found */
	size_t len;
};

/* How far to go. */
enum camera_effort {
	CAMERA_EFFORT_UNSET = 0, /* as FULL */
	CAMERA_EFFORT_PLAIN,     /* zbar alone, for comparison */
	CAMERA_EFFORT_FULL,
};

struct camera_decoder;

int camera_decoder_open(struct camera_decoder **out, struct err *e) MUST_USE;
void camera_decoder_close(struct camera_decoder *d); /* NULL: nothing */
/* A cheap look: could there be a symbol at all? False for a picture that
 * camera_decode need not be asked about, or one of a size out of bounds. */
bool camera_glance(struct camera_decoder *d,
    const struct camera_picture *p) MUST_USE;
bool camera_decode(struct camera_decoder *d, const struct camera_picture *p,
    enum camera_effort effort, struct camera_text *out) MUST_USE;

#endif
