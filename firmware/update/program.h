/*
 * Runs one program to its end: by argv, never by a shell, with an empty
 * environment, its output bounded, a time it must end in, and dying with its
 * caller.
 */
#ifndef KARCIS_UPDATE_PROGRAM_H
#define KARCIS_UPDATE_PROGRAM_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

struct program {
	const char *const *argv; /* [0]: an absolute path; NULL ends it */
	int timeout_ms;
	int64_t file_bytes_max; /* of each file it writes */
	struct buf *out;        /* standard output: its first bytes */
	struct buf *log;        /* standard error: its LAST bytes */
	bool out_full;          /* result: more came than fits out */
};

/* 0: it ended with 0. -EBADMSG: with another code; -EFAULT: a signal ended it;
 * -ETIMEDOUT: it was ended; -ENOENT and others: it could not be run. */
int program_run(struct program *p, struct err *e) MUST_USE;
/* The last line of what is in the buffer. */
struct str program_last_line(const struct buf *log);

#endif
