#include "journal_file.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void find(struct journal_finding *f, uint64_t n, const char *what)
{
	f->n = n;
	snprintf(f->text, sizeof(f->text), "entry %llu %s",
	    (unsigned long long)n, what);
}

/* No entry of ours has a higher number: a million a day for 700,000 years. */
#define N_MAX  (UINT64_C(1) << 48)
#define ERASED "was erased without a purge"

struct head {
	bool there;
	uint64_t n;
	struct audit_hash hash;
	bool genuine;
};

/* Zero and not genuine when there is none. */
static int read_head(sqlite3 *db, const uint8_t *audit_public, struct head *out,
    struct err *e)
{
	uint8_t message[HEAD_BYTES];
	sqlite3_stmt *s = NULL;
	int r, step;

	memset(out, 0, sizeof(*out));
	r = db_prepare(db, MODULE, "SELECT n, hash, signature FROM head", &s,
	    e);
	if (r < 0)
		return r;
	step = sqlite3_step(s);
	out->there = step == SQLITE_ROW;
	if (step == SQLITE_ROW &&
	    sqlite3_column_bytes(s, 1) == AUDIT_HASH_BYTES &&
	    sqlite3_column_bytes(s, 2) == SIGNATURE_BYTES) {
		out->n = (uint64_t)sqlite3_column_int64(s, 0);
		memcpy(out->hash.bytes, sqlite3_column_blob(s, 1),
		    AUDIT_HASH_BYTES);
		head_message(out->n, &out->hash, message);
		out->genuine = crypto_sign_verify_detached(
				   sqlite3_column_blob(s, 2), message,
				   sizeof(message), audit_public) == 0;
		/* There is one head; of two, which one counts? */
		if (sqlite3_step(s) != SQLITE_DONE)
			out->genuine = false;
	} else if (step != SQLITE_ROW && step != SQLITE_DONE) {
		r = db_error(db, MODULE, "read", e);
	}
	sqlite3_finalize(s);
	return r;
}

/* A purge erases everything up to an entry, but its own kind and GENESIS: so
 * nothing whole stands before what is erased. 0 = none. */
struct walk {
	struct chain at;
	uint64_t purged_to;    /* entries up to it may be erased */
	uint64_t erased;       /* the newest erased one */
	uint64_t whole;        /* the first that a purge would erase */
	uint64_t erased_after; /* the first erased one behind that */
	int64_t key_id, seq;   /* of the newest ticket */
};

/* Each ticket's sequence is above the last one's under the same key: no two
 * tickets are alike. */
static bool repeats(struct walk *w, const struct entry *x)
{
	int64_t key_id = x->field[ENTRY_KEY_ID], seq = x->field[ENTRY_SEQ];
	bool again = key_id == w->key_id && seq <= w->seq;

	if (x->kind != AUDIT_ADMIT || key_id == 0)
		return false;
	w->key_id = key_id;
	w->seq = seq;
	return again;
}

/* Of an entry that fits the chain: what it says of purges. */
static const char *follow_purge(struct walk *w, const struct entry *x,
    bool erased)
{
	bool stays = x->kind == AUDIT_GENESIS || x->kind == AUDIT_PURGE;

	if (erased && stays)
		return ERASED;
	if (erased)
		w->erased = x->n;
	if (erased && w->whole != 0 && w->erased_after == 0)
		w->erased_after = x->n;
	if (!erased && !stays && w->whole == 0)
		w->whole = x->n;
	if (x->kind == AUDIT_PURGE &&
	    x->field[ENTRY_DETAIL] > (int64_t)w->purged_to)
		w->purged_to = (uint64_t)x->field[ENTRY_DETAIL];
	return NULL;
}

/* Stops noticing after the first finding but goes on for the newest time. */
static void walk_row(sqlite3_stmt *s, struct walk *w,
    struct journal_finding *out)
{
	struct entry x;
	bool erased;
	const char *what;

	what = entry_fault(s, w->at.n, &w->at.hash, &x, &erased);
	/* The chain goes on without it: there must be numbers left. */
	if (x.n == 0 || x.n > N_MAX) {
		if (out->n == 0)
			find(out, w->at.n + 1,
			    (int64_t)x.n < 1 ? "has another one before it"
					     : "is missing");
		return;
	}
	if (what == NULL)
		what = follow_purge(w, &x, erased);
	if (repeats(w, &x) && what == NULL)
		what = "repeats a ticket";
	if (out->n == 0 && what != NULL)
		find(out, x.n > w->at.n ? w->at.n + 1 : x.n, what);
	if (x.time_s > w->at.floor_s)
		w->at.floor_s = x.time_s;
	w->at.n = x.n;
	w->at.hash = x.hash;
}

/* What was erased, or put back from a copy of before, by no purge. */
static void check_purges(const struct walk *w, struct journal_finding *out)
{
	bool back = w->whole != 0 && w->whole <= w->purged_to;
	uint64_t n = back ? w->whole : w->erased_after;

	if (n != 0 && (out->n == 0 || n < out->n))
		find(out, n, back ? "was put back after a purge" : ERASED);
}

/* Everything up to an entry is erased, and no purge goes as far; it may be the
 * purge that something happened to. */
