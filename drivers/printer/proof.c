#include "proof.h"

#include <string.h>

/* ESC/POS GS ( H, function 48: process id */
static size_t ask_process_id(uint32_t job_id, uint8_t *out)
{
	static const uint8_t gs_h[7] = {0x1d, 0x28, 0x48, 6, 0, 0x30, 0x30};
	uint32_t id = job_id % PROCESS_ID_MOD;

	memcpy(out, gs_h, sizeof(gs_h));
	for (int i = PROCESS_ID_LEN - 1; i >= 0; i--, id /= 10)
		out[(int)sizeof(gs_h) + i] = (uint8_t)('0' + id % 10);
	return sizeof(gs_h) + PROCESS_ID_LEN;
}

size_t proof_question(enum printer_profile p, uint32_t job_id,
    uint8_t out[PROOF_BYTES_MAX])
{
	static const uint8_t gs_e[4] = {0x1d, 0x65, 3, PRESENT_STEPS};
	static const uint8_t gs_r[3] = {0x1d, 0x72, 1};
	const struct profile_facts *f = profile_facts(p);
	size_t n = 0;

	if (f->process_id)
		return ask_process_id(job_id, out);
	if (f->presenter) {
		memcpy(out, gs_e, sizeof(gs_e));
		n = sizeof(gs_e);
	}
	for (int i = 0; f->in_order && i < ORDER_RUN; i++) {
		memcpy(out + n, gs_r, sizeof(gs_r));
		n += sizeof(gs_r);
	}
	return n;
}

void proof_ids_asked(struct proof_ids *p, uint32_t job_id)
{
	if (p->count == PROOF_OPEN_MAX) {
		p->count--;
		memmove(p->open, p->open + 1, p->count * sizeof(p->open[0]));
	}
	p->open[p->count].job_id = job_id;
	p->open[p->count].current = true;
	p->count++;
}

void proof_ids_ended(struct proof_ids *p, enum print_verdict verdict)
{
	if (p->count == 0 || !p->open[p->count - 1].current)
		return;
	p->open[p->count - 1].current = false;
	if (verdict != PRINT_UNSURE)
		p->count--;
}

size_t proof_ids_answer(struct proof_ids *p, unsigned process_id,
    uint32_t late[PROOF_OPEN_MAX], bool *current)
{
	size_t at = p->count, lates = 0;

	*current = false;
	for (size_t i = 0; i < p->count; i++)
		if (p->open[i].job_id % PROCESS_ID_MOD == process_id)
			at = i;
	if (at == p->count)
		return 0;
	for (size_t i = 0; i <= at; i++)
		if (!p->open[i].current)
			late[lates++] = p->open[i].job_id;
	*current = p->open[at].current;
	/* The current one stays open until its job has ended. */
	at += *current ? 0 : 1;
	p->count -= at;
	memmove(p->open, p->open + at, p->count * sizeof(p->open[0]));
	return lates;
}

enum order_says order_byte(struct order_run *o, uint8_t value)
{
	if (o->count > 0 && o->value != value)
		o->count = 0;
	o->value = value;
	if (++o->count < ORDER_RUN)
		return ORDER_NOTHING;
	o->count = 0;
	/* ESC/POS GS r 1: bits 0, 1 near end, bits 2, 3 end; the rest 0. */
	if (value == 0x00 || value == 0x03)
		return ORDER_PASSED;
	return value < 0x10 && (value & 0x0c) != 0 ? ORDER_NO_PAPER
						   : ORDER_NOTHING;
}

void presenter_begin(struct presenter *p, enum fact ticket)
{
	*p = (struct presenter){.was_out = ticket == FACT_NO};
}

bool presenter_passed(struct presenter *p)
{
	p->passed = true;
	return p->seen;
}

bool presenter_status(struct presenter *p, const struct full_status *s)
{
	if (!s->ticket)
		p->was_out = true;
	/* Past the question, what stands in the mouth is this job's. */
	if (s->ticket && (p->was_out || p->passed))
		p->seen = true;
	return p->passed && p->seen && !s->moving && !s->fault;
}
