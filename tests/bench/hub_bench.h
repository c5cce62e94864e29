/*
 * The hub's bench: what its parts share. hub_figures.py runs them and makes
 * ratios of what they print; each part prints one line of JSON.
 *
 * hub_bench.c         what can be asked for
 * hub_bench_world.c   offices, devices and bookings, put into the store
 * hub_bench_http.c    many connections in one thread
 * hub_bench_claims.c  claims per second; hot codes
 * hub_bench_feed.c    a day's feed into a fresh cache.db
 * hub_bench_polls.c   long-polls that wait, and how soon they are woken
 * hub_bench_record.c  the statements of a batch
 * hub_bench_script.c  the same as a script for pgbench, and again and again
 *                     without HTTP
 *
 * Whatever goes wrong ends the program: a bench that lost an answer has no
 * figure.
 */
#ifndef KARCIS_TESTS_HUB_BENCH_H
#define KARCIS_TESTS_HUB_BENCH_H

#include "firmware/core/wire.h"
#include "firmware/hub/hub.h"
#include "firmware/link/client.h"

/* Noon of 2026-11-26 in WIB. */
enum { BENCH_DAY = 20783, BENCH_NOW = 1795669200, BENCH_OFFSET_S = 7 * 3600 };
/* Offices by what they are for; a device's number has its office in front, so
 * its office and key follow from it. */
enum {
	BENCH_DEVICES = 64, /* of one office at most */
	OFFICE_CLAIMS = 1,  /* 1..8, eight kiosks each */
	OFFICE_MIRROR = 11, /* the same for pgbench and replays */
	OFFICE_HOT = 21,    /* sixty-four kiosks */
	OFFICE_FEED = 31,
	OFFICE_WAKE = 41,
	OFFICE_POLLS = 101, /* 101..225, eight each */
	POLL_OFFICES = 125,
	KIOSKS = 8
};

_Noreturn void bench_die(const char *what, const char *why);
void bench_must(int r, const char *what, const struct err *e);
int64_t bench_ns(void); /* monotonic */
/* Of n sorted values, 0 < share < 1. */
double bench_quantile(const double *sorted, size_t n, double share);
void bench_sort(double *v, size_t n);

/* The world. */

struct bench_device {
	uint32_t office, device;
	uint64_t counter; /* the last one used */
	uint8_t secret[WIRE_SECRET_BYTES], public_key[WIRE_PUBLIC_BYTES];
};
/* The i-th of an office, 0.. */
void bench_device(struct bench_device *d, uint32_t office, uint32_t i);

struct bench_store {
	struct hub *hub;
	struct hub_db *db;
};
void bench_store_open(struct bench_store *s, const char *store);
void bench_store_close(struct bench_store *s);
/* n kiosks of it. */
void bench_office(struct bench_store *s, uint32_t office, uint32_t n);
/* Puts them a thousand at a time. */
void bench_book(struct bench_store *s, uint32_t office, const struct booking *b,
    size_t n, int64_t now_s);
/* The day's epoch; makes the day when it is not there. */
int64_t bench_epoch(struct bench_store *s, uint32_t office, int32_t day);

/*
 * A batch is a number, and its ids follow from number and place, so that a
 * script without arrays can make them too: sixteen digits of the place, then
 * sixteen decimal digits that are the batch's, scattered.
 */
enum { BATCH_MAX = 50 };
uint64_t bench_mark(uint64_t batch); /* sixteen digits */
void bench_id(unsigned place, uint64_t mark, uint8_t out[16]);
struct booking bench_booking(uint32_t office, unsigned place, uint64_t mark);
/* The body of a batch: one asked admission a place. */
void bench_claims_body(struct buf *out, unsigned places, uint64_t mark,
    int64_t epoch);

/* HTTP. */

struct exchange {
	char *request; /* whole */
	size_t request_len;
	char *answer; /* as it came, head and body; NUL after it */
	size_t len, cap, head, total;
	int64_t sent_ns, done_ns; /* 0 = not */
	uint64_t counter;
};
/* Signs it with the device's next counter. */
void exchange_make(struct exchange *x, struct bench_device *d,
    const char *method, const char *path, struct str body);
/* The answer in its parts, the body inflated: malloc'd in *body. */
struct frame_answer exchange_answer(const struct exchange *x, char **body);
/* Dies unless the hub signed it for that device and its status is that. */
void exchange_check(const struct exchange *x, const struct bench_device *d,
    const uint8_t hub_key[WIRE_PUBLIC_BYTES], int status,
    struct frame_answer *a, char **body);
void exchange_fini(struct exchange *x);

struct http;
struct http *http_open(uint16_t port, size_t lines);
void http_close(struct http *h);
/* The line is free: sends at once. */
void http_send(struct http *h, size_t line, struct exchange *x);
/* The line whose answer is whole, or -1: none in that time. -1 waits for
 * ever. */
long http_wait(struct http *h, int timeout_ms);
/* One after the other. */
void http_ask(struct http *h, size_t line, struct exchange *x);

/* The parts. */

struct bench_hub {
	const char *store;
	uint16_t port;
	uint8_t key[WIRE_PUBLIC_BYTES];
};
struct bench_load {
	unsigned clients, batch; /* batch: claims in a request */
	unsigned requests;       /* of each client */
	uint64_t first;          /* batches before it were used */
};
void bench_fill(const char *store);
void bench_claims(const struct bench_hub *hub, const struct bench_load *l);
void bench_hot(const struct bench_hub *hub);
/* what: "plain", "named", "singly"; dir: where the cache.db is made. */
void bench_feed(const struct bench_hub *hub, const char *dir, const char *what,
    unsigned limit);
/* Holds a thousand polls until standard input ends. */
void bench_hold(const struct bench_hub *hub);
void bench_wake(const struct bench_hub *hub, unsigned rounds);
/* dir: for a store of its own. */
void bench_script(const char *dir, unsigned batch, bool pipeline);
void bench_replay(const char *store, const char *dir, unsigned batch,
    unsigned ms, uint64_t first);
void bench_sync(const char *dir, unsigned ms);

#endif
