/*
 * The network between a kiosk and the hub, with karcis-link at its end: it
 * signs what the terminal hands over, carries it, and hands back what came,
 * unjudged. What can happen to bytes on the way happens here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

static struct parcel *parcel_new(const struct parcel *head, const void *body,
    size_t len)
{
	struct parcel *p = malloc(sizeof(*p) + len + 1);

	if (p == NULL) {
		fputs("sim: out of memory\n", stderr);
		abort();
	}
	memcpy(p, head, sizeof(*p));
	p->len = len;
	if (len > 0)
		memcpy(p->body, body, len);
	p->body[len] = '\0';
	return p;
}

static int64_t way_ms(struct world *w, const struct net *n)
{
	return rng_range(&w->net_rng, n->least_ms, n->most_ms);
}

/* ---- to the kiosk ---- */

static void arrive(struct world *w, const struct happening *h)
{
	const struct parcel *p = h->parcel;
	struct kiosk *k = &w->kiosk[h->who];
	struct frame_answer a = {.id = p->id, .fate = p->fate};
	bool passes = p->fate != FRAME_CAME || w->net[h->who].down == 0 ||
	    h->a != 0;

	if (k->on && k->boot == p->boot && passes) {
		a.status = p->status;
		a.retry_after_s = p->retry_after_s;
		a.epoch = p->epoch;
		a.kind = str_from(p->kind);
		a.signature = str_from(p->signature);
		a.etag = a.trouble = str_from("");
		a.body = str_of(p->body, p->len);
		kiosk_answer(w, k, &a);
	}
	free(h->parcel);
}

static void deliver(struct world *w, struct parcel *p, int64_t ms)
{
	world_at(w, w->now_ms + ms, arrive, p->kiosk, 0, p);
}

static void no_answer(struct world *w, int kiosk, int boot, uint32_t id,
    int64_t ms)
{
	struct parcel head = {.kiosk = kiosk,
	    .boot = boot,
	    .id = id,
	    .fate = FRAME_NO_ANSWER};

	deliver(w, parcel_new(&head, "", 0), ms);
}

/* Somebody on the way who is not the hub. */
static struct parcel *page_of(const struct parcel *q, enum page page)
{
	static const char login[] =
	    "<html><body>Welcome to the WiFi. Log in.</body></html>";
	static const char gateway[] =
	    "<html><head><title>502 Bad Gateway</title></head></html>";
	const char *text = page == PAGE_LOGIN ? login : gateway;
	struct parcel head = {.kiosk = q->kiosk,
	    .boot = q->boot,
	    .id = q->id,
	    .fate = FRAME_CAME,
	    .status = page == PAGE_LOGIN ? 200 : 502};

	return parcel_new(&head, text, strlen(text));
}

/* The op_id of the first op of a request, as text. */
static bool first_op(const struct parcel *q, char out[33])
{
	const char *at = strstr(q->body, "\"op_id\"");

	at = at == NULL ? NULL : strchr(at + 7, '"');
	if (at == NULL || strlen(at) < 33)
		return false;
	memcpy(out, at + 1, 32);
	out[32] = '\0';
	return true;
}

/* What a forger would like the kiosk to believe. */
static struct parcel *forgery(struct world *w, const struct parcel *q)
{
	static const char used[] = "{\"answers\": [{\"op_id\": \"%s\", "
				   "\"answer\": \"used\", \"by\": {\"op_id\": "
				   "\"%s\", \"device\": 1, \"terminal\": "
				   "\"kiosk-9\", \"letter\": \"A\", "
				   "\"number\": 7, \"time\": 1795651200}}]}";
	struct parcel head = {.kiosk = q->kiosk,
	    .boot = q->boot,
	    .id = q->id,
	    .fate = FRAME_CAME,
	    .status = 200,
	    .epoch = w->kiosk[q->kiosk].enrolment.epoch};
	uint8_t signature[WIRE_SIGNATURE_BYTES];
	char body[512], op[33];

	rng_fill(&w->net_rng, signature, sizeof(signature));
	wire_base64(signature, sizeof(signature), head.signature);
	w->totals.forged++;
	if (first_op(q, op)) {
		memcpy(head.kind, "claims", 7);
		snprintf(body, sizeof(body), used, op, op);
	} else {
		memcpy(head.kind, "error", 6);
		head.status = 403;
		snprintf(body, sizeof(body),
		    "{\"error\": \"revoked\", \"detail\": \"go away\"}");
	}
	return parcel_new(&head, body, strlen(body));
}

static void replay(struct world *w, struct net *n, const struct parcel *p)
{
	struct parcel *old;

	if (n->last == NULL)
		return;
	old = parcel_new(n->last, n->last->body, n->last->len);
	old->id = p->id;
	old->boot = p->boot;
	deliver(w, old, 0);
}

