/*
 * Pictures of a V4L2 camera (/dev/videoN), grey, one at a time.
 *
 * Uncompressed formats only, in this order: GREY, NV12, YUYV, UYVY; a camera
 * that offers none is refused with a sentence that names what it offers. A
 * decoder for JPEG would be one more parser of hostile bytes, and USB carries
 * five to ten pictures a second without. What the device says about sizes,
 * rows and buffers is checked before anything is read by it.
 */
#ifndef KARCIS_SCANNER_CAMERA_V4L2_H
#define KARCIS_SCANNER_CAMERA_V4L2_H

#include "camera_decode.h"

struct camera;

/* Opens and starts. The camera is asked for 1280 x 720 and 10 pictures a
 * second and may choose others. -ENODEV: no camera; -ENOTSUP: none of the
 * formats; -EPROTO: it says what cannot be; others from open(2), ioctl(2). */
int camera_open(const char *path, struct camera **out, struct err *e) MUST_USE;
void camera_close(struct camera *c); /* NULL: nothing */
/* "1280 x 720 YUYV", for the log. */
const char *camera_describe(const struct camera *c);
/* Waits at most timeout_ms for a picture, takes the newest there is. 1: in
 * *out, valid until the next call; 0: none came, or a broken one; -errno: the
 * camera is gone (-ENODEV, -EIO) or says what cannot be (-EPROTO). */
int camera_next(struct camera *c, int timeout_ms, struct camera_picture *out,
    struct err *e) MUST_USE;

#endif
