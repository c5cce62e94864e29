/*
 * The store's figures as ratios, measured side by side in one run:
 * a durable check-in against a bare 4 KB overwrite + fdatasync, an import
 * against the sqlite3 shell's, and a warm lookup in microseconds.
 *
 * usage: store_bench [DIR]; works in a new directory under DIR (default: the
 * current one, so that a real disk is measured and not a tmpfs).
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "firmware/store/cache.h"
#include "firmware/store/journal.h"

enum {
	DAY = 20416,
	NOW = 1764000000,
	PAGE = 4096,
	BARE_PAGES = 4096,
	BOOKINGS = 100000,
	LARGE = 1000000,
	ADMITS = 4000,
	LOOKUPS = 200000,
	IMPORTS = 7,
	LETTERS = 4,
	TEXT = 4096
};

static char dir[512];

static _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

static void must(int r, const char *what, const struct err *e)
{
	if (r < 0)
		die(what, e->text);
}

static void path_of(char out[TEXT], const char *name)
{
	snprintf(out, TEXT, "%s/%s", dir, name);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

/* Sixteen letters that look random, so that the shell's CSV can hold the very
 * same bytes. */
static struct code_hash key(uint32_t i)
{
	static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint8_t in[4], raw[16];
	struct code_hash h;
	size_t k;

	memcpy(in, &i, sizeof(in));
	crypto_generichash(raw, sizeof(raw), in, sizeof(in), NULL, 0);
	for (k = 0; k < sizeof(raw); k++)
		h.bytes[k] = (uint8_t)symbols[raw[k] & 31];
	return h;
}

static struct booking booking_of(uint32_t i)
{
	struct booking b = {
	    .hash = key(i),
	    .office = 4102,
	    .day = DAY,
	    .start_min = (int16_t)(450 + i % 32 * 15),
	    .service = 1,
	    .booking_class = CLASS_BOOKED,
	    .status = BOOKING_CONFIRMED,
	    .birth = 0x123456789abcdefu + i,
	};

	b.end_min = (int16_t)(b.start_min + 15);
	return b;
}

static struct booking *bookings(uint32_t n)
{
	struct booking *b = calloc(n, sizeof(*b));
	uint32_t i;

	if (b == NULL)
		die("bookings", "out of memory");
	for (i = 0; i < n; i++)
		b[i] = booking_of(i);
	return b;
}

/* What the last import held its caller for: the longest of its writes of 128
 * rows, and the commit. */
static double longest_write, commit_time;

static void write_in_steps(struct cache *c)
{
	struct err e;
	double start;
	int r = 1;

	longest_write = 0;
	while (r != 0) {
		start = now_us();
		r = cache_import_write(c, 128, &e);
		if (r < 0)
			must(r, "write", &e);
		if (now_us() - start > longest_write)
			longest_write = now_us() - start;
	}
	start = now_us();
	must(cache_import_commit(c, NOW, &e), "commit", &e);
	commit_time = now_us() - start;
}

static double import(const char *path, const struct booking *b, size_t n)
{
	struct cache *c;
	struct err e;
	double start;
	size_t i;

	must(cache_open(path, &c, &e), "open", &e);
	start = now_us();
	must(cache_import_begin(c, &e), "begin", &e);
	for (i = 0; i < n; i++)
		must(cache_import_put(c, &b[i], &e), "put", &e);
	write_in_steps(c);
	start = now_us() - start;
	cache_close(c);
	return start;
}

static int by_hash(const void *a, const void *b)
{
	const struct booking *x = a, *y = b;

	return memcmp(x->hash.bytes, y->hash.bytes, CODE_HASH_BYTES);
}

static void write_csv(const char *path, const struct booking *from, size_t n)
{
	struct booking *b = bookings((uint32_t)n);
	FILE *f = fopen(path, "w");
	size_t i;

	if (f == NULL)
		die(path, strerror(errno));
	memcpy(b, from, n * sizeof(*b));
	qsort(b, n, sizeof(*b), by_hash);
	for (i = 0; i < n; i++)
		fprintf(f, "%.16s,%u,%d,%d,%d,%u,%u,%u,%u,%llu,%d,%lld,\n",
		    (const char *)b[i].hash.bytes, b[i].office, b[i].day,
		    b[i].start_min, b[i].end_min, b[i].service,
		    b[i].booking_class, b[i].status, b[i].companions,
		    (unsigned long long)b[i].birth, b[i].permit_expires_day,
		    (long long)b[i].status_s);
	if (fclose(f) != 0)
		die(path, strerror(errno));
	free(b);
}

/* The shell's own start (measured with an empty script) is taken off. */
static double shell(const char *path, const char *csv, bool really)
{
	char cmd[3 * TEXT];
	double start;

	if (really)
		snprintf(cmd, sizeof(cmd),
		    "sqlite3 '%s' 'PRAGMA synchronous ="
		    " FULL' '.mode csv' '.import \"%s\" booking'",
		    path, csv);
	else
		snprintf(cmd, sizeof(cmd),
		    "sqlite3 '%s' 'PRAGMA synchronous ="
		    " FULL' '.mode csv'",
		    path);
	start = now_us();
	if (system(cmd) != 0)
		die("sqlite3", cmd);
	return now_us() - start;
}

static void empty_cache(char path[TEXT], const char *name)
{
	struct cache *c;
	struct err e;

	path_of(path, name);
	unlink(path);
	must(cache_open(path, &c, &e), "open", &e);
	cache_close(c);
}

