/* What the judge remembers, shared by its sources alone. */
#ifndef KARCIS_TESTS_SIM_JUDGE_INNER_H
#define KARCIS_TESTS_SIM_JUDGE_INNER_H

#include <sodium.h>
#include <sqlite3.h>
#include <string.h>

#include "judge.h"

/* The first answer to an op. */
struct seen_answer {
	struct op_id op_id;
	enum claim_answer answer;
	uint16_t first, count;
	int64_t at_ms;
	bool lost; /* the hub was put back to before it */
};
/* A state of a day that the hub had. */
struct seen_head {
	int32_t day;
	int64_t epoch, head;
	struct feed_digest digest;
	int64_t at_ms;
	bool lost;
};
struct seen_admission {
	struct admission a;
	int kiosk;
	enum how how;
	int64_t roster;
	int64_t at_ms;
	bool acknowledged;
	bool lost; /* with its card */
};

struct list {
	void *item;
	size_t n, cap, size;
};

struct judge {
	enum invariant broken;
	int breaks;
	bool cards_lost;
	int32_t day[DAYS_MAX]; /* those judged so far, and this one */
	int days;
	struct list answers, heads, admissions;
	struct cache_feed checked[KIOSKS][DAYS_AHEAD + 1];
	crypto_generichash_state digest;
};

/* A new item, all zero. */
void *list_add(struct list *l);

static inline bool same_op(const struct op_id *a, const struct op_id *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static inline bool same_booking(const struct code_hash *a,
    const struct code_hash *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Statements of the judge's own on a store; ends the program when the store
 * can't be read. Texts are NULL-ended hexadecimal. */
sqlite3_stmt *judge_query(struct world *w, sqlite3 *db, const char *sql);
bool judge_row(struct world *w, sqlite3_stmt *s);

#endif
