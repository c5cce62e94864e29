/* How a scenario is run, its record cut and the survivors judged. */
#include "powercut.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHELL_EVERY = 64, SAY = 6, TIGHT_PAGES = 24 };

static char live[64], stock[80]; /* directories */

_Noreturn void die(const char *why)
{
	fprintf(stderr, "powercut: %s\n", why);
	exit(2);
}

void wrong(struct world *w, enum fault fault, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!w->judging)
		die(text);
	w->faults |= 1u << fault;
	if (w->trial->quiet || w->trial->said++ >= SAY)
		return;
	printf("powercut: SEED=%llu CUTS=%zu powercut %s %zu %zu: operation %zu"
	       " of %zu%s: %s\n",
	    (unsigned long long)w->seed, w->all, w->scenario, w->run, w->number,
	    w->cut, w->ops, w->depth > 0 ? " of the recovery" : "", text);
}

void promise_begin(struct promise *p)
{
	p->begun = disk_operations();
	p->kept = SIZE_MAX;
}

void promise_kept(struct promise *p)
{
	p->kept = disk_operations();
}

bool promise_made(const struct promise *p)
{
	return p->kept != SIZE_MAX;
}

/* The operations before the cut are over, that of the cut is under way. */
enum promised promised(const struct world *w, const struct promise *p)
{
	if (p->kept <= w->cut)
		return PROMISED_SURELY;
	return p->begun <= w->cut ? PROMISED_MAYBE : PROMISED_NOTHING;
}

void promise_settle(struct promise *p, bool seen)
{
	p->begun = p->kept = seen ? 0 : SIZE_MAX;
}

void promise_judge(struct world *w, struct promise *p, bool seen,
    const char *what)
{
	switch (promised(w, p)) {
	case PROMISED_SURELY:
		if (!seen)
			wrong(w, FAULT_LOST, "%s is lost", what);
		break;
	case PROMISED_NOTHING:
		if (seen)
			wrong(w, FAULT_FALSE, "%s is from the future", what);
		break;
	case PROMISED_MAYBE:
		break;
	}
	promise_settle(p, seen);
}

/* What was prepared is durable. */
static void settle_all(struct world *w)
{
	promise_settle(&w->journal_made, promise_made(&w->journal_made));
	promise_settle(&w->cache_made, promise_made(&w->cache_made));
	for (size_t i = 0; i < w->marks; i++)
		promise_settle(&w->mark[i].promise, true);
	for (size_t i = 0; i < w->tolds; i++) {
		struct told *t = &w->told[i];

		promise_settle(&t->promise, true);
		promise_settle(&t->print, promise_made(&t->print));
	}
}

/* Random numbers of libsodium that follow the seed, so that one seed is one
 * run. */
static struct chance sodium_chance;

static const char *seeded_name(void)
{
	return "seeded";
}

static uint32_t seeded_number(void)
{
	return (uint32_t)(chance_next(&sodium_chance) >> 32);
}

static void seeded_bytes(void *const out, const size_t len)
{
	for (size_t i = 0; i < len; i++)
		((uint8_t *)out)[i] = (uint8_t)seeded_number();
}

static struct randombytes_implementation seeded = {
    .implementation_name = seeded_name,
    .random = seeded_number,
    .buf = seeded_bytes,
};

static bool tight_now;

/* For every connection: a checkpoint after few pages instead of 1000. */
static int tighten(sqlite3 *db, const char **text, const void *api)
{
	(void)text;
	(void)api;
	if (tight_now)
		sqlite3_wal_autocheckpoint(db, TIGHT_PAGES);
	return SQLITE_OK;
}

/* With a heap of a byte SQLite writes what is not committed to the WAL early,
 * as a large transaction does. */
static void set_tight(bool tight)
{
	tight_now = tight;
	sqlite3_soft_heap_limit64(tight ? 1 : 0);
}

static void close_all(struct world *w)
{
	journal_close(w->journal);
	w->journal = NULL;
	cache_close(w->cache);
	w->cache = NULL;
	for (size_t i = 0; i < ARRAY_LEN(w->left); i++) {
		sqlite3_close(w->left[i]);
		w->left[i] = NULL;
	}
}

static uint64_t number_of_name(const char *name)
{
	uint64_t n = 0;

	for (; *name != '\0'; name++)
		n = n * 257 + (uint8_t)*name;
	return n;
}

static void new_world(const struct scenario *s, const struct plan *plan,
    size_t run, struct trial *trial, struct world *w)
{
	uint64_t which = number_of_name(s->name);

	memset(w, 0, sizeof(*w));
	w->scenario = s->name;
	w->trial = trial;
	w->seed = plan->seed;
	w->all = plan->all;
	w->run = run;
	w->tight = run % 2 == 1;
	w->normal = plan->normal;
	w->lies = plan->lies;
	w->chance = chance_of(plan->seed, which, run, 0);
	sodium_chance = chance_of(plan->seed, which, run, 1);
	disk_seed(chance_next(&w->chance));
	w->stock = stock;
	snprintf(w->journal_path, sizeof(w->journal_path), "%s/journal.db",
	    live);
	snprintf(w->cache_path, sizeof(w->cache_path), "%s/cache.db", live);
	promise_settle(&w->journal_made, false);
	promise_settle(&w->cache_made, false);
	promise_settle(&w->change, false);
	if (keys_draw(&w->keys, (struct keys_place){0}, NULL) < 0)
		die("no keys");
}

static void prepare(const struct scenario *s, struct world *w,
    struct image *start)
{
	memset(start, 0, sizeof(*start));
	disk_load(NULL);
	if (s->prepare != NULL)
		s->prepare(w);
	disk_read_all(start);
	close_all(w);
	settle_all(w);
	disk_load(start);
}

