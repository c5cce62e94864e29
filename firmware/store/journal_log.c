/* The chain, as the hub's log takes it: hashes, and nothing of a person. */
#include "journal_file.h"

#include <errno.h>
#include <string.h>

static bool copy_exact(sqlite3_stmt *s, int i, void *out, size_t len)
{
	const void *p = sqlite3_column_blob(s, i);

	if (p == NULL || (size_t)sqlite3_column_bytes(s, i) != len)
		return false;
	memcpy(out, p, len);
	return true;
}

static bool read_link(sqlite3_stmt *s, struct log_entry *x)
{
	int64_t kind = sqlite3_column_int64(s, 2);

	memset(x, 0, sizeof(*x));
	x->n = (uint64_t)sqlite3_column_int64(s, 0);
	x->time_s = sqlite3_column_int64(s, 1);
	x->kind = (uint16_t)kind;
	return kind > 0 && kind <= UINT16_MAX &&
	    copy_exact(s, 3, x->commitment.bytes, AUDIT_HASH_BYTES) &&
	    copy_exact(s, 4, x->hash.bytes, AUDIT_HASH_BYTES);
}

static int damaged(const char *what, struct err *e)
{
	return err_set(e, -EUCLEAN,
	    MODULE ": %s is damaged, see `karcis-ctl audit verify`", what);
}

int journal_chain(struct journal *j, uint64_t from, struct log_entry *out,
    size_t cap, size_t *count, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r, step = SQLITE_DONE;

	*count = 0;
	if (from > INT64_MAX)
		return 0;
	r = db_prepare(j->db, MODULE,
	    "SELECT n, time_s, kind, commitment, hash FROM entry"
	    " WHERE n >= ?1 ORDER BY n",
	    &s, e);
	if (r < 0)
		return r;
	sqlite3_bind_int64(s, 1, (int64_t)from);
	while (
	    r == 0 && *count < cap && (step = sqlite3_step(s)) == SQLITE_ROW) {
		if (read_link(s, &out[*count]))
			++*count;
		else
			r = damaged("an entry", e);
	}
	if (r == 0 && step != SQLITE_DONE && step != SQLITE_ROW)
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_finalize(s);
	return r;
}

int journal_signed_head(struct journal *j, uint64_t *n, struct audit_hash *hash,
    uint8_t signature[64], struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r, step;

	*n = 0;
	r = db_prepare(j->db, MODULE, "SELECT n, hash, signature FROM head", &s,
	    e);
	if (r < 0)
		return r;
	step = sqlite3_step(s);
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		r = db_error(j->db, MODULE, "read", e);
	else if (step == SQLITE_DONE ||
	    !copy_exact(s, 1, hash->bytes, sizeof(hash->bytes)) ||
	    !copy_exact(s, 2, signature, SIGNATURE_BYTES))
		r = damaged("the signed head", e);
	else
		*n = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return r;
}

const uint8_t *journal_audit_public(const struct journal *j)
{
	return j->audit_public;
}

int journal_logged(struct journal *j, uint64_t *n, char note[NOTE_BYTES],
    struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r, step;

	*n = 0;
	note[0] = '\0';
	r = db_prepare(j->db, MODULE, "SELECT n, note FROM logged", &s, e);
	if (r < 0)
		return r;
	step = sqlite3_step(s);
	if (step == SQLITE_ROW) {
		*n = (uint64_t)sqlite3_column_int64(s, 0);
		if (!str_copy(note, NOTE_BYTES,
			str_of(sqlite3_column_text(s, 1),
			    (size_t)sqlite3_column_bytes(s, 1))))
			r = damaged("what the hub's log holds", e);
	} else if (step != SQLITE_DONE) {
		r = db_error(j->db, MODULE, "read", e);
	}
	sqlite3_finalize(s);
	return r;
}

int journal_set_logged(struct journal *j, uint64_t n, struct str note,
    struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r;

	if (note.len >= NOTE_BYTES || n > INT64_MAX)
		return err_set(e, -EINVAL,
		    MODULE ": the hub's checkpoint is too long");
	r = db_prepare(j->db, MODULE,
	    "INSERT OR REPLACE INTO logged VALUES (1, ?1, ?2)", &s, e);
	if (r < 0)
		return r;
	sqlite3_bind_int64(s, 1, (int64_t)n);
	sqlite3_bind_text(s, 2, note.len == 0 ? "" : note.ptr, (int)note.len,
	    SQLITE_STATIC);
	r = journal_step(j, s, e);
	sqlite3_finalize(s);
	return r;
}
