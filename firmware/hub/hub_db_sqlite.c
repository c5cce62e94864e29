/*
 * A store in one SQLite file: WAL, synchronous=FULL, one connection for each
 * thread.
 *
 * Writers of one process queue at a mutex and not at SQLite's busy handler,
 * which sleeps. Writers of other processes (karcis-hub token, beside a hub
 * that runs) queue at a lock of their own on PATH-lock: so no two connections
 * ever write or checkpoint at the same moment, which SQLite before 3.51.3
 * does not survive in rare cases (its WAL-reset bug).
 */
#define _GNU_SOURCE /* pthread_mutex_clocklock */
#include "hub_db.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hub_notice.h"
#include "hub_schema.h"

enum { BUSY_MS = 5000, ASKED_MAX = 16, TOLD_MAX = 32, PATH_BYTES = 512 };

/* One for each file that this process has open. */
struct gate {
	struct gate *next;
	dev_t device;
	ino_t inode;
	int uses, fd;
	bool
	    listening; /* this process serves: it needs no notices of its own */
	pthread_mutex_t mutex;
};
static struct gate *gates;
static pthread_mutex_t gates_mutex = PTHREAD_MUTEX_INITIALIZER;

struct lite {
	struct hub_db db;
	sqlite3 *file;
	struct gate *gate;
	bool inside; /* of the gate */
	sqlite3_stmt *statement[HUB_SQL_COUNT];
	enum hub_sql asked[ASKED_MAX]; /* in their order */
	size_t asked_count;
	sqlite3_stmt *now; /* its rows are being read */
	char path[PATH_BYTES];
	int notice_fd; /* of the serving hub; -1 = none */
	struct {
		uint32_t office;
		int32_t day;
	} told[TOLD_MAX]; /* with the next commit */
	size_t told_count;
};

static struct lite *lite_of(struct hub_db *db)
{
	return (struct lite *)db;
}

/* SQLite's codes become an errno here and nowhere else. */
static int failure(sqlite3 *file, const char *what, struct err *e)
{
	static const struct {
		int code, number;
	} codes[] = {
	    {SQLITE_BUSY, -EBUSY},
	    {SQLITE_LOCKED, -EBUSY},
	    {SQLITE_FULL, -ENOSPC},
	    {SQLITE_NOMEM, -ENOMEM},
	    {SQLITE_READONLY, -EROFS},
	    {SQLITE_CANTOPEN, -EACCES},
	    {SQLITE_CONSTRAINT, -EAGAIN},
	};
	int code = sqlite3_errcode(file) & 0xff;
	int number = -EIO;

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].code == code)
			number = codes[i].number;
	return err_set(e, number, "store: %s: %s", what, sqlite3_errmsg(file));
}

/* The gate. */

static struct gate *gate_find(const struct stat *st)
{
	for (struct gate *g = gates; g != NULL; g = g->next)
		if (g->device == st->st_dev && g->inode == st->st_ino)
			return g;
	return NULL;
}

static int gate_open(const char *path, struct gate **out, struct err *e)
{
	char lock[PATH_BYTES];
	struct gate *g = NULL;
	struct stat st;
	int r = 0, fd;

	*out = NULL;
	if (snprintf(lock, sizeof(lock), "%s-lock", path) >= PATH_BYTES)
		return err_set(e, -ENAMETOOLONG, "store: its path is too long");
	fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &st) != 0) {
		r = err_set(e, -errno, "store: %s: %s", lock, strerror(errno));
		goto out;
	}
	pthread_mutex_lock(&gates_mutex);
	g = gate_find(&st);
	if (g == NULL) {
		g = calloc(1, sizeof(*g));
		if (g != NULL) {
			g->device = st.st_dev;
			g->inode = st.st_ino;
			g->fd = fd;
			fd = -1;
			pthread_mutex_init(&g->mutex, NULL);
			g->next = gates;
			gates = g;
		}
	}
	if (g != NULL)
		g->uses++;
	pthread_mutex_unlock(&gates_mutex);
	*out = g;
	if (g == NULL)
		r = err_set(e, -ENOMEM, "store: out of memory");
