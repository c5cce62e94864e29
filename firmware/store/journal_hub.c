/* What the journal keeps for its dealings with the hub. */
#include "journal_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Sends one statement with up to four numbers. */
static int run(struct journal *j, const char *sql, const int64_t *number, int n,
    struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r = db_prepare(j->db, MODULE, sql, &s, e);

	if (r < 0)
		return r;
	for (int i = 0; i < n; i++)
		sqlite3_bind_int64(s, i + 1, number[i]);
	r = journal_step(j, s, e);
	sqlite3_finalize(s);
	return r;
}

/* One number of the first row. */
static int ask(struct journal *j, const char *sql, const int64_t *number, int n,
    int64_t *out, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r = db_prepare(j->db, MODULE, sql, &s, e);

	*out = 0;
	if (r < 0)
		return r;
	for (int i = 0; i < n; i++)
		sqlite3_bind_int64(s, i + 1, number[i]);
	if (sqlite3_step(s) == SQLITE_ROW)
		*out = sqlite3_column_int64(s, 0);
	else
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_finalize(s);
	return r;
}

static void bind_op(sqlite3_stmt *s, const struct op_id *op_id)
{
	sqlite3_bind_blob(s, 1, op_id->bytes, OP_ID_BYTES, SQLITE_STATIC);
}

static bool column_exact(sqlite3_stmt *s, int i, uint8_t *out, int len)
{
	if (sqlite3_column_bytes(s, i) != len)
		return false;
	memcpy(out, sqlite3_column_blob(s, i), (size_t)len);
	return true;
}

/* ---- intents ---- */

int journal_count_intents(struct journal *j, struct err *e)
{
	int64_t n;
	int r = ask(j, "SELECT count(*) FROM intent", NULL, 0, &n, e);

	if (r == 0)
		j->intents = (uint32_t)n;
	return r;
}

int journal_intend(struct journal *j, const struct admit_request *q,
    struct err *e)
{
	sqlite3_stmt *s = j->intent_put;
	const int64_t field[] = {q->day, q->time_s, q->letter, q->service,
	    q->slot_min, q->window_min, q->type, q->flags, q->companions,
	    q->booking_class, q->verdict};
	int r;

	bind_op(s, &q->op_id);
	sqlite3_bind_blob(s, 2, q->booking.bytes, CODE_HASH_BYTES,
	    SQLITE_STATIC);
	for (size_t i = 0; i < ARRAY_LEN(field); i++)
		sqlite3_bind_int64(s, (int)i + 3, field[i]);
	r = journal_step(j, s, e);
	if (r == 0)
		j->intents++;
	return r;
}

static bool read_intent(sqlite3_stmt *s, struct admit_request *q)
{
	memset(q, 0, sizeof(*q));
	q->day = sqlite3_column_int(s, 2);
	q->time_s = sqlite3_column_int64(s, 3);
	q->letter = (uint8_t)sqlite3_column_int(s, 4);
	q->service = (uint8_t)sqlite3_column_int(s, 5);
	q->slot_min = (uint16_t)sqlite3_column_int(s, 6);
	q->window_min = (uint16_t)sqlite3_column_int(s, 7);
	q->type = (uint8_t)sqlite3_column_int(s, 8);
	q->flags = (uint8_t)sqlite3_column_int(s, 9);
	q->companions = (uint8_t)sqlite3_column_int(s, 10);
	q->booking_class = (uint8_t)sqlite3_column_int(s, 11);
	q->verdict = (enum verdict)sqlite3_column_int(s, 12);
	return column_exact(s, 0, q->op_id.bytes, OP_ID_BYTES) &&
	    column_exact(s, 1, q->booking.bytes, CODE_HASH_BYTES);
}

int journal_intent(struct journal *j, const struct code_hash *booking,
    int32_t day, struct admit_request *out, struct err *e)
{
	sqlite3_stmt *s = j->intent_find;
	int r = -ENOENT, step;

	memset(out, 0, sizeof(*out));
	if (j->intents == 0)
		return r;
	sqlite3_bind_blob(s, 1, booking->bytes, CODE_HASH_BYTES, SQLITE_STATIC);
	sqlite3_bind_int(s, 2, day);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW)
		r = read_intent(s, out)
		    ? 0
		    : err_set(e, -EUCLEAN, MODULE ": an intent is damaged");
	else if (step != SQLITE_DONE)
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_reset(s);
	return r;
}

