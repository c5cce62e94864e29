/* Keeping the journal: backup and purge. */
#include "journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "journal_schema.h"

static int copy_all(struct journal *j, sqlite3 *to, struct err *e)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", j->db, "main");

	if (b == NULL)
		return db_error(to, MODULE, "write", e);
	sqlite3_backup_step(b, -1);
	if (sqlite3_backup_finish(b) != SQLITE_OK)
		return db_error(to, MODULE, "write", e);
	/* A copy that needs no files beside it. */
	return db_exec(to, MODULE, "PRAGMA journal_mode = DELETE", e);
}

int journal_backup(struct journal *j, const char *path, struct err *e)
{
	sqlite3 *to = NULL;
	int r, fd;

	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, -errno, MODULE ": cannot make %s: %s", path,
		    strerror(errno));
	r = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK
	    ? copy_all(j, to, e)
	    : db_error(to, MODULE, "open", e);
	db_close(to);
	if (r == 0 && fsync(fd) < 0)
		r = err_set(e, -errno, MODULE ": cannot write %s: %s", path,
		    strerror(errno));
	close(fd);
	if (r < 0)
		unlink(path);
	return r;
}

/* The last entry of the run, from the first on, that is older than the day.
 * Entries without a day (0: starts, imports; nothing personal) go with their
 * neighbours, but those written a day later or more end the run; so does, with
 * a hub, an admission or a pass that it has not taken. */
static int purge_end(struct journal *j, int32_t before_day, int64_t *last,
    struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r;

	r = db_prepare(j->db, MODULE,
	    "SELECT coalesce((SELECT min(n) - 1"
	    " FROM entry WHERE kind != 6 AND payload IS NOT NULL AND"
	    " (day >= ?1 OR (day = 0 AND time_s >= (?1 + 1) * 86400)"
	    " OR (?2 AND (kind = 2 OR kind = 13)"
	    "  AND n NOT IN (SELECT n FROM stuck) AND n >"
	    "  coalesce((SELECT value FROM outbox WHERE name = 'sent'), 0)))),"
	    " (SELECT max(n) FROM entry))",
	    &s, e);
	if (r < 0)
		return r;
	sqlite3_bind_int(s, 1, before_day);
	sqlite3_bind_int(s, 2, j->hub);
	if (sqlite3_step(s) == SQLITE_ROW)
		*last = sqlite3_column_int64(s, 0);
	else
		r = db_error(j->db, MODULE, "read", e);
	sqlite3_finalize(s);
	return r;
}

static int erase(struct journal *j, int64_t last, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r;

	r = db_exec(j->db, MODULE, "DROP TRIGGER entry_no_update", e);
	if (r == 0)
		r = db_prepare(j->db, MODULE,
		    "UPDATE entry SET op_id = NULL,"
		    " booking = NULL, epoch = 0, letter = 0, day = 0,"
		    " label = 0, number = 0, key_id = 0, seq = 0, slot = 0,"
		    " window = 0, type = 0, flags = 0, companions = 0,"
		    " service = 0, class = 0, verdict = 0, print = 0,"
		    " detail = 0, outbox = 0, text = NULL, salt = NULL,"
		    " payload = NULL WHERE n <= ?1 AND payload IS NOT NULL"
		    " AND kind NOT IN (1, 6)",
		    &s, e);
	if (r == 0) {
		sqlite3_bind_int64(s, 1, last);
		if (sqlite3_step(s) != SQLITE_DONE)
			r = db_error(j->db, MODULE, "write", e);
	}
	sqlite3_finalize(s);
	if (r == 0)
		r = db_exec(j->db, MODULE, JOURNAL_GUARD, e);
	return r;
}

/* Questions to the hub that were never settled go with their day. */
static int erase_intents(struct journal *j, int32_t before_day, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r = db_prepare(j->db, MODULE, "DELETE FROM intent WHERE day < ?1",
	    &s, e);

	if (r < 0)
		return r;
	sqlite3_bind_int(s, 1, before_day);
	r = journal_step(j, s, e);
	sqlite3_finalize(s);
	return r == 0 ? journal_count_intents(j, e) : r;
}

static int purge(struct journal *j, int64_t time_s, int32_t before_day,
    struct err *e)
{
	struct entry x = {.time_s = time_s, .kind = AUDIT_PURGE};
	int64_t last = 0;
	int r;

	r = purge_end(j, before_day, &last, e);
	if (r == 0)
		r = erase(j, last, e);
	if (r == 0)
		r = erase_intents(j, before_day, e);
	if (r < 0)
		return r;
	x.field[ENTRY_DAY] = before_day;
	x.field[ENTRY_DETAIL] = last;
	/* Sequence numbers are never given again, even when all are gone. */
	x.field[ENTRY_KEY_ID] = j->key_id;
	x.field[ENTRY_SEQ] = j->chain.seq;
	return journal_append(j, &x, e);
}

int journal_purge(struct journal *j, int64_t time_s, int32_t before_day,
    struct err *e)
{
	struct chain before;
	int r;

	r = journal_begin(j, &before, e);
	if (r < 0)
		return r;
	r = purge(j, time_s, before_day, e);
	r = journal_end(j, &before, r, e);
	if (r == 0)
		r = db_exec(j->db, MODULE, "PRAGMA wal_checkpoint(TRUNCATE)",
		    e);
	return r;
}
