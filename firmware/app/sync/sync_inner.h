/* The open sync, shared by its sources alone. */
#ifndef KARCIS_APP_SYNC_INNER_H
#define KARCIS_APP_SYNC_INNER_H

#include "sync.h"

enum {
	RESEND_DAYS = 7,       /* sent again at each start and each new day */
	ANSWER_MS = 10000,     /* any exchange but a long poll */
	POLL_EXTRA_MS = 8000,  /* a long poll's beyond its wait */
	CARE_MS = 300000,      /* roster and other days are asked this often */
	TIME_MS = 3600000,     /* the hub's time */
	REFUSED_MS = 600000,   /* what the hub does not have is asked again */
	CARE_AGAIN_MS = 30000, /* what went wrong of it; others come first */
	POLL_LEAST_MS = 5000,  /* between long polls that bring nothing */
	CANNOT_MS = 10000,     /* after a 503 no visitor asks for this long */
	RETRY_AFTER_S = 3600,  /* at most: it is not signed */
	RETRY_AFTER_UNSIGNED_S = 60, /* the longest pause anyway */
	FEED_LIMIT = 1000,           /* rows in a page */
	COUNTERS = 256,              /* request counters stored ahead */
	BODY_BYTES = 256 * 1024,     /* of CLAIM_BATCH ops */
	BATCH = 200,                 /* ops sent at once; at most CLAIM_BATCH */
	LOG_MS = 60000,              /* between pieces of the chain */
	LOG_MORE_MS = 5000,          /* where there is more than one to send */
	LOG_BATCH = 400              /* entries in one piece */
};

enum lane_name { LANE_ASK, LANE_CLAIMS, LANE_FEED, LANE_CARE, LANE_LOG, LANES };

struct lane {
	uint32_t id;      /* of the request under way; 0 = none */
	uint64_t counter; /* its */
	int64_t until_ms; /* given up then */
	int64_t next_ms;  /* nothing is asked before */
	unsigned fails;   /* in a row */
};

/* What CARE is about, in turn. */
enum care { CARE_TIME, CARE_ROSTER, CARE_DAY, CARES };

struct sync_day {
	int64_t next_ms;  /* asked again then */
	int64_t fresh_ms; /* when it was last known to be whole; 0 = not yet */
};

struct sync {
	struct sync_options o;
	struct enrolment enrolment;
	struct roster roster;
	enum sync_state state;
	bool up, heard, full;
	int64_t heard_ms;
	int64_t hub_time_s, hub_time_ms; /* its clock, and when it said so */
	uint64_t counter, counter_end;
	uint32_t id;
	struct lane lane[LANES];

	int32_t today; /* of the last sync_next; 0 = none */
	struct sync_day day[SYNC_DAYS_AHEAD + 1]; /* from today on */
	int32_t feed_day;                         /* LANE_FEED asked for */
	int64_t poll_least_ms; /* the next long poll not before */
	int64_t roster_wanted; /* a version the feed spoke of */
	bool roster_old;       /* the hub's is older than ours: said */
	int64_t time_next_ms, roster_next_ms;
	uint8_t nonce[16];
	enum care care; /* LANE_CARE asked for */
	int32_t care_day;

	struct {
		enum sync_ask state;
		struct client_op op;
		struct client_answer answer;
		int64_t until_ms;
	} ask;

	struct {
		int64_t next_ms; /* nothing is sent before */
		bool known;      /* what follows was read */
		bool bad;        /* it does not fit: said and journalled */
		uint64_t logged; /* the log holds the chain up to here */
		char note[NOTE_BYTES]; /* the checkpoint that says so */
		uint64_t size;         /* of its tree */
		struct log_entry entry[LOG_BATCH];
		size_t n; /* of the request under way */
	} log;

	bool resent;       /* since the claims under way were gathered */
	int64_t cannot_ms; /* the hub can't answer claims until then */
	bool claims_due;   /* there may be something to send */
	int64_t numbers_next_ms[SYNC_LETTERS], pools_next_ms[SYNC_POOLS];
	size_t batch; /* ops at once, fewer after a refusal */
	struct client_op op[CLAIM_BATCH];
	size_t ops; /* of the request under way */
	struct admission out[BATCH];
	struct admit_request intent[BATCH];
	struct client_answer answer[CLAIM_BATCH];
	struct feed_op feed[FEED_PAGE_MAX];
	char path[WIRE_PATH];
	uint8_t body[BODY_BYTES];
};

void sync_say(struct sync *s, bool bad, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The lane asks again after a pause. */
void sync_fail(struct sync *s, struct lane *l, int64_t mono_ms,
    uint32_t retry_after_s);

/* Nobody answers. */
void sync_went_down(struct sync *s);

/* sync_claims.c */
/* Fills s->op with what is to be sent; 0 = nothing. */
size_t sync_gather(struct sync *s, int64_t mono_ms);
/* 0, or a failure that was said: asked again after a pause. */
int sync_claims_came(struct sync *s, struct str body, int64_t now_s,
    int64_t mono_ms);
/* The hub refused the whole request: the batch shrinks until the op that it
 * can't read is alone, and that one is set aside. */
void sync_claims_refused(struct sync *s, const char *why, int64_t now_s,
    int64_t mono_ms);
/* What was admitted from the day on is sent again. */
int sync_resend(struct sync *s, int32_t from_day);
struct client_op sync_ask_op(const struct admit_request *q);
struct client_op sync_pass_op(const struct pass *p);

/* sync_log.c */
bool sync_log_next(struct sync *s, int64_t mono_ms, struct buf *body);
/* When it wants to be called; INT64_MAX = nothing to send. */
int64_t sync_log_deadline_ms(const struct sync *s);
int sync_log_came(struct sync *s, struct str body, int64_t now_s,
    int64_t mono_ms, struct err *e);
/* A signed refusal. */
void sync_log_refused(struct sync *s, int status, const struct client_error *x,
    int64_t now_s, int64_t mono_ms);

/* sync_feed.c: what a feed answer was, or a failure that was said. */
enum sync_page { PAGE_LAST = 0, PAGE_MORE, PAGE_NOTHING_NEW };
int sync_feed_came(struct sync *s, int32_t day, int status, struct str body,
    int64_t now_s, int64_t mono_ms);
void sync_feed_restart(struct sync *s, int32_t day);

#endif