int journal_intents(struct journal *j, struct admit_request *out, size_t cap,
    size_t *n, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r, step = SQLITE_DONE;

	*n = 0;
	r = db_prepare(j->db, MODULE, "SELECT * FROM intent ORDER BY rowid", &s,
	    e);
	while (r == 0 && *n < cap && (step = sqlite3_step(s)) == SQLITE_ROW)
		if (read_intent(s, &out[*n]))
			++*n;
	if (r == 0 && step != SQLITE_DONE && step != SQLITE_ROW)
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_finalize(s);
	return r;
}

int journal_intent_drop(struct journal *j, const struct op_id *op_id,
    struct err *e)
{
	int r;

	bind_op(j->intent_drop, op_id);
	r = journal_step(j, j->intent_drop, e);
	if (r == 0 && sqlite3_changes(j->db) > 0 && j->intents > 0)
		j->intents--;
	return r;
}

int journal_intent_done(struct journal *j, const struct op_id *op_id,
    struct err *e)
{
	return j->intents == 0 ? 0 : journal_intent_drop(j, op_id, e);
}

/* ---- grants ---- */

int journal_grant_ask(struct journal *j, const struct journal_grant *g,
    struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r = db_prepare(j->db, MODULE,
	    "INSERT INTO granted VALUES (?1,?2,?3,?4,?5,0,0)", &s, e);

	if (r < 0)
		return r;
	bind_op(s, &g->op_id);
	sqlite3_bind_int(s, 2, g->day);
	sqlite3_bind_int(s, 3, g->letter);
	sqlite3_bind_int(s, 4, g->service);
	sqlite3_bind_int(s, 5, g->booking_class);
	r = journal_step(j, s, e);
	sqlite3_finalize(s);
	return r;
}

int journal_grant_take(struct journal *j, const struct op_id *op_id,
    uint16_t first, uint16_t count, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r;

	if (first + count > TICKET_NUMBER_MAX + 1)
		return err_set(e, -EINVAL,
		    MODULE ": the hub granted numbers that no ticket has");
	r = db_prepare(j->db, MODULE,
	    count == 0 ? "DELETE FROM granted WHERE op_id = ?1 AND count = 0"
		       : "UPDATE granted SET first = ?2, count = ?3"
			 " WHERE op_id = ?1 AND count = 0",
	    &s, e);

	if (r < 0)
		return r;
	bind_op(s, op_id);
	if (count != 0) {
		sqlite3_bind_int(s, 2, first);
		sqlite3_bind_int(s, 3, count);
	}
	r = journal_step(j, s, e);
	sqlite3_finalize(s);
	return r;
}

int journal_grants_open(struct journal *j, struct journal_grant *out,
    size_t cap, size_t *n, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r, step = SQLITE_DONE;

	*n = 0;
	r = db_prepare(j->db, MODULE,
	    "SELECT op_id, day, letter, service, class FROM granted"
	    " WHERE count = 0 ORDER BY rowid",
	    &s, e);
	while (r == 0 && *n < cap && (step = sqlite3_step(s)) == SQLITE_ROW) {
		struct journal_grant *g = &out[*n];

		memset(g, 0, sizeof(*g));
		g->day = sqlite3_column_int(s, 1);
		g->letter = (uint8_t)sqlite3_column_int(s, 2);
		g->service = (uint8_t)sqlite3_column_int(s, 3);
		g->booking_class = (uint8_t)sqlite3_column_int(s, 4);
		if (column_exact(s, 0, g->op_id.bytes, OP_ID_BYTES))
			++*n;
	}
	if (r == 0 && step != SQLITE_DONE && step != SQLITE_ROW)
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_finalize(s);
	return r;
}

