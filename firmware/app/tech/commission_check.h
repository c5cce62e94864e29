/* Whether files that a stick brought can be a terminal's. */
#ifndef KARCIS_APP_COMMISSION_CHECK_H
#define KARCIS_APP_COMMISSION_CHECK_H

#include "firmware/core/str.h"

/* Judges a configuration and everything that stands beside it: each problem
 * is a line "file:line: section.key: reason", the files without a folder. */
void commission_check(const char *config, struct buf *problems);
/* A text without the folder of `config` wherever it stands: the names people
 * know are those on the stick. */
void commission_plain(const char *config, struct str text, struct buf *out);

#endif
