/*
 * The visitor's session: session_step(session, rules, event) -> effects.
 *
 * Pure. The application carries the effects out and feeds the answers back
 * as events. Time comes inside the event (now_s wall, mono_ms monotonic);
 * every state that waits has a deadline. Only hardware or staff can put the
 * kiosk out of order, never anything a visitor does.
 */
#ifndef KARCIS_CORE_SESSION_H
#define KARCIS_CORE_SESSION_H

#include "admission.h"
#include "print.h"
#include "service.h"
#include "ticket.h"

enum session_state {
	SESSION_UNSET = 0,
	SESSION_HOME, /* open, closed or out of order: see session_home */
	SESSION_KEYPAD,
	SESSION_IDENTITY, /* birth date */
	SESSION_CHECKING, /* a lookup or a claim is under way */
	SESSION_RESULT,   /* a refusal, session->decision says which */
	SESSION_PRINTING,
	SESSION_TICKET, /* take your ticket */
	SESSION_NUMBER, /* the ticket is on the screen: no paper came */
	SESSION_HELP,
	SESSION_WARNING, /* "are you still there?" over session->under */
	SESSION_STATES
};

enum event_kind {
	EV_UNSET = 0,
	EV_TICK, /* time passed */
	EV_SCAN, /* text: what a scanner read */
	EV_KEY,  /* symbol: a key of the screen's keypad */
	EV_ERASE,
	EV_ACTION,       /* action: a button of the screen */
	EV_FACTS,        /* facts: answer to EFFECT_LOOKUP */
	EV_CLAIMED,      /* admission: durable; or usage: it was used */
	EV_CLAIM_FAILED, /* storage said no; full: no number left */
	EV_PRINT,        /* job_id, print_verdict */
	EV_HEALTH,       /* storage_ok, printer */
	EVENTS
};

enum action {
	ACTION_NONE = 0,
	ACTION_TYPE,
	ACTION_BACK,
	ACTION_HELP,
	ACTION_DONE,
	ACTION_ENTER,
	ACTION_LANG_ID,
	ACTION_LANG_EN,
	ACTION_STAY,
	ACTION_CORRECT,
	ACTION_COPY,
	ACTION_NO_PAPER,
	ACTIONS
};

struct event {
	enum event_kind kind;
	int64_t now_s, mono_ms;
	struct str text; /* SCAN */
	char symbol;     /* KEY */
	enum action action;
	struct checkin_facts facts;
	struct admission admission;
	bool full; /* CLAIM_FAILED */
	uint32_t job_id;
	enum print_verdict print;
	bool storage_ok;
	struct printer_status printer;
};

/* Or-ed into session_effects.bits */
enum effect {
	EFFECT_SHOW = 1,       /* the picture may have changed */
	EFFECT_LOOKUP = 2,     /* find session->hash, answer EV_FACTS */
	EFFECT_CLAIM = 4,      /* admit, answer EV_CLAIMED / EV_CLAIM_FAILED */
	EFFECT_PRINT = 8,      /* print session->admission, answer EV_PRINT */
	EFFECT_RECORD = 16,    /* journal session->decision (a refusal) */
	EFFECT_FIND_COPY = 32, /* load the admission, answer EV_CLAIMED */
	EFFECT_WIPED = 64,     /* visitor's data is gone: wipe copies too */
};

struct session_effects {
	unsigned bits;
	bool copy; /* PRINT: it is a copy (SALINAN) */
};

/* A ticket of which certainly nothing came out is printed again by itself,
 * once, while its owner stands there; anything else only on request. */
enum reprint { REPRINT_NONE = 0, REPRINT_DUE, REPRINT_DONE };

enum { SESSION_TYPED = CODE_MAX, BIRTH_DIGITS = 8 };

struct session {
	enum session_state state, under; /* under: below HELP and WARNING */
	enum lang lang;
	int64_t deadline_ms; /* monotonic, INT64_MAX = none */
	int64_t touched_ms;
	int64_t unreadable_until_ms; /* HOME: "code not read" */
	bool ticket_shown; /* what was not read is a ticket: for the door */
	char typed[SESSION_TYPED + 1]; /* keypad, as shown */
	bool typed_slip;               /* its check symbol did not fit */
	bool was_typed; /* the code in hand was keyed, not read */
	char birth[BIRTH_DIGITS + 1];
	bool birth_bad;
	struct booking_code code;
	struct code_hash hash;
	struct checkin_facts facts;
	struct decision decision;
	struct admission admission;
	bool copy;
	uint32_t job_id;
	enum print_verdict print;
	enum reprint reprint;
	bool hopeful; /* the printer was ready at the claim */
	struct printer_status printer;
	bool storage_ok;
	struct rate rate;
};

struct session_rules {
	struct checkin_rules checkin;
	struct code_profile code;
	struct secret_key office_key;
	enum lang lang; /* of the home screen */
};

/* Milliseconds a state waits. */
enum {
	HOME_UNREADABLE_MS = 4000,
	IDLE_MS = 30000,
	WARNING_MS = 20000,
	TICKET_MS = 10000,
	NUMBER_MS = 60000,
	RESULT_MS = 30000,
	PRINT_WAIT_MS = 20000,
	CHECK_WAIT_MS = 5000,
	REPRINT_WAIT_MS = 3000 /* for a printer that is being reset */
};

enum home_state {
	HOME_UNSET = 0,
	HOME_OPEN,
	HOME_CLOSED,
	HOME_FAULT,
	HOME_CLOCK
};

void session_init(struct session *s, const struct session_rules *rules);
struct session_effects session_step(struct session *s,
    const struct session_rules *rules, const struct event *ev) MUST_USE;
/* What the home screen is now, and when the office opens. */
enum home_state session_home(const struct session *s,
    const struct session_rules *rules, int64_t now_s,
    struct hours_answer *hours);
const char *session_state_name(enum session_state s);

#endif
