#include "journal_file.h"

#include <errno.h>
#include <string.h>

enum { SEQ_MAX = (1 << 24) - 1, LETTERS = 26, WINDOW_MAX = 1275 };

static bool valid(const struct admit_request *q)
{
	return verdict_admits(q->verdict) && q->letter >= 1 &&
	    q->letter <= LETTERS && q->service >= 1 &&
	    q->slot_min < DAY_MINUTES && q->window_min <= WINDOW_MAX &&
	    q->window_min % 5 == 0 && q->type <= TICKET_STANDBY &&
	    q->flags <= 31 && q->companions <= 7 &&
	    q->day >= TICKET_EPOCH_DAY &&
	    q->day <= TICKET_EPOCH_DAY + UINT16_MAX;
}

void journal_admission_of(const struct entry *x, struct admission *out)
{
	memset(out, 0, sizeof(*out));
	out->n = x->n;
	out->time_s = x->time_s;
	out->op_id = x->op_id;
	out->booking = x->booking;
	out->ticket.type = (uint8_t)x->field[ENTRY_TYPE];
	out->ticket.key_id = (uint16_t)x->field[ENTRY_KEY_ID];
	out->ticket.seq = (uint32_t)x->field[ENTRY_SEQ];
	out->ticket.day = (int32_t)x->field[ENTRY_DAY];
	out->ticket.service = (uint8_t)x->field[ENTRY_SERVICE];
	out->ticket.letter = (uint8_t)x->field[ENTRY_LABEL];
	out->ticket.number = (uint16_t)x->field[ENTRY_NUMBER];
	out->ticket.slot_min = (uint16_t)x->field[ENTRY_SLOT];
	out->ticket.window_min = (uint16_t)x->field[ENTRY_WINDOW];
	out->ticket.flags = (uint8_t)x->field[ENTRY_FLAGS];
	out->ticket.companions = (uint8_t)x->field[ENTRY_COMPANIONS];
	out->hash = x->hash;
	if (x->kind == AUDIT_PASS) { /* its verdict is a gate's */
		out->pass = (uint8_t)x->field[ENTRY_CLASS];
		return;
	}
	out->booking_class = (uint8_t)x->field[ENTRY_CLASS];
	out->verdict = (enum verdict)x->field[ENTRY_VERDICT];
}

int journal_find_admission(struct journal *j, const struct code_hash *booking,
    int32_t day, struct admission *out, struct err *e)
{
	struct entry x;
	int r = 0;

	memset(out, 0, sizeof(*out));
	sqlite3_bind_blob(j->find, 1, booking->bytes, CODE_HASH_BYTES,
	    SQLITE_STATIC);
	sqlite3_bind_int(j->find, 2, day);
	switch (sqlite3_step(j->find)) {
	case SQLITE_ROW:
		entry_read(j->find, &x);
		journal_admission_of(&x, out);
		break;
	case SQLITE_DONE:
		r = -ENOENT;
		break;
	default:
		r = db_error(j->db, MODULE, "read", e);
		break;
	}
	sqlite3_reset(j->find);
	return r;
}

static int load_number(struct journal *j, struct series *s, struct err *e)
{
	sqlite3_stmt *q = NULL;
	int r;

	r = db_prepare(j->db, MODULE,
	    "SELECT coalesce(max(number), 0)"
	    " FROM entry WHERE kind IN (2, 9) AND number > 0"
	    " AND day = ?1 AND label = ?2",
	    &q, e);
	if (r < 0)
		return r;
	sqlite3_bind_int(q, 1, s->day);
	sqlite3_bind_int(q, 2, s->letter);
	if (sqlite3_step(q) == SQLITE_ROW)
		s->number = (uint16_t)sqlite3_column_int(q, 0);
	else
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_finalize(q);
	return r;
}

/* The counter of (day, letter), kept in memory so that a claim writes no page
 * for it; the unique index of the entries guards it. */
