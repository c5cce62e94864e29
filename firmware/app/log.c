#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void log_line(enum log_level level, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	if (vsnprintf(text, sizeof(text), fmt, args) < 0)
		text[0] = '\0';
	va_end(args);
	/* The prefix is for journald; a person at a terminal needs none. */
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "karcis: %s\n", text);
	else
		fprintf(stderr, "<%d>%s\n", (int)level, text);
}

void log_err(const struct err *e)
{
	log_line(LOG_LEVEL_ERROR, "%s", e->text);
}
