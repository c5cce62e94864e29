/*
 * The work of karcis-update, each piece in a process of its own, so that the
 * loop stays alive whatever a stick or RAUC does, and what it mounted goes
 * when it ends.
 *
 * What reads a stranger's bytes beyond copying them gives up root first (the
 * user `reader`), and where it runs no program also files and system calls.
 * It tells by fixed notes over a pair of sockets; the loop believes no more of
 * them than their form.
 */
#ifndef KARCIS_APP_UPDATE_WORKER_H
#define KARCIS_APP_UPDATE_WORKER_H

#include <sys/types.h>

#include "firmware/core/update.h"
#include "firmware/update/stick.h"

struct worker_config {
	const char *backend; /* of slots.h */
	const char *keyring;
	const char *state; /* record and floor */
	const char *work;  /* the copy and what is extracted from it */
	const char *mount; /* folder for mount points */
	const char *in, *out;
	struct stick_place stick;
	int64_t group; /* of the files in `in`; -1 = as they come */
	bool drop;     /* to reader */
	uid_t reader;
	gid_t reader_group;
	char terminal[32]; /* with the local time it names the folder on
			    * the stick */
	int32_t offset_s;  /* of local time */
};

/* What the loop knows and the work needs. */
struct worker_job {
	enum update_work work;
	struct update_found offer; /* COPY, ACTIVATE */
	struct release verified;   /* ACTIVATE */
	struct release running;    /* ACTIVATE, GOOD */
	bool trial;                /* GOOD */
	int64_t now_s;
};

/* One note: an event without its times. */
struct worker_note {
	enum update_event_kind kind; /* PROGRESS, DONE, FAILED */
	int64_t done_bytes, total_bytes;
	struct update_found found;
	struct release release;
	uint32_t count;
	enum update_refusal refusal;
	char detail[UPDATE_DETAIL];
};

struct worker {
	pid_t pid; /* 0 = none; also its process group */
	int fd;
	enum update_work work;
};

int worker_start(struct worker *w, const struct worker_config *c,
    const struct worker_job *job, struct err *e) MUST_USE;
/* The next note, checked. 1: one; 0: none now; -EPIPE: it ended without a
 * last word; -EBADMSG: what came is no note. */
int worker_read(struct worker *w, struct worker_note *note) MUST_USE;
/* Ends it and all it started, and waits for it, but not for ever: what hangs in
 * the kernel (a stick that does not answer) is left behind, dead. */
void worker_stop(struct worker *w);

/* works.c: carries one out and returns its last note. In the worker. */
void works_run(const struct worker_config *c, const struct worker_job *job,
    int fd, struct worker_note *last);
/* Sends one note; a loop that does not read ends the worker. */
void worker_tell(int fd, const struct worker_note *note);

/* The copy and everything beside it, away; no link is followed. Root without
 * CAP_DAC_OVERRIDE takes back the folders that the reader owns first. */
int works_clean(const char *work, struct err *e) MUST_USE;

#endif