static int series_of(struct journal *j, int32_t day, uint8_t letter,
    struct series **out, struct err *e)
{
	struct series fresh = {.day = day, .letter = letter};
	size_t i;
	int r;

	for (i = 0; i < SERIES; i++) {
		*out = &j->series[i];
		if ((*out)->letter == letter && (*out)->day == day)
			return 0;
	}
	r = load_number(j, &fresh, e);
	if (r < 0)
		return r;
	*out = &j->series[j->series_next];
	j->series_next = (uint8_t)((j->series_next + 1) % SERIES);
	**out = fresh;
	return 0;
}

static void entry_of(const struct journal *j, const struct admit_request *q,
    uint8_t letter, uint16_t number, struct entry *x)
{
	memset(x, 0, sizeof(*x));
	x->time_s = q->time_s;
	x->kind = AUDIT_ADMIT;
	x->has_op = true;
	x->op_id = q->op_id;
	x->has_booking = true;
	x->booking = q->booking;
	x->field[ENTRY_DAY] = q->day;
	x->field[ENTRY_LABEL] = letter;
	x->field[ENTRY_NUMBER] = number;
	x->field[ENTRY_KEY_ID] = j->key_id;
	x->field[ENTRY_SEQ] = j->chain.seq + 1;
	x->field[ENTRY_SLOT] = q->slot_min;
	x->field[ENTRY_WINDOW] = q->window_min;
	x->field[ENTRY_TYPE] = q->type;
	x->field[ENTRY_FLAGS] = q->flags;
	x->field[ENTRY_COMPANIONS] = q->companions;
	x->field[ENTRY_SERVICE] = q->service;
	x->field[ENTRY_CLASS] = q->booking_class;
	x->field[ENTRY_VERDICT] = q->verdict;
	/* An entry's place in the outbox is its own number. */
	x->field[ENTRY_OUTBOX] = (int64_t)(j->chain.n + 1);
}

/* What keeps a number from being given, apart from an admission before. */
static int room_left(const struct journal *j, const struct series *s,
    uint16_t number, struct err *e)
{
	if (number > TICKET_NUMBER_MAX || s->letter == 0)
		return err_set(e, -ERANGE,
		    MODULE ": the day's numbers of letter %c are used up",
		    s->letter == 0 ? '?' : 'A' + s->letter - 1);
	if (j->chain.seq >= SEQ_MAX)
		return err_set(e, -EOVERFLOW,
		    MODULE ": the ticket key is used up, rekey");
	return 0;
}

/* The next number of the series that the hub granted; 0 = none. */
static int next_granted(struct journal *j, struct series *s, uint16_t *number,
    struct err *e)
{
	int r;

	*number = (uint16_t)(s->number + 1);
	if (*number <= s->block_last)
		return 0;
	r = journal_granted(j, s->day, s->letter, s->number, number,
	    &s->block_last, e);
	return r;
}

/*
 * Which number of which series is next. Without a hub the letter's own count;
 * with one the numbers it granted and, when they are spent, the terminal's
 * own letter, which nobody else gives.
 */
static int next_number(struct journal *j, const struct admit_request *q,
    struct series **s, uint16_t *number, struct err *e)
{
	int r = series_of(j, q->day, q->letter, s, e);

	if (r < 0)
		return r;
	*number = (uint16_t)((*s)->number + 1);
	if (!j->hub || q->letter == j->letter)
		return room_left(j, *s, *number, e);
	r = next_granted(j, *s, number, e);
	if (r == 0 && *number == 0) {
		r = series_of(j, q->day, j->letter, s, e);
		*number = (uint16_t)((*s)->number + 1);
	}
	return r < 0 ? r : room_left(j, *s, *number, e);
}

/* Nothing was written; s is NULL when no number was looked for. An admission
 * before explains it, whatever r says; a number that is taken without one was
 * edited behind our back and must not look like "admitted before". */
