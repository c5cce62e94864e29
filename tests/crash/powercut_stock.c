/* What stock SQLite, on real files, says of the files that survived. */
#include "powercut.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STOCK_PATH = 200 };

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

void stock_clear(const char *dir)
{
	static const char *const tails[] = {"", "-wal", "-journal", "-shm"};
	static const char *const names[] = {"journal.db", "cache.db"};
	char path[STOCK_PATH];

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (size_t k = 0; k < ARRAY_LEN(tails); k++) {
			snprintf(path, sizeof(path), "%s/%s%s", dir, names[i],
			    tails[k]);
			unlink(path); /* which may not be there */
		}
}

static void write_out(const char *dir, const struct image *left)
{
	char path[STOCK_PATH];

	stock_clear(dir);
	for (size_t i = 0; i < left->files; i++) {
		const struct image_file *f = &left->file[i];
		FILE *out;

		snprintf(path, sizeof(path), "%s/%s", dir, base(f->name));
		out = fopen(path, "wb");
		if (out == NULL ||
		    (f->bytes.len > 0 &&
			fwrite(f->bytes.ptr, f->bytes.len, 1, out) != 1) ||
		    fclose(out) != 0)
			die("cannot write the files for SQLite");
	}
}

/* One number, or `otherwise` when SQLite cannot tell. */
static int64_t number(sqlite3 *db, const char *sql, int64_t otherwise)
{
	sqlite3_stmt *s = NULL;
	int64_t n = otherwise;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

static void judge_integrity(struct world *w, sqlite3 *db, const char *file)
{
	sqlite3_stmt *s = NULL;
	const char *text = "no answer";

	if (sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &s, NULL) ==
		SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW)
		text = (const char *)sqlite3_column_text(s, 0);
	else
		text = sqlite3_errmsg(db);
	if (strcmp(text, "ok") != 0)
		wrong(w, FAULT_DAMAGED, "integrity_check of %s: %s", file,
		    text);
	sqlite3_finalize(s);
}

/* Without any index, which might hide what it does not know. */
static const struct {
	const char *sql, *what;
} doubles[] = {
    {"SELECT count(*) FROM (SELECT 1 FROM entry NOT INDEXED WHERE kind = 2"
     " AND booking IS NOT NULL GROUP BY booking, day HAVING count(*) > 1)",
	"one booking was admitted twice"},
    {"SELECT count(*) FROM (SELECT 1 FROM entry NOT INDEXED WHERE kind = 2"
     " AND number > 0 GROUP BY day, label, number HAVING count(*) > 1)",
	"one number was given twice"},
    {"SELECT count(*) FROM (SELECT 1 FROM entry NOT INDEXED WHERE kind = 2"
     " AND key_id > 0 GROUP BY key_id, seq HAVING count(*) > 1)",
	"one sequence was given twice"},
    {"SELECT count(*) FROM (SELECT 1 FROM entry NOT INDEXED WHERE kind = 13"
     " AND booking IS NOT NULL GROUP BY booking, day HAVING count(*) > 1)",
	"one movement was made twice"},
};

static void judge_doubles(struct world *w, sqlite3 *db)
{
	for (size_t i = 0; i < ARRAY_LEN(doubles); i++)
		if (number(db, doubles[i].sql, -1) != 0)
			wrong(w, FAULT_FALSE, "%s", doubles[i].what);
}

