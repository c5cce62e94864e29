/*
 * What karcis-ctl asks of a state directory: the same code answers in the
 * running terminal (over its control socket) and in karcis-ctl itself when
 * none runs.
 *
 *   status [--json] | report DATE [--json] | audit verify | import NAME (file
 *   in fd) | backup PATH | print test
 */
#ifndef KARCIS_APP_COMMANDS_H
#define KARCIS_APP_COMMANDS_H

#include "office.h"

struct terminal;

enum exit_code { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_COULD_NOT = 2 };

/* `s` NULL: the stores are not open; `t` NULL: no terminal runs. Words of
 * `line` are separated by TAB. Writes for people (or JSON) to out. */
int command_run(const struct office *o, struct stores *s, struct terminal *t,
    struct str line, int fd, struct buf *out);

/* import.c: 0..2 as exit codes; every refused line is named in out. */
int command_import(const struct office *o, struct stores *s, const char *name,
    int fd, struct buf *out);

#endif
