#include "hub_bench.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BODY_BYTES = 32768,
	HOT_CODES = 200,
	HOT_CLAIMS = 100000,
	HOT_BATCH = 50,
	HOT_REQUESTS = HOT_CLAIMS / HOT_BATCH,
	CLIENT_BATCHES = 1000000 /* of one client, before its numbers end */
};

struct client {
	struct bench_device device;
	struct exchange warm, *list;
	size_t n, at;  /* of the list; sent */
	uint8_t *code; /* of each claim, where they are hot */
};

static void *zeros(size_t n, size_t bytes)
{
	void *p = calloc(n, bytes);

	if (p == NULL)
		bench_die("bench", "out of memory");
	return p;
}

/* One request on each line before the clock starts, as a terminal that has
 * been there for a while. Counters go up, so it is made first. */
static void make_warm(struct client *c)
{
	exchange_make(&c->warm, &c->device, "GET", "/v1/time?nonce=00",
	    str_from(""));
}

static struct http *warm_up(uint16_t port, struct client *c, size_t n)
{
	struct http *h = http_open(port, n);

	for (size_t i = 0; i < n; i++)
		http_ask(h, i, &c[i].warm);
	return h;
}

static void send_next(struct http *h, struct client *c, size_t i)
{
	http_send(h, i, &c[i].list[c[i].at++]);
}

/* Every client sends its next request when it has its answer. Returns when
 * the first one has no more to send; those under way are waited for. */
static int64_t run(struct http *h, struct client *c, size_t n)
{
	size_t under_way = n;
	int64_t end = 0;

	for (size_t i = 0; i < n; i++)
		send_next(h, c, i);
	while (under_way > 0) {
		long i = http_wait(h, 60000);

		if (i < 0)
			bench_die("the hub", "gave no answer in a minute");
		if (end == 0 && c[i].at == c[i].n)
			end = c[i].list[c[i].at - 1].done_ns;
		if (end == 0)
			send_next(h, c, (size_t)i);
		else
			under_way--;
	}
	return end;
}

/* The k-th request's, in their order; valid until the next call. */
static const struct client_answer *answers_of(const struct client *c, size_t k,
    size_t batch, const uint8_t hub_key[WIRE_PUBLIC_BYTES])
{
	static struct client_answer answer[BATCH_MAX];
	struct frame_answer a;
	struct err e;
	char *body;
	size_t got;

	exchange_check(&c->list[k], &c->device, hub_key, 200, &a, &body);
	bench_must(client_claims(a.body, answer, BATCH_MAX, &got, &e), "claims",
	    &e);
	free(body);
	if (got != batch)
		bench_die("claims", "not an answer for each");
	return answer;
}

/* Fails loudly unless each claim was admitted. */
static void check_admitted(const struct client *c, unsigned batch,
    const uint8_t hub_key[WIRE_PUBLIC_BYTES])
{
	for (size_t k = 0; k < c->at; k++) {
		const struct client_answer *a = answers_of(c, k, batch,
		    hub_key);

		for (size_t p = 0; p < batch; p++)
			if (a[p].answer != CLAIM_ADMITTED)
				bench_die("a claim was not admitted",
				    claim_answer_word(a[p].answer));
	}
}

static void print_rate(const struct client *c, size_t n, int64_t end,
    unsigned batch)
{
	size_t total = 0, k = 0;
	int64_t begin = INT64_MAX;
	double *ms, s;

	for (size_t i = 0; i < n; i++)
		total += c[i].at;
	ms = zeros(total, sizeof(*ms));
	for (size_t i = 0; i < n; i++) {
		if (c[i].list[0].sent_ns < begin)
			begin = c[i].list[0].sent_ns;
		for (size_t j = 0; j < c[i].at; j++) {
			const struct exchange *x = &c[i].list[j];

			if (x->done_ns <= end)
				ms[k++] = (double)(x->done_ns - x->sent_ns) /
				    1e6;
		}
	}
	bench_sort(ms, k);
	s = (double)(end - begin) / 1e9;
	printf("{\"requests\": %zu, \"seconds\": %.4f, \"rate\": %.2f, "
	       "\"claims\": %.1f, \"p50\": %.3f, \"p99\": %.3f}\n",
	    k, s, (double)k / s, (double)(k * batch) / s,
	    bench_quantile(ms, k, 0.5), bench_quantile(ms, k, 0.99));
	free(ms);
}

