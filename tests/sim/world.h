/*
 * The simulated office: a hub, its kiosks with a network each, a booking
 * channel and the persons of a day, in virtual time. What it runs is shipped:
 * the session and the rules (firmware/core), journal and cache
 * (firmware/store), the dealings with the hub and the claim
 * (firmware/app/sync/sync.h, claiming.h), and the hub (firmware/hub). Here is
 * the world around them.
 *
 * Nothing reads a clock, a pointer's value or a file outside: one seed is one
 * run.
 */
#ifndef KARCIS_TESTS_SIM_WORLD_H
#define KARCIS_TESTS_SIM_WORLD_H

#include "disk.h"
#include "firmware/app/sync/claiming.h"
#include "firmware/core/issue.h"
#include "firmware/core/session.h"
#include "firmware/hub/hub.h"
#include "queue.h"
#include "rng.h"

enum {
	OFFICE = 4102,
	ZONE_S = 7 * 3600,
	FIRST_DAY = 20783, /* 2026-11-26 */
	KIOSKS = 5,
	PERSONS = 200,
	BOOKINGS = 240,
	DAYS_AHEAD = 1,
	DAYS_MAX = 4,
	SERVICES = 2,
	WALK_IN_QUOTA = 4,
	OPENS_MIN = 8 * 60,
	CLOSES_MIN = 12 * 60,
	MORNING_MIN = 7 * 60 + 40,
	POST_MIN = 7 * 60 + 41,
	KIOSKS_MIN = 7 * 60 + 45,
	PERSONS_MIN = 8 * 60,
	EVENING_MIN = 10 * 60 + 45,
	DRAINED_MIN = 11 * 60,
	KEEP_DAYS = 30,
	SECOND = 1000,
	MINUTE = 60 * SECOND
};
#define HOUR (INT64_C(60) * MINUTE)

/* Mistakes that can be planted, to see that they are caught. */
enum fault {
	FAULT_NONE = 0,
	FAULT_NO_HOME,    /* kiosks skip the home rule */
	FAULT_NEW_OP,     /* a new op_id when the hub did not answer */
	FAULT_NORMAL,     /* PRAGMA synchronous = NORMAL in the journal */
	FAULT_BIGSERIAL,  /* rows get numbers before they can be seen */
	FAULT_UNVERIFIED, /* the hub's signature is not looked at */
	FAULT_EARLY_MARK, /* the outbox's mark moves before the answer */
	FAULTS
};

/* What a run is about. */
struct options {
	enum fault fault;
	bool never_up; /* the link is lost when the day begins */
	bool calm;     /* nothing fails */
	bool verbose;
	bool count;       /* go on after a broken invariant, and say nothing */
	const char *keep; /* folder for the files of what went wrong, or NULL */
};

/* What the network does to a kiosk. */
enum page { PAGE_NONE = 0, PAGE_LOGIN, PAGE_BAD_GATEWAY };
struct net {
	int down; /* reasons why nothing passes */
	enum page page;
	int64_t least_ms, most_ms; /* one way */
	int drop_request, drop_reply, twice, garble, cut, forge, replay;
	struct parcel *last; /* a genuine answer, for replays */
};

/* How an admission came about, as far as the hub was asked. */
enum how {
	HOW_UNSET = 0,
	HOW_ALONE,    /* not asked: the link was known to be down */
	HOW_ANSWERED, /* it said so */
	HOW_NO_ANSWER,
	HOW_TAKEN_UP, /* an intent that was left open, the link down */
	HOW_WALK_IN
};

struct job {
	uint32_t id;
	struct admission admission;
	bool copy;
};

struct kiosk {
	int index, disk;
	char name[CLAIM_NAME];
	/* What is in files, and on that disk. */
	struct keys keys;
	struct enrolment enrolment;
	uint8_t request_secret[WIRE_SECRET_BYTES];

