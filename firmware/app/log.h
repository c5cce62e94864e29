/* The log: one line a happening on standard error, for journald, with its
 * syslog level in front (sd-daemon(3)). No codes, no names. */
#ifndef KARCIS_APP_LOG_H
#define KARCIS_APP_LOG_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6
};

void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);
void log_err(const struct err *e);

/* The newest lines again, oldest first, each with its time (UTC) in front; for
 * a technician's stick. Whole lines; what is older is forgotten. */
enum { LOG_KEPT_BYTES = 32768 };
void log_kept(struct buf *out);

#endif
