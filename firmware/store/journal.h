/*
 * The journal: what this terminal did, in journal.db. Append-only, hash
 * chained (core/audit.h), its head signed with the audit key. An admission is
 * one row written in one transaction that is durable before the call returns,
 * so nobody is told "admitted" before the disk has it, and no booking is
 * admitted twice on one day.
 *
 * WAL, synchronous=FULL, exclusive locking, secure_delete. All calls:
 * -ENOSPC disk full, -EROFS read-only, -EIO device fault, -EUCLEAN damaged,
 * -EBUSY another process has it, -EPROTO made by a newer release. After a
 * failure nothing of the call is in the file and the next call may be tried.
 */
#ifndef KARCIS_STORE_JOURNAL_H
#define KARCIS_STORE_JOURNAL_H

#include "firmware/core/claim.h"
#include "firmware/core/err.h"
#include "firmware/core/gate.h"
#include "firmware/core/log.h"
#include "firmware/core/print.h"

#include "keys.h"

struct journal;

struct journal_options {
	const struct keys *keys; /* what is needed is copied */
	uint8_t letter;          /* the terminal's own, 1 = A; 0 = none */
	int64_t now_s;           /* of the entries written while opening */
	bool hub;                /* numbers and allowances are granted by it */
};

/* The first entry that does not fit the chain. */
struct journal_finding {
	uint64_t n;     /* 0 = everything fits */
	char text[160]; /* "entry 17: the label was changed" */
};

/* Opens or makes the file. Print jobs that were under way when the terminal
 * died end as PRINT_UNSURE. The whole chain is checked: an edit made behind
 * the terminal's back does not stop it, but is told by journal_finding and
 * recorded in the AUDIT_START entry that every opening writes. */
int journal_open(const char *path, const struct journal_options *options,
    struct journal **out, struct err *e) MUST_USE;
void journal_close(struct journal *j);
/* How many print jobs were under way when the terminal died, as opening
 * found. */
uint32_t journal_interrupted(const struct journal *j);
/* What opening found; n = 0: nothing. */
struct journal_finding journal_finding(const struct journal *j);

/* A new random op_id. */
struct op_id journal_op_id(void);

struct admit_request {
	struct op_id op_id;
	int64_t time_s;
	struct code_hash booking;
	int32_t day;
	uint8_t letter; /* of the label, 1 = A */
	uint8_t service;
	uint16_t slot_min, window_min;
	uint8_t type;  /* enum ticket_type */
	uint8_t flags; /* enum ticket_flag, or-ed */
	uint8_t companions;
	uint8_t booking_class; /* enum booking_class */
	enum verdict verdict;  /* one that admits */
};

/* What is known of this booking on this day; all zero when nothing. */
int journal_usage(struct journal *j, const struct code_hash *booking,
    int32_t day, struct usage *out, struct err *e) MUST_USE;
/* 0: admitted, durably. -EEXIST (no sentence): was admitted before on that
 * day, *out is that admission. -ERANGE: the letter's 2047 numbers of the day
 * are used up. -EOVERFLOW: the key's 2^24 tickets are used up, rekey.
 * -EINVAL: a field is out of its range, or the verdict does not admit.
 * -EUCLEAN also when the number or the sequence is taken (an edited file).
 * With a hub, numbers of the letter come from what it granted, then from the
 * terminal's own letter; -EDQUOT: a walk-in without an allowance. An intent of
 * the same op_id is done in the same transaction. */
int journal_admit(struct journal *j, const struct admit_request *request,
    struct admission *out, struct err *e) MUST_USE;
/* -ENOENT (no sentence): not admitted on that day. */
int journal_find_admission(struct journal *j, const struct code_hash *booking,
    int32_t day, struct admission *out, struct err *e) MUST_USE;

/* Records a refusal; booking may be NULL (not a code). VERDICT_MISMATCH
 * entries with a booking are its wrong tries of the day. */
int journal_refuse(struct journal *j, int64_t time_s, int32_t day,
    enum verdict verdict, const struct code_hash *booking,
    struct err *e) MUST_USE;

/* Before the first byte goes to the printer; copy: the second paper. */
int journal_print_start(struct journal *j, int64_t time_s,
    const struct admission *a, bool copy, struct err *e) MUST_USE;
int journal_print_end(struct journal *j, int64_t time_s,
    const struct admission *a, bool copy, enum print_verdict how,
    struct err *e) MUST_USE;
/* AUDIT_CLOCK, _IMPORT, _ROSTER, _QUOTA, _COMPLAINT, _UPDATE, _OFFICER, _LOG:
 * a number and a short text (at most 200 bytes, no personal data). -EINVAL for
 * kinds that have calls of their own. */
