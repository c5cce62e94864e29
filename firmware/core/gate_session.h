/*
 * The gate's session: gate_step(session, rules, event) -> effects. Pure, like
 * core/session.h: time is inside the event, the application carries effects
 * out and feeds the answers back. The scanner counts in every state but while
 * an answer is awaited; a scan ends whatever is shown.
 *
 * A ticket, a short code or a booking code is judged as far as it can be by
 * itself; then EFFECT_LOOK asks what is known (KNOWN), EFFECT_PASS makes the
 * movement durable (PASSED), and only PASSED gives EFFECT_OPEN. Answers that
 * are not awaited, or are of another movement, change nothing. An answer that
 * does not come is a storage fault.
 *
 * Tickets open whatever `accept` says: whoever holds one had a booking. Time
 * (before, stand-by, over) binds who comes in the first time on a day
 * (gate_time_counts). A booking that may not be looked up for another minute,
 * after ten unknown codes, is GATE_CODE by VERDICT_RATE_LIMITED.
 *
 * An officer's badge read while a refusal is shown decides against it, any
 * other time for somebody who shows nothing (STAFF). An override needs the
 * disk like any other pass. What is not proven (forged, unreadable) or not of
 * today is journalled as STAFF, never under the numbers it claims; so is who
 * has moved PASS_MOVES times. Who is inside by the records and let in again
 * counts as one more person.
 */
#ifndef KARCIS_CORE_GATE_SESSION_H
#define KARCIS_CORE_GATE_SESSION_H

#include "gate.h"
#include "service.h"

enum gate_state {
	GATE_STATE_UNSET = 0,
	GATE_READY,    /* waits for a scan; no deadline but that of `out` */
	GATE_LOOKING,  /* EFFECT_LOOK under way */
	GATE_ENTERING, /* EFFECT_PASS under way: asking, then the disk */
	GATE_SHOWN,    /* a verdict, for rules->show_ms */
	GATE_KEYPAD,   /* a short code is keyed in */
	GATE_COMPARE,  /* it fits: the number to compare with the paper */
	GATE_OFFICER, /* an officer's badge was read: which way, which reason */
	GATE_LOST,    /* the number of a lost ticket is keyed in */
	GATE_LIST,    /* who is inside */
	GATE_STATES
};

enum gate_event_kind {
	GATE_EV_UNSET = 0,
	GATE_EV_TICK,
	GATE_EV_SCAN, /* text */
	GATE_EV_KEY,  /* symbol */
	GATE_EV_ERASE,
	GATE_EV_PRESS,      /* press */
	GATE_EV_KNOWN,      /* answer to EFFECT_LOOK */
	GATE_EV_PASSED,     /* answer to EFFECT_PASS: it is durable */
	GATE_EV_NOT_PASSED, /* the hub or the disk says no: verdict, other */
	GATE_EVENTS
};

enum gate_press {
	GATE_PRESS_NONE = 0,
	GATE_PRESS_TYPE,  /* key in a short code */
	GATE_PRESS_ENTER, /* of the keypads */
	GATE_PRESS_BACK,
	GATE_PRESS_SAME, /* COMPARE: the paper says so too */
	GATE_PRESS_DIFFERS,
	/* READY, SHOWN, OFFICER of a gate that opens both ways: the next one
	 * goes in ... */
	GATE_PRESS_WAY_IN,
	GATE_PRESS_WAY_OUT, /* ... or out (back to in after it) */
	GATE_PRESS_LIST,
	GATE_PRESS_MORE, /* LIST: the next page, the first after the last */
	GATE_PRESS_LOST, /* OFFICER: somebody leaves without a ticket */
	GATE_PRESS_LANG, /* the other language */
	/* OFFICER: open, for this reason */
	GATE_PRESS_UNREADABLE,
	GATE_PRESS_COMPANION, /* of COMPARE: the paper says one more */
	GATE_PRESS_EMERGENCY,
	GATE_PRESS_ORDER,
	GATE_PRESSES
};

/* What the application found. */
struct gate_known {
	bool storage_ok;
	struct pass_history history;
	bool elsewhere; /* cut off, and `home` is another gate */
	char home[CHECKIN_TERMINAL];
	struct checkin_facts facts; /* of a booking code */
};

/* A pass that came up twice, at two gates. */
struct gate_double {
	uint8_t letter;
	uint16_t number;
	int64_t here_s, there_s;
	char there[CHECKIN_TERMINAL];
};

