#include "job.h"

#include <string.h>

static void wait_from(struct job *job, int64_t mono_ms)
{
	int64_t until = mono_ms + (job->blocked ? JOB_MEND_MS : JOB_QUIET_MS);

	job->deadline_ms = until < job->last_ms ? until : job->last_ms;
}

void job_start(struct job *job, uint32_t id, size_t body, size_t total,
    bool proves, bool blocked, int64_t mono_ms)
{
	memset(job, 0, sizeof(*job));
	job->state = JOB_SENDING;
	job->id = id;
	job->body = body;
	job->total = total;
	job->proves = proves;
	job->blocked = blocked;
	job->last_ms = mono_ms + JOB_TOTAL_MS;
	wait_from(job, mono_ms);
}

static unsigned end(struct job *job, enum print_verdict verdict)
{
	job->state = JOB_ENDED;
	job->deadline_ms = INT64_MAX;
	job->verdict = verdict;
	return JOB_END;
}

/* `maybe` more bytes than were counted may have been taken. */
static unsigned end_short(struct job *job, size_t maybe)
{
	if (job->taken + maybe == 0)
		return end(job, PRINT_NOT_PRINTED);
	if (job->taken + maybe < job->body)
		return end(job, PRINT_PARTIAL);
	return end(job, PRINT_UNSURE);
}

static unsigned stop(struct job *job, int64_t mono_ms)
{
	job->state = JOB_STOPPING;
	job->deadline_ms = mono_ms + JOB_STOP_MS;
	return JOB_STOP;
}

static void count(struct job *job, size_t bytes)
{
	size_t left = job->total - job->taken;

	job->taken += bytes < left ? bytes : left;
}

static unsigned taken(struct job *job, const struct job_event *ev)
{
	count(job, ev->bytes);
	wait_from(job, ev->mono_ms);
	if (job->taken < job->total)
		return JOB_TELL;
	job->state = job->proves ? JOB_PROVING : JOB_DRAINING;
	if (job->proved)
		return JOB_TELL | end(job, PRINT_PRINTED);
	return JOB_TELL;
}

static unsigned block(struct job *job, const struct job_event *ev)
{
	bool blocked = ev->kind == JOB_EV_BLOCKED;

	if (blocked != job->blocked) {
		job->blocked = blocked;
		wait_from(job, ev->mono_ms);
	}
	return 0;
}

static unsigned sending(struct job *job, const struct job_event *ev)
{
	switch (ev->kind) {
	case JOB_EV_TAKEN:
		return taken(job, ev);
	case JOB_EV_BLOCKED:
	case JOB_EV_FREE:
		return block(job, ev);
	case JOB_EV_LOST:
		return end_short(job, ev->bytes);
	case JOB_EV_FAILED:
	case JOB_EV_STOPPED:
		return end_short(job, 0);
	case JOB_EV_TICK:
		if (ev->mono_ms >= job->deadline_ms)
			return stop(job, ev->mono_ms);
		return 0;
	case JOB_EV_PROVED:
		/* The answer may overtake the word that the question went. */
		job->proved = job->proves;
		return 0;
	case JOB_EV_UNSET:
	case JOB_EV_DRAINED:
	case JOB_EV_VOID:
	case JOB_EVENTS:
		return 0;
	}
	return 0;
}

/* PROVING and DRAINING: every byte was taken. */
static unsigned settling(struct job *job, const struct job_event *ev)
{
	switch (ev->kind) {
	case JOB_EV_PROVED:
		return job->proves ? end(job, PRINT_PRINTED) : 0;
	case JOB_EV_DRAINED:
		return job->proves ? 0 : end(job, PRINT_UNSURE);
	case JOB_EV_VOID:
		return job->proves ? end(job, PRINT_UNSURE) : 0;
	case JOB_EV_BLOCKED:
	case JOB_EV_FREE:
		return block(job, ev);
	case JOB_EV_LOST:
	case JOB_EV_FAILED:
	case JOB_EV_STOPPED:
		return end(job, PRINT_UNSURE);
	case JOB_EV_TICK:
		if (ev->mono_ms >= job->deadline_ms)
			return end(job, PRINT_UNSURE);
		return 0;
	case JOB_EV_UNSET:
	case JOB_EV_TAKEN:
	case JOB_EVENTS:
		return 0;
	}
	return 0;
}

static unsigned stopping(struct job *job, const struct job_event *ev)
{
	switch (ev->kind) {
	case JOB_EV_TAKEN:
		count(job, ev->bytes);
		return JOB_TELL;
	case JOB_EV_FAILED:
	case JOB_EV_STOPPED:
		return end_short(job, 0);
	case JOB_EV_LOST:
		return end_short(job, ev->bytes);
	case JOB_EV_TICK:
		/* It never came back: nobody knows what was taken. */
		if (ev->mono_ms >= job->deadline_ms)
			return end(job, PRINT_UNSURE);
		return 0;
	case JOB_EV_UNSET:
	case JOB_EV_DRAINED:
	case JOB_EV_PROVED:
	case JOB_EV_VOID:
	case JOB_EV_BLOCKED:
	case JOB_EV_FREE:
	case JOB_EVENTS:
		return 0;
	}
	return 0;
}

unsigned job_step(struct job *job, const struct job_event *ev)
{
	switch (job->state) {
	case JOB_SENDING:
		return sending(job, ev);
	case JOB_PROVING:
	case JOB_DRAINING:
		return settling(job, ev);
	case JOB_STOPPING:
		return stopping(job, ev);
	case JOB_IDLE:
	case JOB_ENDED:
	case JOB_STATES:
		return 0;
	}
	return 0;
}
