/*
 * A store in PostgreSQL, through libpq's pipeline mode: statements are sent as
 * they come and their results are read when they are needed, so that a batch
 * of claims costs four round trips while its day is locked.
 *
 * READ COMMITTED with row locks for what writes, a REPEATABLE READ snapshot
 * for what reads. A lost connection is made anew by the next begin, never in
 * the middle of a transaction.
 */
#include "hub_db.h"

#include <errno.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub_schema.h"
#include "hub_text.h"

enum { PENDING_MAX = 128, ARGS_MAX = 16, DIGITS = 24, NAME = 16 };

enum pending {
	PENDING_RUN,    /* no rows; its failure counts */
	PENDING_ROWS,   /* asked for */
	PENDING_IGNORE, /* whatever it says */
	PENDING_SYNC
};

struct pg {
	struct hub_db db;
	char *conninfo;
	PGconn *c; /* NULL = lost */
	/* What was sent and not read yet, a ring. */
	struct {
		enum pending kind;
		const char *what;
	} queue[PENDING_MAX];
	size_t first, count;
	bool unsynced; /* something was sent after the last sync */
	bool open;     /* a transaction */
	bool listening;
	PGresult *rows;
	int row;
	struct hub_text told; /* JSON list of notices, open at its end */
};

static struct pg *pg_of(struct hub_db *db)
{
	return (struct pg *)db;
}

static void drop_rows(struct pg *p)
{
	PQclear(p->rows);
	p->rows = NULL;
	p->row = -1;
}

static int lost(struct pg *p, const char *what, struct err *e)
{
	const char *why = p->c == NULL ? "" : PQerrorMessage(p->c);
	int r = err_set(e, -ECONNRESET,
	    "store: %s: the connection is lost: %.*s", what,
	    (int)strcspn(why, "\n"), why);

	drop_rows(p);
	PQfinish(p->c);
	p->c = NULL;
	p->first = p->count = 0;
	p->unsynced = p->open = false;
	return r;
}

/* SQLSTATE (PostgreSQL 15, Appendix A) becomes an errno here and nowhere
 * else. */
static int failure(const PGresult *res, const char *what, struct err *e)
{
	static const struct {
		const char *state; /* or its first two symbols */
		int number;
	} states[] = {
	    {"40001", -EAGAIN}, /* serialization_failure */
	    {"40P01", -EAGAIN}, /* deadlock_detected */
	    {"23505", -EAGAIN}, /* unique_violation */
	    {"55P03", -EBUSY},  /* lock_not_available */
	    {"57014", -EBUSY},  /* query_canceled: statement_timeout */
	    {"53100", -ENOSPC}, /* disk_full */
	    {"53200", -ENOMEM}, /* out_of_memory */
	    {"53", -EBUSY},     /* insufficient_resources */
	    {"57P", -ECONNRESET}, {"08", -ECONNRESET}, {"28", -EACCES},
	    {"42501", -EACCES},
	    {"25006", -EROFS}, /* read_only_sql_transaction: a standby */
	};
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *why = PQresultErrorMessage(res);
	int number = -EIO;

	for (size_t i = ARRAY_LEN(states); state != NULL && i-- > 0;)
		if (strncmp(state, states[i].state, strlen(states[i].state)) ==
		    0)
			number = states[i].number;
	return err_set(e, number, "store: %s: %.*s", what,
	    (int)strcspn(why, "\n"), why);
}

/* The queue of what was sent. */

static void push(struct pg *p, enum pending kind, const char *what)
{
	size_t at = (p->first + p->count++) % PENDING_MAX;

	p->queue[at].kind = kind;
	p->queue[at].what = what;
	p->unsynced = kind != PENDING_SYNC;
}

/* Room for the statement, a sync, and what ends a transaction. */
static bool has_room(const struct pg *p)
{
	return p->count + 8 < PENDING_MAX;
}