struct gate_event {
	enum gate_event_kind kind;
	int64_t now_s, mono_ms;
	struct str text;
	char symbol;
	enum gate_press press;
	struct gate_known known;
	struct pass pass;           /* PASSED: as it is durable */
	enum gate_verdict verdict;  /* NOT_PASSED: USED or STORAGE */
	struct claim_by by;         /* USED elsewhere; device 0 = not known */
	char officer[PASS_OFFICER]; /* SCAN of a badge: whose; "" = not one */
	/* Of every event, drawn anew: the booking hash of a STAFF subject.
	 * Zero admits nobody. */
	struct code_hash random;
};

/* Or-ed. */
enum gate_effect {
	GATE_EFFECT_SHOW = 1,
	/* Look up session->subject; of CODE also its booking, code_hash. */
	GATE_EFFECT_LOOK = 2,
	GATE_EFFECT_PASS = 4, /* make session->pass durable */
	/* Journal session->verdict; subject.of UNSET: not known whose. */
	GATE_EFFECT_REFUSE = 8,
	GATE_EFFECT_OPEN = 16, /* only ever with or after PASSED */
	GATE_EFFECT_SOUND_YES = 32,
	GATE_EFFECT_SOUND_WAIT = 64,
	GATE_EFFECT_SOUND_NO = 128,
	GATE_EFFECT_LIST = 256 /* the list of who is inside is wanted */
};

enum { GATE_LAST = 3, GATE_TYPED = 12 };
/* The last verdicts, without names; letter 0: of no number. */
struct gate_last {
	int64_t time_s; /* 0 = none */
	enum gate_verdict verdict;
	uint8_t letter;
	uint16_t number;
	uint8_t companions;
};

struct gate_session {
	enum gate_state state;
	enum lang lang;
	int64_t deadline_ms;  /* monotonic; INT64_MAX = none */
	bool out;             /* the way of the next one */
	int64_t out_until_ms; /* monotonic: "out" was pressed; 0 = not */
	enum gate_verdict verdict;
	bool overridden;      /* OPEN by an officer */
	int32_t from_min;     /* WAIT */
	struct ticket ticket; /* in hand, proven; letter 0 = none */
	/* Of what is proven, or a booking code; else of UNSET. */
	struct pass_subject subject;
	enum gate_verdict held; /* LOOKING: what its time says against it */
	uint8_t moves;          /* of the subject, as far as known */
	int64_t moved_s;        /* when the newest of them was; 0 = none */
	struct pass pass;
	struct decision decision; /* of a booking code */
	struct booking_code code;
	struct code_hash code_hash;
	struct claim_by by;          /* USED: where and when, if known */
	int64_t used_s;              /* USED: when it went in; 0 = not known */
	char home[CHECKIN_TERMINAL]; /* OTHER_GATE */
	char typed[GATE_TYPED + 1];
	bool typed_wrong; /* a slip: no short code, no number at all */
	char officer[PASS_OFFICER];
	struct rate rate;                 /* of short codes */
	struct rate code_rate;            /* of unknown booking codes */
	int64_t pause_ms;                 /* SHORT_WAIT: monotonic end */
	struct gate_last last[GATE_LAST]; /* newest first */
	uint16_t list_page; /* counts on: show it modulo the pages there are */
	bool storage_ok;
};

struct gate_session_rules {
	struct gate_rules gate;
	struct code_profile code;
	struct secret_key office_key;
	enum lang lang;
	int64_t show_ms; /* a verdict stays */
	/* To derive op ids. */
	uint32_t device, epoch;
};

enum {
	GATE_IDLE_MS = 30000, /* keypads, officer, list */
	GATE_COMPARE_MS = 30000,
	GATE_LOOK_MS = 3000,     /* LOOKING, ENTERING, each; then STORAGE */
	GATE_WAY_OUT_MS = 10000, /* "out" falls back to "in" */
	GATE_OFFICER_MS = 20000
};

void gate_session_init(struct gate_session *s,
    const struct gate_session_rules *rules);
/* GATE_EFFECT_, or-ed. */
unsigned gate_step(struct gate_session *s,
    const struct gate_session_rules *rules,
    const struct gate_event *ev) MUST_USE;
const char *gate_state_name(enum gate_state s);

#endif
