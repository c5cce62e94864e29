/*
 * One step of the gate's session, between gate_session.c (scans, answers) and
 * gate_press.c (what staff press and key in). For these two alone.
 */
#ifndef KARCIS_CORE_GATE_TURN_H
#define KARCIS_CORE_GATE_TURN_H

#include "gate_session.h"

struct gate_turn {
	struct gate_session *s;
	const struct gate_session_rules *rules;
	const struct gate_event *ev;
	unsigned fx;
};

/* The sum, at most INT64_MAX. */
int64_t gate_turn_after(int64_t mono_ms, int64_t wait_ms);
/* The local day. */
int32_t gate_turn_day(const struct gate_turn *t);
/* "Out" that was asked for falls back to in when its time is over. */
void gate_turn_way(struct gate_turn *t);
/* A state with its deadline; the present one again: a new deadline. */
void gate_turn_enter(struct gate_turn *t, enum gate_state state);

void gate_turn_wipe(struct gate_session *s);   /* what was keyed in */
void gate_turn_forget(struct gate_session *s); /* who is in hand */
/* Both, and all else of whoever stood there. */
void gate_turn_put_down(struct gate_session *s);
/* Puts down and waits for the next. */
void gate_turn_ready(struct gate_turn *t);

void gate_turn_refuse(struct gate_turn *t, enum gate_verdict v);
/* What is known of s->subject? */
void gate_turn_look(struct gate_turn *t);
/* Starts the pass of somebody who shows nothing that counts; s->pass has
 * officer, reason, what is overruled and the way. */
void gate_turn_staff(struct gate_turn *t);

void gate_turn_key(struct gate_turn *t);
void gate_turn_erase(struct gate_turn *t);
void gate_turn_press(struct gate_turn *t);

#endif
