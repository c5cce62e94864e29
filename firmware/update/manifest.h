/*
 * The manifest in a bundle's signature: which image, for which machine.
 *
 * Only what our own bundles hold is taken; whatever else RAUC could act on
 * (hooks, handlers, further images, other formats) makes it unreadable.
 *
 *     [update]
 *     compatible=karcis-x86-64
 *     version=0.5.0
 *     build=security 3         (may be missing)
 *
 *     [bundle]
 *     format=verity
 *     verity-hash=HEX64
 *     verity-salt=HEX64
 *     verity-size=28672
 *
 *     [image.rootfs]
 *     sha256=HEX64
 *     size=3002368
 *     filename=rootfs.squashfs
 *
 * Also allowed in [update]: description, of any text.
 */
#ifndef KARCIS_UPDATE_MANIFEST_H
#define KARCIS_UPDATE_MANIFEST_H

#include "firmware/core/update.h"

#define MANIFEST_IMAGE "rootfs.squashfs"

enum { MANIFEST_BYTES = 8192 };

struct manifest {
	char compatible[RELEASE_NAME];
	struct release_version version;
	uint32_t security;  /* 0 = not said */
	uint8_t sha256[32]; /* of the image */
	int64_t image_bytes;
	int64_t verity_bytes;
};

/* -EBADMSG, *why = UPDATE_NOT_A_BUNDLE (another format) or
 * UPDATE_BAD_RELEASE. */
int manifest_parse(struct str text, struct manifest *out,
    enum update_refusal *why, struct err *e) MUST_USE;

#endif
