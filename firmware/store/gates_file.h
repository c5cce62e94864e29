/*
 * The gates that a kiosk without a hub gives keys to, in STATE/gates
 * (docs/FORMATS.md, Gates file): text, mode 0600.
 */
#ifndef KARCIS_STORE_GATES_FILE_H
#define KARCIS_STORE_GATES_FILE_H

#include "firmware/core/err.h"
#include "firmware/core/roster_text.h"

enum { GATES_FIRST_DEVICE = 2 }; /* 1 is the kiosk */

struct gates_item {
	uint32_t device; /* of the roster; a name keeps it for ever */
	char name[CLAIM_NAME];
	uint8_t key[WIRE_PUBLIC_BYTES];
	bool live; /* else it was removed */
};
struct gates {
	uint16_t count;
	struct gates_item item[ROSTER_GATES];
};

/* No file is no gates. -EPERM, -EBADMSG, -EFBIG: not a file of ours. */
int gates_load(const char *path, struct gates *out, struct err *e) MUST_USE;
int gates_save(const char *path, const struct gates *g, struct err *e) MUST_USE;

/* NULL: none such. */
const struct gates_item *gates_find(const struct gates *g, struct str name);
/* Adds a gate, or takes its name with a new key; not saved. -EINVAL: not a
 * name; -ENOSPC: there are ROSTER_GATES already. */
int gates_add(struct gates *g, const struct roster_request *q,
    struct err *e) MUST_USE;
/* False: there is no such live gate. */
bool gates_remove(struct gates *g, struct str name) MUST_USE;

#endif
