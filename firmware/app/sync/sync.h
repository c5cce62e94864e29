/*
 * A terminal's dealings with its hub (docs/PROTOCOL.md), without sockets and
 * clocks: it says what to ask next, takes what came, and keeps cache and
 * journal in step. The terminal carries frames between it and karcis-link;
 * the simulator carries them through a bad network in virtual time.
 *
 * Five questions go on side by side, one each: a visitor's (ASK), what was
 * done here (CLAIMS), today's feed (FEED, a long poll), the rest (CARE: time,
 * roster, other days) and the audit chain for the hub's log (LOG). Nothing that
 * came is used before the hub's signature over it is checked.
 */
#ifndef KARCIS_APP_SYNC_H
#define KARCIS_APP_SYNC_H

#include "firmware/link/client.h"
#include "firmware/store/cache.h"
#include "firmware/store/enrolment.h"
#include "firmware/store/journal.h"

enum {
	SYNC_ASK_MS = 1500,      /* a visitor waits no longer for the hub */
	SYNC_ASK_PASS_MS = 1000, /* nor does somebody at a gate */
	SYNC_POLL_S = 25,        /* a long poll */
	SYNC_LETTERS = 32,       /* of which numbers are kept */
	SYNC_POOLS = 16,         /* of which allowances are kept */
	SYNC_DAYS_AHEAD = 60,    /* at most */
	SYNC_NUMBERS_LOW = 6,    /* below it more are asked for */
	SYNC_NUMBERS_ASKED = 20,
	SYNC_ALLOWANCE_LOW = 2,
	SYNC_ALLOWANCE_ASKED = 5
};

struct sync_pool {
	uint8_t service, booking_class;
};

struct sync_options {
	const struct enrolment *enrolment; /* copied */
	struct cache *cache;               /* borrowed, */
	struct journal *journal;           /* like this */
	int32_t offset_s;                  /* of local time from UTC */
	int32_t days_ahead;
	uint8_t letter[SYNC_LETTERS]; /* whose numbers are given here */
	size_t letters;
	struct sync_pool pool[SYNC_POOLS];
	size_t pools;
	bool once; /* one round, no long polls: `sync now` */
	/* Any 32 bits, for jitter. */
	uint32_t (*random)(void *ctx);
	/* What staff should know, once when it happens; may be NULL. */
	void (*say)(void *ctx, bool bad, const char *sentence);
	/* Another op holds what was admitted, or went through a gate, here: for
	 * staff, once each; may be NULL. */
	void (*doubled)(void *ctx, const struct admission *a,
	    const struct claim_by *by);
	void *ctx;
};

struct sync;
int sync_open(const struct sync_options *o, struct sync **out,
    struct err *e) MUST_USE;
void sync_close(struct sync *s); /* NULL does nothing */

/* The next request to hand to the link; views are good until the next call.
 * False: none now. */
bool sync_next(struct sync *s, int64_t now_s, int64_t mono_ms,
    struct frame_request *out) MUST_USE;
/* What the link handed back. */
void sync_answer(struct sync *s, const struct frame_answer *a, int64_t now_s,
    int64_t mono_ms);
/* The link itself is gone: what was under way has no answer. */
void sync_lost(struct sync *s, int64_t mono_ms);
/* When sync_next wants to be called at the latest, monotonic. */
int64_t sync_deadline_ms(const struct sync *s);
/* Something was admitted here, or somebody wants to be quick. */
void sync_poke(struct sync *s, int64_t mono_ms);
void sync_poke_all(struct sync *s, int64_t mono_ms);

/* May this booking be admitted? One question at a time; q->op_id is already
 * an intent in the journal. */
void sync_ask(struct sync *s, const struct admit_request *q, int64_t mono_ms);
/* May it go through here? As above; the op_id is pass_op_id, so no intent is
 * needed: the same device asks for the same movement with the same op_id. */
void sync_ask_pass(struct sync *s, const struct pass *p, int64_t mono_ms);
/* Whether a gate has to ask at all: there is another live one, and the hub
 * judges. */
bool sync_gate_asks(const struct sync *s, int64_t mono_ms);
/* Cut off from the hub, and another gate is the home. NULL: may open here. */
const struct roster_device *sync_other_gate(const struct sync *s,
    const struct pass_subject *subject, int64_t mono_ms);
enum sync_ask {
	SYNC_ASK_NONE = 0,
	SYNC_ASK_WAITING,
	SYNC_ASK_ANSWERED,
	SYNC_ASK_NO_ANSWER
};
/* ANSWERED and NO_ANSWER are told once. */
enum sync_ask sync_asked(struct sync *s, int64_t mono_ms,
    struct client_answer *out) MUST_USE;

enum sync_state {
	SYNC_UNSET = 0,
	SYNC_SERVING,  /* as far as the network lets it */
	SYNC_REVOKED,  /* the hub closed this device */
	SYNC_RE_ENROL, /* an old copy, or a hub that does not know us */
};
struct sync_status {
	enum sync_state state;
	bool up;         /* the last thing tried with the hub succeeded */
	int64_t heard_s; /* when it last did, Unix time; 0 = never */
	int64_t data_s;  /* when today's bookings were last known to be whole */
	int64_t waiting; /* admissions the hub has not taken */
	int64_t stuck;   /* those that it can't take */
	int64_t hub_time_s; /* what its clock says now; 0 = not known */
	int64_t roster;     /* version */
	uint64_t logged;    /* the hub's log holds the chain up to here */
	int64_t log_size;   /* entries in that log, as its checkpoint says */
};
void sync_status(struct sync *s, int64_t now_s, int64_t mono_ms,
    struct sync_status *out);
bool sync_up(const struct sync *s);
/* Up, and it did not just say that it can't reach its store: worth a visitor's
 * question. */
bool sync_judges(const struct sync *s, int64_t mono_ms);
enum sync_state sync_state(const struct sync *s);
/* When today's bookings were last known to be whole, Unix time; 0 = never. */
int64_t sync_data_s(struct sync *s, int64_t now_s, int64_t mono_ms);
/* What the hub's clock says now; 0 = not known. */
int64_t sync_hub_time_s(const struct sync *s, int64_t mono_ms);
/* The kiosk that admits this code while the hub can't be asked. NULL: this
 * one may (it is the home, or no roster says otherwise). */
const struct roster_device *sync_elsewhere(const struct sync *s,
    const struct code_hash *booking);
/* Name of a device, "" = not known. */
const char *sync_device_name(const struct sync *s, uint32_t device);
const struct roster *sync_roster(const struct sync *s);

#endif
