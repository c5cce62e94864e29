/*
 * The two slots of the root file system, whoever keeps them.
 *
 * `files:DIR` is a developer's machine: DIR/a/rootfs.img, DIR/b/rootfs.img
 * and DIR/boot, one small text that a boot loader's variables would hold.
 * `rauc` is the appliance: RAUC's service over D-Bus.
 *
 * The rule of both is the loader's: the first slot of `order` that is ok and
 * was not tried since it was last marked good is started, and marked as
 * tried by that; if there is none, the first that is ok.
 *
 * Blocking; called in karcis-update's worker processes, and at its start.
 */
#ifndef KARCIS_UPDATE_SLOTS_H
#define KARCIS_UPDATE_SLOTS_H

#include "firmware/core/update.h"
#include "machine.h"

enum { SLOTS_BOOT_ID = MACHINE_BOOT_ID };

struct slots_status {
	char running[UPDATE_SLOT], other[UPDATE_SLOT]; /* "a", "b" */
	bool running_good; /* marked good since it was started */
	bool other_first;  /* the loader would start the other one first */
	char boot[SLOTS_BOOT_ID]; /* differs after each start of the machine */
	struct release running_release;
};

/* What is written: one proven copy, in both forms. */
struct slots_image {
	const char *bundle; /* the file, RAUC takes it */
	const char *image;  /* the root file system out of it */
	int64_t bytes;      /* of the image */
};

/* Told now and then while a slot is written. */
struct slots_progress {
	void (*tell)(void *context, int64_t done_bytes, int64_t total_bytes);
	void *context;
};

struct slots;

/* spec: "files:DIR", "rauc", or "rauc:DIR" with the root file system that runs
 * at DIR. work: a private folder for a mount point. -EINVAL: none of these;
 * -ENOENT: no slots there. */
int slots_open(const char *spec, const char *work, struct slots **out,
    struct err *e) MUST_USE;
void slots_close(struct slots *s);
int slots_status(struct slots *s, struct slots_status *out,
    struct err *e) MUST_USE;
/* Writes the other slot, durable on return, and does not activate it; while
 * it is written it is not ok for the loader. -ENOSPC, -EIO and others. */
int slots_write(struct slots *s, const struct slots_image *image,
    const struct slots_progress *progress, struct err *e) MUST_USE;
/* What the other slot really holds. -EINVAL: unreadable. */
int slots_other_release(struct slots *s, struct release *out,
    struct err *e) MUST_USE;
/* The other one is started next. */
int slots_activate(struct slots *s, struct err *e) MUST_USE;
/* What runs is good and has its tries back. */
int slots_mark_good(struct slots *s, struct err *e) MUST_USE;
/* The other one is not started any more. */
int slots_mark_bad(struct slots *s, struct err *e) MUST_USE;

#endif
