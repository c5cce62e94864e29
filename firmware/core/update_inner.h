/* The parts of update.c: moves that several of them make. */
#ifndef KARCIS_CORE_UPDATE_INNER_H
#define KARCIS_CORE_UPDATE_INNER_H

#include "update.h"

/* How long that work may take, or may be without a byte. */
int64_t update_wait_ms(enum update_work w);
bool update_needs_stick(enum update_work w);
/* The report's sentence; cut where it does not fit. */
void update_say(struct update *u, struct str detail);
/* No work is under way: the deadline is the phase's own. */
void update_rest(struct update *u, const struct update_event *ev);
void update_enter(struct update *u, enum update_phase p,
    const struct update_event *ev, struct update_effects *out);
void update_start(struct update *u, enum update_work w,
    const struct update_event *ev, struct update_effects *out);
/* Both. */
void update_move_on(struct update *u, enum update_phase p, enum update_work w,
    const struct update_event *ev, struct update_effects *out);
void update_stop(struct update *u, struct update_effects *out);
void update_forget_offer(struct update *u);
void update_go_idle(struct update *u, const struct update_event *ev,
    struct update_effects *out);
void update_refuse(struct update *u, enum update_refusal why, struct str detail,
    const struct update_event *ev, struct update_effects *out);
void update_end_files(struct update *u, enum update_files state,
    enum update_refusal why, struct str detail, const struct update_event *ev,
    struct update_effects *out);
void update_refuse_files(struct update *u, enum update_refusal why,
    const char *detail, const struct update_event *ev,
    struct update_effects *out);
void update_go_down(struct update *u, bool off, const struct update_event *ev,
    struct update_effects *out);

/* update_answer.c: the work ended well, or badly. */
void update_done(struct update *u, const struct update_event *ev,
    struct update_effects *out);
void update_fail(struct update *u, enum update_refusal why, struct str detail,
    const struct update_event *ev, struct update_effects *out);
/* update_ask.c */
void update_requested(struct update *u, const struct update_event *ev,
    struct update_effects *out);
void update_ask_look(struct update *u, const struct update_event *ev,
    struct update_effects *out);
void update_ask_good(struct update *u, const struct update_event *ev,
    struct update_effects *out);

#endif
