/*
 * A RAUC bundle of format verity: squashfs | hash tree | CMS with the manifest
 * in it | its length.
 *
 * bundle_look checks the signature over the manifest with libcrypto, as RAUC
 * does (keyring: root and revocation list, both judged at the signing time),
 * because RAUC's words cannot be told apart well enough for a reason. What it
 * says is genuine; the content is not known. bundle_prove lets RAUC itself
 * check signature and content of our own copy; only what passed both is used.
 *
 * Both read what strangers wrote: they run in a process without rights.
 */
#ifndef KARCIS_UPDATE_BUNDLE_H
#define KARCIS_UPDATE_BUNDLE_H

#include "manifest.h"

struct bundle {
	struct update_found found;
	struct manifest manifest;
};

/* Names in the work folder. */
#define BUNDLE_COPY    "bundle.raucb"
#define BUNDLE_EXTRACT "extract"
#define BUNDLE_CONF    "rauc.conf"

/* keyring: PEM with the root certificate and its revocation list. -EBADMSG:
 * refused, *why says it; other errors: *why is UPDATE_INTERNAL,
 * UPDATE_READ_ERROR or UPDATE_STICK_GONE. */
int bundle_look(int fd, const char *keyring, struct bundle *out,
    enum update_refusal *why, struct err *e) MUST_USE;
/* Checks WORK/bundle.raucb, and leaves the image of it in
 * WORK/extract/rootfs.squashfs with *release read from it. */
int bundle_prove(const char *work, const char *keyring, struct bundle *out,
    struct release *release, enum update_refusal *why, struct err *e) MUST_USE;

#endif