	bool on;
	int boot; /* counts its starts */
	int64_t boot_ms;
	int64_t clock_off_ms; /* of its wall clock */
	struct cache *cache;
	struct journal *journal;
	struct sync *sync;
	struct session session;
	struct session_rules rules;
	bool storage_ok;
	struct claiming claiming;
	struct job job, last_job;
	int64_t minute;
	int32_t purged_day;
	int64_t wake_ms; /* the next happening of its own; 0 = none */
	int front;       /* the person before it; -1 = nobody */
	enum session_state seen;
	int bad_printer; /* of 1000 jobs */
	bool away;       /* switched off all day */
	bool absent;     /* in the evening too: nobody drains it */
	bool closed;     /* the hub closed it; it may not know */
};

struct booking_plan {
	struct booking_code code;
	struct code_hash hash;
	int32_t day;
	int16_t start_min, end_min;
	uint8_t service, booking_class;
	bool exists;          /* the channel made it: persons without a booking
				 have a code too */
	int64_t posted_ms;    /* the hub has it since; 0 = not yet */
	uint8_t status;       /* wanted */
	int64_t status_ms;    /* the hub has that status since; 0 = not yet */
	int64_t changed_ms;   /* the channel wanted it then */
	bool admitted_by_hub; /* at any time, also if it forgot */
	bool admitted;        /* by anybody */
};

enum end {
	END_NONE = 0,
	END_TICKET,
	END_REASON, /* refused, and rightly */
	END_DESK,   /* sent there with a reason that is true */
	END_WRONG   /* refused, and wrongly */
};
struct person {
	int booking; /* -1: a walk-in */
	bool honest; /* one code, one person, and does as told */
	bool in_time;
	int again;      /* how often they come once more with a ticket */
	int kiosk;      /* before which, or on the way to */
	int64_t serial; /* of the last plan */
	bool there;
	int walks;
	bool wants_paper, asked_copy;
	bool ticket;
	int64_t came_ms, tried_ms; /* first seen; the last code read */
	enum verdict last;
	enum end end;
};

/* A request to the hub that is held. */
enum { PARKED = 16 };
struct parked {
	bool used;
	int kiosk, boot;
	uint32_t id;
	struct hub_poll poll;
	uint64_t serial;
};

struct backup {
	struct disk_image *image;
	int64_t at_ms;
};

struct hubhost {
	bool on;
	int boot;
	struct hub_keys keys;
	struct hub *hub;
	struct hub_db *db;
	void *witness; /* sqlite3 *: the judge's own connection */
	struct parked parked[PARKED];
	uint64_t serial;
	bool stirred; /* a wake-up of the polls is under way */
	struct backup backup;
	/* The booking channel, a device like others. */
	uint32_t channel;
	uint64_t channel_counter;
	uint8_t channel_secret[WIRE_SECRET_BYTES];
	bool restored;    /* at some time, in this run */
	bool unannounced; /* and nobody told it */
};

struct totals {
	int64_t days, persons, tickets, admissions, doubles, walk_ins;
	int64_t partitions, crashes, power_cuts, hub_crashes, restores;
	int64_t asks, unanswered, alone, elsewhere, forged, copies, desk;
	int64_t cards, revoked, enrolled, absent, nights;
	int64_t labels;  /* given twice after a restore that was not told */
	int64_t gave_up; /* in the evening still without an answer */
	int64_t events, wrong;
};

struct judge;

struct world {
	uint64_t seed;
	struct options options;
	struct rng rng, net_rng, disk_rng, person_rng;
	int64_t now_ms;
	int32_t day;
	int day_count; /* from 0 */
	struct queue queue;
	struct services services;
	struct hubhost hub;
	int kiosks;
	struct kiosk kiosk[KIOSKS];
	struct net net[KIOSKS];
	int bookings; /* of the day */
	struct booking_plan booking[BOOKINGS];
	int persons;
	struct person person[PERSONS];
	bool draining; /* the day is over: everything works again */
	bool last_day;
	bool stayed_on; /* through the night before this day */
	int enrolled_today;
	struct totals totals;
	struct judge *judge;
};