int journal_granted(struct journal *j, int32_t day, uint8_t letter,
    uint16_t after, uint16_t *next, uint16_t *last, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r, step;

	*next = *last = 0;
	r = db_prepare(j->db, MODULE,
	    "SELECT max(first, ?3 + 1), first + count - 1 FROM granted"
	    " WHERE day = ?1 AND letter = ?2 AND count > 0"
	    " AND first + count - 1 > ?3 ORDER BY first LIMIT 1",
	    &s, e);
	if (r < 0)
		return r;
	sqlite3_bind_int(s, 1, day);
	sqlite3_bind_int(s, 2, letter);
	sqlite3_bind_int(s, 3, after);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW) {
		*next = (uint16_t)sqlite3_column_int(s, 0);
		*last = (uint16_t)sqlite3_column_int(s, 1);
	} else if (step != SQLITE_DONE) {
		r = db_error(j->db, MODULE, "read", e);
	}
	sqlite3_finalize(s);
	return r;
}

/* The highest number of a letter that an entry of the day bears. */
#define HIGHEST \
	"(SELECT coalesce(max(number), 0) FROM entry" \
	" WHERE kind IN (2, 9) AND number > 0 AND day = ?1 AND label = ?2)"

int journal_numbers_left(struct journal *j, int32_t day, uint8_t letter,
    int64_t *left, struct err *e)
{
	const int64_t number[] = {day, letter};

	return ask(j,
	    "SELECT coalesce(sum(first + count - max(first, high + 1)), 0)"
	    " FROM granted, (SELECT " HIGHEST " AS high)"
	    " WHERE day = ?1 AND letter = ?2 AND count > 0"
	    " AND first + count - 1 > high",
	    number, 2, left, e);
}

int journal_allowance(struct journal *j, int32_t day, uint8_t service,
    uint8_t booking_class, int64_t *left, struct err *e)
{
	const int64_t number[] = {day, service, booking_class};

	return ask(j,
	    "SELECT (SELECT coalesce(sum(count), 0) FROM granted"
	    "  WHERE letter = 0 AND day = ?1 AND service = ?2 AND class = ?3)"
	    " - (SELECT count(*) FROM entry WHERE kind = 2 AND day = ?1"
	    "  AND service = ?2 AND class = ?3)",
	    number, 3, left, e);
}

/* One entry for what is left of each letter's numbers of an old day. */
static int append_void(struct journal *j, int64_t time_s, int32_t day,
    uint8_t letter, struct err *e)
{
	struct entry x = {.time_s = time_s, .kind = AUDIT_VOID};
	int64_t high = 0;
	uint16_t next = 0, last = 0;
	const int64_t number[] = {day, letter};
	int r = ask(j, "SELECT " HIGHEST, number, 2, &high, e);

	while (r == 0) {
		r = journal_granted(j, day, letter, (uint16_t)high, &next,
		    &last, e);
		if (r < 0 || next == 0)
			break;
		x.field[ENTRY_DAY] = day;
		x.field[ENTRY_LABEL] = letter;
		x.field[ENTRY_NUMBER] = next;
		x.field[ENTRY_DETAIL] = last;
		r = journal_append(j, &x, e);
		high = last;
	}
	return r;
}

enum { VOID_LETTERS = 64 };
struct old_letter {
	int32_t day;
	uint8_t letter;
};

static int old_letters(struct journal *j, int32_t day, struct old_letter *out,
    size_t *n, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r = db_prepare(j->db, MODULE,
	    "SELECT DISTINCT day, letter FROM granted WHERE day < ?1", &s, e);

	*n = 0;
	if (r < 0)
		return r;
	sqlite3_bind_int(s, 1, day);
	while (*n < VOID_LETTERS && sqlite3_step(s) == SQLITE_ROW) {
		out[*n].day = sqlite3_column_int(s, 0);
		out[*n].letter = (uint8_t)sqlite3_column_int(s, 1);
		++*n;
	}
	sqlite3_finalize(s);
	return r;
}

int journal_void_unspent(struct journal *j, int64_t time_s, int32_t day,
    struct err *e)
{
	struct old_letter old[VOID_LETTERS];
	struct chain before;
	size_t n;
	int r = old_letters(j, day, old, &n, e);

