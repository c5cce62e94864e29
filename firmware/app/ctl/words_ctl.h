/*
 * The word of each coming day: `karcis-ctl words` lists them, `print words`
 * puts them on paper for a guard who has no gate.
 */
#ifndef KARCIS_APP_WORDS_CTL_H
#define KARCIS_APP_WORDS_CTL_H

#include "question.h"

#define WORDS_USAGE "words [DATE] [--days N]"

int words_ctl_run(const char *config, int argc, char **argv);
/* `print words [DATE] [--days N]`; a terminal runs. */
int words_print(struct question *q);

#endif
