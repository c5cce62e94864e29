/*
 * The judge: what must hold, whatever the world does. Each invariant has a
 * name (invariant_text); one that is broken is told with seed and virtual
 * time, and the run ends as failed.
 */
#ifndef KARCIS_TESTS_SIM_JUDGE_H
#define KARCIS_TESTS_SIM_JUDGE_H

#include "world.h"

enum invariant {
	I_UNSET = 0,
	I1_ONE_ANSWER,
	I2_ONE_ADMITTED,
	I3_NOTHING_LOST,
	I4_EQUAL_CURSORS,
	I5_LABELS,
	I6_USED_IS_TRUE,
	I7_CANCELLED,
	I8_ALLOWANCES,
	I9_CHAINS,
	I10_DRAINED,
	I11_NOBODY_WRONGED,
	I12_HOME,
	INVARIANTS
};
const char *invariant_name(enum invariant i);
const char *invariant_text(enum invariant i);

struct judge *judge_open(void);
void judge_close(struct judge *j);
void judge_break(struct world *w, enum invariant i, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* The first that was broken; I_UNSET: none. */
enum invariant judge_broken(const struct judge *j);

/* The kiosk's journal has it. */
void judge_admitted(struct world *w, const struct kiosk *k,
    const struct admission *a, enum how how);
/* A person was shown the ticket. */
void judge_acknowledged(struct world *w, const struct kiosk *k,
    const struct admission *a);
/* A person was told that the code was used. */
void judge_used(struct world *w, const struct kiosk *k, int person);
/* A kiosk is about to admit without a yes of the hub. */
void judge_own_admission(struct world *w, const struct kiosk *k,
    const struct admit_request *q, enum how how);
/* A kiosk has taken an answer of the feed. */
void judge_feed(struct world *w, const struct kiosk *k);
/* The hub answered claims. */
void judge_claims(struct world *w, struct str body);
/* The hub changed a day. */
void judge_hub_changed(struct world *w, int32_t day);
/* Its card is gone: nothing of it can be asked for any more. */
void judge_card_lost(struct world *w, const struct kiosk *k);
/* The hub forgets what came after that moment. */
void judge_restored(struct world *w, int64_t at_ms);

/* judge_end.c: everything has been drained. Also gives the totals, and takes
 * everything that was written into the digest of the run. */
void judge_day(struct world *w);
void judge_digest(const struct judge *j, char out[17]);

/* The booking of that code on the present day; NULL: none of the plan. */
struct booking_plan *judge_booking(struct world *w,
    const struct code_hash *hash, int32_t day);

#endif
