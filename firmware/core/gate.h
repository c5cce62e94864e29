/*
 * The gate's judgement: a ticket's digits, a short code or a booking's facts,
 * one moment, one answer with its one reason. Pure; nothing is admitted by
 * zero.
 *
 * The order is fixed: form, version, key, key dates, signature, day, window,
 * used. The first that applies is said.
 */
#ifndef KARCIS_CORE_GATE_H
#define KARCIS_CORE_GATE_H

#include "checkin.h"
#include "pass.h"
#include "roster.h"

enum gate_verdict {
	GATE_UNSET = 0,
	GATE_OPEN,         /* in */
	GATE_OPEN_OUT,     /* out */
	GATE_WAIT,         /* TUNGGU from_min */
	GATE_WAIT_STANDBY, /* a stand-by ticket that was not called */
	GATE_STORAGE,      /* the journal does not take it */
	GATE_CLOCK,        /* the clock is unsure */
	GATE_NO_KEYS,      /* no roster: nothing can be judged */
	GATE_FORM,         /* not one of our tickets at all */
	GATE_VERSION,      /* of a version this release does not know */
	GATE_KEY,          /* its key is not in the roster */
	GATE_KEY_DATE,     /* its key was not valid on its day */
	GATE_KEY_REVOKED,
	GATE_SIGNATURE, /* forged, changed, or of another office */
	GATE_OTHER_DAY,
	GATE_OVER,        /* its window has passed */
	GATE_USED,        /* went in already (and may not again) */
	GATE_NOT_INSIDE,  /* wants out and never came in */
	GATE_OTHER_GATE,  /* cut off, and another gate is its home */
	GATE_SHORT,       /* the short code does not fit */
	GATE_SHORT_WAIT,  /* too many wrong ones: a pause */
	GATE_CODE,        /* a booking code the decision refuses: see it */
	GATE_NEED_TICKET, /* a booking code, and only tickets open */
	GATE_VERDICTS
};
/* "open", "key-revoked"; stable: stands in the journal. */
const char *gate_verdict_name(enum gate_verdict v);
/* OPEN and OPEN_OUT only. */
bool gate_opens(enum gate_verdict v);
/* What gate_check_ticket says only when the signature fits: UNSET, OTHER_DAY,
 * WAIT, WAIT_STANDBY, OVER. With any other the numbers of the ticket are a
 * claim of nobody knows whom: not to be shown, journalled or counted. */
bool gate_proven(enum gate_verdict v);

enum gate_accept {
	ACCEPT_UNSET = 0,
	ACCEPT_TICKETS,
	ACCEPT_CODES,
	ACCEPT_BOTH
};
enum gate_way { WAY_UNSET = 0, WAY_IN, WAY_OUT, WAY_BOTH };

struct gate_rules {
	struct checkin_rules checkin; /* office, time zone, hours, clock */
	const struct roster *roster;  /* keys; version 0 = none */
	struct secret_key gate_secret;
	bool has_secret; /* else short codes can't be judged */
	enum gate_accept accept;
	enum gate_way way;     /* which ways this gate opens */
	bool reentry;          /* who went out may come in again */
	int32_t early_minutes; /* a ticket opens so long before its slot */
};

/* What is known before anybody looks into the journal. */
struct gate_ticket {
	enum gate_verdict verdict; /* UNSET: good so far */
	struct ticket ticket;      /* as far as it could be read */
	int32_t from_min;          /* WAIT */
};
/* Everything but used. A clock that is unsure and a missing roster come before
 * the form. Only keys of kiosks sign; of several keys with one id the best
 * fitting gives the reason, and a revoked key is called so whatever its dates.
 * Over: from slot + window on; early: until slot - early_minutes. */
struct gate_ticket gate_check_ticket(const struct gate_rules *r,
    struct str digits, int64_t now_s) MUST_USE;

/* A short code of today as typed: spaces and hyphens skipped, lower case
 * raised, O 0, I and L 1. Compared in constant time. verdict UNSET: it fits,
 * and ticket.letter, number and day are set (key id, seq and slot are not);
 * SHORT: it does not, or there is no secret, and the ticket is cleared. */
struct gate_ticket gate_check_short(const struct gate_rules *r,
    struct str typed, int64_t now_s) MUST_USE;
/* One typed symbol as it will be stored ('o' -> '0'); 0 = not a symbol. */
char gate_short_symbol(char typed);
/* True: nine symbols, the last of which does not check the others. A slip of
 * the finger; it says nothing of the code, for everybody can work it out. */
bool gate_short_slip(struct str typed);

/* A booking code, by the same decision as the kiosk's, of which usage says
 * nothing (a gate does not consume a booking): the caller leaves
 * facts->usage zero. UNSET: good so far; NEED_TICKET: whatever d says. */
enum gate_verdict gate_check_code(const struct gate_rules *r,
    const struct decision *d) MUST_USE;

/* The way at this gate: of one way always that one. */
bool gate_goes_out(const struct gate_rules *r, bool asked);
/* False: what its time says against it (WAIT, WAIT_STANDBY, OVER) is for
 * whoever comes in the first time that day: not for who leaves, nor, where
 * re-entry is allowed, for who was inside before. */
bool gate_time_counts(const struct gate_rules *r, const struct pass_history *h,
    bool out);
/* The last step. out: the way that was asked for; one this gate does not open
 * is USED or NOT_INSIDE. elsewhere: cut off from the hub, and another gate is
 * the home; said only on the way in of what would open. A full history is
 * USED. UNSET is never returned. */
enum gate_verdict gate_check_used(const struct gate_rules *r,
    const struct pass_history *h, bool out, bool elsewhere) MUST_USE;

/* Of a ticket, or of a number. */
struct pass_subject gate_subject(const struct ticket *t, enum pass_of of);
/* The live gate that is the home of a ticket (docs/FORMATS.md, Home gate), the
 * same for its QR and its short code; NULL: fewer than two gates, every gate
 * is. */
const struct roster_device *gate_home(const struct roster *r,
    const struct pass_subject *s);

#endif
