#include "printer.h"
#include "address.h"
#include "escpos.h"
#include "talk.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TAKE_MS = 1000,  /* control bytes not taken: it is offline */
	LEFT_MS = 60000, /* a ticket nobody takes is pulled back */
	RESET_MS = 1000  /* one that stalls for ever is not hammered */
};

/* ---- events to the owner ---- */

/* Progress and log lines give way; verdicts never do. */
static void put(struct printer *p, const struct printer_event *ev)
{
	if (p->count == PRINTER_EVENTS_MAX ||
	    (p->count > PRINTER_EVENTS_MAX / 2 && ev->kind != PRINTER_JOB &&
		ev->kind != PRINTER_STATUS))
		return;
	p->events[(p->first + p->count++) % PRINTER_EVENTS_MAX] = *ev;
}

void printer_log(struct printer *p, const char *text)
{
	struct printer_event ev = {.kind = PRINTER_LOG};

	(void)snprintf(ev.text, sizeof(ev.text), "%s", text);
	put(p, &ev);
}

void printer_tell_status(struct printer *p)
{
	struct printer_event ev = {.kind = PRINTER_STATUS};

	p->status.proves_paper = p->t->proves ||
	    (p->t->talks && profile_proves(p->profile));
	if (printer_status_eq(&p->status, &p->told))
		return;
	p->told = p->status;
	ev.status = p->status;
	put(p, &ev);
}

static void tell_verdict(struct printer *p, uint32_t id,
    enum print_verdict verdict, bool late)
{
	struct printer_event ev = {.kind = PRINTER_JOB,
	    .job_id = id,
	    .verdict = verdict,
	    .late = late};

	if (id == p->job.id) {
		ev.taken = p->job.taken;
		ev.total = p->job.total;
	}
	put(p, &ev);
}

void printer_tell_late(struct printer *p, uint32_t job_id)
{
	tell_verdict(p, job_id, PRINT_PRINTED, true);
	p->torn = false;
}

/* ---- the job ---- */

static void ended(struct printer *p)
{
	tell_verdict(p, p->job.id, p->job.verdict, false);
	proof_ids_ended(&p->ids, p->job.verdict);
	if (p->job.verdict != PRINT_NOT_PRINTED)
		p->torn = p->job.verdict != PRINT_PRINTED;
	p->left_ms = p->facts->presenter && p->job.verdict == PRINT_PRINTED
	    ? p->now_ms + LEFT_MS
	    : INT64_MAX;
}

/* What it holds of a ticket that was given up must not come out; and an
 * answer in order that is late would look like the next job's. */
static bool must_forget(const struct printer *p, enum job_state was,
    enum job_event_kind kind)
{
	if (kind == JOB_EV_STOPPED || was == JOB_STOPPING)
		return true;
	return p->t->talks && p->job.verdict == PRINT_UNSURE &&
	    kind != JOB_EV_LOST && was == JOB_PROVING &&
	    (p->facts->in_order || p->job.blocked);
}

void printer_step(struct printer *p, enum job_event_kind kind, size_t bytes)
{
	struct job_event ev = {.kind = kind,
	    .mono_ms = p->now_ms,
	    .bytes = bytes};
	enum job_state was = p->job.state;
	unsigned effects = job_step(&p->job, &ev);

	if (effects & JOB_STOP)
		p->stop_due = true;
	if ((effects & JOB_TELL) && !(effects & JOB_END))
		put(p,
		    &(struct printer_event){.kind = PRINTER_PROGRESS,
			.job_id = p->job.id,
			.taken = p->job.taken,
			.total = p->job.total});
	if ((effects & JOB_END) == 0)
		return;
	ended(p);
	if (must_forget(p, was, kind))
		p->reset_due = true;
}

static void took(struct printer *p, size_t n)
{
	p->sending_left -= n < p->sending_left ? n : p->sending_left;
	if (p->sending == SEND_JOB)
		printer_step(p, JOB_EV_TAKEN, n);
	if (p->sending_left > 0)
		return;
	talk_sent(p);
	p->sending = SEND_NOTHING;
}

static void on_transport(void *owner, const struct transport_event *ev)
{
	struct printer *p = owner;

	switch (ev->kind) {
	case TRANSPORT_UP:
		talk_came_up(p, ev);
		return;
	case TRANSPORT_LOST:
		printer_step(p, JOB_EV_LOST,
		    p->sending == SEND_JOB ? ev->n : 0);
		talk_away(p);
		return;
	case TRANSPORT_TAKEN:
		took(p, ev->n);
		return;
	case TRANSPORT_STOPPED:
		if (p->sending == SEND_JOB)
			printer_step(p, JOB_EV_STOPPED, 0);
		p->sending = SEND_NOTHING;
		p->reset_due = true;
		return;
	case TRANSPORT_DRAINED:
		printer_step(p, JOB_EV_DRAINED, 0);
		return;
	case TRANSPORT_BYTES:
		talk_heard(p, ev->bytes, ev->n);
		return;
	case TRANSPORT_FACTS:
		p->status = ev->status;
		talk_facts_changed(p);
		return;
	case TRANSPORT_PROVED:
		printer_step(p, JOB_EV_PROVED, 0);
		return;
	case TRANSPORT_NOTE:
		printer_log(p, ev->text);
		return;
	case TRANSPORT_NOTHING:
		return;
	}
}

