/* The cache: an import and a purge happen wholly or not at all. */
#include "powercut.h"

#include <errno.h>
#include <string.h>

/* Rows 0 .. 199 are there; an import brings 100 .. 299 anew. */
enum { OLD_ROWS = 200, NEW_FROM = 100, ROWS = 300 };
enum { OLD_SYNC_S = PC_NOW, NEW_SYNC_S = PC_NOW + 600 };

static bool good(struct world *w, int r, const struct err *e, const char *what)
{
	if (r < 0)
		wrong(w, FAULT_DAMAGED, "%s: %s", what, e->text);
	return r >= 0;
}

void open_cache(struct world *w)
{
	struct promise p;
	struct err e;

	promise_begin(&p);
	if (!good(w, cache_open(w->cache_path, &w->cache, &e), &e,
		"open the cache"))
		return;
	promise_kept(&p);
	if (!promise_made(&w->cache_made))
		w->cache_made = p;
}

void close_cache(struct world *w)
{
	cache_close(w->cache);
	w->cache = NULL;
}

/* Every third row is of the day before. */
static int32_t day_of(uint32_t row)
{
	return PC_DAY + (row % 3 != 0);
}

static struct booking booking_of(uint32_t row, int version)
{
	struct booking b;

	memset(&b, 0, sizeof(b));
	b.hash = person_hash(row);
	b.office = 7;
	b.day = day_of(row);
	b.start_min = (int16_t)(480 + row % 200);
	b.end_min = (int16_t)(b.start_min + 15 * version);
	b.service = (uint8_t)(1 + row % 9);
	b.booking_class = CLASS_BOOKED;
	b.status = version == 1 ? BOOKING_CONFIRMED : BOOKING_CANCELLED;
	b.birth = row * 2654435761u;
	b.status_s = PC_NOW + version;
	memcpy(b.masked_name, "S*** W******", 13);
	return b;
}

static bool same(const struct booking *a, const struct booking *b)
{
	return memcmp(&a->hash, &b->hash, sizeof(a->hash)) == 0 &&
	    a->office == b->office && a->day == b->day &&
	    a->start_min == b->start_min && a->end_min == b->end_min &&
	    a->service == b->service && a->booking_class == b->booking_class &&
	    a->status == b->status && a->companions == b->companions &&
	    a->birth == b->birth &&
	    a->permit_expires_day == b->permit_expires_day &&
	    a->status_s == b->status_s &&
	    strcmp(a->masked_name, b->masked_name) == 0;
}

/* In small steps, as the terminal does it between two visitors. */
static bool import(struct world *w, uint32_t from, uint32_t to, int version,
    int64_t sync_s)
{
	struct booking b;
	struct err e;
	int r = cache_import_begin(w->cache, &e);

	for (uint32_t i = from; r == 0 && i < to; i++) {
		b = booking_of(i, version);
		r = cache_import_put(w->cache, &b, &e);
	}
	for (int steps = 0; r == 0 && steps < 10; steps++)
		if (cache_import_write(w->cache, 37, &e) < 0)
			r = e.code;
	if (r == 0)
		r = cache_import_commit(w->cache, sync_s, &e);
	return good(w, r, &e, "import");
}

void import_prepare(struct world *w)
{
	open_cache(w);
	import(w, 0, OLD_ROWS, 1, OLD_SYNC_S);
	if (w->run % 2 == 0)
		close_cache(w);
}

static void import_again(struct world *w)
{
	struct promise p;

	promise_begin(&p);
	if (!import(w, NEW_FROM, ROWS, 2, NEW_SYNC_S))
		return;
	promise_kept(&p);
	if (!promise_made(&w->change))
		w->change = p;
}

void import_run(struct world *w)
{
	open_cache(w);
	import_again(w);
	close_cache(w);
}

static void judge_row(struct world *w, uint32_t row, int version)
{
	struct booking want = booking_of(row, version), b;
	struct err e;
	int r = cache_find(w->cache, &want.hash, &b, &e);

	if (r < 0 && r != -ENOENT)
		wrong(w, FAULT_DAMAGED, "row %u: %s", row, e.text);
	else if ((r == 0) != (version > 0))
		wrong(w, FAULT_LOST, "row %u is %s", row,
		    r == 0 ? "there" : "lost");
	else if (r == 0 && !same(&b, &want))
		wrong(w, FAULT_LOST, "row %u is not version %d", row, version);
}

static void judge_count(struct world *w, int64_t want)
{
	struct err e;
	int64_t n;

	if (cache_count(w->cache, &n, &e) < 0)
		wrong(w, FAULT_DAMAGED, "count: %s", e.text);
	else if (n != want)
		wrong(w, FAULT_LOST, "%lld rows, not %lld", (long long)n,
		    (long long)want);
}

/* The time of the last sync tells which import it is; every row must agree. */
void import_judge(struct world *w)
{
	int64_t sync_s = 0;
	struct err e;
	bool new;

	open_cache(w);
	if (w->cache == NULL)
		return;
	if (cache_last_sync(w->cache, &sync_s, &e) < 0)
		wrong(w, FAULT_DAMAGED, "last sync: %s", e.text);
	new = sync_s == NEW_SYNC_S;
	if (!new &&sync_s != OLD_SYNC_S)
		wrong(w, FAULT_LOST, "the time of the import is lost");
	for (uint32_t i = 0; i < ROWS; i++)
		judge_row(w, i, new &&i >= NEW_FROM ? 2 : i < OLD_ROWS ? 1 : 0);
	judge_count(w, new ? ROWS : OLD_ROWS);
	promise_judge(w, &w->change, new, "the import");
	import_again(w);
	judge_count(w, ROWS);
	close_cache(w);
}

void cache_purge_prepare(struct world *w)
{
	import_prepare(w);
}

static void purge_again(struct world *w)
{
	int64_t removed;
	struct promise p;
	struct err e;

	promise_begin(&p);
	if (!good(w, cache_purge(w->cache, PC_DAY + 1, &removed, &e), &e,
		"purge the cache"))
		return;
	promise_kept(&p);
	if (!promise_made(&w->change))
		w->change = p;
}

void cache_purge_run(struct world *w)
{
	w->purges = true;
	open_cache(w);
	purge_again(w);
	if (w->run % 2 != 0) /* and the cache goes on being used */
		import(w, OLD_ROWS, ROWS, 1, OLD_SYNC_S);
	close_cache(w);
}

static bool purged(struct world *w)
{
	struct code_hash first = person_hash(0);
	struct booking b;
	struct err e;

	return cache_find(w->cache, &first, &b, &e) == -ENOENT;
}

static void judge_traces(struct world *w)
{
	struct image now;

	disk_read_all(&now);
	for (uint32_t i = 0; i < OLD_ROWS; i += 15) {
		struct code_hash h = person_hash(i);

		if (day_of(i) == PC_DAY && on_disk(&now, &h))
			wrong(w, FAULT_FALSE, "row %u is still on the disk", i);
	}
	image_free(&now);
}

void cache_purge_judge(struct world *w)
{
	bool gone;

	open_cache(w);
	if (w->cache == NULL)
		return;
	gone = purged(w);
	for (uint32_t i = 0; i < OLD_ROWS; i++)
		judge_row(w, i, gone && day_of(i) == PC_DAY ? 0 : 1);
	promise_judge(w, &w->change, gone, "the purge");
	if (!gone)
		purge_again(w);
	close_cache(w);
	judge_traces(w);
}
