/* The open journal, shared by the sources of the journal alone. */
#ifndef KARCIS_STORE_JOURNAL_FILE_H
#define KARCIS_STORE_JOURNAL_FILE_H

#include "db.h"
#include "entry.h"

#define MODULE "journal"

enum { SERIES = 32, SIGNATURE_BYTES = 64 };

/* Highest number given in one (day, letter), and, where the hub grants them,
 * the last one of the block it is in. */
struct series {
	int32_t day;
	uint8_t letter; /* 0 = unused */
	uint16_t number, block_last;
};

struct chain {
	uint64_t n;
	struct audit_hash hash;
	int64_t floor_s;
	uint32_t seq; /* highest given under the present key */
};

struct journal {
	sqlite3 *db;
	sqlite3_stmt *begin, *commit, *insert, *head;
	sqlite3_stmt *find, *tries, *prints;
	sqlite3_stmt *intent_put, *intent_drop, *intent_find;
	sqlite3_stmt *pass_find, *pass_label;
	struct chain chain;
	struct series series[SERIES];
	uint8_t series_next;
	uint8_t audit_secret[TICKET_SECRET_BYTES];
	uint8_t audit_public[TICKET_PUBLIC_BYTES];
	uint16_t key_id;
	uint32_t epoch;
	uint8_t letter;
	bool hub;         /* grants numbers and allowances */
	uint32_t intents; /* rows of that table */
	struct journal_finding finding;
	uint32_t interrupted; /* print jobs, found when opening */
};

/* "karcis-head-v1" || u64 n || hash: what the audit key signs. */
enum { HEAD_BYTES = 14 + 8 + AUDIT_HASH_BYTES };
void head_message(uint64_t n, const struct audit_hash *hash,
    uint8_t out[HEAD_BYTES]);

/* One transaction: begin, any number of appends, then end with the result
 * so far. end commits when it is 0 and otherwise undoes everything. */
int journal_begin(struct journal *j, struct chain *before,
    struct err *e) MUST_USE;
int journal_append(struct journal *j, struct entry *x, struct err *e) MUST_USE;
int journal_end(struct journal *j, const struct chain *before, int r,
    struct err *e) MUST_USE;
/* All three for a single entry. */
int journal_add(struct journal *j, struct entry *x, struct err *e) MUST_USE;

/* journal_hub.c: the next number granted in (day, letter) above `after`, and
 * the last of its block; 0 = none. */
int journal_granted(struct journal *j, int32_t day, uint8_t letter,
    uint16_t after, uint16_t *next, uint16_t *last, struct err *e) MUST_USE;
/* Inside the admission's transaction: its intent is done. */
int journal_intent_done(struct journal *j, const struct op_id *op_id,
    struct err *e) MUST_USE;
int journal_keep_grants(struct journal *j, struct err *e) MUST_USE;
int journal_count_intents(struct journal *j, struct err *e) MUST_USE;
/* journal_gate.c: prepares its statements, and lets them go. */
int journal_gate_prepare(struct journal *j, struct err *e) MUST_USE;
void journal_gate_finalize(struct journal *j);
/* Runs a prepared statement that gives no row, and resets it. */
int journal_step(struct journal *j, sqlite3_stmt *s, struct err *e) MUST_USE;
/* An entry as the admission it is, or as the pass; then its class and verdict
 * stay 0, for a gate's verdict is no verdict. */
void journal_admission_of(const struct entry *x, struct admission *out);

/* A journal that nobody has open, read-only and unchanged by it; *db is for
 * db_close, also after a failure. -ENOENT: no such file. */
int chain_open(const char *path, sqlite3 **db, struct err *e) MUST_USE;
/* Walks the chain of db. *end (may be NULL) is the state after it. */
int chain_check(sqlite3 *db, const uint8_t audit_public[TICKET_PUBLIC_BYTES],
    struct journal_finding *out, struct chain *end, struct err *e) MUST_USE;

#endif