out:
	if (fd >= 0)
		close(fd);
	return r;
}

static void gate_close(struct gate *g)
{
	if (g == NULL)
		return;
	pthread_mutex_lock(&gates_mutex);
	if (--g->uses == 0) {
		struct gate **p = &gates;

		while (*p != g)
			p = &(*p)->next;
		*p = g->next;
		close(g->fd);
		pthread_mutex_destroy(&g->mutex);
		free(g);
	}
	pthread_mutex_unlock(&gates_mutex);
}

/* Another process: asked again every few milliseconds, for there is no lock
 * of files that waits for a given time. */
static bool lock_file(int fd)
{
	const struct timespec pause = {0, 2 * 1000 * 1000};

	for (int ms = 0; ms < BUSY_MS; ms += 2) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		nanosleep(&pause, NULL);
	}
	return false;
}

static int gate_enter(struct lite *l, struct err *e)
{
	struct timespec until;

	/* Not the wall clock: it may be set meanwhile. */
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += BUSY_MS / 1000;
	if (pthread_mutex_clocklock(&l->gate->mutex, CLOCK_MONOTONIC, &until) !=
	    0)
		return err_set(e, -EBUSY, "store: another writer takes long");
	if (!lock_file(l->gate->fd)) {
		pthread_mutex_unlock(&l->gate->mutex);
		return err_set(e, -EBUSY,
		    "store: another process holds its lock");
	}
	l->inside = true;
	return 0;
}

static void gate_leave(struct lite *l)
{
	if (!l->inside)
		return;
	l->inside = false;
	flock(l->gate->fd, LOCK_UN);
	pthread_mutex_unlock(&l->gate->mutex);
}

/* Statements. */

static int exec(struct lite *l, const char *sql, struct err *e)
{
	if (sqlite3_exec(l->file, sql, NULL, NULL, NULL) != SQLITE_OK)
		return failure(l->file, sql, e);
	return 0;
}

static int prepare(struct lite *l, enum hub_sql id, struct err *e)
{
	char *sql;
	int r = 0;

	if (l->statement[id] != NULL)
		return 0;
	sql = hub_sql_text(id, HUB_SQLITE);
	if (sql == NULL)
		return err_set(e, -ENOMEM, "store: out of memory");
	if (sqlite3_prepare_v3(l->file, sql, -1, SQLITE_PREPARE_PERSISTENT,
		&l->statement[id], NULL) != SQLITE_OK)
		r = failure(l->file, hub_sql_name(id), e);
	free(sql);
	return r;
}

static int bind(sqlite3_stmt *s, const struct hub_arg *args, size_t n)
{
	char name[16];
	int at, code = SQLITE_OK;

	for (size_t i = 0; i < n && code == SQLITE_OK; i++) {
		snprintf(name, sizeof(name), "$%u", (unsigned)i + 1);
		at = sqlite3_bind_parameter_index(s, name);
		if (at == 0)
			continue;
		code = args[i].text == NULL
		    ? sqlite3_bind_int64(s, at, args[i].number)
		    : sqlite3_bind_text(s, at, args[i].text, -1,
			  SQLITE_TRANSIENT);
	}
	return code;
}

static int lite_send(struct hub_db *db, enum hub_sql id,
    const struct hub_arg *args, size_t n, bool rows, struct err *e)
{
	struct lite *l = lite_of(db);
	sqlite3_stmt *s;
	int code, r = prepare(l, id, e);

	if (r < 0)
		return r;
	s = l->statement[id];
	sqlite3_reset(s);
	if (l->now == s)
		l->now = NULL;
	if (bind(s, args, n) != SQLITE_OK)
		return failure(l->file, hub_sql_name(id), e);
	if (rows) {
		if (l->asked_count == ASKED_MAX)
			return err_set(e, -EINVAL, "store: asked too much");
		l->asked[l->asked_count++] = id;
		return 0;
	}
	do
		code = sqlite3_step(s);
	while (code == SQLITE_ROW);
	if (code != SQLITE_DONE)
		r = failure(l->file, hub_sql_name(id), e);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return r;
}

