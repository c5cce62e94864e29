#include "audit_export_inner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "journal_file.h"

struct audit_rows {
	sqlite3 *db;
	sqlite3_stmt *next;
};

enum column {
	COL_N,
	COL_TIME,
	COL_KIND,
	COL_COMMITMENT,
	COL_HASH,
	COL_SALT,
	COL_PAYLOAD
};

int audit_rows_open(const char *path, struct audit_rows **out, struct err *e)
{
	struct audit_rows *r = calloc(1, sizeof(*r));
	int err;

	*out = NULL;
	if (r == NULL)
		return err_set(e, -ENOMEM, MODULE ": out of memory");
	err = chain_open(path, &r->db, e);
	if (err == 0)
		err = db_prepare(r->db, MODULE,
		    "SELECT " AUDIT_COLUMNS " FROM entry ORDER BY n", &r->next,
		    e);
	if (err < 0) {
		audit_rows_close(r);
		return err;
	}
	*out = r;
	return 0;
}

void audit_rows_close(struct audit_rows *r)
{
	if (r == NULL)
		return;
	sqlite3_finalize(r->next);
	db_close(r->db);
	free(r);
}

static bool column_exact(sqlite3_stmt *s, int i, uint8_t *out, size_t len)
{
	const void *p = sqlite3_column_blob(s, i);

	if (p == NULL || (size_t)sqlite3_column_bytes(s, i) != len)
		return false;
	memcpy(out, p, len);
	return true;
}

int audit_read_head(sqlite3 *db, struct audit_head *out, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int step,
	    err = db_prepare(db, MODULE, "SELECT n, hash, signature FROM head",
		&s, e);

	if (err < 0)
		return err;
	step = sqlite3_step(s);
	out->n = (uint64_t)sqlite3_column_int64(s, 0);
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		err = db_error(db, MODULE, "read", e);
	else if (step == SQLITE_DONE ||
	    !column_exact(s, 1, out->hash.bytes, sizeof(out->hash.bytes)) ||
	    !column_exact(s, 2, out->signature, sizeof(out->signature)))
		err = err_set(e, -ENODATA, MODULE ": there is no signed head");
	sqlite3_finalize(s);
	return err;
}

int audit_rows_head(struct audit_rows *r, struct audit_head *out, struct err *e)
{
	int64_t erased = 0;
	int err = db_number(r->db, MODULE,
	    "SELECT coalesce(max(detail), 0) FROM entry WHERE kind = 6",
	    &erased, e);

	if (err < 0)
		return err;
	out->erased = erased < 0 ? 0 : (uint64_t)erased;
	return audit_read_head(r->db, out, e);
}

int audit_rows_checkpoint(struct audit_rows *r, char out[NOTE_BYTES],
    struct err *e)
{
	sqlite3_stmt *s = NULL;
	const void *note;
	int err, step;

	out[0] = '\0';
	err = db_prepare(r->db, MODULE, "SELECT note FROM logged", &s, e);
	if (err < 0)
		return err;
	step = sqlite3_step(s);
	note = sqlite3_column_blob(s, 0);
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		err = db_error(r->db, MODULE, "read", e);
	else if (note != NULL &&
	    !str_copy(out, NOTE_BYTES,
		str_of(note, (size_t)sqlite3_column_bytes(s, 0))))
		err = err_set(e, -EUCLEAN,
		    MODULE ": the hub's checkpoint is longer than a note");
	sqlite3_finalize(s);
	return err;
}

/* A payload that was erased took its salt with it. */
static bool read_row(sqlite3_stmt *s, struct audit_row *out)
{
	int64_t n = sqlite3_column_int64(s, COL_N);
	int64_t kind = sqlite3_column_int64(s, COL_KIND);
	const void *payload = sqlite3_column_blob(s, COL_PAYLOAD);

	memset(out, 0, sizeof(*out));
	out->n = n > 0 ? (uint64_t)n : 0;
	out->time_s = sqlite3_column_int64(s, COL_TIME);
	out->kind = (uint16_t)kind;
	out->whole = payload != NULL;
	if (out->whole)
		out->payload = str_of(payload,
		    (size_t)sqlite3_column_bytes(s, COL_PAYLOAD));
	return n > 0 && kind > 0 && kind <= UINT16_MAX &&
	    column_exact(s, COL_COMMITMENT, out->commitment.bytes,
		sizeof(out->commitment.bytes)) &&
	    column_exact(s, COL_HASH, out->hash.bytes,
		sizeof(out->hash.bytes)) &&
	    (!out->whole ||
		column_exact(s, COL_SALT, out->salt, sizeof(out->salt)));
}

int audit_read_row(sqlite3_stmt *s, struct audit_row *out, struct err *e)
{
	return read_row(s, out)
	    ? 0
	    : err_set(e, -EUCLEAN, MODULE ": entry %llu is malformed",
		  (unsigned long long)out->n);
}

int audit_rows_next(struct audit_rows *r, struct audit_row *out, struct err *e)
{
	int step = sqlite3_step(r->next);

	if (step == SQLITE_DONE)
		return 0;
	if (step != SQLITE_ROW)
		return db_error(r->db, MODULE, "read", e);
	step = audit_read_row(r->next, out, e);
	return step < 0 ? step : 1;
}