int journal_note(struct journal *j, int64_t time_s, enum audit_kind kind,
    int64_t detail, struct str text, struct err *e) MUST_USE;

/* Writes an admission to the file and takes it back, uncommitted: 0 when the
 * journal takes admissions, as after a disk was full. */
int journal_try(struct journal *j, struct err *e) MUST_USE;
/* The same with this admission: 0 when the disk has room for it. */
int journal_fits(struct journal *j, const struct admit_request *request,
    struct err *e) MUST_USE;

/*
 * With a hub.
 *
 * An intent is durable before the hub is asked, so that after a crash the same
 * op_id asks again and gets the same answer. One for a booking and day:
 * -EEXIST: there is one; journal_intent gives it. */
int journal_intend(struct journal *j, const struct admit_request *q,
    struct err *e) MUST_USE;
/* -ENOENT (no sentence): none. */
int journal_intent(struct journal *j, const struct code_hash *booking,
    int32_t day, struct admit_request *out, struct err *e) MUST_USE;
/* All of them, oldest first, at most cap. */
int journal_intents(struct journal *j, struct admit_request *out, size_t cap,
    size_t *n, struct err *e) MUST_USE;
/* It will not be admitted. */
int journal_intent_drop(struct journal *j, const struct op_id *op_id,
    struct err *e) MUST_USE;

/* Something the hub grants: numbers of a letter (class and service 0), or an
 * allowance of a service and class (letter and first 0). */
struct journal_grant {
	struct op_id op_id;
	int32_t day;
	uint8_t letter, service, booking_class;
	uint16_t first, count; /* count 0 = asked for, not answered yet */
};
/* Durable before the hub is asked; the same op_id asks again until it is
 * answered. */
int journal_grant_ask(struct journal *j, const struct journal_grant *g,
    struct err *e) MUST_USE;
/* The answer; count 0: none left, the question is forgotten. -EINVAL: numbers
 * beyond 2047. */
int journal_grant_take(struct journal *j, const struct op_id *op_id,
    uint16_t first, uint16_t count, struct err *e) MUST_USE;
/* Those without an answer, at most cap. */
int journal_grants_open(struct journal *j, struct journal_grant *out,
    size_t cap, size_t *n, struct err *e) MUST_USE;
/* How many granted numbers of a letter are left on a day. */
int journal_numbers_left(struct journal *j, int32_t day, uint8_t letter,
    int64_t *left, struct err *e) MUST_USE;
/* How many of an allowance are left. */
int journal_allowance(struct journal *j, int32_t day, uint8_t service,
    uint8_t booking_class, int64_t *left, struct err *e) MUST_USE;
/* Numbers of days before `day` that nobody got become AUDIT_VOID entries. */
int journal_void_unspent(struct journal *j, int64_t time_s, int32_t day,
    struct err *e) MUST_USE;

/* Admissions and passes (admission.pass is not 0) the hub has not taken yet,
 * in the order of their entries, at most cap. */
int journal_outbox(struct journal *j, struct admission *out, size_t cap,
    size_t *n, struct err *e) MUST_USE;
/* It has taken all up to entry n, but those that are stuck. */
int journal_sent(struct journal *j, uint64_t n, struct err *e) MUST_USE;
/* It said that it can't take entry n: others go on. */
int journal_stuck(struct journal *j, uint64_t n, struct str reason,
    struct err *e) MUST_USE;
int journal_count_stuck(struct journal *j, int64_t *n, struct err *e) MUST_USE;
/* How many it has not taken yet, those that are stuck not counted. */
int journal_count_waiting(struct journal *j, int64_t *n,
    struct err *e) MUST_USE;
/* What is stuck is tried once more, with all that follows it. */
int journal_retry_stuck(struct journal *j, struct err *e) MUST_USE;
/* The hub's memory may have gone back: what was admitted or went through from
 * the day on is sent again, stuck or not. */
int journal_resend(struct journal *j, int32_t from_day, struct err *e) MUST_USE;
/* Another op holds the booking of admission a, or the movement of pass a: an
 * AUDIT_DOUBLE entry, once. */
int journal_double(struct journal *j, int64_t time_s, const struct admission *a,
    const struct claim_by *by, struct err *e) MUST_USE;
/* Whether it was reported before. */
int journal_was_double(struct journal *j, const struct op_id *op_id, bool *was,
    struct err *e) MUST_USE;
/* n request counters that were never given before; *first is the lowest. */
int journal_counters(struct journal *j, uint32_t n, uint64_t *first,
    struct err *e) MUST_USE;

