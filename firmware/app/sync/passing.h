/*
 * From "may go through" to the durable pass, where other gates stand under the
 * same hub: it is asked, a second at most, and no answer is not a no. The only
 * gate of an office, and one without a hub, asks nobody.
 */
#ifndef KARCIS_APP_PASSING_H
#define KARCIS_APP_PASSING_H

#include "sync.h"

struct passing {
	struct sync *sync; /* borrowed; NULL = no hub */
	struct pass asked;
	bool asking;
};

enum passing_step {
	PASSING_IDLE = 0, /* nothing is under way */
	PASSING_WAIT,     /* the hub is asked */
	PASSING_GO,       /* make p->asked durable, now */
	PASSING_USED      /* it went through elsewhere: *by */
};

/* Whether the hub would be asked now. An officer's word is not asked about. */
bool passing_asks(const struct passing *p, const struct pass *pass,
    int64_t mono_ms);
enum passing_step passing_begin(struct passing *p, const struct pass *pass,
    int64_t mono_ms);
/* Whether the hub has spoken, or its time is up. */
enum passing_step passing_go_on(struct passing *p, int64_t mono_ms,
    struct claim_by *by);

#endif
