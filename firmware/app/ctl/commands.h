/*
 * What karcis-ctl asks of a state directory: the same code answers in the
 * running terminal (over its control socket) and in karcis-ctl itself when
 * none runs.
 *
 *   status [--json] | report DATE [--json] | audit verify | import NAME (file
 *   in fd) | backup PATH | print test | print words | sync now | inside
 *   [--json] | roster ... (roster_ctl.h) | officer ... (officer_ctl.h) |
 *   technician ... (technician_ctl.h)
 */
#ifndef KARCIS_APP_COMMANDS_H
#define KARCIS_APP_COMMANDS_H

#include "firmware/app/office.h"

struct terminal;

/* EXIT_LATER is no program's exit: t->import was begun, writes to out, and
 * has the exit code when it ends. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1,
	EXIT_COULD_NOT = 2,
	EXIT_LATER = 3
};

/* `s` NULL: the stores are not open; `t` NULL: no terminal runs. Words of
 * `line` are separated by TAB. Writes for people (or JSON) to out. While
 * t->import is under way every question is told to come again. */
int command_run(const struct office *o, struct stores *s, struct terminal *t,
    struct str line, int fd, struct buf *out);

#endif
