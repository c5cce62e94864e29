/* The conversation; see talk.h. */
#include "talk.h"

#include <stdio.h>
#include <string.h>

enum {
	DRAIN_MS = 100,  /* what an old session left in IN */
	ANSWER_MS = 500, /* a status answer takes some 5 ms */
	ECHO_MS = 3000,  /* no answer in order: asked again */
	POLL_MS = 1000,
	POLL_MISSES = 3,
	PROOF_POLL_MS = 100, /* while the presenter is at work */
};

void talk_forget_proofs(struct printer *p)
{
	p->ids.count = 0;
	p->order.count = 0;
}

static void control(struct printer *p, const void *bytes, size_t len)
{
	if (p->control_len + len > sizeof(p->control))
		return;
	memcpy(p->control + p->control_len, bytes, len);
	p->control_len += len;
}

/* A process id: that job and all before it are on paper. */
static void proved(struct printer *p, unsigned process_id)
{
	uint32_t late[PROOF_OPEN_MAX];
	bool current;
	size_t n = proof_ids_answer(&p->ids, process_id, late, &current);

	for (size_t i = 0; i < n; i++)
		printer_tell_late(p, late[i]);
	if (current)
		printer_step(p, JOB_EV_PROVED, 0);
}

bool talk_presents(const struct printer *p)
{
	return p->facts->presenter && p->job.state == JOB_PROVING;
}

void talk_sent(struct printer *p)
{
	if (p->sending == SEND_CONTROL && p->phase == PHASE_WAKING) {
		p->phase_ms = p->now_ms + DRAIN_MS;
		if (p->control_len == 0)
			p->torn = false;
	}
	if (p->sending == SEND_CONTROL && p->phase == PHASE_ASKING)
		p->phase_ms = p->now_ms +
		    (p->status.offline == FACT_YES ? ECHO_MS : ANSWER_MS);
	if (p->sending == SEND_JOB && talk_presents(p))
		p->poll_ms = p->now_ms;
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
		printer_step(p, JOB_EV_VOID, 0);
	} else if (says == ORDER_PASSED && printer_busy(p)) {
		p->poll_ms = p->now_ms; /* what does the presenter say now? */
		if (!p->facts->presenter || presenter_passed(&p->presenter))
			printer_step(p, JOB_EV_PROVED, 0);
	}
}

void talk_facts_changed(struct printer *p)
{
	if (printer_busy(p))
		printer_step(p,
		    printer_status_blocked(&p->status) ? JOB_EV_BLOCKED
						       : JOB_EV_FREE,
		    0);
	printer_tell_status(p);
}

static void full_status(struct printer *p, const struct full_status *full)
{
	p->full_due = false;
	if (printer_busy(p) && presenter_status(&p->presenter, full))
		printer_step(p, JOB_EV_PROVED, 0);
	if (!full->ticket)
		p->left_ms = INT64_MAX;
}

void talk_no_facts(struct printer *p)
{
	memset(&p->status, 0, sizeof(p->status));
	p->status.connected = FACT_NO;
}

void talk_away(struct printer *p)
{
	p->phase = PHASE_AWAY;
	p->sending = SEND_NOTHING;
	p->control_len = 0;
	p->reset_due = p->stop_due = false;
	p->left_ms = INT64_MAX;
	talk_forget_proofs(p);
	talk_no_facts(p);
	printer_tell_status(p);
}

static void ready(struct printer *p)
{
	p->phase = PHASE_READY;
	p->status.connected = FACT_YES;
	p->poll_ms = p->now_ms + POLL_MS;
	printer_tell_status(p);
}

/* What hangs there of a ticket that was given up must not stand at the head
 * of the next person's paper. */
static void cut_off(struct printer *p)
{
	static const uint8_t gs_v[4] = {0x1d, 0x56, 66, 0};
	static const uint8_t gs_e[3] = {0x1d, 0x65, 5};

	control(p, gs_v, sizeof(gs_v));
	if (p->facts->presenter)
		control(p, gs_e, sizeof(gs_e));
}

