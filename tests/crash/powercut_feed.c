/* The hub's feed in the cache: each page, restart, roster and purge is there
 * wholly, with its cursor and digest, or not at all. */
#include "powercut.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/store/cache_file.h"

enum { ROWS = 60, OFFICE = 7 };

/* What the hub sends: the day as its feed has it up to `at`. */
struct hub {
	int32_t day;
	int64_t epoch, at;
	int version[ROWS]; /* 0 = no such row */
	bool admitted[ROWS];
	struct feed_digest digest;
	struct feed_op op[ROWS]; /* of the next page */
	size_t ops;
};

static bool good(struct world *w, int r, const struct err *e, const char *what)
{
	if (r < 0)
		wrong(w, FAULT_DAMAGED, "%s: %s", what, e->text);
	return r == 0;
}

static struct booking booking_of(const struct hub *h, uint32_t row, int version)
{
	struct booking b;

	memset(&b, 0, sizeof(b));
	b.hash = person_hash(row);
	b.office = OFFICE;
	b.day = h->day;
	b.start_min = (int16_t)(480 + row);
	b.end_min = (int16_t)(b.start_min + 15);
	b.service = 1;
	b.booking_class = CLASS_BOOKED;
	b.status = BOOKING_CONFIRMED;
	b.status_s = PC_NOW + version;
	return b;
}

static struct feed_admission admission_of(uint32_t row)
{
	struct feed_admission a;

	memset(&a, 0, sizeof(a));
	a.booking = person_hash(row);
	memcpy(a.op_id.bytes, a.booking.bytes, OP_ID_BYTES);
	a.device = 2;
	a.letter = 1;
	a.number = (uint16_t)(1 + row);
	a.time_s = PC_NOW;
	/* Every other one is somebody's pass at a gate. */
	a.pass = row % 2 == 0 ? 0 : 0x80;
	return a;
}

static struct feed_op *next_op(struct hub *h, enum feed_op_kind kind)
{
	struct feed_op *op = &h->op[h->ops];

	memset(op, 0, sizeof(*op));
	op->kind = kind;
	op->seq = h->at + (int64_t)++h->ops;
	return op;
}

static void take(struct hub *h, uint32_t row)
{
	struct booking b = booking_of(h, row, h->version[row]);

	if (h->version[row] != 0)
		feed_take_booking(&h->digest, &b);
	h->version[row] = 0;
}

static void put(struct hub *h, uint32_t row, int version)
{
	struct feed_op *op = next_op(h, FEED_PUT);

	take(h, row);
	op->booking = booking_of(h, row, version);
	feed_add_booking(&h->digest, &op->booking);
	h->version[row] = version;
}

static void del(struct hub *h, uint32_t row)
{
	next_op(h, FEED_DEL)->booking = booking_of(h, row, 1);
	take(h, row);
}

static void adm(struct hub *h, uint32_t row)
{
	struct feed_admission a = admission_of(row);

	next_op(h, a.pass == 0 ? FEED_ADM : FEED_PAS)->admission = a;
	if (!h->admitted[row])
		feed_add_admission(&h->digest, OFFICE, h->day, &a);
	h->admitted[row] = true;
}

static void restart(struct hub *h)
{
	int32_t day = h->day;
	int64_t epoch = h->epoch;

	memset(h, 0, sizeof(*h));
	h->day = day;
	h->epoch = epoch + 1;
}

/* Sends the page; spoilt: its digest is another's. */
static void send(struct world *w, struct hub *h, bool more, bool spoilt)
{
	struct feed_page page = {
	    .office = OFFICE,
	    .day = h->day,
	    .epoch = h->epoch,
	    .from = h->at,
	    .to = h->at + (int64_t)h->ops,
	    .head = h->at + (int64_t)h->ops + (more ? 9 : 0),
	    .more = more,
	    .digest = h->digest,
	    .ops = h->op,
	    .n = h->ops,
	};
	struct promise p;
	struct err e;
	int r;

	page.digest.word[0] ^= spoilt;
	promise_begin(&p);
	r = cache_feed_apply(w->cache, &page, PC_NOW, &e);
	if (r != (spoilt ? -EILSEQ : 0)) {
		wrong(w, FAULT_DAMAGED, "feed: %d %s", r, r < 0 ? e.text : "");
		return;
	}
	promise_kept(&p);
	state_note(w, &p, w->cache->db);
	h->at = page.to;
	h->ops = 0;
}

/* The day from its beginning, in three pages. */
static void send_day(struct world *w, struct hub *h, int version)
{
	for (uint32_t row = 0; row < ROWS; row++) {
		put(h, row, version);
		if (row == 20 || row == 40 || row == ROWS - 1)
			send(w, h, row < ROWS - 1, false);
	}
}

static void load_anew(struct world *w, struct hub *h)
{
	struct promise p;
	struct err e;

	promise_begin(&p);
	if (!good(w, cache_feed_restart(w->cache, h->day, &e), &e, "restart"))
		return;
	promise_kept(&p);
	state_note(w, &p, w->cache->db);
	restart(h);
}