void world_at(struct world *w, int64_t at_ms, happen_fn fn, int who, int64_t a,
    void *parcel);
/* Milliseconds of a minute of the present day. */
int64_t world_minute_ms(const struct world *w, int32_t minute);
/* A moment between two minutes of the present day. */
int64_t world_between(struct world *w, int32_t lo_min, int32_t hi_min);
void world_log(const struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
_Noreturn void world_fatal(const struct world *w, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

/* world.c: a run of so many office-days. False: an invariant was broken. */
bool world_run(uint64_t seed, const struct options *o, struct totals *sum,
    char digest[17], char broken[8]);

/* plan.c: what will happen on a day. */
void plan_office(struct world *w);
void plan_day(struct world *w);
/* fate.c: what fails on it, and how it is mended in the evening. */
void fate_day(struct world *w);
/* What died comes back after a while. */
void plan_kiosk_back(struct world *w, int kiosk);
void plan_hub_back(struct world *w);

/* hubhost.c */
void hubhost_found(struct world *w); /* office, channel, kiosks are made */
/* The kiosk, which is off, enrols again: with a new card or its own. False:
 * the hub does not answer, or has no letter left. */
bool hubhost_enrol(struct world *w, struct kiosk *k, bool new_card);
void hubhost_start(struct world *w);
void hubhost_stop(struct world *w);
void hubhost_die(struct world *w, bool power);
void hubhost_backup(struct world *w);
/* Back to the backup. */
void hubhost_restore(struct world *w, bool announced);
void hubhost_close(struct world *w);
/* A request of a kiosk has come. */
void hubhost_request(struct world *w, const struct parcel *p);

/* channel.c: false: the hub did not take it. */
bool channel_slots(struct world *w);
bool channel_post(struct world *w, int first, int n);
bool channel_status(struct world *w, int booking);
void channel_change(struct world *w, const struct happening *h);
void channel_repost(struct world *w, const struct happening *h);

/* net.c */
void net_send(struct world *w, struct kiosk *k, const struct frame_request *q);
/* What the hub said to a request. */
void net_answer(struct world *w, int kiosk, int boot, uint32_t id,
    const struct hub_answer *a);
/* The connection broke before an answer. */
void net_reset(struct world *w, int kiosk, int boot, uint32_t id);
void net_fini(struct world *w);

/* kiosk.c */
void kiosk_start(struct world *w, struct kiosk *k);
void kiosk_stop(struct world *w, struct kiosk *k);
void kiosk_die(struct world *w, struct kiosk *k, bool power);
void kiosk_service(struct world *w, struct kiosk *k);
/* It runs and its screen would take a code now. */
bool kiosk_free(const struct world *w, const struct kiosk *k);
void kiosk_scan(struct world *w, struct kiosk *k, const char *code);
void kiosk_press(struct world *w, struct kiosk *k, enum action action);
void kiosk_walk_in(struct world *w, struct kiosk *k, int person);
int64_t kiosk_mono_ms(const struct world *w, const struct kiosk *k);
int64_t kiosk_wall_s(const struct world *w, const struct kiosk *k);
void kiosk_answer(struct world *w, struct kiosk *k,
    const struct frame_answer *a);

/* person.c */
void person_act(struct world *w, const struct happening *h);
/* The kiosk before which they stand shows something new, or died. */
void person_sees(struct world *w, struct kiosk *k, int person);
void person_left_alone(struct world *w, int person);
bool persons_done(const struct world *w);

/* The bytes of one request or answer under way. */
struct parcel {
	int kiosk, boot;
	uint32_t id, timeout_ms;
	uint64_t counter;
	enum frame_fate fate;
	uint16_t status;
	uint32_t epoch, retry_after_s;
	char kind[WIRE_KIND + 1];
	char signature[WIRE_BASE64 + 1];
	char method[WIRE_METHOD + 1];
	char path[WIRE_PATH];
	bool is_poll;
	size_t len;
	char body[];
};

#endif
