/* What the hub's feed says: see cache.h. */
#include "cache_file.h"

#include <errno.h>
#include <string.h>

#define IMPORTING MODULE ": an import is under way"

enum { LETTERS = 26 };

/* A day's row of feed_day. */
struct day_state {
	bool known;
	int64_t epoch, at, synced_s;
	struct feed_digest digest;
	int shown, load; /* they differ while loading */
};

int cache_feed_prepare(struct cache *c, struct err *e)
{
	const struct {
		sqlite3_stmt **out;
		const char *sql;
	} all[] = {
	    {&c->find_fed,
		"SELECT " CACHE_COLUMNS " FROM feed_booking AS b"
		" WHERE hash = ?1 AND load ="
		" (SELECT shown FROM feed_day AS d WHERE d.day = b.day)"
		/* A code that was moved stands on two days. */
		" ORDER BY status = 1 DESC, day DESC LIMIT 1"},
	    {&c->feed_begin, "BEGIN IMMEDIATE"},
	    {&c->feed_commit, "COMMIT"},
	    {&c->feed_day,
		"SELECT epoch, at, digest, shown, load, synced_s"
		" FROM feed_day WHERE day = ?1"},
	    {&c->feed_set,
		"INSERT OR REPLACE INTO feed_day (day, epoch, at, digest,"
		" shown, load, synced_s) VALUES (?1,?2,?3,?4,?5,?6,?7)"},
	    {&c->feed_old,
		"SELECT " CACHE_COLUMNS " FROM feed_booking"
		" WHERE hash = ?1 AND day = ?2 AND load = ?3"},
	    {&c->feed_put,
		"INSERT OR REPLACE INTO feed_booking (" CACHE_COLUMNS ", load)"
		" VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)"},
	    {&c->feed_del,
		"DELETE FROM feed_booking"
		" WHERE hash = ?1 AND day = ?2 AND load = ?3"},
	    {&c->feed_adm_old,
		"SELECT op_id, device, letter, number, time_s, pass"
		" FROM feed_admission"
		" WHERE hash = ?1 AND day = ?2 AND load = ?3"},
	    {&c->feed_adm_put,
		"INSERT OR REPLACE INTO feed_admission (hash, day, load,"
		" op_id, device, letter, number, time_s, pass)"
		" VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"},
	};
	int64_t days = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(all); i++)
		r = db_prepare(c->db, MODULE, all[i].sql, all[i].out, e);
	if (r == 0)
		r = db_number(c->db, MODULE, "SELECT count(*) FROM feed_day",
		    &days, e);
	c->fed = days > 0;
	return r;
}

void cache_feed_finalize(struct cache *c)
{
	sqlite3_stmt *const all[] = {c->find_fed, c->feed_begin, c->feed_commit,
	    c->feed_day, c->feed_set, c->feed_old, c->feed_put, c->feed_del,
	    c->feed_adm_old, c->feed_adm_put};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		sqlite3_finalize(all[i]);
}

static int step_done(struct cache *c, sqlite3_stmt *s, struct err *e)
{
	int r = 0;

	if (sqlite3_step(s) != SQLITE_DONE)
		r = db_error(c->db, MODULE, "write", e);
	sqlite3_reset(s);
	return r;
}

static int read_day(struct cache *c, int32_t day, struct day_state *out,
    struct err *e)
{
	sqlite3_stmt *s = c->feed_day;
	int r = 0;

	memset(out, 0, sizeof(*out));
	out->load = 1;
	sqlite3_bind_int(s, 1, day);
	switch (sqlite3_step(s)) {
	case SQLITE_ROW:
		out->known = true;
		out->epoch = sqlite3_column_int64(s, 0);
		out->at = sqlite3_column_int64(s, 1);
		if (!feed_digest_parse(str_of(sqlite3_column_text(s, 2),
					   (size_t)sqlite3_column_bytes(s, 2)),
			&out->digest))
			r = err_set(e, -EUCLEAN,
			    MODULE ": a day of the feed is damaged");
		out->shown = sqlite3_column_int(s, 3);
		out->load = sqlite3_column_int(s, 4);
		out->synced_s = sqlite3_column_int64(s, 5);
		break;
	case SQLITE_DONE:
		break;
	default:
		r = db_error(c->db, MODULE, "read", e);
		break;
	}
	sqlite3_reset(s);
	return r;
}

static int write_day(struct cache *c, int32_t day, const struct day_state *d,
    struct err *e)
{
	sqlite3_stmt *s = c->feed_set;
	char hex[FEED_DIGEST_HEX + 1];

