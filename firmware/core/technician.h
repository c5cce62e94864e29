/*
 * The technician's session: tech_step(session, rules, event) -> effects.
 * Pure, like session.h: time is inside the event, the application carries
 * effects out and feeds the answers back. The two sessions never run at the
 * same time: the application hands a badge or the key switch over only while
 * no visitor is being served, and shows its own screens while this one is
 * CLOSED (but on a bare machine, which has no other).
 *
 * It opens by the service key switch, by a technician's badge and PIN
 * (CHECK_PIN answered with TECH_PIN_OK), or, on a bare machine that knows no
 * technician, by a press. Nothing else opens it. USB storage is authorised
 * only in UPDATE, EXPORT and SETUP: STORAGE_ON and STORAGE_OFF come in pairs,
 * and closing is always OFF. An answer that is not awaited changes nothing.
 * One that does not come ends the work as TECH_WORK_BAD without a detail.
 *
 * It closes by a press, the key switch turned back, or rules->idle_ms without
 * a touch; what karcis-update reports of an update under way counts as one.
 * Closing takes back an update that is not written yet (CANCEL).
 *
 * Every opening, refused PIN and deed is one line to be recorded
 * (AUDIT_TECHNICIAN), in English, at most TECH_RECORD - 1 bytes.
 */
#ifndef KARCIS_CORE_TECHNICIAN_H
#define KARCIS_CORE_TECHNICIAN_H

#include "print.h"
#include "service.h"
#include "ticket.h"
#include "update.h"

enum {
	TECH_PIN_MIN = 6, /* digits */
	TECH_PIN_MAX = 10,
	TECH_NAME = 32,   /* a technician's, a scanner's; with the NUL */
	TECH_DETAIL = 96, /* the sentence of a failure, cut; with the NUL */
	TECH_RECORD = 96,
	TECH_DIGITS = 12,      /* of the clock: DDMMYYYYhhmm */
	TECH_TARGETS = 8,      /* of the touch test: corners and edges */
	TECH_STEP = 10,        /* percent, of brightness and volume */
	TECH_CLOCK_YEAR = 2024 /* the least that is taken for a clock */
};

enum tech_state {
	TECH_STATE_UNSET = 0, /* as CLOSED */
	TECH_CLOSED,
	TECH_PIN,      /* a badge was read; digits are keyed */
	TECH_CHECKING, /* CHECK_PIN under way */
	TECH_LOCKED,   /* too many wrong PINs: until pause_ms */
	TECH_MENU,
	TECH_STATUS,
	TECH_PRINT,
	TECH_TOUCH,
	TECH_SCANNER,
	TECH_SYNC,
	TECH_UPDATE, /* session->report says how far it is */
	TECH_EXPORT,
	TECH_SETUP,
	TECH_SELFTEST,
	TECH_CLEANING, /* a dead screen, for a minute */
	TECH_SCREEN,   /* brightness, volume */
	TECH_CLOCK,
	TECH_POWER,
	TECH_DONE, /* the machine or the program is about to start anew */
	TECH_STATES
};

/* Who opened it. */
enum tech_by {
	TECH_BY_NOBODY = 0,
	TECH_BY_BADGE,
	TECH_BY_SWITCH,
	TECH_BY_BARE, /* a bare machine without technicians: fewer entries */
};

enum tech_event_kind {
	TECH_EV_UNSET = 0,
	TECH_EV_TICK,
	TECH_EV_SCAN,   /* text, device, name */
	TECH_EV_SWITCH, /* ok: turned on; else turned back */
	TECH_EV_KEY,    /* symbol */
	TECH_EV_ERASE,
	TECH_EV_PRESS,   /* press */
	TECH_EV_PIN,     /* answer to CHECK_PIN: pin, tries, wait_ms */
	TECH_EV_REPORT,  /* report: whenever it changes, in every state */
	TECH_EV_PRINTED, /* answer to TEST_PRINT: print */
	TECH_EV_SYNCED,  /* answer to SYNC: ok, detail */
	TECH_EV_FETCHED, /* answer to FETCH: ok, detail; files, problems */
	TECH_EV_ADOPTED, /* answer to ADOPT: ok, detail */
	TECH_EV_STORED,  /* answer to STORE: ok; detail: folder or failure */
	TECH_EV_TESTED,  /* answer to SELFTEST: ok = nothing is bad */
	TECH_EV_CLOCK,   /* answer to SET_CLOCK: ok, detail */
	TECH_EVENTS
};