/*
 * A gate.
 *
 * 0: durable, one entry (AUDIT_PASS) with its place in the outbox, in one
 * transaction; *out is it. -EEXIST (no sentence): this movement is there, *out
 * is the one that was first (without subject.booking, which is not kept).
 * -EINVAL: a field is out of its range, or the key is not pass_key's. */
int journal_pass(struct journal *j, const struct pass *p, struct pass *out,
    struct err *e) MUST_USE;
/* What went through here on the subject's day that concerns it. -E2BIG: more
 * than a history holds. */
int journal_pass_history(struct journal *j, const struct pass_subject *s,
    struct pass_history *out, struct err *e) MUST_USE;
/* Every movement of a day, oldest first; device 0. */
typedef void journal_move_fn(void *ctx, const struct pass_move *m);
int journal_pass_each(struct journal *j, int32_t day, journal_move_fn *each,
    void *ctx, struct err *e) MUST_USE;
/* AUDIT_GATE; s NULL: not known whose. -EINVAL: the verdict opens. */
int journal_gate_refuse(struct journal *j, int64_t time_s, int32_t day,
    enum gate_verdict verdict, const struct pass_subject *s,
    struct err *e) MUST_USE;

/*
 * The chain, for the hub's log. At most cap entries from n = from on, as
 * office and device 0; *count 0: none. */
int journal_chain(struct journal *j, uint64_t from, struct log_entry *out,
    size_t cap, size_t *count, struct err *e) MUST_USE;
/* The newest entry and the audit key's signature over it (docs/FORMATS.md,
 * Signed head). */
int journal_signed_head(struct journal *j, uint64_t *n, struct audit_hash *hash,
    uint8_t signature[64], struct err *e) MUST_USE;
/* The audit key, 32 bytes; lives as long as j. */
const uint8_t *journal_audit_public(const struct journal *j);
/* The hub's log holds the chain up to n (0 = nothing), as the checkpoint says
 * that came with it ("" = none). -EINVAL: longer than a note. */
int journal_logged(struct journal *j, uint64_t *n, char note[NOTE_BYTES],
    struct err *e) MUST_USE;
int journal_set_logged(struct journal *j, uint64_t n, struct str note,
    struct err *e) MUST_USE;

/* Newest time in the journal, for the clock's floor; 0 = empty. */
int64_t journal_floor_s(const struct journal *j);
/* The newest entry and its chain hash. */
void journal_head(const struct journal *j, uint64_t *n,
    struct audit_hash *hash);

/* A ticket of which nobody knows that it is on paper. */
struct journal_doubt {
	uint8_t letter;
	uint16_t number;
	int64_t time_s;          /* of the admission */
	enum print_verdict last; /* never PRINTED; UNSET = never started */
	uint8_t copies;
};

enum { JOURNAL_SERVICES = 256, JOURNAL_PRINTS = 5, JOURNAL_DOUBTS = 64 };
struct journal_report {
	int32_t day;
	uint32_t verdict[VERDICTS];         /* admissions and refusals */
	uint32_t service[JOURNAL_SERVICES]; /* admissions */
	uint32_t admitted;
	uint32_t print[JOURNAL_PRINTS]; /* last verdict of each admission;
					   UNSET = never started */
	uint32_t copies;
	struct journal_doubt doubt[JOURNAL_DOUBTS]; /* the newest ones,
						       newest first */
	size_t doubts;
	uint32_t doubles; /* AUDIT_DOUBLE entries of the day, passes' too */
	uint32_t gate[GATE_VERDICTS]; /* refusals; OPEN, OPEN_OUT: passes */
	uint32_t overrides;           /* passes by an officer's word */
};
int journal_report(struct journal *j, int32_t day, struct journal_report *out,
    struct err *e) MUST_USE;

/* Checks the chain of an open journal. 0 also when something is found: look
 * at out->n. */
int journal_check(struct journal *j, struct journal_finding *out,
    struct err *e) MUST_USE;
/* The same of a file nobody has open (a backup, an export), unchanged by it;
 * *entries (may be NULL) is how many it holds. -ENOENT: no such file. */
int journal_verify(const char *path,
    const uint8_t audit_public[TICKET_PUBLIC_BYTES],
    struct journal_finding *out, uint64_t *entries, struct err *e) MUST_USE;
/* Writes a complete copy while the terminal runs. -EEXIST: the name is
 * taken. */
int journal_backup(struct journal *j, const char *path, struct err *e) MUST_USE;
/* Erases what entries of days before `before_day` say (booking, number,
 * everything but time, kind and hashes) from the file and the WAL; the chain
 * stays whole and the erasing is an entry. */
int journal_purge(struct journal *j, int64_t time_s, int32_t before_day,
    struct err *e) MUST_USE;

#endif
