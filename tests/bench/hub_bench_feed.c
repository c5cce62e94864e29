#include "hub_bench.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/store/cache.h"

enum {
	SLOTS = 32,
	SLOT_MIN = 15,
	OPENS_MIN = 450,
	SERVICES = 4,
	PATH_BYTES = 1024
};

/* Days of OFFICE_FEED by what their bookings are like. */
static const struct feed_kind {
	const char *name;
	int32_t day;
	size_t n, at_once;
	bool birth_and_name;
} kinds[] = {
    /* Imported; as many as an office has in years. */
    {"plain", BENCH_DAY, 100000, 1000, false},
    {"named", BENCH_DAY + 1, 10000, 1000, true},
    /* By channels: each has a time of its own. */
    {"singly", BENCH_DAY + 2, 2000, 1, false},
};

static const struct feed_kind *kind_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	bench_die("no such feed", name);
}

/* Booked: in no order. */
static struct booking any_booking(const struct feed_kind *kind)
{
	static const char *const names[] = {"Siti Wahyuni", "Budi Santoso",
	    "Agus", "Dewi Lestari Putri", "Nur Aini", "I Made Arya Wijaya",
	    "Sri Mulyani", "Eko", "Fitri Handayani", "Joko Prasetyo"};
	struct booking b = {
	    .office = OFFICE_FEED,
	    .day = kind->day,
	    .service = (uint8_t)(1 + randombytes_uniform(SERVICES)),
	    .booking_class = CLASS_BOOKED,
	    .status = BOOKING_CONFIRMED,
	};

	randombytes_buf(b.hash.bytes, sizeof(b.hash.bytes));
	b.start_min = (int16_t)(OPENS_MIN +
	    (int)randombytes_uniform(SLOTS) * SLOT_MIN);
	b.end_min = (int16_t)(b.start_min + SLOT_MIN);
	if (randombytes_uniform(10) == 0)
		b.booking_class = CLASS_PRIORITY;
	if (randombytes_uniform(8) == 0)
		b.companions = (uint8_t)(1 + randombytes_uniform(3));
	if (!kind->birth_and_name)
		return b;
	randombytes_buf(&b.birth, sizeof(b.birth));
	digest_mask_name(str_from(names[randombytes_uniform(ARRAY_LEN(names))]),
	    b.masked_name);
	return b;
}

static double book(const char *store, const struct feed_kind *kind)
{
	struct booking *b = calloc(kind->n, sizeof(*b));
	struct bench_store s;
	int64_t begin;

	if (b == NULL)
		bench_die("feed", "out of memory");
	for (size_t i = 0; i < kind->n; i++)
		b[i] = any_booking(kind);
	bench_store_open(&s, store);
	begin = bench_ns();
	for (size_t i = 0; i < kind->n; i += kind->at_once)
		bench_book(&s, OFFICE_FEED, b + i, kind->at_once,
		    BENCH_NOW - 86400 + (int64_t)(i / kind->at_once) * 29);
	begin = bench_ns() - begin;
	bench_store_close(&s);
	free(b);
	return (double)begin / 1e9;
}

/* A terminal that has nothing yet. */
struct terminal {
	struct bench_device device;
	struct http *http;
	struct cache *cache;
	struct feed_op ops[FEED_PAGE_MAX];
	int64_t epoch, at;
	size_t rows, pages, wire_bytes, body_bytes;
	int64_t asked_ns;
	bool more;
};

static void load_page(struct terminal *t, const struct bench_hub *hub,
    int32_t day, unsigned limit)
{
	char text[WIRE_PATH];
	struct buf path;
	struct frame_answer a;
	struct feed_page page;
	struct exchange x;
	struct err e;
	char *body;

	buf_init(&path, text, sizeof(text));
	client_feed_path(&path, OFFICE_FEED, day, t->epoch, t->at,
	    (int32_t)limit, 0);
	exchange_make(&x, &t->device, "GET", buf_cstr(&path), str_from(""));
	http_ask(t->http, 0, &x);
	t->asked_ns += x.done_ns - x.sent_ns;
	exchange_check(&x, &t->device, hub->key, 200, &a, &body);
	bench_must(client_feed(a.body, t->ops, FEED_PAGE_MAX, &page, &e),
	    "page", &e);
	bench_must(cache_feed_apply(t->cache, &page, BENCH_NOW, &e), "cache",
	    &e);
	t->epoch = page.epoch;
	t->at = page.to;
	t->more = page.more;
	t->rows += page.n;
	t->pages++;
	t->wire_bytes += x.total - x.head;
	t->body_bytes += a.body.len;
	free(body);
	exchange_fini(&x);
}

static void check_whole(struct terminal *t, const struct feed_kind *kind)
{
	struct cache_feed state;
	int64_t rows = 0;
	struct err e;

	bench_must(cache_feed_state(t->cache, kind->day, &state, &e), "state",
	    &e);
	bench_must(cache_count_day(t->cache, kind->day, &rows, &e), "rows", &e);
	if (!state.whole || rows != (int64_t)kind->n || t->rows != kind->n)
		bench_die("feed", "the terminal does not have the whole day");
}

void bench_feed(const struct bench_hub *hub, const char *dir, const char *what,
    unsigned limit)
{
	const struct feed_kind *kind = kind_of(what);
	static struct terminal t;
	char path[PATH_BYTES];
	int64_t took;
	double booked = book(hub->store, kind);
	struct err e;

	snprintf(path, sizeof(path), "%s/cache-%s.db", dir, what);
	unlink(path);
	bench_must(cache_open(path, &t.cache, &e), "cache", &e);
	bench_device(&t.device, OFFICE_FEED, 0);
	t.http = http_open(hub->port, 1);
	took = bench_ns();
	do
		load_page(&t, hub, kind->day, limit);
	while (t.more);
	took = bench_ns() - took;
	http_close(t.http);
	check_whole(&t, kind);
	cache_close(t.cache);
	printf("{\"rows\": %zu, \"pages\": %zu, \"rate\": %.1f, "
	       "\"bytes\": %.2f, \"json_bytes\": %.1f, \"asked\": %.3f, "
	       "\"applied\": %.3f, \"booked\": %.1f}\n",
	    t.rows, t.pages, (double)t.rows / ((double)took / 1e9),
	    (double)t.wire_bytes / (double)t.rows,
	    (double)t.body_bytes / (double)t.rows, (double)t.asked_ns / 1e9,
	    (double)(took - t.asked_ns) / 1e9, (double)kind->n / booked);
}
