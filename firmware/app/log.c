#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { KEPT_LINE = 544 };

/* A ring of bytes; a line that was overwritten in part is passed over. */
static char ring[LOG_KEPT_BYTES];
static size_t ring_at; /* of all that was ever written */

static void keep(enum log_level level, const char *text)
{
	char line[KEPT_LINE];
	struct tm tm;
	time_t now = time(NULL);
	struct buf b;

	if (gmtime_r(&now, &tm) == NULL)
		return;
	buf_init(&b, line, sizeof(line));
	buf_fmt(&b, "%04d-%02d-%02dT%02d:%02d:%02dZ <%d> %s\n",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec, (int)level, text);
	for (size_t i = 0; i < b.len; i++)
		ring[ring_at++ % sizeof(ring)] = line[i];
}

void log_kept(struct buf *out)
{
	size_t from = ring_at > sizeof(ring) ? ring_at - sizeof(ring) : 0;

	if (from > 0)
		while (from < ring_at && ring[from++ % sizeof(ring)] != '\n')
			;
	for (; from < ring_at; from++)
		buf_byte(out, (unsigned char)ring[from % sizeof(ring)]);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	if (vsnprintf(text, sizeof(text), fmt, args) < 0)
		text[0] = '\0';
	va_end(args);
	keep(level, text);
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
