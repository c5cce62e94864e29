/*
 * `karcis-ctl technician ...`: badges and PINs of those who may open a
 * terminal's service screens. karcis-ctl asks for the PIN and hashes it; the
 * running terminal (or karcis-ctl itself) draws a badge and keeps both hashes.
 * The PIN itself goes over no socket.
 */
#ifndef KARCIS_APP_TECHNICIAN_CTL_H
#define KARCIS_APP_TECHNICIAN_CTL_H

#include "question.h"

#define TECHNICIAN_USAGE \
	"technician add NAME [--pin-fd N] [--png FILE] | list [--json] |" \
	" pin NAME [--pin-fd N] | unlock NAME | remove NAME"

int technician_ctl_run(const char *config, int argc, char **argv);
int technician_answer(struct question *q);

#endif
