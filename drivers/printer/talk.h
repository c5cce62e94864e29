/*
 * The conversation with a printer that speaks ESC/POS: waking it, asking for
 * its status, hearing what it says, and what that proves. Inside this room.
 *
 * A printer that came up goes WAKING (ESC @; what it says is old), ASKING
 * (first status; families that answer in order also a question for nobody),
 * SETTLING (older answers may follow) and READY.
 */
#ifndef KARCIS_PRINTER_TALK_H
#define KARCIS_PRINTER_TALK_H

#include "job.h"
#include "proof.h"
#include "transport.h"

enum { PRINTER_EVENTS_MAX = 64, CONTROL_BYTES = 32, TALK_ASB_BYTES = 3 };

enum phase {
	PHASE_AWAY = 0,
	PHASE_WAKING,   /* ESC @ sent; what comes back is old */
	PHASE_ASKING,   /* the first status was asked for */
	PHASE_SETTLING, /* answered in order; older answers may follow */
	PHASE_READY,
};

enum sending { SEND_NOTHING = 0, SEND_CONTROL, SEND_JOB };

struct printer {
	struct transport *t;
	enum printer_profile wanted, profile;
	const struct profile_facts *facts; /* of profile */
	enum phase phase;
	enum sending sending;
	size_t sending_left;
	int64_t now_ms, phase_ms, poll_ms, reset_ms;
	unsigned misses;
	bool answers;  /* DLE EOT was answered once since it came up */
	bool echo_due; /* GS r was asked, the answer is awaited */
	bool full_due; /* so was DLE EOT 20 */
	bool torn;     /* a piece of a given-up ticket may hang there */
	bool fill_due; /* a half command must be filled up before ESC @ */
	uint8_t control[CONTROL_BYTES];
	size_t control_len;
	struct status_parser parser;
	struct printer_status status, told;
	struct job job;
	uint8_t *bytes;
	struct proof_ids ids;
	struct order_run order;
	struct presenter presenter;
	int64_t left_ms; /* a ticket stands in the mouth: pulled back then */
	bool reset_due, stop_due, told_garbage;
	struct printer_event events[PRINTER_EVENTS_MAX];
	size_t first, count;
	char name[PRINTER_DEVICE_MAX + 32];
};

/* ESC/POS GS a: automatic status of online, error and paper. */
extern const uint8_t TALK_ASB_ON[TALK_ASB_BYTES];

/* printer.c: what the conversation leads to. */
void printer_log(struct printer *p, const char *text);
void printer_tell_status(struct printer *p);
/* A job that ended UNSURE is on paper after all. */
void printer_tell_late(struct printer *p, uint32_t job_id);
void printer_step(struct printer *p, enum job_event_kind kind, size_t bytes);

void talk_came_up(struct printer *p, const struct transport_event *ev);
void talk_away(struct printer *p);
void talk_heard(struct printer *p, const uint8_t *bytes, size_t n);
/* Control bytes or the whole job were taken. */
void talk_sent(struct printer *p);
void talk_forget_proofs(struct printer *p);
void talk_no_facts(struct printer *p);
/* The status may say something else: the job and the owner hear it. */
void talk_facts_changed(struct printer *p);
/* phase_ms may be due. */
void talk_phase_due(struct printer *p);
/* It is asked for its status from time to time: at poll_ms. */
bool talk_polls(const struct printer *p);
void talk_poll(struct printer *p);
/* While a presenter is at work its status is the proof. */
bool talk_presents(const struct printer *p);

#endif
