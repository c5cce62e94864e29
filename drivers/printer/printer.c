#include "printer.h"
#include "address.h"
#include "job.h"
#include "proof.h"
#include "transport.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	EVENTS_MAX = 64, CONTROL_BYTES = 32,
	DRAIN_MS = 100,   /* what an old session left in IN */
	ANSWER_MS = 500,  /* a status answer takes some 5 ms */
	ECHO_MS = 3000,   /* no answer in order: asked again */
	TAKE_MS = 1000,   /* control bytes not taken: it is offline */
	POLL_MS = 1000, POLL_MISSES = 3,
	PROOF_POLL_MS = 100, /* while the presenter is at work */
	LEFT_MS = 60000,  /* a ticket nobody takes is pulled back */
	RESET_MS = 1000   /* one that stalls for ever is not hammered */
};

enum phase {
	PHASE_AWAY = 0,
	PHASE_WAKING, /* ESC @ sent; what comes back is old */
	PHASE_ASKING, /* the first status was asked for */
	PHASE_SETTLING, /* answered in order; older answers may follow */
	PHASE_READY,
};

enum sending { SEND_NOTHING = 0, SEND_CONTROL, SEND_JOB };

struct printer {
	struct transport *t;
	enum printer_profile wanted, profile;
	const struct profile_facts *facts; /* of profile */
	enum phase phase;
	enum sending sending;
	size_t sending_left;
	int64_t now_ms, phase_ms, poll_ms, reset_ms;
	unsigned misses;
	bool answers; /* DLE EOT was answered once since it came up */
	bool echo_due; /* GS r was asked, the answer is awaited */
	bool full_due; /* so was DLE EOT 20 */
	uint8_t control[CONTROL_BYTES];
	size_t control_len;
	struct status_parser parser;
	struct printer_status status, told;
	struct job job;
	uint8_t *bytes;
	struct proof_ids ids;
	struct order_run order;
	struct presenter presenter;
	int64_t left_ms;   /* a ticket stands in the mouth: pulled back then */
	bool reset_due, stop_due, told_garbage;
	struct printer_event events[EVENTS_MAX];
	size_t first, count;
	char name[PRINTER_DEVICE_MAX + 32];
};

/* ---- events to the owner ---- */

/* Progress and log lines give way; verdicts never do. */
static void put(struct printer *p, const struct printer_event *ev)
{
	if (p->count == EVENTS_MAX ||
	    (p->count > EVENTS_MAX / 2 && ev->kind != PRINTER_JOB &&
		ev->kind != PRINTER_STATUS))
		return;
	p->events[(p->first + p->count++) % EVENTS_MAX] = *ev;
}

static void log_line(struct printer *p, const char *text)
{
	struct printer_event ev = {.kind = PRINTER_LOG};

	(void)snprintf(ev.text, sizeof(ev.text), "%s", text);
	put(p, &ev);
}

static void tell_status(struct printer *p)
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
	struct printer_event ev = {.kind = PRINTER_JOB, .job_id = id,
	    .verdict = verdict, .late = late};

	if (id == p->job.id) {
		ev.taken = p->job.taken;
		ev.total = p->job.total;
	}
	put(p, &ev);
}

/* ---- the job ---- */

static void forget_proofs(struct printer *p)
{
	p->ids.count = 0;
	p->order.count = 0;
}

static bool running(const struct printer *p)
{
	return p->job.state != JOB_IDLE && p->job.state != JOB_ENDED;
}

