/* What a gate writes: passes and refusals. */
#include "journal_file.h"

#include <errno.h>
#include <string.h>

#include "pass_keys.h"

enum { LETTERS = 26, SEQ_MAX = (1 << 24) - 1 };

int journal_gate_prepare(struct journal *j, struct err *e)
{
	const struct {
		sqlite3_stmt **out;
		const char *sql;
	} all[] = {
	    {&j->pass_find,
		"SELECT " ENTRY_COLUMNS " FROM entry"
		" WHERE kind = 13 AND booking = ?1 AND day = ?2"},
	    {&j->pass_label,
		"SELECT " ENTRY_COLUMNS " FROM entry"
		" WHERE kind = 13 AND day = ?1 AND label = ?2 AND number = ?3"
		" ORDER BY n"},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(all); i++)
		r = db_prepare(j->db, MODULE, all[i].sql, all[i].out, e);
	return r;
}

void journal_gate_finalize(struct journal *j)
{
	sqlite3_finalize(j->pass_find);
	sqlite3_finalize(j->pass_label);
}

static bool is_labelled(enum pass_of of)
{
	return of == PASS_TICKET || of == PASS_LABEL;
}

static bool subject_fits(const struct pass_subject *s)
{
	bool label = s->letter >= 1 && s->letter <= LETTERS && s->number >= 1 &&
	    s->number <= TICKET_NUMBER_MAX;

	return s->of > PASS_UNSET && s->of <= PASS_STAFF &&
	    (!is_labelled(s->of) || label) &&
	    (s->of != PASS_TICKET || s->seq <= SEQ_MAX) &&
	    s->companions <= PASS_COMPANIONS && s->day >= TICKET_EPOCH_DAY &&
	    s->day <= TICKET_EPOCH_DAY + UINT16_MAX;
}

static bool valid(const struct pass *p)
{
	struct code_hash key;

	if (!subject_fits(&p->subject) || p->move >= PASS_MOVES ||
	    p->reason >= PASS_REASONS || p->overruled >= GATE_VERDICTS ||
	    memchr(p->officer, '\0', sizeof(p->officer)) == NULL)
		return false;
	/* What is used once is the key: it must be this subject's. */
	key = pass_key(&p->subject, p->move);
	return memcmp(&key, &p->key, sizeof(key)) == 0;
}

static uint8_t byte_of(const struct pass *p)
{
	const struct pass_move m = {.of = p->subject.of,
	    .out = p->out,
	    .companions = p->subject.companions};

	return pass_byte(&m);
}

/* An entry's label, and of a ticket its id. */
static void put_subject(const struct pass_subject *s, struct entry *x)
{
	if (is_labelled(s->of)) {
		x->field[ENTRY_LABEL] = s->letter;
		x->field[ENTRY_NUMBER] = s->number;
	}
	if (s->of == PASS_TICKET) {
		x->field[ENTRY_KEY_ID] = s->key_id;
		x->field[ENTRY_SEQ] = s->seq;
	}
}

static void entry_of(const struct journal *j, const struct pass *p,
    struct entry *x)
{
	memset(x, 0, sizeof(*x));
	x->time_s = p->time_s;
	x->kind = AUDIT_PASS;
	x->has_op = x->has_booking = true;
	x->op_id = p->op_id;
	x->booking = p->key;
	put_subject(&p->subject, x);
	x->field[ENTRY_DAY] = p->subject.day;
	x->field[ENTRY_COMPANIONS] = p->subject.companions;
	x->field[ENTRY_CLASS] = byte_of(p);
	x->field[ENTRY_VERDICT] = p->overruled;
	x->field[ENTRY_PRINT] = p->reason;
	x->field[ENTRY_DETAIL] = p->move;
	if (j->hub)
		x->field[ENTRY_OUTBOX] = (int64_t)(j->chain.n + 1);
	x->text_len = (uint8_t)strlen(p->officer);
	memcpy(x->text, p->officer, x->text_len);
}

static int damaged(struct err *e)
{
	return err_set(e, -EUCLEAN,
	    MODULE ": a pass is damaged, see `karcis-ctl audit verify`");
}

/* False: no entry of ours is such a pass. */
static bool move_of(const struct entry *x, struct pass_move *m)
{
	memset(m, 0, sizeof(*m));
	if (x->kind != AUDIT_PASS || !x->has_booking ||
	    !pass_byte_read((uint8_t)x->field[ENTRY_CLASS], m))
		return false;
	m->key = x->booking;
	m->letter = (uint8_t)x->field[ENTRY_LABEL];
	m->number = (uint16_t)x->field[ENTRY_NUMBER];
	m->time_s = x->time_s;
	return true;
}

static bool pass_of(const struct entry *x, struct pass *p)
{
	struct pass_move m;

	memset(p, 0, sizeof(*p));
	if (!move_of(x, &m) || x->text_len >= sizeof(p->officer))
		return false;
	p->n = x->n;
	p->op_id = x->op_id;
	p->key = x->booking;
	p->subject.of = m.of;
	p->subject.day = (int32_t)x->field[ENTRY_DAY];
	p->subject.key_id = (uint16_t)x->field[ENTRY_KEY_ID];
	p->subject.seq = (uint32_t)x->field[ENTRY_SEQ];
	p->subject.letter = m.letter;
	p->subject.number = m.number;
	p->subject.companions = m.companions;
	p->move = (uint8_t)x->field[ENTRY_DETAIL];
	p->out = m.out;
	p->time_s = x->time_s;
	memcpy(p->officer, x->text, x->text_len);
	p->reason = (enum pass_reason)x->field[ENTRY_PRINT];
	p->overruled = (uint8_t)x->field[ENTRY_VERDICT];
	return true;
}