enum tech_press {
	TECH_PRESS_NONE = 0,
	TECH_PRESS_BACK, /* to the menu; of MENU, PIN: close */
	TECH_PRESS_LANG,
	TECH_PRESS_ENTER, /* PIN, CLOCK: it is keyed */
	TECH_PRESS_BEGIN, /* a bare machine without technicians */
	/* Of the menu. */
	TECH_PRESS_STATUS,
	TECH_PRESS_PRINT,
	TECH_PRESS_TOUCH,
	TECH_PRESS_SCANNER,
	TECH_PRESS_SYNC,
	TECH_PRESS_UPDATE,
	TECH_PRESS_EXPORT,
	TECH_PRESS_SETUP,
	TECH_PRESS_SELFTEST,
	TECH_PRESS_CLEANING,
	TECH_PRESS_SCREEN,
	TECH_PRESS_CLOCK,
	TECH_PRESS_POWER,
	/* Of the screens. */
	TECH_PRESS_START,   /* print, sync, copy, test, look, read the stick */
	TECH_PRESS_CONFIRM, /* install what is offered; take the files over;
			       POWER: yes */
	TECH_PRESS_CANCEL,  /* the update, as far as it can be */
	TECH_PRESS_RESTART,
	TECH_PRESS_POWER_OFF,
	TECH_PRESS_BRIGHTER,
	TECH_PRESS_DARKER,
	TECH_PRESS_LOUDER,
	TECH_PRESS_SOFTER,
	TECH_PRESS_MORE, /* STATUS, SELFTEST, SETUP, CLOSED: the next page */
	TECH_PRESS_MISS, /* TOUCH: beside every target */
	TECH_PRESSES
};

enum tech_pin {
	TECH_PIN_UNSET = 0, /* could not be checked; nobody is let in */
	TECH_PIN_OK,
	TECH_PIN_WRONG,  /* tries: how many are left */
	TECH_PIN_LOCKED, /* wait_ms: for so long */
};

struct tech_event {
	enum tech_event_kind kind;
	int64_t now_s, mono_ms;
	char symbol; /* KEY: a digit; TOUCH: '1'..'8', the target hit */
	enum tech_press press;
	struct str text;   /* SCAN: what was read, borrowed */
	struct str device; /* SCAN: by which scanner */
	struct str name;   /* SCAN of a badge: whose; "" = not one */
	enum tech_pin pin;
	uint8_t tries;
	int64_t wait_ms;
	enum print_verdict print;
	bool ok;
	struct str detail; /* a failure's sentence, a folder's name */
	uint16_t files, problems;
	struct update_report report;
};

/* Or-ed into tech_effects.bits. */
enum tech_effect {
	TECH_EFFECT_SHOW = 1,
	/* session->badge is whose, session->pin what was keyed. */
	TECH_EFFECT_CHECK_PIN = 1 << 1,
	TECH_EFFECT_LOOK = 1 << 2,
	TECH_EFFECT_UPDATE = 1 << 3,
	TECH_EFFECT_CANCEL = 1 << 4,
	TECH_EFFECT_RESTART = 1 << 5,
	TECH_EFFECT_POWER_OFF = 1 << 6,
	TECH_EFFECT_FETCH = 1 << 7, /* and check what came */
	TECH_EFFECT_ADOPT = 1 << 8, /* all of it or nothing */
	TECH_EFFECT_STORE = 1 << 9, /* logs and audit export to the stick */
	TECH_EFFECT_SELFTEST = 1 << 10,
	TECH_EFFECT_TEST_PRINT = 1 << 11, /* the test slip */
	TECH_EFFECT_SYNC = 1 << 12,
	TECH_EFFECT_SET_CLOCK = 1 << 13,  /* to effects.clock_s */
	TECH_EFFECT_BRIGHTNESS = 1 << 14, /* effects.percent */
	TECH_EFFECT_VOLUME = 1 << 15,     /* effects.percent */
	TECH_EFFECT_STORAGE_ON = 1 << 16,
	TECH_EFFECT_STORAGE_OFF = 1 << 17,
	TECH_EFFECT_RECORD = 1 << 18, /* journal effects.record */
	TECH_EFFECT_CLOSED = 1 << 19  /* wipe copies; show the home screen */
};

struct tech_effects {
	unsigned bits;
	int32_t percent;
	int64_t clock_s; /* Unix seconds */
	char record[TECH_RECORD];
};