static void end_rows(struct lite *l)
{
	if (l->now != NULL) {
		sqlite3_reset(l->now);
		sqlite3_clear_bindings(l->now);
	}
	l->now = NULL;
}

static int lite_next(struct hub_db *db, struct err *e)
{
	struct lite *l = lite_of(db);

	end_rows(l);
	if (l->asked_count == 0)
		return err_set(e, -EINVAL, "store: nothing was asked");
	l->now = l->statement[l->asked[0]];
	l->asked_count--;
	memmove(l->asked, l->asked + 1, l->asked_count * sizeof(l->asked[0]));
	return 0;
}

static int lite_row(struct hub_db *db, struct err *e)
{
	struct lite *l = lite_of(db);
	int r = 0;

	if (l->now == NULL)
		return 0;
	switch (sqlite3_step(l->now)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		break;
	default:
		r = failure(l->file, "reading", e);
	}
	end_rows(l);
	return r;
}

static int64_t lite_number(struct hub_db *db, int column)
{
	return sqlite3_column_int64(lite_of(db)->now, column);
}

static struct str lite_text(struct hub_db *db, int column)
{
	sqlite3_stmt *s = lite_of(db)->now;
	const void *p = sqlite3_column_text(s, column);

	return str_of(p == NULL ? "" : p,
	    p == NULL ? 0 : (size_t)sqlite3_column_bytes(s, column));
}

/* Transactions. */

static void forget_rows(struct lite *l)
{
	end_rows(l);
	for (size_t i = 0; i < l->asked_count; i++)
		sqlite3_reset(l->statement[l->asked[i]]);
	l->asked_count = 0;
}

static void lite_rollback(struct hub_db *db)
{
	struct lite *l = lite_of(db);

	forget_rows(l);
	l->told_count = 0;
	if (sqlite3_get_autocommit(l->file) == 0)
		sqlite3_exec(l->file, "ROLLBACK", NULL, NULL, NULL);
	gate_leave(l);
}

static int lite_begin(struct hub_db *db, enum hub_db_mode mode, struct err *e)
{
	struct lite *l = lite_of(db);
	int r = 0;

	lite_rollback(db);
	if (mode == HUB_DB_WRITE)
		r = gate_enter(l, e);
	if (r == 0)
		r = exec(l, mode == HUB_DB_WRITE ? "BEGIN IMMEDIATE" : "BEGIN",
		    e);
	if (r < 0)
		gate_leave(l);
	return r;
}

/* After a commit: the hub that serves, when that is another process. */
static void send_told(struct lite *l)
{
	for (size_t i = 0; i < l->told_count && !l->gate->listening; i++)
		hub_notice_send(l->path, l->told[i].office, l->told[i].day);
	l->told_count = 0;
}

static int lite_commit(struct hub_db *db, struct err *e)
{
	struct lite *l = lite_of(db);
	int r;

	forget_rows(l);
	r = exec(l, "COMMIT", e);
	if (r < 0)
		lite_rollback(db);
	gate_leave(l);
	if (r == 0)
		send_told(l);
	return r;
}

/* For the hub that serves, when another process commits; its own threads are
 * told by a callback. */
static void lite_tell(struct hub_db *db, uint32_t office, int32_t day)
{
	struct lite *l = lite_of(db);

	/* Where there is no room, all days of the last one. */
	if (l->told_count == TOLD_MAX) {
		l->told[TOLD_MAX - 1].day = HUB_DAY_ALL;
		return;
	}
	l->told[l->told_count].office = office;
	l->told[l->told_count++].day = day;
}

static int lite_listen(struct hub_db *db, struct err *e)
{
	struct lite *l = lite_of(db);

	if (l->notice_fd < 0)
		l->notice_fd = hub_notice_open(l->path, e);
	l->gate->listening = l->notice_fd >= 0;
	return l->notice_fd < 0 ? -1 : l->notice_fd;
}

static bool lite_notice(struct hub_db *db, uint32_t *office, int32_t *day)
{
	struct lite *l = lite_of(db);

	return l->notice_fd >= 0 && hub_notice_take(l->notice_fd, office, day);
}

