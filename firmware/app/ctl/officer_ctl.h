/*
 * `karcis-ctl officer ...`: the badges of those who may decide against a
 * gate. The running terminal (or karcis-ctl itself) draws a badge and keeps
 * its hash; karcis-ctl shows it, once.
 */
#ifndef KARCIS_APP_OFFICER_CTL_H
#define KARCIS_APP_OFFICER_CTL_H

#include "question.h"

#define OFFICER_USAGE \
	"officer add NAME [--png FILE] | list [--json] | remove NAME"

int officer_ctl_run(const char *config, int argc, char **argv);
int officer_answer(struct question *q);

#endif
