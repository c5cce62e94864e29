/* What the subcommands of karcis-ctl share. */
#ifndef KARCIS_APP_CTL_H
#define KARCIS_APP_CTL_H

#include "firmware/app/office.h"

/* "karcis-ctl: SENTENCE" on standard error; EXIT_COULD_NOT. */
int ctl_fail(const struct err *e);
/* Joins words with TAB as the control socket takes them. False: a word holds
 * one, or they do not fit. */
bool ctl_join(int argc, char **argv, struct buf *line) MUST_USE;
/* The running terminal answers; without one, this process does. The answer,
 * with its NUL, is in reply. Returns its exit code. -errno: e says why. */
int ctl_ask(const struct office *o, struct str line, int fd, char *reply,
    size_t cap, struct err *e) MUST_USE;
/* The same, and the answer goes to standard output. */
int ctl_ask_or_do(const struct office *o, struct str line, int fd,
    struct err *e);
/* To a file that must not exist yet, mode 0600, on the disk when it returns;
 * after a failure there is none. */
int ctl_copy_file(const char *from, const char *to, struct err *e) MUST_USE;
int ctl_write_file(const char *to, struct str text, struct err *e) MUST_USE;

#endif
