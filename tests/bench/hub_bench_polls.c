#include "hub_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include <time.h>

enum {
	POLLS = POLL_OFFICES * KIOSKS,
	WAIT_S = 60,
	BODY_BYTES = 1024,
	SETTLE_MS = 10 /* until a poll is parked for certain */
};

struct poller {
	struct bench_device device;
	struct exchange x;
	int64_t epoch, at;
};

static void make_poll(struct poller *p, int32_t wait_s)
{
	char text[WIRE_PATH];
	struct buf path;

	exchange_fini(&p->x);
	buf_init(&path, text, sizeof(text));
	client_feed_path(&path, p->device.office, BENCH_DAY, p->epoch, p->at,
	    100, wait_s);
	exchange_make(&p->x, &p->device, "GET", buf_cstr(&path), str_from(""));
}

/* Takes the page that came as a terminal does, and stands behind it. */
static void take_page(struct poller *p, const struct bench_hub *hub)
{
	static struct feed_op ops[FEED_PAGE_MAX];
	struct feed_page page;
	struct frame_answer a;
	struct err e;
	char *body;

	exchange_check(&p->x, &p->device, hub->key, 200, &a, &body);
	bench_must(client_feed(a.body, ops, FEED_PAGE_MAX, &page, &e), "page",
	    &e);
	p->epoch = page.epoch;
	p->at = page.to;
	free(body);
}

/* The state first, then a poll that waits for more. */
static void begin_poll(struct poller *p, struct http *h, size_t line,
    const struct bench_hub *hub)
{
	make_poll(p, 0);
	http_ask(h, line, &p->x);
	take_page(p, hub);
	make_poll(p, WAIT_S);
}

void bench_hold(const struct bench_hub *hub)
{
	struct poller *p = calloc(POLLS, sizeof(*p));
	struct http *h = http_open(hub->port, POLLS);
	char end[8];

	if (p == NULL)
		bench_die("polls", "out of memory");
	for (size_t i = 0; i < POLLS; i++) {
		bench_device(&p[i].device, OFFICE_POLLS + (uint32_t)i / KIOSKS,
		    i % KIOSKS);
		begin_poll(&p[i], h, i, hub);
	}
	for (size_t i = 0; i < POLLS; i++)
		http_send(h, i, &p[i].x);
	printf("{\"polls\": %d}\n", POLLS);
	fflush(stdout);
	while (fgets(end, sizeof(end), stdin) != NULL)
		;
	if (http_wait(h, 0) >= 0)
		bench_die("polls", "one was answered, though nothing changed");
	http_close(h);
	for (size_t i = 0; i < POLLS; i++)
		exchange_fini(&p[i].x);
	free(p);
}

/* Waking: one kiosk claims, the others of its office wait. */

struct wake {
	struct poller kiosk[KIOSKS]; /* the first one claims */
	struct http *http;
	double *sent_ms, *answered_ms, *claim_ms;
	size_t n, rounds;
};

static void make_claim(struct poller *p)
{
	static uint8_t text[BODY_BYTES];
	struct client_op op = {
	    .op = CLAIM_ADMIT,
	    .day = BENCH_DAY,
	    .time_s = BENCH_NOW,
	    .service = 1,
	    .booking_class = CLASS_WALK_IN,
	    .verdict = VERDICT_ADMIT_BOOKED,
	};
	struct buf body;

	randombytes_buf(op.op_id.bytes, sizeof(op.op_id.bytes));
	randombytes_buf(op.booking.bytes, sizeof(op.booking.bytes));
	buf_init(&body, text, sizeof(text));
	client_claims_body(&body, &op, 1, NULL, 0);
	exchange_fini(&p->x);
	exchange_make(&p->x, &p->device, "POST", "/v1/claims", buf_view(&body));
}

static void one_round(struct wake *w, const struct bench_hub *hub)
{
	const struct timespec settle = {0, SETTLE_MS * 1000000};
	const struct exchange *claim = &w->kiosk[0].x;

	for (size_t i = 1; i < KIOSKS; i++)
		http_send(w->http, i, &w->kiosk[i].x);
	make_claim(&w->kiosk[0]);
	if (nanosleep(&settle, NULL) != 0 || http_wait(w->http, 0) >= 0)
		bench_die("wake", "a poll did not wait");
	http_send(w->http, 0, &w->kiosk[0].x);
	for (size_t i = 0; i < KIOSKS; i++)
		if (http_wait(w->http, 10000) < 0)
			bench_die("wake", "a poll was not woken");
	w->claim_ms[w->rounds++] = (double)(claim->done_ns - claim->sent_ns) /
	    1e6;
	for (size_t i = 1; i < KIOSKS; i++) {
		int64_t done = w->kiosk[i].x.done_ns;

		w->sent_ms[w->n] = (double)(done - claim->sent_ns) / 1e6;
		w->answered_ms[w->n++] = (double)(done - claim->done_ns) / 1e6;
		take_page(&w->kiosk[i], hub);
		make_poll(&w->kiosk[i], WAIT_S);
	}
}

static double *room(size_t n)
{
	double *v = calloc(n, sizeof(*v));

	if (v == NULL)
		bench_die("wake", "out of memory");
	return v;
}

static void print_wake(struct wake *w)
{
	bench_sort(w->sent_ms, w->n);
	bench_sort(w->answered_ms, w->n);
	bench_sort(w->claim_ms, w->rounds);
	printf("{\"sent_p50\": %.3f, \"sent_p99\": %.3f, "
	       "\"answered_p50\": %.3f, \"answered_p99\": %.3f, "
	       "\"claim_p50\": %.3f, \"claim_p99\": %.3f}\n",
	    bench_quantile(w->sent_ms, w->n, 0.5),
	    bench_quantile(w->sent_ms, w->n, 0.99),
	    bench_quantile(w->answered_ms, w->n, 0.5),
	    bench_quantile(w->answered_ms, w->n, 0.99),
	    bench_quantile(w->claim_ms, w->rounds, 0.5),
	    bench_quantile(w->claim_ms, w->rounds, 0.99));
}

void bench_wake(const struct bench_hub *hub, unsigned rounds)
{
	static struct wake w;

	w.http = http_open(hub->port, KIOSKS);
	w.sent_ms = room((size_t)rounds * KIOSKS);
	w.answered_ms = room((size_t)rounds * KIOSKS);
	w.claim_ms = room(rounds);
	for (uint32_t i = 0; i < KIOSKS; i++) {
		bench_device(&w.kiosk[i].device, OFFICE_WAKE, i);
		begin_poll(&w.kiosk[i], w.http, i, hub);
	}
	for (unsigned i = 0; i < rounds; i++)
		one_round(&w, hub);
	http_close(w.http);
	print_wake(&w);
	for (size_t i = 0; i < KIOSKS; i++)
		exchange_fini(&w.kiosk[i].x);
	free(w.sent_ms);
	free(w.answered_ms);
	free(w.claim_ms);
}
