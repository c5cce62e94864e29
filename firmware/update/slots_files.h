/* Slots that are files: what a developer's machine has in place of a boot
 * loader. slots.h has the rest. */
#ifndef KARCIS_UPDATE_SLOTS_FILES_H
#define KARCIS_UPDATE_SLOTS_FILES_H

#include "slots.h"

/* Makes DIR with this image in slot a, which runs and is good. -EEXIST: there
 * are slots already. */
int slots_files_make(const char *dir, const char *image,
    struct err *e) MUST_USE;
/* The machine starts: picks a slot as the loader would, marks it as tried. */
int slots_files_boot(const char *dir, char slot[UPDATE_SLOT],
    struct err *e) MUST_USE;

#endif
