/*
 * Databases that are being made, and those of the first and second schema that
 * are brought up to date. The file of schema 1 is written here by hand, from
 * docs/FORMATS.md, so that it stays what the first release wrote.
 */
#include "powercut.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "firmware/store/cache_schema.h"
#include "firmware/store/journal_schema.h"

enum { V1_TICKETS = 8, V1_PAYLOAD = 128, V1_ROWS = 200 };

void create_run(struct world *w)
{
	open_journal(w);
	open_cache(w);
	visitor(w, PC_DAY);
	close_cache(w);
	close_journal(w);
}

void create_judge(struct world *w)
{
	int64_t rows;
	struct err e;

	open_cache(w);
	if (w->cache != NULL && cache_count(w->cache, &rows, &e) < 0)
		wrong(w, FAULT_DAMAGED, "count: %s", e.text);
	claims_judge(w);
	close_cache(w);
}

static void exec(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(db));
}

static sqlite3 *open_v1(const char *path, int page_size)
{
	char sql[160];
	sqlite3 *db;

	if (sqlite3_open(path, &db) != SQLITE_OK)
		die(sqlite3_errmsg(db));
	snprintf(sql, sizeof(sql),
	    "PRAGMA page_size = %d; PRAGMA locking_mode = EXCLUSIVE;"
	    " PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
	    page_size);
	exec(db, sql);
	return db;
}

/* A row of schema 1: the fields of its payload in their order. */
struct v1 {
	int64_t time_s;
	uint16_t kind;
	bool ticket; /* has an op_id and a booking */
	struct op_id op_id;
	struct code_hash booking;
	int64_t field[18];
};
static const char *const v1_fields = "epoch, letter, day, label, number,"
				     " key_id, seq, slot, window, type, flags,"
				     " companions, service, class, verdict,"
				     " print, detail, outbox";
static const uint8_t v1_width[18] = {4, 1, 4, 1, 2, 2, 4, 2, 2, 1, 1, 1, 1, 1,
    1, 1, 8, 8};

static void v1_pack(const struct v1 *x, struct buf *b)
{
	buf_byte(b, 1);
	buf_byte(b, x->ticket ? 16 : 0);
	if (x->ticket)
		buf_put(b, x->op_id.bytes, 16);
	buf_byte(b, x->ticket ? 16 : 0);
	if (x->ticket)
		buf_put(b, x->booking.bytes, 16);
	for (size_t i = 0; i < ARRAY_LEN(v1_width); i++)
		buf_be(b, (uint64_t)x->field[i], v1_width[i]);
	buf_be(b, 0, 2); /* no text */
}

static void v1_bind(sqlite3_stmt *s, const struct v1 *x)
{
	sqlite3_bind_int64(s, 2, x->time_s);
	sqlite3_bind_int(s, 3, x->kind);
	if (x->ticket) {
		sqlite3_bind_blob(s, 4, x->op_id.bytes, 16, SQLITE_STATIC);
		sqlite3_bind_blob(s, 5, x->booking.bytes, 16, SQLITE_STATIC);
	}
	for (int i = 0; i < 18; i++)
		sqlite3_bind_int64(s, 6 + i, x->field[i]);
}

/* Appends the row to the chain, as entry w->marks + 1. */
static void v1_insert(struct world *w, sqlite3 *db, const struct v1 *x)
{
	struct audit_hash prev = {{0}}, commitment;
	uint8_t storage[V1_PAYLOAD], salt[AUDIT_SALT_BYTES];
	struct mark *m = &w->mark[w->marks];
	sqlite3_stmt *s = NULL;
	char sql[512];
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	v1_pack(x, &b);
	randombytes_buf(salt, sizeof(salt));
	commitment = audit_commit(salt, buf_view(&b));
	if (w->marks > 0)
		prev = w->mark[w->marks - 1].hash;
	m->hash = audit_link(w->marks + 1, &prev, x->time_s, x->kind,
	    &commitment);
	m->known = true;
	snprintf(sql, sizeof(sql),
	    "INSERT INTO entry (n, time_s, kind, op_id, booking, %s,"
	    " salt, payload, commitment, hash) VALUES (?,?,?,?,?,"
	    " ?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?, ?,?,?,?)",
	    v1_fields);
	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(db));
	w->marks++;
	sqlite3_bind_int64(s, 1, (int64_t)w->marks);
	v1_bind(s, x);
	sqlite3_bind_blob(s, 24, salt, sizeof(salt), SQLITE_STATIC);
	sqlite3_bind_blob(s, 25, b.ptr, (int)b.len, SQLITE_STATIC);
	sqlite3_bind_blob(s, 26, commitment.bytes, 32, SQLITE_STATIC);
	sqlite3_bind_blob(s, 27, m->hash.bytes, 32, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		die(sqlite3_errmsg(db));
	sqlite3_finalize(s);
}

static struct v1 v1_ticket(const struct world *w, const struct admission *a)
{
	const struct ticket *t = &a->ticket;
	struct v1 x = {
	    .time_s = a->time_s,
	    .kind = AUDIT_ADMIT,
	    .ticket = true,
	    .op_id = a->op_id,
	    .booking = a->booking,
	    .field = {w->keys.epoch, 19, t->day, t->letter, t->number,
		t->key_id, t->seq, t->slot_min, t->window_min, t->type,
		t->flags, t->companions, t->service, a->booking_class,
		a->verdict, 0, 0, (int64_t)a->n},
	};

