#include "err.h"

#include <stdarg.h>
#include <stdio.h>

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list args;

	if (e == NULL)
		return code;
	e->code = code;
	va_start(args, fmt);
	if (vsnprintf(e->text, sizeof(e->text), fmt, args) < 0)
		e->text[0] = '\0';
	va_end(args);
	return code;
}
