/*
 * A failure: its errno and one sentence, written where it is known.
 *
 * Functions that can fail return 0 or a negative errno and fill a struct err
 * that the caller passes upward untouched; main or the loop logs it once.
 * Sentences read "module: what happened", lower case, no full stop, never a
 * whole booking code or a name. A refusal of a visitor is not a failure.
 */
#ifndef KARCIS_CORE_ERR_H
#define KARCIS_CORE_ERR_H

#include "base.h"

struct err {
	int code;       /* negative errno, 0 = nothing happened */
	char text[256]; /* NUL-terminated, cut at its size */
};

/* Records the sentence (e may be NULL) and returns code. */
int err_set(struct err *e, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
