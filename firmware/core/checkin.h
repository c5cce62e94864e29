/*
 * The check-in decision: one booking, one moment, one answer.
 *
 * The first that applies wins, in the order of enum verdict. VERDICT_UNSET
 * is 0 and never admits. Windows are half-open: a slot 09.00-09.15 with 30
 * minutes of lateness is "late" at 09.44.59 and "over" at 09.45.00.
 *
 * Where birth dates are asked, a code that is not known and a date that does
 * not fit give the same MISMATCH with the same facts; a date that was not
 * given does not fit. "Not open yet" is said only when coming back helps:
 * to somebody whose lateness ends before the doors open again it is "over".
 */
#ifndef KARCIS_CORE_CHECKIN_H
#define KARCIS_CORE_CHECKIN_H

#include "booking.h"
#include "hours.h"

enum verdict {
	VERDICT_UNSET = 0,
	VERDICT_STORAGE_FAULT,
	VERDICT_CLOCK_UNSURE,
	VERDICT_BAD_FORM,
	VERDICT_BAD_CHECK,
	VERDICT_RATE_LIMITED,
	VERDICT_MISMATCH,   /* code or birth date does not fit */
	VERDICT_TRIES_USED, /* three tries: the desk */
	VERDICT_OTHER_OFFICE,
	VERDICT_UNKNOWN,
	VERDICT_DATA_OLD, /* unknown, and a hub's data is over 10 min old */
	VERDICT_BLOCKED,
	VERDICT_REVOKED,
	VERDICT_CANCELLED,
	VERDICT_RESCHEDULED,
	VERDICT_USED,
	VERDICT_USED_COPY, /* used, and one copy may be printed */
	VERDICT_OTHER_DAY,
	VERDICT_CLOSED,
	VERDICT_NOT_OPEN_YET,
	VERDICT_TOO_EARLY,
	VERDICT_TOO_LATE,
	VERDICT_OTHER_TERMINAL,
	VERDICT_PERMIT_CHECK,
	VERDICT_QUOTA_FULL, /* the day's numbers of a letter are used up */
	VERDICT_ADMIT_BOOKED,
	VERDICT_ADMIT_LATE,
	VERDICT_ADMIT_PRIORITY,
	VERDICTS
};

enum late_policy { LATE_UNSET = 0, LATE_COUNTER, LATE_STANDBY, LATE_REFUSE };

enum {
	TRIES_MAX = 3,
	COPY_WINDOW_S = 15 * 60,
	DATA_OLD_S = 600,
	CHECKIN_TERMINAL = 32 /* name of a terminal, with NUL */
};

struct checkin_rules {
	uint32_t office;
	int32_t offset_s;        /* of local time from UTC */
	int64_t clock_floor_s;   /* wall clock below it is unsure */
	int64_t clock_ceiling_s; /* and above it; 0 = none known */
	struct hours hours;
	int32_t early_minutes;
	int32_t late_minutes;
	enum late_policy late;
	bool ask_birth_date;
	bool hub_configured;
};

/* What the journal knows of this code hash today. */
struct usage {
	bool used;
	int64_t used_s; /* when admitted */
	uint8_t letter; /* 1 = A */
	uint16_t number;
	bool last_print_proven; /* last verdict was PRINTED */
	uint8_t copies;         /* copies printed already */
	uint8_t wrong_tries;    /* birth dates that did not fit, today */
};

/* Everything the decision looks at. */
struct checkin_facts {
	bool storage_ok;
	bool found; /* booking below is valid */
	struct booking booking;
	struct usage usage;
	bool birth_given;    /* the visitor keyed a date ... */
	uint64_t birth;      /* ... with this digest_birth */
	int64_t last_sync_s; /* 0 = never */
	bool rate_limited;
	/* With a hub: the code's home is another kiosk and the hub can't be
	 * asked. */
	bool elsewhere;
	/* Which: where the code was used, or its home; "" = this one. */
	char terminal[CHECKIN_TERMINAL];
};

struct decision {
	enum verdict verdict;
	int32_t day; /* of the slot; CLOSED: the next opening,
			-1 = none within a year */
	int32_t slot_start_min, slot_end_min;
	int32_t from_min;   /* TOO_EARLY, NOT_OPEN_YET, CLOSED: come at */
	int32_t until_min;  /* admitted: the seat is kept until (at most
			       closing; issue.h adds the way to the door);
			       CLOSED, NOT_OPEN_YET: last closing then */
	int32_t wait_min;   /* TOO_EARLY: minutes left, rounded up */
	uint8_t tries_left; /* MISMATCH, this one counted; 0: the desk */
	bool late;
};

/* Between floor and ceiling. */
bool checkin_clock_sure(const struct checkin_rules *rules, int64_t now_s);
struct decision checkin_decide(const struct checkin_rules *rules,
    const struct checkin_facts *facts, int64_t now_s) MUST_USE;
/* True for the ADMIT verdicts only. */
bool verdict_admits(enum verdict v);
/* Stable lower-case name for journal, status and tests; "unset" for 0. */
const char *verdict_name(enum verdict v);

/* Wrong answers a terminal may give a minute before it pauses. */
enum { RATE_WRONG = 10, RATE_WINDOW_MS = 60000 };
struct rate {
	int64_t wrong_ms[RATE_WRONG]; /* ring of monotonic times, 0 = unused */
	uint8_t next;
};
void rate_wrong(struct rate *r, int64_t mono_ms);
/* 0 = go on, else milliseconds until the next try is looked at. */
int64_t rate_wait_ms(const struct rate *r, int64_t mono_ms);

#endif