/* -ENOENT (no sentence): none. */
static int find_entry(struct journal *j, const struct code_hash *key,
    int32_t day, struct entry *x, struct err *e)
{
	sqlite3_stmt *s = j->pass_find;
	int step, r = 0;

	sqlite3_bind_blob(s, 1, key->bytes, CODE_HASH_BYTES, SQLITE_STATIC);
	sqlite3_bind_int(s, 2, day);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW)
		entry_read(s, x);
	else
		r = step == SQLITE_DONE ? -ENOENT
					: db_error(j->db, MODULE, "read", e);
	sqlite3_reset(s);
	return r;
}

/* Nothing was written. A movement that is there explains it; a row that is
 * refused without one was edited behind our back. */
static int not_passed(struct journal *j, const struct pass *p, struct pass *out,
    int r, struct err *e)
{
	struct err unused;
	struct entry x;

	if (find_entry(j, &p->key, p->subject.day, &x, &unused) == 0)
		return pass_of(&x, out) ? -EEXIST : damaged(e);
	return r == -EEXIST ? damaged(e) : r;
}

int journal_pass(struct journal *j, const struct pass *p, struct pass *out,
    struct err *e)
{
	struct chain before;
	struct entry x;
	int r;

	memset(out, 0, sizeof(*out));
	if (!valid(p))
		return err_set(e, -EINVAL,
		    MODULE ": a field of the pass is out of its range");
	r = journal_begin(j, &before, e);
	if (r < 0)
		return r;
	entry_of(j, p, &x);
	r = journal_append(j, &x, e);
	if (r < 0)
		r = not_passed(j, p, out, r, e);
	r = journal_end(j, &before, r, e);
	if (r < 0)
		return r;
	*out = *p;
	out->n = x.n;
	return 0;
}

static int add_move(struct pass_keys *k, const struct entry *x,
    struct pass_history *out, struct err *e)
{
	struct pass_move m;

	if (!move_of(x, &m))
		return damaged(e);
	return pass_keys_add(k, &m, out, MODULE, e);
}

/* A ticket's own passes bear its number too. */
static int history_by_label(struct journal *j, struct pass_keys *k,
    struct pass_history *out, struct err *e)
{
	sqlite3_stmt *s = j->pass_label;
	struct entry x;
	int step = SQLITE_DONE, r = 0;

	sqlite3_bind_int(s, 1, k->subject->day);
	sqlite3_bind_int(s, 2, k->subject->letter);
	sqlite3_bind_int(s, 3, k->subject->number);
	while (r == 0 && (step = sqlite3_step(s)) == SQLITE_ROW) {
		entry_read(s, &x);
		r = add_move(k, &x, out, e);
	}
	if (r == 0 && step != SQLITE_DONE)
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_reset(s);
	return r;
}

/* Movements between may have been made at other gates. */
static int history_by_key(struct journal *j, struct pass_keys *k,
    struct pass_history *out, struct err *e)
{
	const struct code_hash *key = pass_keys_all(k);
	struct entry x;
	int r = 0;

	for (size_t i = 0; r == 0 && i < PASS_MOVES; i++) {
		r = find_entry(j, &key[i], k->subject->day, &x, e);
		if (r == 0)
			r = add_move(k, &x, out, e);
		else if (r == -ENOENT)
			r = 0;
	}
	return r;
}

int journal_pass_history(struct journal *j, const struct pass_subject *s,
    struct pass_history *out, struct err *e)
{
	struct pass_keys keys = {.subject = s};
	int r;

	memset(out, 0, sizeof(*out));
	r = is_labelled(s->of) ? history_by_label(j, &keys, out, e)
			       : history_by_key(j, &keys, out, e);
	if (r < 0)
		memset(out, 0, sizeof(*out));
	return r;
}

int journal_pass_each(struct journal *j, int32_t day, journal_move_fn *each,
    void *ctx, struct err *e)
{
	sqlite3_stmt *s = NULL;
	struct pass_move m;
	struct entry x;
	int step, r;

	r = db_prepare(j->db, MODULE,
	    "SELECT " ENTRY_COLUMNS " FROM entry"
	    " WHERE kind = 13 AND day = ?1 ORDER BY n",
	    &s, e);
	if (r < 0)
		return r;
	sqlite3_bind_int(s, 1, day);
	while ((step = sqlite3_step(s)) == SQLITE_ROW && r == 0) {
		entry_read(s, &x);
		if (move_of(&x, &m))
			each(ctx, &m);
		else
			r = damaged(e);
	}
	if (r == 0 && step != SQLITE_DONE)
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_finalize(s);
	return r;
}

int journal_gate_refuse(struct journal *j, int64_t time_s, int32_t day,
    enum gate_verdict verdict, const struct pass_subject *s, struct err *e)
{
	struct entry x = {.time_s = time_s, .kind = AUDIT_GATE};

	if (verdict <= GATE_UNSET || verdict >= GATE_VERDICTS ||
	    gate_opens(verdict))
		return err_set(e, -EINVAL, MODULE ": not a gate's refusal");
	if (s != NULL)
		put_subject(s, &x);
	if (s != NULL && s->of == PASS_CODE) {
		x.has_booking = true;
		x.booking = pass_key(s, 0);
	}
	x.field[ENTRY_DAY] = day;
	x.field[ENTRY_VERDICT] = verdict;
	return journal_add(j, &x, e);
}
