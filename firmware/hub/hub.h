/*
 * The hub's rules, without HTTP: a request in, an answer out
 * (docs/PROTOCOL.md). The server (server.h) carries bytes and threads; the
 * simulator calls the same functions in virtual time.
 *
 * One struct hub is shared by all threads and does not change once open. One
 * struct hub_db is a connection to the store and serves one thread at a time.
 * Time comes with the request: nothing here reads a clock.
 */
#ifndef KARCIS_HUB_HUB_H
#define KARCIS_HUB_HUB_H

#include "firmware/core/booking.h"
#include "firmware/core/err.h"
#include "firmware/core/note.h"
#include "firmware/core/wire.h"

struct hub;
struct hub_db;

/* The hub's secrets, the same for every hub on one store. */
struct hub_keys {
	uint8_t secret[WIRE_SECRET_BYTES]; /* signs answers */
	uint8_t public_key[WIRE_PUBLIC_BYTES];
	struct secret_key master; /* an office's keys are derived from it */
};

/* Told after a commit, from the thread that committed: a day's feed has
 * something new; HUB_DAY_ALL: every day of that office, for its roster has
 * changed. */
enum { HUB_DAY_ALL = -1 };
typedef void (*hub_changed_fn)(void *ctx, uint32_t office, int32_t day);

struct hub_options {
	const struct hub_keys *keys; /* copied */
	const char *url;             /* in enrolment texts */
	hub_changed_fn changed;      /* may be NULL */
	void *changed_ctx;
};
int hub_open(const struct hub_options *options, struct hub **out,
    struct err *e) MUST_USE;
void hub_close(struct hub *h);

/* "sqlite:PATH" or "postgres:CONNINFO" (libpq's keywords). Brings the schema
 * up to date. -EPROTO: made by a newer release; -ECONNREFUSED and the like:
 * the database does not answer. */
int hub_db_open(const char *store, struct hub_db **out, struct err *e) MUST_USE;
void hub_db_close(struct hub_db *db);
/* 0 when the store answers; a lost connection is made anew. */
int hub_db_ping(struct hub_db *db, struct err *e) MUST_USE;
/* Other hubs on the same store tell of their changes: a descriptor to poll
 * (PostgreSQL: LISTEN; SQLite: a socket PATH-notice that karcis-hub's commands
 * write to), -1 when there can be none, other -errno when the store does not
 * answer. The hub_db serves for nothing else then. When the
 * connection is lost the descriptor polls as readable, no notice comes and
 * hub_db_ping fails or makes a new one: call hub_db_listen again after every
 * poll that brought no notice; it costs nothing while all is well. */
int hub_db_listen(struct hub_db *db, struct err *e) MUST_USE;
/* Takes one notice, if there is one. The day may be HUB_DAY_ALL. */
bool hub_db_notice(struct hub_db *db, uint32_t *office, int32_t *day) MUST_USE;

struct hub_request {
	struct str method; /* "GET" */
	struct str path;   /* with its query, as on the request line */
	struct str body;
	/* Headers; ptr NULL = absent. */
	struct str device, counter, signature, if_none_match;
	int64_t now_s; /* Unix time */
};

/* A feed request that has nothing to tell yet. Flat: it can be kept. */
struct hub_poll {
	uint32_t office, device, device_epoch;
	int32_t day;
	int64_t epoch, after;
	uint64_t counter;
	int32_t limit, wait_s;
	char if_none_match[64];
};

enum { HUB_ETAG = 64, HUB_ERROR = 24 };
struct hub_answer {
	int status; /* 0 = poll: keep it and ask hub_poll later */
	char *body; /* malloc'd, NUL after len; hub_answer_fini frees */
	size_t len;
	const char *type;         /* of the body; NULL = JSON */
	bool immutable;           /* it is the same for ever */
	char kind[WIRE_KIND + 1]; /* "" = not signed: send no Karcis- header */
	uint32_t epoch;
	char signature[WIRE_BASE64 + 1];
	char etag[HUB_ETAG];   /* "" = none; with its quotes */
	int retry_after_s;     /* 0 = none */
	char error[HUB_ERROR]; /* the error's word, for metrics; "" = none */
	struct hub_poll poll;
	struct err
	    failure; /* why it is a 503, for the log; code 0 = it is not */
};

