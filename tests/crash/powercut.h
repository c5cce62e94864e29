/*
 * Power cuts under the terminal's stores.
 *
 * A scenario does one thing with the real store code on a disk that records
 * (cut_vfs.h), and notes what the store promised: a call that came back with 0
 * is kept for ever. The record is then cut at many places; each time what
 * survives (powercut_image.h) is judged by stock SQLite and by the store that
 * opens it and goes on working, and every second time the power fails once
 * more while it does.
 *
 * A new scenario is one row in the table of powercut.c and up to three
 * functions:
 *   prepare  makes what was there before; it is wholly durable. May leave
 *            w->journal, w->cache and w->left open. NULL: an empty disk.
 *   run      opens stores and works; every operation of the disk is a place
 *            for a cut. It brackets a call with promise_begin and
 *            promise_kept, or uses visitor and the like. Closes all.
 *   judge    opens what survived, compares it with the promises (promised),
 *            settles them by what it saw (promise_settle), works on and
 *            closes all. Says what is wrong by wrong().
 */
#ifndef KARCIS_TESTS_POWERCUT_H
#define KARCIS_TESTS_POWERCUT_H

#include <sodium.h>
#include <sqlite3.h>

#include "firmware/store/cache.h"
#include "firmware/store/journal.h"

#include "powercut_image.h"

enum {
	PC_DAY = 20416,
	PC_NOW = 1764000000,
	PC_MARKS = 1024,
	PC_TICKETS = 256,
	PC_PASSES = 256,
	PC_STATES = 128,
	PC_ASKED = 64,
	PC_PATH = 96,
	PC_DIGEST = 16
};
#define PC_ALL SIZE_MAX

/* When a call began and when it came back, in operations of the disk. */
struct promise {
	size_t begun, kept;
};
enum promised { PROMISED_NOTHING = 0, PROMISED_MAYBE, PROMISED_SURELY };

/* Entry n of the journal stands at n - 1. */
struct mark {
	struct promise promise;
	bool known; /* its hash is */
	struct audit_hash hash;
};

struct told {
	uint32_t person;
	struct promise promise;
	struct admission a;
	struct promise print; /* proven, on paper */
};

/* A movement at a gate that was told. */
struct gone {
	uint32_t person;
	struct promise promise;
	struct pass pass;
};

enum fault { FAULT_LOST, FAULT_DAMAGED, FAULT_FALSE, FAULTS };
struct trial {
	size_t cuts, again; /* power failed once, and once more */
	size_t bad[FAULTS]; /* cuts with such a fault */
	size_t shells;      /* cuts that the sqlite3 shell judged too */
	size_t said;        /* faults that were printed */
	size_t traces;      /* cuts after which purged rows lay in the WAL */
	bool quiet;         /* a control: faults are what it looks for */
	struct tally tally;
	crypto_generichash_state digest; /* of all that survived */
};

/* What a database said after a call that changed it. */
struct state {
	struct promise promise;
	uint8_t digest[PC_DIGEST];
};

/* What the journal keeps for the hub. */
struct asked {
	struct promise asked, dropped; /* an intent */
	struct admit_request request;
};
struct counted {
	struct promise promise;
	uint64_t last; /* the highest request counter that was given */
};
struct hub_world {
	bool on;
	struct asked asked[PC_ASKED];
	size_t askeds;
	struct counted counted[PC_ASKED];
	size_t counteds;
	uint16_t granted; /* the hub's highest number, of whatever letter */
};

struct world {
	const char *scenario;
	struct trial *trial;
	uint64_t seed;
	size_t all;         /* cuts of all scenarios, as asked for */
	size_t run, number; /* of the run, and of the cut in it */
	size_t depth;       /* 0: the first failure of power */
	size_t cut, ops;    /* the operation it stopped at, of how many */
	bool judging;       /* after a cut; before it a fault ends the test */
	unsigned faults;    /* of this cut, one bit for each enum fault */
	struct chance chance;
	bool purges; /* the change is a purge of person 3 */
	bool tight;  /* little memory and many checkpoints */
	bool normal; /* the journal runs with synchronous=NORMAL */
	bool lies;   /* the disk does not sync */

	const char *stock; /* directory for SQLite's own VFS */
	char journal_path[PC_PATH], cache_path[PC_PATH];
	struct keys keys;
	struct journal *journal;
	struct cache *cache;
	sqlite3 *left[2]; /* that prepare leaves open, NULL = none */

