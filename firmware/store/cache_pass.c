/* What the feed says of passes: see cache.h. */
#include "cache_file.h"

#include <errno.h>
#include <string.h>

#include "pass_keys.h"

#define PASSES \
	"SELECT a.hash, a.device, a.letter, a.number, a.time_s, a.pass" \
	" FROM feed_day AS d JOIN feed_admission AS a" \
	" ON a.day = d.day AND a.load = d.shown AND a.pass > 0"

int cache_pass_prepare(struct cache *c, struct err *e)
{
	int r = db_prepare(c->db, MODULE,
	    PASSES " WHERE d.day = ?1 AND a.hash = ?2", &c->pass_key, e);

	if (r == 0)
		r = db_prepare(c->db, MODULE,
		    PASSES " WHERE d.day = ?1 AND a.letter = ?2"
			   " AND a.number = ?3",
		    &c->pass_label, e);
	return r;
}

void cache_pass_finalize(struct cache *c)
{
	sqlite3_finalize(c->pass_key);
	sqlite3_finalize(c->pass_label);
}

/* False: no row of ours is such a pass. */
static bool read_move(sqlite3_stmt *s, struct pass_move *m)
{
	int64_t byte = sqlite3_column_int64(s, 5);

	memset(m, 0, sizeof(*m));
	if (sqlite3_column_bytes(s, 0) != CODE_HASH_BYTES || byte > UINT8_MAX ||
	    !pass_byte_read((uint8_t)byte, m))
		return false;
	memcpy(m->key.bytes, sqlite3_column_blob(s, 0), CODE_HASH_BYTES);
	m->device = (uint32_t)sqlite3_column_int64(s, 1);
	m->letter = (uint8_t)sqlite3_column_int(s, 2);
	m->number = (uint16_t)sqlite3_column_int(s, 3);
	m->time_s = sqlite3_column_int64(s, 4);
	return true;
}

static int damaged(struct err *e)
{
	return err_set(e, -EUCLEAN, MODULE ": a pass is damaged");
}

/* Adds what a bound statement gives, and resets it. */
static int add_rows(struct cache *c, sqlite3_stmt *s, struct pass_keys *k,
    struct pass_history *out, struct err *e)
{
	struct pass_move m;
	int step = SQLITE_DONE, r = 0;

	while (r == 0 && (step = sqlite3_step(s)) == SQLITE_ROW)
		r = read_move(s, &m) ? pass_keys_add(k, &m, out, MODULE, e)
				     : damaged(e);
	if (r == 0 && step != SQLITE_DONE)
		r = db_error(c->db, MODULE, "read", e);
	sqlite3_reset(s);
	return r;
}

static int add_own(struct cache *c, struct pass_keys *k,
    struct pass_history *out, struct err *e)
{
	const struct code_hash *key = pass_keys_all(k);
	int r = 0;

	sqlite3_bind_int(c->pass_key, 1, k->subject->day);
	for (size_t i = 0; r == 0 && i < PASS_MOVES; i++) {
		sqlite3_bind_blob(c->pass_key, 2, key[i].bytes, CODE_HASH_BYTES,
		    SQLITE_STATIC);
		r = add_rows(c, c->pass_key, k, out, e);
	}
	return r;
}

static int add_labelled(struct cache *c, struct pass_keys *k,
    struct pass_history *out, struct err *e)
{
	const struct pass_subject *s = k->subject;

	if ((s->of != PASS_TICKET && s->of != PASS_LABEL) || s->letter == 0)
		return 0;
	sqlite3_bind_int(c->pass_label, 1, s->day);
	sqlite3_bind_int(c->pass_label, 2, s->letter);
	sqlite3_bind_int(c->pass_label, 3, s->number);
	return add_rows(c, c->pass_label, k, out, e);
}

int cache_pass_history(struct cache *c, const struct pass_subject *s,
    struct pass_history *out, struct err *e)
{
	struct pass_keys keys = {.subject = s};
	int r;

	memset(out, 0, sizeof(*out));
	if (!c->fed)
		return 0;
	/* A hub that was not told a pass's number knows its key. */
	r = add_own(c, &keys, out, e);
	if (r == 0)
		r = add_labelled(c, &keys, out, e);
	if (r < 0)
		memset(out, 0, sizeof(*out));
	return r;
}

int cache_pass_each(struct cache *c, int32_t day, cache_move_fn *each,
    void *ctx, struct err *e)
{
	sqlite3_stmt *s = NULL;
	struct pass_move m;
	int step, r;

	r = db_prepare(c->db, MODULE,
	    PASSES " WHERE d.day = ?1 ORDER BY a.time_s, a.hash", &s, e);
	if (r < 0)
		return r;
	sqlite3_bind_int(s, 1, day);
	while ((step = sqlite3_step(s)) == SQLITE_ROW && r == 0) {
		if (read_move(s, &m))
			each(ctx, &m);
		else
			r = damaged(e);
	}
	if (r == 0 && step != SQLITE_DONE)
		r = db_error(c->db, MODULE, "read", e);
	sqlite3_finalize(s);
	return r;
}