	if (r < 0 || n == 0)
		return r;
	r = journal_begin(j, &before, e);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < n; i++) {
		const int64_t number[] = {old[i].day, old[i].letter};

		if (old[i].letter != 0)
			r = append_void(j, time_s, old[i].day, old[i].letter,
			    e);
		if (r == 0)
			r = run(j,
			    "DELETE FROM granted"
			    " WHERE day = ?1 AND letter = ?2",
			    number, 2, e);
	}
	/* Counters of those days may stand in blocks that are gone. */
	memset(j->series, 0, sizeof(j->series));
	return journal_end(j, &before, r, e);
}

/* What was granted to another enrolment is not given: a journal that was put
 * back does not know what came of it. */
int journal_keep_grants(struct journal *j, struct err *e)
{
	const int64_t key = j->key_id;
	int64_t before;
	int r = ask(j,
	    "SELECT coalesce((SELECT value FROM outbox WHERE name = 'key'), 0)",
	    NULL, 0, &before, e);

	if (r < 0 || before == key || !j->hub)
		return r;
	r = run(j, "DELETE FROM granted", NULL, 0, e);
	if (r == 0)
		r = run(j,
		    "INSERT INTO outbox VALUES ('key', ?1)"
		    " ON CONFLICT (name) DO UPDATE SET value = ?1",
		    &key, 1, e);
	return r;
}

/* ---- outbox ---- */

/* What the hub has not taken, along n, which the index of the kind would not
 * go. */
#define WAITING \
	" FROM entry WHERE n >" \
	" coalesce((SELECT value FROM outbox WHERE name = 'sent'), 0)" \
	" AND (+kind = 2 OR +kind = 13) AND payload IS NOT NULL" \
	" AND n NOT IN (SELECT n FROM stuck)"

int journal_outbox(struct journal *j, struct admission *out, size_t cap,
    size_t *n, struct err *e)
{
	sqlite3_stmt *s = NULL;
	struct entry x;
	int r, step = SQLITE_DONE;

	*n = 0;
	r = db_prepare(j->db, MODULE,
	    "SELECT " ENTRY_COLUMNS WAITING " ORDER BY n", &s, e);
	while (r == 0 && *n < cap && (step = sqlite3_step(s)) == SQLITE_ROW) {
		entry_read(s, &x);
		/* A pass without its byte would look like an admission. */
		if (x.kind == AUDIT_ADMIT ||
		    (x.kind == AUDIT_PASS && x.field[ENTRY_CLASS] != 0))
			journal_admission_of(&x, &out[(*n)++]);
	}
	if (r == 0 && step != SQLITE_DONE && step != SQLITE_ROW)
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_finalize(s);
	return r;
}

int journal_sent(struct journal *j, uint64_t n, struct err *e)
{
	const int64_t number[] = {(int64_t)n};

	return run(j,
	    "INSERT INTO outbox VALUES ('sent', ?1)"
	    " ON CONFLICT (name) DO UPDATE SET value = max(value, ?1)",
	    number, 1, e);
}

int journal_stuck(struct journal *j, uint64_t n, struct str reason,
    struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r = db_prepare(j->db, MODULE,
	    "INSERT OR REPLACE INTO stuck VALUES (?1, ?2)", &s, e);

	if (r < 0)
		return r;
	sqlite3_bind_int64(s, 1, (int64_t)n);
	sqlite3_bind_text(s, 2, reason.ptr, (int)reason.len, SQLITE_STATIC);
	r = journal_step(j, s, e);
	sqlite3_finalize(s);
	return r;
}

int journal_count_waiting(struct journal *j, int64_t *n, struct err *e)
{
	return ask(j, "SELECT count(*)" WAITING, NULL, 0, n, e);
}

int journal_retry_stuck(struct journal *j, struct err *e)
{
	int r = db_exec(j->db, MODULE,
	    "BEGIN IMMEDIATE; UPDATE outbox SET value = min(value,"
	    " coalesce((SELECT min(n) - 1 FROM stuck), value))"
	    " WHERE name = 'sent'; DELETE FROM stuck; COMMIT",
	    e);

	db_rollback(j->db);
	return r;
}

