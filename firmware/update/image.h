/* The release text inside a root file system, and the image itself. */
#ifndef KARCIS_UPDATE_IMAGE_H
#define KARCIS_UPDATE_IMAGE_H

#include "firmware/core/release.h"

#define IMAGE_RELEASE "usr/share/karcis/release"

/* Out of a squashfs file, by unsquashfs: no mount and no rights needed.
 * -EINVAL: it holds none that can be read. */
int image_release(const char *path, struct release *out,
    struct err *e) MUST_USE;
/* Out of a folder where a root file system is mounted ("" = this one's). */
int image_release_mounted(const char *root, struct release *out,
    struct err *e) MUST_USE;

#endif