/* ---- what is due ---- */

static void send_run(struct printer *p, enum sending what, const uint8_t *bytes,
    size_t n)
{
	p->sending = what;
	p->sending_left = n;
	p->phase_ms = what == SEND_CONTROL && p->phase != PHASE_READY
	    ? p->now_ms + TAKE_MS
	    : p->phase_ms;
	if (p->t->ops->send(p->t, bytes, n) == 0)
		return;
	p->sending = SEND_NOTHING;
	if (what == SEND_JOB)
		printer_step(p, JOB_EV_FAILED, 0);
}

/* Ends the image that a broken connection or a killed program left half
 * sent: the rest of the largest one, white. Between commands a printer passes
 * NUL over. */
static const uint8_t FILL[ESCPOS_RASTER_MAX];

/* Control bytes go first, and never into the middle of a job. */
static void pump(struct printer *p)
{
	static_assert(CONTROL_BYTES >= 12 + 3 + 3 * ORDER_RUN + 3,
	    "all that is asked at once fits");

	if (p->phase == PHASE_AWAY || p->sending != SEND_NOTHING)
		return;
	if (p->fill_due) {
		p->fill_due = false;
		send_run(p, SEND_CONTROL, FILL, sizeof(FILL));
	} else if (p->control_len > 0) {
		size_t n = p->control_len;

		p->control_len = 0;
		send_run(p, SEND_CONTROL, p->control, n);
	} else if (p->job.state == JOB_SENDING && p->job.taken == 0) {
		send_run(p, SEND_JOB, p->bytes, p->job.total);
	}
}

static bool resets(const struct printer *p)
{
	return p->reset_due && p->sending == SEND_NOTHING && !printer_busy(p);
}

static void do_due(struct printer *p)
{
	printer_step(p, JOB_EV_TICK, 0);
	talk_phase_due(p);
	if (talk_polls(p) && p->now_ms >= p->poll_ms)
		talk_poll(p);
	if (p->stop_due) {
		p->stop_due = false;
		p->t->ops->stop(p->t);
	}
	if (resets(p) && p->now_ms >= p->reset_ms) {
		p->reset_due = false;
		p->reset_ms = p->now_ms + RESET_MS;
		p->torn = true;
		talk_forget_proofs(p);
		p->phase = PHASE_AWAY;
		p->t->ops->reset(p->t);
	}
	pump(p);
}

void printer_service(struct printer *p, const struct pollfd *fds, size_t n,
    int64_t mono_ms)
{
	p->now_ms = mono_ms;
	p->t->ops->service(p->t, fds, n, mono_ms);
	do_due(p);
}

size_t printer_pollfds(struct printer *p, struct pollfd *fds, size_t cap)
{
	return p->t->ops->pollfds(p->t, fds, cap);
}

int64_t printer_deadline_ms(const struct printer *p)
{
	int64_t due = p->t->ops->deadline_ms(p->t);

	if (printer_busy(p) && p->job.deadline_ms < due)
		due = p->job.deadline_ms;
	if (p->phase != PHASE_AWAY && p->phase_ms < due)
		due = p->phase_ms;
	if (talk_polls(p) && p->poll_ms < due)
		due = p->poll_ms;
	if (resets(p) && p->reset_ms < due)
		due = p->reset_ms;
	return due;
}

/* ---- the owner's calls ---- */

static int refusal(const struct printer *p, struct err *e)
{
	const struct printer_status *st = &p->status;

	if (st->connected != FACT_YES)
		return err_set(e, -ENODEV, "printer: not connected");
	if (st->paper_out == FACT_YES)
		return err_set(e, -ENOSPC, "printer: out of paper");
	if (st->cover_open == FACT_YES)
		return err_set(e, -EIO, "printer: the cover is open");
	if (st->cutter_error == FACT_YES)
		return err_set(e, -EIO, "printer: the cutter is stuck");
	if (st->offline == FACT_YES || p->phase != PHASE_READY ||
	    p->sending == SEND_JOB || p->reset_due)
		return err_set(e, -EIO, "printer: offline");
	return 0;
}

/* The ticket's last bytes: the question that proves it. */
static size_t append_proof(struct printer *p, uint32_t job_id, uint8_t *end)
{
	if (!p->t->talks || !profile_proves(p->profile))
		return 0;
	p->order.count = 0;
	presenter_begin(&p->presenter, p->status.ticket_out);
	if (p->facts->process_id)
		proof_ids_asked(&p->ids, job_id);
	return proof_question(p->profile, job_id, end);
}