static void lite_close(struct hub_db *db)
{
	struct lite *l = lite_of(db);
	bool entered;

	if (l->file != NULL)
		lite_rollback(db);
	for (size_t i = 0; i < HUB_SQL_COUNT; i++)
		sqlite3_finalize(l->statement[i]);
	/* The last one to close folds the WAL in. */
	entered = l->gate != NULL && gate_enter(l, NULL) == 0;
	sqlite3_close(l->file);
	if (entered)
		gate_leave(l);
	if (l->notice_fd >= 0) {
		l->gate->listening = false;
		close(l->notice_fd);
	}
	gate_close(l->gate);
	free(l);
}

static int schema_exec(void *ctx, const char *sql, struct err *e)
{
	return exec(ctx, sql, e);
}

static int schema_number(void *ctx, const char *sql, int64_t *out,
    struct err *e)
{
	struct lite *l = ctx;
	sqlite3_stmt *s = NULL;
	int r = -ENOENT;

	*out = 0;
	if (sqlite3_prepare_v2(l->file, sql, -1, &s, NULL) != SQLITE_OK)
		r = failure(l->file, sql, e);
	else if (sqlite3_step(s) == SQLITE_ROW) {
		*out = sqlite3_column_int64(s, 0);
		r = 0;
	}
	sqlite3_finalize(s);
	return r;
}

static int prepare_file(struct lite *l, struct err *e)
{
	static const char pragmas[] = "PRAGMA journal_mode=WAL;"
				      "PRAGMA synchronous=FULL;"
				      "PRAGMA secure_delete=ON;"
				      "PRAGMA temp_store=MEMORY;"
				      "PRAGMA cache_size=-16384;"
				      "PRAGMA trusted_schema=OFF;"
				      "PRAGMA cell_size_check=ON;"
				      "PRAGMA journal_size_limit=67108864;";
	const struct hub_schema_port port = {HUB_SQLITE, l, schema_exec,
	    schema_number};
	int r = exec(l, pragmas, e);

	return r < 0 ? r : hub_schema_update(&port, e);
}

static const struct hub_db_ops lite_ops = {
    .begin = lite_begin,
    .commit = lite_commit,
    .rollback = lite_rollback,
    .send = lite_send,
    .next = lite_next,
    .row = lite_row,
    .number = lite_number,
    .text = lite_text,
    .tell = lite_tell,
    .listen = lite_listen,
    .notice = lite_notice,
    .close = lite_close,
};

/* Made here, so that nobody else may ever read it. A file that is there is not
 * touched: to close a descriptor of it would drop the locks that this
 * process's other connections hold (POSIX; sqlite.org, "How To Corrupt", 2.2),
 * and another process would take the WAL away from under them. */
static int make_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST ? 0
				       : err_set(e, -errno, "store: %s: %s",
					     path, strerror(errno));
	close(fd);
	return 0;
}

int hub_db_open_sqlite(const char *path, struct hub_db **out, struct err *e)
{
	struct lite *l;
	int r;

	*out = NULL;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return err_set(e, -ENOMEM, "store: out of memory");
	l->db.ops = &lite_ops;
	l->notice_fd = -1;
	if (!str_copy(l->path, sizeof(l->path), str_from(path))) {
		r = err_set(e, -ENAMETOOLONG, "store: its path is too long");
		goto out;
	}
	r = gate_open(path, &l->gate, e);
	if (r == 0)
		r = gate_enter(l, e);
	if (r < 0)
		goto out;
	r = make_file(path, e);
	if (r == 0 &&
	    sqlite3_open_v2(path, &l->file,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		r = failure(l->file, path, e);
	if (r == 0 && sqlite3_busy_timeout(l->file, BUSY_MS) == SQLITE_OK)
		r = prepare_file(l, e);
	gate_leave(l);
	if (r < 0)
		goto out;
	*out = &l->db;
	l = NULL;
out:
	if (l != NULL)
		lite_close(&l->db);
	return r;
}
