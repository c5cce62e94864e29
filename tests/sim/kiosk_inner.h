/* What the sources of a kiosk share. */
#ifndef KARCIS_TESTS_SIM_KIOSK_INNER_H
#define KARCIS_TESTS_SIM_KIOSK_INNER_H

#include "world.h"

/* Its machine died in the middle of what it did: nothing it says counts. */
bool kiosk_dead(const struct kiosk *k);
struct civil_now kiosk_local(const struct world *w, const struct kiosk *k);
struct event kiosk_event(const struct world *w, const struct kiosk *k,
    enum event_kind kind);
void kiosk_storage_failed(struct world *w, struct kiosk *k,
    const struct err *e);
/* One event and all that follows from it. */
void kiosk_step(struct world *w, struct kiosk *k, const struct event *ev);
/* The hub's word to a visitor, if it came. */
void kiosk_take_hub(struct world *w, struct kiosk *k);
/* The hub's clock bounds its own. */
void kiosk_hub_clock(struct world *w, struct kiosk *k);
void kiosk_try_storage(struct world *w, struct kiosk *k);

#endif
