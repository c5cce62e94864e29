#include "db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* System errors that SQLite hides behind IOERR and CANTOPEN. */
static int system_code(sqlite3 *db, int otherwise)
{
	switch (sqlite3_system_errno(db)) {
	case ENOSPC:
	case EDQUOT:
		return -ENOSPC;
	case EROFS:
		return -EROFS;
	case EACCES:
	case EPERM:
		return -EACCES;
	case ENOENT:
		return -ENOENT;
	default:
		return otherwise;
	}
}

static int errno_of(sqlite3 *db, int code)
{
	switch (code & 0xff) { /* a primary code */
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	case SQLITE_TOOBIG:
		return -E2BIG;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return system_code(db, -EACCES);
	default:
		return system_code(db, -EIO);
	}
}

static const char *file_of(sqlite3 *db)
{
	const char *name = sqlite3_db_filename(db, "main");

	return name != NULL && name[0] != '\0' ? name : "the database";
}

static int failed(sqlite3 *db, int code, const char *module, const char *what,
    struct err *e)
{
	int r = errno_of(db, code);
	const char *file = file_of(db);

	switch (-r) {
	case ENOSPC:
		return err_set(e, r, "%s: the disk is full: %s", module, file);
	case EROFS:
		return err_set(e, r, "%s: %s is read-only", module, file);
	case EUCLEAN:
		return err_set(e, r,
		    "%s: %s is damaged, restore it from a backup", module,
		    file);
	case EBUSY:
		return err_set(e, r, "%s: another process has %s open", module,
		    file);
	default:
		return err_set(e, r, "%s: cannot %s %s: %s", module, what, file,
		    sqlite3_errcode(db) == code ? sqlite3_errmsg(db)
						: sqlite3_errstr(code));
	}
}

int db_error(sqlite3 *db, const char *module, const char *what, struct err *e)
{
	return failed(db, sqlite3_errcode(db), module, what, e);
}

int db_exec(sqlite3 *db, const char *module, const char *sql, struct err *e)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_error(db, module, "write", e);
	return 0;
}

int db_prepare(sqlite3 *db, const char *module, const char *sql,
    sqlite3_stmt **out, struct err *e)
{
	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out,
		NULL) != SQLITE_OK)
		return db_error(db, module, "read", e);
	return 0;
}

int db_number(sqlite3 *db, const char *module, const char *sql, int64_t *out,
    struct err *e)
{
	sqlite3_stmt *s = NULL;
	int r;

	r = db_prepare(db, module, sql, &s, e);
	if (r < 0)
		return r;
	switch (sqlite3_step(s)) {
	case SQLITE_ROW:
		*out = sqlite3_column_int64(s, 0);
		break;
	case SQLITE_DONE:
		r = -ENOENT;
		break;
	default:
		r = db_error(db, module, "read", e);
		break;
	}
	sqlite3_finalize(s);
	return r;
}

int db_flush(sqlite3 *db, const char *module, struct err *e)
{
	int code = sqlite3_db_cacheflush(db);

	return code == SQLITE_OK ? 0 : failed(db, code, module, "write", e);
}

void db_rollback(sqlite3 *db)
{
	/* A failure that already rolled back leaves nothing to do. */
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}

void db_trim(sqlite3 *db)
{
	sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
	    NULL);
}

static int migrate(sqlite3 *db, const struct db_schema *schema, struct err *e)
{
	char sql[64];
	int64_t version = 0;
	int r;

	r = db_number(db, schema->module, "PRAGMA user_version", &version, e);
	if (r < 0)
		return r;
	if (version == schema->count)
		return 0;
	if (version < 0 || version > schema->count)
		return err_set(e, -EPROTO,
		    "%s: %s has schema %lld, this release knows %d",
		    schema->module, file_of(db), (long long)version,
		    schema->count);
	r = db_exec(db, schema->module, "BEGIN IMMEDIATE", e);
	for (; r == 0 && version < schema->count; version++)
		r = db_exec(db, schema->module, schema->steps[version], e);
	if (r < 0)
		goto out;
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d; COMMIT",
	    schema->count);
	r = db_exec(db, schema->module, sql, e);
out:
	db_rollback(db);
	return r;
}

/* Makes the file with the right mode; SQLite gives its WAL the same. */
static int touch(const char *path, const char *module, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(e, -errno, "%s: cannot open %s: %s", module,
		    path, strerror(errno));
	close(fd);
	return 0;
}

int db_open(const char *path, const struct db_schema *schema, sqlite3 **out,
    struct err *e)
{
	static const char setup[] = "PRAGMA locking_mode = EXCLUSIVE;"
				    "PRAGMA journal_mode = WAL;"
				    "PRAGMA synchronous = FULL;"
				    "PRAGMA secure_delete = ON;"
				    "PRAGMA trusted_schema = OFF;"
				    "PRAGMA temp_store = MEMORY;"
				    "BEGIN IMMEDIATE; COMMIT";
	sqlite3 *db = NULL;
	char page_size[40];
	int r;

	*out = NULL;
	r = touch(path, schema->module, e);
	if (r < 0)
		return r;
	if (sqlite3_open_v2(path, &db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK) {
		r = db == NULL
		    ? err_set(e, -ENOMEM, "%s: out of memory", schema->module)
		    : db_error(db, schema->module, "open", e);
		goto out;
	}
	/* Before the first page is written, which WAL does. */
	snprintf(page_size, sizeof(page_size), "PRAGMA page_size = %d",
	    schema->page_size);
	r = db_exec(db, schema->module, page_size, e);
	if (r == 0)
		r = db_exec(db, schema->module, setup, e);
	if (r == 0)
		r = migrate(db, schema, e);
	if (r < 0)
		goto out;
	/* After a power cut an old WAL may be back, with rows that a purge had
	 * removed from it. */
	db_trim(db);
	*out = db;
	db = NULL;
out:
	db_close(db);
	return r;
}

void db_close(sqlite3 *db)
{
	sqlite3_close(db);
}