static int sync_up(struct pg *p, struct err *e)
{
	if (!p->unsynced)
		return 0;
	if (PQpipelineSync(p->c) != 1)
		return lost(p, "sync", e);
	push(p, PENDING_SYNC, "sync");
	return 0;
}

/* Reads the result of what was sent first. *rows gets one that was asked
 * for. */
static int settle(struct pg *p, PGresult **rows, struct err *e)
{
	enum pending kind = p->queue[p->first].kind;
	const char *what = p->queue[p->first].what;
	PGresult *res = PQgetResult(p->c);
	ExecStatusType status = PQresultStatus(res);
	int r = 0;

	p->first = (p->first + 1) % PENDING_MAX;
	p->count--;
	if (res == NULL || PQstatus(p->c) == CONNECTION_BAD) {
		PQclear(res);
		return lost(p, what, e);
	}
	if (kind == PENDING_SYNC) {
		PQclear(res);
		return status == PGRES_PIPELINE_SYNC ? 0 : lost(p, what, e);
	}
	if (status == PGRES_PIPELINE_ABORTED)
		r = err_set(NULL, -EIO, "%s", what);
	else if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		r = failure(res, what, e);
	else if (strcmp(what, "COMMIT") == 0 &&
	    strcmp(PQcmdStatus(res), "COMMIT") != 0)
		r = err_set(e, -EIO, "store: COMMIT was a ROLLBACK");
	if (r == 0 && kind == PENDING_ROWS && rows != NULL) {
		*rows = res;
		res = NULL;
	}
	PQclear(res);
	/* Each statement's results end with none. */
	res = PQgetResult(p->c);
	if (res != NULL) {
		PQclear(res);
		return lost(p, what, e);
	}
	return kind == PENDING_IGNORE ? 0 : r;
}

/* Reads all that is left; only a lost connection matters. */
static int drain(struct pg *p, struct err *e)
{
	int r = sync_up(p, e);

	while (r == 0 && p->count > 0)
		if (settle(p, NULL, NULL) < 0 && p->c == NULL)
			r = err_set(e, -ECONNRESET,
			    "store: the connection is lost");
	return r;
}

/* Sends a text of its own, without arguments. */
static int send_text(struct pg *p, const char *sql, enum pending kind,
    struct err *e)
{
	if (PQsendQueryParams(p->c, sql, 0, NULL, NULL, NULL, NULL, 0) != 1)
		return lost(p, sql, e);
	push(p, kind, sql);
	return 0;
}

/* Connecting. */

