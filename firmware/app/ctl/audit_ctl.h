/*
 * karcis-ctl audit ...
 *
 *   verify                            the journal of this terminal
 *   verify FILE [--key HEX]           an export or a copy of a journal
 *   verify --hub URL --log-key VKEY [--office N] [--ca FILE] [--known FILE]
 *     each with [--ticket DIGITS] [--mark MARK]
 *   export FILE [--bare]
 *   key                               the public audit key
 */
#ifndef KARCIS_APP_AUDIT_CTL_H
#define KARCIS_APP_AUDIT_CTL_H

/* argv[0] is "audit"; config may be NULL where none is needed. Returns the
 * exit code. */
int audit_ctl_run(const char *config, int argc, char **argv);

#endif