static int not_admitted(struct journal *j, const struct admit_request *q,
    const struct series *s, uint16_t number, struct admission *out, int r,
    struct err *e)
{
	struct err unused;
	int found = journal_find_admission(j, &q->booking, q->day, out,
	    &unused);

	if (found == 0)
		return -EEXIST;
	if (r == -EEXIST && s != NULL)
		return err_set(e, -EUCLEAN,
		    MODULE ": number %c-%u was given already, rekey",
		    'A' + s->letter - 1, number);
	return r;
}

/* A walk-in's seat comes from what the hub allowed this terminal. */
static int allowed(struct journal *j, const struct admit_request *q,
    struct err *e)
{
	int64_t left = 0;
	int r;

	if (!j->hub || q->booking_class != CLASS_WALK_IN)
		return 0;
	r = journal_allowance(j, q->day, q->service, q->booking_class, &left,
	    e);
	if (r == 0 && left <= 0)
		r = err_set(e, -EDQUOT,
		    MODULE ": the hub allowed no further walk-in here");
	return r;
}

/* Inside the transaction: everything but begin and end. The unique index of
 * the bookings is asked by writing, not by reading first. */
static int admit(struct journal *j, const struct admit_request *q,
    struct entry *x, struct series **series, struct admission *out,
    struct err *e)
{
	uint16_t number = 0;
	int r;

	*series = NULL;
	r = allowed(j, q, e);
	if (r == 0)
		r = next_number(j, q, series, &number, e);
	if (r == 0) {
		entry_of(j, q, (*series)->letter, number, x);
		r = journal_append(j, x, e);
	}
	if (r < 0)
		return not_admitted(j, q, *series, number, out, r, e);
	r = journal_intent_done(j, &q->op_id, e);
	if (r == 0)
		j->chain.seq++;
	return r;
}

int journal_admit(struct journal *j, const struct admit_request *request,
    struct admission *out, struct err *e)
{
	struct series *series = NULL;
	struct chain before;
	struct entry x;
	uint32_t intents = j->intents;
	int r;

	memset(out, 0, sizeof(*out));
	if (!valid(request))
		return err_set(e, -EINVAL,
		    MODULE ": a field of the admission is out of its range");
	r = journal_begin(j, &before, e);
	if (r < 0)
		return r;
	r = admit(j, request, &x, &series, out, e);
	r = journal_end(j, &before, r, e);
	if (r < 0) {
		j->intents = intents;
		/* A block that was looked up for nothing is looked up again. */
		if (series != NULL)
			series->block_last = 0;
		return r;
	}
	series->number = (uint16_t)x.field[ENTRY_NUMBER];
	journal_admission_of(&x, out);
	return 0;
}

/* An admission written and taken back. The file of its write-ahead log keeps
 * the room. */
static int rehearse(struct journal *j, const struct admit_request *q,
    struct err *e)
{
	struct series *series = NULL;
	uint32_t intents = j->intents;
	struct admission a;
	struct chain before;
	struct entry x;
	int r = journal_begin(j, &before, e);

	if (r < 0)
		return r;
	r = admit(j, q, &x, &series, &a, e);
	/* An admission signs the head too, which is a page more; what goes on
	 * with the hub meanwhile is another. */
	if (r == 0)
		r = db_exec(j->db, MODULE,
		    "UPDATE head SET n = n + 1;"
		    "UPDATE outbox SET value = value",
		    e);
	if (r == 0)
		r = db_flush(j->db, MODULE, e);
	db_rollback(j->db);
	j->chain = before;
	j->intents = intents;
	if (series != NULL)
		series->block_last = 0;
	return r;
}

int journal_try(struct journal *j, struct err *e)
{
	struct admit_request q = {.day = TICKET_EPOCH_DAY,
	    .letter = 1,
	    .service = 1,
	    .verdict = VERDICT_ADMIT_BOOKED};
	bool hub = j->hub;
	int r;

	q.op_id = journal_op_id();
	/* Whether there is room does not depend on what was granted. */
	j->hub = false;
	r = rehearse(j, &q, e);
	j->hub = hub;
	return r;
}