	struct promise journal_made, cache_made, change;
	struct mark mark[PC_MARKS];
	size_t marks;
	struct told told[PC_TICKETS];
	size_t tolds;
	struct gone gone[PC_PASSES];
	size_t gones;
	struct state state[PC_STATES];
	size_t states;
	int64_t feed_at; /* the cursor of the day that was fed last */
	uint32_t people; /* who came so far */
	struct hub_world hub;
};

struct scenario {
	const char *name;
	void (*prepare)(struct world *w);
	void (*run)(struct world *w);
	void (*judge)(struct world *w);
	size_t runs; /* those with an odd number are tight */
	size_t cuts; /* its share: relative to the other scenarios, a run */
};

struct plan {
	uint64_t seed;
	size_t all, cuts; /* of all scenarios; in each run of this one */
	size_t run, only; /* this run, this cut; PC_ALL */
	bool normal, lies;
};

/* powercut_engine.c. Makes the directories, which go when the program ends,
 * and mounts the disk. */
void engine_start(void);
void engine_end(void);
const char *engine_directory(void);
void engine_run(const struct scenario *s, const struct plan *plan,
    struct trial *t);

/* The test itself cannot go on. */
_Noreturn void die(const char *why);
void wrong(struct world *w, enum fault fault, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

void promise_begin(struct promise *p);
void promise_kept(struct promise *p);
/* It came back, or was seen to have been kept. */
bool promise_made(const struct promise *p);
enum promised promised(const struct world *w, const struct promise *p);
/* What was seen after a cut stays so at the next one. */
void promise_settle(struct promise *p, bool seen);
/* Faults when what was seen is not what was promised; settles it. */
void promise_judge(struct world *w, struct promise *p, bool seen,
    const char *what);

/* powercut_stock.c: stock SQLite and journal_verify look at what survived;
 * the marks are compared and those of entries that did not survive go. */
void stock_judge(struct world *w, const struct image *left, bool shell);
/* Removes its files. */
void stock_clear(const char *dir);

/* powercut_state.c: the digest of all tables but entry and head, after a call
 * that came back; the first one is what was there before. After a cut it must
 * be that of a call that may have been the last. */
void state_note(struct world *w, const struct promise *p, sqlite3 *db);
void state_judge(struct world *w, sqlite3 *db);

/* powercut_claims.c: work on the journal that keeps its promises in w. */
void open_journal(struct world *w);
void close_journal(struct world *w);
struct admit_request request_of(struct world *w, uint32_t person, int32_t day);
/* The entries that the last call wrote. */
void mark_entries(struct world *w, const struct promise *p);
/* Admits, and notes the ticket that was told; NULL: it failed. */
struct told *admit(struct world *w, uint32_t person,
    const struct admit_request *q);
void print_one(struct world *w, struct told *t);
void visitor(struct world *w, int32_t day);
/* The judgement of an opened journal: every ticket, then further visitors. */
void judge_tickets(struct world *w);
void judge_going_on(struct world *w);
void claims_run(struct world *w);
void claims_judge(struct world *w);
struct code_hash person_hash(uint32_t person);

/* powercut_cache.c */
void open_cache(struct world *w);
void close_cache(struct world *w);
void import_prepare(struct world *w);
void import_run(struct world *w);
void import_judge(struct world *w);
void cache_purge_prepare(struct world *w);
void cache_purge_run(struct world *w);
void cache_purge_judge(struct world *w);

/* powercut_feed.c */
void feed_prepare(struct world *w);
void feed_run(struct world *w);
void feed_judge(struct world *w);
void feed_purge_run(struct world *w);
void feed_purge_judge(struct world *w);

/* powercut_hub.c */
void hub_prepare(struct world *w);
void hub_run(struct world *w);
void hub_judge(struct world *w);

/* powercut_passes.c */
void passes_run(struct world *w);
void passes_judge(struct world *w);

/* powercut_keep.c */
void purge_prepare(struct world *w);
void purge_run(struct world *w);
void purge_judge(struct world *w);
/* Does this hash stand anywhere on the disk? */
bool on_disk(const struct image *i, const struct code_hash *hash);

/* powercut_schema.c */
void create_run(struct world *w);
void create_judge(struct world *w);
void migrate_prepare(struct world *w);
void migrate_run(struct world *w);
void migrate_judge(struct world *w);

/* powercut_control.c: is the disk honest? NULL: yes; else what is not. */
const char *control_disk(uint64_t seed, struct tally *tally);
const char *control_like_unix(const char *dir);

#endif
