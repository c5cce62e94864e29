/*
 * One line of an INI file, judged alone.
 *
 * A line is blank, a comment (`;` or `#` in the first column), `[section]`
 * or `key = value`. Refused: more than 190 bytes, a blank before the first
 * character, anything after a section name, bytes that are not UTF-8 text.
 * A value runs to the end of the line, so it may hold `;` and `#`. The same
 * discipline holds for the main configuration and the services file.
 */
#ifndef KARCIS_CORE_INI_H
#define KARCIS_CORE_INI_H

#include "str.h"

enum { INI_LINE_MAX = 190 };

enum ini_kind { INI_UNSET = 0, INI_BLANK, INI_SECTION, INI_KEY, INI_BAD };

struct ini_line {
	enum ini_kind kind;
	struct str name;    /* SECTION: its name; KEY: the key */
	struct str value;   /* KEY: trimmed, may be empty */
	const char *reason; /* BAD: why */
};

/* Reads one line, with or without its line end; the parts borrow from it. */
struct ini_line ini_parse(struct str line);
/* Appends "file:line: section.key: reason\n"; line 0 and an empty section
 * or key are left out. */
void ini_problem(struct buf *problems, const char *file, unsigned line_no,
    struct str section, struct str key, const char *reason);

#endif
