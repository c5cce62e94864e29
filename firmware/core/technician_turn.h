/* One step of the technician's session, for the files that make it up. */
#ifndef KARCIS_CORE_TECHNICIAN_TURN_H
#define KARCIS_CORE_TECHNICIAN_TURN_H

#include "technician.h"

/* Of brightness; volume goes down to 0. */
enum { TECH_PERCENT_MIN = TECH_STEP, TECH_PERCENT_MAX = 100 };

struct tech_turn {
	struct tech_session *s;
	const struct tech_rules *rules;
	const struct tech_event *ev;
	struct tech_effects fx;
};

/* To a screen, as it is when nobody has touched it yet; storage and an
 * update that can be taken back follow. */
void tech_turn_go(struct tech_turn *t, enum tech_state state);
/* It was touched: its time begins anew. */
void tech_turn_touch(struct tech_turn *t);
/* Somebody comes in. */
void tech_turn_open(struct tech_turn *t, enum tech_by by, const char *how);
/* Out, whatever the state is. */
void tech_turn_close(struct tech_turn *t, const char *why);
/* Begins the screen's work with an effect; its answer ends it. record may be
 * NULL. */
void tech_turn_work(struct tech_turn *t, enum tech_effect effect,
    int64_t limit_ms, const char *record);
/* One line for the journal: who, then what. */
void tech_turn_record(struct tech_turn *t, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

/* As much of a text as there is room for, in whole characters; a text that is
 * no UTF-8 gives "". */
void tech_take(char *dst, size_t cap, struct str text);
int64_t tech_after(int64_t from_ms, int64_t wait_ms);
/* The state that an entry of the menu leads to; UNSET = it is not offered. */
enum tech_state tech_entry(const struct tech_session *s,
    const struct tech_rules *r, enum tech_press press);
/* One more, as far as it counts. */
uint16_t tech_count(uint16_t n);

void tech_turn_press(struct tech_turn *t);
void tech_turn_key(struct tech_turn *t);
void tech_turn_erase(struct tech_turn *t);
void tech_turn_answer(struct tech_turn *t);

#endif
