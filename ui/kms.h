/*
 * One screen through the kernel's mode setting: a dumb buffer on the first
 * connector whose monitor has a mode of the wanted size. No GPU, no library
 * but libdrm, no root: whoever opens a card that has no master is its
 * master, so a program that still holds it must have dropped it (kms_yield).
 *
 * A card is dropped and opened anew when it went away (-ENODEV from any of
 * these), as simpledrm's does when the real driver loads.
 */
#ifndef KARCIS_UI_KMS_H
#define KARCIS_UI_KMS_H

#include "presenter.h"

struct kms;

struct kms_config {
	const char *dir;         /* where card0 .. card15 are */
	int width_px, height_px; /* of the panel itself; 0 = as it prefers */
	bool probe; /* ask the monitor even when its modes are known: another
		       one may have come; takes up to tenths of a second */
};

/* Takes a screen and makes a buffer, black and not shown yet. Errors:
 * -ENXIO no card; -ENODEV no monitor on any; -EBUSY another program is a card's
 * master; -ERANGE no monitor has a mode of that size; others of the card. */
int kms_open(const struct kms_config *c, struct kms **out,
    struct err *e) MUST_USE;
/* Takes the buffer off the screen, if it still shows it. */
void kms_close(struct kms *k);

/* "HDMI-A-1", and what it measures. */
const char *kms_name(const struct kms *k);
void kms_size(const struct kms *k, int *width_px, int *height_px);
/* The buffer: written, not read (it may not be cached). */
struct picture kms_picture(const struct kms *k);
/* Sets the mode and shows the buffer; again after a monitor was plugged. */
int kms_show(struct kms *k, struct err *e) MUST_USE;
/* These parts were written: drivers that copy (virtio, USB) copy them. */
int kms_flush(struct kms *k, const struct rect *r, int count,
    struct err *e) MUST_USE;
/* Asks the monitor: true while one is there. */
bool kms_connected(struct kms *k);
/* Power saving of the monitor; false where it has none. */
bool kms_power(struct kms *k, bool on);
/* Lets another program become master; the buffer stays on the screen. */
void kms_yield(struct kms *k);
/* Our buffer is what the screen shows; false also when the card is gone. */
bool kms_shown(struct kms *k);

#endif
