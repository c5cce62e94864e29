/*
 * One print job and what may truthfully be said of it.
 *
 * job_step(job, event) -> effects; pure. The job's bytes are `body` bytes of
 * ticket and, where the printer has a proof, a question after them; `total`
 * is both. Verdicts:
 *   PRINTED      the proof came
 *   NOT_PRINTED  certainly no byte was taken
 *   PARTIAL      some were taken, the ticket's end certainly not
 *   UNSURE       everything else
 */
#ifndef KARCIS_PRINTER_JOB_H
#define KARCIS_PRINTER_JOB_H

#include "firmware/core/print.h"

enum job_state {
	JOB_IDLE = 0,
	JOB_SENDING,
	JOB_PROVING,  /* all taken, the proof is awaited */
	JOB_DRAINING, /* all taken, no proof: until the last byte has left */
	JOB_STOPPING, /* being cancelled: bytes may still turn out as taken */
	JOB_ENDED,
	JOB_STATES
};

enum job_event_kind {
	JOB_EV_UNSET = 0,
	JOB_EV_TICK,
	JOB_EV_TAKEN, /* bytes: so many more were taken */
	JOB_EV_DRAINED,
	JOB_EV_PROVED,
	JOB_EV_VOID,    /* the proof's question was answered with "no paper" */
	JOB_EV_BLOCKED, /* paper out, cover open: staff can mend it */
	JOB_EV_FREE,    /* no longer */
	JOB_EV_FAILED,  /* the transport cannot go on; what it took is told */
	JOB_EV_STOPPED, /* cancelled; what it took is told */
	JOB_EV_LOST,    /* gone; `bytes` more may have been taken */
	JOB_EVENTS
};

struct job_event {
	enum job_event_kind kind;
	int64_t mono_ms;
	size_t bytes;
};

enum job_effect {
	JOB_TELL = 1, /* progress */
	JOB_STOP = 2, /* cancel what is under way, then JOB_EV_STOPPED */
	JOB_END = 4,  /* job->verdict is final */
};

/* Milliseconds without any progress; with a known cause that staff can mend;
 * in all; until a cancelled transfer must have come back. */
enum {
	JOB_QUIET_MS = 15000,
	JOB_MEND_MS = 60000,
	JOB_TOTAL_MS = 120000,
	JOB_STOP_MS = 2000
};

struct job {
	enum job_state state;
	uint32_t id;
	size_t body, total, taken;
	bool proves, blocked, proved;
	int64_t last_ms;     /* the total limit */
	int64_t deadline_ms; /* INT64_MAX when nothing is awaited */
	enum print_verdict verdict;
};

/* body <= total; proves: a proof will come once all are taken. */
void job_start(struct job *job, uint32_t id, size_t body, size_t total,
    bool proves, bool blocked, int64_t mono_ms);
/* Returns JOB_TELL, JOB_STOP, JOB_END or-ed. */
unsigned job_step(struct job *job, const struct job_event *ev) MUST_USE;

#endif
