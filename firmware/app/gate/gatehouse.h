/*
 * The gatehouse: where a gate's session (core/gate_session.h) meets the stores,
 * the hub, the output and the sounds. It carries out what gate_step asks for
 * and feeds the answers back. No screen, scanner or clock: the terminal lends
 * its hands, and tests lend theirs.
 *
 * Nothing is opened before the pass is durable: hands.open is called in the
 * step that took GATE_EV_PASSED, and nowhere else.
 */
#ifndef KARCIS_APP_GATEHOUSE_H
#define KARCIS_APP_GATEHOUSE_H

#include "firmware/core/gate_session.h"
#include "firmware/store/officers.h"
#include "inside.h"
#include "firmware/app/office.h"
#include "firmware/app/sync/passing.h"

struct gatehouse_hands {
	void *ctx;
	/* The stores work, and the hub has not closed this gate. */
	bool (*serves)(void *ctx);
	/* They do not; e says why. */
	void (*failed)(void *ctx, const struct err *e);
	/* Gives up what is kept on the disk for a pass that the hub holds
	 * already; false: there is nothing (more) of it. */
	bool (*more_room)(void *ctx);
	void (*open)(void *ctx); /* the output, once */
	void (*sound)(void *ctx, enum ui_sound sound);
	/* What staff should read in the log. */
	void (*say)(void *ctx, const char *sentence);
};

struct gatehouse {
	const struct office *office;
	struct gatehouse_hands hands;
	struct stores *stores;  /* NULL = not open */
	struct passing passing; /* with the hub; its sync NULL = no hub */
	struct roster roster;   /* without a hub */
	struct officers officers;
	struct inside *inside;
	struct gate_session_rules rules;
	struct gate_session session;
	bool strange_badge;          /* the last scan: one of nobody here */
	int64_t waiting_ms;          /* LOOKING, ENTERING: since, monotonic */
	int64_t feed_epoch, feed_at; /* as `inside` has seen it */
};

/* The office is borrowed. The session begins; without stores it refuses. */
int gatehouse_open(const struct office *o, const struct gatehouse_hands *hands,
    struct gatehouse **out, struct err *e) MUST_USE;
void gatehouse_close(struct gatehouse *g); /* NULL does nothing */

/* The stores are open (borrowed, like sync, which may be NULL); or keys,
 * roster or officers changed: all are read anew. */
void gatehouse_rules(struct gatehouse *g, struct stores *s, struct sync *sync);
/* What bounds the clock, as in checkin_rules. */
void gatehouse_clock(struct gatehouse *g, int64_t floor_s, int64_t ceiling_s);

/* One event, with its times; whose badge a scan is, is found here. */
void gatehouse_event(struct gatehouse *g, const struct gate_event *ev);
/* What the hub said to a question, and what its feed brought. */
void gatehouse_hub(struct gatehouse *g, int64_t now_s, int64_t mono_ms);
/* Something that went through here is another's, says the hub. */
void gatehouse_doubled(struct gatehouse *g, const struct admission *a,
    const struct claim_by *by);

/* When a tick is wanted at the latest, monotonic. */
int64_t gatehouse_deadline_ms(const struct gatehouse *g, int64_t mono_ms);
void gatehouse_view(const struct gatehouse *g, int64_t now_s, int64_t mono_ms,
    struct gate_view *out);

/* The roster that counts; version 0 = none. */
const struct roster *gatehouse_roster(const struct gatehouse *g);
/* Name of a device of it, "" = not known. */
const char *gatehouse_name(const struct gatehouse *g, uint32_t device);
/* This gate's number under its hub; 0 = no hub. */
uint32_t gatehouse_device(const struct gatehouse *g);
/* What is known of a subject, beside its booking: answers half of
 * GATE_EFFECT_LOOK (gatehouse_known.c). */
int gatehouse_known(struct gatehouse *g, const struct pass_subject *s,
    int64_t mono_ms, struct gate_known *out, struct err *e) MUST_USE;
/* The facts of the session's booking code; usage stays zero. */
int gatehouse_facts(struct gatehouse *g, int64_t now_s, int64_t mono_ms,
    struct checkin_facts *out, struct err *e) MUST_USE;
/* This movement was made already: *by is when and where; device 0 = here. */
bool gatehouse_gone(struct gatehouse *g, const struct pass *p,
    struct claim_by *by);

#endif
