/*
 * A planted mistake: a feed whose rows get their numbers from a sequence, as
 * a `bigserial` column does, before their transaction commits. Sometimes a
 * page has a later row already while an earlier one can't be seen yet; whoever
 * goes on behind the later one never hears of the earlier.
 */
#ifndef KARCIS_TESTS_SIM_BIGSERIAL_H
#define KARCIS_TESTS_SIM_BIGSERIAL_H

#include "world.h"

/* Now and then takes one row but the last out of a page of the feed, and signs
 * what is left as that hub would. */
void bigserial_hide(struct world *w, int kiosk, uint64_t counter,
    struct hub_answer *a);

#endif
