/* What must hold once everything has been drained. */
#include "judge_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/store/journal_file.h"

enum { TICKETS = 4096 };
struct held {
	struct admission a;
	int kiosk;
};
/* All tickets of all journals of one day. */
static struct held held[TICKETS];
static size_t helds;
static int32_t day; /* that is judged */

/* Which of the run's office-days that is, from 1. */
static int office_day(const struct world *w)
{
	int i = 0;

	while (i < w->judge->days && w->judge->day[i] != day)
		i++;
	return i + 1;
}

static void hex_of(const void *bytes, size_t len, char *out)
{
	wire_hex(bytes, len, out);
}

static void gather(struct world *w, const struct kiosk *k)
{
	sqlite3_stmt *s = judge_query(w, k->journal->db,
	    "SELECT " ENTRY_COLUMNS " FROM entry WHERE kind = 2 AND day = ?1"
	    " ORDER BY n");

	sqlite3_bind_int(s, 1, day);
	while (judge_row(w, s) && helds < TICKETS) {
		struct entry x;

		entry_read(s, &x);
		journal_admission_of(&x, &held[helds].a);
		held[helds++].kiosk = k->index;
	}
	sqlite3_finalize(s);
}

static const struct held *find_held(const char *op)
{
	char mine[2 * OP_ID_BYTES + 1];

	for (size_t i = 0; i < helds; i++) {
		hex_of(held[i].a.op_id.bytes, OP_ID_BYTES, mine);
		if (strcmp(mine, op) == 0)
			return &held[i];
	}
	return NULL;
}

/* ---- I3, I2: each ticket in the hub ---- */

static bool is_reported(struct world *w, const char *op, const char *holder)
{
	sqlite3_stmt *s = judge_query(w, w->hub.witness,
	    "SELECT count(*) FROM report WHERE kind = 1 AND op_id = ?1"
	    " AND other = ?2");
	bool is;

	sqlite3_bind_text(s, 1, op, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, holder, -1, SQLITE_STATIC);
	is = judge_row(w, s) && sqlite3_column_int(s, 0) == 1;
	sqlite3_finalize(s);
	return is;
}

static bool is_in_journal(struct world *w, const struct held *t)
{
	sqlite3_stmt *s = judge_query(w, w->kiosk[t->kiosk].journal->db,
	    "SELECT count(*) FROM entry WHERE kind = 12 AND op_id = ?1");
	bool is;

	sqlite3_bind_blob(s, 1, t->a.op_id.bytes, OP_ID_BYTES, SQLITE_STATIC);
	is = judge_row(w, s) && sqlite3_column_int(s, 0) == 1;
	sqlite3_finalize(s);
	return is;
}

