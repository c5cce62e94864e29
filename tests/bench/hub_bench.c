#include "hub_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 1024 };

void bench_die(const char *what, const char *why)
{
	fprintf(stderr, "hub-bench: %s: %s\n", what, why);
	exit(1);
}

void bench_must(int r, const char *what, const struct err *e)
{
	if (r < 0)
		bench_die(what, e->text);
}

int64_t bench_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void bench_sort(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
}

double bench_quantile(const double *sorted, size_t n, double share)
{
	size_t i = (size_t)(share * (double)n);

	return n == 0 ? 0 : sorted[i < n ? i : n - 1];
}

/* The disk alone: 4 KB over old ones, and fdatasync. */

static int sync_file(const char *dir, const uint8_t page[PAGE])
{
	char path[1024];
	int fd;

	snprintf(path, sizeof(path), "%s/sync", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || unlink(path) < 0)
		bench_die(path, strerror(errno));
	for (int i = 0; i < PAGES; i++)
		if (write(fd, page, PAGE) != PAGE)
			bench_die(path, strerror(errno));
	if (fsync(fd) < 0)
		bench_die(path, strerror(errno));
	return fd;
}

void bench_sync(const char *dir, unsigned ms)
{
	uint8_t page[PAGE];
	int64_t begin, now;
	unsigned n = 0;
	int fd;

	randombytes_buf(page, sizeof(page));
	fd = sync_file(dir, page);
	begin = now = bench_ns();
	while (now - begin < (int64_t)ms * 1000000) {
		if (pwrite(fd, page, PAGE, n++ % PAGES * PAGE) != PAGE ||
		    fdatasync(fd) < 0)
			bench_die("fdatasync", strerror(errno));
		now = bench_ns();
	}
	close(fd);
	printf("{\"rate\": %.2f}\n", n / ((double)(now - begin) / 1e9));
}

/* Arguments. */

struct args {
	char **next;
};

static const char *text_arg(struct args *a)
{
	if (*a->next == NULL)
		bench_die("arguments", "too few");
	return *a->next++;
}

static uint64_t number_arg(struct args *a)
{
	const char *text = text_arg(a);
	int64_t n;

	if (!str_number(str_from(text), 0, INT64_MAX, &n))
		bench_die("no number", text);
	return (uint64_t)n;
}

static struct bench_hub hub_arg(struct args *a)
{
	struct bench_hub h = {.store = text_arg(a)};
	const char *key;

	h.port = (uint16_t)number_arg(a);
	key = text_arg(a);
	if (!wire_unhex(str_from(key), h.key, sizeof(h.key)))
		bench_die("no public key", key);
	return h;
}

static void fill(struct args *a)
{
	bench_fill(text_arg(a));
}

static void claims(struct args *a)
{
	struct bench_hub h = hub_arg(a);
	struct bench_load l;

	l.clients = (unsigned)number_arg(a);
	l.batch = (unsigned)number_arg(a);
	l.requests = (unsigned)number_arg(a);
	l.first = number_arg(a);
	if (l.clients < 1 || l.clients > BENCH_DEVICES || l.batch < 1 ||
	    l.batch > BATCH_MAX || l.requests < 1)
		bench_die("claims", "numbers out of range");
	bench_claims(&h, &l);
}

static void hot(struct args *a)
{
	struct bench_hub h = hub_arg(a);

	bench_hot(&h);
}

static void feed(struct args *a)
{
	struct bench_hub h = hub_arg(a);
	const char *dir = text_arg(a), *what = text_arg(a);

	bench_feed(&h, dir, what, (unsigned)number_arg(a));
}

static void hold(struct args *a)
{
	struct bench_hub h = hub_arg(a);

	bench_hold(&h);
}

static void wake(struct args *a)
{
	struct bench_hub h = hub_arg(a);

	bench_wake(&h, (unsigned)number_arg(a));
}

static void script(struct args *a)
{
	const char *dir = text_arg(a);
	unsigned batch = (unsigned)number_arg(a);

	bench_script(dir, batch, number_arg(a) != 0);
}

static void replay(struct args *a)
{
	const char *store = text_arg(a), *dir = text_arg(a);
	unsigned batch = (unsigned)number_arg(a), ms = (unsigned)number_arg(a);

	bench_replay(store, dir, batch, ms, number_arg(a));
}

static void sync_only(struct args *a)
{
	const char *dir = text_arg(a);

	bench_sync(dir, (unsigned)number_arg(a));
}

static const struct part {
	const char *name, *usage;
	void (*run)(struct args *a);
} parts[] = {
    {"fill", "STORE", fill},
    {"claims", "STORE PORT KEY CLIENTS BATCH REQUESTS FIRST", claims},
    {"hot", "STORE PORT KEY", hot},
    {"feed", "STORE PORT KEY DIR plain|named|singly LIMIT", feed},
    {"hold", "STORE PORT KEY", hold},
    {"wake", "STORE PORT KEY ROUNDS", wake},
    {"script", "DIR BATCH PIPELINE", script},
    {"replay", "STORE DIR BATCH MS FIRST", replay},
    {"sync", "DIR MS", sync_only},
};

int main(int argc, char **argv)
{
	struct args a = {argv + 2};

	if (sodium_init() < 0)
		bench_die("libsodium", "does not start");
	for (size_t i = 0; i < ARRAY_LEN(parts) && argc > 1; i++) {
		if (strcmp(argv[1], parts[i].name) != 0)
			continue;
		parts[i].run(&a);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		fprintf(stderr, "usage: hub-bench %s %s\n", parts[i].name,
		    parts[i].usage);
	return 2;
}
