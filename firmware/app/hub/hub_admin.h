/*
 * What administrators type: karcis-hub --config FILE COMMAND. A command works
 * on the store beside a hub that runs.
 */
#ifndef KARCIS_APP_HUB_ADMIN_H
#define KARCIS_APP_HUB_ADMIN_H

#include "firmware/hub/hub_config.h"

/* argv[0] = the command's first word. Returns the exit code (commands.h). */
int hub_admin_run(const struct hub_config *c, int argc, char **argv);
/* The lines of a usage, one a command. */
void hub_admin_usage(void);

/* hub_admin_qr.c: a QR of a text, dark on light with its quiet zone, as UTF-8
 * half blocks on standard output; colours where that is a terminal. */
int hub_admin_qr_show(const char *text, struct err *e) MUST_USE;
/* As a PNG, a new file that its owner alone can read. */
int hub_admin_qr_png(const char *text, const char *path,
    struct err *e) MUST_USE;

#endif
