/* karcis-ctl's subcommands that need no running terminal: ticket verify,
 * rekey, code, paper. */
#ifndef KARCIS_APP_TOOLS_H
#define KARCIS_APP_TOOLS_H

/* argv[0] is the subcommand; config may be NULL where it needs none. */
int tools_run(const char *config, int argc, char **argv);

#endif