int journal_count_stuck(struct journal *j, int64_t *n, struct err *e)
{
	return ask(j, "SELECT count(*) FROM stuck", NULL, 0, n, e);
}

int journal_resend(struct journal *j, int32_t from_day, struct err *e)
{
	const int64_t number[] = {from_day};
	int64_t first;
	int r = ask(j,
	    "SELECT coalesce(min(n), 0) FROM entry"
	    " WHERE (kind = 2 OR kind = 13) AND day >= ?1",
	    number, 1, &first, e);

	if (r < 0 || first == 0)
		return r;
	r = db_exec(j->db, MODULE, "BEGIN IMMEDIATE", e);
	first--;
	if (r == 0)
		r = run(j, "DELETE FROM stuck WHERE n > ?1", &first, 1, e);
	if (r == 0)
		r = run(j,
		    "UPDATE outbox SET value = min(value, ?1)"
		    " WHERE name = 'sent'",
		    &first, 1, e);
	if (r == 0)
		r = db_exec(j->db, MODULE, "COMMIT", e);
	db_rollback(j->db);
	return r;
}

/* ---- doubles and counters ---- */

int journal_was_double(struct journal *j, const struct op_id *op_id, bool *was,
    struct err *e)
{
	sqlite3_stmt *s = NULL;
	int step,
	    r = db_prepare(j->db, MODULE,
		"SELECT 1 FROM entry WHERE kind = 12 AND op_id = ?1", &s, e);

	*was = false;
	if (r < 0)
		return r;
	bind_op(s, op_id);
	step = sqlite3_step(s);
	*was = step == SQLITE_ROW;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_finalize(s);
	return r;
}

/* Of a pass the other one's time too: the number is the same at both. */
static void describe_double(const struct admission *a,
    const struct claim_by *by, struct entry *x)
{
	char here[8] = "?", there[8] = "?";
	int len;

	if (a->ticket.letter != 0)
		ticket_label(a->ticket.letter, a->ticket.number, here);
	if (by->letter != 0)
		ticket_label(by->letter, by->number, there);
	len = a->pass == 0
	    ? snprintf(x->text, sizeof(x->text), "%s here, %s at %.31s", here,
		  there, by->terminal)
	    : snprintf(x->text, sizeof(x->text),
		  "%s through here, through %.31s at %lld", here, by->terminal,
		  (long long)by->time_s);
	x->text_len = (uint8_t)len;
}

int journal_double(struct journal *j, int64_t time_s, const struct admission *a,
    const struct claim_by *by, struct err *e)
{
	struct entry x = {.time_s = time_s, .kind = AUDIT_DOUBLE};
	bool was;
	int r = journal_was_double(j, &a->op_id, &was, e);

	if (r < 0 || was)
		return r;
	x.has_op = x.has_booking = true;
	x.op_id = a->op_id;
	x.booking = a->booking;
	x.field[ENTRY_DAY] = a->ticket.day;
	x.field[ENTRY_LABEL] = a->ticket.letter;
	x.field[ENTRY_NUMBER] = a->ticket.number;
	x.field[ENTRY_CLASS] = a->pass;
	x.field[ENTRY_DETAIL] = by->device;
	describe_double(a, by, &x);
	return journal_add(j, &x, e);
}

int journal_counters(struct journal *j, uint32_t n, uint64_t *first,
    struct err *e)
{
	int64_t used = 0, number[1];
	int r = ask(j,
	    "SELECT coalesce((SELECT value FROM outbox"
	    " WHERE name = 'counter'), 0)",
	    NULL, 0, &used, e);

	if (r < 0)
		return r;
	*first = (uint64_t)used + 1;
	number[0] = used + n;
	return run(j,
	    "INSERT INTO outbox VALUES ('counter', ?1)"
	    " ON CONFLICT (name) DO UPDATE SET value = ?1",
	    number, 1, e);
}
