#include "journal_file.h"

#include <errno.h>
#include <string.h>

struct prints {
	enum print_verdict last; /* of the newest job; UNSET = none begun */
	uint8_t copies;
};

/* Follows the jobs of one ticket, oldest first. A copy of which no paper came
 * is no copy. */
static void follow(struct prints *p, bool *copying, int kind, int how)
{
	if (kind == AUDIT_PRINT) {
		p->last = how > PRINT_UNSET && how < JOURNAL_PRINTS
		    ? (enum print_verdict)how
		    : PRINT_UNSURE;
		if (*copying && p->last == PRINT_NOT_PRINTED)
			p->copies--;
		*copying = false;
		return;
	}
	p->last = PRINT_UNSURE;
	*copying = kind == AUDIT_COPY;
	if (*copying && p->copies < UINT8_MAX)
		p->copies++;
}

static int read_prints(struct journal *j, int key_id, int64_t seq,
    struct prints *out, struct err *e)
{
	bool copying = false;
	int step, r = 0;

	memset(out, 0, sizeof(*out));
	sqlite3_bind_int(j->prints, 1, key_id);
	sqlite3_bind_int64(j->prints, 2, seq);
	while ((step = sqlite3_step(j->prints)) == SQLITE_ROW)
		follow(out, &copying, sqlite3_column_int(j->prints, 0),
		    sqlite3_column_int(j->prints, 1));
	if (step != SQLITE_DONE)
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_reset(j->prints);
	return r;
}

static int read_tries(struct journal *j, const struct code_hash *booking,
    int32_t day, uint8_t *out, struct err *e)
{
	int64_t tries = 0;
	int r = 0;

	sqlite3_bind_blob(j->tries, 1, booking->bytes, CODE_HASH_BYTES,
	    SQLITE_STATIC);
	sqlite3_bind_int(j->tries, 2, day);
	sqlite3_bind_int(j->tries, 3, VERDICT_MISMATCH);
	if (sqlite3_step(j->tries) == SQLITE_ROW)
		tries = sqlite3_column_int64(j->tries, 0);
	else
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_reset(j->tries);
	*out = tries > UINT8_MAX ? UINT8_MAX : (uint8_t)tries;
	return r;
}

int journal_usage(struct journal *j, const struct code_hash *booking,
    int32_t day, struct usage *out, struct err *e)
{
	struct admission a;
	struct prints p;
	int r;

	memset(out, 0, sizeof(*out));
	r = read_tries(j, booking, day, &out->wrong_tries, e);
	if (r == 0)
		r = journal_find_admission(j, booking, day, &a, e);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = read_prints(j, a.ticket.key_id, a.ticket.seq, &p, e);
	if (r < 0)
		return r;
	out->used = true;
	out->used_s = a.time_s;
	out->letter = a.ticket.letter;
	out->number = a.ticket.number;
	out->last_print_proven = p.last == PRINT_PRINTED;
	out->copies = p.copies;
	return 0;
}

/* Rows come newest first, so the newest are kept. */
static void doubt(sqlite3_stmt *s, const struct prints *p,
    struct journal_report *out)
{
	if (p->last == PRINT_PRINTED || out->doubts == JOURNAL_DOUBTS)
		return;
	out->doubt[out->doubts++] = (struct journal_doubt){
	    .letter = (uint8_t)sqlite3_column_int(s, 5),
	    .number = (uint16_t)sqlite3_column_int(s, 6),
	    .time_s = sqlite3_column_int64(s, 7),
	    .last = p->last,
	    .copies = p->copies};
}

/* The verdict of a pass is the one that an officer overruled. */
static void report_gate(sqlite3_stmt *s, int kind, int verdict,
    struct journal_report *out)
{
	struct pass_move m;

	if (kind == AUDIT_GATE) {
		if (verdict > GATE_UNSET && verdict < GATE_VERDICTS)
			out->gate[verdict]++;
		return;
	}
	if (!pass_byte_read((uint8_t)sqlite3_column_int(s, 8), &m))
		return;
	out->gate[m.out ? GATE_OPEN_OUT : GATE_OPEN]++;
	out->overrides += sqlite3_column_int(s, 9) != PASS_REASON_NONE;
}

static int report_row(struct journal *j, sqlite3_stmt *s,
    struct journal_report *out, struct err *e)
{
	int kind = sqlite3_column_int(s, 0);
	int verdict = sqlite3_column_int(s, 1);
	struct prints p;
	int r;

	if (kind == AUDIT_PASS || kind == AUDIT_GATE) {
		report_gate(s, kind, verdict, out);
		return 0;
	}
	if (verdict > VERDICT_UNSET && verdict < VERDICTS)
		out->verdict[verdict]++;
	if (kind == AUDIT_DOUBLE)
		out->doubles++;
	if (kind != AUDIT_ADMIT)
		return 0;
	out->admitted++;
	out->service[sqlite3_column_int(s, 2) & (JOURNAL_SERVICES - 1)]++;
	r = read_prints(j, sqlite3_column_int(s, 3), sqlite3_column_int64(s, 4),
	    &p, e);
	out->print[p.last]++;
	out->copies += p.copies;
	doubt(s, &p, out);
	return r;
}

int journal_report(struct journal *j, int32_t day, struct journal_report *out,
    struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r, step;

	memset(out, 0, sizeof(*out));
	out->day = day;
	r = db_prepare(j->db, MODULE,
	    "SELECT kind, verdict, service, key_id,"
	    " seq, label, number, time_s, class, print FROM entry"
	    " WHERE kind IN (2, 3, 12, 13, 14) AND day = ?1 ORDER BY n DESC",
	    &s, e);
	if (r < 0)
		return r;
	sqlite3_bind_int(s, 1, day);
	while ((step = sqlite3_step(s)) == SQLITE_ROW && r == 0)
		r = report_row(j, s, out, e);
	if (r == 0 && step != SQLITE_DONE)
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_finalize(s);
	return r;
}