static void keep_last(struct net *n, const struct parcel *p)
{
	free(n->last);
	n->last = parcel_new(p, p->body, p->len);
}

/* Bytes that change on the way. */
static void spoil(struct world *w, const struct net *n, struct parcel *p)
{
	struct rng *r = &w->net_rng;

	if (rng_chance(r, n->garble) && p->len > 0) {
		size_t at = (size_t)rng_range(r, 0, (int64_t)p->len - 1);

		p->body[at] ^= (char)rng_range(r, 1, 255);
	}
	if (rng_chance(r, n->cut)) {
		p->len = p->len / 2;
		p->fate = FRAME_CUT;
	}
}

void net_answer(struct world *w, int kiosk, int boot, uint32_t id,
    const struct hub_answer *a)
{
	struct net *n = &w->net[kiosk];
	struct parcel head = {.kiosk = kiosk,
	    .boot = boot,
	    .id = id,
	    .fate = FRAME_CAME,
	    .status = (uint16_t)a->status,
	    .epoch = a->epoch,
	    .retry_after_s = (uint32_t)a->retry_after_s};
	struct parcel *p;

	memcpy(head.kind, a->kind, sizeof(head.kind));
	memcpy(head.signature, a->signature, sizeof(head.signature));
	p = parcel_new(&head, a->body == NULL ? "" : a->body, a->len);
	if (rng_chance(&w->net_rng, n->replay))
		replay(w, n, p);
	if (a->kind[0] != '\0')
		keep_last(n, p);
	if (n->down != 0 || rng_chance(&w->net_rng, n->drop_reply)) {
		free(p);
		no_answer(w, kiosk, boot, id,
		    rng_range(&w->net_rng, 100, 20000));
		return;
	}
	spoil(w, n, p);
	deliver(w, p, way_ms(w, n));
}

void net_reset(struct world *w, int kiosk, int boot, uint32_t id)
{
	no_answer(w, kiosk, boot, id, rng_range(&w->net_rng, 5, 3000));
}

/* ---- to the hub ---- */

static void request_comes(struct world *w, const struct happening *h)
{
	const struct parcel *p = h->parcel;

	if (!w->hub.on || w->net[p->kiosk].down != 0)
		net_reset(w, p->kiosk, p->boot, p->id);
	else
		hubhost_request(w, p);
	free(h->parcel);
}

static struct parcel *pack(const struct kiosk *k, const struct frame_request *q)
{
	struct parcel head = {.kiosk = k->index,
	    .boot = k->boot,
	    .id = q->id,
	    .timeout_ms = q->timeout_ms,
	    .counter = q->counter};
	const struct wire_request wire = {q->method, q->path, q->body,
	    k->enrolment.device, q->counter};
	uint8_t signature[WIRE_SIGNATURE_BYTES];

	if (!str_copy(head.method, sizeof(head.method), q->method) ||
	    !str_copy(head.path, sizeof(head.path), q->path) ||
	    !wire_sign_request(&wire, k->request_secret, signature)) {
		fputs("sim: a request that can't be sent\n", stderr);
		abort();
	}
	wire_base64(signature, sizeof(signature), head.signature);
	return parcel_new(&head, q->body.ptr, q->body.len);
}

void net_send(struct world *w, struct kiosk *k, const struct frame_request *q)
{
	struct net *n = &w->net[k->index];
	struct rng *r = &w->net_rng;
	struct parcel *p = pack(k, q);

	/* The link gives up by itself. */
	no_answer(w, k->index, k->boot, q->id, q->timeout_ms);
	if (n->down != 0) {
		if (rng_chance(r, 500))
			no_answer(w, k->index, k->boot, q->id,
			    rng_range(r, 1, 3000));
		free(p);
		return;
	}
	if (n->page != PAGE_NONE) {
		deliver(w, page_of(p, n->page), way_ms(w, n));
		free(p);
		return;
	}
	if (rng_chance(r, n->forge))
		deliver(w, forgery(w, p), n->least_ms);
	if (rng_chance(r, n->twice))
		world_at(w, w->now_ms + rng_range(r, n->least_ms, 5000),
		    request_comes, k->index, 0, parcel_new(p, p->body, p->len));
	if (rng_chance(r, n->drop_request)) {
		free(p);
		return;
	}
	world_at(w, w->now_ms + way_ms(w, n), request_comes, k->index, 0, p);
}

void net_fini(struct world *w)
{
	for (int i = 0; i < KIOSKS; i++) {
		free(w->net[i].last);
		w->net[i].last = NULL;
	}
}