/* What a screen's one work came to: print, sync, export, fetch, adopt, the
 * self-test, the clock. */
enum tech_work {
	TECH_WORK_NONE = 0, /* not begun */
	TECH_WORK_RUNNING,
	TECH_WORK_GOOD,
	TECH_WORK_BAD /* detail; nothing is known when it is not answered */
};

struct tech_session {
	enum tech_state state;
	enum tech_by by; /* NOBODY unless tech_is_open() */
	enum lang lang;
	int64_t deadline_ms; /* monotonic: tick then; INT64_MAX = none */
	char badge[TECH_NAME];
	char pin[TECH_PIN_MAX + 1]; /* wiped when the check is answered */
	bool pin_wrong;
	bool pin_unsure;  /* it could not be checked */
	uint8_t tries;    /* left, after a wrong one */
	int64_t pause_ms; /* PIN: keys count from then; LOCKED: until */
	bool storage;     /* STORAGE_ON, not yet OFF */
	enum tech_work work;
	char detail[TECH_DETAIL];
	enum print_verdict print; /* PRINT, work over */
	uint16_t files, problems; /* SETUP: of the stick */
	bool fetched;             /* SETUP: they are the last fetch's */
	bool answered;            /* the answer came (of work that is over) */
	uint8_t target;           /* TOUCH: the next, 1..8; 9 = all hit */
	uint16_t misses;
	/* SCANNER: the last of `scans`; never what it said. */
	uint16_t scans;
	char device[TECH_NAME];
	uint16_t length; /* bytes */
	bool is_test_code;
	char typed[TECH_DIGITS + 1]; /* CLOCK */
	bool typed_wrong;            /* no such date or time */
	int32_t brightness, volume;  /* SCREEN: percent */
	enum tech_press ask;         /* POWER: RESTART or POWER_OFF, to confirm;
					DONE: what is under way */
	uint16_t page; /* counts on: show it modulo the pages there are */
	struct update_report report; /* the newest */
	/* The newest report that told an outcome; it stays here when the
	 * outcome has been recorded. */
	struct update_report outcome;
};

struct tech_rules {
	enum lang lang;
	int64_t idle_ms;  /* > 0 */
	int32_t offset_s; /* of the clock that is set */
	bool bare;        /* no usable configuration: only to be set up */
	bool technicians; /* at least one is known */
	/* What this machine has; an entry that leads nowhere is not shown. */
	bool printer, hub;
	bool updates; /* a karcis-update answers: sticks, restart */
	bool clock;   /* it may be set here */
	int32_t brightness, volume; /* percent now; -1 = cannot be changed */
};

/* Milliseconds. */
enum {
	TECH_PIN_MS = 30000,
	TECH_PAUSE_MS = 2000,   /* after a wrong PIN */
	TECH_LOCKED_MS = 15000, /* the lock-out is told, then CLOSED */
	TECH_CLEANING_MS = 60000,
	TECH_TOUCH_MS = 30000, /* a panel that hits nothing is left, too */
	TECH_DONE_MS = 120000, /* then it did not happen: MENU */
	TECH_CHECK_MS = 10000, /* CHECK_PIN */
	TECH_LOOK_MS = 10000,  /* until karcis-update says anything */
	TECH_CLOCK_MS = 10000,
	TECH_PRINT_MS = 45000,
	TECH_WORK_MS = 120000 /* sync, stick, self-test */
};

void tech_init(struct tech_session *s, const struct tech_rules *rules);
struct tech_effects tech_step(struct tech_session *s,
    const struct tech_rules *rules, const struct tech_event *ev) MUST_USE;
/* Somebody is in: MENU and all that is reached from it. */
bool tech_is_open(const struct tech_session *s);
/* True when a press of it leads somewhere now; its button is drawn. */
bool tech_offers(const struct tech_session *s, const struct tech_rules *rules,
    enum tech_press press);
/* An update is offered or under way and can still be taken back. */
bool tech_can_cancel(const struct update_report *r);
/* Work on an update is under way. */
bool tech_updating(const struct update_report *r);
/* The QR of the test slip: TICKET_DIGITS zeros, which are no ticket and no
 * code of any office. */
bool tech_is_test_code(struct str text);
/* Seconds to be counted down on the screen (CLEANING, LOCKED, a pause), at
 * least 1; -1 = none. */
int32_t tech_seconds_left(const struct tech_session *s, int64_t mono_ms);
const char *tech_state_name(enum tech_state s);

#endif
