/*
 * A connection to a store, at the level of SQL: what hub_db_sqlite.c and
 * hub_db_postgres.c do each in its way. The statements are those of
 * hub_sql.h, all rules stand above.
 *
 * Statements are sent one after the other and may be carried out as late as
 * the next hub_db_next or hub_db_commit: PostgreSQL gets them in one go. So
 * hub_db_run tells of a failure at the latest at the commit.
 *
 * Failures: -EAGAIN (somebody else was faster: begin again), -EBUSY (waited
 * too long for a lock), -ENOSPC, -ECONNRESET (the connection is lost; the
 * next begin makes a new one), other errnos. After any of them nothing but
 * hub_db_rollback is of use.
 */
#ifndef KARCIS_HUB_DB_H
#define KARCIS_HUB_DB_H

#include "hub.h"
#include "hub_sql.h"

enum hub_db_mode {
	HUB_DB_NONE = 0,
	HUB_DB_READ, /* one snapshot for all statements */
	HUB_DB_WRITE
};

struct hub_arg {
	const char *text; /* NUL-terminated; NULL = the number counts */
	int64_t number;
};
#define HUB_ARGS(...) \
	((const struct hub_arg[]){__VA_ARGS__}), \
	    ARRAY_LEN(((const struct hub_arg[]){__VA_ARGS__}))
static inline struct hub_arg hub_n(int64_t number)
{
	return (struct hub_arg){NULL, number};
}
static inline struct hub_arg hub_t(const char *text)
{
	return (struct hub_arg){text == NULL ? "" : text, 0};
}

int hub_db_begin(struct hub_db *db, enum hub_db_mode mode,
    struct err *e) MUST_USE;
int hub_db_commit(struct hub_db *db, struct err *e) MUST_USE;
/* Also where nothing was begun. */
void hub_db_rollback(struct hub_db *db);
/* Other hubs on this store are told with the next commit. */
void hub_db_tell(struct hub_db *db, uint32_t office, int32_t day);

/* Outside a transaction, a statement's rows are read before the next one is
 * sent. */

/* A statement without rows. */
int hub_db_run(struct hub_db *db, enum hub_sql id, const struct hub_arg *args,
    size_t n, struct err *e) MUST_USE;
/* A statement with rows. Several can be asked; their rows come in that order.
 * The same one cannot be asked twice at once. */
int hub_db_ask(struct hub_db *db, enum hub_sql id, const struct hub_arg *args,
    size_t n, struct err *e) MUST_USE;
/* Goes to the rows of the next statement that was asked. */
int hub_db_next(struct hub_db *db, struct err *e) MUST_USE;
/* 1 = a row, 0 = no more. */
int hub_db_row(struct hub_db *db, struct err *e) MUST_USE;
/* Of the row that is there; a text lives until the next row. */
int64_t hub_db_int(struct hub_db *db, int column);
struct str hub_db_text(struct hub_db *db, int column);
/* ask, next and row for a statement of one row at most: 1, 0 or -errno. */
int hub_db_one(struct hub_db *db, enum hub_sql id, const struct hub_arg *args,
    size_t n, struct err *e) MUST_USE;

/* What a store is made of. */
struct hub_db_ops {
	int (*begin)(struct hub_db *db, enum hub_db_mode mode, struct err *e);
	int (*commit)(struct hub_db *db, struct err *e);
	void (*rollback)(struct hub_db *db);
	int (*send)(struct hub_db *db, enum hub_sql id,
	    const struct hub_arg *args, size_t n, bool rows, struct err *e);
	int (*next)(struct hub_db *db, struct err *e);
	int (*row)(struct hub_db *db, struct err *e);
	int64_t (*number)(struct hub_db *db, int column);
	struct str (*text)(struct hub_db *db, int column);
	void (*tell)(struct hub_db *db, uint32_t office, int32_t day);
	int (*listen)(struct hub_db *db, struct err *e);
	bool (*notice)(struct hub_db *db, uint32_t *office, int32_t *day);
	void (*close)(struct hub_db *db);
};
struct hub_db {
	const struct hub_db_ops *ops;
};

int hub_db_open_sqlite(const char *path, struct hub_db **out,
    struct err *e) MUST_USE;
int hub_db_open_postgres(const char *conninfo, struct hub_db **out,
    struct err *e) MUST_USE;

#endif
