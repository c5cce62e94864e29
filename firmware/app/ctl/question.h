/* One question of karcis-ctl, as the commands that answer it see it. */
#ifndef KARCIS_APP_QUESTION_H
#define KARCIS_APP_QUESTION_H

#include <jansson.h>

#include "firmware/app/office.h"

struct terminal;

enum { QUESTION_WORDS = 6 };

struct question {
	const struct office *office;
	struct stores *stores;     /* NULL = not open */
	struct terminal *terminal; /* NULL = none runs */
	struct str word[QUESTION_WORDS];
	size_t words;
	int fd; /* -1 = none */
	struct buf *out;
};

bool question_has(const struct question *q, const char *word);
/* Says why, as a person reads it; EXIT_COULD_NOT. */
int question_failed(const struct question *q, const struct err *e);
/* Prints an object as JSON (a word says --json) or as "key: value" lines, and
 * frees it; EXIT_DONE. */
int question_put(const struct question *q, json_t *object);

#endif
