#include "said.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void said_add(struct said *s, int code, const char *fmt, ...)
{
	struct err *to;
	va_list args;

	if (s->count == SAID_MAX) {
		s->first = (s->first + 1) % SAID_MAX;
		s->count--;
	}
	to = &s->line[(s->first + s->count++) % SAID_MAX];
	memset(to, 0, sizeof(*to));
	to->code = code;
	va_start(args, fmt);
	vsnprintf(to->text, sizeof(to->text), fmt, args);
	va_end(args);
}

bool said_take(struct said *s, struct err *out)
{
	if (s->count == 0)
		return false;
	*out = s->line[s->first];
	s->first = (s->first + 1) % SAID_MAX;
	s->count--;
	return true;
}
