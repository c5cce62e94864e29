/*
 * Text of any length: bodies of answers, and the JSON lists that statements
 * take their rows from. Grows by malloc; a failure is remembered and checked
 * once, at the end.
 */
#ifndef KARCIS_HUB_TEXT_H
#define KARCIS_HUB_TEXT_H

#include "firmware/core/str.h"

struct hub_text {
	char *ptr; /* NUL after len, or NULL before anything came */
	size_t len, cap;
	bool failed; /* out of memory: what came since is lost */
};

void hub_text_fini(struct hub_text *t);
/* Empty again; keeps its memory. */
void hub_text_clear(struct hub_text *t);
void hub_text_put(struct hub_text *t, const void *bytes, size_t len);
void hub_text_str(struct hub_text *t, const char *s);
void hub_text_fmt(struct hub_text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void hub_text_int(struct hub_text *t, int64_t n);
/* In double quotes, as JSON wants it. */
void hub_text_quote(struct hub_text *t, struct str s);
/* Lower-case hexadecimal in double quotes. */
void hub_text_hex(struct hub_text *t, const void *bytes, size_t len);
/* A comma, unless it stands at the start of its list: right behind [ or {. */
void hub_text_comma(struct hub_text *t);

#endif