	feed_digest_hex(&d->digest, hex);
	sqlite3_bind_int(s, 1, day);
	sqlite3_bind_int64(s, 2, d->epoch);
	sqlite3_bind_int64(s, 3, d->at);
	sqlite3_bind_text(s, 4, hex, FEED_DIGEST_HEX, SQLITE_STATIC);
	sqlite3_bind_int(s, 5, d->shown);
	sqlite3_bind_int(s, 6, d->load);
	sqlite3_bind_int64(s, 7, d->synced_s);
	return step_done(c, s, e);
}

int cache_feed_state(struct cache *c, int32_t day, struct cache_feed *out,
    struct err *e)
{
	struct day_state d;
	int r = read_day(c, day, &d, e);

	memset(out, 0, sizeof(*out));
	if (r < 0 || !d.known)
		return r;
	out->epoch = d.epoch;
	out->at = d.at;
	out->synced_s = d.synced_s;
	out->whole = d.shown == d.load;
	out->digest = d.digest;
	return 0;
}

static void bind_key(sqlite3_stmt *s, const struct code_hash *hash, int32_t day,
    int load)
{
	sqlite3_bind_blob(s, 1, hash->bytes, CODE_HASH_BYTES, SQLITE_STATIC);
	sqlite3_bind_int(s, 2, day);
	sqlite3_bind_int(s, 3, load);
}

/* Takes the row that stands there, if any, off the digest. */
static int take_booking(struct cache *c, const struct code_hash *hash,
    int32_t day, struct day_state *d, bool *was, struct err *e)
{
	struct booking old;
	int r = 0, step;

	bind_key(c->feed_old, hash, day, d->load);
	step = sqlite3_step(c->feed_old);
	*was = step == SQLITE_ROW;
	if (*was && !cache_read_row(c->feed_old, &old))
		r = err_set(e, -EUCLEAN, MODULE ": a booking is damaged");
	else if (*was)
		feed_take_booking(&d->digest, &old);
	else if (step != SQLITE_DONE)
		r = db_error(c->db, MODULE, "read", e);
	sqlite3_reset(c->feed_old);
	return r;
}

static int put_booking(struct cache *c, const struct booking *b,
    struct day_state *d, struct err *e)
{
	bool was;
	int r = take_booking(c, &b->hash, b->day, d, &was, e);

	if (r < 0)
		return r;
	cache_bind_row(c->feed_put, b);
	sqlite3_bind_int(c->feed_put, 14, d->load);
	feed_add_booking(&d->digest, b);
	return step_done(c, c->feed_put, e);
}

static int del_booking(struct cache *c, const struct code_hash *hash,
    int32_t day, struct day_state *d, struct err *e)
{
	bool was;
	int r = take_booking(c, hash, day, d, &was, e);

	if (r < 0 || !was)
		return r;
	bind_key(c->feed_del, hash, day, d->load);
	return step_done(c, c->feed_del, e);
}

/* 1: there is one; 0: none. */
static int read_admission(struct cache *c, const struct code_hash *hash,
    int32_t day, int load, struct feed_admission *out, struct err *e)
{
	sqlite3_stmt *s = c->feed_adm_old;
	int r = 0, step;

	memset(out, 0, sizeof(*out));
	bind_key(s, hash, day, load);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW && sqlite3_column_bytes(s, 0) == OP_ID_BYTES) {
		out->booking = *hash;
		memcpy(out->op_id.bytes, sqlite3_column_blob(s, 0),
		    OP_ID_BYTES);
		out->device = (uint32_t)sqlite3_column_int64(s, 1);
		out->letter = (uint8_t)sqlite3_column_int(s, 2);
		out->number = (uint16_t)sqlite3_column_int(s, 3);
		out->time_s = sqlite3_column_int64(s, 4);
		out->pass = (uint8_t)sqlite3_column_int(s, 5);
		r = 1;
	} else if (step == SQLITE_ROW) {
		r = err_set(e, -EUCLEAN, MODULE ": an admission is damaged");
	} else if (step != SQLITE_DONE) {
		r = db_error(c->db, MODULE, "read", e);
	}
	sqlite3_reset(s);
	return r;
}