	return x;
}

static void v1_admit(struct world *w, sqlite3 *db, uint32_t person)
{
	struct admit_request q = request_of(w, person, PC_DAY);
	struct told *t = &w->told[w->tolds++];
	struct v1 x;

	memset(t, 0, sizeof(*t));
	t->person = person;
	promise_settle(&t->print, false);
	t->a = (struct admission){
	    .n = w->marks + 1,
	    .time_s = q.time_s,
	    .op_id = q.op_id,
	    .booking = q.booking,
	    .ticket = {.key_id = w->keys.key_id,
		.seq = person,
		.day = PC_DAY,
		.service = q.service,
		.letter = 1,
		.number = (uint16_t)person,
		.slot_min = q.slot_min,
		.window_min = q.window_min,
		.flags = q.flags,
		.companions = q.companions},
	    .booking_class = q.booking_class,
	    .verdict = q.verdict,
	};
	x = v1_ticket(w, &t->a);
	v1_insert(w, db, &x);
	t->a.hash = w->mark[w->marks - 1].hash;
}

static void v1_head(struct world *w, sqlite3 *db)
{
	const struct audit_hash *hash = &w->mark[w->marks - 1].hash;
	uint8_t storage[64], signature[64];
	sqlite3_stmt *s = NULL;
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	buf_text(&b, "karcis-head-v1");
	buf_be(&b, w->marks, 8);
	buf_put(&b, hash->bytes, sizeof(hash->bytes));
	crypto_sign_detached(signature, NULL, b.ptr, b.len,
	    w->keys.audit_secret);
	if (sqlite3_prepare_v2(db, "INSERT INTO head VALUES (1, ?, ?, ?)", -1,
		&s, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(db));
	sqlite3_bind_int64(s, 1, (int64_t)w->marks);
	sqlite3_bind_blob(s, 2, hash->bytes, 32, SQLITE_STATIC);
	sqlite3_bind_blob(s, 3, signature, 64, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		die(sqlite3_errmsg(db));
	sqlite3_finalize(s);
}

static void v1_journal(struct world *w)
{
	sqlite3 *db = open_v1(w->journal_path, 1024);
	struct v1 genesis = {.time_s = PC_NOW, .kind = AUDIT_GENESIS};

	exec(db, "BEGIN; " JOURNAL_STEP_1);
	genesis.field[0] = w->keys.epoch;
	genesis.field[5] = w->keys.key_id;
	v1_insert(w, db, &genesis);
	for (uint32_t i = 1; i <= V1_TICKETS; i++)
		v1_admit(w, db, i);
	v1_head(w, db);
	if (w->run % 4 >= 2)
		exec(db, JOURNAL_STEP_2 "; PRAGMA user_version = 2; COMMIT");
	else
		exec(db, "PRAGMA user_version = 1; COMMIT");
	w->people = V1_TICKETS;
	if (w->run % 2 == 0)
		sqlite3_close(db);
	else
		w->left[0] = db; /* its rows stand in the WAL */
}

static void v1_cache(struct world *w)
{
	sqlite3 *db = open_v1(w->cache_path, 4096);
	sqlite3_stmt *s = NULL;

	exec(db,
	    "BEGIN; " CACHE_STEP_1 ";"
	    "INSERT INTO meta VALUES ('last_sync_s', 1764000000);"
	    "PRAGMA user_version = 1");
	if (sqlite3_prepare_v2(db,
		"INSERT INTO booking VALUES (?, 7, ?, 480, 495, 1, 1, 1, 0,"
		" 5, 0, 0, NULL)",
		-1, &s, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(db));
	for (uint32_t i = 0; i < V1_ROWS; i++) {
		struct code_hash h = person_hash(i);

		sqlite3_bind_blob(s, 1, h.bytes, 16, SQLITE_STATIC);
		sqlite3_bind_int(s, 2, PC_DAY);
		if (sqlite3_step(s) != SQLITE_DONE)
			die(sqlite3_errmsg(db));
		sqlite3_reset(s);
	}
	sqlite3_finalize(s);
	if (w->run % 4 >= 2)
		exec(db, CACHE_STEP_2 "; PRAGMA user_version = 2");
	exec(db, "COMMIT");
	if (w->run % 2 == 0)
		sqlite3_close(db);
	else
		w->left[1] = db;
}

void migrate_prepare(struct world *w)
{
	v1_journal(w);
	v1_cache(w);
	promise_settle(&w->journal_made, true);
	promise_settle(&w->cache_made, true);
}

void migrate_run(struct world *w)
{
	create_run(w);
}

static void judge_bookings(struct world *w)
{
	struct booking b;
	struct err e;

	for (uint32_t i = 0; i < V1_ROWS; i++) {
		struct code_hash h = person_hash(i);

		if (cache_find(w->cache, &h, &b, &e) < 0 || b.office != 7 ||
		    b.day != PC_DAY || b.end_min != 495 || b.birth != 5)
			wrong(w, FAULT_LOST, "booking %u is lost", i);
	}
}

void migrate_judge(struct world *w)
{
	open_cache(w);
	if (w->cache != NULL)
		judge_bookings(w);
	claims_judge(w);
	close_cache(w);
}