static int check_erased(sqlite3 *db, const struct walk *w,
    struct journal_finding *out, struct err *e)
{
	char sql[96];
	int64_t n = 0;
	int r;

	check_purges(w, out);
	if (out->n != 0 || w->erased <= w->purged_to)
		return 0;
	snprintf(sql, sizeof(sql),
	    "SELECT min(n) FROM entry WHERE payload IS NULL AND n > %lld",
	    (long long)w->purged_to);
	r = db_number(db, MODULE, sql, &n, e);
	if (r == 0)
		find(out, (uint64_t)n, ERASED);
	return r;
}

static void check_head(const struct walk *w, const struct head *head,
    struct journal_finding *out)
{
	uint64_t n = w->at.n;

	if (out->n != 0 || (n == 0 && !head->there))
		return;
	if (!head->genuine)
		find(out, n == 0 ? 1 : n,
		    "is not under the terminal's signature");
	else if (head->n > n)
		find(out, n + 1, "is missing at the end");
	else if (head->n < n)
		find(out, head->n + 1, "was added by somebody else");
	else if (memcmp(&head->hash, &w->at.hash, sizeof(head->hash)) != 0)
		find(out, n, "is not the one the terminal signed");
}

int chain_check(sqlite3 *db, const uint8_t audit_public[TICKET_PUBLIC_BYTES],
    struct journal_finding *out, struct chain *end, struct err *e)
{
	struct walk w = {0};
	struct head head;
	sqlite3_stmt *s = NULL;
	int r, step;

	memset(out, 0, sizeof(*out));
	r = read_head(db, audit_public, &head, e);
	if (r == 0)
		r = db_prepare(db, MODULE,
		    "SELECT " ENTRY_COLUMNS " FROM entry ORDER BY n", &s, e);
	if (r < 0)
		return r;
	while ((step = sqlite3_step(s)) == SQLITE_ROW)
		walk_row(s, &w, out);
	if (step != SQLITE_DONE)
		r = db_error(db, MODULE, "read", e);
	sqlite3_finalize(s);
	if (r < 0)
		return r;
	r = check_erased(db, &w, out, e);
	if (r < 0)
		return r;
	check_head(&w, &head, out);
	/* Numbers that were signed once are not given again. */
	if (head.genuine && head.n > w.at.n) {
		w.at.n = head.n;
		w.at.hash = head.hash;
	}
	if (end != NULL)
		*end = w.at;
	return 0;
}

int journal_check(struct journal *j, struct journal_finding *out, struct err *e)
{
	return chain_check(j->db, j->audit_public, out, NULL, e);
}

/* True when a WAL lies beside: it may hold entries, and a lock may be held. */
static bool has_wal(const char *path)
{
	char name[4096];
	struct buf b;

	buf_init(&b, name, sizeof(name) - 1);
	buf_fmt(&b, "%s-wal", path);
	return access(buf_cstr(&b), F_OK) == 0;
}

/* The path as SQLite's URI, read-only. A file without a WAL was closed and is
 * opened as immutable, so that nothing has to be made beside it. */
static bool uri_of(const char *path, bool immutable, struct buf *b)
{
	buf_text(b, "file:");
	for (; *path != '\0'; path++) {
		if (strchr("%?#", *path) != NULL)
			buf_fmt(b, "%%%02x", (unsigned)*path);
		else
			buf_byte(b, (unsigned char)*path);
	}
	buf_text(b, immutable ? "?mode=ro&immutable=1" : "?mode=ro");
	return !b->full;
}

static int open_read_only(const char *path, bool immutable, sqlite3 **db,
    struct err *e)
{
	char storage[4096];
	struct buf b;

	buf_init(&b, storage, sizeof(storage) - 1);
	if (!uri_of(path, immutable, &b))
		return err_set(e, -ENAMETOOLONG,
		    MODULE ": the name is too long");
	if (sqlite3_open_v2(buf_cstr(&b), db,
		SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) != SQLITE_OK ||
	    sqlite3_exec(*db, "SELECT n FROM entry LIMIT 1", NULL, NULL,
		NULL) != SQLITE_OK)
		return db_error(*db, MODULE, "read", e);
	return 0;
}

int chain_open(const char *path, sqlite3 **db, struct err *e)
{
	*db = NULL;
	if (access(path, R_OK) < 0)
		return err_set(e, -errno, MODULE ": cannot read %s: %s", path,
		    strerror(errno));
	return open_read_only(path, !has_wal(path), db, e);
}

int journal_verify(const char *path,
    const uint8_t audit_public[TICKET_PUBLIC_BYTES],
    struct journal_finding *out, uint64_t *entries, struct err *e)
{
	sqlite3 *db = NULL;
	struct chain end;
	int r;

	memset(out, 0, sizeof(*out));
	if (sodium_init() < 0)
		return err_set(e, -EIO, MODULE ": libsodium does not start");
	r = chain_open(path, &db, e);
	if (r == 0)
		r = chain_check(db, audit_public, out, &end, e);
	if (r == 0 && entries != NULL)
		*entries = end.n;
	db_close(db);
	return r;
}
