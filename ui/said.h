/* Sentences for the log that wait to be fetched; the oldest give way. */
#ifndef KARCIS_UI_SAID_H
#define KARCIS_UI_SAID_H

#include "firmware/core/err.h"

enum { SAID_MAX = 8 };

/* Zero is empty. */
struct said {
	struct err line[SAID_MAX];
	unsigned first, count;
};

/* code 0 = no fault. */
void said_add(struct said *s, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The oldest; false = none. */
bool said_take(struct said *s, struct err *out);

#endif
