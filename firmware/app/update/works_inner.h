/* The parts of works.c: what a piece of work carries about. */
#ifndef KARCIS_APP_UPDATE_WORKS_INNER_H
#define KARCIS_APP_UPDATE_WORKS_INNER_H

#include "worker.h"

struct doing {
	const struct worker_config *c;
	const struct worker_job *job;
	int fd;
	struct worker_note *note;
	enum update_refusal why; /* when it fails */
	struct err e;
	int64_t told_ms;
	int64_t done, total;
};

/* Progress; context is a struct doing. */
void works_tell(void *context, int64_t done_bytes, int64_t total_bytes);
/* Gives up root for ever, where it was asked for. */
int works_drop(struct doing *d) MUST_USE;
/* No program, no file but that one (NULL: none), no network. */
int works_close_in(struct doing *d, const char *file) MUST_USE;
/* WORK/name belongs to somebody else from now on. */
int works_give(struct doing *d, const char *name, uid_t owner,
    gid_t group) MUST_USE;

/* works_bundle.c */
int works_look(struct doing *d) MUST_USE;
int works_copy(struct doing *d) MUST_USE;
int works_verify(struct doing *d) MUST_USE;
/* works_slots.c */
int works_write(struct doing *d) MUST_USE;
int works_check(struct doing *d) MUST_USE;
int works_activate(struct doing *d) MUST_USE;
int works_good(struct doing *d) MUST_USE;
/* works_files.c */
int works_fetch(struct doing *d) MUST_USE;
int works_store(struct doing *d) MUST_USE;

#endif