int journal_fits(struct journal *j, const struct admit_request *request,
    struct err *e)
{
	int r = rehearse(j, request, e);

	/* What else is in its way is told when it is to be admitted. */
	return r == -EEXIST || r == -ERANGE || r == -EDQUOT ? 0 : r;
}

int journal_refuse(struct journal *j, int64_t time_s, int32_t day,
    enum verdict verdict, const struct code_hash *booking, struct err *e)
{
	struct entry x = {.time_s = time_s, .kind = AUDIT_VERDICT};

	if (verdict_admits(verdict) || verdict <= VERDICT_UNSET ||
	    verdict >= VERDICTS)
		return err_set(e, -EINVAL, MODULE ": not a refusal");
	if (booking != NULL) {
		x.has_booking = true;
		x.booking = *booking;
	}
	x.field[ENTRY_DAY] = day;
	x.field[ENTRY_VERDICT] = verdict;
	return journal_add(j, &x, e);
}

/* What a print entry repeats of its admission. */
static struct entry print_entry(int64_t time_s, const struct admission *a,
    bool copy)
{
	struct entry x = {.time_s = time_s, .has_booking = true};

	x.booking = a->booking;
	x.field[ENTRY_DAY] = a->ticket.day;
	x.field[ENTRY_KEY_ID] = a->ticket.key_id;
	x.field[ENTRY_SEQ] = a->ticket.seq;
	x.field[ENTRY_DETAIL] = copy;
	return x;
}

int journal_print_start(struct journal *j, int64_t time_s,
    const struct admission *a, bool copy, struct err *e)
{
	struct entry x = print_entry(time_s, a, copy);

	x.kind = copy ? AUDIT_COPY : AUDIT_PRINT_START;
	return journal_add(j, &x, e);
}

int journal_print_end(struct journal *j, int64_t time_s,
    const struct admission *a, bool copy, enum print_verdict how, struct err *e)
{
	struct entry x = print_entry(time_s, a, copy);

	if (how <= PRINT_UNSET || how > PRINT_UNSURE)
		return err_set(e, -EINVAL, MODULE ": not a print's end");
	x.kind = AUDIT_PRINT;
	x.field[ENTRY_PRINT] = how;
	return journal_add(j, &x, e);
}

static bool is_note(enum audit_kind kind)
{
	switch (kind) {
	case AUDIT_CLOCK:
	case AUDIT_IMPORT:
	case AUDIT_ROSTER:
	case AUDIT_QUOTA:
	case AUDIT_COMPLAINT:
	case AUDIT_UPDATE:
	case AUDIT_OFFICER:
	case AUDIT_LOG:
	case AUDIT_TECHNICIAN:
		return true;
	case AUDIT_UNSET:
	case AUDIT_GENESIS:
	case AUDIT_ADMIT:
	case AUDIT_VERDICT:
	case AUDIT_PRINT:
	case AUDIT_COPY:
	case AUDIT_PURGE:
	case AUDIT_VOID:
	case AUDIT_PRINT_START:
	case AUDIT_START:
	case AUDIT_DOUBLE:
	case AUDIT_PASS:
	case AUDIT_GATE:
		return false;
	}
	return false;
}

int journal_note(struct journal *j, int64_t time_s, enum audit_kind kind,
    int64_t detail, struct str text, struct err *e)
{
	struct entry x = {.time_s = time_s, .kind = (uint16_t)kind};

	if (!is_note(kind) || text.len > ENTRY_TEXT)
		return err_set(e, -EINVAL, MODULE ": not a note");
	x.field[ENTRY_DETAIL] = detail;
	memcpy(x.text, text.ptr, text.len);
	x.text_len = (uint8_t)text.len;
	return journal_add(j, &x, e);
}