static void ended(struct printer *p)
{
	tell_verdict(p, p->job.id, p->job.verdict, false);
	proof_ids_ended(&p->ids, p->job.verdict);
	p->left_ms = p->facts->presenter && p->job.verdict == PRINT_PRINTED ?
	    p->now_ms + LEFT_MS : INT64_MAX;
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

static void step(struct printer *p, enum job_event_kind kind, size_t bytes)
{
	struct job_event ev = {.kind = kind, .mono_ms = p->now_ms,
	    .bytes = bytes};
	enum job_state was = p->job.state;
	unsigned effects = job_step(&p->job, &ev);

	if (effects & JOB_STOP)
		p->stop_due = true;
	if ((effects & JOB_TELL) && !(effects & JOB_END))
		put(p, &(struct printer_event){.kind = PRINTER_PROGRESS,
		    .job_id = p->job.id, .taken = p->job.taken,
		    .total = p->job.total});
	if ((effects & JOB_END) == 0)
		return;
	ended(p);
	if (must_forget(p, was, kind))
		p->reset_due = true;
}

/* A process id: that job and all before it are on paper. */
static void proved(struct printer *p, unsigned process_id)
{
	uint32_t late[PROOF_OPEN_MAX];
	bool current;
	size_t n = proof_ids_answer(&p->ids, process_id, late, &current);

	for (size_t i = 0; i < n; i++)
		tell_verdict(p, late[i], PRINT_PRINTED, true);
	if (current)
		step(p, JOB_EV_PROVED, 0);
}

/* While a presenter is at work its status is the proof. */
static bool presenting(const struct printer *p)
{
	return p->facts->presenter && p->job.state == JOB_PROVING;
}

static void settle(struct printer *p)
{
	p->echo_due = false;
	p->order.count = 0;
	if (p->parser.asked_len > 0) /* it never answers DLE EOT */
		p->status.offline = FACT_UNKNOWN;
	p->phase = PHASE_SETTLING;
	p->phase_ms = p->now_ms + DRAIN_MS;
}

/* An answer to GS r: the printer has come past that question. */
static void in_order(struct printer *p, uint8_t value)
{
	enum order_says says = order_byte(&p->order, value);

	if (p->phase == PHASE_SETTLING) {
		settle(p);
	} else if (p->phase == PHASE_ASKING) {
		if (says == ORDER_PASSED)
			settle(p);
	} else if (says == ORDER_NO_PAPER) {
		step(p, JOB_EV_VOID, 0);
	} else if (says == ORDER_PASSED && running(p)) {
		p->poll_ms = p->now_ms; /* what does the presenter say now? */
		if (!p->facts->presenter || presenter_passed(&p->presenter))
			step(p, JOB_EV_PROVED, 0);
	}
}

static void facts_changed(struct printer *p)
{
	if (running(p))
		step(p, printer_status_blocked(&p->status) ? JOB_EV_BLOCKED :
		    JOB_EV_FREE, 0);
	tell_status(p);
}

/* ---- coming up and asking ---- */

static void control(struct printer *p, const void *bytes, size_t len)
{
	if (p->control_len + len > sizeof(p->control))
		return;
	memcpy(p->control + p->control_len, bytes, len);
	p->control_len += len;
}

static void full_status(struct printer *p, const struct full_status *full)
{
	p->full_due = false;
	if (running(p) && presenter_status(&p->presenter, full))
		step(p, JOB_EV_PROVED, 0);
	if (!full->ticket)
		p->left_ms = INT64_MAX;
}

static void no_facts(struct printer *p)
{
	p->status = (struct printer_status){.connected = FACT_NO};
}

static void away(struct printer *p)
{
	p->phase = PHASE_AWAY;
	p->sending = SEND_NOTHING;
	p->control_len = 0;
	p->reset_due = p->stop_due = false;
	p->left_ms = INT64_MAX;
	forget_proofs(p);
	no_facts(p);
	tell_status(p);
}

static void ready(struct printer *p)
{
	p->phase = PHASE_READY;
	p->status.connected = FACT_YES;
	p->poll_ms = p->now_ms + POLL_MS;
	tell_status(p);
}

static void came_up(struct printer *p, const struct transport_event *ev)
{
	(void)snprintf(p->name, sizeof(p->name), "%s", ev->text);
	log_line(p, p->name);
	p->profile = p->wanted != PRINTER_AUTO ? p->wanted : ev->profile;
	p->facts = profile_facts(p->profile);
	status_parser_init(&p->parser, p->facts->in_order,
	    p->facts->presenter);
	no_facts(p);
	forget_proofs(p);
	p->control_len = 0;
	p->answers = p->echo_due = p->full_due = false;
	p->misses = 0;
	if (!p->t->talks) {
		ready(p);
		return;
	}
	control(p, "\x1b@", 2);
	p->phase = PHASE_WAKING;
	p->phase_ms = INT64_MAX; /* set once ESC @ was taken */
}

static void ask_full(struct printer *p)
{
	static const uint8_t dle_eot_20[3] = {0x10, 0x04, 20};

	control(p, dle_eot_20, sizeof(dle_eot_20));
	p->full_due = true;
}

static void ask(struct printer *p)
{
	if (p->facts->presenter) {
		ask_full(p);
		return;
	}
	status_forget_asked(&p->parser);
	for (uint8_t n = 1; n <= 4; n++) {
		const uint8_t dle_eot[3] = {0x10, 0x04, n};

		if (status_asked(&p->parser, n))
			control(p, dle_eot, sizeof(dle_eot));
	}
}

/* A question in order, for nobody: once it is answered, nothing older can
 * be mistaken for the answer to a job's. */
static void ask_echo(struct printer *p)
{
	static const uint8_t gs_r[3] = {0x1d, 0x72, 1};

	p->order.count = 0;
	for (int i = 0; i < ORDER_RUN; i++)
		control(p, gs_r, sizeof(gs_r));
	p->echo_due = true;
}

/* ESC/POS GS a: automatic status of online, error and paper. */
static const uint8_t ASB_ON[3] = {0x1d, 0x61, 0x0e};

static void ask_first(struct printer *p)
{
	status_parser_init(&p->parser, p->facts->in_order,
	    p->facts->presenter);
	p->status.offline = FACT_UNKNOWN;
	ask(p);
	/* ASB: online, error and paper; DLE EOT first, for their order. */
	if (p->facts->asb)
		control(p, ASB_ON, sizeof(ASB_ON));
	if (p->facts->in_order)
		ask_echo(p);
	p->phase = PHASE_ASKING; /* until when: see took() */
}

static void reply(struct printer *p, const struct reply *r)
{
	switch (r->kind) {
	case REPLY_FULL:
		full_status(p, &r->full);
		/* fall through */
	case REPLY_FACTS:
		p->answers = true;
		p->misses = 0;
		facts_changed(p);
		return;
	case REPLY_PROCESS:
		proved(p, r->process_id);
		return;
	case REPLY_ORDER:
		in_order(p, r->value);
		return;
	case REPLY_CLEARED:
		forget_proofs(p);
		return;
	case REPLY_NONE:
	case REPLY_XON:
	case REPLY_XOFF:
		return;
	}
}

static void heard(struct printer *p, const uint8_t *bytes, size_t n)
{
	struct reply r;

	if (p->phase == PHASE_WAKING || p->phase == PHASE_AWAY)
		return;
	for (size_t i = 0; i < n; i++) {
		unsigned garbage = p->parser.garbage;

		r = status_byte(&p->parser, bytes[i], &p->status);
		reply(p, &r);
		if (p->parser.garbage != garbage)
			p->order.count = 0; /* answers in noise are no run */
	}
	if (p->phase == PHASE_ASKING && p->parser.asked_len == 0 &&
	    !p->echo_due && !p->full_due)
		ready(p);
	if (p->parser.garbage > 0 && !p->told_garbage) {
		p->told_garbage = true;
		log_line(p, "printer: sent bytes that mean nothing");
	}
}

static void took(struct printer *p, size_t n)
{
	p->sending_left -= n < p->sending_left ? n : p->sending_left;
	if (p->sending == SEND_JOB)
		step(p, JOB_EV_TAKEN, n);
	if (p->sending_left > 0)
		return;
	if (p->sending == SEND_CONTROL && p->phase == PHASE_WAKING)
		p->phase_ms = p->now_ms + DRAIN_MS;
	if (p->sending == SEND_CONTROL && p->phase == PHASE_ASKING)
		p->phase_ms = p->now_ms + (p->status.offline == FACT_YES ?
		    ECHO_MS : ANSWER_MS);
	if (p->sending == SEND_JOB && presenting(p))
		p->poll_ms = p->now_ms;
	p->sending = SEND_NOTHING;
}

static void on_transport(void *owner, const struct transport_event *ev)
{
	struct printer *p = owner;

	switch (ev->kind) {
	case TRANSPORT_UP:
		came_up(p, ev);
		return;
	case TRANSPORT_LOST:
		step(p, JOB_EV_LOST, p->sending == SEND_JOB ? ev->n : 0);
		away(p);
		return;
	case TRANSPORT_TAKEN:
		took(p, ev->n);
		return;
	case TRANSPORT_STOPPED:
		if (p->sending == SEND_JOB)
			step(p, JOB_EV_STOPPED, 0);
		p->sending = SEND_NOTHING;
		p->reset_due = true;
		return;
	case TRANSPORT_DRAINED:
		step(p, JOB_EV_DRAINED, 0);
		return;
	case TRANSPORT_BYTES:
		heard(p, ev->bytes, ev->n);
		return;
	case TRANSPORT_FACTS:
		p->status = ev->status;
		facts_changed(p);
		return;
	case TRANSPORT_PROVED:
		step(p, JOB_EV_PROVED, 0);
		return;
	case TRANSPORT_NOTE:
		log_line(p, ev->text);
		return;
	case TRANSPORT_NOTHING:
		return;
	}
}

/* ---- what is due ---- */

static void send_run(struct printer *p, enum sending what,
    const uint8_t *bytes, size_t n)
{
	p->sending = what;
	p->sending_left = n;
	p->phase_ms = what == SEND_CONTROL && p->phase != PHASE_READY ?
	    p->now_ms + TAKE_MS : p->phase_ms;
	if (p->t->ops->send(p->t, bytes, n) == 0)
		return;
	p->sending = SEND_NOTHING;
	if (what == SEND_JOB)
		step(p, JOB_EV_FAILED, 0);
}

/* Control bytes go first, and never into the middle of a job. */
static void pump(struct printer *p)
{
	static_assert(CONTROL_BYTES >= 12 + 3 + 3 * ORDER_RUN + 3,
	    "all that is asked at once fits");

	if (p->phase == PHASE_AWAY || p->sending != SEND_NOTHING)
		return;
	if (p->control_len > 0) {
		size_t n = p->control_len;

		p->control_len = 0;
		send_run(p, SEND_CONTROL, p->control, n);
	} else if (p->job.state == JOB_SENDING && p->job.taken == 0) {
		send_run(p, SEND_JOB, p->bytes, p->job.total);
	}
}

static bool unanswered(const struct printer *p)
{
	return p->parser.asked_len > 0 || p->full_due;
}

/* A ticket that nobody took: the next person must not find it. */
static void pull_back(struct printer *p)
{
	static const uint8_t gs_e[3] = {0x1d, 0x65, 2};

	p->left_ms = INT64_MAX;
	control(p, gs_e, sizeof(gs_e));
	log_line(p, "printer: a ticket was not taken and was pulled back");
}

/* A poll that nobody answered: what was known is stale. */
static void poll_status(struct printer *p)
{
	if (unanswered(p) && ++p->misses >= POLL_MISSES) {
		enum fact connected = p->status.connected;

		no_facts(p);
		p->status.connected = connected;
		p->answers = false;
		tell_status(p);
	}
	p->poll_ms = p->now_ms + (presenting(p) ? PROOF_POLL_MS : POLL_MS);
	if (p->now_ms >= p->left_ms)
		pull_back(p);
	if ((p->answers || presenting(p)) && p->sending == SEND_NOTHING)
		ask(p);
}

/* A printer that reports by itself (ASB) or never answered is not asked. */
static bool polls(const struct printer *p)
{
	if (p->phase != PHASE_READY || !p->t->talks)
		return false;
	if (presenting(p))
		return true;
	return p->answers && !p->parser.asb_seen && !running(p);
}

/* No word in time. A family that answers in order is not ready without:
 * it may still hold an older ticket. */
static void no_answer(struct printer *p)
{
	p->status.connected = FACT_YES;
	if (p->phase == PHASE_SETTLING || (p->phase == PHASE_ASKING &&
	    p->sending == SEND_NOTHING && !p->facts->in_order)) {
		ready(p);
		return;
	}
	p->status.offline = FACT_YES;
	if (p->phase == PHASE_ASKING && p->sending == SEND_NOTHING) {
		ask(p);
		ask_echo(p);
	}
	tell_status(p);
}

static void phase_due(struct printer *p)
{
	if (p->phase_ms > p->now_ms)
		return;
	p->phase_ms = INT64_MAX;
	if (p->phase == PHASE_WAKING && p->sending == SEND_NOTHING)
		ask_first(p);
	else if (p->phase != PHASE_AWAY && p->phase != PHASE_READY)
		no_answer(p);
}

static bool resets(const struct printer *p)
{
	return p->reset_due && p->sending == SEND_NOTHING && !running(p);
}

static void do_due(struct printer *p)
{
	step(p, JOB_EV_TICK, 0);
	phase_due(p);
	if (polls(p) && p->now_ms >= p->poll_ms)
		poll_status(p);
	if (p->stop_due) {
		p->stop_due = false;
		p->t->ops->stop(p->t);
	}
	if (resets(p) && p->now_ms >= p->reset_ms) {
		p->reset_due = false;
		p->reset_ms = p->now_ms + RESET_MS;
		forget_proofs(p);
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

	if (running(p) && p->job.deadline_ms < due)
		due = p->job.deadline_ms;
	if (p->phase != PHASE_AWAY && p->phase_ms < due)
		due = p->phase_ms;
	if (polls(p) && p->poll_ms < due)
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
	    memcmp(bytes, "\x1b@", 2) == 0 ? 2 : 0;

	buf_init(&b, p->bytes, len + sizeof(ASB_ON));
	buf_put(&b, bytes, head);
	if (head > 0)
		buf_put(&b, ASB_ON, sizeof(ASB_ON));
	buf_put(&b, bytes + head, len - head);
	return b.len;
}

int printer_submit(struct printer *p, uint32_t job_id, const uint8_t *bytes,
    size_t len, int64_t mono_ms, struct err *e)
{
	size_t body, proof;
	int r;

	if (running(p))
		return err_set(e, -EBUSY, "printer: a job is running");
	if (job_id == 0 || len == 0 || bytes == NULL)
		return err_set(e, -EINVAL, "printer: an empty job");
	printer_service(p, NULL, 0, mono_ms); /* what it said until now */
	r = refusal(p, e);
	if (r != 0) {
		put(p, &(struct printer_event){.kind = PRINTER_JOB,
		    .job_id = job_id, .verdict = PRINT_NOT_PRINTED,
		    .total = len});
		return r;
	}
	free(p->bytes);
	p->bytes = malloc(len + sizeof(ASB_ON) + PROOF_BYTES_MAX);
	if (p->bytes == NULL)
		return err_set(e, -ENOMEM, "printer: out of memory");
	body = fill_job(p, bytes, len);
	proof = append_proof(p, job_id, p->bytes + body);
	job_start(&p->job, job_id, body, body + proof, proof > 0 ||
	    p->t->proves, false, mono_ms);
	pump(p);
	return 0;
}

bool printer_next_event(struct printer *p, struct printer_event *out)
{
	if (p->count == 0)
		return false;
	*out = p->events[p->first];
	p->first = (p->first + 1) % EVENTS_MAX;
	p->count--;
	return true;
}

const struct printer_status *printer_status(const struct printer *p)
{
	return &p->status;
}

bool printer_busy(const struct printer *p)
{
	return running(p);
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
		return transport_open_device(a.rest, on_transport, p, &p->t,
		    e);
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
	no_facts(p);
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