static void judge_holder(struct world *w, const struct held *t, const char *op)
{
	char hash[2 * CODE_HASH_BYTES + 1], holder[2 * OP_ID_BYTES + 1] = "";
	sqlite3_stmt *s = judge_query(w, w->hub.witness,
	    "SELECT op_id FROM admission WHERE hash = ?1 AND day = ?2");

	hex_of(t->a.booking.bytes, CODE_HASH_BYTES, hash);
	sqlite3_bind_text(s, 1, hash, -1, SQLITE_STATIC);
	sqlite3_bind_int(s, 2, day);
	if (judge_row(w, s))
		snprintf(holder, sizeof(holder), "%s",
		    (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	if (strcmp(holder, op) == 0)
		return;
	if (day == w->day)
		w->totals.doubles++;
	if (holder[0] == '\0')
		judge_break(w, I2_ONE_ADMITTED,
		    "%s admitted entry %llu, the hub nobody",
		    w->kiosk[t->kiosk].name, (unsigned long long)t->a.n);
	else if (!is_reported(w, op, holder))
		judge_break(w, I2_ONE_ADMITTED,
		    "the hub does not report the double of %s, entry %llu",
		    w->kiosk[t->kiosk].name, (unsigned long long)t->a.n);
	else if (!is_in_journal(w, t))
		judge_break(w, I2_ONE_ADMITTED,
		    "%s does not know that its entry %llu is a double",
		    w->kiosk[t->kiosk].name, (unsigned long long)t->a.n);
}

static void judge_ticket(struct world *w, const struct held *t)
{
	char op[2 * OP_ID_BYTES + 1];
	sqlite3_stmt *s = judge_query(w, w->hub.witness,
	    "SELECT done, letter, number FROM op WHERE op_id = ?1");

	hex_of(t->a.op_id.bytes, OP_ID_BYTES, op);
	sqlite3_bind_text(s, 1, op, -1, SQLITE_STATIC);
	if (!judge_row(w, s) || sqlite3_column_int(s, 0) != 1)
		judge_break(w, I3_NOTHING_LOST,
		    "entry %llu of %s, of day %d, is not in the hub",
		    (unsigned long long)t->a.n, w->kiosk[t->kiosk].name,
		    office_day(w));
	else if (sqlite3_column_int(s, 1) != t->a.ticket.letter ||
	    sqlite3_column_int(s, 2) != t->a.ticket.number)
		judge_break(w, I3_NOTHING_LOST,
		    "entry %llu of %s has another label in the hub",
		    (unsigned long long)t->a.n, w->kiosk[t->kiosk].name);
	else
		judge_holder(w, t, op);
	sqlite3_finalize(s);
}

/* Both of a double hold a ticket; of a lost card or a kiosk that nobody has
 * switched on again it can't be known. */
static void judge_reports(struct world *w, bool all)
{
	sqlite3_stmt *s = judge_query(w, w->hub.witness,
	    "SELECT op_id, other FROM report WHERE kind = 1 AND day = ?1");

	sqlite3_bind_int(s, 1, day);
	while (judge_row(w, s) && all && !w->judge->cards_lost) {
		const char *op = (const char *)sqlite3_column_text(s, 0);
		const char *other = (const char *)sqlite3_column_text(s, 1);

		if (find_held(op) == NULL || find_held(other) == NULL)
			judge_break(w, I2_ONE_ADMITTED,
			    "a double is reported of one ticket alone");
	}
	sqlite3_finalize(s);
	s = judge_query(w, w->hub.witness,
	    "SELECT count(*) FROM op WHERE day = ?1 AND kind = 1 AND answer = 1"
	    " AND class <> 3 GROUP BY hash HAVING count(*) > 1");
	sqlite3_bind_int(s, 1, day);
	if (judge_row(w, s))
		judge_break(w, I2_ONE_ADMITTED,
		    "the hub said \"admitted\" to %d ops of one booking",
		    sqlite3_column_int(s, 0));
	sqlite3_finalize(s);
}

static bool hub_has(struct world *w, const char *op)
{
	sqlite3_stmt *s = judge_query(w, w->hub.witness,
	    "SELECT done FROM op WHERE op_id = ?1");
	bool has;

	sqlite3_bind_text(s, 1, op, -1, SQLITE_STATIC);
	has = judge_row(w, s) && sqlite3_column_int(s, 0) == 1;
	sqlite3_finalize(s);
	return has;
}

static void judge_acknowledged_one(struct world *w,
    const struct seen_admission *s)
{
	const struct ticket *ticket = &s->a.ticket;
	const char *name = w->kiosk[s->kiosk].name;
	const struct held *t;
	char op[2 * OP_ID_BYTES + 1];
	/* What is older and was told is purged. */
	bool kept = day > w->day - KEEP_DAYS;

	hex_of(s->a.op_id.bytes, OP_ID_BYTES, op);
	t = find_held(op);
	if (kept &&
	    (t == NULL || t->kiosk != s->kiosk ||
		t->a.ticket.letter != ticket->letter ||
		t->a.ticket.number != ticket->number))
		judge_break(w, I3_NOTHING_LOST,
		    "ticket %c-%u that %s gave is not in its journal",
		    'A' + ticket->letter - 1, ticket->number, name);
	/* A hub that was put back can't hear of it again then. */
	if (!hub_has(w, op) && (kept || !w->hub.restored))
		judge_break(w, I3_NOTHING_LOST,
		    "ticket %c-%u that %s gave on day %d never came to the hub",
		    'A' + ticket->letter - 1, ticket->number, name,
		    office_day(w));
}

static void judge_acknowledgements(struct world *w)
{
	const struct seen_admission *s = w->judge->admissions.item;

	for (size_t i = 0; i < w->judge->admissions.n; i++)
		if (s[i].acknowledged && s[i].a.ticket.day == day &&
		    !s[i].lost && !w->kiosk[s[i].kiosk].absent)
			judge_acknowledged_one(w, &s[i]);
}

/* The tickets of lost cards are out there too. */
static void gather_lost(struct world *w)
{
	const struct seen_admission *s = w->judge->admissions.item;

	for (size_t i = 0; i < w->judge->admissions.n; i++)
		if (s[i].lost && s[i].a.ticket.day == day && helds < TICKETS) {
			held[helds].a = s[i].a;
			held[helds++].kiosk = s[i].kiosk;
		}
}

/* ---- I5, I8 ---- */

static bool is_label_reported(struct world *w, const struct held *t)
{
	char op[2 * OP_ID_BYTES + 1];
	sqlite3_stmt *s = judge_query(w, w->hub.witness,
	    "SELECT count(*) FROM report WHERE kind = 3 AND op_id = ?1");
	bool is;

	hex_of(t->a.op_id.bytes, OP_ID_BYTES, op);
	sqlite3_bind_text(s, 1, op, -1, SQLITE_STATIC);
	is = judge_row(w, s) && sqlite3_column_int(s, 0) == 1;
	sqlite3_finalize(s);
	return is;
}

static void judge_labels(struct world *w)
{
	for (size_t i = 0; i < helds; i++)
		for (size_t j = i + 1; j < helds; j++) {
			const struct held *a = &held[i], *b = &held[j];

			if (a->a.ticket.letter != b->a.ticket.letter ||
			    a->a.ticket.number != b->a.ticket.number)
				continue;
			if (w->hub.unannounced &&
			    (is_label_reported(w, a) ||
				is_label_reported(w, b))) {
				w->totals.labels++;
				continue;
			}
			judge_break(w, I5_LABELS, "%s and %s both gave %c-%u",
			    w->kiosk[a->kiosk].name, w->kiosk[b->kiosk].name,
			    'A' + a->a.ticket.letter - 1, a->a.ticket.number);
		}
}

static void judge_walk_ins(struct world *w)
{
	int used[SERVICES + 1] = {0};

	for (size_t i = 0; i < helds; i++)
		if (held[i].a.booking_class == CLASS_WALK_IN)
			used[held[i].a.ticket.service]++;
	for (int i = 1; i <= SERVICES; i++)
		if (used[i] > WALK_IN_QUOTA)
			judge_break(w, I8_ALLOWANCES,
			    "%d walk-ins of service %d, %d are allowed",
			    used[i], i, WALK_IN_QUOTA);
}

/* ---- I9, I10 ---- */

static void judge_waiting(struct world *w, struct kiosk *k)
{
	static struct admission out[200];
	static struct admit_request intent[200];
	struct err e = {0};
	int64_t stuck = 0;
	size_t n = 0, intents = 0;

	if (journal_outbox(k->journal, out, ARRAY_LEN(out), &n, &e) < 0 ||
	    journal_count_stuck(k->journal, &stuck, &e) < 0 ||
	    journal_intents(k->journal, intent, ARRAY_LEN(intent), &intents,
		&e) < 0)
		world_fatal(w, "judge: %s", e.text);
	if (n > 0 || stuck > 0 || intents > 0)
		judge_break(w, I10_DRAINED,
		    "%s still has %zu to send, %lld stuck, %zu intents",
		    k->name, n, (long long)stuck, intents);
}

/* Whatever became of the hub's log: all but what was written since the last
 * piece is in it. */
static void judge_log(struct world *w, struct kiosk *k)
{
	static struct log_entry late[1];
	struct sync_status status;
	struct err e = {0};
	size_t n = 0;

	sync_status(k->sync, w->now_ms / 1000, w->now_ms, &status);
	if (journal_chain(k->journal, status.logged + 1, late, 1, &n, &e) < 0)
		world_fatal(w, "judge: %s", e.text);
	if (n > 0 && late[0].time_s < w->now_ms / 1000 - 2 * 60)
		judge_break(w, I10_DRAINED,
		    "entry %lld of %s, of %lld s ago, is not in the log",
		    (long long)late[0].n, k->name,
		    (long long)(w->now_ms / 1000 - late[0].time_s));
}

static void judge_cache(struct world *w, struct kiosk *k, int32_t of)
{
	struct cache_feed f;
	struct feed_digest digest;
	struct err e = {0};
	sqlite3_stmt *s = judge_query(w, w->hub.witness,
	    "SELECT epoch, head, digest FROM bucket WHERE day = ?1");

	sqlite3_bind_int(s, 1, of);
	if (judge_row(w, s) &&
	    feed_digest_parse(str_from((const char *)sqlite3_column_text(s, 2)),
		&digest)) {
		if (cache_feed_state(k->cache, of, &f, &e) < 0 || !f.whole ||
		    f.epoch != sqlite3_column_int64(s, 0) ||
		    f.at != sqlite3_column_int64(s, 1) ||
		    !feed_digest_eq(&f.digest, &digest))
			judge_break(w, I10_DRAINED,
			    "%s is at %lld of epoch %lld%s, the hub at %lld of "
			    "%lld",
			    k->name, (long long)f.at, (long long)f.epoch,
			    f.whole ? "" : " (not whole)",
			    (long long)sqlite3_column_int64(s, 1),
			    (long long)sqlite3_column_int64(s, 0));
	}
	sqlite3_finalize(s);
}

static void judge_kiosk(struct world *w, struct kiosk *k)
{
	struct journal_finding finding;
	struct err e = {0};

	if (!k->on) {
		judge_break(w, I10_DRAINED, "%s is off", k->name);
		return;
	}
	if (sync_state(k->sync) != SYNC_SERVING)
		judge_break(w, I10_DRAINED, "%s has closed itself", k->name);
	if (journal_check(k->journal, &finding, &e) < 0 || finding.n != 0)
		judge_break(w, I9_CHAINS, "%s: %s%s", k->name, e.text,
		    finding.text);
	judge_waiting(w, k);
	judge_log(w, k);
	judge_cache(w, k, w->day);
}

/* ---- I11 ---- */

static void judge_persons(struct world *w)
{
	for (int i = 0; i < w->persons; i++) {
		const struct person *p = &w->person[i];

		if (p->ticket)
			w->totals.tickets++;
		if (!p->honest || !p->in_time)
			continue;
		if (p->end == END_NONE)
			w->totals.gave_up++;
		if (p->end == END_WRONG)
			w->totals.wrong++;
		if (p->end == END_NONE || p->end == END_DESK)
			world_log(w, "person %d %s: %s, %d walks, at kiosk-%d",
			    i, p->end == END_NONE ? "gave up" : "at the desk",
			    verdict_name(p->last), p->walks, p->kiosk + 1);
	}
}

/* ---- the digest ---- */

static void hash_rows(struct world *w, sqlite3 *db, const char *sql)
{
	crypto_generichash_state *d = &w->judge->digest;
	sqlite3_stmt *s = judge_query(w, db, sql);

	while (judge_row(w, s))
		for (int i = 0; i < sqlite3_column_count(s); i++) {
			const void *p = sqlite3_column_blob(s, i);
			int len = sqlite3_column_bytes(s, i);

			if (len > 0)
				crypto_generichash_update(d, p,
				    (unsigned long long)len);
			crypto_generichash_update(d, (const uint8_t *)"|", 1);
		}
	sqlite3_finalize(s);
}

static void hash_all(struct world *w)
{
	static const char *const tables[] = {"SELECT * FROM op ORDER BY op_id",
	    "SELECT * FROM admission ORDER BY day, hash",
	    "SELECT * FROM booking ORDER BY day, hash",
	    "SELECT * FROM bucket ORDER BY day",
	    "SELECT * FROM number ORDER BY day, letter",
	    "SELECT * FROM slot ORDER BY day, service",
	    "SELECT * FROM report ORDER BY kind, op_id"};

	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		hash_rows(w, w->hub.witness, tables[i]);
	for (int i = 0; i < w->kiosks; i++)
		if (w->kiosk[i].on)
			hash_rows(w, w->kiosk[i].journal->db,
			    "SELECT n, time_s, kind, op_id, hash FROM entry "
			    "ORDER BY n");
	for (int i = 0; i < w->persons; i++) {
		const struct person *p = &w->person[i];
		const uint8_t what[] = {(uint8_t)p->end, (uint8_t)p->last,
		    (uint8_t)p->walks, p->ticket};

		crypto_generichash_update(&w->judge->digest, what,
		    sizeof(what));
	}
}

void judge_digest(const struct judge *j, char out[17])
{
	crypto_generichash_state d = j->digest;
	uint8_t hash[32];

	crypto_generichash_final(&d, hash, sizeof(hash));
	wire_hex(hash, 8, out);
}

/* One day of this run. */
static void judge_one_day(struct world *w, int32_t which)
{
	bool all = which > w->day - KEEP_DAYS; /* what is older is purged */
	size_t live;

	day = which;
	helds = 0;
	for (int i = 0; i < w->kiosks; i++) {
		all = all && w->kiosk[i].on;
		if (w->kiosk[i].on)
			gather(w, &w->kiosk[i]);
	}
	live = helds;
	for (size_t i = 0; i < live; i++)
		judge_ticket(w, &held[i]);
	judge_reports(w, all);
	judge_acknowledgements(w);
	if (day == w->day)
		w->totals.admissions += (int64_t)helds;
	gather_lost(w);
	judge_labels(w);
	judge_walk_ins(w);
}

void judge_day(struct world *w)
{
	struct judge *j = w->judge;

	j->day[j->days++] = w->day;
	for (int i = 0; i < w->kiosks; i++)
		if (!w->kiosk[i].absent)
			judge_kiosk(w, &w->kiosk[i]);
	for (int i = 0; i < j->days; i++)
		judge_one_day(w, j->day[i]);
	judge_persons(w);
	hash_all(w);
}
