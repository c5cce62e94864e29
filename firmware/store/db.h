/*
 * What cache and journal share: how a SQLite file is opened here, how its
 * schema grows, and how its failures become an errno and a sentence.
 */
#ifndef KARCIS_STORE_DB_H
#define KARCIS_STORE_DB_H

#include <sqlite3.h>

#include "firmware/core/err.h"

/* One step of a schema: from user_version i to i + 1. */
struct db_schema {
	const char *module; /* begins every sentence */
	int page_size;      /* bytes, of a file that is made */
	const char *const *steps;
	int count;
};

/* Opens or makes the file (mode 0600) for this process alone: WAL,
 * synchronous=FULL, exclusive, secure_delete, schema current. For one thread at
 * a time. */
int db_open(const char *path, const struct db_schema *schema, sqlite3 **out,
    struct err *e) MUST_USE;
/* sqlite3_close with the WAL folded in; NULL does nothing. */
void db_close(sqlite3 *db);
int db_exec(sqlite3 *db, const char *module, const char *sql,
    struct err *e) MUST_USE;
int db_prepare(sqlite3 *db, const char *module, const char *sql,
    sqlite3_stmt **out, struct err *e) MUST_USE;
/* One integer of the first row; -ENOENT (no sentence) when there is none. */
int db_number(sqlite3 *db, const char *module, const char *sql, int64_t *out,
    struct err *e) MUST_USE;
/* Writes what the open transaction changed to the file, uncommitted. */
int db_flush(sqlite3 *db, const char *module, struct err *e) MUST_USE;
/* Ends an open transaction without keeping it. */
void db_rollback(sqlite3 *db);
/* Folds the WAL in and gives its space back to the disk, after much was
 * written or undone. What does not succeed now does at the next one. */
void db_trim(sqlite3 *db);
/* The errno and the sentence of the last failure of db. */
int db_error(sqlite3 *db, const char *module, const char *what, struct err *e);

#endif