static void close_clients(struct client *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < c[i].n; k++)
			exchange_fini(&c[i].list[k]);
		exchange_fini(&c[i].warm);
		free(c[i].list);
		free(c[i].code);
	}
	free(c);
}

/* The bookings of a client's batches, and its requests. */
static void make_client(struct client *c, struct bench_store *s, unsigned i,
    const struct bench_load *l)
{
	static uint8_t text[BODY_BYTES];
	const uint32_t office = OFFICE_CLAIMS + i / KIOSKS;
	const uint64_t first = (uint64_t)i * CLIENT_BATCHES + l->first;
	struct booking *b = zeros((size_t)l->requests * l->batch, sizeof(*b));
	int64_t epoch;

	for (unsigned k = 0; k < l->requests; k++)
		for (unsigned p = 0; p < l->batch; p++)
			b[k * l->batch + p] = bench_booking(office, p,
			    bench_mark(first + k));
	bench_book(s, office, b, (size_t)l->requests * l->batch, BENCH_NOW);
	free(b);
	epoch = bench_epoch(s, office, BENCH_DAY);
	bench_device(&c->device, office, i % KIOSKS);
	make_warm(c);
	c->n = l->requests;
	c->list = zeros(c->n, sizeof(*c->list));
	for (unsigned k = 0; k < l->requests; k++) {
		struct buf body;

		buf_init(&body, text, sizeof(text));
		bench_claims_body(&body, l->batch, bench_mark(first + k),
		    epoch);
		exchange_make(&c->list[k], &c->device, "POST", "/v1/claims",
		    buf_view(&body));
	}
}

void bench_claims(const struct bench_hub *hub, const struct bench_load *l)
{
	struct client *c = zeros(l->clients, sizeof(*c));
	struct bench_store s;
	struct http *h;
	int64_t end;

	bench_store_open(&s, hub->store);
	for (unsigned i = 0; i < l->clients; i++)
		make_client(&c[i], &s, i, l);
	bench_store_close(&s);
	h = warm_up(hub->port, c, l->clients);
	end = run(h, c, l->clients);
	http_close(h);
	for (unsigned i = 0; i < l->clients; i++)
		check_admitted(&c[i], l->batch, hub->key);
	print_rate(c, l->clients, end, l->batch);
	close_clients(c, l->clients);
}

/*
 * Hot codes: 64 kiosks of one office, each claim with an op_id of its own, on
 * 200 bookings.
 */

static struct booking hot_booking(unsigned code)
{
	return bench_booking(OFFICE_HOT, code % BATCH_MAX,
	    bench_mark(code / BATCH_MAX));
}

static struct client_op hot_op(unsigned code)
{
	struct client_op op = {
	    .op = CLAIM_ADMIT,
	    .day = BENCH_DAY,
	    .booking = hot_booking(code).hash,
	    .time_s = BENCH_NOW,
	    .service = 1,
	    .booking_class = CLASS_BOOKED,
	    .verdict = VERDICT_ADMIT_BOOKED,
	};

	randombytes_buf(op.op_id.bytes, OP_ID_BYTES);
	return op;
}

static void make_hot(struct client *c, unsigned i, int64_t epoch)
{
	static uint8_t text[BODY_BYTES];
	const struct client_at at = {BENCH_DAY, epoch, 0};
	struct client_op op[HOT_BATCH];

	bench_device(&c->device, OFFICE_HOT, i);
	make_warm(c);
	c->n = HOT_REQUESTS / BENCH_DEVICES +
	    (i < HOT_REQUESTS % BENCH_DEVICES);
	c->list = zeros(c->n, sizeof(*c->list));
	c->code = zeros(c->n * HOT_BATCH, sizeof(*c->code));
	for (size_t k = 0; k < c->n; k++) {
		struct buf body;

		for (size_t p = 0; p < HOT_BATCH; p++) {
			uint8_t code = (uint8_t)randombytes_uniform(HOT_CODES);

			c->code[k * HOT_BATCH + p] = code;
			op[p] = hot_op(code);
		}
		buf_init(&body, text, sizeof(text));
		client_claims_body(&body, op, HOT_BATCH, &at, 1);
		exchange_make(&c->list[k], &c->device, "POST", "/v1/claims",
		    buf_view(&body));
	}
}

