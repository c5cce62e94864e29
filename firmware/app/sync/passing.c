#include "passing.h"

#include <string.h>

bool passing_asks(const struct passing *p, const struct pass *pass,
    int64_t mono_ms)
{
	return p->sync != NULL && pass->reason == PASS_REASON_NONE &&
	    sync_gate_asks(p->sync, mono_ms);
}

enum passing_step passing_begin(struct passing *p, const struct pass *pass,
    int64_t mono_ms)
{
	p->asked = *pass;
	p->asking = passing_asks(p, pass, mono_ms);
	if (!p->asking)
		return PASSING_GO;
	sync_ask_pass(p->sync, pass, mono_ms);
	return PASSING_WAIT;
}

enum passing_step passing_go_on(struct passing *p, int64_t mono_ms,
    struct claim_by *by)
{
	struct client_answer a;

	memset(by, 0, sizeof(*by));
	if (!p->asking)
		return PASSING_IDLE;
	switch (sync_asked(p->sync, mono_ms, &a)) {
	case SYNC_ASK_WAITING:
		return PASSING_WAIT;
	case SYNC_ASK_ANSWERED:
		p->asking = false;
		/* Of all words only this one is a no; a hub that cannot judge
		 * is told of what was done here. */
		if (a.answer != CLAIM_USED ||
		    memcmp(&a.by.op_id, &p->asked.op_id, OP_ID_BYTES) == 0)
			return PASSING_GO;
		*by = a.by;
		return PASSING_USED;
	case SYNC_ASK_NONE:
	case SYNC_ASK_NO_ANSWER:
		break;
	}
	p->asking = false;
	return PASSING_GO;
}