/* The entries are the first of those that the run wrote, bit by bit. */
static void judge_entries(struct world *w, sqlite3 *db)
{
	sqlite3_stmt *s = NULL;
	size_t rows = 0, sure = 0;

	if (sqlite3_prepare_v2(db, "SELECT n, hash FROM entry ORDER BY n", -1,
		&s, NULL) != SQLITE_OK)
		wrong(w, FAULT_DAMAGED, "entries: %s", sqlite3_errmsg(db));
	for (; s != NULL && sqlite3_step(s) == SQLITE_ROW; rows++) {
		const struct mark *m = &w->mark[rows];

		if (rows >= w->marks ||
		    sqlite3_column_int64(s, 0) != (int64_t)rows + 1) {
			wrong(w, FAULT_FALSE, "entry %zu was never written",
			    rows + 1);
			break;
		}
		if (m->known &&
		    (sqlite3_column_bytes(s, 1) != AUDIT_HASH_BYTES ||
			memcmp(sqlite3_column_blob(s, 1), m->hash.bytes,
			    AUDIT_HASH_BYTES) != 0))
			wrong(w, FAULT_LOST, "entry %zu is another", rows + 1);
	}
	sqlite3_finalize(s);
	while (sure < w->marks &&
	    promised(w, &w->mark[sure].promise) == PROMISED_SURELY)
		sure++;
	if (rows < sure)
		wrong(w, FAULT_LOST, "%zu of %zu entries are lost", sure - rows,
		    sure);
	if (rows > 0 && rows <= w->marks &&
	    promised(w, &w->mark[rows - 1].promise) == PROMISED_NOTHING)
		wrong(w, FAULT_FALSE, "entry %zu is from the future", rows);
	w->marks = rows < w->marks ? rows : w->marks;
	for (size_t i = 0; i < w->marks; i++)
		promise_settle(&w->mark[i].promise, true);
}

static sqlite3 *open_stock(struct world *w, const char *path)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix") !=
	    SQLITE_OK) {
		wrong(w, FAULT_DAMAGED, "open: %s", sqlite3_errmsg(db));
		sqlite3_close(db);
		db = NULL;
	}
	return db;
}

/* The file as it is, before anything was written to it. */
static void judge_chain(struct world *w, const char *path)
{
	struct journal_finding f;
	struct err e;

	if (journal_verify(path, w->keys.audit_public, &f, NULL, &e) < 0)
		wrong(w, FAULT_DAMAGED, "%s", e.text);
	else if (f.n != 0)
		wrong(w, FAULT_DAMAGED, "the chain: %s", f.text);
}

static void judge_journal(struct world *w, const char *path)
{
	bool there = access(path, F_OK) == 0, made = false;
	sqlite3 *db;

	if (there && promised(w, &w->journal_made) == PROMISED_SURELY)
		judge_chain(w, path);
	db = there ? open_stock(w, path) : NULL;
	if (db != NULL) {
		judge_integrity(w, db, "journal.db");
		made = number(db, "PRAGMA user_version", 0) > 0;
	}
	if (made) {
		judge_entries(w, db);
		judge_doubles(w, db);
	} else {
		w->marks = 0;
	}
	sqlite3_close(db);
	promise_judge(w, &w->journal_made, made, "the journal");
}

static void judge_cache(struct world *w, const char *path)
{
	bool there = access(path, F_OK) == 0, made = false;
	sqlite3 *db = there ? open_stock(w, path) : NULL;

	if (db != NULL) {
		judge_integrity(w, db, "cache.db");
		made = number(db, "PRAGMA user_version", 0) > 0;
	}
	sqlite3_close(db);
	promise_judge(w, &w->cache_made, made, "the cache");
}

static void judge_by_shell(struct world *w, const char *path)
{
	char command[STOCK_PATH + 80], line[80] = "";
	FILE *p;

	if (access(path, F_OK) < 0)
		return;
	snprintf(command, sizeof(command),
	    "sqlite3 '%s' 'PRAGMA integrity_check' 2>&1", path);
	p = popen(command, "r");
	if (p == NULL || fgets(line, sizeof(line), p) == NULL)
		line[0] = '\0';
	if (p == NULL || pclose(p) != 0 || strcmp(line, "ok\n") != 0)
		wrong(w, FAULT_DAMAGED, "the sqlite3 shell: %s", line);
}

void stock_judge(struct world *w, const struct image *left, bool shell)
{
	char journal[STOCK_PATH], cache[STOCK_PATH];

	disk_unmount();
	snprintf(journal, sizeof(journal), "%s/journal.db", w->stock);
	snprintf(cache, sizeof(cache), "%s/cache.db", w->stock);
	if (shell) {
		write_out(w->stock, left);
		judge_by_shell(w, journal);
		judge_by_shell(w, cache);
	}
	write_out(w->stock, left);
	judge_journal(w, journal);
	judge_cache(w, cache);
	stock_clear(w->stock);
	disk_mount();
}