static int64_t run_all(struct http *h, struct client *c)
{
	size_t left = HOT_REQUESTS;
	int64_t begin = bench_ns();

	for (size_t i = 0; i < BENCH_DEVICES; i++)
		send_next(h, c, i);
	while (left > 0) {
		long i = http_wait(h, 60000);

		if (i < 0)
			bench_die("the hub", "gave no answer in a minute");
		left--;
		if (c[i].at < c[i].n)
			send_next(h, c, (size_t)i);
	}
	return bench_ns() - begin;
}

/* Who was admitted on each code. */
struct winners {
	struct op_id op_id[HOT_CODES];
	bool there[HOT_CODES];
	size_t n, answers;
};

static void take_winner(struct winners *w, unsigned code,
    const struct client_answer *a)
{
	w->answers++;
	if (a->answer == CLAIM_USED)
		return;
	if (a->answer != CLAIM_ADMITTED)
		bench_die("hot codes: neither admitted nor used",
		    claim_answer_word(a->answer));
	if (w->there[code])
		bench_die("hot codes", "two admissions on one code");
	w->there[code] = true;
	w->op_id[code] = a->op_id;
	w->n++;
}

/* Whom those who came later are told. */
static void check_loser(struct winners *w, unsigned code,
    const struct client_answer *a)
{
	if (a->answer == CLAIM_USED &&
	    (!w->there[code] ||
		memcmp(&w->op_id[code], &a->by.op_id, OP_ID_BYTES) != 0))
		bench_die("hot codes", "used by one who was not admitted");
}

static void walk_answers(const struct client *c, struct winners *w,
    void (
	*each)(struct winners *w, unsigned code, const struct client_answer *a),
    const uint8_t hub_key[WIRE_PUBLIC_BYTES])
{
	for (size_t i = 0; i < BENCH_DEVICES; i++)
		for (size_t k = 0; k < c[i].n; k++) {
			const struct client_answer *a = answers_of(&c[i], k,
			    HOT_BATCH, hub_key);

			for (size_t p = 0; p < HOT_BATCH; p++)
				each(w, c[i].code[k * HOT_BATCH + p], &a[p]);
		}
}

static int64_t book_hot(const char *store)
{
	static struct booking b[HOT_CODES];
	struct bench_store s;
	int64_t epoch;

	for (unsigned i = 0; i < HOT_CODES; i++)
		b[i] = hot_booking(i);
	bench_store_open(&s, store);
	bench_book(&s, OFFICE_HOT, b, HOT_CODES, BENCH_NOW);
	epoch = bench_epoch(&s, OFFICE_HOT, BENCH_DAY);
	bench_store_close(&s);
	return epoch;
}

void bench_hot(const struct bench_hub *hub)
{
	static struct winners w;
	struct client *c = zeros(BENCH_DEVICES, sizeof(*c));
	int64_t epoch = book_hot(hub->store), took;
	struct http *h;

	for (unsigned i = 0; i < BENCH_DEVICES; i++)
		make_hot(&c[i], i, epoch);
	h = warm_up(hub->port, c, BENCH_DEVICES);
	took = run_all(h, c);
	http_close(h);
	walk_answers(c, &w, take_winner, hub->key);
	walk_answers(c, &w, check_loser, hub->key);
	if (w.n != HOT_CODES || w.answers != HOT_CLAIMS)
		bench_die("hot codes", "not 200 of 100000 admitted");
	printf("{\"admitted\": %zu, \"answers\": %zu, \"seconds\": %.3f, "
	       "\"claims\": %.1f}\n",
	    w.n, w.answers, (double)took / 1e9,
	    HOT_CLAIMS / ((double)took / 1e9));
	close_clients(c, BENCH_DEVICES);
}