void talk_came_up(struct printer *p, const struct transport_event *ev)
{
	(void)snprintf(p->name, sizeof(p->name), "%s", ev->text);
	printer_log(p, p->name);
	p->profile = p->wanted != PRINTER_AUTO ? p->wanted : ev->profile;
	p->facts = profile_facts(p->profile);
	status_parser_init(&p->parser, p->facts->in_order, p->facts->presenter);
	talk_no_facts(p);
	talk_forget_proofs(p);
	p->control_len = 0;
	p->fill_due = p->t->talks && ev->held;
	p->answers = p->echo_due = p->full_due = false;
	p->misses = 0;
	if (!p->t->talks) {
		ready(p);
		return;
	}
	control(p, "\x1b@", 2);
	if (p->torn)
		cut_off(p);
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

const uint8_t TALK_ASB_ON[TALK_ASB_BYTES] = {0x1d, 0x61, 0x0e};

static void ask_first(struct printer *p)
{
	status_parser_init(&p->parser, p->facts->in_order, p->facts->presenter);
	p->status.offline = FACT_UNKNOWN;
	ask(p);
	/* ASB: online, error and paper; DLE EOT first, for their order. */
	if (p->facts->asb)
		control(p, TALK_ASB_ON, TALK_ASB_BYTES);
	if (p->facts->in_order)
		ask_echo(p);
	p->phase = PHASE_ASKING; /* until when: see talk_sent */
}

static void facts(struct printer *p)
{
	p->answers = true;
	p->misses = 0;
	talk_facts_changed(p);
}

static void reply(struct printer *p, const struct reply *r)
{
	switch (r->kind) {
	case REPLY_FACTS:
		facts(p);
		return;
	case REPLY_FULL:
		full_status(p, &r->full);
		facts(p);
		return;
	case REPLY_PROCESS:
		proved(p, r->process_id);
		return;
	case REPLY_ORDER:
		in_order(p, r->value);
		return;
	case REPLY_CLEARED:
		talk_forget_proofs(p);
		return;
	case REPLY_NONE:
	case REPLY_XON:
	case REPLY_XOFF:
		return;
	}
}

void talk_heard(struct printer *p, const uint8_t *bytes, size_t n)
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
		printer_log(p, "printer: sent bytes that mean nothing");
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
	printer_log(p, "printer: a ticket was not taken and was pulled back");
}

/* A poll that nobody answered: what was known is stale. */
void talk_poll(struct printer *p)
{
	if (unanswered(p) && ++p->misses >= POLL_MISSES) {
		enum fact connected = p->status.connected;

		talk_no_facts(p);
		p->status.connected = connected;
		p->answers = false;
		printer_tell_status(p);
	}
	p->poll_ms = p->now_ms + (talk_presents(p) ? PROOF_POLL_MS : POLL_MS);
	if (p->now_ms >= p->left_ms)
		pull_back(p);
	if ((p->answers || talk_presents(p)) && p->sending == SEND_NOTHING)
		ask(p);
}

/* A printer that reports by itself (ASB) or never answered is not asked. */
bool talk_polls(const struct printer *p)
{
	if (p->phase != PHASE_READY || !p->t->talks)
		return false;
	if (talk_presents(p))
		return true;
	return p->answers && !p->parser.asb_seen && !printer_busy(p);
}

/* No word in time. A family that answers in order is not ready without:
 * it may still hold an older ticket. */
static void no_answer(struct printer *p)
{
	p->status.connected = FACT_YES;
	if (p->phase == PHASE_SETTLING ||
	    (p->phase == PHASE_ASKING && p->sending == SEND_NOTHING &&
		!p->facts->in_order)) {
		ready(p);
		return;
	}
	p->status.offline = FACT_YES;
	if (p->phase == PHASE_ASKING && p->sending == SEND_NOTHING) {
		ask(p);
		ask_echo(p);
	}
	printer_tell_status(p);
}

void talk_phase_due(struct printer *p)
{
	if (p->phase_ms > p->now_ms)
		return;
	p->phase_ms = INT64_MAX;
	if (p->phase == PHASE_WAKING && p->sending == SEND_NOTHING)
		ask_first(p);
	else if (p->phase != PHASE_AWAY && p->phase != PHASE_READY)
		no_answer(p);
}
