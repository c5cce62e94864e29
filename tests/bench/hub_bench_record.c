/*
 * A store that passes everything on to another one and writes down what it
 * was told.
 */
#include "hub_bench_record.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BODY_BYTES = 32768,
	TEXT = 1024,
	FEED_PLACES = 100 /* a batch's numbers of the feed: HEAD00.. */
};
#define MARK_N UINT64_C(7777777777777770)
#define HEAD_N UINT64_C(8888888888888888)

static struct record *record_of(struct hub_db *db)
{
	return (struct record *)db;
}

static struct step *add(struct hub_db *db, enum step_kind kind)
{
	struct record *r = record_of(db);

	if (r->n == RECORD_STEPS)
		bench_die("record", "too many statements");
	r->step[r->n].kind = kind;
	return &r->step[r->n++];
}

static int rec_begin(struct hub_db *db, enum hub_db_mode mode, struct err *e)
{
	add(db, mode == HUB_DB_WRITE ? STEP_WRITE : STEP_READ);
	return hub_db_begin(record_of(db)->inner, mode, e);
}

static int rec_commit(struct hub_db *db, struct err *e)
{
	add(db, STEP_COMMIT);
	return hub_db_commit(record_of(db)->inner, e);
}

static void rec_rollback(struct hub_db *db)
{
	hub_db_rollback(record_of(db)->inner);
}

static int rec_send(struct hub_db *db, enum hub_sql id,
    const struct hub_arg *args, size_t n, bool rows, struct err *e)
{
	struct hub_db *inner = record_of(db)->inner;
	struct step *s = add(db, rows ? STEP_ASK : STEP_RUN);

	if (n > RECORD_ARGS)
		bench_die("record", "too many arguments");
	s->id = id;
	s->args = n;
	for (size_t i = 0; i < n; i++) {
		s->arg[i] = args[i];
		if (args[i].text == NULL)
			continue;
		s->arg[i].text = strdup(args[i].text);
		if (s->arg[i].text == NULL)
			bench_die("record", "out of memory");
	}
	return inner->ops->send(inner, id, args, n, rows, e);
}

static int rec_next(struct hub_db *db, struct err *e)
{
	add(db, STEP_NEXT);
	return hub_db_next(record_of(db)->inner, e);
}

static int rec_row(struct hub_db *db, struct err *e)
{
	return hub_db_row(record_of(db)->inner, e);
}

static int64_t rec_number(struct hub_db *db, int column)
{
	return hub_db_int(record_of(db)->inner, column);
}

static struct str rec_text(struct hub_db *db, int column)
{
	return hub_db_text(record_of(db)->inner, column);
}

static void rec_tell(struct hub_db *db, uint32_t office, int32_t day)
{
	add(db, STEP_TELL);
	hub_db_tell(record_of(db)->inner, office, day);
}

static const struct hub_db_ops rec_ops = {
    .begin = rec_begin,
    .commit = rec_commit,
    .rollback = rec_rollback,
    .send = rec_send,
    .next = rec_next,
    .row = rec_row,
    .number = rec_number,
    .text = rec_text,
    .tell = rec_tell,
};

/* One batch, on a store of its own that has its office, its kiosk and its
 * bookings, and whose feed stands at HEAD00. */

static void set_head(struct bench_store *s)
{
	char row[192], digest[65];
	struct err e;
	int r;

	memset(digest, '0', 64);
	digest[64] = '\0';
	snprintf(row, sizeof(row), "[[%d,1,%llu,\"%s\",0]]", BENCH_DAY,
	    (unsigned long long)(HEAD_N * FEED_PLACES), digest);
	r = hub_db_begin(s->db, HUB_DB_WRITE, &e);
	if (r == 0)
		r = hub_db_run(s->db, HUB_SQL_BUCKET_SAVE,
		    HUB_ARGS(hub_n(RECORD_OFFICE), hub_t(row)), &e);
	if (r == 0)
		r = hub_db_commit(s->db, &e);
	bench_must(r, "head", &e);
}

static void make_world(struct bench_store *s, const char *folder,
    unsigned batch)
{
	struct booking b[BATCH_MAX];
	char store[TEXT];

	snprintf(store, sizeof(store), "sqlite:%s/hub.db", folder);
	bench_store_open(s, store);
	bench_office(s, RECORD_OFFICE, 1);
	for (unsigned i = 0; i < batch; i++)
		b[i] = bench_booking(RECORD_OFFICE, i, MARK_N);
	bench_book(s, RECORD_OFFICE, b, batch, BENCH_NOW);
	set_head(s);
}

static void handle(struct bench_store *s, struct record *r, unsigned batch)
{
	static uint8_t text[BODY_BYTES];
	struct hub_request q = {.now_s = BENCH_NOW};
	char device[16], counter[24], base64[WIRE_BASE64 + 1];
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	struct hub_answer answer;
	struct wire_request w;
	struct bench_device d;
	struct buf body;

	bench_device(&d, RECORD_OFFICE, 0);
	buf_init(&body, text, sizeof(text));
	bench_claims_body(&body, batch, MARK_N, 1);
	w = (struct wire_request){str_from("POST"), str_from("/v1/claims"),
	    buf_view(&body), d.device, d.counter};
	if (!wire_sign_request(&w, d.secret, signature))
		bench_die("record", "no signature");
	wire_base64(signature, sizeof(signature), base64);
	snprintf(device, sizeof(device), "%u", (unsigned)d.device);
	snprintf(counter, sizeof(counter), "%llu",
	    (unsigned long long)d.counter);
	q.method = w.method;
	q.path = w.path;
	q.body = w.body;
	q.device = str_from(device);
	q.counter = str_from(counter);
	q.signature = str_from(base64);
	hub_handle(s->hub, &r->db, &q, &answer);
	if (answer.status != 200)
		bench_die("record", answer.body);
	hub_answer_fini(&answer);
}

const struct record *bench_record(const char *dir, unsigned batch)
{
	static struct record r;
	struct bench_store s;
	char folder[TEXT / 2], cmd[TEXT];

	snprintf(folder, sizeof(folder), "%s/record-XXXXXX", dir);
	if (mkdtemp(folder) == NULL)
		bench_die(folder, "cannot be made");
	make_world(&s, folder, batch);
	r.db.ops = &rec_ops;
	r.inner = s.db;
	handle(&s, &r, batch);
	bench_store_close(&s);
	r.inner = NULL;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", folder);
	if (system(cmd) != 0)
		bench_die(folder, "cannot be removed");
	return &r;
}
