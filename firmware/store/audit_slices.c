#include "audit_slices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit_export_inner.h"
#include "journal_file.h"

enum stage { STAGE_UNSET = 0, STAGE_LOOK, STAGE_ROWS, STAGE_WHOLE };

struct audit_slices {
	enum stage stage;
	struct journal *j;
	struct audit_export x;
	char to[256];
	FILE *f; /* NULL = not made */
	int64_t most_bytes;
	struct audit_head head;
	uint64_t at; /* the last entry that was looked at, or written */
};

int audit_slices_open(struct journal *j, const struct audit_export *x,
    const char *to, int64_t most_bytes, struct audit_slices **out,
    struct err *e)
{
	struct audit_slices *s = calloc(1, sizeof(*s));
	int fd, r;

	*out = NULL;
	if (s == NULL)
		return err_set(e, -ENOMEM, "audit: out of memory");
	s->j = j;
	s->x = *x;
	s->most_bytes = most_bytes;
	s->stage = STAGE_LOOK;
	r = str_copy(s->to, sizeof(s->to), str_from(to))
	    ? audit_read_head(j->db, &s->head, e)
	    : err_set(e, -ENAMETOOLONG, "audit: %s: too long", to);
	if (r < 0)
		goto out;
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	s->f = fd < 0 ? NULL : fdopen(fd, "w");
	if (s->f == NULL) {
		r = err_set(e, -errno, "audit: cannot make %s: %s", to,
		    strerror(errno));
		goto out;
	}
	*out = s;
	return 0;
out:
	audit_slices_close(s);
	return r;
}

/* Binds the entries after `from` up to `to`. */
static int prepare(struct audit_slices *s, const char *sql, uint64_t from,
    uint64_t to, sqlite3_stmt **out, struct err *e)
{
	int r = db_prepare(s->j->db, MODULE, sql, out, e);

	if (r == 0) {
		sqlite3_bind_int64(*out, 1, (int64_t)from);
		sqlite3_bind_int64(*out, 2, (int64_t)to);
	}
	return r;
}

/* The last entry that a purge (6) in this range says it erased. */
static int erased_in(struct audit_slices *s, uint64_t from, uint64_t to,
    uint64_t *out, struct err *e)
{
	sqlite3_stmt *q = NULL;
	int r = prepare(s,
	    "SELECT coalesce(max(detail), 0) FROM entry"
	    " WHERE kind = 6 AND n > ?1 AND n <= ?2",
	    from, to, &q, e);

	if (r < 0)
		return r;
	*out = 0;
	if (sqlite3_step(q) != SQLITE_ROW)
		r = db_error(s->j->db, MODULE, "read", e);
	else if (sqlite3_column_int64(q, 0) > 0)
		*out = (uint64_t)sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return r;
}

/* The header stands first and says what was erased: looked for before. */
static int look(struct audit_slices *s, struct err *e)
{
	uint64_t to = s->at + AUDIT_SLICE_LOOKED, erased;
	int r;

	if (to > s->head.n)
		to = s->head.n;
	r = erased_in(s, s->at, to, &erased, e);
	if (r < 0)
		return r;
	if (erased > s->head.erased)
		s->head.erased = erased;
	s->at = to;
	if (to < s->head.n)
		return 1;
	s->at = 0;
	s->stage = STAGE_ROWS;
	r = audit_put_header(s->f, &s->x, &s->head, s->to, e);
	return r < 0 ? r : 1;
}

static int put_slice(struct audit_slices *s, sqlite3_stmt *q, struct err *e)
{
	struct audit_row row;
	int step, r = 0;

	while (r == 0 && (step = sqlite3_step(q)) == SQLITE_ROW) {
		r = audit_read_row(q, &row, e);
		if (r == 0)
			r = audit_put_row(s->f, &s->x, &row, s->to, e);
		s->at = row.n;
	}
	return r == 0 && step != SQLITE_DONE
	    ? db_error(s->j->db, MODULE, "read", e)
	    : r;
}

/* Entries that were erased meanwhile no longer fit the header. */
static int check(struct audit_slices *s, struct err *e)
{
	uint64_t erased = 0;
	int r = 0;

	if (s->j->chain.n > s->head.n)
		r = erased_in(s, s->head.n, s->j->chain.n, &erased, e);
	if (r == 0 && erased > 0)
		r = err_set(e, -EAGAIN,
		    "audit: old days were erased meanwhile; try again");
	if (r == 0 && ftello(s->f) > s->most_bytes)
		r = err_set(e, -EFBIG,
		    "audit: the export needs more than %lld MB",
		    (long long)(s->most_bytes / (1024 * 1024)));
	return r;
}

static int rows(struct audit_slices *s, struct err *e)
{
	sqlite3_stmt *q = NULL;
	uint64_t before = s->at;
	int r = check(s, e);

	if (r == 0)
		r = prepare(s,
		    "SELECT " AUDIT_COLUMNS " FROM entry"
		    " WHERE n > ?1 AND n <= ?2 ORDER BY n LIMIT ?3",
		    s->at, s->head.n, &q, e);
	if (r == 0) {
		sqlite3_bind_int(q, 3, AUDIT_SLICE_ROWS);
		r = put_slice(s, q, e);
	}
	sqlite3_finalize(q);
	if (r < 0)
		return r;
	if (s->at != before && s->at < s->head.n)
		return 1;
	r = check(s, e);
	if (r == 0)
		r = audit_put_head(s->f, &s->head, s->to, e);
	if (r == 0)
		s->stage = STAGE_WHOLE;
	return r;
}

int audit_slices_step(struct audit_slices *s, struct err *e)
{
	switch (s->stage) {
	case STAGE_LOOK:
		return look(s, e);
	case STAGE_ROWS:
		return rows(s, e);
	case STAGE_UNSET:
	case STAGE_WHOLE:
		return 0;
	}
	return 0;
}

void audit_slices_close(struct audit_slices *s)
{
	if (s == NULL)
		return;
	if (s->f != NULL) {
		(void)fclose(s->f); /* what counts was flushed */
		if (s->stage != STAGE_WHOLE)
			(void)unlink(s->to);
	}
	free(s);
}
