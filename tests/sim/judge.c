#include "judge_inner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
	const char *name, *text;
} invariants[INVARIANTS] = {
    [I_UNSET] = {"", ""},
    [I1_ONE_ANSWER] = {"I1", "an op_id has one answer for ever"},
    [I2_ONE_ADMITTED] = {"I2",
	"the hub admits a booking once, and each double is reported and true"},
    [I3_NOTHING_LOST] = {"I3", "nothing that a person was told is lost"},
    [I4_EQUAL_CURSORS] = {"I4", "equal epoch and cursor mean equal bookings"},
    [I5_LABELS] = {"I5", "a label is given once in an office and day"},
    [I6_USED_IS_TRUE] = {"I6",
	"nobody hears \"used\" whose code nobody admitted"},
    [I7_CANCELLED] = {"I7", "nobody is admitted on a cancelled booking"},
    [I8_ALLOWANCES] = {"I8", "walk-ins never exceed their quota"},
    [I9_CHAINS] = {"I9", "the chains of all journals verify"},
    [I10_DRAINED] = {"I10", "in the end all agree and nothing waits"},
    [I11_NOBODY_WRONGED] = {"I11", "no honest person is wrongly refused"},
    [I12_HOME] = {"I12", "unasked, a booking is admitted by one kiosk alone"},
};

const char *invariant_name(enum invariant i)
{
	return i < INVARIANTS ? invariants[i].name : "";
}

const char *invariant_text(enum invariant i)
{
	return i < INVARIANTS ? invariants[i].text : "";
}

void *list_add(struct list *l)
{
	void *at;

	if (l->n == l->cap) {
		l->cap = l->cap * 2 + 256;
		l->item = realloc(l->item, l->cap * l->size);
		if (l->item == NULL) {
			fputs("sim: out of memory\n", stderr);
			abort();
		}
	}
	at = (char *)l->item + l->n++ * l->size;
	memset(at, 0, l->size);
	return at;
}

struct judge *judge_open(void)
{
	struct judge *j = calloc(1, sizeof(*j));

	if (j == NULL)
		abort();
	j->answers.size = sizeof(struct seen_answer);
	j->heads.size = sizeof(struct seen_head);
	j->admissions.size = sizeof(struct seen_admission);
	crypto_generichash_init(&j->digest, NULL, 0, 32);
	return j;
}

void judge_close(struct judge *j)
{
	free(j->answers.item);
	free(j->heads.item);
	free(j->admissions.item);
	free(j);
}

enum invariant judge_broken(const struct judge *j)
{
	return j->broken;
}

static void keep_files(struct world *w)
{
	char folder[256];

	if (w->options.keep == NULL)
		return;
	snprintf(folder, sizeof(folder), "%s/seed-%llu", w->options.keep,
	    (unsigned long long)w->seed);
	(void)mkdir(w->options.keep, 0755);
	(void)mkdir(folder, 0755);
	for (int i = 0; i <= w->kiosks; i++)
		disk_keep(i, folder);
	printf("    files of all machines: %s\n", folder);
}

void judge_break(struct world *w, enum invariant i, const char *fmt, ...)
{
	struct judge *j = w->judge;
	struct civil_now now = civil_local(w->now_ms / SECOND, ZONE_S);
	va_list ap;

	if (j->broken == I_UNSET)
		j->broken = i;
	if (++j->breaks > 5 || w->options.count)
		return;
	printf("  BROKEN %s (%s)\n    seed %llu, day %d, %02d:%02d:%02d.%03d: ",
	    invariant_name(i), invariant_text(i), (unsigned long long)w->seed,
	    w->day_count + 1, now.minute / 60, now.minute % 60, now.second % 60,
	    (int)(w->now_ms % SECOND));
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	if (j->breaks == 1)
		keep_files(w);
}

sqlite3_stmt *judge_query(struct world *w, sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		world_fatal(w, "judge: %s: %s", sql, sqlite3_errmsg(db));
	return s;
}

bool judge_row(struct world *w, sqlite3_stmt *s)
{
	int r = sqlite3_step(s);

	if (r != SQLITE_ROW && r != SQLITE_DONE)
		world_fatal(w, "judge: %s",
		    sqlite3_errmsg(sqlite3_db_handle(s)));
	return r == SQLITE_ROW;
}

