#include "hub_db.h"

#include <errno.h>
#include <string.h>

int hub_db_open(const char *store, struct hub_db **out, struct err *e)
{
	static const struct {
		const char *prefix;
		int (*open)(const char *rest, struct hub_db **out,
		    struct err *e);
	} kinds[] = {
	    {"sqlite:", hub_db_open_sqlite},
	    {"postgres:", hub_db_open_postgres},
	};

	*out = NULL;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		size_t len = strlen(kinds[i].prefix);

		if (strncmp(store, kinds[i].prefix, len) == 0)
			return kinds[i].open(store + len, out, e);
	}
	return err_set(e, -EINVAL,
	    "store: neither sqlite:PATH nor postgres:CONNINFO");
}

void hub_db_close(struct hub_db *db)
{
	if (db != NULL)
		db->ops->close(db);
}

int hub_db_begin(struct hub_db *db, enum hub_db_mode mode, struct err *e)
{
	return db->ops->begin(db, mode, e);
}

int hub_db_commit(struct hub_db *db, struct err *e)
{
	return db->ops->commit(db, e);
}

void hub_db_rollback(struct hub_db *db)
{
	db->ops->rollback(db);
}

void hub_db_tell(struct hub_db *db, uint32_t office, int32_t day)
{
	db->ops->tell(db, office, day);
}

int hub_db_run(struct hub_db *db, enum hub_sql id, const struct hub_arg *args,
    size_t n, struct err *e)
{
	return db->ops->send(db, id, args, n, false, e);
}

int hub_db_ask(struct hub_db *db, enum hub_sql id, const struct hub_arg *args,
    size_t n, struct err *e)
{
	return db->ops->send(db, id, args, n, true, e);
}

int hub_db_next(struct hub_db *db, struct err *e)
{
	return db->ops->next(db, e);
}

int hub_db_row(struct hub_db *db, struct err *e)
{
	return db->ops->row(db, e);
}

int64_t hub_db_int(struct hub_db *db, int column)
{
	return db->ops->number(db, column);
}

struct str hub_db_text(struct hub_db *db, int column)
{
	return db->ops->text(db, column);
}

int hub_db_one(struct hub_db *db, enum hub_sql id, const struct hub_arg *args,
    size_t n, struct err *e)
{
	int r = hub_db_ask(db, id, args, n, e);

	if (r == 0)
		r = hub_db_next(db, e);
	return r < 0 ? r : hub_db_row(db, e);
}

int hub_db_ping(struct hub_db *db, struct err *e)
{
	int r = hub_db_begin(db, HUB_DB_READ, e);

	if (r == 0)
		r = hub_db_one(db, HUB_SQL_PING, NULL, 0, e);
	hub_db_rollback(db);
	return r < 0 ? r : 0;
}

int hub_db_listen(struct hub_db *db, struct err *e)
{
	return db->ops->listen(db, e);
}

bool hub_db_notice(struct hub_db *db, uint32_t *office, int32_t *day)
{
	return db->ops->notice(db, office, day);
}