static void bench_import(void)
{
	struct booking *b = bookings(BOOKINGS);
	double ours[IMPORTS], theirs[IMPORTS], a, t;
	char path[TEXT], csv[TEXT];
	int i;

	path_of(csv, "rows.csv");
	write_csv(csv, b, BOOKINGS);
	for (i = 0; i < IMPORTS; i++) {
		empty_cache(path, "import.db");
		ours[i] = import(path, b, BOOKINGS);
		empty_cache(path, "shell.db");
		theirs[i] = -shell(path, csv, false);
		theirs[i] += shell(path, csv, true);
	}
	a = median(ours, IMPORTS);
	t = median(theirs, IMPORTS);
	printf("import of %d rows: %.0f ms, sqlite3 shell %.0f ms: %.2fx as"
	       " fast (goal >= 1.2x)\n",
	    BOOKINGS, a / 1e3, t / 1e3, t / a);
	printf("its longest write of 128 rows %.1f ms, its commit %.1f ms\n",
	    longest_write / 1e3, commit_time / 1e3);
	free(b);
}

static void bench_lookup(void)
{
	struct booking *b = bookings(LARGE), got;
	double *us = calloc(LOOKUPS, sizeof(*us)), start;
	struct cache *c;
	struct err e;
	char path[TEXT];
	int pass, i;

	if (us == NULL)
		die("lookup", "out of memory");
	path_of(path, "large.db");
	import(path, b, LARGE);
	must(cache_open(path, &c, &e), "open", &e);
	for (pass = 0; pass < 2; pass++) {
		srandom(7);
		for (i = 0; i < LOOKUPS; i++) {
			const struct code_hash *h = &b[random() % LARGE].hash;

			start = now_us();
			must(cache_find(c, h, &got, &e), "find", &e);
			us[i] = now_us() - start;
		}
	}
	printf("lookup, warm, of %d rows: p50 %.1f us (goal <= 10)", LARGE,
	    median(us, LOOKUPS));
	printf(", p99 %.1f us\n", us[LOOKUPS / 100 * 99]);
	cache_close(c);
	free(us);
	free(b);
}

static double check_in(struct cache *c, struct journal *j, uint32_t i)
{
	struct admit_request q = {
	    .time_s = NOW + i,
	    .day = DAY,
	    .service = 1,
	    .letter = (uint8_t)(1 + i % LETTERS),
	    .window_min = 45,
	    .flags = TICKET_BOOKED,
	    .booking_class = CLASS_BOOKED,
	    .verdict = VERDICT_ADMIT_BOOKED,
	};
	struct code_hash h = key(i);
	struct admission a;
	struct booking b;
	struct usage u;
	struct err e;
	double start = now_us();

	must(cache_find(c, &h, &b, &e), "find", &e);
	must(journal_usage(j, &h, DAY, &u, &e), "usage", &e);
	q.op_id = journal_op_id();
	q.booking = h;
	q.slot_min = (uint16_t)b.start_min;
	must(journal_admit(j, &q, &a, &e), "admit", &e);
	return now_us() - start;
}

static double overwrite(int fd, const uint8_t page[PAGE])
{
	double start = now_us();

	if (pwrite(fd, page, PAGE, random() % BARE_PAGES * PAGE) != PAGE ||
	    fdatasync(fd) < 0)
		die("bare", strerror(errno));
	return now_us() - start;
}

static int bare_file(const uint8_t page[PAGE])
{
	char path[TEXT];
	int fd, i;

	path_of(path, "bare");
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		die(path, strerror(errno));
	for (i = 0; i < BARE_PAGES; i++)
		if (write(fd, page, PAGE) != PAGE)
			die(path, strerror(errno));
	fsync(fd);
	return fd;
}

static void bench_admit(void)
{
	static double ours[ADMITS], bare[ADMITS];
	static uint8_t page[PAGE];
	struct booking *b = bookings(BOOKINGS);
	struct journal_options o = {.letter = 19, .now_s = NOW};
	struct keys keys;
	struct journal *j;
	struct cache *c;
	struct err e;
	char path[TEXT];
	double a, t;
	int i, fd;

	path_of(path, "cache.db");
	import(path, b, BOOKINGS);
	must(cache_open(path, &c, &e), "cache", &e);
	must(keys_draw(&keys, (struct keys_place){0}, &e), "keys", &e);
	o.keys = &keys;
	path_of(path, "journal.db");
	must(journal_open(path, &o, &j, &e), "journal", &e);
	randombytes_buf(page, sizeof(page));
	fd = bare_file(page);
	for (i = 0; i < ADMITS; i++) {
		bare[i] = overwrite(fd, page);
		ours[i] = check_in(c, j, (uint32_t)i);
	}
	a = median(ours, ADMITS);
	t = median(bare, ADMITS);
	printf("durable check-in at %d bookings: p50 %.0f us, 4 KB overwrite +"
	       " fdatasync %.0f us: %.2fx (goal <= 1.7x)",
	    BOOKINGS, a, t, a / t);
	printf("; p99 %.0f and %.0f us\n", ours[ADMITS / 100 * 99],
	    bare[ADMITS / 100 * 99]);
	close(fd);
	journal_close(j);
	t = now_us();
	must(journal_open(path, &o, &j, &e), "journal", &e);
	printf("opening a journal of %d admissions, chain checked: %.1f ms\n",
	    ADMITS, (now_us() - t) / 1e3);
	journal_close(j);
	cache_close(c);
	free(b);
}

int main(int argc, char **argv)
{
	char cmd[TEXT];

	snprintf(dir, sizeof(dir), "%s/store-bench-XXXXXX",
	    argc > 1 ? argv[1] : ".");
	if (sodium_init() < 0 || mkdtemp(dir) == NULL)
		die(dir, strerror(errno));
	bench_admit();
	bench_import();
	bench_lookup();
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd) == 0 ? 0 : 1;
}