struct booking_plan *judge_booking(struct world *w,
    const struct code_hash *hash, int32_t day)
{
	if (day != w->day)
		return NULL;
	for (int i = 0; i < w->bookings; i++)
		if (same_booking(&w->booking[i].hash, hash))
			return &w->booking[i];
	return NULL;
}

/* ---- at the kiosks ---- */

static struct seen_admission *find_admission(struct judge *j, int kiosk,
    const struct op_id *op_id)
{
	struct seen_admission *s = j->admissions.item;

	for (size_t i = 0; i < j->admissions.n; i++)
		if (s[i].kiosk == kiosk && same_op(&s[i].a.op_id, op_id))
			return &s[i];
	return NULL;
}

/* Two kiosks of one roster, both on their own. */
static void judge_home(struct world *w, const struct seen_admission *now)
{
	const struct seen_admission *s = w->judge->admissions.item;

	for (size_t i = 0; i < w->judge->admissions.n; i++)
		if (&s[i] != now && s[i].how == HOW_ALONE &&
		    s[i].kiosk != now->kiosk && s[i].roster == now->roster &&
		    s[i].a.ticket.day == now->a.ticket.day &&
		    same_booking(&s[i].a.booking, &now->a.booking))
			judge_break(w, I12_HOME,
			    "%s and %s admitted one booking without asking",
			    w->kiosk[s[i].kiosk].name,
			    w->kiosk[now->kiosk].name);
}

void judge_admitted(struct world *w, const struct kiosk *k,
    const struct admission *a, enum how how)
{
	struct seen_admission *s = list_add(&w->judge->admissions);
	struct booking_plan *b = judge_booking(w, &a->booking, a->ticket.day);

	s->a = *a;
	s->kiosk = k->index;
	s->how = how;
	s->at_ms = w->now_ms;
	s->roster = sync_roster(k->sync)->version;
	if (b != NULL)
		b->admitted = true;
	if (how == HOW_ALONE)
		judge_home(w, s);
}

void judge_acknowledged(struct world *w, const struct kiosk *k,
    const struct admission *a)
{
	struct seen_admission *s = find_admission(w->judge, k->index,
	    &a->op_id);
	struct booking_plan *b = judge_booking(w, &a->booking, a->ticket.day);

	/* An intent that a crash left was finished unseen. */
	if (s == NULL) {
		s = list_add(&w->judge->admissions);
		s->a = *a;
		s->kiosk = k->index;
		s->at_ms = w->now_ms;
	}
	s->acknowledged = true;
	if (b != NULL)
		b->admitted = true;
}

/* Also one that a kiosk did not live to tell of. */
static bool is_in_a_journal(const struct world *w, const struct booking_plan *b)
{
	struct admission unused;
	struct err e = {0};

	for (int i = 0; i < w->kiosks; i++)
		if (w->kiosk[i].on &&
		    journal_find_admission(w->kiosk[i].journal, &b->hash,
			b->day, &unused, &e) == 0)
			return true;
	return false;
}

void judge_used(struct world *w, const struct kiosk *k, int person)
{
	const struct person *p = &w->person[person];
	const struct booking_plan *b = &w->booking[p->booking];

	if (!b->admitted && !b->admitted_by_hub && !is_in_a_journal(w, b))
		judge_break(w, I6_USED_IS_TRUE,
		    "person %d heard at %s that the code was used", person,
		    k->name);
}

void judge_own_admission(struct world *w, const struct kiosk *k,
    const struct admit_request *q, enum how how)
{
	struct booking b;
	struct err e = {0};

	if (how == HOW_ANSWERED || how == HOW_WALK_IN)
		return;
	if (cache_find(k->cache, &q->booking, &b, &e) == 0 && b.day == q->day &&
	    b.status != BOOKING_CONFIRMED)
		judge_break(w, I7_CANCELLED,
		    "%s admits (%s) a booking that it knows to be forbidden "
		    "(status %u)",
		    k->name,
		    how == HOW_NO_ANSWER   ? "no answer"
			: how == HOW_ALONE ? "not asked"
					   : "an old intent",
		    b.status);
}