static int put_admission(struct cache *c, const struct feed_page *page,
    const struct feed_admission *a, struct day_state *d, struct err *e)
{
	sqlite3_stmt *s = c->feed_adm_put;
	struct feed_admission old;
	int r = read_admission(c, &a->booking, page->day, d->load, &old, e);

	if (r < 0)
		return r;
	if (r == 1)
		feed_take_admission(&d->digest, page->office, page->day, &old);
	feed_add_admission(&d->digest, page->office, page->day, a);
	bind_key(s, &a->booking, page->day, d->load);
	sqlite3_bind_blob(s, 4, a->op_id.bytes, OP_ID_BYTES, SQLITE_STATIC);
	sqlite3_bind_int64(s, 5, a->device);
	sqlite3_bind_int(s, 6, a->letter);
	sqlite3_bind_int(s, 7, a->number);
	sqlite3_bind_int64(s, 8, a->time_s);
	sqlite3_bind_int(s, 9, a->pass);
	return step_done(c, s, e);
}

static int apply_op(struct cache *c, const struct feed_page *page,
    const struct feed_op *op, struct day_state *d, struct err *e)
{
	switch (op->kind) {
	case FEED_PUT:
		return put_booking(c, &op->booking, d, e);
	case FEED_DEL:
		return del_booking(c, &op->booking.hash, page->day, d, e);
	case FEED_ADM:
	case FEED_PAS:
		return put_admission(c, page, &op->admission, d, e);
	case FEED_UNSET:
		break;
	}
	return err_set(e, -EINVAL, MODULE ": an op of the feed is not known");
}

static bool admission_fits(const struct feed_admission *a)
{
	return a->device >= 1 && a->letter <= LETTERS &&
	    a->number <= TICKET_NUMBER_MAX;
}

static bool op_fits(const struct feed_page *page, const struct feed_op *op,
    int64_t last)
{
	struct pass_move move;

	if (op->seq <= last || op->seq > page->to)
		return false;
	switch (op->kind) {
	case FEED_PUT:
		return op->booking.day == page->day &&
		    op->booking.office == page->office &&
		    op->booking.permit_expires_day >= 0 &&
		    cache_valid(&op->booking);
	case FEED_DEL:
		return true;
	case FEED_ADM:
		return op->admission.pass == 0 &&
		    admission_fits(&op->admission);
	case FEED_PAS:
		return pass_byte_read(op->admission.pass, &move) &&
		    admission_fits(&op->admission);
	case FEED_UNSET:
		break;
	}
	return false;
}

static bool page_fits(const struct feed_page *page)
{
	int64_t last = page->from;

	if (page->office < 1 || page->day < 1 || page->epoch < 1 ||
	    page->from < 0 || page->to < page->from || page->head < page->to ||
	    page->more != (page->to < page->head))
		return false;
	/* Who asks for more after it would never come to an end. */
	if (page->more && page->to == page->from)
		return false;
	for (size_t i = 0; i < page->n; i++) {
		if (!op_fits(page, &page->ops[i], last))
			return false;
		last = page->ops[i].seq;
	}
	return true;
}

static int delete_load(struct cache *c, int32_t day, int load, struct err *e)
{
	static const char *const sql[] = {
	    "DELETE FROM feed_booking WHERE day = ?1 AND load = ?2",
	    "DELETE FROM feed_admission WHERE day = ?1 AND load = ?2"};
	sqlite3_stmt *s;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(sql); i++) {
		r = db_prepare(c->db, MODULE, sql[i], &s, e);
		if (r < 0)
			break;
		sqlite3_bind_int(s, 1, day);
		sqlite3_bind_int(s, 2, load);
		r = step_done(c, s, e);
		sqlite3_finalize(s);
	}
	return r;
}

/* All pages are there: what was loaded is what counts. */
static int show_load(struct cache *c, const struct feed_page *page,
    struct day_state *d, int64_t now_s, struct err *e)
{
	int before = d->shown;

	if (!feed_digest_eq(&d->digest, &page->digest))
		return -EILSEQ;
	d->shown = d->load;
	d->synced_s = now_s;
	return before == d->load ? 0 : delete_load(c, page->day, before, e);
}

static int apply(struct cache *c, const struct feed_page *page,
    struct day_state *d, int64_t now_s, struct err *e)
{
	int r = 0;

	d->epoch = page->epoch;
	d->at = page->to;
	for (size_t i = 0; r == 0 && i < page->n; i++)
		r = apply_op(c, page, &page->ops[i], d, e);
	if (r == 0 && !page->more)
		r = show_load(c, page, d, now_s, e);
	if (r == 0)
		r = write_day(c, page->day, d, e);
	return r;
}