static void be_silent(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

static int schema_exec(void *ctx, const char *sql, struct err *e)
{
	struct pg *p = ctx;
	PGresult *res = PQexec(p->c, sql);
	ExecStatusType status = PQresultStatus(res);
	int r = 0;

	if (PQstatus(p->c) == CONNECTION_BAD)
		r = err_set(e, -ECONNRESET, "store: the connection is lost");
	else if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		r = failure(res, "schema", e);
	PQclear(res);
	return r;
}

static int schema_number(void *ctx, const char *sql, int64_t *out,
    struct err *e)
{
	struct pg *p = ctx;
	PGresult *res = PQexec(p->c, sql);
	int r = -ENOENT;

	*out = 0;
	if (PQresultStatus(res) != PGRES_TUPLES_OK) {
		r = failure(res, "schema", e);
	} else if (PQntuples(res) > 0) {
		*out = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
		r = 0;
	}
	PQclear(res);
	return r;
}

/* Plans must not hang on statistics: a table that is empty today has 100,000
 * rows tomorrow, and every statement goes by an index. */
static const char settings[] =
    "SET client_min_messages = warning; SET lock_timeout = '5s'; "
    "SET statement_timeout = '20s'; "
    "SET idle_in_transaction_session_timeout = '60s'; "
    "SET enable_seqscan = off; SET enable_bitmapscan = off; "
    "SET enable_hashjoin = off; SET enable_mergejoin = off; "
    "SET enable_material = off; SET jit = off; "
    "SET plan_cache_mode = force_generic_plan; "
    "SELECT set_config('synchronous_commit', 'on', false) "
    "WHERE current_setting('synchronous_commit') = 'off'";

static void statement_name(enum hub_sql id, char out[NAME])
{
	snprintf(out, NAME, "s%d", (int)id);
}

static int prepare_all(struct pg *p, struct err *e)
{
	char name[NAME], *sql;
	int r = 0, sent;

	if (PQenterPipelineMode(p->c) != 1)
		return lost(p, "pipeline", e);
	for (int i = 0; i < HUB_SQL_COUNT && r == 0; i++) {
		statement_name((enum hub_sql)i, name);
		sql = hub_sql_text((enum hub_sql)i, HUB_POSTGRES);
		if (sql == NULL)
			return err_set(e, -ENOMEM, "store: out of memory");
		sent = PQsendPrepare(p->c, name, sql, 0, NULL);
		free(sql);
		if (sent != 1)
			return lost(p, "prepare", e);
		push(p, PENDING_RUN, hub_sql_name((enum hub_sql)i));
		if (!has_room(p))
			r = sync_up(p, e);
		while (r == 0 && !has_room(p))
			r = settle(p, NULL, e);
	}
	if (r == 0)
		r = sync_up(p, e);
	while (r == 0 && p->count > 0)
		r = settle(p, NULL, e);
	return r;
}

static int refused(struct pg *p, struct err *e)
{
	const char *why = PQerrorMessage(p->c);
	int r = err_set(e, -ECONNREFUSED, "store: PostgreSQL: %.*s",
	    (int)strcspn(why, "\n"), why);

	PQfinish(p->c);
	p->c = NULL;
	return r;
}

static int connect_up(struct pg *p, struct err *e)
{
	static const char *const keywords[] = {"fallback_application_name",
	    "connect_timeout", "dbname", NULL};
	const char *const values[] = {"karcis-hub", "5", p->conninfo, NULL};
	const struct hub_schema_port port = {HUB_POSTGRES, p, schema_exec,
	    schema_number};
	int r;

	PQfinish(p->c);
	p->first = p->count = 0;
	p->unsynced = p->open = p->listening = false;
	p->c = PQconnectdbParams(keywords, values, 1);
	if (PQstatus(p->c) != CONNECTION_OK)
		return refused(p, e);
	PQsetNoticeProcessor(p->c, be_silent, NULL);
	r = schema_exec(p, settings, e);
	if (r == 0)
		r = hub_schema_update(&port, e);
	if (r == 0)
		r = prepare_all(p, e);
	if (r < 0) {
		PQfinish(p->c);
		p->c = NULL;
		p->first = p->count = 0;
		p->unsynced = false;
	}
	return r;
}

/* Outside a transaction: all that is left is read, and a connection that
 * broke meanwhile is made anew. */
static int ready(struct pg *p, struct err *e)
{
	drop_rows(p);
	/* Twice: a server that goes says why before it closes. */
	if (p->c != NULL && drain(p, NULL) == 0 && PQconsumeInput(p->c) == 1 &&
	    PQconsumeInput(p->c) == 1 && PQstatus(p->c) == CONNECTION_OK)
		return 0;
	return connect_up(p, e);
}

/* Transactions. */

static void pg_rollback(struct hub_db *db)
{
	struct pg *p = pg_of(db);

	drop_rows(p);
	hub_text_clear(&p->told);
	if (p->c == NULL || !p->open)
		return;
	p->open = false;
	/* After a failure everything up to the sync is skipped. */
	if (sync_up(p, NULL) < 0)
		return;
	for (size_t i = 0; i < p->count; i++) {
		size_t at = (p->first + i) % PENDING_MAX;

		if (p->queue[at].kind != PENDING_SYNC)
			p->queue[at].kind = PENDING_IGNORE;
	}
	if (send_text(p, "ROLLBACK", PENDING_IGNORE, NULL) == 0 &&
	    sync_up(p, NULL) < 0)
		p->open = false;
}

static int pg_begin(struct hub_db *db, enum hub_db_mode mode, struct err *e)
{
	struct pg *p = pg_of(db);
	int r;

	pg_rollback(db);
	r = ready(p, e);
	if (r == 0)
		r = send_text(p,
		    mode == HUB_DB_WRITE
			? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
			: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
		    PENDING_RUN, e);
	p->open = r == 0;
	return r;
}

/* A transaction of its own behind the commit: PostgreSQL lets only one
 * transaction with notices commit at a time, and this one need not wait for
 * the disk. A notice that is lost costs a poll its wait, no more. */
static void send_notices(struct pg *p)
{
	static const char sql[] =
	    "SELECT set_config('synchronous_commit', 'off', true), "
	    "pg_notify('karcis_feed', value) "
	    "FROM jsonb_array_elements_text(CAST($1 AS jsonb))";
	const char *values[1];

	if (p->c == NULL || p->told.len == 0)
		return;
	hub_text_str(&p->told, "]");
	values[0] = p->told.ptr;
	if (p->told.failed)
		return;
	if (PQsendQueryParams(p->c, sql, 1, NULL, values, NULL, NULL, 0) != 1) {
		lost(p, "notify", NULL);
		return;
	}
	push(p, PENDING_IGNORE, "notify");
	if (sync_up(p, NULL) < 0)
		p->open = false;
}

static int pg_commit(struct hub_db *db, struct err *e)
{
	struct pg *p = pg_of(db);
	size_t keep = 0;
	int r, first = 0;

	drop_rows(p);
	if (p->c == NULL || !p->open)
		return err_set(e, -ECONNRESET, "store: no open transaction");
	r = send_text(p, "COMMIT", PENDING_RUN, e);
	if (r == 0)
		r = sync_up(p, e);
	if (r < 0)
		return r;
	keep = p->count;
	send_notices(p);
	if (p->c == NULL)
		return err_set(e, -ECONNRESET, "store: the connection is lost");
	keep = p->count - keep;
	while (p->c != NULL && p->count > keep) {
		r = settle(p, NULL, first == 0 ? e : NULL);
		if (first == 0)
			first = r;
	}
	p->open = p->c != NULL && first < 0;
	hub_text_clear(&p->told);
	return first;
}

/* Statements. */

/* Reads results of statements without rows until another one fits. */
static int make_room(struct pg *p, struct err *e)
{
	int r = has_room(p) ? 0 : sync_up(p, e);

	while (r == 0 && !has_room(p)) {
		if (p->queue[p->first].kind == PENDING_ROWS)
			return err_set(e, -EINVAL, "store: asked too much");
		r = settle(p, NULL, e);
	}
	return r;
}

static int pg_send(struct hub_db *db, enum hub_sql id,
    const struct hub_arg *args, size_t n, bool rows, struct err *e)
{
	struct pg *p = pg_of(db);
	char digits[ARGS_MAX][DIGITS], name[NAME];
	const char *values[ARGS_MAX];
	int r = 0;

	if (n > ARGS_MAX)
		return err_set(e, -EINVAL, "store: too many arguments");
	if (!p->open)
		r = ready(p, e);
	if (r < 0)
		return r;
	if (p->c == NULL)
		return lost(p, hub_sql_name(id), e);
	r = make_room(p, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		values[i] = args[i].text;
		if (values[i] != NULL)
			continue;
		snprintf(digits[i], DIGITS, "%" PRId64, args[i].number);
		values[i] = digits[i];
	}
	statement_name(id, name);
	if (PQsendQueryPrepared(p->c, name, (int)n, values, NULL, NULL, 0) != 1)
		return lost(p, hub_sql_name(id), e);
	push(p, rows ? PENDING_ROWS : PENDING_RUN, hub_sql_name(id));
	return 0;
}

static int pg_next(struct hub_db *db, struct err *e)
{
	struct pg *p = pg_of(db);
	int r;

	drop_rows(p);
	if (p->c == NULL)
		return lost(p, "reading", e);
	r = sync_up(p, e);
	while (r == 0 && p->rows == NULL) {
		if (p->count == 0)
			return err_set(e, -EINVAL, "store: nothing was asked");
		r = settle(p, &p->rows, e);
	}
	return r;
}

static int pg_row(struct hub_db *db, struct err *e)
{
	struct pg *p = pg_of(db);

	(void)e;
	if (p->rows == NULL || p->row + 1 >= PQntuples(p->rows))
		return 0;
	p->row++;
	return 1;
}

static int64_t pg_number(struct hub_db *db, int column)
{
	struct pg *p = pg_of(db);

	return strtoll(PQgetvalue(p->rows, p->row, column), NULL, 10);
}

static struct str pg_text(struct hub_db *db, int column)
{
	struct pg *p = pg_of(db);

	return str_of(PQgetvalue(p->rows, p->row, column),
	    (size_t)PQgetlength(p->rows, p->row, column));
}

/* Notices. */

static void pg_tell(struct hub_db *db, uint32_t office, int32_t day)
{
	struct pg *p = pg_of(db);

	hub_text_fmt(&p->told, "%s\"%lu %ld\"", p->told.len == 0 ? "[" : ",",
	    (unsigned long)office, (long)day);
}

static int pg_listen(struct hub_db *db, struct err *e)
{
	struct pg *p = pg_of(db);
	int r = ready(p, e);

	if (r == 0 && !p->listening) {
		r = send_text(p, "LISTEN karcis_feed", PENDING_RUN, e);
		if (r == 0)
			r = sync_up(p, e);
		while (r == 0 && p->count > 0)
			r = settle(p, NULL, e);
		p->listening = r == 0;
	}
	return r < 0 ? r : PQsocket(p->c);
}

static bool pg_notice(struct hub_db *db, uint32_t *office, int32_t *day)
{
	struct pg *p = pg_of(db);
	PGnotify *n = NULL;
	struct str rest, word;
	int64_t a = 0, b = 0;
	bool ok;

	if (p->c != NULL)
		n = PQnotifies(p->c);
	if (n == NULL && p->c != NULL && PQconsumeInput(p->c) == 1)
		n = PQnotifies(p->c);
	if (n == NULL)
		return false;
	rest = str_from(n->extra);
	ok = str_split(&rest, ' ', &word) &&
	    str_number(word, 1, UINT32_MAX, &a) && rest.ptr != NULL;
	/* HUB_DAY_ALL is the only day with a sign. */
	if (ok && str_is(rest, "-1"))
		b = HUB_DAY_ALL;
	else
		ok = ok && str_number(rest, 0, INT32_MAX, &b);
	PQfreemem(n);
	*office = (uint32_t)a;
	*day = ok ? (int32_t)b : HUB_DAY_ALL;
	return true;
}

static void pg_close(struct hub_db *db)
{
	struct pg *p = pg_of(db);

	drop_rows(p);
	PQfinish(p->c);
	hub_text_fini(&p->told);
	free(p->conninfo);
	free(p);
}

static const struct hub_db_ops pg_ops = {
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .send = pg_send,
    .next = pg_next,
    .row = pg_row,
    .number = pg_number,
    .text = pg_text,
    .tell = pg_tell,
    .listen = pg_listen,
    .notice = pg_notice,
    .close = pg_close,
};

int hub_db_open_postgres(const char *conninfo, struct hub_db **out,
    struct err *e)
{
	struct pg *p = calloc(1, sizeof(*p));
	int r = 0;

	*out = NULL;
	if (p == NULL)
		return err_set(e, -ENOMEM, "store: out of memory");
	p->db.ops = &pg_ops;
	p->row = -1;
	p->conninfo = strdup(conninfo);
	if (p->conninfo == NULL)
		r = err_set(e, -ENOMEM, "store: out of memory");
	if (r == 0)
		r = connect_up(p, e);
	if (r < 0) {
		pg_close(&p->db);
		return r;
	}
	*out = &p->db;
	return 0;
}