/* ---- cursors ---- */

static const struct seen_head *find_head(const struct judge *j, int32_t day,
    int64_t epoch, int64_t head, const struct feed_digest *digest)
{
	const struct seen_head *s = j->heads.item;
	const struct seen_head *other = NULL;

	for (size_t i = j->heads.n; i-- > 0;) {
		if (s[i].day != day || s[i].epoch != epoch || s[i].head != head)
			continue;
		if (feed_digest_eq(&s[i].digest, digest))
			return &s[i];
		if (!s[i].lost)
			other = &s[i];
	}
	return other;
}

static void judge_cursor(struct world *w, const struct kiosk *k, int32_t day,
    const struct cache_feed *f)
{
	const struct seen_head *h = find_head(w->judge, day, f->epoch, f->at,
	    &f->digest);

	if (h == NULL && f->at > 0)
		judge_break(w, I4_EQUAL_CURSORS,
		    "%s is at %lld of epoch %lld, where the hub never was",
		    k->name, (long long)f->at, (long long)f->epoch);
	else if (h != NULL && !feed_digest_eq(&h->digest, &f->digest))
		judge_break(w, I4_EQUAL_CURSORS,
		    "%s and the hub are both at %lld of epoch %lld and hold "
		    "other bookings",
		    k->name, (long long)f->at, (long long)f->epoch);
}

void judge_feed(struct world *w, const struct kiosk *k)
{
	for (int i = 0; i <= DAYS_AHEAD; i++) {
		struct cache_feed *was = &w->judge->checked[k->index][i], f;
		struct err e = {0};

		if (cache_feed_state(k->cache, w->day + i, &f, &e) < 0 ||
		    !f.whole || f.epoch == 0)
			continue;
		if (f.epoch == was->epoch && f.at == was->at &&
		    feed_digest_eq(&f.digest, &was->digest))
			continue;
		*was = f;
		judge_cursor(w, k, w->day + i, &f);
	}
}

/* ---- at the hub ---- */

void judge_claims(struct world *w, struct str body)
{
	static struct client_answer answer[CLAIM_BATCH];
	struct judge *j = w->judge;
	struct seen_answer *s;
	struct err e = {0};
	size_t n = 0;

	if (client_claims(body, answer, CLAIM_BATCH, &n, &e) < 0) {
		judge_break(w, I1_ONE_ANSWER, "%s", e.text);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct client_answer *a = &answer[i];
		size_t at;

		if (a->answer == CLAIM_BAD || a->answer == CLAIM_UNSUPPORTED) {
			judge_break(w, I10_DRAINED,
			    "the hub can't take an op: "
			    "%s",
			    a->detail);
			continue;
		}
		s = j->answers.item;
		for (at = 0; at < j->answers.n; at++)
			if (same_op(&s[at].op_id, &a->op_id))
				break;
		if (at < j->answers.n && !s[at].lost) {
			if (s[at].answer != a->answer ||
			    s[at].first != a->first || s[at].count != a->count)
				judge_break(w, I1_ONE_ANSWER,
				    "first %s %u+%u, now %s %u+%u",
				    claim_answer_word(s[at].answer),
				    s[at].first, s[at].count,
				    claim_answer_word(a->answer), a->first,
				    a->count);
			continue;
		}
		s = at < j->answers.n ? &s[at] : list_add(&j->answers);
		s->op_id = a->op_id;
		s->answer = a->answer;
		s->first = a->first;
		s->count = a->count;
		s->at_ms = w->now_ms;
		s->lost = false;
	}
}

/* What the hub admitted since: never on a booking that it knew to be
 * cancelled, unless a disk held the admission already. */