/* Judges signature and counter, then the request. Never fails: what goes
 * wrong is an answer. */
void hub_handle(struct hub *h, struct hub_db *db, const struct hub_request *q,
    struct hub_answer *out);
/* Again for a kept poll: status stays 0 unless there is something now or
 * `expired` (its wait is over). */
void hub_poll(struct hub *h, struct hub_db *db, const struct hub_poll *p,
    bool expired, struct hub_answer *out);
void hub_answer_fini(struct hub_answer *a);
/* An error answer that no device is known for: 400, 404, 413, ... */
void hub_answer_error(struct hub_answer *out, int status, const char *error,
    const char *detail);

/*
 * What administrators do (karcis-hub COMMAND). All: -ENOENT no such office or
 * device, -EEXIST there already, -EINVAL.
 */
enum { HUB_TOKEN_TEXT = 384, HUB_NAME = 32, HUB_OFFICE_NAME = 64 };
struct hub_office {
	uint32_t office; /* 1..2^32-1 */
	char name[HUB_OFFICE_NAME];
	int32_t offset_s; /* of local time from UTC */
};
int hub_office_add(struct hub *h, struct hub_db *db, const struct hub_office *o,
    struct err *e) MUST_USE;
/* role: "kiosk", "gate", "channel". text: what the QR says
 * ("karcis-enrol:1 URL TOKEN FINGERPRINT"); good until now_s + 900. */
int hub_token(struct hub *h, struct hub_db *db, uint32_t office,
    const char *role, const char *name, int64_t now_s,
    char text[HUB_TOKEN_TEXT], struct err *e) MUST_USE;
int hub_revoke(struct hub *h, struct hub_db *db, uint32_t office,
    const char *name, int64_t now_s, struct err *e) MUST_USE;
/* Also refuses every ticket of all devices that ever had the name, whatever
 * its day; works on closed ones too. */
int hub_revoke_tickets(struct hub *h, struct hub_db *db, uint32_t office,
    const char *name, int64_t now_s, struct err *e) MUST_USE;
/* The key of an office's log, as witnesses and auditors are given it. */
int hub_log_vkey(struct hub *h, struct hub_db *db, uint32_t office,
    char out[NOTE_VKEY], struct err *e) MUST_USE;
/* After a restore from a backup: every day gets a new epoch, and no numbers
 * are granted on the days that have begun. */
int hub_restored(struct hub *h, struct hub_db *db, int64_t now_s,
    struct err *e) MUST_USE;
/* A slot's quota (how many bookings it takes), or a walk-in quota (class 3:
 * start and end 0) that allowances are spent from. */
struct hub_slot {
	uint32_t office;
	int32_t day;
	uint8_t service, slot_class;
	int16_t start_min, end_min;
	int32_t quota;
};
int hub_slot_set(struct hub *h, struct hub_db *db, const struct hub_slot *s,
    struct err *e) MUST_USE;
/* Bookings of an office, hashed (with hub_code_key) and masked already, as
 * from a CSV file: at most 1000, in one transaction, each judged alone; why[i]
 * is NULL, or the sentence that refused it. -ENOENT: no such office. */
int hub_bookings_put(struct hub *h, struct hub_db *db, uint32_t office,
    const struct booking *b, size_t n, int64_t now_s, const char **why,
    struct err *e) MUST_USE;
void hub_code_key(struct hub *h, uint32_t office, struct secret_key *out);
/* JSON for people and programs, malloc'd: devices; a day's counts and its
 * doubles and other reports. */
int hub_report_devices(struct hub *h, struct hub_db *db, uint32_t office,
    char **out, struct err *e) MUST_USE;
int hub_report_day(struct hub *h, struct hub_db *db, uint32_t office,
    int32_t day, char **out, struct err *e) MUST_USE;

/* Numbers for /metrics, of the store: rows by name. */
struct hub_gauges {
	int64_t offices, devices, bookings, admissions, passes;
	int64_t doubles, pass_doubles; /* of admissions, of passes */
	int64_t forks;                 /* chains that are not the log's */
	int64_t log_entries;
};
int hub_gauges(struct hub *h, struct hub_db *db, struct hub_gauges *out,
    struct err *e) MUST_USE;

#endif