static void digest(struct trial *t, const struct image *left)
{
	for (size_t i = 0; i < left->files; i++)
		crypto_generichash_update(&t->digest, left->file[i].bytes.ptr,
		    left->file[i].bytes.len);
}

/* After a purge that came back: does the WAL still hold somebody? */
static bool traces(const struct world *w, const struct image *left)
{
	const struct image_file *wal = image_find(left, "-wal");
	struct code_hash h = person_hash(3);
	struct image one = {.files = 1};

	if (!w->purges || wal == NULL ||
	    promised(w, &w->change) != PROMISED_SURELY)
		return false;
	one.file[0] = *wal;
	return on_disk(&one, &h);
}

static void count(struct world *w)
{
	struct trial *t = w->trial;

	t->cuts += w->depth == 0;
	t->again += w->depth > 0;
	for (size_t f = 0; f < FAULTS; f++)
		t->bad[f] += (w->faults >> f) & 1;
}

/* The power fails at w->cut of the record; then, every second time, once more
 * while the store works on with what survived. */
static void fail(const struct scenario *s, struct world *w,
    const struct image *start, const struct record *record)
{
	struct chance chance = chance_of(w->seed + w->depth, w->run, w->number,
	    w->cut);
	struct image left;
	struct record next;
	bool shell;

	w->judging = true;
	w->faults = 0;
	w->ops = record->ops;
	w->chance = chance_of(chance_next(&chance), 0, 0, 0);
	power_cut(start, record, w->cut, &chance, &left, &w->trial->tally);
	digest(w->trial, &left);
	w->trial->traces += traces(w, &left);
	shell = w->number % SHELL_EVERY == 0 && w->depth == 0;
	w->trial->shells += shell;
	stock_judge(w, &left, shell);
	disk_load(&left);
	s->judge(w);
	close_all(w);
	disk_take_record(&next);
	count(w);
	if (w->depth == 0 && w->number % 2 == 1 && w->faults == 0) {
		w->depth = 1;
		w->cut = chance_below(&chance, next.ops + 1);
		fail(s, w, &left, &next);
	}
	record_free(&next);
	image_free(&left);
}

/* Cuts are spread over the whole record; of eight, one is at a sync, one right
 * after it, and one right after a call of the store that came back. */
static size_t place(const struct world *w, const struct record *r,
    struct chance *c, size_t cuts)
{
	size_t ops = r->ops + 1, i = w->number * ops / cuts, call;

	i += chance_below(c, ops / cuts + 1);
	switch (w->number % 8) {
	case 0:
	case 1:
		while (i < r->ops && r->op[i].verb != DISK_SYNC)
			i++;
		i += w->number % 8;
		break;
	case 2:
		call = chance_below(c, w->marks + w->states + 1);
		if (call < w->marks)
			i = w->mark[call].promise.kept;
		else if (call < w->marks + w->states)
			i = w->state[call - w->marks].promise.kept;
		else if (promise_made(&w->change))
			i = w->change.kept;
		break;
	default:
		break;
	}
	return i > r->ops ? r->ops : i;
}

static void cut_all(const struct scenario *s, const struct world *w,
    const struct plan *plan, const struct image *start,
    const struct record *record)
{
	struct world *after = malloc(sizeof(*after));

	if (after == NULL)
		die("out of memory");
	for (size_t i = 0; i < plan->cuts; i++) {
		struct chance c = chance_of(w->seed, w->run, i, 9);

		if (plan->only != PC_ALL && i != plan->only)
			continue;
		*after = *w;
		after->number = i;
		after->cut = place(after, record, &c, plan->cuts);
		sodium_chance = chance_of(chance_next(&c), 0, 0, 0);
		disk_seed(chance_next(&c));
		fail(s, after, start, record);
	}
	free(after);
}

static void one_run(const struct scenario *s, const struct plan *plan,
    size_t run, struct trial *t)
{
	struct world *w = malloc(sizeof(*w));
	struct record record;
	struct image start;

	if (w == NULL)
		die("out of memory");
	new_world(s, plan, run, t, w);
	set_tight(w->tight);
	prepare(s, w, &start);
	disk_lie(w->lies);
	s->run(w);
	close_all(w);
	disk_lie(false);
	disk_take_record(&record);
	cut_all(s, w, plan, &start, &record);
	record_free(&record);
	image_free(&start);
	free(w);
}

void engine_run(const struct scenario *s, const struct plan *plan,
    struct trial *t)
{
	crypto_generichash_init(&t->digest, NULL, 0, PC_DIGEST);
	for (size_t run = 0; run < s->runs; run++)
		if (plan->run == PC_ALL || run == plan->run)
			one_run(s, plan, run, t);
}

/* At the end, however the test ends. */
static void remove_directories(void)
{
	static const char *const names[] = {"journal.db", "cache.db"};
	char path[PC_PATH];

	stock_clear(stock);
	rmdir(stock);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", live, names[i]);
		unlink(path);
	}
	rmdir(live);
}

void engine_start(void)
{
	const char *tmp = getenv("TMPDIR");

	if (access("/dev/shm", W_OK) == 0)
		tmp = "/dev/shm";
	snprintf(live, sizeof(live), "%.40s/karcis-cut-XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(live) == NULL)
		die("cannot make a directory");
	snprintf(stock, sizeof(stock), "%s/stock", live);
	if (mkdir(stock, 0700) < 0 || atexit(remove_directories) != 0)
		die("cannot make a directory");
	randombytes_set_implementation(&seeded);
	if (sodium_init() < 0)
		die("libsodium does not start");
	sqlite3_auto_extension((void (*)(void))tighten);
	disk_mount();
}

void engine_end(void)
{
	disk_load(NULL);
	disk_unmount();
}

const char *engine_directory(void)
{
	return live;
}