static void judge_hub_admissions(struct world *w, int32_t day, int64_t after,
    bool fresh)
{
	sqlite3_stmt *s = judge_query(w, w->hub.witness,
	    "SELECT a.hash, a.letter, o.done, o.class, b.status "
	    "FROM admission a "
	    "JOIN op o ON o.office = a.office AND o.op_id = a.op_id "
	    "LEFT JOIN booking b ON b.office = a.office AND b.hash = a.hash "
	    "AND b.day = a.day AND b.gone = 0 "
	    "WHERE a.day = ?1 AND a.seq > ?2");

	sqlite3_bind_int(s, 1, day);
	sqlite3_bind_int64(s, 2, after);
	while (judge_row(w, s)) {
		struct code_hash hash;
		struct booking_plan *b;

		if (!wire_unhex(
			str_from((const char *)sqlite3_column_text(s, 0)),
			hash.bytes, sizeof(hash.bytes)))
			continue;
		b = judge_booking(w, &hash, day);
		if (b != NULL)
			b->admitted_by_hub = true;
		if (fresh && sqlite3_column_int(s, 2) == 0 &&
		    sqlite3_column_int(s, 3) != CLASS_WALK_IN &&
		    sqlite3_column_int(s, 4) != BOOKING_CONFIRMED)
			judge_break(w, I7_CANCELLED,
			    "the hub, asked, admits a booking of status %d",
			    sqlite3_column_int(s, 4));
	}
	sqlite3_finalize(s);
}

/* The newest state of a day that is known. */
static const struct seen_head *last_head(const struct judge *j, int32_t day)
{
	const struct seen_head *s = j->heads.item;

	for (size_t i = j->heads.n; i-- > 0;)
		if (s[i].day == day && !s[i].lost)
			return &s[i];
	return NULL;
}

static void judge_bucket(struct world *w, const struct seen_head *now)
{
	struct judge *j = w->judge;
	const struct seen_head *last = last_head(j, now->day);
	bool goes_on = last != NULL && last->epoch == now->epoch;
	int64_t after = goes_on ? last->head : 0;
	const struct seen_head *same = find_head(j, now->day, now->epoch,
	    now->head, &now->digest);
	struct seen_head *added;

	if (same != NULL && !same->lost) {
		if (!feed_digest_eq(&same->digest, &now->digest))
			judge_break(w, I4_EQUAL_CURSORS,
			    "the hub was at %lld of epoch %lld with other "
			    "bookings before",
			    (long long)now->head, (long long)now->epoch);
		return;
	}
	added = list_add(&j->heads);
	*added = *now;
	added->at_ms = w->now_ms;
	judge_hub_admissions(w, now->day, after, goes_on);
}

void judge_hub_changed(struct world *w, int32_t day)
{
	sqlite3_stmt *s = judge_query(w, w->hub.witness,
	    "SELECT day, epoch, head, digest FROM bucket"
	    " WHERE day = ?1 OR ?1 < 0 ORDER BY day");

	sqlite3_bind_int(s, 1, day);
	while (judge_row(w, s)) {
		struct seen_head now = {.day = sqlite3_column_int(s, 0),
		    .epoch = sqlite3_column_int64(s, 1),
		    .head = sqlite3_column_int64(s, 2)};

		if (feed_digest_parse(
			str_from((const char *)sqlite3_column_text(s, 3)),
			&now.digest))
			judge_bucket(w, &now);
	}
	sqlite3_finalize(s);
}

void judge_card_lost(struct world *w, const struct kiosk *k)
{
	struct seen_admission *s = w->judge->admissions.item;

	w->judge->cards_lost = true;
	for (size_t i = 0; i < w->judge->admissions.n; i++)
		if (s[i].kiosk == k->index)
			s[i].lost = true;
	memset(w->judge->checked[k->index], 0,
	    sizeof(w->judge->checked[k->index]));
}

void judge_restored(struct world *w, int64_t at_ms)
{
	struct seen_answer *a = w->judge->answers.item;
	struct seen_head *h = w->judge->heads.item;

	for (size_t i = 0; i < w->judge->answers.n; i++)
		if (a[i].at_ms > at_ms)
			a[i].lost = true;
	for (size_t i = 0; i < w->judge->heads.n; i++)
		if (h[i].at_ms > at_ms)
			h[i].lost = true;
	/* What the channel wanted since is asked for again. */
	for (int i = 0; i < w->bookings; i++) {
		struct booking_plan *b = &w->booking[i];

		if (b->posted_ms > at_ms)
			b->posted_ms = 0;
		if (b->status_ms > at_ms)
			b->status_ms = 0;
	}
}