/* The ticket as it is sent; returns the bytes before its question. ESC @,
 * with which a ticket begins, may end automatic status. */
static size_t fill_job(struct printer *p, const uint8_t *bytes, size_t len)
{
	struct buf b;
	size_t head = p->t->talks && p->facts->asb && len >= 2 &&
		memcmp(bytes, "\x1b@", 2) == 0
	    ? 2
	    : 0;

	buf_init(&b, p->bytes, len + TALK_ASB_BYTES);
	buf_put(&b, bytes, head);
	if (head > 0)
		buf_put(&b, TALK_ASB_ON, TALK_ASB_BYTES);
	buf_put(&b, bytes + head, len - head);
	return b.len;
}

int printer_submit(struct printer *p, uint32_t job_id, const uint8_t *bytes,
    size_t len, int64_t mono_ms, struct err *e)
{
	size_t body, proof;
	int r;

	if (printer_busy(p))
		return err_set(e, -EBUSY, "printer: a job is running");
	if (job_id == 0 || len == 0 || bytes == NULL)
		return err_set(e, -EINVAL, "printer: an empty job");
	printer_service(p, NULL, 0, mono_ms); /* what it said until now */
	r = refusal(p, e);
	if (r != 0) {
		put(p,
		    &(struct printer_event){.kind = PRINTER_JOB,
			.job_id = job_id,
			.verdict = PRINT_NOT_PRINTED,
			.total = len});
		return r;
	}
	free(p->bytes);
	p->bytes = malloc(len + TALK_ASB_BYTES + PROOF_BYTES_MAX);
	if (p->bytes == NULL)
		return err_set(e, -ENOMEM, "printer: out of memory");
	body = fill_job(p, bytes, len);
	proof = append_proof(p, job_id, p->bytes + body);
	job_start(&p->job, job_id, body, body + proof,
	    proof > 0 || p->t->proves, false, mono_ms);
	pump(p);
	return 0;
}

bool printer_next_event(struct printer *p, struct printer_event *out)
{
	if (p->count == 0)
		return false;
	*out = p->events[p->first];
	p->first = (p->first + 1) % PRINTER_EVENTS_MAX;
	p->count--;
	return true;
}

void printer_assume_torn(struct printer *p)
{
	p->torn = true;
}

const struct printer_status *printer_status(const struct printer *p)
{
	return &p->status;
}

bool printer_busy(const struct printer *p)
{
	return p->job.state != JOB_IDLE && p->job.state != JOB_ENDED;
}

const char *printer_name(const struct printer *p)
{
	return p->name;
}

const char *printer_profile_name(const struct printer *p)
{
	return p->phase == PHASE_AWAY || !p->t->talks ? "" : p->facts->name;
}

const char *print_verdict_name(enum print_verdict v)
{
	switch (v) {
	case PRINT_UNSET:
		return "unset";
	case PRINT_PRINTED:
		return "printed";
	case PRINT_NOT_PRINTED:
		return "not printed";
	case PRINT_PARTIAL:
		return "partial";
	case PRINT_UNSURE:
		return "unsure";
	}
	return "unset";
}

/* ---- opening ---- */

static int open_transport(struct printer *p,
    const struct printer_config *config, struct err *e)
{
	struct address a;
	int r = printer_check_device(config->device, e);

	if (r != 0 || !address_parse(config->device, &a))
		return r;
	switch (a.kind) {
	case ADDRESS_USB:
		return transport_open_usb(a.vendor, a.product, on_transport, p,
		    &p->t, e);
	case ADDRESS_DEVICE:
		return transport_open_device(a.rest, on_transport, p, &p->t, e);
	case ADDRESS_STREAM:
	case ADDRESS_TCP:
		return transport_open_stream(config->fd, a.kind == ADDRESS_TCP,
		    on_transport, p, &p->t, e);
	case ADDRESS_VIRTUAL:
		return transport_open_virtual(config, a.rest, on_transport, p,
		    &p->t, e);
	case ADDRESS_NONE:
		break;
	}
	return -EINVAL;
}

int printer_open(const struct printer_config *config, struct printer **out,
    struct err *e)
{
	struct printer *p = calloc(1, sizeof(*p));
	int r;

	*out = NULL;
	if (p == NULL)
		return err_set(e, -ENOMEM, "printer: out of memory");
	p->wanted = config->profile;
	p->facts = profile_facts(config->profile);
	p->phase_ms = p->left_ms = INT64_MAX;
	(void)snprintf(p->name, sizeof(p->name), "%s", config->device);
	r = open_transport(p, config, e);
	if (r != 0)
		goto out;
	talk_no_facts(p);
	*out = p;
	p = NULL;
out:
	printer_close(p);
	return r;
}

void printer_close(struct printer *p)
{
	if (p == NULL)
		return;
	if (p->t != NULL)
		p->t->ops->close(p->t);
	free(p->bytes);
	free(p);
}