int cache_feed_restart(struct cache *c, int32_t day, struct err *e)
{
	struct day_state d;
	int r;

	if (c->importing)
		return err_set(e, -EBUSY, IMPORTING);
	r = step_done(c, c->feed_begin, e);
	if (r == 0)
		r = read_day(c, day, &d, e);
	if (r == -EUCLEAN) /* begins again all the same */
		r = 0;
	if (r == 0) {
		d.load = 1 - d.shown;
		d.epoch = d.at = 0;
		memset(&d.digest, 0, sizeof(d.digest));
		r = delete_load(c, day, d.load, e);
	}
	if (r == 0)
		r = write_day(c, day, &d, e);
	if (r == 0)
		r = step_done(c, c->feed_commit, e);
	if (r == 0)
		c->fed = true;
	db_rollback(c->db);
	return r;
}

int cache_feed_apply(struct cache *c, const struct feed_page *page,
    int64_t now_s, struct err *e)
{
	struct day_state d;
	int r;

	if (c->importing)
		return err_set(e, -EBUSY, IMPORTING);
	if (!page_fits(page))
		return err_set(e, -EINVAL,
		    MODULE ": a page of the feed contradicts itself");
	r = step_done(c, c->feed_begin, e);
	if (r == 0)
		r = read_day(c, page->day, &d, e);
	if (r == 0 &&
	    (page->from != d.at || (d.at > 0 && page->epoch != d.epoch)))
		r = err_set(e, -ESTALE,
		    MODULE ": a page of the feed does not begin where the last"
			   " one ended");
	if (r == 0)
		r = apply(c, page, &d, now_s, e);
	if (r == 0)
		r = step_done(c, c->feed_commit, e);
	db_rollback(c->db);
	if (r == 0)
		c->fed = true;
	return r == -EILSEQ
	    ? err_set(e, r, MODULE ": the feed's digest is not ours")
	    : r;
}

int cache_find_admission(struct cache *c, const struct code_hash *hash,
    int32_t day, struct feed_admission *out, struct err *e)
{
	struct day_state d;
	int r;

	memset(out, 0, sizeof(*out));
	if (!c->fed)
		return -ENOENT;
	r = read_day(c, day, &d, e);
	if (r == 0)
		r = d.known ? read_admission(c, hash, day, d.shown, out, e) : 0;
	if (r < 0)
		return r;
	if (r == 1 && out->pass == 0)
		return 0;
	memset(out, 0, sizeof(*out)); /* none, or somebody's at a gate */
	return -ENOENT;
}

/* A day that is none: the cache is fed, whatever other days there are. */
#define MARK_FED \
	"INSERT OR IGNORE INTO feed_day VALUES (0, 0, 0, '" \
	"0000000000000000000000000000000000000000000000000000000000000000" \
	"', 0, 1, 0);"

int cache_forget(struct cache *c, struct err *e)
{
	int r;

	/* An import that is under way ends; its caller is told at the next
	 * step. */
	cache_import_rollback(c);
	r = db_exec(c->db, MODULE,
	    "BEGIN IMMEDIATE; DELETE FROM booking; DELETE FROM feed_booking;"
	    "DELETE FROM feed_admission; DELETE FROM feed_day;"
	    "DELETE FROM roster; DELETE FROM meta; DELETE FROM told;" MARK_FED
	    "COMMIT",
	    e);
	db_rollback(c->db);
	if (r == 0)
		c->fed = true;
	if (r == 0)
		r = db_exec(c->db, MODULE, "PRAGMA wal_checkpoint(TRUNCATE)",
		    e);
	return r;
}

static int purge_days(struct cache *c, int32_t before_day, int64_t *removed,
    struct err *e)
{
	static const char *const sql[] = {
	    "DELETE FROM feed_booking WHERE day < ?1",
	    "DELETE FROM feed_admission WHERE day < ?1",
	    "DELETE FROM feed_day WHERE day < ?1 AND day > 0"};
	sqlite3_stmt *s;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(sql); i++) {
		r = db_prepare(c->db, MODULE, sql[i], &s, e);
		if (r < 0)
			break;
		sqlite3_bind_int(s, 1, before_day);
		r = step_done(c, s, e);
		if (i == 0 && r == 0)
			*removed += sqlite3_changes64(c->db);
		sqlite3_finalize(s);
	}
	return r;
}

/* Inside the purge's transaction. */
int cache_feed_purge(struct cache *c, int32_t before_day, int64_t *removed,
    struct err *e)
{
	int r;

	if (!c->fed)
		return 0;
	/* Also when no day is left, what was imported does not count. */
	r = db_exec(c->db, MODULE, MARK_FED, e);
	return r < 0 ? r : purge_days(c, before_day, removed, e);
}
