/* What a keeper of slots has to do: one table for each. */
#ifndef KARCIS_UPDATE_SLOTS_INNER_H
#define KARCIS_UPDATE_SLOTS_INNER_H

#include "slots.h"

struct slots_keeper {
	int (*open)(struct slots *s, struct err *e);
	void (*close)(struct slots *s);
	int (*status)(struct slots *s, struct slots_status *out, struct err *e);
	int (*write)(struct slots *s, const struct slots_image *image,
	    const struct slots_progress *progress, struct err *e);
	int (*other_release)(struct slots *s, struct release *out,
	    struct err *e);
	int (*activate)(struct slots *s, struct err *e);
	int (*mark_good)(struct slots *s, struct err *e);
	int (*mark_bad)(struct slots *s, struct err *e);
};

enum { SLOTS_PATH = 200 };

struct slots {
	const struct slots_keeper *keeper;
	char folder[SLOTS_PATH]; /* DIR; "" = none */
	char work[SLOTS_PATH];
	void *bus; /* rauc: sd_bus */
};

/* Bytes written, of the text of /sys/class/block/NAME/stat. */
bool slots_rauc_written(struct str stat, int64_t *bytes) MUST_USE;

extern const struct slots_keeper slots_files;
extern const struct slots_keeper slots_rauc;

#endif
