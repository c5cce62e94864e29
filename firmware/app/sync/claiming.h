/*
 * From "may be admitted" to the admission, where there is a hub: it is asked,
 * or the terminal admits by itself, or the visitor is sent to the code's home.
 * No screen and no clock: the terminal and the simulator run the same.
 */
#ifndef KARCIS_APP_CLAIMING_H
#define KARCIS_APP_CLAIMING_H

#include "firmware/core/issue.h"
#include "firmware/core/session.h"
#include "sync.h"

struct claiming {
	struct sync *sync;       /* borrowed, */
	struct cache *cache;     /* like this */
	struct journal *journal; /* and this */
	int32_t offset_s;        /* of local time from UTC */
	struct admit_request asked;
	bool asking;
};

/* The admission that the session's decision earns, with a new op_id. -EINVAL:
 * the services have no letter for it. */
int claiming_request(const struct session *s, const struct services *services,
    struct civil_now local, int64_t now_s, struct admit_request *out,
    struct err *e) MUST_USE;

/* What the visitor has to be judged by again. */
struct claiming_word {
	enum claim_answer answer; /* of the hub; UNSET: not its word */
	struct claim_by by;       /* USED */
	bool elsewhere;           /* the code's home is another kiosk: */
	char terminal[CHECKIN_TERMINAL];
};

enum claiming_step {
	CLAIMING_IDLE = 0, /* nothing is under way */
	CLAIMING_WAIT,     /* the hub is asked */
	CLAIMING_ADMIT,    /* admit c->asked, now */
	CLAIMING_JUDGE,    /* judge again, with *word put into fresh facts */
	CLAIMING_FAILED    /* the journal failed, e says why */
};

/* The visitor of `request` may be admitted, as far as this terminal knows. */
enum claiming_step claiming_begin(struct claiming *c,
    const struct admit_request *request, int64_t mono_ms,
    struct claiming_word *word, struct err *e) MUST_USE;
/* Whether the hub has spoken, or its time is up. */
enum claiming_step claiming_go_on(struct claiming *c, int64_t mono_ms,
    struct claiming_word *word, struct err *e) MUST_USE;
void claiming_put(const struct claiming_word *word, struct checkin_facts *f);

/* What is known beyond the journal: how old the data is, and that the code
 * was used at another terminal. */
int claiming_facts(struct claiming *c, const struct code_hash *booking,
    int64_t now_s, int64_t mono_ms, struct checkin_facts *f,
    struct err *e) MUST_USE;

#endif
