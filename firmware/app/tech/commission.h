/*
 * A stick's files become the terminal's configuration: all of them or none.
 *
 * What karcis-update fetched lies in a folder (in/). It is laid over a copy of
 * the present configuration in CONFIG/.next, file by file and in small steps,
 * and judged there as check-config judges. Adopting renames .next to .adopt:
 * that is the moment from which it counts. Then each file takes its place;
 * after a power cut commission_finish goes on with it, which `karcis-ctl
 * prepare` and `karcis --setup` call before they read the configuration. So
 * nobody who starts ever meets a mix.
 *
 * Of the stick only the names of the table in commission.c are looked at, and
 * of them only regular files of bounded size. What is no configuration (an
 * enrolment text, bookings, a roster, badges) is taken over too and waits
 * beside it for `karcis-ctl prepare`.
 */
#ifndef KARCIS_APP_COMMISSION_H
#define KARCIS_APP_COMMISSION_H

#include "firmware/core/err.h"
#include "firmware/core/str.h"

enum {
	COMMISSION_FILES = 11,
	COMMISSION_KEPT = 64,     /* files of the present configuration */
	COMMISSION_PROBLEMS = 24, /* told; more are counted */
	COMMISSION_LINE = 160
};

enum commission_fate {
	COMMISSION_UNSET = 0, /* it is not on the stick */
	COMMISSION_SAME,
	COMMISSION_NEW,
	COMMISSION_CHANGED
};

struct commission_result {
	struct {
		const char *name;
		enum commission_fate fate;
	} file[COMMISSION_FILES]; /* in the table's order */
	uint16_t files;           /* on the stick */
	/* "karcis.ini:12: screen.size: reason" */
	char problem[COMMISSION_PROBLEMS][COMMISSION_LINE];
	uint16_t problems; /* may be more than are told */
};

struct commission;

/* Begins to look: config is the configuration's path, which must end in
 * /karcis.ini; in_dir holds what the stick brought. -EINVAL: another name;
 * else -errno of the folder. */
int commission_open(const char *config, const char *in_dir,
    struct commission **out, struct err *e) MUST_USE;
/* Copies up to 256 KB, the last time it judges. 1: there is more to do, 0: the
 * result stands, -errno: it could not be done. */
int commission_step(struct commission *c, struct err *e) MUST_USE;
/* Of a look that has ended. */
const struct commission_result *commission_result(const struct commission *c);
/* Takes everything over, durable when it returns 0. -EPERM: the look has not
 * ended, found no file or a problem; -errno: nothing was taken over. */
int commission_adopt(struct commission *c, struct err *e) MUST_USE;
/* What was not adopted is forgotten. NULL does nothing. */
void commission_close(struct commission *c);

/* Goes on with an adoption that was cut off. 1: there was one, 0: none. */
int commission_finish(const char *config, struct err *e) MUST_USE;

#endif