static void set_roster(struct world *w, uint16_t devices)
{
	static struct roster r; /* large */
	struct promise p;
	struct err e;

	memset(&r, 0, sizeof(r));
	r.version = devices;
	r.count = devices;
	for (uint16_t i = 0; i < devices; i++) {
		r.item[i].device = i + 1u;
		snprintf(r.item[i].name, sizeof(r.item[i].name), "kiosk-%u",
		    i + 1u);
		r.item[i].role = ROSTER_KIOSK;
		r.item[i].letter = (uint8_t)(19 + i);
		r.item[i].live = true;
		r.item[i].epoch = 1;
		r.item[i].key_id = (uint16_t)(i + 1);
		r.item[i].until_day = PC_DAY + i;
	}
	promise_begin(&p);
	if (!good(w, cache_set_roster(w->cache, &r, &e), &e, "roster"))
		return;
	promise_kept(&p);
	state_note(w, &p, w->cache->db);
}

static void first_state(struct world *w)
{
	struct promise p;

	promise_settle(&p, true);
	w->states = 0;
	state_note(w, &p, w->cache->db);
}

/* Two days; an import from before the hub does not count any more. */
void feed_prepare(struct world *w)
{
	static struct hub h;

	import_prepare(w);
	if (w->cache == NULL)
		open_cache(w);
	for (int32_t day = PC_DAY; day <= PC_DAY + 1; day++) {
		memset(&h, 0, sizeof(h));
		h.day = day;
		h.epoch = 1;
		send_day(w, &h, 1);
		w->feed_at = h.at;
	}
	first_state(w);
	if (w->run % 4 < 2)
		close_cache(w);
}

static void hub_as_prepared(const struct world *w, struct hub *h)
{
	memset(h, 0, sizeof(*h));
	h->day = PC_DAY + 1;
	h->epoch = 1;
	for (uint32_t row = 0; row < ROWS; row++)
		put(h, row, 1);
	h->ops = 0;
	h->at = w->feed_at;
}

static void updates(struct world *w, struct hub *h)
{
	for (uint32_t row = 0; row < 12; row++)
		put(h, row * 3, 2);
	send(w, h, false, false);
	for (uint32_t row = 0; row < 8; row++)
		del(h, 2 + row * 4);
	send(w, h, true, false);
	for (uint32_t row = 0; row < 5; row++)
		adm(h, 1 + row * 5);
	send(w, h, false, false);
}

void feed_run(struct world *w)
{
	static struct hub h;
	struct err e;

	hub_as_prepared(w, &h);
	open_cache(w);
	updates(w, &h);
	set_roster(w, 3);
	load_anew(w, &h);
	send_day(w, &h, 3);
	put(&h, 4, 4);
	send(w, &h, false, true); /* which is undone */
	load_anew(w, &h);
	send_day(w, &h, 5);
	set_roster(w, 5);
	if (w->run % 4 >= 2) {
		struct promise p;

		promise_begin(&p);
		good(w, cache_forget(w->cache, &e), &e, "forget");
		promise_kept(&p);
		state_note(w, &p, w->cache->db);
	}
	close_cache(w);
}

/* After the cut the day can be loaded anew, and then it is whole. */
static void judge_loading(struct world *w)
{
	static struct hub h;
	struct cache_feed state;
	struct booking b;
	struct err e;

	memset(&h, 0, sizeof(h));
	h.day = PC_DAY + 1;
	if (!good(w, cache_feed_state(w->cache, h.day, &state, &e), &e,
		"state"))
		return;
	h.epoch = state.epoch;
	load_anew(w, &h);
	send_day(w, &h, 7);
	if (cache_feed_state(w->cache, h.day, &state, &e) < 0 || !state.whole)
		wrong(w, FAULT_DAMAGED, "the day is not whole");
	for (uint32_t row = 0; row < ROWS; row++) {
		struct code_hash hash = person_hash(row);

		if (cache_find(w->cache, &hash, &b, &e) < 0 || b.day != h.day ||
		    b.status_s != PC_NOW + 7)
			wrong(w, FAULT_LOST, "row %u is not the hub's", row);
	}
}

void feed_judge(struct world *w)
{
	open_cache(w);
	if (w->cache == NULL)
		return;
	state_judge(w, w->cache->db);
	judge_loading(w);
	close_cache(w);
}

static bool purge(struct world *w)
{
	int64_t removed;
	struct promise p;
	struct err e;

	promise_begin(&p);
	if (!good(w, cache_purge(w->cache, PC_DAY + 1, &removed, &e), &e,
		"purge"))
		return false;
	promise_kept(&p);
	state_note(w, &p, w->cache->db);
	return true;
}

void feed_purge_run(struct world *w)
{
	open_cache(w);
	purge(w);
	close_cache(w);
}

/* Purged again it is the same, and nothing of the day is left. */
void feed_purge_judge(struct world *w)
{
	struct cache_feed state;
	int64_t rows;
	struct err e;

	open_cache(w);
	if (w->cache == NULL)
		return;
	state_judge(w, w->cache->db);
	if (purge(w) &&
	    (cache_count_day(w->cache, PC_DAY, &rows, &e) < 0 || rows != 0 ||
		cache_feed_state(w->cache, PC_DAY, &state, &e) < 0 ||
		state.at != 0))
		wrong(w, FAULT_FALSE, "something of the day is left");
	if (cache_count_day(w->cache, PC_DAY + 1, &rows, &e) < 0 ||
	    rows != ROWS)
		wrong(w, FAULT_LOST, "the day after is not whole");
	close_cache(w);
}
